"""What the quantities of a scheme can come to, and what is left of that once some of them have to meet what is asked.

Values lie in intervals: a column within its 范围, a formula within what its inputs allow; a date is its ordinal. An
interval may be wider than the values there are, never narrower, so what is proved over it holds. Yes and no are 1 and
0. What a criterion has to come to is carried down its formula to the columns, and from there up into every other
formula over them, until nothing gets narrower; where nothing is left, no unit whose cells are known can be so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import ceil, floor
from typing import Any

from starcheck.column import Kind
from starcheck.diagnostic import Text
from starcheck.expression import (
    AGGREGATES,
    DAY_OF_MONTH,
    FILLED,
    TIER,
    Arithmetic,
    Call,
    Comparison,
    Logic,
    Name,
    Negative,
    Node,
    Not,
    Number,
)
from starcheck.scheme_model import (
    Bounds,
    Criterion,
    GroupCriterion,
    LedgerField,
    Operator,
    Requirement,
    Scheme,
    Trigger,
)

Asked = Requirement | Trigger
"""A comparison in words with a threshold."""


@dataclass(frozen=True, slots=True)
class Interval:
    """From ``low`` to ``high``, both included; None is no end."""

    low: Fraction | None = None
    high: Fraction | None = None

    @property
    def empty(self) -> bool:
        """Whether no number lies in it."""
        return self.low is not None and self.high is not None and self.low > self.high

    @property
    def single(self) -> bool:
        """Whether one number lies in it."""
        return self.low is not None and self.low == self.high

    def meet(self, other: Interval) -> Interval:
        """What lies in both."""
        if self is ANYTHING or other is ANYTHING or self is other:
            return other if self is ANYTHING else self
        return Interval(_outer(self.low, other.low, max), _outer(self.high, other.high, min))

    def scaled(self, times: int, parts: int = 1) -> Interval:
        """Each number of it so many ``times``, and of that one of so many ``parts``."""
        if times == parts:
            return self
        return Interval(*(None if end is None else end * times / parts for end in (self.low, self.high)))

    def words(self, unit: str | None, *, days: bool = False, open_ends: tuple[bool, bool] = (False, False)) -> Text:
        """``0 至 100%``, ``至少 5万元``, ``任意``; of ``days`` the dates, of ends not reached ``高于`` and ``低于``."""
        shown = _day_words if days else number_words
        if self.single:
            return (only := f"{shown(self.low or Fraction(0))}{unit or ''}"), only
        ends: list[Text] = []
        for end, is_open, closed, beyond in (
            (self.low, open_ends[0], ("至少", "at least"), ("高于", "above")),
            (self.high, open_ends[1], ("至多", "at most"), ("低于", "below")),
        ):
            if end is not None:
                words = beyond if is_open else closed
                ends.append((f"{words[0]} {shown(end)}{unit or ''}", f"{words[1]} {shown(end)}{unit or ''}"))
        if self.low is not None and self.high is not None and not any(open_ends):
            low, high = f"{shown(self.low)}{unit or ''}", f"{shown(self.high)}{unit or ''}"
            return f"{low} 至 {high}", f"{low} to {high}"
        if not ends:
            return "任意", "anything"
        return "、".join(end[0] for end in ends), " and ".join(end[1] for end in ends)


def _outer(
    one: Fraction | None, other: Fraction | None, pick: Callable[[Fraction, Fraction], Fraction]
) -> Fraction | None:
    if one is None or other is None:
        return other if one is None else one
    return one if one is other else pick(one, other)


def number_words(value: Fraction) -> str:
    """A number as it is shown to people."""
    return str(value.numerator) if value.denominator == 1 else f"{float(value):.6g}"


def _day_words(ordinal: Fraction) -> str:
    return date.fromordinal(int(ordinal)).isoformat()


ANYTHING = Interval()
NO, YES = Interval(Fraction(0), Fraction(0)), Interval(Fraction(1), Fraction(1))
EITHER = Interval(Fraction(0), Fraction(1))


# --- intervals of columns and formulas --------------------------------------------------------------------------------


def within(bounds: Bounds | None, kind: Kind) -> Interval:
    """What a column can hold. Without a 范围 a 整数 is not below 0 (DESIGN §6.2); open ends are taken as closed."""
    if kind is Kind.YESNO:
        return EITHER
    if not kind.numeric:
        return ANYTHING
    lows = [bounds.at_least, bounds.above] if bounds is not None else []
    highs = [bounds.at_most, bounds.below] if bounds is not None else []
    low = max((Fraction(end) for end in lows if end is not None), default=None)
    high = min((Fraction(end) for end in highs if end is not None), default=None)
    return Interval(Fraction(0) if low is None and kind is Kind.INTEGER else low, high)


def scale_of(kind: Kind, unit: str | None) -> int:
    """A 比例 is a share in a formula, and a hundred or a thousand times that in its unit."""
    return {"%": 100, "‰": 1000}.get(unit or "", 1) if kind is Kind.RATIO else 1


@dataclass(frozen=True, slots=True)
class Demand:
    """That a criterion comes to a value in an interval, of which an end may be ``open``."""

    item: Criterion
    wanted: Interval
    open_low: bool = False
    open_high: bool = False

    @property
    def closed(self) -> Interval:
        """The same for whole numbers, which come to more than 3 from 4 on."""
        low, high = self.wanted.low, self.wanted.high
        return Interval(
            Fraction(floor(low) + 1) if self.open_low and low is not None else low,
            Fraction(ceil(high) - 1) if self.open_high and high is not None else high,
        )


class Quantities:
    """What the columns of a scheme can hold, and what its criteria are computed from; each is worked out once."""

    def __init__(self, scheme: Scheme) -> None:
        """Of a scheme; nothing is worked out before it is asked for."""
        self.scheme = scheme
        self._within: dict[str, Interval] = {}
        self._inputs: dict[str, tuple[str, ...]] = {}
        self._tangled: dict[str, bool] = {}

    def within(self, part: Criterion | LedgerField) -> Interval:
        """What a column, or the value of a criterion, lies within by its own 类型 and 范围."""
        key = part.id if isinstance(part, Criterion) else part.key
        if key not in self._within:
            computed = isinstance(part, Criterion) and not part.reads_column and part.kind.numeric
            self._within[key] = within(part.bounds, Kind.NUMBER if computed else part.kind)
        return self._within[key]

    def inputs(self, item: Criterion) -> tuple[str, ...]:
        """What a criterion is read or computed from, as often as it is named: columns, and what is derived of them."""
        if item.id not in self._inputs:
            found: list[str] = []
            for name in item.expression.names if item.expression is not None else ():
                named = self.scheme.find_criterion(name.key) if name.kind == "criterion" else None
                found += [name.key, *name.of] if named is None else self.inputs(named)
            self._inputs[item.id] = tuple(found) if item.expression is not None else (item.id, *item.dates)
        return self._inputs[item.id]

    def open_ends(self, part: Criterion | LedgerField | None) -> tuple[bool, bool]:
        """Which ends of what a column, or the value of a criterion, lies within are not reached (高于, 低于)."""
        bounds = part.bounds if part is not None and part.kind.numeric else None
        if bounds is None:
            return False, False
        low, high = bounds.above, bounds.below
        return (
            low is not None and (bounds.at_least is None or low >= bounds.at_least),
            high is not None and (bounds.at_most is None or high <= bounds.at_most),
        )

    def tangled(self, item: Criterion) -> bool:
        """Whether its interval may be wider than its values: its parts hang together, or do not reach their ends."""
        if item.id not in self._tangled:
            inputs = self.inputs(item)
            parts = (item, *(self.scheme.ledger_columns.get(key) for key in inputs))
            together = item.expression is not None and (not item.kind.numeric or len(set(inputs)) < len(inputs))
            self._tangled[item.id] = together or any(any(self.open_ends(part)) for part in parts)
        return self._tangled[item.id]


class Ranges:
    """The intervals of a scheme's quantities, where ``narrowed`` says what some columns are known to be."""

    def __init__(self, quantities: Quantities, narrowed: Mapping[str, Interval] | None = None) -> None:
        """Begin with what the columns can hold, and what else is known of them, each in its own unit."""
        self.quantities = quantities
        self.scheme = quantities.scheme
        self.narrowed = dict(narrowed or {})

    def criterion(self, item: Criterion) -> Interval:
        """What a criterion can come to, in its unit."""
        own = self.quantities.within(item)
        if item.expression is not None:
            own = own.meet(self.node(item.expression.root).scaled(scale_of(item.kind, item.unit)))
        return own.meet(self.narrowed.get(item.id, ANYTHING))

    def node(self, node: Node) -> Interval:
        """What a formula, or a part of one, can come to."""
        match node:
            case Number():
                return Interval(Fraction(node.value), Fraction(node.value))
            case Name():
                return self._name(node)
            case Negative():
                return _negative(self.node(node.operand))
            case Arithmetic():
                return _combined(node.operator, self.node(node.left), self.node(node.right))
            case Comparison():
                return _compared(node.operator, self.node(node.left), self.node(node.right))
            case Logic():
                pick = min if node.operator == "and" else max
                left, right = self.node(node.left).meet(EITHER), self.node(node.right).meet(EITHER)
                return Interval(_outer(left.low, right.low, pick), _outer(left.high, right.high, pick))
            case Not():
                return _combined("-", YES, self.node(node.operand).meet(EITHER))
            case Call() if node.function in AGGREGATES:
                return _aggregated(node.function, [self.node(argument) for argument in node.arguments])
            case _:
                return _called(node.function, [self.node(argument) for argument in node.arguments])

    def figure(self, item: GroupCriterion) -> Interval:
        """What a figure of a group can come to, in its unit."""
        return self.node(item.expression.root).scaled(scale_of(item.kind, item.unit))

    def column(self, key: str) -> Interval:
        """What a column of the ledger can hold, in its unit."""
        part = self.scheme.ledger_columns.get(key)
        known = self.narrowed.get(key, ANYTHING)
        return known if part is None else self.quantities.within(part).meet(known)

    def open_ends(self, key: str) -> tuple[bool, bool]:
        """Which ends of what a column can hold are not reached, as far as its 范围 says so."""
        part = self.scheme.ledger_columns.get(key)
        if part is None:
            return False, False
        own, left, is_open = self.quantities.within(part), self.column(key), self.quantities.open_ends(part)
        return is_open[0] and left.low == own.low, is_open[1] and left.high == own.high

    def _part(self, name: Name) -> LedgerField | Criterion | None:
        return (
            self.scheme.ledger_columns.get(name.key) if name.kind == "field" else self.scheme.find_criterion(name.key)
        )

    def _name(self, node: Name) -> Interval:
        known = self.narrowed.get(node.key, ANYTHING)
        part = self._part(node)
        if node.kind == "derived":
            if node.key.startswith(FILLED):
                return known.meet(EITHER)
            return known.meet(Interval(Fraction(1), Fraction(31))) if node.key.startswith(DAY_OF_MONTH) else known
        if part is None:
            return known
        if isinstance(part, Criterion) and part.expression is not None:
            # its own 范围 holds where it has a value, and what names it may be certain without one
            return self.node(part.expression.root)
        inner = self.criterion(part) if isinstance(part, Criterion) else self.quantities.within(part).meet(known)
        return inner.scaled(1, scale_of(part.kind, part.unit))

    # what has to be so, carried down to the columns

    def admits(self, demand: Demand) -> bool:
        """Whether what a criterion can come to has something in common with what is demanded."""
        now, wanted = self.criterion(demand.item), demand.wanted
        short = demand.open_low and now.high is not None and wanted.low is not None and now.high <= wanted.low
        long = demand.open_high and now.low is not None and wanted.high is not None and now.low >= wanted.high
        return not (short or long or now.meet(wanted).empty)

    def impose(self, demand: Demand) -> bool:
        """Narrow the columns to where a demand is met; whether anything is left."""
        item, wanted = demand.item, demand.wanted
        if not self.admits(demand):
            return False
        if item.expression is None:
            whole = item.kind in _WHOLE
            return self._narrow(item.id, demand.closed if whole else wanted, whole=whole)
        wanted = self.quantities.within(item).meet(wanted)
        return self._down(item.expression.root, wanted.scaled(1, scale_of(item.kind, item.unit)))

    def _narrow(self, key: str, wanted: Interval, *, whole: bool) -> bool:
        left = self.narrowed.get(key, ANYTHING).meet(wanted)
        if whole:
            left = whole_numbers(left)
        self.narrowed[key] = left
        return not left.empty

    def _down(self, node: Node, wanted: Interval) -> bool:
        """Narrow what a formula is of, given what it comes to; whether anything is left.

        A ``wanted`` yes of ``or`` may come of either side alone, whatever the other is, so nothing follows for one side
        before the other is out of the question; likewise a no of ``and``.
        """
        now = self.node(node).meet(wanted)
        if now.empty:
            return False
        match node:
            case Name():
                return self._down_to(node, now)
            case Negative():
                return self._down(node.operand, _negative(now))
            case Not():
                return self._down(node.operand, _combined("-", YES, now))
            case Logic():
                return self._down_logic(node, now)
            case Arithmetic():
                return self._down_arithmetic(node, now)
            case Comparison() if now.single:
                operator = node.operator if now == YES else _OPPOSITE[node.operator]
                return self._down_comparison(operator, node.left, node.right)
            case Call() if node.function not in AGGREGATES:
                return self._down_call(node, now)
            case _:
                return True

    def _down_to(self, name: Name, now: Interval) -> bool:
        part = self._part(name)
        if part is None:
            return self._narrow(name.key, now, whole=False)
        if isinstance(part, Criterion) and part.expression is not None:
            return self._down(part.expression.root, now)
        return self._narrow(name.key, now.scaled(scale_of(part.kind, part.unit)), whole=part.kind in _WHOLE)

    def _down_logic(self, node: Logic, now: Interval) -> bool:
        decisive = NO if node.operator == "and" else YES
        if not now.single:
            return True
        if now != decisive:
            return self._down(node.left, now) and self._down(node.right, now)
        for one, other in ((node.left, node.right), (node.right, node.left)):
            if self.node(one).meet(decisive).empty:
                return self._down(other, decisive)
        return True

    def _down_arithmetic(self, node: Arithmetic, now: Interval) -> bool:
        left, right = self.node(node.left), self.node(node.right)
        match node.operator:
            case "+":
                turned = _combined("-", now, right), _combined("-", now, left)
            case "-":
                turned = _combined("+", now, right), _combined("-", left, now)
            case "*":
                # where the other factor may be 0 and so may the product, nothing follows
                turned = _factor(now, right), _factor(now, left)
            case _:
                turned = _combined("*", now, right), _factor(left, now)
        return self._down(node.left, turned[0]) and self._down(node.right, turned[1])

    def _down_comparison(self, operator: str, one: Node, other: Node) -> bool:
        left, right = self.node(one), self.node(other)
        step = Fraction(1 if self.whole_valued(one) and self.whole_valued(other) else 0)
        match operator:
            case "<":
                turned = Interval(None, _plus(right.high, -step)), Interval(_plus(left.low, step), None)
            case "<=":
                turned = Interval(None, right.high), Interval(left.low, None)
            case ">" | ">=":
                return self._down_comparison("<" if operator == ">" else "<=", other, one)
            case "==":
                turned = right, left
            case _:
                turned = _other_than(right, left, step), _other_than(left, right, step)
        return self._down(one, turned[0]) and self._down(other, turned[1])

    def _down_call(self, node: Call, now: Interval) -> bool:
        parts = [self.node(argument) for argument in node.arguments]
        for place, argument in enumerate(node.arguments):
            others = parts[:place] + parts[place + 1 :]
            if node.function == "合计":
                wanted = _combined("-", now, _called("合计", others))
            elif node.function == "最小":
                sure = all(_above(other, now.high) for other in others)
                wanted = Interval(now.low, now.high if sure else None)
            else:
                sure = all(_above(_negative(other), None if now.low is None else -now.low) for other in others)
                wanted = Interval(now.low if sure else None, now.high)
            if not self._down(argument, wanted):
                return False
        return True

    def whole_valued(self, node: Node) -> bool:
        """Whether it comes to nothing but whole numbers; yes and no are among them."""
        match node:
            case Number():
                return node.value == node.value.to_integral_value()
            case Name(kind="derived"):
                return True
            case Name():
                part = self._part(node)
                if isinstance(part, Criterion) and part.expression is not None:
                    return scale_of(part.kind, part.unit) == 1 and self.whole_valued(part.expression.root)
                return part is not None and part.kind in _WHOLE
            case Negative():
                return self.whole_valued(node.operand)
            case Arithmetic():
                return node.operator != "/" and self.whole_valued(node.left) and self.whole_valued(node.right)
            case Call():
                return node.function not in AGGREGATES and all(map(self.whole_valued, node.arguments))
            case _:
                return True


_WHOLE = frozenset({Kind.INTEGER, Kind.YESNO, Kind.DATE})
_OPPOSITE: Mapping[str, str] = {"<": ">=", ">=": "<", "<=": ">", ">": "<=", "==": "!=", "!=": "=="}
_ROUNDS = 12
"""Rounds after which narrowing ends though something still gets narrower: it may do so for ever."""


def narrowed(quantities: Quantities, demands: Sequence[Demand]) -> Ranges | None:
    """The ranges of a unit that meets all of the demands; None where there is no such unit."""
    ranges = Ranges(quantities)
    step = 0
    changed: dict[str, int] = {}
    looked: list[int] = [-1] * len(demands)
    for _ in range(_ROUNDS):
        before = step
        for place, demand in enumerate(demands):
            inputs = quantities.inputs(demand.item)
            if looked[place] >= max((changed.get(key, 0) for key in inputs), default=0):
                continue
            old = {key: ranges.narrowed.get(key) for key in inputs}
            if not ranges.impose(demand):
                return None
            # its own changes are looked at again only where they may come back to it
            looked[place] = step if quantities.tangled(demand.item) else step + 1
            step += 1
            changed |= {key: step for key in inputs if ranges.narrowed.get(key) != old[key]}
        if step == before:
            break
    return ranges


def over_groups(scheme: Scheme) -> Ranges:
    """The ranges of formulas that may name the tier of a unit."""
    highest = max((tier.number for ladder in scheme.tiering.ladders for tier in ladder.tiers), default=0)
    return Ranges(Quantities(scheme), {TIER: Interval(Fraction(0), Fraction(highest))})


def formula_range(scheme: Scheme, node: Node) -> tuple[Fraction | None, Fraction | None]:
    """The least and the most a formula over units can come to, None where there is no end."""
    interval = over_groups(scheme).node(node)
    return interval.low, interval.high


def criterion_range(scheme: Scheme, criterion: Criterion) -> tuple[Fraction | None, Fraction | None]:
    """The least and the most a numeric criterion can come to, in its unit; None where there is no end."""
    interval = Ranges(Quantities(scheme)).criterion(criterion)
    return interval.low, interval.high


# --- arithmetic -------------------------------------------------------------------------------------------------------


def _minus(end: Fraction | None) -> Fraction | None:
    return None if end is None else -end


def _negative(interval: Interval) -> Interval:
    return Interval(_minus(interval.high), _minus(interval.low))


def _combined(operator: str, one: Interval, other: Interval) -> Interval:
    match operator:
        case "+":
            return Interval(_plus(one.low, other.low), _plus(one.high, other.high))
        case "-":
            return Interval(_plus(one.low, _minus(other.high)), _plus(one.high, _minus(other.low)))
        case "*":
            return _multiplied(one, other)
        case _:
            return _divided(one, other)


def _plus(one: Fraction | None, other: Fraction | None) -> Fraction | None:
    return None if one is None or other is None else one + other


_End = tuple[int, Fraction]
"""An end of an interval: -1 or 1 where there is none on that side, else 0 and the number."""


def _end(end: Fraction | None, side: int) -> _End:
    return (side, Fraction(0)) if end is None else (0, end)


def _end_times(one: _End, other: _End) -> _End:
    """Of ends that are not there only the sign counts; what is 0 stays 0."""
    signs = [side or (number > 0) - (number < 0) for side, number in (one, other)]
    if not one[0] and not other[0]:
        return 0, one[1] * other[1]
    return signs[0] * signs[1], Fraction(0)


def _multiplied(one: Interval, other: Interval) -> Interval:
    if one.low is not None and other.low is not None and one.low >= 0 and other.low >= 0:
        if one.high is not None and other.high is not None:
            return Interval(one.low * other.low, one.high * other.high)
        if one.high != 0 and other.high != 0:
            return Interval(one.low * other.low)
    ends = [
        _end_times(left, right)
        for left in (_end(one.low, -1), _end(one.high, 1))
        for right in (_end(other.low, -1), _end(other.high, 1))
    ]
    low, high = min(ends), max(ends)
    return Interval(None if low[0] else low[1], None if high[0] else high[1])


def _divided(one: Interval, other: Interval) -> Interval:
    """Over what has one sign; division by 0 gives no value, so an end at 0 is not reached."""
    if _not_negative(other):
        return _multiplied(one, _reciprocal(other))
    if _not_negative(_negative(other)):
        return _multiplied(_negative(one), _reciprocal(_negative(other)))
    return ANYTHING


def _reciprocal(interval: Interval) -> Interval:
    """Of what is not negative."""
    return Interval(1 / interval.high if interval.high else Fraction(0), 1 / interval.low if interval.low else None)


def _factor(product: Interval, other: Interval) -> Interval:
    """What times ``other`` comes to ``product``."""
    if not product.meet(NO).empty and not other.meet(NO).empty:
        return ANYTHING
    return _divided(product, other)


def _not_negative(interval: Interval) -> bool:
    return interval.low is not None and interval.low >= 0


def _above(interval: Interval, limit: Fraction | None) -> bool:
    return limit is not None and interval.low is not None and interval.low > limit


def whole_numbers(interval: Interval) -> Interval:
    """From the first whole number in it to the last."""
    low, high = interval.low, interval.high
    return Interval(None if low is None else Fraction(ceil(low)), None if high is None else Fraction(floor(high)))


def _other_than(one: Interval, of: Interval, step: Fraction) -> Interval:
    """``of`` without the number that ``one`` is, where that stands at an end and the next is a ``step`` away."""
    if not one.single or not step:
        return of
    low, high = of.low, of.high
    return Interval(
        _plus(low, step if low == one.low else Fraction(0)), _plus(high, -step if high == one.low else Fraction(0))
    )


def _compared(operator: str, left: Interval, right: Interval) -> Interval:
    """Yes where every pair says so, no where none does."""
    match operator:
        case "<" | ">":
            one, other = (left, right) if operator == "<" else (right, left)
            if one.high is not None and other.low is not None and one.high < other.low:
                return YES
            return NO if one.low is not None and other.high is not None and one.low >= other.high else EITHER
        case "<=" | ">=":
            return _combined("-", YES, _compared("<", *((right, left) if operator == "<=" else (left, right))))
        case "==":
            if left.meet(right).empty:
                return NO
            return YES if left.single and left == right else EITHER
        case _:
            return _combined("-", YES, _compared("==", left, right))


def _aggregated(function: str, parts: Sequence[Interval]) -> Interval:
    """Over however many units, none as well: a share is at most the whole, a mean lies where its numbers do."""
    match function:
        case "占比":
            return EITHER
        case "平均":
            return parts[0]
        case "加权平均":
            return parts[0] if _not_negative(parts[1]) else ANYTHING
        case "总和":
            upward, downward = _not_negative(parts[0]), _not_negative(_negative(parts[0]))
            return Interval(Fraction(0) if upward else None, Fraction(0) if downward else None)
        case _:
            return Interval(Fraction(0))


def _called(function: str, parts: Sequence[Interval]) -> Interval:
    lows, highs = [part.low for part in parts], [part.high for part in parts]
    if function == "合计":
        total = NO
        for part in parts:
            total = _combined("+", total, part)
        return total
    if function == "最小":
        low = None if None in lows else min(end for end in lows if end is not None)
        return Interval(low, min((end for end in highs if end is not None), default=None))
    high = None if None in highs else max(end for end in highs if end is not None)
    return Interval(max((end for end in lows if end is not None), default=None), high)


# --- what a requirement says of an interval ---------------------------------------------------------------------------


def ends_of(asked: Asked) -> list[Fraction]:
    """The numbers that a requirement compares with; yes is 1 and no 0, a date its ordinal."""
    operand: Any = asked.operand
    ends = operand if isinstance(operand, tuple) else (operand,)
    return [Fraction(end.toordinal() if isinstance(end, date) else end) for end in ends]


def demand_of(item: Criterion, asked: Asked) -> Demand | None:
    """What a requirement demands of an item; None of one that is made of tasks, an option or a text."""
    if item.tasks or item.kind in {Kind.OPTION, Kind.TEXT}:
        return None
    word = asked.operator
    return Demand(item, asked_interval(asked), word is Operator.ABOVE, word is Operator.BELOW)


def refusals_of(item: Criterion, asked: Asked) -> list[Demand]:
    """What an item comes to that has a value and does not meet what is asked: one of these; none where unknown."""
    if demand_of(item, asked) is None:
        return []
    ends = ends_of(asked)
    if item.kind is Kind.YESNO:
        return [Demand(item, _combined("-", YES, Interval(ends[0], ends[0])))]
    below, above = (
        Demand(item, Interval(None, ends[0]), open_high=True),
        Demand(item, Interval(ends[-1]), open_low=True),
    )
    match asked.operator:
        case Operator.AT_LEAST:
            return [below]
        case Operator.ABOVE:
            return [Demand(item, Interval(None, ends[0]))]
        case Operator.AT_MOST:
            return [above]
        case Operator.BELOW:
            return [Demand(item, Interval(ends[0]))]
        case _:
            return [below, above]


def asked_interval(asked: Asked) -> Interval:
    """The values that meet a requirement, its open end taken as closed."""
    ends = ends_of(asked)
    match asked.operator:
        case Operator.AT_LEAST | Operator.ABOVE:
            return Interval(ends[0], None)
        case Operator.AT_MOST | Operator.BELOW:
            return Interval(None, ends[0])
        case _:
            return Interval(ends[0], ends[-1])


def never(asked: Asked, interval: Interval) -> bool:
    """Whether nothing in the interval meets it."""
    ends = ends_of(asked)
    match asked.operator:
        case Operator.ABOVE:
            return interval.high is not None and interval.high <= ends[0]
        case Operator.BELOW:
            return interval.low is not None and interval.low >= ends[0]
        case _:
            return asked_interval(asked).meet(interval).empty


def always(asked: Asked, interval: Interval) -> bool:
    """Whether everything in the interval meets it."""
    ends = ends_of(asked)
    match asked.operator:
        case Operator.AT_LEAST:
            return interval.low is not None and interval.low >= ends[0]
        case Operator.ABOVE:
            return interval.low is not None and interval.low > ends[0]
        case Operator.AT_MOST:
            return interval.high is not None and interval.high <= ends[0]
        case Operator.BELOW:
            return interval.high is not None and interval.high < ends[0]
        case Operator.BETWEEN:
            low, high = interval.low, interval.high
            return low is not None and high is not None and ends[0] <= low and high <= ends[-1]
        case _:
            return interval.low is not None and interval.low == interval.high == ends[0] == ends[-1]
