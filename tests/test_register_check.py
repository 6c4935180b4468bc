"""``starcheck register check``: whether a register is fit to say who must appear."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from pathlib import Path

import pytest

from making import delimited, grid, workbook
from starcheck.diagnostic import Diagnostic
from starcheck.register import REGISTER_HEADERS
from starcheck.register_check import Checked, check_register
from starcheck.table import find_tables
from starcheck.workbook import read_workbook
from test_cli import star
from test_codes import REGISTER_CHECKS, check_words

HEAD = "编码 名称 乡镇 县 类型 别名 生效 失效 并入\n"
GOOD = """
410999100201 甲村委会 河乡 平原县 行政村 - - - -
410999100202 乙村委会 河乡 平原县 行政村 - - - -
410999100001 丙社区 河乡 平原县 城市社区 - - - -
410999101201 丁村委会 山镇 平原县 行政村 - - - -
410999101202 戊村委会 山镇 平原县 行政村 - - - -
""".strip()
DAY = date(2022, 6, 30)


def checked(folder: Path, rows: str, *, name: str = "名册.csv", good: str = GOOD) -> Checked:
    """A register of the good rows and some more."""
    known = frozenset().union(*REGISTER_HEADERS.values())
    book, _ = read_workbook(delimited(folder / name, grid(f"{HEAD}{good}\n{rows}")), shown=name, known=known)

    assert book is not None

    return check_register(find_tables(book.sheets[0], known)[0], DAY)


def found(result: Checked) -> list[tuple[str, str | None]]:
    """Code and cell of all there is to say."""
    return [(said.code, said.where.cell) for said in result.diagnostics]


def test_a_good_register_is_fine(tmp_path: Path) -> None:
    """Nothing is said of it."""
    assert [] == found(checked(tmp_path, ""))


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("410999100000 己村委会 河乡 平原县 行政村 - - - -", [("R428", "A7")]),
        ("410999000203 己村委会 河乡 平原县 行政村 - - - -", [("R428", "A7"), ("R429", "A7")]),
        ("990999100203 己村委会 河乡 平原县 行政村 - - - -", [("R428", "A7"), ("R429", "A7")]),
        ("41099910020 己村委会 河乡 平原县 行政村 - - - -", [("R417", "A7")]),
        ("410999101203 己村委会 河乡 平原县 行政村 - - - -", [("R429", "A7")]),
        ("410998100203 己村委会 河乡 平原县 行政村 - - - -", [("R429", "A7")]),
        ("410999100202 己村委会 河乡 平原县 行政村 - - - -", [("R409", "B7")]),
        ("410999100203 己村委会 河乡 平原县 行政村 - - 2021-12-31 无此村", [("R430", "I7")]),
        ("410999100203 己村委会 河乡 平原县 行政村 - - - 甲村委会", [("R430", "I7")]),
        ("410999100203 己村委会 河乡 平原县 行政村 - - 2021-12-31 己村委会", [("R430", "I7")]),
        ("410999100203 己村委会 河乡 平原县 行政村 - - 2021-12-31 甲村委会", []),
        ("410999100203 己村委会 河乡 平原县 行政村 - - 2021-12-31 410999101201", []),
        ("410999100203 己村委会 河乡 平原县 行政村 - - 2021-12-31 山镇丁村", []),
        ("410999100203 己村委会 河街道 平原县 行政村 - - - -", [("R431", "C7")]),
        ("410999100203 己村委会 湖乡 平原县 行政村 - - - -", [("R431", "C7")]),
        ("410999100203 甲社区 河乡 平原县 城市社区 - - - -", [("R432", "B7"), ("R435", "E7")]),
        ("410999100203 己?村委会 河乡 平原县 行政村 - - - -", [("R433", "B7")]),
        ("410999100203 己\ue170村委会 河乡 平原县 行政村 - - - -", [("R433", "B7")]),
        ("410999100203 己村委会 河乡 平原县 村改居 - - - -", [("R435", "E7")]),
        ("410999100203 己社区 河乡 平原县 行政村 - - - -", [("R435", "E7")]),
        ("410999100003 己村委会 河乡 平原县 行政村 - - - -", [("R435", "E7")]),
        ("410999100203 己示范点 河乡 平原县 示范点 - - - -", []),
        ("410999100203 己村委会 河乡 平原县 行政村 甲村委会 - - -", [("R426", "F7")]),
        ("410999100203 己村委会 河乡 平原县 行政村 - 2022-01-01 2021-12-31 -", [("R427", "H7")]),
    ],
)
def test_what_is_wrong_is_said_at_its_cell(tmp_path: Path, row: str, said: list[tuple[str, str]]) -> None:
    """Structure, beginnings, doubles, mergers, townships, names, kinds, dates."""
    assert said == found(checked(tmp_path, row))


def test_mergers_in_a_circle(tmp_path: Path) -> None:
    """Every unit of the circle is said."""
    rows = (
        "410999100203 己村委会 河乡 平原县 行政村 - - 2021-12-31 庚村委会\n"
        "410999100204 庚村委会 河乡 平原县 行政村 - - 2021-12-31 己村委会"
    )

    assert [("R430", "I7"), ("R430", "I8")] == found(checked(tmp_path, rows))


def test_an_old_register_is_a_note(tmp_path: Path) -> None:
    """By the year in its name, from three years on."""
    assert [("R434", None)] == found(checked(tmp_path, "", name="2019年名册.csv"))
    assert [] == found(checked(tmp_path, "", name="2020年名册.csv"))


def test_every_code_of_the_check_has_words(tmp_path: Path) -> None:
    """No slot is left open in either language."""
    rows = """
    410999100000 己村委会 河乡 平原县 行政村 - - - -
    410999101203 庚村委会 河乡 平原县 行政村 - - - -
    410999100204 辛村委会 河乡 平原县 行政村 - - 2021-12-31 无此村
    410999100205 壬村委会 河街道 平原县 行政村 - - - -
    410999100206 甲社区 河乡 平原县 城市社区 - - - -
    410999100207 癸?村委会 河乡 平原县 行政村 - - - -
    """
    said: list[Diagnostic] = list(checked(tmp_path, rows, name="2015名册.csv").diagnostics)

    assert {one.code for one in said} >= REGISTER_CHECKS
    for one in said:
        check_words(one)


# --- the command ------------------------------------------------------------------------------------------------------


def test_the_summary_by_kind_and_township(tmp_path: Path) -> None:
    """In every form; exit 0 for a good one."""
    path = delimited(tmp_path / "名册.csv", grid(HEAD + GOOD))
    console, page, rows, document = (
        star("register", "check", path, "--format", form) for form in ("console", "md", "csv", "json")
    )

    assert [0, 0, 0, 0] == [done.code for done in (console, page, rows, document)]
    for text in (console.out, page.out):
        assert all(word in text for word in ("河乡", "山镇", "行政村 4", "城市社区 1", "410999100"))
    assert 1 == len(list(csv.reader(io.StringIO(rows.out.removeprefix("\ufeff")))))
    told = json.loads(document.out)
    assert [("河乡", 3, {"行政村": 2, "城市社区": 1}), ("山镇", 2, {"行政村": 2})] == [
        (town["name"], town["units"], town["kinds"]) for town in told["townships"]
    ]
    assert {"units": 5, "expected": 5, "kinds": {"行政村": 4, "城市社区": 1}, "errors": 0, "warnings": 0} == told[
        "summary"
    ]


@pytest.mark.parametrize(
    ("row", "more", "code"),
    [
        ("410999101203 己村委会 河乡 平原县 行政村 - - - -", (), 0),
        ("410999101203 己村委会 河乡 平原县 行政村 - - - -", ("--fail-on", "warning"), 1),
        ("410999100202 己村委会 河乡 平原县 行政村 - - - -", (), 1),
        ("410999100202 己村委会 河乡 平原县 行政村 - - - -", ("--fail-on", "never"), 0),
    ],
)
def test_exit_codes(tmp_path: Path, row: str, more: tuple[str, ...], code: int) -> None:
    """1 from an error on, unless told otherwise."""
    path = delimited(tmp_path / "名册.csv", grid(f"{HEAD}{GOOD}\n{row}"))

    assert code == star("register", "check", path, *more).code


def test_what_is_no_register(tmp_path: Path) -> None:
    """A file that is not there is wrong usage; one that is no register cannot be read."""
    ledger = workbook(tmp_path / "a.xlsx", grid("项目 值\n甲 1"))

    assert 2 == star("register", "check", tmp_path / "无.csv").code
    assert 3 == star("register", "check", ledger).code


def test_the_problems_as_a_file(tmp_path: Path) -> None:
    """--out writes them to hand on."""
    path = delimited(tmp_path / "名册.csv", grid(f"{HEAD}{GOOD}\n410999100202 己村委会 河乡 平原县 行政村 - - - -"))
    star("register", "check", path, "--out", tmp_path / "问题.csv")
    rows = list(csv.reader((tmp_path / "问题.csv").read_text(encoding="utf-8-sig").splitlines()))

    assert "R409" == rows[1][1]


def test_private_columns_are_said(tmp_path: Path) -> None:
    """A column of mobile numbers in a register is not kept, and pointed at."""
    rows = [["编码", "名称", "乡镇", "联系电话"], ["410999100201", "甲村委会", "河乡", "13800138000"]]
    path = workbook(tmp_path / "名册.xlsx", rows)
    done = star("register", "check", path, "--format", "json")

    assert [("F113", "D1")] == [(said["code"], said["cell"]) for said in json.loads(done.out)["diagnostics"]]
    assert "13800138000" not in done.out
