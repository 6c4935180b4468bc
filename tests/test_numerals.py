"""Chinese numerals in values, and numbers and footnote marks around headers."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from making import criterion, rated, scheme, scheme_text
from starcheck.column import Reason
from starcheck.units import chinese_number, read_date, read_number, read_yesno, unadorned

DIGITS = "零一二三四五六七八九"


def written(number: int) -> str:
    """A number below 10,000 in Chinese numerals as they are taught."""
    text, gap = "", False
    for value, word in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, number = divmod(number, value)
        if digit:
            text += ("零" if gap and text else "") + DIGITS[digit] + word
            gap = False
        else:
            gap = bool(text)
    return text or "零"


@given(st.integers(0, 9999), st.integers(0, 9999))
def test_what_is_written_is_read(myriads: int, rest: int) -> None:
    """Every number below a hundred million."""
    text = written(rest)
    if myriads:
        text = f"{written(myriads)}万" + ("" if not rest else text if rest >= 1000 else f"零{text}")

    assert Decimal(myriads * 10_000 + rest) == chinese_number(text)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("十", 10), ("十二", 12), ("二十", 20), ("一百〇五", 105), ("两千", 2000), ("三万五", 35_000), ("一百五", 150),
        ("一亿二千万", 120_000_000), ("叁仟", 3000), ("〇", 0),
        ("两百", 200), ("一百零五", 105), ("伍万贰仟", 52_000), ("廿三", 23), ("一百廿三", 123), ("卅", 30),
        ("兩百", 200),
        ("二廿", None), ("廿十", None),
        ("三五", None), ("两三", None), ("百", None), ("万", None), ("二〇", None), ("十几", None), ("二三十", None),
    ],
)  # fmt: skip
def test_numerals_that_mean_one_number(text: str, number: int | None) -> None:
    """三五 may be three to five, or thirty-five: it is none."""
    assert (None if number is None else Decimal(number)) == chinese_number(text)


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("五点二万", "万元", "5.2"), ("三万五元", "万元", "3.5"), ("两千亩", "亩", "2000"), ("百分之八十五", "%", "85"),
        ("千分之二", "‰", "2"), ("十二人", "人", "12"), ("5。2", "万元", "5.2"), ("￥5.2万", "万元", "5.2"),
        ("3公顷", "亩", "45"), ("2万平方米", "亩", "30"), ("1.5‰", "‰", "1.5"),
        ("伍万贰仟元整", "万元", "5.2"), ("伍佰圆正", "元", "500"), ("5.2万元整", "万元", "5.2"),
        ("廿三人", "人", "23"),
        ("两万", "万元", "2"), ("十二万", "万元", "12"), ("一亿二", "万元", "12000"), ("十二万", "人", "120000"),
        ("两万", "%", None), ("￥52,000", "万元", None), ("￥52,000", "元", "52000"),
        ("半", "亩", None), ("两万半", "万元", None), ("一亩半", "亩", None), ("三成", "%", None),
        ("三分之一", "%", None),
        ("约十二", "人", None), ("十余", "人", None),
        ("三五人", "人", None), ("十二户", "人", None), ("￥5", "人", None),
    ],
)  # fmt: skip
def test_values_in_words(text: str, unit: str, value: str | None) -> None:
    """Read where one reading is possible, refused with a reason otherwise."""
    reading = read_number(text, unit)

    assert (None if value is None else Decimal(value)) == reading.value
    assert (reading.reason is Reason.KNOWN) == (value is not None)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("二〇二三年五月", (date(2023, 5, 1), date(2023, 5, 31))),
        ("二零二三年五月十五日", (date(2023, 5, 15), date(2023, 5, 15))),
        ("二○二三年十二月三十一日", (date(2023, 12, 31), date(2023, 12, 31))),
        ("二〇二三年十三月", None),
        ("二〇二三年二月三十日", None),
    ],
)
def test_dates_in_words(text: str, days: tuple[date, date] | None) -> None:
    """Year, month and day, with any of the zeros people type."""
    assert days == read_date(text).value


def test_numerals_are_not_yes_or_no() -> None:
    """一 is no yes."""
    assert [None, None] == [read_yesno(word).value for word in "一〇"]


@pytest.mark.parametrize(
    "header",
    [
        "1.收入",
        "（三）收入",
        "3、收入",
        "一、收入",
        "①收入",
        "2-1 收入",
        "收入*",
        "收入[1]",
        "收入（必填）",
        "收入（填上年数）：",
    ],
)
def test_numbers_and_marks_around_a_header_do_not_count(tmp_path: Path, header: str) -> None:
    """The column is known by its name."""
    by = scheme(scheme_text({"星": ("全部", [criterion("X", "至少: 5", "数值", "列名: [收入]")])}))

    assert 6.0 == rated(tmp_path, by, [["乡镇", "2.村名", header], ["河乡", "甲村", 6]]).value("甲村", "X")


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("班子健全（是/否）", "班子健全"),
        ("提议日期（年/月/日）", "提议日期"),
        ("考核等次（优秀/良好/一般/较差）", "考核等次"),
        ("户数（户）：", "户数（户）"),
        ("村（社区）", "村（社区）"),
        ("县（市、区）", "县（市、区）"),
        ("面积（亩/平方米）", "面积（亩/平方米）"),
        ("党组织（党委/总支/支部）数", "党组织（党委/总支/支部）数"),
    ],
)
def test_how_to_fill_in_is_no_part_of_a_name(header: str, name: str) -> None:
    """是/否, 年/月/日 and words to choose from, in a bracket at the end; other brackets stay."""
    assert name == unadorned(header)


def test_a_number_that_is_part_of_the_name_stays() -> None:
    """35岁以下干部 is no item 35."""
    assert ["35岁以下干部", "2022年收入"] == [unadorned(text) for text in ("35岁以下干部", "2022年收入")]
