"""Makes the examples: a synthetic county of 17 townships and 503 villages, and two small clean ledgers.

    python examples/make_examples.py [DIRECTORY]

Nothing in them is real but the county's name, the names of three townships and the numbers of its published plan
for 2022 (拟争创: 6 五星, 50 四星, 150 三星, 24 软弱涣散, four states of village planning). Villages, codes and every
value are invented, and no person is named.

It works backwards from the result: every village is first given the stars it shall have and the criteria it shall
miss, then values that say so, then the manner in which its township writes them down. At the end known mistakes are
put in where they cannot change a star, and listed in ``qingfeng-mistakes.csv``. Choices are drawn from SHA-256, not
from a random generator, so that every Python gives the same bytes.
"""

from __future__ import annotations

import csv
import hashlib
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count as numbers_from
from pathlib import Path
from typing import TypeVar

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell

XLSXWRITER = "3.3.1"
"""The release of XlsxWriter the committed files were made with; another may order the same cells in other bytes."""

COUNTY = "清丰县"
PERIOD = "2022年6月"
FILLED_IN = date(2022, 6, 28)

Thing = TypeVar("Thing")
Value = bool | int | Decimal | date | str | None
"""What a village's record holds, before its township writes it down: 万元 and % as decimals."""


# ------------------------------------------------------------------------------------------------ what is drawn


def draw(below: int, *key: object) -> int:
    """A number from 0 to ``below`` - 1 that depends on ``key`` alone."""
    digest = hashlib.sha256("/".join(str(part) for part in key).encode()).digest()
    return int.from_bytes(digest[:8]) % below


def between(low: int, high: int, *key: object) -> int:
    """A number from ``low`` to ``high``, both included."""
    return low + draw(high - low + 1, *key)


def shuffled(things: Iterable[Thing], *key: object) -> list[Thing]:
    """The same things in an order that depends on ``key`` alone."""
    return [thing for _, thing in sorted(enumerate(things), key=lambda pair: draw(1 << 60, *key, pair[0]))]


# ------------------------------------------------------------------------------------------------ what a ledger holds


@dataclass(frozen=True)
class Column:
    """A column of the ledger: its key in the scheme, the group it stands under, and how people head it."""

    key: str
    group: str
    kind: str  # count, sum, money, percent, yesno, fact (yes/no that is never 已建/未建), date, option
    unit: str | None
    spellings: tuple[str, ...]
    under: str | None = None  # a heading between group and column, in ledgers with three header rows


ZB, CY, ST, PA, WM = "支部过硬星", "产业兴旺星", "生态宜居星", "平安法治星", "文明幸福星"
BASICS, VETOES, OTHER = "基本情况", "负面清单", "其他情况"
SIX_STEPS = ("提议日期", "商议日期", "审议日期", "决议日期", "决议公开日期", "结果公开日期")

COLUMNS = (
    Column("户数", BASICS, "sum", "户", ("户数", "总户数", "农户数")),
    Column("人口", BASICS, "sum", "人", ("人口", "总人口", "户籍人口")),
    Column("党员数", BASICS, "sum", "人", ("党员数", "党员人数", "党员总数")),
    Column("保洁员", BASICS, "sum", "人", ("保洁员", "保洁员数", "保洁人员")),
    Column("耕地面积", BASICS, "sum", "亩", ("耕地面积", "耕地", "耕地总面积")),
    Column("流转面积", BASICS, "sum", "亩", ("流转面积", "土地流转面积", "流转土地面积")),
    Column("ZB-01", ZB, "fact", None, ("“两委”班子健全", "班子健全", "两委班子齐整")),
    Column("ZB-02", ZB, "count", "次", ("党员大会次数", "党员大会", "近12个月党员大会次数")),
    Column("ZB-03", ZB, "count", "次", ("支委会次数", "支委会", "近12个月支委会次数")),
    Column("ZB-04", ZB, "count", "次", ("主题党日次数", "主题党日", "近12个月主题党日次数")),
    Column("提议日期", ZB, "date", None, ("提议日期", "村党支部提议", "支部提议"), "“四议两公开”"),
    Column("商议日期", ZB, "date", None, ("商议日期", "村两委会商议", "两委商议"), "“四议两公开”"),
    Column("审议日期", ZB, "date", None, ("审议日期", "党员大会审议", "党员大会审议"), "“四议两公开”"),
    Column("决议日期", ZB, "date", None, ("决议日期", "村民代表会议决议", "村民会议决议"), "“四议两公开”"),
    Column("决议公开日期", ZB, "date", None, ("决议公开日期", "决议公开", "决议公开"), "“四议两公开”"),
    Column("结果公开日期", ZB, "date", None, ("结果公开日期", "实施结果公开", "结果公开"), "“四议两公开”"),
    Column("ZB-06", ZB, "count", "㎡", ("党群服务中心面积", "活动场所面积", "党群服务中心面积")),
    Column("ZB-07", ZB, "option", None, ("支部书记年度考核等次", "书记考核等次", "书记等次")),
    Column("CY-01", CY, "money", "万元", ("村集体经济年收入", "集体经济收入", "村集体收入"), "村集体经济"),
    Column("经营收入", CY, "money", "万元", ("其中：经营收入", "经营收入", "经营性收入"), "村集体经济"),
    Column("发包收入", CY, "money", "万元", ("发包收入", "发包及上交收入", "发包收入"), "村集体经济"),
    Column("投资收益", CY, "money", "万元", ("投资收益", "投资收入", "投资收益"), "村集体经济"),
    Column("补助收入", CY, "money", "万元", ("补助收入", "财政补助", "补助收入"), "村集体经济"),
    Column("其他收入", CY, "money", "万元", ("其他收入", "其他收入", "其他收入"), "村集体经济"),
    Column("CY-03", CY, "yesno", None, ("党支部领办合作社", "支部领办合作社", "领办合作社")),
    Column("CY-04", CY, "yesno", None, ("“双绑”机制", "“双绑”机制建立", "双绑")),
    Column("ST-02", ST, "percent", "%", ("“五美庭院”创建率", "五美庭院", "五美庭院比例")),
    Column("ST-03", ST, "option", None, ("村庄规划", "规划状态", "规划编制情况")),
    Column("ST-04", ST, "count", "处", ("黑臭水体", "黑臭水体数", "黑臭坑塘")),
    Column("ST-05", ST, "percent", "%", ("卫生厕所普及率", "卫生厕所", "户厕普及率")),
    Column("ST-06", ST, "fact", None, ("生活垃圾日产日清", "垃圾日产日清", "日产日清")),
    Column("PA-01", PA, "count", "人", ("应急队伍人数", "应急队伍", "应急处置队伍")),
    Column("PA-02", PA, "yesno", None, ("义务打更队", "义务打更队", "打更队")),
    Column("PA-03", PA, "count", "件", ("未就地化解信访", "未化解信访", "未就地化解信访")),
    Column("PA-04", PA, "count", "起", ("伤亡事故", "造成人员伤亡的事故", "伤亡事故")),
    Column("PA-05", PA, "count", "起", ("刑事和重大治安案件", "重大案件", "刑事和重大治安案件")),
    Column("PA-06", PA, "yesno", None, ("一村一法律顾问", "法律顾问", "村法律顾问")),
    Column("WM-01", WM, "yesno", None, ("村规民约", "村规民约", "村规民约修订完善")),
    Column("WM-02", WM, "yesno", None, ("道德评议会", "道德评议会", "道德评议会")),
    Column("WM-03", WM, "yesno", None, ("老年人协会", "老年人协会", "老年协会")),
    Column("WM-04", WM, "yesno", None, ("幸福院", "幸福院", "农村幸福院")),
    Column("星级文明户", WM, "sum", "户", ("星级文明户", "星级文明户数", "文明户数")),
    Column("FM-01", VETOES, "fact", None, ("安全责任事故", "安全事故通报", "安全责任事故")),
    Column("FM-02", VETOES, "fact", None, ("连续三年未发展党员", "三年未发展党员", "连续三年未发展党员")),
    Column("FM-03", VETOES, "percent", "%", ("群众满意度", "群众满意度", "党员群众满意度")),
    Column("FM-04", VETOES, "fact", None, ("书记空缺超三个月", "书记空缺超三个月", "书记空缺超三个月")),
    Column("软弱涣散", OTHER, "fact", None, ("软弱涣散", "是否软弱涣散", "软弱涣散村")),
)

ITEMS = {
    ZB: ("ZB-01", "ZB-02", "ZB-03", "ZB-04", "ZB-05", "ZB-06", "ZB-07"),
    CY: ("CY-01", "CY-02", "CY-03", "CY-04", "CY-05"),
    ST: ("ST-01", "ST-02", "ST-03", "ST-04", "ST-05", "ST-06"),
    PA: ("PA-01", "PA-02", "PA-03", "PA-04", "PA-05", "PA-06"),
    WM: ("WM-01", "WM-02", "WM-03", "WM-04", "WM-05"),
}
MISSED_MOST = {  # what villages miss, the commoner the more often it stands here
    ZB: "ZB-01 ZB-02 ZB-02 ZB-03 ZB-03 ZB-03 ZB-04 ZB-04 ZB-04 ZB-05 ZB-05 ZB-06 ZB-06 ZB-06 ZB-06 ZB-07 ZB-07",
    CY: "CY-02 CY-02 CY-03 CY-03 CY-04 CY-04 CY-04 CY-05 CY-05",
    ST: "ST-01 ST-01 ST-01 ST-02 ST-02 ST-02 ST-02 ST-04 ST-05 ST-05 ST-05 ST-06",
    PA: "PA-01 PA-01 PA-01 PA-01 PA-01 PA-02 PA-02 PA-03 PA-03 PA-03 PA-04 PA-05 PA-06 PA-06",
    WM: "WM-01 WM-02 WM-02 WM-03 WM-03 WM-04 WM-04 WM-04 WM-04 WM-05 WM-05 WM-05",
}
INCOME, INCOME_ENOUGH = "CY-01", 4
EXEMPTIONS = {"城郊村": "CY-05", "整村搬迁村": "WM-04"}

# Lit stars, and how many villages shall have them. 五星 6, 四星 50, 三星 150; the rest of the 503 is not published.
PATTERNS = (
    ({ZB, CY, ST, PA, WM}, 6),
    ({ZB, ST, PA, WM}, 26), ({CY, ST, PA, WM}, 14), ({ZB, CY, PA, WM}, 6), ({ZB, CY, ST, WM}, 2),
    ({ZB, CY, ST, PA}, 2),
    ({ST, PA, WM}, 62), ({ZB, PA, WM}, 34), ({CY, PA, WM}, 22), ({ZB, ST, WM}, 18), ({CY, ST, WM}, 8),
    ({ZB, CY, WM}, 6),
    ({PA, WM}, 90), ({ST, WM}, 38), ({ZB, WM}, 20), ({ST, PA}, 14), ({CY, WM}, 12),
    ({WM}, 52), ({PA}, 32), ({ST}, 10), ({ZB}, 4),
    (set[str](), 23),
)  # fmt: skip
# Two more 二星: their own criteria light three stars, and the 负面清单 takes one of them.
EXTINGUISHED, CAPPED = {ST, PA, WM}, {ST, PA, WM}
WEAK = 24
PLANNING = (("已完成", 41), ("纳入城镇规划", 165), ("已初步规划待评审", 46), ("编制中", 251))
PLANNED_AND_UNLIT = 50  # 252 villages have at least a drafted plan, 202 of them meet all else of the star


@dataclass
class Village:
    """One village: who it is, which criteria it misses, and what its ledger row says."""

    code: str
    name: str
    town: str
    tags: tuple[str, ...] = ()
    lit: frozenset[str] = frozenset()
    unmet: set[str] = field(default_factory=set)
    vetoes: set[str] = field(default_factory=set)
    weak: bool = False
    row: dict[str, Value] = field(default_factory=dict)

    @property
    def base(self) -> str:
        """The name without its suffix."""
        return self.name.removesuffix("委会").removesuffix("村")

    def tier(self) -> int:
        """The stars it ends with."""
        stars = len(self.lit) - ("FM-01" in self.vetoes and PA in self.lit)
        return min(stars, 2) if "FM-03" in self.vetoes else stars

    def surely_dark(self, star: str, unknown: Iterable[str]) -> bool:
        """Whether the star stays dark whatever the ``unknown`` criteria turn out to be."""
        missed = self.unmet - set(unknown)
        counted = [item for item in ITEMS[star] if EXEMPTIONS.get(next(iter(self.tags), "")) != item]
        if star != CY:
            return any(item in missed for item in counted)
        return INCOME in missed or sum(item not in missed for item in counted) < INCOME_ENOUGH


# ------------------------------------------------------------------------------------------------ the county


SURNAMES = "乔裴滕栗芦麻雷龚柯邵汤尹黎易常武贺赖康伍余顾穆萧湛汪祁毛禹狄米臧戴滑边卞聂党苗霍"
NATURE = "青白石柳桑榆槐枣梨杏荷苇云月清银玉春望双古新永福泰安"
PLACES = "坡堤湾桥塘泉岭林铺沟台洼渡井园店集口渠"
SIDES = "东西前后上下大小"

TOWNS = {
    "马庄桥镇": 33, "韩村镇": 31, "巩营乡": 34, "柳塘镇": 36, "桥头镇": 29, "白鹭镇": 27, "石渠镇": 38, "桑林镇": 30,
    "望河镇": 24, "青槐镇": 35, "云店镇": 28, "大沟乡": 32, "双槐乡": 25, "谷庄乡": 22, "榆园乡": 31, "新堤乡": 26,
    "东渠乡": 22,
}  # fmt: skip
GIVEN_NAMES = {
    "马庄桥镇": ("东关", "西李家"),
    "韩村镇": ("韩村",),
    "桥头镇": ("高井",),  # there is a 高井社区 too
    "榆园乡": ("㘵头",),  # 㘵 is in GB18030, not in GB2312
}
COMMITTEES = {"巩营乡", "谷庄乡", "东渠乡"}  # registered as 某村委会
COMMUNITIES = {
    "桥头镇": ("高井社区", "文昌社区", "迎宾社区", "龙湖社区", "育才社区"),
    "马庄桥镇": ("桥北社区",),
    "韩村镇": ("兴业社区",),
}
PREFIX = "410999"  # no such county


def village_names(town: str, count: int) -> list[str]:
    """``count`` invented names without suffix, all different in the township."""
    names = list(GIVEN_NAMES.get(town, ()))
    attempt = 0
    while len(names) < count:
        key = (town, attempt)
        attempt += 1
        front = SURNAMES if draw(20, "front", *key) < 13 else NATURE  # noqa: PLR2004
        name = front[draw(len(front), "first", *key)] + PLACES[draw(len(PLACES), "second", *key)]
        if draw(5, "side", *key) == 0:
            name = SIDES[draw(len(SIDES), "which", *key)] + name
        if name not in names:
            names.append(name)
    return names


def county() -> list[Village]:
    """The 503 villages in the order of their codes, each with its stars, shortfalls and row."""
    villages = []
    for number, (town, count) in enumerate(TOWNS.items(), start=1):
        suffix = "村委会" if town in COMMITTEES else "村"
        for place, base in enumerate(village_names(town, count)):
            villages.append(Village(f"{PREFIX}{99 + number:03}{200 + place:03}", base + suffix, town))
    for tag, count in (("城郊村", 5), ("整村搬迁村", 4)):
        for village in shuffled((v for v in villages if not v.tags), tag)[:count]:
            village.tags = (tag,)
    share_out_stars(villages)
    for village in villages:
        fill_in(village)
    return villages


def share_out_stars(villages: Sequence[Village]) -> None:
    """Decide which stars each village has, and by what it misses the others."""
    order = iter(shuffled(villages, "stars"))
    for stars, count in PATTERNS:
        for _ in range(count):
            next(order).lit = frozenset(stars)
    for stars, veto in ((EXTINGUISHED, "FM-01"), (CAPPED, "FM-03")):
        village = next(order)
        village.lit = frozenset(stars)
        village.vetoes = {veto}
    lowest = [v for v in villages if v.tier() <= 1 and not v.vetoes]
    for village in shuffled(lowest, "weak")[:WEAK]:
        village.weak = True
    for village in shuffled((v for v in villages if v.weak), "vacant")[:2]:
        village.vetoes = {"FM-04"}
    unlit = shuffled((v for v in villages if ST not in v.lit), "plans")
    unplanned = set(map(id, unlit[PLANNED_AND_UNLIT:]))
    states = iter([state for state, count in PLANNING[:-1] for _ in range(count)])
    for village in shuffled(villages, "planning"):
        village.row["ST-03"] = PLANNING[-1][0] if id(village) in unplanned else next(states)
    for village in villages:
        village.unmet = shortfalls(village, planned=id(village) not in unplanned)


def shortfalls(village: Village, *, planned: bool) -> set[str]:
    """Criteria that darken exactly the stars the village shall not have."""
    unmet = set() if planned else {"ST-03"}
    exempt = {EXEMPTIONS[tag] for tag in village.tags}
    for star in ITEMS:
        pool = [item for item in shuffled(MISSED_MOST[star].split(), star, village.code) if item not in exempt]
        several = (1, 1, 1, 1, 2, 2, 2, 3)[draw(8, "several", star, village.code)]
        if star == CY:
            unmet |= _industry_shortfalls(village, list(dict.fromkeys(pool)), several)
        elif star not in village.lit:
            has_one = star == ST and not planned
            unmet |= set(list(dict.fromkeys(pool))[: several - has_one])
    return unmet


def _industry_shortfalls(village: Village, pool: list[str], several: int) -> set[str]:
    spare = len(ITEMS[CY]) - len(set(ITEMS[CY]) & {EXEMPTIONS[tag] for tag in village.tags}) - INCOME_ENOUGH
    if CY in village.lit:
        return set(pool[:1]) if spare and draw(3, "spare", village.code) == 0 else set()
    if draw(4, "income", village.code):
        return {INCOME, *pool[: several - 1]}
    return set(pool[: spare + several])


# ------------------------------------------------------------------------------------------------ values


def fill_in(village: Village) -> None:
    """Give the village values that meet what it shall meet and miss the rest, most of them narrowly."""
    row, code = village.row, village.code

    def met(item: str) -> bool:
        return item not in village.unmet

    people = between(12, 72, "people", code) * 50 if draw(3, "round", code) == 0 else between(600, 3600, "people", code)
    houses = round(people / (3.4 + draw(9, "houses", code) / 10))
    fields = between(800, 3600, "land", code) if "城郊村" not in village.tags else between(40, 90, "land", code)
    cleaners = -(-people * 2 // 1000)
    row["户数"], row["人口"], row["党员数"] = houses, people, between(18, 72, "members", code)
    row["保洁员"] = cleaners + (draw(4, "more", code) == 0) if met("ST-01") else cleaners - 1
    row["耕地面积"] = fields
    row["流转面积"] = share(fields, met("CY-05"), "leased", code)
    row["星级文明户"] = share(houses, met("WM-05"), "model", code)
    for item, (good, bad) in COUNTS.items():
        choices = good if met(item) else bad
        row[item] = choices[draw(len(choices), item, code)]
    for item in ("ZB-01", "CY-03", "CY-04", "ST-06", "PA-02", "PA-06", "WM-01", "WM-02", "WM-03", "WM-04"):
        row[item] = met(item) and not ("整村搬迁村" in village.tags and item == "WM-04")
    for item, low, high in (("ST-02", 760, 845), ("ST-05", 772, 848)):
        tenths = between(850, 975, item, code) if met(item) else between(low, high, item, code)
        row[item] = Decimal(tenths // 5 * 5 if met(item) else tenths // 10 * 10) / 10
    row["ZB-06"] = between(20, 42, "area", code) * 10 if met("ZB-06") else between(150, 198, "area", code)
    row["ZB-07"] = ("优秀", "良好", "良好")[draw(3, "grade", code)] if met("ZB-07") else "一般"
    fill_in_income(village)
    fill_in_steps(village)
    for veto in ("FM-01", "FM-02", "FM-04"):
        row[veto] = veto in village.vetoes
    row["FM-03"] = Decimal(54 if "FM-03" in village.vetoes else between(70 if village.weak else 80, 98, "mood", code))
    row["软弱涣散"] = village.weak


COUNTS: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = {  # values that meet, values that miss
    "ZB-02": ((4, 4, 4, 5, 6, 8), (3, 3, 3, 2)),
    "ZB-03": ((12, 12, 13, 14), (11, 11, 10, 9)),
    "ZB-04": ((12, 12, 12, 13, 15), (11, 11, 11, 10)),
    "ST-04": ((0,), (1, 1, 1, 2)),
    "PA-01": ((20, 20, 21, 22, 24, 25, 30), (19, 18, 18, 16, 15, 12)),
    "PA-03": ((0,), (1, 1, 2)),
    "PA-04": ((0,), (1,)),
    "PA-05": ((0,), (1, 1, 2)),
}


def share(whole: int, met: bool, *key: object) -> int:
    """A part of ``whole``: 30 percent of it or more if met, else somewhat less than that."""
    return -(-whole * between(30, 60, *key) // 100) if met else whole * between(21, 29, *key) // 100


def fill_in_income(village: Village) -> None:
    """集体收入 and its five parts, in 万元 with one decimal; the parts add up."""
    code, row = village.code, village.row
    tenths = between(50, 90, "income", code) if INCOME not in village.unmet else between(31, 49, "income", code)
    if INCOME not in village.unmet and draw(3, "rich", code) == 0:
        tenths = between(90, 280, "rich income", code)
    least = -(-tenths * 3 // 10)
    own = between(least, tenths * 7 // 10, "own", code)
    if "CY-02" in village.unmet:
        own = least - between(1, 4, "own", code)
    rest = tenths - own
    invested = rest // 5 if draw(4, "invested", code) == 0 else 0
    granted = between(0, rest // 4, "granted", code)
    other = between(0, 3, "other", code) if rest - invested - granted > 3 else 0  # noqa: PLR2004
    parts = (tenths, own, rest - invested - granted - other, invested, granted, other)
    for key, part in zip(("CY-01", "经营收入", "发包收入", "投资收益", "补助收入", "其他收入"), parts, strict=True):
        row[key] = Decimal(part) / 10


def fill_in_steps(village: Village) -> None:
    """The six dates of “四议两公开”, in order unless ZB-05 is missed; then two neighbours have changed places."""
    code = village.code
    day = date(2021, 9, 1) + timedelta(days=draw(170, "start", code))
    days = [day]
    for step in range(1, len(SIX_STEPS)):
        day += timedelta(days=between(2, 16, "step", step, code))
        days.append(day)
    if "ZB-05" in village.unmet:
        early = between(1, 4, "early", code)
        days[early], days[early + 1] = days[early + 1], days[early]
    village.row.update(zip(SIX_STEPS, days, strict=True))


# ------------------------------------------------------------------------------------------------ how townships write


@dataclass(frozen=True)
class Form:
    """How one township fills in its ledger: everything here is a habit met in real workbooks."""

    town: str
    file: str
    sheet: str | None = "台账"  # None: a CSV in GB18030
    headers: int = 2  # header rows: 1, 2 (groups above), 3 (with headings between)
    spelling: int = 0
    brackets: str = "（）"  # what stands round a unit in a header; "" for no unit, "\n" for a line break before it
    left: int = 0
    top: int = 0
    town_column: str = "merged"  # merged, each, first (the rest blank), none
    town_written: str | None = None
    names: str = "registered"  # registered, 村, 村委会, bare
    yes: tuple[str | int, ...] = ("是",)
    no: tuple[str | int, ...] = ("否",)
    fact: tuple[str | int, str | int] = ("是", "否")  # for what is not built or finished: vetoes, 软弱涣散
    numbers: str = "plain"  # plain, wide (some full-width), commas, text, units (some with their unit)
    percents: str = "plain"  # plain, sign, format, fraction, mixed
    dates: str = "iso"  # iso, dots, words, slashes, cell, cell words, cell 31 (a built-in East Asian format)
    zero: str | None = None  # a word that stands for some of the zeros
    money: str = "万元"
    total: str | None = "合计"
    page: int | None = None  # a 小计 every so many rows instead of one total
    code: str | None = None  # text, number
    numbered: bool = False  # a row of column numbers under the header
    repeat_after: int | None = None  # the header once more after so many rows
    remarks: bool = False
    community: str | None = None  # a row for a 社区 that the scheme does not rate
    second_sheets: tuple[str, ...] = ()
    padded: bool = True  # CSV: whether short lines are filled with commas, as spreadsheets do
    county: str = COUNTY
    encoding: str = "gb18030"


FORMS = (
    Form("马庄桥镇", "马庄桥镇2022年6月台账.xlsx", "6月台账", yes=("√",), no=("×",)),
    Form(
        "韩村镇", "韩村镇2022年6月台账.csv", None, headers=1, names="bare", percents="sign", dates="dots",
        yes=("有",), no=("无",), town_column="each", total=None, spelling=1,
    ),
    Form(
        "巩营乡", "巩营乡“五星”支部创建工作台账（2022年6月）.xlsx", "Sheet1", headers=1, names="村", money="元",
        dates="cell", town_column="each", brackets="()", spelling=2,
    ),
    Form(
        "柳塘镇", "清丰县柳塘镇五星支部台账2022年6月.xlsx", percents="format", dates="slashes",
        yes=("有", "已建"), no=("未建",), second_sheets=("填报说明",), total=None, remarks=True,
    ),
    Form(
        "桥头镇", "桥头镇6月份台账（最终版）.xlsx", "桥头镇", town_column="each", code="text", total=None,
        community="高井社区", spelling=1, dates="words",
    ),
    Form(
        "白鹭镇", "白鹭镇2022-06.xlsx", headers=3, left=1, top=2, spelling=1, brackets="\n",
        yes=("达标",), no=("不达标",),
    ),
    Form(
        "石渠镇", "石渠镇台账202206.xlsx", town_written="石渠", numbers="commas", spelling=2, town_column="each",
        dates="dots", total=None, zero="无",
    ),
    Form(
        "桑林镇", "2022年6月桑林镇台账.xlsx", numbers="wide", percents="sign", names="村委会",
        page=10, total="本页小计",
    ),
    Form(
        "望河镇", "望河镇2022年6月台账(1).xlsx", "Sheet1", headers=1, town_column="none", code="number", numbered=True,
        total=None, brackets="()", dates="cell words",
    ),
    Form(
        "青槐镇", "青槐镇五星支部创建台账（2022.6）.xlsx", percents="fraction", dates="cell 31", spelling=1, total=None,
        yes=("√",), no=("×",), fact=("√", "×"),
    ),
    Form(
        "云店镇", "云店镇2022年6月.xlsx", "6月", money="元", dates="words",
        yes=("已完成",), no=("未完成", "正在推进"),
    ),
    Form(
        "大沟乡", "大沟乡2022年6月台账.xlsx", town_column="first", numbers="text",
        total=None, spelling=2,
    ),
    Form(
        "双槐乡", "双槐乡台账（2022年6月）.xlsx", headers=1, town_column="each", repeat_after=13,
        yes=("已建成",), no=("在建", "未建"), total=None, percents="mixed",
    ),
    Form("谷庄乡", "谷庄乡2022年6月报表.xlsx", numbers="units", names="bare", total=None, dates="dots", remarks=True),
    Form(
        "榆园乡", "榆园乡2022年6月台账.csv", None, headers=1, brackets="", town_column="each", total=None, padded=False,
        dates="slashes", yes=("y", "Y"), no=("N",), fact=("Y", "N"),
    ),
    Form(
        "新堤乡", "新堤乡2022年6月台账.xlsx", "Sheet1", town_column="none", second_sheets=("Sheet2", "Sheet3"),
        total=None, dates="cell", yes=(1,), no=(0,), fact=(1, 0), spelling=1,
    ),
    Form(
        "东渠乡", "东渠乡上报2022年6月.xlsx", percents="mixed", dates="cell", names="村",
        yes=("是", "√", "有"), no=("否", "无"),
    ),
)  # fmt: skip


# ------------------------------------------------------------------------------------------------ known mistakes


@dataclass(frozen=True)
class Mistake:
    """Something wrong put into a ledger on purpose, and where the program has to find it."""

    file: str
    sheet: str | None
    cell: str
    written: str
    kind: str
    family: str
    severity: str = "error"


@dataclass(frozen=True)
class Slip:
    """A wrong cell to put into a township's ledger, for a village whose star is dark without it."""

    town: str
    key: str
    written: object
    kind: str
    star: str | None  # None: the cell decides no star
    unknown: tuple[str, ...] = ()  # criteria the slip makes unknown, when that is not ``key`` alone
    severity: str = "error"


@dataclass(frozen=True)
class Formula:
    """A formula and the result that is stored with it."""

    text: str
    result: float | str


SLIPS = (
    Slip("谷庄乡", "CY-01", "约12万", "数值写成约数", CY, ("CY-01", "CY-02")),
    Slip("柳塘镇", "ST-05", Formula("=0/0", "#DIV/0!"), "公式出错的格子", ST),
    Slip("大沟乡", "ZB-07", "称职", "不在选项里的词", ZB),
    Slip("双槐乡", "人口", 186500, "超出范围，多敲了数字", ST, ("ST-01",)),
    Slip("石渠镇", "ZB-03", 11.5, "整数列里写小数", ZB),
    Slip("望河镇", "ST-02", 0.95, "整列是百分数，这一格像小数", ST),
    Slip("桥头镇", "WM-04", "不涉及", "名册没有免除，写了不涉及", WM),
    Slip("巩营乡", "审议日期", 2022.1, "数字格子里的年月", ZB, ("ZB-05",)),
    Slip("云店镇", "FM-01", None, "负面清单空着", None, severity="warning"),
    Slip("马庄桥镇", "PA-06", "--", "指标没有填", PA, severity="warning"),
    Slip("韩村镇", "ST-05", "", "指标没有填", ST, severity="warning"),
    Slip("巩营乡", "WM-02", "/", "指标没有填", WM, severity="warning"),
    Slip("白鹭镇", "PA-01", "—", "指标没有填", PA, severity="warning"),
    Slip("石渠镇", "ZB-06", "--", "指标没有填", ZB, severity="warning"),
    Slip("桑林镇", "ZB-07", None, "指标没有填", ZB, severity="warning"),
    Slip("青槐镇", "CY-03", None, "指标没有填", CY, severity="warning"),
    Slip("大沟乡", "ST-04", "－", "指标没有填", ST, severity="warning"),
    Slip("榆园乡", "PA-03", "", "指标没有填", PA, severity="warning"),
    Slip("东渠乡", "CY-04", " ", "指标没有填", CY, severity="warning"),
)
WRONG_TOTAL, WRONG_SUM, TWICE, HAMLET, NAMELESS = "马庄桥镇", "白鹭镇", "新堤乡", "青槐镇", "韩村镇"


class Victims:
    """Hands out villages for mistakes, none of them twice."""

    def __init__(self, villages: Sequence[Village]) -> None:
        """All villages of the county."""
        self._villages = villages
        self._taken: set[str] = set()

    def take(self, town: str, star: str | None, unknown: Iterable[str]) -> Village:
        """A village of ``town`` in which ``star`` is dark whatever ``unknown`` may be."""
        unknown = tuple(unknown)
        for village in shuffled((v for v in self._villages if v.town == town), "victim", *unknown):
            free = village.code not in self._taken and not village.tags and not village.vetoes
            if free and (star is None or village.surely_dark(star, unknown)):
                self._taken.add(village.code)
                return village
        raise ValueError(f"no village of {town} can bear a mistake in {unknown}")


# ------------------------------------------------------------------------------------------------ cells


WIDE = str.maketrans("0123456789.", "０１２３４５６７８９．")
DATE_FORMATS = {"cell": "yyyy/m/d", "cell words": 'yyyy"年"m"月"d"日"', "cell 31": 31}
DATE_TEXTS = {"iso": "{0}-{1:02}-{2:02}", "dots": "{0}.{1}.{2}", "words": "{0}年{1}月{2}日", "slashes": "{0}/{1}/{2}"}


def written(form: Form, column: Column, village: Village) -> tuple[object, str | int]:
    """What the township writes into the cell, and its number format ("" for none)."""
    value = village.row[column.key]
    key = (form.town, column.key, village.code)
    match value:
        case bool() if column.kind == "fact":
            return form.fact[0 if value else 1], ""
        case bool():
            words = form.yes if value else form.no
            return words[draw(len(words), "word", *key)], ""
        case date():
            return _date(value, form.dates)
        case Decimal() if column.kind == "percent":
            style = form.percents
            if style == "mixed":
                style = ("plain", "sign", "format")[draw(3, "percent", *key)]
            return _percent(value, style)
        case Decimal() if form.money == "元":
            return _number(form, value * 10_000, "元", *key)
        case Decimal() | int():
            if value == 0 and form.zero is not None and column.kind == "count" and draw(8, "zero", *key) == 0:
                return form.zero, ""
            return _number(form, Decimal(value), column.unit, *key)
        case _:
            return value, ""


def _date(day: date, style: str) -> tuple[object, str | int]:
    if style in DATE_FORMATS:
        return day, DATE_FORMATS[style]
    return DATE_TEXTS[style].format(day.year, day.month, day.day), ""


def _percent(value: Decimal, style: str) -> tuple[object, str | int]:
    if style == "sign":
        return f"{value:f}%", ""
    if style == "format":
        return value / 100, "0.0%"
    return (value / 100 if style == "fraction" else value), ""


def _number(form: Form, value: Decimal, unit: str | None, *key: object) -> tuple[object, str | int]:
    plain = f"{value.normalize():f}"
    chance = draw(6, "manner", *key)
    match form.numbers:
        case "wide" if chance == 0:
            return plain.translate(WIDE), ""
        case "commas" if value >= 1000:  # noqa: PLR2004
            return f"{value:,f}", ""
        case "text" if chance < 3:  # noqa: PLR2004
            return plain, ""
        case "units" if chance == 0 and unit is not None:
            return plain + unit, ""
    return value, ""


# ------------------------------------------------------------------------------------------------ sheets


@dataclass
class Sheet:
    """Cells by row and column counted from 0, each with its style and number format, and merged ranges."""

    cells: dict[tuple[int, int], tuple[object, str, str | int]] = field(default_factory=dict)
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)

    def put(self, row: int, column: int, value: object, style: str = "text", number_format: str | int = "") -> None:
        """Write one cell."""
        self.cells[row, column] = (value, style, number_format)

    def merge(self, first: int, left: int, last: int, right: int) -> None:
        """Merge a range, if it is more than one cell."""
        if (first, left) != (last, right):
            self.merges.append((first, left, last, right))


@dataclass
class Ledger:
    """A township's sheet, and where in it each village's values and the totals stand."""

    form: Form
    sheet: Sheet
    columns: tuple[tuple[str, Column | None], ...]  # heading, and the column of the scheme below it
    row_of: dict[str, int] = field(default_factory=dict)  # of a village code, and of what stands out
    totals: list[int] = field(default_factory=list)

    def place(self, row_name: str, key: str) -> tuple[int, int]:
        """Row and column of a village's cell; ``key`` is a column of the scheme or the heading 村."""
        for position, (heading, column) in enumerate(self.columns):
            if (column.key if column is not None else heading) == key:
                return self.row_of[row_name], self.form.left + position
        raise KeyError(key)


IDENTITY = ("序号", "编码", "乡镇", "村")
NAME_HEADINGS = ("村名", "行政村", "村（社区）")
TOWN_HEADINGS = ("乡镇", "乡镇（街道）", "乡镇")


def layout(form: Form) -> tuple[tuple[str, Column | None], ...]:
    """The columns of the township's sheet, left to right."""
    identity = [name for name in IDENTITY if name != "编码" or form.code]
    if form.town_column == "none":
        identity.remove("乡镇")
    last: list[tuple[str, Column | None]] = [("备注", None)] if form.remarks else []
    return (*((name, None) for name in identity), *((column.key, column) for column in COLUMNS), *last)


def heading(form: Form, name: str, column: Column | None) -> str:
    """The text over a column."""
    if column is None:
        return {"村": NAME_HEADINGS, "乡镇": TOWN_HEADINGS}.get(name, (name,) * 3)[form.spelling]
    text = column.spellings[form.spelling]
    unit = form.money if column.kind == "money" else column.unit
    if unit is None or not form.brackets:
        return text
    opening, closing = ("\n（", "）") if form.brackets == "\n" else form.brackets
    return f"{text}{opening}{unit}{closing}"


def make_ledger(
    form: Form,
    villages: Sequence[Village],
    extra: Mapping[str, Village] | None = None,
    *,
    period: str = PERIOD,
    filled_in: date = FILLED_IN,
) -> Ledger:
    """The township's ledger of ``villages`` for a ``period``, as of the day it was ``filled_in``.

    ``extra`` rows stand below the villages: the key is what the row is called (twice, hamlet, nameless).
    """
    ledger = Ledger(form, Sheet(), layout(form))
    sheet, left, right = ledger.sheet, form.left, form.left + len(ledger.columns) - 1
    row = form.top
    sheet.put(row, left, f"{form.county}{form.town}“五星”支部创建工作台账（{period}）", "title")
    sheet.merge(row, left, row, right)
    if form.sheet is not None:
        sheet.put(row + 1, left, f"填报单位（盖章）：{form.town}", "line")
        sheet.put(row + 1, left + 12, f"填报时间：{filled_in.year}.{filled_in.month}.{filled_in.day}", "line")
        row += 1
    row = head = row + 1
    row = write_headers(ledger, head)
    if form.numbered:
        for position in range(len(ledger.columns)):
            sheet.put(row, left + position, position + 1, "head")
        row += 1
    body = row
    serial = numbers_from(1)
    rows: list[tuple[str, Village]] = [(village.code, village) for village in villages]
    rows += (extra or {}).items()
    since_total: list[tuple[int, Village]] = []
    for place, (name, village) in enumerate(rows, start=1):
        write_row(ledger, row, "" if name == "nameless" else next(serial), name, village)
        since_total.append((row, village))
        row += 1
        if form.repeat_after == place:
            row = write_headers(ledger, row)
        if form.page and place % form.page == 0:
            row = write_total(ledger, row, since_total)
            since_total = []
    if form.town_column == "merged" and not form.page:
        column = next(left + place for place, (name, _) in enumerate(ledger.columns) if name == "乡镇")
        sheet.merge(body, column, row - 1, column)
    if form.total and not form.page:
        row = write_total(ledger, row, since_total)
    row += form.sheet is not None
    sheet.put(row, left, "填表人：", "line")
    sheet.put(row, left + 4, "审核人：", "line")
    if form.spelling == 0:
        day = f"{filled_in.month}月{filled_in.day}日"
        sheet.put(row + 1, left, f"注：本表数据截至{day}，涉及收入的为近12个月数。", "line")
    return ledger


def write_headers(ledger: Ledger, row: int) -> int:
    """One to three header rows; the row below them is returned."""
    form, sheet, left = ledger.form, ledger.sheet, ledger.form.left
    bottom = row + form.headers - 1
    levels = [
        [column.group if column is not None else None for _, column in ledger.columns],
        [column.under if column is not None else None for _, column in ledger.columns],
    ][: form.headers - 1]
    for depth, names in enumerate(levels):
        start = 0
        for place in range(1, len(names) + 1):
            if place == len(names) or names[place] != names[start]:
                if names[start] is not None:
                    sheet.put(row + depth, left + start, names[start], "head")
                    sheet.merge(row + depth, left + start, row + depth, left + place - 1)
                start = place
    for place, (name, column) in enumerate(ledger.columns):
        top = bottom
        while top > row and levels[top - row - 1][place] is None:
            top -= 1
        sheet.put(top, left + place, heading(form, name, column), "head")
        sheet.merge(top, left + place, bottom, left + place)
    return bottom + 1


def write_row(ledger: Ledger, row: int, serial: int | str, name: str, village: Village) -> None:
    """One village, community or odd row."""
    form, sheet = ledger.form, ledger.sheet
    ledger.row_of[name] = row
    first = len(ledger.row_of) == 1
    for place, (title, column) in enumerate(ledger.columns, start=form.left):
        if column is not None:
            value, number_format = written(form, column, village)
            sheet.put(row, place, value, "text", number_format)
        elif title == "序号":
            sheet.put(row, place, serial)
        elif title == "编码":
            sheet.put(row, place, int(village.code) if form.code == "number" else village.code)
        elif title == "村":
            sheet.put(row, place, None if name == "nameless" else village_as_written(form, village))
        elif title == "乡镇":
            shown = form.town_column == "each" or form.page or first
            sheet.put(row, place, (form.town_written or form.town) if shown else None)
        else:
            sheet.put(row, place, None)


def village_as_written(form: Form, village: Village) -> str:
    """The village's name in the township's manner."""
    if form.names == "registered" or village.name.endswith(("社区", "自然村")):
        return village.name
    return village.base + ("" if form.names == "bare" else form.names)


def write_total(ledger: Ledger, row: int, rows: Sequence[tuple[int, Village]]) -> int:
    """A control total over ``rows``: as formulas where the cells are numbers, else as typed in by hand."""
    form, sheet = ledger.form, ledger.sheet
    ledger.totals.append(row)
    for place, (title, column) in enumerate(ledger.columns, start=form.left):
        if title == "序号":
            sheet.put(row, place, form.total, "total")
        elif column is None or column.kind not in {"sum", "money"}:
            sheet.put(row, place, None, "total")
        else:
            scale = 10_000 if column.kind == "money" and form.money == "元" else 1
            total = sum((Decimal(str(village.row[column.key])) for _, village in rows), Decimal(0)) * scale
            letter = xl_col_to_name(place)
            summed = Formula(f"=SUM({letter}{rows[0][0] + 1}:{letter}{rows[-1][0] + 1})", float(total))
            sheet.put(row, place, summed if form.numbers == "plain" and form.sheet else total, "total")
    return row + 1


# ------------------------------------------------------------------------------------------------ files


def write_xlsx(path: Path, sheets: Sequence[tuple[str, Sheet]]) -> None:
    """A workbook; no clock, so the same cells are the same bytes."""
    book = xlsxwriter.Workbook(str(path))
    book.set_properties({"title": path.stem, "created": datetime(2022, 6, 28, 9, tzinfo=UTC).replace(tzinfo=None)})
    looks = {
        "title": {"bold": True, "font_size": 16, "align": "center"},
        "line": {},
        "head": {"bold": True, "border": 1, "align": "center", "valign": "vcenter", "text_wrap": True},
        "text": {"border": 1, "align": "center", "valign": "vcenter"},
        "total": {"bold": True, "border": 1, "align": "center"},
    }
    formats: dict[tuple[str, str | int], object] = {}
    for name, sheet in sheets:
        page = book.add_worksheet(name)
        spans = {(first, left): (last, right) for first, left, last, right in sheet.merges}
        for (row, column), (value, style, number_format) in sheet.cells.items():
            look = (style, number_format)
            if look not in formats:
                formats[look] = book.add_format(looks[style] | ({"num_format": number_format} if number_format else {}))
            if (row, column) in spans:
                page.merge_range(row, column, *spans[row, column], "", formats[look])
            write_cell(page, row, column, value, formats[look])
        if sheet.cells:
            page.set_column(0, 0, 5)
            page.set_column(1, max(column for _, column in sheet.cells), 11)
    book.close()


def write_cell(page: xlsxwriter.worksheet.Worksheet, row: int, column: int, value: object, look: object) -> None:
    """One cell by the type of its value."""
    match value:
        case None | "":
            page.write_blank(row, column, None, look)
        case Formula():
            page.write_formula(row, column, value.text, look, value.result)
        case str():
            page.write_string(row, column, value, look)
        case date():
            page.write_datetime(row, column, datetime(value.year, value.month, value.day), look)  # noqa: DTZ001
        case int() | float() | Decimal():
            page.write_number(row, column, float(value), look)
        case _:
            raise TypeError(f"no cell holds {value!r}")


def write_csv(path: Path, lines: Iterable[Sequence[object]], encoding: str = "utf-8-sig") -> None:
    """A CSV as spreadsheets save it."""
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows(lines)


def csv_lines(sheet: Sheet, *, padded: bool) -> list[list[object]]:
    """The sheet's cells as lines of text, merged cells in their first."""
    rows = max(row for row, _ in sheet.cells) + 1
    width = max(column for _, column in sheet.cells) + 1
    lines: list[list[object]] = [["" for _ in range(width)] for _ in range(rows)]
    for (row, column), (value, _, _) in sheet.cells.items():
        shown = "" if value is None else value
        lines[row][column] = f"{value.normalize():f}" if isinstance(value, Decimal) else shown
    if not padded:
        for line in lines:
            while len(line) > 1 and line[-1] == "":
                line.pop()
    return lines


INSTRUCTIONS = (
    "填报说明",
    "一、本表由乡镇组织委员汇总，每月28日前报县创建办。",
    "二、“五美庭院”创建率、卫生厕所普及率按百分数填写。",
    "三、集体收入为近12个月数，单位万元。",
)


def save_ledger(directory: Path, ledger: Ledger) -> None:
    """The ledger's file, with the other sheets its workbook has."""
    form = ledger.form
    if form.sheet is None:
        write_csv(directory / form.file, csv_lines(ledger.sheet, padded=form.padded), form.encoding)
        return
    sheets = [(form.sheet, ledger.sheet)]
    for name in form.second_sheets:
        other = Sheet()
        if name == "填报说明":
            for row, text in enumerate(INSTRUCTIONS):
                other.put(row, 0, text, "line")
            sheets.insert(0, (name, other))
        else:
            sheets.append((name, other))
    write_xlsx(directory / form.file, sheets)


# ------------------------------------------------------------------------------------------------ everything


def make_county(directory: Path, listing: Path) -> None:
    """``directory`` with 17 ledgers, the register and the targets, and beside it the ``listing`` of mistakes."""
    directory.mkdir(parents=True, exist_ok=True)
    villages = county()
    victims = Victims(villages)
    borne = [(slip, victims.take(slip.town, slip.star, slip.unknown or (slip.key,))) for slip in SLIPS]
    summed = victims.take(WRONG_SUM, None, ())
    summed.row["补助收入"] = Decimal(str(summed.row["补助收入"])) + Decimal("0.5")
    twice = victims.take(TWICE, ZB, ("ZB-04",))
    mistakes: list[Mistake] = []
    for form in FORMS:
        ours = [village for village in villages if village.town == form.town]
        extra: dict[str, Village] = {}
        if form.community is not None:
            code = next(code for code, name, town in communities() if (name, town) == (form.community, form.town))
            extra["community"] = replace(ours[3], code=code, name=form.community)
        if form.town == TWICE:
            extra["twice"] = replace(twice, row=twice.row | {"ZB-04": between(8, 9, "other count")})
        if form.town == HAMLET:
            extra["hamlet"] = replace(ours[5], name="北滑洼自然村")
        if form.town == NAMELESS:
            extra["nameless"] = ours[7]
        ledger = make_ledger(form, ours, extra)
        for slip, village in borne:
            if slip.town == form.town:
                mistakes.append(put_slip(ledger, slip, village))
        mistakes += odd_rows(ledger, extra)
        if form.town == WRONG_TOTAL:
            mistakes.append(spoil_total(ledger))
        if form.town == WRONG_SUM:
            mistakes.append(mistake_at(ledger, ledger.place(summed.code, "CY-01"), "集体收入不等于分项之和", "J5"))
        save_ledger(directory, ledger)
    write_csv(directory / "register.csv", register(villages))
    write_csv(directory / "targets.csv", targets(villages))
    headings = ("文件", "工作表", "单元格", "填写", "错误", "代码族", "级别")
    rows = [(m.file, m.sheet or "", m.cell, m.written, m.kind, m.family, m.severity) for m in mistakes]
    write_csv(listing, [headings, *rows])


def put_slip(ledger: Ledger, slip: Slip, village: Village) -> Mistake:
    """Write the slip over the village's cell."""
    place = ledger.place(village.code, slip.key)
    ledger.sheet.put(*place, slip.written)
    return mistake_at(ledger, place, slip.kind, "V3", slip.severity)


def odd_rows(ledger: Ledger, extra: Iterable[str]) -> list[Mistake]:
    """The mistakes that rows of ``extra`` are."""
    found = []
    for name in extra:
        if name == "twice":
            found.append(mistake_at(ledger, ledger.place(name, "ZB-04"), "同一个村填了两行，数不一样", "R4"))
        if name == "hamlet":
            found.append(mistake_at(ledger, ledger.place(name, "村"), "名册里没有的自然村", "R4"))
        if name == "nameless":
            found.append(mistake_at(ledger, ledger.place(name, "村"), "有数没有村名", "R4"))
    return found


def spoil_total(ledger: Ledger) -> Mistake:
    """Write a total of 人口 that does not add up."""
    row = ledger.totals[-1]
    column = next(place for place, (name, _) in enumerate(ledger.columns) if name == "人口") + ledger.form.left
    right = ledger.sheet.cells[row, column][0]
    if not isinstance(right, Formula):
        raise TypeError("the total to spoil is a formula")
    ledger.sheet.put(row, column, int(right.result) + 100, "total")
    return mistake_at(ledger, (row, column), "合计与各村之和对不上", "J5")


def mistake_at(ledger: Ledger, place: tuple[int, int], kind: str, family: str, severity: str = "error") -> Mistake:
    """A line of the listing for the cell as it now stands."""
    value = ledger.sheet.cells[place][0]
    shown = value.result if isinstance(value, Formula) else value
    text = "" if shown is None else str(shown).strip()
    return Mistake(ledger.form.file, ledger.form.sheet, xl_rowcol_to_cell(*place), text, kind, family, severity)


def communities() -> list[tuple[str, str, str]]:
    """Code, name and township of the 城市社区 in the register, which the rural scheme does not rate."""
    towns = {town: number for number, town in enumerate(TOWNS, start=1)}
    return [
        (f"{PREFIX}{99 + towns[town]:03}{place:03}", name, town)
        for town, names in COMMUNITIES.items()
        for place, name in enumerate(names, start=1)
    ]


def register(villages: Iterable[Village]) -> list[tuple[str, ...]]:
    """The lines of register.csv, in the order of the codes."""
    units = [(v.code, v.name, v.town, "行政村", "、".join(v.tags)) for v in villages]
    units += [(code, name, town, "城市社区", "") for code, name, town in communities()]
    return [("编码", "名称", "乡镇", "类型", "标签"), *sorted(units)]


def targets(villages: Sequence[Village]) -> list[tuple[str, ...]]:
    """The lines of targets.csv: the plan's 6, 50 and 150 villages, most of them those that would get there now."""
    aim = {village.code: village.tier() for village in villages}
    for higher in (4, 3):  # some aim higher than they stand, as many will do better than they aimed
        for tier, goal in ((higher - 1, higher), (higher, higher - 1)):
            for village in shuffled((v for v in villages if v.tier() == tier == aim[v.code]), "aim", higher)[:6]:
                aim[village.code] = goal
    names = {5: "五星", 4: "四星", 3: "三星"}
    lines = [(v.name, v.town, names[aim[v.code]]) for v in villages if aim[v.code] in names]
    return [("名称", "乡镇", "争创星级"), *lines]


SMALL = (  # two clean ledgers of 15 villages, for a first try
    Form("东河镇", "ledger.xlsx", county="示例县", spelling=1),
    Form(
        "西河乡", "ledger.csv", None, headers=1, county="示例县", encoding="utf-8-sig", town_column="each", total=None,
    ),
)  # fmt: skip
SMALL_PATTERNS = (
    {ZB, CY, ST, PA, WM}, {ZB, ST, PA, WM}, {CY, ST, PA, WM}, {ST, PA, WM}, {ZB, PA, WM}, {CY, PA, WM}, {ST, PA, WM},
    {PA, WM}, {PA, WM}, {ST, WM}, {ZB, WM}, {CY, WM}, {WM}, {PA}, set[str](),
)  # fmt: skip


def make_small(directory: Path, form: Form) -> None:
    """One clean ledger without mistakes."""
    villages = []
    names = village_names(form.town, len(SMALL_PATTERNS))
    for number, (name, lit) in enumerate(zip(names, shuffled(SMALL_PATTERNS, form.town), strict=True)):
        village = Village(f"{form.town}{number}", name + "村", form.town, lit=frozenset(lit))
        planned = ST in lit or number % 2 == 0
        village.row["ST-03"] = PLANNING[draw(3, "plan", village.code)][0] if planned else PLANNING[-1][0]
        village.unmet = shortfalls(village, planned=planned)
        fill_in(village)
        villages.append(village)
    save_ledger(directory, make_ledger(form, villages))


def main(directory: Path) -> None:
    """Write all examples below ``directory``."""
    directory.mkdir(parents=True, exist_ok=True)
    make_county(directory / "qingfeng", directory / "qingfeng-mistakes.csv")
    for form in SMALL:
        make_small(directory, form)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
