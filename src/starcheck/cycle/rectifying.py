"""整改销号: every shortfall from the month it is first seen to the one in which the data show it met.

Nothing is reported by hand: a shortfall opens when an item is first 未达标, stays open while it is unknown or nobody
reports, closes when it is met, and opens anew, with a new deadline, when it falls back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from starcheck.column import Verdict
from starcheck.cycle.course import ABSENT, Course
from starcheck.diagnostic import NOWHERE, Location
from starcheck.scheme import Criterion, Scheme

_NOT_THERE = np.int8(-3)
"""No such unit or item that month, or the unit has not reported."""


class Stage(Enum):
    """Where a shortfall stands in the month that is asked about."""

    OPEN = "open"
    UNPROVEN = "unproven"
    """Open, and now unknown: a blank closes nothing."""
    SILENT = "silent"
    """Open, and the unit has not reported now."""
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    """It no longer counts for the unit: 不适用, or no item of the standard any more."""


class Light(Enum):
    """红黄绿 of an open shortfall: overdue, soon due, in time."""

    RED = "red"
    YELLOW = "yellow"
    GREEN = "green"


@dataclass(frozen=True, slots=True)
class Note:
    """What the office says of a shortfall: a deadline of its own, and a remark; and where it says each of them.

    ``opened`` (a month) or ``times`` tells in which round it was written: since it was seen, or seen again.
    """

    deadline: date | None = None
    remark: str | None = None
    opened: str | None = None
    times: int | None = None
    where: Location = NOWHERE
    cells: Mapping[str, Location] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Clash:
    """Two notes on one shortfall that say otherwise, about its ``deadline`` or its ``remark``: neither counts."""

    what: str
    first: Note
    second: Note


@dataclass(frozen=True, slots=True)
class Shortfall:
    """An item that a unit missed: since when this time, how often, until when, by whom.

    ``unit`` is its place in the course's keys, ``row`` its row in the last month (``ABSENT`` where it has none).
    ``closed`` is the month that showed it met, or that it no longer counted.
    """

    unit: int
    row: int
    criterion: Criterion
    stage: Stage
    opened: str
    opened_on: date
    first: str
    times: int
    closed: str | None
    deadline: date | None
    days_left: int | None
    light: Light | None
    remark: str | None
    clashes: tuple[Clash, ...] = ()
    outdated: tuple[Note, ...] = ()
    """Notes of another round, where there are none of this one."""

    @property
    def is_open(self) -> bool:
        """Whether there is something left to be done."""
        return self.stage in {Stage.OPEN, Stage.UNPROVEN, Stage.SILENT}


Notes = Mapping[tuple[str, str], Sequence[Note]]
"""What the office says, by the unit's key and the item's 编号; the list as it was written says each thing twice."""


def shortfalls(course: Course, on: date, notes: Notes | None = None) -> tuple[Shortfall, ...]:
    """Every item that a unit missed in any month of the course, as it stands on a day; by unit, then item."""
    items = _items(course)
    told = np.stack([_verdicts(course, place, items) for place in range(len(course.months))])
    is_open = np.zeros(told.shape[1:], bool)
    since = np.full(told.shape[1:], -1)
    first, closed, times = since.copy(), since.copy(), np.zeros(told.shape[1:], np.int64)
    withdrawn = np.zeros(told.shape[1:], bool)
    for place, verdicts in enumerate(told):
        opens = (verdicts == Verdict.UNMET) & ~is_open
        since[opens] = place
        first[opens & (times == 0)] = place
        times += opens
        gone = (verdicts == Verdict.NOT_APPLICABLE) & is_open
        closes = ((verdicts == Verdict.MET) & is_open) | gone
        closed[closes] = place
        closed[opens] = -1
        withdrawn[closes] = gone[closes]
        is_open = (is_open | opens) & ~closes
    found = _Found(course, items, told, is_open, since, first, closed, times, withdrawn)
    return tuple(found.each(on, notes or {}))


def _items(course: Course) -> tuple[Criterion, ...]:
    """The items of the last month's standard, then those of earlier ones that it lacks."""
    found: dict[str, Criterion] = {}
    for month in reversed(course.months):
        scheme: Scheme = month.assessment.scheme
        for item in scheme.items:
            found.setdefault(item.id, item)
    return tuple(found.values())


def _verdicts(course: Course, place: int, items: Sequence[Criterion]) -> NDArray[np.int8]:
    """Of one month the verdicts of all units on all items; an item that the standard has no more counts as 不适用."""
    assessment, rows = course.months[place].assessment, course.places[place]
    columns = {part.id: column for column, part in enumerate(assessment.scheme.criteria)}
    there = (rows != ABSENT) & np.where(rows == ABSENT, False, assessment.units.reported[rows])
    found = np.full((len(rows), len(items)), _NOT_THERE)
    for number, item in enumerate(items):
        column = columns.get(item.id)
        if column is None:
            found[there, number] = Verdict.NOT_APPLICABLE
        else:
            found[there, number] = assessment.verdicts[rows[there], column]
    return found


@dataclass(frozen=True, slots=True)
class _Found:
    """The arrays over units × items that the months leave behind."""

    course: Course
    items: Sequence[Criterion]
    told: NDArray[np.int8]
    """The verdicts, month by month."""
    is_open: NDArray[np.bool_]
    since: NDArray[Any]
    first: NDArray[Any]
    closed: NDArray[Any]
    times: NDArray[np.int64]
    withdrawn: NDArray[np.bool_]

    def each(self, on: date, notes: Notes) -> Iterator[Shortfall]:
        months = self.course.months
        rule = self.course.scheme.monthly.rectifying
        for unit, number in np.argwhere(self.times > 0).tolist():
            item, start = self.items[number], months[int(self.since[unit, number])]
            allowed = item.days if item.days is not None else None if rule is None else rule.days
            opened_on = start.assessment.as_of
            by_rule = None if allowed is None else opened_on + timedelta(days=allowed)
            given = notes.get((self.course.keys[unit], item.id), ())
            own = [note for note in given if self.of_this_round(note, unit, number)]
            note, clashes = _settled(own, by_rule)
            deadline = note.deadline or by_rule
            stage = self.stage(unit, number)
            left = None if deadline is None or not self.is_open[unit, number] else (deadline - on).days
            soon = 0 if rule is None else rule.soon
            end = int(self.closed[unit, number])
            yield Shortfall(
                unit=unit,
                row=int(self.course.places[-1][unit]),
                criterion=item,
                stage=stage,
                opened=start.period,
                opened_on=opened_on,
                first=months[int(self.first[unit, number])].period,
                times=int(self.times[unit, number]),
                closed=None if self.is_open[unit, number] else months[end].period,
                deadline=deadline,
                days_left=left,
                light=None
                if left is None
                else Light.RED
                if left < 0
                else Light.YELLOW
                if left <= soon
                else Light.GREEN,
                remark=note.remark,
                clashes=clashes,
                outdated=() if own else tuple(given),
            )

    def of_this_round(self, note: Note, unit: int, number: int) -> bool:
        """Whether a note was written since the shortfall was seen this time.

        By the month it tells: nothing between that one and the one in which the round opens now, which a correction may
        have moved, showed the item met. A note that tells no round is of this one, unless its deadline comes before.
        """
        months, since = self.course.months, int(self.since[unit, number])
        if note.opened is not None:
            first, last = sorted((note.opened, months[since].period))
            between = [place for place, month in enumerate(months) if first <= month.period < last]
            settled = np.isin(self.told[between, unit, number], (Verdict.MET, Verdict.NOT_APPLICABLE))
            return last <= self.course.now.period and not settled.any()
        times = int(self.times[unit, number])
        if note.times is not None:
            return note.times == times
        return times == 1 or note.deadline is None or note.deadline > months[since].assessment.as_of

    def stage(self, unit: int, number: int) -> Stage:
        if not self.is_open[unit, number]:
            return Stage.WITHDRAWN if self.withdrawn[unit, number] else Stage.CLOSED
        match self.told[-1, unit, number]:
            case Verdict.UNMET:
                return Stage.OPEN
            case Verdict.UNKNOWN:
                return Stage.UNPROVEN
            case _:
                return Stage.SILENT


def _settled(notes: Sequence[Note], by_rule: date | None) -> tuple[Note, tuple[Clash, ...]]:
    """What notes on one shortfall say together.

    The list as it was written has what is overdue twice: where somebody has changed one of the two, the other still
    says what the rule does, and is no second opinion.
    """
    said: dict[str, Any] = {}
    clashes = []
    for what, unchanged in (("deadline", by_rule), ("remark", None)):
        values = {getattr(note, what): note for note in reversed(notes) if getattr(note, what) is not None}
        if len(values) > 1:
            values.pop(unchanged, None)
        if len(values) > 1:
            second, first = list(values.values())[-2:]
            clashes.append(Clash(what, first, second))
        elif values:
            said[what] = next(iter(values))
    return Note(**said), tuple(clashes)


__all__ = ["Clash", "Light", "Note", "Notes", "Shortfall", "Stage", "shortfalls"]
