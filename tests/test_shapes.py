"""Shapes of tables: side by side, units across, totals first; every value keeps the address of its own cell."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from making import Rated, criterion, delimited, grid, ledger, run, scheme, scheme_text

BY = scheme(
    scheme_text(
        {
            "星": (
                "全部",
                [
                    criterion("X", "至少: 5", "数值", "单位: 万元", "列名: [集体收入]"),
                    criterion("N", "至少: 1", "整数", "单位: 人", "列名: [人口]"),
                    criterion("Y", "为: 是", "是否", "列名: [两委班子]"),
                ],
            )
        }
    )
)
TITLE = "平原县河乡2022年6月台账"


def read(folder: Path, rows: Any, name: str = "a.xlsx") -> Rated:
    """The ledger of a sheet; county and month are in its title."""
    return run(ledger(folder / name, rows), BY, county=None, period=None)


def values(rated: Rated, key: str) -> dict[str, tuple[object, str]]:
    """Value and cell of each unit."""
    found = rated.outcome.ledger
    return {
        name: (rated.value(name, key), next(cell.cell or "" for cell in found.cells(rated.row(name), key)))
        for name in rated.names
    }


@pytest.mark.parametrize("gap", [0, 1])
@pytest.mark.parametrize("name", ["a.xlsx", "a.csv"])
def test_tables_side_by_side(tmp_path: Path, gap: int, name: str) -> None:
    """The same header twice is one list in two blocks, with or without a blank column between."""
    between = [None] * gap
    rows = [
        [TITLE],
        ["序号", "村名", "集体收入", *between, "序号", "村名", "集体收入"],
        [1, "甲村", 5, *between, 3, "丙村", 7],
        [2, "乙村", 6, *between, None, None, None],
    ]
    rated = read(tmp_path, rows, name)
    third = "G3" if gap else "F3"

    assert {"甲村": (5.0, "C3"), "乙村": (6.0, "C4"), "丙村": (7.0, third)} == values(rated, "X")
    assert "T220" in rated.codes()


TOWNS = "编码 名称 乡镇\n410999100201 甲村 河乡\n410999100202 乙村 河乡\n410999100203 丙村 山乡\n410999100204 甲村 山乡"


def towns_of(folder: Path, rows: Any) -> dict[tuple[str, str], float]:
    """The value of each unit of the register that has one, by township and name."""
    rated = run(ledger(folder / "a.xlsx", rows), BY, register=delimited(folder / "r.csv", grid(TOWNS)))
    units, column = rated.outcome.ledger.units, rated.outcome.ledger.columns["X"]
    return {
        (units.township[row], units.name[row]): float(column.values[row]) for row in column.known.nonzero()[0].tolist()
    }


@pytest.mark.parametrize(
    "titles",
    [
        [["河乡2022年6月台账", None, None, "山乡2022年6月台账"]],
        [["河乡", None, None, "山乡"]],
        [["2022年6月台账"], ["河乡", None, None, "山乡"]],
        [["2022年6月台账"], ["填报单位：河乡", None, "单位：万元", "填报单位：山乡"]],
    ],
)
def test_tables_side_by_side_under_their_own_townships(tmp_path: Path, titles: Any) -> None:
    """A title over one of the tables is that table's; what is not a township's is everybody's."""
    rows = [
        *titles,
        ["村名", "集体收入", None, "村名", "集体收入"],
        ["甲村", 5, None, "丙村", 7],
        ["乙村", 6, None, "甲村", 8],
    ]

    assert {("河乡", "甲村"): 5, ("河乡", "乙村"): 6, ("山乡", "丙村"): 7, ("山乡", "甲村"): 8} == towns_of(
        tmp_path, rows
    )


@pytest.mark.parametrize("beside", ["河乡（盖章）", "填报时间：2022年6月", "平原县河乡"])
def test_tables_side_by_side_under_one_township(tmp_path: Path, beside: str) -> None:
    """What stands over the second one and names no other township takes the title from none."""
    rows = [["河乡2022年6月台账", None, None, beside], ["村名", "集体收入", None, "村名", "集体收入"]]

    assert {("河乡", "甲村"): 5, ("河乡", "乙村"): 7} == towns_of(tmp_path, [*rows, ["甲村", 5, None, "乙村", 7]])


@pytest.mark.parametrize("sums", [[None, None], [11, 15]])
def test_townships_above_their_villages(tmp_path: Path, sums: list[int | None]) -> None:
    """A township's name alone, or with the sums of its villages: those below it are its, namesakes too."""
    rows = [
        ["2022年6月台账"],
        ["村名", "集体收入"],
        *[["一、河乡" if sums[0] is None else "河乡", sums[0]], ["甲村", 5], ["乙村", 6]],
        *[["二、山乡" if sums[0] is None else "山乡", sums[1]], ["丙村", 7], ["甲村", 8]],
    ]

    assert {("河乡", "甲村"): 5, ("河乡", "乙村"): 6, ("山乡", "丙村"): 7, ("山乡", "甲村"): 8} == towns_of(
        tmp_path, rows
    )


def test_townships_below_their_villages_are_totals(tmp_path: Path) -> None:
    """A township's name under its villages says nothing of those below it: whose they are, nobody says."""
    rows = [["村名", "集体收入"], ["乙村", 6], ["河乡", 6], ["甲村", 8], ["山乡", 8]]

    assert {} == towns_of(tmp_path, rows)


@pytest.mark.parametrize(
    "name", ["平均", "平均值", "村均平均", "合计数", "Total", "二、党建情况", "河乡2022年6月台账（续）"]
)
@pytest.mark.parametrize("register", [None, TOWNS])
def test_rows_that_are_no_units(tmp_path: Path, name: str, register: str | None) -> None:
    """Means and totals, with their values, and headings among the rows are neither units nor errors."""
    value = None if name[-1] in "况）" else 11 if name[-1] in "数l" else 5.5
    rows = [["平原县河乡2022年6月台账"], ["村名", "集体收入"], ["甲村", 5], [name, value], ["乙村", 6]]
    known = None if register is None else delimited(tmp_path / "r.csv", grid(register))
    rated = run(ledger(tmp_path / "a.xlsx", rows), BY, register=known)

    assert {"甲村", "乙村"} == {name for name in rated.names if rated.reported(name)}
    assert {"R401", "R403", "R424", "R421"}.isdisjoint(rated.codes())


def test_what_may_be_a_unit_is_no_heading(tmp_path: Path) -> None:
    """A village of which nothing is filled in, with a number before it or a name nobody knows, is asked about."""
    rows = [["平原县河乡2022年6月台账"], ["村名", "集体收入"], ["甲村", 5], ["二、乙村", None], ["丁村", None]]
    known = delimited(tmp_path / "r.csv", grid(TOWNS))
    rated = run(ledger(tmp_path / "a.xlsx", rows), BY, register=known)

    assert "R446" not in rated.codes()
    assert "A5" in rated.cells("R403")


def test_two_names_of_different_things_are_one_table(tmp_path: Path) -> None:
    """A column 名称 of firms does not part a table."""
    rows = [[TITLE], ["村名", "集体收入", "名称", "人口"], ["甲村", 5, "合作社", 100]]
    rated = read(tmp_path, rows)

    assert {"甲村": (100.0, "D3")} == values(rated, "N")
    assert "T220" not in rated.codes()


@pytest.mark.parametrize("name", ["a.xlsx", "a.csv"])
def test_units_across(tmp_path: Path, name: str) -> None:
    """With a column of units of measure; 元 of a row converts like that of a header."""
    rows = [
        [TITLE, None, None, None],
        ["村名", "单位", "甲村", "乙村"],
        ["集体收入", "元", 50_000, 62_000],
        ["人口", "人", 800, 950],
        ["两委班子", None, "是", "否"],
        ["填表人：李", None, None, None],
    ]
    rated = read(tmp_path, rows, name)

    assert {"甲村": (5.0, "C3"), "乙村": (6.2, "D3")} == values(rated, "X")
    assert {"甲村": (800.0, "C4"), "乙村": (950.0, "D4")} == values(rated, "N")
    assert {"甲村": (True, "C5"), "乙村": (False, "D5")} == values(rated, "Y")
    assert "T221" in rated.codes()


def test_problems_of_units_across_are_at_their_cells(tmp_path: Path) -> None:
    """In the sheet as it was sent."""
    rows = [
        [TITLE, None, None],
        ["村名", "甲村", "乙村"],
        ["集体收入", "约5", 6],
        ["人口", 800, 9.5],
        ["两委班子", "是", "否"],
    ]
    rated = read(tmp_path, rows)

    assert [("V301", "B3"), ("V304", "C4")] == [
        (found.code, found.where.cell) for found in rated.diagnostics if found.level == "error"
    ]


LEADING = """
村名 集体收入 人口
合计 18 600
甲村 5 100
乙村 6 200
丙村 7 300
"""


def test_a_total_above_its_rows_is_compared(tmp_path: Path) -> None:
    """As the yearbook has 全国 first."""
    right = read(tmp_path, [[TITLE], *grid(LEADING)])
    wrong = read(tmp_path, [[TITLE], *grid(LEADING.replace("合计 18", "合计 19"))], "b.xlsx")

    assert ([], ["B3"]) == (right.cells("J502"), wrong.cells("J502"))


def test_subtotals_above_their_groups(tmp_path: Path) -> None:
    """A grand total first, then each group under its own."""
    rows = grid("村名 集体收入\n总计 26\n东片小计 11\n甲村 5\n乙村 6\n西片小计 15\n丙村 7\n丁村 8")
    wrong = [row if row[0] != "西片小计" else ["西片小计", 16] for row in rows]

    assert [] == read(tmp_path, [[TITLE], *rows]).cells("J502")
    assert ["B7"] == read(tmp_path, [[TITLE], *wrong], "b.xlsx").cells("J502")


def test_a_total_first_and_last(tmp_path: Path) -> None:
    """Both cover all rows."""
    rows = grid("村名 集体收入\n合计 11\n甲村 5\n乙村 6\n合计 11")

    assert [] == read(tmp_path, [[TITLE], *rows]).cells("J502")


def test_a_unit_above_the_table(tmp_path: Path) -> None:
    """It is that of columns of its dimension; header and cell beat it, and two of a dimension are none."""
    rows: list[list[Any]] = [
        [TITLE],
        ["单位：元、人"],
        ["村名", "集体收入", "人口"],
        ["甲村", 52_000, 800],
        ["乙村", "6万元", 900],
    ]
    rated = read(tmp_path, rows)
    own = [row if row[0] != "村名" else ["村名", "集体收入（万元）", "人口"] for row in rows]
    both = [row if row[0] != "单位：元、人" else ["单位：元、万元"] for row in rows]

    assert {"甲村": (5.2, "B4"), "乙村": (6.0, "B5")} == values(rated, "X")
    assert ["B3"] == rated.cells("T224")
    assert 52_000.0 == read(tmp_path, own, "b.xlsx").value("甲村", "X")
    assert [] == read(tmp_path, both, "c.xlsx").cells("T224")


def test_a_near_header_is_named_with_its_lead(tmp_path: Path) -> None:
    """And never taken: 集体收人 is not 集体收入."""
    rated = read(tmp_path, [[TITLE], ["村名", "集体收人", "人口"], ["甲村", 5, 800]])
    [found] = [said for said in rated.diagnostics if said.code == "T203"]

    assert "集体收入" in found.message("zh")
    assert "形近" in found.message("zh")
    assert "absent_column" == rated.reason("甲村", "X")
