"""What ``rewards`` does: the rules of 月度 → 奖励, and the lists of pay and of names, into lists of who gets what."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from starcheck.cycle.course import Course
from starcheck.cycle.rewarding import (
    Item,
    Named,
    Paid,
    Rewards,
    Waiting,
    Why,
    YearRating,
    YearTold,
    rewards,
    total,
)
from starcheck.cycle_files import Line, UnitsByName, read_lines
from starcheck.diagnostic import Diagnostic, Text
from starcheck.history import Store
from starcheck.messages import both
from starcheck.report.listing import Heading, Listing, Shows, Value
from starcheck.report.monthly import first_due, reward_words
from starcheck.scheme import MixedYears, Reward, RewardedTo, Scheme, Span
from starcheck.workspace import Stop

PAY_COLUMNS: Mapping[str, Sequence[str]] = {
    "person": ("姓名", "干部姓名", "person"),
    "post": ("职务", "岗位", "post"),
    "pay": ("基本报酬", "基本工作报酬", "报酬", "pay"),
    "pay_year": (
        *(
            "年基本报酬",
            "年报酬",
            "基本报酬（元/年）",
            "基本工作报酬（元/年）",
            "年基本报酬（元/年）",
            "年报酬（元/年）",
        ),
        "pay_year",
    ),
    "pay_month": (
        *("月基本报酬", "月报酬", "月生活补贴", "基本报酬（元/月）", "基本工作报酬（元/月）"),
        *("月基本报酬（元/月）", "月报酬（元/月）", "月生活补贴（元/月）", "生活补贴（元/月）"),
        "pay_month",
    ),
}
_BASES = ("pay", "pay_year", "pay_month")
EARLIER_COLUMNS: Mapping[str, Sequence[str]] = {
    "year": ("年度", "年份", "评定年度", "year"),
    "tier": ("星级", "档次", "等次", "评定结果", "评定星级", "tier"),
}
AWARD_COLUMNS: Mapping[str, Sequence[str]] = {
    "person": ("姓名", "干部姓名", "person"),
    "award": ("奖项", "奖励", "荣誉", "称号", "表彰类别", "award"),
}


_NAMES_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Aside:
    """A row of a file that could not be used, and why."""

    line: Line
    key: str
    slots: Mapping[str, str] = field(default_factory=dict)

    @property
    def why(self) -> Text:
        """The reason."""
        return both(self.key, **self.slots)


@dataclass(frozen=True, eq=False)
class RewardFiles:
    """The files that amounts hang on, and what was said while they were read."""

    pay: Path | None = None
    awards: Path | None = None
    earlier: Path | None = None
    said: list[Diagnostic] = field(default_factory=list)

    def listings(self, course: Course, _store: Store) -> list[Listing]:
        """Who gets what, by rule and by township, who is waiting, and which rows could not be used."""
        if not course.scheme.monthly.rewards:
            raise Stop(2, both("stop.rewards", scheme=course.scheme.id))
        by_name = UnitsByName(course)
        aside: list[Aside] = []
        notes: list[Text] = []
        paid = None if self.pay is None else self._paid(self.pay, by_name, aside, notes)
        named = None if self.awards is None else self._named(self.awards, course.scheme, by_name, aside)
        strangers = [f"{one.township}{one.unit}" for one in named or () if one.key is None and one.unit]
        if strangers:
            shown = "、".join(strangers[:_NAMES_SHOWN]) + ("…" if len(strangers) > _NAMES_SHOWN else "")
            notes.append(both("rewards.note.strangers", n=len(strangers), names=shown))
        earlier = {} if self.earlier is None else self._earlier(self.earlier, course, by_name, aside)
        self.said.extend(_not_used(one) for one in aside)
        found = rewards(course, paid, named, earlier)
        listed = [
            _items(found, course.scheme, notes),
            _rules(found, course.scheme, lists=self.awards is not None),
            _townships(found),
            _waiting(found),
        ]
        return [*listed, _aside(aside)] if aside else listed

    def _paid(self, path: Path, by_name: UnitsByName, aside: list[Aside], notes: list[Text]) -> list[Paid]:
        lines, said = read_lines(path, PAY_COLUMNS, ("name", "person", "post"))
        self.said.extend(said)
        if lines and not any(key in line.texts for line in lines for key in _BASES):
            notes.append(both("rewards.note.no_base"))
        of_person: dict[tuple[str, str, str], list[tuple[Line, Mapping[str, Decimal | None]]]] = {}
        for line in lines:
            place = by_name.find(line)
            if place is None:
                aside.append(Aside(line, "rewards.aside.unit"))
            elif not line["person"] or not line["post"]:
                aside.append(Aside(line, "rewards.aside.person"))
            else:
                sums = {key: _sum(line, key) for key in _BASES if line[key]}
                bad = next((key for key, amount in sums.items() if amount is None), None)
                if bad is not None:
                    slots = {"column": PAY_COLUMNS[bad][0], "found": line[bad]}
                    aside.append(Aside(line, "rewards.aside.pay", slots))
                of_person.setdefault((by_name.key(place), line["person"], line["post"]), []).append((line, sums))
        paid = [Paid(*key, *_settled(own, aside)) for key, own in of_person.items()]
        order = {line.where: number for number, line in enumerate(lines)}
        aside.sort(key=lambda one: order[one.line.where])
        return paid

    def _named(self, path: Path, scheme: Scheme, by_name: UnitsByName, aside: list[Aside]) -> list[Named]:
        lines, said = read_lines(path, AWARD_COLUMNS, ("award",), spread=("award",))
        self.said.extend(said)
        rules = {rule.name: rule for rule in scheme.monthly.rewards if rule.listed}
        found: dict[tuple[str, str, str, str], Named] = {}
        for line in lines:
            rule = rules.get("".join(line["award"].split()))
            place = by_name.find(line) if line["name"] or line["code"] else None
            township, unit = (line["township"], line["name"]) if place is None else by_name.called(place)
            person = line["person"] if rule is None or rule.to is RewardedTo.PERSON else ""
            key = (line["award"], township, unit, person)
            if rule is None:
                aside.append(Aside(line, "rewards.aside.award"))
            elif rule.to is RewardedTo.PERSON and not person:
                aside.append(Aside(line, "rewards.aside.person"))
            elif rule.to is RewardedTo.UNIT and place is None:
                aside.append(Aside(line, "rewards.aside.unit"))
            elif key in found:
                aside.append(Aside(line, "rewards.aside.again"))
            else:
                found[key] = Named(rule.name, township, unit, person, None if place is None else by_name.key(place))
        return list(found.values())

    def _earlier(self, path: Path, course: Course, by_name: UnitsByName, aside: list[Aside]) -> Mapping[int, YearTold]:
        """Years before the first that is recorded, by a list of units, years and tiers."""
        lines, said = read_lines(path, EARLIER_COLUMNS, ("name", "year", "tier"))
        self.said.extend(said)
        numbers = {tier.name: tier.number for ladder in course.scheme.tiering.ladders for tier in ladder.tiers}
        numbers |= dict.fromkeys(both("excluded"), -1)
        recorded = {int(month.period[:4]) for month in course.months}
        found: dict[int, dict[str, int]] = {}
        disagreeing: set[tuple[int, str]] = set()
        for line in lines:
            place, year = by_name.find(line), re.fullmatch("((?:19|20)[0-9]{2})年?度?", line["year"])
            number = numbers.get("".join(line["tier"].split()))
            if place is None:
                aside.append(Aside(line, "rewards.aside.unit"))
            elif year is None:
                aside.append(Aside(line, "rewards.aside.year"))
            elif int(year[1]) in recorded:
                aside.append(Aside(line, "rewards.aside.recorded"))
            elif number is None:
                aside.append(Aside(line, "rewards.aside.tier"))
            elif found.setdefault(int(year[1]), {}).setdefault(by_name.key(place), number) != number:
                # which of the two holds is not known: neither
                aside.append(Aside(line, "rewards.aside.disagrees"))
                disagreeing.add((int(year[1]), by_name.key(place)))
        for told, key in disagreeing:
            del found[told][key]
        return {year: YearTold(path.name, tiers) for year, tiers in found.items()}


def _settled(own: Sequence[tuple[Line, Mapping[str, Decimal | None]]], aside: list[Aside]) -> Iterator[Decimal | None]:
    """The bases that rows about one person and post come to; what they contradict each other about is not known."""
    contested = {key for key in _BASES if len({sums[key] for _, sums in own if key in sums}) > 1}
    first = own[0][1]
    for line, sums in own:
        if contested & sums.keys():
            aside.append(Aside(line, "rewards.aside.pays"))
        elif sums is not first and sums == first:
            aside.append(Aside(line, "rewards.aside.again"))
    for key in _BASES:
        yield None if key in contested else next((sums[key] for _, sums in own if key in sums), None)


def _sum(line: Line, key: str) -> Decimal | None:
    """A sum in yuan; what is not above 0 says nothing about anybody's pay."""
    amount = line.number(key, "元")
    return amount if amount is not None and amount > 0 else None


# --- the lists --------------------------------------------------------------------------------------------------------


def _items(found: Rewards, scheme: Scheme, said: Sequence[Text]) -> Listing:
    names = {tier.number: tier.name for tier in scheme.tiering.tiers}
    rows: list[list[Value]] = [
        [
            item.township,
            item.unit,
            item.name,
            item.post,
            item.reward.name,
            _tiers(item, names),
            item.base,
            item.reward.share,
            item.amount,
            both(f"rewards.span.{item.reward.span.name.lower()}"),
            None if item.why is None else both(f"rewards.why.{item.why.value}"),
            None if item.why is None else item.why.value,
            None if item.reward.source is None else str(item.reward.source),
        ]
        for item in found.items
    ]
    return Listing(
        "rewards",
        both("rewards.title"),
        [
            Heading("township", both("townships.name")),
            Heading("unit", both("rank.of.unit")),
            Heading("person", both("rewards.person")),
            Heading("post", both("rewards.post")),
            Heading("reward", both("rewards.reward")),
            Heading("years", both("rewards.years")),
            Heading("base", both("rewards.base"), Shows.MONEY),
            Heading("share", both("rewards.share"), Shows.SHARE),
            Heading("amount", both("rewards.amount"), Shows.MONEY),
            Heading("span", both("rewards.span")),
            Heading("why", both("rewards.why")),
            Heading("why_code", both("rewards.why"), only_json=True),
            Heading("source", both("explain.source")),
        ],
        rows,
        _item_notes(found, said),
    )


def _tiers(item: Item, names: Mapping[int, str]) -> Text | None:
    """The years and their tiers: 2022年二星、2023年一星; nothing for who is on a list of names."""
    parts = [both("rewards.reason", year=year, why=names.get(tier, str(tier))) for year, tier in item.tiers]
    return ("、".join(zh for zh, _ in parts), ", ".join(en for _, en in parts)) if parts else None


def _item_notes(found: Rewards, said: Sequence[Text]) -> list[Text]:
    """By which months the years are rated, and every setting that the sources leave open, with what it is set to."""
    notes = [_year_words(rating) for rating in found.years]
    if any(item.why is Why.NO_PAY_LIST for item in found.items):
        notes.append(both("rewards.note.no_pay"))
    return [*notes, *said]


def _year_words(rating: YearRating) -> Text:
    if rating.told is not None:
        n = len(rating.told.tiers)
        return both("rewards.note.year.told", year=rating.year, source=rating.told.source, n=n)
    if rating.month is None:
        return both("rewards.note.no_year", year=rating.year)
    key = "rewards.note.year.final" if rating.final else "rewards.note.year"
    return both(key, year=rating.year, period=rating.month.period)


def _rules(found: Rewards, scheme: Scheme, *, lists: bool) -> Listing:
    rows: list[list[Value]] = []
    paid: dict[Span, Decimal] = {}
    planned: dict[Span, Decimal] = {}
    rules = scheme.monthly.rewards
    for rule in rules:
        items = found.of(rule)
        known = lists if rule.listed else rule not in found.too_early
        plan = None if rule.places is None or rule.amount is None else rule.places * rule.amount
        open_units = sum(1 for one in found.waiting if rule.name in one.rewards)
        counted = any(item.amount is not None for item in items)
        # where nothing is certain yet a 0 would look like a result
        sum_known = total(items) if known and (counted or not (items or open_units)) else None
        rows.append(
            [
                rule.name,
                reward_words(rule),
                both(f"rewards.span.{rule.span.name.lower()}"),
                rule.places,
                plan,
                len({(item.township, item.unit) for item in items if item.unit}) if known else None,
                len(items) if known else None,
                sum_known,
                sum(1 for item in items if item.amount is None) if known else None,
                open_units if known and not rule.listed else None,
                None if rule.source is None else str(rule.source),
            ]
        )
        if plan is not None:
            planned[rule.span] = planned.get(rule.span, Decimal(0)) + plan
        if sum_known is not None:
            paid[rule.span] = paid.get(rule.span, Decimal(0)) + sum_known
    spans = [span for span in Span if span in paid or span in planned]
    for span in spans:
        label = both("rewards.total", span=both(f"rewards.span.{span.name.lower()}"))
        span_words = both(f"rewards.span.{span.name.lower()}")
        rows.append([label, None, span_words, None, planned.get(span), None, None, paid.get(span), None, None, None])
    return Listing(
        "rules",
        both("rewards.rules"),
        [
            Heading("reward", both("rewards.reward")),
            Heading("rule", both("rewards.rule")),
            Heading("span", both("rewards.span")),
            Heading("places", both("rewards.places"), Shows.WHOLE),
            Heading("planned", both("rewards.planned"), Shows.MONEY),
            Heading("units", both("townships.units"), Shows.WHOLE),
            Heading("items", both("rewards.items"), Shows.WHOLE),
            Heading("amount", both("rewards.amount"), Shows.MONEY),
            Heading("without_amount", both("rewards.without_amount"), Shows.WHOLE),
            Heading("waiting", both("rewards.waiting"), Shows.WHOLE),
            Heading("source", both("explain.source")),
        ],
        rows,
        _rule_notes(found, rules, lists=lists),
        strong=len(spans),
    )


def _rule_notes(found: Rewards, rules: Sequence[Reward], *, lists: bool) -> list[Text]:
    notes: list[Text] = []
    settings: dict[tuple[MixedYears, int | None, int], list[str]] = {}
    for rule in rules:
        if rule.years > 1:
            settings.setdefault((rule.mixed, rule.first, rule.years), []).append(rule.name)
    for (mixed, year, years), names in settings.items():
        first = first_due(year, years)
        how = both(f"rewards.mixed.{mixed.name.lower()}")
        notes.append(both("rewards.note.mixed", names=_joined(names), mixed=how, first=first))
    if found.too_early:
        names = [rule.name for rule in found.too_early]
        notes.append(both("rewards.note.early", names=_joined(names), year=found.year))
    without = [rule.name for rule in rules if rule.listed and not lists]
    if without:
        notes.append(both("rewards.note.no_list", names=_joined(without)))
    for rule in rules:
        count = len(found.of(rule))
        if rule.listed and lists and rule.places is not None and count != rule.places:
            notes.append(both("rewards.note.places", name=rule.name, count=count, places=rule.places))
    shares: dict[str, list[str]] = {}
    for rule in rules:
        if rule.share is not None:
            shares.setdefault(rule.stacking.name.lower(), []).append(rule.name)
    for stacking, names in shares.items():
        notes.append(both(f"rewards.note.{stacking}", names=_joined(names)))
    return [*notes, both("rewards.note.spans")]


def _joined(names: Sequence[str]) -> Text:
    return "、".join(names), ", ".join(names)


def _townships(found: Rewards) -> Listing:
    groups: dict[tuple[str, Span], list[Item]] = {}
    for item in found.items:
        groups.setdefault((item.township, item.reward.span), []).append(item)
    order = list(dict.fromkeys(township for township, _ in groups))
    rows: list[list[Value]] = [
        [
            township or both("rewards.no_township"),
            both(f"rewards.span.{span.name.lower()}"),
            len({item.unit for item in items if item.unit}),
            len(items),
            total(items) if any(item.amount is not None for item in items) else None,
            sum(1 for item in items if item.amount is None),
        ]
        for (township, span), items in sorted(groups.items(), key=lambda one: order.index(one[0][0]))
    ]
    return Listing(
        "townships",
        both("rewards.townships"),
        [
            Heading("township", both("townships.name")),
            Heading("span", both("rewards.span")),
            Heading("units", both("townships.units"), Shows.WHOLE),
            Heading("items", both("rewards.items"), Shows.WHOLE),
            Heading("amount", both("rewards.amount"), Shows.MONEY),
            Heading("without_amount", both("rewards.without_amount"), Shows.WHOLE),
        ],
        rows,
    )


def _waiting(found: Rewards) -> Listing:
    return Listing(
        "waiting",
        both("rewards.waiting"),
        [
            Heading("township", both("townships.name")),
            Heading("unit", both("rank.of.unit")),
            Heading("reasons", both("rewards.why")),
            Heading("rewards", both("rewards.reward")),
        ],
        [[one.township, one.unit, _reasons(one), list(one.rewards)] for one in found.waiting],
        [both("rewards.note.waiting")],
    )


def _reasons(one: Waiting) -> Text:
    parts = [both("rewards.reason", year=year, why=both(f"rewards.why.{why.value}")) for year, why in one.reasons]
    return "；".join(zh for zh, _ in parts), "; ".join(en for _, en in parts)


def _not_used(one: Aside) -> Diagnostic:
    shown = " ".join(
        filter(None, (one.line[key] for key in ("township", "name", "person", "award", "post", "year", "tier")))
    )
    return Diagnostic("R452", one.line.where, found=shown, arguments={"reason": one.why})


def _aside(aside: Sequence[Aside]) -> Listing:
    return Listing(
        "aside",
        both("rewards.aside"),
        [
            Heading("where", both("rewards.where")),
            Heading("township", both("townships.name")),
            Heading("unit", both("rank.of.unit")),
            Heading("person", both("rewards.person")),
            Heading("what", both("rewards.what")),
            Heading("why", both("rewards.why")),
        ],
        [
            [
                str(one.line.where),
                one.line["township"] or None,
                one.line["name"] or None,
                one.line["person"] or None,
                one.line["award"] or one.line["post"] or one.line["tier"] or None,
                one.why,
            ]
            for one in aside
        ],
    )
