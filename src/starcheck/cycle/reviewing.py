"""负面清单联审: what each reviewing department is asked about a quarter, and what the ledgers of its months say."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from starcheck.column import Column
from starcheck.cycle.course import ABSENT, Course, months_between
from starcheck.scheme import Scheme, Veto
from starcheck.units import fold, last_day

MONTHS_OF_QUARTER = 3
_NUMERALS = "一二三四"
_QUARTER = re.compile(r"(20\d\d)(?:年|-)?(?:q|第)?([1-4一二三四])(?:季度?)?")


class Review(NamedTuple):
    """The time that departments are asked about: a quarter, or a year where a scheme is rated once a year."""

    text: str
    """As it is written: ``2023Q1``, ``2023``."""
    first: date
    last: date

    @property
    def periods(self) -> Sequence[str]:
        """The periods of ledgers in it."""
        if self.text.isdecimal():
            return (self.text,)
        return months_between(f"{self.first:%Y-%m}", f"{self.last:%Y-%m}")


def review_of(text: str) -> Review | None:
    """The quarter or year that is written: 2023Q1, 2023年第一季度, 2023; None where it is neither."""
    folded = fold(text).lower()
    if re.fullmatch(r"20\d\d年?", folded):
        year = int(folded[:4])
        return Review(f"{year}", date(year, 1, 1), date(year, 12, 31))
    match = _QUARTER.fullmatch(folded)
    if match is None:
        return None
    number = int(match[2]) if match[2].isdecimal() else _NUMERALS.index(match[2]) + 1
    return _quarter(int(match[1]), number)


def review_around(period: str) -> Review:
    """The quarter of a month; a year by itself."""
    year, _, month = period.partition("-")
    if not month:
        return Review(year, date(int(year), 1, 1), date(int(year), 12, 31))
    return _quarter(int(year), (int(month) - 1) // MONTHS_OF_QUARTER + 1)


def period_end(period: str) -> date:
    """The last day of a month or a year."""
    year, _, month = period.partition("-")
    return last_day(int(year), int(month)) if month else date(int(year), 12, 31)


def _quarter(year: int, number: int) -> Review:
    month = number * MONTHS_OF_QUARTER
    return Review(f"{year}Q{number}", date(year, month - MONTHS_OF_QUARTER + 1, 1), last_day(year, month))


@dataclass(frozen=True, slots=True)
class Said:
    """What the ledger of a month says of a veto: 1 triggered, 0 clear, -1 unknown, with the column and the cells."""

    period: str
    row: int
    state: int
    column: Column
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """What a department is asked: whether a unit is under a veto. ``unit`` is its place in the course's keys.

    ``department`` is None where the scheme names nobody. ``said`` is the newest month first, without those in which
    the unit did not report.
    """

    department: str | None
    veto: Veto
    unit: int
    said: tuple[Said, ...]

    @property
    def telling(self) -> Said | None:
        """The month that tells most: the newest that is triggered, else the newest that is known, else the newest."""
        order = sorted(self.said, key=lambda said: (said.state != 1, said.state < 0))
        return order[0] if order else None


def departments(scheme: Scheme) -> tuple[str | None, ...]:
    """Who reviews, in the order of the file; None last, where a veto names nobody."""
    named = dict.fromkeys(name for veto in scheme.vetoes for name in veto.reviewers)
    return (*named, *([None] if any(not veto.reviewers for veto in scheme.vetoes) else []))


def questions(course: Course) -> Iterator[Question]:
    """Every veto and unit that each department is asked about, the units in the order of the newest month."""
    for department in departments(course.scheme):
        for veto in course.scheme.vetoes:
            if department in veto.reviewers or (department is None and not veto.reviewers):
                for unit in range(len(course.keys)):
                    yield Question(department, veto, unit, tuple(_said(course, veto, unit)))


def _said(course: Course, veto: Veto, unit: int) -> Iterator[Said]:
    for month, places in zip(reversed(course.months), reversed(course.places), strict=True):
        row, assessment = int(places[unit]), month.assessment
        place = next((place for place, own in enumerate(assessment.scheme.vetoes) if own.id == veto.id), None)
        if row == ABSENT or place is None or not assessment.units.reported[row]:
            continue
        cells = tuple(assessment.ledger.addresses(row, veto.id))
        state = int(assessment.vetoes[row, place])
        yield Said(month.period, row, state, assessment.ledger.columns[veto.id], cells)
