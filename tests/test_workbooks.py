"""Every shape of the library is read exactly as it says, in words and at cells."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from making import Rated, criterion, ledger, run, scheme, scheme_text, workbook
from starcheck.diagnostic import Severity
from starcheck.offer import Offer
from starcheck.run import rate
from starcheck.workspace import Settings
from workbooks import headers, layouts, totals, values
from workbooks.shape import TITLE, Shape

BY = scheme(
    scheme_text(
        {
            "星": (
                "全部",
                [
                    criterion("X", "至少: 5", "数值", "单位: 万元", "列名: [集体收入, 村集体收入]"),
                    criterion("N", "至少: 1", "整数", "单位: 人", "列名: [人口]"),
                    criterion("Y", "为: 是", "是否", "列名: [两委班子]"),
                    criterion("D", "至多: 2022-06-30", "日期", "列名: [成立日期]"),
                ],
            )
        }
    )
)
SHAPES = [shape for module in (headers, layouts, totals, values) for shape in module.SHAPES]
ALWAYS = {"V313", "T205", "R402"}
"""Blanks and absent columns: most shapes have only the columns they are about."""


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_a_shape_is_read_as_it_says(tmp_path: Path, shape: Shape) -> None:
    """Values with their cells; the problems with theirs, and no other error or warning."""
    if shape.file.endswith(".csv"):
        file = ledger(tmp_path / shape.file, next(iter(shape.sheets.values())))
    else:
        file = workbook(tmp_path / shape.file, shape.sheets, shape.merged)
    rated = run(file, BY, county=None, period=None)
    found = {unit: {key: seen(rated, unit, key) for key in fields} for unit, fields in shape.values.items()}
    said = [(problem.code, problem.where.cell) for problem in rated.diagnostics]
    loud = {
        (problem.code, problem.where.cell)
        for problem in rated.diagnostics
        if problem.level is not Severity.NOTE and problem.code not in ALWAYS
    }

    assert shape.values == found
    assert set(shape.codes) <= set(said)
    assert loud <= set(shape.codes)
    assert set(shape.absent).isdisjoint(code for code, _ in said)


def seen(rated: Rated, unit: str, key: str) -> tuple[object, str | None]:
    """A value and its cell."""
    cells = rated.outcome.ledger.cells(rated.row(unit), key)
    return rated.value(unit, key), cells[0].cell if cells else None


PROJECTS = scheme(
    scheme_text(
        {
            "星": (
                "全部",
                [
                    criterion("P", "为: 是", "是否", "列名: [按期开工]"),
                    criterion("Q", "至少: 1", "整数", "列名: [户数]"),
                ],
            )
        },
        kind="项目",
        identity="projects",
    )
    + "名称列: [项目名称, 项目]\n"
)


@pytest.mark.parametrize(
    "shape", [shape for shape in layouts.SHAPES if "across" in shape.name], ids=lambda shape: shape.name
)
def test_units_across_whatever_other_schemes_call_theirs(tmp_path: Path, shape: Shape) -> None:
    """A scheme that rates 项目 is on offer too: the villages under that corner are still villages."""
    file = workbook(tmp_path / shape.file, shape.sheets, shape.merged)
    rated = Rated(rate([file], Settings(no_store=True), given=Offer([BY, PROJECTS])))
    found = {unit: {key: seen(rated, unit, key) for key in fields} for unit, fields in shape.values.items()}

    assert BY.id == rated.outcome.scheme.id
    assert shape.values == found


@pytest.mark.parametrize(
    "rows",
    [
        [["项目", "光伏", "大棚"], ["按期开工", "是", "否"], ["户数", 5, 6]],
        [["项目", "按期开工", "户数"], ["光伏", "是", 5], ["大棚", "否", 6]],
        [["项目", "按期开工"], ["光伏", "是"], ["大棚", "否"]],
    ],
    ids=["across", "down", "no other column"],
)
def test_a_scheme_that_rates_projects_finds_them_among_others(tmp_path: Path, rows: list[list[Any]]) -> None:
    """What it calls its units (名称列) is known where its own columns stand."""
    file = workbook(tmp_path / "a.xlsx", [[TITLE], *rows])
    rated = Rated(rate([file], Settings(no_store=True), given=Offer([BY, PROJECTS])))

    assert ("projects", True, False) == (rated.outcome.scheme.id, rated.value("光伏", "P"), rated.value("大棚", "P"))


def test_names_of_shapes_are_their_own() -> None:
    """A failing one is found by its name."""
    assert len(SHAPES) == len({shape.name for shape in SHAPES})
