"""What a file is, by its bytes and never by its name; and for what is no table, the code that says what to do."""

from __future__ import annotations

import codecs
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import Final, Literal

from starcheck.cells import FileKind, Refused, damaged
from starcheck.decoding import utf16_without_mark
from starcheck.diagnostic import Text
from starcheck.packages import plain_name

_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BARE_BIFF: Final = (
    b"\x09\x00\x04\x00",
    b"\x09\x02\x06\x00",
    b"\x09\x04\x06\x00",
    b"\x09\x08\x08\x00",
    b"\x09\x08\x10\x00",
)
_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")
_HEAD: Final = 1 << 16

_MAGIC: Final[tuple[tuple[bytes, str, Text | None], ...]] = (
    (b"%PDF", "F119", ("PDF 文档", "a PDF document")),
    (b"\x89PNG", "F120", ("PNG", "PNG")),
    (b"\xff\xd8\xff", "F120", ("JPEG", "JPEG")),
    (b"GIF8", "F120", ("GIF", "GIF")),
    (b"II*\x00", "F120", ("TIFF", "TIFF")),
    (b"MM\x00*", "F120", ("TIFF", "TIFF")),
    (b"8BPS", "F120", ("PSD", "PSD")),
    (b"\xd7\xcd\xc6\x9a", "F120", ("WMF", "WMF")),
    (b"Rar!", "F124", ("RAR", "RAR")),
    (b"7z\xbc\xaf", "F124", ("7z", "7z")),
    (b"\x1f\x8b", "F124", ("gzip", "gzip")),
    (b"BZh", "F124", ("bzip2", "bzip2")),
    (b"\xfd7zXZ", "F124", ("xz", "xz")),
    (b"\x28\xb5\x2f\xfd", "F124", ("zstd", "zstd")),
    (b"MSCF", "F124", ("CAB", "CAB")),
    (b"PK\x07\x08", "F124", ("分卷 zip", "a zip in volumes")),
    (b"PK00PK", "F124", ("分卷 zip", "a zip in volumes")),
    (b"{\\rtf", "F121", ("RTF 文档", "an RTF document")),
    (b"SQLite format 3", "F111", ("SQLite 数据库", "an SQLite database")),
    (b"\x00\x01\x00\x00Standard ", "F111", ("Access 数据库", "an Access database")),
    (b"PAR1", "F111", ("Parquet 数据文件", "a Parquet file")),
    (b"MZ", "F130", ("程序文件（exe）", "a program (exe)")),
    (b"\x7fELF", "F130", ("程序文件", "a program")),
)
_OLE_STREAMS: Final[tuple[tuple[str, str | None, Text | None], ...]] = (
    ("EncryptedPackage", "F105", None),
    ("Workbook", None, None),
    ("Book", None, None),
    ("WordDocument", "F121", ("Word 或 WPS 文字文档", "a Word or WPS document")),
    ("PowerPoint Document", "F122", ("PPT", "PPT")),
    ("__properties_version1.0", "F125", None),
)


def recognise(name: str, data: bytes) -> FileKind | Literal["zip"]:
    """The kind of a file. ``name`` only tells a lock file, and whether a text was meant as a CSV.

    Raises ``Refused`` for everything that holds no cells.
    """
    head = data[:_HEAD]
    if not head.strip(b"\0 \t\r\n\xef\xbb\xbf"):
        raise Refused("F104")
    if head.startswith(_ZIP):
        return _zipped_kind(data)
    if head.startswith((_OLE, *_BARE_BIFF)):
        return _ole_kind(data)
    if name.startswith(("~$", ".~lock.")) or _is_lock(data):
        raise Refused("F123")
    _refuse_binary(head)
    return _text_kind(name, head)


def is_archive(data: bytes) -> bool:
    """Whether these are the bytes of a zip archive that is no workbook or document itself."""
    if not data.startswith(_ZIP):
        return False
    try:
        return _zipped_kind(data) == "zip"
    except Refused:
        return False


def _is_lock(data: bytes) -> bool:
    """The owner file of Excel, Word and WPS: 162 or 165 bytes, a name with its length before it, then spaces."""
    if len(data) not in {162, 165} or not 0 < data[0] <= 54:  # noqa: PLR2004 - the field has 54 bytes
        return False
    return not data[1 + data[0] : 55].strip(b" \0")


def _refuse_binary(head: bytes) -> None:
    for magic, code, kind in _MAGIC:
        if head.startswith(magic) and (magic != b"MZ" or b"\0" in head[:64]):
            raise Refused(code) if kind is None else Refused(code, kind=kind)
    if head.startswith(b"BM") and b"\0" in head[:32]:
        raise Refused("F120", kind="BMP")
    if head.startswith(b"RIFF") and b"\0" in head[:32]:
        if head[8:12] == b"WEBP":
            raise Refused("F120", kind="WebP")
        raise Refused("F130", kind=("音频或视频", "sound or film"))
    if head[4:8] == b"ftyp":
        if head[8:12] in {b"heic", b"heix", b"mif1", b"avif", b"heim", b"msf1"}:
            raise Refused("F120", kind="HEIC")
        raise Refused("F130", kind=("音频或视频", "sound or film"))
    if head[257:262] == b"ustar":
        raise Refused("F124", kind="tar")
    if (
        b"\0" in head
        and not head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        and utf16_without_mark(head) is None
    ):
        raise Refused("F130", kind=("无法辨认的二进制文件", "a binary file of an unknown kind"))


# --- texts ------------------------------------------------------------------------------------------------------------

_COMMENTS: Final = re.compile(r"(?:<!--(?:(?!-->).)*-->\s*)*", re.DOTALL)
_ROOT: Final = re.compile(r"<(?![?!])(?:([\w-]+):)?([A-Za-z][\w-]*)")
# fmt: off
_HTML_TAGS: Final = frozenset(
    (
        "html", "head", "body", "table", "thead", "tbody", "tr", "td", "th", "caption", "colgroup",
        "meta", "title", "style", "script", "link", "div", "center", "form", "font", "p", "span",
        "h1", "h2", "h3", "h4", "b", "br", "base", "frameset", "xml", "pre", "section", "article",
        "main",
    )
)
# fmt: on
_TEXTS: Final = (".csv", ".tsv")
_UOF: Final = ("标文通文档（UOF）", "a UOF document (标文通)")
_WORDS_BEFORE: Final = 5
_DELIMITERS: Final = re.compile("[,;\t|，]")


def head_text(head: bytes) -> str:
    """The beginning of a text, decoded well enough to see what it is."""
    for mark, codec in ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")):
        if head.startswith(mark):
            return head[2:].decode(codec, "replace")
    order = utf16_without_mark(head[:4096]) if b"\0" in head else None
    return head.decode(order or "utf-8", "replace").lstrip("\ufeff")


def _text_kind(name: str, head: bytes) -> FileKind:
    text = head_text(head).lstrip()
    if text.startswith("<"):
        kind = _markup_kind(text)
        if kind is not None:
            return kind
    if _begins_with_words(text):
        return "html"
    if re.match(r"(?:[\w-]+:[^\n]*\n(?:[ \t][^\n]*\n)*)*MIME-Version:", text[:8192], re.IGNORECASE):
        raise Refused("F125")
    if re.match(r"\{\s*\"|\{\s*\}|\[\s*[\[{\"]", text):
        raise Refused("F128", kind=("JSON 文件", "a JSON file"))
    if not name.lower().endswith(_TEXTS) and not _DELIMITERS.search(text):
        if _DELIMITERS.search(head.decode("gb18030", "replace")):  # a Chinese comma under another encoding
            return "csv"
        raise Refused("F127")
    return "csv"


def _begins_with_words(text: str) -> bool:
    """Whether a page has a line or two of plain words before its table, as some systems print them."""
    before, table, after = text[:8192].partition("<table")
    words = table != "" and before.count("\n") <= _WORDS_BEFORE and not _DELIMITERS.search(before)
    return words and re.match(r"[^<>]*>\s*<(?:t[rhbdf]|c[ao])", after) is not None


def _markup_kind(text: str) -> FileKind | None:
    """What a text is that begins with a tag; None if it only looks like one."""
    comments = _COMMENTS.match(text)
    body = text[comments.end() :] if comments else text
    root = _ROOT.search(body)
    name = "" if root is None else root[2].lower()
    if "urn:schemas-microsoft-com:office:spreadsheet" in text and name == "workbook":
        return "xml"
    if re.match(r"<!doctype\s+html", body, re.IGNORECASE) or (name in _HTML_TAGS and not _other_xml(root)):
        return "html"
    if re.search(r"<table[\s>]", text, re.IGNORECASE) and not body.startswith("<?xml"):
        return "html"
    if re.search(r"progid=[\"']Word\.Document|/office/word/2003/wordml", text):
        raise Refused("F121", kind=("Word XML 文档", "a Word document in XML"))
    if re.search(r"progid=[\"']PowerPoint", text):
        raise Refused("F122", kind="PowerPoint XML")
    if name == "uof":
        raise Refused("F128", kind=_UOF)
    if name == "document" and "urn:oasis:names:tc:opendocument:" in text:
        raise Refused("F128", kind=("单个 XML 文件的 ODF 文档（fods）", "an ODF document in one XML file (fods)"))
    if name == "svg":
        raise Refused("F120", kind="SVG")
    if body.startswith("<?xml") or (root is not None and text.startswith(("<!DOCTYPE", root[0]))):
        raise Refused("F128", kind=("XML 文件", "an XML file"))
    return None


def _other_xml(root: re.Match[str] | None) -> bool:
    """Whether the root only shares its name with one of HTML: it has a prefix."""
    return root is not None and root[1] is not None


# --- zip and compound files -------------------------------------------------------------------------------------------


def _zipped_kind(data: bytes) -> FileKind | Literal["zip"]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            names = {plain_name(member.filename) for member in members}
            mimetype = _beginning(archive, "mimetype", 200)
            types = _beginning(archive, "[Content_Types].xml", 1 << 20)
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        OSError,
        NotImplementedError,
        RuntimeError,
        ValueError,
        LookupError,
    ) as error:
        if "encrypted" in str(error):
            raise Refused("F129") from error
        raise damaged(str(error)) from error
    if not members:
        raise Refused("F104")
    folders = {name.partition("/")[0] for name in names if "/" in name}
    if "uof.xml" in names:
        raise Refused("F128", kind=_UOF)
    if b"spreadsheet" in mimetype or (b"opendocument" not in mimetype and "content.xml" in names):
        kind: FileKind = "ods"
    elif any(name.endswith("workbook.bin") for name in names):
        kind = "xlsb"
    elif "xl/workbook.xml" in names or b"spreadsheetml" in types or "xl" in folders:
        kind = "xlsm" if "xl/vbaproject.bin" in names else "xlsx"
    else:
        _refuse_other_package(names, folders, mimetype, types)
        return "zip"
    if any(member.flag_bits & 1 for member in members):
        raise Refused("F129")
    return kind


def _beginning(archive: zipfile.ZipFile, name: str, size: int) -> bytes:
    """The beginning of a part: no more is unpacked than is looked at."""
    if name not in archive.namelist():
        return b""
    with archive.open(name) as part:
        return part.read(size)


def _refuse_other_package(names: set[str], folders: set[str], mimetype: bytes, types: bytes) -> None:
    if ("word" in folders and types) or b"wordprocessingml" in types:
        raise Refused("F121", kind=("Word 文档", "a Word document"))
    if b"opendocument.text" in mimetype:
        raise Refused("F121", kind=("ODT 文档", "an ODT document"))
    if ("ppt" in folders and types) or b"presentationml" in types:
        raise Refused("F122", kind="PPTX")
    if b"opendocument.presentation" in mimetype:
        raise Refused("F122", kind="ODP")
    if b"opendocument" in mimetype:
        raise Refused("F120", kind=mimetype.decode("ascii", "replace").rpartition(".")[2])
    if "ofd.xml" in names:
        raise Refused("F119", kind=("OFD 版式文件", "an OFD document"))
    if any(name.endswith(".iwa") for name in names):
        raise Refused("F111", kind=("苹果 Numbers 或 Pages 文件", "an Apple Numbers or Pages file"))
    if b"epub" in mimetype:
        raise Refused("F111", kind=("电子书", "an e-book"))
    if "classes.dex" in names or "meta-inf/manifest.mf" in names:
        raise Refused("F130", kind=("程序包", "a program"))


def _ole_kind(data: bytes) -> FileKind:
    if not data.startswith(_OLE):
        return "xls"
    found = set(_stream_names(data))
    for name, code, kind in _OLE_STREAMS:
        if name in found:
            if code is None:
                return "xls"
            raise Refused(code) if kind is None else Refused(code, kind=kind)
    raise Refused("F111", kind=("旧版 Office 文件，其中没有表格", "an old Office file without a workbook in it"))


def _stream_names(data: bytes) -> Iterator[str]:
    """Which of the known streams a compound file has; their names are compared without case."""
    upper = data.upper()  # UTF-16 of ASCII survives this
    for name, _, _ in _OLE_STREAMS:
        pattern = name.upper().encode("utf-16-le") + b"\0\0"
        start = upper.find(pattern)
        while start >= 0 and start % 128:  # entries of an OLE directory are 128 bytes long
            start = upper.find(pattern, start + 1)
        if start >= 0:
            yield name
