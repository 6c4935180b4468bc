"""What can be proved of a scheme's thresholds, each proof with a witness: what nobody can reach, what never matters.

The proofs are over the intervals of ``scheme_ranges``, which are never too narrow. What cannot be proved is not
reported.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache
from itertools import combinations, pairwise, product
from math import ceil, comb, floor, prod
from typing import Any

from starcheck.column import Kind
from starcheck.diagnostic import Diagnostic, Severity, Text
from starcheck.expression import (
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
    Value,
    evaluate_exact,
)
from starcheck.scheme_conflicts import (
    ANY_KIND,
    Conflicts,
    OfKind,
    Wanted,
    ahead_words,
    column_words,
    counts_for,
    kinds_of,
    required,
)
from starcheck.scheme_model import (
    ALL_TASKS,
    Band,
    Cap,
    Criterion,
    DatedTiers,
    EffectKind,
    GroupCriterion,
    LightRule,
    Method,
    Operator,
    Quota,
    RankedBy,
    Requirement,
    Scheme,
    Star,
    Tier,
    Trigger,
    Veto,
)
from starcheck.scheme_ranges import (
    Interval,
    Quantities,
    Ranges,
    always,
    asked_interval,
    demand_of,
    ends_of,
    never,
    number_words,
    over_groups,
    refusals_of,
    scale_of,
    whole_numbers,
    within,
)
from starcheck.scheme_relations import can_be_met, figure_of, figures_that_clash
from starcheck.scheme_source import Path, Tree, nodes_of_criteria

LEAP = 3
"""A threshold that grows or shrinks by more than this factor at once wants a word of explanation."""


def _no_whole_number(part: Criterion | Veto, asked: Requirement | Trigger) -> bool:
    """Whether a 整数 is asked for a value between two whole numbers."""
    if part.kind is not Kind.INTEGER or asked.operator not in {Operator.EQUALS, Operator.BETWEEN}:
        return False
    ends = ends_of(asked)
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
    ranges = Ranges(Quantities(scheme))
    for path, _, item in _criteria(scheme, tree):
        if not tree.whole(*path):
            continue
        for number, asked in enumerate(item.requirements):
            where = tree.where(*path, "要求", number)
            words = asked.words(item.unit), asked.words(item.unit, "en")
            demand = demand_of(item, asked)
            if item.kind is Kind.OPTION and _all_options(item, asked):
                yield _idle(where, item.id, words, ("选项全在里面", "it has all the options"))
            if demand is None:
                continue
            if _no_whole_number(item, asked):
                yield _out_of_reach(where, item.id, words, ("整数里没有这样的值", "no whole number is"))
            elif not can_be_met(ranges.quantities, demand):
                yield _out_of_reach(where, item.id, words, _comes_to(ranges, item, asked, met=False))
            elif _never_refused(ranges, item, asked):
                yield _idle(where, item.id, words, _comes_to(ranges, item, asked, met=True))


def _never_refused(ranges: Ranges, item: Criterion, asked: Requirement) -> bool:
    """Whether whatever its columns hold meets what is asked."""
    refusals = refusals_of(item, asked)
    return bool(refusals) and not any(can_be_met(ranges.quantities, refusal) for refusal in refusals)


def _all_options(part: Criterion | Veto, asked: Requirement | Trigger) -> bool:
    """Whether every word there is will do."""
    operand = asked.operand
    return set(part.options) <= set(operand if isinstance(operand, tuple) else [operand])


def _comes_to(ranges: Ranges, item: Criterion, asked: Requirement, *, met: bool) -> Text:
    """Why nothing, or everything, meets what is asked: what the item can be, or what its columns can hold."""
    interval = ranges.criterion(item)
    if item.kind.numeric and (always if met else never)(asked, interval):
        return _may_be(interval, item.unit)
    values = column_words(ranges, ranges.quantities.inputs(item))
    if item.formula is None:
        return values
    ahead = ahead_words(ranges.scheme, ranges.quantities.inputs(item))
    return f"“{item.formula}”里{values[0]}{ahead[0]}", f"in {item.formula} {values[1]}{ahead[1]}"


def _figures(scheme: Scheme, tree: Tree) -> Iterator[Diagnostic]:
    """K638, K659: what no group comes to, and what every group does, whatever is known of its units."""
    ranges = over_groups(scheme)
    for path, item in _group_criteria(scheme, tree):
        if not item.kind.numeric or not tree.whole(*path):
            continue
        interval = figure_of(ranges, item)
        for number, asked in enumerate(item.requirements):
            where = tree.where(*path, "要求", number)
            words = asked.words(item.unit), asked.words(item.unit, "en")
            if never(asked, interval):
                yield _out_of_reach(where, item.id, words, _may_be(interval, item.unit))
            elif always(asked, interval):
                yield _idle(where, item.id, words, _may_be(interval, item.unit))


def _figures_together(scheme: Scheme, tree: Tree) -> Iterator[Diagnostic]:
    """K639: figures that no group of those they are both for meets together, on a day on which both are asked."""
    ranges = over_groups(scheme)
    for number, group in enumerate(scheme.groups):
        said: set[frozenset[str]] = set()
        figures = [item for item in group.criteria if item.kind.numeric and not item.only]
        for day in _within_scheme(scheme, {day for item in figures for day in item.turns}):
            wanted = [(item, asked) for item in figures if (asked := item.in_force(day)) is not None]
            clash = figures_that_clash(ranges, wanted)
            ids = [item.id for item, _ in clash]
            if len(clash) < 2 or frozenset(ids) in said:  # noqa: PLR2004 - one alone is another thing to say
                continue
            said.add(frozenset(ids))
            asks = [(asked.words(item.unit), asked.words(item.unit, "en")) for item, asked in clash]
            chinese = "，".join(f"{key} 要{words[0]}" for key, words in zip(ids, asks, strict=True))
            english = " and ".join(f"{key} asks {words[1]}" for key, words in zip(ids, asks, strict=True))
            witness = f"{chinese}，没有一个数都满足", f"{english}: no figures do"
            place = next(place for place, item in enumerate(group.criteria) if item.id == ids[-1])
            if tree.node("分组", number) is not None:
                where = tree.where("分组", number, "指标", place)
                yield replace(_contradiction(where, ids, day, witness), severity=Severity.WARNING)


def _group_criteria(scheme: Scheme, tree: Tree) -> Iterator[tuple[Path, GroupCriterion]]:
    for number, group in enumerate(scheme.groups):
        if tree.node("分组", number) is not None:
            for place, item in enumerate(group.criteria):
                yield ("分组", number, "指标", place), item


def _beyond_the_whole(scheme: Scheme, tree: Tree) -> Iterator[Diagnostic]:
    """K647: a share of more than the whole is asked for, where nothing says that there may be such a share.

    A 范围 or a 说明 says so of a rate of growth or of completion. What a 范围 excludes is for the other proofs.
    """
    asks: list[tuple[Path, Criterion | GroupCriterion, Interval]] = []
    ranges, figures = Ranges(Quantities(scheme)), over_groups(scheme)
    asks += [(path, item, ranges.criterion(item)) for path, _, item in _criteria(scheme, tree) if not item.tasks]
    asks += [(path, item, figure_of(figures, item)) for path, item in _group_criteria(scheme, tree)]
    for path, item, interval in asks:
        if item.kind is not Kind.RATIO or item.note is not None or interval.high is not None or not tree.whole(*path):
            continue
        whole = scale_of(item.kind, item.unit)
        for number, asked in enumerate(item.requirements):
            if asked.note is None and max(ends_of(asked)) > whole:
                words = asked.words(item.unit), asked.words(item.unit, "en")
                yield _more_than_all(tree.where(*path, "要求", number), item.id, words, f"{whole}{item.unit}")
    for number, reminder in enumerate(scheme.monthly.reminders):
        below, ranking = reminder.behind.below, scheme.monthly.ranking(reminder.ranking)
        if below is not None and below > _PERCENT and ranking.by not in {RankedBy.TIER, RankedBy.SCORE}:
            where = tree.where("月度", "约谈", number, "落后")
            words = (f"低于 {below:f}%", f"below {below:f}%")
            yield _more_than_all(where, reminder.ranking, words, f"{_PERCENT}%")


_PERCENT = 100


def _more_than_all(where: Any, key: str, asked: Text, whole: str) -> Diagnostic:
    return Diagnostic("K647", where, field=key, arguments={"key": key, "asked": asked, "whole": whole})


def _vetoes(scheme: Scheme, tree: Tree) -> Iterator[Diagnostic]:
    """K638, K645: vetoes that no value sets off, and those that every value does."""
    for number, veto in enumerate(scheme.vetoes):
        if not tree.whole("负面清单", number):
            continue
        interval = within(veto.bounds, veto.kind)
        where = tree.where("负面清单", number, "触发")
        asked = veto.trigger.words(veto.unit), veto.trigger.words(veto.unit, "en")
        arguments: dict[str, str | Text] = {"key": veto.id, "asked": asked}
        if veto.kind is Kind.OPTION and _all_options(veto, veto.trigger):
            arguments["witness"] = ("选项全在里面", "it has all the options")
            yield Diagnostic("K645", where, field=veto.id, arguments=arguments)
        if not veto.kind.numeric:
            continue
        if _no_whole_number(veto, veto.trigger):
            yield _out_of_reach(where, veto.id, asked, ("整数里没有这样的值", "no whole number is"))
        elif never(veto.trigger, interval):
            yield _out_of_reach(where, veto.id, asked, _may_be(interval, veto.unit))
        elif always(veto.trigger, interval):
            arguments["witness"] = _may_be(interval, veto.unit)
            yield Diagnostic("K645", where, field=veto.id, arguments=arguments)


# --- grading ----------------------------------------------------------------------------------------------------------


def _gradings(scheme: Scheme, tree: Tree) -> Iterator[Diagnostic]:
    """K638, K659: bands, steps, caps and targets that no value comes to, or that make no difference."""
    ranges = Ranges(Quantities(scheme))
    for path, _, item in _criteria(scheme, tree):
        if not item.graded or not tree.whole(*path) or not item.kind.numeric or item.tasks:
            continue
        interval = ranges.criterion(item)
        whole = item.kind is Kind.INTEGER and item.reads_column
        interval = whole_numbers(interval) if whole else interval
        yield from _bands(tree, path, item, interval, whole=whole)
        for key, what, witness in (*_deducted(item, interval), *_added(item, interval), *_aimed_at(item, interval)):
            yield _idle(tree.where(*path, key), item.id, what, witness)
        if item.goal is not None and item.goal.number is not None:
            goal, most = Fraction(item.goal.number), interval.high
            if most is not None and most < goal:
                aim: Text = (f"比目标 {item.goal.number:f}", f"比目标 {item.goal.number:f}")
                yield _out_of_reach(tree.where(*path, "比目标"), item.id, aim, _may_be(interval, item.unit))


def _bands(tree: Tree, path: Path, item: Criterion, interval: Interval, *, whole: bool) -> Iterator[Diagnostic]:
    """A band that no value lies in, that the next one stands for, or under which a value meets what is asked."""
    unit = item.unit or ""
    before: Band | None = None
    for number, band in enumerate(item.bands):
        where = tree.where(*path, "分档", number)
        word = Operator.AT_LEAST if band.at_least is not None else Operator.AT_MOST
        upward, bound = band.at_least is not None, Fraction(band.bound)
        what: Text = (f"分档 {word} {band.bound:f}", f"分档 {word} {band.bound:f}")
        own = Interval(bound, None) if upward else Interval(None, bound)
        after = item.bands[number + 1] if number + 1 < len(item.bands) else None
        if own.meet(interval).empty:
            yield _out_of_reach(where, item.id, what, _may_be(interval, item.unit))
        elif before is not None and _all_within(interval, upward=upward, bound=Fraction(before.bound)):
            better = f"{word} {before.bound:f}{unit}"
            witness = _may_be(interval, item.unit)
            yield _idle(where, item.id, what, (f"{witness[0]}，都够“{better}”", f"{witness[1]}, which is {better}"))
        elif after is not None and after.points == band.points:
            lower = f"{word} {after.bound:f}{unit}"
            witness = (f"“{lower}”也得 {band.points:f} 分", f"{lower} earns {band.points:f} points as well")
            yield _idle(where, item.id, what, witness)
        before = band
    if before is None or item.note is not None:
        return
    for number, asked in enumerate(item.requirements):
        left = _met_without_points(asked, before, interval, whole=whole)
        if left is not None and asked.note is None:
            word = Operator.AT_LEAST if before.at_least is not None else Operator.AT_MOST
            last, value = f"{word} {before.bound:f}{unit}", f"{number_words(left)}{unit}"
            words = asked.words(item.unit), asked.words(item.unit, "en")
            problem: Text = (
                f"最低一档是“{last}”：{value} 达到了“{words[0]}”，却得 0 分",
                f"ends with {last}: {value} meets {words[1]} and earns nothing",
            )
            arguments: dict[str, str | Text] = {"key": "分档", "problem": problem}
            where = tree.where(*path, "要求", number)
            yield Diagnostic("K641", where, field=item.id, arguments=arguments, severity=Severity.WARNING)


def _all_within(interval: Interval, *, upward: bool, bound: Fraction) -> bool:
    """Whether every value falls into the band from, or up to, ``bound``."""
    end = interval.low if upward else interval.high
    return end is not None and (end >= bound if upward else end <= bound)


def _met_without_points(asked: Requirement, last: Band, interval: Interval, *, whole: bool) -> Fraction | None:
    """A value that meets what is asked and falls into no band; None where none is known."""
    sign = 1 if last.at_least is not None else -1
    near = interval.low if sign > 0 else interval.high
    start, stop = sign * ends_of(asked)[0 if sign > 0 else -1], sign * Fraction(last.bound)
    apart = asked.operator in {Operator.ABOVE, Operator.BELOW}
    if near is not None and sign * near > start:
        start, apart = sign * near, False
    first = Fraction(floor(start) + 1 if apart else ceil(start))
    value = first if whole else (start + stop) / 2 if apart else start
    point = Interval(sign * value, sign * value)
    return sign * value if value < stop and not point.meet(interval).empty and always(asked, point) else None


def _furthest(asked: Requirement, interval: Interval, *, beyond: bool) -> Fraction | None:
    """How far a value can be from what is asked, or ``beyond`` it; None where there is no end."""
    ends = ends_of(asked)
    below = None if interval.low is None else ends[0] - interval.low
    above = None if interval.high is None else interval.high - ends[-1]
    match asked.operator:
        case Operator.AT_LEAST | Operator.ABOVE:
            return above if beyond else below
        case Operator.AT_MOST | Operator.BELOW:
            return below if beyond else above
        case _:
            return None if below is None or above is None else max(below, above)


_Idle = tuple[str, Text, Text]
"""A key, what of it makes no difference, and why."""


def _deducted(item: Criterion, interval: Interval) -> Iterator[_Idle]:
    """扣分 up to a cap that is never come to."""
    deduction = item.deduction
    if deduction is None or deduction.at_most is None:
        return
    what: Text = (f"扣分 至多 {deduction.at_most:f}", f"扣分 至多 {deduction.at_most:f}")
    if item.points is not None and deduction.at_most > item.points:
        witness = (f"分值 {item.points:f} 扣完就没有了", f"there are {item.points:f} points to lose")
        yield "扣分", what, witness
        return
    furthest = [_furthest(asked, interval, beyond=False) for asked in item.requirements]
    if None in furthest:
        return
    far = max(end for end in furthest if end is not None)
    lost = ceil(max(far, Fraction(0)) / Fraction(deduction.per)) * Fraction(deduction.points)
    if lost < deduction.at_most:
        short = f"{number_words(far)}{item.unit or ''}"
        witness = (
            f"{_may_be(interval, item.unit)[0]}，最多差 {short}，扣 {number_words(lost)} 分",
            f"{_may_be(interval, item.unit)[1]}: {short} short at most, which costs {number_words(lost)}",
        )
        yield "扣分", what, witness


def _added(item: Criterion, interval: Interval) -> Iterator[_Idle]:
    """加分 of which not one step is come to, or not the cap."""
    bonus = item.bonus
    if bonus is None or bonus.per is None or bonus.at_most is None:
        return
    furthest = [_furthest(asked, interval, beyond=True) for asked in item.requirements]
    if None in furthest:
        return
    far = max(end for end in furthest if end is not None)
    gained = floor(max(far, Fraction(0)) / Fraction(bonus.per)) * Fraction(bonus.points)
    over = f"{number_words(max(far, Fraction(0)))}{item.unit or ''}"
    may = _may_be(interval, item.unit)
    if not gained:
        witness = (
            f"{may[0]}，最多超出 {over}，不够一步（每 {bonus.per:f}）",
            f"{may[1]}: {over} beyond at most, less than a step of {bonus.per:f}",
        )
        yield "加分", ("加分", "加分"), witness
    elif gained < bonus.at_most:
        what: Text = (f"加分 至多 {bonus.at_most:f}", f"加分 至多 {bonus.at_most:f}")
        witness = (
            f"{may[0]}，最多超出 {over}，加 {number_words(gained)} 分",
            f"{may[1]}: {over} beyond at most, which adds {number_words(gained)}",
        )
        yield "加分", what, witness


def _aimed_at(item: Criterion, interval: Interval) -> Iterator[_Idle]:
    """比目标 with a target that every value reaches."""
    if item.goal is None or item.goal.number is None or interval.low is None:
        return
    if interval.low >= item.goal.number:
        what: Text = (f"比目标 {item.goal.number:f}", f"比目标 {item.goal.number:f}")
        yield "比目标", what, _may_be(interval, item.unit)


def _may_be(interval: Interval, unit: str | None) -> Text:
    words = interval.words(unit)
    return f"值只能是{words[0]}", f"it can only be {words[1]}"


def _out_of_reach(where: Any, key: str, asked: Text, witness: Text) -> Diagnostic:
    return Diagnostic("K638", where, field=key, arguments={"key": key, "asked": asked, "witness": witness})


def _idle(where: Any, key: str, what: str | Text, witness: Text) -> Diagnostic:
    return Diagnostic("K659", where, field=key, arguments={"key": key, "what": what, "witness": witness})


def _taken_together(scheme: Scheme, tree: Tree) -> Iterator[Diagnostic]:
    """K639, K640, K659: what rests on which requirements can be met together; each set of them is looked at once."""
    conflicts = Conflicts(scheme)
    yield from _together(scheme, conflicts, tree)
    yield from _unreachable_tiers(scheme, conflicts, tree)


def _together(scheme: Scheme, conflicts: Conflicts, tree: Tree) -> Iterator[Diagnostic]:
    """K639, K659: criteria of a star, or tasks of an item, that cannot all be met, and those that others ask for."""
    places = {part.id: path for path, _, part in _criteria(scheme, tree)}
    for number, star in enumerate(scheme.stars):
        path: Path = ("星级", number)
        if tree.node(*path) is None or not tree.whole(*path, "指标"):
            continue
        said: set[frozenset[str]] = set()
        turns = [(day, _wanted_for(scheme, star, day)) for day in _stages(scheme, star)]
        for day, needed in turns:
            of_tasks = [list(required(part, day)) for item in star.criteria for part in item.with_tasks if part.tasks]
            for wanted in (*of_tasks, list(needed)):
                yield from _clashing(conflicts, tree, places, wanted, day, said)
        for kind, (day, _) in product(kinds_of(star.criteria), turns):
            for clash in _clashing(conflicts, tree, places, _wanted_for(scheme, star, day, kind), day, said):
                yield replace(clash, severity=Severity.WARNING, arguments={**clash.arguments, **_only_for(clash, kind)})
        for item, one, premises in _implied(scheme, conflicts, star, turns):
            words = one.asked.words(item.unit), one.asked.words(item.unit, "en")
            witness = conflicts.what_follows(premises, one, also=False)
            blank = conflicts.told_apart_by(premises, one)
            if blank:
                chinese, english = "、".join(blank), ", ".join(blank)
                witness = (
                    f"{witness[0]}（“{chinese}”空着、看不清时才有差别）",
                    f"{witness[1]} (it makes one only where {english} is not known)",
                )
            yield _idle(tree.where(*places[item.id]), item.id, words, witness)


def _clashing(
    conflicts: Conflicts,
    tree: Tree,
    places: Mapping[str, Path],
    wanted: list[Wanted],
    day: date,
    said: set[frozenset[str]],
) -> Iterator[Diagnostic]:
    """K639: what of ``wanted`` cannot be met together, unless it is ``said`` already."""
    while clash := conflicts.clash(wanted):
        ids = [one.item.id for one in clash]
        wanted.remove(clash[-1])
        if frozenset(ids) in said:
            continue
        said.add(frozenset(ids))
        yield _contradiction(tree.where(*places[ids[-1]]), ids, day, conflicts.together(clash))


def _contradiction(where: Any, ids: Sequence[str], day: date, witness: Text) -> Diagnostic:
    """K639 at the last of what contradicts the others from a day on."""
    others = "、".join(ids[:-1]), ", ".join(ids[:-1])
    arguments: dict[str, str | Text] = {"key": ids[-1], "other": others, "day": f"{day}", "witness": witness}
    return Diagnostic("K639", where, field=ids[-1], arguments=arguments)


def _only_for(clash: Diagnostic, kind: OfKind) -> dict[str, str | Text]:
    """The witness of a clash of which only units of a kind are asked all."""
    witness = clash.arguments["witness"]
    assert isinstance(witness, tuple)
    chinese = "、".join(f"“{name}”为 {word}" for name, word in kind.items())
    english = " and ".join(f"{name} is {word}" for name, word in kind.items())
    return {
        "witness": (f"{witness[0]}（只有{chinese}的单位都要）", f"{witness[1]} (asked of units only where {english})")
    }


def _wanted_for(scheme: Scheme, star: Star, day: date, kind: OfKind = ANY_KIND) -> list[Wanted]:
    """What every unit of a kind has to meet that day for the star to be lit."""
    return [one for item in _needed(scheme, star, day, kind) for one in required(item, day, kind)]


def _implied(
    scheme: Scheme, conflicts: Conflicts, star: Star, turns: Sequence[tuple[date, Sequence[Wanted]]]
) -> Iterator[tuple[Criterion, Wanted, tuple[Wanted, ...]]]:
    """K659: items that are met whenever what else the star needs is met, on every day on which they count.

    Of two that ask for the same the later one is idle, not both. With each comes what makes it so, on the first day.
    """
    idle: set[str] = set()
    implied = cache(lambda place: conflicts.implied(turns[place][1]))
    for item in reversed(star.criteria):
        days = [place for place, (day, _) in enumerate(turns) if item.in_force(day) is not None]
        if item.tasks or not all(item.id in implied(place) for place in days) or _pays_by_itself(scheme, star, item):
            continue
        found: list[tuple[Wanted, tuple[Wanted, ...]]] = []
        for place in days:
            wanted = turns[place][1]
            one = next(one for one in wanted if one.item is item)
            others = [other for other in wanted if other.item.id not in {item.id, *idle}]
            found.append((one, conflicts.premises(one, others)))
            if not found[-1][1]:
                break
        if found and found[-1][1]:
            idle.add(item.id)
            yield item, *found[0]


def _pays_by_itself(scheme: Scheme, star: Star, item: Criterion) -> bool:
    """Whether points of an item count, towards its star or the tier, so that it matters whatever the others are."""
    counted = _by_score(scheme) or any(dated.rule.score is not None for dated in star.rules)
    return counted and any(part.points or part.bonus is not None for part in item.scored)


def _needed(scheme: Scheme, star: Star, day: date, kind: OfKind = ANY_KIND) -> list[Criterion]:
    """Items without which the star cannot be lit that day for any unit of a kind."""
    rule = star.on(day).rule
    begun = [item for item in star.criteria if item.in_force(day) is not None]
    everything = rule.all or (rule.at_least is not None and rule.at_least >= len(begun))
    needed = [item for item in begun if (everything or item.essential) and counts_for(item, day, kind)]
    parts = [part for item in begun for part in item.scored]
    if rule.score is None or rule.rescale or any(above.graded for part in parts for above in scheme.upward(part)):
        return needed
    # without the points of an item that has all of them or none the score may be out of reach
    most = sum(item.full_points for item in begun)
    whole = (item for item in begun if item.scored == (item,) and counts_for(item, day, kind))
    costly = [item for item in whole if most - item.full_points < rule.score]
    return [item for item in begun if item in needed or item in costly]


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
        if enough and not pays and all(counts_for(item, day) for item in essential for day in days):
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
            other = _forbidding(scheme, star, item, [day for day in days if item.in_force(day) is not None])
            if other is not None and not _pays_by_itself(scheme, star, item):
                values = "、".join(item.applies[other.id])
                witness = (
                    f"这颗星要 {other.id} 达标，“{values}”的单位点不亮它",
                    f"the star needs {other.id}, so that units of {values} cannot light it",
                )
                yield _idle(tree.where(*path, "指标", place, "适用于"), item.id, item.name, witness)
    yield from _idle_controls(scheme, tree)


def _forbidding(scheme: Scheme, star: Star, item: Criterion, days: Sequence[date]) -> Criterion | None:
    """An item that the star needs on all ``days`` and that no unit meets which ``item`` is for (适用于)."""

    def refuses(other: Criterion, day: date) -> bool:
        asked = other.in_force(day)
        words = None if asked is None else asked.operand
        kinds = {words} if isinstance(words, str) else set(words) if isinstance(words, tuple) else None
        return kinds is not None and kinds.isdisjoint(item.applies[other.id]) and other in _needed(scheme, star, day)

    others = [other for other in star.criteria if other.kind is Kind.OPTION and other.id in item.applies]
    return next((other for other in others if days and all(refuses(other, day) for day in days)), None)


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


def _unreachable_tiers(scheme: Scheme, conflicts: Conflicts, tree: Tree) -> Iterator[Diagnostic]:
    """K640: a tier that no choice of lit stars, or no sum of points, leads to."""
    if not tree.whole("定级") or not tree.whole("星级"):
        return
    for path, ladder in ladders_of(scheme, tree):
        numbers = {tier.number: tier.name for tier in ladder.tiers}
        by_points = _by_score(scheme)
        found = _tiers_by_score(scheme, conflicts, ladder.tiers) if by_points else _tiers_by_stars(scheme, conflicts)
        if found is None:
            return
        reached, clash = found
        for number, name in numbers.items():
            if number not in reached:
                others = (other for other in sorted(reached) if other in numbers)
                near = "、".join(f"{numbers[other]}（{reached[other]}）" for other in others)
                arguments: dict[str, str | Text] = {
                    "tier": name,
                    "witness": near,
                    "because": _because(conflicts, clash),
                }
                yield Diagnostic("K640", tree.where(*path), found=name, arguments=arguments)


def _because(conflicts: Conflicts, clash: Sequence[Wanted]) -> Text:
    """What cannot be met together, where that has kept units from something."""
    if not clash:
        return "", ""
    ids, why = [one.item.id for one in clash], conflicts.together(clash)
    return f"。{'、'.join(ids)} 不能同时达标：{why[0]}", f". {', '.join(ids)} cannot all be met: {why[1]}"


_MOST_STARS = 12
"""Choices of lit stars double with every star."""


def _tiers_by_stars(scheme: Scheme, conflicts: Conflicts) -> tuple[dict[int, str], tuple[Wanted, ...]] | None:
    """Tiers that some choice of lit stars ends in on some day, each with one such choice.

    Stars that need what cannot be met together are not lit together: such a clash, of the first of them, comes along.
    """
    names = [star.name for star in scheme.stars]
    if len(names) > _MOST_STARS:
        return None
    starts = {day for star in scheme.stars for day in _stages(scheme, star)} | _tiering_turns(scheme)
    reached: dict[int, str] = {}
    clashes: list[tuple[Wanted, ...]] = []
    seen: list[tuple[list[tuple[str, date]], list[tuple[str, list[tuple[str, date]]]], Scheme]] = []
    for day in _within_scheme(scheme, starts):
        then = scheme.on(day)
        wanted = {star.name: _wanted_for(scheme, star, day) for star in scheme.stars}
        begun = [(part.id, asked.since) for part in scheme.criteria if (asked := part.in_force(day)) is not None]
        turn = begun, [(name, [one.key for one in needed]) for name, needed in wanted.items()], then
        if turn in seen:
            continue
        seen.append(turn)
        dark = {name for name, needed in wanted.items() if not conflicts.possible(needed)}
        for star in scheme.stars:
            if star.name not in dark and (clash := _too_few_fit(conflicts, star, wanted[star.name], day)):
                dark.add(star.name)
                clashes.append(clash)
        for choice in product((True, False), repeat=len(names)):
            lit = {name for name, on in zip(names, choice, strict=True) if on}
            if lit & dark:
                continue
            tier = min([len(lit), *(cap.tier for cap in then.tiering.caps if cap.star not in lit)])
            new = _lowered(then, {tier}, then.tiering.tiers) - reached.keys()
            if not new or not _count_for_one_kind(scheme, [star for star in scheme.stars if star.name in lit], day):
                continue
            if clash := conflicts.clash(one for name in names if name in lit for one in wanted[name]):
                clashes.append(clash)
                continue
            shown = "、".join(sorted(lit, key=names.index)) or "—"
            reached |= dict.fromkeys(new, shown)
    return reached, clashes[0] if clashes else ()


_MOST_KINDS = 100
"""Kinds of units, by the options of 适用于, that are looked at."""


def _count_for_one_kind(scheme: Scheme, stars: Sequence[Star], day: date) -> bool:
    """Whether there is a kind of unit of which each of the stars asks something; one that asks nothing is not lit."""
    begun = [[item.applies for item in star.criteria if item.in_force(day) is not None] for star in stars]
    names = sorted({name for applies in begun for one in applies for name in one})
    options = [scheme.ledger_columns[name].options for name in names]
    if prod(map(len, options)) > _MOST_KINDS:
        return True
    kinds = (dict(zip(names, words, strict=True)) for words in product(*options))
    return any(
        all(any(all(kind[name] in one[name] for name in one) for one in applies) for applies in begun) for kind in kinds
    )


_MOST_TO_CHOOSE = 200
"""Ways to choose as many items as a star needs, each of which is looked at."""


def _too_few_fit(conflicts: Conflicts, star: Star, wanted: Sequence[Wanted], day: date) -> tuple[Wanted, ...]:
    """A clash of a star that needs so many of its items, where no so many can be met together; else empty."""
    rule = star.on(day).rule
    begun = [item for item in star.criteria if item.in_force(day) is not None]
    if rule.at_least is None or rule.at_least >= len(begun) or comb(len(begun), rule.at_least) > _MOST_TO_CHOOSE:
        return ()
    clash: tuple[Wanted, ...] = ()
    for chosen in combinations(begun, rule.at_least):
        # of an item that may not count for some unit, or is made of tasks, nothing follows
        asked = [] if any(part.tasks or not counts_for(part, day) for part in chosen) else list(chosen)
        clash = conflicts.clash([*wanted, *(one for item in asked for one in required(item, day))])
        if not clash:
            return ()
    return clash


def _tiering_turns(scheme: Scheme) -> set[date]:
    """The days on which 档次, 封顶, 名额 or the 负面清单 change."""
    dated: list[Cap | Quota | Veto] = [*scheme.tiering.caps, *scheme.tiering.quotas, *scheme.vetoes]
    turns = {part.since for part in dated if part.since is not None}
    turns |= {ladder.since for ladder in scheme.tiering.ladders if ladder.since is not None}
    return turns | {
        part.until + timedelta(days=1) for part in dated if part.until is not None and part.until < date.max
    }


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


_MOST_SUMS = 20_000
"""Sums of points looked at before giving up."""


def _tiers_by_score(
    scheme: Scheme, conflicts: Conflicts, tiers: Sequence[Tier]
) -> tuple[dict[int, str], tuple[Wanted, ...]] | None:
    """Tiers that some sum of points falls into on a day on which they are the ladder, each with one such sum.

    None where sums are not just all or nothing. Only what is asked that day has points, and those of what cannot be met
    together are not added up: such a clash comes along.
    """
    parts = [part for item in scheme.items for part in item.scored]
    above = {part.id: scheme.upward(part) for part in parts}
    graded = any(one.graded or one.exempt_tags or one.applies for upward in above.values() for one in upward)
    if graded or scheme.tiering.rescale or any(star.rescale or star.rule.rescale for star in scheme.stars):
        return None
    starts = {day for part in scheme.criteria for day in part.turns} | _tiering_turns(scheme)
    reached: dict[int, str] = {}
    clashes: list[tuple[Wanted, ...]] = []
    seen: list[tuple[list[tuple[str, date]], Scheme]] = []
    for day in _within_scheme(scheme, starts):
        then = scheme.on(day)
        begun = [part for part in parts if all(one.in_force(day) is not None for one in above[part.id])]
        turn = [(part.id, asked.since) for part in begun if (asked := part.in_force(day)) is not None], then
        if then.tiering.tiers != tuple(tiers) or turn in seen:
            continue
        seen.append(turn)
        sums = {Decimal(0)}
        for group in _groups_of_points(conflicts, begun):
            choices = _sums_of(conflicts, group, day, clashes)
            sums = {total + points for total in sums for points in choices}
            if len(sums) > _MOST_SUMS:
                return None
        _add_tiers(then, sums, reached)
    return reached, clashes[0] if clashes else ()


def _add_tiers(scheme: Scheme, sums: set[Decimal], reached: dict[int, str]) -> None:
    """Add where units of these sums end, by 扣分, 最高 and 名额, each with one such sum."""
    for veto in scheme.vetoes:
        if veto.effect.kind is EffectKind.DEDUCT and veto.effect.number is not None:
            sums |= {max(total - veto.effect.number, Decimal(0)) for total in sums}
    ladder = scheme.tiering.tiers
    bounds = sorted((tier.at_least or Decimal(0), tier.number) for tier in ladder)
    found: dict[int, str] = {}
    for total in sorted(sums):
        number = max((number for bound, number in bounds if total >= bound), default=None)
        if number is not None:
            found.setdefault(number, f"{total:f}")
    capped = {min(number, cap.tier) for number in found for cap in scheme.tiering.caps}
    for number in _lowered(scheme, capped | set(found), ladder) - set(found):
        found[number] = found[max(found)]
    for number, shown in found.items():
        reached.setdefault(number, shown)


_MOST_TOGETHER = 8
"""Items over one column of which every choice is looked at."""


def _groups_of_points(conflicts: Conflicts, parts: Sequence[Criterion]) -> list[list[Criterion]]:
    """What carries points, those over the same columns together; a lot of them each by itself, as if they did not."""
    groups: list[tuple[set[str], list[Criterion]]] = []
    for part in parts:
        columns, mine = {part.id} if part.tasks else set(conflicts.quantities.inputs(part)), [part]
        apart = []
        for group in groups:
            if columns.isdisjoint(group[0]):
                apart.append(group)
            else:
                columns, mine = columns | group[0], group[1] + mine
        groups = [*apart, (columns, mine)]
    split: list[list[Criterion]] = []
    for _, mine in groups:
        split += [mine] if len(mine) <= _MOST_TOGETHER else [[part] for part in mine]
    return split


def _sums_of(
    conflicts: Conflicts, group: Sequence[Criterion], day: date, clashes: list[tuple[Wanted, ...]]
) -> set[Decimal]:
    """The sums of the points of those of a group that some unit meets at once on a day on which all of it is asked."""
    found: set[Decimal] = set()
    for choice in product((False, True), repeat=len(group)):
        met = [part for part, on in zip(group, choice, strict=True) if on]
        total = sum((part.points or Decimal(0) for part in met), Decimal(0))
        if total in found:
            continue
        clash: tuple[Wanted, ...] = ()
        if met[1:]:
            asked = [part.in_force(day) for part in met]
            clash = conflicts.clash(Wanted(part, one) for part, one in zip(met, asked, strict=True) if one is not None)
        if clash:
            clashes.append(clash)
        else:
            found.add(total)
    return found


def _leaps(scheme: Scheme, tree: Tree) -> Iterator[Diagnostic]:
    """K658: a threshold that is relaxed, or moves by more than a factor of three, without a 说明.

    Of items, tasks and figures of groups the 说明 stands in the requirement; of 点亮 in the star; of 档次 in 定级.
    """
    for path, item in _all_criteria(scheme, tree):
        dated = sorted(enumerate(item.requirements), key=lambda entry: entry[1].since)
        for (_, earlier), (number, later) in pairwise(dated):
            problem = _moved(item, earlier, later)
            if problem is not None and later.note is None:
                words = [(asked.words(item.unit), asked.words(item.unit, "en")) for asked in (earlier, later)]
                where = tree.where(*path, "要求", number)
                yield _leaps_at(where, item.id, words, later.since, problem)
    for number, star in enumerate(scheme.stars):
        path = ("星级", number, "点亮")
        for before, after in pairwise(star.rules) if star.note is None and tree.whole(*path) else ():
            since = after.since or scheme.since
            problem = _rule_moved(star, before.rule, after.rule, since)
            if problem is not None:
                where = tree.where(*tree.dated(path, since))
                yield _leaps_at(where, star.name, [_rule_words(before.rule), _rule_words(after.rule)], since, problem)
    path = ("定级", "档次")
    by_points = scheme.tiering.method is Method.SCORE
    unit = ("分", " points") if by_points else ("颗星", " stars")
    for older, newer in pairwise(scheme.tiering.ladders) if scheme.tiering.note is None and tree.whole(*path) else ():
        bounds = {tier.name: _beginning(tier) for tier in older.tiers}
        for tier in newer.tiers:
            since, end = newer.since or scheme.since, _beginning(tier)
            problem = _leap(Operator.AT_LEAST, bounds.get(tier.name, end), Operator.AT_LEAST, end)
            if problem is not None:
                ends = [number_words(bounds[tier.name]), number_words(end)]
                words = [(f"{end} {unit[0]}", f"{end}{unit[1]}") for end in ends]
                yield _leaps_at(tree.where(*tree.dated(path, since)), tier.name, words, since, problem)


def _beginning(tier: Tier) -> Fraction:
    """The points, or stars, from which on a unit is of a tier."""
    return Fraction(tier.number if tier.at_least is None else tier.at_least)


def _all_criteria(scheme: Scheme, tree: Tree) -> Iterator[tuple[Path, Criterion | GroupCriterion]]:
    """Criteria, tasks and figures of groups of which nothing has been cut."""
    yield from ((path, item) for path, _, item in _criteria(scheme, tree) if tree.whole(*path))
    yield from ((path, item) for path, item in _group_criteria(scheme, tree) if tree.whole(*path))


def _leaps_at(where: Any, key: str, words: Sequence[Text], since: date, problem: Text) -> Diagnostic:
    arguments: dict[str, str | Text] = {"key": key, "before": words[0], "after": words[1], "problem": problem}
    arguments["since"] = f"{since}"
    return Diagnostic("K658", where, field=key, arguments=arguments)


_UPWARD = frozenset({Operator.AT_LEAST, Operator.ABOVE})
_DOWNWARD = frozenset({Operator.AT_MOST, Operator.BELOW})
_STRICT = frozenset({Operator.ABOVE, Operator.BELOW})
_RELAXED: Text = ("比原来松了", "is relaxed")
_TURNED: Text = ("方向反了", "turns round")


def _moved(item: Criterion | GroupCriterion, earlier: Requirement, later: Requirement) -> Text | None:
    """How far what is asked of an item has moved; None where it has got stricter, by little."""
    if isinstance(item, Criterion) and item.tasks:
        eve = later.since - timedelta(days=1)
        numbers = _of_tasks(item, earlier, eve), _of_tasks(item, later, later.since)
        both = earlier.operand == later.operand
        return None if both else _leap(Operator.AT_LEAST, numbers[0], Operator.AT_LEAST, numbers[1])
    if item.kind is Kind.OPTION:
        sets = [
            set(asked.operand if isinstance(asked.operand, tuple) else [asked.operand]) for asked in (earlier, later)
        ]
        return _RELAXED if sets[0] < sets[1] else None
    if item.kind is Kind.YESNO:
        return _TURNED if earlier.operand is not later.operand else None
    if not item.kind.numeric:
        return None
    if {earlier.operator, later.operator} <= _UPWARD | _DOWNWARD:
        return _leap(earlier.operator, ends_of(earlier)[0], later.operator, ends_of(later)[0])
    return _span_moved(asked_interval(earlier), asked_interval(later))


def _span_moved(before: Interval, after: Interval) -> Text | None:
    """Likewise of two ends: relaxed is where all that was allowed still is, and more, or an only end allows more."""
    if before != after and before.meet(after) == before:
        return _RELAXED
    ends = (before.low, after.low), (before.high, after.high)
    factors = (_by_factor(one, other) for one, other in ends if one is not None and other is not None)
    leap = next((problem for problem in factors if problem is not None), None)
    one_sided = before.low is None or before.high is None
    return _RELAXED if leap is None and one_sided and before.meet(after) != after else leap


def _of_tasks(item: Criterion, asked: Requirement, day: date) -> Fraction:
    """How many tasks are asked for; all of them are those that have begun."""
    if asked.operand == ALL_TASKS:
        return Fraction(sum(task.in_force(day) is not None for task in item.tasks))
    return ends_of(asked)[0]


def _rule_moved(star: Star, before: LightRule, after: LightRule, since: date) -> Text | None:
    """Likewise of what lights a star: a number of criteria (all are those in force), or points."""
    if before.score is not None and after.score is not None:
        return _leap(Operator.AT_LEAST, Fraction(before.score), Operator.AT_LEAST, Fraction(after.score))
    if before.score is not None or after.score is not None or (before.all and after.all):
        return None
    numbers = [
        Fraction(sum(item.in_force(day) is not None for item in star.criteria) if rule.all else rule.at_least or 0)
        for rule, day in ((before, since - timedelta(days=1)), (after, since))
    ]
    return _leap(Operator.AT_LEAST, numbers[0], Operator.AT_LEAST, numbers[1])


def _rule_words(rule: LightRule) -> Text:
    if rule.score is not None:
        return f"得分至少 {rule.score:f}", f"at least {rule.score:f} points"
    return ("全部", "all") if rule.all else (f"至少 {rule.at_least} 项", f"at least {rule.at_least}")


def _leap(word: Operator, before: Fraction, later_word: Operator, after: Fraction) -> Text | None:
    if any(operator not in _UPWARD | _DOWNWARD for operator in (word, later_word)):
        return None
    upward = word in _UPWARD
    if upward is not (later_word in _UPWARD):
        return _TURNED
    includes = word in _STRICT and later_word not in _STRICT and after == before
    if includes or (after < before if upward else after > before):
        return _RELAXED
    return _by_factor(before, after)


def _by_factor(before: Fraction, after: Fraction) -> Text | None:
    low, high = sorted((abs(before), abs(after)))
    if low and high > LEAP * low:
        return (f"一次变了 {number_words(high / low)} 倍", f"changes by a factor of {number_words(high / low)}")
    return None


def _unlike_the_parent(scheme: Scheme, tree: Tree) -> Iterator[Diagnostic]:
    """K658: of an overlay what is easier than its parent asks that day, or more than three times as much."""
    theirs = _figures_above(tree)
    for path, item in _all_criteria(scheme, tree) if theirs else ():
        unit, figures = theirs.get(item.id, (None, []))
        if not item.kind.numeric or unit != item.unit or (isinstance(item, Criterion) and item.tasks):
            continue
        for number, asked in enumerate(item.requirements):
            after = min((other.since for other in item.requirements if other.since > asked.since), default=date.max)
            days = [asked.since, *(since for since, *_ in figures if asked.since < since < after)]
            for day in days if asked.note is None else ():
                begun = [figure for figure in figures if figure[0] <= day]
                if not begun:
                    continue
                _, word, end = max(begun, key=lambda figure: figure[0])
                problem = _leap(word, Fraction(end), asked.operator, ends_of(asked)[0])
                if problem is None:
                    continue
                above = f"上级方案的{word} {end:f}", f"the parent's {word} {end:f}"
                words = [above, (asked.words(item.unit), asked.words(item.unit, "en"))]
                yield _leaps_at(tree.where(*path, "要求", number), item.id, words, day, _than_above(problem))
                break
    rules = _rules_above(tree)
    for number, star in enumerate(scheme.stars):
        path = ("星级", number, "点亮")
        if star.name not in rules or star.note is not None or not tree.whole(*path):
            continue
        above_it, size = rules[star.name]
        for dated in star.rules:
            since, rule = dated.since or scheme.since, dated.rule
            ends = _lit_from(above_it, size), _lit_from(rule, len(star.criteria))
            alike = (above_it.score is None) is (rule.score is None) and not (above_it.all and rule.all)
            problem = _leap(Operator.AT_LEAST, ends[0], Operator.AT_LEAST, ends[1]) if alike else None
            if problem is not None:
                before = _rule_words(above_it)
                words = [(f"上级方案的{before[0]}", f"the parent's {before[1]}"), _rule_words(rule)]
                where = tree.where(*tree.dated(path, since))
                yield _leaps_at(where, star.name, words, since, _than_above(problem))


def _lit_from(rule: LightRule, size: int) -> Fraction:
    """The points, or how many of the criteria, from which on a rule lights its star."""
    return Fraction(size if rule.all else rule.at_least or rule.score or 0)


def _than_above(problem: Text) -> Text:
    if problem == _RELAXED:
        return "比上级松", "is less than the parent asks"
    return problem if problem == _TURNED else (problem[0].replace("一次变了", "与上级差"), problem[1])


def _rules_above(tree: Tree) -> dict[str, tuple[LightRule, int]]:
    """What lights the stars of an overlay's parents, by name, and of how many criteria; undated rules only."""
    found: dict[str, tuple[LightRule, int]] = {}
    for star in tree.above.items("星级") if tree.above is not None else ():
        written = star.child("点亮")
        score, count = (None, None) if written is None else (written.child("得分"), written.child("至少"))
        least = None if score is None else score.child("至少")
        rule: LightRule | None = None
        if written is not None and isinstance(written.value, str):
            rule = {"全部": LightRule(all=True), "任一": LightRule(at_least=1)}.get(written.value)
        elif least is not None and isinstance(least.value, Decimal):
            rule = LightRule(score=least.value)
        elif count is not None and isinstance(count.value, Decimal):
            rule = LightRule(at_least=int(count.value))
        if rule is not None:
            found[star.text("星") or ""] = rule, len(star.items("指标"))
    return found


_Figures = list[tuple[date, Operator, Decimal]]


def _figures_above(tree: Tree) -> dict[str, tuple[str | None, _Figures]]:
    """The numbers that the parents of an overlay ask for, by 编号, with their unit."""
    if tree.above is None:
        return {}
    found: dict[str, tuple[str | None, _Figures]] = {}
    holders = [*tree.above.items("星级"), *tree.above.items("分组")]
    for item in (item for holder in holders for item in nodes_of_criteria(holder)):
        figures: _Figures = []
        for asked in item.items("要求"):
            since = asked.child("自")
            for word in _UPWARD | _DOWNWARD:
                end = asked.child(word.value)
                if (
                    end is not None
                    and isinstance(end.value, Decimal)
                    and since is not None
                    and isinstance(since.value, date)
                ):
                    figures.append((since.value, word, end.value))
        found[item.text("编号") or ""] = item.text("单位"), figures
    return found


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
    _figures,
    _figures_together,
    _beyond_the_whole,
    _vetoes,
    _gradings,
    _taken_together,
    _idle_parts,
    _leaps,
    _unlike_the_parent,
    _blanks_that_pay,
)
"""Every proof, as plain functions like the rules of ``scheme_lint``; they run where those found no error."""


def stale(scheme: Scheme, today: date) -> Iterator[Diagnostic]:
    """K660: a scheme whose 失效 has passed, on a day that the caller knows."""
    if scheme.until is not None and scheme.until < today:
        arguments = {"title": scheme.title, "until": f"{scheme.until}", "today": f"{today}"}
        yield Diagnostic("K660", scheme.origin("失效"), arguments=arguments)
