"""What fast readers lose (DESIGN §12, READING §3): comments, dates, digits, numbers that are texts, true addresses."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from openpyxl import Workbook as OpenpyxlWorkbook
from openpyxl.comments import Comment

from builders_workbook import ods, packed, xls, xlsb, xlsx, xlsx_parts
from making import Rated, column, grid, rated, run, workbook
from starcheck.cells import Sheet
from starcheck.workbook import read_workbook


def sheet_in(path: Path) -> Sheet:
    """The first sheet of a file that can be read."""
    book, problems = read_workbook(path)

    assert book is not None, problems

    return book.sheets[0]


# --- comments ---------------------------------------------------------------------------------------------------------

_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
COMMENTS = """<comments xmlns="x"><authors><author>李某</author><author>starcheck</author></authors><commentList>
<comment ref="B2" authorId="0"><text><r><t>李某:</t></r><r><t xml:space="preserve">\n暂&amp;估</t></r>
<rPh><t>zan</t></rPh></text>
</comment><comment ref="C2" authorId="1"><text><t>上次标的</t></text></comment>
<comment ref="AA10" authorId="0"><text><t>[线程批注] 您的版本…</t></text></comment>
<comment ref="D4" authorId="9"><text><t>找李某13800138000</t></text></comment></commentList></comments>"""
THREADS = """<ThreadedComments><threadedComment ref="AA10" id="1"><text>数待核</text></threadedComment>
<threadedComment ref="AA10" id="2" parentId="1"><text>已核</text></threadedComment></ThreadedComments>"""


def test_comments_of_an_xlsx(tmp_path: Path) -> None:
    """Plain ones and conversations, without the author's name before them; private numbers masked, our own left out."""
    parts = xlsx_parts('<row r="1"><c r="A1"><v>1</v></c></row>')
    parts["xl/worksheets/_rels/sheet1.xml.rels"] = (
        f'<Relationships><Relationship Id="r1" Type="{_RELATIONS}/comments" Target="../comments1.xml"/>'
        '<Relationship Id="r2" Type="http://schemas.microsoft.com/office/2017/10/relationships/threadedComment" '
        'Target="../threadedComments/threadedComment1.xml"/></Relationships>'
    )
    parts |= {"xl/comments1.xml": COMMENTS, "xl/threadedComments/threadedComment1.xml": THREADS}
    found = sheet_in(packed(parts, tmp_path / "a.xlsx")).comments()

    assert {(1, 1): "暂&估", (9, 26): "数待核；已核", (3, 3): "找李某138****00"} == found


def test_comments_of_other_workbooks(tmp_path: Path) -> None:
    """xls, xlsb and ods have them too."""
    said = {(1, 2): ("李某", "李某:\n暂估"), (2, 0): ("starcheck", "上次标的")}
    old = tmp_path / "a.xls"
    old.write_bytes(xls({(0, 0): "村名", (1, 2): 5, (2, 0): "甲村"}, comments=said))
    binary = xlsb(tmp_path / "a.xlsb", {(0, 0): "村名", (1, 2): 5, (2, 0): "甲村"}, comments=said)
    annotation = (
        '<office:annotation><dc:creator xmlns:dc="d">{}</dc:creator><text:p>{}</text:p>'
        "<text:p>{}</text:p></office:annotation>"
    )
    opened = ods(
        tmp_path / "a.ods",
        '<table:table-row><table:table-cell office:value-type="string"><text:p>村名</text:p></table:table-cell>'
        "</table:table-row>"
        '<table:table-row><table:table-cell table:number-columns-repeated="2"/>'
        '<table:table-cell office:value-type="float" office:value="5">'
        + annotation.format("李某", "暂", "估")
        + "<text:p>5</text:p></table:table-cell></table:table-row>"
        '<table:table-row><table:table-cell office:value-type="string">'
        + annotation.format("starcheck", "上次", "标的")
        + "<text:p>甲村</text:p></table:table-cell></table:table-row>",
    )

    assert {(1, 2): "暂估"} == sheet_in(old).comments()
    assert {(1, 2): "暂估"} == sheet_in(binary).comments()
    assert {(1, 2): "暂 估"} == sheet_in(opened).comments()
    assert [["村名", None, None], [None, None, 5], ["甲村", None, None]] == sheet_in(opened).rows


def test_an_error_under_a_comment_is_still_an_error(tmp_path: Path) -> None:
    """The words of a comment in an ods are not what the cell shows."""
    cell = (
        '<table:table-row><table:table-cell office:value-type="string" calcext:value-type="error" '
        'table:formula="of:=1/0">'
        "<office:annotation><text:p>问过了</text:p></office:annotation><text:p>#DIV/0!</text:p>"
        "</table:table-cell></table:table-row>"
    )

    assert [["#DIV/0!"]] == sheet_in(ods(tmp_path / "a.ods", cell)).rows


def commented(folder: Path, comments: dict[str, str]) -> Rated:
    """A ledger with comments on cells."""
    by = column(folder, "数值", "万元", [5]).outcome.scheme
    book = OpenpyxlWorkbook()
    sheet = book.active
    assert sheet is not None
    rows: list[list[object]] = [
        ["乡镇", "村名", "值", "另外"],
        *(["河乡", f"村{place}", 6, "x"] for place in range(150)),
        ["合计"],
    ]
    for cells in rows:
        sheet.append(cells)
    for address, text in comments.items():
        sheet[address].comment = Comment(text, "李某")
    book.save(folder / "台账.xlsx")
    return run(folder / "台账.xlsx", by)


def test_a_comment_on_a_cell_that_counts_is_said(tmp_path: Path) -> None:
    """V324 for values and names of units; not in headers, columns that are not used, totals or outside."""
    texts = {"C2": "暂估" * 40, "B3": "已并入甲村", "C1": "表头", "D2": "无关", "A152": "合计", "C160": "表外"}
    result = commented(tmp_path, texts)
    said = [found for found in result.diagnostics if found.code == "V324"]

    assert [("C2", "X", "村0"), ("B3", None, "村1")] == [(found.where.cell, found.field, found.unit) for found in said]
    assert "暂估" * 30 + "…" == said[0].found


def test_many_comments_are_counted(tmp_path: Path) -> None:
    """V325 at the first that is not listed."""
    result = commented(tmp_path, {f"C{row}": "暂估" for row in range(2, 122)})

    assert 100 == len(result.cells("V324"))
    assert ["C102"] == result.cells("V325")


# --- numbers that are texts -------------------------------------------------------------------------------------------


def test_numbers_stored_as_text_are_counted_once_for_a_column(tmp_path: Path) -> None:
    """V323 at the first of them; words and blanks are not counted, nor anything in a CSV."""
    cells = ["5.2", 6, "1,200", "约5", None, "５", "7万元"]
    result = column(tmp_path, "数值", "万元", cells)
    said = [found for found in result.diagnostics if found.code == "V323"]

    assert [("C2", "3")] == [(found.where.cell, found.arguments["count"]) for found in said]

    result = rated(tmp_path, result.outcome.scheme, [["乡镇", "村名", "值"], ["河乡", "甲村", 5]], name="a.csv")

    assert [] == result.cells("V323")


def test_a_total_without_the_texts_is_explained(tmp_path: Path) -> None:
    """V326 beside J502: SUM passed over them."""
    by = column(tmp_path, "数值", "万元", [5]).outcome.scheme
    result = rated(tmp_path, by, grid("乡镇 村名 值\n河乡 甲村 5\n河乡 乙村 '3\n合计 - 5"))

    assert (["C4"], ["C4"]) == (result.cells("J502"), result.cells("V326"))

    result = rated(tmp_path, by, grid("乡镇 村名 值\n河乡 甲村 5\n河乡 乙村 '3\n合计 - 6"))

    assert (["C4"], []) == (result.cells("J502"), result.cells("V326"))


__all__ = ["dt", "pytest", "workbook", "xlsx"]
