"""抽查: the same draw for everybody who has the seed; sheets for the visits, and what is read back from them."""

from __future__ import annotations

import csv
import json
import math
from fractions import Fraction
from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner

from making import delimited, ledger, scheme
from starcheck.cli import app
from starcheck.cycle.course import Course
from starcheck.cycle.sampling import DEFAULT, Finding, default_seed, draw, visited
from starcheck.scheme import Sampling, scheme_from_texts
from test_cycle import ALL, HEADER, NONE, REGISTER, SCHEME, TOWNS, TWO, Villages, month
from test_cycle_commands import run

HEAD = SCHEME.partition("月度:")[0]


def course(folder: Path, villages: Villages = ALL) -> Course:
    """One month of five villages in three townships."""
    return Course("平原县", (month(folder, scheme(HEAD), "2022-06", villages),))


def drawn(found: Course, rule: Sampling = DEFAULT, seed: str = "1") -> dict[str, list[str]]:
    """The villages drawn, by stratum."""
    names = found.now.assessment.units.name
    return {one.name: [names[place] for place in one.drawn] for one in draw(found, rule, seed)}


def test_a_draw_is_for_ever(tmp_path: Path) -> None:
    """These very villages, with every Python: a change here breaks the promise that a draw can be repeated."""
    found = course(tmp_path)
    whole = Sampling.model_validate({"分层": "全县", "比例": "40%"})

    assert {"东乡": ["甲村"], "西乡": ["丁村"], "北乡": ["戊村"]} == drawn(found, seed="2022年第一次")
    assert {"平原县": ["戊村", "丁村"]} == drawn(found, whole, seed="2022年第一次")
    assert "平原县 2022-06 monthly 1" == default_seed(found)
    assert drawn(found) != drawn(found, seed="2")


def test_others_change_nothing(tmp_path: Path) -> None:
    """A village that does not report leaves the order of the others as it was, and is not drawn itself."""
    whole = Sampling.model_validate({"分层": "全县", "比例": "100%"})
    everybody = drawn(course(tmp_path / "a"), whole)["平原县"]
    fewer = drawn(course(tmp_path / "b", {name: ALL[name] for name in ALL if name != "丙村"}), whole)["平原县"]

    assert [name for name in everybody if name != "丙村"] == fewer


@pytest.mark.parametrize(("share", "least", "expected"), [("20%", 1, 1), ("60%", 0, 3), ("1%", 0, 1), ("0%", 2, 2)])
def test_how_many(tmp_path: Path, share: str, least: int, expected: int) -> None:
    """A share of those reported, rounded up, and the least at least."""
    rule = Sampling.model_validate({"分层": "全县", "比例": share, "最少": least})
    (stratum,) = draw(course(tmp_path), rule, "1")

    assert expected == len(stratum.drawn) == max(least, math.ceil(Fraction(share[:-1]) / 100 * 5))


def test_by_tier(tmp_path: Path) -> None:
    """Each tier is drawn from by itself."""
    found = drawn(course(tmp_path, ALL | {"乙村": NONE}), Sampling.model_validate({"分层": "星级"}))

    assert {"二星": ["甲村"], "未评星": ["乙村"]} == {name: found[name] for name in ("二星", "未评星")}
    assert 1 == len(found["一星"])


def test_error_rates(tmp_path: Path) -> None:
    """Judged otherwise over judged, by township and over all; what was unknown is no error; nothing judged, no rate."""
    found = course(tmp_path, ALL | {"丁村": (9, None, "是")})
    strata = draw(found, Sampling.model_validate({"比例": "100%"}), "1")
    at = {name: place for place, name in enumerate(found.now.assessment.units.name)}
    findings = [
        Finding(at["甲村"], 0, met=True),
        Finding(at["甲村"], 1, met=False),
        Finding(at["乙村"], 0, met=False),
        Finding(at["丁村"], 1, met=True),
    ]

    came_to = visited(found, strata, findings)

    assert [
        ("东乡", 2, 2, 3, 1, Fraction(1, 3)),
        ("西乡", 2, 1, 0, 0, None),
        ("北乡", 1, 0, 0, 0, None),
        (None, 5, 3, 3, 1, Fraction(1, 3)),
    ] == [(one.township, one.drawn, one.visited, one.judged, one.otherwise, one.share) for one in came_to.rates]
    assert (findings[1],) == came_to.differences
    assert (findings[3],) == came_to.incomparable


def test_a_rule_that_does_not_hang_together_is_refused() -> None:
    """At its line: a word there is none of, a source there is none of."""
    for rule, code in (("{分层: 村, 依据: 测试}", "K608"), ("{比例: 20%, 依据: 没有}", "K614")):
        found, problems = scheme_from_texts([("x.yaml", f"{HEAD}月度:\n  抽查: {rule}\n")])

        assert found is None
        assert [(code, HEAD.count("\n") + 2)] == [(problem.code, problem.where.line) for problem in problems]


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with a month in which every village but 戊村 has reported; half of each township is drawn."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "criteria").mkdir()
    rule = "月度:\n  抽查: {比例: 50%, 依据: 测试}\n"
    (tmp_path / "criteria" / "monthly.yaml").write_text(HEAD + rule, encoding="utf-8")
    delimited(tmp_path / "register.csv", REGISTER)
    villages = ALL | {"丙村": TWO, "丁村": TWO}
    rows = [HEADER, *([TOWNS[name], name, 1000, *cells, "否"] for name, cells in villages.items() if name != "戊村")]
    told = ("--scheme", "monthly", "--county", "平原县", "--register", "register.csv", "--period", "2022-06")
    assert 0 == run("score", ledger(tmp_path / "06.xlsx", rows), *told)[0]
    return tmp_path


def test_sheets_out_and_in_again(office: Path) -> None:
    """A sheet for each visit; filled in, it is read back as it is, and what says nothing is listed."""
    said = run("sample", "--seed", "一")[1]
    assert "种子：一。" in said
    assert "没有上报的没有可查的，不抽。" in said
    assert 0 == run("sample", "--seed", "一", "--out", "visits.xlsx")[0]
    book = openpyxl.load_workbook(office / "visits.xlsx")
    visits = [book[name] for name in book.sheetnames if name.endswith("村")]
    assert 2 == len(visits)
    header = [cell.value for cell in visits[0][1]]
    value, cell = visits[1]["E2"].value, visits[1]["F2"].value
    assert ["编号", "指标", "上报的值", "单元格", "要求", "按上报判定", "现场情况", "现场判定", "备注"] == header[2:]
    assert ("9万元", True) == (value, str(cell).startswith("06.xlsx!台账!D"))

    west = next(sheet for sheet in visits if sheet["A2"].value == "西乡")
    west["J2"], west["J3"], west["J4"], west["I3"] = "达标", "×", "说不清", "队伍没有人"
    assert ("FM", "造假", "否", "有没有这种情形（触发：是）", "未触发") == tuple(west[f"{at}5"].value for at in "CDEGH")
    book.save(office / "filled.xlsx")
    done = CliRunner().invoke(app, ["sample", "--seed", "一", "--results", "filled.xlsx", "--format", "json"])
    found = json.loads(done.stdout)

    assert "R453" in done.stderr
    assert [("东乡", 1, 0, 0, None), ("西乡", 1, 2, 1, 0.5), ("合计", 2, 2, 1, 0.5)] == [
        (row["township"], row["drawn"], row["judged"], row["otherwise"], row["rate"]) for row in found["rates"]
    ]
    assert [("B1", "达标", "未达标", "队伍没有人")] == [
        (row["criterion"], row["verdict"], row["found"], row["note"]) for row in found["differences"]
    ]
    assert [("B2", "看不出是达标还是未达标：说不清")] == [(row["criterion"], row["why"]) for row in found["aside"]]


@pytest.mark.parametrize(
    ("word", "found"), [("有", "触发"), ("是", "触发"), ("没有", None), ("未触发", None), ("达标", "不明")]
)
def test_a_veto_is_looked_for_too(office: Path, word: str, found: str | None) -> None:
    """There is such a case, or there is none; against what was reported, 否. 达标 says nothing about it."""
    unit = json.loads(run("sample", "--format", "json")[1])["sample"][0]["unit"]
    ledger(office / "r.xlsx", [["乡镇", "村名", "编号", "现场判定"], ["东乡", unit, "FM", word]])
    document = json.loads(run("sample", "--results", "r.xlsx", "--format", "json")[1])

    if found == "不明":
        assert [f"看不出是有还是没有：{word}"] == [row["why"] for row in document["aside"]]
        return
    assert 1 == document["rates"][-1]["judged"]
    expected = [] if found is None else [("FM", "造假", "未触发", found)]
    assert expected == [
        (row["criterion"], row["criterion_name"], row["verdict"], row["found"]) for row in document["differences"]
    ]


def test_what_is_sent_later_changes_no_error_rate(office: Path) -> None:
    """B1 was reported 是 and is not so; 西乡 then sends 否: it stays an error, and the change is listed."""
    unit = json.loads(run("sample", "--format", "json")[1])["sample"][1]["unit"]
    run("sample", "--out", "visits.xlsx")
    book = openpyxl.load_workbook(office / "visits.xlsx")
    sheet = next(book[name] for name in book.sheetnames if name.endswith(unit))
    sheet["J2"], sheet["J3"] = "达标", "未达标"
    book.save("filled.xlsx")
    before = json.loads(run("sample", "--results", "filled.xlsx", "--format", "json")[1])

    rows = [HEADER, *(["西乡", name, 1000, 9, "否", "是", "否"] for name in ("丙村", "丁村"))]
    told = ("--scheme", "monthly", "--county", "平原县", "--period", "2022-06", "--replace")
    run("score", ledger(office / "again.xlsx", rows), *told)
    after = json.loads(run("sample", "--results", "filled.xlsx", "--format", "json")[1])

    assert before["rates"] == after["rates"]
    assert 0.5 == after["rates"][-1]["rate"]
    assert "changed" not in before
    assert [("B1", "达标", "未达标", "否")] == [
        (row["criterion"], row["verdict"], row["verdict_now"], row["value_now"]) for row in after["changed"]
    ]
    assert ["是"] == [row["value"] for row in after["differences"]]


def test_results_of_another_draw_are_not_counted(office: Path) -> None:
    """A village not drawn, one there is not, an item there is not, two judgements of one item: listed, with why."""
    drawn_here = json.loads(run("sample", "--format", "json")[1])["sample"][0]["unit"]
    other = {"甲村": "乙村", "乙村": "甲村"}[drawn_here]
    rows = [
        ["乡镇", "村名", "编号", "现场判定"],
        ["东乡", drawn_here, "A1", "达标"],
        ["东乡", drawn_here, "A1", "未达标"],
        ["东乡", drawn_here, "B2", "未达标"],
        ["东乡", drawn_here, "Z9", "达标"],
        ["东乡", other, "A1", "达标"],
        ["东乡", "子村", "A1", "达标"],
        ["东乡", drawn_here, "B1", None],
    ]
    ledger(office / "r.xlsx", rows)

    found = json.loads(run("sample", "--results", "r.xlsx", "--format", "json")[1])

    differs = "同一项有两个不同的判定，哪个也不用"
    assert 1 == found["rates"][-1]["judged"]
    assert [differs, differs, "方案没有这个编号", "没有抽中这个单位，种子不同？", "找不到这个村，或不止一个"] == [
        row["why"] for row in found["aside"]
    ]
    assert "1行没有填现场判定，不计。" in found["notes"]["rates"]


@pytest.mark.parametrize(
    ("word", "judged"), [("达标", 1), ("不达标", 1), ("否", 0), ("是", 0), ("没有", 0), ("√", 0), ("×", 0)]
)
def test_a_bare_no_of_what_should_not_be(office: Path, word: str, judged: int) -> None:
    """B2 asks for 否: 否 alone may say that there is none, or that it is not met, and counts for neither."""
    file = office / "criteria" / "monthly.yaml"
    text = file.read_text(encoding="utf-8").replace("名称: 演练", "名称: 欠账")
    head, tail = text.split("编号: B2", 1)
    file.write_text(f"{head}编号: B2{tail.replace('为: 是', '为: 否', 1)}", encoding="utf-8")
    told = ("--scheme", "monthly", "--county", "平原县", "--register", "register.csv", "--period", "2022-06")
    assert 0 == run("score", "06.xlsx", *told)[0]
    unit = json.loads(run("sample", "--format", "json")[1])["sample"][0]["unit"]
    ledger(
        office / "r.xlsx",
        [["乡镇", "村名", "编号", "现场判定"], ["东乡", unit, "B2", word], ["东乡", unit, "B1", "是"]],
    )
    document = json.loads(run("sample", "--results", "r.xlsx", "--format", "json")[1])

    assert judged + 1 == document["rates"][-1]["judged"]
    assert ([] if judged else ["B2"]) == [row["criterion"] for row in document["aside"]]


def test_no_option_is_named_that_there_is_none_of(office: Path) -> None:
    """Of twenty rows of one kind some are counted, without --all, which sample has not; the list has them all."""
    rows = [["乡镇", "村名", "编号", "现场判定"], *(["东乡", f"{number}村", "A1", "达标"] for number in range(20))]
    ledger(office / "r.xlsx", rows)
    done = CliRunner().invoke(app, ["sample", "--results", "r.xlsx", "--format", "json"])

    assert (True, False) == ("另有" in done.stderr, "--all" in done.stderr)
    assert 20 == len(json.loads(done.stdout)["aside"])


@pytest.mark.usefixtures("office")
def test_sheets_in_english_are_read_back_too() -> None:
    """By the names of their columns; a CSV has the visits in a file of its own."""
    assert 0 == run("sample", "--out", "visits.xlsx", "--lang", "en")[0]
    book = openpyxl.load_workbook("visits.xlsx")
    visits = [book[name] for name in book.sheetnames if name.endswith("村")]
    for sheet in visits:
        sheet["J2"] = "unmet" if sheet["H2"].value == "met" else "met"
    book.save("filled.xlsx")

    found = json.loads(run("sample", "--results", "filled.xlsx", "--format", "json")[1])

    assert (2, 2, 1) == tuple(found["rates"][-1][key] for key in ("judged", "otherwise", "rate"))
    assert 0 == run("sample", "--out", "s.csv")[0]
    assert "现场判定" in Path("s-visits.csv").read_text(encoding="utf-8-sig")


def test_a_sheet_in_english_says_what_was_reported(office: Path) -> None:
    """As CSV its headers are the keys of the JSON, ``verdict`` among them: nothing is held against a later ledger."""
    assert 0 == run("sample", "--out", "s.csv", "--lang", "en")[0]
    with (office / "s-visits.csv").open(encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file)
    found = header.index("found")
    delimited(office / "filled.csv", [header, *([*row[:found], "met", *row[found + 1 :]] for row in rows[:3])])
    document = json.loads(run("sample", "--results", "filled.csv", "--format", "json")[1])

    assert 3 == document["rates"][-1]["judged"] + len(document["incomparable"])
    assert not [note for note in document["notes"]["rates"] if "没有“按上报判定”" in note]


def test_a_visit_on_paper(office: Path) -> None:
    """Every page says what it is, whose, and its nature; there are lines to write between, and who was there signs."""
    assert 0 == run("sample", "--out", "visits.xlsx")[0]
    sheet = next(sheet for sheet in openpyxl.load_workbook(office / "visits.xlsx") if sheet.title.endswith("村"))

    margins = [
        part.text
        for margin in (sheet.oddHeader, sheet.oddFooter)
        if margin is not None
        for part in (margin.left, margin.right)
    ]
    assert ["平原县2022-06 抽查", sheet.title, "示例，非官方标准", "&P / &N"] == margins
    assert sheet.print_options.gridLines
    assert str(sheet.cell(sheet.max_row, 1).value).startswith("核查人：")
