"""A scheme on one page: the chart of stars, items, thresholds, clauses and owners that hangs on the wall."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from starcheck.diagnostic import Lang
from starcheck.messages import say
from starcheck.report.explain import rule_words
from starcheck.report.model import asked_words, effect_words, requirement_words
from starcheck.report.sections import Section, table
from starcheck.scheme import Criterion, GroupCriterion, Method, Scheme


def scheme_page(scheme: Scheme, as_of: date | None, lang: Lang) -> Iterator[Section]:
    """Title and sources, a table per star, how tiers follow, and the vetoes; by the requirements of ``as_of``.

    Without a day the newest requirement of each item is shown.
    """
    facts = [
        (say("report.scheme", lang), f"{scheme.title}（{scheme.id} {scheme.version}）"),
        (say("standard.nature", lang), scheme.nature),
        (say("standard.kind", lang), scheme.unit_kind),
        (say("standard.since", lang), f"{scheme.since} – {scheme.until or ''}"),
    ]
    facts += [(say("explain.sources", lang), f"{key}：{source.file}") for key, source in scheme.sources.items()]
    yield Section(level=1, title=scheme.title, facts=tuple(facts))
    headers = [say(f"standard.{name}", lang) for name in ("id", "name", "requirement", "source", "owner", "remedy")]
    for star in scheme.stars:
        rows = [_item(part, as_of, lang, task=part is not item) for item in star.criteria for part in item.with_tasks]
        lead = f"  {say('standard.lead', lang)} {star.lead}" if star.lead else ""
        yield Section(
            level=2,
            title=f"{star.name}  {rule_words(star, lang)}{lead}",
            table=table(headers, rows),
        )
    for group in scheme.groups:
        rows = [_group_item(item, as_of, lang) for item in group.criteria]
        title = f"{group.name}  {say('standard.by', lang, by=group.by)}"
        yield Section(level=2, title=title, table=table([*headers[:2], say("standard.over", lang), *headers[2:]], rows))
    lines = []
    if scheme.tiering.method is Method.SCORE:
        lines += [f"{tier.name}  {say('bounds.at_least', lang, n=tier.at_least)}" for tier in scheme.tiering.tiers]
    else:
        lines += ["  ".join(f"{tier.number} {tier.name}" for tier in scheme.tiering.tiers)]
    lines += [say("standard.cap", lang, star=cap.star, tier=cap.tier) for cap in scheme.tiering.caps]
    lines += [f"{veto.id} {veto.name}：{effect_words(veto.effect)[0 if lang == 'zh' else 1]}" for veto in scheme.vetoes]
    yield Section(level=2, title=say("standard.tiering", lang), lines=tuple(lines))


def _group_item(item: GroupCriterion, as_of: date | None, lang: Lang) -> list[str]:
    day = as_of or max(requirement.since for requirement in item.requirements)
    requirement = item.in_force(day)
    words = "" if requirement is None else asked_words(requirement, item.unit)[0 if lang == "zh" else 1]
    source = "" if requirement is None or requirement.source is None else str(requirement.source)
    return [item.id, item.name, item.formula, words, source, item.owner or "", item.remedy or ""]


def _item(criterion: Criterion, as_of: date | None, lang: Lang, *, task: bool) -> list[str]:
    day = as_of or max((requirement.since for requirement in criterion.requirements), default=date.min)
    requirement = criterion.in_force(day)
    words = requirement_words(criterion, day)[0 if lang == "zh" else 1]
    source = "" if requirement is None or requirement.source is None else str(requirement.source)
    name = f"　{criterion.name}" if task else criterion.name
    return [criterion.id, name, words, source, criterion.owner or "", criterion.remedy or ""]
