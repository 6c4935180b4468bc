"""升降: which units moved between two months, and what moved each. The parts add up.

Between the tier that was told last month and the one of now lie four ratings that nobody saw: last month's rows as they
count now, with what departments had answered about 负面清单 when it was told (a correction that came later); the same
with what they have answered since (联审, a review); the same by this month's standard on its day (a rule); and this
month's rows with last month's 负面清单 (data; what is left is the veto). The differences from one to the next are the
parts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property

import numpy as np

from starcheck.column import Column, Verdict
from starcheck.cycle.course import ABSENT
from starcheck.ledger import Ledger, keys_beside, unit_keys
from starcheck.scoring import LIT, NO_TIER, Assessment, assess

Tier = int | None
"""A tier's number; None for a unit that is 不参评 or, where tiers do not rank, undecided (待核实)."""


class Way(Enum):
    """What became of a unit."""

    UP = "up"
    DOWN = "down"
    HELD = "held"
    OTHER = "other"
    """Its state is another, where tiers do not rank (排名: 否): nothing is up or down, and no part counts tiers."""
    NEW = "new"
    """It has a row now and had none, last month or in the register."""
    SILENT = "silent"
    """It has no row now and had one."""
    GONE = "gone"
    """It had a row and is no longer in the register."""
    ABSENT = "absent"
    """It has none in either month."""


@dataclass(frozen=True, slots=True)
class CriterionChange:
    """A criterion whose verdict is another now, and whose star's state changed with it: its place, before and after.

    Before is last month's row by this month's standard: what the standard changed is not told of the data.
    """

    place: int
    before: Verdict
    after: Verdict


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a unit.

    ``correction``, ``review``, ``rule``, ``data`` and ``veto`` are tiers up or down, and add up to the whole.

    In these sums 不参评 counts as the lowest tier. ``late`` says that last month's row came after this month's first.
    """

    key: str
    township: str
    name: str
    row: int
    """Its row in the assessment of now, ``ABSENT`` where that has none."""
    way: Way
    told: Tier
    """What was told last month; None also where it was undecided."""
    tier: Tier
    correction: int
    review: int
    rule: int
    data: int
    veto: int
    late: bool
    stars: tuple[tuple[int, int, int], ...]
    """Stars (by place now) whose state is another: before and after."""
    criteria: tuple[CriterionChange, ...]
    vetoes: tuple[tuple[int, int, int], ...] = ()
    """负面清单 (by place now) whose state is another: before and after, 1 triggered, 0 clear, -1 unknown."""
    reviews: tuple[tuple[int, int, int], ...] = ()
    """The same, by their places then, of last month: as it was told, and as departments have answered since."""

    @property
    def whole(self) -> int:
        """Tiers up or down."""
        return self.correction + self.review + self.rule + self.data + self.veto


@dataclass(frozen=True, eq=False)
class Between:
    """The ratings between two months. ``told`` maps the units that had a row then, by ``keys``, to the tier told.

    ``heard`` is ``before`` with no more than departments had answered when it was told, None where that is all.
    ``registered``: a register says which units there are now; else who has no row is not known of.
    """

    told: Mapping[str, Tier]
    heard: Assessment | None
    before: Assessment
    by_rule: Assessment
    now: Assessment
    registered: bool = True

    def keys(self, then: Assessment) -> list[str]:
        """The keys of last month's units as this month knows them."""
        return keys_beside(then.units, self.now.units)

    @cached_property
    def unvetoed(self) -> Assessment:
        """The rows of this month with last month's 负面清单."""
        return assess(_with_vetoes(self.now.ledger, self.by_rule.ledger), self.now.as_of)


def changes(between: Between) -> tuple[Change, ...]:
    """What became of every unit of this month, in its order, then of those that are not there any more."""
    ranked = between.now.scheme.tiering.ranked
    return (*(_ranked(between) if ranked else _unranked(between)), *_left(between))


def _ranked(between: Between) -> tuple[Change, ...]:
    now = between.now
    keys = unit_keys(now.units)
    then = {key: place for place, key in enumerate(between.keys(between.before))}
    old = _numbers(between, between.before)
    heard = old if between.heard is None else _numbers(between, between.heard)
    ruled = _numbers(between, between.by_rule)
    by_rule = {key: place for place, key in enumerate(between.keys(between.by_rule))}
    without = {
        key: _counted(int(tier), excluded=bool(excluded))
        for key, tier, excluded in zip(keys, between.unvetoed.tiers, between.unvetoed.excluded, strict=True)
    }
    found = []
    for row, key in enumerate(keys):
        came = bool(now.units.reported[row])
        had = key in old
        tier = _tier(now, row)
        if not (came and had):
            found.append(_unseen(between, key, row, had=had))
            continue
        late = key not in between.told
        unheard = old[key] if late else heard[key]
        parts = (
            unheard - (old[key] if late else _as_number(between.told[key])),
            old[key] - unheard,
            ruled.get(key, old[key]) - old[key],
            without[key] - ruled.get(key, old[key]),
            _as_number(tier) - without[key],
        )
        whole = sum(parts)
        way = Way.UP if whole > 0 else Way.DOWN if whole < 0 else Way.HELD
        told = _tier(between.before, then[key]) if late else between.told[key]
        stars, criteria = _causes(between, by_rule.get(key), row) if any(parts) else ((), ())
        vetoes = _vetoes(between.before, then[key], now, row) if parts[-1] else ()
        reviews = _reviews(between, then[key]) if parts[1] else ()
        found.append(
            Change(key, *_names(now, row), row, way, told, tier, *parts, late, stars, criteria, vetoes, reviews)
        )
    return tuple(found)


def _names(assessment: Assessment, row: int) -> tuple[str, str]:
    return assessment.units.township[row], assessment.units.name[row]


def _left(between: Between) -> Iterator[Change]:
    """Those that had a row, and are not among the units of now."""
    before, here = between.before, frozenset(unit_keys(between.now.units))
    for row, key in enumerate(between.keys(before)):
        if key not in here and (before.units.reported[row] or key in between.told):
            way = Way.GONE if between.registered else Way.SILENT
            told = between.told[key] if key in between.told else _tier(before, row)
            names = _names(before, row)
            yield Change(key, *names, ABSENT, way, told, None, *_NO_PARTS, late=False, stars=(), criteria=())


def _unranked(between: Between) -> tuple[Change, ...]:
    """``changes`` where tiers are states: a unit has the same one or another, 待核实 among them; none is higher."""
    now, before = between.now, between.before
    by_rule = {key: place for place, key in enumerate(between.keys(between.by_rule))}
    then = {key: place for place, key in enumerate(between.keys(before)) if before.units.reported[place]}
    found = []
    for row, key in enumerate(unit_keys(now.units)):
        if not (now.units.reported[row] and key in then):
            found.append(_unseen(between, key, row, had=key in then))
            continue
        was, tier, late = then[key], _tier(now, row), key not in between.told
        told = _tier(before, was) if late else between.told[key]
        # without a tier a unit is 待核实 or 不参评: what was told does not say which, last month's rows do
        same = told == tier and (told is not None or before.excluded[was] == now.excluded[row])
        stars, criteria = ((), ()) if same else _causes(between, by_rule.get(key), row)
        vetoes, reviews = ((), ()) if same else (_vetoes(before, was, now, row), _reviews(between, was))
        way = Way.HELD if same else Way.OTHER
        names = _names(now, row)
        found.append(Change(key, *names, row, way, told, tier, *_NO_PARTS, late, stars, criteria, vetoes, reviews))
    return tuple(found)


def _unseen(between: Between, key: str, row: int, *, had: bool) -> Change:
    """A unit without a row in one of the two months."""
    came = bool(between.now.units.reported[row])
    way = Way.NEW if came else Way.SILENT if had or key in between.told else Way.ABSENT
    told, tier = between.told.get(key), _tier(between.now, row)
    names = _names(between.now, row)
    return Change(key, *names, row, way, told, tier, *_NO_PARTS, late=False, stars=(), criteria=())


_NO_PARTS = (0, 0, 0, 0, 0)


def _tier(assessment: Assessment, row: int) -> Tier:
    tier = int(assessment.tiers[row])
    return None if tier == NO_TIER else tier


def _as_number(tier: Tier) -> int:
    return 0 if tier is None else tier


def _counted(tier: int, *, excluded: bool) -> int:
    return 0 if excluded or tier == NO_TIER else tier


def _numbers(between: Between, assessment: Assessment) -> dict[str, int]:
    """The tier of each unit that has a row, as it counts in sums."""
    return {
        key: _counted(int(assessment.tiers[row]), excluded=bool(assessment.excluded[row]))
        for row, key in enumerate(between.keys(assessment))
        if assessment.units.reported[row]
    }


def _with_vetoes(now: Ledger, before: Ledger) -> Ledger:
    """The ledger of now with the 负面清单 of before, for the units and vetoes that were there."""
    keys = keys_beside(before.units, now.units)
    places = {key: place for place, key in enumerate(keys) if before.units.reported[place]}
    here = np.array([places.get(key, ABSENT) for key in unit_keys(now.units)], np.intp)
    known = np.flatnonzero(here != ABSENT)
    columns = dict(now.columns)
    for veto in now.scheme.vetoes:
        if veto.id in before.columns and veto.id in columns:
            columns[veto.id] = _mixed(columns[veto.id], before.columns[veto.id], known, here[known])
    return replace(now, columns=columns)


def _mixed(now: Column, before: Column, rows: np.ndarray, places: np.ndarray) -> Column:
    values, reason = now.values.copy(), now.reason.copy()
    values[rows], reason[rows] = before.values[places], before.reason[places]
    return Column(now.kind, values, reason, now.options)


def _causes(
    between: Between, then: int | None, row: int
) -> tuple[tuple[tuple[int, int, int], ...], tuple[CriterionChange, ...]]:
    """The stars whose state is another by the same standard, and in each the criteria that are judged otherwise.

    ``then`` is last month's row by it, None where it does not rate the unit.
    """
    if then is None:
        return (), ()
    before, now = between.by_rule, between.now
    stars, criteria = [], []
    for place, star in enumerate(now.scheme.stars):
        old, new = int(before.stars[then, place]), int(now.stars[row, place])
        if old == new or (now.scheme.tiering.ranked and LIT not in {old, new}):
            continue
        stars.append((place, old, new))
        for own, part in enumerate(now.scheme.criteria):
            if now.scheme.star_of[part.id].name != star.name or part.id in now.scheme.item_of:
                continue
            was, is_now = Verdict(int(before.verdicts[then, own])), Verdict(int(now.verdicts[row, own]))
            if was != is_now:
                criteria.append(CriterionChange(own, was, is_now))
    return tuple(stars), tuple(criteria)


def _vetoes(before: Assessment, then: int, now: Assessment, row: int) -> tuple[tuple[int, int, int], ...]:
    """The 负面清单 (by place now) whose state is another for a unit: before and after."""
    places = {veto.id: place for place, veto in enumerate(before.scheme.vetoes)}
    found = []
    for place, veto in enumerate(now.scheme.vetoes):
        old = int(before.vetoes[then, places[veto.id]]) if veto.id in places else 0
        new = int(now.vetoes[row, place])
        if old != new:
            found.append((place, old, new))
    return tuple(found)


def _reviews(between: Between, then: int) -> tuple[tuple[int, int, int], ...]:
    """What departments have answered of last month since it was told, as ``_vetoes``; the rows are the same."""
    return () if between.heard is None else _vetoes(between.heard, then, between.before, then)


__all__ = ["Between", "Change", "CriterionChange", "Way", "changes"]
