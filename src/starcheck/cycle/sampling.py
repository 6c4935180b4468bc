"""抽查: which units are visited, the same for everybody who has the seed; and what the visits come to."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from starcheck.column import Verdict
from starcheck.cycle.course import Course
from starcheck.ledger import unit_keys
from starcheck.scheme import Sampling, Strata

DEFAULT = Sampling()
"""How it is drawn where a scheme declares nothing: a fifth of each township."""


@dataclass(frozen=True, slots=True)
class Stratum:
    """A part of the county that is drawn from by itself. ``drawn`` are places of units in the order they were drawn."""

    name: str
    units: int
    reported: int
    drawn: tuple[int, ...]


class Finding(NamedTuple):
    """What a visitor found of an item of a unit: whether it is met; of a ``veto``, whether there is such a case.

    ``criterion`` is its place among those of the scheme. ``told`` is what the sheet of the visit says was reported, as
    ``Verdict`` and the states of vetoes have it; None where it does not say, and what is recorded now counts.
    """

    unit: int
    criterion: int
    met: bool
    note: str = ""
    veto: bool = False
    told: int | None = None
    told_value: str = ""


@dataclass(frozen=True, slots=True)
class Rate:
    """Of the items that were judged in a township, or in all, those that were judged otherwise than as reported."""

    township: str | None
    drawn: int
    visited: int
    judged: int
    otherwise: int

    @property
    def share(self) -> Fraction | None:
        """The error rate; None where nothing was judged."""
        return Fraction(self.otherwise, self.judged) if self.judged else None


@dataclass(frozen=True, slots=True)
class Visited:
    """What the findings come to."""

    rates: tuple[Rate, ...]
    """By township, then all of them."""
    differences: tuple[Finding, ...]
    incomparable: tuple[Finding, ...]
    """Of items that were reported as unknown or that do not apply: they are no error, and no confirmation."""
    changed: tuple[Finding, ...]
    """Of which the ledger says something else now than when the units were drawn."""


def default_seed(course: Course) -> str:
    """What is drawn by where nothing is told: county, month and scheme."""
    scheme = course.scheme
    return f"{course.county} {course.now.period} {scheme.id} {scheme.version}"


def draw(course: Course, rule: Sampling, seed: str) -> tuple[Stratum, ...]:
    """The units to visit. Who has not reported has nothing to be checked, and is not drawn.

    Each unit has a number of its own, from the seed and its key; those with the least are drawn. No other unit and no
    order changes it, and it is the same with every version of anything.
    """
    units = course.now.assessment.units
    keys = unit_keys(units)
    groups: dict[str, list[int]] = {}
    if rule.strata is Strata.TIER:
        groups = {tier.name: [] for tier in sorted(course.scheme.tiering.tiers, key=lambda tier: -tier.number)}
    for place in range(len(units)):
        groups.setdefault(_stratum(course, place, rule.strata), []).append(place)
    found = []
    for name, places in groups.items():
        if not places:
            continue
        reported = [place for place in places if units.reported[place]]
        wanted = rule.share * len(reported)
        count = max(rule.least, -(-wanted.numerator // wanted.denominator))
        drawn = sorted(reported, key=lambda place: _number(seed, keys[place]))[:count]
        found.append(Stratum(name, len(places), len(reported), tuple(drawn)))
    return tuple(found)


def _number(seed: str, key: str) -> str:
    return hashlib.sha256(f"{seed}\n{key}".encode()).hexdigest()


def _stratum(course: Course, place: int, by: Strata) -> str:
    assessment = course.now.assessment
    match by:
        case Strata.TOWNSHIP:
            return assessment.units.township[place]
        case Strata.TIER:
            names = {tier.number: tier.name for tier in course.scheme.tiering.tiers}
            return names.get(int(assessment.tiers[place]), "—")
        case Strata.COUNTY:
            return course.county


def recorded(course: Course, finding: Finding) -> int:
    """What is recorded now of what was found: a ``Verdict``, or the state of a veto."""
    assessment = course.now.assessment
    return int((assessment.vetoes if finding.veto else assessment.verdicts)[finding.unit, finding.criterion])


def reported(course: Course, finding: Finding) -> int:
    """What the unit had reported when it was drawn: by the sheet of the visit, which nothing sent later changes."""
    return recorded(course, finding) if finding.told is None else finding.told


def visited(course: Course, strata: Sequence[Stratum], findings: Iterable[Finding]) -> Visited:
    """Hold what was found against what was reported."""
    assessment = course.now.assessment
    units = assessment.units
    drawn = [place for stratum in strata for place in stratum.drawn]
    townships: Mapping[str, list[int]] = {units.township[place]: [] for place in sorted(drawn)}
    for place in drawn:
        townships[units.township[place]].append(place)
    judged: list[Finding] = []
    incomparable: list[Finding] = []
    for finding in findings:
        (incomparable if reported(course, finding) < 0 else judged).append(finding)
    differences = [one for one in judged if one.met != (reported(course, one) == Verdict.MET)]
    changed = [one for one in [*judged, *incomparable] if reported(course, one) != recorded(course, one)]

    def rate(township: str | None, places: Sequence[int]) -> Rate:
        here = set(places)
        own = [one for one in judged if one.unit in here]
        return Rate(
            township,
            len(here),
            len({one.unit for one in [*own, *incomparable] if one.unit in here}),
            len(own),
            sum(1 for one in differences if one.unit in here),
        )

    rates = [rate(township, places) for township, places in townships.items()]
    return Visited((*rates, rate(None, drawn)), tuple(differences), tuple(incomparable), tuple(changed))


__all__ = [
    "DEFAULT",
    "Finding",
    "Rate",
    "Stratum",
    "Visited",
    "default_seed",
    "draw",
    "recorded",
    "reported",
    "visited",
]
