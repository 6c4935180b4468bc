"""日程: what is due when by the duties of 月度, and who has not reported for the months that were to be reported."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from starcheck.cycle.course import Course
from starcheck.scheme import Duty, Every, ReportedMonth, Scheme
from starcheck.units import last_day

MONTHS_OF_QUARTER = 3
HALF = 15
"""The last day of the first half of a month."""
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Term:
    """One time that a duty comes round: its first and last day, and the day on which it is due."""

    duty: Duty
    first: date
    last: date
    due: date

    @property
    def period(self) -> str:
        """The month that is to be reported."""
        day = self.first
        if self.duty.month is ReportedMonth.BEFORE:
            day = self.first - DAY
        return f"{day:%Y-%m}"

    def before(self) -> Term:
        """The time before."""
        return term(self.duty, self.first - DAY)

    def after(self) -> Term:
        """The time after."""
        return term(self.duty, self.last + DAY)


@dataclass(frozen=True, slots=True)
class Due:
    """A duty on a day: the time that the day is in, the last day it was due, up to this one, and the next after it."""

    duty: Duty
    now: Term
    last: date
    next: date
    days: int
    """To the day it is due in this time, negative where it has passed."""


@dataclass(frozen=True, slots=True)
class Missing:
    """A township that has not reported all its units for a month."""

    duty: Duty
    period: str
    due: date
    days: int
    """To the day, negative where it has passed."""
    township: str
    units: int
    absent: tuple[str, ...]


def term(duty: Duty, day: date) -> Term:
    """The time of a duty that a day is in; a day of the month that it lacks is its last."""
    first, last = _span(duty.every, day)
    start = first
    if duty.every is Every.QUARTER:
        start = last.replace(day=1)
    due = last if duty.day is None else min(start + (duty.day - 1) * DAY, last)
    return Term(duty, first, last, due)


def _span(every: Every, day: date) -> tuple[date, date]:
    end = last_day(day.year, day.month)
    match every:
        case Every.WEEK:
            monday = day - day.weekday() * DAY
            return monday, monday + 6 * DAY
        case Every.HALF_MONTH:
            return (day.replace(day=1), day.replace(day=HALF)) if day.day <= HALF else (day.replace(day=HALF + 1), end)
        case Every.MONTH:
            return day.replace(day=1), end
        case Every.QUARTER:
            month = day.month - (day.month - 1) % MONTHS_OF_QUARTER
            return date(day.year, month, 1), last_day(day.year, month + MONTHS_OF_QUARTER - 1)


def due(scheme: Scheme, on: date) -> tuple[Due, ...]:
    """Every duty as it stands on a day: what is due first comes first."""
    found = []
    for duty in scheme.monthly.duties:
        now = term(duty, on)
        last = now.due if now.due <= on else now.before().due
        coming = now.due if now.due > on else now.after().due
        found.append(Due(duty, now, last, coming, (now.due - on).days))
    return tuple(sorted(found, key=lambda one: one.next if one.days < 0 else one.now.due))


def unreported(course: Course, on: date) -> Iterator[Missing]:
    """By each duty of reporting who is behind for any month since the county's first, and who is still to report.

    Of a month that was made final nothing is due any more.
    """
    final = {month.period for month in course.months if month.final}
    for duty in course.scheme.monthly.duties:
        if not duty.reporting:
            continue
        one = term(duty, on)
        terms = []
        # of months before the county's first nothing was asked
        while one.period >= course.months[0].period:
            terms.append(one)
            one = one.before()
        for asked in reversed(terms):
            if asked.period not in final:
                yield from _unreported(course, asked, on)


def _unreported(course: Course, one: Term, on: date) -> Iterator[Missing]:
    month = next((month for month in course.months if month.period == one.period), None)
    units = (course.now if month is None else month).assessment.units
    for (_, township), rows in units.township_groups.items():
        absent = tuple(units.name[row] for row in rows.tolist() if month is None or not units.reported[row])
        if absent:
            yield Missing(one.duty, one.period, one.due, (one.due - on).days, township, len(rows), absent)


__all__ = ["Due", "Missing", "Term", "due", "term", "unreported"]
