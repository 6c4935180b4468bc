"""The command line: exit codes, bad input one by one, JSON alone on stdout, the store, locales, signals."""

from __future__ import annotations

import csv
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from typer.testing import CliRunner

from making import criterion, delimited, grid, scheme_text, workbook
from starcheck.cli import app

SCHEME = scheme_text(
    {
        "红星": ("全部", [criterion("X", "至少: 5", "数值", "单位: 万元", "列名: [集体收入]")]),
        "绿星": ("全部", [criterion("Y", "为: 是", "是否", "列名: [两委班子]")]),
    },
    vetoes=["{编号: F, 情形: 出事, 列名: [安全事故], 触发: {为: 是}, 后果: 不参评, 依据: 示例}"],
)
HEAD = "乡镇 村名 集体收入 两委班子 安全事故\n"
RIVER = "河乡 甲村 5 是 否\n河乡 乙村 4.2 是 否\n"
HILL = "山乡 丙村 6 否 否\n山乡 丁村 7 是 否\n"


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """Stdout as one JSON document and nothing else."""
        found: dict[str, Any] = json.loads(self.out)
        return found

    def tiers(self) -> dict[str, int | None]:
        """Tier by village."""
        return {unit["name"]: unit["tier"] for unit in self.document["units"]}

    def codes(self) -> list[str]:
        """The codes of the document."""
        return [found["code"] for found in self.document["diagnostics"]]


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, with a scheme of two stars and a ledger of two townships."""
    (tmp_path / "方案.yaml").write_text(SCHEME, encoding="utf-8")
    workbook(tmp_path / "河.xlsx", [["平原县河乡2022年6月台账"], *grid(HEAD + RIVER)])
    workbook(tmp_path / "山.xlsx", [["平原县山乡2022年6月台账"], *grid(HEAD + HILL)])
    monkeypatch.chdir(tmp_path)
    return tmp_path


def star(*arguments: str | Path, env: Mapping[str, str] | None = None) -> Done:
    """Run a command in this process."""
    result = CliRunner().invoke(app, [str(part) for part in arguments], env=dict(env or {}))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Done(result.exit_code, result.stdout, result.stderr)


def score(*arguments: str | Path, **more: Any) -> Done:
    """Score with the scheme of the folder, as JSON."""
    return star("score", *arguments, "--scheme", "方案.yaml", "--format", "json", **more)


def process(*arguments: str | Path, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[bytes]:
    """Run a command in a process of its own."""
    surroundings = {
        key: value for key, value in os.environ.items() if not key.startswith(("LC_", "LANG", "PYTHONUTF8", "PYTHONIO"))
    }
    return subprocess.run(  # noqa: S603
        [sys.executable, "-m", "starcheck", *map(str, arguments)],
        capture_output=True,
        check=False,
        env={**surroundings, **(env or {})},
    )


# --- exit codes -------------------------------------------------------------------------------------------------------


def test_exit_codes_of_a_clean_run(office: Path) -> None:
    """0, and a village short of its target is never anything else."""
    done = score("河.xlsx", "山.xlsx", "--no-store")

    assert 0 == done.code
    assert {"甲村": 2, "乙村": 1, "丙村": 1, "丁村": 2} == done.tiers()
    assert ("平原县", "2022-06", "2022-06-30") == tuple(done.document[key] for key in ("county", "period", "as_of"))
    assert not (office / "starcheck.db").exists()


@pytest.mark.parametrize(
    ("command", "fail_on", "code"),
    [
        ("score", None, 0),
        ("score", "error", 1),
        ("score", "warning", 1),
        ("score", "never", 0),
        ("check", None, 1),
        ("check", "never", 0),
    ],
)
def test_exit_codes_with_errors(office: Path, command: str, fail_on: str | None, code: int) -> None:
    """1 with diagnostics at or above --fail-on: error for check, never for score."""
    workbook(office / "错.xlsx", [["平原县河乡2022年6月台账"], *grid(HEAD + "河乡 甲村 约5 是 否")])
    more = ["--fail-on", fail_on] if fail_on else []

    assert (
        code
        == star(
            command, "错.xlsx", "--scheme", "方案.yaml", *more, *(["--no-store"] if command == "score" else [])
        ).code
    )


def test_check_lists_who_has_not_reported_by_township(office: Path) -> None:
    """Units missing from a township that reported by name, a township without a file with its number; exit 3."""
    river = "编码 名称 乡镇 县\n410999100201 甲村 河乡 平原县\n410999100202 乙村 河乡 平原县\n"
    lines = f"{river}410999100203 戊村 河乡 平原县\n410999101201 丙村 山乡 平原县\n410999101202 丁村 山乡 平原县"
    delimited(office / "名册.csv", grid(lines))
    told = ("check", "河.xlsx", "--scheme", "方案.yaml", "--register", "名册.csv")
    console, page = star(*told), star(*told, "--format", "md")
    document = star(*told, "--format", "json").document

    assert 3 == console.code
    for text in (console.out, page.out):
        assert "戊村" in text
        assert "山乡（2）" in text
        assert "丙村" not in text
    assert "R408" not in console.out
    assert (["戊村"], ["R408"]) == (
        document["summary"]["missing_units"],
        [found["code"] for found in document["diagnostics"] if found["code"] == "R408"],
    )


def test_a_file_that_gives_no_ledger_is_not_taken_for_none(office: Path) -> None:
    """Its township did send something: that is said, also with --township, and its units are counted as missing."""
    lines = (
        "编码 名称 乡镇 县\n410999100201 甲村 河乡 平原县\n410999100202 乙村 河乡 平原县\n410999101201 丙村 山乡 平原县"
    )
    delimited(office / "名册.csv", grid(lines))
    workbook(office / "山.xlsx", [["平原县山乡2022年6月台账"], *grid("乡镇 名号 收入 党员大会\n山乡 丙村 5 是")])
    told = ("check", "河.xlsx", "山.xlsx", "--scheme", "方案.yaml", "--register", "名册.csv", "--format", "json")
    document, one = star(*told).document, star(*told, "--township", "河乡").document

    assert ["丙村"] == document["summary"]["missing_units"]
    assert ["山.xlsx"] == [found["file"] for found in document["diagnostics"] if found["code"] == "R437"]
    assert {"T202", "R437"} <= {found["code"] for found in one["diagnostics"] if found["file"] == "山.xlsx"}


def test_check_says_that_there_are_notes_and_no_register(office: Path) -> None:
    """Notes are counted, and how to see them is said; without a register nobody can be missing."""
    workbook(office / "注.xlsx", [["平原县河乡2022年6月台账"], *grid(HEAD + "河乡 甲村 五 是 否")])
    told = ("check", "注.xlsx", "--scheme", "方案.yaml")

    assert "没有名册" in star(*told).out
    assert "推断  期次 2022-06" in star(*told).out
    assert "推断" not in star(*told, "--quiet").out
    assert "--all" in star(*told).out
    assert "--all" not in star(*told, "--all").out


def test_exit_codes_with_warnings(office: Path) -> None:
    """A blank veto is a warning: 1 only if asked for."""
    workbook(office / "空.xlsx", [["平原县河乡2022年6月台账"], *grid(HEAD + "河乡 甲村 5 是 -")])
    codes = [
        star("check", "空.xlsx", "--scheme", "方案.yaml", "--fail-on", level).code for level in ("error", "warning")
    ]

    assert [0, 1] == codes


@pytest.mark.parametrize(
    "arguments",
    [
        ["score"],
        ["score", "河.xlsx", "--no-such-option"],
        ["score", "河.xlsx", "--scheme", "没有的方案"],
        ["score", "河.xlsx", "--scheme", "没有.yaml"],
        ["score", "河.xlsx", "--scheme", "方案.yaml", "--period", "六月"],
        ["score", "河.xlsx", "--scheme", "方案.yaml", "--period", "2022-13"],
        ["score", "河.xlsx", "--scheme", "方案.yaml", "--as-of", "2022-02-30"],
        ["score", "河.xlsx", "--scheme", "方案.yaml", "--as-of", "2021-12-31"],
        ["score", "河.xlsx", "--scheme", "方案.yaml", "--format", "pdf"],
        ["score", "河.xlsx", "--scheme", "方案.yaml", "--out", "a.pdf"],
        ["score", "河.xlsx", "--scheme", "方案.yaml", "--out", "没有/a.csv"],
        ["score", "河.xlsx", "--scheme", "方案.yaml", "--fail-on", "sometimes"],
        ["score", "河.xlsx", "--scheme", "方案.yaml", "--lang", "fr"],
        ["score", "河.xlsx", "--scheme", "方案.yaml", "--register", "没有.csv"],
        ["score", "河.xlsx", "--scheme", "方案.yaml", "--targets", "没有.csv"],
        ["explain", "没有的村", "河.xlsx", "--scheme", "方案.yaml"],
        ["explain", "V399"],
        ["criteria", "lint", "没有.yaml"],
        ["criteria", "show", "没有的方案"],
    ],
    ids=lambda arguments: " ".join(arguments[-2:]),
)
def test_wrong_usage(office: Path, arguments: Sequence[str]) -> None:
    """2, stdout empty, one clear line on stderr, nothing recorded."""
    done = star(*arguments)

    assert 2 == done.code
    assert "" == done.out
    assert done.err.strip()
    assert "Traceback" not in done.err
    assert not (office / "starcheck.db").exists()


def test_missing_units(office: Path) -> None:
    """3, the result still printed; the missing are named."""
    delimited(
        office / "名册.csv",
        grid("编码 名称 乡镇\n410999100201 甲村 河乡\n410999100202 乙村 河乡\n410999100203 戊村 河乡"),
    )
    done = score("河.xlsx", "--register", "名册.csv", "--no-store")

    assert 3 == done.code
    assert {"甲村": 2, "乙村": 1, "戊村": None} == done.tiers()
    assert ["戊村"] == [
        unit if isinstance(unit, str) else unit["name"] for unit in done.document["summary"]["missing_units"]
    ]


# --- bad input, one by one --------------------------------------------------------------------------------------------


def encrypted() -> bytes:
    """An OLE file with an EncryptedPackage, as a password leaves it."""
    entry = "EncryptedPackage".encode("utf-16-le").ljust(64, b"\0") + bytes([34, 0, 2, 1]) + b"\0" * 60
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".ljust(512, b"\0") + b"\0" * 128 + entry + b"\0" * 256


def bad_file(folder: Path, kind: str) -> tuple[Path, str]:
    """A file that is no ledger, and the code that says so."""
    path = folder / f"坏_{kind}.xlsx"
    match kind:
        case "missing":
            return path, "F101"
        case "empty":
            path.write_bytes(b"")
            return path, "F104"
        case "encrypted":
            path.write_bytes(encrypted())
            return path, "F105"
        case "damaged":
            path.write_bytes((folder / "河.xlsx").read_bytes()[:2000])
            return path, "F106"
        case "pdf":
            path.write_bytes(b"%PDF-1.7\n" + b"\0" * 100)
            return path, "F119"
        case "sheet":
            return workbook(path, []), "F104"
        case "no table":
            return workbook(path, [["请各乡镇按时报送"], ["联系人：某某"]]), "T202"
        case "other":
            return workbook(path, grid("姓名 语文 数学\n张三 90 95\n李四 80 85")), "T202"
        case "instructions":
            path = folder / "说明.txt"
            path.write_text("请各乡镇按时报送", encoding="utf-8")
            return path, "F127"
    raise AssertionError(kind)


BAD = ["missing", "empty", "encrypted", "damaged", "pdf", "sheet", "no table", "other", "instructions"]


@pytest.mark.parametrize("kind", BAD)
def test_bad_input_beside_good(office: Path, kind: str) -> None:
    """Its own code, exit 3, no traceback; the good file is rated all the same."""
    bad, code = bad_file(office, kind)
    done = score("河.xlsx", bad.name, "--no-store")

    assert 3 == done.code
    assert {"甲村": 2, "乙村": 1} == done.tiers()
    assert code in done.codes()
    assert {"河.xlsx": "read", bad.name: "unreadable"} == {
        item["file"]: item["status"] for item in done.document["inputs"]
    }
    assert "Traceback" not in done.err
    [said] = [found for found in done.document["diagnostics"] if found["code"] == code]
    assert bad.name == said["file"]
    assert said["hint"]


@pytest.mark.parametrize("kind", BAD)
def test_bad_input_alone(office: Path, kind: str) -> None:
    """Exit 3, a document without units on stdout, what to do on stderr, nothing recorded."""
    bad, code = bad_file(office, kind)
    done = score(bad.name)

    assert (3, []) == (done.code, json.loads(done.out)["units"])
    assert code in done.err
    assert not (office / "starcheck.db").exists()


@pytest.mark.parametrize("content", [None, "说明.txt", "~$河.xlsx"])
def test_a_folder_without_ledgers(office: Path, content: str | None) -> None:
    """Exit 3, and the folder is named."""
    (office / "空").mkdir()
    if content is not None:
        (office / "空" / content).write_text("请按时报送", encoding="utf-8")
    done = score("空")

    assert (3, []) == (done.code, json.loads(done.out)["units"])
    assert "F108" in done.err
    assert "空" in done.err


def test_a_folder_with_other_things(office: Path) -> None:
    """Other types and lock files are listed as skipped, and are no failure; a broken workbook is."""
    folder = office / "台账"
    folder.mkdir()
    (office / "河.xlsx").rename(folder / "河.xlsx")
    for name in ("说明.docx", "~$河.xlsx", "照片.jpg"):
        (folder / name).write_bytes(b"x")
    done = score("台账", "--no-store")

    assert 0 == done.code
    assert {"河.xlsx": "read", "说明.docx": "skipped", "~$河.xlsx": "skipped", "照片.jpg": "skipped"} == {
        item["file"]: item["status"] for item in done.document["inputs"]
    }
    assert 3 == done.codes().count("F107")

    (folder / "坏.xlsx").write_bytes(b"PK\x03\x04 no")

    assert 3 == score("台账", "--no-store").code


def test_invalid_criteria(office: Path) -> None:
    """Exit 2, every problem at once with its file, line and column; score and lint alike."""
    (office / "方案.yaml").write_text(
        SCHEME.replace("点亮: 全部", "点亮: 全不").replace("类型: 是否", "类型: 是不"), encoding="utf-8"
    )
    scored, linted = star("score", "河.xlsx", "--scheme", "方案.yaml"), star("criteria", "lint", "方案.yaml")

    assert [2, 2] == [scored.code, linted.code]
    assert 3 <= len(re.findall(r"方案\.yaml:\d+:\d+", linted.out))
    assert 3 <= len(re.findall(r"方案\.yaml +第\d+行", scored.err))
    assert "^" in linted.out
    assert "" == scored.out


def test_invalid_criteria_of_the_folder(office: Path) -> None:
    """One broken file among the criteria is not passed over."""
    (office / "criteria").mkdir()
    (office / "criteria" / "坏.yaml").write_text("方案: [", encoding="utf-8")

    assert 2 == star("score", "河.xlsx", "--criteria", "criteria").code


@pytest.mark.parametrize("store", ["方案.yaml/starcheck.db", ".", "方案.yaml"])
def test_an_unwritable_store(office: Path, store: str) -> None:
    """Exit 4 with the result printed; the file in the way is left as it was."""
    done = score("河.xlsx", "--store", store)

    assert 4 == done.code
    assert {"甲村": 2, "乙村": 1} == done.tiers()
    assert SCHEME == (office / "方案.yaml").read_text(encoding="utf-8")
    assert "Traceback" not in done.err


def test_checking_with_a_store(office: Path) -> None:
    """Last month and the register are the store's, wherever it lies; nothing is recorded."""
    delimited(office / "名册.csv", grid("名称 乡镇 县\n甲村 河乡 平原县\n乙村 河乡 平原县\n丙村 河乡 平原县"))
    (office / "库").mkdir()
    score("河.xlsx", "--store", "库/五月.db", "--register", "名册.csv")
    before = (office / "库" / "五月.db").read_bytes()
    later = HEAD + "河乡 甲村 50000 是 否\n河乡 乙村 4.2 是 否"
    workbook(office / "河7.xlsx", [["平原县河乡2022年7月台账"], *grid(later)])
    command = ["check", "河7.xlsx", "--scheme", "方案.yaml", "--format", "json"]
    plain, told = star(*command), star(*command, "--store", "库/五月.db")

    assert [] == plain.document["summary"]["missing_units"]
    assert ["丙村"] == told.document["summary"]["missing_units"]
    assert ("V331" in plain.codes(), "V331" in told.codes()) == (False, True)
    assert before == (office / "库" / "五月.db").read_bytes()
    assert not (office / "starcheck.db").exists()


def test_checking_without_the_store_that_was_named(office: Path) -> None:
    """One that is told must be there; one that lies in the workspace and is none is told of, and the check goes on."""
    command = ["check", "河.xlsx", "--scheme", "方案.yaml"]
    gone, none = star(*command, "--store", "没有.db"), star(*command, "--store", "方案.yaml")

    assert (2, 4) == (gone.code, none.code)
    assert "没有.db" in gone.err
    assert not (office / "没有.db").exists()

    (office / "starcheck.db").write_text("我不是库", encoding="utf-8")
    done = star(*command)

    assert 0 == done.code
    assert "starcheck.db" in done.err
    assert "我不是库" == (office / "starcheck.db").read_text(encoding="utf-8")


def test_no_store_to_report_from(office: Path) -> None:
    """Report and history without a store: one line, no traceback, none is created."""
    done = [star("report", "--county", "平原"), star("history", "list")]

    assert {2, 4} >= {one.code for one in done}
    assert not (office / "starcheck.db").exists()
    assert all(one.err.strip() and not one.out for one in done)


# --- what is printed --------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("office")
def test_the_console_shows_the_whole_job() -> None:
    """Heading with what was inferred and why, tiers, stars, townships, shortfalls."""
    done = star("score", "河.xlsx", "山.xlsx", "--no-store", "--criteria", ".")

    assert 0 == done.code
    for word in ("平原县", "2022-06", "测试", "二星", "红星", "绿星", "河乡", "山乡", "乙村", "标题"):
        assert word in done.out, word
    assert max(map(len, done.out.splitlines())) <= 100
    assert "…" not in done.out


@pytest.mark.usefixtures("office")
def test_english() -> None:
    """--lang en: no Chinese but names and the scheme's own words."""
    done = star("score", "河.xlsx", "--no-store", "--scheme", "方案.yaml", "--lang", "en")

    assert 0 == done.code
    assert "Tiers" in done.out
    assert "星级合计" not in done.out


def test_several_counties(office: Path) -> None:
    """County is null, counties lists them, each unit carries its own; --county takes one."""
    workbook(
        office / "市.xlsx",
        [
            ["2022年6月台账"],
            *grid(f"县 {HEAD}东平县 城关镇 甲村 5 是 否\n东平县 城关镇 乙村 4 否 否\n西平县 城关镇 甲村 6 是 否"),
        ],
    )
    document = score("市.xlsx", "--no-store").document

    assert document["county"] is None
    assert {"东平县", "西平县"} == {
        county if isinstance(county, str) else county["name"] for county in document["counties"]
    }
    assert [("东平县", 2), ("东平县", 0), ("西平县", 2)] == [
        (unit["county"], unit["tier"]) for unit in document["units"]
    ]
    assert {"甲村": 2, "乙村": 0} == score("市.xlsx", "--no-store", "--county", "东平").tiers()

    shown = star("score", "市.xlsx", "--no-store", "--scheme", "方案.yaml").out

    assert all(0 <= shown.find(county) < shown.find("红星") for county in ("东平县", "西平县"))


def test_out_writes_units_by_verdicts_whole(office: Path) -> None:
    """CSV, workbook and Parquet hold the same rows; text that could be a formula is not one."""
    rows = [["平原县河乡2022年6月台账"], *grid(HEAD + RIVER), ["河乡", "@丙村", 6, "是", "否"]]
    workbook(office / "河.xlsx", rows)
    for name in ("单位.csv", "单位.xlsx", "单位.parquet"):
        assert 0 == score("河.xlsx", "--no-store", "--out", name).code

    with (office / "单位.csv").open(encoding="utf-8-sig", newline="") as stream:
        lines = list(csv.reader(stream))
    frame = pd.read_parquet(office / "单位.parquet")
    sheet = list(openpyxl.load_workbook(office / "单位.xlsx").worksheets[0].iter_rows())

    assert [4, 3, 4] == [len(lines), len(frame), len([row for row in sheet if any(cell.value for cell in row)])]
    assert not any(cell.startswith(("=", "+", "@")) for line in lines for cell in line)
    assert not any(cell.data_type == "f" for row in sheet for cell in row)
    assert not [path.name for path in office.iterdir() if path.name.startswith(".单位")]


def test_json_is_all_there_is_on_stdout(office: Path) -> None:
    """Also when the run is recorded, has problems and says what it made."""
    workbook(office / "错.xlsx", [["平原县河乡2022年6月台账"], *grid(HEAD + "河乡 甲村 约5 是 否\n合计 - 9 - -")])
    done = score("错.xlsx")

    assert 0 == done.code
    assert {"V301"} <= set(done.codes())
    assert "starcheck.db" in done.err
    assert (office / "starcheck.db").is_file()


# --- settings ---------------------------------------------------------------------------------------------------------


def test_precedence(office: Path) -> None:
    """Flag over environment over starcheck.toml."""
    plain = workbook(office / "无题.xlsx", grid(HEAD + RIVER))
    (office / "starcheck.toml").write_text('county = "甲县"\nscheme = "方案.yaml"\n', encoding="utf-8")
    command = ["score", plain.name, "--no-store", "--period", "2022-06", "--format", "json"]
    found = [
        star(*command).document["county"],
        star(*command, env={"STARCHECK_COUNTY": "乙县"}).document["county"],
        star(*command, "--county", "丙县", env={"STARCHECK_COUNTY": "乙县"}).document["county"],
    ]

    assert ["甲县", "乙县", "丙县"] == found


@pytest.mark.usefixtures("office")
def test_county_names_as_people_say_them() -> None:
    """--county 平原 is 平原县, as the title writes it."""
    assert "平原县" == score("河.xlsx", "--no-store", "--county", "平原").document["county"]


# --- the store --------------------------------------------------------------------------------------------------------


def test_a_scheme_told_by_its_file_is_found_in_the_store(office: Path) -> None:
    """The store knows schemes by their 编号; starcheck.toml may name a file."""
    (office / "starcheck.toml").write_text('scheme = "方案.yaml"\n', encoding="utf-8")
    star("score", "河.xlsx")

    assert [0, 0] == [star("report").code, star("explain", "甲村").code]


def report(*more: str) -> Done:
    """What is recorded."""
    return star("report", "--county", "平原", "--format", "json", *more)


def runs() -> list[dict[str, Any]]:
    """Every recorded run, the oldest first."""
    found: list[dict[str, Any]] = json.loads(star("history", "list", "--format", "json").out)
    return sorted(found, key=lambda run: str(run["recorded_at"]))


def test_parts_and_revisions(office: Path) -> None:
    """The same again is the same run; one corrected workbook changes one township; undo takes a run back."""
    score("河.xlsx", "山.xlsx")
    first = report().tiers()
    score("河.xlsx", "山.xlsx")

    assert 1 == len(runs())
    assert {"甲村": 2, "乙村": 1, "丙村": 1, "丁村": 2} == first

    workbook(
        office / "河改.xlsx", [["平原县河乡2022年6月台账"], *grid(HEAD + "河乡 甲村 4 是 否\n河乡 乙村 5.2 是 否")]
    )
    scored = score("河改.xlsx")

    assert {"甲村": 1, "乙村": 2} == {name: tier for name, tier in scored.tiers().items() if name in {"甲村", "乙村"}}
    assert {"甲村": 1, "乙村": 2, "丙村": 1, "丁村": 2} == report().tiers()
    assert {"甲村": 1, "乙村": 2} == report("--township", "河").tiers()
    assert 2 == len(runs())

    undone = star("history", "undo", runs()[-1]["run"], "--reason", "误传")

    assert 0 == undone.code
    assert first == report().tiers()
    assert [False, True] == [run["undone_at"] is not None for run in runs()]


def test_one_township_first_and_then_all(office: Path) -> None:
    """Of one file: what was left out the first time is recorded the second time."""
    workbook(office / "全.xlsx", [["平原县2022年6月台账"], *grid(HEAD + RIVER + HILL)])
    score("全.xlsx", "--township", "河乡")
    assert {"甲村": 2, "乙村": 1} == report().tiers()
    score("全.xlsx")

    assert {"甲村": 2, "乙村": 1, "丙村": 1, "丁村": 2} == report().tiers()


def test_the_same_file_read_otherwise_is_recorded_again(office: Path) -> None:
    """With --map, and with what starcheck.toml remembers: the file is the same, what it says is not."""
    rows = grid(HEAD.replace("集体收入", "集体经纪收入") + RIVER)
    workbook(office / "河.xlsx", [["平原县河乡2022年6月台账"], *rows])
    found = []
    for more in ([], ["--map", "集体经纪收入=X"], ["--map", "集体经纪收入=X"]):
        score("河.xlsx", *more)
        found.append((len(runs()), report().tiers()["甲村"]))
    (office / "starcheck.toml").write_text('[mapping."河乡"]\n"集体经纪收入" = "X"\n', encoding="utf-8")
    score("河.xlsx")

    assert [(1, 1), (2, 2), (2, 2)] == found
    assert 3 == len(runs())
    assert 0 == star("history", "verify", "--replay").code


def test_units_a_new_file_lacks_are_carried_with_a_warning(office: Path) -> None:
    """They keep their old rows, unless --replace."""
    score("河.xlsx")
    workbook(office / "河少.xlsx", [["平原县河乡2022年6月台账"], *grid(HEAD + "河乡 甲村 4 是 否")])
    carried = star("score", "河少.xlsx", "--scheme", "方案.yaml")

    assert {"甲村": 1, "乙村": 1} == report().tiers()
    assert "乙村" in carried.err

    workbook(office / "河少.xlsx", [["平原县河乡2022年6月台账"], *grid(HEAD + "河乡 甲村 5 是 否")])
    star("score", "河少.xlsx", "--scheme", "方案.yaml", "--replace")

    assert {"甲村": 2} == report().tiers()


def test_with_a_store_only_the_covered_townships_can_be_missing(office: Path) -> None:
    """One township's file is complete for its township; report looks at all of the register."""
    delimited(
        office / "名册.csv",
        grid(
            "编码 名称 乡镇\n"
            "410999100201 甲村 河乡\n"
            "410999100202 乙村 河乡\n"
            "410999100203 丙村 山乡\n"
            "410999100204 丁村 山乡"
        ),
    )
    codes = [
        score("河.xlsx", "--register", "名册.csv").code,
        score("河.xlsx", "--register", "名册.csv", "--no-store").code,
        report().code,
        score("山.xlsx", "--register", "名册.csv").code,
        report().code,
    ]

    assert [0, 3, 3, 0, 0] == codes


def test_months_follow_each_other(office: Path) -> None:
    """Each period is its own; report takes the latest or the one asked for; change is against the last one."""
    score("河.xlsx")
    workbook(office / "七月.xlsx", [["平原县河乡2022年7月台账"], *grid(HEAD + "河乡 甲村 4 是 否\n河乡 乙村 6 是 否")])
    score("七月.xlsx")

    assert {"甲村": 1, "乙村": 2} == report().tiers()
    assert {"甲村": 2, "乙村": 1} == report("--period", "2022-06").tiers()
    assert 2 == report("--period", "2022-05").code
    assert "较2022年6月" in star("report", "--county", "平原").out


@pytest.mark.parametrize("form", ["console", "md", "csv"])
@pytest.mark.usefixtures("office")
def test_reports_in_every_form(form: str) -> None:
    """From the store, with n of m townships and the parts' dates."""
    score("河.xlsx", "山.xlsx")
    done = star("report", "--county", "平原", "--format", form)

    assert 0 == done.code
    assert "甲村" in done.out or form != "csv"
    assert "河乡" in done.out


@pytest.mark.usefixtures("office")
def test_explaining() -> None:
    """A village from files and from the store, a code, a criterion."""
    from_files = star("explain", "乙", "河.xlsx", "--scheme", "方案.yaml")
    score("河.xlsx")
    from_store = star("explain", "乙村", "--county", "平原")
    done = [from_files, from_store, star("explain", "V301"), star("explain", "X", "--scheme", "方案.yaml")]

    assert [0] * 4 == [one.code for one in done]
    for one in done[:2]:
        assert all(word in one.out for word in ("4.2", "至少5", "示例", "河.xlsx", "0.8")), one.out


def own_scheme(office: Path, identity: str, *items: str, name: str = "项") -> None:
    """A scheme in the office's folder of schemes, of items that all have one name."""
    (office / "criteria").mkdir(exist_ok=True)
    text = scheme_text(
        {"星": ("全部", [criterion(key, "至少: 5", "数值", "单位: 万元") for key in items])}, identity=identity
    )
    (office / "criteria" / f"{identity}.yaml").write_text(text.replace("名称: ", f"名称: {name}"), encoding="utf-8")


def test_an_item_is_explained_by_the_scheme_of_the_results(office: Path) -> None:
    """Of several that have it, that of the files given, or of what is recorded; without either they are named."""
    own_scheme(office, "one", "X", "P1", name="甲法")
    own_scheme(office, "two", "X", name="乙法")
    neither = star("explain", "X")
    only = star("explain", "P1")
    star("score", "河.xlsx", "--scheme", "方案.yaml")
    recorded = star("explain", "X")
    told = star("explain", "X", "--scheme", "two")
    workbook(office / "乙.xlsx", [["平原县河乡2022年6月台账"], *grid("乡镇 村名 P1 X\n河乡 甲村 5 6")])
    of_files = star("explain", "X", "乙.xlsx")

    assert (2, True, True) == (neither.code, "one" in neither.err, "two" in neither.err)
    assert "P1 甲法P1" in only.out
    assert (0, True) == (recorded.code, "  test " in recorded.out)
    assert (0, True) == (told.code, "X 乙法X" in told.out)
    assert (0, True) == (of_files.code, "X 甲法X" in of_files.out)


def test_an_item_of_a_scheme_that_only_the_store_has(office: Path) -> None:
    """Where the scheme's file is gone, the recorded one explains its items, a veto and a star."""
    own_scheme(office, "three", "P9")
    workbook(office / "丙.xlsx", [["平原县河乡2022年6月台账"], *grid("乡镇 村名 P9\n河乡 甲村 5")])
    star("score", "丙.xlsx", "--scheme", "three")
    (office / "criteria" / "three.yaml").unlink()

    assert "P9 项P9" in star("explain", "P9").out


def test_namesakes_are_all_listed_with_what_tells_them_apart(office: Path) -> None:
    """By the township, by the county, by the code: what is listed can be asked for."""
    ledgers = {
        "县": "县 乡镇 村名 集体收入 两委班子\n甲县 河乡 三村 5 是\n乙县 河乡 三村 1 是",
        "乡": "乡镇 村名 集体收入 两委班子\n河乡 三村 5 是\n山乡 三村 1 是",
        "码": "编码 乡镇 村名 集体收入 两委班子\n'410999100201 河乡 三村 5 是\n'410999100202 河乡 三村 1 是",
    }
    asked = {"县": "乙县河乡三村", "乡": "山乡三村", "码": "410999100202"}
    for name, rows in ledgers.items():
        workbook(office / f"{name}.xlsx", grid(rows))
        more = ("--scheme", "方案.yaml", "--period", "2022-06", *(() if name == "县" else ("--county", "平原县")))
        either = star("explain", "三村", f"{name}.xlsx", *more)
        one = star("explain", asked[name], f"{name}.xlsx", *more)

        assert (2, True) == (either.code, asked[name] in either.err), either.err
        assert "找不到" not in either.err
        assert (0, True) == (one.code, "1万元" in one.out), one.err


def test_units_that_no_township_is_known_of(office: Path) -> None:
    """One of them is explained, two of one name are told apart by their files."""
    for name in ("一", "二"):
        workbook(office / f"{name}.xlsx", grid("村名 集体收入 两委班子\n四村 5 是"))
    more = ("--scheme", "方案.yaml", "--period", "2022-06", "--county", "平原县")
    one = star("explain", "四村", "一.xlsx", *more)
    two = star("explain", "四村", "一.xlsx", "二.xlsx", *more)

    assert 0 == one.code
    assert (2, True, True) == (two.code, "一.xlsx" in two.err, "二.xlsx" in two.err)


def test_showing_an_item_by_its_name(office: Path) -> None:
    """--item takes a name or header that only one has; part of a name lists those that have it."""
    (office / "方案.yaml").write_text(
        SCHEME.replace("名称: X", "名称: “五美”收入").replace("名称: Y", "名称: 五美班子"), "utf-8"
    )
    by_name, by_header, by_part, by_nothing = (
        star("criteria", "show", "方案.yaml", "--item", item) for item in ("五美收入", "两委班子", "五美", "天气")
    )

    assert [0, 0, 2, 2] == [done.code for done in (by_name, by_header, by_part, by_nothing)]
    assert ("X “五美”收入", "Y 五美班子") == (by_name.out.splitlines()[0], by_header.out.splitlines()[0])
    assert all(title in by_part.err for title in ("X “五美”收入", "Y 五美班子"))


def test_backup_and_restore(office: Path) -> None:
    """A copy, and the copy put back after a mistake."""
    score("河.xlsx")
    assert 0 == star("history", "backup", "库.bak").code
    workbook(office / "河.xlsx", [["平原县河乡2022年6月台账"], *grid(HEAD + "河乡 甲村 1 否 否\n河乡 乙村 1 否 否")])
    score("河.xlsx")
    assert {0} == set(report().tiers().values())
    assert 0 == star("history", "restore", "库.bak", "--force").code
    assert {"甲村": 2, "乙村": 1} == report().tiers()
    assert 0 == star("history", "show", runs()[0]["run"]).code


def test_the_tiers_of_a_run(office: Path) -> None:
    """By their names in the scheme of that run, those without one apart, as in the report."""
    workbook(
        office / "河.xlsx",
        [["平原县河乡2022年6月台账"], *grid(HEAD + "河乡 甲村 5 是 否\n河乡 乙村 4.2 是 否\n河乡 丙村 6 是 是")],
    )
    delimited(
        office / "名册.csv",
        grid("名称 乡镇 县\n甲村 河乡 平原县\n乙村 河乡 平原县\n丙村 河乡 平原县\n丁村 河乡 平原县"),
    )
    score("河.xlsx", "--register", "名册.csv")
    names = {tier["tier"]: tier["name"] for tier in report().document["tiers"]}
    (office / "方案.yaml").unlink()
    shown = star("history", "show", "1", "--format", "md").out

    for name, units, share in (
        (names[2], 1, "25.0"),
        (names[1], 1, "25.0"),
        ("不参评", 1, "25.0"),
        ("未上报", 1, "25.0"),
    ):
        assert f"| {name} | {units} | {share}% |" in shown
    assert "| **合计** | **4** | **100.0%** |" in shown


def test_init_and_schemas(office: Path) -> None:
    """A workspace; the schemas of scheme files, result and ledger are JSON."""
    assert 0 == star("init", "新县").code
    assert (office / "新县" / "starcheck.toml").is_file()
    for more in ([], ["--result"], ["--ledger", "--scheme", "方案.yaml"]):
        assert "$defs" in (document := json.loads(star("criteria", "schema", *more).out)) or "properties" in document
    assert 0 == star("criteria", "show", "方案.yaml").code
    assert 0 == star("criteria", "lint", "方案.yaml").code


# --- locales and signals ----------------------------------------------------------------------------------------------

LOCALES = {
    "C": {"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "gbk": {"PYTHONIOENCODING": "gbk", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
}


@pytest.mark.parametrize("name", LOCALES)
def test_a_terminal_that_is_not_utf8(office: Path, name: str) -> None:
    """The main job, recorded: no traceback, the same result; JSON is still JSON."""
    command = ["score", "河.xlsx", "山.xlsx", "--scheme", "方案.yaml"]
    shown = process(*command, "--store", f"{name}.db", env=LOCALES[name])
    document = process(*command, "--no-store", "--format", "json", env=LOCALES[name])
    encoding = {"C": "ascii", "gbk": "gbk"}[name]

    assert [0, 0] == [shown.returncode, document.returncode], shown.stderr + document.stderr
    assert b"Traceback" not in shown.stderr + document.stderr
    assert {"甲村", "乙村", "丙村", "丁村"} == {
        unit["name"] for unit in json.loads(document.stdout.decode(encoding))["units"]
    }
    if name == "gbk":
        assert "红星" in shown.stdout.decode("gbk")
    assert (office / f"{name}.db").is_file()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_signals(office: Path, number: signal.Signals, code: int) -> None:
    """Stopped while reading: 130 or 143, no traceback, nothing recorded."""
    pipe = office / "台账.csv"
    os.mkfifo(pipe)
    command = [sys.executable, "-m", "starcheck", "score", "台账.csv", "--scheme", "方案.yaml"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=office) as running:  # noqa: S603
        writer = _open_when_read(pipe, running)
        try:
            _stop(running, number)
            out, err = running.communicate(timeout=30)
        finally:
            running.kill()
            os.close(writer)

    assert (code, b"") == (running.returncode, out)
    assert b"Traceback" not in err
    assert not (office / "starcheck.db").exists()


def _stop(running: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """Signal until it stops: one that comes just before a blocking read waits for the next."""
    for _ in range(20):
        running.send_signal(number)
        try:
            running.wait(timeout=3)
        except subprocess.TimeoutExpired:
            continue
        return


def _open_when_read(pipe: Path, running: subprocess.Popen[bytes]) -> int:
    """Open a pipe for writing as soon as the other end is open for reading."""
    for _ in range(600):
        try:
            return os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:
            assert running.poll() is None, running.stderr and running.stderr.read()
            time.sleep(0.05)
    raise AssertionError("nobody reads the pipe")


def test_a_reader_that_goes_away_is_no_error(office: Path) -> None:
    """Starcheck score … | head: no traceback."""
    command = f'"{sys.executable}" -m starcheck score 河.xlsx --scheme 方案.yaml --no-store --format json | head -c 10'
    done = subprocess.run(command, shell=True, capture_output=True, check=False, cwd=office)  # noqa: S602

    assert b"Traceback" not in done.stderr
    assert 10 == len(done.stdout)


def test_problems_to_hand_on(office: Path) -> None:
    """Check --out writes the list of problems, one row each, as CSV, xlsx or Markdown."""
    for name in ("问题.csv", "问题.xlsx", "问题.md"):
        process("check", "河.xlsx", "--scheme", "方案.yaml", "--out", name)

    assert (office / "问题.csv").read_text(encoding="utf-8-sig").startswith("级别,代码,文件")
    assert (office / "问题.xlsx").stat().st_size > 0
    assert (office / "问题.md").read_text(encoding="utf-8").startswith("# 问题清单")


@pytest.mark.usefixtures("office")
def test_json_is_a_document_also_when_nothing_can_be_read() -> None:
    """Exit 3, and on stdout one document that lists the file and what is wrong with it."""
    done = process("score", "没有.xlsx", "--scheme", "方案.yaml", "--no-store", "--format", "json")
    document = json.loads(done.stdout)

    assert (3, 1, []) == (done.returncode, document["format"], document["units"])
    assert ["F101"] == [found["code"] for found in document["diagnostics"]]


def test_json_lists_the_files_also_when_no_unit_is_known(office: Path) -> None:
    """Every file with its sheets, of which no row is about a unit, and what the run was about."""
    delimited(office / "名册.csv", grid("编码 名称 乡镇 县\n410999101201 丙村 山乡 平原县"))
    workbook(office / "无.xlsx", [["平原县2022年6月台账"], *grid("村名 集体收入 两委班子\n子村 5 是")])
    told = ("无.xlsx", "--scheme", "方案.yaml", "--register", "名册.csv", "--format", "json")
    document = star("check", *told).document
    (file,) = document["inputs"]

    assert ("平原县", "2022-06", 0) == (document["county"], document["period"], document["summary"]["units"])
    assert ("无.xlsx", "read", 64) == (file["file"], file["status"], len(file["sha256"]))
    assert [{"name": "台账", "rows": 0, "header": "A2:C2"}] == file["sheets"]


def test_one_township_of_a_folder(office: Path) -> None:
    """Score --township rates that township, with its own problems and files, and 乡 or 镇 may be left out."""
    done = star("score", office, "--scheme", "方案.yaml", "--no-store", "--township", "河", "--format", "json")
    document = json.loads(done.out)

    assert {"河乡"} == {unit["township"] for unit in document["units"]}
    assert ["河.xlsx"] == [file["file"] for file in document["inputs"]]
