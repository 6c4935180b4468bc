"""A scheme as a workbook that an office can edit, and that workbook read again.

The text of the file it was made from lies in a hidden sheet, so that what is not a value (comments, blank lines) comes
back too. Nothing here looks at the clock: the same scheme gives the same bytes.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

from starcheck.cells import Cell, Limits, Sheet, Workbook
from starcheck.column import decimal15
from starcheck.diagnostic import Diagnostic, Lang, Location, Severity, Text
from starcheck.messages import say
from starcheck.report.tables import begins_formula
from starcheck.scheme_sheets import (
    COLUMNS,
    HEAD,
    HEAD_COLUMNS,
    ITEMS,
    ORIGINAL,
    STARS,
    TELLING,
    TIERING_COLUMNS,
    TIERS,
    Column,
    Holds,
    Percent,
    Row,
    Rows,
    Value,
    rows_of,
)
from starcheck.scheme_source import Node, nearest_slot
from starcheck.workbook import read_workbook

_MARK = "starcheck criteria export"
_PLAIN, _VEILED = b"0123456789+/=", b"!$()*,:;<>_~|"
"""The stored text has no digits, so that none of it can be taken for somebody's number; and begins no formula."""
_TO_VEIL, _TO_PLAIN = bytes.maketrans(_PLAIN, _VEILED), bytes.maketrans(_VEILED, _PLAIN)
_PIECE = 30_000
"""Characters in a cell, which holds 32,767."""
_SPARE = 500
"""Rows below the last that have their dropdowns too."""
_LIST = 255
"""Characters in a list of choices."""
_HEADER_ROWS = 10
"""Rows among which a header is looked for, should somebody have put a title above it."""
_WIDTHS = (22, 60, 70)


# --- out --------------------------------------------------------------------------------------------------------------


def scheme_workbook(root: Node, text: str, file: str, day: date, lang: Lang = "zh") -> bytes:
    """The workbook of a scheme's tree and of the text it is of; ``day`` is the one it says it was made on."""
    return _Book(root, day, lang).write(text, file)


class _Book:
    def __init__(self, root: Node, day: date, lang: Lang) -> None:
        import xlsxwriter  # noqa: PLC0415 - only where a workbook is written

        self.lang, self.root, self.rows = lang, root, rows_of(root)
        self.stream = io.BytesIO()
        self.book = xlsxwriter.Workbook(self.stream, {"in_memory": True, "strings_to_formulas": False})
        self.looks: dict[tuple[tuple[str, Any], ...], Any] = {}
        self.book.set_properties({"title": root.text("方案") or "", "created": datetime.combine(day, time())})

    def look(self, **properties: Any) -> Any:
        properties = {"font_size": 10, "valign": "top", "align": "left", "text_wrap": True, **properties}
        key = tuple(sorted(properties.items()))
        if key not in self.looks:
            self.looks[key] = self.book.add_format(properties)
        return self.looks[key]

    def write(self, text: str, file: str) -> bytes:
        self._telling()
        self._head()
        for sheet, columns in COLUMNS.items():
            self._sheet(sheet, columns, self.rows[sheet])
        self._original(text, file)
        self.book.close()
        return self.stream.getvalue()

    def _put(self, sheet: Any, row: int, column: int, value: Value, holds: Holds, **look: Any) -> None:
        match value:
            case Percent():
                shares = value.value * 100
                look["num_format"] = "0%" if shares == shares.to_integral_value() else "0.00%"
                sheet.write_number(row, column, float(value.value), self.look(**look))
            case Decimal() if decimal15(float(value)) == value:
                sheet.write_number(row, column, float(value), self.look(**look))
            case date():
                sheet.write_datetime(row, column, datetime.combine(value, time()), self.look(**_day_look(), **look))
            case _:
                written = f"{value:f}" if isinstance(value, Decimal) else str(value)
                if holds not in _OPEN:
                    look["num_format"] = "@"
                if begins_formula(written):
                    look["quote_prefix"] = True
                sheet.write_string(row, column, written, self.look(**look))

    def _telling(self) -> None:
        sheet = self.book.add_worksheet(TELLING)
        sheet.set_column(0, 0, 100)
        slots = {"title": self.root.text("方案") or "", "nature": self.root.text("性质") or "—"}
        bold = {"bold": True, "font_size": 14}
        for row, line in enumerate(say("sheets.telling", self.lang, **slots).split("\n")):
            self._put(sheet, row, 0, line, Holds.TEXT, **(bold if not row else {}))

    def _head(self) -> None:
        sheet = self.book.add_worksheet(HEAD)
        titles = (say("sheets.key", "zh"), say("sheets.value", "zh"), say("sheets.about", self.lang))
        for place, (wide, title) in enumerate(zip(_WIDTHS, titles, strict=True)):
            sheet.set_column(place, place, wide)
            self._put(sheet, 0, place, title, Holds.TEXT, **_HEADER)
        sheet.freeze_panes(1, 1)
        cells = self.rows[HEAD][0]
        for row, column in enumerate((*HEAD_COLUMNS, *TIERING_COLUMNS), 1):
            self._put(sheet, row, 0, column.header, Holds.TEXT, bold=True)
            if column.header in cells:
                self._put(sheet, row, 1, cells[column.header], column.holds)
            else:
                sheet.write_blank(row, 1, None, self._blank(column))
            self._put(sheet, row, 2, self._note(column), Holds.TEXT, font_color="#777777")
            self._choices(sheet, column, row, 1, row)

    def _sheet(self, name: str, columns: Sequence[Column], rows: Rows) -> None:
        sheet = self.book.add_worksheet(name)
        sheet.set_comments_author("starcheck")
        for place, column in enumerate(columns):
            sheet.set_column(place, place, column.width, self._blank(column))
            self._put(sheet, 0, place, column.header, Holds.TEXT, **_HEADER)
            sheet.write_comment(0, place, self._note(column), {"x_scale": 2, "y_scale": 1.2})
            self._choices(sheet, column, 1, place, len(rows) + _SPARE)
        names = next((place for place, column in enumerate(columns) if column.header in {"名称", "情形"}), 0)
        sheet.freeze_panes(1, names + 1)
        sheet.set_landscape()
        sheet.set_paper(8)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        sheet.autofilter(0, 0, max(len(rows), 1), len(columns) - 1)
        before: Value | None = None
        for number, row in enumerate(rows, 1):
            identity = row.get("编号")
            again = name == ITEMS and identity is not None and identity == before
            before = identity
            for place, column in enumerate(columns):
                if column.header in row:
                    grey = {"font_color": "#999999"} if again and column.header in {"星", "编号"} else {}
                    self._put(sheet, number, place, row[column.header], column.holds, **grey)

    def _blank(self, column: Column) -> Any:
        if column.holds is Holds.DAY:
            return self.look(**_day_look())
        if column.holds is Holds.SHARE:
            return self.look(num_format="0%")
        return self.look(**({} if column.holds in _OPEN else {"num_format": "@"}))

    def _choices(self, sheet: Any, column: Column, first: int, place: int, last: int) -> None:
        rule: dict[str, Any] = {"validate": "list", "input_message": ""}
        if column.choices and len(",".join(column.choices)) <= _LIST:
            rule |= {"source": list(column.choices), "error_title": column.header}
            rule["error_message"] = say("sheets.choose", self.lang, words="、".join(column.choices))[:_LIST]
        elif column.listed:
            end = len(self.rows[column.listed]) + _SPARE
            rule |= {"source": f"='{column.listed}'!$A$2:$A${end}", "error_type": "warning"}
            rule["error_message"] = say("sheets.listed", self.lang, sheet=column.listed)
        else:
            return
        sheet.data_validation(first, place, last, place, rule)

    def _note(self, column: Column) -> str:
        return say(f"sheets.note.{column.told}", self.lang)

    def _original(self, text: str, file: str) -> None:
        sheet = self.book.add_worksheet(ORIGINAL)
        packed = base64.b64encode(zlib.compress(text.encode(), 9)).translate(_TO_VEIL).decode()
        for column, cell in enumerate((_MARK, file, _veiled_digest(text))):
            sheet.write_string(0, column, cell)
        for row, start in enumerate(range(0, len(packed), _PIECE), 1):
            sheet.write_string(row, 0, f"#{packed[start : start + _PIECE]}")
        sheet.very_hidden()


_HEADER = {"bold": True, "bg_color": "#DDEBF7", "border": 1, "border_color": "#BFBFBF"}
_OPEN = frozenset({Holds.NUMBER, Holds.OPERAND, Holds.SHARE, Holds.DAY, Holds.DAY_OR_TEXT, Holds.YESNO})
"""What a spreadsheet may make a number or a date of when it is typed; all else is kept as text."""


def _day_look() -> dict[str, Any]:
    return {"num_format": "yyyy-mm-dd"}


def _veiled_digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).translate(_TO_VEIL).decode()


# --- in ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Read:
    """What stands in a workbook of a scheme: the rows of its sheets, and the file that it was made from, if any."""

    rows: Mapping[str, Sequence[Row]]
    original: str | None
    """The text of that file; None in a workbook that somebody made, or that lost its hidden sheet."""
    problems: tuple[Diagnostic, ...]
    renamed: bool = False
    """Whether a sheet, header or key is missing, or a strange one in its place: all else may follow from that."""


def read_scheme_workbook(
    path: Path, *, shown: str | None = None, data: bytes | None = None, limits: Limits | None = None
) -> tuple[Read | None, tuple[Diagnostic, ...]]:
    """The rows of a workbook; None, and why, where it cannot be read or is none of a scheme."""
    workbook, notes = read_workbook(path, shown=shown, data=data, limits=limits)
    if workbook is None:
        return None, notes
    sheets = {sheet.name or "": sheet for sheet in workbook.sheets}
    if HEAD not in sheets or workbook.kind in {"csv", "html"}:
        return None, (_not_there(workbook, HEAD),)
    return _read(workbook, sheets), tuple(found for found in notes if found.level is Severity.ERROR)


def _read(workbook: Workbook, sheets: Mapping[str, Sheet]) -> Read:
    problems: list[Diagnostic] = []
    renamed = False
    rows: dict[str, Sequence[Row]] = {HEAD: [_head_row(sheets[HEAD], problems)]}
    for name, sheet in sheets.items():
        if name in COLUMNS:
            rows[name] = list(_sheet_rows(sheet, COLUMNS[name], problems))
    missing = [name for name in COLUMNS if name not in sheets]
    for name, sheet in sheets.items():
        if name not in {TELLING, ORIGINAL, HEAD, *COLUMNS} and any(_filled(row) for row in sheet.rows):
            meant = _meant(sheet, missing)
            if meant is not None:
                missing.remove(meant)
                renamed = True
            problems.append(_unknown(Location(workbook.file, name), name, missing, meant))
    if rows[HEAD][0].cells.get("继承") is None:
        lost = [_not_there(workbook, name) for name in _NEEDED if name in missing]
        renamed |= bool(lost)
        problems += lost
    strange = {found.where.sheet for found in problems if found.code in {"K604", "K605"}}
    renamed |= any(name in strange and _lacking(sheet, name) for name, sheet in sheets.items())
    return Read(rows, _stored(sheets.get(ORIGINAL)), tuple(problems), renamed)


_NEEDED = (STARS, ITEMS, TIERS)
"""The sheets that a scheme cannot do without, unless it inherits."""


def _not_there(workbook: Workbook, name: str) -> Diagnostic:
    there = "、".join(sheet.name or "" for sheet in workbook.sheets if sheet.name != ORIGINAL)
    return Diagnostic("K666", Location(workbook.file), found=there, arguments={"sheet": name})


def _meant(sheet: Sheet, missing: Sequence[str]) -> str | None:
    """Which of the ``missing`` sheets has the headers of this one, all but a few; None if none has."""

    def alike(name: str) -> Fraction:
        headers = {column.header for column in COLUMNS[name]}
        there = max((len(headers.intersection(map(_header, row))) for row in sheet.rows[:_HEADER_ROWS]), default=0)
        return Fraction(there, len(headers))

    best = max(missing, key=alike, default=None)
    return best if best is not None and alike(best) > Fraction(1, 2) else None


def _lacking(sheet: Sheet, name: str) -> bool:
    """Whether a sheet lacks one of the headers, or 方案 one of the keys, that export writes."""
    known = (*HEAD_COLUMNS, *TIERING_COLUMNS) if name == HEAD else COLUMNS.get(name, ())
    rows = sheet.rows if name == HEAD else sheet.rows[:_HEADER_ROWS]
    cells = (row[0] if name == HEAD else cell for row in rows if row for cell in (row[:1] if name == HEAD else row))
    there = set(map(_header, cells))
    return any(column.header not in there for column in known)


def _unknown(where: Location, found: str, known: Sequence[str], meant: str | None = None) -> Diagnostic:
    slots: dict[str, str | Text] = {**nearest_slot(found, known)}
    if meant is not None:
        slots["near"] = (
            f"表里是“{meant}”的列，把表名改回“{meant}”。",
            f" Its headers are those of {meant}: call it that.",
        )
    return Diagnostic("K604", where, found=found, arguments=slots)


def _left_blank(headers: Sequence[str], place: int, known: Sequence[str]) -> str | None:
    """The header that is blank at ``place``, by its neighbours and the order they are in; None if that does not say."""
    lacking = [name for name in known if name not in headers]
    before = next((at for at in range(place - 1, -1, -1) if headers[at] in known), -1)
    after = next((at for at in range(place + 1, len(headers)) if headers[at] in known), None)
    first = known.index(headers[before]) + 1 if before >= 0 else 0
    last = len(known) if after is None else known.index(headers[after])
    between = [name for name in known[first:last] if name in lacking]
    if after is not None and len(between) != after - before - 1:
        return None
    return between[place - before - 1] if place - before - 1 < len(between) else None


def _filled(row: Sequence[Cell]) -> bool:
    return any(_given(cell) is not None for cell in row)


def _given(cell: Cell) -> Cell:
    """A cell, None for one that only looks filled."""
    return None if isinstance(cell, str) and not cell.strip() else cell


def _header(cell: Cell) -> str:
    return str(cell).strip() if isinstance(cell, str) else ""


def _head_row(sheet: Sheet, problems: list[Diagnostic]) -> Row:
    """方案, whose keys stand below each other, as the one row that it is."""
    cells: dict[str, Cell] = {}
    places: dict[str, Location] = {}
    known = [column.header for column in (*HEAD_COLUMNS, *TIERING_COLUMNS)]
    keys = [_header(row[0]) if row else "" for row in sheet.rows]
    begins = keys.index(say("sheets.key", "zh")) + 1 if say("sheets.key", "zh") in keys else 0
    for number, row in enumerate(sheet.rows):
        key = keys[number]
        value = _given(row[1]) if len(row) > 1 else None
        where = sheet.location(sheet.top + number, sheet.left + 1)
        if key in places:
            if value is not None:
                problems.append(_repeated(where, key, places[key]))
        elif key in known:
            cells[key], places[key] = value, where
        elif value is not None and key != say("sheets.key", "zh"):
            where = sheet.location(sheet.top + number, sheet.left)
            blank = None if key else _left_blank(keys[begins:], number - begins, known)
            problems.append(_unknown(where, key or str(value), known) if blank is None else _missing(where, blank))
    for header in (name for name in known if name not in places):
        places[header] = Location(sheet.file, sheet.name)
    return Row(HEAD, cells, places)


def _missing(where: Location, header: str) -> Diagnostic:
    return Diagnostic("K605", where, found=header)


def _repeated(where: Location, found: str, first: Location) -> Diagnostic:
    return Diagnostic("K603", where, found=found, arguments={"first": first.cell or ""})


def _sheet_rows(sheet: Sheet, columns: Sequence[Column], problems: list[Diagnostic]) -> Iterator[Row]:
    known = [column.header for column in columns]
    enough = min(2, len(known))
    start = next(
        (
            number
            for number, row in enumerate(sheet.rows[:_HEADER_ROWS])
            if len(set(known).intersection(map(_header, row))) >= enough
        ),
        None,
    )
    if start is None:
        if any(map(_filled, sheet.rows)):
            problems.append(_missing(Location(sheet.file, sheet.name), known[0]))
        return
    headers: dict[str, int] = {}
    written = list(map(_header, sheet.rows[start]))
    missing = [header for header in known if header not in written]
    for place, cell in enumerate(sheet.rows[start]):
        header = written[place]
        where = sheet.location(sheet.top + start, sheet.left + place)
        if header in headers:
            problems.append(_repeated(where, header, sheet.location(sheet.top + start, sheet.left + headers[header])))
        elif header in known:
            headers[header] = place
        elif _given(cell) is not None:
            problems.append(_unknown(where, str(cell), missing))
        elif (filled := _first_filled(sheet, start + 1, place)) is not None:
            blank = _left_blank(written, place, known)
            below = sheet.location(sheet.top + filled, sheet.left + place), str(sheet.rows[filled][place])
            problems.append(_unknown(*below, missing) if blank is None else _missing(where, blank))
    for number, row in enumerate(sheet.rows[start + 1 :], start + 1):
        cells = {header: _given(row[place]) for header, place in headers.items()}
        if any(cell is not None for cell in cells.values()):
            at = sheet.top + number
            places = {header: sheet.location(at, sheet.left + place) for header, place in headers.items()}
            yield Row(sheet.name or "", cells, places)


def _first_filled(sheet: Sheet, start: int, place: int) -> int | None:
    rows = range(start, len(sheet.rows))
    return next((number for number in rows if _given(sheet.rows[number][place]) is not None), None)


def _stored(sheet: Sheet | None) -> str | None:
    """The text of the file that the workbook was made from, if it is there and whole."""
    if sheet is None or not sheet.rows or str(sheet.rows[0][0]) != _MARK:
        return None
    packed = "".join(str(row[0] or "").removeprefix("#") for row in sheet.rows[1:])
    try:
        data = base64.b64decode(packed.encode("ascii").translate(_TO_PLAIN), validate=True)
        unpacking = zlib.decompressobj()
        text = unpacking.decompress(data, Limits().markup_bytes).decode("utf-8")
    except (binascii.Error, zlib.error, UnicodeError):
        return None
    return text if str(sheet.rows[0][2]) == _veiled_digest(text) else None
