"""``batch`` as it is run: what is new is done, what is done is left alone, a bad county keeps no other."""

from __future__ import annotations

import csv
import io
import json
import shutil
import sqlite3
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from batching import (
    APRIL,
    NOW,
    OUTPUTS,
    batch,
    contents,
    failing_fourth,
    file_of,
    killing_always,
    killing_fourth,
    now,
    office,
    states,
    tree,
)
from making import delimited
from starcheck import __version__
from starcheck.batch import How, read_job, run_batch
from starcheck.batch_settings import CountyJob
from starcheck.cli import app
from starcheck.commands import Shown
from starcheck.county_work import CountyDone, Errand, do_county
from starcheck.history import Store
from starcheck.recording import diagnostic_of
from starcheck.workspace import settings
from test_codes import check_words
from test_cycle import ALL, HEADER, NONE, SCHEME, TWO


def job_of(config: Path) -> CountyJob:
    """The first county of a file."""
    return read_job(config, settings({}, {}, config.parent, config))[0].counties[0]


def do(config: Path, version: str = "1.0", *, dry: bool = False) -> CountyDone:
    """The first county, done in this process."""
    done = do_county(job_of(config), Errand(NOW, version, now, dry))
    for record in (*done.said, *(record for month in done.months for record in month.said)):
        check_words(diagnostic_of(record))
    return done


def codes(done: CountyDone) -> list[str]:
    """The codes of what is said of a county as a whole."""
    return [record["code"] for record in done.said]


def tiers(config: Path, period: str, county: str = "甲县") -> dict[str, int | None]:
    """The tiers in the results of a month."""
    text = (config.parent / "out" / county / period / "report.json").read_text(encoding="utf-8")
    return {unit["name"]: unit["tier"] for unit in json.loads(text)["units"]}


def recorded(config: Path) -> int:
    """How many runs are recorded."""
    with Store.open(config.parent / "starcheck.db", create=False) as store:
        return len(store.runs())


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace of one county with three months."""
    monkeypatch.chdir(tmp_path)
    return office(tmp_path, "甲县")


# --- done, and left alone ---------------------------------------------------------------------------------------------


def test_a_batch_from_the_beginning(tmp_path: Path) -> None:
    """Two counties with three months each: everything that is asked for is there, is said, and is in the log."""
    config = office(tmp_path, "甲县", "乙县")
    code, document, said = batch(config)

    assert 0 == code, said
    done = dict.fromkeys(("2022-04", "2022-05", "2022-06"), "done")
    assert {"甲县": done, "乙县": done} == states(document)
    first = {*OUTPUTS, "manifest.json"} - {"moves.json"}
    assert first == {path.name for path in (tmp_path / "out" / "甲县" / "2022-04").iterdir()}
    assert first | {"moves.json"} == {path.name for path in (tmp_path / "out" / "乙县" / "2022-06").iterdir()}
    assert "东乡" in (tmp_path / "out" / "甲县" / "2022-05" / "rank.csv").read_text(encoding="utf-8-sig")
    reminders = (tmp_path / "out" / "甲县" / "2022-06" / "reminders.md").read_text(encoding="utf-8")
    assert "北乡" in reminders
    log = [json.loads(line) for line in (tmp_path / "batch.jsonl").read_text(encoding="utf-8").splitlines()]
    assert ["start", *["month"] * 3, "county", *["month"] * 3, "county", "end"] == [line["event"] for line in log]
    assert {"甲县", "乙县"} == {line["county"] for line in log if "county" in line}
    for line in log:
        assert datetime.fromisoformat(line["time"]).tzinfo is not None
    month = next(line for line in log if line["event"] == "month")
    assert {"county", "scheme", "period", "state", "counts", "codes", "seconds", "exit", "runs"} <= month.keys()
    assert (3, 1, 5) == (len(month["files"]), month["runs"], month["counts"]["units"])


def test_nothing_new(config: Path) -> None:
    """It says so, exit 0; not a byte of results or store is touched."""
    assert 0 == batch(config)[0]
    before = {name: found for name, found in tree(config.parent).items() if name != "batch.jsonl"}
    code, document, said = batch(config)
    after = {name: found for name, found in tree(config.parent).items() if name != "batch.jsonl"}

    assert 0 == code, said
    assert {"same"} == set(states(document)["甲县"].values())
    locks = {".starcheck-batch.lock", "out/甲县/.starcheck-batch.lock"}
    assert {name: found for name, found in before.items() if name not in locks} == {
        name: found for name, found in after.items() if name not in locks
    }
    words = batch_words(config)
    assert "都没有新东西" in words


def batch_words(config: Path, *words: str) -> str:
    """What the batch prints for people."""
    return CliRunner().invoke(app, ["batch", str(config), *words]).stdout


def test_copied_files_are_not_new(config: Path) -> None:
    """Other times of the same bytes, and a new home of the whole workspace, change nothing."""
    do(config)
    for path in (config.parent / "收件").rglob("*.csv"):
        content = path.read_bytes()
        path.unlink()
        path.write_bytes(content)
    moved = config.parent / "elsewhere"
    shutil.copytree(config.parent, moved, ignore=shutil.ignore_patterns("elsewhere"))

    assert {"same"} == {month.state for month in do(config).months}
    assert {"same"} == {month.state for month in do(moved / "starcheck.toml").months}


@pytest.mark.parametrize("name", ["rank.csv", "manifest.json", "report.json", "."])
def test_results_that_are_gone_are_made_again(config: Path, name: str) -> None:
    """With the same bytes, without rating the files again; the other months are left alone."""
    do(config)
    folder = config.parent / "out" / "甲县" / "2022-05"
    before = contents(folder)
    shutil.rmtree(folder) if name == "." else (folder / name).unlink()
    done = do(config)

    assert {"2022-04": "same", "2022-05": "done", "2022-06": "same"} == {one.period: one.state for one in done.months}
    assert before == contents(folder)
    assert (3, 0) == (recorded(config), done.months[1].runs)


def test_altered_results_are_made_again(config: Path) -> None:
    """What is in the folder is what the store says; a file of somebody's own stays."""
    do(config)
    folder = config.parent / "out" / "甲县" / "2022-05"
    before = contents(folder)
    (folder / "report.md").write_text("五星 500 个", encoding="utf-8")
    (folder / "批示.txt").write_text("同意", encoding="utf-8")
    do(config)

    assert before | {"批示.txt": "同意".encode()} == contents(folder)


def test_outputs_that_are_asked_for_no_more_vanish(config: Path) -> None:
    """And new ones come; nothing is recorded for it."""
    do(config)
    config.write_text(config.read_text(encoding="utf-8").replace('"rank.csv"', '"rank.md"'), encoding="utf-8")
    done = do(config)
    names = {path.name for path in (config.parent / "out" / "甲县" / "2022-06").iterdir()}

    assert {"done"} == {month.state for month in done.months}
    assert (True, False) == ("rank.md" in names, "rank.csv" in names)
    assert 3 == recorded(config)


def test_a_new_file_is_read_alone(config: Path) -> None:
    """A township that comes later is one run of one file; months after it are made again, those before are not."""
    (config.parent / "收件" / "甲县" / "2022-05" / "北乡.csv").unlink()
    first = do(config)

    assert [0, 3, 0] == [month.exit for month in first.months]
    file_of(config.parent / "收件" / "甲县" / "2022-05", "北乡", ALL | {"戊村": NONE})
    done = do(config)
    states_now = [(month.state, month.files, month.runs) for month in done.months]

    assert [("same", (), 0), ("done", ("2022-05/北乡.csv",), 1), ("done", (), 0)] == states_now
    assert [0, 0, 0] == [month.exit for month in done.months]
    assert 4 == recorded(config)


def test_a_changed_file_counts(config: Path) -> None:
    """Somebody puts a corrected workbook in the place of the first."""
    do(config)
    file_of(config.parent / "收件" / "甲县" / "2022-06", "东乡", ALL | {"乙村": TWO})
    done = do(config)

    assert ("2022-06/东乡.csv",) == done.months[2].files
    assert 2 == tiers(config, "2022-06")["乙村"]
    file_of(config.parent / "收件" / "甲县" / "2022-06", "东乡", ALL)  # and back to what it was
    do(config)

    assert 0 == tiers(config, "2022-06")["乙村"]


def test_late_and_corrected_come_after_what_came_in_time(config: Path) -> None:
    """In one batch as in several, and again when all is rated anew."""
    inbox = config.parent / "收件" / "甲县"
    (inbox / "2022-06" / "西乡.csv").unlink()
    file_of(inbox / "2022-06-补报", "西乡", ALL | {"丙村": NONE})
    file_of(inbox / "2022-06-更正", "西乡", ALL | {"丙村": TWO})
    file_of(inbox / "2022-06-更正", "东乡", ALL | {"乙村": TWO})
    done = do(config)

    assert 3 == done.months[2].runs
    assert (2, 2) == (tiers(config, "2022-06")["丙村"], tiers(config, "2022-06")["乙村"])

    scheme = config.parent / "criteria" / "monthly.yaml"
    scheme.write_text(SCHEME.replace("至少: 5", "至少: 6"), encoding="utf-8")
    done = do(config)

    assert {"done"} == {month.state for month in done.months}
    assert (2, 2) == (tiers(config, "2022-06")["丙村"], tiers(config, "2022-06")["乙村"])


def test_a_late_township_does_not_bring_back_what_was_corrected(config: Path) -> None:
    """What is in the folder of the month is not read again with it."""
    inbox = config.parent / "收件" / "甲县"
    (inbox / "2022-06" / "西乡.csv").unlink()
    file_of(inbox / "2022-06-更正", "东乡", ALL | {"乙村": TWO})
    do(config)
    file_of(inbox / "2022-06", "西乡", ALL)
    do(config)

    assert 2 == tiers(config, "2022-06")["乙村"]
    (config.parent / "register.csv").write_bytes((config.parent / "register.csv").read_bytes() + b"\r\n")
    done = do(config)

    assert "名册改了" in [text for text, _ in done.months[2].why]
    assert 2 == tiers(config, "2022-06")["乙村"]


def test_another_version_looks_at_everything_again(config: Path) -> None:
    """Once; where it reads nothing otherwise nothing is recorded, and the corrections stay corrections."""
    file_of(config.parent / "收件" / "甲县" / "2022-06-更正", "东乡", ALL | {"乙村": TWO})
    do(config)
    done = do(config, "1.1")

    assert [["程序换了版本"]] * 3 == [[text for text, _ in month.why] for month in done.months]
    assert 4 == recorded(config)
    assert 2 == tiers(config, "2022-06")["乙村"]
    assert {"same"} == {month.state for month in do(config, "1.1").months}


def test_a_store_that_is_gone_is_made_again(config: Path) -> None:
    """The results alone are no proof that anything is recorded."""
    do(config)
    before = contents(config.parent / "out")
    for path in config.parent.glob("starcheck.db*"):
        path.unlink()
    done = do(config)

    assert [1, 1, 1] == [month.runs for month in done.months]
    assert before == contents(config.parent / "out")


def test_what_was_recorded_by_hand_is_known(config: Path) -> None:
    """A month that somebody scored before the first batch is not rated again; its results are made."""
    words = ["score", "收件/甲县/2022-04", "--scheme", "monthly", "--register", "register.csv", "--county", "甲县"]
    assert 0 == CliRunner().invoke(app, [*words, "--period", "2022-04"]).exit_code
    done = do(config, __version__)

    assert [0, 1, 1] == [month.runs for month in done.months]
    assert [("还没有结果", "no results yet")] == list(done.months[0].why)


def by_hand(file: Path, *words: str) -> None:
    """Score one file of the inbox under the settings of the batch."""
    told = ["score", str(file), "--scheme", "monthly", "--register", "register.csv", "--county", "甲县", *words]
    result = CliRunner().invoke(app, [*told, "--period", file.parent.name])
    assert 0 == result.exit_code, result.output


def test_a_changed_file_that_was_scored_by_hand_is_known(config: Path) -> None:
    """Its results are made, once; put back to what it was, it is changed again, as if no hand had been in between."""
    do(config, __version__)
    june = config.parent / "收件" / "甲县" / "2022-06"
    by_hand(file_of(june, "东乡", ALL | {"乙村": TWO}))
    done = do(config, __version__)

    assert [(0, ("历史库里这个月或以前的月份变了", "this month or one before it changed in the store"))] == [
        (month.runs, why) for month in done.months for why in month.why
    ]
    assert 2 == tiers(config, "2022-06")["乙村"]
    assert {"same"} == {month.state for month in do(config, __version__).months}

    file_of(june, "东乡", ALL)
    done = do(config, __version__)

    assert (1, ("2022-06/东乡.csv",), 0) == (
        done.months[2].runs,
        done.months[2].files,
        tiers(config, "2022-06")["乙村"],
    )
    assert {"same"} == {month.state for month in do(config, __version__).months}


def test_a_final_month_corrected_by_hand_has_nothing_new(config: Path) -> None:
    """What H718 tells one to do is the end of it, and no work for every hour."""
    do(config, __version__)
    words = ["history", "finalize", "--county", "甲县", "--period", "2022-04", "--scheme", "monthly"]
    assert 0 == CliRunner().invoke(app, words).exit_code
    file = file_of(config.parent / "收件" / "甲县" / "2022-04", "东乡", ALL | {"乙村": TWO})
    assert "failed" == do(config, __version__).months[0].state
    by_hand(file, "--correction", "数报错了")

    assert "done" == do(config, __version__).months[0].state
    assert 2 == tiers(config, "2022-04")["乙村"]
    assert {"same"} == {month.state for month in do(config, __version__).months}


def test_what_was_undone_stays_undone(config: Path) -> None:
    """B826, until the file changes; months after it are made again."""
    inbox = config.parent / "收件" / "甲县"
    file_of(inbox / "2022-06-更正", "东乡", ALL | {"乙村": TWO})
    do(config)
    with Store.open(config.parent / "starcheck.db") as store:
        newest = store.runs()[0].run_id
        store.undo(newest, NOW, "发错了")
    done = do(config)

    assert ["B826"] == codes(done)
    assert [("历史库里这个月或以前的月份变了", "this month or one before it changed in the store")] == list(
        done.months[2].why
    )
    assert 0 == tiers(config, "2022-06")["乙村"]
    assert {"same"} == {month.state for month in do(config).months}
    file_of(inbox / "2022-06-更正", "东乡", ALL | {"甲村": NONE})
    do(config)

    assert 0 == tiers(config, "2022-06")["甲村"]


def test_a_departments_reply_is_something_new(config: Path) -> None:
    """The months of its quarter are made again, by it; then there is nothing new, also where a file came after it."""
    batch(config)
    before = tiers(config, "2022-05")
    reply = delimited(
        config.parent / "回复.csv",
        [["乡镇", "村名", "编号", "确认", "发生日期"], ["东乡", "甲村", "FM", "是", "2022-05-09"]],
    )
    told = ("vetoes", "--county", "甲县", "--quarter", "2022Q2", "--reply", str(reply))
    assert 0 == CliRunner().invoke(app, told).exit_code

    assert {"2022-04": "done", "2022-05": "done", "2022-06": "done"} == states(batch(config)[1])["甲县"]
    assert before | {"甲村": None} == tiers(config, "2022-05")
    assert tiers(config, "2022-04")["甲村"] is not None
    assert {"same"} == set(states(batch(config)[1])["甲县"].values())
    file_of(config.parent / "收件" / "甲县" / "2022-06", "东乡", ALL | {"乙村": TWO})
    batch(config)
    assert tiers(config, "2022-06")["甲村"] is None
    assert {"same"} == set(states(batch(config)[1])["甲县"].values())


def test_a_final_month_stays_as_it_is(config: Path) -> None:
    """A changed scheme leaves it alone; a new file is refused, with exit code 2, until it is a correction."""
    do(config)
    words = ["history", "finalize", "--county", "甲县", "--period", "2022-04", "--scheme", "monthly"]
    ended = CliRunner().invoke(app, words)
    assert 0 == ended.exit_code, ended.output
    scheme = config.parent / "criteria" / "monthly.yaml"
    scheme.write_text(SCHEME.replace("至少: 5", "至少: 10"), encoding="utf-8")
    done = do(config)

    assert [0, 1, 1] == [month.runs for month in done.months]
    assert "终评" in (config.parent / "out" / "甲县" / "2022-04" / "report.md").read_text(encoding="utf-8")
    file_of(config.parent / "收件" / "甲县" / "2022-04-更正", "东乡", ALL | {"乙村": TWO})
    done = do(config)

    assert (2, "failed", 0) == (done.months[0].exit, done.months[0].state, done.months[0].runs)


def test_what_a_final_month_refuses_a_dry_run_says(config: Path) -> None:
    """And no later month is to be done again for it."""
    do(config)
    CliRunner().invoke(app, ["history", "finalize", "--county", "甲县", "--period", "2022-04", "--scheme", "monthly"])
    do(config)
    file_of(config.parent / "收件" / "甲县" / "2022-04-更正", "东乡", ALL | {"乙村": TWO})
    planned, done = do(config, dry=True), do(config)

    assert [(2, "failed", 0), (0, "same", 0), (0, "same", 0)] == [(m.exit, m.state, m.runs) for m in planned.months]
    assert [month.stops for month in done.months] == [month.stops for month in planned.months]


def test_a_file_put_into_another_month_still_counts_where_it_was(config: Path) -> None:
    """B827 once, where it was and as long as its rows count; not for a file that a correction made empty of any."""
    inbox = config.parent / "收件" / "甲县"
    do(config)
    (inbox / "2022-05" / "西乡.csv").rename(inbox / "2022-06" / "西乡二.csv")
    file_of(inbox / "2022-06-更正", "东乡", ALL | {"乙村": TWO})
    (inbox / "2022-06" / "东乡.csv").unlink()
    planned, done = do(config, dry=True), do(config)

    assert (["B827"], ["B827"]) == (codes(planned), codes(done))
    assert ["same", "planned", "planned"] == [month.state for month in planned.months]
    assert ["same", "done", "done"] == [month.state for month in done.months]
    assert [("收件里不在了的文件：2022-05/西乡.csv", "no longer in the inbox: 2022-05/西乡.csv")] == list(
        done.months[1].why
    )
    assert "2-" in done.said[0]["arguments"]["run"]
    again = do(config)
    assert ([], {"same"}) == (codes(again), {month.state for month in again.months})


def test_a_month_that_has_no_file_any_more_but_in_another(config: Path) -> None:
    """The folder was called by the wrong month."""
    inbox = config.parent / "收件" / "甲县"
    do(config)
    (inbox / "2022-06").rename(inbox / "2022-07")
    done = do(config)

    assert ["B827"] == codes(done)
    assert ["same", "same", "done", "done"] == [month.state for month in done.months]
    assert {"same"} == {month.state for month in do(config).months}


@pytest.mark.parametrize("taken_out", [False, True])
def test_results_of_what_counts_no_more_are_taken_away(config: Path, *, taken_out: bool) -> None:
    """A month's only run was undone: once, and what somebody else put there stays."""
    do(config)
    out = config.parent / "out" / "甲县"
    (out / "2022-05" / "批注.txt").write_text("送审", encoding="utf-8")
    for period in ("2022-05", "2022-06"):
        words = ["history", "list", "--period", period, "--format", "json"]
        run = json.loads(CliRunner().invoke(app, words).stdout)[0]["run"]
        CliRunner().invoke(app, ["history", "undo", run, "--reason", "月份放错了"])
        if taken_out:
            shutil.rmtree(config.parent / "收件" / "甲县" / period)
    done = do(config)

    assert ["same", "done", "done"] == [month.state for month in done.months]
    assert ["2022-04", "2022-05"] == sorted(path.name for path in out.iterdir() if path.name[0] != ".")
    assert ["批注.txt"] == [path.name for path in (out / "2022-05").iterdir()]
    assert {"same"} == {month.state for month in do(config).months}


def test_a_month_without_a_unit_that_is_known_is_not_recorded(config: Path) -> None:
    """It fails, each time, and says why."""
    folder = config.parent / "收件" / "甲县" / "2022-07"
    folder.mkdir()
    delimited(folder / "东乡.csv", [HEADER, ["东乡", "无名村", 1, 9, "是", "是", "否"]])
    for _ in range(2):
        month = do(config).months[3]
        assert (3, "failed", 0) == (month.exit, month.state, month.runs)
        assert "R403" in {record["code"] for record in month.said}
    assert 3 == recorded(config)


def test_a_file_of_no_known_month_is_left_out(config: Path) -> None:
    """B821; also a register that lies in the inbox and is not named."""
    shutil.copy(config.parent / "register.csv", config.parent / "收件" / "甲县" / "名册.csv")
    shutil.copy(config.parent / "收件" / "甲县" / "2022-04" / "东乡.csv", config.parent / "收件" / "甲县" / "东乡.csv")
    done = do(config)

    assert ["B821", "B821"] == codes(done)
    assert 0 == done.exit


@pytest.mark.parametrize(("period", "months"), [("latest", ["2022-06"]), ("2022-05", ["2022-05"]), ("2021-01", [])])
def test_the_months_asked_for(config: Path, period: str, months: list[str]) -> None:
    """The latest, or one; where there is none of it that is said: B822."""
    config.write_text(config.read_text(encoding="utf-8") + f'period = "{period}"\n', encoding="utf-8")
    done = do(config)

    assert months == [month.period for month in done.months]
    assert ([] if months else ["B822"]) == codes(done)


def test_without_a_register_or_a_county_in_the_store_by_another_name(config: Path) -> None:
    """甲 is 甲县 by the store's name of it; the folder of results is called as the settings call it."""
    do(config)
    text = config.read_text(encoding="utf-8").replace('county = "甲县"', 'county = "甲"\ninbox = "收件/甲县"')
    config.write_text(text.replace('register = "register.csv"', ""), encoding="utf-8")
    done = do(config)

    assert 3 == recorded(config)
    assert {"done"} == {month.state for month in done.months}
    assert (config.parent / "out" / "甲" / "2022-04").is_dir()


# --- what goes wrong --------------------------------------------------------------------------------------------------


def test_a_bad_county_keeps_no_other(tmp_path: Path) -> None:
    """An unreadable file, a month of which nothing can be read, results that cannot be written."""
    config = office(tmp_path, "甲县", "乙县", "丙县", "丁县", months={"2022-04": ALL, "2022-05": ALL})
    (tmp_path / "收件" / "甲县" / "2022-04" / "北乡.xlsx").write_bytes(b"PK not a workbook")
    for path in (tmp_path / "收件" / "乙县" / "2022-04").iterdir():
        path.write_bytes(b"\x00\x01\x02")
    (tmp_path / "out" / "丙县").mkdir(parents=True)
    (tmp_path / "out" / "丙县" / "2022-04").write_bytes(b"in the way")
    code, document, said = batch(config)
    counties = {county["county"]: county for county in document["counties"]}

    assert 4 == code
    assert [3, 3, 4, 0] == [county["exit"] for county in counties.values()]
    assert {"2022-04": "failed", "2022-05": "done"} == states(document)["乙县"]
    assert {"2022-04": "failed", "2022-05": "done"} == states(document)["丙县"]
    assert "B823" in [found["code"] for found in counties["丙县"]["months"][0]["diagnostics"]]
    assert "丙县 2022-04" in said or "B823" in said
    code, document, _ = batch(config)

    assert 4 == code
    assert {"2022-04": "same", "2022-05": "same"} == states(document)["甲县"]
    assert {"2022-04": "failed", "2022-05": "same"} == states(document)["乙县"]


def test_what_one_county_lacks_on_the_disk_keeps_no_other(tmp_path: Path) -> None:
    """Its inbox, a file of its own, its scheme: each at its place in starcheck.toml; the others are done, exit 2."""
    config = office(tmp_path, "甲县", "乙县", "丙县", "丁县", months=APRIL)
    text = config.read_text(encoding="utf-8")
    text = text.replace('county = "乙县"', 'county = "乙县"\ntargets = "目标.csv"')
    text = text.replace('county = "丁县"', 'county = "丁县"\nscheme = "own"')
    config.write_text(text, encoding="utf-8")
    (tmp_path / "criteria" / "own.yaml").write_text(
        SCHEME.replace("编号: monthly", "编号: own").replace("点亮: 全部", "点亮: 全都"), encoding="utf-8"
    )
    away = (tmp_path / "收件" / "丙县").rename(tmp_path / "别处")
    before = tree(tmp_path)
    planned = batch(config, "--dry-run")

    assert (2, before) == (planned[0], tree(tmp_path))
    code, document, said = batch(config)
    for one in (planned[1], document):
        assert [("done", 0), ("failed", 2), ("failed", 2), ("failed", 2)] == [
            (county["state"], county["exit"]) for county in one["counties"]
        ]
        assert [[], ["B804"], ["B804"], ["K608", "K608", "B806"]] == [
            [found["code"] for found in county["diagnostics"]] for county in one["counties"]
        ]
    assert 2 == code
    assert {"甲县": {"2022-04": "done"}, "乙县": {}, "丙县": {}, "丁县": {}} == states(document)
    lines = text.splitlines()
    for place, found in ((lines.index('targets = "目标.csv"') + 1, "目标.csv"), (3, "收件/丙县")):
        assert f"starcheck.toml:{place}:1: " in said
        assert f"“{found}”不在" in said
    assert "own.yaml:" in said

    away.rename(tmp_path / "收件" / "丙县")
    assert {"2022-04": "done"} == states(batch(config)[1])["丙县"]


def test_what_all_counties_lack_is_said_once(tmp_path: Path) -> None:
    """One line of [batch] names it."""
    config = office(tmp_path, "甲县", "乙县", months=APRIL)
    (tmp_path / "register.csv").unlink()
    code, document, said = batch(config)

    assert (2, 1) == (code, said.count("B804"))
    assert [["B804"], ["B804"]] == [
        [found["code"] for found in county["diagnostics"]] for county in document["counties"]
    ]


def test_a_locked_store_is_one_countys_trouble(tmp_path: Path) -> None:
    """Its exit code is 4, and when the store is free again the rest is done."""
    config = office(tmp_path, "甲县", "乙县", months=APRIL, more="")
    text = config.read_text(encoding="utf-8") + 'store = "乙.db"\n'
    config.write_text(f"store_wait = 1\n{text}", encoding="utf-8")
    with Store.open(tmp_path / "乙.db"):
        pass
    other = sqlite3.connect(tmp_path / "乙.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    code, document, said = batch(config, "--jobs", "1")
    other.close()

    assert 4 == code
    assert "H702" in said
    assert [0, 4] == [county["exit"] for county in document["counties"]]
    code, document, _ = batch(config)

    assert 0 == code
    assert {"甲县": {"2022-04": "same"}, "乙县": {"2022-04": "done"}} == states(document)


def test_exit_codes(tmp_path: Path) -> None:
    """The highest that applies; errors of ledgers count by --fail-on, whose default here is error."""
    config = office(tmp_path, "甲县", months=APRIL)
    file_of(config.parent / "收件" / "甲县" / "2022-04", "东乡", ALL | {"甲村": ("约9", "是", "是")})
    store = config.parent / "starcheck.db"
    found = []
    for words in (["--fail-on", "never"], [], ["--fail-on", "warning"]):
        found.append(batch(config, *words)[0])
        shutil.rmtree(config.parent / "out")
        store.unlink()

    assert [0, 1, 1] == found


def in_process(config: Path, clock: Any, jobs: int = 1) -> tuple[int, dict[str, Any]]:
    """A batch by a clock of the test's; the exit code, and what the log says."""
    told = settings({}, {}, config.parent, config)
    job, _ = read_job(config, told)
    code = run_batch(job, How(jobs), told, Shown(quiet=True), clock, "1.0")
    lines = [json.loads(line) for line in job.log.read_text(encoding="utf-8").splitlines()]
    return code, {"lines": lines, "events": [line["event"] for line in lines]}


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_bug_is_a_crash_and_the_others_are_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], jobs: int
) -> None:
    """Its traceback is on stderr and in the log, the exit code is 4; the next batch goes on where it broke."""
    monkeypatch.chdir(tmp_path)
    config = office(tmp_path, "甲县", "乙县", "丙县", "丁县", "戊县", months=APRIL)
    code, log = in_process(config, failing_fourth, jobs)
    said = capfd.readouterr().err
    [crash] = [line for line in log["lines"] if line["event"] == "crash"]

    assert 4 == code
    assert "ZeroDivisionError: seven villages by no township" in said
    assert "B825" in said
    assert "failing_fourth" in crash["traceback"]
    done = [line["county"] for line in log["lines"] if line["event"] == "county"]
    assert {"甲县", "乙县", "丙县", "丁县", "戊县"} == {*done, crash["county"]}
    assert 4 == len(done)
    code, _, said = batch(config)

    assert 0 == code, said
    assert 5 == recorded(config)


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_killed_worker_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jobs: int) -> None:
    """What it was at is done once more, the rest as it would have been; nothing is recorded twice."""
    monkeypatch.chdir(tmp_path)
    config = office(tmp_path, "甲县", "乙县", "丙县", "丁县", "戊县", months=APRIL)
    code, log = in_process(config, killing_fourth, jobs)

    assert 0 == code
    assert "lost" in log["events"]
    done = [line["county"] for line in log["lines"] if line["event"] == "county"]
    assert ["丁县", "丙县", "乙县", "戊县", "甲县"] == sorted(done)
    assert 5 == recorded(config)


def test_a_county_that_kills_its_worker_twice_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """B824 and exit code 4; those before it are done."""
    monkeypatch.chdir(tmp_path)
    config = office(tmp_path, "甲县", "乙县", months={"2022-04": ALL, "2022-05": ALL})
    code, log = in_process(config, killing_always)

    assert 4 == code
    assert "B824" in capfd.readouterr().err
    assert [True, False] == [line["again"] for line in log["lines"] if line["event"] == "lost"]
    assert ["甲县"] == [line["county"] for line in log["lines"] if line["event"] == "county"]


def test_a_file_that_brought_nothing_is_in_the_results(config: Path) -> None:
    """Damaged, without a header that is known, of villages nobody knows: not merely 未上报; until sent anew."""
    inbox = config.parent / "收件" / "甲县"
    (inbox / "2022-06" / "东乡.csv").rename(inbox / "2022-06" / "东乡.xlsx")
    (inbox / "2022-06" / "东乡.xlsx").write_bytes(b"PK\x03\x04")
    delimited(inbox / "2022-06" / "北乡.csv", [["镇街", "哪个", "多少"], ["北乡", "戊村", 9]])
    known = (inbox / "2022-06" / "西乡.csv").read_text(encoding="utf-8")
    (inbox / "2022-06" / "南乡.csv").write_text(
        known.replace("丁村", "丁丁村").replace("丙村", "丙丙村"), encoding="utf-8"
    )
    done = do(config)

    assert (3, {"F106": 1, "T202": 1, "R403": 2}) == (
        done.months[2].exit,
        {code: done.months[2].codes.get(code) for code in ("F106", "T202", "R403")},
    )
    text = (config.parent / "out" / "甲县" / "2022-06" / "problems.csv").read_text(encoding="utf-8-sig")
    assert {"F106": "2022-06/东乡.xlsx", "T202": "2022-06/北乡.csv", "R403": "2022-06/南乡.csv"} == {
        row["代码"]: row["文件"] for row in csv.DictReader(io.StringIO(text)) if row["代码"] in {"F106", "T202", "R403"}
    }
    report = CliRunner().invoke(app, ["report", "--period", "2022-06", "--scheme", "monthly"])
    assert 3 == report.exit_code
    assert "另有无法读取2个" in report.output

    file_of(inbox / "2022-06-更正", "东乡", ALL)  # of the township that its name says
    (inbox / "2022-06" / "北乡.csv").unlink()
    file_of(inbox / "2022-06-补报", "北乡", ALL)  # of the same name, in another folder
    (inbox / "2022-06" / "南乡.csv").write_text(known, encoding="utf-8")
    done = do(config)

    assert (0, {}) == (done.months[2].exit, done.months[2].codes)


def damaged(folder: Path) -> list[str]:
    """The files that the results of June say cannot be read."""
    found = json.loads((folder / "report.json").read_text(encoding="utf-8"))["diagnostics"]
    return [problem["file"] for problem in found if problem["code"] == "F106"]


def test_another_townships_file_takes_no_damaged_ones_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not one with a longer name, not all others of the same day, not one of the same name in its own folder."""
    monkeypatch.chdir(tmp_path)
    config = office(tmp_path, "甲县", months={"2022-06": ALL})
    june, out = tmp_path / "收件" / "甲县" / "2022-06", tmp_path / "out" / "甲县" / "2022-06"
    register = (tmp_path / "register.csv").read_text(encoding="utf-8")
    (tmp_path / "register.csv").write_text(
        register.replace("东乡", "马庄镇").replace("西乡", "马庄桥镇"), encoding="utf-8"
    )
    sent = (june / "东乡.csv").read_text(encoding="utf-8").replace("东乡", "马庄镇")
    shutil.rmtree(june)
    for name in ("马庄镇/台账.csv", "马庄桥镇/台账.xlsx", "北乡/台账.xlsx"):
        (june / name).parent.mkdir(parents=True)
        (june / name).write_bytes(b"PK\x03\x04" + name.encode())
    (june / "马庄镇" / "台账.csv").write_text(sent, encoding="utf-8")
    do(config)
    assert ["2022-06/北乡/台账.xlsx", "2022-06/马庄桥镇/台账.xlsx"] == damaged(out)

    (june / "马庄镇" / "台账.csv").write_text(sent.replace("9", "8"), encoding="utf-8")
    (june / "北乡" / "台账.xlsx").write_bytes(b"PK\x03\x04 again")
    do(config)
    assert ["2022-06/北乡/台账.xlsx", "2022-06/马庄桥镇/台账.xlsx"] == damaged(out)


# --- --dry-run --------------------------------------------------------------------------------------------------------


def test_a_dry_run_writes_nothing_at_all(config: Path) -> None:
    """No store, no lock, no log, no folder; it says what would be done and why."""
    before = tree(config.parent)
    code, document, _ = batch(config, "--dry-run")

    assert 0 == code
    assert {"planned"} == set(states(document)["甲县"].values())
    assert ["2022-04/东乡.csv", "2022-04/北乡.csv", "2022-04/西乡.csv"] == sorted(
        document["counties"][0]["months"][0]["files"]
    )
    assert before == tree(config.parent)

    do(config, __version__)
    file_of(config.parent / "收件" / "甲县" / "2022-05", "东乡", ALL | {"乙村": TWO})
    before = tree(config.parent)
    code, document, _ = batch(config, "--dry-run")

    assert before == tree(config.parent)
    assert ["same", "planned", "planned"] == list(states(document)["甲县"].values())
    assert ["改过的文件：2022-05/东乡.csv"] == document["counties"][0]["months"][1]["why"]
    assert "以前的月份要重做" in document["counties"][0]["months"][2]["why"]


def test_a_dry_run_leaves_an_older_store_as_it_is(config: Path) -> None:
    """H722: bringing it up to date would be writing."""
    do(config)
    store = sqlite3.connect(config.parent / "starcheck.db")
    store.execute("DELETE FROM starcheck_schema WHERE version > 1")
    store.commit()
    store.close()
    before = tree(config.parent)
    done = do(config, dry=True)

    assert (4, ["H722"]) == (done.exit, codes(done))
    assert before == tree(config.parent)


# --- what is said -----------------------------------------------------------------------------------------------------


def test_the_summary_for_people(config: Path) -> None:
    """A row for each month that was done, in both languages; what was left alone in one row."""
    words = batch_words(config, "--dry-run")

    assert "批处理（只看不做）" in words
    assert "要做" in words
    assert "" == batch_words(config, "--lang", "en", "--quiet")
    file_of(config.parent / "收件" / "甲县" / "2022-06", "东乡", ALL | {"乙村": TWO})
    words = batch_words(config, "--lang", "en")

    assert "2022-04–2022-05" in words
    assert "nothing new" in words
    assert "changed: 2022-06/东乡.csv" in words


def test_where_the_problems_are_listed(config: Path) -> None:
    """A month with something to mend names the file that lists it; nothing to mend, nothing named."""
    batch(config)
    damaged = config.parent / "收件" / "甲县" / "2022-06" / "西乡.csv"
    damaged.write_text("坏", encoding="utf-8")
    file_of(config.parent / "收件" / "甲县" / "2022-06", "东乡", ALL | {"乙村": TWO})
    words = batch_words(config)

    assert f"问题逐条列在 {Path('out', '甲县', '2022-06', 'problems.csv')}" in words
    assert "问题逐条列在" not in batch_words(config)


def test_two_schemes_of_a_county_are_told_apart(config: Path) -> None:
    """In the summary, and in the log."""
    other = SCHEME.replace("编号: monthly", "编号: second")
    (config.parent / "criteria" / "second.yaml").write_text(other, encoding="utf-8")
    with config.open("a", encoding="utf-8") as file:
        file.write('\n[[batch.county]]\ncounty = "甲县"\nscheme = "second"\nout = "out2"\n')
    words = batch_words(config, "--lang", "en")

    assert all(f"甲县 {scheme}" in words for scheme in ("monthly", "second"))
    assert "1 counties; months done 6" in words
    lines = (config.parent / "batch.jsonl").read_text(encoding="utf-8").splitlines()
    assert ["甲县 monthly", "甲县 second"] == json.loads(lines[-1])["done"]


def test_wrong_usage(config: Path) -> None:
    """No file, a form there is none of, no processes: exit 2 before anything is done."""
    assert 2 == batch(config.parent / "none.toml")[0]
    assert 2 == batch(config, "--jobs", "0")[0]
    assert not (config.parent / "out").exists()


def test_the_manifest_tells_nothing_that_changes_by_itself(config: Path) -> None:
    """The same workspace elsewhere, later: the same results to the last byte, but for the days of recording."""
    do(config)
    other = office(config.parent / "other", "甲县")
    do_county(job_of(other), Errand(datetime(2023, 1, 1, tzinfo=NOW.tzinfo), "1.0", now))
    one, two = (
        (file.parent / "out" / "甲县" / "2022-06" / "manifest.json").read_text(encoding="utf-8")
        for file in (config, other)
    )
    left, right = json.loads(one), json.loads(two)
    for manifest in (left, right):
        for name in ("report.md", "report.json"):
            manifest["outputs"].pop(name)  # they print the day that each part was recorded

    assert left == right
