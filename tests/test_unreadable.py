"""Why a text is refused as a number, and what the sender is told to write instead."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from making import column, grid, rated
from starcheck.column import Reason
from starcheck.messages import MESSAGES, both
from starcheck.units import read_date, read_number, read_option, read_stored_number, read_text, read_yesno
from test_codes import BY, REGISTER

REFUSED = {
    "approximate": (
        "约5 5万左右 近5万 20余 20余人 5+ "
        "大约5 大概5 5上下 5左右 20多 百余 十几 几个 数万 若干 十来个 约5万元左右 ≈5 5±1"
    ),
    "bound": "5万以上 ≥5 >5 不少于5 不低于5 不足5 不到5 超5 超过5 5以下 5以内 至少5 至多5 最多5 <5 5人以上",
    "range": "5-6 5~6 5～6 5—6 5至6 5到6 五到六 五至六 2.50-4.00 5%-6% 5万-6万 5.2万元-6万元",
    "several": "3、5 5人、6人 男5女6 上年5，今年6 2022年5万元 5或6 3乡5村 5万5",
    "calculation": "3+2 3+2=5 =3+2 3×2 3*2 5x6",
    "fraction": "3/4 5/6 5人/6人",
    "parts": "三分之一 ½ 5½ 3分之1",
    "elsewhere": '详见附件 见附表 同上 〃 " 见附件1 见备注 如上 同去年 同上月 参见表2',
    "pending": "待定 待核实 未统计 正在统计 ? 5? 5？ 不详 暂缺 待报",
    "estimate": "预计5 5（预计） 计划5万 估计5 拟建5",
    "negative": "(5.2) （5.2） 5.2- —5.2 （52000元）",
    "mark": "5① ① 5² 5³ 5⁽¹⁾ 5₁",
    "date": "2023.5.15 2023-05-15 2023年5月 5月15日 8:30",
    "separators": "1,23 12,34 3,5 3，5 5.2.1 1,2,3",
    "half": "半 一半 两万半 半亩",
    "numerals": "三五 三五人 两三个 三成 百",
    "remark": "5筐 5.2/年 第5 5人次 达到5",
    "words": "有 是 已申报 收入 与去年相同 无数据",
}


@pytest.mark.parametrize(("key", "text"), [(key, text) for key, texts in REFUSED.items() for text in texts.split()])
def test_a_refusal_says_why(key: str, text: str) -> None:
    """V301 names the kind of text, and an advice that fits it, in both languages."""
    reading = read_number(text, "万元")
    arguments = reading.arguments or {}

    assert (None, Reason.UNREADABLE, "V301", key) == (
        reading.value,
        reading.reason,
        reading.code,
        arguments.get("reason"),
    )
    assert all(arguments["why"])
    assert all(arguments["suggestion"])


def test_every_reason_is_tried() -> None:
    """The catalogue of reasons has none that no text leads to."""
    reasons = {key.split(".")[1] for key in MESSAGES if key.startswith("unreadable.")} - {"checked", "only", "number"}

    assert reasons == set(REFUSED)


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [
        ("约12万左右", both("unreadable.checked", number="12万")),
        ("5万元以上", both("unreadable.checked", number="5万元")),
        ("1千多", both("unreadable.checked", number="1000")),
        ("1.5百左右", both("unreadable.checked", number="150")),
        ("3百余万元", both("unreadable.checked", number="300万元")),
        ("10几万", both("unreadable.checked", number="10万")),
        ("5筐", both("unreadable.only", number="5")),
        ("待定", both("unreadable.number")),
        ("5-6", both("unreadable.range.write")),
        ("2022年5万元左右", both("unreadable.number")),
    ],
)
def test_the_advice_repeats_a_number_only_where_there_is_one(text: str, suggestion: tuple[str, str]) -> None:
    """With its 万 and 千: 12 for 约12万, 1 for 1千多 would be another number. Of two numbers none is put forward."""
    assert suggestion == (read_number(text, "万元").arguments or {})["suggestion"]


def test_a_unit_that_does_not_fit_is_named() -> None:
    """V309 for a unit that is known, V301 for a word that is none."""
    assert ["V309", "V301"] == [read_number(text, "万元").code for text in ("5户", "5筐")]
    assert "“筐”" in str((read_number("5筐", "万元").arguments or {})["why"])


def test_brackets_are_a_minus_in_a_format_and_a_question_in_a_text() -> None:
    """A number cell shown as (5.2) is -5.2 whatever shows it; a text (5.2) may be a remark, or negative."""
    assert Decimal("-5.2") == read_stored_number(Decimal("-5.2"), "万元", None, percent=False).value
    assert "V301" == read_number("(5.2)", "万元").code


@pytest.mark.parametrize("text", ["−5.2", "－5.2", "-5.2"])
def test_a_minus_sign_of_any_kind_is_one(text: str) -> None:
    """The hyphen, its full width, and the minus sign proper."""
    assert Decimal("-5.2") == read_number(text, "万元").value


def test_a_square_metre_is_no_footnote() -> None:
    """The figure above the line belongs to the unit there."""
    assert Decimal(5) == read_number("5m²", "平方米").value


def test_an_apostrophe_alone_is_a_blank() -> None:
    """A text cell in which nothing stands."""
    assert Reason.BLANK is read_number("'", "人").reason


@pytest.mark.parametrize("text", ["同上", "〃", "详见附件", "（见附表2）", '"', "同 上"])
def test_what_points_elsewhere_is_no_value_of_any_field(text: str) -> None:
    """Nor is it kept as a text: sorted rows would give it another village's."""
    readings = [read_yesno(text), read_date(text), read_option(text, ("甲",)), read_text(text)]

    assert [(None, Reason.UNREADABLE, "V333")] * 4 == [(found.value, found.reason, found.code) for found in readings]


def test_an_option_may_be_called_so() -> None:
    """What the scheme offers is an answer."""
    assert "同上" == read_option("同上", ("同上", "另建")).value


@pytest.mark.parametrize("register", [None, REGISTER])
def test_the_same_as_above_is_no_name(tmp_path: Path, register: str | None) -> None:
    """A row whose village or township is 〃 is put aside with its cell, register or not."""
    rows = [
        *grid("乡镇 村名 X 甲 乙\n河乡 甲村 5 1 1\n〃 乙村 5 1 1\n河乡 〃 6 1 1"),
        [None, "李村", 5, 1, 1],
        ["河乡", "同上", 6, 1, 1],
    ]
    result = rated(tmp_path, BY, rows, register=None if register is None else grid(register))

    assert ["A3", "B4", "B6"] == result.cells("V333")
    assert not {"〃", "同上"} & {*result.names, *result.outcome.ledger.units.township}


def test_the_file_says_it_at_the_cell(tmp_path: Path) -> None:
    """From the file to the message."""
    result = column(tmp_path, "数值", "万元", ["约12万左右", "同上", 5])
    told = [found.message("zh") for found in result.diagnostics if found.code == "V301"]

    assert ["“约12万左右”不是一个确定的数值：是约数", "“同上”不是一个确定的数值：只说在别处，这里没有数"] == told
