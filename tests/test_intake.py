"""Tables to a ledger: headers, rows, totals, doubles, several files. DESIGN §6.2, asserted by code and cell."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from openpyxl import load_workbook

from builders_workbook import packed
from making import Rated, Rows, criterion, delimited, grid, rated, run, scheme, scheme_text, workbook
from starcheck.cells import Limits
from starcheck.column import Reason
from starcheck.inbox import county_in, period_in
from starcheck.intake import is_total, merge_values
from starcheck.workspace import Stop

BY = scheme(
    scheme_text(
        {
            "红星": ("全部", [criterion("X", "至少: 5", "数值", "单位: 万元", "列名: [收入, 集体收入]")]),
            "绿星": ("全部", [criterion("Y", "为: 是", "是否", "列名: [两委班子]")]),
        },
        fields=["人口: {列名: [人口], 类型: 整数, 单位: 人}"],
    )
)
REGISTER = (
    "编码 名称 乡镇\n410999100201 甲村 河乡\n410999100202 乙村 河乡\n410999100203 丙村 山乡\n410999100204 合计 山乡"
)

KNOWN = "编码 名称 乡镇\n410999100201 甲村 河乡\n410999100202 乙村 河乡\n410999100203 丙村 山乡"


def sheet(folder: Path, text: str, **told: object) -> Rated:
    """Rate one sheet of words."""
    return rated(folder, BY, grid(text), **told)  # type: ignore[arg-type]


# --- headers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "header",
    [
        "收入",
        "收 入",
        "收\n入",
        "集体收入",
        "收入（万元）",
        "收入(万元)",
        "收入【单位：万元】",
        "“收入”",
        "收入：",
        "收入 ",
    ],
)
def test_spellings_of_a_header(tmp_path: Path, header: str) -> None:
    """NFKC, case, spaces, line breaks, punctuation and a unit in the last bracket make no difference."""
    rows = [["乡镇", "村名", header, "两委班子"], ["河乡", "甲村", 5.2, "是"]]

    assert 5.2 == rated(tmp_path, BY, rows).value("甲村", "X")


@pytest.mark.parametrize("header", ["村名", "村", "行政村", "村（社区）", "名称", "单位名称"])
def test_spellings_of_the_name(tmp_path: Path, header: str) -> None:
    """All that DESIGN names."""
    assert ["甲村"] == rated(tmp_path, BY, [["乡镇", header, "收入", "两委班子"], ["河乡", "甲村", 5, "是"]]).names


@pytest.mark.parametrize("header", ["乡镇", "镇", "街道", "乡镇（街道）", "所属乡镇", "所属街道", "所在街道"])
def test_spellings_of_the_township(tmp_path: Path, header: str) -> None:
    """All that DESIGN names, and the street that a community belongs to."""
    result = rated(tmp_path, BY, [[header, "村名", "收入", "两委班子"], ["河乡", "甲村", 5, "是"]])

    assert ["河乡"] == list(result.outcome.ledger.units.township)


@pytest.mark.parametrize("header", ["县", "县（市、区）"])
def test_spellings_of_the_county(tmp_path: Path, header: str) -> None:
    """All that DESIGN names."""
    rows = [[header, "乡镇", "村名", "收入", "两委班子"], ["东县", "河乡", "甲村", 5, "是"]]

    assert ["东县"] == list(rated(tmp_path, BY, rows, county=None).outcome.ledger.units.county)


@pytest.mark.parametrize("header", ["编码", "代码", "行政区划代码"])
def test_spellings_of_the_code(tmp_path: Path, header: str) -> None:
    """All that DESIGN names; the code decides, also as a number."""
    rows = [[header, "村名", "收入", "两委班子"], [410999100202, "乙村", 5, "是"]]
    result = rated(tmp_path, BY, rows, register=grid(REGISTER))

    assert result.reported("乙村")


def test_a_strange_column_is_named(tmp_path: Path) -> None:
    """A header that means nothing is not read, and said."""
    result = sheet(tmp_path, "乡镇 村名 收入 两委班子 备用\n河乡 甲村 5 是 9")

    assert ["E1"] == result.cells("T203")


def test_an_absent_column_is_one_warning(tmp_path: Path) -> None:
    """Unknown for every unit, reason absent_column, said once."""
    result = sheet(tmp_path, "乡镇 村名 收入\n河乡 甲村 5\n河乡 乙村 6")

    assert {"甲村": (1, 2), "乙村": (1, 2)} == result.tiers()
    assert ["absent_column", "absent_column"] == [result.reasons(name)["Y"] for name in result.names]
    assert ["Y"] == [found.field for found in result.diagnostics if found.code == "T205"]


def absent(result: Rated) -> list[tuple[str | None, str, str | None]]:
    """Which columns are said to be absent, with file and sheet."""
    said = [found for found in result.diagnostics if found.code == "T205"]
    return [(found.field, Path(found.where.file or "").name, found.where.sheet) for found in said]


def test_columns_over_two_sheets_or_files_are_not_absent(tmp_path: Path) -> None:
    """Each sheet lacks the other's, and nothing is missing; nor where nobody knows the units of the second sheet."""
    one = grid("乡镇 村名 收入\n河乡 甲村 5\n河乡 乙村 6")
    two = grid("乡镇 村名 两委班子\n河乡 乙村 是\n河乡 甲村 是")
    whose = grid("村名 两委班子\n乙村 是\n甲村 是")
    known = delimited(tmp_path / "r.csv", grid(KNOWN))
    sheets = run(workbook(tmp_path / "a.xlsx", {"一": one, "二": two}), BY)
    below = run(workbook(tmp_path / "b.xlsx", [*one, [], *two]), BY)
    files = run([workbook(tmp_path / "c.xlsx", one), workbook(tmp_path / "d.xlsx", two)], BY)
    of_two = [*one, ["山乡", "丙村", 7]]
    unknown = run(workbook(tmp_path / "e.xlsx", {"一": of_two, "二": whose}), BY, register=known)

    assert [[]] * 4 == [absent(result) for result in (sheets, below, files, unknown)]
    assert "R424" in unknown.codes()
    assert [2, 2] == [files.tier(name) for name in ("甲村", "乙村")]


def test_a_column_absent_for_some_villages_is_said_where_they_stand(tmp_path: Path) -> None:
    """Of two sheets for different villages the one that lacks it; of two files each; what no sheet has once."""
    one, two = grid("乡镇 村名 收入\n河乡 甲村 5"), grid("乡镇 村名 收入 两委班子\n河乡 乙村 6 是")
    three = grid("乡镇 村名 收入\n山乡 丙村 5")
    part = run(workbook(tmp_path / "a.xlsx", {"一": one, "二": two}), BY)
    files = run([workbook(tmp_path / f"{n}.xlsx", rows) for n, rows in enumerate((one, three, one[:1] + two[1:]))], BY)
    none = run(workbook(tmp_path / "b.xlsx", {"一": one, "二": [*one[:1], ["河乡", "丁村", 6]], "三": three}), BY)

    assert [("Y", "a.xlsx", "一")] == absent(part)
    assert [("Y", f"{n}.xlsx", "台账") for n in range(3)] == absent(files)
    assert [("Y", "b.xlsx", "一"), ("Y", "b.xlsx", "三")] == absent(none)


def test_two_header_rows(tmp_path: Path) -> None:
    """The lowest text counts, else all joined from the top."""
    by = scheme(
        scheme_text(
            {
                "星": (
                    "全部",
                    [
                        criterion("A", "至少: 5", "数值", "列名: [经营收入]"),
                        criterion("B", "至少: 5", "数值", "列名: [上年收入]"),
                    ],
                )
            }
        )
    )
    rows = [["乡镇", "村名", "其中", None, "上年"], [None, None, "经营收入", "其他", "收入"], ["河乡", "甲村", 5, 1, 6]]
    file = workbook(tmp_path / "a.xlsx", rows, merged=["A1:A2", "B1:B2", "C1:D1"])
    result = run(file, by)

    assert [5, 6] == [result.value("甲村", "A"), result.value("甲村", "B")]


def test_title_units_numbers_footers(tmp_path: Path) -> None:
    """A title above, a row of units and one of column numbers, footers below: none of it is data."""
    rows: Rows = [
        ["平原县河乡2022年6月台账", None, None, None],
        ["填报单位：河乡", None, None, "单位：万元"],
        ["乡镇", "村名", "收入", "两委班子"],
        [1, 2, 3, 4],
        ["河乡", "甲村", 5, "是"],
        ["乡镇", "村名", "收入", "两委班子"],
        ["河乡", "乙村", 6, "否"],
        [None, None, None, None],
        ["填表人：某某", None, "审核：某某", None],
        ["注：收入为当年累计数", None, None, None],
    ]
    result = rated(tmp_path, BY, rows, period=None, county=None)

    assert {"甲村": 2, "乙村": 1} == result.proven()
    assert ("2022-06", "平原县") == (result.outcome.period, result.outcome.county)
    assert set() == result.codes("T211")


# --- rows -------------------------------------------------------------------------------------------------------------


def test_values_without_a_name(tmp_path: Path) -> None:
    """An error at the row; nothing is invented."""
    result = sheet(tmp_path, "乡镇 村名 收入 两委班子\n河乡 甲村 5 是\n河乡 - 6 是\n河乡 -- 7 是")

    assert ["甲村"] == result.names
    assert ["B3", "B4"] == result.cells("R401")


@pytest.mark.parametrize("name", ["1", "'007", "3.", "(3)5", "12、", "①", "⑴", "1.5", "?", "２", "***"])
@pytest.mark.parametrize("register", [None, KNOWN])
def test_a_number_is_no_name(tmp_path: Path, name: str, register: str | None) -> None:
    """Nor are marks: the row is set aside, and no unit is made of it; a row without values is a prepared one."""
    written = name.removeprefix("'")
    rows = [*grid("乡镇 村名 收入\n河乡 甲村 5"), ["河乡", written, 6], ["河乡", "2", None], *grid("河乡 乙村 7")]
    result = rated(tmp_path, BY, rows, register=None if register is None else grid(register))

    assert ["B3"] == result.cells("R444")
    assert {"甲村", "乙村"} == {name for name in result.names if result.reported(name)}
    assert not {"R401", "R402", "R403"} & result.codes()


@pytest.mark.parametrize("name", ["1村", "八一村", "101团", "三", "五七", "A1"])
def test_a_name_with_a_number_in_it(tmp_path: Path, name: str) -> None:
    """A character besides is enough; numbers in words are names, too."""
    result = rated(tmp_path, BY, [*grid("乡镇 村名 收入"), ["河乡", name, 6]])

    assert [name] == result.names
    assert "R444" not in result.codes()


def test_a_unit_whose_name_or_alias_is_a_number(tmp_path: Path) -> None:
    """What the register knows is a name; with a code the number beside it is none of ours."""
    known = grid("编码 名称 乡镇 别名\n410999100201 甲村 河乡 '18")

    assert rated(tmp_path, BY, grid("乡镇 村名 收入\n河乡 18 5"), register=known).reported("甲村")
    assert 1 == len(rated(tmp_path, BY, grid("编码 乡镇 村名 收入\n410999100201 河乡 18 5")).names)


def test_numbers_for_names_in_a_large_csv(tmp_path: Path) -> None:
    """Looked at row by row, as soon as there is one."""
    rows = [["乡镇", "村名", "收入"], *(["河乡", f"{place}号村", 5] for place in range(20)), ["河乡", 7, 5]]
    result = rated(tmp_path, BY, rows, name="a.csv", limits=Limits(bulk_bytes=10))

    assert ["B22"] == result.cells("R444")
    assert 20 == len(result.names)


@pytest.mark.parametrize("rows", ["河乡 - 6 是", "合计 - 6 -", "", "河乡 -- - -"])
def test_a_table_without_any_unit(tmp_path: Path, rows: str) -> None:
    """Nothing to rate is neither a crash nor fine: the run stops with exit 3, and what was there is said."""
    with pytest.raises(Stop) as stopped:
        sheet(tmp_path, f"乡镇 村名 收入 两委班子\n{rows}")
    said = [(found.code, found.where.cell) for found in stopped.value.diagnostics]

    assert 3 == stopped.value.exit_code
    assert ("R421", "A1") in said
    assert (rows == "河乡 - 6 是") == (("R401", "B2") in said)


def test_a_name_without_values(tmp_path: Path) -> None:
    """A unit, all blank: unknown, not unmet, and not unreported."""
    result = sheet(tmp_path, "乡镇 村名 收入 两委班子\n河乡 甲村 5 是\n河乡 乙村 - -", register=grid(REGISTER))

    assert ((0, 2), True) == (result.tiers()["乙村"], result.reported("乙村"))
    assert ["乙村"] == result.units("R402")


def test_a_blank_township_is_the_one_above(tmp_path: Path) -> None:
    """With a note; the next filled one begins a new one."""
    result = sheet(tmp_path, "乡镇 村名 收入 两委班子\n河乡 甲村 5 是\n- 乙村 5 是\n山乡 丙村 5 是\n- 丁村 5 是")

    assert ["河乡", "河乡", "山乡", "山乡"] == list(result.outcome.ledger.units.township)
    assert ["A3"] == result.cells("R414")


def test_a_vertical_merge_of_the_township(tmp_path: Path) -> None:
    """Every row inside it, without a note."""
    file = workbook(
        tmp_path / "a.xlsx", grid("乡镇 村名 收入 两委班子\n河乡 甲村 5 是\n- 乙村 6 是\n- 丙村 7 是"), merged=["A2:A4"]
    )
    result = run(file, BY)

    assert ["河乡"] * 3 == list(result.outcome.ledger.units.township)
    assert [] == result.cells("R414")


def test_a_vertical_merge_of_the_name(tmp_path: Path) -> None:
    """Two rows of one village: values complete each other."""
    file = workbook(tmp_path / "a.xlsx", grid("乡镇 村名 收入 两委班子\n河乡 甲村 5 -\n河乡 - - 是"), merged=["B2:B3"])

    assert {"甲村": (2, 2)} == run(file, BY).tiers()


@pytest.mark.parametrize("register", [None, REGISTER])
def test_a_value_merged_over_several_villages_is_nobodys(tmp_path: Path, register: str | None) -> None:
    """Only 乡镇 and 村 are filled down. The value is unknown for all of them: one error at the cell, no blanks.

    The row of an unknown name counts as somebody's.
    """
    rows = grid("乡镇 村名 收入 两委班子\n河乡 甲村 5 是\n河乡 乙村 - -\n河乡 东官村 3 是")
    file = workbook(tmp_path / "a.xlsx", rows, merged=["C2:C3", "D2:D3"])
    known = None if register is None else delimited(tmp_path / "r.csv", grid(register))
    result = run(file, BY, register=known)

    assert ["C2", "D2"] == result.cells("V334")
    assert [] == result.cells("V313")
    assert [("unreadable", "unreadable")] * 2 == [
        (result.reason(name, "X"), result.reason(name, "Y")) for name in ("甲村", "乙村")
    ]


def test_a_merge_that_is_written_again_and_again_is_said_once(tmp_path: Path) -> None:
    """The same merge five hundred times, and those that lie in it: one error."""
    rows = grid("乡镇 村名 收入 两委班子\n河乡 甲村 5 是\n河乡 乙村 - 是\n河乡 丙村 - 是")
    with zipfile.ZipFile(workbook(tmp_path / "once.xlsx", rows, merged=["C2:C4"])) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    once, sheet = b'<mergeCell ref="C2:C4"/>', "xl/worksheets/sheet1.xml"
    assert once in parts[sheet]
    again = once * 500 + once.replace(b"C4", b"C3") + once.replace(b"C2", b"C3")
    file = packed(parts | {sheet: parts[sheet].replace(once, again)}, tmp_path / "a.xlsx")

    assert ["C2"] == run(file, BY).cells("V334")


@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("place", [3, 900])
def test_a_row_of_a_csv_that_a_comma_has_moved_is_not_used(tmp_path: Path, place: int, *, large: bool) -> None:
    """1,200 without quotation marks: what stands behind it is another column's. A remark left over moves nothing."""
    plain = {n: f"河乡,村{n},300,5.2,是" for n in range(1000)}
    plain[place] = "河乡,甲村,1,200,5.2,是"
    plain[place + 1] = "河乡,乙村,30,修路,通水,5"
    plain[place + 2] = "河乡,丙村,300,5.2,是,已核"
    plain[place + 3] = "河乡,丁村,1,200,5.2,是,已核"
    plain[place + 4] = "河乡,戊村,1,200,5.2,"
    path = tmp_path / "a.csv"
    path.write_text("\n".join(["乡镇,村名,人口,收入,两委班子", *plain.values()]) + "\n", encoding="utf-8")
    result = run(path, BY, limits=Limits(bulk_bytes=10) if large else None)
    line = place + 2

    assert [f"C{line}", f"F{line + 1}", f"C{line + 3}", f"C{line + 4}"] == result.cells("V336")
    assert ["甲村", "乙村", "丁村", "戊村"] == result.units("V336")
    for name in ("甲村", "乙村", "丁村", "戊村"):
        assert ["unreadable"] * 3 == [result.reason(name, key) for key in ("人口", "X", "Y")]
    assert (300, 5.2) == (result.value("丙村", "人口"), result.value("丙村", "X"))
    assert {"甲村": (0, 2), "丙村": (2, 2)}.items() <= result.tiers().items()


def test_cells_of_three_digits_beside_others_are_what_they_are(tmp_path: Path) -> None:
    """In rows as long as the header, the blank cells at its end included, or shorter."""
    path = tmp_path / "a.csv"
    rows = ["乡镇,村名,人口,收入,两委班子,", "河乡,甲村,12,300,是,", "河乡,乙村,12,300,是", "河乡,丙村,12,300", "河乡"]
    path.write_text("\n".join(rows), encoding="utf-8")
    result = run(path, BY)

    assert [] == result.cells("V336")
    assert [(12, 300)] * 3 == [
        (result.value(name, "人口"), result.value(name, "X")) for name in ("甲村", "乙村", "丙村")
    ]


def test_a_total_that_a_comma_has_moved_is_not_compared(tmp_path: Path) -> None:
    """Nobody knows what it says."""
    path = tmp_path / "a.csv"
    path.write_text("乡镇,村名,人口,收入,两委班子\n河乡,甲村,1200,5,是\n河乡,合计,1,200,5,\n", encoding="utf-8")

    assert [] == run(path, BY).cells("J502")


def test_a_value_merged_over_one_village_and_a_row_set_aside_is_nobodys(tmp_path: Path) -> None:
    """It may be that of the row whose name is not in the register."""
    rows = grid("乡镇 村名 收入 两委班子\n河乡 甲村 5 是\n河乡 东官村 - 是\n河乡 乙村 6 是")
    file = workbook(tmp_path / "a.xlsx", rows, merged=["C2:C3"])
    result = run(file, BY, register=delimited(tmp_path / "r.csv", grid(REGISTER)))

    assert ["C2"] == result.cells("V334")
    assert None is result.value("甲村", "X")


def test_other_merges_of_values_are_those_of_one_village(tmp_path: Path) -> None:
    """Across columns, over a blank row, over two rows of one village; a blank is blank; unused columns are silent."""
    rows = grid("""
乡镇 村名 收入 两委班子 备用
河乡 甲村 5 是 同
- - - - -
河乡 乙村 6 - -
河乡 丁村 - 是 -
河乡 戊村 - 是 -
""")
    file = workbook(tmp_path / "a.xlsx", rows, merged=["C2:C3", "E2:E3", "D4:E4", "C5:C6"])
    result = run(file, BY)

    assert [] == result.cells("V334")
    assert [5, 6] == [result.value(name, "X") for name in ("甲村", "乙村")]
    assert ["C5", "C6", "D4"] == sorted(map(str, result.cells("V313")))
    twice = workbook(tmp_path / "b.xlsx", grid("乡镇 村名 收入\n河乡 甲村 5\n河乡 甲村 -"), merged=["C2:C3"])

    assert 5 == run(twice, BY).value("甲村", "X")


@pytest.mark.parametrize("title", ["平原县河乡2022年6月台账", "河乡台账"])
def test_the_township_from_the_title(tmp_path: Path, title: str) -> None:
    """Without a column, if the register knows it."""
    rows = [[title, None, None], ["村名", "收入", "两委班子"], ["甲村", 5, "是"], ["乙村", 6, "是"]]
    result = rated(tmp_path, BY, rows, register=grid(REGISTER))

    assert (2, 2) == (result.tier("甲村"), result.tier("乙村"))


def test_the_township_from_the_file_or_sheet(tmp_path: Path) -> None:
    """The name of the sheet or of the file will do; where there is none it is an error."""
    register = delimited(tmp_path / "register.csv", grid(REGISTER))
    rows = grid("村名 收入 两委班子\n甲村 5 是")
    by_sheet = workbook(tmp_path / "a.xlsx", {"河乡": rows})
    by_file = workbook(tmp_path / "河乡6月.xlsx", rows)
    neither = workbook(tmp_path / "b.xlsx", rows)

    assert [2, 2] == [run(file, BY, register=register).tier("甲村") for file in (by_sheet, by_file)]
    assert {"T213"} <= run(neither, BY, register=register).codes()
    assert not run(neither, BY, register=register).reported("甲村")


OF_TWO = """
编码 名称 乡镇
410999100201 王庄村 韩村镇
410999100202 刘庄村 韩村镇
410999100203 张庄村 韩村镇
410999100204 孟村 韩村镇
410999101201 王庄村 马庄桥镇
410999101202 李庄村 马庄桥镇
410999102201 东关村 王庄镇
"""


def around(
    folder: Path,
    names: str,
    *,
    file: str = "a",
    title: str | None = None,
    sheet: str = "台账",
    known: str | None = OF_TWO,
) -> Rated:
    """Rate villages without a column of townships; title, sheet and file are called as given."""
    rows = [*([[title]] if title else []), ["村名", "收入", "两委班子"], *([name, 5, "是"] for name in names.split())]
    register = None if known is None else delimited(folder / "known.csv", grid(known))
    return run(workbook(folder / f"{file}.xlsx", {sheet: rows}), BY, register=register)


def message(result: Rated, code: str) -> str:
    """What is said with a code, once."""
    (said,) = [found for found in result.diagnostics if found.code == code]
    return said.message("zh")


def townships(result: Rated) -> set[str]:
    """Those of the units that have a row."""
    units = result.outcome.ledger.units
    return {town for town, here in zip(units.township, units.reported.tolist(), strict=True) if here}


@pytest.mark.parametrize(
    ("title", "period"),
    [
        ("马庄桥镇2022年6月台账", "2022-06"),
        ("二〇二二年六月台账", "2022-06"),
        ("2022-06-报表", "2022-06"),
        ("2022年5月、6月台账", None),
        ("2022年5-6月台账", None),
        ("2022年1—6月台账", None),
        ("2022年5月至6月台账", None),
        ("2022年5月份和6月份台账", None),
    ],
)
def test_a_title_of_several_months_names_none(title: str, period: str | None) -> None:
    """Neither the first nor the last of them is the ledger's: --period says which."""
    assert period == period_in(title)


@pytest.mark.parametrize(
    ("said", "source"),
    [
        ({"title": "平原县韩村镇台账"}, "标题“平原县韩村镇台账”"),
        ({"sheet": "韩村镇6月"}, "工作表名“韩村镇6月”"),
        ({"file": "韩村台账"}, "文件名“韩村台账.xlsx”"),
    ],
)
def test_what_says_the_township_is_named(tmp_path: Path, said: dict[str, str], source: str) -> None:
    """Not merely that it was one of title, sheet and file."""
    result = around(tmp_path, "王庄村", **said)

    assert source in message(result, "T214")
    assert {"韩村镇"} == townships(result)


def test_the_township_from_the_folder(tmp_path: Path) -> None:
    """Where nothing else says one, and in full only; it contradicts nothing."""
    for name in ("韩村镇", "韩村"):
        (tmp_path / name).mkdir()

    assert "文件夹名“韩村镇”" in message(around(tmp_path / "韩村镇", "王庄村"), "T214")
    assert "T213" in around(tmp_path / "韩村", "王庄村").codes()
    assert not {"T225", "T213"} & around(tmp_path / "韩村镇", "王庄村", file="马庄桥镇").codes()


@pytest.mark.parametrize(
    ("said", "names", "taken", "words"),
    [
        (
            {"title": "马庄桥镇台账", "file": "韩村镇6月"},
            "王庄村 李庄村",
            "马庄桥镇",
            ["标题“马庄桥镇台账”", "韩村镇6月.xlsx", "离数据更近"],
        ),
        (
            {"title": "马庄桥镇台账", "file": "韩村6月"},
            "王庄村",
            "马庄桥镇",
            ["韩村6月.xlsx", "“韩村镇”", "离数据更近"],
        ),
        ({"title": "马庄桥镇台账", "sheet": "韩村镇"}, "王庄村", "马庄桥镇", ["工作表名“韩村镇”", "离数据更近"]),
        ({"sheet": "马庄桥镇", "file": "韩村镇"}, "王庄村", "马庄桥镇", ["工作表名“马庄桥镇”", "韩村镇.xlsx"]),
        (
            {"title": "马庄桥镇台账", "file": "韩村镇6月"},
            "刘庄村 张庄村 孟村",
            "韩村镇",
            ["标题“马庄桥镇台账”", "韩村镇6月.xlsx", "都是韩村镇的，没有马庄桥镇的"],
        ),
        ({"title": "韩村镇台账", "file": "马庄桥镇"}, "刘庄村 张庄村 孟村", "韩村镇", ["没有马庄桥镇的"]),
        ({"title": "马庄桥镇台账", "file": "韩村镇"}, "王庄村 刘庄村 张庄村", "马庄桥镇", ["离数据更近"]),
    ],
)
def test_title_and_file_say_different_townships(
    tmp_path: Path, said: dict[str, str], names: str, taken: str, words: list[str]
) -> None:
    """A warning with both; the nearest to the data counts, unless at least three villages are all of the other one."""
    result = around(tmp_path, names, **said)

    assert all(word in message(result, "T225") for word in words)
    assert {taken} == townships(result)


@pytest.mark.parametrize(
    ("said", "taken"),
    [
        ({"title": "韩村镇台账", "file": "王庄"}, "韩村镇"),
        ({"title": "韩村镇台账", "sheet": "王庄村", "file": "王庄村上报"}, "韩村镇"),
        ({"sheet": "王庄村", "file": "韩村镇6月"}, "韩村镇"),
        ({"sheet": "王庄", "file": "韩村6月"}, "韩村镇"),
        ({"title": "平原县韩村镇台账", "file": "平原县台账"}, "韩村镇"),
        ({"title": "韩村镇台账", "file": "韩村"}, "韩村镇"),
    ],
)
def test_a_village_in_a_file_name_is_no_other_township(tmp_path: Path, said: dict[str, str], taken: str) -> None:
    """王庄 is a village of 韩村镇, whatever else is called 王庄镇."""
    result = around(tmp_path, "王庄村", **said)

    assert "T225" not in result.codes()
    assert {taken} == townships(result)


def test_a_township_in_full_is_one_also_where_a_village_has_its_name(tmp_path: Path) -> None:
    """王庄镇 is no village."""
    assert "“王庄镇”" in message(around(tmp_path, "王庄村", title="韩村镇台账", file="王庄镇"), "T225")


def test_different_townships_without_a_register(tmp_path: Path) -> None:
    """Behind the county; 乡镇 and 全乡 are no townships."""
    one = around(tmp_path, "王庄村", title="平原县马庄桥镇台账", file="平原县韩村镇台账", known=None)
    other = around(tmp_path, "王庄村", title="平原县马庄桥镇台账", file="平原县乡镇台账", known=None)

    assert all(word in message(one, "T225") for word in ("“马庄桥镇”", "“韩村镇”"))
    assert {"马庄桥镇"} == townships(one) == townships(other)
    assert "T225" not in other.codes()


def test_townships_in_a_column_are_not_asked_of_title_and_file(tmp_path: Path) -> None:
    """Nor is a collection that is named after one of its townships at odds with its sheets."""
    known = delimited(tmp_path / "known.csv", grid(OF_TWO))
    column = workbook(tmp_path / "韩村镇.xlsx", [["马庄桥镇台账"], *grid("乡镇 村名 收入\n马庄桥镇 王庄村 5")])
    rows = grid("村名 收入\n王庄村 5")
    collection = workbook(tmp_path / "韩村镇等.xlsx", {"韩村镇": rows, "马庄桥镇": rows})

    assert {"T214", "T225"}.isdisjoint(run(column, BY, register=known).codes())
    assert "T225" not in run(collection, BY, register=known).codes()


@pytest.mark.parametrize("first", ["title", "sheet", "column"])
@pytest.mark.parametrize("known", [True, False])
def test_a_second_sheet_is_of_the_workbooks_one_township(tmp_path: Path, first: str, *, known: bool) -> None:
    """附表二 names none: it is of the township of the first sheet, and the note says so."""
    column = first == "column"
    title = {"title": "平原县韩村镇台账", "sheet": "平原县台账", "column": "平原县台账"}[first]
    one = [
        [title],
        *grid("乡镇 村名 收入\n韩村镇 王庄村 5\n韩村镇 孟村 6\n合计 - 11" if column else "村名 收入\n王庄村 5"),
    ]
    two = [["附表二 美丽乡村、城乡街道硬化（乡镇填）"], *grid("村名 两委班子\n王庄村 是")]
    name = "平原县韩村镇" if first == "sheet" else "台账"
    register = delimited(tmp_path / "known.csv", grid(OF_TWO)) if known else None
    result = run(workbook(tmp_path / "a.xlsx", {name: one, "附表二": two}), BY, register=register)
    said = [found for found in result.diagnostics if found.code == "T214" and found.where.sheet == "附表二"]

    assert ["A2"] == [found.where.cell for found in said]
    assert f"工作表“{name}”" in said[0].message("zh")
    assert {"X": "met", "Y": "met"} == result.verdicts("王庄村")
    assert not {"T213", "R424", "R421"} & result.codes()


@pytest.mark.parametrize(
    ("sheets", "second"),
    [
        (["韩村镇", "马庄桥镇"], "附表二"),
        (["韩村镇"], "南河街道"),
        (["韩村镇", "南河镇汇总"], "附表二"),
    ],
)
def test_a_second_sheet_of_a_workbook_of_several_townships_is_of_none(
    tmp_path: Path, sheets: list[str], second: str
) -> None:
    """Nor is one that is called another township, known or not; a sheet that is no ledger counts by its name."""
    rows = grid("村名 收入\n王庄村 5")
    known = delimited(tmp_path / "known.csv", grid(OF_TWO))
    made = {name: [["通知"]] if "汇总" in name else rows for name in sheets}
    result = run(workbook(tmp_path / "a.xlsx", {**made, second: rows}), BY, register=known)

    assert [second] == [found.where.sheet for found in result.diagnostics if found.code == "T213"]


def test_rows_under_the_title_of_another_township_are_not_taken_for_the_first_ones(tmp_path: Path) -> None:
    """A title among the rows, with remarks around it and no header below: a namesake may be of either township."""
    known = delimited(tmp_path / "known.csv", grid(OF_TWO))
    told = [["平原县韩村镇2022年6月台账"], *grid("村名 收入 两委班子\n王庄村 5 -")]
    title = [["平原县马庄桥镇2022年6月台账", "待核", "（续）"]]
    result = run(workbook(tmp_path / "a.xlsx", [*told, *title, *grid("王庄村 7 是\n李庄村 8 是")]), BY, register=known)

    assert 5 == result.value("韩村镇/王庄村", "X")
    assert "unknown" == result.verdicts("韩村镇/王庄村")["Y"]
    assert ["A5", "A6"] == [found.where.cell for found in result.diagnostics if found.code == "R424"]


@pytest.mark.parametrize(("first", "known"), [("韩村", True), ("王庄", False), ("王庄村", False)])
def test_what_may_be_a_village_says_no_other_sheets_township(tmp_path: Path, first: str, *, known: bool) -> None:
    """A sheet called 王庄 may be that of a village of 韩村镇: it is no township of the sheet beside it."""
    rows = grid("村名 收入\n王庄村 5")
    register = delimited(tmp_path / "known.csv", grid(OF_TWO))
    result = run(workbook(tmp_path / "a.xlsx", {first: rows, "附表二": rows}), BY, register=register)

    assert known == ("附表二" not in [found.where.sheet for found in result.diagnostics if found.code == "T213"])


def test_a_village_in_a_sheets_name_is_no_township(tmp_path: Path) -> None:
    """王庄村 is not 王庄镇, also where nothing else says a township."""
    result = around(tmp_path, "东关村", sheet="王庄村", file="王庄社区")

    assert {"T213", "R424"} <= result.codes()
    assert set() == townships(result)


def test_a_second_sheet_of_a_workbook_whose_file_says_another_township(tmp_path: Path) -> None:
    """The first sheet is nearer, for both sheets; the contradiction is said at both."""
    rows = grid("村名 收入\n王庄村 5")
    known = delimited(tmp_path / "known.csv", grid(OF_TWO))
    file = workbook(tmp_path / "马庄桥镇.xlsx", {"韩村镇": rows, "附表二": rows})
    result = run(file, BY, register=known)

    assert ["韩村镇", "附表二"] == [found.where.sheet for found in result.diagnostics if found.code == "T225"]
    assert {"韩村镇"} == townships(result)


@pytest.mark.parametrize(
    ("cell", "total"),
    [
        *(
            (text, True)
            for text in (
                "合计",
                "小计",
                "总计",
                "累计",
                "合 计",
                "河乡合计",
                "合计：",
                "（合计）",
                "合计（33个村）",
                "全县总计",
                " 小计 ",
                "共计",
                "共计6个村",
                "合计33个行政村",
                "全镇共六个村（社区）",
                "共6村",
            )
        ),
        *((text, False) for text in ("合计村", "李合计村", "计", "河乡", "小计划村", "共和村", "共一村", "1", "")),
    ],
)
def test_what_is_a_total(cell: str, total: bool) -> None:
    """Ends with 合计 小计 总计 累计 共计, spaces and brackets aside, or says of how many villages."""
    assert total is is_total(cell, frozenset())


def test_a_village_may_be_called_a_total(tmp_path: Path) -> None:
    """A register name is a village, whatever it ends with."""
    result = sheet(tmp_path, "乡镇 村名 收入 两委班子\n山乡 丙村 5 是\n山乡 合计 6 是", register=grid(REGISTER))

    assert 2 == result.tier("合计")


@pytest.mark.parametrize(
    "row",
    [
        "合计 - - {total} -",
        "- 合计 - {total} -",
        "- - 合计 {total} -",
        "河乡合计 - - {total} -",
        "- 河乡小计 - {total} -",
    ],
)
def test_totals_are_compared_not_rated(tmp_path: Path, row: str) -> None:
    """In 序号, 乡镇 or 村, whichever is filled first; right ones say nothing, wrong ones are an error at their cell."""
    table = "序号 乡镇 村名 收入 两委班子\n1 河乡 甲村 5.1 是\n2 河乡 乙村 6.2 是\n" + row
    right, wrong = (sheet(tmp_path, table.format(total=total)) for total in (11.3, 11.4))

    assert ["甲村", "乙村"] == right.names
    assert ([], ["D4"]) == (right.cells("J502"), wrong.cells("J502"))
    assert {"甲村": 2, "乙村": 2} == wrong.proven()


def test_a_row_of_the_township_itself_is_a_total(tmp_path: Path) -> None:
    """In the column of the villages, with its 乡: compared, with a note. A village of that name is one."""
    table = "乡镇 村名 收入 两委班子\n河乡 甲村 5.1 是\n河乡 {name} 5.2 -"
    own, whole = (sheet(tmp_path, table.format(name=name), register=grid(KNOWN)) for name in ("河乡", "全乡"))
    other = sheet(tmp_path, table.format(name="河"), register=grid(KNOWN))
    village = sheet(tmp_path, table.format(name="河乡"), register=grid(f"{KNOWN}\n410999100209 河乡村 河乡"))

    assert [(["B3"], ["C3"])] * 2 == [(found.cells("R441"), found.cells("J502")) for found in (own, whole)]
    assert ([], ["B3"]) == (other.cells("R441"), other.cells("R403"))
    assert 5.2 == village.value("河乡村", "X")


def test_a_total_in_another_left_column_is_only_one_without_a_name(tmp_path: Path) -> None:
    """片区 may be called anything where the row names its village; right of the names nothing is looked at."""
    table = "片区 乡镇 村名 收入 两委班子 负责\n东片合计 河乡 甲村 5 是 -\n- 河乡 - 6 是 合计"
    result = sheet(tmp_path, table, register=grid(KNOWN))

    assert 5 == result.value("甲村", "X")
    assert ["C3"] == result.cells("R401")


@pytest.mark.parametrize(
    ("first", "name", "aside"),
    [
        ("示例", "乙村", True),
        ("（填报说明）", None, True),
        ("1", "例：乙村", True),
        ("1", "例乙村", True),
        ("1", "如乙村", True),
        ("1", "乙村（示例）", True),
        ("1", "请填写全称", True),
        ("1", "填村名", True),
        ("1", "如意村", False),
        ("1", "例会", True),
        ("1", "东官村", False),
    ],
)
def test_a_row_of_instructions_is_set_aside(tmp_path: Path, first: str, name: str | None, aside: bool) -> None:
    """By the words in 序号 or its name, unless the register has it; with one warning, and only before any village."""
    known = f"{KNOWN}\n410999100209 如意村 河乡"
    rows = [["序号", "乡镇", "村名", "收入", "两委班子"], [first, "河乡", name, "含企业", "填是或否"]]
    villages = [[1, "河乡", "甲村", 5, "是"], ["示例", "河乡", "乙村", 6, "是"]]
    result = rated(tmp_path, BY, [*rows, *villages], register=grid(known))

    assert (["C2"] if aside else []) == result.cells("R440")
    assert 6 == result.value("乙村", "X")
    assert not aside or {"V301", "V306", "R401", "R403"}.isdisjoint(result.codes())


def test_a_village_of_another_township_is_said_to_be_its(tmp_path: Path) -> None:
    """Not merely unknown here; what it says is near is of this township."""
    result = sheet(tmp_path, "乡镇 村名 收入 两委班子\n河乡 甲村 5 是\n河乡 丙村 6 是", register=grid(KNOWN))
    [found] = [found for found in result.diagnostics if found.code == "R442"]

    assert ("B3", "丙村") == (found.where.cell, found.found)
    assert found.message("zh").endswith("它是山乡的")
    assert "山乡有" not in found.hint("zh")
    assert not result.reported("丙村")


def test_a_name_with_its_township_is_said_to_be_the_village_there(tmp_path: Path) -> None:
    """The message ends with the village's own name."""
    result = sheet(tmp_path, "乡镇 村名 收入 两委班子\n河乡 河乡甲村 5 是", register=grid(KNOWN))
    [found] = [found for found in result.diagnostics if found.code == "R422"]

    assert "“河乡甲村”里写着乡镇，按名册认作河乡的“甲村”" == found.message("zh")


def test_totals_since_the_previous_total(tmp_path: Path) -> None:
    """Each 小计 is of the rows since the last one; 总计 at the end is of all."""
    table = """
    乡镇 村名 收入 两委班子
    河乡 甲村 1 是
    河乡 乙村 2 是
    河乡小计 - 3 -
    山乡 丙村 4 是
    山乡小计 - 4 -
    总计 - 7 -
    """
    assert [] == sheet(tmp_path, table).cells("J502")


def test_a_total_is_of_distinct_units(tmp_path: Path) -> None:
    """A village in two rows counts once."""
    table = "乡镇 村名 收入 两委班子\n河乡 甲村 5 是\n河乡 甲村 5 是\n河乡 乙村 1 是\n合计 - 6 -"

    assert [] == sheet(tmp_path, table).cells("J502")


@pytest.mark.parametrize(("cell", "compared"), [("-", True), ("约5", False), ("#DIV/0!", False), ("无", True)])
def test_a_total_over_unknown_cells_is_not_compared(tmp_path: Path, cell: str, compared: bool) -> None:
    """Unless they are blank: a blank adds nothing."""
    table = f"乡镇 村名 收入 两委班子\n河乡 甲村 5 是\n河乡 乙村 {cell} 是\n合计 - 9 -"

    assert (["C4"] if compared else []) == sheet(tmp_path, table).cells("J502")


def test_a_total_counts_rows_whose_name_is_not_in_the_register(tmp_path: Path) -> None:
    """Whoever wrote it added what stands there; where a value set aside cannot be read it is not compared."""
    table = "乡镇 村名 收入 两委班子\n河乡 甲村 5 是\n河乡 东官村 {value} 是\n河乡 - 2 是\n合计 - {total} -"
    found = {
        (value, total): sheet(tmp_path, table.format(value=value, total=total), register=grid(KNOWN)).cells("J502")
        for value, total in ((4, 11), (4, 12), ("约4", 12))
    }

    assert {(4, 11): [], (4, 12): ["C5"], ("约4", 12): []} == found


def test_a_total_may_leave_out_what_was_set_aside(tmp_path: Path) -> None:
    """A sum without a unit of another kind, or without a row that nobody knows, is no mismatch either."""
    known = f"{KNOWN}\n410999100205 高井社区 河乡"
    table = "乡镇 村名 收入 两委班子\n河乡 甲村 5 是\n河乡 高井社区 4 是\n河乡 东官村 3 是\n合计 - {total} -"
    cells = [sheet(tmp_path, table.format(total=total), register=grid(known)).cells("J502") for total in (12, 8, 5, 9)]

    assert [[], [], [], ["C5"]] == cells


def test_a_row_set_aside_between_two_totals_is_no_total_of_its_own(tmp_path: Path) -> None:
    """The second total is of what the first one is of."""
    table = "乡镇 村名 收入 两委班子\n河乡 甲村 5 是\n小计 - 5 -\n河乡 东官村 3 是\n合计 - {total} -"
    cells = [sheet(tmp_path, table.format(total=total), register=grid(KNOWN)).cells("J502") for total in (5, 8, 9)]

    assert [[], [], ["C5"]] == cells


def test_a_mismatch_says_both_numbers_in_the_fields_unit(tmp_path: Path) -> None:
    """Also where the column is in another one."""
    result = sheet(tmp_path, "乡镇 村名 收入（元） 两委班子\n河乡 甲村 50000 是\n合计 - 60000 -")
    [found] = [found for found in result.diagnostics if found.code == "J502"]

    assert "“X”合计填 6万元，1 个单位相加是 5万元" == found.message("zh")


def test_totals_first_are_not_a_mismatch(tmp_path: Path) -> None:
    """A total above all its rows has no units above it: there is nothing to compare it with."""
    table = "乡镇 村名 收入 两委班子\n合计 - 11 -\n河乡 甲村 5 是\n河乡 乙村 6 是"

    assert [] == sheet(tmp_path, table).cells("J502")


def test_a_total_in_its_headers_unit(tmp_path: Path) -> None:
    """The total under （元） is 元 too."""
    rows = [
        ["乡镇", "村名", "收入（元）", "两委班子"],
        ["河乡", "甲村", 50000.1, "是"],
        ["河乡", "乙村", 60000.2, "是"],
        ["合计", None, 110000.3, None],
    ]

    assert [] == rated(tmp_path, BY, rows).cells("J502")


# --- doubles ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second", "verdict", "reason"),
    [
        ("5", "-", "met", None),
        ("-", "5", "met", None),
        ("5", "5", "met", None),
        ("5", "5.0", "met", None),
        ("5", "5万元", "met", None),
        ("0.3", "0.30000000000000004", "unmet", None),
        ("5", "6", "unknown", "conflicting"),
        ("5", "约5", "unknown", "conflicting"),
        ("约5", "5", "unknown", "conflicting"),
        ("-", "约5", "unknown", "unreadable"),
        ("-", "-", "unknown", "blank"),
    ],
)
def test_the_same_unit_twice(tmp_path: Path, first: str, second: str, verdict: str, reason: str | None) -> None:
    """A value beats a blank; two different values, or a value and an unreadable one, conflict."""
    result = sheet(tmp_path, f"乡镇 村名 收入 两委班子\n河乡 甲村 {first} 是\n河乡 甲村 {second} 是")

    assert (verdict, reason) == (result.verdicts("甲村")["X"], result.reasons("甲村")["X"])
    assert (["C3"] if reason == "conflicting" else []) == result.cells("R413")
    assert {"R412"} <= result.codes()


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [("5", "-", None), ("-", "5", None), ("5", "6", "conflicting"), ("5", "约6", "conflicting")],
)
def test_two_columns_for_one_field(tmp_path: Path, first: str, second: str, reason: str | None) -> None:
    """收入 and 集体收入 in one table."""
    result = sheet(tmp_path, f"乡镇 村名 收入 集体收入 两委班子\n河乡 甲村 {first} {second} 是")

    assert reason == result.reasons("甲村")["X"]
    assert {"T204"} <= result.codes()


def test_the_same_unit_in_two_files(tmp_path: Path) -> None:
    """A column that one file lacks comes from the other; different values conflict across files."""
    a = workbook(tmp_path / "a.xlsx", grid("乡镇 村名 收入\n河乡 甲村 5\n河乡 乙村 5"))
    b = workbook(tmp_path / "b.xlsx", grid("乡镇 村名 收入 两委班子\n河乡 甲村 - 是\n河乡 乙村 6 是"))

    for files in ([a, b], [b, a]):
        result = run(files, BY)

        assert {"甲村": (2, 2), "乙村": (1, 2)} == result.tiers()
        assert {"X": "conflicting", "Y": None} == result.reasons("乙村")


def test_several_tables_in_one_sheet_and_several_sheets(tmp_path: Path) -> None:
    """One under the other with a header each, and a sheet for each township."""
    one = grid("乡镇 村名 收入 两委班子\n河乡 甲村 5 是\n河乡 乙村 5 否")
    under = [*one, [None] * 4, ["村名", "乡镇", "两委班子", "收入"], ["丙村", "山乡", "是", 3]]
    file = workbook(
        tmp_path / "a.xlsx",
        {"河": under, "说明": [["请按时报送"]], "丘": grid("乡镇 村名 收入 两委班子\n丘乡 丁村 8 是")},
    )
    result = run(file, BY)

    assert {"甲村": 2, "乙村": 1, "丙村": 1, "丁村": 2} == result.proven()
    assert ["说明"] == [found.where.sheet for found in result.diagnostics if found.code == "T201"]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([(1.0, Reason.KNOWN), (1.0, Reason.KNOWN)], (0, Reason.KNOWN)),
        ([(None, Reason.BLANK), (1.0, Reason.KNOWN)], (1, Reason.KNOWN)),
        ([(None, Reason.ABSENT_COLUMN), (None, Reason.BLANK)], (1, Reason.BLANK)),
        ([(None, Reason.UNREADABLE), (None, Reason.INVALID)], (0, Reason.UNREADABLE)),
        ([(1.0, Reason.KNOWN), (None, Reason.AMBIGUOUS)], (0, Reason.CONFLICTING)),
        ([(1.0, Reason.KNOWN), (None, Reason.CONFLICTING)], (0, Reason.CONFLICTING)),
    ],
)
def test_one_value_out_of_several(values: list[tuple[object, Reason]], expected: tuple[int, Reason]) -> None:
    """Which counts, or why none does."""
    assert expected == merge_values(values)


# --- periods, counties ------------------------------------------------------------------------------------------------


def months(folder: Path) -> Mapping[str, Path]:
    """A ledger of May and one of June, by their titles."""
    return {
        month: workbook(
            folder / f"{month}.xlsx",
            [[f"平原县河乡2022年{month}月台账"], *grid(f"乡镇 村名 收入 两委班子\n河乡 甲村 {month} 是")],
        )
        for month in ("5", "6")
    }


def test_files_of_different_periods(tmp_path: Path) -> None:
    """An error, unless --period selects."""
    files = list(months(tmp_path).values())
    with pytest.raises(Stop) as stop:
        run(files, BY, period=None, county=None)

    assert (2, {"R416"}) == (stop.value.exit_code, {found.code for found in stop.value.diagnostics})

    selected = run(files, BY, period="2022-05", county=None)

    assert 5 == selected.value("甲村", "X")
    assert date_of(selected) == "2022-05-31"


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (
            ["平原县河乡台账（截至2024年3月31日，填报时间2024年4月8日）"],
            "2024-03（河.xlsx 表上方“截至2024年3月31日”）、2024-04（河.xlsx 表上方“填报时间2024年4月8日”）",
        ),
        (["平原县河乡台账", "填报时间：2024年4月8日"], "2024-04（河.xlsx 表上方“填报时间：2024年4月8日”）"),
        (
            ["平原县河乡2023年12月至二〇二四年一月台账"],
            "2023-12（河.xlsx 表上方“平原县河乡2023年12月”）、2024-01（河.xlsx 表上方“至2024年1月”）",
        ),
    ],
)
def test_periods_that_may_be_meant_are_named(tmp_path: Path, lines: list[str], said: str) -> None:
    """With the words that write them; one that says nothing asks plainly."""
    rows = grid("乡镇 村名 收入 两委班子\n河乡 甲村 6 是")
    file = workbook(tmp_path / "河.xlsx", [*([line] for line in lines), *rows])
    with pytest.raises(Stop) as stop:
        run([file], BY, period=None, county=None)

    assert said in stop.value.text[0]

    with pytest.raises(Stop) as stop:
        run([workbook(tmp_path / "河.xlsx", rows)], BY, period=None, county=None)

    assert stop.value.text[0].startswith("看不出是哪个月")


def date_of(result: Rated) -> str:
    """The day of assessment."""
    return result.outcome.as_of.isoformat()


def test_what_cannot_be_inferred_is_asked_for(tmp_path: Path) -> None:
    """A period and a county: exit 2 each, in one line."""
    file = workbook(tmp_path / "a.xlsx", grid("乡镇 村名 收入 两委班子\n河乡 甲村 5 是"))
    for missing in ({"period": None}, {"county": None}):
        with pytest.raises(Stop) as stop:
            run(file, BY, **missing)  # type: ignore[arg-type]

        assert 2 == stop.value.exit_code
        assert "\n" not in stop.value.text[0]


def test_a_county_column(tmp_path: Path) -> None:
    """Everything is per county; the same village name in two counties is two villages."""
    result = sheet(
        tmp_path, "县 乡镇 村名 收入 两委班子\n东县 城关镇 东关村 5 是\n西县 城关镇 东关村 4 否", county=None
    )

    assert [2, 0] == result.outcome.assessment.tiers.tolist()
    assert (None, ("东县", "西县")) == (result.outcome.county, result.outcome.ledger.units.counties)


def test_one_county_of_several(tmp_path: Path) -> None:
    """--county 东 takes one; a county that is not there is exit 2."""
    table = "县 乡镇 村名 收入 两委班子\n东平县 城关镇 东关村 5 是\n西平县 城关镇 西关村 4 否"

    assert ["东关村"] == sheet(tmp_path, table, county="东平").names
    with pytest.raises(Stop):
        sheet(tmp_path, table, county="南平")


# --- personal data ----------------------------------------------------------------------------------------------------


def test_private_columns_are_dropped_and_reported(tmp_path: Path) -> None:
    """ID-card numbers and telephone numbers of persons are not kept, wherever they stand."""
    rows = [
        ["乡镇", "村名", "收入", "两委班子", "书记身份证号", "联系电话", "证件"],
        ["河乡", "甲村", 5, "是", "41**************", "13800138000", "999999190001010007"],
        ["河乡", "乙村", 6, "是", 410901198001011248, "13800138001", None],
    ]
    result = rated(tmp_path, BY, rows)
    said = [found for found in result.diagnostics if found.code == "F113"]

    assert ["E1", "F1", "G1"] == sorted(str(found.where.cell) for found in said)
    for found in result.diagnostics:
        assert "999999190001" not in f"{found.found} {found.message('zh')}"
        assert "13800138" not in f"{found.found} {found.message('zh')}"


# --- said of a table as a whole ---------------------------------------------------------------------------------------


def test_a_township_taken_from_the_title_is_said(tmp_path: Path) -> None:
    """T214, once, at the header."""
    rows = [["平原县河乡2022年6月台账", None, None], ["村名", "收入", "两委班子"], ["甲村", 5, "是"], ["乙村", 6, "是"]]
    result = rated(tmp_path, BY, rows, register=grid(REGISTER))

    assert ["A2"] == result.cells("T214")


def test_a_table_without_names_is_an_error(tmp_path: Path) -> None:
    """T212: neither 村名 nor 编码, so nobody knows whose the rows are; the other table is rated."""
    good = workbook(tmp_path / "好.xlsx", grid("乡镇 村名 收入 两委班子\n河乡 甲村 5 是"))
    bad = workbook(tmp_path / "坏.xlsx", grid("乡镇 收入 两委班子\n河乡 5 是"))
    result = run([good, bad], BY)

    assert ["甲村"] == result.names
    assert ["坏.xlsx"] == [found.where.file for found in result.diagnostics if found.code == "T212"]


def test_hidden_sheets_rows_and_columns_are_read_and_said(tmp_path: Path) -> None:
    """T208 and T209: what is hidden counts, and whoever sent it is told."""
    path = workbook(
        tmp_path / "a.xlsx",
        {
            "河": grid("乡镇 村名 收入 两委班子\n河乡 甲村 5 是\n河乡 乙村 6 是"),
            "山": grid("乡镇 村名 收入 两委班子\n山乡 丙村 7 是"),
        },
    )
    book = load_workbook(path)
    book["河"].row_dimensions[3].hidden = True
    book["河"].column_dimensions["C"].hidden = True
    book["山"].sheet_state = "hidden"
    book.save(path)
    result = run(path, BY)

    assert {"甲村": 2, "乙村": 2, "丙村": 2} == result.proven()
    assert {("T208", "山"), ("T209", "河")} == {
        (found.code, found.where.sheet) for found in result.diagnostics if found.code in {"T208", "T209"}
    }


@pytest.mark.parametrize(
    "targets",
    ["名称 乡镇 争创星级\n甲村 河乡 二星\n乙村 河乡 一星", "名称 乡镇 二星 一星\n甲村 河乡 √ -\n乙村 河乡 - √"],
)
def test_targets_in_the_folder(tmp_path: Path, targets: str) -> None:
    """F110: a name and 争创星级, or a column per tier; taken as targets, and that is said."""
    folder = tmp_path / "县"
    folder.mkdir()
    workbook(folder / "a.xlsx", grid("乡镇 村名 收入 两委班子\n河乡 甲村 5 是\n河乡 乙村 6 否"))
    workbook(folder / "目标.xlsx", grid(targets))
    result = run(folder, BY)

    assert ["目标.xlsx"] == [found.where.file for found in result.diagnostics if found.code == "F110"]
    assert {"甲村": 2, "乙村": 1} == {
        name: int(result.outcome.assessment.units.target[result.row(name)]) for name in result.names
    }
    assert {"a.xlsx": "read", "目标.xlsx": "targets"} == {item.file: item.status for item in result.outcome.inputs}


@pytest.mark.parametrize(
    ("rows", "cells", "counts"),
    [
        ("河乡 2 1\n山镇 1 -", [], {2: 3, 1: 1}),
        ("河乡 2 1\n山镇 1 -\n河乡 1 1", ["B4"], {2: 1, 1: 1}),
        ("河乡 2 1\n北镇 1 1", ["B3", "C3"], {2: 2, 1: 1}),
        ("河乡 -1 1\n山镇 2.5 几个", ["B2", "B3", "C3"], {1: 1}),
        ("全县 9 9\n平原县 8 9\n河乡 2 1", ["B3"], {2: 2, 1: 9}),
    ],
)
def test_targets_that_cannot_be_counted(tmp_path: Path, rows: str, cells: list[str], counts: dict[int, int]) -> None:
    """R447: told twice and differently, of a township that is in no register, no number of units: said, not counted."""
    register = delimited(tmp_path / "r.csv", grid("名称 乡镇 县\n甲村 河乡 平原县\n乙村 山镇 平原县"))
    goals = delimited(tmp_path / "t.csv", grid(f"乡镇 二星 一星\n{rows}"))
    file = workbook(tmp_path / "a.xlsx", grid("乡镇 村名 收入 两委班子\n河乡 甲村 5 是\n山镇 乙村 6 否"))
    result = run(file, BY, register=register, targets=goals)

    assert cells == [found.where.cell for found in result.diagnostics if found.code == "R447"]
    assert {"平原县": counts} == result.outcome.targets


def test_a_township_has_no_tier_of_its_own(tmp_path: Path) -> None:
    """R447: 三星 in a row without a village is nobody's target, and not passed over either."""
    goals = delimited(
        tmp_path / "t.csv", grid("名称 乡镇 争创星级 一星\n甲村 河乡 二星 -\n- 山镇 一星 -\n- 全县 二星 2")
    )
    file = workbook(tmp_path / "a.xlsx", grid("乡镇 村名 收入 两委班子\n河乡 甲村 5 是"))
    result = run(file, BY, targets=goals)

    assert ["C3", "C4"] == [found.where.cell for found in result.diagnostics if found.code == "R447"]
    assert [{1: 2}] == list(result.outcome.targets.values())
    assert 2 == result.outcome.assessment.units.target[result.row("甲村")]


def test_a_village_with_two_targets_has_none(tmp_path: Path) -> None:
    """R447 names the second row; one that says the same again does no harm."""
    goals = delimited(
        tmp_path / "t.csv", grid("名称 乡镇 争创星级\n甲村 河乡 二星\n甲村 河乡 一星\n乙村 河乡 一星\n乙村 河乡 1")
    )
    file = workbook(tmp_path / "a.xlsx", grid("乡镇 村名 收入 两委班子\n河乡 甲村 5 是\n河乡 乙村 6 否"))
    result = run(file, BY, targets=goals)

    assert ["A3"] == [found.where.cell for found in result.diagnostics if found.code == "R447"]
    target = result.outcome.assessment.units.target
    assert {"甲村": -1, "乙村": 1} == {name: int(target[result.row(name)]) for name in result.names}


@pytest.mark.parametrize(
    ("title", "county"),
    [
        ("平原县红旗镇2023年5月台账", "平原县"),
        ("长葛市红旗镇台账", "长葛市"),
        ("红旗镇2023年5月台账", None),
        ("红旗区洪门镇", "红旗区"),
        ("新乡市红旗区洪门镇", "红旗区"),
        ("新乡市新乡县七里营镇", "新乡县"),
        ("新乡市卫辉市上乐村镇", "卫辉市"),
        ("鄂托克旗乌兰镇", "鄂托克旗"),
        ("镇平县石佛寺镇", "镇平县"),
        ("南宁市西乡塘区石埠街道", "西乡塘区"),
        ("2023年5月平原县东区街道", "平原县"),
        ("平原县马集镇县直单位", "平原县"),
        ("长葛市石象镇市直单位", "长葛市"),
        ("河南省濮阳市清丰县马庄桥镇", "清丰县"),
        ("清丰县乡镇创建任务台账", "清丰县"),
    ],
)
def test_the_county_of_a_title(title: str, county: str | None) -> None:
    """红旗镇 is a township of 平原县, not the banner 红旗; only below a city does another county follow."""
    assert county == county_in(title)


def test_a_spoilt_unit_among_units_is_no_unit_left_out(tmp_path: Path) -> None:
    """元某 in a row of units may have meant 元: the column is not read as 万元, and that is said."""
    by = scheme(
        scheme_text(
            {"星": ("全部", [criterion("X", "至少: 5", "数值", "单位: 万元", "列名: [收入]")])},
            fields=["人口: {类型: 整数, 单位: 人}", "户数: {类型: 整数, 单位: 户}", "耕地: {类型: 数值, 单位: 亩}"],
            checks=[f'{{编号: J-{key}, 公式: "{key} >= 0"}}' for key in ("人口", "户数", "耕地")],
        )
    )
    header = ["乡镇", "村名", "收入", "人口", "户数", "耕地"]

    spoilt = rated(tmp_path, by, [header, ["", "", "元某", "人", "户", "亩"], ["河乡", "张村", 14300, 90, 30, 100]])
    remark = rated(tmp_path, by, [header, ["", "", "全口径", "人", "户", "亩"], ["河乡", "张村", 14, 90, 30, 100]])

    assert (None, "absent_column") == (spoilt.value("张村", "X"), spoilt.reason("张村", "X"))
    assert {"T203", "T205"} <= spoilt.codes()
    assert 14 == remark.value("张村", "X")


@pytest.mark.parametrize("size", [2, 3000])
def test_a_ledger_says_itself_what_kind_a_unit_is(tmp_path: Path, size: int) -> None:
    """Without a register 类型 in a row decides, whatever the name; what it says of other things says nothing (R407)."""
    by = scheme(scheme_text({"星": ("全部", [criterion("A")])}))
    more = "".join(f"河乡 第{place}村 是 村\n" for place in range(size))
    table = grid(f"乡镇 村名 A 类型\n河乡 吴湾社区 是 行政村\n河乡 李庄村 是 社区\n河乡 王村 是 城郊融合类\n{more}")
    found = rated(tmp_path, by, table)

    assert ["吴湾社区", "王村"] == found.names[:2]
    assert size + 2 == len(found.names)
    assert ["D3"] == found.cells("R407")
