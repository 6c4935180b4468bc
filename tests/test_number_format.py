"""Units and signs of percent that only a number format writes: the cell is read as what one sees in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest

from builders_workbook import dated_xlsx, packed, xls, xlsb
from making import Rated, criterion, run, scheme, scheme_text
from starcheck.cells import Cell, PercentNumber, ShownNumber
from starcheck.number_format import shown_number
from starcheck.workbook import read_workbook

SEEN = [
    ('0.00"%"', 35.2, "35.2%"),
    ("0\\%", 35.2, "35.2%"),
    ("0.0!%", 35.2, "35.2%"),
    ('0.0"％"', 35.2, "35.2%"),
    ('0.0"‰"', 2.5, "2.5‰"),
    ('0.00"万元"', 5.2, "5.2万元"),
    ('#,##0.00" 万元"', 5200.5, "5200.5万元"),
    ('0"亩"', 300.0, "300亩"),
    ('General"人"', 12.0, "12人"),
    ('G/通用格式"户"', 12.0, "12户"),
    ("0.0万元", 5.2, "5.2万元"),
    ("#,##0[$元-804]", 5.0, "5元"),
    ('[Red]0"人";[Blue]-0"人"', -3.0, "-3人"),
    ('_ * #,##0.0"元"_ ;_ * -#,##0.0"元"_ ', 3.0, "3元"),
    ('0"元"_);(0"元")', -3.0, "-3元"),
    ('0!.0,"万"', 52_000.0, "5.2万"),
    ('0\\.0,"万元"', 52_000.0, "5.2万元"),
    ('0!.00,,"亿"', 120_000_000.0, "1.2亿"),
    ('#,##0.0,"千元"', 52_000.0, "52千元"),
    ('[>=100000000]0!.00,,"亿";[>=10000]0!.0,"万";0', 52_000.0, "5.2万"),
    ('0"元";-0"元";0"元"', 0.0, "0元"),
]


@pytest.mark.parametrize(("code", "stored", "shown"), SEEN)
def test_a_unit_in_the_format_is_what_one_sees(code: str, stored: float, shown: str) -> None:
    """With the number it stands behind, not rounded; where the format divides, with what it shows."""
    found = shown_number(stored, code)

    assert isinstance(found, ShownNumber)
    assert (stored, shown) == (float(found), found.shown)


@pytest.mark.parametrize(
    "code",
    [
        "General", "0.00", "#,##0", "0.00E+00", "# ?/?", "@", "", '0" "', '"约"0"人"', '"第"0"名"', '0"左右"', '0"号"',
        '0"元/亩"', '0.0,"百万"', "0.0,", 'yyyy"年"', "yyyy年m月", '[h]"小时"', '0"-"0"户"', '"人"', '0;-0"人"', '0"',
        "¥#,##0.00", "[$¥-804]#,##0.00", '[>=10000]0!.0,"万";0', '_ * #,##0.00_ ;_ * -#,##0.00_ ;_ * "-"??_ ;_ @_ ',
    ],
)  # fmt: skip
def test_other_formats_show_the_plain_number(code: str) -> None:
    """Words that are no unit, or more than a unit; days, fractions, texts; the part for other numbers."""
    assert float is type(shown_number(35.2, code))


@pytest.mark.parametrize("code", ["0%", "0.00%", '0.0%"完成"', '"完成"0%'])
def test_a_percentage_is_another_thing(code: str) -> None:
    """There 0.352 is 35.2%, whatever is written beside it."""
    assert PercentNumber is type(shown_number(0.352, code))


def test_what_reads_differently_is_different() -> None:
    """Five persons are not five households, nor plain five."""
    person, household = ShownNumber(5, "5人"), ShownNumber(5, "5户")

    assert (2, False) == (len({person, household, ShownNumber(5, "5人")}), person == 5.0)


ODS_STYLES = """<office:automatic-styles>
<number:number-style style:name="N1"><number:number number:decimal-places="2" loext:min-decimal-places="2"
 number:min-integer-digits="1"/><number:text>%</number:text></number:number-style>
<number:number-style style:name="N2P0"><number:number number:decimal-places="0"
 number:display-factor="1000"><number:embedded-text number:position="1">.</number:embedded-text></number:number>
<number:text>万</number:text></number:number-style>
<number:number-style style:name="N2"><number:number number:decimal-places="0"/>
<style:map style:condition="value()&gt;=10000" style:apply-style-name="N2P0"/></number:number-style>
<number:currency-style style:name="N3"><number:number/>
<number:currency-symbol>元</number:currency-symbol></number:currency-style>
<number:number-style style:name="N4"><number:number/><number:text> 号</number:text></number:number-style>
<style:style style:name="ce1" style:family="table-cell" style:data-style-name="N1"/>
<style:style style:name="ce2" style:family="table-cell" style:data-style-name="N2"/>
<style:style style:name="ce3" style:family="table-cell" style:data-style-name="N3"/>
<style:style style:name="ce4" style:family="table-cell" style:data-style-name="N4"/>
<style:style style:name="ce5" style:family="table-cell" style:parent-style-name="ce1"/>
</office:automatic-styles>"""


def number_in_ods(value: str, more: str = "") -> str:
    """The XML of a cell."""
    what = f'office:value-type="float" office:value="{value}"'
    return f"<table:table-cell {more} {what}><text:p>x</text:p></table:table-cell>"


def test_every_kind_of_workbook_has_it(tmp_path: Path) -> None:
    """xlsx, xlsb, xls, web pages and XML spreadsheets write the same codes; an ods its own."""
    code = '0.0"%"'
    xml = '<row r="1"><c r="A1" s="1"><v>35.2</v></c><c r="B1"><v>1</v></c></row>'
    (tmp_path / "a.xls").write_bytes(xls({(0, 0): 35.2, (0, 1): 1.0}, styles={(0, 0): "yyyy-mm-dd"}, date_format=code))
    (tmp_path / "b.xls").write_text(
        "<html><table><tr><td x:num='35.2' style='mso-number-format:\"0\\.0\\0022%\\0022\"'>35.2%"
        "<td x:num='1'>1</table>",
        encoding="utf-8",
    )
    files = [
        dated_xlsx(tmp_path / "a.xlsx", xml, code),
        xlsb(tmp_path / "a.xlsb", {(0, 0): 35.2, (0, 1): 1.0}, percent={(0, 0): None}, number_format=code),
        tmp_path / "a.xls",
        tmp_path / "b.xls",
    ]
    for file in files:
        [row] = cells(file)

        assert ["35.2%", "1.0"] == [str(cell) for cell in row], file
        assert [ShownNumber, float] == [type(cell) for cell in row], file


def test_an_ods_has_styles_of_its_own(tmp_path: Path) -> None:
    """Of the cell, its row or its column; with conditions, divisors, a sign of money, and what a parent says."""
    table = (
        '<table:table-column table:number-columns-repeated="2"/>'
        '<table:table-column table:default-cell-style-name="ce1"/><table:table-column/>'
        "<table:table-row>"
        + number_in_ods("35.2", 'table:style-name="ce1"')
        + number_in_ods("52000", 'table:style-name="ce2"')
        + number_in_ods("7")
        + number_in_ods("300", 'table:style-name="ce2"')
        + '</table:table-row><table:table-row table:default-cell-style-name="ce3">'
        + number_in_ods("5")
        + number_in_ods("6", 'table:style-name="ce4"')
        + number_in_ods("8", 'table:style-name="ce5"')
        + "</table:table-row>"
    )
    head = (
        '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
        'xmlns:number="urn:oasis:names:tc:opendocument:xmlns:datastyle:1.0" '
        'xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" xmlns:loext="urn:x">'
    )
    parts: dict[str, str | bytes] = {
        "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
        "META-INF/manifest.xml": "<manifest/>",
        "content.xml": f"{head}{ODS_STYLES}<office:body><office:spreadsheet>"
        f'<table:table table:name="6月">{table}</table:table></office:spreadsheet></office:body>'
        "</office:document-content>",
    }
    found = cells(packed(parts, tmp_path / "a.ods"))

    assert [["35.2%", "5.2万", "7%", "300.0"], ["5元", "6.0", "8%", "None"]] == [[str(c) for c in row] for row in found]


def cells(path: Path) -> list[list[Cell]]:
    """The cells of the first sheet."""
    book, problems = read_workbook(path)

    assert book is not None, problems

    return book.sheets[0].rows


def read(folder: Path, unit: str, kind: str, header: str, cells: list[tuple[Any, str]]) -> Rated:
    """A column of numbers with their formats, one village each."""
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.append(["平原县河乡2022年6月台账"])
    page.append(["村名", header])
    for number, (value, code) in enumerate(cells, start=3):
        page.append([f"{'甲乙丙丁戊'[number - 3]}村", value])
        page.cell(number, 2).number_format = code
    book.save(folder / "a.xlsx")
    by = scheme(scheme_text({"星": ("全部", [criterion("X", "至少: 5", kind, f'单位: "{unit}"', "列名: [值]")])}))
    return run(folder / "a.xlsx", by, county=None, period=None)


def values(rated: Rated, count: int) -> list[object]:
    """What the first villages have."""
    return [rated.value(f"{'甲乙丙丁戊'[number]}村", "X") for number in range(count)]


def test_written_signs_of_percent_and_real_ones(tmp_path: Path) -> None:
    """35.2 that reads 35.2% and 0.352 that reads 35.2% are the same share; ‰ converts."""
    column = [(35.2, '0.0"%"'), (0.352, "0.0%"), (1.0, "0.0\\%"), (20.0, '0.0"‰"')]

    assert [35.2, 35.2, 1.0, 2.0] == values(read(tmp_path, "%", "比例", "值", column), 4)


def test_what_was_typed_with_a_sign_where_the_format_writes_one(tmp_path: Path) -> None:
    """V335: 85% is stored as 0.85 there and reads 0.85%; where all are below 1 they are what one reads."""
    mixed = read(tmp_path, "%", "比例", "值", [(85, '0"%"'), (0.85, '0.00"%"'), ("0.5%", "General")])
    small = read(tmp_path, "%", "比例", "值", [(0.5, '0.0"%"'), (0.2, '0.0"%"'), (0.3, '0.0"%"')])

    assert ([85.0, None, 0.5], ["B4"]) == (values(mixed, 3), mixed.cells("V335"))
    assert "ambiguous" == mixed.reason("乙村", "X")
    assert ([0.5, 0.2, 0.3], []) == (values(small, 3), small.cells("V335"))


def test_a_unit_in_the_format_beats_that_of_the_header(tmp_path: Path) -> None:
    """As one typed into the cell does; one that does not belong there is an error."""
    column = [(5.2, '0.0"万元"'), (52_000, "0"), (52_000, '0!.0,"万"'), (52_000, '0"元"'), (5, '0"人"')]
    rated = read(tmp_path, "万元", "数值", "值（元）", column)

    assert [5.2, 5.2, 5.2, 5.2, None] == values(rated, 5)
    assert ["B7"] == rated.cells("V309")


def test_equal_numbers_of_two_units_in_one_column(tmp_path: Path) -> None:
    """Each by its own."""
    column = [(5, '0"万元"'), (5, '0"元"'), (50_000, '0"元"')]

    assert [5.0, 0.0005, 5.0] == values(read(tmp_path, "万元", "数值", "值", column), 3)
