"""Units × verdicts as one wide table: CSV for spreadsheets, Parquet for programs, xlsx for offices, for any size.

What is asked of groups (分组) is a long table of its own: a sheet of the workbook, a second file beside the others.

Rows are made a batch at a time, so memory stays that of the assessment. Files appear whole or not at all.
"""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from enum import Enum
from itertools import count
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from starcheck.column import Column, Kind, Verdict
from starcheck.diagnostic import Lang, pick
from starcheck.messages import say
from starcheck.report.figures import fifteen
from starcheck.report.model import asked_words
from starcheck.report.points import climbs, steps
from starcheck.scoring import Assessment
from starcheck.visible import visible_lines

BATCH = 65_536
SHEET_ROWS = 1_048_575
"""Rows under the header that a sheet of a workbook can hold."""

_DANGEROUS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
"""What begins a formula; full-width signs do so too where the system speaks Chinese."""
_UNIX_EPOCH = 719_163

Rows = NDArray[np.intp]


class Holds(Enum):
    """What a column of the table holds.

    ``CODED`` are positions in its words, ``INTEGER`` and ``YESNO`` are -1 where there is nothing, ``NUMBER`` nan,
    ``TEXT`` None.
    """

    CODED = "coded"
    INTEGER = "integer"
    NUMBER = "number"
    YESNO = "yesno"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column: its header and how to make the values of some rows."""

    header: str
    holds: Holds
    take: Callable[[Rows], Any]
    words: tuple[str, ...] = ()


_NEGATIVE = re.compile(r"-[0-9]{1,15}(?:\.[0-9]{1,15})?%?")


def begins_formula(text: str) -> bool:
    """Whether a spreadsheet may take a text for a formula. A negative number is none."""
    return text.startswith(_DANGEROUS) and _NEGATIVE.fullmatch(text) is None


def harmless(text: str) -> str:
    """Text that no spreadsheet takes for a formula when it opens a CSV, with nothing unseen in it; numbers stay."""
    text = visible_lines(text)
    return f"'{text}" if begins_formula(text) else text


UNDATED = {"created": datetime(2000, 1, 1)}  # noqa: DTZ001 - a day for everybody
"""Properties of a workbook that is of no day of its own: without them it has the clock's, and no two are the same."""


def put_text(sheet: Any, row: int, column: int, text: str, look: Any, quoted: Any) -> None:
    """A text cell of a workbook. What begins a formula gets the look ``quoted``: it stays text when it is edited."""
    text = visible_lines(text)
    sheet.write_string(row, column, text, quoted if begins_formula(text) else look)


def unit_columns(assessment: Assessment, lang: Lang = "zh") -> list[TableColumn]:
    """The columns: who, the outcome, each star, each criterion's verdict, value and gap, each veto."""
    units, scheme = assessment.units, assessment.scheme

    def text(key: str, values: Sequence[str | None]) -> TableColumn:
        return TableColumn(say(key, lang), Holds.TEXT, lambda rows: [values[row] for row in rows.tolist()])

    def array(header: str, holds: Holds, values: NDArray[Any], words: tuple[str, ...] = ()) -> TableColumn:
        return TableColumn(header, holds, lambda rows: values[rows], words)

    several = len(set(units.county)) > 1
    names = {tier.number: tier.name for tier in scheme.tiering.tiers}
    tier_words = tuple(names.get(number, str(number)) for number in range(max(names, default=0) + 1))
    named = np.where(assessment.undecided, np.int8(len(tier_words)), assessment.tiers)
    columns = [text("table.county", units.county)] if several else []
    called = pick(scheme.tiering.word, lang)
    columns += [
        text("table.code", units.code),
        text("table.name", units.name),
        text("table.township", units.township),
        text("table.kind", units.kind),
        array(say("table.reported", lang), Holds.YESNO, units.reported),
        array(say("table.tier", lang, called=called), Holds.INTEGER, assessment.tiers),
        array(say("table.tier_name", lang, called=called), Holds.CODED, named, (*tier_words, say("undecided", lang))),
        array(
            say("table.reachable" if scheme.tiering.ranked else "table.settled", lang, called=called),
            Holds.INTEGER,
            assessment.reachable,
        ),
        array(say("table.provisional", lang), Holds.YESNO, assessment.provisional),
        array(say("table.excluded", lang), Holds.YESNO, assessment.excluded),
    ]
    if assessment.scores is not None:
        columns.append(array(say("table.score", lang), Holds.NUMBER, assessment.scores[:, 0]))
        columns.append(array(say("table.score_most", lang), Holds.NUMBER, assessment.scores[:, 1]))
    # Codes start at 0 for the words below; an unreported unit has neither star nor verdict.
    states = tuple(say(f"star.{word}", lang) for word in ("unknown", "unlit", "lit"))
    for place, star in enumerate(scheme.stars):
        taken = _coded(assessment.stars, place, 1, units.reported)
        columns.append(TableColumn(star.name, Holds.CODED, taken, states))
        if assessment.scores is not None and assessment.star_scores is not None:
            earned = np.where(units.reported, assessment.star_scores[:, place, 0], np.nan)
            columns.append(array(say("table.star_score", lang, star=star.name), Holds.NUMBER, earned))
    if climbs(scheme):
        above, short = steps(assessment)
        columns.append(array(say("table.above", lang), Holds.CODED, above, tier_words))
        columns.append(array(say("table.short", lang), Holds.NUMBER, short))
    verdicts = tuple(say(f"verdict.{verdict.word}", lang) for verdict in sorted(Verdict))
    for place, criterion in enumerate(scheme.criteria):
        slots = {"id": criterion.id, "name": criterion.name, "unit": f"（{criterion.unit}）" if criterion.unit else ""}
        taken = _coded(assessment.verdicts, place, 2, units.reported)
        columns.append(TableColumn(say("table.verdict", lang, **slots), Holds.CODED, taken, verdicts))
        columns.append(_values(say("table.value", lang, **slots), assessment.values(criterion.id)))
        if criterion.kind.numeric:
            header = say("table.gap", lang, **slots)
            columns.append(array(header, Holds.NUMBER, assessment.gap(place)))
    vetoes = tuple(say(f"veto.{word}", lang) for word in ("unknown", "clear", "triggered"))
    columns += [
        TableColumn(f"{veto.id} {veto.name}", Holds.CODED, _coded(assessment.vetoes, place, 1, units.reported), vetoes)
        for place, veto in enumerate(scheme.vetoes)
    ]
    return columns


@dataclass(frozen=True, slots=True)
class _Table:
    """Columns, and the rows they are made over, a batch at a time."""

    columns: Sequence[TableColumn]
    batches: Callable[[], Iterator[Rows]]


def _unit_table(assessment: Assessment, lang: Lang, township: str | None) -> _Table:
    return _Table(unit_columns(assessment, lang), lambda: _batches(assessment, township))


def _group_table(assessment: Assessment, lang: Lang) -> _Table:
    columns, size = group_columns(assessment, lang)
    return _Table(columns, lambda: iter([np.arange(size)]))


def group_columns(assessment: Assessment, lang: Lang = "zh") -> tuple[list[TableColumn], int]:
    """A table with a row for each group and criterion of it: its two ends, what was asked, and how it was judged.

    And how many rows it has.
    """
    rows = [
        (found.group.name, result, verdict, verdict.criterion.in_force(assessment.as_of))
        for found in assessment.groups
        for result in found.results
        for verdict in result.verdicts
        if not verdict.criterion.only or result.name in verdict.criterion.only
    ]

    def text(key: str, values: list[str | None]) -> TableColumn:
        return TableColumn(say(key, lang), Holds.TEXT, lambda some: [values[row] for row in some.tolist()])

    def array(key: str, holds: Holds, values: list[Any], words: tuple[str, ...] = ()) -> TableColumn:
        numbers = np.array(values, np.float64 if holds is Holds.NUMBER else np.int64)
        return TableColumn(say(key, lang), holds, lambda some: numbers[some], words)

    # Codes start at 0 for the words, in the order of the verdicts.
    verdicts = tuple(say(f"verdict.{verdict.word}", lang) for verdict in sorted(Verdict))
    columns = [
        text("table.grouping", [kind for kind, _, _, _ in rows]),
        text("table.name", [result.name for _, result, _, _ in rows]),
        array("townships.units", Holds.INTEGER, [result.units for _, result, _, _ in rows]),
        array("table.reported", Holds.INTEGER, [result.reported for _, result, _, _ in rows]),
        text("shortfalls.id", [verdict.criterion.id for _, _, verdict, _ in rows]),
        text("shortfalls.criterion", [verdict.criterion.name for _, _, verdict, _ in rows]),
        array("table.low", Holds.NUMBER, [_finite(verdict.low) for _, _, verdict, _ in rows]),
        array("table.high", Holds.NUMBER, [_finite(verdict.high) for _, _, verdict, _ in rows]),
        text("table.measure", [verdict.criterion.unit for _, _, verdict, _ in rows]),
        text(
            "explain.requirement",
            [
                pick(asked_words(asked, verdict.criterion.unit), lang) if asked else None
                for _, _, verdict, asked in rows
            ],
        ),
        array("explain.verdict", Holds.CODED, [verdict.verdict + 2 for _, _, verdict, _ in rows], verdicts),
        array("table.short_by", Holds.NUMBER, [_finite(verdict.gap) for _, _, verdict, _ in rows]),
        array("table.together", Holds.CODED, [result.verdict + 2 for _, result, _, _ in rows], verdicts),
        text("explain.source", [str(asked.source) if asked and asked.source else None for _, _, _, asked in rows]),
    ]
    if len(assessment.units.counties) > 1:
        columns.insert(0, text("table.county", [result.county for _, result, _, _ in rows]))
    return columns, len(rows)


def _finite(value: float | None) -> float:
    return value if value is not None and np.isfinite(value) else np.nan


def _coded(
    matrix: NDArray[np.int8], place: int, shift: int, reported: NDArray[np.bool_]
) -> Callable[[Rows], NDArray[np.int8]]:
    return lambda rows: np.where(reported[rows], matrix[rows, place] + np.int8(shift), np.int8(-1))


def _values(header: str, column: Column) -> TableColumn:
    match column.kind:
        case Kind.YESNO:
            return TableColumn(header, Holds.YESNO, lambda rows: _or(-1, column.take(rows)))
        case Kind.OPTION:
            return TableColumn(header, Holds.CODED, lambda rows: _or(-1, column.take(rows)), column.options)
        case Kind.DATE:
            return TableColumn(header, Holds.TEXT, lambda rows: _dates(column.take(rows)))
        case Kind.TEXT:
            return TableColumn(header, Holds.TEXT, lambda rows: column.take(rows).values.tolist())
        case Kind.NUMBER | Kind.INTEGER | Kind.RATIO:
            return TableColumn(header, Holds.NUMBER, lambda rows: _or(np.nan, column.take(rows)))


def _or(nothing: float, column: Column) -> NDArray[Any]:
    return np.where(column.known, column.values, nothing)


def _dates(column: Column) -> list[str | None]:
    days = column.values[:, 0].astype(np.int64) - _UNIX_EPOCH
    whole = np.where(column.known, days, 0).astype("datetime64[D]")
    text = np.where(
        column.values[:, 0] == column.values[:, 1], whole.astype(str), whole.astype("datetime64[M]").astype(str)
    )
    return [value if known else None for value, known in zip(text.tolist(), column.known.tolist(), strict=True)]


def write_units(
    assessment: Assessment, path: Path, lang: Lang = "zh", *, township: str | None = None
) -> tuple[Path, ...]:
    """Write the table to ``path`` in the format its suffix says, one of ``SUFFIXES``; returns the files written.

    What is asked of groups goes into a sheet of the workbook, else into a file beside it, ``result-groups.csv``.
    Raises ``OSError`` where one cannot be written, and then leaves what was there as it was.
    """
    write = _WRITERS[path.suffix.lower()]
    tables = {path: _unit_table(assessment, lang, township)}
    if assessment.groups and path.suffix.lower() != ".xlsx":
        beside = path.with_name(f"{path.stem}-{say('table.groups', lang)}{path.suffix}")
        tables[beside] = _group_table(assessment, lang)
    for place, table in tables.items():
        _replace(place, write, assessment, table, lang)
    return tuple(tables)


def write_rows(stream: IO[bytes], headers: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Rows as CSV that Excel opens as it is: UTF-8 with a byte-order mark, nothing in it a formula."""
    text = io.TextIOWrapper(stream, "utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text)
    for row in (headers, *rows):
        writer.writerow([harmless(cell) if isinstance(cell, str) else cell for cell in row])
    text.detach()


def write_sheet(stream: IO[bytes], name: str, headers: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Rows as a workbook, with a new sheet where one is full; nothing in it is a formula, nor becomes one."""
    import xlsxwriter  # noqa: PLC0415

    with xlsxwriter.Workbook(stream, {"constant_memory": True}) as book:
        book.set_properties(UNDATED)
        bold, quoted = book.add_format({"bold": True}), book.add_format({"quote_prefix": True})
        sheet, line = None, 0
        for row in rows:
            if sheet is None or line > SHEET_ROWS:
                sheets = len(book.worksheets())
                sheet, line = _headed(book, name if not sheets else f"{name}{sheets + 1}", headers, bold), 1
            for place, value in enumerate(row):
                if isinstance(value, str):
                    put_text(sheet, line, place, value, None, quoted)
                elif isinstance(value, bool):
                    sheet.write_boolean(line, place, value)
                elif value is not None:
                    sheet.write_number(line, place, value)
            line += 1
        if sheet is None:
            _headed(book, name, headers, bold)


def _headed(book: Any, name: str, headers: Sequence[str], bold: Any) -> Any:
    sheet = book.add_worksheet(name)
    sheet.freeze_panes(1, 0)
    for place, header in enumerate(headers):
        put_text(sheet, 0, place, header, bold, bold)
    return sheet


def _replace(path: Path, write: _Writer, assessment: Assessment, table: _Table, lang: Lang) -> None:
    """Write a file whole, or not at all."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with temporary.open("wb") as stream:
            write(assessment, table, stream, lang)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_csv(assessment: Assessment, stream: IO[bytes], lang: Lang = "zh", township: str | None = None) -> None:
    """The units as CSV that Excel opens as it is: UTF-8 with a byte-order mark, nothing in it a formula."""
    _write_csv(assessment, _unit_table(assessment, lang, township), stream, lang)


def _write_csv(assessment: Assessment, table: _Table, stream: IO[bytes], lang: Lang) -> None:  # noqa: ARG001 - as all
    import pyarrow as pa  # noqa: PLC0415
    from pyarrow import csv  # noqa: PLC0415

    columns = table.columns
    stream.write(b"\xef\xbb\xbf")
    words = (say("no", lang), say("yes", lang))
    headers = [harmless(column.header) for column in columns]
    options = csv.WriteOptions(include_header=False, quoting_style="needed")
    head = pa.table([pa.array([header]) for header in headers], [str(place) for place in range(len(headers))])
    csv.write_csv(head, stream, options)
    for rows in table.batches():
        arrays = [_arrow(column, rows, words, spreadsheet=True) for column in columns]
        batch = pa.RecordBatch.from_arrays(arrays, [str(place) for place in range(len(arrays))])
        csv.write_csv(batch, stream, options)


def _write_parquet(assessment: Assessment, table: _Table, stream: IO[bytes], lang: Lang) -> None:  # noqa: ARG001 - as all
    import pyarrow as pa  # noqa: PLC0415
    from pyarrow import parquet  # noqa: PLC0415

    columns = table.columns
    headers = [column.header for column in columns]
    writer = None
    try:
        for rows in table.batches():
            arrays = [_arrow(column, rows, (), spreadsheet=False) for column in columns]
            batch = pa.RecordBatch.from_arrays(arrays, headers)
            if writer is None:
                writer = parquet.ParquetWriter(stream, batch.schema, compression="zstd")
            writer.write_batch(batch)
    finally:
        if writer is not None:
            writer.close()


def _arrow(column: TableColumn, rows: Rows, yesno: tuple[str, ...], *, spreadsheet: bool) -> Any:
    """An arrow array of some rows. For a ``spreadsheet`` texts are made harmless and yes/no are words."""
    import pyarrow as pa  # noqa: PLC0415

    values = column.take(rows)
    match column.holds:
        case Holds.TEXT:
            return pa.array(
                [text and (harmless(text) if spreadsheet else visible_lines(text)) for text in values], pa.string()
            )
        case Holds.NUMBER:
            numbers = fifteen(np.asarray(values, np.float64))
            return pa.array(numbers, mask=np.isnan(numbers))
        case Holds.INTEGER:
            return pa.array(values, mask=values < 0)
        case Holds.YESNO | Holds.CODED:
            codes = np.asarray(values, np.int16)
            if column.holds is Holds.YESNO and not spreadsheet:
                return pa.array(codes == 1, mask=codes < 0)
            words = yesno if column.holds is Holds.YESNO else column.words
            if spreadsheet:
                words = tuple(harmless(word) for word in words)
            coded = pa.DictionaryArray.from_arrays(pa.array(codes, mask=codes < 0), pa.array(words, pa.string()))
            return coded.dictionary_decode() if spreadsheet else coded


def _write_xlsx(assessment: Assessment, table: _Table, stream: IO[bytes], lang: Lang) -> None:
    """Strings are written as strings, so nothing in the workbook is a formula, nor becomes one when it is edited."""
    import xlsxwriter  # noqa: PLC0415

    book = xlsxwriter.Workbook(stream, {"constant_memory": True})
    # Not the clock's, so that the same input gives the same bytes.
    book.set_properties({"created": datetime.combine(assessment.as_of, time())})
    try:
        _fill_sheets(book, table, say("table.sheet", lang), lang)
        if assessment.groups:
            _fill_sheets(book, _group_table(assessment, lang), say("table.groups", lang), lang)
        _about(book, assessment, lang)
    finally:
        book.close()


def _about(book: Any, assessment: Assessment, lang: Lang) -> None:
    """A last sheet with what every output must say: by which scheme, of what nature, on which day."""
    scheme = assessment.scheme
    sheet = book.add_worksheet(say("table.about", lang))
    facts = (
        ("report.scheme", f"{scheme.title}（{scheme.id} {scheme.version}）"),
        ("standard.nature", scheme.nature),
        ("standard.kind", scheme.unit_kind),
        ("report.as_of", assessment.as_of.isoformat()),
        ("what.county", "、".join(assessment.units.counties[:20])),
        ("table.hash", scheme.sha256),
    )
    sheet.set_column(0, 0, 14)
    sheet.set_column(1, 1, 70)
    quoted = book.add_format({"quote_prefix": True})
    for line, (key, text) in enumerate(facts):
        sheet.write_string(line, 0, say(key, lang))
        put_text(sheet, line, 1, text, None, quoted)


def _fill_sheets(book: Any, table: _Table, name: str, lang: Lang) -> None:
    """Row after row on a sheet of that name, with a new one where it is full."""
    columns = table.columns
    bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
    quoted = book.add_format({"quote_prefix": True})
    words = (say("no", lang), say("yes", lang))

    numbers = count(1)

    def new_sheet() -> Any:
        number = next(numbers)
        sheet = book.add_worksheet(name + (str(number) if number > 1 else ""))
        names = next((place for place, column in enumerate(columns) if column.holds is not Holds.TEXT), 0)
        sheet.freeze_panes(1, names)
        for place, column in enumerate(columns):
            sheet.set_column(place, place, 14 if column.holds is Holds.TEXT else 10)
            put_text(sheet, 0, place, column.header, bold, quoted)
        return sheet

    sheet, line = new_sheet(), 1
    for rows in table.batches():
        for row in zip(*(_cells(column, rows, words) for column in columns), strict=True):
            if line > SHEET_ROWS:
                sheet, line = new_sheet(), 1
            for place, value in enumerate(row):
                if isinstance(value, str):
                    put_text(sheet, line, place, value, None, quoted)
                elif value is not None:
                    sheet.write_number(line, place, value)
            line += 1


def _cells(column: TableColumn, rows: Rows, yesno: tuple[str, ...]) -> list[str | int | float | None]:
    values = column.take(rows)
    match column.holds:
        case Holds.TEXT:
            return list(values)
        case Holds.NUMBER:
            numbers = fifteen(np.asarray(values, np.float64))
            return [None if value != value else value for value in numbers.tolist()]  # noqa: PLR0124 - nan
        case Holds.INTEGER:
            return [None if value < 0 else value for value in values.tolist()]
        case Holds.YESNO | Holds.CODED:
            words = yesno if column.holds is Holds.YESNO else column.words
            return [None if code < 0 else words[code] for code in np.asarray(values, np.int16).tolist()]


def _batches(assessment: Assessment, township: str | None) -> Iterator[Rows]:
    rows = np.arange(len(assessment.units.name))
    if township is not None:
        rows = np.flatnonzero([name == township for name in assessment.units.township])
    for start in range(0, max(1, len(rows)), BATCH):
        yield rows[start : start + BATCH]


_Writer = Callable[[Assessment, _Table, IO[bytes], Lang], None]
_WRITERS: dict[str, _Writer] = {
    ".csv": _write_csv,
    ".parquet": _write_parquet,
    ".xlsx": _write_xlsx,
}
SUFFIXES = tuple(_WRITERS)
"""Endings of file names that ``write_units`` knows."""
