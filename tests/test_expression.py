"""The language of formulas: what it reads, what it refuses, and that it decides as exact arithmetic does."""

from __future__ import annotations

import pickle
from datetime import date
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from starcheck.column import Column, Kind, Reason
from starcheck.expression import (
    Arithmetic,
    Call,
    Comparison,
    Expression,
    ExpressionError,
    Logic,
    Name,
    Negative,
    Node,
    Not,
    Number,
    Symbol,
    Value,
    check,
    evaluate,
    evaluate_exact,
    evaluate_within,
    measure_name,
    measure_of,
    parse,
    row_values,
)


def numbers(*values: float | Reason | None, kind: Kind = Kind.NUMBER) -> Column:
    """A numeric column; None is a blank, a reason is itself."""
    reasons = [
        value if isinstance(value, Reason) else Reason.BLANK if value is None else Reason.KNOWN for value in values
    ]
    filled = [np.nan if value is None or isinstance(value, Reason) else value for value in values]
    return Column(kind, np.array(filled, np.float64), np.array(reasons, np.int8))


def yesnos(*values: bool | None) -> Column:
    """A yes/no column; None is a blank."""
    filled = [-1 if value is None else int(value) for value in values]
    reasons = [Reason.BLANK if value is None else Reason.KNOWN for value in values]
    return Column(Kind.YESNO, np.array(filled, np.int8), np.array(reasons, np.int8))


def dates(*values: tuple[date, date] | None) -> Column:
    """A date column of the first and last day each may mean; None is a blank."""
    filled = [(-1, -1) if value is None else tuple(day.toordinal() for day in value) for value in values]
    reasons = [Reason.BLANK if value is None else Reason.KNOWN for value in values]
    return Column(Kind.DATE, np.array(filled, np.int32), np.array(reasons, np.int8))


def results(text: str, **columns: Column) -> list[float | str]:
    """The formula over the columns: values, and the words of the reasons where there is none."""
    found = evaluate(parse(text), columns, {})
    return [
        Reason(reason).name if reason else float(value)
        for value, reason in zip(found.values, found.reason, strict=True)
    ]


# --- reading ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("保洁员 / 人口", "保洁员 / 人口"),
        ("[CY-01]==经营收入+其他收入", "[CY-01] == 经营收入 + 其他收入"),
        ("（甲＋１．５）×２", "(甲 + 1.5) * 2"),
        ("甲 ≥ 乙", "甲 >= 乙"),
        ("甲 ≤ 乙 ÷ 2 − 1", "甲 <= 乙 / 2 - 1"),
        ("甲 ≠ 乙", "甲 != 乙"),
        ("甲 ＝ 乙", "甲 == 乙"),
        ("甲 ＝＝ 乙", "甲 == 乙"),
        ("最大（甲，乙、丙）", "最大(甲, 乙, 丙)"),
        ("not 甲 and 乙 or 丙", "not 甲 and 乙 or 丙"),
        ("not (甲 and 乙)", "not (甲 and 乙)"),
        ("甲 - (乙 - 丙)", "甲 - (乙 - 丙)"),
        ("(甲 - 乙) - 丙", "甲 - 乙 - 丙"),
        ("甲 / (乙 * 丙)", "甲 / (乙 * 丙)"),
        ("-(甲 + 乙)", "-(甲 + 乙)"),
        ("+甲", "甲"),
        ("(甲 > 1) == (乙 > 1)", "(甲 > 1) == (乙 > 1)"),
        ("2022年收入 + _丁2", "2022年收入 + _丁2"),
        ("合计 + 1", "合计 + 1"),
        ("[ CY-01 ]", "[CY-01]"),
    ],
)
def test_spelling(text: str, plain: str) -> None:
    """A formula is given back in its plain spelling, without the parentheses it does not need."""
    assert plain == str(parse(text))


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("", 1),
        ("  ", 1),
        ("甲 +", 4),
        ("甲 乙", 3),
        ("(甲", 3),
        ("甲)", 2),
        ("最小()", 4),
        ("最小(甲,)", 6),
        ("[]", 1),
        ("[CY-01", 1),
        ("甲 ; 乙", 3),
        ("甲 < 乙 < 丙", 7),
        ("甲 且 乙", 3),
        ("not", 4),
        ("甲.乙", 2),
        ("甲 ! 乙", 3),
        ("'甲'", 1),
        ("1" * 31, 1),
        ("甲 + " * 300 + "甲", 801),
        ("(" * 60 + "甲" + ")" * 60, 51),
        ("-" * 60 + "甲", 51),
        ("not " * 60 + "甲", 201),
        ("__import__('os')", 12),
    ],
)
def test_refusals(text: str, column: int) -> None:
    """What is not a formula is refused at the character where it stops being one."""
    with pytest.raises(ExpressionError) as refusal:
        parse(text)

    assert column == refusal.value.column


def test_chinese_conjunctions_are_explained() -> None:
    """Whoever writes 且 is told to write and."""
    with pytest.raises(ExpressionError) as refusal:
        parse("甲 且 乙")

    assert ("“且”请写成 and", "write and for 且") == refusal.value.message


def test_refusals_cross_processes() -> None:
    """A refusal survives pickling, as everything that a worker hands back must."""
    error = ExpressionError(("读不懂", "unreadable"), 7)
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own

    assert (error.message, 7) == (copy.message, copy.column)


def test_names_in_order_of_appearance() -> None:
    """Names are listed as they appear, with their place and whether they are fields or criteria."""
    names = [(name.kind, name.key, name.column) for name in parse("乙 / [CY-01] + 最大(甲, 乙)").names]

    assert [("field", "乙", 1), ("criterion", "CY-01", 5), ("field", "甲", 18), ("field", "乙", 21)] == names


def test_a_comparison_is_taken_apart() -> None:
    """A caller that allows a tolerance gets both sides and the operator."""
    comparison = parse("甲 == 乙 + 丙").comparison
    assert comparison is not None
    left, operator, right = comparison

    assert ("甲", "==", "乙 + 丙") == (str(left), operator, str(right))


def test_no_comparison() -> None:
    """A formula that is not one comparison has no sides."""
    assert parse("甲 == 乙 and 丙").comparison is None


# --- checking ---------------------------------------------------------------------------------------------------------

SYMBOLS = {
    "收入": Symbol(Kind.NUMBER, "万元"),
    "支出": Symbol(Kind.NUMBER, "元"),
    "人口": Symbol(Kind.INTEGER, "人"),
    "党员": Symbol(Kind.INTEGER, "名"),
    "面积": Symbol(Kind.NUMBER, "亩"),
    "户数": Symbol(Kind.INTEGER, "户"),
    "覆盖率": Symbol(Kind.RATIO, "%"),
    "指数": Symbol(Kind.NUMBER),
    "薄弱": Symbol(Kind.YESNO),
    "提议": Symbol(Kind.DATE),
    "决议": Symbol(Kind.DATE),
    "状态": Symbol(Kind.OPTION),
    "备注": Symbol(Kind.TEXT),
    "CY-01": Symbol(Kind.NUMBER, "万元"),
}


@pytest.mark.parametrize(
    ("text", "kind", "unit"),
    [
        ("收入 + [CY-01]", "number", "万元"),
        ("收入 / 人口", "number", "万元/人"),
        ("收入 * 10000", "number", "万元"),
        ("党员 / 人口", "number", "比例"),
        ("覆盖率 * 人口", "number", "人"),
        ("覆盖率 + 0.1", "number", "比例"),
        ("1 / 人口", "number", "1/人"),
        ("人口 * 人口", "number", "人·人"),
        ("收入 * 面积 / 户数", "number", "万元·亩/户"),
        ("收入 + 1", "number", "万元"),
        ("指数 + 收入", "number", "万元"),
        ("收入 + 指数", "number", "万元"),
        ("指数 / 人口", "number", "未注明单位"),
        ("1 + 指数", "number", "未注明单位"),
        ("1 + 2 * 3", "number", "不带单位的数"),
        ("-收入", "number", "万元"),
        ("最大(收入, [CY-01], 0)", "number", "万元"),
        ("合计(人口, 党员)", "number", "人"),
    ],
)
def test_units_of_results(text: str, kind: str, unit: str) -> None:
    """Units are carried through: equal ones cancel, a plain number takes any, a share has none."""
    result, problems = check(parse(text), SYMBOLS)

    assert (kind, unit, ()) == (result.kind, measure_name(result.measure)[0], problems)


@pytest.mark.parametrize("text", ["收入 > 5", "薄弱", "not 薄弱 or 人口 >= 党员", "提议 <= 决议", "薄弱 != (人口 > 1)"])
def test_yes_or_no(text: str) -> None:
    """Comparisons and what joins them yield yes or no."""
    result, problems = check(parse(text), SYMBOLS)

    assert ("yesno", ()) == (result.kind, problems)


@pytest.mark.parametrize(
    ("text", "about", "column"),
    [
        ("收入 + 人口", "unit", 4),
        ("收入 + 支出", "unit", 4),
        ("收入 <= 支出", "unit", 4),
        ("收入 / 支出", "unit", 4),
        ("收入 * 支出", "unit", 4),
        ("人口 == 覆盖率", "unit", 4),
        ("最小(收入, 人口)", "unit", 8),
        ("薄弱 + 1", "kind", 1),
        ("-薄弱", "kind", 2),
        ("提议 - 1", "kind", 1),
        ("提议 > 1", "kind", 6),
        ("收入 and 薄弱", "kind", 1),
        ("not 收入", "kind", 5),
        ("薄弱 < 薄弱", "kind", 4),
        ("not (1 + 收入)", "kind", 6),
        ("收入 * 面积 + 户数", "unit", 9),
        ("薄弱 == 收入", "kind", 7),
        ("状态 == 1", "kind", 1),
        ("备注", "kind", 1),
        ("没有", "name", 1),
        ("[没有] > 1", "name", 1),
    ],
)
def test_problems(text: str, about: str, column: int) -> None:
    """What does not fit is reported once, at its place."""
    _, problems = check(parse(text), SYMBOLS)

    assert [(about, column)] == sorted({(problem.about, problem.column) for problem in problems})


def test_unknown_units_are_their_own() -> None:
    """A unit that nobody knows agrees with itself and with nothing else."""
    assert measure_of("桶") == measure_of("桶")
    assert measure_of("桶") != measure_of("箱")
    assert ("桶/人", "桶/人") == measure_name(measure_of("桶/人"))


def test_units_of_one_size_agree() -> None:
    """人, 名 and 口 count the same things."""
    assert measure_of("元/人") == measure_of("元／口")


# --- evaluating -------------------------------------------------------------------------------------------------------


def test_unknown_takes_the_reason_of_the_first() -> None:
    """An unknown result says why its first unknown input is missing."""
    found = results("甲 + 乙", 甲=numbers(None, Reason.INVALID, 1.0), 乙=numbers(1.0, None, Reason.CONFLICTING))

    assert ["BLANK", "INVALID", "CONFLICTING"] == found


def test_division_by_zero_is_unknown() -> None:
    """Dividing by zero is unknown for that reason, unless an input was unknown before."""
    found = results("甲 / 乙", 甲=numbers(1.0, None, 1.0, 0.0), 乙=numbers(0.0, 0.0, None, 0.0))

    assert ["DIVISION_BY_ZERO", "BLANK", "BLANK", "DIVISION_BY_ZERO"] == found


def test_division_by_what_is_exactly_zero() -> None:
    """0.3 - 0.1 - 0.2 is zero, whatever floats make of it."""
    columns = {"甲": numbers(1.0, 1.0), "乙": numbers(0.3, 0.4), "丙": numbers(0.1, 0.1), "丁": numbers(0.2, 0.2)}

    assert ["DIVISION_BY_ZERO", 10.0] == results("甲 / (乙 - 丙 - 丁)", **columns)


def test_numbers_keep_their_digits() -> None:
    """What subtraction leaves of large numbers is not noise."""
    columns = {"甲": numbers(100000.3, 1e15 + 0.5), "乙": numbers(100000.2, 1e15 - 1)}

    assert [0.1, 1.0] == results("甲 - 乙", **columns)


def test_numbers_too_fine_for_integers() -> None:
    """Where int64 does not hold the quotients, fractions keep the digits."""
    columns = {"甲": numbers(1.23456789e-11), "乙": numbers(1.23456788e-11)}

    assert [1e-19] == results("甲 - 乙", **columns)
    assert [pytest.approx(2.46913577e-11, rel=1e-14)] == results("甲 + 乙", **columns)


def test_kleene_and() -> None:
    """No and anything is no; yes and unknown is unknown."""
    column = yesnos(True, False, None)
    table = [results("甲 and 乙", 甲=yesnos(one, one, one), 乙=column) for one in (True, False, None)]

    assert [[1.0, 0.0, "BLANK"], [0.0, 0.0, 0.0], ["BLANK", 0.0, "BLANK"]] == table


def test_kleene_or() -> None:
    """Yes or anything is yes; no or unknown is unknown."""
    column = yesnos(True, False, None)
    table = [results("甲 or 乙", 甲=yesnos(one, one, one), 乙=column) for one in (True, False, None)]

    assert [[1.0, 1.0, 1.0], [1.0, 0.0, "BLANK"], [1.0, "BLANK", "BLANK"]] == table


def test_not() -> None:
    """Not unknown is unknown."""
    assert [0.0, 1.0, "BLANK"] == results("not 甲", 甲=yesnos(True, False, None))


def test_functions() -> None:
    """最小, 最大 and 合计 over several columns and numbers."""
    columns = {"甲": numbers(1.0, None), "乙": numbers(2.5, 1.0)}

    assert [1.0, "BLANK"] == results("最小(甲, 乙)", **columns)
    assert [3.0, "BLANK"] == results("最大(甲, 乙, 3)", **columns)
    assert [3.5, "BLANK"] == results("合计(甲, 乙)", **columns)


def test_shares_enter_as_shares() -> None:
    """85 in a column of % is 0.85 in a formula, 2 in one of ‰ is 0.002."""
    columns = {"率": numbers(85.0, kind=Kind.RATIO), "千分": numbers(2.0, kind=Kind.RATIO)}
    units = {"率": "%", "千分": "‰"}
    expression = parse("率 + 千分")

    assert pytest.approx(0.852) == evaluate(expression, columns, units).values[0]
    assert Fraction(852, 1000) == evaluate_exact(expression, row_values(columns, units, 0))


def test_boundaries_are_exact() -> None:
    """0.1 + 0.2 is 0.3, and 0.1 + 0.2 is not less than 0.3."""
    columns = {"甲": numbers(0.1), "乙": numbers(0.2), "丙": numbers(0.3), "丁": numbers(0.30000000000000004)}

    assert [1.0] == results("甲 + 乙 == 丙", **columns)
    assert [0.0] == results("甲 + 乙 > 丙", **columns)
    assert [1.0] == results("丁 <= 丙", **columns)


def test_shares_at_the_boundary() -> None:
    """Two of a thousand meet 2‰, and 29% of a hundred is 29."""
    columns = {"保洁员": numbers(2.0), "人口": numbers(1000.0), "率": numbers(29.0, kind=Kind.RATIO)}

    assert [1.0] == results("保洁员 / 人口 >= 0.002", **columns)
    assert [1.0] == [*evaluate(parse("率 * 100 == 29"), columns, {"率": "%"}).values]


JANUARY = (date(2023, 1, 1), date(2023, 1, 31))
FIFTH = (date(2023, 1, 5), date(2023, 1, 5))
FEBRUARY = (date(2023, 2, 1), date(2023, 2, 28))


@pytest.mark.parametrize(
    ("operator", "expected"),
    [
        ("<", [1.0, "AMBIGUOUS", 0.0, 0.0, "BLANK"]),
        ("<=", [1.0, "AMBIGUOUS", 0.0, 1.0, "BLANK"]),
        (">", [0.0, "AMBIGUOUS", 1.0, 0.0, "BLANK"]),
        (">=", [0.0, "AMBIGUOUS", 1.0, 1.0, "BLANK"]),
        ("==", [0.0, "AMBIGUOUS", 0.0, 1.0, "BLANK"]),
        ("!=", [1.0, "AMBIGUOUS", 1.0, 0.0, "BLANK"]),
    ],
)
def test_dates(operator: str, expected: list[float | str]) -> None:
    """A month without a day is the whole month: in doubt the comparison is unknown."""
    columns = {
        "甲": dates(JANUARY, JANUARY, FEBRUARY, FIFTH, None),
        "乙": dates(FEBRUARY, FIFTH, FIFTH, FIFTH, FIFTH),
    }
    expression = parse(f"甲 {operator} 乙")
    exact = [evaluate_exact(expression, row_values(columns, {}, row)) for row in range(5)]

    assert expected == results(str(expression), **columns)
    assert [None if isinstance(value, str) else bool(value) for value in expected] == exact


def test_a_date_is_no_result() -> None:
    """A bare date cannot be the value of a formula; the lint sees to it, so here it is a bug."""
    columns = {"甲": dates(FIFTH)}

    with pytest.raises(TypeError):
        evaluate(parse("甲"), columns, {})
    with pytest.raises(TypeError):
        evaluate_exact(parse("甲"), row_values(columns, {}, 0))


def test_options_are_no_numbers() -> None:
    """Options and text never get into arithmetic; the lint sees to it, so here it is a bug."""
    column = Column(Kind.OPTION, np.array([0], np.int16), np.array([0], np.int8), ("甲", "乙"))

    assert row_values({"态": column}, {}, 0) == {"态": None}
    with pytest.raises(TypeError):
        evaluate(parse("态 + 1"), {"态": column}, {})


def test_booleans_are_no_numbers() -> None:
    """Adding a yes/no is a bug by the time it is evaluated."""
    with pytest.raises(TypeError):
        evaluate_exact(parse("甲 + 1"), {"甲": True})


def test_plain_integers_are_taken() -> None:
    """A caller may hand whole numbers in as integers."""
    assert evaluate_exact(parse("甲 / 2"), {"甲": 1}) == Fraction(1, 2)  # type: ignore[dict-item]


def test_no_columns() -> None:
    """A formula without names has one value."""
    assert [3.0] == results("1 + 2")


# --- tolerance --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("甲 == 乙", [1.0, 1.0, 0.0, 0.0]),
        ("甲 != 乙", [0.0, 0.0, 1.0, 1.0]),
        ("甲 <= 乙", [1.0, 1.0, 0.0, 1.0]),
        ("甲 < 乙", [1.0, 0.0, 0.0, 1.0]),
        ("甲 >= 乙", [1.0, 1.0, 1.0, 0.0]),
        ("甲 > 乙", [1.0, 1.0, 1.0, 0.0]),
    ],
)
def test_tolerance(text: str, expected: list[float]) -> None:
    """A comparison may miss by 0.01, and not by a hair more: 12.35 is 0.01 beside 12.34, 12.351 is not."""
    columns = {"甲": numbers(12.34, 12.35, 12.351, 12.32), "乙": numbers(12.34, 12.34, 12.34, 12.34)}

    assert expected == [*evaluate_within(parse(text), columns, {}, Decimal("0.01")).values]


def test_tolerance_means_nothing_to_yes_and_no() -> None:
    """Yes is not within 1 of no."""
    columns = {"甲": yesnos(True, True, None), "乙": yesnos(True, False, True)}
    found = evaluate_within(parse("甲 == 乙"), columns, {}, Decimal(1))

    assert [1.0, 0.0] == [*found.values[:2]]
    assert Reason.BLANK == found.reason[2]


def test_tolerance_of_what_is_no_comparison() -> None:
    """A tolerance means nothing to a formula that is not one comparison."""
    columns = {"甲": yesnos(True, False)}

    assert [0.0, 1.0] == [*evaluate_within(parse("not 甲"), columns, {}, Decimal(1)).values]


@pytest.mark.parametrize(
    "text", ["甲 == 乙 + 丙", "最大(甲, 乙) >= 乙 + 丙", "最小(甲, 甲) <= 丙 + 乙", "甲 - 乙 == 丙"]
)
def test_many_rows_at_the_boundary(text: str) -> None:
    """A total equals its parts in every row, also where no float does."""
    parts = [(cents / 100, cents * 7 / 1000) for cents in range(1, 200)]
    columns = {
        "乙": numbers(*(one for one, _ in parts)),
        "丙": numbers(*(other for _, other in parts)),
        "甲": numbers(*(float(Decimal(str(one)) + Decimal(str(other))) for one, other in parts)),
    }

    assert {1.0} == {*results(text, **columns)}


def test_many_rows_too_fine_for_integers() -> None:
    """Where int64 does not hold the quotients, fractions decide row by row."""
    tiny = [float(f"{number}e-9") for number in range(123456701, 123456750)]
    columns = {"甲": numbers(*tiny), "乙": numbers(*tiny), "丙": numbers(*(3 * 10.0**14 + 0.1 for _ in tiny))}

    assert {1.0} == {*results("甲 * 丙 / 3 == 乙 / 3 * 丙", **columns)}
    assert {0.0} == {*results("甲 * 丙 / 3 < 乙 / 3 * 丙", **columns)}


# --- properties -------------------------------------------------------------------------------------------------------

NUMERIC = ("甲", "乙", "CY-01")
LOGICAL = ("丙", "丁")


def _names(keys: tuple[str, ...]) -> st.SearchStrategy[Node]:
    return st.sampled_from([Name("criterion" if "-" in key else "field", key, 1) for key in keys])


literals = st.decimals(0, 1000, places=2).map(lambda number: Number(number, 1))
arithmetic: st.SearchStrategy[Node] = st.recursive(
    literals | _names(NUMERIC),
    lambda inner: st.one_of(
        st.builds(Arithmetic, st.sampled_from("+-*/"), inner, inner, st.just(1)),
        st.builds(Negative, inner, st.just(1)),
        st.builds(
            Call,
            st.sampled_from(["最小", "最大", "合计"]),
            st.lists(inner, min_size=1, max_size=3).map(tuple),
            st.just(1),
        ),
    ),
    max_leaves=5,
)
comparisons = st.builds(
    Comparison, st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), arithmetic, arithmetic, st.just(1)
)
logic: st.SearchStrategy[Node] = st.recursive(
    comparisons | _names(LOGICAL),
    lambda inner: st.one_of(
        st.builds(Logic, st.sampled_from(["and", "or"]), inner, inner, st.just(1)),
        st.builds(Not, inner, st.just(1)),
        st.builds(Comparison, st.sampled_from(["==", "!="]), inner, inner, st.just(1)),
    ),
    max_leaves=5,
)
expressions = st.one_of(arithmetic, logic).map(lambda node: Expression("", node))

cells = st.none() | st.integers(-100, 100).map(float) | st.decimals(-100, 100, places=2).map(float)
truths = st.none() | st.booleans()


@st.composite
def ledgers(draw: st.DrawFn) -> dict[str, Column]:
    """Columns of a few units, and sometimes of enough for the integer lane."""
    size = draw(st.sampled_from([1, 3, 40]))
    columns = {key: numbers(*draw(st.lists(cells, min_size=size, max_size=size))) for key in NUMERIC}
    return columns | {key: yesnos(*draw(st.lists(truths, min_size=size, max_size=size))) for key in LOGICAL}


@settings(deadline=None)
@given(expressions)
def test_spelling_is_read_back(expression: Expression) -> None:
    """What is printed is read back as the same formula."""
    text = str(expression)

    assert text == str(parse(text))


@settings(deadline=None)
@given(expressions, ledgers())
def test_columns_agree_with_exact_arithmetic(expression: Expression, columns: dict[str, Column]) -> None:
    """Whole columns and one unit at a time give the same: every decision exactly, every number within its error."""
    found = evaluate(expression, columns, {})
    for row in range(len(found.values)):
        exact = evaluate_exact(expression, row_values(columns, {}, row))

        assert (exact is None) == (not found.known[row])
        if isinstance(exact, bool):
            assert exact == bool(found.values[row])
        elif exact is not None:
            assert abs(Fraction(float(found.values[row])) - exact) <= Fraction(float(found.error[row]))


@settings(deadline=None)
@given(comparisons, ledgers(), st.decimals(0, 5, places=2))
def test_tolerance_agrees_with_exact_arithmetic(
    comparison: Comparison, columns: dict[str, Column], tolerance: Decimal
) -> None:
    """The tolerance moves the boundary by exactly itself."""
    expression = Expression("", comparison)
    found = evaluate_within(expression, columns, {}, tolerance)
    for row in range(len(found.values)):
        values = row_values(columns, {}, row)
        left, right = (evaluate_exact(Expression("", side), values) for side in (comparison.left, comparison.right))
        if left is None or right is None:
            assert not found.known[row]
            continue
        gap, allowed = Fraction(left) - Fraction(right), Fraction(tolerance)
        holds = {
            "==": abs(gap) <= allowed,
            "!=": abs(gap) > allowed,
            "<": gap < allowed,
            "<=": gap <= allowed,
            ">": gap > -allowed,
            ">=": gap >= -allowed,
        }

        assert holds[comparison.operator] == bool(found.values[row])


@settings(deadline=None)
@given(expressions, st.fixed_dictionaries(dict.fromkeys(NUMERIC, cells) | dict.fromkeys(LOGICAL, truths)))
def test_filling_in_never_contradicts(expression: Expression, row: dict[str, float | bool | None]) -> None:
    """What is decided with blanks stays decided when they are filled in: Kleene's rules are monotone."""
    known: dict[str, Value] = {
        key: value if isinstance(value, bool) else Fraction(str(value or 0)) if key in NUMERIC else False
        for key, value in row.items()
    }
    blanked: dict[str, Value] = {key: None if row[key] is None else value for key, value in known.items()}
    before, after = evaluate_exact(expression, blanked), evaluate_exact(expression, known)

    assert before is None or before == after


@settings(deadline=None)
@given(logic, logic, ledgers())
def test_de_morgan(one: Node, other: Node, columns: dict[str, Column]) -> None:
    """Not (a and b) is not a or not b, also where something is unknown."""
    left = Expression("", Not(Logic("and", one, other, 1), 1))
    right = Expression("", Logic("or", Not(one, 1), Not(other, 1), 1))
    first, second = evaluate(left, columns, {}), evaluate(right, columns, {})

    assert [*first.known] == [*second.known]
    assert [*first.values[first.known]] == [*second.values[second.known]]


@settings(deadline=None)
@given(arithmetic, ledgers())
def test_reasons_follow_appearance(node: Node, columns: dict[str, Column]) -> None:
    """The reason of an unknown number is that of the first unknown name, or a division by zero."""
    expression = Expression("", node)
    found = evaluate(expression, columns, {})
    for row in np.flatnonzero(~found.known):
        reasons = [columns[name.key].reason[row] for name in expression.names]
        first = next((reason for reason in reasons if reason != Reason.KNOWN), Reason.DIVISION_BY_ZERO)

        assert found.reason[row] in {first, Reason.DIVISION_BY_ZERO}
