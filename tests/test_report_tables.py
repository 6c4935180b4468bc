"""Units × verdicts as CSV, Parquet and xlsx."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pyarrow.parquet as pq
import pytest

from report_sample import VILLAGES, rated
from starcheck.column import Reason
from starcheck.diagnostic import Diagnostic, Location
from starcheck.register_import import register_xlsx
from starcheck.report import tables
from starcheck.report.problems import write_problems
from starcheck.report.tables import SUFFIXES, harmless, write_csv, write_sheet, write_units


def rows(text: bytes) -> list[dict[str, str]]:
    """A CSV as dicts, its byte-order mark taken for what it is."""
    return list(csv.DictReader(io.StringIO(text.decode("utf-8-sig"), newline="")))


def csv_of(*given: object, **options: object) -> list[dict[str, str]]:
    """The CSV of some villages."""
    stream = io.BytesIO()
    write_csv(rated(*given), stream, **options)  # type: ignore[arg-type]
    return rows(stream.getvalue())


def test_csv_opens_in_excel() -> None:
    """The CSV begins with a byte-order mark, so that Excel takes it for UTF-8."""
    stream = io.BytesIO()
    write_csv(rated(), stream)

    assert stream.getvalue().startswith(b"\xef\xbb\xbf")


def test_workbooks_of_no_day_tell_no_time(tmp_path: Path) -> None:
    """Of problems, of any rows, of a register: the same content is the same file, whenever it is written."""
    write_problems([Diagnostic("B821", Location("a.xlsx"))], tmp_path / "问题.xlsx", "zh", {})
    (tmp_path / "名册.xlsx").write_bytes(register_xlsx([["名称"], ["甲村"]]))
    with (tmp_path / "表.xlsx").open("wb") as stream:
        write_sheet(stream, "表", ["一"], [[1]])

    assert {datetime(2000, 1, 1)} == {  # noqa: DTZ001 - as workbooks have it
        openpyxl.load_workbook(path).properties.created for path in tmp_path.glob("*.xlsx")
    }


def test_csv_row() -> None:
    """A row says who, the outcome, each star, each criterion's verdict, value and gap, each veto."""
    found = csv_of()[1]

    assert {
        "编码": "410922000001",
        "名称": "西李家村",
        "乡镇": "马庄桥镇",
        "已上报": "是",
        "星级": "4",
        "星级名称": "四星",
        "可达星级": "4",
        "有待核实": "否",
        "产业兴旺星": "未点亮",
        "CY-01 村集体经济年收入 判定": "未达标",
        "CY-01 村集体经济年收入 值（万元）": "4.2",
        "CY-01 村集体经济年收入 差距（万元）": "0.8",
        "ZB-01 两委班子齐整 值": "是",
        "WM-01 幸福院建成日期 值": "2021-09-01",
        "FM-01 发生较大安全生产责任事故": "未触发",
    }.items() <= found.items()


def test_unreported_units_are_blank() -> None:
    """A unit that did not report has its row, and nothing in it but who it is."""
    found = csv_of()[8]

    assert "西张村" == found["名称"]
    assert "否" == found["已上报"]
    assert {""} == {found[key] for key in ("星级", "星级名称", "可达星级", "产业兴旺星", "ZB-01 两委班子齐整 判定")}


def test_month_without_day() -> None:
    """A date of which the day is not known is a month."""
    september = (date(2021, 9, 1), date(2021, 9, 30))
    found = csv_of([("甲镇", "甲村", {"WM-01": september}), ("甲镇", "乙村", {"WM-01": Reason.BLANK})])

    assert ["2021-09", ""] == [row["WM-01 幸福院建成日期 值"] for row in found]


@pytest.mark.parametrize("name", ["=1+1", "+86", "-1+1", "@SUM(A1)", "＝1+1", "＠SUM", "\tx", "\rx", "\nx"])
def test_formulas_are_defused(name: str) -> None:
    """Text that a spreadsheet would run as a formula gets an apostrophe; numbers do not."""
    shown = name.replace("\r", "\n")

    assert "'" + shown == harmless(name)
    assert harmless("东关村") == "东关村"
    assert "'" + shown == csv_of([(name, name, {})])[0]["名称"]


def test_awkward_names() -> None:
    """Quotes, commas and line breaks in a name survive."""
    name = 'a,"b"\nc'

    assert name == csv_of([("甲镇", name, {})])[0]["名称"]


def test_english() -> None:
    """In English headers and words are English."""
    found = csv_of(lang="en")[1]

    assert ("unmet", "4.2", "0.8", "unlit") == tuple(
        found[key] for key in ("CY-01 verdict", "CY-01 value", "CY-01 gap", "产业兴旺星")
    )


def test_one_township() -> None:
    """Of one township only its units are written."""
    assert ["曹庄村", "柳格村"] == [row["名称"] for row in csv_of(township="仙庄镇")]


def test_county_column() -> None:
    """With several counties the first column says which."""
    stream = io.BytesIO()
    write_csv(rated(VILLAGES[:2], county=["甲县", "乙县"]), stream)

    assert ["甲县", "乙县"] == [row["县"] for row in rows(stream.getvalue())]


def test_parquet_is_typed(tmp_path: Path) -> None:
    """In Parquet numbers are numbers, yes/no booleans, words a dictionary."""
    path = tmp_path / "units.parquet"
    write_units(rated(), path)
    table = pq.read_table(path)
    found = {key: table.column(key).to_pylist()[:3] for key in ("星级", "CY-01 村集体经济年收入 值（万元）", "已上报")}

    assert {
        "星级": [5, 4, 4],
        "CY-01 村集体经济年收入 值（万元）": [8.5, 4.2, None],
        "已上报": [True, True, True],
    } == found
    assert ["达标", "未达标", "待核实"] == table.column("CY-01 村集体经济年收入 判定").to_pylist()[:3]


def test_xlsx_holds_text_as_text(tmp_path: Path) -> None:
    """In the workbook nothing is a formula, and numbers are numbers."""
    path = tmp_path / "units.xlsx"
    write_units(rated([("甲镇", "=1+1", {"CY-01": 4.2})]), path)
    sheet = openpyxl.load_workbook(path).active
    assert sheet is not None
    header = [cell.value for cell in sheet[1]]
    row = dict(zip(header, sheet[2], strict=True))

    assert ("=1+1", "s") == (row["名称"].value, row["名称"].data_type)
    assert 4.2 == row["CY-01 村集体经济年收入 值（万元）"].value
    assert "E2" == sheet.freeze_panes


def test_more_rows_than_a_sheet_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What does not fit on one sheet goes on to the next, each with its headers."""
    monkeypatch.setattr(tables, "SHEET_ROWS", 4)
    path = tmp_path / "units.xlsx"
    write_units(rated(), path)
    book = openpyxl.load_workbook(path)

    *sheets, about = book.worksheets

    assert [("单位", 5), ("单位2", 5), ("单位3", 4)] == [(sheet.title, sheet.max_row) for sheet in sheets]
    assert ("说明", "示例，非官方标准") == (about.title, about["B2"].value)
    assert ["名称"] * 3 == [sheet.cell(1, 2).value for sheet in sheets]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_nothing_to_write(suffix: str, tmp_path: Path) -> None:
    """No unit makes a table with headers only."""
    path = tmp_path / f"units{suffix}"
    write_units(rated([]), path)

    assert path.stat().st_size > 0


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_failed_write_leaves_the_old_file(suffix: str, tmp_path: Path) -> None:
    """Where the table cannot be made, what was there stays and nothing else is left behind."""
    path = tmp_path / f"units{suffix}"
    path.write_text("old", encoding="utf-8")
    assessment = rated()
    assessment.ledger.columns["CY-01"].reason.resize(3, refcheck=False)
    with pytest.raises((ValueError, IndexError)):
        write_units(assessment, path)

    assert ["old"] == [file.read_text(encoding="utf-8") for file in tmp_path.iterdir()]


def test_unwritable_folder(tmp_path: Path) -> None:
    """A folder that is not there is an OSError for the caller to report."""
    with pytest.raises(OSError, match="gone"):
        write_units(rated(), tmp_path / "gone" / "units.csv")
