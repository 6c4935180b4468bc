"""Every requirement of every scheme at its boundary: below, on and above, the day before and the day of 自.

The cases are made from the criteria themselves, so a new criterion is tested the moment it is written.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from making import CRITERIA, OWN_CRITERIA, Rated, delimited, run, scheme_file, village
from starcheck.column import Kind
from starcheck.scheme import Bounds, Criterion, Operator, Requirement, Scheme, Trigger

SCHEMES = sorted([*CRITERIA.glob("*.yaml"), *OWN_CRITERIA.glob("*.yaml")])
CASES = [
    pytest.param(path, item.id, place, id=f"{path.stem}-{item.id}-{requirement.since}")
    for path in SCHEMES
    for item in scheme_file(path).criteria
    if not item.tasks  # counted, not read: tests/test_tasks.py
    and not (item.formula is not None and item.kind is Kind.YESNO)  # and, or, not: their cases show both sides
    for place, requirement in enumerate(item.requirements)
]
VETOES = [
    pytest.param(path, veto.id, id=f"{path.stem}-{veto.id}") for path in SCHEMES for veto in scheme_file(path).vetoes
]

_COMPARE: dict[Operator, Callable[[Any, Any], bool]] = {
    Operator.AT_LEAST: operator.ge,
    Operator.AT_MOST: operator.le,
    Operator.ABOVE: operator.gt,
    Operator.BELOW: operator.lt,
    Operator.EQUALS: operator.eq,
}


def holds(requirement: Requirement | Trigger, value: Any) -> bool:
    """The oracle: what the word says."""
    operand: Any = requirement.operand
    if requirement.operator is Operator.BETWEEN:
        return bool(operand[0] <= value <= operand[1])
    if requirement.operator is Operator.ONE_OF:
        return value in operand
    return _COMPARE[requirement.operator](value, operand)


def expected(item: Criterion, value: Any, as_of: date) -> str:
    """The verdict of a value on a day, by the latest requirement that has begun."""
    begun = [requirement for requirement in item.requirements if requirement.since <= as_of]
    if not begun:
        return "not_applicable"
    if holds(max(begun, key=lambda requirement: requirement.since), value):
        return "met"
    return "not_applicable" if item.only_bonus else "unmet"


def ends(requirement: Requirement | Trigger) -> list[Any]:
    """The values a requirement compares to."""
    operand: Any = requirement.operand
    return list(operand) if isinstance(operand, tuple) else [operand]


def possible(bounds: Bounds | None, value: Decimal, kind: Kind) -> bool:
    """Whether 范围 leaves room for a value."""
    low = Decimal(0) if kind is Kind.INTEGER and (bounds is None or bounds.at_least is None) else None
    if bounds is not None:
        low = bounds.at_least if bounds.at_least is not None else low
        if bounds.at_most is not None and value > bounds.at_most:
            return False
    return low is None or value >= low


def around(item: Any, requirement: Requirement | Trigger) -> Iterator[tuple[str, Any]]:
    """Cells on both sides of a boundary, and the value each means."""
    match item.kind:
        case Kind.NUMBER | Kind.INTEGER | Kind.RATIO:
            sign = item.unit if item.kind is Kind.RATIO else ""
            steps = ["1"] if item.kind is Kind.INTEGER else ["0.01", "0.00000001"]
            for end in ends(requirement):
                for step in (Decimal(0), *(Decimal(text) * factor for text in steps for factor in (-1, 1))):
                    if possible(item.bounds, end + step, item.kind):
                        yield f"{end + step:f}{sign}", end + step
        case Kind.YESNO:
            yield from (("是", True), ("否", False))
        case Kind.OPTION:
            yield from ((option, option) for option in item.options)
        case Kind.DATE:
            for end in ends(requirement):
                yield from ((f"{end + timedelta(days=step)}", end + timedelta(days=step)) for step in (-1, 0, 1))
        case _:
            raise AssertionError(item.kind)


def quotient(formula: str) -> tuple[list[str], int]:
    """The columns and the factor of a formula ``A / B`` or ``A / B * 100``; 1 less the share not done is the former."""
    if (rest := re.fullmatch(r"1 - \((\S+) - (\S+)\) / 最大\(\1, 1\)", formula)) is not None:
        return [rest[2], rest[1]], 1
    shape = re.fullmatch(r"(?P<above>[^/*]+)/(?P<below>[^/*]+)(?:\*\s*(?P<factor>[0-9]+))?", formula)

    assert shape is not None, f"{formula}: teach this test the new shape"

    return [shape[name].strip().strip("[]") for name in ("above", "below")], int(shape["factor"] or 1)


def quotients(scheme: Scheme, item: Criterion, requirement: Requirement) -> Iterator[tuple[list[str], Any]]:
    """Cells for a formula A / B on both sides of its boundary: B as large as 范围 allows, A a whole number."""
    assert item.formula is not None
    names, factor = quotient(item.formula)
    most, largest = (_most(scheme.ledger_columns[name].bounds) for name in names)
    scale = {"%": 100, "‰": 1000}.get(item.unit or "", 1) * factor
    for end in ends(requirement):
        share = Fraction(end) / scale
        largest = min(largest, int((most - 1) / share))
        below = largest // share.denominator * share.denominator
        above = int(share * below)
        for step in (-1, 0, 1):
            yield [str(above + step), str(below)], Fraction(above + step, below) * scale


def _most(bounds: Bounds | None) -> int:
    return int(bounds.at_most) if bounds is not None and bounds.at_most is not None else 1_000_000


def cases(scheme: Scheme, item: Criterion, requirement: Requirement) -> tuple[list[str], list[tuple[list[str], Any]]]:
    """Headers, and rows of cells with the value they mean."""
    columns = scheme.ledger_columns
    if item.dates:
        days = [f"2022-03-{day:02d}" for day in range(1, len(item.dates) + 1)]
        headers = [columns[name].headers[0] for name in item.dates]
        swapped = [*days[:-2], days[-1], days[-2]]
        return headers, [(days, True), ([days[0]] * len(days), True), (swapped, False)]
    if item.formula in scheme.fields:
        field = scheme.fields[item.formula]
        return [field.headers[0]], [([cell], value) for cell, value in around(field, requirement)]
    if item.formula is not None and (apart := re.fullmatch(r"天数\((\S+), (\S+)\)", item.formula)):
        headers = [scheme.fields[name].headers[0] for name in apart.groups()]
        first = date(2022, 3, 1)
        spans = [int(end) + step for end in ends(requirement) for step in (-1, 0, 1)]
        return headers, [([f"{first}", f"{first + timedelta(days=span)}"], span) for span in spans]
    if item.formula is not None:
        names, _ = quotient(item.formula)
        return [columns[name].headers[0] for name in names], list(quotients(scheme, item, requirement))
    return [item.headers[0]], [([cell], value) for cell, value in around(item, requirement)]


def rate(folder: Path, scheme: Scheme, headers: list[str], cells: list[list[str]], as_of: date) -> Rated:
    """Rate rows of cells, one village each."""
    suffix = "社区" if scheme.unit_kind == "城市社区" else "村"
    rows = [
        ["乡镇", "村名", *headers],
        *[["河乡", village(place).replace("村", suffix), *row] for place, row in enumerate(cells)],
    ]
    return run(delimited(folder / "台账.csv", rows), scheme, as_of=as_of.isoformat())


@pytest.mark.parametrize(("path", "identity", "place"), CASES)
def test_requirements_at_their_boundaries(tmp_path: Path, path: Path, identity: str, place: int) -> None:
    """T − ε, t and t + ε, on the day of 自, the day before, and the day before the next one."""
    scheme = scheme_file(path)
    item = scheme.criterion(identity)
    requirement = item.requirements[place]
    headers, rows = cases(scheme, item, requirement)
    for name, values in item.applies.items():
        headers.append(scheme.fields[name].headers[0])
        rows = [([*row, values[0]], value) for row, value in rows]
    if item.goal is not None and item.goal.field is not None:
        # beside a target that is not known an item is unknown; see test_scoring
        headers.append(scheme.fields[item.goal.field].headers[0])
        rows = [([*row, "1"], value) for row, value in rows]
    days = {requirement.since, requirement.since - timedelta(days=1)}
    days |= {other.since - timedelta(days=1) for other in item.requirements if other.since > requirement.since}
    for day in sorted(day for day in days if scheme.problem_at(day) is None):
        result = rate(tmp_path, scheme, headers, [row for row, _ in rows], day)
        verdicts = [result.verdicts(name)[identity] for name in result.names]

        assert [expected(item, value, day) for _, value in rows] == verdicts, (day, rows)


@pytest.mark.parametrize(("path", "identity"), VETOES)
def test_vetoes_at_their_boundaries(tmp_path: Path, path: Path, identity: str) -> None:
    """Triggered exactly where the word says."""
    scheme = scheme_file(path)
    veto = scheme.veto(identity)
    rows = list(around(veto, veto.trigger))
    result = rate(tmp_path, scheme, [veto.headers[0]], [[cell] for cell, _ in rows], veto.since or scheme.since)

    assert ["triggered" if holds(veto.trigger, value) else "clear" for _, value in rows] == [
        result.vetoes(name)[identity] for name in result.names
    ]


@pytest.mark.parametrize("path", SCHEMES, ids=lambda path: path.stem)
def test_the_day_before_the_scheme(path: Path) -> None:
    """A scheme does not speak before 生效, nor after 失效."""
    scheme = scheme_file(path)

    assert scheme.problem_at(scheme.since) is None
    assert scheme.problem_at(scheme.since - timedelta(days=1)) is not None
    if scheme.until is not None:
        assert scheme.problem_at(scheme.until) is None
        assert scheme.problem_at(scheme.until + timedelta(days=1)) is not None
