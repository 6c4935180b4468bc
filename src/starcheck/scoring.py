"""Ledger × scheme → assessment. Pure: no file, no clock, no printing, and no number of its own.

A criterion is judged for all units at once into an ``int8`` column; stars, tiers and gaps are arithmetic over that
matrix. The rules are DESIGN §5 and §6.1. Where a value lies close to a threshold the decision is made on exact
rationals; elsewhere floats decide.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from starcheck.column import Column, Kind, Reason, Verdict, exact, over_columns
from starcheck.diagnostic import Diagnostic, Location, Text
from starcheck.grouping import Grouped, TierEnds, grouped
from starcheck.ledger import (
    Ledger,
    Units,
    by_any_day,
    check_relations,
    criterion_of,
    of_another_kind,
    on_day,
    share_scale,
)
from starcheck.quotas import (
    Assured,
    OpenPlaces,
    QuotaNotice,
    Standing,
    Standings,
    displaced,
    from_the_top,
    scopes,
)
from starcheck.quotas import assured as assured_by
from starcheck.scheme import (
    ALL_TASKS,
    BestEnd,
    Criterion,
    EffectKind,
    ExemptPolicy,
    LightRule,
    Method,
    Operator,
    Requirement,
    Scheme,
    Star,
    Trigger,
    criterion_range,
)

LIT, UNLIT, OPEN = 1, 0, -1
"""Star states: 点亮, 未亮, 待核实."""

NO_TIER = -1

_NEAR = 1e-9
"""Relative distance to a threshold within which a float does not decide."""

_DIGITS = 1e15
"""Whole numbers below are themselves by 15 significant digits."""

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]


class LossKind(Enum):
    """Through what a unit's tier is lower than its lit stars."""

    CAP = "cap"
    VETO = "veto"
    EXCLUSION = "exclusion"
    QUOTA = "quota"


@dataclass(frozen=True, slots=True, eq=False)
class Loss:
    """Stars lost to one cap, veto or quota, over all units; each counts what it lowers further (DESIGN §5.8)."""

    kind: LossKind
    label: Text
    lost: NDArray[np.int8]
    """Stars by unit."""

    @property
    def stars(self) -> int:
        """Over all units."""
        return int(self.lost.sum(dtype=np.int64))

    @property
    def units(self) -> int:
        """How many units it took stars from."""
        return int(np.count_nonzero(self.lost))


@dataclass(frozen=True, eq=False)
class Assessment:
    """评定结果 of a ledger by a scheme. Arrays have one row per unit, in the order of ``units``.

    ``verdicts`` (units, criteria) of ``Verdict`` and ``reasons`` of ``Reason``; tasks (任务) have columns of their own,
    after their item's. ``stars`` (units, stars) after 熄灭, ``own_stars`` before. ``tiers`` and ``reachable`` are -1
    for a unit without one: not reported, or 不参评 (``excluded``). Where tiers do not rank (排名: 否) a lower bound
    proves none of them: a unit whose tier hangs on what is unknown has none either (``undecided``). ``scores``,
    ``star_scores`` and ``earned`` (by 编号) hold [unknown as unmet, unknown as met], None or nothing where the
    scheme has no points there; what 平均 gives for an exempt criterion is in ``averaged``, by 编号, where any does, and
    not in ``earned``. ``vetoes``: 1 triggered, 0 clear, -1 unknown. ``assured`` is the tier that a quota
    cannot take from a unit whatever the unknown of others comes to; ``least`` the one that its own open vetoes cannot
    take either, as long as it is rated (``may_be_excluded``), as ``least_scores`` are its points. A unit is
    ``provisional`` by its items and vetoes, and by points that count and are still open, whatever a task that decides
    nothing may be; and where it is ``contested``: nothing of its own is unknown, but whether it has a place under a
    quota hangs on others. ``scheme``
    is the scheme as it is on ``as_of``.
    """

    scheme: Scheme
    as_of: date
    ledger: Ledger
    verdicts: NDArray[np.int8]
    reasons: NDArray[np.int8]
    own_stars: NDArray[np.int8]
    stars: NDArray[np.int8]
    earned: Mapping[str, Floats]
    averaged: Mapping[str, Floats]
    star_scores: Floats | None
    scores: Floats | None
    vetoes: NDArray[np.int8]
    veto_reasons: NDArray[np.int8]
    tiers: NDArray[np.int8]
    reachable: NDArray[np.int8]
    assured: NDArray[np.int8]
    least: NDArray[np.int8]
    least_scores: Floats | None
    excluded: Bools
    provisional: Bools
    contested: Bools
    capped_tier: Bools
    capped_reachable: Bools
    losses: tuple[Loss, ...]
    notices: tuple[QuotaNotice, ...]
    open_places: tuple[OpenPlaces, ...]
    diagnostics: tuple[Diagnostic, ...]
    groups: tuple[Grouped, ...] = ()

    @property
    def units(self) -> Units:
        """The units, in the order of every array here."""
        return self.ledger.units

    @cached_property
    def undecided(self) -> Bools:
        """待核实: reported units without a tier as long as something is unknown; never where tiers rank."""
        return np.asarray((self.tiers == NO_TIER) & (self.reachable != NO_TIER))

    @cached_property
    def may_be_excluded(self) -> Bools:
        """Of which units a veto is open that leaves without a rating (不参评)."""
        excluding = _excluding(self.scheme)
        return np.asarray(self.units.reported & ~self.excluded & (self.vetoes == OPEN)[:, excluding].any(axis=1))

    @cached_property
    def surely_lit(self) -> Bools:
        """Stars that are lit and that no open veto can put out; by unit."""
        return np.asarray(_extinguish(self.scheme, self.stars, _triggered(self.vetoes)) == LIT)

    def gap(self, place: int, rows: NDArray[np.intp] | None = None) -> Floats:
        """How far units are from the numeric requirement of a criterion that they do not meet, in its unit; else nan.

        Of an item of tasks how many it lacks for certain, if all that are unknown were met.

        ``place`` is the criterion's in the scheme; ``rows`` None asks for all units.
        """
        criterion = self.scheme.criteria[place]
        requirement = criterion.in_force(self.as_of)
        verdicts = self.verdicts[:, place] if rows is None else self.verdicts[rows, place]
        if requirement is None or not criterion.kind.numeric:
            return np.full(len(verdicts), np.nan)
        column = self.values(criterion.id)
        values = column.values
        if criterion.tasks:
            places = [self.scheme.criteria.index(task) for task in criterion.tasks]
            below = self.counts_as(np.arange(len(self.units)) if rows is None else rows, places)
            wanted = _wanted(requirement, (below != Verdict.NOT_APPLICABLE).sum(axis=1))
            # what is unknown may be met, but for 必备 tasks that are not it does not help
            settled = (below == Verdict.MET) | (below == Verdict.UNKNOWN)
            essential = np.array([task.essential for task in criterion.tasks])
            stuck = ((below == Verdict.UNMET) & essential).sum(axis=1)
            lacking = np.maximum(wanted - settled.sum(axis=1), stuck).astype(np.float64)
            return np.where(verdicts == Verdict.UNMET, lacking, np.nan)
        known = column.known
        if rows is not None:
            values, known = values[rows], known[rows]
        stored = criterion.expression is None
        gap = _gap(values, requirement, stored=stored, whole=stored and criterion.kind is Kind.INTEGER)
        return np.where((verdicts == Verdict.UNMET.value) & known, gap, np.nan)

    def values(self, criterion: str) -> Column:
        """The criterion's values as shown, in its unit; of an item of tasks how many are met."""
        return self.ledger.columns[criterion]

    def counts_as(self, rows: NDArray[np.intp], places: Sequence[int] | None = None) -> NDArray[np.int8]:
        """Verdicts of ``rows`` on the criteria at ``places``, None for all, as they count.

        An exempted one counts as 达标 or 未达标 where its policy says so.
        """
        wanted = range(len(self.scheme.criteria)) if places is None else places
        return np.stack([self.counted(place, rows) for place in wanted], axis=1)

    def counted(self, place: int, rows: NDArray[np.intp] | None = None) -> NDArray[np.int8]:
        """The same for one criterion, and where ``rows`` is None for all units: then it must not be changed."""
        where = slice(None) if rows is None else rows
        verdicts = self.verdicts[where, place]
        chain = self._exempting(place)
        if not any(part.exempt_policy in _COUNTED for part in chain):
            return verdicts
        exempt = self.reasons[where, place] == Reason.EXEMPT.value
        counts = verdicts.copy()
        for part in chain:
            counts[exempt & self.units.having(part.exempt_tags)[where]] = _COUNTED.get(part.exempt_policy, _UNCOUNTED)
        for part in chain:
            if part.exempt_policy not in _COUNTED:
                counts[exempt & self.units.having(part.exempt_tags)[where]] = _UNCOUNTED
        if self.scheme.criteria[place].only_bonus:
            counts[exempt & (counts == Verdict.UNMET)] = _UNCOUNTED
        return counts

    def exempt(self, place: int, rows: NDArray[np.intp] | None = None) -> Bools | None:
        """The units that a criterion's tags exempt, as ``counted`` has them; None where it has no such tags."""
        if not self._exempting(place):
            return None
        return np.equal(self.reasons[slice(None) if rows is None else rows, place], Reason.EXEMPT.value)

    def _exempting(self, place: int) -> list[Criterion]:
        """A criterion, and what it is part of, so far as they exempt units by their tags (不适用于)."""
        return [part for part in self.scheme.upward(self.scheme.criteria[place]) if part.exempt_tags]


_COUNTED = {ExemptPolicy.MET: Verdict.MET, ExemptPolicy.UNMET: Verdict.UNMET}
"""Policies by which an exempted criterion counts."""
_UNCOUNTED = Verdict.NOT_APPLICABLE


@dataclass(frozen=True, eq=False)
class _Judged:
    """One criterion over all units: the verdict shown, why, and what it counts as (-2: does not count).

    ``kind_open`` are the units of which it is not known whether they are of a kind that it is for (适用于).
    """

    verdict: NDArray[np.int8]
    reason: NDArray[np.int8]
    counts_as: NDArray[np.int8]
    averaged: Bools
    kind_open: Bools

    @cached_property
    def loose(self) -> Bools:
        """The units for which it counts now, and may turn out not to; asked for unit by unit where points are exact."""
        loose: Bools = self.kind_open & (self.counts_as != _UNCOUNTED)
        return loose


def assess(ledger: Ledger, as_of: date) -> Assessment:
    """Rate every unit of ``ledger`` by its scheme on ``as_of``."""
    scheme = ledger.scheme.on(as_of)
    ledger = on_day(ledger, as_of)
    ledger = ledger if scheme is ledger.scheme else replace(ledger, scheme=scheme)
    size = len(ledger.units)
    verdicts, reasons = _matrix(size, len(scheme.criteria)), _matrix(size, len(scheme.criteria))

    def kept(place: int, result: _Judged) -> _Judged:
        """A result in the matrix alone: over a nation each array is the largest there is."""
        verdicts[:, place] = result.verdict
        if result.reason.any():
            reasons[:, place] = result.reason
        same = result.counts_as is result.verdict
        counts_as = verdicts[:, place] if same else result.counts_as
        return replace(result, verdict=verdicts[:, place], reason=reasons[:, place], counts_as=counts_as)

    alone = [place for place, criterion in enumerate(scheme.criteria) if not criterion.tasks]
    results = over_columns(lambda place: kept(place, _judge(ledger, scheme.criteria[place], as_of)), alone, size)
    judged = {scheme.criteria[place].id: result for place, result in zip(alone, results, strict=True)}
    counted: dict[str, Column] = {}
    for place, criterion in reversed([*enumerate(scheme.criteria)]):
        # what lies below an item comes after it
        if criterion.tasks:
            result, counted[criterion.id] = _judge_tasks(ledger, criterion, judged, as_of)
            judged[criterion.id] = kept(place, result)
    if counted:
        ledger = replace(ledger, columns={**ledger.columns, **counted})
    vetoes, veto_reasons = _vetoes(ledger)
    rated = _taking_part(scheme, vetoes)
    points = {
        criterion.id: _points(ledger, criterion, judged[criterion.id], as_of, rated) for criterion in scheme.criteria
    }
    own_stars = np.zeros((size, len(scheme.stars)), np.int8)
    scored = any(earned is not None for earned in points.values())
    star_scores: Floats = np.broadcast_to(np.float64(np.nan), (size, len(scheme.stars), 2))
    if scored:
        star_scores = star_scores.copy()
    scores: list[_Score] = []
    unsettled = np.zeros(size, bool)
    for place, star in enumerate(scheme.stars):
        score = _star_score(star, judged, points, size)
        if score is not None:
            scores.append(score)
            star_scores[:, place] = score.shown()
        own_stars[:, place] = _light(star, judged, score, size)
        if star.rule.score is not None:
            unsettled |= star_scores[:, place, 0] < star_scores[:, place, 1]
    stars = _extinguish(scheme, own_stars, vetoes)
    reported = ledger.units.reported
    stars[~reported] = UNLIT
    own_stars[~reported] = UNLIT
    rating = _rate(ledger, stars, _Total(scheme, tuple(scores), vetoes), vetoes)
    if rating.scores is not None:
        unsettled |= rating.scores[:, 0] < rating.scores[:, 1]

    def at(vetoes: NDArray[np.int8]) -> _Rating:
        """The rating if vetoes were these."""
        dark = np.where(reported[:, None], _extinguish(scheme, own_stars, vetoes), np.int8(UNLIT))
        return _rate(ledger, dark, _Total(scheme, tuple(scores), vetoes), vetoes)

    excluding = _excluding(scheme)
    triggered = _triggered(vetoes)
    worst = np.where(excluding, vetoes, triggered)
    at_worst = rating if (worst == vetoes).all() else at(worst)
    unsure = (vetoes == OPEN)[:, excluding].any(axis=1)
    tiers = rating.tiers
    if not scheme.tiering.ranked:
        lowest = at_worst.tiers if not unsure.any() else at(triggered).tiers
        tiers = np.where(lowest == rating.reachable, tiers, np.int8(NO_TIER))
    groups: tuple[Grouped, ...] = ()
    assured, least, open_places = tiers, at_worst.tiers, tuple[OpenPlaces, ...]()
    if scheme.groups or scheme.tiering.quotas:
        ends, held = _tier_ends(ledger, rating, at_worst, unsure)
        if held is not None:
            assured, least, open_places = held.tiers, held.least, held.open_places
        groups = grouped(ledger, ends, as_of)
    least = np.where(tiers == NO_TIER, tiers, least)
    provisional = (vetoes == OPEN).any(axis=1) | ~reported | unsettled
    for place, criterion in enumerate(scheme.criteria):
        if criterion.id not in scheme.item_of:
            provisional |= verdicts[:, place] == Verdict.UNKNOWN.value
    hanging = assured < tiers
    hanging[[unit for places in open_places for unit in places.waiting]] = True
    return Assessment(
        scheme=scheme,
        as_of=as_of,
        ledger=ledger,
        verdicts=verdicts,
        reasons=reasons,
        own_stars=own_stars,
        stars=stars,
        earned={key: earned.points for key, earned in points.items() if earned is not None},
        averaged={key: given for score in scores for key, given in score.averaged.items()},
        star_scores=star_scores if scored else None,
        scores=rating.scores,
        vetoes=vetoes,
        veto_reasons=veto_reasons,
        tiers=tiers,
        reachable=rating.reachable,
        assured=assured,
        least=least,
        least_scores=None if at_worst.scores is None else at_worst.scores[:, 0],
        excluded=rating.excluded,
        provisional=provisional | hanging,
        contested=hanging & ~provisional,
        capped_tier=rating.capped_tier,
        capped_reachable=rating.capped_reachable,
        losses=rating.losses,
        notices=rating.notices,
        open_places=open_places,
        diagnostics=(*check_relations(ledger), *_divisions(ledger), *_no_targets(ledger, verdicts)),
        groups=groups,
    )


def _matrix(size: int, columns: int, kind: Any = np.int8) -> NDArray[Any]:
    """Room for one row per unit, laid out by columns."""
    return np.zeros((size, columns), kind, order="F")


def _stacked(columns: Sequence[NDArray[np.int8]], size: int) -> NDArray[np.int8]:
    matrix = _matrix(size, len(columns))
    for place, column in enumerate(columns):
        matrix[:, place] = column
    return matrix


# --- criteria ---------------------------------------------------------------------------------------------------------


def _judge(ledger: Ledger, criterion: Criterion, as_of: date) -> _Judged:
    """One criterion for all units, by the requirement in force on ``as_of``."""
    requirement = criterion.in_force(as_of)
    if requirement is None:
        return _not_in_force(len(ledger.units))
    verdict, reason = judge(ledger, criterion.id, ledger.columns[criterion.id], requirement)
    _decide_by_any_day(ledger, criterion, requirement, verdict, reason)
    targets = target_reasons(ledger, criterion)
    if targets is not None:
        # beside no target nothing is done for certain, whatever the number
        untold = (verdict == Verdict.MET) & (targets != Reason.KNOWN)
        verdict[untold], reason[untold] = Verdict.UNKNOWN, targets[untold]
    return _applied(ledger, criterion, as_of, verdict, reason)


def _decide_by_any_day(
    ledger: Ledger, criterion: Criterion, asked: Requirement, verdict: NDArray[np.int8], reason: NDArray[np.int8]
) -> None:
    """Decide of a number made of months without a day, where it is met, or not, on each; its points may need it."""
    if criterion.expression is None or not criterion.kind.numeric or criterion.graded:
        return
    ends = [Fraction(end) for end in ends_of(asked)]
    scale = share_scale(criterion.kind, criterion.unit)
    for unit, came in by_any_day(ledger, criterion.expression, reason):
        met = {None if value is None else bool(holds(asked.operator, value * scale, ends)) for value in came}
        if len(met) == 1 and (only := met.pop()) is not None:
            verdict[unit], reason[unit] = only, Reason.KNOWN


def target_reasons(ledger: Ledger, criterion: Criterion) -> NDArray[np.int8] | None:
    """Why units have no target (比目标) to be measured by: blank, not read, 0 or below; None where none is theirs."""
    if criterion.goal is None or criterion.goal.field is None:
        return None
    column = ledger.columns[criterion.goal.field]
    reason = column.reason.copy()
    reason[column.known & (column.values == 0)] = Reason.DIVISION_BY_ZERO
    reason[column.known & (column.values < 0)] = Reason.INVALID
    return reason


def _not_in_force(size: int) -> _Judged:
    verdict = np.full(size, Verdict.NOT_APPLICABLE, np.int8)
    none = np.zeros(size, bool)
    return _Judged(verdict, np.full(size, Reason.NOT_IN_FORCE, np.int8), verdict, none, none)


def _applied(
    ledger: Ledger,
    criterion: Criterion,
    as_of: date,
    verdict: NDArray[np.int8],
    reason: NDArray[np.int8],
    loose: Bools | None = None,
) -> _Judged:
    """A criterion as judged by its value, but for units that it is not for; the two arrays are changed.

    From the inside out, since a task is for nobody whom its item is not for: 适用于, then 不适用于. What does not count
    by one of them is not made to count by another: a unit of another kind is not exempt. Where the kind is not known,
    neither is what depends on it; an item may be ``loose`` by its tasks.
    """
    size = len(verdict)
    chain = ledger.scheme.upward(criterion)
    whoever = all(part.in_force(as_of) is not None and not part.applies and not part.exempt_tags for part in chain)
    if whoever and loose is None and not criterion.only_bonus:
        nobody = np.broadcast_to(np.False_, size)
        return _Judged(verdict, reason, verdict, nobody, nobody)
    counts_as = verdict.copy()
    averaged, open_kind = np.zeros(size, bool), np.zeros(size, bool) if loose is None else loose.copy()

    def leave_out(units: Bools, why: Reason) -> None:
        verdict[units], reason[units], counts_as[units] = Verdict.NOT_APPLICABLE, why, _UNCOUNTED

    for part in chain:
        if part.in_force(as_of) is None:
            leave_out(counts_as != _UNCOUNTED, Reason.NOT_IN_FORCE)
        # an item whose tasks, exempt as well, do not count does by its own 不适用按, if it is for that kind
        by_policy = np.zeros(size, bool)
        if part is criterion and part.tasks and part.exempt_tags:
            by_policy = (reason == Reason.EXEMPT) & ledger.units.having(part.exempt_tags)
        for name, values in part.applies.items():
            column = ledger.columns[name]
            other = of_another_kind(column, values)
            leave_out(other & ((counts_as != _UNCOUNTED) | (reason == Reason.EXEMPT)), Reason.OTHER_KIND)
            averaged &= ~other
            by_policy &= ~other
            unsure = ((counts_as != _UNCOUNTED) | by_policy) & ~column.known
            verdict[unsure], reason[unsure], counts_as[unsure] = Verdict.UNKNOWN, column.reason[unsure], Verdict.UNKNOWN
            open_kind |= unsure
        if part.exempt_tags:
            exempt = ((counts_as != _UNCOUNTED) & ledger.units.having(part.exempt_tags)) | by_policy
            if part.exempt_policy is not ExemptPolicy.NOT_COUNTED:
                exempt &= ~open_kind
            leave_out(exempt, Reason.EXEMPT)
            counts_as[exempt] = _COUNTED.get(part.exempt_policy, _UNCOUNTED)
            if part.exempt_policy is ExemptPolicy.AVERAGE:
                averaged |= exempt
    if criterion.only_bonus:
        # what can only add is no shortfall where it adds nothing
        leave_out(verdict == Verdict.UNMET, Reason.NO_BONUS)
        counts_as[counts_as == Verdict.UNMET] = _UNCOUNTED
    return _Judged(verdict, reason, counts_as, averaged, open_kind)


def _judge_tasks(ledger: Ledger, item: Criterion, judged: dict[str, _Judged], as_of: date) -> tuple[_Judged, Column]:
    """An item of tasks (任务) by those below it, and how many of them are met.

    Met if enough are, whatever the rest; unmet if even the unknown ones would not do; else unknown, for the reason of
    the first of those. With no task that counts the item does not count either. A 必备 task must be met in any case.
    """
    size = len(ledger.units)
    requirement = item.in_force(as_of)
    below = [(task, judged[task.id]) for task in item.tasks]
    met, unmet, unknown = _tally([result for _, result in below], size)
    count = Column(item.kind, met.astype(np.float64), np.zeros(size, np.int8))
    counted = met + unmet + unknown
    if requirement is None:
        return _not_in_force(size), count
    wanted = _wanted(requirement, counted)
    enough, hopeless = met >= wanted, met + unknown < wanted
    for task, result in below:
        if task.essential:
            hopeless |= result.counts_as == Verdict.UNMET
            enough &= result.counts_as != Verdict.UNKNOWN
    # where none of its tasks is sure to count neither is the item, which then is not missed
    loose = (counted > 0) & np.all([result.loose | (result.counts_as == _UNCOUNTED) for _, result in below], axis=0)
    hopeless &= ~loose
    verdict = np.where(hopeless, Verdict.UNMET, np.where(enough, Verdict.MET, Verdict.UNKNOWN)).astype(np.int8)
    reason = np.zeros(size, np.int8)
    for _, result in reversed(below):
        open_here = result.counts_as == Verdict.UNKNOWN
        reason[open_here] = result.reason[open_here]
    reason[verdict != Verdict.UNKNOWN] = Reason.KNOWN
    # by date, kind or tag: the first task says why none of them counts, but one that is exempt comes before
    none = counted == 0
    exempt = np.any([result.reason == Reason.EXEMPT for _, result in below], axis=0)
    verdict[none], reason[none] = Verdict.NOT_APPLICABLE, np.where(exempt, Reason.EXEMPT, below[0][1].reason)[none]
    if item.exempt_policy is not ExemptPolicy.NOT_COUNTED:
        # as exempt as its tasks are, if they are for the unit's kind; else it does not count at all
        sure = np.any([(result.reason == Reason.EXEMPT) & ~result.kind_open for _, result in below], axis=0)
        hanging = none & exempt & ~sure & ledger.units.having(item.exempt_tags)
        verdict[hanging], reason[hanging] = Verdict.UNKNOWN, _kind_reason(ledger, item)[hanging]
        loose |= hanging
    return _applied(ledger, item, as_of, verdict, reason, loose), count


def _kind_reason(ledger: Ledger, item: Criterion) -> NDArray[np.int8]:
    """Why it is not known of what kind units are, by the first of the fields that tasks of ``item`` ask (适用于)."""
    reason = np.zeros(len(ledger.units), np.int8)
    for name in [name for task in item.tasks for name in task.applies]:
        reason = np.where(reason == Reason.KNOWN, ledger.columns[name].reason, reason)
    return reason


def _wanted(requirement: Requirement, counted: NDArray[Any]) -> NDArray[Any]:
    """How many tasks of those ``counted`` an item asks for."""
    if requirement.operand == ALL_TASKS:
        return counted
    return np.full(len(counted), int(ends_of(requirement)[0]))


def _tally(results: Sequence[_Judged], size: int) -> tuple[NDArray[np.int16], NDArray[np.int16], NDArray[np.int16]]:
    """How many count as met, unmet and unknown, by unit."""
    most = np.uint8 if len(results) <= np.iinfo(np.uint8).max else np.uint16
    tallies = {verdict: np.zeros(size, most) for verdict in (Verdict.MET, Verdict.UNMET, Verdict.UNKNOWN)}
    for result in results:
        for verdict, tally in tallies.items():
            # bytes with bytes: anything else is converted, piece by piece
            np.add(tally, np.equal(result.counts_as, verdict.value).view(np.uint8), out=tally)
    met, unmet, unknown = (tally.astype(np.int16) for tally in tallies.values())
    return met, unmet, unknown


def judge(
    ledger: Ledger, key: str, column: Column, requirement: Requirement | Trigger
) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
    """Verdict and reason of a column by one requirement, for every unit; unknown where the value is."""
    reason = column.reason.copy()
    match column.kind:
        case Kind.NUMBER | Kind.INTEGER | Kind.RATIO:
            met = _judge_numbers(ledger, key, column, requirement)
        case Kind.DATE:
            met, unsure = _judge_days(column, requirement)
            reason[unsure & column.known] = Reason.AMBIGUOUS
        case Kind.YESNO:
            met = column.values == (1 if requirement.operand else 0)
        case Kind.OPTION:
            wanted = [column.options.index(option) for option in _words(requirement.operand)]
            met = np.isin(column.values, wanted)
        case Kind.TEXT:
            words = set(_words(requirement.operand))
            met = np.array([value in words for value in column.values], bool)
    verdict = met.astype(np.int8)
    verdict[reason != Reason.KNOWN.value] = Verdict.UNKNOWN
    return verdict, reason


def _words(operand: Any) -> tuple[str, ...]:
    return (operand,) if isinstance(operand, str) else tuple(operand)


def ends_of(requirement: Requirement | Trigger) -> tuple[Decimal, ...]:
    """The numbers a numeric requirement compares with."""
    operand: Any = requirement.operand
    return tuple(operand) if isinstance(operand, tuple) else (operand,)


def _judge_numbers(ledger: Ledger, key: str, column: Column, requirement: Requirement | Trigger) -> Bools:
    """By floats where the value is clear of every threshold, by exact rationals where it is close."""
    ends = ends_of(requirement)
    values = column.values
    met = holds(requirement.operator, values, [float(end) for end in ends])
    formula = criterion_of(ledger.scheme, key)
    derived = formula is not None and formula.expression is not None
    exact_ends = [Fraction(end) for end in ends]
    result: Bools = np.asarray(met, dtype=bool)
    close = np.zeros(len(values), bool)
    for end in ends:
        limit = float(end)
        margin = 2 * _NEAR * max(1.0, abs(limit))
        near = (values >= limit - margin) & (values <= limit + margin)
        if not derived and exact(limit) == end:
            same = near & (values == limit)
            result[same] = bool(holds(requirement.operator, Fraction(end), exact_ends))
            near &= ~same
        close |= near
    decided: dict[float, bool] = {}
    for unit in np.flatnonzero(close & column.known).tolist():
        if derived:
            value = ledger.exact(key, unit)
            result[unit] = value is not None and bool(holds(requirement.operator, value, exact_ends))
            continue
        stored = float(values[unit])
        if stored not in decided:
            decided[stored] = bool(holds(requirement.operator, exact(stored), exact_ends))
        result[unit] = decided[stored]
    return result


def holds(operator: Operator, value: Any, ends: Sequence[Any]) -> Any:
    """Whether ``value`` (a number, a rational or a whole column of floats) fits the word and its thresholds."""
    match operator:
        case Operator.AT_LEAST:
            return value >= ends[0]
        case Operator.AT_MOST:
            return value <= ends[0]
        case Operator.ABOVE:
            return value > ends[0]
        case Operator.BELOW:
            return value < ends[0]
        case Operator.BETWEEN:
            return (value >= ends[0]) & (value <= ends[1])
        case Operator.EQUALS | Operator.ONE_OF:
            result = value == ends[0]
            for end in ends[1:]:
                result = result | (value == end)
            return result


def _gap(values: Floats, requirement: Requirement, *, stored: bool = True, whole: bool = False) -> Floats:
    """How far values are from the requirement, in the criterion's unit; 0 where one only touches an open boundary.

    The difference of ``stored`` decimals is a decimal too; that of a formula's result need not be. Values that are
    ``whole`` numbers differ from a whole number by just that.
    """
    ends = [float(end) for end in ends_of(requirement)]
    gap: Floats
    match requirement.operator:
        case Operator.AT_LEAST | Operator.ABOVE:
            gap = np.maximum(ends[0] - values, 0.0)
        case Operator.AT_MOST | Operator.BELOW:
            gap = np.maximum(values - ends[0], 0.0)
        case Operator.BETWEEN:
            gap = np.maximum(np.maximum(ends[0] - values, values - ends[1]), 0.0)
        case _:
            gap = np.min(np.stack([np.abs(values - end) for end in ends]), axis=0)
    exactly = whole and all(end.is_integer() for end in ends) and np.fmax.reduce(np.abs(values), initial=0) < _DIGITS
    return _without_noise(gap, values, ends) if stored and not exactly else gap


def _without_noise(gap: Floats, values: Floats, ends: Sequence[float]) -> Floats:
    """A difference of two decimals of 15 significant digits as the decimal it is: 5 - 4.9 is 0.1."""
    largest = np.maximum(np.abs(values), max(*(abs(end) for end in ends), 1e-9))
    with np.errstate(invalid="ignore"):
        scale = 10.0 ** (14 - np.floor(np.log10(largest)))
        return np.round(gap * scale) / scale


def _judge_days(column: Column, requirement: Requirement | Trigger) -> tuple[Bools, Bools]:
    """Met for certain, and not decidable: a month without a day may lie on both sides."""
    operand: Any = requirement.operand
    days = [day.toordinal() for day in (operand if isinstance(operand, tuple) else (operand,))]
    first, last = column.values[:, 0], column.values[:, 1]
    early, late = holds(requirement.operator, first, days), holds(requirement.operator, last, days)
    met = np.asarray(early & late, dtype=bool)
    if requirement.operator in {Operator.BETWEEN, Operator.EQUALS, Operator.ONE_OF}:
        low, high = min(days), max(days)
        unsure = ~met & (last >= low) & (first <= high)
        if requirement.operator is not Operator.BETWEEN:
            unsure &= first != last
            met &= first == last
    else:
        unsure = np.asarray(early ^ late, dtype=bool)
    return met, np.asarray(unsure, dtype=bool)


# --- points and stars -------------------------------------------------------------------------------------------------


def _taking_part(scheme: Scheme, vetoes: NDArray[np.int8]) -> NDArray[np.int8]:
    """Who is rated at all: 1 for certain, -1 if an open veto is no 不参评, 0 where there is one."""
    states = np.ones(len(vetoes), np.int8)
    for place, veto in enumerate(scheme.vetoes):
        if veto.effect.kind is EffectKind.EXCLUDE:
            states[(vetoes[:, place] == OPEN) & (states == 1)] = OPEN
            states[vetoes[:, place] == 1] = 0
    return states


@dataclass(frozen=True, slots=True)
class _Share:
    """A share of 分值 within 0 and 1 that is a quotient: of ``units``, [low, high], and exactly by unit and end."""

    units: NDArray[np.intp]
    ends: Floats
    exactly: Callable[[int, int], Fraction]


@dataclass(frozen=True, slots=True)
class _Earned:
    """The points of a criterion by unit, [low, high].

    ``decimals`` is the part of them that is a decimal; at the units ``quotient`` a ``share`` of 分值 comes on top.
    """

    points: Floats
    decimals: Floats
    quotient: Bools | None = None
    share: Callable[[int, int], Fraction] | None = None

    def exactly(self, full: Fraction, unit: int, end: int) -> Fraction:
        """The points of a unit at one end."""
        points = exact(float(self.decimals[unit, end]))
        if self.share is not None and self.quotient is not None and self.quotient[unit]:
            points += full * self.share(unit, end)
        return points


def _points(
    ledger: Ledger, criterion: Criterion, judged: _Judged, as_of: date, rated: NDArray[np.int8]
) -> _Earned | None:
    """The points a criterion earns, [unknown as unmet, unknown as met]; 0 where it does not count; None without any.

    All of 分值 where it is met and nothing where it is not, unless it is graded: 扣分, 分档, 比最优 or 比目标 say what
    a known value earns. 加分 comes on top.
    """
    requirement = criterion.in_force(as_of)
    if criterion.points is None and criterion.bonus is None:
        return None
    full = float(criterion.points or 0)
    earned = np.zeros((len(judged.verdict), 2))
    earned[judged.counts_as == Verdict.MET] = full
    earned[judged.counts_as == Verdict.UNKNOWN, 1] = full
    if requirement is None:
        return _Earned(earned, earned)
    # what is exempt has no value of its own to go by
    judged_units = np.flatnonzero((judged.verdict == Verdict.MET) | (judged.verdict == Verdict.UNMET))
    share: _Share | None = None
    if criterion.deduction is not None:
        unmet = np.flatnonzero(judged.verdict == Verdict.UNMET)
        earned[unmet] = np.maximum(0.0, full - _deducted(ledger, criterion, requirement, unmet))[:, None]
    elif criterion.bands:
        earned[judged_units] = _banded(ledger, criterion, judged_units)[:, None]
    elif criterion.best is not None:
        share = _beside_the_best(ledger, criterion, judged, rated)
    elif criterion.goal is not None:
        share = _toward_the_goal(ledger, criterion, judged_units)
    if share is not None:
        earned[share.units] = full * share.ends
    if criterion.bonus is not None:
        met = np.flatnonzero(judged.verdict == Verdict.MET)
        gained = _bonus(ledger, criterion, requirement, met)[:, None]
        earned[met] += gained
        earned[judged.verdict == Verdict.UNKNOWN, 1] += float(criterion.bonus.most)
    if share is None:
        return _Earned(earned, earned)
    # of values as stored a share of nothing or of all is just that
    quotient, decimals = np.zeros(len(earned), bool), earned.copy()
    quotient[share.units] = (criterion.expression is not None) | ((share.ends > 0) & (share.ends < 1)).any(axis=1)
    decimals[quotient] = 0.0
    if criterion.bonus is not None:
        decimals[met] = np.where(quotient[met, None], gained, decimals[met])
    return _Earned(earned, decimals, quotient, share.exactly)


def _deducted(ledger: Ledger, criterion: Criterion, requirement: Requirement, units: NDArray[np.intp]) -> Floats:
    """扣分 of ``units``: min(至多, 扣 × ⌈shortfall ÷ 每⌉)."""
    deduction = criterion.deduction
    assert deduction is not None
    gap = _gap(ledger.columns[criterion.id].values[units], requirement)
    lost = _steps(ledger, criterion, requirement, gap, units, deduction.per, math.ceil) * float(deduction.points)
    return lost if deduction.at_most is None else np.minimum(lost, float(deduction.at_most))


def _bonus(ledger: Ledger, criterion: Criterion, requirement: Requirement, units: NDArray[np.intp]) -> Floats:
    """加分 of ``units``, which meet the requirement: min(至多, 加 × ⌊surplus ÷ 每⌋), or 加 once."""
    bonus = criterion.bonus
    assert bonus is not None
    if bonus.per is None:
        return np.full(len(units), float(bonus.points))
    if requirement.operator not in _ONE_SIDED:
        return np.zeros(len(units))
    surplus = _surplus(ledger.columns[criterion.id].values[units], requirement)
    gained = _steps(ledger, criterion, requirement, surplus, units, bonus.per, math.floor) * float(bonus.points)
    return gained if bonus.at_most is None else np.minimum(gained, float(bonus.at_most))


_ONE_SIDED = frozenset({Operator.AT_LEAST, Operator.ABOVE, Operator.AT_MOST, Operator.BELOW})


def _surplus(values: Floats, requirement: Requirement) -> Floats:
    """How far values that meet a one-sided requirement lie beyond it."""
    end = float(ends_of(requirement)[0])
    upward = requirement.operator in {Operator.AT_LEAST, Operator.ABOVE}
    return np.maximum(values - end if upward else end - values, 0.0)


def _banded(ledger: Ledger, criterion: Criterion, units: NDArray[np.intp]) -> Floats:
    """分档: the points of the first band that a value fits, 0 where it fits none."""
    values = ledger.columns[criterion.id].values[units]
    points = np.zeros(len(units))
    open_still = np.ones(len(units), bool)
    for band in criterion.bands:
        operator = Operator.AT_LEAST if band.at_least is not None else Operator.AT_MOST
        fits = _clearly(ledger, criterion, units, values, operator, band.bound)
        points[open_still & fits] = float(band.points)
        open_still &= ~fits
    return points


def _clearly(
    ledger: Ledger, criterion: Criterion, units: NDArray[np.intp], values: Floats, operator: Operator, bound: Decimal
) -> Bools:
    """Whether values fit one bound, by exact rationals where they are close to it."""
    limit = float(bound)
    fits = np.asarray(holds(operator, values, [limit]), dtype=bool)
    close = np.abs(values - limit) <= 2 * _NEAR * max(1.0, abs(limit))
    for place in np.flatnonzero(close).tolist():
        value = ledger.exact(criterion.id, int(units[place]))
        if value is not None:
            fits[place] = bool(holds(operator, value, [Fraction(bound)]))
    return fits


def _beside_the_best(ledger: Ledger, criterion: Criterion, judged: _Judged, rated: NDArray[np.int8]) -> _Share:
    """比最优: each value as a share of the best one of its scope; 0 where the best is 0 or the value negative.

    Beside those whose value is known stand rivals who may turn out better, as good as the 范围 lets them be: units
    whose value or kind is unknown, units not reported. The low end allows for them, the high end does without; so it
    does without those whose 不参评 is open. Who is 不参评 for certain is nobody's rival.
    """
    best = criterion.best
    assert best is not None
    column = ledger.columns[criterion.id]
    values, highest = column.values, best.end is BestEnd.HIGHEST
    known = (judged.verdict == Verdict.MET) | (judged.verdict == Verdict.UNMET)
    certain = known & (rated == 1)
    perhaps = ((known & (rated == OPEN)) | (judged.verdict == Verdict.UNKNOWN)) & (rated != 0)
    low, high = criterion_range(ledger.scheme, criterion)
    limit = high if highest else low
    beyond = math.inf if highest else -math.inf
    pick = np.max if highest else np.min
    scope_of = np.zeros(len(values), np.int64)
    rivals: list[tuple[NDArray[np.intp], bool]] = []
    shares = np.zeros((len(values), 2))
    for number, (_, members) in enumerate(scopes(ledger.units, best.scope)):
        scope_of[members] = number
        here = members[known[members]]
        sure = members[certain[members]]
        perchance = members[perhaps[members] & column.known[members]]
        unbound = bool((perhaps[members] & ~column.known[members]).any())
        rivals.append((np.concatenate([sure, perchance]), unbound))
        for end, others in ((0, rivals[-1][0]), (1, sure)):
            found = pick(values[others]) if len(others) else -beyond
            if end == 0 and unbound:
                found = pick([found, beyond if limit is None else float(limit)])
            tops = np.maximum(values[here], found) if highest else np.minimum(values[here], found)
            shares[here, end] = _parts_of(values[here], tops, highest=highest)
    ends: dict[tuple[int, int], Fraction | None] = {}

    def exact_best(scope: int, end: int) -> Fraction | None:
        """The best of the rivals exactly, None where there is no end to it."""
        units, unbound = rivals[scope]
        units = units if end == 0 else units[certain[units]]
        numbers = [Fraction(0)] if not len(units) else []
        if len(units):
            top = float(pick(values[units]))
            near = units[np.abs(values[units] - top) <= 2 * _NEAR * max(1.0, abs(top))]
            places = {float(values[unit]): unit for unit in near.tolist()} if criterion.expression is None else {}
            exactly = [ledger.exact(criterion.id, unit) for unit in places.values() or near.tolist()]
            numbers = [number for number in exactly if number is not None]
        if end == 0 and unbound:
            if limit is None:
                return None
            numbers.append(limit)
        return max(numbers) if highest else min(numbers)

    def exactly(unit: int, end: int) -> Fraction:
        scope = int(scope_of[unit])
        if (scope, end) not in ends:
            ends[scope, end] = exact_best(scope, end)
        value, top = ledger.exact(criterion.id, unit), ends[scope, end]
        if value is None or top is None:
            return Fraction(0)
        top = max(top, value) if highest else min(top, value)
        if highest:
            return max(Fraction(0), value / top) if top > 0 else Fraction(0)
        return Fraction(1) if value == top else top / value if top > 0 else Fraction(0)

    units = np.flatnonzero(known)
    return _Share(units, shares[units], exactly)


def _parts_of(values: Floats, tops: Floats, *, highest: bool) -> Floats:
    """Each value beside the best one, which is its own where it is the best."""
    with np.errstate(invalid="ignore", divide="ignore"):
        if highest:
            return np.clip(np.where(tops > 0, values / tops, 0.0), 0.0, 1.0)
        return np.clip(np.where(values == tops, 1.0, np.where(tops > 0, tops / values, 0.0)), 0.0, 1.0)


def _toward_the_goal(ledger: Ledger, criterion: Criterion, units: NDArray[np.intp]) -> _Share:
    """比目标: value ÷ target within 0 and 1, [unknown target as missed, as reached].

    One of 0 or below is none, and as good as unknown.
    """
    goal = criterion.goal
    assert goal is not None
    values = ledger.columns[criterion.id].values[units]
    shares = np.zeros((len(units), 2))
    if goal.number is not None:
        targets, known = np.full(len(units), float(goal.number)), np.ones(len(units), bool)
    else:
        column = ledger.columns[goal.field or ""]
        targets, known = column.values[units], column.known[units] & (column.values[units] > 0)
    shares[known] = np.clip(values[known] / targets[known], 0.0, 1.0)[:, None]
    shares[~known, 1] = 1.0

    def exactly(unit: int, end: int) -> Fraction:
        value = ledger.exact(criterion.id, unit)
        target = Fraction(goal.number) if goal.number is not None else ledger.exact(goal.field or "", unit)
        if value is None or target is None or target <= 0:
            return Fraction(end)
        return min(max(value / target, Fraction(0)), Fraction(1))

    return _Share(units, shares, exactly)


def _steps(
    ledger: Ledger,
    criterion: Criterion,
    requirement: Requirement,
    distance: Floats,
    units: NDArray[np.intp],
    per: Decimal,
    whole: Callable[[Fraction], int],
) -> Floats:
    """⌈distance from the requirement ÷ per⌉ of ``units``, or ⌊⌋; on exact rationals close to a whole number."""
    quotients = distance / float(per)
    nearest = np.round(quotients)
    steps: Floats = np.ceil(quotients) if whole is math.ceil else np.floor(quotients)
    ends = [Fraction(end) for end in ends_of(requirement)]
    values = ledger.columns[criterion.id].values
    decided: dict[float, int] = {}
    for place in np.flatnonzero(np.abs(quotients - nearest) <= 2 * _NEAR * np.maximum(1.0, nearest)).tolist():
        unit = int(units[place])
        stored = float(values[unit]) if criterion.expression is None else None
        if stored is None or stored not in decided:
            value = ledger.exact(criterion.id, unit)
            if value is None:
                continue
            steps[place] = whole(min(abs(value - end) for end in ends) / Fraction(per))
            if stored is None:
                continue
            decided[stored] = int(steps[place])
        steps[place] = decided[stored]
    return steps


_PLACES = 6
"""Decimal places of points that sums are made of in whole numbers; with more each is taken by itself."""


def _decimal_places(criterion: Criterion) -> int:
    """The most decimal places that points of a criterion are written with."""
    numbers: list[Decimal | None] = [criterion.points, *(band.points for band in criterion.bands)]
    for part in (criterion.deduction, criterion.bonus):
        if part is not None:
            numbers += [part.points, part.at_most]
    exponents = [number.normalize().as_tuple().exponent for number in numbers if number is not None]
    return max((-exponent for exponent in exponents if isinstance(exponent, int)), default=0)


@dataclass(frozen=True, slots=True)
class _Score:
    """A star's points, [low, high] by unit, out of those ``available`` to the unit and those there are (``whole``).

    ``certain`` to count are so many (the high end) of so many; of the rest no item earns more than ``rate`` of its own
    points, of which ``smallest`` has the fewest.
    ``parts`` are what they are the sum of, beside what 平均 gives (``averaged``); ``rescale``: whether the star is lit
    by them rescaled.
    """

    points: Floats
    available: Floats
    certain: Floats
    rate: Floats
    smallest: Floats
    whole: float
    rescale: bool
    parts: tuple[tuple[Criterion, _Judged, _Earned], ...]
    averaged: Mapping[str, Floats]

    def shown(self) -> Floats:
        """The points as the star has them, rescaled where it says so."""
        return _rescaled(self.points, self.out_of, self.whole) if self.rescale else self.points

    @property
    def adds(self) -> bool:
        """Whether more than 分值 can be earned."""
        return any(criterion.bonus is not None for criterion, _, _ in self.parts)

    @property
    def out_of(self) -> Floats:
        """What 折算 divides by, at the low end and the high one."""
        return _divided_by([self], adds=self.adds)

    def shown_exactly(self, units: NDArray[np.intp], end: int) -> list[Fraction]:
        """``shown`` of some units at one end."""
        points = self.exactly(units, end)
        if not self.rescale:
            return points
        whole, available = exact(self.whole), self.out_of[units, end].tolist()
        return [
            _rescaled_exactly(one, exact(float(other)), whole) for one, other in zip(points, available, strict=True)
        ]

    def exactly(self, units: NDArray[np.intp], end: int) -> list[Fraction]:
        """``points`` of some units at one end."""
        if all(_decimal_places(criterion) <= _PLACES for criterion, _, _ in self.parts):
            sums = np.zeros(len(units))
            for _, _, earned in self.parts:
                sums += np.rint(earned.decimals[units, end] * 10.0**_PLACES)
            totals = [Fraction(int(number), 10**_PLACES) for number in sums.tolist()]
        else:
            columns = [[exact(value) for value in earned.decimals[units, end].tolist()] for _, _, earned in self.parts]
            totals = [sum(row, Fraction(0)) for row in zip(*columns, strict=True)]
        for criterion, _, earned in self.parts:
            if earned.quotient is None or earned.share is None:
                continue
            for place in np.flatnonzero(earned.quotient[units]).tolist():
                totals[place] += Fraction(criterion.points or 0) * earned.share(int(units[place]), end)
        averaged = np.zeros(len(units), bool)
        for _, judged, _ in self.parts:
            averaged |= judged.averaged[units]
        for place in np.flatnonzero(averaged).tolist():
            totals[place] += self._averages(int(units[place]), end)
        return totals

    def _averages(self, unit: int, end: int) -> Fraction:
        """What 平均 gives a unit: the mean share of what counts, of the points of what is exempt."""
        shares: list[Fraction] = []
        exempt = Fraction(0)
        for criterion, judged, earned in self.parts:
            full = Fraction(criterion.points or 0)
            if full and judged.counts_as[unit] != _UNCOUNTED:
                shares.append(earned.exactly(full, unit, end) / full)
            if judged.averaged[unit]:
                exempt += full
        if end == 1 and shares and self.adds and any(judged.loose[unit] for _, judged, _ in self.parts):
            # what may not count cannot lower the mean for certain
            return exempt * max(shares)
        return exempt * sum(shares, Fraction(0)) / len(shares) if shares else Fraction(0)


def _divided_by(scores: Sequence[_Score], *, adds: bool) -> Floats:
    """What 折算 of the points of some stars divides by, at the low end and the high one.

    Where more than 分值 can be earned (``adds``) the rate may be the higher the fewer points count: that of the whole
    lies between those of its parts. Out of nothing there are no points, if it may come to that.
    """
    available = np.sum([score.available for score in scores], axis=0)
    divisors = np.stack([available, available], axis=1)
    smallest = np.min([score.smallest for score in scores], axis=0)
    rows = np.flatnonzero(np.isfinite(smallest)) if adds else ()
    if len(rows):
        points = np.sum([score.points[rows, 1] for score in scores], axis=0)
        earned, certain = np.sum([score.certain[rows] for score in scores], axis=0).T
        rate = np.max([score.rate[rows] for score in scores], axis=0)
        with np.errstate(invalid="ignore", divide="ignore"):
            rate = np.maximum(rate, np.where(certain > 0, earned / certain, points / smallest[rows]))
            least = points / rate * (1 - _NEAR)
        divisors[rows, 0] = np.where(certain > 0, available[rows], 0.0)
        divisors[rows, 1] = np.where(points > 0, np.minimum(least, available[rows]), available[rows])
    return divisors


def _rescaled(points: Floats, available: Floats, whole: float) -> Floats:
    """折算: as if the points of what does not count could be earned at the same rate."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(available > 0, points * (whole / available), 0.0)


def _rescaled_exactly(points: Fraction, available: Fraction, whole: Fraction) -> Fraction:
    return points * whole / available if available > 0 else Fraction(0)


def _star_score(star: Star, judged: dict[str, _Judged], points: dict[str, _Earned | None], size: int) -> _Score | None:
    """The points of a star before 折算; exempted items by the mean share of the counted ones where 平均 says so."""
    carriers = [part for item in star.criteria for part in item.scored]
    items = [(criterion, judged[criterion.id], points[criterion.id]) for criterion in carriers]
    scored = [(criterion, verdict, earned) for criterion, verdict, earned in items if earned is not None]
    if not scored:
        return None
    total = np.zeros((size, 2))
    shares = np.zeros((size, 2))
    counted = np.zeros(size)
    available, certain, smallest = np.zeros(size), np.zeros((size, 2)), np.full(size, np.inf)
    highest, rate, loose = np.zeros(size), np.zeros(size), np.zeros(size, bool)
    whole = 0.0
    for criterion, verdict, earned in scored:
        full = float(criterion.points or 0)
        counts = verdict.counts_as != Verdict.NOT_APPLICABLE
        total += earned.points
        whole += full
        available += np.where(counts, full, 0.0)
        certain[:, 0] += np.where(verdict.loose & bool(full), 0.0, earned.points[:, 1])
        certain[:, 1] += np.where(counts & ~verdict.loose, full, 0.0)
        loose |= verdict.loose
        if full:
            smallest = np.where(verdict.loose, np.minimum(smallest, full), smallest)
            rate = np.where(verdict.loose, np.maximum(rate, earned.points[:, 1] / full), rate)
            shares += np.where(counts[:, None], earned.points / full, 0.0)
            highest = np.maximum(highest, np.where(counts, earned.points[:, 1] / full, 0.0))
            counted += counts
    adds = any(criterion.bonus is not None for criterion, _, _ in scored)
    averaged: dict[str, Floats] = {}
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(counted[:, None] > 0, shares / counted[:, None], 0.0)
        if adds:
            mean[:, 1] = np.where(loose, highest, mean[:, 1])
        for criterion, verdict, _ in scored:
            full = float(criterion.points or 0)
            if verdict.averaged.any():
                averaged[criterion.id] = np.where(verdict.averaged[:, None], mean * full, 0.0)
                total += averaged[criterion.id]
            available += np.where(verdict.averaged & (counted > 0), full, 0.0)
            rate = np.where(verdict.averaged, np.maximum(rate, highest), rate)
    return _Score(total, available, certain, rate, smallest, whole, star.rule.rescale, tuple(scored), averaged)


def _light(star: Star, judged: dict[str, _Judged], score: _Score | None, size: int) -> NDArray[np.int8]:
    """点亮: whether a star is lit, unlit or open; one with nothing to count is unlit."""
    met, unmet, unknown = _tally([judged[criterion.id] for criterion in star.criteria], size)
    lit, dark = _by_rule(star.rule, met, unmet, unknown, score)
    for criterion in star.criteria:
        if criterion.essential:
            dark = dark | (judged[criterion.id].counts_as == Verdict.UNMET)
            lit = lit & (judged[criterion.id].counts_as != Verdict.UNKNOWN)
    dark = dark | (met + unmet + unknown == 0)
    return np.where(dark, UNLIT, np.where(lit, LIT, OPEN)).astype(np.int8)


def _by_rule(rule: LightRule, met: Any, unmet: Any, unknown: Any, score: _Score | None) -> tuple[Bools, Bools]:
    """Lit for certain and dark for certain, by the star's rule alone."""
    if rule.at_least is not None:
        return met >= rule.at_least, met + unknown < rule.at_least
    if rule.score is not None:
        if score is None:
            return met < 0, met >= 0
        lit, perhaps = (_reaches(score.shown()[:, end], rule.score, score.shown_exactly, end) for end in (0, 1))
        return lit, ~perhaps
    return (unmet == 0) & (unknown == 0), unmet > 0


Exactly = Callable[[NDArray[np.intp], int], list[Fraction]]
"""Points of some units, at the low end or the high one."""


def _reaches(score: Floats, threshold: Decimal, exactly: Exactly, end: int) -> Bools:
    """Whether a sum of points reaches a threshold, on exact rationals where it is close."""
    limit = float(threshold)
    reached = np.asarray(score >= limit, dtype=bool)
    near = np.flatnonzero(np.abs(score - limit) <= 2 * _NEAR * max(1.0, abs(limit)))
    if len(near):
        asked = Fraction(threshold)
        reached[near] = [points >= asked for points in exactly(near, end)]
    return reached


# --- vetoes, tiers, quotas --------------------------------------------------------------------------------------------


def _vetoes(ledger: Ledger) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
    """负面清单: 1 triggered, 0 clear, -1 unknown, and why it is unknown. A blank is not a no."""
    size = len(ledger.units)
    judged = [judge(ledger, veto.id, ledger.columns[veto.id], veto.trigger) for veto in ledger.scheme.vetoes]
    return _stacked([state for state, _ in judged], size), _stacked([reason for _, reason in judged], size)


def _excluding(scheme: Scheme) -> Bools:
    """Which vetoes leave a unit without a rating (不参评)."""
    return np.array([veto.effect.kind is EffectKind.EXCLUDE for veto in scheme.vetoes], bool)


def _triggered(vetoes: NDArray[np.int8]) -> NDArray[np.int8]:
    """The vetoes with every open one triggered."""
    return np.where(vetoes == OPEN, np.int8(1), vetoes)


def _extinguish(scheme: Scheme, own: NDArray[np.int8], vetoes: NDArray[np.int8]) -> NDArray[np.int8]:
    stars = own.copy()
    names = [star.name for star in scheme.stars]
    for place, veto in enumerate(scheme.vetoes):
        if veto.effect.kind is EffectKind.EXTINGUISH and veto.effect.star in names:
            stars[vetoes[:, place] == 1, names.index(veto.effect.star)] = UNLIT
    return stars


@dataclass(frozen=True, slots=True)
class _Rating:
    tiers: NDArray[np.int8]
    undisplaced: NDArray[np.int8]
    """Before quotas; below 0 for nobody."""
    reachable: NDArray[np.int8]
    total: _Total
    """What the points are made of."""
    scores: Floats | None
    excluded: Bools
    capped_tier: Bools
    capped_reachable: Bools
    losses: tuple[Loss, ...]
    notices: tuple[QuotaNotice, ...]


def _rate(ledger: Ledger, stars: NDArray[np.int8], total: _Total, vetoes: NDArray[np.int8]) -> _Rating:
    """From stars, or ``total`` points, to tiers: caps in the order of the file, then vetoes, then quotas."""
    scheme = ledger.scheme
    tiering = scheme.tiering
    reported = ledger.units.reported
    size = len(ledger.units)
    scores: Floats | None = None
    if tiering.method is Method.STARS:
        tiers = (stars == LIT).sum(axis=1)
        reachable = (stars != UNLIT).sum(axis=1)
    else:
        scores = total.points(size)
        tiers, reachable = (_bands(scheme, scores[:, end], total.exactly, end) for end in (0, 1))
    tiers, reachable = np.where(reported, tiers, 0), np.where(reported, reachable, 0)
    losses: list[Loss] = []
    names = [star.name for star in scheme.stars]

    def lower(kind: LossKind, label: Text, lowered: NDArray[Any]) -> None:
        nonlocal tiers
        losses.append(Loss(kind, label, (tiers - lowered).astype(np.int8)))
        tiers = lowered

    capped_tier = np.zeros((size, len(tiering.caps)), bool)
    capped_reachable = np.zeros((size, len(tiering.caps)), bool)
    for place, cap in enumerate(tiering.caps):
        state = stars[:, names.index(cap.star)]
        not_proven, certainly_dark = reported & (state != LIT), reported & (state == UNLIT)
        capped_tier[:, place] = not_proven & (tiers > cap.tier)
        capped_reachable[:, place] = certainly_dark & (reachable > cap.tier)
        label = (f"{cap.star}未亮，最高 {cap.tier}", f"{cap.star} not lit, at most {cap.tier}")
        lower(LossKind.CAP, label, np.where(not_proven, np.minimum(tiers, cap.tier), tiers))
        reachable = np.where(certainly_dark, np.minimum(reachable, cap.tier), reachable)
    excluded = np.zeros(size, bool)
    for place, veto in enumerate(scheme.vetoes):
        hit = reported & (vetoes[:, place] == 1)
        label = (f"{veto.id} {veto.name}", f"{veto.id} {veto.name}")
        if veto.effect.kind is EffectKind.CAP and veto.effect.number is not None:
            limit = int(veto.effect.number)
            lower(LossKind.VETO, label, np.where(hit, np.minimum(tiers, limit), tiers))
            reachable = np.where(hit, np.minimum(reachable, limit), reachable)
        elif veto.effect.kind is EffectKind.EXCLUDE:
            lower(LossKind.EXCLUSION, label, np.where(hit, 0, tiers))
            reachable = np.where(hit, 0, reachable)
            excluded |= hit
    rated = reported & ~excluded
    notices: list[QuotaNotice] = []
    undisplaced = tiers
    standing = Standing(undisplaced, total.low)
    for _, quota in from_the_top(scheme):
        label = (f"{quota.tier_name}名额", f"quota of {quota.tier_name}")
        lowered, said = displaced(ledger, quota, tiers, standing, rated)
        lower(LossKind.QUOTA, label, lowered)
        notices += said
    return _Rating(
        np.where(rated, tiers, NO_TIER).astype(np.int8),
        undisplaced.astype(np.int8),
        np.where(rated, reachable, NO_TIER).astype(np.int8),
        total,
        scores,
        excluded,
        capped_tier,
        capped_reachable,
        tuple(losses),
        tuple(notices),
    )


def _tier_ends(ledger: Ledger, rating: _Rating, worst: _Rating, unsure: Bools) -> tuple[TierEnds, Assured | None]:
    """Between which tiers each unit's may turn out; and with quotas what none of the others can take from it.

    ``worst`` is the rating if every open veto is triggered but for those of 不参评, which leave units ``unsure``. With
    quotas a unit's tier hangs on what the others come to: it is settled where all of its county are.
    """
    scheme, reported = ledger.scheme, ledger.units.reported
    without = np.where(rating.excluded, 1, np.where(unsure, -1, 0)).astype(np.int8)
    highest = max((tier.number for tier in scheme.tiering.tiers), default=0)
    least = np.where(reported, worst.undisplaced, 0)
    most = np.where(reported, np.maximum(rating.reachable, least), highest)
    held: Assured | None = None
    if scheme.tiering.quotas:
        known = np.ones(len(reported), bool)
        if rating.scores is not None and worst.scores is not None:
            known = np.equal(worst.scores[:, 0], rating.scores[:, 1])
        standings = Standings(
            shown=Standing(rating.undisplaced, rating.total.low),
            least=Standing(least, worst.total.low),
            most=Standing(most, rating.total.high),
            points_known=known,
            reported=reported,
            partaking=reported & (without == 0),
            possible=without != 1,
        )
        held = assured_by(ledger, rating.tiers, standings)
        least, most = held.least, np.where(held.settled, held.least, most)
    return TierEnds(least.astype(np.int8), most.astype(np.int8), without), held


@dataclass(frozen=True, slots=True)
class _Total:
    """总分: the points of all stars less what vetoes deduct, [unknown as unmet, unknown as met]; not below 0."""

    scheme: Scheme
    scores: tuple[_Score, ...]
    vetoes: NDArray[np.int8]

    def points(self, size: int) -> Floats:
        """By unit, [low, high]."""
        total = np.zeros((size, 2))
        if self.scheme.tiering.rescale:
            for score in self.scores:
                total += score.points
            if self.scores:
                total = _rescaled(total, self._out_of(), sum(score.whole for score in self.scores))
        else:
            for score in self.scores:
                total += score.shown()
        for place, deducted in self._deductions():
            total -= np.where(self.vetoes[:, place] == 1, float(deducted), 0.0)[:, None]
        return np.maximum(total, 0.0)

    def exactly(self, units: NDArray[np.intp], end: int) -> list[Fraction]:
        """``points`` of some units at one end."""
        rescale = self.scheme.tiering.rescale
        parts = [score.exactly(units, end) if rescale else score.shown_exactly(units, end) for score in self.scores]
        totals = [sum(row, Fraction(0)) for row in zip(*parts, strict=True)] if parts else [Fraction(0)] * len(units)
        if rescale and parts:
            whole = sum((exact(score.whole) for score in self.scores), Fraction(0))
            available = [exact(float(value)) for value in self._out_of()[units, end].tolist()]
            totals = [_rescaled_exactly(one, other, whole) for one, other in zip(totals, available, strict=True)]
        for place, deducted in self._deductions():
            for row in np.flatnonzero(self.vetoes[units, place] == 1).tolist():
                totals[row] -= Fraction(deducted)
        return [max(total, Fraction(0)) for total in totals]

    def low(self, units: NDArray[np.intp]) -> list[Fraction]:
        """What units have for certain; nothing where stars are counted, so that none has more than another."""
        return self._ordering(units, 0)

    def high(self, units: NDArray[np.intp]) -> list[Fraction]:
        """What units have if all that is unknown is met; nothing where stars are counted."""
        return self._ordering(units, 1)

    def _ordering(self, units: NDArray[np.intp], end: int) -> list[Fraction]:
        by_stars = self.scheme.tiering.method is Method.STARS
        return [Fraction(0)] * len(units) if by_stars else self.exactly(units, end)

    def _out_of(self) -> Floats:
        return _divided_by(self.scores, adds=any(score.adds for score in self.scores))

    def _deductions(self) -> list[tuple[int, Decimal]]:
        return [
            (place, veto.effect.number)
            for place, veto in enumerate(self.scheme.vetoes)
            if veto.effect.kind is EffectKind.DEDUCT and veto.effect.number is not None
        ]


def _bands(scheme: Scheme, score: Floats, exactly: Exactly, end: int) -> NDArray[Any]:
    """The band of a score: its position from the bottom, 0 first."""
    bands = np.zeros(len(score), np.int64)
    for tier in sorted(scheme.tiering.tiers, key=lambda tier: tier.number):
        # no score is below 0, where the lowest begins
        if tier.at_least is not None and tier.at_least > 0:
            bands[_reaches(score, tier.at_least, exactly, end)] = tier.number
    return bands


def _divisions(ledger: Ledger) -> tuple[Diagnostic, ...]:
    """Formulas that divide by zero somewhere."""
    problems: list[Diagnostic] = []
    for criterion in ledger.scheme.criteria:
        if criterion.expression is None:
            continue
        for unit in np.flatnonzero(ledger.columns[criterion.id].reason == Reason.DIVISION_BY_ZERO).tolist():
            where = next(iter(ledger.cells(unit, criterion.id)), Location())
            problems.append(
                Diagnostic(
                    "V319",
                    where,
                    unit=ledger.units.name[unit],
                    field=criterion.id,
                    arguments={"formula": criterion.formula or ""},
                )
            )
    return tuple(problems)


def _no_targets(ledger: Ledger, verdicts: NDArray[np.int8]) -> tuple[Diagnostic, ...]:
    """Targets (比目标) of 0 by which somebody is measured."""
    problems: list[Diagnostic] = []
    for place, criterion in enumerate(ledger.scheme.criteria):
        targets = target_reasons(ledger, criterion)
        if targets is None or criterion.goal is None or criterion.goal.field is None:
            continue
        asked = (verdicts[:, place] != Verdict.NOT_APPLICABLE) & (targets == Reason.DIVISION_BY_ZERO)
        for unit in np.flatnonzero(asked).tolist():
            where = next(iter(ledger.cells(unit, criterion.goal.field)), Location())
            formula = {"formula": f"[{criterion.id}] / {criterion.goal.field}"}
            unit_name = ledger.units.name[unit]
            problems.append(Diagnostic("V319", where, unit=unit_name, field=criterion.goal.field, arguments=formula))
    return tuple(problems)


def with_targets(assessment: Assessment, targets: NDArray[np.int8]) -> Assessment:
    """The same with the tier each unit is to reach (争创), -1 where none is set."""
    units = replace(assessment.ledger.units, target=targets)
    return replace(assessment, ledger=replace(assessment.ledger, units=units))
