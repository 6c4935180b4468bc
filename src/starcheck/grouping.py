"""分组: what is asked of a township, a belt or a county as a whole, from what its units are.

A formula over groups (汇总) counts, adds and averages formulas over units: ``总和(保洁员) / 总和(人口)``,
``占比(档次 >= 3)``. A unit whose value is unknown, or that has not reported, leaves the result between two ends; a
requirement is met or unmet where it is so from one end to the other, and unknown else.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from starcheck import expression as formulas
from starcheck.column import Column, Kind, Reason, Verdict
from starcheck.ledger import Ledger, names_in, share_scale
from starcheck.scheme import BY_COUNTY, BY_TOWNSHIP, Group, GroupCriterion, Operator, formula_range

Rows = NDArray[np.intp]
Bools = NDArray[np.bool_]
TIER = formulas.TIER


@dataclass(frozen=True, slots=True, eq=False)
class TierEnds:
    """The ``least`` and the ``most`` that each unit's tier may turn out, open vetoes and quotas included.

    ``without`` is 1 for a unit that has no tier (不参评), whatever its ends say, 0 for one that has one, and -1 for one
    that may have none.
    """

    least: NDArray[np.int8]
    most: NDArray[np.int8]
    without: NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class GroupVerdict:
    """A criterion of one group: the least and the most it can be (in its unit, shares ×100), the same where known."""

    criterion: GroupCriterion
    low: float
    high: float
    verdict: Verdict
    gap: float | None

    @property
    def value(self) -> float | None:
        """The value where it is known."""
        return self.low if self.low == self.high else None


@dataclass(frozen=True, slots=True)
class GroupResult:
    """One group: its county, its name, how many units it has and how many of them reported."""

    county: str
    name: str
    units: int
    reported: int
    verdicts: tuple[GroupVerdict, ...]

    @property
    def verdict(self) -> Verdict:
        """Met if all its criteria are, unmet if one is not."""
        states = {verdict.verdict for verdict in self.verdicts} - {Verdict.NOT_APPLICABLE}
        if Verdict.UNMET in states:
            return Verdict.UNMET
        if Verdict.UNKNOWN in states:
            return Verdict.UNKNOWN
        return Verdict.MET if states else Verdict.NOT_APPLICABLE


@dataclass(frozen=True, slots=True)
class Grouped:
    """All groups of one kind; by county how many reported units are ``outside`` them all, by their own word.

    And how many are ``unplaced``: not reported, or with a cell that cannot be read, so that they may be of any.
    """

    group: Group
    results: tuple[GroupResult, ...]
    outside: Mapping[str, int]
    unplaced: Mapping[str, int]


def grouped(ledger: Ledger, tiers: TierEnds, as_of: date) -> tuple[Grouped, ...]:
    """Every 分组 of the ledger's scheme, where ``tiers`` are what its units' may turn out."""
    return tuple(_grouped(ledger, group, tiers, as_of) for group in ledger.scheme.groups)


@dataclass(frozen=True, slots=True, eq=False)
class _Members:
    """The units of one group: those that are of it, then those that may be, by where ``sure`` ends."""

    rows: Rows
    sure: int

    @property
    def optional(self) -> Bools:
        """Which of them may be of another group, or of none."""
        return np.arange(len(self.rows)) >= self.sure


def _grouped(ledger: Ledger, group: Group, tiers: TierEnds, as_of: date) -> Grouped:
    found, outside, unplaced = _members(ledger, group)
    reported = ledger.units.reported
    results = []
    for (county, name), members in found.items():
        verdicts = tuple(
            GroupVerdict(item, -math.inf, math.inf, Verdict.NOT_APPLICABLE, None)
            if item.only and name not in item.only
            else _judged(ledger, item, tiers, members, as_of)
            for item in group.criteria
        )
        here = members.rows[: members.sure]
        results.append(GroupResult(county, name, len(here), int(np.count_nonzero(reported[here])), verdicts))
    return Grouped(group, tuple(results), outside, unplaced)


def _members(ledger: Ledger, group: Group) -> tuple[dict[tuple[str, str], _Members], dict[str, int], dict[str, int]]:
    """The units of each group by county and name, in order of appearance, then those that the scheme names besides.

    And by county how many say that they are of none, and of how many it is not known: they may be of any.
    """
    units = ledger.units
    found: dict[tuple[str, str], list[int]] = {}
    outside: dict[str, int] = {}
    open_still: dict[str, list[int]] = {}
    if group.by == BY_TOWNSHIP:
        found |= {key: rows.tolist() for key, rows in units.township_groups.items()}
    elif group.by == BY_COUNTY:
        for place, county in enumerate(units.county):
            found.setdefault((county, county), []).append(place)
    else:
        column = ledger.columns[group.by]
        for place, (county, came) in enumerate(zip(units.county, units.reported.tolist(), strict=True)):
            reason = column.reason[place]
            if came and reason == Reason.KNOWN:
                value = column.values[place]
                name = column.options[int(value)] if column.kind is Kind.OPTION else str(value)
                found.setdefault((county, name), []).append(place)
            elif came and reason == Reason.BLANK:
                outside[county] = outside.get(county, 0) + 1
            else:
                open_still.setdefault(county, []).append(place)
    seen = {name for _, name in found}
    listed = [name for item in group.criteria for name in item.only if name not in seen and group.by != BY_COUNTY]
    if group.by in ledger.columns:
        listed += ledger.columns[group.by].options
    # a group that the scheme names is one, though no unit says to be of it
    for key in ((county, name) for county in units.counties for name in listed):
        found.setdefault(key, [])
    groups = {
        (county, name): _Members(np.array([*rows, *open_still.get(county, ())], np.intp), len(rows))
        for (county, name), rows in found.items()
    }
    return groups, outside, {county: len(rows) for county, rows in open_still.items()}


# --- one criterion of one group ---------------------------------------------------------------------------------------

_Ends = tuple[Fraction | None, Fraction | None]
"""The least and the most, None where there is no end."""


def _judged(ledger: Ledger, item: GroupCriterion, tiers: TierEnds, members: _Members, as_of: date) -> GroupVerdict:
    requirement = item.in_force(as_of)
    low, high = _value(_Over(ledger, tiers, members), item.expression.root)
    scale = share_scale(item.kind, item.unit)
    low, high = (None if end is None else end * scale for end in (low, high))
    shown = (-math.inf if low is None else float(low), math.inf if high is None else float(high))
    if requirement is None:
        return GroupVerdict(item, *shown, Verdict.NOT_APPLICABLE, None)
    operand: Any = requirement.operand
    ends = [Fraction(end) for end in (operand if isinstance(operand, tuple) else (operand,))]
    verdict = _of_those_heard(ledger, members, _verdict(requirement.operator, ends, low, high))
    gap = None
    if verdict is Verdict.UNMET and low is not None and low == high:
        gap = float(min(abs(low - end) for end in ends))
    return GroupVerdict(item, *shown, verdict, gap)


def _of_those_heard(ledger: Ledger, members: _Members, verdict: Verdict) -> Verdict:
    """The verdict on a group of which somebody reported. Else it is not known, however much its size alone proves.

    A group of which no unit is, or may be, can fall short, but meets nothing by being empty.
    """
    if ledger.units.reported[members.rows[: members.sure]].any():
        return verdict
    if not len(members.rows):
        return verdict if verdict is Verdict.UNMET else Verdict.NOT_APPLICABLE
    return verdict if verdict is Verdict.UNMET and not members.sure else Verdict.UNKNOWN


def _verdict(operator: Operator, ends: Sequence[Fraction], low: Fraction | None, high: Fraction | None) -> Verdict:
    """Over the whole interval: met everywhere, unmet everywhere, or not known."""
    wanted = _wanted(operator, ends)
    above = low is not None and (wanted[0] is None or (low > wanted[0] if wanted[2] else low >= wanted[0]))
    below = high is not None and (wanted[1] is None or (high < wanted[1] if wanted[2] else high <= wanted[1]))
    if (wanted[0] is None or above) and (wanted[1] is None or below):
        return Verdict.MET
    too_low = wanted[0] is not None and high is not None and (high <= wanted[0] if wanted[2] else high < wanted[0])
    too_high = wanted[1] is not None and low is not None and (low >= wanted[1] if wanted[2] else low > wanted[1])
    return Verdict.UNMET if too_low or too_high else Verdict.UNKNOWN


def _wanted(operator: Operator, ends: Sequence[Fraction]) -> tuple[Fraction | None, Fraction | None, bool]:
    """The interval a requirement asks for, and whether its end is open."""
    match operator:
        case Operator.AT_LEAST:
            return ends[0], None, False
        case Operator.ABOVE:
            return ends[0], None, True
        case Operator.AT_MOST:
            return None, ends[0], False
        case Operator.BELOW:
            return None, ends[0], True
        case _:
            return ends[0], ends[-1], False


def _value(over: _Over, node: formulas.Node) -> _Ends:
    """The ends of a formula over one group."""
    match node:
        case formulas.Number():
            return Fraction(node.value), Fraction(node.value)
        case formulas.Negative():
            return _negative(_value(over, node.operand))
        case formulas.Arithmetic():
            return _combined(node.operator, _value(over, node.left), _value(over, node.right))
        case formulas.Call() if node.function in formulas.AGGREGATES:
            return over.aggregated(node)
        case formulas.Call():
            return _called(node.function, [_value(over, argument) for argument in node.arguments])
        case _:  # pragma: no cover - the lint has seen to it
            raise TypeError(f"{node} has no value for a group")


def _negative(ends: _Ends) -> _Ends:
    low, high = ends
    return (None if high is None else -high), (None if low is None else -low)


def _added(one: Fraction | None, other: Fraction | None) -> Fraction | None:
    return None if one is None or other is None else one + other


def _combined(operator: str, one: _Ends, other: _Ends) -> _Ends:
    if operator == "-":
        operator, other = "+", _negative(other)
    if operator == "+":
        return _added(one[0], other[0]), _added(one[1], other[1])
    if operator == "/":
        if other[1] is not None and other[1] < 0:
            one, other = _negative(one), _negative(other)
        if other[0] is None or other[0] <= 0:
            # by zero, or by something that may be: no value, whatever stands above
            return None, None
        other = (Fraction(0) if other[1] is None else 1 / other[1]), 1 / other[0]
    if (None, None) in {one, other}:
        return None, None
    products = [_product(a, b) for a in zip(one, (-1, 1), strict=True) for b in zip(other, (-1, 1), strict=True)]
    finite = [product for product in products if isinstance(product, Fraction)]
    return (None if -math.inf in products else min(finite)), (None if math.inf in products else max(finite))


def _product(one: tuple[Fraction | None, int], other: tuple[Fraction | None, int]) -> Fraction | float:
    """Of two ends, each with its side: None is infinite on that side, and 0 times that is 0."""
    (a, side), (b, way) = one, other
    if a is not None and b is not None:
        return a * b
    if 0 in (a, b):
        return Fraction(0)
    below = (side if a is None else a) * (way if b is None else b) < 0
    return -math.inf if below else math.inf


def _called(function: str, parts: Sequence[_Ends]) -> _Ends:
    """最小, 最大 and 合计 of values of a group; nothing is known of them where one may have no value."""
    if (None, None) in parts:
        return None, None
    if function == "最大":
        return _negative(_called("最小", [_negative(part) for part in parts]))
    lows = [low for low, _ in parts if low is not None]
    highs = [high for _, high in parts if high is not None]
    if function == "合计":
        return _total([low for low, _ in parts]), _total([high for _, high in parts])
    return (min(lows) if len(lows) == len(parts) else None), min(highs, default=None)


# --- over the units of one group --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class _Numbers:
    """A number of every unit of a group between two ends; ``counts`` 1 where it has one, 0 where not, -1 perhaps."""

    ends: Sequence[_Ends]
    counts: Sequence[int]


@dataclass(frozen=True, slots=True, eq=False)
class _Over:
    """What is computed over the units of one group."""

    ledger: Ledger
    tiers: TierEnds
    members: _Members

    def aggregated(self, node: formulas.Call) -> _Ends:
        """单位数, 计数, 占比, 总和, 平均, 加权平均; what has not reported, or may be of the group or not, is open."""
        rows, optional = self.members.rows, self.members.optional
        sure = self.members.sure
        if node.function == "单位数":
            here = int(np.count_nonzero(self.ledger.units.reported[rows[:sure]]))
            return Fraction(here), Fraction(len(rows))
        if node.function in {"计数", "占比"}:
            may, may_not = self.answers(node.arguments[0])
            least = int(np.count_nonzero(may & ~may_not & ~optional))
            most = int(np.count_nonzero(may & ~optional))
            more, rest = int(np.count_nonzero(may & optional)), int(np.count_nonzero(may_not & optional))
            if node.function == "计数":
                return Fraction(least), Fraction(most + more)
            return (Fraction(least, sure + rest), Fraction(most + more, sure + more)) if sure else (None, None)
        numbers = self.numbers(node.arguments[0])
        if node.function == "总和":
            parts = [
                ends if counts == 1 else (_least(ends[0], Fraction(0)), _most(ends[1], Fraction(0)))
                for ends, counts in zip(numbers.ends, numbers.counts, strict=True)
                if counts
            ]
            return _total([low for low, _ in parts]), _total([high for _, high in parts])
        one: _Ends = Fraction(1), Fraction(1)
        weights = _Numbers([one] * len(rows), [1] * len(rows))
        if node.function == "加权平均":
            weights = self.numbers(node.arguments[1])
        spans = [
            (ends, weight if counts == 1 == also else (Fraction(0), weight[1]))
            for ends, counts, weight, also in zip(
                numbers.ends, numbers.counts, weights.ends, weights.counts, strict=True
            )
            if counts and also
        ]
        return _mean(spans)

    def answers(self, node: formulas.Node) -> tuple[Bools, Bools]:
        """Of a condition which units may meet it, and which may not."""
        whole = self.whole(node)
        may, may_not = np.zeros(len(self.members.rows), bool), np.zeros(len(self.members.rows), bool)
        for inputs, here in self.turns(whole):
            found = formulas.evaluate(_tierless(whole) if TIER not in inputs else whole, inputs, self.units(inputs))
            may |= here & (~found.known | (found.values == 1))
            may_not |= here & (~found.known | (found.values != 1))
        silent = ~self.ledger.units.reported[self.members.rows]
        return may | silent, may_not | silent

    def numbers(self, node: formulas.Node) -> _Numbers:
        """A number of each unit, exactly; unknown, it lies anywhere within what its fields can hold."""
        whole = self.whole(node)
        rows = self.members.rows
        limits = formula_range(self.ledger.scheme, whole.root)
        ends: list[_Ends | None] = [None] * len(rows)
        for inputs, here in self.turns(whole):
            if TIER not in inputs and TIER in names_in(whole):
                continue
            found = formulas.evaluate_numbers(whole, inputs, self.units(inputs), len(rows))
            for place in np.flatnonzero(here).tolist():
                number, before = found[place], ends[place]
                if number is None:
                    ends[place] = limits
                elif before is None:
                    ends[place] = number, number
                else:
                    ends[place] = _least(before[0], number), _most(before[1], number)
        counts = np.where(self.members.optional, -1, 1)
        if TIER in names_in(whole):
            without = self.tiers.without[rows]
            counts = np.where(without == 1, 0, np.where(without == -1, -1, counts))
        reported = self.ledger.units.reported[rows].tolist()
        known = [end if came and end is not None else limits for end, came in zip(ends, reported, strict=True)]
        return _Numbers(known, counts.tolist())

    def whole(self, node: formulas.Node) -> formulas.Expression:
        """A formula over units with the formulas of criteria in it, so that nothing in between is rounded."""
        scheme = self.ledger.scheme

        def spelled_out(part: formulas.Node) -> formulas.Node | None:
            criterion = scheme.find_criterion(part.key) if isinstance(part, formulas.Name) else None
            if criterion is None or criterion.expression is None:
                return None
            return formulas.changed(criterion.expression.root, spelled_out)

        return formulas.Expression("", formulas.changed(node, spelled_out))

    def units(self, inputs: Mapping[str, Column]) -> dict[str, str | None]:
        """The units of measure of what a formula names."""
        return {name: self.ledger.unit_of(name) for name in inputs}

    def turns(self, whole: formulas.Expression) -> Iterator[tuple[dict[str, Column], Bools]]:
        """The columns that a formula names, by every tier that units may turn out to have, and for which units.

        Without a column of tiers for those that may have none.
        """
        rows = self.members.rows
        names = names_in(whole)
        inputs = {name: self.ledger.columns[name].take(rows) for name in names if name != TIER}
        if TIER not in names:
            yield inputs, np.ones(len(rows), bool)
            return
        least, most, without = (array[rows] for array in (self.tiers.least, self.tiers.most, self.tiers.without))
        for step in range(1 + int((most - least).max(initial=0))):
            values = np.minimum(least + step, most).astype(np.float64)
            yield {**inputs, TIER: Column(Kind.INTEGER, values, np.zeros(len(rows), np.int8))}, without != 1
        yield inputs, without != 0


def _tierless(whole: formulas.Expression) -> formulas.Expression:
    """A condition for a unit that has no tier: what is compared with it is a no."""
    no = formulas.Comparison("==", formulas.Number(Decimal(0), 1), formulas.Number(Decimal(1), 1), 1)

    def answered(part: formulas.Node) -> formulas.Node | None:
        compared = isinstance(part, formulas.Comparison) and TIER in names_in(formulas.Expression("", part))
        return no if compared else None

    return formulas.Expression("", formulas.changed(whole.root, answered))


def _least(one: Fraction | None, other: Fraction) -> Fraction | None:
    return None if one is None else min(one, other)


def _most(one: Fraction | None, other: Fraction) -> Fraction | None:
    return None if one is None else max(one, other)


def _total(parts: Sequence[Fraction | None]) -> Fraction | None:
    """The sum, exactly. Denominators are few, or else grow: those alike are added first."""
    tops: dict[int, int] = {}
    for part in parts:
        if part is None:
            return None
        tops[part.denominator] = tops.get(part.denominator, 0) + part.numerator
    sums = [Fraction(top, bottom) for bottom, top in tops.items()]
    while len(sums) > 1:
        sums = [sum(sums[place : place + 2], Fraction(0)) for place in range(0, len(sums), 2)]
    return sums[0] if sums else Fraction(0)


def _mean(spans: Sequence[tuple[_Ends, _Ends]]) -> _Ends:
    """The ends of a mean of values by weights, each between its own; none where all weights may come to nothing."""
    least = _total([weight[0] for _, weight in spans])
    if least is None or least <= 0 or any(weight[0] is None or weight[0] < 0 for _, weight in spans):
        return None, None
    low = _lowest_mean([(ends[0], *weight) for ends, weight in spans])
    high = _lowest_mean([(None if ends[1] is None else -ends[1], *weight) for ends, weight in spans])
    return low, None if high is None else -high


def _lowest_mean(parts: Sequence[tuple[Fraction | None, Fraction | None, Fraction | None]]) -> Fraction | None:
    """The least mean of values with their least and most weight: what lies below it weighs the most, the rest least."""
    some = [(value, least or Fraction(0), most) for value, least, most in parts if most != 0]
    if any(value is None for value, _, _ in some):
        return None
    ordered = sorted((value, least, most) for value, least, most in some if value is not None and least != most)
    top = _total([value * least for value, least, _ in some if value is not None])
    bottom = _total([least for _, least, _ in some])
    assert top is not None
    assert bottom is not None
    for value, least, most in sorted(ordered, key=lambda part: part[0]):
        if value * bottom >= top:
            break
        if most is None:
            return value
        top += value * (most - least)
        bottom += most - least
    return top / bottom
