"""The store: what was read, judged and recorded, month by month, with every revision kept.

A county's month under one scheme is made of **parts**, one per township and kind of unit. A run records the parts
that its inputs cover: a part whose content is new becomes a new *revision*, one that says the same again is linked to
the revision it repeats. What counts is worked out on reading: of every unit the row of the newest run that has one
and is not undone, so that undoing a run leaves the month exactly as it would be without it, and a unit that a newer
file lacks keeps its older row (unless that run replaced the part).

SQLite by default: one file with a write-ahead log, each run in one transaction. PostgreSQL for a shared store. The
store never looks at the clock.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
import sqlite3
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from operator import itemgetter
from pathlib import Path, PurePosixPath
from typing import Any, Literal, NamedTuple, Self, TypeAlias, cast

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Row,
    Select,
    Table,
    func,
    select,
    update,
)

from starcheck import migrations as tables
from starcheck.catalogue.history import UNFIT
from starcheck.database import (
    Place,
    StoreProblem,
    copy_to,
    for_writing,
    no_copy,
    place_of,
    unfit_target,
    use_write_ahead_log,
)
from starcheck.diagnostic import Cells, Diagnostic, Location, Severity, cells_within, whole_cells
from starcheck.migrations import MIGRATIONS, migrate, schema_version

WAIT_SECONDS = 10.0
"""How long to wait for another program that is writing to the store."""

COVERS = "covers"
"""The setting of a run that is a department's reply: the first and the last month that it may say something about."""
_REPLIES, _HEEDED = "replies", "heeded"
"""The roles of what departments answered: in the files of the run, and of what was there before."""
_NAMES_SHOWN = 10
_COUNTY_SUFFIXES = ("县", "区", "市")
_HASH_PREFIX = 4


# What goes in. Everything is plain and JSON-able; the store knows nothing of schemes or ledgers.


@dataclass(frozen=True, slots=True)
class InputRecord:
    """A file of a run, as in ``inputs`` of the JSON contract. ``sha256`` is None where there was no file to read."""

    file: str
    sha256: str | None
    status: str
    sheets: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class UnitRow:
    """What the ledger says of one unit.

    ``unit`` is its key: the code, or ``township/name`` where there is none. ``cells`` maps a ledger column's key to
    ``[value, reason, cells]``, value None where it is missing for ``reason``; ``place`` is the file and sheet of those
    cells that are told by their addresses alone (``"F7"``), the others are whole. ``extra`` is whatever else belongs to
    the content. A row that is not ``reported`` is not stored: who is missing is the register's to say.
    """

    unit: str
    code: str | None
    name: str
    kind: str
    tags: Sequence[str] = ()
    reported: bool = True
    cells: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)
    place: str | None = None


class PartName(NamedTuple):
    """Which part of a county's month: ``("马庄桥镇", "行政村")``."""

    township: str
    unit_kind: str


@dataclass(frozen=True, slots=True)
class PartContent:
    """A part as the inputs of one run have it. Each unit stands in one part of a run, once."""

    county: str
    township: str
    unit_kind: str
    rows: Sequence[UnitRow]

    @property
    def part(self) -> PartName:
        """Its name within the county's month."""
        return PartName(self.township, self.unit_kind)


@dataclass(frozen=True, slots=True)
class UnitResult:
    """星级 of one unit in one run. ``tier`` and ``reachable`` are None where the unit is 未上报 or 不参评.

    ``tier`` alone is None where it is still open (待核实), which it can be where tiers do not rank.
    """

    unit: str
    name: str
    township: str
    tier: int | None
    reachable: int | None
    provisional: bool
    reported: bool
    stars: Mapping[str, str] = field(default_factory=dict)
    score_low: float | None = None
    score_high: float | None = None


class VerdictRow(NamedTuple):
    """判定 of one criterion for one unit, pass or fail, as in ``verdicts`` of the JSON contract; or of one veto.

    ``unit`` is the unit's key, ``measure`` the unit of measurement that ``value`` and ``gap`` are in. That of a veto
    has an ``effect`` (后果): then ``criterion`` is its 编号, ``requirement`` its 触发, its status a word of ``vetoes``.
    A tuple, because a county has fifteen thousand of them.
    """

    unit: str
    criterion: str
    status: str
    value: float | bool | str | None = None
    measure: str | None = None
    requirement: str | None = None
    gap: float | None = None
    source: str | None = None
    cells: Sequence[str] = ()
    reason: str | None = None
    effect: str | None = None


@dataclass(frozen=True, slots=True)
class RunRecord:
    """Everything of a run that is kept. ``recorded_at`` must know its time zone."""

    county: str
    period: str
    as_of: date
    scheme_id: str
    scheme_version: str
    scheme_sha256: str
    scheme_texts: Sequence[tuple[str, str]]
    version: str
    recorded_at: datetime
    register_sha256: str | None = None
    register_text: str | None = None
    targets_sha256: str | None = None
    targets_text: str | None = None
    exceptions_text: str | None = None
    replies_text: str | None = None
    """What departments answered in the files of this run, which rates nothing itself; ``settings`` say of which months
    it is (``COVERS``)."""
    heeded_text: str | None = None
    """What departments had answered before, as far as it went into what this run found."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    inputs: Sequence[InputRecord] = ()
    parts: Sequence[PartContent] = ()
    results: Sequence[UnitResult] = ()
    verdicts: Iterable[VerdictRow] = ()
    diagnostics: Sequence[Mapping[str, Any]] = ()


# What comes out.

_Row: TypeAlias = "Row[*tuple[Any, ...]]"


@dataclass(frozen=True, slots=True)
class Recorded:
    """What recording did. ``new`` is False where the same run was there already and nothing was stored."""

    run_id: str
    new: bool
    parts_changed: tuple[PartName, ...]
    parts_unchanged: tuple[PartName, ...]
    parts_carried: tuple[PartName, ...]
    diagnostics: tuple[Diagnostic, ...]
    refused: bool = False
    """Whether nothing was stored because the month is final; then ``run_id`` is that of its final result."""


@dataclass(frozen=True, slots=True)
class Run:
    """A recorded run, undone or not."""

    run_id: str
    number: int
    identity: str
    county: str
    period: str
    as_of: date
    scheme_id: str
    scheme_version: str
    scheme_sha256: str
    register_sha256: str | None
    targets_sha256: str | None
    settings: Mapping[str, Any]
    replaces: bool
    version: str
    recorded_at: datetime
    undone_at: datetime | None
    undone_reason: str | None
    correction: str | None = None
    """Why it was recorded although the month was final."""
    final: bool = False
    """Whether it is the office's final result of a month (终评), which has no files of its own."""
    results_sha256: str | None = None
    pruned_at: datetime | None = None
    """When its verdicts were deleted, because nothing they belong to counts any more."""

    @property
    def since(self) -> str:
        """The first month that it is about."""
        first: str = self.settings.get(COVERS, (self.period,))[0]
        return first

    def about(self, period: str) -> bool:
        """Whether it is of a month, or a department's reply that may say something about it."""
        first, last = self.settings.get(COVERS, (self.period, self.period))
        return bool(first <= period <= last)


@dataclass(frozen=True, slots=True)
class Final:
    """终评: the office's final result of a month, the newest of them where it was corrected.

    ``despite`` is why it was made final although something was open, ``corrections`` when and why it was changed
    since. It is ``stale`` where runs count that it does not rest on, or no longer those it does: a correction that was
    stopped half way.
    """

    run_id: str
    at: datetime
    despite: str | None
    corrections: tuple[tuple[datetime, str], ...]
    stale: bool


@dataclass(frozen=True, slots=True)
class RunBasis:
    """A run and what it was made of: what has to be known to see whether anything is new.

    ``exceptions_sha256`` is that of the text of the known exceptions, ``inputs`` are names and SHA-256 of its files.
    """

    run: Run
    exceptions_sha256: str | None
    inputs: tuple[tuple[str, str | None], ...]


@dataclass(frozen=True, slots=True)
class RunPart:
    """A part that a run covered: the revision it found right, and whether it made it."""

    part: PartName
    revision: int
    changed: bool
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RunDetail:
    """A run with what it read and said."""

    run: Run
    inputs: tuple[InputRecord, ...]
    parts: tuple[RunPart, ...]
    diagnostics: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Origin:
    """The older revision that a carried row is from."""

    revision_id: int
    run_id: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class MonthPart:
    """A part as it counts now.

    ``run_id`` and ``recorded_at`` are of the first run that counts and has this revision, ``latest_run_id`` of the last
    one that repeated it. ``carried`` names the units whose row the newest revision lacks, and where it is from.
    """

    township: str
    unit_kind: str
    revision_id: int
    revision: int
    run_id: str
    recorded_at: datetime
    latest_run_id: str
    rows: tuple[UnitRow, ...]
    carried: Mapping[str, Origin]


@dataclass(frozen=True, slots=True)
class Month:
    """A county's month under one scheme, from the runs that count.

    Scheme, exceptions and settings are those of the newest run; register and targets those of the newest run that had
    any, because a single resent workbook often comes without. ``inputs`` and ``diagnostics`` are those of the files
    that the rows are from. ``earlier_texts`` are those of the scheme that a unit's row was recorded by, for the units
    whose row is of a run by another text of it than the newest.
    """

    county: str
    period: str
    as_of: date
    scheme_id: str
    scheme_version: str
    scheme_sha256: str
    scheme_texts: tuple[tuple[str, str], ...]
    register_sha256: str | None
    register_text: str | None
    targets_sha256: str | None
    targets_text: str | None
    exceptions_text: str | None
    settings: Mapping[str, Any]
    run_id: str
    recorded_at: datetime
    parts: tuple[MonthPart, ...]
    inputs: tuple[InputRecord, ...]
    diagnostics: tuple[Mapping[str, Any], ...]
    earlier_texts: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    rests_on: tuple[int, ...] = ()
    """The numbers of the runs that count, those that are departments' replies too."""
    final: Final | None = None
    replies: tuple[str, ...] = ()
    """What departments answered about these months, the oldest reply first."""


@dataclass(frozen=True, slots=True)
class PreviousTiers:
    """Tiers of the last recorded month before another. None counts, and marks, units without a tier."""

    period: str
    tiers: Mapping[int | None, int]
    units: Mapping[str, int | None]


class _Entry(NamedTuple):
    """What a run that counts found of a part: the columns of ``Store._entries``, in their order."""

    township: str
    unit_kind: str
    run: int
    revision_id: int
    files: str
    revision: int
    content_sha256: str
    run_id: str
    recorded_at: str

    @property
    def part(self) -> PartName:
        return PartName(self.township, self.unit_kind)


class _Results(NamedTuple):
    """What a run found, as rows of the tables, and a checksum over them."""

    results: list[tuple[Any, ...]]
    criteria: list[tuple[Any, ...]]
    verdicts: list[tuple[Any, ...]]
    sha256: str


class Store:
    """An open store. Use it as a context manager; ``created`` says whether opening it made it."""

    def __init__(self, engine: Engine, connection: Connection, place: Place) -> None:
        """Wrap an open connection; call ``Store.open`` instead."""
        self._engine = engine
        self._connection = connection
        self._place = place
        self.created = False

    @classmethod
    def open(
        cls, target: str | Path, *, create: bool = True, wait: float = WAIT_SECONDS, read_only: bool = False
    ) -> Self:
        """Open the store at a path or an SQLAlchemy URL, making it or bringing its schema up to date where needed.

        With ``create`` False a store that is not there is a problem (H714). ``wait`` is in seconds. ``read_only``
        changes nothing at all; a store whose schema is older is then a problem (H722).
        """
        place = place_of(target, wait)
        place.check(create=create and not read_only)
        with place.problems():
            engine, connection = place.connect(read_only=read_only)
            store = cls(engine, connection, place)
            try:
                store._prepare(create=create, read_only=read_only)
            except BaseException:
                store.close()
                raise
            return store

    def __enter__(self) -> Self:
        """The store itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """Let go of the file or the server. Closing twice is closing once."""
        self._connection.close()
        self._engine.dispose()

    @property
    def path(self) -> Path | None:
        """The file, None for a store on a server."""
        return self._place.path

    def __str__(self) -> str:
        """The path or the URL, without its password."""
        return self._place.shown

    # Recording

    def record(self, run: RunRecord, *, replace: bool = False, correction: str | None = None) -> Recorded:
        """Record a run, whole or not at all.

        The same run again (see ``identity_of``) stores nothing. With ``replace`` the parts covered lose the units that
        the run does not have; without, those keep their old rows, with H705. What is final changes only by a
        ``correction``, whose reason is kept; else it is refused, with H718. ``ValueError`` for a record that
        contradicts itself, which is a bug of the caller. What another version read otherwise in the same files is not
        the same run.
        """
        identity = identity_of(run, replace=replace)
        _refuse_contradictions(run)
        with self.transaction(writing=True):
            known = self._known(identity)
            if known is not None and known.version != run.version and self._read_otherwise(run, known.number):
                run = dataclasses.replace(run, settings={**run.settings, "version": run.version})
                identity = identity_of(run, replace=replace)
                known = self._known(identity)
            if known is not None:
                return self._recorded_before(run, known.number, known.run_id)
            finals = self._finals(run)
            if finals and correction is None:
                said = tuple(
                    is_final(run.county, period, run.scheme_id, final.at, final.run_id)
                    for period, final in sorted(finals.items())
                )
                return Recorded(next(iter(finals.values())).run_id, False, (), (), (), said, refused=True)
            correction = correction if finals else None
            number = self._after(tables.runs.c.number)
            run_id = f"{number}-{identity[:8]}"
            covered = {content.part: content for content in map(_reported, run.parts) if content.rows}
            entries = self._entries(run.county, run.scheme_id, run.period)
            current = self._current_units(run.county, run.scheme_id, run.period)
            results = self._results_of(run, number)
            self._insert_run(run, number, run_id, identity, results.sha256, replace=replace, correction=correction)
            changed = self._insert_parts(run, number, covered, entries)
            self._insert_results(results)
        kept = () if replace else _rows_kept(covered, current)
        return Recorded(
            run_id,
            new=True,
            parts_changed=tuple(sorted(changed)),
            parts_unchanged=tuple(sorted(covered.keys() - changed)),
            parts_carried=tuple(sorted(current.keys() - covered.keys())),
            diagnostics=kept,
        )

    def undo(
        self, run_id: str, at: datetime, reason: str | None = None, *, correction: bool = False
    ) -> tuple[Run | None, tuple[Diagnostic, ...]]:
        """Take a mistaken run back: it is kept, marked, and counts no more. None with H708, H715, H709 or H718.

        In a month that is final only as a ``correction``, and never the final result itself.
        """
        if correction and not reason:
            raise ValueError("a correction without a reason")
        with self.transaction(writing=True) as connection:
            number, problems = self._number(run_id)
            if number is None:
                return None, problems
            before = self._run(number)
            if before.undone_at is not None:
                when = before.undone_at.isoformat(sep=" ", timespec="minutes")
                return None, (Diagnostic("H709", found=before.run_id, arguments={"when": when}),)
            finals = self._finals(before)
            if finals and (before.final or not correction):
                return None, tuple(
                    is_final(before.county, period, before.scheme_id, final.at, final.run_id)
                    for period, final in sorted(finals.items())
                )
            connection.execute(
                update(tables.runs)
                .where(tables.runs.c.number == number)
                .values(undone_at=_moment(at), undone_reason=None if reason is None else _storable(reason))
            )
            return self._run(number), ()

    def finalize(
        self, run: RunRecord, rests_on: Sequence[int], reason: str | None = None
    ) -> tuple[Final | None, tuple[Diagnostic, ...]]:
        """Make a month final (终评): ``run`` is what all of it comes to, over the runs ``rests_on`` that count.

        ``reason`` is why it is made so although something is open or, once it is final, why it was corrected. None
        with H719 where other runs count by now.
        """
        _refuse_contradictions(run)
        with self.transaction(writing=True):
            month = run.county, run.scheme_id, run.period
            if sorted(rests_on) != self._counting(*month):
                return None, (unfit_for_final(run.county, run.period, "changed"),)
            final = self._after(tables.finals.c.number)
            marked = dataclasses.replace(
                run, parts=(), settings={**run.settings, "final": final, "rests_on": sorted(rests_on)}
            )
            number, identity = self._after(tables.runs.c.number), identity_of(marked)
            results = self._results_of(marked, number)
            self._insert_run(
                marked, number, f"{number}-{identity[:8]}", identity, results.sha256, replace=False, correction=None
            )
            self._insert_results(results)
            why = None if reason is None else _storable(reason)
            row = (final, _storable(run.county), run.scheme_id, run.period, number, _json(sorted(rests_on)), why)
            self._insert(tables.finals, [row])
            return self._final(*month), ()

    # Reading

    def counties(self) -> tuple[str, ...]:
        """Every county that something counts for."""
        with self.transaction() as connection:
            return tuple(sorted({month.county for month in connection.execute(_months())}))

    def periods(self, county: str, scheme_id: str) -> tuple[str, ...]:
        """The recorded months of a county (its full name) under a scheme, oldest first."""
        with self.transaction() as connection:
            asked = _months().where(tables.parts.c.county == county, tables.parts.c.scheme_id == scheme_id)
            return tuple(sorted({month.period for month in connection.execute(asked)}))

    def month(
        self, county: str | None = None, scheme_id: str | None = None, period: str | None = None
    ) -> tuple[Month | None, tuple[Diagnostic, ...]]:
        """A county's month as it counts now; the newest unless ``period`` says which.

        ``county`` may lack its 县, 区 or 市, or be the beginning of the name; None is the only county there is. None
        with H706, H707 or H712 where nothing or too much fits. With a month come H705 for the rows carried.
        """
        with self.transaction() as connection:
            found, problems = _find_month(connection.execute(_months()).all(), county, scheme_id, period)
            if found is None:
                return None, problems
            return self._month(*found)

    def previous_tiers(self, county: str, scheme_id: str, before_period: str) -> PreviousTiers | None:
        """The tiers of the last recorded month before ``before_period``, None if there is none.

        Of each unit that counts in that month the newest result in which it was reported; a unit of the register that
        was not reported is there with None.
        """
        earlier = [period for period in self.periods(county, scheme_id) if period < before_period]
        if not earlier:
            return None
        with self.transaction() as connection:
            current = self._current_units(county, scheme_id, earlier[-1])
            counting = {unit for units in current.values() for unit in units}
            units: dict[str, int | None] = {}
            for result in connection.execute(
                select(tables.unit_results.c.unit, tables.unit_results.c.tier, tables.unit_results.c.reported)
                .join(tables.runs, tables.runs.c.number == tables.unit_results.c.run)
                .where(
                    tables.runs.c.county == county,
                    tables.runs.c.scheme_id == scheme_id,
                    tables.runs.c.period == earlier[-1],
                    tables.runs.c.undone_at.is_(None),
                )
                .order_by(tables.unit_results.c.run, tables.unit_results.c.id)
            ):
                if result.reported and result.unit in counting:
                    units[result.unit] = result.tier
                else:
                    units.setdefault(result.unit, None)
        tiers: dict[int | None, int] = {}
        for tier in units.values():
            tiers[tier] = tiers.get(tier, 0) + 1
        return PreviousTiers(earlier[-1], tiers, units)

    def runs(self) -> tuple[Run, ...]:
        """Every run, undone ones too, newest first."""
        with self.transaction():
            return self.recorded_runs()

    def recorded_runs(self) -> tuple[Run, ...]:
        """The same, within a ``transaction`` that is begun."""
        rows = self._connection.execute(select(tables.runs).order_by(tables.runs.c.number.desc()))
        return tuple(_run_of(row) for row in rows)

    def county_runs(self, county: str, scheme_id: str) -> tuple[RunBasis, ...]:
        """The runs of a county (its full name) under a scheme, undone ones and final results too, in their order."""
        with self.transaction() as connection:
            found = connection.execute(
                select(tables.runs)
                .where(
                    tables.runs.c.county == _storable(county),
                    tables.runs.c.scheme_id == scheme_id,
                )
                .order_by(tables.runs.c.number)
            )
            runs = [_run_of(row) for row in found]
            numbers = [run.number for run in runs]
            inputs: dict[int, list[tuple[str, str | None]]] = {}
            for row in connection.execute(
                select(tables.inputs.c.run, tables.inputs.c.file, tables.inputs.c.sha256)
                .where(tables.inputs.c.run.in_(numbers))
                .order_by(tables.inputs.c.run, tables.inputs.c.position)
            ):
                inputs.setdefault(row.run, []).append((row.file, row.sha256))
            exceptions = connection.execute(
                select(tables.run_texts.c.run, tables.run_texts.c.sha256).where(
                    tables.run_texts.c.run.in_(numbers), tables.run_texts.c.role == "exceptions"
                )
            )
            known = {row.run: row.sha256 for row in exceptions}
        return tuple(RunBasis(run, known.get(run.number), tuple(inputs.get(run.number, ()))) for run in runs)

    def files_counting(self, county: str, scheme_id: str, period: str) -> dict[str, str]:
        """The SHA-256 of the files that rows which count are from, and the newest run that brought each."""
        with self.transaction():
            entries = self._entries(county, scheme_id, period)
            asked = self._current(county, scheme_id, period).with_only_columns(
                tables.current_rows.c.run, tables.current_rows.c.part_id
            )
            counting = {tuple(row) for row in self._connection.execute(asked.distinct())}
            ids = self._part_ids(county, scheme_id, period)
            files = {
                (entry.run, file)
                for entry in entries
                if (entry.run, ids[entry.part]) in counting
                for file in _read(entry.files)
            }
            names = {entry.run: entry.run_id for entry in entries}
            inputs = self._inputs(sorted(names))
        return {
            record.sha256: names[run]
            for run, record in inputs
            if record.sha256 is not None and (run, record.file) in files
        }

    def run(self, run_id: str) -> tuple[RunDetail | None, tuple[Diagnostic, ...]]:
        """One run by its name, its number, or the first digits of its checksum. None with H708 or H715."""
        with self.transaction() as connection:
            number, problems = self._number(run_id)
            if number is None:
                return None, problems
            parts = connection.execute(
                select(
                    tables.parts.c.township,
                    tables.parts.c.unit_kind,
                    tables.revisions.c.number,
                    tables.revisions.c.run,
                    tables.run_parts.c.files,
                )
                .join(tables.run_parts, tables.run_parts.c.part_id == tables.parts.c.id)
                .join(tables.revisions, tables.revisions.c.id == tables.run_parts.c.revision_id)
                .where(tables.run_parts.c.run == number)
            )
            covered = (
                RunPart(PartName(row.township, row.unit_kind), row.number, row.run == number, tuple(_read(row.files)))
                for row in parts
            )
            diagnostics = connection.execute(
                select(tables.diagnostics.c.content)
                .where(tables.diagnostics.c.run == number)
                .order_by(tables.diagnostics.c.position)
            )
            return (
                RunDetail(
                    self._run(number),
                    tuple(record for _, record in self._inputs([number])),
                    tuple(sorted(covered, key=lambda part: part.part)),
                    tuple(_read(content) for content in diagnostics.scalars()),
                ),
                (),
            )

    def results(self, run_id: str) -> tuple[UnitResult, ...]:
        """The units' tiers as the run rated them, in its order; nothing for a run there is not."""
        with self.transaction() as connection:
            number, _ = self._number(run_id)
            rows = connection.execute(
                select(tables.unit_results)
                .where(tables.unit_results.c.run == number)
                .order_by(tables.unit_results.c.id)
            )
            return tuple(
                UnitResult(
                    row.unit,
                    row.name,
                    row.township,
                    row.tier,
                    row.reachable,
                    row.provisional,
                    row.reported,
                    _read(row.stars),
                    row.score_low,
                    row.score_high,
                )
                for row in rows
            )

    def replies(self, county: str, scheme_id: str, period: str) -> tuple[str, ...]:
        """What departments answered about a month of a county (its full name), the oldest reply first."""
        with self.transaction():
            numbers = sorted(self._replies(county, scheme_id, period))
            return tuple(text for _, role, _, text in self._texts(numbers) if role == _REPLIES)

    def scheme_texts(self, run_id: str) -> tuple[tuple[str, str], ...]:
        """The files of the scheme a run was rated by, names and texts; nothing for a run there is not."""
        with self.transaction():
            number, _ = self._number(run_id)
            found = [] if number is None else self._texts([number])
            return tuple((file or "", text) for _, role, file, text in found if role == "scheme")

    def corrections_since(self, final_run_id: str) -> tuple[str, ...]:
        """Why a final month was corrected after a final result was made of it, in the order of the runs."""
        with self.transaction():
            number, _ = self._number(final_run_id)
            if number is None:
                return ()
            final = self._run(number)
            return tuple(
                reason
                for run in sorted(self.recorded_runs(), key=lambda run: run.number)
                if (run.county, run.scheme_id) == (final.county, final.scheme_id) and run.about(final.period)
                for reason in (
                    run.correction if run.number > number else None,
                    run.undone_reason if run.undone_at and run.number in final.settings["rests_on"] else None,
                )
                if reason
            )

    def basis(self, run_id: str) -> Month | None:
        """What a run was rated from, as it is stored: its own rows, or those of the runs that a final result rests on.

        None for a run there is not.
        """
        with self.transaction():
            number, _ = self._number(run_id)
            if number is None:
                return None
            run = self._run(number)
            rests_on = tuple(run.settings["rests_on"]) if run.final else (number,)
            return self._month(run.county, run.scheme_id, run.period, rests_on, heeded=not run.final)[0]

    def verdicts(self, run_id: str) -> tuple[VerdictRow, ...]:
        """Every verdict of the run, pass and fail, on criteria and vetoes, unit by unit; nothing for no run.

        Those on vetoes are there since version 3 of the schema.
        """
        with self.transaction() as connection:
            number, _ = self._number(run_id)
            rows = connection.execute(
                select(
                    tables.unit_results.c.unit,
                    tables.unit_results.c.place,
                    tables.run_criteria.c.criterion,
                    tables.run_criteria.c.measure,
                    tables.run_criteria.c.requirement,
                    tables.run_criteria.c.source,
                    tables.run_criteria.c.effect,
                    tables.verdict_rows,
                )
                .join(tables.unit_results, tables.unit_results.c.id == tables.verdict_rows.c.result_id)
                .join(tables.run_criteria, tables.run_criteria.c.id == tables.verdict_rows.c.criterion_id)
                .where(tables.unit_results.c.run == number)
                .order_by(tables.verdict_rows.c.result_id, tables.verdict_rows.c.criterion_id)
            )
            return tuple(
                VerdictRow(
                    row.unit,
                    row.criterion,
                    row.status,
                    _joined_value(row.value, row.value_text),
                    row.measure,
                    row.requirement,
                    row.gap,
                    row.source,
                    whole_cells(row.place, _cells(row.cells)),
                    row.reason,
                    row.effect,
                )
                for row in rows
            )

    # Copies

    def backup(self, path: Path, *, force: bool = False) -> Diagnostic | None:
        """Copy the store into one file while others may go on writing; None when done, else H710 or H713."""
        if self._place.path is None:
            return Diagnostic("H713", found=self._place.shown)
        problem = unfit_target(path, self._place.path, force=force)
        if problem is not None:
            return problem
        try:
            with self.transaction() as connection:
                # The read lock is taken here, where waiting for it has an end; the copying itself would wait for ever.
                schema_version(connection)
                source = cast("sqlite3.Connection", connection.connection.driver_connection)
                return copy_to(source, path, self._place.wait)
        except StoreProblem as unusable:
            return unusable.diagnostic

    @staticmethod
    def restore(
        path: Path, target: str | Path, *, force: bool = False, wait: float = WAIT_SECONDS
    ) -> Diagnostic | None:
        """Put a backup in the store's place, after checking that it is a whole and readable store.

        None when done. H710 (a file is there and ``force`` is not given, no backup, no such folder), H704 or H703 (the
        backup is no store, damaged, or newer than the program), H702 (the store is in use), H713 (a server).
        """
        place = place_of(target, wait)
        if place.path is None:
            return Diagnostic("H713", found=place.shown)
        if not path.is_file():
            return no_copy(path, "no_backup")
        problem = unfit_target(place.path, path, force=force)
        if problem is not None:
            return problem
        try:
            with place_of(path, wait).problems(), closing(_read_only(path)) as source:
                return _unfit_backup(source, path) or copy_to(source, place.path, wait, log=True)
        except StoreProblem as unusable:
            return unusable.diagnostic

    def compact(self) -> None:
        """Give the space of what was deleted back to the system; a server does so by itself."""
        if self._place.path is not None:
            with self._place.problems():
                cast("sqlite3.Connection", self._connection.connection.driver_connection).execute("VACUUM")
                self._connection.rollback()

    # Inside

    def _prepare(self, *, create: bool, read_only: bool) -> None:
        connection = self._connection
        with self.transaction():
            version = schema_version(connection)
        known = MIGRATIONS[-1].version
        if version is None:
            raise StoreProblem(self._place.problem("H704"))
        if version > known:
            raise StoreProblem(self._place.problem("H703", version=str(version), known=str(known)))
        if version == 0 and not (create and not read_only):
            raise StoreProblem(self._place.problem("H714"))
        if version < known and read_only:
            raise StoreProblem(self._place.problem("H722", version=str(version), known=str(known)))
        if version < known:
            with for_writing(connection):
                self.created = 1 in migrate(connection)
            use_write_ahead_log(connection)

    @contextmanager
    def transaction(self, *, writing: bool = False) -> Iterator[Connection]:
        """Everything in it sees one state of the store; ``writing``, nobody else writes meanwhile."""
        connection = self._connection
        with self._place.problems():
            if not writing:
                with connection.begin():
                    yield connection
                return
            with for_writing(connection), connection.begin():
                if connection.dialect.name == "postgresql":
                    connection.exec_driver_sql("LOCK TABLE runs IN SHARE ROW EXCLUSIVE MODE")
                yield connection

    def _after(self, column: Column[int]) -> int:
        return int(self._connection.execute(select(func.max(column))).scalar() or 0) + 1

    def _insert(self, table: Table, rows: Iterable[Sequence[Any]]) -> None:
        """Insert through the driver: the columns are ours and all there, so nothing is left to translate per row."""
        filled = list(rows)
        if not filled:
            return
        mark = "?" if self._connection.dialect.name == "sqlite" else "%s"
        columns = ", ".join(table.columns.keys())
        marks = ", ".join([mark] * len(table.columns))
        statement = f"INSERT INTO {table.name} ({columns}) VALUES ({marks})"  # noqa: S608  names from this program
        self._connection.exec_driver_sql(statement, [tuple(row) for row in filled])

    def _insert_run(
        self,
        run: RunRecord,
        number: int,
        run_id: str,
        identity: str,
        results_sha256: str,
        *,
        replace: bool,
        correction: str | None,
    ) -> None:
        texts: list[tuple[str, int, str | None, str]] = [
            ("scheme", position, file, text) for position, (file, text) in enumerate(run.scheme_texts)
        ]
        for role, content in (
            ("register", run.register_text),
            ("targets", run.targets_text),
            ("exceptions", run.exceptions_text),
            (_REPLIES, run.replies_text),
            (_HEEDED, run.heeded_text),
        ):
            if content is not None:
                texts.append((role, 0, None, content))
        addressed = [
            (role, position, None if file is None else _storable(file), *_addressed(text))
            for role, position, file, text in texts
        ]
        contents = {sha256: text for *_, sha256, text in addressed}
        stored = select(tables.contents.c.sha256).where(tables.contents.c.sha256.in_(contents))
        for sha256 in self._connection.execute(stored).scalars().all():
            del contents[sha256]
        self._insert(tables.contents, contents.items())
        self._insert(
            tables.runs,
            [
                (
                    number,
                    run_id,
                    identity,
                    _storable(run.county),
                    run.period,
                    run.as_of.isoformat(),
                    run.scheme_id,
                    run.scheme_version,
                    run.scheme_sha256,
                    run.register_sha256,
                    run.targets_sha256,
                    _json(run.settings),
                    replace,
                    run.version,
                    _moment(run.recorded_at),
                    None,
                    None,
                    _storable_or_none(correction),
                    results_sha256,
                    None,
                )
            ],
        )
        self._insert(tables.run_texts, ((number, role, at, file, sha256) for role, at, file, sha256, _ in addressed))
        self._insert(
            tables.inputs,
            (
                (number, at, _storable(record.file), record.sha256, record.status, _json(list(record.sheets)))
                for at, record in enumerate(run.inputs)
            ),
        )
        self._insert(
            tables.diagnostics,
            (
                (
                    number,
                    at,
                    content["code"],
                    content["severity"],
                    _storable_or_none(content.get("file")),
                    _storable_or_none(content.get("unit")),
                    _json(content),
                )
                for at, content in enumerate(run.diagnostics)
            ),
        )

    def _insert_parts(
        self, run: RunRecord, number: int, covered: Mapping[PartName, PartContent], entries: Sequence[_Entry]
    ) -> set[PartName]:
        latest = {entry.part: entry for entry in entries}
        connection = self._connection
        ids = self._part_ids(run.county, run.scheme_id, run.period)
        numbers: dict[int, int] = {
            row.part_id: row.number
            for row in connection.execute(
                select(tables.revisions.c.part_id, func.max(tables.revisions.c.number).label("number"))
                .where(tables.revisions.c.part_id.in_(ids.values()))
                .group_by(tables.revisions.c.part_id)
            )
        }
        next_part, next_revision = self._after(tables.parts.c.id), self._after(tables.revisions.c.id)
        parts: list[tuple[Any, ...]] = []
        revisions: list[tuple[Any, ...]] = []
        links: list[tuple[Any, ...]] = []
        rows: list[tuple[Any, ...]] = []
        changed = set()
        known_files = [_storable(record.file) for record in run.inputs]
        for name, content in covered.items():
            if name not in ids:
                ids[name] = next_part + len(parts)
                parts.append((ids[name], _storable(run.county), run.scheme_id, run.period, *name))
            part_id = ids[name]
            encoded = list(map(_encoded_row, content.rows))
            digest = content_sha256(encoded)
            repeated = latest.get(name)
            if repeated is not None and _says_the_same(repeated.content_sha256, content, digest):
                revision_id = repeated.revision_id
            else:
                revision_id = next_revision + len(revisions)
                revisions.append((revision_id, part_id, numbers.get(part_id, 0) + 1, number, digest))
                rows.extend([(revision_id, *row) for row in encoded])
                changed.add(name)
            links.append((number, part_id, revision_id, _json(_files_of(content.rows, known_files))))
        self._insert(tables.parts, parts)
        self._insert(tables.revisions, revisions)
        self._insert(tables.run_parts, links)
        self._insert(tables.unit_rows, rows)
        return changed

    def _part_ids(self, county: str, scheme_id: str, period: str) -> dict[PartName, int]:
        """The parts of a month, and their ids."""
        found = self._connection.execute(
            select(tables.parts.c.id, tables.parts.c.township, tables.parts.c.unit_kind).where(
                tables.parts.c.county == _storable(county),
                tables.parts.c.scheme_id == scheme_id,
                tables.parts.c.period == period,
            )
        )
        return {PartName(row.township, row.unit_kind): row.id for row in found}

    def _results_of(self, run: RunRecord, number: int) -> _Results:
        """The results and verdicts of a run as rows."""
        first = self._after(tables.unit_results.c.id)
        ids = {result.unit: at for at, result in enumerate(run.results, first)}
        places, criteria, verdicts = _encoded_verdicts(run.verdicts, ids, self._after(tables.run_criteria.c.id))
        results = [
            (
                at,
                number,
                _storable(result.unit),
                _storable(result.name),
                _storable(result.township),
                result.tier,
                result.reachable,
                result.provisional,
                result.reported,
                _json(result.stars),
                _as_stored(result.score_low),
                _as_stored(result.score_high),
                places.get(at),
            )
            for at, result in enumerate(run.results, first)
        ]
        verdicts.sort(key=itemgetter(0, 1))
        rows = [(at, number, *criterion) for criterion, at in criteria.items()]
        return _Results(results, rows, verdicts, results_sha256(results, rows, verdicts))

    def insert_verdicts(self, number: int, verdicts: Iterable[VerdictRow]) -> None:
        """The verdicts of a run whose own were deleted, within a ``transaction`` that writes."""
        found = self._connection.execute(
            select(tables.unit_results.c.unit, tables.unit_results.c.id).where(tables.unit_results.c.run == number)
        )
        ids = {row.unit: row.id for row in found}
        _, criteria, rows = _encoded_verdicts(verdicts, ids, self._after(tables.run_criteria.c.id))
        self._insert(tables.run_criteria, [(at, number, *criterion) for criterion, at in criteria.items()])
        self._insert(tables.verdict_rows, sorted(rows, key=itemgetter(0, 1)))

    def _insert_results(self, results: _Results) -> None:
        self._insert(tables.unit_results, results.results)
        self._insert(tables.run_criteria, results.criteria)
        self._insert(tables.verdict_rows, results.verdicts)

    def _recorded_before(self, run: RunRecord, number: int, run_id: str) -> Recorded:
        entries = self._entries(run.county, run.scheme_id, run.period)
        latest = {entry.part: entry for entry in entries}
        own = {entry.part: entry for entry in entries if entry.run == number}
        newer: dict[str, list[str]] = {}
        for part, entry in sorted(own.items()):
            if latest[part].revision_id != entry.revision_id:
                newer.setdefault(latest[part].run_id, []).append(part.township)
        if own and self._run(entries[-1].run).scheme_sha256 != run.scheme_sha256:
            # the month goes by the scheme of its newest run, whatever that covered
            newer = {entries[-1].run_id: [part.township for part in sorted(own)]}
        return Recorded(
            run_id,
            new=False,
            parts_changed=(),
            parts_unchanged=tuple(sorted(own)),
            parts_carried=tuple(sorted(latest.keys() - own.keys())),
            diagnostics=tuple(
                Diagnostic(
                    "H711", found=run_id, arguments={"township": "、".join(dict.fromkeys(names)), "newer": later}
                )
                for later, names in newer.items()
            ),
        )

    def _known(self, identity: str) -> _Row | None:
        """The run of an identity that counts."""
        return self._connection.execute(
            select(tables.runs.c.number, tables.runs.c.run_id, tables.runs.c.version).where(
                tables.runs.c.identity == identity, tables.runs.c.undone_at.is_(None)
            )
        ).one_or_none()

    def _read_otherwise(self, run: RunRecord, number: int) -> bool:
        """Whether a run has other rows than the stored one of that number."""
        stored = self._connection.execute(
            select(tables.parts.c.township, tables.parts.c.unit_kind, tables.revisions.c.content_sha256)
            .join(tables.run_parts, tables.run_parts.c.part_id == tables.parts.c.id)
            .join(tables.revisions, tables.revisions.c.id == tables.run_parts.c.revision_id)
            .where(tables.run_parts.c.run == number)
        )
        found = {PartName(row.township, row.unit_kind): row.content_sha256 for row in stored}
        contents = {content.part: content for content in map(_reported, run.parts) if content.rows}
        return found.keys() != contents.keys() or not all(
            _says_the_same(found[part], content, content_sha256(map(_encoded_row, content.rows)))
            for part, content in contents.items()
        )

    def _counting(self, county: str, scheme_id: str, period: str) -> list[int]:
        """The numbers of the runs that count in a month."""
        rated = {entry.run for entry in self._entries(county, scheme_id, period)}
        return sorted(rated | self._replies(county, scheme_id, period))

    def _replies(self, county: str, scheme_id: str, period: str) -> set[int]:
        """The numbers of the runs that count and are departments' replies about a month."""
        rows = self._connection.execute(
            select(tables.runs)
            .join(tables.run_texts, tables.run_texts.c.run == tables.runs.c.number)
            .where(
                tables.runs.c.county == _storable(county),
                tables.runs.c.scheme_id == scheme_id,
                tables.runs.c.undone_at.is_(None),
                tables.run_texts.c.role == _REPLIES,
            )
        )
        return {run.number for run in map(_run_of, rows) if run.about(period)}

    def final_months(self, run: RunRecord | Run) -> tuple[str, ...]:
        """The months that a run is about and that are final."""
        with self.transaction():
            return tuple(self._finals(run))

    def _finals(self, run: RunRecord | Run) -> dict[str, Final]:
        """The months that a run is about and that are final."""
        periods = {run.period}
        if COVERS in run.settings:
            rows = self._connection.execute(
                select(tables.finals.c.period).where(
                    tables.finals.c.county == _storable(run.county), tables.finals.c.scheme_id == run.scheme_id
                )
            )
            first, last = run.settings[COVERS]
            periods |= {period for period in rows.scalars() if first <= period <= last}
        found = {period: self._final(run.county, run.scheme_id, period) for period in sorted(periods)}
        return {period: final for period, final in found.items() if final is not None}

    def _final(self, county: str, scheme_id: str, period: str) -> Final | None:
        rows = self._connection.execute(
            select(tables.finals.c.rests_on, tables.finals.c.reason, tables.runs.c.run_id, tables.runs.c.recorded_at)
            .join(tables.runs, tables.runs.c.number == tables.finals.c.run)
            .where(
                tables.finals.c.county == _storable(county),
                tables.finals.c.scheme_id == scheme_id,
                tables.finals.c.period == period,
            )
            .order_by(tables.finals.c.number)
        ).all()
        if not rows:
            return None
        return Final(
            rows[-1].run_id,
            _when(rows[0].recorded_at),
            rows[0].reason,
            tuple((_when(row.recorded_at), row.reason or "") for row in rows[1:]),
            stale=_read(rows[-1].rests_on) != self._counting(county, scheme_id, period),
        )

    def _entries(self, county: str, scheme_id: str, period: str, only: Collection[int] | None = None) -> list[_Entry]:
        """What the runs that count, or ``only`` those, found of each part of a month, oldest first."""
        which = tables.runs.c.undone_at.is_(None) if only is None else tables.runs.c.number.in_(only)
        rows = self._connection.execute(
            select(
                tables.parts.c.township,
                tables.parts.c.unit_kind,
                tables.run_parts.c.run,
                tables.run_parts.c.revision_id,
                tables.run_parts.c.files,
                tables.revisions.c.number,
                tables.revisions.c.content_sha256,
                tables.runs.c.run_id,
                tables.runs.c.recorded_at,
            )
            .join(tables.run_parts, tables.run_parts.c.part_id == tables.parts.c.id)
            .join(tables.runs, tables.runs.c.number == tables.run_parts.c.run)
            .join(tables.revisions, tables.revisions.c.id == tables.run_parts.c.revision_id)
            .where(
                tables.parts.c.county == _storable(county),
                tables.parts.c.scheme_id == scheme_id,
                tables.parts.c.period == period,
                which,
            )
            .order_by(tables.run_parts.c.run)
        )
        return [_Entry(*row) for row in rows]

    def _current(self, county: str, scheme_id: str, period: str) -> Select[Any]:
        return select(tables.current_rows).where(
            tables.current_rows.c.county == _storable(county),
            tables.current_rows.c.scheme_id == scheme_id,
            tables.current_rows.c.period == period,
        )

    def _rows_of(self, county: str, scheme_id: str, period: str, only: Collection[int]) -> Iterator[_Row]:
        """The rows that would count if no runs but ``only`` these were there: what ``current_rows`` says of all."""
        found = self._connection.execute(
            select(
                tables.parts.c.township,
                tables.parts.c.unit_kind,
                tables.run_parts.c.part_id,
                tables.run_parts.c.run,
                tables.runs.c.replaces,
                tables.unit_rows,
            )
            .join(tables.run_parts, tables.run_parts.c.part_id == tables.parts.c.id)
            .join(tables.runs, tables.runs.c.number == tables.run_parts.c.run)
            .join(tables.unit_rows, tables.unit_rows.c.revision_id == tables.run_parts.c.revision_id)
            .where(
                tables.parts.c.county == _storable(county),
                tables.parts.c.scheme_id == scheme_id,
                tables.parts.c.period == period,
                tables.runs.c.number.in_(only),
            )
            .order_by(tables.run_parts.c.run)
        ).all()
        replaced: dict[int, int] = {row.part_id: row.run for row in found if row.replaces}
        newest = {row.unit: row for row in found}
        return (row for row in newest.values() if row.run >= replaced.get(row.part_id, 0))

    def _current_units(self, county: str, scheme_id: str, period: str) -> dict[PartName, dict[str, str]]:
        columns = (
            tables.current_rows.c.township,
            tables.current_rows.c.unit_kind,
            tables.current_rows.c.unit,
            tables.current_rows.c.name,
        )
        units: dict[PartName, dict[str, str]] = {}
        for row in self._connection.execute(self._current(county, scheme_id, period).with_only_columns(*columns)):
            units.setdefault(PartName(row.township, row.unit_kind), {})[row.unit] = row.name
        return units

    def _month(
        self, county: str, scheme_id: str, period: str, only: Collection[int] | None = None, *, heeded: bool = False
    ) -> tuple[Month, tuple[Diagnostic, ...]]:
        """A month by the runs that count, or as if there were ``only`` these, with the replies that they ``heeded``."""
        entries = self._entries(county, scheme_id, period, only)
        by_run = {(entry.part, entry.run): entry for entry in entries}
        latest = {part: entry for (part, _), entry in by_run.items()}
        first: dict[int, _Entry] = {}
        for entry in entries:
            first.setdefault(entry.revision_id, entry)
        rows: dict[PartName, list[_Row]] = {}
        current = (
            self._connection.execute(self._current(county, scheme_id, period))
            if only is None
            else self._rows_of(county, scheme_id, period, only)
        )
        for row in current:
            rows.setdefault(PartName(row.township, row.unit_kind), []).append(row)
        parts, kept = [], []
        for part in sorted(rows):
            newest, made = latest[part], first[latest[part].revision_id]
            carried = {}
            for row in rows[part]:
                if row.revision_id != newest.revision_id:
                    origin = first[row.revision_id]
                    carried[row.unit] = Origin(row.revision_id, origin.run_id, _when(origin.recorded_at))
            units = sorted(map(_unit_row, rows[part]), key=lambda row: row.unit)
            parts.append(
                MonthPart(
                    part.township,
                    part.unit_kind,
                    newest.revision_id,
                    newest.revision,
                    made.run_id,
                    _when(made.recorded_at),
                    newest.run_id,
                    tuple(units),
                    carried,
                )
            )
            if carried:
                kept.append(_row_kept(part, [row.name for row in units if row.unit in carried]))
        counting = [(by_run[part, row.run], row) for part, found in rows.items() for row in found]
        files = {(entry.run, file) for entry, _ in counting for file in _read(entry.files)}
        replies = self._replies(county, scheme_id, period)
        numbers = sorted({entry.run for entry in entries} | replies) if only is None else sorted(only)
        texts = self._texts(numbers)
        register, register_run = _newest(texts, "register")
        idle = [] if only is not None else self._idle(county, scheme_id, period, entries, register)
        files |= {(run, record.file) for run, record in idle}
        # a reply belongs to a quarter; what else the month is rated by comes of those that rated it
        rated = sorted({entry.run for entry in entries}) or numbers
        read = [
            record
            for run, record in self._inputs(sorted({*numbers, *(run for run, _ in idle)}))
            if (run, record.file) in files or run in replies - {*rated}
        ]
        inputs = {(record.file, record.sha256): record for record in read}
        own = [(role, file, text) for run, role, file, text in texts if run == rated[-1]]
        schemes: dict[int, tuple[tuple[str, str], ...]] = {
            number: tuple((file or "", text) for run, role, file, text in texts if run == number and role == "scheme")
            for number in numbers
        }
        newest_run = self._run(rated[-1])
        shas = {number: self._run(number) for number in numbers}
        targets, targets_run = _newest(texts, "targets")
        return (
            Month(
                county,
                period,
                newest_run.as_of,
                scheme_id,
                newest_run.scheme_version,
                newest_run.scheme_sha256,
                schemes[rated[-1]],
                shas[register_run].register_sha256 if register_run else None,
                register,
                shas[targets_run].targets_sha256 if targets_run else None,
                targets,
                next((text for role, _, text in own if role == "exceptions"), None),
                newest_run.settings,
                newest_run.run_id,
                newest_run.recorded_at,
                tuple(parts),
                tuple(inputs.values()),
                self._diagnostics_of(files, {(row.run, row.name) for _, row in counting}),
                {
                    row.unit: schemes[row.run]
                    for _, row in counting
                    if shas[row.run].scheme_sha256 != newest_run.scheme_sha256
                },
                tuple(numbers),
                self._final(county, scheme_id, period) if only is None else None,
                tuple(text for _, role, _, text in texts if role == (_HEEDED if heeded else _REPLIES)),
            ),
            tuple(kept),
        )

    def _idle(
        self, county: str, scheme_id: str, period: str, entries: Sequence[_Entry], register: str | None
    ) -> list[tuple[int, InputRecord]]:
        """The files of runs that count which brought no row because something is wrong with them.

        Until a later run has one in their place: of the same name and township, or of each township they name.
        Where they name none, until all else of their run was sent or scored again without them: they were no ledgers.
        """
        recorded = self._connection.execute(
            select(tables.runs).where(
                tables.runs.c.county == _storable(county),
                tables.runs.c.scheme_id == scheme_id,
                tables.runs.c.period == period,
                tables.runs.c.undone_at.is_(None),
            )
        )
        numbers = sorted(run.number for run in map(_run_of, recorded) if COVERS not in run.settings)
        wrong = {
            (row.run, row.file)
            for row in self._connection.execute(
                select(tables.diagnostics.c.run, tables.diagnostics.c.file)
                .where(tables.diagnostics.c.run.in_(numbers), tables.diagnostics.c.severity == str(Severity.ERROR))
                .distinct()
            )
        }
        brought = {(entry.run, file) for entry in entries for file in _read(entry.files)}
        inputs = self._inputs(numbers)
        suspects = [(run, record) for run, record in inputs if (run, record.file) in wrong - brought]
        if not suspects:
            return []
        newest = {entry.township: entry.run for entry in entries}
        past = {entry.run for entry in entries} - {*newest.values()}
        bases = {town: _base(town) for town in newest.keys() | _registered_townships(register, county) if town}
        said = {file: _townships_in(file, bases) for file in {record.file for _, record in inputs}}
        last = {(PurePosixPath(record.file).name, said[record.file]): run for run, record in inputs}
        return [
            (run, record)
            for run, record in suspects
            if last[PurePosixPath(record.file).name, said[record.file]] == run
            and (
                any(newest.get(town, 0) <= run for town in said[record.file])
                or (not said[record.file] and run not in past)
            )
        ]

    def _texts(self, numbers: Sequence[int]) -> list[tuple[int, str, str | None, str]]:
        rows = self._connection.execute(
            select(tables.run_texts.c.run, tables.run_texts.c.role, tables.run_texts.c.file, tables.contents.c.text)
            .join(tables.contents, tables.contents.c.sha256 == tables.run_texts.c.sha256)
            .where(tables.run_texts.c.run.in_(numbers))
            .order_by(tables.run_texts.c.run, tables.run_texts.c.role, tables.run_texts.c.position)
        )
        return [(row.run, row.role, row.file, row.text) for row in rows]

    def _inputs(self, numbers: Sequence[int]) -> list[tuple[int, InputRecord]]:
        rows = self._connection.execute(
            select(tables.inputs)
            .where(tables.inputs.c.run.in_(numbers))
            .order_by(tables.inputs.c.run, tables.inputs.c.position)
        )
        return [(row.run, InputRecord(row.file, row.sha256, row.status, _read(row.sheets))) for row in rows]

    def _diagnostics_of(
        self, files: set[tuple[int, str]], counting: set[tuple[int, str]]
    ) -> tuple[Mapping[str, Any], ...]:
        """What the runs said of the files, without what they said of units that a newer file has since replaced."""
        numbers = sorted({run for run, _ in files})
        named = {
            (row.run, row.name)
            for row in self._connection.execute(
                select(tables.run_parts.c.run, tables.unit_rows.c.name)
                .join(tables.unit_rows, tables.unit_rows.c.revision_id == tables.run_parts.c.revision_id)
                .where(tables.run_parts.c.run.in_(numbers))
            )
        }
        replaced = named - counting
        rows = self._connection.execute(
            select(tables.diagnostics)
            .where(tables.diagnostics.c.run.in_(numbers))
            .order_by(tables.diagnostics.c.run, tables.diagnostics.c.position)
        )
        return tuple(
            _read(row.content) for row in rows if (row.run, row.file) in files and (row.run, row.unit) not in replaced
        )

    def _run(self, number: int) -> Run:
        return _run_of(self._connection.execute(select(tables.runs).where(tables.runs.c.number == number)).one())

    def _number(self, run_id: str) -> tuple[int | None, tuple[Diagnostic, ...]]:
        asked = unicodedata.normalize("NFKC", run_id).strip().lower()
        runs = select(tables.runs.c.number, tables.runs.c.run_id).order_by(tables.runs.c.number)
        found: Sequence[_Row] = ()
        named = re.fullmatch(r"(?a:#?(\d{1,9})(?:-([0-9a-f]{1,64}))?)", asked)
        if named is not None:
            found = self._connection.execute(
                runs.where(tables.runs.c.number == int(named[1]), tables.runs.c.identity.startswith(named[2] or ""))
            ).all()
        if not found and len(asked) >= _HASH_PREFIX and re.fullmatch(r"[0-9a-f]+", asked):
            found = self._connection.execute(runs.where(tables.runs.c.identity.startswith(asked))).all()
        if len(found) > 1:
            return None, (Diagnostic("H715", found=run_id, expected="、".join(run.run_id for run in found)),)
        if not found:
            return None, (Diagnostic("H708", found=run_id),)
        return found[0].number, ()


def identity_of(run: RunRecord, *, replace: bool = False) -> str:
    """What makes two runs the same: SHA-256 over county, period, day, scheme, register, targets, settings and inputs.

    Known exceptions and ``replace`` are settings too: they change what is recorded. The order and the names of the
    inputs do not.
    """
    return _identity(
        run,
        [record.sha256 for record in run.inputs],
        None if run.exceptions_text is None else text_sha256(run.exceptions_text),
        replace=replace,
    )


def stored_identity(run: Run, inputs: Sequence[str | None], exceptions: str | None) -> str:
    """What ``identity_of`` a run as it is stored would be, by the checksums of its inputs and exceptions."""
    return _identity(run, inputs, exceptions, replace=run.replaces)


def _identity(run: RunRecord | Run, inputs: Sequence[str | None], exceptions: str | None, *, replace: bool) -> str:
    return text_sha256(
        json.dumps(
            {
                "county": run.county,
                "period": run.period,
                "as_of": run.as_of.isoformat(),
                "scheme_id": run.scheme_id,
                "scheme": run.scheme_sha256,
                "register": run.register_sha256,
                "targets": run.targets_sha256,
                "exceptions": exceptions,
                "settings": run.settings,
                "inputs": sorted(sha256 for sha256 in inputs if sha256 is not None),
                "replace": replace,
            },
            sort_keys=True,
            allow_nan=False,
        )
    )


def is_final(county: str, period: str, scheme_id: str, at: datetime, run_id: str) -> Diagnostic:
    """H718: what was made final at that time is not changed in passing; ``run_id`` is the final result as it is now."""
    when = at.isoformat(sep=" ", timespec="minutes")
    return Diagnostic("H718", found=f"{county} {period} {scheme_id}", arguments={"when": when, "run": run_id})


def unfit_for_final(county: str, period: str, reason: str, **slots: object) -> Diagnostic:
    """H719: why a month cannot be made final."""
    words = tuple(text.format(**slots) for text in UNFIT[reason])
    return Diagnostic("H719", found=f"{county} {period}", arguments={"reason": (words[0], words[1])})


def results_sha256(
    results: Sequence[tuple[Any, ...]], criteria: Sequence[tuple[Any, ...]], verdicts: Sequence[tuple[Any, ...]]
) -> str:
    """A checksum over what a run found, rows of the tables in the order of their ids.

    Criteria have no effect, and were without that column when the first runs got theirs.
    """
    digest = hashlib.sha256()
    for rows in (results, [row[:-1] if row[-1] is None else row for row in criteria], verdicts):
        for start in range(0, len(rows), _HASHED_AT_ONCE):
            digest.update(_encode(rows[start : start + _HASHED_AT_ONCE]).encode(errors="surrogatepass"))
        digest.update(b"\n")
    return digest.hexdigest()


_HASHED_AT_ONCE = 4096
"""Rows that are made into text together: those of a nation never all."""


# Copies of the store


def _unfit_backup(source: sqlite3.Connection, path: Path) -> Diagnostic | None:
    found = str(path)
    present = {name for (name,) in source.execute("SELECT name FROM sqlite_master")}
    damaged = Diagnostic("H704", Location(file=found), found=found)
    if "starcheck_schema" not in present or list(source.execute("PRAGMA integrity_check")) != [("ok",)]:
        return damaged
    ((version,),) = source.execute("SELECT max(version) FROM starcheck_schema")
    known = MIGRATIONS[-1].version
    if version is None or not present >= tables.made_by(version) or list(source.execute("PRAGMA foreign_key_check")):
        return damaged
    if version > known:
        arguments = {"version": str(version), "known": str(known)}
        return Diagnostic("H703", Location(file=found), found=found, arguments=arguments)
    return None


def _read_only(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path.resolve().as_uri() + "?mode=ro", uri=True)


# Finding a month


def _months() -> Select[Any]:
    """The months that something counts for."""
    return (
        select(tables.parts.c.county, tables.parts.c.scheme_id, tables.parts.c.period)
        .distinct()
        .join(tables.run_parts, tables.run_parts.c.part_id == tables.parts.c.id)
        .join(tables.runs, tables.runs.c.number == tables.run_parts.c.run)
        .where(tables.runs.c.undone_at.is_(None))
    )


def _without_suffix(county: str) -> str:
    return county[:-1] if county.endswith(_COUNTY_SUFFIXES) and len(county) > 1 else county


def match_county(asked: str, counties: Iterable[str]) -> tuple[str, ...]:
    """The counties a name may mean: itself; else with 县, 区 or 市; else by its beginning; else less its suffix."""
    name = unicodedata.normalize("NFKC", asked).strip()
    known = sorted(set(counties))
    alike = [county for county in known if _without_suffix(county) == _without_suffix(name)]
    if name in known and (len(alike) == 1 or name.endswith(_COUNTY_SUFFIXES)):
        return (name,)
    if len(alike) > 1:
        return tuple(alike)
    for fits in (
        [county for county in known if county in {name + suffix for suffix in _COUNTY_SUFFIXES}],
        [county for county in known if county.startswith(name)],
        [county for county in known if name in {county + suffix for suffix in _COUNTY_SUFFIXES}],
    ):
        if fits:
            return tuple(fits)
    return ()


def _find_month(
    recorded: Sequence[_Row], county: str | None, scheme_id: str | None, period: str | None
) -> tuple[tuple[str, str, str] | None, tuple[Diagnostic, ...]]:
    known = {row.county for row in recorded}
    fits = tuple(sorted(known)) if county is None else match_county(county, known)
    if len(fits) > 1:
        return None, (Diagnostic("H706", found=county or "（没有说明哪个县）", expected="、".join(fits)),)
    asked = " ".join(word for word in (county, period, scheme_id) if word)
    if not fits:
        return None, (_nothing(asked, known),)
    of_county = [(row.scheme_id, row.period) for row in recorded if row.county == fits[0]]
    of_scheme = [month for month in of_county if scheme_id in {None, month[0]}]
    if not of_scheme:
        return None, (_nothing(asked, {scheme for scheme, _ in of_county}),)
    newest = max(month for _, month in of_scheme) if period is None else period
    schemes = sorted({scheme for scheme, month in of_scheme if month == newest})
    if not schemes:
        return None, (_nothing(asked, {month for _, month in of_scheme}),)
    if len(schemes) > 1:
        return None, (Diagnostic("H712", found=f"{fits[0]} {newest}", expected="、".join(schemes)),)
    return (fits[0], schemes[0], newest), ()


def _nothing(asked: str, known: Iterable[str]) -> Diagnostic:
    return Diagnostic("H707", found=asked or "—", expected="、".join(sorted(known)) or "—")


# Rows kept


def _rows_kept(
    covered: Mapping[PartName, PartContent], current: Mapping[PartName, Mapping[str, str]]
) -> tuple[Diagnostic, ...]:
    """H705 for each part of the run that lacks units which counted; one that moved to another part is not lacking."""
    present = {_storable(row.unit) for content in covered.values() for row in content.rows}
    kept = []
    for part in sorted(covered):
        lacking = [name for unit, name in sorted(current.get(part, {}).items()) if unit not in present]
        if lacking:
            kept.append(_row_kept(part, lacking))
    return tuple(kept)


def _row_kept(part: PartName, names: Sequence[str]) -> Diagnostic:
    shown = "、".join(names[:_NAMES_SHOWN]) + ("…" if len(names) > _NAMES_SHOWN else "")
    arguments = {"township": part.township, "kind": part.unit_kind, "count": str(len(names))}
    return Diagnostic("H705", found=shown, arguments=arguments)


# Values in and out of the tables


def _refuse_contradictions(run: RunRecord) -> None:
    parts = [content.part for content in run.parts]
    units = [row.unit for content in run.parts for row in content.rows]
    if run.recorded_at.tzinfo is None:
        raise ValueError("recorded_at has no time zone")
    if any(content.county != run.county for content in run.parts):
        raise ValueError("a part of another county")
    if len(set(parts)) != len(parts) or len(set(units)) != len(units):
        raise ValueError("a part or a unit stands twice in one run")
    if len({result.unit for result in run.results}) != len(run.results):
        raise ValueError("a unit has two results in one run")


def _reported(content: PartContent) -> PartContent:
    rows = [row for row in content.rows if row.reported]
    return PartContent(content.county, _storable(content.township), _storable(content.unit_kind), rows)


_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
_encode_ascii = json.JSONEncoder(allow_nan=False, separators=(",", ":")).encode


def _json(value: Any) -> str:
    if isinstance(value, Mapping):
        value = dict(value)
    text = _encode(value)
    # Half characters from file names of another encoding cannot be stored; escaped they can, and nothing is lost.
    return text if _encodable(text) else _encode_ascii(value)


def _read(text: str) -> Any:
    return json.loads(text)


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _storable(text: str) -> str:
    """The text without what no database takes: half characters and NUL become the replacement character."""
    if "\x00" in text:
        text = text.replace("\x00", "\ufffd")
    return text if _encodable(text) else re.sub(r"[\ud800-\udfff]", "\ufffd", text)


def _storable_or_none(text: str | None) -> str | None:
    return None if text is None else _storable(text)


def text_sha256(text: str) -> str:
    """The checksum of a text, under which it is stored."""
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def _addressed(text: str) -> tuple[str, str]:
    stored = _storable(text)
    return text_sha256(stored), stored


def _moment(at: datetime) -> str:
    if at.tzinfo is None:
        raise ValueError("a time without its time zone")
    return at.isoformat()


def _when(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _encoded_row(row: UnitRow) -> tuple[str | None, ...]:
    return (
        _storable(row.unit),
        _storable_or_none(row.code),
        _storable(row.name),
        _storable(row.kind),
        _json(list(row.tags)),
        _json(row.cells),
        _json(row.extra),
        _storable_or_none(row.place),
    )


def _unit_row(row: _Row) -> UnitRow:
    return UnitRow(
        row.unit,
        row.code,
        row.name,
        row.kind,
        tuple(_read(row.tags)),
        reported=True,
        cells=_read(row.cells),
        extra=_read(row.extra),
        place=row.place,
    )


def content_sha256(rows: Iterable[Sequence[str | None]]) -> str:
    """The checksum of a part's rows, in whatever order they come. Without a place they are as before there was one."""
    return text_sha256(_encode(sorted(row if row[-1] is not None else row[:-1] for row in rows)))


def _says_the_same(stored: str, content: PartContent, digest: str) -> bool:
    """Whether a stored part has this content, of which ``digest`` is the checksum; or had, with whole addresses."""
    return stored == digest or stored == content_sha256(map(_encoded_row, map(_at_length, content.rows)))


def _at_length(row: UnitRow) -> UnitRow:
    """A row as it was stored before there was a place: each cell by its whole address."""
    cells = {key: [value, word, whole_cells(row.place, where)] for key, (value, word, where) in row.cells.items()}
    return dataclasses.replace(row, cells=cells, place=None)


def _registered_townships(register: str | None, county: str) -> set[str]:
    """The townships of a county in the text of a register, as ``recording`` writes it; none of another text."""
    try:
        read = json.loads(register or "{}")
    except ValueError:
        return set()
    entries = read.get("entries", ()) if isinstance(read, dict) else ()
    return {town for _, _, town, of, *_ in entries if not of or of.startswith(county) or county.startswith(of)}


def _base(township: str) -> str:
    """What a township is called for short: 马庄桥 of 马庄桥镇."""
    base = re.sub("(?:乡|镇|街道|街道办事处)$", "", township)
    return base if len(base) > 1 else township


def _townships_in(file: str, bases: Mapping[str, str]) -> frozenset[str]:
    """The townships that a file's name says it is of, else the nearest folder's: 马庄桥镇, and not 马庄镇 as well."""
    for part in reversed(re.split("[/!]", file)):
        found = {town: base for town, base in bases.items() if base in part}
        if found:
            return frozenset(
                town for town, base in found.items() if not any(base in other != base for other in found.values())
            )
    return frozenset()


def _files_of(rows: Iterable[UnitRow], known: Sequence[str]) -> list[str]:
    """The inputs that the rows' cells lie in; all of them where no cell says."""
    places = {row.place for row in rows if row.place is not None}
    whole = (entry[2] for row in rows for entry in row.cells.values() if not isinstance(entry[2], str))
    places |= {cell.rpartition("!")[0] for cells in whole for cell in cells}
    shown = {_storable(place) for place in places}
    files = [file for file in known if any(place == file or place.startswith(file + "!") for place in shown)]
    return files or list(known)


def _encoded_verdicts(
    verdicts: Iterable[VerdictRow], results: Mapping[str, int], first: int
) -> tuple[dict[int, str], dict[tuple[str | None, ...], int], list[tuple[Any, ...]]]:
    """The verdicts as rows, and what they have in common: the sheet of each unit's cells, and each criterion's words.

    ``results`` maps the units to their ids, ``first`` is the first free id of a criterion.
    """
    places: dict[int, str] = {}
    criteria: dict[tuple[str | None, ...], int] = {}
    rows = []
    for unit, criterion, status, value, measure, requirement, gap, source, cells, reason, effect in verdicts:
        result = results.get(unit)
        if result is None:
            raise ValueError(f"a verdict for {unit}, which has no result")
        shared = (criterion, measure, requirement, source, effect)
        shared_id = criteria.get(shared)
        if shared_id is None:
            shared_id = criteria[shared] = first + len(criteria)
        short = None
        if cells:
            if result not in places:
                places[result] = _storable(cells[0].rpartition("!")[0])
            within = cells_within(places[result], cells)
            short = within if isinstance(within, str) else _json(list(within))
        number, words = _split_value(value)
        rows.append((result, shared_id, status, number, words, _as_stored(gap), short, reason))
    return places, criteria, rows


def _cells(stored: str | None) -> Cells:
    """A verdict's cells: ``F7,G7`` of the unit's sheet, or a JSON list of whole addresses where one lies elsewhere."""
    return tuple(_read(stored)) if stored is not None and stored.startswith("[") else stored or ""


def _split_value(value: float | bool | str | None) -> tuple[float | None, str | None]:
    """A number beside its words: yes/no has both (1 and ``true``), so that neither is taken for the other."""
    if value is None:
        return None, None
    if value is True or value is False:
        return float(value), "true" if value else "false"
    if isinstance(value, str):
        return None, _storable(value)
    return _as_stored(value), None


def _as_stored(value: float | None) -> float | None:
    """A number as a database gives it back: never whole, and 0 without a sign."""
    return None if value is None else float(value) + 0.0


def _joined_value(number: float | None, words: str | None) -> float | bool | str | None:
    if number is None:
        return words
    return number if words is None else words == "true"


def _newest(
    texts: Sequence[tuple[int, str, str | None, str]], role: Literal["register", "targets"]
) -> tuple[str | None, int | None]:
    """The newest text of its role, and the run that had it."""
    found = [(text, run) for run, of, _, text in texts if of == role]
    return found[-1] if found else (None, None)


def _run_of(row: _Row) -> Run:
    settings = _read(row.settings)
    return Run(
        row.run_id,
        row.number,
        row.identity,
        row.county,
        row.period,
        date.fromisoformat(row.as_of),
        row.scheme_id,
        row.scheme_version,
        row.scheme_sha256,
        row.register_sha256,
        row.targets_sha256,
        settings,
        row.replaces,
        row.version,
        _when(row.recorded_at),
        None if row.undone_at is None else _when(row.undone_at),
        row.undone_reason,
        row.correction,
        "final" in settings,
        row.results_sha256,
        None if row.pruned_at is None else _when(row.pruned_at),
    )
