"""The round trip (回头看): a workbook sent again, held against the marked one that was given back.

For each id of the marked workbook: mended, not mended, or newly broken; and what was changed that nobody asked for.
Cells are compared by the unit's name and the column's header, so that inserted rows and sorted tables are no changes.
What shows no other value may be a change too: a formula turned into its value, a sheet renamed, rows hidden.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Literal

from starcheck.cells import Sheet
from starcheck.diagnostic import Diagnostic, Lang
from starcheck.fields import cell_text
from starcheck.inbox import FileRead, is_problem_list
from starcheck.marking import identified
from starcheck.messages import say
from starcheck.private import masked_names
from starcheck.register import columns_of
from starcheck.report.as_json import AGAINST
from starcheck.report.sections import Section
from starcheck.report.sections import table as laid_out
from starcheck.table import Table
from starcheck.units import fold, normalise_header

State = Literal["open", "new", "mended", "changed", "removed", "added"]
STATES: tuple[State, ...] = ("open", "new", "mended", "changed", "removed", "added")
"""What may have become of a cell: not mended, newly broken, mended; changed, gone or added unasked."""

_LIST_HEADER = 4
_LIST_COLUMNS = 10


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that is to be said of a workbook sent again."""

    state: State
    id: str
    file: str
    sheet: str
    cell: str
    unit: str
    item: str
    before: str
    now: str
    message: str

    def texts(self) -> dict[str, str]:
        """By the keys of the JSON document."""
        return {key: getattr(self, key) for key in AGAINST}


@dataclass(frozen=True, slots=True)
class _Asked:
    """A line of the marked workbook's list."""

    id: str
    sheet: str
    cell: str
    unit: str
    item: str
    found: str
    message: str

    @property
    def subject(self) -> tuple[str, str]:
        """What it is about: unit and field, else the cell."""
        key = self.item.split(" ", maxsplit=1)[0]
        return (self.unit, key) if self.unit and key else (self.unit, self.cell)


def is_marked(read: FileRead) -> bool:
    """Whether a file holds our list of problems."""
    return _asked(read) is not None


def marked_for(read: FileRead, marked: Sequence[FileRead]) -> FileRead | None:
    """The marked workbook that a file answers: the only one, or the one of its name whatever the ending."""
    known = [other for other in marked if _asked(other) is not None]
    name = PurePath(read.file).stem.casefold()
    same = [other for other in known if PurePath(other.file).stem.casefold() == name]
    return same[0] if len(same) == 1 else known[0] if len(known) == 1 else None


def compare(
    read: FileRead, about: Sequence[Diagnostic], marked: FileRead, lang: Lang, labels: Mapping[str, str]
) -> list[Line]:
    """What became of each problem, in the order of ``STATES``. ``about`` are the problems of the file sent again."""
    asked = _asked(marked) or []
    now = [(name, found, _subject(found)) for name, found in identified(about)]
    ids = {name for name, _, _ in now}
    subjects = {subject: found for _, found, subject in now}
    lines: list[Line] = []
    still: set[str] = set()
    for old in asked:
        found = next((found for name, found, _ in now if name == old.id), subjects.get(old.subject))
        if old.id in ids or old.subject in subjects:
            assert found is not None
            still |= {name for name, _, subject in now if name == old.id or subject == old.subject}
            where = found.where
            lines.append(
                Line(
                    "open",
                    old.id,
                    read.file,
                    where.sheet or "",
                    where.cell or "",
                    old.unit,
                    old.item,
                    old.found,
                    found.found or "",
                    f"{found.code} {found.message(lang)}",
                )
            )
        else:
            lines.append(
                Line("mended", old.id, read.file, old.sheet, old.cell, old.unit, old.item, old.found, "", old.message)
            )
    for name, found, _ in now:
        if name not in still:
            item = f"{found.field or ''} {labels.get(found.field or '', '')}".strip()
            message = f"{found.code} {found.message(lang)}"
            where = found.where
            unit, text = found.unit or "", found.found or ""
            lines.append(
                Line("new", name, read.file, where.sheet or "", where.cell or "", unit, item, "", text, message)
            )
    lines += _changes(read, marked, {(old.sheet, old.cell) for old in asked if old.cell}, lang)
    lines += _sheet_changes(read, marked, lang)
    lines += _hidden_changes(read, marked, lang)
    return sorted(lines, key=lambda line: STATES.index(line.state))


def _subject(found: Diagnostic) -> tuple[str, str]:
    return (found.unit, found.field) if found.unit and found.field else (found.unit or "", found.where.cell or "")


def _asked(marked: FileRead) -> list[_Asked] | None:
    """The list in a marked workbook, None where there is none."""
    sheets = marked.workbook.sheets if marked.workbook is not None else ()
    sheet = next((sheet for sheet in sheets if is_problem_list(sheet)), None)
    if sheet is None:
        return None
    asked = []
    for row in sheet.rows[_LIST_HEADER:]:
        texts = [cell_text(cell) for cell in row[:_LIST_COLUMNS]]
        if len(texts) == _LIST_COLUMNS and texts[0]:
            name, _, place, cell, unit, item, found, _, message, _ = texts
            asked.append(_Asked(name, place, cell, unit, item, found, message))
    return asked


@dataclass(frozen=True, slots=True)
class _Seen:
    sheet: str
    cell: str
    unit: str
    item: str
    text: str
    row_of_unit: int


def _cells(read: FileRead) -> dict[tuple[str, str, int], _Seen]:
    """Every cell of a file's tables by the unit's name, the header, and which one of that name it is."""
    found: dict[tuple[str, str, int], _Seen] = {}
    seen: Counter[tuple[str, str]] = Counter()
    for table in read.tables:
        for unit, item, row, column, text in _texts(table):
            name, header = fold(unit), normalise_header(item)
            seen[name, header] += 1
            place = (name, header, seen[name, header])
            address = table.sheet.address(row, column)
            found[place] = _Seen(table.sheet.name or "", address, unit, item, text, seen[name, header])
    return found


def _texts(table: Table) -> Iterator[tuple[str, str, int, int, str]]:
    columns = columns_of(table)
    names = columns.get("name", columns.get("code"))
    if names is None:
        return
    units = [cell_text(cell).strip() for cell in table.cells(names)]
    for header in table.headers:
        if header.column in {columns.get("serial"), names}:
            continue
        cells = table.cells(header.column)
        for unit, row, cell in zip(units, table.body, cells, strict=True):
            if unit:
                yield unit, "/".join(header.texts), row, header.column, cell_text(cell).strip()


def _formulas(read: FileRead) -> set[tuple[str, str]] | None:
    """The cells of a file that hold a formula, by sheet and address; None where that cannot be told."""
    if read.workbook is None or read.workbook.kind not in {"xlsx", "xlsm"}:
        return None
    from starcheck.ooxml import NotPatchable, Package  # noqa: PLC0415 - for a round trip only

    try:
        package = Package(read.path.read_bytes() if read.data is None else read.data)
        paths = package.sheet_paths()
        shown = masked_names(paths)
        return {
            (shown[name], address.decode())
            for name, path in paths.items()
            for address in _WITH_FORMULA.findall(package.part(path))
        }
    except (NotPatchable, OSError, KeyError):
        return None


_WITH_FORMULA = re.compile(rb"<(?:\w+:)?c\s[^<>]*?\br=\"([A-Z]+\d+)\"[^<>]*>\s*<(?:\w+:)?f[\s>/]")


def _changes(read: FileRead, marked: FileRead, asked: set[tuple[str, str]], lang: Lang) -> Iterator[Line]:
    """What differs between the two workbooks in cells that were not marked."""
    before, now = _cells(marked), _cells(read)
    formulas = _formulas(marked), _formulas(read)
    old_units, new_units = ({name for name, _, _ in cells} for cells in (before, now))
    old_items, new_items = ({item for _, item, _ in cells} for cells in (before, now))
    said: set[tuple[str, ...] | tuple[str, str, int]] = set()
    for place, old in before.items():
        name, item, _ = place
        new = now.get(place)
        if new is not None:
            if (old.sheet, old.cell) in asked:
                continue
            said_of = ""
            if formulas[0] is not None and formulas[1] is not None:
                was, is_now = (old.sheet, old.cell) in formulas[0], (new.sheet, new.cell) in formulas[1]
                said_of = "" if was == is_now else say(f"against.formula_{'gone' if was else 'new'}", lang)
            if new.text != old.text or said_of:
                texts = (old.text, new.text, said_of)
                yield Line("changed", "", read.file, new.sheet, new.cell, new.unit, new.item, *texts)
        elif name not in new_units and ("row", name) not in said:
            said.add(("row", name))
            yield Line("removed", "", read.file, old.sheet, old.cell, old.unit, "", "", "", "")
        elif item not in new_items and ("column", item) not in said:
            said.add(("column", item))
            yield Line("removed", "", read.file, old.sheet, old.cell, "", old.item, "", "", "")
        elif name in new_units and item in new_items and ("row", name, old.row_of_unit) not in said:
            said.add(("row", name, old.row_of_unit))
            yield Line("removed", "", read.file, old.sheet, old.cell, old.unit, "", "", "", say("against.again", lang))
    for place, new in now.items():
        name, item, _ = place
        if place in before:
            continue
        if name not in old_units and ("row", name) not in said:
            said.add(("row", name))
            yield Line("added", "", read.file, new.sheet, new.cell, new.unit, "", "", "", "")
        elif item not in old_items and ("column", item) not in said:
            said.add(("column", item))
            yield Line("added", "", read.file, new.sheet, new.cell, "", new.item, "", "", "")
        elif name in old_units and item in old_items and ("row", name, new.row_of_unit) not in said:
            said.add(("row", name, new.row_of_unit))
            yield Line("added", "", read.file, new.sheet, new.cell, new.unit, "", "", "", say("against.again", lang))


def _sheets(read: FileRead) -> dict[str, Sheet]:
    """The sheets of a file by name, but for our list of problems."""
    sheets = read.workbook.sheets if read.workbook is not None else ()
    return {sheet.name: sheet for sheet in sheets if sheet.name is not None and not is_problem_list(sheet)}


def _sheet_changes(read: FileRead, marked: FileRead, lang: Lang) -> Iterator[Line]:
    """Sheets that came, went, were renamed, hidden or shown. A CSV has none to compare."""
    before, now = _sheets(marked), _sheets(read)
    if not before or not now:
        return
    gone = [name for name in before if name not in now]
    come = [name for name in now if name not in before]
    for old in list(gone):
        new = next((name for name in come if _same_cells(before[old], now[name])), None)
        if new is None and len(gone) == len(come) == 1:
            new = come[0]
        if new is None:
            continue
        gone.remove(old)
        come.remove(new)
        yield Line("changed", "", read.file, new, "", "", "", old, new, say("against.sheet_renamed", lang))
        now[old] = now.pop(new)
    for name in gone:
        yield Line("removed", "", read.file, name, "", "", "", "", "", say("against.sheet_gone", lang))
    for name in come:
        yield Line("added", "", read.file, name, "", "", "", "", "", say("against.sheet_new", lang))
    for name, sheet in before.items():
        other = now.get(name)
        if other is not None and (sheet.visibility == "visible") != (other.visibility == "visible"):
            key = "against.sheet_hidden" if sheet.visibility == "visible" else "against.sheet_shown"
            yield Line("changed", "", read.file, other.name or "", "", "", "", "", "", say(key, lang))


def _same_cells(one: Sheet, other: Sheet) -> bool:
    return one.rows[:_HEAD] == other.rows[:_HEAD] and any(any(row) for row in one.rows)


_HEAD = 5


def _hidden_changes(read: FileRead, marked: FileRead, lang: Lang) -> Iterator[Line]:
    """Units and columns of the tables that were hidden since, or shown again: one line for each kind."""
    for rows in (True, False):
        before, now = _hidden(marked, rows=rows), _hidden(read, rows=rows)
        for key, names in (
            ("hidden", [name for name, hidden in now.items() if hidden and before.get(name) is False]),
            ("shown", [name for name, hidden in now.items() if not hidden and before.get(name)]),
        ):
            if names:
                what = f"against.{'rows' if rows else 'columns'}_{key}"
                listed = say("list.comma", lang).join(names[:_LISTED]) + ("…" if len(names) > _LISTED else "")
                message = say(what, lang, n=len(names), names=listed)
                yield Line("changed", "", read.file, "", "", "", "", "", "", message)


_LISTED = 10


def _hidden(read: FileRead, *, rows: bool) -> dict[str, bool]:
    """Whether each unit's row, or each header's column, is hidden."""
    found: dict[str, bool] = {}
    for table in read.tables:
        sheet = table.sheet
        if sheet.places is not None:
            continue
        if rows:
            names = columns_of(table)
            column = names.get("name", names.get("code"))
            for row, cell in zip(table.body, table.cells(column) if column is not None else (), strict=False):
                if cell_text(cell).strip():
                    found[cell_text(cell).strip()] = row in sheet.hidden_rows
        else:
            found |= {"/".join(header.texts): header.column in sheet.hidden_columns for header in table.headers}
    return found


def rows(lines: Sequence[Line], lang: Lang) -> Iterator[list[str]]:
    """A header, then a row per line."""
    yield [say(f"against.{key}", lang) for key in AGAINST]
    for line in lines:
        yield [say(f"against.{text}", lang) if key == "state" else text for key, text in line.texts().items()]


def page(lines: Sequence[Line], files: Sequence[tuple[str, str]], lang: Lang) -> Iterator[Section]:
    """For each file and the marked one it answers: how many of what, and the lines but for what was mended."""
    for file, marked in files:
        here = [line for line in lines if line.file == file]
        counts = {state: sum(line.state == state for line in here) for state in STATES}
        shown = list(rows([line for line in here if line.state != "mended"], lang))
        yield Section(
            say("against.title", lang, file=file, marked=marked),
            level=1,
            facts=(("", say("against.counts", lang, **counts)),),
            table=laid_out([*shown[0][1:]], [row[1:] for row in shown[1:]]) if len(shown) > 1 else None,
        )
