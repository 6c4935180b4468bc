"""What fast readers lose (DESIGN §12, READING §3): comments, dates, digits, numbers that are texts, true addresses."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook as OpenpyxlWorkbook
from openpyxl.comments import Comment

from builders_workbook import dated_xlsx, ods, packed, xls, xlsb, xlsx, xlsx_parts
from making import Rated, column, grid, rated, run
from starcheck.cells import UNCALCULATED, CellError, PercentNumber, Sheet
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


def test_comments_and_days_of_an_xml_spreadsheet(tmp_path: Path) -> None:
    """XML Spreadsheet 2003 has comments, and may count days from 1904."""
    path = tmp_path / "a.xls"
    path.write_text(
        """<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>
<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">
<ExcelWorkbook xmlns="urn:schemas-microsoft-com:office:excel"><Date1904/></ExcelWorkbook>
<Worksheet ss:Name="6月"><Table><Row><Cell><Data ss:Type="String">值</Data></Cell></Row>
<Row><Cell><Data ss:Type="Number">5</Data>
<Comment ss:Author="李某"><ss:Data><B>李某:</B>暂估</ss:Data></Comment></Cell></Row>
<Row><Cell><Data ss:Type="Number">6</Data>
<Comment ss:Author="starcheck"><ss:Data>上次标的</ss:Data></Comment></Cell></Row>
</Table></Worksheet></Workbook>""",
        encoding="utf-8",
    )
    sheet = sheet_in(path)

    assert {(1, 0): "暂估"} == sheet.comments()
    assert sheet.date1904


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


# --- dates ------------------------------------------------------------------------------------------------------------

DATES: list[str | int] = [
    *range(27, 37),
    *range(50, 59),
    14,
    22,
    'yyyy"年"m"月"',
    'yyyy"年"m"月"d"日"',
    '[$-804]yyyy"年"m"月"',
    '[DBNum1][$-804]yyyy"年"m"月"d"日";@',
    "yyyy年m月d日",
    "yyyy\\年m\\月",
    "yyyy/m/d h:mm;@",
    "[$-F800]dddd, mmmm dd, yyyy",
    "mmm-yy",
]
NUMBERS: list[str | int] = [
    '0"年"',
    "00000000",
    '0.0"d"',
    "[Red]0",
    '#,##0"人"',
    "[>100]0.0;[Red]0",
    "[$¥-804]#,##0.00",
    '_ * #,##0.00_ ;_ * -#,##0.00_ ;_ * "-"??_ ;_ @_ ',
    'G/通用格式"天"',
    3,
    11,
]
DAY = dt.date(2021, 2, 1)


def formatted(folder: Path, number_format: str | int, *, date1904: bool = False) -> dict[str, list[object]]:
    """What 44228, 20210201, 44228.5 and 0.5 are in cells of a format, by kind of workbook."""
    values = [44228.0, 20210201.0, 44228.5, 0.5]
    cells = {(row, 0): value for row, value in enumerate(values)}
    rows = "".join(f'<row r="{row + 1}"><c r="A{row + 1}" s="1"><v>{v}</v></c></row>' for row, v in enumerate(values))
    old = folder / "a.xls"
    styles = dict.fromkeys(cells, "yyyy-mm-dd")
    old.write_bytes(xls(cells, styles=styles, date_format=number_format, date1904=date1904))
    files = [
        dated_xlsx(folder / "a.xlsx", rows, number_format, date1904=date1904),
        xlsb(folder / "a.xlsb", cells, percent=cells, number_format=number_format, date1904=date1904),
        old,
    ]
    return {path.suffix: [row[0] for row in sheet_in(path).rows] for path in files}


@pytest.mark.parametrize("number_format", DATES)
def test_a_date_format_gives_a_date(tmp_path: Path, number_format: str | int) -> None:
    """Built-in ones of East Asia, written ones with 年月日; a number too large for a day stays a number."""
    found = formatted(tmp_path, number_format)

    for kind in (".xlsx", ".xlsb", ".xls"):
        assert [DAY, 20210201.0, dt.datetime(2021, 2, 1, 12), dt.time(12)] == found[kind], kind  # noqa: DTZ001


@pytest.mark.parametrize("number_format", NUMBERS)
def test_a_number_format_gives_a_number(tmp_path: Path, number_format: str | int) -> None:
    """Letters of a date in quotation marks, colours, currencies and conditions make no date."""
    for kind, values in formatted(tmp_path, number_format).items():
        assert [44228.0, 20210201.0, 44228.5, 0.5] == [float(str(value).rstrip("年人天")) for value in values], kind


def test_days_counted_from_1904(tmp_path: Path) -> None:
    """Four years and a day later than the same number elsewhere; times of day are the same."""
    for kind, values in formatted(tmp_path, 'yyyy"年"m"月"d"日"', date1904=True).items():
        assert [dt.date(2025, 2, 2), 20210201.0, dt.datetime(2025, 2, 2, 12), dt.time(12)] == values, kind  # noqa: DTZ001


@pytest.mark.parametrize(("date1904", "day"), [(False, dt.date(2021, 2, 1)), (True, dt.date(2025, 2, 2))])
def test_day_numbers_in_a_field_of_dates(tmp_path: Path, date1904: bool, day: dt.date) -> None:
    """A bare number that is a day is one of the workbook's own count; yyyymmdd is what it says."""
    by = column(tmp_path, "日期", None, ["2022-05-01"]).outcome.scheme
    head: list[str | int] = ["乡镇", "村名", "值"]
    grid_of: list[list[str | int]] = [head, ["河乡", "甲村", 44228], ["河乡", "乙村", 20210201]]
    cells = {(row, place): cell for row, line in enumerate(grid_of) for place, cell in enumerate(line)}
    rows = "".join(
        f'<row r="{row + 1}">'
        + "".join(
            f'<c r="{"ABC"[place]}{row + 1}" t="str"><v>{cell}</v></c>'
            if isinstance(cell, str)
            else f'<c r="{"ABC"[place]}{row + 1}"><v>{cell}</v></c>'
            for place, cell in enumerate(line)
        )
        + "</row>"
        for row, line in enumerate(grid_of)
    )
    old = tmp_path / "b.xls"
    old.write_bytes(xls(cells, date1904=date1904))
    for file in (
        dated_xlsx(tmp_path / "b.xlsx", rows, 14, date1904=date1904),
        xlsb(tmp_path / "b.xlsb", cells, date1904=date1904),
        old,
    ):
        result = run(file, by)

        assert (day, day) == result.value("甲村", "X"), file.name
        assert (DAY, DAY) == result.value("乙村", "X"), file.name


def test_dates_written_out(tmp_path: Path) -> None:
    """Strict workbooks write dates as text of a type of their own; dates typed as text stay text."""
    rows = '<row r="1"><c r="A1" t="d"><v>2023-05-15</v></c><c r="B1" t="str"><v>2023.5.15</v></c></row>'

    assert [[dt.date(2023, 5, 15), "2023.5.15"]] == sheet_in(xlsx(tmp_path / "a.xlsx", rows)).rows


# --- texts, formulas and addresses ------------------------------------------------------------------------------------


def test_texts_of_a_cell(tmp_path: Path) -> None:
    """Runs are joined, readings (ruby) left out, escapes undone; spaces are kept where the file keeps them."""
    rows = (
        '<row r="1"><c r="A1" t="inlineStr"><is><r><t>村</t></r><r><rPr><b/></rPr><t>名</t></r>'
        '<rPh sb="0" eb="1"><t>cun</t></rPh></is></c>'
        '<c r="B1" t="str"><v>甲_x000D_乙</v></c>'
        '<c r="C1" t="inlineStr"><is><t xml:space="preserve"> 甲村 </t></is></c>'
        '<c r="D1" t="str"><f>""</f><v></v></c><c r="E1" t="inlineStr"><is><t>_x005F_x000D_</t></is></c></row>'
    )

    assert [["村名", "甲\r乙", " 甲村 ", None, "_x000D_"]] == sheet_in(xlsx(tmp_path / "a.xlsx", rows)).rows


def test_escapes_and_spaces_do_not_hide_a_village(tmp_path: Path) -> None:
    """A line break that was escaped is a blank like any other."""
    rows = (
        '<row r="1"><c r="A1" t="str"><v>乡镇</v></c><c r="B1" t="str"><v>村_x000D_名</v></c>'
        '<c r="C1" t="str"><v>值</v></c></row>'
        '<row r="2"><c r="A2" t="str"><v>河乡</v></c>'
        '<c r="B2" t="inlineStr"><is><t xml:space="preserve"> 甲村 </t></is></c>'
        '<c r="C2"><v>6</v></c></row>'
    )
    by = column(tmp_path, "数值", "万元", [5]).outcome.scheme

    assert 6 == run(xlsx(tmp_path / "b.xlsx", rows), by).value("甲村", "X")


@pytest.mark.parametrize("prefix", ["", "x"])
def test_formulas_of_every_form_without_a_value(tmp_path: Path, prefix: str) -> None:
    """Shared ones, arrays, cells that say nothing of themselves: none of them is a blank."""
    p = f"{prefix}:" if prefix else ""
    rows = (
        '<row r="3"><c r="B3"><f t="shared" ref="B3:B5" si="0">A1+1</f><v>2</v></c></row>'
        '<row r="4"><c r="B4"><f t="shared" si="0"/></c><c r="C4"><f t="array" ref="C4:C5">A1*2</f></c></row>'
        '<row r="5"><c r="B5"><f t="shared" si="0"/><v></v></c><c r="C5"><v/></c></row>'
    ).replace("</", f"</{p}")
    rows = rows.replace("<row", f"<{p}row").replace("<c ", f"<{p}c ").replace("<f ", f"<{p}f ").replace("<v", f"<{p}v")
    sheet = sheet_in(xlsx(tmp_path / "a.xlsx", rows, prefix=prefix))

    assert [[2.0, None], [UNCALCULATED, UNCALCULATED], [UNCALCULATED, None]] == sheet.rows
    assert "B3" == sheet.address(sheet.top, sheet.left)


@pytest.mark.parametrize(
    ("part", "old", "new"),
    [
        ("xl/worksheets/sheet1.xml", "<sheetData>", '<dimension ref="1:4"/><sheetData>'),
        ("xl/worksheets/sheet1.xml", "<sheetData>", '<dimension ref="A:C"></dimension><sheetData>'),
        (
            "xl/worksheets/sheet1.xml",
            "</sheetData>",
            '</sheetData><mergeCells count="1"><mergeCell ref="1:2"/></mergeCells>',
        ),
        ("xl/workbook.xml", 'sheetId="1"', 'state="show" sheetId="1"'),
        ("xl/workbook.xml", "<sheets>", '<sheets><sheet name="Module1" sheetId="9" state="veryHidden" r:id=""/>'),
    ],
)
def test_what_no_cell_depends_on(tmp_path: Path, part: str, old: str, new: str) -> None:
    """Used ranges or merges of whole rows, unknown visibilities, modules of macros among the sheets cost no cell."""
    rows = (
        '<row r="2" hidden="1"><c r="B2" s="1"><v>0.85</v></c><c r="C2" t="e"><v>#N/A</v></c></row>'
        '<row r="3"><c r="B3"><f>B2</f></c><c r="C3" s="2"><v>1.5</v></c></row>'
    )
    parts = xlsx_parts(rows)
    parts[part] = str(parts[part]).replace(old, new)
    sheet = sheet_in(packed(parts, tmp_path / "a.xlsx"))

    assert [[0.85, "#N/A"], [UNCALCULATED, 1.5]] == sheet.rows
    assert [PercentNumber, CellError] == [type(cell) for cell in sheet.rows[0]]
    assert ("B2", {1}, "0.0") == (sheet.address(1, 1), set(sheet.hidden_rows), sheet.number_format(2, 2))


def test_a_sheet_that_stays_broken(tmp_path: Path) -> None:
    """What is broken elsewhere too is refused as before."""
    path = xlsx(tmp_path / "a.xlsx", '<row r="1"><c r="1"><v>1</v></c></row>', before='<dimension ref="1:4"/>')

    assert ["F106"] == [problem.code for problem in read_workbook(path)[1]]


def test_errors_and_long_times_of_an_ods(tmp_path: Path) -> None:
    """An error behind which a zero or an empty text is stored, and hours that run past a day."""
    cells = (
        'table:formula="of:=1/0" office:value-type="float" office:value="0"><text:p>#DIV/0!</text:p>',
        'table:formula="of:=0/0" office:value-type="percentage" office:value="0"><text:p>#VALUE!</text:p>',
        'table:formula="of:=X" office:value-type="string" office:string-value=""><text:p>Err:508</text:p>',
        'table:formula="of:=B1" office:value-type="float" office:value="4.5"><text:p>4.5</text:p>',
        'office:value-type="time" office:time-value="PT36H00M00S"><text:p>36:00</text:p>',
        'office:value-type="time" office:time-value="-PT01H30M00.5S"><text:p>-1:30</text:p>',
        'office:value-type="time" office:time-value="PT08H30M00S"><text:p>8:30</text:p>',
    )
    row = "".join(f"<table:table-cell {cell}</table:table-cell>" for cell in cells)
    (read,) = sheet_in(ods(tmp_path / "a.ods", f"<table:table-row>{row}</table:table-row>")).rows

    assert ["#DIV/0!", "#VALUE!", "Err:508", 4.5, dt.timedelta(hours=36)] == read[:5]
    assert [-dt.timedelta(hours=1.5, seconds=0.5), dt.time(8, 30)] == read[5:]
    assert [CellError] * 3 == [type(cell) for cell in read[:3]]


def formulas_of(tmp_path: Path, *formulas: tuple[float | None, int], **settings: Any) -> list[object]:
    """What is read from formulas of an xls under each other, of which results and flags are given."""
    path = tmp_path / "a.xls"
    below = {(row, 0): formula for row, formula in enumerate(formulas, start=1)}
    path.write_bytes(xls({(0, 0): "合计"}, formulas=below, **settings))
    return [row[0] for row in sheet_in(path).rows[1:]]


@pytest.mark.parametrize("placeholder", [0.0, 4.0])
def test_placeholders_in_an_xls(tmp_path: Path, placeholder: float) -> None:
    """A program that does not calculate (POI, jxl, PHP) writes one number into all formulas, to be calculated later."""
    assert [UNCALCULATED, UNCALCULATED] == formulas_of(tmp_path, (placeholder, 2), (placeholder, 3))
    assert [7.0, UNCALCULATED] == formulas_of(tmp_path, (7.0, 0), (placeholder, 2), build=0x07CC10D3)
    assert [7.0, UNCALCULATED] == formulas_of(tmp_path, (7.0, 0), (placeholder, 2), build=1, calculated=True)


def test_results_in_an_xls(tmp_path: Path) -> None:
    """Different results, a number that is no placeholder, a flag not set, a program that says it calculated: values."""
    assert [0.0, 5.5] == formulas_of(tmp_path, (0.0, 2), (5.5, 2))
    assert [3.0, 3.0] == formulas_of(tmp_path, (3.0, 2), (3.0, 2))
    assert [0.0, 4.0] == formulas_of(tmp_path, (0.0, 0), (4.0, 1))
    assert [0.0, 0.0] == formulas_of(tmp_path, (0.0, 2), (0.0, 2), calculated=True)


def test_empty_texts_in_an_xls(tmp_path: Path) -> None:
    """An empty text in every formula is what xlwt writes; what calculates has empty texts beside others, or says so."""
    assert [UNCALCULATED, UNCALCULATED] == formulas_of(tmp_path, (None, 0), (None, 0))
    assert [None, 2.0] == formulas_of(tmp_path, (None, 0), (2.0, 0))
    assert [] == formulas_of(tmp_path, (None, 0), (None, 0), calculated=True)
    assert [] == formulas_of(tmp_path, (None, 0), build=0x07CD0001)


def test_zeros_of_a_workbook_to_be_calculated(tmp_path: Path) -> None:
    """Zeros in all formulas of a workbook that is to be calculated on opening are no results.

    One other result says that somebody calculated; without the wish they are what they are.
    """
    zeros = '<row r="1"><c r="A1"><v>5</v></c><c r="B1"><f>A1*2</f><v>0</v></c><c r="C1"><f>A1*3</f><v>%s</v></c></row>'

    def cells(result: str, calculation: str) -> list[object]:
        parts = xlsx_parts(zeros % result)
        book = str(parts["xl/workbook.xml"]).replace("</workbook>", f"{calculation}</workbook>")
        return list(sheet_in(packed(parts | {"xl/workbook.xml": book}, tmp_path / "a.xlsx")).rows[0])

    wish = '<calcPr calcId="124519" fullCalcOnLoad="1"/>'

    assert [5.0, UNCALCULATED, UNCALCULATED] == cells("0", wish)
    assert [5.0, 0.0, 15.0] == cells("15", wish)
    assert [5.0, 0.0, 0.0] == cells("0", '<calcPr calcId="191029"/>')


def test_cells_that_do_not_say_where_they_are(tmp_path: Path) -> None:
    """They are counted; a formula without a value among them is none the less one."""
    rows = '<row><c><v>1</v></c><c t="e"><v>#N/A</v></c><c><f>A1</f></c></row><row><c><v>3</v></c></row>'

    assert [[1.0, "#N/A", UNCALCULATED], [3.0, None, None]] == sheet_in(xlsx(tmp_path / "a.xlsx", rows)).rows


@pytest.mark.parametrize("dimension", ["A1", "C5", "A1:XFD1048576", ""])
def test_addresses_whatever_the_used_range_says(tmp_path: Path, dimension: str) -> None:
    """Too small, too large, absent: the value, the error and the comment are where they are."""
    rows = '<row r="5"><c r="C5"><v>1</v></c></row><row r="7"><c r="E7" t="e"><v>#DIV/0!</v></c></row>'
    before = f'<dimension ref="{dimension}"/>' if dimension else ""
    sheet = sheet_in(xlsx(tmp_path / "a.xlsx", rows, before=before))
    found = {
        sheet.address(row, place): cell
        for row, cells in enumerate(sheet.rows, start=sheet.top)
        for place, cell in enumerate(cells, start=sheet.left)
        if cell is not None
    }

    assert {"C5": 1.0, "E7": "#DIV/0!"} == found


def test_a_ledger_that_begins_far_from_the_corner(tmp_path: Path) -> None:
    """What is said of its cells names the cells of the file."""
    by = column(tmp_path, "数值", "万元", [5]).outcome.scheme
    book = OpenpyxlWorkbook()
    sheet = book.active
    assert sheet is not None
    lost = 1234567890123456789
    lines: list[list[str | int]] = [["乡镇", "村名", "值"], ["河乡", "甲村", "约5"], ["河乡", "乙村", lost]]
    for row, cells in enumerate(lines):
        for place, value in enumerate(cells):
            sheet.cell(11 + row, 27 + place, value)
    sheet["AC12"].comment = Comment("暂估", "李某")
    book.save(tmp_path / "b.xlsx")
    result = run(tmp_path / "b.xlsx", by)

    assert (["AC12"], ["AC12"], ["AC13"]) == tuple(result.cells(code) for code in ("V301", "V324", "V322"))


@pytest.mark.parametrize("date1904", [False, True])
def test_hours_that_run_past_a_day_are_no_day(tmp_path: Path, *, date1904: bool) -> None:
    """255 hours in an old workbook are a stretch of time, not a day of 1900 or 1904."""
    file = tmp_path / "a.xls"
    file.write_bytes(xls({(0, 0): 10.625}, styles={(0, 0): "yyyy-mm-dd"}, date_format="[h]:mm:ss", date1904=date1904))
    book, _ = read_workbook(file)

    assert book is not None
    assert dt.timedelta(days=10, hours=15) == book.sheets[0].rows[0][0]
