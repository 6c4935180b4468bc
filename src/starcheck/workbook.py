"""Bytes to sheets of cells: what a file is, which encoding it has, what stands in its cells and where.

Files are recognised by what is in them, never by their name. Every cell keeps its own address. What the fast reader
drops without a word (error cells, formulas without a stored value, percent formats, hidden rows and columns) is
recovered from the package itself, so that a blank here is a blank in the file.
"""

from __future__ import annotations

import codecs
import csv
import datetime as dt
import hashlib
import html
import io
import posixpath
import re
import struct
import unicodedata
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from starcheck.diagnostic import Diagnostic, Location, Text

if TYPE_CHECKING:
    import pyarrow as pa

# --- cells and sheets -------------------------------------------------------------------------------------------


class CellError(str):
    """What a failed formula shows: ``#DIV/0!``, ``#REF!`` … Never a value, never a blank."""

    __slots__ = ()


class PercentNumber(float):
    """A number shown as a percentage: 0.85 in a cell that reads 85%."""

    __slots__ = ()


class Uncalculated(Enum):
    """A formula whose result was never stored: the file was written by a program and not yet opened and saved."""

    UNCALCULATED = "uncalculated"


UNCALCULATED: Final = Uncalculated.UNCALCULATED

Cell = (
    str
    | bool
    | int
    | float
    | PercentNumber
    | dt.date
    | dt.datetime
    | dt.time
    | dt.timedelta
    | CellError
    | Uncalculated
    | None
)
"""What a cell holds; None is blank."""

Rows = list[list[Cell]]
Visibility = Literal["visible", "hidden", "very_hidden"]
Kind = Literal["xlsx", "xlsm", "xlsb", "xls", "ods", "csv"]
Place = tuple[int, int]

ERROR_TEXTS: Final = frozenset({"#DIV/0!", "#REF!", "#N/A", "#VALUE!", "#NAME?", "#NUM!", "#NULL!"})
"""Excel's error words; a text cell that equals one came from a failed formula too."""


def column_letters(column: int) -> str:
    """``F`` for 5, ``AA`` for 26: the name of a column counted from 0."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _no_formats(_cells: Collection[Place]) -> dict[Place, str]:
    return {}


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """One sheet as it stands in the file. Rows and columns are absolute and counted from 0 everywhere.

    ``rows[0][0]`` stands at ``(top, left)``; rows are equally long, blanks are None. ``lines`` gives the physical
    line, from 1, of each row of a CSV with line breaks inside its cells; None when row and line agree. Of a large CSV
    (``bulk``) ``rows`` holds only the beginning.
    """

    file: str
    name: str | None
    rows: Rows
    top: int = 0
    left: int = 0
    merged: tuple[tuple[int, int, int, int], ...] = ()
    visibility: Visibility = "visible"
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()
    lines: list[int] | None = None
    bulk: Bulk | None = None
    formats: Callable[[Collection[Place]], dict[Place, str]] = field(default=_no_formats, repr=False)

    def address(self, row: int, column: int) -> str:
        """``F7`` for row 6, column 5."""
        return f"{column_letters(column)}{row + 1}"

    def location(self, row: int, column: int) -> Location:
        """Where a cell is, for a diagnostic; a CSV's names the line of the file as well."""
        line = None
        if self.name is None:
            line = self.lines[row] if self.lines is not None and row < len(self.lines) else row + 1
        return Location(self.file, self.name, self.address(row, column), line)

    def number_format(self, row: int, column: int) -> str | None:
        """The number format of one cell as the file writes it, None where there is none."""
        return self.number_formats([(row, column)]).get((row, column))

    def number_formats(self, cells: Collection[Place]) -> dict[Place, str]:
        """The number formats of the asked cells, in one pass over the sheet; cells in the general format are left out."""
        return self.formats(cells) if cells else {}


@dataclass(frozen=True, slots=True, eq=False)
class Workbook:
    """A file that could be read. ``sha256`` is that of its bytes; ``encoding`` is that of a CSV."""

    file: str
    sha256: str
    kind: Kind
    sheets: tuple[Sheet, ...]
    encoding: str | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a file may ask of the computer before it is refused."""

    unpacked_bytes: int = 1 << 30
    ratio: int = 100
    ratio_from: int = 16 << 20
    """The ratio counts only from this many unpacked bytes on; a small sheet of equal cells shrinks a lot."""
    spare_cells: int = 4_000_000
    """Cells of the used range that may be blank, before a stray cell far away makes a sheet too large."""
    bulk_bytes: int = 8 << 20
    """A CSV larger than this is read by columns."""


class _Refused(Exception):  # noqa: N818 - not an error of the program: it carries the diagnostic up to read_workbook
    def __init__(self, code: str, **arguments: str | Text) -> None:
        super().__init__(code)
        self.code = code
        self.arguments = arguments


def read_workbook(
    path: Path, *, shown: str | None = None, known: Collection[str] = (), limits: Limits | None = None
) -> tuple[Workbook | None, tuple[Diagnostic, ...]]:
    """Read a file whatever it is. None: it could not be read, and an error among the diagnostics says why.

    ``shown`` is the name the user knows the file by. ``known`` are normalised header spellings, which testify for
    the encoding of a CSV.
    """
    file = shown or path.name
    try:
        kind, data = _recognise(path, limits or Limits())
        read = _READERS[kind]
        workbook, notes = read(_Source(path, file, data, frozenset(known), limits or Limits()), kind)
    except _Refused as refused:
        return None, (Diagnostic(refused.code, Location(file), arguments=refused.arguments),)
    except FileNotFoundError:
        return None, (Diagnostic("F101", Location(file)),)
    except OSError as error:
        return None, (Diagnostic("F102", Location(file), arguments={"reason": error.strerror or str(error)}),)
    except MemoryError:
        return None, (Diagnostic("F112", Location(file), arguments={"reason": ("内存不足", "out of memory")}),)
    return workbook, (*_misnamed(path, workbook), *notes)


@dataclass(frozen=True, slots=True)
class _Source:
    path: Path
    file: str
    data: bytes
    known: frozenset[str]
    limits: Limits

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


_Outcome = tuple[Workbook, list[Diagnostic]]

# --- what a file is ---------------------------------------------------------------------------------------------

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BARE_BIFF = (b"\x09\x00\x04\x00", b"\x09\x02\x06\x00", b"\x09\x04\x06\x00", b"\x09\x08\x08\x00", b"\x09\x08\x10\x00")
_OTHERS: tuple[tuple[bytes, Text], ...] = (
    (b"%PDF", ("PDF 文档", "a PDF document")),
    (b"\x89PNG", ("图片", "an image")),
    (b"\xff\xd8\xff", ("图片", "an image")),
    (b"GIF8", ("图片", "an image")),
    (b"BM", ("图片", "an image")),
    (b"II*\x00", ("图片", "an image")),
    (b"MM\x00*", ("图片", "an image")),
    (b"RIFF", ("图片或音视频", "an image, sound or film")),
    (b"Rar!", ("RAR 压缩包", "a RAR archive")),
    (b"7z\xbc\xaf", ("7z 压缩包", "a 7z archive")),
    (b"\x1f\x8b", ("gzip 压缩包", "a gzip archive")),
    (b"{\\rtf", ("RTF 文档", "an RTF document")),
    (b"SQLite format 3", ("SQLite 数据库", "an SQLite database")),
    (b"PAR1", ("Parquet 数据文件", "a Parquet file")),
)
_MARKUP: tuple[tuple[str, Text], ...] = (
    (
        r"urn:schemas-microsoft-com:office:spreadsheet|progid=[\"']Excel",
        ("XML 表格 2003", "an XML Spreadsheet 2003"),
    ),
    (r"\A\s*(?:<!--.*?-->\s*)*<(?:!doctype html|html|head|body|table|meta)\b", ("网页（HTML）", "a web page (HTML)")),
    (r"\A\s*<\?xml|\A\s*<[a-z:]+ xmlns", ("XML 文件", "an XML file")),
    (r"\A\s*MIME-Version:", ("网页归档（MHT）", "a web archive (MHT)")),
    (r"\A\s*(?:\{\s*\"|\[\s*[\[{])", ("JSON 文件", "a JSON file")),
)
_OLE_STREAMS: tuple[tuple[str, Text | None], ...] = (
    ("EncryptedPackage", None),
    ("Workbook", None),
    ("Book", None),
    ("WordDocument", ("Word 文档", "a Word document")),
    ("PowerPoint Document", ("演示文稿", "a presentation")),
)
_EXTENSIONS: Mapping[str, frozenset[str]] = {
    ".xlsx": frozenset({"xlsx"}),
    ".xltx": frozenset({"xlsx"}),
    ".xlsm": frozenset({"xlsm", "xlsx"}),
    ".xltm": frozenset({"xlsm", "xlsx"}),
    ".xlsb": frozenset({"xlsb"}),
    ".xls": frozenset({"xls"}),
    ".xlt": frozenset({"xls"}),
    ".et": frozenset({"xls"}),
    ".ett": frozenset({"xls"}),
    ".ods": frozenset({"ods"}),
    ".csv": frozenset({"csv"}),
    ".tsv": frozenset({"csv"}),
    ".txt": frozenset({"csv"}),
}


def _recognise(path: Path, limits: Limits) -> tuple[str, bytes]:
    """The kind of a file, and its bytes."""
    if path.is_dir():
        raise _Refused("F103")
    with path.open("rb") as stream:
        head = stream.read(1 << 16)
        if not head.strip(b"\0 \t\r\n\xef\xbb\xbf"):
            raise _Refused("F104")
        packed = head.startswith((b"PK\x03\x04", _OLE, *_BARE_BIFF))
        if not packed:
            _refuse_other_text(path, head)
        if path.stat().st_size > limits.unpacked_bytes:
            raise _Refused("F112", reason=("文件超过 1 GB", "the file is over 1 GB"))
        data = head + stream.read()
    if head.startswith(b"PK\x03\x04"):
        return _zipped_kind(data), data
    if (
        not packed
        and not (_EXTENSIONS.get(path.suffix.lower(), {"csv"}) & {"csv"})
        and not re.search(rb"[,;\t|]|\xef\xbc\x8c", head)
    ):
        raise _Refused("F111", kind=("一段纯文本", "a piece of plain text"))
    if packed:
        return _ole_kind(data), data
    return "csv", data


def _refuse_other_text(path: Path, head: bytes) -> None:
    for magic, what in _OTHERS:
        if head.startswith(magic) and (magic != b"BM" or b"\0" in head[:32]):
            raise _Refused("F111", kind=what)
    if path.name.startswith("~$"):
        raise _Refused(
            "F111", kind=("表格打开时的临时锁文件，不是表格", "the lock file of an open workbook, not a workbook")
        )
    if b"\0" in head:
        if not head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) and _utf16_without_mark(head) is None:
            raise _Refused("F111", kind=("无法辨认的二进制文件", "a binary file of an unknown kind"))
        return
    text = head.decode("utf-8", "replace").lstrip("\ufeff")
    for pattern, what in _MARKUP:
        if re.search(pattern, text[:4096], re.IGNORECASE | re.DOTALL):
            raise _Refused("F111", kind=what)


def _zipped_kind(data: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = {_plain(name) for name in archive.namelist()}
            mimetype = archive.read("mimetype")[:200] if "mimetype" in archive.namelist() else b""
            types = archive.read("[Content_Types].xml") if "[Content_Types].xml" in archive.namelist() else b""
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise _Refused("F106", reason=str(error) or "zip") from error
    if b"spreadsheet" in mimetype or (b"opendocument" not in mimetype and "content.xml" in names):
        return "ods"
    if any(name.endswith("workbook.bin") for name in names):
        return "xlsb"
    if "xl/workbook.xml" in names or b"spreadsheetml" in types or any(n.startswith("xl/") for n in names):
        return "xlsm" if "xl/vbaproject.bin" in names else "xlsx"
    if any(name.startswith("word/") for name in names) or b"opendocument.text" in mimetype:
        raise _Refused("F111", kind=("Word 文档", "a Word document"))
    if any(name.startswith("ppt/") for name in names):
        raise _Refused("F111", kind=("演示文稿", "a presentation"))
    raise _Refused("F111", kind=("压缩包，请先解压", "an archive: unpack it first"))


def _ole_kind(data: bytes) -> str:
    if not data.startswith(_OLE):
        return "xls"
    upper = data.upper()  # names of streams are compared without case; UTF-16 of ASCII survives this
    for name, what in _OLE_STREAMS:
        pattern = name.upper().encode("utf-16-le") + b"\0\0"
        start = upper.find(pattern)
        while start >= 0 and start % 128:  # entries of an OLE directory are 128 bytes long
            start = upper.find(pattern, start + 1)
        if start < 0:
            continue
        if name == "EncryptedPackage":
            raise _Refused("F105")
        if what is not None:
            raise _Refused("F111", kind=what)
        return "xls"
    raise _Refused("F111", kind=("旧版 Office 文件，其中没有表格", "an old Office file without a workbook in it"))


def _misnamed(path: Path, workbook: Workbook) -> tuple[Diagnostic, ...]:
    expected = _EXTENSIONS.get(path.suffix.lower())
    if expected is None or workbook.kind in expected:
        return ()
    arguments = {"kind": workbook.kind.upper(), "extension": path.suffix}
    return (Diagnostic("F114", Location(workbook.file), arguments=arguments),)


def _plain(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").casefold()


# --- zipped workbooks -------------------------------------------------------------------------------------------


_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class _Package:
    """The parts of a zipped workbook. Sizes are proved by unpacking, not believed."""

    def __init__(self, data: bytes, limits: Limits) -> None:
        self._data = data
        self._limits = limits
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                self._members = {_plain(member.filename): member for member in archive.infolist()}
        except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
            raise _Refused("F106", reason=str(error)) from error
        unpacked = sum(member.file_size for member in self._members.values())
        if unpacked > limits.unpacked_bytes or unpacked > max(limits.ratio_from, limits.ratio * len(data)):
            raise _bomb(unpacked, len(data))

    def __contains__(self, name: str) -> bool:
        return _plain(name) in self._members

    def names(self) -> Iterator[str]:
        return iter(self._members)

    def part(self, name: str) -> bytes:
        """The unpacked bytes of a part, empty where there is none."""
        member = self._members.get(_plain(name))
        if member is None:
            return b""
        head = self._data[member.header_offset : member.header_offset + 30]
        if len(head) < 30 or not head.startswith(b"PK\x03\x04"):  # noqa: PLR2004 - the local header's length
            raise _Refused("F106", reason=member.filename)
        start = member.header_offset + 30 + sum(struct.unpack_from("<HH", head, 26))
        packed = memoryview(self._data)[start : start + member.compress_size]
        if member.compress_type == zipfile.ZIP_STORED:
            return bytes(packed)
        if member.compress_type != zipfile.ZIP_DEFLATED:
            raise _Refused("F106", reason=member.filename)
        inflater = zlib.decompressobj(-15)
        try:
            content = inflater.decompress(packed, member.file_size + 1)
        except zlib.error as error:
            raise _Refused("F106", reason=f"{member.filename}: {error}") from error
        if len(content) > member.file_size:
            raise _bomb(len(content), len(packed))
        return content.decode("utf-16").encode() if content.startswith(_UTF16_MARKS) else content


def _bomb(unpacked: int, packed: int) -> _Refused:
    times = unpacked // max(packed, 1)
    size = f"{unpacked / (1 << 20):.0f} MB"
    return _Refused("F112", reason=(f"解压后 {size}，是文件的 {times} 倍", f"{size} unpacked, {times} times the file"))


def _scattered(column: int, row: int) -> _Refused:
    far = f"{column_letters(column)}{row + 1}"
    return _Refused("F112", reason=(f"有内容的单元格一直散布到 {far}", f"cells are scattered as far as {far}"))


def _attribute(tag: bytes, name: bytes) -> str | None:
    found = re.search(rb"(?<![\w:])" + name + rb"""\s*=\s*(?:"([^"]*)"|'([^']*)')""", tag)
    return None if found is None else html.unescape((found[1] or found[2] or b"").decode("utf-8", "replace"))


def _integer(text: str | None) -> int:
    return int(text) if text is not None and text.isdecimal() else 0


def _relations(package: _Package, path: str) -> dict[str, tuple[str, str]]:
    folder, base = posixpath.split(path)
    xml = package.part(posixpath.join(folder, "_rels", f"{base}.rels"))
    relations = {}
    for tag in re.findall(rb"<(?:\w+:)?Relationship\s[^>]*>", xml):
        target = (_attribute(tag, b"Target") or "").replace("\\", "/")
        target = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
        relations[_attribute(tag, b"Id") or ""] = ((_attribute(tag, b"Type") or "").rpartition("/")[2], target)
    return relations


def _open_calamine(data: bytes) -> Any:
    from python_calamine import CalamineError, PasswordError, load_workbook  # noqa: PLC0415

    try:
        return load_workbook(io.BytesIO(data))
    except PasswordError as error:
        raise _Refused("F105") from error
    except (CalamineError, OSError, ValueError) as error:
        reason = str(error)
        incomplete = ("结构不完整", "its structure is incomplete")
        raise _Refused("F106", reason=incomplete if "Cannot detect" in reason else reason) from error


_VISIBILITY: Mapping[str, Visibility] = {"Hidden": "hidden", "VeryHidden": "very_hidden"}


def _worksheets(book: Any) -> Iterator[tuple[int, str, Visibility]]:
    for index, sheet in enumerate(book.sheets_metadata):
        if str(sheet.typ).endswith("WorkSheet"):
            yield index, sheet.name, _VISIBILITY.get(str(sheet.visible).rpartition(".")[2], "visible")


def _grid(book: Any, index: int) -> tuple[Rows, int, int]:
    """The cells of a sheet and where they begin; blanks are None."""
    sheet = book.get_sheet_by_index(index)
    if sheet.start is None:
        return [], 0, 0
    rows: Rows = sheet.to_python()
    top, left = sheet.start
    for number, row in enumerate(rows):
        if "" in row:
            rows[number] = [None if cell == "" else cell for cell in row]
    return rows, top, left


def _put(rows: Rows, top: int, left: int, cells: Mapping[Place, Cell]) -> tuple[int, int]:
    """Set cells by their absolute places, growing the grid where they lie outside; gives the grid's new beginning."""
    if not cells:
        return top, left
    if not rows:
        top, left = min(row for row, _ in cells), min(column for _, column in cells)
    width = len(rows[0]) if rows else 0
    before = left - min(left, *(column for _, column in cells))
    after = max(0, *(column + 1 - left - width for _, column in cells))
    if before or after:
        rows[:] = [[None] * before + row + [None] * after for row in rows]
        width += before + after
    above = top - min(top, *(row for row, _ in cells))
    below = max(0, *(row + 1 - top - len(rows) for row, _ in cells))
    rows[:0] = [[None] * width for _ in range(above)]
    rows.extend([None] * width for _ in range(below))
    top, left = top - above, left - before
    for (row, column), value in cells.items():
        rows[row - top][column - left] = value
    return top, left


def _mark_error_texts(rows: Rows) -> None:
    for row in rows:
        if not ERROR_TEXTS.isdisjoint(row):  # type: ignore[arg-type]
            row[:] = [CellError(cell) if type(cell) is str and cell in ERROR_TEXTS else cell for cell in row]


def _read_zipped(source: _Source, kind: Kind) -> _Outcome:
    package = _Package(source.data, source.limits)
    recover = {"ods": _Ods, "xlsb": _Xlsb}.get(kind, _Xlsx)(package, source.limits)
    book = _open_calamine(source.data)
    return _assembled(source, kind, book, recover)


def _assembled(source: _Source, kind: Kind, book: Any, recover: _Recover) -> _Outcome:
    from python_calamine import CalamineError  # noqa: PLC0415

    sheets: list[Sheet] = []
    notes: list[Diagnostic] = []
    for index, name, visibility in _worksheets(book):
        try:
            lost = recover.sheet(index, name)
            rows, top, left = _grid(book, index)
        except CalamineError as error:
            notes.append(Diagnostic("F118", Location(source.file, name), arguments={"reason": str(error)}))
            continue
        for row, column in lost.percents:
            if 0 <= row - top < len(rows) and 0 <= column - left < len(rows[0]):
                value = rows[row - top][column - left]
                if type(value) is float or type(value) is int:
                    rows[row - top][column - left] = PercentNumber(value)
        if lost.error_texts:
            _mark_error_texts(rows)
        top, left = _put(rows, top, left, lost.cells)
        bottom, right = top + len(rows), left + (len(rows[0]) if rows else 0)
        sheets.append(
            Sheet(
                source.file,
                name,
                rows,
                top,
                left,
                lost.merged,
                visibility,
                frozenset(
                    row for first, last in lost.hidden_rows for row in range(max(first, top), min(last + 1, bottom))
                ),
                frozenset(
                    c for first, last in lost.hidden_columns for c in range(max(first, left), min(last + 1, right))
                ),
                formats=lost.formats,
            )
        )
    if not notes and not any(sheet.rows for sheet in sheets):
        raise _Refused("F104")
    if not sheets:
        raise _Refused("F106", reason=str(notes[0].arguments["reason"]))
    return Workbook(source.file, source.sha256, kind, tuple(sheets)), notes


@dataclass(slots=True)
class _Lost:
    """What the fast reader does not give of a sheet. Hidden rows and columns come as inclusive ranges."""

    cells: dict[Place, Cell] = field(default_factory=dict)
    percents: Iterable[Place] = ()
    merged: tuple[tuple[int, int, int, int], ...] = ()
    hidden_rows: list[Place] = field(default_factory=list)
    hidden_columns: list[Place] = field(default_factory=list)
    error_texts: bool = True
    formats: Callable[[Collection[Place]], dict[Place, str]] = _no_formats


class _Nothing:
    """Recovers nothing: for the file that only the second reader opens."""

    def sheet(self, _index: int, _name: str) -> _Lost:
        return _Lost()


class _Xlsx:
    """The light pass over the XML of an xlsx or xlsm package."""

    def __init__(self, package: _Package, limits: Limits) -> None:
        self._package = package
        self._limits = limits
        book = next((target for kind, target in _relations(package, "").values() if kind == "officeDocument"), None)
        book = book if book and book in package else "xl/workbook.xml"
        relations = _relations(package, book)
        tags = re.findall(rb"<(?:\w+:)?sheet\s[^>]*>", package.part(book))
        self._paths = [relations.get(_attribute(tag, rb"(?:\w+:)?id") or "", ("", ""))[1] for tag in tags]
        self._names = [_attribute(tag, b"name") for tag in tags]
        targets = {kind: target for kind, target in relations.values()}
        self._formats = _cell_formats(package.part(targets.get("styles", "xl/styles.xml")))
        percents = [str(n).encode() for n, code in enumerate(self._formats) if "%" in _bare_format(code)]
        self._percent = re.compile(rb' s="(?:' + b"|".join(percents) + rb')"[^>]*>') if percents else None
        self._error_texts = b"#" in package.part(targets.get("sharedStrings", "xl/sharedStrings.xml"))

    def _xml(self, index: int, name: str) -> bytes:
        if not (index < len(self._names) and self._names[index] == name):
            index = self._names.index(name) if name in self._names else index
        xml = self._package.part(self._paths[index]) if index < len(self._paths) else b""
        if re.search(rb"<(?:\w+:)?c\s+\w+='", xml[:20_000]):
            xml = xml.replace(b"'", b'"')
        return xml

    def sheet(self, index: int, name: str) -> _Lost:
        xml = self._xml(index, name)
        tags = _tags(xml)
        _refuse_far_cells(xml, tags, self._limits)
        lost = _Lost(error_texts=self._error_texts or b"#" in xml)
        if b't="e"' in xml:
            for cell in tags.error.finditer(xml):
                lost.cells[tags.place(xml, cell)] = CellError((cell[1] or b"#N/A").decode("utf-8", "replace").strip())
        if tags.formula_end in xml:
            for cell in tags.unstored.finditer(xml):
                if b't="str"' not in cell[1] or cell[2].startswith(b"</"):
                    lost.cells[tags.place(xml, cell)] = UNCALCULATED
        if self._percent is not None:
            lost.percents = (tags.place(xml, cell) for cell in self._percent.finditer(xml))
        end = max(xml.rfind(b"sheetData"), 0)
        merges = re.findall(rb'mergeCell\s[^>]*?ref="([A-Z]+)(\d+):([A-Z]+)(\d+)"', xml[end:])
        lost.merged = tuple((int(r1) - 1, _number(c1), int(r2) - 1, _number(c2)) for c1, r1, c2, r2 in merges)
        if b"hidden=" in xml:
            for tag in tags.hidden_row.findall(xml):
                row = _integer(_attribute(tag, b"r")) - 1
                lost.hidden_rows.append((row, row))
            for tag in re.findall(rb'col\s[^>]*\bhidden="(?:1|true)"[^>]*>', xml[: xml.find(b"sheetData")]):
                ends = _integer(_attribute(tag, b"min")) - 1, _integer(_attribute(tag, b"max")) - 1
                lost.hidden_columns.append(ends)
        lost.formats = lambda cells: self._number_formats(self._xml(index, name), cells)
        return lost

    def _number_formats(self, xml: bytes, cells: Collection[Place]) -> dict[Place, str]:
        found: dict[Place, str] = {}
        start = 0
        for row, column in sorted(cells):
            reference = f' r="{column_letters(column)}{row + 1}"'.encode()
            at = xml.find(reference, start)
            at = xml.find(reference) if at < 0 else at
            if at < 0:
                continue
            start = at
            style = _integer(_attribute(xml[xml.rfind(b"<", 0, at) : xml.find(b">", at)], b"s"))
            if style < len(self._formats) and self._formats[style] != "General":
                found[row, column] = self._formats[style]
        return found


_BUILT_IN: Mapping[int, str] = {
    1: "0",
    2: "0.00",
    3: "#,##0",
    4: "#,##0.00",
    9: "0%",
    10: "0.00%",
    11: "0.00E+00",
    37: "#,##0",
    38: "#,##0",
    39: "#,##0.00",
    40: "#,##0.00",
}


@cache
def _number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


class _Tags:
    """Patterns for the tags of a sheet whose names carry a certain namespace prefix, mostly none.

    They begin with literal bytes, which is what makes a pass over fifty megabytes take a fraction of a second.
    """

    def __init__(self, prefix: bytes) -> None:
        self.cell_start = b"<" + prefix + b"c"
        self.row_start = b"<" + prefix + b"row"
        self.formula_end = b"</" + prefix + b"f>"
        p = {b"P": re.escape(prefix)}
        self.error = re.compile(
            rb'<%(P)sc [^>]*\bt="e"[^>]*>(?:\s*<%(P)sf\b(?:[^>]*/>|[^>]*>[^<]*</%(P)sf>))?(?:\s*<%(P)sv[^>]*>([^<]*)<)?'
            % p
        )
        self.unstored = re.compile(
            rb"<%(P)sc(\s[^>]*)>\s*<%(P)sf\b(?:[^>]*/>|[^>]*>[^<]*</%(P)sf>)\s*(</%(P)sc>|<%(P)sv\s*/>|<%(P)sv\s*></)"
            % p
        )
        self.row = re.compile(rb'<%(P)srow [^>]*?\br="(\d+)"' % p)
        self.hidden_row = re.compile(rb'<%(P)srow [^>]*\bhidden="(?:1|true)"[^>]*>' % p)
        self.filled = re.compile(rb'<%(P)sc [^>]*?\br="([A-Z]+)(\d+)"[^>]*[^/>]>(?!</)' % p)
        self.reference = re.compile(rb'\br="([A-Z]+)(\d+)"')

    def place(self, xml: bytes, cell: re.Match[bytes]) -> Place:
        """Where a cell stands; one without a reference is counted from its row's beginning."""
        start = xml.rfind(self.cell_start, 0, cell.start() + 4)
        reference = self.reference.search(xml, start, xml.find(b">", start))
        if reference is not None:
            return int(reference[2]) - 1, _number(reference[1])
        row_start = xml.rfind(self.row_start, 0, start)
        number = _integer(_attribute(xml[row_start : xml.find(b">", row_start)], b"r"))
        row = number or xml.count(self.row_start, 0, start)
        cells = re.findall(re.escape(self.cell_start) + rb"[\s>/]", xml[row_start:start])
        return row - 1, len(cells)


@cache
def _tags_with(prefix: bytes) -> _Tags:
    return _Tags(prefix)


def _tags(xml: bytes) -> _Tags:
    found = re.search(rb"<(\w+:)?(?:sheetData|worksheet)\b", xml)
    return _tags_with(found[1] or b"" if found else b"")


def _refuse_far_cells(xml: bytes, tags: _Tags, limits: Limits) -> None:
    """Refuse a sheet whose used rectangle is mostly blank and huge: a stray cell in its far corner would fill memory.

    The exact extent is looked for only when some cell lies further right than a well filled sheet would reach.
    """
    height = max(map(int, tags.row.findall(xml)), default=1)
    area = limits.spare_cells + len(xml) // 4
    letters = column_letters(area // max(height, 1))
    beyond = rb"[A-Z]{3}" if len(letters) > 1 else rb"[A-Z]{2}"
    if len(letters) == 2 and letters < "Z":  # noqa: PLR2004 - a column of two letters
        beyond += rb"|[%s-Z][A-Z]" % chr(ord(letters[0]) + 1).encode()
    if not re.search(re.escape(tags.cell_start) + rb' r="(?:' + beyond + rb")\d", xml):
        return
    places = tags.filled.findall(xml)
    columns = {_number(letters) for letters in {letters for letters, _ in places}}
    rows = {int(row) for row in {row for _, row in places}}
    if columns and (max(columns) - min(columns) + 1) * (max(rows) - min(rows) + 1) > area:
        raise _scattered(max(columns), max(rows) - 1)


def _cell_formats(styles: bytes) -> list[str]:
    """The number format of each cell style, by its index."""
    own = {
        _integer(_attribute(tag, b"numFmtId")): _attribute(tag, b"formatCode") or ""
        for tag in re.findall(rb"<(?:\w+:)?numFmt\s[^>]*>", styles.partition(b"dxfs")[0])
    }
    section = re.search(rb"<(?:\w+:)?cellXfs\b.*?</(?:\w+:)?cellXfs>", styles, re.DOTALL)
    styles = section[0] if section else b""
    codes = [_integer(_attribute(tag, b"numFmtId")) for tag in re.findall(rb"<(?:\w+:)?xf\b[^>]*>", styles)]
    return [own.get(code) or _BUILT_IN.get(code, "General") for code in codes]


def _bare_format(code: str) -> str:
    """A number format without its literal texts."""
    return re.sub(r'"[^"]*"|\\.', "", code)


class _Ods:
    """The light pass over content.xml of an OpenDocument spreadsheet."""

    def __init__(self, package: _Package, limits: Limits) -> None:
        if b"encryption-data" in package.part("META-INF/manifest.xml"):
            raise _Refused("F105")
        self._limits = limits
        self._sheets = [self._table(xml) for xml in package.part("content.xml").split(b"<table:table ")[1:]]

    def sheet(self, index: int, _name: str) -> _Lost:
        return self._sheets[index] if index < len(self._sheets) else _Lost()

    def _table(self, xml: bytes) -> _Lost:
        lost = _Lost()
        merged: list[tuple[int, int, int, int]] = []
        percents: list[Place] = []
        row = column = declared = filled = width = last = 0
        height = 1
        for tag in _ODS_TAGS.finditer(xml):
            kind, attributes = tag[1], tag[2]
            if kind == b"row":
                row, column = row + height, 0
                height = _count(attributes, b"rows-repeated")
                if b'visibility="' in attributes and b'visibility="visible"' not in attributes:
                    lost.hidden_rows.append((row - 1, row + height - 2))
                continue
            times = _count(attributes, b"columns-repeated")
            if kind == b"column":
                if b'visibility="' in attributes and b'visibility="visible"' not in attributes:
                    lost.hidden_columns.append((declared, declared + times - 1))
                declared += times
                continue
            at, column = column, column + times
            if b"value-type=" in attributes or b"formula=" in attributes:
                filled += times * height
                width, last = max(width, column), row + height - 1
                if filled > self._limits.unpacked_bytes >> 5 or width * last > self._limits.spare_cells + 8 * filled:
                    raise _scattered(width - 1, last - 1)
                places = ((r, c) for r in range(row - 1, row + height - 1) for c in range(at, column))
                if b'value-type="percentage"' in attributes:
                    percents.extend(places)
                elif b'"error"' in attributes or (b"formula=" in attributes and b"value-type=" not in attributes):
                    text = re.match(rb"\s*<text:p[^>]*>([^<]*)<", xml[tag.end() : tag.end() + 200])
                    error = CellError(text[1].decode("utf-8", "replace")) if text else CellError("#N/A")
                    lost.cells.update(dict.fromkeys(places, error if b'"error"' in attributes else UNCALCULATED))
            if b"spanned=" in attributes:
                down, right = _count(attributes, b"rows-spanned"), _count(attributes, b"columns-spanned")
                if down * right > 1:
                    merged.append((row - 1, at, row + down - 2, at + right - 1))
        lost.percents, lost.merged = percents, tuple(merged)
        return lost


_ODS_TAGS = re.compile(rb"<table:(?:table-)?(row|column|(?:covered-table-)?cell)(?=[\s/>])([^>]*)>")


def _count(attributes: bytes, name: bytes) -> int:
    found = re.search(name + rb'="(\d+)"', attributes) if name in attributes else None
    return max(int(found[1]), 1) if found else 1


class _Xlsb:
    """The light pass over the binary parts of an xlsb package."""

    _ROW, _ERROR, _FORMULA_ERROR, _COLUMN, _MERGE, _SHEET, _FORMAT, _STYLE = 0, 3, 11, 60, 176, 156, 44, 47
    _STYLES_BEGIN, _STYLES_END = 617, 618
    _CELLS = frozenset(range(2, 12))

    def __init__(self, package: _Package, limits: Limits) -> None:
        self._package = package
        self._limits = limits
        book = next((name for name in package.names() if name.endswith("workbook.bin")), "")
        relations = _relations(package, book)
        self._paths = []
        for kind, record in _records_of(package.part(book)):
            if kind == self._SHEET:
                length = int.from_bytes(record[8:12], "little")
                self._paths.append(
                    relations.get(record[12 : 12 + 2 * length].decode("utf-16-le", "replace"), ("", ""))[1]
                )
        styles = next((target for kind, target in relations.values() if kind == "styles"), "xl/styles.bin")
        self._formats = self._cell_formats(package.part(styles))

    def _cell_formats(self, styles: bytes) -> list[str]:
        own, formats, inside = dict(_BUILT_IN), [], False
        for kind, record in _records_of(styles):
            if kind == self._FORMAT:
                length = int.from_bytes(record[2:6], "little")
                own[int.from_bytes(record[:2], "little")] = record[6 : 6 + 2 * length].decode("utf-16-le", "replace")
            elif kind in {self._STYLES_BEGIN, self._STYLES_END}:
                inside = kind == self._STYLES_BEGIN
            elif kind == self._STYLE and inside:
                formats.append(own.get(int.from_bytes(record[2:4], "little"), "General"))
        return formats

    def sheet(self, index: int, _name: str) -> _Lost:
        lost = _Lost()
        percent = {number for number, code in enumerate(self._formats) if "%" in _bare_format(code)}
        percents: list[Place] = []
        merged: list[tuple[int, int, int, int]] = []
        row, width, count = 0, 0, 0
        for kind, record in _records_of(self._package.part(self._paths[index]) if index < len(self._paths) else b""):
            if kind == self._ROW:
                row = int.from_bytes(record[:4], "little")
                if record[11:12] and record[11] & 0x10:
                    lost.hidden_rows.append((row, row))
            elif kind in self._CELLS:
                column = int.from_bytes(record[:4], "little")
                width, count = max(width, column + 1), count + 1
                if kind in {self._ERROR, self._FORMULA_ERROR}:
                    lost.cells[row, column] = CellError(_ERROR_CODES.get(record[8:9], "#N/A"))
                elif int.from_bytes(record[4:7], "little") in percent:
                    percents.append((row, column))
            elif kind == self._COLUMN and len(record) > 16 and record[16] & 1:  # noqa: PLR2004
                lost.hidden_columns.append(struct.unpack_from("<II", record))
            elif kind == self._MERGE and len(record) >= 16:  # noqa: PLR2004
                r1, r2, c1, c2 = struct.unpack_from("<IIII", record)
                merged.append((r1, c1, r2, c2))
        if (row + 1) * width > self._limits.spare_cells + 8 * count:
            raise _scattered(width - 1, row)
        lost.percents, lost.merged = percents, tuple(merged)
        return lost


_ERROR_CODES = {
    b"\x00": "#NULL!",
    b"\x07": "#DIV/0!",
    b"\x0f": "#VALUE!",
    b"\x17": "#REF!",
    b"\x1d": "#NAME?",
    b"\x24": "#NUM!",
    b"\x2a": "#N/A",
}


def _records_of(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The records of a binary part: each a number, a length and that many bytes."""
    position, end = 0, len(data)
    while position + 1 < end:
        kind = data[position]
        position += 1
        if kind & 0x80:
            kind = (kind & 0x7F) | (data[position] & 0x7F) << 7  # the loop's condition leaves one byte
            position += 1
        length = shift = 0
        while position < end:
            byte = data[position]
            position += 1
            length |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80 or shift > 21:  # noqa: PLR2004 - four bytes at most
                break
        yield kind, data[position : position + length]
        position += length


_Recover = _Xlsx | _Ods | _Xlsb | _Nothing

# --- xls and et -------------------------------------------------------------------------------------------------


def _read_xls(source: _Source, kind: Kind) -> _Outcome:
    import xlrd  # noqa: PLC0415
    from xlrd.compdoc import CompDocError  # noqa: PLC0415

    try:
        book = xlrd.open_workbook(
            file_contents=source.data, formatting_info=True, ragged_rows=True, logfile=io.StringIO()
        )
    except (
        xlrd.XLRDError,
        CompDocError,
        AssertionError,
        LookupError,
        ValueError,
        TypeError,
        AttributeError,
        ArithmeticError,
        struct.error,
    ) as error:  # the reader's own error and those it lets escape on damaged files
        if "encrypted" in str(error):
            raise _Refused("F105") from error
        workbook, notes = _assembled(source, kind, _open_calamine(source.data), _Nothing())
        return workbook, [Diagnostic("F117", Location(source.file)), *notes]
    sheets = tuple(_xls_sheet(book, sheet, source.file) for sheet in book.sheets())
    if not any(sheet.rows for sheet in sheets):
        raise _Refused("F104")
    return Workbook(source.file, source.sha256, kind, sheets), []


def _xls_sheet(book: Any, sheet: Any, file: str) -> Sheet:
    codes = [
        book.format_map[xf.format_key].format_str or "" if xf.format_key in book.format_map else ""
        for xf in book.xf_list
    ]
    percent = {number for number, code in enumerate(codes) if "%" in _bare_format(code)}
    rows: Rows = []
    for row in range(sheet.nrows):
        values, types, styles = sheet.row_values(row), sheet.row_types(row), sheet._cell_xf_indexes[row]  # noqa: SLF001
        cells: list[Cell] = [
            _xls_cell(book.datemode, value, kind, style in percent)
            for value, kind, style in zip(values, types, styles, strict=True)
        ]
        while cells and cells[-1] is None:
            cells.pop()
        rows.append(cells)
    while rows and not rows[-1]:
        rows.pop()
    width = max(map(len, rows), default=0)
    for cells in rows:
        cells.extend([None] * (width - len(cells)))

    def formats(places: Collection[Place]) -> dict[Place, str]:
        found = {}
        for row, column in places:
            if row < sheet.nrows and column < sheet.row_len(row):
                code = codes[sheet.cell_xf_index(row, column)]
                if code and code.lower() != "general":
                    found[row, column] = code
        return found

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
    )


def _xls_cell(datemode: int, value: Any, kind: int, percent: bool) -> Cell:
    import xlrd  # noqa: PLC0415

    match kind:
        case xlrd.XL_CELL_TEXT:
            text: str = value
            return CellError(text) if text in ERROR_TEXTS else text or None
        case xlrd.XL_CELL_NUMBER:
            return PercentNumber(value) if percent else float(value)
        case xlrd.XL_CELL_DATE:
            return _xls_date(datemode, value)
        case xlrd.XL_CELL_BOOLEAN:
            return bool(value)
        case xlrd.XL_CELL_ERROR:
            return CellError(xlrd.error_text_from_code.get(value, "#N/A"))
    return None


def _xls_date(datemode: int, value: float) -> Cell:
    import xlrd  # noqa: PLC0415

    if 0 <= value < 1:
        return (dt.datetime.min + dt.timedelta(seconds=round(value * 86400) % 86400)).time()
    try:
        moment: dt.datetime = xlrd.xldate.xldate_as_datetime(value, datemode)
    except (ValueError, OverflowError, xlrd.xldate.XLDateError):
        return value
    return moment.date() if value == int(value) else moment


# --- CSV --------------------------------------------------------------------------------------------------------

_DELIMITERS = (",", "\t", ";", "|", "，")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
_SAMPLE = 1 << 20
_HEAD_ROWS = 200


def _utf16_without_mark(sample: bytes) -> str | None:
    """The byte order in which a sample with NUL bytes reads as text of Chinese and ASCII, None if in neither."""
    sample = sample[: len(sample) // 2 * 2]
    for encoding in ("utf-16-le", "utf-16-be"):
        text = sample.decode(encoding, "replace")
        plain = sum(
            c < "\x7f" and (c >= " " or c in "\r\n\t") or "\u3000" <= c <= "\u9fff" or c >= "\uff00" for c in text
        )
        if text and plain - text.count("\ufffd") > 0.95 * len(text):
            return encoding
    return None


@cache
def _common_characters() -> frozenset[str]:
    """Level 1 of GB2312: the 3,755 characters that make up nearly all of any real Chinese text."""
    codes = (bytes((high, low)) for high in range(0xB0, 0xD8) for low in range(0xA1, 0xFF))
    return frozenset(code.decode("gb2312", "ignore") for code in codes)


def _plausible(text: str) -> tuple[bool, float]:
    """Whether a text decoded as GB18030 reads like Chinese, and the share of common ones among its characters."""
    counts = Counter(text)
    chinese = sum(count for char, count in counts.items() if "\u3400" <= char <= "\u9fff" or char >= "\U00020000")
    private = sum(count for char, count in counts.items() if "\ue000" <= char <= "\uf8ff")
    common = sum(count for char, count in counts.items() if char in _common_characters())
    share = common / chinese if chinese else 1.0
    return private <= 0.005 * (chinese + private) and share >= 0.8, share  # noqa: PLR2004


def _squeezed(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).lower().split())


def _witnesses(text: str, known: frozenset[str]) -> int:
    head = _squeezed(text[:20_000])
    return sum(len(name) > 1 and name in head for name in known)


def _encoding(sample: bytes, known: frozenset[str], *, utf8: bool) -> tuple[str, str, Text | None]:
    """Codec, name and, unless it is UTF-8, the evidence. ``utf8``: the whole file is valid UTF-8."""
    for mark, codec, name in _BOMS:
        if sample.startswith(mark):
            evidence = ("文件开头有标记", "the mark at its beginning") if name != "UTF-8" else None
            return codec, name, evidence
    if b"\0" in sample:
        codec = _utf16_without_mark(sample[:4096])
        if codec is None:
            raise _Refused("F111", kind=("无法辨认的二进制文件", "a binary file of an unknown kind"))
        return codec, "UTF-16", ("字节两两成字", "its bytes pair up to characters")
    if utf8:
        return "utf-8", "UTF-8", None
    text = codecs.getincrementaldecoder("gb18030")("replace").decode(sample)
    plausible, share = _plausible(text)
    if "\ufffd" not in text and plausible:
        seen = _witnesses(text, known)
        return (
            "gb18030",
            "GB18030",
            (
                f"不是 UTF-8；{share:.0%} 的汉字是常用字，认出列名 {seen} 个",
                f"not UTF-8; {share:.0%} of its Chinese characters are common ones, {seen} headers known",
            ),
        )
    traditional = codecs.getincrementaldecoder("cp950")("replace").decode(sample)
    seen = _witnesses(traditional, known)
    if "\ufffd" not in traditional and seen > max(1, _witnesses(text, known)):
        return (
            "cp950",
            "Big5",
            (f"不是 UTF-8 或 GB18030；认出列名 {seen} 个", f"neither UTF-8 nor GB18030; {seen} headers known"),
        )
    raise _Refused("F116")


def _delimiter(text: str) -> str:
    """The delimiter under which most rows are equally wide."""
    declared = re.match(r"sep=(.)\r?\n", text)
    if declared:
        return declared[1]
    lines = list(islice(io.StringIO(text, newline=""), _HEAD_ROWS))

    def consistency(delimiter: str) -> tuple[float, int]:
        widths = Counter(len(row) for row in csv.reader(lines, delimiter=delimiter) if len(row) > 1)
        if not widths:
            return 0.0, 0
        width, rows = widths.most_common(1)[0]
        return rows / len(lines), width

    best = max(_DELIMITERS, key=consistency)
    return best if consistency(best)[0] else ","


def _csv_rows(text: str, delimiter: str, limit: int | None = None) -> tuple[Rows, list[int] | None]:
    """The rows of a text, equally long, and the line each begins at where that is not its number."""
    rows: Rows = []
    lines: list[int] = []
    for line, row in islice(_records(io.StringIO(text, newline=""), delimiter), limit):
        rows.append([cell or None for cell in row])
        lines.append(line)
    if limit is None and text.count('"') % 2 and rows:
        _refuse_open_quote(text, delimiter, lines[-1])
    while rows and not any(rows[-1]):
        rows.pop()
        lines.pop()
    width = max(map(len, rows), default=0)
    for cells in rows:
        if len(cells) < width:
            cells.extend([None] * (width - len(cells)))
    if "#" in text:
        _mark_error_texts(rows)
    return rows, None if lines == list(range(1, len(rows) + 1)) else lines


def _records(stream: Iterable[str], delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """The records of a CSV, each with the line it begins at."""
    reader = csv.reader(stream, delimiter=delimiter)
    line = 1
    try:
        for row in reader:
            yield line, row
            line = reader.line_num + 1
    except csv.Error as error:  # a cell of more than 128 KB: a quotation mark that swallows what follows
        raise _Refused("F119", line=str(line)) from error


def _refuse_open_quote(text: str, delimiter: str, line: int) -> None:
    """Refuse a text whose last record, beginning at ``line``, is all that follows a quotation mark never closed."""
    last = islice(io.StringIO(text, newline=""), line - 1, None)
    try:
        list(csv.reader(last, delimiter=delimiter, strict=True))
    except csv.Error as error:
        if "end of data" in str(error):
            raise _Refused("F119", line=str(line)) from error


def _read_csv(source: _Source, kind: Kind) -> _Outcome:
    data = source.data
    large = len(data) > source.limits.bulk_bytes and b"\n" in data
    codec, encoding, evidence = _encoding(data[:_SAMPLE], source.known, utf8=_valid_utf8(data, large=large))
    notes = []
    if evidence is not None:
        notes.append(Diagnostic("F115", Location(source.file), arguments={"encoding": encoding, "evidence": evidence}))
    try:
        if large:
            bulk = Bulk(_as_utf8(data, codec))
            sheet = Sheet(source.file, None, bulk.head, lines=bulk.lines, bulk=bulk)
        else:
            text = data.decode(codec)
            rows, lines = _csv_rows(text, _delimiter(text[:_SAMPLE]))
            sheet = Sheet(source.file, None, rows, lines=lines)
    except UnicodeDecodeError as error:
        raise _Refused("F116") from error
    if not sheet.rows:
        raise _Refused("F104")
    return Workbook(source.file, source.sha256, kind, (sheet,), encoding), notes


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


class Bulk:
    """A large CSV: its first rows as cells, its body by columns on request.

    Rows are those of the file, from 0, the blank ones counted. ``height`` ends after the last that is not blank.
    ``overlong`` holds, once columns were read, the rows with more filled cells than the first rows are wide.
    """

    def __init__(self, data: bytes) -> None:
        end = len(data)
        while end and data[end - 1] in b"\r\n \t,;|":
            end -= 1
        newline = data.find(b"\n", end)
        self._data = data if newline in {-1, len(data) - 1} else data[: newline + 1]
        start = data[: data.rfind(b"\n", 0, _SAMPLE) + 1] or data[:_SAMPLE]
        text = start.decode("utf-8", "replace")
        self.delimiter = _delimiter(text)
        self.head, self.lines = _csv_rows(text, self.delimiter, _HEAD_ROWS)
        self.width = len(self.head[0]) if self.head else 0
        self.overlong: tuple[int, ...] = ()
        self._repaired: bytes | None = None
        self._rows: Rows | None = None
        quotes = self._data.count(b'"')
        if quotes % 2:
            line = max(line for line, _ in _records(self._text(), self.delimiter))
            _refuse_open_quote(self._data.decode(), self.delimiter, line)
        ends = self._data.count(b"\n")
        outside = _ends_outside_quotes(self._data) if quotes else ends
        self.height = outside + (not self._data.endswith(b"\n"))
        self._multiline = outside < ends

    def _text(self, data: bytes | None = None) -> io.TextIOWrapper:
        return io.TextIOWrapper(io.BytesIO(self._data if data is None else data), encoding="utf-8", newline="")

    def tail(self, count: int = 40) -> list[tuple[int, list[Cell]]]:
        """The last rows with their numbers."""
        start = len(self._data)
        while start > 0:
            start = self._data.rfind(b"\n", 0, max(start - 16_384, 0)) + 1
            if self._data.count(b'"', start) % 2 == 0 and self._data.count(b"\n", start) > count:
                break
        rows = [[cell or None for cell in row] for _, row in _records(self._text(self._data[start:]), self.delimiter)]
        first = self.height - len(rows)
        padded: Rows = [row + [None] * (self.width - len(row)) for row in rows]
        return list(enumerate(padded, start=first))[-count:]

    def repeats(self, row: int) -> bool:
        """Whether the line of a row (a header) comes again further down."""
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
        if self._multiline:
            return end
        for _ in range(self.height - row):
            end = self._data.rfind(b"\n", 0, end - 1) + 1
        return end

    def columns(
        self, first_row: int, names: Sequence[int], numeric: Collection[int], *, end_row: int | None = None
    ) -> dict[int, pa.ChunkedArray] | None:
        """The asked columns from a row of the head up to (without) ``end_row``, or to the end; blanks as nulls.

        Those of ``numeric`` come as int64 or double where every cell of them is a plain number, all others as
        strings. None if the file cannot be read so.
        """
        import pyarrow as pa  # noqa: PLC0415

        present = [number for number in names if number < self.width]
        typed = set() if self._has_hexadecimals() else set(numeric)
        rows = range(first_row, self.height if end_row is None else end_row)
        try:
            read = self._read(rows, present, typed)
        except pa.ArrowInvalid:
            return None
        plain = [number for number in present if number in typed and not _plain_numbers(read[number])]
        if plain:
            read |= self._read(rows, plain, set())
        for number in names:
            column = read.get(number)
            if column is None or pa.types.is_null(column.type):
                kind = pa.float64() if number in numeric else pa.string()
                read[number] = pa.chunked_array([pa.nulls(len(rows), kind)])
        return read

    def _has_hexadecimals(self) -> bool:
        """Whether ``0x10`` may stand somewhere: pyarrow would take it for 16."""
        return any(letter in self._data and b"0" + letter in self._data for letter in (b"x", b"X"))

    def _read(self, rows: range, columns: Sequence[int], numeric: Collection[int]) -> dict[int, pa.ChunkedArray]:
        import pyarrow as pa  # noqa: PLC0415
        from pyarrow import csv as arrow_csv  # noqa: PLC0415

        ragged: list[object] = []

        def skip(row: object) -> str:
            ragged.append(row)
            return "skip"

        def read(body: pa.Buffer, delimiter: str) -> pa.Table:
            return arrow_csv.read_csv(
                pa.BufferReader(body),
                read_options=arrow_csv.ReadOptions(
                    column_names=[str(number) for number in range(self.width)], block_size=8 << 20
                ),
                parse_options=arrow_csv.ParseOptions(
                    delimiter=delimiter, newlines_in_values=self._multiline, invalid_row_handler=skip
                ),
                convert_options=arrow_csv.ConvertOptions(
                    include_columns=[str(number) for number in columns],
                    column_types={str(number): pa.string() for number in columns if number not in numeric},
                    null_values=[""],
                    strings_can_be_null=True,
                    true_values=[],
                    false_values=[],
                ),
            )

        table = None
        if self._repaired is None and len(self.delimiter.encode()) == 1:
            start, end = self._offset(rows.start), self._end(rows.stop)
            table = read(pa.py_buffer(self._data).slice(start, end - start), self.delimiter)
        if table is None or ragged or table.num_rows != len(rows):
            table = read(pa.py_buffer(self._repair(rows)), ",")
        return {number: table.column(place) for place, number in enumerate(columns)}

    def _repair(self, rows: range) -> bytes:
        """The rows equally long and none blank, for the reader by columns: a slow pass, but in little memory."""
        if self._repaired is None:
            body = io.BytesIO()
            text = io.TextIOWrapper(body, encoding="utf-8", newline="", write_through=True)
            writer = csv.writer(text, lineterminator="\n")
            overlong = []
            for number, (_, row) in enumerate(_records(self._text(), self.delimiter)):
                if number in rows:
                    if any(row[self.width :]):
                        overlong.append(number)
                    writer.writerow((row + [""] * (self.width - len(row)))[: self.width])
            self.overlong = tuple(overlong)
            self._repaired = body.getvalue()
            text.detach()
        return self._repaired

    def rows(self) -> Rows:
        """All rows as cells; takes ten times the time and memory of ``columns``."""
        if self._rows is None:
            self._rows, _ = _csv_rows(self._data.decode(), self.delimiter)
        return self._rows


def _ends_outside_quotes(data: bytes) -> int:
    """The line ends of a CSV that end a row."""
    import numpy as np  # noqa: PLC0415

    ends, inside = 0, np.uint8(0)
    for start in range(0, len(data), _SAMPLE):
        piece = np.frombuffer(data, np.uint8, min(_SAMPLE, len(data) - start), start)
        within = np.bitwise_xor.accumulate((piece == ord('"')).view(np.uint8)) ^ inside
        ends += int(np.count_nonzero((piece == ord("\n")) & (within == 0)))
        inside = within[-1]
    return ends


def _plain_numbers(column: pa.ChunkedArray) -> bool:
    """Whether a column was read as numbers, all of them finite, or is blank altogether."""
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.compute as pc  # noqa: PLC0415

    if pa.types.is_float64(column.type):
        return bool(pc.all(pc.is_finite(column)).as_py() in {True, None})
    return bool(pa.types.is_int64(column.type) or pa.types.is_null(column.type))


_READERS: Mapping[str, Callable[[_Source, Any], _Outcome]] = {
    "xlsx": _read_zipped,
    "xlsm": _read_zipped,
    "xlsb": _read_zipped,
    "ods": _read_zipped,
    "xls": _read_xls,
    "csv": _read_csv,
}
