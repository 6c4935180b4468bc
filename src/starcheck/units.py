"""Quantities as people write them: units and the cells that hold numbers, shares, yes/no words and dates.

The table of DESIGN §6.2 in code. Pure: one cell (or its text) in, a value or a reason out.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType

from starcheck.column import Reason
from starcheck.diagnostic import Text

PERCENT = "%"
PER_MILLE = "‰"


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of measure: units of one ``dimension`` convert into each other by ``factor`` of the base unit."""

    name: str
    dimension: str
    factor: Decimal


def _table() -> dict[str, Unit]:
    rows = (
        (
            "钱",
            (
                ("元", "1"),
                ("块", "1"),
                ("百元", "100"),
                ("千元", "1000"),
                ("万元", "10000"),
                ("百万元", "1000000"),
                ("亿元", "100000000"),
            ),
        ),
        (
            "面积",
            (
                ("亩", "1"),
                ("公顷", "15"),
                ("万亩", "10000"),
                ("平方米", "0.0015"),
                ("㎡", "0.0015"),
                ("m2", "0.0015"),
                ("m²", "0.0015"),
                ("平方公里", "1500"),
            ),
        ),
        ("长度", (("米", "1"), ("公里", "1000"), ("千米", "1000"), ("km", "1000"))),
        ("share", ((PERCENT, "0.01"), (PER_MILLE, "0.001"), ("百分点", "0.01"))),
    )
    units = {name: Unit(name, dimension, Decimal(factor)) for dimension, names in rows for name, factor in names}
    for name in ("人", "名", "口"):
        units[name] = Unit(name, "人", Decimal(1))
    units["万人"] = Unit("万人", "人", Decimal(10000))
    for name in (
        "户", "个", "处", "次", "台", "件", "起", "支", "所", "座", "家", "项", "场", "年", "月", "天", "日", "岁",
        "分", "条", "份", "辆", "盏", "棵", "株", "间", "套", "组", "队", "期", "篇", "位", "栋", "公斤", "吨", "小时",
    ):  # fmt: skip
        units[name] = Unit(name, name, Decimal(1))
    return units


UNITS = MappingProxyType(_table())
"""Every unit that is recognised in brackets of a header and behind a number. Others are not units but text."""


@lru_cache(maxsize=1 << 14)
def normalise_header(text: str) -> str:
    """What of a header is compared: NFKC, lower case, without spaces, line breaks and punctuation."""
    folded = unicodedata.normalize("NFKC", text).lower()
    return "".join(char for char in folded if unicodedata.category(char)[0] not in "PZC")


_LAST_BRACKET = re.compile(
    r"(.*?)[(\[{【〔<《]\s*(?:(?:计量)?单位\s*:?)?\s*([^()\[\]{}【】〔〕<>《》]+?)\s*[)\]}】〕>》]\s*", re.DOTALL
)


@lru_cache(maxsize=1 << 14)
def split_unit(text: str) -> tuple[str, str | None]:
    """A header without its last bracket, and the unit in it: ``人口（人）`` gives ``人口`` and ``人``.

    A bracket that holds no unit belongs to the name, as in ``村（社区）``.
    """
    found = _LAST_BRACKET.fullmatch(unicodedata.normalize("NFKC", text))
    if found is None or found[2] not in UNITS:
        return text, None
    return found[1].strip(), found[2]


@dataclass(frozen=True, slots=True)
class Reading:
    """What one cell says: a value, or why it has none, and the code of the catalogue that tells the user.

    ``value`` is a Decimal in the field's unit, a bool, a pair of days (first, last) or a str; None when there is
    none. ``own_unit`` is true where a number carried its own unit, or was converted, so that its column
    need not decide.
    """

    value: Decimal | bool | tuple[date, date] | str | None
    reason: Reason = Reason.KNOWN
    code: str | None = None
    arguments: Mapping[str, str | Text] | None = None
    own_unit: bool = False


_IDEOGRAPHS = re.compile("[一-鿿]+")
BLANK = Reading(None, Reason.BLANK)
_DASHES = re.compile(r"[-‐‑‒–—―─━－ー_\s]+|[/\\／＼]+")
_NOT_APPLICABLE = frozenset({"不涉及", "不适用", "n/a", "na"})
_NUMBER = re.compile(r"([+-]?(?:\d{1,3}(?:,\d{3})+(?:\.\d*)?|\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?)(.*)", re.DOTALL)
_GAP = re.compile(r"[\d.,，]\s+[\d.]")
_ROUGHLY = re.compile(
    r"约|大概|左右|上下|以上|以下|以内|余|多|近|超过?|不足|不到|至少|至多|[~～<>≥≤≈]|\d\s*[-—–~～至到]\s*\d|几|\+$"
)
_YES = frozenset(
    [
        "是",
        "有",
        "√",
        "✓",
        "✔",
        "☑",
        "对",
        "已",
        "已完成",
        "已建",
        "已建成",
        "达标",
        "合格",
        "完成",
        "y",
        "yes",
        "true",
        "1",
    ]
)
_NO = frozenset(
    [
        "否",
        "无",
        "没有",
        "×",
        "✗",
        "✘",
        "☐",
        "未",
        "未完成",
        "未建",
        "在建",
        "正在推进",
        "未启动",
        "不达标",
        "不合格",
        "n",
        "no",
        "false",
        "0",
    ]
)
_MYRIADS = {"万": Decimal(10_000), "亿": Decimal(100_000_000)}


def fold(text: str) -> str:
    """Text as it is compared: NFKC (full width to half), without white space and a leading apostrophe."""
    if _IDEOGRAPHS.fullmatch(text):
        return text
    if text.isascii():
        return "".join(text.split()).removeprefix("'")
    return "".join(unicodedata.normalize("NFKC", text).split()).removeprefix("'").removeprefix("’")


def _spaced(text: str) -> str:
    """Text folded but for single spaces: those between a day and a time must not vanish."""
    return " ".join(unicodedata.normalize("NFKC", text).split()).lstrip("'’")


def is_blank(text: str) -> bool:
    """Whether a cell with this text is blank: nothing, slashes of either kind, or any run of hyphens and dashes."""
    return not text.strip() or _DASHES.fullmatch(text.strip()) is not None


def conversion(source: str | None, target: str | None) -> Decimal | None:
    """The factor that turns a number of unit ``source`` into one of ``target``; None if they do not convert.

    No unit on either side, or the same word, is factor 1.
    """
    if source is None or target is None or source == target:
        return Decimal(1)
    one, other = UNITS.get(fold(source)), UNITS.get(fold(target))
    if one is None or other is None or one.dimension != other.dimension:
        return None
    return one.factor / other.factor


def read_number(text: str, unit: str | None, header_unit: str | None = None) -> Reading:
    """The number a cell's text holds, in ``unit``; DESIGN §6.2.

    A unit in the cell beats the header's. 万 and 亿 multiply the base unit of the field (元, 人, 亩), and are an
    error where the field is a share. Approximations, ranges and words are unreadable.
    """
    if is_blank(text):
        return BLANK
    folded = fold(text)
    if folded == "无":
        return Reading(Decimal(0), code="V314")
    if folded.lower() in _NOT_APPLICABLE:
        return Reading(None, Reason.UNREADABLE, "V312")
    match = _NUMBER.fullmatch(folded)
    if match is None or _ROUGHLY.search(folded) or _GAP.search(text):
        return _not_a_number(folded)
    number = Decimal(match[1].replace(",", ""))
    suffix = match[2]
    if not suffix:
        factor = conversion(header_unit, unit)
        if factor is None:
            return _foreign(header_unit or "", unit)
        return Reading(number * factor, own_unit=factor != 1)
    factor = _suffix_factor(suffix, unit)
    if factor is None:
        return _foreign(suffix, unit) if suffix in UNITS or suffix[0] in _MYRIADS else _not_a_number(folded)
    return Reading(number * factor, own_unit=True)


def read_stored_number(value: Decimal, unit: str | None, header_unit: str | None, *, percent: bool) -> Reading:
    """The number of a number cell, in ``unit``; ``percent`` where its number format shows it as a percent."""
    if percent:
        factor = conversion(PERCENT, unit) if unit in {PERCENT, PER_MILLE} else None
        if factor is None:
            return _foreign(PERCENT, unit)
        return Reading(value * 100 * factor, own_unit=True)
    factor = conversion(header_unit, unit)
    if factor is None:
        return _foreign(header_unit or "", unit)
    return Reading(value * factor, own_unit=factor != 1)


def _suffix_factor(suffix: str, unit: str | None) -> Decimal | None:
    """What turns "5.2<suffix>" into the field's unit; None where the suffix is no unit of the field."""
    if unit is not None and suffix == fold(unit):
        return Decimal(1)
    if suffix in UNITS:
        return conversion(suffix, unit) if unit is not None else None
    myriad = _MYRIADS.get(suffix[0])
    known = UNITS.get(unit) if unit is not None else None
    if myriad is None or (known is not None and known.dimension == "share"):
        return None
    rest = suffix[1:]
    if rest and rest != unit:
        factor = conversion(rest, unit) if rest in UNITS and unit is not None else None
        return None if factor is None else myriad * factor
    if rest:
        return myriad
    return myriad / (known.factor if known is not None else 1)


def _foreign(written: str, unit: str | None) -> Reading:
    none: Text = ("无单位", "no unit")
    return Reading(None, Reason.UNREADABLE, "V309", {"written": written, "unit_of_field": unit or none})


def _not_a_number(folded: str) -> Reading:
    digits = re.search(r"\d+(?:\.\d+)?", folded)
    suggestion: Text = (
        (f"只填数字，例如 {digits[0]}", f"write the number only, for instance {digits[0]}")
        if digits
        else ("填数字；没有就填 0，不清楚就先核实", "write a number; 0 if there is none")
    )
    return Reading(None, Reason.UNREADABLE, "V301", {"suggestion": suggestion})


def read_yesno(text: str) -> Reading:
    """Yes or no, by the words of DESIGN §6.2; any other word is unreadable."""
    if is_blank(text):
        return BLANK
    word = fold(text).casefold()
    if word in _YES:
        return Reading(value=True)
    if word in _NO:
        return Reading(value=False)
    if word in _NOT_APPLICABLE:
        return Reading(None, Reason.UNREADABLE, "V312")
    return Reading(None, Reason.UNREADABLE, "V306")


def read_option(text: str, options: tuple[str, ...]) -> Reading:
    """The option a cell names; 无 is blank unless it is one of them, a word that is none of them is invalid."""
    if is_blank(text):
        return BLANK
    word = fold(text)
    for option in options:
        if fold(option) == word:
            return Reading(option)
    if word == "无":
        return BLANK
    if word.lower() in _NOT_APPLICABLE:
        return Reading(None, Reason.UNREADABLE, "V312")
    return Reading(None, Reason.INVALID, "V305")


def read_text(text: str) -> Reading:
    """Any words, as they stand; blank and 不适用 as in every other field."""
    if is_blank(text):
        return BLANK
    if fold(text).lower() in _NOT_APPLICABLE:
        return Reading(None, Reason.UNREADABLE, "V312")
    return Reading(text.strip())


_DAY = re.compile(
    r"(\d{4}) ?[-./年] ?(\d{1,2}) ?[-./月] ?(\d{1,2})(?: ?日)?"
    r"(?:(?:[T ]|(?<=日))\d{1,2}:\d{2}(?::\d{2})?(?:\.0+)?)?"
)
_MONTH = re.compile(r"(\d{4})(?:[-./](\d{1,2})|年(\d{1,2})月)")
_SERIALS = range(20_000, 80_001)
_EPOCH = date(1899, 12, 30)
_MONTHS_OF_YEAR = 12


def read_date(text: str) -> Reading:
    """The days a cell's text may mean: one day twice, or the first and last day of a month without a day."""
    if is_blank(text):
        return BLANK
    folded = fold(text)
    if folded == "无":
        return BLANK
    if folded.lower() in _NOT_APPLICABLE:
        return Reading(None, Reason.UNREADABLE, "V312")
    if match := _DAY.fullmatch(_spaced(text)):
        return _day(int(match[1]), int(match[2]), int(match[3]))
    if match := _MONTH.fullmatch(folded):
        return month_days(int(match[1]), int(match[2] or match[3]))
    if folded.isascii() and folded.isdigit():
        return read_stored_date(Decimal(folded))
    return Reading(None, Reason.UNREADABLE, "V307")


def read_stored_date(value: Decimal) -> Reading:
    """The day a number cell means in a date field: yyyymmdd, or a serial of 20000 to 80000; else unreadable."""
    if value == value.to_integral_value():
        number = int(value)
        if number in _SERIALS:
            day = _EPOCH + timedelta(days=number)
            return Reading((day, day))
        if 19_000_101 <= number <= 29_991_231:  # noqa: PLR2004 - yyyymmdd
            return _day(number // 10_000, number // 100 % 100, number % 100)
    return Reading(None, Reason.UNREADABLE, "V307")


def _day(year: int, month: int, day: int) -> Reading:
    try:
        found = date(year, month, day)
    except ValueError:
        return Reading(None, Reason.UNREADABLE, "V307")
    return Reading((found, found))


def month_days(year: int, month: int) -> Reading:
    """First and last day of a month."""
    if not (1 <= month <= _MONTHS_OF_YEAR and 1900 <= year < 3000):  # noqa: PLR2004
        return Reading(None, Reason.UNREADABLE, "V307")
    return Reading((date(year, month, 1), last_day(year, month)))


def last_day(year: int, month: int) -> date:
    """The last day of a month."""
    following = date(year + month // _MONTHS_OF_YEAR, month % _MONTHS_OF_YEAR + 1, 1)
    return following - timedelta(days=1)
