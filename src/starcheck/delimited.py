"""CSV and its relatives: the encoding and the delimiter, small files row by row, large ones by columns."""

from __future__ import annotations

import codecs
import csv
import io
import re
import struct
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from starcheck.cells import (
    Bulk,
    Cell,
    FileKind,
    Limits,
    Outcome,
    Refused,
    Rows,
    Sheet,
    Source,
    Words,
    Workbook,
    guard_rows,
    guard_texts,
    mark_error_texts,
    stretch_without,
)
from starcheck.decoding import Decoding, decide
from starcheck.diagnostic import Diagnostic, Location, Text
from starcheck.units import moved_from

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

_DELIMITERS = (",", "\t", ";", "|", "，")
_DELIMITER_NAMES: Mapping[str, Text] = {
    "\t": ("制表符", "tabs"),
    ";": ("分号（;）", "semicolons"),
    "|": ("竖线（|）", "bars (|)"),
    "，": ("中文逗号（，）", "Chinese commas"),
}
_SAMPLE = 1 << 20
_HEAD_ROWS = 200
_WIDEST = 1 << 16


def _delimiter(text: str) -> str:
    """The delimiter under which most rows are equally wide."""
    declared = re.match(r"sep=(.)\r?\n", text)
    if declared:
        return declared[1]
    lines = list(islice(io.StringIO(text, newline=""), _HEAD_ROWS))

    def consistency(delimiter: str) -> tuple[float, int]:
        try:
            widths = Counter(len(row) for row in csv.reader(lines, delimiter=delimiter) if len(row) > 1)
        except csv.Error:  # an endless cell
            return 0.0, 0
        if not widths:
            return 0.0, 0
        width, rows = widths.most_common(1)[0]
        return rows / len(lines), width

    best = max(_DELIMITERS, key=consistency)
    return best if consistency(best)[0] else ","


_CsvRows = tuple[Rows, list[int] | None, list[int] | None]


def _csv_rows(text: str, delimiter: str, limits: Limits, count: int | None = None) -> _CsvRows:
    """The rows of a text, made equally long; what is not known by that of the lines they begin at and their lengths."""
    rows: Rows = []
    lines: list[int] = []
    width = cells = 0
    for line, row in islice(_records(io.StringIO(text, newline=""), delimiter), count):
        rows.append([cell or None for cell in row])
        lines.append(line)
        width, cells = max(width, len(row)), cells + len(row)
        if width > _WIDEST or width * len(rows) > limits.spare_cells + 8 * cells:
            raise _scattered(width, line)
    while rows and not any(rows[-1]):
        rows.pop()
        lines.pop()
    lengths = list(map(len, rows))
    width = max(lengths, default=0)
    for filled in rows:
        if len(filled) < width:
            filled.extend([None] * (width - len(filled)))
    if "#" in text:
        mark_error_texts(rows)
    return (
        rows,
        None if lines == list(range(1, len(rows) + 1)) else lines,
        None if lengths.count(width) == len(lengths) else lengths,
    )


def _scattered(width: int, line: int) -> Refused:
    zh = f"第 {line} 行有 {width:,} 列" if width > _WIDEST else f"到第 {line} 行已有 {width:,} 列，大多是空的"
    en = f"line {line} has {width:,} columns" if width > _WIDEST else f"{width:,} columns, most of them blank"
    return Refused("F132", reason=(zh, en))


def _records(stream: Iterable[str], delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """The records of a CSV, each with the line it begins at; a quotation mark that swallows lines is refused."""
    taken: list[str] = []

    def lines() -> Iterator[str]:
        for text in stream:
            taken.append(text)
            yield text

    line, width = 1, 0
    try:
        for row in csv.reader(lines(), delimiter=delimiter):
            if len(taken) == 1 and taken[0].count('"') % 2 == 0:
                width = max(width, len(row))
            elif _swallows(row, taken, delimiter, width):
                raise Refused("F118", line=str(line))
            yield line, row
            line += len(taken)
            taken.clear()
    except csv.Error as error:  # a cell of more than 128 KB
        if len(taken) == 1 and taken[0].count('"') % 2 == 0:
            raise Refused("F133", limit=f"{csv.field_size_limit():,}") from error
        raise Refused("F118", line=str(line)) from error


def _swallows(row: list[str], lines: list[str], delimiter: str, width: int) -> bool:
    """Whether a record is several rows: its quotation marks do not pair, or it has the delimiters of as many rows."""
    inside = sum(cell.count(delimiter) for cell in row if "\n" in cell or "\r" in cell)
    if len(lines) > 1 and width > 2 and len(row) - 1 + inside >= len(lines) * (width - 1):  # noqa: PLR2004
        return True
    try:
        list(csv.reader(lines, delimiter=delimiter, strict=True))
    except csv.Error as error:
        return len(lines) > 1 or "end of data" in str(error)
    return False


_AS_TEXT = re.compile(rb"""(?<![^,;\t|\r\n])(?:="([^"\r\n]*)"|"=""([^"\r\n]*)""\")(?![^,;\t|\r\n])""")
"""A formula that is but a text, as systems write codes so that a spreadsheet keeps their zeros: ``="0012"``."""


def read_csv(source: Source, kind: FileKind) -> Outcome:
    """Read a text of separated values."""
    # one byte is looked for ten times as fast as two
    formulas = b"=" in source.data and b'="' in source.data
    data = _AS_TEXT.sub(rb'"\1\2"', source.data) if formulas else source.data
    large = len(data) > source.limits.bulk_bytes
    decoding = decide(data, source.known, utf8=_valid_utf8(data, large=large))
    notes = encoding_notes(source.file, decoding)
    try:
        if large:
            bulk = LargeCsv(_as_utf8(data, decoding.codec), source.limits)
            sheet = Sheet(source.file, None, bulk.head, lines=bulk.lines, lengths=bulk.lengths, bulk=bulk)
            delimiter = bulk.delimiter
        else:
            text = data.decode(decoding.codec)
            delimiter = _delimiter(text[:_SAMPLE])
            rows, lines, lengths = _csv_rows(text, delimiter, source.limits)
            sheet = Sheet(source.file, None, rows, lines=lines, lengths=lengths)
    except UnicodeDecodeError as error:
        line = str(data.count(b"\n", 0, error.start) + 1)
        name = decoding.name
        reason = f"像是 {name}，但第 {line} 行不合", f"it is like {name}, but line {line} is not"
        raise Refused("F116", reason=reason) from error
    if not sheet.rows:
        raise Refused("F104")
    if delimiter != "," and (delimiter, source.path.suffix.lower()) != ("\t", ".tsv"):
        named = _DELIMITER_NAMES.get(delimiter, (f"“{delimiter}”", f"“{delimiter}”"))
        notes.append(Diagnostic("F139", Location(source.file), arguments={"delimiter": named}))
    return Workbook(source.file, source.sha256, kind, (sheet,), decoding.name), notes


def encoding_notes(file: str, decoding: Decoding) -> list[Diagnostic]:
    """What is said about the encoding of a text: nothing where it is UTF-8."""
    if decoding.evidence is None:
        return []
    arguments: dict[str, str | Text] = {"encoding": decoding.name, "evidence": decoding.evidence}
    return [Diagnostic("F115", Location(file), arguments=arguments)]


def _valid_utf8(data: bytes, *, large: bool) -> bool:
    if large:  # pyarrow's check takes a third of the time, and it is needed anyway
        import pyarrow as pa  # noqa: PLC0415

        ends = pa.py_buffer(struct.pack("<qq", 0, len(data)))
        try:
            pa.Array.from_buffers(pa.large_string(), 1, [None, ends, pa.py_buffer(data)]).validate(full=True)
        except pa.ArrowInvalid:
            return False
        return True
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _as_utf8(data: bytes, codec: str) -> bytes:
    """The bytes in UTF-8 without a mark, converted piece by piece."""
    if codec == "utf-8":
        return data
    if codec == "utf-8-sig":
        return data[len(codecs.BOM_UTF8) :]
    decoder = codecs.getincrementaldecoder(codec)()
    converted = io.BytesIO()
    for start in range(0, len(data), _SAMPLE):
        converted.write(decoder.decode(data[start : start + _SAMPLE]).encode())
    converted.write(decoder.decode(b"", final=True).encode())
    return converted.getvalue()


def _refuse_long_lines(data: bytes, delimiter: str, limits: Limits) -> None:
    """Refuse lines that no table has: of endless cells, or of endlessly many."""
    position = 0
    while True:
        start = stretch_without(data, b"\n", limits.cell_length, position)
        if start < 0:
            return
        end = data.find(b"\n", start + limits.cell_length)
        line = data[start : end if end >= 0 else len(data)]
        number = data.count(b"\n", 0, start) + 1
        if line.count(delimiter.encode()) >= _WIDEST:
            raise _scattered(line.count(delimiter.encode()) + 1, number)
        if max(map(len, line.split(delimiter.encode()))) > limits.cell_length:
            raise Refused("F133", limit=f"{limits.cell_length:,}")
        position = start + len(line)


class LargeCsv(Bulk):
    """A large CSV: its first rows as cells (``head``), the rest by columns."""

    def __init__(self, data: bytes, limits: Limits | None = None) -> None:
        """Look at a text in UTF-8 without a mark: its beginning, its length, its quotation marks."""
        self._limits = limits or Limits()
        if b"\n" not in data:
            data = data.replace(b"\r", b"\n")
        end = len(data)
        while end and data[end - 1] in b"\r\n \t,;|":
            end -= 1
        newline = data.find(b"\n", end)
        self._data = data if newline in {-1, len(data) - 1} else data[: newline + 1]
        start = data[: data.rfind(b"\n", 0, _SAMPLE) + 1] or data[:_SAMPLE]
        text = start.decode("utf-8", "replace")
        self.delimiter = _delimiter(text)
        _refuse_long_lines(data, self.delimiter, self._limits)
        self.head, self.lines, self.lengths = _csv_rows(text, self.delimiter, self._limits, _HEAD_ROWS)
        self.width = self._told_width = len(self.head[0]) if self.head else 0
        self.overlong: tuple[int, ...] = ()
        self.moved: dict[int, int] = {}
        self._repaired: tuple[range, bytes] | None = None
        self._rows: Rows | None = None
        quotes, ends = _count(self._data, b'"'), _count(self._data, b"\n")
        self._multiline = quotes > 0 and _ends_outside_quotes(self._data) < ends
        if self._multiline or quotes % 2:  # a slow pass: rows must not vanish into a cell
            self.height = sum(1 for _ in _records(self._text(), self.delimiter))
        else:
            self.height = ends + (not self._data.endswith(b"\n"))

    def _text(self, data: bytes | None = None) -> io.TextIOWrapper:
        return io.TextIOWrapper(io.BytesIO(self._data if data is None else data), encoding="utf-8", newline="")

    def tail(self, count: int) -> list[tuple[int, list[Cell]]]:
        """The last rows with their numbers."""
        start = len(self._data)
        while start > 0:
            start = self._data.rfind(b"\n", 0, max(start - 16_384, 0)) + 1
            outside = not self._multiline or self._data.count(b'"', start) % 2 == 0
            if outside and self._data.count(b"\n", start) > count:
                break
        rows: Rows = []
        for _, row in _records(self._text(self._data[start:]), self.delimiter):
            rows.append([cell or None for cell in row])
            rows[-1].extend([None] * (self.width - len(row)))
        guard_rows(rows)
        return list(enumerate(rows, start=self.height - len(rows)))[-count:]

    def repeats(self, row: int) -> bool:
        """Look for the line of a row of the head further down."""
        start, end = self._offset(row), self._offset(row + 1)
        return end > start and self._data.find(b"\n" + self._data[start:end], end - 1) >= 0

    def _offset(self, row: int) -> int:
        """Where a row of the head begins."""
        line = self.lines[row] if self.lines is not None and row < len(self.lines) else row + 1
        offset = 0
        for _ in range(line - 1):
            offset = self._data.find(b"\n", offset) + 1
        return offset

    def _end(self, row: int) -> int:
        """Where the rows before one of the tail end."""
        end = len(self._data)
        for _ in range(self.height - row):
            end = self._data.rfind(b"\n", 0, end - 1) + 1
        return end

    def columns(
        self,
        first_row: int,
        names: Sequence[int],
        numeric: Collection[int],
        *,
        end_row: int | None = None,
        width: int | None = None,
    ) -> dict[int, NDArray[np.float64] | Words]:
        """Read columns; rows of unequal length and blank ones are evened out first, in a slower pass."""
        import numpy as np  # noqa: PLC0415
        import pyarrow as pa  # noqa: PLC0415

        rows = range(first_row, self.height if end_row is None else end_row)
        self._told_width = self.width if width is None else width
        present = [number for number in names if number < self.width]
        words = pa.dictionary(pa.int32(), pa.string())
        texts = {number: words for number in present if number not in numeric}
        try:
            read = self._read(rows, present, texts | dict.fromkeys(numeric, pa.float64()))
        except pa.ArrowInvalid:  # a cell of some column is no number; left to itself the reader finds out which
            types = dict.fromkeys(present, words) if self._has_hexadecimals() else texts
            read = self._read(rows, present, types)
        found: dict[int, NDArray[np.float64] | Words] = {}
        again: list[int] = []
        for number in present:
            column = read.pop(number)
            if number not in numeric or pa.types.is_dictionary(column.type):
                found[number] = _words(column)
            elif (values := _numbers(column)) is not None:
                found[number] = values
            else:
                again.append(number)
        if again:
            read = self._read(rows, again, dict.fromkeys(again, words))
            found |= {number: _words(column) for number, column in read.items()}
        for number in set(names) - set(present):
            blank = Words((), np.full(len(rows), -1, np.int32))
            found[number] = np.full(len(rows), np.nan) if number in numeric else blank
        return found

    def _has_hexadecimals(self) -> bool:
        """Whether ``0x10`` may stand somewhere: pyarrow would take it for 16."""
        return any(letter in self._data and b"0" + letter in self._data for letter in (b"x", b"X"))

    def _read(
        self, rows: range, columns: Sequence[int], types: Mapping[int, pa.DataType]
    ) -> dict[int, pa.ChunkedArray]:
        """Columns of ``types``, those without one as the reader finds them; ArrowInvalid if a cell does not convert."""
        import pyarrow as pa  # noqa: PLC0415
        from pyarrow import csv as arrow_csv  # noqa: PLC0415

        def read(body: pa.Buffer, delimiter: str) -> pa.Table:
            return arrow_csv.read_csv(
                pa.BufferReader(body),
                read_options=arrow_csv.ReadOptions(
                    column_names=[str(number) for number in range(self.width)], block_size=1 << 20
                ),
                parse_options=arrow_csv.ParseOptions(delimiter=delimiter, newlines_in_values=self._multiline),
                convert_options=arrow_csv.ConvertOptions(
                    include_columns=[str(number) for number in columns],
                    column_types={str(number): types[number] for number in columns if number in types},
                    null_values=[""],
                    strings_can_be_null=True,
                    true_values=[],
                    false_values=[],
                    check_utf8=False,  # all of it was
                ),
                memory_pool=pa.system_memory_pool(),  # its own asks for new pages block by block, at half the time
            )

        table = None
        if len(self.delimiter.encode()) == 1:
            start = self._offset(rows.start)
            end = len(self._data) if self._multiline else self._end(rows.stop)
            try:
                table = read(pa.py_buffer(self._data).slice(start, end - start), self.delimiter)
            except pa.ArrowInvalid as error:  # else rows of unequal length
                if "conversion error" in str(error):
                    raise
        expected = self.height - rows.start if self._multiline else len(rows)
        if table is None or table.num_rows != expected:
            table = read(pa.py_buffer(self._repair(rows)), ",")
        return {number: table.column(place).slice(0, len(rows)) for place, number in enumerate(columns)}

    def _repair(self, rows: range) -> bytes:
        """The rows equally long and none blank, for the reader by columns: a slow pass, but in little memory."""
        if self._repaired is None or self._repaired[0] != rows:
            body = io.BytesIO()
            text = io.TextIOWrapper(body, encoding="utf-8", newline="", write_through=True)
            writer = csv.writer(text, lineterminator="\n")
            overlong = []
            self.moved = {}
            for number, (_, row) in enumerate(_records(self._text(), self.delimiter)):
                if number in rows:
                    if any(row[self._told_width :]):
                        overlong.append(number)
                    if len(row) > self._told_width and (column := moved_from(row, self._told_width)) is not None:
                        self.moved[number] = column
                    writer.writerow((row + [""] * (self.width - len(row)))[: self.width])
            self.overlong = tuple(overlong)
            self._repaired = rows, body.getvalue()
            text.detach()
        return self._repaired[1]

    def rows(self) -> Rows:
        """Read all rows through the csv module."""
        if self._rows is None:
            self._rows, _, _ = _csv_rows(self._data.decode(), self.delimiter, self._limits)
            guard_rows(self._rows)
        return self._rows


def _count(data: bytes, byte: bytes) -> int:
    """``data.count(byte)`` in half the time, and in a tenth of it where there are none."""
    import numpy as np  # noqa: PLC0415

    if byte not in data:
        return 0
    whole = np.frombuffer(data, np.uint8)
    return sum(
        int(np.count_nonzero(whole[start : start + _SAMPLE] == ord(byte))) for start in range(0, len(data), _SAMPLE)
    )


def _ends_outside_quotes(data: bytes) -> int:
    """The line ends of a CSV that end a row; 64 bytes at a time, a bit for each."""
    import numpy as np  # noqa: PLC0415

    def bits(found: NDArray[np.bool_]) -> NDArray[np.uint64]:
        packed = np.packbits(found, bitorder="little")
        return np.pad(packed, (0, -len(packed) % 8)).view("<u8").astype(np.uint64)

    ends, inside = 0, np.uint64(0)
    for start in range(0, len(data), _SAMPLE):
        piece = np.frombuffer(data, np.uint8, min(_SAMPLE, len(data) - start), start)
        within = bits(piece == ord('"'))
        for shift in (1, 2, 4, 8, 16, 32):  # each bit becomes the parity of itself and those before it
            within ^= within << np.uint64(shift)
        open_after = np.bitwise_xor.accumulate(within >> np.uint64(63)) ^ inside
        within ^= -np.append(inside, open_after[:-1])  # the other way round after an odd number of them
        ends += int(np.bitwise_count(bits(piece == ord("\n")) & ~within).sum(dtype=np.int64))
        inside = open_after[-1]
    return ends


def _numbers(column: pa.ChunkedArray) -> NDArray[np.float64] | None:
    """A column that was read as numbers, nan where it is blank; None if it was read as texts or not all are finite.

    Through the buffers, since pyarrow's ``to_numpy`` imports pandas, which takes longer than all the columns.
    """
    import numpy as np  # noqa: PLC0415
    import pyarrow as pa  # noqa: PLC0415

    if pa.types.is_null(column.type):
        return np.full(len(column), np.nan)
    if pa.types.is_int64(column.type):
        column = column.cast(pa.float64(), safe=False)
    if not pa.types.is_float64(column.type):
        return None
    values = np.empty(len(column))
    for part, chunk in _parts(values, column):
        part[:] = np.frombuffer(chunk.buffers()[1], np.float64, len(chunk), chunk.offset * 8)
        if chunk.null_count:
            part[_blanks(chunk)] = np.nan
    return values if np.count_nonzero(~np.isfinite(values)) == column.null_count else None


def _words(column: pa.ChunkedArray) -> Words:
    """A column that was read as a dictionary of texts."""
    import numpy as np  # noqa: PLC0415
    import pyarrow as pa  # noqa: PLC0415

    codes = np.full(len(column), -1, np.int32)
    if not pa.types.is_dictionary(column.type):
        column = column.cast(pa.string()).dictionary_encode()
    texts: list[str] = []
    for part, chunk in _parts(codes, column.unify_dictionaries(memory_pool=pa.system_memory_pool())):
        indices = chunk.indices
        part[:] = np.frombuffer(indices.buffers()[1], np.int32, len(chunk), indices.offset * 4)
        if indices.null_count:
            part[_blanks(indices)] = -1
        if len(chunk.dictionary) > len(texts):
            texts = chunk.dictionary.to_pylist()
    return Words(guard_texts(texts), codes)


def _parts(target: NDArray[Any], column: pa.ChunkedArray) -> Iterator[tuple[NDArray[Any], pa.Array]]:
    """The chunks of a column, each with the part of an array that it fills."""
    start = 0
    for chunk in column.chunks:
        if len(chunk):
            yield target[start : start + len(chunk)], chunk
        start += len(chunk)


def _blanks(chunk: pa.Array) -> NDArray[np.bool_]:
    import numpy as np  # noqa: PLC0415

    bits = np.unpackbits(np.frombuffer(chunk.buffers()[0], np.uint8), bitorder="little")
    return np.equal(bits[chunk.offset : chunk.offset + len(chunk)], 0)
