"""The imperative shell of one run: files in, an assessment out, every assumption said.

``rate`` reads like the pipeline of DESIGN §2. It looks at no clock and prints nothing; what cannot go on is a ``Stop``
with the exit code of §7.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from starcheck.cells import Limits
from starcheck.column import Reason
from starcheck.diagnostic import Diagnostic, Location, Severity, Text, worst
from starcheck.display import shown_otherwise
from starcheck.identity import HEADERS
from starcheck.inbox import (
    FileRead,
    FoundTable,
    Handed,
    Inbox,
    Vocabulary,
    ledger_tables,
    no_columns,
    period_in,
    periods_around,
    private_columns,
    private_elsewhere,
    read_inbox,
    same_place,
    sort_tables,
)
from starcheck.intake import HeaderIndex, is_total, read_ledger
from starcheck.ledger import Ledger, TableOrigin, Units, unit_keys
from starcheck.messages import both
from starcheck.offer import Offer, offered, version_on
from starcheck.plausibility import unit_slips
from starcheck.private import masked
from starcheck.register import (
    REGISTER_HEADERS,
    Entry,
    Found,
    Register,
    columns_of,
    fold_name,
    is_register,
    read_registers,
    township_base,
)
from starcheck.remembered import Remembered, remembered
from starcheck.report.model import FinalShown, Inference, InputFile, InputSheet
from starcheck.scheme import Scheme, load_scheme
from starcheck.scoring import Assessment, assess, with_targets
from starcheck.table import Table, find_tables
from starcheck.units import fold, last_day, normalise_header, read_date, read_number, read_yesno
from starcheck.workbook import read_workbook
from starcheck.workspace import Settings, Stop, scheme_paths

if TYPE_CHECKING:
    from starcheck.replies import Answer, Replied

TargetCounts = dict[str | None, dict[int, int]]
"""Units per tier that a county's townships are to reach, by county."""

PERIOD = re.compile(r"(\d{4})(?:-(0[1-9]|1[0-2]))?")


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a run found: the assessment, and everything that led to it."""

    settings: Settings
    scheme: Scheme
    period: str
    as_of: date
    assessment: Assessment
    diagnostics: tuple[Diagnostic, ...]
    inputs: tuple[InputFile, ...]
    inferences: tuple[Inference, ...]
    register: Register | None
    targets: TargetCounts = field(default_factory=dict)
    unit_targets: dict[str, int] = field(default_factory=dict)
    township_targets: dict[str, dict[int, int]] = field(default_factory=dict)
    """The same by township, as its own row says; those that name none are in the county's alone."""
    unread: bool = False
    fruitless: frozenset[str] = frozenset()
    """The files of which no row became a unit: whose they are is not known."""
    exceptions_text: str | None = None
    register_sha256: str | None = None
    targets_sha256: str | None = None
    files: tuple[FileRead, ...] = ()
    """The files themselves, with the tables found; none of a month that was recorded."""
    final: FinalShown | None = None
    """Whether it is the office's final result: of a recorded month only."""
    replies: tuple[Answer, ...] = ()
    """What departments answered about 负面清单 that went into it."""

    @property
    def ledger(self) -> Ledger:
        """The ledger that was rated."""
        return self.assessment.ledger

    @property
    def county(self) -> str | None:
        """The county, None if there are several."""
        counties = self.ledger.units.counties
        return counties[0] if len(counties) == 1 else None

    @property
    def register_townships(self) -> int | None:
        """Townships with a unit that should have reported, by the whole register; None without one."""
        if self.register is None:
            return None
        entries = [self.register.entries[place] for place in self.register.of_kind(self.scheme.unit_kind)]
        return len({(entry.county, entry.township) for entry in entries if entry.expected(self.as_of)})

    @property
    def absent_townships(self) -> tuple[tuple[str, int], ...]:
        """Townships of the register that the run has no unit of, in its counties, with their number of units."""
        if self.register is None:
            return ()
        here = {
            (fold(town), fold_name(county))
            for town, county in zip(self.ledger.units.township, self.ledger.units.county, strict=True)
        }
        counties = {county for _, county in here}
        counts: dict[str, int] = {}
        for place in self.register.of_kind(self.scheme.unit_kind):
            entry = self.register.entries[place]
            county = fold_name(entry.county or "")
            known = county in counties or not county
            if (
                entry.expected(self.as_of)
                and known
                and not any((fold(entry.township), name) in here for name in ([county] if county else counties))
            ):
                counts[entry.township] = counts.get(entry.township, 0) + 1
        return tuple(counts.items())

    @cached_property
    def all_diagnostics(self) -> tuple[Diagnostic, ...]:
        """Those of reading and those of rating."""
        return (*self.diagnostics, *self.assessment.diagnostics)

    def exit_code(self, fail_on: str) -> int:
        """0, 1 or 3 by DESIGN §7: the highest that applies."""
        if self.unread or not bool(self.ledger.units.reported.all()):
            return 3
        if fail_on == "never":
            return 0
        severity = worst(self.all_diagnostics)
        needed = Severity(fail_on).rank
        return 1 if severity is not None and severity.rank >= needed else 0


RecordedRegister = Callable[[str, str], tuple[Register, str | None] | None]
"""The register last recorded for a county (as its files call it) under a scheme's 编号, and its SHA-256."""
RecordedAnswers = Callable[[str, str, str], "Sequence[Answer]"]
"""What departments answered about a county's month under a scheme, the oldest reply first."""


def rate(
    paths: Sequence[Handed],
    told: Settings,
    *,
    given: Scheme | Offer | None = None,
    recorded_register: RecordedRegister | None = None,
    recorded_answers: RecordedAnswers | None = None,
    narrow: bool = False,
) -> Outcome:
    """Files to assessment: read, choose the scheme (of those ``given``, if any are), date it, match, rate.

    A single resent workbook comes without the register; ``recorded_register`` then knows the county's, and
    ``recorded_answers`` what departments answered. ``narrow`` looks at the townships that the files cover, also where
    nothing is recorded.
    """
    offer = Offer([given]) if isinstance(given, Scheme) else offered(told) if given is None else given
    inferences: list[Inference] = []
    inbox = _read(paths, offer, told)
    try:
        scheme = _choose(inbox, offer, told, inferences)
        inbox = _read_by(scheme, paths, inbox, offer, told)
        return _rate(
            inbox,
            scheme,
            offer,
            told,
            inferences,
            recorded_register=recorded_register,
            recorded_answers=recorded_answers,
            narrow=narrow,
        )
    except Stop as stop:
        stop.files = tuple(inbox.files)
        stop.inputs = _input_files(inbox, None)
        stop.diagnostics = stop.diagnostics or tuple(inbox.diagnostics)
        raise


def _read(paths: Sequence[Handed], offer: Offer, told: Settings) -> Inbox:
    """The files by what the schemes call things; what is remembered is held against the columns of every scheme.

    What one of several schemes calls the column of its units' names (名称列) may mean something else to the others:
    项目 is the corner of many a table with its villages across. It is looked for only where no column is found else.
    """
    words = offer.vocabulary
    if not words.names or len(offer.schemes) + len(offer.sketches) == 1 or told.scheme is not None:
        return _read_with(words, paths, offer, told)
    inbox = _read_with(replace(words, names=frozenset()), paths, offer, told)
    headers = (header for read in inbox.files for table in read.tables for header in table.headers)
    if any(name in words.columns for header in headers for name, _ in header.candidates()):
        return inbox
    return _read_with(words, paths, offer, told)


def _read_by(scheme: Scheme, paths: Sequence[Handed], inbox: Inbox, offer: Offer, told: Settings) -> Inbox:
    """What was read by the words of several schemes; read again by those of the chosen one where that may tell more.

    That is where it has a 名称列, and in some file no table of its has a column of names.
    """
    words = Vocabulary.of(scheme)
    if not words.names or told.scheme is not None:
        return inbox
    index = HeaderIndex(scheme)
    whose = words.names | HEADERS["name"] | HEADERS["code"]

    def is_named(table: Table) -> bool:
        return any(name in whose for header in table.headers for name, _ in header.candidates())

    others = [read for read in inbox.files if read.status == "read" and not any(map(is_register, read.tables))]
    ledgers = [[table for table in read.tables if index.hits(table)] for read in others]
    if all(tables and all(map(is_named, tables)) for tables in ledgers):
        return inbox
    return _read_with(words, paths, offer, told)


def _read_with(words: Vocabulary, paths: Sequence[Handed], offer: Offer, told: Settings) -> Inbox:
    memory = memory_of(told, offer.load_all()) if told.mapping or told.layout or told.map else None
    return read_inbox(paths, words, limits=told.limits, memory=memory)[0]


def memory_of(told: Settings, candidates: Sequence[Scheme]) -> Remembered | None:
    """What the office has said of its workbooks; None where it has said nothing."""
    found = remembered(told, candidates, told.map)
    return None if found.empty else found


def read_files(paths: Sequence[Handed], told: Settings) -> tuple[Inbox, Scheme | None]:
    """The files read and sorted, and the scheme whose columns they have; None where no scheme fits, or several do."""
    offer = offered(told)
    inbox = _read(paths, offer, told)
    try:
        scheme = _choose(inbox, offer, told, [])
        inbox = _read_by(scheme, paths, inbox, offer, told)
    except Stop:
        return inbox, None
    sort_tables(inbox, scheme)
    return inbox, scheme


def _rate(
    inbox: Inbox,
    scheme: Scheme,
    offer: Offer,
    told: Settings,
    inferences: list[Inference],
    *,
    recorded_register: RecordedRegister | None,
    recorded_answers: RecordedAnswers | None,
    narrow: bool,
) -> Outcome:
    """The rest of the pipeline, over what was read."""
    sort_tables(inbox, scheme)
    problems = [*offer.notes.get(scheme.id, ()), *inbox.diagnostics]
    problems += private_columns([*inbox.registers, *(table for table in inbox.targets if table not in inbox.registers)])
    if not inbox.ledgers:
        raise _nothing_to_rate(inbox, scheme.id, problems)
    period = _period(inbox, told, inferences)
    as_of = _as_of(period, told)
    refuse_wrong_dates(scheme, as_of, told)
    register, register_sha = _register(inbox, told, scheme, problems)
    county = _county(inbox, told, register, inferences)
    if not inbox.ledgers:
        raise _nothing_to_rate(inbox, scheme.id, problems)
    if register is None and recorded_register is not None and county:
        found = recorded_register(county, scheme.id)
        if found is not None:
            register, register_sha = found
            inferences.append(Inference(both("what.register"), register.file, both("why.recorded")))
    if register is None:
        inferences.append(Inference(both("what.register"), "—", both("why.no_register")))
    sent = {} if register is None else _sent_in_vain(inbox, register)
    ledger, said = read_ledger(
        ledger_tables(inbox, register, told.township),
        scheme,
        register=register,
        as_of=as_of,
        county=county,
        whole_register=told.no_store and not narrow,
        sent=sent,
    )
    problems += said
    if sent:
        reported = {town for town, came in zip(ledger.units.township, ledger.units.reported, strict=True) if came}
        vain = ((town, file) for town, file in sent.items() if town not in reported)
        problems += [Diagnostic("R437", Location(file), arguments={"township": town}) for town, file in vain]
    problems += private_elsewhere(inbox.workbooks, inbox, problems)
    if not len(ledger.units):
        stop = Stop(3, both("stop.no_units"), tuple(problems))
        stop.county, stop.period = county, period
        raise stop
    fruitless = _fruitless(inbox, ledger)
    if told.county is not None and len(ledger.units.counties) > 1:
        ledger = _only_county(ledger, told.county)
    if told.township is not None:
        ledger = _only_township(ledger, told.township)
    problems += unit_slips(ledger)
    answers: dict[str, Sequence[Answer]] = {}
    if recorded_answers is not None and scheme.vetoes:
        answers = {place: recorded_answers(place, scheme.id, period) for place in ledger.units.counties}
    rated = ledger
    heeded: tuple[Answer, ...] = ()
    if any(answers.values()):
        from starcheck.replies import with_replies  # noqa: PLC0415 - few months have them

        replied = with_replies(ledger, answers, period)
        rated, heeded = replied.ledger, replied.used
        problems += replied.diagnostics
        if replied.decided:
            inferences.append(_heeded(replied))
    assessment = assess(rated, as_of)
    problems += shown_otherwise(assessment)
    aims = _targets(inbox, told, assessment.scheme, ledger.units, register, problems)
    own = aims.units
    targets = np.array([own.get(key, -1) for key in unit_keys(ledger.units)], np.int8) if own else ledger.units.target
    assessment = with_targets(assessment, targets)
    exceptions_text, rules, said_of_rules = read_exceptions(told, as_of)
    problems = accept(problems, rules) + said_of_rules
    assessment = replace(assessment, diagnostics=tuple(accept(list(assessment.diagnostics), rules)))
    return Outcome(
        settings=told,
        scheme=scheme,
        period=period,
        as_of=as_of,
        assessment=assessment,
        diagnostics=tuple(problems),
        inputs=_input_files(inbox, ledger),
        inferences=tuple(inferences),
        register=register,
        targets=aims.counts,
        unit_targets=own,
        township_targets=aims.townships,
        unread=inbox.unread,
        fruitless=fruitless,
        exceptions_text=exceptions_text,
        register_sha256=register_sha,
        targets_sha256=aims.sha256,
        files=tuple(inbox.files),
        replies=heeded,
    )


def _heeded(replied: Replied) -> Inference:
    """That departments' answers stand in the place of what townships sent."""
    return Inference(both("what.vetoes"), replied.departments[0], both("why.replies", n=replied.decided))


def _fruitless(inbox: Inbox, ledger: Ledger) -> frozenset[str]:
    origin = ledger.origin
    assert isinstance(origin, TableOrigin)
    tables = [table for table, rows in zip(origin.tables, origin.unit_rows, strict=True) if rows]
    return frozenset(read.file for read in _useless(inbox, tables))


def _useless(inbox: Inbox, ledgers: Iterable[Table]) -> list[FileRead]:
    """The files, but for skipped ones, that hold none of these ledgers, no register and no targets."""
    useful = {table.sheet.file for table in (*ledgers, *inbox.registers, *inbox.targets)}
    return [read for read in inbox.files if read.status != "skipped" and read.file not in useful]


def _sent_in_vain(inbox: Inbox, register: Register) -> dict[str, str]:
    """Townships named by a file, or by its first lines, that gave no ledger, with the file."""
    sent: dict[str, str] = {}
    for read in _useless(inbox, [found.table for found in inbox.ledgers]):
        sheets = read.workbook.sheets if read.workbook is not None else ()
        lines = [cell for sheet in sheets for row in sheet.rows[:3] for cell in row if isinstance(cell, str)]
        for text in (Path(read.file).stem, *lines):
            town = register.township_in(text)
            if town is not None:
                sent.setdefault(town, read.file)
                break
    return sent


def _nothing_to_rate(inbox: Inbox, scheme: str, problems: Sequence[Diagnostic]) -> Stop:
    """Why there is no ledger: nothing could be read, or nothing read is one."""
    key = "stop.no_ledger" if any(read.tables for read in inbox.files) else "stop.nothing_read"
    return Stop(3, both(key, scheme=scheme), tuple(problems))


# --- scheme -----------------------------------------------------------------------------------------------------------


def _choose(inbox: Inbox, offer: Offer, told: Settings, inferences: list[Inference]) -> Scheme:
    """The scheme whose columns the files have; where several schemes of one 编号 differ by date, the period decides."""
    if told.scheme is not None and len(offer.schemes) == 1:
        return offer.schemes[0]
    day = day_told(told)
    if day is None and (said := _periods_of(inbox)):
        day = _day_of(min(said))
    if told.scheme is not None:
        return version_on(offer.schemes, day)
    best, hits = offer.fitting(inbox)
    if not best:
        known = "、".join(scheme.id for scheme in offer.load_all())
        for read in inbox.files:
            if read.status == "read":
                read.status = "unreadable"
                inbox.diagnostics += no_columns(read, inbox.diagnostics, known)
        raise _nothing_to_rate(inbox, known, inbox.diagnostics)
    # of two versions the older may have more of the columns; the day decides all the same
    best = [offer.on(identity, day) for identity in dict.fromkeys(scheme.id for scheme in best)]
    if day is not None:  # of schemes that fit alike those in force that day
        best = [scheme for scheme in best if scheme.problem_at(day) is None] or best
    if len({scheme.id for scheme in best}) > 1:
        raise Stop(2, both("stop.scheme_tie", schemes="、".join(scheme.id for scheme in best)))
    chosen = best[-1]
    total = len(chosen.ledger_columns)
    inferences.append(Inference(both("what.scheme"), chosen.id, both("why.scheme", hits=hits, total=total)))
    return chosen


def _periods_of(inbox: Inbox) -> set[str]:
    texts = [text for read in inbox.files for table in read.tables for text in (*table.above, read.file)]
    return {period for text in texts if (period := period_in(text)) is not None}


def refuse_wrong_dates(scheme: Scheme, as_of: date, told: Settings) -> None:
    """A scheme speaks for its dates (DESIGN §5.12); others of its kind in force that day are named."""
    problem = scheme.problem_at(as_of)
    if problem is None:
        return
    others = [
        f"{other.title}（{other.id} {other.version}）"
        for path in scheme_paths(told)
        if (other := load_scheme(path)[0]) is not None
        and other.sha256 != scheme.sha256
        and other.unit_kind == scheme.unit_kind
        and other.problem_at(as_of) is None
        and _of_one_kind(other, scheme)
    ]
    key = "stop.not_in_force_other" if others else "stop.not_in_force"
    if scheme.until is None:
        key += ".open"
    slots = {"scheme": scheme.id, "as_of": as_of, "since": scheme.since, "until": scheme.until}
    raise Stop(2, both(key, **slots, others="、".join(others)), (problem,))


def _of_one_kind(one: Scheme, other: Scheme) -> bool:
    """Whether one can stand in for the other: versions, one laid over the other, or with most of its columns."""
    if one.id == other.id or {text for _, text in one.texts} & {text for _, text in other.texts}:
        return True
    known = HeaderIndex(one).known
    columns = [column.headers for column in other.ledger_columns.values()]
    met = sum(any(normalise_header(header) in known for header in headers) for headers in columns)
    return 2 * met > len(columns)


def day_of_ledgers(paths: Sequence[Path], told: Settings, given: Scheme) -> date:
    """The day that ``rate`` would rate the files on, whether the scheme speaks for it or not."""
    inbox = _read(paths, Offer([given]), told)
    sort_tables(inbox, given)
    if not inbox.ledgers:
        raise _nothing_to_rate(inbox, given.id, list(inbox.diagnostics))
    return _as_of(_period(inbox, told, []), told)


# --- period, county ---------------------------------------------------------------------------------------------------


def _period(inbox: Inbox, told: Settings, inferences: list[Inference]) -> str:
    """The one period of the run: told, or what titles, sheets and file names say. Different ones are refused."""
    said: dict[str, list[FoundTable]] = {}
    for found in inbox.ledgers:
        if found.period is not None:
            said.setdefault(found.period, []).append(found)
    if told.period is not None:
        period = told.period if PERIOD.fullmatch(told.period) else period_in(told.period)
        if period is None:
            raise Stop(2, both("stop.period_form", period=told.period))
        wanted = [found for found in inbox.ledgers if found.period in {None, period} or found.period_by_folder]
        if len(said) > 1:  # among files of several months one that says none may be of any of them
            wanted = [found for found in wanted if found.period is not None]
        if not wanted:
            raise Stop(2, both("stop.period_none", period=period, known="、".join(sorted(said))))
        _leave_out(inbox, [found for found in inbox.ledgers if found not in wanted])
        return period
    if told.as_of is not None and not said:
        return told.as_of[:7]
    if not said:
        raise Stop(2, _no_period(inbox), tuple(inbox.diagnostics))
    if len(said) > 1:
        listed = tuple(
            Diagnostic("R416", Location(tables[0].table.sheet.file), found="、".join(sorted(said)))
            for _, tables in sorted(said.items())
        )
        raise Stop(2, both("stop.periods", periods="、".join(sorted(said))), listed)
    ((period, tables),) = said.items()
    inferences.append(Inference(both("what.period"), period, _among(tables[0].period_reason, len(tables))))
    return period


def _no_period(inbox: Inbox) -> Text:
    """Why there is no period: the files write none, or these, none of them for sure."""
    written: dict[str, Text] = {}
    for found in inbox.ledgers:
        for period, words in periods_around(found):
            written.setdefault(period, words)
    if not written:
        return both("stop.period")
    shown = sorted(written.items())[:_PERIODS_SHOWN]
    zh = "、".join(f"{period}（{words[0]}）" for period, words in shown)
    en = ", ".join(f"{period} ({words[1]})" for period, words in shown)
    return both("stop.period_unsure", zh=zh, en=en)


_PERIODS_SHOWN = 5


def _among(reason: Text | None, tables: int) -> Text:
    one = reason or ("", "")
    return one if tables == 1 else both("why.among", zh=one[0], en=one[1], tables=tables)


def day_told(told: Settings) -> date | None:
    """The day that period or ``as_of`` name, None where neither was told."""
    if told.as_of is None and told.period is None:
        return None
    return _as_of(told.period or "", told)


def period_told(told: Settings) -> str | None:
    """The period as ``2022-06`` however it was written, None where none was told."""
    if told.period is None or PERIOD.fullmatch(told.period):
        return told.period
    period = period_in(told.period)
    if period is None:
        raise Stop(2, both("stop.period_form", period=told.period))
    return period


def register_told(told: Settings, scheme: Scheme) -> tuple[Register | None, tuple[Diagnostic, ...]]:
    """The register that was told, and what is wrong with it; None where none was told."""
    problems: list[Diagnostic] = []
    register, _ = _register(Inbox(), told, scheme, problems)
    return register, tuple(problems)


def _day_of(period: str) -> date:
    """The last day of a period, or the day itself."""
    if len(period) == 10:  # noqa: PLR2004 - yyyy-mm-dd
        try:
            return date.fromisoformat(period)
        except ValueError:
            raise Stop(2, both("stop.as_of", as_of=period)) from None
    match = PERIOD.fullmatch(period) or PERIOD.fullmatch(period_in(period) or "")
    if match is None:
        raise Stop(2, both("stop.period_form", period=period))
    return last_day(int(match[1]), int(match[2] or 12))


def _as_of(period: str, told: Settings) -> date:
    if told.as_of is None:
        return _day_of(period)
    try:
        return date.fromisoformat(told.as_of)
    except ValueError:
        raise Stop(2, both("stop.as_of", as_of=told.as_of)) from None


def _county(inbox: Inbox, told: Settings, register: Register | None, inferences: list[Inference]) -> str:
    """The county of tables that do not say theirs. One that was told selects; files of another county are left out."""
    said = dict.fromkeys(found.county for found in inbox.ledgers if found.county is not None)
    in_register = dict.fromkeys(entry.county for entry in register.entries if entry.county) if register else {}
    if told.county is not None:
        if said and not any(same_place(name, told.county) for name in said) and len(said) == len(inbox.ledgers):
            raise Stop(2, both("stop.county_none", county=told.county, known="、".join(said)))
        full = next((name for name in (*said, *in_register) if same_place(name, told.county)), told.county)
        _leave_out(inbox, [found for found in inbox.ledgers if found.county and not same_place(found.county, full)])
        if not inbox.ledgers:
            raise Stop(2, both("stop.county_none", county=told.county, known="、".join(said)))
        inbox.ledgers[:] = [replace(found, county=full) for found in inbox.ledgers]
        return full
    with_column = [found for found in inbox.ledgers if "county" in columns_of(found.table)]
    if len(with_column) == len(inbox.ledgers):
        inferences.append(Inference(both("what.county"), both("what.by_row")[0], both("why.county_column")))
        in_columns = dict.fromkeys(name for found in with_column for name in _counties_written(found.table))
        return next(iter(in_columns)) if len(in_columns) == 1 else ""
    if not said and len(in_register) == 1:
        name = next(iter(in_register))
        inferences.append(Inference(both("what.county"), name, both("why.register")))
        inbox.ledgers[:] = [replace(found, county=name) for found in inbox.ledgers]
        return name
    if not said:
        raise Stop(2, both("stop.county"), tuple(inbox.diagnostics))
    first = next(found for found in inbox.ledgers if found.county is not None)
    name = first.county or ""
    value = "、".join(str(county) for county in said)
    agreeing = sum(found.county == name for found in inbox.ledgers)
    inferences.append(Inference(both("what.county"), value, _among(first.county_reason, agreeing)))
    if len(said) == 1:
        inbox.ledgers[:] = [replace(found, county=name) for found in inbox.ledgers]
    return name


def _counties_written(table: Table) -> list[str]:
    """What a table's 县 column says."""
    if table.bulk:
        return []
    cells = table.cells(columns_of(table)["county"], fill_merged=True)
    return [str(cell).strip() for cell in cells if cell is not None and str(cell).strip()]


def _leave_out(inbox: Inbox, others: Sequence[FoundTable]) -> None:
    """Tables of another county or period: said, and no longer among the ledgers."""
    for found in others:
        where = Location(found.table.sheet.file, found.table.sheet.name)
        reason = both("why.other", county=found.county or "—", period=found.period or "—")
        inbox.diagnostics.append(Diagnostic("F107", where, arguments={"reason": reason}, severity=Severity.WARNING))
    files = {id(found.table) for found in others}
    inbox.ledgers[:] = [found for found in inbox.ledgers if id(found.table) not in files]
    left = {found.table.sheet.file for found in inbox.ledgers}
    for read in inbox.files:
        if read.status == "read" and read.file not in left and any(id(table) in files for table in read.tables):
            read.status = "skipped"
            read.tables.clear()


def _only_county(ledger: Ledger, county: str) -> Ledger:
    rows = [place for place, name in enumerate(ledger.units.county) if same_place(name, county)]
    if not rows:
        raise Stop(2, both("stop.county_none", county=county, known="、".join(ledger.units.counties[:10])))
    return ledger.take(np.array(rows, np.intp))


def _only_township(ledger: Ledger, township: str) -> Ledger:
    """The units of one township, named as the register or the ledger has it, with or without 乡 镇 街道."""
    names = dict.fromkeys(ledger.units.township)
    exact = [name for name in names if fold(name) == fold(township)]
    found = exact or [name for name in names if township_base(fold(name)) == township_base(fold(township))]
    if len(found) != 1:
        raise Stop(2, both("stop.township", township=township, known="、".join(found or names)))
    if len(names) == 1:
        return ledger
    return ledger.take(
        np.array([place for place, name in enumerate(ledger.units.township) if name == found[0]], np.intp)
    )


# --- register, targets, exceptions ------------------------------------------------------------------------------------


def _tables_in(
    path: Path, problems: list[Diagnostic], known: frozenset[str], limits: Limits
) -> tuple[list[Table], str | None]:
    workbook, said = read_workbook(path, shown=path.name, known=known, limits=limits)
    problems += said
    if workbook is None:
        return [], None
    tables = [table for sheet in workbook.sheets for table in find_tables(sheet, known)[0]]
    problems += private_columns(tables)
    return tables, workbook.sha256


def _register(
    inbox: Inbox, told: Settings, scheme: Scheme, problems: list[Diagnostic]
) -> tuple[Register | None, str | None]:
    """The register told, else the one among the files, else none."""
    if told.register is not None:
        return register_in(told.register, told, scheme, problems)
    if not inbox.registers:
        return None, None
    sha = next((read.sha256 for read in inbox.files if read.file == inbox.registers[0].sheet.file), None)
    return _register_of(inbox.registers, scheme, problems), sha


def register_in(path: Path, told: Settings, scheme: Scheme, problems: list[Diagnostic]) -> tuple[Register, str | None]:
    """The register of a file and its SHA-256. Raises ``Stop`` (2) where there is none in it."""
    tables, sha = _tables_in(path, problems, frozenset().union(*REGISTER_HEADERS.values()), told.limits)
    if not tables:
        raise Stop(2, both("stop.register", file=path), tuple(problems))
    return _register_of(tables, scheme, problems), sha


def _register_of(tables: Sequence[Table], scheme: Scheme, problems: list[Diagnostic]) -> Register:
    register, said = read_registers(tables, unit_kind=scheme.unit_kind)
    problems += said
    if scheme.rates_townships and not any(fold(entry.name) == fold(entry.township) for entry in register.entries):
        register = register.of_townships(scheme.unit_kind)
    if register.entries and not register.of_kind(scheme.unit_kind):
        kinds = [f"{kind} {count}" for kind, count in Counter(entry.kind for entry in register.entries).most_common()]
        arguments = {"kind": scheme.unit_kind, "kinds": "、".join(kinds)}
        problems.append(Diagnostic("R445", Location(tables[0].sheet.file), arguments=arguments))
    return register


@dataclass(frozen=True, slots=True)
class Aims:
    """争创 targets: by county and tier, by township and tier, where stated as counts; each unit's by its key."""

    counts: TargetCounts = field(default_factory=dict)
    townships: dict[str, dict[int, int]] = field(default_factory=dict)
    units: dict[str, int] = field(default_factory=dict)
    sha256: str | None = None


def _targets(
    inbox: Inbox, told: Settings, scheme: Scheme, units: Units, register: Register | None, problems: list[Diagnostic]
) -> Aims:
    """The targets told, else those among the files."""
    if told.targets is not None:
        return read_aims(told.targets, told, scheme, units, register, problems)
    if not inbox.targets:
        return Aims()
    sha = next((read.sha256 for read in inbox.files if read.file == inbox.targets[0].sheet.file), None)
    return _aims(inbox.targets, sha, scheme, units, register, problems)


def read_aims(
    path: Path, told: Settings, scheme: Scheme, units: Units, register: Register | None, problems: list[Diagnostic]
) -> Aims:
    """The targets of a file. Raises ``Stop`` (2) where there are none in it."""
    known = frozenset().union(*HEADERS.values(), (normalise_header(tier.name) for tier in scheme.tiering.tiers))
    tables, sha = _tables_in(path, problems, known, told.limits)
    if not tables:
        raise Stop(2, both("stop.targets", file=path), tuple(problems))
    return _aims(tables, sha, scheme, units, register, problems)


def _aims(
    tables: Sequence[Table],
    sha: str | None,
    scheme: Scheme,
    units: Units,
    register: Register | None,
    problems: list[Diagnostic],
) -> Aims:
    """All of the register's units are looked up, also those of townships that the run does not cover."""
    counts: dict[int, int] = {}
    whole: dict[int, int] = {}
    townships: dict[str, dict[int, int]] = {}
    own: dict[str, int] = {}
    everybody = units if register is None else units_of(register, scheme.unit_kind)
    keys = unit_keys(everybody)
    finder = UnitFinder(everybody, scheme.unit_kind, register)
    read = [aim for table in tables for aim in _read_targets(table, scheme, finder, problems)]
    for aim in _once([_placed(aim, units, finder) for aim in read], problems):
        if isinstance(aim.key, int):
            own[keys[aim.key]] = aim.value
            continue
        tier, town = aim.key
        if town == WHOLE_COUNTY[0]:
            whole[tier] = aim.value
            continue
        if town and register is not None and finder.township(town) is None:
            problems.append(_unused(aim, both("targets.no_township", town=town)))
            continue
        counts[tier] = counts.get(tier, 0) + aim.value
        if town:
            townships.setdefault(town, {})[tier] = aim.value
    county = units.counties[0] if len(units.counties) == 1 else None
    return Aims({county: counts | whole} if counts or whole else {}, townships, own, sha)


@dataclass(frozen=True, slots=True)
class _Aim:
    """A target as it stands in a table: of a unit (its place) its tier, of a tier in a township how many units."""

    key: int | tuple[int, str]
    value: int
    where: Location
    found: str


def _placed(aim: _Aim, units: Units, finder: UnitFinder) -> _Aim:
    """The same under the township's own name; the county's under one."""
    if isinstance(aim.key, int):
        return aim
    tier, town = aim.key
    return replace(aim, key=(tier, WHOLE_COUNTY[0] if is_county(town, units) else finder.township(town) or town))


def _once(aims: Sequence[_Aim], problems: list[Diagnostic]) -> Iterator[_Aim]:
    """Each target once; of what is told twice and differently nothing, since nobody knows which holds."""
    told: dict[int | tuple[int, str], list[_Aim]] = {}
    for aim in aims:
        told.setdefault(aim.key, []).append(aim)
    for first, *others in told.values():
        different = [other for other in others if other.value != first.value]
        problems += [_unused(other, both("targets.twice", first=str(first.where))) for other in different]
        if not different:
            yield first


def _unused(aim: _Aim, reason: Text) -> Diagnostic:
    return Diagnostic("R447", aim.where, found=aim.found, arguments={"reason": reason})


WHOLE_COUNTY = ("全县", "全区", "全市")
"""What a row of targets calls the county, where it does not name it: its numbers are no township's."""


def is_county(town: str, units: Units) -> bool:
    """Whether what stands in the place of a township is the county of the units."""
    return town in WHOLE_COUNTY or any(same_place(town, county) for county in units.counties)


def units_of(register: Register, unit_kind: str) -> Units:
    """The register's units of a kind."""
    entries = [register.entries[place] for place in register.of_kind(unit_kind)]
    return Units(
        [entry.code for entry in entries],
        [entry.name for entry in entries],
        [entry.township for entry in entries],
        [entry.county or "" for entry in entries],
        [entry.kind for entry in entries],
        [entry.tags for entry in entries],
        np.zeros(len(entries), bool),
        np.full(len(entries), -1, np.int8),
    )


class UnitFinder:
    """The position of a unit by township and name, by the same rules as rows of a ledger."""

    def __init__(self, units: Units, unit_kind: str, register: Register | None) -> None:
        """``units`` are looked through; the whole ``register`` knows of others."""
        self.unit_kind = unit_kind
        self.register = Register(
            tuple(
                Entry(
                    units.code[place], units.name[place], units.township[place], units.county[place], units.kind[place]
                )
                for place in range(len(units))
            )
        )
        self.whole = register

    def find(self, name: str, township: str | None) -> int | None:
        """The position of a unit, None where it is none or may be several."""
        places = (township,) if township else tuple(self.register.townships)
        found = {
            match.entry
            for place in places
            if (match := self.register.match(name, place, None, self.unit_kind)).found is Found.UNIT
        }
        return found.pop() if len(found) == 1 else None

    def township(self, name: str) -> str | None:
        """A township as the units have it; None where they have none such."""
        meant = self.register.townships_meant(name)
        return self.register.entries[self.register.townships[meant[0]][0]].township if len(meant) == 1 else None

    def elsewhere(self, name: str, township: str | None) -> bool:
        """Whether the whole register knows the unit, though this run does not cover it."""
        if self.whole is None or not township:
            return False
        return self.whole.match(name, township, None, self.unit_kind).found in {Found.UNIT, Found.OTHER_KIND}


def _read_targets(table: Table, scheme: Scheme, finder: UnitFinder, problems: list[Diagnostic]) -> list[_Aim]:
    """A unit's tier, or for a township's row with a column per tier how many units."""
    columns = columns_of(table)
    tiers = {normalise_header(tier.name): tier.number for tier in scheme.tiering.tiers}
    per_tier = {
        tiers[spelling]: header.column
        for header in table.headers
        for spelling, _ in header.candidates()
        if spelling in tiers and header.column not in columns.values()
    }
    found: list[_Aim] = []
    names = table.cells(columns["name"]) if "name" in columns else [None] * len(table.body)
    towns = table.cells(columns["township"], fill_merged=True) if "township" in columns else [None] * len(table.body)
    for row, absolute in enumerate(table.body):
        name, town = str(names[row] or "").strip(), str(towns[row] or "").strip()
        where = Location(table.sheet.file, table.sheet.name, table.sheet.address(absolute, table.headers[0].column))
        if (not name and not town) or is_total(town or name, ()):
            continue
        if not name:
            for tier, column in per_tier.items():
                text = str("" if (cell := table.cells(column)[row]) is None else cell)
                reading = read_number(text, None)
                if reading.reason is Reason.BLANK:
                    continue
                at = Location(table.sheet.file, table.sheet.name, table.sheet.address(absolute, column))
                count = reading.value
                if isinstance(count, Decimal) and count >= 0 and count == int(count):
                    found.append(_Aim((tier, town), int(count), at, f"{town} {text}"))
                else:
                    problems.append(_unused(_Aim((tier, town), 0, at, f"{town} {text}"), both("targets.no_count")))
            if "target" in columns and (text := str(table.cells(columns["target"])[row] or "").strip()):
                at = Location(table.sheet.file, table.sheet.name, table.sheet.address(absolute, columns["target"]))
                problems.append(_unused(_Aim((0, town), 0, at, f"{town} {text}"), both("targets.no_tier_of_township")))
            continue
        tier_number = _target_tier(table, row, columns.get("target"), per_tier, tiers)
        place = finder.find(name, town or None)
        if place is not None and tier_number is not None:
            found.append(_Aim(place, tier_number, where, f"{town}{name}"))
        elif tier_number is None or not finder.elsewhere(name, town):
            problems.append(Diagnostic("R420", where, found=f"{town}{name}"))
    return found


def _target_tier(
    table: Table, row: int, column: int | None, per_tier: dict[int, int], tiers: dict[str, int]
) -> int | None:
    if column is not None:
        cell = table.cells(column)[row]
        text = normalise_header(str(int(cell) if isinstance(cell, float) and cell.is_integer() else cell or ""))
        if text in tiers:
            return tiers[text]
        digits = re.fullmatch(r"([0-9])星?级?", text)
        return int(digits[1]) if digits and int(digits[1]) in tiers.values() else None
    yes = [tier for tier, place in per_tier.items() if read_yesno(str(table.cells(place)[row] or "")).value is True]
    return yes[0] if len(yes) == 1 else None


@dataclass(frozen=True, slots=True)
class ExceptionRule:
    """A breach or mismatch accepted with a reason, a person's office, a document and an expiry."""

    code: str
    unit: str
    field: str
    words: str


_EXCEPTION_COLUMNS = ("代码", "单位", "理由", "批准人", "文件", "到期")


def read_exceptions(told: Settings, as_of: date) -> tuple[str | None, tuple[ExceptionRule, ...], list[Diagnostic]]:
    """exceptions.csv of the workspace: the rules in force on ``as_of``, and what is wrong with the others."""
    if told.exceptions is None:
        return None, (), []
    try:
        text = told.exceptions.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        text = told.exceptions.read_text(encoding="gb18030")
    except OSError as problem:
        raise Stop(2, both("stop.config", file=told.exceptions, reason=problem.strerror or "")) from None
    text = masked(text)
    return (text, *exception_rules(text, as_of, told.exceptions.name))


def exception_rules(text: str, as_of: date, file: str) -> tuple[tuple[ExceptionRule, ...], list[Diagnostic]]:
    """The rules in the text of an exceptions file."""
    rules: list[ExceptionRule] = []
    problems: list[Diagnostic] = []
    reader = csv.DictReader(io.StringIO(text))
    for number, row in enumerate(reader, start=2):
        values = {name: (row.get(name) or "").strip() for name in (*_EXCEPTION_COLUMNS, "字段")}
        if not any(values.values()):
            continue
        where = Location(file, line=number)
        missing = [name for name in _EXCEPTION_COLUMNS if not values[name]]
        until = read_date(values["到期"]).value
        if missing or not isinstance(until, tuple):
            lacking = "、".join(missing or ["到期"])
            arguments: dict[str, str | Text] = {"line": str(number), "reason": (f"缺 {lacking}", f"lacks {lacking}")}
            problems.append(Diagnostic("J505", where, arguments=arguments))
            continue
        words = f"{values['理由']}（{values['批准人']}，{values['文件']}，至 {until[1].isoformat()}）"
        if until[1] < as_of:
            shown = f"{values['代码']} {values['单位']}"
            problems.append(Diagnostic("J504", where, found=shown, arguments={"until": until[1].isoformat()}))
            continue
        rules.append(ExceptionRule(values["代码"], values["单位"], values["字段"], words))
    return tuple(rules), problems


def accept(problems: list[Diagnostic], rules: Sequence[ExceptionRule]) -> list[Diagnostic]:
    """Breaches and mismatches covered by a known exception become notes that name it; nothing else can be accepted."""
    if not rules:
        return problems
    return [_accepted(problem, rules) for problem in problems]


def _accepted(problem: Diagnostic, rules: Sequence[ExceptionRule]) -> Diagnostic:
    if problem.code not in {"J501", "J502"}:
        return problem
    unit = problem.unit or "合计"
    for rule in rules:
        named = rule.code in {problem.code, problem.field}
        if named and fold(rule.unit) == fold(unit) and (not rule.field or rule.field == problem.field):
            return problem.accept(rule.words)
    return problem


# --- what was read ----------------------------------------------------------------------------------------------------


def _input_files(inbox: Inbox, ledger: Ledger | None) -> tuple[InputFile, ...]:
    """Every file with its tables; where nothing could be rated, no row of a ledger is about a unit."""
    origin = None if ledger is None else ledger.origin
    rows = {id(found.table): 0 for found in inbox.ledgers}
    if isinstance(origin, TableOrigin):
        rows = dict(zip(map(id, origin.tables), origin.unit_rows, strict=True))
    return tuple(
        InputFile(
            file=read.file,
            sha256=read.sha256,
            status=read.status,
            sheets=tuple(
                InputSheet(table.sheet.name, rows.get(id(table), len(table.body)), table.range())
                for table in read.tables
            ),
            passed_over=tuple(read.passed_over),
        )
        for read in inbox.files
    )
