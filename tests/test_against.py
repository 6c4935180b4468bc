"""The round trip: what became of each problem of a marked workbook, and what else was changed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet
from typer.testing import CliRunner

from making import delimited, grid, workbook
from starcheck.cli import app
from test_marking import LEDGER, SCHEME, TITLE


@pytest.fixture
def marked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A marked workbook: C3 (甲村 X), D5 (丙村 Y, blank) and D6 (丁村 Y) are asked for."""
    (tmp_path / "方案.yaml").write_text(SCHEME, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    file = workbook(tmp_path / "河乡.xlsx", [TITLE, *LEDGER])
    CliRunner().invoke(app, ["check", str(file), "--scheme", "方案.yaml", "--annotate", "退回"])
    return tmp_path / "退回" / "河乡.xlsx"


def mended(marked: Path, change: Callable[[Worksheet], object]) -> Path:
    """The marked workbook with cells changed, saved by another program."""
    book = openpyxl.load_workbook(marked)
    change(book["台账"])
    path = marked.parents[1] / "重报.xlsx"
    book.save(path)
    return path


def states(new: Path, marked: Path, code: int) -> list[tuple[str, str, str]]:
    """State, unit and cell of every line."""
    words = ["check", str(new), "--scheme", "方案.yaml", "--against", str(marked), "--format", "json"]
    result = CliRunner().invoke(app, words)

    assert code == result.exit_code, result.output

    return [(line["state"], line["unit"], line["cell"]) for line in json.loads(result.stdout)["against"]]


def test_each_id_is_mended_or_not(marked: Path) -> None:
    """Also where it is wrong in another way now."""

    def change(sheet: Worksheet) -> None:
        sheet["C3"].value, sheet["D5"].value, sheet["D6"].value = 5, "大概", "是"

    assert [("open", "丙村", "D5"), ("mended", "甲村", "C3"), ("mended", "丁村", "D6")] == states(
        mended(marked, change), marked, 1
    )


def test_all_mended_is_exit_0(marked: Path) -> None:
    """And nothing else is said."""

    def change(sheet: Worksheet) -> None:
        sheet["C3"].value, sheet["D5"].value, sheet["D6"].value = 5, "是", "是"

    assert ["mended"] * 3 == [state for state, _, _ in states(mended(marked, change), marked, 0)]


def test_what_was_right_and_is_wrong_now_is_new(marked: Path) -> None:
    """It was changed unasked too."""

    def change(sheet: Worksheet) -> None:
        sheet["C3"].value, sheet["D5"].value, sheet["D6"].value, sheet["C4"].value = 5, "是", "是", "约4"

    found = states(mended(marked, change), marked, 1)

    assert [("new", "乙村", "C4"), ("changed", "乙村", "C4")] == [line for line in found if line[0] != "mended"]


def test_changes_nobody_asked_for(marked: Path) -> None:
    """A value, a row gone, a row more; rows that only moved are no change."""
    rows = grid("乡镇 村名 集体收入 两委班子\n河乡 丁村 8 是\n河乡 丙村 6 是\n河乡 甲村 5 是\n河乡 戊村 9 是")
    new = delimited(marked.parents[1] / "平原县河乡2022年6月.csv", rows)
    found = [line for line in states(new, marked, 0) if line[0] != "mended"]

    assert [("changed", "丁村", "C2"), ("removed", "乙村", "B4"), ("added", "戊村", "B5")] == [
        (state, unit, cell if state == "changed" else {"removed": "B4", "added": "B5"}[state])
        for state, unit, cell in found
    ]


def test_a_page_for_the_office(marked: Path) -> None:
    """Counts first; a file that was never marked is no answer."""
    new = mended(marked, lambda sheet: sheet.cell(3, 3, 5))
    words = ["check", str(new), "--scheme", "方案.yaml", "--against"]
    page = CliRunner().invoke(app, [*words, str(marked.parent)])
    listed = CliRunner().invoke(app, [*words, str(marked), "--out", "对照.xlsx"])
    never = CliRunner().invoke(app, [*words, "河乡.xlsx"])

    assert "已改 1，未改 2，新出现 0" in page.stdout
    assert (1, True, 2) == (listed.exit_code, Path("对照.xlsx").is_file(), never.exit_code)
