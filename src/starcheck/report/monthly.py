"""The rules of the months (月度) in words: rankings, reminders, rectification, rewards, duties, the sample."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from fractions import Fraction

from starcheck.cycle.ranking import SHARES
from starcheck.diagnostic import Lang, Text, pick
from starcheck.messages import both, say
from starcheck.report.figures import decimal_words
from starcheck.report.listing import Shows, value_shown
from starcheck.report.origin import Origins
from starcheck.report.places import ranking_words
from starcheck.report.sections import Section, table
from starcheck.scheme import (
    Duty,
    Every,
    MonthlyRule,
    Ranking,
    Rectifying,
    Reminder,
    ReportedMonth,
    Reward,
    RewardedTo,
    Sampling,
    Scheme,
)

POSTS_SHOWN = 3
"""How many of a reward's posts are named."""


MONTHLY_KEYS = {
    "ranking": "排名",
    "reminder": "约谈",
    "rectifying": "整改",
    "reward": "奖励",
    "duty": "日程",
    "sampling": "抽查",
}
"""What kinds of rules are called in a file."""


def monthly_section(scheme: Scheme, lang: Lang, origins: Origins, *, owner: str | None = None) -> Section | None:
    """A table of the rules, each with its clause; of an ``owner`` only its duties; None where there are none."""
    monthly = scheme.monthly
    rules: list[tuple[str, str, Text, MonthlyRule | Rectifying]] = []
    if owner is None:
        rules += [("ranking", rule.name, ranking_words(rule, scheme), rule) for rule in monthly.rankings]
        rules += [
            ("reminder", rule.ranking, _reminder(rule, monthly.ranking(rule.ranking)), rule)
            for rule in monthly.reminders
        ]
        if monthly.rectifying is not None:
            rules.append(("rectifying", "", rectifying_words(monthly.rectifying), monthly.rectifying))
        rules += [("reward", rule.name, _reward(rule), rule) for rule in monthly.rewards]
    duties = [duty for duty in monthly.duties if owner is None or owner in duty.who]
    rules += [("duty", duty.what, _duty(duty), duty) for duty in duties]
    if owner is None and monthly.sampling is not None:
        rules.append(("sampling", "", sampling_words(monthly.sampling), monthly.sampling))
    if not rules:
        return None
    headers = ("monthly.rule", "monthly.name", "monthly.how", "standard.source", "explain.note", "origin")
    rows = [
        [
            say(f"diff.{kind}", lang),
            name,
            pick(words, lang),
            "" if rule.source is None else str(rule.source),
            rule.note or "",
            origins.words(lang, "月度", MONTHLY_KEYS[kind]),
        ]
        for kind, name, words, rule in rules
    ]
    kept = [place for place in range(len(headers)) if any(row[place] for row in rows)]
    shown = table([say(headers[place], lang) for place in kept], [[row[place] for place in kept] for row in rows])
    return Section(level=2, title=say("monthly.title", lang), table=shown)


def _joined(parts: Iterable[Text]) -> Text:
    words = list(parts)
    zh, en = (say("list.semicolon", lang).join(pick(part, lang) for part in words) for lang in ("zh", "en"))
    return zh, en


def behind_words(rule: Reminder, ranking: Ranking) -> Text:
    """Who counts as behind in a ranking, with those at the line who share a place."""
    behind = rule.behind
    if behind.last is not None:
        how = both("behind.last", n=behind.last)
    elif behind.last_share is not None:
        how = both("behind.last_share", share=value_shown(behind.last_share, Shows.SHARE, "zh"))
    elif behind.below is not None:
        unit = "%" if ranking.by in SHARES else ""
        how = both("behind.below", line=f"{behind.below:f}{unit}")
    else:
        how = both("behind.below_mean")
    ties = both(f"behind.ties.{rule.ties.name.lower()}") if behind.last or behind.last_share else ("", "")
    return how[0] + ties[0], how[1] + ties[1]


def reminder_words(rule: Reminder, ranking: Ranking) -> Text:
    """The rule of a reminder in a sentence, so that a sheet alone says by what it was made."""
    source = "" if rule.source is None else str(rule.source)
    return both("reminders.rule", how=behind_words(rule, ranking), months=rule.months, source=source)


def _reminder(rule: Reminder, ranking: Ranking) -> Text:
    return both("monthly.reminder", how=behind_words(rule, ranking), months=rule.months)


def rectifying_words(rule: Rectifying) -> Text:
    """Within how many days a shortfall is to be mended, and when it is called due soon."""
    return both("monthly.rectifying", days=rule.days, soon=rule.soon)


def reward_words(rule: Reward) -> Text:
    """A rule in words: 连续3年五星，书记基本报酬的100%."""
    if rule.listed:
        cause = both("rewards.rule.listed")
    else:
        cause = both("rewards.rule.reached" if rule.reached else "rewards.rule.tier", tier=rule.for_tier or "")
        if rule.years > 1:
            cause = both("rewards.rule.years", n=rule.years, cause=cause)
    who: Text = both("rewards.to.unit") if rule.to is RewardedTo.UNIT else both("rewards.to.person")
    if rule.posts:
        first = rule.posts[:POSTS_SHOWN]
        who = ("、".join(first), ", ".join(first))
        if len(rule.posts) > POSTS_SHOWN:
            who = both("rewards.rule.posts", posts=who)
    if rule.amount is not None:
        return both("rewards.rule.amount", cause=cause, who=who, amount=value_shown(rule.amount, Shows.MONEY, "zh"))
    share = decimal_words(
        Decimal(100) * (rule.share or Fraction(0)).numerator / (rule.share or Fraction(1)).denominator
    )
    return both("rewards.rule.share", cause=cause, who=who, share=f"{share}%")


def first_due(first: int | None, years: int) -> Text:
    """From which year on several years count, and when the first are full."""
    return both("rewards.note.first", year=first, due=first + years - 1) if first else both("rewards.note.no_first")


def _reward(rule: Reward) -> Text:
    """The same with what it is per, and with the settings that decide where several years or shares meet."""

    def parts() -> Iterator[Text]:
        span = both(f"rewards.span.{rule.span.name.lower()}")
        yield both("monthly.reward", words=reward_words(rule), span=span)
        if rule.places is not None:
            yield both("monthly.places", n=rule.places)
        if rule.years > 1:
            yield both(f"rewards.mixed.{rule.mixed.name.lower()}")
            yield first_due(rule.first, rule.years)
        if rule.share is not None:
            yield both(f"monthly.stacking.{rule.stacking.name.lower()}")

    return _joined(parts())


def rhythm_words(duty: Duty) -> Text:
    """How often, and on which day: 每月5日, 每周."""
    every = both(f"due.every.{duty.every.name.lower()}")
    if duty.day is None:
        return every
    if duty.every is Every.WEEK:
        return both("due.on.week", every=every, day=both(f"due.weekday.{duty.day}"))
    return both("due.on.quarter" if duty.every is Every.QUARTER else "due.on", every=every, day=duty.day)


def _duty(duty: Duty) -> Text:
    words = both("monthly.duty", who=duty.who, rhythm=rhythm_words(duty))
    if not duty.reporting:
        return words
    return _joined([words, both(f"monthly.reports.{'same' if duty.month is ReportedMonth.SAME else 'before'}")])


def sampling_words(rule: Sampling) -> Text:
    """How many units are visited, and from where they are drawn."""
    return both(
        "sample.rule",
        share=value_shown(rule.share, Shows.SHARE, "zh"),
        strata=both(f"sample.by.{rule.strata.name.lower()}"),
        least=rule.least,
    )
