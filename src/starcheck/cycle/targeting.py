"""争创目标: target against actual, tier by tier, place by place and month by month.

五星6、四星50、三星150 are exact counts, 三星以上206 is cumulative (DOMAIN §0.1): the two are never mixed, each has a
column of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from starcheck.cycle.course import ABSENT, Course
from starcheck.ledger import unit_keys
from starcheck.scoring import LIT, Assessment


@dataclass(frozen=True, slots=True)
class TierCount:
    """One tier: how many units should have just it and have it, and how many it or a higher one.

    ``reachable`` is how many have it or a higher one if everything unknown were met.
    """

    tier: int
    target: int
    actual: int
    target_above: int
    actual_above: int
    reachable: int


@dataclass(frozen=True, slots=True)
class PlaceTargets:
    """A township, or the county (``name`` None): its units with a target of their own, and how many reach it."""

    name: str | None
    aimed: int
    reached: int
    perhaps: int
    """How many more reach it if everything unknown were met."""
    tiers: tuple[TierCount, ...]


@dataclass(frozen=True, slots=True)
class Behind:
    """A unit below its own target, or below the tier it had at the end of last year."""

    row: int
    target: int | None
    last_year: int | None
    missing: tuple[int, ...]
    """Stars that are not lit, by place."""
    sure: bool
    """Whether it stays below even if everything unknown were met."""


@dataclass(frozen=True, slots=True)
class Pace:
    """One month: how many reached their own target, and how many there should be by a straight line to the year's end.

    ``due`` None where no month of the year lies before.
    """

    period: str
    aimed: int
    reached: int
    due: Fraction | None


def county_targets(
    assessment: Assessment, counts: Mapping[int, int] | None, by_township: Mapping[str, Mapping[int, int]] | None = None
) -> tuple[PlaceTargets, ...]:
    """The county first, then its townships. ``counts`` are targets stated as numbers of units; else the units' own."""
    units = assessment.units
    everyone = np.arange(len(units))
    found = [_place(assessment, None, everyone, counts)]
    for (_, township), rows in units.township_groups.items():
        found.append(_place(assessment, township, rows, (by_township or {}).get(township)))
    return tuple(found)


def _place(
    assessment: Assessment, name: str | None, rows: NDArray[np.intp], counts: Mapping[int, int] | None
) -> PlaceTargets:
    tiers, reachable = assessment.tiers[rows], assessment.reachable[rows]
    target = assessment.units.target[rows]
    numbers = sorted((tier.number for tier in assessment.scheme.tiering.tiers), reverse=True)
    wanted = counts or {number: int(np.count_nonzero(target == number)) for number in numbers}
    aims = (target >= 0) & assessment.units.reported[rows]
    return PlaceTargets(
        name,
        aimed=int(np.count_nonzero(target >= 0)),
        reached=int(np.count_nonzero(aims & (tiers >= target))),
        perhaps=int(np.count_nonzero(aims & (tiers < target) & (reachable >= target))),
        tiers=tuple(
            TierCount(
                number,
                target=wanted.get(number, 0),
                actual=int(np.count_nonzero(tiers == number)),
                target_above=sum(count for tier, count in wanted.items() if tier >= number),
                actual_above=int(np.count_nonzero(tiers >= number)),
                reachable=int(np.count_nonzero(np.maximum(tiers, reachable) >= number)),
            )
            for number in numbers
        ),
    )


def behind(course: Course) -> tuple[Behind, ...]:
    """The units of the last month that are below their own target, or below what they had at the end of last year."""
    assessment = course.now.assessment
    units = assessment.units
    earlier, keys = _end_of_last_year(course), unit_keys(units)
    found = []
    for row in range(len(units)):
        tier, reachable = int(assessment.tiers[row]), int(assessment.reachable[row])
        target = int(units.target[row])
        had = None if earlier is None else earlier.get(keys[row])
        below_target, below_last = 0 <= target > tier, had is not None and had > tier
        if not units.reported[row] or not (below_target or below_last):
            continue
        aim = max(target if below_target else -1, had if below_last and had is not None else -1)
        found.append(
            Behind(
                row,
                target if target >= 0 else None,
                had,
                tuple(place for place in range(len(assessment.scheme.stars)) if assessment.stars[row, place] != LIT),
                sure=max(reachable, tier) < aim,
            )
        )
    return tuple(found)


def end_of_last_year(course: Course) -> str | None:
    """The last recorded month of an earlier year, None where there is none."""
    year = course.now.period[:4]
    return next((month.period for month in reversed(course.months) if month.period[:4] < year), None)


def _end_of_last_year(course: Course) -> Mapping[str, int] | None:
    period = end_of_last_year(course)
    if period is None:
        return None
    place = next(place for place, month in enumerate(course.months) if month.period == period)
    assessment, places = course.months[place].assessment, course.places[place]
    return {
        key: int(assessment.tiers[row])
        for key, row in zip(course.keys, places.tolist(), strict=True)
        if row != ABSENT and assessment.tiers[row] >= 0
    }


def by_star(assessment: Assessment, short: Sequence[Behind]) -> tuple[int, ...]:
    """Of the units below their own target, how many lack each star."""
    below = [one for one in short if one.target is not None and one.target > int(assessment.tiers[one.row])]
    return tuple(sum(place in one.missing for one in below) for place in range(len(assessment.scheme.stars)))


def paces(course: Course) -> tuple[Pace, ...]:
    """Month by month of this year how many are where they should end up, against a straight line to December.

    The line begins at what the first recorded month of the year had; nobody declares another one.
    """
    year = course.now.period[:4]
    months = [month for month in course.months if month.period[:4] == year]
    rows = [county_targets(month.assessment, None)[0] for month in months]
    found: list[Pace] = []
    first = _month_number(months[0].period)
    for month, row in zip(months, rows, strict=True):
        number = _month_number(month.period)
        due = None
        if first is not None and number is not None and number > first:
            due = rows[0].reached + Fraction(row.aimed - rows[0].reached) * (number - first) / (_MONTHS - first)
        found.append(Pace(month.period, row.aimed, row.reached, due))
    return tuple(found)


_MONTHS = 12


def _month_number(period: str) -> int | None:
    return int(period[5:]) if "-" in period else None
