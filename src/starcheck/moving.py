"""Two ratings of the same ledgers: which units come out otherwise, and what in the standards made it so.

A tier follows from verdicts and points through stars, caps, vetoes and quotas. Each of these stages is held against the
same stage of the other side, from the bottom up, and each that came out otherwise is said with the part of the standard
that differs there. So a unit cannot move without a reason: its tier is the last stage.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache, cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from starcheck.alone import Alone, Parts
from starcheck.column import Column, Reason, Verdict, decimal15
from starcheck.comparing import (
    TIERING,
    Aspects,
    cap_words,
    criterion_aspects,
    differing,
    field_parts,
    in_brackets,
    star_rule_words,
    tiering_aspects,
    veto_aspects,
)
from starcheck.diagnostic import Lang, Text, pick
from starcheck.expression import AS_OF
from starcheck.ledger import inputs_of, names_in, unit_keys
from starcheck.messages import say
from starcheck.report.figures import points_figure, reason_words, value_words
from starcheck.rereading import NotKept
from starcheck.scheme import Criterion, EffectKind, ExemptPolicy, Method, Scheme
from starcheck.scoring import LIT, Assessment, LossKind

Bools = NDArray[np.bool_]
Rows = NDArray[np.intp]


class TierCount(NamedTuple):
    """How many units have a tier under the first standard, and under the second."""

    name: str
    before: int
    after: int


class Unit(NamedTuple):
    """A unit by its names."""

    county: str
    township: str
    name: str
    code: str | None


class Cause(NamedTuple):
    """One thing that came out otherwise for a unit: whose, how, by what of the standard, and the unit's own value."""

    key: str
    name: str
    turn: str
    why: str = ""
    """What of the standard differs there; empty where that is said of what lies below."""
    value: str = ""

    def words(self, lang: Lang) -> str:
        """In one line."""
        whose = self.name if self.key == TIERING and self.name else " ".join(filter(None, (self.key, self.name)))
        text = say("diff.cause", lang, whose=whose, turn=self.turn) if whose else self.turn
        return text + in_brackets([self.value, self.why], lang)


class Move(NamedTuple):
    """A unit whose tier, or whose stars, come out otherwise; names of tiers, and everything behind it."""

    county: str
    township: str
    name: str
    code: str | None
    before: str
    after: str
    step: int
    """Tiers up (above 0) or down; 0 where only stars changed, or where one side has no tier."""
    unverified: bool
    """Down only because something is not known: what is reachable is no lower than the tier before."""
    reasons: tuple[str, ...]
    causes: tuple[Cause, ...]
    """What the reasons say, in parts."""


class Tally(NamedTuple):
    """How many units something came out otherwise for, and how many of them it moves by itself.

    By itself: by the first standard with nothing of the second but this, an item, a star with its items, a veto, or
    定级. So a unit that fell for another reason is not counted, nor one that falls only by several changes together.
    """

    key: str
    name: str
    turn: str
    why: str
    units: int
    up: int
    down: int
    unverified: int
    """Of those ``down``."""


class AbsentColumn(NamedTuple):
    """A column that the second standard reads and ledgers lack; ``lost`` are spellings only the first reads."""

    key: str
    name: str
    headers: tuple[str, ...]
    lost: tuple[str, ...]
    users: tuple[str, ...]
    units: int
    """Units for which something turned 待核实 with it."""


class Moves(NamedTuple):
    """What two assessments of the same ledgers say of their units."""

    tiers: tuple[TierCount, ...]
    moved: tuple[Move, ...]
    restarred: tuple[Move, ...]
    """Units with the same tier and other stars."""
    units: int
    """That are rated on either side."""
    reasons: tuple[Tally, ...]
    absent: tuple[AbsentColumn, ...]
    gone: tuple[Unit, ...]
    """Units of the first side only."""
    new: tuple[Unit, ...]
    """Units of the second side only."""
    untold: tuple[Unit, ...]
    """Units of which the store cannot tell whether they move; they are in none of the lists above."""
    together: int
    """Units that move by no change alone: by several together, or because others took or left the places of a quota."""


def moves(
    one: Assessment,
    other: Assessment,
    lang: Lang = "zh",
    *,
    not_kept: tuple[Sequence[NotKept], Sequence[NotKept]] = ((), ()),
) -> Moves:
    """The units of two assessments of the same ledgers, matched by code, else by township and name."""
    places = {key: place for place, key in enumerate(_keys(one))}
    keys = _keys(other)
    pairs = [(places.pop(key), now) for now, key in enumerate(keys) if key in places]
    rows = np.array([pair[0] for pair in pairs], np.intp), np.array([pair[1] for pair in pairs], np.intp)
    both_sides = _Sides(one, other, rows, lang, frozenset(column.key for column in not_kept[1]))
    untold = [_undecided(side, columns) for side, columns in zip((one, other), not_kept, strict=True)]
    moved: list[Move] = []
    restarred: list[Move] = []
    unknown: list[Unit] = []
    tallies: dict[tuple[str, str, str, str], list[int]] = {}
    stepping: list[int] = []
    for place, (was, now) in enumerate(pairs):
        if untold[0][was] or untold[1][now]:
            unknown.append(_unit(other, now))
            continue
        if not both_sides.differs(place):
            continue
        causes = tuple(both_sides.causes(place))
        before, after = (tier_name(side, row, lang) for side, row in ((one, was), (other, now)))
        step = _step((one, was), (other, now), lang)
        unverified = step < 0 and _only_unknown((one, was), (other, now))
        # that a score is another one follows from what its items say
        counting = [cause for cause in causes if cause.why or cause.key != TIERING]
        for cause in dict.fromkeys((cause.key, cause.name, cause.turn, cause.why) for cause in counting):
            tallies.setdefault(cause, []).append(place)
        if before != after:
            stepping.append(place)
        if before == after and both_sides.lit(place, 0) == both_sides.lit(place, 1):
            continue
        told = tuple(both_sides.telling(place, causes))
        texts = tuple(cause.words(lang) for cause in told)
        move = Move(*_unit(other, now), before, after, step, unverified, texts, told)
        (restarred if before == after else moved).append(move)
    alone = set(keys) - {keys[now] for _, now in pairs}
    reasons, explained = [], set()
    for cause, affected in both_sides.in_order(tallies):
        up, down, unverified_down = both_sides.moved_alone(cause[0], cause[1], affected)
        reasons.append(
            Tally(cause[0], cause[1], cause[2], cause[3], len(affected), len(up), len(down), len(unverified_down))
        )
        explained |= {*up, *down}
    return Moves(
        _counts(one, other, lang, untold),
        tuple(moved),
        tuple(restarred),
        len(pairs) + len(places) + len(alone),
        tuple(reasons),
        tuple(both_sides.absent_columns()),
        tuple(_unit(one, place) for place in places.values()),
        tuple(_unit(other, now) for now, key in enumerate(keys) if key in alone),
        tuple(unknown),
        sum(place not in explained for place in stepping),
    )


def reasons(
    one: Assessment, other: Assessment, pairs: Mapping[str, tuple[int, int]], lang: Lang
) -> dict[str, list[str]]:
    """Why units come out otherwise, a line for each reason; ``pairs`` are their rows in either assessment."""
    rows = np.array([was for was, _ in pairs.values()], np.intp), np.array([now for _, now in pairs.values()], np.intp)
    both_sides = _Sides(one, other, rows, lang, frozenset())
    return {
        key: [cause.words(lang) for cause in both_sides.telling(place, tuple(both_sides.causes(place)))]
        for place, key in enumerate(pairs)
    }


def _keys(assessment: Assessment) -> list[str]:
    keys = unit_keys(assessment.units)
    return [f"{county}/{key}" for county, key in zip(assessment.units.county, keys, strict=True)]


def _unit(assessment: Assessment, row: int) -> Unit:
    units = assessment.units
    return Unit(units.county[row], units.township[row], units.name[row], units.code[row])


def tier_name(assessment: Assessment, row: int, lang: Lang) -> str:
    """The name of a unit's tier, or why it has none."""
    if not assessment.units.reported[row]:
        return say("unreported", lang)
    if assessment.undecided[row]:
        return say("undecided", lang)
    tier = int(assessment.tiers[row])
    return say("excluded", lang) if tier < 0 else _name_of(assessment.scheme, tier)


def _name_of(scheme: Scheme, tier: int) -> str:
    return next((found.name for found in scheme.tiering.tiers if found.number == tier), str(tier))


_Rated = tuple[Assessment, int]
"""A unit in a rating, by its row."""


def _step(before: _Rated, after: _Rated, lang: Lang) -> int:
    """Tiers up or down; 0 where one side has no tier."""
    if tier_name(*before, lang) == tier_name(*after, lang):
        return 0
    tiers = [int(assessment.tiers[row]) for assessment, row in (before, after)]
    return tiers[1] - _matching(before[0].scheme, after[0].scheme, tiers[0]) if min(tiers) >= 0 else 0


def _matching(one: Scheme, other: Scheme, tier: int) -> int:
    """The number that a tier of one standard has in another: by its name, else the same."""
    name = _name_of(one, tier)
    return next((found.number for found in other.tiering.tiers if found.name == name), tier)


def _only_unknown(before: _Rated, after: _Rated) -> bool:
    """Whether the tier before may still be reached: something is not known yet, and no quota took it."""
    (one, was), (other, now) = before, after
    displaced = any(loss.lost[now] for loss in other.losses if loss.kind is LossKind.QUOTA)
    within = int(other.reachable[now]) >= _matching(one.scheme, other.scheme, int(one.tiers[was]))
    return within and bool(other.provisional[now]) and not displaced


def _undecided(assessment: Assessment, columns: Sequence[NotKept]) -> Bools:
    """The units whose tier depends on what the store cannot tell."""
    size = len(assessment.units)
    found = np.zeros(size, bool)
    scheme, needed = assessment.scheme, _needed(assessment)
    vetoes = {veto.id for veto in scheme.vetoes}
    # where the tier is the same however the unknown ones come out, it is the tier
    compared = bool(scheme.tiering.quotas) or any(item.best is not None for item in scheme.criteria)
    certain = (assessment.tiers == assessment.reachable) & (not compared)
    for column in columns:
        if column.key in needed:
            found |= column.rows & (~certain | (column.key in vetoes))
    return found & assessment.units.reported


def _needed(assessment: Assessment) -> Collection[str]:
    """The columns that tiers depend on that day."""
    scheme = assessment.scheme
    needed = {veto.id for veto in scheme.vetoes}
    for item in scheme.criteria:
        if item.in_force(assessment.as_of) is not None:
            needed.update(inputs_of(scheme, item.id), item.applies)
            needed.update(() if item.goal is None or item.goal.field is None else (item.goal.field,))
    for quota in scheme.tiering.quotas:
        named = {name for tie in quota.tie_breaks for name in names_in(tie.expression)}
        needed.update(key for name in named for key in inputs_of(scheme, name))
    return needed


def _counts(one: Assessment, other: Assessment, lang: Lang, untold: Sequence[Bools]) -> tuple[TierCount, ...]:
    before, after = (_count(side, lang, left_out) for side, left_out in zip((one, other), untold, strict=True))
    return tuple(TierCount(name, before.get(name, 0), after.get(name, 0)) for name in after | before)


def _count(assessment: Assessment, lang: Lang, untold: Bools) -> dict[str, int]:
    reported = assessment.units.reported & ~untold
    found = {
        tier.name: int(np.count_nonzero(reported & (assessment.tiers == tier.number)))
        for tier in assessment.scheme.tiering.tiers
    }
    if not assessment.scheme.tiering.ranked:
        found[say("undecided", lang)] = int(np.count_nonzero(assessment.undecided & reported))
    found[say("excluded", lang)] = int(np.count_nonzero(assessment.excluded & reported))
    found[say("unreported", lang)] = int(np.count_nonzero(~assessment.units.reported))
    found[say("diff.untold", lang)] = int(np.count_nonzero(untold))
    return found


# --- why --------------------------------------------------------------------------------------------------------------

_VERDICTS = {verdict: f"verdict.{verdict.word}" for verdict in Verdict}
_STARS = {1: "star.lit", 0: "star.unlit", -1: "star.unknown"}
_VETOES = {1: "veto.triggered", 0: "veto.clear", -1: "veto.unknown"}
_JUDGING = ("standard.requirement", "explain.applies", "explain.exempt")
_READING = (
    "explain.type",
    "explain.column",
    "explain.formula",
    "explain.dates",
    "explain.options",
    "explain.bounds",
    "to_come",
)
_GRADING = ("explain.points", "diff.deduction")
_NEAR = 1e-9
_JOINT = "、"
"""Between the ids of items of which one thing is said together."""
_LossKey = tuple[LossKind, str, int]
"""What kind of loss, under which label, and how many came before it under the same."""


class _Sides:
    """Two assessments, their units in pairs, and what differs between their standards, looked up once for all units."""

    def __init__(
        self, one: Assessment, other: Assessment, rows: tuple[Rows, Rows], lang: Lang, not_kept: frozenset[str]
    ) -> None:
        self.one, self.other, self.rows, self.lang = one, other, rows, lang
        self.sides = one, other
        self.not_kept = not_kept
        self.days = one.as_of, other.as_of
        self.places = [{item.id: place for place, item in enumerate(side.scheme.criteria)} for side in self.sides]
        self.common = [key for key in self.places[1] if key in self.places[0]]
        self.added = [key for key in self.places[1] if key not in self.places[0]]
        self.removed = [key for key in self.places[0] if key not in self.places[1]]
        self.stars = [{star.name: place for place, star in enumerate(side.scheme.stars)} for side in self.sides]
        self.by_score = [side.scheme.tiering.method is Method.SCORE for side in self.sides]
        self._aspects = cache(self._aspects_now)
        self._differing = cache(self._differing_now)
        self._below = cache(self._below_now)
        self._absent = cache(self._absent_now)
        self._lost_headers = cache(self._lost_headers_now)
        self._star_why = cache(self._star_why_now)
        self._veto_why = cache(self._veto_why_now)
        self._tiering_said = cache(self._tiering_said_now)
        self._losing = cache(self._losing_now)

    # --- what came out otherwise, for all pairs at once

    def _verdicts(self, side: int, key: str) -> NDArray[np.int8]:
        found: NDArray[np.int8] = self.sides[side].verdicts[self.rows[side], self.places[side][key]]
        return found

    @cached_property
    def turned(self) -> Mapping[str, Bools]:
        """The pairs whose verdict on a common item differs, or what the item counts as."""
        found = {}
        for key in self.common:
            differs = self._verdicts(0, key) != self._verdicts(1, key)
            policies = [side.scheme.criterion(key).exempt_policy for side in self.sides]
            if policies[0] is not policies[1]:
                exempt = [
                    self.sides[side].reasons[self.rows[side], self.places[side][key]] == Reason.EXEMPT
                    for side in (0, 1)
                ]
                differs = differs | (exempt[0] & exempt[1])
            found[key] = differs
        return found

    @cached_property
    def points(self) -> Mapping[str, tuple[NDArray[np.float64], NDArray[np.float64]]]:
        """What the pairs earn by common items that carry points on both sides, unknown as unmet."""
        return {
            key: (self.one.earned[key][self.rows[0], 0], self.other.earned[key][self.rows[1], 0])
            for key in self.common
            if key in self.one.earned and key in self.other.earned
        }

    @cached_property
    def scored(self) -> Bools:
        """The pairs whose score differs."""
        if self.one.scores is None or self.other.scores is None:
            return np.full(len(self.rows[0]), self.one.scores is not self.other.scores)
        return np.asarray(
            np.abs(self.one.scores[self.rows[0], 0] - self.other.scores[self.rows[1], 0]) > _NEAR, dtype=bool
        )

    @cached_property
    def _different(self) -> Bools:
        found = np.zeros(len(self.rows[0]), bool)
        for differs in self.turned.values():
            found |= differs
        for before, after in self.points.values():
            found |= np.abs(before - after) > _NEAR
        found |= self.scored
        found |= self.one.units.reported[self.rows[0]] != self.other.units.reported[self.rows[1]]
        for side, keys in ((0, self.removed), (1, self.added)):
            for key in keys:
                place = self.places[side][key]
                counts = self._verdicts(side, key) != Verdict.NOT_APPLICABLE
                found |= counts | (self.sides[side].reasons[self.rows[side], place] == Reason.EXEMPT)
        for name in {**self.stars[0], **self.stars[1]}:
            states = [
                self.sides[side].stars[self.rows[side], self.stars[side][name]] if name in self.stars[side] else None
                for side in (0, 1)
            ]
            found |= True if states[0] is None or states[1] is None else states[0] != states[1]
        names = [np.array([tier_name(side, row, self.lang) for row in range(len(side.units))]) for side in self.sides]
        found |= names[0][self.rows[0]] != names[1][self.rows[1]]
        vetoes = [self._veto_states(side) for side in (0, 1)]
        for key in vetoes[0] | vetoes[1]:
            found |= vetoes[0].get(key, np.int8(0)) != vetoes[1].get(key, np.int8(0))
        return found

    def _veto_states(self, side: int) -> dict[str, Any]:
        assessment = self.sides[side]
        return {
            veto.id: assessment.vetoes[self.rows[side], place] for place, veto in enumerate(assessment.scheme.vetoes)
        }

    def differs(self, place: int) -> bool:
        """Whether anything came out otherwise for the pair."""
        return bool(self._different[place])

    def lit(self, place: int, side: int) -> frozenset[str]:
        """The stars that are lit."""
        assessment, row = self.sides[side], self.rows[side][place]
        return frozenset(name for name, star in self.stars[side].items() if assessment.stars[row, star] == LIT)

    # --- causes

    def causes(self, place: int) -> Iterator[Cause]:
        """All that came out otherwise for a pair, from the bottom up: reported, items, stars, score, tier."""
        was, now = int(self.rows[0][place]), int(self.rows[1][place])
        reported = [bool(self.one.units.reported[was]), bool(self.other.units.reported[now])]
        if reported[0] != reported[1]:
            turn = [say("townships.reported" if there else "unreported", self.lang) for there in reported]
            kinds = [side.scheme.unit_kind for side in self.sides]
            label = say("standard.kind", self.lang)
            yield Cause("", "", self._turn(*turn), "" if kinds[0] == kinds[1] else f"{label} {self._turn(*kinds)}")
        yield from self._items(place, was, now)
        yield from self._stars(was, now)
        yield from self._vetoes(was, now)
        yield from self._score(place, was, now)
        yield from self._tiers(place, was, now)
        yield from self._losses(was, now)

    def telling(self, place: int, causes: Sequence[Cause]) -> Iterator[Cause]:
        """Of the causes those that can have moved the unit: by stars, none of an item whose star is as it was."""
        if any(self.by_score) or any(side.scheme.tiering.quotas for side in self.sides):
            yield from causes
            return
        states = [
            {name: int(side.stars[rows[place], star]) for name, star in stars.items()}
            for side, rows, stars in zip(self.sides, self.rows, self.stars, strict=True)
        ]
        for cause in causes:
            stars = {
                side.scheme.star_of[key].name
                for side in self.sides
                for key in cause.key.split(_JOINT)
                if key in side.scheme.star_of
            }
            if not stars or any(states[0].get(name) != states[1].get(name) for name in stars):
                yield cause

    def in_order(self, tallies: Mapping[tuple[str, str, str, str], list[int]]) -> Any:
        """Items in the order of the file, then everything else as it came; the most units first within one."""
        places = {key: place for place, key in enumerate((*self.places[1], *self.removed))}
        return sorted(
            tallies.items(), key=lambda found: (places.get(found[0][0].split(_JOINT)[0], len(places)), -len(found[1]))
        )

    def moved_alone(self, key: str, name: str, places: Sequence[int]) -> tuple[list[int], list[int], list[int]]:
        """Of some pairs those that go up, and down, by one part of the second standard in the first.

        And of those that go down whose tier before may still be reached.
        """
        parts = self._parts(key, name)
        if parts == Parts():
            return [], [], []
        rated = self.alone.rated(parts)
        up, down, unverified = [], [], []
        for place in places:
            row = int(self.rows[0][place])
            step = _step((self.one, row), (rated, row), self.lang)
            if step > 0:
                up.append(place)
            elif step < 0:
                down.append(place)
                unverified += [place] if _only_unknown((self.one, row), (rated, row)) else []
        return up, down, unverified

    @cached_property
    def alone(self) -> Alone:
        """The first standard with single parts of the second."""
        return Alone(self.one, self.other, self.rows)

    def _parts(self, key: str, name: str) -> Parts:
        """The part of the standards that a cause speaks of; none where it is who is rated at all."""
        vetoes = {veto.id for side in self.sides for veto in side.scheme.vetoes}
        if key == TIERING:
            [first, *_] = [*name.split(), ""]
            return Parts(vetoes=(first,)) if first in vetoes else Parts(tiering=True)
        if key in self.stars[0] or key in self.stars[1]:
            return Parts(stars=(key,))
        if key in vetoes:
            return Parts(vetoes=(key,))
        return Parts(items=tuple(key.split(_JOINT))) if key else Parts()

    def _turn(self, before: str, after: str) -> str:
        return say("diff.turn", self.lang, before=before, after=after)

    def _items(self, place: int, was: int, now: int) -> Iterator[Cause]:
        absent: list[str] = []
        found: list[Cause] = []
        for key in self.places[1]:
            if key in self.places[0]:
                if self._turned_absent(key, place):
                    absent.append(key)
                else:
                    found += self._item(key, place, was, now)
            elif self._tells_of_added(key, place, now):
                verdict = Verdict(self.other.verdicts[now, self.places[1][key]])
                if self._turned_absent(key, place):
                    absent.append(key)
                    continue
                item = self.other.scheme.criterion(key)
                turn = say("diff.item.added", self.lang, after=say(_VERDICTS[verdict], self.lang))
                found.append(Cause(key, item.name, turn, self._asked(1, key), self._value(1, key, now)))
        yield from found
        if absent:
            turn = say(_VERDICTS[Verdict.UNKNOWN], self.lang)
            unkept = [key for key in absent if not self.not_kept.isdisjoint(inputs_of(self.other.scheme, key))]
            rest = [key for key in absent if key not in unkept]
            for keys, why in ((rest, "reason.absent_column"), (unkept, "diff.untold")):
                if keys:
                    yield Cause(_JOINT.join(keys), "", turn, say(why, self.lang))
        for key in self.removed:
            verdict = Verdict(self.one.verdicts[was, self.places[0][key]])
            if self._counts(0, key, was) or (self.scored[place] and key in self.one.earned):
                item = self.one.scheme.criterion(key)
                before = say(_VERDICTS[verdict], self.lang)
                yield Cause(key, item.name, say("diff.item.removed", self.lang, before=before))

    def _tells_of_added(self, key: str, place: int, now: int) -> bool:
        return self._counts(1, key, now) or (bool(self.scored[place]) and key in self.other.earned)

    def _counts(self, side: int, key: str, row: int) -> bool:
        """Whether an item counts for a unit; one it is exempted from may, too (不适用按)."""
        assessment, place = self.sides[side], self.places[side][key]
        if assessment.verdicts[row, place] != Verdict.NOT_APPLICABLE:
            return True
        policy = assessment.scheme.criterion(key).exempt_policy
        return bool(assessment.reasons[row, place] == Reason.EXEMPT) and policy is not ExemptPolicy.NOT_COUNTED

    def _asked(self, side: int, key: str) -> str:
        """What an item asks for, and by which clause."""
        scheme = self.sides[side].scheme
        aspects = self._aspects(side, key)
        force = scheme.criterion(key).in_force(self.days[side])
        asked = aspects["standard.requirement"]
        texts = [f"{asked.label} {asked.words}"] if asked.words else []
        texts += [] if force is None or force.source is None else [f"{say('explain.source', self.lang)} {force.source}"]
        return say("list.semicolon", self.lang).join(texts)

    def _item(self, key: str, place: int, was: int, now: int) -> Iterator[Cause]:
        """A common item whose verdict, weight or points differ."""
        item = self.other.scheme.criterion(key)
        states = [Verdict(self._verdicts(side, key)[place]) for side in (0, 1)]
        values = self._value(0, key, was), self._value(1, key, now)
        value = values[1] if values[0] == values[1] else self._turn(*(text or "—" for text in values))
        points = self._points_words(key, place)
        if self.turned[key][place]:
            words = [say(_VERDICTS[state], self.lang) for state in states]
            turn = self._turn(*words) if states[0] is not states[1] else words[1]
            parts = [value, *([points] if points else [])]
            causes = self._judging(key, place, read=values[0] != values[1])
            yield Cause(key, item.name, turn, causes, say("list.comma", self.lang).join(part for part in parts if part))
            return
        before, after = self.points.get(key, (None, None))
        if before is None or after is None:
            return
        graded = self._differing(key, _GRADING)
        if points or (graded and self.scored[place]):
            step = float(after[place]) - float(before[place])
            turn = say(
                "diff.points.more" if step > 0 else "diff.points.less" if step < 0 else "explain.points", self.lang
            )
            why = say("list.semicolon", self.lang).join(
                part for part in (graded, self._judging(key, place, read=values[0] != values[1])) if part
            )
            if not why and item.best is not None:
                why = say("diff.best", self.lang)
            parts = [value, points or ""]
            yield Cause(key, item.name, turn, why, say("list.comma", self.lang).join(part for part in parts if part))

    def _points_words(self, key: str, place: int) -> str:
        before, after = self.points.get(key, (None, None))
        if before is None or after is None or abs(before[place] - after[place]) <= _NEAR:
            return ""
        return self._score_words(float(before[place]), float(after[place]))

    def _score_words(self, before: float, after: float) -> str:
        return say("diff.score", self.lang, words=self._points_turn(before, after))

    def _points_turn(self, before: float, after: float) -> str:
        """From so many points to so many, with as many decimals as tell them apart."""
        return self._turn(
            *(points_figure(end, [decimal15(other)], places=4) for end, other in ((before, after), (after, before)))
        )

    def _value(self, side: int, key: str, row: int) -> str:
        """A unit's own value, or why there is none."""
        assessment = self.sides[side]
        column: Column | None = assessment.ledger.columns.get(key)
        if column is None:
            return ""
        reason = Reason(column.reason[row])
        if reason is not Reason.KNOWN:
            return reason_words(reason, self.lang)
        return value_words(column, row, assessment.scheme.criterion(key).unit, self.lang)

    def _aspects_now(self, side: int, key: str) -> Aspects:
        scheme = self.sides[side].scheme
        return criterion_aspects(scheme, scheme.criterion(key), self.days[side], self.lang)

    def _differing_now(self, key: str, labels: tuple[str, ...]) -> str:
        """What is said otherwise of a common item, of these aspects."""
        return self._said(self._aspects(0, key), self._aspects(1, key), labels)

    def _said(self, was: Aspects, now: Aspects, labels: Collection[str] | None = None) -> str:
        sides = [
            {label: aspect for label, aspect in side.items() if labels is None or label in labels}
            for side in (was, now)
        ]
        texts = [
            f"{aspect} {self._turn(before, after)}"
            for aspect, before, after in differing(sides[0], sides[1], self.lang)
        ]
        return say("list.comma", self.lang).join(texts)

    def _judging(self, key: str, place: int, *, read: bool) -> str:
        """What makes a common item judged otherwise: what is asked, of whom, and how its value is ``read``."""
        lost = self._lacking(key, place)[1]
        if lost and self._verdicts(1, key)[place] == Verdict.UNKNOWN:
            return say("diff.lost_header", self.lang, headers=say("list.comma", self.lang).join(lost))
        texts = [self._differing(key, _JUDGING)]
        force = self.other.scheme.criterion(key).in_force(self.days[1])
        if texts[0] and force is not None and force.source is not None:
            texts.append(f"{say('explain.source', self.lang)} {force.source}")
        if read:
            texts.append(self._differing(key, _READING))
        texts.append(self._below(key, read=read))
        return say("list.semicolon", self.lang).join(text for text in texts if text)

    def _below_now(self, key: str, *, read: bool) -> str:
        """What differs of the fields that an item is computed from or restricted by, and of the tasks it is made of."""
        items = [side.scheme.criterion(key) for side in self.sides]
        names = dict.fromkeys(name for item in items for name in item.applies)
        if read:
            names |= dict.fromkeys(name for side in self.sides for name in inputs_of(side.scheme, key) if name != key)
        names |= dict.fromkeys(
            item.goal.field for item in items if item.goal is not None and item.goal.field is not None
        )
        fields = [field_parts(side.scheme, self.lang) for side in self.sides]
        texts = []
        for name in names:
            if name in fields[0] and name in fields[1]:
                said = self._said(fields[0][name].aspects, fields[1][name].aspects, _READING)
                texts += [f"{name} {said}"] if said else []
            elif name in fields[0] or name in fields[1]:
                texts.append(f"{name} {say('diff.added' if name in fields[1] else 'diff.removed', self.lang)}")
            elif name in self.common:
                said = self._differing(name, _READING)
                texts += [f"{name} {said}"] if said else []
        essential = [{task.id for task in item.tasks if task.essential} for item in items]
        for name in sorted(essential[0] ^ essential[1]):
            label = say("explain.essential", self.lang)
            texts.append(f"{name} {label} {self._turn(*(self._yes(name in side) for side in essential))}")
        if read and self.days[0] != self.days[1] and self._by_day(items[1]):
            texts.append(say("diff.by_day", self.lang, before=self.days[0], after=self.days[1]))
        return say("list.comma", self.lang).join(texts)

    def _yes(self, holds: bool) -> str:
        return say("yes" if holds else "no", self.lang)

    def _by_day(self, item: Criterion) -> bool:
        """Whether a value hangs on the day of the rating: a formula names it, or dates after it are not yet."""
        if item.expression is not None and any(AS_OF in name for name in names_in(item.expression)):
            return True
        fields = self.other.scheme.fields
        names = inputs_of(self.other.scheme, item.id)
        return any(name in fields and fields[name].to_come is False for name in names)

    # --- columns that no ledger has

    def _absent_now(self, side: int, key: str) -> Bools:
        """The pairs whose ledger lacks a column; all of them where a side does not read it."""
        assessment, rows = self.sides[side], self.rows[side]
        column = assessment.ledger.columns.get(key)
        if column is None or key not in assessment.scheme.ledger_columns:
            return np.ones(len(rows), bool)
        return np.asarray(column.reason[rows] == Reason.ABSENT_COLUMN, dtype=bool)

    def _lost_headers_now(self, key: str) -> tuple[str, ...]:
        """Spellings of a column that the second side does not read, where ledgers had it by one of them."""
        columns = [side.scheme.ledger_columns.get(key) for side in self.sides]
        if columns[0] is None or columns[1] is None or not self._lost(key).any():
            return ()
        return tuple(header for header in columns[0].headers if header not in columns[1].headers)

    def _lost(self, key: str) -> Bools:
        """The pairs whose ledger has a column for the first side only."""
        reported = self.other.units.reported[self.rows[1]]
        return np.asarray(self._absent(1, key) & ~self._absent(0, key) & reported, dtype=bool)

    def _lacking(self, key: str, place: int) -> tuple[list[str], list[str]]:
        """The columns that an item wants and the pair's ledger lacks; and of their spellings those that it lost."""
        if self.other.reasons[self.rows[1][place], self.places[1][key]] != Reason.ABSENT_COLUMN:
            return [], []
        names = [name for name in inputs_of(self.other.scheme, key) if self._absent(1, name)[place]]
        lost = [header for name in names if self._lost(name)[place] for header in self._lost_headers(name)]
        return names, lost

    def _turned_absent(self, key: str, place: int) -> bool:
        """Whether an item is 待核实 for want of a column that was not read before either."""
        if key in self.turned and not self.turned[key][place]:
            return False
        names, lost = self._lacking(key, place)
        return self._verdicts(1, key)[place] == Verdict.UNKNOWN and bool(names) and not lost

    def absent_columns(self) -> Iterator[AbsentColumn]:
        """The columns for want of which something turned 待核实."""
        scheme = self.other.scheme
        for key, column in scheme.ledger_columns.items():
            if key in self.not_kept:
                continue
            users = [item.id for item in scheme.criteria if key in inputs_of(scheme, item.id)]
            turned = np.zeros(len(self.rows[1]), bool)
            for user in users:
                turned |= (self._verdicts(1, user) == Verdict.UNKNOWN) & self.turned.get(user, True)
            turned &= self._absent(1, key) & self.other.units.reported[self.rows[1]]
            if turned.any():
                users = [user for user in users if user != key]
                yield AbsentColumn(
                    key, column.label, column.headers, self._lost_headers(key), tuple(users), int(turned.sum())
                )

    # --- stars, score, tier

    def _stars(self, was: int, now: int) -> Iterator[Cause]:
        for name, star in self.stars[1].items():
            state = int(self.other.stars[now, star])
            after = say(_STARS[state], self.lang)
            if name not in self.stars[0]:
                yield Cause(name, "", say("diff.item.added", self.lang, after=after))
                continue
            before = int(self.one.stars[was, self.stars[0][name]])
            if before != state:
                yield Cause(name, "", self._turn(say(_STARS[before], self.lang), after), self._star_why(name))
        for name, star in self.stars[0].items():
            if name not in self.stars[1]:
                before_words = say(_STARS[int(self.one.stars[was, star])], self.lang)
                yield Cause(name, "", say("diff.item.removed", self.lang, before=before_words))

    def _star_why_now(self, name: str) -> str:
        """What differs of a star itself: its rule, and the items that belong to it."""
        stars = [side.scheme.stars[places[name]] for side, places in zip(self.sides, self.stars, strict=True)]
        texts = []
        rules = [star_rule_words(star, self.lang) for star in stars]
        if rules[0] != rules[1]:
            source = stars[1].rules[-1].source
            texts.append(self._turn(*rules) + in_brackets([source], self.lang))
        items = [{item.id for item in star.criteria} for star in stars]
        for sign, ids in (("diff.star.in", items[1] - items[0]), ("diff.star.out", items[0] - items[1])):
            moved = [key for key in ids if key in self.places[0] and key in self.places[1]]
            if moved:
                texts.append(say(sign, self.lang, ids=say("list.comma", self.lang).join(sorted(moved))))
        essential = [{item.id for item in star.criteria if item.essential} for star in stars]
        for key in sorted((essential[0] ^ essential[1]) & items[0] & items[1]):
            label = say("explain.essential", self.lang)
            said = f"{key} {label} {self._turn(*(self._yes(key in side) for side in essential))}"
            texts += [said] if rules[0] == rules[1] else []
        return say("list.comma", self.lang).join(texts)

    def _vetoes(self, was: int, now: int) -> Iterator[Cause]:
        """Vetoes that are triggered on one side only, or that do something else."""
        places = [{veto.id: place for place, veto in enumerate(side.scheme.vetoes)} for side in self.sides]
        for key in dict.fromkeys((*places[1], *places[0])):
            states = [
                int(side.vetoes[row, where[key]]) if key in where else None
                for side, row, where in zip(self.sides, (was, now), places, strict=True)
            ]
            effects = [
                side.scheme.veto(key).effect if key in where else None
                for side, where in zip(self.sides, places, strict=True)
            ]
            same = states[0] == states[1]
            if (same and (effects[0] == effects[1] or states[1] != 1)) or set(states) <= {0, None}:
                continue
            words = [say("none" if state is None else _VETOES[state], self.lang) for state in states]
            name = self.sides[1 if key in places[1] else 0].scheme.veto(key).name
            yield Cause(key, name, words[1] if same else self._turn(*words), self._veto_why(key))

    def _veto_why_now(self, key: str) -> str:
        """What differs of a veto, or what it does where there is none on the other side."""
        found: list[Aspects] = []
        for side, day in zip(self.sides, self.days, strict=True):
            here = [veto for veto in side.scheme.vetoes if veto.id == key]
            found += [veto_aspects(side.scheme, veto, day, self.lang) for veto in here]
        both_sides = 2
        if len(found) < both_sides:
            texts = [found[0][label].words for label in ("controls.effect", "diff.term", "explain.source")]
            return say("list.comma", self.lang).join(text for text in texts if text)
        labels = set(found[1]) - {"controls.name", "explain.source", "explain.note", "note"}
        said = self._said(found[0], found[1], labels)
        source = found[1]["explain.source"]
        texts = [said, f"{source.label} {source.words}" if said and source.words else ""]
        return say("list.semicolon", self.lang).join(text for text in texts if text)

    def _score(self, place: int, was: int, now: int) -> Iterator[Cause]:
        if self.one.scores is None or self.other.scores is None or not self.scored[place]:
            return
        for name, star in self.stars[1].items():
            if name in self.stars[0]:
                rules = [self.one.scheme.stars[self.stars[0][name]].rule, self.other.scheme.stars[star].rule]
                if (
                    rules[0].rescale != rules[1].rescale
                    and self.one.stars[was, self.stars[0][name]] == (self.other.stars[now, star])
                ):
                    yield Cause(name, "", say("diff.rescale", self.lang), self._star_why(name))
        rescaled = [side.scheme.tiering.rescale for side in self.sides]
        why = ""
        if rescaled[0] != rescaled[1]:
            why = f"{say('diff.rescale', self.lang)} {self._turn(*map(self._yes, rescaled))}"
        value = self._points_turn(float(self.one.scores[was, 0]), float(self.other.scores[now, 0]))
        yield Cause(TIERING, "", say("explain.earned", self.lang), why, value)

    def _base(self, side: int, row: int) -> int:
        """The tier before caps, vetoes and quotas."""
        assessment = self.sides[side]
        return max(int(assessment.tiers[row]), 0) + sum(int(loss.lost[row]) for loss in assessment.losses)

    def _tiers(self, place: int, was: int, now: int) -> Iterator[Cause]:
        """定级 itself: another method, other bounds or other names."""
        bases = [
            _name_of(side.scheme, self._base(index, row))
            for index, (side, row) in enumerate(zip(self.sides, (was, now), strict=True))
        ]
        if bases[0] == bases[1]:
            return
        if self.by_score[0] != self.by_score[1]:
            yield Cause(TIERING, "", self._turn(*bases), self._tiering_said("diff.method"))
            return
        said = self._tiering_said("diff.tiers")
        if not said:
            return
        by_points = self.by_score[1] and self.other.scores is not None
        if not by_points or not self.scored[place] or self._band(0, now) != self._band(1, now):
            yield Cause(TIERING, "", self._turn(*bases), said)

    def _band(self, side: int, now: int) -> str:
        """The tier that a unit's score on the second side has by the bands of one side."""
        assert self.other.scores is not None
        score = float(self.other.scores[now, 0])
        tiers = sorted(self.sides[side].scheme.tiering.tiers, key=lambda tier: tier.number)
        names = [tier.name for tier in tiers if tier.at_least is not None and score >= float(tier.at_least) - _NEAR]
        return names[-1] if names else tiers[0].name

    def _tiering_said_now(self, label: str) -> str:
        aspects = [
            tiering_aspects(side.scheme, day, self.lang) for side, day in zip(self.sides, self.days, strict=True)
        ]
        return self._said(aspects[0], aspects[1], (label,))

    def _losses(self, was: int, now: int) -> Iterator[Cause]:
        """Caps, vetoes and quotas that take more or fewer tiers than on the other side."""
        sides = [self._losing(side) for side in (0, 1)]
        for key in dict.fromkeys((*sides[1], *sides[0])):
            lost = [int(side[key].lost[row]) if key in side else 0 for side, row in zip(sides, (was, now), strict=True)]
            if lost[0] != lost[1]:
                here = sides[1].get(key) or sides[0][key]
                turn = say("diff.lost", self.lang, before=lost[0], after=lost[1])
                yield Cause(TIERING, pick(here.label, self.lang), turn, self._loss_why(key, here, sides))

    def _losing_now(self, side: int) -> Mapping[_LossKey, _Lost]:
        assessment = self.sides[side]
        tiering = assessment.scheme.tiering
        of_caps = iter(tiering.caps)
        lowering = (EffectKind.CAP, EffectKind.EXCLUDE)
        of_vetoes = iter([veto for veto in assessment.scheme.vetoes if veto.effect.kind in lowering])
        found: dict[_LossKey, _Lost] = {}
        for loss in assessment.losses:
            clause = ""
            if loss.kind is LossKind.CAP:
                clause = cap_words(next(of_caps), self.lang)
            elif loss.kind in {LossKind.VETO, LossKind.EXCLUSION}:
                veto = next(of_vetoes)
                clause = "" if veto.source is None else str(veto.source)
            if loss.kind is not LossKind.EXCLUSION:
                label = pick(loss.label, "zh")
                before = sum(kind is loss.kind and other == label for kind, other, _ in found)
                found[loss.kind, label, before] = _Lost(loss.label, loss.lost, clause)
        return found

    def _loss_why(self, key: _LossKey, here: _Lost, sides: Sequence[Mapping[_LossKey, _Lost]]) -> str:
        kind = key[0]
        if kind is LossKind.QUOTA:
            return self._tiering_said("diff.quotas") or say("diff.displaced", self.lang)
        changed = self._tiering_said("explain.caps") if kind is LossKind.CAP else ""
        if changed or any(key not in side for side in sides):
            return changed or here.clause
        return ""


class _Lost(NamedTuple):
    """What one cap, veto or quota takes: its label, tiers by unit, and where it is written."""

    label: Text
    lost: NDArray[np.int8]
    clause: str
