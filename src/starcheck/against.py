"""The round trip (回头看): a workbook sent again, held against the marked one that was given back.

For each id of the marked workbook: mended, not mended, or newly broken; and what was changed that nobody asked for.
Cells are compared by the unit's name and the column's header, so that inserted rows and sorted tables are no changes;
where a name or a header was to be mended, its row or column is known by its place and its other cells.
What shows no other value may be a change too: a formula turned into its value, a sheet renamed, rows hidden.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from itertools import zip_longest
from pathlib import PurePath
from typing import TYPE_CHECKING, Literal

from starcheck.cells import Sheet
from starcheck.diagnostic import Diagnostic, Lang, Severity
from starcheck.fields import cell_text
from starcheck.inbox import FileRead, is_problem_list
from starcheck.intake import is_total
from starcheck.marking import ABSENT, Towns, identified
from starcheck.messages import say
from starcheck.register import columns_of
from starcheck.report.as_json import AGAINST
from starcheck.report.sections import Section
from starcheck.report.sections import table as laid_out
from starcheck.table import Header, Table
from starcheck.units import fold, normalise_header

if TYPE_CHECKING:
    from starcheck.formulas import Formula

State = Literal["open", "wrong", "unclear", "new", "mended", "changed", "removed", "added"]
STATES: tuple[State, ...] = ("open", "wrong", "unclear", "new", "mended", "changed", "removed", "added")
"""What may have become of a cell: not mended, changed and still wrong, not to be told (gone, or not read), newly
broken, mended; changed, gone or added unasked."""

_LIST_HEADER = 4
_LIST_COLUMNS = 10


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that is to be said of a workbook sent again."""

    state: State
    id: str
    file: str
    sheet: str
    cell: str
    unit: str
    item: str
    before: str
    now: str
    message: str

    def texts(self) -> dict[str, str]:
        """By the keys of the JSON document."""
        return {key: getattr(self, key) for key in AGAINST}


@dataclass(frozen=True, slots=True)
class _Asked:
    """A line of the marked workbook's list."""

    id: str
    sheet: str
    cell: str
    unit: str
    item: str
    found: str
    message: str

    @property
    def code(self) -> str:
        """The code of the problem: its message begins with it."""
        return self.message.partition(" ")[0]

    @property
    def cells(self) -> list[str]:
        """The cells to be looked at: its own, and those that the message of a relation names."""
        more = _IN_MESSAGE.findall(self.message.partition(" ")[2]) if self.code.startswith("J5") else ()
        return [self.cell, *more] if self.cell else [*more]

    @property
    def key(self) -> str:
        """The field."""
        return self.item.split(" ", maxsplit=1)[0]

    def subject_at(self, place: tuple[str, str], town: str) -> tuple[str, ...]:
        """What it is about: unit and field, else the cell, which may have moved to another place."""
        if self.unit and self.key:
            return town, self.unit, self.key
        return (town, self.unit, place[0], self.key if self.code in ABSENT or not place[1] else place[1])


def is_marked(read: FileRead) -> bool:
    """Whether a file holds our list of problems."""
    return _asked(read) is not None


def marked_for(read: FileRead, marked: Sequence[FileRead], *, alone: bool) -> FileRead | None:
    """The marked workbook that a file answers: that of its folder and name, else of its name, whatever the ending.

    Where one file was sent again (``alone``) and one is marked, the names say nothing.
    """
    known = [other for other in marked if _asked(other) is not None]
    parts = _parts(PurePath(read.file)), _parts(PurePath(read.path))
    for of_file in parts:  # of several, the one whose folders are the same the farthest up
        same = {other.file: _alike(of_file, _parts(PurePath(other.file))) for other in known}
        most = max(same.values(), default=0)
        best = [other for other in known if same[other.file] == most]
        if most and len(best) == 1:
            return best[0]
    return known[0] if alone and len(known) == 1 else None


def _parts(path: PurePath) -> list[str]:
    """The name without its ending, then the folders from the inside out; an archive is a folder."""
    folders = [part.removesuffix(".zip") for part in map(str.casefold, path.parts[:-1])]
    return [path.stem.casefold(), *reversed(folders)]


def _alike(one: Sequence[str], other: Sequence[str]) -> int:
    """How many parts of two paths agree, from the name up."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((number for number, (first, second) in pairs if first != second), min(len(one), len(other)))


def compare(
    read: FileRead,
    about: Sequence[Diagnostic],
    marked: FileRead,
    towns: Towns,
    lang: Lang,
    labels: Mapping[str, str],
) -> list[Line]:
    """What became of each problem, in the order of ``STATES``. ``about`` are the problems of the file sent again."""
    asked = _asked(marked) or []
    sheets = _sheets(marked), _sheets(read)
    followed = _sheet_pairs(*sheets)
    before_renaming = {new: old for old, new in followed.items()}
    paired = _Paired(marked, read, asked, before_renaming)
    now = list(_identified(about, towns, before_renaming))
    by_id = {name: found for name, found, _ in now}
    subjects = {subject: found for _, found, subject in reversed(now)}
    lines: list[Line] = []
    answered: set[str | tuple[str, ...]] = set()
    for old in asked:
        place = paired.place(old.sheet, old.cell)
        town = next((towns[key] for key in ((read.file, *place), (read.file, None, place[1])) if key in towns), "")
        subject = old.subject_at((before_renaming.get(place[0], place[0]), place[1]), town)
        found = by_id.get(old.id, subjects.get(subject))
        before, is_now = paired.texts(old)
        if found is not None:
            answered |= {old.id, subject}
            where = found.where
            is_now = found.found or is_now
            changed = paired.changed(old)
            changed = old.found != (found.found or "") if changed is None else changed
            lines.append(
                Line(
                    "wrong" if changed else "open",
                    old.id,
                    read.file,
                    where.sheet or "",
                    where.cell or "",
                    old.unit,
                    old.item,
                    old.found or before,
                    is_now,
                    f"{found.code} {found.message(lang)}",
                )
            )
        else:
            why = paired.unclear(old, about)
            message = old.message if why is None else f"{say(why, lang)}{say('list.semicolon', lang)}{old.message}"
            texts = (old.unit, old.item, old.found or before, is_now, message)
            lines.append(Line("mended" if why is None else "unclear", old.id, read.file, *place, *texts))
    for name, found, subject in now:
        if name not in answered and subject not in answered:
            item = f"{found.field or ''} {labels.get(found.field or '', '')}".strip()
            message = f"{found.code} {found.message(lang)}"
            where = found.where
            unit, text = found.unit or "", found.found or ""
            lines.append(
                Line("new", name, read.file, where.sheet or "", where.cell or "", unit, item, "", text, message)
            )
    lines += paired.changes(lang)
    lines += _sheet_changes(read, *sheets, followed, lang)
    pairs = [(sheets[0][old], sheets[1][new]) for old, new in followed.items()]
    lines += _outside_changes(read, marked, pairs, paired, lang)
    lines += _hidden_changes(read, marked, lang)
    return sorted(lines, key=lambda line: STATES.index(line.state))


def _identified(
    about: Sequence[Diagnostic], towns: Towns, before_renaming: Mapping[str, str]
) -> Iterator[tuple[str, Diagnostic, tuple[str, ...]]]:
    """Each problem with its id and what it is about, both as if no sheet had been renamed."""

    def named_before(sheet: str | None) -> str | None:
        return None if sheet is None else before_renaming.get(sheet, sheet)

    unmoved = [replace(found, where=replace(found.where, sheet=named_before(found.where.sheet))) for found in about]
    towns = {(file, named_before(sheet), cell): town for (file, sheet, cell), town in towns.items()}
    for found, (name, as_before) in zip(about, identified(unmoved, towns), strict=True):
        yield name, found, _subject(as_before, towns)


def _subject(found: Diagnostic, towns: Towns) -> tuple[str, ...]:
    where = found.where
    town = towns.get((where.file, where.sheet, where.cell), "")
    if found.unit and found.field:
        return town, found.unit, found.field
    cell = "" if found.code in ABSENT else where.cell
    return town, found.unit or "", where.sheet or "", cell or found.field or ""


def _asked(marked: FileRead) -> list[_Asked] | None:
    """The list in a marked workbook, None where there is none."""
    sheets = marked.workbook.sheets if marked.workbook is not None else ()
    sheet = next((sheet for sheet in sheets if is_problem_list(sheet)), None)
    if sheet is None:
        return None
    asked = []
    for row in sheet.rows[_LIST_HEADER:]:
        texts = [cell_text(cell) for cell in row[:_LIST_COLUMNS]]
        if len(texts) == _LIST_COLUMNS and texts[0]:
            name, _, place, cell, unit, item, found, _, message, _ = texts
            asked.append(_Asked(name, place, cell, unit, item, found, message))
    return asked


# --- rows and columns of the two workbooks, each with its successor ---------------------------------------------------

Key = tuple[str, int]
"""A column of one table: its header, normalised, and which one of that name it is."""


@dataclass(frozen=True, slots=True)
class _Cell:
    sheet: str
    cell: str
    text: str

    @property
    def place(self) -> tuple[str, str]:
        return self.sheet, self.cell


@dataclass(frozen=True, slots=True, eq=False)
class _Row:
    """A row of a table: the cell of its name, its township if it says one, its code, and its other cells by column."""

    table: int
    name: _Cell
    town: str
    code: str
    cells: Mapping[Key, _Cell]

    @property
    def unit(self) -> str:
        return fold(self.name.text)

    def alike(self, other: _Row) -> int:
        """In how many columns both hold the same."""
        return sum(cell.text != "" and cell.text == _text(other.cells.get(key)) for key, cell in self.cells.items())


@dataclass(frozen=True, slots=True, eq=False)
class _Grid:
    """The columns of a table but for the serial number's: the cell of each header, and the words it is known by."""

    name_header: str
    headers: Mapping[Key, _Cell]
    places: Mapping[Key, frozenset[tuple[str, str]]]
    spellings: Mapping[Key, frozenset[str]]


def _text(cell: _Cell | None) -> str:
    return "" if cell is None else cell.text


def _grids(read: FileRead) -> tuple[list[_Grid], list[_Row]]:
    """The tables of a file whose rows have names, and all their rows."""
    grids: list[_Grid] = []
    rows: list[_Row] = []
    for table in read.tables:
        columns = columns_of(table)
        names = columns.get("name", columns.get("code"))
        if names is not None:
            sheet = table.sheet.name or ""
            keys = _keys(table, {columns.get("serial"), names})
            label = next("/".join(header.as_written) for header in table.headers if header.column == names)
            rows += _rows(table, len(grids), names, columns, keys)
            addresses = {
                key: [
                    table.sheet.address(row, header.column) for row in range(table.header_first, table.header_last + 1)
                ]
                for key, header in keys.items()
            }
            grids.append(
                _Grid(
                    label,
                    {
                        key: _Cell(sheet, addresses[key][-1], "/".join(header.as_written))
                        for key, header in keys.items()
                    },
                    {key: frozenset((sheet, address) for address in addresses[key]) for key in keys},
                    {key: frozenset(spelling for spelling, _ in header.candidates()) for key, header in keys.items()},
                )
            )
    return grids, rows


def _keys(table: Table, without: Collection[int | None]) -> dict[Key, Header]:
    seen: Counter[str] = Counter()
    keys: dict[Key, Header] = {}
    for header in table.headers:
        if header.column not in without:
            name = normalise_header("/".join(header.as_written))
            seen[name] += 1
            keys[name, seen[name]] = header
    return keys


def _rows(
    table: Table, number: int, names: int, known: Mapping[str, int], keys: Mapping[Key, Header]
) -> Iterator[_Row]:
    sheet = table.sheet
    code, town = known.get("code"), known.get("township")
    columns = {key: [cell_text(cell).strip() for cell in table.cells(header.column)] for key, header in keys.items()}
    units = [cell_text(cell).strip() for cell in table.cells(names)]
    codes = [""] * len(units) if code is None else [cell_text(cell).strip() for cell in table.cells(code)]
    towns = (
        [""] * len(units) if town is None else [fold(cell_text(cell)) for cell in table.cells(town, fill_merged=True)]
    )
    first = table.headers[0].column
    for index, cell in enumerate(table.cells(first)):
        if not units[index] and is_total(cell_text(cell), ()):  # 合计 stands before the names
            units[index] = cell_text(cell).strip()
    for index, (row, unit) in enumerate(zip(table.body, units, strict=True)):
        cells = {
            key: _Cell(sheet.name or "", sheet.address(row, header.column), columns[key][index])
            for key, header in keys.items()
        }
        name = _Cell(sheet.name or "", sheet.address(row, names), unit)
        yield _Row(number, name, towns[index], codes[index], cells)


_IN_MESSAGE = re.compile(r"(?<![A-Za-z0-9-])[A-Z]{1,3}[1-9]\d*(?![A-Za-z0-9-])")
"""The cells that the message of a relation names."""
_QUOTED = re.compile(r"“([^”]*)”")
_MOST_PAIRS = 40_000


class _Requests:
    """What the marked workbook asked for: cells, whole columns and rows, and what was to be added."""

    def __init__(self, asked: Sequence[_Asked]) -> None:
        self.cells: set[tuple[str, str]] = set()
        self.columns: set[tuple[str, str]] = set()
        """Headers whose whole column is meant."""
        self.rows: set[tuple[str, str]] = set()
        """Names whose whole row is meant."""
        self.absent: set[str] = set()
        """Units and headers that were to be added."""
        self.twice: set[str] = set()
        """Units of which one row was to be kept."""
        for old in asked:
            place = (old.sheet, old.cell)
            self.cells |= {(old.sheet, cell) for cell in old.cells}
            if old.code not in _ABOUT_A_NAME:
                self.columns.add(place)
            if old.code in {"R401", "R402"}:
                self.rows.add(place)
            if old.code == "R408":
                self.absent.add(fold(old.unit))
            if old.code == "T205":
                self.absent |= {
                    normalise_header(word) for quoted in _QUOTED.findall(old.message)[:1] for word in quoted.split("、")
                }
            if old.code in {"R412", "R413"}:
                self.twice.add(fold(old.unit))


_MAY_GO = frozenset({"F113", "F140", "R401", "R402", "R412", "R413", "T205", "T210", "T215", "V318", "V321"})
"""What is mended where its row, its column or what it held is gone."""
_ABOUT_A_NAME = frozenset({"T203", "T205", "T212", "R421"})
"""What is said at a header and not of the cells below it."""


class _Paired:
    """Each row and column of the marked workbook with its successor in the one sent again.

    Rows follow their unit's name, then their code; where the name itself was to be mended, their place and cells.
    Columns follow their header; where that was to be mended, their place, then their cells.
    """

    def __init__(
        self, marked: FileRead, read: FileRead, asked: Sequence[_Asked], before_renaming: Mapping[str, str]
    ) -> None:
        self.read = read
        self._before_renaming = before_renaming
        self.requests = _Requests(asked)
        self.old, self.new = _grids(marked), _grids(read)
        self.rows: dict[_Row, _Row] = {}
        self._taken: set[_Row] = set()
        self._pair_rows()
        self.partners = self._partners()
        self.columns: dict[tuple[int, Key], Key] = {}
        self._pair_columns()
        self._cells = {old.place: (old, new) for old, new in self._pairs()}
        formulas = _formulas(marked), _formulas(read)
        self._formulas = None if formulas[0] is None or formulas[1] is None else (formulas[0], formulas[1])
        grids, rows = self.old
        self._rows_of = {cell.place: row for row in rows for cell in (row.name, *row.cells.values())}
        self._unmoved = all(place == self._cells[place][1].place for place in self._rows_of if place in self._cells)
        self._headers = {place for grid in grids for places in grid.places.values() for place in places}

    # --- successors

    def _pair(self, old: _Row, new: _Row) -> None:
        self.rows[old] = new
        self._taken.add(new)

    def _left(self) -> tuple[list[_Row], list[_Row]]:
        return [row for row in self.old[1] if row not in self.rows], [
            row for row in self.new[1] if row not in self._taken
        ]

    def _sheet(self, row: _Row) -> str:
        """The sheet of a row, by its name in the marked workbook."""
        return self._before_renaming.get(row.name.sheet, row.name.sheet)

    def _pair_rows(self) -> None:
        self._pair_named(lambda row: (self._sheet(row), row.town))
        self._pair_named(lambda row: (row.town,))
        self._pair_named(lambda _: ())
        old, new = self._left()
        codes = [Counter(row.code for row in rows if row.code) for rows in (old, new)]
        by_code = {row.code: row for row in new if codes[1][row.code] == 1}
        for row in old:
            if codes[0][row.code] == 1 and row.code in by_code:
                self._pair(row, by_code[row.code])
        old, new = self._left()
        renamed = [row for row in old if row.name.place in self.requests.cells]
        at = {(self._sheet(row), row.name.cell): row for row in new}
        for row in renamed:
            other = at.get(row.name.place) or at.get(("", row.name.cell))
            if other is not None and self._half(row, other):
                self._pair(row, other)
        old, new = self._left()
        self._pair_likest([row for row in old if row.name.place in self.requests.cells], new, least=1)

    def _pair_named(self, among: Callable[[_Row], tuple[str, ...]]) -> None:
        """Rows of one name, and of one township or sheet, the likest first."""
        groups: dict[tuple[str, ...], tuple[list[_Row], list[_Row]]] = {}
        for side, rows in enumerate(self._left()):
            for row in rows:
                if row.unit:
                    groups.setdefault((row.unit, *among(row)), ([], []))[side].append(row)
        for old, new in groups.values():
            self._pair_likest(old, new, least=0)

    def _half(self, row: _Row, other: _Row) -> bool:
        """Whether at least half of what a row holds stands in another too."""
        return 2 * row.alike(other) >= sum(cell.text != "" for cell in row.cells.values())

    def _pair_likest(self, old: Sequence[_Row], new: Sequence[_Row], least: int) -> None:
        if len(old) == len(new) == 1 and not least:
            self._pair(old[0], new[0])
        elif len(old) * len(new) <= _MOST_PAIRS:
            alike = [
                (row.alike(other), row.name.sheet == self._sheet(other), -first, -second, row, other)
                for first, row in enumerate(old)
                for second, other in enumerate(new)
                if not least or self._half(row, other)
            ]
            for *_, row, other in sorted(alike, key=lambda found: found[:4], reverse=True):
                if row not in self.rows and other not in self._taken:
                    self._pair(row, other)
        else:
            for row, other in zip(old, new, strict=False):
                self._pair(row, other)

    def _partners(self) -> dict[int, int]:
        """The table sent again that holds the most rows of each marked one."""
        votes: dict[int, Counter[int]] = {}
        for row, other in self.rows.items():
            votes.setdefault(row.table, Counter())[other.table] += 1
        return {table: counted.most_common(1)[0][0] for table, counted in votes.items()}

    def _pair_columns(self) -> None:
        cells = self.requests.cells
        for table, other in self.partners.items():
            before, now = self.old[0][table], self.new[0][other]
            for key in before.headers.keys() & now.headers.keys():
                self.columns[table, key] = key
            renamed = [
                key for key in before.headers if key not in now.headers and not cells.isdisjoint(before.places[key])
            ]
            free = [key for key in now.headers if key not in before.headers]
            rows = [(row, new) for row, new in self.rows.items() if (row.table, new.table) == (table, other)]
            for key in renamed:
                same = [
                    (
                        now.headers[candidate].cell == before.headers[key].cell,
                        sum(_text(row.cells.get(key)) == _text(new.cells.get(candidate)) for row, new in rows),
                        -number,
                    )
                    for number, candidate in enumerate(free)
                ]
                best = max(same, default=None)
                if best is not None and 2 * best[1] >= len(rows):
                    self.columns[table, key] = free.pop(-best[2])

    def _pairs(self) -> Iterator[tuple[_Cell, _Cell]]:
        for (table, key), other in self.columns.items():
            before, now = self.old[0][table], self.new[0][self.partners[table]]
            for place in before.places[key]:
                yield replace(before.headers[key], cell=place[1]), now.headers[other]
        for row, new in self.rows.items():
            yield row.name, new.name
            for key, cell in row.cells.items():
                other_cell = new.cells.get(self.columns.get((row.table, key), key))
                if other_cell is not None:
                    yield cell, other_cell

    def place(self, sheet: str, cell: str) -> tuple[str, str]:
        """Where a marked cell is now, its old place where that is not known."""
        pair = self._cells.get((sheet, cell))
        return (sheet, cell) if pair is None else pair[1].place

    def texts(self, old: _Asked) -> tuple[str, str]:
        """What a marked cell held, and what it holds now."""
        pair = self._cells.get((old.sheet, old.cell))
        return ("", "") if pair is None else (pair[0].text, pair[1].text)

    def changed(self, old: _Asked) -> bool | None:
        """Whether a cell that a problem is about holds something else now; None where none of them is known."""
        pairs = [pair for cell in old.cells if (pair := self._cells.get((old.sheet, cell))) is not None]
        return any(before.text != now.text for before, now in pairs) if pairs else None

    def unclear(self, old: _Asked, about: Sequence[Diagnostic]) -> str | None:
        """Why it cannot be told whether a problem that is found no more was mended; None where it can."""
        if self.read.workbook is None or self.read.status == "unreadable":
            return "against.unread"
        if old.code in _MAY_GO:
            return None
        refused = {(found.where.sheet or "", found.where.cell or ""): found for found in about}
        for place in ((old.sheet, cell) for cell in old.cells):
            row, pair = self._rows_of.get(place), self._cells.get(place)
            if row is None and place not in self._headers:
                continue
            if pair is None:
                return "against.no_row" if row is not None and row not in self.rows else "against.no_column"
            if row is None or place == row.name.place:
                continue
            named = refused.get(self.rows[row].name.place)
            if named is not None and named.code.startswith("R4") and named.level is Severity.ERROR:
                return "against.row_unread"
            if pair[0].text and not pair[1].text and old.code.startswith(("V", "J5")):
                return "against.blank"
            if old.code.startswith("J5") and pair[1].place in refused:
                return "against.unjudged"
        summed = old.code == "J502" and any(found.field == old.key and found.code[0] == "V" for found in about)
        return "against.unjudged" if summed else None

    # --- what nobody asked for

    def changes(self, lang: Lang) -> Iterator[Line]:
        """What differs between the two workbooks in cells, rows and columns that were not asked about."""
        yield from self._changed_cells(lang)
        yield from self._rows_gone_and_come(lang)
        yield from self._columns_gone_and_come()

    def _changed_cells(self, lang: Lang) -> Iterator[Line]:
        for row, new in self.rows.items():
            if row.name.place in self.requests.rows:
                continue
            unit = new.name.text
            if row.unit != new.unit and row.name.place not in self.requests.cells:
                item = self.new[0][new.table].name_header
                texts = (row.name.text, unit, "")
                yield Line("changed", "", self.read.file, *new.name.place, unit, item, *texts)
            grid = self.old[0][row.table]
            for key, cell in row.cells.items():
                other = self.columns.get((row.table, key), key)
                is_now = new.cells.get(other)
                whole = not self.requests.columns.isdisjoint(grid.places[key])
                if is_now is None or whole or cell.place in self.requests.cells:
                    continue
                said = self.formula(cell.place, is_now.place, lang)
                if cell.text != is_now.text or said:
                    item = self.new[0][new.table].headers[other].text
                    texts = (cell.text, is_now.text, said)
                    yield Line("changed", "", self.read.file, *is_now.place, unit, item, *texts)

    def formula(self, old: tuple[str, str], new: tuple[str, str], lang: Lang) -> str:
        """What has become of the formula of a cell, by its old and its new place; nothing where it says the same."""
        if self._formulas is None:
            return ""
        before, now = self._formulas[0].get(old), self._formulas[1].get(new)
        if before is None or now is None:
            return "" if before is now else say(f"against.formula_{'gone' if now is None else 'new'}", lang)
        unmoved = self._unmoved and old == new
        if before.says(now, None if unmoved else lambda cell: self._now(old[0], cell)):
            return ""
        return say("against.formula_changed", lang, before=_short(str(before)), now=_short(str(now)))

    def _now(self, sheet: str, cell: str) -> str | None:
        pair = self._cells.get((sheet, cell))
        return None if pair is None else pair[1].cell

    def _rows_gone_and_come(self, lang: Lang) -> Iterator[Line]:
        old, new = self._left()
        known = [{row.unit for row in rows} for rows in (self.new[1], self.old[1])]
        for row in old:
            if row.unit and row.name.place not in self.requests.rows and row.unit not in self.requests.twice:
                said = say("against.again", lang) if row.unit in known[0] else ""
                yield Line("removed", "", self.read.file, *row.name.place, row.name.text, "", "", "", said)
        for row in new:
            if row.unit and row.unit not in self.requests.absent:
                said = say("against.again", lang) if row.unit in known[1] else ""
                yield Line("added", "", self.read.file, *row.name.place, row.name.text, "", "", "", said)

    def _columns_gone_and_come(self) -> Iterator[Line]:
        """A header that no table of a file has any more, or had before, is named once."""
        every = [{key for grid in grids for key in grid.headers} for grids in (self.old[0], self.new[0])]
        said: set[tuple[str, object]] = set()
        taken = {(self.partners[table], key) for (table, _), key in self.columns.items()}
        for table, other in self.partners.items():
            for key, header in self.old[0][table].headers.items():
                asked = not self.requests.columns.isdisjoint(self.old[0][table].places[key])
                about = ("gone", key if key not in every[1] else (table, key))
                if (table, key) not in self.columns and not asked and about not in said:
                    said.add(about)
                    yield Line("removed", "", self.read.file, *header.place, "", header.text, "", "", "")
            now = self.new[0][other]
            for key, header in now.headers.items():
                about = ("come", key if key not in every[0] else (other, key))
                asked = not self.requests.absent.isdisjoint(now.spellings[key])
                if (other, key) not in taken and not asked and about not in said:
                    said.add(about)
                    yield Line("added", "", self.read.file, *header.place, "", header.text, "", "", "")


def _formulas(read: FileRead) -> Mapping[tuple[str, str], Formula] | None:
    """The formulas of a file by sheet and address; None where they cannot be told."""
    if read.workbook is None or read.workbook.kind not in {"xlsx", "xlsm"}:
        return None
    from starcheck.formulas import formulas_of  # noqa: PLC0415 - for a round trip only
    from starcheck.ooxml import NotPatchable  # noqa: PLC0415 - likewise

    try:
        return formulas_of(read.path.read_bytes() if read.data is None else read.data)
    except (NotPatchable, OSError, KeyError):
        return None


def _short(formula: str) -> str:
    return formula if len(formula) <= _LONGEST_FORMULA else f"{formula[:_LONGEST_FORMULA]}…"


_LONGEST_FORMULA = 60


def _sheets(read: FileRead) -> dict[str, Sheet]:
    """The sheets of a file by name, but for our list of problems."""
    sheets = read.workbook.sheets if read.workbook is not None else ()
    return {sheet.name: sheet for sheet in sheets if sheet.name is not None and not is_problem_list(sheet)}


def _sheet_changes(
    read: FileRead, before: Mapping[str, Sheet], now: Mapping[str, Sheet], pairs: Mapping[str, str], lang: Lang
) -> Iterator[Line]:
    """Sheets that came, went, were renamed, hidden or shown. A CSV has none to compare."""
    if not before or not now:
        return
    for old, new in pairs.items():
        if old != new:
            yield Line("changed", "", read.file, new, "", "", "", old, new, say("against.sheet_renamed", lang))
    for name in before.keys() - pairs.keys():
        yield Line("removed", "", read.file, name, "", "", "", "", "", say("against.sheet_gone", lang))
    for name in now.keys() - set(pairs.values()):
        yield Line("added", "", read.file, name, "", "", "", "", "", say("against.sheet_new", lang))
    for old, new in pairs.items():
        if (before[old].visibility == "visible") != (now[new].visibility == "visible"):
            key = "against.sheet_hidden" if before[old].visibility == "visible" else "against.sheet_shown"
            yield Line("changed", "", read.file, new, "", "", "", "", "", say(key, lang))


def _sheet_pairs(before: Mapping[str, Sheet], now: Mapping[str, Sheet]) -> dict[str, str]:
    """Each sheet with its successor: of the same name, else the likest in its cells, else the only one that is left."""
    pairs = {name: name for name in before if name in now}
    come = [name for name in now if name not in pairs]
    gone = [name for name in before if name not in pairs]
    alike = sorted(
        (-_likeness(before[old], now[new]), first, second, old, new)
        for first, old in enumerate(gone)
        for second, new in enumerate(come)
    )
    for less, _, _, old, new in alike:
        if -less >= _HALF and old not in pairs and new not in pairs.values():
            pairs[old] = new
    left = [[name for name in gone if name not in pairs], [name for name in come if name not in pairs.values()]]
    if [len(names) for names in left] == [1, 1]:
        pairs[left[0][0]] = left[1][0]
    return pairs


def _outside_changes(
    read: FileRead, marked: FileRead, pairs: Sequence[tuple[Sheet, Sheet]], paired: _Paired, lang: Lang
) -> Iterator[Line]:
    """Cells outside the tables that hold something else now: titles, notes, sheets that are no ledgers."""
    found: list[Line] = []
    for old, new in pairs:
        sheet, said = new.name or "", say("against.outside", lang)
        lines = _outside(marked, old), _outside(read, new)
        texts = [[tuple(line.values()) for line in side] for side in lines]
        for _, first, last, start, end in SequenceMatcher(a=texts[0], b=texts[1], autojunk=False).get_opcodes():
            blank: dict[str, str] = {}
            for one, other in zip_longest(lines[0][first:last], lines[1][start:end], fillvalue=blank):
                was, is_now = (
                    {at.rstrip("0123456789"): (at, text) for at, text in side.items()} for side in (one, other)
                )
                for column in dict.fromkeys((*was, *is_now)):
                    (at, text), (place, text_now) = was.get(column, ("", "")), is_now.get(column, ("", ""))
                    formula = paired.formula((old.name or "", at), (sheet, place), lang) if at and place else ""
                    if (text == text_now and not formula) or (old.name or "", at) in paired.requests.cells:
                        continue
                    message = f"{said}{say('list.semicolon', lang)}{formula}" if formula else said
                    found.append(Line("changed", "", read.file, sheet, place or at, "", "", text, text_now, message))
    yield from found[:_MOST_OUTSIDE]
    if len(found) > _MOST_OUTSIDE:
        more = say("against.outside_more", lang, n=len(found) - _MOST_OUTSIDE)
        yield Line("changed", "", read.file, "", "", "", "", "", "", more)


_MOST_OUTSIDE = 20
_MOST_LINES = 2000
"""Rows outside the tables of a sheet that are compared; more is a table that nobody knows."""


def _outside(read: FileRead, sheet: Sheet) -> list[dict[str, str]]:
    """The rows of a sheet that are in no table and not blank: texts by address. Of a form, what is no item of it."""
    tables = [table for table in read.tables if table.sheet.name == sheet.name]
    if sheet.bulk is not None:
        return []
    inside: set[int] = set()
    cells_inside: set[str] = set()
    for table in tables:
        rows = [*range(table.header_first, table.header_last + 1), *table.body]
        if table.sheet.places is None:
            inside.update(rows)
        else:
            cells_inside |= {table.sheet.address(row, header.column) for row in rows for header in table.headers}
    lines: list[dict[str, str]] = []
    for row, cells in enumerate(sheet.rows, start=sheet.top):
        if row not in inside and len(lines) < _MOST_LINES:
            places = ((sheet.address(row, column), cell) for column, cell in enumerate(cells, start=sheet.left))
            line = {at: cell_text(cell).strip() for at, cell in places if cell is not None and at not in cells_inside}
            if any(line.values()):
                lines.append(line)
    return lines


def _likeness(one: Sheet, other: Sheet) -> float:
    """How much of what stands in the first rows of a sheet, of 1, stands at the same place of another too."""
    pairs = [
        (cell, now)
        for row, new in zip_longest(one.rows[:_HEAD], other.rows[:_HEAD], fillvalue=())
        for cell, now in zip_longest(row, new)
        if cell is not None or now is not None
    ]
    return sum(cell == now for cell, now in pairs) / len(pairs) if pairs else 0


_HEAD = 20
_HALF = 0.5


def _hidden_changes(read: FileRead, marked: FileRead, lang: Lang) -> Iterator[Line]:
    """Units and columns of the tables that were hidden since, or shown again: one line for each kind."""
    for rows in (True, False):
        before, now = _hidden(marked, rows=rows), _hidden(read, rows=rows)
        for key, names in (
            ("hidden", [name for name, hidden in now.items() if hidden and before.get(name) is False]),
            ("shown", [name for name, hidden in now.items() if not hidden and before.get(name)]),
        ):
            if names:
                what = f"against.{'rows' if rows else 'columns'}_{key}"
                listed = say("list.comma", lang).join(names[:_LISTED]) + ("…" if len(names) > _LISTED else "")
                message = say(what, lang, n=len(names), names=listed)
                yield Line("changed", "", read.file, "", "", "", "", "", "", message)


_LISTED = 10


def _hidden(read: FileRead, *, rows: bool) -> dict[str, bool]:
    """Whether each unit's row, or each header's column, is hidden."""
    found: dict[str, bool] = {}
    for table in read.tables:
        sheet = table.sheet
        if sheet.places is not None:
            continue
        if rows:
            names = columns_of(table)
            column = names.get("name", names.get("code"))
            for row, cell in zip(table.body, table.cells(column) if column is not None else (), strict=False):
                if cell_text(cell).strip():
                    found[cell_text(cell).strip()] = row in sheet.hidden_rows
        else:
            found |= {"/".join(header.as_written): header.column in sheet.hidden_columns for header in table.headers}
    return found


def rows(lines: Sequence[Line], lang: Lang) -> Iterator[list[str]]:
    """A header, then a row per line."""
    yield [say(f"against.{key}", lang) for key in AGAINST]
    for line in lines:
        yield [say(f"against.{text}", lang) if key == "state" else text for key, text in line.texts().items()]


def page(
    lines: Sequence[Line], files: Sequence[tuple[str, str]], lang: Lang, *, everything: bool = False
) -> Iterator[Section]:
    """For each file and the marked one it answers: how many of what, and the lines, mended ones if all are wanted."""
    for file, marked in files:
        here = [line for line in lines if line.file == file]
        counts = {state: sum(line.state == state for line in here) for state in STATES}
        shown = list(rows([line for line in here if everything or line.state != "mended"], lang))
        facts = [("", say("against.counts", lang, **counts))]
        if counts["mended"] and not everything:
            facts.append(("", say("against.all", lang)))
        yield Section(
            say("against.title", lang, file=file, marked=marked),
            level=1,
            facts=tuple(facts),
            table=laid_out([*shown[0][1:]], [row[1:] for row in shown[1:]]) if len(shown) > 1 else None,
        )
