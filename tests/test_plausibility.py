"""Slips of unit: what is one, and what is only unusual."""

from __future__ import annotations

from pathlib import Path

import pytest

from making import Shown, column, criterion, grid, run, scheme, scheme_text, workbook
from starcheck.plausibility import unit_slips
from test_codes import slipped

USUAL = [3.0, 4, 5.2, 6, 7, 8, 9, 12, 20]


@pytest.mark.parametrize(("value", "likely"), [(52_000, "5.2万元"), (0.00052, "5.2万元"), (110_000, "11万元")])
def test_a_ten_thousandfold_is_a_slip(tmp_path: Path, value: float, likely: str) -> None:
    """The value is used as written, and the likely one said."""
    found = column(tmp_path, "数值", "万元", [*USUAL, value])
    [slip] = [said for said in found.diagnostics if said.code == "V331"]

    assert ("C11", likely) == (slip.where.cell, slip.arguments["likely"])
    assert value == found.value("癸村", "X")


@pytest.mark.parametrize("value", [200, 900, 1, 0, 3_000_000])
def test_what_is_only_unusual_is_none(tmp_path: Path, value: float) -> None:
    """A hundredfold may be true; a millionfold is no slip of 元 for 万元."""
    assert [] == column(tmp_path, "数值", "万元", [*USUAL, value]).cells("V331")


def test_a_wide_spread_has_none(tmp_path: Path) -> None:
    """Where 300 and 50,000 are both usual nothing is."""
    assert [] == column(tmp_path, "整数", "人", [300, 50_000, 900, 12_000, 5, 70, 30_000, 450, 20, 40_000]).cells(
        "V331"
    )


def test_few_values_say_nothing(tmp_path: Path) -> None:
    """Of seven nobody knows what is usual."""
    assert [] == column(tmp_path, "数值", "万元", [3, 4, 5, 6, 7, 8, 52_000]).cells("V331")


def test_a_whole_column_is_said_once(tmp_path: Path) -> None:
    """At its header, and none of its cells."""
    found = slipped(tmp_path)

    assert (["C1"], []) == (found.cells("V332"), found.cells("V331"))


def test_against_last_month(tmp_path: Path) -> None:
    """Two villages are enough where each is compared with itself."""
    by = scheme(scheme_text({"星": ("全部", [criterion("X", "至少: 5", "数值", "单位: 万元")])}))
    may, june = (
        run(workbook(tmp_path / f"{name}.xlsx", grid(text)), by).outcome.ledger
        for name, text in (
            ("a", "乡镇 村名 X\n河乡 甲村 5.2\n河乡 乙村 6"),
            ("b", "乡镇 村名 X\n河乡 甲村 53000\n河乡 乙村 600"),
        )
    )
    [slip] = unit_slips(june, may)

    assert ("V331", "C2", "5.3万元") == (slip.code, slip.where.cell, slip.arguments["likely"])


def test_a_bare_one_among_high_percents(tmp_path: Path) -> None:
    """1 beside 85 and 92 is read as 1%, as written, and said to be 100% more likely; 1% written out is what it is."""
    result = column(tmp_path, "比例", "%", [85, 92, 1, 88, "1%", Shown(0.01, "0%")])

    assert ["C4"] == result.cells("V331")
    assert 1 == result.value("丙村", "X")
    assert [] == column(tmp_path, "比例", "%", [2, 3, 1, 4, 1]).cells("V331")
