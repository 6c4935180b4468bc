"""Criteria that compare columns with each other: what cannot hold at once by their order, or always does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from making import criterion, scheme_text
from starcheck.expression import FILLED, Value, evaluate_exact, parse
from starcheck.scheme import Scheme, scheme_from_texts
from starcheck.scheme_ranges import Quantities, demand_of
from starcheck.scheme_relations import contradiction

TOP = 3
COLUMNS = "甲乙丙"
_SUMS = st.recursive(
    st.sampled_from([*COLUMNS, "1", "2"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda three: f"({' '.join(three)})"),
        st.tuples(st.sampled_from(["最小", "最大", "合计"]), inner, inner).map(
            lambda call: f"{call[0]}({call[1]}, {call[2]})"
        ),
    ),
    max_leaves=3,
)
_COMPARISONS = st.tuples(_SUMS, st.sampled_from(["<", "<=", "==", "!="]), _SUMS).map(" ".join)
_FORMULAS = st.recursive(
    _COMPARISONS | st.sampled_from([f"{FILLED}({name})" for name in COLUMNS]),
    lambda inner: st.one_of(
        inner.map(lambda text: f"not ({text})"),
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(
            lambda three: f"({three[0]}) {three[1]} ({three[2]})"
        ),
    ),
    max_leaves=3,
)


def loaded(formulas: Sequence[tuple[str, bool]], lows: Sequence[int] = (0, 0, 0)) -> Scheme:
    """A scheme that asks of each formula that it is so, or not so; one that the lint lets pass."""
    items = [
        criterion(f"A{place}", f"为: {'是' if told else '否'}", "是否", f'公式: "{formula}"')
        for place, (formula, told) in enumerate(formulas)
    ]
    fields = [
        f"{name}: {{列名: [{name}], 类型: 整数, 范围: {{至少: {low}, 至多: {TOP}}}}}"
        for name, low in zip(COLUMNS, lows, strict=True)
    ]
    found = scheme_from_texts([("a.yaml", scheme_text({"星": ("全部", items)}, fields=fields))])[0]
    assume(found is not None)
    assert found is not None
    return found


def clashing(by: Scheme) -> frozenset[int] | None:
    """The places of its items that are shown to contradict each other."""
    demands = [demand_of(item, item.requirements[0]) for item in by.criteria]
    return contradiction(Quantities(by), [demand for demand in demands if demand is not None])


def met_by(formula: str, told: bool, cells: Mapping[str, Value]) -> bool:
    """Whether it is certainly as asked."""
    return evaluate_exact(parse(formula), cells) is told


@settings(max_examples=150)
@given(
    st.lists(st.tuples(_FORMULAS, st.booleans()), min_size=1, max_size=4),
    st.tuples(st.integers(0, 1), st.integers(0, 1), st.integers(0, 1)),
)
def test_nothing_meets_what_is_said_to_contradict(formulas: list[tuple[str, bool]], lows: tuple[int, int, int]) -> None:
    """Whatever the columns hold, a blank as well, some formula of a contradiction is not as it is asked."""
    assume(all(any(name in formula for name in COLUMNS) for formula, _ in formulas))
    text = scheme_text(
        {
            "星": (
                "全部",
                [criterion(f"A{place}", "为: 是", "是否", f'公式: "{one}"') for place, (one, _) in enumerate(formulas)],
            )
        },
        fields=[f"{name}: {{列名: [{name}], 类型: 整数, 范围: {{至少: 0, 至多: {TOP}}}}}" for name in COLUMNS],
    )
    assume(scheme_from_texts([("a.yaml", text)])[0] is not None)
    because = clashing(loaded(formulas, lows))

    if because is None:
        return
    assert because
    for values in product(*([None, *map(Fraction, range(low, TOP + 1))] for low in lows)):
        cells: dict[str, Value] = dict(zip(COLUMNS, values, strict=True))
        cells |= {f"{FILLED}({name})": cells[name] is not None for name in COLUMNS}
        assert not all(met_by(*formulas[place], cells) for place in because), (cells, because)


@given(
    st.lists(
        st.tuples(st.permutations(COLUMNS), st.integers(-TOP, TOP), st.sampled_from(["<", "<="]), st.booleans()),
        min_size=1,
        max_size=6,
    )
)
def test_every_contradiction_of_differences_is_found(
    drawn: list[tuple[Sequence[str], int, str, bool]],
) -> None:
    """Where columns are compared two by two, all that no whole numbers meet is seen."""
    formulas = [
        (f"{names[0]} - {names[1]} {word} {apart}" if apart >= 0 else f"{names[0]} + {-apart} {word} {names[1]}", told)
        for names, apart, word, told in drawn
    ]
    tried = product(map(Fraction, range(TOP + 1)), repeat=len(COLUMNS))
    turns = [dict(zip(COLUMNS, values, strict=True)) for values in tried]

    possible = any(all(met_by(*one, cells) for one in formulas) for cells in turns)

    assert possible is (clashing(loaded(formulas)) is None)


def said(items: Sequence[str], fields: Sequence[str] = ()) -> list[str]:
    """What the lint says of items that a star needs."""
    kinds = [
        "甲: {列名: [甲], 类型: 数值, 单位: 人, 范围: {至少: 0}}",
        "乙: {列名: [乙], 类型: 数值, 单位: 人, 范围: {至少: 0}}",
    ]
    kinds += [f"{name}: {{列名: [{name}日期], 类型: 日期}}" for name in ("开工", "竣工", "验收")]
    text = scheme_text({"星": ("全部", list(items))}, fields=[*kinds, *fields])
    problems = scheme_from_texts([("a.yaml", text)])[1]
    told = [problem.message("zh") for problem in problems if problem.code in {"K638", "K639", "K659"}]
    return [message.replace("（2022-01-01）", "") for message in told]


def yes(key: str, formula: str, told: str = "是") -> str:
    """An item that is a yes or no by formula."""
    return criterion(key, f"为: {told}", "是否", f'公式: "{formula}"')


def days(key: str, early: str, late: str, asked: str) -> str:
    """An item of days between two dates."""
    return criterion(key, asked, "数值", "单位: 天", f'公式: "天数({early}, {late})"')


SHARE = ("比例", '单位: "%"')


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        (
            [yes("A", "甲 < 乙"), yes("B", "乙 < 甲")],
            ["B 与 A 不能同时达标：A 要“甲 < 乙”，那时“乙 - 甲”只能是至少 0；B 要“乙 < 甲”"],
        ),
        (
            [yes("A", "开工 < 竣工"), yes("B", "竣工 < 验收"), yes("C", "验收 < 开工")],
            ["C 与 A、B 不能同时达标：", "那时“验收 - 开工”只能是至少 2天；C 要“验收 < 开工”"],
        ),
        (
            [criterion("A", "为: 是", "是否", "日期依次: [竣工, 开工]"), yes("B", "开工 >= 竣工", "否")],
            ["B 与 A 不能同时达标：A 要为 是，那时“开工 - 竣工”只能是至少 0天；B 要“开工 >= 竣工”为否"],
        ),
        (
            [
                days("A", "开工", "竣工", "至多: 10"),
                days("B", "竣工", "验收", "至多: 10"),
                days("C", "开工", "验收", "至少: 30"),
            ],
            ["C 与 A、B 不能同时达标：", "那时它只能是至多 20天；C 要至少 30 天"],
        ),
        (
            [criterion("A", "至少: 80", *SHARE, "公式: 甲 / 乙"), criterion("B", "至少: 200", *SHARE, "公式: 乙 / 甲")],
            ["B 与 A 不能同时达标：A 要至少 80%；B 要至少 200%，没有一种填法都满足"],
        ),
        (
            [
                criterion("A", "至少: 2022-06-01", "日期"),
                yes("B", "[A] < 开工"),
                criterion("C", "至多: 2022-03-01", "日期"),
                yes("D", "开工 <= [C]"),
            ],
            ["D 与 A、B、C 不能同时达标：A 要至少 2022-06-01，", "那时“开工 - [C]”只能是至少 93天；"],
        ),
        (
            [yes("A", "已填(开工)", "否"), yes("B", "开工 <= 竣工")],
            ["B 与 A 不能同时达标：A 要“已填(开工)”为否；B 要“开工 <= 竣工”，没有一种填法都满足"],
        ),
        (
            [yes("A", "开工 <= 竣工"), yes("B", "竣工 <= 验收"), days("C", "开工", "验收", "至少: 0")],
            ["C 的“至少 0 天”不起作用：A 要“开工 <= 竣工”，B 要“竣工 <= 验收”，那时它只能是至少 0天"],
        ),
        (
            [yes("A", "甲 <= 乙 + 5"), yes("B", "甲 > 乙 + 5")],
            ["B 与 A 不能同时达标：A 要“甲 <= 乙 + 5”，那时“甲 - (乙 + 5)”只能是至多 0；B 要“甲 > 乙 + 5”"],
        ),
        (
            [
                criterion("A", "至多: 5", "数值", "单位: 人", "公式: 甲"),
                criterion("B", "至多: 5", "数值", "单位: 人", "公式: 甲 + 乙"),
            ],
            ["A 的“至多 5 人”不起作用：B 要至多 5 人，那时它只能是0人 至 5人（“乙”空着、看不清时才有差别）"],
        ),
        (
            [yes("A", "甲 < 乙"), yes("B", "乙 < 甲", "否")],
            ["B 的“为 否”不起作用：A 要“甲 < 乙”，那时“乙 - 甲”只能是至少 0"],
        ),
    ],
    ids=["two", "circle", "in order", "days", "shares", "dates", "blank", "implied", "sums", "unknown", "opposite"],
)
def test_what_order_shows(items: list[str], expected: list[str]) -> None:
    """K639 where columns would have to be before and after each other, K659 where others put them in order already."""
    [message] = said(items)

    assert [] == [part for part in expected if part not in message], message


def test_a_share_that_is_guarded_may_have_no_value() -> None:
    """甲 == 0 or 乙 / 甲 >= 2 is met where 甲 is 0, whatever 乙 is: 甲 至多 0 does not contradict it."""
    items = [
        criterion("A", "至多: 0", "数值", "单位: 人", "公式: 丙"),
        yes("B", "丙 == 0 or 丁 / 丙 >= 2"),
        yes("C", "丁 >= 丙"),
    ]
    fields = [
        f"{name}: {{列名: [{name}], 类型: 数值, 单位: 人, 范围: {{至少: {low}, 至多: 50}}}}"
        for name, low in ("丙0", "丁1")
    ]

    assert ["B", "C"] == sorted(message[0] for message in said(items, fields))
    assert [] == [message for message in said(items, fields) if "不能同时" in message]


def test_a_formula_beyond_its_range_holds_nothing_that_is_certain_without_it() -> None:
    """[A] is unknown where 丙 is 4, and B is 否 all the same by 丁: 丙 至少 4 does not contradict it."""
    items = [
        criterion("A", "至少: 1", "数值", "单位: 人", "公式: 丙", "范围: {至少: 0, 至多: 3}"),
        yes("B", "[A] >= 2 and 丁", "否"),
        criterion("C", "至少: 4", "数值", "单位: 人", "公式: 丙"),
    ]
    fields = ["丙: {列名: [丙], 类型: 数值, 单位: 人, 范围: {至少: 1, 至多: 4}}", "丁: {列名: [丁], 类型: 是否}"]

    [clash] = [message for message in said(items, fields) if "不能同时" in message]

    assert clash.startswith("C 与 A ")


def test_an_open_end_of_a_range_is_not_reached() -> None:
    """K638, K659: 高于 0 is never 至多 0, and always 高于 0."""
    fields = ["丙: {列名: [丙], 类型: 数值, 单位: 人, 范围: {高于: 0}}"]

    [never] = said([criterion("A", "至多: 0", "数值", "单位: 人", "公式: 丙")], fields)
    [always] = said([criterion("A", "高于: 0", "数值", "单位: 人", "公式: 丙")], fields)

    assert "谁也达不到：“丙”里“丙”只能是高于 0人" in never
    assert "不起作用" in always


def test_what_nobody_meets_makes_nothing_else_idle() -> None:
    """K638 alone: from what is never so everything would follow."""
    [message] = said([yes("A", "甲 <= 乙"), yes("B", "甲 == 乙 and 甲 != 乙")])

    assert "谁也达不到" in message


def test_what_can_be_equal_is_no_contradiction() -> None:
    """Dates that are none before the next, all round, may be one and the same."""
    assert [] == said([yes("A", "开工 <= 竣工"), yes("B", "竣工 <= 验收"), yes("C", "验收 <= 开工")])


def test_what_must_not_lie_ahead_is_not_after_the_day_of_the_rating() -> None:
    """可在将来: 否 makes 办结 > 评定日 unknown on every day; without it such a date counts."""
    item = yes("A", "办结 > 评定日")

    assert 1 == len(said([item], ["办结: {列名: [办结日], 类型: 日期, 可在将来: 否}"]))
    assert [] == said([item], ["办结: {列名: [办结日], 类型: 日期}"])
