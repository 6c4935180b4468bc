"""Bytes to sheets of cells: what a file is, which encoding it has, what stands in its cells and where.

Files are recognised by what is in them, never by their name. Every cell keeps its own address. What the fast reader
drops without a word (error cells, formulas without a stored value, percent formats, hidden rows and columns) is
recovered from the package itself, so that a blank here is a blank in the file.
"""

from __future__ import annotations

import codecs
import io
import re
import zipfile
import zlib
from collections.abc import Collection, Mapping
from pathlib import Path

from starcheck.cells import (
    ERROR_TEXTS,
    UNCALCULATED,
    Bulk,
    Cell,
    CellError,
    FileKind,
    Limits,
    Outcome,
    PercentNumber,
    Refused,
    Sheet,
    Source,
    Uncalculated,
    Workbook,
)
from starcheck.delimited import read_csv, utf16_without_mark
from starcheck.diagnostic import Diagnostic, Location, Text
from starcheck.packages import plain_name, read_package

__all__ = [
    "ERROR_TEXTS",
    "UNCALCULATED",
    "Bulk",
    "Cell",
    "CellError",
    "Limits",
    "PercentNumber",
    "Sheet",
    "Uncalculated",
    "Workbook",
    "read_workbook",
]


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
        workbook, notes = _read(Source(path, file, data, frozenset(known), limits or Limits()), kind)
    except Refused as refused:
        return None, (Diagnostic(refused.code, Location(file), arguments=refused.arguments),)
    except FileNotFoundError:
        return None, (Diagnostic("F101", Location(file)),)
    except OSError as error:
        return None, (Diagnostic("F102", Location(file), arguments={"reason": error.strerror or str(error)}),)
    except MemoryError:
        return None, (Diagnostic("F112", Location(file), arguments={"reason": ("内存不足", "out of memory")}),)
    return workbook, (*_misnamed(path, workbook), *notes)


def _read(source: Source, kind: FileKind) -> Outcome:
    match kind:
        case "csv":
            return read_csv(source, kind)
        case "xls":
            from starcheck.xls import read_xls  # noqa: PLC0415 - rare, and slow to import

            return read_xls(source, kind)
        case _:
            return read_package(source, kind)


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


def _recognise(path: Path, limits: Limits) -> tuple[FileKind, bytes]:
    """The kind of a file, and its bytes."""
    if path.is_dir():
        raise Refused("F103")
    with path.open("rb") as stream:
        head = stream.read(1 << 16)
        if not head.strip(b"\0 \t\r\n\xef\xbb\xbf"):
            raise Refused("F104")
        packed = head.startswith((b"PK\x03\x04", _OLE, *_BARE_BIFF))
        if not packed:
            _refuse_other_text(path, head)
        if path.stat().st_size > limits.unpacked_bytes:
            raise Refused("F112", reason=("文件超过 1 GB", "the file is over 1 GB"))
        stream.seek(0)
        data = stream.read()
    if head.startswith(b"PK\x03\x04"):
        return _zipped_kind(data), data
    if (
        not packed
        and not (_EXTENSIONS.get(path.suffix.lower(), {"csv"}) & {"csv"})
        and not re.search(rb"[,;\t|]|\xef\xbc\x8c", head)
    ):
        raise Refused("F111", kind=("一段纯文本", "a piece of plain text"))
    if packed:
        return _ole_kind(data), data
    return "csv", data


def _refuse_other_text(path: Path, head: bytes) -> None:
    for magic, what in _OTHERS:
        if head.startswith(magic) and (magic != b"BM" or b"\0" in head[:32]):
            raise Refused("F111", kind=what)
    if path.name.startswith("~$"):
        raise Refused(
            "F111", kind=("表格打开时的临时锁文件，不是表格", "the lock file of an open workbook, not a workbook")
        )
    if b"\0" in head:
        if not head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) and utf16_without_mark(head) is None:
            raise Refused("F111", kind=("无法辨认的二进制文件", "a binary file of an unknown kind"))
        return
    text = head.decode("utf-8", "replace").lstrip("\ufeff")
    for pattern, what in _MARKUP:
        if re.search(pattern, text[:4096], re.IGNORECASE | re.DOTALL):
            raise Refused("F111", kind=what)


def _zipped_kind(data: bytes) -> FileKind:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = {plain_name(name) for name in archive.namelist()}
            mimetype = archive.read("mimetype")[:200] if "mimetype" in archive.namelist() else b""
            types = archive.read("[Content_Types].xml") if "[Content_Types].xml" in archive.namelist() else b""
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise Refused("F106", reason=str(error) or "zip") from error
    if b"spreadsheet" in mimetype or (b"opendocument" not in mimetype and "content.xml" in names):
        return "ods"
    if any(name.endswith("workbook.bin") for name in names):
        return "xlsb"
    if "xl/workbook.xml" in names or b"spreadsheetml" in types or any(n.startswith("xl/") for n in names):
        return "xlsm" if "xl/vbaproject.bin" in names else "xlsx"
    if any(name.startswith("word/") for name in names) or b"opendocument.text" in mimetype:
        raise Refused("F111", kind=("Word 文档", "a Word document"))
    if any(name.startswith("ppt/") for name in names):
        raise Refused("F111", kind=("演示文稿", "a presentation"))
    raise Refused("F111", kind=("压缩包，请先解压", "an archive: unpack it first"))


def _ole_kind(data: bytes) -> FileKind:
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
            raise Refused("F105")
        if what is not None:
            raise Refused("F111", kind=what)
        return "xls"
    raise Refused("F111", kind=("旧版 Office 文件，其中没有表格", "an old Office file without a workbook in it"))


def _misnamed(path: Path, workbook: Workbook) -> tuple[Diagnostic, ...]:
    expected = _EXTENSIONS.get(path.suffix.lower())
    if expected is None or workbook.kind in expected:
        return ()
    arguments = {"kind": workbook.kind.upper(), "extension": path.suffix}
    return (Diagnostic("F114", Location(workbook.file), arguments=arguments),)
