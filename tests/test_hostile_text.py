"""Text that a spreadsheet would run: whatever we write, it stays text."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import openpyxl
import pytest

from making import criterion, delimited, scheme_text, workbook
from starcheck.report.tables import harmless
from test_cli import Done, star

MARKS = ("=", "+", "-", "@", "＝", "＠", "\t", "\r", "\n")
PAYLOAD = "HYPERLINK(0)"
NUMBER = re.compile(r"-?\d+(\.\d+)?%?")


@pytest.fixture
def hostile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a scheme, a register and a ledger in which every text begins like a formula."""
    text = scheme_text(
        {
            '"=星"': (
                "全部",
                [criterion("X", "至少: 5", "数值", "单位: 万元", 'header: ["=收入"]'.replace("header", "列名"))],
            )
        },
        vetoes=['{编号: F, 情形: "@出事", 列名: ["+事故"], 触发: {为: 是}, 后果: 不参评, 依据: 示例}'],
    )
    (tmp_path / "s.yaml").write_text(text.replace("名称: X", '名称: "-收入"'), encoding="utf-8")
    names = [f"{mark}{PAYLOAD}村" for mark in MARKS]
    rows = [["=平原县河乡2022年6月台账"], ["乡镇", "村名", "=收入", "+事故", f"@{PAYLOAD}"]]
    for mark, name in zip(MARKS, names, strict=True):
        rows.append(["@河乡", name.strip(), f"{mark}{PAYLOAD}", f"{mark}1+1"])
    book = openpyxl.load_workbook(workbook(tmp_path / "=a.xlsx", [[]]))
    sheet = book.worksheets[0]
    for number, cells in enumerate(rows, start=1):
        for column, value in enumerate(cells, start=1):
            cell = sheet.cell(number, column)
            cell.value = value
            cell.data_type = "s"
    book.save(tmp_path / "=a.xlsx")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(command: str, *more: str) -> Done:
    """Check or score the ledger."""
    known = ("--scheme", "s.yaml", "--county", "平原县", "--period", "2022-06")
    return star(command, "./=a.xlsx", *known, *more, *(["--no-store"] if command == "score" else []))


def runs(text: str) -> bool:
    """Whether a spreadsheet would take a CSV's cell for a formula."""
    return text.startswith(MARKS) and NUMBER.fullmatch(text) is None


@pytest.mark.parametrize("command", ["check", "score"])
def test_csv(hostile: Path, command: str) -> None:
    """Neither the list of problems nor the table of units has a cell that runs, as a file or on stdout."""
    run(command, "--out", "out.csv")
    written = (hostile / "out.csv").read_text(encoding="utf-8-sig")
    for text in (written, run(command, "--format", "csv").out.removeprefix("\ufeff")):
        cells = [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]

        assert any(PAYLOAD in cell for cell in cells)
        assert [] == [cell for cell in cells if runs(cell)]


@pytest.mark.parametrize("command", ["check", "score"])
def test_workbooks(hostile: Path, command: str) -> None:
    """No cell is a formula, and none turns into one when somebody edits it."""
    run(command, "--out", "out.xlsx")
    book = openpyxl.load_workbook(hostile / "out.xlsx")
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    texts = [cell for cell in cells if cell.data_type != "n"]

    assert any(PAYLOAD in str(cell.value) for cell in texts)
    assert {"s"} == {cell.data_type for cell in texts}
    assert [] == [cell.value for cell in texts if runs(str(cell.value)) and not cell.quotePrefix]


@pytest.mark.parametrize("sender", ["=a.xlsx", "=a.csv"])
def test_marked_copies(hostile: Path, sender: str) -> None:
    """In the copy that goes back no text has become a formula, nor in the workbook made of a CSV."""
    if sender.endswith(".csv"):
        rows = openpyxl.load_workbook(hostile / "=a.xlsx").worksheets[0].iter_rows(values_only=True)
        delimited(hostile / sender, list(rows))
        (hostile / "=a.xlsx").unlink()
    known = ("--scheme", "s.yaml", "--county", "平原县", "--period", "2022-06")
    star("check", f"./{sender}", *known, "--annotate", "back")
    [copy] = (hostile / "back").glob("*.xlsx")
    cells = [
        cell for sheet in openpyxl.load_workbook(copy) for row in sheet.iter_rows() for cell in row if cell.value
    ]  # fmt: skip

    assert any(PAYLOAD in str(cell.value) for cell in cells)
    assert [] == [
        (cell.coordinate, cell.value) for cell in cells if cell.data_type == "f" and PAYLOAD in str(cell.value)
    ]
    ours = [cell for cell in cells if sender.endswith(".csv") or cell.parent.title == "问题清单"]
    assert [] == [(cell.coordinate, cell.value) for cell in ours if runs(str(cell.value)) and not cell.quotePrefix]


def test_the_names_of_sheets_and_files(hostile: Path) -> None:
    """They stand in lists too: of problems, in the marked copy, and of what became of it."""
    book = openpyxl.load_workbook(hostile / "=a.xlsx")
    book.worksheets[0].title = f"={PAYLOAD}"
    book.save(hostile / "=a.xlsx")
    run("check", "--out", "out.csv", "--annotate", "back")
    run("check", "--out", "out.xlsx")
    run("check", "--against", "back", "--out", "against.csv")
    for name in ("out.csv", "against.csv"):
        text = (hostile / name).read_text(encoding="utf-8-sig")
        cells = [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]

        assert any(f"={PAYLOAD}" in cell for cell in cells)
        assert [] == [cell for cell in cells if runs(cell)]
    for path in (hostile / "out.xlsx", *(hostile / "back").glob("*.xlsx")):
        found = [cell for row in openpyxl.load_workbook(path).worksheets[0].iter_rows() for cell in row if cell.value]

        assert any(f"={PAYLOAD}" in str(cell.value) for cell in found)
        assert "f" not in {cell.data_type for cell in found}
        assert [] == [cell.value for cell in found if runs(str(cell.value)) and not cell.quotePrefix]


@pytest.mark.parametrize(("text", "shown"), [("-5.2", "-5.2"), ("-5%", "-5%"), ("-5+1", "'-5+1"), ("-", "'-")])
def test_negative_numbers_stay_numbers(text: str, shown: str) -> None:
    """A minus makes a formula of what is no number."""
    assert shown == harmless(text)
