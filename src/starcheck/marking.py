"""Giving back (退回): for every file a copy of the sender's own workbook in which the wrong cells are marked.

``plan`` decides what is marked where, from diagnostics alone; ``give_back`` writes the copies. How a package is
changed is in ``marks``.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from starcheck.cells import Cell, CellError, PercentNumber, Sheet, ShownNumber, Uncalculated, Workbook, column_letters
from starcheck.diagnostic import Diagnostic, Lang, Location, Severity
from starcheck.fields import cell_text
from starcheck.inbox import FileRead, is_problem_list, only_our_lines
from starcheck.ledger import Ledger, TableOrigin, cell_location
from starcheck.messages import both, say
from starcheck.report.tables import UNDATED, begins_formula
from starcheck.table import PROBLEM_COLUMN, Table
from starcheck.visible import visible, visible_lines
from starcheck.workspace import Stop

if TYPE_CHECKING:
    from starcheck.marks import ListText, Mark, ProblemColumn

_PATCHED = frozenset({"xlsx", "xlsm"})
_MOST_ROWS, _MOST_COLUMNS = 1_048_576, 16_384
_PLACE = re.compile(r"([A-Z]{1,3})(\d+)")


@dataclass(frozen=True, slots=True)
class Copy:
    """What was given back for one file. ``path`` is None where nothing could be written."""

    file: str
    path: Path | None
    problems: int
    cells: int
    said: tuple[Diagnostic, ...] = ()


# --- what is marked ---------------------------------------------------------------------------------------------------


Towns = Mapping[tuple[str | None, str | None, str | None], str]
"""The township of a cell, by file, sheet and address."""


def townships(ledger: Ledger | None) -> dict[tuple[str | None, str | None, str | None], str]:
    """The township of every cell about a unit of whose name another township has one too."""
    if ledger is None:
        return {}
    units = ledger.units
    known: dict[str, set[str]] = {}
    for name, town in zip(units.name, units.township, strict=True):
        known.setdefault(name, set()).add(town)
    found: dict[tuple[str | None, str | None, str | None], str] = {}
    origin = ledger.origin
    for unit, (name, town) in enumerate(zip(units.name, units.township, strict=True)):
        if len(known[name]) > 1:
            cells = [place for key in ledger.columns for place in ledger.cells(unit, key)]
            if isinstance(origin, TableOrigin) and origin.table_of[unit] >= 0:
                table = origin.tables[origin.table_of[unit]]
                cells += [cell_location(table, int(origin.row_of[unit]), header.column) for header in table.headers]
            found |= dict.fromkeys(((place.file, place.sheet, place.cell) for place in cells), town)
    return found


ABSENT: Final = frozenset({"T205"})
"""Codes about what is not there: the cell they may have is that of what looks like it."""
_OF_THE_OFFICE = frozenset({"T242"})
"""Codes about the office's own settings, which no sender can mend."""


_MENDED_BY_FORMULA = frozenset({"V311"})
"""Codes that are mended by calculating a formula, which a copy made anew does not have."""


def finding_id(found: Diagnostic, town: str = "") -> str:
    """Six characters by which a problem is known from round to round: by unit and field, else by its cell.

    ``town`` is given where units of several townships have the name.
    """
    where = found.where
    cell = "" if found.code in ABSENT else where.cell or ""
    by_field = found.field and (found.unit or not cell)
    subject = f"{found.unit or ''}/{found.field if by_field else cell}"
    subject = f"{town}/{subject}" if town else subject
    parts = (found.code, subject) if found.unit else (found.code, where.sheet or "", subject, found.found or "")
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:6].upper()


def identified(diagnostics: Sequence[Diagnostic], towns: Towns) -> Iterator[tuple[str, Diagnostic]]:
    """Each problem with its id; a second one of the same kind, unit and field has the number behind it."""
    seen: Counter[str] = Counter()
    for found in diagnostics:
        where = found.where
        name = finding_id(found, towns.get((where.file, where.sheet, where.cell), ""))
        seen[name] += 1
        yield (name if seen[name] == 1 else f"{name}-{seen[name]}"), found


def concerning(file: str, diagnostics: Sequence[Diagnostic], ledger: Ledger | None) -> list[Diagnostic]:
    """The errors and warnings about a file, and the units missing from the townships it reports."""
    townships = set() if ledger is None else _townships(file, ledger)
    return [
        found
        for found in diagnostics
        if found.level is not Severity.NOTE
        and found.code not in _OF_THE_OFFICE
        and (
            found.where.file == file
            or (found.where.file is None and found.code == "R408" and found.arguments.get("township") in townships)
        )
    ]


def _townships(file: str, ledger: Ledger) -> set[str]:
    origin = ledger.origin
    if not isinstance(origin, TableOrigin):
        return set()
    here = {number for number, table in enumerate(origin.tables) if table.sheet.file == file}
    return {ledger.units.township[unit] for unit, table in enumerate(origin.table_of.tolist()) if table in here}


def _place(cell: str | None) -> tuple[int, int] | None:
    found = _PLACE.fullmatch(cell or "")
    if found is None:
        return None
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - 64
    return int(found[2]) - 1, column - 1


# --- the copies -------------------------------------------------------------------------------------------------------


def give_back(
    files: Sequence[FileRead],
    diagnostics: Sequence[Diagnostic],
    ledger: Ledger | None,
    folder: Path,
    *,
    lang: Lang,
    labels: Mapping[str, str],
) -> list[Copy]:
    """Write a marked copy of every file into ``folder``; what cannot be read gets a text that says why.

    Raises ``Stop`` (2) before anything is written where a copy would fall on one of the files themselves or on any
    other file that is no copy as we wrote it, and (4) where the folder cannot be written.
    """
    targets = [
        (read, target, about)
        for read, target in _targets(files, folder)
        if (about := concerning(read.file, diagnostics, ledger)) or read.status not in {"register", "targets"}
    ]
    _refuse_to_overwrite([place for read, target, _ in targets for place in _possible(read, target)])
    copies: list[Copy] = []
    towns = townships(ledger)
    try:
        for read, target, about in targets:
            target.parent.mkdir(parents=True, exist_ok=True)
            copies.append(_copy(read, target, about, towns, lang, labels))
    except OSError as problem:
        reason = problem.strerror or str(problem)
        raise Stop(4, both("stop.out_write", out=folder, reason=reason)) from None
    return copies


def _targets(files: Sequence[FileRead], folder: Path) -> list[tuple[FileRead, Path]]:
    """Where each file's copy goes: under its own name, none twice, none on an original."""
    originals = {os.path.realpath(read.path) for read in files}
    taken: set[str] = set()
    found: list[tuple[FileRead, Path]] = []
    for read in files:
        if read.status == "skipped":
            continue
        parts = [part for part in re.split(r"[/\\]", read.file) if part not in {"", ".", ".."} and ":" not in part]
        *inner, name = parts or ["?"]
        inner = [re.sub(r"\.zip$", "", part, flags=re.IGNORECASE) for part in inner]
        stem, _ = os.path.splitext(name)  # noqa: PTH122 - a name that may lie in an archive, no path
        suffix = ".xlsm" if read.workbook is not None and read.workbook.kind == "xlsm" else ".xlsx"
        target = folder.joinpath(*inner, stem + suffix)
        number = 2
        while not taken.isdisjoint(str(place).casefold() for place in _possible(read, target)):
            target = folder.joinpath(*inner, f"{stem}({number}){suffix}")
            number += 1
        places = _possible(read, target)
        taken.update(str(place).casefold() for place in places)
        for place in places:
            if os.path.realpath(place) in originals:
                raise Stop(2, both("stop.annotate_original", out=place))
        found.append((read, target))
    return found


def _possible(read: FileRead, target: Path) -> list[Path]:
    """Where the copy of a file may come to lie: one with macros becomes an xlsx where it has to be made anew."""
    if read.workbook is None:
        return []
    return [target, target.with_suffix(".xlsx")] if target.suffix == ".xlsm" else [target]


def _refuse_to_overwrite(places: Sequence[Path]) -> None:
    """Raise ``Stop`` where a file lies that is not a copy just as we wrote it: somebody's only one, perhaps."""
    from starcheck.marks import as_written  # noqa: PLC0415 - lxml, and only where copies are asked for

    try:
        strange = [place for place in places if place.exists() and not as_written(place.read_bytes())]
    except OSError as problem:
        raise Stop(4, both("stop.out_write", out=problem.filename, reason=problem.strerror or str(problem))) from None
    if strange:
        listed = ", ".join(map(str, strange[:_LISTED])) + (" …" if len(strange) > _LISTED else "")
        raise Stop(2, both("stop.annotate_strange", n=len(strange), files=listed))


_LISTED = 5


def _copy(
    read: FileRead,
    target: Path,
    about: Sequence[Diagnostic],
    towns: Towns,
    lang: Lang,
    labels: Mapping[str, str],
) -> Copy:
    from starcheck.marks import mark  # noqa: PLC0415 - lxml, and only where copies are asked for
    from starcheck.ooxml import NotPatchable  # noqa: PLC0415 - likewise

    said: list[Diagnostic] = []
    workbook = read.workbook
    if workbook is None:
        note = target.with_name(f"{target.name}.{say('marks.note', lang)}.txt")
        _write(note, _refusal(read, about, lang).encode("utf-8-sig"))
        return Copy(read.file, note, len(about), 0)
    if workbook.kind in _PATCHED:
        try:
            data = read.path.read_bytes() if read.data is None else read.data
            kept = {sheet.name: sheet_name(sheet, lang) for sheet in workbook.sheets}
            marks, columns, words = plan(read, kept, about, towns, lang, labels)
            written = mark(data, marks, columns, words)
            _write(target, written.data)
            return Copy(read.file, target, len(marks), written.cells)
        except NotPatchable as problem:
            said.append(_located("F143", read.file, reason=str(problem)))
    target = target.with_suffix(".xlsx")
    if any(_too_large(sheet) for sheet in workbook.sheets):
        said.append(_located("F144", read.file, reason=f"{_MOST_ROWS} × {_MOST_COLUMNS}"))
        note = target.with_name(f"{target.name}.{say('marks.note', lang)}.txt")
        _write(note, _refusal(read, about, lang).encode("utf-8-sig"))
        return Copy(read.file, note, len(about), 0, tuple(said))
    workbook = _without_ours(workbook)
    names = fitting_names(workbook, lang)
    by_name = {sheet.name: name for sheet, name in zip(workbook.sheets, names, strict=True)}
    marks, columns, words = plan(read, by_name, about, towns, lang, labels, anew=True)
    if workbook.kind != "csv":  # which has nothing that could be lost
        said_of_it = ["marks.anew", "marks.about", *(["marks.about_column"] if columns else ())]
        words = replace(words, about="".join(say(key, lang) for key in said_of_it) if marks else words.about)
        if workbook.kind not in _PATCHED:
            said.append(_located("F143", read.file, reason=workbook.kind))
    written = mark(rebuilt(workbook, names), marks, columns, words)
    _write(target, written.data)
    return Copy(read.file, target, len(marks), written.cells, tuple(said))


def _located(code: str, file: str, reason: str) -> Diagnostic:
    return Diagnostic(code, Location(file), arguments={"reason": reason})


def _write(path: Path, content: bytes) -> None:
    """A file, whole or not at all."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        unfinished.write_bytes(content)
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


def _refusal(read: FileRead, about: Sequence[Diagnostic], lang: Lang) -> str:
    lines = [visible(say("marks.refusal", lang, file=read.file)), ""]
    for found in about:
        lines.append(f"{found.code} {visible(found.message_to_sender(lang))}")
        lines += [f"    {visible(found.hint_to_sender(lang))}", ""]
    return "\r\n".join(lines)


def plan(
    read: FileRead,
    names: Mapping[str | None, str],
    about: Sequence[Diagnostic],
    towns: Towns,
    lang: Lang,
    labels: Mapping[str, str],
    *,
    anew: bool = False,
) -> tuple[list[Mark], list[ProblemColumn], ListText]:
    """What is marked in a workbook: every problem, the columns that tell of them row by row, and the list's words.

    ``names`` are those of the sheets in the copy, by those that were read; one made ``anew`` has no formulas, so that
    to open and save it calculates nothing.
    """
    from starcheck.marks import ListText, Mark  # noqa: PLC0415 - lxml, and only where copies are asked for

    marks: list[Mark] = []
    ours = read.status in {"register", "targets"}  # the office's own
    standing = {name: number for number, name in enumerate(names)}
    for name, found in sorted(
        identified(about, towns), key=lambda one: (-one[1].level.rank, standing.get(one[1].where.sheet, -1))
    ):
        place = _place(found.where.cell)
        sheet = names.get(found.where.sheet)
        if place is not None and sheet is None and len(names) == 1:
            sheet = next(iter(names.values()))
        label = labels.get(found.field or "", "")
        item = f"{found.field} {label}" if found.field and label and label != found.field else found.field or ""
        message = found.message(lang) if ours else found.message_to_sender(lang)
        hint = found.hint(lang) if ours else found.hint_to_sender(lang)
        if anew and found.code in _MENDED_BY_FORMULA:
            hint = say("marks.uncalculated", lang, file=Path(read.file).name)
        expected = found.expectation(lang) or ""
        comment = [found.title(lang), message]
        if expected:
            comment.append(f"{say('diagnostics.expected', lang)}{say('list.colon', lang)}{expected}")
        comment.append(f"{say('diagnostics.hint', lang)}{say('list.colon', lang)}{hint}")
        marks.append(
            Mark(
                id=name,
                level=found.level.value,
                sheet=sheet,
                place=place if sheet is not None else None,
                comment="\n".join(comment),
                line=f"{column_letters(place[1]) if place else ''} {item or found.title(lang)}"
                f"{say('list.colon', lang)}{message}".strip(),
                row=(found.unit or "", item, found.found or "", expected, f"{found.code} {message}", hint),
            )
        )
    columns = [column for table in read.tables if (column := _problem_column(table, names)) is not None]
    said = ["marks.about", *(["marks.about_column"] if columns else ()), "marks.about_return"]
    words = ListText(
        name=say("marks.sheet", lang),
        title=say("marks.title", lang, file=Path(read.file).name, n=len(marks)),
        about="".join(say(key, lang) for key in said) if marks else say("marks.nothing", lang),
        headers=tuple(say(f"marks.{word}", lang) for word in _HEADERS),
        level_names={level.value: say(f"severity.{level}", lang) for level in Severity},
    )
    return marks, columns, words


_HEADERS = ("id", "level", "sheet_name", "cell", "unit", "item", "found", "expected", "message", "mend", "done")


def sheet_name(sheet: Sheet, lang: Lang) -> str:
    """The name of a sheet in the copy; text files have none of their own."""
    return sheet.name or say("marks.ledger", lang)


def _problem_column(table: Table, names: Mapping[str | None, str]) -> ProblemColumn | None:
    """Where a table's column of problems belongs; None where its rows are no rows of the sheet."""
    sheet = table.sheet
    from starcheck.marks import ProblemColumn  # noqa: PLC0415 - lxml, and only where copies are asked for

    first, last = table.headers[0].column, table.headers[-1].column
    rows = [table.header_last, *(table.body[:1]), *(table.body[-1:])]
    plain = all(sheet.address(row, first) == f"{column_letters(first)}{row + 1}" for row in rows)
    if not plain or not len(table.body) or sheet.name not in names:
        return None
    return ProblemColumn(names[sheet.name], table.header_last, first, last, table.body[-1])


# --- copies of files that are no xlsx ---------------------------------------------------------------------------------


def _too_large(sheet: Sheet) -> bool:
    height = sheet.bulk.height if sheet.bulk is not None else sheet.top + len(sheet.rows)
    return height > _MOST_ROWS or sheet.left + len(sheet.rows[0] if sheet.rows else ()) > _MOST_COLUMNS - 1


def _without_ours(workbook: Workbook) -> Workbook:
    """A workbook without the list and the columns of problems of an earlier round, saved in another form since."""
    marked = any(is_problem_list(sheet) for sheet in workbook.sheets)
    kept = [sheet for sheet in workbook.sheets if not is_problem_list(sheet)]
    return replace(workbook, sheets=tuple(map(_without_column, kept))) if marked and kept else workbook


def _without_column(sheet: Sheet) -> Sheet:
    if sheet.bulk is not None:
        return sheet
    rows = [list(row) for row in sheet.rows]
    for first, row in enumerate(rows):
        for column, cell in enumerate(row):
            if cell == PROBLEM_COLUMN and only_our_lines(other[column] for other in rows[first + 1 :]):
                for other in rows[first:]:
                    other[column] = None
    return replace(sheet, rows=rows)


def fitting_names(workbook: Workbook, lang: Lang) -> list[str]:
    """The names of the sheets in a copy made anew: other programs have longer ones, and characters xlsx has not."""
    names: list[str] = []
    taken: set[str] = set()
    for sheet in workbook.sheets:
        name = re.sub(r"[\[\]:*?/\\]", "_", visible(sheet_name(sheet, lang)))[:31].strip("'") or "Sheet"
        while name.casefold() in taken:
            name = f"{name[:28]}_{len(taken)}"
        taken.add(name.casefold())
        names.append(name)
    return names


def rebuilt(workbook: Workbook, names: Sequence[str]) -> bytes:
    """An xlsx with the cells that were read, each where it was: the values, their formats, merges, what was hidden.

    ``names`` are those of its sheets, in their order.
    """
    import xlsxwriter  # noqa: PLC0415 - copies only

    stream = io.BytesIO()
    told = {"in_memory": True, "strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(stream, {**told, "nan_inf_to_errors": True}) as book:
        book.set_properties(UNDATED)  # the same copy for the same file
        formats: dict[str | None, Any] = {}

        def style(code: str | None) -> Any:
            if code not in formats:  # None: what begins like a formula stays text when it is edited
                formats[code] = book.add_format({"quote_prefix": True} if code is None else {"num_format": code})
            return formats[code]

        for source, name in zip(workbook.sheets, names, strict=True):
            sheet = book.add_worksheet(name)
            _fill(sheet, source, style)
            if source.visibility == "hidden":
                sheet.hide()
            elif source.visibility == "very_hidden":
                sheet.very_hidden()
    return stream.getvalue()


def _fill(sheet: Any, source: Sheet, style: Any) -> None:
    rows = source.rows if source.bulk is None else source.bulk.rows()
    numbers = [
        (row, column)
        for row, cells in enumerate(rows, start=source.top)
        for column, cell in enumerate(cells, start=source.left)
        if isinstance(cell, int | float) and not isinstance(cell, bool)
    ]
    codes = source.number_formats(numbers) if source.bulk is None else {}
    merged = {(first, left): (last, right) for first, left, last, right in source.merged}
    widths: dict[int, int] = {}
    for row, cells in enumerate(rows, start=source.top):
        for column, cell in enumerate(cells, start=source.left):
            if cell is None:
                continue
            _write_cell(sheet, row, column, cell, style, codes.get((row, column)))
            if (row, column) not in merged:
                wide = sum(2 if ord(letter) > 0x2E80 else 1 for letter in cell_text(cell))  # noqa: PLR2004 - CJK
                widths[column] = max(widths.get(column, 0), wide)
    hidden = source.hidden_columns
    for column in {*widths, *hidden}:
        wide = min(max(widths.get(column, 8), 6), 40) + 1
        sheet.set_column(column, column, wide, None, {"hidden": column in hidden})
    for row in source.hidden_rows:
        sheet.set_row(row, None, None, {"hidden": True})
    _merge(sheet, source.merged)
    for (row, column), text in source.comments().items():
        if text and row < _MOST_ROWS and column < _MOST_COLUMNS:
            sheet.write_comment(row, column, visible_lines(text)[:32_000])


def _merge(sheet: Any, merged: Sequence[tuple[int, int, int, int]]) -> None:
    """Merge without writing: the cells keep what they hold."""
    kept: list[tuple[int, int, int, int]] = []
    for area in merged[:1000]:
        first, left, last, right = area
        if (first, left) != (last, right) and not any(
            first <= down and up <= last and left <= far and near <= right for up, near, down, far in kept
        ):
            kept.append(area)
    sheet.merge.extend([list(area) for area in kept])


def _write_cell(sheet: Any, row: int, column: int, cell: Cell, style: Any, code: str | None) -> None:
    put = sheet
    if isinstance(cell, CellError | str):
        put.write_string(row, column, str(cell)[:32_767], style(None) if begins_formula(str(cell)) else None)
    elif isinstance(cell, bool):
        put.write_boolean(row, column, cell)
    elif isinstance(cell, Uncalculated):
        pass
    elif isinstance(cell, ShownNumber) and code is None:
        put.write_string(row, column, cell.shown)
    elif isinstance(cell, int | float):
        shown = code or ("0.##%" if isinstance(cell, PercentNumber) else None)
        put.write_number(row, column, float(cell), style(shown) if shown else None)
    elif isinstance(cell, dt.datetime):
        moment = cell.replace(tzinfo=None)
        form = "yyyy-mm-dd" if moment.time() == dt.time() else "yyyy-mm-dd hh:mm:ss"
        _write_moment(put, row, column, moment, style(form))
    elif isinstance(cell, dt.date):
        _write_moment(put, row, column, cell, style("yyyy-mm-dd"))
    elif isinstance(cell, dt.time):
        put.write_datetime(row, column, cell.replace(tzinfo=None), style("hh:mm:ss"))
    elif isinstance(cell, dt.timedelta):
        put.write_datetime(row, column, cell, style("[h]:mm:ss"))


def _write_moment(sheet: Any, row: int, column: int, moment: dt.date, form: Any) -> None:
    if moment.year < 1900:  # noqa: PLR2004 - spreadsheets know no earlier day
        sheet.write_string(row, column, moment.isoformat())
    else:
        sheet.write_datetime(row, column, moment, form)
