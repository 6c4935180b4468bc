"""负面清单联审: what each department is asked about a quarter, and its reply read back."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from making import ROOT_EXAMPLES, delimited, ledger, scheme
from report_sample import check_golden
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
    _an_office(tmp_path, monkeypatch)
    return tmp_path


def _an_office(folder: Path, patch: pytest.MonkeyPatch) -> None:
    patch.chdir(folder)
    (folder / "criteria").mkdir()
    (folder / "criteria" / "monthly.yaml").write_text(REVIEWED, encoding="utf-8")
    delimited(folder / "register.csv", REGISTER)
    send(folder, "2023-01", JANUARY)
    send(folder, "2023-03", MARCH)


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
    books = [
        openpyxl.load_workbook(office / "联审" / f"平原县_2023Q1_联审_{department}.xlsx")
        for department in ("县纪委监委", "县统计局")
    ]
    assert ["FM查实以后管全年。", None] == [
        next((line.value for (line,) in book.worksheets[1].iter_rows() if "FM" in str(line.value)), None)
        for book in books
    ]


def test_no_vetoes(office: Path) -> None:
    """A scheme without any is told, not given an empty list."""
    text = REVIEWED.replace(VETOES, "").replace("编号: monthly", "编号: other")
    (office / "criteria" / "other.yaml").write_text(text, encoding="utf-8")
    told = ("--scheme", "other", "--county", "平原县", "--period", "2023-01")
    assert 0 == run("score", "2023-01.xlsx", *told)[0]

    code, _, said = run("vetoes", "--scheme", "other")

    assert (2, True) == (code, "没有负面清单" in said)


# --- replies ----------------------------------------------------------------------------------------------------------

Answers = dict[tuple[str, str], tuple[object, ...]]
"""What is written for a village and a veto: 确认, 发生日期, 备注."""


def reply(office: Path, department: str, answers: Answers, quarter: str = "2023Q1", *more: str) -> Path:
    """The workbook of a department, filled in."""
    folder = office / f"联审{len(list(office.iterdir()))}"
    code, _, said = run("vetoes", "--quarter", quarter, "--to", folder, *more)
    assert 0 == code, said
    path = folder / f"平原县_{quarter}_{'review' if more else '联审'}_{department}.xlsx"
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    header = [cell.value for cell in sheet[4]]
    name, veto = (2, 4) if header[3] in {"编码", "code"} else (2, 3)
    first = next(place for place, word in enumerate(header) if word in {"确认", "confirmed"})
    left = dict(answers)
    for row in sheet.iter_rows(5, sheet.max_row):
        for place, value in enumerate(left.pop((str(row[name].value), str(row[veto].value)), ())):
            sheet.cell(row[0].row or 0, first + place + 1).value = value  # type: ignore[assignment]
    assert {} == left
    book.save(path)
    return path


def read(
    *files: object, quarter: str | None = "2023Q1", ends: int = 0
) -> tuple[dict[str, list[dict[str, object]]], str]:
    """Replies read and recorded: the document, and what was said."""
    told = [word for file in files for word in ("--reply", file)]
    code, out, said = run("vetoes", *(("--quarter", quarter) if quarter else ()), *told, "--format", "json")
    assert ends == code, said
    return json.loads(out), said


def states(period: str) -> dict[tuple[str, str], tuple[str, list[str]]]:
    """State and cells of every veto of every village of a month, as the report has them."""
    found = json.loads(run("report", "--period", period, "--format", "json")[1])
    return {
        (unit["name"], veto["id"]): (veto["status"], veto["cells"])
        for unit in found["units"]
        for veto in unit["vetoes"]
    }


def codes(said: str) -> list[str]:
    """The codes of this family that were said, in order."""
    return re.findall(r"\bR46\d\b", said)


def test_a_department_goes_before_the_township(office: Path) -> None:
    """Its answer is the veto's state with the reply's cell, and what the ledger has otherwise is said."""
    before = states("2023-03")["丁村", "FM"]
    file = reply(office, "县纪委监委", {("丁村", "FM"): ("是", "2023-03-02", "已立案"), ("丙村", "FM"): ("否",)})
    found, said = read(file)
    after = states("2023-03")

    assert ("clear", ["2023-03.xlsx!台账!G5"]) == before
    assert ("triggered", ["平原县_2023Q1_联审_县纪委监委.xlsx!联审!L8"]) == after["丁村", "FM"]
    assert ("clear", ["平原县_2023Q1_联审_县纪委监委.xlsx!联审!L7"]) == after["丙村", "FM"]
    assert [
        ("丁村", "2023-03", "否", "是"),
        ("丙村", "2023-03", "是", "否"),
    ] == sorted((row["name"], row["month"], row["stated"], row["confirmed"]) for row in found["differences"])
    tiers = {unit["name"]: unit["tier"] for unit in json.loads(run("report", "--format", "json")[1])["units"]}
    assert (None, 2) == (tiers["丁村"], tiers["丙村"])
    report = json.loads(run("report", "--format", "json")[1])["diagnostics"]
    assert [("R465", "L7", "丙村"), ("R465", "L8", "丁村")] == sorted(
        (problem["code"], problem["cell"], problem["unit"]) for problem in report if problem["code"] == "R465"
    )
    assert {"R466"} == set(codes(said))


def test_its_day_is_kept_to(office: Path) -> None:
    """Months before it happened are not concerned; without a day all of the quarter are."""
    file = reply(office, "县纪委监委", {("丁村", "FM"): ("是", "2023-03-02"), ("甲村", "FM"): ("是", None)})
    _, said = read(file)
    january, march = states("2023-01"), states("2023-03")

    assert ("clear", "triggered") == (january["丁村", "FM"][0], march["丁村", "FM"][0])
    assert ("triggered", "triggered") == (january["甲村", "FM"][0], march["甲村", "FM"][0])
    assert ["R468"] == [code for code in codes(said) if code == "R468"]
    assert "没有写；按这一期（2023Q1）各月都算" in said


def test_a_day_that_is_yet_to_come(office: Path) -> None:
    """What is after the quarter cannot have been confirmed in it: unknown, but what a ledger says is not lifted."""
    answers: Answers = {("丁村", "FM"): ("是", "2023-04-01"), ("丙村", "FM"): ("是", "2023年8月")}
    found, said = read(reply(office, "县纪委监委", answers))

    assert 2 == said.count("以后；按待核实")
    assert ["unknown", "unknown"] == [states(period)["丁村", "FM"][0] for period in ("2023-01", "2023-03")]
    assert "triggered" == states("2023-03")["丙村", "FM"][0]
    assert {"unknown"} == {row["reply_state"] for row in found["asked"] if row["reply_cell"]}


@pytest.mark.parametrize(("day", "why"), [("月底", "不是日期"), ("2022-12-31", "在这一期以前")])
def test_a_day_that_is_none(office: Path, day: str, why: str) -> None:
    """Unreadable, or of an earlier quarter: said, and all of the quarter is concerned."""
    _, said = read(reply(office, "县纪委监委", {("丁村", "FM"): ("是", day)}))

    assert "R468" in codes(said)
    assert why in said
    assert "triggered" == states("2023-01")["丁村", "FM"][0]


def test_a_month_without_its_day(office: Path) -> None:
    """It may have been on the first: the month counts, those before it do not."""
    _, said = read(reply(office, "县纪委监委", {("丁村", "FM"): ("是", "2023年3月")}))

    assert "R468" not in codes(said)
    assert ("clear", "triggered") == (states("2023-01")["丁村", "FM"][0], states("2023-03")["丁村", "FM"][0])


def test_a_blank_is_not_no(office: Path) -> None:
    """Nothing that is unknown becomes known by a blank, and nothing that is known unknown."""
    before = states("2023-03")
    found, said = read(reply(office, "县公安局", {("甲村", "FG"): ("是", "2023-03-01")}))
    after = states("2023-03")

    assert before | {("甲村", "FG"): after["甲村", "FG"]} == after
    assert ("unknown", "clear") == (after["丙村", "FK"][0], after["丁村", "FG"][0])
    assert [("县公安局", 1, 0, 0, 4)] == [
        (row["department"], row["confirmed"], row["denied"], row["unclear"], row["unanswered"])
        for row in found["departments"]
        if row["department"] == "县公安局"
    ]
    assert "县公安局还有4格没有答复（共5格）：东乡乙村、西乡丙村、西乡丁村、北乡戊村" in said
    assert "县应急局还有5格没有答复（共5格）：还没有回复" in said


def test_nothing_but_blanks_is_recorded_as_nothing(office: Path) -> None:
    """There is no run of it, and it is said how many cells are open."""
    _, said = read(reply(office, "县公安局", {}))

    assert "没有新的答复（0 格答复，5 格空着）" in said
    assert "（2 次）" in run("history", "list")[1]


def test_what_is_not_understood_is_unknown(office: Path) -> None:
    """With the code of the cell; but a yes of the ledger is not taken back by it."""
    answers: Answers = {("甲村", "FM"): ("大概没有",), ("丙村", "FM"): ("不清楚",)}
    found, said = read(reply(office, "县纪委监委", answers))
    after = states("2023-03")

    assert 2 == said.count("V306")
    assert ("unknown", ["平原县_2023Q1_联审_县纪委监委.xlsx!联审!L5"]) == after["甲村", "FM"]
    assert ("triggered", ["2023-03.xlsx!台账!G4"]) == after["丙村", "FM"]
    assert [2] == [row["unclear"] for row in found["departments"] if row["department"] == "县纪委监委"]


def test_values_that_are_no_yes_or_no(office: Path) -> None:
    """A share is read as in a ledger, percent or plain, and triggers by its requirement."""
    _, said = read(
        reply(office, "县统计局", {("甲村", "FH"): (59.5,), ("丙村", "FH"): ("61%",), ("丁村", "FH"): (120,)})
    )
    january = states("2023-01")

    assert "triggered" == january["甲村", "FH"][0]
    assert ("clear", ["平原县_2023Q1_联审_县统计局.xlsx!联审!L7"]) == january["丙村", "FH"]
    assert "V317" in said


def test_two_departments_have_to_say_no(office: Path) -> None:
    """One alone settles nothing; a yes of one is enough."""
    police = reply(
        office, "县公安局", {("乙村", "FG"): ("否",), ("甲村", "FG"): ("否",), ("丁村", "FG"): ("是", "2023-01-05")}
    )
    read(police)
    alone = states("2023-01")
    rescue = reply(office, "县应急局", {("乙村", "FG"): ("否",)})
    read(rescue)
    both = states("2023-01")

    assert ("triggered", ["2023-01.xlsx!台账!H3"]) == alone["乙村", "FG"]
    assert ("clear", ["2023-01.xlsx!台账!H2"]) == alone["甲村", "FG"]
    assert "triggered" == alone["丁村", "FG"][0]
    assert "clear" == both["乙村", "FG"][0]
    assert 2 == len(both["乙村", "FG"][1])


def test_departments_that_contradict_each_other(office: Path) -> None:
    """Unknown, and both are named with their cells; where the ledger has it, it stays."""
    answers: Answers = {("乙村", "FG"): ("是", "2023-01-05"), ("甲村", "FG"): ("是", "2023-01-05")}
    found, said = read(
        reply(office, "县公安局", answers),
        reply(office, "县应急局", {("乙村", "FG"): ("否",), ("甲村", "FG"): ("否",)}),
    )
    after = states("2023-01")
    problems = json.loads(run("report", "--period", "2023-01", "--format", "json")[1])["diagnostics"]

    assert ("unknown", "triggered") == (after["甲村", "FG"][0], after["乙村", "FG"][0])
    assert ["县公安局 是 L5；县应急局 否 L5", "县公安局 是 L6；县应急局 否 L6"] == sorted(
        problem["found"] for problem in problems if problem["code"] == "R464"
    )
    assert 2 == codes(said).count("R464")
    assert {("县公安局", 0, 0, 2), ("县应急局", 0, 0, 2)} <= {
        (row["department"], row["confirmed"], row["denied"], row["unclear"]) for row in found["departments"]
    }
    assert [] == [row for row in found["differences"] if row["veto"] == "FG"]
    again = run("vetoes", "--quarter", "2023Q1")[2]
    assert 2 == codes(again).count("R464")
    assert 0 == codes(run("vetoes", "--quarter", "2023Q1", "--department", "县统计局")[2]).count("R464")


def test_one_department_says_two_things(office: Path) -> None:
    """In files read together nobody knows which counts; in one after the other the later does."""
    first = reply(office, "县纪委监委", {("甲村", "FM"): ("是", "2023-01-05")})
    other = first.with_name("另一份.xlsx")
    other.write_bytes(first.read_bytes())
    first = reply(office, "县纪委监委", {("甲村", "FM"): ("否",)})
    _, together = read(first, other)
    conflicting = states("2023-01")["甲村", "FM"]
    _, corrected = read(first)
    _, again = read(other)

    assert ("R463", "unknown") == (codes(together)[0], conflicting[0])
    assert "R469" in codes(corrected)
    assert "县纪委监委改了答复：原来“否”（平原县_2023Q1_联审_县纪委监委.xlsx!联审!L5），现在“是”" in again
    assert "triggered" == states("2023-01")["甲村", "FM"][0]
    assert "没有新的答复" in read(other)[1]
    read(first)
    assert ("clear", ["平原县_2023Q1_联审_县纪委监委.xlsx!联审!L5"]) == states("2023-01")["甲村", "FM"]


def rows(path: Path, *lines: tuple[object, ...]) -> Path:
    """A reply of one's own making."""
    return delimited(path, [["乡镇", "村名", "编号", "确认", "发生日期", "联审单位", "季度", "县"], *lines])


def test_rows_that_are_left_out(office: Path) -> None:
    """No unit of the list, a veto of others or none, another quarter or county: each with its code, none counts.

    Rows of another quarter or county were not read: the result is incomplete.
    """
    file = rows(
        office / "回复.csv",
        ("东乡", "子村", "FM", "是", "2023-03-01", "县纪委监委", "2023Q1", "平原县"),
        ("东乡", "甲村", "FM", "是", "2023-03-01", "县公安局", "2023Q1", "平原县"),
        ("东乡", "甲村", "FX", "是", "2023-03-01", "县公安局", "2023Q1", "平原县"),
        ("东乡", "甲村", "FG", "是", "2023-03-01", "", "2023Q1", "平原县"),
        ("东乡", "甲村", "FM", "是", "2022-12-01", "县纪委监委", "2022Q4", "平原县"),
        ("东乡", "乙村", "FM", "是", "2022-12-01", "县纪委监委", "2022Q4", "平原县"),
        ("东乡", "甲村", "FM", "是", "2023-03-01", "县纪委监委", "2023Q1", "高原县"),
    )
    before = states("2023-03")
    _, said = read(file, ends=3)

    assert ["R460", "R461", "R461", "R461", "R462", "R462"] == [code for code in codes(said) if code != "R466"]
    assert before == states("2023-03")
    assert "“FM 甲村”不由县公安局联审（应为县纪委监委）" in said
    assert "“FX 甲村”不由县公安局联审（应为方案里没有这个编号）" in said
    assert "（没有写哪个单位）" in said


def test_a_reply_of_ones_own_making(office: Path) -> None:
    """Names as people write them, whoever reviews it if it is one, and the quarter told where the file does not say."""
    file = delimited(
        office / "回复.csv",
        [["乡镇", "村名", "编号", "确认"], ["东乡", "甲村民委员会", "fm", "√"], ["西", "丁村", "FK", "无"]],
    )
    code, _, said = run("vetoes", "--reply", file)
    assert (2, True) == (code, "没有写是哪个季度" in said)

    read(file)

    assert "triggered" == states("2023-01")["甲村", "FM"][0]
    assert ("clear", ["回复.csv!D3"]) == states("2023-01")["丁村", "FK"]
    assert 3 == run("vetoes", "--quarter", "2023Q1", "--reply", "register.csv")[0]
    assert 2 == run("vetoes", "--quarter", "2023Q1", "--reply", "没有.xlsx")[0]


def test_a_resent_workbook_does_not_undo_a_reply(office: Path) -> None:
    """Answers stay over whatever a township sends; the run that was told them is computed again from its own."""
    read(reply(office, "县纪委监委", {("丁村", "FM"): ("是", "2023-03-02")}))
    send(office, "2023-03", MARCH | {"丁村": ("否", "否", 88, "否")})
    after = states("2023-03")
    code, out, _ = run("history", "verify", "--replay", "--format", "json")

    assert "triggered" == after["丁村", "FM"][0]
    assert (0, []) == (code, json.loads(out)["problems"])


def test_score_is_told_of_replies(office: Path) -> None:
    """What it prints is what the report prints, and it says whose word it took; without the store it knows of none."""
    read(reply(office, "县纪委监委", {("丁村", "FM"): ("是", "2023-03-02"), ("丙村", "FM"): ("否",)}))
    told = ("--scheme", "monthly", "--county", "平原县", "--register", "register.csv", "--period", "2023-03")
    _, out, said = run("score", office / "2023-03.xlsx", *told, "--format", "json")
    _, shown, _ = run("score", office / "2023-03.xlsx", *told)
    _, alone, _ = run("score", office / "2023-03.xlsx", *told, "--no-store", "--format", "json")

    def tiers(text: str) -> dict[str, object]:
        return {unit["name"]: unit["tier"] for unit in json.loads(text)["units"]}

    assert (None, 2) == (tiers(out)["丁村"], tiers(out)["丙村"])
    assert tiers(run("report", "--format", "json")[1]) == tiers(out) | {"戊村": None}
    assert (2, None) == (tiers(alone)["丁村"], tiers(alone)["丙村"])
    assert "2格按联审回复，不按台账" in shown
    assert "R465" in said


def test_undone_replies_count_no_more(office: Path) -> None:
    """The month is as if they had not been, also for the runs that were recorded since."""
    before = states("2023-03")
    read(reply(office, "县纪委监委", {("丁村", "FM"): ("是", "2023-03-02")}))
    send(office, "2023-03", MARCH | {"甲村": ("否", "否", 77, "否")})
    assert 0 == run("history", "undo", "3")[0]

    assert {key: state for key, (state, _) in before.items()} == {
        key: state for key, (state, _) in states("2023-03").items()
    }
    assert 0 == run("history", "verify", "--replay")[0]


def moved(*more: str) -> dict[str, dict[str, Any]]:
    """Who moved in April 2023 and by what, with the parts; they add up, and so do the units to each cause."""
    found = json.loads(run("moves", "--period", "2023-04", "--format", "json", *more)[1])
    causes = {row["cause"]: row["change"] for row in found["causes"]}
    parts = ("correction", "review", "rule", "data", "veto")

    assert causes == {
        name: sum(row["change" if name == "whole" else name] for row in found["units"]) for name in (*parts, "whole")
    }
    return {
        row["name"]: {name: row[name] for name in (*parts, "why") if row[name]}
        for row in found["units"]
        if row["change"] or any(row[name] for name in parts)
    }


def test_a_reply_that_came_later_is_a_cause_of_its_own(office: Path) -> None:
    """What it takes from the last month, and so from this one, is no correction of what townships sent.

    县公安局's counts in the quarter alone: 甲村 has its star back in April, held by two causes that cancel out.
    """
    read(
        reply(office, "县纪委监委", {("丁村", "FM"): ("是", "2023-03-02")}),
        reply(office, "县公安局", {("甲村", "FG"): ("是", "2023-03-02")}),
    )
    send(office, "2023-04", MARCH)

    assert {
        "丁村": {"review": -2, "why": "2023-03的FM 造假 触发（县纪委监委联审）"},
        "甲村": {"review": -1, "veto": 1, "why": "2023-03的FG 出事故 触发（县公安局联审）；FG 出事故 未触发"},
    } == moved()
    assert {"甲村", "丁村"} == moved("--all").keys()


def test_a_reply_that_was_known_when_the_month_was_told_is_none(office: Path) -> None:
    """Then March was told with it; April goes by the same answer. Undone since, it is a cause the other way."""
    read(reply(office, "县纪委监委", {("丁村", "FM"): ("是", "2023-03-02")}))
    send(office, "2023-03", MARCH | {"甲村": ("否", "否", 77, "否")})
    send(office, "2023-04", MARCH)
    assert {} == moved()
    assert 0 == run("history", "undo", "3")[0]

    assert {"丁村": {"review": 2, "why": "2023-03的FM 造假 未触发（县纪委监委联审）"}} == moved()


def test_a_final_month_changes_by_correction_only(office: Path) -> None:
    """Of all months that a reply is about; with a correction they are made final anew."""
    for period in ("2023-01", "2023-03"):
        assert 0 == run("history", "finalize", "--period", period, "--despite", "会议")[0]
    file = reply(office, "县纪委监委", {("丁村", "FM"): ("是", "2023-01-02")})
    code, _, refused = run("vetoes", "--quarter", "2023Q1", "--reply", file)

    assert (2, 2) == (code, refused.count("H718"))
    assert "clear" == states("2023-03")["丁村", "FM"][0]
    code, _, said = run("vetoes", "--quarter", "2023Q1", "--reply", file, "--correction", "纪委后来查实")
    assert (0, 2) == (code, said.count("更正"))
    assert "triggered" == states("2023-03")["丁村", "FM"][0]
    report = run("report", "--period", "2023-01")[1]
    assert "纪委后来查实" in report
    assert 0 == run("history", "verify", "--replay")[0]
    assert 2 == run("history", "undo", "5")[0]
    assert 0 == run("history", "undo", "5", "--correction", "又查否")[0]
    assert "clear" == states("2023-03")["丁村", "FM"][0]


def test_a_confirmed_veto_lasts(office: Path) -> None:
    """全年 to the end of the year whatever is answered later, 本期 to the end of the quarter; months to come too."""
    answers: Answers = {("丁村", "FM"): ("是", "2023-02-14")}
    read(
        reply(office, "县纪委监委", answers),
        reply(office, "县公安局", {("丁村", "FG"): ("是", "2023-02-14")}),
        rows(office / "应急.csv", ("西乡", "丁村", "FG", "是", "2023-02-14", "县应急局", "2023Q1", "平原县")),
    )
    send(office, "2023-06", {})
    send(office, "2024-01", {})
    june = states("2023-06")

    assert ("triggered", "clear") == (june["丁村", "FM"][0], june["丁村", "FG"][0])
    assert "clear" == states("2024-01")["丁村", "FM"][0]
    second = reply(office, "县纪委监委", {("丁村", "FM"): ("否",)}, "2023Q2")
    read(second, quarter="2023Q2")
    problems = json.loads(run("report", "--period", "2023-06", "--format", "json")[1])["diagnostics"]
    assert "triggered" == states("2023-06")["丁村", "FM"][0]
    assert [("R467", "L8")] == [(one["code"], one["cell"]) for one in problems if one["code"] == "R467"]
    read(reply(office, "县纪委监委", {("丁村", "FM"): ("否",)}))
    assert "clear" == states("2023-06")["丁村", "FM"][0]
    assert 0 == run("history", "verify", "--replay")[0]


def test_what_was_answered_stands_in_the_next_list(office: Path) -> None:
    """And is read back as the same, so that a department can add to it."""
    answers: Answers = {("丁村", "FM"): ("是", "2023-02-14", "已立案"), ("甲村", "FM"): ("否",)}
    read(reply(office, "县纪委监委", answers))
    found = json.loads(run("vetoes", "--quarter", "2023Q1", "--format", "json")[1])["asked"]
    same = reply(office, "县纪委监委", {})

    assert {"甲村": ("否", None, None), "丁村": ("是", "2023-02-14", "已立案")} == {
        row["name"]: (row["confirmed"], row["happened"], row["remark"]) for row in found if row["confirmed"]
    }
    assert "没有新的答复（2 格答复，3 格空着）" in read(same)[1]


def test_in_english(office: Path) -> None:
    """The English workbook is read like the Chinese one, and so is the CSV."""
    file = reply(office, "县纪委监委", {("丁村", "FM"): ("yes", "2023-02-14")}, "2023Q1", "--lang", "en")
    read(file)
    assert "triggered" == states("2023-03")["丁村", "FM"][0]

    run("vetoes", "--quarter", "2023Q1", "--out", "list.csv", "--lang", "en")
    header, *lines = csv.reader(io.StringIO((office / "list.csv").read_text(encoding="utf-8-sig")))
    lines = [
        [*line[: header.index("confirmed")], "no" if line[2] == "甲村" else "", *line[header.index("confirmed") + 1 :]]
        for line in lines
    ]
    _, said = read(delimited(office / "back.csv", [header, *lines]))
    assert {"R466"} == set(codes(said))
    assert "clear" == states("2023-03")["甲村", "FM"][0]


Answered = dict[tuple[str, str], tuple[str | None, date | None]]


@settings(max_examples=10)
@given(
    st.dictionaries(
        st.tuples(st.sampled_from(sorted(TOWNS)), st.sampled_from(["FM", "FG", "FK"])),
        st.tuples(st.sampled_from(["是", "否", None]), st.dates(date(2023, 1, 1), date(2023, 3, 31)) | st.none()),
    )
)
def test_a_list_filled_in_is_read_back_as_filled(answers: Answered) -> None:
    """Whatever is answered; a day that stands beside a no or a blank says nothing."""
    with tempfile.TemporaryDirectory() as place, pytest.MonkeyPatch.context() as patch:
        folder = Path(place)
        _an_office(folder, patch)
        owners = {"FM": "县纪委监委", "FG": "县公安局", "FK": "未明确联审单位"}
        files = [
            reply(folder, owner, {key: value for key, value in answers.items() if key[1] == veto})
            for veto, owner in owners.items()
        ]
        found, _ = read(*files)

    assert {
        (unit, veto): (word, day.isoformat() if day and word == "是" else None)
        for (unit, veto), (word, day) in answers.items()
        if word is not None
    } == {
        (row["name"], row["veto"]): (row["confirmed"], row["happened"])
        for row in found["asked"]
        if row["confirmed"] is not None
    }


def test_on_either_store(office: Path, target: str | Path) -> None:
    """SQLite and PostgreSQL keep replies alike."""
    told = ("--scheme", "monthly", "--county", "平原县", "--register", "register.csv", "--store", target)
    run("score", office / "2023-03.xlsx", *told, "--period", "2023-03")
    file = reply(office, "县纪委监委", {("丁村", "FM"): ("是", "2023-03-02")})
    code, _, said = run("vetoes", "--store", target, "--quarter", "2023Q1", "--reply", file)
    found = json.loads(run("report", "--store", target, "--format", "json")[1])

    assert 0 == code, said
    assert [("丁村", "triggered")] == [
        (unit["name"], unit["vetoes"][0]["status"]) for unit in found["units"] if unit["name"] == "丁村"
    ]
    assert 0 == run("history", "verify", "--replay", "--store", target)[0]


def test_a_reply_among_the_ledgers_is_none_of_them(office: Path) -> None:
    """Neither a ledger nor a register, though it has codes, names and townships: it is said where it belongs."""
    file = reply(office, "县公安局", {("丁村", "FG"): ("是", "2023-03-02")})
    folder = office / "台账"
    folder.mkdir()
    for own in (file, office / "2023-03.xlsx"):
        (folder / own.name).write_bytes(own.read_bytes())
    told = ("--scheme", "monthly", "--county", "平原县", "--register", "register.csv", "--period", "2023-03")
    code, out, said = run("score", folder, *told, "--no-store", "--format", "json")
    inputs = {one["file"]: one["status"] for one in json.loads(out)["inputs"]}

    assert 3 == code  # 戊村 is silent
    assert {file.name: "skipped", "2023-03.xlsx": "read"} == inputs
    assert "用 starcheck vetoes --reply 读" in said


def test_a_reply_in_the_history(office: Path) -> None:
    """It is a run of the quarter, with its files and no tiers, and is not pruned as long as it counts."""
    file = reply(office, "县纪委监委", {("丁村", "FM"): ("是", "2023-03-02")})
    read(file)
    _, listed, _ = run("history", "list")
    _, shown, _ = run("history", "show", "3")

    assert ["2023Q1", "联审回复"] == [word for word in listed.splitlines()[3].split() if word in {"2023Q1", "联审回复"}]
    assert (True, True, False) == (file.name in shown, "联审回复" in shown, "星级" in shown)
    assert "3-" not in run("history", "prune", "--before", "2024-01")[1]
    assert 0 == run("history", "replay", "3")[0]


def test_what_is_printed(office: Path) -> None:
    """The page after replies, in both languages, word for word."""
    file = reply(office, "县纪委监委", {("丁村", "FM"): ("是", "2023-03-02", "已立案"), ("丙村", "FM"): ("否",)})
    pages = []
    for lang in ("zh", "en"):
        _, out, said = run("vetoes", "--reply", file, "--lang", lang)
        pages.append(f"{out}\n{re.sub(r'3-[0-9a-f]{8}', '3-…', said)}")

    check_golden("vetoes.txt", "\n".join(pages))


@pytest.mark.parametrize("word", ["达标", "合格", "不达标"])
def test_a_word_of_merit_answers_nothing(office: Path, word: str) -> None:
    """A village that is 合格 has no such case, though the word is read as a yes elsewhere."""
    _, said = read(reply(office, "县纪委监委", {("丁村", "FM"): (word,)}))

    assert "V306" in said
    assert "unknown" == states("2023-03")["丁村", "FM"][0]


# --- a county's months ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workbooks of November and December 2022 of the example county, as ``examples/make_year.py`` makes them."""
    folder = tmp_path_factory.mktemp("year")
    made = subprocess.run(  # noqa: S603 - of this repository
        [sys.executable, "-c", _TWO_MONTHS, str(ROOT_EXAMPLES), str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert 0 == made.returncode, made.stderr
    return folder


_TWO_MONTHS = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from make_examples import FORMS, county, register, write_csv
from make_year import months, send
villages, folder = county(), Path(sys.argv[2])
write_csv(folder / "register.csv", register(villages))
for month, here in months(villages):
    if month in {(2022, 11), (2022, 12)}:
        for form in FORMS:
            ours = [village for village in here if village.town == form.town]
            send(folder / f"{month[0]}-{month[1]:02}", form, month, ours)
"""


def december() -> dict[str, Any]:
    """The units of December by their codes, as the report has them."""
    units = json.loads(run("report", "--period", "2022-12", "--format", "json")[1])["units"]
    return {unit["code"]: unit for unit in units}


def test_the_accidents_of_the_example_year(county: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Villages that have one in November and December: both departments answer, and all but one had none."""
    monkeypatch.chdir(tmp_path)
    told = ("--scheme", "wuxing-rural", "--register", county / "register.csv")
    for period in ("2022-11", "2022-12"):
        assert 0 == run("score", county / period, *told)[0]
    asked = json.loads(run("vetoes", "--quarter", "2022Q4", "--format", "json")[1])
    hit = {row["code"] for row in asked["asked"] if row["veto"] == "FM-01" and row["state"] == "triggered"}

    assert {"县应急局": 503, "县公安局": 503, "县委组织部": 3 * 503} == {
        row["department"]: row["asked"] for row in asked["departments"]
    }
    assert 4 == len(hit)  # one of them had its accident before the year began
    spared = hit - {max(hit)}
    yes, no = ("是", "2022-11-08"), ("否", None)
    answers = [
        [row["township"], row["name"], row["code"], "FM-01", *told, row["department"], "2022Q4"]
        for row in asked["asked"]
        if row["veto"] == "FM-01"
        for told in [yes if row["code"] in hit - spared else no]
    ]
    header = ["乡镇", "村名", "编码", "编号", "确认", "发生日期", "联审单位", "季度"]
    before = december()
    found, said = read(ledger(tmp_path / "回复.xlsx", [header, *answers]), quarter="2022Q4")
    after = december()

    assert [0, 0, 3 * 503] == [row["unanswered"] for row in found["departments"]]
    risen = {code for code in after if after[code]["tier"] != before[code]["tier"]}
    assert risen
    assert risen <= spared
    for code in risen:
        assert before[code]["tier"] + 1 == after[code]["tier"]
        assert ("unlit", "lit") == (before[code]["stars"]["平安法治星"], after[code]["stars"]["平安法治星"])
    assert hit - spared == {code for code in after if after[code]["vetoes"][0]["status"] == "triggered"}
    assert {"R466"} == set(codes(said))
    assert 0 == run("history", "verify", "--replay")[0]


@pytest.mark.usefixtures("office")
def test_a_year_that_is_rated_as_one(office: Path) -> None:
    """Its list is the year's, and a yes counts in the years to which it lasts, to the end of them."""
    text = REVIEWED.replace("编号: monthly", "编号: yearly").replace("有效: 全年", "有效: 24个月")
    (office / "criteria" / "yearly.yaml").write_text(text, encoding="utf-8")
    file = ledger(office / "年.xlsx", [COLUMNS, ["西乡", "丁村", 1000, *TWO, "否", "否", 90, "否"]])
    for year in ("2022", "2023", "2024"):
        run("score", file, "--scheme", "yearly", "--county", "平原县", "--period", year)
    back = rows(office / "年回.csv", ("西乡", "丁村", "FM", "是", "2022-03-01", "县纪委监委", "2022年", "平原县"))
    code, _, said = run("vetoes", "--scheme", "yearly", "--quarter", "2022", "--reply", back)
    found = {
        year: json.loads(run("report", "--scheme", "yearly", "--period", year, "--format", "json")[1])["units"][0][
            "vetoes"
        ]
        for year in ("2022", "2023", "2024")
    }

    assert 0 == code, said
    assert {"2022": "triggered", "2023": "triggered", "2024": "clear"} == {
        year: vetoes[0]["status"] for year, vetoes in found.items()
    }
