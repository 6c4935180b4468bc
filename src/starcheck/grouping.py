"""分组: what is asked of a township, a belt or a county as a whole, from what its units are.

A formula over groups (汇总) counts, adds and averages formulas over units: ``总和(保洁员) / 总和(人口)``,
``占比(档次 >= 3)``. A unit whose value is unknown, or that has not reported, leaves the result between two ends; a
requirement is met or unmet where it is so from one end to the other, and unknown else.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from starcheck import expression as formulas
from starcheck.column import Column, Kind, Reason, Verdict, exact
from starcheck.ledger import Ledger, names_in, share_scale
from starcheck.scheme import BY_COUNTY, BY_TOWNSHIP, Group, GroupCriterion, Operator, formula_range

Rows = NDArray[np.intp]
TIER = formulas.TIER


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
    """All groups of one kind, and how many reported units belong to none."""

    group: Group
    results: tuple[GroupResult, ...]
    outside: int


def grouped(ledger: Ledger, tiers: NDArray[np.int8], reachable: NDArray[np.int8], as_of: date) -> tuple[Grouped, ...]:
    """Every 分组 of the ledger's scheme. ``tiers`` and ``reachable`` are the units', below 0 for those without one."""
    if not ledger.scheme.groups:
        return ()
    columns = _Columns({**ledger.columns, TIER: _tier(tiers)}, _tier(reachable))
    return tuple(_grouped(ledger, group, columns, as_of) for group in ledger.scheme.groups)


def _tier(tiers: NDArray[np.int8]) -> Column:
    reason = np.where(tiers >= 0, Reason.KNOWN, Reason.BLANK).astype(np.int8)
    return Column(Kind.INTEGER, np.maximum(tiers, 0).astype(np.float64), reason)


@dataclass(frozen=True, slots=True)
class _Columns:
    """What formulas over units name: the ledger's columns and each unit's proven tier; and the tier it may turn out."""

    proven: Mapping[str, Column]
    reachable: Column


def _grouped(ledger: Ledger, group: Group, columns: _Columns, as_of: date) -> Grouped:
    members, outside = _members(ledger, group)
    reported = ledger.units.reported
    results = []
    for (county, name), rows in members.items():
        verdicts = tuple(
            GroupVerdict(item, -math.inf, math.inf, Verdict.NOT_APPLICABLE, None)
            if item.only and name not in item.only
            else _judged(ledger, item, columns, rows, as_of)
            for item in group.criteria
        )
        results.append(GroupResult(county, name, len(rows), int(np.count_nonzero(reported[rows])), verdicts))
    return Grouped(group, tuple(results), outside)


def _members(ledger: Ledger, group: Group) -> tuple[dict[tuple[str, str], Rows], int]:
    """The units of each group by county and name, in order of appearance; and how many say no group."""
    units = ledger.units
    if group.by == BY_TOWNSHIP:
        return dict(units.township_groups), 0
    if group.by == BY_COUNTY:
        counties: dict[tuple[str, str], list[int]] = {}
        for place, county in enumerate(units.county):
            counties.setdefault((county, county), []).append(place)
        return {key: np.array(rows, np.intp) for key, rows in counties.items()}, 0
    column = ledger.columns[group.by]
    found: dict[tuple[str, str], list[int]] = {}
    outside = 0
    for place in np.flatnonzero(units.reported).tolist():
        if column.reason[place] != Reason.KNOWN:
            outside += 1
            continue
        value = column.values[place]
        name = column.options[int(value)] if column.kind is Kind.OPTION else str(value)
        found.setdefault((units.county[place], name), []).append(place)
    return {key: np.array(rows, np.intp) for key, rows in found.items()}, outside


# --- one criterion of one group ---------------------------------------------------------------------------------------

_Ends = tuple[Fraction | None, Fraction | None]
"""The least and the most, None where there is no end."""


def _judged(ledger: Ledger, item: GroupCriterion, columns: _Columns, rows: Rows, as_of: date) -> GroupVerdict:
    requirement = item.in_force(as_of)
    low, high = _value(ledger, item.expression.root, columns, rows)
    scale = share_scale(item.kind, item.unit)
    low, high = (None if end is None else end * scale for end in (low, high))
    shown = (-math.inf if low is None else float(low), math.inf if high is None else float(high))
    if requirement is None:
        return GroupVerdict(item, *shown, Verdict.NOT_APPLICABLE, None)
    operand: Any = requirement.operand
    ends = [Fraction(end) for end in (operand if isinstance(operand, tuple) else (operand,))]
    verdict = _verdict(requirement.operator, ends, low, high)
    gap = None
    if verdict is Verdict.UNMET and low is not None and low == high:
        gap = float(min(abs(low - end) for end in ends))
    return GroupVerdict(item, *shown, verdict, gap)


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


def _value(ledger: Ledger, node: formulas.Node, columns: _Columns, rows: Rows) -> _Ends:
    """The ends of a formula over one group."""
    match node:
        case formulas.Number():
            return Fraction(node.value), Fraction(node.value)
        case formulas.Negative():
            low, high = _value(ledger, node.operand, columns, rows)
            return (None if high is None else -high), (None if low is None else -low)
        case formulas.Arithmetic():
            left, right = (_value(ledger, side, columns, rows) for side in (node.left, node.right))
            return _combined(node.operator, left, right)
        case formulas.Call() if node.function in formulas.AGGREGATES:
            return _aggregated(ledger, node, columns, rows)
        case _:
            # what else the lint lets through has no value for a group
            return None, None


def _combined(operator: str, one: _Ends, other: _Ends) -> _Ends:
    if operator in {"+", "-"}:
        if operator == "-":
            other = (None if other[1] is None else -other[1]), (None if other[0] is None else -other[0])
        return tuple(None if a is None or b is None else a + b for a, b in zip(one, other, strict=True))  # type: ignore[return-value]
    if operator == "/":
        if other[0] is None or other[0] <= 0:
            # by zero, or by something that may be: no value, whatever stands above
            return (None, None)
        other = (Fraction(0) if other[1] is None else 1 / other[1]), 1 / other[0]
    if None in (*one, *other):
        positive = one[0] is not None and other[0] is not None and one[0] >= 0 and other[0] >= 0
        high = None if one[1] is None or other[1] is None else one[1] * other[1]
        return ((one[0] or Fraction(0)) * (other[0] or Fraction(0)), high) if positive else (None, None)
    products = [a * b for a in one for b in other if a is not None and b is not None]
    return min(products), max(products)


def _aggregated(ledger: Ledger, node: formulas.Call, columns: _Columns, rows: Rows) -> _Ends:
    """单位数, 计数, 占比, 总和, 平均, 加权平均 over the units ``rows``; what has not reported is unknown."""
    here = ledger.units.reported[rows]
    if node.function == "单位数":
        return Fraction(int(np.count_nonzero(here))), Fraction(len(rows))
    values, known = _over_units(ledger, node.arguments[0], columns, rows)
    known &= here
    if node.function in {"计数", "占比"}:
        yes = int(np.count_nonzero(known & (values == 1)))
        open_still = int(np.count_nonzero(~known))
        whole = 1 if node.function == "计数" else len(rows)
        return (Fraction(yes, whole), Fraction(yes + open_still, whole)) if whole else (None, None)
    total = _sum(values[known])
    missing = int(np.count_nonzero(~known))
    if node.function == "加权平均":
        weights, weighed = _over_units(ledger, node.arguments[1], columns, rows)
        if missing or not weighed.all():
            return None, None
        divisor = _sum(weights)
        products = sum((_exact(a) * _exact(b) for a, b in zip(values, weights, strict=True)), Fraction(0))
        return (products / divisor, products / divisor) if divisor > 0 else (None, None)
    least, most = formula_range(ledger.scheme, node.arguments[0]) if missing else (None, None)
    low = total if not missing else None if least is None else total + missing * least
    high = total if not missing else None if most is None else total + missing * most
    if node.function == "总和":
        return low, high
    size = len(rows)
    return (None if low is None else low / size), (None if high is None else high / size)


def _over_units(
    ledger: Ledger, node: formulas.Node, columns: _Columns, rows: Rows
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """A formula over the units ``rows``: values (yes as 1, shares as shares) and where they are known."""
    inner = formulas.Expression("", node)
    inputs = {name: columns.proven[name].take(rows) for name in names_in(inner)}
    units = {name: ledger.unit_of(name) for name in inputs}
    found = formulas.evaluate(inner, inputs, units)
    known = found.known.copy()
    if TIER in inputs:
        # known where it is the same by every tier from the proven one to the one that may still be reached
        proven, reachable = inputs[TIER], columns.reachable.take(rows)
        open_still = proven.known & (reachable.values > proven.values)
        for step in range(1, 1 + int((reachable.values - proven.values)[open_still].max(initial=0))):
            tier = replace(proven, values=np.minimum(proven.values + step, np.maximum(reachable.values, proven.values)))
            other = formulas.evaluate(inner, {**inputs, TIER: tier}, units)
            known &= other.known & (other.values == found.values)
    return found.values, known


def _exact(value: float) -> Fraction:
    return exact(float(value))


def _sum(values: NDArray[np.float64]) -> Fraction:
    """The sum of decimals, exactly."""
    return sum(map(_exact, values.tolist()), Fraction(0))
