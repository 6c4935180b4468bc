"""整改销号 and the lists go down to tasks (任务), and take in what is asked of townships (分组)."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from making import delimited, grid, ledger, rated, scheme
from starcheck.cycle.course import Course, RatedMonth, month_after
from starcheck.cycle.rectifying import Note, Shortfall, Stage, shortfalls
from starcheck.register import VILLAGE, Entry, Register
from test_rectify import run

TEXT = """\
方案: 任务（示例）
编号: tasked
适用: 行政村
版本: "1"
性质: 示例，非官方标准
生效: 2022-01-01
依据: {测试: {文件: 测试}}
字段:
  人口: {列名: [人口], 类型: 整数, 单位: 人}
  保洁员: {列名: [保洁员], 类型: 整数, 单位: 人}
星级:
  - 星: 甲星
    点亮: 全部
    指标:
      - 编号: A
        名称: 班子
        责任: 组织部
        整改: 补齐
        要求: [{自: 2022-01-01, 至少: 2, 依据: 测试}]
        任务:
          - {编号: A-1, 名称: 健全, 列名: [健全], 类型: 是否, 必备: 是, 要求: [{自: 2022-01-01, 为: 是, 依据: 测试 一}]}
          - {编号: A-2, 名称: 公示, 列名: [公示], 类型: 是否, 责任: 乡镇党委, 整改: 上墙,
             要求: [{自: 2022-01-01, 为: 是, 依据: 测试 二}]}
          - {编号: A-3, 名称: 值班, 列名: [值班], 类型: 是否, 责任: 村支部, 整改: 排班, 工期: 10,
             要求: [{自: 2022-01-01, 为: 是, 依据: 测试 三}]}
      - {编号: B, 名称: 建队, 列名: [建队], 类型: 是否, 责任: 公安局, 整改: 组建,
         要求: [{自: 2022-01-01, 为: 是, 依据: 测试}]}
定级: {方法: 亮星数, 档次: {1: 一星, 0: 未评星}}
分组:
  - 组: 乡镇
    按: 乡镇
    指标:
      - {编号: Q1, 名称: 保洁比例, 汇总: 总和(保洁员) / 总和(人口), 类型: 比例, 单位: "‰", 责任: 住建局, 整改: 增配,
         要求: [{自: 2022-01-01, 至少: 2, 依据: 测试}]}
      - {编号: Q2, 名称: 人口, 汇总: 总和(人口), 类型: 整数, 单位: 人,
         要求: [{自: 2022-01-01, 至少: 10000, 依据: 测试}]}
月度:
  整改: {期限: 60, 临期: 10, 依据: 测试}
"""
HEADER = "乡镇 村名 人口 保洁员 健全 公示 值班 建队\n"


def course_of(folder: Path, *months: str, text: str = TEXT) -> Course:
    """河乡甲村 month by month, by its 健全, 公示 and 值班; everything else is met."""
    by, period, found = scheme(text), "2022-01", []
    for cells in months:
        rows = grid(f"{HEADER}河乡 甲村 1000 9 {cells} 是")
        folder.mkdir(exist_ok=True)
        outcome = rated(folder, by, rows, period=period, name=f"{period}.xlsx").outcome
        found.append(RatedMonth(period, outcome.assessment))
        period = month_after(period)
    return Course("平原县", tuple(found))


def stages(course: Course) -> dict[str, Stage]:
    """What was ever missed, and where it stands."""
    return {one.criterion.id: one.stage for one in shortfalls(course, course.now.assessment.as_of)}


@pytest.mark.parametrize(
    ("months", "expected"),
    [
        (["否 否 是"], {"A-1": Stage.OPEN, "A-2": Stage.OPEN}),
        (["是 否 是"], {}),  # the item is met without 公示
        (["否 否 是", "是 否 是"], {"A-1": Stage.CLOSED, "A-2": Stage.SPARED}),
        (["- 否 是"], {}),  # the item may be met without 公示
        (["否 否 是", "- 否 是"], {"A-1": Stage.UNPROVEN, "A-2": Stage.UNPROVEN}),
        (["否 是 是"], {"A-1": Stage.OPEN}),  # two are met, and the essential one is not
        (["是 否 否", "是 是 否"], {"A-2": Stage.CLOSED, "A-3": Stage.SPARED}),
    ],
)
def test_the_tasks_that_an_item_fails_by(months: list[str], expected: dict[str, Stage], tmp_path: Path) -> None:
    """A task is to be mended where its item is missed, and no longer when the item is met, with it or without."""
    assert expected == stages(course_of(tmp_path, *months))


def test_tasks_of_tasks(tmp_path: Path) -> None:
    """Of alternatives of which one is done the others are not asked for; where none is, all are named."""
    inner = "{编号: A-2, 名称: 公示, 列名: [公示], 类型: 是否, 责任: 乡镇党委, 整改: 上墙,"
    assert inner in TEXT
    head, tail = TEXT.split("          - {编号: A-1")
    own = (
        "          - 编号: A-0\n            名称: 任一\n            要求: [{自: 2022-01-01, 至少: 1, 依据: 测试}]\n"
        "            任务:\n              - {编号: A-1"
    )
    nested = head + own + tail.replace("          - {编号: A-2", "              - {编号: A-2").replace(", 必备: 是", "")
    one, none = (
        shortfalls(found, found.now.assessment.as_of)
        for found in (
            course_of(tmp_path / "one", "否 是 否", text=nested),
            course_of(tmp_path / "none", "否 否 否", text=nested),
        )
    )

    assert [("A-3", ["A"])] == [(found.criterion.id, [item.id for item in found.part_of]) for found in one]
    assert [("A-1", ["A-0", "A"]), ("A-2", ["A-0", "A"]), ("A-3", ["A"])] == [
        (found.criterion.id, [item.id for item in found.part_of]) for found in none
    ]


def test_a_silent_township_mends_nothing(tmp_path: Path) -> None:
    """A month without 河乡 closes nothing there, and its deadline runs on; a register without its villages ends it."""
    by, told = scheme(TEXT), {"2022-01": ("河乡 甲村", "山乡 乙村"), "2022-02": ("山乡 乙村",)}
    months = []
    for period, names in told.items():
        rows = grid(HEADER + "\n".join(f"{name} 1000 1 是 是 是 是" for name in names))
        outcome = rated(tmp_path, by, rows, period=period, name=f"{period}.xlsx").outcome
        months.append(RatedMonth(period, outcome.assessment))
    ended = [
        Register((Entry(None, "乙村", "山乡", None, VILLAGE), Entry(None, "甲村", "河乡", None, VILLAGE, until=until)))
        for until in (None, date(2022, 1, 31))
    ]
    found = {
        known: next(
            (one.stage, one.times, one.deadline)
            for one in shortfalls(Course("平原县", (months[0], replace(months[1], register=known))), date(2022, 2, 28))
            if one.group is not None and one.group.name == "河乡"
        )
        for known in (None, Register((ended[0].entries[0],)), ended[1])
    }

    assert [(stage, 1, date(2022, 4, 1)) for stage in (Stage.SILENT, Stage.SILENT, Stage.WITHDRAWN)] == list(
        found.values()
    )


def test_deadlines_of_tasks(tmp_path: Path) -> None:
    """工期 of the task, else 期限; what the office says of the item holds for each task that nothing is said of."""
    course = course_of(tmp_path, "否 否 否")
    late, later = date(2022, 8, 1), date(2022, 9, 1)
    notes = {("河乡/甲村", "A"): [Note(late)], ("河乡/甲村", "A-3"): [Note(later)]}

    def deadlines(found: tuple[Shortfall, ...]) -> dict[str, date | None]:
        return {one.criterion.id: one.deadline for one in found}

    assert {"A-1": date(2022, 4, 1), "A-2": date(2022, 4, 1), "A-3": date(2022, 2, 10)} == deadlines(
        shortfalls(course, date(2022, 1, 31))
    )
    assert {"A-1": late, "A-2": late, "A-3": later} == deadlines(shortfalls(course, date(2022, 1, 31), notes))


# --- as commands ------------------------------------------------------------------------------------------------------


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """甲村 misses 健全 and 公示, 乙村 建队; 河乡 has too few cleaners and 山镇 enough."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "criteria").mkdir()
    (tmp_path / "criteria" / "tasked.yaml").write_text(TEXT, encoding="utf-8")
    (tmp_path / "starcheck.toml").write_text("", encoding="utf-8")
    rows = grid(f"{HEADER}河乡 甲村 1000 1 否 否 是 是\n河乡 乙村 1000 2 是 是 是 否\n山镇 丙村 1000 2 是 是 是 是")
    file = ledger(tmp_path / "台账.xlsx", rows)
    code, _, said = run("score", file, "--scheme", "tasked", "--period", "2022-06", "--county", "平原县")

    assert 0 == code, said

    return tmp_path


def found(*words: object) -> dict[str, Any]:
    """The JSON document of a command."""
    code, out, said = run(*words, "--format", "json")

    assert 0 == code, said

    return dict(json.loads(out))


def test_each_task_goes_to_who_is_responsible_for_it(office: Path) -> None:
    """By its own owner, remedy and clause, with what it is part of; ``--owner`` finds it; the item is not there too."""
    rows = {row["item"]: row for row in found("rectify")["open"]}

    assert ["A-1 健全", "A-2 公示", "B 建队", "Q1 保洁比例"] == sorted(rows)
    assert ("组织部", "补齐", "测试 一", "A 班子（要求至少2项，现1项）；这件必备") == tuple(
        rows["A-1 健全"][key] for key in ("owner", "remedy", "source", "part_of")
    )
    assert ("乡镇党委", "上墙", "测试 二", "A 班子（要求至少2项，现1项）") == tuple(
        rows["A-2 公示"][key] for key in ("owner", "remedy", "source", "part_of")
    )
    assert rows["B 建队"]["part_of"] is None
    assert ["A-2 公示"] == [row["item"] for row in found("rectify", "--owner", "乡镇党委")["open"]]
    assert [] == found("rectify", "--owner", "村支部")["open"]
    assert office.is_dir()


def test_what_is_asked_of_a_township_is_on_the_lists(office: Path) -> None:
    """河乡 misses Q1 as a whole: a row of the township; Q2, which is nobody's, is not for the lists."""
    row = next(row for row in found("rectify")["open"] if row["item"] == "Q1 保洁比例")
    lists = found("lists")

    assert ("河乡", "全乡镇", "住建局", "1.5‰", "至少2‰", "增配") == tuple(
        row[key] for key in ("township", "name", "owner", "value", "requirement", "remedy")
    )
    assert [("河乡", "乙村", "B"), ("河乡", "甲村", "A-1"), ("河乡", "甲村", "A-2"), ("河乡", "全乡镇", "Q1")] == [
        (row["township"], row["name"], row["item"]) for row in lists["demand"]
    ]
    assert "0.5‰" == lists["demand"][-1]["gap"]
    assert ("住建局", 1, ["河乡全乡镇"]) == next(
        (row["owner"], row["units"], row["names"]) for row in lists["tasks"] if row["item"] == "Q1"
    )
    assert office.is_dir()


def test_notes_on_tasks_and_townships(office: Path) -> None:
    """The workbook that was written comes back: rows of tasks and of townships are found again."""
    assert 0 == run("rectify", "--out", "整改.xlsx")[0]
    book = load_workbook(office / "整改.xlsx")
    [header, *rows] = book["未销号"].iter_rows()
    deadline = [cell.value for cell in header].index("期限")
    for row in rows[:4]:
        row[deadline].value = f"2022-12-{row[deadline].row:02d}"
    book.save(office / "回.xlsx")

    code, out, said = run("rectify", "--notes", "回.xlsx", "--format", "json")

    assert (0, 0) == (code, said.count("R45"))
    assert ["2022-12-02", "2022-12-03", "2022-12-04", "2022-12-05"] == [
        row["deadline"] for row in json.loads(out)["open"]
    ]


def test_supply_for_a_task_for_an_item_and_for_a_township(office: Path) -> None:
    """What is offered for an item is one need of a village, whatever tasks it fails by; for a task it is for that."""
    header = ["供给单位", "供给内容", "对应指标", "数量", "乡镇"]
    delimited(
        office / "supply.csv",
        [
            header,
            ["甲局", "班子", "A", 1, None],
            ["乙局", "展板", "A-2", 5, None],
            ["丙局", "车", "Q1、B", None, "河乡"],
        ],
    )
    lists = found("lists", "--supply", "supply.csv")

    assert [("班子", 1, 1), ("展板", 1, 1), ("车", 2, 2)] == [
        (row["offer"], row["needs"], row["covered"]) for row in lists["supply"]
    ]
    assert [] == lists["unsupplied"]
