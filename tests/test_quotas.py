"""名额: who holds a place whatever the unknown comes to, held against every way it may come out."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Mapping
from datetime import date
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from making import Rated, grid, rated, stars_of
from random_schemes import Plan, Unit, all_units, columns_of, ledger_of, random_plan
from starcheck.scheme import scheme_from_texts
from starcheck.scoring import Assessment, assess

INCOME = ["收入: {列名: [收入], 类型: 数值, 单位: 万元}"]


def worlds(plan: Plan, draw: random.Random) -> tuple[list[Unit], list[list[Unit]]]:
    """A few units with blanks, vetoes among them, and every way to fill them in."""
    columns = columns_of(plan)
    units = all_units(plan, draw, 5)
    holes = [(place, key) for place in range(len(units)) for key in columns]
    chosen = draw.sample(holes, min(len(holes), draw.randint(1, 4)))
    turns = product(*(columns[key] for _, key in chosen))
    return _with(units, dict.fromkeys(chosen)), [_with(units, dict(zip(chosen, turn, strict=True))) for turn in turns]


def _with(units: list[Unit], cells: Mapping[tuple[int, str], bool | int | str | None]) -> list[Unit]:
    """Units with some cells otherwise."""
    changed: list[dict[str, bool | int | str | None]] = [dict(unit.cells) for unit in units]
    for (place, key), value in cells.items():
        changed[place][key] = value
    return [Unit(cells, unit.tagged) for cells, unit in zip(changed, units, strict=True)]


@settings(max_examples=40)
@given(seed=st.integers(0, 10**9))
def test_no_unknown_of_others_takes_what_is_assured(seed: int) -> None:
    """Whatever the blanks of others turn out to be, the tier of a unit is not below the one that is assured to it."""
    draw = random.Random(seed)  # noqa: S311 - no secret
    plan = random_plan(draw)
    scheme, _ = scheme_from_texts([("a.yaml", plan.text())])
    if scheme is None or not plan.quotas:
        return
    vetoes = {veto.id for veto in plan.vetoes}
    blank, filled = worlds(plan, draw)
    for day in plan.turns:
        found = assess(ledger_of(scheme, blank, day), day)
        for world in filled:
            tiers = assess(ledger_of(scheme, world, day), day).tiers
            for row, unit in enumerate(blank):
                if not any(world[row].cells[key] for key in vetoes if unit.cells[key] is None):
                    assert found.assured[row] <= tiers[row], (plan.text(), day, blank, world)


@settings(max_examples=40)
@given(seed=st.integers(0, 10**9))
def test_who_may_get_a_place_is_told(seed: int) -> None:
    """Whatever the blanks of others turn out to be, nobody else rises of whom nothing is unknown."""
    draw = random.Random(seed)  # noqa: S311 - no secret
    plan = random_plan(draw)
    scheme, _ = scheme_from_texts([("a.yaml", plan.text())])
    if scheme is None or not plan.quotas:
        return
    blank, filled = worlds(plan, draw)
    for day in plan.turns:
        found = assess(ledger_of(scheme, blank, day), day)
        for world in filled:
            tiers = assess(ledger_of(scheme, world, day), day).tiers
            for row in np.flatnonzero(~found.provisional).tolist():
                if all(value is not None for value in blank[row].cells.values()):
                    assert tiers[row] == found.tiers[row], (plan.text(), day, blank, world)


@settings(max_examples=40)
@given(seed=st.integers(0, 10**9))
def test_what_is_known_is_assured(seed: int) -> None:
    """Where nothing is unknown, every tier is assured and no place is open."""
    draw = random.Random(seed)  # noqa: S311 - no secret
    plan = random_plan(draw)
    scheme, _ = scheme_from_texts([("a.yaml", plan.text())])
    for day in plan.turns if scheme is not None else ():
        assert scheme is not None
        found = assess(ledger_of(scheme, all_units(plan, draw, 8), day), day)
        if not found.provisional[~found.contested].any():
            assert (found.tiers.tolist(), ()) == (found.assured.tolist(), found.open_places)
            assert not found.contested.any()


Cells = tuple[bool | None, int | None]


@settings(max_examples=50)
@given(
    rows=st.lists(
        st.tuples(st.sampled_from([True, True, False, None]), st.sampled_from([1, 2, 3, None])), min_size=2, max_size=5
    ),
    places=st.integers(1, 3),
)
def test_a_place_is_called_open_only_if_it_is(rows: list[Cells], places: int) -> None:
    """With one quota: a tier is not assured exactly where some way of filling in the blanks of others takes it."""
    quota = f"  名额: [{{档: 二星, 至多: {places}, 同分: [收入 高者先], 依据: 示例}}]\n"
    by = stars_of("甲", "乙", tiering=quota, fields=INCOME)
    day = date(2022, 6, 30)
    stars = [key for key in by.ledger_columns if key != "收入"]

    def told(cells: Iterable[Cells]) -> Assessment:
        units = [Unit({stars[0]: True, stars[1]: star, "收入": income}) for star, income in cells]
        return assess(ledger_of(by, units, day), day)

    found = told(rows)
    for row, own in enumerate(rows):
        ways = [
            [own]
            if place == row
            else list(product([True, False] if star is None else [star], range(5) if income is None else [income]))
            for place, (star, income) in enumerate(rows)
        ]
        if math.prod(len(way) for way in ways) <= 200:
            lowest = min(int(told(world).tiers[row]) for world in product(*ways))
            assert min(lowest, found.tiers[row]) == found.assured[row], (rows, places, row)


def competition(folder: Path, quota: str, cells: list[tuple[str, str]]) -> Rated:
    """Units of three stars but for the last, which one cell decides; and their incomes."""
    by = stars_of("甲", "乙", "丙", tiering=f"  名额: [{quota}]\n", fields=INCOME)
    table = "乡镇 村名 甲 乙 丙 收入\n" + "".join(
        f"河乡 第{place}村 是 是 {star} {income}\n" for place, (star, income) in enumerate(cells)
    )
    return rated(folder, by, grid(table))


TOP_ONE = '{档: 三星, 至多: 1, 同分: ["收入 高者先"]}'


@pytest.mark.parametrize(
    ("cells", "assured", "contested", "rivals"),
    [
        ([("是", "5"), ("-", "9")], [2, 2], ["第0村"], ["第1村"]),
        ([("是", "5"), ("-", "4")], [3, 2], [], []),
        ([("是", "5"), ("是", "-")], [2, 2], ["第0村"], ["第1村"]),
        ([("是", "5"), ("-", "-"), ("否", "9")], [2, 2, 2], ["第0村"], ["第1村"]),
        ([("是", "5"), ("是", "5")], [2, 2], [], []),
    ],
    ids=["a rival's blank", "a rival behind", "a blank tie-break", "both", "a tie"],
)
def test_a_place_hangs_on_a_rivals_blank(
    tmp_path: Path, cells: list[tuple[str, str]], assured: list[int], contested: list[str], rivals: list[str]
) -> None:
    """It is held for now, as the unknown comes last, and said to be open: the unit is provisional."""
    result = competition(tmp_path, TOP_ONE, cells)
    found = result.outcome.assessment

    assert assured == found.assured.tolist()
    assert contested == [result.names[row] for row in np.flatnonzero(found.contested).tolist()]
    assert set(contested) <= {result.names[row] for row in np.flatnonzero(found.provisional).tolist()}
    assert rivals == [result.names[row] for places in found.open_places for row in places.rivals]


@pytest.mark.parametrize(("units", "holders"), [(10, 1), (11, 0)])
def test_an_open_exclusion_may_take_a_place_away(tmp_path: Path, units: int, holders: int) -> None:
    """A share of those rated: two of ten, one of nine. Of eleven one is not needed."""
    veto = "{编号: FM, 情形: 案件, 列名: [案件], 触发: {为: 是}, 后果: 不参评, 依据: 示例}"
    by = stars_of(
        "甲", tiering='  名额: [{档: 一星, 至多比例: 20%, 同分: ["收入 高者先"]}]\n', fields=INCOME, vetoes=[veto]
    )
    table = "乡镇 村名 甲 收入 案件\n" + "".join(
        f"河乡 第{place}村 {'是' if place < 2 else '否'} {place} {'-' if place == units - 1 else '否'}\n"
        for place in range(units)
    )
    found = rated(tmp_path, by, grid(table)).outcome.assessment

    assert holders == sum(len(places.holders) for places in found.open_places)


def test_who_has_not_reported_may_yet_come_before(tmp_path: Path) -> None:
    """A register's unit without a ledger is a rival like any other."""
    by = stars_of("甲", "乙", "丙", tiering=f"  名额: [{TOP_ONE}]\n", fields=INCOME)
    register = grid("乡镇 村名\n河乡 东村\n河乡 西村")
    found = rated(tmp_path, by, grid("乡镇 村名 甲 乙 丙 收入\n河乡 东村 是 是 是 5"), register=register)

    assert (["东村"], ["西村"]) == (
        [found.names[row] for row in found.outcome.assessment.open_places[0].holders],
        [found.names[row] for row in found.outcome.assessment.open_places[0].rivals],
    )


@pytest.mark.parametrize(("missing", "waiting"), [("", []), ("\n河乡 末村", ["甲村"])])
def test_a_place_may_come_with_who_has_not_reported(tmp_path: Path, missing: str, waiting: list[str]) -> None:
    """10% of nine are no place, of ten one: the best of nine has none for now, and is provisional."""
    by = stars_of("甲", tiering='  名额: [{档: 一星, 至多比例: 10%, 同分: ["收入 高者先"]}]\n', fields=INCOME)
    names = ["甲村", *(f"第{place}村" for place in range(8))]
    table = "乡镇 村名 甲 收入\n" + "".join(
        f"河乡 {name} {'是' if place < 2 else '否'} {9 - place}\n" for place, name in enumerate(names)
    )
    register = grid("乡镇 村名\n" + "\n".join(f"河乡 {name}" for name in names) + missing)
    found = rated(tmp_path, by, grid(table), register=register)

    told = found.outcome.assessment
    assert waiting == [found.names[row] for places in told.open_places for row in places.waiting]
    assert waiting == [found.names[row] for row in np.flatnonzero(told.contested).tolist()]
