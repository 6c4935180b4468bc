"""Workbooks given back: what is marked, what is kept, and that our marks go again."""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill
from openpyxl.worksheet.worksheet import Worksheet
from typer.testing import CliRunner

from builders_workbook import xls
from making import criterion, delimited, grid, scheme_text, workbook
from starcheck.cli import app
from starcheck.diagnostic import Severity, catalogue
from starcheck.marks import COLOURS, unmark

SCHEME = scheme_text(
    {
        "红星": ("全部", [criterion("X", "至少: 5", "数值", "单位: 万元", "列名: [集体收入]")]),
        "绿星": ("全部", [criterion("Y", "为: 是", "是否", "列名: [两委班子]")]),
    }
)
TITLE = ["平原县河乡2022年6月台账"]
LEDGER = grid("乡镇 村名 集体收入 两委班子\n河乡 甲村 约5 是\n河乡 乙村 4.2 否\n河乡 丙村 6 -\n河乡 丁村 7 也许")
ERROR, WARNING = COLOURS["error"], COLOURS["warning"]


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the scheme."""
    (tmp_path / "方案.yaml").write_text(SCHEME, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def give_back(*files: Path, code: int = 1, folder: str = "退回") -> Path:
    """Check and annotate."""
    words = ["check", *map(str, files), "--scheme", "方案.yaml", "--annotate", folder]
    result = CliRunner().invoke(app, words)

    assert code == result.exit_code, result.output

    return Path(folder)


@pytest.mark.parametrize("name", ["河乡/台账", "河乡" * 20, "河\u202e乡"])
def test_sheets_that_xlsx_cannot_name(office: Path, name: str) -> None:
    """A sheet gets another name in a copy made anew, and its cells are marked there."""
    rows = ["".join(f"<Cell><Data>{cell or ''}</Data></Cell>" for cell in row) for row in [TITLE, *LEDGER]]
    table = "".join(f"<Row>{row}</Row>" for row in rows)
    spaces = "".join(f' {prefix}="urn:schemas-microsoft-com:office:spreadsheet"' for prefix in ("xmlns", "xmlns:ss"))
    sheet = f'<Worksheet ss:Name="{name}"><Table>{table}</Table></Worksheet>'
    text = f'<?xml version="1.0"?><Workbook{spaces}>{sheet}</Workbook>'
    (office / "a.xls").write_text(text, encoding="utf-8")
    book = opened(give_back(office / "a.xls") / "a.xlsx")

    assert (ERROR, ERROR) == tuple(fills(book.worksheets[1]).get(cell) for cell in ("C3", "D6"))


def opened(path: Path | bytes) -> openpyxl.Workbook:
    """A workbook as openpyxl sees it; what it cannot keep of a sender's is no matter here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return openpyxl.load_workbook(io.BytesIO(path) if isinstance(path, bytes) else path)


def fills(sheet: Worksheet) -> dict[str, str]:
    """Our colours by cell."""
    return {
        cell.coordinate: str(cell.fill.fgColor.rgb)
        for row in sheet.iter_rows()
        for cell in row
        if cell.fill.fill_type == "solid" and cell.fill.fgColor.rgb in {ERROR, WARNING}
    }


def comments(sheet: Worksheet) -> dict[str, str]:
    """Comments by cell."""
    return {cell.coordinate: cell.comment.text for row in sheet.iter_rows() for cell in row if cell.comment}


def rich(path: Path, *, table: bool = False) -> Path:
    """A workbook with what openpyxl would lose: a text box, sparklines, data bars; and a chart, rules, a filter."""
    book = xlsxwriter.Workbook(str(path))
    book.add_worksheet("说明").write("A1", "怎么填")
    sheet = book.add_worksheet("台账")
    shaded = book.add_format({"num_format": "0%", "border": 1, "bg_color": "#CCFFCC"})
    sheet.merge_range("A1:D1", TITLE[0])
    for row, cells in enumerate(LEDGER, start=1):
        for column, cell in enumerate(cells):
            sheet.write(row, column, cell, shaded if column == 3 and row > 1 else None)
    sheet.write_comment("C3", "李会计：暂估数")
    sheet.write_comment("B4", "别的批注")
    chart = book.add_chart({"type": "column"})
    chart.add_series({"values": "=台账!$C$3:$C$6"})
    sheet.insert_chart("H2", chart)
    sheet.insert_textbox("H20", "文本框")
    sheet.add_sparkline("F3", {"range": "台账!C3:C6"})
    sheet.data_validation("D3:D6", {"validate": "list", "source": ["是", "否"]})
    sheet.conditional_format("C3:C6", {"type": "data_bar"})
    sheet.freeze_panes(2, 2)
    sheet.repeat_rows(0, 1)
    sheet.print_area("A1:D6")
    sheet.set_column("A:XFD", 9)
    if table:
        sheet.add_table("A2:D6", {"columns": [{"header": header} for header in LEDGER[0]]})
    else:
        sheet.autofilter("A2:D6")
    sheet.activate()
    book.define_name("收入", "=台账!$C$3:$C$6")
    book.close()
    return path


def test_wrong_cells_are_filled_and_commented(office: Path) -> None:
    """Errors in one colour, warnings in another, a blank cell too; the comment says what is wrong and what to write."""
    copy = give_back(workbook(office / "河乡.xlsx", [TITLE, *LEDGER])) / "河乡.xlsx"
    sheet = opened(copy)["台账"]

    assert {"C3": ERROR, "D5": WARNING, "D6": ERROR} == fills(sheet)
    assert {"C3", "D5", "D6"} == set(comments(sheet))
    assert "“约5”不是一个确定的数值：是约数" in comments(sheet)["C3"]
    assert "改法" in comments(sheet)["C3"]


def test_the_list_is_first_and_links_to_the_cells(office: Path) -> None:
    """Each with the id that stands in its comment; the book opens there."""
    book = opened(give_back(workbook(office / "河乡.xlsx", [TITLE, *LEDGER])) / "河乡.xlsx")
    first = book.worksheets[0]
    listed = {row[3].value: row for row in first.iter_rows(min_row=5)}

    assert ("问题清单", "问题清单") == (book.sheetnames[0], book.active.title if book.active else None)
    assert {"C3", "D5", "D6"} == set(listed)
    for cell, row in listed.items():
        assert row[3].hyperlink is not None
        assert row[3].hyperlink.location == f"'台账'!{cell}"
        assert f"〔starcheck {row[0].value}〕" in comments(book["台账"])[str(cell)]


def test_the_column_of_problems_has_a_filter(office: Path) -> None:
    """Right of the table, on the rows that have any."""
    sheet = opened(give_back(workbook(office / "河乡.xlsx", [TITLE, *LEDGER])) / "河乡.xlsx")["台账"]
    said = [bool(sheet.cell(row, 5).value) for row in range(3, 7)]

    assert ("问题", [True, False, True, True]) == (sheet["E2"].value, said)
    assert "A2:E6" == sheet.auto_filter.ref


def test_nothing_of_the_senders_is_lost(office: Path) -> None:
    """Parts that are not touched are the same bytes; formats, rules, filters, comments and names are still there."""
    source = rich(office / "河乡.xlsx")
    copy = give_back(source) / "河乡.xlsx"
    with zipfile.ZipFile(source) as before, zipfile.ZipFile(copy) as after:
        assert set(before.namelist()) <= set(after.namelist())

        touched = {name for name in before.namelist() if before.read(name) != after.read(name)}
        sheet = after.read("xl/worksheets/sheet2.xml").decode()
        drawing = after.read("xl/drawings/drawing1.xml").decode()
    book = opened(copy)

    assert not {name for name in touched if re.search(r"chart|drawings/drawing|theme|sharedStrings", name)}
    assert "文本框" in drawing
    for kept in ("x14:sparkline>", "dataBar", "dataValidation ", "pane ", "pageMargins"):
        assert re.search(kept, sheet), kept
    assert comments(book["台账"])["C3"].startswith("李会计：暂估数\n")
    assert "别的批注" == comments(book["台账"])["B4"]
    assert "0%" == book["台账"]["D5"].number_format
    assert ("'台账'!$A$1:$D$6", "$1:$2") == (book["台账"].print_area, book["台账"].print_title_rows)
    assert "A2:E6" == book["台账"].auto_filter.ref
    assert "收入" in book.defined_names


def test_the_filter_keeps_clear_of_a_table_object(office: Path) -> None:
    """Two filters over the same cells make Excel mend the file; ours is over its own column then."""
    sheet = opened(give_back(rich(office / "河乡.xlsx", table=True)) / "河乡.xlsx")["台账"]

    assert ("E2:E6", "A2:D6") == (sheet.auto_filter.ref, next(iter(sheet.tables.values())).ref)


@pytest.mark.parametrize("table", [False, True])
def test_marks_go_again(office: Path, *, table: bool) -> None:
    """What was filled, commented, added and extended is as it was."""
    source = rich(office / "河乡.xlsx", table=table)
    before, after = opened(source), opened(unmark((give_back(source) / "河乡.xlsx").read_bytes()))
    one, other = before["台账"], after["台账"]

    assert before.sheetnames == after.sheetnames
    assert comments(one) == comments(other)
    assert one.auto_filter.ref == other.auto_filter.ref
    assert one.dimensions == other.dimensions
    for row in one.iter_rows():
        for cell in row:
            same = other[cell.coordinate]
            looks = [
                (seen.value, seen.number_format, seen.fill.fgColor.rgb, seen.border.left.style) for seen in (cell, same)
            ]

            assert looks[0] == looks[1]


def test_a_marked_file_is_read_as_the_sender_meant_it(office: Path) -> None:
    """Neither our list nor our column is data; marked again it has the same marks, none twice."""
    once = give_back(rich(office / "河乡.xlsx")) / "河乡.xlsx"
    again = give_back(once, folder="再退") / "河乡.xlsx"
    one, other = opened(once), opened(again)

    assert one.sheetnames == other.sheetnames
    assert fills(one["台账"]) == fills(other["台账"])
    assert comments(one["台账"]) == comments(other["台账"])
    assert [row[0].value for row in one.worksheets[0]] == [row[0].value for row in other.worksheets[0]]
    assert one["台账"].dimensions == other["台账"].dimensions


def test_mended_cells_lose_their_marks(office: Path) -> None:
    """The next round marks what is wrong then."""
    copy = give_back(workbook(office / "河乡.xlsx", [TITLE, *LEDGER])) / "河乡.xlsx"
    book = opened(copy)
    book["台账"]["C3"].value = 5
    book.save(office / "改后.xlsx")
    sheet = opened(give_back(office / "改后.xlsx") / "改后.xlsx")["台账"]

    assert {"D5": WARNING, "D6": ERROR} == fills(sheet)
    assert {"D5", "D6"} == set(comments(sheet))


def test_text_files_get_a_workbook(office: Path) -> None:
    """Each cell where it was, as it was typed."""
    rows = [*LEDGER, ["河乡", "戊村", "=1+1", "是"], ["河乡", "己村", "007", "是"]]
    copy = give_back(delimited(office / "平原县河乡2022年6月.csv", rows)) / "平原县河乡2022年6月.xlsx"
    sheet = opened(copy)["台账"]

    assert ("=1+1", "s", "007") == (sheet["C6"].value, sheet["C6"].data_type, sheet["C7"].value)
    assert ERROR == fills(sheet)["C2"]


def test_a_copy_never_falls_on_an_original(office: Path) -> None:
    """Nothing is written then; a file that could not be read gets a word instead."""
    file = workbook(office / "河乡.xlsx", [TITLE, *LEDGER])
    before = file.read_bytes()
    give_back(file, folder=".", code=2)
    (office / "坏.xlsx").write_bytes(b"PK\x03\x04 nothing")
    folder = give_back(file, office / "坏.xlsx", code=3)

    assert before == file.read_bytes()
    assert ["坏.xlsx.退回说明.txt", "河乡.xlsx"] == sorted(path.name for path in folder.iterdir())


def test_two_files_of_one_name_are_both_given_back(office: Path) -> None:
    """Each under its folder, and those of an archive under the archive's name."""
    (office / "in" / "一").mkdir(parents=True)
    workbook(office / "in" / "一" / "河乡.xlsx", [TITLE, *LEDGER])
    rows = grid("乡镇 村名 集体收入 两委班子\n山乡 戊村 5 是")
    hill = workbook(office / "山.xlsx", [["平原县山乡2022年6月台账"], *rows])
    with zipfile.ZipFile(office / "in" / "包.zip", "w") as archive:
        archive.write(hill, "山乡.xlsx")
    folder = give_back(office / "in")

    assert ["一/河乡.xlsx", "包/山乡.xlsx"] == sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*.xlsx")
    )


def test_a_file_that_cannot_be_marked_is_made_anew(office: Path) -> None:
    """A workbook in the Strict form has its cells, and the office is told."""
    plain = workbook(office / "plain.xlsx", [TITLE, *LEDGER])
    strict = office / "河乡.xlsx"
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(strict, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "xl/workbook.xml":
                content = content.replace(b"<workbook ", b"<!DOCTYPE x [<!ENTITY y 'z'>]><workbook ", 1)
            target.writestr(name, content)
    words = ["check", str(strict), "--scheme", "方案.yaml", "--annotate", "退回"]
    result = CliRunner().invoke(app, words)

    assert "F143" in result.stderr
    assert {"C3": ERROR, "D5": WARNING, "D6": ERROR} == fills(opened(Path("退回/河乡.xlsx"))["台账"])


def test_a_table_too_wide_for_a_sheet_gets_a_word(office: Path) -> None:
    """Nothing is cut off to make it fit."""
    rows = [[*row, *([None] * 16_400), "止"] for row in LEDGER]
    words = ["check", str(delimited(office / "平原县河乡2022年6月.csv", rows)), "--scheme", "方案.yaml"]
    result = CliRunner().invoke(app, [*words, "--annotate", "退回"])

    assert "F144" in result.stderr
    assert ["平原县河乡2022年6月.xlsx.退回说明.txt"] == [path.name for path in Path("退回").iterdir()]


def test_a_format_that_is_not_there_is_never_ours(office: Path) -> None:
    """A cell that names a format beyond the last would get the colour of a mark: such a workbook is made anew."""
    plain = workbook(office / "plain.xlsx", [TITLE, *LEDGER])
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(office / "河乡.xlsx", "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "xl/worksheets/sheet1.xml":
                content = content.replace(b'<c r="B4" ', b'<c r="B4" s="7" ', 1)
            target.writestr(name, content)
    words = ["check", "河乡.xlsx", "--scheme", "方案.yaml", "--annotate", "退回"]
    result = CliRunner().invoke(app, words)

    assert "F143" in result.stderr
    assert {"C3": ERROR, "D5": WARNING, "D6": ERROR} == fills(opened(Path("退回/河乡.xlsx"))["台账"])


def test_a_run_that_stops_hands_nothing_out(office: Path) -> None:
    """What was not judged is not called right, and good copies of an earlier run stay."""
    rows = grid("乡镇 村名 集体收入 两委班子\n河乡 甲村 约5 是")
    file = workbook(office / "河乡.xlsx", rows)
    give_back(file, code=2)

    assert not Path("退回").exists()

    words = ["check", str(file), "--scheme", "方案.yaml", "--county", "平原县", "--annotate", "退回"]
    good = CliRunner().invoke(app, [*words, "--period", "2022-06"])
    before = Path("退回/河乡.xlsx").read_bytes()
    early = CliRunner().invoke(app, [*words, "--as-of", "2021-06-30"])

    assert (1, 2) == (good.exit_code, early.exit_code)
    assert before == Path("退回/河乡.xlsx").read_bytes()


def test_what_cannot_be_read_gets_a_word_also_where_nothing_can(office: Path) -> None:
    """A run without any ledger says why, file by file."""
    (office / "坏.xlsx").write_bytes(b"PK\x03\x04 nothing")
    folder = give_back(office / "坏.xlsx", code=3)

    assert ["坏.xlsx.退回说明.txt"] == [path.name for path in folder.iterdir()]


def test_a_copy_takes_the_place_of_none_but_ours(office: Path) -> None:
    """Of last month's original, or of a copy that somebody has worked in, nothing is overwritten, and it is said."""
    (office / "06").mkdir()
    (office / "07").mkdir()
    june = workbook(office / "06" / "河乡.xlsx", [TITLE, *LEDGER])
    july = workbook(office / "07" / "河乡.xlsx", [["平原县河乡2022年7月台账"], *LEDGER])
    before = june.read_bytes()
    give_back(july, folder="06", code=2)

    assert before == june.read_bytes()

    copy = give_back(july) / "河乡.xlsx"
    give_back(july)
    book = opened(copy)
    book.worksheets[0]["K5"] = "已核实"
    book.save(copy)
    worked = copy.read_bytes()
    words = ["check", str(july), "--scheme", "方案.yaml", "--annotate", "退回"]
    result = CliRunner().invoke(app, words)

    assert 2 == result.exit_code
    assert "河乡.xlsx" in result.stderr
    assert worked == copy.read_bytes()


def test_the_column_of_problems_keeps_clear_of_merges(office: Path) -> None:
    """In a merged box beside the table nobody would see it; a merge over the whole width of the sheet is no bar."""
    book = opened(workbook(office / "plain.xlsx", [TITLE, *LEDGER]))
    sheet = book["台账"]
    sheet.merge_cells("E2:G4")
    sheet.merge_cells("I5:J6")
    sheet.merge_cells("A7:XFD7")
    sheet["E2"] = "填表说明"
    book.save(office / "河乡.xlsx")
    marked = opened(give_back(office / "河乡.xlsx") / "河乡.xlsx")["台账"]

    assert "问题" == marked["K2"].value
    assert str(marked["K3"].value).startswith("〔")


def test_a_formula_never_calculated_is_calculated_in_the_original(office: Path) -> None:
    """A copy made anew has none: to save it would not help. One that was patched has it."""
    rows = [TITLE, *LEDGER]
    cells = {(row, column): cell for row, line in enumerate(rows) for column, cell in enumerate(line) if cell}
    del cells[2, 2]
    (office / "旧.xls").write_bytes(xls(cells, formulas={(2, 2): (0.0, 2)}))
    rows[2] = [*rows[2][:2], "=2+3", *rows[2][3:]]
    workbook(office / "新.xlsx", rows)
    folder = give_back(office / "旧.xls", office / "新.xlsx")
    old, new = (comments(opened(folder / name).worksheets[1])["C3"] for name in ("旧.xlsx", "新.xlsx"))

    assert ("公式没有算过" in old, "打开原文件 旧.xls，重新计算" in old, "保存一次再交" in old) == (True, True, False)
    assert ("公式没有算过" in new, "保存一次再交" in new) == (True, True)


def test_a_copy_made_anew_says_what_it_lacks(office: Path) -> None:
    """On its first sheet and on the console; the sender's comments are in it, and of our earlier column nothing."""
    once = give_back(rich(office / "河乡.xlsx")) / "河乡.xlsx"
    sheets = {sheet.title: sheet for sheet in opened(once).worksheets}
    old = office / "河乡.xls.xlsx"
    book = opened(once)
    book.save(old)
    with zipfile.ZipFile(old) as source, zipfile.ZipFile(office / "再报.xlsx", "w") as target:
        for name in source.namelist():  # a form that cannot be patched, as an old one cannot
            content = source.read(name)
            if name == "xl/workbook.xml":
                content = b"<!DOCTYPE x [<!ENTITY y 'z'>]>" + content
            target.writestr(name, content)
    words = ["check", "再报.xlsx", "--scheme", "方案.yaml", "--annotate", "再退"]
    result = CliRunner().invoke(app, words)
    again = opened(Path("再退/再报.xlsx"))
    sheet = again["台账"]

    assert "F143" in result.stderr
    assert "公式只剩值" in str(again.worksheets[0]["A2"].value)
    assert "公式只剩值" not in str(sheets["问题清单"]["A2"].value)
    assert ["问题清单", "说明", "台账"] == again.sheetnames
    assert "李会计：暂估数" in comments(sheet)["C3"]
    assert "别的批注" == comments(sheet)["B4"]
    assert [("E2", "问题")] == [(cell.coordinate, cell.value) for cell in sheet[2] if cell.value == "问题"]


def test_the_senders_fill_comes_back_without_our_comment(office: Path) -> None:
    """Whoever mends a cell deletes our comment; the width of our column's place comes back too."""
    copy = give_back(rich(office / "河乡.xlsx")) / "河乡.xlsx"
    book = opened(copy)
    sheet = book["台账"]
    sheet["D5"].value, sheet["D6"].value = "是", "是"
    sheet["D5"].comment = sheet["D6"].comment = None
    book.save(office / "改后.xlsx")
    after = opened(unmark((office / "改后.xlsx").read_bytes()))["台账"]
    whole = opened(unmark(copy.read_bytes()))["台账"]

    assert ["FFCCFFCC"] * 3 == [after[cell].fill.fgColor.rgb for cell in ("D4", "D5", "D6")]
    assert _width(whole, 4) == _width(whole, 5)


def boxes(copy: Path | bytes) -> dict[tuple[int, int], tuple[list[int], str]]:
    """The anchor and the style of every comment's box, by row and column from 0."""
    found = {}
    with zipfile.ZipFile(io.BytesIO(copy) if isinstance(copy, bytes) else copy) as package:
        for name in package.namelist():
            drawn = package.read(name).decode() if name.endswith(".vml") else ""
            for shape in re.findall(r"<v:shape .*?</v:shape>", drawn, re.DOTALL):
                row, column = (int(re.findall(f"{what}>(\\d+)<", shape)[0]) for what in ("Row", "Column"))
                anchor = [int(number) for number in re.findall(r"Anchor>([^<]*)<", shape)[0].split(",")]
                found[row, column] = anchor, re.findall(r"width:[^;]*;height:[^;]*", shape)[0]
    return found


def test_the_box_of_the_senders_comment_grows_and_shrinks_again(office: Path) -> None:
    """What we add can be read without dragging; a comment that is not ours keeps its box."""
    source = rich(office / "河乡.xlsx")
    copy = give_back(source) / "河乡.xlsx"
    before, after = boxes(source), boxes(copy)

    assert before[3, 1] == after[3, 1]
    assert after[2, 2][0][:4] == before[2, 2][0][:4]
    assert (after[2, 2][0][4], after[2, 2][0][6]) > (before[2, 2][0][4], before[2, 2][0][6])
    assert before == boxes(unmark(copy.read_bytes()))


def test_boxes_are_measured_by_the_columns_they_cover(office: Path) -> None:
    """Beside narrow and hidden columns a box spans more of them."""
    source = office / "河乡.xlsx"
    book = openpyxl.load_workbook(workbook(source, [TITLE, *LEDGER]))
    for letter in "DEFGHIJKLM":
        book.worksheets[0].column_dimensions[letter].width = 3
    book.worksheets[0].column_dimensions["F"].hidden = True
    book.save(source)
    left, over, _, _, right, over_right, _, _ = boxes(give_back(source) / "河乡.xlsx")[2, 2][0]
    widths = {column: 0 if column == 5 else 326 if column == 4 else 21 for column in range(3, 13)}

    assert 290 == sum(widths[column] for column in range(left, right)) - over + over_right


def test_a_thread_is_left_alone(office: Path) -> None:
    """What stands for a threaded comment in older programs is nobody's to rewrite; the cell is filled and listed."""
    source = office / "河乡.xlsx"
    book = openpyxl.load_workbook(workbook(source, [TITLE, *LEDGER]))
    book.worksheets[0]["C3"].comment = Comment("[Threaded comment]\n问一下", "tc={0001}", height=40, width=90)
    book.save(source)
    copy = opened(give_back(source) / "河乡.xlsx")

    assert "[Threaded comment]\n问一下" == comments(copy["台账"])["C3"]
    assert "C3" in fills(copy["台账"])
    assert "C3" in {row[3].value for row in copy.worksheets[0].iter_rows(min_row=5)}


def test_fills_come_back_after_rows_were_inserted(office: Path) -> None:
    """Comments deleted, rows moved: each cell gets its own fill, also where another one stood at its place."""
    source = workbook(office / "河乡.xlsx", [TITLE, *LEDGER])
    book = openpyxl.load_workbook(source)
    sheet = book.worksheets[0]
    for cell, colour in (("D5", "FF112233"), ("D6", "FF445566")):
        sheet[cell].fill = PatternFill("solid", fgColor=colour)
    sheet["C3"].fill = PatternFill("lightUp", fgColor="FF778899")
    book.save(source)
    book = opened(give_back(source) / "河乡.xlsx")
    sheet = book["台账"]
    for row in sheet["C3:D6"]:
        for cell in row:
            cell.comment = None
    sheet.insert_rows(3)
    book.save(office / "改后.xlsx")
    again = give_back(office / "改后.xlsx", folder="再退") / "改后.xlsx"
    after = opened(unmark(again.read_bytes()))["台账"]

    assert {"C4": ERROR, "D6": WARNING, "D7": ERROR} == fills(opened(again)["台账"])
    assert ["FF112233", "FF445566"] == [after[cell].fill.fgColor.rgb for cell in ("D6", "D7")]
    assert ("lightUp", None) == (after["C4"].fill.fill_type, after["C5"].fill.fill_type)
    assert 1 == [cell.value for cell in opened(again)["台账"][2]].count("问题")


def _width(sheet: Worksheet, column: int) -> float:
    return next(one.width for one in sheet.column_dimensions.values() if (one.min or 0) <= column <= (one.max or 0))


@pytest.mark.parametrize("table", [False, True])
def test_our_column_is_known_without_the_list(office: Path, *, table: bool) -> None:
    """A township deletes the list and sends the rest: the column, comments and colours are ours all the same."""
    copy = give_back(rich(office / "河乡.xlsx", table=table)) / "河乡.xlsx"
    plain, book = opened(office / "河乡.xlsx")["台账"], opened(copy)
    del book["问题清单"]
    book.save(office / "改后.xlsx")
    found = CliRunner().invoke(app, ["check", "改后.xlsx", "--scheme", "方案.yaml", "--format", "json"])
    again = opened(unmark((office / "改后.xlsx").read_bytes()))["台账"]

    assert "列“问题”" not in found.stdout
    assert (None, {}) == (again["E2"].value, fills(again))
    assert {"C3": "李会计：暂估数", "B4": "别的批注"} == comments(again)
    assert plain.auto_filter.ref == again.auto_filter.ref
    assert 1 == [cell.value for cell in opened(give_back(office / "改后.xlsx") / "改后.xlsx")["台账"][2]].count("问题")


def test_a_column_called_problems_that_is_the_senders_is_read(office: Path) -> None:
    """What stands in it is not what we write."""
    rows = [[*row, text] for row, text in zip(LEDGER, ["问题", "缺会计", None, None, None], strict=True)]
    words = ["check", str(workbook(office / "河乡.xlsx", [TITLE, *rows])), "--scheme", "方案.yaml", "--format", "json"]

    assert "列“问题”" in CliRunner().invoke(app, words).stdout


def absent(name: str, headers: str) -> tuple[dict[str, tuple[str, str]], Worksheet]:
    """The id and the cell of each absent column, by its field, and the sheet."""
    text = scheme_text(
        {
            "红星": ("全部", [criterion("X", "至少: 5", "数值", "单位: 万元", "列名: [集体收入]")]),
            "绿星": (
                "全部",
                [
                    criterion("Y", "为: 是", "是否", "列名: [两委班子]"),
                    criterion("Z", "至少: 1", "整数", "列名: [保洁员]"),
                ],
            ),
        }
    )
    Path("方案.yaml").write_text(text, encoding="utf-8")
    rows = grid(f"{headers}\n河乡 甲村 5 3")
    book = opened(give_back(workbook(Path(name).absolute(), [TITLE, *rows]), code=0) / name)
    listed = book.worksheets[0].iter_rows(min_row=5)
    return {str(row[5].value): (str(row[0].value), str(row[3].value or "")) for row in listed}, book["台账"]


def test_a_header_that_is_nearly_right_is_marked_itself(office: Path) -> None:
    """The absent column points at the header that looks like it, and says what to write there."""
    assert office.is_dir()

    listed, sheet = absent("河乡.xlsx", "乡镇 村名 集体收人 保洁员")

    assert {"C2": WARNING} == fills(sheet)
    assert "改法：“集体收人”若就是它，改成“集体收入”；否则补上这一列" in comments(sheet)["C2"]
    assert {"X": "C2", "Y": ""} == {field: cell for field, (_, cell) in listed.items()}


def test_absent_columns_have_ids_of_their_own(office: Path) -> None:
    """Each is known by its field: where one is mended the other keeps its id, wherever it points."""
    assert office.is_dir()

    both = absent("河乡.xlsx", "乡镇 村名 集体收人 保洁员")[0]
    one = absent("改一.xlsx", "乡镇 村名 集体收入 保洁员")[0]
    other = absent("改二.xlsx", "乡镇 村名 保洁员 集体收人")[0]

    assert both["X"][0] != both["Y"][0]
    assert {"Y": both["Y"]} == one
    assert (both["X"][0], "D2") == other["X"]


def of_forms(office: Path, names: dict[str, str], code: int = 1) -> openpyxl.Workbook:
    """The marked copy of a workbook with a form for each sheet, which names a village and an unreadable value."""
    delimited(office / "名册.csv", grid("编码 名称 乡镇\n410999100201 甲村 河乡\n410999100202 乙村 河乡"))
    sheets = {
        sheet: [["乡镇", "河乡"], ["村名", village], ["集体收入", "约6"], ["两委班子", "是"]]
        for sheet, village in names.items()
    }
    words = ["--scheme", "方案.yaml", "--register", "名册.csv", "--period", "2022-06", "--county", "平原县"]
    file = workbook(office / "表单.xlsx", sheets)
    result = CliRunner().invoke(app, ["check", str(file), *words, "--annotate", "退回"])

    assert code == result.exit_code, result.output

    return opened(office / "退回" / "表单.xlsx")


def test_forms_are_listed_in_the_order_of_the_workbook(office: Path) -> None:
    """Not of their names; and where no sheet gets a 问题 column, none is spoken of."""
    book = of_forms(office, {"甲村": "甲村", "乙村": "乙村"})
    first = book.worksheets[0]

    assert ["甲村", "乙村"] == [row[2].value for row in first.iter_rows(min_row=5)]
    assert "“问题”列" not in str(first["A2"].value)
    assert "标注会自动去掉" in str(first["A2"].value)


def test_a_form_of_an_unknown_village_is_marked_once(office: Path) -> None:
    """Its name is wrong; that no unit is left is the same problem, and its label is not."""
    book = of_forms(office, {"甲村": "甲村", "己村": "己村"}, code=3)

    assert {"B2": ERROR} == fills(book["己村"])


def test_a_relation_is_called_by_its_name(office: Path) -> None:
    """In the list and in the 问题 column, as everywhere else."""
    text = scheme_text(
        {"红星": ("全部", [criterion("X", "至少: 5", "数值", "单位: 万元", "列名: [集体收入]")])},
        fields=["经营: {列名: [经营收入], 类型: 数值, 单位: 万元}"],
        checks=['{编号: JH-04, 名称: 收入不小于经营收入, 公式: "[X] >= 经营", 级别: 错误}'],
    )
    (office / "方案.yaml").write_text(text, encoding="utf-8")
    rows = grid("乡镇 村名 集体收入 经营收入\n河乡 甲村 5 6")
    book = opened(give_back(workbook(office / "河乡.xlsx", [TITLE, *rows])) / "河乡.xlsx")

    assert "JH-04 收入不小于经营收入" == book.worksheets[0]["F5"].value
    assert "C JH-04 收入不小于经营收入：" in str(book["台账"]["E3"].value)


OF_THE_OFFICE = {
    *("F103", "F143", "F144", "F145", "F146", "T242", "T245", "J504", "J505", "R445"),
    *("R460", "R461", "R462", "R463", "R464", "R466", "R467", "R468", "R469"),
    *("R409", "R416", "R418", "R419", "R420", "R426", "R427", "R428", "R429", "R430", "R431", "R433", "R435", "R436"),
    "R447",
}
"""Codes that never stand in what a sender gets: they are about registers, settings, a folder of the office, replies."""
ONLY_THE_OFFICE_CAN = re.compile(
    r"starcheck |(?<![\w-])--\w|\.toml|\[\w+\]|\.csv|别名|标签|生效|失效|例外|请报送|请乡镇|报送单位|运行"
    r"|\balias|\btags?\b|exceptions|ask the (?:sender|township)|\bpass\b|\brun\b"
)


TOLD = [
    entry.code
    for entry in catalogue().values()
    if entry.code[0] in "FTVRJ" and entry.severity is not Severity.NOTE and entry.code not in OF_THE_OFFICE
]


@pytest.mark.parametrize("code", TOLD)
def test_what_is_given_back_asks_for_nothing_only_the_office_can_do(code: str) -> None:
    """No command, no setting, no column of the register: whoever filled in the workbook has only the workbook."""
    entry = catalogue()[code]
    for text in (entry.title, entry.message_to_sender or entry.message, entry.mend_to_sender or entry.mend):
        assert [None, None] == [ONLY_THE_OFFICE_CAN.search(words) for words in text]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_township_is_told_what_it_can_do(office: Path, lang: str) -> None:
    """A copy with a village that no register knows and a value that would exempt; the console says the rest."""
    delimited(office / "名册.csv", grid("编码 名称 乡镇\n410999100201 甲村 河乡\n410999100202 乙村 河乡"))
    rows = grid("乡镇 村名 集体收人 两委班子\n河乡 甲村 约5 不涉及\n河乡 己村 4.2 也许")
    file = workbook(office / "河乡.xlsx", [TITLE, *rows])
    words = [
        "check",
        str(file),
        "--scheme",
        "方案.yaml",
        "--register",
        "名册.csv",
        "--annotate",
        "退回",
        "--lang",
        lang,
    ]
    result = CliRunner().invoke(app, words)
    book = opened(office / "退回" / "河乡.xlsx")
    said = [
        str(cell.value) for row in book.worksheets[0].iter_rows(min_row=2, max_col=11) for cell in row if cell.value
    ]
    said += comments(book["台账"]).values()

    assert {"T205", "R403", "R408", "V312"} <= {text[:4] for text in said}
    assert not [text for text in said if ONLY_THE_OFFICE_CAN.search(re.sub("〔starcheck [^〕]+〕", "", text))]
    assert re.search("别名|alias", result.output)
