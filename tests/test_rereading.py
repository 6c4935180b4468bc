"""What is recorded, rated by another standard: converted where that is exact, else not known. It never guesses."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from making import delimited
from starcheck.cli import app
from starcheck.column import Kind, Verdict
from starcheck.history import Store
from starcheck.recording import outcome_by, recorded_outcome, recorded_scheme
from starcheck.rereading import converted
from starcheck.scheme import Bounds, LedgerField
from starcheck.workspace import Settings

BY = """\
方案: 存
编号: kept
适用: 行政村
版本: "1"
性质: 自己的
生效: 2022-01-01
依据:
  甲: {文件: 甲}
星级:
  - 星: 甲星
    点亮: 全部
    指标:
      - {编号: X1, 名称: 面积, 列名: [面积, 占地], 类型: 数值, 单位: 亩, 责任: 民政局, 整改: 等,
         要求: [{自: 2022-01-01, 至少: 3, 依据: 甲}]}
定级: {方法: 亮星数, 档次: {1: 一星, 0: 无}}
负面清单:
  - {编号: FM, 情形: 案, 列名: [案件], 触发: {为: 是}, 后果: {最高: 0}, 依据: 甲}
"""
ROWS: list[list[Any]] = [
    ["县", "乡镇", "村名", "面积（亩）", "案件"],
    ["甲县", "乙乡", "一村", 5, "否"],
    ["甲县", "乙乡", "二村", 2, "否"],
]
LEDGER = "台账2022年6月.csv"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A month recorded by ``BY``."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "old.yaml").write_text(BY, encoding="utf-8")
    delimited(tmp_path / LEDGER, ROWS)
    _run("score", LEDGER, "--scheme", "old.yaml", "-q")
    return tmp_path


def _run(*arguments: str) -> str:
    result = CliRunner().invoke(app, list(arguments))
    assert 0 == result.exit_code, result.output
    return result.stdout


def _diff(folder: Path, *changes: tuple[str, str], on: bool = False) -> Any:
    """What ``criteria diff`` makes of a changed scheme, on what is recorded or on the ledger itself."""
    text = BY
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    (folder / "new.yaml").write_text(text, encoding="utf-8")
    ledgers = ["--on", LEDGER] if on else ["--county", "甲县"]
    return json.loads(_run("criteria", "diff", "old.yaml", "new.yaml", *ledgers, "--format", "json"))


def _names(units: list[Any]) -> set[str]:
    return {unit["name"] for unit in units}


@pytest.mark.parametrize(
    "changes",
    [
        [("单位: 亩", "单位: ㎡"), ("至少: 3", "至少: 2000")],
        [("单位: 亩", "单位: ㎡"), ("至少: 3", "至少: 4000")],
        [("单位: 亩", "单位: 公顷"), ("至少: 3", "至少: 0.1")],
        [("编号: X1", "编号: X2")],
        [("编号: X1", "编号: X2"), ("至少: 3", "至少: 6")],
        [("编号: FM", "编号: FN")],
        [("类型: 数值", "类型: 整数"), ("至少: 3", "至少: 2")],
        [("类型: 数值", "类型: 数值, 范围: {至多: 4}")],
        [("[面积, 占地]", "[面积, 占地, 土地]"), ("至少: 3", "至少: 6")],
        [("至少: 3", "至少: 1")],
    ],
)
def test_where_it_can_be_told_the_store_says_what_the_ledger_says(folder: Path, changes: list[tuple[str, str]]) -> None:
    """Other units, a new 编号 over the same column, another range: who moves is the same on both."""
    kept, ledger = (_diff(folder, *changes, on=on) for on in (False, True))

    assert [] == kept["untold"]
    assert ledger["tiers"] == kept["tiers"]
    assert [(move["name"], move["step"]) for move in ledger["moves"]] == [
        (move["name"], move["step"]) for move in kept["moves"]
    ]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ([("类型: 数值, 单位: 亩", '类型: 比例, 单位: "%"')], "记录的是数值 亩，改后要比例 %，换不过来"),
        ([("类型: 数值, 单位: 亩", "类型: 是否"), ("至少: 3", "为: 是")], "记录的是数值 亩，改后要是否，换不过来"),
        ([("类型: 数值, 单位: 亩", "类型: 选项, 选项: [a]"), ("至少: 3", "为: a")], "改后要选项"),
        ([("单位: 亩, ", "")], "换不过来"),
        ([("[面积, 占地]", "[占地]")], "台账用的是“面积、占地”中的哪一种写法，库里不知道"),
        ([("[面积, 占地]", "[土地]")], "记录时的方案不认“土地”"),
        ([("列名: [案件]", "列名: [立案]")], "记录时的方案不认“立案”"),
    ],
)
def test_what_the_store_cannot_tell_is_not_known(folder: Path, changes: list[tuple[str, str]], why: str) -> None:
    """Then nobody is said to move, nor to stay: the units are counted apart, the column is named with its reason."""
    found = _diff(folder, *changes)

    assert ({"一村", "二村"}, []) == (_names(found["untold"]), found["moves"])
    assert {"name": "库里分不清", "before": 0, "after": 2} in found["tiers"]
    [column] = found["not_kept"]
    assert why in column["why"]
    assert [] == found["absent"]


def test_a_spelling_more_is_not_known_only_where_there_was_no_column(folder: Path) -> None:
    """A column that was read is read still; one that was not there may be there under the new spelling."""
    delimited(folder / LEDGER, [[*row[:3], row[4]] for row in ROWS])
    _run("score", LEDGER, "--scheme", "old.yaml", "-q")

    assert [] == _diff(folder, ("至少: 3", "至少: 1"))["untold"]
    assert {"一村", "二村"} == _names(_diff(folder, ("[面积, 占地]", "[面积, 占地, 土地]"))["untold"])


def test_a_tier_that_is_the_same_either_way_is_known(folder: Path) -> None:
    """Of a star that two items can light, one item's column is not needed where the other lights it."""
    asked = "责任: 县, 整改: 等, 要求: [{自: 2022-01-01, 为: 是, 依据: 甲}]"
    star = f"      - {{编号: X2, 名称: 路, 列名: [路], 类型: 是否, {asked}}}\n定级"

    found = _diff(folder, ("点亮: 全部", "点亮: 任一"), ("定级", star))

    assert {"二村"} == _names(found["untold"])


def test_another_kind_of_unit_is_refused(folder: Path) -> None:
    """The store has no rows of the units that the other scheme is for."""
    (folder / "new.yaml").write_text(BY.replace("适用: 行政村", "适用: 城市社区"), encoding="utf-8")

    result = CliRunner().invoke(app, ["criteria", "diff", "old.yaml", "new.yaml", "--county", "甲县"])

    assert 2 == result.exit_code
    assert "拿台账文件比" in result.stderr


def test_a_scheme_of_another_id_is_compared_on_the_month_of_the_first(folder: Path) -> None:
    """An overlay has its own 编号 and no month of its own yet."""
    found = _diff(folder, ("编号: kept", "编号: other"), ("至少: 3", "至少: 1"))

    assert {"二村"} == _names(found["moves"])


def _field(kind: Kind, unit: str | None = None, *options: str, **bounds: Any) -> LedgerField:
    limits = Bounds.model_construct(**bounds) if bounds else None
    return LedgerField("X", "x", ("x",), kind, unit, limits, options, "criterion")


@pytest.mark.parametrize(
    ("before", "after", "cell", "expected"),
    [
        (_field(Kind.NUMBER, "万元"), _field(Kind.NUMBER, "元"), 4.9, [49000.0, None]),
        (_field(Kind.RATIO, "%"), _field(Kind.RATIO, "‰"), 8.5, [85.0, None]),
        (_field(Kind.NUMBER, "人"), _field(Kind.INTEGER, "人"), 4.5, [None, "invalid"]),
        (_field(Kind.NUMBER, "人"), _field(Kind.INTEGER, "人"), -4.0, [None, "invalid"]),
        (_field(Kind.OPTION, None, "a", "b"), _field(Kind.OPTION, None, "b", "c"), "b", ["b", None]),
        (_field(Kind.OPTION, None, "a", "b"), _field(Kind.OPTION, None, "b", "c"), "a", [None, "invalid"]),
    ],
)
def test_values_convert(before: LedgerField, after: LedgerField, cell: Any, expected: list[Any]) -> None:
    """By the table of units, exactly; what does not fit the new column is out of range there."""
    assert [*expected, ["A1"]] == converted(before, after, [cell, None, ["A1"]])


def test_a_blank_is_a_blank_by_any_standard() -> None:
    """What was unreadable may be readable as something else; a blank cell stays one."""
    before, after = _field(Kind.NUMBER, "亩"), _field(Kind.YESNO)

    assert [None, "blank", ["A1"]] == converted(before, after, [None, "blank", ["A1"]])
    assert isinstance(converted(before, after, [None, "unreadable", ["A1"]]), tuple)


def test_a_month_recorded_by_two_versions(folder: Path) -> None:
    """A township that was rated before the unit changed is converted; 亩 are never taken for ㎡."""
    header = ["县", "乡镇", "村名", "面积（㎡）", "案件"]
    delimited(folder / "丙乡2022年6月.csv", [header, ["甲县", "丙乡", "三村", 4, "否"]])
    (folder / "new.yaml").write_text(
        BY.replace("单位: 亩", "单位: ㎡").replace("至少: 3", "至少: 2000"), encoding="utf-8"
    )
    _run("score", "丙乡2022年6月.csv", "--scheme", "new.yaml", "-q")
    with Store.open(folder / "starcheck.db") as store:
        month, _ = store.month("甲县", "kept")
    assert month is not None

    outcome = recorded_outcome(month, Settings())
    again, not_kept = outcome_by(month, Settings(), recorded_scheme(month), month.as_of)

    tiers = dict(zip(outcome.ledger.units.name, outcome.assessment.tiers.tolist(), strict=True))
    assert {"一村": 1, "二村": 0, "三村": 0} == tiers
    assert () == not_kept
    assert again.assessment.tiers.tolist() == outcome.assessment.tiers.tolist()


def test_a_date_that_was_not_yet_is_kept_for_a_later_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """可在将来: 否: unknown on the day it was recorded for, and what the cell says on a day after it."""
    monkeypatch.chdir(tmp_path)
    by = BY.replace(
        "星级:\n  - 星: 甲星\n", "字段:\n  办结: {列名: [办结日期], 类型: 日期, 可在将来: 否}\n星级:\n  - 星: 甲星\n"
    ).replace("列名: [面积, 占地], 类型: 数值, 单位: 亩", "公式: 办结 <= 评定日, 类型: 是否")
    (tmp_path / "new.yaml").write_text(by.replace("至少: 3", "为: 是"), encoding="utf-8")
    delimited(
        tmp_path / LEDGER, [["县", "乡镇", "村名", "办结日期", "案件"], ["甲县", "乙乡", "一村", "2022-07-05", "否"]]
    )
    _run("score", LEDGER, "--scheme", "new.yaml", "-q")
    with Store.open(tmp_path / "starcheck.db") as store:
        month, _ = store.month("甲县", "kept")
    assert month is not None

    days = (date(2022, 6, 30), date(2022, 7, 4), date(2022, 7, 5))
    states = [
        int(outcome_by(month, Settings(), recorded_scheme(month), day)[0].assessment.verdicts[0, 0]) for day in days
    ]

    assert [Verdict.UNKNOWN, Verdict.UNKNOWN, Verdict.MET] == states
