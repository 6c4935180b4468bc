"""What ``vetoes`` does: 负面清单联审, the list of a quarter for each reviewing department."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

from starcheck.column import Reason
from starcheck.commands import Shown, open_store, tell, write_bytes
from starcheck.cycle.course import ABSENT, Course
from starcheck.cycle.reviewing import Question, Review, Said, departments, questions, review_around, review_of
from starcheck.cycle_commands import recorded_course
from starcheck.diagnostic import Lang, Text, pick
from starcheck.history import Store
from starcheck.messages import both
from starcheck.rectify_commands import unit_words
from starcheck.register import VILLAGE
from starcheck.report.figures import period_words, value_words
from starcheck.report.listing import Heading, Listing, Shows, Value
from starcheck.report.model import asked_words, effect_words, lasting_words
from starcheck.report.review_form import ReviewForm, review_workbook
from starcheck.report.sections import reason_words
from starcheck.units import fold
from starcheck.workspace import Settings, Stop

_UNFIT_FOR_FILES = re.compile(r'[\\/:*?"<>|\s]+')


@dataclass(frozen=True, eq=False)
class VetoReview:
    """A quarter's list, of one department or of all; ``folder`` is where each has a workbook of its own."""

    review: Review
    department: str | None = None
    folder: Path | None = None
    force: bool = False

    def listings(self, course: Course, _: Store) -> list[Listing]:
        """The departments with what each is asked; then what ledgers say is triggered, or all of one department."""
        quarter = self._quarter(course)
        asked = list(questions(quarter))
        names = self._departments(quarter)
        own = [one for one in asked if one.department in names]
        overview = _overview(quarter, self.review, own, names)
        if self.department is not None:
            return [overview, _list("asked", quarter, self.review, own, _ON_SCREEN)]
        triggered = [one for one in own if one.telling is not None and one.telling.state == 1]
        return [overview, _list("triggered", quarter, self.review, triggered, _ON_SCREEN)]

    def asked(self, course: Course, _: Store) -> list[Listing]:
        """The whole list, of the department asked for or of all, for files and programs."""
        quarter = self._quarter(course)
        names = self._departments(quarter)
        own = [one for one in questions(quarter) if one.department in names]
        return [_list("asked", quarter, self.review, own), _overview(quarter, self.review, own, names)]

    def write(self, course: Course, told: Settings, shown: Shown) -> None:
        """A workbook for each department. Raises ``Stop`` (2), with nothing written, where a file is there already."""
        assert self.folder is not None
        quarter = self._quarter(course)
        names = self._departments(quarter)
        paths = {name: self.folder / f"{_file_name(quarter, self.review, name, told)}.xlsx" for name in names}
        for path in paths.values():
            if path.exists() and not self.force:
                raise Stop(2, both("stop.out_exists", out=path))
        for name, own in groupby(questions(quarter), key=lambda one: one.department):
            if name in paths:
                asked = list(own)
                write_bytes(
                    paths[name], review_workbook(_form(quarter, self.review, name, asked, told)), make_folder=True
                )
                tell(shown, told, "vetoes.made", out=paths[name], n=len(asked))

    def _quarter(self, course: Course) -> Course:
        """The months of the quarter that are recorded."""
        return Course(course.county, tuple(month for month in course.months if month.period in self.review.periods))

    def _departments(self, quarter: Course) -> tuple[str | None, ...]:
        if not quarter.scheme.vetoes:
            raise Stop(2, both("stop.vetoes", scheme=quarter.scheme.id))
        known = departments(quarter.scheme)
        if self.department is None:
            return known
        found = [name for name in known if fold(self.department) in fold(_called(name)[0])]
        exact = [name for name in found if fold(self.department) == fold(_called(name)[0])]
        if not found:
            words = "、".join(_called(name)[0] for name in known)
            raise Stop(2, both("stop.department", department=self.department, known=words))
        return tuple(exact or found)


def review_told(told: Settings, quarter: str | None) -> tuple[Review, Settings]:
    """The quarter asked about, else that of the month told or of the newest one; and the last month of it as told.

    Raises ``Stop`` (2) where it is no quarter, or nothing is recorded of it.
    """
    asked = None if quarter is None else review_of(quarter)
    if quarter is not None and asked is None:
        raise Stop(2, both("stop.quarter", quarter=quarter))
    with open_store(told, create=False) as store:
        month, problems = store.month(told.county, told.scheme_id, None if asked else told.period)
        if month is None:
            raise Stop(2, (problems[0].message("zh"), problems[0].message("en")), problems)
        review = asked or review_around(month.period)
        known = store.periods(month.county, month.scheme_id)
    here = [period for period in known if period in review.periods]
    if not here:
        raise Stop(2, both("stop.quarter_none", quarter=review.text, known="、".join(known)))
    return review, replace(told, county=month.county, scheme=told.scheme or month.scheme_id, period=here[-1])


def write_lists(review: VetoReview, told: Settings, shown: Shown) -> int:
    """The workbooks of ``--to``."""
    with open_store(told, create=False) as store:
        course, _ = recorded_course(store, told)
    review.write(course, told, shown)
    return 0


def _called(department: str | None) -> Text:
    return both("vetoes.nobody") if department is None else (department, department)


def _file_name(quarter: Course, review: Review, department: str | None, told: Settings) -> str:
    words = "_".join(
        (quarter.county, review.text, pick(both("vetoes.sheet"), told.lang), pick(_called(department), told.lang))
    )
    return _UNFIT_FOR_FILES.sub("_", words).strip("_.")


_ON_SCREEN = frozenset({"township", "name", "veto", "case", "effect", "stated", "month", "cell"})
"""The columns that a page has room for."""


def _list(
    key: str, quarter: Course, review: Review, asked: Iterable[Question], only: Collection[str] | None = None
) -> Listing:
    """The questions as a list, of all columns or ``only`` those."""
    headings = _headings(quarter)
    kept = [place for place, heading in enumerate(headings) if only is None or heading.key in only]
    rows = [[row[place] for place in kept] for row in _rows(quarter, review, asked)]
    return Listing(key, both(f"vetoes.title.{key}"), [headings[place] for place in kept], rows, _notes(quarter))


def _headings(quarter: Course) -> list[Heading]:
    name = "sample.name" if quarter.scheme.unit_kind == VILLAGE else "rectify.name"
    return [
        Heading("number", both("vetoes.number"), Shows.WHOLE),
        Heading("township", both("townships.name")),
        Heading("name", both(name)),
        Heading("code", both("sample.code")),
        Heading("veto", both("sample.criterion")),
        Heading("case", both("controls.name")),
        Heading("trigger", both("explain.trigger")),
        Heading("effect", both("controls.effect")),
        Heading("stated", both("vetoes.stated")),
        Heading("state", both("vetoes.state"), only_json=True),
        Heading("month", both("vetoes.month")),
        Heading("cell", both("sample.cell")),
        Heading("confirmed", both("vetoes.confirmed")),
        Heading("happened", both("vetoes.happened")),
        Heading("remark", both("sample.note")),
        Heading("department", both("vetoes.department")),
        Heading("quarter", both("vetoes.quarter")),
        Heading("county", both("what.county")),
    ]


_STATES = {1: "triggered", 0: "clear", -1: "unknown"}


def _rows(quarter: Course, review: Review, asked: Iterable[Question]) -> list[list[Value]]:
    names = {tier.number: tier.name for tier in quarter.scheme.tiering.tiers}
    codes = _codes(quarter)
    rows: list[list[Value]] = []
    for number, one in enumerate(asked, start=1):
        township, name = unit_words(quarter, one.unit)
        said = one.telling
        rows.append(
            [
                number,
                township,
                name,
                codes[one.unit],
                one.veto.id,
                one.veto.name,
                asked_words(one.veto.trigger, one.veto.unit),
                effect_words(one.veto.effect, names),
                both("unreported") if said is None else _stated(one, said),
                None if said is None else _STATES[said.state],
                None if said is None else said.period,
                None if said is None else list(said.cells),
                None,
                None,
                None,
                _called(one.department),
                review.text,
                quarter.county,
            ]
        )
    return rows


def _codes(quarter: Course) -> list[str | None]:
    codes: list[str | None] = [None] * len(quarter.keys)
    for month, places in zip(quarter.months, quarter.places, strict=True):
        for unit, row in enumerate(places.tolist()):
            if row != ABSENT:
                codes[unit] = month.assessment.units.code[row] or codes[unit]
    return codes


def _stated(one: Question, said: Said) -> Text:
    """What the ledger says, with what other months of the quarter say where it is something else."""
    words = [_value(one, month) for month in one.said]
    own = _value(one, said)
    if all(word == own for word in words):
        return own
    parts = [
        [f"{month.period} {text}" for text in word] for month, word in zip(one.said[::-1], words[::-1], strict=True)
    ]
    return "；".join(part[0] for part in parts), "; ".join(part[1] for part in parts)


def _value(one: Question, said: Said) -> Text:
    def words(lang: Lang) -> str:
        value = value_words(said.column, said.row, one.veto.unit, lang)
        return value or reason_words(Reason(int(said.column.reason[said.row])).word, lang)

    return words("zh"), words("en")


def _overview(quarter: Course, review: Review, asked: Sequence[Question], names: Sequence[str | None]) -> Listing:
    rows: list[list[Value]] = []
    for name in names:
        own = [one for one in asked if one.department == name]
        states = [None if one.telling is None else one.telling.state for one in own]
        rows.append(
            [
                _called(name),
                list(dict.fromkeys(f"{one.veto.id} {one.veto.name}" for one in own)),
                len(own),
                *(states.count(state) for state in (1, 0, -1, None)),
            ]
        )
    notes = [both("vetoes.months", months="、".join(month.period for month in quarter.months), quarter=review.text)]
    if None in names:
        notes.append(both("vetoes.nobody.note"))
    return Listing(
        "departments",
        both("vetoes.title.departments"),
        [
            Heading("department", both("vetoes.department")),
            Heading("items", both("vetoes.items")),
            Heading("asked", both("vetoes.asked"), Shows.WHOLE),
            Heading("triggered", both("vetoes.triggered"), Shows.WHOLE),
            Heading("clear", both("vetoes.clear"), Shows.WHOLE),
            Heading("unknown", both("vetoes.unknown"), Shows.WHOLE),
            Heading("unreported", both("unreported"), Shows.WHOLE),
        ],
        rows,
        notes,
    )


def _notes(quarter: Course) -> list[Text]:
    return [
        both("vetoes.how.confirm"),
        both("vetoes.how.blank"),
        *(
            both("vetoes.lasts", id=veto.id, lasting=lasting_words(veto.lasting))
            for veto in quarter.scheme.vetoes
            if veto.lasting.year or veto.lasting.months
        ),
    ]


def _form(
    quarter: Course, review: Review, department: str | None, asked: Sequence[Question], told: Settings
) -> ReviewForm:
    scheme = quarter.scheme
    return ReviewForm(
        both("vetoes.form.title", county=quarter.county, quarter=review.text),
        [
            (both("vetoes.department"), _called(department)),
            (both("vetoes.quarter"), (review.text, review.text)),
            (both("report.scheme"), (f"{scheme.title}（{scheme.id} {scheme.version}）",) * 2),
            (both("standard.nature"), (scheme.nature, scheme.nature)),
        ],
        [heading for heading in _headings(quarter) if not heading.only_json],
        [
            [value for value, heading in zip(row, _headings(quarter), strict=True) if not heading.only_json]
            for row in _rows(quarter, review, asked)
        ],
        [scheme.ledger_columns[one.veto.id] for one in asked],
        frozenset(line for line, one in enumerate(asked) if one.telling is not None and one.telling.state == 1),
        [
            both("vetoes.how.what", months="、".join(period_words(month.period, "zh") for month in quarter.months)),
            *_notes(quarter),
            *(both(f"vetoes.how.{key}") for key in ("happened", "values", "rows", "private", "back")),
        ],
        quarter.now.assessment.as_of,
        told.lang,
    )
