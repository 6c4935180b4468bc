"""The round trip: what became of each problem of a marked workbook, and what else was changed."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from openpyxl.worksheet.worksheet import Worksheet
from typer.testing import CliRunner

from making import criterion, delimited, grid, scheme_text, workbook
from starcheck.cli import app
from test_marking import LEDGER, SCHEME, TITLE


@pytest.fixture
def marked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A marked workbook: C3 (甲村 X), D5 (丙村 Y, blank) and D6 (丁村 Y) are asked for."""
    (tmp_path / "方案.yaml").write_text(SCHEME, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    file = workbook(tmp_path / "河乡.xlsx", [TITLE, *LEDGER])
    CliRunner().invoke(app, ["check", str(file), "--scheme", "方案.yaml", "--annotate", "退回"])
    return tmp_path / "退回" / "河乡.xlsx"


def mended(marked: Path, change: Callable[[Worksheet], object]) -> Path:
    """The marked workbook with cells changed, saved by another program."""
    book = openpyxl.load_workbook(marked)
    change(book["台账"])
    path = marked.parents[1] / "重报.xlsx"
    book.save(path)
    return path


def states(new: Path, marked: Path, code: int) -> list[tuple[str, str, str]]:
    """State, unit and cell of every line."""
    words = ["check", str(new), "--scheme", "方案.yaml", "--against", str(marked), "--format", "json"]
    result = CliRunner().invoke(app, words)

    assert code == result.exit_code, result.output

    return [(line["state"], line["unit"], line["cell"]) for line in json.loads(result.stdout)["against"]]


def test_each_id_is_mended_or_not(marked: Path) -> None:
    """Also where it is wrong in another way now."""

    def change(sheet: Worksheet) -> None:
        sheet["C3"].value, sheet["D5"].value, sheet["D6"].value = 5, "大概", "是"

    assert [("wrong", "丙村", "D5"), ("mended", "甲村", "C3"), ("mended", "丁村", "D6")] == states(
        mended(marked, change), marked, 1
    )


def test_all_mended_is_exit_0(marked: Path) -> None:
    """And nothing else is said."""

    def change(sheet: Worksheet) -> None:
        sheet["C3"].value, sheet["D5"].value, sheet["D6"].value = 5, "是", "是"

    assert ["mended"] * 3 == [state for state, _, _ in states(mended(marked, change), marked, 0)]


def test_what_was_right_and_is_wrong_now_is_new(marked: Path) -> None:
    """It was changed unasked too."""

    def change(sheet: Worksheet) -> None:
        sheet["C3"].value, sheet["D5"].value, sheet["D6"].value, sheet["C4"].value = 5, "是", "是", "约4"

    found = states(mended(marked, change), marked, 1)

    assert [("new", "乙村", "C4"), ("changed", "乙村", "C4")] == [line for line in found if line[0] != "mended"]


def test_changes_nobody_asked_for(marked: Path) -> None:
    """A value, a row gone, a row more; rows that only moved are no change."""
    rows = grid("乡镇 村名 集体收入 两委班子\n河乡 丁村 8 是\n河乡 丙村 6 是\n河乡 甲村 5 是\n河乡 戊村 9 是")
    new = delimited(marked.parents[1] / "平原县河乡2022年6月.csv", rows)
    found = [line for line in states(new, marked, 0) if line[0] != "mended"]

    assert [("changed", "丁村", "C2"), ("removed", "乙村", "B4"), ("added", "戊村", "B5")] == found


def test_a_page_for_the_office(marked: Path) -> None:
    """Counts first; a file that was never marked is no answer."""
    new = mended(marked, lambda sheet: sheet.cell(3, 3, 5))
    words = ["check", str(new), "--scheme", "方案.yaml", "--against"]
    page = CliRunner().invoke(app, [*words, str(marked.parent)])
    listed = CliRunner().invoke(app, [*words, str(marked), "--out", "对照.xlsx"])
    never = CliRunner().invoke(app, [*words, "河乡.xlsx"])

    assert "已改 1，未改 2，改了仍不对 0，无法判断 0，新出现 0" in page.stdout
    assert (1, True, 2) == (listed.exit_code, Path("对照.xlsx").is_file(), never.exit_code)


def lines(new: Path, marked: Path) -> list[tuple[str, str, str, str]]:
    """State, sheet, cell and message of what was changed unasked."""
    words = ["check", str(new), "--scheme", "方案.yaml", "--against", str(marked), "--format", "json"]
    result = CliRunner().invoke(app, words)
    found = json.loads(result.stdout)["against"]
    return [
        (line["state"], line["sheet"], line["cell"], line["message"])
        for line in found
        if line["state"] not in {"open", "wrong", "mended", "new"}
    ]


@pytest.fixture
def rich(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A marked workbook with a formula in C4 (4.2), and a second sheet that holds no ledger."""
    (tmp_path / "方案.yaml").write_text(SCHEME, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "河乡.xlsx"
    with xlsxwriter.Workbook(str(file)) as book:
        sheet = book.add_worksheet("台账")
        for row, cells in enumerate([TITLE, *LEDGER]):
            for column, cell in enumerate(cells):
                if cell is not None:
                    sheet.write(row, column, cell)
        sheet.write_formula("C4", "=4+0.2", None, 4.2)
        book.add_worksheet("说明").write(0, 0, "请按时报送")
    CliRunner().invoke(app, ["check", str(file), "--scheme", "方案.yaml", "--annotate", "退回"])
    return tmp_path / "退回" / "河乡.xlsx"


def saved(marked: Path, change: Callable[[openpyxl.Workbook], object]) -> Path:
    """The marked workbook changed, saved with the results of its formulas as a spreadsheet program keeps them."""
    book = openpyxl.load_workbook(marked)
    change(book)
    path = marked.parents[1] / "重报.xlsx"
    book.save(path)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            content = content.replace(b"<f>4+0.2</f><v></v>", b"<f>4+0.2</f><v>4.2</v>")  # noqa: PLW2901
            archive.writestr(name, content.replace(b"<f>4+0.2</f><v />", b"<f>4+0.2</f><v>4.2</v>"))
    return path


def test_saved_by_another_program_nothing_is_changed(rich: Path) -> None:
    """Openpyxl writes every part anew."""
    assert [] == lines(saved(rich, lambda _book: None), rich)


def test_a_formula_turned_into_its_value(rich: Path) -> None:
    """And the reverse: the value is the same, and it is said."""

    def gone(book: openpyxl.Workbook) -> None:
        book["台账"]["C4"] = 4.2

    flat = saved(rich, gone)

    assert [("changed", "台账", "C4", "公式换成了数")] == lines(flat, rich)
    assert [("changed", "台账", "C4", "数换成了公式")] == lines(rich, _as_marked(flat))


def _as_marked(flat: Path) -> Path:
    return Path(shutil.copy(flat, flat.with_name("河乡-退回.xlsx")))


def test_sheets_that_came_went_and_were_renamed(rich: Path) -> None:
    """A renamed one is not a sheet gone and another come."""

    def swapped(book: openpyxl.Workbook) -> None:
        del book["说明"]
        book.create_sheet("草稿")["A1"] = "别的"
        book.create_sheet("草稿2")["A1"] = "别的2"

    def renamed(book: openpyxl.Workbook) -> None:
        book["台账"].title = "六月"

    assert {("removed", "说明"), ("added", "草稿"), ("added", "草稿2")} == {
        line[:2] for line in lines(saved(rich, swapped), rich)
    }
    assert [("changed", "六月", "", "工作表改了名")] == lines(saved(rich, renamed), rich)


@pytest.mark.parametrize("more", [False, True], ids=["alone", "beside a sheet that is new"])
def test_problems_of_a_sheet_that_was_renamed_are_the_same_ones(here: Path, more: bool) -> None:
    """Known by their ids also where these hold the sheet's name: an absent column, a header, a name that is unknown."""
    (here / "方案.yaml").write_text(SCHEME, encoding="utf-8")
    delimited(here / "名册.csv", grid("编码 名称 乡镇 县\n1 甲村 河乡 平原县\n2 乙村 河乡 平原县"))
    rows = [TITLE, *grid("乡镇 村名 集体收入\n河乡 甲村 约5\n河乡 乙村 大概\n河乡 章庄村 6")]
    told = ("--scheme", "方案.yaml", "--register", "名册.csv")
    CliRunner().invoke(app, ["check", str(workbook(here / "河乡.xlsx", rows)), *told, "--annotate", "退回"])
    book = openpyxl.load_workbook(here / "退回" / "河乡.xlsx")
    sheet = book["台账"]
    sheet.title, sheet["C3"].value = "台账改", 5
    if more:
        book.create_sheet("附").append(["别的"])
    book.save(here / "河乡.xlsx")
    words = ["check", "河乡.xlsx", *told, "--against", str(here / "退回" / "河乡.xlsx"), "--all", "--format", "json"]
    result = CliRunner().invoke(app, words)
    lines = json.loads(result.stdout)["against"]
    found = {
        (line["state"], line["message"].partition(" ")[0], line["sheet"], line["cell"]) for line in lines if line["id"]
    }

    assert {
        ("mended", "V301", "台账改", "C3"),
        ("open", "V301", "台账改", "C4"),
        ("open", "R403", "台账改", "B5"),
        ("open", "T205", "台账改", ""),
    } == found
    assert ["台账改"] == [line["now"] for line in lines if line["before"] == "台账"]


def test_what_was_hidden_or_shown(rich: Path) -> None:
    """Rows by their units, columns by their headers, whole sheets."""

    def hide(book: openpyxl.Workbook) -> None:
        book["台账"].row_dimensions[5].hidden = True
        book["台账"].column_dimensions["D"].hidden = True
        book["说明"].sheet_state = "hidden"

    found = lines(saved(rich, hide), rich)

    assert [
        "工作表被隐藏",
        "隐藏了 1 行（或筛选没有取消）：丙村",
        "隐藏了 1 列：两委班子",
    ] == [message for _, _, _, message in found]


def test_the_list_may_be_deleted(rich: Path) -> None:
    """Our column beside the table is no column that was added."""

    def without(book: openpyxl.Workbook) -> None:
        del book["问题清单"]

    assert [] == lines(saved(rich, without), rich)


def test_rows_inserted_and_a_row_twice(rich: Path) -> None:
    """An inserted blank row changes nothing; a second row of a village is told."""

    def insert(book: openpyxl.Workbook) -> None:
        book["台账"].insert_rows(3)

    def twice(book: openpyxl.Workbook) -> None:
        book["台账"].append(["河乡", "乙村", 4.2, "否"])

    assert [] == lines(saved(rich, insert), rich)
    assert [("added", "台账", "B7", "同名的另一行")] == lines(saved(rich, twice), rich)


REGISTER = "编码,名称,乡镇,县\n410100100201,东关村,河乡,平原县\n410100100202,西马村,河乡,平原县\n"


def answered(
    tmp_path: Path,
    rows: list[list[object]],
    change: Callable[[Worksheet], object],
    *,
    files: str = "xlsx",
    scheme: str = SCHEME,
) -> list[tuple[str, str, str, str]]:
    """State, cell and both values of every line, of a ledger given back by a register, changed and sent again."""
    (tmp_path / "方案.yaml").write_text(scheme, encoding="utf-8")
    (tmp_path / "名册.csv").write_text(REGISTER, encoding="utf-8")
    if files == "csv":
        source = delimited(tmp_path / "平原县河乡2022年6月.csv", rows)
    else:
        source = workbook(tmp_path / "平原县河乡2022年6月.xlsx", rows)
    words = ["--scheme", "方案.yaml", "--register", "名册.csv"]
    CliRunner().invoke(app, ["check", str(source), *words, "--annotate", "退回"])
    marked = tmp_path / "退回" / "平原县河乡2022年6月.xlsx"
    book = openpyxl.load_workbook(marked)
    change(book.worksheets[1])
    (tmp_path / "新").mkdir()
    book.save(tmp_path / "新" / marked.name)
    new = str(tmp_path / "新" / marked.name)
    result = CliRunner().invoke(app, ["check", new, *words, "--against", "退回", "--format", "json"])

    assert result.exit_code in {0, 1, 3}, result.output

    found = json.loads(result.stdout)["against"]
    return [(line["state"], line["cell"], line["before"], line["now"]) for line in found if line["cell"]]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("files", ["xlsx", "csv"])
def test_a_name_that_was_to_be_mended_is_no_row_gone(here: Path, files: str) -> None:
    """Its row is the same one; what else was changed in it is told at its own cell."""

    def rename(sheet: Worksheet) -> None:
        sheet["B2"].value, sheet["D2"].value = "东关村", "否"

    rows = grid("乡镇 村名 集体收入 两委班子\n河乡 东官村 5 是\n河乡 西马村 6 是")

    assert [("mended", "B2", "东官村", "东关村"), ("changed", "D2", "是", "否")] == answered(
        here, rows, rename, files=files
    )


def test_a_row_whose_name_was_mended_may_have_moved(here: Path) -> None:
    """It is known by its other cells then."""

    def sort(sheet: Worksheet) -> None:
        for place, texts in {"2": "西马村 6 否", "3": "东关村 5 是"}.items():
            for column, text in zip("BCD", texts.split(), strict=True):
                sheet[column + place].value = text

    rows = grid("乡镇 村名 集体收入 两委班子\n河乡 东官村 5 是\n河乡 西马村 6 否")

    assert [("mended", "B3", "东官村", "东关村")] == answered(here, rows, sort)


def test_a_name_of_a_form_that_was_to_be_mended(here: Path) -> None:
    """At its own cell, which is no header's."""
    rows = [["平原县河乡2022年6月"], *grid("村名 东官村\n集体收入 5\n两委班子 是")]

    assert [("mended", "B2", "东官村", "东关村")] == [
        line for line in answered(here, rows, lambda sheet: sheet.cell(2, 2, "东关村")) if line[1] != "A2"
    ]


def test_a_name_changed_unasked_is_a_change_where_the_code_says_so(here: Path) -> None:
    """Not a row gone and another come."""
    rows = grid("编码 村名 集体收入 两委班子\n410100100201 东关村 5 是\n410100100202 西马村 6 约")
    found = answered(here, [["平原县河乡2022年6月"], *rows], lambda sheet: sheet.cell(3, 2, "东关"))

    assert ("changed", "B3", "东关村", "东关") in found
    assert not {"removed", "added"} & {state for state, *_ in found}


def test_a_column_that_was_to_go_may_be_cleared_or_deleted(here: Path) -> None:
    """Neither is a change that nobody asked for."""
    rows = grid("乡镇 村名 集体收入 两委班子 手机号\n河乡 东关村 5 是 13800138000\n河乡 西马村 6 是 13900139000")

    def clear(sheet: Worksheet) -> None:
        sheet["E2"].value = sheet["E3"].value = None

    assert {"open", "wrong", "mended"} >= {state for state, *_ in answered(here, rows, clear)}

    shutil.rmtree("新")

    assert ["mended"] == [state for state, *_ in answered(here, rows, lambda sheet: sheet.delete_cols(5))]


def test_a_header_and_a_row_are_named_at_their_own_cells(here: Path) -> None:
    """Not at the first cell below or beside them."""

    def change(sheet: Worksheet) -> None:
        sheet.delete_rows(4)
        sheet["E2"].value = "别的"

    rows = [["平原县河乡2022年6月"], *grid("乡镇 村名 集体收入 两委班子 说\n河乡 东关村 5 是 1\n河乡 西马村 6 是 1")]

    assert [("removed", "B4"), ("removed", "E2"), ("added", "E2")] == [
        line[:2] for line in answered(here, rows, change)
    ]


def test_what_a_relation_names_was_asked_for(here: Path) -> None:
    """All its cells are to be looked at: changing any of them is no change unasked, and the relation is answered."""
    scheme = scheme_text(
        {"红星": ("全部", [criterion("X", "至少: 5", "数值", "单位: 万元", "列名: [集体收入]")])},
        fields=["Z: {列名: [Z], 类型: 数值, 单位: 万元}"],
        checks=['{编号: JH, 名称: 收入不多于 Z, 公式: "[X] <= Z", 级别: 错误}'],
    )
    rows = grid("乡镇 村名 集体收入 Z\n河乡 东关村 5 4\n河乡 西马村 6 6")

    assert [("mended", "C2", "5", "5")] == answered(here, rows, lambda sheet: sheet.cell(2, 4, 5), scheme=scheme)

    shutil.rmtree("新")

    assert [("wrong", "C2", "5", "5")] == answered(here, rows, lambda sheet: sheet.cell(2, 4, 3), scheme=scheme)


def test_changed_and_still_wrong(marked: Path) -> None:
    """Not the same as left alone: both values are given."""
    new = mended(marked, lambda sheet: sheet.cell(3, 3, "约6"))
    words = ["check", str(new), "--scheme", "方案.yaml", "--against", str(marked), "--format", "json"]
    found = json.loads(CliRunner().invoke(app, words).stdout)["against"]

    assert ("约5", "约6") == next((line["before"], line["now"]) for line in found if line["state"] == "wrong")
    assert ["D5", "D6"] == sorted(line["cell"] for line in found if line["state"] == "open")


def test_what_was_mended_is_listed_where_all_is_asked_for(marked: Path) -> None:
    """With its value; else it is counted, and how to list it is said."""
    new = mended(marked, lambda sheet: sheet.cell(3, 3, 5.25))
    words = ["check", str(new), "--scheme", "方案.yaml", "--against", str(marked)]
    short, full = (CliRunner().invoke(app, [*words, *more]).stdout for more in ([], ["--all"]))
    table = CliRunner().invoke(app, [*words, "--format", "csv"]).stdout

    assert "--all" in short
    assert "5.25" not in short
    assert "5.25" in full
    assert "5.25" in next(line for line in table.splitlines() if "已改" in line)


def test_what_is_gone_or_not_read_is_not_mended(marked: Path) -> None:
    """A row deleted, a header or a village renamed, a cell cleared: whoever looks for the problem finds none there."""

    def renamed(sheet: Worksheet) -> None:
        sheet["B3"].value = "甲庄"

    def cleared(sheet: Worksheet) -> None:
        sheet["C3"].value = None

    def header(sheet: Worksheet) -> None:
        sheet["C2"].value = "集体经纪收入"

    for change in (lambda sheet: sheet.delete_rows(3), renamed, header, cleared):
        new = mended(marked, change)
        words = ["check", str(new), "--scheme", "方案.yaml", "--against", str(marked), "--format", "json"]
        found = json.loads(CliRunner().invoke(app, words).stdout)["against"]

        assert "mended" not in {line["state"] for line in found if line["unit"] == "甲村"}
        assert {"unclear", "open", "wrong"} & {line["state"] for line in found if line["unit"] == "甲村"}


def test_a_village_the_register_does_not_know_is_not_mended(here: Path) -> None:
    """Its row was not read; deleting it may hide what was asked for."""
    rows = grid("乡镇 村名 集体收入 两委班子\n河乡 东关村 约5 是\n河乡 西马村 6 是")

    def renamed(sheet: Worksheet) -> None:
        sheet["B2"].value = "没有的村"

    assert ("unclear", "C2", "约5", "") in answered(here, rows, renamed)


def test_a_relation_whose_cells_are_not_read_is_not_mended(here: Path) -> None:
    """It was not checked."""
    scheme = scheme_text(
        {"红星": ("全部", [criterion("X", "至少: 5", "数值", "单位: 万元", "列名: [集体收入]")])},
        fields=["Z: {列名: [Z], 类型: 数值, 单位: 万元}"],
        checks=['{编号: JH, 名称: 收入不多于 Z, 公式: "[X] <= Z", 级别: 错误}'],
    )
    rows = grid("乡镇 村名 集体收入 Z\n河乡 东关村 5 4\n河乡 西马村 6 6")
    states = [state for state, *_ in answered(here, rows, lambda sheet: sheet.cell(2, 4, "不知道"), scheme=scheme)]

    assert ["unclear", "new"] == states

    shutil.rmtree("新")
    states = [
        state for state, *_ in answered(here, rows, lambda sheet: sheet["D2"].__setattr__("value", None), scheme=scheme)
    ]

    assert "unclear" in states
    assert "mended" not in states


def test_villages_of_one_name_in_two_townships(here: Path) -> None:
    """Each is answered by its own row, by its township, and has an id of its own."""
    (here / "方案.yaml").write_text(SCHEME, encoding="utf-8")
    head = [["平原县2022年6月台账"], *grid("乡镇 村名 集体收入 两委班子")]
    file = workbook(here / "六月.xlsx", [*head, *grid("河乡 王村 约5 是\n山乡 王村 约7 是")])
    CliRunner().invoke(app, ["check", str(file), "--scheme", "方案.yaml", "--annotate", "退回"])
    first = openpyxl.load_workbook("退回/六月.xlsx").worksheets[0]
    names = [first.cell(row, 1).value for row in (5, 6)]

    assert not any("-" in str(name) for name in names)

    (here / "新").mkdir()
    for rows, wrong in (("山乡 王村 约7 是\n河乡 王村 5 是", "C3"), ("河乡 王村 约5 是\n山乡 王村 7 是", "C3")):
        new = workbook(here / "新" / "六月.xlsx", [*head, *grid(rows)])
        words = ["check", str(new), "--scheme", "方案.yaml", "--against", "退回", "--format", "json"]
        found = json.loads(CliRunner().invoke(app, words).stdout)["against"]

        assert [("open", wrong), ("mended", "C4")] == [(line["state"], line["cell"]) for line in found]


def test_the_marked_workbook_itself_is_no_answer(marked: Path) -> None:
    """What was changed in it cannot be seen: neither in place nor in a copy of it."""
    words = ["check", "--scheme", "方案.yaml", "--against"]
    copied = Path(shutil.copy(marked, "重报.xlsx"))
    for new in (marked, copied):
        result = CliRunner().invoke(app, [*words, str(marked), str(new)])

        assert 2 == result.exit_code
        assert "一模一样" in result.stderr


def test_each_file_finds_its_own(here: Path) -> None:
    """By folder and name; one without a marked workbook, or sent back untouched, is told, and the rest compared."""
    (here / "方案.yaml").write_text(SCHEME, encoding="utf-8")
    for month, given in (("06", 6), ("07", 7)):
        for folder in ("报", "新"):
            (Path(folder) / month).mkdir(parents=True)
            rows = [[f"平原县河乡2022年{given}月台账"], *grid(f"乡镇 村名 集体收入 两委班子\n河乡 甲村 约{given} 是")]
            workbook(Path(folder) / month / "河乡.xlsx", rows)
    base = ["check", "--scheme", "方案.yaml", "--format", "json"]
    for month in ("06", "07"):
        CliRunner().invoke(app, [*base, f"报/{month}", "--annotate", f"全退/{month}"])
        found = json.loads(
            CliRunner().invoke(app, [*base, f"新/{month}/河乡.xlsx", "--against", f"全退/{month}"]).stdout
        )

        assert [("open", f"约{int(month)}")] == [(line["state"], line["now"]) for line in found["against"]]

    one = CliRunner().invoke(app, [*base, "新/07/河乡.xlsx", "--against", "全退"])

    assert ["约7"] == [line["before"] for line in json.loads(one.stdout)["against"]]

    workbook(
        Path("新/06/山乡.xlsx"), [["平原县山乡2022年6月台账"], *grid("乡镇 村名 集体收入 两委班子\n山乡 戊村 5 是")]
    )
    shutil.copy("全退/06/河乡.xlsx", "全退/06/东乡.xlsx")
    shutil.copy("全退/06/东乡.xlsx", "新/06/东乡.xlsx")
    some = CliRunner().invoke(app, [*base, "新/06", "--against", "全退/06"])
    document = json.loads(some.stdout)
    said = {(problem["code"], problem["file"]) for problem in document["diagnostics"]}

    assert {("F145", "山乡.xlsx"), ("F146", "东乡.xlsx")} <= said
    assert "F145" in some.stderr
    assert {"河乡.xlsx", "东乡.xlsx"} == {line["file"] for line in document["against"]}


def test_changes_outside_the_tables(rich: Path) -> None:
    """Titles, notes, totals and sheets that are no ledgers: cell, what it was, what it is; only moved is no change."""

    def change(book: openpyxl.Workbook) -> None:
        book["台账"]["A1"] = "平原县河乡2022年06月台账"
        book["台账"]["A9"] = "填表人：李四"
        book["说明"]["A1"] = "不用报送"

    def moved(book: openpyxl.Workbook) -> None:
        book["说明"].insert_rows(1, 3)

    def many(book: openpyxl.Workbook) -> None:
        for row in range(2, 32):
            book["说明"].cell(row, 1, f"第{row}行")

    assert [
        ("changed", "台账", "A1", "表外的内容"),
        ("changed", "台账", "A9", "表外的内容"),
        ("changed", "说明", "A1", "表外的内容"),
    ] == lines(saved(rich, change), rich)
    assert [] == lines(saved(rich, moved), rich)

    found = lines(saved(rich, many), rich)

    assert (21, "表外另有 10 处改动，没有逐条列出") == (len(found), found[-1][3])


def test_a_total_changed_unasked(marked: Path) -> None:
    """Its row has no village's name."""
    rows = [TITLE, *LEDGER, ["合计", None, 17, None]]
    file = workbook(marked.parents[1] / "合计.xlsx", rows)
    CliRunner().invoke(app, ["check", str(file), "--scheme", "方案.yaml", "--annotate", "合"])
    rows[-1] = ["合计", None, 18, None]
    new = workbook(marked.parents[1] / "新.xlsx", rows)

    assert [("changed", "台账", "C7", "")] == lines(new, Path("合"))


def calculated(path: Path, formulas: dict[str, str], rows: list[list[object]]) -> Path:
    """A workbook with formulas beside their values, as a spreadsheet program saves it."""
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("台账")
        for row, cells in enumerate(rows):
            for column, cell in enumerate(cells):
                if cell is not None:
                    sheet.write(row, column, cell)
        for cell, formula in formulas.items():
            row, column = int(cell[1:]) - 1, ord(cell[0]) - 65
            sheet.write_formula(cell, formula, None, rows[row][column])
    return path


def test_a_formula_replaced_by_another_of_its_value(here: Path) -> None:
    """In the table and below it; where rows were inserted, what only follows them is no change."""
    (here / "方案.yaml").write_text(SCHEME, encoding="utf-8")
    rows: list[list[object]] = [
        [*TITLE],
        ["乡镇", "村名", "集体收入", "两委班子", "经营", "发包"],
        ["河乡", "甲村", 6, "是", 3, 3],
        ["河乡", "乙村", 8, "是", 4, 4],
        ["合计", None, 14, None, None, None],
        [],
        ["审核", 14, None, None, None, None],
    ]
    old = {"C3": "=E3+F3", "C4": "=E4+F4", "C5": "=SUM(C3:C4)", "B7": "=C5"}
    source = calculated(here / "河乡.xlsx", old, rows)
    CliRunner().invoke(app, ["check", str(source), "--scheme", "方案.yaml", "--annotate", "退回"])
    marked = here / "退回" / "河乡.xlsx"
    new = calculated(here / "新.xlsx", {**old, "C4": "=E4*2", "B7": "=C3+C4"}, rows)
    longer = [*rows[:2], ["河乡", "丙村", 2, "是", 1, 1], *rows[2:]]
    moved = calculated(here / "移.xlsx", {"C4": "=E4+F4", "C5": "=E5+E5", "C6": "=SUM(C3:C5)", "B8": "=C6"}, longer)
    found = [(cell, message) for _, _, cell, message in lines(new, marked)]
    after = [(state, cell, message) for state, _, cell, message in lines(moved, marked)]

    assert [
        ("C4", "公式由 =E4+F4 改成了 =E4*2"),
        ("B7", "表外的内容；公式由 =C5 改成了 =C3+C4"),
    ] == found
    lower = calculated(
        here / "下.xlsx",
        {**{key: old[key] for key in ("C3", "C4", "C5")}, "B8": "=C5"},
        [*rows[:6], ["填表人：张三"], *rows[6:]],
    )

    assert [("changed", "C5", "公式由 =E4+F4 改成了 =E5+E5"), ("added", "B3", "")] == after
    assert [("A7", "表外的内容")] == [(cell, message) for _, _, cell, message in lines(lower, marked)]


def test_changes_in_a_form_outside_its_items(here: Path) -> None:
    """Its title and its footer; a value of an item is told as that of a table is."""
    (here / "方案.yaml").write_text(SCHEME, encoding="utf-8")
    items = [["乡镇", "河乡"], ["村名", "甲村"], ["集体收入", 6], ["两委班子", "是"]]
    form = [["平原县河乡2022年6月"], *items, [], ["填表人：张三"]]
    changed = [["平原县河乡2022年06月"], *items[:2], ["集体收入", 7], items[3], [], ["填表人：李四"]]
    source = workbook(here / "甲村.xlsx", {"甲村": form})
    CliRunner().invoke(app, ["check", str(source), "--scheme", "方案.yaml", "--annotate", "退回"])
    new = workbook(here / "新.xlsx", {"甲村": changed})

    assert [
        ("changed", "甲村", "B4", ""),
        ("changed", "甲村", "A1", "表外的内容"),
        ("changed", "甲村", "A7", "表外的内容"),
    ] == lines(new, here / "退回" / "甲村.xlsx")
    assert [] == lines(source, here / "退回" / "甲村.xlsx")
