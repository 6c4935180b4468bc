"""Forms: one village each, names at the left and values at the right, read as a row with the true addresses."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from openpyxl.comments import Comment

from builders_workbook import sheet_of
from making import criterion, run, scheme, scheme_text, workbook
from starcheck.cells import Cell, Sheet, column_letters
from starcheck.diagnostic import Diagnostic
from starcheck.identity import HEADERS
from starcheck.intake import HeaderIndex
from starcheck.layout import explained
from starcheck.marking import give_back
from starcheck.table import Table, find_tables

BY = scheme(
    scheme_text(
        {
            "红星": ("全部", [criterion("X", "至少: 5", "数值", "单位: 万元", "列名: [收入, 经营收入]")]),
            "绿星": ("全部", [criterion("Y", "为: 是", "是否", "列名: [两委班子]")]),
            "蓝星": ("全部", [criterion("Z", "至少: 3", "整数", "单位: 张", "列名: [养老服务数量]")]),
        },
        fields=["人口: {列名: [人口], 类型: 整数, 单位: 人}", "户数: {列名: [户数], 类型: 整数, 单位: 户}"],
    )
)
KNOWN = HeaderIndex(BY).known


def read(grid: str, *merged: str, name: str = "6月") -> tuple[list[dict[str, tuple[str, Cell]]], list[Diagnostic]]:
    """Each form of a sheet: names, and the address and content of their values; and what is said."""
    tables, notes = find_tables(sheet_of(grid, merged=merged, name=name), KNOWN, HEADERS)
    return [_values(table) for table in tables], list(notes)


def _values(table: Table) -> dict[str, tuple[str, Cell]]:
    (row,) = table.body
    return {
        header.candidates()[0][0]: (table.sheet.address(row, header.column), table.cells(header.column)[0])
        for header in table.headers
    }


def codes(notes: list[Diagnostic]) -> list[tuple[str, str | None]]:
    """Codes and cells."""
    return [(note.code, note.where.cell) for note in notes]


PLAIN = """
东关村基本情况表
村名 | 东关村
乡镇 | 马庄桥镇
人口（人） | 1662
收入（万元） | 21.1
两委班子 | 是
填表人：张三 | 审核人：李四
"""


def test_names_at_the_left_values_at_the_right() -> None:
    """A form is one row, its cells where they stand in the file; T222 says that it was read so."""
    (form,), notes = read(PLAIN)

    assert {
        "村名": ("B2", "东关村"),
        "乡镇": ("B3", "马庄桥镇"),
        "人口": ("B4", 1662.0),
        "收入": ("B5", 21.1),
        "两委班子": ("B6", "是"),
    } == form
    assert [("T222", "A2")] == codes(notes)


def test_what_stands_around_a_form() -> None:
    """Title and signatures are kept apart, as of any table."""
    (table,), _ = find_tables(sheet_of(PLAIN), KNOWN, HEADERS)

    assert ("A2:A6", ("东关村基本情况表",), ("填表人：张三", "审核人：李四")) == (
        table.range(),
        table.above,
        table.below,
    )


def test_two_blocks_side_by_side() -> None:
    """Pairs beside each other belong to one village; a name the scheme has not is kept for T203."""
    (form,), notes = read(
        "村名 | 孟村 | 乡镇 | 河乡\n人口 | 5 | 收入 | 21.1\n户数 | | 支书姓名 | 张三\n两委班子 | 是 |"
    )

    assert {
        "村名": ("B1", "孟村"),
        "乡镇": ("D1", "河乡"),
        "人口": ("B2", 5.0),
        "收入": ("D2", 21.1),
        "户数": ("B3", None),
        "支书姓名": ("D3", "张三"),
        "两委班子": ("B4", "是"),
    } == form
    assert ["T222"] == [note.code for note in notes]


def test_three_pairs_in_a_row_are_no_header() -> None:
    """Two rows of three pairs each have more names than a header of three columns."""
    (form,), _ = read("村名 | 孟村 | 乡镇 | 河乡 | 人口 | 5\n收入 | 3 | 户数 | 4 | 养老服务数量 | 2")

    assert ("F1", 5.0) == form["人口"]
    assert ("D2", 4.0) == form["户数"]


def test_unit_and_remarks_in_columns_of_their_own() -> None:
    """A unit beside a name is its unit; a blank value is where the others have theirs; remarks are no values: T211."""
    grid = "项目 | 单位 | 数值 | 备注\n村名 | | 孟村 |\n收入 | 元 | 50000 |\n人口 | 人 | | 未统计\n户数 | 户 | 3 |"
    (table,), notes = find_tables(sheet_of(grid), KNOWN, HEADERS)
    form = _values(table)

    assert [("村名", None), ("收入", "元"), ("人口", "人"), ("户数", "户")] == [
        header.candidates()[0] for header in table.headers
    ]
    assert [("C2", "孟村"), ("C3", 50000.0), ("C4", None), ("C5", 3.0)] == list(form.values())
    assert [("T222", "A2"), ("T211", "D4")] == codes(list(notes))


def test_two_units_for_one_item_are_not_chosen_between() -> None:
    """A unit beside a name that has another makes two values of the item, which are in conflict."""
    (table,), _ = find_tables(
        sheet_of("村名 | | 孟村\n收入（元） | 万元 | 5\n户数 | 户 | 7\n人口（人） | 人 | 3"), KNOWN, HEADERS
    )

    assert [("收入", "万元"), ("收入", 5.0)] == [
        (header.candidates()[0][0], table.cells(header.column)[0])
        for header in table.headers
        if header.candidates()[0] == ("收入", "元")
    ]
    assert ("人口", "人") in [header.candidates()[0] for header in table.headers]


def test_figures_below_a_form_are_said() -> None:
    """T211 at figures under the last name, which are no signatures."""
    _, notes = read("村名 | 孟村\n人口 | 5\n收入 | 3\n户数 | 1\n附： |\n | 8\n | 9\n填表人：张三 |")

    assert [("T222", "A1"), ("T211", "B6")] == codes(notes)


def test_serial_numbers_are_no_values() -> None:
    """Numbers before the names of both blocks count the items."""
    (form,), notes = read(
        "1 | 村名 | 孟村 | 4 | 收入 | 3\n2 | 人口 | 1662 | 5 | 养老服务数量 | 0\n3 | 两委班子 | 是 | 6 | 户数 | 2"
    )

    assert [("C1", "孟村"), ("F1", 3.0), ("C2", 1662.0), ("F2", 0.0), ("C3", "是"), ("F3", 2.0)] == list(form.values())
    assert ["T222"] == [note.code for note in notes]


def test_labels_of_groups() -> None:
    """A name without meaning of its own is known with its group's, whose unit is its unit."""
    (table,), _ = find_tables(
        sheet_of(
            "村名 | | 孟村\n养老服务 | 数量 | 3\n集体经济（元） | 经营收入 | 50000\n | 户数 | 4",
            merged=("A1:B1", "A3:A4"),
        ),
        KNOWN,
        HEADERS,
    )

    assert [("养老服务数量", None), ("经营收入", "元")] == [
        next(candidate for candidate in header.candidates() if candidate[0] in KNOWN) for header in table.headers[1:3]
    ]


def test_names_and_values_in_one_cell() -> None:
    """Above a form often stand 乡镇：… and 村名：… in one cell."""
    (form,), _ = read("乡镇：河乡\u3000\u3000村名：孟村 |\n人口 | 5\n收入 | 3\n户数 | 1")

    assert [("A1", "河乡"), ("A1", "孟村")] == [form["乡镇"], form["村名"]]


def test_forms_below_each_other() -> None:
    """Each 村名 begins a form, with what stands above it in each; what stands above all of them is said of all."""
    (first, second), notes = read(
        "乡镇 | 河乡\n编码 | 1\n村名 | 孟村\n人口 | 5\n收入 | 3\n\n编码 | 2\n村名 | 赵庄\n人口 | 6\n收入 | 4"
    )

    assert [("B1", "河乡"), ("B2", 1.0), ("B3", "孟村"), ("B4", 5.0), ("B5", 3.0)] == list(first.values())
    assert [("B1", "河乡"), ("B7", 2.0), ("B8", "赵庄"), ("B9", 6.0), ("B10", 4.0)] == list(second.values())
    assert ["T222", "T222"] == [note.code for note in notes]


def test_forms_beside_each_other() -> None:
    """Two names of villages in one row are two forms."""
    (first, second), _ = read("村名 | 孟村 | | 村名 | 赵庄\n人口 | 5 | | 人口 | 6\n收入 | 3 | | 收入 | 4")

    assert [("B1", "孟村"), ("B2", 5.0), ("B3", 3.0)] == list(first.values())
    assert [("E1", "赵庄"), ("E2", 6.0), ("E3", 4.0)] == list(second.values())


def test_village_of_the_sheets_name() -> None:
    """Where a form names no village, a sheet called one is its: T214."""
    (form,), notes = read("人口 | 5\n收入 | 3\n户数 | 1", name="孟村")
    (nameless,), said = read("人口 | 5\n收入 | 3\n户数 | 1", name="Sheet1")

    assert "孟村" == form["村名"][1]
    assert [("T222", "A1"), ("T214", "A1")] == codes(notes)
    assert ("村名" in nameless, ["T222"]) == (False, [note.code for note in said])


@pytest.mark.parametrize(
    ("grid", "expected"),
    [
        ("村名 | 孟村 |\n指标 | 上年 | 本年\n人口 | 5 | 6\n收入 | 3 | 4", [("T223", "A3")]),
        ("村名 | 孟村\n人口 | 5\n收入 | 3\n户数 | 1 | 村名 | 赵庄\n两委班子 | 是", [("T223", "A1")]),
        ("村名 | 填写村委会全称\n人口 | 按户籍人口填写\n收入 | 当年累计数，不含上级补助", [("T201", None)]),
        ("村名\n人口\n收入\n户数", [("T201", None)]),
        ("村名 | |\n人口 | |\n收入 | |", [("T201", None)]),
    ],
    ids=["two years", "villages at odd places", "instructions", "a list of names", "not filled in"],
)
def test_what_is_no_form(grid: str, expected: list[tuple[str, str | None]]) -> None:
    """Several values beside a name are not chosen between: T223. Prose and lists are no forms: T201."""
    assert ([], expected) == (read(grid)[0], codes(read(grid)[1]))


def test_villages_across_are_no_forms() -> None:
    """A village to a column is a table with its units across, not forms beside each other."""
    (table,), notes = find_tables(
        sheet_of("村名 | 孟村 | 赵庄\n人口 | 5 | 6\n收入 | 3 | 4\n户数 | 1 | 2"), KNOWN, HEADERS
    )

    assert (2, ["T221"]) == (len(table.body), [note.code for note in notes])


def test_two_values_for_one_item_are_a_conflict(tmp_path: Path) -> None:
    """R413: between two values beside one name nobody chooses."""
    rows = [["乡镇", "河乡"], ["村名", "甲村"], ["收入", 5, 6], ["两委班子", "是"], ["人口", 7], ["养老服务数量", 3]]
    result = run([workbook(tmp_path / "表.xlsx", rows)], BY)

    assert ("conflicting", None) == (result.reason("甲村", "X"), result.value("甲村", "X"))
    assert ["C3"] == result.cells("R413")


def test_an_ordinary_table_stays_one() -> None:
    """A table whose cells bear known names, and pairs above its header, is no form."""
    above = "乡镇 | 河乡 | 编码 | 3\n"
    rows = (
        "村名 | 类型 | 人口 | 收入 | 户数\n孟村 | 行政村 | 5 | 3 | 1\n赵庄 | 行政村 | 6 | 4 | 1\n李庄 | 村 | 7 | 1 | 1"
    )
    (table,), notes = find_tables(sheet_of(above + rows), KNOWN, HEADERS)

    assert (None, [2, 3, 4], ()) == (table.sheet.places, table.body, notes)


LISTS = [
    "村名 | 指标 | 数值\n孟村 | 人口 | 5\n赵庄 | 收入 | 3\n李庄 | 户数 | 2",
    "乡镇 | 村名 | 指标 | 数值\n河乡 | 孟村 | 人口 | 5\n河乡 | 孟村 | 收入 | 3\n河乡 | 赵庄 | 户数 | 2",
    "村名 | 年份 | 指标 | 数值\n孟村 | 2022 | 人口 | 5\n孟村 | 2022 | 收入 | 3\n赵庄 | 2022 | 户数 | 2",
    "序号 | 村名 | 指标 | 数值\n1 | 孟村 | 人口 | 5\n2 | 孟村 | 收入 | 3\n3 | 赵庄 | 户数 | 2",
]


@pytest.mark.parametrize("grid", LISTS)
def test_lists_of_items_are_no_forms(grid: str) -> None:
    """A table with a row for each village and item is not read as one village's form."""
    assert all(table.sheet.places is None for table in find_tables(sheet_of(grid), KNOWN, HEADERS)[0])


def test_items_that_come_again() -> None:
    """Two villages' items below each other under one name are not one village's: T223."""
    grid = "单位名称 | 孟村\n人口 | 5\n收入 | 3\n户数 | 1\n赵庄 |\n人口 | 6\n收入 | 3\n户数 | 2"

    assert ([], [("T223", "A6")]) == (read(grid)[0], codes(read(grid)[1]))


def test_items_that_come_again_written_otherwise() -> None:
    """The name of a village that is not known as one does not give its values to the village before."""
    grid = "村名 | 孟村\n1.人口 | 5\n收入 | -\n户数 | 1\n\n名 | 赵庄\n人 口 | 6\n（二）收入（万元） | 3\n户数* | 2"

    assert ([], [("T223", "A7")]) == (read(grid)[0], codes(read(grid)[1]))


@pytest.mark.parametrize("spoilt", ["乡镇某 | 河乡\n", ""])
def test_a_label_of_a_township_that_is_not_known(spoilt: str) -> None:
    """The township of the next form is not that of the one before: which form is whose cannot be told, T223."""
    grid = spoilt + "村名 | 张村\n人口 | 5\n收入 | 3\n\n乡镇 | 马庄桥镇\n村名 | 张村\n人口 | 6\n收入 | 4"

    assert ([], ["T223"]) == (read(grid)[0], [note.code for note in read(grid)[1]])


def test_a_dash_is_what_stands_beside_a_name() -> None:
    """A figure behind it is no value of the item; that it was not read is said."""
    (form,), notes = read("村名 | 孟村\n人口 | -- | 7\n收入 | 3\n户数 | 1")

    assert ("B2", "--") == form["人口"]
    assert [("T222", "A1"), ("T211", "C2")] == codes(notes)


def test_words_of_tiers_are_no_names() -> None:
    """A list of villages with the tiers they are to reach, and their points, stays a table."""
    sheet = sheet_of("乡镇 | 村名 | 争创星级 | 得分\n河乡 | 孟村 | 三星 | 85\n | 赵庄 | 二星 | 75\n | 李庄 | 一星 | 65")
    (table,), _ = find_tables(sheet, KNOWN | {"三星", "二星", "一星"}, HEADERS, {"三星", "二星", "一星"})

    assert (None, [1, 2, 3]) == (table.sheet.places, table.body)


# --- any form

ITEMS = ("人口", "收入（元）", "户数", "两委班子", "养老服务数量", "支书姓名", "总面积")
STRANGERS = frozenset({"支书姓名", "总面积"})
VALUES = st.one_of(
    st.none(),
    st.floats(0, 1e6).map(lambda number: round(number, 2)),
    st.sampled_from(["是", "否", "约5", "52000元", "/"]),
)


@st.composite
def forms(draw: st.DrawFn) -> tuple[Sheet, dict[str, tuple[str, Cell]]]:
    """A sheet with a form anywhere on it, its items in up to three blocks, and where each value is."""
    items = draw(st.permutations(ITEMS))[: draw(st.integers(4, len(ITEMS)))]
    cells: list[tuple[str, Cell]] = [("乡镇", "河乡"), ("村名", "孟村")]
    cells += [(item, draw(VALUES)) for item in items]
    blocks, gap = draw(st.integers(1, 3)), draw(st.integers(0, 2))
    top, left = draw(st.integers(0, 3)), draw(st.integers(0, 3))
    serials, titled = draw(st.booleans()), draw(st.booleans())
    wide = 2 + gap + serials
    rows: list[list[Cell]] = [[None] * (left + blocks * wide) for _ in range(top + -(-len(cells) // blocks))]
    merged, truth = [], {}
    for number, (name, value) in enumerate(cells):
        row, block = divmod(number, blocks)
        at = left + block * wide + serials
        if serials:
            rows[top + row][at - 1] = float(row + 1 + block * 100)
        rows[top + row][at] = name
        rows[top + row][at + 1 + gap] = value
        if gap:
            merged.append((top + row, at, top + row, at + gap))
        truth[name] = (f"{column_letters(at + 1 + gap)}{top + row + 1}", value)
    if titled and top:
        rows[0][0] = "孟村基本情况"
    return Sheet("台账.xlsx", "6月", rows, merged=tuple(merged)), truth


@settings(max_examples=200, deadline=None)
@given(forms())
def test_whatever_is_read_of_a_form_is_what_stands_there(made: tuple[Sheet, dict[str, tuple[str, Cell]]]) -> None:
    """A form is read whole and right, or not at all, and then that is said."""
    sheet, truth = made
    known = {name for name in truth if name not in STRANGERS}
    columns = Counter(truth[name][0].rstrip("0123456789") for name in known)
    assume(all(columns[where.rstrip("0123456789")] > 1 for where, _ in truth.values()))
    assume(any(truth[name][1] not in (None, "/") for name in known - {"乡镇", "村名"}))
    tables, notes = find_tables(sheet, KNOWN, HEADERS)
    if not any(table.sheet.places for table in tables):
        assert tables or {"T201", "T223"} & {note.code for note in notes}
        assert not any(table.body for table in tables)
        return
    (table,) = tables
    found = {header.texts[-1]: value for header, value in zip(table.headers, _values(table).values(), strict=True)}

    assert {name: truth[name] for name in found} == found
    assert known <= found.keys()


# --- through the whole run


def book(path: Path, values: dict[str, list[Cell]], names: list[str], *, blocks: int) -> Path:
    """A workbook of one sheet per village, its items in one block or two, beginning anywhere."""
    made = Workbook()
    made.remove(made.worksheets[0])
    chance = random.Random(str(path.name))  # noqa: S311 - not a secret
    for village, cells in values.items():
        sheet = made.create_sheet(village)
        top, left = chance.randint(1, 4), chance.randint(1, 3)
        items = [("乡镇", "河乡"), ("村名", village), *zip(names, cells, strict=True)]
        for number, (name, cell) in enumerate(items):
            row, block = divmod(number, blocks)
            sheet.cell(top + row, left + 2 * block, name)
            if cell is not None:
                sheet.cell(top + row, left + 2 * block + 1).value = cell
    made.save(path)
    return path


NAMES = ["收入", "两委班子", "养老服务数量", "人口", "户数"]
VILLAGES: dict[str, list[Cell]] = {
    "甲村": [5.2, "是", 3.0, 100.0, 20.0],
    "乙村": ["约12万", "否", None, 90.0, 21.0],
    "丙村": ["52000元", "√", 2.0, 80.0, None],
}


@pytest.mark.parametrize("blocks", [1, 2])
def test_forms_say_what_a_table_says(tmp_path: Path, blocks: int) -> None:
    """The same values as forms, a sheet per village, and as a table: the same tiers, values and errors."""
    forms = run([book(tmp_path / "表单.xlsx", VILLAGES, NAMES, blocks=blocks)], BY)
    rows = [["乡镇", "村名", *NAMES], *(["河乡", village, *cells] for village, cells in VILLAGES.items())]
    table = run([workbook(tmp_path / "台账.xlsx", rows)], BY)

    assert table.tiers() == forms.tiers()
    for village in VILLAGES:
        for key in ("X", "Y", "Z", "人口", "户数"):
            assert table.value(village, key) == forms.value(village, key)
            assert table.reason(village, key) == forms.reason(village, key)
    noted = {"T222"}
    assert sorted(code for code in forms.codes() if code not in noted) == sorted(table.codes())


@pytest.mark.parametrize("blocks", [1, 2])
def test_addresses_are_those_of_the_file(tmp_path: Path, blocks: int) -> None:
    """Every value, in the ledger, the record and the diagnostics, can be found at its address."""
    path = book(tmp_path / "表单.xlsx", VILLAGES, NAMES, blocks=blocks)
    result = run([path], BY)
    ledger, sheets = result.outcome.ledger, load_workbook(path)

    for village, cells in VILLAGES.items():
        for key, cell in zip(("X", "Y", "Z", "人口", "户数"), cells, strict=True):
            unit = result.row(village)
            (where,) = ledger.cells(unit, key)

            assert (village, cell) == (where.sheet, sheets[village][str(where.cell)].value)
            assert [str(where)] == ledger.addresses(unit, key)
    (wrong,) = [found for found in result.diagnostics if found.level == "error"]

    assert "约12万" == sheets[str(wrong.where.sheet)][str(wrong.where.cell)].value


def test_an_item_that_no_form_has_is_said_once(tmp_path: Path) -> None:
    """T205 names the first sheet where all forms of a file lack an item, and each sheet where only some do."""
    rows = [["乡镇", "河乡"], ["收入", 5], ["人口", 7], ["户数", 3]]
    sheets = {
        "甲村": [["村名", "甲村"], *rows],
        "乙村": [["村名", "乙村"], *rows],
        "丙村": [["村名", "丙村"], *rows, ["两委班子", "是"]],
    }
    result = run([workbook(tmp_path / "表.xlsx", sheets)], BY)

    assert [("Y", "乙村"), ("Y", "甲村"), ("Z", "甲村")] == sorted(
        (str(found.field), found.where.sheet) for found in result.diagnostics if found.code == "T205"
    )


def test_headings_in_a_form_are_not_left_unread(tmp_path: Path) -> None:
    """What stands alone over names that were read; a sentence, a figure and what nothing follows are said."""
    rows = [
        ["表", None, None],
        ["乡镇", "河乡", None],
        ["村名", "甲村", None],
        ["一、基本情况", None, None],
        ["人口", 7, None],
        [None, "经济情况：", None],
        [],
        ["收入", 5, None],
        ["以下各项，按月填", None, None],
        ["户数", 2, None],
        [None, None, 9],
        ["两委班子", "是", None],
    ]
    result = run([workbook(tmp_path / "表.xlsx", rows)], BY)

    assert ["A9", "C11"] == result.cells("T211")


def test_the_layout_names_the_cells_of_a_form(tmp_path: Path) -> None:
    """--explain-layout: the rows the form takes, and the address of each value."""
    path = workbook(
        tmp_path / "表.xlsx", [["表"], ["乡镇", "河乡", "村名", "甲村"], ["收入", 5, "人口", 7], ["户数", 2]]
    )
    outcome = run([path], BY).outcome
    (file,) = explained(outcome.files, outcome.diagnostics, BY, "zh")
    (table,) = file.sheets[0].tables

    assert ("A2:A4", 2, 4) == (table.header, table.first_row, table.last_row)
    assert ["B2", "D2", "B3", "D3", "B4"] == [column.column for column in table.columns]


def test_private_numbers_in_forms(tmp_path: Path) -> None:
    """F113 at the name of an item that holds them, whatever else is read; F140 where they belong to no item."""
    rows = [
        ["乡镇", "河乡", None],
        ["村名", "甲村", None],
        ["收入", 5, None],
        ["两委班子", "是", None],
        ["人口", 7, None],
        ["书记身份证号", "11010519491231002X", None],
        ["填表人电话：13800138000", None, None],
    ]
    result = run([workbook(tmp_path / "表.xlsx", rows)], BY)

    assert ["A6"] == result.cells("F113")
    assert ["A7"] == result.cells("F140")


def test_hidden_cells_of_a_form_are_said(tmp_path: Path) -> None:
    """T209 names the hidden values by their addresses."""
    path = workbook(
        tmp_path / "表.xlsx", [["乡镇", "河乡"], ["村名", "甲村"], ["收入", 5], ["两委班子", "是"], ["人口", 7]]
    )
    made = load_workbook(path)
    made.worksheets[0].row_dimensions[3].hidden = True
    made.save(path)
    (found,) = [found for found in run([path], BY).diagnostics if found.code == "T209"]

    assert "B3" in str(found.found)


def test_comments_on_cells_of_a_form_are_said(tmp_path: Path) -> None:
    """V324 at the value's own cell."""
    path = workbook(
        tmp_path / "表.xlsx", [["乡镇", "河乡"], ["村名", "甲村"], ["收入", 5], ["两委班子", "是"], ["人口", 7]]
    )
    made = load_workbook(path)
    made.worksheets[0]["B3"].comment = Comment("暂估", "张三")
    made.save(path)

    assert ["B3"] == run([path], BY).cells("V324")


def test_wrong_cells_of_a_form_are_marked_where_they_are(tmp_path: Path) -> None:
    """The copy given back has its mark in the form's own cell, and no column beside it."""
    path = book(tmp_path / "表单.xlsx", VILLAGES, NAMES, blocks=2)
    result = run([path], BY)
    (wrong,) = [found for found in result.diagnostics if found.level == "error"]
    give_back(result.outcome.files, result.diagnostics, result.outcome.ledger, tmp_path / "out", lang="zh", labels={})
    copy = load_workbook(tmp_path / "out" / "表单.xlsx")
    cell = copy[str(wrong.where.sheet)][str(wrong.where.cell)]

    assert "约12万" == cell.value
    assert cell.comment is not None
    assert copy["甲村"].max_column == load_workbook(path)["甲村"].max_column


def test_one_name_in_two_groups(tmp_path: Path) -> None:
    """The name with its group is another column of the scheme: it is that one."""
    spellings = {"A": "2022年人口", "B": "人口", "C": "户数", "D": "党员"}
    items = [criterion(key, "至少: 1", "整数", "单位: 人", f"列名: [{name}]") for key, name in spellings.items()]
    rows = [["平原县河乡2022年6月登记表"], ["村名", None, "甲村"], ["2022年", "人口", 100], ["其他", "户数", 30]]
    rated = run(workbook(tmp_path / "a.xlsx", [*rows, [None, "党员", 7]]), scheme(scheme_text({"星": ("全部", items)})))

    assert [100, None, 30, 7] == [rated.value("甲村", key) for key in spellings]


def test_a_name_with_blanks_between_its_letters_is_as_long_as_its_letters(tmp_path: Path) -> None:
    """A long name that is spaced out to fill its cell is a name still, also where most items are blank."""
    name = "王\u3000家\u3000洼\u3000村\u3000村\u3000委\u3000会"
    rows = [
        ["平原县河乡2022年6月登记表"],
        ["乡镇", "河乡"],
        ["村名", name],
        ["收入", ""],
        ["两委班子", "是"],
        ["户数", ""],
    ]

    result = run(workbook(tmp_path / "表.xlsx", rows), BY)

    assert [name] == result.names
    assert "met" == result.verdicts(name)["Y"]


def test_a_figure_behind_a_blank_cell_is_a_remark_where_values_stand_beside_their_names(tmp_path: Path) -> None:
    """It is said to be unread, and the value is blank; where all values stand apart from their names it is one."""
    rows: list[list[Any]] = [
        ["平原县河乡2022年6月登记表", None, None],
        ["乡镇", "河乡"],
        ["村名", "甲村"],
        ["两委班子", "是"],
        ["收入", None, 7],
    ]
    beside = run(workbook(tmp_path / "一.xlsx", rows), BY)
    apart = run(workbook(tmp_path / "二.xlsx", [[row[0], None, row[-1]] for row in rows]), BY)

    assert "unknown" == beside.verdicts("甲村")["X"]
    assert ["C5"] == [found.where.cell for found in beside.diagnostics if found.code == "T211"]
    assert 7 == apart.value("甲村", "X")
