"""Web pages and XML spreadsheets: every table of them comes out cell by cell, or one sentence says why not."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from starcheck.cells import UNCALCULATED, CellError, Limits, PercentNumber, Sheet, Workbook
from starcheck.diagnostic import Diagnostic
from starcheck.workbook import read_workbook

HEADER = "<tr><th>序号</th><th>乡镇</th><th>村名</th><th>收入</th></tr>"


def read(
    folder: Path, content: str | bytes, *, name: str = "导出.xls", limits: Limits | None = None
) -> tuple[Workbook | None, list[Diagnostic]]:
    """What comes of a file, without the note that its name does not fit."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    workbook, notes = read_workbook(path, limits=limits, known=["序号", "乡镇", "村名", "收入"])
    return workbook, [note for note in notes if note.code != "F114"]


def sheets(folder: Path, content: str | bytes) -> tuple[Sheet, ...]:
    """The sheets of a file about which there is nothing to say."""
    workbook, notes = read(folder, content)
    assert workbook is not None, notes
    assert [] == notes
    return workbook.sheets


def refusal(folder: Path, content: str | bytes, *, limits: Limits | None = None) -> Diagnostic:
    """The one reason why a file is not read."""
    workbook, (diagnostic,) = read(folder, content, limits=limits)
    assert workbook is None
    assert diagnostic.message("zh")
    assert diagnostic.message("en")
    return diagnostic


def place(diagnostic: Diagnostic) -> tuple[str, str | None, str | None]:
    """Code, sheet and cell."""
    return diagnostic.code, diagnostic.where.sheet, diagnostic.where.cell


# --- web pages


@pytest.mark.parametrize(
    "page",
    [
        "<table>{}</table>",
        "<html><head><title>导出</title></head><body><table>{}</table></body></html>",
        "<!DOCTYPE html>\n<html><body><form><table><form><tbody>{}</tbody></form></table></body></html>",
        "\ufeff<!-- 导出 -->\n<TABLE border=1>{}</TABLE>",
        '<?xml version="1.0" encoding="UTF-8"?><html xmlns="http://www.w3.org/1999/xhtml"><table>{}</table></html>',
        "\n\n<style>td{{color:red}}</style><div>说明：按月报送<br><table>{}</table></div>",
        '<html xmlns:x="urn:schemas-microsoft-com:office:excel"><meta name=ProgId><table>{}</table>',
    ],
)
def test_a_page_named_xls(tmp_path: Path, page: str) -> None:
    """A table of a web page is a sheet, however the page is written; tags need not be closed."""
    page = page.format(HEADER + "<tr><td>1<td>马庄桥镇<td>孟村<td align=right>21.4")
    (sheet,) = sheets(tmp_path, page)

    assert [["序号", "乡镇", "村名", "收入"], ["1", "马庄桥镇", "孟村", "21.4"]] == sheet.rows
    assert ("表1", "B2") == (sheet.name, sheet.address(1, 1))
    assert ["F114"] == [note.code for note in read_workbook(tmp_path / "导出.xls")[1]]


def test_a_page_named_html(tmp_path: Path) -> None:
    """Named for what it is, there is nothing to say about it."""
    (tmp_path / "a.html").write_text(f"<table>{HEADER}</table>", encoding="utf-8")
    workbook, notes = read_workbook(tmp_path / "a.html")

    assert workbook is not None
    assert ("html", ()) == (workbook.kind, notes)


def test_spans(tmp_path: Path) -> None:
    """Rowspan and colspan are merged ranges, and move the cells beside and below them."""
    (sheet,) = sheets(
        tmp_path,
        "<table><tr><td rowspan=2>村名<td colspan=2>收入</tr><tr><td>集体<td>人均</tr>"
        "<tr><td rowspan=0>孟村<td>1<td>2</tr><tr><td>3<td>4</tr></table>",
    )

    assert [["村名", "收入", None], [None, "集体", "人均"], ["孟村", "1", "2"], [None, "3", "4"]] == sheet.rows
    assert ((0, 0, 1, 0), (0, 1, 0, 2), (2, 0, 3, 0)) == sheet.merged


def test_text_of_a_cell(tmp_path: Path) -> None:
    """Spaces are as a browser shows them, <br> and blocks break lines, scripts and comments are no text."""
    (sheet,) = sheets(
        tmp_path,
        "<table><tr><td>  甲 \n 乙&nbsp;</td><td>甲<br>乙<p>丙</p></td><td><font>张　<b>三</b></font></td>"
        "<td>&nbsp;</td><td>5<script>var a='6'</script><!-- 7 --></td><td>a &amp; b &lt; c</td></tr></table>",
    )

    assert [["甲 乙", "甲\n乙\n丙", "张　三", None, "5", "a & b < c"]] == sheet.rows


def test_form_fields(tmp_path: Path) -> None:
    """A saved form shows what was entered and chosen."""
    (sheet,) = sheets(
        tmp_path,
        '<table><tr><td>孟村</td><td><input value="21.4"></td><td><select><option>否<option selected>是</select></td>'
        '<td><input type=checkbox checked></td><td><input type=button value="删除"></td></tr></table>',
    )

    assert [["孟村", "21.4", "是", "√"]] == [row[:4] for row in sheet.rows]


def test_what_is_hidden(tmp_path: Path) -> None:
    """Hidden rows, columns and tables are read and said to be hidden."""
    shown, hidden = sheets(
        tmp_path,
        "<style>.no {display: none} td.x, .y{color:red}</style><table><col><col style='display:none'><col>"
        "<tr><td>村名<td>人口<td>收入<td class=no>备注</tr><tr class=no><td>孟村<td>1<td>2<td class=no>无</tr>"
        "<tr><td>赵庄<td>3<td>4<td class=no></tr></table>"
        "<div style='display:none'><table><tr><td>旧<td>表</table></div>",
    )

    assert ({1}, {1, 3}) == (set(shown.hidden_rows), set(shown.hidden_columns))
    assert ["孟村", "1", "2", "无"] == shown.rows[1]
    assert ("visible", "hidden") == (shown.visibility, hidden.visibility)


@pytest.mark.parametrize(
    ("rules", "hidden"),
    [
        ("@media print{.no{display:none}}", False),
        ("@media print { td { color:red } .no { display:none } } .x{}", False),
        ("@page{margin:0} @media only print and (color){.no{display:none}}", False),
        ("@media (max-width:767px){.no{display:none !important}}", False),
        ("@media print{.no{display:none}", False),
        ("/* .no{display:none} */ /* a /* b */", False),
        (".no:hover{display:none}", False),
        (".folded .no{display:none}", False),
        (".no{display:none} @media screen{.no{display:inline}}", False),
        ("@media screen{.no{display:none}}", True),
        ("@media all { .no { visibility: hidden } }", True),
        ("@MEDIA print, screen{.no{display:none}}", True),
        ("@media (min-width:1200px){.no{display:none}}", True),
        ("@media print{.no{display:inline}} .no{display:none}", True),
        ("@supports (display:grid){@media screen{.no{display:none}}}", True),
        ("table > td span.no{display:none}", True),
        ("#one{display:none} .no{display:inline}", True),
        ("span{display:none", True),
    ],
)
def test_only_what_is_hidden_on_the_screen(tmp_path: Path, rules: str, hidden: bool) -> None:
    """What is left out on paper is shown on the screen and read; rules for the screen, or for all media, hide."""
    workbook, notes = read(
        tmp_path,
        f"<style>{rules}</style><table><tr><td>村名<td>收入</tr>"
        "<tr><td>孟村<td>12<span class='a no' id=one>34</span></tr></table>",
    )

    assert workbook is not None
    assert ("12" if hidden else "1234") == workbook.sheets[0].rows[1][1]
    assert (["F138"] if hidden else []) == [note.code for note in notes]


def test_a_style_for_paper(tmp_path: Path) -> None:
    """A style sheet for print alone hides nothing; a style of the cell itself goes before the rules of its class."""
    (sheet,) = sheets(
        tmp_path,
        "<style media=print>.no{display:none}</style><style>.off{display:none}</style>"
        "<table><tr><td>村名<td class=no>收入</tr><tr class=off style='display:table-row'><td>孟村<td>12</tr></table>",
    )

    assert (set(), set()) == (set(sheet.hidden_rows), set(sheet.hidden_columns))
    assert ["孟村", "12"] == sheet.rows[1]


def test_hidden_text_in_a_cell(tmp_path: Path) -> None:
    """Text that is not shown inside a cell is not read, and the cell is named (F138), once for many cells."""
    workbook, notes = read(
        tmp_path,
        "<table><tr><td>村名<td>收入</tr><tr><td>孟村<td><span style='display:none'>0007</span>12</tr>"
        "<tr><td>赵庄<td>13<input type=hidden value=9><i hidden>9</i></tr>"
        "<tr><td>李庄<td style='display:none'>14</tr></table>",
    )

    assert workbook is not None
    assert ["12", "13", "14"] == [row[1] for row in workbook.sheets[0].rows[1:]]
    assert [("F138", "表1", "B2"), ("F138", "表1", "B4")] == [place(note) for note in notes]
    assert "2 格" in notes[0].message("zh")


def test_nested_tables(tmp_path: Path) -> None:
    """A table in a cell is a sheet of its own, and said so; a frame around one text is just that text."""
    workbook, notes = read(
        tmp_path,
        "<table><tr><td>菜单</td><td><table><tr><td>村名<td>收入</tr><tr><td>孟村<td>"
        "<table><tr><td>12</td></tr></table></td></tr></table></td></tr></table>",
    )

    assert workbook is not None
    assert [[["菜单"]], [["村名", "收入"], ["孟村", "12"]]] == [sheet.rows for sheet in workbook.sheets]
    assert [("F138", "表1", "B1")] == [place(note) for note in notes]


def test_names_of_sheets(tmp_path: Path) -> None:
    """A caption names the sheet, else what Excel wrote into the page, else its number."""
    first, second = sheets(
        tmp_path,
        "<table><caption>清丰县2022年6月</caption><tr><td>1</table><table><tr><td>2</table>",
    )
    named = sheets(
        tmp_path,
        "<html><!--[if gte mso 9]><xml><x:ExcelWorksheet><x:Name>6月</x:Name></x:ExcelWorksheet></xml><![endif]-->"
        "<table><tr><td>1</table></html>",
    )

    assert ["清丰县2022年6月", "表2", "6月"] == [sheet.name for sheet in (first, second, *named)]


def test_number_formats_of_office(tmp_path: Path) -> None:
    """Excel's x:num holds the value behind what is shown; a percent format makes it a percentage, a date stays text."""
    (sheet,) = sheets(
        tmp_path,
        '<style><!-- .xl1 {mso-number-format:Percent;} .xl2{mso-number-format:"yyyy\\0022年\\0022m\\0022月\\0022";}'
        "--></style><table><tr><td x:num='0.854' class=xl1>85%"
        "<td x:num='0.5' style='mso-number-format:\"0\\.0%\"'>50.0%"
        "<td x:num='3.26' style='mso-number-format:0\\.0'>3.3<td x:num>7<td x:str>0105"
        "<td x:num='44713' class=xl2>2022年6月"
        "<td x:err>#DIV/0!<td>#N/A<td style='vnd.ms-excel.numberformat:@'>0012<td x:num='abc'>8</table>",
    )
    row = sheet.rows[0]

    assert [0.854, 0.5, 3.26, "7", "0105", "2022年6月", "#DIV/0!", "#N/A", "0012", "8"] == row
    assert [PercentNumber, PercentNumber, float] == [type(cell) for cell in row[:3]]
    assert [CellError, CellError] == [type(cell) for cell in row[6:8]]
    assert "0.0" == sheet.number_format(0, 2)


def test_number_formats_of_libreoffice(tmp_path: Path) -> None:
    """The value behind what a page of LibreOffice shows is read, like that of Excel's."""
    (sheet,) = sheets(
        tmp_path,
        "<table><tr><td sdval='0.854' sdnum='2052;0;0%'>85%"
        "<td sdval='21.4' sdnum='2052;0;0'>21<td sdval='3' sdnum='2052;'>3"
        "<td sdval='44713' sdnum='2052;0;YYYY&quot;年&quot;M&quot;月&quot;'>2022年6月<td sdval='x' sdnum='1'>8</table>",
    )
    row = sheet.rows[0]

    assert [0.854, 21.4, 3.0, "2022年6月", "8"] == row
    assert [PercentNumber, float] == [type(cell) for cell in row[:2]]
    assert "0" == sheet.number_format(0, 1)
    assert sheet.number_format(0, 2) is None


def test_words_before_the_table(tmp_path: Path) -> None:
    """A page that begins with a line of plain words is a page all the same; a CSV with a tag in a cell is none."""
    (sheet,) = sheets(
        tmp_path, "导出台账：\r\n<table border=1><tr><td>村名<td>收入</tr><tr><td>孟村<td>1,234.5</tr></table>"
    )
    path = tmp_path / "a.csv"
    path.write_text("村名,备注\n孟村,<table><tr><td>1</table>\n", encoding="utf-8")
    book, _ = read_workbook(path)

    assert [["村名", "收入"], ["孟村", "1,234.5"]] == sheet.rows
    assert book is not None
    assert "csv" == book.kind


def test_numbers_behind_other_things(tmp_path: Path) -> None:
    """Behind an error, a yes or a scaled number LibreOffice writes a number too: what is shown is what is meant."""
    (sheet,) = sheets(
        tmp_path,
        "<table><tr><td sdval='0' sdnum='2052;'>#N/A<td sdval='1' sdnum='2052;0;BOOLEAN'>TRUE<td sdval='0'>Err:502"
        "<td sdval='-0.05' sdnum='2052;0;0%;[RED]-0%'>-5%<td sdval='12345' sdnum='2052;0;0,'>12<td sdval='1234.56' "
        "sdnum='2052;0;#,##0.0_);(#,##0.0)'>(1,234.6)<td sdval='1.5' sdnum='2052;0;[HH]:MM'>36:00</table>",
    )

    assert ["#N/A", "TRUE", "Err:502", -0.05, "12", 1234.56, "36:00"] == sheet.rows[0]
    assert (CellError, PercentNumber) == (type(sheet.rows[0][0]), type(sheet.rows[0][3]))


@pytest.mark.parametrize(
    ("codec", "meta", "name"),
    [
        ("utf-8", "", None),
        ("utf-8", "<meta charset=gb2312>", None),
        ("utf-8-sig", "", None),
        ("gb18030", "", "GB18030"),
        ("gb18030", "<meta charset='gb2312'>", "GB2312"),
        ("gb18030", '<meta http-equiv="Content-Type" content="text/html; charset=GBK">', "GBK"),
        ("gb18030", "<meta charset=utf-8>", "GB18030"),
        ("gb18030", "<meta charset=iso-8859-1>", "GB18030"),
        ("gb18030", "<meta charset=nonsense>", "GB18030"),
        ("utf-16", "", "UTF-16"),
        ("utf-16-le", "<meta charset=utf-16>", "UTF-16"),
    ],
)
def test_charset_of_a_page(tmp_path: Path, codec: str, meta: str, name: str | None) -> None:
    """By its mark, by what it says if that reads like text, else as a CSV's; a page that lies is not believed."""
    page = f"<html><head>{meta}</head><table>{HEADER}<tr><td>1<td>马庄桥镇<td>孟村<td>5</table></html>"
    workbook, notes = read(tmp_path, page.encode(codec))

    assert workbook is not None
    assert ["1", "马庄桥镇", "孟村", "5"] == workbook.sheets[0].rows[1]
    assert ([] if name is None else [("F115", name)]) == [(n.code, n.arguments["encoding"]) for n in notes]


def test_page_in_no_encoding(tmp_path: Path) -> None:
    """A page whose bytes make no text is F116, one that turns into something else further down too."""
    bad = refusal(tmp_path, "<table><tr><td>村名<td>东关村\n<tr><td>孟村<td>".encode() + b"\xff</table>")

    assert "F116" == bad.code
    assert "2" in bad.message("zh")
    late = f"<table><tr><td>{'村名和说明' * 120_000}".encode("gb18030") + b"\xff\xff</table>"
    assert "F116" == refusal(tmp_path, late).code


@pytest.mark.parametrize(
    ("page", "word"),
    [
        ("<html><frameset rows='*'><frame src='台账.files/sheet001.htm'></frameset></html>", "sheet001.htm"),
        ("<html><head><link id=shLink href='a.files/sheet002.htm'></head><body></body></html>", "sheet002.htm"),
        ("<html><head><title>统一身份认证登录</title></head><body>请登录</body></html>", "统一身份认证登录"),
        ("<html><body><table><tr><td>&nbsp;</td></tr></table></body></html>", "空"),
        ("<html><body>维护中</body></html>", "<table>"),
        ("<html>", "table"),
    ],
)
def test_page_without_a_table(tmp_path: Path, page: str, word: str) -> None:
    """A frame around files that were not sent, a login page, blank tables: F126, with what it is."""
    found = refusal(tmp_path, page)

    assert ("F126", True) == (found.code, word in found.message("zh"))


@pytest.mark.parametrize(
    ("code", "page"),
    [
        ("F132", "<table>" + "<tr>" + "<td colspan=1000 rowspan=65534>1</td>" * 1000),
        ("F132", "<table>" + "<tr><td rowspan=65534 colspan=16>1</td></tr>" * 2000),
        ("F132", "<table><tr>" + "<td>1</td>" * 17_000),
        ("F132", "<table><tr><td>1</table>" * 1001),
        ("F133", "<table><tr><td>" + "x" * 200_000),
        ("F133", "<table><tr><td>" + "x" * 11_000_000),
        ("F133", "<table><tr><td>" + "xxxx<b>y</b>" * 200_000),
        ("F106", "<table><tr><td>" + "<div>" * 3000 + "1"),
        ("F106", "<table><tr><td>" * 3000 + "1"),
    ],
    ids=range(9),
)
def test_hostile_pages(tmp_path: Path, code: str, page: str) -> None:
    """Spans that multiply, tables without number, endless cells and endless depth each have their code."""
    assert code == refusal(tmp_path, page).code


def test_entities_of_a_page(tmp_path: Path) -> None:
    """A page's own entities are not expanded, and nothing is fetched."""
    (sheet,) = sheets(
        tmp_path,
        '<!DOCTYPE html [<!ENTITY a SYSTEM "file:///etc/passwd"><!ENTITY b "&a;&a;">]>'
        "<table><tr><td>&a;<td>&b;<td>&eacute;</table>",
    )

    assert [["&a;", "&b;", "é"]] == sheet.rows


def test_page_in_latin_letters(tmp_path: Path) -> None:
    """A Western page is read under the Western name it gives itself."""
    page = "<meta charset=iso-8859-1><table><tr><td>Commune<td>Cité</table>"
    workbook, notes = read(tmp_path, page.encode("latin-1"))

    assert workbook is not None
    assert ([["Commune", "Cité"]], ["F115"]) == (workbook.sheets[0].rows, [note.code for note in notes])


def test_page_over_the_limit(tmp_path: Path) -> None:
    """A page of too many bytes is F112."""
    assert "F112" == refusal(tmp_path, f"<table>{HEADER}</table>", limits=Limits(markup_bytes=50)).code


# --- XML spreadsheets of 2003

_SPREADSHEET = "urn:schemas-microsoft-com:office:spreadsheet"


def book(
    table: str, *, styles: str = "", more: str = "", head: str = '<?xml version="1.0"?>', options: str = ""
) -> str:
    """An XML spreadsheet around the content of its first table."""
    return (
        f'{head}<?mso-application progid="Excel.Sheet"?><Workbook xmlns="{_SPREADSHEET}" xmlns:ss="{_SPREADSHEET}" '
        f'xmlns:x="urn:schemas-microsoft-com:office:excel" xmlns:html="http://www.w3.org/TR/REC-html40">{more}'
        f'<Styles>{styles}</Styles><Worksheet ss:Name="6月"><Table>{table}</Table>{options}</Worksheet></Workbook>'
    )


def cell(kind: str, value: str, more: str = "") -> str:
    """One cell."""
    return f'<Cell {more}><Data ss:Type="{kind}">{value}</Data></Cell>'


def test_values_of_an_xml_spreadsheet(tmp_path: Path) -> None:
    """Numbers, texts, dates, times, yes and no, errors and formulas without a value, each as what it is."""
    (sheet,) = sheets(
        tmp_path,
        book(
            "<Row>"
            + cell("String", "村名")
            + cell("Number", "21.4")
            + cell("DateTime", "2022-06-30T00:00:00.000")
            + cell("DateTime", "2022-06-30T08:30:00.000")
            + cell("DateTime", "1899-12-31T08:30:00.000")
            + cell("Boolean", "1")
            + cell("Error", "#DIV/0!")
            + '<Cell ss:Formula="=RC[-1]"/>'
            + cell("Number", "5", 'ss:Formula="=2+3"')
            + '<Cell><ss:Data ss:Type="String" xmlns="http://www.w3.org/TR/REC-html40"><B>甲</B>乙&#10;丙</ss:Data></Cell>'
            + "<Cell/>"
            + cell("String", "#N/A")
            + cell("String", "0105")
            + "</Row>"
        ),
    )

    assert [
        "村名",
        21.4,
        dt.date(2022, 6, 30),
        dt.datetime(2022, 6, 30, 8, 30),  # noqa: DTZ001 - a cell has no time zone
        dt.time(8, 30),
        True,
        "#DIV/0!",
        UNCALCULATED,
        5.0,
        "甲乙\n丙",
        None,
        "#N/A",
        "0105",
    ] == sheet.rows[0]
    assert [CellError, CellError] == [type(sheet.rows[0][n]) for n in (6, 11)]


def test_places_in_an_xml_spreadsheet(tmp_path: Path) -> None:
    """Skipped rows and cells, merged ranges and spans keep every address."""
    (sheet,) = sheets(
        tmp_path,
        book(
            '<Column ss:Index="3" ss:Hidden="1" ss:Span="1"/><Column/>'
            '<Row ss:Index="3">'
            + cell("String", "甲", 'ss:Index="2" ss:MergeAcross="1" ss:MergeDown="1"')
            + cell("String", "乙")
            + '</Row><Row ss:Hidden="1"><Cell/></Row><Row ss:Span="2"/><Row>'
            + cell("Number", "7", 'ss:Index="5"')
            + "</Row>"
        ),
    )

    assert (2, 1, "E8") == (sheet.top, sheet.left, sheet.address(7, 4))
    assert [["甲", None, "乙", None], *[[None] * 4] * 4, [None, None, None, 7.0]] == sheet.rows
    assert (((2, 1, 3, 2),), {3}, {2, 3}) == (sheet.merged, set(sheet.hidden_rows), set(sheet.hidden_columns))


def test_number_formats_of_an_xml_spreadsheet(tmp_path: Path) -> None:
    """A percent or date format of the cell, its row, its column or its style's parent counts."""
    styles = (
        '<Style ss:ID="p"><NumberFormat ss:Format="Percent"/></Style><Style ss:ID="q" ss:Parent="p"/>'
        '<Style ss:ID="d"><NumberFormat ss:Format="yyyy/m/d"/></Style><Style ss:ID="n"><NumberFormat/></Style>'
        '<Style ss:ID="f"><NumberFormat ss:Format="0.0"/></Style>'
    )
    table = (
        '<Column ss:StyleID="q"/><Row>'
        + cell("Number", "0.85")
        + cell("Number", "0.5", 'ss:StyleID="p"')
        + cell("Number", "44742", 'ss:StyleID="d"')
        + cell("Number", "1.26", 'ss:StyleID="f"')
        + cell("Number", "3", 'ss:StyleID="n"')
        + '</Row><Row ss:StyleID="p">'
        + cell("Number", "0.2", 'ss:StyleID="n"')
        + cell("Number", "0.3")
        + "</Row>"
    )
    (sheet,) = sheets(tmp_path, book(table, styles=styles))

    assert [[0.85, 0.5, dt.date(2022, 6, 30), 1.26, 3.0], [0.2, 0.3, None, None, None]] == sheet.rows
    assert [PercentNumber, PercentNumber] == [type(cell) for cell in sheet.rows[0][:2]]
    assert [float, PercentNumber] == [type(cell) for cell in sheet.rows[1][:2]]
    assert {(0, 0): "0.00%", (0, 3): "0.0"} == sheet.number_formats([(0, 0), (0, 3), (0, 4)])
    old = book(table, styles=styles, more="<x:ExcelWorkbook><x:Date1904/></x:ExcelWorkbook>")
    assert dt.date(2026, 7, 1) == sheets(tmp_path, old)[0].rows[0][2]


def test_hidden_sheet_of_an_xml_spreadsheet(tmp_path: Path) -> None:
    """A hidden sheet is read and said to be hidden."""
    for word, seen in (("SheetHidden", "hidden"), ("SheetVeryHidden", "very_hidden"), ("SheetVisible", "visible")):
        options = f"<x:WorksheetOptions><x:Visible>{word}</x:Visible></x:WorksheetOptions>"
        (sheet,) = sheets(tmp_path, book(f"<Row>{cell('Number', '1')}</Row>", options=options))

        assert seen == sheet.visibility


@pytest.mark.parametrize(
    ("codec", "head"),
    [
        ("utf-8", '<?xml version="1.0" encoding="UTF-8"?>'),
        ("utf-8-sig", ""),
        ("gb18030", '<?xml version="1.0" encoding="GB2312"?>'),
        ("gb18030", '<?xml version="1.0" encoding="utf-8"?>'),
        ("utf-16", '<?xml version="1.0" encoding="UTF-16"?>'),
    ],
)
def test_encoding_of_an_xml_spreadsheet(tmp_path: Path, codec: str, head: str) -> None:
    """The encoding that an XML file declares is tried, and the bytes have the last word."""
    table = f"<Row>{cell('String', '村名')}{cell('String', '马庄桥镇')}</Row>"
    workbook, _ = read(tmp_path, book(table, head=head).encode(codec))

    assert workbook is not None
    assert [["村名", "马庄桥镇"]] == workbook.sheets[0].rows


ENTITIES = '<!DOCTYPE Workbook [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE Workbook [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("F131", book(f"<Row>{cell('String', '&b;')}</Row>", head=ENTITIES)),
        ("F131", book(f"<Row>{cell('String', '&a;')}</Row>", head=OUTSIDE)),
        ("F131", book(f"<Row>{cell('Number', '1')}</Row>", head="<!DOCTYPE Workbook>")),
        ("F106", book("<Row><Cell>")),
        ("F106", book(f"<Row>{cell('String', '&b;')}</Row>")),
        ("F106", book(f'<Row ss:Index="5">{cell("Number", "1")}</Row><Row ss:Index="5">{cell("Number", "1")}</Row>')),
        ("F106", book(f"<Row>{cell('Number', '1')}{cell('Number', '1', 'ss:Index=' + chr(34) + '1' + chr(34))}</Row>")),
        ("F106", book(f'<Row ss:Index="第五">{cell("Number", "1")}</Row>')),
        (
            "F132",
            book(f'<Row ss:Index="1048576">{cell("Number", "1", "ss:Index=" + chr(34) + "16384" + chr(34))}</Row>'),
        ),
        ("F133", book(f"<Row>{cell('String', 'x' * 200_000)}</Row>")),
        ("F133", book(f"<Row>{cell('String', 'x' * 11_000_000)}</Row>")),
        ("F104", book("<Row/>" * 1000)),
    ],
    ids=range(12),
)
def test_hostile_xml_spreadsheets(tmp_path: Path, code: str, text: str) -> None:
    """Entities are refused before they are looked at; broken XML, far cells and endless ones have their codes."""
    assert code == refusal(tmp_path, text).code


def test_huge_spans_cost_nothing(tmp_path: Path) -> None:
    """Spans that claim millions of rows and columns say nothing about cells that are not there."""
    (sheet,) = sheets(
        tmp_path,
        book(
            '<Column ss:Span="9999999" ss:Hidden="1"/>' * 50
            + '<Row ss:Hidden="1">'
            + cell("Number", "1")
            + '</Row><Row ss:Span="9999999" ss:Hidden="1"/>'
        ),
    )

    assert ([[1.0]], {0}, {0}) == (sheet.rows, set(sheet.hidden_rows), set(sheet.hidden_columns))
