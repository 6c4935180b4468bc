"""Who moves between two standards, and that nobody does without what made it so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from changing import Way, changed_at, ways
from making import CRITERIA, OWN_CRITERIA, rated, scheme, scheme_file
from starcheck.column import Column, Kind, Reason, empty_values
from starcheck.ledger import Ledger, StoredOrigin, Units, with_derived
from starcheck.moving import Cause, Moves, moves
from starcheck.scheme import LedgerField, Scheme, Star, TieBreak, Tier
from starcheck.scoring import Assessment, assess

SCHEMES = sorted([*CRITERIA.glob("*.yaml"), *OWN_CRITERIA.glob("*.yaml")])

# --- random changes of the schemes there are --------------------------------------------------------------------------

_NAMES = frozenset(
    {
        "id", "name", "formula", "dates", "star", "tier_name", "field", "key", "fields", "statistics", "of", "by",
        "kind", "options", "applies", "unit_kind", "method", "tie_breaks", "one_of", "equals", "between", "all",
        "severity", "only", "disabled", "to_come",
    }
)  # fmt: skip
"""What else in a scheme names, or has to fit: changed by itself, a scheme with it would not load."""


@cache
def _loaded(path: Path) -> tuple[Scheme, tuple[Way, ...]]:
    by = scheme_file(path)
    return by, tuple(_free(by))


def _free(by: Scheme) -> Iterator[Way]:
    for way, owner, attribute in ways(by):
        steps = {str(step) for step in way}
        if way[0] not in {"stars", "tiering", "vetoes", "fields"} or owner is TieBreak:
            continue
        if (owner, attribute) != (Tier, "number") and not _NAMES & (steps - {"fields"}):
            yield way


def _without(by: Scheme, star: int, item: int) -> Scheme:
    """The scheme without an item, where the star has another."""
    here = by.stars[star]
    criteria = tuple(part for place, part in enumerate(here.criteria) if place != item)
    changed = Star.model_construct(**{**{key: getattr(here, key) for key in Star.model_fields}, "criteria": criteria})
    stars = tuple(changed if place == star else part for place, part in enumerate(by.stars))
    made = Scheme.model_construct(**{**{key: getattr(by, key) for key in Scheme.model_fields}, "stars": stars})
    made.attach(by.texts, None)
    return made


def _column(item: LedgerField, size: int, draw: np.random.Generator, near: list[float]) -> Column:
    """Values of a column that lie about its thresholds; one in six is blank."""
    column = Column(item.kind, empty_values(item.kind, size), np.zeros(size, np.int8), item.options)
    match item.kind:
        case Kind.YESNO:
            column.values[:] = draw.integers(0, 2, size)
        case Kind.OPTION:
            column.values[:] = draw.integers(0, len(item.options), size)
        case Kind.DATE:
            days = draw.integers(date(2021, 1, 1).toordinal(), date(2024, 1, 1).toordinal(), size)
            column.values[:] = days[:, None]
        case Kind.TEXT:
            column.values[:] = "文"
        case _:
            column.values[:] = np.maximum(0, draw.choice(near or [1.0], size) + draw.integers(-1, 2, size))
    column.reason[draw.random(size) < 1 / 6] = Reason.BLANK
    return column


def _thresholds(by: Scheme, key: str) -> list[float]:
    item = by.find_criterion(key)
    asked = [] if item is None else [requirement.operand for requirement in item.requirements]
    asked += [veto.trigger.operand for veto in by.vetoes if veto.id == key]
    ends = [end for operand in asked for end in (operand if isinstance(operand, tuple) else (operand,))]
    ends += [] if item is None else [band.bound for band in item.bands]
    return [float(end) for end in ends if not isinstance(end, bool | str | date)]


def _ledger(by: Scheme, seed: int, day: date) -> Ledger:
    size = 12
    draw = np.random.default_rng(seed)
    places = range(size)
    tags = frozenset(tag for item in by.criteria for tag in item.exempt_tags)
    units = Units(
        [None] * size,
        [f"{place}村" for place in places],
        [f"{place % 3}乡" for place in places],
        ["平原县"] * size,
        [by.unit_kind] * size,
        [tags if place % 5 == 0 else frozenset() for place in places],
        np.ones(size, bool),
        np.full(size, -1, np.int8),
    )
    columns = {key: _column(item, size, draw, _thresholds(by, key)) for key, item in sorted(by.ledger_columns.items())}
    return with_derived(Ledger(by, units, columns, StoredOrigin([{} for _ in places])), day)


def _by_another(ledger: Ledger, by: Scheme, day: date) -> Ledger:
    """The same values by another scheme; a column whose spellings are others is not read."""
    columns = {}
    for key, item in by.ledger_columns.items():
        before = ledger.scheme.ledger_columns.get(key)
        if before is None or not set(before.headers) & set(item.headers):
            columns[key] = Column.missing(item.kind, len(ledger.units), Reason.ABSENT_COLUMN, item.options)
        else:
            columns[key] = ledger.columns[key]
    return with_derived(replace(ledger, scheme=by, columns=columns), day)


def _says_what(cause: Cause, one: Assessment, other: Assessment) -> bool:
    """Whether a cause names what differs in the standard: a part that is new or gone, or with its before and after."""
    known = [
        {item.id for item in side.scheme.criteria} | {star.name for star in side.scheme.stars} for side in (one, other)
    ]
    return bool(cause.why) or cause.key in known[0] ^ known[1]


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_nobody_moves_without_a_cause(data: st.DataObject) -> None:
    """Whatever is changed in a scheme, who moves is who has another tier, and each is told what of it differs."""
    by, free = _loaded(data.draw(st.sampled_from(SCHEMES)))
    other = by
    for _ in range(data.draw(st.integers(1, 3))):
        if data.draw(st.integers(0, 5)) == 0:
            star = data.draw(st.integers(0, len(by.stars) - 1))
            if len(other.stars[star].criteria) > 1 and not _named(by, other.stars[star]):
                other = _without(other, star, data.draw(st.integers(0, len(other.stars[star].criteria) - 1)))
                break
        other = changed_at(other, data.draw(st.sampled_from(free)))
    day = min(max(by.since, date(2023, 6, 30)), by.until or date.max)
    ledger = _ledger(by, data.draw(st.integers(0, 10**6)), day)
    one, two = assess(ledger, day), assess(_by_another(ledger, other, day), day)

    found = moves(one, two)

    _check(found, one, two)


def _named(by: Scheme, star: Star) -> bool:
    """Whether something else in the scheme names an item of the star."""
    text = "".join(text for _, text in by.texts)
    return any(f"[{part.id}]" in text for item in star.criteria for part in item.with_tasks)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(SCHEMES), st.integers(0, 10**6), st.integers(-800, 800))
def test_nobody_moves_by_a_date_without_a_cause(path: Path, seed: int, days: int) -> None:
    """The same of one scheme on two days."""
    by, _ = _loaded(path)
    first = min(max(by.since, date(2023, 6, 30)), by.until or date.max)
    second = min(max(by.since, first + timedelta(days)), by.until or date.max)
    ledger = _ledger(by, seed, first)
    one, two = assess(ledger, first), assess(ledger, second)

    _check(moves(one, two), one, two)


def _check(found: Moves, one: Assessment, two: Assessment) -> None:
    names = [{tier.number: tier.name for tier in side.scheme.tiering.tiers} | {-1: "不参评"} for side in (one, two)]
    tiers = [
        [named.get(tier, str(tier)) for tier in side.tiers.tolist()]
        for named, side in zip(names, (one, two), strict=True)
    ]
    differing = {name for name, was, now in zip(one.units.name, *tiers, strict=True) if was != now}

    assert differing == {move.name for move in found.moved}
    for move in (*found.moved, *found.restarred):
        assert any(_says_what(cause, one, two) for cause in move.causes), move.reasons
        assert len(move.reasons) == len(set(move.reasons))
    assert all(tally.up + tally.down <= tally.units for tally in found.reasons)


# --- what is said -----------------------------------------------------------------------------------------------------

POINTS = """\
方案: 试
编号: t
适用: 行政村
版本: "1"
性质: 示例
生效: 2022-01-01
依据:
  甲: {文件: 甲}
字段:
  亩数: {类型: 数值, 单位: 亩}
  人口: {类型: 整数, 单位: 人}
星级:
  - 星: A
    点亮: 全部
    指标:
      - {编号: A1, 名称: 田, 列名: [田], 类型: 数值, 单位: 个, 分值: 50, 分档: [{至少: 10, 得: 50}, {至少: 5, 得: 30}],
         责任: 县, 整改: 改, 要求: [{自: 2022-01-01, 至少: 5, 依据: 甲 一条}]}
      - {编号: A2, 名称: 林, 列名: [林, 林木], 类型: 是否, 分值: 40, 责任: 县, 整改: 改, 不适用于: [免],
         要求: [{自: 2022-01-01, 为: 是, 依据: 甲}]}
      - {编号: A3, 名称: 人均, 公式: 亩数 / 人口, 类型: 数值, 单位: 亩/人, 分值: 10, 责任: 县, 整改: 改,
         要求: [{自: 2022-01-01, 至少: 2, 依据: 甲}]}
定级:
  方法: 总分
  档次: [{至少: 90, 档: 优}, {至少: 60, 档: 中}, {至少: 0, 档: 差}]
负面清单:
  - {编号: FM, 情形: 案, 列名: [案], 触发: {为: 是}, 后果: {扣分: 10}, 依据: 甲 九条}
"""
ROWS = [
    ["乡镇", "村名", "田", "林", "亩数", "人口", "案"],
    ["乙乡", "一村", 12, "是", 40, 10, "否"],
    ["乙乡", "二村", 7, "是", 40, 10, "是"],
    ["乙乡", "三村", 12, "是", 10, 10, "否"],
]


def said(folder: Path, old: str, new: str, before: str = POINTS, **told: Any) -> Moves:
    """Who moves where one text in the scheme becomes another."""
    assert old in before
    one = _rate(folder, before, **told)
    two = _rate(folder, before.replace(old, new, 1), **told)
    return moves(one, two)


def _rate(folder: Path, text: str, **told: Any) -> Assessment:
    return rated(folder, scheme(text), ROWS, as_of="2022-06-30", **told).outcome.assessment


BOUNDS = "档次 优 至少90、中 至少60、差 至少0 → 优 至少95、中 至少60、差 至少0"
BANDS = "至少10个得50分；至少5个得30分 → 至少10个得50分；至少5个得15分"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("{至少: 90, 档: 优}", "{至少: 95, 档: 优}", {"三村": (f"定级：优 → 中（{BOUNDS}）",)}),
        (
            "{至少: 5, 得: 30}",
            "{至少: 5, 得: 15}",
            {"二村": (f"A1 田：得分减少（7个、得分 30 → 15；计分 {BANDS}）", "定级：得分（70 → 55）")},
        ),
        (
            "分值: 40",
            "分值: 39.99999",
            {"三村": ("A2 林：得分减少（是、得分 40 → 39.99999；分值 40 → 39.99999）", "定级：得分（90 → 89.99999）")},
        ),
        (
            "{扣分: 10}",
            "{扣分: 25}",
            {"二村": ("FM 案：触发（后果 扣10分 → 扣25分；依据 甲 九条）", "定级：得分（70 → 55）")},
        ),
        (
            "档: 差}]",
            "档: 差}]\n  名额: [{档: 优, 至多: 1, 范围: 全县, 同分: [人口 高者先]}]",
            {"三村": ("优名额：减 0 档 → 减 1 档（名额 无 → 优 全县 1 人口 高者先）",)},
        ),
        (
            "档: 差}]",
            "档: 差}]\n  封顶: [{未亮: A, 最高: 0, 依据: 甲 八条}]",
            {"三村": ("A未亮，最高 0：减 0 档 → 减 2 档（封顶 无 → A未亮，最高 0（甲 八条））",)},
        ),
    ],
    ids=["bounds of a tier", "bands", "hardly less", "effect of a veto", "quota", "cap"],
)
def test_the_part_of_the_standard_is_named(
    tmp_path: Path, old: str, new: str, expected: dict[str, tuple[str, ...]]
) -> None:
    """The rule that moved a unit is named with what it was and what it is, and with the unit's own value."""
    found = said(tmp_path, old, new)

    assert expected == {move.name: move.reasons for move in found.moved}


def test_rescaling_is_named(tmp_path: Path) -> None:
    """With 折算 the points of what does not count are as good as earned; that it is so now is said."""
    register = [["乡镇", "名称", "标签"], *[["乙乡", name, "免"] for name in ("一村", "二村", "三村")]]

    found = said(tmp_path, "方法: 总分", "方法: 总分\n  折算: 是", register=register)

    assert ("定级：得分（60 → 100；折算 否 → 是）",) == found.moved[0].reasons


def test_the_field_behind_a_formula_is_named(tmp_path: Path) -> None:
    """An item computed from a field is not known where the field's 范围 no longer holds its value."""
    found = said(tmp_path, "{类型: 数值, 单位: 亩}", "{类型: 数值, 单位: 亩, 范围: {至多: 30}}")

    [cause] = {cause for move in found.restarred for cause in move.causes if cause.key == "A3"}
    assert ("达标 → 待核实", "亩数 范围 无 → 至多30亩") == (cause.turn, cause.why)


def test_a_spelling_that_is_gone_is_named(tmp_path: Path) -> None:
    """Who drops the spelling that the ledger uses is told so, once above, and of each unit; it is no real fall."""
    found = said(tmp_path, "列名: [林, 林木]", "列名: [林木]")

    assert [("A2", ("林",), 3)] == [(column.key, column.lost, column.units) for column in found.absent]
    assert "列名里没有了“林”，台账的这一列不再读" in found.moved[0].reasons[0]
    assert [True] * 3 == [move.unverified for move in found.moved]


def test_a_column_that_nobody_has_is_said_once(tmp_path: Path) -> None:
    """New items without a column are one cause together, and counted as open, not as falls."""
    item = (
        "{编号: A4, 名称: 新, 列名: [新], 类型: 是否, 责任: 县, 整改: 改, 要求: [{自: 2022-01-01, 为: 是, 依据: 甲}]}"
    )
    two = f"      - {item}\n      - {item.replace('A4', 'A5').replace('新', '又')}\n定级:"
    unscored = re.sub(r"分值: \d+, (分档: \[.*?\],\s+)?", "", POINTS[: POINTS.index("定级:")])
    stars = unscored + "定级: {方法: 亮星数, 档次: {1: 亮, 0: 暗}}\n"

    found = said(tmp_path, "定级:", two, stars)

    assert [("A4", 3), ("A5", 3)] == [(column.key, column.units) for column in found.absent]
    [first, second] = found.moved
    assert ("A4、A5：待核实（台账没有这一列）", "A：点亮 → 待核实") == first.reasons == second.reasons
    assert [("A4、A5", 3, 2, 2)] == [
        (tally.key, tally.units, tally.down, tally.unverified) for tally in found.reasons if "、" in tally.key
    ]


def test_a_fall_by_a_quota_is_a_fall(tmp_path: Path) -> None:
    """Nothing that is not known would bring back what a quota took."""
    found = said(tmp_path, "档: 差}]", "档: 差}]\n  名额: [{档: 优, 至多: 0, 范围: 全县, 依据: 甲, 说明: 试}]")

    assert [False, False] == [move.unverified for move in found.moved]


def test_units_of_one_side_are_told(tmp_path: Path) -> None:
    """Who is rated by one of the standards only is named; he is in none of the other lists."""
    kinds = [
        ["乡镇", "名称", "类型"],
        ["乙乡", "一村", "行政村"],
        ["乙乡", "二村", "行政村"],
        ["乙乡", "三村", "城市社区"],
    ]

    found = said(tmp_path, "适用: 行政村", "适用: 城市社区", register=kinds)

    assert (["一村", "二村"], ["三村"], 3) == (
        [unit.name for unit in found.gone],
        [unit.name for unit in found.new],
        found.units,
    )
    assert () == found.moved


def test_who_newly_misses_an_item_is_counted_whatever_the_tier(tmp_path: Path) -> None:
    """A unit that misses an item now and keeps its tier counts among those, and not among those that fell."""
    found = said(tmp_path, "至少: 5, 依据: 甲 一条", "至少: 8, 依据: 甲 一条")

    [tally] = [tally for tally in found.reasons if tally.key == "A1"]
    assert ("达标 → 未达标", 1, 0, 0) == (tally.turn, tally.units, tally.up, tally.down)


def test_a_tier_counts_by_its_name(tmp_path: Path) -> None:
    """A new tier at the bottom is no rise for those above it."""
    found = said(tmp_path, "{至少: 0, 档: 差}]", "{至少: 20, 档: 差}, {至少: 0, 档: 末}]")

    assert () == found.moved


# --- what a change moves by itself ------------------------------------------------------------------------------------


def _item(key: str, least: int, more: str = "") -> str:
    return (
        f"      - {{编号: {key}, 名称: {key}, 列名: [{key}], 类型: 数值, 单位: 个, {more}责任: 县, 整改: 改, "
        f"要求: [{{自: 2022-01-01, 至少: {least}, 依据: 甲}}]}}\n"
    )


def _by_stars(a1: int, b1: int, b2: int, more: str = "", tail: str = "") -> str:
    head = POINTS[: POINTS.index("字段:")]
    stars = f"星级:\n  - 星: A\n    点亮: 全部\n    指标:\n{_item('A1', a1)}{more}"
    stars += "  - 星: B\n    点亮: {至少: 1}\n    指标:\n" + _item("B1", b1) + _item("B2", b2)
    return f"{head}{stars}定级: {{方法: 亮星数, 档次: {{2: 两颗, 1: 一颗, 0: 没有}}}}\n{tail}"


_COUNTED = [
    ["乡镇", "村名", "A1", "B1", "B2", "A2", "案"],
    ["乙乡", "一村", 5, 5, 9, 1, "否"],
    ["乙乡", "二村", 9, 5, 5, 9, "是"],
    ["乙乡", "三村", 9, 9, 9, 9, "否"],
]


def _counted(folder: Path, before: str, after: str) -> tuple[dict[str, tuple[int, int, int]], int]:
    """By key how many units came out otherwise, and how many go up and down by that alone; and by several together."""
    sides = [rated(folder, scheme(text), _COUNTED, as_of="2022-06-30").outcome.assessment for text in (before, after)]
    found = moves(sides[0], sides[1])
    counts: dict[str, tuple[int, int, int]] = {}
    for tally in found.reasons:
        units, up, down = counts.get(tally.key, (0, 0, 0))
        counts[tally.key] = units + tally.units, up + tally.up, down + tally.down
    return counts, found.together


def test_a_fall_is_counted_where_it_was_made(tmp_path: Path) -> None:
    """一村 falls by A1. B1 is unmet there too and moves nobody: the star has B2. What needs both is the star's."""
    one = _counted(tmp_path, _by_stars(1, 1, 1), _by_stars(6, 6, 1))
    two = _counted(tmp_path, _by_stars(1, 1, 1), _by_stars(1, 6, 6))

    assert ({"A1": (1, 0, 1), "B1": (2, 0, 0), "A": (1, 0, 1)}, 0) == one
    assert ({"B1": (2, 0, 0), "B2": (1, 0, 0), "B": (1, 0, 1)}, 0) == two


def test_what_comes_and_goes_moves_by_itself(tmp_path: Path) -> None:
    """An item more, or fewer, in a star and a veto are each put into the first standard alone."""
    veto = "负面清单:\n  - {编号: F, 情形: 案, 列名: [案], 触发: {为: 是}, 后果: {最高: 0}, 依据: 甲}\n"
    added = _counted(tmp_path, _by_stars(1, 1, 1), _by_stars(1, 1, 1, _item("A2", 5), veto))
    removed = _counted(tmp_path, _by_stars(1, 1, 1, _item("A2", 5)), _by_stars(1, 1, 1))

    assert (3, 0, 1) == added[0]["A2"]
    assert (1, 0, 1) == added[0]["F"]
    assert (3, 1, 0) == removed[0]["A2"]
    assert 0 == added[1] == removed[1]


def test_several_changes_that_only_move_together_are_said(tmp_path: Path) -> None:
    """Neither fewer points nor a higher line alone takes 一村 below it: no row counts it, the table says so below."""
    before = POINTS.replace("不适用于: [免],", "")
    first = "[{至少: 10, 得: 50}, ", "[{至少: 13, 得: 50}, {至少: 10, 得: 44}, "
    other = "{至少: 90, 档: 优}", "{至少: 95, 档: 优}"
    weights = before.replace(*first), before.replace(*other)
    both_of_them = weights[0].replace(*other)
    alone = [moves(_rate(tmp_path, before), _rate(tmp_path, text)) for text in weights]
    found = moves(_rate(tmp_path, before), _rate(tmp_path, both_of_them))

    assert [False, False] == ["一村" in {move.name for move in each.moved} for each in alone]
    assert "一村" in {move.name for move in found.moved}
    assert 1 == found.together


def test_a_date_later_each_item_is_what_it_is_then(tmp_path: Path) -> None:
    """Between two dates of one scheme the later requirement is put into the earlier day."""
    later = "要求: [{自: 2022-01-01, 至少: 1, 依据: 甲}, {自: 2023-01-01, 至少: 6, 依据: 甲}]}\n"
    text = _by_stars(1, 1, 1).replace("要求: [{自: 2022-01-01, 至少: 1, 依据: 甲}]}\n", later, 1)
    one = rated(tmp_path, scheme(text), _COUNTED, as_of="2022-06-30").outcome
    found = moves(one.assessment, assess(one.ledger, date(2023, 6, 30)))

    assert [("A1", 1, 1)] == [(tally.key, tally.units, tally.down) for tally in found.reasons if tally.key == "A1"]
