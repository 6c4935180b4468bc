"""Sheet to the tables in it: where the header is, which rows are data, and what stands above and below.

A header is known by its words, not by its place or its looks: the block of one to four rows in which most columns
bear a spelling that the scheme (or the list of names for villages, townships and codes) knows.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import combinations, pairwise, zip_longest
from typing import TYPE_CHECKING

from starcheck.cells import Place, merges_apart
from starcheck.diagnostic import Diagnostic, Location
from starcheck.identity import CORNERS, HEADERS, NAMES_AT_LAST, TOTALS, is_village_name
from starcheck.units import UNITS, all_ideographs, moved_from, normalise_header, read_yesno, split_unit, unadorned
from starcheck.workbook import Cell, Sheet

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from starcheck.cells import Words

_SEARCHED_ROWS = 60
_SEARCHED_FURTHER = 1000
_BLOCK_ROWS = 4
_GAP_ROWS = 3
"""Blank rows that may stand in one place inside a header, and in all."""
_LONGEST_HEADER = 80
_LONGEST_PART = 12
_FEW = 2

# --- headers ----------------------------------------------------------------------------------------------------


def only_unit(text: str) -> str | None:
    """The unit if a header cell holds nothing else, in brackets or bare."""
    rest, unit = split_unit(text)
    if unit is not None:
        return None if rest else unit
    bare = unicodedata.normalize("NFKC", text).strip()
    return bare if bare in UNITS else None


_UNIT_LABELS = frozenset({"单位", "计量单位"})
"""What stands over the names in a row of units of measure."""


TOLD_BY_MAP, TOLD_BY_CONFIG = "--map", "starcheck.toml"
"""Where the office has said what a header means."""


@dataclass(frozen=True, slots=True)
class Header:
    """The header of one column: its texts from top to bottom, group labels first.

    Where the office has said what it is, ``texts`` are those of the scheme, ``written`` those of the file, and
    ``told`` is where it was said.
    """

    column: int
    texts: tuple[str, ...]
    written: tuple[str, ...] = ()
    told: str | None = None

    @property
    def as_written(self) -> tuple[str, ...]:
        """The texts of the file."""
        return self.written or self.texts

    def candidates(self) -> tuple[tuple[str, str | None], ...]:
        """Normalised name and unit it may be known by, the likeliest first: the lowest text, else it and those above.

        A unit in a row of its own, or behind the label of the group, is the unit of the column.
        """
        return _candidates(self.texts)

    def paths(self) -> tuple[tuple[str, str | None], ...]:
        """Those of the candidates that say all there is: with the labels of the groups where it is in one."""
        return tuple(dict.fromkeys(one for found in _spellings(self.texts) for one in found[1:] if one[0]))

    @property
    def seen(self) -> Header:
        """The header as the file has it, whatever the office has said of it."""
        return Header(self.column, self.as_written)

    @property
    def told_by_path(self) -> bool:
        """Whether the office has said what it is, and the file has it in a group: then no other column is meant."""
        return self.told is not None and len(self.texts) == 1 and "/" in self.seen.path

    @property
    def leaf(self) -> str:
        """The lowest text, normalised and without a number before it or a mark behind it."""
        return _spellings(self.texts)[-1][0][0]

    @property
    def path(self) -> str:
        """All texts from the top, to tell columns of one leaf apart: 2022年/人口."""
        return _path(self.texts)


@lru_cache(maxsize=1 << 14)
def _path(header: tuple[str, ...]) -> str:
    texts = [split_unit(unadorned(text))[0] for text in header if only_unit(text) is None]
    return "/".join("".join(text.split()) for text in texts)


@lru_cache(maxsize=1 << 14)
def _spellings(header: tuple[str, ...]) -> tuple[tuple[tuple[str, str | None], ...], ...]:
    """As written and without adornments: the lowest text, all joined, and the lowest ones joined."""
    texts, unit = list(header), None
    if len(texts) > 1 and texts[-1] in _UNIT_LABELS:
        texts.pop()
    if len(texts) > 1 and (unit := only_unit(texts[-1])):
        texts.pop()
    bare = [unadorned(text) for text in texts]
    found: list[tuple[tuple[str, str | None], ...]] = []
    for form in [texts, bare] if bare != texts else [texts]:
        split = [split_unit(text) for text in form]
        for _, own in reversed(split):
            unit = unit or own
        names = [normalise_header(name) for name, _ in split]
        names[-1] = names[-1] or ("" if found else normalise_header(form[-1]))
        joined = ["".join(names[first:]) for first in range(len(names) - 1)] or names
        found.append(tuple((name, unit) for name in (names[-1], *joined)))
    return tuple(found)


class _Answers(dict[str, bool]):
    """Whether a text means something as a header: without its unit, whole, or unadorned. Kept by text.

    Cells say the same in row after row and workbook after workbook, and each is asked for several times.
    """

    def __init__(self, known: frozenset[str]) -> None:
        super().__init__()
        self._known = known

    def __missing__(self, text: str) -> bool:
        if len(text) > _LONGEST_HEADER:
            return False
        if len(self) >= _MOST_ANSWERS:
            self.clear()
        self[text] = answer = any(normalise_header(name) in self._known for name in self._names(text))
        return answer

    def _names(self, text: str) -> Iterator[str]:
        if all_ideographs(text):
            yield text
            return
        yield split_unit(text)[0]
        yield text
        if (bare := unadorned(text)) != text:
            yield split_unit(bare)[0]


_MOST_ANSWERS = 1 << 14
_answers = lru_cache(maxsize=8)(_Answers)


@lru_cache(maxsize=1 << 14)
def _candidates(header: tuple[str, ...]) -> tuple[tuple[str, str | None], ...]:
    return tuple(dict.fromkeys(one for found in _spellings(header) for one in found if one[0]))


# --- tables -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Table:
    """A header block and the rows under it. Rows and columns are absolute, from 0, as in the sheet.

    ``body`` holds the numbers of the data rows: without blank rows, repeated headers, rows of column numbers and
    footers, but with totals, which only the ledger can tell. Of a large CSV (``bulk``) it is a range from the first
    to the last, in which blank rows remain. ``left_out`` are the columns that the office does not use; ``pinned``
    says that the office has said where the table is.
    """

    sheet: Sheet
    header_first: int
    header_last: int
    headers: tuple[Header, ...]
    body: Sequence[int]
    above: tuple[str, ...] = ()
    below: tuple[str, ...] = ()
    left_out: tuple[Header, ...] = ()
    pinned: bool = False

    @property
    def bulk(self) -> bool:
        """Whether the body is best read by columns (``bulk_columns``)."""
        return self.sheet.bulk is not None

    @property
    def is_form(self) -> bool:
        """Whether it is a form seen as a table: its names have no row or column of their own."""
        return self.sheet.places is not None and not isinstance(self.sheet.places, _Swapped)

    def range(self) -> str:
        """The header's range: ``A3:AH5``."""
        first = self.sheet.address(self.header_first, self.headers[0].column)
        return f"{first}:{self.sheet.address(self.header_last, self.headers[-1].column)}"

    def cells(self, column: int, *, fill_merged: bool = False) -> list[Cell]:
        """A column's cells, one per body row; ``fill_merged`` repeats the value of a vertical merge downwards."""
        index = column - self.sheet.left
        if not 0 <= index < len(self._by_column):
            return [None] * len(self.body)
        cells = list(self._by_column[index])
        merged = self._merges(column) if fill_merged else {}
        if not merged:
            return cells
        return [merged.get(row, cell) for row, cell in zip(self.body, cells, strict=True)]

    @cached_property
    def _by_column(self) -> list[tuple[Cell, ...]]:
        """The cells of the body, turned round once: rows lie far apart in memory."""
        sheet = self.sheet
        rows = sheet.rows if sheet.bulk is None else sheet.bulk.rows()
        return list(zip(*(rows[row - sheet.top] for row in self.body), strict=True))

    def _merges(self, column: int) -> dict[int, Cell]:
        """What the rows show that are covered by a vertical merge in a column."""
        sheet = self.sheet
        rows, top, index = sheet.rows, sheet.top, column - sheet.left
        shown: dict[int, Cell] = {}  # no two merges that begin in one column share a row: see Sheet.merged
        for first, left, last, _ in sheet.merged:
            if left == column and last > first and 0 <= first - top < len(rows):
                value = rows[first - top][index]
                shown.update((row, value) for row in range(first + 1, min(last + 1, top + len(rows))))
        return shown

    def bulk_columns(
        self, columns: Sequence[int], numeric: Collection[int]
    ) -> dict[int, NDArray[np.float64] | Words] | None:
        """The asked columns of a large CSV, one entry per body row; None if ``cells`` must be used after all.

        Ask for ``surplus`` afterwards: only then is it known which rows are too long.
        """
        if self.sheet.bulk is None or not self.body:
            return None
        return self.sheet.bulk.columns(
            self.body[0], columns, numeric, end_row=self.body[-1] + 1, width=self._length_in_file
        )

    @property
    def _length_in_file(self) -> int:
        """How many cells the header of a CSV has, blank ones at its end included."""
        width = max(header.column for header in self.headers) + 1 - self.sheet.left
        lengths = self.sheet.lengths
        if lengths is None:
            return len(self.sheet.rows[0])
        return max(width, *lengths[self.header_first : self.header_last + 1])

    def surplus(self) -> tuple[Diagnostic, ...]:
        """Rows of a large CSV with more cells than its header: a delimiter inside a text has probably moved them."""
        if self.sheet.bulk is None:
            return ()
        end = self.headers[-1].column + 1
        return tuple(Diagnostic("T215", self.sheet.location(row, end)) for row in self.sheet.bulk.overlong)

    def moved(self) -> dict[int, int]:
        """Rows of a CSV that are longer than their header, with values in wrong columns, and from which column on.

        Ask for those of a large one after ``bulk_columns``, as for ``surplus``.
        """
        sheet = self.sheet
        if sheet.bulk is not None:
            return dict(sheet.bulk.moved)
        if sheet.lengths is None or sheet.places is not None:
            return {}
        found: dict[int, int] = {}
        width = self._length_in_file
        for row in self.body:
            if sheet.lengths[row] > width:
                at = moved_from([text_of(cell) for cell in sheet.rows[row][: sheet.lengths[row]]], width)
                if at is not None:
                    found[row] = sheet.left + at
        return found


@dataclass(frozen=True, slots=True)
class LayoutPin:
    """Where the office says a table is: the only sheet to read, the rows and columns of its header, what kind it is.

    Rows and columns are those of the sheet, from 0, the last ones included; None is not said. ``kind`` is ``table``,
    ``transposed``, ``form`` (known by its names, wherever they stand), or ``none`` for a sheet not to be read.
    """

    sheet: str | None = None
    rows: tuple[int, int] | None = None
    columns: tuple[int, int] | None = None
    kind: str = "table"


def find_tables(
    sheet: Sheet,
    known: Collection[str],
    naming: Mapping[str, frozenset[str]] | None = None,
    words: Collection[str] = (),
    *,
    pin: LayoutPin | None = None,
) -> tuple[tuple[Table, ...], tuple[Diagnostic, ...]]:
    """The tables of a sheet from top to bottom; none, and a note, where no header is recognised.

    ``known`` holds the normalised spellings, without unit, of every header that means something; ``naming`` those by
    meaning (name, code, township, …) that say which unit a row is about. Where it is given, a form, with names at the
    left and values at the right, is read as well. ``words`` are those of ``known`` that also stand in
    cells as values, as tiers do: they make no form. A ``pin`` says where the table is;
    where nothing that is known stands there, that is said, and it is looked for as usual.
    """
    grid = _Grid(sheet, frozenset(known), HEADERS if naming is None else naming, frozenset(words))
    if pin is not None:
        return _with_pin(grid, pin, find_tables(sheet, known, naming, words))
    block = grid.first_block()
    if sheet.bulk is None and (block is None or grid.score(block) <= _FEW):
        turned = _turned_tables(grid, block)
        if turned is not None:
            return turned
    if naming is not None and grid.may_be_form(block):
        from starcheck.forms import find_forms  # noqa: PLC0415 - rare

        names = _Grid(sheet, grid.known.difference(words), grid.naming) if words else grid
        forms, said = find_forms(sheet, names.is_known, naming, 0 if block is None else grid.score(block))
        if forms or (said and block is None):
            return forms, said
    if block is None:
        return (), (Diagnostic("T201", Location(sheet.file, sheet.name)),)
    if sheet.bulk is None and len(beside := grid.beside(block)) > 1:
        return _tables_beside(grid, block, beside)
    if sheet.bulk is not None:
        if not any(sheet.bulk.repeats(row) for row in range(block.first, block.last + 1)):
            return (grid.bulk_table(block),), ()
        grid = grid.of(replace(sheet, rows=sheet.bulk.rows(), bulk=None))
    tables, notes = _all_tables(grid, block)
    return tuple(tables), tuple(notes)


def title_lines(sheet: Sheet, known: Collection[str]) -> tuple[str, ...]:
    """What stands above the first row of headers or data: lines of one or two texts that are no known headers."""
    grid = _Grid(sheet, frozenset(known), HEADERS)
    lines: list[str] = []
    for index in range(min(len(grid.rows), _TITLE_ROWS)):
        texts = grid.texts(index)
        if len(texts) > _FEW or any(map(grid.is_known, texts.values())):
            break
        lines += texts.values()
    return tuple(lines)


_TITLE_ROWS = 8
_Tables = tuple[tuple[Table, ...], tuple[Diagnostic, ...]]


def _with_pin(grid: _Grid, pin: LayoutPin, usual: _Tables) -> _Tables:
    """The tables where a pin says they are; those found as ``usual``, and why, where it does not hold."""
    sheet = grid.sheet
    where = Location(sheet.file, sheet.name)
    if pin.kind == "none":
        return (), (Diagnostic("T243", where),)
    if sheet.name is not None and pin.sheet not in {None, sheet.name}:
        return (), (Diagnostic("T244" if any(map(grid.names_units_of, usual[0])) else "T243", where),)
    found = [table.is_form for table in usual[0]]
    if pin.kind == "form" and not all(found):
        reason = "这次读成的不是表单", "it is not read as a form this time"
        return usual[0], (Diagnostic("T242", where, arguments={"reason": reason}), *usual[1])
    if pin.kind == "form" or pin.rows is None or pin.columns is None or sheet.bulk is not None:
        return usual
    pinned = _pinned_tables(grid, pin)
    if pinned is None:
        reason = "那里没有认得的表头", "no known header stands there"
    elif any(found):
        reason = "这是表单，没有一行或一列表头", "it is a form, which has no row or column of headers"
    elif usual[0] and (more := grid.known_columns(best := max(usual[0], key=grid.known_columns))) > (
        there := grid.known_columns(pinned[0][0])
    ):
        place = best.range()
        reason = (
            f"那里认得 {there} 列，{place} 认得 {more} 列",
            f"{there} columns are known there, and {more} at {place}",
        )
    elif beyond := _past(grid, pin):
        reason = f"表头还有 {beyond}，在记住的范围以外", f"the header goes on at {beyond}"
    else:
        return tuple(replace(table, pinned=True) for table in pinned[0]), pinned[1]
    if not usual[0] and pin.sheet is None:  # another sheet of the book may be meant
        return usual
    return usual[0], (Diagnostic("T242", where, arguments={"reason": reason}), *usual[1])


def _past(grid: _Grid, pin: LayoutPin) -> str:
    """Where the rows of a pinned header go on beyond its columns; a column of problems that we put there does not."""
    assert pin.rows is not None
    assert pin.columns is not None
    sheet = grid.sheet
    across = pin.kind == "transposed"
    (first, last), (left, right) = (pin.columns, pin.rows) if across else (pin.rows, pin.columns)
    view = grid.of(_turned(sheet)) if across else grid
    texts = view.stack(first - view.sheet.top, last - view.sheet.top)
    beyond = [
        view.sheet.address(last, at + view.sheet.left)
        for at, words in texts.items()
        if not left <= at + view.sheet.left <= right
        and words[-1] != PROBLEM_COLUMN
        and (not across or any(map(view.is_known, words)))
    ]
    return "、".join(beyond)


PROBLEM_COLUMN = "问题"
"""The header of the column that we put beside the table of a workbook given back."""


def _pinned_tables(grid: _Grid, pin: LayoutPin) -> _Tables | None:
    """The tables where a pin says they are, None where no known header stands there."""
    sheet = grid.sheet
    assert pin.rows is not None
    assert pin.columns is not None
    (first, last), (left, right) = pin.rows, pin.columns
    if pin.kind == "transposed":
        grid = grid.of(_turned(sheet))
        first, last, left, right = left, right, first, last
    top, side = grid.sheet.top, grid.sheet.left
    if not (top <= first <= last < top + len(grid.rows)):
        return None
    texts = grid.stack(first - top, last - top)
    block = _Block(first - top, last - top, {at: words for at, words in texts.items() if left <= at + side <= right})
    if not block.texts or not grid.score(block):
        return None
    tables, notes = _all_tables(grid, block)
    return tuple(tables), tuple(notes)


def _all_tables(grid: _Grid, block: _Block) -> tuple[list[Table], list[Diagnostic]]:
    """The tables under a block and below each other, and what stands beside them.

    One with no title of its own is under that of the one above it, but not under its units where it has own ones.
    """
    tables: list[Table] = []
    following: _Block | None = block
    start = 0
    while following is not None:
        table, following, start = grid.table(following, start)
        units = [text for text in table.above if _SAYS_UNITS.match(text)]
        titled = not all(text in units or FOOTER.match(text) or _CAPTION.fullmatch(text) for text in table.above)
        if tables and not titled:
            over = [text for text in tables[-1].above if not (units and _SAYS_UNITS.match(text))]
            table = replace(table, above=(*over, *table.above))
        tables.append(table)
    return tables, [note for table in tables for note in grid.unread(table)]


def _tables_beside(
    grid: _Grid, block: _Block, ranges: Sequence[tuple[int, int]]
) -> tuple[tuple[Table, ...], tuple[Diagnostic, ...]]:
    """Tables beside each other (并排): each is read as if alone, under its title and that of the whole sheet."""
    sheet = grid.sheet
    parts: list[tuple[_Grid, _Block]] = []
    for first, last in ranges:
        part = replace(sheet, rows=[row[first:last] for row in sheet.rows], left=sheet.left + first, lengths=None)
        own = grid.of(part)
        header = own.first_block()
        if header is None:  # a narrow one is known by those beside it
            texts = {column - first: words for column, words in block.texts.items() if first <= column < last}
            header = replace(block, texts=texts)
        parts.append((own, header))
    # the names of townships over tables look like groups of one header over all of them
    titles = _titles_beside(grid, max(block.first, min(header.first for _, header in parts)), ranges)
    tables: list[Table] = []
    notes: list[Diagnostic] = []
    for (own, header), above in zip(parts, titles, strict=True):
        if not header.texts:
            continue
        found, said = _all_tables(own, header)
        tables += [replace(table, above=above) if table.above == found[0].above else table for table in found]
        notes += said
    where = Location(sheet.file, sheet.name)
    notes.append(Diagnostic("T220", where, found="、".join(table.range() for table in tables)))
    return tuple(tables), tuple(notes)


def _titles_beside(grid: _Grid, end: int, ranges: Sequence[tuple[int, int]]) -> list[tuple[str, ...]]:
    """The lines above each of the tables beside each other, down to the row ``end``.

    What stands above one of them is said of all (单位：万元, 填报时间), but for the names of townships where a line
    has one over each of several, and different ones: 马庄桥镇 over one table and 大沟乡 over the next.
    """
    titles: list[list[str]] = [[] for _ in ranges]
    for index in range(end):
        texts = grid.texts(index)
        place_of = {
            column: number
            for column, text in texts.items()
            for number, (first, last) in enumerate(ranges)
            if first <= column < last and _TOWN.search(text)
        }
        towns = {
            number: {found for at in place_of if place_of[at] == number for found in _TOWN.findall(texts[at])}
            for number in place_of.values()
        }
        alike = any(
            one.endswith(other) or other.endswith(one)
            for these, those in combinations(towns.values(), 2)
            for one in these
            for other in those
        )
        for column, text in texts.items():
            for number, own in enumerate(titles):
                if len(towns) < _FEW or alike or place_of.get(column, number) == number:
                    own.append(text)
    return [tuple(own) for own in titles]


def _turned_tables(grid: _Grid, block: _Block | None) -> tuple[tuple[Table, ...], tuple[Diagnostic, ...]] | None:
    """The table of a sheet with its units across and its items down (转置), seen the ordinary way round.

    None where the sheet is no such thing: fewer items than an ordinary header has, or names among the values.
    """
    sheet = grid.sheet
    if not sheet.rows or len(sheet.rows) > _MOST_ITEMS or not any(len(row) > _FEW for row in sheet.rows):
        return None
    view = _turned(sheet)
    own = grid.of(view)
    header = own.first_block()
    if header is not None and (corner := _corner(own, header)) is not None:
        view = _with_corner_named(view, header, *corner)
        own = grid.of(view)
        header = own.first_block()
    if header is None or own.score(header) <= max(_FEW, 0 if block is None else grid.score(block)):
        return None
    # the title stands over the first columns: in the view it is no line of its own
    first = min(column for column, texts in header.texts.items() if any(map(grid.is_known, texts)))
    lines = [index for index in range(first) if grid.is_line(index)]
    cut = lines[-1] + 1 if lines else 0
    view = replace(view, rows=[row[cut:] for row in view.rows], left=view.left + cut)
    own = grid.of(view)
    header = own.first_block()
    if header is None:
        return None
    named = [column for column, texts in header.texts.items() if own.is_name(column, texts)]
    body = view.rows[header.last + 1 :]
    if len(named) != 1 or sum(filled(row[named[0]]) for row in body) < _FEW:
        return None
    if any(own.hits(index) for index in range(header.last + 1, len(view.rows))):  # labels beside labels: a form
        return None
    villages = [cell for row in body if filled(cell := row[named[0]]) and not _TOTAL.fullmatch(text_of(cell))]
    places = [cell for cell in villages if isinstance(cell, str) and is_village_name(cell)]
    cells = [row[column] for row in body for column in header.texts if column != named[0]]
    if len(places) * 2 < len(villages) and not _mostly_values(cells):
        return None
    tables, notes = _all_tables(own, header)
    title = [text for index in range(cut) for text in grid.texts(index).values()]
    title += [
        text
        for index in range(cut, len(grid.rows))
        if len(own_line := grid.texts(index)) == 1
        for text in own_line.values()
    ]
    above = tuple(text for text in title if not grid.is_known(text) and len(text) > _FEW)
    tables[0] = replace(tables[0], headers=tuple(_with_values(own, tables[0])))
    notes.append(Diagnostic("T221", Location(sheet.file, sheet.name), found=tables[0].range()))
    return (replace(tables[0], above=(*above, *tables[0].above)), *tables[1:]), tuple(notes)


def _corner(own: _Grid, header: _Block) -> Place | None:
    """The corner of a turned sheet that does not say that units stand behind it, though mostly villages do.

    It says 项目, of the items (a scheme may call what it rates so: here they are villages all the same); or anything
    that is not known, or nothing, right before the items. None where a column says that it is of the names.
    """
    rows = own.rows

    def says_items(cell: Cell) -> bool:
        return isinstance(cell, str) and normalise_header(cell) in CORNERS

    def villages_behind(row: int, column: int) -> bool:
        below = [text_of(line[column]) for line in rows[row + 1 :] if filled(line[column])]
        names = [text for text in below if is_village_name(text) or _TOTAL.fullmatch(text)]
        return len(names) * 2 > len(below) > 1

    named = (column for column, texts in header.texts.items() if own.is_name(column, texts))
    if any(not any(map(says_items, header.texts[column])) for column in named):
        return None
    for row in range(max(header.first - 1, 0), header.last + 1):
        for column, cell in enumerate(rows[row]):
            if says_items(cell) and villages_behind(row, column):
                return row, column
    items = (column for column, texts in header.texts.items() if any(map(own.is_known, texts)))
    before = range(min(items, default=0))
    return next(((header.first, column) for column in reversed(before) if villages_behind(header.last, column)), None)


def _with_corner_named(view: Sheet, header: _Block, row: int, column: int) -> Sheet:
    """A turned sheet with 村名 in its corner, and nothing else over the names but the word over a row of units."""
    rows = [list(line) for line in view.rows]
    for at in range(header.first, header.last + 1):
        if text_of(rows[at][column]) not in _UNIT_LABELS:
            rows[at][column] = None
    rows[row][column] = "村名"
    return replace(view, rows=rows)


def _mostly_values(cells: Iterable[Cell]) -> bool:
    """Whether cells hold figures, days, yes and no: a list of items with their types and meanings does not."""
    found = [cell for cell in cells if filled(cell)]
    values = [
        cell
        for cell in found
        if not isinstance(cell, str) or re.search(r"\d", cell) or read_yesno(cell).value is not None
    ]
    return len(values) * 2 >= len(found) > 0


def _with_values(grid: _Grid, table: Table) -> Iterator[Header]:
    """The columns of a turned table that are known or hold something: not its title, nor the lines below it."""
    for header in table.headers:
        if any(name in grid.known for name, _ in header.candidates()) or any(map(filled, table.cells(header.column))):
            yield header


_MOST_ITEMS = 400
"""Rows of a sheet that may be items of units across; a longer one is a list."""


class _Swapped(Mapping[Place, Place]):
    """The place of a cell of a turned sheet: row and column exchanged."""

    def __init__(self, height: int, width: int) -> None:
        self._height, self._width = height, width

    def __getitem__(self, place: Place) -> Place:
        return place[1], place[0]

    def __iter__(self) -> Iterator[Place]:
        return ((row, column) for row in range(self._height) for column in range(self._width))

    def __len__(self) -> int:
        return self._height * self._width


def _turned(sheet: Sheet) -> Sheet:
    """The sheet with rows for columns; every cell keeps its address."""

    def swapped(places: Iterable[Place]) -> list[Place]:
        return [(column, row) for row, column in places]

    def formats(places: Collection[Place]) -> dict[Place, str]:
        return {(column, row): code for (row, column), code in sheet.formats(swapped(places)).items()}

    rows: list[list[Cell]] = [list(column) for column in zip(*sheet.rows, strict=True)]
    return replace(
        sheet,
        rows=rows,
        top=sheet.left,
        left=sheet.top,
        merged=merges_apart((left, top, right, bottom) for top, left, bottom, right in sheet.merged),
        hidden_rows=sheet.hidden_columns,
        hidden_columns=sheet.hidden_rows,
        formats=formats,
        comments=lambda: {(column, row): text for (row, column), text in sheet.comments().items()},
        places=_Swapped(len(rows), len(sheet.rows)),
    )


@dataclass(frozen=True, slots=True)
class _Block:
    """The rows of a header, as indices into the sheet's rows, and the texts over each column index."""

    first: int
    last: int
    texts: Mapping[int, tuple[str, ...]]


def _holds(block: _Block, index: int) -> bool:
    return block.first <= index <= block.last


_ANYONES_NAME = frozenset({"名称", "单位名称"})
"""Names that not only units have: a second column 名称 may be that of a firm."""
_PLACE = re.compile(r"[乡镇]|街道|办事处")
_TOWN = re.compile(r"(?!乡镇|[各全本])[一-鿿]+?(?:[乡镇](?![乡镇村])|街道|办事处)")
_SERIALS = frozenset({"序号", "顺序号", "编号", "号", "no", "行号"})
_SIGNED = (
    r"\s*(?:填表|填报|制表|编制|审核|审批|复核|核对|经办|报送|签字|盖章|签章|负责人|单位负责人|分管领导|主要领导|主要负责人"
    r"|联系人|联系电话|联系方式|电话|数据来源|资料来源|统计口径|打印)"
    r"(?:人|员|单位|日期|时间|说明|要求|领导)?\s*(?:[(（][^)）]*[)）])?\s*(?:[:：]|$)"
)
_REMARK = r"\s*(?:注|备注|附注|说明|来源|日期|附)\s*\d?\s*[:：]"
FOOTER = re.compile(f"{_SIGNED}|{_REMARK}")
"""How a line of signatures or remarks begins."""
_CONTINUED = re.compile(r"\u3000{2,}|\s*[*※]\s*\D")
_SENTENCE = re.compile(r"[，。；：！？,;:!?]")
HEADLINE = re.compile("台账|[计况记总览细]表")
"""What the title of a table says it is, also where a remark stands beside it."""
_BRACKETED = re.compile(r"[（(【\[][^）)】\]]*[）)】\]]")
_TOTAL = re.compile(rf".*(?:{'|'.join(TOTALS)})[\s)）】\]]*", re.DOTALL)
_CAPTION = re.compile(
    r"\s*[(（【\[]?\s*(?:(?:续|附|接|承)[前上]?[表页]|表)\s*[-—－(（]?\s*(?:\d{1,2}|[一二三四五六七八九十]{1,2})?\s*[)）】\]]?\s*[:：]?\s*"
)
"""What stands alone over a page of a table: 续表, 附表二, 表2."""
_NO_GROUP = re.compile(r"[:：]|\d{4}\s*[年.\-/]\s*\d{1,2}|^\s*(?:单位|附件|附表)")
_SAYS_UNITS = re.compile(r"\s*(?:计量|金额)?单位\s*[:：]")
_COLUMN_NUMBER = re.compile(r"[(（\[]?\s*(\d{1,3})\s*[)）\]]?(?:\s*[=＝].*)?")
_LATIN, _CIRCLED = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
_COLUMN_LATIN = re.compile(r"([A-Z])(?:\s*[=＝].*)?")
_COLUMN_LETTERS = frozenset("甲乙丙丁戊己庚辛壬癸ABCDEFGH") | {"栏次", "栏号", "列号", "序号", "行次"}
_NUMBER = re.compile(r"[\d.,%％‰\s-]+")
_FIGURE = re.compile(r"\s*[-+]?[\d０-９]")
_TAIL = 40
_MOST_BESIDE, _DISTANCES = 8, 8
"""Tables beside each other that are told apart by their items, and distances between these that are tried."""
_ALIKE = 0.5
"""Texts of a row, of 1, that are to be those of another one where the header comes again."""


class _Grid:
    """A sheet with what is known of headers, and the tests on its rows. Rows and columns are indices here."""

    def __init__(
        self,
        sheet: Sheet,
        known: frozenset[str],
        naming: Mapping[str, frozenset[str]],
        words: frozenset[str] = frozenset(),
    ) -> None:
        self.sheet = sheet
        self.rows = sheet.rows
        self.known = known
        self.words = words
        self._answers = _answers(known)
        self._texts: dict[int, dict[int, str]] = {}
        self.naming = naming
        self.names = naming["name"] | NAMES_AT_LAST
        self.unit_names = self.names - _ANYONES_NAME
        self.spans = {
            (r1 - sheet.top, c1 - sheet.left): (r2 - sheet.top, c2 - sheet.left) for r1, c1, r2, c2 in sheet.merged
        }
        self._tall: dict[int, list[tuple[int, int]]] = {}
        """By row the merges that begin in it and reach below it: column and last row."""
        for (row, column), (bottom, _) in self.spans.items():
            if bottom > row:
                self._tall.setdefault(row, []).append((column, bottom))

    def of(self, view: Sheet) -> _Grid:
        """The same of another view of the sheet."""
        return _Grid(view, self.known, self.naming, self.words)

    def is_name(self, column: int, texts: tuple[str, ...]) -> bool:
        """Whether a header is that of the units' names."""
        return any(name in self.names for name, _ in Header(column, texts).candidates())

    def names_units_of(self, table: Table) -> bool:
        """Whether a table has rows, and a column of names or codes: it may be a ledger."""
        wanted = self.names | self.naming["code"]
        return bool(table.body) and any(name in wanted for header in table.headers for name, _ in header.candidates())

    def texts(self, index: int) -> dict[int, str]:
        """The filled cells of a row as texts, by column."""
        found = self._texts.get(index)
        if found is None:
            found = {column: text_of(cell) for column, cell in enumerate(self.rows[index]) if filled(cell)}
            self._texts[index] = found
        return found

    def is_known(self, text: str) -> bool:
        """Whether a header text means something."""
        return self._answers[text]

    def is_line(self, index: int) -> bool:
        """Whether a row is of a title, a date or signatures rather than of an item and its values."""
        texts = self.texts(index).values()
        if len(texts) == 1:
            return not any(map(self.is_known, texts))
        return self.says_units(index) or (
            len(texts) > 1 and all(_NO_GROUP.search(text) or FOOTER.match(text) for text in texts)
        )

    def hits(self, index: int) -> set[int]:
        """The columns of a row whose text is a known header."""
        answers = self._answers
        return {column for column, cell in enumerate(self.rows[index]) if type(cell) is str and answers[cell]}

    @cached_property
    def scored(self) -> dict[int, set[int]]:
        """The known columns of each row near the top of the sheet. One word that is also a value makes none."""
        return {
            index: set() if self.only_words(index, hits) else hits
            for index in range(min(len(self.rows), _SEARCHED_ROWS))
            for hits in [self.hits(index)]
        }

    def only_words(self, index: int, columns: set[int]) -> bool:
        """Whether what is known of a row is but one word that also stands in cells as a value, as tiers do."""
        found = {normalise_header(text_of(self.rows[index][column])) for column in columns}
        return len(found) == 1 and found <= self.words

    def may_be_form(self, block: _Block | None) -> bool:
        """Whether names stand in more rows than those of the header, and more of them than it has."""
        if self.sheet.bulk is not None:
            return False
        beside = [index for index, hits in self.scored.items() if hits and not (block and _holds(block, index))]
        if len(beside) < (_FEW if block is None else 1):
            return False
        if block is not None and self.lists_units(block):
            return False
        names = {self.rows[index][column] for index, hits in self.scored.items() for column in hits} - self.words
        return len(names) > max(_FEW, 0 if block is None else self.score(block))

    def lists_units(self, block: _Block) -> bool:
        """Whether it is the header of a list of units, side by side and all known: 编码, 名称, 乡镇, 类型 …; no form.

        What its cells say, 行政村 under 类型, may be names that something known goes by.
        """
        texts = self.texts(block.first).values()
        if block.first != block.last or not all(map(self.is_known, texts)):
            return False
        spelled = {normalise_header(text) for text in texts}
        return all(spelled & self.naming.get(meaning, frozenset()) for meaning in ("code", "name", "township"))

    def known_columns(self, table: Table) -> int:
        """How many columns of a table are known."""
        return sum(any(name in self.known for name, _ in header.candidates()) for header in table.headers)

    # --- the header block

    def first_block(self) -> _Block | None:
        """The header block with the most known columns near the top of the sheet, or one that has a table above it."""
        scored = self.scored
        found: dict[int, _Block] = {}
        best, most = None, 0
        for index, hits in scored.items():
            if hits:
                block = self.block(index)
                score = self.score(block)
                if self.is_header(block, score, scored):
                    if score > _FEW or self.names_units(block):
                        found.setdefault(block.first, block)
                    if score > most:
                        best, most = block, score
        if best is None:
            return self.far_block()
        return next((block for block in found.values() if self.has_body_before(block, best.first)), best)

    def far_block(self) -> _Block | None:
        """The first header of a list of units under pages of notes: three known columns, that of names among them."""
        for index in range(_SEARCHED_ROWS, min(len(self.rows), _SEARCHED_FURTHER)):
            if len(self.hits(index)) > _FEW:
                block = self.block(index)
                if self.score(block) > _FEW and self.names_units(block):
                    return block
        return None

    def beside(self, block: _Block) -> list[tuple[int, int]]:
        """The ranges of columns of tables beside each other: each has the same columns (村名 … 村名 …)."""
        headed = sorted(column for column, texts in block.texts.items() if texts)
        below = self.rows[block.last + 1 :]
        others = (column for column in range(len(self.rows[0])) if column not in block.texts)
        for more in ((), (column for column in others if any(filled(row[column]) for row in below))):
            columns = sorted({*headed, *more})  # the heading of the names may have been lost
            headers = [Header(column, block.texts.get(column) or ("",)) for column in columns]
            starts = self.starts(headers, block.last + 1)
            if len(starts) > 1:
                edges = [0, *(columns[start] for start in starts[1:]), len(self.rows[0])]
                return list(pairwise(edges))
        return []

    def starts(self, headers: Sequence[Header], below: int) -> list[int]:
        """Where tables beside each other begin in the headers of a block."""
        found: list[int] = []
        ranges, parted = [(0, len(headers))], 0
        while ranges:
            first, end = ranges.pop()
            part = headers[first:end]
            starts = self.by_names(part)
            if len(starts) < _FEW and parted < _MOST_BESIDE and (again := self.begins_again(part, below)) is not None:
                starts, parted = [0, again], parted + 1
            if len(starts) < _FEW:
                found.append(first)
            else:
                edges = [*(first + start for start in starts), end]
                ranges += pairwise(edges)
        return sorted(found)

    def by_names(self, headers: Sequence[Header]) -> list[int]:
        """Where tables begin of which each has its names under the same header, and what leads before them."""
        leaves = [normalise_header(split_unit(header.texts[-1])[0]) for header in headers]
        names = [place for place, leaf in enumerate(leaves) if leaf in self.unit_names]
        alike = [place for place in names if leaves[place] == leaves[names[0]]]
        if len(alike) < _FEW or alike[0] > _FEW or any(map(self.is_item, headers[: alike[0]])):
            return []
        starts = [0]
        for place in alike[1:]:
            back = 0
            while (
                back < alike[0]
                and place - back - 1 > starts[-1]
                and self.leads(leaves[place - back - 1], leaves[alike[0] - back - 1])
            ):
                back += 1
            starts.append(place - back)
        return starts

    def leads(self, leaf: str, first: str) -> bool:
        """Whether a column before the names belongs to them, as that before the first names does: 序号, 乡镇, 编码.

        Where one of the two headers is misspelt the other tells: no table has its townships behind its last column.
        """
        return leaf == first or leaf in self.leading or (first in self.leading and leaf not in self.known)

    @cached_property
    def leading(self) -> frozenset[str]:
        """What stands before the names."""
        return _SERIALS | self.naming["township"] | self.naming["code"]

    @cached_property
    def beginning(self) -> frozenset[str]:
        """What stands before the items: the names, and what leads before them."""
        return self.leading | self.names

    def means(self, header: Header) -> bool:
        """Whether a header is known."""
        return any(name in self.known for name, _ in header.candidates())

    def is_item(self, header: Header) -> bool:
        """Whether a header is of an item rather than of the unit."""
        return self.means(header) and header.leaf not in self.beginning

    def begins_again(self, headers: Sequence[Header], below: int) -> int | None:
        """Where a second table begins that has the items of the first in their order, though its names may not.

        One of the two may begin with a header that is misspelt or lost. Where there is only one item to go by,
        villages stand under it.
        """
        items = [self.is_item(header) for header in headers]
        places = self.distances([header.path for header, item in zip(headers, items, strict=True) if item], items)
        if not places:
            return None
        paths = [header.path for header in headers]
        weighed = [header.leaf not in self.beginning for header in headers]
        for place in places:
            if not self.begin_alike(headers[0], headers[place]):
                continue
            pairs = [*zip_longest(range(1, place), range(place + 1, min(2 * place, len(headers))))]
            pairs += zip(range(place, len(headers)), range(2 * place, len(headers)), strict=False)
            pairs = [pair for pair in pairs if all(at is None or weighed[at] for at in pair)]
            alike = [one for one, two in pairs if one is not None and two is not None and paths[one] == paths[two]]
            if not any(items[at] for at in alike) or len(alike) * 5 < len(pairs) * 3:
                continue
            if headers[0].leaf == headers[place].leaf or len(alike) >= _FEW:
                return place
            unknown = headers[0] if self.means(headers[place]) else headers[place]
            if self.villages_under(unknown.column, below):
                return place
        return None

    def distances(self, paths: Sequence[str], items: Sequence[bool]) -> list[int]:
        """How far items of one path stand from each other: the commonest ways, the shortest first."""
        last: dict[str, int] = {}
        found: Counter[int] = Counter()
        for at, path in zip((at for at, item in enumerate(items) if item), paths, strict=True):
            if path in last:
                found[at - last[path]] += 1
            last[path] = at
        return sorted(distance for distance, _ in found.most_common(_DISTANCES))

    def begin_alike(self, first: Header, other: Header) -> bool:
        """Whether tables may begin with these headers: both with names, or one of them with what nobody knows."""
        if first.leaf == other.leaf or self.names.issuperset((first.leaf, other.leaf)):
            return first.leaf in self.beginning
        return (first.leaf in self.beginning and not self.means(other)) or (
            other.leaf in self.beginning and not self.means(first)
        )

    def villages_under(self, column: int, below: int) -> bool:
        """Whether most of what stands in a column from a row on are villages."""
        cells = [text_of(row[column]) for row in self.rows[below:] if filled(row[column])]
        return sum(map(is_village_name, cells)) * 2 > len(cells)

    def names_units(self, block: _Block) -> bool:
        """Whether one of at least two known columns is that of the villages."""
        headers = [Header(column, texts) for column, texts in block.texts.items()]
        return self.score(block) >= _FEW and any(
            name in self.unit_names for each in headers for name, _ in each.candidates()
        )

    def has_body_before(self, block: _Block, end: int) -> bool:
        """Whether rows of data stand under a header before another one begins."""
        return any(len(block.texts.keys() & self.texts(index).keys()) >= _FEW for index in range(block.last + 1, end))

    def score(self, block: _Block) -> int:
        """The columns of a block by which it is known, whether by their lowest text or by all joined."""
        headers = (Header(column, texts) for column, texts in block.texts.items())
        return sum(any(name in self.known for name, _ in header.candidates()) for header in headers)

    def is_header(self, block: _Block, score: int, scored: Mapping[int, set[int]]) -> bool:
        """Two known columns make a header; one does among three headers; but a list of headers, each a row, is none."""
        if score > _FEW:
            return True
        if score < _FEW and len(block.texts) <= _FEW:
            return False
        around = {*range(block.first - 3, block.last + 4)} - {*range(block.first, block.last + 1)}
        return sum(bool(scored.get(index)) for index in around) < _FEW

    def block(self, index: int) -> _Block:
        """The header block around one of its rows."""
        first = last = index
        while self.has_room(first, last) and (below := self.filled_from(last + 1, 1)) is not None:
            if not self.continues_below(first, last, below):
                break
            last = below
        while self.has_room(first, last) and (above := self.filled_from(first - 1, -1)) is not None:
            if not self.continues_above(first, last, above):
                break
            first = above
        return _Block(first, last, self.stack(first, last))

    def has_room(self, first: int, last: int) -> bool:
        """Whether a header may have one row more than these: blank ones among them do not count."""
        return (
            last - first + 1 < _BLOCK_ROWS or sum(bool(self.texts(row)) for row in range(first, last + 1)) < _BLOCK_ROWS
        )

    def filled_from(self, index: int, step: int) -> int | None:
        """The first row from ``index`` on, down or up, in which something stands; None where too many are blank."""
        for row in range(index, index + step * (_GAP_ROWS + 1), step):
            if not 0 <= row < len(self.rows):
                return None
            if any(map(filled, self.rows[row])):
                return row
        return None

    def block_around(self, index: int, end: int) -> _Block:
        """The best header block with a row in it, seen from it or from the rows above it, which lie below ``end``."""
        seen = [at for at in range(index, max(end, index - _BLOCK_ROWS), -1) if at == index or self.hits(at)]
        return max((block for at in seen if _holds(block := self.block(at), index)), key=self.score)

    def continues_below(self, first: int, last: int, below: int) -> bool:
        """Whether the next row under the block belongs to it: units, what a merge spans, or leaves of groups.

        Behind blank rows less is taken for a header: data may begin there.
        """
        texts = self.texts(below)
        if self.says_units(last):
            return False
        # a stray number among units makes no data of them
        if any(type(cell) is not str for cell in self.rows[below] if cell is not None) and not _are_units(texts):
            return False
        if self.merged_over(first, last, below):
            return True
        units = sum(map(_is_unit, texts.values()))
        if units == len(texts) or _are_units(texts) or self.units_but_for_a_name(first, below):
            return True
        if max(len(self.texts(row)) for row in range(first, last + 1)) < _FEW:
            return False
        if any(len(text) > _LONGEST_HEADER // 2 for text in texts.values()):
            return False
        if units * 2 >= len(texts) and not self.villages_over(first, last, texts):  # one of them is misspelt
            return True
        if any(_NUMBER.fullmatch(text) for text in texts.values()):
            return False
        if below > last + 1:
            return self.has_leaves_in(first, last, below, last)
        named = {column for row in range(first, last + 1) for column in self.hits(row)}
        under_names = named & texts.keys()
        if not under_names:  # a row of data has something under the column of names
            return bool(named)
        over = self.texts(last)
        leaves = sum(self.is_known(text) for text in texts.values())
        labels = all(column + 1 in texts and column + 1 not in over for column in under_names)
        return labels and (leaves >= len(under_names) or self.parts_of_known(first, last, below))

    def parts_of_known(self, first: int, last: int, below: int) -> bool:
        """Whether a row says what the columns under known labels hold, 上年 and 本年, 应达 and 实际, and no name."""
        texts = self.texts(below)
        names = {
            column
            for row in range(first, last + 1)
            for column, text in self.texts(row).items()
            if normalise_header(text) in self.names
        }
        return (
            bool(names)
            and names.isdisjoint(texts)
            and all(len(text) <= _LONGEST_PART and read_yesno(text).value is None for text in texts.values())
        )

    def units_but_for_a_name(self, first: int, index: int) -> bool:
        """Whether a row under the header from ``first`` on is of units, but that a header strayed under the names."""
        others = {column: text for column, text in self.texts(index).items() if not _is_unit(text)}
        if len(others) != 1 or len(self.texts(index)) <= _FEW or not all(map(self.is_known, others.values())):
            return False
        return self.villages_over(first, index - 1, others)

    def says_units(self, index: int) -> bool:
        """Whether a row is a line of the units of the whole table, whatever word stands in it besides."""
        return any(map(_SAYS_UNITS.match, self.texts(index).values()))

    def villages_over(self, first: int, last: int, columns: Collection[int]) -> bool:
        """Whether a column of names is among these: what stands in it is a row's."""
        texts = [
            text for row in range(first, last + 1) for column, text in self.texts(row).items() if column in columns
        ]
        return any(normalise_header(text) in self.names for text in texts)

    def has_leaves_in(self, first: int, last: int, below: int, over: int) -> bool:
        """Whether a row behind blank ones holds leaves of the block's groups, or groups over them: known ones.

        No village is among them, and one stands at least where nothing is in the row ``over`` the blank ones.
        """
        texts = self.texts(below)
        if self.villages_over(first, last, texts) or any(type(self.rows[below][column]) is not str for column in texts):
            return False
        stacked = self.stack(first, below)
        leaves = [Header(column, stacked[column]) for column in texts]
        known = sum(any(name in self.known for name, _ in leaf.candidates()) for leaf in leaves)
        if known * 2 >= len(texts) and any(column not in self.texts(over) for column in texts):
            return True
        lower = self.filled_from(below + 1, 1)
        return (
            not known
            and lower is not None
            and self.has_room(first, below)
            and self.has_leaves_in(first, below, lower, over)
        )

    @cached_property
    def _reach(self) -> list[int]:
        """By row the lowest row to which a merge reaches that begins above it; -1 where there is none."""
        found = [max((bottom for row in self._tall if row < 0 for _, bottom in self._tall[row]), default=-1)]
        for row in range(len(self.rows)):
            found.append(max((found[-1], *(bottom for _, bottom in self._tall.get(row, ())))))
        return found

    def merged_over(self, first: int, last: int, below: int) -> bool:
        """Whether a known name of the block reaches down to a row below it by a merge."""
        for row in range(first, last + 1):
            reaching = [column for column, bottom in self._tall.get(row, ()) if bottom >= below > last]
            if reaching and not self.hits(row).isdisjoint(reaching):
                return True
        return False

    def continues_above(self, first: int, last: int, index: int) -> bool:
        """Whether the next row above the block belongs to it: names that reach down, or labels over groups of columns.

        Behind blank rows it may be a title: there one of them is to be known, or to span its group by a merge.
        """
        above = self.texts(index)
        if not above or any(type(cell) is not str for cell in self.rows[index] if cell is not None):
            return False
        if self.says_units(index):
            return False
        if self._reach[first] >= first:
            return True
        if len(above) < _FEW or any(len(text) > _LONGEST_HEADER // 2 for text in above.values()):
            return False
        here = {column for row in range(first, last + 1) for column in self.texts(row)}
        apart = index < first - 1
        if apart and self.villages_over(first, last, here) and self.villages_over(index, index, above):
            return False
        if any(self.is_known(text) and column not in here for column, text in above.items()):
            return True
        if any(_NO_GROUP.search(text) for text in above.values()):
            return False
        if apart and not any(self.spans.get((index, column), (0, column))[1] > column for column in above):
            return False
        return all(column not in here or column + 1 in here - above.keys() for column in above)

    def stack(self, first: int, last: int) -> dict[int, tuple[str, ...]]:
        """Collect the texts over each column; a label spreads over its merge, or rightwards over blanks with leaves.

        Without a merge it spreads no further than the labels over it, and makes no second column of one path: there
        a label was lost.
        """
        rows = [self.texts(index) for index in range(first, last + 1)]
        rows[1:] = [
            {column: text for column, text in row.items() if _is_unit(text) or _SPOILT_UNIT.search(text)}
            if _are_units(row) or self.units_but_for_a_name(first, index)
            else row
            for index, row in enumerate(rows[1:], start=first + 1)
        ]
        stacks: dict[int, list[str]] = {column: [] for column in sorted({column for row in rows for column in row})}
        lent: dict[int, list[int]] = {column: [] for column in stacks}
        for depth, row in enumerate(rows):
            lower = {column for below in rows[depth + 1 :] for column, text in below.items() if not only_unit(text)}
            label, end, merged = "", -1, False
            above: tuple[str, ...] = ()
            for column, stack in stacks.items():
                if column in row:
                    label, above = row[column], tuple(stack)
                    reach = len(self.rows[0]) if column in lower else column
                    merged = (first + depth, column) in self.spans
                    _, end = self.spans.get((first + depth, column), (0, reach))
                    stack.append(label)
                elif column <= end and column in lower and (merged or tuple(stack) == above):
                    if not merged:
                        lent[column].append(len(stack))
                    stack.append(label)
        paths: set[str] = set()
        for column, stack in stacks.items():
            if lent[column] and Header(column, tuple(stack)).path in paths:
                stack[:] = [text for place, text in enumerate(stack) if place not in lent[column]]
            paths.add(Header(column, tuple(stack)).path)
        return {column: tuple(dict.fromkeys(stack)) for column, stack in stacks.items()}

    # --- the body

    def table(self, block: _Block, start: int) -> tuple[Table, _Block | None, int]:
        """The table under a block, the block of the next one below, and the index where that one's own lines begin."""
        rows, low, high = self.rows, min(block.texts), max(block.texts) + 1
        header_rows = [_words(row) for row in rows[block.first : block.last + 1]]
        named = next((row for row in range(block.last, block.first - 1, -1) if self.hits(row)), block.last)
        mark = min(self.hits(named), default=low)
        under = header_rows[named - block.first + 1 :]
        places = self.naming["township"]
        place_said = any(places & set(map(normalise_header, texts)) for texts in block.texts.values())
        names = {column: Header(column, texts).candidates()[:1] for column, texts in block.texts.items()}
        serial = next((column for column, name in names.items() if name and name[0][0] in _SERIALS), None)
        following: _Block | None = None
        body: list[int] = []
        below: list[str] = []
        segment, again = 0, -_BLOCK_ROWS
        nearly_blank = high - low - _FEW
        for index in range(self.body_start(block), len(rows)):
            row = rows[index]
            if row.count(None) - (len(row) - high + low) >= nearly_blank:
                if _says_nothing(row[low:high], serial, low):
                    continue
                said = list(self.texts(index).values())
                if len(said) == 1 and _CAPTION.fullmatch(said[0]):
                    below += said
                    continue
            if 0 < index - again <= len(under) + 1 and (_words(row) in under or self.numbers_columns(index, block)):
                continue
            cell = row[mark]
            if type(cell) is str and (cell in self.known or not cell.isalnum()) and self.is_known(cell):
                candidate = self.block_around(index, block.last)
                if candidate.first == index:
                    candidate = self.with_rows_over(candidate, block, named)
                over = [_words(line) for line in rows[max(0, index - named + block.first) : index]]
                again_named = _words(row) == header_rows[named - block.first]
                if again_named and (candidate.first == index or over == header_rows[: named - block.first]):
                    while body and _words(rows[body[-1]]) in header_rows:
                        body.pop()
                    lines = self.cut_footers(body, segment, block, new_page=True)
                    below += lines
                    segment, again = len(body), index
                    if (not place_said and self.elsewhere(lines, block, start)) or self.otherwise(lines, block, start):
                        following = candidate
                        break
                    continue
                if candidate.first > block.last and self.score(candidate) > _FEW:
                    following = candidate
                    break
            body.append(index)
        if following is not None:
            del body[next((n for n, index in enumerate(body) if index >= following.first), len(body)) :]
        below += self.cut_footers(body, segment, block, new_page=following is not None)
        end = body[-1] + 1 if body else self.body_start(block)
        block = self.with_units_below(block, body)
        return self.made(block, start, [index + self.sheet.top for index in body], below), following, end

    def with_units_below(self, block: _Block, body: list[int]) -> _Block:
        """The block with the units that stand in a row of their own among its first ones, above any name.

        What lies between, a row of leaves in which a remark stands, was not taken for header; its units would be lost.
        """
        names = {column for column, texts in block.texts.items() if self.is_name(column, texts)}
        for index in body[:_BLOCK_ROWS]:
            texts = self.texts(index)
            if not names.isdisjoint(texts):
                break
            if len(texts) < _FEW or not all(map(_is_unit, texts.values())):
                continue
            body.remove(index)
            said = {
                column: (*over, texts[column])
                for column, over in block.texts.items()
                if column in texts and not any(only_unit(text) or split_unit(text)[1] for text in over)
            }
            return _Block(block.first, block.last, {**block.texts, **said})
        return block

    def with_rows_over(self, candidate: _Block, block: _Block, named: int) -> _Block:
        """A block that begins with a row like the ``named`` one of another, and the rows like those over that one.

        Blank rows may stand among them, where nothing else tells groups from data.
        """
        first = candidate.first
        if named == block.first or self.likeness(first, named) < 1:
            return candidate
        for known in range(named - 1, block.first - 1, -1):
            if not self.texts(known):
                continue
            above = self.filled_from(first - 1, -1)
            if above is None or above <= block.last or self.likeness(above, known) < _ALIKE:
                return candidate
            first = above
        return _Block(first, candidate.last, self.stack(first, candidate.last))

    def likeness(self, one: int, other: int) -> float:
        """How many of the texts of two rows, of 1, are the same headers in the same columns, adorned or not."""
        rows = [
            {column: Header(column, (text,)).leaf for column, text in self.texts(row).items()} for row in (one, other)
        ]
        return len(rows[0].items() & rows[1].items()) / max(len(row) for row in rows)

    def texts_over(self, block: _Block, start: int) -> tuple[str, ...]:
        """What stands in the rows from ``start`` down to a header."""
        return tuple(text for index in range(start, block.first) for text in self.texts(index).values())

    def elsewhere(self, lines: Iterable[str], block: _Block, start: int) -> bool:
        """Whether lines over a header that comes again say another place than those over the first one."""
        above = self.texts_over(block, start)
        return any(text not in above and _PLACE.search(text) and not FOOTER.match(text) for text in lines)

    def otherwise(self, lines: Iterable[str], block: _Block, start: int) -> bool:
        """Whether lines over a header that comes again say units of the table, and other ones than over the first."""
        above = self.texts_over(block, start)
        said, before = (
            {normalise_header(text) for text in found if _SAYS_UNITS.match(text)} for found in (lines, above)
        )
        return bool(said) and said != before

    def bulk_table(self, block: _Block) -> Table:
        """The table of a large CSV, whose rows in the middle nobody has looked at yet."""
        bulk = self.sheet.bulk
        assert bulk is not None
        tail = bulk.tail(_TAIL)
        footers = self.footers([row for _, row in tail], block, new_page=False)
        end = tail[len(tail) - footers][0] if footers else bulk.height
        below = [text_of(cell) for _, row in tail[len(tail) - footers :] for cell in row if filled(cell)]
        return self.made(block, 0, range(self.body_start(block), end), below)

    def made(self, block: _Block, start: int, body: Sequence[int], below: Iterable[str]) -> Table:
        """The table in absolute rows and columns; the lines above its header begin at index ``start``."""
        top, left = self.sheet.top, self.sheet.left
        headers = tuple(Header(left + column, texts) for column, texts in block.texts.items())
        above = self.texts_over(block, start)
        return Table(self.sheet, top + block.first, top + block.last, headers, body, above, tuple(below))

    def body_start(self, block: _Block) -> int:
        """The first row under the header and the row that numbers its columns."""
        index = self.filled_from(block.last + 1, 1)
        return index + 1 if index is not None and self.numbers_columns(index, block) else block.last + 1

    def numbers_columns(self, index: int, block: _Block) -> bool:
        """Whether a row numbers the columns: 甲 乙 1 2 3, (1) (2) (3), 3=1+2."""
        texts = [text for column, text in self.texts(index).items() if column in block.texts]
        numbers = [int(found[1]) for text in texts if (found := _COLUMN_NUMBER.fullmatch(text))]
        letters = sum(text in _COLUMN_LETTERS for text in texts)
        in_order = len(numbers) >= _FEW and numbers == list(range(1, len(numbers) + 1))
        if in_order and len(numbers) + letters == len(texts) > _FEW:
            return True
        latin = [found[1] for text in texts if (found := _COLUMN_LATIN.fullmatch(text))]
        circled = [text for text in texts if len(text) == 1 and text in _CIRCLED]
        return (
            len(latin) >= _FEW
            and "".join(latin) == _LATIN[: len(latin)]
            and "".join(circled) == _CIRCLED[: len(circled)]
            and len(latin) + len(circled) == len(texts) > _FEW
        )

    def cut_footers(self, body: list[int], segment: int, block: _Block, *, new_page: bool) -> list[str]:
        """Take the footers off the end of the body; where a new page follows, its title too."""
        window = body[max(segment, len(body) - _TAIL) :]
        count = self.footers([self.rows[index] for index in window], block, new_page=new_page)
        del body[len(body) - count :]
        return [text for index in window[len(window) - count :] for text in self.texts(index).values()]

    def footers(self, rows: Sequence[list[Cell]], block: _Block, *, new_page: bool) -> int:
        """How many rows at the end are footers and their continuation rather than data."""
        headers = {column: normalise_header(split_unit(texts[-1])[0]) for column, texts in block.texts.items()}
        name = next((column for column, text in headers.items() if text in self.names), min(headers))
        count = 0
        for number, row in enumerate(reversed(rows), start=1):
            cells = [(column, cell) for column, cell in enumerate(row) if filled(cell)]
            if not cells:
                count += count == number - 1
                continue
            column, first = cells[0]
            if not isinstance(first, str):
                break
            alone = len(cells) == 1
            sentence = len(first) > 8 and _SENTENCE.search(_BRACKETED.sub("", first))  # noqa: PLR2004
            title = new_page and (column != name or len(first) > 12)  # noqa: PLR2004
            headline = (
                new_page
                and len(cells) <= _FEW + 1
                and (_SAYS_UNITS.match(first) or (len(first) > 8 and HEADLINE.search(first)))  # noqa: PLR2004
            )
            if _TOTAL.fullmatch(first):
                break
            if headline or FOOTER.match(first) or (alone and (sentence or title or _CONTINUED.match(first))):
                count = number
            elif (
                len(cells) > _BLOCK_ROWS or not all(isinstance(cell, str) for _, cell in cells) or _is_data(cells, name)
            ):
                break
        return count

    def unread(self, table: Table) -> Iterator[Diagnostic]:
        """What stands beside the headers and was not read: a column without a header, cells beyond the table."""
        sheet = self.sheet
        headed = {header.column - sheet.left for header in table.headers}
        low, high = min(headed), max(headed)
        for column in range(len(self.rows[0]) if self.rows else 0):
            if column in headed:
                continue
            code = "T210" if low < column < high else "T215" if sheet.name is None and column > high else "T211"
            for row in table.body:
                cell = self.rows[row - sheet.top][column]
                if cell is not None and filled(cell):
                    yield Diagnostic(code, sheet.location(row, column + sheet.left), found=text_of(cell))
                    if code != "T215":
                        break


def _is_data(cells: Sequence[tuple[int, Cell]], name: int) -> bool:
    """Whether a row of texts, as in a CSV, has a name and beside it a figure, a day, yes or no."""
    texts = {column: text_of(cell) for column, cell in cells}
    return name in texts and any(
        column != name and (_FIGURE.match(text) or read_yesno(text).value is not None) for column, text in texts.items()
    )


def _is_unit(text: str) -> bool:
    return only_unit(text) is not None or text in _UNIT_LABELS


_SPOILT_UNIT = re.compile(r"元|亩|公顷|平方|㎡|[%％‰万亿]")
"""What in a remark among units may have been a unit that matters: without it the column would be read by a factor."""


def _are_units(texts: Mapping[int, str]) -> bool:
    """Whether a row of texts is one of units, though a remark stands among them."""
    units = sum(map(_is_unit, texts.values()))
    return units > _FEW and units * 4 >= len(texts) * 3


def _words(row: Iterable[Cell]) -> tuple[Cell, ...]:
    """A row as it is compared with one of a header: whatever spaces and line breaks stand in its words."""
    return tuple("".join(cell.split()) or None if type(cell) is str else cell for cell in row)


def text_of(cell: Cell) -> str:
    """A cell as text in a header or footer."""
    if type(cell) is float and cell.is_integer() and abs(cell) < 1e15:  # noqa: PLR2004
        return str(int(cell))  # never one that may be private: those have types of their own
    return "" if cell is None else str(cell).strip()


def filled(cell: Cell) -> bool:
    """Whether anything but spaces stands in a cell."""
    return cell is not None and not (isinstance(cell, str) and not cell.strip())


def _says_nothing(row: list[Cell], serial: int | None, low: int) -> bool:
    """Whether a nearly blank row holds only spaces, or only the serial number of a form not filled in."""
    found = [(column, cell) for column, cell in enumerate(row, start=low) if filled(cell)]
    return not found or (len(found) == 1 and found[0][0] == serial and text_of(found[0][1]).isdecimal())
