"""The lists of 负面清单联审: what each department is asked about a quarter, what it answered; the form to fill in."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from starcheck.column import Reason
from starcheck.cycle.course import ABSENT, Course
from starcheck.cycle.reviewing import Question, Review, Said, period_end
from starcheck.diagnostic import Lang, Text
from starcheck.messages import both
from starcheck.register import VILLAGE
from starcheck.replies import Answer, answer_words, read_as
from starcheck.report.figures import date_words, period_words, reason_words, value_words
from starcheck.report.listing import Heading, Listing, Shows, Value
from starcheck.report.model import asked_words, effect_words, lasting_words
from starcheck.report.review_form import ReviewForm
from starcheck.scheme import Veto
from starcheck.units import PER_MILLE, PERCENT, fold
from starcheck.workspace import Stop

_STATES = {1: "triggered", 0: "clear", -1: "unknown"}
ON_SCREEN = frozenset({"township", "name", "veto", "case", "effect", "stated", "month", "cell", "confirmed"})
"""The columns that a page has room for."""


@dataclass(frozen=True, eq=False)
class Asked:
    """What is asked of whom about the months of a quarter, and what was answered, by department, veto and unit."""

    quarter: Course
    review: Review
    departments: tuple[str | None, ...]
    questions: tuple[Question, ...]
    answers: Mapping[tuple[str, str, str], Answer]

    def answer(self, one: Question) -> Answer | None:
        """The answer to a question; where nobody is named, anybody's."""
        unit = self.quarter.keys[one.unit]
        if one.department is not None:
            return self.answers.get((one.department, one.veto.id, unit))
        return self._of_anybody.get((one.veto.id, unit))

    def state(self, answer: Answer) -> int:
        """What an answer comes to: 1 triggered, 0 clear, -1 not understood, or contradicted by another department."""
        return -1 if (answer.veto, answer.unit) in self.contradicted else self._states[answer.key]

    @cached_property
    def contradicted(self) -> Mapping[tuple[str, str], tuple[Answer, ...]]:
        """The answers about a veto of a unit, by both, where one department says yes and another no."""
        about: dict[tuple[str, str], list[Answer]] = {}
        for one in self.answers.values():
            about.setdefault((one.veto, one.unit), []).append(one)
        return {key: tuple(own) for key, own in about.items() if {0, 1} <= {self._states[one.key] for one in own}}

    @cached_property
    def _of_anybody(self) -> Mapping[tuple[str, str], Answer]:
        return {(veto, unit): answer for (_, veto, unit), answer in self.answers.items()}

    @cached_property
    def _states(self) -> Mapping[tuple[str, str, str, str], int]:
        found: dict[tuple[str, str, str, str], int] = {}
        for veto in self.quarter.scheme.vetoes:
            own = [one for one in self.answers.values() if one.veto == veto.id]
            if own:
                _, states = read_as(self.quarter.now.assessment.ledger, veto, own)
                found |= {one.key: state for one, state in zip(own, states, strict=True)}
        return found


def called(department: str | None) -> Text:
    """A department's name, or that there is none."""
    return both("vetoes.nobody") if department is None else (department, department)


def meant(department: str, known: Sequence[str | None]) -> tuple[str | None, ...]:
    """The departments whose name holds what was asked for. Raises ``Stop`` (2) where there are none."""
    words = {name: called(name)[0] for name in known}
    found = [name for name in known if fold(department) in fold(words[name])]
    exact = [name for name in found if fold(department) == fold(words[name])]
    if not found:
        raise Stop(2, both("stop.department", department=department, known="、".join(words.values())))
    return tuple(exact or found)


def listed(key: str, asked: Asked, questions: Iterable[Question], only: Collection[str] | None = None) -> Listing:
    """Questions as a list, of all columns or ``only`` those."""
    headings = _headings(asked.quarter)
    kept = [place for place, heading in enumerate(headings) if only is None or heading.key in only]
    rows = [[row[place] for place in kept] for row in _rows(asked, questions)]
    notes = _notes(asked.quarter.scheme.vetoes)
    return Listing(key, both(f"vetoes.title.{key}"), [headings[place] for place in kept], rows, notes)


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
        Heading("reply_state", both("vetoes.confirmed"), only_json=True),
        Heading("reply_cell", both("sample.cell"), only_json=True),
    ]


def _rows(asked: Asked, questions: Iterable[Question]) -> list[list[Value]]:
    quarter = asked.quarter
    names = {tier.number: tier.name for tier in quarter.scheme.tiering.tiers}
    codes = _codes(quarter)
    rows: list[list[Value]] = []
    for number, one in enumerate(questions, start=1):
        township, name = quarter.called(one.unit)
        said, answer = one.telling, asked.answer(one)
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
                None if answer is None else _confirmed(one, answer),
                None if answer is None or answer.happened is None else _day(answer),
                None if answer is None else answer.note or None,
                called(one.department),
                asked.review.text,
                quarter.county,
                None if answer is None else _STATES[asked.state(answer)],
                None if answer is None else str(answer.where),
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
        return value or reason_words(Reason(int(said.column.reason[said.row])), lang)

    return words("zh"), words("en")


def _confirmed(one: Question, answer: Answer) -> str | None:
    """An answer so that it is read again as what it was; nothing of one that was not understood."""
    if answer.value is None:
        return None
    if isinstance(answer.value, float):
        unit = one.veto.unit if one.veto.unit in {PERCENT, PER_MILLE} else ""
        return f"{Decimal(f'{answer.value:.15g}'):f}{unit}"
    return answer_words(answer)


def _day(answer: Answer) -> str:
    assert answer.happened is not None
    first, last = answer.happened
    return date_words(first.toordinal(), last.toordinal()) if first == last else period_words(f"{first:%Y-%m}", "zh")


def overview(asked: Asked) -> Listing:
    """How much each department is asked, what ledgers say of it, and what it has answered."""
    rows: list[list[Value]] = []
    for name in asked.departments:
        own = [one for one in asked.questions if one.department == name]
        states = [None if one.telling is None else one.telling.state for one in own]
        answers = [answer for one in own if (answer := asked.answer(one)) is not None]
        replied = [asked.state(answer) for answer in answers]
        rows.append(
            [
                called(name),
                list(dict.fromkeys(f"{one.veto.id} {one.veto.name}" for one in own)),
                len(own),
                *(states.count(state) for state in (1, 0, -1, None)),
                *(replied.count(state) for state in (1, 0, -1)),
                len(own) - len(answers),
            ]
        )
    months = "、".join(month.period for month in asked.quarter.months)
    notes = [both("vetoes.months", months=months, quarter=asked.review.text)]
    if None in asked.departments:
        notes.append(both("vetoes.nobody.note"))
    if asked.answers:
        notes.append(both("vetoes.precedence"))
    return Listing(
        "departments",
        both("vetoes.title.departments", quarter=asked.review.text),
        [
            Heading("department", both("vetoes.department")),
            Heading("items", both("vetoes.items")),
            Heading("asked", both("vetoes.asked"), Shows.WHOLE),
            Heading("triggered", both("vetoes.triggered"), Shows.WHOLE),
            Heading("clear", both("vetoes.clear"), Shows.WHOLE),
            Heading("unknown", both("vetoes.unknown"), Shows.WHOLE),
            Heading("unreported", both("unreported"), Shows.WHOLE),
            Heading("confirmed", both("vetoes.replied.yes"), Shows.WHOLE),
            Heading("denied", both("vetoes.replied.no"), Shows.WHOLE),
            Heading("unclear", both("vetoes.replied.unclear"), Shows.WHOLE),
            Heading("unanswered", both("vetoes.replied.open"), Shows.WHOLE),
        ],
        rows,
        notes,
    )


def differences(asked: Asked) -> Listing:
    """Where a department says something else than a ledger of the quarter does of a month that is concerned."""
    rows: list[list[Value]] = []
    for one in asked.questions:
        answer = asked.answer(one)
        if answer is None or asked.state(answer) < 0:
            continue
        for said in one.said:
            concerned = answer.happened is None or answer.happened[0] <= period_end(said.period)
            if concerned and said.state >= 0 and said.state != asked.state(answer):
                township, name = asked.quarter.called(one.unit)
                rows.append(
                    [
                        township,
                        name,
                        one.veto.id,
                        one.veto.name,
                        said.period,
                        _value(one, said),
                        list(said.cells),
                        called(one.department),
                        _confirmed(one, answer),
                        None if answer.happened is None else _day(answer),
                        str(answer.where),
                        answer.note or None,
                    ]
                )
    return Listing(
        "differences",
        both("vetoes.title.differences"),
        [
            Heading("township", both("townships.name")),
            Heading("name", both("rectify.name")),
            Heading("veto", both("sample.criterion")),
            Heading("case", both("controls.name")),
            Heading("month", both("vetoes.month")),
            Heading("stated", both("vetoes.stated")),
            Heading("cell", both("sample.cell")),
            Heading("department", both("vetoes.department")),
            Heading("confirmed", both("vetoes.confirmed")),
            Heading("happened", both("vetoes.happened")),
            Heading("reply_cell", both("vetoes.reply_cell")),
            Heading("remark", both("sample.note")),
        ],
        rows,
        [both("vetoes.differences.note")],
    )


def _notes(vetoes: Iterable[Veto]) -> list[Text]:
    return [
        both("vetoes.how.confirm"),
        both("vetoes.how.blank"),
        *(
            both("vetoes.lasts", id=veto.id, lasting=lasting_words(veto.lasting))
            for veto in vetoes
            if veto.lasting.year or veto.lasting.months
        ),
    ]


def form(asked: Asked, department: str | None, questions: Sequence[Question], lang: Lang) -> ReviewForm:
    """What the workbook of one department is made of."""
    quarter = asked.quarter
    scheme = quarter.scheme
    headings = _headings(quarter)
    months = [period_words(month.period, "zh") for month in quarter.months]
    asked_of = {one.veto.id for one in questions}
    return ReviewForm(
        both("vetoes.form.title", county=quarter.county, quarter=asked.review.text),
        [
            (both("vetoes.department"), called(department)),
            (both("vetoes.quarter"), (asked.review.text, asked.review.text)),
            (both("report.scheme"), (f"{scheme.title}（{scheme.id} {scheme.version}）",) * 2),
            (both("standard.nature"), (scheme.nature, scheme.nature)),
        ],
        [heading for heading in headings if not heading.only_json],
        [
            [value for value, heading in zip(row, headings, strict=True) if not heading.only_json]
            for row in _rows(asked, questions)
        ],
        [scheme.ledger_columns[one.veto.id] for one in questions],
        frozenset(line for line, one in enumerate(questions) if one.telling is not None and one.telling.state == 1),
        [
            both("vetoes.how.what", months="、".join(months)),
            *_notes(veto for veto in scheme.vetoes if veto.id in asked_of),
            *(both(f"vetoes.how.{key}") for key in ("happened", "values", "rows", "private", "back")),
        ],
        quarter.now.assessment.as_of,
        lang,
    )
