"""Two standards compared: a page to read, a document for programs, and the units that move as rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from starcheck.comparing import Change, Move, Moves
from starcheck.diagnostic import Lang
from starcheck.messages import say
from starcheck.report.sections import Section, table
from starcheck.scheme import Scheme
from starcheck.scoring import Assessment

MOVES_SHOWN = 40
"""Units in a list of moves, unless all are asked for."""


@dataclass(frozen=True, slots=True)
class Side:
    """A standard on a day, and what it makes of the ledgers, where there are any."""

    scheme: Scheme
    day: date
    assessment: Assessment | None

    def words(self, lang: Lang) -> str:
        """Title, id, version and day."""
        scheme = self.scheme
        return say("diff.side", lang, title=scheme.title, id=scheme.id, version=scheme.version, day=self.day)


def diff_page(
    before: Side, after: Side, changes: Sequence[Change], moved: Moves | None, lang: Lang, *, everything: bool
) -> Iterator[Section]:
    """What changed, the tiers before and after, and who moves and why."""
    facts = [(say("diff.before", lang), before.words(lang)), (say("diff.after", lang), after.words(lang))]
    natures = dict.fromkeys((before.scheme.nature, after.scheme.nature))
    facts.append((say("standard.nature", lang), say("list.comma", lang).join(natures)))
    yield Section(say("diff.title", lang), level=1, facts=tuple(facts))
    keys = ("standard.id", "standard.name", "diff.what", "diff.before", "diff.after")
    rows = [[change.key, change.name, change.aspect, change.before or "", change.after or ""] for change in changes]
    if rows:
        yield Section(say("diff.changes", lang), table=table([say(key, lang) for key in keys], rows))
    else:
        yield Section(say("diff.changes", lang), lines=(say("diff.same", lang),))
    if moved is not None:
        yield from _moved(moved, lang, everything=everything)


def _moved(moved: Moves, lang: Lang, *, everything: bool) -> Iterator[Section]:
    keys = ("tiers.tier", "diff.before", "diff.after", "diff.change")
    rows = [
        [tier.name, str(tier.before), str(tier.after), f"{tier.after - tier.before:+d}".replace("+0", "0")]
        for tier in moved.tiers
        if tier.before or tier.after
    ]
    yield Section(
        say("diff.tier_table", lang), table=table([say(key, lang) for key in keys], rows, numbers=range(1, len(keys)))
    )
    if not moved.moved:
        yield Section(
            say("diff.moves", lang, n=0, units=moved.units), lines=(say("diff.no_moves", lang, units=moved.units),)
        )
    else:
        up, down = sum(move.step > 0 for move in moved.moved), sum(move.step < 0 for move in moved.moved)
        totals = say("diff.totals", lang, up=up, down=down, other=len(moved.moved) - up - down)
        title = say("diff.moves", lang, n=len(moved.moved), units=moved.units)
        yield _listed(title, moved.moved, (totals,), lang, everything=everything)
    if moved.restarred:
        title = say("diff.restarred", lang, n=len(moved.restarred))
        yield _listed(title, moved.restarred, (), lang, everything=everything)


def _listed(title: str, found: Sequence[Move], lines: tuple[str, ...], lang: Lang, *, everything: bool) -> Section:
    shown = found if everything else found[:MOVES_SHOWN]
    if len(shown) < len(found):
        lines = (*lines, say("diff.more", lang, n=len(found) - len(shown)))
    keys = ("townships.name", "villages.unit", "diff.before", "diff.after", "diff.reasons")
    rows = [(move.township, move.name, move.before, move.after, tuple(move.reasons)) for move in shown]
    return Section(title, table=table([say(key, lang) for key in keys], rows), lines=lines)


def diff_document(
    before: Side, after: Side, changes: Sequence[Change], moved: Moves | None, version: str
) -> dict[str, Any]:
    """The same as plain values; ``tiers``, ``moves`` and ``restarred`` are null where no ledgers were given."""
    return {
        "format": 1,
        "command": "criteria diff",
        "version": version,
        "before": _side(before),
        "after": _side(after),
        "changes": [change._asdict() for change in changes],
        "units": None if moved is None else moved.units,
        "tiers": None if moved is None else [tier._asdict() for tier in moved.tiers],
        "moves": None if moved is None else [move._asdict() for move in moved.moved],
        "restarred": None if moved is None else [move._asdict() for move in moved.restarred],
    }


def _side(side: Side) -> dict[str, str]:
    scheme = side.scheme
    return {
        "id": scheme.id,
        "version": scheme.version,
        "sha256": scheme.sha256,
        "nature": scheme.nature,
        "as_of": side.day.isoformat(),
    }


def move_rows(moved: Moves | None, lang: Lang) -> Iterator[list[str]]:
    """The units that move as rows with a header."""
    keys = (
        "table.county",
        "townships.name",
        "villages.unit",
        "table.code",
        "diff.before",
        "diff.after",
        "diff.reasons",
    )
    yield [say(key, lang) for key in keys]
    for move in (*moved.moved, *moved.restarred) if moved is not None else ():
        reasons = say("list.semicolon", lang).join(move.reasons)
        yield [move.county, move.township, move.name, move.code or "", move.before, move.after, reasons]
