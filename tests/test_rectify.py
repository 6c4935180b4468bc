"""整改销号, the three lists, and weak branches."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from typer.testing import CliRunner

from making import delimited, ledger, scheme, workbook
from starcheck.cli import app
from starcheck.cycle.course import Course, month_after
from starcheck.cycle.rectifying import Light, Note, Shortfall, Stage, shortfalls
from test_cycle import ALL, HEADER, NONE, ONE, SCHEME, TOWNS, TWO, Villages, month

DEADLINES = SCHEME + "  整改: {期限: 60, 临期: 10, 依据: 测试}\n"
LATE = date(2022, 12, 31)
MET, UNMET, BLANK, GONE = "是", "否", None, "缺报"
STORIES: dict[str, tuple[list[str | None], tuple[Stage, str, int, str | None] | None]] = {
    "never missed": ([MET, MET], None),
    "first seen": ([MET, UNMET], (Stage.OPEN, "2022-02", 1, None)),
    "still open": ([UNMET, UNMET], (Stage.OPEN, "2022-01", 1, None)),
    "met": ([UNMET, MET], (Stage.CLOSED, "2022-01", 1, "2022-02")),
    "met and met again": ([UNMET, MET, MET], (Stage.CLOSED, "2022-01", 1, "2022-02")),
    "a blank closes nothing": ([UNMET, BLANK], (Stage.UNPROVEN, "2022-01", 1, None)),
    "nor does silence": ([UNMET, GONE], (Stage.SILENT, "2022-01", 1, None)),
    "a blank opens nothing": ([BLANK, BLANK], None),
    "fallen back": ([UNMET, MET, UNMET], (Stage.OPEN, "2022-03", 2, None)),
    "met after a gap": ([UNMET, GONE, MET], (Stage.CLOSED, "2022-01", 1, "2022-03")),
}


def course_of(folder: Path, told: list[str | None], text: str = DEADLINES) -> Course:
    """丙村 month by month, by its 演练."""
    by, period = scheme(text), "2022-01"
    months = []
    folder.mkdir(exist_ok=True)
    for state in told:
        others = {name: cells for name, cells in ALL.items() if name != "丙村"}
        own: Villages = {} if state == GONE else {"丙村": (9, "是", state)}
        months.append(month(folder / period, by, period, others | own))
        period = month_after(period)
    return Course("平原县", tuple(months))


def drill(course: Course, on: date | None = None, *notes: Note) -> Shortfall | None:
    """What became of 丙村's 演练."""
    found = shortfalls(course, on or course.now.assessment.as_of, {("西乡/丙村", "B2"): notes})
    return next((one for one in found if course.keys[one.unit] == "西乡/丙村" and one.criterion.id == "B2"), None)


@pytest.mark.parametrize("story", STORIES)
def test_stories(story: str, tmp_path: Path) -> None:
    """From the month it is first seen to the month that shows it met; what falls back opens anew."""
    told, expected = STORIES[story]
    found = drill(course_of(tmp_path, told))

    assert expected == (None if found is None else (found.stage, found.opened, found.times, found.closed))


def test_no_longer_asked_for(tmp_path: Path) -> None:
    """An item that the standard has no more is withdrawn, not met."""
    course = course_of(tmp_path, [UNMET])
    later = month(tmp_path / "later", scheme(DEADLINES.replace("编号: B2", "编号: B3")), "2022-02", ALL)
    found = drill(Course("平原县", (*course.months, later)))

    assert found is not None
    assert (Stage.WITHDRAWN, "2022-02") == (found.stage, found.closed)


def test_red_yellow_green(tmp_path: Path) -> None:
    """60 days from the end of the month it was seen in: 2022-04-01; 10 days before it is yellow, a day after red."""
    course = course_of(tmp_path, [UNMET])
    lights = {day: drill(course, date(2022, *day)) for day in ((3, 21), (3, 22), (4, 1), (4, 2))}

    assert {(3, 21): Light.GREEN, (3, 22): Light.YELLOW, (4, 1): Light.YELLOW, (4, 2): Light.RED} == {
        day: one.light for day, one in lights.items() if one is not None
    }


def test_a_deadline_of_its_own(tmp_path: Path) -> None:
    """工期 of the item goes before 期限 of 月度, the office's own date before both; without any there is no light."""
    own = DEADLINES.replace("名称: 演练, ", "名称: 演练, 工期: 30, ")
    found = drill(course_of(tmp_path / "own", [UNMET], own))
    noted = drill(course_of(tmp_path / "noted", [UNMET], own), None, Note(date(2022, 12, 31), "等资金"))
    without = drill(course_of(tmp_path / "without", [UNMET], SCHEME))

    assert found is not None
    assert noted is not None
    assert without is not None
    assert date(2022, 3, 2) == found.deadline
    assert (date(2022, 12, 31), "等资金") == (noted.deadline, noted.remark)
    assert (None, None, True) == (without.deadline, without.light, without.is_open)


@pytest.mark.parametrize(
    ("told", "note", "counts"),
    [
        ([UNMET, MET, UNMET], Note(LATE, opened="2022-01"), False),
        ([UNMET, MET, UNMET], Note(LATE, opened="2022-03"), True),
        ([UNMET, MET, UNMET], Note(LATE, times=1), False),
        ([UNMET, MET, UNMET], Note(LATE, times=2), True),
        ([UNMET, MET, UNMET], Note(LATE), True),
        ([UNMET, MET, UNMET], Note(date(2022, 3, 1)), False),
        ([UNMET], Note(date(2022, 1, 20)), True),
        ([UNMET, UNMET], Note(LATE, opened="2022-02", times=2), True),  # January was corrected since
        ([BLANK, UNMET], Note(LATE, opened="2022-01"), True),  # and here it was blanked
        ([MET, UNMET], Note(LATE, opened="2022-01"), False),
        ([UNMET], Note(LATE, opened="2022-03", times=1), False),  # a later list, about an earlier month
    ],
)
def test_a_note_is_of_the_time_it_was_written_in(
    told: list[str | None], note: Note, counts: bool, tmp_path: Path
) -> None:
    """What falls back is counted anew: a deadline of before holds no more, whatever moved the month it was seen in."""
    found = drill(course_of(tmp_path, told), None, note)

    assert found is not None
    assert (counts, () if counts else (note,)) == (found.deadline == note.deadline, found.outdated)


def test_a_new_deadline_when_it_falls_back(tmp_path: Path) -> None:
    """It is counted from the month in which it was missed again."""
    found = drill(course_of(tmp_path, [UNMET, MET, UNMET]))

    assert found is not None
    assert (date(2022, 3, 31), date(2022, 5, 30), "2022-01") == (found.opened_on, found.deadline, found.first)


# --- as commands ------------------------------------------------------------------------------------------------------


def run(*words: object) -> tuple[int, str, str]:
    """Exit code, stdout, stderr."""
    done = CliRunner().invoke(app, [str(word) for word in words])
    return done.exit_code, done.stdout, done.stderr


SCORED = ("--scheme", "monthly", "--county", "平原县")


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two months recorded: 乙村 missed all in both, 丙村 mended its 演练, 戊村 lost it. 乙村 is 软弱涣散, 丁村 was."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "criteria").mkdir()
    text = DEADLINES.replace("  人口: {", "  软弱涣散: {列名: [软弱涣散], 类型: 是否}\n  人口: {")
    (tmp_path / "criteria" / "monthly.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "starcheck.toml").write_text("", encoding="utf-8")
    months: dict[str, tuple[Villages, set[str]]] = {
        "2022-05": (ALL | {"戊村": TWO}, {"乙村", "丁村"}),
        "2022-06": (ALL | {"丙村": TWO, "戊村": ONE, "乙村": NONE}, {"乙村"}),
    }
    for period, (villages, weak) in months.items():
        rows = [
            [*HEADER, "软弱涣散"],
            *(
                [TOWNS[name], name, 1000, *cells, "否", "是" if name in weak else "否"]
                for name, cells in villages.items()
            ),
        ]
        file = ledger(tmp_path / f"{period}.xlsx", rows)
        code, _, said = run("score", file, *SCORED, "--period", period)

        assert 0 == code, said
    return tmp_path


def test_rectify(office: Path) -> None:
    """Open, overdue on a later day, closed this month, and the numbers by department."""
    found = json.loads(run("rectify", "--format", "json")[1])

    assert [
        ("乙村", "A1 收入"),
        ("乙村", "B1 建队"),
        ("乙村", "B2 演练"),
        ("丁村", "B2 演练"),
        ("戊村", "B2 演练"),
    ] == [
        (row["name"], row["item"])
        for row in sorted(found["open"], key=lambda row: ("乙丁戊".index(row["name"][0]), row["item"]))
    ]
    assert [("丙村", "B2 演练", "2022-06")] == [(row["name"], row["item"], row["closed"]) for row in found["closed"]]
    assert [("公安局", 4, 0, 1), ("农业局", 1, 0, 0), ("合计", 5, 0, 1)] == [
        (row["owner"], row["open"], row["red"], row["closed"]) for row in found["owners"]
    ]
    late = json.loads(run("rectify", "--on", "2022-07-31", "--format", "json")[1])
    assert [("乙村", -1)] * 3 + [("丁村", -1)] == [(row["name"], row["days_left"]) for row in late["overdue"]]
    assert "剩余天数算到 2022-07-31。" in late["notes"]["open"]
    assert "只列2022-06销号的" in found["notes"]["closed"][0]
    assert "closed" not in json.loads(run("rectify", "--all", "--format", "json")[1])["notes"]
    assert 2 == run("rectify", "--on", "昨天")[0]
    assert ["农业局", "合计"] == [
        row["owner"] for row in json.loads(run("rectify", "--owner", "农业", "--format", "json")[1])["owners"]
    ]
    assert 2 == run("rectify", "--owner", "水利局")[0]
    assert office.is_dir()


def test_notes_of_the_office(office: Path) -> None:
    """rectify.csv of the workspace is used unasked; what fits nothing is R450, with the reason."""
    delimited(
        office / "rectify.csv",
        [
            ["乡镇", "村名", "编号", "期限", "备注"],
            ["东乡", "乙村", "B2", "2022-12-31", "等资金"],
            ["西乡", "丁村", "B9", "2022-12-31", ""],
            ["西乡", "丁村", "B2", "月底", "等验收"],
            ["西乡", "子村", "B2", "2022-12-31", ""],
        ],
    )
    code, out, said = run("rectify", "--format", "json")
    row = next(row for row in json.loads(out)["open"] if (row["name"], row["item"]) == ("乙村", "B2 演练"))

    assert 0 == code
    other = next(row for row in json.loads(out)["open"] if (row["name"], row["item"]) == ("丁村", "B2 演练"))
    reasons = ["方案里没有编号“B9”", "期限“月底”不是一个日期", "找不到这个单位"]

    assert ("2022-12-31", "等资金") == (row["deadline"], row["remark"])
    assert ("2022-07-30", "等验收") == (other["deadline"], other["remark"])
    assert [1, 1, 1] == [said.count(reason) for reason in reasons]
    assert 3 == said.count("R450")


@pytest.mark.parametrize(
    ("word", "day"),
    [
        ("2022.9.5", "2022-09-05"),
        ("2022年9月5日前", "2022-09-05"),
        ("2022-9-5之前", "2022-09-05"),
        ("2022年9月底", "2022-09-30"),
        ("2022年9月底前", "2022-09-30"),
        ("2022年9月", "2022-09-30"),
        ("20220905", "2022-09-05"),
        ("2022年9月前", None),
        ("9月5日", None),
    ],
)
def test_a_deadline_as_offices_write_it(office: Path, word: str, day: str | None) -> None:
    """By a day, or the end of a month; before a month, or without a year, is no day: R450."""
    delimited(office / "rectify.csv", [["乡镇", "村名", "编号", "期限"], ["东乡", "乙村", "B2", word]])
    _, out, said = run("rectify", "--format", "json")
    row = next(row for row in json.loads(out)["open"] if (row["name"], row["item"]) == ("乙村", "B2 演练"))

    assert (day or "2022-07-30", day is None) == (row["deadline"], "R450" in said)


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(("out", "back"), [("整改.csv", "整改-open.csv"), ("整改.xlsx", "整改.xlsx")])
def test_the_list_comes_back_as_notes(office: Path, lang: str, out: str, back: str) -> None:
    """What was written, with dates filled in, is taken as it is, in either language and form."""
    assert 0 == run("rectify", "--out", out, "--lang", lang)[0]
    if back.endswith(".csv"):
        text = (office / back).read_text(encoding="utf-8-sig")
        (office / back).write_text(text.replace("2022-07-30", "2022-12-31"), encoding="utf-8-sig")
    else:
        book = load_workbook(office / back)
        for cell in (cell for row in book.worksheets[1].iter_rows() for cell in row if cell.value == "2022-07-30"):
            cell.value = "2022-12-31"
        book.save(office / back)

    found, said = noted("--notes", back)

    assert "2022-12-31" == found["乙村", "B1"][0]
    assert "R45" not in said


@pytest.mark.parametrize(
    "words",
    [("--out", "rectify.csv"), ("--notes", "整改-open.csv", "--out", "整改.csv"), ("--notes", "a.md", "--out", "a.md")],
)
def test_what_was_written_by_hand_is_not_written_over(office: Path, words: tuple[str, ...]) -> None:
    """The list may not take the place of the notes: neither the one of its own name nor one beside it."""
    for name in ("rectify.csv", "整改-open.csv", "a.md"):
        delimited(
            office / name, [["乡镇", "村名", "编号", "期限", "备注"], ["东乡", "乙村", "B2", "2022-12-31", "等资金"]]
        )
    before = {file: file.read_bytes() for file in office.iterdir() if file.is_file()}

    code, _, said = run("rectify", *words)

    assert (2, True) == (code, words[-1].removesuffix(".csv") in said)
    assert before == {file: file.read_bytes() for file in office.iterdir() if file.is_file()}


def test_lights_have_their_colours(office: Path) -> None:
    """红黄绿 of the workbook is red, yellow and green, on either sheet, before the first deadline and after."""
    assert 0 == run("rectify", "--on", "2022-07-25", "--out", "a.xlsx")[0]
    assert 0 == run("rectify", "--on", "2022-07-31", "--out", "b.xlsx")[0]
    found: dict[object, object] = {}
    for name in ("a.xlsx", "b.xlsx"):
        for sheet in ("未销号", "已超期"):
            [header, *rows] = load_workbook(office / name)[sheet].iter_rows()
            place = [cell.value for cell in header].index("红黄绿")
            found |= {row[place].value: row[place].fill.fgColor.rgb for row in rows if row[place].value}

    assert {"超期": "FFFFC7CE", "临期": "FFFFEB9C", "正常": "FFC6EFCE"} == found


def overdue_rows(office: Path) -> Workbook:
    """The workbook that is written when 乙村's three items and 丁村's 演练 are overdue: each stands on two sheets."""
    assert 0 == run("rectify", "--on", "2022-07-31", "--out", "整改.xlsx")[0]
    return load_workbook(office / "整改.xlsx")


def fill(book: Workbook, sheet: str, name: str, item: str, **cells: str | date) -> list[str]:
    """Write into the row of an item, by header; returns the addresses."""
    [header, *rows] = book[sheet].iter_rows(max_col=15)
    places = {str(cell.value): place for place, cell in enumerate(header)}
    row = next(row for row in rows if (row[1].value, row[2].value) == (name, item))
    for column, value in cells.items():
        row[places[column]].value = value
    return [row[places[column]].coordinate for column in cells]


def noted(*words: object) -> tuple[dict[tuple[str, str], tuple[str, str | None]], str]:
    """Deadline and remark of each open item with the notes of a file, and what is said of it."""
    code, out, said = run("rectify", "--on", "2022-07-31", "--format", "json", *words)

    assert 0 == code, said

    rows = json.loads(out)["open"]
    return {(row["name"], row["item"][:2]): (row["deadline"], row["remark"]) for row in rows}, said


@pytest.mark.parametrize("sheet", ["未销号", "已超期"])
def test_what_was_edited_on_either_sheet_counts(office: Path, sheet: str) -> None:
    """An overdue item stands on two sheets: the row that somebody changed goes before the one that nobody did."""
    book = overdue_rows(office)
    fill(book, sheet, "乙村", "B1 建队", 期限=date(2022, 12, 31), 备注="已立项")
    fill(book, sheet, "丁村", "B2 演练", 备注="等器材")
    book.save(office / "回.xlsx")

    found, said = noted("--notes", "回.xlsx")

    assert ("2022-12-31", "已立项") == found["乙村", "B1"]
    assert ("2022-07-30", "等器材") == found["丁村", "B2"]
    assert ("2022-07-30", None) == found["乙村", "A1"]
    assert "R45" not in said


def test_two_that_contradict_each_other_are_both_named(office: Path) -> None:
    """Two different deadlines that somebody wrote: neither is chosen, and what they agree on counts."""
    book = overdue_rows(office)
    [first, _] = fill(book, "未销号", "乙村", "B1 建队", 期限="2022-12-31", 备注="已立项")
    [second, _] = fill(book, "已超期", "乙村", "B1 建队", 期限="2022-10-01", 备注="已立项")
    book.save(office / "回.xlsx")

    found, said = noted("--notes", "回.xlsx")

    assert ("2022-07-30", "已立项") == found["乙村", "B1"]
    assert 1 == said.count("R454")
    assert f"2022-12-31（回.xlsx!未销号!{first}）" in said
    assert f"回.xlsx  已超期!{second}" in said


def test_the_list_of_an_earlier_time_is_said_once(office: Path) -> None:
    """丁村 and 戊村, open in June's list, and 丙村, closed there, miss it again in August: counted from August."""
    assert 0 == run("rectify", "--out", "六月.xlsx")[0]
    mended: Villages = dict.fromkeys(("丙村", "丁村", "戊村"), TWO)
    for period, villages in {"2022-07": ALL | mended, "2022-08": ALL | {"戊村": ONE}}.items():
        rows = [[*HEADER, "软弱涣散"], *([TOWNS[name], name, 1000, *cells, "否"] for name, cells in villages.items())]
        assert 0 == run("score", ledger(office / f"{period}.xlsx", rows), *SCORED, "--period", period)[0]

    found, said = noted("--notes", "六月.xlsx")

    assert {"2022-10-30"} == {found[name, "B2"][0] for name in ("丙村", "丁村", "戊村")}
    assert "2022-07-30" == found["乙村", "B1"][0]
    assert 1 == said.count("R455")
    assert "3项的期限" in said


def test_lists(office: Path) -> None:
    """What is wanted where, whose task it is, what is on offer, and what nobody offers."""
    delimited(
        office / "supply.csv",
        [
            ["供给单位", "供给内容", "对应指标", "数量", "乡镇"],
            ["公安局", "演练器材", "B2", 2, None],
            ["农业局", "项目", "A1", None, "东"],
            ["某局", "不清楚", "X1", None, None],
        ],
    )
    code, out, said = run("lists", "--supply", "supply.csv", "--format", "json")
    found = json.loads(out)

    assert 0 == code
    assert 1 == said.count("R451")
    assert 5 == len(found["demand"])
    assert [("公安局", "B2", 3), ("公安局", "B1", 1), ("农业局", "A1", 1)] == [
        (row["owner"], row["item"], row["units"]) for row in found["tasks"]
    ]
    assert [("演练器材", 3, 2, 1), ("项目", 1, 1, 0)] == [
        (row["offer"], row["needs"], row["covered"], row["uncovered"]) for row in found["supply"]
    ]
    assert [("B1", ["东乡乙村"])] == [(row["item"], row["names"]) for row in found["unsupplied"]]


@pytest.mark.parametrize(
    ("items", "amount", "township", "reason"),
    [
        ("X1、B2", "", "", "方案里没有编号X1"),
        ("B2", "", "东乡、南镇", "没有南镇这个乡镇"),
        ("B2", "若干", "", "数量“若干”不是整数"),
        ("", "1", "", "没有写对应哪个指标"),
    ],
)
def test_why_an_offer_is_not_used(office: Path, items: str, amount: str, township: str, reason: str) -> None:
    """R451 names what is wrong with the row, and nothing else."""
    header = ["供给单位", "供给内容", "对应指标", "数量", "乡镇"]
    delimited(office / "supply.csv", [header, ["公安局", "器材", items, amount, township]])
    code, _, said = run("lists", "--supply", "supply.csv")

    assert (0, 1) == (code, said.count("R451"))
    assert f"没有采用：{reason}" in said.replace("\n          ", "")


def test_offers_for_several_townships_and_of_nothing(office: Path) -> None:
    """东乡 and 西乡 are served by one row, 全县 is everywhere, an offer of 0 is none; a cell may have several items."""
    header = ["供给单位", "供给内容", "对应指标", "数量", "乡镇"]
    offers = [
        ["公安局", "器材", "B2", 9, "东乡、西"],
        ["公安局", "建队", "B1", 0, ""],
        ["农业局", "项目", "A1", 1, "全县"],
        ["财政局", "补助", "A1 收入 B1 建队\nB2", "", "东乡"],
    ]
    delimited(office / "supply.csv", [header, *offers])
    found = json.loads(run("lists", "--supply", "supply.csv", "--format", "json")[1])

    assert [("东乡、西乡", 2, 2), ("全县", 0, 0), ("全县", 1, 1), ("东乡", 3, 3)] == [
        (row["township"], row["needs"], row["covered"]) for row in found["supply"]
    ]
    assert [("B2", ["北乡戊村"])] == [(row["item"], row["names"]) for row in found["unsupplied"]]
    delimited(office / "supply.csv", [header, *offers[:-1]])
    found = json.loads(run("lists", "--supply", "supply.csv", "--format", "json")[1])

    assert ["B1", "B2"] == sorted(row["item"] for row in found["unsupplied"])


def test_weak_branches(office: Path) -> None:
    """乙村 is listed two months, 丁村 was turned round in June; what is open there are the measures."""
    found = json.loads(run("lists", "--format", "json")[1])["weak"]

    assert [("乙村", "在列", 2, "2022-05", None), ("丁村", "已转化", 1, "2022-05", "2022-06")] == [
        (row["name"], row["state"], row["months"], row["since"], row["turned"]) for row in found
    ]
    assert ["A1 收入", "B1 建队", "B2 演练"] == found[0]["measures"]
    assert office.is_dir()


def test_months_before_the_field_was_asked_for(office: Path) -> None:
    """An earlier version of the scheme without 软弱涣散 says nothing of it: its months count for neither side."""
    file = office / "criteria" / "monthly.yaml"
    text = file.read_text(encoding="utf-8")
    older = text.replace("  软弱涣散: {列名: [软弱涣散], 类型: 是否}\n", "")
    file.write_text(text.replace("生效: 2022-01-01", "生效: 2022-05-01"), encoding="utf-8")
    (office / "criteria" / "old.yaml").write_text(
        older.replace("生效: 2022-01-01", "生效: 2022-01-01\n失效: 2022-04-30"), encoding="utf-8"
    )
    april = [HEADER, *([TOWNS[name], name, 1000, *cells, "否"] for name, cells in ALL.items())]
    code, _, said = run("score", ledger(office / "2022-04.xlsx", april), *SCORED, "--period", "2022-04")

    assert 0 == code, said

    code, out, said = run("lists", "--format", "json")

    assert 0 == code, said
    assert [("乙村", 2, "2022-05"), ("丁村", 1, "2022-05")] == [
        (row["name"], row["months"], row["since"]) for row in json.loads(out)["weak"]
    ]


def send(office: Path, period: str, villages: Villages, *register: list[str]) -> None:
    """Score a month against a register of these rows."""
    rows = [HEADER, *([TOWNS[name], name, 1000, *cells, "否"] for name, cells in villages.items())]
    known = delimited(office / f"register-{period}.csv", [["名称", "乡镇", "失效", "并入"], *register])
    file = ledger(office / f"{period}.xlsx", rows)
    code, _, said = run("score", file, *SCORED, "--period", period, "--register", known)

    assert code in {0, 3}, said


def test_nothing_is_owed_for_a_unit_that_there_is_no_more(office: Path) -> None:
    """丁村 went into 丙村: what it missed is withdrawn. 乙村 is silent, and a register without 北乡 ends nothing."""
    east = [["甲村", "东乡", "", ""], ["乙村", "东乡", "", ""]]
    west = [["丙村", "西乡", "", ""], ["丁村", "西乡", "2022-06-30", "丙村"]]
    send(office, "2022-07", {"甲村": TWO, "丙村": TWO}, *east, *west)
    found = json.loads(run("rectify", "--format", "json")[1])

    assert [("丁村", "B2 演练", "不再考核", "2022-07")] == [
        (row["name"], row["item"], row["state"], row["closed"]) for row in found["closed"]
    ]
    assert [("乙村", "本月没有上报，不销号")] * 3 + [("戊村", "本月没有上报，不销号")] == [
        (row["name"], row["state"]) for row in found["open"]
    ]
    assert [("乙村", "本月待核实"), ("丁村", "名册里已没有")] == [
        (row["name"], row["state"]) for row in json.loads(run("lists", "--format", "json")[1])["weak"]
    ]


def test_the_list_comes_back_with_who_is_silent(office: Path) -> None:
    """Without a register a village that did not report is not in the month; what its rows say counts all the same."""
    rows = [HEADER, *([TOWNS[name], name, 1000, *ALL[name], "否"] for name in ("甲村", "丙村"))]
    assert 0 == run("score", ledger(office / "2022-07.xlsx", rows), *SCORED, "--period", "2022-07")[0]
    assert 0 == run("rectify", "--out", "七月.xlsx")[0]
    book = load_workbook(office / "七月.xlsx")
    for row in book["未销号"].iter_rows(min_row=2):
        if row[1].value == "乙村":
            row[6].value = "2022-12-31"
    book.save("七月.xlsx")
    _, out, said = run("rectify", "--notes", "七月.xlsx", "--format", "json")

    assert "R450" not in said
    assert {"2022-12-31"} == {row["deadline"] for row in json.loads(out)["open"] if row["name"] == "乙村"}


def test_a_supplier_over_several_rows(office: Path) -> None:
    """A merged 供给单位 is that of every row beside it."""
    rows = [["供给单位", "供给内容", "对应指标"], ["公安局", "器材", "B2"], [None, "队伍", "B1"]]
    workbook(office / "supply.xlsx", rows, merged=["A2:A3"])
    found = json.loads(run("lists", "--supply", "supply.xlsx", "--format", "json")[1])

    assert [("公安局", "器材"), ("公安局", "队伍")] == [(row["supplier"], row["offer"]) for row in found["supply"]]


def test_back_on_the_list(office: Path) -> None:
    """丁村 was turned round in June and is listed again in July: one month, of the second time."""
    rows = [[*HEADER, "软弱涣散"], *([TOWNS[name], name, 1000, *ALL[name], "否", "是"] for name in ("丙村", "丁村"))]
    code, _, said = run("score", ledger(office / "2022-07.xlsx", rows), *SCORED, "--period", "2022-07")

    assert 0 == code, said
    assert {
        ("乙村", "本月待核实", 2, "2022-05", 1),
        ("丙村", "在列", 1, "2022-07", 1),
        ("丁村", "在列", 1, "2022-07", 2),
    } == {
        (row["name"], row["state"], row["months"], row["since"], row["times"])
        for row in json.loads(run("lists", "--format", "json")[1])["weak"]
    }
