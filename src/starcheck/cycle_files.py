"""Tables that an office keeps beside the ledgers, read for the cycle of months: who is paid what, who was named."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path

from starcheck.cells import Cell
from starcheck.column import Reason
from starcheck.cycle.course import ABSENT, Course
from starcheck.diagnostic import Diagnostic, Location
from starcheck.identity import NAMES_AT_LAST
from starcheck.ledger import unit_keys
from starcheck.messages import both
from starcheck.register import REGISTER_HEADERS, Entry, Found, Register, columns_of
from starcheck.table import Table, find_tables
from starcheck.units import normalise_header, read_number
from starcheck.workbook import read_workbook
from starcheck.workspace import Stop


@dataclass(frozen=True, slots=True)
class Line:
    """A row of such a table: where it stands, and the text of each column that it has."""

    where: Location
    texts: Mapping[str, str]
    units: Mapping[str, str | None]
    """The unit in a column's header."""
    cells: Mapping[str, tuple[Cell, Location]] = field(default_factory=dict)
    """What each column has as it is in the file, and where."""

    def __getitem__(self, meaning: str) -> str:
        """The text of a column, empty where there is none."""
        return self.texts.get(meaning, "")

    def number(self, meaning: str, unit: str) -> Decimal | None:
        """The number in a column, in a unit; None where there is none that can be read."""
        reading = read_number(self[meaning], unit, self.units.get(meaning))
        return reading.value if reading.reason is Reason.KNOWN and isinstance(reading.value, Decimal) else None


def spelled(columns: Mapping[str, Sequence[str]]) -> dict[str, frozenset[str]]:
    """Normalised spellings of the columns by their meaning, with those that name a unit."""
    own = {meaning: frozenset(map(normalise_header, names)) for meaning, names in columns.items()}
    return {**own, **{meaning: REGISTER_HEADERS[meaning] for meaning in ("name", "township", "code")}}


def read_lines(
    path: Path, columns: Mapping[str, Sequence[str]], needed: Sequence[str], spread: Collection[str] = ()
) -> tuple[list[Line], tuple[Diagnostic, ...]]:
    """The rows of every table of a file that has the columns ``needed``, and what is to be said of the file.

    A cell merged over rows says the same of each in the columns of names, and in those that are ``spread``.
    Raises ``Stop``: 2 where there is no such file, 3 where it cannot be read or has no such table.
    """
    if not path.is_file():
        raise Stop(2, both("stop.no_file", file=path))
    wanted = spelled(columns)
    known = frozenset().union(*wanted.values(), NAMES_AT_LAST)
    workbook, said = read_workbook(path, shown=path.name, known=known)
    lines: list[Line] = []
    found = False
    for sheet in () if workbook is None else workbook.sheets:
        for table in find_tables(sheet, known)[0]:
            places = columns_of(table, wanted)
            if set(needed) <= places.keys():
                found = True
                lines += _lines(table, places, {"township", "name", *spread})
    if not found:
        names = "、".join(columns.get(meaning, (meaning,))[0] if meaning in columns else "村名" for meaning in needed)
        raise Stop(3, both("stop.table", file=path, columns=names), said)
    return lines, said


def _lines(table: Table, places: Mapping[str, int], spread: Collection[str]) -> Iterator[Line]:
    cells = {meaning: table.cells(column, fill_merged=meaning in spread) for meaning, column in places.items()}
    units = {
        header.column: next((unit for _, unit in header.candidates() if unit is not None), None)
        for header in table.headers
    }
    for row, place in enumerate(table.body):
        texts = {meaning: _text(column[row]) for meaning, column in cells.items()}
        if any(texts.values()):
            where = Location(table.sheet.file, table.sheet.name, table.sheet.address(place, table.headers[0].column))
            whole = {
                meaning: (cells[meaning][row], table.sheet.location(place, column))
                for meaning, column in places.items()
            }
            yield Line(where, texts, {meaning: units.get(column) for meaning, column in places.items()}, whole)


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


_SEVERAL = frozenset({Found.AMBIGUOUS, Found.AMBIGUOUS_TOWNSHIP})


class UnitsByName:
    """The units of a county's months, found by what rows call them, as rows of a ledger are (DESIGN §6.2).

    Whoever keeps such a table may call a village by another name that the register knows (别名), and may still have one
    that the newest month lacks. A unit is its place among the keys of the course: first those of the newest month.
    """

    def __init__(self, course: Course) -> None:
        """The units of all months of a course."""
        self._course = course
        self._known: dict[int, tuple[Register, Mapping[int, int]]] = {}

    def find(self, line: Line) -> int | None:
        """The unit that a row is about, None where it is none, or may be several."""
        asked = line["name"] or None, line["township"] or None, line["code"] or None
        for place in reversed(range(len(self._course.months))):
            names, units = self._names(place)
            match = names.match(*asked, self._course.scheme.unit_kind)
            if match.found is Found.UNIT and match.entry is not None:
                return units[match.entry]
            if match.found in _SEVERAL:
                return None
        return None

    def key(self, unit: int) -> str:
        """The key of a unit."""
        return self._course.keys[unit]

    def called(self, unit: int) -> tuple[str, str]:
        """Township and name of a unit."""
        return self._course.called(unit)

    def _names(self, place: int) -> tuple[Register, Mapping[int, int]]:
        """The units of a month by all their names, and which of the course each of them is."""
        if place not in self._known:
            month = self._course.months[place]
            units, kind = month.assessment.units, self._course.scheme.unit_kind
            told = () if month.register is None else month.register.entries
            listed = {entry.key: entry for entry in told if entry.expected(month.assessment.as_of)}
            entries = []
            for row, key in enumerate(unit_keys(units)):
                entry = Entry(units.code[row], units.name[row], units.township[row], units.county[row], kind)
                known = listed.get(key)
                entries.append(entry if known is None else replace(entry, aliases=known.aliases, former=known.former))
            own = {row: unit for unit, row in enumerate(self._course.places[place].tolist()) if row != ABSENT}
            self._known[place] = Register(tuple(entries)), own
        return self._known[place]


__all__ = ["Line", "UnitsByName", "read_lines"]
