"""Lists to hand on: the same rows on a terminal, as Markdown, CSV, a workbook and JSON.

A listing has columns of one kind each and rows of plain values; rounding is for the eye alone, JSON has the values.
Files appear whole or not at all, and nothing in them is a formula.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from starcheck.diagnostic import Lang, Text, pick
from starcheck.messages import say
from starcheck.report.figures import number, rounded
from starcheck.report.markdown import page_markdown
from starcheck.report.sections import Section, table
from starcheck.report.tables import harmless, put_text

Value = None | bool | int | Decimal | Fraction | str | date | Text | list[str]
"""What stands in a cell. A pair of texts is one text in both languages; a list is several, one after another."""


class Shows(Enum):
    """What a column holds, and so how it is shown."""

    TEXT = "text"
    WHOLE = "whole"
    NUMBER = "number"
    """Rounded half up to two decimals on paper."""
    SHARE = "share"
    """A share of 1, shown in percent with one decimal."""
    MONEY = "money"
    """Yuan, with two decimals only where there are any."""


class Heading(NamedTuple):
    """A column: its key for programs, what it is called, and what it holds."""

    key: str
    label: Text
    shows: Shows = Shows.TEXT
    only_json: bool = False
    """Whether it is for programs alone: in the JSON document, and elsewhere only where ``in_csv``."""
    in_csv: bool = False
    """Whether a CSV has it too: it is the number that another column is printed from."""
    fills: Mapping[Text, str] = MappingProxyType({})
    """The fill of a cell by its value, in a workbook."""


@dataclass(frozen=True, slots=True)
class Listing:
    """A titled table. ``key`` is its name for programs and files, ``notes`` are sentences under it."""

    key: str
    title: Text
    headings: Sequence[Heading]
    rows: Sequence[Sequence[Value]]
    notes: Sequence[Text] = ()
    strong: int = 0
    """How many of the last rows sum up the others."""

    def on_paper(self) -> tuple[list[Heading], list[list[Value]]]:
        """The columns for people, and their rows."""
        return self._with([place for place, heading in enumerate(self.headings) if not heading.only_json])

    def in_csv(self) -> tuple[list[Heading], list[list[Value]]]:
        """The columns of a CSV, and their rows: those for people, and the numbers behind them."""
        return self._with(
            [place for place, heading in enumerate(self.headings) if heading.in_csv or not heading.only_json]
        )

    def _with(self, kept: Sequence[int]) -> tuple[list[Heading], list[list[Value]]]:
        return [self.headings[place] for place in kept], [[row[place] for place in kept] for row in self.rows]


@dataclass(frozen=True, slots=True)
class Handout:
    """What a command has to say: a title, facts about it, and listings."""

    command: str
    title: Text
    facts: Sequence[tuple[Text, Text]]
    about: Mapping[str, Any]
    """The same facts for programs: county, period, scheme."""
    as_of: date
    listings: Sequence[Listing] = field(default_factory=tuple)


def value_shown(value: Value, shows: Shows, lang: Lang) -> str:
    """A value for the eye; nothing for none."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return say("yes" if value else "no", lang)
    if isinstance(value, list):
        return say("list.semicolon", lang).join(value)
    if isinstance(value, tuple):
        return pick(value, lang)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str):
        return value
    return _number(value, shows)


def _number(value: int | Decimal | Fraction, shows: Shows) -> str:
    exact = Fraction(value)
    places = {Shows.SHARE: 1, Shows.NUMBER: 2, Shows.MONEY: 2}.get(shows, 0)
    if shows is Shows.SHARE:
        exact *= 100
    if shows is Shows.MONEY and exact.denominator == 1:
        places = 0
    size = rounded(abs(exact), places)
    sign = "-" if exact < 0 and size else ""
    text = f"{size:,f}" if shows is Shows.MONEY else f"{size:f}"
    return f"{sign}{text}%" if shows is Shows.SHARE else sign + text


def handout_sections(handout: Handout, lang: Lang) -> list[Section]:
    """The page: the title with its facts, then each listing."""
    facts = tuple((pick(label, lang), pick(text, lang)) for label, text in handout.facts)
    page = [Section(pick(handout.title, lang), level=1, facts=facts)]
    for listing in handout.listings:
        headings, values = _with_something(*listing.on_paper())
        rows = [
            [value_shown(value, heading.shows, lang) for value, heading in zip(row, headings, strict=True)]
            for row in values
        ]
        headers = [pick(heading.label, lang) for heading in headings]
        right = [place for place, heading in enumerate(headings) if heading.shows is not Shows.TEXT]
        laid = table(headers, rows, numbers=right, strong=listing.strong) if rows else None
        notes = tuple(pick(note, lang) for note in listing.notes)
        page.append(
            Section(pick(listing.title, lang), table=laid, lines=notes if rows else (say("listing.none", lang), *notes))
        )
    return page


def _with_something(
    headings: Sequence[Heading], rows: Sequence[Sequence[Value]]
) -> tuple[list[Heading], list[list[Value]]]:
    """Without the columns that have nothing in any row: a page is narrow."""
    kept = [place for place in range(len(headings)) if any(row[place] not in (None, "", []) for row in rows)]
    return [headings[place] for place in kept], [[row[place] for place in kept] for row in rows]


def document(handout: Handout, version: str, lang: Lang) -> dict[str, Any]:
    """The JSON document: what it is about, then each listing's rows under its key."""
    return {
        "format": 1,
        "command": handout.command,
        "version": version,
        **handout.about,
        **{
            listing.key: [
                {heading.key: _plain(value, lang) for heading, value in zip(listing.headings, row, strict=True)}
                for row in listing.rows
            ]
            for listing in handout.listings
        },
        "notes": {
            listing.key: [pick(note, lang) for note in listing.notes] for listing in handout.listings if listing.notes
        },
    }


def _plain(value: Value, lang: Lang) -> Any:
    match value:
        case tuple():
            return pick(value, lang)
        case date():
            return value.isoformat()
        case Decimal() | Fraction():
            return number(float(value))
        case _:
            return value


def write_handout(handout: Handout, path: Path, lang: Lang) -> tuple[Path, ...]:
    """As CSV, with a file beside the first for each further listing, as a workbook, Markdown or text by the ending.

    Returns the files written. Raises ``OSError`` where one cannot be.
    """
    match path.suffix.lower():
        case ".xlsx":
            contents = {path: _workbook(handout, lang)}
        case ".csv":
            contents = {
                target: csv_bytes(listing, lang)
                for target, listing in zip(
                    csv_paths(path, [listing.key for listing in handout.listings]), handout.listings, strict=True
                )
            }
        case _:
            contents = {path: page_markdown(handout_sections(handout, lang)).encode()}
    for target, content in contents.items():
        write_whole(target, content)
    return tuple(contents)


def csv_paths(path: Path, keys: Sequence[str]) -> list[Path]:
    """Where listings of these keys are written as CSV: the first at ``path``, the others beside it."""
    return [path, *(path.with_name(f"{path.stem}-{key}.csv") for key in keys[1:])]


def write_whole(target: Path, content: bytes) -> None:
    """A file, whole or not at all. Raises ``OSError`` where it cannot be written."""
    unfinished = target.absolute().with_name(f".{target.name}.{os.getpid()}")
    try:
        unfinished.write_bytes(content)
        unfinished.replace(target)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


def csv_bytes(listing: Listing, lang: Lang) -> bytes:
    """A listing as CSV that Excel opens as it is; numbers as they are, not rounded."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    headings, rows = listing.in_csv()
    writer.writerow([harmless(_header(heading, lang)) for heading in headings])
    for row in rows:
        writer.writerow([_csv_cell(value, heading, lang) for value, heading in zip(row, headings, strict=True)])
    return stream.getvalue().encode("utf-8-sig")


def _header(heading: Heading, lang: Lang) -> str:
    """English headers are for programs."""
    return heading.key if lang == "en" else heading.label[0]


def _csv_cell(value: Value, heading: Heading, lang: Lang) -> str:
    if isinstance(value, int | Decimal | Fraction) and not isinstance(value, bool):
        return str(number(float(value)))
    return harmless(value_shown(value, heading.shows, lang))


def _workbook(handout: Handout, lang: Lang) -> bytes:
    import xlsxwriter  # noqa: PLC0415 - exports only

    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False}) as book:
        # Not the clock's, so that the same input gives the same bytes.
        book.set_properties({"created": datetime.combine(handout.as_of, time())})
        looks = _Looks(book)
        for listing in handout.listings:
            _on_pages(_sheet(book, listing, looks, lang), handout, listing, lang)
        about = book.add_worksheet(say("table.about", lang))
        about.set_column(0, 0, 14)
        about.set_column(1, 1, 70)
        put_text(about, 0, 0, pick(handout.title, lang), looks.bold, looks.quoted)
        for line, (label, text) in enumerate(handout.facts, start=1):
            put_text(about, line, 0, pick(label, lang), None, looks.quoted)
            put_text(about, line, 1, pick(text, lang), None, looks.quoted)
    return stream.getvalue()


class _Looks:
    """The cell formats of a workbook."""

    def __init__(self, book: Any) -> None:
        top = {"valign": "top"}
        self._book, self._filled = book, dict[str, Any]()
        self.bold = book.add_format({"bold": True, "text_wrap": True, "bottom": 1, **top})
        self.quoted = book.add_format({"quote_prefix": True, "text_wrap": True, **top})
        self.text = book.add_format({"text_wrap": True, **top})
        formats = {Shows.SHARE: "0.0%", Shows.NUMBER: "0.00", Shows.MONEY: "#,##0.00"}
        self.numbers = {shows: book.add_format({"num_format": formats.get(shows, "0"), **top}) for shows in Shows}

    def filled(self, colour: str) -> Any:
        """Text on a ground of that colour."""
        if colour not in self._filled:
            self._filled[colour] = self._book.add_format({"text_wrap": True, "valign": "top", "bg_color": colour})
        return self._filled[colour]


def _sheet(book: Any, listing: Listing, looks: _Looks, lang: Lang) -> Any:
    sheet = book.add_worksheet(pick(listing.title, lang)[:31].translate(str.maketrans("[]:*?/\\", "（）：＊？／＼")))
    headings, rows = listing.on_paper()
    for place, heading in enumerate(headings):
        put_text(sheet, 0, place, pick(heading.label, lang), looks.bold, looks.quoted)
        longest = max((len(value_shown(row[place], heading.shows, lang)) for row in rows), default=0)
        sheet.set_column(place, place, min(max(10, 2 * longest if heading.shows is Shows.TEXT else longest + 2), 48))
    for line, row in enumerate(rows, start=1):
        for place, (value, heading) in enumerate(zip(row, headings, strict=True)):
            if value is None:
                continue
            if isinstance(value, int | Decimal | Fraction) and not isinstance(value, bool):
                sheet.write_number(line, place, float(value), looks.numbers[heading.shows])
            else:
                fill = heading.fills.get(value) if isinstance(value, tuple) else None
                plain = looks.text if fill is None else looks.filled(fill)
                put_text(sheet, line, place, value_shown(value, heading.shows, lang), plain, looks.quoted)
    sheet.freeze_panes(1, 0)
    if rows:
        sheet.autofilter(0, 0, len(rows), len(headings) - 1)
    for line, note in enumerate(listing.notes, start=len(rows) + 2):
        put_text(sheet, line, 0, pick(note, lang), None, looks.quoted)
    return sheet


def _on_pages(sheet: Any, handout: Handout, listing: Listing, lang: Lang) -> None:
    """How a sheet is printed: with lines to write between, and on every page what it is, of whom, and its nature."""
    sheet.set_paper(9)  # A4
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.hide_gridlines(0)
    nature = handout.about.get("scheme", {}).get("nature", "")
    sheet.set_header(f"&L{_marginal(pick(handout.title, lang))}&R{_marginal(pick(listing.title, lang))}")
    sheet.set_footer(f"&L{_marginal(nature)}&R&P / &N")


def _marginal(text: str) -> str:
    """A text for the head or foot of a page, where & is a sign of its own and no more than 255 fit."""
    return text[:60].replace("&", "&&")
