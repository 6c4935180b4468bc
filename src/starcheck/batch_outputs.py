"""The results of a county's month as files: the report, its tables, and the lists of the monthly cycle."""

from __future__ import annotations

import hashlib
import io
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from starcheck import cycle_commands as cycle
from starcheck.batch_settings import CountyJob
from starcheck.commands import Shown, report_of
from starcheck.cycle.course import Course
from starcheck.diagnostic import Diagnostic, Severity, Text
from starcheck.due_commands import duties
from starcheck.history import Store
from starcheck.recording import tiers_of
from starcheck.rectify_commands import lists, rectify
from starcheck.report.as_json import write_document
from starcheck.report.console import console_on, print_report
from starcheck.report.listing import Handout, Listing, write_handout, write_whole
from starcheck.report.markdown import markdown
from starcheck.report.model import PartShown, Report
from starcheck.report.problems import write_problems
from starcheck.report.tables import write_units
from starcheck.reward_commands import RewardFiles
from starcheck.run import Outcome
from starcheck.workspace import Stop

MANIFEST = "manifest.json"


@dataclass
class Rendered:
    """What was written: file to SHA-256; what was left out, and why; what is to be said."""

    outputs: dict[str, str] = field(default_factory=dict)
    left_out: dict[str, list[str]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    codes: dict[str, int] = field(default_factory=dict)
    code: int = 0
    stops: list[Stop] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class MonthFound:
    """A county's month as it is recorded, the months before it among it, ready to be laid out."""

    outcome: Outcome
    course: Course
    parts: Sequence[PartShown]
    last: Mapping[str | None, tuple[str, Outcome]]


def render(folder: Path, job: CountyJob, found: MonthFound, store: Store, version: str) -> Rendered:
    """Write what the county's entry asks for into ``folder``. Raises ``OSError``."""
    done = Rendered()
    outcome = found.outcome
    shown = Shown(everything=True)
    report = report_of(outcome, "report", version, shown, previous=tiers_of(found.last), parts=found.parts)
    done.counts = {level.value: report.count(level) for level in Severity} | {
        "units": len(outcome.ledger.units),
        "reported": report.whole.reported,
    }
    done.codes = dict(sorted(Counter(problem.code for problem in report.diagnostics).items()))
    handouts: dict[str, Handout | None] = {}
    for name in job.outputs:
        what, _, ending = name.partition(".")
        path = folder / name
        if what == "report":
            write_whole(path, _report_bytes(report, outcome, ending, job))
            written: Sequence[Path] = (path,)
        elif what == "units":
            written = write_units(outcome.assessment, path, job.told.lang)
        elif what == "problems":
            write_problems(report.diagnostics, path, job.told.lang, report.labels)
            written = (path,)
        else:
            if what not in handouts:
                handouts[what] = _handout(what, job, found.course, store, done)
            handout = handouts[what]
            if handout is None:
                continue
            if ending == "json":
                write_whole(path, cycle.document_bytes(handout, version, job.told.lang))
                written = (path,)
            else:
                written = write_handout(handout, path, job.told.lang)
        for file in written:
            done.outputs[file.name] = hashlib.sha256(file.read_bytes()).hexdigest()
    return done


def _report_bytes(report: Report, outcome: Outcome, ending: str, job: CountyJob) -> bytes:
    lang = job.told.lang
    if ending == "md":
        return markdown(report, lang).encode()
    stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="\n")
    if ending == "json":
        write_document(report, outcome.assessment, stream, lang, ascii_only=False)
    else:
        print_report(report, console_on(stream, color=False), lang=lang)
    stream.flush()
    buffer = stream.detach()
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue()


def _handout(what: str, job: CountyJob, course: Course, store: Store, done: Rendered) -> Handout | None:
    """What a command of the monthly cycle says; None where the month has nothing for it, or it cannot go on."""
    left_out = _nothing_for(what, course)
    if left_out is not None:
        done.left_out[what] = list(left_out)
        return None
    said: list[Diagnostic] = []
    try:
        listings = _LISTINGS[what](job, course, store, said)
    except Stop as stop:
        done.stops.append(stop)
        return None
    if any(found.level is Severity.ERROR for found in said):
        done.code = max(done.code, 1)
    for found in said:
        done.codes[found.code] = done.codes.get(found.code, 0) + 1
    return cycle.handout_of(what, course, listings)


def _nothing_for(what: str, course: Course) -> Text | None:
    """Why a month has nothing to say by this list."""
    if what == "moves" and len(course.months) < 2:  # noqa: PLR2004 - it takes two to compare
        stop = cycle.no_earlier(course)
        return stop.text
    if what == "targets" and not cycle.has_targets(course):
        return cycle.no_targets(course).text
    return None


_Say = Callable[[CountyJob, Course, Store, list[Diagnostic]], Sequence[Listing]]


def _moves(job: CountyJob, course: Course, store: Store, _: list[Diagnostic]) -> Sequence[Listing]:
    return cycle.moves(course, store, replace(job.told, period=None))


def _rectify(job: CountyJob, course: Course, _: Store, said: list[Diagnostic]) -> Sequence[Listing]:
    listings, problems = rectify(course, job.told, notes=job.files.get("notes"))
    said += problems
    return listings


def _lists(job: CountyJob, course: Course, _: Store, said: list[Diagnostic]) -> Sequence[Listing]:
    listings, problems = lists(course, job.told, job.files.get("supply"))
    said += problems
    return listings


def _rewards(job: CountyJob, course: Course, store: Store, said: list[Diagnostic]) -> Sequence[Listing]:
    files = RewardFiles(job.files.get("pay"), job.files.get("awards"), job.files.get("earlier"), said)
    return files.listings(course, store)


_LISTINGS: Mapping[str, _Say] = {
    "rank": lambda _, course, store, __: cycle.rankings(course, store),
    "reminders": lambda _, course, store, __: cycle.reminders(course, store),
    "targets": lambda _, course, store, __: cycle.targets(course, store),
    "moves": _moves,
    "rectify": _rectify,
    "lists": _lists,
    "rewards": _rewards,
    # on the last day of the period: what is due today would change by itself
    "due": lambda _, course, store, __: duties(course, store, course.now.assessment.as_of),
}
