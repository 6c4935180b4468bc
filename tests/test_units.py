"""What one cell says, by the table of DESIGN §6.2."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from starcheck.column import Reason, decimal15, exact
from starcheck.units import (
    UNITS,
    conversion,
    fold,
    is_blank,
    last_day,
    read_date,
    read_number,
    read_option,
    read_stored_date,
    read_stored_number,
    read_yesno,
)


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("５．２", "万元", "5.2"),
        ("1,234", "人", "1234"),
        ("１，２３４", "人", "1234"),
        ("1,234,567.5", "元", "1234567.5"),
        ("5.2 ", "万元", "5.2"),
        (" 5.2", "万元", "5.2"),
        ("'5.2", "万元", "5.2"),
        ("\u30005.2\u00a0", "万元", "5.2"),
        ("28台", "台", "28"),
        ("28 台", "台", "28"),
        ("２８台", "台", "28"),
        ("5.2万", "万元", "5.2"),
        ("52000元", "万元", "5.2"),
        ("5.2万元", "万元", "5.2"),
        ("5.2 万元", "万元", "5.2"),
        ("5.2万元", "元", "52000"),
        ("5.2万", "元", "52000"),
        ("1.2亿", "万元", "12000"),
        ("1.2亿元", "万元", "12000"),
        ("1.2亿", "元", "120000000"),
        ("1.2万", "人", "12000"),
        ("1.2万人", "人", "12000"),
        ("1.2万", "亩", "12000"),
        ("1.2万亩", "亩", "12000"),
        ("1.2万", None, "12000"),
        ("1.2万", "户", "12000"),
        ("1.2万户", "户", "12000"),
        ("12名", "人", "12"),
        ("85%", "%", "85"),
        ("85％", "%", "85"),
        ("0.5%", "%", "0.5"),
        ("2‰", "‰", "2"),
        ("0.2%", "‰", "2"),
        ("2‰", "%", "0.2"),
        ("-3.5", "万元", "-3.5"),
        ("+3", "个", "3"),
        ("0", "个", "0"),
        (".5", "万元", "0.5"),
        ("5.", "万元", "5"),
        ("1e3", "元", "1000"),
        ("0.1", "万元", "0.1"),
    ],
)
def test_numbers_as_people_write_them(text: str, unit: str | None, value: str) -> None:
    """Width, separators, spaces and units of the field's own dimension do not change what is said."""
    reading = read_number(text, unit)

    assert (Decimal(value), Reason.KNOWN) == (reading.value, reading.reason)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "约5",
            "5左右",
            "5万以上",
            "5以下",
            "20余",
            "20多",
            "近20",
            "不足5",
            "超5",
            "5-6",
            "5～6",
            "5—6",
            "5至6",
            "5到6",
        ),
        *(
            "详见附件",
            "已申报",
            "见附表",
            "5.2.1",
            "1,23",
            "12,34",
            "5+",
            "5/6",
            "三五",
            "几个",
            ">5",
            "≥5",
            "数万",
            "5?",
            "5（预计）",
        ),
    ],
)
def test_what_is_not_one_number_is_unreadable(text: str) -> None:
    """An approximation, a range and a remark are errors; the verdict is unknown, never a guess."""
    reading = read_number(text, "万元")

    assert (None, Reason.UNREADABLE, "V301") == (reading.value, reading.reason, reading.code)


@pytest.mark.parametrize("text", ["5 6", "1 234", "5\n6", "12 13", "2 .5", "3　4"])
def test_two_numbers_in_a_cell_are_not_one(text: str) -> None:
    """Digits on both sides of a space or line break: 5 6 is not 56, nothing is decided silently."""
    assert (None, Reason.UNREADABLE, "V301") == (
        (reading := read_number(text, "个")).value,
        reading.reason,
        reading.code,
    )


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("28户", "人"),
        ("5.2亩", "万元"),
        ("5%", "万元"),
        ("28台", None),
        ("5.2万", "%"),
        ("5.2亿", "‰"),
        ("5元", "%"),
        ("5人", "亩"),
    ],
)
def test_a_foreign_unit_is_an_error(text: str, unit: str | None) -> None:
    """A unit of another dimension is not dropped, and 万 means nothing in a share."""
    reading = read_number(text, unit)

    assert (None, Reason.UNREADABLE, "V309") == (reading.value, reading.reason, reading.code)


@pytest.mark.parametrize(
    ("text", "header", "value"),
    [
        ("52000", "元", "5.2"),
        ("5.2万", "元", "5.2"),
        ("5.2", "万元", "5.2"),
        ("3元", "万元", "0.0003"),
        ("1", "亿元", "10000"),
    ],
)
def test_a_unit_in_the_cell_beats_the_headers(text: str, header: str, value: str) -> None:
    """52000 under （元） is 5.2 万元, but 5.2万 under （元） is 5.2 万元 too."""
    assert Decimal(value) == read_number(text, "万元", header).value


def test_a_plain_number_under_a_foreign_header_is_an_error() -> None:
    """人 in the header of a field of 万元: the number says nothing."""
    assert (None, "V309") == ((reading := read_number("5", "万元", "人")).value, reading.code)


@pytest.mark.parametrize(
    "text", ["", " ", "\u3000", "\n", "/", "\\", "／", "＼", "//", "-", "--", "—", "——", "－", "–", "-－—", "- -"]
)
def test_blanks(text: str) -> None:
    """Nothing, spaces, a slash, and any run of hyphens or dashes are blank in a field of any type."""
    readings = [read_number(text, "人"), read_yesno(text), read_date(text), read_option(text, ("甲",))]

    assert is_blank(text)
    assert [(None, Reason.BLANK, None)] * 4 == [(found.value, found.reason, found.code) for found in readings]


def test_a_minus_before_a_number_is_not_a_dash() -> None:
    """-5 is a number."""
    assert Decimal(-5) == read_number("-5", "万元").value
    assert not is_blank("-5")


def test_none_is_zero_in_numbers_and_blank_in_dates_and_options() -> None:
    """无 is 0 with a note in a numeric field, blank in a date or option field, no in a yes/no field."""
    number = read_number("无", "处")

    assert (Decimal(0), Reason.KNOWN, "V314") == (number.value, number.reason, number.code)
    assert Reason.BLANK == read_date("无").reason
    assert Reason.BLANK == read_option("无", ("甲", "乙")).reason
    assert "无" == read_option("无", ("无", "有")).value
    assert False is read_yesno("无").value


@pytest.mark.parametrize("text", ["不涉及", "不适用", "不 涉 及"])
def test_not_applicable_is_for_the_register_to_say(text: str) -> None:
    """不涉及 and 不适用 are unknown, with a hint, in a field of any type."""
    readings = [read_number(text, "人"), read_yesno(text), read_date(text), read_option(text, ("甲",))]

    assert [(None, "V312")] * 4 == [(found.value, found.code) for found in readings]
    assert all(found.reason not in {Reason.KNOWN, Reason.BLANK} for found in readings)


@pytest.mark.parametrize(
    "word",
    "是 有 √ ✓ ✔ ☑ 对 已 已完成 已建 已建成 达标 合格 完成 y yes true 1 Y YES Yes TRUE ｙｅｓ １".split(),  # noqa: SIM905 - as in the design
)
def test_yes(word: str) -> None:
    """Every word for yes, in any case and width."""
    assert True is read_yesno(word).value


@pytest.mark.parametrize(
    "word",
    "否 无 没有 × ✗ ✘ ☐ 未 未完成 未建 在建 正在推进 未启动 不达标 不合格 n no false 0 N NO False ｎｏ ０".split(),  # noqa: SIM905
)
def test_no(word: str) -> None:
    """Every word for no, in any case and width."""
    assert False is read_yesno(word).value


@pytest.mark.parametrize("word", ["基本完成", "是（待验收）", "部分", "2", "?", "是否", "不是", "85%"])
def test_neither_yes_nor_no(word: str) -> None:
    """A remark with a condition is not a yes."""
    assert (None, Reason.UNREADABLE, "V306") == ((found := read_yesno(word)).value, found.reason, found.code)


def test_options() -> None:
    """An option is known in any width and spacing; another word is invalid."""
    options = ("编制中", "已完成", "A类")

    assert ["已完成", "已完成", "A类"] == [read_option(text, options).value for text in ("已完成", " 已 完成 ", "Ａ类")]
    assert (Reason.INVALID, "V305") == ((found := read_option("完成", options)).reason, found.code)


DAY = (date(2023, 5, 15), date(2023, 5, 15))


@pytest.mark.parametrize(
    "text",
    [
        *(
            "2023.5.15",
            "2023-5-15",
            "2023/05/15",
            "2023年5月15日",
            "2023年5月15号",
            "20230515",
            "２０２３年５月１５日",
            "2023 年 5 月 15 日",
        ),
        *("2023-05-15 00:00:00", "2023/5/15 8:30", "2023-05-15T00:00:00", "45061"),
    ],
)
def test_days(text: str) -> None:
    """Every way to write a day."""
    assert DAY == read_date(text).value


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2023/6/1 00:00:00", date(2023, 6, 1)),
        ("2023-5-1 10:00", date(2023, 5, 1)),
        ("2023-5-1 0:00", date(2023, 5, 1)),
        ("2023.5.3 12:30:00", date(2023, 5, 3)),
        ("2023年5月1日 10:00", date(2023, 5, 1)),
    ],
)
def test_a_time_behind_a_day_never_becomes_part_of_it(text: str, day: date) -> None:
    """The hour behind a one-digit day: 5-1 10:00 is the 1st, not the 11th."""
    assert (day, day) == read_date(text).value


@pytest.mark.parametrize("text", ["2023.5", "2023年5月", "2023-05", "2023/5", "２０２３．５"])
def test_a_month_without_a_day_is_the_whole_month(text: str) -> None:
    """Text that names a month: the day is unknown."""
    assert (date(2023, 5, 1), date(2023, 5, 31)) == read_date(text).value


@pytest.mark.parametrize(
    "text",
    [
        "2023年",
        "5月15日",
        "2023.13",
        "2023-02-30",
        "2023.5.32",
        "20231315",
        "去年",
        "2023",
        "202305",
        "2023.5.15-5.20",
        "23.5.15",
        "1.5",
    ],
)
def test_what_is_not_a_day_is_unreadable(text: str) -> None:
    """A year, a day that does not exist, a span: errors."""
    assert (None, Reason.UNREADABLE, "V307") == ((found := read_date(text)).value, found.reason, found.code)


@pytest.mark.parametrize(
    ("number", "days"),
    [
        ("45061", DAY),
        ("20230515", DAY),
        ("20000", (date(1954, 10, 3),) * 2),
        ("80000", (date(2119, 1, 11),) * 2),
        ("19999", None),
        ("80001", None),
        ("2023.1", None),
        ("2023", None),
        ("202305", None),
        ("20231301", None),
        ("20230229", None),
        ("45061.5", None),
        ("-45061", None),
        ("0", None),
    ],
)
def test_a_number_cell_in_a_date_field(number: str, days: tuple[date, date] | None) -> None:
    """yyyymmdd, or a serial of 20000 to 80000; 2023.1 might be January or October, so it is neither."""
    reading = read_stored_date(Decimal(number))

    assert days == reading.value
    assert (Reason.KNOWN if days else Reason.UNREADABLE) == reading.reason


def test_leap_days() -> None:
    """29 February where there is one."""
    assert (date(2024, 2, 29), date(2024, 2, 29)) == read_date("2024-2-29").value
    assert read_date("2023-2-29").value is None
    assert [date(2024, 2, 29), date(2023, 12, 31)] == [last_day(2024, 2), last_day(2023, 12)]


def test_a_number_shown_as_percent() -> None:
    """0.85 formatted as a percent is 85 in a field of %, 850 in one of ‰; anywhere else the sign is foreign."""
    shown = [read_stored_number(Decimal("0.85"), unit, None, percent=True) for unit in ("%", "‰", "万元")]

    assert [Decimal(85), Decimal(850), None] == [found.value for found in shown]
    assert "V309" == shown[2].code


def test_stored_numbers_convert_exactly() -> None:
    """元 to 万元 is a shift of the decimal point."""
    assert Decimal("5.2") == read_stored_number(Decimal(52000), "万元", "元", percent=False).value
    assert Decimal("0.00001") == read_stored_number(Decimal("0.1"), "万元", "元", percent=False).value


def test_units_convert_within_their_dimension_only() -> None:
    """Money to money, area to area; 人 is not 户."""
    assert Decimal("0.0001") == conversion("元", "万元")
    assert Decimal(15) == conversion("公顷", "亩")
    assert Decimal(10) == conversion("%", "‰")
    assert Decimal(1) == conversion("名", "人")
    assert Decimal(1) == conversion(None, "万元")
    assert conversion("户", "人") is None
    assert conversion("亩", "万元") is None


def test_no_unit_is_doubtful() -> None:
    """Each unit is written as it is compared, and has a factor."""
    assert all(unit.factor > 0 for unit in UNITS.values())
    assert {name for name in UNITS if name != fold(name)} <= {"㎡", "m²"}


@pytest.mark.parametrize(
    ("stored", "meant"),
    [
        (0.30000000000000004, "0.3"),
        (0.1 + 0.2, "0.3"),
        (0.29 * 100, "29"),
        (1.1 * 3, "3.3"),
        (4.35 * 100, "435"),
        (5.2, "5.2"),
        (1e15, "1e15"),
    ],
)
def test_a_number_stored_in_binary_is_its_decimal(stored: float, meant: str) -> None:
    """15 significant digits: what was meant, not what binary made of it."""
    assert Decimal(meant) == decimal15(stored)
    assert Decimal(meant) == exact(stored)
