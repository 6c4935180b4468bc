"""Old binary workbooks (xls, and et of WPS) through xlrd, which reads their code pages and number formats right."""

from __future__ import annotations

import datetime as dt
import io
import re
import struct
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import xlrd
from xlrd.formula import FormulaError

from starcheck.cells import (
    ERROR_TEXTS,
    UNCALCULATED,
    Cell,
    CellError,
    FileKind,
    Outcome,
    Place,
    Refused,
    Rows,
    Sheet,
    Source,
    Workbook,
    comment_text,
    damaged,
    no_comments,
    too_many_sheets,
)
from starcheck.number_format import bare_format, shown_number, shows_percent, shows_unit

_XLRD_FAILS = (
    xlrd.XLRDError,
    FormulaError,
    AssertionError,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    ArithmeticError,
    struct.error,
)
"""The reader's own errors, and those it lets escape on damaged files; ours are among them."""


def read_xls(source: Source, kind: FileKind) -> Outcome:
    """Read an old workbook.

    A damaged one is refused, not tried with calamine: on such files that allocates terabytes and aborts the process.
    """
    most = source.limits.unpacked_bytes >> 2  # it takes many times its bytes
    if len(source.data) > most:
        raise Refused("F112", reason=(f"xls 超过 {most >> 20:,} MB", f"an xls over {most >> 20:,} MB"))
    try:
        stream = _without(_NAMES, _stream(source.data))
        try:
            book = _opened(stream)
        except AssertionError:  # comments written otherwise than xlrd expects: no cell depends on them
            book = _opened(_without(_NOTES, stream))
    except _XLRD_FAILS as error:
        if "encrypted" in str(error):
            raise Refused("F105") from error
        raise damaged() from error
    too_many_sheets(book.nsheets, source.limits)
    unstored = _unstored(book, stream)
    sheets = tuple(_sheet(book, sheet, source.file, unstored.get(sheet.number, ())) for sheet in book.sheets())
    if not any(sheet.rows for sheet in sheets):
        raise Refused("F104")
    return Workbook(source.file, source.sha256, kind, sheets), []


def _opened(stream: bytes) -> Any:
    return xlrd.open_workbook(file_contents=stream, formatting_info=True, ragged_rows=True, logfile=io.StringIO())


_NAMES = frozenset({0x0018})
"""Records of defined names: none is needed, and xlrd gives up on formulas in them that Excel allows."""
_NOTES = frozenset({0x001C})
_UNKNOWN = struct.pack("<H", 0x00FE)
"""The number of no record: readers pass over it."""


def _without(records: frozenset[int], stream: bytes) -> bytes:
    """The workbook's stream in which some records are none: as long as before, since others refer to places in it."""
    changed = bytearray(stream)
    place = 0
    while place + 4 <= len(stream):
        number, length = struct.unpack_from("<HH", stream, place)
        if number in records:
            changed[place : place + 2] = _UNKNOWN
        place += 4 + length
    return bytes(changed)


_SECTORS_END = 0xFFFFFFFA
"""Numbers from here on mark the end of a chain, or are no sectors."""


_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def _stream(data: bytes) -> bytes:
    """The workbook's stream of a compound file; xlrd itself loops for ever on a chain of sectors that bites its tail.

    Raises ``ValueError`` or ``struct.error`` where there is none to be found.
    """
    if not data.startswith(_OLE):
        return data
    (shift,) = struct.unpack_from("<H", data, 30)
    first, cutoff, mini_first, extra = struct.unpack_from("<I4xII4xI", data, 48)
    if not 7 <= shift <= 16:  # noqa: PLR2004 - sectors of 128 bytes to 64 KB
        raise ValueError(shift)
    size = 1 << shift

    def sectors(chain: Iterable[int]) -> bytes:
        return _joined(data[size:], size, chain)

    def follow(number: int, table: Sequence[int]) -> Iterator[int]:
        for _ in table:  # no chain is longer than its table
            if number >= len(table):
                return
            yield number
            number = table[number]

    def numbers(content: bytes) -> tuple[int, ...]:
        return struct.unpack(f"<{len(content) // 4}I", content[: len(content) // 4 * 4])

    allocated = list(numbers(data[76:512]))
    for _ in range(len(data) // size):
        if extra >= _SECTORS_END:
            break
        *more, extra = numbers(sectors([extra])) or (_SECTORS_END,)
        allocated += more
    table = numbers(sectors(number for number in allocated if number < _SECTORS_END))
    directory = sectors(follow(first, table))
    entries = [directory[start : start + 128] for start in range(0, len(directory) - 127, 128)]
    for entry in entries:
        length, start, length_of_stream = *struct.unpack_from("<H", entry, 64), *struct.unpack_from("<II", entry, 116)
        if entry[: max(length - 2, 0)].decode("utf-16-le", "replace").casefold() not in {"workbook", "book"}:
            continue
        if length_of_stream >= cutoff:
            return sectors(follow(start, table))[:length_of_stream]
        mini = sectors(follow(struct.unpack_from("<I", entries[0], 116)[0], table))
        chain = follow(start, numbers(sectors(follow(mini_first, table))))
        return _joined(mini, 64, chain)[:length_of_stream]
    raise ValueError("workbook")


def _joined(content: bytes, size: int, chain: Iterable[int]) -> bytes:
    """The pieces of a chain: no more than there are, else a small file would fill the memory with one over and over."""
    pieces = islice(chain, len(content) // size + 1)
    return b"".join(content[number * size : (number + 1) * size] for number in pieces)


_BOF, _EOF, _FORMULA, _RECALCULATED = 0x809, 0x0A, 0x06, 0x1C1
_BIFF5 = 50
_ON_OPENING = 2
"""The flag of a formula that is to be calculated when the file is opened; Excel itself never sets it."""
_OFFICE_97 = bytes.fromhex("bb0dcc07")
"""The build that LibreOffice, xlwt and the writers of PHP and Perl claim to be."""
_NO_TEXT = b"\3\0\0\0\0\0\xff\xff"
_PLACEHOLDERS = (bytes(8), struct.pack("<d", 4.0))
"""What stands for a result that nobody calculated: 0, and the 4 of jxl."""


def _unstored(book: Any, stream: bytes) -> dict[int, list[Place]]:
    """The formulas of each sheet whose results were never calculated, as far as the file lets one know.

    A program that does not calculate writes the same placeholder into every formula, and asks for a calculation on
    opening, or (xlwt) an empty text. What calculates notes that it did, or has different results. Where a program has
    calculated nothing but zeros, that cannot be told from a placeholder: then they are taken as not calculated.
    """
    if book.biff_version < _BIFF5:
        return {}
    build = stream[8:12]
    calculated = any(kind == _RECALCULATED for kind, _ in _records(stream, 0))
    asked: dict[int, list[Place]] = {}
    empty: dict[int, list[Place]] = {}
    results: set[bytes] = set()
    all_results: set[bytes] = set()
    for number, position in enumerate(book._sh_abs_posn):  # noqa: SLF001 - where each sheet begins
        for kind, record in _records(stream, position):
            if kind != _FORMULA or len(record) < 16:  # noqa: PLR2004 - up to the flags
                continue
            row, column, result, flags = struct.unpack_from("<HH2x8sH", record)
            all_results.add(result)
            if flags & _ON_OPENING:
                asked.setdefault(number, []).append((row, column))
                results.add(result)
            elif result == _NO_TEXT:
                empty.setdefault(number, []).append((row, column))
    if asked and len(results) == 1 and not results.isdisjoint(_PLACEHOLDERS):
        return {} if calculated and build == _OFFICE_97 else asked
    return empty if all_results == {_NO_TEXT} and not calculated and build == _OFFICE_97 else {}


def _records(stream: bytes, position: int) -> Iterator[tuple[int, bytes]]:
    """The records of a part of the stream, from its beginning to its end, without those of parts inside it."""
    depth = 0
    while position + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, position)
        position += 4
        depth += (kind == _BOF) - (kind == _EOF)
        if depth <= 1:
            yield kind, stream[position : position + length]
        position += length
        if depth <= 0:
            return


def _sheet(book: Any, sheet: Any, file: str, unstored: Iterable[Place]) -> Sheet:
    codes = [
        book.format_map[xf.format_key].format_str or "" if xf.format_key in book.format_map else ""
        for xf in book.xf_list
    ]
    special = {number: code for number, code in enumerate(codes) if shows_percent(code) or shows_unit(code)}
    elapsed = {number for number, code in enumerate(codes) if _ELAPSED.search(bare_format(code))}
    rows: Rows = []
    for row in range(sheet.nrows):
        values, types, styles = sheet.row_values(row), sheet.row_types(row), sheet._cell_xf_indexes[row]  # noqa: SLF001
        cells: list[Cell] = [
            dt.timedelta(days=value)
            if kind == xlrd.XL_CELL_DATE and style in elapsed
            else _cell(book.datemode, value, kind, special.get(style))
            for value, kind, style in zip(values, types, styles, strict=True)
        ]
        while cells and cells[-1] is None:
            cells.pop()
        rows.append(cells)
    for row, column in unstored:
        if row < len(rows):
            rows[row] += [None] * (column + 1 - len(rows[row]))
            rows[row][column] = UNCALCULATED
    while rows and not rows[-1]:
        rows.pop()
    width = max(map(len, rows), default=0)
    for cells in rows:
        cells.extend([None] * (width - len(cells)))

    def formats(places: Collection[Place]) -> dict[Place, str]:
        found = {}
        for row, column in places:
            if row < sheet.nrows and column < sheet.row_len(row):
                style = sheet.cell_xf_index(row, column)
                code = codes[style] if style < len(codes) else ""
                if code and code.lower() != "general":
                    found[row, column] = code
        return found

    def comments() -> dict[Place, str]:
        found = {place: comment_text(note.text or "", note.author or "") for place, note in sheet.cell_note_map.items()}
        return {place: words for place, words in found.items() if words}

    return Sheet(
        file,
        sheet.name,
        rows,
        merged=tuple((r1, c1, r2 - 1, c2 - 1) for r1, r2, c1, c2 in sheet.merged_cells),
        visibility=("visible", "hidden", "very_hidden")[min(sheet.visibility, 2)],
        hidden_rows=frozenset(row for row, info in sheet.rowinfo_map.items() if info.hidden and row < len(rows)),
        hidden_columns=frozenset(
            column for column, info in sheet.colinfo_map.items() if info.hidden and column < width
        ),
        formats=formats,
        date1904=book.datemode == 1,
        comments=comments if sheet.cell_note_map else no_comments,
    )


_ELAPSED = re.compile(r"\[(?:h+|m+|s+)\]", re.IGNORECASE)
"""A format of hours, minutes or seconds that run on past a day: 255:10:10 is no day of 1900."""


def _cell(datemode: int, value: Any, kind: int, special: str | None) -> Cell:
    match kind:
        case xlrd.XL_CELL_TEXT:
            text: str = value
            return CellError(text) if text in ERROR_TEXTS else text or None
        case xlrd.XL_CELL_NUMBER:
            return float(value) if special is None else shown_number(value, special)
        case xlrd.XL_CELL_DATE:
            return _date(datemode, value)
        case xlrd.XL_CELL_BOOLEAN:
            return bool(value)
        case xlrd.XL_CELL_ERROR:
            return CellError(xlrd.error_text_from_code.get(value, "#N/A"))
    return None


def _date(datemode: int, value: float) -> Cell:
    if 0 <= value < 1:
        seconds = round(value * 86400) % 86400
        return dt.time(seconds // 3600, seconds // 60 % 60, seconds % 60)
    try:
        moment: dt.datetime = xlrd.xldate.xldate_as_datetime(value, datemode)
    except (ValueError, OverflowError, xlrd.xldate.XLDateError):
        return value
    return moment.date() if value == int(value) else moment
