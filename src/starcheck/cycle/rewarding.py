"""奖励: who is to get what by the rules of 月度, itemised, in exact money.

A reward hangs on ratings of whole years. Nothing is given on what is not certain: who has not reported, is provisional
or 不参评, or has a year without a record, gets nothing and is listed with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from functools import cached_property

from starcheck.cycle.course import ABSENT, Course, RatedMonth
from starcheck.scheme import MixedYears, Reward, RewardedTo, Span, Stacking

_MARKS = re.compile("[、,，;；/]")
_BOTH = re.compile("(?<=.)(?:兼任|兼(?![任职])|(?=兼职))(?=.)")
"""Between two posts of one person; 兼职会计 is one post."""


@dataclass(frozen=True, slots=True)
class Paid:
    """A line of the list of pay: somebody's base, of a year, of a month, or of whichever the rule is about."""

    key: str
    """The unit's, as in ``Course.keys``."""
    name: str
    post: str
    base: Decimal | None = None
    of_year: Decimal | None = None
    of_month: Decimal | None = None

    def base_of(self, span: Span) -> Decimal | None:
        """The base that a percentage for ``span`` is of."""
        own = self.of_month if span is Span.MONTH else self.of_year
        return self.base if own is None else own

    def posts(self, known: Collection[str]) -> frozenset[str]:
        """The posts held: ``书记、主任`` are two, and so are ``书记兼主任`` where that is none of those ``known``."""
        listed = [part.strip() for part in _MARKS.split(self.post)]
        return frozenset(post.strip() for part in listed for post in ([part] if part in known else _BOTH.split(part)))


@dataclass(frozen=True, slots=True)
class Named:
    """A line of a list of names: who was given which award."""

    award: str
    township: str
    unit: str
    name: str
    key: str | None = None
    """The unit's; None where it is not one of those rated."""


@dataclass(frozen=True, slots=True)
class YearTold:
    """The ratings of a year that was rated before anything was recorded, by a list that the office keeps."""

    source: str
    """The list's name."""
    tiers: Mapping[str, int]
    """By unit, as in ``Course.keys``; below 0 for 不参评."""


class Why(Enum):
    """Why a unit gets nothing yet, or an amount is not known."""

    UNREPORTED = "unreported"
    PROVISIONAL = "provisional"
    EXCLUDED = "excluded"
    NOT_THERE = "not_there"
    """The year's month has no such unit."""
    NOT_TOLD = "not_told"
    """The list that the year is rated by lacks the unit, which may have been there all the same."""
    NO_YEAR = "no_year"
    """Nothing is recorded of the year, and no list tells of it."""
    NO_PAY_LIST = "no_pay_list"
    NOT_LISTED = "not_listed"
    """The list of pay has nobody of that post in the unit."""
    NO_BASE = "no_base"


@dataclass(frozen=True, slots=True)
class YearRating:
    """A year, and the month that it is rated by: the last made final, else the last recorded; None where none is.

    Then there may be a list (``told``).
    """

    year: int
    month: RatedMonth | None
    told: YearTold | None = None

    @property
    def final(self) -> bool:
        """Whether the month was made final."""
        return self.month is not None and self.month.final


@dataclass(frozen=True, slots=True)
class Item:
    """One reward of one unit or person. ``amount`` None is not known, and ``why`` says why."""

    reward: Reward
    township: str
    unit: str
    tiers: tuple[tuple[int, int], ...] = ()
    """The years and the tiers that it rests on."""
    name: str | None = None
    post: str | None = None
    base: Decimal | None = None
    amount: Decimal | None = None
    why: Why | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A unit that would get something if what is missing turned out well: the years in question, and the rewards."""

    township: str
    unit: str
    reasons: tuple[tuple[int, Why], ...]
    rewards: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rewards:
    """All that the rules come to in a year."""

    year: int
    years: tuple[YearRating, ...]
    """Every year that a rule looks at, oldest first."""
    items: tuple[Item, ...]
    waiting: tuple[Waiting, ...]
    too_early: tuple[Reward, ...] = ()
    """Rules whose years would begin before their 首年."""

    def of(self, reward: Reward) -> tuple[Item, ...]:
        """The items of one rule."""
        return tuple(item for item in self.items if item.reward is reward)


def rewards(
    course: Course,
    pay: Sequence[Paid] | None = None,
    named: Sequence[Named] | None = None,
    earlier: Mapping[int, YearTold] | None = None,
) -> Rewards:
    """What the rules of the scheme come to in the year of the course's last month.

    ``pay`` is the list of pay, ``named`` that of names; None where there is none. ``earlier`` tells of years of which
    nothing is recorded; what is recorded comes before it.
    """
    return _Year(course, pay, named or (), earlier or {}).found()


def total(items: Sequence[Item]) -> Decimal:
    """What is known of the items, added up."""
    return sum((item.amount for item in items if item.amount is not None), Decimal(0))


@dataclass(frozen=True, eq=False)
class _Year:
    course: Course
    pay: Sequence[Paid] | None
    named: Sequence[Named]
    earlier: Mapping[int, YearTold]
    _waiting: dict[int, tuple[dict[tuple[int, Why], None], list[str]]] = field(default_factory=dict)

    @cached_property
    def year(self) -> int:
        return int(self.course.now.period[:4])

    @cached_property
    def numbers(self) -> Mapping[str, int]:
        return {tier.name: tier.number for tier in self.course.scheme.tiering.tiers}

    @cached_property
    def _posts(self) -> frozenset[str]:
        """The posts that the standard pays for."""
        return frozenset(post for rule in self.course.scheme.monthly.rewards for post in rule.posts)

    @cached_property
    def _pay_of(self) -> Mapping[str, Sequence[Paid]]:
        found: dict[str, list[Paid]] = {}
        for paid in self.pay or ():
            found.setdefault(paid.key, []).append(paid)
        return found

    def rating(self, year: int) -> YearRating:
        """The month that a year is rated by."""
        month = self.course.rated_by(year)
        return YearRating(year, month, self.earlier.get(year) if month is None else None)

    def found(self) -> Rewards:
        rules = self.course.scheme.monthly.rewards
        items: list[Item] = []
        too_early = []
        for rule in rules:
            if rule.listed:
                items += self._of_list(rule)
            elif rule.first is not None and self.year - rule.years + 1 < rule.first:
                too_early.append(rule)
            else:
                items += self._by_tier(rule)
        longest = max((rule.years for rule in rules if not rule.listed and rule not in too_early), default=1)
        years = tuple(self.rating(year) for year in range(self.year - longest + 1, self.year + 1))
        return Rewards(self.year, years, tuple(self._stacked(items)), tuple(self._kept_waiting()), tuple(too_early))

    # --- by a list ---

    def _of_list(self, rule: Reward) -> Iterator[Item]:
        for line in self.named:
            if line.award == rule.name:
                name = line.name if rule.to is RewardedTo.PERSON else None
                yield Item(rule, line.township, line.unit, name=name, amount=rule.amount)

    # --- by tiers ---

    def _by_tier(self, rule: Reward) -> Iterator[Item]:
        wanted = self.numbers[rule.for_tier or ""]
        years = [self.rating(year) for year in range(self.year - rule.years + 1, self.year + 1)]
        for place in range(len(self.course.keys)):
            month = years[-1].month
            if month is None or self._row(month, place) == ABSENT:
                continue
            township, unit = self.course.called(place)
            stays = [(rating.year, *self._stay(rating, place)) for rating in years]
            open_years = [(year, why) for year, _, why in stays if why is not None]
            ranges = [ends for _, ends, why in stays if why is not Why.EXCLUDED]
            if not _may_be(rule, wanted, ranges):
                continue
            if open_years:
                reasons, names = self._waiting.setdefault(place, ({}, []))
                reasons.update(dict.fromkeys(open_years))
                names.append(rule.name)
                continue
            item = Item(rule, township, unit, tuple((year, ends[0]) for year, ends, _ in stays))
            if rule.to is RewardedTo.UNIT:
                yield replace(item, amount=rule.amount)
            else:
                yield from self._persons(item, self.course.keys[place])

    def _stay(self, rating: YearRating, place: int) -> tuple[tuple[int, int], Why | None]:
        """The least and the highest tier of a unit in a year, and why it is not certain."""
        everything = (-1, max(self.numbers.values()))
        if rating.month is None:
            return self._told(rating.told, place, everything)
        found = rating.month.assessment
        row = self._row(rating.month, place)
        if row == ABSENT:
            return everything, Why.NOT_THERE
        if not found.units.reported[row]:
            return everything, Why.UNREPORTED
        if found.excluded[row]:
            return (-1, -1), Why.EXCLUDED
        ends = int(found.assured[row]), int(found.reachable[row])
        return (ends, Why.PROVISIONAL) if found.provisional[row] else ((ends[0], ends[0]), None)

    def _told(
        self, told: YearTold | None, place: int, everything: tuple[int, int]
    ) -> tuple[tuple[int, int], Why | None]:
        if told is None:
            return everything, Why.NO_YEAR
        tier = told.tiers.get(self.course.keys[place])
        if tier is None:
            return everything, Why.NOT_TOLD
        return (tier, tier), Why.EXCLUDED if tier < 0 else None

    def _row(self, month: RatedMonth, place: int) -> int:
        return int(self.course.places[self.course.months.index(month)][place])

    def _persons(self, item: Item, key: str) -> Iterator[Item]:
        if self.pay is None:
            yield replace(item, post="、".join(item.reward.posts), why=Why.NO_PAY_LIST)
            return
        wanted = frozenset(item.reward.posts)
        here = [paid for paid in self._pay_of.get(key, ()) if paid.posts(self._posts) & wanted]
        if not here:
            yield replace(item, post="、".join(item.reward.posts), why=Why.NOT_LISTED)
        for paid in here:
            whose = replace(item, name=paid.name, post=paid.post)
            if item.reward.share is None:
                yield replace(whose, amount=item.reward.amount)
                continue
            base = paid.base_of(item.reward.span)
            yield replace(whose, base=base, why=None if base is not None else Why.NO_BASE)

    def _stacked(self, items: Sequence[Item]) -> Iterator[Item]:
        """The items with what their percentages come to: of the base, or of what the added ones make of it (相乘)."""
        of_person: dict[tuple[object, ...], list[Item]] = {}
        for item in items:
            if item.base is not None:
                of_person.setdefault(_person(item), []).append(item)
        for item in items:
            share = item.reward.share
            if item.base is None or share is None:
                yield item
                continue
            own = of_person[_person(item)]
            raised = Fraction(1)
            if item.reward.stacking is Stacking.MULTIPLIED:
                raised += sum((_share(one) for one in own if one.reward.stacking is Stacking.ADDED), Fraction(0))
                for one in own:
                    if one is item:
                        break
                    if one.reward.stacking is Stacking.MULTIPLIED:
                        raised *= 1 + _share(one)
            yield replace(item, amount=_money(Fraction(item.base) * raised * share))

    def _kept_waiting(self) -> Iterator[Waiting]:
        for place, (reasons, names) in sorted(self._waiting.items()):
            yield Waiting(*self.course.called(place), tuple(sorted(reasons, key=lambda one: one[0])), tuple(names))


def _may_be(rule: Reward, wanted: int, ranges: Sequence[tuple[int, int]]) -> bool:
    """Whether the tiers of the years, [least, highest] each, can come to what the rule asks for."""
    if rule.reached is not None:
        return all(high >= wanted for _, high in ranges)
    if rule.mixed is MixedYears.SAME:
        return all(low <= wanted <= high for low, high in ranges)
    return all(high >= wanted for _, high in ranges) and (not ranges or any(low <= wanted for low, _ in ranges))


def _person(item: Item) -> tuple[object, ...]:
    """Whose base it is: percentages of other spans are of another."""
    return item.township, item.unit, item.name, item.post, item.base, item.reward.span


def _share(item: Item) -> Fraction:
    return item.reward.share or Fraction(0)


def _money(amount: Fraction) -> Decimal:
    """To the cent, half up."""
    cents = (amount * 200 + 1).__floor__() // 2
    return (Decimal(cents) / 100).quantize(Decimal("0.01"))


__all__ = ["Item", "Named", "Paid", "Rewards", "Waiting", "Why", "YearRating", "rewards", "total"]
