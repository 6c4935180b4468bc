"""Whether the store still holds what was recorded, and the deleting of what can be computed again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, select, update

from starcheck import migrations as tables
from starcheck.catalogue.history import UNLIKE
from starcheck.database import StoreProblem
from starcheck.diagnostic import Diagnostic
from starcheck.history import (
    COVERS,
    Run,
    Store,
    VerdictRow,
    content_sha256,
    results_sha256,
    stored_identity,
    text_sha256,
)


def unlike(found: str, reason: str, **slots: object) -> Diagnostic:
    """H720: what of the store is not as it was recorded."""
    zh, en = (text.format(**slots) for text in UNLIKE[reason])
    return Diagnostic("H720", found=found, arguments={"reason": (zh, en)})


def verify(store: Store) -> tuple[int, tuple[Diagnostic, ...]]:
    """How many runs there are, and H720 for everything in the store that is not what was recorded."""
    with store.transaction() as connection:
        runs = sorted(store.recorded_runs(), key=lambda run: run.number)
        found = [
            *_database(connection, str(store)),
            *_gaps(runs),
            *_texts(connection),
            *_revisions(connection),
            *(problem for run in runs for problem in _run_problems(connection, run)),
        ]
    return len(runs), tuple(found)


def _database(connection: Connection, shown: str) -> Iterator[Diagnostic]:
    if connection.dialect.name == "sqlite":
        said = [row[0] for row in connection.exec_driver_sql("PRAGMA integrity_check")]
        said += [f"{row[0]} {row[1]}" for row in connection.exec_driver_sql("PRAGMA foreign_key_check")]
        if said != ["ok"]:
            yield unlike(shown, "database", what="；".join(text for text in said[:3] if text != "ok"))


def _gaps(runs: Sequence[Run]) -> Iterator[Diagnostic]:
    """Runs are numbered one after another and never deleted."""
    there = {run.number for run in runs}
    for number in range(1, max(there, default=0)):
        if number not in there:
            yield unlike(str(number), "gap")


def _texts(connection: Connection) -> Iterator[Diagnostic]:
    users: dict[str, str] = {}
    for row in connection.execute(
        select(tables.run_texts.c.sha256, tables.runs.c.run_id)
        .join(tables.runs, tables.runs.c.number == tables.run_texts.c.run)
        .order_by(tables.run_texts.c.run)
    ):
        users.setdefault(row.sha256, row.run_id)
    for row in connection.execute(select(tables.contents)):
        if text_sha256(row.text) != row.sha256:
            yield unlike(users.get(row.sha256, row.sha256[:8]), "text")
        users.pop(row.sha256, None)
    for run_id in users.values():
        yield unlike(run_id, "text_missing")


def _revisions(connection: Connection) -> Iterator[Diagnostic]:
    revisions = connection.execute(
        select(tables.revisions, tables.parts.c.township, tables.parts.c.unit_kind, tables.runs.c.run_id)
        .join(tables.parts, tables.parts.c.id == tables.revisions.c.part_id)
        .join(tables.runs, tables.runs.c.number == tables.revisions.c.run)
        .order_by(tables.revisions.c.id)
    ).all()
    for revision in revisions:
        rows = connection.execute(
            select(*(column for column in tables.unit_rows.c if column.name != "revision_id")).where(
                tables.unit_rows.c.revision_id == revision.id
            )
        )
        if content_sha256([tuple(row) for row in rows]) != revision.content_sha256:
            slots = {"township": revision.township, "kind": revision.unit_kind, "number": revision.number}
            yield unlike(revision.run_id, "rows", **slots)


def _run_problems(connection: Connection, run: Run) -> Iterator[Diagnostic]:
    shas = connection.execute(select(tables.inputs.c.sha256).where(tables.inputs.c.run == run.number)).scalars().all()
    exceptions = connection.execute(
        select(tables.run_texts.c.sha256).where(
            tables.run_texts.c.run == run.number, tables.run_texts.c.role == "exceptions"
        )
    ).scalar()
    identity = stored_identity(run, shas, exceptions)
    if identity != run.identity or run.run_id != f"{run.number}-{identity[:8]}":
        yield unlike(run.run_id, "identity")
    if run.results_sha256 is not None and _results(connection, run.number) != run.results_sha256:
        yield unlike(run.run_id, "results")


def _results(connection: Connection, number: int) -> str:
    """The checksum over what is stored of a run's results, as ``results_sha256`` has it."""
    ids = select(tables.unit_results.c.id).where(tables.unit_results.c.run == number)
    results, criteria, verdicts = (
        [tuple(row) for row in connection.execute(query)]
        for query in (
            select(tables.unit_results).where(tables.unit_results.c.run == number).order_by(tables.unit_results.c.id),
            select(tables.run_criteria).where(tables.run_criteria.c.run == number).order_by(tables.run_criteria.c.id),
            select(tables.verdict_rows)
            .where(tables.verdict_rows.c.result_id.in_(ids))
            .order_by(tables.verdict_rows.c.result_id, tables.verdict_rows.c.criterion_id),
        )
    )
    return results_sha256(results, criteria, verdicts)


# --- deleting what can be computed again ------------------------------------------------------------------------------


def prunable(store: Store, before: str) -> tuple[Run, ...]:
    """Runs of months before ``before`` that are no final result and of which no row counts: superseded, or undone."""
    with store.transaction() as connection:
        counting = set(
            connection.execute(
                select(tables.current_rows.c.run).where(tables.current_rows.c.period < before).distinct()
            ).scalars()
        )
        return tuple(
            run
            for run in store.recorded_runs()
            if run.period < before
            and run.pruned_at is None
            and not run.final
            and COVERS not in run.settings
            and run.number not in counting
        )


def counting_pruned(store: Store) -> tuple[Run, ...]:
    """Pruned runs of which a row counts again, because what had superseded them was undone."""
    with store.transaction() as connection:
        pruned = [run for run in store.recorded_runs() if run.pruned_at is not None and run.undone_at is None]
        months = {run.period for run in pruned}
        counting = set(
            connection.execute(
                select(tables.current_rows.c.run).where(tables.current_rows.c.period.in_(months)).distinct()
            ).scalars()
        )
        return tuple(run for run in pruned if run.number in counting)


def put_back(store: Store, run: Run, verdicts: Sequence[VerdictRow]) -> None:
    """Store the verdicts of a pruned run again, as they were computed from what is stored of it."""
    with store.transaction(writing=True) as connection:
        its = tables.runs.c.number == run.number
        if connection.execute(select(tables.runs.c.pruned_at).where(its)).scalar() is None:
            return  # somebody else has done it
        store.insert_verdicts(run.number, verdicts)
        values: dict[str, Any] = {"pruned_at": None, "results_sha256": _results(connection, run.number)}
        connection.execute(update(tables.runs).where(its).values(values))


def prune(store: Store, runs: Sequence[Run], at: datetime, comes_out_again: Callable[[Run], bool]) -> tuple[Run, ...]:
    """Delete the verdicts of the runs that come out again from what is stored of them; returns those.

    Runs, texts, rows of ledgers and tiers stay: a replay makes the verdicts anew.
    """
    if at.tzinfo is None:
        raise ValueError("a time without its time zone")
    done = []
    for run in runs:
        if not comes_out_again(run):
            continue
        with store.transaction(writing=True) as connection:
            if any(True for _ in _run_problems(connection, run)):
                continue
            ids = select(tables.unit_results.c.id).where(tables.unit_results.c.run == run.number)
            connection.execute(delete(tables.verdict_rows).where(tables.verdict_rows.c.result_id.in_(ids)))
            connection.execute(delete(tables.run_criteria).where(tables.run_criteria.c.run == run.number))
            values: dict[str, Any] = {"pruned_at": at.isoformat(), "results_sha256": _results(connection, run.number)}
            connection.execute(update(tables.runs).where(tables.runs.c.number == run.number).values(values))
        done.append(run)
    if done:
        with suppress(StoreProblem):  # somebody reads it: the space is used again by what comes next
            store.compact()
    return tuple(done)
