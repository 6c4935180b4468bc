"""Units that are no villages: townships, projects; and the formulas that project ledgers need."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from making import (
    CRITERIA,
    ROOT_EXAMPLES,
    Rated,
    criterion,
    delimited,
    grid,
    rated,
    run,
    scheme,
    scheme_file,
    scheme_text,
    workbook,
)
from starcheck.report.model import build_report
from starcheck.report.sections import sections
from starcheck.scoring import assess
from starcheck.workspace import Stop

DATES = [
    "建账: {列名: [建账日期], 类型: 日期}",
    "查账: {列名: [查账日期], 类型: 日期}",
    "时限: {列名: [完成时限], 类型: 日期, 可在将来: 是}",
    "交账: {列名: [交账日期], 类型: 日期}",
]
ON_TIME = "已填(交账) and 交账 <= 时限 or not 已填(交账) and 评定日 <= 时限"


def named(text: str, headers: str) -> str:
    """A scheme's text with 名称列."""
    return text.replace("版本:", f"名称列: [{headers}]\n版本:", 1)


PROJECTS = scheme(
    named(
        scheme_text(
            {
                "推进": (
                    "全部",
                    [
                        criterion("X-1", "为: 是", "是否", "公式: 已填(建账)"),
                        criterion("X-2", "为: 是", "是否", f"公式: {ON_TIME}"),
                        criterion("X-3", "至多: 100", "整数", '公式: "天数(查账, 评定日)"', "单位: 天"),
                    ],
                )
            },
            fields=DATES,
            kind="书记项目",
        ),
        "项目名称, 项目",
    )
)


def projects(folder: Path, text: str, as_of: str = "2023-06-30") -> Rated:
    """Rate lines of words as a ledger of projects."""
    rows = [["乡镇", "项目名称", "实施村", "建账日期", "查账日期", "完成时限", "交账日期"], *grid(text)]
    return run(delimited(folder / "项目.csv", rows), PROJECTS, as_of=as_of, period=as_of[:7])


def test_a_project_is_named_by_its_own_column(tmp_path: Path) -> None:
    """名称列 says where the name stands; 实施村 is no column of the scheme and is said so."""
    result = projects(tmp_path, "河乡 道路硬化 张村 2023-01-05 2023-06-01 2023-06-30 2023-06-01")

    assert ["道路硬化"] == result.names
    assert {"T203"} == result.codes()


@pytest.mark.parametrize(
    ("delivered", "as_of", "expected"),
    [
        ("2023-06-30", "2023-12-31", "met"),
        ("2023-07-01", "2023-12-31", "unmet"),
        ("-", "2023-06-30", "met"),
        ("-", "2023-07-01", "unmet"),
        ("说不清", "2023-06-30", "unknown"),
        ("2023-06", "2023-12-31", "met"),
        ("2023年7月", "2023-12-31", "unmet"),
    ],
)
def test_overdue(tmp_path: Path, delivered: str, as_of: str, expected: str) -> None:
    """Overdue is what was delivered late, or not delivered by the day of the rating; a blank is not unknown here."""
    result = projects(tmp_path, f"河乡 冷库 张村 2023-01-05 2023-06-01 2023-06-30 {delivered}", as_of)

    assert expected == result.verdicts("冷库")["X-2"]


def test_filled_in(tmp_path: Path) -> None:
    """已填 is yes for a value, no for a blank, and unknown for what cannot be read or a column that is not there."""
    result = projects(tmp_path, "河乡 甲 - 2023-01-05 - - -\n河乡 乙 - - - - -\n河乡 丙 - 年初 - - -")
    without = run(
        delimited(tmp_path / "少列.csv", [["乡镇", "项目名称", "查账日期"], ["河乡", "甲", "2023-06-01"]]),
        PROJECTS,
        as_of="2023-06-30",
    )

    assert ["met", "unmet", "unknown"] == [result.verdicts(name)["X-1"] for name in ("甲", "乙", "丙")]
    assert ("unknown", "absent_column") == (without.verdicts("甲")["X-1"], without.reasons("甲")["X-1"])
    assert "V313" not in {problem.code for problem in result.diagnostics if problem.field == "建账"}


def test_days_apart(tmp_path: Path) -> None:
    """天数 counts from the first date to the second; a month without its day is ambiguous."""
    result = projects(
        tmp_path, "河乡 甲 - 2023-01-05 2023-03-22 - -\n河乡 乙 - - 2023-03-21 - -\n河乡 丙 - - 2023-03 - -"
    )

    assert [100, "met"] == [result.value("甲", "X-3"), result.verdicts("甲")["X-3"]]
    assert [101, "unmet", 1.0] == [result.value("乙", "X-3"), result.verdicts("乙")["X-3"], result.gap("乙", "X-3")]
    assert ("unknown", "ambiguous") == (result.verdicts("丙")["X-3"], result.reasons("丙")["X-3"])


FORUMS = scheme(
    scheme_text(
        {"论坛": ("全部", [criterion("X", "为: 是", "是否", '公式: "几号(论坛) == 5 and 天数(论坛, 评定日) <= 30"')])},
        fields=["论坛: {列名: [论坛日期], 类型: 日期}"],
        kind="乡镇",
    )
)


@pytest.mark.parametrize(
    ("held", "as_of", "expected"),
    [
        ("2022-06-05", "2022-06-30", "met"),
        ("2022-06-06", "2022-06-30", "unmet"),
        ("2022-05-05", "2022-06-30", "unmet"),
        ("2022-05-05", "2022-06-04", "met"),
        ("2022-02-05", "2022-02-28", "met"),
        ("2022-06", "2022-06-30", "unknown"),
        ("-", "2022-06-30", "unknown"),
        ("月初", "2022-06-30", "unknown"),
    ],
)
def test_the_day_of_the_month(tmp_path: Path, held: str, as_of: str, expected: str) -> None:
    """几号 is the day of a date; a month without its day has none."""
    file = delimited(tmp_path / "论坛.csv", [["乡镇", "论坛日期"], *grid(f"河乡 {held}")])

    assert expected == run(file, FORUMS, as_of=as_of).verdicts("河乡")["X"]


def test_the_day_of_the_rating_is_the_one_asked_for(tmp_path: Path) -> None:
    """A ledger rated again for another day has its formulas of 评定日 computed for that day."""
    result = projects(tmp_path, "河乡 甲 - 2023-01-05 2023-06-01 2023-06-30 -")

    later = assess(result.outcome.ledger, date(2023, 7, 1))

    assert ["met", "unmet"] == [result.verdicts("甲")["X-2"], "met" if later.verdicts[0, 1] == 1 else "unmet"]
    assert 29 == result.value("甲", "X-3")
    assert 30 == int(later.values("X-3").values[0])


def test_a_deadline_may_lie_ahead(tmp_path: Path) -> None:
    """可在将来: a date after the day of the rating is nothing odd there; elsewhere it is warned of."""
    result = projects(tmp_path, "河乡 甲 - 2024-01-05 2023-06-01 2024-06-30 -")

    assert ["建账"] == [problem.field for problem in result.diagnostics if problem.code == "V316"]


POINTS = scheme(
    named(
        scheme_text(
            {"达标": ("全部", [criterion("A"), criterion("B", "为: 是", "是否", "适用于: {类别: [社区]}")])},
            fields=["类别: {列名: [类别], 类型: 选项, 选项: [农村, 社区]}"],
            kind="示范点",
        ),
        "示范点",
    )
)


def test_a_blank_that_is_asked_of_other_kinds_only_is_none(tmp_path: Path) -> None:
    """适用于: a cell left blank where nobody asks is not warned of; where the kind is blank too, or asks, it is."""
    rows = grid("河乡 甲 农村 是 -\n河乡 乙 社区 是 -\n河乡 丙 - 是 -\n河乡 丁 农村 - -")
    result = run(delimited(tmp_path / "点.csv", [["乡镇", "示范点", "类别", "A", "B"], *rows]), POINTS)

    assert ["D5", "E3", "E4"] == sorted(str(cell) for cell in result.cells("V313") if cell != "C4")
    assert ["not_applicable", "unknown", "unknown", "not_applicable"] == [
        result.verdicts(name)["B"] for name in "甲乙丙丁"
    ]


def test_of_which_kind_a_unit_is_another_sheet_may_say(tmp_path: Path) -> None:
    """A unit's kind is what the ledger says of it, wherever that stands; where nobody says it, it is asked."""
    sheets = {
        "台账": [["乡镇", "示范点", "A", "B"], *grid("河乡 甲 是 -\n河乡 乙 是 -\n河乡 丙 是 -")],
        "类别": [["乡镇", "示范点", "类别"], *grid("河乡 甲 农村\n河乡 乙 社区")],
    }
    result = run(workbook(tmp_path / "点.xlsx", sheets), POINTS)

    assert ["D3", "D4"] == result.cells("V313")


TOWNS = scheme(
    scheme_text(
        {
            "乡镇星": (
                "全部",
                [criterion("X", "至少: 2", "比例", "公式: 保洁员 / 人口", 'unit: "‰"'.replace("unit", "单位"))],
            )
        },
        fields=["人口: {类型: 整数, 单位: 人}", "保洁员: {类型: 整数, 单位: 人}"],
        kind="乡镇",
    )
)


def test_townships_are_named_by_the_column_of_townships(tmp_path: Path) -> None:
    """With 适用: 乡镇 the rows are townships; a total stays a total and is compared."""
    rows = [["乡镇", "人口", "保洁员"], ["河乡", 1000, 2], ["山镇", 2000, 3], ["合计", 3000, 6]]

    result = rated(tmp_path, TOWNS, rows)

    assert {"河乡": (1, 1), "山镇": (0, 0)} == result.tiers()
    assert {"J502"} & result.codes()


def test_the_townships_of_a_register_of_villages_must_appear(tmp_path: Path) -> None:
    """A register of villages says which townships there are: those without a row have not reported."""
    register = [
        ["编码", "名称", "乡镇"],
        ["410999001201", "张村", "河乡"],
        ["410999001202", "李村", "河乡"],
        ["410999002201", "王村", "山镇"],
    ]

    result = rated(tmp_path, TOWNS, [["乡镇", "人口", "保洁员"], ["河乡", 1000, 2]], register=register)

    assert ["河乡", "山镇"] == result.names
    assert [True, False] == [result.reported(name) for name in result.names]
    assert ["410999001000", "410999002000"] == list(result.outcome.ledger.units.code)


def test_a_register_without_a_unit_of_the_kind_is_said(tmp_path: Path) -> None:
    """Townships called 建制镇 are none that are rated; the register is named, and what it has instead."""
    register = [
        ["编码", "名称", "乡镇", "类型"],
        ["410999001000", "河镇", "河镇", "建制镇"],
        ["", "山镇", "山镇", "建制镇"],
    ]
    file = delimited(tmp_path / "台账.csv", [["乡镇", "人口", "保洁员"], ["河镇", 1000, 2]])
    names = delimited(tmp_path / "名册.csv", register)
    with pytest.raises(Stop) as stop:
        run(file, TOWNS, register=names)

    [said] = [found for found in stop.value.diagnostics if found.code == "R445"]
    assert ("名册.csv", "乡镇", "建制镇 2") == (said.where.file, said.arguments["kind"], said.arguments["kinds"])


def test_a_township_that_is_a_unit_is_named_once() -> None:
    """Its place and tier are a row, its shortfall another, and no name stands twice on a line; a ‰ short is a ‰."""
    by = scheme_file(CRITERIA / "township.yaml")
    outcome = run(ROOT_EXAMPLES / "schemes" / "township.csv", by, period=None, county=None).outcome
    report = build_report(outcome.assessment, command="score", version="1", county=outcome.county, period="2022-06")
    page = {section.title: section for section in sections(report, "zh", everything=True)}
    towns, short = page["各乡镇"].table, page["短板（按单位，离下一颗星最近的在前）"].table

    assert towns is not None
    assert short is not None
    assert ("名次", "乡镇", "达标情况") == towns.headers
    assert ("1（并列）", "西河乡", "全部达标") in towns.rows
    assert ("柳林镇", "四个方面达标", "生态宜居", "1项", ("XZ-01 保洁员配备比例 差0.1‰",)) in short.rows
    assert not any(row.count("南店镇") > 1 for row in short.rows)
