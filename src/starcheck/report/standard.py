"""A scheme on one page (评星标准对照图): the chart of stars, items, thresholds, clauses and owners for the wall."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from starcheck.diagnostic import Lang, pick
from starcheck.messages import say
from starcheck.report.explain import (
    applies_words,
    cap_words,
    dated_words,
    days_words,
    exempt_words,
    grading_words,
    light_words,
    quota_words,
    rule_words,
)
from starcheck.report.figures import decimal_words
from starcheck.report.model import asked_words, effect_words
from starcheck.report.monthly import monthly_section
from starcheck.report.sections import Section, table
from starcheck.scheme import Criterion, DatedTiers, GroupCriterion, Method, Requirement, Scheme, Star, Veto

Row = list[str]


def scheme_page(scheme: Scheme, as_of: date, lang: Lang, *, owner: str | None = None) -> Iterator[Section]:
    """Title, a table per star, what is asked of groups, how tiers follow, vetoes, months and sources, as on ``as_of``.

    What begins later stands beside what is in force, each with its day and clause; what has ended is left out. With
    ``owner`` only what that office answers for: items whose 责任 has that name in it, or where an item names nobody
    that of the item above it, or the star's 牵头; a task stands under its item.
    """
    facts = [
        (
            say("report.scheme", lang),
            say("standard.named", lang, title=scheme.title, id=scheme.id, version=scheme.version),
        ),
        (say("standard.nature", lang), scheme.nature),
        (say("standard.kind", lang), scheme.unit_kind),
        (say("standard.since", lang), f"{scheme.since} – {scheme.until or ''}"),
        (say("report.as_of", lang), f"{as_of}"),
    ]
    if scheme.note:
        facts.append((say("explain.note", lang), scheme.note))
    if owner is not None:
        facts.append((say("standard.owner", lang), owner))
    yield Section(level=1, title=scheme.title, facts=tuple(facts))
    for star in scheme.stars:
        chosen = list(_chosen(star.criteria, owner, star.lead, 0, as_of))
        if chosen or owner is None:
            yield _star(star, [_item(part, as_of, lang, depth) for part, depth in chosen], as_of, lang)
    for group in scheme.groups:
        rows = [
            _group_item(item, as_of, lang)
            for item in group.criteria
            if (owner is None or owner in (item.owner or "")) and not _ended(item, as_of)
        ]
        if rows:
            yield _charted(f"{group.name}  {say('standard.by', lang, by=group.by)}", rows, lang)
    if owner is None:
        yield _tiering(scheme, as_of, lang)
        vetoes = [veto for veto in scheme.vetoes if veto.until is None or veto.until >= as_of]
        if vetoes:
            yield _vetoes(scheme, vetoes, as_of, lang)
    months = monthly_section(scheme, lang, owner=owner)
    if months is not None:
        yield months
    sources = tuple((key, source.file) for key, source in scheme.sources.items())
    if sources and owner is None:
        yield Section(level=2, title=say("explain.sources", lang), facts=sources)


def _chosen(
    items: Sequence[Criterion], owner: str | None, above: str | None, depth: int, as_of: date
) -> Iterator[tuple[Criterion, int]]:
    """An office's items that have not ended, or all, each with how deep it lies; ``above`` answers where none does."""
    for item in items:
        if _ended(item, as_of):
            continue
        named = item.owner or above
        below = list(_chosen(item.tasks, owner, named, depth + 1, as_of))
        if owner is None or owner in (named or "") or below:
            yield item, depth
        yield from below


def _ended(item: Criterion | GroupCriterion, as_of: date) -> bool:
    return item.until is not None and item.until < as_of


def _star(star: Star, rows: Sequence[Row], as_of: date, lang: Lang) -> Section:
    """A star's table under its rule in force; under it the rules with their days and clauses, where there are any."""
    now = star.on(as_of)
    later = [dated for dated in star.rules if dated.since is not None and dated.since > as_of]
    coming = [
        say("standard.rule_from", lang, since=dated.since, rule=light_words(dated.rule, lang))
        for dated in later
        if dated is not now.rules[0]
    ]
    lead = f"  {say('standard.lead', lang)} {star.lead}" if star.lead else ""
    title = f"{star.name}  {say('list.semicolon', lang).join([rule_words(now, lang), *coming])}{lead}"
    dated = dict.fromkeys([now.rules[0], *later])
    said = [dated_words(light_words(rule.rule, lang), rule.since, None, rule.source, lang) for rule in dated]
    sourced = any(rule.source is not None for rule in dated) or len(dated) > 1
    lines = [say("standard.rules", lang, rules=say("list.semicolon", lang).join(said))] if sourced else []
    if star.note:
        lines.append(star.note)
    return _charted(title, rows, lang, lines)


_COLUMNS = ("id", "name", "requirement", "later", "points", "limits", "source", "owner", "remedy")
_NEVER_EMPTY = 3
"""The first columns stand in any case; of the others those that say nothing are left out."""


def _charted(title: str, rows: Sequence[Row], lang: Lang, lines: Sequence[str] = ()) -> Section:
    kept = [place for place in range(len(_COLUMNS)) if place < _NEVER_EMPTY or any(row[place] for row in rows)]
    headers = [say(f"standard.{_COLUMNS[place]}", lang) for place in kept]
    shown = table(headers, [[row[place] for place in kept] for row in rows])
    return Section(level=2, title=title, table=shown, lines=tuple(lines))


def _item(criterion: Criterion, as_of: date, lang: Lang, depth: int) -> Row:
    name = f"{'　' * depth}{criterion.name}"
    points = "" if criterion.points is None else decimal_words(criterion.points)
    parts = (points, grading_words(criterion, lang))
    points = say("list.semicolon", lang).join(part for part in parts if part)
    asked = _asked(criterion, as_of, lang, points, _limits(criterion, lang))
    return [criterion.id, name, *asked, criterion.owner or "", criterion.remedy or ""]


def _limits(criterion: Criterion, lang: Lang) -> str:
    """What decides beside the requirement: 必备, only 加分, whom it is for, and whom not and what it then counts as."""
    applies, exempt = applies_words(criterion, lang), exempt_words(criterion, lang)
    said = [
        say("explain.essential", lang) if criterion.essential else "",
        say("standard.only_bonus", lang) if criterion.only_bonus else "",
        say("standard.applies", lang, applies=applies) if applies else "",
        say("standard.exempt", lang, exempt=exempt) if exempt else "",
        criterion.note or "",
    ]
    return say("list.semicolon", lang).join(part for part in said if part)


def _group_item(item: GroupCriterion, as_of: date, lang: Lang) -> Row:
    name = item.name + say("standard.bracketed", lang, text=item.formula)
    only = f"{say('standard.only', lang)} {say('list.comma', lang).join(item.only)}" if item.only else ""
    limits = say("list.semicolon", lang).join(part for part in (only, item.note or "") if part)
    return [item.id, name, *_asked(item, as_of, lang, "", limits), item.owner or "", item.remedy or ""]


def _asked(item: Criterion | GroupCriterion, as_of: date, lang: Lang, points: str, limits: str) -> Row:
    """What is asked now, what later and by which clause, for how many points, of whom, and by which clause now."""
    force = item.in_force(as_of)
    later = sorted((asked for asked in item.requirements if asked.since > as_of), key=lambda asked: asked.since)
    words = [dated_words(_words(item, asked, lang), asked.since, None, asked.source, lang) for asked in later]
    words += [] if item.until is None else [days_words(None, item.until, lang)]
    now = say("standard.not_yet", lang) if force is None and later else _words(item, force, lang)
    source = "" if force is None or force.source is None else str(force.source)
    return [now, say("list.semicolon", lang).join(words), points, limits, source]


def _words(item: Criterion | GroupCriterion, asked: Requirement | None, lang: Lang) -> str:
    return "" if asked is None else pick(asked_words(asked, item.unit), lang)


def _tiering(scheme: Scheme, as_of: date, lang: Lang) -> Section:
    """The tiers, and the caps and quotas that have not ended, with their days and clauses."""
    tiering = scheme.tiering
    now = tiering.ladder_on(as_of)
    names = {tier.number: tier.name for tier in now.tiers}
    later = [ladder for ladder in tiering.ladders if ladder.since is not None and ladder.since > as_of]
    ladders = list(dict.fromkeys((now, *later)))
    lines = [
        dated_words(tiers_words(ladder, tiering.method, lang), ladder.since, None, ladder.source, lang)
        for ladder in ladders
    ]
    if tiering.method is Method.SCORE and tiering.rescale:
        lines.append(say("standard.rescale", lang))
    if not tiering.ranked:
        lines.append(say("standard.unranked", lang))
    caps = [cap for cap in tiering.caps if cap.until is None or cap.until >= as_of]
    lines += [dated_words(cap_words(cap, names, lang), cap.since, cap.until, cap.source, lang) for cap in caps]
    quotas = [quota for quota in tiering.quotas if quota.until is None or quota.until >= as_of]
    lines += [dated_words(quota_words(quota, lang), quota.since, quota.until, quota.source, lang) for quota in quotas]
    notes = (tiering.note, *(cap.note for cap in caps), *(quota.note for quota in quotas))
    lines += [note for note in notes if note]
    return Section(level=2, title=say("standard.tiering", lang), lines=tuple(lines))


def tiers_words(ladder: DatedTiers, method: Method, lang: Lang) -> str:
    """How stars, or points, lead to the tiers of one set."""
    if method is Method.SCORE:
        bands = [f"{tier.name} {say('bounds.at_least', lang, n=tier.at_least)}" for tier in ladder.tiers]
        return say("standard.by_score", lang) + say("list.semicolon", lang).join(bands)
    return say("standard.by_stars", lang) + "  ".join(f"{tier.number} {tier.name}" for tier in ladder.tiers)


def _vetoes(scheme: Scheme, vetoes: Sequence[Veto], as_of: date, lang: Lang) -> Section:
    """The vetoes that have not ended: what sets each off, what it does, in which days and by which clause."""
    names = {tier.number: tier.name for tier in scheme.tiering.ladder_on(as_of).tiers}
    rows = [
        [
            veto.id,
            veto.name,
            pick(asked_words(veto.trigger, veto.unit), lang),
            pick(effect_words(veto.effect, names), lang),
            say("list.comma", lang).join(veto.reviewers),
            days_words(veto.since, veto.until, lang),
            "" if veto.source is None else str(veto.source),
            veto.note or "",
        ]
        for veto in vetoes
    ]
    always = ("standard.id", "controls.name", "explain.trigger", "controls.effect")
    headers = [
        say(key, lang) for key in (*always, "vetoes.department", "standard.since", "standard.source", "explain.note")
    ]
    kept = [place for place in range(len(headers)) if place < len(always) or any(row[place] for row in rows)]
    shown = table([headers[place] for place in kept], [[row[place] for place in kept] for row in rows])
    return Section(level=2, title=say("explain.vetoes", lang), table=shown, lines=(say("controls.blank", lang),))
