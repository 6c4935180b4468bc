"""Makes an example ledger for each scheme in ``criteria/`` of units other than villages, and for the screening.

    python examples/make_other_units.py [DIRECTORY]

Townships, projects, decisions and points of demonstration have dates and kinds that must fit each other, so each
ledger has rows of its own here. Choices are drawn from SHA-256, as in ``make_examples.py``: the same bytes each time.
Counties, townships, projects and every value are invented, and no person is named. What a district published is built
in: of 21 communities 12 are 精品 (57.1%), of all points 35%; 32 projects.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

from make_examples import between, draw, shuffled, village_names, write_csv

Rows = list[list[str]]

BLANK_FORUM, NO_TASK, NO_DEADLINE, NOT_BEGUN = 11, 17, 25, 10
"""Rows in which something was left blank."""
LATE, STALLED, UNCHECKED = {0, 1, 2}, 3, 5
"""States of a project, as drawn."""

TOWNSHIPS = (
    "东河镇", "西河乡", "南店镇", "北店乡", "柳林镇", "石桥乡", "白马镇", "青山乡",
    "大湖镇", "小湖乡", "城关镇", "新集乡", "古城镇", "双井乡", "三河镇", "五里乡",
)  # fmt: skip


def township() -> Rows:
    """Sixteen townships at the end of June 2022."""
    headers = (
        "序号",
        "乡镇",
        "总人口",
        "保洁员数",
        "集中连片流转面积（亩）",
        "心理咨询志愿服务队",
        "示范点数",
        "最近一次月论坛日期",
        "本季度比武次数",
    )
    rows = [["示例县乡镇创建任务台账（2022年6月）"], list(headers)]
    for place, name in enumerate(TOWNSHIPS):
        people = between(18000, 62000, "people", name)
        cleaners = people * between(19, 32, "cleaners", name) // 10000
        forum = "2022-06-05" if draw(6, "forum", name) else "2022-06-07"
        rows.append(
            [
                str(place + 1), name, str(people), str(cleaners), str(between(15, 42, "land", name) * 100),
                str(min(1, draw(8, "team", name))), str(draw(4, "points", name)),
                "" if place == BLANK_FORUM else forum, str(min(1, draw(7, "contest", name))),
            ]
        )  # fmt: skip
    return rows


SITUATIONS = (
    "书记空缺超三个月且工作停滞", "连续两年没有发展党员对象", "满意度低于60%", "年度绩效考核末位", "发生重大群体性事件",
    "组织制度形同虚设", "未按期换届选举", "班子不健全", "干群关系紧张", "村务不公开管理混乱", "经济薄弱无人干事",
)  # fmt: skip


def ruanruo() -> Rows:
    """Forty villages: two with a situation, three not looked into in full, the others without."""
    rows = [
        ["示例县软弱涣散村党组织排查台账（2023年6月）"],
        ["序号", "乡镇", "村名", *SITUATIONS, "已列入软弱涣散名单"],
    ]
    found = {7: (1,), 22: (7, 8)}
    blank = {13: (2,), 22: (0,), 30: (4, 9), 36: (6,)}
    for place in range(40):
        name = TOWNSHIPS[place // 8]
        cells = ["是" if n in found.get(place, ()) else "否" for n in range(len(SITUATIONS))]
        for n in blank.get(place, ()):
            cells[n] = ""
        village = village_names(name, 8)[place % 8] + "村"
        rows.append([str(place + 1), name, village, *cells, "是" if place in found else "否"])
    return rows


KINDS: Mapping[str, tuple[str, ...]] = {
    "农村": ("前营村", "后营村", "孟庄村", "柳庄村", "稻地村"),
    "机关": ("财政局", "水利局", "档案馆"),
    "事业单位": ("第一小学", "中心卫生院", "图书馆"),
    "非公企业": ("兴达机械", "海丰食品", "永固建材", "金谷米业"),
    "社会组织": ("养老服务协会", "农机合作联社", "志愿者协会", "物流商会"),
}
BELTS = {"沿河示范带": 7, "城区示范带": 8, "海岸示范带": 5, "国道示范带": 4}


def shifan() -> Rows:
    """Forty points of six kinds: 12 of 21 communities are 精品, and 14 of 40 in all; one of four belts has too few."""
    headers = (
        "序号", "乡镇", "示范点名称", "组织类型", "示范带", "示范片区", "班子健全", "主题党日次数", "活动阵地",
        "台账齐全", "村集体收入（万元）", "共建单位数", "党员报到率", "重大决策制度", "党建写入章程", "群众满意度",
        "通过精品验收",
    )  # fmt: skip
    rows = [["示例区基层党建示范点创建台账（2022年12月）"], list(headers)]
    points = [(f"{name}社区", "社区") for name in village_names("社区", 21)]
    points += [(name, kind) for kind, names in KINDS.items() for name in names]
    best = {*shuffled(range(21), "best communities")[:12], 23, 30}
    belts = [name for name, size in BELTS.items() for _ in range(size)]
    belts += [""] * (len(points) - len(belts))
    for place, ((name, kind), belt) in enumerate(zip(points, shuffled(belts, "belts"), strict=True)):
        key = ("shifan", place)
        good = place in best
        short = not good and draw(4, "short", *key) == 0
        rows.append(
            [
                str(place + 1), TOWNSHIPS[place % 4], name, kind, belt, ("城东片区", "城西片区", "沿海片区")[place % 3],
                "是", "11" if short else "12", "是", "否" if short and draw(2, "files", *key) else "是",
                f"{between(5, 30, 'income', *key)}" if kind == "农村" else "",
                f"{between(3, 9, 'shared', *key)}" if kind == "社区" else "",
                f"{between(90, 100, 'report', *key)}%" if kind in {"机关", "事业单位"} else "",
                "是" if kind == "事业单位" else "", "是" if kind in {"非公企业", "社会组织"} else "",
                f"{between(95, 99, 'pleased', *key) if good else between(88, 97, 'pleased', *key)}%",
                "是" if good else "否",
            ]
        )  # fmt: skip
    return rows


WORKS = ("道路硬化", "冷库建设", "菌棚建设", "坑塘治理", "幸福院改造", "饮水提升", "校舍盘活", "果园改种")


def day(start: date, least: int, most: int, *key: object) -> date:
    """A day so many days after another."""
    return start + timedelta(days=between(least, most, *key))


def shuji_xiangmu() -> Rows:
    """Thirty-two projects at the end of June 2023, in each of the states there are."""
    headers = ("序号", "乡镇", "项目名称", "年度任务", "建账日期", "最近查账日期", "完成时限", "交账日期")
    rows = [["示例区书记项目台账（2023年6月）"], list(headers)]
    for place in range(32):
        key = ("project", place)
        town = TOWNSHIPS[place // 4]
        village, work = village_names(town, 4)[place % 4], WORKS[draw(len(WORKS), "work", *key)]
        opened = day(date(2023, 1, 3), 0, 25, "opened", *key)
        state = draw(10, "state", *key)
        due = (
            day(date(2023, 5, 10), 0, 45, "due", *key) if state in LATE else day(date(2023, 8, 1), 0, 140, "due", *key)
        )
        checked = (
            day(date(2023, 4, 5), 0, 80, "checked", *key) if state != STALLED else day(opened, 5, 40, "checked", *key)
        )
        delivered = {0: due - timedelta(days=3), 1: due + timedelta(days=4), 4: date(2023, 6, 20)}.get(state)
        if delivered is not None:
            checked = min(checked, delivered)
        rows.append(
            [
                str(place + 1), town, f"{village}村{work}", "" if place == NO_TASK else f"完成{work}", f"{opened}",
                "" if state == UNCHECKED and opened > date(2023, 1, 20) else f"{checked}",
                "" if place == NO_DEADLINE else f"{due}", "" if delivered is None else f"{delivered}",
            ]
        )  # fmt: skip
    return rows


def lingban() -> Rows:
    """Eighteen projects led by secretaries, at the end of June 2022."""
    headers = (
        "序号",
        "乡镇",
        "领办项目名称",
        "领办层级",
        "受益村数",
        "年带动增收（万元）",
        "开工日期",
        "计划见效时间",
        "见效日期",
    )
    rows = [["示例县书记领办项目台账（2022年6月）"], list(headers)]
    for place in range(18):
        key = ("lingban", place)
        town = TOWNSHIPS[place // 3]
        level = ("县级", "乡镇", "村")[place % 3]
        villages = 1 if level == "村" else between(2, 8, "villages", *key)
        income = villages * between(14, 42, "income", *key) / 10
        began = day(date(2022, 2, 10), 0, 100, "began", *key)
        due = day(date(2022, 6, 1), 0, 200, "due", *key)
        done = due - timedelta(days=2) if due <= date(2022, 6, 25) and draw(2, "done", *key) else None
        rows.append(
            [
                str(place + 1), town, f"{village_names(town, 3)[place % 3]}{WORKS[draw(len(WORKS), 'work', *key)]}",
                level, str(villages), f"{income:g}",
                "" if place == NOT_BEGUN else f"{min(began, due - timedelta(days=10))}", f"{due}",
                "" if done is None else f"{done}",
            ]
        )  # fmt: skip
    return rows


MATTERS = (
    ("产业规划", "发展规划"), ("校舍处置", "集体资产处置"), ("机动地发包", "土地发包"), ("道路硬化", "工程项目"),
    ("上年收支", "集体收支"), ("低保评议", "惠民资金"), ("宅基地申请", "宅基地"), ("误工补贴", "人员待遇"),
    ("村规民约修订", "村规民约"), ("换水源", "其他重大事项"),
)  # fmt: skip
STEPS = ("提议", "商议", "审议", "决议", "决议公开", "结果公开")


def siyi_lianggong() -> Rows:
    """Thirty decisions of the first half of 2023; some are not through yet, in some two steps changed places."""
    headers = (
        "序号",
        "乡镇",
        "事项名称",
        "议事村",
        "事项类别",
        "党员应到",
        "党员实到",
        "代表应到",
        "代表实到",
        "同意票数",
    )
    rows = [["示例县四议两公开决策事项台账（2023年6月）"], [*headers, *(f"{step}日期" for step in STEPS)]]
    for place in range(30):
        key = ("decision", place)
        town = TOWNSHIPS[place // 5]
        village = village_names(town, 5)[place % 5] + "村"
        matter, kind = MATTERS[draw(len(MATTERS), "matter", *key)]
        members, delegates = between(24, 60, "members", *key), between(30, 66, "delegates", *key)
        came = -(-members * between(64, 95, "came", *key) // 100)
        sat = -(-delegates * between(66, 97, "sat", *key) // 100)
        days = [day(date(2023, 1, 10), 0, 90, "first", *key)]
        for step, (least, most) in enumerate(((1, 5), (3, 10), (1, 6), (1, 8), (20, 60))):
            days.append(day(days[-1], least, most, step, *key))
        if draw(9, "turned", *key) == 0:
            days[1], days[2] = days[2], days[1]
        written = [f"{one}" for one in days]
        if days[-1] > date(2023, 6, 30) or draw(8, "under way", *key) == 0:
            written[-1] = ""
        rows.append(
            [
                str(place + 1), town, f"{village}{matter}", village, kind, str(members), str(came), str(delegates),
                str(sat), str(sat * between(55, 100, "agreed", *key) // 100), *written,
            ]
        )  # fmt: skip
    return rows


LEDGERS: Sequence[Callable[[], Rows]] = (township, ruanruo, shifan, shuji_xiangmu, lingban, siyi_lianggong)


def main(directory: Path) -> None:
    """Write the ledgers into ``directory``."""
    directory.mkdir(parents=True, exist_ok=True)
    for make in LEDGERS:
        write_csv(directory / f"{make.__name__.replace('_', '-')}.csv", make())


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "schemes")
