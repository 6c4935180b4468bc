"""A scheme on one page (评星标准对照图): the chart of stars, items, thresholds, clauses and owners for the wall."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import PurePath
from typing import Any

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
from starcheck.report.monthly import MONTHLY_KEYS, monthly_section
from starcheck.report.origin import Origins
from starcheck.report.sections import Section, table
from starcheck.scheme import Criterion, DatedTiers, GroupCriterion, Method, Requirement, Rounding, Scheme, Star, Veto

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
    origins = Origins(scheme)
    if origins.any:
        named = [
            say("origin.file", lang, id=key, version=version, file=PurePath(file).name)
            for file, key, version in origins.files()
        ]
        files = say("list.comma", lang).join(named[1:])
        facts.append((say("origin.inherits", lang), say("origin.legend", lang, files=files)))
    if scheme.note:
        facts.append((say("explain.note", lang), scheme.note))
    if owner is not None:
        facts.append((say("standard.owner", lang), owner))
    yield Section(level=1, title=scheme.title, facts=tuple(facts))
    for star in scheme.stars:
        chosen = list(_chosen(star.criteria, owner, star.lead, 0, as_of))
        if chosen or owner is None:
            rows = [_item(part, as_of, lang, depth, origins) for part, depth in chosen]
            yield _star(star, rows, as_of, lang, origins)
    for group in scheme.groups:
        rows = [
            _group_item(item, as_of, lang, origins)
            for item in group.criteria
            if (owner is None or owner in (item.owner or "")) and not _ended(item, as_of)
        ]
        if rows:
            yield _charted(f"{group.name}  {say('standard.by', lang, by=group.by)}", rows, lang)
    if owner is None:
        yield _tiering(scheme, as_of, lang, origins)
        vetoes = [veto for veto in scheme.vetoes if veto.until is None or veto.until >= as_of]
        if vetoes:
            yield _vetoes(scheme, vetoes, as_of, lang, origins)
    months = monthly_section(scheme, lang, origins, owner=owner)
    if months is not None:
        yield months
    sources = tuple(
        (key, source.file + _bracketed(origins.words(lang, "依据", key), lang))
        for key, source in scheme.sources.items()
    )
    if sources and owner is None:
        yield Section(level=2, title=say("explain.sources", lang), facts=sources)


def scheme_document(scheme: Scheme, as_of: date, version: str) -> dict[str, Any]:
    """Everything that the chart shows as plain values: all there is, in all years, each with where it stands.

    ``as_of`` is the day of what is marked as in force. ``origin`` is null in a scheme that inherits nothing.
    """
    origins = Origins(scheme)

    def origin(*path: str | int) -> dict[str, Any] | None:
        found = origins.of(*path)
        return None if found is None else found.document()

    def asked(item: Criterion | GroupCriterion) -> list[dict[str, Any]]:
        force = item.in_force(as_of)
        return [
            {
                "since": asked.since.isoformat(),
                "requirement": _words(item, asked, "zh"),
                "source": None if asked.source is None else str(asked.source),
                "in_force": asked is force,
            }
            for asked in sorted(item.requirements, key=lambda asked: asked.since)
        ]

    def described(item: Criterion | GroupCriterion) -> dict[str, Any]:
        return {
            "id": item.id,
            "name": item.name,
            "type": item.kind.value,
            "unit": item.unit,
            "formula": item.formula,
            "requirements": asked(item),
            "until": None if item.until is None else item.until.isoformat(),
            "owner": item.owner,
            "remedy": item.remedy,
            "origin": origin(item.id),
        }

    stars = [
        {
            "name": star.name,
            "lead": star.lead,
            "rules": [
                {"since": None if rule.since is None else rule.since.isoformat(), "rule": light_words(rule.rule, "zh")}
                for rule in star.rules
            ],
            "origin": {"rule": origin(star.name, "点亮"), "lead": origin(star.name, "牵头")},
            "items": [
                {
                    **described(part),
                    "item": parent.id if (parent := scheme.item_of.get(part.id)) is not None else None,
                    "headers": list(part.headers),
                    "points": None if part.points is None else float(part.points),
                    "grading": grading_words(part, "zh"),
                }
                for item in star.criteria
                for part in item.with_tasks
            ],
        }
        for star in scheme.stars
    ]
    ladder = scheme.tiering.ladder_on(as_of)
    return {
        "format": 1,
        "command": "criteria show",
        "version": version,
        "scheme": {"id": scheme.id, "title": scheme.title, "version": scheme.version, "nature": scheme.nature},
        "kind": scheme.unit_kind,
        "since": scheme.since.isoformat(),
        "until": None if scheme.until is None else scheme.until.isoformat(),
        "as_of": as_of.isoformat(),
        "files": [{"file": file, "id": key, "version": version} for file, key, version in origins.files()],
        "stars": stars,
        "groups": [
            {"name": group.name, "by": group.by, "items": [described(item) for item in group.criteria]}
            for group in scheme.groups
        ],
        "fields": [
            {"name": name, "headers": list(part.headers), "origin": origin(name)}
            for name, part in scheme.fields.items()
        ],
        "checks": [{"id": check.id, "formula": check.formula, "origin": origin(check.id)} for check in scheme.checks],
        "tiers": {
            "method": scheme.tiering.method.value,
            "ladder": [
                {
                    "tier": tier.number,
                    "name": tier.name,
                    "at_least": None if tier.at_least is None else float(tier.at_least),
                }
                for tier in ladder.tiers
            ],
            "origin": origin("定级"),
        },
        "vetoes": [
            {
                "id": veto.id,
                "name": veto.name,
                "trigger": pick(asked_words(veto.trigger, veto.unit), "zh"),
                "effect": pick(effect_words(veto.effect), "zh"),
                "source": None if veto.source is None else str(veto.source),
                "origin": origin(veto.id),
            }
            for veto in scheme.vetoes
        ],
        "monthly": {key: origin("月度", key) for key in MONTHLY_KEYS.values() if scheme.origin("月度", key).line},
        "sources": [
            {"key": key, "file": one.file, "origin": origin("依据", key)} for key, one in scheme.sources.items()
        ],
    }


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


def _bracketed(text: str, lang: Lang) -> str:
    return say("standard.bracketed", lang, text=text) if text else ""


def _star(star: Star, rows: Sequence[Row], as_of: date, lang: Lang, origins: Origins) -> Section:
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
    if origins.any:
        rule, by = (origins.words(lang, star.name, key) or "—" for key in ("点亮", "牵头"))
        lines.append(say("origin.star", lang, rule=rule, lead=by))
    return _charted(title, rows, lang, lines)


_COLUMNS = ("id", "name", "requirement", "later", "points", "limits", "source", "owner", "remedy", "origin")
_NEVER_EMPTY = 3
"""The first columns stand in any case; of the others those that say nothing are left out."""


def _charted(title: str, rows: Sequence[Row], lang: Lang, lines: Sequence[str] = ()) -> Section:
    kept = [place for place in range(len(_COLUMNS)) if place < _NEVER_EMPTY or any(row[place] for row in rows)]
    names = [_COLUMNS[place] for place in kept]
    headers = [say(name if name == "origin" else f"standard.{name}", lang) for name in names]
    shown = table(headers, [[row[place] for place in kept] for row in rows])
    return Section(level=2, title=title, table=shown, lines=tuple(lines))


def _item(criterion: Criterion, as_of: date, lang: Lang, depth: int, origins: Origins) -> Row:
    name = f"{'　' * depth}{criterion.name}"
    points = "" if criterion.points is None else decimal_words(criterion.points)
    parts = (points, grading_words(criterion, lang))
    points = say("list.semicolon", lang).join(part for part in parts if part)
    asked = _asked(criterion, as_of, lang, points, _limits(criterion, lang))
    origin = origins.words(lang, criterion.id)
    return [criterion.id, name, *asked, criterion.owner or "", criterion.remedy or "", origin]


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


def _group_item(item: GroupCriterion, as_of: date, lang: Lang, origins: Origins) -> Row:
    name = item.name + say("standard.bracketed", lang, text=item.formula)
    only = f"{say('standard.only', lang)} {say('list.comma', lang).join(item.only)}" if item.only else ""
    cut = f"{say('standard.rounding', lang)} {item.rounding}" if item.rounding is Rounding.CUT else ""
    limits = say("list.semicolon", lang).join(part for part in (only, cut, item.note or "") if part)
    asked = _asked(item, as_of, lang, "", limits)
    return [item.id, name, *asked, item.owner or "", item.remedy or "", origins.words(lang, item.id)]


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


def _tiering(scheme: Scheme, as_of: date, lang: Lang, origins: Origins) -> Section:
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
    if origins.any:
        lines.append(say("origin.line", lang, origin=origins.words(lang, "定级")))
    return Section(level=2, title=say("standard.tiering", lang), lines=tuple(lines))


def tiers_words(ladder: DatedTiers, method: Method, lang: Lang) -> str:
    """How stars, or points, lead to the tiers of one set."""
    if method is Method.SCORE:
        bands = [f"{tier.name} {say('bounds.at_least', lang, n=tier.at_least)}" for tier in ladder.tiers]
        return say("standard.by_score", lang) + say("list.semicolon", lang).join(bands)
    return say("standard.by_stars", lang) + "  ".join(f"{tier.number} {tier.name}" for tier in ladder.tiers)


def _vetoes(scheme: Scheme, vetoes: Sequence[Veto], as_of: date, lang: Lang, origins: Origins) -> Section:
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
            origins.words(lang, veto.id),
        ]
        for veto in vetoes
    ]
    always = ("standard.id", "controls.name", "explain.trigger", "controls.effect")
    headers = [
        say(key, lang)
        for key in (*always, "vetoes.department", "standard.since", "standard.source", "explain.note", "origin")
    ]
    kept = [place for place in range(len(headers)) if place < len(always) or any(row[place] for row in rows)]
    shown = table([headers[place] for place in kept], [[row[place] for place in kept] for row in rows])
    return Section(level=2, title=say("explain.vetoes", lang), table=shown, lines=(say("controls.blank", lang),))
