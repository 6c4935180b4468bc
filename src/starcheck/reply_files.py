"""The files in which departments answer about 负面清单, read: every answer with its cell, every row that is none."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import numpy as np

from starcheck.column import Kind, Reason
from starcheck.cycle.course import Course
from starcheck.cycle.reviewing import Review, departments, review_of
from starcheck.cycle_files import Line, UnitsByName, read_lines
from starcheck.diagnostic import Diagnostic, Text
from starcheck.fields import CellProblem, LedgerSchema, expectation, read_cell
from starcheck.history import InputRecord
from starcheck.identity import REPLY_COLUMNS
from starcheck.inbox import same_place
from starcheck.messages import both
from starcheck.private import masked
from starcheck.replies import Answer, answer_words, read_as
from starcheck.scheme import LedgerField, Veto
from starcheck.units import OF_MERIT, fold, is_blank
from starcheck.workspace import Stop

_DAY = LedgerField("发生日期", "发生日期", ("发生日期",), Kind.DATE, None, None, (), "field")


@dataclass(frozen=True, eq=False)
class Replies:
    """What files of replies say: the answers in their order, what is to be said of the rows, the files themselves."""

    answers: tuple[Answer, ...]
    blank: int
    """Rows of the list in which nothing is confirmed."""
    diagnostics: tuple[Diagnostic, ...]
    inputs: tuple[InputRecord, ...]


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asked what: the months of the period, as they were sent, and whether the period was told or inferred.

    ``department`` is whose reply it is where the rows do not say.
    """

    quarter: Course
    review: Review
    told: bool
    department: str | None = None


def read_replies(paths: Sequence[Path], asker: Asker) -> Replies:
    """The answers of files.

    Raises ``Stop``: 2 where a file is not there, or neither it nor anybody says of which quarter it is; 3 where one
    cannot be read or is no reply.
    """
    reading = _Reading(asker)
    inputs = []
    for path in paths:
        lines, said = read_lines(path, REPLY_COLUMNS, ("name", "veto", "confirmed"))
        reading.problems += said
        inputs.append(InputRecord(path.name, hashlib.sha256(path.read_bytes()).hexdigest(), "read"))
        for line in lines:
            reading.take(line)
    answers = tuple(reading.answers())
    return Replies(answers, reading.blank, tuple(reading.problems), tuple(inputs))


@dataclass(slots=True)
class _Row:
    """A row that is about a unit and a veto of the list, and that says something."""

    line: Line
    unit: str
    name: str
    veto: Veto
    department: str


@dataclass(eq=False)
class _Reading:
    asker: Asker
    problems: list[Diagnostic] = field(default_factory=list)
    rows: list[_Row] = field(default_factory=list)
    blank: int = 0
    _elsewhere: set[tuple[str | None, str]] = field(default_factory=set)

    def __post_init__(self) -> None:
        scheme = self.asker.quarter.scheme
        self.vetoes = {fold(veto.id).casefold(): veto for veto in scheme.vetoes}
        self.known = [name for name in departments(scheme) if name is not None]
        self.units = UnitsByName(self.asker.quarter)

    def take(self, line: Line) -> None:
        """Look at a row: whose it is, about what, and whether it is one that was asked for."""
        if self._of_another(line):
            return
        unit = self.units.find(line)
        if unit is None:
            shown = " ".join(filter(None, (line["township"], line["name"], line["code"])))
            self.problems.append(Diagnostic("R460", line.where, found=shown))
            return
        veto = self.vetoes.get(fold(line["veto"]).casefold())
        department = None if veto is None else self._department(line, veto)
        if veto is None or department is None:
            self._not_theirs(line, veto)
            return
        if is_blank(line["confirmed"]):
            self.blank += 1
            return
        self.rows.append(_Row(line, self.units.key(unit), self.units.called(unit)[1], veto, department))

    def _of_another(self, line: Line) -> bool:
        """Whether a row is of another period or county, which is said once for each in a file."""
        quarter, county = line["quarter"], line["county"]
        if not quarter and not self.asker.told:
            raise Stop(2, both("stop.reply_quarter", file=line.where.file), tuple(self.problems))
        review = review_of(quarter) if quarter else self.asker.review
        of_county = not county or same_place(county, self.asker.quarter.county)
        if of_county and review is not None and review.text == self.asker.review.text:
            return False
        shown = f"{quarter} {county}".strip()
        if (line.where.file, shown) not in self._elsewhere:
            self._elsewhere.add((line.where.file, shown))
            expected = f"{self.asker.review.text} {self.asker.quarter.county}"
            self.problems.append(Diagnostic("R462", line.where, found=shown, expected=expected))
        return True

    def _department(self, line: Line, veto: Veto) -> str | None:
        """Whose answer a row is; None where that is not known, or somebody's whose veto it is not."""
        written = line["department"] or self.asker.department or ""
        nobody = both("vetoes.nobody")
        if not written or written in nobody:
            if len(veto.reviewers) > 1:
                return None
            return veto.reviewers[0] if veto.reviewers else nobody[0]
        name = named(written, self.known)
        if not veto.reviewers:
            return name or written
        return name if name in veto.reviewers else None

    def _not_theirs(self, line: Line, veto: Veto | None) -> None:
        expected: Text = both("vetoes.no_such")
        if veto is not None:
            expected = ("、".join(veto.reviewers), ", ".join(veto.reviewers))
        department = line["department"] or self.asker.department
        told: str | Text = department or both("vetoes.unsaid")
        found = " ".join(filter(None, (line["veto"], line["name"])))
        self.problems.append(
            Diagnostic("R461", line.where, found=found, expected=expected, arguments={"department": told})
        )

    def answers(self) -> Iterator[Answer]:
        """What the rows say, one answer for each department, veto and unit."""
        said: dict[tuple[str, str, str, str], list[Answer]] = {}
        for veto in self.vetoes.values():
            own = [row for row in self.rows if row.veto is veto]
            for answer in self._dated(veto, own, self._read(veto, own)):
                said.setdefault(answer.key, []).append(answer)
        for alike in said.values():
            differing = [one for one in alike if not one.same(alike[0])]
            if not differing:
                yield alike[0]
                continue
            shown = "；".join(f"{answer_words(one)}（{one.where}）" for one in alike)
            arguments: dict[str, str | Text] = {"department": alike[0].department}
            place = differing[0].where
            self.problems.append(
                Diagnostic(
                    "R463", place, unit=self._called(alike[0]), field=alike[0].veto, found=shown, arguments=arguments
                )
            )
            yield replace(alike[0], value=None, reason=Reason.CONFLICTING.word, happened=None, where=place)

    def _called(self, answer: Answer) -> str:
        return next(row.name for row in self.rows if row.unit == answer.unit)

    def _read(self, veto: Veto, rows: Sequence[_Row]) -> list[Answer]:
        """The cells as the veto's column would be read in a ledger, with what is wrong with them.

        达标 under 确认 may be said of the village, for which it is well, or of the veto, for which it is not.
        """
        if not rows:
            return []
        item = self.asker.quarter.scheme.ledger_columns[veto.id]
        cells = [row.line.cells["confirmed"][0] for row in rows]
        unit = next((unit for row in rows if (unit := row.line.units.get("confirmed"))), None)
        read = LedgerSchema(self.asker.quarter.scheme).read(veto.id, cells, unit, np.ones(len(cells), bool))
        merits = [
            place
            for place, row in enumerate(rows)
            if item.kind is Kind.YESNO and fold(row.line["confirmed"]).casefold() in OF_MERIT
        ]
        read.column.reason[merits] = Reason.UNREADABLE
        said = (*read.problems, *(CellProblem(place, "V306", rows[place].line["confirmed"]) for place in merits))
        for problem in said:
            self.problems.append(
                Diagnostic(
                    problem.code,
                    rows[problem.row].line.cells["confirmed"][1],
                    unit=rows[problem.row].name,
                    field=veto.id,
                    found=problem.found,
                    expected=expectation(item),
                    arguments=problem.arguments,
                )
            )
        found = []
        for place, row in enumerate(rows):
            reason = Reason(int(read.column.reason[place]))
            value = kept(item, read.column.values[place]) if reason is Reason.KNOWN else None
            line = row.line
            where, note = line.cells["confirmed"][1], masked(line["note"])
            found.append(
                Answer(row.unit, veto.id, row.department, self.asker.review, value, reason.word, None, note, where)
            )
        return found

    def _dated(self, veto: Veto, rows: Sequence[_Row], answers: Sequence[Answer]) -> Iterator[Answer]:
        """The same with the day that what is confirmed happened; a yes without one is said.

        One after the period cannot be right, and of what happened then nothing is known: no yes for months before it.
        """
        if not answers:
            return
        _, states = read_as(self.asker.quarter.now.assessment.ledger, veto, answers)
        for row, answer, state in zip(rows, answers, states, strict=True):
            if state != 1:
                yield answer
                continue
            cell, where = row.line.cells.get("happened", (None, answer.where))
            reading = read_cell(_DAY, cell, None)
            days = reading.value if isinstance(reading.value, tuple) else None
            wrong = _wrong(days, self.asker.review, blank=reading.reason is Reason.BLANK)
            if wrong is None:
                yield replace(answer, happened=days)
                continue
            self.problems.append(
                Diagnostic(
                    "R468",
                    where,
                    unit=row.name,
                    field=veto.id,
                    found=row.line["happened"] or "—",
                    expected=self.asker.review.text,
                    arguments={"reason": both(f"vetoes.day.{wrong}", period=self.asker.review.text)},
                )
            )
            yield replace(answer, value=None, reason=Reason.INVALID.word) if wrong == "late" else answer


def _wrong(days: tuple[date, date] | None, review: Review, *, blank: bool) -> str | None:
    if days is None:
        return "blank" if blank else "unread"
    if days[0] > review.last:
        return "late"
    return "early" if days[1] < review.first else None


def kept(item: LedgerField, value: object) -> object:
    """A value of a column as the store keeps it."""
    match item.kind:
        case Kind.YESNO:
            return bool(value)
        case Kind.OPTION:
            return item.options[int(value)]  # type: ignore[call-overload]
        case Kind.DATE:
            return [date.fromordinal(int(day)).isoformat() for day in value]  # type: ignore[attr-defined]
        case Kind.TEXT:
            return value
        case _:
            return float(f"{value:.15g}")


def named(written: str, known: Sequence[str]) -> str | None:
    """The department that is meant: as written, else the only one whose name holds it, or that it holds."""
    word = fold(written)
    exact = [name for name in known if fold(name) == word]
    found = exact or [name for name in known if word in fold(name) or fold(name) in word]
    return found[0] if len(found) == 1 else None
