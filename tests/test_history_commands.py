"""``starcheck history`` as an office uses it: final results, corrections, replaying, comparing, exporting, pruning."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from jsonschema import validate
from typer.testing import CliRunner

from making import ROOT_EXAMPLES, criterion, delimited, grid, scheme_text, workbook
from starcheck.cli import app
from starcheck.history import Store
from starcheck.replaying import replay
from starcheck.report.as_json import result_json_schema
from starcheck.workspace import settings
from test_history import AS_IN_VERSION_2, put_at_length

SCHEME = scheme_text(
    {
        "红星": ("全部", [criterion("X", "至少: 5", "数值", "单位: 万元", "列名: [集体收入]")]),
        "绿星": ("全部", [criterion("Y", "为: 是", "是否", "列名: [两委班子]")]),
    }
)
HEAD = "乡镇 村名 集体收入 两委班子\n"


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """Stdout as one JSON document and nothing else."""
        return json.loads(self.out)


def star(*arguments: str | Path) -> Done:
    """Run a command in this process."""
    result = CliRunner().invoke(app, [str(part) for part in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Done(result.exit_code, result.stdout, result.stderr)


def history(*arguments: str | Path) -> Done:
    """A command of the group."""
    return star("history", *arguments)


@pytest.fixture
def office(tmp_path: Path, target: str | Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace of one county, with its month scored: two townships, two villages each; with either kind of store."""
    (tmp_path / "方案.yaml").write_text(SCHEME, encoding="utf-8")
    store = json.dumps(str(target), ensure_ascii=False)
    (tmp_path / "starcheck.toml").write_text(f'scheme = "方案.yaml"\nstore = {store}\n', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    sent("河乡", "甲村 5 是", "乙村 4.2 是")
    sent("山乡", "丙村 6 否", "丁村 7 是")
    assert 0 == star("score", "河乡.xlsx", "山乡.xlsx").code
    return tmp_path


def sent(township: str, *villages: str, period: str = "2022年6月") -> Path:
    """The township's workbook, as it comes."""
    rows = grid(HEAD + "\n".join(f"{township} {village}" for village in villages))
    return workbook(Path(f"{township}.xlsx"), [[f"平原县{township}{period}台账"], *rows])


def tiers() -> dict[str, int | None]:
    """Tier by village, as reported."""
    return {unit["name"]: unit["tier"] for unit in star("report", "--format", "json").document["units"]}


def runs() -> list[dict[str, Any]]:
    """Every run, the oldest first."""
    return list(reversed(history("list", "--format", "json").document))


def tamper(*statements: str) -> None:
    """Change the store as another tool would."""
    with Store.open(settings({}, {}, Path()).store_target) as store, store.transaction(writing=True) as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


MADE = {"甲村": 2, "乙村": 1, "丙村": 1, "丁村": 2}


# --- 终评 ---------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("office")
def test_a_month_is_made_final_and_corrected() -> None:
    """Resending is refused, but for a correction; the report shows what was done, and when it was taken back."""
    assert 0 == history("finalize").code
    sent("河乡", "甲村 4 是", "乙村 4.2 是")
    refused = star("score", "河乡.xlsx")

    assert (2, True) == (refused.code, "H718" in refused.err)
    assert MADE == tiers()
    assert [False, True] == [run["final"] for run in runs()]

    corrected = star("score", "河乡.xlsx", "--correction", "县纪委更正")

    assert (0, True) == (corrected.code, "的终评已更正" in corrected.err)
    assert MADE | {"甲村": 1} == tiers()
    assert [None, None, "县纪委更正", None] == [run["correction"] for run in runs()]

    page = star("report").out
    assert "评定结果（终评）" in page
    assert "县纪委更正" in page
    assert "审定以前都是初评" not in page
    assert "终评" in star("explain", "甲村").out.splitlines()[0]

    number = runs()[2]["run"]
    assert 2 == history("undo", number, "--reason", "误改").code
    assert 2 == history("undo", runs()[1]["run"], "--correction", "误改").code
    assert 0 == history("undo", number, "--correction", "误改").code
    assert MADE == tiers()
    assert ["县纪委更正", "误改"] == [
        line["reason"] for line in star("report", "--format", "json").document["final"]["corrections"]
    ]
    assert 0 == history("verify", "--replay").code


@pytest.mark.usefixtures("office")
def test_the_same_files_again_change_nothing_that_is_final() -> None:
    """They are the same run; finalizing again does nothing."""
    history("finalize")
    again, twice = star("score", "河乡.xlsx", "山乡.xlsx"), history("finalize")

    assert (0, 0) == (again.code, twice.code)
    assert "什么也没有做" in twice.err
    assert 2 == len(runs())


def test_what_is_open_is_not_made_final_in_passing(office: Path) -> None:
    """Unknown criteria and missing units first; with a reason all the same, and the reason is shown."""
    delimited(
        office / "register.csv",
        grid("名称 乡镇 县\n甲村 河乡 平原县\n乙村 河乡 平原县\n丙村 山乡 平原县\n丁村 山乡 平原县\n戊村 山乡 平原县"),
    )
    sent("河乡", "甲村 - 是", "乙村 4.2 是")
    star("score", "河乡.xlsx", "山乡.xlsx")
    done = history("finalize")

    assert 2 == done.code
    assert "H719" in done.err
    assert "1个单位没有上报，1个单位还有待核实的" in done.err
    assert 2 == history("finalize", "--despite", " ").code
    assert 0 == history("finalize", "--despite", "评定会议决定").code

    document = star("report", "--format", "json").document
    validate(document, result_json_schema())
    assert "评定会议决定" == document["final"]["despite"]
    assert "评定会议决定" in star("report", "--lang", "en").out


@pytest.mark.usefixtures("office")
def test_a_correction_stopped_half_way_is_completed() -> None:
    """It was recorded, but the month was not made final anew: the next command that is asked does it."""
    history("finalize")
    sent("河乡", "甲村 4 是", "乙村 4.2 是")
    star("score", "河乡.xlsx", "--correction", "更正")
    last = "(SELECT max(number) FROM runs)"
    tamper(
        *(
            statement.replace("%s", last)
            for statement in (
                "DELETE FROM finals WHERE run = %s",
                "DELETE FROM verdict_rows WHERE result_id IN (SELECT id FROM unit_results WHERE run = %s)",
                "DELETE FROM unit_results WHERE run = %s",
                "DELETE FROM run_criteria WHERE run = %s",
                "DELETE FROM run_texts WHERE run = %s",
                "DELETE FROM runs WHERE number = %s",
            )
        )
    )

    assert "final" not in star("report", "--format", "json").document
    assert 2 == star("score", sent("河乡", "甲村 9 是", "乙村 4.2 是")).code

    sent("河乡", "甲村 4 是", "乙村 4.2 是")
    assert 0 == history("finalize").code
    assert ["更正"] == [line["reason"] for line in star("report", "--format", "json").document["final"]["corrections"]]


@pytest.mark.usefixtures("office")
def test_an_empty_reason_is_none() -> None:
    """Before anything is read."""
    assert 2 == star("score", "河乡.xlsx", "--correction", " ").code
    assert 2 == history("undo", "1", "--correction", "").code
    assert 1 == len(runs())


@pytest.mark.usefixtures("office")
def test_a_final_month_that_comes_out_otherwise_says_so() -> None:
    """As after an upgrade that computes otherwise; the stored result is what counts."""
    history("finalize")
    tamper(
        "UPDATE unit_results SET tier = 0 WHERE name = '甲村' AND run = 2",
    )
    said = star("report", "--format", "json")

    assert [("H721", "甲村")] == [
        (found["code"], found["found"]) for found in said.document["diagnostics"] if found["code"].startswith("H")
    ]


# --- replay, verify ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ledger", sorted((ROOT_EXAMPLES / "schemes").glob("*.csv")), ids=lambda path: path.stem)
def test_every_tradition_comes_out_again_to_the_last_bit(ledger: Path, tmp_path: Path) -> None:
    """By stars, by points, by quotas, with formulas, tasks and groups, from what the store has alone."""
    store = tmp_path / "s.db"
    star("score", ledger, "--store", store, "-q")
    with Store.open(store, create=False) as opened:
        (run,) = opened.runs()
        results, verdicts = opened.results(run.run_id), opened.verdicts(run.run_id)
        done = replay(opened, run)

    assert results
    assert verdicts
    assert ((), len(results)) == (done.differences, done.units)


@pytest.mark.usefixtures("office")
def test_a_run_is_computed_again_without_its_files() -> None:
    """Scheme and workbooks may be gone, a later run may have replaced it, it may be undone: it comes out the same."""
    sent("河乡", "甲村 4 是")
    star("score", "河乡.xlsx", "--replace")
    history("undo", "1")
    for file in ("方案.yaml", "河乡.xlsx", "山乡.xlsx"):
        Path(file).unlink()
    done = [history("replay", number) for number in ("1", "2")]

    assert [0, 0] == [one.code for one in done]
    assert "4 个单位重算，与记下的完全一致" in done[0].out


TAMPERED: Mapping[str, tuple[str, str]] = {
    "甲村 tier": ("UPDATE unit_results SET tier = 0 WHERE name = '甲村'", "tier"),
    "a star": ("""UPDATE unit_results SET stars = replace(stars, 'unlit', 'lit') WHERE name = '乙村'""", "红星"),
    "a value": ("UPDATE verdict_rows SET value = 9 WHERE value = 4.2", "X value"),
    "a cell": ("UPDATE verdict_rows SET cells = 'Z9' WHERE value = 4.2", "X cells"),
    "a clause": ("UPDATE run_criteria SET source = '别的' WHERE criterion = 'Y'", "Y source"),
    "a unit": ("UPDATE verdict_rows SET gap = NULL WHERE value = 4.2", "X gap"),
}


@pytest.mark.usefixtures("office")
@pytest.mark.parametrize("change", TAMPERED)
def test_whatever_was_changed_since_is_a_difference(change: str) -> None:
    """Each with the unit, what it is, what is stored and what it comes to; verify says so too."""
    statement, what = TAMPERED[change]
    tamper(
        statement,
    )
    done, page, whole = history("replay", "1", "--format", "json"), history("replay", "1"), history("verify")
    rows = history("replay", "1", "--format", "csv")

    assert len(done.document["differences"]) == len(list(csv.DictReader(io.StringIO(rows.out))))
    assert [1, 1, 1] == [done.code, page.code, whole.code]
    assert {what} == {line["what"] for line in done.document["differences"]}
    assert "H720" in page.err
    assert "H720" in whole.err
    assert {"H720"} == {problem["code"] for problem in history("verify", "--format", "json").document["problems"]}


@pytest.mark.usefixtures("office")
def test_what_another_version_computed_is_listed_as_that() -> None:
    """It is no damage then, but the program that may have changed."""
    tamper(
        "UPDATE runs SET version = '0.0.1', results_sha256 = NULL",
        "UPDATE unit_results SET tier = 0 WHERE name = '甲村'",
    )
    done = history("replay", "1")

    assert 1 == done.code
    assert "H720" not in done.err
    assert "记下的版本是 0.0.1" in done.out
    assert 0 == history("verify", "--replay").code


@pytest.mark.usefixtures("office")
def test_a_whole_store_is_said_to_be_whole() -> None:
    """In words and as JSON."""
    assert (0, {"runs": 1, "problems": []}) == (
        history("verify", "--replay").code,
        history("verify", "--format", "json").document,
    )


@pytest.mark.usefixtures("office")
def test_what_was_not_computed_again_is_said() -> None:
    """A run of another version is only checked, not replayed."""
    tamper("UPDATE runs SET version = '0.0.1'")
    star("score", sent("河乡", "甲村 4 是"))
    told = history("verify", "--replay")

    assert (0, {"runs": 2, "replayed": 1, "problems": []}) == (
        told.code,
        history("verify", "--replay", "--format", "json").document,
    )
    assert "其中 1 次是别的版本记的" in told.out
    assert "其中" not in history("verify").out


# --- diff, export, prune, show ----------------------------------------------------------------------------------------


@pytest.mark.usefixtures("office")
def test_two_runs_are_compared() -> None:
    """Who has another tier, what made it, who is in one of them only, and what they were rated by."""
    sent("河乡", "甲村 4 是", "乙村 4.2 是")
    star("score", "河乡.xlsx")
    found = history("diff", "1", "2", "--format", "json").document

    assert ["丁村", "丙村"] == sorted(unit["name"] for unit in found["only_before"])
    assert [] == found["only_after"]
    assert (True, False) == (found["same"]["scheme"], found["same"]["inputs"])
    assert {
        "tier": (2, 1),
        "reachable": (2, 1),
        "红星": ("lit", "unlit"),
        "X status": ("met", "unmet"),
        "X value": (5, 4),
        "X gap": (None, 1),
    } == {line["what"]: (line["before"], line["after"]) for line in found["differences"]}
    assert {"甲村"} == {line["name"] for line in found["differences"]}

    page, rows = history("diff", "1", "2").out, history("diff", "1", "2", "--format", "csv").out
    assert "山乡 2" in page
    assert ["河乡", "甲村", "星级", "二星", "一星"] in list(csv.reader(io.StringIO(rows.removeprefix("\ufeff"))))
    assert "没有不同" in history("diff", "1", "1").out


def with_vetoes(office: Path) -> None:
    """The office's scheme with two vetoes, and two months of 河乡; one of them is triggered in the second."""
    more = (
        "{编号: F1, 情形: 有事故, 列名: [事故], 触发: {为: 是}, 后果: {最高: 0}, 依据: 示例}",
        "{编号: F2, 情形: 上访, 列名: [上访], 类型: 整数, 单位: 件, 触发: {高于: 2}, 后果: 提示, 依据: 示例}",
    )
    text = SCHEME + "负面清单:\n" + "".join(f"  - {line}\n" for line in more)
    (office / "方案.yaml").write_text(text, encoding="utf-8")
    for cell, period in (("否", "2022年6月"), ("是", "2022年7月")):
        rows = grid(f"乡镇 村名 集体收入 两委班子 事故 上访\n河乡 甲村 5 是 {cell} 1\n河乡 乙村 4.2 是 否 -")
        done = star("score", workbook(Path("河乡.xlsx"), [[f"平原县河乡{period}台账"], *rows]))
        assert 0 == done.code, done.err


def test_a_tier_that_a_veto_lowered_is_explained(office: Path) -> None:
    """By a row of its own in the comparison of two runs and in the export; and it is held against a replay."""
    with_vetoes(office)
    found = {
        (line["name"], line["what"]): (line["before"], line["after"])
        for line in history("diff", "2", "3", "--format", "json").document["differences"]
        if not line["what"].endswith("cells")
    }

    assert {
        ("甲村", "tier"): (2, 0),
        ("甲村", "reachable"): (2, 0),
        ("甲村", "F1 status"): ("clear", "triggered"),
        ("甲村", "F1 value"): (False, True),
    } == found
    assert re.search(r"F1 判定 +未触发 +触发", history("diff", "2", "3").out)
    states = {
        (row["name"], row["criterion"]): (row["status"], row["value"], row["reason"], row["effect"], row["cells"])
        for row in exported("3")
        if row["effect"]
    }
    assert {
        ("甲村", "F1"): ("triggered", True, None, "最高0", "河乡.xlsx!台账!E3"),
        ("甲村", "F2"): ("clear", 1, None, "只提示", "河乡.xlsx!台账!F3"),
        ("乙村", "F1"): ("clear", False, None, "最高0", "河乡.xlsx!台账!E4"),
        ("乙村", "F2"): ("unknown", None, "blank", "只提示", "河乡.xlsx!台账!F4"),
    } == states
    tamper("UPDATE verdict_rows SET status = 'clear' WHERE status = 'triggered'")

    assert ["F1 status"] == [
        line["what"] for line in history("replay", "3", "--format", "json").document["differences"]
    ]


def test_a_run_of_before_vetoes_were_kept_says_nothing_of_them(office: Path) -> None:
    """It is as it was recorded, comes out again, and differs from a later run in no veto; a scheme without does."""
    with_vetoes(office)
    with Store.open(settings({}, {}, Path()).store_target) as store, store.transaction(writing=True) as connection:
        put_at_length(connection)
    tamper(*AS_IN_VERSION_2, "UPDATE runs SET results_sha256 = NULL")
    star("score", "河乡.xlsx", "--replace", "--as-of", "2022-07-30")

    assert 0 == history("verify", "--replay").code
    assert {"甲村", "乙村"} == {row["name"] for row in exported("4") if row["effect"]}
    assert [] == history("diff", "3", "4", "--format", "json").document["differences"]
    assert ("F1 status", None, "triggered") in [
        (line["what"], line["before"], line["after"])
        for line in history("diff", "1", "4", "--format", "json").document["differences"]
    ]


def exported(*arguments: str | Path) -> Sequence[Mapping[str, Any]]:
    """An export as JSON."""
    found: Sequence[Mapping[str, Any]] = history("export", *arguments, "--format", "json").document
    return found


def test_everything_is_exported(office: Path) -> None:
    """Each verdict with its value, cell and clause, passes too; the same in three forms."""
    rows = exported("1")
    first = next(row for row in rows if row["name"] == "乙村" and row["criterion"] == "X")

    assert 8 == len(rows)
    assert (4.2, "万元", "至少 5", 0.8, "unmet", "示例", "河乡.xlsx!台账!C4", 1) == tuple(
        first[key] for key in ("value", "measure", "requirement", "gap", "status", "source", "cells", "tier")
    )

    for name in ("全部.csv", "全部.xlsx", "全部.json"):
        assert 0 == history("export", "--out", name).code
    with (office / "全部.csv").open(encoding="utf-8-sig", newline="") as stream:
        from_csv = list(csv.reader(stream))
    sheet = openpyxl.load_workbook(office / "全部.xlsx").worksheets[0]
    from_sheet = [[cell.value for cell in row] for row in sheet.iter_rows()]

    assert [9, 9] == [len(from_csv), len(from_sheet)]
    assert rows == json.loads((office / "全部.json").read_text(encoding="utf-8"))
    assert [str(value) for value in from_sheet[1] if value is not None] == [value for value in from_csv[1] if value]
    assert [] == exported("--period", "2022-07")
    assert 8 == len(exported("--county", "平原"))
    assert 2 == history("export", "--out", "全部.pdf").code
    assert 2 == history("export", "--out", "没有/全部.csv").code


@pytest.mark.usefixtures("office")
def test_a_cell_that_stands_elsewhere_in_another_file_is_no_difference() -> None:
    """Each month's workbook has other cells; in the same file another cell is another reading of it."""
    rows = grid(HEAD + "河乡 乙村 4.2 是\n河乡 甲村 5 是")
    star(
        "score",
        workbook(Path("河乡七月.xlsx"), [["平原县河乡2022年7月台账"], *rows]),
        "山乡.xlsx",
        "--period",
        "2022-07",
    )
    star("score", "河乡.xlsx", "--period", "2022-06", "--as-of", "2022-06-29")
    tamper("UPDATE verdict_rows SET cells = 'Z9' WHERE value = 4.2 AND result_id IN"
           " (SELECT id FROM unit_results WHERE run = 3)")  # fmt: skip

    assert [] == history("diff", "1", "2", "--format", "json").document["differences"]
    assert ["X cells"] == [
        line["what"] for line in history("diff", "1", "3", "--format", "json").document["differences"]
    ]


def test_a_file_that_is_no_ledger_is_forgotten_when_all_is_scored_without_it(office: Path) -> None:
    """Until then the month's report says what is wrong with it."""

    def wrong() -> list[str]:
        found = star("report", "--format", "json").document["diagnostics"]
        return [problem["code"] for problem in found if problem["severity"] == "error"]

    delimited(office / "通讯录.csv", [["姓名", "职务"], ["某某", "委员"]])
    star("score", "河乡.xlsx", "山乡.xlsx", "通讯录.csv")
    assert ["T202"] == wrong()

    sent("河乡", "甲村 5 是", "乙村 4.3 是")
    star("score", "河乡.xlsx")
    assert ["T202"] == wrong()
    star("score", "河乡.xlsx", "山乡.xlsx")
    assert [] == wrong()


@pytest.mark.usefixtures("office")
def test_the_same_file_by_another_name_is_no_difference(office: Path) -> None:
    """Sent again by a name of its own."""
    (office / "河乡.xlsx").rename(office / "河乡（再报）.xlsx")
    star("score", "河乡（再报）.xlsx")

    assert [] == history("diff", "1", "2", "--format", "json").document["differences"]


@pytest.mark.usefixtures("office")
def test_verdicts_that_count_again_are_put_back() -> None:
    """Deleted because others had superseded them, which are undone: whoever asks the views finds them again."""
    before = exported("1")
    sent("河乡", "甲村 4 是", "乙村 4.2 是")
    sent("山乡", "丙村 6 否", "丁村 4 是")
    star("score", "河乡.xlsx", "山乡.xlsx")
    history("prune", "--before", "2022-07", "--yes")
    told = history("undo", "2", "--reason", "发错了")

    assert "1-" in told.err
    assert before == exported("1")
    assert 0 == history("verify", "--replay").code
    assert [None, None] == [run["pruned_at"] for run in runs()]


@pytest.mark.usefixtures("office")
def test_runs_are_listed_by_county_and_month() -> None:
    """In every form; what is several tables at once is no CSV, and nothing is printed in the place of it."""
    star("score", sent("河乡", "甲村 4 是", period="2022年7月"))
    listed = history("list", "--format", "csv", "--period", "2022年7月", "--lang", "en")
    line = next(csv.DictReader(io.StringIO(listed.out.removeprefix("\ufeff"))))

    assert {"county": "平原县", "period": "2022-07", "scheme": "test 1"} == {
        key: line[key] for key in ("county", "period", "scheme")
    }
    assert ["2022-07", "2022-06"] == [
        run["period"] for run in history("list", "--county", "平原", "--format", "json").document
    ]
    assert [] == history("list", "--county", "平原", "--period", "2021-06", "--format", "json").document
    for words in (("list",), ("export",)):
        unknown = history(*words, "--county", "高原", "--format", "json")
        assert (2, "", True) == (unknown.code, unknown.out, "平原县" in unknown.err)
    for command in (("show", "1"), ("verify",)):
        refused = history(*command, "--format", "csv")
        assert (2, "") == (refused.code, refused.out)
    assert (2, "") == (history("list", "--format", "xml").code, history("list", "--format", "xml").out)


@pytest.mark.usefixtures("office")
def test_counties_of_one_workbook_are_told_their_own_problems() -> None:
    """By row where they have a name in common; what is of the workbook itself is told to both."""
    rows = grid(
        "县 乡镇 村名 集体收入 两委班子\n高原县 河乡 甲村 约9 是\n平原县 河乡 甲村 约7 是\n平原县 河乡 戊村 约8 是"
    )
    delimited(Path("别的.csv"), [["没有", "列名"], [1, 2]])
    star("score", workbook(Path("两县2022年7月.xlsx"), [["2022年7月台账"], *rows]), "别的.csv")
    told = {
        county: star("report", "--county", county, "--period", "2022-07", "--format", "json").document
        for county in ("高原县", "平原县")
    }

    assert {"高原县": ["约9"], "平原县": ["约7", "约8"]} == {
        county: [found["found"] for found in document["diagnostics"] if found["code"] == "V301"]
        for county, document in told.items()
    }
    assert [["T202", "T201"]] * 2 == [
        [found["code"] for found in document["diagnostics"] if found["file"] == "别的.csv"]
        for document in told.values()
    ]
    assert 0 == history("verify", "--replay").code


def test_who_is_missing_is_told_to_its_own_county(office: Path) -> None:
    """Also where another county has a village of that name, or the file of its township cannot be read."""
    places = "高原县 河乡 甲村\n平原县 山乡 甲村\n平原县 山乡 丙村\n高原县 湖乡 丁村"
    delimited(office / "名册.csv", grid("县 乡镇 名称\n" + places))
    rows = grid("县 乡镇 村名 集体收入 两委班子\n高原县 河乡 甲村 9 是\n平原县 山乡 丙村 7 是")
    (office / "湖乡.xlsx").write_bytes(b"PK\x03\x04")
    star(
        "score", delimited(office / "2022年7月.csv", rows), "湖乡.xlsx", "--register", "名册.csv", "--period", "2022-07"
    )

    def told(county: str, code: str) -> list[str]:
        found = star("report", "--county", county, "--period", "2022-07", "--format", "json").document
        return [problem["message"] for problem in found["diagnostics"] if problem["code"] == code]

    assert ["山乡 甲村 在名册上，但没有任何一行"] == told("平原县", "R408")
    assert ["湖乡 丁村 在名册上，但没有任何一行"] == told("高原县", "R408")
    assert (0, 1) == tuple(len(told(county, "R437")) for county in ("平原县", "高原县"))


@pytest.mark.usefixtures("office")
def test_the_units_of_another_county_are_not_missing() -> None:
    """A register of two counties: each one's month, and what is made final, is of its own units."""
    places = "高原县 河乡 甲村\n平原县 山乡 甲村\n平原县 山乡 丙村\n高原 湖乡 丁村"
    register = delimited(Path("名册.csv"), grid("县 乡镇 名称\n" + places))
    rows = grid("县 乡镇 村名 集体收入 两委班子\n高原县 河乡 甲村 9 是\n平原县 山乡 丙村 7 是")
    star("score", delimited(Path("2022年7月.csv"), rows), "--register", register, "--period", "2022-07")
    units = {
        county: [unit["name"] for unit in star("report", *where, "--format", "json").document["units"]]
        for county in ("平原县", "高原县")
        if (where := ("--county", county, "--period", "2022-07"))
    }

    assert {"平原县": ["甲村", "丙村"], "高原县": ["甲村", "丁村"]} == units
    assert "1个单位没有上报" in history("finalize", "--county", "平原县", "--period", "2022-07").err


@pytest.mark.usefixtures("office")
def test_who_came_is_not_missing_any_more() -> None:
    """Nor is a village that is missing taken for another one of its name that was missed before."""
    register = delimited(Path("名册.csv"), grid("乡镇 名称\n河乡 甲村\n山乡 甲村\n湖乡 甲村"))

    def missing(*files: Path) -> list[str]:
        star("score", *files, "--register", register, "--period", "2022-07")
        found = star("report", "--period", "2022-07", "--format", "json").document["diagnostics"]
        return [problem["message"][:2] for problem in found if problem["code"] == "R408"]

    river, hill = (sent(town, "甲村 5 是", period="2022年7月") for town in ("河乡", "山乡"))
    assert ["山乡", "湖乡"] == missing(river)
    assert ["湖乡"] == missing(hill)


@pytest.mark.usefixtures("office")
def test_old_verdicts_are_deleted_and_made_again() -> None:
    """Only listed at first; then gone, but for what counts, and a replay has their tiers still."""
    sent("河乡", "甲村 4 是", "乙村 4.2 是")
    sent("山乡", "丙村 6 否", "丁村 4 是")
    star("score", "河乡.xlsx", "山乡.xlsx")
    listed = history("prune", "--before", "2022-07")
    assert "1-" in listed.out
    assert 8 == len(exported("1"))

    assert 0 == history("prune", "--before", "2022-07", "--yes").code
    assert [None] * 4 == [row["criterion"] for row in exported("1")]
    assert 8 == len(exported("2"))
    assert [True, False] == [run["pruned_at"] is not None for run in runs()]
    assert "判定已删" in history("list").out
    assert "判定已删，只比了星级" in history("replay", "1").out
    assert "判定已删，只比了星级" in history("diff", "1", "2").out
    assert 0 == history("verify").code
    assert 2 == history("prune", "--before", "去年").code


@pytest.mark.usefixtures("office")
def test_what_does_not_come_out_again_is_kept() -> None:
    """What cannot be made again is not deleted."""
    sent("河乡", "甲村 4 是", "乙村 4.2 是")
    sent("山乡", "丙村 6 否", "丁村 4 是")
    star("score", "河乡.xlsx", "山乡.xlsx")
    tamper(
        "UPDATE unit_results SET tier = 0 WHERE run = 1",
    )
    done = history("prune", "--before", "2022-07", "--yes")

    assert "1 次运行重算不出原样，没有删" in done.err
    assert 8 == len(exported("1"))


@pytest.mark.usefixtures("office")
def test_a_run_is_shown() -> None:
    """Its files, parts and tiers, in words and as JSON; what was done to it."""
    history("finalize")
    document = history("show", "1", "--format", "json").document

    assert (4, {"2": 2, "1": 2}, ["河乡", "山乡"]) == (
        document["units"],
        document["tiers"],
        sorted((part["township"] for part in document["parts"]), reverse=True),
    )
    assert "终评" in history("show", "2").out
    assert {"read"} == {file["status"] for file in document["inputs"]}
    assert "已读" in history("show", "1").out
    assert "read" not in history("show", "1").out


@pytest.mark.usefixtures("office")
@pytest.mark.parametrize("command", [("show", "9"), ("replay", "9"), ("diff", "1", "9"), ("export", "9")])
def test_a_run_there_is_not(command: tuple[str, ...]) -> None:
    """Is said to be none."""
    done = history(*command)

    assert 2 == done.code
    assert "H708" in done.err


@pytest.mark.usefixtures("office")
@pytest.mark.parametrize("command", [("undo", "1"), ("finalize",), ("prune", "--before", "2022-07", "--yes")])
def test_a_store_in_use_is_said_to_be_by_every_command(
    command: tuple[str, ...], target: str | Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where it is found to be only when something is to be written."""
    monkeypatch.setenv("STARCHECK_STORE_WAIT", "1")
    sent("河乡", "甲村 4 是", "乙村 4.2 是")
    sent("山乡", "丙村 6 否", "丁村 4 是")
    star("score", "河乡.xlsx", "山乡.xlsx")
    with Store.open(target) as holder, holder.transaction(writing=True):
        done = history(*command)

    assert (4, True) == (done.code, "H702" in done.err)
    assert (2, None) == (len(runs()), runs()[0]["undone_at"])


def test_nothing_is_finalized_where_nothing_is(tmp_path: Path) -> None:
    """Neither without a store, nor for another county."""
    assert 2 == history("finalize", "--store", tmp_path / "s.db").code
    assert not (tmp_path / "s.db").exists()
