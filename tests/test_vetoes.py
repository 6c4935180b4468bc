"""负面清单联审: what each department is asked about a quarter, and its reply read back."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from making import delimited, ledger, scheme
from starcheck.cycle.reviewing import review_around, review_of
from starcheck.scheme import Lasting, scheme_from_texts
from test_cycle import HEADER, REGISTER, SCHEME, TOWNS, TWO
from test_rectify import run

VETOES = """\
负面清单:
  - {编号: FM, 情形: 造假, 列名: [造假], 触发: {为: 是}, 后果: 不参评, 联审: [县纪委监委], 有效: 全年, 依据: 测试}
  - {编号: FG, 情形: 出事故, 列名: [出事故], 触发: {为: 是}, 后果: {熄灭: 乙星}, 联审: [县应急局, 县公安局], 依据: 测试}
  - {编号: FH, 情形: 满意度低, 列名: [满意度], 类型: 比例, 单位: "%", 触发: {低于: 60}, 后果: {最高: 1},
     联审: [县统计局], 依据: 测试}
  - {编号: FK, 情形: 书记空缺, 列名: [书记空缺], 触发: {为: 是}, 后果: 提示, 依据: 测试}
"""
REVIEWED = SCHEME.replace(SCHEME[SCHEME.index("负面清单:") : SCHEME.index("月度:")], VETOES)
COLUMNS = [*HEADER, "出事故", "满意度", "书记空缺"]
Cells = dict[str, tuple[object, ...]]
"""造假, 出事故, 满意度 and 书记空缺 of the villages that are not all 否, 90 and 否."""
JANUARY: Cells = {"乙村": ("否", "是", 90, "否"), "丙村": (None, "否", 55, "否")}
MARCH: Cells = {"丙村": ("是", "否", 61, None)}


def send(folder: Path, period: str, cells: Cells, *, missing: tuple[str, ...] = ("戊村",)) -> None:
    """Score a month in which every village has two stars but for its vetoes; ``missing`` do not report."""
    rows = [
        COLUMNS,
        *(
            [TOWNS[name], name, 1000, *TWO, *cells.get(name, ("否", "否", 90, "否"))]
            for name in TOWNS
            if name not in missing
        ),
    ]
    told = ("--scheme", "monthly", "--county", "平原县", "--register", "register.csv", "--period", period)
    code, _, said = run("score", ledger(folder / f"{period}.xlsx", rows), *told)

    assert 0 == code or missing, said


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A quarter with two months recorded: 乙村 had an accident in January, 丙村 cheated in March; 戊村 is silent."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "criteria").mkdir()
    (tmp_path / "criteria" / "monthly.yaml").write_text(REVIEWED, encoding="utf-8")
    delimited(tmp_path / "register.csv", REGISTER)
    send(tmp_path, "2023-01", JANUARY)
    send(tmp_path, "2023-03", MARCH)
    return tmp_path


# --- quarters, and how long ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["2023Q1", "2023-q1", "2023年第一季度", "２０２３年1季度", "2023年一季"])
def test_a_quarter_is_told_as_people_write_it(text: str) -> None:
    """In figures or numerals."""
    found = review_of(text)

    assert found is not None
    assert ("2023Q1", date(2023, 1, 1), date(2023, 3, 31)) == found
    assert ["2023-01", "2023-02", "2023-03"] == list(found.periods)


def test_what_is_no_quarter() -> None:
    """A month, a fifth quarter; a year is one for schemes that are rated once a year."""
    assert [None] * 3 == [review_of(text) for text in ("2023-03", "2023Q5", "一季度")]
    assert review_of("2023年") == review_around("2023") == ("2023", date(2023, 1, 1), date(2023, 12, 31))
    assert ("2023",) == review_around("2023").periods
    assert ["2022Q4", "2023Q1", "2023Q1", "2023Q2"] == [
        review_around(month).text for month in ("2022-12", "2023-01", "2023-03", "2023-04")
    ]


@pytest.mark.parametrize(
    ("lasting", "until"),
    [
        (Lasting(), date(2023, 3, 31)),
        (Lasting(year=True), date(2023, 12, 31)),
        (Lasting(months=12), date(2024, 2, 13)),
        (Lasting(months=1), date(2023, 3, 31)),
    ],
    ids=str,
)
def test_until_when(lasting: Lasting, until: date) -> None:
    """To the end of the quarter, of the year, or so many months; never shorter than the quarter."""
    assert until == lasting.until(date(2023, 2, 14), date(2023, 3, 31))


def test_a_month_that_lacks_the_day() -> None:
    """One month from 31 January ends with February."""
    assert date(2023, 2, 27) == Lasting(months=1).until(date(2023, 1, 31), date(2023, 1, 31))
    assert date(2024, 2, 28) == Lasting(months=1).until(date(2024, 1, 31), date(2024, 1, 31))


@pytest.mark.parametrize("word", ["半年", "0个月", "12", "100个月"])
def test_what_is_no_time(word: str) -> None:
    """有效 is refused at its line."""
    text = REVIEWED.replace("有效: 全年", f"有效: {word}")
    found, problems = scheme_from_texts([("x.yaml", text)])

    assert found is None
    assert ["K606"] == [problem.code for problem in problems]
    assert [text[: text.index("有效")].count("\n") + 1] == [problem.where.line for problem in problems]


def test_as_it_stands_in_the_file() -> None:
    """有效 comes out as it was written, and is not looked at where there is none."""
    by = scheme(REVIEWED)

    assert ["全年", "本期", "本期", "本期"] == [str(veto.lasting) for veto in by.vetoes]
    assert ["12个月"] == [str(scheme(REVIEWED.replace("全年", "12个月")).vetoes[0].lasting)]


# --- the lists --------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("office")
def test_the_list_of_a_quarter() -> None:
    """Every unit for every veto of every department, with the month, value and cell that tell most."""
    code, out, _ = run("vetoes", "--format", "json")
    found = json.loads(out)
    rows = {(row["department"], row["veto"], row["name"]): row for row in found["asked"]}

    assert 0 == code
    assert [
        ("县纪委监委", 5, 1, 3, 0, 1),
        ("县应急局", 5, 1, 3, 0, 1),
        ("县公安局", 5, 1, 3, 0, 1),
        ("县统计局", 5, 1, 3, 0, 1),
        ("未明确联审单位", 5, 0, 4, 0, 1),
    ] == [
        (row["department"], row["asked"], row["triggered"], row["clear"], row["unknown"], row["unreported"])
        for row in found["departments"]
    ]
    accident = rows["县公安局", "FG", "乙村"]
    assert ("2023-01 是；2023-03 否", "triggered", "2023-01", ["2023-01.xlsx!台账!H3"]) == (
        accident["stated"],
        accident["state"],
        accident["month"],
        accident["cell"],
    )
    assert ("2023-01 未填；2023-03 是", "2023-03") == tuple(
        rows["县纪委监委", "FM", "丙村"][key] for key in ("stated", "month")
    )
    assert ("2023-01 55%；2023-03 61%", "2023-01") == tuple(
        rows["县统计局", "FH", "丙村"][key] for key in ("stated", "month")
    )
    assert ("2023-01 否；2023-03 未填", "2023-01") == tuple(
        rows["未明确联审单位", "FK", "丙村"][key] for key in ("stated", "month")
    )
    silent = rows["县纪委监委", "FM", "戊村"]
    assert ("未上报", None, None) == (silent["stated"], silent["state"], silent["cell"])
    assert {("2023Q1", "平原县", None)} == {(row["quarter"], row["county"], row["confirmed"]) for row in rows.values()}


def test_a_quarter_is_asked_for(office: Path) -> None:
    """By name, or by a month in it; one that nothing is recorded of is refused, and so is a word that is none."""
    send(office, "2023-04", {})
    found = {
        told: json.loads(run("vetoes", *told, "--format", "json")[1])["period"]
        for told in ((), ("--quarter", "2023年一季度"), ("--period", "2023-01"))
    }

    assert {(): "2023-04", ("--quarter", "2023年一季度"): "2023-03", ("--period", "2023-01"): "2023-03"} == found
    assert (2, 2) == (run("vetoes", "--quarter", "2022Q4")[0], run("vetoes", "--quarter", "春天")[0])
    assert "2023-01、2023-03、2023-04" in run("vetoes", "--quarter", "2022Q4")[2]


@pytest.mark.usefixtures("office")
def test_on_a_screen() -> None:
    """The departments, and what ledgers say there is; of one department all of it."""
    _, out, _ = run("vetoes")
    _, own, _ = run("vetoes", "--department", "公安局")

    assert ("县应急局" in out, "2023-01 是" in out, "丁村" in out) == (True, True, False)
    assert ("县应急局" in own, "丁村" in own) == (False, True)
    code, _, said = run("vetoes", "--department", "水利局")
    assert 2 == code
    assert "县纪委监委、县应急局、县公安局、县统计局、未明确联审单位" in said


def test_a_workbook_for_each_department(office: Path) -> None:
    """Its own rows, with lists to choose from; what is there already is not written over, and nothing else is."""
    code, _, said = run("vetoes", "--to", "联审")
    files = sorted(path.name for path in (office / "联审").iterdir())

    assert 0 == code
    assert 5 == said.count("已写出") == len(files)
    assert "平原县_2023Q1_联审_县纪委监委.xlsx" in files
    book = openpyxl.load_workbook(office / "联审" / "平原县_2023Q1_联审_县统计局.xlsx")
    sheet = book.worksheets[0]
    assert "平原县2023Q1 负面清单联审确认表" == sheet["A1"].value
    header = [cell.value for cell in sheet[4]]
    assert [("东乡", "甲村"), ("东乡", "乙村"), ("西乡", "丙村"), ("西乡", "丁村"), ("北乡", "戊村")] == [
        (row[1], row[2]) for row in sheet.iter_rows(5, 9, values_only=True)
    ]
    assert [None] * 5 == [row[header.index("确认")] for row in sheet.iter_rows(5, 9, values_only=True)]
    assert str(sheet["A11"].value).startswith("填表人")
    (office / "联审" / "平原县_2023Q1_联审_县公安局.xlsx").unlink()
    code, _, said = run("vetoes", "--to", "联审")
    assert (2, 4) == (code, len(list((office / "联审").iterdir())))
    assert 0 == run("vetoes", "--to", "联审", "--force")[0]
    kinds = {
        str(rule.sqref): (rule.type, rule.formula1)
        for rule in openpyxl.load_workbook(office / "联审" / "平原县_2023Q1_联审_县公安局.xlsx")
        .worksheets[0]
        .data_validations.dataValidation
    }
    assert ("list", '"是,否"') == kinds["L5:L9"]


def test_no_vetoes(office: Path) -> None:
    """A scheme without any is told, not given an empty list."""
    text = REVIEWED.replace(VETOES, "").replace("编号: monthly", "编号: other")
    (office / "criteria" / "other.yaml").write_text(text, encoding="utf-8")
    told = ("--scheme", "other", "--county", "平原县", "--period", "2023-01")
    assert 0 == run("score", "2023-01.xlsx", *told)[0]

    code, _, said = run("vetoes", "--scheme", "other")

    assert (2, True) == (code, "没有负面清单" in said)
