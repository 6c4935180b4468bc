"""Hints: what they look for, what they pass over, and that nothing depends on them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from making import criterion, rated, run, scheme, scheme_text, workbook
from starcheck import hints
from starcheck.cli import app
from starcheck.diagnostic import HINTS, Diagnostic, Severity, pick
from starcheck.hints import LastMonth, find_hints
from starcheck.ledger import Ledger
from starcheck.scheme import Scheme

NUMBERS = ("甲", "乙", "丙", "丁", "戊", "己")
SCHEME = scheme_text(
    {"星": ("全部", [criterion("X", "至少: 5", "数值", "单位: 万元"), criterion("N", "至少: 12", "整数")])},
    fields=[f"{name}: {{列名: [{name}], 类型: 数值}}" for name in NUMBERS],
    checks=[f"{{编号: J{name}, 公式: {name} >= 0, 级别: 错误}}" for name in NUMBERS],
)
BY = scheme(SCHEME)
DAY = date(2022, 6, 30)
HEADER = ["乡镇", "村名", "X", "N", *NUMBERS]


def ledger(folder: Path, rows: list[list[object]], name: str = "a.xlsx") -> Ledger:
    """A ledger of rows under the header."""
    folder.mkdir(exist_ok=True)
    return rated(folder, BY, [HEADER, *rows], name=name).outcome.ledger


def villages(count: int, township: str = "河乡") -> list[list[object]]:
    """Rows of villages whose figures are all different."""
    random = np.random.default_rng(1)
    return [
        [township, f"{place}村", round(float(random.uniform(1, 20)), 2), 12, *random.integers(0, 5000, 6).tolist()]
        for place in range(count)
    ]


def codes(found: tuple[Diagnostic, ...]) -> list[str]:
    """Their codes in order."""
    return [hint.code for hint in found]


def test_a_copied_row_is_a_hint(tmp_path: Path) -> None:
    """At the copy's first figure, naming the village it equals."""
    rows = villages(20)
    rows[7][2:] = rows[6][2:]
    [hint] = find_hints(ledger(tmp_path, rows), DAY)

    assert ("J510", "E9", "7村", "6村") == (hint.code, hint.where.cell, hint.unit, hint.found)
    assert Severity.NOTE is hint.level


def test_rows_equal_by_common_values_are_none(tmp_path: Path) -> None:
    """Two villages that have what all have are no copies."""
    rows = [["河乡", f"{place}村", 6 + place, 12, 0, 0, 1, 1, 0, 0] for place in range(20)]
    rows[7][2] = rows[6][2]

    assert [] == codes(find_hints(ledger(tmp_path, rows), DAY))


def test_a_row_that_differs_in_one_cell_is_none(tmp_path: Path) -> None:
    """Identical means identical."""
    rows = villages(20)
    rows[7][2:] = [*rows[6][2:-1], 1]

    assert [] == codes(find_hints(ledger(tmp_path, rows), DAY))


def test_copies_in_a_wide_table(tmp_path: Path) -> None:
    """Of rows that agree in the first thirty columns those are copies that agree in all forty."""
    names = [f"数{place:02}" for place in range(40)]
    wide = scheme(
        scheme_text(
            {"星": ("全部", [criterion("X", "为: 是", "是否")])},
            fields=[f"{name}: {{列名: [{name}], 类型: 数值}}" for name in names],
            checks=[f"{{编号: J{name}, 公式: {name} >= 0, 级别: 错误}}" for name in names],
        )
    )
    random = np.random.default_rng(5)
    start = random.integers(0, 900, 30).tolist()
    rows: list[list[object]] = [
        ["河乡", f"{place}村", "是", *start, *random.integers(0, 900, 10).tolist()] for place in range(60)
    ]
    rows[50][3:], rows[9][3:], rows[41][3:-1] = rows[12][3:], rows[30][3:], rows[40][3:-1]
    found = find_hints(rated(tmp_path, wide, [["乡镇", "村名", "X", *names], *rows]).outcome.ledger, DAY)

    assert [("30村", "9村"), ("50村", "12村")] == [(hint.unit, hint.found) for hint in found]


def test_equal_rows_of_two_townships_are_none(tmp_path: Path) -> None:
    """A neighbour is of the same township."""
    rows = [*villages(10), *villages(10, "山乡")]

    assert [] == codes(find_hints(ledger(tmp_path, rows), DAY))


def test_bunching_above_a_threshold_is_a_hint(tmp_path: Path) -> None:
    """Twenty just past 5, none just short of it."""
    rows = villages(30)
    for place, row in enumerate(rows):
        row[2] = 5 + place % 3 / 10 if place < 20 else 6 + place
    [hint] = find_hints(ledger(tmp_path, rows), DAY)

    assert ("J512", "X", "20", "0") == (hint.code, hint.field, hint.arguments["reached"], hint.arguments["short"])


@pytest.mark.parametrize("short", [3, 10])
def test_both_sides_of_a_threshold_are_none(tmp_path: Path, short: int) -> None:
    """A smooth spread is none, and neither are twelve meetings in twelve months."""
    rows = villages(short + 10)
    for place, row in enumerate(rows):
        row[2] = 5.1 if place < 10 else 4.9

    assert [] == codes(find_hints(ledger(tmp_path, rows), DAY))


def test_all_as_last_month_is_one_hint_per_township(tmp_path: Path) -> None:
    """It counts them and names the first."""
    rows = [*villages(8), *villages(8, "山乡")]
    last = LastMonth("2022-05", ledger(tmp_path / "may", rows))
    for row in rows[:6]:
        row[5] = float(str(row[5])) + 1
    [one, other] = find_hints(ledger(tmp_path / "june", rows), DAY, last)

    assert ("J511", "河乡", "2", "8") == (one.code, one.unit, one.arguments["count"], one.arguments["of"])
    assert ("J511", "山乡", "8", "8") == (other.code, other.unit, other.arguments["count"], other.arguments["of"])


def test_a_value_moved_exactly_to_the_threshold_is_a_hint(tmp_path: Path) -> None:
    """From short of it to it, to the last digit; past it is none, and neither is what stood there before."""
    rows = villages(4)
    for row, value in zip(rows, (4.2, 4.2, 5, 6.5), strict=True):
        row[2] = value
    last = LastMonth("2022-05", ledger(tmp_path / "may", rows))
    for row, value in zip(rows, (5, 5.37, 5, 5), strict=True):
        row[2], row[5] = value, 1
    [hint] = find_hints(ledger(tmp_path / "june", rows), DAY, last)

    assert ("J513", "C2", "0村", "4.2 → 5") == (hint.code, hint.where.cell, hint.unit, hint.found)


LISTS = scheme_text(
    {"星": ("全部", [criterion("X", "为: 否", "是否")])},
    fields=["已列入: {列名: [已列入], 类型: 是否}"],
    checks=["{编号: J, 公式: 已列入 or not 已列入, 级别: 提示}"],
)
WATCHED = scheme(f"{LISTS}摊派提醒: {{情形: X, 常见: [10%, 5%]}}\n")


def listing(folder: Path, townships: list[tuple[int, int, int]], by: Scheme = WATCHED) -> list[Diagnostic]:
    """The hints for townships of so many units, so many listed, so many left blank."""
    rows: list[list[object]] = [["乡镇", "村名", "X", "已列入"]]
    for place, (units, listed, blank) in enumerate(townships):
        cells = ["是"] * listed + [None] * blank + ["否"] * (units - listed - blank)
        rows += [[f"{'甲乙丙丁戊己庚辛壬癸子丑寅卯'[place]}镇", f"{n}村", cell, "否"] for n, cell in enumerate(cells)]
    found = find_hints(rated(folder, by, rows).outcome.ledger, DAY)
    return [hint for hint in found if hint.code in {"J514", "J515"}]


def looks(hints: list[Diagnostic]) -> list[tuple[str, str]]:
    """Each hint's code, and in what way it looks so."""
    return [(hint.code, str(pick(hint.arguments.get("looks", ("", "")), "zh"))) for hint in hints]


UNEVEN = [(20, 3, 0), (22, 0, 0), (19, 2, 0), (25, 0, 0), (21, 1, 0), (30, 4, 0), (24, 1, 0), (18, 0, 0), (26, 3, 0)]


@pytest.mark.parametrize(
    ("townships", "expected"),
    [
        ([(20 + n, 2, 0) for n in range(10)], [("J514", "10 个乡镇中有 10 个正好都是 2 个")]),
        ([*((20 + n, 2, 0) for n in range(12)), (25, 0, 0)], [("J514", "13 个乡镇中有 12 个正好都是 2 个")]),
        (
            [(20, 2, 0), (41, 4, 0), (30, 3, 0), (49, 5, 0), (58, 6, 0), (20, 2, 0), (71, 7, 0), (29, 3, 0)],
            [("J514", "8 个乡镇中有 8 个的个数正好是单位数的 10%（取整）")],
        ),
        ([(60, 5, 0), (40, 0, 0)], [("J514", "占比正好是 5%")]),
        ([(20 + n, 2, 0) for n in range(4)], []),
        (UNEVEN, []),
        ([(20, 1, 0)], []),
        ([(20, 0, 0) for _ in range(6)], []),
    ],
)
def test_apportioned(tmp_path: Path, townships: list[tuple[int, int, int]], expected: list[tuple[str, str]]) -> None:
    """The same count or share in nearly all of many townships, or a round share of the county; chance is none."""
    assert expected == looks(listing(tmp_path, townships))


@pytest.mark.parametrize(
    ("townships", "overlooked"),
    [
        ([(50, 0, 10), (50, 1, 10)], True),
        ([(50, 0, 4), (50, 1, 0)], False),
        ([(100, 0, 0), (100, 0, 0)], True),
        ([(50, 0, 0), (50, 0, 0)], False),
        ([(50, 1, 10), (50, 2, 10)], False),
        ([(10, 0, 4)], False),
    ],
)
def test_overlooked(tmp_path: Path, townships: list[tuple[int, int, int]], overlooked: bool) -> None:
    """Less than half of the least usual share while many are blank; or hardly any, though all are filled in."""
    assert [("J515", "")] * overlooked == looks(listing(tmp_path, townships))


def test_a_large_county_is_counted_too() -> None:
    """Tens of thousands of units are no trouble to the arithmetic."""
    told = WATCHED.apportioning

    assert told is not None
    assert hints._looks_overlooked(hints._Listed(46000, 1100, 0), told)
    assert 1.0 == pytest.approx(sum(hints._binomial(5000, n, 0.05) for n in range(5001)))
    assert (1.0, 0.0) == (hints._binomial(9, 9, 1.0), hints._binomial(9, 1, 0.0))


def test_an_absent_column_is_not_overlooked(tmp_path: Path) -> None:
    """That a column is missing is said elsewhere."""
    rows = [["乡镇", "村名", "已列入"], *(["河乡", f"{n}村", "否"] for n in range(200))]

    assert () == find_hints(rated(tmp_path, WATCHED, rows).outcome.ledger, DAY)


def test_only_what_the_scheme_names_is_watched(tmp_path: Path) -> None:
    """Without 摊派提醒 nothing is said; it may also name a field."""
    townships = [(20 + n, 2, 0) for n in range(10)]
    field = scheme(f"{LISTS}摊派提醒: {{情形: 已列入, 常见: [5%]}}\n")

    assert [] == listing(tmp_path, townships, scheme(LISTS))
    assert [("J515", "")] == looks(listing(tmp_path, townships, field))


def test_hints_move_nothing_and_can_be_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same exit code with and without; ``--no-hints`` says nothing of them, and rating knows none."""
    rows = villages(20)
    rows[7][2:] = rows[6][2:]
    (tmp_path / "方案.yaml").write_text(SCHEME, encoding="utf-8")
    file = workbook(tmp_path / "平原县2022年6月.xlsx", [HEADER, *rows])
    monkeypatch.chdir(tmp_path)
    words = ["check", str(file), "--scheme", "方案.yaml"]
    plain, hinted = (CliRunner().invoke(app, [*words, *more]) for more in (["--no-hints"], []))

    assert plain.exit_code == hinted.exit_code
    assert ("J510" not in plain.stdout, "J510" in hinted.stdout) == (True, True)
    assert not any(found.code in HINTS for found in run(file, BY, county=None, period=None).diagnostics)
