"""Files for the tests of reading, made byte by byte where no library writes them: xls, xlsb, ods, encrypted, broken."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

import numpy as np
from numpy.typing import NDArray

from starcheck.cells import Words
from starcheck.workbook import Cell, Sheet

_SECTOR = 512
_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def sheet_of(grid: str, *, merged: Sequence[str] = (), name: str | None = "6月", top: int = 0, left: int = 0) -> Sheet:
    """A sheet from a text grid: a line per row, ``|`` between cells; a cell of digits and a dot is a number."""
    rows = [[cell_of(cell.strip(" ")) for cell in line.split("|")] for line in grid.strip("\n").split("\n")]
    width = max(map(len, rows))
    for row in rows:
        row.extend([None] * (width - len(row)))
    return Sheet("台账.xlsx", name, rows, top, left, tuple(map(merge_of, merged)))


def cell_of(text: str) -> Cell:
    """A number, a text, or None for nothing."""
    if not text:
        return None
    return float(text) if text.replace(".", "", 1).isdecimal() and text.isascii() else text


def merge_of(reference: str) -> tuple[int, int, int, int]:
    """``B2:C5`` as rows and columns from 0."""
    (r1, c1), (r2, c2) = (_place(part) for part in reference.split(":"))
    return r1, c1, r2, c2


def _place(reference: str) -> tuple[int, int]:
    letters = reference.rstrip("0123456789")
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    return int(reference[len(letters) :]) - 1, column - 1


# --- compound files and xls


def compound_file(streams: Mapping[str, bytes]) -> bytes:
    """An OLE compound file of streams at the top level, each padded to the size below which mini sectors are used."""
    contents = {name: data.ljust(4096, b"\0") for name, data in streams.items()}
    counts = {name: -(-len(data) // _SECTOR) for name, data in contents.items()}
    directory_sectors = -(-(len(streams) + 1) // 4)
    fat = [_FAT]
    directory_start = len(fat)
    fat += [*range(directory_start + 1, directory_start + directory_sectors), _END]
    entries = [_entry("Root Entry", 5, _END, 0, child=1)]
    for number, (name, data) in enumerate(contents.items(), start=1):
        start = len(fat)
        fat += [*range(start + 1, start + counts[name]), _END]
        entries.append(_entry(name, 2, start, len(data), right=number + 1 if number < len(contents) else _FREE))
    assert len(fat) <= _SECTOR // 4, "one sector of the allocation table must do"
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<HHHHH6xIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, directory_start, 0, 4096, _END, 0, _END, 0)
    header += struct.pack("<I", 0) + struct.pack("<I", _FREE) * 108
    table = b"".join(struct.pack("<I", item) for item in fat).ljust(_SECTOR, b"\xff")
    directory = b"".join(entries).ljust(directory_sectors * _SECTOR, b"\0")
    body = b"".join(data.ljust(counts[name] * _SECTOR, b"\0") for name, data in contents.items())
    return header + table + directory + body


def small_compound_file(name: str, data: bytes) -> bytes:
    """An OLE compound file of one stream so small that it lies in sectors of 64 bytes."""
    count = -(-len(data) // 64)
    sectors = -(-count * 64 // _SECTOR)
    fat = [_FAT, _END, _END, *range(4, 3 + sectors), _END]
    small = [*range(1, count), _END]
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<HHHHH6xIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1, 0, 4096, 2, 1, _END, 0)
    header += struct.pack("<I", 0) + struct.pack("<I", _FREE) * 108
    tables = [b"".join(struct.pack("<I", item) for item in table).ljust(_SECTOR, b"\xff") for table in (fat, small)]
    entries = _entry("Root Entry", 5, 3, count * 64, child=1) + _entry(name, 2, 0, len(data))
    return header + tables[0] + entries.ljust(_SECTOR, b"\0") + tables[1] + data.ljust(sectors * _SECTOR, b"\0")


def _entry(name: str, kind: int, start: int, size: int, *, child: int = _FREE, right: int = _FREE) -> bytes:
    text = name.encode("utf-16-le") + b"\0\0"
    head = text.ljust(64, b"\0") + struct.pack("<HBBIII", len(text), kind, 1, _FREE, right, child)
    return head + bytes(36) + struct.pack("<III", start, size, 0)


def encrypted_xlsx() -> bytes:
    """What an xlsx with a password to open looks like from outside."""
    return compound_file({"EncryptionInfo": b"\4\0\4\0", "EncryptedPackage": bytes(100)})


def _record(kind: int, data: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def _text(text: str) -> bytes:
    return struct.pack("<HB", len(text), 1) + text.encode("utf-16-le")


_STYLES = {"General": 0, "0%": 1, "yyyy-mm-dd": 2, "missing": 99}


def biff(
    cells: Mapping[tuple[int, int], object],
    *,
    styles: Mapping[tuple[int, int], str] | None = None,
    hidden_rows: Iterable[int] = (),
    hidden_columns: Iterable[int] = (),
    merged: Sequence[tuple[int, int, int, int]] = (),
    visibility: int = 0,
    code_page: int = 1252,
    encrypted: bool = False,
    comments: Mapping[tuple[int, int], tuple[str, str]] | None = None,
    date_format: str | int = "yyyy-mm-dd",
    date1904: bool = False,
    defined_name: tuple[str, bytes] | None = None,
    formulas: Mapping[tuple[int, int], tuple[float | None, int]] | None = None,
    calculated: bool = False,
    build: int = 0x07CC0DBB,
) -> bytes:
    """The stream of a BIFF8 workbook of one sheet; texts, numbers, booleans and error words like ``#DIV/0!``.

    The code page is 1252 by default, as in real files whose texts are Chinese all the same. ``comments`` are author
    and text; ``date_format`` is a format of its own or the number of a built-in one; ``defined_name`` a word
    and the tokens of its formula. ``formulas`` are results, None for an empty text, and flags; ``calculated`` whether
    the program notes that it calculated, ``build`` which one it is.
    """
    errors = {"#NULL!": 0, "#DIV/0!": 7, "#VALUE!": 15, "#REF!": 23, "#NAME?": 29, "#NUM!": 36, "#N/A": 42}
    styles = styles or {}
    sheet = _record(0x809, struct.pack("<HHHHII", 0x600, 0x10, 0, 0, 0, 6))
    for column in hidden_columns:
        sheet += _record(0x7D, struct.pack("<HHHHHH", column, column, 2560, 15, 1, 0))
    for row in hidden_rows:
        sheet += _record(0x208, struct.pack("<HHHHHHI", row, 0, 256, 255, 0, 0, 0x20))
    for place, value in cells.items():
        head = struct.pack("<HHH", *place, 15 + _STYLES[styles.get(place, "General")])
        if value is None:
            sheet += _record(0x201, head)
        elif isinstance(value, bool):
            sheet += _record(0x205, head + struct.pack("<BB", value, 0))
        elif isinstance(value, int | float):
            sheet += _record(0x203, head + struct.pack("<d", value))
        elif value in errors:
            sheet += _record(0x205, head + struct.pack("<BB", errors[str(value)], 1))
        else:
            sheet += _record(0x204, head + _text(str(value)))
    for place, (result, flags) in (formulas or {}).items():
        stored = b"\3\0\0\0\0\0\xff\xff" if result is None else struct.pack("<d", result)
        head = struct.pack("<HHH", *place, 15)
        sheet += _record(0x06, head + stored + struct.pack("<HIH", flags, 0, 3) + b"\x1e\1\0")
    for number, (place, (author, text)) in enumerate((comments or {}).items(), start=1):
        sheet += _note(place, number, text, author)
    if merged:
        ranges = b"".join(struct.pack("<HHHH", r1, r2, c1, c2) for r1, c1, r2, c2 in merged)
        sheet += _record(0xE5, struct.pack("<H", len(merged)) + ranges)
    sheet += _record(0x0A)
    head = _record(0x809, struct.pack("<HHIII", 0x600, 5, build, 0, 6))
    if calculated:
        head += _record(0x1C1, struct.pack("<HHI", 0x1C1, 0, 1))
    if encrypted:
        head += _record(0x2F, struct.pack("<H", 1) + bytes(52))
    head += _record(0x42, struct.pack("<H", code_page))
    font = _record(0x31, struct.pack("<HHHHHBBBB", 200, 0, 0x7FFF, 400, 0, 0, 0, 134, 0) + b"\2\0ab")
    head += font * 4 + _record(0x22, struct.pack("<H", date1904))
    if isinstance(date_format, str):
        head += _record(0x41E, struct.pack("<H", 164) + _text(date_format))
    formats = [0] * 16 + [9, date_format if isinstance(date_format, int) else 164]
    for number, code in enumerate(formats):
        head += _record(0xE0, struct.pack("<HHHBBHHIIH", 0, code, 0xFFF5 if number < 15 else 1, 0x20, 0, 0, 0, 0, 0, 0))
    if defined_name is not None:
        word, formula = defined_name
        counts = struct.pack("<HBBHHHBBBB", 0, 0, len(word), len(formula), 0, 0, 0, 0, 0, 0)
        head += _record(0x18, counts + b"\1" + word.encode("utf-16-le") + formula)
    name = b"\1" + "6月".encode("utf-16-le")
    bound = len(_record(0x85, struct.pack("<IBBB", 0, visibility, 0, 2) + name)) + len(_record(0x0A))
    head += _record(0x85, struct.pack("<IBBB", len(head) + bound, visibility, 0, 2) + name) + _record(0x0A)
    return head + sheet


def _note(place: tuple[int, int], number: int, text: str, author: str) -> bytes:
    """A comment of BIFF8: the box, its text, and the cell it belongs to."""
    box = struct.pack("<HHHHH", 0x15, 0x12, 0x19, number, 0) + bytes(12) + struct.pack("<HH", 0, 0)
    wide = text.encode("utf-16-le")
    inner = struct.pack("<HHHHHHHH", 0, 0, 0, 0, 0, len(text), 16, 0) + bytes(2)
    runs = struct.pack("<HHI", 0, 0, 0) + struct.pack("<HHI", len(text), 0, 0)
    note = struct.pack("<HHHHH", *place, 0, number, len(author)) + b"\1" + author.encode("utf-16-le") + b"\0"
    body = _record(0x5D, box) + _record(0x1B6, inner) + _record(0x3C, b"\1" + wide) + _record(0x3C, runs)
    return body + _record(0x1C, note)


def xls(cells: Mapping[tuple[int, int], object], **settings: Any) -> bytes:
    """An xls: the stream of ``biff`` in a compound file."""
    return compound_file({"Workbook": biff(cells, **settings)})


# --- zipped workbooks


def packed(parts: Mapping[str, str | bytes], path: Path) -> Path:
    """A zip archive of these parts."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


def xlsx_parts(rows: str, *, prefix: str = "", before: str = "", after: str = "") -> dict[str, str | bytes]:
    """The parts of a minimal xlsx around the XML of its rows; style 1 is ``0%``, style 2 ``0.0``."""
    p = f"{prefix}:" if prefix else ""
    namespace = f'xmlns:{prefix}="{_MAIN}"' if prefix else f'xmlns="{_MAIN}"'
    worksheet = f"<{p}worksheet {namespace}>{before}<{p}sheetData>{rows}</{p}sheetData>{after}</{p}worksheet>"
    kinds = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    types = "".join(
        f'<Override PartName="/xl/{part}.xml" ContentType="{kinds}.{kind}+xml"/>'
        for part, kind in (("workbook", "sheet.main"), ("styles", "styles"), ("worksheets/sheet1", "worksheet"))
    )
    return {
        "[Content_Types].xml": f'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">{types}</Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}">'
        f'<Relationship Id="r1" Type="{_RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}">'
        '<sheets><sheet name="6月" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}">'
        f'<Relationship Id="r1" Type="{_RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="r2" Type="{_RELATIONS}/styles" Target="/xl/styles.xml"/></Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}"><numFmts count="2"><numFmt numFmtId="164" formatCode="0.0"/>'
        '<numFmt numFmtId="165" formatCode="0&quot;%&quot;"/></numFmts><cellXfs count="4"><xf numFmtId="0"/>'
        '<xf numFmtId="9"/><xf numFmtId="164"/><xf numFmtId="165"/></cellXfs></styleSheet>',
        "xl/worksheets/sheet1.xml": worksheet,
    }


def dated_xlsx(path: Path, rows: str, number_format: str | int, *, date1904: bool = False) -> Path:
    """A minimal xlsx whose style 1 is a format of its own or a built-in one by its number."""
    parts = xlsx_parts(rows)
    code = number_format if isinstance(number_format, int) else 170
    own = "" if isinstance(number_format, int) else f"<numFmt numFmtId='170' formatCode={quoteattr(number_format)}/>"
    styles = f'<cellXfs><xf numFmtId="0"/><xf numFmtId="{code}"/></cellXfs></styleSheet>'
    parts["xl/styles.xml"] = f'<styleSheet xmlns="{_MAIN}"><numFmts>{own}</numFmts>{styles}'
    if date1904:
        book = str(parts["xl/workbook.xml"])
        parts["xl/workbook.xml"] = book.replace("<sheets>", '<workbookPr date1904="1"/><sheets>')
    return packed(parts, path)


def xlsx(path: Path, rows: str, *, prefix: str = "", before: str = "", after: str = "") -> Path:
    """A minimal xlsx around the XML of its rows."""
    return packed(xlsx_parts(rows, prefix=prefix, before=before, after=after), path)


_ODS_HEAD = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0">'
    "<office:body><office:spreadsheet>"
)


def ods(path: Path, table: str, *, encrypted: bool = False) -> Path:
    """A minimal OpenDocument spreadsheet around the XML inside its one table."""
    entry = '<manifest:file-entry manifest:full-path="content.xml">'
    entry += "<manifest:encryption-data/>" if encrypted else ""
    parts: dict[str, str | bytes] = {
        "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
        "META-INF/manifest.xml": "<manifest:manifest "
        'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        f"{entry}</manifest:file-entry></manifest:manifest>",
        "content.xml": f'{_ODS_HEAD}<table:table table:name="6月">{table}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>",
    }
    return packed(parts, path)


def _brt(kind: int, data: bytes = b"") -> bytes:
    number = bytes([kind]) if kind < 0x80 else bytes([kind & 0x7F | 0x80, kind >> 7])
    length, size = b"", len(data)
    while True:
        length += bytes([size & 0x7F | (0x80 if size > 0x7F else 0)])
        size >>= 7
        if not size:
            return number + length + data


def _wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def xlsb(
    path: Path,
    cells: Mapping[tuple[int, int], object],
    *,
    hidden_row: int = -1,
    percent: Iterable[object] = (),
    comments: Mapping[tuple[int, int], tuple[str, str]] | None = None,
    number_format: str | int = "0.0%",
    date1904: bool = False,
) -> Path:
    """A minimal xlsb of one sheet: texts, numbers, and error cells written as ``bytes`` of one error code.

    The cells of ``percent`` have ``number_format``, which may be the number of a built-in one.
    """
    percent = set(percent)
    last_row, last_column = max(row for row, _ in cells), max(column for _, column in cells)
    body = _brt(129) + _brt(148, struct.pack("<IIII", 0, last_row, 0, last_column))
    body += _brt(390) + _brt(60, struct.pack("<IIIIH", 2, 2, 2560, 0, 1)) + _brt(391) + _brt(145)
    for row in sorted({row for row, _ in cells}):
        flags = 0x10 if row == hidden_row else 0
        body += _brt(0, struct.pack("<IIHBBBI", row, 0, 300, 0, flags, 0, 0))
        for (at, column), value in sorted(cells.items(), key=lambda item: item[0]):
            if at == row:
                head = struct.pack("<II", column, 1 if (at, column) in percent else 0)
                match value:
                    case bytes():
                        body += _brt(3, head + value)
                    case str():
                        body += _brt(6, head + _wide(value))
                    case int() | float():
                        body += _brt(5, head + struct.pack("<d", value))
    body += (
        _brt(146)
        + _brt(177, struct.pack("<I", 1))
        + _brt(176, struct.pack("<IIII", 1, 2, 0, 0))
        + _brt(178)
        + _brt(130)
    )
    code = number_format if isinstance(number_format, int) else 164
    own = b"" if isinstance(number_format, int) else _brt(44, struct.pack("<H", 164) + _wide(number_format))
    own = _brt(615, struct.pack("<I", 1)) + own + _brt(616) if own else b""
    styles = _brt(278) + own + _brt(617, struct.pack("<I", 2))
    styles += _brt(47, struct.pack("<HHHHHHHH", 0, 0, 0, 0, 0, 0, 0, 0)) + _brt(
        47, struct.pack("<HHHHHHHH", 0, code, 0, 0, 0, 0, 0, 0)
    )
    styles += _brt(618) + _brt(279)
    book = (
        _brt(131)
        + _brt(153, struct.pack("<III", date1904, 0, 0))
        + _brt(143)
        + _brt(156, struct.pack("<II", 0, 1) + _wide("r1") + _wide("6月"))
        + _brt(144)
        + _brt(132)
    )
    parts = xlsx_parts("")
    for name in ("xl/workbook.xml", "xl/styles.xml", "xl/worksheets/sheet1.xml", "xl/_rels/workbook.xml.rels"):
        del parts[name]
    parts["_rels/.rels"] = str(parts["_rels/.rels"]).replace("workbook.xml", "workbook.bin")
    parts["xl/_rels/workbook.bin.rels"] = (
        f'<Relationships xmlns="{_PACKAGE}">'
        f'<Relationship Id="r1" Type="{_RELATIONS}/worksheet" Target="worksheets/sheet1.bin"/>'
        f'<Relationship Id="r2" Type="{_RELATIONS}/styles" Target="styles.bin"/></Relationships>'
    )
    if comments:
        authors = sorted({author for author, _ in comments.values()})
        said = _brt(628) + _brt(630) + b"".join(_brt(632, _wide(author)) for author in authors) + _brt(631) + _brt(633)
        for (row, column), (author, text) in comments.items():
            said += _brt(635, struct.pack("<5I", authors.index(author), row, row, column, column) + bytes(16))
            said += _brt(637, b"\0" + _wide(text)) + _brt(636)
        parts["xl/comments1.bin"] = said + _brt(634) + _brt(629)
        parts["xl/worksheets/_rels/sheet1.bin.rels"] = (
            f'<Relationships xmlns="{_PACKAGE}">'
            f'<Relationship Id="r1" Type="{_RELATIONS}/comments" Target="../comments1.bin"/></Relationships>'
        )
    return packed(parts | {"xl/workbook.bin": book, "xl/styles.bin": styles, "xl/worksheets/sheet1.bin": body}, path)


def cells_of(column: NDArray[np.float64] | Words) -> list[Any]:
    """A column of a large CSV as plain values, None where it is blank."""
    if isinstance(column, Words):
        return list(column.cells())
    return [None if np.isnan(value) else value for value in column.tolist()]
