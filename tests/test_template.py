"""The ledger to fill in: what it asks for, what its rules admit, and that it reads back without a word."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from making import CRITERIA, OWN_CRITERIA, ROOT, criterion, scheme, scheme_text, workbook
from starcheck.cells import PercentNumber
from starcheck.column import Kind, Reason
from starcheck.diagnostic import Severity, catalogue
from starcheck.fields import LedgerSchema, within
from starcheck.intake import HeaderIndex, used_keys
from starcheck.ledger import inputs_of, names_in
from starcheck.register import Entry
from starcheck.scheme import LedgerField, Scheme, load_scheme
from starcheck.table import Header
from starcheck.template import Form, breach_formula, cell_rule, ledger_template
from starcheck.units import read_date, read_yesno
from test_cli import Done, star

QINGFENG = ROOT / "examples" / "qingfeng" / "register.csv"
JUNE = ("--county", "清丰县", "--period", "2022-06")


def make(*arguments: str | Path, scheme: str | Path = "wuxing-rural") -> Done:
    """Run the command."""
    return star("template", "--scheme", scheme, *arguments)


def check(*arguments: str | Path, scheme: str | Path = "wuxing-rural") -> Done:
    """Check files with the scheme; hints look at figures, not at the file."""
    return star("check", *arguments, "--scheme", scheme, "--format", "json", "--no-hints")


@pytest.fixture(scope="module")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ledger of one township of the example county, not filled in."""
    path = tmp_path_factory.mktemp("blank") / "马庄桥.xlsx"
    done = make("--register", QINGFENG, "--township", "马庄桥", *JUNE, "--out", path)

    assert (0, "") == (done.code, done.out)

    return path


# --- filling in -------------------------------------------------------------------------------------------------------

CONSISTENT: Mapping[str, Callable[[int], Any]] = {
    "人口": lambda row: 900 + 13 * row,
    "户数": lambda row: 300 + 7 * row,
    "耕地面积": lambda row: 1200.5 + row,
    "CY-01": lambda row: 15 + 5 * row,
    "CY-1": lambda row: 6 + 2 * row,
}
"""What has to agree with other cells; everything else is small."""


def plain(key: str, item: LedgerField, row: int) -> Any:
    """A value that a careful clerk writes; it differs from row to row."""
    row %= 50
    if key in CONSISTENT:
        return CONSISTENT[key](row)
    match item.kind:
        case Kind.YESNO:
            return "是" if row % 3 else "否"
        case Kind.OPTION:
            return item.options[row % len(item.options)]
        case Kind.DATE:
            return date(2022, 3, 1) + timedelta(days=row)
        case Kind.TEXT:
            return f"说明{row}"
        case Kind.RATIO:
            return (60 + row % 40) / (100 if item.unit == "%" else 1)
        case _:
            least = item.bounds.at_least if item.bounds is not None else None
            return max(3, int(least or 0)) + row


def ledger_sheet(path: Path) -> tuple[openpyxl.Workbook, Worksheet]:
    """The workbook and its sheet to fill in."""
    book = openpyxl.load_workbook(path)
    return book, book["台账"]


def columns_of(sheet: Worksheet, rated: Scheme) -> dict[str, int]:
    """Key to column number, by the headers above the first rule."""
    index = HeaderIndex(rated)
    body = first_row(sheet)
    texts = {column: sheet.cell(body - 1, column).value for column in range(1, sheet.max_column + 1)}
    found = {column: index.field_of(Header(0, (str(text),)).candidates()) for column, text in texts.items() if text}
    return {match[0]: column for column, match in found.items() if match is not None}


def note(sheet: Worksheet, column: int) -> str:
    """The note on the header of a column."""
    comment = sheet.cell(first_row(sheet) - 1, column).comment

    assert comment is not None

    return str(comment.text)


def first_row(sheet: Worksheet) -> int:
    """The first row under the header: the panes are frozen above it."""
    return int(re.sub(r"\D", "", str(sheet.freeze_panes)))


def rows_of(sheet: Worksheet) -> range:
    """The rows of units: all that the rules cover."""
    ranges = [part for rule in sheet.data_validations.dataValidation for part in rule.sqref.ranges]
    return range(min(part.min_row for part in ranges), max(part.max_row for part in ranges) + 1)


def fill(path: Path, rated: Scheme, out: Path, value: Callable[[str, LedgerField, int], Any] = plain) -> Path:
    """The workbook filled in, saved as another program saves it."""
    book, sheet = ledger_sheet(path)
    rows = rows_of(sheet)
    for key, column in columns_of(sheet, rated).items():
        for row in rows:
            sheet.cell(row, column).value = value(key, rated.ledger_columns[key], row - rows.start)
    book.save(out)
    return out


def loaded(path: Path) -> Scheme:
    """A scheme that has to be valid."""
    found, _ = load_scheme(path)

    assert found is not None

    return found


RURAL = loaded(CRITERIA / "wuxing-rural.yaml")

# --- it reads back ----------------------------------------------------------------------------------------------------


def test_filled_in_it_reads_back_without_a_word(blank: Path, tmp_path: Path) -> None:
    """Register, period and county known: no error, no warning, not even a note; and all villages are rated."""
    filled = fill(blank, RURAL, tmp_path / "上报.xlsx")
    done = check(filled, "--register", QINGFENG)

    assert [] == done.document["diagnostics"]
    assert 0 == done.code
    assert (33, "清丰县", "2022-06") == (
        done.document["summary"]["units"],
        done.document["county"],
        done.document["period"],
    )
    assert ["填表说明"] == done.document["inputs"][0]["passed_over"]


def test_blank_it_lacks_values_only(blank: Path) -> None:
    """Blank cells and rows are all there is to say of it."""
    done = check(blank, "--register", QINGFENG)

    assert {"V313", "R402"} == set(done.codes())
    assert 0 == done.code


def test_the_console_says_what_was_passed_over(blank: Path) -> None:
    """A sheet that was not read is named."""
    done = star("check", blank, "--register", QINGFENG)

    assert "马庄桥.xlsx!填表说明" in done.out


def test_changed_instructions_are_not_passed_over(blank: Path, tmp_path: Path) -> None:
    """What somebody wrote into the sheet could be data: it is read, and here is none."""
    filled = fill(blank, RURAL, tmp_path / "上报.xlsx")
    book = openpyxl.load_workbook(filled)
    book["填表说明"]["H3"] = "李庄村 12"
    book.save(filled)
    done = check(filled, "--register", QINGFENG)

    assert ["T201"] == done.codes()
    assert "passed_over" not in done.document["inputs"][0]


def test_data_under_the_mark_are_read(blank: Path, tmp_path: Path) -> None:
    """The mark alone hides nothing: a ledger pasted under it is found."""
    book = openpyxl.load_workbook(blank)
    mark = book["填表说明"]["A1"].value
    rows = [[mark], ["清丰县马庄桥镇2022年6月台账"], ["乡镇", "村名", "户数", "人口"], ["马庄桥镇", "东关村", 300, 900]]
    done = check(workbook(tmp_path / "a.xlsx", {"填表说明": rows}), "--register", QINGFENG)

    assert 1 == sum(unit["reported"] for unit in done.document["units"])


EVERY = sorted(
    path
    for folder in (CRITERIA, OWN_CRITERIA, ROOT / "tests" / "schemes")
    for path in folder.glob("*.yaml")
    if load_scheme(path)[0] is not None
)


def entries_for(rated: Scheme) -> tuple[Entry, ...]:
    """Three units of the scheme's kind."""
    if rated.rates_townships:
        return tuple(
            Entry(f"41099910{number}000", f"{name}乡", f"{name}乡", None, rated.unit_kind)
            for number, name in enumerate("甲乙丙", start=1)
        )
    ending = {"行政村": "村", "城市社区": "社区"}.get(rated.unit_kind, "点")
    return tuple(
        Entry(f"41099910020{number}", f"{name}{ending}", "河乡", None, rated.unit_kind)
        for number, name in enumerate("甲乙丙")
    )


@pytest.mark.parametrize("path", EVERY, ids=lambda path: path.stem)
def test_every_scheme_has_a_ledger_that_reads_back(path: Path, tmp_path: Path) -> None:
    """Each column in use once, and nothing but relations to be said of small figures."""
    rated = loaded(path)
    day = max(rated.since, date(2022, 6, 30))
    period = f"{day:%Y-%m}"
    entries = entries_for(rated)
    township = None if rated.rates_townships else "河乡"
    made = ledger_template(Form(rated, day, period, "平原县", township, entries))
    (tmp_path / "空.xlsx").write_bytes(made.content)
    _, sheet = ledger_sheet(tmp_path / "空.xlsx")
    columns = columns_of(sheet, rated)

    assert used_keys(rated) == set(columns)
    assert len(columns) == made.columns

    filled = fill(tmp_path / "空.xlsx", rated, tmp_path / "满.xlsx")
    register = tmp_path / "register.csv"
    lines = [f"{entry.code},{entry.name},{entry.township},{entry.kind}" for entry in entries]
    register.write_text("\n".join(["编码,名称,乡镇,类型", *lines]), encoding="utf-8")
    done = check(filled, "--register", register, scheme=path)

    relations = {code.code for code in catalogue().values() if code.code[0] == "K"} | {"J501", "V319"}

    assert set() == set(done.codes()) - relations
    assert 3 == sum(unit["reported"] for unit in done.document["units"])


def test_the_same_gives_the_same_bytes(blank: Path, tmp_path: Path) -> None:
    """No clock goes into it."""
    make("--register", QINGFENG, "--township", "马庄桥镇", *JUNE, "--out", tmp_path / "b.xlsx")

    assert blank.read_bytes() == (tmp_path / "b.xlsx").read_bytes()


# --- what it looks like -----------------------------------------------------------------------------------------------


def test_title_and_nature(blank: Path) -> None:
    """Where and when for the reader to infer, and the nature on every output."""
    _, sheet = ledger_sheet(blank)

    assert "清丰县马庄桥镇农村“五星”支部创建（示例）台账（2022年6月）" == sheet["A1"].value
    assert str(sheet["A2"].value).startswith("示例，非官方标准")


def test_groups_stand_over_the_columns(blank: Path) -> None:
    """Stars in order; an input stands with the one star that needs it; a computed criterion is not asked for."""
    _, sheet = ledger_sheet(blank)
    labels = [cell.value for cell in sheet[3] if cell.value]
    columns = columns_of(sheet, RURAL)

    assert ["序号", "编码", "乡镇", "村名", "基础数据", *(star.name for star in RURAL.stars), "负面清单"] == labels
    assert columns["CY-01"] + 1 == columns["经营收入"] < columns["CY-03"]
    assert not {"CY-02", "ZB-05", "ST-01"} & set(columns)
    assert "村集体经济年收入\n（万元）" == sheet.cell(4, columns["CY-01"]).value


def test_an_unused_field_is_not_asked_for(tmp_path: Path) -> None:
    """A column that nothing needs would only be work."""
    text = scheme_text({"红星": ("全部", [criterion("X")])}, fields=["备用: {列名: [备用], 类型: 数值}"])
    made = ledger_template(Form(scheme(text), date(2022, 6, 30)))
    (tmp_path / "a.xlsx").write_bytes(made.content)
    _, sheet = ledger_sheet(tmp_path / "a.xlsx")

    assert (1, 40) == (made.columns, made.rows)
    assert "备用" not in {cell.value for row in sheet.iter_rows() for cell in row}


@pytest.mark.parametrize(
    ("spellings", "header"),
    [
        ('["收入（元）"]', "收入\n（万元）"),
        ('["收入（%）", 进账]', "收入\n（万元）"),
        ("[“收入”]", "“收入”\n（万元）"),
        ('["、", 进账]', "进账\n（万元）"),
        ('["=收入"]', "'=收入\n（万元）"),
    ],
)
def test_a_header_has_the_unit_of_the_field(tmp_path: Path, spellings: str, header: str) -> None:
    """Whatever unit the spelling brings along; a spelling the reader cannot know is left for the next."""
    text = scheme_text({"红星": ("全部", [criterion("X", "至少: 5", "数值", "单位: 万元", f"列名: {spellings}")])})
    (tmp_path / "a.xlsx").write_bytes(ledger_template(Form(scheme(text), date(2022, 6, 30))).content)
    _, sheet = ledger_sheet(tmp_path / "a.xlsx")

    assert header == sheet.cell(first_row(sheet) - 1, 4).value


def test_headers_that_cannot_be_read_back(tmp_path: Path) -> None:
    """A spelling that is nothing but a mark: no ledger is made, and the field is named."""
    text = scheme_text({"红星": ("全部", [criterion("X", "为: 是", "是否", '列名: ["、"]')])})
    (tmp_path / "s.yaml").write_text(text, encoding="utf-8")
    done = make("--out", tmp_path / "a.xlsx", scheme=tmp_path / "s.yaml")

    assert 2 == done.code
    assert "X" in done.err
    assert not (tmp_path / "a.xlsx").exists()


def test_names_are_protected_and_nothing_else(blank: Path) -> None:
    """Names of the register and headers are locked, without a password; cells to fill in, and beside them, are not."""
    _, sheet = ledger_sheet(blank)
    rows = rows_of(sheet)
    locked = {
        cell.column for row in sheet.iter_rows(rows.start, rows.stop - 1) for cell in row if cell.protection.locked
    }

    assert (True, None) == (sheet.protection.sheet, sheet.protection.password)
    assert {1, 2, 3, 4} == locked
    assert sheet["A1"].protection.locked
    assert ["东关村", "西李家村"] == [sheet.cell(row, 4).value for row in rows[:2]]
    assert ("410999100200", "@") == (sheet.cell(rows.start, 2).value, sheet.cell(rows.start, 2).number_format)
    assert 33 == len(rows)
    assert sheet.cell(rows.start, 1).protection.locked
    beside = [
        found for found in sheet.column_dimensions.values() if found.max is not None and found.max > sheet.max_column
    ]

    assert [False] == [found.protection.locked for found in beside]
    assert not sheet.protection.objects
    assert not sheet.protection.autoFilter
    assert not sheet.protection.formatColumns


def test_it_is_no_wider_than_it_is(blank: Path) -> None:
    """The sheet does not say that it has 16,384 columns."""
    with zipfile.ZipFile(blank) as archive:
        head = archive.read("xl/worksheets/sheet1.xml")[:1000]
    found = re.search(rb'<dimension ref="A1:([A-Z]+)39"', head)

    assert found is not None
    assert len(found[1]) == 2


def test_it_prints(blank: Path) -> None:
    """Frozen and printed headers, landscape, fitted to the width."""
    _, sheet = ledger_sheet(blank)

    assert "E5" == sheet.freeze_panes
    assert ("$3:$4", "$A:$D") == (sheet.print_title_rows, sheet.print_title_cols)
    assert ("landscape", 0) == (sheet.page_setup.orientation, sheet.page_setup.fitToHeight)
    assert sheet.sheet_properties.pageSetUpPr is not None
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert "&P" in str(getattr(sheet.oddFooter, "center", None))
    assert sheet.print_area


def test_each_header_has_its_note(blank: Path) -> None:
    """Meaning, how to fill in, the requirement in force, its source and clause, and the owner."""
    _, sheet = ledger_sheet(blank)
    columns = columns_of(sheet, RURAL)
    notes = {key: note(sheet, column) for key, column in columns.items()}

    for part in ("CY-01 村集体经济年收入", "单位万元", "至少5万元", "2022-05-01", "建安2023", "县农业农村局"):
        assert part in notes["CY-01"]
    assert "流转面积 ÷ 耕地面积" in notes["耕地面积"]
    assert "平安法治星" in notes["FM-01"]
    assert all(notes.values())


def test_instructions_name_every_column_and_clause(blank: Path) -> None:
    """What, how, by which clause, whose; what blank means; the sources in full."""
    book, _ = ledger_sheet(blank)
    text = "\n".join(str(cell.value) for row in book["填表说明"].iter_rows() for cell in row if cell.value)

    for item in (RURAL.ledger_columns[key] for key in used_keys(RURAL)):
        assert item.label in text
    for source in RURAL.sources.values():
        assert source.file in text
    for part in (
        "示例，非官方标准",
        "wuxing-rural",
        "2023.1",
        "不等于 0",
        "发回",
        "JH-01",
        "四步" if False else "四议两公开",
    ):
        assert part in text


def test_words_that_are_said_to_be_understood_are() -> None:
    """The table of words tells the truth."""
    from starcheck.messages import say  # noqa: PLC0415 - here only

    for word in say("template.words.yes.text", "zh").split("、"):
        assert read_yesno(word).value is True
    for word in say("template.words.no.text", "zh").split("、"):
        assert read_yesno(word).value is False
    for word in say("template.words.date.text", "zh").split("、"):
        assert (date(2022, 5, 15), date(2022, 5, 15)) == read_date(word).value


def test_english_instructions(tmp_path: Path) -> None:
    """The instructions are English, the headers are data."""
    done = make("--register", QINGFENG, "--township", "马庄桥", *JUNE, "--lang", "en", "--out", tmp_path / "a.xlsx")
    book, sheet = ledger_sheet(tmp_path / "a.xlsx")

    assert ["台账", "Instructions"] == book.sheetnames
    assert "村名" in {cell.value for cell in sheet[3]}
    assert "How to fill in" in {cell.value for cell in book["Instructions"]["A"]}
    assert "required: at least 5 万元" in note(sheet, columns_of(sheet, RURAL)["CY-01"])
    assert 0 == done.code

    filled = fill(tmp_path / "a.xlsx", RURAL, tmp_path / "b.xlsx")

    assert [] == check(filled, "--register", QINGFENG).codes()


# --- the rules of cells -----------------------------------------------------------------------------------------------


def test_messages_fit(blank: Path) -> None:
    """Excel refuses a workbook whose rule has a title over 32 or a message over 255 characters."""
    _, sheet = ledger_sheet(blank)
    rules = sheet.data_validations.dataValidation

    assert len(used_keys(RURAL)) == len(rules)
    for rule in rules:
        assert 0 < len(rule.promptTitle) <= 32
        assert 0 < len(rule.prompt) <= 255
        assert 0 < len(rule.errorTitle) <= 32
        assert 0 < len(rule.error) <= 255
        assert "stop" == (rule.errorStyle or "stop")
        assert rule.allow_blank
        assert len(rule.formula1 or "") <= 255 + 2


def test_rules_by_kind(blank: Path) -> None:
    """A list for yes/no and options, whole numbers and decimals in their range, days, and no percent format."""
    _, sheet = ledger_sheet(blank)
    columns = columns_of(sheet, RURAL)
    rules = {
        part.min_col: rule for rule in sheet.data_validations.dataValidation for part in rule.sqref.ranges
    }  # fmt: skip
    row = first_row(sheet)

    def rule(key: str) -> tuple[Any, ...]:
        found = rules[columns[key]]
        return found.type, found.operator, found.formula1, found.formula2

    assert ("list", None, '"是,否"', None) == rule("ZB-01")
    assert ("list", None, '"优秀,良好,一般,较差"', None) == rule("ZB-07")
    assert ("whole", None, "1", "50000") == rule("人口")
    assert ("whole", "greaterThanOrEqual", "0", None) == rule("党员数")
    assert ("decimal", None, "0", "5000") == rule("CY-01")
    assert "date" == rule("提议日期")[0]
    assert "yyyy-mm-dd" == sheet.cell(row, columns["提议日期"]).number_format
    assert "0.00%" == sheet.cell(row, columns["ST-02"]).number_format


LONG = [f"第{number}种情形，说明很长的一个选项" for number in range(30)]


def test_long_lists_stand_on_the_instructions(tmp_path: Path) -> None:
    """A list over 255 characters is a range; what is chosen from it is read."""
    options = ", ".join(LONG)
    text = scheme_text(
        {"红星": ("全部", [criterion("X", f"属于: [{LONG[0]}]", "选项", f"选项: [{options}]")])}
    )  # fmt: skip
    rated = scheme(text)
    entries = entries_for(rated)
    (tmp_path / "a.xlsx").write_bytes(
        ledger_template(Form(rated, date(2022, 6, 30), "2022-06", "平原县", "河乡", entries)).content
    )
    book, sheet = ledger_sheet(tmp_path / "a.xlsx")
    [rule] = sheet.data_validations.dataValidation
    found = re.fullmatch(r"'填表说明'!\$B\$(\d+):\$B\$(\d+)", rule.formula1)

    assert found is not None
    assert LONG == [book["填表说明"].cell(row, 2).value for row in range(int(found[1]), int(found[2]) + 1)]

    fill(tmp_path / "a.xlsx", rated, tmp_path / "b.xlsx")
    (tmp_path / "s.yaml").write_text(text, encoding="utf-8")

    assert [] == check(tmp_path / "b.xlsx", scheme=tmp_path / "s.yaml").codes()


BOUNDS = {
    "": None,
    "至少0": "{至少: 0}",
    "至少0至多100": "{至少: 0, 至多: 100}",
    "高于0": "{高于: 0}",
    "高于0低于10": "{高于: 0.5, 低于: 9.5}",
    "至多5": "{至多: 5}",
    "负": "{至少: -20.5, 至多: -1}",
}
KINDS = (("数值", "万元"), ("整数", "人"), ("比例", "%"), ("比例", "‰"))


@cache
def ruled() -> tuple[Scheme, LedgerSchema]:
    """A scheme with a column of every numeric kind and range, and of the other kinds."""
    fields = [
        f'{kind}{unit.replace("%", "百").replace("‰", "千")}{name}: {{类型: {kind}, 单位: "{unit}"'
        + (f", 范围: {bounds}" if bounds else "")
        + "}"
        for kind, unit in KINDS
        for name, bounds in BOUNDS.items()
    ]
    fields += ["日: {类型: 日期}", "是: {类型: 是否}", "选: {类型: 选项, 选项: [无, 一般, 重大]}"]
    rated = scheme(scheme_text({"红星": ("全部", [criterion("X")])}, fields=fields))
    return rated, LedgerSchema(rated)


def admits(rule: Mapping[str, Any], value: Any) -> bool:
    """Whether a spreadsheet lets a value be typed into a cell A1 with a rule."""
    match rule["validate"]:
        case "list":
            return value in rule["source"]
        case "date":
            return isinstance(value, date) and rule["minimum"] <= value <= rule["maximum"]
        case "custom":
            return calculated(rule["value"], {"A1": value}) is True
        case kind:
            if not isinstance(value, int | float) or (kind == "whole" and value != int(value)):
                return False
            if rule["criteria"] == ">=":
                return bool(value >= rule["value"])
            return bool(rule["minimum"] <= value <= rule["maximum"])


def calculated(formula: str, cells: Mapping[str, Any]) -> Any:
    """What a spreadsheet makes of one of our formulas; None where it shows an error. Text is above every number."""
    python = re.sub(r'"[^"]*"|<>|<=|>=|=', lambda found: {"<>": "!=", "=": "=="}.get(found[0], found[0]), formula[1:])
    names = {cell.replace("$", ""): _Cell(value) for cell, value in cells.items()}
    functions = {
        "AND": lambda *parts: all(parts),
        "OR": lambda *parts: any(parts),
        "NOT": lambda part: not part,
        "IF": lambda condition, yes, no: yes if condition else no,
        "ISNUMBER": lambda value: isinstance(_bare(value), int | float),
        "ROUND": lambda value, digits: _Cell(round(_bare(value), digits)),
        "COUNT": lambda *values: sum(isinstance(_bare(value), int | float) for value in values),
        "ABS": lambda value: abs(_bare(value)),
        "MIN": lambda *values: min(map(_bare, values)),
        "MAX": lambda *values: max(map(_bare, values)),
        "SUM": lambda *values: sum(map(_bare, values)),
        "TRUE": True,
        "FALSE": False,
    }
    try:
        return bool(eval(python.replace("$", ""), {"__builtins__": {}}, {**functions, **names}))  # noqa: S307 - ours
    except (ValueError, TypeError, ZeroDivisionError):
        return None


def _bare(value: Any) -> Any:
    return value.value if isinstance(value, _Cell) else value


class _Cell:
    """A cell in a formula: compared as a spreadsheet compares, text above numbers; blank is 0."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def _sides(self, other: Any) -> tuple[Any, Any]:
        one, two = self.value, _bare(other)
        if isinstance(one, str) != isinstance(two, str):
            return (1, 0) if isinstance(one, str) else (0, 1)
        return one or 0, two or 0

    def __lt__(self, other: Any) -> bool:
        one, two = self._sides(other)
        return bool(one < two)

    def __le__(self, other: Any) -> bool:
        one, two = self._sides(other)
        return bool(one <= two)

    def __gt__(self, other: Any) -> bool:
        return not self <= other

    def __ge__(self, other: Any) -> bool:
        return not self < other

    def __eq__(self, other: object) -> bool:
        return bool(_bare(self) == _bare(other))

    def __hash__(self) -> int:
        return hash(self.value)

    def __add__(self, other: Any) -> Any:
        return self.value + _bare(other)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Any:
        return self.value - _bare(other)

    def __rsub__(self, other: Any) -> Any:
        return _bare(other) - self.value

    def __mul__(self, other: Any) -> Any:
        return self.value * _bare(other)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Any:
        return self.value / _bare(other)

    def __rtruediv__(self, other: Any) -> Any:
        return _bare(other) / self.value

    def __neg__(self) -> Any:
        return -self.value


NUMBERS = st.one_of(
    st.integers(-120, 120).map(float),
    st.decimals(-120, 120, places=2).map(float),
    st.sampled_from([0.0, 0.5, 1.0, 1.01, 9.5, 9.49, 0.51, -1.0, -20.5, -20.51, 100.0, 100.01, 1000.5, 4e9]),
)
OTHERS = st.sampled_from(["是", "否", "无", "一般", "重大", "约5", "0.5%", "1%", "85%", "-3%", "x%", date(2022, 5, 15)])
NUMERIC = [key for key in ruled()[0].ledger_columns if key != "X" and len(key) > 1]


def codes_of(key: str, cells: list[Any]) -> list[str]:
    """The errors of a column of cells; dates are days, everything else as typed."""
    item = ruled()[0].ledger_columns[key]
    if item.kind is Kind.RATIO and item.unit == "%":  # the format of the template's cells
        cells = [PercentNumber(cell) if isinstance(cell, float) else cell for cell in cells]
    found = ruled()[1].read(key, cells, None, np.ones(len(cells), bool))
    return [p.code for p in found.problems if catalogue()[p.code].severity is Severity.ERROR]


@given(
    key=st.sampled_from(sorted(ruled()[0].ledger_columns)), value=NUMBERS | OTHERS, others=st.lists(NUMBERS, max_size=4)
)
def test_what_the_rules_admit_is_read(key: str, value: Any, others: list[float]) -> None:
    """Whatever else of the admitted stands in the column: no error."""
    item = ruled()[0].ledger_columns[key]
    rule = cell_rule(item, "A1")
    column = [cell for cell in (value, *others) if admits(rule, cell)]

    assert [] == codes_of(key, column)


@given(key=st.sampled_from(NUMERIC), value=NUMBERS)
def test_what_the_rules_refuse_is_refused(key: str, value: float) -> None:
    """A number that cannot be typed is one the reader refuses."""
    item = ruled()[0].ledger_columns[key]
    if admits(cell_rule(item, "A1"), value):
        assert item.kind is not Kind.INTEGER or value >= 0 or item.bounds is not None
        assert within(item.bounds, Decimal(f"{value:.15g}") * (100 if item.unit == "%" else 1))
        return

    assert codes_of(key, [value]) or abs(value) > 10**15


@pytest.mark.parametrize(
    "shares",
    [[0.5], [1], [100], [0], [0.01, 0.5, 0.99, 1], [0.5, 1, 1.5, 85, 100], [29, 57, 58], [99.99, 0.07, 33.33]],
)
def test_every_share_reads_back_as_it_is_shown(tmp_path: Path, shares: list[float]) -> None:
    """Half a percent, one, a hundred; alone, and in any company: no word, and the value that stands on the screen."""
    share = criterion("P", "至少: 1", "比例", '单位: "%"', "范围: {至少: 0, 至多: 100}")
    text = scheme_text({"红星": ("全部", [share])})
    (tmp_path / "s.yaml").write_text(text, encoding="utf-8")
    rated = scheme(text)
    entries = tuple(
        Entry(f"4109991002{place:02}", f"{'甲乙丙丁戊'[place]}村", "河乡", None, "行政村")
        for place in range(len(shares))
    )
    made = ledger_template(Form(rated, date(2022, 6, 30), "2022-06", "平原县", "河乡", entries))
    (tmp_path / "a.xlsx").write_bytes(made.content)

    assert all(admits(cell_rule(rated.ledger_columns["P"], "A1"), share / 100) for share in shares)

    fill(tmp_path / "a.xlsx", rated, tmp_path / "b.xlsx", lambda _key, _item, row: shares[row] / 100)
    options = ("--no-store", "--no-hints", "--format", "json")
    done = star("score", tmp_path / "b.xlsx", "--scheme", tmp_path / "s.yaml", *options)

    assert [] == done.codes()
    assert shares == [unit["verdicts"]["P"]["value"] for unit in done.document["units"]]


@pytest.mark.parametrize("value", [2022.5, 20220515, "去年", 1])
def test_no_date_is_typed_as_a_number(value: Any) -> None:
    """What a date cell would turn into a day of 1905, or of no year at all."""
    rule = cell_rule(ruled()[0].ledger_columns["日"], "A1")
    days = date(1899, 12, 30) + timedelta(days=value) if isinstance(value, float) else value

    assert not admits(rule, days)


# --- relations --------------------------------------------------------------------------------------------------------

RELATIONS = {
    "和": "A == B + C",
    "容差": "A == B + C",
    "至多": "B <= A",
    "低于": "B < A",
    "至少": "B >= A",
    "高于": "B > A",
    "不等": "A != B",
    "份额": "P * 100 <= A",
    "函数": "最大(A, B) <= 合计(B, C) + 最小(A, 1)",
    "且": "A >= 0 and (B <= 5 or not C > 3)",
    "是否": "not D or A > 0",
    "相等": "D == E",
    "嵌套": "[R] <= 0.5",
    "日": "F <= G",
}


@cache
def related() -> Scheme:
    """A scheme with a relation of every form."""
    fields = ["A: {类型: 数值}", "B: {类型: 数值}", "C: {类型: 数值}", 'P: {类型: 比例, 单位: "%"}']
    fields += ["D: {类型: 是否}", "E: {类型: 是否}", "F: {类型: 日期}", "G: {类型: 日期}"]
    checks = [
        f'{{编号: {name}, 公式: "{formula}", 级别: 错误{", 容差: 0.5" if name == "容差" else ""}}}'
        for name, formula in RELATIONS.items()
    ]
    share = criterion("R", "至少: 1", "比例", "公式: A / B", '单位: "%"')
    return scheme(scheme_text({"红星": ("全部", [criterion("X"), share])}, fields=fields, checks=checks))


SMALL = st.one_of(st.none(), st.integers(-3, 9), st.decimals(0, 9, places=1).map(float))


@given(
    numbers=st.tuples(SMALL, SMALL, SMALL, SMALL),
    words=st.tuples(*[st.sampled_from([None, "是", "否"])] * 2),
    days=st.tuples(*[st.sampled_from([None, date(2022, 5, 1), date(2022, 6, 1)])] * 2),
)
def test_red_is_what_the_reader_reports(numbers: Any, words: Any, days: Any) -> None:
    """The formula that marks a broken relation is true exactly where the reader says it is broken, all inputs given."""
    from starcheck.expression import evaluate_within  # noqa: PLC0415 - here only
    from starcheck.ledger import unit_of  # noqa: PLC0415 - here only

    rated = related()
    schema = LedgerSchema(rated)
    typed: dict[str, Any] = dict(zip("ABCPDEFG", (*numbers, *words, *days), strict=True))
    if typed["P"] is not None:  # the cell has a percent format
        typed["P"] = PercentNumber(typed["P"] / 100)
    columns = {key: schema.read(key, [cell], None, np.ones(1, bool)).column for key, cell in typed.items()}
    serial = {key: (cell - date(1899, 12, 30)).days if isinstance(cell, date) else cell for key, cell in typed.items()}
    for check_ in rated.checks:
        keys = [key for name in names_in(check_.expression) for key in inputs_of(rated, name)]
        formula = breach_formula(check_, rated, {key: f"${key}1" for key in typed})

        assert formula is not None

        red = calculated(formula, {f"{key}1": cell for key, cell in serial.items()})
        if any(typed[key] is None for key in keys):
            assert red is not True
            continue
        if "R" in names_in(check_.expression):
            broken = bool(typed["B"]) and typed["A"] / typed["B"] > 0.5 + 1e-9
        else:
            units = {name: unit_of(rated, name) for name in names_in(check_.expression)}
            inputs = {name: columns[name] for name in names_in(check_.expression)}
            result = evaluate_within(check_.expression, inputs, units, check_.tolerance)
            broken = result.reason[0] == Reason.KNOWN and result.values[0] == 0

        assert bool(broken) == bool(red), (check_.id, typed, formula)


def test_blanks_relations_and_late_days_are_marked(blank: Path) -> None:
    """Conditional formats: blank cells of named rows, each relation on its cells, days after the period."""
    _, sheet = ledger_sheet(blank)
    columns = columns_of(sheet, RURAL)
    letter = get_column_letter(columns["提议日期"])
    formulas = [rule.formula[0] for rules in sheet.conditional_formatting for rule in rules.rules]

    assert sum(formula.startswith("IF(AND(COUNT(") for formula in formulas) == len(RURAL.checks)
    assert f"IF(ISNUMBER(${letter}5),${letter}5>DATE(2022,6,30),FALSE)" in formulas
    assert 'AND($D5<>"",LEN(TRIM(E5))=0)' in formulas


# --- who and where ----------------------------------------------------------------------------------------------------


def test_one_workbook_for_each_township(tmp_path: Path) -> None:
    """Into a folder that is made; every unit of the kind stands in one of them, no community."""
    done = make("--register", QINGFENG, *JUNE, "--out", tmp_path / "发出")
    files = sorted((tmp_path / "发出").iterdir())
    names = [sheet.cell(row, 4).value for path in files for _, sheet in [ledger_sheet(path)] for row in rows_of(sheet)]

    assert 0 == done.code
    assert 17 == len(files)
    assert "马庄桥镇2022年6月台账.xlsx" in {path.name for path in files}
    assert 503 == len(names)
    assert "桥北社区" not in names


def test_all_townships_in_one_workbook(tmp_path: Path) -> None:
    """A file takes them all on one sheet, and reads back."""
    make("--register", QINGFENG, *JUNE, "--out", tmp_path / "全县.xlsx")
    done = check(fill(tmp_path / "全县.xlsx", RURAL, tmp_path / "b.xlsx"), "--register", QINGFENG)

    assert ([], 503) == (done.codes(), done.document["summary"]["units"])


def test_units_of_the_day(tmp_path: Path) -> None:
    """Only units that exist on the period's last day are asked for."""
    register = tmp_path / "r.csv"
    rows = [
        "编码,名称,乡镇,类型,生效,失效",
        "410999100200,甲村,河乡,行政村,,",
        "410999100201,旧村,河乡,行政村,,2022-05-31",
    ]
    rows += ["410999100202,新村,河乡,行政村,2022-07-01,"]
    register.write_text("\n".join(rows), encoding="utf-8")
    make("--register", register, *JUNE, "--out", tmp_path / "a.xlsx")
    _, sheet = ledger_sheet(tmp_path / "a.xlsx")

    assert ["甲村"] == [sheet.cell(row, 4).value for row in rows_of(sheet)]


def test_without_a_register_names_are_open(tmp_path: Path) -> None:
    """Empty rows, names unlocked; filled in by hand it reads back, left empty there is no unit, and no crash."""
    done = make("--township", "河乡", "--county", "平原县", "--period", "2022-06", "--out", tmp_path / "a.xlsx")
    book, sheet = ledger_sheet(tmp_path / "a.xlsx")
    rows = rows_of(sheet)

    assert 40 == len(rows)
    assert not sheet.cell(rows.start, 3).protection.locked
    assert "没有名册" in done.err

    empty = check(tmp_path / "a.xlsx")

    assert 3 == empty.code
    assert ["R421"] == empty.codes()

    for number, row in enumerate(rows[:3]):
        sheet.cell(row, 2).value, sheet.cell(row, 3).value = "河乡", f"{'甲乙丙'[number]}村"
        for key, column in columns_of(sheet, RURAL).items():
            sheet.cell(row, column).value = plain(key, RURAL.ledger_columns[key], number)
    book.save(tmp_path / "b.xlsx")

    assert [] == check(tmp_path / "b.xlsx").codes()


def test_without_a_period_the_month_is_open(tmp_path: Path) -> None:
    """The title can be written into; with the month in it, it reads back."""
    done = make("--register", QINGFENG, "--township", "马庄桥", "--county", "清丰县", "--as-of", "2022-06-30", "--out",
                tmp_path / "a.xlsx")  # fmt: skip
    filled = fill(tmp_path / "a.xlsx", RURAL, tmp_path / "b.xlsx")
    book, sheet = ledger_sheet(filled)

    assert "年月" in done.err
    assert not sheet["A1"].protection.locked
    assert 2 == check(filled, "--register", QINGFENG).code

    sheet["A1"] = str(sheet["A1"].value).replace("　　年　　月", "2022年6月")
    book.save(filled)

    assert [] == check(filled, "--register", QINGFENG).codes()


def test_a_title_or_nature_that_names_a_month(tmp_path: Path) -> None:
    """What the scheme calls itself is not taken for the ledger's month, told or not."""
    text = scheme_text({"红星": ("全部", [criterion("X")])})
    text = text.replace("方案: 测试方案", "方案: 2021年5月方案").replace("性质: 测试", "性质: 2021年5月试行")
    (tmp_path / "s.yaml").write_text(text, encoding="utf-8")
    rated = scheme(text)
    entries = entries_for(rated)
    for period in ("2022-06", None):
        made = ledger_template(Form(rated, date(2022, 6, 30), period, "平原县", "河乡", entries))
        (tmp_path / "a.xlsx").write_bytes(made.content)
        filled = fill(tmp_path / "a.xlsx", rated, tmp_path / "b.xlsx")
        told = () if period else ("--period", "2022-06")
        done = check(filled, *told, scheme=tmp_path / "s.yaml")

        assert ([], "2022-06") == (done.codes(), done.document["period"])


def test_a_county_that_the_title_does_not_say_has_a_column(tmp_path: Path) -> None:
    """``--county 清丰`` is no county's name in a title; the rows say it."""
    make(
        "--register",
        QINGFENG,
        "--township",
        "马庄桥",
        "--county",
        "清丰",
        "--period",
        "2022-06",
        "--out",
        tmp_path / "a.xlsx",
    )
    done = check(fill(tmp_path / "a.xlsx", RURAL, tmp_path / "b.xlsx"), "--register", QINGFENG)

    assert ([], "清丰") == (done.codes(), done.document["county"])


HOSTILE = ("=1+1村", "+甲村", "-乙村", "@丙村", "\t丁村")


def test_no_text_becomes_a_formula(tmp_path: Path) -> None:
    """Names of units, stars, options and the title that begin with = + - @ are text, and still themselves when read."""
    text = scheme_text(
        {
            '"=星"': (
                "全部",
                [
                    criterion(
                        "X",
                        '属于: ["=是"]',
                        "选项",
                        'options: ["=是", "@否"]'.replace("options", "选项"),
                        "列名: [=列]",
                    )
                ],
            )
        }
    ).replace("方案: 测试方案", '方案: "=HYPERLINK(1)"')
    (tmp_path / "s.yaml").write_text(text, encoding="utf-8")
    rated = loaded(tmp_path / "s.yaml")
    entries = tuple(Entry(None, name, "@乡", None, "行政村") for name in HOSTILE)
    made = ledger_template(Form(rated, date(2022, 6, 30), "2022-06", None, "@乡", entries))
    (tmp_path / "a.xlsx").write_bytes(made.content)
    book, sheet = ledger_sheet(tmp_path / "a.xlsx")
    cells = [cell for page in book for row in page.iter_rows() for cell in row if cell.value is not None]

    assert {"s", "n"} >= {cell.data_type for cell in cells}
    assert not [cell.value for cell in cells if str(cell.value).startswith(("=", "+", "-", "@", "\t"))]

    [rule] = sheet.data_validations.dataValidation
    fill(
        tmp_path / "a.xlsx",
        rated,
        tmp_path / "b.xlsx",
        lambda _key, _item, row: rule.formula1.strip('"').split(",")[row % 2],
    )
    register = tmp_path / "r.csv"
    register.write_text("\n".join(["名称,乡镇,类型", *(f'"{name}",@乡,行政村' for name in HOSTILE)]), encoding="utf-8")
    done = check(tmp_path / "b.xlsx", "--register", register, "--county", "平原县", scheme=tmp_path / "s.yaml")

    assert [] == done.codes()


# --- refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--scheme", "nosuch"], "nosuch"),
        (["--township", "无此镇"], "无此镇"),
        (["--out", "a.csv"], "a.csv"),
        (["--out", "nowhere/a.xlsx"], "nowhere"),
        (["--period", "2021-06"], "2021-06-30"),
        (["--period", "六月"], "六月"),
        (["--as-of", "yesterday"], "yesterday"),
        (["--criteria", str(OWN_CRITERIA)], "by-score"),
        (["--scheme", str(OWN_CRITERIA / "by-score.yaml"), "--township", "石渠镇"], "城市社区"),
        (["--register", str(CRITERIA / "README.md")], "README.md"),
    ],
    ids=lambda value: "-".join(map(str, value))[:40] if isinstance(value, list) else "",
)
def test_refusals(arguments: list[str], word: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit 2, one line that says why, and no file."""
    monkeypatch.chdir(tmp_path)
    rural = [] if {"--scheme", "--criteria"} & set(arguments) else ["--scheme", "wuxing-rural"]
    done = star("template", "--register", QINGFENG, "--period", "2022-06", *rural, *arguments)

    assert 2 == done.code
    assert word in done.err
    assert [] == list(tmp_path.iterdir())


def test_a_file_is_not_overwritten(tmp_path: Path) -> None:
    """But with --force; in a folder none is written where one is there."""
    target = tmp_path / "a.xlsx"
    target.write_bytes(b"mine")

    assert 2 == make("--register", QINGFENG, *JUNE, "--out", target).code
    assert b"mine" == target.read_bytes()
    assert 0 == make("--register", QINGFENG, *JUNE, "--out", target, "--force").code

    folder = tmp_path / "发出"
    folder.mkdir()
    (folder / "马庄桥镇2022年6月台账.xlsx").write_bytes(b"mine")

    assert 2 == make("--register", QINGFENG, *JUNE, "--out", folder).code
    assert 1 == len(list(folder.iterdir()))
