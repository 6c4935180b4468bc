"""Two standards, or one on two days, held side by side: what changed, and who moves because of it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel
from typer.testing import CliRunner

from changing import changed_at, models, ways
from making import CRITERIA, OWN_CRITERIA, ROOT_EXAMPLES, delimited, rated, scheme, scheme_file
from starcheck.cli import app
from starcheck.comparing import Change, begins_later, scheme_changes
from starcheck.diagnostic import Lang
from starcheck.moving import moves
from starcheck.scheme import Field, LightRule, Scheme
from starcheck.scoring import assess

EVERY_KEY = """\
方案: 样样都写
编号: every
适用: 行政村
名称列: [项目]
版本: v1
性质: 测试
生效: 2022-01-01
失效: 2026-12-31
说明: 全文
依据:
  测试: {文件: 测试, 机关: 县, 日期: 2022-01-01, 链接: x, 说明: y}
字段:
  类: {类型: 选项, 选项: [农, 城]}
  带: {类型: 文本}
  人: {列名: [人, 人口], 类型: 整数, 单位: 人, 范围: {至少: 1, 至多: 9000}, 说明: x}
  标: {类型: 数值, 单位: 亩}
  日: {类型: 日期, 可在将来: 是}
  日二: {类型: 日期}
  软: {类型: 是否}
校核:
  - {编号: J1, 名称: 校, 公式: 人 >= 1, 容差: 0.00001, 级别: 警告, 说明: x}
星级:
  - 星: A
    牵头: 民政局
    点亮:
      - {自: 2022-01-01, 按: 任一, 依据: 测试 一}
      - {自: 2023-01-01, 按: {得分: {至少: 20, 折算: 是}}, 依据: 测试 二}
    说明: x
    指标:
      - 编号: A1
        名称: a
        列名: [a1]
        类型: 数值
        单位: 亩
        范围: {高于: 0, 低于: 900}
        分值: 10
        分档: [{至少: 9, 得: 10}, {至少: 5, 得: 4}]
        要求: [{自: 2022-01-01, 至少: 5, 依据: 测试 一, 说明: y}, {自: 2025-01-01, 至少: 6, 依据: 测试 二}]
        必备: 是
        适用于: {类: [农]}
        不适用于: [免]
        不适用按: 平均
        责任: 甲局
        整改: 改
        可改: 是
        难度: 高
        工期: 3
        每单位成本: 2
        止: 2030-12-31
        说明: x
      - {编号: A2, 名称: b, 公式: 标 / 人, 类型: 数值, 单位: 亩/人, 分值: 10, 扣分: {每: 1, 扣: 2, 至多: 9},
         要求: [{自: 2022-01-01, 高于: 3, 依据: 测试}], 责任: 甲局, 整改: 改}
      - {编号: A3, 名称: c, 日期依次: [日, 日二], 分值: 2, 要求: [{自: 2022-01-01, 为: 是, 依据: 测试}],
         责任: 甲局, 整改: 改}
      - {编号: A4, 名称: d, 列名: [a4], 类型: 比例, 单位: "%", 分值: 10, 比最优: {满分: 最低, 范围: 乡镇},
         要求: [{自: 2022-01-01, 低于: 50, 依据: 测试}], 责任: 甲局, 整改: 改}
      - {编号: A5, 名称: e, 列名: [a5], 类型: 数值, 单位: 亩, 分值: 10,
         比目标: {字段: 标}, 加分: {每: 1, 加: 1, 至多: 3},
         要求: [{自: 2022-01-01, 至少: 5, 依据: 测试}], 责任: 甲局, 整改: 改}
      - {编号: A6, 名称: f, 列名: [a6], 类型: 数值, 单位: 亩, 分值: 10, 比目标: {目标: 9}, 范围: {至少: 0, 至多: 99},
         要求: [{自: 2022-01-01, 至多: 5, 依据: 测试}], 责任: 甲局, 整改: 改}
      - {编号: A7, 名称: g, 列名: [a7], 类型: 数值, 单位: 亩, 分值: 10, 分档: [{至多: 1, 得: 10}],
         要求: [{自: 2022-01-01, 介于: [1, 5], 依据: 测试}], 责任: 甲局, 整改: 改}
  - 星: B
    点亮: {至少: 1}
    指标:
      - 编号: B1
        名称: f
        责任: 乙局
        整改: 改
        分值: 10
        要求: [{自: 2022-01-01, 至少: 1, 依据: 测试}, {自: 2023-01-01, 为: 全部, 依据: 测试}]
        任务:
          - {编号: B11, 名称: g, 列名: [b11], 类型: 选项, 选项: [好, 坏],
             要求: [{自: 2022-01-01, 属于: [好], 依据: 测试}],
             责任: 甲局, 整改: 改}
          - {编号: B12, 名称: h, 列名: [b12], 类型: 日期,
             要求: [{自: 2022-01-01, 介于: [2022-01-01, 2022-12-31], 依据: 测试}],
             责任: 甲局, 整改: 改}
  - 星: C
    点亮: {得分: {至少: 2}}
    折算: 是
    指标:
      - {编号: C1, 名称: c, 列名: [c1], 类型: 是否, 分值: 3, 要求: [{自: 2022-01-01, 为: 是, 依据: 测试}],
         责任: 甲局, 整改: 改}
定级:
  方法: 总分
  档次: [{至少: 30, 档: 优}, {至少: 10, 档: 好}, {至少: 0, 档: 差}]
  封顶: [{未亮: A, 最高: 1, 自: 2024-01-01, 止: 2024-12-31, 依据: 测试, 说明: x}, {未亮: B, 最高: 1, 依据: 测试}]
  称呼: 等次
  排名: 是
  名额:
    - {档: 优, 至多比例: 50%, 范围: 全县, 同分: ["[A1] 高者先", "人 低者先"],
       自: 2024-01-01, 止: 2024-12-31, 依据: 测试, 说明: x}
    - {档: 优, 至多: 5, 范围: 乡镇, 同分: ["[A1] 高者先"]}
  折算: 否
  说明: x
统计: [软]
摊派提醒: {情形: 软, 常见: [5%, 10%]}
负面清单:
  - {编号: FM1, 情形: x, 列名: [f1],
     触发: {为: 是}, 后果: {熄灭: A}, 自: 2024-01-01, 止: 2024-12-31, 依据: 测试, 说明: x}
  - {编号: FM2, 情形: x, 列名: [f2], 类型: 整数, 单位: 人, 范围: {至多: 9},
     触发: {至少: 3}, 后果: {最高: 1}, 依据: 测试}
  - {编号: FM3, 情形: x, 列名: [f3], 触发: {为: 是}, 后果: {扣分: 4}, 联审: [甲局], 有效: 12个月, 依据: 测试}
  - {编号: FM4, 情形: x, 列名: [f4], 类型: 选项, 选项: [有, 无],
     触发: {属于: [有]}, 后果: 不参评, 依据: 测试}
  - {编号: FM5, 情形: x, 列名: [f5], 类型: 数值, 单位: 亩,
     触发: {至多: 3}, 后果: 提示, 依据: 测试}
  - {编号: FM6, 情形: x, 列名: [f6], 类型: 数值, 单位: 亩,
     触发: {高于: 3}, 后果: 提示, 依据: 测试}
  - {编号: FM7, 情形: x, 列名: [f7], 类型: 数值, 单位: 亩,
     触发: {低于: 3}, 后果: 提示, 依据: 测试}
  - {编号: FM8, 情形: x, 列名: [f8], 类型: 数值, 单位: 亩,
     触发: {介于: [3, 4]}, 后果: 提示, 依据: 测试}
月度:
  排名:
    - {名称: 甲, 对象: 乡镇, 按: 占比, 达到: 好, 进步: 是, 加权: 人, 缺报: 按最低, 待核实: 区间, 不参评: 不计,
       依据: 测试, 说明: x}
    - {名称: 乙, 对象: 单位, 按: 平均得分, 同类: [近郊, 山区], 依据: 测试}
  约谈:
    - {排名: 甲, 落后: {末位: 2}, 连续: 3, 同分: 计入, 依据: 测试, 说明: x}
    - {排名: 甲, 落后: {末位比例: 20%}, 依据: 测试}
    - {排名: 甲, 落后: {低于: 60}, 依据: 测试}
    - {排名: 乙, 落后: {低于平均: 是}, 依据: 测试}
  整改: {期限: 60, 临期: 7, 依据: 测试, 说明: x}
  奖励:
    - {名称: 村, 达到: 好, 发给: 单位, 金额: 30000, 周期: 一次, 依据: 测试, 说明: x}
    - {名称: 书记, 档: 好, 连续: 3, 混合年份: 须同档, 首年: 2022, 发给: 个人, 职务: [书记], 比例: 20%, 周期: 月,
       叠加: 相乘, 依据: 测试}
    - {名称: 好支书, 名单: 是, 名额: 20, 发给: 个人, 金额: 10000, 依据: 测试}
  日程:
    - {事项: 报台账, 责任: 乡镇, 每: 月, 日: 5, 上报: 是, 期: 上月, 依据: 测试, 说明: x}
    - {事项: 例会, 责任: 县, 每: 周, 依据: 测试}
  抽查: {比例: 10%, 分层: 星级, 最少: 2, 依据: 测试, 说明: x}
分组:
  - 组: 带
    按: 带
    说明: x
    指标:
      - {编号: G1, 名称: n, 汇总: 单位数(), 类型: 整数, 单位: 个, 只对: [东], 责任: x, 整改: y, 说明: z,
         止: 2030-12-31,
         要求: [{自: 2022-01-01, 至少: 2, 依据: 测试}, {自: 2025-01-01, 至少: 3, 依据: 测试}]}
      - {编号: G2, 名称: n, 汇总: "加权平均([A4], 人) + 占比(档次 >= 1)", 类型: 比例, 单位: "%", 责任: x, 整改: y}
"""

STARS = (OWN_CRITERIA / "by-stars.yaml").read_text(encoding="utf-8")
SCORE = (OWN_CRITERIA / "by-score.yaml").read_text(encoding="utf-8")
DAY = date(2023, 6, 30)
HEADER = ["乡镇", "村名", "班子健全", "完成率", "提议日期", "决议日期", "公开日期", "集体收入", "合作社", "负债率"]
GOOD = ["是", "95%", "2023-01-01", "2023-01-02", "2023-01-03", 12, 1, "20%"]


def changed(text: str, *changes: tuple[str, str]) -> str:
    """A scheme's text with parts replaced."""
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return text


def differences(text: str, *changes: tuple[str, str], day: date = DAY) -> list[tuple[str, str, str | None, str | None]]:
    """What is said to have changed: key, aspect, before, after."""
    found = scheme_changes(scheme(text), scheme(changed(text, *changes)), (day, day))
    return [(change.key, change.aspect, change.before, change.after) for change in found]


def test_nothing_changed() -> None:
    """A scheme does not differ from itself."""
    assert [] == differences(STARS)
    assert [] == differences(SCORE)


def test_every_key_is_compared() -> None:
    """Whatever one value of a scheme is changed, a change is told, in both languages, with two different texts."""
    by = _every_key()
    missed = []
    for way, owner, attribute in ways(by):
        if (owner, attribute) in _SAID_ELSEWHERE:
            continue
        for lang in LANGUAGES:
            found = scheme_changes(by, changed_at(by, way), (DAY, DAY), lang)
            if not found or any(change.before == change.after for change in found):
                missed.append((way, found))

    assert [] == missed


def test_the_scheme_of_every_key_has_every_key() -> None:
    """A key that is added to a model has to be written there too, so that its changes are looked at."""
    written = set(_written(_every_key()))

    assert set() == {(model, name) for model in models() for name in model.model_fields} - written


def _every_key() -> Scheme:
    return changed_at(scheme(EVERY_KEY).model_copy(update={"parent": "上级.yaml"}), ("parent",))  # type: ignore[no-any-return]


def _written(value: object) -> Iterator[tuple[type[BaseModel], str]]:
    if isinstance(value, BaseModel):
        for name in type(value).model_fields:
            part = getattr(value, name)
            if part not in (None, (), {}):
                yield type(value), name
            yield from _written(part)
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _written(part)
    elif isinstance(value, tuple):
        for part in value:
            yield from _written(part)


_SAID_ELSEWHERE = {(Field, "name"), (LightRule, "all")}
"""The key that a field stands under; and what follows from there being neither a number nor a score."""
LANGUAGES: tuple[Lang, ...] = ("zh", "en")


@pytest.mark.parametrize("path", sorted(CRITERIA.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_shipped_scheme_does_not_differ_from_itself(path: Path) -> None:
    """Loaded twice it is the same, key by key."""
    one, other = scheme_file(path), scheme_file(path)

    assert () == scheme_changes(one, other, (one.since, one.since))


def test_what_is_not_in_force_is_not_gone() -> None:
    """A veto, a cap and a quota that begin later are there, and said to be not yet in force."""
    by = scheme(EVERY_KEY)
    days = date(2024, 6, 30), date(2023, 6, 30)

    found = {(change.key, change.aspect): (change.before, change.after) for change in scheme_changes(by, by, days)}

    assert ("施行中", "还没有施行") == found["FM1", "那天"]
    assert "不再有" not in {aspect for _, aspect in found}
    assert {("定级", "封顶"), ("定级", "名额")} <= found.keys()


YEAR = "自: 2024-01-01, 止: 2024-12-31"


def test_what_begins_later_is_pointed_to() -> None:
    """A cap that would end sooner counts from the day after its last, a group's requirement from its first."""
    by = scheme(EVERY_KEY)

    longer = scheme(changed(EVERY_KEY, (f"最高: 1, {YEAR}", "最高: 1, 自: 2024-01-01, 止: 2025-06-30")))
    more = scheme(changed(EVERY_KEY, ("{自: 2025-01-01, 至少: 3,", "{自: 2025-01-01, 至少: 4,")))

    assert [date(2025, 1, 1)] * 2 == [begins_later(by, longer, DAY), begins_later(by, more, DAY)]
    assert begins_later(by, by, DAY) is None


RULE = ("至少2项达标才点亮；必备：CY-1", "至少1项达标才点亮；必备：CY-1")
BOUNDS = ("至少1人、至多50000人", "至少1人、至多90000人")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("至少: 10,", "至少: 8,", ("CY-1", "要求", "至少10万元", "至少8万元")),
        ("为: 是, 依据: 测试 第一条", "为: 是, 依据: 测试 第二条", ("ZB-1", "依据", "测试 第一条", "测试 第二条")),
        ("点亮: {至少: 2}", "点亮: {至少: 1}", ("产业星", "点亮", *RULE)),
        ("责任: 组织部, 整改: 补选", "责任: 县委组织部, 整改: 补选", ("ZB-1", "责任单位", "组织部", "县委组织部")),
        ("列名: [班子健全, 两委班子]", "列名: [班子健全]", ("ZB-1", "列名", "班子健全、两委班子", "班子健全")),
        ("范围: {至少: 1, 至多: 50000}", "范围: {至少: 1, 至多: 90000}", ("人口", "范围", *BOUNDS)),
        ("容差: 0.01", "容差: 0.1", ("JH-1", "容差", "0.01", "0.1")),
        ("不适用按: 达标", "不适用按: 不计", ("ST-2", "不适用于", "城郊村（按达标）", "城郊村（按不计）")),
        ("必备: 是\n", "必备: 否\n", ("CY-1", "必备", "是", "无")),
    ],
)  # fmt: skip
def test_each_aspect_is_compared(old: str, new: str, expected: tuple[str, str, str, str]) -> None:
    """Whatever part of a criterion, star, field or relation changes is named with both its values."""
    assert expected in differences(STARS, (old, new))


def test_what_is_new_and_what_is_gone() -> None:
    """An item that was added has no before, one that was taken out no after."""
    line = next(line for line in STARS.splitlines() if "编号: CY-3" in line)
    without = STARS.replace(f"{line}\n", "")

    gone = scheme_changes(scheme(STARS), scheme(without), (DAY, DAY))
    new = scheme_changes(scheme(without), scheme(STARS), (DAY, DAY))

    assert [Change("CY-3", "负债率", "不再有", "低于30.5%；测试", None)] == list(gone)
    assert [Change("CY-3", "负债率", "新增", None, "低于30.5%；测试")] == list(new)


def test_one_scheme_on_two_days() -> None:
    """On the day a new threshold begins the item asks for something else, by another clause."""
    by = scheme(STARS)

    found = scheme_changes(by, by, (date(2022, 12, 31), date(2023, 1, 1)))

    assert [("ZB-2", "要求", "至少90%", "高于90%"), ("CY-1", "要求", "至少5万元", "至少10万元")] == [
        (change.key, change.aspect, change.before, change.after) for change in found
    ]


def moved(
    folder: Path, text: str, *changes: tuple[str, str], rows: list[list[object]]
) -> list[tuple[str, str, str, tuple[str, ...]]]:
    """Name, tier before, tier after and reasons of the units that move."""
    table = [HEADER, *rows]
    one = rated(folder, scheme(text), table, as_of="2023-06-30").outcome.assessment
    other = rated(folder, scheme(changed(text, *changes)), table, as_of="2023-06-30").outcome.assessment
    found = moves(one, other)
    assert [tier.before for tier in found.tiers if tier.name == "未上报"] == [0]
    assert sum(tier.before for tier in found.tiers) == sum(tier.after for tier in found.tiers) == len(rows)
    return [(move.name, move.before, move.after, move.reasons) for move in found.moved]


ROWS: list[list[object]] = [
    ["河乡", "张村", *GOOD],
    ["河乡", "李村", "是", "95%", "2023-01-01", "2023-01-02", "2023-01-03", 9, 1, "20%"],
    ["河乡", "王村", "否", "95%", "2023-01-01", "2023-01-02", "2023-01-03", 12, 0, "20%"],
]


def test_who_moves_by_a_threshold(tmp_path: Path) -> None:
    """The unit between the old and the new threshold moves, and is told by which requirement."""
    assert [
        (
            "李村",
            "一星",
            "二星",
            (
                "CY-1 集体收入：未达标 → 达标（9万元；要求 至少10万元 → 至少8万元；依据 测试）",
                "产业星：未点亮 → 点亮",
            ),
        )
    ] == moved(tmp_path, STARS, ("至少: 10,", "至少: 8,"), rows=ROWS)


def test_who_moves_by_a_rule(tmp_path: Path) -> None:
    """Where no item turned, the star's rule is what moved the unit."""
    assert [
        ("张村", "二星", "一星", ("产业星：点亮 → 未点亮（至少2项达标才点亮；必备：CY-1 → 全部达标才点亮）",)),
    ] == moved(
        tmp_path,
        STARS.replace("至少: 10,", "至少: 1,"),
        ("点亮: {至少: 2}", "点亮: 全部"),
        rows=[["河乡", "张村", "是", "95%", "2023-01-01", "2023-01-02", "2023-01-03", 12, 0, "20%"]],
    )


def test_who_moves_by_a_cap(tmp_path: Path) -> None:
    """A cap that is stricter takes a star more, and says so in both sizes."""
    [(name, before, after, reasons)] = moved(
        tmp_path, STARS, ("{未亮: 支部星, 最高: 2,", "{未亮: 生态星, 最高: 1,"), rows=ROWS[:1]
    )

    assert ("张村", "二星", "一星") == (name, before, after)
    assert (
        "生态星未亮，最高 1：减 0 档 → 减 1 档（封顶 支部星未亮，最高 2（测试） → 生态星未亮，最高 1（测试））",
    ) == reasons


_CELLS = st.lists(
    st.tuples(
        st.sampled_from(["是", "否", ""]),
        st.sampled_from(["95%", "90%", "80%", ""]),
        st.sampled_from([5, 9, 10, 12, None]),
        st.sampled_from([0, 1, None]),
        st.sampled_from(["20%", "40%", ""]),
    ),
    min_size=1,
    max_size=5,
)


@given(
    _CELLS, st.sampled_from([("至少: 10,", "至少: 8,"), ("点亮: {至少: 2}", "点亮: 任一"), ("必备: 是", "必备: 否")])
)
def test_every_move_has_a_reason(
    tmp_path_factory: pytest.TempPathFactory, cells: list[tuple[object, ...]], change: tuple[str, str]
) -> None:
    """A unit is listed exactly if its tier differs, and never without saying why."""
    folder = tmp_path_factory.mktemp("moves")
    rows = [
        ["河乡", f"{'甲乙丙丁戊'[place]}村", team, rate, "2023-01-01", "2023-01-02", "2023-01-03", *rest]
        for place, (team, rate, *rest) in enumerate(cells)
    ]
    one = rated(folder, scheme(STARS), [HEADER, *rows], as_of="2023-06-30").outcome.assessment
    other = rated(folder, scheme(changed(STARS, change)), [HEADER, *rows], as_of="2023-06-30").outcome.assessment

    found = moves(one, other)

    differing = {name for name, was, now in zip(one.units.name, one.tiers, other.tiers, strict=True) if was != now}
    assert differing == {move.name for move in found.moved}
    assert all(move.reasons for move in (*found.moved, *found.restarred))


def test_the_same_day_twice_moves_nobody(tmp_path: Path) -> None:
    """A rating does not differ from itself."""
    result = rated(tmp_path, scheme(STARS), [HEADER, *ROWS], as_of="2023-06-30").outcome

    found = moves(result.assessment, assess(result.ledger, DAY))

    assert ((), ()) == (found.moved, found.restarred)


# --- the command ------------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with an old and a new standard and a ledger."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "old.yaml").write_text(STARS, encoding="utf-8")
    (tmp_path / "new.yaml").write_text(changed(STARS, ("至少: 10,", "至少: 8,")), encoding="utf-8")
    delimited(tmp_path / "平原县2023年6月.csv", [HEADER, *ROWS])
    return tmp_path


def test_the_command_says_who_moves(folder: Path) -> None:
    """With ledgers: what changed, the tiers before and after, and who moves."""
    result = CliRunner().invoke(app, ["criteria", "diff", "old.yaml", "new.yaml", "--on", "平原县2023年6月.csv"])

    assert 0 == result.exit_code
    assert "星级有变的单位（1/3）" in result.stdout
    assert "至少10万元" in result.stdout
    assert "升 1 个，降 0 个；只是待核实、核实后可能不降的 0 个；其他 0 个。" in result.stdout
    assert (folder / "starcheck.db").exists() is False


def test_the_command_as_json_and_csv(folder: Path) -> None:
    """``--format json`` is one document, ``--format csv`` a row for each unit that moves."""
    arguments = ["criteria", "diff", "old.yaml", "new.yaml", "--on", "平原县2023年6月.csv", "--format"]

    document = json.loads(CliRunner().invoke(app, [*arguments, "json"]).stdout)
    rows = list(csv.reader(io.StringIO(CliRunner().invoke(app, [*arguments, "csv"]).stdout.removeprefix("\ufeff"))))

    assert (3, ["李村"]) == (document["units"], [move["name"] for move in document["moves"]])
    assert {"name": "二星", "before": 1, "after": 2} in document["tiers"]
    assert ["平原县", "河乡", "李村", "", "一星", "二星"] == rows[1][:6]
    assert folder.is_dir()


def test_the_command_on_two_days(folder: Path) -> None:
    """One scheme and two days: the ledgers are rated as on each."""
    result = CliRunner().invoke(
        app,
        ["criteria", "diff", "old.yaml", "--dates", "2022-06-30", "2023-06-30", "--on", "平原县2023年6月.csv"],
    )

    assert 0 == result.exit_code
    assert "李村" in result.stdout
    assert folder.is_dir()


def test_the_command_points_to_what_begins_later(folder: Path) -> None:
    """A requirement from next year changes nobody's tier today; the command says from when on it would."""
    later = changed(
        STARS, ("{自: 2025-01-01, 介于: [12.5, 1000], 依据: 测试}", "{自: 2025-01-01, 介于: [20, 1000], 依据: 测试}")
    )
    (folder / "new.yaml").write_text(later, encoding="utf-8")

    result = CliRunner().invoke(app, ["criteria", "diff", "old.yaml", "new.yaml", "--on", "平原县2023年6月.csv"])

    assert "没有一个单位的星级改变" in result.stdout
    assert "--dates 2023-06-30 2025-01-01" in result.stderr


def test_the_command_on_what_is_recorded(folder: Path) -> None:
    """With ``--county`` the recorded month is rated by both, and nothing is recorded anew."""
    runner = CliRunner()
    assert 0 == runner.invoke(app, ["score", "平原县2023年6月.csv", "--scheme", "old.yaml", "-q"]).exit_code

    result = runner.invoke(app, ["criteria", "diff", "old.yaml", "new.yaml", "--county", "平原", "--format", "json"])
    runs = runner.invoke(app, ["history", "list", "--format", "json"])

    assert ["李村"] == [move["name"] for move in json.loads(result.stdout)["moves"]]
    assert 1 == len(json.loads(runs.stdout))
    assert folder.is_dir()


@pytest.mark.parametrize(
    "arguments",
    [
        ["old.yaml"],
        ["old.yaml", "没有的"],
        ["old.yaml", "--dates", "2022-06-30", "六月"],
        ["old.yaml", "new.yaml", "--on", "平原县2023年6月.csv", "--county", "平原"],
        ["old.yaml", "new.yaml", "old.yaml"],
    ],
)
def test_wrong_usage(folder: Path, arguments: list[str]) -> None:
    """What cannot be compared is refused in one line, exit 2."""
    result = CliRunner().invoke(app, ["criteria", "diff", *arguments])

    assert 2 == result.exit_code
    assert folder.is_dir()


# --- days -------------------------------------------------------------------------------------------------------------


def _on_ledgers(*more: str) -> Any:
    return CliRunner().invoke(app, ["criteria", "diff", "old.yaml", "new.yaml", "--on", "平原县2023年6月.csv", *more])


def test_a_scheme_that_is_yet_to_begin_is_compared_on_its_first_day(folder: Path) -> None:
    """The ledgers are of June, the new standard of next January: both are rated as on its first day, which is said."""
    later = changed(STARS, ("至少: 10,", "至少: 8,"), ("生效: 2022-01-01", "生效: 2024-01-01"))
    (folder / "new.yaml").write_text(later, encoding="utf-8")

    result = _on_ledgers()

    assert (0, True) == (result.exit_code, "李村" in result.stdout)
    assert 2 == result.stdout.count("评定日 2024-01-01")
    assert "台账是 2023-06-30 的" in result.stderr


def test_schemes_that_follow_each_other_are_compared_each_on_its_own_day(folder: Path) -> None:
    """The old one ends where the new one begins: there is no day for both."""
    (folder / "old.yaml").write_text(changed(STARS, ("失效: 2029-12-31", "失效: 2023-12-31")), encoding="utf-8")
    (folder / "new.yaml").write_text(changed(STARS, ("生效: 2022-01-01", "生效: 2024-01-01")), encoding="utf-8")

    result = _on_ledgers()

    assert ("评定日 2023-06-30" in result.stdout, "评定日 2024-01-01" in result.stdout) == (True, True)
    assert "没有同时施行的日子" in result.stderr


def test_a_day_that_was_told_is_not_moved(folder: Path) -> None:
    """On it a scheme not in force is refused; no scheme of another kind is offered, and the sentence has no gap."""
    (folder / "new.yaml").write_text(
        changed(STARS, ("生效: 2022-01-01", "生效: 2024-01-01"), ("失效: 2029-12-31\n", "")), encoding="utf-8"
    )

    result = _on_ledgers("--as-of", "2023-06-30")

    assert 2 == result.exit_code
    assert "自 2024-01-01 起施行，失效未定，不能用来评 2023-06-30" in result.stderr.replace("\n", "")
    assert [] == [word for word in ("shaoxing", "ruanruo", "至 — 止") if word in result.stderr]


def test_the_header_says_which_ledgers(folder: Path) -> None:
    """County, month, the file and how many units."""
    result = _on_ledgers()

    assert "平原县 2023年6月，1 个文件，3 个单位 平原县2023年6月.csv" in result.stdout
    assert folder.is_dir()


def test_the_overlay_that_the_readme_prints_does_no_harm(tmp_path: Path) -> None:
    """It keeps every spelling of the item it replaces, so no village is unknown that was not before."""
    page = (CRITERIA / "README.md").read_text(encoding="utf-8")
    start = page.index("方案: 某县农村")
    (tmp_path / "mouxian.yaml").write_text(page[start : page.index("```", start)], encoding="utf-8")
    (tmp_path / "wuxing-rural.yaml").write_bytes((CRITERIA / "wuxing-rural.yaml").read_bytes())

    result = CliRunner().invoke(
        app,
        [
            "criteria",
            "diff",
            str(tmp_path / "wuxing-rural.yaml"),
            str(tmp_path / "mouxian.yaml"),
            "--on",
            str(ROOT_EXAMPLES / "qingfeng"),
            "--format",
            "json",
        ],
    )

    document = json.loads(result.stdout)
    assert [] == document["absent"]
    assert not any(tally["turn"].endswith("→ 待核实") for tally in document["reasons"])


# --- its schema -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("more", [[], ["--on", "平原县2023年6月.csv"], ["--county", "平原"]])
def test_the_document_is_of_its_schema(folder: Path, more: list[str]) -> None:
    """``criteria schema --diff`` publishes it; with ledgers or without, the document fits."""
    runner = CliRunner()
    assert 0 == runner.invoke(app, ["score", "平原县2023年6月.csv", "--scheme", "old.yaml", "-q"]).exit_code
    text = changed(STARS, ("至少: 10,", "至少: 8,"), ("列名: [班子健全, 两委班子]", "列名: [班子]"))
    (folder / "new.yaml").write_text(text, encoding="utf-8")

    schema = json.loads(runner.invoke(app, ["criteria", "schema", "--diff"]).stdout)
    document = json.loads(
        runner.invoke(app, ["criteria", "diff", "old.yaml", "new.yaml", *more, "--format", "json"]).stdout
    )

    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(document, schema)
    assert set(schema["required"]) == set(document)
