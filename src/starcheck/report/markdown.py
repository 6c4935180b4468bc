"""The report as GitHub Markdown: the same sections as on the console."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from starcheck.diagnostic import Lang, pick
from starcheck.messages import say
from starcheck.report.model import Report
from starcheck.report.sections import Cell, Section, Table, diagnostic_place, lines_of, sections, table
from starcheck.visible import visible

DIAGNOSTICS_SHOWN = 50
"""Rows of the table of problems, unless all are asked for."""

_SPECIAL = re.compile(r"([\\`*_\[\]<>|#])")


def markdown(report: Report, lang: Lang = "zh", *, everything: bool = False) -> str:
    """The whole report with its problems as a last table, ending in a line break."""
    page = list(sections(report, lang, everything=everything))
    if report.diagnostics:
        page.append(_problems(report, lang, everything=everything))
    return page_markdown(page)


def page_markdown(page: Iterable[Section]) -> str:
    """Sections as Markdown, ending in a line break."""
    return "\n".join(line for section in page for line in _section(section)).strip() + "\n"


def _section(section: Section) -> Iterator[str]:
    yield f"{'#' * section.level} {_escape(section.title)}"
    yield ""
    for label, text in section.facts:
        yield f"- **{_escape(label)}** {_escape(text)}"
    if section.facts:
        yield ""
    if section.table is not None:
        yield from _table(section.table)
        yield ""
    for line in section.lines:
        yield _escape(line)
        yield ""


def _table(shown: Table) -> Iterator[str]:
    yield _row(_escape(header) for header in shown.headers)
    yield _row("--:" if side == "right" else "---" for side in shown.sides)
    for place, row in enumerate(shown.rows):
        cells = map(_cell, row)
        yield _row(f"**{cell}**" if cell else "" for cell in cells) if place in shown.strong else _row(cells)


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(cell: Cell) -> str:
    return "<br>".join(map(_escape, lines_of(cell)))


def _escape(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", visible(text))


def _problems(report: Report, lang: Lang, *, everything: bool) -> Section:
    shown = report.diagnostics if everything else report.diagnostics[:DIAGNOSTICS_SHOWN]
    keys = ("severity", "code", "where", "title", "found", "expected", "hint")
    rows = [
        (
            say(f"severity.{diagnostic.level}", lang),
            diagnostic.code,
            tuple(part for part in diagnostic_place(diagnostic, lang, report.labels) if part),
            diagnostic.message(lang),
            diagnostic.found or "",
            pick(diagnostic.expected, lang) if diagnostic.expected else "",
            diagnostic.hint(lang),
        )
        for diagnostic in shown
    ]
    total = len(report.diagnostics)
    cut = say("list.cut", lang, shown=len(shown), total=total, all=say("report.all", lang))
    return Section(
        say("diagnostics.title", lang),
        table=table([say(f"diagnostics.{key}", lang) for key in keys], rows),
        lines=() if len(shown) == total else (cut,),
    )
