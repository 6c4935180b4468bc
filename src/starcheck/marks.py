"""Marks in a workbook (退回标注): fills, comments, a 问题 column and a list, put into a package and taken out again.

What is marked is decided in ``marking``; here is only how. Everything of the sender's stays: parts that are not
touched are the same bytes, touched ones keep all that is in them. What we put in can be told again after Excel or WPS
have saved the file and numbered everything anew: by the first cell of the list, by the words that begin our comments,
by our two colours, and by a defined name for each 问题 column.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

from lxml import etree

from starcheck.cells import column_letters
from starcheck.inbox import PROBLEM_LIST_MARK
from starcheck.ooxml import (
    MAIN,
    RELATIONS,
    Element,
    NotPatchable,
    Package,
    SheetCells,
    area_of,
    ends_of,
    local,
    main,
    parse,
    place_of,
    put_in_order,
    put_text,
    xml_text,
)
from starcheck.private import masked, masked_names
from starcheck.report.tables import begins_formula
from starcheck.table import PROBLEM_COLUMN

COMMENT_MARK: Final = "〔starcheck "
"""Begins what we write into a comment, with the id behind it."""
COLUMN_NAME: Final = "_starcheck_问题_"
"""Begins the defined names of our 问题 columns."""
_CELL_ID = re.compile(r"〔starcheck ([0-9A-F]{6}(?:-\d+)?)〕")
_RULE: Final = "\n――――――――\n"
"""Stands between the sender's comment and ours."""
_AUTHOR: Final = "starcheck"
COLOURS: Final = {"error": "FFFFB5A8", "warning": "FFFFE8A3"}
"""Ours alone: no palette of Excel or WPS has them."""
_COLUMN_WIDTH: Final = 46.625
_MOST_COLUMNS: Final = 16_384
_LIST_WIDTHS: Final = (10, 8, 16, 9, 16, 26, 18, 26, 44, 44, 24)


@dataclass(frozen=True, slots=True)
class Mark:
    """One problem as it is marked. ``place`` is row and column from 0, None where no cell is meant."""

    id: str
    level: str
    sheet: str | None
    place: tuple[int, int] | None
    comment: str
    """What the comment says below its first line."""
    line: str
    """What the 问题 column says."""
    row: tuple[str, ...]
    """The list's columns from 单位 to 怎么改."""


@dataclass(frozen=True, slots=True)
class ProblemColumn:
    """Where a table's 问题 column and its filter belong: rows and columns from 0, the last ones included."""

    sheet: str
    header_row: int
    first_column: int
    last_column: int
    last_row: int


@dataclass(frozen=True, slots=True)
class ListText:
    """The words of the list sheet: its name, first cell, the line under it and the headers."""

    name: str
    title: str
    about: str
    headers: tuple[str, ...]
    level_names: Mapping[str, str]


@dataclass(slots=True)
class Written:
    """What was put into a copy."""

    data: bytes
    cells: int = 0
    threads: int = 0
    """Cells with a threaded comment, which is left alone: they are filled, and listed."""
    filters_kept: int = 0
    """Tables whose own filter could not be extended over the 问题 column."""


def mark(data: bytes, marks: Sequence[Mark], columns: Sequence[ProblemColumn], words: ListText) -> Written:
    """The package with these marks, and without those of an earlier round. Raises ``NotPatchable``."""
    package = Package(unmark(data))
    styles = _Styles(package)
    written = Written(b"")
    paths = package.sheet_paths()
    styles.refuse_strangers(paths.values())
    shown = masked_names(paths)
    own_names = {
        safe: name for name, safe in shown.items()
    }  # diagnostics know no sheet by a private number in its name
    marks = [replace(found, sheet=own_names.get(found.sheet or "", found.sheet)) for found in marks]
    columns = [replace(column, sheet=own_names.get(column.sheet, column.sheet)) for column in columns]
    memory: dict[str, Any] = {"fills": {}, "boxes": {}, "columns": [], "shown": shown}
    for name, path in paths.items():
        here = [found for found in marks if found.sheet == name and found.place is not None]
        tables = [column for column in columns if column.sheet == name]
        if here or tables:
            _mark_sheet(package, name, path, here, tables, styles, memory, written)
    path = _put_list(package, marks, words, styles, paths, memory)
    data = package.written()
    package = Package(data)
    package.put(path, package.part(path).replace(_NO_SEAL, f"{_SEAL}{_digest(package)}".encode()))
    written.data = package.written()
    return written


_SEAL: Final = "starcheck-sha256:"
_NO_SEAL: Final = f"{_SEAL}{'0' * 64}".encode()
"""Where the list remembers what the copy was when it was written; who saves it in any program leaves another."""
_SEALED = re.compile(rb"starcheck-sha256:([0-9a-f]{64})")


def _digest(package: Package) -> str:
    """The digest of all parts, that of the seal itself left out."""
    digest = hashlib.sha256()
    for name in sorted(package.names()):
        content = package.part(name)
        if name.startswith("xl/worksheets/"):
            content = _SEALED.sub(_NO_SEAL, content)
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def as_written(data: bytes) -> bool:
    """Whether a file is a copy of ours just as it was written: nobody's work is lost with it."""
    try:
        package = Package(data)
        texts = _Texts(package)
        earlier = _earlier(package, texts)
        if earlier is None or earlier.sheet is None:
            return False
        sealed = _SEALED.search(package.part(package.sheet_paths()[earlier.sheet]))
        return sealed is not None and sealed[1].decode() == _digest(package)
    except NotPatchable:
        return False


def _mark_sheet(
    package: Package,
    name: str,
    path: str,
    marks: Sequence[Mark],
    tables: Sequence[ProblemColumn],
    styles: _Styles,
    memory: dict[str, Any],
    written: Written,
) -> None:
    cells = SheetCells(package.tree(path))
    at: dict[tuple[int, int], list[Mark]] = {}
    for found in marks:
        assert found.place is not None
        at.setdefault(cells.shown_at(*found.place), []).append(found)
    for (row, column), here in sorted(at.items()):
        cell = cells.cell(row, column)
        level = "error" if any(found.level == "error" for found in here) else "warning"
        fill = styles.fill_of(cell.get("s"))
        for found in here:
            memory["fills"][found.id] = fill
        cell.set("s", styles.filled(cell.get("s"), level))
        written.cells += 1
    for table in sorted(tables, key=lambda table: (table.header_row, table.first_column)):
        _put_column(package, name, cells, table, at, styles, memory, written)
    cells.extend_dimension()
    comments = _Comments(package, path)
    for place, here in sorted(at.items()):
        if not comments.add(place, here):
            written.threads += 1
    memory["boxes"].update(comments.close(cells))


# --- fills ------------------------------------------------------------------------------------------------------------


class _Styles:
    """The cell formats of a workbook: the same with another fill, made once."""

    def __init__(self, package: Package) -> None:
        self._package = package
        paths = list(package.related(package.book_path, "styles").values())
        if not paths:
            raise NotPatchable("no styles")
        self.root = package.tree(paths[0])
        self.formats = self._section("cellXfs", _XF)
        self._made: dict[tuple[str, str], str] = {}

    def refuse_strangers(self, sheets: Iterable[str]) -> None:
        """Raise ``NotPatchable`` where a cell has a format that is not there: one of ours would take its place."""
        most = len(self.formats)
        for path in sheets:
            used = set(re.findall(rb'<(?:\w+:)?c [^>]*?\bs="(\d{1,6})"', self._package.part(path)))
            if any(int(style) >= most for style in used):
                raise NotPatchable("cells with formats that are not there")

    def _section(self, name: str, first: str) -> Element:
        found = self.root.find(main(name))
        if found is None:
            found = etree.fromstring(f'<{name} xmlns="{MAIN}">{first}</{name}>')
            names = ["numFmts", "fonts", "fills", "borders", "cellStyleXfs", "cellXfs", "cellStyles"]
            place = sum(local(child) in names[: names.index(name)] for child in self.root)
            self.root.insert(place, found)
        return found

    def _append(self, section: Element, entry: Element) -> int:
        section.append(entry)
        section.set("count", str(len(section)))
        return len(section) - 1

    def _format(self, style: str | None) -> Element:
        number = int(style or 0)
        if not 0 <= number < len(self.formats):
            number = 0
        return self.formats[number]

    def fill_of(self, style: str | None) -> str | None:
        """The XML of the fill a style has, None for none."""
        fills = self._section("fills", _FILLS)
        number = int(self._format(style).get("fillId") or 0)
        if number == 0 or number >= len(fills):
            return None
        text: str = etree.tostring(fills[number], encoding="unicode", with_tail=False)
        return text

    def _fill(self, xml: str | None) -> str:
        """The number of a fill, added where there is none like it."""
        if xml is None:
            return "0"
        fills = self._section("fills", _FILLS)
        wanted = parse(xml.encode())
        for number, fill in enumerate(fills):
            if etree.tostring(fill, method="c14n") == etree.tostring(wanted, method="c14n"):
                return str(number)
        return str(self._append(fills, wanted))

    def with_fill(self, style: str | None, xml: str | None) -> str:
        """The number of the format that is ``style`` but for its fill."""
        key = (style or "0", xml or "")
        if key not in self._made:
            entry = etree.fromstring(etree.tostring(self._format(style), with_tail=False))
            entry.set("fillId", self._fill(xml))
            if xml is None:
                entry.attrib.pop("applyFill", None)
            else:
                entry.set("applyFill", "1")
            self._made[key] = self._known(entry)
        return self._made[key]

    def _known(self, entry: Element) -> str:
        form = etree.tostring(entry, method="c14n")
        for number, known in enumerate(self.formats):
            if etree.tostring(known, method="c14n", with_tail=False) == form:
                return str(number)
        return str(self._append(self.formats, entry))

    def quoted(self, style: str) -> str:
        """The same format for what begins like a formula: it stays text when it is edited."""
        entry = etree.fromstring(etree.tostring(self._format(style), with_tail=False))
        entry.set("quotePrefix", "1")
        return self._known(entry)

    def filled(self, style: str | None, level: str) -> str:
        """The same format with the colour of a level, which remembers the fill it takes the place of."""
        return self.with_fill(style, _fill_xml(COLOURS[level], _behind(self.fill_of(style))))

    def covered(self, style: str | None) -> dict[str, str]:
        """What a colour of ours remembers of the fill it took the place of: its colour, nothing where it does not."""
        fills = self._section("fills", _FILLS)
        behind = fills[int(self._format(style).get("fillId") or 0)].find(f".//{main('bgColor')}")
        return {} if behind is None or behind.get("indexed") == "64" else dict(behind.attrib)

    def ours(self) -> set[str]:
        """The numbers of the formats that have one of our colours."""
        fills = self._section("fills", _FILLS)
        colours = set(COLOURS.values())
        mine = {
            str(number)
            for number, fill in enumerate(fills)
            if any((colour.get("rgb") or "").upper() in colours for colour in fill.iter(main("fgColor")))
        }
        return {str(number) for number, entry in enumerate(self.formats) if entry.get("fillId") in mine}

    def made(self, font: str = "", alignment: str = "", fill: str | None = None, like: str | None = None) -> str:
        """A format of our own: a font and an alignment as XML, over that of ``like``."""
        entry = (
            etree.fromstring(etree.tostring(self._format(like), with_tail=False)) if like else parse(_XF_NS.encode())
        )
        if font:
            fonts = self._section("fonts", "<font/>")
            wanted = etree.fromstring(f'<font xmlns="{MAIN}">{font}</font>')
            known = [number for number, one in enumerate(fonts) if etree.tostring(one) == etree.tostring(wanted)]
            entry.set("fontId", str(known[0] if known else self._append(fonts, wanted)))
            entry.set("applyFont", "1")
        if fill:
            entry.set("fillId", self._fill(_fill_xml(fill)))
            entry.set("applyFill", "1")
        if alignment:
            for old in entry.findall(main("alignment")):
                entry.remove(old)
            entry.insert(0, etree.fromstring(f'<alignment xmlns="{MAIN}" {alignment}/>'))
            entry.set("applyAlignment", "1")
        return self._known(entry)


_XF = '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
_XF_NS = f'<xf xmlns="{MAIN}" numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
_FILLS = '<fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'


_AUTOMATIC: Final = {"indexed": "64"}
_NO_FILL: Final = {"rgb": "FFFFFFFE"}
"""The colour behind ours where there was no fill. A solid fill shows nothing of the colour behind it."""


def _fill_xml(colour: str | Mapping[str, str], behind: Mapping[str, str] = _AUTOMATIC) -> str:
    front = {"rgb": colour} if isinstance(colour, str) else colour
    colours = (" ".join(f"{key}={quoteattr(value)}" for key, value in one.items()) for one in (front, behind))
    return '<fill xmlns="{}"><patternFill patternType="solid"><fgColor {}/><bgColor {}/></patternFill></fill>'.format(
        MAIN, *colours
    )


def _behind(fill: str | None) -> Mapping[str, str]:
    """The colour of a solid fill, by which ours remembers it; ours remembers no other kind of fill."""
    if fill is None:
        return _NO_FILL
    return _colour_of(fill) or _AUTOMATIC


def _colour_of(fill: str) -> dict[str, str]:
    """The colour of a solid fill, nothing for any other."""
    pattern = parse(fill.encode()).find(main("patternFill"))
    front = None if pattern is None or pattern.get("patternType") != "solid" else pattern.find(main("fgColor"))
    return {} if front is None else dict(front.attrib)


# --- comments ---------------------------------------------------------------------------------------------------------

_COMMENTS_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml"
_VML_TYPE = "application/vnd.openxmlformats-officedocument.vmlDrawing"
_VML_HEAD = (  # as Excel writes it
    '<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" '
    'xmlns:x="urn:schemas-microsoft-com:office:excel"><o:shapelayout v:ext="edit">'
    '<o:idmap v:ext="edit" data="{block}"/></o:shapelayout><v:shapetype id="_x0000_t202" '
    'coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe">'
    '<v:stroke joinstyle="miter"/><v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype></xml>'
)
_SHAPE = (
    '<v:shape xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" '
    'xmlns:x="urn:schemas-microsoft-com:office:excel" id="_x0000_s{number}" type="#_x0000_t202" '
    'style="position:absolute;margin-left:60pt;margin-top:2pt;width:{width}pt;height:{height}pt;z-index:{order};'
    'visibility:hidden" fillcolor="#ffffe1" o:insetmode="auto"><v:fill color2="#ffffe1"/>'
    '<v:shadow on="t" color="black" obscured="t"/><v:path o:connecttype="none"/>'
    '<v:textbox style="mso-direction-alt:auto"><div style="text-align:left"></div></v:textbox>'
    '<x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/>'
    "<x:Anchor>{anchor}</x:Anchor><x:AutoFill>False</x:AutoFill>"
    "<x:Row>{row}</x:Row><x:Column>{column}</x:Column></x:ClientData></v:shape>"
)
_SHAPES = re.compile(rb"<(?:\w+:)?shape\s.*?</(?:\w+:)?shape>", re.DOTALL)
_ANCHOR = re.compile(rb"(Anchor>)(\s*\d{1,7}(?:\s*,\s*\d{1,7}){7}\s*)(</)")
"""Left column, top row, right column and bottom row of a box, each with the pixels from there."""
_SIZE = re.compile(rb"(?<![-\w])(width|height):\s*[\d.]+\w*")
_BOX_WIDTH = 290
"""Pixels of a comment's box, at least."""
_FRAME = 26
"""Pixels of a box beside its text, and above and below it."""
_FONT = 9.0
_MOST_BOX = 4000
"""Pixels that a box may be high: a longer text is scrolled."""


def _box_height(text: str, width: int, font: float = _FONT) -> int:
    """The pixels a box of this width needs for a text: a Chinese character is as wide as its font is high."""
    character = font * 96 / 72
    per_line = max(int((width - _FRAME) / character * 2), 2)
    lines = sum(max(-(-_wide(line) // per_line), 1) for line in text.split("\n"))
    return min(_FRAME + int(lines * character * 1.5), _MOST_BOX)


def _wide(text: str) -> int:
    """How wide a line is shown, in letters: a Chinese character is as wide as two."""
    return sum(2 if ord(letter) > 0x2E80 else 1 for letter in text)  # noqa: PLR2004 - CJK


def _place_of_shape(shape: bytes) -> tuple[int, int] | None:
    """The cell whose comment a shape shows, None for other shapes."""
    row = re.search(rb"Row>\s*(\d+)\s*</", shape)
    column = re.search(rb"Column>\s*(\d+)\s*</", shape)
    return (int(row[1]), int(column[1])) if row and column and b'"Note"' in shape else None


def _sized(shape: bytes, width: bytes, height: bytes) -> bytes:
    """A shape with the width and height of its style written anew."""
    end = shape.index(b">")
    sizes = {b"width": width, b"height": height}
    return _SIZE.sub(lambda found: found[1] + b":" + sizes[found[1]], shape[:end]) + shape[end:]


def _grown(shape: bytes, cells: SheetCells, text: str, font: float) -> tuple[bytes, list[Any] | None]:
    """A shape large enough for its text, and its box before: what ``_shrunk`` takes, None where it was large enough."""
    anchor = _ANCHOR.search(shape)
    sizes = {found[1].decode(): found[0].partition(b":")[2].decode() for found in _SIZE.finditer(shape)}
    if anchor is None:
        width, height = _BOX_WIDTH, _box_height(text, _BOX_WIDTH, font)
        return _sized(shape, f"{width * 0.75}pt".encode(), f"{height * 0.75}pt".encode()), [sizes]
    left, over, top, down, right, over_right, bottom, down_bottom = map(int, anchor[2].split(b","))
    if right - left > _MOST_BOX or bottom - top > _MOST_BOX:
        return shape, None
    wide = sum(map(cells.width_of, range(left, right))) - over + over_right
    high = sum(map(cells.height_of, range(top, bottom))) - down + down_bottom
    width = max(wide, _BOX_WIDTH)
    height = max(high, _box_height(text, width, font))
    if (width, height) == (wide, high):
        return shape, None
    after = [*_end(left, over + width, cells.width_of), *_end(top, down + height, cells.height_of)]
    numbers = ", ".join(map(str, (left, over, top, down, *after))).encode()
    shape = _sized(shape, f"{width * 0.75}pt".encode(), f"{height * 0.75}pt".encode())
    return _ANCHOR.sub(rb"\g<1>" + numbers + rb"\3", shape), [
        sizes,
        [right - left, over_right, bottom - top, down_bottom],
    ]


def _shrunk(shape: bytes, before: Sequence[Any]) -> bytes:
    """A shape with the box it had, wherever inserted rows have moved it to."""
    sizes, *spans = before
    shape = _sized(shape, sizes["width"].encode(), sizes["height"].encode())
    anchor = _ANCHOR.search(shape)
    if not spans or anchor is None:
        return shape
    ends = [int(number) for number in anchor[2].split(b",")]
    columns, over, rows, down = spans[0]
    ends[4:] = [ends[0] + columns, over, ends[2] + rows, down]
    return _ANCHOR.sub(rb"\g<1>" + ", ".join(map(str, ends)).encode() + rb"\3", shape)


def _end(start: int, wanted: int, size_of: Callable[[int], int]) -> tuple[int, int]:
    """The row or column in which a stretch of pixels ends, and how far in it."""
    place = start
    while wanted > size_of(place) and place - start < _MOST_BOX:
        wanted -= size_of(place)
        place += 1
    return place, wanted


class _Comments:
    """The comments of one sheet: its part, and the drawing that shows them."""

    def __init__(self, package: Package, path: str) -> None:
        self.package = package
        self.path = path
        self.sheet = package.tree(path)
        self.part = next(iter(package.related(path, "comments").values()), None)
        self._shapes: list[tuple[tuple[int, int], str]] = []
        self._longer: dict[tuple[int, int], tuple[str, str, float]] = {}
        """The sender's comments that became longer: the id of ours, the whole text, and the size of its font."""
        self.root = None if self.part is None else package.tree(self.part)

    @property
    def _list(self) -> Element:
        assert self.root is not None
        found = self.root.find(main("commentList"))
        return etree.SubElement(self.root, main("commentList")) if found is None else found

    def all(self) -> Iterator[tuple[tuple[int, int], Element]]:
        """Every comment with its place."""
        if self.root is not None:
            for comment in list(self._list):
                yield place_of(comment.get("ref", "")), comment

    def _author(self, name: str) -> str:
        assert self.root is not None
        authors = self.root.find(main("authors"))
        if authors is None:
            authors = etree.Element(main("authors"))
            self.root.insert(0, authors)
        known = [author.text for author in authors]
        if name not in known:
            etree.SubElement(authors, main("author")).text = name
            known.append(name)
        return str(known.index(name))

    def _author_of(self, comment: Element) -> str:
        assert self.root is not None
        authors = self.root.find(main("authors"))
        number = int(comment.get("authorId") or 0)
        return authors[number].text or "" if authors is not None and number < len(authors) else ""

    def add(self, place: tuple[int, int], marks: Sequence[Mark]) -> bool:
        """Say it at a cell, below the sender's own words; False where a thread is, which nobody may rewrite."""
        words = "\n\n".join(f"{COMMENT_MARK}{found.id}〕{found.comment}" for found in marks)
        if self.root is None:
            self.part = self.package.unused("xl/comments{}.xml")
            self.package.put(
                self.part,
                f'<comments xmlns="{MAIN}"><authors/><commentList/></comments>'.encode(),
                _COMMENTS_TYPE,
            )
            self.package.relate(self.path, "comments", self.part)
            self.root = self.package.tree(self.part)
        existing = next((comment for at, comment in self.all() if at == place), None)
        if existing is not None:
            if self._author_of(existing).startswith("tc="):
                return False
            text = existing.find(main("text"))
            if text is None:
                text = etree.SubElement(existing, main("text"))
            plain = text.find(main("t"))
            if plain is not None:  # a plain text becomes the first run
                text.remove(plain)
                etree.SubElement(text, main("r")).append(plain)
            _append_run(text, _RULE + words)
            fonts = [float(size.get("val") or _FONT) for size in text.iter(main("sz"))]
            self._longer[place] = (marks[0].id, _words_of(text), max((_FONT, *fonts)))
            return True
        comment = etree.SubElement(
            self._list, main("comment"), ref=f"{column_letters(place[1])}{place[0] + 1}", authorId=self._author(_AUTHOR)
        )
        _append_run(etree.SubElement(comment, main("text")), words)
        self._shapes.append((place, words))
        return True

    def close(self, cells: SheetCells) -> dict[str, list[Any]]:
        """Draw the shapes of the new comments, without which Excel shows none, and let the others hold their text.

        Gives the box that each of those had, by the id of our mark.
        """
        boxes: dict[str, list[Any]] = {}
        if not self._shapes and not self._longer:
            return boxes
        self._list[:] = sorted(self._list, key=lambda comment: place_of(comment.get("ref", "")))
        drawing, content = self._drawing()

        def grown(shape: re.Match[bytes]) -> bytes:
            place = _place_of_shape(shape[0])
            if place is None or place not in self._longer:
                return shape[0]
            name, words, font = self._longer.pop(place)
            larger, before = _grown(shape[0], cells, words, font)
            if before is not None:
                boxes[name] = before
            return larger

        content = _SHAPES.sub(grown, content)
        drawn = [*self._shapes, *((place, words) for place, (_, words, _) in self._longer.items())]
        numbers = [int(found) for found in re.findall(rb'id="[^"]*?_s(\d+)"', content)]
        if numbers:
            number = max(numbers)
        else:
            block = re.search(rb'idmap[^>]*\bdata="(\d+)', content)
            number = int(block[1]) * 1024 if block else 1024
        end = content.rfind(b"</xml>")
        if end < 0:
            raise NotPatchable(f"{drawing}: no drawing of comments")
        shapes = []
        for order, ((row, column), words) in enumerate(drawn, start=1):
            height = _box_height(words, _BOX_WIDTH)
            top = max(row - 1, 0)
            right, over = _end(column + 1, 15 + _BOX_WIDTH, cells.width_of)
            bottom, down = _end(top, 4 + height, cells.height_of)
            shapes.append(
                _SHAPE.format(
                    number=number + order,
                    order=order,
                    width=_BOX_WIDTH * 0.75,
                    height=height * 0.75,
                    anchor=f"{column + 1}, 15, {top}, 4, {right}, {over}, {bottom}, {down}",
                    row=row,
                    column=column,
                )
            )
        self.package.put(drawing, content[:end] + "".join(shapes).encode() + content[end:])
        return boxes

    def _drawing(self) -> tuple[str, bytes]:
        key = f"{{{RELATIONS}}}id"
        legacy = self.sheet.find(main("legacyDrawing"))
        drawings = self.package.related(self.path, "vmlDrawing")
        if legacy is not None:
            path = drawings.get(legacy.get(key) or "")
            if path is None or path not in self.package:
                raise NotPatchable("a drawing of comments that is not there")
            return path, self.package.part(path)
        path = self.package.unused("xl/drawings/vmlDrawing{}.vml")
        blocks = [
            int(number)
            for name in self.package.names()
            if name.endswith(".vml")
            for found in re.findall(rb'idmap[^>]*\bdata="([\d,]+)"', self.package.part(name))
            for number in found.split(b",")
        ]
        content = _VML_HEAD.format(block=max(blocks, default=0) + 1).encode()
        self.package.put(path, content)
        self.package.put_default_type("vml", _VML_TYPE)
        identity = self.package.relate(self.path, "vmlDrawing", path)
        put_in_order(self.sheet, etree.Element(main("legacyDrawing"), {key: identity}))
        return path, content

    def cut_ours(self, boxes: Mapping[str, Sequence[Any]]) -> dict[tuple[int, int], list[str]]:
        """Take our words out of every comment, and give its box back; which cells had which of our ids."""
        found: dict[tuple[int, int], list[str]] = {}
        gone: list[tuple[int, int]] = []
        for place, comment in self.all():
            text = comment.find(main("text"))
            words = "" if text is None else _words_of(text)
            if COMMENT_MARK not in words:
                continue
            found[place] = _CELL_ID.findall(words)
            kept = words[: words.index(COMMENT_MARK)]
            kept = re.sub(r"\s*―{4,}\s*$", "", kept.replace("\r", ""))
            if not kept.strip():
                self._list.remove(comment)
                gone.append(place)
            else:
                _shorten(text, len(kept))
        known = {place: boxes[name] for place, names in found.items() for name in names if name in boxes}
        if gone or known:
            self._redraw(gone, known)
        return found

    def _redraw(self, gone: Sequence[tuple[int, int]], boxes: Mapping[tuple[int, int], Sequence[Any]]) -> None:
        """Take the shapes of comments away that are gone, and the drawing with the last one; the others shrink."""
        key = f"{{{RELATIONS}}}id"
        legacy = self.sheet.find(main("legacyDrawing"))
        drawings = self.package.related(self.path, "vmlDrawing")
        path = None if legacy is None else drawings.get(legacy.get(key) or "")
        left = b""
        if path is not None and path in self.package:

            def kept(shape: re.Match[bytes]) -> bytes:
                place = _place_of_shape(shape[0])
                if place in gone:
                    return b""
                return _shrunk(shape[0], boxes[place]) if place is not None and place in boxes else shape[0]

            left = _SHAPES.sub(kept, self.package.part(path))
            self.package.put(path, left)
        if not len(self._list) and self.part is not None:
            for identity, target in self.package.related(self.path, "comments").items():
                self.package.unrelate(self.path, identity)
                self.package.remove(target)
            self.root = self.part = None
            if path is not None and legacy is not None and not _SHAPES.search(left):
                self.package.unrelate(self.path, legacy.get(key))
                self.package.remove(path)
                self.sheet.remove(legacy)


def _append_run(text: Element, words: str) -> None:
    run = etree.SubElement(text, main("r"))
    run.append(etree.fromstring(f'<rPr xmlns="{MAIN}"><sz val="9"/><color indexed="81"/><rFont val="宋体"/></rPr>'))
    inner = etree.SubElement(run, main("t"))
    inner.text = xml_text(words)
    inner.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")


def _words_of(text: Element) -> str:
    return "".join(part.text or "" for part in text.iter(main("t")) if local(part.getparent()) != "rPh")


def _shorten(text: Element, length: int) -> None:
    """Keep the first characters of a comment, and its runs as they are."""
    for part in list(text.iter(main("t"))):
        words = part.text or ""
        if length > 0:
            part.text = words[:length]
            length -= len(words)
            continue
        parent = part.getparent()
        parent.remove(part)
        if local(parent) == "r" and parent.find(main("t")) is None:
            parent.getparent().remove(parent)


# --- the 问题 column --------------------------------------------------------------------------------------------------


def _put_column(
    package: Package,
    name: str,
    cells: SheetCells,
    table: ProblemColumn,
    at: Mapping[tuple[int, int], Sequence[Mark]],
    styles: _Styles,
    memory: dict[str, Any],
    written: Written,
) -> None:
    column = table.last_column + 1
    rows = range(table.header_row, table.last_row + 1)
    merged = [
        (left, right)
        for first, left, last, right in cells.merges
        if last >= rows.start and first < rows.stop and right < _MOST_COLUMNS - 1
    ]
    if any(left <= column <= right for left, right in merged) or any(cells.filled(row, column) for row in rows):
        column = max(cells.last_column(), table.last_column, *(right for _, right in merged)) + 1
    if column >= _MOST_COLUMNS:
        raise NotPatchable("no column is free")
    header = cells.cell(table.header_row, column)
    beside = cells.cells(table.header_row).get(table.last_column)
    header_style = None if beside is None else beside.get("s")
    if header_style in styles.ours():
        header_style = None
    wrap = 'vertical="center" wrapText="1"'
    header.set(
        "s",
        styles.made(
            font='<b/><sz val="10"/><name val="宋体"/>', alignment=f'horizontal="center" {wrap}', like=header_style
        ),
    )
    put_text(header, PROBLEM_COLUMN)
    body = styles.made(font='<sz val="9"/><name val="宋体"/>', alignment=wrap)
    by_row: dict[int, list[str]] = {}
    for (row, left), here in sorted(at.items()):
        if row in rows and table.first_column <= left <= table.last_column and row != table.header_row:
            by_row.setdefault(row, []).extend(f"〔{found.id}〕{found.line}" for found in here)
    for row, lines in by_row.items():
        cell = cells.cell(row, column)
        cell.set("s", body)
        put_text(cell, "\n".join(lines)[:32_000])
    looks = cells.column_looks(column)
    cells.widen(column, _COLUMN_WIDTH)
    area = area_of(table.header_row, table.first_column, table.last_row, column)
    filtered = _put_filter(package, name, cells.root, table, column, area)
    written.filters_kept += filtered == "kept"
    number = len(memory["columns"]) + 1
    own = f"{COLUMN_NAME}{number}_{filtered}"
    memory["columns"].append({"name": own, "filter": filtered, "looks": looks})
    _define(package, own, f"{_quoted(name)}!${column_letters(column)}${table.header_row + 1}")


def _put_filter(package: Package, name: str, sheet: Element, table: ProblemColumn, column: int, area: str) -> str:
    """A filter over the table: added, extended by our column, over our column alone, or the sender's kept."""
    existing = sheet.find(main("autoFilter"))
    if existing is not None:
        first, left, last, right = ends_of(existing.get("ref", "A1"))
        if first == table.header_row and right + 1 == column:
            existing.set("ref", area_of(first, left, last, column))
            _filter_name(package, name, area_of(first, left, last, column))
            return "extended"
        return "kept"
    parts = sheet.find(main("tableParts"))
    if parts is not None and len(parts):
        area = area_of(table.header_row, column, table.last_row, column)  # two filters must not overlap
    put_in_order(sheet, etree.Element(main("autoFilter"), ref=area))
    _filter_name(package, name, area)
    return "added"


def _filter_name(package: Package, name: str, area: str | None) -> None:
    """The hidden name that goes with a sheet's filter."""
    place = _place_of_sheet(package, name)
    names = _names(package)
    for entry in list(names):
        if entry.get("name") == "_xlnm._FilterDatabase" and entry.get("localSheetId") == str(place):
            names.remove(entry)
    if area is not None:
        first, left, last, right = ends_of(area)
        text = f"{_quoted(name)}!${column_letters(left)}${first + 1}:${column_letters(right)}${last + 1}"
        entry = _define(package, "_xlnm._FilterDatabase", text)
        entry.set("localSheetId", str(place))


def _names(package: Package) -> Element:
    book = package.tree(package.book_path)
    found = book.find(main("definedNames"))
    if found is None:
        found = etree.Element(main("definedNames"))
        after = [child for child in book if local(child) in {"sheets", "functionGroups", "externalReferences"}]
        after[-1].addnext(found)
    return found


def _define(package: Package, name: str, text: str) -> Element:
    entry = etree.SubElement(_names(package), main("definedName"), name=name, hidden="1")
    entry.text = text
    return entry


def _quoted(name: str) -> str:
    return "'" + name.replace("'", "''") + "'"


def _place_of_sheet(package: Package, name: str) -> int:
    return next(place for place, sheet in enumerate(package.sheets) if sheet.get("name") == name)


# --- the list ---------------------------------------------------------------------------------------------------------

_SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"


def _put_list(
    package: Package,
    marks: Sequence[Mark],
    words: ListText,
    styles: _Styles,
    paths: Mapping[str, str],
    memory: dict[str, Any],
) -> str:
    """The first sheet: every problem with its id, and a link to its cell; its part."""
    taken = {sheet.get("name", "").casefold() for sheet in package.sheets}
    name = words.name
    while name.casefold() in taken:
        name = f"{name}_"
    path = package.unused("xl/worksheets/sheet{}.xml")
    package.put(path, _list_xml(marks, words, styles, memory), _SHEET_TYPE)
    identity = package.relate(package.book_path, "worksheet", path)
    sheets = package.sheets
    number = 1 + max((int(sheet.get("sheetId") or 0) for sheet in sheets), default=0)
    entry = etree.Element(main("sheet"), {"name": name, "sheetId": str(number), f"{{{RELATIONS}}}id": identity})
    sheets.insert(0, entry)
    _shift_names(package, 1)
    last = len(marks) + _HEADER_ROW
    _filter_name(package, name, f"A{_HEADER_ROW}:{column_letters(len(words.headers) - 1)}{last}")
    _open_at_first(package, paths)
    return path


def _shift_names(package: Package, by: int, without: int | None = None) -> None:
    """Names that belong to a sheet follow it to its new place."""
    book = package.tree(package.book_path)
    names = book.find(main("definedNames"))
    for entry in list(names) if names is not None else ():
        place = entry.get("localSheetId")
        if place is None:
            continue
        if without is not None and int(place) == without:
            names.remove(entry)
        elif without is None or int(place) > without:
            entry.set("localSheetId", str(int(place) + by))
    if names is not None and not len(names):
        book.remove(names)


def _open_at_first(package: Package, paths: Mapping[str, str]) -> None:
    """The book opens at its first sheet, and only that one is selected: typing into two at once destroys both."""
    for view in package.tree(package.book_path).iter(main("workbookView")):
        view.attrib.pop("activeTab", None)
        view.attrib.pop("firstSheet", None)
    for path in paths.values():
        if b"tabSelected" in package.part(path) or path in package.opened():
            for view in package.tree(path).iter(main("sheetView")):
                view.attrib.pop("tabSelected", None)


_HEADER_ROW = 4
_TALLEST = 409
"""Points that a row may be high."""


def _list_xml(marks: Sequence[Mark], words: ListText, styles: _Styles, memory: Mapping[str, Any]) -> bytes:
    title = styles.made(font='<b/><sz val="14"/><name val="黑体"/>')
    about = styles.made(font='<sz val="10"/><name val="宋体"/>', alignment='vertical="top" wrapText="1"')
    bold = styles.made(
        font='<b/><sz val="10"/><name val="宋体"/>',
        alignment='horizontal="center" vertical="center" wrapText="1"',
        fill="FFDDE6F0",
    )
    plain = styles.made(font='<sz val="10"/><name val="宋体"/>', alignment='vertical="top" wrapText="1"')
    quoted = styles.quoted(plain)
    link = styles.made(
        font='<u/><sz val="10"/><color rgb="FF0563C1"/><name val="宋体"/>', alignment='vertical="top" wrapText="1"'
    )
    levels = {
        level: styles.made(font='<sz val="10"/><name val="宋体"/>', alignment='vertical="top"', fill=colour)
        for level, colour in COLOURS.items()
    }
    width = len(words.headers)
    title = styles.quoted(title) if begins_formula(words.title) else title
    memory_column = width + 1
    rows = [_row(1, [(words.title + PROBLEM_LIST_MARK, title)])]
    rows.append(_row(2, [(words.about, about)], height=48, more=(memory_column, _NO_SEAL.decode())))
    rows.append(_row(3, []))
    rows.append(_row(_HEADER_ROW, [(text, bold) for text in words.headers], height=24))
    links = []
    shown = memory["shown"]
    texts: dict[int, str] = {}
    for number, found in enumerate(marks, start=_HEADER_ROW + 1):
        cell = f"{column_letters(found.place[1])}{found.place[0] + 1}" if found.place else ""
        sheet = shown.get(found.sheet or "", masked(found.sheet or ""))
        filled = [
            (found.id, plain),
            (words.level_names[found.level], levels.get(found.level, plain)),
            (sheet, quoted if begins_formula(sheet) else plain),
            (cell, link if cell and found.sheet else plain),
            *((text, quoted if begins_formula(text) else plain) for text in found.row),
            ("", plain),
        ]
        known: dict[str, Any] = {"fill": memory["fills"].get(found.id)}
        if found.id in memory["boxes"]:
            known["box"] = memory["boxes"][found.id]
        tall = max(-(-_wide(text) // max(wide - 1, 1)) for (text, _), wide in zip(filled, _LIST_WIDTHS, strict=False))
        rows.append(_row(number, filled, height=max(tall, 1) * 14 + 2, more=(memory_column, json.dumps(known))))
        texts[number] = found.id
        if cell and found.sheet:
            target = quoteattr(f"{_quoted(found.sheet)}!{cell}")
            links.append(f'<hyperlink ref="D{number}" location={target} display="{cell}"/>')
    last = len(marks) + _HEADER_ROW
    rows[2] = _row(3, [], more=(memory_column, json.dumps(memory["columns"], ensure_ascii=False)))
    columns = (
        "".join(
            f'<col min="{place}" max="{place}" width="{wide}" customWidth="1"/>'
            for place, wide in enumerate(_LIST_WIDTHS, start=1)
        )
        + f'<col min="{width + 1}" max="{memory_column + 1}" width="9" hidden="1" customWidth="1"/>'
    )
    end = column_letters(width - 1)
    hyperlinks = f"<hyperlinks>{''.join(links)}</hyperlinks>" if links else ""
    return (
        f'<worksheet xmlns="{MAIN}"><sheetPr><tabColor rgb="{COLOURS["error"]}"/><pageSetUpPr fitToPage="1"/></sheetPr>'
        f'<dimension ref="A1:{column_letters(memory_column)}{last}"/><sheetViews>'
        f'<sheetView tabSelected="1" workbookViewId="0" showGridLines="0"><pane ySplit="{_HEADER_ROW}" '
        f'topLeftCell="A{_HEADER_ROW + 1}" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
        f'<sheetFormatPr defaultRowHeight="15"/><cols>{columns}</cols>'
        f'<sheetData>{"".join(rows)}</sheetData><autoFilter ref="A{_HEADER_ROW}:{end}{last}"/>'
        f'<mergeCells count="1"><mergeCell ref="A2:{end}2"/></mergeCells>{hyperlinks}'
        '<pageMargins left="0.4" right="0.4" top="0.5" bottom="0.5" header="0.3" footer="0.3"/>'
        '<pageSetup paperSize="9" orientation="landscape" fitToHeight="0"/></worksheet>'
    ).encode()


def _row(
    number: int, cells: Sequence[tuple[str, str]], height: int | None = None, more: tuple[int, str] | None = None
) -> str:
    tall = f' ht="{min(height, _TALLEST)}" customHeight="1"' if height else ""
    made = [
        f'<c r="{column_letters(column)}{number}" s="{style}"'
        + (
            f' t="inlineStr"><is><t xml:space="preserve">{escape(xml_text(text[:32_000]))}</t></is></c>'
            if text
            else "/>"
        )
        for column, (text, style) in enumerate(cells)
    ]
    if more is not None:
        made.append(
            f'<c r="{column_letters(more[0])}{number}" t="inlineStr"><is><t>{escape(xml_text(more[1]))}</t></is></c>'
        )
    return f'<row r="{number}"{tall}>{"".join(made)}</row>'


# --- marks of an earlier round ----------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Earlier:
    """What the list sheet remembers of an earlier round; None for a ``sheet`` that the sender deleted."""

    sheet: str | None
    fills: dict[str, str | None] = field(default_factory=dict)
    boxes: dict[str, Sequence[Any]] = field(default_factory=dict)
    """The boxes that comments of the sender's had, by the id of our mark."""
    filters: dict[str, str] = field(default_factory=dict)
    looks: dict[str, dict[str, str] | None] = field(default_factory=dict)
    """What was said of a column before ours was put there."""
    places: dict[str, tuple[str, str]] = field(default_factory=dict)
    """The sheet, as it is shown, and address of each mark at the time."""

    def fill_of(self, names: Sequence[str], covered: Mapping[str, str]) -> tuple[bool, str | None]:
        """The fill under ours, by the ids in the comment, else by what our colour remembers; whether it is known."""
        for name in names:
            if name in self.fills:
                return True, self.fills[name]
        if dict(covered) == _NO_FILL:
            return True, None
        if covered and self.sheet is None:
            return True, _fill_xml(covered)
        same = [fill for fill in self.fills.values() if covered and fill is not None and _colour_of(fill) == covered]
        return bool(same), same[0] if same else None  # another colour is one that some program has put there

    def fill_at(self, sheet: str, row: int, column: int, elsewhere: Collection[str]) -> str | None:
        """The fill of a cell of which only the place is known: that of the mark there, else of all its column.

        Marks whose comments are still there, ``elsewhere``, are none of this cell.
        """
        letters = column_letters(column)
        left = {at: self.fills[name] for name, (on, at) in self.places.items() if on == sheet and name not in elsewhere}
        if f"{letters}{row + 1}" in left:
            return left[f"{letters}{row + 1}"]
        fills = {fill for at, fill in left.items() if at.rstrip("0123456789") == letters}
        return fills.pop() if len(fills) == 1 else None


def unmark(data: bytes) -> bytes:
    """The package without our marks; the same bytes where there are none."""
    package = Package(data)
    texts = _Texts(package)
    earlier = _earlier(package, texts) or _without_list(package)
    if earlier is None:
        return data
    styles = _Styles(package)
    ours = styles.ours()
    shown = masked_names(package.sheet_paths())
    for name, path in package.sheet_paths().items():
        if name == earlier.sheet:
            continue
        comments = _Comments(package, path)
        ids = comments.cut_ours(earlier.boxes)
        living = {known for names in ids.values() for known in names}
        if ours and (b"<c" in package.part(path) or path in package.opened()):
            cells = SheetCells(package.tree(path))
            for row, column, cell in list(cells.everywhere()):
                if cell.get("s") in ours:
                    known, fill = earlier.fill_of(ids.get((row, column), ()), styles.covered(cell.get("s")))
                    if not known:
                        fill = earlier.fill_at(shown[name], row, column, living)
                    cell.set("s", styles.with_fill(cell.get("s"), fill))
    _remove_columns(package, texts, earlier)
    if earlier.sheet is not None:
        _remove_list(package, earlier.sheet)
    return package.written()


class _Texts:
    """The texts of cells, shared ones included."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self._shared: list[str] | None = None

    def __call__(self, cell: Element) -> str:
        kind = cell.get("t")
        value = cell.find(main("v"))
        if kind == "s" and value is not None:
            shared = self._strings()
            number = int(value.text or 0)
            return shared[number] if 0 <= number < len(shared) else ""
        if kind == "inlineStr":
            inner = cell.find(main("is"))
            return "" if inner is None else _words_of(inner)
        return "" if value is None else value.text or ""

    def _strings(self) -> list[str]:
        if self._shared is None:
            paths = self._package.related(self._package.book_path, "sharedStrings").values()
            self._shared = [
                _words_of(entry) for path in paths for entry in parse(self._package.part(path)).iterchildren(main("si"))
            ]
        return self._shared


def _earlier(package: Package, texts: _Texts) -> _Earlier | None:
    """The list sheet of an earlier round, known by its first cell."""
    renamed = COLUMN_NAME.encode() in package.part(package.book_path)
    for name, path in package.sheet_paths().items():
        if name.rstrip("_") not in LIST_NAMES and not renamed:
            continue
        cells = SheetCells(parse(package.part(path)))
        first = cells.cells(0).get(0) if 0 in cells.rows else None
        if first is None or not texts(first).endswith(PROBLEM_LIST_MARK):
            continue
        found = _Earlier(name)
        for row in cells.rows:
            line = {column: texts(cell) for column, cell in cells.cells(row).items()}
            memory = line.get(len(_LIST_WIDTHS) + 1, "")
            if not memory:
                continue
            try:
                value = json.loads(memory)
            except ValueError:
                continue
            if isinstance(value, list):
                found.filters = {entry["name"]: entry["filter"] for entry in value if isinstance(entry, dict)}
                found.looks = {entry["name"]: entry.get("looks") for entry in value if isinstance(entry, dict)}
            elif line.get(0) and isinstance(value, dict):
                found.fills[line[0]] = value.get("fill")
                found.places[line[0]] = line.get(2, ""), line.get(3, "")
                if _is_box(value.get("box")):
                    found.boxes[line[0]] = value["box"]
        return found
    return None


def _is_box(value: object) -> bool:
    """Whether it is what ``_shrunk`` takes: the list is the sender's to write in."""
    match value:
        case [{"width": str(), "height": str()}] | [{"width": str(), "height": str()}, [int(), int(), int(), int()]]:
            return True
    return False


def _without_list(package: Package) -> _Earlier | None:
    """An earlier round whose list was deleted, known by its columns and comments; the fills under ours are lost."""
    ours = COLUMN_NAME.encode() in package.part(package.book_path) or any(
        COMMENT_MARK.encode() in package.part(part)
        for path in package.sheet_paths().values()
        for part in package.related(path, "comments").values()
    )
    return _Earlier(None) if ours else None


LIST_NAMES: Final = frozenset({"问题清单", "Problems"})


def _remove_columns(package: Package, texts: _Texts, earlier: _Earlier) -> None:
    """Our 问题 columns, wherever inserted or deleted columns have moved them to."""
    book = package.tree(package.book_path)
    names = book.find(main("definedNames"))
    paths = package.sheet_paths()
    for entry in list(names) if names is not None else ():
        name = entry.get("name") or ""
        if not name.startswith(COLUMN_NAME):
            continue
        names.remove(entry)
        sheet, _, reference = (entry.text or "").rpartition("!")
        sheet = sheet.strip("'").replace("''", "'")
        if sheet not in paths or "#REF" in reference:
            continue
        row, column = place_of(reference)
        cells = SheetCells(package.tree(paths[sheet]))
        header = cells.cells(row).get(column) if row in cells.rows else None
        if header is None or texts(header) != PROBLEM_COLUMN:
            continue
        for below in list(cells.rows):
            cell = cells.cells(below).get(column)
            if cell is not None and below >= row and (below == row or not len(cell) or texts(cell).startswith("〔")):
                cells.remove(below, column)
        _narrow(cells, column, earlier.looks.get(name))
        cells.extend_dimension()
        _take_filter(package, sheet, cells.root, column, earlier.filters.get(name, name.rpartition("_")[2]))
    if names is not None and not len(names):
        book.remove(names)


def _narrow(cells: SheetCells, column: int, looks: Mapping[str, str] | None) -> None:
    """Take our width away, and give the column back what was said of it before."""
    columns = cells.root.find(main("cols"))
    for entry in list(columns) if columns is not None else ():
        ours = entry.get("min") == entry.get("max") == str(column + 1)
        if ours and abs(float(entry.get("width") or 0) - _COLUMN_WIDTH) < 1:
            if looks:
                entry.attrib.clear()
                entry.attrib.update({**looks, "min": str(column + 1), "max": str(column + 1)})
            else:
                columns.remove(entry)
    if columns is not None and not len(columns):
        cells.root.remove(columns)


def _take_filter(package: Package, name: str, sheet: Element, column: int, how: str | None) -> None:
    existing = sheet.find(main("autoFilter"))
    if existing is None:
        return
    first, left, last, right = ends_of(existing.get("ref", "A1"))
    if right != column:
        return
    if how == "extended" and right > left:
        for filtered in list(existing):
            if filtered.get("colId") == str(right - left):
                existing.remove(filtered)
        existing.set("ref", area_of(first, left, last, right - 1))
        _filter_name(package, name, area_of(first, left, last, right - 1))
    elif how == "added":
        hidden = (
            [entry for entry in sheet.iter(main("row")) if entry.get("hidden") in {"1", "true"}]
            if len(existing)
            else []
        )
        for entry in hidden:  # our filter hid them
            entry.attrib.pop("hidden")
        sheet.remove(existing)
        for sort in sheet.findall(main("sortState")):
            sheet.remove(sort)
        _filter_name(package, name, None)


def _remove_list(package: Package, name: str) -> None:
    place = _place_of_sheet(package, name)
    sheets = package.sheets
    entry = sheets[place]
    identity = entry.get(f"{{{RELATIONS}}}id")
    path = package.related(package.book_path, "worksheet")[identity]
    sheets.remove(entry)
    package.unrelate(package.book_path, identity)
    package.remove(path)
    _shift_names(package, -1, without=place)
    for view in package.tree(package.book_path).iter(main("workbookView")):
        view.attrib.pop("activeTab", None)
        view.attrib.pop("firstSheet", None)
