"""Hints: what they look for, what they pass over, and that nothing depends on them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from making import criterion, rated, run, scheme, scheme_text, workbook
from starcheck.cli import app
from starcheck.diagnostic import HINTS, Diagnostic, Severity
from starcheck.hints import LastMonth, find_hints
from starcheck.ledger import Ledger

NUMBERS = ("甲", "乙", "丙", "丁", "戊", "己")
SCHEME = scheme_text(
    {"星": ("全部", [criterion("X", "至少: 5", "数值", "单位: 万元"), criterion("N", "至少: 12", "整数")])},
    fields=[f"{name}: {{列名: [{name}], 类型: 数值}}" for name in NUMBERS],
    checks=[f"{{编号: J{name}, 公式: {name} >= 0, 级别: 错误}}" for name in NUMBERS],
)
BY = scheme(SCHEME)
DAY = date(2022, 6, 30)
HEADER = ["乡镇", "村名", "X", "N", *NUMBERS]


def ledger(folder: Path, rows: list[list[object]], name: str = "a.xlsx") -> Ledger:
    """A ledger of rows under the header."""
    folder.mkdir(exist_ok=True)
    return rated(folder, BY, [HEADER, *rows], name=name).outcome.ledger


def villages(count: int, township: str = "河乡") -> list[list[object]]:
    """Rows of villages whose figures are all different."""
    random = np.random.default_rng(1)
    return [
        [township, f"{place}村", round(float(random.uniform(1, 20)), 2), 12, *random.integers(0, 5000, 6).tolist()]
        for place in range(count)
    ]


def codes(found: tuple[Diagnostic, ...]) -> list[str]:
    """Their codes in order."""
    return [hint.code for hint in found]


def test_a_copied_row_is_a_hint(tmp_path: Path) -> None:
    """At the copy's first figure, naming the village it equals."""
    rows = villages(20)
    rows[7][2:] = rows[6][2:]
    [hint] = find_hints(ledger(tmp_path, rows), DAY)

    assert ("J510", "E9", "7村", "6村") == (hint.code, hint.where.cell, hint.unit, hint.found)
    assert Severity.NOTE is hint.level


def test_rows_equal_by_common_values_are_none(tmp_path: Path) -> None:
    """Two villages that have what all have are no copies."""
    rows = [["河乡", f"{place}村", 6 + place, 12, 0, 0, 1, 1, 0, 0] for place in range(20)]
    rows[7][2] = rows[6][2]

    assert [] == codes(find_hints(ledger(tmp_path, rows), DAY))


def test_a_row_that_differs_in_one_cell_is_none(tmp_path: Path) -> None:
    """Identical means identical."""
    rows = villages(20)
    rows[7][2:] = [*rows[6][2:-1], 1]

    assert [] == codes(find_hints(ledger(tmp_path, rows), DAY))


def test_equal_rows_of_two_townships_are_none(tmp_path: Path) -> None:
    """A neighbour is of the same township."""
    rows = [*villages(10), *villages(10, "山乡")]

    assert [] == codes(find_hints(ledger(tmp_path, rows), DAY))


def test_bunching_above_a_threshold_is_a_hint(tmp_path: Path) -> None:
    """Twenty just past 5, none just short of it."""
    rows = villages(30)
    for place, row in enumerate(rows):
        row[2] = 5 + place % 3 / 10 if place < 20 else 6 + place
    [hint] = find_hints(ledger(tmp_path, rows), DAY)

    assert ("J512", "X", "20", "0") == (hint.code, hint.field, hint.arguments["reached"], hint.arguments["short"])


@pytest.mark.parametrize("short", [3, 10])
def test_both_sides_of_a_threshold_are_none(tmp_path: Path, short: int) -> None:
    """A smooth spread is none, and neither are twelve meetings in twelve months."""
    rows = villages(short + 10)
    for place, row in enumerate(rows):
        row[2] = 5.1 if place < 10 else 4.9

    assert [] == codes(find_hints(ledger(tmp_path, rows), DAY))


def test_all_as_last_month_is_one_hint_per_township(tmp_path: Path) -> None:
    """It counts them and names the first."""
    rows = [*villages(8), *villages(8, "山乡")]
    last = LastMonth("2022-05", ledger(tmp_path / "may", rows))
    for row in rows[:6]:
        row[5] = float(str(row[5])) + 1
    [one, other] = find_hints(ledger(tmp_path / "june", rows), DAY, last)

    assert ("J511", "河乡", "2", "8") == (one.code, one.unit, one.arguments["count"], one.arguments["of"])
    assert ("J511", "山乡", "8", "8") == (other.code, other.unit, other.arguments["count"], other.arguments["of"])


def test_a_value_moved_exactly_to_the_threshold_is_a_hint(tmp_path: Path) -> None:
    """From short of it to it, to the last digit; past it is none, and neither is what stood there before."""
    rows = villages(4)
    for row, value in zip(rows, (4.2, 4.2, 5, 6.5), strict=True):
        row[2] = value
    last = LastMonth("2022-05", ledger(tmp_path / "may", rows))
    for row, value in zip(rows, (5, 5.37, 5, 5), strict=True):
        row[2], row[5] = value, 1
    [hint] = find_hints(ledger(tmp_path / "june", rows), DAY, last)

    assert ("J513", "C2", "0村", "4.2 → 5") == (hint.code, hint.where.cell, hint.unit, hint.found)


def test_hints_move_nothing_and_can_be_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same exit code with and without; ``--no-hints`` says nothing of them, and rating knows none."""
    rows = villages(20)
    rows[7][2:] = rows[6][2:]
    (tmp_path / "方案.yaml").write_text(SCHEME, encoding="utf-8")
    file = workbook(tmp_path / "平原县2022年6月.xlsx", [HEADER, *rows])
    monkeypatch.chdir(tmp_path)
    words = ["check", str(file), "--scheme", "方案.yaml"]
    plain, hinted = (CliRunner().invoke(app, [*words, *more]) for more in (["--no-hints"], []))

    assert plain.exit_code == hinted.exit_code
    assert ("J510" not in plain.stdout, "J510" in hinted.stdout) == (True, True)
    assert not any(found.code in HINTS for found in run(file, BY, county=None, period=None).diagnostics)
