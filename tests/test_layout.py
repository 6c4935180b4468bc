"""``check --explain-layout``: what was taken as what, also where nothing can be rated."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from making import grid, workbook
from starcheck.cli import app
from test_marking import LEDGER, SCHEME, TITLE


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the scheme."""
    (tmp_path / "方案.yaml").write_text(SCHEME, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def layout(*files: Path, code: int = 0) -> list[dict[str, Any]]:
    """The document's list of files."""
    words = ["check", *map(str, files), "--scheme", "方案.yaml", "--explain-layout", "--format", "json"]
    result = CliRunner().invoke(app, words)

    assert code == result.exit_code, result.output

    found: list[dict[str, Any]] = json.loads(result.stdout)["layout"]
    return found


def test_header_rows_totals_and_columns(office: Path) -> None:
    """With the addresses of the sheet; neither county nor period is needed."""
    rows = [["台账"], *LEDGER, ["合计", None, 17], ["填表人：李"]]
    [file] = layout(workbook(office / "a.xlsx", {"台账": rows, "说明": [["怎么填"]]}))
    table = file["sheets"][0]["tables"][0]
    taken = [(column["column"], column["field"]) for column in table["columns"]]

    assert ("A2:D2", 3, 7, 4, [7]) == (
        table["header"], table["first_row"], table["last_row"], table["rows"], table["totals"]
    )  # fmt: skip
    assert [("A", None), ("B", None), ("C", "X"), ("D", "Y")] == taken
    assert (["台账"], ["填表人：李"]) == (table["above"], table["below"])
    assert "T201" in file["sheets"][1]["why_none"]


def test_files_that_are_no_ledgers_are_told_too(office: Path) -> None:
    """Each with its reason, exit 3."""
    (office / "b.xlsx").write_bytes(b"%PDF-1.4")
    found = layout(workbook(office / "a.xlsx", [TITLE, *LEDGER]), office / "b.xlsx", code=3)

    assert ["read", "unreadable"] == [file["status"] for file in found]
    assert found[1]["why"][0].startswith("F119")


def test_sheets_that_are_laid_out_the_same_are_told_once(office: Path) -> None:
    """The others are named under the first; one that differs is told in full. The document has them all."""
    rows = [["乡镇", "河乡"], ["集体收入", 5], ["两委班子", "是"]]
    sheets = {name: [[f"{name}情况表"], ["村名", name], *rows] for name in ("甲村", "乙村", "丙村", "丁村")}
    sheets["丙村"].insert(2, ["组长", "李某"])
    file = workbook(office / "表.xlsx", sheets)
    words = ["check", str(file), "--scheme", "方案.yaml", "--explain-layout"]
    zh, en = (CliRunner().invoke(app, [*words, *more]).stdout for more in ([], ["--lang", "en"]))

    assert 2 == zh.count("两委班子")
    assert "与上表相同的工作表：乙村、丁村" in zh
    assert "laid out the same: 乙村" in en
    assert 4 == len(layout(file)[0]["sheets"])


def test_what_the_office_has_said_is_told_beside_the_files_own_headers(office: Path) -> None:
    """By --map, or remembered in starcheck.toml, as is the place of the table; columns that are not used as well."""
    memory = '[mapping."*"]\n"单元" = "村名"\n"备用" = ""\n[layout."河乡"]\nheader = "A2:E2"\n'
    (office / "starcheck.toml").write_text(memory, encoding="utf-8")
    rows = grid("乡镇 单元 集体收人 两委班子 备用\n河乡 甲村 5 是 x")
    file = workbook(office / "a.xlsx", [TITLE, *rows])
    words = ["check", str(file), "--scheme", "方案.yaml", "--explain-layout", "--map", "集体收人=X"]
    page = CliRunner().invoke(app, words).stdout
    [table] = json.loads(CliRunner().invoke(app, [*words, "--format", "json"]).stdout)["layout"][0]["sheets"][0][
        "tables"
    ]
    told = [(column["header"], column["field"], column["told_by"]) for column in table["columns"]]

    assert table["pinned"]
    assert [
        ("乡镇", None, None),
        ("单元", None, "starcheck.toml"),
        ("集体收人", "X", "--map"),
        ("两委班子", "Y", None),
        ("备用", None, "starcheck.toml"),
    ] == told
    assert ("由 --map" in page, page.count("由 starcheck.toml 记住")) == (True, 3)


def test_a_page_to_read(office: Path) -> None:
    """Unused columns are called so, in both languages."""
    file = workbook(office / "a.xlsx", [TITLE, *[[*row, "x"] for row in grid("乡镇 村名 集体收入\n河乡 甲村 5")]])
    words = ["check", str(file), "--scheme", "方案.yaml", "--explain-layout"]
    zh, en = (CliRunner().invoke(app, [*words, *more]).stdout for more in ([], ["--lang", "en"]))

    assert ("X" in zh, "没有用" in zh, "not used" in en) == (True, True, True)
