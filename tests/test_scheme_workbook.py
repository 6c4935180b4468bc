"""A scheme as a workbook and back: nothing lost, what was not changed untouched, and every error at its cell."""

from __future__ import annotations

import copy
import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet
from pydantic import BaseModel
from typer.testing import CliRunner

from making import CRITERIA, OWN_CRITERIA
from starcheck.cells import UNCALCULATED, CellError, PercentNumber
from starcheck.cli import app
from starcheck.criteria_commands import _taken_in as taken_in_rows
from starcheck.diagnostic import Location, Severity
from starcheck.messages import MESSAGES
from starcheck.scheme import Scheme, load_scheme, scheme_from_texts
from starcheck.scheme_model import (
    FIELD_NAME,
    Apportioning,
    Band,
    Behind,
    Best,
    Bonus,
    Bounds,
    Deduction,
    Duty,
    Goal,
    Monthly,
    Ranking,
    Rectifying,
    Reminder,
    Reward,
    Sampling,
)
from starcheck.scheme_sheets import COLUMNS, HEAD_COLUMNS, TIERING_COLUMNS, Row, carried_keys, rows_of, tree_of
from starcheck.scheme_source import Node, parse_source
from starcheck.scheme_text import changed_text, fresh_text, line_changes, matched, same
from starcheck.scheme_workbook import Read, read_scheme_workbook, scheme_workbook

OWN = Path(__file__).parent / "schemes"
ALL = [
    *sorted(CRITERIA.glob("*.yaml")),
    *sorted(OWN_CRITERIA.glob("*.yaml")),
    OWN / "correct.yaml",
    OWN / "contract.yaml",
]
RURAL = CRITERIA / "wuxing-rural.yaml"
STARS = OWN_CRITERIA / "by-stars.yaml"

SMALL = """\
# 标题下面的话
方案: 小方案            # 只有几项
编号: small
适用: 行政村
版本: "1.10"
性质: 测试
生效: 2022-01-01

# 出处
依据:
  甲文: {文件: 甲文件, 日期: 2022-01-01}    # 第一份

字段:
  人口: {列名: [人口], 类型: 整数, 单位: 人}
  负债: {列名: [负债], 类型: 数值, 单位: 万元}

星级:
  # 第一颗
  - 星: 甲星
    点亮: 全部       # 都要
    指标:
      # 收入
      - 编号: A-1
        名称: 收入
        列名: [收入, 集体收入]
        类型: 数值
        单位: 万元
        要求:
          - {自: 2022-01-01, 至少: 5, 依据: 甲文 第一条}     # 原来是 3
        责任: 甲局
        整改: 增收

      # 净收入
      - {编号: A-2, 名称: 净, 公式: "-负债 + [A-1]", 类型: 数值, 单位: 万元, 责任: 甲局, 整改: 减债,
         要求: [{自: 2022-01-01, 高于: 0, 依据: 甲文}]}

定级: {方法: 亮星数, 档次: {1: 一星, 0: 未评星}}
# 末尾的话
"""


def run(*arguments: str | Path) -> tuple[int, str]:
    """The command's exit code and everything it says."""
    result = CliRunner().invoke(app, ["criteria", *map(str, arguments)])
    return result.exit_code, result.output


def exported(folder: Path, source: Path | str) -> Path:
    """The workbook of a scheme file, or of a scheme's text."""
    if isinstance(source, str):
        file = folder / "small.yaml"
        file.write_bytes(source.encode())
        source = file
    out = folder / "s.xlsx"
    code, said = run("export", source, "--out", out)
    assert code == 0, said
    return out


Edit = Callable[[openpyxl.Workbook], object]


def edited(file: Path, *edits: Edit) -> Path:
    """The workbook after an office has changed it."""
    book = openpyxl.load_workbook(file)
    for edit in edits:
        edit(book)
    book.save(file)
    return file


def column(sheet: Worksheet, header: str) -> int:
    """The number of a column by its header, from 1."""
    return next(cell.column for cell in sheet[1] if cell.value == header)


def row(sheet: Worksheet, header: str, value: object, which: int = 0) -> int:
    """The number of the row with a value in a column."""
    place = column(sheet, header)
    return [number for number in range(2, sheet.max_row + 1) if sheet.cell(number, place).value == value][which]


def put(name: str, key: tuple[str, object], header: str, value: Any, which: int = 0) -> Edit:
    """Write a value into the column ``header`` of the row with ``key``."""

    def edit(book: openpyxl.Workbook) -> None:
        sheet = book[name]
        sheet.cell(row(sheet, *key, which), column(sheet, header)).value = value

    return edit


def head(key: str, value: Any) -> Edit:
    """Write the value of a key of the sheet 方案."""

    def edit(book: openpyxl.Workbook) -> None:
        sheet = book["方案"]
        place = next(cell.row for cell in sheet["A"] if cell.value == key)
        sheet.cell(place, 2).value = value

    return edit


def append(name: str, below: tuple[str, object] | None = None, **cells: Any) -> Edit:
    """A new row, at the end or below the row with a value."""

    def edit(book: openpyxl.Workbook) -> None:
        sheet = book[name]
        number = sheet.max_row + 1 if below is None else row(sheet, *below) + 1
        sheet.insert_rows(number)
        for header, value in cells.items():
            sheet.cell(number, column(sheet, header)).value = value

    return edit


def delete(name: str, key: tuple[str, object]) -> Edit:
    """Take a row out."""
    return lambda book: book[name].delete_rows(row(book[name], *key))


def taken_in(folder: Path, file: Path, *options: str) -> str:
    """The text of the scheme file that a workbook comes to."""
    out = folder / "out.yaml"
    code, said = run("import", file, "--out", out, *options)
    assert code == 0, said
    return out.read_bytes().decode()


def values(scheme: Scheme | None) -> dict[str, Any]:
    """Every value of a scheme; not the text that it is from."""
    assert scheme is not None
    return {name: getattr(scheme, name) for name in Scheme.model_fields}


def lines_of(old: str, new: str) -> tuple[list[str], list[str]]:
    """The lines that only the old text has, and those that only the new has."""
    one, other = old.splitlines(), new.splitlines()
    return [line for line in one if line not in other], [line for line in other if line not in one]


# --- nothing is lost --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_an_unchanged_workbook_gives_the_file_back(path: Path, tmp_path: Path) -> None:
    """Byte for byte, with every comment, whatever the scheme uses of the format."""
    for parent in CRITERIA.glob("*.yaml"):
        (tmp_path / parent.name).write_bytes(parent.read_bytes())

    assert path.read_bytes().decode() == taken_in(tmp_path, exported(tmp_path, path))


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_a_workbook_without_the_file_gives_the_same_scheme(path: Path) -> None:
    """Written anew from the cells alone, every value of the model is the one it was."""
    scheme, _ = load_scheme(path)
    assert scheme is not None
    (name, text), *above = scheme.texts
    root, _ = parse_source(text, name)
    assert root is not None
    read, _ = read_scheme_workbook(Path("s.xlsx"), data=scheme_workbook(root, "", name, scheme.since))
    assert read is not None

    again, _ = scheme_from_texts([(name, fresh_text(tree_of("s.xlsx", read.rows).root)), *above])

    assert values(again) == values(scheme)


def test_a_workbook_made_by_hand(tmp_path: Path) -> None:
    """Without the hidden sheet the file is written anew, which is said: without remarks, in the style of the house."""
    file = edited(exported(tmp_path, SMALL), lambda book: book.remove(book["原文"]))
    code, said = run("import", file, "--out", tmp_path / "out.yaml")

    assert (code, "是新写的" in said) == (0, True)
    assert """\
      - 编号: A-1
        名称: 收入
        列名: [收入, 集体收入]
        类型: 数值
        单位: 万元
        要求:
          - {自: 2022-01-01, 至少: 5, 依据: 甲文 第一条}
        责任: 甲局
        整改: 增收

      - 编号: A-2
        名称: 净
        公式: -负债 + [A-1]
""" in (tmp_path / "out.yaml").read_text(encoding="utf-8")


def parts(model: type[BaseModel], seen: set[type[BaseModel]]) -> Iterator[type[BaseModel]]:
    """The models that a model is made of, itself first."""
    if model in seen:
        return
    seen.add(model)
    yield model
    waiting: list[Any] = [field.annotation for field in model.model_fields.values()]
    while waiting:
        one = waiting.pop()
        if isinstance(one, type) and issubclass(one, BaseModel):
            yield from parts(one, seen)
        waiting += get_args(one)


STRUCTURE = {
    "Scheme": {"依据", "字段", "校核", "星级", "定级", "分组", "负面清单"},
    "Tiering": {"档次", "封顶", "名额"},
    "Star": {"指标"},
    "Criterion": {"要求", "任务"},
    "Group": {"指标"},
    "GroupCriterion": {"要求"},
    "Veto": {"触发"},
    "Field": {FIELD_NAME},
}
"""Keys that are sheets or rows of their own."""
WHOLE = {Apportioning, Behind, Bounds, Deduction, Bonus, Band, Best, Goal}
WHOLE |= {Duty, Monthly, Ranking, Rectifying, Reminder, Reward, Sampling}
"""Models that stand in one cell as they stand in the file."""


@pytest.mark.parametrize("model", list(parts(Scheme, set())), ids=lambda model: model.__name__)
def test_every_key_of_the_format_has_its_place(model: type[BaseModel]) -> None:
    """A key that is added to a model and to no sheet fails here."""
    keys = {field.alias or name for name, field in model.model_fields.items()}

    if model not in WHOLE:
        assert set() == keys - carried_keys(model) - STRUCTURE.get(model.__name__, set())


def test_every_column_is_explained() -> None:
    """In both languages, on the header and in the sheet 方案."""
    columns = [*HEAD_COLUMNS, *TIERING_COLUMNS, *(column for sheet in COLUMNS.values() for column in sheet)]

    assert [] == [one.header for one in columns if f"sheets.note.{one.told}" not in MESSAGES]


ASKED = "类型: 数值\n        单位: 万元\n        要求:\n          - {自: 2022-01-01, 至少: 5,"
EVERYTHING = {
    "spellings": (
        "  人口: {列名: [人口], 类型: 整数, 单位: 人}",
        "  人口: {列名: [人口, “a、b”], 类型: 整数, 单位: 人, 范围: {高于: 0, 至多: 1.50}, 说明: =1+1}",
    ),
    "to come": ("  负债:", "  期限: {列名: [期限], 类型: 日期, 可在将来: 是, 停用: 否}\n  负债:"),
    "source": (
        "  甲文: {文件: 甲文件, 日期: 2022-01-01}",
        '  甲文: {文件: "“甲”: 文件 # 1", 日期: "2022-01-01", 链接: "http://x.cn/a#b", 说明: "@某人"}',
    ),
    "dated rules": (
        "    点亮: 全部       # 都要",
        (
            "    点亮:\n"
            "      - {自: 2022-01-01, 按: {至少: 1}, 依据: 甲文}\n"
            "      - {自: 2023-01-01, 按: 全部, 依据: 甲文 第二条}"
        ),
    ),
    "options": (
        ASKED,
        '类型: 选项\n        选项: ["1", 是, a b]\n        要求:\n          - {自: 2022-01-01, 属于: ["1", 是],',
    ),
    "between": ("至少: 5,", "介于: [5, 7.25], 说明: -放宽,"),
    "days": (ASKED, "类型: 日期\n        要求:\n          - {自: 2022-01-01, 至多: 2022-12-31,"),
    "percent": (ASKED, '类型: 比例\n        单位: "%"\n        要求:\n          - {自: 2022-01-01, 至少: 85%,'),
    "planning": (
        "        责任: 甲局\n",
        (
            "        责任: 甲局\n        可改: 否\n        难度: 0.7\n        工期: 30\n        每单位成本: 1.5\n"
            "        必备: 是\n        不适用于: [城郊村]\n        不适用按: 达标\n"
        ),
    ),
    "line breaks": ("        整改: 增收", '        整改: "一，增收\\n二，\\"减债\\""'),
}


@pytest.mark.parametrize("name", EVERYTHING)
def test_odd_values_come_back(name: str, tmp_path: Path) -> None:
    """Text that looks like a number, a formula or YAML; decimals, dates and shares; several rules; line breaks."""
    old, new = EVERYTHING[name]
    assert old in SMALL
    text = SMALL.replace(old, new, 1)
    scheme, problems = scheme_from_texts([("small.yaml", text)])
    if name in {"options", "days", "percent"}:
        text = text.replace('公式: "-负债 + [A-1]"', "公式: -负债")
        scheme, problems = scheme_from_texts([("small.yaml", text)])
    assert scheme is not None, [str(problem.where) + problem.message("zh") for problem in problems]

    file = exported(tmp_path, text)

    assert text == taken_in(tmp_path, file)
    fresh = taken_in(tmp_path, edited(file, lambda book: book.remove(book["原文"])), "--force")
    assert values(scheme) == values(scheme_from_texts([("fresh.yaml", fresh)])[0])


def test_the_same_scheme_gives_the_same_bytes(tmp_path: Path) -> None:
    """Nothing in the workbook is of the clock."""
    first = exported(tmp_path, RURAL).read_bytes()
    (tmp_path / "s.xlsx").unlink()

    assert first == exported(tmp_path, RURAL).read_bytes()


def test_line_ends_and_byte_order_mark_stay(tmp_path: Path) -> None:
    """A file of a Windows editor keeps its line ends where something is changed."""
    text = "\ufeff" + SMALL.replace("\n", "\r\n")
    file = exported(tmp_path, text)

    assert text == taken_in(tmp_path, file)
    more = edited(file, append("指标", ("编号", "A-1"), 编号="A-1", 自=date(2023, 1, 1), 词="至少", 值=8, 依据="甲文"))
    new = taken_in(tmp_path, more, "--force")

    assert new.count("\n") == new.count("\r\n") == text.count("\r\n") + 1
    assert new.startswith("\ufeff# 标题")


# --- what was changed, and nothing else -------------------------------------------------------------------------------


def test_a_threshold_changes_one_token(tmp_path: Path) -> None:
    """The line keeps its remark and everything else."""
    text = taken_in(tmp_path, edited(exported(tmp_path, SMALL), put("指标", ("编号", "A-1"), "值", 8)))

    assert SMALL.replace("至少: 5,", "至少: 8,") == text


def test_a_requirement_appended_is_a_line(tmp_path: Path) -> None:
    """In the style of the line above it, behind that one's remark."""
    new = append(
        "指标", ("编号", "A-1"), 编号="A-1", 自=date(2023, 1, 1), 词="至少", 值=8.5, 依据="甲文", 条款="第二条"
    )
    text = taken_in(tmp_path, edited(exported(tmp_path, SMALL), new))

    gone, come = lines_of(SMALL, text)
    assert [] == gone
    assert ["          - {自: 2023-01-01, 至少: 8.5, 依据: 甲文 第二条}"] == come
    assert "# 原来是 3\n          - {自: 2023-01-01" in text


def test_a_requirement_appended_in_brackets(tmp_path: Path) -> None:
    """Where an item stands on one line its new requirement does too."""
    new = append("指标", ("编号", "A-2"), 编号="A-2", 自=date(2023, 1, 1), 词="至少", 值=1, 依据="甲文")
    text = taken_in(tmp_path, edited(exported(tmp_path, SMALL), new))

    assert SMALL.replace("依据: 甲文}]}", "依据: 甲文}, {自: 2023-01-01, 至少: 1, 依据: 甲文}]}") == text


def test_an_item_added(tmp_path: Path) -> None:
    """One key a line, as the item beside it; nothing else moves, and what changed is said."""
    (tmp_path / "a").mkdir()
    file = exported(tmp_path / "a", SMALL)
    new = append(
        "指标", ("编号", "A-1"), 星="甲星", 编号="A-3", 名称="应急队伍", 列名="应急队伍、应急队", 类型="整数",
        单位="人", 范围="{至少: 0}", 自=date(2022, 1, 1), 词="至少", 值=5, 依据="甲文", 责任="应急局", 整改="充实队伍",
    )  # fmt: skip
    code, said = run("import", edited(file, new), "--out", tmp_path / "out.yaml")
    text = (tmp_path / "out.yaml").read_text(encoding="utf-8")

    expected = """
      - 编号: A-3
        名称: 应急队伍
        列名: [应急队伍, 应急队]
        类型: 整数
        单位: 人
        范围: {至少: 0}
        要求:
          - {自: 2022-01-01, 至少: 5, 依据: 甲文}
        责任: 应急局
        整改: 充实队伍
"""
    assert SMALL.replace("        整改: 增收\n", "        整改: 增收\n" + expected) == text
    assert code == 0
    assert "A-3" in said
    assert "新增" in said
    assert "删 0 行、加 11 行" in said


def test_a_row_deleted_is_an_entry_gone(tmp_path: Path) -> None:
    """The entry goes, the remark above it stays, and the summary says that it is gone."""
    file = edited(exported(tmp_path, SMALL), delete("指标", ("编号", "A-2")), delete("字段", ("字段", "负债")))
    code, said = run("import", file, "--out", tmp_path / "out.yaml")
    text = (tmp_path / "out.yaml").read_text(encoding="utf-8")

    gone, come = lines_of(SMALL, text)
    assert code == 0
    assert [] == come
    assert ["负债:", "- {", "要求:"] == [line.strip()[:3] for line in gone]
    assert "# 净收入" in text
    assert "A-2" in said
    assert "不再有" in said


def test_an_item_goes_out_of_use(tmp_path: Path) -> None:
    """停用 becomes one more line of the item."""
    text = taken_in(tmp_path, edited(exported(tmp_path, SMALL), put("指标", ("编号", "A-1"), "停用", "是"),
                                     put("指标", ("编号", "A-2"), "公式", "-负债")))  # fmt: skip

    assert SMALL.replace("整改: 增收\n", "整改: 增收\n        停用: 是\n").replace(
        'A-2, 名称: 净, 公式: "-负债 + [A-1]"', "A-2, 名称: 净, 公式: -负债"
    ) == text  # fmt: skip


def test_rows_moved_take_their_remarks_along(tmp_path: Path) -> None:
    """The order of the rows is that of the file; a remark stays above its item."""

    def swap(book: openpyxl.Workbook) -> None:
        sheet = book["指标"]
        rows = [[cell.value for cell in line] for line in sheet.iter_rows(min_row=2, max_row=3)]
        for number, values in enumerate(reversed(rows), 2):
            for place, value in enumerate(values, 1):
                sheet.cell(number, place).value = value

    text = taken_in(tmp_path, edited(exported(tmp_path, SMALL), swap))

    assert sorted(text.split()) == sorted(SMALL.split())
    assert text.index("# 净收入") < text.index("A-2") < text.index("编号: A-1")


def test_rows_may_be_sorted(tmp_path: Path) -> None:
    """An item's own cells may stand in any of its rows, and tasks above their item: what is said is the same."""

    def upside_down(book: openpyxl.Workbook) -> None:
        sheet = book["指标"]
        rows = [[(cell.value, cell.number_format) for cell in line] for line in sheet.iter_rows(min_row=2)]
        for number, cells in enumerate(reversed(rows), 2):
            for place, (value, shape) in enumerate(cells, 1):
                sheet.cell(number, place).value = value
                sheet.cell(number, place).number_format = shape

    for name in ("by-stars", "tasks"):
        file = edited(exported(tmp_path, OWN_CRITERIA / f"{name}.yaml"), upside_down)
        taken_in(tmp_path, file, "--force")
        before, _ = load_scheme(OWN_CRITERIA / f"{name}.yaml")
        after, _ = load_scheme(tmp_path / "out.yaml")
        file.unlink()

        assert before is not None
        assert after is not None
        assert {item.id: {*item.requirements} for item in before.criteria} == {
            item.id: {*item.requirements} for item in after.criteria
        }
        assert {task: item.id for task, item in before.item_of.items()} == {
            task: item.id for task, item in after.item_of.items()
        }
        assert {star.name: star.lead for star in before.stars} == {star.name: star.lead for star in after.stars}


def test_a_date_a_number_a_percent_and_text(tmp_path: Path) -> None:
    """A cell that is a date, a number or a percentage for Excel is that; 版本 2.10 stays text in quotes."""

    def percent(book: openpyxl.Workbook) -> None:
        sheet = book["指标"]
        number = row(sheet, "编号", "ZB-2", 1)
        cell = sheet.cell(number, column(sheet, "值"))
        cell.value, cell.number_format = 0.925, "0.0%"

    file = exported(tmp_path, STARS)
    edits = (head("版本", "2.10"), head("失效", date(2028, 2, 29)), percent)
    old, new = lines_of(STARS.read_text(encoding="utf-8"), taken_in(tmp_path, edited(file, *edits)))

    assert ['版本: "2.10"', "失效: 2028-02-29"] == [line for line in new if not line.startswith(" ")]
    assert any("高于: 92.5%" in line for line in new)
    assert len(old) == 3


def test_a_section_added(tmp_path: Path) -> None:
    """A sheet that was empty becomes a section of the file, at its place."""
    new = append("校核", 编号="JH-1", 公式="负债 <= [A-1]", 级别="警告")
    text = taken_in(tmp_path, edited(exported(tmp_path, SMALL), new))

    section = "\n校核:\n  - {编号: JH-1, 公式: '负债 <= [A-1]', 级别: 警告}\n"
    section = section.replace("'", '"') if "'" not in text else section
    assert "校核:\n  - {编号: JH-1, 公式: " in text
    assert text.index("字段:") < text.index("校核:") < text.index("星级:")
    assert line_changes(SMALL, text) == (0, 3)


def test_a_file_given_is_the_one_changed(tmp_path: Path) -> None:
    """With --base the file as it is now is changed, whatever the workbook keeps."""
    file = edited(exported(tmp_path, SMALL), lambda book: book.remove(book["原文"]))

    assert SMALL == taken_in(tmp_path, file, "--base", str(tmp_path / "small.yaml"))

    (tmp_path / "small.yaml").write_text("方案: [", encoding="utf-8")
    code, said = run("import", file, "--out", tmp_path / "new.yaml", "--base", tmp_path / "small.yaml")
    assert (code, "K602" in said, (tmp_path / "new.yaml").exists()) == (2, True, False)


# --- what is wrong ----------------------------------------------------------------------------------------------------


def at(name: str, key: tuple[str, object], header: str) -> Callable[[openpyxl.Workbook], str]:
    """The place that a problem is to be reported at."""

    def place(book: openpyxl.Workbook) -> str:
        sheet = book[name]
        return f"{name}!{sheet.cell(row(sheet, *key), column(sheet, header)).coordinate}"

    return place


ITEM: tuple[str, object] = ("编号", "A-1")
OTHER: tuple[str, object] = ("编号", "A-2")
WRONG: dict[str, tuple[Edit, str, Callable[[openpyxl.Workbook], str]]] = {
    "wrong word": (put("指标", ITEM, "词", "不少于"), "K604", at("指标", ITEM, "词")),
    "no word": (put("指标", ITEM, "词", None), "K610", at("指标", ITEM, "词")),
    "no value": (put("指标", ITEM, "值", None), "K612", at("指标", ITEM, "值")),
    "value of another kind": (put("指标", ITEM, "值", "五万"), "K612", at("指标", ITEM, "值")),
    "no date": (put("指标", ITEM, "自", None), "K609", at("指标", ITEM, "自")),
    "date in words": (put("指标", ITEM, "自", "2022年5月"), "K606", at("指标", ITEM, "自")),
    "unknown source": (put("指标", ITEM, "依据", "乙文"), "K614", at("指标", ITEM, "依据")),
    "wrong kind": (put("指标", ITEM, "类型", "数字"), "K608", at("指标", ITEM, "类型")),
    "no name": (put("指标", ITEM, "名称", None), "K605", at("指标", ITEM, "名称")),
    "no kind": (put("指标", ITEM, "类型", None), "K605", at("指标", ITEM, "类型")),
    "formula": (put("指标", OTHER, "公式", "-负债 +"), "K620", at("指标", OTHER, "公式")),
    "unknown in formula": (put("指标", OTHER, "公式", "-负责"), "K621", at("指标", OTHER, "公式")),
    "yes or no": (put("指标", ITEM, "必备", "对"), "K606", at("指标", ITEM, "必备")),
    "not YAML": (put("指标", ITEM, "范围", "{至少: 0"), "K602", at("指标", ITEM, "范围")),
    "wrong key in a cell": (put("指标", ITEM, "范围", "{至小: 0}"), "K604", at("指标", ITEM, "范围")),
    "unknown star": (put("指标", OTHER, "星", "乙星"), "K626", at("指标", OTHER, "星")),
    "a task of itself": (put("指标", OTHER, "上级", "A-2"), "K626", at("指标", OTHER, "上级")),
    "a task of another star": (
        lambda book: [edit(book) for edit in (
            append("星级", 星="乙星", 点亮="全部"), put("指标", OTHER, "星", "乙星"), put("指标", OTHER, "上级", "A-1")
        )],
        "K665", at("指标", OTHER, "星"),
    ),
    "unknown item above": (put("指标", OTHER, "上级", "A-9"), "K626", at("指标", OTHER, "上级")),
    "no light rule": (put("星级", ("星", "甲星"), "点亮", None), "K605", at("星级", ("星", "甲星"), "点亮")),
    "wrong light rule": (put("星级", ("星", "甲星"), "点亮", "全都"), "K608", at("星级", ("星", "甲星"), "点亮")),
    "disagreeing rows": (append("指标", ITEM, 编号="A-1", 名称="别的", 自=date(2023, 1, 1), 词="至少", 值=1),
                         "K665", lambda book: f"指标!D{row(book['指标'], '名称', '别的')}"),
    "field twice": (append("字段", 字段="人口", 列名="人口数", 类型="整数"), "K603", lambda _: "字段!A4"),
    "field without a name": (append("字段", 列名="人口数", 类型="整数"), "K605", lambda _: "字段!A4"),
    "unknown header": (lambda book: setattr(book["字段"]["I1"], "value", "备注"), "K604", lambda _: "字段!I1"),
    "beside the table": (lambda book: setattr(book["字段"]["K2"], "value", "查"), "K604", lambda _: "字段!K2"),
    "sheet renamed": (lambda book: setattr(book["字段"], "title", "字段表"), "K604", lambda _: "字段表"),
    "no header": (lambda book: book["字段"].delete_rows(1), "K605", lambda _: "字段"),
    "unknown key": (lambda book: setattr(book["方案"]["A3"], "value", "编码"), "K604", lambda _: "方案!A3"),
    "no version": (head("版本", None), "K605", lambda _: "方案!B6"),
    "wrong method": (head("定级方法", "星数"), "K608", lambda _: "方案!B15"),
    "no tier for one": (delete("档次", ("亮星数", 0)), "K627", lambda _: "档次!A2"),
    "tier twice": (append("档次", 亮星数=1, 档="一"), "K603", lambda _: "档次!A4"),
    "lit and points": (append("档次", 亮星数=2, 至少=5, 档="二"), "K610", lambda _: "档次!B4"),
    "parent not there": (head("继承", "no.yaml"), "K632", lambda _: "方案!B10"),
    "formula without a result": (put("指标", ITEM, "值", "=1+4"), "K606", at("指标", ITEM, "值")),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_said_of_its_cell(name: str, tmp_path: Path) -> None:
    """File, sheet and cell; nothing is written."""
    edit, code, place = WRONG[name]
    file = edited(exported(tmp_path, SMALL), edit)
    out = tmp_path / "out.yaml"

    exit_code, said = run("import", file, "--out", out)

    assert exit_code == 2
    assert f"{file}!{place(openpyxl.load_workbook(file))}: 错误 {code} " in said
    assert not out.exists()


def test_all_at_once(tmp_path: Path) -> None:
    """Everything that is wrong, each once."""
    edits = [WRONG[name] for name in ("wrong word", "unknown in formula", "no version", "yes or no")]
    file = edited(exported(tmp_path, SMALL), *(edit for edit, _, _ in edits))
    code, said = run("import", file, "--out", tmp_path / "out.yaml", "--lang", "en")

    found = [line for line in said.splitlines() if ": error K6" in line]
    assert code == 2
    assert sorted(code for _, code, _ in edits) == sorted(line.split(": error ")[1][:4] for line in found)


@pytest.mark.parametrize(
    ("sheet", "old", "new", "near"),
    [("指标", "依据", "出处", "依据"), ("指标", "编号", "代号", "编号"), ("方案", "编号", "代号", "编号")],
)
def test_a_renamed_header_is_all_that_is_said(tmp_path: Path, sheet: str, old: str, new: str, near: str) -> None:
    """What follows from a missing column is not said, least of all of cells that are not there; a name is suggested."""

    def rename(book: Any) -> None:
        cells = [cell for row in book[sheet].iter_rows(max_row=40) for cell in row if cell.value == old]
        cells[0].value = new

    file = edited(exported(tmp_path, SMALL), rename)
    code, said = run("import", file, "--out", tmp_path / "out.yaml")

    found = [line for line in said.splitlines() if ": 错误 K6" in line]
    assert (2, 1) == (code, len(found))
    assert f"K604 这里不能有“{new}”" in found[0]
    assert f"“{near}”" in found[0] or near in found[0].rpartition("：")[2]


def cleared(book: Any, sheet: str, *headers: str) -> None:
    """Blank those cells of the first row, or of the first column of 方案."""
    cells = book[sheet][1] if sheet != "方案" else [cells[0] for cells in book[sheet].iter_rows()]
    for cell in cells:
        if cell.value in headers:
            cell.value = None


@pytest.mark.parametrize(
    ("sheet", "headers", "said"),
    [
        ("指标", ["星"], ["指标!A1: 错误 K605 这里缺少“星”"]),
        ("指标", ["名称", "自"], ["指标!D1: 错误 K605 这里缺少“名称”", "指标!E1: 错误 K605 这里缺少“自”"]),
        ("档次", ["档"], ["档次!C1: 错误 K605 这里缺少“档”"]),
        ("方案", ["编号"], ["方案!A3: 错误 K605 这里缺少“编号”"]),
    ],
)
def test_a_cleared_header_is_all_that_is_said(tmp_path: Path, sheet: str, headers: list[str], said: list[str]) -> None:
    """It is told where it stood, by the order that headers are in; nothing of the rows below."""
    file = edited(exported(tmp_path, SMALL), lambda book: cleared(book, sheet, *headers))

    output = run("import", file, "--out", tmp_path / "out.yaml")[1]

    assert said == [line.partition("!")[2] for line in output.splitlines() if ": 错误 K" in line]


def test_notes_beside_the_table_are_told_once(tmp_path: Path) -> None:
    """A column that nobody headed is no lost one where every header is there."""

    def note(book: Any) -> None:
        for number in (2, 3):
            book["字段"].cell(number, 11).value = "查"

    output = run("import", edited(exported(tmp_path, SMALL), note), "--out", tmp_path / "out.yaml")[1]

    assert ["K2"] == re.findall(r"字段!([A-Z]+[0-9]+): 错误 K604", output)


@pytest.mark.parametrize("name", ["指标", "星级", "档次", "依据", "字段"])
def test_a_renamed_sheet_is_all_that_is_said(tmp_path: Path, name: str) -> None:
    """Whatever it is called now, its headers say which it was."""
    file = edited(exported(tmp_path, SMALL), lambda book: setattr(book[name], "title", "Sheet1"))

    output = run("import", file, "--out", tmp_path / "out.yaml")[1]

    [line] = [line for line in output.splitlines() if ": 错误 K" in line]
    assert f"!Sheet1: 错误 K604 这里不能有“Sheet1”。表里是“{name}”的列" in line


def test_a_sheet_that_is_gone_is_told_of_the_workbook(tmp_path: Path) -> None:
    """Not of each star that has no items; a sheet of something else is not taken for it."""

    def replace(book: Any) -> None:
        book.remove(book["指标"])
        book.create_sheet("备注").append(["名称", "备注"])

    output = run("import", edited(exported(tmp_path, SMALL), replace), "--out", tmp_path / "out.yaml")[1]

    said = [line.partition(": 错误 ")[2] for line in output.splitlines() if ": 错误 K" in line]
    assert ["K604", "K666 没有“指标”这张表（有：说明、方案、依据"] == [said[0][:4], *(line[:25] for line in said[1:])]


def test_what_a_missing_column_leads_to_is_said_of_cells_that_exist(tmp_path: Path) -> None:
    """Where a column was deleted what is missing is said of the row's first cell."""

    def delete(book: Any) -> None:
        places = [cell.column for cell in book["指标"][1] if cell.value == "类型"]
        book["指标"].delete_cols(places[0])

    file = edited(exported(tmp_path, SMALL), delete)
    _, said = run("import", file, "--out", tmp_path / "out.yaml")

    last = openpyxl.load_workbook(file)["指标"].max_column
    cells = re.findall(r"!指标!([A-Z]+)[0-9]+: 错误", said)
    assert cells
    assert all(openpyxl.utils.column_index_from_string(cell) <= last for cell in cells)


def test_no_workbook_of_a_scheme(tmp_path: Path) -> None:
    """A ledger, or something that is no workbook at all, is refused in words."""
    book = openpyxl.Workbook()
    book["Sheet"].append(["村名", "收入"])
    book.save(tmp_path / "ledger.xlsx")
    (tmp_path / "text.xlsx").write_text("方案", encoding="utf-8")

    for name, expected in (("ledger.xlsx", "K666"), ("text.xlsx", "F127"), ("none.xlsx", "F101")):
        code, said = run("import", tmp_path / name, "--out", tmp_path / "out.yaml")

        assert (code, expected in said) == (2, True), said


def test_nothing_is_overwritten_unasked(tmp_path: Path) -> None:
    """Neither the workbook nor the scheme; with --force a file that was changed since is spoken of."""
    file = exported(tmp_path, SMALL)
    assert run("export", tmp_path / "small.yaml", "--out", file)[0] == 2
    assert run("export", tmp_path / "small.yaml", "--out", file, "--force")[0] == 0
    assert run("export", tmp_path / "small.yaml", "--out", tmp_path / "s.csv")[0] == 2

    later = SMALL + "# 后来加的\n"
    (tmp_path / "small.yaml").write_text(later, encoding="utf-8")
    assert run("import", file, "--out", tmp_path / "small.yaml")[0] == 2
    assert later == (tmp_path / "small.yaml").read_text(encoding="utf-8")
    assert run("import", file, "--out", tmp_path / "small.txt")[0] == 2
    code, said = run("import", file, "--out", tmp_path / "small.yaml", "--force")
    assert (code, "在导出之后改过" in said) == (0, True)
    assert SMALL == (tmp_path / "small.yaml").read_text(encoding="utf-8")


def test_a_scheme_that_does_not_fit_is_not_exported(tmp_path: Path) -> None:
    """One id twice, once out of use, would come back as one item: that is said, and nothing is written."""
    item = "      - {编号: A-1, 名称: 旧, 列名: [旧], 类型: 是否, 停用: 是}\n"
    (tmp_path / "s.yaml").write_text(SMALL.replace("      # 净收入\n", item), encoding="utf-8")

    code, said = run("export", tmp_path / "s.yaml", "--out", tmp_path / "s.xlsx")

    assert (code, "走样" in said, (tmp_path / "s.xlsx").exists()) == (2, True, False)


CELLS: tuple[Any, ...] = (
    *("是", "否", "新", "5", "2022-01-01", "a、b", "[x]", "-人口", "全部", "文本", "选项", "至少", "属于", "介于", "#"),
    *("'", "整数", "日期", "乡镇"),
    *("{a: 1}", "{至少: 0", "{至少: 1}", "1 至 5", "a: b", '"x"', 5.0, 0.0, 1e-7, 123456789012.0, True),
    *(date(2022, 5, 1), PercentNumber(0.1), CellError("#REF!"), UNCALCULATED, None, None, None),
)


def read_rows(root: Node) -> dict[str, list[Row]]:
    """The rows of a scheme as they are read from its workbook."""
    text = fresh_text(root)
    read, _ = read_scheme_workbook(Path("s.xlsx"), data=scheme_workbook(root, text, "s.yaml", date(2022, 1, 1)))
    assert read is not None
    return {sheet: list(rows) for sheet, rows in read.rows.items()}


@pytest.mark.parametrize("name", ["by-stars", "tasks", "graded", "grouped"])
def test_whatever_is_typed_is_taken_or_refused_at_its_cell(name: str, tmp_path: Path) -> None:
    """Cells overwritten, rows deleted, copied and mixed up at random: a scheme as the cells say, or errors at cells."""
    text = (OWN_CRITERIA / f"{name}.yaml").read_text(encoding="utf-8")
    root, _ = parse_source(text, "s.yaml")
    assert root is not None
    as_read = read_rows(root)
    taken = 0
    for seed in range(40):
        chance = random.Random(seed)  # noqa: S311 - no secret
        sheets = {sheet: list(rows) for sheet, rows in as_read.items()}
        for _ in range(chance.randint(1, 3)):
            rows = sheets[chance.choice([sheet for sheet in sheets if sheets[sheet] and sheet != "方案"])]
            what, place = chance.random(), chance.randrange(len(rows))
            if what < 0.15:
                rows.pop(place)
            elif what < 0.3:
                rows.insert(chance.randint(0, len(rows)), rows[place])
            elif what < 0.4:
                chance.shuffle(rows)
            else:
                header = chance.choice(list(rows[place].cells))
                there = [row.cells[header] for row in rows]
                rows[place] = replace(rows[place], cells={**rows[place].cells, header: chance.choice((*CELLS, *there))})
            if not rows:
                break
        made, scheme, problems = taken_in_rows(Read(sheets, text, ()), text, "s.xlsx", tmp_path / "s.yaml")
        taken += scheme is not None

        assert (scheme is None) == any(found.level is Severity.ERROR for found in problems), seed
        assert scheme is not None or all(found.where.sheet for found in problems), seed
        assert scheme is None or scheme_from_texts([("s.yaml", made)])[0] is not None, seed
    assert 2 < taken < 38


# --- the workbook as the office sees it -------------------------------------------------------------------------------


def test_dropdowns_notes_and_types(tmp_path: Path) -> None:
    """Closed words can be chosen, headers are explained and frozen; dates, numbers and shares are that to Excel."""
    book = openpyxl.load_workbook(exported(tmp_path, OWN / "correct.yaml"))
    sheet = book["指标"]
    lists = {
        sheet.cell(1, area.min_col).value: rule.formula1
        for rule in sheet.data_validations.dataValidation
        for area in rule.sqref.ranges
    }
    share = book["名额"]["B2"]
    since = sheet.cell(2, column(sheet, "自"))

    assert lists["类型"] == '"数值,整数,比例,是否,日期,选项,文本"'
    assert lists["词"] == '"至少,至多,高于,低于,为,属于,介于"'
    assert lists["必备"] == '"是,否"'
    assert lists["依据"].startswith("'依据'!$A$2")
    assert {"星", "不适用按", "可改", "停用"} <= lists.keys()
    assert sheet.freeze_panes == "E2"
    assert sheet.auto_filter.ref is not None
    assert all(cell.comment is not None for cell in sheet[1])
    assert str(since.value) == "2022-05-01 00:00:00"
    assert sheet.cell(2, column(sheet, "值")).value == 5
    assert (share.value, share.number_format) == (0.1, "0%")
    assert book["原文"].sheet_state == "veryHidden"
    assert "性质：测试用" in [cell.value for cell in book["说明"]["A"]]


def test_text_that_begins_a_formula_stays_text(tmp_path: Path) -> None:
    """-负债 is no formula of the spreadsheet's, also after the cell has been edited."""
    sheet = openpyxl.load_workbook(exported(tmp_path, SMALL))["指标"]
    cell = sheet.cell(row(sheet, "编号", "A-2"), column(sheet, "公式"))

    assert (cell.value, cell.data_type, cell.quotePrefix, cell.number_format) == ("-负债 + [A-1]", "s", True, "@")


def test_numbers_of_persons_in_the_stored_file_do_no_harm() -> None:
    """Digits that look like somebody's number neither break the stored text nor are changed in an unchanged cell."""
    text = SMALL.replace("日期: 2022-01-01}", "日期: 2022-01-01, 链接: http://x.cn/13800138000}")
    root, _ = parse_source(text, "s.yaml")
    assert root is not None
    data = scheme_workbook(root, text, "s.yaml", date(2022, 1, 1))
    read, _ = read_scheme_workbook(Path("s.xlsx"), data=data)
    assert read is not None

    assert text == read.original
    assert text == changed_text(text, root, tree_of("s.xlsx", read.rows).root)


def test_english(tmp_path: Path) -> None:
    """Notes and instructions are in the language asked for; keys and words are those of the file."""
    (tmp_path / "s.yaml").write_text(SMALL, encoding="utf-8")
    code, said = run("export", tmp_path / "s.yaml", "--out", tmp_path / "s.xlsx", "--lang", "en")
    book = openpyxl.load_workbook(tmp_path / "s.xlsx")

    assert (code, "2 items and 2 requirements" in said) == (0, True)
    assert book["指标"]["C1"].value == "编号"
    assert "ids never change" in book["指标"]["C1"].comment.text
    assert "Nature: 测试" in [cell.value for cell in book["说明"]["A"]]


# --- texts ------------------------------------------------------------------------------------------------------------

ODD = ("新", "含 # 井", "a: b", "[x]", "5", "是", "2022-01-01", '引"号', "it's", "a\nb", "-保洁员", "=1", "{x",
       "100%", "~", "a,b", "* a", "&b", "- c", "?", "@x", "`x", "|", "1e5",
       "中文，标点：好", "null", "010", "'", "\\n")  # fmt: skip


def bare(node: Node) -> Node:
    """A tree without its places."""
    if isinstance(node.value, dict):
        return Node(Location(), {key: bare(child) for key, child in node.value.items()})
    if isinstance(node.value, list):
        return Node(Location(), [bare(child) for child in node.value])
    return Node(Location(), node.value, node.written)


def everything(node: Node) -> list[Node]:
    """A node and all below it."""
    below = node.value.values() if isinstance(node.value, dict) else node.value if isinstance(node.value, list) else ()
    return [node, *(inner for child in below for inner in everything(child))]


def meddle(root: Node, chance: random.Random) -> None:
    """Change something somewhere: a value, a key more or less, an entry more or less or elsewhere."""
    node = chance.choice(everything(root))
    if isinstance(node.value, dict):
        items = list(node.value.items())
        if len(items) > 1 and chance.random() < 0.5:
            items.pop(chance.randrange(len(items)))
        else:
            items.insert(chance.randint(0, len(items)), ("新键", Node(Location(), chance.choice(ODD))))
        node.value = dict(items)
    elif isinstance(node.value, list):
        what = chance.random()
        if what < 0.3 and len(node.value) > 1:
            node.value.pop(chance.randrange(len(node.value)))
        elif what < 0.7 and node.value:
            node.value.insert(chance.randint(0, len(node.value)), copy.deepcopy(chance.choice(node.value)))
        else:
            chance.shuffle(node.value)
    else:
        node.value = chance.choice((Decimal("7.50"), date(2024, 2, 29), *ODD))


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_whatever_changes_the_text_says_it(path: Path) -> None:
    """Trees changed at random: the changed text is read as the changed tree, and few lines are touched."""
    text = path.read_bytes().decode()
    old, _ = parse_source(text, path.name)
    assert old is not None
    for seed in range(12):
        new, chance = bare(old), random.Random(seed)  # noqa: S311 - no secret
        for _ in range(chance.randint(1, 4)):
            meddle(new, chance)

        again, problems = parse_source(changed_text(text, old, new), path.name)

        assert ((), True) == (problems, again is not None and same(again, new)), seed


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_a_fresh_file_says_the_same(path: Path) -> None:
    """Written anew, and in the style of the house: no line is far longer than those of the file."""
    root, _ = parse_source(path.read_bytes().decode(), path.name)
    assert root is not None
    again, problems = parse_source(fresh_text(root), path.name)

    assert ((), True) == (problems, again is not None and same(again, root))


@pytest.mark.parametrize("text", ODD)
def test_texts_stay_texts(text: str) -> None:
    """Whatever stands in a cell of text is that text in the file, in brackets and without."""
    root = Node(Location(), {"a": Node(Location(), text), "b": Node(Location(), [Node(Location(), text)])})
    again, problems = parse_source(fresh_text(root), "a.yaml")

    assert again is not None
    assert ((), text, [text]) == (problems, again.text("a"), [item.written for item in again.items("b")])


def entries(*names: str) -> Sequence[Node]:
    """Entries of those ids."""
    return [Node(Location(), {"编号": Node(Location(), name)}) for name in names]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("abc", "abc", [0, 1, 2]),
        ("abc", "ac", [0, 2]),
        ("abc", "abxc", [0, 1, None, 2]),
        ("abc", "axc", [0, 1, 2]),
        ("abc", "cab", [2, 0, 1]),
        ("ab", "aab", [0, None, 1]),
    ],
)
def test_entries_are_known_again(old: str, new: str, expected: list[int | None]) -> None:
    """By their ids; one in the place of another is that one renamed."""
    assert expected == matched(entries(*old), entries(*new), "编号")


def test_rows_of_a_scheme() -> None:
    """One row a requirement: the item's own cells in the first, and its id in every one."""
    root, _ = parse_source(STARS.read_text(encoding="utf-8"), "s.yaml")
    assert root is not None
    rows = [cells for cells in rows_of(root)["指标"] if cells["编号"] == "ZB-2"]

    assert [True, False] == ["名称" in cells for cells in rows]
    assert ["至少", "高于"] == [cells["词"] for cells in rows]
