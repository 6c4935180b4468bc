"""A scheme on one page (评星标准对照图): the chart of stars, items, thresholds, clauses and owners for the wall."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from starcheck.diagnostic import Lang, pick
from starcheck.messages import say
from starcheck.report.explain import grading_words, rule_words
from starcheck.report.figures import decimal_words
from starcheck.report.model import asked_words, effect_words
from starcheck.report.sections import Section, table
from starcheck.scheme import Criterion, GroupCriterion, Method, Requirement, Scheme

Row = list[str]


def scheme_page(scheme: Scheme, as_of: date, lang: Lang, *, owner: str | None = None) -> Iterator[Section]:
    """Title, a table per star, what is asked of groups, how tiers follow, vetoes and sources, as on ``as_of``.

    What begins later stands beside what is in force. With ``owner`` only what that office answers for: items whose
    责任, or the star's 牵头 where an item names nobody, has that name in it.
    """
    scheme = scheme.on(as_of)
    facts = [
        (say("report.scheme", lang), f"{scheme.title}（{scheme.id} {scheme.version}）"),
        (say("standard.nature", lang), scheme.nature),
        (say("standard.kind", lang), scheme.unit_kind),
        (say("standard.since", lang), f"{scheme.since} – {scheme.until or ''}"),
        (say("report.as_of", lang), f"{as_of}"),
    ]
    if owner is not None:
        facts.append((say("standard.owner", lang), owner))
    yield Section(level=1, title=scheme.title, facts=tuple(facts))
    for star in scheme.stars:
        rows = [
            _item(part, as_of, lang, task=part is not item)
            for item in star.criteria
            for part in item.with_tasks
            if owner is None or owner in (part.owner or star.lead or "")
        ]
        if rows or owner is None:
            lead = f"  {say('standard.lead', lang)} {star.lead}" if star.lead else ""
            yield _charted(f"{star.name}  {rule_words(star, lang)}{lead}", rows, lang)
    for group in scheme.groups:
        rows = [
            _group_item(item, as_of, lang) for item in group.criteria if owner is None or owner in (item.owner or "")
        ]
        if rows:
            yield _charted(f"{group.name}  {say('standard.by', lang, by=group.by)}", rows, lang)
    if owner is None:
        yield _tiering(scheme, lang)
    sources = tuple((key, source.file) for key, source in scheme.sources.items())
    if sources and owner is None:
        yield Section(level=2, title=say("explain.sources", lang), facts=sources)


_COLUMNS = ("id", "name", "requirement", "later", "points", "source", "owner", "remedy")
_NEVER_EMPTY = 3
"""The first columns stand in any case; of the others those that say nothing are left out."""


def _charted(title: str, rows: Sequence[Row], lang: Lang) -> Section:
    kept = [place for place in range(len(_COLUMNS)) if place < _NEVER_EMPTY or any(row[place] for row in rows)]
    headers = [say(f"standard.{_COLUMNS[place]}", lang) for place in kept]
    return Section(level=2, title=title, table=table(headers, [[row[place] for place in kept] for row in rows]))


def _item(criterion: Criterion, as_of: date, lang: Lang, *, task: bool) -> Row:
    name = f"　{criterion.name}" if task else criterion.name
    points = "" if criterion.points is None else decimal_words(criterion.points)
    parts = (points, grading_words(criterion, lang))
    points = say("list.semicolon", lang).join(part for part in parts if part)
    return [criterion.id, name, *_asked(criterion, as_of, lang, points), criterion.owner or "", criterion.remedy or ""]


def _group_item(item: GroupCriterion, as_of: date, lang: Lang) -> Row:
    name = f"{item.title}（{item.formula}）"
    return [item.id, name, *_asked(item, as_of, lang, ""), item.owner or "", item.remedy or ""]


def _asked(item: Criterion | GroupCriterion, as_of: date, lang: Lang, points: str) -> Row:
    """What is asked now, what later, for how many points, and by which clause."""
    force = item.in_force(as_of)
    later = sorted((asked for asked in item.requirements if asked.since > as_of), key=lambda asked: asked.since)
    words = [f"{asked.since} {_words(item, asked, lang)}" for asked in later]
    source = "" if force is None or force.source is None else str(force.source)
    return [_words(item, force, lang), say("list.semicolon", lang).join(words), points, source]


def _words(item: Criterion | GroupCriterion, asked: Requirement | None, lang: Lang) -> str:
    return "" if asked is None else pick(asked_words(asked, item.unit), lang)


def _tiering(scheme: Scheme, lang: Lang) -> Section:
    tiering = scheme.tiering
    names = {tier.number: tier.name for tier in tiering.tiers}
    if tiering.method is Method.SCORE:
        lines = [f"{tier.name}  {say('bounds.at_least', lang, n=tier.at_least)}" for tier in tiering.tiers]
    else:
        lines = ["  ".join(f"{tier.number} {tier.name}" for tier in tiering.tiers)]
    lines += [say("standard.cap", lang, star=cap.star, tier=names.get(cap.tier, cap.tier)) for cap in tiering.caps]
    for quota in tiering.quotas:
        share = "" if quota.share is None else f"{float(100 * quota.share):g}%"
        most = "、".join(part for part in (share, "" if quota.count is None else str(quota.count)) if part)
        breaks = "".join(f"  {tie.text}" for tie in quota.tie_breaks)
        lines.append(say("standard.quota", lang, tier=quota.tier_name, scope=quota.scope.value, most=most) + breaks)
    lines += [f"{veto.id} {veto.name}：{pick(effect_words(veto.effect, names), lang)}" for veto in scheme.vetoes]
    return Section(level=2, title=say("standard.tiering", lang), lines=tuple(lines))
