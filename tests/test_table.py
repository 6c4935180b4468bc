"""Finding the table: the header by its words, the body without what is not data, and nothing left out in silence."""

from __future__ import annotations

import time
from itertools import product
from pathlib import Path

import pytest

from builders_workbook import cells_of, sheet_of
from starcheck.table import Header, Table, find_tables
from starcheck.units import normalise_header, split_unit
from starcheck.workbook import Cell, Limits, Sheet, read_workbook

KNOWN = frozenset(
    {
        "序号",
        "乡镇",
        "村名",
        "村",
        "村社区",
        "单位名称",
        "编码",
        "总人口",
        "人口",
        "保洁人员",
        "村集体经济收入",
        "经营收入",
        "其他收入",
        "黑臭水体",
        "幸福院",
        "村庄规划",
        "养老服务数量",
    }
)


def tables_of(grid: str, *merged: str, known: frozenset[str] = KNOWN) -> list[Table]:
    """Find the tables of a text grid."""
    return list(find_tables(sheet_of(grid, merged=merged), known)[0])


def table_of(grid: str, *merged: str) -> Table:
    """Find the one table of a text grid."""
    (table,) = tables_of(grid, *merged)
    return table


def names(table: Table) -> list[str]:
    """List the first candidate of each header."""
    return [header.candidates()[0][0] for header in table.headers]


def column(table: Table, name: str) -> list[Cell]:
    """Read the body of the column of a name."""
    header = next(header for header in table.headers if name in {text for text, _ in header.candidates()})
    return table.cells(header.column)


def codes(sheet: Sheet) -> list[str]:
    """List the codes of what is said about a sheet's tables."""
    return [note.code for note in find_tables(sheet, KNOWN)[1]]


# --- headers


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("村 名\n", "村名"),
        ("其中：经营收入", "其中经营收入"),
        ("村（社区）", "村社区"),
        ("ＮＯ．", "no"),
        ("“三零”达标、", "三零达标"),
        ("\u3000\ufeff", ""),
    ],
)
def test_normalised_headers(text: str, expected: str) -> None:
    """Width, case, spaces, line breaks and punctuation make no difference between headers."""
    assert normalise_header(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("人口（人）", ("人口", "人")),
        ("收入(万元)", ("收入", "万元")),
        ("完成率（％）", ("完成率", "%")),
        ("完成率【‰】 ", ("完成率", "‰")),
        ("收入（单位：元）", ("收入", "元")),
        ("面积 (㎡)", ("面积", "m2")),
        ("收入（不含补助）（万元）", ("收入(不含补助)", "万元")),
        ("村（社区）", ("村（社区）", None)),
        ("收入（万元）合计", ("收入（万元）合计", None)),
        ("（人）", ("", "人")),
    ],
)
def test_unit_of_a_header(text: str, expected: tuple[str, str | None]) -> None:
    """The last bracket is cut off if it holds a unit; a bracket that holds none belongs to the name."""
    assert split_unit(text) == expected


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (("基本情况", "总人口(人)"), (("总人口", "人"), ("基本情况总人口", "人"))),
        (("养老服务", "数量"), (("数量", None), ("养老服务数量", None))),
        (("村集体经济收入", "（万元）"), (("村集体经济收入", "万元"),)),
        (("村集体经济收入", "万元"), (("村集体经济收入", "万元"),)),
        (("收入（元）", "经营收入"), (("经营收入", "元"), ("收入经营收入", "元"))),
        (("村名",), (("村名", None),)),
        (("户",), (("户", None),)),
        (("（户）",), (("户", "户"),)),
        (("——",), ()),
    ],
)
def test_candidates(texts: tuple[str, ...], expected: tuple[tuple[str, str | None], ...]) -> None:
    """A column is known by its lowest text, else by all joined; a unit may stand in a row or at the group's label."""
    assert Header(0, texts).candidates() == expected


# --- where the header is


def test_plain_table() -> None:
    """A header in the first row, and every row under it."""
    table = table_of("""
序号 | 村名 | 人口（人）
1 | 孟村 | 5
2 | 赵庄 | 6
""")

    assert ("A1:C1", [1, 2], (), ()) == (table.range(), table.body, table.above, table.below)
    assert table.cells(1) == ["孟村", "赵庄"]


MESSY = """
清丰县马庄桥镇“五星”支部创建工作台账（2022年6月）
填报单位（盖章）：马庄桥镇 | | | 填报时间：2022.6.28
序号 | 乡镇 | 村名 | 基本情况 | | 产业兴旺星 |
 | | | 总人口(人) | 保洁人员（人） | 经营收入（万元） | 其他收入(万元)
1 | 马庄桥镇 | 东关村 | 1662 | 5 | 21.1 | 0.3
2 | | 孟村 | 1444 | 4 | 17.3 | 5.9
合计 | | | 3106 | 9 | 38.4 | 6.2
填表人： | | | 审核人： | | | 注：本表一式两份
"""
MERGES = ("A1:G1", "A3:A4", "B3:B4", "C3:C4", "D3:E3", "F3:G3", "B5:B6")


@pytest.mark.parametrize("merges", [(), MERGES])
def test_two_rows_of_header(merges: tuple[str, ...]) -> None:
    """Group labels over leaves are understood with merges and, as yearbooks draw them, without."""
    table = table_of(MESSY, *merges)

    assert ("A3:G4", [4, 5, 6]) == (table.range(), table.body)
    assert [header.texts for header in table.headers] == [
        ("序号",),
        ("乡镇",),
        ("村名",),
        ("基本情况", "总人口(人)"),
        ("基本情况", "保洁人员（人）"),
        ("产业兴旺星", "经营收入（万元）"),
        ("产业兴旺星", "其他收入(万元)"),
    ]
    assert table.above[1:] == ("填报单位（盖章）：马庄桥镇", "填报时间：2022.6.28")
    assert table.below == ("填表人：", "审核人：", "注：本表一式两份")


def test_merged_township_is_filled_down() -> None:
    """The value of a vertical merge is every row's, in that column and on request only."""
    table = table_of(MESSY, *MERGES)

    assert table.cells(1) == ["马庄桥镇", None, None]
    assert table.cells(1, fill_merged=True) == ["马庄桥镇", "马庄桥镇", None]
    assert table.cells(2, fill_merged=True) == table.cells(2)
    assert table.cells(99) == [None] * 3


def test_absolute_places() -> None:
    """Rows and columns are those of the sheet, wherever the first filled cell stands."""
    sheet = sheet_of("说明\n序号 | 村名 | 人口\n1 | 孟村 | 5\n2 |  | 6", merged=["D4:D5"], top=1, left=2)
    (table,), _ = find_tables(sheet, KNOWN)

    assert ("C3:E3", 2, 2, [3, 4]) == (table.range(), table.header_first, table.header_last, table.body)
    assert table.cells(3, fill_merged=True) == ["孟村", "孟村"]


def test_three_rows_of_header() -> None:
    """Labels over labels over leaves."""
    table = table_of(
        """
序号 | 村名 | 指标 | | |
 | | 产业 | | 生态 |
 | | 经营收入 | 其他收入 | 保洁人员 | 黑臭水体
1 | 孟村 | 1 | 2 | 3 | 4
""",
        "A1:A3",
        "B1:B3",
        "C1:F1",
    )

    assert ("A1:F3", [3]) == (table.range(), table.body)
    assert table.headers[4].texts == ("指标", "生态", "保洁人员")


@pytest.mark.parametrize("merges", [(), ("A1:A2", "B1:B2", "C1:D1")])
def test_leaves_that_nobody_knows(merges: tuple[str, ...]) -> None:
    """Leaves known only with their group's label are header too: no row of data is blank under the name."""
    table = table_of(
        """
序号 | 村名 | 养老服务 |
 | | 数量 | 名称
1 | 孟村 | 3 | 甲
""",
        *merges,
    )

    assert ("A1:D2", [2]) == (table.range(), table.body)
    assert table.headers[2].candidates()[1] == ("养老服务数量", None)


YEARS = frozenset({"村名", "编码", "村集体经济收入", "人口", "黑臭水体", "2020年末人数", "2021年末人数"})


@pytest.mark.parametrize("over", [("其他", "生态"), ("其他", "")])
def test_a_label_that_was_lost_is_not_that_of_the_column_beside(over: tuple[str, str]) -> None:
    """2021年末 was deleted: what stood under it is not another 人数 of 2020年末, which would fill its blanks."""
    grid = f"""
村名 | 经济 | {over[0]} | {over[1]}
 | 人口 | 2020年末 |
 | | （一）人数 | 人数
孟村 | 1 | | 55
"""
    lost, whole = (
        tables_of(text, known=YEARS)[0] for text in (grid, grid.replace("2020年末 |", "2020年末 | 2021年末"))
    )

    assert ["2020年末人数"] == [name for name, _ in lost.headers[2].candidates() if name in YEARS]
    assert [] == [name for name, _ in lost.headers[3].candidates() if name in YEARS]
    assert ["2021年末人数"] == [name for name, _ in whole.headers[3].candidates() if name in YEARS]


def test_a_label_that_a_leaf_repeats() -> None:
    """The leaf stays, whatever is taken back of the label over it."""
    table = table_of("村名 | 人口 | | 幸福院\n | 人口 | 人口 |\n孟村 | 5 | 6 | 是")

    assert [("村名",), ("人口",), ("人口",), ("幸福院",)] == [header.texts for header in table.headers]


def test_a_blank_row_under_the_first_of_a_header_of_four() -> None:
    """Leaves two rows below the blank one are seen by what stands in no column of the first row; their units count."""
    (table,) = tables_of(
        """
村名 | 编码 | 7.村集体经济收入 | 基本情况 | | 治理

 | | | 产业发展 | 民生 | 党的建设
 | | | 2020年末 | 人口 | 黑臭水体
 | | （亿元） | 人数 | （人） | （处）
孟村 | 4109 | 61.9 | 62 | 5 | 无
""",
        known=YEARS,
    )

    assert "A1:F5" == table.range()
    assert ("村集体经济收入", "亿元") in table.headers[2].candidates()


def test_names_in_the_lower_row() -> None:
    """Group labels may stand over leaves while the names stand beside the leaves."""
    table = table_of("""
 | | 基本情况 | | 产业兴旺 |
序号 | 村名 | 总人口 | 保洁人员 | 经营收入 | 其他收入
1 | 孟村 | 1 | 2 | 3 | 4
""")

    assert ("A1:F2", ()) == (table.range(), table.above)
    assert table.headers[3].texts == ("基本情况", "保洁人员")


def test_a_known_group_over_known_leaves() -> None:
    """A label that is itself a known header still heads its leaves."""
    table = table_of("""
序号 | 村名 | 村集体经济收入 | | 总人口
 | | 经营收入 | 其他收入 |
1 | 孟村 | 1 | 2 | 3
""")

    assert ("A1:E2", [2]) == (table.range(), table.body)
    assert names(table) == ["序号", "村名", "经营收入", "其他收入", "总人口"]


def test_row_of_units_and_of_numbers() -> None:
    """A row of units under the names is header, a row that numbers the columns is nothing."""
    table = table_of("""
序号 | 村名 | 人口 | 经营收入
 | | （人） | （万元）
甲 | 乙 | 1 | 2
1 | 孟村 | 5 | 6
""")
    other = table_of("""
序号 | 村名 | 人口 | 经营收入 | 其他收入
（1） | (2) | (3) | (4)=(3)/2 | (5)
1 | 孟村 | 5 | 6 | 7
""")

    assert ("A1:D2", [3]) == (table.range(), table.body)
    assert [header.candidates()[0] for header in table.headers][2:] == [("人口", "人"), ("经营收入", "万元")]
    assert other.body == [2]


@pytest.mark.parametrize("blank", [1, 3])
@pytest.mark.parametrize("drawn", ["merged", "plain", "text"])
@pytest.mark.parametrize("places", [*product((0, 1), repeat=5)], ids=lambda places: "".join(map(str, places)))
def test_blank_rows_inside_a_header(places: tuple[int, ...], drawn: str, blank: int) -> None:
    """They end it nowhere: groups, leaves, units and the numbers of the columns may each stand apart."""
    rows: list[list[Cell]] = [["清丰县河乡台账（2022年6月）", None, None]]
    header: list[list[Cell]] = [
        ["村名", "基本情况", None],
        [None, "经济和人口", None],
        [None, "经营收入", "人口"],
        [None, "元", "人"],
        ["甲", "1", "2"] if drawn == "text" else ["甲", 1.0, 2.0],
    ]
    at: list[int] = []
    for row, apart in zip(header, places, strict=True):
        at.append(len(rows))
        rows.append(row)
        rows += [[None] * 3 for _ in range(apart * blank)]
    first = len(rows)
    rows += [["孟村", "5", "6"], ["赵庄", "7", "8"]] if drawn == "text" else [["孟村", 5.0, 6.0], ["赵庄", 7.0, 8.0]]
    merged = ((at[0], 0, at[3], 0), (at[0], 1, at[0], 2), (at[1], 1, at[1], 2)) if drawn == "merged" else ()
    [table], _ = find_tables(Sheet("a.xlsx", "6月", rows, merged=merged), KNOWN)

    assert [first, first + 1] == table.body
    assert [("村名", None), ("经营收入", "元"), ("人口", "人")] == [found.candidates()[0] for found in table.headers]


@pytest.mark.parametrize(
    ("grid", "expected"),
    [
        ("序号 | 村名 | 人口\n\n1 | 孟村 | 五\n2 | 赵庄 | 六", [("A1:C1", 2)]),
        ("序号 | 村名 | 备注 | 人口\n\n | | 待核实 | 六", [("A1:D1", 1)]),
        ("乡镇 | 村名 | 黑臭水体 | 幸福院\n\n河乡 | 孟村 | 无 | 个\n河乡 | 赵庄 | 无 | 户", [("A1:D1", 2)]),
        ("村名 | 人口 | 幸福院 | 乡镇\n\n村名 | 人口 | 经营收入\n孟村 | 5 | 6", [("A1:D1", 0), ("A3:C3", 1)]),
        ("马庄桥镇 | 汇总\n\n序号 | 村名 | 人口\n1 | 孟村 | 5", [("A3:C3", 1)]),
    ],
)
def test_data_and_titles_behind_blank_rows_are_no_header(grid: str, expected: list[tuple[str, int]]) -> None:
    """Villages and their words are data, another header begins a table, and a title stays above."""
    assert expected == [(table.range(), len(table.body)) for table in tables_of(grid)]


@pytest.mark.parametrize("line", ["A | B | C=D+E", "A | B | ①", "A | B | C"])
def test_row_of_letters_for_numbers(line: str) -> None:
    """Letters that number the columns are no village; others, or out of order, are data."""
    assert [3] == list(table_of(f"马庄桥镇\n村名 | 人口 | 经营收入\n{line}\n东关村 | 5 | 6").body)
    assert [2, 3] == list(table_of(f"马庄桥镇\n村名 | 人口 | 经营收入\n{line[::-1]}\n东关村 | 5 | 6").body)


def test_a_village_is_no_column_number() -> None:
    """A first row of data that happens to hold ascending numbers stays."""
    assert table_of("序号 | 村名 | 人口\n1 | 孟村 | 2").body == [1]


def test_row_of_data_blank_under_every_name() -> None:
    """A first row without a name, as texts of a CSV, is still data: numbers are no header."""
    (table,), _ = find_tables(
        Sheet("a.csv", None, [["序号", "村名", "甲"], [None, None, "5"], ["1", "孟村", "6"]]), KNOWN
    )

    assert table.body == [1, 2]


def test_header_far_down_and_far_right() -> None:
    """The header may stand anywhere in the first rows and any column; blank columns in it are no headers."""
    grid = "\n".join(["填表说明", *["一、如实填写，不得漏报。"] * 35, "| | 序号 | 村名 | | 人口", "| | 1 | 孟村 | | 5"])
    table = table_of(grid)

    assert ("C37:F37", [2, 3, 5]) == (table.range(), [header.column for header in table.headers])
    assert len(table.above) == 36


def test_line_breaks_and_width_in_headers() -> None:
    """Headers set vertically or in full width are the same headers."""
    assert names(
        table_of("序\n号 | 村\n名 | 人 口（人）\n1 | 孟村 | 5".replace("\n号", "号").replace("\n名", "名"))
    ) == [
        "序号",
        "村名",
        "人口",
    ]


def test_preamble_of_keys_and_values_is_no_header() -> None:
    """A line like 单位名称 | 马庄桥镇 above the header stays above, so that the township can be found there."""
    table = table_of("""
单位名称 | 马庄桥镇 | 填报时间 | 2022年6月
序号 | 村名 | 人口 | 经营收入
1 | 孟村 | 5 | 6
""")

    assert ("A2:D2", "马庄桥镇") == (table.range(), table.above[1])


@pytest.mark.parametrize("title", ["单位：万元", "马庄桥镇 | | 2022年6月", "附件1", "村名"])
def test_titles_are_no_header(title: str) -> None:
    """A title, a line of units or a date above the header does not belong to it."""
    table = table_of(f"{title}\n序号 | 村名 | 人口\n1 | 孟村 | 5")

    assert ("A2:C2", title.split(" ", maxsplit=1)[0]) == (table.range(), table.above[0])


# --- no table


@pytest.mark.parametrize(
    "grid",
    [
        "填表说明\n一、本表由村名所在乡镇填写。\n二、人口指户籍人口。",
        "村名\n人口",
        "村名 | 填写全称",
        "学号 | 姓名 | 成绩\n1 | 甲 | 90",
        "列名 | 类型 | 说明\n村名 | 文本 | 全称\n人口 | 整数 | 户籍\n经营收入 | 数值 | 万元\n其他收入 | 数值 | 万元",
        "村名 | 村\n人口 | 总人口\n经营收入 | 其他收入\n保洁人员 | 黑臭水体",
        "村名" * 50,
    ],
)
def test_sheets_without_a_table(grid: str) -> None:
    """Instructions, dictionaries of the columns and other people's tables are no ledger: a note T201."""
    sheet = sheet_of(grid)

    assert ((), ["T201"]) == (find_tables(sheet, KNOWN)[0], codes(sheet))


def test_empty_sheet() -> None:
    """A sheet without a cell holds no table."""
    assert codes(Sheet("台账.xlsx", "空", [])) == ["T201"]


def test_one_known_column_among_several() -> None:
    """A list of villages whose other headers are unknown is a table all the same: the ledger says what is missing."""
    assert table_of("序 | 村名 | 收入情况\n1 | 孟村 | 5").body == [1]


# --- the body


def test_blank_rows_and_unfilled_forms() -> None:
    """Blank rows, rows of spaces and rows with only the serial number are not data; a name alone is."""
    table = table_of("序号 | 村名 | 人口\n1 | 孟村 | 5\n\n | \u3000 |\n2 | 赵庄 |\n3 | |\n4 | |")

    assert column(table, "村名") == ["孟村", "赵庄"]


def test_row_of_zeros_is_data() -> None:
    """Zeros are values, not blanks."""
    assert table_of("村名 | 人口 | 经营收入\n | 0 | 0").body == [1]


def test_totals_stay() -> None:
    """Totals first, in between and last are left to the ledger."""
    table = table_of("村名 | 人口 | 经营收入\n全镇合计 | 9 | 9\n孟村 | 4 | 4\n小计 | 4 | 4\n赵庄 | 5 | 5\n总计 | 9 | 9")

    assert len(table.body) == 5


@pytest.mark.parametrize(
    "footer",
    [
        "填表人：张三 | 审核人：李四 |",
        "填报人 | | 联系电话：0393-7260000",
        "单位负责人（签字）： | |",
        "注：本表一式两份\n\u3000\u3000\u3000一份留存",
        "备注： | |\n1.本表按月报送；2.逾期不候 | |\n",
        "数据来源：国家统计局 | |",
        "※ 人口为户籍人口 | |",
        "本表由各乡镇填写，每月28日前报送",
        " | | 填表日期：2022年6月28日",
        "\n\n填表人： | 1 | 2 | 3 | 4",
    ],
)
def test_footers(footer: str) -> None:
    """What stands below the data is set apart and kept as text."""
    table = table_of(f"序号 | 村名 | 人口\n1 | 孟村 | 5\n2 | 赵庄 | 6\n{footer}")

    assert column(table, "村名") == ["孟村", "赵庄"]
    assert table.below


@pytest.mark.parametrize(
    "row",
    [
        "3 | 审核村 | 6",
        "3 | （氵甸）沽村 |",
        " | 高村（原名：李村） |",
        "\u3000\u3000说明村 | 5 | 6",
        "合计 | | 11",
        " | 说明 | 5",
    ],
)
def test_last_rows_that_are_data(row: str) -> None:
    """Villages with odd names, indented ones, ones without values and totals are not taken for footers."""
    assert len(table_of(f"序号 | 村名 | 人口\n1 | 孟村 | 5\n{row}").body) == 2


def test_total_between_footers() -> None:
    """A total is data even where signatures stand above it."""
    table = table_of("序号 | 村名 | 人口\n1 | 孟村 | 5\n填表人： | |\n合计 | | 5\n注：无 | |")

    assert table.below == ("注：无",)
    assert column(table, "人口")[-1] == 5.0


def test_pages() -> None:
    """A header repeated on each page, with the page's title and signatures, is not data."""
    page = "台账（续） | | \n序号 | 村名 | 人口\n"
    first = "台账\n序号 | 村名 | 人口\n1 | 孟村 | 5\n填表人： | 审核人： |\n\n"
    table = table_of(f"{first}{page}2 | 赵庄 | 6\n第2页 | |\n{page}3 | 李庄 | 7")

    assert column(table, "村名") == ["孟村", "赵庄", "李庄"]
    assert ("台账",) == table.above
    assert set(table.below) == {"填表人：", "审核人：", "台账（续）", "第2页"}


def test_repeated_header_of_two_rows() -> None:
    """Both rows of a repeated header are left out."""
    head = "序号 | 村名 | 基本情况 |\n | | 总人口 | 保洁人员\n"

    assert column(table_of(f"{head}1 | 孟村 | 5 | 1\n{head}2 | 赵庄 | 6 | 2"), "村名") == ["孟村", "赵庄"]


def test_tables_below_each_other() -> None:
    """A second table with headers of its own is a table of its own, its title its own."""
    first, second = tables_of("""
一、集体经济
序号 | 村名 | 经营收入
1 | 孟村 | 5
二、人居环境
序号 | 村名 | 保洁人员 | 黑臭水体
1 | 孟村 | 3 | 0
2 | 赵庄 | 4 | 1
填表人：
""")

    assert (["序号", "村名", "经营收入"], [2]) == (names(first), first.body)
    assert (["序号", "村名", "保洁人员", "黑臭水体"], [5, 6]) == (names(second), second.body)
    assert (("一、集体经济",), ("二、人居环境",)) == (first.above, first.below)
    assert second.below == ("填表人：",)


# --- what is not read is said


def test_column_without_a_header() -> None:
    """Values under a blank header are not used, and T210 says so at the first of them."""
    sheet = sheet_of("序号 | 村名 | | 人口\n1 | 孟村 | | 5\n2 | 赵庄 | 7 | 6")
    _, (note,) = find_tables(sheet, KNOWN)

    assert ("T210", "C3", "7") == (note.code, note.where.cell, note.found)


def test_cells_beside_the_table() -> None:
    """Remarks beside the table are no data: a note T211."""
    sheet = sheet_of("| 序号 | 村名 | 人口\n旁注 | 1 | 孟村 | 5 | 已核\n | 2 | 赵庄 | 6 | 未核")

    assert codes(sheet) == ["T211", "T211"]


def test_csv_row_longer_than_its_header(tmp_path: Path) -> None:
    """A row with more cells than the header, moved by a comma in a text, is a warning T215 at that row."""
    rows = [f"{n},村{n},{n}" for n in range(300)]
    rows[250] = "250,村,250,3"
    path = tmp_path / "a.csv"
    path.write_text("\n".join(["序号,村名,人口", *rows]) + "\n", encoding="utf-8")
    small, _ = read_workbook(path)
    large, _ = read_workbook(path, limits=Limits(bulk_bytes=10))
    assert small is not None
    assert large is not None
    (note,) = find_tables(small.sheets[0], KNOWN)[1]
    (table,), _ = find_tables(large.sheets[0], KNOWN)

    assert ("T215", 252, "D252") == (note.code, note.where.line, note.where.cell)
    assert table.surplus() == ()
    assert table.bulk_columns([1], []) is not None
    assert [("T215", "D252")] == [(note.code, note.where.cell) for note in table.surplus()]


# --- large CSVs


def bulk_table(path: Path, text: str) -> Table:
    """Find the one table of a CSV that is read by columns."""
    path.write_text(text, encoding="utf-8", newline="")
    workbook, _ = read_workbook(path, limits=Limits(bulk_bytes=10))
    assert workbook is not None
    (table,), notes = find_tables(workbook.sheets[0], KNOWN)
    assert notes == ()
    return table


BODY = "".join(f"{n},村{n},{n}\r\n" for n in range(1, 501))


@pytest.mark.parametrize(
    "end", ["", "\r\n合计,,125250\r\n填表人：张三\r\n注：本表一式两份\r\n", "\r\n填表人：,审核人：,\r\n,,\r\n"]
)
def test_bulk_table(tmp_path: Path, end: str) -> None:
    """A large CSV has the same header and body as a small one, its footers set apart."""
    table = bulk_table(tmp_path / "a.csv", f"台账,,\r\n序号,村名,人口（人）\r\n1,2,3\r\n{BODY}{end}")
    columns = table.bulk_columns([1, 2], [2])
    names_read = table.cells(1)

    assert (True, "A2:C2", 3) == (table.bulk, table.range(), table.body[0])
    assert columns is not None
    assert len(table.body) == len(cells_of(columns[1])) == len(names_read)
    assert cells_of(columns[1]) == names_read
    assert names_read[499] == "村500"
    assert len(table.body) == (502 if "合计" in end else 500)
    assert bool(table.below) == bool(end)


def test_bulk_table_with_a_repeated_header(tmp_path: Path) -> None:
    """Files laid end to end repeat the header: such a CSV is read as cells, and the header left out."""
    table = bulk_table(tmp_path / "a.csv", f"序号,村名,人口\r\n{BODY}序号,村名,人口\r\n{BODY}")

    assert (False, 1000, None) == (table.bulk, len(table.body), table.bulk_columns([1], []))
    assert table.cells(1)[499:501] == ["村500", "村1"]


def test_bulk_table_without_a_body(tmp_path: Path) -> None:
    """A header alone has no rows to read by columns."""
    table = bulk_table(tmp_path / "a.csv", "序号,村名,人口\r\n")

    assert ([], None) == (list(table.body), table.bulk_columns([1], []))


def test_small_tables_have_no_surplus_to_ask_for() -> None:
    """Only a large CSV learns of long rows after reading."""
    assert table_of("序号 | 村名 | 人口\n1 | 孟村 | 5").surplus() == ()


@pytest.mark.slow
def test_fifty_thousand_rows_in_no_time() -> None:
    """Finding the body is linear and takes a fraction of a second for 50,000 rows of 33 columns."""
    header: list[Cell] = ["序号", "村名", *(f"指标{n}" for n in range(31))]
    rows = [header]
    rows += [[float(n), f"村{n}", *[1.0] * 31] for n in range(50_000)]
    sheet = Sheet("台账.xlsx", "6月", rows)
    begin = time.perf_counter()
    (table,), _ = find_tables(sheet, KNOWN | set(map(str, header)))

    assert (50_000, True) == (len(table.body), time.perf_counter() - begin < 1.5)
