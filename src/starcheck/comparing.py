"""Two standards, or one on two days, side by side: what changed item by item, and which units that moves, and why.

A unit is told every verdict, star, cap, veto and quota that came out otherwise, from the bottom up: what moved it is
among them, and nothing else is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import NamedTuple

import numpy as np

from starcheck.column import Verdict
from starcheck.diagnostic import Lang, pick
from starcheck.ledger import unit_keys
from starcheck.messages import say
from starcheck.report.explain import applies_words, bounds_words, exempt_words, grading_words, rule_words
from starcheck.report.figures import decimal_words
from starcheck.report.model import asked_words, effect_words
from starcheck.scheme import Criterion, Method, Requirement, Scheme, Star, Veto
from starcheck.scoring import Assessment, LossKind

Aspects = Mapping[str, str]
"""What is said of a part, by the key of its label."""


class Change(NamedTuple):
    """A part of the standard that is not what it was; ``before`` or ``after`` is None where there is none there."""

    key: str
    name: str
    aspect: str
    before: str | None
    after: str | None


class TierCount(NamedTuple):
    """How many units have a tier under the first standard, and under the second."""

    name: str
    before: int
    after: int


class Move(NamedTuple):
    """A unit whose tier, or whose stars, come out otherwise; names of tiers, and everything behind it."""

    county: str
    township: str
    name: str
    code: str | None
    before: str
    after: str
    step: int
    """Tiers up (above 0) or down; 0 where only stars changed, or where one side has no tier."""
    reasons: tuple[str, ...]


class Moves(NamedTuple):
    """What two assessments of the same ledgers say of their units."""

    tiers: tuple[TierCount, ...]
    moved: tuple[Move, ...]
    restarred: tuple[Move, ...]
    """Units with the same tier and other stars."""
    units: int


# --- the standards ----------------------------------------------------------------------------------------------------


def scheme_changes(one: Scheme, other: Scheme, days: tuple[date, date], lang: Lang = "zh") -> tuple[Change, ...]:
    """Every difference between two schemes as they are in force on ``days``, in the order of the second."""
    return tuple(_changes(one, other, days, lang))


def _changes(one: Scheme, other: Scheme, days: tuple[date, date], lang: Lang) -> Iterator[Change]:
    one, other = one.on(days[0]), other.on(days[1])
    yield from _compared("", other.title, _head(one), _head(other), lang)
    pairs: tuple[tuple[Mapping[str, tuple[str, Aspects]], Mapping[str, tuple[str, Aspects]]], ...] = (
        (_stars(one, lang), _stars(other, lang)),
        (_criteria(one, days[0], lang), _criteria(other, days[1], lang)),
        (_fields(one, lang), _fields(other, lang)),
        (_checks(one, lang), _checks(other, lang)),
        (_vetoes(one, lang), _vetoes(other, lang)),
        (_groups(one, days[0], lang), _groups(other, days[1], lang)),
        (_tiering(one, lang), _tiering(other, lang)),
    )
    for before, after in pairs:
        for key in dict.fromkeys((*after, *before)):
            name, now = after.get(key, ("", None))
            was_name, was = before.get(key, ("", None))
            if was is None:
                yield Change(key, name, say("diff.added", lang), None, _summary(now, lang))
            elif now is None:
                yield Change(key, was_name, say("diff.removed", lang), _summary(was, lang), None)
            else:
                yield from _compared(key, name, was, now, lang)


def _summary(aspects: Aspects | None, lang: Lang) -> str:
    """A part that is new or gone, by what is said of it first."""
    return say("list.semicolon", lang).join(text for text in list((aspects or {}).values())[:2] if text)


def _compared(key: str, name: str, was: Aspects, now: Aspects, lang: Lang) -> Iterator[Change]:
    for label in dict.fromkeys((*now, *was)):
        before, after = was.get(label, ""), now.get(label, "")
        if before != after:
            none = say("none", lang)
            yield Change(key, name, say(label, lang), before or none, after or none)


def _head(scheme: Scheme) -> Aspects:
    return {
        "standard.title": scheme.title,
        "standard.id": scheme.id,
        "standard.version": scheme.version,
        "standard.nature": scheme.nature,
        "standard.kind": scheme.unit_kind,
        "standard.since": f"{scheme.since} – {scheme.until or ''}".strip(),
    }


def _stars(scheme: Scheme, lang: Lang) -> dict[str, tuple[str, Aspects]]:
    return {star.name: (star.name, _star(star, lang)) for star in scheme.stars}


def _star(star: Star, lang: Lang) -> Aspects:
    return {
        "diff.rule": rule_words(star, lang),
        "standard.lead": star.lead or "",
        "explain.note": star.note or "",
    }


def _criteria(scheme: Scheme, day: date, lang: Lang) -> dict[str, tuple[str, Aspects]]:
    return {item.id: (item.name, _criterion(scheme, item, day, lang)) for item in scheme.criteria}


def _criterion(scheme: Scheme, item: Criterion, day: date, lang: Lang) -> Aspects:
    comma = say("list.comma", lang)
    force = item.in_force(day)
    dated = sorted(item.requirements, key=lambda requirement: requirement.since)
    return {
        "standard.requirement": _asked(item, force, lang),
        "explain.source": "" if force is None or force.source is None else str(force.source),
        "explain.requirements": say("list.semicolon", lang).join(
            f"{requirement.since} {_asked(item, requirement, lang)}" for requirement in dated
        ),
        "standard.name": item.name,
        "explain.star_of": scheme.star_of[item.id].name,
        "explain.item_of": scheme.item_of[item.id].id if item.id in scheme.item_of else "",
        "explain.type": " ".join(part for part in (item.kind.value, item.unit) if part),
        "explain.column": comma.join(item.headers),
        "explain.formula": item.formula or "",
        "explain.dates": comma.join(item.dates),
        "explain.options": comma.join(item.options),
        "explain.bounds": bounds_words(item.bounds, item.unit, lang),
        "explain.points": "" if item.points is None else decimal_words(item.points),
        "diff.deduction": grading_words(item, lang),
        "explain.essential": say("yes", lang) if item.essential else "",
        "explain.applies": applies_words(item, lang),
        "explain.exempt": exempt_words(item, lang),
        "explain.owner": item.owner or "",
        "explain.how": item.remedy or "",
        "explain.note": item.note or "",
    }


def _asked(item: Criterion, requirement: Requirement | None, lang: Lang) -> str:
    return "" if requirement is None else pick(asked_words(requirement, item.unit), lang)


def _fields(scheme: Scheme, lang: Lang) -> dict[str, tuple[str, Aspects]]:
    comma = say("list.comma", lang)
    return {
        name: (
            name,
            {
                "explain.type": " ".join(part for part in (field.kind.value, field.unit) if part),
                "explain.column": comma.join(field.headers),
                "explain.options": comma.join(field.options),
                "explain.bounds": bounds_words(field.bounds, field.unit, lang),
            },
        )
        for name, field in scheme.fields.items()
    }


def _checks(scheme: Scheme, lang: Lang) -> dict[str, tuple[str, Aspects]]:
    return {
        check.id: (
            check.name or check.formula,
            {
                "explain.formula": check.formula,
                "diff.tolerance": decimal_words(check.tolerance),
                "explain.severity": say(f"severity.{check.severity}", lang),
            },
        )
        for check in scheme.checks
    }


def _vetoes(scheme: Scheme, lang: Lang) -> dict[str, tuple[str, Aspects]]:
    return {veto.id: (veto.name, _veto(scheme, veto, lang)) for veto in scheme.vetoes}


def _veto(scheme: Scheme, veto: Veto, lang: Lang) -> Aspects:
    names = {tier.number: tier.name for tier in scheme.tiering.tiers}
    return {
        "explain.trigger": pick(asked_words(veto.trigger, veto.unit), lang),
        "controls.effect": pick(effect_words(veto.effect, names), lang),
        "controls.name": veto.name,
        "explain.column": say("list.comma", lang).join(veto.headers),
        "explain.source": "" if veto.source is None else str(veto.source),
    }


def _groups(scheme: Scheme, day: date, lang: Lang) -> dict[str, tuple[str, Aspects]]:
    found: dict[str, tuple[str, Aspects]] = {}
    for group in scheme.groups:
        for item in group.criteria:
            asked = item.in_force(day)
            found[item.id] = (
                item.name,
                {
                    "standard.requirement": "" if asked is None else pick(asked_words(asked, item.unit), lang),
                    "standard.over": item.formula,
                    "explain.source": "" if asked is None or asked.source is None else str(asked.source),
                    "explain.star_of": f"{group.name} {say('standard.by', lang, by=group.by)}",
                    "standard.only": say("list.comma", lang).join(item.only),
                    "explain.type": " ".join(part for part in (item.kind.value, item.unit) if part),
                    "explain.owner": item.owner or "",
                    "explain.how": item.remedy or "",
                },
            )
    return found


def _apportioning(scheme: Scheme, comma: str) -> str:
    told = scheme.apportioning
    return "" if told is None else comma.join((told.of, *(f"{float(100 * share):g}%" for share in told.usual)))


def _tiering(scheme: Scheme, lang: Lang) -> dict[str, tuple[str, Aspects]]:
    tiering = scheme.tiering
    comma = say("list.comma", lang)
    scored = tiering.method is Method.SCORE
    tiers = [
        f"{tier.name} {say('bounds.at_least', lang, n=tier.at_least)}" if scored else f"{tier.number} {tier.name}"
        for tier in tiering.tiers
    ]
    caps = [say("standard.cap", lang, star=cap.star, tier=cap.tier) for cap in tiering.caps]
    quotas = []
    for quota in tiering.quotas:
        parts = [quota.tier_name, quota.scope.value]
        parts += [] if quota.share is None else [f"{float(100 * quota.share):g}%"]
        parts += [] if quota.count is None else [str(quota.count)]
        quotas.append(" ".join((*parts, *(tie.text for tie in quota.tie_breaks))))
    return {
        "定级": (
            "",
            {
                "diff.method": tiering.method.value,
                "diff.tiers": comma.join(tiers),
                "explain.caps": comma.join(caps),
                "diff.quotas": comma.join(quotas),
                "diff.statistics": comma.join(scheme.statistics),
                "diff.apportioning": _apportioning(scheme, comma),
            },
        )
    }


# --- the units --------------------------------------------------------------------------------------------------------


def moves(one: Assessment, other: Assessment, lang: Lang = "zh") -> Moves:
    """The units of two assessments of the same ledgers, matched by code, else by township and name."""
    before = {key: place for place, key in enumerate(_keys(one))}
    moved: list[Move] = []
    restarred: list[Move] = []
    keys = _keys(other)
    for now, key in enumerate(keys):
        was = before.get(key)
        if was is None:
            continue
        same_tier = _tier(one, was, lang) == _tier(other, now, lang)
        if same_tier and _lit(one, was) == _lit(other, now):
            continue
        units = other.units
        tiers = int(one.tiers[was]), int(other.tiers[now])
        move = Move(
            units.county[now],
            units.township[now],
            units.name[now],
            units.code[now],
            _tier(one, was, lang),
            _tier(other, now, lang),
            tiers[1] - tiers[0] if min(tiers) >= 0 else 0,
            tuple(_reasons(one, was, other, now, lang)),
        )
        (restarred if same_tier else moved).append(move)
    return Moves(_counts(one, other, lang), tuple(moved), tuple(restarred), len(keys))


def _keys(assessment: Assessment) -> list[str]:
    keys = unit_keys(assessment.units)
    return [f"{county}/{key}" for county, key in zip(assessment.units.county, keys, strict=True)]


def _tier(assessment: Assessment, unit: int, lang: Lang) -> str:
    if not assessment.units.reported[unit]:
        return say("unreported", lang)
    number = int(assessment.tiers[unit])
    if number < 0:
        return say("excluded", lang)
    return next((tier.name for tier in assessment.scheme.tiering.tiers if tier.number == number), str(number))


def _lit(assessment: Assessment, unit: int) -> frozenset[str]:
    stars = zip(assessment.scheme.stars, assessment.stars[unit], strict=True)
    return frozenset(star.name for star, state in stars if state == 1)


def _counts(one: Assessment, other: Assessment, lang: Lang) -> tuple[TierCount, ...]:
    before, after = _count(one, lang), _count(other, lang)
    return tuple(TierCount(name, before.get(name, 0), after.get(name, 0)) for name in after | before)


def _count(assessment: Assessment, lang: Lang) -> dict[str, int]:
    reported = assessment.units.reported
    found = {
        tier.name: int(np.count_nonzero(reported & (assessment.tiers == tier.number)))
        for tier in assessment.scheme.tiering.tiers
    }
    found[say("excluded", lang)] = int(np.count_nonzero(assessment.excluded & reported))
    found[say("unreported", lang)] = int(np.count_nonzero(~reported))
    return found


_VERDICTS = {verdict: f"verdict.{verdict.word}" for verdict in Verdict}
_STARS = {1: "star.lit", 0: "star.unlit", -1: "star.unknown"}
_LIGHT = {1: 2, -1: 1, 0: 0}
"""States of a star from dark to lit."""
_VETOES = {1: "veto.triggered", 0: "veto.clear", -1: "veto.unknown"}


def _reasons(one: Assessment, was: int, other: Assessment, now: int, lang: Lang) -> Iterator[str]:
    """From the bottom up: verdicts, stars, points, then vetoes, caps and quotas."""
    yield from _verdict_reasons(one, was, other, now, lang)
    yield from _star_reasons(one, was, other, now, lang)
    if one.scores is not None and other.scores is not None:
        before, after = round(float(one.scores[was, 0]), 6), round(float(other.scores[now, 0]), 6)
        if before != after:
            yield say("diff.score", lang, before=f"{before:g}", after=f"{after:g}")
    yield from _control_reasons(one, was, other, now, lang)


def _verdict_reasons(one: Assessment, was: int, other: Assessment, now: int, lang: Lang) -> Iterator[str]:
    """Items and tasks that are judged otherwise, each with its requirement if that is another one."""
    old = {item.id: place for place, item in enumerate(one.scheme.criteria)}
    for place, item in enumerate(other.scheme.criteria):
        state = Verdict(other.verdicts[now, place])
        slots = {"id": item.id, "name": item.name, "after": say(_VERDICTS[state], lang)}
        if item.id not in old:
            yield say("diff.item.added", lang, **slots)
            continue
        before = Verdict(one.verdicts[was, old[item.id]])
        if before == state:
            continue
        earlier = one.scheme.criteria[old[item.id]]
        asked = _asked(earlier, earlier.in_force(one.as_of), lang), _asked(item, item.in_force(other.as_of), lang)
        key = "diff.verdict" if asked[0] == asked[1] else "diff.verdict.asked"
        none = say("none", lang)
        slots |= {"before": say(_VERDICTS[before], lang), "was": asked[0] or none, "now": asked[1] or none}
        yield say(key, lang, **slots)
    here = {item.id for item in other.scheme.criteria}
    for key, place in old.items():
        if key not in here:
            verdict = say(_VERDICTS[Verdict(one.verdicts[was, place])], lang)
            yield say("diff.item.removed", lang, id=key, name=one.scheme.criteria[place].name, before=verdict)


def _star_reasons(one: Assessment, was: int, other: Assessment, now: int, lang: Lang) -> Iterator[str]:
    old = {star.name: (star, int(one.stars[was, place])) for place, star in enumerate(one.scheme.stars)}
    for place, star in enumerate(other.scheme.stars):
        state = int(other.stars[now, place])
        slots = {"star": star.name, "after": say(_STARS[state], lang)}
        if star.name not in old:
            yield say("diff.star.added", lang, **slots)
            continue
        earlier, before = old.pop(star.name)
        if before == state:
            continue
        slots["before"] = say(_STARS[before], lang)
        rules = rule_words(earlier, lang), rule_words(star, lang)
        if rules[0] == rules[1] or _moved_alike(one, was, other, now, star, _LIGHT[state] - _LIGHT[before]):
            yield say("diff.star", lang, **slots)
        else:
            yield say("diff.star.rule", lang, **slots, was=rules[0], now=rules[1])
    for name, (_, before) in old.items():
        yield say("diff.star.removed", lang, star=name, before=say(_STARS[before], lang))


def _moved_alike(one: Assessment, was: int, other: Assessment, now: int, star: Star, step: int) -> bool:
    """Whether one of the star's items turned the way the star did, which explains it without its rule."""
    old = {item.id: place for place, item in enumerate(one.scheme.criteria)}
    places = {item.id: place for place, item in enumerate(other.scheme.criteria)}
    turns = [
        _RANKS[Verdict(other.verdicts[now, places[item.id]])] - _RANKS[Verdict(one.verdicts[was, old[item.id]])]
        for item in star.criteria
        if item.id in old
    ]
    return any(turn * step > 0 for turn in turns)


_RANKS = {Verdict.UNMET: 0, Verdict.UNKNOWN: 1, Verdict.NOT_APPLICABLE: 1, Verdict.MET: 2}


def _control_reasons(one: Assessment, was: int, other: Assessment, now: int, lang: Lang) -> Iterator[str]:
    """Vetoes, caps and quotas that fell on the unit on one side only."""
    sides = ((one, was), (other, now))
    vetoes = [
        dict(zip((veto.id for veto in side.scheme.vetoes), side.vetoes[unit].tolist(), strict=True))
        for side, unit in sides
    ]
    for key in dict.fromkeys((*vetoes[1], *vetoes[0])):
        states = [side.get(key, 0) for side in vetoes]
        if states[0] != states[1]:
            turned = [say(_VETOES[state], lang) for state in states]
            yield say("diff.veto", lang, id=key, before=turned[0], after=turned[1])
    losses = [
        {pick(loss.label, lang): int(loss.lost[unit]) for loss in side.losses if loss.kind is not LossKind.EXCLUSION}
        for side, unit in sides
    ]
    for label in dict.fromkeys((*losses[1], *losses[0])):
        lost = [side.get(label, 0) for side in losses]
        if lost[0] != lost[1]:
            yield say("diff.lost", lang, before=lost[0], after=lost[1], label=label)
