"""What the lint proves of thresholds holds for every value there can be: intervals are never too narrow."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from making import criterion, scheme_text
from starcheck.diagnostic import Severity
from starcheck.expression import Value, evaluate_exact, parse
from starcheck.scheme import scheme_from_texts

_NUMBERS = st.integers(-20, 20).map(Decimal) | st.integers(-40, 40).map(lambda half: Decimal(half) / 2)
_FORMULAS = st.recursive(
    st.sampled_from(["甲", "乙", "3", "0.5"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/"]), inner).map(lambda three: f"({' '.join(three)})"),
        st.tuples(st.sampled_from(["最小", "最大", "合计"]), inner, inner).map(
            lambda call: f"{call[0]}({call[1]}, {call[2]})"
        ),
        inner.map(lambda text: f"(-{text})"),
    ),
    max_leaves=5,
)
_WORDS = st.sampled_from(["至少", "至多", "高于", "低于", "为"])


def codes(text: str) -> set[str]:
    """The codes that the lint gives."""
    return {problem.code for problem in scheme_from_texts([("a.yaml", text)])[1]}


def met(word: str, value: Fraction, end: Decimal) -> bool:
    """What the word says."""
    limit = Fraction(end)
    return {
        "至少": value >= limit,
        "至多": value <= limit,
        "高于": value > limit,
        "低于": value < limit,
        "为": value == limit,
    }[word]


def field(name: str, ends: Sequence[Decimal], bounded: Sequence[bool]) -> str:
    """A 字段 with a 范围 that has those of its ends that are ``bounded``."""
    limits = [f"至少: {ends[0]}"] * bounded[0] + [f"至多: {ends[1]}"] * bounded[1]
    bounds = f", 范围: {{{', '.join(limits)}}}" if limits else ""
    return f"{name}: {{类型: 数值{bounds}}}"


def inside(ends: Sequence[Decimal], bounded: Sequence[bool], part: int) -> Fraction:
    """A value within, ``part`` eighths of the way; beyond an end that is open, far out."""
    low, high = Fraction(ends[0]), Fraction(ends[1])
    value = low + (high - low) * part / 8
    if part < HALF and not bounded[0]:
        return value - 100 * (HALF - part)
    return value + 100 * part if part > HALF and not bounded[1] else value


HALF = 4


@given(
    formula=_FORMULAS,
    ends=st.tuples(_NUMBERS, _NUMBERS, _NUMBERS, _NUMBERS),
    bounded=st.tuples(st.booleans(), st.booleans(), st.booleans(), st.booleans()),
    asked=st.tuples(_WORDS, _NUMBERS),
    parts=st.tuples(st.integers(0, 8), st.integers(0, 8)),
)
def test_no_value_gainsays_a_proof(
    formula: str,
    ends: tuple[Decimal, Decimal, Decimal, Decimal],
    bounded: tuple[bool, bool, bool, bool],
    asked: tuple[str, Decimal],
    parts: tuple[int, int],
) -> None:
    """Where the lint says nobody can meet a requirement (K638) no value does; where it never matters (K659) all do."""
    assume({"甲", "乙"} & set(formula))
    one, other = sorted(ends[:2]), sorted(ends[2:])
    fields = [field("甲", one, bounded[:2]), field("乙", other, bounded[2:])]
    values: dict[str, Fraction | bool | tuple[int, int] | None] = {
        "甲": inside(one, bounded[:2], parts[0]),
        "乙": inside(other, bounded[2:], parts[1]),
    }
    assume(not (all(bounded[:2]) and one[0] == one[1]) and not (all(bounded[2:]) and other[0] == other[1]))
    text = scheme_text(
        {"星": ("全部", [criterion("X", f"{asked[0]}: {asked[1]}", "数值", f'公式: "{formula}"')])}, fields=fields
    )

    found = codes(text)
    came = evaluate_exact(parse(formula), values)

    assert not {"K620", "K621"} & found, formula
    assume(came is not None)
    assert isinstance(came, Fraction)
    if "K638" in found:
        assert not met(asked[0], came, asked[1])
    if "K659" in found:
        assert met(asked[0], came, asked[1])


# --- what is dated, exempt or for some units only ---------------------------------------------------------------------


def found(text: str) -> list[str]:
    """The codes that the lint gives, but for what it says of owners."""
    return [problem.code for problem in scheme_from_texts([("a.yaml", text)])[1]]


def stars(*rules: tuple[str, str, Sequence[str]], tiers: str = "", vetoes: Sequence[str] = ()) -> str:
    """A scheme of stars (name, rule, criteria), with caps and quotas (``tiers``) and vetoes."""
    fields = ["数: {类型: 整数, 单位: 个}", "类: {类型: 选项, 选项: [农, 城]}"]
    return scheme_text({name: (rule, items) for name, rule, items in rules}, tiers, fields=fields, vetoes=vetoes)


ANY_THEN_ALL = "[{自: 2022-01-01, 按: 任一, 依据: 示例}, {自: 2023-01-01, 按: 全部, 依据: 示例}]"
TEN = ("至少: 10", "整数", "单位: 个", "范围: {至多: 20}")
AT_MOST_FIVE = ("至多: 5", "整数", "单位: 个", '公式: "[甲一] + 数"')


def test_caps_of_different_years_leave_every_tier_to_somebody() -> None:
    """K640: one star's cap ends before the other's begins, so either star alone is a tier in one of the years."""
    two = (("A", "全部", [criterion("A1")]), ("B", "全部", [criterion("B1")]))
    caps = "  封顶:\n    - {未亮: A, 最高: 0, 止: 2022-12-31, 依据: 示例}\n    - {未亮: B, 最高: 0, DAY依据: 示例}\n"

    assert [] == found(stars(*two, tiers=caps.replace("DAY", "自: 2023-01-01, ")))
    assert ["K640"] == found(stars(*two, tiers=caps.replace("止: 2022-12-31, ", "").replace("DAY", "")))


@pytest.mark.parametrize(
    ("tiers", "vetoes"),
    [
        ("名额: [{档: 优, 至多: 1, 依据: 示例}]", []),
        ("", ["{编号: F, 情形: 案, 列名: [案], 触发: {为: 是}, 后果: {最高: 1}, 依据: 示例}"]),
        ("封顶: [{未亮: A, 最高: 1, 依据: 示例}]", []),
        ("封顶: [{未亮: A, 最高: 1, 自: 2024-01-01, 止: 2024-12-31, 依据: 示例}]", []),
    ],
)
def test_a_band_that_only_quotas_caps_and_vetoes_lead_to_is_reached(tiers: str, vetoes: list[str]) -> None:
    """K640 by score: one item of a hundred points, and the middle band by what lowers a tier."""
    bands = "  方法: 总分\n  档次: [{至少: 90, 档: 优}, {至少: 60, 档: 好}, {至少: 0, 档: 差}]\n"
    items = [criterion("A1", "为: 是", "是否", "分值: 100")]
    text = scheme_text({"A": ("全部", items)}, bands + (f"  {tiers}\n" if tiers else ""), vetoes=vetoes)

    assert [] == found(text)
    assert ["K640"] == found(text.replace(tiers, "") if tiers else text.replace("{最高: 1}", "提示"))


def test_a_star_is_out_of_reach_only_by_the_rule_of_the_day() -> None:
    """K639, K640: what cannot be met together matters from the day on which both are asked for."""
    items = [criterion("甲一", *TEN), criterion("甲二", *AT_MOST_FIVE)]
    later = "{自: 2023-01-01, 至多: 50, 依据: 示例, 说明: 放宽}"
    eased = [items[0], items[1].replace("依据: 示例}]", f"依据: 示例}}, {later}]")]

    assert [] == found(stars(("A", ANY_THEN_ALL, eased)))
    assert ["K639"] == found(stars(("A", ANY_THEN_ALL, items)))
    assert ["K639"] == found(stars(("A", "全部", eased)))


def test_items_of_different_kinds_of_units_do_not_contradict_each_other() -> None:
    """K639: one is for 农 and one for 城, or one is waived for some, and nobody need meet both."""
    one, other = criterion("甲一", *TEN), criterion("甲二", *AT_MOST_FIVE)

    assert ["K639", "K640"] == found(stars(("A", "全部", [one, other])))
    for first, second in (
        ("适用于: {类: [农]}", "适用于: {类: [城]}"),
        ("不适用于: [免]", ""),
    ):
        pair = [one[:-1] + f", {first}}}" if first else one, other[:-1] + f", {second}}}" if second else other]

        assert [] == found(stars(("A", "全部", pair))), (first, second)


def test_the_other_items_matter_where_an_essential_one_may_not_count() -> None:
    """K659: A2 decides while the 必备 one has not begun, for whom it is waived, and where it can only add."""
    idle = criterion("A1", "为: 是", "是否", "必备: 是")

    assert ["K659"] == found(stars(("A", "{至少: 1}", [idle, criterion("A2")])))
    for one in (
        criterion("A1", "为: 是", "是否", "必备: 是", since="2024-01-01"),
        criterion("A1", "为: 是", "是否", "必备: 是", "不适用于: [免]"),
        criterion("A1", "为: 是", "是否", "必备: 是", "适用于: {类: [农]}"),
    ):
        assert [] == found(stars(("A", "{至少: 1}", [one, criterion("A2")])))
    rules = "[{自: 2022-01-01, 按: {至少: 2}, 依据: 示例}, {自: 2023-01-01, 按: {至少: 1}, 依据: 示例}]"
    assert ["K658"] == found(stars(("A", rules, [idle, criterion("A2")])))
    bonus = criterion("A1", "为: 是", "是否", "必备: 是", "加分: {加: 3}")
    points = "  方法: 总分\n  档次: [{至少: 3, 档: 好}, {至少: 0, 档: 差}]\n"
    text = scheme_text({"A": ("{至少: 1}", [bonus, criterion("A2", "为: 是", "是否", "分值: 3")])}, points)
    assert "K659" not in found(text)


def test_an_item_that_another_implies_only_later_is_not_idle() -> None:
    """K659: A2 asks at least 5 of A1 + 数, which A1 implies only from the day on which it asks for 10."""
    one = criterion("甲一", "至少: 1", "整数", "单位: 个")
    raised = one.replace("依据: 示例}]", "依据: 示例}, {自: 2023-01-01, 至少: 10, 依据: 示例, 说明: 提高}]")
    other = criterion("甲二", "至少: 5", "整数", "单位: 个", '公式: "[甲一] + 数"')

    assert [] == found(stars(("A", "全部", [raised, other])))
    assert ["K659"] == found(stars(("A", "全部", [one.replace("至少: 1", "至少: 10"), other])))


def test_points_of_nothing_matter_where_the_star_is_not_lit_by_points() -> None:
    """K659: an item of 0 points decides whether its star is lit, and its 加分 count."""
    points = "  方法: 总分\n  档次: [{至少: 3, 档: 好}, {至少: 0, 档: 差}]\n"
    for rule, more, expected in (
        ("全部", (), []),
        ("{得分: {至少: 3}}", (), ["K659"]),
        ("{得分: {至少: 3}}", ("加分: {加: 3}",), []),
    ):
        items = [criterion("A1", "为: 是", "是否", "分值: 0", *more), criterion("A2", "为: 是", "是否", "分值: 3")]
        text = scheme_text({"A": (rule, items)}, points)

        assert expected == found(text), (rule, more)


def test_quotas_of_one_tier_may_follow_each_other() -> None:
    """K618: two quotas of one tier and scope are a mistake only where both hold on one day."""
    first = "  名额:\n    - {档: 一星, 至多: 1, 止: 2022-12-31, 依据: 示例}\n"
    quotas = f"{first}    - {{档: 一星, 至多: 2, 自: DAY, 依据: 示例}}\n"
    one = ("A", "全部", [criterion("A1")])

    assert [] == found(stars(one, tiers=quotas.replace("DAY", "2023-01-01")))
    assert ["K618"] == found(stars(one, tiers=quotas.replace("DAY", "2022-12-31")))


def test_rescaled_bonuses_have_no_most() -> None:
    """K628: 折算 multiplies 加分 too, so that more than all points together can be come to."""
    bands = "  方法: 总分\n  折算: 是\n  档次: [{至少: 120, 档: 特}, {至少: 0, 档: 差}]\n"
    items = [
        criterion("A1", "为: 是", "是否", "分值: 20", "加分: {加: 10}"),
        criterion("A2", "为: 是", "是否", "分值: 80"),
    ]
    text = scheme_text({"A": ("任一", items)}, bands)

    assert [] == found(text)
    assert ["K628"] == found(text.replace("  折算: 是\n", ""))


def test_an_item_that_asks_for_tasks_still_to_come() -> None:
    """K644: two tasks are wanted and one is in force until 2024, so nobody meets the item before."""
    first, second = criterion("T1"), criterion("T2", since="2024-01-01")
    item = "{编号: I, 名称: I, 任务: [ONE, TWO], 要求: [{自: 2022-01-01, 至少: 2, 依据: 示例}], 责任: 县, 整改: 改}"
    text = stars(("A", "全部", [item.replace("ONE", first).replace("TWO", second)]))

    [problem] = scheme_from_texts([("a.yaml", text)])[1]

    assert "K644" == problem.code
    assert "从 2022-01-01 到 2023-12-31" in problem.message("zh")
    for sound in (
        text.replace("2024-01-01", "2022-01-01"),
        text.replace("至少: 2", "至少: 1"),
        text.replace("至少: 2", "为: 全部"),
    ):
        assert [] == found(sound)


ENDED = "要求: [{自: 2022-01-01", "止: 2023-12-31, 要求: [{自: 2022-01-01"


def test_proofs_look_beyond_the_last_day_of_an_item() -> None:
    """K638 to K640, K659: what A1 asks makes the rest idle, or contradicts it, only as long as A1 counts."""
    first = criterion("甲一", "至少: 10", "整数", "单位: 个")
    other = criterion("甲二", "至少: 5", "整数", "单位: 个", '公式: "[甲一] + 数"')

    assert ["K659"] == found(stars(("A", "全部", [first, other])))
    assert [] == found(stars(("A", "全部", [first.replace(*ENDED), other])))

    never = criterion("甲三", "至少: 20", "整数", "单位: 个", "范围: {至少: 0, 至多: 10}")
    plain = criterion("甲四")
    assert {"K638", "K640"} == set(found(stars(("A", "全部", [never, plain]))))
    assert ["K638"] == found(stars(("A", "全部", [never.replace(*ENDED), plain])))


def test_an_item_for_a_kind_that_the_star_refuses_is_idle() -> None:
    """K659: where the star needs 农村, what is asked of 社区 only is asked of nobody who could light it."""
    kind = criterion("A1", "属于: [农村]", "选项", "选项: [农村, 社区]")
    item = criterion("B1", "为: 是", "是否", "适用于: {A1: [社区]}")
    rest = criterion("B2")

    assert ["K659"] == found(stars(("A", "全部", [kind, item, rest])))
    assert ["K659"] == found(stars(("A", "{至少: 2}", [kind.replace("责任", "必备: 是, 责任"), item, rest])))
    for rule, first, second in (
        ("任一", kind, item),
        ("全部", kind, item.replace("[社区]", "[社区, 农村]")),
        ("全部", kind.replace("属于: [农村]", "属于: [社区]"), item),
        ("全部", kind.replace("2022-01-01", "2023-01-01"), item),
    ):
        assert [] == found(stars(("A", rule, [first, second, rest]))), (rule, first, second)


def test_what_cannot_be_lit_for_a_time_is_told_of_each_time() -> None:
    """K657, K651: two are wanted; one of two ends in 2023 and another begins in 2025; then all have ended."""
    items = [
        criterion("A1", "为: 是", "是否", "止: 2026-12-31"),
        criterion("A2", "为: 是", "是否", "止: 2023-12-31"),
        criterion("A3", "为: 是", "是否", "止: 2026-12-31", since="2025-01-01"),
    ]
    problems = scheme_from_texts([("a.yaml", stars(("A", "{至少: 2}", items)))])[1]

    assert ["K651", "K657"] == sorted(problem.code for problem in problems)
    by_code = {problem.code: problem.message("zh") for problem in problems}
    assert "从 2024-01-01 到 2024-12-31" in by_code["K657"]
    assert "从 2027-01-01 到 以后一直" in by_code["K651"]


def test_a_requirement_after_the_last_day_of_its_item() -> None:
    """K656: it is never in force."""
    item = criterion("A1", "为: 是", "是否", "止: 2022-12-31", since="2022-01-01")
    late = item.replace("依据: 示例}]", "依据: 示例}, {自: 2023-01-01, 为: 否, 依据: 示例}]")

    assert "K656" in found(stars(("A", "全部", [late, criterion("A2")])))


def test_an_end_written_as_out_of_use_is_told_where_it_belongs() -> None:
    """K606: 停用 takes an item out of all years; an end is a 止."""
    item = criterion("A1", "为: 是", "是否", "停用: 2022-12-31")
    [problem] = scheme_from_texts([("a.yaml", stars(("A", "全部", [item, criterion("A2")])))])[1]

    assert "止: 最后一天" in problem.message("zh") + problem.hint("zh")


@pytest.mark.parametrize("turned", [False, True])
def test_whole_numbers_between_two_open_ends(turned: bool) -> None:
    """K639, K640: no whole number is more than 3 and less than 4; 4 is more than 3 and less than 5."""
    read = criterion("甲一", "高于: 3", "整数", "单位: 个")
    same = criterion("甲二", "低于: 4", "整数", "单位: 个", '公式: "[甲一]"')
    items = [same, read] if turned else [read, same]
    text = stars(("A", "全部", items))

    assert ["K639", "K640"] == found(text)
    assert [] == found(text.replace("低于: 4", "低于: 5"))
    assert [] == found(text.replace("类型: 整数", "类型: 数值"))


# --- a blank never pays -----------------------------------------------------------------------------------------------

_ASKED = st.recursive(
    st.sampled_from(["已填(甲)", "已填(乙)", "甲", "乙", "[Q]"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["and", "or", "=="]), inner).map(lambda three: f"({' '.join(three)})"),
        inner.map(lambda text: f"(not {text})"),
    ),
    max_leaves=5,
)
CELLS = ("是", "否", "")


@given(formula=_ASKED, named=st.sampled_from(["已填(甲)", "not 已填(乙)", "甲 and 已填(乙)"]), wanted=st.booleans())
def test_where_the_lint_is_silent_no_blank_pays(formula: str, named: str, wanted: bool) -> None:
    """Without K668 no cell made blank meets what it did not meet; as an error it is met by blanks alone."""
    word = "是" if wanted else "否"
    items = [
        criterion("P", f"为: {word}", "是否", f'公式: "{formula}"'),
        criterion("Q", "为: 是", "是否", f'公式: "{named}"'),
    ]
    text = scheme_text({"星": ("任一", items)}, fields=[f"{name}: {{类型: 是否}}" for name in "甲乙"])
    _, problems = scheme_from_texts([("a.yaml", text)])
    said = [problem.level for problem in problems if problem.code == "K668" and problem.field == "P"]
    met = {cells: meets(formula, named, cells) is wanted for cells in product(CELLS, CELLS)}
    pays = any(met[blanked] and not met[cells] for cells in met for blanked in blanked_from(cells))

    assert said or not pays
    assert (Severity.ERROR in said) <= met["", ""]
    assert (met["", ""] and pays) <= (Severity.ERROR in said)


def blanked_from(cells: tuple[str, str]) -> list[tuple[str, str]]:
    """The same with a cell blank that was not."""
    return [("", cells[1]), (cells[0], "")]


def meets(formula: str, named: str, cells: tuple[str, str]) -> object:
    """What a formula comes to."""
    values: dict[str, Value] = {}
    for name, cell in zip("甲乙", cells, strict=True):
        values[name] = {"是": True, "否": False}.get(cell)
        values[f"已填({name})"] = cell != ""
    values["Q"] = evaluate_exact(parse(named), values)
    return evaluate_exact(parse(formula), values)


# --- requirements taken together --------------------------------------------------------------------------------------

_COMPARED = st.tuples(
    st.sampled_from(["甲", "乙", "甲 + 乙", "甲 - 乙", "甲 * 2"]),
    st.sampled_from(["<", "<=", ">", ">=", "==", "!="]),
    st.sampled_from(["乙", "0", "1", "2", "3"]),
).map(" ".join)
_TRUTHS = st.recursive(
    _COMPARED,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from([") and (", ") or (", ") == (", ") != ("]), inner)
        .map("".join)
        .map("(({}))".format),
        inner.map("(not ({}))".format),
    ),
    max_leaves=3,
)
TOP = 3


@given(
    formulas=st.tuples(_FORMULAS | _TRUTHS, _FORMULAS | _TRUTHS),
    asked=st.tuples(st.tuples(_WORDS, st.integers(-2, 6)), st.tuples(_WORDS, st.integers(-2, 6))),
    yes=st.tuples(st.booleans(), st.booleans()),
    whole=st.booleans(),
)
def test_no_values_gainsay_what_is_proved_of_two(
    formulas: tuple[str, str],
    asked: tuple[tuple[str, int], tuple[str, int]],
    yes: tuple[bool, bool],
    whole: bool,
) -> None:
    """K639: nothing meets both. K659: the one is met wherever the other is; alone, whatever the values."""
    kinds = ["是否" if any(sign in formula for sign in "<>=") else "数值" for formula in formulas]
    assume(all({"甲", "乙"} & set(formula) for formula in formulas))
    wanted = [
        f"为: {'是' if told else '否'}" if kind == "是否" else f"{word}: {end}"
        for kind, told, (word, end) in zip(kinds, yes, asked, strict=True)
    ]
    items = [
        criterion(key, want, kind, f'公式: "{formula}"')
        for key, want, kind, formula in zip("PQ", wanted, kinds, formulas, strict=True)
    ]
    kind = "整数" if whole else "数值"
    fields = [f"{name}: {{类型: {kind}, 范围: {{至少: 0, 至多: {TOP}}}}}" for name in "甲乙"]
    problems = scheme_from_texts([("a.yaml", scheme_text({"星": ("全部", items)}, fields=fields))])[1]
    steps = [Fraction(step, 1 if whole else 2) for step in range(TOP + 1 if whole else 2 * TOP + 1)]

    def judged(place: int, cells: dict[str, Value]) -> bool | None:
        came = evaluate_exact(parse(formulas[place]), cells)
        if came is None or isinstance(came, bool):
            return None if came is None else came is yes[place]
        return met(asked[place][0], came, Decimal(asked[place][1]))

    turns: list[dict[str, Value]] = [{"甲": one, "乙": other} for one in steps for other in steps]
    found = [(judged(0, cells), judged(1, cells)) for cells in turns]
    for problem in problems:
        place = "PQ".find(problem.field or "?")
        if problem.code in {"K639", "K640"}:
            assert (True, True) not in found, (problem.message("zh"), formulas)
        elif problem.code == "K638":
            assert True not in {pair[place] for pair in found}, (problem.message("zh"), formulas)
        elif problem.code == "K659":
            needs = "那时" in problem.message("zh")
            assert False not in {pair[place] for pair in found if not needs or pair[1 - place] is True}, formulas


def test_what_clashes_is_found_through_any_formula() -> None:
    """K639: of these pairs over one column each cannot be met together, and each of the others can."""
    for one, other, clash in (
        ("甲 / 10 >= 2", "甲 < 20", True),
        ("甲 / 10 >= 2", "甲 <= 20", False),
        ("甲 > 3", "甲 < 4", True),
        ("最小(甲, 乙) >= 5", "合计(甲, 乙) < 10", True),
        ("最大(甲, 乙) <= 4", "甲 + 乙 > 8", True),
        ("甲 * 乙 >= 100", "甲 <= 5 and 乙 < 20", True),
        ("not (甲 > 5 or 乙 > 5)", "甲 == 6", True),
        ("甲 > 5 or 乙 > 5", "甲 <= 5", False),
        ("-甲 > -3", "甲 >= 3", True),
        ("甲 - 乙 >= 40", "乙 >= 甲", True),
        ("甲 == 乙", "甲 >= 5 and 乙 <= 4", True),
        ("甲 != 0", "甲 < 1", True),
    ):
        fields = [f"{name}: {{类型: 整数, 范围: {{至少: 0, 至多: 100}}}}" for name in "甲乙"]
        items = [
            criterion("P", "为: 是", "是否", f'公式: "{one}"'),
            criterion("Q", "为: 是", "是否", f'公式: "{other}"'),
        ]
        text = scheme_text({"星": ("全部", items)}, fields=fields)

        assert (["K639", "K640"] if clash else []) == found(text), (one, other)


# --- leaps ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ("介于: [10, 20]", "介于: [5, 20]", "比原来松了"),
        ("介于: [10, 20]", "至少: 10", "比原来松了"),
        ("为: 5", "至少: 5", "比原来松了"),
        ("高于: 5", "至少: 5", "比原来松了"),
        ("低于: 5", "至多: 5", "比原来松了"),
        ("介于: [10, 20]", "介于: [40, 45]", "一次变了 4 倍"),
        ("介于: [10, 20]", "介于: [12, 18]", ""),
        ("介于: [10, 20]", "介于: [15, 25]", ""),
        ("至少: 10", "介于: [10, 20]", ""),
        ("至少: 5", "高于: 5", ""),
    ],
)
def test_a_threshold_of_two_ends_or_an_open_one_that_moves(before: str, after: str, problem: str) -> None:
    """K658: what was allowed still is, and more; the number itself is let in; an end moves by a factor of four."""
    item = criterion("甲一", before, "数值", "单位: 个")
    item = item.replace("依据: 示例}]", f"依据: 示例}}, {{自: 2023-01-01, {after}, 依据: 示例}}]")

    problems = scheme_from_texts([("a.yaml", stars(("A", "全部", [item, criterion("A2")])))])[1]

    assert ["K658"] * bool(problem) == [one.code for one in problems]
    assert all(problem in one.message("zh") for one in problems)


def test_an_overlay_is_held_against_its_parent() -> None:
    """K658: less than the parent asks on a day, or three times as much, wants a 说明; what is the same needs none."""
    numbers = ("数值", "范围: {至少: 0}")
    raised = criterion("甲一", "至少: 5", *numbers)
    raised = raised.replace("依据: 示例}]", "依据: 示例}, {自: 2023-01-01, 至少: 10, 依据: 示例}]")
    parent = scheme_text({"星": ("{至少: 2}", [raised, criterion("甲二", "至少: 4", *numbers), criterion("甲三")])})

    def said(item: str, rule: str = "{至少: 2}") -> list[tuple[str, str]]:
        head = parent.partition("依据:")[0].replace("编号: test", "编号: county") + "继承: a.yaml\n"
        own = f"{head}星级:\n  - 星: 星\n    点亮: {rule}\n    指标:\n      - {item}\n"
        problems = scheme_from_texts([("county.yaml", own), ("a.yaml", parent)])[1]
        assert {"county.yaml"} >= {problem.where.file for problem in problems}
        return [(problem.code, str(problem.arguments["since"])) for problem in problems]

    assert [("K658", "2023-01-01")] == said(criterion("甲一", "至少: 5", *numbers))
    assert [("K658", "2022-01-01")] == said(criterion("甲一", "至少: 4", *numbers))
    assert [("K658", "2022-01-01")] == said(criterion("甲二", "至少: 13", *numbers))
    assert [("K658", "2022-01-01")] == said(criterion("甲二", "至多: 4", *numbers))
    assert [] == said(criterion("甲二", "至少: 12", *numbers))
    assert [] == said(criterion("甲一", "至少: 5", *numbers).replace("依据: 示例}]", "依据: 示例, 说明: 山区}]"))
    assert [] == said(criterion("甲一", "至少: 5000", "数值", "单位: 元"))
    assert [("K658", "2022-01-01")] == said(raised, "任一")
    assert [] == said(raised, "全部")


def test_points_of_different_days_are_not_added_up() -> None:
    """K640: 60 until 2022, 60 others from 2023 and 40 are never 150; each day has 100."""
    text = scheme_text(
        {
            "星": (
                "全部",
                [
                    criterion("A", "为: 是", "是否", "分值: 60", "止: 2022-12-31"),
                    criterion("B", "为: 是", "是否", "分值: 60").replace("自: 2022-01-01", "自: 2023-01-01"),
                    criterion("C", "为: 是", "是否", "分值: 40"),
                ],
            )
        },
    )
    assert "方法: 亮星数\n  档次: {1: 一星, 0: 零星}" in text
    by_points = "方法: 总分\n  档次: [{至少: %d, 档: 优}, {至少: 0, 档: 差}]"

    for least, expected in ((100, []), (101, ["K640"])):
        assert expected == found(text.replace("方法: 亮星数\n  档次: {1: 一星, 0: 零星}", by_points % least))


def test_what_only_units_of_a_kind_are_asked_clashes_for_them() -> None:
    """K639 as a warning where both are for 农, or one for all; not where one is for 农 and one for 城."""
    fields = ["类: {列名: [类], 类型: 选项, 选项: [农, 城]}", "甲: {列名: [甲], 类型: 整数}"]

    def problems(*more: str) -> list[tuple[str, Severity | None]]:
        items = [
            criterion("A", "至多: 3", "整数", "公式: 甲", "适用于: {类: [农]}"),
            criterion("B", "至少: 5", "整数", "公式: 甲", *more),
        ]
        text = scheme_text({"星": ("全部", items)}, fields=fields)
        return [(one.code, one.severity) for one in scheme_from_texts([("a.yaml", text)])[1]]

    assert [("K639", Severity.WARNING)] == problems("适用于: {类: [农]}")
    assert [("K639", Severity.WARNING)] == problems()
    assert [] == problems("适用于: {类: [城]}")


def test_a_star_of_some_items_of_which_too_few_fit_together() -> None:
    """K640: 至少 2 of three spans that do not meet; two of which do are enough."""
    fields = ["甲: {列名: [甲], 类型: 整数}"]
    items = [
        criterion(key, asked, "整数", "公式: 甲")
        for key, asked in (("A", "至多: 5"), ("B", "介于: [6, 9]"), ("C", "至少: 10"))
    ]

    assert ["K640"] == found(scheme_text({"星": ("{至少: 2}", items)}, fields=fields))
    assert [] == found(scheme_text({"星": ("{至少: 1}", items)}, fields=fields))
    later = items[2].replace("依据: 示例}]", "依据: 示例}, {自: 2023-01-01, 至少: 9, 依据: 示例, 说明: 放宽}]")
    assert [] == found(scheme_text({"星": ("{至少: 2}", [*items[:2], later])}, fields=fields))


def test_a_span_of_which_one_end_lets_more_through_is_relaxed() -> None:
    """K658: 至少 5 that becomes 介于 3 至 10 asks less of those below 5, whatever it asks of those above 10."""
    later = "{自: 2023-01-01, 介于: [%d, 10], 依据: 示例}]"
    item = criterion("A", "至少: 5", "整数")

    assert [] == found(stars(("A", "全部", [item.replace("依据: 示例}]", f"依据: 示例}}, {later % 5}")])))
    assert ["K658"] == found(stars(("A", "全部", [item.replace("依据: 示例}]", f"依据: 示例}}, {later % 3}")])))


def test_stars_for_different_kinds_are_not_lit_together() -> None:
    """K640: two stars, one for 农 and one for 城, are never two for one unit; two for 农 are."""
    fields = ["类: {列名: [类], 类型: 选项, 选项: [农, 城]}"]

    def problems(kind: str) -> list[str]:
        one, other = (
            criterion(key, "为: 是", "是否", f"适用于: {{类: [{of}]}}") for key, of in (("A", "农"), ("B", kind))
        )
        return found(scheme_text({"甲": ("全部", [one]), "乙": ("全部", [other])}, fields=fields))

    assert ["K640"] == problems("城")
    assert [] == problems("农")
