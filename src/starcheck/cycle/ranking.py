"""月度排名: townships, departments and units in the order of a declared measure.

Every measure is an exact interval: its least and its most, the same where everything it hangs on is known. Who is
compared are placed by what cannot be otherwise: a place is a number where it is certain, else from-to. Equal values
share a place; nothing is rounded before (DESIGN §5.6). Each measure is taken to come out by itself: where two hang on
the same missing data (departments, on the same villages; townships, on the places of a quota) from-to may be wider than
need be, never too narrow.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from starcheck.column import Reason, Verdict
from starcheck.cycle.course import ABSENT, Course, RatedMonth
from starcheck.ledger import Units
from starcheck.register import TOWNSHIP_DIGITS
from starcheck.scheme import Absent, Method, RankedBy, RankedOf, Ranking, Scheme, Unproven, WithoutTier
from starcheck.scoring import LIT, OPEN, Assessment

Interval = tuple[Fraction, Fraction]
"""The least and the most a measure can be."""

Bools = NDArray[np.bool_]

SHARES = frozenset({RankedBy.TARGET, RankedBy.REACHED, RankedBy.LIT, RankedBy.MET})
"""Measures that are shares of a whole, shown in percent."""

DEFAULT = Ranking.model_validate({"名称": "乡镇排名", "对象": "乡镇", "按": "平均星级"})
"""What townships are ranked by where a scheme declares nothing."""


@dataclass(frozen=True, slots=True)
class Missing:
    """Units of a township that a measure hangs on, by their rows: not reported, or with something unknown."""

    period: str
    township: str
    absent: frozenset[int]
    open: frozenset[int]


@dataclass(frozen=True, slots=True)
class Standing:
    """One of those compared, in one month.

    ``value`` None has nothing that counts: no place. ``best`` and ``worst`` are the places it may have, the same where
    it is certain. ``shared`` says that others have the very same place for certain. Of its ``units`` the ``absent``
    have not reported, ``without`` are left without a tier (不参评), and in ``open`` something is unknown. ``alike`` is
    the tag within which it is ranked. ``missing`` is what keeps the value from being one number, or from being at all.
    """

    name: str
    township: str | None
    alike: str | None
    value: Interval | None
    best: int | None
    worst: int | None
    shared: bool
    units: int
    absent: int
    without: int
    open: int
    missing: tuple[Missing, ...] = ()
    code: str | None = None
    """A unit's code, or what the codes of a township's units, and no other's, begin with: names may change."""

    @property
    def key(self) -> tuple[str, str]:
        """What it is called, among those of one month."""
        return self.township or "", self.name


class _Known(Protocol):
    """What has a name, and maybe a code, in one month."""

    @property
    def key(self) -> tuple[str, str]: ...

    @property
    def code(self) -> str | None: ...


_Here = TypeVar("_Here", bound=_Known)


class _Directory(Generic[_Here]):
    """Those of one month, for who asks from another one.

    A unit is known by its code, by its name where either month has none; a township by its name, else by its code.
    """

    def __init__(self, of: RankedOf, those: Iterable[_Here]) -> None:
        listed = tuple(those)
        self._of = of
        self._named = {one.key: one for one in listed}
        self._coded = {one.code: one for one in listed if one.code}

    def find(self, asked: _Known) -> _Here | None:
        named = self._named.get(asked.key)
        coded = self._coded.get(asked.code) if asked.code else None
        if self._of is not RankedOf.UNIT:
            return named or coded
        another = named is not None and named.code and asked.code
        return coded or (None if another else named)


@dataclass(frozen=True)
class RankedMonth:
    """A ranking of one month, from the first place on; of ``alike`` groups one after the other."""

    ranking: Ranking
    period: str
    standings: tuple[Standing, ...]
    without_weight: int = 0
    """Units that do not count because their 加权 is unknown."""
    measured: bool = True
    """Whether the standard of that month knows what is measured; where it does not, nobody has a value."""

    def find(self, asked: Standing) -> Standing | None:
        """How one of those compared in another month stood in this one, None if it was not there."""
        return self._directory.find(asked)

    @cached_property
    def _directory(self) -> _Directory[Standing]:
        return _Directory(self.ranking.of, self.standings)


def rank(course: Course, ranking: Ranking) -> RankedMonth:
    """The places of the course's last month; an 进步 is the difference to the month before, and none without it."""
    known: dict[Ranking, RankedMonth] = course.worked_out
    if ranking not in known:
        known[ranking] = _ranked(course, ranking)
    return known[ranking]


def _ranked(course: Course, ranking: Ranking) -> RankedMonth:
    members = tuple(_members(course.now, ranking))
    measures, weightless = _measures(course, ranking, members)
    if ranking.improvement:
        before = _before(course, ranking)
        measures = [_difference(now, before(one)) for one, now in zip(members, measures, strict=True)]
    standings = _in_order(_placed(course.now.assessment, members, measures))
    return RankedMonth(ranking, course.now.period, tuple(standings), weightless, _knows(course.now, ranking))


def _placed(assessment: Assessment, members: Sequence[_Member], measures: Sequence[_Measure]) -> list[Standing]:
    """The standings of members among their likes, in the order of ``members``."""
    found: dict[int, Standing] = {}
    for alike in dict.fromkeys(member.alike for member in members):
        here = [place for place, member in enumerate(members) if member.alike == alike]
        where = places([measures[place].value for place in here])
        for place, one in zip(here, where, strict=True):
            found[place] = _standing(assessment, members[place], measures[place], one)
    return [found[place] for place in range(len(members))]


def of_one_month(scheme: Scheme) -> Ranking | None:
    """By what townships are ranked by one month alone; None where it does not tell, or tiers do not rank.

    The first declared ranking of townships that neither compares with the month before (进步) nor may have to look back
    at what units said of their weight (加权); the default where none is declared.
    """
    if not scheme.tiering.ranked:
        return None
    declared = [ranking for ranking in scheme.monthly.rankings if ranking.of is RankedOf.TOWNSHIP]
    if not declared:
        return DEFAULT
    return next((ranking for ranking in declared if not ranking.improvement and ranking.weight is None), None)


def standings_in(
    assessment: Assessment, ranking: Ranking, groups: Sequence[tuple[str, str | None, NDArray[np.intp]]]
) -> list[Standing]:
    """How groups of units stand by a ranking of one month: each with its name, its likes, and its units' places."""
    measured = _Measured("", assessment, ranking)
    columns = _columns(assessment, ranking)
    members = [_Member(name, None, alike, rows, columns) for name, alike, rows in groups]
    return _placed(assessment, members, [measured.mean(member.rows, columns) for member in members])


@dataclass(frozen=True, slots=True)
class _Measure:
    """The measure of one of those compared, and what keeps it from being one number, or from being at all."""

    value: Interval | None
    missing: tuple[Missing, ...]


def _before(course: Course, ranking: Ranking) -> Callable[[_Member], _Measure | None]:
    """What each measured last month; None where it was not there, or nothing is recorded of it."""
    earlier = course.last_month
    members = () if earlier is None else tuple(_members(earlier.now, ranking))
    measures = [] if earlier is None else _measures(earlier, ranking, members)[0]
    directory = _Directory(ranking.of, members)
    measured = dict(zip((member.key for member in members), measures, strict=True))

    def before(asked: _Member) -> _Measure | None:
        then = directory.find(asked)
        return None if then is None else measured[then.key]

    return before


def _difference(now: _Measure, before: _Measure | None) -> _Measure:
    if before is None or (before.value is None and not before.missing):
        return _Measure(None, ())
    missing = (*before.missing, *now.missing)
    if now.value is None or before.value is None:
        return _Measure(None, missing)
    return _Measure((now.value[0] - before.value[1], now.value[1] - before.value[0]), missing)


# --- places -----------------------------------------------------------------------------------------------------------


Place = tuple[int, int, bool] | None
"""The best and the worst place, and whether it is certainly shared; None without a value."""


def places(values: Sequence[Interval | None]) -> list[Place]:
    """The places that each may have whatever the values between their ends turn out: highest first, equals share."""
    known = [value for value in values if value is not None]
    lows, highs = sorted(low for low, _ in known), sorted(high for _, high in known)
    settled = Counter(low for low, high in known if low == high)
    found: list[Place] = []
    for value in values:
        if value is None:
            found.append(None)
            continue
        low, high = value
        above = len(lows) - bisect_right(lows, high)
        # of those that may be above, it is one itself where its own ends differ
        perhaps = len(highs) - bisect_right(highs, low) - (high > low)
        certain = low == high and settled[low] > 1
        found.append((above + 1, perhaps + 1, certain))
    return found


def _in_order(standings: Sequence[Standing]) -> Iterator[Standing]:
    """By place within the likes; who shares it in the order of the register; without a place last."""
    for alike in dict.fromkeys(standing.alike for standing in standings):
        here = [standing for standing in standings if standing.alike == alike]
        last = len(here) + 1
        yield from sorted(here, key=lambda one: (one.best or last, one.worst or last))


# --- who is compared, and by what -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class _Member:
    """One of those compared: its units, and of departments the columns that are its own."""

    name: str
    township: str | None
    alike: str | None
    rows: NDArray[np.intp]
    columns: tuple[int, ...] = ()
    code: str | None = None

    @property
    def key(self) -> tuple[str, str]:
        return self.township or "", self.name


def _members(month: RatedMonth, ranking: Ranking) -> Iterator[_Member]:
    assessment = month.assessment
    units, scheme = assessment.units, assessment.scheme
    everyone = np.arange(len(units))
    match ranking.of:
        case RankedOf.TOWNSHIP:
            columns = _columns(assessment, ranking)
            codes = [_township_code(units, rows) for rows in units.township_groups.values()]
            shared = Counter(codes)
            for ((_, township), rows), code in zip(units.township_groups.items(), codes, strict=True):
                yield _Member(township, None, None, rows, columns, code if shared[code] == 1 else None)
        case RankedOf.UNIT:
            columns = _columns(assessment, ranking)
            for place in everyone.tolist():
                alike = next((tag for tag in ranking.alike if tag in units.tags[place]), "") if ranking.alike else None
                yield _Member(
                    units.name[place],
                    units.township[place],
                    alike,
                    np.array([place], np.intp),
                    columns,
                    units.code[place],
                )
        case RankedOf.LEAD:
            for lead in dict.fromkeys(star.lead for star in scheme.stars if star.lead):
                led = {star.name for star in scheme.stars if star.lead == lead}
                own = tuple(place for place, star in enumerate(scheme.stars) if star.name in led)
                if ranking.by is RankedBy.MET:
                    own = tuple(place for place in _items(assessment) if _star_of(assessment, place) in led)
                yield _Member(lead, None, None, everyone, own)
        case RankedOf.OWNER:
            for owner in dict.fromkeys(part.owner for part in scheme.criteria if part.owner):
                named = [place for place, part in enumerate(scheme.criteria) if part.owner == owner]
                # of a department that has tasks of others' items only, those
                own = tuple(place for place in named if place in _items(assessment)) or tuple(named)
                yield _Member(owner, None, None, everyone, own)


def _township_code(units: Units, rows: NDArray[np.intp]) -> str | None:
    """The digits of the township that all its units' codes begin with."""
    begin, *others = {(units.code[row] or "")[:TOWNSHIP_DIGITS] for row in rows.tolist()}
    return None if others or not begin else begin


def _columns(assessment: Assessment, ranking: Ranking) -> tuple[int, ...]:
    """The stars, or the items, that a measure of them counts."""
    return tuple(range(len(assessment.scheme.stars))) if ranking.by is RankedBy.LIT else _items(assessment)


def _items(assessment: Assessment) -> tuple[int, ...]:
    """Where the criteria stand that stars are lit by, without their tasks."""
    scheme = assessment.scheme
    return tuple(place for place, part in enumerate(scheme.criteria) if part.id not in scheme.item_of)


def _star_of(assessment: Assessment, place: int) -> str:
    scheme = assessment.scheme
    return scheme.star_of[scheme.criteria[place].id].name


def _measures(course: Course, ranking: Ranking, members: Sequence[_Member]) -> tuple[list[_Measure], int]:
    """The measure of each in the course's last month, and how many units have no weight to count with."""
    if not _knows(course.now, ranking):
        return [_Measure(None, ())] * len(members), 0
    weights = _weights(course, ranking.weight)
    measured = _Measured(course.now.period, course.now.assessment, ranking, weights)
    weightless = 0 if weights is None else sum(1 for weight in weights if weight is None)
    return [measured.mean(member.rows, member.columns) for member in members], weightless


class _Measured:
    """What each unit contributes to a measure, [least, most], and for how many things it counts."""

    def __init__(
        self,
        period: str,
        assessment: Assessment,
        ranking: Ranking,
        weights: Sequence[Fraction | None] | None = None,
    ) -> None:
        self.period = period
        self.assessment = assessment
        self.ranking = ranking
        units = assessment.units
        self.counted = np.ones(len(units), bool)
        self.optional = np.zeros(len(units), bool)
        if ranking.absent is Absent.NOT_COUNTED:
            self.counted &= units.reported
        if ranking.without_tier is WithoutTier.NOT_COUNTED:
            self.counted &= ~assessment.excluded
            if ranking.unproven is Unproven.RANGE:
                self.optional = assessment.may_be_excluded
        self.weights = weights
        if self.weights is not None:
            self.counted &= np.array([weight is not None for weight in self.weights], bool)

    def mean(self, everyone: NDArray[np.intp], columns: tuple[int, ...]) -> _Measure:
        """The weighted mean over the units that count; no value where none does."""
        rows = everyone[self.counted[everyone]]
        least, most, counts = self.ends(rows, columns)
        if self.weights is not None:
            weights = [self.weights[row] or Fraction(0) for row in rows.tolist()]
            least, most, counts = (
                [weight * end for weight, end in zip(weights, ends, strict=True)] for ends in (least, most, counts)
            )
        optional = self.optional[rows]
        low, high = _mean(least, counts, optional), _mean(most, counts, optional, highest=True)
        if low is None or high is None:
            return _Measure(
                None, self._missing(everyone[self.optional[everyone] | ~self.assessment.units.reported[everyone]])
            )
        unsure = [place for place, one in enumerate(least) if one != most[place] or (optional[place] and counts[place])]
        return _Measure((low, high), self._missing(rows[unsure]))

    def _missing(self, rows: NDArray[np.intp]) -> tuple[Missing, ...]:
        units = self.assessment.units
        here: dict[str, tuple[set[int], set[int]]] = {}
        for row in rows.tolist():
            here.setdefault(units.township[row], (set(), set()))[bool(units.reported[row])].add(row)
        return tuple(
            Missing(self.period, township, frozenset(absent), frozenset(unknown))
            for township, (absent, unknown) in here.items()
        )

    def ends(self, rows: NDArray[np.intp], columns: tuple[int, ...]) -> tuple[_Numbers, _Numbers, _Numbers]:
        """Of each unit its share of the sum, least and most, and how many things it counts for."""
        assessment, ranking = self.assessment, self.ranking
        ranged = ranking.unproven is Unproven.RANGE
        if ranking.by in {RankedBy.LIT, RankedBy.MET}:
            return self._of_columns(rows, columns, ranged=ranged)
        if ranking.by is RankedBy.SCORE:
            return self._scores(rows, ranged=ranged)
        low, high = self._tiers(rows, ranged=ranged)
        most_of_all = 1
        counts = np.ones(len(rows), np.intp)
        if ranking.by is RankedBy.TIER:
            most_of_all = max(tier.number for tier in assessment.scheme.tiering.tiers)
        elif ranking.by is RankedBy.TARGET:
            target = assessment.units.target[rows]
            low, high, counts = low >= target, high >= target, (target >= 0).astype(np.intp)
        else:
            line = _tier_of(assessment, ranking.reached)
            low, high = low >= line, high >= line
        reported, excluded = assessment.units.reported[rows], assessment.excluded[rows]
        absent = most_of_all if ranking.absent is Absent.RANGE else 0
        rated = reported & ~excluded
        least = np.where(rated, low, 0) * counts
        most = np.where(rated, high, np.where(reported, 0, absent)) * counts
        return least.tolist(), most.tolist(), counts.tolist()

    def _scores(self, rows: NDArray[np.intp], *, ranged: bool) -> tuple[_Numbers, _Numbers, _Numbers]:
        """The points, as they are shown with 15 digits."""
        assessment = self.assessment
        assert assessment.scores is not None
        assert assessment.least_scores is not None
        lowest = dict(zip(rows.tolist(), self._lowest(rows).tolist(), strict=True))
        absent = _full_marks(assessment) if self.ranking.absent is Absent.RANGE else Fraction(0)
        least, most = [], []
        for row in rows.tolist():
            low, high = Fraction(0), Fraction(0)
            if not assessment.units.reported[row]:
                high = absent
            elif not assessment.excluded[row]:
                low, high = (Fraction(f"{end:.15g}") for end in assessment.scores[row].tolist())
                if not ranged:
                    high = low
                else:
                    low = Fraction(0) if lowest[row] else Fraction(f"{assessment.least_scores[row]:.15g}")
            least.append(low)
            most.append(high)
        return least, most, [1] * len(rows)

    def _tiers(self, rows: NDArray[np.intp], *, ranged: bool) -> tuple[NDArray[Any], NDArray[Any]]:
        """What is proven; in a range from what nothing unknown can take, open vetoes too, to what it may come to."""
        assessment = self.assessment
        tiers = np.maximum(assessment.tiers[rows], 0).astype(np.intp)
        if not ranged:
            return tiers, tiers
        least = np.where(self._lowest(rows), 0, assessment.least[rows]).astype(np.intp)
        return np.maximum(least, 0), assessment.reachable[rows].astype(np.intp)

    def _lowest(self, rows: NDArray[np.intp]) -> Bools:
        """Of which units it is open whether they are rated, where those that are not count as the lowest (按最低)."""
        if self.ranking.without_tier is WithoutTier.NOT_COUNTED:
            return np.zeros(len(rows), bool)
        return np.asarray(self.assessment.may_be_excluded[rows])

    def _of_columns(
        self, rows: NDArray[np.intp], columns: tuple[int, ...], *, ranged: bool
    ) -> tuple[_Numbers, _Numbers, _Numbers]:
        """Stars that are lit, or items that are met, of those that count; of a unit that is 不参评 none is."""
        assessment, ranking = self.assessment, self.ranking
        reported, excluded = assessment.units.reported[rows], assessment.excluded[rows]
        if ranking.by is RankedBy.LIT:
            states = assessment.stars[rows][:, list(columns)]
            sure, still = (states == LIT).sum(axis=1), (states == OPEN).sum(axis=1)
            if ranged:
                lit = assessment.surely_lit[rows][:, list(columns)].sum(axis=1)
                sure, still = lit, still + sure - lit
            still = np.where(reported, still, len(columns))
            counts = np.full(len(rows), len(columns))
        else:
            # of a unit that has not reported it is known what is asked of it
            verdicts = assessment.counts_as(rows, columns)
            sure, still = (verdicts == Verdict.MET).sum(axis=1), (verdicts == Verdict.UNKNOWN).sum(axis=1)
            counts = (verdicts != Verdict.NOT_APPLICABLE).sum(axis=1)
        may_be = np.where(reported, ranged, ranking.absent is Absent.RANGE)
        most = np.where(excluded, 0, sure + np.where(may_be, still, 0))
        least = np.where(excluded | (ranged & self._lowest(rows)), 0, sure)
        return least.tolist(), most.tolist(), counts.tolist()


_Numbers = Sequence[Fraction | int]


def _mean(parts: _Numbers, counts: _Numbers, optional: Bools, *, highest: bool = False) -> Fraction | None:
    """The sum of ``parts`` by the sum of ``counts``, the least there is, or the highest, if some may be left out.

    Who may be left out is counted in where that lowers (raises) the mean: those farthest off come first. None where
    nothing counts for certain, so that there may be no mean.
    """
    left_out = optional.tolist()
    surely = [place for place, one in enumerate(left_out) if not one]
    total, whole = (Fraction(sum(numbers[place] for place in surely)) for numbers in (parts, counts))
    if not whole:
        return None
    sign = 1 if highest else -1
    maybe = [
        (Fraction(parts[place]) / counts[place], place) for place, one in enumerate(left_out) if one and counts[place]
    ]
    for value, place in sorted(maybe, key=lambda one: -sign * one[0]):
        if sign * (value - total / whole) <= 0:
            break
        total, whole = total + parts[place], whole + counts[place]
    return total / whole


def _knows(month: RatedMonth, ranking: Ranking) -> bool:
    """Whether a month's standard has what is measured: another version may have had no such tier, or no points."""
    tiering = month.assessment.scheme.tiering
    if ranking.by is RankedBy.SCORE:
        return tiering.method is Method.SCORE
    return ranking.by is not RankedBy.REACHED or any(tier.name == ranking.reached for tier in tiering.tiers)


def _tier_of(assessment: Assessment, name: str | None) -> int:
    return next(tier.number for tier in assessment.scheme.tiering.tiers if tier.name == name)


def _full_marks(assessment: Assessment) -> Fraction:
    """All the points there are: the most that a unit that has not reported may turn out to have."""
    total = Fraction(0)
    for part in assessment.scheme.criteria:
        total += Fraction(part.points or 0)
        if part.bonus is not None:
            total += Fraction(part.bonus.at_most or part.bonus.points)
    return total


def _weights(course: Course, field: str | None) -> list[Fraction | None] | None:
    """How much each unit of the last month counts; of one that says nothing what it last said. None: all alike.

    So that a unit does not drop out of the mean of its township by not reporting.
    """
    if field is None:
        return None
    size = len(course.now.assessment.units)
    weights: list[Fraction | None] = [None] * size
    for month, places_then in zip(reversed(course.months), reversed(course.places), strict=True):
        if field not in month.assessment.ledger.columns:
            continue
        column = month.assessment.ledger.columns[field]
        for row, then in enumerate(places_then[:size].tolist()):
            if weights[row] is None and then != ABSENT and column.reason[then] == Reason.KNOWN:
                weight = month.assessment.ledger.exact(field, then)
                weights[row] = weight if weight is not None and weight >= 0 else None
    return weights


def _standing(assessment: Assessment, member: _Member, measure: _Measure, where: Place) -> Standing:
    rows = member.rows
    best, worst, shared = where if where is not None else (None, None, False)
    reported = assessment.units.reported[rows]
    return Standing(
        name=member.name,
        township=member.township,
        alike=member.alike,
        value=measure.value,
        best=best,
        worst=worst,
        shared=shared,
        units=len(rows),
        absent=int(np.count_nonzero(~reported)),
        without=int(np.count_nonzero(assessment.excluded[rows])),
        open=int(np.count_nonzero(assessment.provisional[rows] & reported)),
        missing=measure.missing,
        code=member.code,
    )


__all__ = [
    "DEFAULT",
    "SHARES",
    "Interval",
    "Missing",
    "RankedMonth",
    "Standing",
    "of_one_month",
    "places",
    "rank",
    "standings_in",
]
