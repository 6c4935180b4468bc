"""The report on a terminal, in a pipe and in a cron mail, with Rich.

Chinese is folded, never cut; nothing here may fail because of what a terminal can show. Rich is imported where it is
used, since ``starcheck --help`` needs no table.
"""

from __future__ import annotations

import codecs
import re
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from io import TextIOWrapper
from types import MappingProxyType
from typing import IO, TYPE_CHECKING, Any

from starcheck.diagnostic import HINTS, Diagnostic, Lang, Severity
from starcheck.messages import say
from starcheck.report.model import Report
from starcheck.report.sections import Cell, Section, Table, diagnostic_place, lines_of, sections
from starcheck.visible import visible

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text as Styled

WIDTH = 100
"""Columns where nothing says how many there are."""
NARROWEST = 20
"""Columns that a text gets however far it is indented."""
PER_CODE = 3
"""Diagnostics of one code that are shown, unless all are asked for."""

GAP = 2
"""Columns between two columns of a table."""
LEAST_TEXT = 8
"""To how few columns text in a table gives way before figures do."""
LEAST = 4
"""To how few columns text and headers give way; a narrower terminal gets lines that are too long."""

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TOKENS = re.compile(r"\s+|[!-~]+|.")
_CLOSING = frozenset("，。；：、？！）】》”’％‰,.;:)%")

_WORD_STYLES = {
    "verdict.met": "green",
    "verdict.unmet": "red",
    "verdict.unknown": "yellow",
    "star.lit": "green",
    "star.unlit": "red",
    "veto.triggered": "red",
    "severity.error": "bold red",
    "severity.warning": "yellow",
    "severity.note": "cyan",
}


def make_console(*, stderr: bool = False, color: bool | None = None, width: int | None = None) -> Console:
    """A console on stdout or stderr. ``color`` None leaves it to the terminal; ``width`` None to it, else 100."""
    return console_on(sys.stderr if stderr else sys.stdout, color=color, width=width)


def console_on(stream: IO[str], *, color: bool | None = None, width: int | None = None) -> Console:
    """A console on ``stream``. What its encoding has no bytes for is written as an escape, never an error."""
    from rich.console import Console  # noqa: PLC0415

    if isinstance(stream, TextIOWrapper) and not speaks_unicode(stream):
        stream.reconfigure(errors="backslashreplace")
    terminal = stream.isatty()

    class Piped(Console):
        """A console whose reader may go away (the caller decides what that means), and that no text can steer."""

        def on_broken_pipe(self) -> None:
            raise BrokenPipeError

        def print(self, *objects: Any, **options: Any) -> None:
            super().print(*(visible(each) if isinstance(each, str) else each for each in objects), **options)

    return Piped(
        file=stream,
        width=width or (None if terminal else WIDTH),
        force_terminal=True if color else None,
        no_color=None if color is None else not color,
        highlight=False,
        markup=False,
        emoji=False,
        soft_wrap=False,
    )


def speaks_unicode(stream: IO[str]) -> bool:
    """Whether the stream can write any character."""
    try:
        return codecs.lookup(getattr(stream, "encoding", None) or "utf-8").name.startswith("utf")
    except LookupError:
        return False


def print_report(report: Report, console: Console, *, lang: Lang = "zh", everything: bool = False) -> None:
    """Every table of the report. Diagnostics are not among them: ``print_diagnostics`` puts them on stderr."""
    print_sections(sections(report, lang, everything=everything), console, lang)


def print_sections(page: Iterable[Section], console: Console, lang: Lang) -> None:
    """Sections one under the other."""
    styles = {say(key, lang): style for key, style in _WORD_STYLES.items()}
    for place, section in enumerate(page):
        if place:
            console.print()
        _print_hanging(console, "", section.title, style="bold" if section.level > 1 else "bold underline")
        wide = max((width_of(label) for label, _ in section.facts), default=0)
        before = ""
        for label, text in section.facts:
            shown = "" if label == before else label
            _print_hanging(console, f"  {shown}{' ' * (wide - width_of(shown))}  ", text)
            before = label
        if section.table is not None:
            ascii_only = console.options.ascii_only
            console.print(_laid_out(section.table, console.width, styles, ascii_only=ascii_only), soft_wrap=True)
        for line in section.lines:
            _print_hanging(console, "", line, style="dim" if section.table else "")


def _print_hanging(console: Console, start: str, text: str, *, rest: str = "", style: str = "") -> None:
    """``text`` after ``start``, folded under itself; ``rest`` begins the folded lines."""
    from rich.text import Text as Styled  # noqa: PLC0415

    indent = width_of(start)
    for number, line in enumerate(fold(text, max(NARROWEST, console.width - indent))):
        margin = start if number == 0 else rest + " " * (indent - width_of(rest))
        console.print(Styled.assemble((margin, "dim"), (line, style)), soft_wrap=True)


def width_of(text: str) -> int:
    """Columns of a terminal that a text takes: a Chinese character two."""
    from rich.cells import cell_len  # noqa: PLC0415

    return cell_len(text)


def fold(text: Cell, width: int) -> list[str]:
    """Lines of at most ``width`` columns, broken between Chinese characters and at spaces; what is unseen is shown.

    A closing mark stays with the character before it; a word longer than a line is broken.
    """
    lines: list[str] = []
    for paragraph in map(visible, lines_of(text)):
        line: list[str] = []
        used = 0
        for token in _TOKENS.findall(paragraph):
            pieces = [token] if width_of(token) <= width else list(token)
            for piece in pieces:
                size = width_of(piece)
                if used + size > width and line:
                    carry = piece in _CLOSING and len(line) > 1 and width_of(line[-1]) + size <= width
                    carried = [line.pop()] if carry else []
                    lines.append("".join(line).rstrip())
                    line, used = carried, sum(map(width_of, carried))
                if piece.isspace() and not line and lines:
                    continue
                line.append(piece)
                used += size
        lines.append("".join(line).rstrip())
    return lines


def _laid_out(table: Table, width: int, styles: Mapping[str, str], *, ascii_only: bool) -> Styled:
    """A table with a rule under its headers, cells folded. Rich's own table takes ten times as long for this."""
    from rich.text import Text as Styled  # noqa: PLC0415

    widths, gap = shrunk(table, width)
    drawn = Styled(no_wrap=True)

    def draw(row: Sequence[Cell], style: str) -> None:
        folded = [fold(cell, wide) for cell, wide in zip(row, widths, strict=True)]
        for height in range(max(map(len, folded))):
            before = 0
            for cell, lines, wide, side in zip(row, folded, widths, table.sides, strict=True):
                text = lines[height] if height < len(lines) else ""
                blank = wide - width_of(text)
                lead = blank if side == "right" else 0
                if text:
                    drawn.append(" " * (before + lead))
                    drawn.append(text, styles.get(cell, style) if isinstance(cell, str) else style)
                    before = blank - lead + gap
                else:
                    before += wide + gap
            drawn.append("\n")

    draw(table.headers, "bold")
    drawn.append(("-" if ascii_only else "─") * (sum(widths) + gap * (len(widths) - 1)) + "\n", "dim")
    for place, row in enumerate(table.rows):
        draw(row, "bold" if place in table.strong else "")
    drawn.rstrip()
    return drawn


def shrunk(table: Table, width: int) -> tuple[list[int], int]:
    """The width of every column, and the gap between them, so that lines fit into ``width``.

    The widest columns of text give way first, then the headers of figures and days, then the gap; these themselves are
    never folded.
    """
    columns = list(zip(*table.rows, strict=True)) or [()] * len(table.headers)
    bodies = list(map(_widest, columns))
    shown = [max(body, _widest([header])) for body, header in zip(bodies, table.headers, strict=True)]
    text = [side == "left" and not _of_days(column) for side, column in zip(table.sides, columns, strict=True)]
    stages = (
        (GAP, [LEAST_TEXT if free else wide for free, wide in zip(text, shown, strict=True)]),
        (GAP, [LEAST_TEXT if free else max(body, LEAST) for free, body in zip(text, bodies, strict=True)]),
        (1, [LEAST if free else max(body, LEAST) for free, body in zip(text, bodies, strict=True)]),
    )
    for gap, floors in stages:
        room = width - gap * (len(shown) - 1)
        while sum(shown) > room:
            place = max(range(len(shown)), key=lambda place: (shown[place] > floors[place], shown[place]))
            if shown[place] <= floors[place]:
                break
            shown[place] -= 1
        else:
            return shown, gap
    return shown, gap


def _of_days(column: Sequence[Cell]) -> bool:
    """Whether a column holds days, and nothing else but blanks."""
    days = [cell for cell in column if cell]
    return bool(days) and all(isinstance(cell, str) and _DAY.fullmatch(cell) is not None for cell in days)


def _widest(cells: Iterable[Cell]) -> int:
    return max((width_of(visible(line)) for cell in cells for line in lines_of(cell)), default=0)


def print_diagnostics(
    diagnostics: Sequence[Diagnostic],
    console: Console,
    *,
    lang: Lang = "zh",
    labels: Mapping[str, str] = MappingProxyType({}),
    per_code: int | None = PER_CODE,
    least: Severity = Severity.NOTE,
    has_all: bool = True,
) -> None:
    """Problems in the order given (``model.in_order``), those below ``least`` left out.

    ``labels`` are the names of fields and criteria by their keys. After ``per_code`` of one code the rest are counted
    in a line that says how to see them, if the command ``has_all``; None shows all.
    """
    seen: Counter[str] = Counter()
    titles: dict[str, str] = {}
    for diagnostic in diagnostics:
        if diagnostic.level.rank < least.rank or diagnostic.code in HINTS:
            continue
        seen[diagnostic.code] += 1
        titles.setdefault(diagnostic.code, diagnostic.title(lang))
        if per_code is None or seen[diagnostic.code] <= per_code:
            _print_diagnostic(diagnostic, console, lang, labels)
    for code, count in seen.items():
        if per_code is not None and count > per_code:
            more = count - per_code
            key = "diagnostics.folded" if has_all else "diagnostics.more"
            text = say(key, lang, code=code, title=titles[code], n=more, all=say("report.all", lang))
            _print_hanging(console, "", text, style="dim")


def print_hints(
    diagnostics: Sequence[Diagnostic], console: Console, *, lang: Lang = "zh", per_code: int | None = PER_CODE
) -> None:
    """The hints among the diagnostics under a heading of their own, a line each."""
    found = [diagnostic for diagnostic in diagnostics if diagnostic.code in HINTS]
    if not found:
        return
    _print_hanging(console, "", say("hints.title", lang, n=len(found)), style="bold")
    for code in sorted({hint.code for hint in found}):
        alike = [hint for hint in found if hint.code == code]
        for hint in alike[:per_code]:
            where = str(hint.where)
            text = f"{hint.message(lang)}  {where}" if where else hint.message(lang)
            _print_hanging(console, f"  {code} ", text)
        if per_code is not None and len(alike) > per_code:
            slots = {"n": len(alike) - per_code, "title": alike[0].title(lang), "all": say("report.all", lang)}
            _print_hanging(console, "  ", say("hints.more", lang, **slots), style="dim")


def _print_diagnostic(diagnostic: Diagnostic, console: Console, lang: Lang, labels: Mapping[str, str]) -> None:
    """The message, which stands alone if it must, and under it where, what, what instead and how to mend it."""
    from rich.text import Text as Styled  # noqa: PLC0415

    level = say(f"severity.{diagnostic.level}", lang)
    style = _WORD_STYLES[f"severity.{diagnostic.level}"]
    indent = width_of(f"{level} {diagnostic.code} ")
    for number, line in enumerate(fold(diagnostic.message(lang), console.width - indent)):
        margin = [(level, style), " ", (diagnostic.code, "bold"), " "] if number == 0 else [" " * indent]
        console.print(Styled.assemble(*margin, line), soft_wrap=True)
    place = "   ".join(part for part in diagnostic_place(diagnostic, lang, labels) if part)
    facts = [
        ("found", diagnostic.found),
        ("expected", diagnostic.expectation(lang)),
        ("hint", diagnostic.hint(lang) if diagnostic.level is not Severity.NOTE else None),
        ("accepted", diagnostic.accepted),
    ]
    lines = [(say(f"diagnostics.{word}", lang), text) for word, text in facts if text]
    wide = max((width_of(label) for label, _ in lines), default=0)
    lines = [(label + " " * (wide - width_of(label)) + "  ", text) for label, text in lines]
    if place:
        lines.insert(0, ("", place))
    top, side, corner = ("+- ", "|  ", "`- ") if console.options.ascii_only else ("╭─ ", "│  ", "╰─ ")
    for number, (label, text) in enumerate(lines):
        last = number == len(lines) - 1
        start = corner if last else top if number == 0 else side
        _print_hanging(console, f"  {start}{label}", text, rest="" if last else f"  {side}")
