"""A draft of a scheme from a ledger: what is guessed, what is left open, and that it is a scheme once decided."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from making import ROOT_EXAMPLES, Shown, delimited, run, workbook
from starcheck.cli import app
from starcheck.column import Kind
from starcheck.scheme import Scheme, load_scheme, scheme_from_texts

ROWS: list[list[object]] = [
    ["乡镇", "村名", "基础", "支部星", "", "产业星", "", "", "", ""],
    ["", "", "人口（人）", "班子健全", "完成率", "集体收入（万元）", "规划", "最近演练", "合作社", "联系电话"],
    ["河乡", "张村", 1000, "是", Shown(0.95, "0%"), 12.5, "已完成", date(2023, 5, 1), 2, "13800138000"],
    ["河乡", "李村", 2000, "√", Shown(0.9, "0%"), 8, "编制中", date(2023, 6, 1), 1, "13900139000"],
    ["河乡", "王村", 1500, "否", Shown(1, "0%"), "约5", "编制中", "2023.4.5", 0, "13700137000"],
    ["河乡", "赵村", 1500, "", "88%", 7.25, "已完成", "", 3, "13600136000"],
]


def drafted(folder: Path, rows: list[list[object]] = ROWS, *more: str) -> str:
    """The draft of a workbook."""
    path = workbook(folder / "样本.xlsx", rows, merged=["A1:A2", "B1:B2", "D1:E1", "F1:I1"])
    out = folder / "草稿.yaml"
    result = CliRunner().invoke(app, ["criteria", "new", "--from", str(path), "--out", str(out), *more])
    assert 0 == result.exit_code, result.stderr
    return out.read_text(encoding="utf-8")


def decided(text: str) -> Scheme:
    """The draft with everything that was open decided somehow."""
    for old, new in (
        ("生效: 待定", "生效: 2023-01-01"),
        ("自: 待定", "自: 2023-01-01"),
        ("至少: 待定", "至少: 1"),
        ("至多: 待定", "至多: 2030-01-01"),
    ):
        text = text.replace(old, new)
    text = re.sub(r"(选项: \[)([^,\]]+)(.*?属于: \[)待定", r"\1\2\3\2", text, flags=re.DOTALL)
    scheme, problems = scheme_from_texts([("a.yaml", text)])
    assert scheme is not None, problems
    return scheme


def test_kinds_and_units_are_guessed(tmp_path: Path) -> None:
    """Yes and no, a share, a number with its unit, a choice with its words, a date, a whole number."""
    by = decided(drafted(tmp_path))

    assert [
        ("班子健全", Kind.YESNO, None),
        ("完成率", Kind.RATIO, "%"),
        ("集体收入", Kind.NUMBER, "万元"),
        ("规划", Kind.OPTION, None),
        ("最近演练", Kind.DATE, None),
        ("合作社", Kind.INTEGER, None),
    ] == [(item.name, item.kind, item.unit) for item in by.criteria]
    assert ("已完成", "编制中") == next(item.options for item in by.criteria if item.name == "规划")
    assert {"人口": (Kind.INTEGER, "人")} == {name: (field.kind, field.unit) for name, field in by.fields.items()}


def test_groups_of_the_header_become_stars(tmp_path: Path) -> None:
    """Columns under one label are one star; what a village merely has is a 字段."""
    by = decided(drafted(tmp_path))

    assert ["支部星", "产业星"] == [star.name for star in by.stars]


def test_every_requirement_is_left_open_and_the_lint_says_so(tmp_path: Path) -> None:
    """Each open date, threshold and start is an error at its place; nobody can rate by a draft."""
    text = drafted(tmp_path)
    scheme, problems = load_scheme(tmp_path / "草稿.yaml")

    assert scheme is None
    lines = text.splitlines()
    assert all("待定" in lines[(problem.where.line or 1) - 1] for problem in problems), problems
    asked = [number for number, line in enumerate(lines, 1) if "要求: [{自: 待定" in line]
    assert set(asked) <= {problem.where.line for problem in problems}
    assert 6 == len(asked)


def test_private_columns_are_left_out(tmp_path: Path) -> None:
    """A column of telephone numbers is named and nothing of it is shown."""
    text = drafted(tmp_path)

    assert "联系电话" in text
    assert not re.search(r"1[3-9]\d{9}", text)
    assert "联系电话" not in decided(text).ledger_columns


def test_what_was_guessed_from_is_said(tmp_path: Path) -> None:
    """Beside each column stand how many cells say something, what they say, and how many do not fit."""
    text = drafted(tmp_path)

    assert "4 格有值，如 12.5、8、约5；1 格这样读不出" in text


def test_the_sample_is_read_by_its_own_draft(tmp_path: Path) -> None:
    """Once decided, the draft reads the ledger it was made from."""
    by = decided(drafted(tmp_path))

    result = run(tmp_path / "样本.xlsx", by, period="2023-06")

    assert {"T203", "T205"}.isdisjoint(result.codes())
    assert [12.5, 95] == [result.value("张村", key) for key in ("X-03", "X-02")]


def test_a_ledger_without_groups_is_one_star(tmp_path: Path) -> None:
    """A plain header gives one star, to be named."""
    path = delimited(
        tmp_path / "a.csv", [["乡镇", "村名", "合作社", "on"], ["河乡", "张村", 1, "是"], ["河乡", "李村", 2, "否"]]
    )

    text = CliRunner().invoke(app, ["criteria", "new", "--from", str(path), "--id", "my", "--kind", "城市社区"]).stdout

    assert "  - 星: 待定星" in text
    assert '列名: ["on"]' in text
    by = decided(text)
    assert ("my", "城市社区") == (by.id, by.unit_kind)


@pytest.mark.parametrize("name", ["ledger.xlsx", "ledger.csv"])
def test_the_examples_give_drafts(tmp_path: Path, name: str) -> None:
    """The example ledgers give drafts that are schemes once decided."""
    out = tmp_path / "a.yaml"
    result = CliRunner().invoke(app, ["criteria", "new", "--from", str(ROOT_EXAMPLES / name), "--out", str(out)])

    assert 0 == result.exit_code
    assert len(decided(out.read_text(encoding="utf-8")).criteria) > 10


def test_what_there_is_no_draft_of(tmp_path: Path) -> None:
    """A file without a table is exit 3; what is there already is not overwritten."""
    nothing = tmp_path / "说明.txt"
    nothing.write_text("没有表\n", encoding="utf-8")
    drafted(tmp_path)

    empty = CliRunner().invoke(app, ["criteria", "new", "--from", str(nothing)])
    again = CliRunner().invoke(
        app, ["criteria", "new", "--from", str(tmp_path / "样本.xlsx"), "--out", str(tmp_path / "草稿.yaml")]
    )

    assert (3, 2) == (empty.exit_code, again.exit_code)
