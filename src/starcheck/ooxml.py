"""An xlsx package opened for mending: parts by name, changed ones written anew, all others byte for byte as they were.

Only what a change needs is parsed. Entities are never resolved and nothing is fetched.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Iterable, Iterator
from typing import Any, Final

from lxml import etree

from starcheck.cells import column_letters
from starcheck.visible import visible_lines

MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE_RELATIONS: Final = "http://schemas.openxmlformats.org/package/2006/relationships"
_TYPES: Final = "http://schemas.openxmlformats.org/package/2006/content-types"
_XML = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_THEN = (1980, 1, 1, 0, 0, 0)
"""The time of every part we write: the same copy for the same file, whenever it is made."""

Element = Any
"""An element of lxml, which has no types of its own."""

_ORDER = [
    "sheetPr",
    "dimension",
    "sheetViews",
    "sheetFormatPr",
    "cols",
    "sheetData",
    "sheetCalcPr",
    "sheetProtection",
    "protectedRanges",
    "scenarios",
    "autoFilter",
    "sortState",
    "dataConsolidate",
    "customSheetViews",
    "mergeCells",
    "phoneticPr",
    "conditionalFormatting",
    "dataValidations",
    "hyperlinks",
    "printOptions",
    "pageMargins",
    "pageSetup",
    "headerFooter",
    "rowBreaks",
    "colBreaks",
    "customProperties",
    "cellWatches",
    "ignoredErrors",
    "smartTags",
    "drawing",
    "legacyDrawing",
    "legacyDrawingHF",
    "drawingHF",
    "picture",
    "oleObjects",
    "controls",
    "webPublishItems",
    "tableParts",
    "extLst",
]
"""The children of a worksheet in the order that the schema demands; programs refuse any other."""


class NotPatchable(Exception):  # noqa: N818 - not an error of the program: the copy is then made from what was read
    """The package is not one whose parts can be changed with certainty."""


def main(name: str) -> str:
    """A tag of the spreadsheet namespace."""
    return f"{{{MAIN}}}{name}"


def local(element: Element) -> str:
    """An element's name without its namespace."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def parse(xml: bytes) -> Element:
    """The root of a part. Raises ``NotPatchable`` for what is no XML, or has a DTD."""
    if b"<!DOCTYPE" in xml or b"<!ENTITY" in xml:
        raise NotPatchable("DOCTYPE")
    try:
        return etree.fromstring(xml, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False))
    except etree.XMLSyntaxError as error:
        raise NotPatchable(str(error)) from error


class Package:
    """A zipped workbook whose parts can be read, changed, added and removed.

    Raises ``NotPatchable`` where its structure is not the one that is known: Strict OOXML, no workbook, names twice.
    """

    def __init__(self, data: bytes) -> None:
        """Open the package; parts are unpacked when they are asked for."""
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(data))
            self._members = {info.filename: info for info in self._archive.infolist()}
        except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
            raise NotPatchable(str(error)) from error
        if len(self._members) != len(self._archive.infolist()):
            raise NotPatchable("a name stands twice in the package")
        self._changed: dict[str, bytes] = {}
        self._trees: dict[str, Element] = {}
        self._gone: set[str] = set()
        self.book_path = next(
            (target for kind, target in self._relations_of("").values() if kind == "officeDocument"), ""
        )
        if self.book_path not in self or self.tree(self.book_path).tag != main("workbook"):
            raise NotPatchable("no workbook in the transitional form")

    def __contains__(self, name: str) -> bool:
        """Whether there is such a part."""
        return name not in self._gone and (name in self._members or name in self._changed)

    def part(self, name: str) -> bytes:
        """The bytes of a part."""
        if name in self._changed:
            return self._changed[name]
        try:
            return self._archive.read(self._members[name])
        except (KeyError, zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, OSError) as error:
            raise NotPatchable(f"{name}: {error}") from error

    def tree(self, name: str) -> Element:
        """The root of a part; changes to it are written."""
        if name not in self._trees:
            self._trees[name] = parse(self.part(name))
        return self._trees[name]

    def names(self) -> Iterator[str]:
        """The names of all parts."""
        for name in dict.fromkeys((*self._members, *self._changed)):
            if name not in self._gone:
                yield name

    def opened(self) -> frozenset[str]:
        """The parts that were parsed, whose bytes may no longer be what they say."""
        return frozenset(self._trees)

    def put(self, name: str, content: bytes, content_type: str | None = None) -> None:
        """Write a part; ``content_type`` registers a new one."""
        self._gone.discard(name)
        self._trees.pop(name, None)
        self._changed[name] = content
        if content_type is not None:
            types = self.tree("[Content_Types].xml")
            etree.SubElement(types, f"{{{_TYPES}}}Override", PartName=f"/{name}", ContentType=content_type)

    def put_default_type(self, extension: str, content_type: str) -> None:
        """Register the type of an extension, unless it is."""
        types = self.tree("[Content_Types].xml")
        if not any(entry.get("Extension", "").lower() == extension for entry in types):
            types.insert(0, etree.Element(f"{{{_TYPES}}}Default", Extension=extension, ContentType=content_type))

    def remove(self, name: str) -> None:
        """Take a part, its relations and its type out."""
        for gone in (name, relations_path(name)):
            self._gone.add(gone)
            self._changed.pop(gone, None)
            self._trees.pop(gone, None)
        types = self.tree("[Content_Types].xml")
        for entry in list(types):
            if entry.get("PartName") == f"/{name}":
                types.remove(entry)

    def unused(self, pattern: str) -> str:
        """The first name of a pattern (``xl/comments{}.xml``) that no part has."""
        number = 1
        taken = {name.casefold() for name in (*self._members, *self._changed)}
        while pattern.format(number).casefold() in taken:
            number += 1
        return pattern.format(number)

    # --- relations

    def _relations_of(self, part: str) -> dict[str, tuple[str, str]]:
        path = relations_path(part)
        if path not in self:
            return {}
        folder = posixpath.dirname(part)
        found = {}
        for entry in self.tree(path):
            if entry.get("TargetMode") == "External":
                continue
            target = (entry.get("Target") or "").replace("\\", "/")
            target = (
                target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
            )
            found[entry.get("Id") or ""] = ((entry.get("Type") or "").rpartition("/")[2], target)
        return found

    def related(self, part: str, kind: str) -> dict[str, str]:
        """The parts of a kind that a part names, by the id of the relation."""
        return {key: target for key, (found, target) in self._relations_of(part).items() if found == kind}

    def relate(self, part: str, kind: str, target: str) -> str:
        """Add a relation and give its id."""
        path = relations_path(part)
        if path not in self:
            self.put(path, _XML + f'<Relationships xmlns="{_PACKAGE_RELATIONS}"/>'.encode())
        root = self.tree(path)
        taken = {entry.get("Id") for entry in root}
        number = 1
        while f"rId{number}" in taken:
            number += 1
        relative = posixpath.relpath(target, posixpath.dirname(part) or ".")
        etree.SubElement(
            root,
            f"{{{_PACKAGE_RELATIONS}}}Relationship",
            Id=f"rId{number}",
            Type=f"{RELATIONS}/{kind}",
            Target=relative,
        )
        return f"rId{number}"

    def unrelate(self, part: str, identity: str) -> None:
        """Take a relation out."""
        root = self.tree(relations_path(part))
        for entry in list(root):
            if entry.get("Id") == identity:
                root.remove(entry)

    # --- the workbook

    @property
    def sheets(self) -> Element:
        """The list of sheets of the workbook."""
        found = self.tree(self.book_path).find(main("sheets"))
        if found is None:
            raise NotPatchable("no sheets")
        return found

    def sheet_paths(self) -> dict[str, str]:
        """The part of each worksheet by its name; chart sheets are left out."""
        parts = self.related(self.book_path, "worksheet")
        key = f"{{{RELATIONS}}}id"
        named = ((sheet.get("name"), parts.get(sheet.get(key) or "", "")) for sheet in self.sheets)
        return {name: path for name, path in named if path in self}

    def written(self) -> bytes:
        """The package as bytes: parts in their old order, new ones at the end."""
        for name, root in self._trees.items():
            if name not in self._gone:
                self._changed[name] = serialised(root, (self._members.get(name) is not None and self.part(name)) or b"")
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target:
            for name, info in self._members.items():
                if name in self._gone:
                    continue
                if name in self._changed:
                    fresh = zipfile.ZipInfo(name, info.date_time)
                    fresh.compress_type = zipfile.ZIP_DEFLATED
                    target.writestr(fresh, self._changed[name])
                else:
                    kept = zipfile.ZipInfo(name, info.date_time)
                    kept.compress_type, kept.external_attr = info.compress_type, info.external_attr
                    target.writestr(kept, self.part(name))
            for name, content in self._changed.items():
                if name not in self._members and name not in self._gone:
                    fresh = zipfile.ZipInfo(name, _THEN)
                    fresh.compress_type = zipfile.ZIP_DEFLATED
                    target.writestr(fresh, content)
        return stream.getvalue()


def serialised(root: Element, before: bytes) -> bytes:
    """A changed part as bytes; one that says the same as before stays byte for byte as it was."""
    content: bytes = etree.tostring(root, encoding="UTF-8", standalone=True)
    if before and etree.tostring(parse(before), encoding="UTF-8", standalone=True) == content:
        return before
    return content


def relations_path(part: str) -> str:
    """Where the relations of a part are: ``xl/worksheets/_rels/sheet1.xml.rels``."""
    folder, base = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{base}.rels")


def put_in_order(sheet: Element, child: Element) -> None:
    """Insert a child of a worksheet where the schema wants it."""
    mine = _ORDER.index(local(child))
    for place, other in enumerate(sheet):
        name = local(other)
        theirs = _ORDER.index(name) if name in _ORDER else _ORDER.index("controls")
        if theirs > mine:
            sheet.insert(place, child)
            return
    sheet.append(child)


# --- cells of a sheet -------------------------------------------------------------------------------------------------

_REFERENCE = re.compile(r"\$?([A-Z]{1,3})\$?(\d+)")


def place_of(reference: str) -> tuple[int, int]:
    """Row and column, from 0, of ``F7`` or ``$F$7``. Raises ``NotPatchable`` for anything else."""
    found = _REFERENCE.fullmatch(reference)
    if found is None:
        raise NotPatchable(reference)
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - 64
    return int(found[2]) - 1, column - 1


def ends_of(area: str) -> tuple[int, int, int, int]:
    """First row, first column, last row and last column of ``A3:AH5``."""
    first, _, last = area.partition(":")
    return (*place_of(first), *place_of(last or first))


def area_of(first_row: int, first_column: int, last_row: int, last_column: int) -> str:
    """``A3:AH5`` for its ends."""
    return f"{column_letters(first_column)}{first_row + 1}:{column_letters(last_column)}{last_row + 1}"


_PIXELS = 7
"""Of one character, by which columns are measured, in the usual font."""
_COLUMN_WIDTH, _ROW_HEIGHT = 9.14, 15.0
"""In characters and points, where a sheet does not say."""


def _measure(text: str | None, usual: float) -> float:
    """A width or height; the usual one where there is none, or one that no program writes."""
    return float(text) if text is not None and re.fullmatch(r"\d{1,4}(?:\.\d{1,20})?", text) else usual


class SheetCells:
    """The rows and cells of a worksheet's XML, found and made where they belong."""

    def __init__(self, root: Element) -> None:
        """Index the rows; cells of a row when one of them is asked for."""
        if root.tag != main("worksheet"):
            raise NotPatchable("no worksheet in the transitional form")
        self.root = root
        data = root.find(main("sheetData"))
        if data is None:
            raise NotPatchable("no sheetData")
        self.data = data
        self._rows: dict[int, Element] = {}
        number = 0
        for row in data.iterchildren(main("row")):
            number = int(row.get("r") or number + 1)
            if number - 1 in self._rows:
                raise NotPatchable("a row stands twice")
            self._rows[number - 1] = row
        self._in_order = list(self._rows) == sorted(self._rows)
        self._cells: dict[int, dict[int, Element]] = {}
        self.merges = [
            ends_of(merge.get("ref", "A1")) for merges in root.findall(main("mergeCells")) for merge in merges
        ]

    @property
    def rows(self) -> Iterable[int]:
        """The numbers of the rows there are."""
        return self._rows

    def cells(self, row: int) -> dict[int, Element]:
        """The cells of a row by column."""
        if row not in self._cells:
            found: dict[int, Element] = {}
            column = -1
            for cell in self._rows[row].iterchildren(main("c")) if row in self._rows else ():
                reference = cell.get("r")
                column = place_of(reference)[1] if reference else column + 1
                found[column] = cell
            self._cells[row] = found
        return self._cells[row]

    def everywhere(self) -> Iterator[tuple[int, int, Element]]:
        """Every cell with its row and column."""
        for row in self._rows:
            for column, cell in self.cells(row).items():
                yield row, column, cell

    def shown_at(self, row: int, column: int) -> tuple[int, int]:
        """The cell itself, or the first one of the merge that covers it."""
        for first, left, last, right in self.merges:
            if first <= row <= last and left <= column <= right:
                return first, left
        return row, column

    def cell(self, row: int, column: int) -> Element:
        """A cell, made with the style of its row or column where there is none."""
        found = self.cells(row)
        if column in found:
            return found[column]
        line = self._row(row)
        cell = etree.Element(main("c"), r=f"{column_letters(column)}{row + 1}")
        style = line.get("s") if line.get("customFormat") in {"1", "true"} else self._column_style(column)
        if style not in {None, "0"}:
            cell.set("s", style)
        line.attrib.pop("spans", None)
        after = [other for other in found if other < column]
        if after:
            found[max(after)].addnext(cell)
        else:
            line.insert(0, cell)
        found[column] = cell
        return cell

    def _row(self, row: int) -> Element:
        if row not in self._rows:
            if not self._in_order:
                raise NotPatchable("rows out of order")
            line = etree.Element(main("row"), r=str(row + 1))
            before = [number for number in self._rows if number < row]
            if before:
                self._rows[max(before)].addnext(line)
            else:
                self.data.insert(0, line)
            self._rows[row] = line
            self._rows = dict(sorted(self._rows.items()))
        return self._rows[row]

    def _column_style(self, column: int) -> str | None:
        for entry in self._columns():
            if int(entry.get("min", "0")) <= column + 1 <= int(entry.get("max", "0")):
                style: str | None = entry.get("style")
                return style
        return None

    def _columns(self) -> list[Element]:
        columns = self.root.find(main("cols"))
        return [] if columns is None else list(columns)

    def width_of(self, column: int) -> int:
        """The width of a column as it is shown, in pixels."""
        for entry in self._columns():
            if int(entry.get("min", "0")) <= column + 1 <= int(entry.get("max", "0")):
                hidden = entry.get("hidden") in {"1", "true"}
                return 0 if hidden else int(_measure(entry.get("width"), _COLUMN_WIDTH) * _PIXELS)
        return int(_measure(self._default("defaultColWidth"), _COLUMN_WIDTH) * _PIXELS)

    def height_of(self, row: int) -> int:
        """The height of a row as it is shown, in pixels."""
        line = self._rows.get(row)
        if line is not None and line.get("hidden") in {"1", "true"}:
            return 0
        own = line.get("ht") if line is not None else None
        return int(_measure(own or self._default("defaultRowHeight"), _ROW_HEIGHT) * 96 / 72)

    def _default(self, name: str) -> str | None:
        said = self.root.find(main("sheetFormatPr"))
        return None if said is None else said.get(name)

    def last_column(self) -> int:
        """The last column in which a cell holds something."""
        return max((column for _, column, cell in self.everywhere() if len(cell)), default=-1)

    def filled(self, row: int, column: int) -> bool:
        """Whether a cell holds something."""
        cell = self.cells(row).get(column)
        return cell is not None and len(cell) > 0

    def remove(self, row: int, column: int) -> None:
        """Take a cell out."""
        cell = self.cells(row).pop(column, None)
        if cell is not None:
            cell.getparent().remove(cell)

    def column_looks(self, column: int) -> dict[str, str] | None:
        """What is said of a column: its width, whether it is hidden, its style."""
        for entry in self._columns():
            if int(entry.get("min", "0")) <= column + 1 <= int(entry.get("max", "0")):
                return {name: value for name, value in entry.attrib.items() if name not in {"min", "max"}}
        return None

    def widen(self, column: int, width: float) -> None:
        """Give one column a width of its own and show it, splitting the range of columns it is in."""
        columns = self.root.find(main("cols"))
        if columns is None:
            columns = etree.Element(main("cols"))
            put_in_order(self.root, columns)
        number = column + 1
        mine = etree.Element(main("col"), min=str(number), max=str(number), width=str(width), customWidth="1")
        place = len(columns)
        for entry in list(columns):
            first, last = int(entry.get("min", "0")), int(entry.get("max", "0"))
            if last < number:
                continue
            if first > number:
                place = columns.index(entry)
                break
            if entry.get("style"):
                mine.set("style", entry.get("style"))
            place = columns.index(entry)
            columns.remove(entry)
            for low, high in ((first, number - 1), (number + 1, last)):
                if low <= high:
                    part = etree.fromstring(etree.tostring(entry))
                    part.set("min", str(low))
                    part.set("max", str(high))
                    columns.insert(place, part)
                    place += low < number
            break
        columns.insert(place, mine)

    def extend_dimension(self) -> None:
        """Let the declared range hold all cells there are."""
        dimension = self.root.find(main("dimension"))
        places = [(row, column) for row, column, _ in self.everywhere()]
        if dimension is None or not places:
            return
        rows, columns = [row for row, _ in places], [column for _, column in places]
        dimension.set("ref", area_of(min(rows), min(columns), max(rows), max(columns)))


def put_text(cell: Element, text: str) -> None:
    """Make a cell hold a text, whatever it held."""
    for child in list(cell):
        cell.remove(child)
    cell.set("t", "inlineStr")
    inner = etree.SubElement(etree.SubElement(cell, main("is")), main("t"))
    inner.text = xml_text(text)
    inner.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")


def xml_text(text: str) -> str:
    """A text of ours as XML can hold it, with nothing unseen in it."""
    return visible_lines(text)
