"""What was taken as what: for every file and sheet the tables found, their header, rows and columns, and what was not.

Nothing is decided here; it tells what ``table``, ``register`` and ``intake`` decided, in the order of the sheet.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from starcheck.cells import Sheet, column_letters
from starcheck.diagnostic import Diagnostic, Lang
from starcheck.fields import cell_text
from starcheck.inbox import FileRead
from starcheck.intake import HeaderIndex, is_total, left_of_names
from starcheck.messages import say
from starcheck.register import columns_of
from starcheck.report.sections import Section
from starcheck.report.sections import Table as LaidOut
from starcheck.report.sections import table as laid_out
from starcheck.scheme import Scheme
from starcheck.table import TOLD_BY_MAP, Table

_SHOWN = 12


@dataclass(frozen=True, slots=True)
class ColumnTaken:
    """A column of a table and what it was taken as: a column of the unit, one of the scheme, or nothing."""

    column: str
    header: str
    meaning: str
    field: str | None
    unit: str | None
    told: str | None = None
    """Where the office has said so: ``--map`` or ``starcheck.toml``."""

    def texts(self) -> dict[str, str | None]:
        """By the keys of the JSON document."""
        return {
            "column": self.column,
            "header": self.header,
            "meaning": self.meaning,
            "field": self.field,
            "unit": self.unit,
            "told_by": self.told,
        }


@dataclass(frozen=True, slots=True)
class TableTaken:
    """A table as it was found; ranges and rows are those of the sheet, rows from 1."""

    header: str
    first_row: int | None
    last_row: int | None
    rows: int
    pinned: bool
    totals: tuple[int, ...]
    hidden_rows: int
    columns: tuple[ColumnTaken, ...]
    above: tuple[str, ...]
    below: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SheetTaken:
    """A sheet, its tables, and where there is none why."""

    name: str | None
    visibility: str
    tables: tuple[TableTaken, ...]
    why_none: str | None


@dataclass(frozen=True, slots=True)
class FileTaken:
    """A file: what it is, how it ended, its sheets; for one that could not be read why."""

    file: str
    kind: str | None
    status: str
    sheets: tuple[SheetTaken, ...]
    why: tuple[str, ...]


def explained(
    files: Sequence[FileRead], diagnostics: Sequence[Diagnostic], scheme: Scheme | None, lang: Lang
) -> list[FileTaken]:
    """What every file was taken as; without a ``scheme`` no column means a field."""
    index = None if scheme is None else HeaderIndex(scheme)
    return [_file(read, diagnostics, scheme, index, lang) for read in files]


def _file(
    read: FileRead, diagnostics: Sequence[Diagnostic], scheme: Scheme | None, index: HeaderIndex | None, lang: Lang
) -> FileTaken:
    book = read.workbook
    about = [found for found in diagnostics if found.where.file == read.file]
    why = tuple(
        f"{found.code} {found.message(lang)}" for found in about if found.code[0] == "F" and not found.where.cell
    )
    if book is None:
        return FileTaken(read.file, None, read.status, (), why)
    sheets = tuple(_sheet(sheet, read, about, scheme, index, lang) for sheet in book.sheets)
    return FileTaken(read.file, book.kind, read.status, sheets, why)


def _sheet(
    sheet: Sheet,
    read: FileRead,
    about: Sequence[Diagnostic],
    scheme: Scheme | None,
    index: HeaderIndex | None,
    lang: Lang,
) -> SheetTaken:
    tables = [table for table in read.tables if table.sheet is sheet or table.sheet.name == sheet.name]
    why = None
    if not tables:
        said = [found for found in about if found.code in {"T201", "T223", "F117"} and found.where.sheet == sheet.name]
        own = (sheet.name or "") in read.passed_over
        why = (
            say("layout.own", lang)
            if own
            else say("layout.empty", lang)
            if not sheet.rows
            else "；".join(f"{found.code} {found.message(lang)}" for found in said) or say("layout.none", lang)
        )
    taken = tuple(_table(table, scheme, index, lang) for table in tables)
    return SheetTaken(sheet.name, sheet.visibility, taken, why)


def _table(table: Table, scheme: Scheme | None, index: HeaderIndex | None, lang: Lang) -> TableTaken:
    sheet, body = table.sheet, table.body
    own = {column: meaning for meaning, column in columns_of(table).items()}
    first = next(
        (column for meaning in ("serial", "township", "name") for column in own if own[column] == meaning), None
    )
    others = [header for header in table.headers if header.column not in own]
    matches, doubtful = ({}, {}) if index is None else index.columns(others)
    totals: list[int] = []
    if first is not None and not table.bulk:
        beside = left_of_names(table, columns_of(table), matches)
        beginnings = zip(*(table.cells(column) for column in (*own, *beside)), strict=True)
        for row, cells in zip(body, beginnings, strict=True):
            text = next((cell_text(cell) for cell in cells if cell is not None and cell_text(cell).strip()), "")
            if text and not text.isdigit() and is_total(text, ()):
                totals.append(row + 1)
    columns = []
    used = {header.column for header in table.headers}
    for header in sorted((*table.headers, *table.left_out), key=lambda header: header.column):
        letter = _place(table, header.column)
        words = "/".join(header.as_written)
        match = matches.get(header.column) if header.column in used else None
        meaning, field, unit = say("layout.unused", lang), None, None
        if header.column in own:
            meaning = say(f"layout.{own[header.column]}", lang)
        elif match is not None and scheme is not None and match[0] not in doubtful:
            item = scheme.ledger_columns[match[0]]
            meaning = item.label if item.label == match[0] else f"{match[0]} {item.label}"
            field, unit = match[0], match[1] or item.unit
        columns.append(ColumnTaken(letter, words, meaning, field, unit, header.told))
    rows = [*body[:1], *body[-1:]]
    if sheet.places is not None:
        rows = [sheet.place(row, header.column)[0] for row in body for header in table.headers]
    hidden = sum(row in sheet.hidden_rows for row in body) if sheet.hidden_rows else 0
    return TableTaken(
        header=table.range(),
        first_row=min(rows, default=-1) + 1 or None,
        last_row=max(rows, default=-1) + 1 or None,
        rows=len(body) - len(totals),
        pinned=table.pinned,
        totals=tuple(totals),
        hidden_rows=hidden,
        columns=tuple(columns),
        above=table.above,
        below=table.below,
    )


def _place(table: Table, column: int) -> str:
    """The letter of a column; of a form the address of the value, with units across that of the item's name."""
    if table.sheet.places is None:
        return column_letters(column)
    row = table.body[0] if len(table.body) == 1 else table.header_last
    return table.sheet.address(row, column)


def as_document(files: Sequence[FileTaken]) -> list[dict[str, object]]:
    """For the JSON document: a list of files, each with its sheets and tables."""
    return [
        {
            "file": file.file,
            "kind": file.kind,
            "status": file.status,
            "why": list(file.why),
            "sheets": [
                {
                    "name": sheet.name,
                    "visibility": sheet.visibility,
                    "why_none": sheet.why_none,
                    "tables": [
                        {
                            "header": table.header,
                            "first_row": table.first_row,
                            "last_row": table.last_row,
                            "rows": table.rows,
                            "pinned": table.pinned,
                            "totals": list(table.totals),
                            "hidden_rows": table.hidden_rows,
                            "above": list(table.above),
                            "below": list(table.below),
                            "columns": [column.texts() for column in table.columns],
                        }
                        for table in sheet.tables
                    ],
                }
                for sheet in file.sheets
            ],
        }
        for file in files
    ]


def page(files: Sequence[FileTaken], lang: Lang) -> Iterator[Section]:
    """The same to read: a heading for each file, then its sheets, each table with its columns."""
    for file in files:
        status = say(f"layout.status_{file.status}", lang)
        yield Section(
            f"{file.file}（{status}）" if lang == "zh" else f"{file.file} ({status})", level=1, lines=file.why
        )
        alike: dict[TableTaken, list[str]] = {}
        for sheet in file.sheets:
            if len(sheet.tables) == 1 and sheet.visibility == "visible":
                alike.setdefault(_alike(sheet.tables[0]), []).append(sheet.name or "")
        for sheet in file.sheets:
            name = sheet.name or say("layout.text_file", lang)
            if sheet.visibility != "visible":
                name += say("layout.hidden_sheet", lang)
            if not sheet.tables:
                yield Section(name, lines=(sheet.why_none or "",))
            for table in sheet.tables:
                names = alike.get(_alike(table), [])
                if sheet.name in names[1:]:
                    continue
                others = say("list.comma", lang).join(names[1:]) if sheet.name in names else ""
                lines = (say("layout.alike", lang, sheets=others),) if others else ()
                yield Section(name, facts=tuple(_facts(table, lang)), table=_columns(table, lang), lines=lines)


def _alike(table: TableTaken) -> TableTaken:
    """What a table has in common with those of other sheets that are filled in on one form."""
    return replace(table, above=(), below=())


def _facts(table: TableTaken, lang: Lang) -> Iterator[tuple[str, str]]:
    between = say("list.comma", lang)
    yield say("layout.header", lang), table.header + (say("layout.by_memory", lang) if table.pinned else "")
    if table.first_row is not None:
        yield say("layout.data", lang), say("layout.rows", lang, a=table.first_row, b=table.last_row, n=table.rows)
    if table.totals:
        yield say("layout.totals", lang), between.join(map(str, table.totals))
    if table.hidden_rows:
        yield say("layout.hidden", lang), str(table.hidden_rows)
    for key, texts in (("above", table.above), ("below", table.below)):
        if texts:
            shown = texts[:_SHOWN]
            yield say(f"layout.{key}", lang), between.join(shown) + ("……" if len(texts) > _SHOWN else "")


def _columns(table: TableTaken, lang: Lang) -> LaidOut:
    headers = [say(f"layout.{word}", lang) for word in ("column", "text", "meaning", "unit")]
    rows = [
        [column.column, column.header, column.meaning + _told(column, lang), column.unit or ""]
        for column in table.columns
    ]
    return laid_out(headers, rows)


def _told(column: ColumnTaken, lang: Lang) -> str:
    """Who says so, where it is the office."""
    if column.told is None:
        return ""
    return say("layout.by_map" if column.told == TOLD_BY_MAP else "layout.by_memory", lang)
