"""What columns are called that say which unit a row is about: its name, code, township (DESIGN §6.2)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from starcheck.units import normalise_header


def _normalised(spellings: Iterable[str]) -> frozenset[str]:
    return frozenset(map(normalise_header, spellings))


HEADERS: Mapping[str, frozenset[str]] = {
    name: _normalised(spellings)
    for name, spellings in {
        "code": ("编码", "代码", "行政区划代码", "统计用区划代码"),
        "name": (
            "村名", "村", "行政村", "村（社区）", "名称", "单位名称", "村（社区）名称", "村、社区", "村名称", "村庄",
            "村庄名称", "行政村名称", "行政村名", "村名（社区）", "村居", "村（居）名称", "行政村（社区）",
            "村（社区）名",
        ),
        "township": (
            "乡镇", "镇", "街道", "乡镇（街道）", "乡（镇、街道）", "乡镇街道", "乡镇名称", "所属乡镇", "所在乡镇",
            "所属街道", "所在街道",
        ),
        "county": ("县", "县（市、区）", "县市区", "县（区）", "区县"),
        "kind": ("类型",),
        "aliases": ("别名",),
        "tags": ("标签",),
        "since": ("生效",),
        "until": ("失效",),
        "merged_into": ("并入",),
        "serial": ("序号",),
        "target": ("争创星级",),
    }.items()
}  # fmt: skip
"""Normalised header spellings of the columns that say which unit a row is about."""

NAMES_AT_LAST = _normalised(("社区", "社区名称"))
"""The unit's name where no other column is: beside 村名, the community a village belongs to."""


def meaning_of(header: str) -> str | None:
    """What of the unit a header says (name, code, township, …), if it is one of its spellings."""
    spelling = normalise_header(header)
    found = next((meaning for meaning, spellings in HEADERS.items() if spelling in spellings), None)
    return "name" if found is None and spelling in NAMES_AT_LAST else found


_VILLAGE = re.compile(r".*(?:[^\W_]|[)）】\]])(?:村|社区|村委会|居委会|村民委员会|居民委员会)")


def is_village_name(text: str) -> bool:
    """Whether a text is the name of a village or community rather than a kind of value or what is to be filled in."""
    return _VILLAGE.fullmatch("".join(text.split())) is not None


TOTALS = ("合计", "小计", "总计", "累计", "共计", "合计数", "小计数", "总计数", "total", "Total", "TOTAL")
"""How a total calls itself."""

CORNERS = _normalised((
    "项目", "指标", "指标名称", "项目名称", "内容", "指标内容", "评定内容", "评定指标", "评星指标", "考核内容",
    "考核指标", "项目/村名", "村名/项目", "指标/村名", "村名/指标",
))  # fmt: skip
"""What stands in the corner of a table whose items go down and whose villages go across."""

REPLY_COLUMNS: Mapping[str, Sequence[str]] = {
    "veto": ("编号", "负面清单编号", "criterion", "veto"),
    "confirmed": ("确认", "联审确认", "确认情况", "confirmed"),
    "happened": ("发生日期", "发生时间", "happened"),
    "note": ("备注", "说明", "remark"),
    "department": ("联审单位", "填报单位", "部门", "reviewed by", "department"),
    "quarter": ("季度", "期次", "quarter"),
    "county": ("县", "县（市、区）", "county"),
}
"""What the columns of a department's reply about 负面清单 are called, beside those of the unit."""
REPLY_HEADERS: Mapping[str, frozenset[str]] = {
    meaning: _normalised(REPLY_COLUMNS[meaning]) for meaning in ("veto", "confirmed", "department", "quarter")
}
"""Those that a table has all of where it is the list of such a review."""
