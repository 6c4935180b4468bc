"""Tables written in markup: web pages, which systems export under the name of .xls, and the XML spreadsheets of 2003.

Nothing is fetched, no entity of a document is expanded. Every ``<table>`` of a page is a sheet of its own, its cells
counted from A1.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

from lxml import etree

from starcheck.cells import (
    ERROR_TEXTS,
    UNCALCULATED,
    Cell,
    CellError,
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
    no_formats,
    too_long,
    too_many_sheets,
)
from starcheck.decoding import Decoding, decide
from starcheck.delimited import encoding_notes
from starcheck.diagnostic import Diagnostic, Location, Severity, Text
from starcheck.number_format import bare_format, shown_number
from starcheck.packages import numbers_in

_WIDEST: Final = 16_384
_MOST_TABLES: Final = 1000
_NAME_LENGTH: Final = 31


def _decoded(source: Source, declared: re.Match[bytes] | None) -> tuple[str, Decoding]:
    """The text of a file. Raises ``Refused`` where it is too large or in no encoding that makes sense."""
    data = source.data
    if len(data) > source.limits.markup_bytes:
        size = f"{source.limits.markup_bytes >> 20:,} MB"
        raise Refused("F112", reason=(f"网页或 XML 超过 {size}", f"a page or XML file over {size}"))
    decoding = decide(data, source.known, declared=declared[1].decode("ascii", "replace") if declared else None)
    try:
        return data.decode(decoding.codec), decoding
    except UnicodeDecodeError as error:
        line, name = data.count(b"\n", 0, error.start) + 1, decoding.name
        reason = f"像是 {name}，但第 {line} 行不合", f"it is like {name}, but line {line} is not"
        raise Refused("F116", reason=reason) from error


class _Grid:
    """Cells by their places, as they are found; refuses a rectangle that is mostly blank and huge."""

    def __init__(self, limits: Limits) -> None:
        self.cells: dict[Place, Cell] = {}
        self.merged: list[tuple[int, int, int, int]] = []
        self.width = self.height = 0
        self._limits = limits
        self._filled = 0

    def reach(self, row: int, column: int) -> None:
        """Note that the table reaches as far as a cell."""
        self.width, self.height = max(self.width, column + 1), max(self.height, row + 1)
        spare = self._limits.spare_cells + 8 * self._filled
        if self.width > _WIDEST or self.width * self.height > spare or self._filled > self._limits.cells:
            far = f"{column_letters(column)}{row + 1}"
            raise Refused("F132", reason=(f"表格一直伸到 {far}", f"the table reaches as far as {far}"))

    def put(self, row: int, column: int, value: Cell) -> None:
        """Set a cell."""
        self._filled += 1
        if type(value) is str and len(value) > self._limits.cell_length:
            raise too_long(self._limits)
        if value is not None and value != "":
            self.cells[row, column] = value
        self.reach(row, column)

    def rows(self) -> tuple[Rows, int, int]:
        """The cells as rows, and where they begin: neither blank rows nor columns around them."""
        if not self.cells:
            return [], 0, 0
        top, left = min(row for row, _ in self.cells), min(column for _, column in self.cells)
        bottom, right = max(row for row, _ in self.cells), max(column for _, column in self.cells)
        rows: Rows = [[None] * (right - left + 1) for _ in range(bottom - top + 1)]
        for (row, column), value in self.cells.items():
            rows[row - top][column - left] = value
        return rows, top, left


# --- web pages --------------------------------------------------------------------------------------------------------

_CHARSET: Final = re.compile(rb"(?:charset|encoding)\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_LEFT_OUT: Final = frozenset({"script", "style", "noscript", "template", "head", "title", "xml", "option", "object"})
_BLOCKS: Final = frozenset(
    ("p", "div", "li", "ul", "ol", "dl", "dt", "dd", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "blockquote", "center")
)
_SPACES: Final = re.compile(r"[ \t\r\n\f\xa0]+")
_FORMAT: Final = re.compile(
    r"(?:mso-number-format|vnd\.ms-excel\.numberformat)\s*:\s*(\"[^\"]*\"|'[^']*'|[^;]+)", re.IGNORECASE
)
_CSS_ESCAPE: Final = re.compile(r"\\([0-9a-fA-F]{4})|\\(.)")
_NAMED_FORMATS: Final = {"percent": "0.00%", "general": "", "short date": "yyyy/m/d", "fixed": "0.00"}


def _css_format(style: str) -> str:
    """The number format in a style, as a workbook would write it."""
    found = _FORMAT.search(style)
    if found is None:
        return ""
    code = found[1].strip().strip("\"'")
    code = _CSS_ESCAPE.sub(lambda m: chr(int(m[1], 16)) if m[1] else m[2], code)
    return _NAMED_FORMATS.get(code.lower(), code)


_ELSEWHERE: Final = re.compile(
    r"\s*(?:only\s+)?(?:print|speech|aural|braille|embossed|tty|handheld)\b|\s*not\s+(?:all|screen)\b|.*\bmax-(?:device-)?width\b"
)
"""Media that are no computer's screen: paper, voices, and screens narrower than so many pixels."""
_STEP: Final = re.compile(r"([A-Za-z][\w-]*|\*)?((?:[.#][\w-]+)*)")
_SHOWING: Final = re.compile(r"(?:^|;)\s*(?:display|visibility)\s*:\s*(none|hidden)?", re.IGNORECASE)
_MOST_STEPS: Final = 10
_MOST_RULES: Final = 500

_Step = tuple[str, frozenset[str], str]
"""Tag, classes and id that a part of a selector asks for, empty where it does not."""


def _on_screen(media: str) -> bool:
    """Whether rules for these media hold on a computer's screen: what is left out in print is still to be seen."""
    return any(not _ELSEWHERE.match(medium) for medium in media.lower().split(","))


def _rules(css: str) -> Iterator[tuple[str, str]]:
    """Selectors and declarations of the rules that hold on a screen, in their order."""
    first, *others = css.replace("<!--", " ").replace("-->", " ").split("/*")
    css = first + "".join(piece.partition("*/")[2] for piece in others)
    open_ones = [("@", True)]
    start = 0
    for brace in re.finditer(r"[{}]|\Z", css):
        inside, start = css[start : brace.start()], brace.end()
        if brace[0] == "{":
            prelude = inside.rpartition(";")[2].strip()
            holds = not prelude.lower().startswith("@media") or _on_screen(prelude[len("@media") :])
            open_ones.append((prelude, open_ones[-1][1] and holds))
        elif len(open_ones) > 1:
            prelude, holds = open_ones.pop()
            if holds and not prelude.startswith("@"):
                yield prelude, inside


def _steps(selector: str) -> tuple[_Step, ...]:
    """The parts of a selector from the outermost in; none where it asks for more than tags, classes and ids."""
    steps: list[_Step] = []
    for part in selector.replace(">", " ").split():
        found = _STEP.fullmatch(part)
        if found is None or len(steps) == _MOST_STEPS:
            return ()
        names = re.findall(r"([.#])([\w-]+)", found[2])
        classes = frozenset(name for mark, name in names if mark == ".")
        tag = (found[1] or "").lower().strip("*")
        steps.append((tag, classes, next((name for mark, name in names if mark == "#"), "")))
    return tuple(steps)


def _fits(node: Any, step: _Step) -> bool:
    tag, classes, identity = step
    return (
        (not tag or node.tag == tag)
        and (not identity or node.get("id") == identity)
        and (not classes or classes.issubset((node.get("class") or "").split()))
    )


def _chosen(node: Any, steps: tuple[_Step, ...]) -> bool:
    """Whether a selector chooses an element: the element fits its last part, some around it those before."""
    if not _fits(node, steps[-1]):
        return False
    left = list(steps[:-1])
    for outer in node.iterancestors() if left else ():
        if _fits(outer, left[-1]):
            left.pop()
            if not left:
                return True
    return not left


def _hidden_by(declarations: str) -> bool | None:
    """Whether declarations hide an element; None if they say nothing of it."""
    said = _SHOWING.findall(declarations)
    return any(said) if said else None


class _Styles:
    """What the style rules of a page say about hiding, and about number formats by class."""

    def __init__(self, root: Any) -> None:
        self._showing: dict[str, dict[tuple[_Step, ...], tuple[int, int, bool]]] = {}
        self._rules = 0
        self._formats: dict[str, str] = {}
        self._hiding = False
        for style in root.iter("style"):
            if _on_screen(style.get("media") or "all"):
                self._learn((style.text or "")[: 1 << 20])

    def _learn(self, css: str) -> None:
        for number, (selectors, body) in enumerate(_rules(css)):
            hidden, code = _hidden_by(body), _css_format(body)
            if hidden is None and not code:
                continue
            self._hiding = self._hiding or bool(hidden)
            for steps in filter(None, map(_steps, selectors.split(","))):
                tag, classes, identity = steps[-1]
                if code:
                    self._formats.update(dict.fromkeys(classes, code))
                if hidden is not None and self._rules < _MOST_RULES:
                    self._rules += 1
                    key = next((f".{name}" for name in classes), f"#{identity}" if identity else tag)
                    rank = sum(100 * bool(step[2]) + 10 * len(step[1]) + bool(step[0]) for step in steps)
                    self._showing.setdefault(key, {})[steps] = rank, number, hidden

    def hides(self, node: Any) -> bool:
        """Whether an element is not shown."""
        if node.attrib:
            if node.get("hidden") is not None:
                return True
            own = _hidden_by(node.get("style") or "")
            if own is not None:
                return own
        if not self._hiding:
            return False
        keys = ["", node.tag]
        if node.attrib:
            keys += [f"#{node.get('id')}", *(f".{name}" for name in (node.get("class") or "").split())]
        rules = [rule for key in keys for steps, rule in self._showing.get(key, {}).items() if _chosen(node, steps)]
        return max(rules)[2] if rules else False

    def number_format(self, node: Any) -> str:
        """The number format of a cell, empty where there is none."""
        own = _css_format(node.get("style") or "")
        if own or not self._formats:
            return own
        return next((self._formats[name] for name in (node.get("class") or "").split() if name in self._formats), "")


_ASIDE: Final = re.compile(r"\[(?!(?:h+|m+|s+)\])[^\]]*\]", re.IGNORECASE)
"""Colours, languages and conditions of a number format."""


def _shows(text: str, number: str) -> bool:
    """Whether a text is what a number looks like, rounded; the number behind an error or a yes is not what is meant."""
    shown = re.search(r"\d[\d,]*(?:\.(\d+))?", text)
    try:
        value = abs(float(number)) * (100 if "%" in text else 1)
    except ValueError:
        return False
    if shown is None or text.startswith(("#", "Err:")):
        return False
    return abs(float(shown[0].replace(",", "")) - value) <= 0.500001 * 10.0 ** -len(shown[1] or "")


def _squeezed(text: str) -> str:
    """A text as a browser shows it, line by line: runs of spaces are one."""
    lines = [_SPACES.sub(" ", line).strip(" ") for line in text.split("\0")]
    return "\n".join(line for line in lines if line) if len(lines) > 1 else lines[0]


@dataclass(slots=True)
class _Shown:
    """What a cell shows; whether something in it is hidden; and the tables inside it that are sheets of their own."""

    text: str
    hidden: bool = False
    nested: list[Any] = field(default_factory=list)


def _shown(cell: Any, styles: _Styles, limits: Limits) -> _Shown:
    if not len(cell):
        return _Shown(_squeezed(cell.text or ""))
    shown = _Shown("")
    pieces: list[str] = []
    length = 0
    walk = etree.iterwalk(cell, events=("start", "end"))
    for event, node in walk:
        tag = node.tag
        length += len(node.text or "") if event == "start" else len(node.tail or "")
        if length > 4 * limits.cell_length:  # spaces may still go
            raise too_long(limits)
        if event == "start":
            if node is not cell and _passed_over(node, styles, shown):
                walk.skip_subtree()
                continue
            if tag == "br" or tag in _BLOCKS or tag == "tr":
                pieces.append("\0")
            elif tag in {"input", "select"}:
                pieces.append(_entered(node))
                if tag == "select":
                    walk.skip_subtree()
                    continue
            if node.text:
                pieces.append(node.text)
        elif node is not cell:
            if tag in _BLOCKS or tag == "tr":
                pieces.append("\0")
            elif tag in {"td", "th"}:
                pieces.append(" ")
            if node.tail:
                pieces.append(node.tail)
    shown.text = _squeezed("".join(pieces))
    return shown


def _passed_over(node: Any, styles: _Styles, shown: _Shown) -> bool:
    """Whether an element inside a cell is none of its text."""
    if node.tag in _LEFT_OUT:
        return True
    if styles.hides(node) or (node.tag == "input" and node.get("type", "").lower() == "hidden"):
        shown.hidden = shown.hidden or bool("".join(node.itertext()).strip())
        return True
    if node.tag == "table" and _has_several(node):
        shown.nested.append(node)
        return True
    return False


def _entered(node: Any) -> str:
    """What a form field shows."""
    if node.tag == "select":
        options = list(node.iter("option"))
        chosen = [option for option in options if option.get("selected") is not None] or options[:1]
        return " ".join("".join(option.itertext()) for option in chosen)
    match node.get("type", "text").lower():
        case "checkbox" | "radio":
            return "√" if node.get("checked") is not None else ""
        case "button" | "submit" | "reset" | "image" | "file" | "password":
            return ""
    return node.get("value") or ""


def _parts(table: Any, styles: _Styles) -> Iterator[tuple[str, Any, bool]]:
    """The rows, cells and columns of a table in the order they are shown, without those of tables inside it."""
    later: list[tuple[Any, bool]] = []
    stack = [(node, False) for node in reversed(table)]
    while stack or later:
        if not stack:
            stack, later = [later[0]], later[1:]
        node, hidden = stack.pop()
        tag = node.tag
        if not isinstance(tag, str) or tag == "table":
            continue
        if tag == "tfoot" and len(node) and stack:
            later.append((node, hidden))
            continue
        if tag in {"td", "th"}:
            yield "cell", node, hidden
            continue
        hidden = hidden or styles.hides(node)
        if tag in {"tr", "col"}:
            yield tag, node, hidden
        if tag not in _LEFT_OUT and tag != "caption":
            stack += [(child, hidden) for child in reversed(node)]


def _span(cell: Any, name: str, most: int) -> int:
    text = cell.get(name)
    if text is None:
        return 1
    found = re.match(r"\s*(\d{1,6})", text)
    return min(int(found[1]), most) if found else 1


_HIDDEN_TEXT: Final[Text] = (
    "这一格里有看不见的内容，没有读；读的是看得见的",
    "this cell holds content that is not shown; what is shown was read",
)
_HIDDEN_CELL: Final[Text] = (
    "这一格在网页里不显示，照它所在的位置读了",
    "this cell is not shown; it was read where it stands",
)
_NESTED: Final[Text] = (
    "这一格里套着另一张表，另作一张表读",
    "another table lies inside this cell; it was read as a sheet of its own",
)


class _HtmlTable:
    """One table of a page."""

    def __init__(self, table: Any, source: Source, styles: _Styles) -> None:
        self.table = table
        self._notes: dict[Text, list[Place]] = {}
        self._source = source
        self._styles = styles
        self._grid = _Grid(source.limits)
        self._formats: dict[Place, str] = {}
        self._hidden_rows: set[int] = set()
        self._hidden_columns: set[int] = set()
        self._hidden_cells: dict[int, list[int]] = {}
        self._read()
        self.blank = not self._grid.cells

    def notes(self, name: str) -> Iterator[Diagnostic]:
        """What a person should look at, each thing once, at the first cell where it is so."""
        for reason, places in self._notes.items():
            row, column = places[0]
            where = Location(self._source.file, name, f"{column_letters(column)}{row + 1}")
            zh, en = reason
            if len(places) > 1:
                zh, en = f"{zh}（共 {len(places)} 格）", f"{en} ({len(places)} cells)"
            severity = Severity.NOTE if reason == _NESTED else None
            yield Diagnostic("F138", where, arguments={"reason": (zh, en)}, severity=severity)

    def _read(self) -> None:
        grid, busy = self._grid, dict[int, int]()
        row, column, columns = -1, 0, 0
        row_hidden = False
        for kind, node, hidden in _parts(self.table, self._styles):
            if kind == "col":
                times = _span(node, "span", 1000)
                if hidden and columns < _WIDEST:
                    self._hidden_columns.update(range(columns, columns + times))
                columns += times
                continue
            if kind == "tr":
                row, column, row_hidden = row + 1, 0, hidden
                if hidden:
                    self._hidden_rows.add(row)
                continue
            row = max(row, 0)  # a cell outside any row
            while busy.get(column, 0) > row:
                column += 1
            right = _span(node, "colspan", 1000) or 1
            down = _span(node, "rowspan", 65_534) or 65_534
            grid.reach(row, column + right - 1)
            if down > 1:
                busy.update(dict.fromkeys(range(column, column + right), row + down))
            if right > 1 or down > 1:
                grid.merged.append((row, column, row + down - 1, column + right - 1))
            self._cell(row, column, node, row_hidden)
            column += right

    def _cell(self, row: int, column: int, node: Any, row_hidden: bool) -> None:
        shown = _shown(node, self._styles, self._source.limits)
        value = self._value(row, column, node, shown.text)
        self._grid.put(row, column, value)
        if value is not None and value != "" and not row_hidden and self._styles.hides(node):
            self._hidden_cells.setdefault(column, []).append(row)
        if shown.hidden:
            self._notes.setdefault(_HIDDEN_TEXT, []).append((row, column))
        if shown.nested:
            self._notes.setdefault(_NESTED, []).append((row, column))

    def _value(self, row: int, column: int, node: Any, text: str) -> Cell:
        if not node.attrib:
            return text
        number = node.get("x:num")
        if node.get("x:err") is not None:
            return CellError(text or "#N/A")
        if number is not None and node.get("x:str") is None:
            code = self._styles.number_format(node)
        elif (number := node.get("sdval")) is not None and _shows(text, number):
            code = (node.get("sdnum") or "").split(";", 2)[-1]  # of LibreOffice: language;language;format
        else:
            return text
        try:
            value = float(number)
        except ValueError:
            return text
        if re.search(r"[ymdhs年月日]", _ASIDE.sub("", bare_format(code)), re.IGNORECASE):
            return text  # the date that is shown
        if code:
            self._formats[row, column] = code
        return shown_number(value, code)

    def sheet(self, name: str) -> Sheet:
        """The table as a sheet."""
        rows, top, left = self._grid.rows()
        mark_error_texts(rows)
        height = self._grid.height
        for column, hidden in self._hidden_cells.items():
            filled = sum((row, column) in self._grid.cells for row in range(height) if row not in self._hidden_rows)
            if len(hidden) == filled:
                self._hidden_columns.add(column)
                continue
            self._notes.setdefault(_HIDDEN_CELL, []).extend((row, column) for row in hidden)
        formats = self._formats
        filled_rows, filled_columns = range(top, top + len(rows)), range(left, left + (len(rows[0]) if rows else 0))
        return Sheet(
            self._source.file,
            name,
            rows,
            top,
            left,
            tuple((r1, c1, min(r2, height - 1), c2) for r1, c1, r2, c2 in self._grid.merged),
            "hidden" if self._is_hidden() else "visible",
            frozenset(self._hidden_rows.intersection(filled_rows)),
            frozenset(self._hidden_columns.intersection(filled_columns)),
            formats=(lambda places: {place: formats[place] for place in places if place in formats})
            if formats
            else no_formats,
        )

    def _is_hidden(self) -> bool:
        around = (self.table, *self.table.iterancestors())
        return any(self._styles.hides(node) for node in around if isinstance(node.tag, str))


def read_html(source: Source) -> Outcome:
    """Read the tables of a web page."""
    text, decoding = _decoded(source, _CHARSET.search(source.data[:4096]))
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError as error:
        raise damaged(str(error)) from error
    if root is None:
        raise Refused("F126", reason=("页面是空的", "the page is empty"))
    fatal = [entry for entry in parser.error_log if entry.level >= etree.ErrorLevels.FATAL]
    if fatal:  # whatever follows was left out
        if "size limit" in fatal[0].message or "huge text" in fatal[0].message.lower():
            raise too_long(source.limits)
        line = fatal[0].line
        raise Refused("F106", reason=(f"第 {line} 行的标签套得太深", f"tags are nested too deep in line {line}"))
    styles = _Styles(root)
    names = _names_of_sheets(text)
    tables = [table for table in islice(root.iter("table"), _MOST_TABLES + 1) if not _inlined(table)]
    if len(tables) > _MOST_TABLES:
        raise Refused("F132", reason=(f"超过 {_MOST_TABLES} 张表", f"more than {_MOST_TABLES} tables"))
    read = [one for one in (_HtmlTable(table, source, styles) for table in tables) if not one.blank]
    if not read:
        raise _without_tables(root, tables)
    sheets: list[Sheet] = []
    notes = encoding_notes(source.file, decoding)
    taken: set[str] = set()
    for number, one in enumerate(read):
        name = _caption(one.table) or (names[number] if len(names) == len(tables) else f"表{number + 1}")
        name = name if name not in taken else f"{name}（表{number + 1}）"
        taken.add(name)
        sheets.append(one.sheet(name))
        notes += one.notes(name)
    return Workbook(source.file, source.sha256, "html", tuple(sheets), decoding.name), notes


def _inlined(table: Any) -> bool:
    """Whether a table is but a frame around one text inside a cell of another."""
    inside = any(node.tag in {"td", "th"} for node in table.iterancestors())
    return inside and not _has_several(table)


def _has_several(table: Any) -> bool:
    return next(islice(table.iter("td", "th"), 1, None), None) is not None


def _caption(table: Any) -> str:
    caption = next((node for node in table if node.tag == "caption"), None)
    return "" if caption is None else _squeezed("".join(caption.itertext()))[:_NAME_LENGTH]


def _names_of_sheets(text: str) -> list[str]:
    """The names that Excel writes into a page for the sheets it came from."""
    return [name.strip()[:_NAME_LENGTH] for name in re.findall(r"<x:Name>([^<]*)</x:Name>", text[: 1 << 20])]


def _without_tables(root: Any, tables: list[Any]) -> Refused:
    frames = [node.get("src") or "" for node in root.iter("frame", "iframe")]
    frames += [node.get("href") or "" for node in root.iter("link") if (node.get("id") or "").lower() == "shlink"]
    named = "、".join(dict.fromkeys(frame[-80:] for frame in frames if frame))
    if named:
        return Refused("F126", reason=(f"它只是个框架，数据在 {named}", f"it is only a frame; the data are in {named}"))
    if tables:
        return Refused("F126", reason=("表格都是空的", "all its tables are blank"))
    title = _squeezed("".join(next((node.itertext() for node in root.iter("title")), iter(""))))[:60]
    if title:
        return Refused("F126", reason=(f"页面标题是“{title}”", f"the page is titled “{title}”"))
    return Refused("F126", reason=("一个 <table> 也没有", "there is no <table> at all"))


# --- XML Spreadsheet 2003 ---------------------------------------------------------------------------------------------

_XML_ENCODING: Final = re.compile(rb"\A[^<]{0,8}<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]+)")
_DECLARATION: Final = re.compile(r"\A\s*<\?xml[^>]*\?>")
_XML_VISIBILITY: Final[Mapping[str, Visibility]] = {"SheetHidden": "hidden", "SheetVeryHidden": "very_hidden"}
_XML_FORMATS: Final = {
    "Percent": "0.00%",
    "Fixed": "0.00",
    "Standard": "#,##0.00",
    "General": "",
    "General Number": "",
    "General Date": "yyyy/m/d h:mm",
    "Long Date": "yyyy年m月d日",
    "Medium Date": "d-mmm-yy",
    "Short Date": "yyyy/m/d",
    "Long Time": "h:mm:ss",
    "Medium Time": "h:mm",
    "Short Time": "h:mm",
}
_DATE_CODES: Final = re.compile(r"[ymdhs年月日]", re.IGNORECASE)


def _local(node: Any) -> str:
    """The name of an element without its namespace; comments have none."""
    return node.tag.rpartition("}")[2] if isinstance(node.tag, str) else ""


def _attribute(node: Any, name: str) -> str | None:
    """An attribute of the spreadsheet's namespace, also where a careless program left the prefix out."""
    found: str | None = node.get(f"{{urn:schemas-microsoft-com:office:spreadsheet}}{name}")
    return found if found is not None else node.get(name)


def _count(node: Any, name: str) -> int | None:
    text = _attribute(node, name)
    if text is None:
        return None
    if not re.fullmatch(r"\d{1,7}", text.strip()):
        raise Refused("F106", reason=f"{name}={text[:20]!r}")
    return int(text)


def read_xml(source: Source) -> Outcome:
    """Read an XML Spreadsheet of 2003."""
    text, decoding = _decoded(source, _XML_ENCODING.match(source.data[:400]))
    text = _DECLARATION.sub("", text.lstrip("\ufeff"), count=1)
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
    )
    if "<!DOCTYPE" in text[: 1 << 16]:
        raise _with_entities()
    try:
        root = etree.fromstring(text.lstrip().encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError as error:
        raise _broken_xml(error, source.limits) from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise _with_entities()
    nodes = [child for child in root if _local(child) == "Worksheet"]
    too_many_sheets(len(nodes), source.limits)
    book = _XmlBook(root)
    sheets = [book.sheet(node, number, source) for number, node in enumerate(nodes, start=1)]
    if not any(sheet.rows for sheet in sheets):
        raise Refused("F104")
    return Workbook(source.file, source.sha256, "xml", tuple(sheets), decoding.name), encoding_notes(
        source.file, decoding
    )


def _with_entities() -> Refused:
    return Refused("F131", reason=("XML 里有 DOCTYPE 或实体定义", "its XML declares a DOCTYPE or entities"))


def _broken_xml(error: etree.XMLSyntaxError, limits: Limits) -> Refused:
    if "huge text" in str(error).lower() or "XML_PARSE_HUGE" in str(error):
        return too_long(limits)
    return damaged(str(error)[:200])


class _XmlBook:
    """The styles of an XML spreadsheet, and its sheets."""

    def __init__(self, root: Any) -> None:
        self._formats: dict[str, str] = {}
        parents: dict[str, str] = {}
        self._first_day = dt.datetime(1899, 12, 30)  # noqa: DTZ001 - a day of spreadsheets has no zone
        for part in root:
            match _local(part):
                case "Styles":
                    for style in part:
                        name = _attribute(style, "ID") or ""
                        parents[name] = _attribute(style, "Parent") or ""
                        for inner in style:
                            if _local(inner) == "NumberFormat":
                                code = _attribute(inner, "Format") or ""
                                self._formats[name] = _XML_FORMATS.get(code, code)
                case "ExcelWorkbook":
                    if any(_local(inner) == "Date1904" for inner in part):
                        self._first_day = dt.datetime(1904, 1, 1)  # noqa: DTZ001 - likewise
        for name in [name for name in parents if name not in self._formats]:
            if parents[name] in self._formats:
                self._formats[name] = self._formats[parents[name]]

    def sheet(self, node: Any, number: int, source: Source) -> Sheet:
        """One worksheet."""
        grid = _Grid(source.limits)
        styles: dict[Place, str] = {}
        comments: dict[Place, str] = {}
        hidden_rows: list[Place] = []
        hidden_columns: list[Place] = []
        table = next((part for part in node if _local(part) == "Table"), ())
        column_styles: list[tuple[range, str]] = []
        row = column = 0
        for part in table:
            match _local(part):
                case "Column":
                    first = (_count(part, "Index") or column + 1) - 1
                    column = first + 1 + (_count(part, "Span") or 0)
                    if _attribute(part, "Hidden") == "1":
                        hidden_columns.append((first, column - 1))
                    if style := _attribute(part, "StyleID"):
                        column_styles.append((range(first, column), style))
                case "Row":
                    first = (_count(part, "Index") or row + 1) - 1
                    if first < row:
                        raise Refused("F106", reason=f"Row ss:Index={first + 1}")
                    row = first + 1 + (_count(part, "Span") or 0)
                    if _attribute(part, "Hidden") == "1":
                        hidden_rows.append((first, row - 1))
                    self._row(part, first, grid, styles, column_styles, comments)
        rows, top, left = grid.rows()
        mark_error_texts(rows)
        height, width = len(rows), len(rows[0]) if rows else 0

        def formats(places: Collection[Place]) -> dict[Place, str]:
            return {place: code for place in places if (code := self._formats.get(styles.get(place, ""), ""))}

        return Sheet(
            source.file,
            _attribute(node, "Name") or f"Sheet{number}",
            rows,
            top,
            left,
            tuple(grid.merged),
            _visibility(node),
            numbers_in(hidden_rows, top, height),
            numbers_in(hidden_columns, left, width),
            formats=formats,
            comments=lambda: comments,
            date1904=self._first_day.year == _YEAR_1904,
        )

    def _row(
        self,
        row: Any,
        number: int,
        grid: _Grid,
        styles: dict[Place, str],
        column_styles: list[tuple[range, str]],
        comments: dict[Place, str],
    ) -> None:
        column = 0
        row_style = _attribute(row, "StyleID")
        for cell in row:
            if _local(cell) != "Cell":
                continue
            first = (_count(cell, "Index") or column + 1) - 1
            if first < column:
                raise Refused("F106", reason=f"Cell ss:Index={first + 1}, R{number + 1}")
            right, down = _count(cell, "MergeAcross") or 0, _count(cell, "MergeDown") or 0
            column = first + 1 + right
            style = _attribute(cell, "StyleID") or row_style
            if style is None and column_styles:
                style = next((own for columns, own in column_styles if first in columns), None)
            if (words := _comment(cell)) != "":
                comments[number, first] = words
            value = self._value(cell, self._formats.get(style or "", ""))
            if value is None:
                continue
            grid.put(number, first, value)
            if style:
                styles[number, first] = style
            if right or down:
                grid.merged.append((number, first, number + down, first + right))

    def _value(self, cell: Any, code: str) -> Cell:
        data = next((part for part in cell if _local(part) == "Data"), None)
        formula = _attribute(cell, "Formula") is not None
        if data is None:
            return UNCALCULATED if formula else None
        text = data.text or "" if not len(data) else "".join(data.itertext())
        match _attribute(data, "Type"):
            case "Number":
                return self._number(text, code)
            case "DateTime":
                return _moment(text)
            case "Boolean":
                return text.strip() in {"1", "true", "True"}
            case "Error":
                return CellError(text.strip() or "#N/A")
        return CellError(text) if text in ERROR_TEXTS else text or None

    def _number(self, text: str, code: str) -> Cell:
        try:
            value = float(text)
        except ValueError:
            return text or None
        bare = bare_format(code)
        if _DATE_CODES.search(re.sub(r"\[[^\]]*\]", "", bare)) and 0 < value < 2_958_466:  # noqa: PLR2004 - 9999-12-31
            moment = self._first_day + dt.timedelta(days=value)
            return moment.date() if value == int(value) else moment
        return shown_number(value, code)


_YEAR_1904 = 1904


def _comment(cell: Any) -> str:
    """What the comment on a cell says, nothing where there is none."""
    for part in cell:
        if _local(part) == "Comment":
            data = next((inner for inner in part if _local(inner) == "Data"), None)
            return "" if data is None else comment_text("".join(data.itertext()), _attribute(part, "Author") or "")
    return ""


def _moment(text: str) -> Cell:
    """A day, a moment or a time of day; what is none of them stays the text it is."""
    try:
        moment = dt.datetime.fromisoformat(text.strip())
    except ValueError:
        return text or None
    if (moment.year, moment.month, moment.day) in {(1899, 12, 31), (1899, 12, 30)}:
        return moment.time()
    return moment.date() if moment.time() == dt.time() else moment


def _visibility(node: Any) -> Visibility:
    for options in node:
        if _local(options) == "WorksheetOptions":
            for option in options:
                if _local(option) == "Visible":
                    return _XML_VISIBILITY.get((option.text or "").strip(), "visible")
    return "visible"
