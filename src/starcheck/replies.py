"""联审回复: what departments answered about 负面清单, and the ledger with their answers in place of the townships'.

A department's word goes before the township's own. A blank says nothing, so what the ledger says stays; what is not
understood, or contradicts another department, is unknown, but takes back nothing that the ledger says there is. Every
value keeps the cell that it was read from.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np

from starcheck.column import Column, Kind, Reason, empty_values
from starcheck.cycle.reviewing import Review, period_end, review_of
from starcheck.diagnostic import Diagnostic, Location, Text
from starcheck.fields import stored
from starcheck.ledger import Ledger, Origin, unit_keys
from starcheck.messages import both
from starcheck.scheme import LedgerField, Veto
from starcheck.scoring import judge

_NAMED = 3
"""Departments that are named in a message."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a department answered about a veto of a unit, in a cell of its reply.

    ``unit`` is the unit's key, ``value`` as the store keeps values (yes/no, a number, a word, the ISO days of a date),
    None where it could not be read for ``reason``. ``happened`` are the first and last day it may have been.
    """

    unit: str
    veto: str
    department: str
    review: Review
    value: Any
    reason: str | None
    happened: tuple[date, date] | None
    note: str
    where: Location

    @property
    def key(self) -> tuple[str, str, str, str]:
        """Whose word about what: a newer answer with the same one takes this one's place."""
        return self.unit, self.veto, self.department, self.review.text

    def same(self, other: Answer) -> bool:
        """Whether it says the same, wherever it stands."""
        return (self.value, self.reason, self.happened) == (other.value, other.reason, other.happened)


def replies_text(answers: Iterable[Answer]) -> str:
    """Answers as the store keeps them; ``answers_of`` reads them."""
    return json.dumps(
        [
            [
                one.unit,
                one.veto,
                one.department,
                one.review.text,
                one.value,
                one.reason,
                None if one.happened is None else [day.isoformat() for day in one.happened],
                one.note,
                [one.where.file, one.where.sheet, one.where.cell, one.where.line],
            ]
            for one in answers
        ],
        ensure_ascii=False,
    )


def answers_of(text: str) -> Iterator[Answer]:
    """The answers that ``replies_text`` wrote."""
    for unit, veto, department, asked, value, reason, happened, note, where in json.loads(text):
        review = review_of(asked)
        assert review is not None
        days = None if happened is None else (date.fromisoformat(happened[0]), date.fromisoformat(happened[1]))
        yield Answer(unit, veto, department, review, value, reason, days, note, Location(*where))


def newest(answers: Iterable[Answer]) -> list[Answer]:
    """Each department's last word on each veto of each unit, of answers oldest first."""
    return list({one.key: one for one in answers}.values())


def until(veto: Veto, answer: Answer) -> date:
    """The last day on which a confirmed veto counts."""
    happened = answer.review.last if answer.happened is None else answer.happened[1]
    return veto.lasting.until(happened, answer.review.last)


@dataclass(frozen=True, eq=False)
class RepliedOrigin:
    """Where values were read: in a department's reply, where its word counts, else where the ledger has them from."""

    origin: Origin
    places: Mapping[tuple[int, str], Sequence[Location]]

    def cells(self, unit: int, key: str) -> list[Location]:
        """The cells of a value."""
        found = self.places.get((unit, key))
        return self.origin.cells(unit, key) if found is None else list(found)

    def addresses(self, unit: int, key: str) -> list[str]:
        """The same in words."""
        found = self.places.get((unit, key))
        return self.origin.addresses(unit, key) if found is None else [str(place) for place in found]


@dataclass(frozen=True, slots=True)
class Replied:
    """A ledger with departments' answers in it, those that were used, and what is to be said of them.

    ``used`` are all that say something about a unit of the ledger in its month; ``decided`` counts the cells that are
    as a department has them.
    """

    ledger: Ledger
    used: tuple[Answer, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    decided: int = 0

    @property
    def departments(self) -> Text:
        """Whose answers they are, in words."""
        names = list(dict.fromkeys(one.department for one in self.used))
        more = len(names) - _NAMED
        zh, en = "、".join(names[:_NAMED]), ", ".join(names[:_NAMED])
        return (f"{zh}等{len(names)}个单位", f"{en} and {more} more") if more > 0 else (zh, en)


def with_replies(ledger: Ledger, answers: Mapping[str, Iterable[Answer]], period: str) -> Replied:
    """The ledger of a period with what departments answered in the townships' place, by county, oldest answer first.

    What ``answers`` say of other units or other times is left aside.
    """
    last = period_end(period)
    units = ledger.units
    rows = {
        (county, key): row
        for row, (county, key) in enumerate(zip(units.county, unit_keys(units), strict=True))
        if units.reported[row]
    }
    columns = dict(ledger.columns)
    places: dict[tuple[int, str], Sequence[Location]] = {}
    used: list[Answer] = []
    said: list[Diagnostic] = []
    known = [
        (rows[county, one.unit], one)
        for county, told in answers.items()
        for one in newest(told)
        if (county, one.unit) in rows
    ]
    for veto in ledger.scheme.vetoes:
        at = [row for row, one in known if one.veto == veto.id]
        own = [one for _, one in known if one.veto == veto.id]
        if not own:
            continue
        read, states = read_as(ledger, veto, own)
        about: dict[int, list[_Told]] = {}
        for place, (one, state) in enumerate(zip(own, states, strict=True)):
            standing = _standing(veto, one, state, period, last)
            if standing is not None:
                about.setdefault(at[place], []).append(_Told(one, place, state, standing))
                used.append(one)
        if about:
            stated = judge(ledger, veto.id, ledger.columns[veto.id], veto.trigger)[0]
            before = ledger.columns[veto.id]
            column = Column(read.kind, before.values.copy(), before.reason.copy(), read.options)
            for row, told in sorted(about.items()):
                decision = _decide(veto, told, int(stated[row]))
                said += _remarks(ledger, veto, row, told, decision, int(stated[row]))
                if decision.reason is None:
                    continue
                column.reason[row] = decision.reason
                if decision.reason == Reason.KNOWN:
                    column.values[row] = read.values[decision.answers[-1].place]
                places[row, veto.id] = tuple(dict.fromkeys(one.answer.where for one in decision.answers))
            columns[veto.id] = column
    if not used:
        return Replied(ledger)
    whole = replace(ledger, columns=columns, origin=RepliedOrigin(ledger.origin, places), stated=ledger)
    return Replied(whole, tuple(used), tuple(said), len(places))


@dataclass(frozen=True, slots=True)
class _Told:
    """An answer that bears on the month: its place among those read, what it comes to, whether it is of before."""

    answer: Answer
    place: int
    state: int
    standing: bool


def _standing(veto: Veto, one: Answer, state: int, period: str, last: date) -> bool | None:
    """Whether an answer is a yes of before that still counts in the month that ends on ``last``.

    False if it is about the month itself, None if it says nothing of it.
    """
    if period in one.review.periods:
        return None if state == 1 and one.happened is not None and one.happened[0] > last else False
    return True if state == 1 and one.review.last < last <= until(veto, one) else None


@dataclass(frozen=True, slots=True)
class _Decision:
    """What a cell becomes, and by which answers; no ``reason``: what the ledger says stays."""

    reason: Reason | None
    answers: tuple[_Told, ...] = ()
    conflict: bool = False


def _decide(veto: Veto, told: Sequence[_Told], stated: int) -> _Decision:
    standing = tuple(one for one in told if one.standing)
    now = [one for one in told if not one.standing]
    yes, no, unread = (tuple(one for one in now if one.state == state) for state in (1, 0, -1))
    conflict = bool(yes and no)
    if standing:
        return _Decision(Reason.KNOWN, standing, conflict)
    if conflict:
        return _Decision(None if stated == 1 else Reason.CONFLICTING, (*yes, *no), conflict)
    if yes:
        return _Decision(Reason.KNOWN, yes)
    if unread:
        return _Decision(None if stated == 1 else Reason.of(unread[-1].answer.reason), unread)
    if set(veto.reviewers) <= {one.answer.department for one in no}:
        return _Decision(Reason.KNOWN, no)
    return _Decision(None, no)


def _remarks(
    ledger: Ledger, veto: Veto, row: int, told: Sequence[_Told], decision: _Decision, stated: int
) -> Iterator[Diagnostic]:
    """That departments contradict each other, the ledger, or what was confirmed before."""
    name = ledger.units.name[row]
    if decision.conflict:
        yield contradiction(name, veto, [one.answer for one in told if not one.standing])
        return
    if decision.reason != Reason.KNOWN:
        return
    by = decision.answers[-1]
    if by.standing and any(one.state == 0 for one in told if not one.standing):
        yield Diagnostic(
            "R467",
            by.answer.where,
            unit=name,
            field=veto.id,
            found=by.answer.review.text,
            arguments={"department": by.answer.department, "until": until(veto, by.answer).isoformat()},
        )
    if stated >= 0 and stated != by.state:
        cells = "、".join(ledger.addresses(row, veto.id)) or "—"
        yield Diagnostic(
            "R465",
            by.answer.where,
            unit=name,
            field=veto.id,
            found=answer_words(by.answer),
            arguments={
                "department": by.answer.department,
                "stated": both(f"veto.{'triggered' if stated else 'clear'}"),
                "cells": cells,
            },
        )


def contradiction(name: str, veto: Veto, answers: Sequence[Answer]) -> Diagnostic:
    """R464 of a unit: which departments say what of a veto, and in which cells."""
    sides = [f"{one.department} {answer_words(one)} {one.where.cell or ''}".rstrip() for one in answers]
    return Diagnostic("R464", answers[0].where, unit=name, field=veto.id, found="；".join(sides))


def read_as(ledger: Ledger, veto: Veto, answers: Sequence[Answer]) -> tuple[Column, list[int]]:
    """Answers about a veto as a column of its kind, one place each, and what they come to: 1 triggered, 0 not, -1."""
    read = _column(ledger.scheme.ledger_columns[veto.id], answers)
    states = judge(replace(ledger, columns={**ledger.columns, veto.id: read}), veto.id, read, veto.trigger)[0]
    return read, [int(state) for state in states]


def answer_words(answer: Answer) -> str:
    """An answer in the words of the sheet; a question mark for one that is not understood."""
    match answer.value:
        case None:
            return "?"
        case bool():
            return "是" if answer.value else "否"
        case list():
            return " – ".join(dict.fromkeys(answer.value))
        case float():
            return f"{answer.value:g}"
        case _:
            return str(answer.value)


def _column(item: LedgerField, answers: Sequence[Answer]) -> Column:
    """The values of answers as a column, one place each; one that is of another type than the item is invalid."""
    column = Column(item.kind, empty_values(item.kind, len(answers)), np.zeros(len(answers), np.int8), item.options)
    for place, one in enumerate(answers):
        column.reason[place] = Reason.of(one.reason)
        if one.value is None:
            continue
        if not _fits(item, one.value):
            column.reason[place] = Reason.INVALID
            continue
        value = tuple(map(date.fromisoformat, one.value)) if item.kind is Kind.DATE else one.value
        column.values[place] = stored(item, value)
    return column


def _fits(item: LedgerField, value: Any) -> bool:
    match item.kind:
        case Kind.YESNO:
            return isinstance(value, bool)
        case Kind.OPTION:
            return value in item.options
        case Kind.DATE:
            return isinstance(value, list)
        case Kind.TEXT:
            return isinstance(value, str)
        case _:
            return isinstance(value, float)
