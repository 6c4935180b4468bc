"""名额: who holds a tier of which there are only so many places, and who holds it whatever the unknown comes to.

Places are given by what is proven (DESIGN §6.1): an unknown of a rival comes last, as everything unknown does. So a
place may hang on the blank of another unit, which is told from one that nobody can take any more (``assured``).
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from starcheck import expression as formulas
from starcheck.ledger import Ledger, Units, names_in
from starcheck.scheme import Quota, Scheme, Scope

Bools = NDArray[np.bool_]
Tiers = NDArray[Any]
Places = NDArray[np.intp]
"""Places of units."""
Points = Callable[[Places], list[Fraction]]
"""The exact points of some units; all alike where stars are counted."""
_Rank = tuple[Any, ...]
"""What orders units for a place, the first first."""

_ANYTHING: _Rank = ()
"""The rank of a unit of which nothing is known: it may come before everybody."""


@dataclass(frozen=True, slots=True)
class QuotaNotice:
    """A quota that cut through a tie: none of the tied took a place."""

    tier_name: str
    scope: str
    places: int
    tied: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class OpenPlaces:
    """Places of a quota that hang on what is unknown.

    ``holders`` hold them for now, ``rivals`` may yet come before those. ``waiting`` have none, and may get one: with
    more units there are more places, and who holds one may turn out not to be rated.
    """

    tier_name: str
    scope: str
    places: int
    holders: tuple[int, ...]
    rivals: tuple[int, ...]
    waiting: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """How units stand before quotas, at one end of what is unknown: tiers, and the points that order them."""

    tiers: Tiers
    points: Points


@dataclass(frozen=True, slots=True, eq=False)
class Standings:
    """How units may stand before quotas, by unit.

    ``shown`` is what is proven but for open vetoes, ``least`` with every open veto triggered, ``most`` with all that is
    unknown as good as can be, of what was not reported too. ``points_known`` where the points of ``least`` and ``most``
    are the same. ``partaking`` are the units that are rated for certain, ``possible`` those that may be.
    """

    shown: Standing
    least: Standing
    most: Standing
    points_known: Bools
    reported: Bools
    partaking: Bools
    possible: Bools


@dataclass(frozen=True, slots=True, eq=False)
class Assured:
    """The tiers that units hold after quotas whatever the unknown comes to, by unit.

    ``tiers`` with what is the unit's own as it is shown, ``least`` with the unit's own open vetoes triggered too.
    ``settled`` are the units of counties where nothing that decides about places is unknown.
    """

    tiers: Tiers
    least: Tiers
    settled: Bools
    open_places: tuple[OpenPlaces, ...]


def tier_number(scheme: Scheme, name: str) -> int:
    """The number of a tier by its name."""
    return next(tier.number for tier in scheme.tiering.tiers if tier.name == name)


def from_the_top(scheme: Scheme) -> list[tuple[int, Quota]]:
    """The quotas in force with the numbers of their tiers, the highest tier first: the displaced compete below."""
    numbered = [(tier_number(scheme, quota.tier_name), quota) for quota in scheme.tiering.quotas]
    return sorted(numbered, key=lambda pair: -pair[0])


def scopes(units: Units, scope: Scope) -> list[tuple[str, Places]]:
    """The groups within which places are counted, with their units: each county, or each township."""
    if scope is Scope.TOWNSHIP:
        return [(township, members) for (_, township), members in units.township_groups.items()]
    by_county: dict[str, list[Places]] = {}
    for (county, _), members in units.township_groups.items():
        by_county.setdefault(county, []).append(members)
    return [(county, np.sort(np.concatenate(members))) for county, members in by_county.items()]


def displaced(
    ledger: Ledger, quota: Quota, tiers: Tiers, standing: Standing, rated: Bools
) -> tuple[Tiers, list[QuotaNotice]]:
    """The ``tiers`` after one quota, per scope; the displaced compete in the next one.

    The order is tier (``standing``, before quotas displaced anybody), score, then the declared tie-breaks; an unknown
    tie-break comes last in either direction. Tied at the cut, none of the tied takes a place.
    """
    number = tier_number(ledger.scheme, quota.tier_name)
    lowered = tiers.copy()
    notices: list[QuotaNotice] = []
    keys = _tie_keys(ledger, quota, unknown=1)
    for name, members in scopes(ledger.units, quota.scope):
        here = members[rated[members]]
        places = _places(quota, len(here))
        candidates = here[tiers[here] == number]
        if len(candidates) <= places:
            continue
        ranks = _ranks(candidates, standing, keys)
        order = sorted(ranks, key=lambda unit: ranks[unit])
        cut = ranks[order[places]]
        tied = [unit for unit in order if ranks[unit] == cut]
        kept = places
        if places and ranks[order[places - 1]] == cut:
            kept = order.index(tied[0])
            notices.append(QuotaNotice(quota.tier_name, name, places, tuple(tied)))
        lowered[order[kept:]] = number - 1
    return lowered, notices


def assured(ledger: Ledger, tiers: Tiers, standings: Standings) -> Assured:
    """What of ``tiers``, those after the quotas, no unknown of any unit can take away any more.

    A unit holds its place for certain where fewer units than there are places may come before it or beside it. That
    errs to the careful side: a rival that would take a free place further up is counted all the same.
    """
    quotas = from_the_top(ledger.scheme)
    numbers = {number for number, _ in quotas}
    settled = _settled(ledger, standings, quotas)
    shown, least = standings.shown.tiers.astype(np.int64), standings.least.tiers.astype(np.int64)
    found: list[OpenPlaces] = []
    for number, quota in quotas:
        top = number
        while top + 1 in numbers:
            top += 1
        contest = _Contest(ledger, quota, number, top, standings)
        above = [one for other, one in quotas if number < other <= top]
        for name, members in scopes(ledger.units, quota.scope):
            if settled[members].all():
                continue
            places = _places(quota, int(np.count_nonzero(standings.partaking[members])))
            may = standings.possible[members] & (standings.most.tiers[members] >= number)
            rivals = members[may & (least[members] <= number)]
            if not len(rivals):
                continue
            best = contest.best(rivals)
            ordered = sorted(best.values())
            unsure: dict[int, _Rank] = {}
            for tried, standing in ((least, standings.least), (shown, standings.shown)):
                ranks = contest.ranks(members[tried[members] == number], standing)
                # of those up to its rank, one is the unit itself
                unsure = {unit: rank for unit, rank in ranks.items() if bisect_right(ordered, rank) > places}
                tried[list(unsure)] = number - 1
            holders = [unit for unit in unsure if tiers[unit] == number]
            ahead: list[int] = []
            if holders:
                last = max(unsure[unit] for unit in holders)
                ahead = [unit for unit in rivals.tolist() if best[unit] <= last and tiers[unit] != number]
            waiting = contest.waiting(members, tiers, above)
            if holders or waiting:
                found.append(OpenPlaces(quota.tier_name, name, places, tuple(holders), tuple(ahead), tuple(waiting)))
    return Assured(
        np.where(settled, tiers, np.minimum(shown, tiers)).astype(np.int8),
        np.where(settled, np.maximum(tiers, 0), least).astype(np.int8),
        settled,
        tuple(found),
    )


@dataclass(frozen=True, slots=True)
class _Contest:
    """For the places of one quota: who may come before whom.

    Units of the tiers from ``number`` to ``top`` may be displaced into it; who is above ``top`` stays there.
    """

    ledger: Ledger
    quota: Quota
    number: int
    top: int
    standings: Standings

    def ranks(self, units: Places, standing: Standing) -> dict[int, _Rank]:
        """The ranks of units as they stand at one end, an unknown tie-break last."""
        return _ranks(units, standing, _tie_keys(self.ledger, self.quota, unknown=1))

    def best(self, units: Places) -> dict[int, _Rank]:
        """The best rank each may come to, an unknown tie-break first."""
        most, reported = self.standings.most, self.standings.reported
        keys = _tie_keys(self.ledger, self.quota, unknown=-1)
        known = units[reported[units]]
        within = _ranks(known[most.tiers[known] <= self.top], most, keys)
        above: _Rank = (-self.top,)  # anywhere within the highest tier from which it may be displaced
        return {unit: within.get(unit, above if reported[unit] else _ANYTHING) for unit in units.tolist()}

    def waiting(self, members: Places, tiers: Tiers, above: Sequence[Quota]) -> list[int]:
        """Those of a scope that took no place, and may get one: fewer than there may be are ahead of them for certain.

        ``above`` are the quotas of the tiers between ``number`` and ``top``: whom they may hold does not compete here.
        """
        shown, least = self.standings.shown, self.standings.least
        lost = members[(shown.tiers[members] >= self.number) & (shown.tiers[members] <= self.top)]
        lost = lost[(tiers[lost] >= 0) & (tiers[lost] < self.number)]
        if not len(lost):
            return []
        possible = int(np.count_nonzero(self.standings.possible[members]))
        places = _places(self.quota, possible)
        seats = sum(_places(one, possible) for one in above if one.scope is self.quota.scope)
        if any(one.scope is not self.quota.scope for one in above):
            seats = len(members)
        sure = members[self.standings.partaking[members]]
        within = self.ranks(sure[(least.tiers[sure] >= self.number) & (least.tiers[sure] <= self.top)], least)
        own = sorted(rank for unit, rank in within.items() if least.tiers[unit] == self.number)
        higher = sorted(rank for unit, rank in within.items() if least.tiers[unit] > self.number)
        found = []
        for unit, rank in self.ranks(lost, shown).items():
            counted = unit in within and within[unit] <= rank
            ahead_here = bisect_right(own, rank) - (counted and least.tiers[unit] == self.number)
            ahead_above = bisect_right(higher, rank) - (counted and least.tiers[unit] > self.number)
            if ahead_here + max(0, ahead_above - seats) < places:
                found.append(unit)
        return found


def _places(quota: Quota, rated: int) -> int:
    """How many places there are for so many units that take part: a share is rounded down."""
    shared = math.floor((quota.share or Fraction(0)) * rated)
    if quota.count is None:
        return shared
    return quota.count if quota.share is None else min(quota.count, shared)


def _ranks(units: Places, standing: Standing, keys: Sequence[Callable[[int], _Rank]]) -> dict[int, _Rank]:
    return {
        unit: (-int(standing.tiers[unit]), -points, *(key(unit) for key in keys))
        for unit, points in zip(units.tolist(), standing.points(units), strict=True)
    }


def _tie_keys(ledger: Ledger, quota: Quota, *, unknown: int) -> list[Callable[[int], _Rank]]:
    """A sort key for each tie-break, exact; what is unknown comes last (1) or first (-1)."""

    def keyed(expression: formulas.Expression, sign: int) -> Callable[[int], _Rank]:
        names = names_in(expression)

        def key(unit: int) -> _Rank:
            value = formulas.evaluate_exact(expression, {name: ledger.operand(name, unit) for name in names})
            return (unknown, Fraction(0)) if value is None else (0, sign * Fraction(value))

        return key

    return [keyed(tie.expression, -1 if tie.descending else 1) for tie in quota.tie_breaks]


def unknown_tie_breaks(ledger: Ledger, quota: Quota, unit: int) -> list[str]:
    """The inputs of a quota's tie-breaks that are unknown of a unit, so that it comes last among its equals."""
    names = dict.fromkeys(name for tie in quota.tie_breaks for name in names_in(tie.expression))
    return [name for name in names if ledger.operand(name, unit) is None]


def _settled(ledger: Ledger, standings: Standings, quotas: Sequence[tuple[int, Quota]]) -> Bools:
    """The units of counties where nothing is unknown that decides about places."""
    low, high = standings.least, standings.most
    known = (low.tiers == high.tiers) & standings.points_known & (standings.partaking == standings.possible)
    for number, values in _tie_values(ledger, quotas):
        known &= values | (high.tiers < number)
    known = ~standings.possible | (known & standings.reported)
    settled = np.zeros(len(known), bool)
    for _, members in scopes(ledger.units, Scope.COUNTY):
        settled[members] = known[members].all()
    return settled


def _tie_values(ledger: Ledger, quotas: Sequence[tuple[int, Quota]]) -> Iterator[tuple[int, Bools]]:
    """Of which units each tie-break is known, with the number of its tier."""
    for number, quota in quotas:
        for tie in quota.tie_breaks:
            inputs = {name: ledger.columns[name] for name in names_in(tie.expression)}
            yield (
                number,
                formulas.evaluate(tie.expression, inputs, {name: ledger.unit_of(name) for name in inputs}).known,
            )
