"""What ``vetoes`` does: 负面清单联审, the list of a quarter for each reviewing department, and its reply read back."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

from starcheck.commands import Shown, open_store, print_problems, refuse_empty, tell, write_bytes
from starcheck.cycle.course import Course
from starcheck.cycle.reviewing import Review, departments, questions, review_around, review_of
from starcheck.cycle_commands import recorded_course
from starcheck.diagnostic import Diagnostic, Text, pick
from starcheck.history import COVERS, Month, RunRecord, Store, text_sha256
from starcheck.messages import both
from starcheck.recording import diagnostic_record, recorded_answers, renew_final
from starcheck.replies import Answer, answer_words, contradiction, newest, read_as, replies_text, until
from starcheck.reply_files import Asker, Replies, read_replies
from starcheck.report.listing import Listing
from starcheck.report.review_form import review_workbook
from starcheck.scoring import assess
from starcheck.veto_lists import ON_SCREEN, Asked, called, differences, form, listed, meant, overview
from starcheck.workspace import Settings, Stop

_UNFIT_FOR_FILES = re.compile(r'[\\/:*?"<>|\s]+')
_NAMES_SHOWN = 10


@dataclass(frozen=True, eq=False)
class VetoReview:
    """A quarter's list, of one department or of all, as the months were sent, with what departments have answered."""

    review: Review
    department: str | None = None
    reading: bool = False
    """Whether replies have just been read: then it is said who has not answered, whoever else has."""
    said: list[Diagnostic] = field(default_factory=list)

    def on_screen(self, course: Course, store: Store) -> list[Listing]:
        """The departments, what ledgers say is triggered or all of one department, and what replies change."""
        asked = self._asked(course, store)
        triggered = [one for one in asked.questions if one.telling is not None and one.telling.state == 1]
        shown, key = (triggered, "triggered") if self.department is None else (asked.questions, "asked")
        found = [overview(asked), listed(key, asked, shown, ON_SCREEN)]
        return [*found, differences(asked)] if asked.answers else found

    def listings(self, course: Course, store: Store) -> list[Listing]:
        """The whole list, of the department asked for or of all, for files and programs."""
        asked = self._asked(course, store)
        return [listed("asked", asked, asked.questions), overview(asked), differences(asked)]

    def write(
        self, course: Course, store: Store, folder: Path, told: Settings, *, force: bool
    ) -> Iterator[tuple[Path, int]]:
        """A workbook for each department. Raises ``Stop`` (2), with nothing written, where a file is there already."""
        asked = self._asked(course, store)
        paths = {name: folder / f"{_file_name(asked, name, told)}.xlsx" for name in asked.departments}
        for path in paths.values():
            if path.exists() and not force:
                raise Stop(2, both("stop.out_exists", out=path))
        for name, own in groupby(asked.questions, key=lambda one: one.department):
            questions_here = list(own)
            write_bytes(paths[name], review_workbook(form(asked, name, questions_here, told.lang)), make_folder=True)
            yield paths[name], len(questions_here)

    def _asked(self, course: Course, store: Store) -> Asked:
        quarter = as_sent(course, self.review)
        scheme = quarter.scheme
        if not scheme.vetoes:
            raise Stop(2, both("stop.vetoes", scheme=scheme.id))
        known = departments(scheme)
        names = known if self.department is None else meant(self.department, known)
        answers = answered(store, quarter, self.review)
        whole = Asked(quarter, self.review, names, tuple(questions(quarter)), answers)
        self.said.extend(_contradictions(whole))
        self.said.extend(_unanswered(whole, named=self.reading or bool(answers)))
        return replace(whole, questions=tuple(one for one in whole.questions if one.department in names))


def as_sent(course: Course, review: Review) -> Course:
    """The recorded months of a quarter, as townships sent them."""
    months = []
    for month in course.months:
        ledger = month.assessment.ledger
        if month.period not in review.periods:
            continue
        months.append(
            month if ledger.stated is None else replace(month, assessment=assess(ledger.stated, month.assessment.as_of))
        )
    return Course(course.county, tuple(months))


def answered(store: Store, quarter: Course, review: Review) -> dict[tuple[str, str, str], Answer]:
    """The last answers about a quarter, by department, veto and unit."""
    found = recorded_answers(store, quarter.county, quarter.scheme.id, quarter.now.period)
    return {(one.department, one.veto, one.unit): one for one in newest(found) if one.review == review}


def _contradictions(asked: Asked) -> Iterator[Diagnostic]:
    """R464 where departments contradict each other, one of those asked about among them."""
    for (veto, unit), answers in asked.contradicted.items():
        if any(one.department in asked.departments for one in answers):
            _, name = asked.quarter.called(asked.quarter.keys.index(unit))
            yield contradiction(name, asked.quarter.scheme.veto(veto), answers)


def _unanswered(asked: Asked, *, named: bool) -> Iterator[Diagnostic]:
    """R466 for every department that has left something open, once anybody has replied."""
    if not named:
        return
    for name in asked.departments:
        own = [one for one in asked.questions if one.department == name]
        open_ = [one for one in own if asked.answer(one) is None]
        if open_:
            places = ["".join(asked.quarter.called(one.unit)) for one in open_]
            more = ("…", "…") if len(places) > _NAMES_SHOWN else ("", "")
            shown = list(dict.fromkeys(places[:_NAMES_SHOWN]))
            names = "、".join(shown) + more[0], ", ".join(shown) + more[1]
            slots: dict[str, str | Text] = {
                "department": called(name),
                "count": str(len(open_)),
                "total": str(len(own)),
                "names": both("vetoes.all") if len(open_) == len(own) else names,
            }
            yield Diagnostic("R466", arguments=slots)


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


def write_lists(review: VetoReview, folder: Path, told: Settings, shown: Shown, *, force: bool) -> int:
    """The workbooks of ``--to``."""
    with open_store(told, create=False) as store:
        course, _ = recorded_course(store, told)
        for path, count in review.write(course, store, folder, told, force=force):
            tell(shown, told, "vetoes.made", out=path, n=count)
    return 0


# --- replies ----------------------------------------------------------------------------------------------------------


def record_replies(
    paths: Sequence[Path],
    asked: VetoReview,
    told: Settings,
    shown: Shown,
    now: datetime,
    version: str,
    *,
    quarter_told: bool,
) -> int:
    """Read replies and record what they answer, whole or not at all; what is to be said goes to ``asked.said``.

    2 where a month they are about is final and no correction is given; 3 where some of them is of another period or
    county and was left aside (R462).
    """
    refuse_empty("--correction", told.correction)
    with open_store(told, create=False) as store:
        course, _ = recorded_course(store, told)
        quarter = as_sent(course, asked.review)
        replies = read_replies(paths, Asker(quarter, asked.review, quarter_told, asked.department))
        asked.said.extend(replies.diagnostics)
        before = answered(store, quarter, asked.review)
        asked.said.extend(_changed(replies.answers, before, quarter))
        code = 3 if any(found.code == "R462" for found in replies.diagnostics) else 0
        if all(_same(one, before.get((one.department, one.veto, one.unit))) for one in replies.answers):
            tell(shown, told, "vetoes.nothing_new", n=len(replies.answers), blank=replies.blank)
            return code
        month, problems = store.month(quarter.county, quarter.scheme.id, quarter.now.period)
        if month is None:  # undone meanwhile
            raise Stop(2, (problems[0].message("zh"), problems[0].message("en")), problems)
        record = _reply_record(replies, asked.review, quarter, month, before, now, version)
        done = store.record(record, correction=told.correction)
        print_problems(done.diagnostics, told, shown, has_all=False)
        if done.refused:
            return 2
        tell(shown, told, "vetoes.recorded", run=done.run_id, n=len(replies.answers), blank=replies.blank)
        for period in store.final_months(record):
            for final in renew_final(store, [(record.county, record.scheme_id, period)], told, now, version):
                tell(shown, told, "store.corrected", run=final.run_id, county=record.county, period=period)
    return code


def _same(one: Answer, before: Answer | None) -> bool:
    return before is not None and one.same(before) and (one.where, one.note) == (before.where, before.note)


def _changed(
    answers: Sequence[Answer], before: Mapping[tuple[str, str, str], Answer], quarter: Course
) -> Iterator[Diagnostic]:
    """R469 for every answer that was another before."""
    for one in answers:
        old = before.get((one.department, one.veto, one.unit))
        if old is not None and not one.same(old):
            _, name = quarter.called(quarter.keys.index(one.unit))
            arguments = {"department": one.department, "before": answer_words(old), "cells": str(old.where)}
            yield Diagnostic(
                "R469", one.where, unit=name, field=one.veto, found=answer_words(one), arguments={**arguments}
            )


def _reply_record(
    replies: Replies,
    review: Review,
    quarter: Course,
    month: Month,
    before: Mapping[tuple[str, str, str], Answer],
    now: datetime,
    version: str,
) -> RunRecord:
    """Replies as a run of the quarter that rates nothing; the months that it is about are rated by it from now on."""
    text = replies_text(replies.answers)
    concerned = [*replies.answers, *before.values()]  # what is taken back is so for as long as it would have counted
    settings: dict[str, Any] = {COVERS: _covers(concerned, review, quarter), "replies": text_sha256(text)}
    if before:
        settings["after"] = text_sha256(replies_text(before.values()))
    return RunRecord(
        county=quarter.county,
        period=review.text,
        as_of=review.last,
        scheme_id=month.scheme_id,
        scheme_version=month.scheme_version,
        scheme_sha256=month.scheme_sha256,
        scheme_texts=month.scheme_texts,
        version=version,
        recorded_at=now,
        replies_text=text,
        settings=settings,
        inputs=replies.inputs,
        diagnostics=[diagnostic_record(found) for found in replies.diagnostics],
    )


def _covers(answers: Sequence[Answer], review: Review, quarter: Course) -> list[str]:
    """The first and the last month that answers may say something about: the period's, or as long as a yes counts."""
    ledger = quarter.now.assessment.ledger
    last = review.last
    for veto in quarter.scheme.vetoes:
        own = [one for one in answers if one.veto == veto.id]
        if own:
            _, states = read_as(ledger, veto, own)
            last = max([last, *(until(veto, one) for one, state in zip(own, states, strict=True) if state == 1)])
    if review.text.isdecimal():
        return [review.text, f"{last.year if (last.month, last.day) == (12, 31) else last.year - 1}"]
    whole = last + timedelta(days=1)  # a month that it does not reach the end of is rated without it
    month = whole.replace(day=1) - timedelta(days=1)
    return [review.periods[0], f"{month:%Y-%m}"]


def _file_name(asked: Asked, department: str | None, told: Settings) -> str:
    named = (pick(text, told.lang) for text in (both("vetoes.sheet"), called(department)))
    return _UNFIT_FOR_FILES.sub("_", "_".join((asked.quarter.county, asked.review.text, *named))).strip("_.")
