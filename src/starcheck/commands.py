"""What each command does, behind ``cli``: settings in, output written, exit code out.

stdout is the result, stderr is progress and diagnostics. Heavy parts are imported where they are used, so that a
county is printed before the store is loaded.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING

from starcheck.diagnostic import Diagnostic, Lang, Location, Severity, catalogue, pick
from starcheck.messages import both, say
from starcheck.visible import visible
from starcheck.workspace import CONFIG, Settings, Stop, init_workspace, scheme_paths

if TYPE_CHECKING:
    from starcheck.history import Month, Store
    from starcheck.inbox import FileRead
    from starcheck.ledger import Ledger
    from starcheck.register import Entry, Register
    from starcheck.register_commands import Done as RegisterDone
    from starcheck.replies import Answer
    from starcheck.report.model import PartShown, Previous, Report
    from starcheck.report.sections import Section
    from starcheck.run import Outcome
    from starcheck.scheme import Scheme

FORMATS = ("console", "md", "csv", "json")
TABLE_SUFFIXES = frozenset({".csv", ".parquet", ".xlsx"})


@dataclass(frozen=True, slots=True)
class Shown:
    """How a result is to be shown."""

    form: str = "console"
    out: Path | None = None
    color: bool | None = None
    quiet: bool = False
    everything: bool = False

    def check(self) -> None:
        """Refuse a form or a file ending that there is none of, before any work is done."""
        if self.form not in FORMATS:
            raise Stop(2, both("stop.format", form=self.form, known="、".join(FORMATS)))
        if self.out is not None and self.out.suffix.lower() not in TABLE_SUFFIXES | {".md", ".json", ".txt"}:
            raise Stop(2, both("stop.out", out=self.out))
        if self.out is not None and not self.out.absolute().parent.is_dir():
            raise Stop(2, both("stop.out_folder", folder=self.out.absolute().parent))


# --- score, check, report ---------------------------------------------------------------------------------------------


def score(paths: Sequence[Path], told: Settings, shown: Shown, now: datetime, version: str) -> int:
    """Check, rate, print, and then record."""
    from starcheck.run import rate  # noqa: PLC0415 - heavy

    shown.check()
    refuse_empty("--correction", told.correction)
    with _working(say("progress.reading", told.lang), shown):
        known = (None, None) if told.no_store else (partial(_recorded_register, told), partial(_recorded_answers, told))
        with _still_a_document("score", version, told, shown):
            outcome = rate(paths, told, recorded_register=known[0], recorded_answers=known[1])
    if told.township is not None:
        outcome = _about(outcome, outcome.ledger.units.township[0])
    last = _last_months(outcome, told)
    outcome = with_hints(outcome, told, last)
    report = report_of(outcome, "score", version, shown, previous=_previous(outcome, last))
    _show_diagnostics(report, told, shown)
    try:
        _show(report, outcome, told, shown)
        sys.stdout.flush()
    except BrokenPipeError:
        # the reader wanted no more (| head); the run is recorded all the same
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    code = outcome.exit_code(told.fail_on or "never")
    if not told.no_store:
        code = max(code, _record(outcome, told, shown, now, version))
    return code


def check(
    paths: Sequence[Path],
    told: Settings,
    shown: Shown,
    version: str,
    *,
    annotate: Path | None = None,
    against: Path | None = None,
    remember: bool = False,
) -> int:
    """Read and check; nothing is rated on paper and nothing is recorded, the store only read: register and last month.

    ``annotate`` takes the marked copies; ``against`` is what was given back marked before.
    """
    from starcheck.run import rate  # noqa: PLC0415 - heavy

    shown.check()
    if remember and not (told.root / CONFIG).is_file():
        raise Stop(2, both("stop.remember"))
    with _working(say("progress.reading", told.lang), shown):
        recorded = None if told.no_store else partial(_recorded_register, told)
        with _still_a_document("check", version, told, shown):
            try:
                outcome = rate(paths, replace(told, no_store=True), recorded_register=recorded, narrow=True)
            except Stop as stop:
                if annotate is not None and stop.exit_code == 3:  # noqa: PLR2004 - the contract's: nothing was readable
                    _give_back(_refused(stop), stop.diagnostics, None, annotate, told, shown, {})
                raise
    from starcheck.report.model import labels_of  # noqa: PLC0415 - heavy

    labels = labels_of(outcome.scheme)
    if remember:
        _remember(outcome, told, shown)
    if annotate is not None and against is None:
        _give_back(outcome.files, outcome.all_diagnostics, outcome.ledger, annotate, told, shown, labels)
    whole = outcome
    if told.township is not None:
        outcome = _about(outcome, outcome.ledger.units.township[0])
    outcome = with_hints(outcome, told, _last_months(outcome, told, shown))
    report = report_of(outcome, "check", version, shown)
    code = outcome.exit_code(told.fail_on or "error")
    if against is not None:
        _held_against(against, outcome, report, told, shown, labels)
        if annotate is not None:  # afterwards: the new copies may take the place of those that were held against
            _give_back(whole.files, whole.all_diagnostics, whole.ledger, annotate, told, shown, labels)
        return code
    if shown.form == "json":
        _show(report, outcome, told, shown)
        return code
    from starcheck.report.problems import problems_markdown, write_problems  # noqa: PLC0415 - heavy

    if shown.out is not None:
        if shown.out.suffix.lower() == ".json":
            _show(report, outcome, told, shown)
        else:
            try:
                write_problems(report.diagnostics, shown.out, told.lang, report.labels)
            except OSError as problem:
                reason = problem.strerror or str(problem)
                raise Stop(2, both("stop.out_write", out=shown.out, reason=reason)) from None
            tell(shown, told, "written", out=shown.out)
    from starcheck.report.sections import missing_section  # noqa: PLC0415 - heavy

    absent = outcome.absent_townships if told.township is None else ()
    missing = missing_section(report, absent, told.lang, everything=shown.everything)
    if shown.form == "md":
        from starcheck.report.markdown import page_markdown  # noqa: PLC0415 - heavy

        _tolerant(sys.stdout)
        sys.stdout.write(problems_markdown(report.diagnostics, told.lang, report.labels))
        sys.stdout.write("\n" + page_markdown([missing]) if missing is not None else "")
        return code
    if shown.form == "csv":
        sys.stdout.flush()
        write_problems(report.diagnostics, sys.stdout.buffer, told.lang, report.labels)
        return code
    from starcheck.report.console import (  # noqa: PLC0415 - heavy
        make_console,
        print_diagnostics,
        print_hints,
        print_sections,
    )

    console = make_console(color=shown.color)
    per_code = None if shown.everything else 20
    least = Severity.ERROR if shown.quiet else Severity.NOTE if shown.everything else Severity.WARNING
    listed = [found for found in report.diagnostics if found.code != "R408"]  # they are listed by township
    print_diagnostics(listed, console, lang=told.lang, labels=report.labels, per_code=per_code, least=least)
    if not shown.quiet:
        print_hints(report.diagnostics, console, lang=told.lang, per_code=per_code)
    if missing is not None and not shown.quiet:
        print_sections([missing], console, told.lang)
        console.print()
    counts = {f"n_{level.value}": report.count(level) for level in Severity}
    read = sum(file.status == "read" for file in report.inputs)
    if outcome.register is None and not shown.quiet:
        console.print(say("why.no_register", told.lang))
    for inference in () if shown.quiet else report.inferences:
        what, reason = pick(inference.what, told.lang), pick(inference.reason, told.lang)
        inferred = say("report.inferred.text", told.lang, what=what, value=inference.value, reason=reason)
        console.print(f"{say('report.inferred', told.lang)}  {inferred}")
    more = say("check.more", told.lang) if report.count(Severity.NOTE) and least is not Severity.NOTE else ""
    console.print(say("check.summary", told.lang, files=read, units=report.whole.reported, more=more, **counts))
    passed = [f"{file.file}!{name}" for file in report.inputs for name in file.passed_over]
    if passed and not shown.quiet:
        console.print(say("passed_over", told.lang, sheets=say("list.comma", told.lang).join(passed)))
    return code


def _remember(outcome: Outcome, told: Settings, shown: Shown) -> None:
    """Write down how each ledger was read, and the headers that were mapped, under its township."""
    from starcheck.ledger import TableOrigin  # noqa: PLC0415 - heavy
    from starcheck.remembered import entries_of, write_down  # noqa: PLC0415 - heavy

    origin = outcome.ledger.origin
    assert isinstance(origin, TableOrigin)
    towns: dict[str, set[str]] = {}
    for unit, table in enumerate(origin.table_of.tolist()):
        if table >= 0:
            towns.setdefault(origin.tables[table].sheet.file, set()).add(outcome.ledger.units.township[unit])
    config = told.root / CONFIG
    for read in outcome.files:
        if read.status != "read" or not read.tables:
            continue
        here = towns.get(read.file, set()) - {""}
        sheets = 1 if read.workbook is None else len(read.workbook.sheets)
        township = next(iter(here)) if len(here) == 1 else None
        sections = list(entries_of(read.tables, township, told.map, sheets=sheets))
        try:
            write_down(config, sections)
        except OSError as problem:
            raise Stop(4, both("stop.out_write", out=config, reason=problem.strerror or str(problem))) from None
        for section, _ in sections:
            tell(shown, told, "remembered.written", config=config, section=section)


def explain_layout(paths: Sequence[Path], told: Settings, shown: Shown, version: str) -> int:
    """What every file and sheet was taken as; nothing is judged. 3 where a file could not be read, else 0."""
    from starcheck.layout import as_document, explained, page  # noqa: PLC0415 - heavy
    from starcheck.run import read_files  # noqa: PLC0415 - heavy

    shown.check()
    inbox, scheme = read_files(paths, told)
    taken = explained(inbox.files, inbox.diagnostics, scheme, told.lang)
    if shown.form == "json":
        chosen = None if scheme is None else scheme.id
        document = {"format": 1, "command": "check", "version": version, "scheme": chosen, "layout": as_document(taken)}
        print(json.dumps(document, ensure_ascii=True, indent=1))  # noqa: T201 - stdout is the result
    else:
        show_page(list(page(taken, told.lang)), told, shown)
    print_problems([found for found in inbox.diagnostics if found.where.file is None], told, shown)
    return 3 if inbox.unread else 0


def _held_against(
    marked: Path, outcome: Outcome, report: Report, told: Settings, shown: Shown, labels: Mapping[str, str]
) -> None:
    """What became of the problems of the workbooks given back: printed, written, or in the JSON document."""
    from starcheck import against  # noqa: PLC0415 - heavy
    from starcheck.inbox import Vocabulary, read_inbox  # noqa: PLC0415 - heavy
    from starcheck.marking import concerning, townships  # noqa: PLC0415 - heavy
    from starcheck.report.model import in_order  # noqa: PLC0415 - heavy
    from starcheck.report.problems import write_rows  # noqa: PLC0415 - heavy
    from starcheck.run import memory_of  # noqa: PLC0415 - heavy

    given_back = read_inbox([marked], Vocabulary.of(outcome.scheme), memory=memory_of(told, [outcome.scheme]))[0].files
    if not any(against.is_marked(read) for read in given_back):
        raise Stop(2, both("stop.against", marked=marked))
    lines: list[against.Line] = []
    towns = townships(outcome.ledger)
    sent = [read for read in outcome.files if read.status in {"read", "unreadable"}]
    answers = [(read, against.marked_for(read, given_back, alone=len(sent) == 1)) for read in sent]
    answered = [(read, other) for read, other in answers if other is not None]
    said = [_unanswered("F145", read) for read, other in answers if other is None]
    if not answered:
        raise Stop(2, both("stop.against_none", marked=marked, file=said[0].where.file))
    same = [_unanswered("F146", read) for read, other in answered if read.sha256 == other.sha256]
    if len(same) == len(answered):
        raise Stop(2, both("stop.against_same", file=answered[0][0].path, marked=answered[0][1].path))
    said += same
    for read, other in answered:
        about = concerning(read.file, report.diagnostics, outcome.ledger)
        lines += against.compare(read, about, other, towns, told.lang, labels)
    pairs = [(read.file, other.file) for read, other in answered]
    report = report._replace(diagnostics=in_order([*report.diagnostics, *said]))
    report = report._replace(against=[line.texts() for line in lines])
    rows = list(against.rows(lines, told.lang))
    if shown.out is not None and shown.out.suffix.lower() != ".json":
        try:
            write_rows(rows, shown.out, say("against.state", told.lang))
        except OSError as problem:
            reason = problem.strerror or str(problem)
            raise Stop(2, both("stop.out_write", out=shown.out, reason=reason)) from None
        tell(shown, told, "written", out=shown.out)
    elif shown.form == "json" or shown.out is not None:
        _show(report, outcome, told, shown)
    elif shown.form == "csv":
        sys.stdout.flush()
        write_rows(rows, sys.stdout.buffer, say("against.state", told.lang))
    else:
        show_page(list(against.page(lines, pairs, told.lang, everything=shown.everything)), told, shown)
    print_problems(said, told, shown)


def _unanswered(code: str, read: FileRead) -> Diagnostic:
    return Diagnostic(code, Location(read.file))


def _refused(stop: Stop) -> list[FileRead]:
    """The files of a run that found nothing to rate of which something is said; nothing is known of the others."""
    files: Sequence[FileRead] = stop.files
    named = {found.where.file for found in stop.diagnostics if found.level is not Severity.NOTE}
    return [read for read in files if read.file in named]


def _give_back(
    files: Sequence[FileRead],
    diagnostics: Sequence[Diagnostic],
    ledger: Ledger | None,
    folder: Path,
    told: Settings,
    shown: Shown,
    labels: Mapping[str, str],
) -> None:
    """Write the marked copies, and say on stderr what was given back."""
    from starcheck.marking import give_back  # noqa: PLC0415 - heavy
    from starcheck.report.model import in_order  # noqa: PLC0415 - heavy

    copies = give_back(files, in_order(diagnostics), ledger, folder, lang=told.lang, labels=labels)
    for copy in copies:
        tell(shown, told, "marks.copy", file=copy.file, path=copy.path, n=copy.problems, cells=copy.cells)
    problems = sum(copy.problems for copy in copies)
    tell(shown, told, "marks.copies", n=len(copies), folder=folder, problems=problems)
    print_problems([found for copy in copies for found in copy.said], told, shown)


@contextlib.contextmanager
def _still_a_document(command: str, version: str, told: Settings, shown: Shown) -> Iterator[None]:
    """With ``--format json`` stdout is one document also where nothing could be rated."""
    try:
        yield
    except Stop as stop:
        if shown.form == "json" and stop.exit_code == 3:  # noqa: PLR2004 - the contract's exit code
            from starcheck.report.as_json import refused_document  # noqa: PLC0415 - heavy

            about = {"county": stop.county, "period": stop.period}
            document = refused_document(command, version, stop.inputs, stop.diagnostics, told.lang, **about)
            json.dump(document, sys.stdout, ensure_ascii=True)
            sys.stdout.write("\n")
        raise


def report(
    told: Settings, shown: Shown, version: str, *, now_store: Callable[[], AbstractContextManager[Store]] | None = None
) -> int:
    """Render what is recorded."""
    from starcheck.recording import previous_of, recorded_outcome, shown_parts, unlike_final  # noqa: PLC0415 - heavy

    shown.check()
    with (now_store or (lambda: open_store(told, create=False)))() as store:
        month, problems = store.month(told.county, told.scheme_id, told.period)
        if month is None:
            raise Stop(2, (problems[0].message("zh"), problems[0].message("en")), problems)
        outcome = recorded_outcome(month, told)
        problems = (*problems, *unlike_final(store, month, outcome))
        previous = {} if told.township else previous_of(store, [month.county], month.scheme_id, month.period)
    township = _township(outcome, told.township)
    parts = shown_parts(month)
    outcome = replace(outcome, diagnostics=(*outcome.diagnostics, *problems))
    if township is not None:
        outcome = _about(outcome, township)
        parts = tuple(part for part in parts if part.township == township)
    rendered = report_of(outcome, "report", version, shown, previous=previous, parts=parts, township=township)
    if not shown.quiet:
        _show_diagnostics(rendered, told, shown, least=Severity.ERROR)
    _show(rendered, outcome, told, shown, township=township)
    return outcome.exit_code(told.fail_on or "never")


def recorded_month(told: Settings, scheme: str) -> Month:
    """The county's month as it is recorded under a scheme's 编号. Raises ``Stop`` where there is none."""
    with open_store(told, create=False) as store:
        month, problems = store.month(told.county, scheme, told.period)
    if month is None:
        raise Stop(2, (problems[0].message("zh"), problems[0].message("en")), problems)
    return month


def _about(outcome: Outcome, township: str) -> Outcome:
    """The outcome with the inputs and diagnostics of one township's files only, and of those that may be anybody's.

    Units and ranks stay the county's.
    """
    units, ledger = outcome.ledger.units, outcome.ledger
    places = [place for place, name in enumerate(units.township) if name == township]
    files = {where.file for place in places for key in ledger.columns for where in ledger.cells(place, key)}
    files |= outcome.fruitless
    names = {units.name[place] for place in places}

    def concerns(found: Diagnostic) -> bool:
        return found.where.file in files if found.where.file is not None else found.unit in names

    assessment = replace(
        outcome.assessment, diagnostics=tuple(found for found in outcome.assessment.diagnostics if concerns(found))
    )
    return replace(
        outcome,
        assessment=assessment,
        diagnostics=tuple(found for found in outcome.diagnostics if concerns(found)),
        inputs=tuple(file for file in outcome.inputs if file.file in files),
    )


def _township(outcome: Outcome, asked: str | None) -> str | None:
    """The township meant: as written, else without 乡 镇 街道 where that is unique."""
    if asked is None:
        return None
    from starcheck.register import township_base  # noqa: PLC0415 - heavy
    from starcheck.units import fold  # noqa: PLC0415

    names = tuple(dict.fromkeys(outcome.ledger.units.township))
    exact = [name for name in names if fold(name) == fold(asked)]
    found = exact or [name for name in names if township_base(fold(name)) == township_base(fold(asked))]
    if len(found) != 1:
        raise Stop(2, both("stop.township", township=asked, known="、".join(found or names)))
    return found[0]


def report_of(
    outcome: Outcome,
    command: str,
    version: str,
    shown: Shown,
    *,
    previous: dict[str | None, Previous] | None = None,
    parts: Sequence[PartShown] = (),
    township: str | None = None,
) -> Report:
    """The report of an outcome, with what ``shown`` shortens shortened."""
    from starcheck.report.model import VILLAGES_SHOWN, build_report  # noqa: PLC0415 - heavy

    return build_report(
        outcome.assessment,
        command=command,
        version=version,
        county=outcome.county,
        period=outcome.period,
        inputs=outcome.inputs,
        diagnostics=outcome.diagnostics,
        inferences=outcome.inferences,
        parts=parts,
        targets=outcome.targets,
        previous=previous or {},
        final=outcome.final,
        township=township,
        register_townships=outcome.register_townships,
        villages=None if shown.everything else VILLAGES_SHOWN,
    )


def _show_diagnostics(report: Report, told: Settings, shown: Shown, least: Severity = Severity.WARNING) -> None:
    """Problems on stderr, errors first; with ``-q`` none."""
    if shown.quiet:
        return
    from starcheck.report.console import PER_CODE, make_console, print_diagnostics, print_hints  # noqa: PLC0415 - heavy

    console = make_console(stderr=True, color=shown.color)
    per_code = None if shown.everything else PER_CODE
    least = Severity.NOTE if shown.everything else least
    print_diagnostics(report.diagnostics, console, lang=told.lang, labels=report.labels, per_code=per_code, least=least)
    print_hints(report.diagnostics, console, lang=told.lang, per_code=per_code)


def _show(report: Report, outcome: Outcome, told: Settings, shown: Shown, township: str | None = None) -> None:
    """The result: on stdout in its form, or in a file by its ending."""
    out = shown.out
    if out is not None:
        if out.suffix.lower() in TABLE_SUFFIXES:
            from starcheck.report.tables import write_units  # noqa: PLC0415 - heavy

            try:
                written = write_units(outcome.assessment, out, told.lang, township=township)
            except OSError as problem:
                raise Stop(2, both("stop.out_write", out=out, reason=problem.strerror or str(problem))) from None
        else:
            written = (out,)
            form = {".md": "md", ".json": "json", ".txt": "console"}[out.suffix.lower()]
            _write_whole(out, lambda stream: _render(report, outcome, told, shown, form, stream, township))
        for file in written:
            tell(shown, told, "written", out=file)
        if shown.form == "console" and out.suffix.lower() not in TABLE_SUFFIXES:
            return
    _render(report, outcome, told, shown, shown.form, sys.stdout, township)


def _render(
    report: Report, outcome: Outcome, told: Settings, shown: Shown, form: str, stream: IO[str], township: str | None
) -> None:
    from starcheck.report.console import console_on, print_report, speaks_unicode  # noqa: PLC0415 - heavy

    if form == "json":
        from starcheck.report.as_json import write_document  # noqa: PLC0415

        write_document(report, outcome.assessment, stream, told.lang, ascii_only=not speaks_unicode(stream))
    elif form == "md":
        from starcheck.report.markdown import markdown  # noqa: PLC0415

        _tolerant(stream)
        stream.write(markdown(report, told.lang, everything=shown.everything))
    elif form == "csv":
        from starcheck.report.tables import write_csv  # noqa: PLC0415

        stream.flush()
        write_csv(outcome.assessment, sys.stdout.buffer, told.lang, township)
    else:
        print_report(report, console_on(stream, color=shown.color), lang=told.lang, everything=shown.everything)


def _tolerant(stream: IO[str]) -> None:
    """What the stream's encoding has no bytes for becomes an escape, never an error."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")


def _write_whole(path: Path, write: Callable[[IO[str]], None]) -> None:
    """A text file, whole or not at all."""
    try:
        unfinished = path.absolute().with_name(f".{path.name}.{os.getpid()}")
        try:
            with unfinished.open("w", encoding="utf-8") as stream:
                write(stream)
            unfinished.replace(path)
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise
    except OSError as problem:
        raise Stop(2, both("stop.out_write", out=path, reason=problem.strerror or str(problem))) from None


# --- the store --------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def open_store(told: Settings, *, create: bool, read_only: bool = False) -> Iterator[Store]:
    """The store of the workspace or the one that is named, for as long as it is used.

    Raises ``Stop``: 2 where there is none, 4 where it cannot be used, at first or later on.
    """
    from starcheck.database import StoreProblem  # noqa: PLC0415 - heavy
    from starcheck.history import Store  # noqa: PLC0415 - heavy

    try:
        with Store.open(told.store_target, create=create, wait=told.store_wait, read_only=read_only) as store:
            yield store
    except StoreProblem as problem:
        found = problem.diagnostic
        code = 2 if found.code == "H714" else 4
        raise Stop(code, (found.message("zh"), found.message("en")), (found,)) from None


def refuse_empty(option: str, reason: str | None) -> None:
    """A reason that says nothing is none."""
    if reason is not None and not reason.strip():
        raise Stop(2, both("stop.why", option=option))


def _recorded_register(told: Settings, county: str, scheme_id: str) -> tuple[Register, str | None] | None:
    """The county's register by the store, where there is one."""
    if not store_exists(told):
        return None
    from starcheck.recording import recorded_register  # noqa: PLC0415 - heavy

    try:
        with open_store(told, create=False) as store:
            return recorded_register(store, county, scheme_id)
    except Stop:
        return None


def _recorded_answers(told: Settings, county: str, scheme_id: str, period: str) -> Sequence[Answer]:
    """What departments answered about the county's month by the store, where there is one."""
    if not store_exists(told):
        return ()
    from starcheck.inbox import same_place  # noqa: PLC0415 - heavy
    from starcheck.recording import recorded_answers  # noqa: PLC0415 - heavy

    try:
        with open_store(told, create=False) as store:
            name = next((name for name in store.counties() if same_place(name, county)), county)
            return recorded_answers(store, name, scheme_id, period)
    except Stop:
        return ()


def open_to_read(told: Settings) -> None:
    """Refuse to go on without a store that was named to be read: what it would have told must not be missing unsaid."""
    with open_store(told, create=False):
        pass


def store_exists(told: Settings) -> bool:
    """Whether there is a store to read; an unusable one is reported when it is written."""
    return "://" in told.store_target or Path(told.store_target).is_file()


def _last_months(outcome: Outcome, told: Settings, shown: Shown | None = None) -> dict[str | None, tuple[str, Outcome]]:
    """The last recorded period of each county of the run, where there is a store that can be read.

    Where it cannot, that is said if ``shown`` says how: by a command that will not write to it.
    """
    if told.no_store or not store_exists(told):
        return {}
    from starcheck.recording import last_months  # noqa: PLC0415 - heavy

    try:
        with open_store(told, create=False) as store:
            return last_months(store, outcome.ledger.units.counties, outcome.scheme.id, outcome.period)
    except Stop as stop:
        problems = stop.diagnostics
    if shown is not None:
        print_problems(problems, told, shown)
    return {}


def _previous(outcome: Outcome, last: Mapping[str | None, tuple[str, Outcome]]) -> dict[str | None, Previous]:
    """Last month's tiers, where the run covers the county."""
    if not last or len(outcome.ledger.units.township_groups) < (outcome.register_townships or 0):
        return {}
    from starcheck.recording import tiers_of  # noqa: PLC0415 - heavy

    return tiers_of(last)


def with_hints(outcome: Outcome, told: Settings, last: Mapping[str | None, tuple[str, Outcome]]) -> Outcome:
    """The outcome with what last month tells of it, and the signs of copying and smoothing unless not wanted."""
    month = next(iter(last.values())) if len(last) == 1 else None
    if month is not None:
        from starcheck.plausibility import unit_slips  # noqa: PLC0415 - heavy

        said = {(found.field, found.unit) for found in outcome.diagnostics if found.code == "V331"}
        slips = unit_slips(outcome.ledger.as_sent, month[1].ledger)
        new = [found for found in slips if (found.field, found.unit) not in said]
        outcome = replace(outcome, diagnostics=(*outcome.diagnostics, *new))
    if told.no_hints:
        return outcome
    from starcheck.hints import LastMonth, find_hints  # noqa: PLC0415 - heavy

    before = None if month is None else LastMonth(month[0], month[1].ledger)
    found = find_hints(outcome.ledger, outcome.as_of, before)
    return replace(outcome, diagnostics=(*outcome.diagnostics, *found))


def _record(outcome: Outcome, told: Settings, shown: Shown, now: datetime, version: str) -> int:
    """Record the run, and say what that changed. The exit code is 4 if the store cannot be used, 2 if it refuses."""
    from starcheck.recording import renew_final, run_records  # noqa: PLC0415 - heavy

    sys.stdout.flush()
    code = 0
    try:
        with open_store(told, create=True) as store:
            if store.created:
                tell(shown, told, "store.created", store=store)
            for record in run_records(outcome, now, version, store.counties()):
                done = store.record(record, replace=told.replace, correction=told.correction)
                if done.refused:
                    code = 2
                elif done.new:
                    tell(
                        shown,
                        told,
                        "store.recorded",
                        run=done.run_id,
                        county=record.county,
                        period=record.period,
                        changed=len(done.parts_changed),
                        same=len(done.parts_unchanged),
                        carried=len(done.parts_carried),
                    )
                else:
                    tell(shown, told, "store.same", run=done.run_id)
                print_problems(done.diagnostics, told, shown)
                month = (record.county, record.scheme_id, record.period)
                for final in renew_final(store, [month], told, now, version):
                    tell(shown, told, "store.corrected", run=final.run_id, county=record.county, period=record.period)
    except Stop as stop:
        print_problems(stop.diagnostics, told, shown)
        return stop.exit_code
    return code


# --- explain ----------------------------------------------------------------------------------------------------------

CODE = re.compile(r"[FTVRJKHB]\d\d\d")


def explain(what: str, paths: Sequence[Path], told: Settings, shown: Shown) -> int:
    """A diagnostic code, a part of a scheme by its 编号, or one unit on one page."""
    from starcheck.report.explain import explain_code, explain_part, parts_of  # noqa: PLC0415 - heavy

    lang = told.lang
    if CODE.fullmatch(what.upper()):
        if what.upper() not in catalogue():
            raise Stop(2, both("stop.code", code=what, known="、".join(catalogue())))
        show_page(explain_code(what.upper(), lang), told, shown)
        return 0
    found = _scheme_with(what, paths, told)
    if found is not None:
        scheme, as_of = found
        show_page(explain_part(scheme, what, lang, as_of=as_of), told, shown)
        return 0
    outcome, problems = _rated(paths, told)
    if what in parts_of(outcome.scheme):  # of a scheme that is in the store only
        show_page(explain_part(outcome.scheme, what, lang, as_of=outcome.as_of), told, shown)
        return 0
    show_page(_unit_page(what, outcome, told, problems), told, shown)
    return 0


def _scheme_with(identity: str, paths: Sequence[Path], told: Settings) -> tuple[Scheme, date | None] | None:
    """The scheme to explain a 编号 by, and the day where one is known; None where it is nobody's 编号.

    It is the one told, else that of the files, else that of the newest results recorded, else the only one that has it;
    an example laid over another does not make that two. Of its versions that of the day told, or the newest. Raises
    ``Stop`` (2) where several have it, or two files contest the scheme.
    """
    from starcheck.offer import SchemeFile, refuse_contested, version_on, without_overlaid  # noqa: PLC0415 - heavy
    from starcheck.report.explain import parts_of  # noqa: PLC0415 - heavy
    from starcheck.run import day_told, read_files  # noqa: PLC0415 - heavy
    from starcheck.scheme import load_scheme  # noqa: PLC0415 - heavy

    day = day_told(told)
    named = told.scheme is not None and Path(told.scheme).is_file()
    found: list[SchemeFile] = []
    for path in [Path(told.scheme or "")] if named else scheme_paths(told):
        scheme, _ = load_scheme(path)
        if scheme is None or (told.scheme not in {None, scheme.id} and not named):
            continue
        if identity in parts_of(scheme):
            found.append(SchemeFile(path, scheme))
    if told.scheme is None and found:
        used, as_of = (read_files(paths, told)[1], None) if paths else _recorded_scheme(told)
        if used is not None and identity in parts_of(used):
            return used, day or as_of
        found = without_overlaid(found)
        known = list(dict.fromkeys(one.scheme.id for one in found))
        if len(known) > 1:
            raise Stop(2, both("stop.item_schemes", item=identity, known="、".join(known)))
    refuse_contested(found)
    return (version_on([one.scheme for one in found], day), day) if found else None


def _recorded_scheme(told: Settings) -> tuple[Scheme | None, date | None]:
    """The scheme of the newest month in the store, as it was then, and its day; None where that is not one."""
    from starcheck.scheme import scheme_from_texts  # noqa: PLC0415 - heavy

    if not store_exists(told):
        return None, None
    try:
        with open_store(told, create=False) as store:
            month, _ = store.month(told.county, None, told.period)
    except Stop:
        return None, None  # a store that cannot be read has nothing to say of a scheme
    return (None, None) if month is None else (scheme_from_texts(month.scheme_texts)[0], month.as_of)


def _rated(paths: Sequence[Path], told: Settings) -> tuple[Outcome, tuple[Diagnostic, ...]]:
    """An assessment to explain from: of the files given, else of what is recorded."""
    if paths:
        from starcheck.run import rate  # noqa: PLC0415 - heavy

        return rate(paths, told), ()
    from starcheck.recording import recorded_outcome  # noqa: PLC0415 - heavy

    with open_store(told, create=False) as store:
        month, problems = store.month(told.county, told.scheme_id, told.period)
    if month is None:
        raise Stop(2, (problems[0].message("zh"), problems[0].message("en")), problems)
    return recorded_outcome(month, told), problems


def _unit_page(what: str, outcome: Outcome, told: Settings, more: Sequence[Diagnostic]) -> Sequence[Section]:
    from starcheck.report.explain import explain_unit  # noqa: PLC0415 - heavy

    units = outcome.ledger.units
    found = find_units(what, outcome, told.township)
    if not found:
        near = "、".join(near_units(what, outcome)) or "—"
        raise Stop(2, both("stop.unit", unit=what, near=near))
    if len(found) > 1:
        raise Stop(2, both("stop.units", unit=what, found="、".join(told_apart(found, outcome))))
    return explain_unit(
        outcome.assessment,
        found[0],
        county=units.county[found[0]],
        period=outcome.period,
        final=outcome.final,
        diagnostics=(*outcome.all_diagnostics, *more),
        lang=told.lang,
    )


def find_units(what: str, outcome: Outcome, township: str | None) -> list[int]:
    """The units a code or name may mean, in the forms people use; a township, or county and township, may lead it."""
    from starcheck.register import Entry, Found, Register, township_base  # noqa: PLC0415 - heavy
    from starcheck.units import fold  # noqa: PLC0415

    units = outcome.ledger.units
    folded = fold(what)
    coded = [place for place in range(len(units)) if units.code[place] == folded]
    if coded:
        return coded
    found: list[int] = []
    for (county, town), members in units.township_groups.items():
        if township is not None and township_base(town) != township_base(fold(township)):
            continue
        # namesakes of one township, and townships that are namesakes, are found where each group is by itself
        label = town or _NO_TOWNSHIP
        places = members.tolist()
        entries = (Entry(units.code[at], units.name[at], label, county, units.kind[at]) for at in places)
        register = Register(tuple(entries))
        whole = f"{fold(county)}{fold(town)}"
        leads = [lead for lead in (whole, fold(town)) if lead and folded.startswith(lead)]
        for name in (folded, *(folded[len(lead) :].lstrip("/、 ") for lead in leads)):
            match = register.match(name, label, None, outcome.scheme.unit_kind)
            if match.found is Found.UNIT and match.entry is not None:
                found.append(places[match.entry])
            elif match.found is Found.AMBIGUOUS:
                found += [places[at] for at in match.candidates]
            else:
                continue
            break
    return found


_NO_TOWNSHIP = "无乡镇"
"""What the township of units that say none is called while their names are looked for."""


def told_apart(found: Sequence[int], outcome: Outcome) -> list[str]:
    """What to write for each of several units: township and name, else also the county, else the code or the cell."""
    units = outcome.ledger.units
    names = [f"{units.township[at]}{units.name[at]}" for at in found]
    longer = [f"{units.county[at]}{name}" for at, name in zip(found, names, strict=True)]
    listed: list[str] = []
    for at, name, full in zip(found, names, longer, strict=True):
        if names.count(name) == 1:
            listed.append(name)
        elif longer.count(full) == 1:
            listed.append(full)
        elif units.code[at]:
            listed.append(f"{units.code[at]}（{name}）")
        else:
            cells = (cell for item in outcome.scheme.criteria for cell in outcome.ledger.cells(at, item.id))
            listed.append(f"{name}（{next(iter(cells), '—')}）")
    return listed


def near_units(what: str, outcome: Outcome) -> tuple[str, ...]:
    """Names like the one asked for."""
    from rapidfuzz import fuzz, process  # noqa: PLC0415 - only where something went wrong

    units = outcome.ledger.units
    found = process.extract(what, list(dict.fromkeys(units.name)), scorer=fuzz.ratio, limit=3, score_cutoff=40)
    return tuple(str(name) for name, _, _ in found)


# --- template ---------------------------------------------------------------------------------------------------------


def template(told: Settings, out: Path | None, shown: Shown, today: date, *, force: bool) -> int:
    """A ledger to fill in: one workbook, or in a folder one for each township."""
    from starcheck.register import fold_name  # noqa: PLC0415 - heavy
    from starcheck.run import day_told, period_told, register_told  # noqa: PLC0415 - heavy
    from starcheck.template import Form, ledger_template, place_words  # noqa: PLC0415 - heavy

    period, as_of = period_told(told), day_told(told) or today
    scheme = scheme_in_force(told, as_of)
    register, problems = register_told(told, scheme)
    print_problems([found for found in problems if found.level is not Severity.NOTE], told, shown)
    township, entries = told.township, []
    if register is not None:
        entries = [register.entries[place] for place in register.of_kind(scheme.unit_kind)]
        if told.county is not None:
            home = fold_name(told.county)
            entries = [entry for entry in entries if fold_name(entry.county or told.county) == home]
        township = _township_in(register, told.township) if told.township is not None else None
        entries = [entry for entry in entries if entry.expected(as_of) and township in {None, entry.township}]
        if not entries:
            where = f"，{township}" if township else ""
            raise Stop(2, both("stop.template_units", kind=scheme.unit_kind, day=as_of, township=where))
    folder = out is not None and (out.is_dir() or not out.suffix)
    groups: dict[tuple[str | None, str | None], list[Entry]] = {}
    for entry in entries:
        apart = folder and township is None
        groups.setdefault((entry.county, entry.township) if apart else (None, township), []).append(entry)
    forms: dict[Path, Form] = {}
    for (_, town), own in (groups or {(None, township): []}).items():
        counties = {entry.county for entry in own if entry.county}
        county = counties.pop() if len(counties) == 1 else None if counties else told.county
        form = Form(scheme, as_of, period, county, town, tuple(own), told.lang)
        name = place_words(form)
        if Path(f"{name}.xlsx") in {path.relative_to(out or Path()) for path in forms}:
            name = f"{county or ''}{name}"
        forms[out / f"{name}.xlsx" if folder and out else out or Path(f"{name}.xlsx")] = form
    for path in forms:
        if path.suffix.lower() != ".xlsx":
            raise Stop(2, both("stop.template_out", out=path))
        if path.exists() and not force:
            raise Stop(2, both("stop.out_exists", out=path))
    for path, form in forms.items():
        made = ledger_template(form)
        write_bytes(path, made.content, make_folder=folder)
        tell(shown, told, "template.made", n=made.rows, columns=made.columns, out=path)
    first = next(iter(forms.values()))
    for key, lacking in (
        ("register", register is None),
        ("county", first.county is None and not any(entry.county for entry in entries)),
        ("period", period is None),
    ):
        if lacking:
            tell(shown, told, f"template.no_{key}")
    return 0


def scheme_in_force(told: Settings, as_of: date) -> Scheme:
    """The scheme told, else the only one there is; of several versions the last that is in force."""
    schemes = [scheme for _, scheme in _schemes(None, told)]
    if len({scheme.id for scheme in schemes}) > 1:
        raise Stop(2, both("stop.template_scheme", schemes="、".join(scheme.id for scheme in schemes)))
    in_force = [scheme for scheme in schemes if scheme.problem_at(as_of) is None]
    if not in_force:
        scheme = schemes[-1]
        until = scheme.until.isoformat() if scheme.until else "—"
        raise Stop(2, both("stop.not_in_force", scheme=scheme.id, as_of=as_of, since=scheme.since, until=until))
    return in_force[-1]


def _township_in(register: Register, asked: str) -> str:
    """The register's name of a township, with or without 乡 镇 街道."""
    found = register.township(asked)
    if len(found) != 1:
        known = dict.fromkeys(entry.township for entry in register.entries)
        raise Stop(2, both("stop.township", township=asked, known="、".join(found or known)))
    return register.entries[register.townships[found[0]][0]].township


def write_bytes(path: Path, content: bytes, *, make_folder: bool) -> None:
    """A file, whole or not at all."""
    from starcheck.report.listing import write_whole  # noqa: PLC0415 - heavy

    try:
        if make_folder:
            path.parent.mkdir(parents=True, exist_ok=True)
        elif not path.absolute().parent.is_dir():
            raise Stop(2, both("stop.out_folder", folder=path.absolute().parent))
        write_whole(path, content)
    except OSError as problem:
        raise Stop(4, both("stop.out_write", out=path, reason=problem.strerror or str(problem))) from None


# --- register ---------------------------------------------------------------------------------------------------------


def register_check(path: Path, told: Settings, shown: Shown, today: date, version: str) -> int:
    """A register: who is in it, and what is wrong with it."""
    from starcheck.register_commands import check as check_file  # noqa: PLC0415 - heavy

    shown.check()
    done = check_file(path, told, day_or(told.as_of, today), version)
    if shown.out is not None:
        from starcheck.report.problems import write_problems  # noqa: PLC0415 - heavy

        try:
            write_problems(done.diagnostics, shown.out, told.lang, {})
        except OSError as problem:
            reason = problem.strerror or str(problem)
            raise Stop(2, both("stop.out_write", out=shown.out, reason=reason)) from None
        tell(shown, told, "written", out=shown.out)
    _show_register(done, told, shown)
    return done.code


def register_import(
    paths: Sequence[Path],
    told: Settings,
    out: Path,
    shown: Shown,
    today: date,
    version: str,
    *,
    update: Path | None,
    force: bool,
) -> int:
    """A register in our form from a national list or a county's own; with ``update`` compared with an older one."""
    from starcheck.register_commands import made_words, make  # noqa: PLC0415 - heavy

    shown.check()
    if out.suffix.lower() not in {".csv", ".xlsx"}:
        raise Stop(2, both("stop.import_out", out=out))
    if out.exists() and not force:
        raise Stop(2, both("stop.out_exists", out=out))
    day = None if told.as_of is None else day_or(told.as_of, today)
    xlsx = out.suffix.lower() == ".xlsx"
    with _working(say("progress.reading", told.lang), shown):
        content, units, towns, done = make(
            paths,
            told,
            update=update,
            day=day,
            today=today,
            xlsx=xlsx,
            version=version,
            everything=shown.everything,
        )
    write_bytes(out, content, make_folder=False)
    if not shown.quiet:
        say_plainly(made_words(told, units, towns, out))
    _show_register(done, told, shown)
    return done.code


def day_or(text: str | None, today: date) -> date:
    """The day that is told, else today. Raises ``Stop`` (2) for what is no day."""
    return today if text is None else day_of(text)


def day_of(text: str) -> date:
    """The day of an option, ``2022-06-30``. Raises ``Stop`` (2) for what is no day."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Stop(2, both("stop.as_of", as_of=text)) from None


def _show_register(done: RegisterDone, told: Settings, shown: Shown) -> None:
    if shown.form == "json":
        from starcheck.register_commands import print_document  # noqa: PLC0415 - heavy

        print_document(done.document)
        return
    if shown.form == "csv":
        from starcheck.report.problems import write_problems  # noqa: PLC0415 - heavy

        sys.stdout.flush()
        write_problems(done.diagnostics, sys.stdout.buffer, told.lang, {})
        return
    if shown.form == "md":
        from starcheck.report.problems import problems_markdown  # noqa: PLC0415 - heavy

        show_page(done.page, told, shown)
        sys.stdout.write("\n" + problems_markdown(done.diagnostics, told.lang, {}))
        return
    if not shown.quiet:
        from starcheck.report.console import make_console, print_diagnostics  # noqa: PLC0415 - heavy

        console = make_console(color=shown.color)
        least = Severity.NOTE if shown.everything else Severity.WARNING
        per_code = None if shown.everything else 20
        print_diagnostics(done.diagnostics, console, lang=told.lang, labels={}, per_code=per_code, least=least)
    show_page(done.page, told, shown)


# --- criteria, init ---------------------------------------------------------------------------------------------------


def _schemes(which: str | None, told: Settings) -> list[tuple[Path, Scheme]]:
    from starcheck.offer import SchemeFile, broken_file, refuse_contested, versions  # noqa: PLC0415 - heavy
    from starcheck.scheme import load_scheme  # noqa: PLC0415 - heavy

    name = which or told.scheme
    if name is not None and not Path(name).is_file():
        return [(one.path, one.scheme) for one in versions(name, told)]
    found: list[tuple[Path, Scheme]] = []
    for path in [Path(name)] if name is not None else scheme_paths(told):
        scheme, problems = load_scheme(path)
        if scheme is None:
            raise broken_file(path, problems)
        found.append((path, scheme))
    if not found:
        raise Stop(2, both("stop.no_scheme"))
    if len({scheme.id for _, scheme in found}) == 1:
        refuse_contested(SchemeFile(path, scheme) for path, scheme in found)
    return found


def schema(told: Settings, *, result: bool, ledger: bool, diff: bool = False) -> int:
    """The JSON Schema of scheme files, of the result, of ``criteria diff``, or of the rows of a scheme's ledger."""
    if diff:
        from starcheck.comparison_page import diff_json_schema  # noqa: PLC0415 - heavy

        document = diff_json_schema()
    elif result:
        from starcheck.report.as_json import result_json_schema  # noqa: PLC0415 - heavy

        document = result_json_schema()
    elif ledger:
        from starcheck.fields import LedgerSchema  # noqa: PLC0415 - heavy

        schemes = _schemes(None, told)
        if len({scheme.id for _, scheme in schemes}) > 1:
            known = "、".join(scheme.id for _, scheme in schemes)
            raise Stop(2, both("stop.scheme_tie", schemes=known))
        document = LedgerSchema(schemes[0][1]).json_schema()
    else:
        from starcheck.scheme import scheme_json_schema  # noqa: PLC0415 - heavy

        document = scheme_json_schema()
    print_json(document)
    return 0


def init(folder: Path, told: Settings, shown: Shown) -> int:
    """A workspace."""
    try:
        made = init_workspace(folder)
    except OSError as problem:
        raise Stop(4, both("stop.out_write", out=folder, reason=problem.strerror or str(problem))) from None
    for path in made:
        tell(shown, told, "init.made", path=path)
    if not made:
        tell(shown, told, "init.nothing", folder=folder)
    return 0


# --- saying -----------------------------------------------------------------------------------------------------------


def show_page(page: Sequence[Section] | Iterator[Section], told: Settings, shown: Shown) -> None:
    """Print sections in the form that was asked for."""
    if shown.form == "md":
        from starcheck.report.markdown import page_markdown  # noqa: PLC0415 - heavy

        _tolerant(sys.stdout)
        sys.stdout.write(page_markdown(page))
        return
    from starcheck.report.console import make_console, print_sections  # noqa: PLC0415 - heavy

    print_sections(page, make_console(color=shown.color), told.lang)


def tell(shown: Shown, told: Settings, key: str, **slots: object) -> None:
    """One line on stderr, unless quiet."""
    if not shown.quiet:
        say_plainly(say(key, told.lang, **slots))


def print_json(document: object) -> None:
    """A document on stdout."""
    from starcheck.report.as_json import json_text  # noqa: PLC0415 - heavy
    from starcheck.report.console import speaks_unicode  # noqa: PLC0415 - heavy

    print(json_text(document, ascii_only=not speaks_unicode(sys.stdout), indent=2))  # noqa: T201 - stdout is the result


def say_plainly(text: str) -> None:
    """A line on stderr that no encoding can refuse and no name in it can steer."""
    _tolerant(sys.stderr)
    sys.stderr.write(f"{visible(text)}\n")


def print_problems(problems: Sequence[Diagnostic], told: Settings, shown: Shown, *, has_all: bool = True) -> None:
    """Diagnostics on stderr; ``has_all`` is whether the command has ``--all`` to show more of one code."""
    if not problems:
        return
    from starcheck.report.console import make_console, print_diagnostics  # noqa: PLC0415 - heavy

    print_diagnostics(problems, make_console(stderr=True, color=shown.color), lang=told.lang, has_all=has_all)


def print_stop(stop: Stop, told_lang: Lang, color: bool | None) -> None:
    """The one line that says why a run cannot go on, after the problems behind it."""
    listed = [found for found in stop.diagnostics if found.level is not Severity.NOTE]
    if listed:
        from starcheck.report.console import make_console, print_diagnostics  # noqa: PLC0415 - heavy

        print_diagnostics(listed, make_console(stderr=True, color=color), lang=told_lang, per_code=10)
    if stop.text[0] not in {found.message("zh") for found in listed}:
        say_plainly(f"starcheck: {pick(stop.text, told_lang)}")


@contextlib.contextmanager
def _working(text: str, shown: Shown) -> Iterator[None]:
    """A spinner on a terminal while something long goes on; nothing when piped."""
    if shown.quiet or not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield
        return
    from starcheck.report.console import make_console  # noqa: PLC0415 - heavy

    with make_console(stderr=True, color=shown.color).status(text):
        yield
