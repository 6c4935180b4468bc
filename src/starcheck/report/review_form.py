"""The workbook that a reviewing department fills in, and that reads back: its units and vetoes, with what ledgers say.

Nothing here looks at the clock: the same months give the same bytes.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from starcheck.column import Kind
from starcheck.diagnostic import Lang, Text, pick
from starcheck.fields import expectation
from starcheck.messages import say
from starcheck.report.listing import Heading, Shows, Value, value_shown
from starcheck.report.tables import put_text
from starcheck.scheme import LedgerField
from starcheck.visible import visible, visible_lines

_FILLED_IN = frozenset({"confirmed", "happened", "remark"})
_WIDTHS = {"name": 14, "case": 26, "stated": 14, "cell": 34, "confirmed": 10, "happened": 13, "remark": 24}
_MOST_WORDS = 255
"""Characters of a message on a cell, and of a list to choose from."""


@dataclass(frozen=True, slots=True)
class ReviewForm:
    """What a workbook is made of: rows of the list of one department, each with the field it asks for."""

    title: Text
    facts: Sequence[tuple[Text, Text]]
    headings: Sequence[Heading]
    rows: Sequence[Sequence[Value]]
    items: Sequence[LedgerField]
    triggered: frozenset[int]
    """The rows in which a ledger says that the veto is triggered."""
    told: Sequence[Text]
    as_of: date
    lang: Lang = "zh"


def review_workbook(form: ReviewForm) -> bytes:
    """The workbook's bytes: the sheet to fill in, and one that says how."""
    import xlsxwriter  # noqa: PLC0415 - exports only

    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False}) as book:
        book.set_properties({"title": visible(form.title[0]), "created": datetime.combine(form.as_of, time())})
        looks = _looks(book)
        _to_fill_in(book.add_worksheet(say("vetoes.sheet", form.lang)), form, looks)
        _how(book.add_worksheet(say("template.instructions", form.lang)), form, looks)
    return stream.getvalue()


def _looks(book: Any) -> Mapping[str, Any]:
    frame = {"border": 1, "border_color": "#9AA5B8", "valign": "vcenter", "text_wrap": True}
    return {
        "title": book.add_format({"bold": True, "font_size": 15}),
        "line": book.add_format({"font_color": "#555555"}),
        "head": book.add_format({**frame, "bold": True, "align": "center", "bg_color": "#DCE4F0"}),
        "text": book.add_format(frame),
        "quoted": book.add_format({**frame, "quote_prefix": True}),
        "red": book.add_format({**frame, "font_color": "#C00000", "bold": True}),
        "open": book.add_format({**frame, "bg_color": "#FFF8DC"}),
        "open_quoted": book.add_format({**frame, "bg_color": "#FFF8DC", "quote_prefix": True}),
        "day": book.add_format({**frame, "bg_color": "#FFF8DC", "num_format": "yyyy-mm-dd"}),
        "plain": book.add_format({"text_wrap": True, "valign": "top"}),
        "free": book.add_format({"quote_prefix": True, "text_wrap": True, "valign": "top"}),
    }


def _to_fill_in(sheet: Any, form: ReviewForm, looks: Mapping[str, Any]) -> None:
    lang = form.lang
    put_text(sheet, 0, 0, pick(form.title, lang), looks["title"], looks["title"])
    facts = say("list.semicolon", lang).join(
        pick(label, lang) + say("list.colon", lang) + pick(text, lang) for label, text in form.facts
    )
    put_text(sheet, 1, 0, facts, looks["line"], looks["line"])
    put_text(sheet, 2, 0, say("vetoes.how.short", lang), looks["line"], looks["line"])
    head = 3
    for place, heading in enumerate(form.headings):
        put_text(sheet, head, place, pick(heading.label, lang), looks["head"], looks["head"])
        longest = max((len(value_shown(row[place], heading.shows, lang)) for row in form.rows), default=0)
        sheet.set_column(place, place, _WIDTHS.get(heading.key, min(max(8, 2 * longest + 2), 24)))
    for line, row in enumerate(form.rows):
        for place, (value, heading) in enumerate(zip(row, form.headings, strict=True)):
            at = (head + 1 + line, place)
            if heading.key in _FILLED_IN:
                look = looks["day" if heading.key == "happened" else "open"]
                if value is None:
                    sheet.write_blank(*at, None, look)
                else:  # answered before
                    put_text(sheet, *at, value_shown(value, heading.shows, lang), look, looks["open_quoted"])
                continue
            look = looks["red" if line in form.triggered and heading.key in {"name", "stated"} else "text"]
            if heading.shows is Shows.WHOLE and isinstance(value, int):
                sheet.write_number(*at, value, look)
            else:
                put_text(sheet, *at, value_shown(value, heading.shows, lang), look, looks["quoted"])
    _rules(sheet, form, head + 1)
    signed = head + len(form.rows) + 2
    put_text(sheet, signed, 0, say("vetoes.signed", lang), looks["line"], looks["line"])
    sheet.freeze_panes(head + 1, 0)
    sheet.autofilter(head, 0, head + len(form.rows), len(form.headings) - 1)
    sheet.set_paper(9)  # A4
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(head)
    sheet.set_footer("&C&P / &N")


def _rules(sheet: Any, form: ReviewForm, first: int) -> None:
    """What each cell of 确认 may hold, by the item of its row; and days."""
    keys = [heading.key for heading in form.headings]
    confirmed, happened = keys.index("confirmed"), keys.index("happened")
    start = 0
    for line in range(1, len(form.rows) + 1):
        if line == len(form.rows) or form.items[line] is not form.items[start]:
            rule = _rule(form.items[start], form.lang)
            sheet.data_validation(first + start, confirmed, first + line - 1, confirmed, rule)
            start = line
    if form.rows:
        rule = {
            "validate": "date",
            "criteria": "between",
            "minimum": date(1990, 1, 1),
            "maximum": date(2099, 12, 31),
            "error_type": "warning",
            "error_message": say("vetoes.happened.wrong", form.lang),
        }
        sheet.data_validation(first, happened, first + len(form.rows) - 1, happened, rule)


def _rule(item: LedgerField, lang: Lang) -> dict[str, Any]:
    expected = visible_lines(pick(expectation(item), lang))[:_MOST_WORDS]
    rule: dict[str, Any] = {"ignore_blank": True, "input_message": expected, "error_message": expected}
    options = ("是", "否") if item.kind is Kind.YESNO else item.options
    if options and len(",".join(options)) <= _MOST_WORDS:
        return rule | {"validate": "list", "source": list(options)}
    return rule | {"validate": "any"}


def _how(sheet: Any, form: ReviewForm, looks: Mapping[str, Any]) -> None:
    sheet.set_column(0, 0, 100)
    for line, text in enumerate(form.told):
        put_text(sheet, line, 0, pick(text, form.lang), looks["plain"], looks["free"])
