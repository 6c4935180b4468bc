"""争创目标: target against actual, tier by tier, place by place and month by month.

五星6、四星50、三星150 are exact counts, 三星以上206 is cumulative (DOMAIN §0.1): the two are never mixed, each has a
column of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from starcheck.cycle.course import ABSENT, Course, RatedMonth
from starcheck.diagnostic import Text
from starcheck.ledger import keys_beside, unit_keys
from starcheck.scoring import LIT, Assessment

Tiers = NDArray[Any]
"""Tiers by unit, below 0 for one without."""


@dataclass(frozen=True, slots=True)
class TierCount:
    """One tier: how many units should have just it and have it, and how many it or a higher one.

    ``reachable`` is how many have it or a higher one if everything unknown were met, and what was not reported.
    """

    tier: int
    target: int
    actual: int
    target_above: int
    actual_above: int
    reachable: int


@dataclass(frozen=True, slots=True)
class PlaceTargets:
    """A township, or the county (``name`` None): how many targets it has, and how many of them are reached.

    Targets are those of the units themselves; where more are stated as numbers of units, those.
    """

    name: str | None
    aimed: int
    reached: int
    perhaps: int
    """How many more are if everything unknown were met, and what was not reported."""
    tiers: tuple[TierCount, ...]


@dataclass(frozen=True, slots=True)
class Behind:
    """A unit below its own target, or below the tier that last year was rated with; or silent, and so neither nor."""

    row: int
    target: int | None
    last_year: int | None
    last_year_silent: bool
    """Whether it had not reported in the month that last year is rated by."""
    missing: tuple[int, ...]
    """Stars that are not lit, by place; none of a unit that has not reported."""
    held_by: tuple[Text, ...]
    """Caps, vetoes and quotas that took tiers from it."""
    sure: bool
    """Whether it stays below even if everything unknown were met."""


class Track(Enum):
    """Whether a month keeps up with the line to the year's end."""

    ON = "on"
    BEHIND = "behind"
    OPEN = "open"
    """It hangs on what is missing, of this month or of the year's first."""


@dataclass(frozen=True, slots=True)
class Pace:
    """One month: how many targets were reached, and how many should have been by a straight line to the year's end.

    ``due`` is least and most, as the line begins at what the year's first month may have had; None in that month.
    """

    period: str
    aimed: int
    reached: int
    at_most: int
    """How many if everything unknown were met, and what was not reported."""
    due: tuple[Fraction, Fraction] | None

    @property
    def track(self) -> Track | None:
        """Behind only where even the most is too few."""
        if self.due is None:
            return None
        least, most = self.due
        return Track.BEHIND if self.at_most < least else Track.ON if self.reached >= most else Track.OPEN


def county_targets(
    assessment: Assessment, counts: Mapping[int, int] | None, by_township: Mapping[str, Mapping[int, int]] | None = None
) -> tuple[PlaceTargets, ...]:
    """The county first, then its townships; ``counts`` and ``by_township`` are targets stated as numbers of units."""
    units = assessment.units
    low, high = _ends(assessment)
    numbers = sorted((tier.number for tier in assessment.scheme.tiering.tiers), reverse=True)
    found = [_place(None, _county_goal(assessment, counts, by_township), low, high, numbers)]
    for (_, township), rows in units.township_groups.items():
        aims = _Aims(units.target[rows], (by_township or {}).get(township))
        goal = _Goal(((np.arange(len(rows)), aims),))
        found.append(_place(township, goal, low[rows], high[rows], numbers))
    return tuple(found)


def _county_goal(
    assessment: Assessment, counts: Mapping[int, int] | None, by_township: Mapping[str, Mapping[int, int]] | None
) -> _Goal:
    """The county's own numbers, or, where it has none of its own, what each township has: numbers, or its units'."""
    units, told = assessment.units, by_township or {}
    summed: Counter[int] = Counter()
    for own in told.values():
        summed.update(own)
    if (units.target >= 0).any() and told and counts == summed:
        groups = units.township_groups.items()
        return _Goal(tuple((rows, _Aims(units.target[rows], told.get(town))) for (_, town), rows in groups))
    return _Goal(((np.arange(len(units)), _Aims(units.target, counts)),))


def _ends(assessment: Assessment) -> tuple[Tiers, Tiers]:
    """Each unit's tier as it is shown, and the highest it may come to; of one not reported any; below 0 without one."""
    highest = max(tier.number for tier in assessment.scheme.tiering.tiers)
    most = np.where(assessment.units.reported, np.maximum(assessment.tiers, assessment.reachable), highest)
    return assessment.tiers.astype(np.intp), most.astype(np.intp)


@dataclass(frozen=True, slots=True, eq=False)
class _Aims:
    """What some units are to reach: each its own (below 0: none), or so many of them each tier."""

    own: Tiers
    counts: Mapping[int, int] | None

    @property
    def numbers(self) -> Mapping[int, int] | None:
        """The numbers, where they are more targets than units have of their own: a few units among them do not do."""
        counts = self.counts or {}
        return counts if sum(counts.values()) > int(np.count_nonzero(self.own >= 0)) else None

    @property
    def aimed(self) -> int:
        return sum((self.numbers or {}).values()) or int(np.count_nonzero(self.own >= 0))

    @property
    def by_tier(self) -> Counter[int]:
        """How many units are to have each tier: as it is stated, where it is."""
        return Counter(self.counts or self.own[self.own >= 0].tolist())

    def reached(self, tiers: Tiers) -> int:
        """How many of the targets units of these tiers reach.

        Of targets stated as numbers a unit reaches one, of its tier or a lower one. What is wanted from a tier
        upwards has only units from that tier upwards: so what is not reached is the greatest of those gaps.
        """
        counts = self.numbers
        if counts is None:
            return int(np.count_nonzero((self.own >= 0) & (tiers >= self.own)))
        gaps = (
            sum(count for above, count in counts.items() if above >= tier) - int(np.count_nonzero(tiers >= tier))
            for tier in counts
        )
        return sum(counts.values()) - max((0, *gaps))


@dataclass(frozen=True, slots=True, eq=False)
class _Goal:
    """What a place is to reach: all its units together, or parts of them (by their rows) each for itself."""

    parts: Sequence[tuple[NDArray[np.intp], _Aims]]

    @property
    def by_tier(self) -> Counter[int]:
        return sum((aims.by_tier for _, aims in self.parts), Counter())

    @property
    def aimed(self) -> int:
        return sum(aims.aimed for _, aims in self.parts)

    def reached(self, tiers: Tiers) -> int:
        return sum(aims.reached(tiers[rows]) for rows, aims in self.parts)


def _place(name: str | None, aims: _Goal, low: Tiers, high: Tiers, numbers: Sequence[int]) -> PlaceTargets:
    wanted = aims.by_tier
    reached = aims.reached(low)
    return PlaceTargets(
        name,
        aimed=aims.aimed,
        reached=reached,
        perhaps=aims.reached(high) - reached,
        tiers=tuple(
            TierCount(
                number,
                target=wanted[number],
                actual=int(np.count_nonzero(low == number)),
                target_above=sum(count for tier, count in wanted.items() if tier >= number),
                actual_above=int(np.count_nonzero(low >= number)),
                reachable=int(np.count_nonzero(high >= number)),
            )
            for number in numbers
        ),
    )


def behind(course: Course) -> tuple[Behind, ...]:
    """The units of the last month that are below their own target, or below what last year was rated with.

    Those that have not reported are among them: nobody has seen that they are not.
    """
    assessment = course.now.assessment
    units = assessment.units
    last = end_of_last_year(course)
    rows_then = {} if last is None else {key: row for row, key in enumerate(keys_beside(last.assessment.units, units))}
    found = []
    for row, key in enumerate(unit_keys(units)):
        tier, reachable = int(assessment.tiers[row]), int(assessment.reachable[row])
        target = int(units.target[row])
        then = rows_then.get(key)
        had = None if last is None or then is None else _tier(last.assessment, then)
        reported = bool(units.reported[row])
        below_target, below_last = 0 <= target > tier, had is not None and had > tier
        if not (below_target or below_last):
            continue
        aim = max(target if below_target else -1, had if below_last and had is not None else -1)
        found.append(
            Behind(
                row,
                target if target >= 0 else None,
                had,
                last_year_silent=last is not None and then is not None and not last.assessment.units.reported[then],
                missing=tuple(np.flatnonzero(assessment.stars[row] != LIT).tolist()) if reported else (),
                held_by=tuple(loss.label for loss in assessment.losses if loss.lost[row] > 0),
                sure=reported and max(reachable, tier) < aim,
            )
        )
    return tuple(found)


def _tier(assessment: Assessment, row: int) -> int | None:
    tier = int(assessment.tiers[row])
    return tier if tier >= 0 else None


def end_of_last_year(course: Course) -> RatedMonth | None:
    """The month that the year before is rated by, for rewards too; None where nothing is recorded of it."""
    return course.rated_by(int(course.now.period[:4]) - 1)


def by_star(assessment: Assessment, short: Sequence[Behind]) -> tuple[int, ...]:
    """Of the units below their own target, how many lack each star."""
    below = [one for one in short if one.target is not None and one.target > int(assessment.tiers[one.row])]
    return tuple(sum(place in one.missing for one in below) for place in range(len(assessment.scheme.stars)))


def paces(course: Course) -> tuple[Pace, ...]:
    """Month by month of this year how many targets were reached, against a straight line to all of them in December.

    All by the targets of now, whenever they were set, and of the units of now; one that a month knows nothing of may
    have had any tier. The line begins at what the first recorded month of the year had; nobody declares another one.
    """
    now = course.now
    size = len(now.assessment.units)
    aims = _county_goal(now.assessment, now.targets, now.township_targets)
    highest = max(tier.number for tier in course.scheme.tiering.tiers)
    found: list[Pace] = []
    for month, places in zip(course.months, course.places, strict=True):
        if month.period[:4] != now.period[:4]:
            continue
        # the units of now stand first
        here = places[:size]
        low, high = _ends(month.assessment)
        reached = aims.reached(np.where(here == ABSENT, -1, low[here]))
        at_most = aims.reached(np.where(here == ABSENT, highest, high[here]))
        first = found[0] if found else None
        due = None if first is None else _due(first, month.period)
        found.append(Pace(month.period, aims.aimed, reached, at_most, due))
    return tuple(found)


def _due(first: Pace, period: str) -> tuple[Fraction, Fraction] | None:
    begun, number = _month_number(first.period), _month_number(period)
    if begun is None or number is None or number <= begun:
        return None
    gone = Fraction(number - begun, _MONTHS - begun)
    least, most = (had + (first.aimed - had) * gone for had in (first.reached, first.at_most))
    return least, most


_MONTHS = 12


def _month_number(period: str) -> int | None:
    return int(period[5:]) if "-" in period else None
