"""What a scheme refers to is there and is of the right sort: else a diagnostic says so, and nothing is rated by it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from making import delimited
from starcheck.diagnostic import Severity
from starcheck.report.explain import explain_criterion
from starcheck.run import rate
from starcheck.scheme import scheme_from_texts
from starcheck.scheme_source import Node, parse_source
from starcheck.workspace import Settings

FULL = """\
方案: 测试方案
编号: test
适用: 行政村
版本: "1"
性质: 测试
生效: 2022-01-01
依据:
  甲: {文件: 测试, 机关: 测试, 日期: 2022-01-01}
字段:
  类: {类型: 选项, 选项: [农, 城]}
  带: {类型: 文本}
  人口: {类型: 整数, 单位: 人, 范围: {至少: 1}}
  目标: {类型: 整数, 单位: 人}
  早: {类型: 日期}
  晚: {类型: 日期}
  软: {类型: 是否}
校核:
  - {编号: J1, 公式: 人口 >= 1}
星级:
  - 星: A
    点亮: [{自: 2022-01-01, 按: 任一, 依据: 甲}]
    指标:
      - {编号: A1, 名称: 面积, 列名: [面积], 类型: 整数, 单位: 人, 分值: 9, 比目标: {字段: 目标}, 适用于: {类: [农]},
         责任: 县, 整改: 改, 要求: [{自: 2022-01-01, 至少: 2, 依据: 甲}]}
      - {编号: A2, 名称: 人均, 公式: 人口 + 人口, 类型: 整数, 单位: 人, 分值: 9,
         责任: 县, 整改: 改, 要求: [{自: 2022-01-01, 至少: 2, 依据: 甲}]}
      - {编号: A3, 名称: 先后, 日期依次: [早, 晚], 分值: 9,
         责任: 县, 整改: 改, 要求: [{自: 2022-01-01, 为: 是, 依据: 甲}]}
  - 星: B
    点亮: 全部
    指标:
      - 编号: B1
        名称: 两件事
        分值: 9
        责任: 县
        整改: 改
        要求: [{自: 2022-01-01, 为: 全部, 依据: 甲}]
        任务:
          - {编号: B11, 名称: 规划, 列名: [规划], 类型: 选项, 选项: [农, 城], 责任: 县, 整改: 改,
             要求: [{自: 2022-01-01, 为: 农, 依据: 甲}]}
          - {编号: B12, 名称: 打更, 列名: [打更], 类型: 是否, 责任: 县, 整改: 改,
             要求: [{自: 2022-01-01, 为: 是, 依据: 甲}]}
定级:
  方法: 总分
  档次: [{至少: 20, 档: 优}, {至少: 9, 档: 好}, {至少: 0, 档: 差}]
  封顶: [{未亮: A, 最高: 1, 依据: 甲}]
  名额: [{档: 优, 至多: 1, 同分: ["[A1] 高者先"], 依据: 甲}]
统计: [软]
摊派提醒: {情形: 软, 常见: [5%]}
负面清单:
  - {编号: F1, 情形: 案, 列名: [案], 触发: {为: 是}, 后果: {熄灭: A}, 依据: 甲}
分组:
  - 组: 带
    按: 带
    指标:
      - {编号: G1, 名称: 点数, 汇总: 计数(软), 类型: 整数, 单位: 个, 责任: 县, 整改: 改,
         要求: [{自: 2022-01-01, 至少: 1, 依据: 甲}]}
"""
"""Every way of referring to something, and things of every sort."""

LEDGER = [
    ["乡镇", "村名", "类", "带", "人口", "目标", "早", "晚", "软", "面积", "规划", "打更", "案"],
    ["河乡", "孟村", "农", "东", 9, 5, "2022-01-02", "2022-02-03", "否", 7, "农", "是", "否"],
    ["河乡", "张村", "城", "西", 9, 5, "2022-01-02", "2022-02-03", "是", 7, "城", "是", "是"],
]

NAMES = ("甲", "类", "带", "人口", "早", "软", "A", "A1", "A2", "面积", "B1", "B11", "优", "差", "F1", "J1", "G1")
ODD = ("评定日", "档次", "乡镇", "县", "无")

_TEXTS = frozenset({"公式", "汇总", "未亮", "熄灭", "情形", "依据", "按", "字段", "同分"})
_LISTS = frozenset({"日期依次", "统计", "同分"})


def references(node: Node, path: tuple[str, ...] = ()) -> Iterator[tuple[str, tuple[int, int]]]:
    """The key and the place in the text of every value that names something, and of the keys of 适用于."""
    if isinstance(node.value, list):
        for item in node.value:
            if path[-1] in _LISTS and item.span is not None:
                yield path[-1], item.span
            yield from references(item, path)
    if not isinstance(node.value, dict):
        return
    for key, child in node.value.items():
        plain = not isinstance(child.value, dict | list)
        if child.span is not None and plain and (key in _TEXTS or (key == "档" and "名额" in path)):
            yield key, child.span
        if path and path[-1] == "适用于" and child.key_start is not None:
            yield "适用于", (child.key_start, child.key_start + len(key))
        yield from references(child, (*path, key))


ROOT = parse_source(FULL, "full.yaml")[0]
assert ROOT is not None
REFERENCES = sorted(set(references(ROOT)), key=lambda found: found[1])


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger with every column."""
    return delimited(tmp_path_factory.mktemp("ledger") / "台账.csv", LEDGER)


@pytest.mark.parametrize(("key", "span"), REFERENCES, ids=str)
def test_a_reference_to_anything_is_refused_or_can_be_rated(key: str, span: tuple[int, int], ledger: Path) -> None:
    """Whatever else of the scheme a reference is turned to, there is an error, or a result for every village."""
    told = Settings(period="2022-06", county="示例县", no_store=True)
    for name in (*NAMES, *ODD):
        for written in (name, f'"[{name}]"', f'"[{name}] + 1"', f'"计数([{name}] > 1)"'):
            if key == "同分":
                written = f'"{written.strip(chr(34))} 高者先"'  # noqa: PLW2901 - the form that 同分 has
            text = FULL[: span[0]] + written + FULL[span[1] :]
            scheme, problems = scheme_from_texts([("full.yaml", text)])

            assert (scheme is None) == any(problem.level is Severity.ERROR for problem in problems), written
            if scheme is not None:
                outcome = rate([ledger], told, given=scheme)
                pages = [list(explain_criterion(scheme, item.id, as_of=date(2022, 6, 30))) for item in scheme.criteria]

                assert [2, len(scheme.criteria)] == [len(outcome.assessment.tiers), len(pages)], written


@pytest.mark.parametrize(
    ("old", "new", "code", "said"),
    [
        ("公式: 人口 + 人口", "公式: A + 1", "K621", "“A”是星"),
        ("公式: 人口 + 人口", '公式: "[G1] + 1"', "K621", "“G1”是分组的指标"),
        ("公式: 人口 + 人口", '公式: "[F1] + 1"', "K621", "“F1”是负面清单的一条"),
        ("汇总: 计数(软)", '汇总: "计数([G1] > 1)"', "K621", "“G1”是分组的指标"),
        ("按: 带", "按: A", "K626", "“A”是星"),
        ("按: 带", "按: A1", "K626", "“A1”是“整数”指标"),
        ("未亮: A,", "未亮: A1,", "K626", "“A1”是“整数”指标"),
        ("{熄灭: A}", "{熄灭: A1}", "K626", "“A1”是“整数”指标"),
        ("档: 优, 至多", "档: B1, 至多", "K626", "“B1”是“整数”指标"),
        ("日期依次: [早, 晚]", "日期依次: [早, B11]", "K625", "“B11”是“选项”任务"),
        ("为: 全部, 依据: 甲", "为: 全部, 依据: 人口", "K614", "人口"),
        ("统计: [软]", "统计: [B12]", "K626", "“B12”是“是否”任务"),
        ("适用于: {类: [农]}", "适用于: {软: [农]}", "K626", "“软”是“是否”字段"),
        ("适用于: {类: [农]}", "适用于: {带: [农]}", "K626", "“带”是“文本”字段"),
        ("适用于: {类: [农]}", "适用于: {规划: [农]}", "K626", "可用的有：B11"),
    ],
)
def test_a_name_of_another_sort_is_refused(old: str, new: str, code: str, said: str) -> None:
    """A name that the scheme has, but not as what is wanted here, is an error that says what it is."""
    assert old in FULL
    scheme, problems = scheme_from_texts([("full.yaml", FULL.replace(old, new, 1))])

    assert scheme is None
    assert [code] == [problem.code for problem in problems]
    assert said in problems[0].message("zh")


def test_criteria_of_options_say_to_whom_another_applies(ledger: Path) -> None:
    """适用于 may name a criterion of 类型 选项 by its 编号, as it may a field."""
    scheme, problems = scheme_from_texts([("full.yaml", FULL.replace("适用于: {类: [农]}", "适用于: {B11: [农]}"))])
    assert scheme is not None, problems
    found = rate([ledger], Settings(period="2022-06", county="示例县", no_store=True), given=scheme).assessment

    assert [1, -2] == found.verdicts[:, 0].tolist()


@pytest.mark.parametrize("name", ["评定日", "已填(早)"])
@pytest.mark.parametrize("old", ["编号: A2", "编号: F1"])
def test_words_of_formulas_are_no_ids(name: str, old: str) -> None:
    """A 编号 that means something else in every formula is refused where it stands."""
    text = FULL.replace(old, f'编号: "{name}"', 1)
    _, [problem] = scheme_from_texts([("full.yaml", text)])

    assert ("K606", name) == (problem.code, problem.found)


def test_a_field_called_tier_is_refused_where_tiers_are_counted() -> None:
    """档次 in 汇总 is the tier of a unit, so no field can be called that there; elsewhere it can."""
    text = FULL.replace("  软: {类型: 是否}", "  软: {类型: 是否}\n  档次: {类型: 整数}", 1)
    _, [problem] = scheme_from_texts([("full.yaml", text.replace("计数(软)", "计数(档次 >= 2)"))])

    assert ("K606", "档次") == (problem.code, problem.found)
    assert scheme_from_texts([("full.yaml", text)])[0] is not None


def test_what_was_cut_excuses_only_those_who_meant_it() -> None:
    """A field with an error in it is not missed by formulas; a star of its name is."""
    text = FULL.replace("人口: {类型: 整数,", "人口: {类型: 整形,").replace("未亮: A,", "未亮: 人口,")
    _, problems = scheme_from_texts([("full.yaml", text)])

    assert ["K608", "K626"] == [problem.code for problem in problems]
