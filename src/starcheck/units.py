"""Quantities as people write them: units and the cells that hold numbers, shares, yes/no words and dates.

The table of DESIGN §6.2 in code. Pure: one cell (or its text) in, a value or a reason out.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise
from types import MappingProxyType

from starcheck.column import Reason
from starcheck.diagnostic import Text
from starcheck.unreadable import NUMERALS, marked_figures, refers_elsewhere, why_no_number

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
                ("平米", "0.0015"),
                ("平方", "0.0015"),
                ("万平方米", "15"),
                ("ha", "15"),
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


all_ideographs = re.compile("[一-鿿]+").fullmatch
"""Whether a text is of nothing but the common Chinese characters, which no folding changes."""


@lru_cache(maxsize=1 << 14)
def normalise_header(text: str) -> str:
    """What of a header is compared: NFKC, lower case, without spaces, line breaks and punctuation."""
    if all_ideographs(text):
        return text
    folded = unicodedata.normalize("NFKC", text).lower()
    return "".join(char for char in folded if unicodedata.category(char)[0] not in "PZC")


_ORDINAL = re.compile(
    r"\s*(?:[（(【\[]\s*(?:\d{1,3}|[一二三四五六七八九十]{1,3})\s*[)）】\]]|[①-⑳㈠-㈩⑴-⒇⒈-⒛]"
    r"|\d{1,2}(?:[-.．]\d{1,2}){1,2}(?:[、．.]|\s)|(?:\d{1,3}|[一二三四五六七八九十]{1,3})\s*[、．.:：)）])\s*"
)
_HINT = (
    r"[（(【\[]\s*(?:是\s*[/／、或]?\s*否|有\s*[/／、或]?\s*无|[√✓]\s*[/／、或]?\s*[×xX✗]|年\s*[/／.\-]?\s*月(?:\s*[/／.\-]?\s*日)?"
    r"|yyyy\W?mm(?:\W?dd)?|(?:必|选|请|可)?填[^（）()]*|[单多]选|下拉[^（）()]*|[^（）()/／]+(?:[/／][^（）()/／]+){2,})\s*[)）】\]]"
)
"""How a cell is to be filled in, said in its header: 是/否, 年/月/日, 必填, three words and more to choose from."""
_FOOTNOTE = re.compile(
    rf"(?:\s*(?:[*＊※#①-⑳:：]|[\[［]\s*\d{{1,2}}\s*[\]］]|[（(]\s*注\s*\d{{0,2}}\s*[)）]|{_HINT}))+\s*$", re.IGNORECASE
)


@lru_cache(maxsize=1 << 14)
def unadorned(text: str) -> str:
    """A header without the number before it and the mark or hint behind it: ``1.人口*``, ``人口（必填）``.

    Only a number with a sign of its own is one: ``35岁以下干部`` stays whole.
    """
    bare = _FOOTNOTE.sub("", text)
    found = _ORDINAL.match(bare)
    rest = bare if found is None else bare[found.end() :]
    return rest if rest.strip() else text


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


BLANK = Reading(None, Reason.BLANK)
ELSEWHERE = Reading(None, Reason.UNREADABLE, "V333")
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
OF_MERIT = frozenset({"达标", "合格", "完成", "不达标", "不合格", "未达标", "未完成"})
"""Those of both that say how good something is: of a case that should not be they may say either."""
_CHINESE_DIGITS = {
    **dict(zip("〇零一二三四五六七八九", (0, *range(10)), strict=True)),
    **dict(zip("○壹贰叁肆伍陆柒捌玖", range(10), strict=True)),
    "两": 2,
    "兩": 2,
    "貳": 2,
    "參": 3,
    "陸": 6,
}
_CHINESE_TENS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_CHINESE_MYRIADS = {"万": 10_000, "萬": 10_000, "亿": 100_000_000, "億": 100_000_000}
_CHINESE_SCORES = str.maketrans({"廿": "二十", "卅": "三十", "卌": "四十"})
_CHINESE_NUMBER = re.compile(f"([{NUMERALS}]+)(?:点([〇零○一二三四五六七八九]+))?([万亿]?)(.*)", re.DOTALL)
_PARTS_OF = re.compile(f"(百|千)分之([{NUMERALS}点]+|\\d+(?:\\.\\d+)?)")
_WHOLE_SUM = re.compile("[元圆圓][整正]?$")
"""How a sum in words ends on a voucher."""
_MYRIADS = {"万": Decimal(10_000), "亿": Decimal(100_000_000)}


def fold(text: str) -> str:
    """Text as it is compared: NFKC (full width to half), without white space and a leading apostrophe."""
    if all_ideographs(text):
        return text
    if text.isascii():
        return "".join(text.split()).removeprefix("'")
    return "".join(unicodedata.normalize("NFKC", text).split()).removeprefix("'").removeprefix("’")


def _spaced(text: str) -> str:
    """Text folded but for single spaces: those between a day and a time must not vanish."""
    return " ".join(unicodedata.normalize("NFKC", text).split()).lstrip("'’")


def chinese_number(text: str) -> Decimal | None:
    """The number in Chinese numerals: 十二, 一百零五, 三万五, 两千; None where it is none, or more than one (三五)."""
    total, section, digit, last = 0, 0, None, 1
    zero = False
    text = text.translate(_CHINESE_SCORES)
    for place, letter in enumerate(text):
        value = _CHINESE_DIGITS.get(letter)
        if value is not None:
            if digit is not None:
                return None
            if value == 0 and len(text) > 1:
                if zero or place == 0 or place == len(text) - 1:
                    return None
                zero = True
                continue
            digit = value
            continue
        ten = _CHINESE_TENS.get(letter)
        if ten is not None:
            if digit is None and not (ten == 10 and (place == 0 or zero)):  # noqa: PLR2004 - 十 may stand alone
                return None
            if last != 1 and ten >= last and section:
                return None
            section += (1 if digit is None else digit) * ten
            last = ten
        else:
            myriad = _CHINESE_MYRIADS.get(letter, 0)
            section += digit or 0
            if not myriad or not section or (total and myriad != 10_000):  # noqa: PLR2004 - 亿 comes before 万
                return None
            total, section, last = total + section * myriad, 0, myriad
        digit, zero = None, False
    if digit is not None:  # the last figure of 三万五 is of the next lower place
        section += digit * (last // 10 if last > 10 and not zero else 1)  # noqa: PLR2004 - 十二 has units
    return Decimal(total + section)


def _in_figures(folded: str) -> str | None:
    """A text of Chinese numerals with figures in their place, None where it has none or is ambiguous."""
    share = _PARTS_OF.fullmatch(folded)
    if share is not None:
        inner = share[2] if share[2][0].isdigit() else _in_figures(share[2])
        return None if inner is None else f"{inner}{PERCENT if share[1] == '百' else PER_MILLE}"
    found = _CHINESE_NUMBER.fullmatch(folded)
    if found is None:
        return None
    whole, behind, myriad, rest = found.groups()
    number = chinese_number(whole)
    if number is None:
        return None
    fraction = "".join(str(_CHINESE_DIGITS[letter]) for letter in behind or "")
    if not myriad and not _CHINESE_MYRIADS.keys().isdisjoint(whole):
        return f"{number / 10_000:f}万{rest}"  # 十二万 is what 12万 is: of the base unit
    return f"{number}{'.' + fraction if fraction else ''}{myriad}{rest}"


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
    folded = fold(text).replace("−", "-")  # the minus sign proper
    if not folded:  # an apostrophe alone: a text cell in which nothing stands
        return BLANK
    if folded == "无":
        return Reading(Decimal(0), code="V314")
    if folded.lower() in _NOT_APPLICABLE:
        return Reading(None, Reason.UNREADABLE, "V312")
    if "。" in folded:
        folded = re.sub(r"(?<=\d)。(?=\d)", ".", folded)
    yuan = False
    if unit is not None and UNITS.get(unit, UNITS["人"]).dimension == "钱":
        yuan = folded.startswith("¥")
        folded = _WHOLE_SUM.sub("元", folded.removeprefix("¥"))
    match = _NUMBER.fullmatch(folded)
    if match is None and not _ROUGHLY.search(folded) and not marked_figures(text):
        figures = _in_figures(folded)
        if figures is not None:
            reading = read_number(figures, unit, header_unit)
            if reading.reason is Reason.KNOWN:
                return replace(reading, code="V330", arguments={"figures": figures})
    if match is None or _ROUGHLY.search(folded) or _GAP.search(text) or marked_figures(text):
        return _not_a_number(text)
    number = Decimal(match[1].replace(",", ""))
    suffix = match[2]
    if not suffix:
        if yuan and conversion("元", unit) != 1:  # 元, or only the sign of money before what the column says
            return _foreign("¥", unit)
        factor = conversion(header_unit, unit)
        if factor is None:
            return _foreign(header_unit or "", unit)
        return Reading(number * factor, own_unit=factor != 1)
    factor = _suffix_factor(suffix, unit)
    if factor is None:
        written = suffix[1:] if suffix[0] in _MYRIADS else suffix
        return _foreign(suffix, unit) if not written or written in UNITS else _not_a_number(text)
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


def _not_a_number(text: str) -> Reading:
    return Reading(None, Reason.UNREADABLE, "V301", why_no_number(text, fold(text))[1])


def _elsewhere(folded: str) -> Reading | None:
    """同上 and 〃 are no value of any field: nobody knows what stood above before the rows were sorted."""
    return ELSEWHERE if refers_elsewhere(folded) else None


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
    return _elsewhere(word) or Reading(None, Reason.UNREADABLE, "V306")


_GROUP = re.compile(r"[-+￥¥]?\d{1,3}")
_GROUP_AFTER = re.compile(r"\d{3}(?:\.\d+)?\D{0,3}")
_BEGINS_AS_VALUE = re.compile(r"[-+￥¥]?\d")


def moved_from(texts: Sequence[str], width: int) -> int | None:
    """From where on the cells of a row longer than its header, ``width`` wide, stand in wrong columns; None if nowhere.

    A comma without quotation marks has moved them: that of a number (``1,200``), which stands there, or of a text
    before a value that is left over, the place of which is given for want of its own. A text left over is a remark.
    """
    texts = [text.strip() for text in texts]
    for place, (text, after) in enumerate(pairwise(texts)):
        if _GROUP.fullmatch(text) and _GROUP_AFTER.fullmatch(after):
            return place
    left_over = enumerate(texts[width:], start=width)
    return next(
        (at for at, text in left_over if _BEGINS_AS_VALUE.match(text) or read_yesno(text).value is not None), None
    )


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
    return _elsewhere(word) or Reading(None, Reason.INVALID, "V305")


def read_text(text: str) -> Reading:
    """Any words, as they stand; blank and 不适用 as in every other field."""
    if is_blank(text):
        return BLANK
    word = fold(text)
    if word.lower() in _NOT_APPLICABLE:
        return Reading(None, Reason.UNREADABLE, "V312")
    return _elsewhere(word) or Reading(text.strip())


_DAY = re.compile(
    r"(\d{4}) ?[-./年] ?(\d{1,2}) ?[-./月] ?(\d{1,2})(?: ?[日号])?"
    r"(?:(?:[T ]|(?<=[日号]))\d{1,2}:\d{2}(?::\d{2})?(?:\.0+)?)?"
)
_MONTH = re.compile(r"(\d{4})(?:[-./](\d{1,2})|年(\d{1,2})月)")
_WRITTEN_DATE = re.compile(
    "([〇○零Oo0一二三四五六七八九]{4})年([一二三四五六七八九十]{1,2}|\\d{1,2})月(?:([一二三四五六七八九十]{1,3}|\\d{1,2})[日号])?"
)


def _date_in_figures(found: re.Match[str]) -> str | None:
    """二〇二三年五月十五日 as 2023年5月15日; None where a part of it is no number."""
    if found[1].isdigit() and found[1].isascii():
        return None
    year = "".join("0" if letter in "Oo0" else str(_CHINESE_DIGITS[letter]) for letter in found[1])
    parts = [None if part is None else part if part.isascii() else chinese_number(part) for part in found.groups()[1:]]
    if parts[0] is None or (found[3] is not None and parts[1] is None):
        return None
    return f"{year}年{parts[0]}月" + (f"{parts[1]}日" if parts[1] is not None else "")


SERIALS = range(20_000, 80_001)
"""Day numbers, counted from 1900, that a number in a field of dates is taken for: 1954 to 2119."""
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
    figures = _WRITTEN_DATE.fullmatch(folded)
    if figures is not None:
        day = _date_in_figures(figures)
        reading = BLANK if day is None else read_date(day)
        if day is not None and reading.reason is Reason.KNOWN:
            return replace(reading, code="V330", arguments={"figures": day})
    if match := _DAY.fullmatch(_spaced(text)):
        return _day(int(match[1]), int(match[2]), int(match[3]))
    if match := _MONTH.fullmatch(folded):
        return month_days(int(match[1]), int(match[2] or match[3]))
    if folded.isascii() and folded.isdigit():
        return read_stored_date(Decimal(folded))
    return _elsewhere(folded) or Reading(None, Reason.UNREADABLE, "V307")


def read_stored_date(value: Decimal) -> Reading:
    """The day a number cell means in a date field: yyyymmdd, or a serial of 20000 to 80000; else unreadable."""
    if value == value.to_integral_value():
        number = int(value)
        if number in SERIALS:
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
