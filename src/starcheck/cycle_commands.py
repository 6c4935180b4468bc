"""What the commands of the monthly cycle do: months out of the store, through ``cycle``, into lists to hand on."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from starcheck.commands import Shown, open_store, print_json, print_problems, show_page, tell
from starcheck.cycle.changes import Between, Change, CriterionChange, Way, changes
from starcheck.cycle.course import Course, RatedMonth, month_after
from starcheck.cycle.ranking import DEFAULT, Missing, RankedMonth, Standing, rank
from starcheck.cycle.reminding import Position, Reminded, State, Stay, reminded
from starcheck.cycle.targeting import Behind as BehindTarget
from starcheck.cycle.targeting import PlaceTargets, county_targets, end_of_last_year, paces
from starcheck.cycle.targeting import behind as behind_targets
from starcheck.cycle.targeting import by_star as lacking_stars
from starcheck.diagnostic import Diagnostic, Lang, Text
from starcheck.history import Store
from starcheck.ledger import keys_beside, unit_keys
from starcheck.messages import both, say
from starcheck.moving import reasons
from starcheck.recording import (
    answers_in,
    outcome_by,
    recorded_answers,
    recorded_outcome,
    recorded_register,
    recorded_scheme,
)
from starcheck.replies import Answer
from starcheck.report.figures import value_words
from starcheck.report.listing import (
    Handout,
    Heading,
    Listing,
    Shows,
    Value,
    csv_bytes,
    document,
    handout_sections,
    write_handout,
)
from starcheck.report.monthly import reminder_words
from starcheck.report.places import caveats, measure_words, measured_words, place_words
from starcheck.run import Outcome, read_aims
from starcheck.scheme import EffectKind, Method, RankedOf, Ranking, Scheme, Veto
from starcheck.scoring import Assessment, with_targets
from starcheck.workspace import Settings, Stop

CAUSES = ("correction", "review", "rule", "data", "veto")
"""What can move a unit, in the order of the ratings between two months."""
Say = Callable[[Course, Store], Sequence[Listing]]


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
        months.append(rated_month(recorded_outcome(month, told)))
    return Course(asked.county, tuple(months)), problems


def rated_month(outcome: Outcome) -> RatedMonth:
    """A recorded month as one of a course."""
    county = outcome.targets.get(outcome.county, {})
    return RatedMonth(
        outcome.period,
        outcome.assessment,
        county,
        outcome.township_targets,
        outcome.final is not None,
        outcome.register,
    )


def present(command: str, say: Say, told: Settings, shown: Shown, version: str, said: Sequence[Diagnostic] = ()) -> int:
    """Print, or write, what ``say`` finds in the county's months; ``said`` is what it says of files while it does."""
    shown.check()
    with open_store(told, create=False) as store:
        course, problems = recorded_course(store, told)
        handout = handout_of(command, course, say(course, store))
    hand_out(handout, (*problems, *said), told, shown, version)
    return 0


def hand_out(handout: Handout, problems: Sequence[Diagnostic], told: Settings, shown: Shown, version: str) -> None:
    """Print, or write, a handout in the form that is asked for. Raises ``Stop`` (2) where it cannot be written."""
    if shown.out is not None and shown.out.suffix.lower() == ".parquet":
        raise Stop(2, both("stop.out_list", out=shown.out))
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
        print_problems(problems, told, shown, has_all=False)


def _document(handout: Handout, told: Settings, shown: Shown, version: str) -> None:
    if shown.out is None:
        print_json(document(handout, version, told.lang))
        return
    from starcheck.commands import write_bytes  # noqa: PLC0415 - beside the others

    write_bytes(shown.out, document_bytes(handout, version, told.lang), make_folder=False)
    tell(shown, told, "written", out=shown.out)


def document_bytes(handout: Handout, version: str, lang: Lang) -> bytes:
    """The JSON document of a handout, as a file."""
    from starcheck.report.as_json import json_text  # noqa: PLC0415 - heavy

    return f"{json_text(document(handout, version, lang), ascii_only=False, indent=2)}\n".encode()


def handout_of(command: str, course: Course, listings: Sequence[Listing]) -> Handout:
    """What a command hands on of a county's months: the listings, under what they are about."""
    said, about = scheme_facts(course.scheme)
    facts = [
        (both("what.county"), (course.county, course.county)),
        (both("what.period"), (course.now.period, course.now.period)),
        *said,
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
            **about,
            "months": [month.period for month in course.months],
            "gaps": list(course.gaps),
        },
        course.now.assessment.as_of,
        tuple(listings),
    )


def scheme_facts(scheme: Scheme) -> tuple[list[tuple[Text, Text]], dict[str, Any]]:
    """Which scheme a handout goes by, for people and for programs."""
    facts: list[tuple[Text, Text]] = [
        (both("report.scheme"), (f"{scheme.title}（{scheme.id} {scheme.version}）",) * 2),
        (both("standard.nature"), (scheme.nature,) * 2),
    ]
    about = {"id": scheme.id, "version": scheme.version, "sha256": scheme.sha256, "nature": scheme.nature}
    return facts, {"scheme": about}


# --- 月度排名 ---------------------------------------------------------------------------------------------------------


def rankings(course: Course, _: Store, named: str | None = None) -> list[Listing]:
    """Every declared ranking, or the one that is ``named``; of townships by mean tier where none is declared."""
    declared = course.scheme.monthly.rankings or ((DEFAULT,) if course.scheme.tiering.ranked else ())
    if not declared:
        raise Stop(2, both("stop.unranked", scheme=course.scheme.id))
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
    last = months[-2] if len(months) > 1 else None
    before = last if last is not None and last.measured and _follow(last, now) else None
    of_units = ranking.of is RankedOf.UNIT
    headings = [
        Heading("rank", both("townships.rank")),
        Heading("rank_best", both("rank.best"), Shows.WHOLE, only_json=True, in_csv=True),
        Heading("rank_worst", both("rank.worst"), Shows.WHOLE, only_json=True, in_csv=True),
        Heading("shared", both("rank.shared"), only_json=True),
        *([Heading("alike", both("rank.alike"))] if ranking.alike else []),
        *([Heading("township", both("townships.name"))] if of_units else []),
        Heading("name", both(f"rank.of.{ranking.of.name.lower()}")),
        Heading("value", measure_words(ranking, scheme)),
        Heading("value_low", both("rank.low"), Shows.NUMBER, only_json=True, in_csv=True),
        Heading("value_high", both("rank.high"), Shows.NUMBER, only_json=True, in_csv=True),
        *([] if of_units else [Heading("units", both("townships.units"), Shows.WHOLE)]),
        Heading("absent", both("rank.absent"), Shows.WHOLE),
        Heading("open", both("rank.open"), Shows.WHOLE),
        Heading("previous", both("rank.previous")),
        Heading("change", both("rank.change")),
        Heading("streak", both("rank.streak"), Shows.WHOLE, only_json=True),
    ]
    no_place = ("—", "—") if len(months) > 1 else None
    rows: list[list[Value]] = []
    for standing in now.standings:
        then = None if before is None else before.find(standing)
        change = _change(standing, then)
        streak = _streak(standing, months)
        rows.append(
            [
                place_words(standing),
                standing.best,
                standing.worst,
                standing.shared,
                *([standing.alike or both("rank.others")] if ranking.alike else []),
                *([standing.township] if of_units else []),
                standing.name,
                measured_words(standing.value, ranking),
                None if standing.value is None else standing.value[0],
                None if standing.value is None else standing.value[1],
                *([] if of_units else [standing.units]),
                standing.absent,
                standing.open,
                no_place if then is None else place_words(then),
                _change_words(change, streak, known=then is not None),
                streak,
            ]
        )
    return Listing(
        f"ranking_{number}",
        (f"{ranking.name}", f"{ranking.name}"),
        headings,
        rows,
        list(_ranking_notes(ranking, now, last)),
    )


def _follow(before: RankedMonth, now: RankedMonth) -> bool:
    """Whether nothing is missing between two recorded months: over a gap nobody goes up or down since last month."""
    return month_after(before.period) == now.period


def _ranking_notes(ranking: Ranking, now: RankedMonth, last: RankedMonth | None) -> list[Text]:
    notes = [both("rank.rule"), *caveats(ranking, now.standings)]
    if now.without_weight:
        notes.append(both("rank.weightless", n=now.without_weight, field=ranking.weight or ""))
    if last is None or not _follow(last, now):
        notes.append(both("rank.first" if last is None else "rank.gap"))
    elif not last.measured:
        notes.append(both("rank.unmeasured"))
    if ranking is DEFAULT:
        notes.append(both("rank.default"))
    elif ranking.source is not None:
        notes.append(both("rank.source", source=str(ranking.source)))
    return notes


def _change(now: Standing, then: Standing | None) -> int | None:
    """How many places up since last month; None where either place is not certain."""
    if then is None or now.best is None or then.best is None:
        return None
    return then.best - now.best if (now.best, then.best) == (now.worst, then.worst) else None


def _streak(standing: Standing, months: Sequence[RankedMonth]) -> int:
    """For how many months in a row it has gone up (positive) or down (negative); 0 where it has not moved."""
    streak = 0
    for before, month in zip(reversed(months[:-1]), reversed(months[1:]), strict=True):
        now = month.find(standing)
        change = None if now is None or not _follow(before, month) else _change(now, before.find(standing))
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


def reminders(course: Course, _: Store) -> list[Listing]:
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
                [reminder_words(rule, course.scheme.monthly.ranking(rule.ranking)), both("reminders.since.note")],
            )
        )
    return found


def _reminder_row(one: Reminded, course: Course) -> list[Value]:
    causes = [_cause(stay, one.ranking, course.scheme) for stay in one.stays]
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


def _joined(parts: Iterable[Text], by: Text = ("；", "; ")) -> Text:
    words = list(parts)
    return by[0].join(zh for zh, _ in words), by[1].join(en for _, en in words)


def _cause(stay: Stay, ranking: Ranking, scheme: Scheme) -> Text:
    """A month and what it says: ``2023-05 第16名（共17），平均星级1.20``."""
    standing = stay.standing
    if standing is None:
        return both("reminders.cause.none", period=stay.period)
    if stay.position is Position.UNRECORDED:
        why = "no_last" if ranking.improvement else "unmeasured"
        return both(f"reminders.cause.{why}", period=stay.period)
    place, value = place_words(standing), measured_words(standing.value, ranking)
    if place is None or value is None:
        words = both("reminders.cause.no_place", period=stay.period)
    else:
        measure = measure_words(ranking, scheme)
        words = both("reminders.cause", period=stay.period, place=place, of=stay.compared, measure=measure, value=value)
    if stay.position is not Position.UNKNOWN:
        return words
    return both(
        "reminders.cause.open", words=words, missing=_joined((_missing(one, stay) for one in stay.missing), _LISTED)
    )


_LISTED: Text = ("、", ", ")


def _missing(missing: Missing, stay: Stay) -> Text:
    """A township's units that a place hangs on: ``南乡6个单位未上报``."""
    parts = [("absent", len(missing.absent)), ("open", len(missing.open))]
    words = _joined((both(f"reminders.missing.{what}", n=count) for what, count in parts if count), _LISTED)
    period = "" if missing.period == stay.period else missing.period
    return both("reminders.missing", period=period, township=missing.township, words=words)


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


# --- 争创目标 ---------------------------------------------------------------------------------------------------------


def with_targets_of(path: Path, told: Settings, course: Course, store: Store) -> Course:
    """The same with the targets of a file instead of those that were recorded with the last month."""
    assessment = course.now.assessment
    problems: list[Diagnostic] = []
    known = recorded_register(store, course.county, course.scheme.id)
    register = None if known is None else known[0]
    aims = read_aims(path, told, course.scheme, assessment.units, register, problems)
    keys = unit_keys(assessment.units)
    aimed = with_targets(assessment, np.array([aims.units.get(key, -1) for key in keys], np.int8))
    now = replace(
        course.now,
        assessment=aimed,
        targets=aims.counts.get(course.county, {}),
        township_targets=aims.townships,
    )
    if problems:
        raise Stop(2, both("stop.targets_unread", file=path), tuple(problems))
    return Course(course.county, (*course.months[:-1], now))


def targets(course: Course, _: Store) -> list[Listing]:
    """Target against actual by tier and township, by star, unit by unit, and month by month."""
    assessment, scheme = course.now.assessment, course.scheme
    counted = county_targets(assessment, course.now.targets, course.now.township_targets)
    if not _aimed(counted):
        raise no_targets(course)
    short = behind_targets(course)
    names = {tier.number: tier.name for tier in scheme.tiering.tiers}
    return [
        _tier_targets(counted[0], names, scheme),
        _place_targets(counted, names),
        _star_targets(course, short),
        _unit_targets(course, short, names),
        _pace(course),
    ]


def has_targets(course: Course) -> bool:
    """Whether there are targets to hold the month against."""
    return _aimed(county_targets(course.now.assessment, course.now.targets, course.now.township_targets))


def _aimed(counted: Sequence[PlaceTargets]) -> bool:
    return bool(counted[0].aimed)


def no_targets(course: Course) -> Stop:
    """Why there is nothing to hold the month against."""
    return Stop(2, both("stop.no_targets", county=course.county, period=course.now.period))


def _tier_targets(county: PlaceTargets, names: Mapping[int, str], scheme: Scheme) -> Listing:
    aimed = [row for row in county.tiers if row.tier > 0]
    rows: list[list[Value]] = [
        [
            names[row.tier],
            row.target,
            row.actual,
            row.actual - row.target,
            row.target_above,
            row.actual_above,
            row.actual_above - row.target_above,
            row.reachable,
        ]
        for row in aimed
    ]
    return Listing(
        "tiers",
        both("targets.tiers"),
        [
            Heading("tier", scheme.tiering.word),
            Heading("target", both("targets.exact"), Shows.WHOLE),
            Heading("actual", both("targets.actual"), Shows.WHOLE),
            Heading("gap", both("targets.gap"), Shows.WHOLE),
            Heading("target_above", both("targets.above"), Shows.WHOLE),
            Heading("actual_above", both("targets.actual_above"), Shows.WHOLE),
            Heading("gap_above", both("targets.gap"), Shows.WHOLE),
            Heading("reachable_above", both("targets.reachable"), Shows.WHOLE),
        ],
        rows,
        [both("targets.exact.note")],
    )


def _place_targets(counted: Sequence[PlaceTargets], names: Mapping[int, str]) -> Listing:
    shown = [
        tier for tier in sorted(names, reverse=True) if any(row.tier == tier and row.target for row in counted[0].tiers)
    ]
    county, *townships = counted
    headings = [
        Heading("township", both("townships.name")),
        Heading("aimed", both("targets.aimed"), Shows.WHOLE),
        Heading("reached", both("targets.reached"), Shows.WHOLE),
        Heading("share", both("rank.by.target"), Shows.SHARE),
        Heading("perhaps", both("targets.perhaps"), Shows.WHOLE),
    ]
    for tier in shown:
        headings += [
            Heading(f"target_above_{tier}", both("targets.place.target", tier=names[tier]), Shows.WHOLE),
            Heading(f"actual_above_{tier}", both("targets.place.actual", tier=names[tier]), Shows.WHOLE),
        ]
    rows = []
    for place in (*townships, county):
        by_tier = {row.tier: row for row in place.tiers}
        row: list[Value] = [
            place.name if place.name is not None else both("total"),
            place.aimed,
            place.reached,
            Fraction(place.reached, place.aimed) if place.aimed else None,
            place.perhaps,
        ]
        for tier in shown:
            row += [by_tier[tier].target_above, by_tier[tier].actual_above]
        rows.append(row)
    return Listing("townships", both("townships.title"), headings, rows, [both("targets.places.note")], strong=1)


def _star_targets(course: Course, short: Sequence[BehindTarget]) -> Listing:
    counts = lacking_stars(course.now.assessment, short)
    stars = course.scheme.stars
    # a number of units says of none that it is below its target
    own = bool((course.now.assessment.units.target >= 0).any())
    rows: list[list[Value]] = [
        [star.name, star.lead, count if own else None]
        for star, count in sorted(zip(stars, counts, strict=True), key=lambda one: -one[1])
    ]
    return Listing(
        "stars",
        both("targets.stars"),
        [
            Heading("star", both("targets.star")),
            Heading("lead", both("rank.of.lead")),
            Heading("lacking", both("targets.lacking"), Shows.WHOLE),
        ],
        rows,
        [both("targets.stars.note" if own else "targets.stars.none")],
    )


def _unit_targets(course: Course, short: Sequence[BehindTarget], names: Mapping[int, str]) -> Listing:
    assessment = course.now.assessment
    units, stars = assessment.units, course.scheme.stars
    year_end = end_of_last_year(course)
    rows: list[list[Value]] = [
        [
            units.township[one.row],
            units.name[one.row],
            None if one.target is None else names[one.target],
            _tier_now(assessment, one.row, names),
            names.get(int(assessment.reachable[one.row])),
            both("unreported") if one.last_year_silent else None if one.last_year is None else names[one.last_year],
            both("targets.sure" if one.sure else "targets.unsure"),
            [stars[place].name for place in one.missing],
            _joined(one.held_by) if one.held_by else None,
        ]
        for one in sorted(short, key=lambda one: units.township[one.row])
    ]
    return Listing(
        "units",
        both("targets.units"),
        [
            Heading("township", both("townships.name")),
            Heading("name", both("villages.unit")),
            Heading("target", both("tiers.target")),
            Heading("tier", course.scheme.tiering.word),
            Heading("reachable", both("targets.reach")),
            Heading("last_year", both("targets.last_year")),
            Heading("certain", both("targets.certain")),
            Heading("missing", both("targets.missing")),
            Heading("held_by", both("targets.held_by")),
        ],
        rows,
        [both("targets.no_last_year") if year_end is None else both("targets.year_end", period=year_end.period)],
    )


def _tier_now(assessment: Assessment, row: int, names: Mapping[int, str]) -> Value:
    if not assessment.units.reported[row]:
        return both("unreported")
    return names.get(int(assessment.tiers[row]), _without(assessment.scheme))


def _pace(course: Course) -> Listing:
    found = paces(course)
    open_line = any(one.due is not None and one.due[0] != one.due[1] for one in found)
    rows: list[list[Value]] = [
        [
            one.period,
            one.aimed,
            one.reached,
            one.at_most,
            Fraction(one.reached, one.aimed) if one.aimed else None,
            None if one.due is None else one.due[0],
            None if one.due is None else one.due[1],
            None if one.track is None else both(f"targets.track.{one.track.value}"),
            None if one.track is None else one.track.value,
        ]
        for one in found
    ]
    return Listing(
        "months",
        both("targets.months"),
        [
            Heading("period", both("what.period")),
            Heading("aimed", both("targets.aimed"), Shows.WHOLE),
            Heading("reached", both("targets.reached"), Shows.WHOLE),
            Heading("at_most", both("targets.at_most"), Shows.WHOLE),
            Heading("share", both("rank.by.target"), Shows.SHARE),
            Heading("due", both("targets.due"), Shows.NUMBER),
            Heading("due_most", both("targets.due_most"), Shows.NUMBER, only_json=not open_line, in_csv=True),
            Heading("pace", both("targets.pace")),
            Heading("pace_code", both("targets.pace"), only_json=True),
        ],
        rows,
        [both("targets.pace.note"), *([both("targets.pace.open")] if open_line else [])],
    )


# --- 升降 -------------------------------------------------------------------------------------------------------------


def moves(
    course: Course, store: Store, told: Settings, *, since: str | None = None, everything: bool = False
) -> list[Listing]:
    """Who went up, who down, and what moved them; against the last recorded month before, or the one of ``since``."""
    place = len(course.months) - 2
    if since is not None:
        periods = [month.period for month in course.months[:-1]]
        if since not in periods:
            raise Stop(2, both("stop.moves_since", since=since, known="、".join(periods) or "—"))
        place = periods.index(since)
    if place < 0:
        raise no_earlier(course)
    period = course.months[place].period
    month, problems = store.month(course.county, course.scheme.id, period)
    if month is None:
        raise Stop(2, (problems[0].message("zh"), problems[0].message("en")), problems)
    now = course.now.assessment
    ruled, _ = outcome_by(month, told, course.scheme, now.as_of)
    then, heard = told_then(store, course.county, course.scheme.id, period, before=course.now.period)
    known = None
    if heard or month.replies:
        known = outcome_by(month, told, recorded_scheme(month), month.as_of, heard)[0].assessment
    latest, _ = store.month(course.county, course.scheme.id, course.now.period)
    registered = latest is not None and latest.register_text is not None
    before = course.months[place].assessment
    between = Between(_as_known(then, before, now), known, before, ruled.assessment, now, registered)
    answers = [*heard, *answers_in(month), *recorded_answers(store, course.county, course.scheme.id, course.now.period)]
    found = changes(between)
    counts, moved = _move_counts(found, period), _moved(found, between, course, answers, period, everything=everything)
    return [counts, moved, _causes_summed(found)] if course.scheme.tiering.ranked else [counts, moved]


def _as_known(then: Mapping[str, int | None], before: Assessment, now: Assessment) -> dict[str, int | None]:
    """The tiers told, by the keys that this month knows the units by."""
    units = before.units
    known: dict[str, str] = {}
    keys = keys_beside(units, now.units)
    for own, key, town, name in zip(unit_keys(units), keys, units.township, units.name, strict=True):
        known |= {own: key, f"{town}/{name}": key}
    return {known.get(key, key): tier for key, tier in then.items()}


def no_earlier(course: Course) -> Stop:
    """Why nobody is known to have moved."""
    return Stop(2, both("stop.no_earlier", period=course.now.period))


def told_then(
    store: Store, county: str, scheme_id: str, period: str, *, before: str
) -> tuple[dict[str, int | None], list[Answer]]:
    """The tier that each unit of a period was told, and what departments had answered about it then.

    As rated by the runs that came before the first of ``before``. Runs that were undone later count: what they said had
    been said.
    """
    runs = [run for run in store.runs() if (run.county, run.scheme_id) == (county, scheme_id)]
    first = min((run.number for run in runs if run.period == before), default=None)
    tiers: dict[str, int | None] = {}
    heard: dict[str, list[Answer]] = {}
    for run in sorted(runs, key=lambda run: run.number):
        if run.period == period and (first is None or run.number < first):
            told = {result.unit: result.tier for result in store.results(run.run_id) if result.reported}
            tiers |= told
            heard |= {unit: [] for unit in told}
            by_replies = bool(told) and ("replies" in run.settings or run.final)
            basis = store.basis(run.run_id) if by_replies else None
            for answer in () if basis is None else answers_in(basis):
                if answer.unit in told:
                    heard[answer.unit].append(answer)
    return tiers, [answer for own in heard.values() for answer in own]


def _move_counts(found: Sequence[Change], period: str) -> Listing:
    rows: list[list[Value]] = []
    for way in Way:
        count = sum(one.way is way for one in found)
        if count:
            rows.append([both(f"moves.{way.value}"), way.value, count])
    return Listing(
        "counts",
        both("moves.counts", period=period),
        [
            Heading("what", both("moves.what")),
            Heading("way", both("moves.what"), only_json=True),
            Heading("units", both("townships.units"), Shows.WHOLE),
        ],
        rows,
    )


def _moved(
    found: Sequence[Change],
    between: Between,
    course: Course,
    answers: Sequence[Answer],
    period: str,
    *,
    everything: bool,
) -> Listing:
    names = {tier.number: tier.name for tier in course.scheme.tiering.tiers}
    names_then = {tier.number: tier.name for tier in between.before.scheme.tiering.tiers}
    moving = {Way.UP, Way.DOWN, Way.OTHER, Way.GONE}
    shown = [one for one in found if everything or one.way in moving or any(getattr(one, cause) for cause in CAUSES)]
    ranked = course.scheme.tiering.ranked
    shown.sort(key=lambda one: (-one.whole, one.township))
    why = _Why(found, between, answers, period)
    rows: list[list[Value]] = [
        [
            one.township,
            one.name,
            both(f"moves.{one.way.value}"),
            _tier_words(one.told, names_then, between.before.scheme, unreported=one.way in {Way.NEW, Way.ABSENT}),
            _tier_words(one.tier, names, course.scheme, unreported=one.way in {Way.SILENT, Way.ABSENT})
            if one.way is not Way.GONE
            else None,
            *((one.whole, *(getattr(one, cause) for cause in CAUSES)) if ranked else ()),
            both("moves.late") if one.late else None,
            why.of(one),
        ]
        for one in shown
    ]
    by = [Heading("change", both("rank.change"), Shows.WHOLE)]
    by += [Heading(cause, both(f"moves.{cause}"), Shows.WHOLE) for cause in CAUSES]
    return Listing(
        "units",
        both("moves.units" if ranked else "moves.units.unranked"),
        [
            Heading("township", both("townships.name")),
            Heading("name", both("villages.unit")),
            Heading("what", both("moves.what")),
            Heading("before", both("moves.before")),
            Heading("after", both("moves.after")),
            *(by if ranked else ()),
            Heading("late", both("moves.report")),
            Heading("why", both("moves.why")),
        ],
        rows,
        [both("moves.note")] if ranked else [],
    )


def _tier_words(tier: int | None, names: Mapping[int, str], scheme: Scheme, *, unreported: bool) -> Value:
    if unreported and tier is None:
        return both("unreported")
    return _without(scheme) if tier is None else names.get(tier, str(tier))


def _without(scheme: Scheme) -> Text:
    """Why a unit that has reported has no tier: a veto, or, where tiers do not rank, that it is still open."""
    if scheme.tiering.ranked:
        return both("excluded")
    excluding = any(veto.effect.kind is EffectKind.EXCLUDE for veto in scheme.vetoes)
    return both("moves.without" if excluding else "undecided")


class _Why:
    """What made each unit another: of the standard, of its data, of its vetoes and who answered about them."""

    def __init__(self, found: Sequence[Change], between: Between, answers: Sequence[Answer], period: str) -> None:
        self._between, self._answers, self._period = between, answers, period
        before, by_rule = between.before, between.by_rule
        self._then = {key: place for place, key in enumerate(between.keys(before))}
        self._by_rule = {key: place for place, key in enumerate(between.keys(by_rule))}
        rows = self._by_rule
        ruled = [one for one in found if (one.rule or one.way is Way.OTHER) and one.key in rows]
        self._ruled = _reasons(before, by_rule, {one.key: (self._then[one.key], rows[one.key]) for one in ruled})
        # where points, or places under a quota, decide, verdicts do not tell all
        tiering = between.now.scheme.tiering
        by_star = tiering.method is Method.STARS and not tiering.quotas
        by_star &= all(star.rule.score is None for star in between.now.scheme.stars)
        moved = [one for one in found if (one.data or one.way is Way.OTHER) and one.key in rows]
        pairs = {one.key: (rows[one.key], one.row) for one in moved if not (by_star and one.criteria)}
        self._data = _reasons(by_rule, between.unvetoed, pairs)

    def of(self, one: Change) -> Text:
        """The reasons of a unit in the order of the causes."""
        return _joined(self._parts(one))

    def _parts(self, one: Change) -> Iterator[Text]:
        now, before, heard = self._between.now, self._between.before, self._between.heard
        then = self._then.get(one.key)
        if one.correction:
            yield both("moves.corrected")
        by = [(rating, then) for rating in (before, heard) if rating is not None and then is not None]
        for place, _, state in one.reviews:
            veto = _veto_cause(before.scheme.vetoes[place], state, one, by, self._answers)
            yield both("moves.reviewed", period=self._period, veto=veto)
        for words in self._ruled.get(one.key, ()):
            yield both("moves.ruled", words=words)
        yield from self._data[one.key] if one.key in self._data else map(partial(self._criterion, one), one.criteria)
        for place, _, state in one.vetoes:
            yield _veto_cause(now.scheme.vetoes[place], state, one, [(now, one.row)], self._answers)

    def _criterion(self, one: Change, change: CriterionChange) -> Text:
        """A criterion with what its value was and is, both by the same standard."""
        now, by_rule = self._between.now, self._between.by_rule
        part = now.scheme.criteria[change.place]
        said = []
        for rating, row, verdict in (
            (by_rule, self._by_rule[one.key], change.before),
            (now, one.row, change.after),
        ):
            value = value_words(rating.values(part.id), row, part.unit, "zh")
            said.append((value or say(f"verdict.{verdict.word}", "zh"), both(f"verdict.{verdict.word}")))
        (was, before), (is_now, after) = said
        return both("moves.cause", id=part.id, name=part.name, was=was, now=is_now, before=before, after=after)


def _reasons(one: Assessment, other: Assessment, pairs: Mapping[str, tuple[int, int]]) -> dict[str, list[Text]]:
    """Why units come out otherwise in another rating, in both languages."""
    if not pairs:
        return {}
    zh, en = (reasons(one, other, pairs, lang) for lang in ("zh", "en"))
    return {key: list(zip(zh[key], en[key], strict=True)) for key in pairs}


def _veto_cause(
    veto: Veto, state: int, one: Change, by: Sequence[tuple[Assessment, int]], answers: Sequence[Answer]
) -> Text:
    """What a veto has become, and the departments by whose answers: in the first rating, with its row, that has any."""
    word = both(f"veto.{('unknown', 'clear', 'triggered')[state + 1]}")
    own = [answer for answer in answers if (answer.unit, answer.veto) == (one.key, veto.id)]
    for rating, row in by:
        cells = rating.ledger.origin.cells(row, veto.id)
        names = list(dict.fromkeys(answer.department for answer in own if answer.where in cells))
        if names:
            who = "、".join(names), ", ".join(names)
            return both("moves.veto_reviewed", id=veto.id, name=veto.name, state=word, department=who)
    return both("moves.veto_cause", id=veto.id, name=veto.name, state=word)


def _causes_summed(found: Sequence[Change]) -> Listing:
    """What each cause brought, up and down; together they are the whole."""
    rows: list[list[Value]] = []
    for cause in (*CAUSES, "whole"):
        steps = [getattr(one, cause) for one in found]
        rows.append(
            [
                both("total") if cause == "whole" else both(f"moves.{cause}"),
                cause,
                sum(step for step in steps if step > 0),
                sum(step for step in steps if step < 0),
                sum(steps),
                sum(step != 0 for step in steps),
            ]
        )
    return Listing(
        "causes",
        both("moves.causes"),
        [
            Heading("what", both("moves.cause_of")),
            Heading("cause", both("moves.cause_of"), only_json=True),
            Heading("up", both("moves.up_by"), Shows.WHOLE),
            Heading("down", both("moves.down_by"), Shows.WHOLE),
            Heading("change", both("rank.change"), Shows.WHOLE),
            Heading("units", both("townships.units"), Shows.WHOLE),
        ],
        rows,
        [both("moves.causes.note")],
        strong=1,
    )
