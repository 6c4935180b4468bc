"""Two standards compared: a page to read, a document for programs, and the units that move as rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from starcheck.comparing import Change
from starcheck.diagnostic import Lang, pick
from starcheck.messages import say
from starcheck.moving import Move, Moves
from starcheck.report.figures import period_words
from starcheck.report.sections import Section, table
from starcheck.rereading import NotKept
from starcheck.run import Outcome
from starcheck.scheme import Scheme
from starcheck.scoring import Assessment

MOVES_SHOWN = 40
"""Units in a list of moves, unless all are asked for."""


@dataclass(frozen=True, slots=True)
class Side:
    """A standard on a day, and what it makes of the ledgers, where there are any."""

    scheme: Scheme
    day: date
    outcome: Outcome | None = None
    not_kept: tuple[NotKept, ...] = ()
    """What the store cannot tell, where the ledgers are from there."""

    @property
    def assessment(self) -> Assessment | None:
        """What the standard makes of the ledgers."""
        return None if self.outcome is None else self.outcome.assessment

    def words(self, lang: Lang) -> str:
        """Title, id, version and day."""
        scheme = self.scheme
        return say("diff.side", lang, title=scheme.title, id=scheme.id, version=scheme.version, day=self.day)

    def ledgers(self) -> list[str]:
        """The files that were rated."""
        return [] if self.outcome is None else [read.file for read in self.outcome.inputs if read.status != "skipped"]


def diff_page(
    before: Side, after: Side, changes: Sequence[Change], moved: Moves | None, lang: Lang, *, everything: bool
) -> Iterator[Section]:
    """What changed, the tiers before and after, and who moves and why."""
    facts = [(say("diff.before", lang), before.words(lang)), (say("diff.after", lang), after.words(lang))]
    natures = dict.fromkeys((before.scheme.nature, after.scheme.nature))
    facts.append((say("standard.nature", lang), say("list.comma", lang).join(natures)))
    facts += _ledgers(after, moved, lang)
    yield Section(say("diff.title", lang), level=1, facts=tuple(facts))
    keys = ("standard.id", "standard.name", "diff.what", "diff.before", "diff.after")
    rows = [[change.key, change.name, change.aspect, change.before or "", change.after or ""] for change in changes]
    if rows:
        yield Section(say("diff.changes", lang), table=table([say(key, lang) for key in keys], rows))
    else:
        yield Section(say("diff.changes", lang), lines=(say("diff.same", lang),))
    if moved is not None:
        yield from _absent(moved, lang)
        yield from _untold((before, after), moved, lang)
        yield from _moved(moved, lang, everything=everything)


def _ledgers(side: Side, moved: Moves | None, lang: Lang) -> Iterator[tuple[str, str]]:
    """Which county's ledgers of which month were rated."""
    if side.outcome is None or moved is None:
        return
    files = side.ledgers()
    counties = say("list.comma", lang).join(side.outcome.ledger.units.counties)
    period = period_words(side.outcome.period, lang)
    named = files[0] if len(files) == 1 else ""
    text = say("diff.ledgers", lang, county=counties, period=period, files=len(files), units=moved.units, named=named)
    yield say("explain.ledger", lang), text.strip()


def _absent(moved: Moves, lang: Lang) -> Iterator[Section]:
    """The columns that no ledger has, once for all units."""
    if not moved.absent:
        return
    comma = say("list.comma", lang)
    keys = ("standard.id", "diff.column", "explain.column", "diff.users", "diff.unknown_units")
    rows = []
    for column in moved.absent:
        spelled = comma.join(column.headers)
        if column.lost:
            spelled += say("diff.lost_spellings", lang, headers=comma.join(column.lost))
        rows.append([column.key, column.name, spelled, comma.join(column.users), str(column.units)])
    yield Section(
        say("diff.absent", lang, n=len(rows)),
        table=table([say(key, lang) for key in keys], rows, numbers=range(len(keys) - 1, len(keys))),
    )


def _untold(sides: tuple[Side, Side], moved: Moves, lang: Lang) -> Iterator[Section]:
    """What the store cannot tell, and of how many units it is therefore not known whether they move."""
    said = dict.fromkeys(
        (column.key, column.name, pick(column.why, lang)) for side in sides for column in side.not_kept
    )
    if not said:
        return
    keys = ("standard.id", "diff.column", "unknown.reason")
    line = say("diff.untold.units", lang, n=len(moved.untold), units=moved.units)
    yield Section(say("diff.untold.title", lang), table=table([say(key, lang) for key in keys], said), lines=(line,))


def _moved(moved: Moves, lang: Lang, *, everything: bool) -> Iterator[Section]:
    keys = ("tiers.called", "diff.before", "diff.after", "diff.change")
    rows = [
        [tier.name, str(tier.before), str(tier.after), f"{tier.after - tier.before:+d}".replace("+0", "0")]
        for tier in moved.tiers
        if tier.before or tier.after
    ]
    yield Section(
        say("diff.tier_table", lang), table=table([say(key, lang) for key in keys], rows, numbers=range(1, len(keys)))
    )
    yield from _tallies(moved, lang)
    for units, key in ((moved.gone, "diff.gone"), (moved.new, "diff.new")):
        if units:
            shown = units if everything else units[:MOVES_SHOWN]
            names = say("list.comma", lang).join(f"{unit.township}{unit.name}" for unit in shown)
            more = () if len(shown) == len(units) else (say("diff.more", lang, n=len(units) - len(shown)),)
            yield Section(say(key, lang, n=len(units)), lines=(names, *more))
    if not moved.moved:
        yield Section(
            say("diff.moves", lang, n=0, units=moved.units), lines=(say("diff.no_moves", lang, units=moved.units),)
        )
    certain = [move for move in moved.moved if not move.unverified]
    unverified = [move for move in moved.moved if move.unverified]
    if moved.moved:
        up, down = sum(move.step > 0 for move in certain), sum(move.step < 0 for move in certain)
        totals = say("diff.totals", lang, up=up, down=down, unverified=len(unverified), other=len(certain) - up - down)
        title = say("diff.moves", lang, n=len(moved.moved), units=moved.units)
        if unverified and certain:
            yield Section(title, lines=(totals,))
            yield _listed(say("diff.certain", lang, n=len(certain)), certain, (), lang, everything=everything)
        else:
            yield _listed(title, certain, (totals,), lang, everything=everything)
    if unverified:
        title = say("diff.unverified", lang, n=len(unverified))
        yield _listed(title, unverified, (say("diff.unverified.what", lang),), lang, everything=everything)
    if moved.restarred:
        title = say("diff.restarred", lang, n=len(moved.restarred))
        yield _listed(title, moved.restarred, (), lang, everything=everything)


def _tallies(moved: Moves, lang: Lang) -> Iterator[Section]:
    """How many units each thing came out otherwise for, and how many of those it moves by itself."""
    if not moved.reasons:
        return
    keys = (
        "standard.id",
        "standard.name",
        "diff.turned",
        "diff.why",
        "diff.units",
        "diff.up",
        "diff.down",
        "diff.open",
    )
    rows = [
        [
            tally.key,
            tally.name,
            tally.turn,
            tally.why,
            str(tally.units),
            str(tally.up),
            str(tally.down - tally.unverified),
            str(tally.unverified),
        ]
        for tally in moved.reasons
    ]
    lines = [say("diff.alone", lang)]
    if moved.together:
        lines.append(say("diff.together", lang, n=moved.together))
    yield Section(
        say("diff.tallies", lang),
        table=table([say(key, lang) for key in keys], rows, numbers=range(4, len(keys))),
        lines=tuple(lines),
    )


def _listed(title: str, found: Sequence[Move], lines: tuple[str, ...], lang: Lang, *, everything: bool) -> Section:
    shown = found if everything else found[:MOVES_SHOWN]
    if len(shown) < len(found):
        lines = (*lines, say("diff.more", lang, n=len(found) - len(shown)))
    if not shown:
        return Section(title, lines=lines)
    keys = ("townships.name", "villages.unit", "diff.before", "diff.after", "diff.reasons")
    rows = [(move.township, move.name, move.before, move.after, tuple(move.reasons)) for move in shown]
    return Section(title, table=table([say(key, lang) for key in keys], rows), lines=lines)


def diff_document(
    before: Side, after: Side, changes: Sequence[Change], moved: Moves | None, version: str
) -> dict[str, Any]:
    """The same as plain values; what follows from ledgers is null where none were given."""
    document: dict[str, Any] = {
        "format": 1,
        "command": "criteria diff",
        "version": version,
        "before": _side(before),
        "after": _side(after),
        "changes": [change._asdict() for change in changes],
    }
    if moved is None:
        return document | dict.fromkeys(_OF_LEDGERS)
    outcome = after.outcome
    return document | {
        "ledgers": {
            "counties": [] if outcome is None else list(outcome.ledger.units.counties),
            "period": None if outcome is None else outcome.period,
            "files": after.ledgers(),
        },
        "units": moved.units,
        "tiers": [tier._asdict() for tier in moved.tiers],
        "reasons": [tally._asdict() for tally in moved.reasons],
        "absent": [column._asdict() for column in moved.absent],
        "not_kept": [
            {"side": name, "key": column.key, "name": column.name, "why": column.why[0]}
            for name, side in (("before", before), ("after", after))
            for column in side.not_kept
        ],
        "moves": [_move(move) for move in moved.moved],
        "restarred": [_move(move) for move in moved.restarred],
        "gone": [unit._asdict() for unit in moved.gone],
        "new": [unit._asdict() for unit in moved.new],
        "untold": [unit._asdict() for unit in moved.untold],
        "together": moved.together,
    }


_OF_LEDGERS = (
    "ledgers",
    "units",
    "tiers",
    "reasons",
    "absent",
    "not_kept",
    "moves",
    "restarred",
    "gone",
    "new",
    "untold",
    "together",
)
"""What there is only where ledgers were given."""


def _move(move: Move) -> dict[str, Any]:
    return {key: value for key, value in move._asdict().items() if key != "causes"}


def _side(side: Side) -> dict[str, str]:
    scheme = side.scheme
    return {
        "id": scheme.id,
        "version": scheme.version,
        "sha256": scheme.sha256,
        "nature": scheme.nature,
        "as_of": side.day.isoformat(),
    }


def diff_json_schema() -> dict[str, Any]:
    """The JSON Schema of the document."""
    text, count, flag = {"type": "string"}, {"type": "integer", "minimum": 0}, {"type": "boolean"}
    maybe, texts = {"type": ["string", "null"]}, _several({"type": "string"})
    unit: dict[str, Any] = {"county": text, "township": text, "name": text, "code": maybe}
    side = _each({"id": text, "version": text, "sha256": text, "nature": text, "as_of": {**text, "format": "date"}})
    named = {"key": text, "name": text}
    move = unit | {"before": text, "after": text, "step": {"type": "integer"}, "unverified": flag, "reasons": texts}
    tally = named | {"turn": text, "why": text, "units": count, "up": count, "down": count, "unverified": count}
    of_ledgers = {
        "ledgers": _each({"counties": texts, "period": maybe, "files": texts}),
        "units": count,
        "tiers": _several(_each({"name": text, "before": count, "after": count})),
        "reasons": _several(_each(tally)),
        "absent": _several(_each(named | {"headers": texts, "lost": texts, "users": texts, "units": count})),
        "not_kept": _several(_each({"side": {"enum": ["before", "after"]}, **named, "why": text})),
        "moves": _several(_each(move)),
        "restarred": _several(_each(move)),
        "gone": _several(_each(unit)),
        "new": _several(_each(unit)),
        "untold": _several(_each(unit)),
        "together": count,
    }
    document = _each(
        {
            "format": {"const": 1},
            "command": {"const": "criteria diff"},
            "version": text,
            "before": side,
            "after": side,
            "changes": _several(_each(named | {"aspect": text, "before": maybe, "after": maybe})),
            **{name: {"anyOf": [part, {"type": "null"}]} for name, part in of_ledgers.items()},
        }
    )
    title = "starcheck criteria diff, format 1"
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title, **document}


def _each(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _several(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


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
