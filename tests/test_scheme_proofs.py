"""What the lint proves of thresholds holds for every value there can be: intervals are never too narrow."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from hypothesis import assume, given
from hypothesis import strategies as st

from making import criterion, scheme_text
from starcheck.expression import evaluate_exact, parse
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
