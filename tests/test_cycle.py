"""Month to month: rankings and reminders, as the scheme declares them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from making import rated, scheme
from starcheck.cycle.course import Course, RatedMonth, month_after
from starcheck.cycle.ranking import DEFAULT, Standing, places, rank
from starcheck.cycle.reminding import Position, Reminded, State, position, reminded
from starcheck.scheme import Ranking, Reminder, Scheme

SCHEME = """\
方案: 月度（示例）
编号: monthly
适用: 行政村
版本: "1"
性质: 示例，非官方标准
生效: 2022-01-01
依据: {测试: {文件: 测试}}
字段:
  人口: {列名: [人口], 类型: 整数, 单位: 人}
星级:
  - 星: 甲星
    牵头: 一专班
    点亮: 全部
    指标:
      - {编号: A1, 名称: 收入, 列名: [收入], 类型: 数值, 单位: 万元, 责任: 农业局, 整改: 改,
         要求: [{自: 2022-01-01, 至少: 5, 依据: 测试}]}
  - 星: 乙星
    牵头: 二专班
    点亮: 全部
    指标:
      - {编号: B1, 名称: 建队, 列名: [建队], 类型: 是否, 责任: 公安局, 整改: 改,
         要求: [{自: 2022-01-01, 为: 是, 依据: 测试}]}
      - {编号: B2, 名称: 演练, 列名: [演练], 类型: 是否, 责任: 公安局, 整改: 改,
         要求: [{自: 2022-01-01, 为: 是, 依据: 测试}]}
定级:
  方法: 亮星数
  档次: {2: 二星, 1: 一星, 0: 未评星}
负面清单:
  - {编号: FM, 情形: 造假, 列名: [造假], 触发: {为: 是}, 后果: 不参评, 依据: 测试}
月度:
  排名:
    - {名称: 乡镇, 对象: 乡镇, 按: 平均星级, 依据: 测试}
  约谈:
    - {排名: 乡镇, 落后: {末位: 1}, 连续: 2, 依据: 测试}
"""
HEADER = ["乡镇", "村名", "人口", "收入", "建队", "演练", "造假"]
TWO, ONE, NONE = (9, "是", "是"), (9, "是", "否"), (1, "否", "否")
REGISTER = [
    ["名称", "乡镇", "标签"],
    ["甲村", "东乡", "近郊"],
    ["乙村", "东乡", ""],
    ["丙村", "西乡", "近郊"],
    ["丁村", "西乡", ""],
    ["戊村", "北乡", "近郊"],
]
Villages = dict[str, tuple[object, ...]]
TOWNS = {name: town for name, town, _ in REGISTER[1:]}


def month(
    folder: Path,
    by: Scheme,
    period: str,
    villages: Villages,
    targets: Mapping[str, int] | None = None,
    register: Sequence[Sequence[str]] = REGISTER,
) -> RatedMonth:
    """A month in which each village has (收入, 建队, 演练) and maybe 人口 and 造假."""
    rows: list[Sequence[object]] = [HEADER]
    towns = {name: town for name, town, *_ in register[1:]}
    for name, (income, team, drill, *more) in villages.items():
        people, veto = [*more, 1000, "否"][0] if more else 1000, more[1] if len(more) > 1 else "否"
        rows.append([towns[name], name, people, income, team, drill, veto])
    folder.mkdir(exist_ok=True)
    found = rated(folder, by, rows, register=register, period=period, name=f"{period}.xlsx").outcome.assessment
    if targets:
        for place, name in enumerate(found.units.name):
            found.units.target[place] = targets.get(name, -1)
    return RatedMonth(period, found)


def ranking(**told: object) -> Ranking:
    """A ranking with these keys."""
    return Ranking.model_validate({"名称": "x", **told})


def standings(found: Course, by: Ranking) -> dict[str, Standing]:
    """The standings of the last month, by name."""
    return {standing.name: standing for standing in rank(found, by).standings}


ALL: Villages = {"甲村": TWO, "乙村": NONE, "丙村": ONE, "丁村": ONE, "戊村": ONE}
"""Means: 东乡 1, 西乡 1, 北乡 1."""


# --- places -----------------------------------------------------------------------------------------------------------


ends = st.tuples(st.integers(0, 3), st.integers(0, 2)).map(lambda pair: (Fraction(pair[0]), Fraction(sum(pair))))


def worlds(values: Sequence[tuple[Fraction, Fraction]]) -> list[tuple[int, ...]]:
    """Every way that the values may turn out, in whole numbers."""
    return list(product(*(range(int(low), int(high) + 1) for low, high in values)))


@given(st.lists(ends, min_size=1, max_size=5))
def test_a_place_is_what_it_is_in_every_world(values: list[tuple[Fraction, Fraction]]) -> None:
    """The best and the worst place over all that may turn out; equals share a place, and what follows leaves a gap."""
    for own, found in enumerate(places(values)):
        assert found is not None
        best, worst, shared = found
        there = [1 + sum(value > world[own] for value in world) for world in worlds(values)]
        alike = [sum(value == world[own] for value in world) > 1 for world in worlds(values)]

        assert (min(there), max(there)) == (best, worst)
        assert not shared or all(alike)


def test_who_has_nothing_that_counts_has_no_place() -> None:
    """It neither has a place nor takes one from others."""
    one = (Fraction(1), Fraction(1))

    assert [(1, 1, True), None, (1, 1, True)] == places([one, None, one])


RULES = [
    *({"末位": last} for last in range(3)),
    {"末位比例": "40%"},
    {"低于": 2},
    {"低于平均": True},
]


def behind_in(world: Sequence[int], own: int, rule: Reminder) -> bool:
    """Whether one is behind where everything is known, said in other words than the program's."""
    value, told = world[own], rule.behind
    if told.below is not None:
        return Fraction(value) < Fraction(told.below)
    if told.below_mean:
        return len(world) > 1 and Fraction(value) < Fraction(sum(world), len(world))
    last = told.last if told.last is not None else int(Fraction(2, 5) * len(world))
    # the places from the bottom that it shares
    first = sum(other < value for other in world) + 1
    final = first + sum(other == value for other in world) - 1
    return first <= last if rule.ties.value == "计入" else final <= last


@pytest.mark.parametrize("told", RULES, ids=str)
@pytest.mark.parametrize("ties", ["计入", "不计入"])
@given(values=st.lists(ends, min_size=1, max_size=4))
def test_behind_is_behind_in_every_world(
    told: dict[str, object], ties: str, values: list[tuple[Fraction, Fraction]]
) -> None:
    """Behind for certain is behind however it turns out; level for certain likewise; else it is not known."""
    rule = Reminder.model_validate({"排名": "x", "落后": told, "同分": ties})
    compared = [
        Standing(str(place), None, None, value, 1, 1, shared=False, units=1, absent=0, without=0, open=0)
        for place, value in enumerate(values)
    ]
    for own, standing in enumerate(compared):
        there = {behind_in(world, own, rule) for world in worlds(values)}
        expected = {frozenset({True}): Position.BEHIND, frozenset({False}): Position.LEVEL}

        assert expected.get(frozenset(there), Position.UNKNOWN) is position(standing, compared, rule, share=False)


# --- measures ---------------------------------------------------------------------------------------------------------


def test_equal_means_share_a_place(tmp_path: Path) -> None:
    """Places follow exact values: 东乡 (2 + 0) / 2, 西乡 (1 + 1) / 2 and 北乡 1 / 1 are one place."""
    found = standings(Course("平原县", (month(tmp_path, scheme(SCHEME), "2022-06", ALL),)), DEFAULT)

    assert {(1, 1, True)} == {(one.best, one.worst, one.shared) for one in found.values()}
    assert {(Fraction(1), Fraction(1))} == {one.value for one in found.values()}


def test_who_has_not_reported_may_be_anything(tmp_path: Path) -> None:
    """缺报 区间: 乙村 is missing, so 东乡 is between 1 and 2; 按最低 it is 1; 不计 it is 2."""
    less = {name: cells for name, cells in ALL.items() if name != "乙村"}
    course = Course("平原县", (month(tmp_path, scheme(SCHEME), "2022-06", less),))

    assert (Fraction(1), Fraction(2)) == standings(course, ranking(缺报="区间"))["东乡"].value
    assert (1, 2) == (standings(course, ranking())["西乡"].best, standings(course, ranking())["西乡"].worst)
    assert (Fraction(1), Fraction(1)) == standings(course, ranking(缺报="按最低"))["东乡"].value
    assert (Fraction(2), Fraction(2)) == standings(course, ranking(缺报="不计"))["东乡"].value
    assert 1 == standings(course, ranking())["东乡"].absent


def test_what_is_unknown_pays_nothing_until_it_is_proven(tmp_path: Path) -> None:
    """待核实 按已证明: a blank counts as what is proven; 区间: up to what it may come to."""
    course = Course("平原县", (month(tmp_path, scheme(SCHEME), "2022-06", ALL | {"丙村": (None, "是", "是")}),))

    assert (Fraction(1), Fraction(1)) == standings(course, ranking())["西乡"].value
    assert (Fraction(1), Fraction(3, 2)) == standings(course, ranking(待核实="区间"))["西乡"].value


BY_POINTS = (
    SCHEME.replace("列名: [收入], 类型: 数值", "列名: [收入], 分值: 60, 类型: 数值")
    .replace("列名: [建队], 类型", "列名: [建队], 分值: 30, 类型")
    .replace("列名: [演练], 类型", "列名: [演练], 分值: 10, 类型")
    .replace("  方法: 亮星数", "  方法: 总分")
    .replace(
        "{2: 二星, 1: 一星, 0: 未评星}",
        "[{至少: 80, 档: 二星}, {至少: 40, 档: 一星}, {至少: 0, 档: 未评星}]",
    )
)
EFFECTS = ["提示", "{最高: 1}", "{熄灭: 甲星}", "不参评", "{扣分: 30}"]


@pytest.mark.parametrize("effect", EFFECTS)
@pytest.mark.parametrize("village", ["甲村", "乙村"])
def test_an_open_veto_is_what_it_comes_to(tmp_path: Path, effect: str, village: str) -> None:
    """待核实 区间: with a blank in 负面清单 each measure lies between what it is with a no and with a yes, no wider."""
    text = BY_POINTS if "扣分" in effect else SCHEME
    by = scheme(text.replace("后果: 不参评", f"后果: {effect}"))
    told: list[dict[str, object]] = [
        {"按": "平均星级"},
        {"按": "占比", "达到": "一星"},
        {"按": "点亮率"},
        {"按": "指标达标率"},
    ]
    if "扣分" in effect:
        told.append({"按": "平均得分"})
    found = []
    for cell in (None, "否", "是"):
        villages = ALL | {village: (*ALL[village], 1000, cell)}
        found.append(Course("平原县", (month(tmp_path / str(cell), by, "2022-06", villages),)))
    for measure, without in product(told, ("按最低", "不计")):
        declared = ranking(待核实="区间", 不参评=without, **measure)
        value, *worlds = (standings(course, declared)["东乡"].value for course in found)
        ends = [end for world in worlds if world is not None for end in world]

        assert (min(ends), max(ends)) == value, measure


def test_without_a_tier(tmp_path: Path) -> None:
    """不参评 按最低 counts as nothing, 不计 leaves it out."""
    course = Course(
        "平原县", (month(tmp_path, scheme(SCHEME), "2022-06", ALL | {"乙村": (9, "是", "是", 1000, "是")}),)
    )

    assert (Fraction(1), Fraction(1)) == standings(course, ranking())["东乡"].value
    assert (Fraction(2), Fraction(2)) == standings(course, ranking(不参评="不计"))["东乡"].value
    assert 1 == standings(course, ranking())["东乡"].without


def test_weighted_by_people(tmp_path: Path) -> None:
    """加权 人口: 3,000 with two stars and 1,000 with none are 1.5; who reports nothing keeps the weight it last had."""
    by = scheme(SCHEME)
    before = month(tmp_path, by, "2022-05", ALL | {"甲村": (*TWO, 3000), "乙村": (*NONE, 1000)})
    less: Villages = {"甲村": (*TWO, 3000), "丙村": ONE, "丁村": ONE, "戊村": ONE}
    now = month(tmp_path, by, "2022-06", less)
    weighted = ranking(加权="人口", 缺报="按最低")

    assert (Fraction(3, 2),) * 2 == standings(Course("平原县", (before,)), weighted)["东乡"].value
    assert (Fraction(3, 2),) * 2 == standings(Course("平原县", (before, now)), weighted)["东乡"].value
    alone = rank(Course("平原县", (now,)), weighted)
    assert 1 == alone.without_weight


def test_by_targets(tmp_path: Path) -> None:
    """达标率: of the units that have a target, how many reach it."""
    course = Course("平原县", (month(tmp_path, scheme(SCHEME), "2022-06", ALL, {"甲村": 2, "乙村": 1, "丙村": 1}),))
    found = standings(course, ranking(按="达标率"))

    assert (Fraction(1, 2),) * 2 == found["东乡"].value
    assert (Fraction(1),) * 2 == found["西乡"].value
    assert found["北乡"].value is None
    assert found["北乡"].best is None


def test_by_a_tier_and_above(tmp_path: Path) -> None:
    """占比 达到 一星: one star or more."""
    course = Course("平原县", (month(tmp_path, scheme(SCHEME), "2022-06", ALL),))
    found = standings(course, ranking(按="占比", 达到="一星"))

    assert {"东乡": Fraction(1, 2), "西乡": Fraction(1), "北乡": Fraction(1)} == {
        name: one.value[0] for name, one in found.items() if one.value
    }


def test_departments(tmp_path: Path) -> None:
    """牵头 by the stars that they lead, 责任 by the criteria that are theirs."""
    course = Course("平原县", (month(tmp_path, scheme(SCHEME), "2022-06", ALL),))
    leads = standings(course, ranking(对象="牵头", 按="点亮率"))
    owners = standings(course, ranking(对象="责任", 按="指标达标率"))

    assert {"一专班": Fraction(4, 5), "二专班": Fraction(1, 5)} == {
        n: one.value[0] for n, one in leads.items() if one.value
    }
    assert {"农业局": Fraction(4, 5), "公安局": Fraction(5, 10)} == {
        name: one.value[0] for name, one in owners.items() if one.value
    }


def test_items_count_where_they_are_asked_for(tmp_path: Path) -> None:
    """指标达标率: of a unit that is silent, too, neither what it is exempt from nor what is not in force yet counts."""
    text = SCHEME.replace(
        "列名: [演练], 类型: 是否", "列名: [演练], 不适用于: [近郊], 不适用按: 不计, 类型: 是否"
    ).replace("{自: 2022-01-01, 至少: 5", "{自: 2022-07-01, 至少: 5")
    less = {name: cells for name, cells in ALL.items() if name != "甲村"} | {"乙村": TWO}
    course = Course("平原县", (month(tmp_path, scheme(text), "2022-06", less),))
    lowest = standings(course, ranking(按="指标达标率", 缺报="按最低"))

    assert (Fraction(2, 3), Fraction(2, 3)) == lowest["东乡"].value
    assert (Fraction(2, 3), Fraction(1)) == standings(course, ranking(按="指标达标率"))["东乡"].value
    owners = standings(course, ranking(对象="责任", 按="指标达标率", 缺报="按最低"))
    assert owners["农业局"].value is None


@pytest.mark.parametrize("measure", ["点亮率", "指标达标率"])
def test_who_is_not_rated_has_nothing(tmp_path: Path, measure: str) -> None:
    """不参评 按最低 lights no star and meets no item, for certain or, in a range, as long as the veto is open."""
    by = scheme(SCHEME)
    found = {
        cell: Course("平原县", (month(tmp_path, by, "2022-06", ALL | {"戊村": (*TWO, 1000, cell)}),))
        for cell in ("是", None, "否")
    }

    zero, one = Fraction(0), Fraction(1)
    assert (zero, zero) == standings(found["是"], ranking(按=measure))["北乡"].value
    assert standings(found["是"], ranking(按=measure, 不参评="不计"))["北乡"].value is None
    assert (one, one) == standings(found[None], ranking(按=measure))["北乡"].value
    assert (zero, one) == standings(found[None], ranking(按=measure, 待核实="区间"))["北乡"].value
    assert (one, one) == standings(found["否"], ranking(按=measure))["北乡"].value


def test_units_among_their_like(tmp_path: Path) -> None:
    """同类: places are counted among the units of one tag; those of none are one group of their own."""
    course = Course("平原县", (month(tmp_path, scheme(SCHEME), "2022-06", ALL),))
    found = standings(course, ranking(对象="单位", 同类=["近郊"]))

    assert {"甲村": ("近郊", 1), "丙村": ("近郊", 2), "戊村": ("近郊", 2), "丁村": ("", 1), "乙村": ("", 2)} == {
        name: (one.alike, one.best) for name, one in found.items()
    }


def test_improvement(tmp_path: Path) -> None:
    """进步: by how much more than last month; without a month before there is no place."""
    by = scheme(SCHEME)
    months = (month(tmp_path, by, "2022-05", ALL | {"甲村": NONE}), month(tmp_path, by, "2022-06", ALL))
    better = ranking(进步=True)

    assert {"东乡": Fraction(1), "西乡": Fraction(0), "北乡": Fraction(0)} == {
        name: one.value[0] for name, one in standings(Course("平原县", months), better).items() if one.value
    }
    assert {None} == {one.best for one in standings(Course("平原县", months[:1]), better).values()}
    after_a_gap = (months[0], month(tmp_path, by, "2022-07", ALL))
    assert {None} == {one.best for one in standings(Course("平原县", after_a_gap), better).values()}


def test_a_gap_is_no_better_month_of_improvement(tmp_path: Path) -> None:
    """进步 of July hangs on June, of which nothing is recorded: the reminder of May is neither lifted nor repeated."""
    text = SCHEME.replace("按: 平均星级, 依据", "按: 平均星级, 进步: 是, 依据").replace("连续: 2", "连续: 1")
    by = scheme(text)
    told: dict[str, Villages] = {"2022-04": ALL, "2022-05": ALL | {"戊村": NONE}, "2022-07": ALL}
    months = tuple(month(tmp_path, by, period, villages) for period, villages in told.items())
    may, july = (
        {one.key[1]: one.state for one in reminded(Course("平原县", months[:last]), by.monthly.reminders[0])}
        for last in (2, 3)
    )

    assert ({"北乡": State.DUE}, {"北乡": State.STANDING}) == (may, july)


# --- reminders --------------------------------------------------------------------------------------------------------


BEHIND, AHEAD, GONE = "落后", "不落后", "缺报"
STORIES: dict[str, tuple[list[str | None], tuple[State, int, str] | None]] = {
    "never behind": ([AHEAD, AHEAD], None),
    "one month": ([AHEAD, BEHIND], (State.WARNED, 1, "2022-02")),
    "two months": ([BEHIND, BEHIND], (State.DUE, 2, "2022-02")),
    "three months": ([BEHIND, BEHIND, BEHIND], (State.REPEATED, 3, "2022-02")),
    "better again": ([BEHIND, BEHIND, AHEAD], (State.LIFTED, 2, "2022-02")),
    "long since better": ([BEHIND, BEHIND, AHEAD, AHEAD], None),
    "once more after it was lifted": ([BEHIND, BEHIND, AHEAD, BEHIND, BEHIND], (State.DUE, 2, "2022-05")),
    "a gap is no improvement": ([BEHIND, GONE, BEHIND], (State.DUE, 2, "2022-03")),
    "nor after a reminder": ([BEHIND, BEHIND, GONE], (State.STANDING, 2, "2022-02")),
    "nor is what follows a first reminder": ([BEHIND, BEHIND, GONE, BEHIND], (State.REPEATED, 3, "2022-02")),
    "nor does a gap count as behind": ([AHEAD, GONE, BEHIND], (State.OPEN, 1, "2022-02")),
    "a month that is not recorded": ([BEHIND, None, BEHIND], (State.DUE, 2, "2022-03")),
    "not recorded is not perhaps behind": ([AHEAD, None, BEHIND], (State.WARNED, 1, "2022-03")),
    "two gaps": ([AHEAD, GONE, GONE], (State.OPEN, 0, "2022-02")),
    "better ends it whatever came before": ([BEHIND, AHEAD, BEHIND], (State.WARNED, 1, "2022-03")),
}


@pytest.mark.parametrize("story", STORIES)
def test_stories(story: str, tmp_path: Path) -> None:
    """北乡 month by month, behind the others, ahead of them, or silent: what the rule of two months says at the end."""
    told, expected = STORIES[story]
    by = scheme(SCHEME)
    said: dict[str, Villages] = {BEHIND: {"戊村": NONE}, AHEAD: {"戊村": TWO}, GONE: {}}
    months, period = [], "2022-01"
    for state in told:
        own = said.get(state or "", {})
        if state is not None:
            villages: Villages = {"甲村": TWO, "乙村": ONE, "丙村": ONE, "丁村": ONE} | own
            months.append(month(tmp_path / period, by, period, villages))
        period = month_after(period)
    course = Course("平原县", tuple(months))
    found = {one.key[1]: one for one in reminded(course, by.monthly.reminders[0])}.get("北乡")

    assert expected == (None if found is None else (found.state, found.months, found.since))


def test_a_reminder_names_its_months(tmp_path: Path) -> None:
    """The months and figures that cause it, and how many were compared."""
    by = scheme(SCHEME)
    months = tuple(month(tmp_path / period, by, period, ALL | {"戊村": NONE}) for period in ("2022-05", "2022-06"))
    found: Reminded = reminded(Course("平原县", months), by.monthly.reminders[0])[0]

    assert ["2022-05", "2022-06"] == [stay.period for stay in found.stays]
    assert [(3, 3)] * 2 == [(stay.standing.best, stay.compared) for stay in found.stays if stay.standing]


def test_of_how_many_one_is_the_last(tmp_path: Path) -> None:
    """西乡 has no targets and so no share: 东乡 is the second of two, not of three."""
    by = scheme(SCHEME.replace("按: 平均星级", "按: 达标率"))
    aims = {"甲村": 2, "乙村": 2, "戊村": 1}
    course = Course("平原县", (month(tmp_path, by, "2022-06", ALL, aims),))
    found = {one.key[1]: one for one in reminded(course, by.monthly.reminders[0])}

    assert {"东乡"} == found.keys()
    assert [(2, 2)] == [(stay.standing.best, stay.compared) for stay in found["东乡"].stays if stay.standing]


def test_who_is_open_for_want_of_others_data(tmp_path: Path) -> None:
    """西乡 reported in full, and is behind or not by what 北乡 has: the reminder stands, and 北乡's data are named."""
    by = scheme(SCHEME)
    low: Villages = {"甲村": TWO, "乙村": TWO, "丙村": NONE, "丁村": NONE}
    told: list[Villages] = [low | {"戊村": TWO}, low | {"戊村": TWO}, low]
    months = tuple(
        month(tmp_path / period, by, period, villages)
        for period, villages in zip(("2022-04", "2022-05", "2022-06"), told, strict=True)
    )
    found = {one.key[1]: one for one in reminded(Course("平原县", months), by.monthly.reminders[0])}["西乡"]

    assert (State.STANDING, 2) == (found.state, found.months)
    (missing,) = found.stays[-1].missing
    assert ("2022-06", "北乡", 1, 0) == (missing.period, missing.township, len(missing.absent), len(missing.open))


CODED = [
    ["名称", "乡镇", "标签", "编码"],
    ["甲村", "东乡", "", "410922101201"],
    ["乙村", "东乡", "", "410922101202"],
    ["丙村", "西乡", "", "410922102201"],
    ["丁村", "西乡", "", "410922102202"],
]
LAST: Villages = {"甲村": TWO, "乙村": TWO, "丙村": ONE, "丁村": NONE}


def story_of(tmp_path: Path, of: str, registers: Sequence[Sequence[Sequence[str]]]) -> tuple[set[object], ...]:
    """By 进步 who has a place in the last of some months, each by a register; and by 平均星级 who is reminded there."""
    by = scheme(SCHEME.replace("对象: 乡镇", f"对象: {of}"))
    months = []
    for number, register in enumerate(registers, start=4):
        names = dict(zip(LAST, (row[0] for row in register[1:]), strict=True))
        villages = {names[name]: cells for name, cells in LAST.items()}
        months.append(month(tmp_path, by, f"2022-{number:02d}", villages, register=register))
    course = Course("平原县", tuple(months))
    better = standings(course, ranking(对象=of, 进步=True))
    return (
        {name for name, one in better.items() if one.best is not None},
        {(one.key[1], one.state) for one in reminded(course, by.monthly.reminders[0])},
    )


def renamed(*names: tuple[str, str]) -> list[list[str]]:
    """The register with other names in it."""
    return [[dict(names).get(cell, cell) for cell in row] for row in CODED]


def test_who_is_renamed_is_the_same(tmp_path: Path) -> None:
    """By its code a village, by those of its villages a township: a new name neither ends nor forgets anything."""
    villages = [CODED, renamed(("丁村", "新丁村"))]
    towns = [CODED, renamed(("西乡", "西镇"))]

    assert ({"甲村", "乙村", "丙村", "新丁村"}, {("新丁村", State.DUE)}) == story_of(tmp_path / "1", "单位", villages)
    assert ({"甲村", "乙村", "丙村", "丁村"}, {("丁村", State.DUE)}) == story_of(tmp_path / "2", "单位", towns)
    assert ({"东乡", "西镇"}, {("西镇", State.DUE)}) == story_of(tmp_path / "3", "乡镇", towns)


def test_who_has_a_code_only_now_is_the_same_by_name(tmp_path: Path) -> None:
    """A register that gets its codes in the year, and one that loses them."""
    bare = [row[:3] for row in CODED]

    everybody = {"甲村", "乙村", "丙村", "丁村"}
    for number, registers in enumerate(([bare, CODED], [CODED, bare])):
        assert (everybody, {("丁村", State.DUE)}) == story_of(tmp_path / str(number), "单位", registers)


def test_months_of_a_register_with_codes_and_without(tmp_path: Path) -> None:
    """A course of them knows each village in every month by the key of the newest, and so what it last said."""
    bare = [row[:3] for row in CODED]
    by = scheme(SCHEME)
    silent = {name: cells for name, cells in LAST.items() if name != "丁村"}
    told = ((bare, LAST | {"丁村": (*NONE, 3000)}), (CODED, LAST), (bare, silent))
    months = [
        month(tmp_path, by, f"2022-{number:02d}", villages, register=register)
        for number, (register, villages) in enumerate(told, start=4)
    ]
    for last in (2, 3):
        course = Course("平原县", tuple(months[:last]))
        assert [[0, 1, 2, 3]] * last == [places.tolist() for places in course.places]
    weighted = standings(Course("平原县", (months[0], months[2])), ranking(加权="人口", 缺报="按最低"))
    assert (Fraction(1, 4), Fraction(1, 4)) == weighted["西乡"].value


def test_codes_after_months_without(tmp_path: Path) -> None:
    """All months before are known by them, not the last of these alone; also where a village has a new name by now."""
    bare = [row[:3] for row in CODED]
    renamed = [[cell.replace("丁村", "新丁村") for cell in row] for row in CODED]
    by = scheme(SCHEME)
    last = {name.replace("丁村", "新丁村"): cells for name, cells in LAST.items()}
    told = ((CODED, LAST), (bare, LAST), (bare, LAST), (CODED, LAST), (renamed, last))
    months = [
        month(tmp_path, by, f"2022-{number:02d}", villages, register=register)
        for number, (register, villages) in enumerate(told, start=4)
    ]
    for first, end in ((1, 4), (0, 4), (0, 5), (2, 5)):
        course = Course("平原县", tuple(months[first:end]))
        assert [[0, 1, 2, 3]] * (end - first) == [places.tolist() for places in course.places]


def test_another_village_is_not_the_one_whose_name_it_takes(tmp_path: Path) -> None:
    """A village of another code under an old name begins anew; so does a township made of another's villages."""
    another = [[cell.replace("410922102202", "410922102299") for cell in row] for row in CODED]
    split = [[*CODED[0]], *([name, {"丁村": "南乡"}.get(name, town), tag, code] for name, town, tag, code in CODED[1:])]

    assert ({"甲村", "乙村", "丙村"}, {("丁村", State.WARNED)}) == story_of(tmp_path / "1", "单位", [CODED, another])
    assert ({"东乡", "西乡"}, {("南乡", State.WARNED)}) == story_of(tmp_path / "2", "乡镇", [CODED, split])


def test_gaps_between_months() -> None:
    """A period after December is January; a year is followed by a year."""
    assert "2023-01" == month_after("2022-12")
    assert "2023" == month_after("2022")
