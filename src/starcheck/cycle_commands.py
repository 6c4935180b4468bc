"""What the commands of the monthly cycle do: months out of the store, through ``cycle``, into lists to hand on."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from fractions import Fraction

from starcheck.commands import Shown, open_store, print_json, print_problems, show_page, tell
from starcheck.cycle.course import Course, RatedMonth
from starcheck.cycle.ranking import DEFAULT, SHARES, Interval, RankedMonth, Standing, rank
from starcheck.cycle.reminding import Position, Reminded, State, Stay, reminded
from starcheck.diagnostic import Diagnostic, Text
from starcheck.history import Store
from starcheck.messages import both
from starcheck.recording import recorded_outcome
from starcheck.report.listing import (
    Handout,
    Heading,
    Listing,
    Shows,
    Value,
    csv_bytes,
    document,
    handout_sections,
    value_shown,
    write_handout,
)
from starcheck.scheme import RankedOf, Ranking, Scheme
from starcheck.workspace import Settings, Stop

Say = Callable[[Course], Sequence[Listing]]


# --- in and out -------------------------------------------------------------------------------------------------------


def recorded_course(store: Store, told: Settings) -> tuple[Course, tuple[Diagnostic, ...]]:
    """The recorded months of a county under one scheme, up to the one that is asked for; the newest by default.

    Each is rated anew as ``report`` rates it. Raises ``Stop`` (2) where nothing, or too much, fits.
    """
    asked, problems = store.month(told.county, told.scheme, told.period)
    if asked is None:
        raise Stop(2, (problems[0].message("zh"), problems[0].message("en")), problems)
    months = []
    for period in store.periods(asked.county, asked.scheme_id):
        if period > asked.period:
            break
        month = asked if period == asked.period else store.month(asked.county, asked.scheme_id, period)[0]
        assert month is not None
        months.append(RatedMonth(period, recorded_outcome(month, told).assessment))
    return Course(asked.county, tuple(months)), problems


def present(command: str, say: Say, told: Settings, shown: Shown, version: str) -> int:
    """Print, or write, what ``say`` finds in the county's months."""
    shown.check()
    with open_store(told, create=False) as store:
        course, problems = recorded_course(store, told)
    handout = _handout(command, course, say(course))
    if shown.out is not None and shown.out.suffix.lower() == ".parquet":
        raise Stop(2, both("stop.out", out=shown.out))
    if shown.out is not None and shown.out.suffix.lower() != ".json":
        try:
            written = write_handout(handout, shown.out, told.lang)
        except OSError as problem:
            raise Stop(2, both("stop.out_write", out=shown.out, reason=problem.strerror or str(problem))) from None
        for file in written:
            tell(shown, told, "written", out=file)
    elif shown.form == "json" or shown.out is not None:
        _document(handout, told, shown, version)
    elif shown.form == "csv":
        sys.stdout.flush()
        for place, listing in enumerate(handout.listings):
            sys.stdout.buffer.write((b"\r\n" if place else b"") + csv_bytes(listing, told.lang))
    else:
        show_page(handout_sections(handout, told.lang), told, shown)
    if not shown.quiet:
        print_problems(problems, told, shown)
    return 0


def _document(handout: Handout, told: Settings, shown: Shown, version: str) -> None:
    found = document(handout, version, told.lang)
    if shown.out is None:
        print_json(found)
        return
    from starcheck.commands import write_bytes  # noqa: PLC0415 - beside the others
    from starcheck.report.as_json import json_text  # noqa: PLC0415 - heavy

    write_bytes(shown.out, f"{json_text(found, ascii_only=False, indent=2)}\n".encode(), make_folder=False)
    tell(shown, told, "written", out=shown.out)


def _handout(command: str, course: Course, listings: Sequence[Listing]) -> Handout:
    scheme = course.scheme
    facts = [
        (both("what.county"), (course.county, course.county)),
        (both("what.period"), (course.now.period, course.now.period)),
        (both("report.scheme"), (f"{scheme.title}（{scheme.id} {scheme.version}）",) * 2),
        (both("standard.nature"), (scheme.nature,) * 2),
    ]
    if course.gaps:
        facts.append((both("cycle.gaps"), ("、".join(course.gaps), ", ".join(course.gaps))))
    return Handout(
        command,
        both(f"cycle.title.{command}", county=course.county, period=course.now.period),
        facts,
        {
            "county": course.county,
            "period": course.now.period,
            "as_of": course.now.assessment.as_of.isoformat(),
            "scheme": {
                "id": scheme.id,
                "version": scheme.version,
                "sha256": scheme.sha256,
                "nature": scheme.nature,
            },
            "months": [month.period for month in course.months],
            "gaps": list(course.gaps),
        },
        course.now.assessment.as_of,
        tuple(listings),
    )


# --- 月度排名 ---------------------------------------------------------------------------------------------------------


def rankings(course: Course, named: str | None = None) -> list[Listing]:
    """Every declared ranking, or the one that is ``named``; of townships by mean tier where none is declared."""
    declared = course.scheme.monthly.rankings or (DEFAULT,)
    if named is not None:
        asked = [ranking for ranking in declared if ranking.name == named]
        if not asked:
            names = "、".join(ranking.name for ranking in declared)
            raise Stop(2, both("stop.ranking", name=named, known=names))
        declared = tuple(asked)
    found: list[Listing] = []
    for ranking in declared:
        months = [rank(course.until(place), ranking) for place in range(len(course.months))]
        found.append(_ranking(ranking, months, course.scheme, number=len(found) + 1))
    return found


def _ranking(ranking: Ranking, months: Sequence[RankedMonth], scheme: Scheme, number: int) -> Listing:
    now = months[-1]
    before = months[-2] if len(months) > 1 else None
    of_units = ranking.of is RankedOf.UNIT
    headings = [
        Heading("rank", both("townships.rank")),
        Heading("rank_best", both("rank.best"), Shows.WHOLE, only_json=True),
        Heading("rank_worst", both("rank.worst"), Shows.WHOLE, only_json=True),
        Heading("shared", both("rank.shared"), only_json=True),
        *([Heading("alike", both("rank.alike"))] if ranking.alike else []),
        *([Heading("township", both("townships.name"))] if of_units else []),
        Heading("name", both(f"rank.of.{ranking.of.name.lower()}")),
        Heading("value", measure_words(ranking, scheme)),
        Heading("value_low", both("rank.low"), Shows.NUMBER, only_json=True),
        Heading("value_high", both("rank.high"), Shows.NUMBER, only_json=True),
        *([] if of_units else [Heading("units", both("townships.units"), Shows.WHOLE)]),
        Heading("absent", both("rank.absent"), Shows.WHOLE),
        Heading("open", both("rank.open"), Shows.WHOLE),
        Heading("previous", both("rank.previous")),
        Heading("change", both("rank.change")),
        Heading("streak", both("rank.streak"), Shows.WHOLE, only_json=True),
    ]
    rows: list[list[Value]] = []
    for standing in now.standings:
        then = None if before is None else before.find(standing.key)
        change = _change(standing, then)
        streak = _streak(standing.key, months)
        rows.append(
            [
                place_words(standing),
                standing.best,
                standing.worst,
                standing.shared,
                *([standing.alike or both("rank.others")] if ranking.alike else []),
                *([standing.township] if of_units else []),
                standing.name,
                value_words(standing.value, ranking),
                None if standing.value is None else standing.value[0],
                None if standing.value is None else standing.value[1],
                *([] if of_units else [standing.units]),
                standing.absent,
                standing.open,
                None if then is None else place_words(then),
                _change_words(change, streak, known=then is not None),
                streak,
            ]
        )
    return Listing(
        f"ranking_{number}",
        (f"{ranking.name}", f"{ranking.name}"),
        headings,
        rows,
        list(_ranking_notes(ranking, now, before)),
    )


def _ranking_notes(ranking: Ranking, now: RankedMonth, before: RankedMonth | None) -> list[Text]:
    notes = [both("rank.rule")]
    if any(standing.best != standing.worst for standing in now.standings):
        notes.append(both("rank.range"))
    absent = sum(standing.absent for standing in now.standings)
    if absent:
        notes.append(both(f"rank.absent.{ranking.absent.name.lower()}"))
    if any(standing.open for standing in now.standings):
        notes.append(both(f"rank.open.{ranking.unproven.name.lower()}"))
    if any(standing.without for standing in now.standings):
        notes.append(both(f"rank.without.{ranking.without_tier.name.lower()}"))
    if now.without_weight:
        notes.append(both("rank.weightless", n=now.without_weight, field=ranking.weight or ""))
    if before is None:
        notes.append(both("rank.first"))
    if ranking is DEFAULT:
        notes.append(both("rank.default"))
    elif ranking.source is not None:
        notes.append(both("rank.source", source=str(ranking.source)))
    return notes


def measure_words(ranking: Ranking, scheme: Scheme) -> Text:
    """What is measured, in words: 平均星级, 三星以上占比, …进步."""
    called = scheme.tiering.word
    words: Text = both(f"rank.by.{ranking.by.name.lower()}", called=called, tier=ranking.reached or "")
    if ranking.weight:
        words = both("rank.weighted", words=words, field=ranking.weight)
    return both("rank.improvement", words=words) if ranking.improvement else words


def value_words(value: Interval | None, ranking: Ranking) -> Text | None:
    """A measure for the eye, both ends where they differ."""
    if value is None:
        return None
    shows = Shows.SHARE if ranking.by in SHARES else Shows.NUMBER
    sign = "+" if ranking.improvement else ""
    low, high = (_signed(end, shows, sign) for end in value)
    text = low if value[0] == value[1] else f"{low}–{high}"
    return text, text


def _signed(end: Fraction, shows: Shows, sign: str) -> str:
    return (sign if end > 0 else "") + value_shown(end, shows, "zh")


def place_words(standing: Standing) -> Text | None:
    """``3``, ``3（并列）`` or ``3–5``; nothing for who has no place."""
    if standing.best is None:
        return None
    if standing.best != standing.worst:
        return (f"{standing.best}–{standing.worst}",) * 2
    return both("rank.place.shared" if standing.shared else "rank.place", n=standing.best)


def _change(now: Standing, then: Standing | None) -> int | None:
    """How many places up since last month; None where either place is not certain."""
    if then is None or now.best is None or then.best is None:
        return None
    return then.best - now.best if (now.best, then.best) == (now.worst, then.worst) else None


def _streak(key: tuple[str, str], months: Sequence[RankedMonth]) -> int:
    """For how many months in a row it has gone up (positive) or down (negative); 0 where it has not moved."""
    stands = [month.find(key) for month in months]
    streak = 0
    for then, now in zip(reversed(stands[:-1]), reversed(stands[1:]), strict=True):
        change = None if now is None else _change(now, then)
        if not change or (streak and (change > 0) != (streak > 0)):
            break
        streak += 1 if change > 0 else -1
    return streak


def _change_words(change: int | None, streak: int, *, known: bool) -> Text | None:
    if change is None:
        return both("rank.unclear") if known else None
    if change == 0:
        return both("rank.same")
    key = "rank.up" if change > 0 else "rank.down"
    if abs(streak) > 1:
        key += ".again"
    return both(key, n=abs(change), months=abs(streak))


# --- 约谈提醒 ---------------------------------------------------------------------------------------------------------


def reminders(course: Course) -> list[Listing]:
    """By each declared rule who is to be reminded, who still is, and who no longer, with the months that make it so."""
    rules = course.scheme.monthly.reminders
    if not rules:
        raise Stop(2, both("stop.reminders", scheme=course.scheme.id))
    found = []
    for number, rule in enumerate(rules, start=1):
        told = reminded(course, rule)
        found.append(
            Listing(
                f"reminders_{number}",
                both("reminders.title", name=rule.ranking),
                [
                    Heading("state", both("reminders.state")),
                    Heading("state_code", both("reminders.state"), only_json=True),
                    Heading("township", both("townships.name"), only_json=True),
                    Heading("name", both("reminders.name")),
                    Heading("months", both("reminders.months"), Shows.WHOLE),
                    Heading("since", both("reminders.since")),
                    Heading("causes", both("reminders.causes")),
                    Heading("text", both("reminders.text")),
                ],
                [_reminder_row(one, course) for one in told],
                [rule_words(rule.label, one_of_rule(course, rule.ranking), course)],
            )
        )
    return found


def one_of_rule(course: Course, name: str) -> Ranking:
    """The ranking that a reminder speaks of."""
    return next(ranking for ranking in course.scheme.monthly.rankings if ranking.name == name)


def rule_words(label: str, ranking: Ranking, course: Course) -> Text:
    """The rules of a reminder in a sentence, so that a sheet alone says by what it was made."""
    lines: list[Text] = []
    for rule in course.scheme.monthly.reminders:
        if rule.label != label:
            continue
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
        source = "" if rule.source is None else str(rule.source)
        lines.append(
            both(
                "reminders.rule",
                how=how,
                ties=ties,
                months=rule.months,
                source=source,
            )
        )
    return "".join(line[0] for line in lines), " ".join(line[1] for line in lines)


def _reminder_row(one: Reminded, course: Course) -> list[Value]:
    causes = [_cause(stay, one.ranking) for stay in one.stays]
    return [
        both(f"reminders.{one.state.value}"),
        one.state.value,
        one.key[0] or None,
        one.key[1],
        one.months,
        one.since,
        _joined(causes),
        _draft(one, course, causes) if one.state in {State.DUE, State.REPEATED} else None,
    ]


def _joined(parts: Sequence[Text]) -> Text:
    return "；".join(zh for zh, _ in parts), "; ".join(en for _, en in parts)


def _cause(stay: Stay, ranking: Ranking) -> Text:
    """A month and what it says: ``2023-05 第16名/共17，平均星级1.20``."""
    standing = stay.standing
    if standing is None or stay.position is Position.UNRECORDED:
        return both("reminders.cause.none", period=stay.period)
    place, value = place_words(standing) or ("—", "—"), value_words(standing.value, ranking) or ("—", "—")
    key = "reminders.cause.open" if stay.position is Position.UNKNOWN else "reminders.cause"
    return both(key, period=stay.period, place=place, of=stay.compared, value=value, absent=standing.absent)


def _draft(one: Reminded, course: Course, causes: Sequence[Text]) -> Text:
    """The draft of the reminder to whom it concerns; somebody reads and signs it."""
    name = "".join(part for part in one.key if part)
    return both(
        f"reminders.draft.{one.state.value}",
        name=name,
        ranking=one.ranking.name,
        months=one.months,
        causes=_joined(causes),
        county=course.county,
        nature=course.scheme.nature,
    )
