"""A large CSV is read by whole columns: the same ledger, cell by cell, as if it had been small."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from making import OWN_CRITERIA, Rows, criterion, delimited, scheme, scheme_file, scheme_text
from starcheck.cells import Limits
from starcheck.delimited import _ends_outside_quotes
from starcheck.diagnostic import Diagnostic
from starcheck.intake import HeaderIndex, LedgerTable, read_ledger
from starcheck.ledger import Ledger
from starcheck.register import Entry, Register, kind_of_name
from starcheck.report.figures import plain_values
from starcheck.scheme import Scheme
from starcheck.scoring import Assessment, assess
from starcheck.table import find_tables
from starcheck.workbook import read_workbook

AS_OF = date(2022, 6, 30)
STARS = scheme_file(OWN_CRITERIA / "by-stars.yaml")
PLAIN = scheme(
    scheme_text(
        {
            "星": (
                "全部",
                [
                    criterion("N", "至少: 5", "数值", "单位: 万元"),
                    criterion("I", "至少: 3", "整数", "单位: 人", "范围: {至多: 50}"),
                    criterion("R", "至少: 29", "比例", "单位: '%'"),
                    criterion("Y"),
                    criterion("D", "至多: 2022-06-15", "日期"),
                ],
            )
        },
        fields=["经营: {列名: [经营], 类型: 数值, 单位: 万元}"],
        checks=['{编号: JH, 公式: "经营 <= [N]", 容差: 0.01, 级别: 警告}'],
    )
)
REGISTER = Register(
    tuple(
        Entry(f"4109991002{place:02d}", name, town, "平原县", kind_of_name(name))
        for place, (name, town) in enumerate(
            (
                ("甲村", "河乡"),
                ("乙村", "河乡"),
                ("丙村委会", "河乡"),
                ("甲村", "山乡"),
                ("丁社区", "山乡"),
                ("戊村", "山乡"),
            )
        )
    )
)


def read(path: Path, by: Scheme, register: Register | None, limits: Limits) -> tuple[Ledger, list[Diagnostic], bool]:
    """The ledger of a CSV, what was said about it, and whether it was read as a large one."""
    index = HeaderIndex(by)
    workbook, said = read_workbook(path, known=index.known, limits=limits)

    assert workbook is not None, said

    tables, notes = find_tables(workbook.sheets[0], index.known)
    sources = [LedgerTable(table, "平原县", None) for table in tables]
    ledger, problems = read_ledger(sources, by, register=register, as_of=AS_OF, county="平原县")
    return ledger, [*said, *notes, *problems], any(table.bulk for table in tables)


def facts(problems: list[Diagnostic]) -> list[tuple[Any, ...]]:
    """What was said, by code and place (a large file may show 0.630 as 0.63)."""
    return sorted(
        (found.code, str(found.where.cell), found.where.line or 0, found.unit or "", found.field or "")
        for found in problems
    )


def both_ways(folder: Path, rows: Rows, by: Scheme, register: Register | None = None) -> None:
    """Read as a small and as a large file: units, values, reasons, cells and diagnostics are the same."""
    path = delimited(folder / "台账.csv", rows)
    small, said, plain = read(path, by, register, Limits())
    large, said_large, bulk = read(path, by, register, Limits(bulk_bytes=10))

    assert (False, True) == (plain, bulk)
    assert list(small.units.name) == list(large.units.name)
    assert list(small.units.township) == list(large.units.township)
    assert list(small.units.code) == list(large.units.code)
    assert small.units.reported.tolist() == large.units.reported.tolist()
    for key, column in small.columns.items():
        other = large.columns[key]

        assert column.reason.tolist() == other.reason.tolist(), key
        assert plain_values(column) == plain_values(other), key
        for unit in range(len(small.units)):
            assert small.cells(unit, key) == large.cells(unit, key), key
    assert facts(said) == facts(said_large)
    same_rating(assess(small, AS_OF), assess(large, AS_OF))


def same_rating(one: Assessment, other: Assessment) -> None:
    """Verdicts, stars and tiers."""
    for name in ("verdicts", "reasons", "stars", "tiers", "reachable", "vetoes", "provisional"):
        assert np.array_equal(getattr(one, name), getattr(other, name)), name


NUMBERS = st.sampled_from(
    [
        "5",
        "4.99",
        "5.0",
        "0.3",
        "30",
        "1",
        "0",
        "-1",
        "",
        "/",
        "—",
        "无",
        "约5",
        "5万",
        "50000元",
        "1,234",
        "５",
        "5.5",
        "1e1",
        "#N/A",
        "0.29",
        "29%",
        "100",
        "不涉及",
        " 7 ",
    ]
)
WORDS = st.sampled_from(["是", "否", "√", "", "—", "部分", "TRUE", "1", "0", "是 ", "不适用"])
DAYS = st.sampled_from(["2022-06-15", "20220616", "2022年6月", "", "44696", "去年", "2022.6.1", "2032-01-01"])
NAMES = st.sampled_from(["甲村", "乙村", "丙村", "丁社区", "戊", "戊村委会", "己村", "", "合计", "甲 村"])
TOWNS = st.sampled_from(["河乡", "山乡", "河", "", "林乡"])
LINES = st.lists(st.tuples(TOWNS, NAMES, NUMBERS, NUMBERS, NUMBERS, WORDS, DAYS, NUMBERS), min_size=1, max_size=12)
HEADERS = st.sampled_from(
    [
        ["N", "I", "R", "Y", "D", "经营"],
        ["N（元）", "I（人）", "R（%）", "Y", "D", "经营（万元）"],
        ["N（人）", "I", "R", "N", "D", "备用"],
    ]
)


@given(LINES, HEADERS, st.booleans(), st.booleans())
def test_large_and_small_files_are_read_alike(
    lines: list[tuple[str, ...]], headers: list[str], with_register: bool, titled: bool
) -> None:
    """Whatever stands in the cells, with a register and without."""
    rows: list[list[str]] = [["平原县2022年6月台账"], *([["填报单位：某某"]] if titled else [])] if titled else []
    rows += [["乡镇", "村名", *headers], *(list(line) for line in lines)]
    with tempfile.TemporaryDirectory() as folder:
        both_ways(Path(folder), rows, PLAIN, REGISTER if with_register else None)


@given(st.text('",\n甲', max_size=400), st.integers(0, 200))
def test_line_ends_within_quotation_marks_end_no_row(text: str, before: int) -> None:
    """However the marks fall among the words that are looked at as one."""
    data = (" " * before + text).encode()
    inside, ends = False, 0
    for letter in data.decode():
        inside = inside != (letter == '"')
        ends += letter == "\n" and not inside

    assert ends == _ends_outside_quotes(data)


@pytest.mark.parametrize("with_register", [False, True])
def test_clean_columns(tmp_path: Path, with_register: bool) -> None:
    """What the reader types by itself: whole numbers, fractions, blanks, all of one kind."""
    rows: list[list[Any]] = [["乡镇", "村名", "N", "I", "R", "Y", "D", "经营"]]
    for place, (town, name) in enumerate([("河乡", "甲村"), ("河乡", "乙村"), ("山乡", "甲村"), ("山乡", "戊村")]):
        rows.append([town, name, 4.99 + place / 100, place + 2, (place + 28) / 100, "是", "2022-06-15", 0.1])
    both_ways(tmp_path, rows, PLAIN, REGISTER if with_register else None)


def test_codes_and_footers(tmp_path: Path) -> None:
    """Codes as numbers, a total, a footer, quoted line breaks, blank lines in between."""
    rows: Rows = [
        ["编码", "乡镇", "村名", "N", "备注"],
        ["410999100200", "河乡", "甲村", "5", "两\n行"],
        ["410999100201", "", "乙村", "6", ""],
        ["", "", "", "", ""],
        ["410999100299", "河乡", "乙村", "6", ""],
        ["410999100201", "河乡", "甲村", "6", ""],
        ["合计", "", "", "17", ""],
        ["填表人：某某", "", "", "", ""],
    ]
    both_ways(tmp_path, rows, PLAIN, REGISTER)
    both_ways(tmp_path, rows, PLAIN)


@given(st.lists(st.decimals(0, 100, places=3), min_size=1, max_size=8), st.sampled_from(["", "%"]))
def test_shares(values: list[Any], sign: str) -> None:
    """Fractions, percents and both at once."""
    rows = [["乡镇", "村名", "R"], *(["河乡", f"{place}村", f"{value}{sign}"] for place, value in enumerate(values))]
    with tempfile.TemporaryDirectory() as folder:
        both_ways(Path(folder), rows, PLAIN)


def test_the_sample_scheme(tmp_path: Path) -> None:
    """Every column of the sample scheme, one row each way."""
    columns = STARS.ledger_columns
    rows = [["乡镇", "村名", *(item.headers[0] for item in columns.values())]]
    cells = {
        "数值": "5",
        "整数": "3",
        "比例": "90%",
        "是否": "是",
        "日期": "2022-03-01",
        "选项": "已完成",
        "文本": "好",
    }
    rows.append(["河乡", "甲村", *(cells[item.kind.value] for item in columns.values())])
    rows.append(["河乡", "乙村", *("" for _ in columns)])
    both_ways(tmp_path, rows, STARS)
