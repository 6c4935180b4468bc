"""Zipped workbooks (xlsx, xlsm, xlsb, ods): the cells through calamine, and a light pass for what it drops.

calamine is fast and reads dates and damaged packages right, but gives a blank for an error cell and for a formula
without a stored value, and knows neither number formats nor hidden rows. The pass recovers them from the parts of the
package with regular expressions over bytes, at a fraction of the cost of reading the cells.
"""

from __future__ import annotations

import codecs
import datetime as dt
import html
import io
import os
import posixpath
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.parsers import expat

from starcheck.cells import (
    UNCALCULATED,
    Cell,
    CellError,
    FileKind,
    Limits,
    Outcome,
    Place,
    Refused,
    Rows,
    Sheet,
    Source,
    Visibility,
    Workbook,
    column_letters,
    comment_text,
    damaged,
    mark_error_texts,
    no_comments,
    no_formats,
    stretch_without,
    too_long,
    too_many_sheets,
)
from starcheck.diagnostic import Diagnostic, Location
from starcheck.number_format import bare_format, shown_number, shows_percent, shows_unit

if TYPE_CHECKING:
    from concurrent.futures import Future

_LARGE_PART = 4 << 20
_PROLOG = 1 << 16
_DIGITS = 10
_FEW_STRINGS = 1 << 20
_TAG_LENGTH = 2000
"""How far back a tag may begin. Patterns look no further than that either: else broken XML costs its square."""
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def plain_name(name: str) -> str:
    """The name of a part as it is compared: without case, with forward slashes."""
    return name.replace("\\", "/").lstrip("/").casefold()


def overlapping(members: Collection[zipfile.ZipInfo]) -> bool:
    """Whether members of an archive share bytes, as in bombs that unpack the same ones over and over."""
    end = 0
    for start, size in sorted((member.header_offset, member.compress_size) for member in members):
        if start < end:
            return True
        end = start + 30 + size  # the local header, at least
    return False


class _Package:
    """The parts of a zipped workbook. Sizes are proved by unpacking, not believed."""

    def __init__(self, data: bytes, limits: Limits) -> None:
        self._data = data
        self._limits = limits
        with zipfile.ZipFile(io.BytesIO(data)) as archive:  # its directory was read before, when it was recognised
            self._members = {plain_name(member.filename): member for member in archive.infolist()}
        self._ahead: dict[str, Future[bytes]] = {}
        if overlapping(self._members.values()):
            raise Refused("F131", reason=("里面的部件互相重叠", "its parts overlap"))
        unpacked = sum(member.file_size for member in self._members.values())
        if unpacked > max(limits.ratio_from, limits.ratio * len(data)):
            raise _bomb(unpacked, len(data))
        if unpacked > limits.unpacked_bytes:
            size = f"{limits.unpacked_bytes >> 20:,} MB"
            raise Refused("F112", reason=(f"解压后超过 {size}", f"over {size} unpacked"))

    def __contains__(self, name: str) -> bool:
        return plain_name(name) in self._members

    def names(self) -> Iterator[str]:
        return iter(self._members)

    def unpack_ahead(self, names: Iterable[str]) -> None:
        """Unpack large parts on the other processor, while calamine reads: zlib lets go of the interpreter."""
        sizes = ((name, self._members[plain_name(name)].file_size) for name in names if name in self)
        large = [name for name, size in sizes if size > _LARGE_PART]
        if not large:
            return
        from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - large workbooks only

        pool = ThreadPoolExecutor(1)
        self._ahead = {plain_name(name): pool.submit(self._unpacked, name) for name in large}
        pool.shutdown(wait=False)

    def part(self, name: str) -> bytes:
        """The unpacked bytes of a part, empty where there is none."""
        begun = self._ahead.pop(plain_name(name), None)
        return self._unpacked(name) if begun is None else begun.result()

    def packed_with(self, parts: Mapping[str, bytes]) -> bytes:
        """The package anew with some parts in place of its own, without those that hold no cells."""
        instead = {plain_name(name): content for name, content in parts.items()}
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as archive:
            for name, member in self._members.items():
                if name in instead or name.endswith((".xml", ".rels")):
                    archive.writestr(member.filename, instead[name] if name in instead else self._unpacked(name))
        return stream.getvalue()

    def _unpacked(self, name: str) -> bytes:
        member = self._members.get(plain_name(name))
        if member is None:
            return b""
        head = self._data[member.header_offset : member.header_offset + 30]
        if len(head) < 30 or not head.startswith(b"PK\x03\x04"):  # noqa: PLR2004 - the local header's length
            raise Refused("F106", reason=member.filename)
        start = member.header_offset + 30 + sum(struct.unpack_from("<HH", head, 26))
        packed = memoryview(self._data)[start : start + member.compress_size]
        if member.compress_type == zipfile.ZIP_STORED:
            return bytes(packed)
        if member.compress_type != zipfile.ZIP_DEFLATED:
            raise Refused("F106", reason=member.filename)
        inflater = zlib.decompressobj(-15)
        try:
            content = inflater.decompress(packed, member.file_size + 1)
        except zlib.error as error:
            raise Refused("F106", reason=f"{member.filename}: {error}") from error
        if len(content) > member.file_size:
            raise _bomb(len(content), len(packed))
        if content.startswith(_UTF16_MARKS) and not name.endswith(".bin"):  # calamine would give blanks for it
            raise Refused("F106", reason=(f"{member.filename} 用了 UTF-16", f"{member.filename} is in UTF-16"))
        if b"<!ENTITY" in content[:_PROLOG]:
            reason = f"{member.filename} 里定义了实体", f"{member.filename} declares entities"
            raise Refused("F131", reason=reason)
        return content


def _bomb(unpacked: int, packed: int) -> Refused:
    times = unpacked // max(packed, 1)
    size = f"{unpacked / (1 << 20):.0f} MB"
    return Refused("F131", reason=(f"解压后 {size}，是文件的 {times} 倍", f"{size} unpacked, {times} times the file"))


def _too_many(limits: Limits) -> Refused:
    return Refused("F132", reason=(f"超过 {limits.cells:,} 格", f"more than {limits.cells:,} cells"))


def _scattered(column: int, row: int) -> Refused:
    far = f"{column_letters(column)}{row + 1}"
    return Refused("F132", reason=(f"有内容的单元格一直散布到 {far}", f"cells are scattered as far as {far}"))


def _attribute(tag: bytes, name: bytes) -> str | None:
    found = re.search(rb"(?<![\w:])" + name + rb"""\s*=\s*(?:"([^"]*)"|'([^']*)')""", tag)
    return None if found is None else html.unescape((found[1] or found[2] or b"").decode("utf-8", "replace"))


def _integer(text: str | None) -> int:
    return int(text) if text is not None and text.isdecimal() and len(text) < _DIGITS else 0


def _relations(package: _Package, path: str) -> dict[str, tuple[str, str]]:
    folder, base = posixpath.split(path)
    xml = package.part(posixpath.join(folder, "_rels", f"{base}.rels"))
    relations = {}
    for tag in re.findall(rb"<(?:\w+:)?Relationship\s[^<>]*>", xml):
        target = (_attribute(tag, b"Target") or "").replace("\\", "/")
        target = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
        relations[_attribute(tag, b"Id") or ""] = ((_attribute(tag, b"Type") or "").rpartition("/")[2], target)
    return relations


# --- the light pass


@dataclass(slots=True)
class Lost:
    """What calamine does not give of a sheet. Hidden rows and columns come as inclusive ranges."""

    cells: dict[Place, Cell] = field(default_factory=dict)
    shown: Iterable[tuple[Place, str]] = ()
    """Cells of numbers whose format says more than the digits, as a percentage or a unit, and the format."""
    merged: tuple[tuple[int, int, int, int], ...] = ()
    hidden_rows: list[Place] = field(default_factory=list)
    hidden_columns: list[Place] = field(default_factory=list)
    error_texts: bool = True
    formats: Callable[[Collection[Place]], dict[Place, str]] = no_formats
    comments: Callable[[], dict[Place, str]] = no_comments


_YES = ("1", "true")
_NO_DIMENSION = re.compile(rb"<(?:\w+:)?dimension\s[^<>]*>(?:</(?:\w+:)?dimension>)?")
_NO_PART = re.compile(rb'<(?:\w+:)?sheet\s(?=[^<>]{0,1000}\s(?:\w+:)?id="")[^<>]*>(?:</(?:\w+:)?sheet>)?')
_NO_STATE = re.compile(rb'(<(?:\w+:)?sheet\s[^<>]{0,1000}?)\sstate="(?!(?:visible|hidden|veryHidden)")[^"<>]*"')


class _Xlsx:
    """The light pass over the XML of an xlsx or xlsm package."""

    def __init__(self, package: _Package, limits: Limits) -> None:
        self._package = package
        self._limits = limits
        book = next((target for kind, target in _relations(package, "").values() if kind == "officeDocument"), None)
        book = book if book and book in package else "xl/workbook.xml"
        self._book = book
        relations = _relations(package, book)
        tags = re.findall(rb"<(?:\w+:)?sheet\s[^<>]*>", package.part(book))
        self._paths = [relations.get(_attribute(tag, rb"(?:\w+:)?id") or "", ("", ""))[1] for tag in tags]
        self._names = [_attribute(tag, b"name") for tag in tags]
        properties = re.search(rb"<(?:\w+:)?workbookPr\s[^<>]*>", package.part(book))
        self.date1904 = properties is not None and _attribute(properties[0], b"date1904") in _YES
        calculation = re.search(rb"<(?:\w+:)?calcPr\s[^<>]*>", package.part(book))
        self._to_be_calculated = calculation is not None and _attribute(calculation[0], b"fullCalcOnLoad") in _YES
        targets = dict(relations.values())
        self._formats = _cell_formats(package.part(targets.get("styles", "xl/styles.xml")))
        special = [str(number).encode() for number in _special(self._formats)]
        self._special = re.compile(rb' s="(' + b"|".join(special) + rb')"[^<>]{0,1000}>') if special else None
        package.unpack_ahead(self._paths)
        self._commented = any("comment" in name for name in package.names())
        # unpacked here, before calamine sees it: its size is proved by that
        shared = package.part(targets.get("sharedStrings", "xl/sharedStrings.xml"))
        self._error_texts = b"#" in shared
        if stretch_without(shared, b"<", limits.cell_length) >= 0:
            raise too_long(limits)
        counts = re.findall(rb"uniqueCount\s*=\s*[\"']\+?(\d+)", shared[: shared.find(b"<si")][:_PROLOG])
        most = max(len(shared) // len(b"<si/>"), _FEW_STRINGS)
        if any(len(count) > _DIGITS or int(count) > most for count in counts):
            raise damaged()  # calamine would ask for as much memory, and abort

    def _place_of(self, index: int, name: str) -> int:
        """Where a sheet stands in the workbook, by its name if calamine counts otherwise."""
        if index < len(self._names) and self._names[index] == name:
            return index
        return self._names.index(name) if name in self._names else index

    def mended(self) -> bytes | None:
        """The package without what calamine trips over and no cell depends on; None where there is none of it.

        That are used ranges and merges without columns (``1:4``), as LibreOffice wrote them for whole rows, and a word
        for the visibility of a sheet that is none; and modules of old macros, listed as sheets that have no part.
        """
        parts = {self._book: _NO_PART.sub(b"", _NO_STATE.sub(rb"\1", self._package.part(self._book)))}
        for path in filter(None, self._paths):
            before, begun, after = _NO_DIMENSION.sub(b"", self._package.part(path)).partition(b"<mergeCells")
            parts[path] = before + after.partition(b"</mergeCells>")[2] if begun else before
        if all(self._package.part(path) == xml for path, xml in parts.items()):
            return None
        return self._package.packed_with(parts)

    @cached_property
    def _only_zeros(self) -> bool:
        """Whether all formulas show 0 in a workbook that asks to be calculated when it is opened.

        Programs that do not calculate (XlsxWriter, PhpSpreadsheet) write such; spreadsheets drop the wish as they save.
        """
        if not self._to_be_calculated:
            return False
        parts = map(self._package.part, self._paths)
        return all(result[1] == b"0" for xml in parts for result in _tags(xml).result.finditer(xml))

    def _xml(self, index: int, name: str) -> bytes:
        index = self._place_of(index, name)
        xml = self._package.part(self._paths[index]) if index < len(self._paths) else b""
        if re.search(rb"<(?:\w+:)?c\s+\w+='", xml[:20_000]):
            xml = xml.replace(b"'", b'"')
        return xml

    def sheet(self, index: int, name: str) -> Lost:
        xml = self._xml(index, name)
        tags = _tags(xml)
        _refuse_far_cells(xml, tags, self._limits)
        lost = Lost(error_texts=self._error_texts or b"#" in xml)
        if b't="e"' in xml:
            for cell in tags.error.finditer(xml):
                lost.cells[tags.place(xml, cell.start() + len(tags.cell_start))] = CellError(
                    (cell[1] or b"#N/A").decode("utf-8", "replace").strip()
                )
        if any(begin in xml for begin in tags.formula):
            for cell in tags.unstored.finditer(xml):
                if b't="str"' not in cell[1] or cell[2].startswith(b"</"):
                    lost.cells[tags.place(xml, cell.start() + len(tags.cell_start))] = UNCALCULATED
            if self._only_zeros:
                for cell in tags.result.finditer(xml):
                    lost.cells[tags.place(xml, cell.start(1))] = UNCALCULATED
        if self._special is not None:
            lost.shown = (
                (tags.place(xml, at.start()), self._formats[int(at[1])])
                for at in self._special.finditer(xml)
                if tags.in_cell(xml, at)
            )
        end = max(xml.rfind(b"sheetData"), 0)
        merges = re.findall(rb'mergeCell\s[^<>]{0,200}?ref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"', xml[end:])
        lost.merged = tuple((int(r1) - 1, _number(c1), int(r2) - 1, _number(c2)) for c1, r1, c2, r2 in merges)
        if b"hidden=" in xml:
            for tag in tags.hidden_row.findall(xml):
                row = _integer(_attribute(tag, b"r")) - 1
                lost.hidden_rows.append((row, row))
            for tag in re.findall(
                rb'col\s[^<>]{0,1000}\bhidden="(?:1|true)"[^<>]{0,1000}>', xml[: xml.find(b"sheetData")]
            ):
                ends = _integer(_attribute(tag, b"min")) - 1, _integer(_attribute(tag, b"max")) - 1
                lost.hidden_columns.append(ends)
        if any("0" in bare_format(code) or "#" in bare_format(code) for code in self._formats):
            lost.formats = lambda cells: self._number_formats(self._xml(index, name), cells)
        if self._commented:
            lost.comments = lambda: self._comments(self._place_of(index, name))
        return lost

    def _comments(self, index: int) -> dict[Place, str]:
        """The comments of a sheet; of a conversation (threaded comment) all that was said, not the hint beside it."""
        try:
            parts = dict(_relations(self._package, self._paths[index]).values()) if index < len(self._paths) else {}
            plain = self._package.part(parts.get("comments", ""))
            threads = self._package.part(parts.get("threadedComment", ""))
        except Refused:  # a damaged part on which no cell depends
            return {}
        authors = [_inner_text(author) for _, author in _elements(plain, b"author")]
        found: dict[Place, str] = {}
        for tag, body in _elements(plain, b"comment"):
            author = _integer(_attribute(tag, b"authorId"))
            _say(found, tag, _inner_text(body), authors[author] if author < len(authors) else "")
        said: dict[Place, list[str]] = {}
        for tag, body in _elements(threads, b"threadedComment"):
            words: dict[Place, str] = {}
            _say(words, tag, _inner_text(body), "")
            for place, text in words.items():
                said.setdefault(place, []).append(text)
        return found | {place: "；".join(texts) for place, texts in said.items()}

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


def _elements(xml: bytes, name: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Attributes and content of each element of a name; one that never ends costs no search of the rest."""
    opening = re.compile(rb"<(?:\w+:)?" + name + rb"(?=[\s>])([^<>]*)>")
    for piece in re.split(rb"</(?:\w+:)?" + name + rb"\s*>", xml)[:-1]:
        begun = opening.search(piece)
        if begun is not None:
            yield begun[1], piece[begun.end() :]


_TAG = re.compile(r"<[^<>]*>")


def _inner_text(xml: bytes) -> str:
    """The words inside some XML, entities read."""
    pieces = re.split(rb"</(?:\w+:)?rPh>", xml)
    spoken = [re.split(rb"<(?:\w+:)?rPh\b", piece, maxsplit=1)[0] for piece in pieces[:-1]]
    return html.unescape(_TAG.sub("", b"".join((*spoken, pieces[-1])).decode("utf-8", "replace")))


def _say(found: dict[Place, str], tag: bytes, text: str, author: str) -> None:
    """Note a comment by the cell its tag refers to, unless it says nothing."""
    reference = re.fullmatch(r"([A-Z]{1,3})(\d{1,7})(?::.*)?", _attribute(tag, b"ref") or "")
    words = comment_text(text, author)
    if reference is not None and words:
        found[int(reference[2]) - 1, _number(reference[1].encode())] = words


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
        self.formula = (b"</" + prefix + b"f>", b"<" + prefix + b"f/", b"<" + prefix + b"f ")
        p = {b"P": re.escape(prefix), b"A": rb"[^<>]{0,1000}"}
        f = rb"<%(P)sf\b(?:[^<>]*/>|[^<>]*>[^<]*</%(P)sf>)" % p
        self.error = re.compile(
            rb'<%(P)sc %(A)s\bt="e"%(A)s>(?:\s*%(F)s)?(?:\s*<%(P)sv%(A)s>([^<]*)<)?' % (p | {b"F": f})
        )
        self.unstored = re.compile(
            rb"<%(P)sc((?:\s[^<>]*)?)>\s*%(F)s\s*(</%(P)sc>|<%(P)sv\s*/>|<%(P)sv\s*></)" % (p | {b"F": f})
        )
        self.result = re.compile(rb"%(F)s\s*<%(P)sv%(A)s>([^<]*)<" % (p | {b"F": f}))
        self.row = re.compile(rb'<%(P)srow %(A)s?\br="(\d{1,7})"' % p)
        self.hidden_row = re.compile(rb'<%(P)srow %(A)s\bhidden="(?:1|true)"%(A)s>' % p)
        self.filled = re.compile(rb'<%(P)sc %(A)s?\br="([A-Z]{1,3})(\d{1,7})"(?:%(A)s[^/<>])?>(?!</)' % p)
        self.reference = re.compile(rb'\br="([A-Z]{1,3})(\d{1,7})"')

    def in_cell(self, xml: bytes, attribute: re.Match[bytes]) -> bool:
        """Whether an attribute is a cell's, not a row's."""
        at = attribute.start()
        return xml.startswith(self.cell_start + b" ", max(xml.rfind(b"<", max(at - _TAG_LENGTH, 0), at), 0))

    def place(self, xml: bytes, inside: int) -> Place:
        """Where the cell stands that begins before ``inside``; without a reference it is counted along its row."""
        start = xml.rfind(self.cell_start, 0, inside)
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


_ODD = (b"'", b"\t", b"\n", b"\r", b"r =", b"r= ")
"""Nothing a spreadsheet program puts between the cells it writes; where it occurs, references are looked at closely."""
_UNUSUAL = re.compile(rb' r="(?![A-Z]{0,3}\d{1,7}")')
"""A reference that no spreadsheet program writes. The literal it begins with makes the search ten times as fast."""
_BEYOND = re.compile(rb"(?<![\w:.-])r\s*=\s*[\"'](?:[A-Za-z]{4}|[A-Za-z]{0,3}\d{8}|[^\"']{11})")
"""The address of a cell or row that no sheet has: calamine would ask for as much memory, and abort the process."""


def _refuse_far_cells(xml: bytes, tags: _Tags, limits: Limits) -> None:
    """Refuse a sheet whose used rectangle is mostly blank and huge: one stray cell in its far corner fills the memory.

    Of a long sheet the exact extent is looked for only when some cell lies further right than a well filled one would
    reach: that costs a tenth.
    """
    if len(xml) > 4 * limits.cells and xml.count(tags.cell_start + b" ") > limits.cells:  # four bytes at the least
        raise _too_many(limits)
    if stretch_without(xml, b"<", limits.cell_length) >= 0:
        raise too_long(limits)
    height = max(map(int, tags.row.findall(xml)), default=1)
    area = limits.spare_cells + len(xml) // 4
    first, *others = column_letters(max(area // max(height, 1) - 1, 0)).encode()
    beyond = rb"[A-Z]{%d,3}" % min(len(others) + 2, 3)
    if first < ord("Z"):
        beyond += rb"|[%c-Z][A-Z]{%d}" % (first + 1, len(others))
    start, end = max(xml.find(b"sheetData"), 0), max(xml.rfind(b"sheetData"), 0)
    usual = all(xml.find(odd, start, end) < 0 for odd in _ODD) and not _UNUSUAL.search(xml, start, end)
    if not usual and _BEYOND.search(xml, start, end):
        raise Refused("F132", reason=("有单元格的地址在表格之外", "a cell is addressed beyond any sheet"))
    if len(xml) > 1 << 20 and usual and not re.search(rb' r="(?:' + beyond + rb")\d", xml):
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
        for tag in re.findall(rb"<(?:\w+:)?numFmt\s[^<>]*>", styles.partition(b"dxfs")[0])
    }
    styles = styles.partition(b"cellXfs")[2].partition(b"cellXfs>")[0]
    codes = [_integer(_attribute(tag, b"numFmtId")) for tag in re.findall(rb"<(?:\w+:)?xf\b[^<>]*>", styles)]
    return [own.get(code) or _BUILT_IN.get(code, "General") for code in codes]


def _special(formats: Sequence[str]) -> dict[int, str]:
    """The styles, by number, whose formats say more than the digits: a percentage or a unit."""
    special = {code for code in set(formats) if shows_percent(code) or shows_unit(code)}
    return {number: code for number, code in enumerate(formats) if code in special}


class _Ods:
    """The light pass over content.xml of an OpenDocument spreadsheet, which writes its dates out."""

    date1904 = False

    def __init__(self, package: _Package, limits: Limits) -> None:
        if b"encryption-data" in package.part("META-INF/manifest.xml"):
            raise Refused("F105")
        self._limits = limits
        content = package.part("content.xml")
        if stretch_without(content, b"<", limits.cell_length) >= 0:
            raise too_long(limits)
        try:  # calamine loops for ever on some XML that is not well-formed
            expat.ParserCreate().Parse(content, True)
        except (expat.ExpatError, LookupError) as error:
            raise damaged(str(error)) from error
        self._formats = _ods_formats(content, package.part("styles.xml"))
        self._sheets = [self._table(xml) for xml in content.split(b"<table:table ")[1:]]

    def sheet(self, index: int, _name: str) -> Lost:
        return self._sheets[index] if index < len(self._sheets) else Lost()

    def _table(self, xml: bytes) -> Lost:
        lost = Lost()
        if b"<office:annotation" in xml:
            whole, xml = xml, _ANNOTATION.sub(b"", xml)
            lost.comments = lambda: _annotations(whole)
        merged: list[tuple[int, int, int, int]] = []
        shown: list[tuple[Place, str]] = []
        of_columns: list[tuple[int, bytes]] = []
        of_row = b""
        row = column = declared = filled = width = last = 0
        height = 1
        for tag in _ODS_TAGS.finditer(xml):
            kind, attributes = tag[1], tag[2]
            if kind == b"row":
                row, column = row + height, 0
                height = _count(attributes, b"rows-repeated")
                if self._formats:
                    of_row = _style_named(attributes, b"default-cell-style-name")
                if b'visibility="' in attributes and b'visibility="visible"' not in attributes:
                    lost.hidden_rows.append((row - 1, row + height - 2))
                continue
            times = _count(attributes, b"columns-repeated")
            if kind == b"column":
                if b'visibility="' in attributes and b'visibility="visible"' not in attributes:
                    lost.hidden_columns.append((declared, declared + times - 1))
                declared += times
                if self._formats:
                    of_columns.append((declared, _style_named(attributes, b"default-cell-style-name")))
                continue
            at, column = column, column + times
            if b"value-type=" in attributes or b"formula=" in attributes:
                filled += times * height
                width, last = max(width, column), row + height - 1
                if filled > self._limits.cells:
                    raise _too_many(self._limits)
                if width * last > self._limits.spare_cells + 8 * filled:
                    raise _scattered(width - 1, last - 1)
                places = ((r, c) for r in range(row - 1, row + height - 1) for c in range(at, column))
                error = _ods_error(attributes, xml[tag.end() : tag.end() + 200])
                if error is not None:
                    lost.cells.update(dict.fromkeys(places, error))
                elif b'value-type="percentage"' in attributes:
                    shown.extend((place, "0%") for place in places)
                elif b'value-type="time"' in attributes:
                    if (long := _ods_stretch(attributes)) is not None:
                        lost.cells.update(dict.fromkeys(places, long))
                elif b"value-type=" not in attributes:
                    lost.cells.update(dict.fromkeys(places, UNCALCULATED))
                elif self._formats and b'value-type="string"' not in attributes:
                    style = _style_named(attributes, b"style-name") or of_row
                    for place in places:
                        own = style or next((name for end, name in of_columns if place[1] < end), b"")
                        if own in self._formats:
                            shown.append((place, self._formats[own]))
            if b"spanned=" in attributes:
                down, right = _count(attributes, b"rows-spanned"), _count(attributes, b"columns-spanned")
                if down * right > 1:
                    merged.append((row - 1, at, row + down - 2, at + right - 1))
        lost.shown, lost.merged = shown, tuple(merged)
        return lost


def _style_named(attributes: bytes, name: bytes) -> bytes:
    """The style that an attribute names, nothing where there is none."""
    if name not in attributes:
        return b""
    found = re.search(rb"(?<![\w-])" + name + rb'="([^"]*)"', attributes)
    return found[1] if found is not None else b""


_ODS_STYLE = re.compile(rb'<style:style (?=[^<>]{0,1000}style:family="table-cell")([^<>]*)>')
_ODS_FORMAT_PART = re.compile(
    rb"<number:(text|currency-symbol)\b[^<>]*>([^<]*)<|<number:(number|fraction|scientific-number)\b([^<>]*?)(/?)>"
    rb'|<number:embedded-text\b[^<>]*position="(\d{1,2})"[^<>]*>([^<]*)<'
)


def _ods_formats(*parts: bytes) -> dict[bytes, str]:
    """The cell styles whose number format writes a unit, each with its format as the other workbooks write it.

    A style without a format of its own has that of its parent. Percentages say so at every cell.
    """
    codes: dict[bytes, str] = {}
    conditions: dict[bytes, list[tuple[str, bytes]]] = {}
    for attributes, body in (
        found for part in parts for kind in (b"number-style", b"currency-style") for found in _elements(part, kind)
    ):
        name = _style_named(attributes, b"name")
        codes[name] = _ods_code(body)
        conditions[name] = [
            (_style_named(map_, b"condition").decode("utf-8", "replace"), _style_named(map_, b"apply-style-name"))
            for map_ in re.findall(rb"<style:map\b([^<>]*)>", body)
        ]
    whole = {
        name: ";".join(
            [
                *(
                    f"[{html.unescape(condition).removeprefix('value()')}]{codes.get(other, 'General')}"
                    for condition, other in conditions[name]
                ),
                code,
            ]
        )
        for name, code in codes.items()
    }
    units = {name: code for name, code in whole.items() if shows_unit(code)}
    if not units:
        return {}
    styles = {
        _style_named(style, b"name"): (
            _style_named(style, b"data-style-name"),
            _style_named(style, b"parent-style-name"),
        )
        for part in parts
        for style in _ODS_STYLE.findall(part)
    }
    found_codes: dict[bytes, str] = {}
    for name in styles:
        style, seen = name, set[bytes]()
        while style in styles and not styles[style][0] and style not in seen:
            seen.add(style)
            style = styles[style][1]
        own = styles.get(style, (b"", b""))[0]
        if own in units:
            found_codes[name] = units[own]
    return found_codes


def _ods_code(body: bytes) -> str:
    """A number format of an OpenDocument file as a code: its texts quoted, its digits, what they are divided by."""
    pieces: list[str] = []
    for part in _ODS_FORMAT_PART.finditer(body):
        if part[1]:
            pieces.append('"' + html.unescape(part[2].decode("utf-8", "replace")).replace('"', "") + '"')
        elif part[3]:
            factor = re.search(rb'display-factor="(10*)"', part[4])
            places = re.search(rb'(?<!min-)decimal-places="(\d{1,2})"', part[4])
            decimals = "." + "0" * int(places[1]) if places is not None and int(places[1]) else ""
            pieces.append("0" + decimals + "," * ((len(factor[1]) - 1) // 3 if factor else 0))
        elif part[6]:
            embedded = html.unescape(part[7].decode("utf-8", "replace")).replace('"', "")
            digits = pieces.pop() if pieces else "0"
            pieces.append(f'0"{embedded}"{"0" * int(part[6])}{digits[1:]}')
    return "".join(pieces)


_ODS_ERROR = re.compile(r"#(?:DIV/0!|REF!|N/A|VALUE!|NAME\?|NUM!|NULL!)|Err:\d{3}")
"""What a failed formula shows; older programs store a zero or an empty text behind it."""
_ODS_STRETCH = re.compile(rb'time-value="(-?)PT(\d{1,9})H(\d\d)M(\d\d(?:\.\d{1,20})?)S"')


def _ods_error(attributes: bytes, content: bytes) -> CellError | None:
    """The error a cell shows, None where it shows none."""
    marked = b'"error"' in attributes
    if not marked and b"formula=" not in attributes:
        return None
    text = re.match(rb"\s*<text:p[^>]*>([^<]*)<", content)
    shown = text[1].decode("utf-8", "replace") if text else "#N/A"
    return CellError(shown) if marked or (text is not None and _ODS_ERROR.fullmatch(shown)) else None


def _ods_stretch(attributes: bytes) -> dt.timedelta | None:
    """A time of more than a day, or less than nothing, which calamine gives as the text it is written as."""
    found = _ODS_STRETCH.search(attributes)
    if found is None or (not found[1] and int(found[2]) < 24):  # noqa: PLR2004 - hours of a day
        return None
    stretch = dt.timedelta(hours=int(found[2]), minutes=int(found[3]), seconds=round(float(found[4]), 3))
    return -stretch if found[1] else stretch


_ODS_TAGS = re.compile(rb"<table:(?:table-)?(row|column|(?:covered-table-)?cell)(?=[\s/>])([^<>]*)>")


_ANNOTATION = re.compile(rb"<office:annotation\b[^>]*>.*?</office:annotation>|<office:annotation\b[^>]*/>", re.DOTALL)
_CREATOR = re.compile(rb"<dc:creator\b[^>]*>(.*?)</dc:creator>", re.DOTALL)
_PARAGRAPH = re.compile(rb"<text:p\b[^>]*>(.*?)</text:p>", re.DOTALL)


def _annotations(xml: bytes) -> dict[Place, str]:
    """The comments of a table of an OpenDocument spreadsheet."""
    found: dict[Place, str] = {}
    row, column, height, here = 0, 0, 1, (0, 0)
    for tag in re.finditer(_ODS_TAGS.pattern + rb"|" + _ANNOTATION.pattern, xml, re.DOTALL):
        kind, attributes = tag[1], tag[2]
        if kind is None:
            creator = _CREATOR.search(tag[0])
            paragraphs = " ".join(_inner_text(part) for part in _PARAGRAPH.findall(tag[0]))
            words = comment_text(paragraphs, _inner_text(creator[1]) if creator else "")
            if words:
                found[here] = words
        elif kind == b"row":
            row, column = row + height, 0
            height = _count(attributes, b"rows-repeated")
        elif kind != b"column":
            here, column = (row - 1, column), column + _count(attributes, b"columns-repeated")
    return found


def _count(attributes: bytes, name: bytes) -> int:
    found = re.search(name + rb'="(\d+)"', attributes) if name in attributes else None
    return max(int(found[1][-_DIGITS:]) if len(found[1]) < _DIGITS else 10**_DIGITS, 1) if found else 1


class _Xlsb:
    """The light pass over the binary parts of an xlsb package."""

    _ROW, _ERROR, _FORMULA_ERROR, _COLUMN, _MERGE, _SHEET, _FORMAT, _STYLE = 0, 3, 11, 60, 176, 156, 44, 47
    _STYLES_BEGIN, _STYLES_END = 617, 618
    _AUTHOR, _COMMENT, _COMMENT_TEXT, _PROPERTIES = 632, 635, 637, 153
    _CELLS = frozenset(range(2, 12))
    _SHORTEST = dict.fromkeys(range(1, 12), 8) | {_ROW: 12}

    def __init__(self, package: _Package, limits: Limits) -> None:
        self._package = package
        self._limits = limits
        book = next((name for name in package.names() if name.endswith("workbook.bin")), "")
        relations = _relations(package, book)
        self._paths = []
        self.date1904 = False
        for kind, record in _records_of(package.part(book)):
            if kind == self._PROPERTIES:
                self.date1904 = record[:1] != b"" and bool(record[0] & 1)
            elif kind == self._SHEET:
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

    def sheet(self, index: int, _name: str) -> Lost:
        lost = Lost()
        special = _special(self._formats)
        shown: list[tuple[Place, str]] = []
        merged: list[tuple[int, int, int, int]] = []
        row, height, width, count = 0, 0, 0, 0
        for kind, record in _records_of(self._package.part(self._paths[index]) if index < len(self._paths) else b""):
            if len(record) < self._SHORTEST.get(kind, 0):  # calamine would take the rest from the record before
                raise damaged()
            if kind == self._ROW:
                row = int.from_bytes(record[:4], "little")
                if record[11] & 0x10:
                    lost.hidden_rows.append((row, row))
            elif kind in self._CELLS:
                column = int.from_bytes(record[:4], "little")
                height, width, count = max(height, row + 1), max(width, column + 1), count + 1
                if len(record) > 2 * self._limits.cell_length:
                    raise too_long(self._limits)
                if kind in {self._ERROR, self._FORMULA_ERROR}:
                    lost.cells[row, column] = CellError(_ERROR_CODES.get(record[8:9], "#N/A"))
                elif (code := special.get(int.from_bytes(record[4:7], "little"))) is not None:
                    shown.append(((row, column), code))
            elif kind == self._COLUMN and len(record) > 16 and record[16] & 1:  # noqa: PLR2004
                lost.hidden_columns.append(struct.unpack_from("<II", record))
            elif kind == self._MERGE and len(record) >= 16:  # noqa: PLR2004
                r1, r2, c1, c2 = struct.unpack_from("<IIII", record)
                merged.append((r1, c1, r2, c2))
        if count > self._limits.cells:
            raise _too_many(self._limits)
        if height * width > self._limits.spare_cells + 8 * count:
            raise _scattered(width - 1, height - 1)
        lost.shown, lost.merged = shown, tuple(merged)
        if index < len(self._paths) and any("comment" in name for name in self._package.names()):
            lost.comments = lambda: self._comments(self._paths[index])
        return lost

    def _comments(self, path: str) -> dict[Place, str]:
        parts = dict(_relations(self._package, path).values())
        authors: list[str] = []
        found: dict[Place, str] = {}
        author, place = 0, (0, 0)
        for kind, record in _records_of(self._package.part(parts.get("comments", ""))):
            if kind == self._AUTHOR:
                authors.append(_wide_text(record))
            elif kind == self._COMMENT and len(record) >= 20:  # noqa: PLR2004
                author, first_row, _, first_column, _ = struct.unpack_from("<5I", record)
                place = first_row, first_column
            elif kind == self._COMMENT_TEXT:
                words = comment_text(_wide_text(record[1:]), authors[author] if author < len(authors) else "")
                if words:
                    found[place] = words
        return found


def _wide_text(record: bytes) -> str:
    """A text of an xlsb: its length in characters, and so many of UTF-16."""
    return record[4 : 4 + 2 * int.from_bytes(record[:4], "little")].decode("utf-16-le", "replace")


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


# --- the cells


@contextmanager
def _refusing() -> Iterator[None]:
    """Turn what calamine raises on a damaged file into a refusal; a panic of its Rust code has no importable class."""
    from python_calamine import CalamineError, PasswordError  # noqa: PLC0415

    try:
        with _without_stderr():
            yield
    except PasswordError as error:
        raise Refused("F105") from error
    except (CalamineError, OSError, ValueError) as error:
        raise damaged(str(error)) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise damaged() from error


@contextmanager
def _without_stderr() -> Iterator[None]:
    """Keep a panic of the Rust code, which is caught, from writing to the terminal about itself."""
    try:
        kept = os.dup(2)
    except OSError:  # there is no terminal
        yield
        return
    _kept.append(kept)
    try:
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        if kept in _kept:
            _kept.remove(kept)
            os.dup2(kept, 2)
            os.close(kept)


_kept: list[int] = []


def restore_stderr() -> None:
    """Give the terminal back that a reading took and, since it does not end, will not give back itself."""
    while _kept:
        kept = _kept.pop()
        os.dup2(kept, 2)
        os.close(kept)


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


def read_package(source: Source, kind: FileKind) -> Outcome:
    """Read a zipped workbook."""
    package = _Package(source.data, source.limits)
    recover: _Xlsx | _Ods | _Xlsb
    match kind:
        case "ods":
            recover = _Ods(package, source.limits)
        case "xlsb":
            recover = _Xlsb(package, source.limits)
        case _:
            recover = _Xlsx(package, source.limits)
    try:
        workbook, notes = _read_sheets(source, source.data, kind, recover)
    except Refused as refused:
        mended = recover.mended() if refused.code == "F106" and isinstance(recover, _Xlsx) else None
        if mended is None:
            raise
        return _read_sheets(source, mended, kind, recover)
    mended = recover.mended() if notes and isinstance(recover, _Xlsx) else None
    return (workbook, notes) if mended is None else _read_sheets(source, mended, kind, recover)


def _read_sheets(source: Source, data: bytes, kind: FileKind, recover: _Xlsx | _Ods | _Xlsb) -> Outcome:
    from python_calamine import load_workbook  # noqa: PLC0415

    with _refusing():
        book = load_workbook(io.BytesIO(data))
    sheets: list[Sheet] = []
    notes: list[Diagnostic] = []
    worksheets = list(_worksheets(book))
    too_many_sheets(len(worksheets), source.limits)
    for index, name, visibility in worksheets:
        lost = recover.sheet(index, name)
        try:
            with _refusing():
                rows, top, left = _grid(book, index)
        except Refused as refused:
            notes.append(Diagnostic("F117", Location(source.file, name), arguments=refused.arguments))
            continue
        for (row, column), code in lost.shown:
            if 0 <= row - top < len(rows) and 0 <= column - left < len(rows[0]):
                value = rows[row - top][column - left]
                if type(value) is float:
                    rows[row - top][column - left] = shown_number(value, code)
        if lost.error_texts:
            mark_error_texts(rows)
        top, left = _put(rows, top, left, lost.cells)
        sheets.append(
            Sheet(
                source.file,
                name,
                rows,
                top,
                left,
                lost.merged,
                visibility,
                numbers_in(lost.hidden_rows, top, len(rows)),
                numbers_in(lost.hidden_columns, left, len(rows[0]) if rows else 0),
                formats=lost.formats,
                comments=lost.comments,
                date1904=recover.date1904,
            )
        )
    if not sheets and notes:
        raise Refused("F106", reason=notes[0].arguments["reason"])
    if not notes and not any(sheet.rows for sheet in sheets):
        raise Refused("F104")
    return Workbook(source.file, source.sha256, kind, tuple(sheets)), notes


def numbers_in(ranges: Iterable[Place], start: int, count: int) -> frozenset[int]:
    """The numbers in inclusive ranges, as far as the sheet is filled."""
    return frozenset(n for first, last in ranges for n in range(max(first, start), min(last + 1, start + count)))
