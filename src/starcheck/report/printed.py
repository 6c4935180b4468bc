"""Sections as one page to print: an HTML file that needs nothing else, for paper of A3 or A4 across."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

from starcheck.diagnostic import Lang
from starcheck.report.sections import Section, Table, lines_of
from starcheck.visible import visible

_STYLE = """
@page { size: A3 landscape; margin: 12mm; }
body { margin: 1.5em; color: #111;
  font: 11pt/1.45 "Source Han Sans SC", "Noto Sans CJK SC", "Microsoft YaHei", "PingFang SC", sans-serif; }
h1 { font-size: 20pt; text-align: center; margin: 0 0 .4em; }
h2 { font-size: 13pt; margin: 1.2em 0 .3em; padding: .25em .6em; break-after: avoid;
  background: #b71c1c; color: #fff; }
table.facts { width: auto; margin: 0 0 1em; font-size: 10pt; }
table.facts td { border: 0; padding: .1em 1em .1em 0; }
table.facts td:first-child { color: #666; white-space: nowrap; }
table { border-collapse: collapse; width: 100%; }
thead { display: table-header-group; }
tr { break-inside: avoid; }
th, td { border: 1px solid #999; padding: .25em .5em; vertical-align: top; text-align: left; }
th { background: #fbe9e7; white-space: nowrap; }
td.right { text-align: right; }
tr.strong td { font-weight: bold; }
p { margin: .3em 0; }
@media print { body { margin: 0; } h2 { -webkit-print-color-adjust: exact; print-color-adjust: exact; } }
"""


def printed_page(page: Iterable[Section], title: str, lang: Lang) -> str:
    """The sections as a complete HTML document. No text of a file becomes markup."""
    language = "zh-CN" if lang == "zh" else "en"
    body = "\n".join(line for section in page for line in _section(section))
    return (
        f'<!doctype html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{_text(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def _section(section: Section) -> Iterator[str]:
    yield f"<h{section.level}>{_text(section.title)}</h{section.level}>"
    if section.facts:
        rows = "".join(f"<tr><td>{_text(label)}</td><td>{_text(text)}</td></tr>" for label, text in section.facts)
        yield f'<table class="facts">{rows}</table>'
    if section.table is not None:
        yield from _table(section.table)
    for line in section.lines:
        yield f"<p>{_text(line)}</p>"


def _table(shown: Table) -> Iterator[str]:
    yield "<table>"
    yield "<thead><tr>" + "".join(f"<th>{_text(header)}</th>" for header in shown.headers) + "</tr></thead>"
    yield "<tbody>"
    for place, row in enumerate(shown.rows):
        cells = "".join(
            f'<td class="right">{cell}</td>' if side == "right" else f"<td>{cell}</td>"
            for cell, side in zip(("<br>".join(map(_text, lines_of(cell))) for cell in row), shown.sides, strict=True)
        )
        yield f'<tr class="strong">{cells}</tr>' if place in shown.strong else f"<tr>{cells}</tr>"
    yield "</tbody>\n</table>"


def _text(text: str) -> str:
    return escape(visible(text))
