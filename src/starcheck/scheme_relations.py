"""Whether what is said of columns beside each other can hold at once: more than the range of each by itself shows.

What is demanded is taken apart into lines, each a sum of quantities that is not below 0, with alternatives where a
formula says ``or``. The quantities are eliminated one after another (Fourier and Motzkin) until numbers are left; where
one of those is below 0 no unit is so. Everything is exact. What is no sum (a product, a day of the month) is a quantity
of its own within its range, and sums of whole numbers are rounded inwards, so what is proved holds. Where lines or
alternatives get too many, nothing is proved.

Dates are ordinals. One without its day stands for any of its days: a comparison is certain only if it holds of each.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations, pairwise, product
from math import ceil, floor, gcd, lcm
from typing import NamedTuple

from starcheck.column import Kind
from starcheck.expression import (
    AGGREGATES,
    AS_OF,
    DAYS,
    FILLED,
    Arithmetic,
    Call,
    Comparison,
    Expression,
    Logic,
    Name,
    Negative,
    Node,
    Not,
    Number,
    outside_aggregates,
)
from starcheck.scheme_model import Criterion, GroupCriterion, Operator, Requirement
from starcheck.scheme_ranges import (
    NO,
    YES,
    Demand,
    Interval,
    Quantities,
    Ranges,
    asked_interval,
    narrowed,
    scale_of,
)

_MOST_LINES = 400
"""Lines beyond which elimination is given up."""
_MOST_CHOICES = 64
"""Ways to choose among alternatives, beyond which some are left out: what is proved without them holds."""


@dataclass(frozen=True, slots=True)
class Sum:
    """Quantities, each so many times, and a constant."""

    factors: Mapping[str, Fraction]
    constant: Fraction = Fraction(0)

    def plus(self, other: Sum, times: Fraction | int = 1) -> Sum:
        """With so many ``times`` another added to it."""
        factors = dict(self.factors)
        for key, factor in other.factors.items():
            factors[key] = factors.get(key, Fraction(0)) + factor * times
        kept = {key: factor for key, factor in factors.items() if factor}
        return Sum(kept, self.constant + other.constant * times)

    def times(self, number: Fraction | int) -> Sum:
        """So many ``times`` it."""
        return Sum({}, Fraction(0)).plus(self, number)


@dataclass(frozen=True, slots=True)
class Line:
    """A sum that is not below 0, or, where ``above``, that is above 0; and ``because`` of which demands, by place."""

    sum: Sum
    above: bool = False
    because: frozenset[int] = frozenset()


Alternatives = list[list[Line]]
"""Lines of which those of one list hold."""


def can_be_met(quantities: Quantities, demand: Demand) -> bool:
    """Whether it cannot be shown that no unit meets a demand."""
    if quantities.tangled(demand.item):
        return contradiction(quantities, [demand]) is None
    return Ranges(quantities).admits(demand)


def contradiction(quantities: Quantities, demands: Sequence[Demand]) -> frozenset[int] | None:
    """The places of demands that no unit, its cells known, meets together; None where none can be shown.

    They may be more than there need be.
    """
    ranges = narrowed(quantities, demands)
    return frozenset(range(len(demands))) if ranges is None else Relations(ranges, demands).contradiction


def figure_of(ranges: Ranges, item: GroupCriterion) -> Interval:
    """What a figure of a group can come to, in its unit, where it counts units beside units."""
    within = ranges.figure(item)
    counts = {str(Expression("", node)) for node in outside_aggregates(item.expression) if _is_count(node)}
    if len(counts) <= 1:
        return within
    relations = Relations(ranges, ())
    return within.meet(relations.spread(relations.sum(item.expression.root)).scaled(scale_of(item.kind, item.unit)))


def figures_that_clash(
    ranges: Ranges, wanted: Sequence[tuple[GroupCriterion, Requirement]]
) -> tuple[tuple[GroupCriterion, Requirement], ...]:
    """Figures, with what is asked of each, that no group meets together; empty where that cannot be shown."""
    relations = Relations(ranges, ())
    lines: list[Line] = []
    for place, (item, asked) in enumerate(wanted):
        value = relations.sum(item.expression.root)
        ends = asked_interval(asked).scaled(1, scale_of(item.kind, item.unit))
        open_ends = asked.operator is Operator.ABOVE, asked.operator is Operator.BELOW
        lines += [replace(line, because=frozenset({place})) for line in _between(value, ends, *open_ends)]
    because = relations.refuted(lines) or ()
    return tuple(one for place, one in enumerate(wanted) if place in because)


class Relations:
    """The lines that demands come to, where columns are ``narrowed`` to what those demands leave of each."""

    def __init__(self, ranges: Ranges, demands: Sequence[Demand]) -> None:
        """Take the demands apart."""
        self._ranges = ranges
        self._at_first = Ranges(ranges.quantities)
        self._all = frozenset(range(len(demands)))
        self._whole: set[str] = set()
        self._bounded: set[str] = set()
        self._lines: list[Line] = []
        self._divided: dict[str, tuple[Sum, Sum, int, frozenset[int]]] = {}
        self._mentioned = {
            name.key
            for demand in demands
            if demand.item.expression is not None
            for name in demand.item.expression.names
            if name.key.startswith(FILLED)
        }
        self._choices: list[Alternatives] = [[[]]]
        for place, demand in enumerate(demands):
            because = frozenset({place})
            told = [[replace(line, because=because) for line in lines] for lines in self._demanded(demand)]
            self._choices.append(told)

    @property
    def contradiction(self) -> frozenset[int] | None:
        """The places of demands that contradict each other; None where it cannot be shown that any do."""
        return self.refuted(())

    def refuted(self, more: Sequence[Line]) -> frozenset[int] | None:
        """Because of which demands the lines, and ``more`` of them, contradict each other; None if none is shown."""
        because: frozenset[int] = frozenset()
        for lines in self._all_lines():
            left = _Elimination(self._whole, [*lines, *more])
            left.eliminate()
            if left.refuted is None:
                return None
            because |= left.refuted
        return because

    def spread(self, what: Sum) -> Interval:
        """What a sum can come to, its ends included."""
        low: list[Fraction | None] = []
        high: list[Fraction | None] = []
        steps = what.factors.keys() <= self._whole and all(
            number.denominator == 1 for number in (*what.factors.values(), what.constant)
        )
        whole = self._whole | ({_SOUGHT} if steps else set())
        for lines in self._all_lines():
            more = what.plus(Sum({_SOUGHT: Fraction(-1)}))
            left = _Elimination(whole, [*lines, Line(more), Line(more.times(-1))])
            left.eliminate(_SOUGHT)
            if left.refuted is None:
                ends = left.ends(_SOUGHT)
                low.append(ends.low)
                high.append(ends.high)
        return Interval(
            None if None in low or not low else min(end for end in low if end is not None),
            None if None in high or not high else max(end for end in high if end is not None),
        )

    def _all_lines(self) -> Iterator[list[Line]]:
        """The lines of each way to choose among the alternatives."""
        chosen: list[Alternatives] = []
        ways = 1
        for alternatives in sorted(self._choices, key=len):
            ways *= len(alternatives)
            if ways > _MOST_CHOICES:
                break
            chosen.append(alternatives)
        for choice in product(*chosen):
            told = [line for lines in choice for line in lines]
            yield [*self._lines, *told, *self._multiplied(told)]

    # --- demands as lines

    def _demanded(self, demand: Demand) -> Alternatives:
        item, wanted = demand.item, demand.wanted
        if item.dates:
            return self._in_order(item.dates, ordered=wanted == YES) if wanted in {YES, NO} else [[]]
        if item.kind is Kind.YESNO and item.expression is not None:
            return self._true(item.expression.root, truth=wanted == YES) if wanted in {YES, NO} else [[]]
        node = Name("criterion", item.id, 0) if item.expression is None else item.expression.root
        value = self.sum(node)
        scale = scale_of(item.kind, item.unit)
        ends = wanted.scaled(1, scale)
        quantities = self._ranges.quantities
        own = _between(value, quantities.within(item).scaled(1, scale), *quantities.open_ends(item))
        return [[*_between(value, ends, demand.open_low, demand.open_high), *own, *self._told(node)]]

    def _in_order(self, names: Sequence[str], *, ordered: bool) -> Alternatives:
        """日期依次: each date not before the one to its left; or some certainly before an earlier one's."""
        dates = [self.sum(Name("field", name, 0)) for name in names]
        told = [line for name in names for line in self._filled(name)]
        if ordered:
            return [[Line(later.plus(earlier, -1)) for earlier, later in pairwise(dates)] + told]
        return [[Line(earlier.plus(later, -1), above=True)] for earlier, later in combinations(dates, 2)] or [[]]

    def _true(self, node: Node, *, truth: bool) -> Alternatives:
        """What follows where a yes or no is certainly that."""
        match node:
            case Not():
                return self._true(node.operand, truth=not truth)
            case Logic():
                sides = [self._true(side, truth=truth) for side in (node.left, node.right)]
                if (node.operator == "and") is truth:
                    return [[*one, *other] for one, other in product(*sides)]
                return [*sides[0], *sides[1]]
            case Comparison():
                told = self._told(node)
                return [lines + told for lines in self._compared(node, truth=truth)]
            case Name() if (part := self._part(node)) is not None and part.expression is not None:
                return self._true(part.expression.root, truth=truth)
            case Name() if (part := self._part(node)) is not None and part.dates:
                return self._in_order(part.dates, ordered=truth)
            case _:
                return [[*_between(self.sum(node), YES if truth else NO), *self._told(node)]]

    def _compared(self, node: Comparison, *, truth: bool) -> Alternatives:
        more = self.sum(node.left).plus(self.sum(node.right), -1)
        less = more.times(-1)
        match node.operator, truth:
            case ("<", True) | (">=", False):
                return [[Line(less, above=True)]]
            case ("<=", True) | (">", False):
                return [[Line(less)]]
            case (">", True) | ("<=", False):
                return [[Line(more, above=True)]]
            case (">=", True) | ("<", False):
                return [[Line(more)]]
            case ("==", True) | ("!=", False):
                return [[Line(more), Line(less)]]
            case _:
                return [[Line(more, above=True)], [Line(less, above=True)]]

    def _told(self, node: Node) -> list[Line]:
        """Without what it would be unknown: that cells are filled in, and formulas that it names within their 范围."""
        lines: list[Line] = []
        for name in Expression("", node).names:
            part = self._part(name)
            if part is not None and part.expression is not None:
                if part.kind.numeric:
                    own = self._ranges.quantities.within(part).scaled(1, scale_of(part.kind, part.unit))
                    open_ends = self._ranges.quantities.open_ends(part)
                    lines += _between(self.sum(part.expression.root), own, *open_ends)
                lines += self._told(part.expression.root)
            elif not name.key.startswith(FILLED):
                lines += [line for key in (name.of or (name.key,)) for line in self._filled(key)]
        return lines

    def _filled(self, key: str) -> list[Line]:
        name = f"{FILLED}({key})"
        if name not in self._mentioned:
            return []
        return _between(self.sum(Name("derived", name, 0, (key,))), YES)

    def is_date(self, node: Node) -> bool:
        """Whether it is a date, so that the difference to another is in days."""
        if not isinstance(node, Name):
            return False
        part = self._ranges.scheme.ledger_columns.get(node.key)
        return node.key == AS_OF or (part is not None and part.kind is Kind.DATE)

    def _part(self, name: Name) -> Criterion | None:
        return self._ranges.scheme.find_criterion(name.key) if name.kind == "criterion" else None

    # --- formulas as sums

    def sum(self, node: Node) -> Sum:
        """A formula as a sum of quantities, as formulas have them: a 比例 as a share, a date as its ordinal."""
        match node:
            case Number():
                return Sum({}, Fraction(node.value))
            case Negative():
                return self.sum(node.operand).times(-1)
            case Name() if node.kind == "derived" and node.key.startswith(DAYS):
                early, late = (self.sum(_date(name)) for name in node.of)
                return late.plus(early, -1)
            case Name():
                part = self._part(node)
                if part is not None and part.expression is not None and part.kind is not Kind.YESNO:
                    return self.sum(part.expression.root)
                return self._quantity(node)
            case Arithmetic():
                return self._arithmetic(node)
            case Call() if node.function not in AGGREGATES:
                return self._call(node)
            case _:
                return self._quantity(node)

    def _arithmetic(self, node: Arithmetic) -> Sum:
        left, right = self.sum(node.left), self.sum(node.right)
        match node.operator:
            case "+":
                return left.plus(right)
            case "-":
                return left.plus(right, -1)
            case "*" if not right.factors:
                return left.times(right.constant)
            case "*" if not left.factors:
                return right.times(left.constant)
            case "/" if not right.factors and right.constant:
                return left.times(1 / right.constant)
            case "/":
                return self._quotient(node, left, right)
            case _:
                return self._quantity(node)

    def _quotient(self, node: Arithmetic, left: Sum, right: Sum) -> Sum:
        """One over what has one sign; it has no value where that is 0."""
        value = self._quantity(node)
        [key] = value.factors
        for ranges, because in ((self._at_first, frozenset[int]()), (self._ranges, self._all)):
            divisor = ranges.node(node.right)
            sign = 1 if divisor.low is not None and divisor.low >= 0 else 0
            sign = -1 if divisor.high is not None and divisor.high <= 0 else sign
            if sign and key not in self._divided:
                self._divided[key] = left, right, sign, because
        return value

    def _call(self, node: Call) -> Sum:
        parts = [self.sum(argument) for argument in node.arguments]
        if node.function == "合计":
            total = Sum({})
            for part in parts:
                total = total.plus(part)
            return total
        value, sign = self._quantity(node), 1 if node.function == "最大" else -1
        beyond = [Line(value.plus(part, -1).times(sign)) for part in parts]
        if self._once(f"={Expression('', node)}", beyond):
            self._choices.append([[Line(line.sum.times(-1))] for line in beyond])
        return value

    def _quantity(self, node: Node) -> Sum:
        """What is not taken apart, within its range."""
        key = node.key if isinstance(node, Name) else str(Expression("", node))
        value = Sum({key: Fraction(1)})
        ends = self._at_first.node(node)
        column = self._ranges.scheme.ledger_columns.get(key) if isinstance(node, Name) else None
        if self._once(key, _between(value, ends, *self._ranges.quantities.open_ends(column))):
            now = ends if isinstance(node, Name) else self._ranges.node(node)
            if now != ends:
                self._lines += [replace(line, because=self._all) for line in _between(value, now)]
            if self._ranges.whole_valued(node):
                self._whole.add(key)
            if isinstance(node, Call) and node.function == "计数":
                self._lines.append(Line(self._quantity(Call("单位数", (), node.column)).plus(value, -1)))
            field = self._ranges.scheme.fields.get(key)
            if field is not None and field.kind is Kind.DATE and field.to_come is False:
                self._lines.append(Line(self._quantity(_date(AS_OF)).plus(value, -1)))
        return value

    def _once(self, key: str, lines: Iterable[Line]) -> bool:
        """Add lines that always hold; whether they are new."""
        if key in self._bounded:
            return False
        self._bounded.add(key)
        self._lines += lines
        return True

    def _multiplied(self, told: Sequence[Line]) -> Iterator[Line]:
        """Lines over one quotient alone, times what it is divided by: not 0 where demands are ``told`` of it.

        Where a formula is certain without the quotient (甲 == 0 or 乙 / 甲 >= 2) it may have no value.
        """
        for key, (value, divisor, sign, of_sign) in self._divided.items():
            certain = min(
                (line.because for line in told if line.because and key in line.sum.factors), key=len, default=None
            )
            if certain is None:
                continue
            yield Line(divisor.times(sign), above=True, because=certain | of_sign)
            for line in (line for line in (*self._lines, *told) if key in line.sum.factors):
                if len(line.sum.factors) == 1:
                    whole = value.times(line.sum.factors[key]).plus(divisor, line.sum.constant).times(sign)
                    yield Line(whole, line.above, line.because | certain | of_sign)


_SOUGHT = ""
"""The sum whose ends are looked for, as a quantity."""


def _is_count(node: Node) -> bool:
    return isinstance(node, Call) and node.function in {"计数", "单位数"}


def _date(name: str) -> Name:
    return Name("derived" if name == AS_OF else "field", name, 0)


def _between(value: Sum, ends: Interval, above: bool = False, below: bool = False) -> list[Line]:
    lines = [] if ends.low is None else [Line(value.plus(Sum({}, ends.low), -1), above)]
    return lines if ends.high is None else [*lines, Line(Sum({}, ends.high).plus(value, -1), below)]


# --- elimination ------------------------------------------------------------------------------------------------------

_Factors = tuple[tuple[str, int], ...]
"""Whole numbers without a common divisor, in order of their quantities."""


class _Said(NamedTuple):
    """What a line says of its quantities: with the constant they are not below 0, or above it; and because of what."""

    constant: Fraction
    above: bool
    because: frozenset[int]


class _Elimination:
    """Lines of which, of those with the same factors, the one that says most is kept."""

    def __init__(self, whole: Collection[str], lines: Iterable[Line]) -> None:
        self._whole = whole
        self._kept: dict[_Factors, _Said] = {}
        self._of: dict[str, tuple[set[_Factors], set[_Factors]]] = {}
        """By quantity the lines that have it more than 0 times, and those that have it less."""
        self.refuted: frozenset[int] | None = None
        """Because of which demands the lines contradict each other, as far as they have been looked at."""
        for line in lines:
            self._keep(line.sum.factors, line.sum.constant, above=line.above, because=line.because)

    def eliminate(self, sought: str | None = None) -> None:
        """Leave no quantity but the one ``sought``; more of them where lines would get too many."""
        while self.refuted is None:
            costs = ((len(up) * len(down) - len(up) - len(down), key) for key, (up, down) in self._of.items())
            cost, key = min((entry for entry in costs if entry[1] != sought), default=(0, None))
            if key is None or len(self._kept) + cost > _MOST_LINES:
                return
            up, down = ([(dict(factors), self._drop(factors)) for factors in list(side)] for side in self._of[key])
            del self._of[key]
            for (one, of_one), (other, of_other) in product(up, down):
                times, others = -other[key], one[key]
                factors = {name: factor * times for name, factor in one.items()}
                for name, factor in other.items():
                    factors[name] = factors.get(name, 0) + factor * others
                self._keep(
                    {name: factor for name, factor in factors.items() if factor},
                    of_one.constant * times + of_other.constant * others,
                    above=of_one.above or of_other.above,
                    because=of_one.because | of_other.because,
                )

    def ends(self, key: str) -> Interval:
        """What is left of a quantity, once there is no other beside it."""
        ends: tuple[list[Fraction], list[Fraction]] = [], []
        for factors, said in self._kept.items():
            if len(factors) == 1 and factors[0][0] == key:
                factor = factors[0][1]
                ends[factor < 0].append(-said.constant / factor)
        return Interval(max(ends[0], default=None), min(ends[1], default=None))

    def _drop(self, factors: _Factors) -> _Said:
        for name, factor in factors:
            self._of[name][factor < 0].discard(factors)
        return self._kept.pop(factors)

    def _keep(
        self, numbers: Mapping[str, Fraction | int], constant: Fraction, *, above: bool, because: frozenset[int]
    ) -> None:
        """Add a line in its simplest form, unless one says as much."""
        if not numbers:
            if self.refuted is None and (constant < 0 or (above and not constant)):
                self.refuted = because
            return
        parts = lcm(*(number.denominator for number in numbers.values()))
        shared = gcd(*(int(number * parts) for number in numbers.values()))
        constant = constant * parts / shared
        if all(name in self._whole for name in numbers):
            # more than a whole number is at least the next one
            constant = Fraction(ceil(constant) - 1 if above else floor(constant))
            above = False
        factors = tuple(sorted((name, int(number * parts) // shared) for name, number in numbers.items()))
        said = self._kept.get(factors)
        if said is not None and (said.constant, not said.above) <= (constant, not above):
            return
        self._kept[factors] = _Said(constant, above, because)
        for name, factor in factors:
            self._of.setdefault(name, (set(), set()))[factor < 0].add(factors)
