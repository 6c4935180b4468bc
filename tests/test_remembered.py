"""Remembered headers and layouts: applied and said, written only when asked for."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from making import grid, run, scheme, workbook
from starcheck.cli import app
from test_marking import SCHEME

TITLE = ["平原县河乡2022年6月台账"]
LEDGER = grid("乡镇 村名 集体收人 两委班子\n河乡 甲村 5 是\n河乡 乙村 6 否")


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with a setting and a comment of its own."""
    (tmp_path / "方案.yaml").write_text(SCHEME, encoding="utf-8")
    (tmp_path / "starcheck.toml").write_text('# 我们的设置\ncounty = "平原县"\n', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def check(*words: str | Path, code: int = 0) -> str:
    """What check said of everything."""
    arguments = ["check", *map(str, words), "--scheme", "方案.yaml", "--all"]
    result = CliRunner().invoke(app, arguments)

    assert code == result.exit_code, result.output

    return result.output


def test_a_mapped_header_is_its_field(office: Path) -> None:
    """For once; without it the column is absent."""
    file = workbook(office / "a.xlsx", [TITLE, *LEDGER])

    assert "T205" in check(file)
    assert ("T205" in (said := check(file, "--map", "集体收人=X")), "T240" in said) == (False, True)


STRANGE = [["所在单元", "村里", "集体收人", "两委班子"], *LEDGER[1:]]


def test_a_column_of_the_unit_is_mapped_too(office: Path) -> None:
    """By any spelling of 村名 and 乡镇; without it T212 names the nearest header and the way out."""
    file = workbook(office / "a.xlsx", [TITLE, *STRANGE])
    without = check(file, code=3).replace("\n", "")
    mapped = ("--map", "所在单元=所属乡镇", "--map", "村里=行政村名称", "--map", "集体收人=X")

    assert "T212" in without
    assert '--map "村里=村名"' in without.replace(" ", "").replace("--map", "--map ")
    assert [False, False, False] == [code in check(file, *mapped) for code in ("T212", "T214", "T205")]


def test_a_mapped_name_is_remembered(office: Path) -> None:
    """As a spelling of its own, in starcheck.toml, and holds there."""
    file = workbook(office / "a.xlsx", [TITLE, ["乡镇", "单元", "集体收入", "两委班子"], *LEDGER[1:]])
    check(file, "--map", "单元=村名", "--remember")

    assert {"单元": "村名"} == tomllib.loads((office / "starcheck.toml").read_text(encoding="utf-8"))["mapping"]["河乡"]
    assert "T212" not in check(file)


def test_what_the_office_says_is_the_name_comes_before_what_looks_like_one(office: Path) -> None:
    """Of two columns both of which may be the name; neither order nor spelling decides."""
    rows = [[*row[:1], "丙村" if n else "村名", *row[1:]] for n, row in enumerate(RIGHT)]
    rows[0][2] = "行政村名称"
    file = workbook(office / "a.xlsx", [TITLE, *rows])

    assert "R413" in check(file, code=1)
    assert "R413" not in check(file, "--map", "行政村名称=村名")


@pytest.mark.parametrize(
    "rows",
    [
        [["乡镇", "河乡"], ["单元", "甲村"], ["集体收入", 5], ["两委班子", "是"]],
        [["单元", "甲村", "乙村", "丙村"], ["集体收入", 5, 6, 7], ["两委班子", *["是"] * 3], ["乡镇", *["河乡"] * 3]],
        [["乡镇", "单元", "集体收入", "两委班子"] * 2, ["河乡", "甲村", 5, "是", "河乡", "乙村", 6, "是"]],
    ],
)
def test_a_mapped_name_is_known_in_every_layout(office: Path, rows: list[list[Any]]) -> None:
    """In forms, with villages across, and in tables beside each other."""
    file = workbook(office / "a.xlsx", [TITLE, *rows])
    said = check(file, "--map", "单元=村名")

    assert [] == [code for code in ("T212", "T202", "T205", "R401", "T203") if code in said]


@pytest.mark.parametrize("words", [("--map", "人均=X"), ("--map", "集体收八=X")])
def test_a_header_that_no_file_has_is_said_once(office: Path, words: tuple[str, str]) -> None:
    """With the nearest ones there are; whatever the number of files."""
    files = [workbook(office / f"{n}.xlsx", [TITLE, *LEDGER[: n + 1]]) for n in (1, 2)]
    said = check(*files, *words)

    assert 1 == said.count("T245")
    assert ("集体收人" in said[said.index("T245") :].partition("╰")[0]) is (words[1] == "集体收八=X")
    assert (
        "T245"
        in CliRunner().invoke(app, ["check", str(files[0]), *words, "--scheme", "方案.yaml", "--explain-layout"]).output
    )


YEARS: list[list[Any]] = [
    [*TITLE],
    ["乡镇", "村名", "本年", None, "上年", None],
    [None, None, "集体收入（万元）", "两委班子", "集体收入（万元）", "两委班子"],
    ["河乡", "甲村", None, "是", 4, "否"],
    ["河乡", "乙村", 12, "否", 12, "是"],
    ["河乡", "丙村", 6, "是", 3, "是"],
]
SPELLED = SCHEME.replace("列名: [集体收入]", "列名: [村集体收入, 集体收入]")
YEARS_MERGED = ("A2:A3", "B2:B3", "C2:D2", "E2:F2")


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("本年/集体收入", [None, 12, 6]),
        ("本年/集体收入（万元）", [None, 12, 6]),
        ("上年／集体收入", [4, 12, 3]),
        ("本年集体收入", [None, 12, 6]),
    ],
)
def test_a_path_says_which_of_several_groups_is_meant(office: Path, path: str, values: list[float | None]) -> None:
    """That column alone is the field's: what is blank in it is not taken from another, nor in conflict with it."""
    (office / "方案.yaml").write_text(SPELLED, encoding="utf-8")
    file = workbook(office / "a.xlsx", YEARS, YEARS_MERGED)
    words = ("--map", f"{path}=X")
    rated = run(file, scheme(SPELLED), map=[words[1]])

    assert values == [rated.value(name, "X") for name in ("甲村", "乙村", "丙村")]
    assert ["D3"] == [problem.where.cell for problem in rated.diagnostics if problem.code == "T216"]
    assert [] == [problem.code for problem in rated.diagnostics if problem.code in {"T204", "T245", "R413"}]

    check(file, *words, "--remember", code=1)

    assert ("T240" in (said := check(file, code=1)), "T204" in said, said.count("T216")) == (True, False, 1)


def test_a_column_of_no_group_yields_to_the_one_that_is_told_by_path(office: Path) -> None:
    """Though it has the scheme's own spelling."""
    rows: list[list[Any]] = [row[:5] for row in YEARS]
    rows[1][4], rows[2][4] = "集体收入", None
    file = workbook(office / "a.xlsx", rows, ("A2:A3", "B2:B3", "C2:D2", "E2:E3"))
    told = run(file, scheme(SPELLED), map=["本年/集体收入=X"])

    assert [None, 12, 6] == [told.value(name, "X") for name in ("甲村", "乙村", "丙村")]
    assert [] == told.cells("R413")


def test_a_name_that_several_groups_have_says_nothing_of_which(office: Path) -> None:
    """T216: it stays as open as without --map."""
    file = workbook(office / "a.xlsx", YEARS, YEARS_MERGED)
    told = run(file, scheme(SPELLED), map=["集体收入=X"])

    assert [None] * 3 == [told.value(name, "X") for name in ("甲村", "乙村", "丙村")]
    assert ["C3", "D3"] == told.cells("T216")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("集体收人（万元）", "2022年"),
        ("2022年", "1.集体收人（万元）*"),
        ("集体收人", "（万元）"),
        ("产业/经济", "收人／万元"),
    ],
)
def test_the_path_that_the_layout_shows_is_understood(office: Path, first: str, second: str) -> None:
    """As --explain-layout prints it, units, numbers and marks included."""
    rows = [TITLE, ["村名", first, "产业", "两委班子"], [None, second, "其他", None], ["甲村", 5, 6, "是"]]
    file = workbook(office / "a.xlsx", rows, ("A2:A3", "D2:D3"))
    words = ["check", str(file), "--scheme", "方案.yaml", "--explain-layout", "--format", "json"]
    (table,) = json.loads(CliRunner().invoke(app, words).stdout)["layout"][0]["sheets"][0]["tables"]
    shown = next(column["header"] for column in table["columns"] if column["column"] == "B")
    told = run(file, scheme(SPELLED), map=[f"{shown}=X"])

    assert (f"{first}/{second}", 5) == (shown, told.value("甲村", "X"))
    assert [] == [problem for problem in told.diagnostics if problem.code == "T245"]


def test_what_is_said_now_comes_before_what_is_remembered(office: Path) -> None:
    """A flag goes before starcheck.toml, also where that names the township."""
    (office / "starcheck.toml").write_text('[mapping."河乡"]\n"集体收人" = ""\n', encoding="utf-8")
    file = workbook(office / "a.xlsx", [TITLE, *LEDGER])

    assert ["T241", "T240"] == [
        next(code for code in ("T240", "T241") if code in check(file, *words))
        for words in ((), ("--map", "集体收人=X"))
    ]


def test_a_unit_given_back_under_a_mapped_name_is_found_again(office: Path) -> None:
    """--against reads the marked workbook by the same memory."""
    (office / "starcheck.toml").write_text('[mapping."河乡"]\n"单元" = "村名"\n', encoding="utf-8")
    rows = [TITLE, ["乡镇", "单元", "集体收入", "两委班子"], ["河乡", "甲村", "约5", "是"]]
    check(workbook(office / "a.xlsx", rows), "--annotate", "退回", code=1)
    mended = [*rows[:2], ["河乡", "甲村", 5, "是"]]
    marked, *_ = (office / "退回").iterdir()
    marked.rename(office / "退回.xlsx")
    said = check(workbook(office / "a.xlsx", mended), "--against", "退回.xlsx")

    assert "已改 1，" in said


def test_nothing_is_written_unless_asked_for(office: Path) -> None:
    """Then under the township, and the rest of the file stays byte for byte."""
    file = workbook(office / "a.xlsx", [TITLE, *LEDGER])
    config = office / "starcheck.toml"
    before = config.read_text(encoding="utf-8")
    check(file, "--map", "集体收人=X")

    assert before == config.read_text(encoding="utf-8")

    check(file, "--map", "集体收人=X", "--remember")
    after = config.read_text(encoding="utf-8")
    read = tomllib.loads(after)

    assert after.startswith(before)
    assert {"集体收人": "X"} == read["mapping"]["河乡"]
    assert {"header": "A2:D2", "kind": "table"} == read["layout"]["河乡"]
    assert "T240" in check(file)
    check(file, "--map", "集体收人=X", "--remember")
    assert after == config.read_text(encoding="utf-8")


def test_another_township_is_not_concerned(office: Path) -> None:
    """What 河乡 calls a column means nothing in 山乡."""
    (office / "starcheck.toml").write_text('[mapping."河乡"]\n"集体收人" = "X"\n', encoding="utf-8")
    hill = [[cell.replace("河", "山") if isinstance(cell, str) else cell for cell in row] for row in LEDGER]

    assert "T205" in check(workbook(office / "b.xlsx", [["平原县山乡2022年6月台账"], *hill]))


def test_a_column_is_deliberately_not_used(office: Path) -> None:
    """It is said in fewer words."""
    (office / "starcheck.toml").write_text('[mapping."*"]\n"集体收人" = ""\n', encoding="utf-8")
    said = check(workbook(office / "a.xlsx", [TITLE, *LEDGER]))

    assert ("T203" in said, "T241" in said) == (False, True)


@pytest.mark.parametrize(
    "words",
    [
        ("--map", "集体收人"),
        ("--map", "集体收人=无此项"),
        ("--map", "两委班子=X"),
        ("--map", "两委班子=村名"),
        ("--map", "=X"),
    ],
)
def test_what_cannot_be_meant_is_refused(office: Path, words: tuple[str, str]) -> None:
    """No field of that name, or another field's own spelling."""
    check(workbook(office / "a.xlsx", [TITLE, *LEDGER]), *words, code=2)


@pytest.mark.parametrize("line", ['header = "A3"', 'kind = "sideways"', 'rows = "3"', "sheet = 3"])
def test_a_faulty_pin_is_refused(office: Path, line: str) -> None:
    """With the key."""
    (office / "starcheck.toml").write_text(f'[layout."河乡"]\n{line}\n', encoding="utf-8")
    check(workbook(office / "a.xlsx", [TITLE, *LEDGER]), code=2)


def test_a_pinned_sheet_is_the_only_one_read(office: Path) -> None:
    """Last month's is passed over, and that is a warning: it may be the newer one."""
    right = [[cell if cell != "集体收人" else "集体收入" for cell in row] for row in LEDGER]
    old = [[cell if cell != 5 else 4 for cell in row] for row in right]
    file = workbook(office / "a.xlsx", {"5月": old, "6月": [TITLE, *right]})
    (office / "starcheck.toml").write_text('[layout."河乡"]\nsheet = "6月"\nheader = "A2:D2"\n', encoding="utf-8")
    said = check(file)

    assert ("R413" in said, "T244" in said) == (False, True)


def test_a_pin_that_no_longer_holds_is_said(office: Path) -> None:
    """And the table is looked for as usual."""
    right = [[cell if cell != "集体收人" else "集体收入" for cell in row] for row in LEDGER]
    file = workbook(office / "a.xlsx", [TITLE, ["乡镇和村的情况"], *right])
    (office / "starcheck.toml").write_text('[layout."河乡"]\nheader = "A2:D2"\n', encoding="utf-8")
    said = check(file)

    assert ("T242" in said, "T205" in said) == (True, False)


RIGHT = [[cell if cell != "集体收人" else "集体收入" for cell in row] for row in LEDGER]
MONTHLY = '[layout."河乡"]\nsheet = "6月"\nheader = "A2:D2"\n'


@pytest.mark.parametrize(
    "rows",
    [
        [TITLE, ["填报单位：河乡"], *RIGHT],
        [TITLE, [*RIGHT[0][:2], "备注", *RIGHT[0][2:]], *([*row[:2], "好", *row[2:]] for row in RIGHT[1:])],
    ],
)
def test_next_month_may_have_a_line_or_a_column_more(office: Path, rows: list[list[Any]]) -> None:
    """The remembered place then holds less than there is: the table is looked for as usual, and that is said."""
    file = workbook(office / "a.xlsx", rows)
    (office / "starcheck.toml").write_text('[layout."河乡"]\nheader = "A2:D2"\n', encoding="utf-8")
    said = check(file)

    assert ("T242" in said, "T205" in said, "T202" in said) == (True, False, False)


def test_a_pinned_sheet_that_is_not_there_is_said(office: Path) -> None:
    """Once, naming starcheck.toml; all sheets are read as usual."""
    file = workbook(office / "河乡.xlsx", {"7月": [TITLE, *RIGHT], "说明": [["河乡填报说明"]]})
    (office / "starcheck.toml").write_text(MONTHLY, encoding="utf-8")
    said = check(file)

    assert (1, False) == (said.count("T242"), "T202" in said)
    assert "没有“6月”这张工作表" in said.replace("\n", "")


@pytest.mark.parametrize(("sheet", "code"), [([TITLE, *RIGHT], "T244"), ([["怎么填"]], "T243")])
def test_a_sheet_left_out_is_a_warning_if_it_looks_like_a_ledger(office: Path, sheet: list[Any], code: str) -> None:
    """Next month's beside the remembered one; instructions are a note."""
    file = workbook(office / "河乡.xlsx", {"6月": [TITLE, *RIGHT], "7月": sheet})
    (office / "starcheck.toml").write_text(MONTHLY, encoding="utf-8")
    said = check(file)

    assert [code] == [each for each in ("T243", "T244") if each in said]


def test_what_says_a_township_is_its_title_or_file_name(office: Path) -> None:
    """Not the cells of a county's summary, and no village that has another township's name."""
    (office / "starcheck.toml").write_text('[layout."韩村镇"]\nsheet = "6月"\n', encoding="utf-8")
    summary = workbook(office / "汇总.xlsx", [["2022年6月台账"], *grid("乡镇 村名 集体收入\n韩村镇 甲村 5")])
    village = grid("村名 集体收入 两委班子\n韩村 5 是")
    other = workbook(office / "河乡.xlsx", [["平原县河乡韩村等2022年6月台账"], *village])
    own = workbook(office / "b.xlsx", [["平原县韩村镇2022年6月台账"], *village])

    assert [False, False, True] == ["T242" in check(file, "--county", "平原县") for file in (summary, other, own)]


@pytest.mark.parametrize(
    ("sheets", "named"),
    [(("台账",), None), (("台账", "说明"), "台账"), (("6月", "说明"), None), (("2022-06", "说明"), None)],
)
def test_a_sheet_is_remembered_where_its_name_lasts(office: Path, sheets: tuple[str, ...], named: str | None) -> None:
    """Not where it is the only one, nor where it is a month's; what was written of it before goes."""
    (office / "starcheck.toml").write_text('[layout."河乡"]\nsheet = "旧"\nheader = "A1:B1"\n', encoding="utf-8")
    content: dict[str, Any] = dict(zip(sheets, ([TITLE, *RIGHT], [["怎么填"]]), strict=False))
    check(workbook(office / "a.xlsx", content), "--remember")
    read = tomllib.loads((office / "starcheck.toml").read_text(encoding="utf-8"))

    assert (named, "A2:D2") == (read["layout"]["河乡"].get("sheet"), read["layout"]["河乡"]["header"])


FORM: list[list[Any]] = [["乡镇", "河乡", "村名", "甲村"], ["集体收入", 5, "两委班子", "是"]]


def test_a_form_is_remembered_as_one(office: Path) -> None:
    """Without a header: it is known by its names, also where next month they stand elsewhere, and read the same."""
    file = workbook(office / "a.xlsx", [TITLE, *FORM])
    check(file, "--remember")
    moved = workbook(office / "a.xlsx", [TITLE, ["填报单位：河乡"], *([None, *row] for row in FORM)])

    assert {"kind": "form"} == tomllib.loads((office / "starcheck.toml").read_text(encoding="utf-8"))["layout"]["河乡"]
    assert [False, False, False] == [code in check(moved) for code in ("T242", "T205", "V313")]
    assert "T242" in check(workbook(office / "a.xlsx", [TITLE, *RIGHT]))


def test_a_form_that_was_remembered_as_a_table_is_read_as_one(office: Path) -> None:
    """As --remember once wrote: that there is no such header is said, and it is mended by remembering again."""
    (office / "starcheck.toml").write_text('[layout."河乡"]\nheader = "A2:C3"\nkind = "transposed"\n', encoding="utf-8")
    file = workbook(office / "a.xlsx", [TITLE, *FORM])
    said = check(file)
    check(file, "--remember")

    assert [True, False, False] == [code in said for code in ("T242", "T205", "V313")]
    assert {"kind": "form"} == tomllib.loads((office / "starcheck.toml").read_text(encoding="utf-8"))["layout"]["河乡"]
    assert "T242" not in check(file)


def test_a_township_that_only_cells_say_is_remembered_by_the_file(office: Path) -> None:
    """By its name without the month, so that next month's is found."""
    rows = [["2022年6月台账"], *RIGHT]
    check(workbook(office / "台账2022年6月.xlsx", rows), "--remember", "--county", "平原县")
    read = tomllib.loads((office / "starcheck.toml").read_text(encoding="utf-8"))

    assert ["台账*.xlsx"] == list(read["layout"])


def test_without_a_workspace_there_is_nowhere_to_write(office: Path) -> None:
    """Exit 2, before anything is read."""
    (office / "starcheck.toml").unlink()
    check(workbook(office / "a.xlsx", [TITLE, *LEDGER]), "--remember", code=2)
