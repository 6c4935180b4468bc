"""Two standards, or one on two days, side by side: what changed, item by item.

Every key of a scheme file is compared, by its model: what is said of a part in words of its own claims the keys it is
said of, and the others are told as they stand in the file. So a key that this module does not know is compared too.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from typing import NamedTuple

from pydantic import BaseModel

from starcheck.diagnostic import Lang, Severity, pick
from starcheck.messages import say
from starcheck.report.explain import applies_words, bounds_words, exempt_words, grading_words, rule_words
from starcheck.report.model import asked_words, effect_words, lasting_words
from starcheck.scheme import (
    Cap,
    Check,
    Criterion,
    DatedRule,
    DatedTiers,
    Effect,
    Field,
    Group,
    GroupCriterion,
    LightRule,
    Method,
    MonthlyRule,
    Quota,
    Requirement,
    Scheme,
    SourceRef,
    Star,
    TieBreak,
    Tiering,
    Veto,
)


class Aspect(NamedTuple):
    """What is said of a part: under which label, in which words, and the value by which two are told apart."""

    label: str
    words: str
    value: object


Aspects = Mapping[str, Aspect]
"""What is said of a part, by the message key of its label, or by the attribute where it is told as it stands."""


class Part(NamedTuple):
    """A part of a scheme that has a key of its own."""

    name: str
    aspects: Aspects


class Change(NamedTuple):
    """A part of the standard that is not what it was; ``before`` or ``after`` is None where there is none there."""

    key: str
    name: str
    aspect: str
    before: str | None
    after: str | None


class _Told(NamedTuple):
    """An aspect in words: its label, the keys of the file that it tells, and what it is compared by if not by those."""

    label: str
    words: str
    keys: tuple[str, ...] = ()
    value: object = None


TIERING = "定级"
"""The key of what is said of 定级."""


def scheme_changes(one: Scheme, other: Scheme, days: tuple[date, date], lang: Lang = "zh") -> tuple[Change, ...]:
    """Every difference between two schemes, and between what is in force on ``days``, in the order of the second."""
    return tuple(_changes(one, other, days, lang))


def _changes(one: Scheme, other: Scheme, days: tuple[date, date], lang: Lang) -> Iterator[Change]:
    for before, after in zip(parts_of(one, days[0], lang), parts_of(other, days[1], lang), strict=True):
        for key in dict.fromkeys((*after, *before)):
            was, now = before.get(key), after.get(key)
            if was is None and now is not None:
                yield Change(key, now.name, say("diff.added", lang), None, _summary(now, lang))
            elif now is None and was is not None:
                yield Change(key, was.name, say("diff.removed", lang), _summary(was, lang), None)
            elif was is not None and now is not None:
                for aspect, earlier, later in differing(was.aspects, now.aspects, lang):
                    yield Change(key, now.name, aspect, earlier, later)


def _summary(part: Part, lang: Lang) -> str:
    """A part that is new or gone, by what is said of it first."""
    return say("list.semicolon", lang).join([told.words for told in part.aspects.values() if told.words][:2])


def differing(was: Aspects, now: Aspects, lang: Lang) -> Iterator[tuple[str, str, str]]:
    """Label, before and after of the aspects that differ; as they stand in the file where the words are the same."""
    nothing = Aspect("", "", None)
    for key in dict.fromkeys((*now, *was)):
        before, after = was.get(key, nothing), now.get(key, nothing)
        if before.value != after.value:
            texts = [before.words, after.words]
            if texts[0] == texts[1]:
                texts = [plain_words(side.value, lang) for side in (before, after)]
            none = say("none", lang)
            yield after.label or before.label, texts[0] or none, texts[1] or none


def begins_later(one: Scheme, other: Scheme, day: date) -> date | None:
    """The first day after ``day`` on which something holds in one scheme only that does not do so on ``day``."""
    now = _holding(one, day) ^ _holding(other, day)
    turns = {turn for scheme in (one, other) for turn in _turns(scheme) if turn > day}
    return next((turn for turn in sorted(turns) if (_holding(one, turn) ^ _holding(other, turn)) - now), None)


def _judged(scheme: Scheme) -> list[Criterion | GroupCriterion]:
    return [*scheme.criteria, *(item for group in scheme.groups for item in group.criteria)]


def _turns(scheme: Scheme) -> Iterator[date]:
    """The days on which something begins, and those after its last."""
    for item in _judged(scheme):
        yield from item.turns
    for star in scheme.stars:
        yield from (rule.since for rule in star.rules if rule.since is not None)
    limited: list[Cap | Quota | Veto] = [*scheme.tiering.caps, *scheme.tiering.quotas, *scheme.vetoes]
    for part in limited:
        if part.since is not None:
            yield part.since
        if part.until is not None and part.until < date.max:
            yield part.until + timedelta(1)


def _holding(scheme: Scheme, day: date) -> set[tuple[str, str]]:
    """What holds on a day of all that is dated: whose it is, and as it stands in the file but for its days."""
    here = scheme.on(day)
    asked = [(item, item.in_force(day)) for item in _judged(scheme)]
    found = {(item.id, asked_of(item, requirement, "zh")) for item, requirement in asked}
    found |= {(star.name, star_rule_words(star, "zh")) for star in here.stars}
    limited: list[Cap | Quota | Veto] = [*here.tiering.caps, *here.tiering.quotas, *here.vetoes]
    undated = [part.model_copy(update={"since": None, "until": None}) for part in limited]
    return found | {(TIERING, plain_words(part, "zh")) for part in undated}


# --- the parts --------------------------------------------------------------------------------------------------------


def parts_of(scheme: Scheme, day: date, lang: Lang) -> Iterator[Mapping[str, Part]]:
    """All there is to a scheme, section by section, and what of it is in force on ``day``."""
    yield {"": Part(scheme.title, _head(scheme, lang))}
    yield {star.name: Part(star.name, _star(star, day, lang)) for star in scheme.stars}
    yield {item.id: Part(item.name, criterion_aspects(scheme, item, day, lang)) for item in scheme.criteria}
    yield field_parts(scheme, lang)
    yield {check.id: Part(check.name or check.formula, _check(check, lang)) for check in scheme.checks}
    yield {veto.id: Part(veto.name, veto_aspects(scheme, veto, day, lang)) for veto in scheme.vetoes}
    yield {group.name: Part(group.name, _group(group, lang)) for group in scheme.groups}
    yield {
        item.id: Part(item.name, _group_criterion(group, item, day, lang))
        for group in scheme.groups
        for item in group.criteria
    }
    yield {TIERING: Part("", tiering_aspects(scheme, day, lang))}
    if scheme.monthly.rectifying is not None:
        yield {"整改": Part(say("diff.rectifying", lang), _aspects(scheme.monthly.rectifying, (), lang))}
    for key, rules in scheme.monthly.sourced.items():
        yield {
            name: Part(say(f"diff.{rule.kind}", lang), _aspects(rule, (), lang)) for name, rule in _named(key, rules)
        }
    yield {name: Part(source.file, _aspects(source, (), lang)) for name, source in scheme.sources.items()}


def _aspects(part: BaseModel, told: Sequence[_Told], lang: Lang, apart: Collection[str] = ()) -> Aspects:
    """What is told of a part in words, then every key that none of that claims and that is not looked at ``apart``."""
    found: dict[str, Aspect] = {}
    claimed = set(apart)
    for entry in told:
        value = entry.value
        if value is None:
            value = tuple(getattr(part, key) for key in entry.keys) if entry.keys else entry.words
        found[entry.label] = Aspect(say(entry.label, lang), entry.words, value)
        claimed.update(entry.keys)
    for name, key in type(part).model_fields.items():
        if name not in claimed:
            value = getattr(part, name)
            found[name] = Aspect(key.alias or name, plain_words(value, lang), value)
    return found


def _named(key: str, rules: Sequence[MonthlyRule]) -> Iterator[tuple[str, MonthlyRule]]:
    """Rules of the months under a name each: a ranking may have several reminders."""
    seen: dict[str, int] = {}
    for rule in rules:
        seen[rule.label] = seen.get(rule.label, 0) + 1
        again = f" {seen[rule.label]}" if seen[rule.label] > 1 else ""
        yield f"{key} {rule.label}{again}", rule


def _head(scheme: Scheme, lang: Lang) -> Aspects:
    told = (
        _Told("standard.title", scheme.title, ("title",)),
        _Told("standard.id", scheme.id, ("id",)),
        _Told("standard.version", scheme.version, ("version",)),
        _Told("standard.nature", scheme.nature, ("nature",)),
        _Told("standard.kind", scheme.unit_kind, ("unit_kind",)),
        _Told("standard.since", _term(scheme.since, scheme.until), ("since", "until")),
        _Told("diff.statistics", say("list.comma", lang).join(scheme.statistics), ("statistics",)),
    )
    return _aspects(
        scheme, told, lang, ("sources", "fields", "checks", "stars", "tiering", "groups", "vetoes", "monthly")
    )


def _term(since: date | None, until: date | None) -> str:
    return f"{since or ''} – {until or ''}".strip() if since or until else ""


def _star(star: Star, day: date, lang: Lang) -> Aspects:
    here = star.on(day)
    text = star_rule_words(here, lang)
    undated = len(star.rules) == 1 and star.rules[0].since is None and star.rules[0].source is None
    told = (
        _Told("diff.rule", text, ("rules", "rescale"), (here.rule, text, star.rescale)),
        _Told("diff.rules", "" if undated else plain_words(star.rules, lang), value=() if undated else star.rules),
        _Told("standard.lead", star.lead or "", ("lead",)),
        _Told("explain.note", star.note or "", ("note",)),
    )
    return _aspects(star, told, lang, ("name", "criteria"))


def star_rule_words(star: Star, lang: Lang) -> str:
    """When a star is lit, and whether its points are 折算."""
    return rule_words(star, lang) + (say("diff.rescaled", lang) if star.rule.rescale else "")


def criterion_aspects(scheme: Scheme, item: Criterion, day: date, lang: Lang) -> Aspects:
    """What is said of an item or a task."""
    comma = say("list.comma", lang)
    force = item.in_force(day)
    told = (
        _Told("standard.requirement", asked_of(item, force, lang)),
        _Told("explain.source", "" if force is None or force.source is None else str(force.source)),
        _by_date(item, lang),
        _Told("standard.name", item.name, ("name",)),
        _Told("explain.star_of", scheme.star_of[item.id].name),
        _Told("explain.item_of", scheme.item_of[item.id].id if item.id in scheme.item_of else ""),
        _Told("explain.type", _type(item), ("kind", "unit")),
        _Told("explain.column", comma.join(item.headers), ("headers",)),
        _Told("explain.formula", item.formula or "", ("formula",)),
        _Told("explain.dates", comma.join(item.dates), ("dates",)),
        _Told("explain.options", comma.join(item.options), ("options",)),
        _Told("explain.bounds", bounds_words(item.bounds, item.unit, lang), ("bounds",)),
        _Told("explain.points", "" if item.points is None else plain_words(item.points, lang), ("points",)),
        _Told("diff.deduction", grading_words(item, lang), ("deduction", "bands", "best", "goal", "bonus")),
        _Told("explain.essential", say("yes", lang) if item.essential else "", ("essential",)),
        _Told("diff.term", _term(None, item.until), ("until",)),
        _Told("explain.applies", applies_words(item, lang), ("applies",)),
        _Told("explain.exempt", exempt_words(item, lang), ("exempt_tags", "exempt_policy")),
        _Told("explain.owner", item.owner or "", ("owner",)),
        _Told("explain.how", item.remedy or "", ("remedy",)),
        _Told("explain.note", item.note or "", ("note",)),
    )
    return _aspects(item, told, lang, ("id", "tasks"))


def _by_date(item: Criterion | GroupCriterion, lang: Lang) -> _Told:
    """All requirements with their days, sources and notes, the oldest first."""
    dated = tuple(sorted(item.requirements, key=lambda requirement: requirement.since))
    texts = [
        f"{asked.since} {asked_of(item, asked, lang)}{in_brackets([asked.source, asked.note], lang)}" for asked in dated
    ]
    return _Told("explain.requirements", say("list.semicolon", lang).join(texts), ("requirements",), dated)


def in_brackets(parts: Sequence[object], lang: Lang) -> str:
    """What there is of ``parts``, in brackets; nothing without any."""
    text = say("list.semicolon", lang).join(str(part) for part in parts if part)
    return say("diff.brackets", lang, text=text) if text else ""


def asked_of(item: Criterion | GroupCriterion, requirement: Requirement | None, lang: Lang) -> str:
    """What a requirement asks for; empty without one."""
    return "" if requirement is None else pick(asked_words(requirement, item.unit), lang)


def _type(part: Criterion | GroupCriterion | Field | Veto) -> str:
    return " ".join(text for text in (part.kind.value, part.unit) if text)


def field_parts(scheme: Scheme, lang: Lang) -> Mapping[str, Part]:
    """What is said of every 字段, by its name."""
    comma = say("list.comma", lang)
    found = {}
    for name, field in scheme.fields.items():
        told = (
            _Told("explain.type", _type(field), ("kind", "unit")),
            _Told("explain.column", comma.join(field.headers), ("headers",)),
            _Told("explain.options", comma.join(field.options), ("options",)),
            _Told("explain.bounds", bounds_words(field.bounds, field.unit, lang), ("bounds",)),
        )
        found[name] = Part(name, _aspects(field, told, lang, ("name",)))
    return found


def _check(check: Check, lang: Lang) -> Aspects:
    told = (
        _Told("explain.formula", check.formula, ("formula",)),
        _Told("diff.tolerance", plain_words(check.tolerance, lang), ("tolerance",)),
        _Told("explain.severity", say(f"severity.{check.severity}", lang), ("severity",)),
    )
    return _aspects(check, told, lang, ("id",))


def veto_aspects(scheme: Scheme, veto: Veto, day: date, lang: Lang) -> Aspects:
    """What is said of a veto, and whether it is in force on ``day``."""
    names = {tier.number: tier.name for tier in scheme.tiering.tiers}
    told = (
        _Told("explain.trigger", pick(asked_words(veto.trigger, veto.unit), lang), ("trigger",)),
        _Told("controls.effect", pick(effect_words(veto.effect, names), lang), ("effect",)),
        _Told("vetoes.department", say("list.comma", lang).join(veto.reviewers), ("reviewers",)),
        _Told("vetoes.lasting", pick(lasting_words(veto.lasting), lang), ("lasting",)),
        _Told("diff.in_force", _in_force(veto, day, lang)),
        _Told("diff.term", _term(veto.since, veto.until), ("since", "until")),
        _Told("controls.name", veto.name, ("name",)),
        _Told("explain.type", _type(veto), ("kind", "unit")),
        _Told("explain.column", say("list.comma", lang).join(veto.headers), ("headers",)),
        _Told("explain.bounds", bounds_words(veto.bounds, veto.unit, lang), ("bounds",)),
        _Told("explain.source", "" if veto.source is None else str(veto.source), ("source",)),
    )
    return _aspects(veto, told, lang, ("id",))


def _in_force(part: Veto | Cap | Quota, day: date, lang: Lang) -> str:
    if part.since is not None and day < part.since:
        return say("diff.in_force.not_yet", lang)
    if part.until is not None and part.until < day:
        return say("diff.in_force.no_more", lang)
    return say("diff.in_force.yes", lang)


def _group(group: Group, lang: Lang) -> Aspects:
    return _aspects(group, (), lang, ("name", "criteria"))


def _group_criterion(group: Group, item: GroupCriterion, day: date, lang: Lang) -> Aspects:
    asked = item.in_force(day)
    told = (
        _Told("standard.requirement", asked_of(item, asked, lang)),
        _Told("standard.over", item.formula, ("formula",)),
        _Told("explain.source", "" if asked is None or asked.source is None else str(asked.source)),
        _by_date(item, lang),
        _Told("standard.name", item.name, ("name",)),
        _Told("explain.star_of", group.name),
        _Told("standard.only", say("list.comma", lang).join(item.only), ("only",)),
        _Told("standard.rounding", item.rounding.value, ("rounding",)),
        _Told("diff.term", _term(None, item.until), ("until",)),
        _Told("explain.type", _type(item), ("kind", "unit")),
        _Told("explain.owner", item.owner or "", ("owner",)),
        _Told("explain.how", item.remedy or "", ("remedy",)),
    )
    return _aspects(item, told, lang, ("id",))


def tiering_aspects(scheme: Scheme, day: date, lang: Lang) -> Aspects:
    """What is said of 定级: its tiers, and the caps and quotas in force on ``day``; the others where there are any."""
    tiering, here = scheme.tiering, scheme.on(day).tiering
    comma = say("list.comma", lang)
    told = (
        _Told("diff.method", tiering.method.value, ("method",)),
        _Told("diff.tiers", _tier_words(here.ladders[0], tiering.method, lang), ("ladders",), here.tiers),
        _all_ladders(tiering, lang),
        _Told("diff.called", tiering.called or "", ("called",)),
        _Told("diff.ranked", say("yes" if tiering.ranked else "no", lang), ("ranked",)),
        _Told("explain.caps", comma.join(cap_words(cap, lang) for cap in here.caps), ("caps",), here.caps),
        _all_dated("diff.caps", tiering.caps, lang),
        _Told("diff.quotas", comma.join(quota_words(quota, lang) for quota in here.quotas), ("quotas",), here.quotas),
        _all_dated("diff.all_quotas", tiering.quotas, lang),
    )
    return _aspects(tiering, told, lang)


def _tier_words(ladder: DatedTiers, method: Method, lang: Lang) -> str:
    scored = method is Method.SCORE
    tiers = [
        f"{tier.name} {say('bounds.at_least', lang, n=tier.at_least)}" if scored else f"{tier.number} {tier.name}"
        for tier in ladder.tiers
    ]
    return say("list.comma", lang).join(tiers)


def _all_ladders(tiering: Tiering, lang: Lang) -> _Told:
    """The tiers of other days too; nothing more to tell where there is one set of them."""
    ladders = tiering.ladders
    if all(ladder.since is None for ladder in ladders):
        return _Told("diff.ladders", "", value=())
    words = [
        f"{ladder.since} {_tier_words(ladder, tiering.method, lang)}{in_brackets([ladder.source], lang)}"
        for ladder in ladders
    ]
    return _Told("diff.ladders", say("list.semicolon", lang).join(words), value=ladders)


def _all_dated(label: str, parts: tuple[Cap, ...] | tuple[Quota, ...], lang: Lang) -> _Told:
    """Those that do not hold on the day too; nothing more to tell where all of them always do."""
    if all(part.since is None and part.until is None for part in parts):
        return _Told(label, "", value=())
    words = [cap_words(part, lang) if isinstance(part, Cap) else quota_words(part, lang) for part in parts]
    return _Told(label, say("list.comma", lang).join(words), value=parts)


def cap_words(cap: Cap, lang: Lang) -> str:
    """A cap with its days, its source and its note."""
    text = say("standard.cap", lang, star=cap.star, tier=cap.tier)
    return text + in_brackets([_term(cap.since, cap.until), cap.source, cap.note], lang)


def quota_words(quota: Quota, lang: Lang) -> str:
    """A quota with its tie-breaks, its days and its note."""
    parts = [quota.tier_name, quota.scope.value]
    parts += [] if quota.share is None else [plain_words(quota.share, lang)]
    parts += [] if quota.count is None else [str(quota.count)]
    parts += [tie.text for tie in quota.tie_breaks]
    return " ".join(parts) + in_brackets([_term(quota.since, quota.until), quota.source, quota.note], lang)


# --- as it stands in the file -----------------------------------------------------------------------------------------


def plain_words(value: object, lang: Lang) -> str:
    """A value as it stands in the file, keys and all; nothing for none."""
    if value is None or value in ((), {}):
        return ""
    match value:
        case bool():
            return say("yes" if value else "no", lang)
        case Decimal():
            return f"{value.normalize():f}"
        case Fraction():
            return f"{(Decimal(100 * value.numerator) / Decimal(value.denominator)).normalize():f}%"
        case Severity():
            return say(f"severity.{value}", lang)
        case Enum():
            return str(value.value)
        case TieBreak():
            return value.text
        case Effect():
            return pick(effect_words(value), lang)
        case SourceRef() | date() | str() | int():
            return str(value)
        case Mapping():
            return _keyed({str(key): part for key, part in value.items()}, lang)
        case tuple() | list():
            return say("list.comma", lang).join(plain_words(part, lang) for part in value)
        case BaseModel():
            keys = type(value).model_fields
            written = {name: getattr(value, name) for name in keys if getattr(value, name) not in (None, (), {})}
            return _keyed({keys[name].alias or name: part for name, part in written.items()}, lang)
        case LightRule() | DatedRule():
            return _rule_words(value, lang)
        case _ if dataclasses.is_dataclass(value):
            return " ".join(plain_words(getattr(value, part.name), lang) for part in dataclasses.fields(value)).strip()
        case _:
            return str(value)


def _keyed(parts: Mapping[str, object], lang: Lang) -> str:
    comma = say("list.comma", lang)
    return "{" + comma.join(f"{key}: {plain_words(part, lang)}" for key, part in parts.items()) + "}"


def _rule_words(rule: LightRule | DatedRule, lang: Lang) -> str:
    """点亮 in words."""
    if isinstance(rule, DatedRule):
        since = "" if rule.since is None else f"{rule.since} "
        return since + _rule_words(rule.rule, lang) + in_brackets([rule.source], lang)
    if rule.at_least is not None:
        text = say("explain.rule.at_least", lang, n=rule.at_least)
    elif rule.score is not None:
        text = say("explain.rule.score", lang, n=plain_words(rule.score, lang))
    else:
        text = say("explain.rule.all", lang)
    return text + (say("diff.rescaled", lang) if rule.rescale else "")
