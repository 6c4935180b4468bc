"""The problems of a run as a list to hand on: one row each, for the township that has to mend them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

from starcheck.diagnostic import Diagnostic, Lang
from starcheck.messages import say
from starcheck.report.listing import write_whole
from starcheck.report.markdown import page_markdown
from starcheck.report.sections import Section, table
from starcheck.report.tables import UNDATED, harmless, put_text

COLUMNS = ("severity", "code", "file", "sheet", "cell", "unit", "field", "found", "expected", "message", "mend")


def problem_rows(diagnostics: Sequence[Diagnostic], lang: Lang, labels: Mapping[str, str]) -> Iterator[list[str]]:
    """A header, then a row per problem in the order given."""
    yield [say(f"problems.{name}", lang) for name in COLUMNS]
    for found in diagnostics:
        where = found.where
        field = found.field or ""
        yield [
            say(f"severity.{found.level}", lang),
            found.code,
            where.file or "",
            where.sheet or "",
            where.cell or ("" if where.line is None else str(where.line)),
            found.unit or "",
            f"{field} {labels[field]}" if labels.get(field, field) != field else field,
            found.found or "",
            found.expectation(lang) or "",
            found.message(lang),
            found.accepted or found.hint(lang),
        ]


def problems_markdown(diagnostics: Sequence[Diagnostic], lang: Lang, labels: Mapping[str, str]) -> str:
    """The list as a Markdown table."""
    header, *rows = problem_rows(diagnostics, lang, labels)
    return page_markdown([Section(say("problems.title", lang, n=len(rows)), level=1, table=table(header, rows))])


def write_problems(
    diagnostics: Sequence[Diagnostic], target: Path | IO[bytes], lang: Lang, labels: Mapping[str, str]
) -> None:
    """The list as CSV (UTF-8 with BOM), xlsx, Markdown or text by the path's ending; whole or not at all.

    Raises ``OSError`` where the path cannot be written.
    """
    write_rows(list(problem_rows(diagnostics, lang, labels)), target, say("problems.title", lang, n=len(diagnostics)))


def write_rows(rows: Sequence[Sequence[str]], target: Path | IO[bytes], title: str) -> None:
    """A header and rows of texts likewise, all of them harmless in a spreadsheet."""
    if not isinstance(target, Path):
        target.write(_csv_bytes(rows))
        return
    match target.suffix.lower():
        case ".xlsx":
            content = _xlsx_bytes(rows)
        case ".md" | ".txt":
            content = page_markdown([Section(title, level=1, table=table(rows[0], rows[1:]))]).encode()
        case _:
            content = _csv_bytes(rows)
    write_whole(target, content)


def _csv_bytes(rows: Sequence[Sequence[str]]) -> bytes:
    stream = io.StringIO(newline="")
    csv.writer(stream).writerows([harmless(cell) for cell in row] for row in rows)
    return stream.getvalue().encode("utf-8-sig")


def _xlsx_bytes(rows: Sequence[Sequence[str]]) -> bytes:
    import xlsxwriter  # noqa: PLC0415 - exports only

    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False}) as book:
        book.set_properties(UNDATED)
        sheet = book.add_worksheet()
        bold, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
        quoted = book.add_format({"text_wrap": True, "valign": "top", "quote_prefix": True})
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                put_text(sheet, number, column, cell, wrapped if number else bold, quoted)
        sheet.set_column(0, 1, 8)
        sheet.set_column(2, 2, 32)
        sheet.set_column(3, 6, 16)
        sheet.set_column(7, 10, 32)
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, max(len(rows) - 1, 0), len(rows[0]) - 1)
    return stream.getvalue()
