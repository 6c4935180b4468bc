"""A draft of a scheme from a ledger: what is guessed, what is left open, and that it is a scheme once decided."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from making import ROOT_EXAMPLES, Shown, criterion, delimited, run, scheme_text, workbook
from starcheck.cli import app
from starcheck.column import Kind
from starcheck.diagnostic import Severity
from starcheck.scheme import Scheme, load_scheme, scheme_from_texts

ROWS: list[list[object]] = [
    ["乡镇", "村名", "基础", "支部星", "", "产业星", "", "", "", ""],
    ["", "", "人口（人）", "班子健全", "完成率", "集体收入（万元）", "规划", "最近演练", "合作社", "联系电话"],
    ["河乡", "张村", 1000, "是", Shown(0.95, "0%"), 12.5, "已完成", date(2023, 5, 1), 2, "13800138000"],
    ["河乡", "李村", 2000, "√", Shown(0.9, "0%"), 8, "编制中", date(2023, 6, 1), 1, "13900139000"],
    ["河乡", "王村", 1500, "否", Shown(1, "0%"), "约5", "编制中", "2023.4.5", 0, "13700137000"],
    ["河乡", "赵村", 1500, "", "88%", 7.25, "已完成", "", 3, "13600136000"],
]


PLAIN = scheme_text({"甲": ("全部", [criterion("X")])}).replace("点亮: 全部", "点亮: 全部 ")


def drafted(folder: Path, rows: list[list[object]] = ROWS, *more: str) -> str:
    """The draft of a workbook."""
    path = workbook(folder / "样本.xlsx", rows, merged=["A1:A2", "B1:B2", "D1:E1", "F1:I1"])
    out = folder / "草稿.yaml"
    result = CliRunner().invoke(app, ["criteria", "new", "--from", str(path), "--out", str(out), *more])
    assert 0 == result.exit_code, result.stderr
    return out.read_text(encoding="utf-8")


def decided(text: str) -> Scheme:
    """The draft with everything that was open decided somehow."""
    lines = text.splitlines()
    for place, line in enumerate(lines):
        kind = next((found[1] for above in lines[place::-1] if (found := re.search(r"类型: (\w+)", above))), "")
        threshold = "至多: 2030-01-01" if kind == "日期" else "至少: 1"
        lines[place] = line.replace("待定: 待定", threshold) if "文件" not in line else line
    text = "\n".join([*lines, ""])
    for old, new in (
        ("方案: 待定", "方案: 试行方案"),
        ("星: 待定", "星: 某星"),
        ("生效: 待定", "生效: 2023-01-01"),
        ("自: 待定", "自: 2023-01-01"),
        ("为: 待定", "为: 是"),
        ("点亮: 待定", "点亮: 全部"),
        ("后果: 待定", "后果: 提示"),
        ("  待定: {文件: 待定, 机关: 待定, 日期: 待定}", "  文: {文件: 某文, 机关: 某县, 日期: 2023-01-01}"),
        ("依据: 待定", "依据: 文"),
        ("责任: 待定", "责任: 县"),
        ("整改: 待定", "整改: 改"),
        ("牵头: 待定", "牵头: 县"),
    ):
        text = text.replace(old, new)
    text = re.sub(r"(选项: \[)([^,\]]+)((?:(?!选项).)*属于: \[)待定", r"\1\2\3\2", text, flags=re.DOTALL)
    scheme, problems = scheme_from_texts([("a.yaml", text)])
    assert scheme is not None, problems
    assert "K643" not in {problem.code for problem in problems}
    return scheme


def test_kinds_and_units_are_guessed(tmp_path: Path) -> None:
    """Yes and no, a share, a number with its unit, a choice with its words, a date, a whole number."""
    by = decided(drafted(tmp_path))

    assert [
        ("班子健全", Kind.YESNO, None),
        ("完成率", Kind.RATIO, "%"),
        ("集体收入", Kind.NUMBER, "万元"),
        ("规划", Kind.OPTION, None),
        ("最近演练", Kind.DATE, None),
        ("合作社", Kind.INTEGER, None),
    ] == [(item.name, item.kind, item.unit) for item in by.criteria]
    assert ("已完成", "编制中") == next(item.options for item in by.criteria if item.name == "规划")
    assert {"人口": (Kind.INTEGER, "人")} == {name: (field.kind, field.unit) for name, field in by.fields.items()}


@pytest.mark.parametrize(
    ("header", "unit"), [("满意率%", "%"), ("满意率 ％", "%"), ("满意率‰", "‰"), ("满意率（%）", "%")]
)
def test_a_share_is_known_by_the_sign_in_its_header(tmp_path: Path, header: str, unit: str) -> None:
    """With brackets or without; the sign is no part of the name, and the draft reads the column by it."""
    rows = [["乡镇", "村名", header], ["河乡", "张村", "95"], ["河乡", "李村", "80.5"]]
    sample = delimited(tmp_path / "样本.csv", rows)
    out = tmp_path / "草稿.yaml"
    assert 0 == CliRunner().invoke(app, ["criteria", "new", "--from", str(sample), "--out", str(out)]).exit_code

    [item] = decided(out.read_text(encoding="utf-8")).criteria

    assert ("满意率", Kind.RATIO, unit) == (item.name, item.kind, item.unit)


def test_groups_of_the_header_become_stars(tmp_path: Path) -> None:
    """Columns under one label are one star; what a village merely has is a 字段."""
    by = decided(drafted(tmp_path))

    assert ["支部星", "产业星"] == [star.name for star in by.stars]


def left(text: str) -> list[tuple[int, Severity]]:
    """Line and severity of every 待定 that the lint finds."""
    problems = scheme_from_texts([("a.yaml", text)])[1]
    return [(found.where.line or 0, found.level) for found in problems if found.code == "K643"]


def test_all_that_is_open_is_listed_at_once_and_nothing_else(tmp_path: Path) -> None:
    """Each 待定 is K643 at its place; what follows from one being there is not said in other words."""
    text = drafted(tmp_path)
    scheme, problems = load_scheme(tmp_path / "草稿.yaml")

    assert scheme is None
    assert {"K643"} == {problem.code for problem in problems}
    lines = [line.partition("#")[0] for line in text.splitlines()]
    marks = [line.count("待定") - line.count("待定: 待定") for line in lines]
    assert {number: n for number, n in enumerate(marks, 1) if n} == Counter(line for line, _ in left(text))


def test_the_draft_says_how_much_is_open(tmp_path: Path) -> None:
    """The number that new prints is the number of lines lint prints."""
    path = workbook(tmp_path / "样本.xlsx", ROWS, merged=["A1:A2", "B1:B2", "D1:E1", "F1:I1"])
    out = tmp_path / "草稿.yaml"
    made = CliRunner().invoke(app, ["criteria", "new", "--from", str(path), "--out", str(out)])
    listed = CliRunner().invoke(app, ["criteria", "lint", str(out)])

    assert f"有 {listed.stdout.count('K643')} 处“待定”" in made.stderr
    assert 2 == listed.exit_code


@pytest.mark.parametrize(
    "still", ["方案: 待定", "依据: 待定", "机关: 待定", "点亮: 待定", "自: 待定", "依据: 待定 第三条"]
)
def test_nobody_rates_by_what_is_not_decided(still: str) -> None:
    """One thing left open that decides, or is printed as authority, and there is no scheme."""
    key, _, value = still.partition(": ")
    [(line, level)] = left(re.sub(rf"(?m)^((?:.*[\s{{])?){key}: (?!\n)[^,}}\n]+", rf"\1{key}: {value}", PLAIN, count=1))

    assert Severity.ERROR == level
    assert key in PLAIN.splitlines()[line - 1]


def test_an_owner_left_open_only_warns() -> None:
    """责任, 整改 and 牵头 decide nothing; that they are open is a warning, and the scheme can be tried."""
    text = PLAIN.replace("责任: 县", "责任: 待定").replace("牵头: 县", "牵头: 待定")

    assert [Severity.WARNING] * 2 == [level for _, level in left(text)]
    assert scheme_from_texts([("a.yaml", text)])[0] is not None


def test_a_word_of_ledgers_is_not_open() -> None:
    """待定 among the 选项 or 列名 of a column is what the ledger says there."""
    option = criterion("X", "属于: [待定]", "选项", "选项: [已定, 待定]", "列名: [X, 待定]")
    text = scheme_text({"甲": ("全部", [option])})

    assert [] == left(text)
    assert scheme_from_texts([("a.yaml", text)])[0] is not None


def test_no_direction_is_guessed(tmp_path: Path) -> None:
    """是否软弱涣散 and 合作社 look alike: which answer is good, and whether more is better, is left open."""
    path = delimited(
        tmp_path / "a.csv",
        [
            ["乡镇", "村名", "是否软弱涣散", "信访件数"],
            ["河乡", "张村", "否", 1],
            ["河乡", "李村", "是", 0],
            ["河乡", "王村", "否", 0],
        ],
    )

    text = CliRunner().invoke(app, ["criteria", "new", "--from", str(path)]).stdout
    written = [line for line in text.splitlines() if "要求:" in line]

    assert ["要求: [{自: 待定, 为: 待定, 依据: 待定}]", "要求: [{自: 待定, 待定: 待定, 依据: 待定}]"] == [
        line.partition("#")[0].strip() for line in written
    ]
    assert all(word in written[0] for word in ("为: 是", "为: 否"))
    assert all(word in written[1] for word in ("至少:", "至多:"))


def test_what_must_not_be_is_no_star(tmp_path: Path) -> None:
    """Columns under 负面清单, 一票否决 or 扣分 become vetoes to be decided, not a star to be lit."""
    rows = [
        ["乡镇", "村名", "支部星", "", "负面清单", "", "一票否决情形"],
        ["", "", "班子健全", "完成率", "安全事故", "越级上访次数", ""],
        ["河乡", "张村", "是", Shown(0.95, "0%"), "否", 0, "否"],
        ["河乡", "李村", "√", Shown(0.9, "0%"), "是", 2, "否"],
    ]
    path = workbook(tmp_path / "a.xlsx", rows, merged=["A1:A2", "B1:B2", "C1:D1", "E1:F1", "G1:G2"])

    by = decided(CliRunner().invoke(app, ["criteria", "new", "--from", str(path)]).stdout)

    assert ["支部星"] == [star.name for star in by.stars]
    assert ["班子健全", "完成率"] == [item.name for item in by.criteria]
    assert ["安全事故", "越级上访次数", "一票否决情形"] == [veto.name for veto in by.vetoes]


def test_private_columns_are_left_out(tmp_path: Path) -> None:
    """A column of telephone numbers is named and nothing of it is shown."""
    text = drafted(tmp_path)

    assert "联系电话" in text
    assert not re.search(r"1[3-9]\d{9}", text)
    assert "联系电话" not in decided(text).ledger_columns


def test_what_was_guessed_from_is_said(tmp_path: Path) -> None:
    """Beside each column stand how many cells say something, what they say, and how many do not fit."""
    text = drafted(tmp_path)

    assert "4 格有值，如 12.5、8、约5；1 格这样读不出" in text


def test_the_sample_is_read_by_its_own_draft(tmp_path: Path) -> None:
    """Once decided, the draft reads the ledger it was made from."""
    by = decided(drafted(tmp_path))

    result = run(tmp_path / "样本.xlsx", by, period="2023-06")

    assert {"T203", "T205"}.isdisjoint(result.codes())
    assert [12.5, 95] == [result.value("张村", key) for key in ("X-03", "X-02")]


def test_a_ledger_without_groups_is_one_star(tmp_path: Path) -> None:
    """A plain header gives one star, to be named."""
    path = delimited(
        tmp_path / "a.csv", [["乡镇", "村名", "合作社", "on"], ["河乡", "张村", 1, "是"], ["河乡", "李村", 2, "否"]]
    )

    text = CliRunner().invoke(app, ["criteria", "new", "--from", str(path), "--id", "my", "--kind", "城市社区"]).stdout

    assert "  - 星: 待定 " in text
    assert '列名: ["on"]' in text
    by = decided(text)
    assert ("my", "城市社区") == (by.id, by.unit_kind)


@pytest.mark.parametrize("name", ["ledger.xlsx", "ledger.csv"])
def test_the_examples_give_drafts(tmp_path: Path, name: str) -> None:
    """The example ledgers give drafts that are schemes once decided."""
    out = tmp_path / "a.yaml"
    result = CliRunner().invoke(app, ["criteria", "new", "--from", str(ROOT_EXAMPLES / name), "--out", str(out)])

    assert 0 == result.exit_code
    assert len(decided(out.read_text(encoding="utf-8")).criteria) > 10


def test_what_there_is_no_draft_of(tmp_path: Path) -> None:
    """A file without a table is exit 3; what is there already is not overwritten."""
    nothing = tmp_path / "说明.txt"
    nothing.write_text("没有表\n", encoding="utf-8")
    drafted(tmp_path)

    empty = CliRunner().invoke(app, ["criteria", "new", "--from", str(nothing)])
    again = CliRunner().invoke(
        app, ["criteria", "new", "--from", str(tmp_path / "样本.xlsx"), "--out", str(tmp_path / "草稿.yaml")]
    )

    assert (3, 2) == (empty.exit_code, again.exit_code)


# --- ledgers of all kinds ---------------------------------------------------------------------------------------------

LEDGERS = [
    *sorted((ROOT_EXAMPLES / "schemes").glob("*.csv")),
    ROOT_EXAMPLES / "ledger.csv",
    ROOT_EXAMPLES / "ledger.xlsx",
    *(path for path in sorted((ROOT_EXAMPLES / "qingfeng").iterdir()) if "2022" in path.name or "月" in path.name),
]


def made(path: Path, out: Path, *more: str) -> str:
    """The draft of a ledger."""
    result = CliRunner().invoke(app, ["criteria", "new", "--from", str(path), "--out", str(out), *more])

    assert 0 == result.exit_code, result.stderr

    return out.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", LEDGERS, ids=lambda path: path.name)
def test_a_draft_of_every_example_reads_the_ledger_it_came_from(tmp_path: Path, path: Path) -> None:
    """Whatever its units are called: nothing is wrong but what is open, and decided it finds the very same units."""
    text = made(path, tmp_path / "草稿.yaml")

    assert {"K643"} == {problem.code for problem in scheme_from_texts([("a.yaml", text)])[1]}
    for key in ("生效", "自"):
        text = text.replace(f"{key}: 待定", f"{key}: 2022-01-01")
    told = {"period": None, "county": None}
    own = run(path, decided(text), **told)  # type: ignore[arg-type]
    other = run(path, criteria=ROOT_EXAMPLES.parent / "criteria", **told)  # type: ignore[arg-type]
    assert other.names == own.names
    assert "T203" not in own.codes()


def test_a_sum_is_no_sample_and_decimals_of_a_csv_are_no_whole_numbers(tmp_path: Path) -> None:
    """合计 and 小计 are nobody's values; 5.2 is a decimal as text too, and 7.0 is whole."""
    rows = [["乡镇", "村名", "集体收入", "合作社", "规划"]]
    rows += [
        ["河乡", name, *cells] for name, *cells in (("张村", "5.2", "7.0", "已完成"), ("李村", "8", "3", "编制中"))
    ]
    rows += [
        ["河乡小计", "", "13.2", "10", ""],
        ["山乡", "王村", "9", "4", "编制中"],
        ["山乡", "赵村", "6", "2", "已完成"],
    ]
    rows += [["合计", "", "28.2", "16.5", "四个村"]]
    by = decided(made(delimited(tmp_path / "台账.csv", rows), tmp_path / "草稿.yaml"))

    assert [Kind.NUMBER, Kind.INTEGER, Kind.OPTION] == [item.kind for item in by.criteria]
    assert ("已完成", "编制中") == by.criteria[2].options
    assert "13.2" not in (tmp_path / "草稿.yaml").read_text(encoding="utf-8")


def test_where_something_is_is_not_judged(tmp_path: Path) -> None:
    """What places a unit belongs to, or lies between, is a 字段; a kind of village is an item, 是 and 否 of one too."""
    rows = [["线路", "所属片区", "起点乡镇", "村庄类型", "薄弱村", "里程"]]
    rows += [
        ["一路", "东片", "河乡", "示范村", "是", "5"],
        ["二路", "东片", "山镇", "普通村", "否", "7"],
        ["三路", "西片", "河乡", "示范村", "否", "3"],
        ["四路", "西片", "山镇", "普通村", "否", "4"],
    ]
    by = decided(made(delimited(tmp_path / "台账.csv", rows), tmp_path / "草稿.yaml"))

    assert ["所属片区", "起点乡镇"] == list(by.fields)
    assert ["村庄类型", "薄弱村", "里程"] == [item.name for item in by.criteria]


def test_the_column_of_names_is_found(tmp_path: Path) -> None:
    """Where no header says 村名, the column whose texts name each row is 名称列, and says what is rated unless told."""
    rows = [["乡镇", "级别", "企业名称", "党员数", "两新组织类型"]]
    rows += [
        ["河乡", "县级", "大河面业", "5", "企业"],
        ["河乡", "乡镇", "小河农机", "7", "企业"],
        ["山乡", "县级", "山货行", "3", "社会组织"],
    ]
    path = delimited(tmp_path / "台账.csv", rows)
    text, told = made(path, tmp_path / "一.yaml"), made(path, tmp_path / "二.yaml", "--kind", "两新组织")

    assert ("企业", ("企业名称",)) == ((by := decided(text)).unit_kind, by.name_headers)
    assert "适用: 两新组织" in told
    assert not any(item.name == "企业名称" for item in by.criteria)
