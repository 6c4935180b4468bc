"""One county's share of a batch: what is new in its inbox, rated, recorded, and what that makes of its results.

Whether anything is new is seen without rating: by the SHA-256 of the files, by what the store has of them, and by the
manifest that lies with each month's results. What the manifest tells of is content alone, nothing that changes by
itself. A month's results hang on the months before, so a month that changes has the later ones made again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from time import perf_counter
from typing import Any
from uuid import uuid4

from starcheck import __version__
from starcheck.batch_lock import one_worker
from starcheck.batch_outputs import MANIFEST, MonthFound, Rendered, render
from starcheck.batch_settings import ALL, LATEST, CountyJob, side_files, wanting
from starcheck.cells import Limits
from starcheck.commands import open_store, with_hints
from starcheck.cycle.course import Course, RatedMonth
from starcheck.cycle_commands import rated_month
from starcheck.deliveries import Delivered, dated, delivered
from starcheck.diagnostic import Diagnostic, Location, Severity, Text
from starcheck.history import COVERS, RunBasis, Store, is_final, match_county, text_sha256
from starcheck.inbox import FilesOf
from starcheck.messages import both
from starcheck.offer import Offer, offered, version_on
from starcheck.recording import (
    diagnostic_record,
    recorded_answers,
    recorded_outcome,
    recorded_register,
    run_records,
    shown_parts,
    unlike_final,
)
from starcheck.rectify_commands import NOTES
from starcheck.report.model import PartShown
from starcheck.run import Outcome, day_told, rate, read_exceptions
from starcheck.scheme import Scheme
from starcheck.whole_folder import replaced, tidy
from starcheck.workspace import Settings, Stop

WAIT = 60.0
"""Seconds to wait for a worker of a batch that was killed to let go of a county."""
_SAID = 200
"""How many problems of a month that failed are handed on."""


class Halted(Exception):  # noqa: N818 - not a bug: the batch was told to stop
    """The batch is to stop here."""


@dataclass(frozen=True, slots=True)
class Errand:
    """What holds for every county of a batch: when it began, by which version, and whether anything is written.

    ``clock`` tells the time of day, ``stopping`` whether the batch has been told to stop.
    """

    began: datetime
    version: str
    clock: Callable[[], datetime]
    dry: bool = False
    program: str = __version__
    """The version of starcheck that hands it out: workers of another one would not do the same."""
    batch: str = field(default_factory=lambda: uuid4().hex)
    """Tells one batch from another: what a worker keeps is for one batch."""
    stopping: Callable[[], bool] | None = None

    def go_on(self) -> None:
        """Raise ``Halted`` where the batch has been told to stop."""
        if self.stopping is not None and self.stopping():
            raise Halted


@dataclass(frozen=True, slots=True)
class MonthDone:
    """What became of a county's month, as plain values.

    ``state`` is ``done``, ``same`` (nothing new), ``planned`` (a dry run) or ``failed``. ``said`` are diagnostics as
    they are recorded, ``stops`` why something could not go on.
    """

    period: str
    state: str
    at: datetime
    seconds: float
    exit: int = 0
    why: tuple[Text, ...] = ()
    files: tuple[str, ...] = ()
    runs: int = 0
    outputs: tuple[str, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    codes: Mapping[str, int] = field(default_factory=dict)
    said: tuple[Mapping[str, Any], ...] = ()
    stops: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True)
class CountyDone:
    """What became of a county: its months in order, and what is to be said of it as a whole."""

    county: str
    scheme: str
    months: tuple[MonthDone, ...]
    exit: int
    seconds: float
    said: tuple[Mapping[str, Any], ...] = ()
    stops: tuple[Text, ...] = ()
    halted: bool = False


def do_county(job: CountyJob, errand: Errand) -> CountyDone:
    """Do a county's months in order. What cannot go on is in what comes back; a bug is raised."""
    began = perf_counter()
    months: list[MonthDone] = []
    said: list[Diagnostic] = []
    stops: list[Text] = []
    code, halted, scheme = 0, False, job.told.scheme_id or ""
    try:
        _refuse_other_version(errand)
        _refuse_wanting(job)
        with ExitStack() as held:
            if not errand.dry:
                held.enter_context(one_worker(job.folder, WAIT))
                tidy(job.folder)
            store = held.enter_context(_store(job, errand)) if not errand.dry or _stored(job.told) else None
            work = _County(job, errand, store, said)
            scheme = work.scheme_id
            for month in work.months():
                months.append(month)  # noqa: PERF402 - one by one: what was done before a stop is kept
    except Stop as stop:
        code = stop.exit_code
        said += stop.diagnostics
        stops.append(stop.text)
    except Halted:
        halted = True
    return CountyDone(
        job.county,
        scheme,
        tuple(months),
        max([code, *(month.exit for month in months)]),
        perf_counter() - began,
        _records(said),
        tuple(stops),
        halted,
    )


def _refuse_other_version(errand: Errand) -> None:
    if errand.program != __version__:
        raise Stop(2, both("stop.program", here=errand.program, there=__version__))


def _refuse_wanting(job: CountyJob) -> None:
    found = wanting(job)
    if found:
        raise Stop(2, both("batch.county_wrong", n=len(found)), found)


def _records(said: Sequence[Diagnostic]) -> tuple[Mapping[str, Any], ...]:
    worth = [found for found in said if found.level is not Severity.NOTE]
    return tuple(diagnostic_record(found) for found in worth[:_SAID])


def _stored(told: Settings) -> bool:
    return "://" in told.store_target or Path(told.store_target).is_file()


def _store(job: CountyJob, errand: Errand) -> Any:
    return open_store(job.told, create=not errand.dry, read_only=errand.dry)


@lru_cache(maxsize=8)
def _offer(scheme: str | None, criteria: Path | None, root: Path, _batch: str) -> Offer:
    """The schemes of a county, loaded once for all counties that a worker does in a batch."""
    return offered(Settings(scheme=scheme, criteria=criteria, root=root))


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is to be done for a month, and why. ``sets`` are rated one after the other, each in a run of its own."""

    why: tuple[Text, ...]
    sets: tuple[tuple[Delivered, ...], ...]
    fresh: tuple[str, ...]
    after: int
    """The newest run that holds an older state of one of the files; a run of the new state has to come after it."""

    @property
    def nothing(self) -> bool:
        return not self.why


@dataclass(frozen=True, slots=True)
class _Recorded:
    """A recorded month, rated."""

    outcome: Outcome
    month: RatedMonth
    parts: tuple[PartShown, ...]


class _County:
    """A county while it is done."""

    def __init__(self, job: CountyJob, errand: Errand, store: Store | None, said: list[Diagnostic]) -> None:
        self.job, self.errand, self.store, self.said = job, errand, store, said
        self.offer = _offer(job.told.scheme, job.told.criteria, job.told.root, errand.batch)
        self.scheme_id = self.offer.schemes[0].id
        self.files = {key: _sha(path) for key, path in _hung_on(job)}
        self.asked = _digest([job.outputs, job.told.lang, self.files])
        self.name = job.county
        self.runs: tuple[RunBasis, ...] = ()
        self._look()
        self.courses: dict[str, Course] = {}
        """The county's months up to each, the last that were made."""
        self.rated: dict[str, tuple[str, _Recorded]] = {}
        """The recorded months that were rated in this batch, with the digest of what they rest on."""

    def _look(self) -> None:
        """What the store has of the county now."""
        if self.store is None:
            return
        known = match_county(self.job.county, self.store.counties())
        if len(known) == 1:
            self.name = known[0]
        self.runs = self.store.county_runs(self.name, self.scheme_id)

    def counting(self, period: str) -> list[RunBasis]:
        """The runs that count in a month."""
        return [run for run in self.runs if run.run.period == period and run.run.undone_at is None]

    def rated_runs(self, period: str) -> list[RunBasis]:
        """Those of them that rated files of the month."""
        return [run for run in self.counting(period) if not run.run.final and COVERS not in run.run.settings]

    def months(self) -> Iterator[MonthDone]:
        """Each month of the inbox that is asked for."""
        by_period: dict[str, list[Delivered]] = {}
        for file in self._inbox():
            if file.period is None:
                self.said.append(Diagnostic("B821", Location(file.shown)))
            else:
                by_period.setdefault(file.period, []).append(file)
        for period in self._left(by_period):
            by_period[period] = []
        wanted = sorted(by_period)
        if self.job.period == LATEST:
            wanted = wanted[-1:]
        elif self.job.period != ALL:
            wanted = [period for period in wanted if period == self.job.period]
            if not wanted:
                self.said.append(Diagnostic("B822", self.job.where, found=self.job.period))
        earlier = False
        for period in wanted:
            self.errand.go_on()
            month = self._month(period, by_period[period], earlier=earlier)
            earlier = earlier or (self.errand.dry and month.runs > 0)
            yield month

    def _left(self, by_period: Mapping[str, Sequence[Delivered]]) -> list[str]:
        """The months with results but no file any more of which nothing counts, or whose files lie in another month."""
        here = {file.sha256 for files in by_period.values() for file in files} - {None}
        left = []
        for folder in sorted(self.job.folder.glob("*/")) if here and self.job.period == ALL else ():
            manifest = _manifest(folder)
            if manifest is not None and folder.name not in by_period:
                moved = here & set(manifest["files"].values())
                if moved or not self.rated_runs(folder.name):
                    left.append(folder.name)
        return left

    def _inbox(self) -> list[Delivered]:
        """The files of the inbox with their months: by their paths, by the store that has them, or by reading them."""
        aside = [path for _, path in side_files(self.job)]
        rated = [run for run in self.runs if COVERS not in run.run.settings]  # a reply is of no month
        known = {sha: run.run.period for run in rated for _, sha in run.inputs if sha is not None}
        files = [
            replace(file, period=known.get(file.sha256 or "")) if file.period is None else file
            for file in delivered(self.job.inbox, aside)
        ]
        return dated(files, self.job.inbox, self.offer.schemes, self.job.told.limits)

    # What is new

    def _month(self, period: str, files: Sequence[Delivered], *, earlier: bool) -> MonthDone:
        at, began = self.errand.clock(), perf_counter()
        manifest = _manifest(self.job.folder / period)
        context = self._context(period)
        plan = self._plan(period, files, manifest, context, earlier=earlier)
        if plan.nothing:
            counts, codes = (manifest[key] for key in ("counts", "codes")) if manifest else ({}, {})
            return MonthDone(period, "same", at, perf_counter() - began, counts=counts, codes=codes)
        if self.errand.dry:
            refused = self._refused(period) if plan.sets else ()
            return MonthDone(
                period,
                "failed" if refused else "planned",
                at,
                perf_counter() - began,
                2 if refused else 0,
                plan.why,
                plan.fresh,
                0 if refused else len(plan.sets),
                said=_records(refused),
                stops=tuple((found.message("zh"), found.message("en")) for found in refused),
            )
        work = _MonthWork(self, period, plan)
        work.record()
        rendered = work.put(manifest, context, files)
        return MonthDone(
            period,
            "failed" if work.failed else "done",
            at,
            perf_counter() - began,
            work.code,
            plan.why,
            plan.fresh,
            work.runs,
            () if rendered is None else tuple(rendered.outputs),
            {} if rendered is None else rendered.counts,
            {} if rendered is None else rendered.codes,
            _records(work.said),
            tuple(work.stops),
        )

    def _refused(self, period: str) -> tuple[Diagnostic, ...]:
        """H718 where the month is final, and takes no new files."""
        finals = [run.run for run in self.counting(period) if run.run.final]
        if not finals:
            return ()
        return (is_final(self.name, period, self.scheme_id, finals[0].recorded_at, finals[-1].run_id),)

    def scheme_of(self, period: str) -> Scheme:
        """The version of the scheme that a month is rated by."""
        return version_on(self.offer.schemes, day_told(Settings(period=period)))

    def _context(self, period: str) -> dict[str, Any]:
        """Whatever besides the files decides how a month is rated."""
        told = replace(self.job.told, period=period)
        day = day_told(told)
        assert isinstance(day, date)
        exceptions = read_exceptions(told, day)[0]
        limits = asdict(told.limits)
        settings = {
            "period": period,
            "as_of": day.isoformat(),
            "map": list(told.map),
            "mapping": {town: dict(entries) for town, entries in told.mapping.items()},
            "layout": {town: dict(entries) for town, entries in told.layout.items()},
            "limits": {name: value for name, value in limits.items() if value != getattr(Limits(), name)},
        }
        return {
            "scheme": self.scheme_of(period).sha256,
            "register": self.files.get("register"),
            "targets": self.files.get("targets"),
            "exceptions": None if exceptions is None else text_sha256(exceptions),
            "settings": {name: value for name, value in settings.items() if value},
            "program": self.errand.version,
        }

    def _plan(
        self,
        period: str,
        files: Sequence[Delivered],
        manifest: Mapping[str, Any] | None,
        context: Mapping[str, Any],
        *,
        earlier: bool,
    ) -> _Plan:
        runs = self.counting(period)
        known = _Known(
            [run for run in self.runs if run.run.period == period], manifest["files"] if manifest and runs else {}
        )
        for file in files:
            if known.taken_back(file):
                self.said.append(Diagnostic("B826", Location(file.shown), arguments={"period": period}))
        fresh = [file for file in files if known.number(file) is None]
        why = [both("batch.why.new", files=_listed(new))] if (new := [f for f in fresh if not known.named(f)]) else []
        changed = [file for file in fresh if known.named(file)]
        if changed:
            why.append(both("batch.why.changed", files=_listed(changed)))
        sets: list[tuple[Delivered, ...]] = []
        unlike = self._unlike(runs, files, known, manifest, context)
        if unlike and len(fresh) < len(files):
            why += [both(f"batch.why.{name}") for name in unlike]
            recorded: dict[int, list[Delivered]] = {}
            for file in files:
                number = known.number(file)
                if number is not None and not known.taken_back(file):
                    recorded.setdefault(number, []).append(file)
            sets += [tuple(group) for _, group in sorted(recorded.items())]
        by_order: dict[tuple[int, int], list[Delivered]] = {}
        for file in fresh:
            by_order.setdefault(file.order, []).append(file)
        sets += [tuple(group) for _, group in sorted(by_order.items())]
        if not sets:
            gone = self.gone(period, files, manifest)
            why += [both("batch.why.not_there", files=_named(gone))] if gone else []
            why += self._outputs_lacking(period, manifest, earlier=earlier)
        return _Plan(
            tuple(why),
            tuple(sets),
            tuple(file.shown for file in fresh),
            0 if unlike else max((known.newest_of(file) for file in fresh), default=0),
        )

    def gone(self, period: str, files: Sequence[Delivered], manifest: Mapping[str, Any] | None) -> list[str]:
        """What lay in the inbox when the results were made, is there no more, and still counts: B827, once."""
        if self.store is None or manifest is None:
            return []
        here = {file.shown for file in files} | {file.sha256 for file in files}
        gone = [name for name, sha in manifest["files"].items() if not here & {name, sha}]
        counting = self.store.files_counting(self.name, self.scheme_id, period) if gone else {}
        runs = {counting[sha] for name in gone if (sha := manifest["files"][name]) in counting}
        gone = [name for name in gone if manifest["files"][name] in counting]
        if gone:
            arguments = {"period": period, "run": "、".join(sorted(runs, key=_number))}
            self.said.append(Diagnostic("B827", Location(gone[0]), found=_named(gone)[0], arguments=arguments))
        return gone

    def _unlike(
        self,
        runs: Sequence[RunBasis],
        files: Sequence[Delivered],
        known: _Known,
        manifest: Mapping[str, Any] | None,
        context: Mapping[str, Any],
    ) -> list[str]:
        """In what a month was rated otherwise than it would be now. What is final stays as it is."""
        if any(run.run.final for run in runs):
            return []
        if manifest is not None:
            return [name for name, value in context.items() if manifest["context"].get(name) != value]
        numbers = {known.number(file) for file in files} - {None, 0}
        unlike = {name for run in runs if run.run.number in numbers for name in _made_unlike(run, context)}
        return [name for name in context if name in unlike]

    def _outputs_lacking(self, period: str, manifest: Mapping[str, Any] | None, *, earlier: bool) -> list[Text]:
        """Why the results have to be made, or taken away, although nothing new came."""
        if not self.rated_runs(period):
            return [] if manifest is None else [both("batch.why.store")]
        if manifest is None:
            return [both("batch.why.no_outputs")]
        folder = self.job.folder / period
        gone = [name for name in manifest["outputs"] if not (folder / name).is_file()]
        other = [name for name, sha in manifest["outputs"].items() if name not in gone and _sha(folder / name) != sha]
        why = [both("batch.why.gone", files="、".join(gone))] if gone else []
        why += [both("batch.why.altered", files="、".join(other))] if other else []
        if manifest["asked"] != self.asked:
            why.append(both("batch.why.asked"))
        if earlier:
            why.append(both("batch.why.earlier"))
        elif manifest["store"] != self.state_until(period):
            why.append(both("batch.why.store"))
        return why

    def state_until(self, period: str) -> str:
        """A digest of everything that counts of the county up to a month: by content, in the order of recording."""
        return _digest(
            [
                [run.run.period, run.run.identity]
                for run in self.runs
                if run.run.since <= period and run.run.undone_at is None
            ]
        )

    def state_of(self, period: str) -> str:
        """The same of the month alone."""
        counting = [run.run for run in self.runs if run.run.about(period) and run.run.undone_at is None]
        return _digest([run.identity for run in counting])

    # The months as they are recorded

    def recorded(self, period: str) -> _Recorded | None:
        """A recorded month rated, once in a batch as long as nothing of it changes; None where nothing is recorded."""
        assert self.store is not None
        state = self.state_of(period)
        if period in self.rated and self.rated[period][0] == state:
            return self.rated[period][1]
        month, problems = self.store.month(self.name, self.scheme_id, period)
        if month is None:
            return None
        outcome = recorded_outcome(month, self.job.told)
        problems = (*problems, *unlike_final(self.store, month, outcome))
        outcome = replace(outcome, diagnostics=(*outcome.diagnostics, *problems))
        found = _Recorded(outcome, rated_month(outcome), shown_parts(month))
        self.rated[period] = state, found
        return found

    def course(self, period: str) -> Course:
        """The county's recorded months up to one of them."""
        assert self.store is not None
        periods = [one for one in self.store.periods(self.name, self.scheme_id) if one <= period]
        course: Course | None = None
        for one in periods:
            found = self.recorded(one)
            if found is None:
                continue
            made = self.courses.get(one)
            if made is None or made.now is not found.month or made.before is not course:
                made = Course(self.name, (found.month,)) if course is None else course.then(found.month)
                self.courses[one] = made
            course = made
        assert course is not None
        return course

    def last_month(self, period: str) -> dict[str | None, tuple[str, Outcome]]:
        """The last recorded month before one."""
        assert self.store is not None
        before = [one for one in self.store.periods(self.name, self.scheme_id) if one < period]
        found = self.recorded(before[-1]) if before else None
        return {} if found is None else {self.name: (before[-1], found.outcome)}


class _Known:
    """Which files of a month are recorded, and by which run: the newest that has the file, by its name or content.

    What somebody scored by hand stands in the store under another name; its content tells it.
    """

    def __init__(self, runs: Sequence[RunBasis], seen: Mapping[str, str | None]) -> None:
        self.by_name: dict[str, tuple[int, str | None]] = {}
        self.by_sha: dict[str, int] = {}
        self.undone = {run.run.number for run in runs if run.run.undone_at is not None}
        for run in runs:
            for name, sha in run.inputs:
                self.by_name[name] = run.run.number, sha
                if sha is not None:
                    self.by_sha[sha] = run.run.number
        self.seen = seen

    def number(self, file: Delivered) -> int | None:
        """The run that has a file as it is now; 0 where only the results tell of it; None for a new or changed one."""
        if file.sha256 is None:
            return None
        last = self.newest_of(file)
        number, sha = self.by_name.get(file.shown, (0, None))
        elsewhere = self.by_sha.get(file.sha256, 0)
        if sha == file.sha256:
            return number if number >= last else None
        if elsewhere > number:
            return elsewhere if elsewhere >= last else None
        return number if sha is None and self.seen.get(file.shown) == file.sha256 else None

    def named(self, file: Delivered) -> bool:
        """Whether a file of this name was there before."""
        return file.shown in self.by_name or file.shown in self.seen

    def taken_back(self, file: Delivered) -> bool:
        """Whether the newest run that has it was undone: what the office took back is not put in again by itself."""
        return self.number(file) in self.undone

    def newest_of(self, file: Delivered) -> int:
        """The newest run that has a file of this name, or what else lay there when the results were made; 0 if none."""
        seen = self.seen.get(file.shown)
        lay = self.by_sha.get(seen, 0) if seen is not None and seen != file.sha256 else 0
        return max(self.by_name.get(file.shown, (0, None))[0], 0 if lay in self.undone else lay)


class _MonthWork:
    """A month while it is recorded and its results are made."""

    def __init__(self, county: _County, period: str, plan: _Plan) -> None:
        self.county, self.period, self.plan = county, period, plan
        self.code, self.runs, self.failed = 0, 0, False
        self.said: list[Diagnostic] = []
        self.stops: list[Text] = []
        self.unrated: set[str] = set()
        """Files of sets that could not be rated."""
        self.told = replace(county.job.told, period=period)

    def record(self) -> None:
        """Rate and record each set; what cannot be does not keep the others."""
        last = self.plan.after
        for files in self.plan.sets:
            self.county.errand.go_on()
            try:
                last = self._record(files, last)
            except Stop as stop:
                self.stop(stop)
                self.unrated |= {file.shown for file in files}
            self.county._look()  # noqa: SLF001 - of this module

    def stop(self, stop: Stop) -> None:
        """Keep what could not go on."""
        self.failed = True
        self.code = max(self.code, stop.exit_code)
        self.said += stop.diagnostics
        self.stops.append(stop.text)

    def _record(self, files: Sequence[Delivered], last: int) -> int:
        county, store = self.county, self.county.store
        assert store is not None
        job = county.job
        outcome = rate(
            [FilesOf(job.inbox, tuple(file.path for file in files))],
            self.told,
            given=county.offer,
            recorded_register=lambda _, scheme: recorded_register(store, county.name, scheme),
            recorded_answers=lambda _, scheme, period: recorded_answers(store, county.name, scheme, period),
        )
        if not outcome.ledger.units.reported.any() and not county.rated_runs(self.period):
            raise Stop(3, both("batch.no_units"), outcome.diagnostics)
        outcome = with_hints(outcome, self.told, county.last_month(self.period))
        county.errand.go_on()
        for record in run_records(outcome, county.errand.began, county.errand.version, store.counties()):
            done = store.record(record)
            if not done.new and not done.refused and _number(done.run_id) < last:
                # the same files were recorded before, and others since: what counts is what is recorded last
                newest = next(run.run.identity for run in county.runs if run.run.number == last)
                done = store.record(replace(record, settings={**record.settings, "after": newest[:8]}))
            if done.refused:
                self.stop(Stop(2, (done.diagnostics[0].message("zh"), done.diagnostics[0].message("en"))))
                self.unrated |= {file.shown for file in files}
            else:
                last = max(last, _number(done.run_id))
                self.runs += done.new
            self.said += done.diagnostics
        self.code = max(self.code, outcome.exit_code(self.told.fail_on or "error"))
        return last

    def put(
        self, manifest: Mapping[str, Any] | None, context: Mapping[str, Any], files: Sequence[Delivered]
    ) -> Rendered | None:
        """Make the month's results and put them in the place of the older ones."""
        county, store = self.county, self.county.store
        assert store is not None
        county.errand.go_on()
        if self.plan.sets:  # not before: what takes the place of a file may have come with them
            county.gone(self.period, files, manifest)
        folder = county.job.folder / self.period
        ours = {MANIFEST, *(manifest["outputs"] if manifest is not None else county.job.outputs)}
        found = county.recorded(self.period)
        if found is None:
            if manifest is not None:
                self._take_away(folder, ours)
            return None
        outcome = found.outcome
        try:
            with replaced(folder, ours) as beside:
                month = MonthFound(outcome, county.course(self.period), found.parts, county.last_month(self.period))
                rendered = render(beside, county.job, month, store, county.errand.version)
                self.code = max(self.code, rendered.code, outcome.exit_code(self.told.fail_on or "error"))
                _write_manifest(
                    beside,
                    {
                        "format": 1,
                        "county": county.name,
                        "period": self.period,
                        "scheme": {"id": county.scheme_id, "version": outcome.scheme.version},
                        "context": context,
                        "asked": county.asked,
                        "store": county.state_until(self.period),
                        "files": {file.shown: file.sha256 for file in files if file.shown not in self.unrated},
                        "outputs": rendered.outputs,
                        "left_out": rendered.left_out,
                        "counts": rendered.counts,
                        "codes": rendered.codes,
                        "exit": self.code,
                    },
                )
                county.errand.go_on()
        except OSError as problem:
            self._not_written(folder, problem)
            return None
        for stop in rendered.stops:
            self.stop(stop)
        return rendered

    def _take_away(self, folder: Path, ours: Collection[str]) -> None:
        """Take the results away of a month of which nothing counts any more; what somebody else put there stays."""
        try:
            with replaced(folder, ours):
                pass
            if not any(folder.iterdir()):
                folder.rmdir()
        except OSError as problem:
            self._not_written(folder, problem)

    def _not_written(self, folder: Path, problem: OSError) -> None:
        reason = problem.strerror or str(problem)
        wrong = Diagnostic("B823", Location(str(folder)), found=str(folder), arguments={"reason": reason})
        self.stop(Stop(4, (wrong.message("zh"), wrong.message("en")), (wrong,)))


def _number(run_id: str) -> int:
    return int(run_id.partition("-")[0])


def _hung_on(job: CountyJob) -> Iterator[tuple[str, Path]]:
    """The files beside the ledgers, the workspace's own list of deadlines among them."""
    yield from side_files(job)
    notes = job.told.root / NOTES
    if "notes" not in job.files and notes.is_file():
        yield "notes", notes


_OF_THE_RUN = frozenset({"version", "after", "township", "replies"})
"""Settings that say how a run came about, not what it was told."""


def _made_unlike(run: RunBasis, context: Mapping[str, Any]) -> Iterator[str]:
    """In what a run was made otherwise. A register or targets that are not named may have come with the files."""
    made = run.run
    own = {name: value for name, value in made.settings.items() if name not in _OF_THE_RUN}
    said = {
        "scheme": made.scheme_sha256,
        "register": made.register_sha256 if context["register"] is not None else None,
        "targets": made.targets_sha256 if context["targets"] is not None else None,
        "exceptions": run.exceptions_sha256,
        "settings": own,
        "program": made.version,
    }
    yield from (name for name, value in context.items() if said[name] != value)


def _sha(path: Path) -> str | None:
    """The SHA-256 of a file; None where it cannot be read."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return None


def _digest(value: Any) -> str:
    return text_sha256(json.dumps(value, ensure_ascii=False, sort_keys=True, default=str))


def _manifest(folder: Path) -> dict[str, Any] | None:
    """What the results of a month were made of; None where that is not known, or written by another format."""
    try:
        read = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    fits = isinstance(read, dict) and read.get("format") == 1
    wanted = {"context", "asked", "store", "files", "outputs", "counts", "codes"}
    return read if fits and wanted <= read.keys() else None


def _write_manifest(folder: Path, manifest: Mapping[str, Any]) -> None:
    text = json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True)
    (folder / MANIFEST).write_text(f"{text}\n", encoding="utf-8")


def _listed(files: Sequence[Delivered]) -> Text:
    return _named([file.shown for file in files])


def _named(names: Sequence[str]) -> Text:
    if len(names) > _NAMED:
        return both("batch.files", name=names[0], n=len(names))
    return ("、".join(names), ", ".join(names))


_NAMED = 3
