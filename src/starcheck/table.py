"""Sheet to the tables in it: where the header is, which rows are data, and what stands above and below.

A header is known by its words, not by its place or its looks: the block of one to four rows in which most columns
bear a spelling that the scheme (or the list of names for villages, townships and codes) knows.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from starcheck.diagnostic import Diagnostic, Location
from starcheck.units import UNITS
from starcheck.workbook import Cell, Sheet

if TYPE_CHECKING:
    import pyarrow as pa

_SEARCHED_ROWS = 60
_BLOCK_ROWS = 4
_LONGEST_HEADER = 80

# --- headers ----------------------------------------------------------------------------------------------------


@cache
def normalise_header(text: str) -> str:
    """What of a header is compared: NFKC, lower case, without spaces, line breaks and punctuation."""
    folded = unicodedata.normalize("NFKC", text).lower()
    return "".join(char for char in folded if unicodedata.category(char)[0] not in "PZC")


_LAST_BRACKET = re.compile(r"^(.*?)[(\[{【〔<《]\s*(?:(?:计量)?单位\s*:?)?\s*([^()\[\]{}【】〔〕<>《》]+?)\s*[)\]}】〕>》]\s*$", re.DOTALL)


@cache
def split_unit(text: str) -> tuple[str, str | None]:
    """A header without its last bracket, and the unit in it: ``人口（人）`` gives ``人口`` and ``人``.

    A bracket that holds no unit belongs to the name, as in ``村（社区）``.
    """
    found = _LAST_BRACKET.match(unicodedata.normalize("NFKC", text))
    if found is None or found[2] not in UNITS:
        return text, None
    return found[1].strip(), found[2]


def _only_unit(text: str) -> str | None:
    """The unit if a header cell holds nothing else, in brackets or bare."""
    rest, unit = split_unit(text)
    if unit is not None:
        return None if rest else unit
    bare = unicodedata.normalize("NFKC", text).strip()
    return bare if bare in UNITS else None


@dataclass(frozen=True, slots=True)
class Header:
    """The header of one column: its texts from top to bottom, group labels first."""

    column: int
    texts: tuple[str, ...]

    def candidates(self) -> tuple[tuple[str, str | None], ...]:
        """Normalised name and unit, as it may be known by: the lowest text, else all of them joined.

        A unit that stands in a row of its own, or behind a group's label, is the unit of what it stands at.
        """
        texts, unit = list(self.texts), None
        if len(texts) > 1 and (unit := _only_unit(texts[-1])):
            texts.pop()
        names = []
        for text in reversed(texts):
            name, own = split_unit(text)
            names.insert(0, normalise_header(name))
            unit = unit or own
        found = [(names[-1], unit)]
        whole = normalise_header(texts[-1])  # 村（户）: a name that ends in what could be a unit
        found.append((whole, unit if whole == names[-1] else None))
        if len(names) > 1:
            found.append(("".join(names), unit))
        return tuple(dict.fromkeys(candidate for candidate in found if candidate[0]))


# --- tables -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A header block and the rows under it. Rows and columns are absolute, from 0, as in the sheet.

    ``body`` holds the numbers of the data rows: without blank rows, repeated headers, rows of column numbers and
    footers, but with totals, which only the ledger can tell. Of a large CSV it is a range that may still hold them.
    """

    sheet: Sheet
    header_first: int
    header_last: int
    headers: tuple[Header, ...]
    body: Sequence[int]
    above: tuple[str, ...] = ()
    below: tuple[str, ...] = ()

    @property
    def bulk(self) -> bool:
        """Whether the body is read by columns (``bulk_columns``)."""
        return self.sheet.bulk is not None

    def range(self) -> str:
        """The header's range: ``A3:AH5``."""
        first = self.sheet.address(self.header_first, self.headers[0].column)
        return f"{first}:{self.sheet.address(self.header_last, self.headers[-1].column)}"

    def cells(self, column: int, *, fill_merged: bool = False) -> list[Cell]:
        """A column's cells, one per body row; ``fill_merged`` repeats the value of a vertical merge downwards."""
        sheet = self.sheet
        rows, index = sheet.rows if sheet.bulk is None else sheet.bulk.rows(), column - sheet.left
        if not (rows and 0 <= index < len(rows[0])):
            return [None] * len(self.body)
        if not fill_merged or not sheet.merged:
            return [rows[row - sheet.top][index] for row in self.body]
        filled: dict[int, Cell] = {}
        for first, left, last, _ in sheet.merged:
            if left == column and last > first and 0 <= first - sheet.top < len(rows):
                value = rows[first - sheet.top][index]
                filled.update((row, value) for row in range(first + 1, min(last + 1, sheet.top + len(rows))))
        return [filled[row] if row in filled else rows[row - sheet.top][index] for row in self.body]

    def bulk_columns(self, columns: Sequence[int], numeric: Collection[int]) -> dict[int, pa.ChunkedArray] | None:
        """The asked columns of a large CSV, one entry per body row; None if ``cells`` must be used after all."""
        if self.sheet.bulk is None or not self.body:
            return None
        read = self.sheet.bulk.columns(self.body[0], columns, numeric)
        return read and {number: column.slice(0, len(self.body)) for number, column in read.items()}


def find_tables(sheet: Sheet, known: Collection[str]) -> tuple[tuple[Table, ...], tuple[Diagnostic, ...]]:
    """The tables of a sheet from top to bottom; none, and a note, where no header is recognised.

    ``known`` holds normalised spellings, without unit, of every header that means something.
    """
    grid = _Grid(sheet, frozenset(known))
    tables: list[Table] = []
    notes: list[Diagnostic] = []
    block = grid.first_block()
    if block is None:
        return (), (Diagnostic("T201", Location(sheet.file, sheet.name)),)
    start = sheet.top
    while block is not None:
        table, following, start_of_next = grid.table(block, start)
        tables.append(table)
        notes.extend(grid.headless(table))
        block, start = following, start_of_next
    return tuple(tables), tuple(notes)


@dataclass(frozen=True, slots=True)
class _Block:
    """The rows of a header, as indices into the sheet's rows, and the texts over each column index."""

    first: int
    last: int
    texts: Mapping[int, tuple[str, ...]]


_NAMES = frozenset({"村名", "村", "行政村", "村社区", "村居", "村名称", "名称", "单位名称", "单位", "社区", "村居社区"})
_SERIALS = frozenset({"序号", "编号", "顺序号", "号", "no", "行号"})
_FOOTER = re.compile(
    r"\s*(?:填表|填报|制表|编制|审核|审批|复核|核对|经办|报送|签字|盖章|签章|负责人|单位负责人|分管领导|主要领导|主要负责人|联系人|联系电话|联系方式"
    r"|电话|数据来源|资料来源|统计口径|打印)(?:人|员|单位|日期|时间|说明|要求|领导)?\s*(?:[(（][^)）]*[)）])?\s*(?:[:：]|$)"
    r"|\s*(?:注|备注|附注|说明|来源|日期|附)\s*\d?\s*[:：]|\s*[*※]\s*\D|\u3000{2,}"
)
_PROSE = re.compile(r"[，。；：！？,;:!?]")
_LABELLED = re.compile(r"[:：]|\d{4}\s*[年.\-/]\s*\d{1,2}|^\s*(?:单位|附件|附表)")
_COLUMN_NUMBER = re.compile(r"[(（\[]?\s*(\d{1,3})\s*[)）\]]?(?:\s*[=＝].*)?")
_COLUMN_LETTERS = frozenset("甲乙丙丁戊己庚辛壬癸ABCDEFGH") | {"栏次", "栏号", "列号", "序号", "行次"}
_FEW = 2


class _Grid:
    """A sheet with what is known of headers, and the tests on its rows. Indices are into ``sheet.rows``."""

    def __init__(self, sheet: Sheet, known: frozenset[str]) -> None:
        self.sheet = sheet
        self.rows = sheet.rows
        self.known = known
        self.spans: dict[tuple[int, int], tuple[int, int]] = {
            (r1 - sheet.top, c1 - sheet.left): (r2 - sheet.top, c2 - sheet.left)
            for r1, c1, r2, c2 in sheet.merged
            if r1 - sheet.top <= _SEARCHED_ROWS + _BLOCK_ROWS or c2 > c1
        }

    # --- rows

    def texts(self, index: int) -> dict[int, str]:
        """The filled cells of a row as texts, by column."""
        return {c: _text(cell) for c, cell in enumerate(self.rows[index]) if cell is not None and _text(cell)}

    def is_known(self, text: str) -> bool:
        """Whether a header text means something."""
        if len(text) > _LONGEST_HEADER:
            return False
        return normalise_header(split_unit(text)[0]) in self.known or normalise_header(text) in self.known

    def hits(self, index: int) -> set[int]:
        """The columns of a row whose text is a known header."""
        row = self.rows[index]
        return {column for column, cell in enumerate(row) if type(cell) is str and self.is_known(cell)}

    # --- the header block

    def first_block(self) -> _Block | None:
        """The header block with the most known columns near the top of the sheet; the first of equals."""
        filled = [i for i in range(min(len(self.rows), _SEARCHED_ROWS)) if any(map(_filled, self.rows[i]))]
        scored = {index: self.hits(index) for index in filled}
        best: tuple[int, _Block] | None = None
        for index in filled:
            if not scored[index] or (best is not None and len(scored[index]) * 2 <= best[0]):
                continue
            block = self.block(index)
            score = self.score(block)
            if (best is None or score > best[0]) and self.is_header(block, score, scored):
                best = score, block
        return None if best is None else best[1]

    def score(self, block: _Block) -> int:
        """The columns of a block by which it is known, whether by their lowest text or by all joined."""
        headers = (Header(column, texts) for column, texts in block.texts.items())
        return sum(any(name in self.known for name, _ in header.candidates()) for header in headers)

    def is_header(self, block: _Block, score: int, scored: Mapping[int, set[int]]) -> bool:
        """Two known columns make a header; one does among three headers; a list of headers below each other is none."""
        if score > _FEW:
            return True
        if score < 1 or (score == 1 and len(block.texts) < 3):  # noqa: PLR2004
            return False
        below = [index for index in range(block.last + 1, block.last + 4) if scored.get(index)]
        return len(below) < _FEW

    def block(self, index: int) -> _Block:
        """The header block around one of its rows."""
        first = last = index
        while last - first + 1 < _BLOCK_ROWS and last + 1 < len(self.rows) and self.continues_below(last, first):
            last += 1
        while last - first + 1 < _BLOCK_ROWS and first > 0 and self.continues_above(first, last):
            first -= 1
        return _Block(first, last, self.stack(first, last))

    def continues_below(self, last: int, first: int) -> bool:
        """Whether the next row still belongs to the header: units, or leaves under group labels."""
        below = self.rows[last + 1]
        texts = self.texts(last + 1)
        if not texts or any(type(cell) is not str for cell in below if cell is not None):
            return False
        if all(_only_unit(text) or text in {"单位", "计量单位"} for text in texts.values()):
            return True
        here = {column for row in range(first, last + 1) for column in self.texts(row)}
        leaves = {column for column, text in texts.items() if self.is_known(text)}
        under_names = {column for column in texts if column in self.hits(last)}
        covered = [
            (r2, column)
            for (r1, column), (r2, _) in self.spans.items()
            if first <= r1 <= last < r2 and column in here
        ]
        if covered and not under_names:
            return True
        return bool(leaves) and len(leaves) >= len(under_names) and len(under_names) * 2 <= len(texts)

    def continues_above(self, first: int, last: int) -> bool:
        """Whether the row above belongs to the header: it has known names, or labels groups of the columns below."""
        above = self.texts(first - 1)
        if not above or any(type(cell) is not str for cell in self.rows[first - 1] if cell is not None):
            return False
        spans = {c: self.spans[first - 1, c] for c in above if (first - 1, c) in self.spans}
        if any(row >= first for row, _ in spans.values()):
            return True
        if len(above) < _FEW or any(len(text) > 30 for text in above.values()):  # noqa: PLR2004
            return False
        if any(self.is_known(text) for text in above.values()):
            return True
        if any(right > column for column, (_, right) in spans.items()):
            return not any(":" in text or "：" in text for text in above.values())
        return not any(_LABELLED.search(text) for text in above.values())

    def stack(self, first: int, last: int) -> dict[int, tuple[str, ...]]:
        """The texts over each column. A label spreads over its merge, or to the right over blanks while leaves follow."""
        rows = [self.texts(index) for index in range(first, last + 1)]
        stacks: dict[int, list[str]] = {column: [] for row in rows for column in row}
        for depth, row in enumerate(rows):
            lower = {column for below in rows[depth + 1 :] for column in below}
            label: str | None = None
            end = -1
            for column in sorted(stacks):
                if column in row:
                    label = row[column]
                    _, end = self.spans.get((first + depth, column), (0, -1))
                    if end < column:  # not merged: a label over leaves reaches as far as leaves do
                        end = len(self.rows[0]) if column in lower else column
                    stacks[column].append(label)
                elif label is not None and column <= end and column in lower:
                    stacks[column].append(label)
        return {column: tuple(dict.fromkeys(stacks[column])) for column in sorted(stacks)}

    # --- the body

    def table(self, block: _Block, start: int) -> tuple[Table, _Block | None, int]:
        """The table under a block, the block of the next one below it, and where that one's own lines begin."""
        sheet, rows = self.sheet, self.rows
        columns = sorted(block.texts)
        low, high = columns[0], columns[-1] + 1
        whole = low == 0 and high == len(rows[0])
        marks = [(c, rows[block.last][c]) for c in columns if isinstance(rows[block.last][c], str)][:3]
        above = [text for index in range(start - sheet.top, block.first) for text in self.texts(index).values()]
        names = [normalise_header(split_unit(block.texts[c][-1])[0]) for c in columns]
        name = next((c for c, text in zip(columns, names, strict=True) if text in _NAMES), columns[0])
        serial = next((c for c, text in zip(columns, names, strict=True) if text in _SERIALS), None)
        body: list[int] = []
        below: list[str] = []
        following: _Block | None = None
        skip = block.last + 1
        if skip < len(rows) and self.numbers_columns(skip, columns):
            skip += 1
        bulk = sheet.bulk
        if bulk is not None:
            last = bulk.height
            tail = bulk.tail()
            footers = _footers([row for _, row in tail], name)
            while tail and (footers or not any(map(_filled, tail[-1][1]))):
                number, row = tail.pop()
                below[:0] = [_text(cell) for cell in row if _filled(cell)]
                footers -= bool(footers)
                last = number
            return self.made(block, range(skip, last), above, below), None, 0
        header_rows = [rows[index] for index in range(block.first, block.last + 1)]
        segment = 0
        first_mark = marks[0][0]
        width = high - low
        for index in range(skip, len(rows)):
            row = rows[index] if whole else rows[index][low:high]
            empty = row.count(None)
            if empty >= width - _FEW and self.says_nothing(row, None if serial is None else serial - low):
                continue
            cell = rows[index][first_mark]
            if type(cell) is str and self.is_known(cell):
                if rows[index] in header_rows:
                    below += self.cut_footers(body, segment, name, repeated=True)
                    segment = len(body)
                    continue
                candidate = self.block(index)
                if candidate.first > block.last and self.score(candidate) > _FEW:
                    following = candidate
                    break
            body.append(index)
        if following is not None:
            while body and body[-1] >= following.first:
                body.pop()
        end = len(body)
        below += self.cut_footers(body, segment, name, repeated=following is not None)
        start_of_next = sheet.top + (body[-1] + 1 if body and end else skip)
        return self.made(block, [index + sheet.top for index in body], above, below), following, start_of_next

    def made(
        self, block: _Block, body: Sequence[int], above: Iterable[str], below: Iterable[str]
    ) -> Table:
        """The table in absolute rows and columns."""
        top, left = self.sheet.top, self.sheet.left
        headers = tuple(Header(left + column, texts) for column, texts in block.texts.items())
        return Table(self.sheet, top + block.first, top + block.last, headers, body, tuple(above), tuple(below))

    def says_nothing(self, row: list[Cell], serial: int | None) -> bool:
        """Whether a nearly blank row holds only spaces, or only the serial number of a form not filled in."""
        return not any(_filled(cell) and (c != serial or isinstance(cell, str)) for c, cell in enumerate(row))

    def numbers_columns(self, index: int, columns: Sequence[int]) -> bool:
        """Whether a row only numbers the columns: 甲 乙 1 2 3, (1) (2) (3), 3=1+2."""
        texts = [self.texts(index).get(column, "") for column in columns]
        numbers = [int(found[1]) for text in texts if (found := _COLUMN_NUMBER.fullmatch(text))]
        others = [text for text in texts if text and not _COLUMN_NUMBER.fullmatch(text)]
        ascending = numbers == list(range(numbers[0], numbers[0] + len(numbers))) if numbers else False
        return ascending and len(numbers) * 2 > len(columns) and all(text in _COLUMN_LETTERS for text in others)

    def cut_footers(self, body: list[int], segment: int, name: int, *, repeated: bool) -> list[str]:
        """Take the footers off the end of the body; before a repeated header also the title of the new page."""
        window = max(segment, len(body) - 40)
        lines = [self.rows[index] for index in body[window:]]
        count = _footers(lines, name, loose=repeated)
        texts = [_text(cell) for row in lines[len(lines) - count :] for cell in row if _filled(cell)]
        del body[len(body) - count :]
        return texts

    def headless(self, table: Table) -> list[Diagnostic]:
        """A note for each column inside the table that holds values but has no header."""
        headed = {header.column for header in table.headers}
        sheet, notes = self.sheet, []
        if sheet.bulk is not None:
            return []
        for column in range(min(headed) + 1, max(headed)):
            if column not in headed:
                filled = next((row for row in table.body if _filled(sheet.rows[row - sheet.top][column - sheet.left])), None)
                if filled is not None:
                    where = sheet.location(filled, column)
                    notes.append(Diagnostic("T210", where, found=_text(sheet.rows[filled - sheet.top][column - sheet.left])))
        return notes


def _text(cell: Cell) -> str:
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:  # noqa: PLR2004
        return str(int(cell))
    return "" if cell is None else str(cell).strip()


def _filled(cell: Cell) -> bool:
    return cell is not None and not (isinstance(cell, str) and not cell.strip())


def _footers(rows: Sequence[list[Cell]], name: int, *, loose: bool = False) -> int:
    """How many rows at the end are footers (and what continues them) rather than data."""
    count = 0
    for number, row in enumerate(reversed(rows), start=1):
        cells = [(column, cell) for column, cell in enumerate(row) if _filled(cell)]
        if not cells:
            continue
        column, cell = cells[0]
        if type(cell) is not str:
            break
        alone = len(cells) == 1
        if _FOOTER.match(cell) or (alone and len(cell) > 8 and _PROSE.search(cell)):  # noqa: PLR2004
            count = number
        elif alone and loose and (column != name or len(cell) > 12):  # noqa: PLR2004
            count = number
        elif not alone and (len(cells) > 4 or not all(type(cell) is str for _, cell in cells)):  # noqa: PLR2004
            break
    return count
