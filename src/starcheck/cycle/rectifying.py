"""整改销号: every shortfall from the month it is first seen to the one in which the data show it met.

Nothing is reported by hand: a shortfall opens when an item is first 未达标, stays open while it is unknown or nobody
reports, closes when it is met, and opens anew, with a new deadline, when it falls back. Of a unit that there is no more
(失效, 并入) nothing is owed. Of an item made of tasks (任务) those that fail are what is followed, each by who is
responsible for it; and what is asked of a township (分组) as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import Enum
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from starcheck.column import Verdict
from starcheck.cycle.course import ABSENT, Course, RatedMonth
from starcheck.diagnostic import NOWHERE, Location
from starcheck.grouping import GroupVerdict
from starcheck.scheme import BY_TOWNSHIP, Criterion, GroupCriterion, Scheme
from starcheck.units import fold

_NOT_THERE = np.int8(-3)
"""No such unit or item that month, or the unit has not reported."""
_SPARED = np.int8(-4)
"""A task missed, or unknown, that its item is met without."""
_CLOSING = np.array([Verdict.MET, Verdict.NOT_APPLICABLE, _SPARED], np.int8)


class Stage(Enum):
    """Where a shortfall stands in the month that is asked about."""

    OPEN = "open"
    UNPROVEN = "unproven"
    """Open, and now unknown: a blank closes nothing."""
    SILENT = "silent"
    """Open, and the unit has not reported now."""
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    """It no longer counts: 不适用, or no item of the standard any more, or no unit of the register."""
    SPARED = "spared"
    """A task that is still not met, but that its item is met without."""


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


class GroupPlace(NamedTuple):
    """A group of units of which something is asked as a whole (分组): what it is grouped ``by``, and its name."""

    by: str
    name: str


@dataclass(frozen=True, slots=True)
class Shortfall:
    """What a unit, or a group of units, missed: since when this time, how often, until when, by whom.

    Of an item made of tasks (任务) it is the task that was missed, and ``part_of`` what that is part of, its item last.
    ``unit`` is its place in the course's keys, ``row`` its row in the last month (``ABSENT`` where it has none).
    Of a ``group`` both are ``ABSENT``, and ``asked`` is how it was judged in the last month.
    ``closed`` is the month that showed it met, or that it no longer counted.
    """

    unit: int
    row: int
    criterion: Criterion | GroupCriterion
    part_of: tuple[Criterion, ...]
    group: GroupPlace | None
    asked: GroupVerdict | None
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
    """Everything that was missed in any month of the course, as it stands on a day.

    By unit, then item, or task; after them what is asked of groups of units.
    """
    told = notes or {}
    return (*_of_units(course, on, told), *_of_groups(course, on, told))


def _of_units(course: Course, on: date, notes: Notes) -> Iterator[Shortfall]:
    chains = _chains(course)
    told = np.stack([_owed_by_units(course, place, chains) for place in range(len(course.months))])
    for unit in course.gone:
        last = max(place for place, rows in enumerate(course.places) if rows[unit] != ABSENT)
        told[last + 1 :, unit] = Verdict.NOT_APPLICABLE
    rounds = _rounds(told)
    for unit, number in np.argwhere(rounds.times > 0).tolist():
        part, *above = chains[number]
        key = course.keys[unit]
        # a note on an item is one on each of its tasks that has none of its own
        given = next((notes[key, one.id] for one in chains[number] if (key, one.id) in notes), ())
        days = next((one.days for one in chains[number] if one.days is not None), None)
        found = _Found(course, rounds, unit, number, on, given, days)
        yield found.shortfall(unit, int(course.places[-1][unit]), part, tuple(above))


def _of_groups(course: Course, on: date, notes: Notes) -> Iterator[Shortfall]:
    """What is asked of townships and other groups, where somebody is responsible for it or something is to be done."""
    asked: dict[tuple[GroupPlace, str], GroupCriterion] = {}
    months: list[dict[tuple[GroupPlace, str], tuple[int, GroupVerdict]]] = []
    for month in course.months:
        here = {
            (GroupPlace(kind.group.by, result.name), verdict.criterion.id): (result.reported, verdict)
            for kind in month.assessment.groups
            for result in kind.results
            for verdict in result.verdicts
            if verdict.criterion.owner or verdict.criterion.remedy
        }
        months.append(here)
        asked |= {key: verdict.criterion for key, (_, verdict) in here.items()}
    if not asked:
        return
    told = np.full((len(months), len(asked), 1), Verdict.NOT_APPLICABLE, np.int8)
    for place, (month, here) in enumerate(zip(course.months, months, strict=True)):
        for number, key in enumerate(asked):
            reported, verdict = here.get(key, (0, None))
            if verdict is not None and reported:
                told[place, number] = verdict.verdict
            elif verdict is not None or _may_be_silent(month, *key):
                told[place, number] = _NOT_THERE
    rounds = _rounds(told)
    for number, (key, criterion) in enumerate(asked.items()):
        if rounds.times[number, 0]:
            group, now = key[0], months[-1].get(key)
            found = _Found(course, rounds, number, 0, on, notes.get((group.name, criterion.id), ()), None)
            yield found.shortfall(ABSENT, ABSENT, criterion, group=group, asked=None if now is None else now[1])


def _may_be_silent(month: RatedMonth, place: GroupPlace, criterion: str) -> bool:
    """Whether a group that a month has no unit of may be there all the same, and be asked for that."""
    group = next(
        (one for one in month.assessment.scheme.groups if criterion in {part.id for part in one.criteria}), None
    )
    if group is None or group.by != place.by:
        return False
    if month.register is None:
        return True
    if place.by == BY_TOWNSHIP:
        return fold(place.name) not in month.register.townships
    return not month.assessment.units.reported.all()


# --- what is owed, month by month -------------------------------------------------------------------------------------


def _chains(course: Course) -> tuple[tuple[Criterion, ...], ...]:
    """Everything that is judged, each with what it is part of: of the last month's standard, then what that lacks."""
    found: dict[str, tuple[Criterion, ...]] = {}
    for month in reversed(course.months):
        scheme: Scheme = month.assessment.scheme
        for part in scheme.criteria:
            found.setdefault(part.id, scheme.upward(part))
    return tuple(found.values())


def _owed_by_units(course: Course, place: int, chains: Sequence[Sequence[Criterion]]) -> NDArray[np.int8]:
    """Of one month what all units owe of everything; what the standard has no more counts as 不适用."""
    assessment, rows = course.months[place].assessment, course.places[place]
    there = (rows != ABSENT) & np.where(rows == ABSENT, False, assessment.units.reported[rows])
    found = np.full((len(rows), len(chains)), _NOT_THERE)
    verdicts = dict(
        zip((part.id for part in assessment.scheme.criteria), assessment.verdicts[rows[there]].T, strict=True)
    )
    for number, (part, *_) in enumerate(chains):
        here = assessment.scheme.find_criterion(part.id)
        owed = Verdict.NOT_APPLICABLE if here is None else _owed(here, assessment.scheme, verdicts)
        found[there, number] = owed
    return found


def _owed(part: Criterion, scheme: Scheme, verdicts: Mapping[str, NDArray[np.int8]]) -> NDArray[np.int8]:
    """The verdicts on a part as far as it is to be mended.

    A task is where its item is missed; one that its item is met without is not. An item of tasks is for itself only
    where no task can be named: else they are.
    """
    found = verdicts[part.id].copy()
    for item in scheme.upward(part)[1:]:
        whole = verdicts[item.id]
        lacking = (found == Verdict.UNMET) | (found == Verdict.UNKNOWN)
        found[lacking & (whole == Verdict.MET)] = _SPARED
        found[lacking & (whole == Verdict.NOT_APPLICABLE)] = Verdict.NOT_APPLICABLE
        found[(found == Verdict.UNMET) & (whole == Verdict.UNKNOWN)] = Verdict.UNKNOWN
    for task in part.with_tasks[1:]:
        if not task.tasks:
            named = _owed(task, scheme, verdicts) == Verdict.UNMET
            found[(found == Verdict.UNMET) & named] = Verdict.NOT_APPLICABLE
    return found


@dataclass(frozen=True, slots=True)
class _Rounds:
    """What the months leave behind of each unit and item: whether it is open, since which month, how often it was.

    ``told`` are the months' verdicts; ``ended`` is the one that closed it last.
    """

    told: NDArray[np.int8]
    is_open: NDArray[np.bool_]
    since: NDArray[Any]
    first: NDArray[Any]
    closed: NDArray[Any]
    ended: NDArray[np.int8]
    times: NDArray[np.int64]


def _rounds(told: NDArray[np.int8]) -> _Rounds:
    is_open = np.zeros(told.shape[1:], bool)
    since = np.full(told.shape[1:], -1)
    first, closed, times = since.copy(), since.copy(), np.zeros(told.shape[1:], np.int64)
    ended = np.zeros(told.shape[1:], np.int8)
    for place, verdicts in enumerate(told):
        opens = (verdicts == Verdict.UNMET) & ~is_open
        since[opens] = place
        first[opens & (times == 0)] = place
        times += opens
        closes = np.isin(verdicts, _CLOSING) & is_open
        closed[closes] = place
        ended[closes] = verdicts[closes]
        is_open = (is_open | opens) & ~closes
    return _Rounds(told, is_open, since, first, closed, ended, times)


@dataclass(frozen=True, slots=True)
class _Found:
    """One shortfall among the ``rounds``, on a day, with the notes on it and the days that it allows itself."""

    course: Course
    rounds: _Rounds
    unit: int
    number: int
    on: date
    notes: Sequence[Note]
    days: int | None

    def shortfall(
        self,
        unit: int,
        row: int,
        criterion: Criterion | GroupCriterion,
        part_of: tuple[Criterion, ...] = (),
        *,
        group: GroupPlace | None = None,
        asked: GroupVerdict | None = None,
    ) -> Shortfall:
        months, rounds, here = self.course.months, self.rounds, (self.unit, self.number)
        rule = self.course.scheme.monthly.rectifying
        start, is_open = months[int(rounds.since[here])], bool(rounds.is_open[here])
        opened_on = start.assessment.as_of
        allowed = self.days if self.days is not None else None if rule is None else rule.days
        by_rule = None if allowed is None else opened_on + timedelta(days=allowed)
        own = [note for note in self.notes if self.of_this_round(note)]
        note, clashes = _settled(own, by_rule)
        deadline = note.deadline or by_rule
        left = None if deadline is None or not is_open else (deadline - self.on).days
        return Shortfall(
            unit=unit,
            row=row,
            criterion=criterion,
            part_of=part_of,
            group=group,
            asked=asked,
            stage=self.stage(),
            opened=start.period,
            opened_on=opened_on,
            first=months[int(rounds.first[here])].period,
            times=int(rounds.times[here]),
            closed=None if is_open else months[int(rounds.closed[here])].period,
            deadline=deadline,
            days_left=left,
            light=None if left is None else _light(left, 0 if rule is None else rule.soon),
            remark=note.remark,
            clashes=clashes,
            outdated=() if own else tuple(self.notes),
        )

    def of_this_round(self, note: Note) -> bool:
        """Whether a note was written since the shortfall was seen this time.

        By the month it tells: nothing between that one and the one in which the round opens now, which a correction may
        have moved, showed the item met. A note that tells no round is of this one, unless its deadline comes before.
        """
        months, here = self.course.months, (self.unit, self.number)
        start = months[int(self.rounds.since[here])]
        if note.opened is not None:
            first, last = sorted((note.opened, start.period))
            between = [place for place, month in enumerate(months) if first <= month.period < last]
            settled = np.isin(self.rounds.told[between, self.unit, self.number], _CLOSING)
            return last <= self.course.now.period and not settled.any()
        times = int(self.rounds.times[here])
        if note.times is not None:
            return note.times == times
        return times == 1 or note.deadline is None or note.deadline > start.assessment.as_of

    def stage(self) -> Stage:
        here = self.unit, self.number
        if not self.rounds.is_open[here]:
            ways = {int(Verdict.NOT_APPLICABLE): Stage.WITHDRAWN, int(_SPARED): Stage.SPARED}
            return ways.get(int(self.rounds.ended[here]), Stage.CLOSED)
        match self.rounds.told[-1, self.unit, self.number]:
            case Verdict.UNMET:
                return Stage.OPEN
            case Verdict.UNKNOWN:
                return Stage.UNPROVEN
            case _:
                return Stage.SILENT


def _light(left: int, soon: int) -> Light:
    return Light.RED if left < 0 else Light.YELLOW if left <= soon else Light.GREEN


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


__all__ = ["Clash", "GroupPlace", "Light", "Note", "Notes", "Shortfall", "Stage", "shortfalls"]
