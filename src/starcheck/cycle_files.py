"""Tables that an office keeps beside the ledgers, read for the cycle of months: who is paid what, who was named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from starcheck.cells import Cell
from starcheck.column import Reason
from starcheck.diagnostic import Diagnostic, Location
from starcheck.identity import NAMES_AT_LAST
from starcheck.ledger import Units
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
    path: Path, columns: Mapping[str, Sequence[str]], needed: Sequence[str]
) -> tuple[list[Line], tuple[Diagnostic, ...]]:
    """The rows of every table of a file that has the columns ``needed``, and what is to be said of the file.

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
                lines += _lines(table, places)
    if not found:
        names = "、".join(columns.get(meaning, (meaning,))[0] if meaning in columns else "村名" for meaning in needed)
        raise Stop(3, both("stop.table", file=path, columns=names), said)
    return lines, said


def _lines(table: Table, places: Mapping[str, int]) -> Iterator[Line]:
    cells = {
        meaning: table.cells(column, fill_merged=meaning in {"township", "name"}) for meaning, column in places.items()
    }
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


class UnitsByName:
    """The units of a month, found by what rows call them, as rows of a ledger are (DESIGN §6.2)."""

    def __init__(self, units: Units, keys: Sequence[str], kind: str) -> None:
        """``keys`` are those of the units, ``kind`` the kind that is rated."""
        self._keys = keys
        self._units = units
        self._kind = kind
        self._register = Register(
            tuple(
                Entry(units.code[place], units.name[place], units.township[place], units.county[place], kind)
                for place in range(len(units))
            )
        )

    def find(self, line: Line) -> int | None:
        """The place of the unit that a row is about, None where it is none, or may be several."""
        match = self._register.match(line["name"] or None, line["township"] or None, line["code"] or None, self._kind)
        return match.entry if match.found is Found.UNIT else None

    def key(self, place: int) -> str:
        """The key of a unit."""
        return self._keys[place]

    def called(self, place: int) -> tuple[str, str]:
        """Township and name of a unit."""
        return self._units.township[place], self._units.name[place]


__all__ = ["Line", "UnitsByName", "read_lines"]
