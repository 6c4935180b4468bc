"""A county's months under one scheme, side by side: which unit of one month is which of another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from starcheck.ledger import keys_over
from starcheck.register import Register
from starcheck.scheme import Scheme
from starcheck.scoring import Assessment
from starcheck.units import fold

Places = NDArray[np.intp]

ABSENT = -1
"""The place of a unit in a month that has no such unit."""


@dataclass(frozen=True, slots=True, eq=False)
class RatedMonth:
    """A month as it counts now, rated as ``report`` rates it.

    ``targets`` are how many units of each tier there should be, ``township_targets`` the same by township, both where
    they were given as numbers; each unit's own target is in ``assessment.units``. ``final`` is set where the county
    closed it (终评). ``register`` says who must appear; None where there is none.
    """

    period: str
    assessment: Assessment
    targets: Mapping[int, int] = field(default_factory=dict)
    township_targets: Mapping[str, Mapping[int, int]] = field(default_factory=dict)
    final: bool = False
    register: Register | None = None


@dataclass(frozen=True, eq=False)
class Course:
    """The months of a county that are recorded, oldest first; the last is the one that is asked about.

    A month that was never recorded is not there: ``gaps`` names those between the first and the last.
    """

    county: str
    months: tuple[RatedMonth, ...]

    @property
    def now(self) -> RatedMonth:
        """The month that is asked about."""
        return self.months[-1]

    @property
    def scheme(self) -> Scheme:
        """The scheme of the month that is asked about."""
        return self.now.assessment.scheme

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """Every unit of any month by its key: those of the newest month in its order, then those it lacks."""
        return tuple(dict.fromkeys(key for keys in reversed(self.keys_then) for key in keys))

    @cached_property
    def keys_then(self) -> tuple[Sequence[str], ...]:
        """For each month the keys of its units, as newer months know them."""
        units = [month.assessment.units for month in self.months]
        return tuple(reversed(keys_over(units[::-1])))

    @cached_property
    def places(self) -> tuple[Places, ...]:
        """For each month where each of ``keys`` stands in it, ``ABSENT`` where it has no such unit."""
        found = []
        for keys in self.keys_then:
            here = {key: place for place, key in enumerate(keys)}
            found.append(np.array([here.get(key, ABSENT) for key in self.keys], np.intp))
        return tuple(found)

    @cached_property
    def gone(self) -> frozenset[int]:
        """The units of earlier months that the newest one's register says there are no more: 失效, 并入, or left out.

        Where it says nothing of them, as of a township that it lacks, they have not reported.
        """
        register = self.now.register
        if register is None:
            return frozenset()
        known = {entry.key for entry in register.entries}
        return frozenset(
            unit
            for unit, row in enumerate(self.places[-1].tolist())
            if row == ABSENT and (self.keys[unit] in known or fold(self.called(unit)[0]) in register.townships)
        )

    def called(self, unit: int) -> tuple[str, str]:
        """Township and name of a unit, as its newest month has them."""
        for month, places in zip(reversed(self.months), reversed(self.places), strict=True):
            row = int(places[unit])
            if row != ABSENT:
                return month.assessment.units.township[row], month.assessment.units.name[row]
        raise IndexError(unit)

    @property
    def gaps(self) -> tuple[str, ...]:
        """Months between the first and the last that nothing is recorded of."""
        known = {month.period for month in self.months}
        return tuple(period for period in months_between(self.months[0].period, self.now.period) if period not in known)

    def rated_by(self, year: int) -> RatedMonth | None:
        """The month that a year is rated by: the last one made final, else the last recorded; None without any."""
        months = [month for month in self.months if int(month.period[:4]) == year]
        return next(reversed([month for month in months if month.final] or months), None)

    def until(self, place: int) -> Course:
        """The same as it was known at the month of that place."""
        if place == len(self.months) - 1:
            return self
        if place not in self._earlier:
            self._earlier[place] = Course(self.county, self.months[: place + 1])
        return self._earlier[place]

    @property
    def before(self) -> Course | None:
        """The same up to the recorded month before; None where there is none."""
        return self.until(len(self.months) - 2) if len(self.months) > 1 else None

    @property
    def last_month(self) -> Course | None:
        """The same up to the month before by the calendar; None where nothing is recorded of it."""
        before = self.before
        return before if before is not None and month_after(before.now.period) == self.now.period else None

    def then(self, month: RatedMonth) -> Course:
        """The same with a month more; what was worked out for the months so far is not worked out again."""
        course = Course(self.county, (*self.months, month))
        course._earlier.update(self._earlier)
        course._earlier[len(self.months) - 1] = self
        return course

    @cached_property
    def _earlier(self) -> dict[int, Course]:
        """The courses up to earlier months, by their places, as far as they were asked for."""
        return {}

    @cached_property
    def worked_out(self) -> dict[Any, Any]:
        """What was worked out for the last month, for whoever asks again."""
        return {}


def month_after(period: str) -> str:
    """``2022-12`` is followed by ``2023-01``; a year by the next year."""
    if "-" not in period:
        return f"{int(period) + 1:04d}"
    year, month = map(int, period.split("-"))
    return f"{year + month // 12:04d}-{month % 12 + 1:02d}"


def months_between(first: str, last: str) -> Sequence[str]:
    """Every period from the first to the last, both included."""
    periods = [first]
    while periods[-1] < last:
        periods.append(month_after(periods[-1]))
    return periods
