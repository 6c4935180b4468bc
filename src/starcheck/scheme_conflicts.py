"""Which requirements of a scheme cannot be met together, and which are met wherever others are.

Only requirements over the same columns can bear on each other, so they are looked at in such groups; what is found is
as small as it can be: without any one of its requirements it would not hold.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations, product

from starcheck.column import Kind
from starcheck.diagnostic import Text
from starcheck.expression import AS_OF, FILLED, Arithmetic, Comparison, Expression, Name, derived_of
from starcheck.scheme_model import ALL_TASKS, Criterion, Requirement, Scheme
from starcheck.scheme_ranges import (
    ANYTHING,
    NO,
    YES,
    Demand,
    Interval,
    Quantities,
    Ranges,
    always,
    demand_of,
    narrowed,
    never,
    refusals_of,
    scale_of,
)
from starcheck.scheme_relations import Relations, can_be_met, contradiction


@dataclass(frozen=True, slots=True)
class Wanted:
    """A criterion with the requirement that it has to meet."""

    item: Criterion
    asked: Requirement

    @property
    def key(self) -> tuple[str, date]:
        """Which it is."""
        return self.item.id, self.asked.since

    def words(self) -> Text:
        """``A-01 要至少 5 万元``; of a yes or no by formula what the formula says."""
        item, asked = self.item, self.asked
        if item.formula is None or item.kind is not Kind.YESNO:
            return f"{item.id} 要{asked.words(item.unit)}", f"{item.id} asks {asked.words(item.unit, 'en')}"
        if asked.operand is True:
            return f"{item.id} 要“{item.formula}”", f"{item.id} asks that {item.formula}"
        return f"{item.id} 要“{item.formula}”为否", f"{item.id} asks that not {item.formula}"


_MOST_BESIDE = 40
"""Of more criteria over columns that hang together it is not looked at which their order implies."""


class Conflicts:
    """What can be proved of requirements taken together; each group of them is looked at once."""

    def __init__(self, scheme: Scheme) -> None:
        """Of a scheme; nothing is computed before it is asked for."""
        self.quantities = Quantities(scheme)
        self._by_itself: dict[tuple[str, date], bool] = {}
        self._clashes: list[tuple[Wanted, ...]] = []
        self._demanded: dict[tuple[str, date], Demand | None] = {}
        self._sound: list[frozenset[tuple[str, date]]] = []
        self._premises: dict[tuple[tuple[str, date], frozenset[tuple[str, date]]], tuple[Wanted, ...]] = {}

    def clash(self, wanted: Iterable[Wanted]) -> tuple[Wanted, ...]:
        """Two or more of them that no unit meets together, in their order; empty where there are none.

        Those that no unit meets even alone are left out: that is another thing to say.
        """
        for group in self._groups(one for one in wanted if self._alone(one)):
            keys = frozenset(one.key for one in group)
            # what is in a set that can be met can be met, and what holds a clash cannot
            if any(keys <= known for known in self._sound):
                continue
            known = next((clash for clash in self._clashes if keys.issuperset(one.key for one in clash)), ())
            clash = known or self._clash(group)
            if clash:
                self._clashes += [] if known else [clash]
                return clash
            self._sound.append(keys)
        return ()

    def possible(self, wanted: Iterable[Wanted]) -> bool:
        """Whether it cannot be shown that no unit meets all of them."""
        wanted = list(wanted)
        return all(self._alone(one) for one in wanted) and not self.clash(wanted)

    def implied(self, wanted: Iterable[Wanted]) -> set[str]:
        """Those, by 编号, that a unit seems to meet which meets the others: what ``premises`` is worth asking for.

        What is before one, and what is after, narrow the columns; it is implied where nothing in both refuses it.
        """
        found: set[str] = set()
        for group in self._groups(wanted):
            found |= self._beside_each_other(group)
            before, after = self._steps(group), self._steps(group[::-1])[::-1]
            for place, one in enumerate(group):
                sides = before[place], after[place]
                if None in sides:
                    continue
                columns = {key for side in sides if side is not None for key in side.narrowed}
                met = {key: _met(key, sides) for key in columns}
                refusals = refusals_of(one.item, one.asked)
                if refusals and not any(Ranges(self.quantities, met).impose(refusal) for refusal in refusals):
                    found.add(one.item.id)
        return found

    def _beside_each_other(self, group: Sequence[Wanted]) -> set[str]:
        """Those that compare columns with each other of which each is in another one too: order may imply them."""
        if len(group) > _MOST_BESIDE:
            return set()
        known = self.quantities.scheme.ledger_columns
        columns = [known.keys() & self.quantities.inputs(one.item) for one in group]
        number = Counter(key for keys in columns for key in keys)
        return {
            one.item.id
            for one, keys in zip(group, columns, strict=True)
            if len(keys) > 1 and all(number[key] > 1 for key in keys)
        }

    def _steps(self, group: Sequence[Wanted]) -> list[Ranges | None]:
        """The columns before each of a group, narrowed by what is ahead of it."""
        ranges: Ranges | None = Ranges(self.quantities)
        steps: list[Ranges | None] = []
        for demand in self._demands(group):
            steps.append(ranges)
            if ranges is not None:
                ranges = Ranges(self.quantities, ranges.narrowed)
                ranges = ranges if ranges.impose(demand) else None
        return steps

    def premises(self, one: Wanted, others: Iterable[Wanted]) -> tuple[Wanted, ...]:
        """Some of ``others`` that a unit cannot meet without meeting ``one``; empty where there are none.

        Such a unit may still be unknown on ``one``, where that asks for a cell more.
        """
        group = next((group for group in self._groups([*others, one]) if one in group), [])
        if not group:
            return ()
        key = one.key, frozenset(other.key for other in group)
        if key not in self._premises:
            self._premises[key] = self._needed_for(one, [other for other in group if other is not one])
        return self._premises[key]

    def told_apart_by(self, premises: Sequence[Wanted], one: Wanted) -> list[str]:
        """Columns without which a premise is unknown while ``one`` may be unmet all the same."""
        own = self.quantities.inputs(one.item)
        known = self.quantities.scheme.ledger_columns
        needed = {key for premise in premises for key in self.quantities.inputs(premise.item)} & known.keys()
        filled = {name for key in own if key.startswith(FILLED) for name in derived_of(key) or ()}
        return sorted(key for key in needed if key in filled or key not in own)

    def _needed_for(self, one: Wanted, others: list[Wanted]) -> tuple[Wanted, ...]:
        refusals = refusals_of(one.item, one.asked)

        def needed(among: Sequence[Wanted]) -> list[Wanted] | None:
            """Some from which it follows; None where it does not from all."""
            demands = self._demands(among)
            places: set[int] = set()
            for refusal in refusals:
                because = contradiction(self.quantities, [*demands, refusal])
                if because is None:
                    return None
                places |= because
            return [one for place, one in enumerate(among) if place in places]

        if not refusals or not self._possible(others):
            return ()
        some = needed(others)
        if some is None or needed([]) is not None:
            return ()
        return _least(some, lambda these: needed(these) is not None)

    def _clash(self, group: Sequence[Wanted]) -> tuple[Wanted, ...]:
        because = contradiction(self.quantities, self._demands(group))
        if because is None:
            return ()
        some = [one for place, one in enumerate(group) if place in because]
        return _least(some, lambda these: not self._possible(these))

    def _alone(self, one: Wanted) -> bool:
        if one.key not in self._by_itself:
            demand = self._demand(one)
            self._by_itself[one.key] = demand is None or can_be_met(self.quantities, demand)
        return self._by_itself[one.key]

    def _possible(self, wanted: Sequence[Wanted]) -> bool:
        keys = frozenset(one.key for one in wanted)
        if any(keys <= known for known in self._sound):
            return True
        return contradiction(self.quantities, self._demands(wanted)) is None

    def _demand(self, one: Wanted) -> Demand | None:
        if one.key not in self._demanded:
            self._demanded[one.key] = demand_of(one.item, one.asked)
        return self._demanded[one.key]

    def _demands(self, wanted: Iterable[Wanted]) -> list[Demand]:
        return [demand for one in wanted if (demand := self._demand(one)) is not None]

    def _groups(self, wanted: Iterable[Wanted]) -> list[list[Wanted]]:
        """Those that share columns, in their order, each group of two or more by itself."""
        wanted = [one for one in wanted if self._demand(one) is not None]
        groups: list[tuple[set[str], list[int]]] = []
        for place, one in enumerate(wanted):
            columns, places = set(self.quantities.inputs(one.item)), [place]
            apart = []
            for group in groups:
                if columns.isdisjoint(group[0]):
                    apart.append(group)
                else:
                    columns |= group[0]
                    places = group[1] + places
            groups = [*apart, (columns, places)]
        return [[wanted[place] for place in sorted(places)] for _, places in groups if len(places) > 1]

    def together(self, clash: Sequence[Wanted]) -> Text:
        """Why they cannot be met together: what the last can be where the others are met."""
        return self.what_follows(clash[:-1], clash[-1])

    def what_follows(self, premises: Sequence[Wanted], one: Wanted, *, also: bool = True) -> Text:
        """What ``one`` comes to where ``premises`` are met, and (``also``) what it asks for instead."""
        demands = self._demands(premises)
        ranges = narrowed(self.quantities, demands) or Ranges(self.quantities)
        relations = Relations(ranges, demands)
        asks = [other.words() for other in premises]
        chinese, english = "，".join(ask[0] for ask in asks), " and ".join(ask[1] for ask in asks)
        left = ranges.criterion(one.item)
        if one.item.kind.numeric and one.item.expression is not None:
            spread = relations.spread(relations.sum(one.item.expression.root))
            left = left.meet(spread.scaled(scale_of(one.item.kind, one.item.unit)))
        if one.item.kind.numeric and (never if also else always)(one.asked, left):
            words = left.words(one.item.unit)
            values: Text | None = f"它只能是{words[0]}", f"it can only be {words[1]}"
        else:
            values = self._values_words(relations, demands, one, also=also)
        if values is not None:
            chinese, english = f"{chinese}，那时{values[0]}", f"{english}, and then {values[1]}"
        elif not also:
            chinese, english = f"{chinese}，那时怎么填它都达标", f"{english}, and then it is met whatever is filled in"
        if also:
            last = one.words()
            chinese, english = f"{chinese}；{last[0]}", f"{english}; {last[1]}"
        if also and values is None:
            chinese, english = f"{chinese}，没有一种填法都满足", f"{english}: nothing meets both"
        columns = {key for wanted in (*premises, one) for key in self.quantities.inputs(wanted.item)}
        ahead = ahead_words(self.quantities.scheme, columns)
        return chinese + ahead[0], english + ahead[1]

    def _values_words(self, relations: Relations, demands: Sequence[Demand], one: Wanted, *, also: bool) -> Text | None:
        """What columns can be, or to each other, where ``demands`` are met, if that decides of ``one``."""
        excluded = self._demands([one]) if also else refusals_of(one.item, one.asked)
        if any(narrowed(self.quantities, [*demands, other]) is not None for other in excluded):
            return _relation_words(relations, one)
        ranges = narrowed(self.quantities, demands) or Ranges(self.quantities)
        return _relation_words(relations, one) or column_words(ranges, self.quantities.inputs(one.item))


def ahead_words(scheme: Scheme, columns: Collection[str]) -> Text:
    """Which of ``columns`` by 可在将来 are not after 评定日, if that is among them too; else nothing."""
    names = [key for key, field in scheme.fields.items() if key in columns and field.to_come is False]
    if AS_OF not in columns or not names:
        return "", ""
    return (
        f"（“{'、'.join(names)}”不会晚于评定日：可在将来: 否）",
        f" ({', '.join(names)} not after 评定日: 可在将来: 否)",
    )


def column_words(ranges: Ranges, columns: Iterable[str]) -> Text:
    """What columns can be: ``“人口”只能是至少 1人``; those of which nothing is known are left out."""
    chinese, english = [], []
    scheme = ranges.scheme
    for key in sorted(set(columns)):
        part = scheme.ledger_columns.get(key)
        left = ranges.column(key)
        if key.startswith(FILLED) or (part is not None and part.kind is Kind.YESNO):
            words: Text = {NO: ("“否”", "no"), YES: ("“是”", "yes")}.get(left, ("", ""))
        elif left == ANYTHING:
            words = "", ""
        else:
            days = part is not None and part.kind is Kind.DATE
            words = left.words(part.unit if part is not None else None, days=days, open_ends=ranges.open_ends(key))
        if words[0]:
            chinese.append(f"“{key}”只能是{words[0]}")
            english.append(f"{key} can only be {words[1]}")
    if chinese:
        return "、".join(chinese), " and ".join(english)
    names = sorted(key for key in set(columns) if derived_of(key) is None)
    return f"“{'、'.join(names)}”怎么填都一样", f"it is the same whatever {', '.join(names)} may be"


def _relation_words(relations: Relations, wanted: Wanted) -> Text | None:
    """How what an item compares can stand to each other, if that says something of what is asked; else None.

    As in ``“开工日期 - 竣工日期”只能是至多 -1天``.
    """
    item = wanted.item
    root = None if item.expression is None else item.expression.root
    if isinstance(root, Comparison):
        pairs = [(root.left, root.right)]
    else:
        pairs = [(Name("field", later, 0), Name("field", earlier, 0)) for earlier, later in combinations(item.dates, 2)]
    told: list[tuple[bool, Text]] = []
    for one, other in pairs:
        sums = relations.sum(one), relations.sum(other)
        interval = relations.spread(sums[0].plus(sums[1], -1))
        if not (sums[0].factors and sums[1].factors) or not _one_sided(interval):
            continue
        names = Expression("", Arithmetic("-", one, other, 0))
        words = interval.words("天" if relations.is_date(one) else None)
        turned = interval.high is not None and interval.high < 0
        told.append((turned, (f"“{names}”只能是{words[0]}", f"{names} can only be {words[1]}")))
    # of dates in order the pair that is turned round, if there is one
    return max(told, key=lambda entry: entry[0], default=(False, None))[1]


def _one_sided(interval: Interval) -> bool:
    """Whether what lies in it is not on both sides of 0."""
    return (interval.low is not None and interval.low >= 0) or (interval.high is not None and interval.high <= 0)


def _met(key: str, sides: Iterable[Ranges | None]) -> Interval:
    left = ANYTHING
    for side in sides:
        left = left if side is None else left.meet(side.narrowed.get(key, ANYTHING))
    return left


def _least(group: Sequence[Wanted], holds: Callable[[Sequence[Wanted]], bool]) -> tuple[Wanted, ...]:
    """Some of a group for which it still holds, and not without any one of them; the first where there is a choice."""
    kept = list(group)
    for one in reversed(group):
        fewer = [other for other in kept if other is not one]
        if holds(fewer):
            kept = fewer
    return tuple(kept)


OfKind = Mapping[str, str]
"""Of which kind a unit is: options by 字段 (适用于); empty where nothing is known of it."""
ANY_KIND: OfKind = {}


def required(item: Criterion, day: date, kind: OfKind = ANY_KIND) -> Iterator[Wanted]:
    """What a unit of a kind has to meet to meet an item that is asked of it: itself, or what it needs of its tasks."""
    asked = item.in_force(day)
    if asked is None:
        return
    if not item.tasks:
        yield Wanted(item, asked)
        return
    begun = [task for task in item.tasks if task.in_force(day) is not None]
    everything = asked.operand == ALL_TASKS or (asked.at_least is not None and asked.at_least >= len(begun))
    for task in begun:
        if (everything or task.essential) and counts_for(task, day, kind):
            yield from required(task, day, kind)


def counts_for(item: Criterion, day: date, kind: OfKind = ANY_KIND) -> bool:
    """Whether an item is asked that day of every unit of a kind, whatever its tags."""
    if item.in_force(day) is None or item.exempt_tags or item.only_bonus:
        return False
    if any(kind.get(name) not in values for name, values in item.applies.items()):
        return False
    return not item.tasks or any(counts_for(task, day, kind) for task in item.tasks)


def kinds_of(items: Iterable[Criterion]) -> list[OfKind]:
    """The kinds of units that items, or their tasks, are for, each once."""
    found: list[OfKind] = []
    for part in (part for item in items for part in item.with_tasks if part.applies):
        for words in product(*part.applies.values()):
            kind = dict(zip(part.applies, words, strict=True))
            if kind not in found:
                found.append(kind)
    return found
