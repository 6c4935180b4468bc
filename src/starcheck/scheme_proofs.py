"""What can be proved of a scheme's thresholds, each proof with a witness: what nobody can reach, what never matters.

Values lie in intervals: a column within its 范围, a formula within what its inputs allow. An interval may be wider than
the values there are, never narrower, so what is proved over it holds. What cannot be proved is not reported.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise, product
from typing import Any

from starcheck.column import Kind
from starcheck.diagnostic import Diagnostic, Severity, Text
from starcheck.expression import (
    FILLED,
    TIER,
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
    Value,
    evaluate_exact,
)
from starcheck.scheme_model import (
    Bounds,
    Cap,
    Criterion,
    DatedTiers,
    EffectKind,
    GroupCriterion,
    LedgerField,
    Method,
    Operator,
    Quota,
    Requirement,
    Scheme,
    Star,
    Tier,
    Trigger,
    Veto,
)
from starcheck.scheme_source import Path, Tree

LEAP = 3
"""A threshold that grows or shrinks by more than this factor at once wants a word of explanation."""


@dataclass(frozen=True, slots=True)
class Interval:
    """From ``low`` to ``high``, both included; None is no end."""

    low: Fraction | None = None
    high: Fraction | None = None

    @property
    def empty(self) -> bool:
        """Whether no number lies in it."""
        return self.low is not None and self.high is not None and self.low > self.high

    def meet(self, other: Interval) -> Interval:
        """What lies in both."""
        return Interval(_outer(self.low, other.low, max), _outer(self.high, other.high, min))

    def words(self, unit: str | None) -> Text:
        """``0 至 100%``, ``至少 5万元``, ``任意``."""
        low = None if self.low is None else f"{_number(self.low)}{unit or ''}"
        high = None if self.high is None else f"{_number(self.high)}{unit or ''}"
        match low, high:
            case None, None:
                return "任意", "anything"
            case str(), None:
                return f"至少 {low}", f"at least {low}"
            case None, str():
                return f"至多 {high}", f"at most {high}"
            case _:
                return f"{low} 至 {high}", f"{low} to {high}"


def _outer(
    one: Fraction | None, other: Fraction | None, pick: Callable[[Fraction, Fraction], Fraction]
) -> Fraction | None:
    if one is None or other is None:
        return other if one is None else one
    return pick(one, other)


def _number(value: Fraction) -> str:
    return str(value.numerator) if value.denominator == 1 else f"{float(value):.6g}"


# --- intervals of columns and formulas --------------------------------------------------------------------------------


def _within(bounds: Bounds | None, kind: Kind) -> Interval:
    """What a column can hold. Without a 范围 a 整数 is not below 0 (DESIGN §6.2); open ends are taken as closed."""
    if not kind.numeric:
        return Interval()
    lows = [bounds.at_least, bounds.above] if bounds is not None else []
    highs = [bounds.at_most, bounds.below] if bounds is not None else []
    low = max((Fraction(end) for end in lows if end is not None), default=None)
    high = min((Fraction(end) for end in highs if end is not None), default=None)
    return Interval(Fraction(0) if low is None and kind is Kind.INTEGER else low, high)


def _scale(kind: Kind, unit: str | None) -> int:
    """A 比例 is a share in a formula, and a hundred or a thousand times that in its unit."""
    return {"%": 100, "‰": 1000}.get(unit or "", 1) if kind is Kind.RATIO else 1


class _Ranges:
    """The intervals of a scheme's quantities, where ``narrowed`` says what some of them are known to be."""

    def __init__(self, scheme: Scheme, narrowed: Mapping[str, Interval] | None = None) -> None:
        self.scheme = scheme
        self.narrowed = narrowed or {}

    def criterion(self, item: Criterion) -> Interval:
        """What a criterion can come to, in its unit."""
        own = _within(item.bounds, item.kind if item.reads_column else Kind.NUMBER)
        if item.expression is not None and item.kind.numeric:
            inner = self._node(item.expression)
            scale = _scale(item.kind, item.unit)
            own = own.meet(Interval(*(None if end is None else end * scale for end in (inner.low, inner.high))))
        return own.meet(self.narrowed.get(item.id, Interval()))

    def _node(self, expression: Expression) -> Interval:
        return self._visit(expression.root)

    def node(self, node: Node) -> Interval:
        """What a formula, or a part of one, can come to."""
        return self._visit(node)

    def _visit(self, node: Node) -> Interval:
        match node:
            case Number():
                return Interval(Fraction(node.value), Fraction(node.value))
            case Name():
                return self._name(node)
            case Negative():
                inner = self._visit(node.operand)
                return Interval(_minus(inner.high), _minus(inner.low))
            case Arithmetic():
                return _combined(node.operator, self._visit(node.left), self._visit(node.right))
            case Call():
                return _called(node.function, [self._visit(argument) for argument in node.arguments])
            case _:
                return Interval()

    def _name(self, node: Name) -> Interval:
        part: LedgerField | Criterion | None = (
            self.scheme.ledger_columns.get(node.key) if node.kind == "field" else self.scheme.find_criterion(node.key)
        )
        if part is None:
            return self.narrowed.get(node.key, Interval())
        inner = self.criterion(part) if isinstance(part, Criterion) else _within(part.bounds, part.kind)
        scale = _scale(part.kind, part.unit)
        return Interval(*(None if end is None else end / scale for end in (inner.low, inner.high)))


def formula_range(scheme: Scheme, node: Node) -> tuple[Fraction | None, Fraction | None]:
    """The least and the most a formula over units can come to, None where there is no end."""
    highest = max((tier.number for ladder in scheme.tiering.ladders for tier in ladder.tiers), default=0)
    interval = _Ranges(scheme, {TIER: Interval(Fraction(0), Fraction(highest))}).node(node)
    return interval.low, interval.high


def criterion_range(scheme: Scheme, criterion: Criterion) -> tuple[Fraction | None, Fraction | None]:
    """The least and the most a numeric criterion can come to, in its unit; None where there is no end."""
    interval = _Ranges(scheme).criterion(criterion)
    return interval.low, interval.high


def _minus(end: Fraction | None) -> Fraction | None:
    return None if end is None else -end


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


def _multiplied(one: Interval, other: Interval) -> Interval:
    """Exact where all ends are there; else what the signs alone say."""
    if None not in (one.low, one.high, other.low, other.high):
        ends = [
            a * b for a, b in product((one.low, one.high), (other.low, other.high)) if a is not None and b is not None
        ]
        return Interval(min(ends), max(ends))
    if _not_negative(one) and _not_negative(other):
        return Interval((one.low or Fraction(0)) * (other.low or Fraction(0)))
    return Interval()


def _divided(one: Interval, other: Interval) -> Interval:
    """Only for what is not negative over what is above 0, as shares are; division by 0 gives no value."""
    if not _not_negative(one) or not _not_negative(other):
        return Interval()
    low = Fraction(0) if other.high is None or not one.low else one.low / other.high if other.high else None
    high = one.high / other.low if one.high is not None and other.low else None
    return Interval(low, high)


def _not_negative(interval: Interval) -> bool:
    return interval.low is not None and interval.low >= 0


def _called(function: str, parts: Sequence[Interval]) -> Interval:
    lows, highs = [part.low for part in parts], [part.high for part in parts]
    if function == "合计":
        total = Interval(Fraction(0), Fraction(0))
        for part in parts:
            total = _combined("+", total, part)
        return total
    if function == "最小":
        low = None if None in lows else min(end for end in lows if end is not None)
        return Interval(low, min((end for end in highs if end is not None), default=None))
    high = None if None in highs else max(end for end in highs if end is not None)
    return Interval(max((end for end in lows if end is not None), default=None), high)


# --- what a requirement says of an interval ---------------------------------------------------------------------------


def _ends(asked: Requirement | Trigger) -> list[Fraction]:
    operand: Any = asked.operand
    return [Fraction(end) for end in (operand if isinstance(operand, tuple) else (operand,))]


def _asked(asked: Requirement | Trigger) -> Interval:
    """The values that meet a numeric requirement, its open end taken as closed."""
    ends = _ends(asked)
    match asked.operator:
        case Operator.AT_LEAST | Operator.ABOVE:
            return Interval(ends[0], None)
        case Operator.AT_MOST | Operator.BELOW:
            return Interval(None, ends[0])
        case _:
            return Interval(ends[0], ends[-1])


def _never(asked: Requirement | Trigger, interval: Interval) -> bool:
    """Whether nothing in the interval meets it."""
    ends = _ends(asked)
    match asked.operator:
        case Operator.ABOVE:
            return interval.high is not None and interval.high <= ends[0]
        case Operator.BELOW:
            return interval.low is not None and interval.low >= ends[0]
        case _:
            return _asked(asked).meet(interval).empty


def _always(asked: Requirement | Trigger, interval: Interval) -> bool:
    """Whether everything in the interval meets it."""
    ends = _ends(asked)
    match asked.operator:
        case Operator.AT_LEAST:
            return interval.low is not None and interval.low >= ends[0]
        case Operator.ABOVE:
            return interval.low is not None and interval.low > ends[0]
        case Operator.AT_MOST:
            return interval.high is not None and interval.high <= ends[0]
        case Operator.BELOW:
            return interval.high is not None and interval.high < ends[0]
        case _:
            return interval.low is not None and interval.low == interval.high == ends[0] == ends[-1]


def _no_whole_number(item: Criterion, asked: Requirement) -> bool:
    """Whether a 整数 is asked for a value between two whole numbers."""
    if item.kind is not Kind.INTEGER or asked.operator not in {Operator.EQUALS, Operator.BETWEEN} or item.tasks:
        return False
    ends = _ends(asked)
    return not any(end.denominator == 1 for end in ends) and int(ends[0] // 1) == int(ends[-1] // 1)


def _criteria(scheme: Scheme, tree: Tree) -> Iterator[tuple[Path, Star, Criterion]]:
    for number, star in enumerate(scheme.stars):
        if tree.node("星级", number) is None:
            continue
        for place, item in enumerate(star.criteria):
            for path, part in _below(("星级", number, "指标", place), item):
                yield path, star, part


def _below(path: Path, item: Criterion) -> Iterator[tuple[Path, Criterion]]:
    yield path, item
    for number, task in enumerate(item.tasks):
        yield from _below((*path, "任务", number), task)


# --- the proofs -------------------------------------------------------------------------------------------------------


def _single_requirements(scheme: Scheme, tree: Tree) -> Iterator[Diagnostic]:
    """K638, K659: what no value meets, and what every value meets."""
    ranges = _Ranges(scheme)
    for path, _, item in _criteria(scheme, tree):
        if not tree.whole(*path):
            continue
        for number, asked in enumerate(item.requirements):
            where = tree.where(*path, "要求", number)
            if (
                item.kind is Kind.OPTION
                and isinstance(asked.operand, tuple)
                and set(item.options) <= set(asked.operand)
            ):
                told = asked.words(), asked.words(lang="en")
                yield _idle(where, item.id, told, ("选项全在里面", "it has all the options"))
            if not item.kind.numeric or item.tasks:
                continue
            interval = ranges.criterion(item)
            words = asked.words(item.unit), asked.words(item.unit, "en")
            if _no_whole_number(item, asked):
                yield _out_of_reach(where, item.id, words, ("整数里没有这样的值", "no whole number is"))
            elif _never(asked, interval):
                yield _out_of_reach(where, item.id, words, _may_be(interval, item.unit))
            elif _always(asked, interval):
                yield _idle(where, item.id, words, _may_be(interval, item.unit))
    for number, veto in enumerate(scheme.vetoes):
        if not veto.kind.numeric or not tree.whole("负面清单", number):
            continue
        interval = _within(veto.bounds, veto.kind)
        where = tree.where("负面清单", number, "触发")
        if _never(veto.trigger, interval):
            told = veto.trigger.words(veto.unit), veto.trigger.words(veto.unit, "en")
            yield _out_of_reach(where, veto.id, told, _may_be(interval, veto.unit))


def _may_be(interval: Interval, unit: str | None) -> Text:
    words = interval.words(unit)
    return f"值只能是{words[0]}", f"it can only be {words[1]}"


def _out_of_reach(where: Any, key: str, asked: Text, witness: Text) -> Diagnostic:
    return Diagnostic("K638", where, field=key, arguments={"key": key, "asked": asked, "witness": witness})


def _idle(where: Any, key: str, what: str | Text, witness: Text) -> Diagnostic:
    return Diagnostic("K659", where, field=key, arguments={"key": key, "what": what, "witness": witness})


def _together(scheme: Scheme, tree: Tree) -> Iterator[Diagnostic]:
    """K639, K659: criteria of a star that cannot all be met, and those that others already ask for.

    Where a star needs several criteria at once, what they ask for narrows what a formula over them can come to.
    """
    for number, star in enumerate(scheme.stars):
        path: Path = ("星级", number)
        if tree.node(*path) is None or not tree.whole(*path, "指标"):
            continue
        contradicted: set[tuple[str, str]] = set()
        implied: dict[tuple[str, str], tuple[int, Requirement, Text] | None] = {}
        for day in _stages(scheme, star):
            needed = [
                (place, item, asked)
                for place, item in enumerate(star.criteria)
                if _needed(star, item, day) and item.kind.numeric and not item.tasks
                if (asked := item.in_force(day)) is not None
            ]
            now: set[tuple[str, str]] = set()
            for place, item, asked in needed:
                for _, other, also in needed:
                    names = {name.key for name in item.expression.names} if item.expression is not None else set()
                    pair = (item.id, other.id)
                    if other is item or other.id not in names or pair in contradicted:
                        continue
                    alone = _Ranges(scheme).criterion(item)
                    narrowed = _Ranges(scheme, {other.id: _asked(also)}).criterion(item)
                    then = narrowed.words(item.unit)
                    together: Text = (
                        f"{other.id} 要{also.words(other.unit)}，那时它只能是{then[0]}",
                        f"{other.id} asks {also.words(other.unit, 'en')}, and then it can only be {then[1]}",
                    )
                    if _never(asked, narrowed) and not _never(asked, alone):
                        contradicted.add(pair)
                        arguments: dict[str, str | Text] = {"key": item.id, "other": other.id, "day": f"{day}"}
                        arguments["witness"] = together
                        yield Diagnostic("K639", tree.where(*path, "指标", place), field=item.id, arguments=arguments)
                    elif _always(asked, narrowed) and not _always(asked, alone):
                        now.add(pair)
                        implied.setdefault(pair, (place, asked, together))
            for item in star.criteria:
                if item.in_force(day) is None:
                    continue
                # what others ask for on one day it may have to ask for itself on another
                for pair in {pair for pair in implied if pair[0] == item.id} - now:
                    implied[pair] = None
                judged_alone = {(item.id, other.id) for other in star.criteria if (item.id, other.id) not in now}
                implied |= dict.fromkeys(judged_alone)
        for (key, _), found in implied.items():
            if found is not None and not _pays_by_itself(scheme, star, star.criteria[found[0]]):
                place, asked, together = found
                item = star.criteria[place]
                where = tree.where(*path, "指标", place)
                yield _idle(where, key, (asked.words(item.unit), asked.words(item.unit, "en")), together)


def _pays_by_itself(scheme: Scheme, star: Star, item: Criterion) -> bool:
    """Whether points of an item count, towards its star or the tier, so that it matters whatever the others are."""
    counted = _by_score(scheme) or any(dated.rule.score is not None for dated in star.rules)
    return counted and any(part.points or part.bonus is not None for part in item.scored)


def _needed(star: Star, item: Criterion, day: date) -> bool:
    """Whether on that day the star cannot be lit for any unit unless the item is met."""
    return (star.on(day).rule.all or item.essential) and _counts_for_all(item, day)


def _counts_for_all(item: Criterion, day: date) -> bool:
    """Whether an item is asked that day of every unit, whatever its tags and its kind."""
    if item.in_force(day) is None or item.exempt_tags or item.applies or item.only_bonus:
        return False
    return not item.tasks or any(_counts_for_all(task, day) for task in item.tasks)


def _stages(scheme: Scheme, star: Star) -> list[date]:
    """The first day, and every day on which a requirement or a rule of the star begins."""
    starts = {day for item in star.criteria for part in item.with_tasks for day in part.turns}
    starts |= {dated.since for dated in star.rules if dated.since is not None}
    return _within_scheme(scheme, starts)


def _within_scheme(scheme: Scheme, starts: Iterable[date]) -> list[date]:
    days = [scheme.since, *sorted({start for start in starts if start > scheme.since})]
    return days if scheme.until is None else [day for day in days if day <= scheme.until]


def _idle_parts(scheme: Scheme, tree: Tree) -> Iterator[Diagnostic]:
    """K659: criteria, caps, vetoes and quotas that can never make a difference."""
    for number, star in enumerate(scheme.stars):
        path: Path = ("星级", number)
        if tree.node(*path) is None or not tree.whole(*path, "指标"):
            continue
        days = _stages(scheme, star)
        essential = [item for item in star.criteria if item.essential]
        counts = {star.on(day).rule.at_least for day in days}
        least = counts.pop() if len(counts) == 1 else None
        enough = least is not None and len(essential) >= least and len(essential) < len(star.criteria)
        pays = any(_pays_by_itself(scheme, star, item) for item in star.criteria if not item.essential)
        if enough and not pays and all(_counts_for_all(item, day) for item in essential for day in days):
            ids = [item.id for item in essential]
            others = "、".join(item.id for item in star.criteria if not item.essential)
            witness = (
                f"必备的 {'、'.join(ids)} 都达标时已够 {least} 项",
                f"with {', '.join(ids)}, all 必备, there are {least} already",
            )
            yield _idle(tree.where(*path, "点亮"), star.name, others, witness)
        by_points = all(dated.rule.score is not None for dated in star.rules)
        for place, item in enumerate(star.criteria):
            if item.points == 0 and item.bonus is None and not item.essential and by_points:
                witness = ("分值是 0", "it carries 0 points")
                yield _idle(tree.where(*path, "指标", place, "分值"), item.id, item.name, witness)
    yield from _idle_controls(scheme, tree)


def ladders_of(scheme: Scheme, tree: Tree) -> list[tuple[Path, DatedTiers]]:
    """The sets of tiers, oldest first, each with where it stands: they are written in any order."""
    at: Path = ("定级", "档次")
    ladders, written = scheme.tiering.ladders, tree.node(*at)
    if len(ladders) == 1 and ladders[0].since is None:
        return [(at, ladders[0])]
    items = written.value if written is not None and isinstance(written.value, list) else []
    places = {since.value: place for place, item in enumerate(items) if (since := item.child("自")) is not None}
    return [((*at, places.get(ladder.since, place), "按"), ladder) for place, ladder in enumerate(ladders)]


def _by_score(scheme: Scheme) -> bool:
    return scheme.tiering.method is Method.SCORE


def _idle_controls(scheme: Scheme, tree: Tree) -> Iterator[Diagnostic]:
    tiering = scheme.tiering
    if not tree.whole("定级") or not tree.whole("星级"):
        return
    top = max(ladder.tiers[0].number for ladder in tiering.ladders)
    without = top if _by_score(scheme) else top - 1
    for number, cap in enumerate(tiering.caps):
        if cap.tier >= without:
            witness = (
                f"“{cap.star}”没亮，本来就最多到 {without}",
                f"without {cap.star} nobody is above {without} anyway",
            )
            yield _idle(
                tree.where("定级", "封顶", number), cap.star, (f"最高 {cap.tier}", f"at most {cap.tier}"), witness
            )
    for number, veto in enumerate(scheme.vetoes):
        if veto.effect.kind is EffectKind.CAP and veto.effect.number is not None and veto.effect.number >= top:
            witness = (f"最高的档就是 {top}", f"the highest tier is {top}")
            most = (f"最高 {veto.effect.number:f}", f"at most {veto.effect.number:f}")
            yield _idle(tree.where("负面清单", number, "后果"), veto.id, most, witness)
    for number, quota in enumerate(tiering.quotas):
        if quota.share == 1 and quota.count is None:
            witness = ("名额就是全部单位", "there is a place for everybody")
            yield _idle(tree.where("定级", "名额", number), quota.tier_name, ("至多比例 100%", "at most 100%"), witness)


def _unreachable_tiers(scheme: Scheme, tree: Tree) -> Iterator[Diagnostic]:
    """K640: a tier that no choice of lit stars, or no sum of points, leads to."""
    if not tree.whole("定级") or not tree.whole("星级"):
        return
    for path, ladder in ladders_of(scheme, tree):
        numbers = {tier.number: tier.name for tier in ladder.tiers}
        reached = _tiers_by_score(scheme, ladder.tiers) if _by_score(scheme) else _tiers_by_stars(scheme)
        if reached is None:
            return
        for number, name in numbers.items():
            if number not in reached:
                others = (other for other in sorted(reached) if other in numbers)
                near = "、".join(f"{numbers[other]}（{reached[other]}）" for other in others)
                arguments: dict[str, str | Text] = {"tier": name, "witness": near}
                yield Diagnostic("K640", tree.where(*path), found=name, arguments=arguments)


_MOST_STARS = 12
"""Choices of lit stars double with every star."""


def _tiers_by_stars(scheme: Scheme) -> dict[int, str] | None:
    """Tiers that some choice of lit stars ends in on some day, each with one such choice."""
    names = [star.name for star in scheme.stars]
    if len(names) > _MOST_STARS:
        return None
    starts = {day for star in scheme.stars for day in _stages(scheme, star)}
    dated: list[Cap | Quota | Veto] = [*scheme.tiering.caps, *scheme.tiering.quotas, *scheme.vetoes]
    starts |= {part.since for part in dated if part.since is not None}
    starts |= {ladder.since for ladder in scheme.tiering.ladders if ladder.since is not None}
    starts |= {part.until + timedelta(days=1) for part in dated if part.until is not None and part.until < date.max}
    reached: dict[int, str] = {}
    seen: list[tuple[frozenset[str], Scheme]] = []
    for day in _within_scheme(scheme, starts):
        then = scheme.on(day)
        dark = frozenset(star.name for star in scheme.stars if _never_lit(scheme, star, day))
        if (dark, then) in seen:
            continue
        seen.append((dark, then))
        for choice in product((True, False), repeat=len(names)):
            lit = {name for name, on in zip(names, choice, strict=True) if on}
            if lit & dark:
                continue
            tier = min([len(lit), *(cap.tier for cap in then.tiering.caps if cap.star not in lit)])
            shown = "、".join(sorted(lit, key=names.index)) or "—"
            reached.setdefault(tier, shown)
            for lower in _lowered(then, {tier}, then.tiering.tiers) - {tier}:
                reached.setdefault(lower, shown)
    return reached


def _lowered(scheme: Scheme, tiers: set[int], ladder: Sequence[Tier]) -> set[int]:
    """Where in a ``ladder`` units of these tiers may end by 后果 (最高) and 名额."""
    limits = {
        int(veto.effect.number)
        for veto in scheme.vetoes
        if veto.effect.kind is EffectKind.CAP and veto.effect.number is not None
    }
    found = tiers | {min(tier, limit) for tier in tiers for limit in limits}
    short = {tier.number for tier in ladder for quota in scheme.tiering.quotas if tier.name == quota.tier_name}
    for number in sorted(short, reverse=True):
        # whom a quota displaces competes in the next one
        found |= {number - 1} if number in found else set()
    return found


def _never_lit(scheme: Scheme, star: Star, day: date) -> bool:
    """Whether one criterion that the star needs that day can be met by no unit."""
    ranges = _Ranges(scheme)
    needed = [item for item in star.criteria if _needed(star, item, day) and item.kind.numeric and not item.tasks]
    return any(_never(asked, ranges.criterion(item)) for item in needed if (asked := item.in_force(day)) is not None)


_MOST_SUMS = 20_000
"""Sums of points looked at before giving up."""


def _tiers_by_score(scheme: Scheme, tiers: Sequence[Tier]) -> dict[int, str] | None:
    """Tiers that some sum of points falls into, each with one such sum; None where sums are not just all or nothing."""
    parts = [part for item in scheme.items for part in item.scored]
    within = [above for part in parts for above in scheme.upward(part)]
    graded = any(part.graded or part.exempt_tags or part.applies for part in within)
    if graded or scheme.tiering.rescale or any(star.rescale or star.rule.rescale for star in scheme.stars):
        return None
    sums = {Decimal(0)}
    for part in parts:
        sums |= {total + (part.points or 0) for total in sums}
        if len(sums) > _MOST_SUMS:
            return None
    deductions = [
        veto.effect.number
        for veto in scheme.vetoes
        if veto.effect.kind is EffectKind.DEDUCT and veto.effect.number is not None
    ]
    for deducted in deductions:
        sums |= {max(total - deducted, Decimal(0)) for total in sums}
    bounds = sorted((tier.at_least or Decimal(0), tier.number) for tier in tiers)
    reached: dict[int, str] = {}
    for total in sorted(sums):
        number = max((number for bound, number in bounds if total >= bound), default=None)
        if number is not None:
            reached.setdefault(number, f"{total:f}")
    capped = {min(number, cap.tier) for number in reached for cap in scheme.tiering.caps}
    for number in _lowered(scheme, capped | set(reached), tiers) - set(reached):
        reached[number] = reached[max(reached)]
    return reached


def _leaps(scheme: Scheme, tree: Tree) -> Iterator[Diagnostic]:
    """K658: a threshold that is relaxed, or moves by more than a factor of three, without a 说明."""
    for path, _, item in _criteria(scheme, tree):
        if not item.kind.numeric or not tree.whole(*path) or item.tasks:
            continue
        dated = sorted(enumerate(item.requirements), key=lambda entry: entry[1].since)
        for (_, earlier), (number, later) in pairwise(dated):
            problem = _leap(earlier, later)
            if problem is not None and later.note is None:
                arguments: dict[str, str | Text] = {
                    "key": item.id,
                    "before": (earlier.words(item.unit), earlier.words(item.unit, "en")),
                    "after": (later.words(item.unit), later.words(item.unit, "en")),
                    "since": f"{later.since}",
                    "problem": problem,
                }
                yield Diagnostic("K658", tree.where(*path, "要求", number), field=item.id, arguments=arguments)


_UPWARD = frozenset({Operator.AT_LEAST, Operator.ABOVE})
_DOWNWARD = frozenset({Operator.AT_MOST, Operator.BELOW})


def _leap(earlier: Requirement, later: Requirement) -> Text | None:
    sides = [_UPWARD if asked.operator in _UPWARD else _DOWNWARD for asked in (earlier, later)]
    if any(asked.operator not in _UPWARD | _DOWNWARD for asked in (earlier, later)):
        return None
    if sides[0] is not sides[1]:
        return ("方向反了", "turns round")
    before, after = _ends(earlier)[0], _ends(later)[0]
    relaxed = after < before if sides[0] is _UPWARD else after > before
    if relaxed:
        return ("比原来松了", "is relaxed")
    low, high = sorted((abs(before), abs(after)))
    if low and high > LEAP * low:
        return (f"一次变了 {_number(high / low)} 倍", f"changes by a factor of {_number(high / low)}")
    return None


# --- a blank never pays -----------------------------------------------------------------------------------------------


def _filled(scheme: Scheme, node: Node, *, helps: bool, within: frozenset[str] = frozenset()) -> set[tuple[str, bool]]:
    """The fields that 已填 asks for in a formula, and whether being filled in makes it more of a yes, or greater.

    ``helps`` is so of the formula itself; what is compared with another yes or no may go either way. Formulas of the
    criteria named are looked into too, but for those whose 说明 speaks for them.
    """

    def both(*nodes: Node) -> set[tuple[str, bool]]:
        return {found for part in nodes for way in (True, False) for found in walk(part, way)}

    def walk(part: Node, way: bool) -> set[tuple[str, bool]]:
        match part:
            case Name(kind="derived") if part.key.startswith(FILLED):
                return {(part.of[0], way)}
            case Name(kind="criterion") if part.key not in within:
                named = scheme.find_criterion(part.key)
                if named is None or named.expression is None or named.note is not None:
                    return set()
                return _filled(scheme, named.expression.root, helps=way, within=within | {part.key})
            case Not() | Negative():
                return walk(part.operand, not way)
            case Logic():
                return walk(part.left, way) | walk(part.right, way)
            case Arithmetic():
                # counts and shares are not below 0
                return walk(part.left, way) | walk(part.right, way if part.operator in {"+", "*"} else not way)
            case Comparison():
                return both(part.left, part.right)
            case Call():
                return {found for argument in part.arguments for found in walk(argument, way)}
            case _:
                return set()

    return walk(node, helps)


def _of_blanks(scheme: Scheme, expression: Expression, within: frozenset[str] = frozenset()) -> bool | None:
    """What a yes or no comes to where every cell is blank; None where the cells would have to say."""
    values: dict[str, Value] = {}
    for name in expression.names:
        values[name.key] = False if name.kind == "derived" and name.key.startswith(FILLED) else None
        named = scheme.find_criterion(name.key) if name.kind == "criterion" else None
        if named is not None and named.expression is not None and named.id not in within:
            values[name.key] = _of_blanks(scheme, named.expression, within | {named.id})
    found = evaluate_exact(expression, values)
    return found if isinstance(found, bool) else None


def _blanks_that_pay(scheme: Scheme, tree: Tree) -> Iterator[Diagnostic]:
    """K668: formulas by which leaving a cell blank may meet what filling it in would not (DESIGN §5.2).

    An error where blanks alone meet the requirement; else a warning, since other cells have a say, unless a 说明 says
    why it should be so.
    """
    may: Text = ("，可能反而达标", "may be met")
    for path, _, item in _criteria(scheme, tree):
        if item.expression is None or item.kind is not Kind.YESNO:
            continue
        where = tree.where(*path, "公式")
        paying = {
            number: fields
            for number, asked in enumerate(item.requirements)
            if (fields := _gainers(_filled(scheme, item.expression.root, helps=bool(asked.operand))))
        }
        alone = _of_blanks(scheme, item.expression)
        if any(alone is bool(item.requirements[number].operand) for number in paying):
            sure: Text = ("，不看别的就算达标", "is met, whatever else there is,")
            yield _pays(where, item.id, next(iter(paying.values())), sure, Severity.ERROR)
        elif item.note is None and any(item.requirements[number].note is None for number in paying):
            yield _pays(where, item.id, next(iter(paying.values())), may)
    for number, group in enumerate(scheme.groups):
        for place, figure in enumerate(group.criteria):
            open_to = [asked for asked in figure.requirements if asked.note is None]
            fields = _gainers({found for asked in open_to for found in _over_groups(scheme, figure, asked)})
            if fields and figure.note is None:
                yield _pays(tree.where("分组", number, "指标", place, "汇总"), figure.id, fields, may)
    for number, quota in enumerate(scheme.tiering.quotas):
        for place, tie_break in enumerate(quota.tie_breaks):
            fields = _gainers(_filled(scheme, tie_break.expression.root, helps=tie_break.descending))
            if fields and quota.note is None:
                first: Text = ("，反而排在前面", "comes first")
                where = tree.where("定级", "名额", number, "同分", place)
                yield _pays(where, quota.tier_name, fields, first)


def _gainers(asked: set[tuple[str, bool]]) -> list[str]:
    return sorted({field for field, helps in asked if not helps})


def _over_groups(scheme: Scheme, figure: GroupCriterion, asked: Requirement) -> set[tuple[str, bool]]:
    """For a figure that should be high, or low; in between it may go either way."""
    ways = {True: _UPWARD, False: _DOWNWARD}
    wanted = [way for way, operators in ways.items() if asked.operator in operators] or [True, False]
    return {found for way in wanted for found in _filled(scheme, figure.expression.root, helps=way)}


def _pays(where: Any, key: str, fields: Sequence[str], how: Text, severity: Severity | None = None) -> Diagnostic:
    arguments: dict[str, str | Text] = {"key": key, "fields": ("、".join(fields), ", ".join(fields)), "how": how}
    return Diagnostic("K668", where, field=key, arguments=arguments, severity=severity)


PROOFS: tuple[Callable[[Scheme, Tree], Iterable[Diagnostic]], ...] = (
    _single_requirements,
    _together,
    _idle_parts,
    _unreachable_tiers,
    _leaps,
    _blanks_that_pay,
)
"""Every proof, as plain functions like the rules of ``scheme_lint``; they run where those found no error."""


def stale(scheme: Scheme, today: date) -> Iterator[Diagnostic]:
    """K660: a scheme whose 失效 has passed, on a day that the caller knows."""
    if scheme.until is not None and scheme.until < today:
        arguments = {"title": scheme.title, "until": f"{scheme.until}", "today": f"{today}"}
        yield Diagnostic("K660", scheme.origin("失效"), arguments=arguments)
