"""Whole columns of cells through the ledger's schema: shares, ranges, odd cells, and the row model."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

import jsonschema
import pytest
from pydantic import ValidationError

from making import Cell, Rated, Shown, column, criterion, delimited, grid, rated, run, scheme, scheme_text, village
from starcheck import LedgerSchema


def values(result: Rated) -> list[object]:
    """The values of X of every unit."""
    return [result.value(name, "X") for name in result.names]


def reasons(result: Rated) -> list[str | None]:
    """Why they are missing."""
    return [result.reason(name, "X") for name in result.names]


def at(*rows: int) -> list[str | None]:
    """Cells of the value column for the villages of those numbers, from 0."""
    return [f"C{row + 2}" for row in rows]


# --- shares -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ([0.85, 0.9, 1], [85, 90, 100]),
        ([0.85, 0.9, 0.05], [85, 90, 5]),
        ([0.85, 0.9, 1, 0], [85, 90, 100, 0]),
        ([0.85, 0.9, 1, "无"], [85, 90, 100, 0]),
        (["0.85", "0.9", "1"], [85, 90, 100]),
        ([0.85, 0.9, 0.29, "100%"], [85, 90, 29, 100]),
        ([0.85, 0.9, 0.29, Shown(0.5, "0%")], [85, 90, 29, 50]),
        ([85, 90, 1], [85, 90, 1]),
        ([85, 90, 0], [85, 90, 0]),
        (["85%", "1%", "0.5%"], [85, 1, 0.5]),
        ([Shown(0.85, "0%"), Shown(0.005, "0.0%"), Shown(1, "0%")], [85, 0.5, 100]),
        ([Shown(0.85, "0%"), 85, 90], [85, 85, 90]),
        ([Shown(0.85, "0.00%"), Shown(1.2, "0%")], [85, 120]),
    ],
)
def test_shares_that_are_settled(tmp_path: Path, cells: Sequence[Cell], expected: Sequence[float]) -> None:
    """Three numbers in (0, 1], one of them below 1, are fractions; signs and percent formats speak for themselves."""
    assert list(expected) == values(column(tmp_path, "比例", "%", cells))


@pytest.mark.parametrize(
    ("cells", "ambiguous"),
    [
        ([0.85, 0.9], [0, 1]),
        ([0.85], [0]),
        ([1, 1, 1], [0, 1, 2]),
        ([1], [0]),
        ([0.85, 0.9, 85], [0, 1]),
        ([0.85, 1, 85, 0], [0]),
        ([0.85, 0, 0, "无"], [0]),
        ([0.85, 0.9, "85%"], [0, 1]),
        ([1, 0, 0], [0]),
        ([0.85, 0.9, None, "约1"], [0, 1]),
        ([0.5, 1, 1.5], [0]),
    ],
)
def test_shares_that_can_be_read_in_two_ways(tmp_path: Path, cells: Sequence[Cell], ambiguous: Sequence[int]) -> None:
    """Neither 0.85% nor 85%: an error at each such cell, and the verdict is unknown."""
    result = column(tmp_path, "比例", "%", cells)

    assert at(*ambiguous) == result.cells("V308")
    assert ["ambiguous" for _ in ambiguous] == [result.reason(village(place), "X") for place in ambiguous]
    assert ["unknown" for _ in ambiguous] == [result.verdicts(village(place))["X"] for place in ambiguous]


def test_a_percent_sign_in_the_header_settles_nothing(tmp_path: Path) -> None:
    """（%） over 0.85 and 85: still two readings."""
    assert [None, 85.0] == values(column(tmp_path, "比例", "%", [0.85, 85], header="值（%）"))


def test_fractions_are_said_once(tmp_path: Path) -> None:
    """One note for the column."""
    result = column(tmp_path, "比例", "%", [0.85, 0.9, 0.95, 0.29])

    assert 1 == len(result.cells("V315"))
    assert [85, 90, 95, 29] == values(result)


def test_fractions_are_decided_by_each_table_alone(tmp_path: Path) -> None:
    """One township's fractions do not change another's percents."""
    by = scheme(scheme_text({"星": ("全部", [criterion("X", "至少: 29", "比例", "单位: '%'")])}))
    files = [
        delimited(tmp_path / "河.csv", grid("乡镇 村名 X\n河乡 甲村 0.29\n河乡 乙村 0.3\n河乡 丙村 0.28")),
        delimited(tmp_path / "山.csv", grid("乡镇 村名 X\n山乡 丁村 29\n山乡 戊村 1")),
    ]
    result = run(files, by)

    assert {"甲村": 1, "乙村": 1, "丙村": 0, "丁村": 1, "戊村": 0} == result.proven()


def test_rows_that_are_no_units_decide_nothing(tmp_path: Path) -> None:
    """A 合计 of 85 does not make the fractions above it ambiguous."""
    by = scheme(scheme_text({"星": ("全部", [criterion("X", "至少: 29", "比例", "单位: '%'")])}))
    result = rated(tmp_path, by, grid("乡镇 村名 X\n河乡 甲村 0.29\n河乡 乙村 0.3\n河乡 丙村 0.28\n合计 - 29"))

    assert [29, 30, 28] == values(result)


def test_an_exact_share(tmp_path: Path) -> None:
    """0.29 formatted as 29% meets at least 29, though 0.29 × 100 is 28.999999999999996 in binary."""
    by = scheme(scheme_text({"星": ("全部", [criterion("X", "至少: 29", "比例", "单位: '%'")])}))
    rows = [["乡镇", "村名", "X"], ["河乡", "甲村", Shown(0.29, "0%")], ["河乡", "乙村", Shown(0.2899, "0%")]]
    result = rated(tmp_path, by, rows)

    assert {"甲村": 1, "乙村": 0} == result.proven()
    assert pytest.approx(0.01) == result.gap("乙村", "X")


def test_fractions_scaled_are_exact(tmp_path: Path) -> None:
    """0.29, 0.57 and 0.58 as fractions meet 29, 57 and 58."""
    by = scheme(scheme_text({"星": ("全部", [criterion("X", "介于: [29, 58]", "比例", "单位: '%'")])}))
    result = rated(
        tmp_path,
        by,
        [["乡镇", "村名", "X"], *[["河乡", village(place), cell] for place, cell in enumerate([0.29, 0.57, 0.58])]],
    )

    assert [1, 1, 1] == list(result.proven().values())


def test_per_mille(tmp_path: Path) -> None:
    """2‰ and 0.2% are 2; a plain 2 is 2, a plain 0.002 is what it says."""
    assert [2, 2, 2, 0.002, 5] == values(column(tmp_path, "比例", "‰", ["2‰", "0.2%", 2, 0.002, Shown(0.005, "0.0%")]))


def test_over_the_whole_is_a_warning(tmp_path: Path) -> None:
    """120% is used and looked at, unless 范围 forbids it."""
    allowed = column(tmp_path, "比例", "%", [120, "100%", 85])
    refused = column(tmp_path, "比例", "%", [120, "100%", 85], "范围: {至多: 100}")

    assert [120, 100, 85] == values(allowed)
    assert (at(0), []) == (allowed.cells("V317"), allowed.cells("V303"))
    assert [None, 100, 85] == values(refused)
    assert ([], at(0)) == (refused.cells("V317"), refused.cells("V303"))
    assert "invalid" == reasons(refused)[0]


# --- ranges and types -------------------------------------------------------------------------------------------------


def test_ranges_include_their_ends(tmp_path: Path) -> None:
    """至少 and 至多 include the number, 高于 and 低于 do not."""
    closed = column(tmp_path, "数值", "万元", [0.99, 1, 10, 10.01], "范围: {至少: 1, 至多: 10}")
    opened = column(tmp_path, "数值", "万元", [1, 1.01, 9.99, 10], "范围: {高于: 1, 低于: 10}")

    assert ["invalid", None, None, "invalid"] == reasons(closed)
    assert ["invalid", None, None, "invalid"] == reasons(opened)
    assert at(0, 3) == closed.cells("V303")


def test_ranges_are_exact(tmp_path: Path) -> None:
    """5.300000000000001 is not over 5.3; 50000 元 is 5 万元."""
    assert [5.3, None] == [
        one and round(float(str(one)), 15)
        for one in values(column(tmp_path, "数值", "万元", [5.300000000000001, 5.31], "范围: {至多: 5.3}"))
    ]
    assert [None] == reasons(column(tmp_path, "数值", "万元", ["50000元"], "范围: {至多: 5}"))


def test_whole_numbers(tmp_path: Path) -> None:
    """5.5 of 整数 is invalid, so is a negative where 范围 is silent; 5.0 is 5."""
    result = column(tmp_path, "整数", "人", [5.5, -1, 5.0, 0, "1,234", "1.2万", "无"])

    assert ["invalid", "invalid", None, None, None, None, None] == reasons(result)
    assert [5, 0, 1234, 12000, 0] == values(result)[2:]
    assert (at(0), at(1)) == (result.cells("V304"), result.cells("V303"))


def test_a_range_may_allow_negatives(tmp_path: Path) -> None:
    """A 整数 with 范围 至少 -5 takes -3; one that only says 至多 still takes no negative."""
    assert [None, "invalid"] == reasons(column(tmp_path, "整数", "人", [-3, -6], "范围: {至少: -5}"))
    assert ["invalid", None] == reasons(column(tmp_path, "整数", "人", [-3, 6], "范围: {至多: 10}"))


def test_a_number_may_be_negative_where_the_range_is_silent(tmp_path: Path) -> None:
    """An investment may lose money."""
    assert [-3.5] == values(column(tmp_path, "数值", "万元", [-3.5]))


# --- units ------------------------------------------------------------------------------------------------------------


def test_a_convertible_unit_in_the_header_converts_every_value(tmp_path: Path) -> None:
    """（元） over a field of 万元; a unit in a cell beats it; exactly."""
    result = column(
        tmp_path, "数值", "万元", [52000, "5.2万", "5.2万元", "52,000", 49999.99, 50000, 0.1], header="值（元）"
    )

    assert [5.2, 5.2, 5.2, 5.2, 4.999999, 5, 0.00001] == values(result)
    assert ["met", "met", "met", "met", "unmet", "met", "unmet"] == [
        result.verdicts(name)["X"] for name in result.names
    ]
    assert 1 == len(result.cells("T207"))


def test_a_foreign_unit_in_the_header_is_an_error(tmp_path: Path) -> None:
    """（人） over a field of 万元: nothing under it is used, but for cells with a unit of their own."""
    result = column(tmp_path, "数值", "万元", [5, 6, "5.2万元"], header="值（人）")

    assert ["unreadable", "unreadable", None] == reasons(result)
    assert {"T206"} <= result.codes()


def test_odd_cells(tmp_path: Path) -> None:
    """Error cells, formulas without a value, yes/no and dates where numbers belong: errors with codes of their own."""
    result = column(
        tmp_path, "数值", "万元", ["#DIV/0!", "#REF!", "=B2+C2", True, date(2022, 5, 1), "不涉及", "不适用", 5]
    )

    assert ["unreadable"] * 7 == reasons(result)[:7]
    assert at(0, 1) == result.cells("V310")
    assert at(2) == result.cells("V311")
    assert at(5, 6) == result.cells("V312")


@pytest.mark.parametrize(("kind", "more"), [("是否", ()), ("日期", ()), ("选项", ("选项: [有, 没]",)), ("文本", ())])
def test_error_cells_in_columns_of_words(tmp_path: Path, kind: str, more: tuple[str, ...]) -> None:
    """#N/A and a formula without a value are unknown in a column of any type, never text; 不适用 is too."""
    result = column(tmp_path, kind, None, ["#N/A", "=B2", "-", "不适用"], *more)

    assert ["unreadable", "unreadable", "blank"] == reasons(result)[:3]
    assert (at(0), at(1)) == (result.cells("V310"), result.cells("V311"))
    assert at(3) == result.cells("V312")
    assert result.value("丁村", "X") is None


def test_blanks_of_every_form(tmp_path: Path) -> None:
    """All are unknown for the reason blank, and a warning."""
    result = column(tmp_path, "数值", "万元", [None, " ", "/", "\\", "—", "--", "－", 5])

    assert ["blank"] * 7 + [None] == reasons(result)
    assert at(*range(7)) == result.cells("V313")


@pytest.mark.parametrize(
    ("kind", "more", "advice"),
    [
        ("数值", "单位: 万元", "补填；确实没有的填 0"),
        ("整数", "单位: 人", "补填；确实没有的填 0"),
        ("整数", "范围: {至少: 1}", "补填"),
        ("数值", "范围: {高于: 0}", "补填"),
        ("数值", "范围: {至多: -1}", "补填"),
        ("数值", "范围: {低于: 0}", "补填"),
        ("数值", "范围: {至少: 0, 至多: 9, 高于: -1, 低于: 10}", "补填；确实没有的填 0"),
        ("比例", "单位: '%'", "补填"),
        ("是否", "", "补填；确实不是的填 否"),
        ("日期", "", "补填；还没有日期的空着，不要填 0"),
        ("选项", "选项: [甲, 乙]", "补填；只能填“应为”里的词"),
        ("文本", "", "补填"),
    ],
)
def test_what_to_write_into_a_blank(tmp_path: Path, kind: str, more: str, advice: str) -> None:
    """Nobody is told to write a 0 where it is no date, no option, no share, or outside 范围."""
    bound = "至多: -5" if more in {"范围: {至多: -1}", "范围: {低于: 0}"} else "至少: 1"
    asked = {"日期": "至少: 2022-01-01", "选项": "为: 甲", "是否": "为: 是", "文本": "为: 甲"}.get(kind, bound)
    by = scheme(scheme_text({"甲星": ("全部", [criterion("X", asked, kind, *([more] if more else []))])}))
    result = rated(tmp_path, by, [["乡镇", "村名", "X"], ["河乡", "甲村", None], ["河乡", "乙村", None]])

    assert {advice} == {found.hint("zh") for found in result.diagnostics if found.code == "V313"}


def test_yes_and_no_cells(tmp_path: Path) -> None:
    """TRUE and FALSE, 1 and 0, words."""
    result = column(tmp_path, "是否", None, [True, False, 1, 0, "√", "×", "已完成", "正在推进", 2, "部分"])

    assert [True, False, True, False, True, False, True, False, None, None] == values(result)
    assert at(8, 9) == result.cells("V306")


def test_date_cells(tmp_path: Path) -> None:
    """A date cell, a serial, yyyymmdd as a number, months, and the number 2023.1 that is neither."""
    cells = [
        date(2022, 5, 15),
        datetime(2022, 5, 15, 8, 30),  # noqa: DTZ001 - as a workbook has it
        44696,
        20220515,
        "2022.5.15",
        "2022年5月",
        2022.5,
        2022.1,
        202205,
        "无",
    ]
    result = column(tmp_path, "日期", None, cells)
    day = (date(2022, 5, 15), date(2022, 5, 15))

    assert [day] * 5 == values(result)[:5]
    assert (date(2022, 5, 1), date(2022, 5, 31)) == values(result)[5]
    assert ["unreadable"] * 3 + ["blank"] == reasons(result)[6:]


def test_notes_on_nothing(tmp_path: Path) -> None:
    """无 is zero with a note at the cell."""
    result = column(tmp_path, "数值", "万元", ["无", 5])

    assert [0, 5] == values(result)
    assert at(0) == result.cells("V314")


def test_a_shown_value_on_the_other_side_of_a_requirement_is_said(tmp_path: Path) -> None:
    """4.96 formatted as 5 does not meet 至少 5: the stored value decides, and a note says so."""
    result = column(
        tmp_path, "数值", "万元", [Shown(4.96, "0"), Shown(4.96, "0.0"), Shown(4.96, "0.00"), Shown(5.4, "0")]
    )

    assert ["unmet", "unmet", "unmet", "met"] == [result.verdicts(name)["X"] for name in result.names]
    assert at(0, 1) == result.cells("V320")


# --- the schema itself ------------------------------------------------------------------------------------------------

SCHEME = scheme(
    scheme_text(
        {
            "星": (
                "全部",
                [
                    criterion(
                        "N-1", "至少: 5", "数值", "单位: 万元", "范围: {至少: 0, 至多: 100}", "列名: [收入, 集体收入]"
                    ),
                    criterion("Y-1"),
                    criterion("D-1", "至多: 2022-06-30", "日期"),
                    criterion("O-1", "为: 甲", "选项", "选项: [甲, 乙]"),
                ],
            )
        },
        fields=["人口: {列名: [人口], 类型: 整数, 单位: 人}"],
    )
)


def test_the_row_model_reads_cells_as_people_write_them() -> None:
    """The same rules as in a workbook, and refusals carry the code."""
    model = LedgerSchema(SCHEME).model
    row = model.model_validate({"人口": "1,234", "N-1": "5.2万元", "Y-1": "√", "D-1": "2022.5.15", "O-1": None})

    assert {
        "人口": 1234,
        "N-1": 5.2,
        "Y-1": True,
        "D-1": (date(2022, 5, 15), date(2022, 5, 15)),
        "O-1": None,
    } == row.model_dump(by_alias=True)

    with pytest.raises(ValidationError) as refusal:
        model.model_validate({"人口": "约1200", "N-1": 101, "Y-1": "也许", "O-1": "丙"})

    assert {"人口", "N-1", "Y-1", "O-1"} == {str(error["loc"][0]) for error in refusal.value.errors()}
    assert {"V301", "V306", "V305"} <= {error["type"] for error in refusal.value.errors()}


def test_the_row_model_is_closed() -> None:
    """A column the scheme does not know is refused."""
    with pytest.raises(ValidationError):
        LedgerSchema(SCHEME).model.model_validate({"电话": "1"})


def test_the_json_schema_names_units_and_spellings() -> None:
    """The documentation of the ledger: every column with its unit and 列名, and a valid JSON Schema."""
    document = LedgerSchema(SCHEME).json_schema()
    jsonschema.Draft202012Validator.check_schema(document)

    assert ["人口", "N-1", "Y-1", "D-1", "O-1"] == list(document["properties"])
    assert ("万元", ["收入", "集体收入"]) == (
        document["properties"]["N-1"]["单位"],
        document["properties"]["N-1"]["列名"],
    )


def test_whole_numbers_in_a_range_with_decimals(tmp_path: Path) -> None:
    """范围 above 0.5 and below 9.5 holds 1 to 9; its ends need not be whole."""
    result = column(tmp_path, "整数", "人", [0, 1, 9, 10], "范围: {高于: 0.5, 低于: 9.5}")

    assert ["invalid", None, None, "invalid"] == reasons(result)


def test_a_year_typed_into_a_cell_of_dates(tmp_path: Path) -> None:
    """2023.5 in a cell of dates is shown as a day of 1905, and is none."""
    cells: list[Cell] = [datetime(1905, 7, 15, 12), date(1905, 7, 15), date(1938, 7, 1), date(2022, 5, 3)]  # noqa: DTZ001
    result = column(tmp_path, "日期", None, cells)

    assert (at(0, 1), at(2)) == (result.cells("V307"), result.cells("V340"))
    assert ["unreadable", "unreadable", None, None] == reasons(result)
