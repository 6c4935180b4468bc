"""Many counties, unattended: one lock, a log, counties side by side in processes, what is done already left alone.

The unit of work is a county, its months in order; nothing of it is kept but what became of it. The processes are those
of a ``concurrent.futures`` executor, the standard one or that of a Dask cluster. What a process was doing when it was
killed is done once more by itself, so that the guilty county is known and no other is lost.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import multiprocessing
import os
import signal
import sys
import threading
import traceback
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    ProcessPoolExecutor,
    wait,
)
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from time import perf_counter
from types import FrameType
from typing import IO, Any, Self

from starcheck.batch_lock import one_batch
from starcheck.batch_settings import BatchJob, CountyJob, batch_job
from starcheck.commands import Shown, print_json, print_problems, say_plainly, show_page, tell
from starcheck.county_work import CountyDone, Errand, MonthDone, do_county
from starcheck.criteria_commands import source_lines
from starcheck.diagnostic import Diagnostic, Severity, pick
from starcheck.messages import both, say
from starcheck.recording import diagnostic_of
from starcheck.report.as_json import diagnostic_document
from starcheck.report.sections import Section, table
from starcheck.visible import visible_lines
from starcheck.workspace import Settings, Stop

INTERNAL = 4
"""The exit code of an internal error, and of what cannot be written."""
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Crashed(Exception):  # noqa: N818 - a bug of the program, carried out of the process in which it showed
    """An exception in a worker: ``args`` are its traceback and its last line, which can be sent where it cannot."""


# --- in a worker ------------------------------------------------------------------------------------------------------

_told_by_signal = False
_told_by_batch: Any = None


def _begin(flag: Any) -> None:
    """Prepare a worker process: signals are the batch's to hear, and when the batch is gone the worker goes too."""
    global _told_by_batch  # noqa: PLW0603 - one for each process
    _told_by_batch = flag
    gc.disable()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _heard)
    parent = multiprocessing.parent_process()
    assert parent is not None
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _heard(_: int, __: FrameType | None) -> None:
    global _told_by_signal  # noqa: PLW0603 - likewise
    _told_by_signal = True


def _end_with(parent: Any) -> None:
    parent.join()
    os._exit(INTERNAL)


def _stopping() -> bool:
    return _told_by_signal or (_told_by_batch is not None and bool(_told_by_batch.value))


def work(job: CountyJob, errand: Errand) -> CountyDone:
    """Do a county in a worker. Raises ``Crashed`` for a bug, with its traceback."""
    global _told_by_signal  # noqa: PLW0603 - likewise
    _told_by_signal = False
    try:
        return do_county(job, replace(errand, stopping=_stopping))
    except BaseException as bug:  # noqa: BLE001 - raised again in a form that can be sent
        raise Crashed(traceback.format_exc(), f"{type(bug).__name__}: {bug}") from None
    finally:
        gc.collect()
        gc.freeze()  # what is left is modules and schemes: they need not be gone through again for each county


# --- the log ----------------------------------------------------------------------------------------------------------


class Log:
    """JSON lines: one object for each event, written whole, one after the other."""

    def __init__(self, stream: IO[bytes] | None, clock: Callable[[], datetime]) -> None:
        """Write to ``stream``; None writes nothing."""
        self._stream, self._clock = stream, clock

    def write(self, event: str, at: datetime | None = None, **facts: Any) -> None:
        """Add an event."""
        if self._stream is None:
            return
        time = (at or self._clock()).isoformat(timespec="milliseconds")
        line = json.dumps({"time": time, "event": event, **facts}, ensure_ascii=False)
        self._stream.write(f"{line}\n".encode())
        self._stream.flush()

    def county(self, job: CountyJob, done: CountyDone, told: Settings) -> None:
        """What became of a county, month by month."""
        about: dict[str, Any] = {"county": job.county, "scheme": done.scheme}
        for month in done.months:
            self.write(
                "month",
                month.at + timedelta(seconds=month.seconds),
                **about,
                period=month.period,
                state=month.state,
                why=[pick(why, told.lang) for why in month.why],
                files=list(month.files),
                runs=month.runs,
                outputs=list(month.outputs),
                counts=dict(month.counts),
                codes=dict(month.codes),
                messages=[pick(text, told.lang) for text in month.stops],
                problems=_problems(month.said, told),
                seconds=round(month.seconds, 3),
                exit=month.exit,
            )
        self.write(
            "county",
            **about,
            state="stopped" if done.halted else "done",
            messages=[pick(text, told.lang) for text in done.stops],
            problems=_problems(done.said, told),
            seconds=round(done.seconds, 3),
            exit=done.exit,
        )


def _problems(said: Sequence[Mapping[str, Any]], told: Settings) -> list[dict[str, Any]]:
    return [diagnostic_document(diagnostic_of(record), told.lang) for record in said]


@contextlib.contextmanager
def _log(path: Path, clock: Callable[[], datetime], *, dry: bool) -> Iterator[Log]:
    if dry:
        yield Log(None, clock)
        return
    try:
        stream = path.open("ab")
    except OSError as problem:
        raise Stop(4, both("stop.out_write", out=path, reason=problem.strerror or str(problem))) from None
    with stream:
        yield Log(stream, clock)
        os.fsync(stream.fileno())


# --- the batch --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class How:
    """How a batch runs. ``jobs`` are processes; ``dask`` is the address of a scheduler, whose workers do it instead."""

    jobs: int
    dask: str | None = None
    dry: bool = False


@dataclass
class _Results:
    """What became of each county, by its place in the file."""

    done: dict[int, CountyDone] = field(default_factory=dict)
    crashed: dict[int, Crashed] = field(default_factory=dict)
    lost: set[int] = field(default_factory=set)

    def exit(self) -> int:
        codes = [done.exit for done in self.done.values()]
        return max([0, *codes, *([INTERNAL] if self.crashed or self.lost else [])])

    def finished(self, place: int) -> bool:
        return place in self.done and not self.done[place].halted


class _Stopper:
    """Hears Ctrl-C and SIGTERM: the first lets what is at work come to a place to stop, the second ends at once."""

    def __init__(self, told: Settings, shown: Shown, flag: Any) -> None:
        self.number: int | None = None
        self._told, self._shown, self._flag = told, shown, flag
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._hear) for number in _SIGNALS}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _hear(self, number: int, _: FrameType | None) -> None:
        if self.number is not None:
            os._exit(128 + number)  # the workers end with this process, and what they were at is rolled back
        self.number = number
        self._flag.value = 1


def read_job(config: Path, told: Settings) -> tuple[BatchJob, tuple[Diagnostic, ...]]:
    """What ``config`` asks for. What is wrong with it is printed, each with its line and a caret; ``Stop`` (2) then."""
    try:
        return batch_job(config, told)
    except Stop as stop:
        _say_with_source(stop.diagnostics, config, told)
        raise Stop(stop.exit_code, stop.text) from None


def _say_with_source(problems: Iterable[Diagnostic], config: Path, told: Settings) -> None:
    """Problems of ``config`` and of schemes, each with its line and a caret."""
    for found in problems:
        for line in source_lines(found, config, told.lang):
            say_plainly(line)


def run_batch(
    job: BatchJob,
    how: How,
    told: Settings,
    shown: Shown,
    clock: Callable[[], datetime],
    version: str,
    said: Sequence[Diagnostic] = (),
) -> int:
    """Do the counties; print what became of them. The exit code is the highest that applies, or that of a signal.

    Raises ``Stop`` (4) where another batch runs.
    """
    began, start = clock(), perf_counter()
    with contextlib.ExitStack() as held:
        before = () if how.dry else held.enter_context(one_batch(job.root, began))
        print_problems((*said, *before), told, shown)
        log = held.enter_context(_log(job.log, clock, dry=how.dry))
        log.write("start", version=version, counties=len(job.counties), jobs=how.jobs, dask=how.dask, pid=os.getpid())
        for found in before:
            log.write("taken_over", message=found.message(told.lang))
        results = _Results()
        flag = multiprocessing.get_context("spawn").RawValue("b", 0)
        with _Stopper(told, shown, flag) as stopper:
            _do_all(
                job,
                how,
                Errand(began, version, clock, how.dry),
                results,
                stopper,
                flag,
                _Told(job, log, told, shown, how.dry),
            )
        code = results.exit() if stopper.number is None else 128 + stopper.number
        finished = [place for place in range(len(job.counties)) if results.finished(place)]
        log.write(
            "end" if stopper.number is None else "stopped",
            done=[job.called(job.counties[place]) for place in finished],
            left=[job.called(one) for place, one in enumerate(job.counties) if place not in finished],
            seconds=round(perf_counter() - start, 3),
            exit=code,
        )
    _show(job, how, results, code, stopper.number, told, shown, version)
    return code


@dataclass(frozen=True, slots=True)
class _Told:
    """To whom it is told how far the batch is."""

    batch: BatchJob
    log: Log
    told: Settings
    shown: Shown
    dry: bool

    def done(self, job: CountyJob, done: CountyDone) -> None:
        self.log.county(job, done, self.told)
        if not done.halted and not self.dry:
            name = self.batch.called(job)
            tell(self.shown, self.told, "batch.county", county=name, seconds=f"{done.seconds:.1f}", exit=done.exit)

    def crashed(self, job: CountyJob, crash: Crashed) -> None:
        self.log.write("crash", county=self.batch.called(job), traceback=crash.args[0], exit=INTERNAL)
        sys.stderr.write(visible_lines(crash.args[0]))
        found = Diagnostic("B825", job.where, found=self.batch.called(job), arguments={"reason": crash.args[1]})
        print_problems([found], self.told, replace(self.shown, quiet=False))

    def lost(self, job: CountyJob, *, again: bool) -> None:
        self.log.write("lost", county=self.batch.called(job), again=again)
        if not again:
            print_problems(
                [Diagnostic("B824", job.where, found=self.batch.called(job))],
                self.told,
                replace(self.shown, quiet=False),
            )


def _do_all(
    job: BatchJob, how: How, errand: Errand, results: _Results, stopper: _Stopper, flag: Any, tell_of: _Told
) -> None:
    """Every county, as many at a time as there are processes; in what order they end makes no difference."""
    waiting = deque(range(len(job.counties)))
    running: dict[Future[CountyDone], int] = {}
    tries: Counter[int] = Counter()
    with _Cluster(how.dask) if how.dask is not None else _Pool(how, flag) as pool:
        while (waiting and stopper.number is None) or running:
            # those that were at work when a process died are done one by one, to know which of them it was
            at_once = 1 if any(tries[place] for place in (*running.values(), *list(waiting)[:1])) else pool.size
            while waiting and len(running) < at_once and stopper.number is None:
                place = waiting.popleft()
                running[pool.submit(_patient(job.counties[place], pool.size), errand)] = place
            ended, _ = wait(running, timeout=_TICK, return_when=FIRST_COMPLETED)
            lost: list[int] = []
            for future in ended:
                place = running.pop(future)
                if not _taken_in(future, place, job, results, stopper, tell_of, pool.losses):
                    lost.append(place)
            if pool.broken and lost:
                lost += [running.pop(future) for future in list(running)]
                pool.renew()
            for place in sorted(lost, reverse=True):
                tries[place] += 1
                again = tries[place] == 1
                tell_of.lost(job.counties[place], again=again)
                if again:
                    waiting.appendleft(place)
                else:
                    results.lost.add(place)


def _patient(job: CountyJob, size: int) -> CountyJob:
    """The county, waiting longer for the store: the others that are done at the same time write to it, too."""
    return replace(job, told=replace(job.told, store_wait=job.told.store_wait * size))


_TICK = 0.5
"""Seconds after which a wait is begun anew: a signal that comes in between is heard on every system."""


def _taken_in(
    future: Future[CountyDone],
    place: int,
    job: BatchJob,
    results: _Results,
    stopper: _Stopper,
    tell_of: _Told,
    losses: tuple[type[BaseException], ...],
) -> bool:
    """Take in what became of a county; False where its worker was lost."""
    try:
        error = future.exception()
    except CancelledError:
        return False
    if error is None:
        done = future.result()
        if done.halted and stopper.number is None:
            return False  # somebody stopped the worker, and not the batch
        results.done[place] = done
        tell_of.done(job.counties[place], done)
        return True
    if isinstance(error, Crashed):
        results.crashed[place] = error
        tell_of.crashed(job.counties[place], error)
        return True
    if isinstance(error, losses):
        return False
    raise error


class _Pool:
    """The processes that do the counties."""

    broken = True
    """Whether the loss of one worker takes the others' work with it."""
    losses: tuple[type[BaseException], ...] = (BrokenExecutor,)
    """What a county's future raises where its worker was lost."""

    def __init__(self, how: How, flag: Any) -> None:
        self._flag = flag
        self.size = how.jobs
        self._executor: Executor = self._made()

    def _made(self) -> Executor:
        return ProcessPoolExecutor(
            self.size, multiprocessing.get_context("spawn"), initializer=_begin, initargs=(self._flag,)
        )

    def renew(self) -> None:
        """Other processes in the place of those of which one was killed."""
        self._executor.shutdown(wait=True, cancel_futures=True)
        self._executor = self._made()

    def submit(self, job: CountyJob, errand: Errand) -> Future[CountyDone]:
        try:
            return self._executor.submit(work, job, errand)
        except BrokenExecutor:  # a worker that had nothing to do was killed
            self.renew()
            return self._executor.submit(work, job, errand)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._executor.shutdown(wait=True, cancel_futures=True)


class _Cluster:
    """The workers of a Dask cluster, which see the same files under the same paths.

    They hear no signal of ours: what they are at is finished. The scheduler gives what a dead worker was doing to
    another one; only a county that has killed several comes back as lost.
    """

    broken = False

    def __init__(self, address: str) -> None:
        """Raises ``Stop``: 2 where Dask is not installed, 4 where there is no such cluster, or it has no worker."""
        try:
            distributed: Any = importlib.import_module("distributed")  # an extra
        except ModuleNotFoundError:
            raise Stop(2, both("stop.dask_missing")) from None
        self.losses: tuple[type[BaseException], ...] = (distributed.KilledWorker,)
        try:
            self._client = distributed.Client(address, timeout=_DASK_WAIT, set_as_default=False)
        except (OSError, ValueError) as problem:
            raise Stop(4, both("stop.dask", address=address, reason=str(problem))) from None
        try:
            self._client.wait_for_workers(1, timeout=_DASK_WAIT)
        except TimeoutError:
            self._client.close()
            raise Stop(4, both("stop.dask_workers", address=address)) from None
        self.size = sum(self._client.nthreads().values())
        self._executor = self._client.get_executor(pure=False)

    def renew(self) -> None:
        """Nothing to do: the scheduler has taken care of it."""

    def submit(self, job: CountyJob, errand: Errand) -> Future[CountyDone]:
        submitted: Future[CountyDone] = self._executor.submit(work, job, errand)
        return submitted

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._executor.shutdown(wait=True)
        self._client.close()


_DASK_WAIT = 10
"""Seconds to wait for a cluster, and for its first worker."""


# --- what is said at the end ------------------------------------------------------------------------------------------


def _show(
    job: BatchJob,
    how: How,
    results: _Results,
    code: int,
    stopped: int | None,
    told: Settings,
    shown: Shown,
    version: str,
) -> None:
    told_once: set[str] = set()
    for place, one in enumerate(job.counties):
        done = results.done.get(place)
        if done is not None:
            _say_problems(job.called(one), done, job.config, told, shown, told_once)
    if shown.form == "json":
        print_json(_document(job, how, results, code, told, version))
    elif not shown.quiet or code:
        show_page([_summary(job, how, results, told)], told, shown)
    left = [job.called(one) for place, one in enumerate(job.counties) if not results.finished(place)]
    if stopped is not None:
        finished = [job.called(one) for place, one in enumerate(job.counties) if results.finished(place)]
        comma = say("list.comma", told.lang)
        say_plainly(say("batch.stopped", told.lang, done=comma.join(finished) or "—", left=comma.join(left) or "—"))


def _say_problems(name: str, done: CountyDone, config: Path, told: Settings, shown: Shown, told_once: set[str]) -> None:
    """On stderr, why a county or a month could not go on; what is wrong in ledgers is in the results.

    What is wrong in a line of a file (``told_once``) is said once, for how many counties ever.
    """
    for label, said, stops in (
        (name, done.said, done.stops),
        *((f"{name} {month.period}", month.said, month.stops) for month in done.months if month.stops),
    ):
        problems = [diagnostic_of(record) for record in said]
        for found in [found for found in problems if found.where.column is not None]:
            problems.remove(found)
            key = f"{found.where} {found.message(told.lang)}"
            if key not in told_once:
                told_once.add(key)
                _say_with_source([found], config, told)
        print_problems(problems[:_SHOWN], told, replace(shown, quiet=False))
        messages = {found.message(told.lang) for found in problems[:_SHOWN]}
        for stop in stops:
            if pick(stop, told.lang) not in messages:
                say_plainly(f"{label}: {pick(stop, told.lang)}")


_SHOWN = 10


def _summary(job: BatchJob, how: How, results: _Results, told: Settings) -> Section:
    lang = told.lang
    rows: list[list[str]] = []
    for place, one in enumerate(job.counties):
        done = results.done.get(place)
        months = done.months if done is not None else ()
        name = job.called(one)
        rows += [[name, *_row(month, told)] for month in months if month.state != "same"]
        same = [month.period for month in months if month.state == "same"]
        if same:
            span = same[0] if len(same) == 1 else f"{same[0]}–{same[-1]}（{len(same)}）"
            rows.append([name, span, say("batch.state.same", lang), "", "", "", "", "0"])
        state = _state_of(place, results)
        if state is not None:
            exit_code = str(done.exit if done is not None else INTERNAL) if state != "left" else ""
            why = say("list.semicolon", lang).join(
                pick(text, lang) for text in (done.stops if done is not None else ())
            )
            rows.append([name, "", say(f"batch.state.{state}", lang), why, "", "", "", exit_code])
    headers = [say(f"batch.{name}", lang) for name in _COLUMNS]
    counts = Counter(month.state for done in results.done.values() for month in done.months)
    key = "batch.nothing" if set(counts) <= {"same"} and not results.exit() else "batch.total"
    total = {name: counts[name] for name in ("done", "same", "failed", "planned")}
    lines = [say(key, lang, counties=len({one.county for one in job.counties}), **total)]
    listed = _problem_files(job, results)
    if listed:
        lines.append(
            say("batch.problems.one" if len(listed) == 1 else "batch.problems", lang, file=listed[0], n=len(listed))
        )
    title = say("batch.title.dry" if how.dry else "batch.title", lang)
    return Section(
        title, level=1, table=table(headers, rows, numbers=(4, 5, 6, 7)) if rows else None, lines=tuple(lines)
    )


_COLUMNS = ("column.county", "column.period", "column.state", "column.why", "column.files", "column.errors",
            "column.warnings", "column.exit")  # fmt: skip


def _problem_files(job: BatchJob, results: _Results) -> list[Path]:
    """Where the problems of the months that were done and are not in order are listed one by one."""
    root = job.config.parent
    found = []
    for place, one in enumerate(job.counties):
        for month in results.done[place].months if place in results.done else ():
            if month.state == "done" and month.exit:
                files = [one.folder / month.period / name for name in month.outputs if name.startswith("problems.")]
                found += [file.relative_to(root) if file.is_relative_to(root) else file for file in files[:1]]
    return found


def _state_of(place: int, results: _Results) -> str | None:
    """What is to be said of a county as a whole; None where its months say it."""
    if place in results.crashed:
        return "crashed"
    if place in results.lost:
        return "lost"
    done = results.done.get(place)
    if done is None or done.halted:
        return "left"
    if done.stops:
        return "failed"
    return None if done.months else "empty"


def _row(month: MonthDone, told: Settings) -> list[str]:
    counts = month.counts
    why = say("list.semicolon", told.lang).join(pick(text, told.lang) for text in (*month.why, *month.stops))
    return [
        month.period,
        say(f"batch.state.{month.state}", told.lang),
        why,
        str(len(month.files) or ""),
        str(counts.get(Severity.ERROR.value, "")),
        str(counts.get(Severity.WARNING.value, "")),
        "" if month.state == "planned" else str(month.exit),
    ]


def _document(job: BatchJob, how: How, results: _Results, code: int, told: Settings, version: str) -> dict[str, Any]:
    """The JSON document: each county in the order of the file, each month in the order of time."""
    lang = told.lang
    counties = []
    for place, one in enumerate(job.counties):
        done = results.done.get(place)
        counties.append(
            {
                "county": one.county,
                "scheme": done.scheme if done is not None else one.told.scheme,
                "state": _state_of(place, results) or "done",
                "exit": done.exit if done is not None else INTERNAL if _state_of(place, results) != "left" else None,
                "messages": [pick(text, lang) for text in done.stops] if done is not None else [],
                "diagnostics": _problems(done.said, told) if done is not None else [],
                "months": [
                    {
                        "period": month.period,
                        "state": month.state,
                        "why": [pick(text, lang) for text in month.why],
                        "files": list(month.files),
                        "runs": month.runs,
                        "outputs": list(month.outputs),
                        "counts": dict(month.counts),
                        "codes": dict(month.codes),
                        "messages": [pick(text, lang) for text in month.stops],
                        "diagnostics": _problems(month.said, told),
                        "exit": month.exit,
                    }
                    for month in (done.months if done is not None else ())
                ],
            }
        )
    return {
        "format": 1,
        "command": "batch",
        "version": version,
        "dry_run": how.dry,
        "exit": code,
        "counties": counties,
    }
