"""How verdicts become stars, stars tiers: DESIGN §5 and §6.1, through real ledgers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from making import Rated, Rows, criterion, grid, rated, run, scheme, scheme_text, stars_of, workbook
from starcheck.column import Reason, Verdict
from starcheck.scheme import Scheme
from starcheck.scoring import LossKind, assess
from starcheck.workspace import Stop

NUMBER = ("至少: 5", "数值", "单位: 万元")


def star(rule: str, *criteria: str, **more: object) -> Scheme:
    """A scheme of one star."""
    return scheme(scheme_text({"星": (rule, criteria)}, **more))  # type: ignore[arg-type]


def states(result: Rated) -> dict[str, str]:
    """The first star of every unit."""
    return {name: result.star(name) for name in result.names}


# --- verdicts ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "verdicts"),
    [
        ("至少: 5", "unmet met met"),
        ("至多: 5", "met met unmet"),
        ("高于: 5", "unmet unmet met"),
        ("低于: 5", "met unmet unmet"),
        ("为: 5", "unmet met unmet"),
        ("介于: [5, 5.1]", "unmet met met"),
        ("介于: [4.9, 5]", "met met unmet"),
    ],
)
def test_boundaries_are_words(tmp_path: Path, words: str, verdicts: str) -> None:
    """至少 and 至多 include the number, 高于 and 低于 do not, 介于 includes both ends."""
    by = star("全部", criterion("X", words, "数值"))
    result = rated(tmp_path, by, grid("乡镇 村名 X\n河乡 甲村 4.9\n河乡 乙村 5\n河乡 丙村 5.1"))

    assert verdicts.split() == [result.verdicts(name)["X"] for name in ("甲村", "乙村", "丙村")]


@pytest.mark.parametrize(
    ("words", "value", "verdict"),
    [
        ("至多: 0.3", 0.30000000000000004, "met"),
        ("至多: 0.3", 0.300000000000001, "unmet"),
        ("低于: 0.3", 0.30000000000000004, "unmet"),
        ("高于: 0.3", 0.30000000000000004, "unmet"),
        ("至少: 0.3", 0.29999999999999998, "met"),
        ("至少: 0.3", 0.299999999999999, "unmet"),
        ("为: 0.3", 0.30000000000000004, "met"),
        ("至少: 90", 89.9999999999999, "unmet"),
        ("至少: 90", 89.99999999999999999, "met"),
        ("至少: 10000000", 9999999.99999999, "unmet"),
        ("介于: [0.1, 0.3]", 0.30000000000000004, "met"),
    ],
)
def test_decisions_at_a_boundary_are_exact(tmp_path: Path, words: str, value: float, verdict: str) -> None:
    """A stored number is its 15-digit decimal: 0.30000000000000004 is at most 0.3, and 0.300000000000001 is not."""
    result = rated(
        tmp_path, star("全部", criterion("X", words, "数值")), [["乡镇", "村名", "X"], ["河乡", "甲村", value]]
    )

    assert verdict == result.verdicts("甲村")["X"]


def test_shares_from_formulas_are_decided_as_rationals(tmp_path: Path) -> None:
    """2 of 1000 meet 2‰, 29 of 100 meet 29%, 1 of 3 does not meet 33.34% but 33.33%."""
    parts = ("公式: 甲 / 乙",)
    by = scheme(
        scheme_text(
            {
                "星": (
                    "全部",
                    [
                        criterion("P", "至少: 2", "比例", *parts, '单位: "‰"'),
                        criterion("Q", "至少: 29", "比例", *parts, '单位: "%"'),
                        criterion("R", "至少: 33.33", "比例", *parts, '单位: "%"'),
                        criterion("S", "至少: 33.34", "比例", *parts, '单位: "%"'),
                    ],
                )
            },
            fields=["甲: {列名: [甲], 类型: 整数, 单位: 人}", "乙: {列名: [乙], 类型: 整数, 单位: 人}"],
        )
    )
    result = rated(
        tmp_path, by, grid("乡镇 村名 甲 乙\n河乡 甲村 2 1000\n河乡 乙村 29 100\n河乡 丙村 1 3\n河乡 丁村 1999 1000000")
    )

    assert {"P": "met", "Q": "unmet", "R": "unmet", "S": "unmet"} == result.verdicts("甲村")
    assert {"P": "met", "Q": "met", "R": "unmet", "S": "unmet"} == result.verdicts("乙村")
    assert {"P": "met", "Q": "met", "R": "met", "S": "unmet"} == result.verdicts("丙村")
    assert "unmet" == result.verdicts("丁村")["P"]
    assert (2.0, 29.0) == (result.value("甲村", "P"), result.value("乙村", "Q"))


def test_the_latest_requirement_in_force_counts(tmp_path: Path) -> None:
    """Whatever the order in the file; on its day, not the day before."""
    item = (
        "{编号: X, 名称: X, 列名: [X], 类型: 数值, 责任: 县, 整改: 改, 要求: ["
        "{自: 2023-01-01, 至少: 10, 依据: 示例}, {自: 2022-05-01, 至少: 5, 依据: 示例}, "
        "{自: 2022-08-01, 至少: 7, 依据: 示例}]}"
    )
    by = star("全部", item, criterion("Y"))
    file = workbook(tmp_path / "a.xlsx", grid("乡镇 村名 X Y\n河乡 甲村 7 是"))
    days = ["2022-04-30", "2022-05-01", "2022-07-31", "2022-08-01", "2022-12-31", "2023-01-01", "2030-01-01"]
    found = [run(file, by, as_of=day) for day in days]

    assert ["not_applicable", "met", "met", "met", "met", "unmet", "unmet"] == [
        one.verdicts("甲村")["X"] for one in found
    ]
    assert "not_in_force" == found[0].reasons("甲村")["X"]
    assert [3.0, None] == [found[5].gap("甲村", "X"), found[4].gap("甲村", "X")]


def test_an_item_counts_to_its_last_day(tmp_path: Path) -> None:
    """止 is the last day; from the next on it is as if it were not there, and last year's result stays what it was."""
    by = star("全部", criterion("X", "为: 是", "是否", "止: 2023-12-31"), criterion("Y"))
    file = workbook(tmp_path / "a.xlsx", grid("乡镇 村名 X Y\n河乡 甲村 否 是"))
    before, after = (run(file, by, as_of=day) for day in ("2023-12-31", "2024-01-01"))

    assert ["unmet", "not_applicable"] == [one.verdicts("甲村")["X"] for one in (before, after)]
    assert "not_in_force" == after.reasons("甲村")["X"]
    assert [0, 1] == [one.tiers()["甲村"][0] for one in (before, after)]


def test_as_of_is_the_last_day_of_the_period(tmp_path: Path) -> None:
    """A requirement from the 30th of June counts for June, one from the 1st of July does not."""
    by = star("全部", criterion("X", since="2022-06-30"), criterion("Y", since="2022-07-01"))
    result = rated(tmp_path, by, grid("乡镇 村名 X Y\n河乡 甲村 否 否"))

    assert {"X": "unmet", "Y": "not_applicable"} == result.verdicts("甲村")
    assert date(2022, 6, 30) == result.outcome.as_of


def test_a_year_is_a_period(tmp_path: Path) -> None:
    """--period 2022 is rated on the last day of the year."""
    result = rated(tmp_path, star("全部", criterion("X")), grid("乡镇 村名 X\n河乡 甲村 是"), period="2022")

    assert date(2022, 12, 31) == result.outcome.as_of


@pytest.mark.parametrize("day", ["2021-12-31", "2024-01-01"])
def test_a_scheme_speaks_for_its_dates(tmp_path: Path, day: str) -> None:
    """Outside [生效, 失效] the run ends with exit code 2; on the first and last day it does not."""
    text = scheme_text({"星": ("全部", [criterion("X")])}).replace(
        "生效: 2022-01-01", "生效: 2022-01-01\n失效: 2023-12-31"
    )
    file = workbook(tmp_path / "a.xlsx", grid("乡镇 村名 X\n河乡 甲村 是"))
    with pytest.raises(Stop) as stop:
        run(file, scheme(text), as_of=day)

    assert 2 == stop.value.exit_code
    assert [1, 1] == [run(file, scheme(text), as_of=last).tier("甲村") for last in ("2022-01-01", "2023-12-31")]


def test_options_dates_and_texts(tmp_path: Path) -> None:
    """属于 and 为 over options and texts; 至多 over dates, a month that straddles the day is unknown."""
    by = star(
        "全部",
        criterion("O", "属于: [已完成, 纳入城镇规划]", "选项", "选项: [编制中, 已完成, 纳入城镇规划]"),
        criterion("D", "至多: 2022-06-15", "日期"),
    )
    rows = grid(
        "乡镇 村名 O D\n"
        "河乡 甲村 已完成 2022-06-15\n"
        "河乡 乙村 编制中 2022-06-16\n"
        "河乡 丙村 纳入城镇规划 2022年6月\n"
        "河乡 丁村 完成 2022年5月"
    )
    result = rated(tmp_path, by, rows)

    assert [("met", "met"), ("unmet", "unmet"), ("met", "unknown"), ("unknown", "met")] == [
        tuple(result.verdicts(name).values()) for name in result.names
    ]
    assert ["ambiguous", "invalid"] == [result.reasons("丙村")["D"], result.reasons("丁村")["O"]]


@pytest.mark.parametrize(
    ("words", "verdicts"),
    [
        ("至少: 2022-06-15", "unmet unknown met met unmet met"),
        ("高于: 2022-06-15", "unmet unknown unmet met unmet met"),
        ("至多: 2022-06-15", "met unknown met unmet met unmet"),
        ("低于: 2022-06-15", "met unknown unmet unmet met unmet"),
        ("介于: [2022-06-01, 2022-06-30]", "unmet met met met unmet unmet"),
        ("介于: [2022-06-10, 2022-06-20]", "unmet unknown met met unmet unmet"),
    ],
)
def test_days_and_months_against_a_day(tmp_path: Path, words: str, verdicts: str) -> None:
    """A month is decided only if all of its days agree."""
    rows = grid(
        "乡镇 村名 D\n"
        "河 甲村 2022-05-31\n"
        "河 乙村 2022年6月\n"
        "河 丙村 2022-06-15\n"
        "河 丁村 2022-06-16\n"
        "河 戊村 2022年5月\n"
        "河 己村 2022年7月"
    )
    result = rated(tmp_path, star("全部", criterion("D", words, "日期")), rows, period="2022-12")

    assert verdicts.split() == [result.verdicts(name)["D"] for name in result.names]


# --- 日期依次 ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dates", "verdict"),
    [
        ("2022-01-01 2022-02-01 2022-03-01", "met"),
        ("2022-01-01 2022-01-01 2022-01-01", "met"),
        ("2022-01-02 2022-01-01 2022-03-01", "unmet"),
        ("2022-02-01 - 2022-01-01", "unmet"),
        ("2022-01-01 - 2022-03-01", "unknown"),
        ("- - -", "unknown"),
        ("2022年1月 2022年2月 2022年3月", "met"),
        ("2022年1月 2022年1月 2022年3月", "unknown"),
        ("2022年1月 2022-01-15 2022-03-01", "unknown"),
        ("2022年1月 2022-01-31 2022-03-01", "met"),
        ("2022-01-01 2022年1月 2022-03-01", "met"),
        ("2022-01-02 2022年1月 2022-03-01", "unknown"),
        ("2022年2月 2022-01-31 2022-03-01", "unmet"),
        ("2022-02-01 2022年1月 -", "unmet"),
        ("2022年3月 2022年3月 2022-02-28", "unmet"),
        ("去年 2022-02-01 2022-01-01", "unmet"),
        ("去年 2022-01-01 2022-02-01", "unknown"),
    ],
)
def test_dates_in_order(tmp_path: Path, dates: str, verdict: str) -> None:
    """Unmet if one is certainly before an earlier one; else unknown if one is missing or months overlap; else met."""
    by = star(
        "全部",
        criterion("S", "为: 是", "是否", "日期依次: [提, 商, 决]"),
        fields=[f"{name}: {{列名: [{name}日], 类型: 日期}}" for name in "提商决"],
    )
    result = rated(tmp_path, by, grid(f"乡镇 村名 提日 商日 决日\n河乡 甲村 {dates}"))

    assert verdict == result.verdicts("甲村")["S"]


def test_a_date_after_the_day_of_assessment_is_a_warning(tmp_path: Path) -> None:
    """The value is kept."""
    by = star("全部", criterion("D", "至少: 2022-01-01", "日期"))
    result = rated(tmp_path, by, grid("乡镇 村名 D\n河乡 甲村 2022-07-01\n河乡 乙村 2022-06-30"))

    assert ["C2"] == result.cells("V316")
    assert "met" == result.verdicts("甲村")["D"]


def test_a_date_that_must_not_lie_ahead_is_unknown_where_it_does(tmp_path: Path) -> None:
    """可在将来: 否: what had not happened that day cannot count; a month that has begun, and the day itself, can."""
    by = star(
        "全部",
        criterion("D", "为: 是", "是否", "公式: 办结 <= 评定日"),
        fields=["办结: {列名: [办结日], 类型: 日期, 可在将来: 否}"],
    )
    dates = "河乡 甲村 2022-07-01\n河乡 乙村 2022-06-30\n河乡 丙村 2022年6月\n河乡 丁村 2022年7月"
    result = rated(tmp_path, by, grid(f"乡镇 村名 办结日\n{dates}"))

    assert (["C2", "C5"], []) == (result.cells("V342"), result.cells("V316"))
    assert ["unknown", "met", "met", "unknown"] == [result.verdicts(f"{name}村")["D"] for name in "甲乙丙丁"]
    assert ["invalid"] == [Reason(int(result.outcome.assessment.reasons[result.row("甲村"), 0])).word]


def test_a_ledger_rated_for_another_day_has_the_dates_up_to_then(tmp_path: Path) -> None:
    """A date that is not yet on one day is what it says on another, and the other way round."""
    by = star(
        "全部",
        criterion("D", "为: 是", "是否", "公式: 已填(办结)"),
        fields=["办结: {列名: [办结日], 类型: 日期, 可在将来: 否}"],
    )
    ledger = rated(tmp_path, by, grid("乡镇 村名 办结日\n河乡 甲村 2022-07-01")).outcome.ledger

    verdicts = [int(assess(ledger, date(2022, month, 1)).verdicts[0, 0]) for month in (6, 7, 8)]

    assert [Verdict.UNKNOWN, Verdict.MET, Verdict.MET] == verdicts


def test_a_formula_beyond_its_range_is_unknown(tmp_path: Path) -> None:
    """范围 holds for what is computed too, exactly: some cell of it is wrong, and it is not taken as met."""
    by = star(
        "全部",
        criterion("A", "至多: 10", "比例", '单位: "%"', "公式: 甲 / 乙", "范围: {至少: 0.3, 低于: 100}"),
        criterion("B", "为: 是", "是否", '公式: "[A] < 0.05"'),
        fields=["甲: {列名: [甲], 类型: 数值, 单位: 人}", "乙: {列名: [乙], 类型: 数值, 单位: 人}"],
    )
    cells = "河乡 少村 0.29 100\n河乡 正村 0.3 100\n河乡 满村 100 100\n河乡 空村 - 100"
    result = rated(tmp_path, by, grid(f"乡镇 村名 甲 乙\n{cells}"))

    assert [["unknown", "unknown"], ["met", "met"], ["unknown", "unknown"], ["unknown", "unknown"]] == [
        list(result.verdicts(f"{name}村").values()) for name in "少正满空"
    ]
    assert ["C2", "C4"] == result.cells("V303")


@pytest.mark.parametrize(
    ("formula", "kind", "asked", "expected"),
    [
        ("天数(提, 决) <= 60", "是否", "为: 是", "met unknown unmet"),
        ("决 <= 评定日 and 几号(提) <= 31", "是否", "为: 是", "met met met"),
        ("几号(决) >= 2 or 提 < 决", "是否", "为: 是", "met met met"),
        ("天数(提, 决)", "整数", "至多: 60", "met unknown unmet"),
        ("天数(提, 决)", "整数", "介于: [31, 61]", "unmet met unmet"),
    ],
)
def test_a_month_without_its_day_decides_where_every_day_does(
    tmp_path: Path, formula: str, kind: str, asked: str, expected: str
) -> None:
    """提议 on the 31st of March: a day of May is 31 to 61 days after it, one of April 1 to 30, one of June more."""
    by = star(
        "全部",
        criterion("D", asked, kind, f'公式: "{formula}"'),
        fields=[f"{name}: {{列名: [{name}日], 类型: 日期, 可在将来: 否}}" for name in "提决"],
    )
    rows = "河乡 甲村 2022-03-31 2022年4月\n河乡 乙村 2022-03-31 2022年5月\n河乡 丙村 2022-03-31 2022年6月"
    result = rated(tmp_path, by, grid(f"乡镇 村名 提日 决日\n{rows}"))

    assert expected.split() == [result.verdicts(f"{name}村")["D"] for name in "甲乙丙"]
    assert all(np.isnan(result.outcome.assessment.gap(0)))


# --- 点亮 -------------------------------------------------------------------------------------------------------------

THREE = """
乡镇 村名 A B C
河乡 三是 是 是 是
河乡 两是 是 是 否
河乡 一是 是 否 否
河乡 无是 否 否 否
河乡 两空 是 是 -
河乡 一空 是 - 否
河乡 否空 否 - 否
河乡 全空 - - -
河乡 是空 是 - -
"""


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("全部", "lit unlit unlit unlit unknown unlit unlit unknown unknown"),
        ("任一", "lit lit lit unlit lit lit unknown unknown lit"),
        ("{至少: 1}", "lit lit lit unlit lit lit unknown unknown lit"),
        ("{至少: 2}", "lit lit unlit unlit lit unknown unlit unknown unknown"),
        ("{至少: 3}", "lit unlit unlit unlit unknown unlit unlit unknown unknown"),
    ],
)
def test_rules_of_lighting(tmp_path: Path, rule: str, expected: str) -> None:
    """全部, 任一 and {至少: n} in three values."""
    result = rated(tmp_path, star(rule, criterion("A"), criterion("B"), criterion("C")), grid(THREE))

    assert expected.split() == list(states(result).values())


def test_lighting_by_score(tmp_path: Path) -> None:
    """Lit if the lower end of the interval reaches the score, unlit if the upper end does not, else unknown."""
    items = [criterion(name, "为: 是", "是否", f"分值: {points}") for name, points in (("A", 40), ("B", 40), ("C", 20))]
    result = rated(tmp_path, star("{得分: {至少: 80}}", *items), grid(THREE))

    assert "lit lit unlit unlit lit unknown unlit unknown unknown".split() == list(states(result).values())  # noqa: SIM905
    assert [(100, 100), (80, 100), (40, 80), (0, 40), (0, 100)] == [
        result.star_score(name) for name in ("三是", "两空", "一空", "否空", "全空")
    ]


@pytest.mark.parametrize("rule", ["{至少: 1}", "任一", "{得分: {至少: 40}}"])
def test_an_essential_criterion_decides_alone(tmp_path: Path, rule: str) -> None:
    """必备: unmet makes the star unlit, unknown leaves it at best unknown."""
    items = [criterion("A", "为: 是", "是否", "必备: 是", "分值: 50"), criterion("B", "为: 是", "是否", "分值: 50")]
    if "得分" not in rule:
        items = [item.replace("分值: 50, ", "") for item in items]
    rows = grid("乡镇 村名 A B\n河 甲村 是 否\n河 乙村 否 是\n河 丙村 - 是\n河 丁村 - 否\n河 戊村 是 -\n河 己村 否 -")
    result = rated(tmp_path, star(rule, *items), rows)

    assert "lit unlit unknown unknown lit unlit".split() == list(states(result).values())  # noqa: SIM905


def test_an_essential_criterion_that_does_not_count_is_nothing(tmp_path: Path) -> None:
    """Not yet in force, or exempt: the others decide."""
    items = [criterion("A", "为: 是", "是否", "必备: 是", since="2030-01-01"), criterion("B")]
    result = rated(tmp_path, star("{至少: 1}", *items), grid("乡镇 村名 A B\n河 甲村 否 是\n河 乙村 - 否"))

    assert {"甲村": "lit", "乙村": "unlit"} == states(result)


@pytest.mark.parametrize("rule", ["全部", "任一", "{至少: 1}", "{得分: {至少: 10}}", "{得分: {至少: 10, 折算: 是}}"])
def test_a_star_with_nothing_to_count_is_unlit(tmp_path: Path, rule: str) -> None:
    """An empty star is not vacuously lit, under any rule."""
    points = ("分值: 10",) if "得分" in rule else ()
    by = star(rule, criterion("A", "为: 是", "是否", *points, since="2030-01-01"))
    result = rated(tmp_path, by, grid("乡镇 村名 A\n河 甲村 是"))

    assert ("unlit", 0, 0) == (result.star("甲村"), result.tier("甲村"), result.reachable("甲村"))


# --- exemptions -------------------------------------------------------------------------------------------------------

REGISTER = (
    "编码 名称 乡镇 标签\n410999100201 甲村 河乡 搬迁村\n410999100202 乙村 河乡 -\n410999100203 丙村 河乡 其他;搬迁村\n"
)
EXEMPT = "乡镇 村名 A B\n河乡 甲村 否 是\n河乡 乙村 否 是\n河乡 丙村 - 是"


@pytest.mark.parametrize(
    ("policy", "expected"),
    [("不计", "lit unlit lit"), ("达标", "lit unlit lit"), ("未达标", "unlit unlit unlit")],
)
def test_exemption_by_tags(tmp_path: Path, policy: str, expected: str) -> None:
    """A tag of the register exempts; what the exempted item counts as is the criterion's own policy."""
    by = star("全部", criterion("A", "为: 是", "是否", "不适用于: [搬迁村]", f"不适用按: {policy}"), criterion("B"))
    result = rated(tmp_path, by, grid(EXEMPT), register=grid(REGISTER))

    assert expected.split() == list(states(result).values())
    assert ["not_applicable", "unmet", "not_applicable"] == [result.verdicts(name)["A"] for name in result.names]
    assert ["exempt", None, "exempt"] == [result.reasons(name)["A"] for name in result.names]
    assert not result.provisional("丙村")
    assert result.gap("甲村", "A") is None


OF_GROUPS = (
    '分组:\n  - {组: 乡镇, 按: 乡镇, 指标: [{编号: G, 名称: G, 汇总: "计数([A])", 类型: 整数, 责任: 县, 整改: 改}]}\n'
)


@pytest.mark.parametrize(
    ("items", "of_groups", "asked"),
    [
        ([], "", ["C3"]),
        ([criterion("C", "为: 是", "是否", '公式: "[A] or [B]"')], "", ["C2", "C3", "C4"]),
        ([], OF_GROUPS, ["C2", "C3", "C4"]),
    ],
    ids=["alone", "by another", "by a group"],
)
def test_an_exempt_unit_is_asked_only_for_what_is_needed_of_it(
    tmp_path: Path, items: list[str], of_groups: str, asked: list[str]
) -> None:
    """No blank is warned of that nothing waits for; another criterion, or a figure of its township, may."""
    exempting = criterion("A", "为: 是", "是否", "不适用于: [搬迁村]")
    by = scheme(scheme_text({"星": ("全部", [exempting, criterion("B"), *items])}) + of_groups)

    result = rated(tmp_path, by, grid(EXEMPT.replace("否", "-")), register=grid(REGISTER))

    assert asked == result.cells("V313")


@pytest.mark.parametrize(("policy", "expected"), [("不计", "unlit"), ("达标", "lit"), ("未达标", "unlit")])
def test_exemption_under_at_least_n(tmp_path: Path, policy: str, expected: str) -> None:
    """An item that does not count cannot be one of the two; one that counts as met can."""
    by = star(
        "{至少: 2}", criterion("A", "为: 是", "是否", "不适用于: [搬迁村]", f"不适用按: {policy}"), criterion("B")
    )
    result = rated(tmp_path, by, grid(EXEMPT), register=grid(REGISTER))

    assert expected == result.star("甲村")


def test_all_exempt_is_nothing_to_count(tmp_path: Path) -> None:
    """A star whose every criterion is exempt is unlit, unless they count as met."""
    for policy, state in (("不计", "unlit"), ("达标", "lit"), ("未达标", "unlit")):
        by = star("全部", criterion("A", "为: 是", "是否", "不适用于: [搬迁村]", f"不适用按: {policy}"))

        assert state == rated(tmp_path, by, grid(EXEMPT), register=grid(REGISTER)).star("甲村")


@pytest.mark.parametrize("policy", ["不计", "达标", "未达标"])
def test_a_unit_of_another_kind_is_not_exempt(tmp_path: Path, policy: str) -> None:
    """适用于 comes first: what never was for the unit counts by no 不适用按; where the kind is open, so is that."""
    item = criterion("A", "为: 是", "是否", "适用于: {类: [农]}", "不适用于: [搬迁村]", f"不适用按: {policy}")
    by = star("全部", item, criterion("B"), fields=["类: {类型: 选项, 选项: [农, 城]}"])
    rows = grid("乡镇 村名 类 A B\n河乡 甲村 城 - 是\n河乡 乙村 城 - 是\n河乡 丙村 - - 是")
    result = rated(tmp_path, by, rows, register=grid(REGISTER))

    assert ["lit", "lit"] == [result.star(name) for name in ("甲村", "乙村")]
    assert ["other_kind", "other_kind"] == [result.reasons(name)["A"] for name in ("甲村", "乙村")]
    assert ("lit" if policy == "不计" else "unknown") == result.star("丙村")


def scored(policy: str, rule: str = "{得分: {至少: 60}}") -> Scheme:
    """A 50, B 30, C 20 points; A exempt for tagged villages."""
    return star(
        rule,
        criterion("A", "为: 是", "是否", "不适用于: [搬迁村]", f"不适用按: {policy}", "分值: 50"),
        criterion("B", "为: 是", "是否", "分值: 30"),
        criterion("C", "为: 是", "是否", "分值: 20"),
    )


@pytest.mark.parametrize(
    ("policy", "rescale", "score"),
    [
        ("不计", False, (30, 30)),
        ("不计", True, (60, 60)),
        ("达标", False, (80, 80)),
        ("达标", True, (80, 80)),
        ("未达标", False, (30, 30)),
        ("未达标", True, (30, 30)),
        ("平均", False, (55, 55)),
        ("平均", True, (55, 55)),
    ],
)
def test_points_of_exempted_items(tmp_path: Path, policy: str, rescale: bool, score: tuple[float, float]) -> None:
    """Not earned unless 折算 rescales; by 平均 the mean share (here half) of the counted items."""
    rule = "{得分: {至少: 60, 折算: 是}}" if rescale else "{得分: {至少: 60}}"
    rows = grid("乡镇 村名 A B C\n河乡 甲村 否 是 否\n河乡 乙村 是 是 是\n河乡 丙村 - - 是")
    result = rated(tmp_path, scored(policy, rule), rows, register=grid(REGISTER))

    assert pytest.approx(score) == result.star_score("甲村")
    assert ("lit" if score[0] >= 60 else "unlit") == result.star("甲村")
    assert pytest.approx((100, 100)) == result.star_score("乙村")


def test_unknowns_beside_an_average(tmp_path: Path) -> None:
    """The mean share is an interval where a counted item is unknown."""
    rows = grid("乡镇 村名 A B C\n河乡 甲村 否 - 是\n河乡 乙村 是 是 是\n河乡 丙村 - - -")
    result = rated(tmp_path, scored("平均"), rows, register=grid(REGISTER))

    assert pytest.approx((20 + 25, 50 + 50)) == result.star_score("甲村")
    assert "unknown" == result.star("甲村")
    assert pytest.approx((0, 100)) == result.star_score("丙村")


# --- graded items -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "points", "status"),
    [
        (90, 20, "met"),
        (95, 20, "met"),
        (89.99, 17, "unmet"),
        (89, 17, "unmet"),
        (88.9, 14, "unmet"),
        (88, 14, "unmet"),
        (85, 8, "unmet"),
        (84, 8, "unmet"),
        (0, 8, "unmet"),
        (89.9999999999, 17, "unmet"),
        (88.9999999999, 14, "unmet"),
    ],
)
def test_graded_items(tmp_path: Path, value: float, points: float, status: str) -> None:
    """分值 less 扣 for every 每 begun, 至多 12 in all; met only if the requirement holds."""
    item = criterion("X", "至少: 90", "数值", "分值: 20", "扣分: {每: 1, 扣: 3, 至多: 12}")
    rows = [["乡镇", "村名", "X"], ["河乡", "甲村", value]]
    result = rated(tmp_path, star("{得分: {至少: 20}}", item), rows)

    assert (points, points) == result.star_score("甲村")
    assert status == result.verdicts("甲村")["X"]


@pytest.mark.parametrize(
    ("words", "value", "per", "points"),
    [
        ("至多: 0.3", 0.6, "0.1", 7),
        ("至多: 0.3", 0.30000000000000004, "0.1", 10),
        ("至多: 3", 100, "1", 0),
        ("介于: [2, 3]", 4.5, "1", 8),
        ("介于: [2, 3]", 1, "1", 9),
        ("至少: 1", 0.9, "0.1", 9),
        ("至少: 1", 0.7, "0.1", 7),
        ("至少: 1000000", 999999.9, "0.1", 9),
    ],
)
def test_shortfalls_are_counted_in_whole_steps(
    tmp_path: Path, words: str, value: float, per: str, points: float
) -> None:
    """Float noise makes no step: 0.3 over in steps of 0.1 is three; never below nothing."""
    item = criterion("X", words, "数值", "分值: 10", f"扣分: {{每: {per}, 扣: 1}}")
    result = rated(tmp_path, star("{得分: {至少: 10}}", item), [["乡镇", "村名", "X"], ["河乡", "甲村", value]])

    assert pytest.approx((points, points)) == result.star_score("甲村")


def test_an_unknown_graded_item_is_an_interval(tmp_path: Path) -> None:
    """Nothing to everything."""
    item = criterion("X", "至少: 90", "数值", "分值: 20", "扣分: {每: 1, 扣: 3, 至多: 12}")
    result = rated(tmp_path, star("{得分: {至少: 20}}", item), grid("乡镇 村名 X\n河乡 甲村 -\n河乡 乙村 1"))

    low, high = result.star_score("甲村")

    assert low <= 8
    assert 20 == high
    assert "unknown" == result.star("甲村")


# --- tiers by stars ---------------------------------------------------------------------------------------------------


def test_tier_is_what_is_proven(tmp_path: Path) -> None:
    """Tier counts lit stars, reachable the unknown ones too; a unit with an unknown verdict is provisional."""
    rows = grid("乡镇 村名 甲 乙 丙\n河乡 东村 是 是 -\n河乡 西村 是 否 是\n河乡 南村 - - -\n河乡 北村 是 是 是")
    result = rated(tmp_path, stars_of("甲", "乙", "丙"), rows)

    assert {"东村": (2, 3), "西村": (2, 2), "南村": (0, 3), "北村": (3, 3)} == result.tiers()
    assert [True, False, True, False] == [result.provisional(name) for name in result.names]


CAPPED = "  封顶:\n    - {未亮: 甲, 最高: 1, 依据: 示例}\n"


def test_caps_on_a_star_that_is_not_lit(tmp_path: Path) -> None:
    """Not proven lit caps the tier, certainly unlit caps reachable as well."""
    rows = grid(
        "乡镇 村名 甲 乙 丙\n"
        "河乡 亮村 是 是 是\n"
        "河乡 暗村 否 是 是\n"
        "河乡 疑村 - 是 是\n"
        "河乡 低村 否 是 否\n"
        "河乡 疑疑 - 是 -"
    )
    result = rated(tmp_path, stars_of("甲", "乙", "丙", tiering=CAPPED), rows)

    assert {"亮村": (3, 3), "暗村": (1, 1), "疑村": (1, 3), "低村": (1, 1), "疑疑": (1, 3)} == result.tiers()


def veto(effect: str, trigger: str = "为: 是", *more: str, identity: str = "F") -> str:
    """A veto read from a column headed by its 编号."""
    parts = ", ".join((f"编号: {identity}, 情形: 出事, 列名: [{identity}]", *more))
    return f"{{{parts}, 触发: {{{trigger}}}, 后果: {effect}, 依据: 示例}}"


VETOED = (
    "乡镇 村名 甲 乙 丙 F\n河乡 中村 是 是 是 是\n河乡 清村 是 是 是 否\n河乡 空村 是 是 是 -\n河乡 疑村 - 是 是 是"
)


@pytest.mark.parametrize(
    ("effect", "hit", "hit_open"),
    [
        ("{熄灭: 甲}", (2, 2), (2, 2)),
        ("{最高: 1}", (1, 1), (1, 1)),
        ("{最高: 0}", (0, 0), (0, 0)),
        ("不参评", (None, None), (None, None)),
        ("提示", (3, 3), (2, 3)),
    ],
)
def test_effects_of_vetoes(
    tmp_path: Path, effect: str, hit: tuple[int | None, int | None], hit_open: tuple[int | None, int | None]
) -> None:
    """熄灭 darkens a star whatever its criteria say, 最高 caps both tiers, 不参评 leaves none, 提示 is listed only."""
    result = rated(tmp_path, stars_of("甲", "乙", "丙", vetoes=[veto(effect)]), grid(VETOED))

    assert {"中村": hit, "清村": (3, 3), "空村": (3, 3), "疑村": hit_open} == result.tiers()
    assert ["triggered", "clear", "unknown", "triggered"] == [result.vetoes(name)["F"] for name in result.names]


def test_a_blank_veto_is_not_no(tmp_path: Path) -> None:
    """Provisional, said as a warning, and no star is changed by it."""
    result = rated(tmp_path, stars_of("甲", "乙", "丙", vetoes=[veto("{熄灭: 甲}")]), grid(VETOED))

    assert [False, False, True, True] == [result.provisional(name) for name in result.names]
    assert "lit" == result.stars("空村")["甲"]
    assert ["F4"] == [
        cell for cell, unit in zip(result.cells("V313"), result.units("V313"), strict=True) if unit == "空村"
    ]


def test_an_absent_veto_column_makes_everything_provisional(tmp_path: Path) -> None:
    """Once per column it is said, and nothing is final."""
    rows = grid("乡镇 村名 甲\n河乡 东村 是\n河乡 西村 是")
    result = rated(tmp_path, stars_of("甲", vetoes=[veto("不参评")]), rows)

    assert {"东村": (1, 1), "西村": (1, 1)} == result.tiers()
    assert [True, True] == [result.provisional(name) for name in result.names]
    assert 1 == len(result.cells("T205"))


def test_an_extinguished_star_is_capped_by_too(tmp_path: Path) -> None:
    """A star that a veto put out is unlit for certain: its cap applies to tier and reachable."""
    by = stars_of("甲", "乙", "丙", tiering=CAPPED, vetoes=[veto("{熄灭: 甲}")])
    result = rated(tmp_path, by, grid(VETOED))

    assert (1, 1) == (result.tier("中村"), result.reachable("中村"))
    assert "unlit" == result.stars("中村")["甲"]


def test_vetoes_of_other_kinds(tmp_path: Path) -> None:
    """A number, an option and a date may set a veto off; what cannot be read leaves it open."""
    by = stars_of(
        "甲",
        vetoes=[
            veto("{最高: 0}", "至少: 3", "类型: 整数", "单位: 起", identity="N"),
            veto("{最高: 0}", "属于: [较大, 重大]", "类型: 选项", "选项: [一般, 较大, 重大]", identity="O"),
        ],
    )
    rows = grid(
        "乡镇 村名 甲 N O\n"
        "河 一村 是 2 一般\n"
        "河 二村 是 3 一般\n"
        "河 三村 是 0 重大\n"
        "河 四村 是 约3 一般\n"
        "河 五村 是 无 -"
    )
    result = rated(tmp_path, by, rows)

    assert {"一村": 1, "二村": 0, "三村": 0, "四村": 1, "五村": 1} == result.proven()
    assert {"N": "unknown", "O": "clear"} == result.vetoes("四村")
    assert {"N": "clear", "O": "unknown"} == result.vetoes("五村")


def test_an_excluded_unit_keeps_its_stars_and_verdicts(tmp_path: Path) -> None:
    """不参评 takes the tier only: what it has is still shown, and it is not unreported."""
    result = rated(tmp_path, stars_of("甲", "乙", "丙", vetoes=[veto("不参评")]), grid(VETOED))

    assert {"甲": "lit", "乙": "lit", "丙": "lit"} == result.stars("中村")
    assert result.reported("中村")
    assert [True, False] == result.outcome.assessment.excluded[[result.row("中村"), result.row("清村")]].tolist()


def losses(result: Rated) -> list[tuple[LossKind, int]]:
    """What was lost, in order."""
    return [(loss.kind, loss.stars) for loss in result.outcome.assessment.losses]


def sums_agree(result: Rated) -> bool:
    """Σ tier + Σ lost = Σ lit stars (DESIGN §5.8)."""
    found = result.outcome.assessment
    rated_units = found.tiers >= 0
    tiers = int(found.tiers[rated_units].sum())
    return tiers + sum(loss.stars for loss in found.losses) == int((found.stars[found.units.reported] == 1).sum())


def test_counts_agree(tmp_path: Path) -> None:
    """Each cap, veto and quota counts what it lowers further, in order; 不参评 loses all its lit stars."""
    tiering = (
        "  封顶: [{未亮: 甲, 最高: 2, 依据: 示例}, {未亮: 乙, 最高: 1, 依据: 示例}]\n"
        "  名额: [{档: 四星, 至多: 1, 范围: 全县, 同分: []}]\n"
    ).replace(", 同分: []", "")
    by = stars_of("甲", "乙", "丙", "丁", tiering=tiering, vetoes=[veto("{最高: 1}"), veto("不参评", identity="G")])
    rows = grid(
        """
        乡镇 村名 甲 乙 丙 丁 F G
        河乡 一村 否 是 是 是 否 否
        河乡 二村 否 否 是 是 否 否
        河乡 三村 是 是 是 是 是 否
        河乡 四村 是 是 是 是 否 是
        河乡 五村 是 是 是 是 否 否
        河乡 六村 是 是 是 是 否 否
        河乡 七村 - 是 是 是 是 否
        """
    )
    result = rated(tmp_path, by, rows)

    assert {"一村": 2, "二村": 1, "三村": 1, "四村": None, "五村": 3, "六村": 3, "七村": 1} == result.proven()
    assert [
        (LossKind.CAP, 1 + 0 + 1),
        (LossKind.CAP, 1),
        (LossKind.VETO, 3 + 1),
        (LossKind.EXCLUSION, 4),
        (LossKind.QUOTA, 2),
    ] == losses(result)
    assert sums_agree(result)


# --- quotas -----------------------------------------------------------------------------------------------------------


def quota(*lines: str) -> str:
    """The quotas of a tiering by stars."""
    return "  名额:\n" + "".join(f"    - {line}\n" for line in lines)


TIE_FIELD = ["收入: {列名: [收入], 类型: 数值, 单位: 万元}"]


def competition(folder: Path, quotas: str, table: str, **told: object) -> Rated:
    """Units of up to three stars compete."""
    by = stars_of("甲", "乙", "丙", tiering=quotas, fields=TIE_FIELD)
    return rated(folder, by, grid(table), **told)  # type: ignore[arg-type]


TEN = "乡镇 村名 甲 乙 丙 收入\n" + "".join(f"河乡 第{place}村 是 是 是 {place}\n" for place in range(10))


@pytest.mark.parametrize(
    ("share", "places"), [("10%", 1), ("19.9%", 1), ("20%", 2), ("29%", 2), ("30%", 3), ("5%", 0), ("100%", 10)]
)
def test_places_are_rounded_down(tmp_path: Path, share: str, places: int) -> None:
    """⌊share × units rated⌋, exactly: 30% of 10 is 3."""
    result = competition(tmp_path, quota(f'{{档: 三星, 至多比例: {share}, 范围: 全县, 同分: ["收入 高者先"]}}'), TEN)

    assert [3] * places + [2] * (10 - places) == sorted(
        result.proven().values(), reverse=True, key=lambda tier: tier or 0
    )
    assert {f"第{place}村" for place in range(10 - places, 10)} == {
        name for name, tier in result.proven().items() if tier == 3
    }
    assert {3} == {result.reachable(name) for name in result.names}


def test_a_tie_at_the_cut_takes_no_place(tmp_path: Path) -> None:
    """None of the tied takes a place, whoever stands first in the file, and a notice says so."""
    table = (
        "乡镇 村名 甲 乙 丙 收入\n"
        "河乡 一村 是 是 是 9\n"
        "河乡 二村 是 是 是 8\n"
        "河乡 三村 是 是 是 8\n"
        "河乡 四村 是 是 是 7"
    )
    result = competition(tmp_path, quota('{档: 三星, 至多: 2, 范围: 全县, 同分: ["收入 高者先"]}'), table)
    [notice] = result.outcome.assessment.notices

    assert {"一村": 3, "二村": 2, "三村": 2, "四村": 2} == result.proven()
    assert {"二村", "三村"} == {result.names[place] for place in notice.tied}
    assert (2, "三星") == (notice.places, notice.tier_name)


def test_no_tie_break_means_a_tie(tmp_path: Path) -> None:
    """Without a declared 同分 the equal are equal: nobody gets the place by standing first."""
    result = competition(tmp_path, quota("{档: 三星, 至多: 1, 范围: 全县}"), TEN)

    assert {2} == set(result.proven().values())
    assert 10 == len(result.outcome.assessment.notices[0].tied)


def test_enough_places_for_the_tied(tmp_path: Path) -> None:
    """A tie that the cut does not go through needs no notice."""
    table = (
        "乡镇 村名 甲 乙 丙 收入\n"
        "河乡 一村 是 是 是 9\n"
        "河乡 二村 是 是 是 8\n"
        "河乡 三村 是 是 是 8\n"
        "河乡 四村 是 是 是 7\n"
        "河乡 五村 是 是 是 7"
    )
    result = competition(tmp_path, quota('{档: 三星, 至多: 3, 范围: 全县, 同分: ["收入 高者先"]}'), table)

    assert {"一村": 3, "二村": 3, "三村": 3, "四村": 2, "五村": 2} == result.proven()
    assert () == result.outcome.assessment.notices


@pytest.mark.parametrize(("order", "winner"), [("高者先", "三村"), ("低者先", "一村")])
def test_an_unknown_tie_break_comes_last_in_either_direction(tmp_path: Path, order: str, winner: str) -> None:
    """A blank never wins a place."""
    table = (
        "乡镇 村名 甲 乙 丙 收入\n"
        "河乡 空村 是 是 是 -\n"
        "河乡 一村 是 是 是 1\n"
        "河乡 三村 是 是 是 3\n"
        "河乡 约村 是 是 是 约9"
    )
    result = competition(tmp_path, quota(f'{{档: 三星, 至多: 1, 范围: 全县, 同分: ["收入 {order}"]}}'), table)

    assert [winner] == [name for name, tier in result.proven().items() if tier == 3]


def test_tie_breaks_are_exact_and_go_in_order(tmp_path: Path) -> None:
    """The second decides where the first ties; 0.1 + 0.2 is 0.3."""
    table = (
        "乡镇 村名 甲 乙 丙 收入 户\n"
        "河乡 一村 是 是 是 0.30000000000000004 5\n"
        "河乡 二村 是 是 是 0.3 6\n"
        "河乡 三村 是 是 是 0.2 9"
    )
    by = stars_of(
        "甲",
        "乙",
        "丙",
        tiering=quota('{档: 三星, 至多: 1, 范围: 全县, 同分: ["收入 高者先", "户 低者先"]}'),
        fields=[*TIE_FIELD, "户: {列名: [户], 类型: 整数, 单位: 户}"],
    )
    result = rated(tmp_path, by, grid(table))

    assert {"一村": 3, "二村": 2, "三村": 2} == result.proven()


def test_the_displaced_compete_in_the_next_tier(tmp_path: Path) -> None:
    """From the top down; in the next tier those from above come first."""
    table = """
    乡镇 村名 甲 乙 丙 收入
    河乡 一村 是 是 是 1
    河乡 二村 是 是 是 2
    河乡 三村 是 是 否 9
    河乡 四村 是 是 否 8
    河乡 五村 是 否 否 9
    """
    lines = (
        '{档: 二星, 至多: 2, 范围: 全县, 同分: ["收入 高者先"]}',
        '{档: 三星, 至多: 1, 范围: 全县, 同分: ["收入 高者先"]}',
    )
    result = competition(tmp_path, quota(*lines), table)

    assert {"一村": 2, "二村": 3, "三村": 2, "四村": 1, "五村": 1} == result.proven()


def test_quotas_within_townships(tmp_path: Path) -> None:
    """范围 乡镇: each township has its own places, of its own units."""
    table = "乡镇 村名 甲 乙 丙 收入\n" + "".join(
        f"河乡 河{place}村 是 是 是 {place}\n山乡 山{place}村 是 是 是 {place}\n" for place in range(4)
    )
    result = competition(tmp_path, quota('{档: 三星, 至多比例: 25%, 范围: 乡镇, 同分: ["收入 高者先"]}'), table)

    assert {"河3村", "山3村"} == {name for name, tier in result.proven().items() if tier == 3}


def test_the_unreported_and_the_excluded_are_not_rated(tmp_path: Path) -> None:
    """They do not add places: half of the two rated is one."""
    register = "编码 名称 乡镇\n" + "".join(f"41099910020{place} 第{place}村 河乡\n" for place in range(6))
    by = stars_of(
        "甲",
        tiering=quota('{档: 一星, 至多比例: 50%, 范围: 全县, 同分: ["收入 高者先"]}'),
        fields=TIE_FIELD,
        vetoes=[veto("不参评")],
    )
    rows = grid("乡镇 村名 甲 收入 F\n河乡 第0村 是 5 否\n河乡 第1村 是 6 否\n河乡 第2村 是 9 是")
    result = rated(tmp_path, by, rows, register=grid(register))

    assert {"第0村": 0, "第1村": 1, "第2村": None, "第3村": None, "第4村": None, "第5村": None} == result.proven()


def test_each_county_has_its_own_places(tmp_path: Path) -> None:
    """范围 全县 is one county of several in a file."""
    by = stars_of("甲", tiering=quota('{档: 一星, 至多: 1, 范围: 全县, 同分: ["收入 高者先"]}'), fields=TIE_FIELD)
    rows = grid(
        "县 乡镇 村名 甲 收入\n东县 河乡 一村 是 5\n东县 河乡 二村 是 6\n西县 山乡 三村 是 1\n西县 山乡 四村 是 2"
    )
    result = rated(tmp_path, by, rows, county=None)

    assert {"一村": 0, "二村": 1, "三村": 0, "四村": 1} == result.proven()


# --- points that depend on others, or on a target ---------------------------------------------------------------------


def best(
    *more: str, end: str = "最高", scope: str = "全县", words: str = "至少: 10", vetoes: Sequence[str] = ()
) -> Scheme:
    """A single item of 100 points beside the best."""
    item = criterion("X", words, "数值", "分值: 100", f"比最优: {{满分: {end}, 范围: {scope}}}", *more)
    return scheme(scheme_text({"星": ("任一", [item])}, BANDS, fields=[KIND], vetoes=vetoes))


KIND = "类: {类型: 选项, 选项: [农, 城]}"


@pytest.mark.parametrize(
    ("more", "last", "scores"),
    [
        ("", 5000, [(1, 1), (0.5, 0.5), (100, 100)]),
        ("", "-", [(0, 100), (0, 50), (0, 100)]),
        ("", "约50", [(0, 100), (0, 50), (0, 100)]),
        ("范围: {至少: 0, 至多: 100}", "-", [(50, 100), (25, 50), (0, 100)]),
        ("范围: {至少: 0, 至多: 50}", "-", [(100, 100), (50, 50), (0, 100)]),
    ],
)
def test_who_is_best_is_proven_only_beside_all(
    tmp_path: Path, more: str, last: object, scores: Sequence[tuple[float, float]]
) -> None:
    """The low end allows for a rival whose value is unknown to be as good as its 范围 lets it be."""
    result = rated(
        tmp_path, best(*([more] if more else [])), grid(f"乡镇 村名 X\n河 一村 50\n河 二村 25\n河 三村 {last}")
    )

    assert scores == [result.score(name) for name in result.names]
    assert [low < high for low, high in scores] == [result.provisional(name) for name in result.names]
    assert (2 if scores[0][0] == 100 else 0, 2 if scores[0][1] == 100 else 0) == result.tiers()["一村"]


def test_who_is_least_is_proven_only_beside_all(tmp_path: Path) -> None:
    """By 满分: 最低 an unknown rival may come down to the end of the 范围; who stands there cannot be beaten."""
    rows = grid("乡镇 村名 X\n河 一村 2\n河 二村 4\n河 三村 -")
    free, bounded, ended = (
        rated(tmp_path, best(*more, end="最低", words="至多: 10"), rows)
        for more in ([], ["范围: {至少: 1}"], ["范围: {至少: 2}"])
    )

    assert [(0, 100), (0, 50)] == [free.score(name) for name in ("一村", "二村")]
    assert [(50, 100), (25, 50)] == [bounded.score(name) for name in ("一村", "二村")]
    assert [(100, 100), (50, 50)] == [ended.score(name) for name in ("一村", "二村")]


def test_rivals_are_those_of_the_scope_and_the_kind(tmp_path: Path) -> None:
    """One not reported is a rival in its township only, one of another kind nowhere, one of no kind with its value."""
    register = "编码 名称 乡镇\n" + "".join(
        f"41099910{town}20{place} {name}村 {'河山'[town]}乡\n"
        for place, (name, town) in enumerate(zip("一二三四五", (0, 0, 1, 1, 1), strict=True))
    )
    rows = "乡镇 村名 类 X\n河乡 一村 农 50\n山乡 三村 农 40\n山乡 四村 城 -\n山乡 五村 {} 80"
    by = best("适用于: {类: [农]}", scope="乡镇")
    known, unsure = (rated(tmp_path, by, grid(rows.format(kind)), register=grid(register)) for kind in ("城", "-"))

    assert [(0, 100), (100, 100), (0, 0), (0, 0)] == [known.score(f"{name}村") for name in "一三四五"]
    assert [(0, 100), (50, 100), (0, 0), (0, 100)] == [unsure.score(f"{name}村") for name in "一三四五"]
    assert (None, None) == known.tiers()["二村"]


def test_who_does_not_take_part_is_no_rival(tmp_path: Path) -> None:
    """不参评 sets no standard for others; while that veto is blank the low end counts with it, the high one without."""
    rows = "乡镇 村名 X F\n河 一村 50 否\n河 二村 100 {}"
    found = [rated(tmp_path, best(vetoes=[veto("不参评")]), grid(rows.format(cell))) for cell in ("是", "-", "否")]

    assert [(100, 100), (50, 100), (50, 50)] == [result.score("一村") for result in found]


GOAL = ["任务: {类型: 数值, 单位: 亩}"]


def goal(target: str = "{字段: 任务}", bonus: str = "") -> Scheme:
    """A single item of 100 points beside a target."""
    item = criterion("X", "至少: 1", "数值", "单位: 亩", "分值: 100", f"比目标: {target}", *([bonus] if bonus else []))
    return scheme(scheme_text({"星": ("任一", [item])}, BANDS, fields=GOAL))


@pytest.mark.parametrize(
    ("cell", "code"), [("-", "V313"), ("约5", "V301"), ("-5", "V303"), ("0", "V319"), ("无", "V319")]
)
def test_without_its_target_nobody_knows_the_points(tmp_path: Path, cell: str, code: str) -> None:
    """Blank, not read, 0 or below: anything from nothing to all; never met, and the cell is warned of."""
    rows = f"乡镇 村名 X 任务\n河 一村 20 20\n河 二村 20 {cell}\n河 三村 0 {cell}"
    result = rated(tmp_path, goal(), grid(rows))

    assert [(100, 100), (0, 100), (0, 100)] == [result.score(name) for name in result.names]
    assert (0, 2) == result.tiers()["二村"]
    assert [False, True, True] == [result.provisional(name) for name in result.names]
    assert ["met", "unknown", "unmet"] == [result.verdicts(name)["X"] for name in result.names]
    assert ["D3", "D4"] == result.cells(code)
    assert not any("填 0" in problem.hint("zh") for problem in result.diagnostics if problem.code == "V313")


def test_nobody_is_warned_of_a_target_that_nothing_is_measured_by(tmp_path: Path) -> None:
    """Of a unit of another kind, or before the item is in force, a target of 0 says nothing."""
    item = criterion("X", "至少: 1", "数值", "单位: 亩", "分值: 100", "比目标: {字段: 任务}", "适用于: {类: [甲]}")
    fields = [*GOAL, "类: {类型: 选项, 选项: [甲, 乙]}"]
    by = scheme(scheme_text({"星": ("任一", [item])}, BANDS, fields=fields))
    result = rated(tmp_path, by, grid("乡镇 村名 类 X 任务\n河 一村 乙 20 0\n河 二村 甲 20 0"))

    assert ["E3"] == result.cells("V319")


def test_a_negative_target_of_old_is_none(tmp_path: Path) -> None:
    """One that stands in a ledger all the same (recorded before it was refused) is as good as unknown."""
    result = rated(tmp_path, goal(), grid("乡镇 村名 X 任务\n河 一村 20 20"))
    ledger = result.outcome.ledger
    column = replace(ledger.columns["任务"], values=np.array([-5.0]))
    found = assess(replace(ledger, columns={**ledger.columns, "任务": column}), result.outcome.as_of)

    assert found.scores is not None
    assert [[0.0, 100.0]] == found.scores.tolist()
    assert found.provisional.all()


# --- tiers by score ---------------------------------------------------------------------------------------------------

BANDS = "  方法: 总分\n  档次: [{至少: 90, 档: 甲等}, {至少: 60, 档: 乙等}, {至少: 0, 档: 丙等}]\n"


def by_score(*vetoes: str, tiering: str = BANDS, stars: Sequence[str] = ("A", "B", "C")) -> Scheme:
    """Stars A 50, B 40, C 10 points."""
    points = {"A": 50, "B": 40, "C": 10}
    parts = {f"{name}星": ("全部", [criterion(name, "为: 是", "是否", f"分值: {points[name]}")]) for name in stars}
    return scheme(scheme_text(parts, tiering, vetoes=vetoes))


SCORED = (
    "乡镇 村名 A B C F\n"
    "河 一村 是 是 是 否\n"
    "河 二村 是 是 否 否\n"
    "河 三村 是 否 是 否\n"
    "河 四村 否 否 否 否\n"
    "河 五村 是 - 是 否\n"
    "河 六村 是 是 是 是\n"
    "河 七村 否 否 是 是"
)


def test_bands_by_score(tmp_path: Path) -> None:
    """The band of the lower end is the tier, that of the upper end reachable; bands count from the bottom, 0 first."""
    result = rated(tmp_path, by_score(), grid(SCORED))

    assert {
        "一村": (2, 2),
        "二村": (2, 2),
        "三村": (1, 1),
        "四村": (0, 0),
        "五村": (1, 2),
        "六村": (2, 2),
        "七村": (0, 0),
    } == result.tiers()
    assert [(100, 100), (90, 90), (60, 100)] == [result.score(name) for name in ("一村", "二村", "五村")]


def test_deductions_lower_both_ends(tmp_path: Path) -> None:
    """扣分 15 takes 100 to 85, and no score below 0."""
    result = rated(tmp_path, by_score(veto("{扣分: 15}")), grid(SCORED))

    assert [(85, 85), 1] == [result.score("六村"), result.tier("六村")]
    assert (0, 0) == (result.tier("七村"), result.reachable("七村"))
    assert (100, 100) == result.score("一村")


def test_caps_and_vetoes_by_score(tmp_path: Path) -> None:
    """封顶 and 最高 speak of bands; 熄灭 puts out a star; 不参评 leaves no tier."""
    tiering = BANDS + "  封顶: [{未亮: C星, 最高: 1, 依据: 示例}]\n"
    result = rated(tmp_path, by_score(tiering=tiering), grid(SCORED))

    assert [2, 1, 1] == [result.tier(name) for name in ("一村", "二村", "三村")]
    assert 1 == result.reachable("二村")
    assert (0, 0) == rated(tmp_path, by_score(veto("{最高: 0}")), grid(SCORED)).tiers()["六村"]
    assert (None, None) == rated(tmp_path, by_score(veto("不参评")), grid(SCORED)).tiers()["六村"]


def test_the_total_is_rescaled_if_the_tiering_says_so(tmp_path: Path) -> None:
    """定级 折算: points that do not count are left out of the whole: 90 of 90 is 100."""
    parts = {
        "A星": ("全部", [criterion("A", "为: 是", "是否", "分值: 90")]),
        "B星": ("全部", [criterion("B", "为: 是", "是否", "分值: 10", since="2030-01-01")]),
    }
    bands = "  方法: 总分\n  档次: [{至少: 95, 档: 甲等}, {至少: 0, 档: 乙等}]\n"
    rows = grid("乡镇 村名 A B\n河 甲村 是 -")

    assert 0 == rated(tmp_path, scheme(scheme_text(parts, bands)), rows).tier("甲村")
    assert 1 == rated(tmp_path, scheme(scheme_text(parts, bands + "  折算: 是\n")), rows).tier("甲村")


def test_quotas_by_score(tmp_path: Path) -> None:
    """Order is by tier, then score, then 同分."""
    tiering = BANDS + "  名额:\n    - {档: 甲等, 至多: 1, 范围: 全县}\n"
    rows = grid("乡镇 村名 A B C\n河 一村 是 是 否\n河 二村 是 是 是\n河 三村 是 是 否")
    result = rated(tmp_path, by_score(tiering=tiering), rows)

    assert {"一村": 1, "二村": 2, "三村": 1} == result.proven()


def test_float_sums_do_not_lose_a_band(tmp_path: Path) -> None:
    """Ten times 0.1 reach 1, three times 33.3 and 0.1 reach 100."""
    parts = {"星": ("全部", [criterion(f"C{place}", "为: 是", "是否", "分值: 0.1") for place in range(10)])}
    bands = "  方法: 总分\n  档次: [{至少: 1, 档: 满分}, {至少: 0, 档: 不满}]\n"
    header = ["乡镇", "村名", *(f"C{place}" for place in range(10))]
    rows: Rows = [header, ["河", "甲村", *["是"] * 10], ["河", "乙村", *["是"] * 9, "否"]]

    assert {"甲村": 1, "乙村": 0} == rated(tmp_path, scheme(scheme_text(parts, bands)), rows).proven()


@pytest.mark.parametrize(
    ("value", "star", "tier"),
    [(799999999.5, "unlit", 0), (800000000, "lit", 1), (800000000.00001, "lit", 1), (799999999.99999, "unlit", 0)],
)
def test_a_score_reaches_a_bound_or_does_not(tmp_path: Path, value: float, star: str, tier: int) -> None:
    """79.99999995 points are not 80, for a star, a band and a rescaled total: the edge is decided on rationals."""
    item = criterion("X", "至少: 5", "数值", "分值: 100", "比目标: {目标: 1000000000}")
    bands = "  方法: 总分\n  档次: [{至少: 80, 档: 好}, {至少: 0, 档: 差}]\n"
    rows = [["乡镇", "村名", "X", "Y"], ["河", "甲村", value, "是"]]
    idle = criterion("Y", "为: 是", "是否", "分值: 50", since="2030-01-01")
    for stars, tiering in (
        ({"星": ("{得分: {至少: 80}}", [item])}, bands),
        ({"星": ("{得分: {至少: 120, 折算: 是}}", [item, idle])}, bands.replace("80", "120")),
        ({"星": ("{得分: {至少: 80}}", [item]), "二": ("任一", [idle])}, f"{bands.replace('80', '120')}  折算: 是\n"),
    ):
        result = rated(tmp_path, scheme(scheme_text(stars, tiering)), rows)

        assert (star, tier) == (result.star("甲村"), result.tier("甲村"))


def test_thirds_add_up(tmp_path: Path) -> None:
    """A third of 30 and two thirds of 30 are 30, whatever floats make of them; a mean of thirds too."""
    fields = [f"{name}: {{类型: 数值}}" for name in ("甲", "乙")]
    items = [
        criterion("X", "高于: 0", "数值", "公式: 甲 / 乙", "分值: 30", "比目标: {目标: 1}"),
        criterion("Y", "高于: 0", "数值", "公式: 1 - 甲 / 乙", "分值: 30", "比目标: {目标: 1}"),
        criterion("Z", "为: 是", "是否", "分值: 30", "不适用于: [搬迁村]", "不适用按: 平均"),
    ]
    bands = "  方法: 总分\n  档次: [{至少: 45, 档: 好}, {至少: 0, 档: 差}]\n"
    by = scheme(scheme_text({"星": ("{得分: {至少: 45}}", items)}, bands, fields=fields))
    rows = [
        ["乡镇", "村名", "甲", "乙", "Z"],
        *(["河乡", name, 1, part, None] for name, part in (("甲村", 3), ("丙村", 7))),
    ]
    result = rated(tmp_path, by, rows, register=grid(REGISTER))

    assert ["lit", "lit"] == [result.star(name) for name in ("甲村", "丙村")]
    assert [1, 1] == [result.tier(name) for name in ("甲村", "丙村")]


@pytest.mark.parametrize(
    ("words", "value", "per", "points"),
    [
        ("高于: 0", 0.99999999999, 1, 0),
        ("高于: 0", 1, 1, 1),
        ("至少: 0.1", 0.3, 0.1, 2),
        ("至少: 0.1", 0.29999999999999, 0.1, 1),
        ("至多: 1", 0.7, 0.1, 3),
        ("至多: 1", 0.70000000000001, 0.1, 2),
        ("至少: 1000000", 1000000.3, 0.1, 3),
    ],
)
def test_a_bonus_step_is_whole(tmp_path: Path, words: str, value: float, per: float, points: float) -> None:
    """加分 for every 每 completed: 0.99999999999 is no whole 1, and 0.3 is 0.2 above 0.1 whatever floats say."""
    item = criterion("X", words, "数值", f"加分: {{每: {per}, 加: 1, 至多: 9}}")
    by = scheme(scheme_text({"星": ("任一", [item])}, "  方法: 总分\n  档次: [{至少: 1, 档: 好}, {至少: 0, 档: 差}]\n"))

    assert (points, points) == rated(tmp_path, by, [["乡镇", "村名", "X"], ["河", "甲村", value]]).score("甲村")


def test_places_by_score_are_exact(tmp_path: Path) -> None:
    """Two scores that differ in the tenth place are no tie; equal ones are, whatever makes them up."""
    items = [
        criterion("X", "至少: 0", "数值", "分值: 10", "比目标: {目标: 10000000000}"),
        criterion("Y", "至少: 0", "数值", "分值: 10", "比目标: {目标: 10000000000}"),
    ]
    bands = "  方法: 总分\n  档次: [{至少: 1, 档: 好}, {至少: 0, 档: 差}]\n  名额: [{档: 好, 至多: 1}]\n"
    by = scheme(scheme_text({"星": ("任一", items)}, bands))
    header = ["乡镇", "村名", "X", "Y"]
    apart = rated(tmp_path, by, [header, ["河", "一村", 5000000000, 1], ["河", "二村", 5000000000, 2]])
    level = rated(tmp_path, by, [header, ["河", "一村", 5000000000.1, 0.2], ["河", "二村", 5000000000.2, 0.1]])

    assert {"一村": 0, "二村": 1} == apart.proven()
    assert {"一村": 0, "二村": 0} == level.proven()


# --- units ------------------------------------------------------------------------------------------------------------


def test_not_reported_is_not_failed(tmp_path: Path) -> None:
    """A register unit without a row has no tier and is provisional."""
    register = grid("编码 名称 乡镇\n410999100201 甲村 河乡\n410999100202 乙村 河乡")
    result = rated(tmp_path, stars_of("甲"), grid("乡镇 村名 甲\n河乡 甲村 否"), register=register)

    assert {"甲村": (0, 0), "乙村": (None, None)} == result.tiers()
    assert [True, False] == [result.reported("甲村"), result.reported("乙村")]
    assert [False, True] == [result.provisional("甲村"), result.provisional("乙村")]
    assert ["乙村"] == result.units("R408")


def test_scoring_twice_is_scoring_once(tmp_path: Path) -> None:
    """Assess changes nothing of its input."""
    result = rated(tmp_path, stars_of("甲", "乙", "丙", tiering=CAPPED, vetoes=[veto("{熄灭: 甲}")]), grid(VETOED))
    first = result.outcome.assessment
    before = {key: (column.values.copy(), column.reason.copy()) for key, column in first.ledger.columns.items()}
    again = assess(first.ledger, first.as_of)

    for name in ("verdicts", "reasons", "stars", "own_stars", "tiers", "reachable", "vetoes", "provisional"):
        assert np.array_equal(getattr(first, name), getattr(again, name)), name
    for key, (values, reason) in before.items():
        assert np.array_equal(values, first.ledger.columns[key].values)
        assert np.array_equal(reason, first.ledger.columns[key].reason)


def test_a_subset_of_units_is_rated_alike(tmp_path: Path) -> None:
    """Without quotas no unit's result depends on another's."""
    result = rated(tmp_path, stars_of("甲", "乙", "丙", vetoes=[veto("{熄灭: 甲}")]), grid(VETOED))
    rows = np.array([3, 1], np.intp)
    part = assess(result.outcome.ledger.take(rows), result.outcome.as_of)

    assert np.array_equal(result.outcome.assessment.tiers[rows], part.tiers)
    assert ["疑村", "清村"] == list(part.units.name)


def test_formulas_and_kleene(tmp_path: Path) -> None:
    """False and unknown is false, true or unknown is true; division by zero is unknown, with a diagnostic."""
    fields = [f"{name}: {{列名: [{name}], 类型: 整数}}" for name in ("甲", "乙")]
    by = star(
        "任一",
        criterion("P", "为: 是", "是否", "公式: 甲 > 3 and 乙 > 3"),
        criterion("Q", "为: 是", "是否", "公式: 甲 > 3 or 乙 > 3"),
        criterion("R", "至少: 1", "数值", "公式: 甲 / 乙"),
        fields=fields,
    )
    result = rated(
        tmp_path, by, grid("乡镇 村名 甲 乙\n河 一村 5 -\n河 二村 1 -\n河 三村 4 0\n河 四村 - -\n河 五村 6 5")
    )

    assert {"P": "unknown", "Q": "met", "R": "unknown"} == result.verdicts("一村")
    assert {"P": "unmet", "Q": "unknown", "R": "unknown"} == result.verdicts("二村")
    assert {"P": "unmet", "Q": "met", "R": "unknown"} == result.verdicts("三村")
    assert "division_by_zero" == result.reasons("三村")["R"]
    assert ["三村"] == result.units("V319")
    assert {"P": "unknown", "Q": "unknown", "R": "unknown"} == result.verdicts("四村")
    assert {"P": "met", "Q": "met", "R": "met"} == result.verdicts("五村")


def test_a_formula_takes_the_reason_of_its_first_unknown_input(tmp_path: Path) -> None:
    """Order of appearance in the formula; its cells are those of its inputs."""
    fields = [f"{name}: {{列名: [{name}], 类型: 整数}}" for name in ("甲", "乙")]
    by = star(
        "全部",
        criterion("P", "至少: 1", "数值", "公式: 甲 + 乙"),
        criterion("Q", "至少: 1", "数值", "公式: 乙 + 甲"),
        fields=fields,
    )
    result = rated(tmp_path, by, grid("乡镇 村名 甲 乙\n河 一村 约5 -\n河 二村 1 2"))

    assert {"P": "unreadable", "Q": "blank"} == result.reasons("一村")
    assert ["C3", "D3"] == [place.cell for place in result.outcome.ledger.cells(result.row("二村"), "P")]


def test_gaps(tmp_path: Path) -> None:
    """The distance in the criterion's unit, none unless a numeric requirement is unmet."""
    by = star(
        "全部",
        criterion("A", "至少: 5", "数值"),
        criterion("B", "至多: 3", "数值"),
        criterion("C", "介于: [2, 4]", "数值"),
        criterion("D"),
    )
    result = rated(tmp_path, by, grid("乡镇 村名 A B C D\n河 一村 4.2 5 1.5 否\n河 二村 5 3 4 是\n河 三村 - - 4.5 -"))

    assert pytest.approx([0.8, 2, 0.5]) == [result.gap("一村", key) for key in "ABC"]
    assert [None] * 5 == [result.gap("二村", key) for key in "ABCD"] + [result.gap("一村", "D")]
    assert [None, None] == [result.gap("三村", "A"), result.gap("三村", "D")]


def test_targets_change_no_rating(tmp_path: Path) -> None:
    """争创 is shown beside, never rated."""
    result = rated(tmp_path, stars_of("甲"), grid("乡镇 村名 甲\n河乡 甲村 是"))
    units = replace(result.outcome.ledger.units, target=np.array([0], np.int8))

    assert [1] == assess(replace(result.outcome.ledger, units=units), result.outcome.as_of).tiers.tolist()


STATES = scheme(
    scheme_text(
        {"甲": ("全部", [criterion("A")]), "乙": ("全部", [criterion("B")])},
        "  排名: 否\n",
        vetoes=["{编号: F, 情形: F, 列名: [F], 触发: {为: 是}, 后果: {最高: 1}, 依据: 示例}"],
    )
)


def test_where_tiers_do_not_rank_a_lower_bound_is_none(tmp_path: Path) -> None:
    """排名: 否: a unit whose tier hangs on an unknown value or veto has none; what is the same either way stands."""
    rows = [
        ["乡镇", "村名", "A", "B", "F"],
        ["河乡", "子村", "是", "是", "否"],
        ["河乡", "丑村", "是", None, "否"],
        ["河乡", "寅村", "否", "看不清", "否"],
        ["河乡", "卯村", "是", "是", None],
        ["河乡", "辰村", "是", "否", None],
        ["河乡", "巳村", "是", "是", "是"],
    ]
    result = rated(tmp_path, STATES, rows)
    found = result.outcome.assessment

    assert {"子村": 2, "丑村": None, "寅村": None, "卯村": None, "辰村": 1, "巳村": 1} == result.proven()
    assert [False, True, True, True, False, False] == found.undecided.tolist()
    assert not found.excluded.any()


def test_where_tiers_rank_the_proven_one_is_shown(tmp_path: Path) -> None:
    """Without 排名: 否 a unit with something unknown keeps the tier that is proven, and none is undecided."""
    by = scheme(scheme_text({"甲": ("全部", [criterion("A")]), "乙": ("全部", [criterion("B")])}))
    result = rated(tmp_path, by, [["乡镇", "村名", "A", "B"], ["河乡", "子村", "是", None]])

    assert {"子村": (1, 2)} == result.tiers()
    assert not result.outcome.assessment.undecided.any()
