"""约谈提醒: who has been behind in a ranking for so many months in a row, and which figures say so.

落后 is a declared rule. Where data are missing a month says neither that somebody was behind nor that they were not:
it neither lengthens a run of months nor ends one, so nobody escapes by not reporting.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from fractions import Fraction

from starcheck.cycle.course import Course, month_after
from starcheck.cycle.ranking import SHARES, Interval, Missing, RankedMonth, Standing, rank
from starcheck.scheme import Ranking, Reminder, Ties


class Position(Enum):
    """Whether one was behind in a month."""

    BEHIND = "behind"
    LEVEL = "level"
    UNKNOWN = "unknown"
    """It hangs on what has not been reported or proven."""
    UNRECORDED = "unrecorded"
    """Nothing is recorded of the month, or, of an 进步, of the one before; or its standard has no such measure."""


class State(Enum):
    """Where a reminder stands in the month that is asked about."""

    DUE = "due"
    """Behind for as long as the rule says, for the first time in this run of months."""
    REPEATED = "repeated"
    """Still behind, after a reminder was due."""
    STANDING = "standing"
    """A reminder was due before; this month hangs on what is missing: neither repeated nor lifted."""
    LIFTED = "lifted"
    """A reminder was due before; this month it is not behind."""
    OPEN = "open"
    """Whether a reminder is due hangs on what is missing."""
    WARNED = "warned"
    """Behind, but not yet for long enough."""


@dataclass(frozen=True, slots=True)
class Stay:
    """One month of somebody in a ranking: how it stood."""

    period: str
    position: Position
    standing: Standing | None
    compared: int
    """How many have a place that month; who has no value is not among them."""
    missing: tuple[Missing, ...] = ()
    """Where the position is unknown, the data that it hangs on: its own, and those of others it is compared with."""


@dataclass(frozen=True, slots=True)
class Reminded:
    """What a reminder's rule says of one of those compared: the months that make it so, oldest first."""

    reminder: Reminder
    ranking: Ranking
    key: tuple[str, str]
    state: State
    stays: tuple[Stay, ...]
    """The months of the present run, or of the run that has ended, with those in between that say nothing."""
    months: int
    """How many of them were certainly behind."""
    since: str
    """The first month in which a reminder was due in this run; the first month behind where none was."""


def reminded(course: Course, reminder: Reminder) -> tuple[Reminded, ...]:
    """Everybody of whom the rule says something in the last month, in the order of ``State``."""
    ranking = course.scheme.monthly.ranking(reminder.ranking)
    ranked = [rank(course.until(place), ranking) for place in range(len(course.months))]
    by_period = {month.period: month for month in ranked}
    found = []
    for standing in ranked[-1].standings:
        stays = tuple(_stays(standing, by_period, reminder, course))
        told = _told(stays, reminder)
        if told is not None:
            state, run, months, since = told
            found.append(Reminded(reminder, ranking, standing.key, state, run, months, since))
    order = list(State)
    return tuple(sorted(found, key=lambda one: order.index(one.state)))


def _stays(asked: Standing, ranked: dict[str, RankedMonth], reminder: Reminder, course: Course) -> Iterator[Stay]:
    period = course.months[0].period
    while period <= course.now.period:
        month = ranked.get(period)
        standing = None if month is None else month.find(asked)
        if month is None or standing is None:
            yield Stay(period, Position.UNRECORDED, standing, 0)
        else:
            alike = [other for other in month.standings if other.alike == standing.alike]
            where = position(standing, alike, reminder, share=month.ranking.by in SHARES)
            unmeasured = month.ranking.improvement and standing.value is None and not standing.missing
            if unmeasured or not month.measured:
                where = Position.UNRECORDED
            missing = _missing(standing, alike, reminder) if where is Position.UNKNOWN else ()
            placed = sum(other.value is not None for other in alike)
            yield Stay(period, where, standing, placed, missing)
        period = month_after(period)


def _missing(standing: Standing, compared: Sequence[Standing], reminder: Reminder) -> tuple[Missing, ...]:
    """What keeps it open who is behind, each township's units once: those compared may rest on the same ones."""
    alone = standing.value is None or reminder.behind.below is not None
    open_to = [standing] if alone else [one for one in compared if one.value is not None]
    found: dict[tuple[str, str], Missing] = {}
    for one in (part for other in open_to for part in other.missing):
        known = found.get((one.period, one.township), one)
        found[one.period, one.township] = replace(one, absent=one.absent | known.absent, open=one.open | known.open)
    return tuple(found.values())


def position(standing: Standing, compared: Sequence[Standing], reminder: Reminder, *, share: bool) -> Position:
    """Whether one is behind by the rule, among those it is compared with; ``share``: the measure is one."""
    if standing.value is None:
        return Position.UNKNOWN if standing.missing else Position.LEVEL
    others = [other.value for other in compared if other.key != standing.key and other.value is not None]
    sure, perhaps = _behind(standing.value, others, reminder, share=share)
    return Position.BEHIND if sure else Position.UNKNOWN if perhaps else Position.LEVEL


def _behind(own: Interval, others: Sequence[Interval], reminder: Reminder, *, share: bool) -> tuple[bool, bool]:
    """Whether it is behind whatever the values turn out, and whether it may be."""
    low, high = own
    rule = reminder.behind
    if rule.below is not None:
        line = Fraction(rule.below) / (100 if share else 1)
        return high < line, low < line
    if rule.below_mean:
        if not others:
            return False, False
        # to be below the mean of all is to be below the mean of the others
        least = sum((one for one, _ in others), Fraction(0)) / len(others)
        most = sum((one for _, one in others), Fraction(0)) / len(others)
        return high < least, low < most
    last = _last(reminder, len(others) + 1)
    if reminder.ties is Ties.BEHIND:
        # behind with fewer than ``last`` below it
        return (
            sum(1 for one, _ in others if one < high) < last,
            sum(1 for _, one in others if one < low) < last,
        )
    # behind where those below it and those level with it, itself too, are no more than ``last``
    return (
        sum(1 for one, _ in others if one <= high) + 1 <= last,
        sum(1 for _, one in others if one <= low) + 1 <= last,
    )


def _last(reminder: Reminder, compared: int) -> int:
    """How many are the last: a number, or a share of those compared, rounded down."""
    rule = reminder.behind
    if rule.last_share is not None:
        whole = rule.last_share * compared
        return whole.numerator // whole.denominator
    return rule.last or 0


def _told(stays: Sequence[Stay], reminder: Reminder) -> tuple[State, tuple[Stay, ...], int, str] | None:
    """The state in the last month, the months of the run, how many of them were behind, and since when it is due."""
    run: list[Stay] = []
    behind = 0
    due_since: str | None = None
    ended: tuple[tuple[Stay, ...], int, str] | None = None
    for stay in stays:
        ended = None
        if stay.position is Position.BEHIND:
            run.append(stay)
            behind += 1
            if behind == reminder.months:
                due_since = stay.period
        elif stay.position is Position.LEVEL:
            if due_since is not None:
                ended = ((*run, stay), behind, due_since)
            run, behind, due_since = [], 0, None
        elif run:
            run.append(stay)
    last = stays[-1]
    if ended is not None:
        return State.LIFTED, *ended
    if last.position is Position.LEVEL:
        return None
    if due_since is not None:
        if last.position is not Position.BEHIND:
            return State.STANDING, tuple(run), behind, due_since
        return (State.DUE if due_since == last.period else State.REPEATED), tuple(run), behind, due_since
    possible = _may_be(stays)
    if sum(stay.position is not Position.UNRECORDED for stay in possible) >= reminder.months:
        return State.OPEN, possible, behind, possible[0].period
    if last.position is Position.BEHIND:
        return State.WARNED, tuple(run), behind, run[0].period
    return None


def _may_be(stays: Sequence[Stay]) -> tuple[Stay, ...]:
    """The last months in a row that were behind, or may have been."""
    found: list[Stay] = []
    for stay in reversed(stays):
        if stay.position is Position.LEVEL:
            break
        found.append(stay)
    return tuple(reversed(found))


__all__ = ["Position", "Reminded", "State", "Stay", "position", "reminded"]
