"""The store: runs, parts, revisions, carrying over, undoing, copies, and everything that can be wrong with it."""

from __future__ import annotations

import json
import os
import random
import re
import sqlite3
import subprocess
import sys
import tempfile
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, create_engine, event, inspect, make_url, text, update
from typer.testing import CliRunner

from making import criterion, delimited, scheme_text
from starcheck.cli import app
from starcheck.database import StoreProblem
from starcheck.diagnostic import Diagnostic, catalogue, whole_cells
from starcheck.history import (
    Final,
    InputRecord,
    Month,
    PartContent,
    PartName,
    RunRecord,
    Store,
    UnitResult,
    UnitRow,
    VerdictRow,
    content_sha256,
    identity_of,
    match_county,
    results_sha256,
    unfit_for_final,
)
from starcheck.migrations import MIGRATIONS, SCHEMA, Migration, migrate, revisions, schema_version, unit_rows
from starcheck.recording import final_record, recorded_outcome, unlike_final
from starcheck.upkeep import prunable, prune, verify
from starcheck.workspace import Settings

NOON = datetime(2022, 7, 1, 12, tzinfo=timezone(timedelta(hours=8)))

Villages = Mapping[str, float]


@pytest.fixture
def store(target: str | Path) -> Iterator[Store]:
    """A new store, of each kind."""
    with Store.open(target, wait=0.2) as opened:
        yield opened


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A store in a file with one run in it, closed."""
    path = tmp_path / "starcheck.db"
    with Store.open(path) as made:
        made.record(a_run({"马庄桥镇": {"东关村": 4.2}}))
    return path


def a_part(township: str, villages: Villages, *, county: str = "清丰县", book: str | None = None) -> PartContent:
    """A township's part: each village has one value, in column F from row 6 on, and a blank beside it."""
    book = book or f"{township}.xlsx"
    rows = [
        UnitRow(
            f"{township}/{village}",
            None,
            village,
            "行政村",
            tags=("整村搬迁村",) if value < 0 else (),
            cells={
                "CY-01": [value, None, [f"{book}!6月!F{line}"]],
                "人口": [None, "blank", [f"{book}!6月!G{line}"]],
            },
            extra={"written": village},
        )
        for line, (village, value) in enumerate(villages.items(), 6)
    ]
    return PartContent(county, township, "行政村", rows)


def a_run(townships: Mapping[str, Villages], **changes: Any) -> RunRecord:
    """A run over one workbook per township, rated three stars throughout, with one verdict per village."""
    county = changes.get("county", "清丰县")
    content = json.dumps([townships, county, changes.get("period")], ensure_ascii=False, sort_keys=True)
    return replace(
        RunRecord(
            county="清丰县",
            period="2022-06",
            as_of=date(2022, 6, 30),
            scheme_id="wuxing-rural",
            scheme_version="2023.1",
            scheme_sha256="5c" * 32,
            scheme_texts=[("wuxing-rural.yaml", "方案: 农村“五星”支部创建"), ("wuxing-province.yaml", "方案: 省")],
            version="0.1.0",
            recorded_at=NOON,
            inputs=[
                InputRecord(
                    f"{township}.xlsx", f"{township}:{content}", "read", [{"name": "6月", "rows": len(villages)}]
                )
                for township, villages in townships.items()
            ],
            parts=[a_part(township, villages, county=county) for township, villages in townships.items()],
            results=[
                UnitResult(f"{township}/{village}", village, township, 3, 4, True, True, {"产业兴旺星": "unlit"})
                for township, villages in townships.items()
                for village in villages
            ],
            verdicts=[
                VerdictRow(
                    f"{township}/{village}", "CY-01", "unmet", value, "万元", "至少 5", 5 - value, "清丰2022 第四条"
                )
                for township, villages in townships.items()
                for village, value in villages.items()
            ],
        ),
        **changes,
    )


def the_month(store: Store, **asked: Any) -> Month:
    """The month that is surely there."""
    month, _ = store.month("清丰县", **asked)
    assert month is not None
    return month


def made_final(store: Store, reason: str | None = None, **changes: Any) -> Final:
    """The month made final over whatever counts, with two villages in it."""
    month = the_month(store)
    run = replace(a_run({"马庄桥镇": {"东关村": 4.2}, "韩村镇": {"西李家": 6}}), **changes)
    final, said = store.finalize(run, month.rests_on, reason)
    assert final is not None, said
    return final


def values(month: Month | None) -> dict[str, dict[str, float]]:
    """Township by township, what counts for each village."""
    return {
        part.township: {row.name: row.cells["CY-01"][0] for row in part.rows} for part in (month.parts if month else ())
    }


def codes(diagnostics: Sequence[Diagnostic]) -> list[str]:
    """The codes, in order."""
    return [diagnostic.code for diagnostic in diagnostics]


def rows_in(store: Store) -> dict[str, int]:
    """How many rows each table has."""
    engine = store._engine
    with engine.connect() as connection:
        return {
            name: connection.execute(text(f"SELECT count(*) FROM {name}")).scalar_one()  # noqa: S608  its own tables
            for name in inspect(engine).get_table_names()
        }


# Making and opening


def test_a_store_is_made_once(target: str | Path) -> None:
    """Opening makes a store that is not there and says so; the next opening finds it."""
    with Store.open(target) as first:
        assert first.created

    with Store.open(target, create=False) as second:
        assert not second.created
        assert second.runs() == ()


def test_an_empty_file_is_a_new_store(tmp_path: Path) -> None:
    """A file of no bytes, such as a killed program leaves, is taken as a store to be made."""
    path = tmp_path / "starcheck.db"
    path.touch()

    with Store.open(path) as store:
        assert store.created
        assert store.path == path
        assert str(path) == str(store)


def test_the_tables_are_those_of_the_newest_migration(store: Store) -> None:
    """What queries are written against and what the migrations make are the same columns, in the same order."""
    inspector = inspect(store._engine)

    made = {
        name: [column["name"] for column in inspector.get_columns(name)]
        for name in [*inspector.get_table_names(), "current_rows", "current_tiers"]
    }

    del made["starcheck_schema"]
    assert {name: list(table.columns.keys()) for name, table in SCHEMA.tables.items()} == made


def test_migrations_go_forward_one_transaction_each(store: Store) -> None:
    """A migration that fails leaves the store at the version before it, with everything that was in it."""
    store.record(a_run({"马庄桥镇": {"东关村": 4.2}}))
    newest = MIGRATIONS[-1].version
    good = Migration(newest + 1, "a note on runs", ("ALTER TABLE runs ADD COLUMN note TEXT",))
    bad = Migration(
        newest + 2, "half done", ("ALTER TABLE runs ADD COLUMN half TEXT", "ALTER TABLE nowhere ADD x TEXT")
    )
    connection = store._connection

    assert migrate(connection, [*MIGRATIONS, good]) == (newest + 1,)
    assert migrate(connection, [*MIGRATIONS, good]) == ()

    with pytest.raises(Exception, match="nowhere"):
        migrate(connection, [*MIGRATIONS, good, bad])

    with connection.begin():
        assert newest + 1 == schema_version(connection)
    columns = {column["name"] for column in inspect(store._engine).get_columns("runs")}
    assert "note" in columns
    assert "half" not in columns
    assert {"马庄桥镇": {"东关村": 4.2}} == values(the_month(store))


AS_IN_VERSION_3 = (
    "DROP VIEW current_tiers",
    "DROP VIEW current_rows",
    "ALTER TABLE unit_rows DROP COLUMN place",
    *(
        statement
        for step in MIGRATIONS[:2]
        for statement in step.statements
        if statement.startswith(("CREATE VIEW current_rows", "CREATE VIEW current_tiers"))
    ),
    "DELETE FROM starcheck_schema WHERE version > 3",
)
"""What takes a store of today back to the third version of its schema: its rows have to tell whole addresses."""


def put_at_length(connection: Connection) -> None:
    """Rows as they were recorded up to that version."""
    digests: dict[int, list[tuple[str | None, ...]]] = {}
    for revision, unit, *row, cells, extra, place in connection.exec_driver_sql("SELECT * FROM unit_rows").all():
        whole = {key: [value, word, whole_cells(place, at)] for key, (value, word, at) in json.loads(cells).items()}
        text = json.dumps(whole, ensure_ascii=False, separators=(",", ":"))
        digests.setdefault(revision, []).append((unit, *row, text, extra, None))
        connection.execute(
            update(unit_rows)
            .where(unit_rows.c.revision_id == revision, unit_rows.c.unit == unit)
            .values(cells=text, place=None)
        )
    for revision, rows in digests.items():
        digest = content_sha256(rows)
        connection.execute(update(revisions).where(revisions.c.id == revision).values(content_sha256=digest))


AS_IN_VERSION_2 = (
    *AS_IN_VERSION_3,
    "DROP VIEW vetoes",
    "DROP VIEW verdicts",
    "DELETE FROM verdict_rows WHERE criterion_id IN (SELECT id FROM run_criteria WHERE effect IS NOT NULL)",
    "DELETE FROM run_criteria WHERE effect IS NOT NULL",
    "ALTER TABLE run_criteria DROP COLUMN effect",
    next(statement for statement in MIGRATIONS[0].statements if statement.startswith("CREATE VIEW verdicts")),
    "DELETE FROM starcheck_schema WHERE version > 2",
)
"""And to the second."""
AS_IN_VERSION_1 = (
    *AS_IN_VERSION_2,
    "DROP VIEW current_tiers",
    "DROP TABLE finals",
    *(f"ALTER TABLE runs DROP COLUMN {name}" for name in ("correction", "results_sha256", "pruned_at")),
    "DELETE FROM starcheck_schema WHERE version > 1",
)
"""And to the first."""


def test_a_store_of_the_first_version_is_brought_up_to_date(target: str | Path) -> None:
    """Its runs are there as they were, and can be made final."""
    with Store.open(target) as store:
        store.record(a_run({"马庄桥镇": {"东关村": 4.2}}))
        with store._connection.begin():
            for statement in AS_IN_VERSION_1:
                store._connection.exec_driver_sql(statement)

    with Store.open(target) as store:
        assert not store.created
        assert {"马庄桥镇": {"东关村": 4.2}} == values(the_month(store))
        assert (1, ()) == verify(store)
        assert made_final(store).corrections == ()


def test_a_part_recorded_by_whole_addresses_is_repeated_by_short_ones(target: str | Path) -> None:
    """A store of before there was a place does not take the same content for another one."""
    before = a_run({"马庄桥镇": {"东关村": 4.2}})
    [part] = before.parts
    [row] = part.rows
    cells = {key: [value, word, "J6"] for key, (value, word, _) in row.cells.items()}
    whole = {key: [value, word, ["马庄桥镇.xlsx!6月!J6"]] for key, (value, word, _) in row.cells.items()}
    with Store.open(target) as store:
        store.record(replace(before, parts=[replace(part, rows=[replace(row, cells=whole)])]))
        with store._connection.begin():
            for statement in AS_IN_VERSION_3:
                store._connection.exec_driver_sql(statement)
    short = replace(part, rows=[replace(row, cells=cells, place="马庄桥镇.xlsx!6月")])

    with Store.open(target) as store:
        again = store.record(replace(before, parts=[short], settings={"other": "run"}))
        assert (("马庄桥镇", "行政村"),) == again.parts_unchanged
        assert (2, ()) == verify(store)
        elsewhere = replace(short, rows=[replace(short.rows[0], place="马庄桥镇.xlsx!7月")])
        moved = store.record(replace(before, parts=[elsewhere], settings={"another": "run"}))
        assert (("马庄桥镇", "行政村"),) == moved.parts_changed


def test_a_backup_of_an_older_version_is_restored(file: Path, tmp_path: Path) -> None:
    """It lacks what came later, and is not damaged for that."""
    with closing(sqlite3.connect(file)) as old, old:
        for statement in AS_IN_VERSION_1:
            old.execute(statement)

    assert Store.restore(file, tmp_path / "新.db") is None
    with Store.open(tmp_path / "新.db") as store:
        assert {"马庄桥镇": {"东关村": 4.2}} == values(the_month(store))


def test_what_a_run_found_of_vetoes_is_apart_from_its_verdicts(store: Store) -> None:
    """In a view of its own; who asks for the verdicts on criteria is told of nothing else."""
    run = a_run({"马庄桥镇": {"东关村": 4.2}})
    unit = run.results[0].unit
    veto = VerdictRow(
        unit,
        "FM-1",
        "triggered",
        True,
        None,
        "为 是",
        source="县办 六",
        cells=("马庄桥镇.xlsx!6月!J6",),
        effect="最高2",
    )
    unknown = VerdictRow(unit, "FM-2", "unknown", None, "件", "高于 0", reason="blank", effect="不参评")
    verdicts = (*run.verdicts, veto, unknown)
    run_id = store.record(replace(run, verdicts=verdicts)).run_id

    assert verdicts == store.verdicts(run_id)
    with store.transaction() as connection:
        criteria = connection.exec_driver_sql("SELECT criterion, status FROM verdicts").all()
        vetoes = connection.exec_driver_sql("SELECT veto, status, effect, value_text, place, cells FROM vetoes").all()
    assert [("CY-01", "unmet")] == criteria
    assert [
        ("FM-1", "triggered", "最高2", "true", "马庄桥镇.xlsx!6月", "J6"),
        ("FM-2", "unknown", "不参评", None, "马庄桥镇.xlsx!6月", None),
    ] == sorted(vetoes)
    assert (1, ()) == verify(store)


def test_the_checksum_of_a_run_of_before_there_were_vetoes_is_what_it_was() -> None:
    """A criterion has no effect, and its row none in the checksum: this one was made by version 2 of the schema."""
    rows = [(1, 1, "东关村", 3)], [(1, 1, "CY-01", "万元", "至少 5", None, None)], [(1, 1, "unmet", 4.2)]

    assert "3ee0c5c42feb18f284d1f5648b2bf80a1804a1e8fa1b03bce228dfb2dfb050c2" == results_sha256(*rows)


def test_two_who_open_a_new_store_at_once_make_one(target: str | Path) -> None:
    """Of many programs that open a store which is not there, one makes it and all can use it."""
    made: list[bool] = []

    def open_it() -> None:
        with Store.open(target) as store:
            made.append(store.created)

    threads = [threading.Thread(target=open_it) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [False] * 5 + [True] == sorted(made)


# Recording


def test_a_month_is_what_was_recorded(store: Store) -> None:
    """Rows, texts, settings, inputs and diagnostics come back as they went in."""
    finding = {"code": "V301", "severity": "error", "file": "马庄桥镇.xlsx", "cell": "F6", "unit": "东关村"}
    run = a_run(
        {"马庄桥镇": {"东关村": 4.2, "西李家": -1}},
        register_sha256="ab",
        register_text="编码,名称\n410922001,东关村\n",
        targets_sha256="cd",
        targets_text="名称,争创星级\n东关村,5\n",
        exceptions_text="代码,单位,理由\n",
        settings={"period": "2022-06", "序": [1, 2.5, None]},
        diagnostics=[finding],
    )

    recorded = store.record(run)
    month = the_month(store)

    assert recorded.new
    assert (PartName("马庄桥镇", "行政村"),) == recorded.parts_changed
    assert recorded.run_id == f"1-{identity_of(run)[:8]}"
    assert tuple(run.parts[0].rows) == month.parts[0].rows
    assert (recorded.run_id, NOON, 1) == (month.parts[0].run_id, month.parts[0].recorded_at, month.parts[0].revision)
    assert tuple(run.scheme_texts) == month.scheme_texts
    assert ("ab", run.register_text) == (month.register_sha256, month.register_text)
    assert ("cd", run.targets_text) == (month.targets_sha256, month.targets_text)
    assert run.exceptions_text == month.exceptions_text
    assert run.settings == month.settings
    assert tuple(run.inputs) == month.inputs
    assert (finding,) == month.diagnostics
    assert (run.as_of, run.scheme_version, run.scheme_sha256) == (
        month.as_of,
        month.scheme_version,
        month.scheme_sha256,
    )


def test_results_and_verdicts_are_kept_whole(store: Store) -> None:
    """Numbers, yes/no, words, dates and nothing; cells of the unit's sheet and of another; pass and fail."""
    unit = "马庄桥镇/东关村"
    other = VerdictRow(
        unit, "SY-01", "met", "2022-05", None, "为 是", None, "依据 第四条", ("b.xlsx!7月!A1", "b.csv!C2")
    )
    verdicts = (
        VerdictRow(unit, "CY-01", "unmet", 4.2, "万元", "至少 5", 0.8, "依据", ("a!b.xlsx!6月!F7", "a!b.xlsx!6月!G7")),
        VerdictRow(unit, "CY-02", "met", True, None, "为 是", None, None, ("a!b.xlsx!6月!H7",)),
        VerdictRow(unit, "CY-03", "unmet", False, None, "为 是", None, None, ("a!b.xlsx!6月!I7",)),
        other,
        VerdictRow(unit, "ST-01", "unknown", None, "‰", "至少 2", None, "依据", (), "blank"),
        VerdictRow(unit, "ST-02", "met", 1, None, "至少 1", None, "依据"),
        VerdictRow(unit, "ST-03", "met", "true", None, "属于 true", None, "依据"),
    )
    results = (
        UnitResult(unit, "东关村", "马庄桥镇", 4, 5, True, True, {"产业兴旺星": "unlit"}, 81.5, 90.0),
        UnitResult("马庄桥镇/西李家", "西李家", "马庄桥镇", None, None, True, False),
    )

    run_id = store.record(a_run({"马庄桥镇": {"东关村": 4.2}}, results=results, verdicts=iter(verdicts))).run_id

    assert results == store.results(run_id)
    assert verdicts == store.verdicts(run_id)
    assert [bool, bool] == [type(verdict.value) for verdict in store.verdicts(run_id)[1:3]]


def test_anyone_can_query_a_file(file: Path) -> None:
    """The file is an ordinary database: verdicts in words, and ledger values through the functions for JSON."""
    with closing(sqlite3.connect(file)) as connection:
        verdicts = connection.execute(
            "SELECT county, period, township, name, criterion, status, value, measure, requirement, source, gap"
            " FROM verdicts WHERE NOT undone"
        ).fetchall()
        read = connection.execute("""SELECT json_extract(cells, '$."CY-01"[0]') FROM current_rows""").fetchall()

    assert [
        (
            "清丰县",
            "2022-06",
            "马庄桥镇",
            "东关村",
            "CY-01",
            "unmet",
            4.2,
            "万元",
            "至少 5",
            "清丰2022 第四条",
            pytest.approx(0.8),
        )
    ] == verdicts
    assert [(4.2,)] == read


def test_the_same_run_again_stores_nothing(store: Store) -> None:
    """The same content is the same run, whatever the names and the order of its files, and no table grows."""
    run = a_run({"马庄桥镇": {"东关村": 4.2}, "高堡乡": {"孟村": 6}})
    first = store.record(run)
    before = rows_in(store)

    again = store.record(
        replace(
            run,
            inputs=[replace(record, file=f"另存/{record.file}") for record in reversed(run.inputs)],
            recorded_at=NOON + timedelta(days=1),
            version="0.2.0",
        )
    )

    assert not again.new
    assert first.run_id == again.run_id
    assert () == again.parts_changed
    assert first.parts_changed == again.parts_unchanged
    assert () == again.diagnostics
    assert before == rows_in(store)


@pytest.mark.parametrize(
    "change",
    [
        {"county": "南乐县", "parts": ()},
        {"period": "2022-07"},
        {"as_of": date(2022, 6, 29)},
        {"scheme_sha256": "5d" * 32},
        {"register_sha256": "ef"},
        {"targets_sha256": "ef"},
        {"exceptions_text": "代码,单位,理由\n"},
        {"settings": {"township": "马庄桥镇"}},
        {"inputs": [InputRecord("a.xlsx", "00", "read")]},
    ],
    ids=lambda change: next(iter(change)),
)
def test_whatever_changes_the_result_makes_another_run(change: dict[str, Any]) -> None:
    """County, period, day, scheme, register, targets, exceptions, settings and inputs are a run's identity."""
    run = a_run({"马庄桥镇": {"东关村": 4.2}})

    assert identity_of(run) != identity_of(replace(run, **change))
    assert identity_of(run) != identity_of(run, replace=True)
    assert identity_of(run) == identity_of(replace(run, recorded_at=NOON + timedelta(days=9), version="9"))


def test_a_file_that_was_not_there_is_no_part_of_the_identity() -> None:
    """An input that could not be found has no content to count."""
    run = a_run({"马庄桥镇": {"东关村": 4.2}})

    assert identity_of(run) == identity_of(
        replace(run, inputs=[*run.inputs, InputRecord("没有.xlsx", None, "unreadable")])
    )


def test_a_corrected_workbook_changes_its_township_and_carries_sixteen(store: Store) -> None:
    """The commonest act of the month: one part is new, the others stay as they were, dates and all."""
    county = {f"第{number}镇": {"东村": 4.2, "西村": 6} for number in range(17)}
    first = store.record(a_run(county))

    later = NOON + timedelta(days=3)
    second = store.record(a_run({"第3镇": {"东村": 5.5, "西村": 6}}, recorded_at=later))
    month = the_month(store)

    assert 17 == len(first.parts_changed)
    assert (PartName("第3镇", "行政村"),) == second.parts_changed
    assert 16 == len(second.parts_carried)
    assert {**county, "第3镇": {"东村": 5.5, "西村": 6}} == values(month)
    assert {(first.run_id, NOON): 16, (second.run_id, later): 1} == _counted(
        (part.run_id, part.recorded_at) for part in month.parts
    )
    assert {"第3镇": 2} == {part.township: part.revision for part in month.parts if part.revision > 1}


def _counted(items: Iterator[Any] | Any) -> dict[Any, int]:
    counts: dict[Any, int] = {}
    for item in items:
        counts[item] = counts.get(item, 0) + 1
    return counts


def test_the_whole_folder_again_finds_sixteen_unchanged(store: Store) -> None:
    """With one workbook of the folder corrected, the parts that say the same keep their revision and their date."""
    county: dict[str, Villages] = {f"第{number}镇": {"东村": 4.2} for number in range(17)}
    first = store.record(a_run(county))

    second = store.record(a_run({**county, "第3镇": {"东村": 5.5}}, recorded_at=NOON + timedelta(days=3)))
    part = the_month(store).parts[0]

    assert (1, 16, 0) == tuple(map(len, (second.parts_changed, second.parts_unchanged, second.parts_carried)))
    assert (first.run_id, NOON, second.run_id) == (part.run_id, part.recorded_at, part.latest_run_id)
    assert 18 == rows_in(store)["revisions"]


def test_a_value_read_from_another_cell_is_new_content(store: Store) -> None:
    """The newest revision names the cells of the newest file, or a trace would end in the wrong place."""
    run = a_run({"马庄桥镇": {"东关村": 4.2}})
    store.record(run)
    moved = replace(
        run,
        inputs=[InputRecord("改.xlsx", "01", "read")],
        parts=[a_part("马庄桥镇", {"东关村": 4.2}, book="改.xlsx")],
    )

    assert 1 == len(store.record(moved).parts_changed)
    assert ["改.xlsx!6月!F6"] == the_month(store).parts[0].rows[0].cells["CY-01"][2]


def test_texts_are_stored_once(store: Store) -> None:
    """Scheme and register of a year of runs take no more room than those of one."""
    for day in range(5):
        store.record(a_run({"马庄桥镇": {"东关村": day}}, register_sha256="ab", register_text="编码,名称\n"))

    assert 3 == rows_in(store)["contents"]
    assert 5 == rows_in(store)["runs"]


def test_units_not_reported_are_not_rows(store: Store) -> None:
    """Who is missing is the register's to say: a row that is not reported neither counts nor covers its part."""
    run = a_run({"马庄桥镇": {"东关村": 4.2, "西李家": 3}, "高堡乡": {"孟村": 6}})
    silent = [
        replace(part, rows=[replace(row, reported=row.name == "东关村") for row in part.rows]) for part in run.parts
    ]

    recorded = store.record(replace(run, parts=silent))

    assert (PartName("马庄桥镇", "行政村"),) == recorded.parts_changed
    assert {"马庄桥镇": {"东关村": 4.2}} == values(the_month(store))


@pytest.mark.parametrize(
    "change",
    [
        {"recorded_at": NOON.replace(tzinfo=None)},
        {"county": "南乐县", "parts": [a_part("马庄桥镇", {})]},
        {"parts": [a_part("马庄桥镇", {"东关村": 1})] * 2},
        {"results": [UnitResult("a", "a", "b", 1, 1, False, True)] * 2},
        {"verdicts": [VerdictRow("无此村", "CY-01", "met")]},
        {"settings": {"not a number": float("nan")}},
    ],
    ids=["time zone", "county", "part twice", "result twice", "verdict of nobody", "not JSON"],
)
def test_a_record_that_contradicts_itself_is_a_bug(store: Store, change: dict[str, Any]) -> None:
    """It is refused before anything is stored."""
    run = a_run({"马庄桥镇": {"东关村": 4.2}})

    with pytest.raises(ValueError, match=r"."):
        store.record(replace(run, **change))

    assert () == store.runs()


def test_half_characters_and_nul_do_not_stop_a_run(store: Store) -> None:
    """File names of another encoding and cells with control characters are recorded, marked where they were cut."""
    book = "马庄\udcc7桥\x00.xlsx"
    run = a_run({"马庄桥镇": {"东关村": 4.2}})
    unit = run.results[0].unit
    odd = replace(
        run,
        inputs=[InputRecord(book, "aa", "read")],
        parts=[a_part("马庄桥镇", {"东关村": 4.2}, book=book)],
        verdicts=[VerdictRow(unit, "CY-01", "met", "五\x00", cells=[f"{book}!6月!F6"])],
        diagnostics=[{"code": "V301", "severity": "error", "file": book, "unit": None}],
    )

    run_id = store.record(odd).run_id
    month = the_month(store)

    assert ["马庄\ufffd桥\ufffd.xlsx"] == [record.file for record in month.inputs]
    assert [f"{book}!6月!F6"] == month.parts[0].rows[0].cells["CY-01"][2]
    assert "五\ufffd" == store.verdicts(run_id)[0].value
    assert 1 == len(month.diagnostics)


def test_what_another_version_reads_otherwise_is_another_run(store: Store) -> None:
    """The same files again after an upgrade: the same run as long as the same is read in them."""
    first = a_run({"马庄桥镇": {"东关村": 4.2}})
    newer = replace(first, version="0.2.0")
    read_more = replace(newer, parts=[a_part("马庄桥镇", {"东关村": 4.25})])
    done = [store.record(one) for one in (first, newer, read_more, read_more, first)]

    assert [True, False, True, False, False] == [one.new for one in done]
    assert {"马庄桥镇": {"东关村": 4.25}} == values(the_month(store))
    assert (2, ()) == verify(store)


# Rows kept


def test_a_unit_missing_from_a_new_file_keeps_its_row(store: Store) -> None:
    """It is marked with the revision it is from, and said at recording and with the month."""
    first = store.record(a_run({"马庄桥镇": {"东关村": 4.2, "西李家": 3}}))
    second = store.record(a_run({"马庄桥镇": {"东关村": 5.5}}))

    month, said = store.month("清丰县")

    assert {"马庄桥镇": {"东关村": 5.5, "西李家": 3}} == values(month)
    assert month is not None
    assert {"马庄桥镇/西李家": first.run_id} == {unit: origin.run_id for unit, origin in month.parts[0].carried.items()}
    assert second.run_id == month.parts[0].run_id
    assert second.diagnostics == said
    assert [("H705", "西李家", "1")] == [(one.code, one.found, one.arguments["count"]) for one in said]


def test_replacing_drops_what_the_file_lacks(store: Store) -> None:
    """With replace the part is what the file says; it is another run than the same file without it."""
    store.record(a_run({"马庄桥镇": {"东关村": 4.2, "西李家": 3}, "高堡乡": {"孟村": 6}}))
    corrected = a_run({"马庄桥镇": {"东关村": 5.5}})
    store.record(corrected)

    replaced = store.record(corrected, replace=True)

    assert replaced.new
    assert () == replaced.diagnostics
    assert {"马庄桥镇": {"东关村": 5.5}, "高堡乡": {"孟村": 6}} == values(the_month(store))
    assert () == store.month("清丰县")[1]


def test_a_long_list_of_kept_units_is_cut(store: Store) -> None:
    """The message names ten and says how many there are; the month marks all of them."""
    store.record(a_run({"马庄桥镇": {f"{number:02}村": number for number in range(20)}}))

    said = store.record(a_run({"马庄桥镇": {"00村": 9}})).diagnostics[0]

    assert "01村、02村、03村、04村、05村、06村、07村、08村、09村、10村…" == said.found
    assert "19" == said.arguments["count"]
    assert 19 == len(the_month(store).parts[0].carried)


def test_a_unit_that_moved_counts_once(store: Store) -> None:
    """A village that a new file has under another township is not kept under the old one, nor missed."""
    moved = UnitRow("410922001", "410922001", "东关村", "行政村", cells={"CY-01": [4.2, None, []]})
    stays = UnitRow("410922002", "410922002", "西李家", "行政村", cells={"CY-01": [3, None, []]})
    run = a_run({})
    store.record(replace(run, parts=[PartContent("清丰县", "马庄桥镇", "行政村", [moved, stays])]))

    recorded = store.record(
        replace(
            run,
            inputs=[InputRecord("改.xlsx", "01", "read")],
            parts=[
                PartContent("清丰县", "马庄桥镇", "行政村", [stays]),
                PartContent("清丰县", "高堡乡", "行政村", [moved]),
            ],
        )
    )

    assert () == recorded.diagnostics
    assert {"马庄桥镇": {"西李家": 3}, "高堡乡": {"东关村": 4.2}} == values(the_month(store))


def test_inputs_and_diagnostics_are_those_of_the_rows(store: Store) -> None:
    """What was said of a cell that a newer file has replaced is not said any more; the rest is."""

    def finding(book: str, unit: str | None) -> dict[str, Any]:
        return {"code": "V301", "severity": "error", "file": book, "unit": unit}

    county = a_run({"马庄桥镇": {"东关村": 4.2}, "高堡乡": {"孟村": 6}})
    whole = replace(
        county,
        inputs=[InputRecord("全县.xlsx", "01", "read"), InputRecord("说明.docx", "02", "skipped")],
        parts=[a_part("马庄桥镇", {"东关村": 4.2}, book="全县.xlsx"), a_part("高堡乡", {"孟村": 6}, book="全县.xlsx")],
        diagnostics=[finding("全县.xlsx", "东关村"), finding("全县.xlsx", "孟村"), finding("全县.xlsx", None)],
    )
    store.record(whole)
    fixed = a_run({"马庄桥镇": {"东关村": 5.5}}, diagnostics=[finding("马庄桥镇.xlsx", "东关村")])
    store.record(fixed)

    month = the_month(store)

    assert ["全县.xlsx", "马庄桥镇.xlsx"] == [record.file for record in month.inputs]
    assert [*whole.diagnostics[1:], *fixed.diagnostics] == list(month.diagnostics)


def test_register_and_targets_outlast_a_run_without_them(store: Store) -> None:
    """One resent workbook comes without the register of the folder; the month still has it. Exceptions are not so."""
    store.record(
        a_run(
            {"马庄桥镇": {"东关村": 4.2}},
            register_sha256="ab",
            register_text="编码",
            targets_sha256="cd",
            targets_text="名称",
            exceptions_text="代码",
        )
    )
    store.record(a_run({"马庄桥镇": {"东关村": 5.5}}, scheme_version="2023.2"))

    month = the_month(store)

    assert ("ab", "编码", "cd", "名称", None) == (
        month.register_sha256,
        month.register_text,
        month.targets_sha256,
        month.targets_text,
        month.exceptions_text,
    )
    assert "2023.2" == month.scheme_version


# Undoing


def test_an_undone_run_counts_no_more(store: Store) -> None:
    """The previous revision counts again, the run is kept and marked, and its verdicts with it."""
    store.record(a_run({"马庄桥镇": {"东关村": 4.2}}))
    wrong = store.record(a_run({"马庄桥镇": {"东关村": 55}, "高堡乡": {"孟村": 6}}))

    undone, problems = store.undo(wrong.run_id, NOON, "报错了月份")

    assert () == problems
    assert undone is not None
    assert (NOON, "报错了月份") == (undone.undone_at, undone.undone_reason)
    assert {"马庄桥镇": {"东关村": 4.2}} == values(the_month(store))
    assert 2 == len(store.verdicts(wrong.run_id))
    assert [NOON, None] == [run.undone_at for run in store.runs()]


def test_nothing_is_carried_from_an_undone_run(store: Store) -> None:
    """A row that a later file lacks goes with the run that brought it, and the one before counts."""
    store.record(a_run({"马庄桥镇": {"西李家": 1}}))
    wrong = store.record(a_run({"马庄桥镇": {"东关村": 4.2, "西李家": 3}}))
    store.record(a_run({"马庄桥镇": {"东关村": 5.5}}))

    store.undo(wrong.run_id, NOON)

    assert {"马庄桥镇": {"东关村": 5.5, "西李家": 1}} == values(the_month(store))


def test_what_a_later_run_repeated_outlasts_the_undoing(store: Store) -> None:
    """A revision counts as long as any run that found it right counts."""
    first = store.record(a_run({"马庄桥镇": {"东关村": 4.2}}))
    later = NOON + timedelta(days=1)
    second = store.record(a_run({"马庄桥镇": {"东关村": 4.2}, "高堡乡": {"孟村": 6}}, recorded_at=later))

    store.undo(first.run_id, NOON)
    part = the_month(store).parts[0]

    assert (second.run_id, later, 1) == (part.run_id, part.recorded_at, part.revision)


def test_an_undone_run_can_be_recorded_anew(store: Store) -> None:
    """Who rates the same files again after undoing means them: it is a new run of the same identity."""
    run = a_run({"马庄桥镇": {"东关村": 4.2}})
    first = store.record(run)
    store.undo(first.run_id, NOON)

    again = store.record(run)

    assert again.new
    assert ["2", "1"] == [run.run_id.partition("-")[0] for run in store.runs()]
    assert {"马庄桥镇": {"东关村": 4.2}} == values(the_month(store))


def test_a_month_with_everything_undone_is_not_there(store: Store) -> None:
    """No county, no period, no month."""
    run = store.record(a_run({"马庄桥镇": {"东关村": 4.2}}))
    store.undo(run.run_id, NOON)

    assert () == store.counties()
    assert () == store.periods("清丰县", "wuxing-rural")
    assert (None, ["H707"]) == (store.month("清丰")[0], codes(store.month("清丰")[1]))


@dataclass
class Model:
    """What the store ought to say, in a few lines: the runs that count, one after the other."""

    runs: list[tuple[dict[str, dict[str, int]], bool, bool]] = field(default_factory=list)

    def record(self, townships: dict[str, dict[str, int]], *, replacing: bool) -> bool:
        """Whether the run is a new one."""
        if (townships, replacing, False) in self.runs:
            return False
        self.runs.append((townships, replacing, False))
        return True

    def undo(self, number: int) -> bool:
        """Whether there was something to undo."""
        if not 1 <= number <= len(self.runs) or self.runs[number - 1][2]:
            return False
        self.runs[number - 1] = (*self.runs[number - 1][:2], True)
        return True

    def month(self) -> dict[str, dict[str, tuple[int, bool]]]:
        """Township by township, each village's value and whether the newest file lacks it."""
        rows: dict[str, tuple[str, int]] = {}
        newest: dict[str, dict[str, int]] = {}
        for townships, replacing, undone in self.runs:
            if undone:
                continue
            newest.update(townships)
            if replacing:
                rows = {village: row for village, row in rows.items() if row[0] not in townships}
            rows.update(
                {
                    village: (township, value)
                    for township, villages in townships.items()
                    for village, value in villages.items()
                }
            )
        month: dict[str, dict[str, tuple[int, bool]]] = {}
        for village, (township, value) in rows.items():
            month.setdefault(township, {})[village] = (value, village not in newest[township])
        return month


def _placed(villages: Mapping[str, tuple[str, int]]) -> dict[str, dict[str, int]]:
    townships: dict[str, dict[str, int]] = {}
    for village, (township, value) in sorted(villages.items()):
        townships.setdefault(township, {})[village] = value
    return townships


ACTIONS = st.lists(
    st.tuples(
        st.just("record"),
        st.dictionaries(
            st.sampled_from("甲乙丙"), st.tuples(st.sampled_from("东西南"), st.integers(0, 1)), min_size=1
        ).map(_placed),
        st.sampled_from([False, False, True]),
    )
    | st.tuples(st.just("undo"), st.integers(1, 6), st.none()),
    max_size=8,
)


@given(ACTIONS)
@settings(max_examples=80, deadline=None)
def test_any_sequence_of_runs_and_undoings_leaves_what_the_model_says(actions: list[tuple[str, Any, Any]]) -> None:
    """Whatever is recorded, resent, replaced, moved and taken back in whatever order."""
    model = Model()
    with tempfile.TemporaryDirectory() as folder, Store.open(Path(folder) / "starcheck.db") as store:
        for action, what, replacing in actions:
            if action == "undo":
                undone, _ = store.undo(str(what), NOON)

                assert model.undo(what) == (undone is not None)
                continue
            run = replace(
                a_run({}),
                inputs=[InputRecord("a.xlsx", json.dumps(what, sort_keys=True), "read")],
                parts=[
                    PartContent(
                        "清丰县",
                        township,
                        "行政村",
                        [
                            UnitRow(village, None, village, "行政村", cells={"CY-01": [value, None, []]})
                            for village, value in villages.items()
                        ],
                    )
                    for township, villages in what.items()
                ],
            )

            assert model.record(what, replacing=replacing) == store.record(run, replace=replacing).new
        month, said = store.month("清丰县")

        assert model.month() == {
            part.township: {row.unit: (row.cells["CY-01"][0], row.unit in part.carried) for row in part.rows}
            for part in (month.parts if month else ())
        }
        assert [part.township for part in (month.parts if month else ()) if part.carried] == [
            one.arguments["township"] for one in said if one.code == "H705"
        ]


# Finding


def test_months_counties_and_schemes_keep_apart(store: Store) -> None:
    """Each county, period and scheme has its own parts; the newest period is the one shown."""
    store.record(a_run({"马庄桥镇": {"东关村": 1}}, period="2022-05"))
    store.record(a_run({"马庄桥镇": {"东关村": 2}}, period="2022-06"))
    store.record(a_run({"马庄桥镇": {"东关村": 3}}, period="2022-06", county="南乐县"))
    store.record(a_run({"马庄桥镇": {"东关村": 4}}, period="2022-04", scheme_id="wuxing-urban", scheme_sha256="00"))

    assert ("南乐县", "清丰县") == store.counties()
    assert ("2022-05", "2022-06") == store.periods("清丰县", "wuxing-rural")
    assert 2 == values(the_month(store))["马庄桥镇"]["东关村"]
    assert 1 == values(the_month(store, period="2022-05"))["马庄桥镇"]["东关村"]
    assert 4 == values(the_month(store, scheme_id="wuxing-urban"))["马庄桥镇"]["东关村"]
    assert 3 == values(store.month("南乐")[0])["马庄桥镇"]["东关村"]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("清丰县", ("清丰县",)),
        ("清丰", ("清丰县",)),
        (" 清丰 ", ("清丰县",)),
        ("清丰县城关", ()),
        ("清", ("清丰县", "清河区", "清河县")),
        ("清河", ("清河区", "清河县")),
        ("濮", ("濮阳",)),
        ("濮阳县", ("濮阳",)),
        ("丰", ()),
    ],
)
def test_a_county_is_found_by_the_forms_people_use(asked: str, found: tuple[str, ...]) -> None:
    """Exactly, without its suffix, by its beginning; several candidates are all given."""
    assert found == match_county(asked, ["清河县", "清丰县", "清河区", "濮阳"])


def test_the_only_county_need_not_be_named(store: Store) -> None:
    """Without a name the only county there is; with two, both are listed."""
    store.record(a_run({"马庄桥镇": {"东关村": 1}}))
    month, _ = store.month()

    assert month is not None
    assert "清丰县" == month.county

    store.record(a_run({"马庄桥镇": {"东关村": 1}}, county="南乐县"))

    assert ["H706"] == codes(store.month()[1])


@pytest.mark.parametrize(
    "asked",
    [{"county": "南乐"}, {"county": "清丰", "period": "2022-07"}, {"county": "清丰", "scheme_id": "wuxing-urban"}],
)
def test_what_is_recorded_is_named_where_the_asked_is_not(store: Store, asked: dict[str, str]) -> None:
    """The county, the period or the scheme that there is, whichever failed."""
    store.record(a_run({"马庄桥镇": {"东关村": 1}}))

    month, (said,) = store.month(**asked)

    assert month is None
    assert "H707" == said.code
    assert said.expected in {"清丰县", "2022-06", "wuxing-rural"}


def test_a_run_is_found_by_name_number_or_checksum(store: Store) -> None:
    """Whatever a person would type; the detail says what it read and which parts it made or repeated."""
    first = store.record(a_run({"马庄桥镇": {"东关村": 1}}))
    second = store.record(
        a_run(
            {"马庄桥镇": {"东关村": 1}, "高堡乡": {"孟村": 6}},
            diagnostics=[
                {"code": "R401", "severity": "note", "file": None, "unit": None},
            ],
        )
    )
    checksum = second.run_id.partition("-")[2]

    for typed in (second.run_id, "2", " #2 ", "２", second.run_id.upper(), checksum):
        detail, problems = store.run(typed)

        assert () == problems
        assert detail is not None
        assert second.run_id == detail.run.run_id

    assert detail is not None
    assert [("马庄桥镇", 1, False), ("高堡乡", 1, True)] == [
        (part.part.township, part.revision, part.changed) for part in detail.parts
    ]
    assert [("马庄桥镇.xlsx",), ("高堡乡.xlsx",)] == [part.files for part in detail.parts]
    assert 2 == len(detail.inputs)
    assert ["R401"] == [one["code"] for one in detail.diagnostics]
    assert [second.run_id, first.run_id] == [run.run_id for run in store.runs()]


@pytest.mark.parametrize("typed", ["9", "1-00000000", "", "甲", "%", "1-%", "1; DROP TABLE runs", "9" * 40])
def test_what_is_no_run_is_said_to_be_none(store: Store, typed: str) -> None:
    """Nothing is guessed from what was typed."""
    store.record(a_run({"马庄桥镇": {"东关村": 1}}))

    assert (None, ["H708"]) == (store.run(typed)[0], codes(store.run(typed)[1]))
    assert () == store.verdicts(typed)
    assert () == store.results(typed)


def test_previous_tiers_are_those_of_the_last_month_before(store: Store) -> None:
    """The last recorded period before, not the calendar's; unreported and unrated units are there without a tier."""
    units = ("马庄桥镇/东关村", "马庄桥镇/西李家", "马庄桥镇/孟村")
    run = a_run({"马庄桥镇": {"东关村": 1, "西李家": 2}}, period="2022-03")
    store.record(
        replace(
            run,
            results=[
                UnitResult(units[0], "东关村", "马庄桥镇", 5, 5, False, True),
                UnitResult(units[1], "西李家", "马庄桥镇", None, None, False, True),
                UnitResult(units[2], "孟村", "马庄桥镇", None, None, True, False),
            ],
            verdicts=(),
        )
    )

    previous = store.previous_tiers("清丰县", "wuxing-rural", "2022-06")

    assert previous is not None
    assert "2022-03" == previous.period
    assert {5: 1, None: 2} == previous.tiers
    assert {units[0]: 5, units[1]: None, units[2]: None} == previous.units
    assert store.previous_tiers("清丰县", "wuxing-rural", "2022-03") is None
    assert store.previous_tiers("清丰县", "wuxing-urban", "2022-06") is None


def test_previous_tiers_come_from_the_newest_run_that_rated_the_unit(store: Store) -> None:
    """A run over one township does not make the others unrated, and an undone one does not count."""

    def rated(township: str, village: str, tier: int | None, *, reported: bool = True) -> UnitResult:
        return UnitResult(f"{township}/{village}", village, township, tier, tier, False, reported)

    both = a_run({"马庄桥镇": {"东关村": 1}, "高堡乡": {"孟村": 1}}, verdicts=())
    store.record(replace(both, results=[rated("马庄桥镇", "东关村", 2), rated("高堡乡", "孟村", 3)]))
    one = a_run({"马庄桥镇": {"东关村": 2}}, verdicts=())
    store.record(replace(one, results=[rated("马庄桥镇", "东关村", 4), rated("高堡乡", "孟村", None, reported=False)]))
    wrong = store.record(
        replace(a_run({"马庄桥镇": {"东关村": 3}}, verdicts=()), results=[rated("马庄桥镇", "东关村", 5)])
    )
    store.undo(wrong.run_id, NOON)

    previous = store.previous_tiers("清丰县", "wuxing-rural", "2022-07")

    assert previous is not None
    assert {"马庄桥镇/东关村": 4, "高堡乡/孟村": 3} == previous.units


# Final


def test_a_final_month_changes_by_corrections_only(store: Store) -> None:
    """Whatever else would change it is refused and leaves nothing; the same run again changes nothing."""
    first = store.record(a_run({"马庄桥镇": {"东关村": 4.2}}))
    final = made_final(store)
    before = rows_in(store)
    again = store.record(a_run({"马庄桥镇": {"东关村": 4.2}}))
    refused = store.record(a_run({"马庄桥镇": {"东关村": 5.5}}))
    undone, said = store.undo(first.run_id, NOON, "误传")

    assert (False, False) == (again.new, again.refused)
    assert (True, final.run_id, ["H718"]) == (refused.refused, refused.run_id, codes(refused.diagnostics))
    assert (None, ["H718"]) == (undone, codes(said))
    assert before == rows_in(store)

    corrected = store.record(a_run({"马庄桥镇": {"东关村": 5.5}}), correction="县纪委更正")

    assert corrected.new
    assert "县纪委更正" == store.runs()[0].correction
    assert {"马庄桥镇": {"东关村": 5.5}} == values(the_month(store))
    assert ("县纪委更正",) == store.corrections_since(final.run_id)


def test_another_month_is_not_final(store: Store) -> None:
    """Nor another scheme's, or another county's; and a correction of what is not final is an ordinary run."""
    store.record(a_run({"马庄桥镇": {"东关村": 4.2}}))
    made_final(store)

    for change in ({"period": "2022-07"}, {"scheme_id": "wuxing-urban"}, {"county": "南乐县"}):
        done = store.record(a_run({"马庄桥镇": {"东关村": 4.2}}, **change), correction="多余")
        assert done.new
        assert store.runs()[0].correction is None


def test_a_correction_is_taken_back_as_a_correction(store: Store) -> None:
    """The month is then as it was made final first, by a third final result; the final result itself stays."""
    store.record(a_run({"马庄桥镇": {"东关村": 4.2}}))
    first = made_final(store)
    assert not first.stale
    wrong = store.record(a_run({"马庄桥镇": {"东关村": 5.5}}), correction="更正")
    month = the_month(store)
    assert month.final is not None
    assert month.final.stale
    second = made_final(store, "更正", recorded_at=NOON + timedelta(days=1))
    undone, _ = store.undo(wrong.run_id, NOON + timedelta(days=2), "误改", correction=True)
    assert undone is not None
    third = made_final(store, "误改", recorded_at=NOON + timedelta(days=3))

    assert {"马庄桥镇": {"东关村": 4.2}} == values(the_month(store))
    assert ("误改",) == store.corrections_since(second.run_id)
    assert third == the_month(store).final
    assert [(NOON + timedelta(days=1), "更正"), (NOON + timedelta(days=3), "误改")] == list(third.corrections)
    assert (NOON, None, False) == (third.at, third.despite, third.stale)
    assert ["H718"] == codes(store.undo(first.run_id, NOON, "也不要了", correction=True)[1])


def test_what_came_in_meanwhile_is_not_made_final_unseen(store: Store) -> None:
    """Somebody recorded while the month was being rated: the result would not be that of the month."""
    store.record(a_run({"马庄桥镇": {"东关村": 4.2}}))
    month = the_month(store)
    store.record(a_run({"韩村镇": {"西李家": 6}}))
    final, said = store.finalize(a_run({"马庄桥镇": {"东关村": 4.2}}), month.rests_on)

    assert (None, ["H719"]) == (final, codes(said))
    assert the_month(store).final is None


def test_a_final_result_counts_as_what_was_recorded(store: Store) -> None:
    """It is the month's tiers, for next month too, and has no files and no parts of its own."""
    store.record(a_run({"马庄桥镇": {"东关村": 4.2}}))
    final = made_final(
        store, results=[UnitResult("马庄桥镇/东关村", "东关村", "马庄桥镇", 5, 5, False, True)], verdicts=[]
    )
    detail, _ = store.run(final.run_id)

    assert detail is not None
    assert detail.run.final
    assert () == detail.parts
    before = store.previous_tiers("清丰县", "wuxing-rural", "2022-07")
    assert before is not None
    assert {"马庄桥镇/东关村": 5} == before.units
    assert [("东关村", 5, True)] == current_tiers(store)


def current_tiers(store: Store) -> list[tuple[Any, ...]]:
    """Names, tiers and whether they are final, by the view that anybody may query."""
    with store._connection.begin():
        rows = store._connection.execute(text("SELECT name, tier, final FROM current_tiers ORDER BY unit"))
        return [(row.name, row.tier, bool(row.final)) for row in rows]


def test_current_tiers_are_those_of_the_rows_that_count(store: Store) -> None:
    """Of a kept row by the run that it is from; none of an undone run; who is missing has none."""
    rated = a_run({"马庄桥镇": {"东关村": 4.2, "孟村": 5}})
    store.record(rated)
    later = a_run({"马庄桥镇": {"东关村": 5.5}})
    missing = UnitResult("马庄桥镇/孟村", "孟村", "马庄桥镇", None, None, True, False)
    absent = UnitResult("马庄桥镇/老村", "老村", "马庄桥镇", None, None, True, False)
    higher = replace(later.results[0], tier=4)
    done = store.record(replace(later, results=[higher, missing, absent]))

    assert [("东关村", 4, False), ("孟村", 3, False), ("老村", None, False)] == sorted(current_tiers(store))

    store.undo(done.run_id, NOON)

    assert [("东关村", 3, False), ("孟村", 3, False)] == sorted(current_tiers(store))

    store.record(replace(later, results=[higher, missing]), replace=True)

    assert [("东关村", 4, False), ("孟村", None, False)] == sorted(current_tiers(store))


def test_a_correction_needs_a_reason(file: Path) -> None:
    """Whoever calls without one has a bug."""
    with Store.open(file) as store, pytest.raises(ValueError, match="reason"):
        store.undo("1", NOON, correction=True)


def test_the_basis_of_a_run_is_what_it_had(store: Store) -> None:
    """Its own rows whatever came later, or was undone; of a final result those of the runs it rests on."""
    first = store.record(a_run({"马庄桥镇": {"东关村": 4.2, "孟村": 5}}))
    store.record(a_run({"马庄桥镇": {"东关村": 5.5}}))
    final = made_final(store)
    store.record(a_run({"马庄桥镇": {"孟村": 6}}), replace=True, correction="更正")
    store.undo(first.run_id, NOON, "更正", correction=True)

    assert {"马庄桥镇": {"东关村": 4.2, "孟村": 5}} == values(store.basis(first.run_id))
    assert {"马庄桥镇": {"东关村": 5.5, "孟村": 5}} == values(store.basis(final.run_id))
    assert {"马庄桥镇": {"孟村": 6}} == values(store.basis("4"))
    assert {"马庄桥镇": {"孟村": 6}} == values(the_month(store))
    assert store.basis("99") is None


# Whether it is still what was recorded


TAMPERED = {
    "a tier": "UPDATE unit_results SET tier = 5",
    "a verdict": "UPDATE verdict_rows SET status = 'met'",
    "a clause": "UPDATE run_criteria SET source = '别的'",
    "a verdict gone": "DELETE FROM verdict_rows",
    "a row": "UPDATE unit_rows SET cells = '{}'",
    "a row gone": "DELETE FROM unit_rows",
    "a text": "UPDATE contents SET text = '方案: 别的' WHERE text = '方案: 省'",
    "a file": "UPDATE inputs SET sha256 = 'ab'",
    "a period": "UPDATE runs SET as_of = '2022-05-31'",
    "a setting": "UPDATE runs SET settings = '{\"x\":1}'",
    "replacing": "UPDATE runs SET replaces = (1 = 1)",
    "a number": "UPDATE runs SET identity = 'ab'",
}


@pytest.mark.parametrize("change", TAMPERED)
def test_a_change_by_another_tool_is_found(store: Store, change: str) -> None:
    """Of tiers, verdicts, rows, texts, files or settings."""
    store.record(a_run({"马庄桥镇": {"东关村": 4.2}}, settings={"x": 0}))
    assert (1, ()) == verify(store)
    with store._connection.begin():
        store._connection.exec_driver_sql(TAMPERED[change])

    assert {"H720"} == set(codes(verify(store)[1]))


def test_a_run_that_is_gone_is_found(file: Path) -> None:
    """Runs are numbered without gaps; what belongs to nothing is damage."""
    with Store.open(file) as store:
        store.record(a_run({"韩村镇": {"西李家": 6}}))
    with closing(sqlite3.connect(file)) as other, other:
        other.execute("DELETE FROM runs WHERE number = 1")
        other.execute("DELETE FROM contents WHERE text = '方案: 省'")

    with Store.open(file) as store:
        runs, said = verify(store)

    assert 1 == runs
    assert {"这次运行不在了", "方案、名册、目标或联审回复的原文不在了"} <= {_reason(one) for one in said}
    assert any(_reason(one).startswith("数据库自检没有通过") for one in said)


def test_every_kind_of_value_comes_back_with_its_checksum(store: Store) -> None:
    """Whole numbers, booleans, negative zero, long decimals, Chinese, cells of two sheets, nothing."""
    run = a_run({"马庄桥镇": {"东关村": 4.2, "孟村": 5}})
    unit, other = (result.unit for result in run.results)
    verdicts = [
        VerdictRow(other, "B", "met", requirement="至少 5"),
        VerdictRow(unit, "G", "met", requirement="至少 6"),
        VerdictRow(other, "G", "met", requirement="至少 7"),
        VerdictRow(other, "F", "met", requirement="至少 7"),
        VerdictRow(unit, "A", "met", 5, "人", gap=0),
        VerdictRow(unit, "B", "met", True),
        VerdictRow(unit, "C", "unmet", -0.0, gap=-0.0),
        VerdictRow(unit, "D", "unmet", 0.1 + 0.2, "%", "至少 30", 1 / 3),
        VerdictRow(unit, "E", "met", "优秀", cells=["a.xlsx!6月!F7", "b.xlsx!7月!G7"]),
        VerdictRow(unit, "F", "unknown", reason="blank"),
    ]
    results = [replace(run.results[0], score_low=85, score_high=1 / 3), run.results[1]]
    store.record(replace(run, verdicts=verdicts, results=results))

    assert (1, ()) == verify(store)


# Deleting what can be made again


def test_only_what_counts_no_more_is_pruned(store: Store) -> None:
    """Superseded and undone runs of earlier months; runs, rows and tiers stay, and all is still as recorded."""
    store.record(a_run({"马庄桥镇": {"东关村": 4.2}}))
    store.record(a_run({"马庄桥镇": {"东关村": 5.5}}))
    undone = store.record(a_run({"马庄桥镇": {"东关村": 6}}))
    store.undo(undone.run_id, NOON)
    made_final(store)
    store.record(a_run({"马庄桥镇": {"东关村": 1}}, period="2022-07"))

    assert () == prunable(store, "2022-06")
    found = prunable(store, "2022-08")
    assert [3, 1] == [run.number for run in found]
    done = prune(store, found, NOON, lambda run: run.number == 1)

    assert [1] == [run.number for run in done]
    assert [5, 4, 3, 2, 1] == [run.number for run in store.runs()]
    assert [0, 1, 1] == [len(store.verdicts(str(number))) for number in (1, 2, 3)]
    assert 1 == len(store.results("1"))
    assert NOON == store.runs()[-1].pruned_at
    assert [3] == [run.number for run in prunable(store, "2022-08")]
    assert (5, ()) == verify(store)


def test_what_is_not_as_recorded_is_not_pruned(store: Store) -> None:
    """Its checksum would be made anew, and nobody would see any more that it was changed."""
    undone = store.record(a_run({"马庄桥镇": {"东关村": 6}}))
    store.undo(undone.run_id, NOON)
    with store._connection.begin():
        store._connection.execute(text("UPDATE unit_results SET tier = 5"))

    assert () == prune(store, prunable(store, "2022-08"), NOON, lambda _: True)
    assert ["H720"] == codes(verify(store)[1])


def test_pruning_without_a_time_zone_is_a_bug(file: Path) -> None:
    """Like an undoing without one."""
    with Store.open(file) as store, pytest.raises(ValueError, match="time zone"):
        prune(store, (), NOON.replace(tzinfo=None), lambda _: True)


# Copies


def test_a_backup_is_a_store(file: Path, tmp_path: Path) -> None:
    """It opens by itself, and put in the store's place it brings the month back."""
    copy = tmp_path / "备份.db"
    with Store.open(file) as store:
        assert store.backup(copy) is None

        store.record(a_run({"马庄桥镇": {"东关村": 55}}))

    with Store.open(copy, create=False) as store:
        assert {"马庄桥镇": {"东关村": 4.2}} == values(the_month(store))
    assert Store.restore(copy, file, force=True) is None
    with Store.open(file, create=False) as store:
        assert {"马庄桥镇": {"东关村": 4.2}} == values(the_month(store))
    assert sorted(["备份.db", "starcheck.db"]) == sorted(path.name for path in tmp_path.iterdir())


def test_restoring_makes_a_store_where_there_is_none(file: Path, tmp_path: Path) -> None:
    """On a new computer the backup is enough."""
    assert Store.restore(file, tmp_path / "新.db") is None

    with Store.open(tmp_path / "新.db", create=False) as store:
        assert {"马庄桥镇": {"东关村": 4.2}} == values(the_month(store))


def test_restoring_over_a_damaged_store_leaves_nothing_of_it(file: Path, tmp_path: Path) -> None:
    """Neither its bytes nor the journal of its last hour, which would be played back into the new one."""
    damaged = tmp_path / "坏.db"
    damaged.write_bytes(b"no database at all" * 100)
    journal = tmp_path / "坏.db-journal"
    journal.write_bytes(b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7" + b"\x00" * 1000)

    assert Store.restore(file, damaged, force=True) is None

    assert not journal.exists()
    with Store.open(damaged, create=False) as store:
        assert {"马庄桥镇": {"东关村": 4.2}} == values(the_month(store))


def test_a_store_is_not_restored_while_it_is_in_use(file: Path, tmp_path: Path) -> None:
    """Somebody who is writing would go on writing into the file that was taken away."""
    copy = tmp_path / "备份.db"
    with Store.open(file) as store:
        store.backup(copy)
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        problem = Store.restore(copy, file, force=True, wait=0.05)

    assert problem is not None
    assert "H702" == problem.code
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize("damage", ["text", "cut", "other", "view missing", "flipped"])
def test_what_is_no_whole_store_is_not_restored(file: Path, tmp_path: Path, damage: str) -> None:
    """The place it was to go to is left as it was."""
    bad = tmp_path / "备份.db"
    content = file.read_bytes()
    if damage == "text":
        bad.write_text("编码,名称\n" * 500, encoding="utf-8")
    elif damage == "cut":
        bad.write_bytes(content[: len(content) // 2])
    elif damage == "other":
        with closing(sqlite3.connect(bad)) as other:
            other.execute("CREATE TABLE contents (a)")
    elif damage == "view missing":
        bad.write_bytes(content)
        with closing(sqlite3.connect(bad)) as other:
            other.execute("DROP VIEW current_rows")
    else:
        page = content[-4096:]
        bad.write_bytes(content[:-4096] + bytes(byte ^ 0xFF for byte in page))
    target = tmp_path / "新.db"

    problem = Store.restore(bad, target)

    assert problem is not None
    assert "H704" == problem.code
    assert not target.exists()


def test_a_store_that_somebody_holds_is_not_backed_up_half(file: Path, tmp_path: Path) -> None:
    """Without a write-ahead log it has to be waited for, and waiting for it has an end."""
    with closing(sqlite3.connect(file)) as other:
        other.execute("PRAGMA journal_mode = DELETE")
    with Store.open(file, wait=0.05) as store, closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        problem = store.backup(tmp_path / "备份.db")

    assert problem is not None
    assert "H702" == problem.code
    assert [file] == list(tmp_path.iterdir())


def test_reading_and_copying_go_on_while_somebody_writes(file: Path, tmp_path: Path) -> None:
    """What is not finished is not seen, and not in the copy; the copy is one file that can be read anywhere."""
    copy = tmp_path / "备份.db"
    with Store.open(file, wait=0.05) as store, closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("UPDATE unit_rows SET name = '别的村'")
        assert {"马庄桥镇": {"东关村": 4.2}} == values(the_month(store))
        assert store.backup(copy) is None
        other.execute("ROLLBACK")

    with closing(sqlite3.connect(f"{copy.as_uri()}?immutable=1", uri=True)) as written:
        assert ("delete",) == written.execute("PRAGMA journal_mode").fetchone()
        assert [("东关村",)] == written.execute("SELECT name FROM unit_rows").fetchall()


def test_a_store_has_a_write_ahead_log(file: Path) -> None:
    """From its making on; whoever takes it away, because the store lies on a network drive, is not overruled."""
    with closing(sqlite3.connect(file)) as other:
        assert ("wal",) == other.execute("PRAGMA journal_mode").fetchone()
        assert ("delete",) == other.execute("PRAGMA journal_mode = DELETE").fetchone()
    with Store.open(file) as store:
        store.record(a_run({"马庄桥镇": {"东关村": 5.5}}))
    with closing(sqlite3.connect(file)) as other:
        assert ("delete",) == other.execute("PRAGMA journal_mode").fetchone()
    assert [file] == list(file.parent.iterdir())


def test_a_restored_store_has_the_log_that_the_old_one_had(file: Path, tmp_path: Path) -> None:
    """One, where there was none before; none, where it was taken away."""
    copy = tmp_path / "备份.db"
    with Store.open(file) as store:
        store.backup(copy)

    def mode(path: Path) -> str:
        with closing(sqlite3.connect(path)) as other:
            return str(other.execute("PRAGMA journal_mode").fetchone()[0])

    assert "delete" == mode(copy)
    assert Store.restore(copy, tmp_path / "新.db") is None
    assert Store.restore(copy, file, force=True) is None
    assert ["wal", "wal"] == [mode(tmp_path / "新.db"), mode(file)]
    with closing(sqlite3.connect(file)) as other:
        other.execute("PRAGMA journal_mode = DELETE")
    assert Store.restore(copy, file, force=True) is None
    assert "delete" == mode(file)
    assert {"新.db", "备份.db", "starcheck.db"} == {path.name for path in tmp_path.iterdir()}


def test_a_store_that_somebody_has_open_is_not_replaced(file: Path, tmp_path: Path) -> None:
    """Even if it is only read at the moment: what was written to it afterwards would be lost."""
    copy = tmp_path / "备份.db"
    with Store.open(file) as store:
        store.backup(copy)
        store.runs()
        problem = Store.restore(copy, file, force=True, wait=0.05)

        assert problem is not None
        assert "H702" == problem.code
        assert store.record(a_run({"马庄桥镇": {"东关村": 5.5}})).new
    assert Store.restore(copy, file, force=True) is None


def test_documented_queries_run_on_every_store(store: Store) -> None:
    """Those of the store's page."""
    page = (Path(__file__).parents[1] / "docs" / "store.md").read_text(encoding="utf-8")
    queries = re.findall(r"```sql\n(.*?)```", page, re.DOTALL)
    store.record(a_run({"马庄桥镇": {"东关村": 4.2}}))

    assert queries
    for query in queries:
        with store._connection.begin():
            store._connection.execute(text(query.replace(":", r"\:")))


def test_rows_that_belong_to_nothing_are_damage(file: Path, tmp_path: Path) -> None:
    """A backup in which somebody deleted runs by hand would bring back half of a month."""
    with closing(sqlite3.connect(file)) as other, other:
        other.execute("DELETE FROM runs")

    problem = Store.restore(file, tmp_path / "新.db")

    assert problem is not None
    assert "H704" == problem.code


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder that nobody may write to")
def test_where_nobody_may_write_there_is_no_backup(file: Path) -> None:
    """Said as a problem of the place, not of the store."""
    with Store.open(file) as store:
        problem = store.backup(Path("/proc/备份.db"))

    assert problem is not None
    assert ("H710", "没有权限，或所在的文件夹不能写") == (problem.code, _reason(problem))


# Killed, and not alone

CHILD = """
import os, signal, sys
from sqlalchemy import Engine, event
sys.path.insert(0, {tests!r})
from test_history import NOON, Store, a_run, VerdictRow
from dataclasses import replace
stop = int(sys.argv[2])
if stop:
    seen = 0
    @event.listens_for(Engine, "after_cursor_execute")
    def count(*_):
        global seen
        seen += 1
        if seen == stop:
            os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
print("ready", flush=True)
with Store.open(sys.argv[1]) as store:
    for number in range(1, 1000):
        villages = {{f"{{village}}村": number for village in range(30)}}
        run = a_run({{f"第{{township}}镇": villages for township in range(5)}})
        verdicts = [VerdictRow(one.unit, f"CY-{{criterion}}", "met") for one in run.results for criterion in range(10)]
        store.record(replace(run, verdicts=verdicts))
        print(number, flush=True)
"""


def _killed(path: Path, stop: int = 0, delay: float | None = None) -> int:
    """Let a program record until it is killed, after a statement or after a time; how many runs it said were done."""
    child = subprocess.Popen(  # noqa: S603  itself
        [sys.executable, "-c", CHILD.format(tests=str(Path(__file__).parent)), str(path), str(stop)],
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    with child:
        assert child.stdout is not None
        child.stdout.readline()
        if delay is not None:
            with suppress(subprocess.TimeoutExpired):
                child.wait(delay)
            child.kill()
        said = child.stdout.read().split()
    return int(said[-1]) if said else 0


def _whole(path: Path, said: int) -> None:
    """Every run in the store is there whole, and every run that was said to be recorded is there."""
    with Store.open(path) as store:
        runs = store.runs()

        assert said <= len(runs) <= said + 1
        assert all(len(store.verdicts(run.run_id)) == 1500 for run in runs)
        assert all(len(store.results(run.run_id)) == 150 for run in runs)
        if runs:
            assert {float(len(runs))} == {
                value for villages in values(the_month(store)).values() for value in villages.values()
            }
    with closing(sqlite3.connect(path)) as connection:
        assert [("ok",)] == connection.execute("PRAGMA integrity_check").fetchall()
        assert [] == connection.execute("PRAGMA foreign_key_check").fetchall()


@pytest.mark.slow
@pytest.mark.parametrize("stop", [1, 2, 5, 9, 17, 30, 40, 50, 55, 60, 64, 70, 80])
def test_killed_after_any_statement_a_store_is_as_before_or_as_after(tmp_path: Path, stop: int) -> None:
    """While it is made and while runs are recorded."""
    path = tmp_path / "starcheck.db"

    _whole(path, _killed(path, stop))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_killed_at_any_moment_a_store_is_as_before_or_as_after(tmp_path: Path, seed: int) -> None:
    """Between statements too, and while the file is being written."""
    path = tmp_path / "starcheck.db"

    _whole(path, _killed(path, delay=random.Random(seed).uniform(0, 0.4)))  # noqa: S311  no secret


def test_programs_that_record_at_once_wait_for_each_other(target: str | Path) -> None:
    """Everything is recorded, and no two runs have the same number."""
    Store.open(target).close()

    def record(county: str) -> None:
        with Store.open(target) as store:
            for number in range(5):
                store.record(a_run({"马庄桥镇": {"东关村": number}}, county=county))

    threads = [threading.Thread(target=record, args=(county,)) for county in ("清丰县", "南乐县", "范县")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with Store.open(target) as store:
        assert list(range(15, 0, -1)) == [run.number for run in store.runs()]
        assert [{"马庄桥镇": {"东关村": 4}}] * 3 == [values(store.month(county)[0]) for county in store.counties()]


def test_a_run_that_does_not_fit_on_the_disk_leaves_the_store_as_before(file: Path) -> None:
    """The disk is full in the middle of the transaction: the problem is said, the month is what it was."""
    with Store.open(file) as store:
        store._connection.exec_driver_sql("PRAGMA max_page_count = 60")
        store._connection.rollback()

        with pytest.raises(StoreProblem) as raised:
            store.record(a_run({f"第{number}镇": {f"{village}村": 1 for village in range(50)} for number in range(17)}))

        assert ("H701", "磁盘已满") == (raised.value.diagnostic.code, _reason(raised.value.diagnostic))
        assert {"马庄桥镇": {"东关村": 4.2}} == values(the_month(store))


def _reason(diagnostic: Diagnostic) -> str:
    return diagnostic.arguments["reason"][0]


def test_a_shared_store_in_use_is_waited_for_and_then_said(shared_store: str) -> None:
    """On a server too, somebody else's lock is a sentence and not a traceback; reading goes on meanwhile."""
    with Store.open(shared_store, wait=0.05) as store, Store.open(shared_store) as other:
        with other._connection.begin():
            other._connection.exec_driver_sql("LOCK TABLE runs IN SHARE ROW EXCLUSIVE MODE")
            with pytest.raises(StoreProblem) as raised:
                store.record(a_run({"马庄桥镇": {"东关村": 4.2}}))

            assert "H702" == raised.value.diagnostic.code
            assert () == store.runs()
        assert store.record(a_run({"马庄桥镇": {"东关村": 4.2}})).new


def test_a_schema_that_is_not_there_is_said_to_be_none(shared_store: str) -> None:
    """And not an error of the program."""
    (problem,) = _unusable(f"{shared_store}_not")

    assert ("H716", "地址里写的模式（schema）不存在") == (problem.code, _reason(problem))


def test_a_database_that_cannot_hold_chinese_is_said_to_be_none(shared_store: str) -> None:
    """The address is right, the server answers, and the text does not fit."""
    name = f"starcheck_{uuid.uuid4().hex}"
    engine = create_engine(shared_store, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
        try:
            with (
                Store.open(make_url(shared_store).set(database=name, query={}).render_as_string()) as store,
                pytest.raises(StoreProblem) as raised,
            ):
                store.record(a_run({"马庄桥镇": {"东关村": 4.2}}))
        finally:
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    engine.dispose()

    assert ("H716", True) == (raised.value.diagnostic.code, "UTF8" in _reason(raised.value.diagnostic))


def test_a_server_that_goes_away_is_said_to_be_gone(shared_store: str, tmp_path: Path) -> None:
    """In the middle of the work; and a store on a server is not copied into a file."""
    with Store.open(shared_store) as store, Store.open(shared_store) as other:
        problem = store.backup(tmp_path / "备份.db")
        assert problem is not None
        assert "H713" == problem.code

        with store._connection.begin():
            process = store._connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
        with other._connection.begin():
            other._connection.exec_driver_sql(f"SELECT pg_terminate_backend({process})")
        with pytest.raises(StoreProblem) as raised:
            store.record(a_run({"马庄桥镇": {"东关村": 4.2}}))

        assert "H716" == raised.value.diagnostic.code
        assert () == other.runs()


def test_a_bug_is_not_a_problem_of_the_store(store: Store) -> None:
    """What no user could mend is not worded as if one could."""
    with store._connection.begin():
        store._connection.exec_driver_sql("DROP VIEW current_tiers")
        store._connection.exec_driver_sql("DROP VIEW current_rows")

    with pytest.raises(Exception, match="current_rows") as raised:
        store.record(a_run({"马庄桥镇": {"东关村": 4.2}}))

    assert not isinstance(raised.value, StoreProblem)


# Every code


def _unusable(target: str | Path, **options: Any) -> list[Diagnostic]:
    with pytest.raises(StoreProblem) as raised:
        Store.open(target, **options).close()
    return [raised.value.diagnostic]


def _no_folder(folder: Path) -> list[Diagnostic]:
    return _unusable(folder / "没有" / "starcheck.db")


def _locked(folder: Path) -> list[Diagnostic]:
    with Store.open(folder / "s.db", wait=0.05) as store, closing(sqlite3.connect(folder / "s.db")) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreProblem) as raised:
            store.record(a_run({"马庄桥镇": {"东关村": 4.2}}))
    return [raised.value.diagnostic]


def _newer(folder: Path) -> list[Diagnostic]:
    Store.open(folder / "s.db").close()
    with closing(sqlite3.connect(folder / "s.db")) as other, other:
        other.execute("INSERT INTO starcheck_schema VALUES (99, 'of a later day')")
    problem = Store.restore(folder / "s.db", folder / "新.db")
    return [*_unusable(folder / "s.db"), *([problem] if problem else [])]


def _older(folder: Path) -> list[Diagnostic]:
    Store.open(folder / "s.db").close()
    with closing(sqlite3.connect(folder / "s.db")) as other, other:
        other.execute("DELETE FROM starcheck_schema WHERE version > 1")
    with pytest.raises(StoreProblem) as problem:
        Store.open(folder / "s.db", read_only=True)
    return [problem.value.diagnostic]


def _not_a_store(folder: Path) -> list[Diagnostic]:
    (folder / "6月台账.xlsx").write_bytes(b"PK\x03\x04" * 400)
    with closing(sqlite3.connect(folder / "别的.db")) as other:
        other.execute("CREATE TABLE villages (name)")
    return [*_unusable(folder / "6月台账.xlsx"), *_unusable(folder / "别的.db")]


def _kept(folder: Path) -> list[Diagnostic]:
    with Store.open(folder / "s.db") as store:
        store.record(a_run({"马庄桥镇": {"东关村": 4.2, "西李家": 3}}))
        return list(store.record(a_run({"马庄桥镇": {"东关村": 5.5}})).diagnostics)


def _two_counties(folder: Path) -> list[Diagnostic]:
    with Store.open(folder / "s.db") as store:
        store.record(a_run({"马庄桥镇": {"东关村": 4.2}}))
        store.record(a_run({"马庄桥镇": {"东关村": 4.2}}, county="清河县"))
        return list(store.month("清")[1])


def _nothing_recorded(folder: Path) -> list[Diagnostic]:
    with Store.open(folder / "s.db") as store:
        return list(store.month("清丰", period="2022-13")[1])


def _no_such_run(folder: Path) -> list[Diagnostic]:
    with Store.open(folder / "s.db") as store:
        return [*store.run("99")[1], *store.undo("99", NOON)[1]]


def _undone_twice(folder: Path) -> list[Diagnostic]:
    with Store.open(folder / "s.db") as store:
        run_id = store.record(a_run({"马庄桥镇": {"东关村": 4.2}})).run_id
        store.undo(run_id, NOON)
        return list(store.undo(run_id, NOON)[1])


def _bad_copies(folder: Path) -> list[Diagnostic]:
    (folder / "已有.db").write_text("别人的", encoding="utf-8")
    with Store.open(folder / "s.db") as store:
        problems = [
            store.backup(folder / "已有.db"),
            store.backup(folder),
            store.backup(folder / "没有" / "备份.db"),
            store.backup(folder / "s.db", force=True),
        ]
    problems += [
        Store.restore(folder / "没有.db", folder / "新.db"),
        Store.restore(folder / "s.db", folder / "已有.db"),
        Store.restore(folder / "s.db", folder / "s.db", force=True),
    ]
    assert "别人的" == (folder / "已有.db").read_text(encoding="utf-8")
    assert all(problems)
    return [problem for problem in problems if problem is not None]


def _old_again(folder: Path) -> list[Diagnostic]:
    with Store.open(folder / "s.db") as store:
        store.record(a_run({"马庄桥镇": {"东关村": 4.2}, "高堡乡": {"孟村": 6}}))
        store.record(a_run({"马庄桥镇": {"东关村": 5.5}}))
        again = store.record(a_run({"马庄桥镇": {"东关村": 4.2}, "高堡乡": {"孟村": 6}}))
        assert not again.new
        return list(again.diagnostics)


def test_a_scheme_that_was_changed_back_is_not_in_force(tmp_path: Path) -> None:
    """The same files by an earlier text of the scheme are an earlier run, and the month goes by the later one: H711."""
    with Store.open(tmp_path / "s.db") as store:
        store.record(a_run({"马庄桥镇": {"东关村": 4.2}}))
        later = store.record(a_run({"马庄桥镇": {"东关村": 4.2}}, scheme_sha256="7d" * 32))
        again = store.record(a_run({"马庄桥镇": {"东关村": 4.2}}))

        assert not again.new
        assert [("H711", later.run_id)] == [(said.code, said.arguments["newer"]) for said in again.diagnostics]

        store.undo(later.run_id, NOON)

        assert () == store.record(a_run({"马庄桥镇": {"东关村": 4.2}})).diagnostics


def _two_schemes(folder: Path) -> list[Diagnostic]:
    with Store.open(folder / "s.db") as store:
        store.record(a_run({"马庄桥镇": {"东关村": 4.2}}))
        store.record(a_run({"马庄桥镇": {"东关村": 4.2}}, scheme_id="wuxing-urban"))
        return list(store.month("清丰")[1])


def _server(folder: Path) -> list[Diagnostic]:
    problem = Store.restore(folder / "备份.db", "postgresql://somebody:secret@localhost/starcheck")
    assert problem is not None
    return [problem]


def _no_store(folder: Path) -> list[Diagnostic]:
    problems = _unusable(folder / "starcheck.db", create=False)
    assert not (folder / "starcheck.db").exists()
    return problems


def _two_runs(folder: Path) -> list[Diagnostic]:
    with Store.open(folder / "s.db") as store:
        run = a_run({"马庄桥镇": {"东关村": 4.2}})
        store.undo(store.record(run).run_id, NOON)
        store.record(run)
        return list(store.run(identity_of(run)[:8])[1])


def _no_server(_: Path) -> list[Diagnostic]:
    return [
        *_unusable("oracle://somebody:secret@localhost/starcheck"),
        *_unusable("postgresql://somebody:secret@localhost:1/starcheck", wait=1),
        *_unusable("nonsense://somebody:secret@"),
    ]


def _read_otherwise(folder: Path) -> list[Diagnostic]:
    """One township recorded by 亩, another in the same month after the scheme's unit became %."""
    asked = "至少: 3"
    for name, town, share in (("old", "乙乡", ("数值", "亩")), ("new", "丙乡", ("比例", '"%"'))):
        kind, unit = share
        text = scheme_text({"星": ("全部", [criterion("X1", asked, kind, f"单位: {unit}")])})
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
        ledger = delimited(
            folder / f"{town}2022年6月.csv", [["县", "乡镇", "村名", "X1"], ["甲县", town, f"{name}村", 5]]
        )
        told = ["--scheme", str(folder / f"{name}.yaml"), "--store", str(folder / "s.db"), "-q"]
        assert 0 == CliRunner().invoke(app, ["score", str(ledger), *told]).exit_code
    with Store.open(folder / "s.db") as store:
        month, _ = store.month("甲县", "test")
    assert month is not None
    return [problem for problem in recorded_outcome(month, Settings()).diagnostics if problem.code.startswith("H")]


def _final_already(folder: Path) -> list[Diagnostic]:
    with Store.open(folder / "s.db") as store:
        store.record(a_run({"马庄桥镇": {"东关村": 4.2}}))
        made_final(store)
        return list(store.record(a_run({"马庄桥镇": {"东关村": 5}})).diagnostics)


def _not_final_yet(folder: Path) -> list[Diagnostic]:
    with Store.open(folder / "s.db") as store:
        store.record(a_run({"马庄桥镇": {"东关村": 4.2}}))
        return [
            *store.finalize(a_run({}), [1, 2])[1],
            unfit_for_final("清丰县", "2022-06", "open", unreported=3, open=2),
        ]


def _changed_outside(folder: Path) -> list[Diagnostic]:
    with Store.open(folder / "s.db") as store:
        store.record(a_run({"马庄桥镇": {"东关村": 4.2}}))
        with store._connection.begin():
            store._connection.execute(text("UPDATE unit_results SET tier = 5"))
        return list(verify(store)[1])


def _otherwise_by_now(folder: Path) -> list[Diagnostic]:
    """A month that was made final when a village had more stars than it comes to now."""
    text = scheme_text({"星": ("全部", [criterion("X1", "至少: 3", "数值")])})
    (folder / "s.yaml").write_text(text, encoding="utf-8")
    rows = [["县", "乡镇", "村名", "X1"], *(["甲县", "乙乡", f"{number}号村", 2] for number in range(1, 13))]
    ledger = delimited(folder / "乙乡2022年6月.csv", rows)
    told = ["--scheme", str(folder / "s.yaml"), "--store", str(folder / "s.db"), "-q"]
    assert 0 == CliRunner().invoke(app, ["score", str(ledger), *told]).exit_code
    with Store.open(folder / "s.db") as store:
        month, _ = store.month()
        assert month is not None
        outcome = recorded_outcome(month, Settings())
        record = final_record(month, outcome, NOON, "0.0.1")
        store.finalize(replace(record, results=[replace(one, tier=1) for one in record.results]), month.rests_on)
        month, _ = store.month()
        assert month is not None
        return list(unlike_final(store, month, outcome))


SITUATIONS: dict[str, Callable[[Path], list[Diagnostic]]] = {
    "H701": _no_folder,
    "H702": _locked,
    "H703": _newer,
    "H704": _not_a_store,
    "H705": _kept,
    "H706": _two_counties,
    "H707": _nothing_recorded,
    "H708": _no_such_run,
    "H709": _undone_twice,
    "H710": _bad_copies,
    "H711": _old_again,
    "H712": _two_schemes,
    "H713": _server,
    "H714": _no_store,
    "H715": _two_runs,
    "H716": _no_server,
    "H717": _read_otherwise,
    "H718": _final_already,
    "H719": _not_final_yet,
    "H720": _changed_outside,
    "H721": _otherwise_by_now,
    "H722": _older,
}


def test_every_code_of_the_family_has_its_situation() -> None:
    """A code that nothing can raise would be a promise that nobody keeps."""
    assert {code for code in catalogue() if code.startswith("H7")} == set(SITUATIONS)


@pytest.mark.parametrize("code", SITUATIONS)
def test_every_code_fires_and_reads_well(tmp_path: Path, code: str) -> None:
    """In its situation, with every slot of its texts filled in both languages, and without a password."""
    said = SITUATIONS[code](tmp_path)

    assert {code} == set(codes(said))
    for one in said:
        for lang in ("zh", "en"):
            assert one.title(lang)
            assert "{" not in one.message(lang) + one.hint(lang)
            assert "secret" not in one.message(lang) + one.hint(lang)


def test_a_folder_is_no_store(tmp_path: Path) -> None:
    """SQLite would only say that it cannot open the file."""
    assert [("H701", "这是一个文件夹")] == [(one.code, _reason(one)) for one in _unusable(tmp_path)]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_read_only_store_can_be_read(file: Path) -> None:
    """Reports need no permission to write; recording says what it lacks."""
    file.chmod(0o444)
    with Store.open(file, create=False) as store:
        assert {"马庄桥镇": {"东关村": 4.2}} == values(the_month(store))

        with pytest.raises(StoreProblem) as raised:
            store.record(a_run({"马庄桥镇": {"东关村": 5.5}}))

    assert "H701" == raised.value.diagnostic.code


def test_a_name_that_no_system_takes_is_no_store(tmp_path: Path) -> None:
    """Too long a name is a sentence too."""
    assert ["H701"] == codes(_unusable(tmp_path / ("县" * 300)))


def test_text_that_is_none_is_damage(file: Path) -> None:
    """Bytes that are no UTF-8 in a column of text are said to be damage when they are met."""
    with closing(sqlite3.connect(file)) as other, other:
        other.execute("UPDATE runs SET version = CAST(x'ff' AS TEXT)")
    with Store.open(file) as store, pytest.raises(StoreProblem) as raised:
        store.runs()

    assert "H704" == raised.value.diagnostic.code


def test_nothing_is_read_from_an_empty_file(tmp_path: Path) -> None:
    """Where a report is asked for, an empty file is no store and stays empty."""
    path = tmp_path / "starcheck.db"
    path.touch()

    assert ["H714"] == codes(_unusable(path, create=False))
    assert 0 == path.stat().st_size


def test_an_undoing_without_a_time_zone_is_a_bug(file: Path) -> None:
    """Like a run without one."""
    with Store.open(file) as store, pytest.raises(ValueError, match="time zone"):
        store.undo("1", NOON.replace(tzinfo=None))


def test_a_url_of_sqlite_is_its_file(tmp_path: Path) -> None:
    """``--store`` takes either."""
    with Store.open(f"sqlite:///{tmp_path / '县.db'}") as store:
        assert tmp_path / "县.db" == store.path


def test_times_come_back_with_their_zone(store: Store) -> None:
    """In whatever zone they were given."""
    moment = datetime(2022, 7, 1, 4, 0, 0, 123456, tzinfo=UTC)
    store.record(a_run({"马庄桥镇": {"东关村": 4.2}}, recorded_at=moment))

    assert moment == store.runs()[0].recorded_at
    assert moment.utcoffset() == store.runs()[0].recorded_at.utcoffset()


def test_every_write_begins_by_taking_the_lock(file: Path) -> None:
    """Two programs that first read and then write would deadlock in the middle of a run."""
    begun: list[str] = []
    with Store.open(file) as store:
        event.listen(store._engine, "before_cursor_execute", lambda *seen: begun.append(seen[2]))
        store.record(a_run({"马庄桥镇": {"东关村": 5.5}}))
        store.undo("2", NOON)
        store.runs()

    assert ["BEGIN IMMEDIATE", "BEGIN IMMEDIATE", "BEGIN"] == [one for one in begun if one.startswith("BEGIN")]
