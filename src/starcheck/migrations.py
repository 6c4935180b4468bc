"""The schema of the store, version by version, forward only.

A published migration is never edited: a change of the schema is a new entry at the end. Each one runs in a
transaction of its own, together with its entry in ``starcheck_schema``, so a store is always at one version or at
the next and never between two.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sqlalchemy import Boolean, Column, Connection, Double, Integer, MetaData, Table, Text, text
from sqlalchemy.types import TypeEngine

APPLICATION_ID = 0x73746172
"""``star``: in the header of every SQLite store, for programs that tell files apart."""

_CREATION_LOCK = {"key": 0x73746172}
"""PostgreSQL: one program at a time creates or migrates the store of a schema."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One step of the schema. ``{compact}`` stands for what makes a table of short rows compact in SQLite."""

    version: int
    description: str
    statements: tuple[str, ...]


# Views of a published migration that a later one makes again over a table that has grown: as fixed as the migrations.

_CURRENT_ROWS = """CREATE VIEW current_rows AS
                SELECT newest.county, newest.scheme_id, newest.period, newest.township, newest.unit_kind,
                    newest.part_id, newest.run, newest.revision_id, content.unit, content.code, content.name,
                    content.kind, content.tags, content.cells, {last}
                FROM (
                    SELECT parts.county, parts.scheme_id, parts.period, parts.township, parts.unit_kind,
                        run_parts.part_id, run_parts.run, run_parts.revision_id, unit_rows.unit,
                        row_number() OVER (
                            PARTITION BY parts.county, parts.scheme_id, parts.period, unit_rows.unit
                            ORDER BY run_parts.run DESC) AS age
                    FROM run_parts
                    JOIN runs ON runs.number = run_parts.run
                    JOIN parts ON parts.id = run_parts.part_id
                    JOIN unit_rows ON unit_rows.revision_id = run_parts.revision_id
                    WHERE runs.undone_at IS NULL) AS newest
                JOIN unit_rows AS content
                    ON content.revision_id = newest.revision_id AND content.unit = newest.unit
                WHERE newest.age = 1 AND NOT EXISTS (
                    SELECT 1 FROM run_parts AS later
                    JOIN runs AS replacing ON replacing.number = later.run
                    WHERE later.part_id = newest.part_id AND later.run > newest.run
                        AND replacing.undone_at IS NULL AND replacing.replaces)"""
_CURRENT_TIERS = """CREATE VIEW current_tiers AS
                SELECT newest.county, newest.scheme_id, newest.period, newest.township, newest.unit, newest.name,
                    newest.tier, newest.reachable, newest.provisional, newest.reported, newest.stars,
                    newest.score_low, newest.score_high, newest.run_id, finals.number IS NOT NULL AS final
                FROM (
                    SELECT runs.county, runs.scheme_id, runs.period, runs.run_id, unit_results.*,
                        row_number() OVER (
                            PARTITION BY runs.county, runs.scheme_id, runs.period, unit_results.unit
                            ORDER BY unit_results.run DESC) AS age
                    FROM unit_results
                    JOIN runs ON runs.number = unit_results.run
                    LEFT JOIN current_rows ON current_rows.county = runs.county
                        AND current_rows.scheme_id = runs.scheme_id AND current_rows.period = runs.period
                        AND current_rows.unit = unit_results.unit
                    WHERE runs.undone_at IS NULL
                        AND unit_results.reported = (current_rows.unit IS NOT NULL)) AS newest
                LEFT JOIN finals ON finals.run = newest.run
                WHERE newest.age = 1"""

MIGRATIONS: tuple[Migration, ...] = (
    Migration(
        1,
        "runs, parts and their revisions, results and verdicts",
        (
            # Times are ISO 8601 with offset, dates ISO, lists and mappings JSON: the same text in both databases.
            """CREATE TABLE contents (
                sha256 TEXT NOT NULL PRIMARY KEY,
                text TEXT NOT NULL)""",
            """CREATE TABLE runs (
                number INTEGER NOT NULL PRIMARY KEY,
                run_id TEXT NOT NULL UNIQUE,
                identity TEXT NOT NULL,
                county TEXT NOT NULL,
                period TEXT NOT NULL,
                as_of TEXT NOT NULL,
                scheme_id TEXT NOT NULL,
                scheme_version TEXT NOT NULL,
                scheme_sha256 TEXT NOT NULL,
                register_sha256 TEXT,
                targets_sha256 TEXT,
                settings TEXT NOT NULL,
                replaces BOOLEAN NOT NULL,
                version TEXT NOT NULL,
                recorded_at TEXT NOT NULL,
                undone_at TEXT,
                undone_reason TEXT)""",
            "CREATE INDEX runs_by_month ON runs (county, scheme_id, period)",
            # A run taken back may be recorded anew; one that counts is there once.
            "CREATE UNIQUE INDEX runs_by_identity ON runs (identity) WHERE undone_at IS NULL",
            """CREATE TABLE run_texts (
                run INTEGER NOT NULL REFERENCES runs (number),
                role TEXT NOT NULL,
                position INTEGER NOT NULL,
                file TEXT,
                sha256 TEXT NOT NULL REFERENCES contents (sha256),
                PRIMARY KEY (run, role, position))""",
            """CREATE TABLE inputs (
                run INTEGER NOT NULL REFERENCES runs (number),
                position INTEGER NOT NULL,
                file TEXT NOT NULL,
                sha256 TEXT,
                status TEXT NOT NULL,
                sheets TEXT NOT NULL,
                PRIMARY KEY (run, position))""",
            "CREATE INDEX inputs_by_sha256 ON inputs (sha256)",
            """CREATE TABLE diagnostics (
                run INTEGER NOT NULL REFERENCES runs (number),
                position INTEGER NOT NULL,
                code TEXT NOT NULL,
                severity TEXT NOT NULL,
                file TEXT,
                unit TEXT,
                content TEXT NOT NULL,
                PRIMARY KEY (run, position))""",
            """CREATE TABLE parts (
                id INTEGER NOT NULL PRIMARY KEY,
                county TEXT NOT NULL,
                scheme_id TEXT NOT NULL,
                period TEXT NOT NULL,
                township TEXT NOT NULL,
                unit_kind TEXT NOT NULL,
                UNIQUE (county, scheme_id, period, township, unit_kind))""",
            """CREATE TABLE revisions (
                id INTEGER NOT NULL PRIMARY KEY,
                part_id INTEGER NOT NULL REFERENCES parts (id),
                number INTEGER NOT NULL,
                run INTEGER NOT NULL REFERENCES runs (number),
                content_sha256 TEXT NOT NULL,
                UNIQUE (part_id, number))""",
            # Which revision of a part a run found right: one it made, or an older one that it repeated.
            """CREATE TABLE run_parts (
                run INTEGER NOT NULL REFERENCES runs (number),
                part_id INTEGER NOT NULL REFERENCES parts (id),
                revision_id INTEGER NOT NULL REFERENCES revisions (id),
                files TEXT NOT NULL,
                PRIMARY KEY (run, part_id))""",
            "CREATE INDEX run_parts_by_part ON run_parts (part_id, run)",
            """CREATE TABLE unit_rows (
                revision_id INTEGER NOT NULL REFERENCES revisions (id),
                unit TEXT NOT NULL,
                code TEXT,
                name TEXT NOT NULL,
                kind TEXT NOT NULL,
                tags TEXT NOT NULL,
                cells TEXT NOT NULL,
                extra TEXT NOT NULL,
                PRIMARY KEY (revision_id, unit))""",
            "CREATE INDEX unit_rows_by_unit ON unit_rows (unit)",
            """CREATE TABLE unit_results (
                id INTEGER NOT NULL PRIMARY KEY,
                run INTEGER NOT NULL REFERENCES runs (number),
                unit TEXT NOT NULL,
                name TEXT NOT NULL,
                township TEXT NOT NULL,
                tier INTEGER,
                reachable INTEGER,
                provisional BOOLEAN NOT NULL,
                reported BOOLEAN NOT NULL,
                stars TEXT NOT NULL,
                score_low DOUBLE PRECISION,
                score_high DOUBLE PRECISION,
                place TEXT,
                UNIQUE (run, unit))""",
            "CREATE INDEX unit_results_by_unit ON unit_results (unit)",
            # What is the same for all units of a run stands here once, not in each of its fifteen thousand verdicts.
            """CREATE TABLE run_criteria (
                id INTEGER NOT NULL PRIMARY KEY,
                run INTEGER NOT NULL REFERENCES runs (number),
                criterion TEXT NOT NULL,
                measure TEXT,
                requirement TEXT,
                source TEXT)""",
            "CREATE INDEX run_criteria_by_run ON run_criteria (run, criterion)",
            """CREATE TABLE verdict_rows (
                result_id INTEGER NOT NULL REFERENCES unit_results (id),
                criterion_id INTEGER NOT NULL REFERENCES run_criteria (id),
                status TEXT NOT NULL,
                value DOUBLE PRECISION,
                value_text TEXT,
                gap DOUBLE PRECISION,
                cells TEXT,
                reason TEXT,
                PRIMARY KEY (result_id, criterion_id)){compact}""",
            """CREATE VIEW verdicts AS
                SELECT runs.run_id, runs.county, runs.period, runs.scheme_id, runs.undone_at IS NOT NULL AS undone,
                    unit_results.unit, unit_results.name, unit_results.township,
                    run_criteria.criterion, verdict_rows.status, verdict_rows.value, verdict_rows.value_text,
                    run_criteria.measure, run_criteria.requirement, verdict_rows.gap, run_criteria.source,
                    unit_results.place, verdict_rows.cells, verdict_rows.reason
                FROM verdict_rows
                JOIN unit_results ON unit_results.id = verdict_rows.result_id
                JOIN run_criteria ON run_criteria.id = verdict_rows.criterion_id
                JOIN runs ON runs.number = unit_results.run""",
            # What counts now: of every unit the row of the newest run that has one and is not undone, unless a later
            # run replaced the unit's part outright. Undoing a run makes the month what it would be without it.
            _CURRENT_ROWS.format(last="content.extra"),
        ),
    ),
    Migration(
        2,
        "final results and corrections of them; a checksum over what a run found",
        (
            "ALTER TABLE runs ADD COLUMN correction TEXT",
            # None for a run of before this column: nothing is known of what it was when it was recorded.
            "ALTER TABLE runs ADD COLUMN results_sha256 TEXT",
            "ALTER TABLE runs ADD COLUMN pruned_at TEXT",
            # 终评: a run over the whole month, without files of its own, that found what the runs it rests on come to.
            """CREATE TABLE finals (
                number INTEGER NOT NULL PRIMARY KEY,
                county TEXT NOT NULL,
                scheme_id TEXT NOT NULL,
                period TEXT NOT NULL,
                run INTEGER NOT NULL UNIQUE REFERENCES runs (number),
                rests_on TEXT NOT NULL,
                reason TEXT)""",
            "CREATE INDEX finals_by_month ON finals (county, scheme_id, period)",
            # Of every unit what the newest run that rated it found, as long as that run's row of it counts; of a unit
            # that no row counts for, that it was missing.
            _CURRENT_TIERS,
        ),
    ),
    Migration(
        3,
        "what a run found of vetoes, beside its verdicts",
        (
            # What a veto does; null for a criterion. A run of before this column has verdicts on criteria alone.
            "ALTER TABLE run_criteria ADD COLUMN effect TEXT",
            "DROP VIEW verdicts",
            """CREATE VIEW verdicts AS
                SELECT runs.run_id, runs.county, runs.period, runs.scheme_id, runs.undone_at IS NOT NULL AS undone,
                    unit_results.unit, unit_results.name, unit_results.township,
                    run_criteria.criterion, verdict_rows.status, verdict_rows.value, verdict_rows.value_text,
                    run_criteria.measure, run_criteria.requirement, verdict_rows.gap, run_criteria.source,
                    unit_results.place, verdict_rows.cells, verdict_rows.reason
                FROM verdict_rows
                JOIN unit_results ON unit_results.id = verdict_rows.result_id
                JOIN run_criteria ON run_criteria.id = verdict_rows.criterion_id
                JOIN runs ON runs.number = unit_results.run
                WHERE run_criteria.effect IS NULL""",
            """CREATE VIEW vetoes AS
                SELECT runs.run_id, runs.county, runs.period, runs.scheme_id, runs.undone_at IS NOT NULL AS undone,
                    unit_results.unit, unit_results.name, unit_results.township,
                    run_criteria.criterion AS veto, verdict_rows.status, verdict_rows.value, verdict_rows.value_text,
                    run_criteria.measure, run_criteria.requirement, run_criteria.effect, run_criteria.source,
                    unit_results.place, verdict_rows.cells, verdict_rows.reason
                FROM verdict_rows
                JOIN unit_results ON unit_results.id = verdict_rows.result_id
                JOIN run_criteria ON run_criteria.id = verdict_rows.criterion_id
                JOIN runs ON runs.number = unit_results.run
                WHERE run_criteria.effect IS NOT NULL""",
        ),
    ),
    Migration(
        4,
        "the sheet of a unit's cells once in its row, not with each of them",
        (
            # Null for a row of before this column: its cells are whole addresses.
            "ALTER TABLE unit_rows ADD COLUMN place TEXT",
            "DROP VIEW current_tiers",
            "DROP VIEW current_rows",
            _CURRENT_ROWS.format(last="content.extra, content.place"),
            _CURRENT_TIERS,
        ),
    ),
)
"""Every step there is, in order."""

# The tables as the newest migration leaves them, for queries; a test holds the two together.

SCHEMA = MetaData()

_KINDS: Mapping[str, type[TypeEngine[Any]]] = MappingProxyType(
    {
        **dict.fromkeys(("id", "number", "position", "reachable", "run", "tier"), Integer),
        **dict.fromkeys(("criterion_id", "part_id", "result_id", "revision_id"), Integer),
        **dict.fromkeys(("final", "provisional", "replaces", "reported"), Boolean),
        **dict.fromkeys(("gap", "score_high", "score_low", "value"), Double),
    }
)
"""The columns that are not text: a name means the same in every table."""


def _table(name: str, columns: str) -> Table:
    return Table(name, SCHEMA, *(Column(column, _KINDS.get(column, Text)) for column in columns.split()))


contents = _table("contents", "sha256 text")
runs = _table(
    "runs",
    "number run_id identity county period as_of scheme_id scheme_version scheme_sha256 register_sha256 targets_sha256"
    " settings replaces version recorded_at undone_at undone_reason correction results_sha256 pruned_at",
)
run_texts = _table("run_texts", "run role position file sha256")
inputs = _table("inputs", "run position file sha256 status sheets")
diagnostics = _table("diagnostics", "run position code severity file unit content")
parts = _table("parts", "id county scheme_id period township unit_kind")
revisions = _table("revisions", "id part_id number run content_sha256")
run_parts = _table("run_parts", "run part_id revision_id files")
unit_rows = _table("unit_rows", "revision_id unit code name kind tags cells extra place")
unit_results = _table(
    "unit_results",
    "id run unit name township tier reachable provisional reported stars score_low score_high place",
)
run_criteria = _table("run_criteria", "id run criterion measure requirement source effect")
verdict_rows = _table("verdict_rows", "result_id criterion_id status value value_text gap cells reason")
current_rows = _table(
    "current_rows",
    "county scheme_id period township unit_kind part_id run revision_id unit code name kind tags cells extra place",
)
"""A view: what counts now. Filter it by county, scheme and period, and no other month is looked at."""
finals = _table("finals", "number county scheme_id period run rests_on reason")
current_tiers = _table(
    "current_tiers",
    "county scheme_id period township unit name tier reachable provisional reported stars score_low score_high"
    " run_id final",
)
"""A view: the tier that each unit has now, as it was recorded."""


def made_by(version: int) -> frozenset[str]:
    """The tables and views that a store of a version has."""
    statements = "\n".join(text for step in MIGRATIONS if step.version <= version for text in step.statements)
    return frozenset(re.findall(r"CREATE (?:TABLE|VIEW) (\w+)", statements))


def schema_version(connection: Connection) -> int | None:
    """The version the store is at; 0 for a database with nothing in it; None if it is somebody else's.

    A PostgreSQL database may hold other people's tables beside ours; an SQLite file may not.
    """
    if connection.dialect.name == "sqlite":
        tables = set(connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'")).scalars())
        if not tables:
            return 0
        if "starcheck_schema" not in tables:
            return None
    elif connection.execute(text("SELECT to_regclass('starcheck_schema')")).scalar() is None:
        return 0
    return int(connection.execute(text("SELECT max(version) FROM starcheck_schema")).scalar() or 0)


def migrate(connection: Connection, migrations: Sequence[Migration] = MIGRATIONS) -> tuple[int, ...]:
    """Bring the store to the newest version; returns the versions it went through, none if it was there.

    Whoever comes second while two programs open a new store at once waits, and finds nothing left to do.
    """
    applied = []
    with _alone(connection):
        for migration in migrations:
            with connection.begin():
                if (schema_version(connection) or 0) >= migration.version:
                    continue
                for statement in _statements(connection, migration):
                    connection.exec_driver_sql(statement)
                connection.execute(
                    text("INSERT INTO starcheck_schema (version, description) VALUES (:version, :description)"),
                    {"version": migration.version, "description": migration.description},
                )
            applied.append(migration.version)
    return tuple(applied)


def _statements(connection: Connection, migration: Migration) -> Iterator[str]:
    sqlite = connection.dialect.name == "sqlite"
    if migration.version == 1:
        if sqlite:
            yield f"PRAGMA application_id = {APPLICATION_ID}"
        yield "CREATE TABLE starcheck_schema (version INTEGER NOT NULL PRIMARY KEY, description TEXT NOT NULL)"
    for statement in migration.statements:
        yield statement.replace("{compact}", " WITHOUT ROWID" if sqlite else "")


@contextmanager
def _alone(connection: Connection) -> Iterator[None]:
    """SQLite needs nothing: its transactions for writing exclude each other from their first statement."""
    if connection.dialect.name == "sqlite":
        yield
        return
    with connection.begin():
        connection.execute(text("SELECT pg_advisory_lock(:key, hashtext(current_schema()))"), _CREATION_LOCK)
    try:
        yield
    finally:
        with connection.begin():
            connection.execute(text("SELECT pg_advisory_unlock(:key, hashtext(current_schema()))"), _CREATION_LOCK)
