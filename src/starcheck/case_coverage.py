"""Coverage of a scheme by its cases: which sides there are of what it says, and on which of them a case stands.

Every dated requirement has a side on which a unit meets it and one on which it does not; so have every dated rule of
点亮, every cap, quota and veto; every tier is a side. A unit stands on a side for its case only if the case says what
must come of it by a word that tells the sides apart, and it came.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from starcheck.column import Reason, Verdict
from starcheck.diagnostic import Location, Text
from starcheck.expression import AS_OF, TIER, Expression, derived_of
from starcheck.grouping import GroupResult
from starcheck.ledger import names_in
from starcheck.scheme import (
    Cap,
    Criterion,
    DatedRule,
    DatedTiers,
    EffectKind,
    Group,
    GroupCriterion,
    Method,
    Quota,
    Scheme,
    Star,
    Tier,
    Veto,
)
from starcheck.scoring import LIT, UNLIT, Assessment, LossKind


@dataclass(frozen=True, slots=True)
class Side:
    """One side of something in the scheme, and whether a case stands on it."""

    key: str
    what: Text
    where: Location
    shown: bool


class Coverage:
    """Which sides of the scheme the cases stand on.

    Of a scheme that inherits (``parent``, None if it does not) the sides are those of what it says itself, and of what
    follows otherwise because of that; the rest is for the cases of its parent.
    """

    def __init__(self, scheme: Scheme, parent: Scheme | None) -> None:
        """Begin with no side shown."""
        self.scheme = scheme
        self.taken_over = _TakenOver(scheme, parent)
        self.marks: set[tuple[str, str, object]] = set()

    def add(
        self,
        assessment: Assessment,
        units: Mapping[int, Collection[str]],
        groups: Iterable[tuple[GroupResult, Collection[str]]],
    ) -> None:
        """Take note of the units (by position) and groups of a rated case that came out as it says.

        Each with the words (短板, 星级 …) by which the case says something of it: only what these say is shown.
        """
        for unit, words in units.items():
            if assessment.units.reported[unit]:
                stars = self._add_stars(assessment, unit, words)
                self._add_items(assessment, unit, words, stars)
                self._add_tiers(assessment, unit, words)
        for result, words in groups:
            if "短板" not in words and not ("判定" in words and result.verdict is Verdict.MET):
                continue
            for found in result.verdicts:
                asked = found.criterion.in_force(assessment.as_of)
                if asked is not None:
                    self.marks.add((found.criterion.id, f"{asked.since}", found.verdict))

    def _add_stars(self, assessment: Assessment, unit: int, words: Collection[str]) -> frozenset[str]:
        """The stars whose state the case tells: by name, or by a 星级 of all of them or of none."""
        scheme, states = assessment.scheme, assessment.stars[unit].tolist()
        counted = scheme.tiering.method is Method.STARS and int(assessment.tiers[unit]) in {0, len(states)}
        if "亮星" not in words and not ("星级" in words and counted and len(set(states)) == 1):
            return frozenset()
        for star, state in zip(scheme.stars, states, strict=True):
            self.marks.add((star.name, _rule_key(star.rules[-1]), state))
        return frozenset(star.name for star in scheme.stars)

    def _add_items(self, assessment: Assessment, unit: int, words: Collection[str], stars: Collection[str]) -> None:
        """短板 tells of each item whether it is met, 得分 of a bonus; so does a lit star that takes all its items."""
        scheme = assessment.scheme
        taking_all = {
            star.name
            for star, state in zip(scheme.stars, assessment.stars[unit].tolist(), strict=True)
            if star.name in stars and star.rule.all and state == LIT
        }
        for place, criterion in enumerate(scheme.criteria):
            requirement = criterion.in_force(assessment.as_of)
            if requirement is None:
                continue
            since, verdict = f"{requirement.since}", int(assessment.verdicts[unit, place])
            reason = int(assessment.reasons[unit, place])
            if reason == Reason.NO_BONUS:
                verdict = Verdict.UNMET
            told = "得分" in words if criterion.only_bonus else "短板" in words
            if not told and criterion.id not in scheme.item_of:
                told = verdict == Verdict.MET and scheme.star_of[criterion.id].name in taking_all
            if told and verdict in _SIDES:
                self.marks.add((criterion.id, since, verdict))
            if {"短板", "不适用"} & set(words):
                for why, state in ((Reason.EXEMPT, "exempt"), (Reason.OTHER_KIND, "other kind")):
                    if reason == why:
                        self.marks.add((criterion.id, state, True))

    def _add_tiers(self, assessment: Assessment, unit: int, words: Collection[str]) -> None:
        """触发 tells of vetoes, 星级 of the rest; the scheme of an assessment has what is in force on its day only."""
        scheme, marks = assessment.scheme, self.marks
        if "触发" in words:
            marks.update(
                (veto.id, "veto", state)
                for veto, state in zip(scheme.vetoes, assessment.vetoes[unit].tolist(), strict=True)
            )
        tier = int(assessment.tiers[unit])
        if assessment.undecided[unit]:
            return
        if "星级" not in words:
            if tier < 0 and "不参评" in words:
                marks.add(("定级", _ladder_key(scheme.tiering.ladders[0]), tier))
            return
        for cap, capped in zip(scheme.tiering.caps, assessment.capped_tier[unit].tolist(), strict=True):
            marks.add((cap.star, _cap_key(cap), capped))
        lowered = any(loss.lost[unit] for loss in assessment.losses)
        if tier < 0 or assessment.scores is None or not lowered:
            # by score, a tier that a cap or a quota came down to does not show where its own band begins
            marks.add(("定级", _ladder_key(scheme.tiering.ladders[0]), tier))
        losses = [loss for loss in assessment.losses if loss.kind is LossKind.QUOTA]
        for quota, loss in zip(_from_the_top(scheme), losses, strict=True):
            number = next(one.number for one in scheme.tiering.tiers if one.name == quota.tier_name)
            if loss.lost[unit]:
                marks.add(("名额", _quota_key(quota), True))
            if not loss.units and tier == number:
                marks.add(("名额", _quota_key(quota), False))

    # --- all there are

    def sides(self) -> Iterator[Side]:
        """Every side there is, in the order of the scheme."""
        for criterion in self.scheme.criteria:
            if not self.taken_over.criterion(criterion):
                yield from self._requirements(criterion)
                yield from self._exemptions(criterion)
        for group in self.scheme.groups:
            for item in group.criteria:
                if not self.taken_over.group_criterion(group, item):
                    yield from self._requirements(item)
        yield from self._stars()
        yield from self._vetoes()
        yield from self._tiers()

    def _side(self, key: str, of: str, state: object, what: Text, where: Location) -> Side:
        return Side(key, what, where, (key, of, state) in self.marks)

    def _requirements(self, criterion: Criterion | GroupCriterion) -> Iterator[Side]:
        scheme = self.scheme
        bonus = isinstance(criterion, Criterion) and criterion.only_bonus
        missed: Text = ("没有加分", "no bonus") if bonus else ("未达标", "unmet")
        for number, requirement in enumerate(criterion.requirements):
            first = max(requirement.since, scheme.since)
            if criterion.in_force(first) is not requirement or (scheme.until is not None and first > scheme.until):
                continue  # replaced before the scheme began, or begins after it ends: no case can show it
            where = scheme.origin(criterion.id, "要求", number)
            asked = requirement.words(criterion.unit), requirement.words(criterion.unit, "en")
            since = f"{requirement.since}"
            for verdict, came in zip(_SIDES, (("达标", "met"), missed), strict=True):
                what = (f"{since} 起{asked[0]}：{came[0]}", f"{asked[1]} from {since}: {came[1]}")
                yield self._side(criterion.id, since, verdict, what, where)

    def _exemptions(self, criterion: Criterion) -> Iterator[Side]:
        origin = self.scheme.origin
        if criterion.applies:
            what: Text = ("不属于这一类", "of another kind")
            yield self._side(criterion.id, "other kind", True, what, origin(criterion.id, "适用于"))
        if criterion.exempt_tags:
            what = ("不适用", "exempt")
            yield self._side(criterion.id, "exempt", True, what, origin(criterion.id, "不适用于"))

    def _stars(self) -> Iterator[Side]:
        for star in self.scheme.stars:
            if self.taken_over.star(star):
                continue
            for place, dated in enumerate(star.rules):
                until = star.rules[place + 1].since if place + 1 < len(star.rules) else None
                if not self._speaks(None if place == 0 else dated.since, until, through=False):
                    continue
                where = self._rule_place(star, dated)
                chinese, english = ("", "")
                if dated.since is not None:
                    chinese, english = f"{dated.since} 起的点亮规矩：", f"by the rule from {dated.since}: "
                for state, came in ((LIT, ("点亮", "lit")), (UNLIT, ("未亮", "unlit"))):
                    what = (chinese + came[0], english + came[1])
                    yield self._side(star.name, _rule_key(dated), state, what, where)

    def _rule_place(self, star: Star, dated: DatedRule) -> Location:
        """Where a rule of 点亮 stands: rules are kept by their days, and written in any order."""
        if dated.since is not None:
            written = self.scheme.written(star.name)
            for rule in written.items("点亮") if written is not None else ():
                if (since := rule.child("自")) is not None and since.value == dated.since:
                    return rule.where
        return self.scheme.origin(star.name)

    def _tier_place(self, ladder: DatedTiers, tier: Tier) -> Location:
        """Where a tier, or the set it is one of, stands: they are written in any order."""
        written = self.scheme.written("定级", "档次")
        if ladder.since is not None and written is not None:
            sets = (one for one in written.value if (since := one.child("自")) and since.value == ladder.since)
            written = next((one.child("按") or one for one in sets), written)
        for band in written.value if written is not None and isinstance(written.value, list) else ():
            if band.text("档") == tier.name:
                return band.where  # type: ignore[no-any-return]
        return self.scheme.origin("定级", "档次", tier.number) if written is None else written.where

    def _vetoes(self) -> Iterator[Side]:
        for veto in self.scheme.vetoes:
            if self.taken_over.veto(veto) or not self._speaks(veto.since, veto.until):
                continue
            where = self.scheme.origin(veto.id)
            for state, what in ((1, ("触发", "triggered")), (0, ("没有触发", "not triggered"))):
                yield self._side(veto.id, "veto", state, what, where)

    def _tiers(self) -> Iterator[Side]:
        tiering, origin, taken_over = self.scheme.tiering, self.scheme.origin, self.taken_over
        if not taken_over.tiers:
            yield from self._ladders()
        excluding = [veto for veto in self.scheme.vetoes if veto.effect.kind is EffectKind.EXCLUDE]
        if not all(map(taken_over.veto, excluding)):
            # whichever set of tiers it would have had one of
            excluded = any(key == "定级" and state == -1 for key, _, state in self.marks)
            yield Side("定级", ("不参评", "not rated"), origin("定级", "档次"), excluded)
        for place, cap in enumerate(tiering.caps):
            if taken_over.cap(cap) or not self._speaks(cap.since, cap.until):
                continue
            since = f"{cap.since} 起" if cap.since else "", f" from {cap.since}" if cap.since else ""
            for state, came in ((True, ("封顶", "capped")), (False, ("没有封顶", "not capped"))):
                what = (f"{since[0]}最高 {cap.tier}：{came[0]}", f"at most {cap.tier}{since[1]}: {came[1]}")
                yield self._side(cap.star, _cap_key(cap), state, what, origin("定级", "封顶", place))
        for quota in _from_the_top(self.scheme):
            if taken_over.quota(quota) or not self._speaks(quota.since, quota.until):
                continue
            where = origin("定级", "名额", next(n for n, one in enumerate(tiering.quotas) if one is quota))
            since = f"{quota.since} 起" if quota.since else "", f" from {quota.since}" if quota.since else ""
            for state, chinese, english in ((True, "不够分", "not enough"), (False, "够用", "enough")):
                what = (f"{since[0]}{quota.tier_name}名额{chinese}", f"places in {quota.tier_name}{since[1]} {english}")
                yield self._side("名额", _quota_key(quota), state, what, where)

    def _ladders(self) -> Iterator[Side]:
        ladders = self.scheme.tiering.ladders
        for place, ladder in enumerate(ladders):
            until = ladders[place + 1].since if place + 1 < len(ladders) else None
            if not self._speaks(None if place == 0 else ladder.since, until, through=False):
                continue
            since = (f"{ladder.since} 起", f" from {ladder.since}") if ladder.since else ("", "")
            for tier in ladder.tiers:
                what = (f"{since[0]}评为{tier.name}", f"rated {tier.name}{since[1]}")
                yield self._side("定级", _ladder_key(ladder), tier.number, what, self._tier_place(ladder, tier))

    def _speaks(self, since: date | None, until: date | None, *, through: bool = True) -> bool:
        """Whether the scheme is in force on a day between the two, the last of them included or not."""
        first = max(since or date.min, self.scheme.since)
        last = min(until or date.max, self.scheme.until or date.max)
        return first <= last if through or last != until else first < last


_SIDES = (Verdict.MET, Verdict.UNMET)


def _rule_key(dated: DatedRule) -> str:
    return f"star {dated.since}"


def _ladder_key(ladder: DatedTiers) -> str:
    return f"tier {ladder.since}"


def _cap_key(cap: Cap) -> str:
    return f"cap {cap.tier} {cap.since} {cap.until}"


def _quota_key(quota: Quota) -> str:
    return f"{quota.tier_name} {quota.scope} {quota.share} {quota.count} {quota.since} {quota.until}"


def _from_the_top(scheme: Scheme) -> list[Quota]:
    """The quotas in the order in which they are applied."""
    ladders = reversed(scheme.tiering.ladders)
    names = list(dict.fromkeys(tier.name for ladder in ladders for tier in ladder.tiers))
    return sorted(scheme.tiering.quotas, key=lambda quota: names.index(quota.tier_name))


class _TakenOver:
    """What a scheme has from its parent as it is there, with everything that it is made of or decided by."""

    def __init__(self, scheme: Scheme, parent: Scheme | None) -> None:
        self.scheme = scheme
        self.parent = parent
        self.stars_before = {} if parent is None else {star.name: star for star in parent.stars}
        self.groups_before = {} if parent is None else {group.name: group for group in parent.groups}

    def criterion(self, criterion: Criterion) -> bool:
        """Whether it is the parent's, and so is everything its value comes from."""
        if self.parent is None or self.parent.find_criterion(criterion.id) != criterion:
            return False
        names = {*criterion.dates, *criterion.applies, *_names(criterion.expression)}
        if criterion.goal is not None and criterion.goal.field is not None:
            names.add(criterion.goal.field)
        return all(map(self._name, names)) and all(map(self.criterion, criterion.tasks))

    def _name(self, name: str) -> bool:
        """Whether what a formula names is the parent's: a field, a criterion, or what is derived of fields."""
        if name == TIER:
            return self.tiers and all(map(self.star, self.scheme.stars)) and all(map(self.veto, self.scheme.vetoes))
        parts = derived_of(name)
        if parts is not None:
            return all(self._name(part) for part in parts if part != AS_OF)
        criterion = self.scheme.find_criterion(name)
        if criterion is not None:
            return self.criterion(criterion)
        return self.parent is not None and self.scheme.fields.get(name) == self.parent.fields.get(name)

    def group_criterion(self, group: Group, item: GroupCriterion) -> bool:
        """Whether it and the group are the parent's, and what its formula names."""
        before = self.groups_before.get(group.name)
        if before is None or (before.by, True) != (group.by, item in before.criteria):
            return False
        return all(map(self._name, {*names_in(item.expression), *({group.by} & self.scheme.fields.keys())}))

    def star(self, star: Star) -> bool:
        """Whether it is lit by the parent's rules from the parent's criteria."""
        before = self.stars_before.get(star.name)
        if before is None or before.rules != star.rules:
            return False
        same = [item.id for item in before.criteria] == [item.id for item in star.criteria]
        return same and all(map(self.criterion, star.criteria))

    def veto(self, veto: Veto) -> bool:
        """Whether the parent has it word for word."""
        return self.parent is not None and veto in self.parent.vetoes

    @property
    def tiers(self) -> bool:
        """Whether the tiers are the parent's, and as many stars lead to them."""
        if self.parent is None:
            return False
        before, now = self.parent.tiering, self.scheme.tiering
        same = (before.method, before.ladders, before.rescale) == (now.method, now.ladders, now.rescale)
        return same and self.stars_before.keys() == {star.name for star in self.scheme.stars}

    def cap(self, cap: Cap) -> bool:
        """Whether the parent has it word for word."""
        return self.parent is not None and cap in self.parent.tiering.caps

    def quota(self, quota: Quota) -> bool:
        """Whether the parent has it, and what breaks its ties."""
        if self.parent is None or quota not in self.parent.tiering.quotas:
            return False
        return all(self._name(name) for one in quota.tie_breaks for name in names_in(one.expression))


def _names(expression: Expression | None) -> tuple[str, ...]:
    return () if expression is None else names_in(expression)
