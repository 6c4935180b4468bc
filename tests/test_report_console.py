"""The report as people read it: golden pages, narrow terminals, old encodings."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from report_sample import SCORE_SCHEME, SCORED, Given, check_golden, rated
from starcheck.diagnostic import Diagnostic, Lang, Location, Severity
from starcheck.report.console import console_on, fold, make_console, print_diagnostics, print_report, shrunk
from starcheck.report.markdown import markdown
from starcheck.report.model import (
    FinalShown,
    Inference,
    InputFile,
    InputSheet,
    PartShown,
    Previous,
    Report,
    build_report,
)
from starcheck.report.sections import Table
from starcheck.scoring import Assessment

WRONG = Diagnostic(
    "V301",
    Location("台账/马庄桥镇_2022-06.xlsx", "6月台账", "H6"),
    unit="孟村",
    field="CY-01",
    found="约12万左右",
    expected=("数值，单位万元", "a number in 万元"),
    arguments={"why": ("是约数", "it is an approximation"), "suggestion": ("只填数字12", "write only 12")},
)


def report(assessment: Assessment | None = None, **given: Any) -> Report:
    """A report with everything a heading can have."""
    made: dict[str, Any] = {
        "command": "score",
        "version": "0.1.0",
        "county": "清丰县",
        "period": "2022-06",
        "inputs": [
            InputFile("台账/马庄桥镇_2022-06.xlsx", "ab" * 32, "read", (InputSheet("6月台账", 5, "A3:Q3"),)),
            InputFile("台账/韩村镇.csv", "cd" * 32, "read", (InputSheet(None, 3, "A1:Q1"),)),
            InputFile("台账/register.csv", "ef" * 32, "register"),
            InputFile("台账/说明.docx", None, "skipped"),
        ],
        "inferences": [Inference(("方案", "scheme"), "report-sample", ("文件含有其15个列", "15 columns are its"))],
        "diagnostics": [WRONG],
    } | given
    return build_report(assessment or rated(), **made)


def printed(made: Report, lang: Lang = "zh", *, width: int = 100, everything: bool = False) -> str:
    """What is printed into a pipe."""
    stream = io.StringIO()
    print_report(made, console_on(stream, width=width), lang=lang, everything=everything)
    return stream.getvalue()


def complained(diagnostics: list[Diagnostic], **given: Any) -> str:
    """What is printed about problems."""
    stream = io.StringIO()
    print_diagnostics(diagnostics, console_on(stream), labels={"CY-01": "村集体经济年收入"}, **given)
    return stream.getvalue()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_county_page(lang: Lang) -> None:
    """A county's page, in both languages."""
    check_golden(f"report.{lang}.txt", printed(report(), lang))


def test_county_page_with_history() -> None:
    """With targets, a previous period and parts their columns appear."""
    made = report(
        rated(targets={"东关村": 5, "西李家村": 5}),
        previous={"清丰县": Previous("2022-05", {5: 2, 4: 1, 2: 3})},
        parts=[
            PartShown("马庄桥镇", "行政村", "2022-06-25 09:30", 2, here=True),
            PartShown("韩村镇", "行政村", "2022-06-20 17:05", 1, here=False),
            PartShown("仙庄镇", "行政村", "2022-06-20 17:05", 1, here=False),
        ],
        final=FinalShown(
            "4-bb4ee2fb", "2022-07-05 10:00", "县评定会议决定", (("2022-07-20 09:00", "县纪委更正了一票否决"),)
        ),
    )
    check_golden("report.history.zh.txt", printed(made).partition("各星")[0])


def test_county_page_by_score() -> None:
    """By points, with a quota that cut through a tie."""
    check_golden("report.score.zh.txt", printed(report(rated(SCORED, text=SCORE_SCHEME))))


def test_several_counties_page() -> None:
    """A run of several counties has the table of counties first, then each county's tables."""
    text = printed(report(rated(county=["甲县"] * 5 + ["乙县"] * 6)))

    assert text.index("各县") < text.index("\n甲县\n") < text.index("\n乙县\n")
    assert 2 == text.count("各乡镇")


def test_many_counties_page() -> None:
    """Beyond a few counties their own tables are left to --county, and the table of counties is cut."""
    villages: list[Given] = [("城关镇", f"村{number}", {}) for number in range(70)]
    text = printed(report(rated(villages, county=[f"第{number}县" for number in range(70)])))

    assert "--county" in text
    assert "列出60个，共70个" in text
    assert "各乡镇" not in text


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_problem_box(lang: Lang) -> None:
    """A problem says what, where, what was found, what instead and how to mend it."""
    check_golden(f"diagnostic.{lang}.txt", complained([WRONG], lang=lang))


def test_repeats_are_folded() -> None:
    """After a few of one code the rest are counted, with how to see them; asked for, all are shown."""
    repeated = [replace(WRONG, where=Location("a.xlsx", "6月", f"H{row}")) for row in range(4, 14)]
    text = complained(repeated)

    assert 3 == text.count("╭─")
    assert "另有7处" in text
    assert "--all" in text
    assert 10 == complained(repeated, per_code=None).count("╭─")


def test_least_severity() -> None:
    """Problems below the asked severity are left out."""
    note = replace(WRONG, severity=Severity.NOTE)

    assert "" == complained([note], least=Severity.WARNING)
    assert "提示 V301" in complained([note])


def test_long_problem_hangs() -> None:
    """A long text is folded under itself, within the width."""
    lines = complained([replace(WRONG, found="很长的填报内容" * 30)]).splitlines()

    assert max(map(cell_len, lines)) <= 100
    assert all(line.startswith(("  ╭─", "  │", "  ╰─", "错误 V301", " " * 10)) for line in lines)


def test_fold() -> None:
    """Lines break between Chinese characters and at spaces, never before a closing mark, words only if they must."""
    assert ["一二", "三四"] == fold("一二三四", 5)
    assert ["一", "二。", "三"] == fold("一二。三", 4)
    assert ["ab cd", "ef"] == fold("ab cd ef", 5)
    assert ["abc", "def"] == fold("abcdef", 3)
    assert ["一", "二"] == fold(("一", "二"), 10)
    assert ["一 二"] == fold("一\n二", 10)  # a break in somebody's text makes no line of ours
    assert [""] == fold("", 10)


@given(st.text(alphabet="一二，。 ab）", max_size=60), st.integers(4, 12))
def test_fold_loses_nothing(text: str, width: int) -> None:
    """Folding keeps every character that is not a space, in lines that fit."""
    lines = fold(text, width)

    assert "".join(text.split()) == "".join("".join(lines).split())
    assert all(cell_len(line) <= width for line in lines)


def test_markup_of_others_is_text() -> None:
    """Square brackets and colons in other people's cells are neither markup nor emoji."""
    text = complained([replace(WRONG, found="[red]:smile:[/red]")])

    assert "[red]:smile:[/red]" in text


@pytest.mark.parametrize("width", [60, 80, 100])
def test_nothing_is_cut(width: int) -> None:
    """However narrow, Chinese is folded: no ellipsis, no line too long, no remedy lost."""
    text = printed(report(), width=width)

    assert "…" not in text
    assert max(cell_len(line.rstrip()) for line in text.splitlines()) <= width
    assert set("盘活闲置校舍与集体土地") <= set(text)


@pytest.mark.parametrize("encoding", ["gbk", "gb18030", "ascii", "latin-1"])
def test_old_encodings(encoding: str) -> None:
    """A terminal that is not UTF-8 gets ASCII rules and never an error; GBK gets its Chinese."""
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding, errors="strict")
    console = console_on(stream)
    print_report(report(rated([("甲镇", "𠮷村 ²", {"CY-01": 1})])), console)
    print_diagnostics([WRONG], console)
    stream.flush()
    text = raw.getvalue().decode(encoding)

    assert "─" not in text
    assert "╭" not in text
    assert ("马庄桥镇" in text) == encoding.startswith("gb")
    assert "V301" in text


def test_days_are_not_folded() -> None:
    """A column of days is as wide as a day, whatever else has to give way; words beside days may be folded."""
    rows = (("马庄桥镇西李家村", "2022-12-25", "2022-12-25 前后", "没有报"), ("东关村", "", "再说吧", "没有报" * 9))
    headers = ("这一列的名称很长很长", "整改期限的最后一天", "约定的时间", "说明")
    widths, _ = shrunk(Table(headers, rows, ("left",) * 4), 40)

    assert 10 == widths[1]
    assert 10 > widths[2]


def test_pipe_is_100_columns(capsys: pytest.CaptureFixture[str]) -> None:
    """Off a terminal the width is 100, on stdout and on stderr."""
    assert 100 == make_console().width
    assert 100 == make_console(stderr=True).width
    print_report(report(), make_console(stderr=True))

    assert "" == capsys.readouterr().out


def test_color_on_request() -> None:
    """Colour is off in a pipe unless asked for."""
    stream = io.StringIO()
    print_report(report(), console_on(stream, color=True))

    assert "\x1b[" in stream.getvalue()
    assert "\x1b[" not in printed(report())


def test_everything() -> None:
    """Asked for everything, no list of names is shortened."""
    villages: list[Given] = [("甲镇", f"村{number}", None) for number in range(30)]
    villages += [("甲镇", "报了村", {}), *(("乙镇", f"庄{number}", None) for number in range(30))]
    short, whole = (printed(report(rated(villages)), everything=everything) for everything in (False, True))

    assert "等30个" in short
    assert "整个乡镇没有上报" in short
    assert "庄0" not in short
    assert all(name in whole for name in ("村29", "庄29"))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_markdown_page(lang: Lang) -> None:
    """The same sections as Markdown, with the problems as a last table."""
    check_golden(f"report.{lang}.md", markdown(report(), lang))


def test_markdown_is_escaped() -> None:
    """A bar or an angle bracket in a name breaks no table and starts no tag."""
    text = markdown(report(rated([("甲|镇", "<b>村", {"CY-01": 1})])))

    assert r"甲\|镇" in text
    assert r"\<b\>村" in text


def test_one_report_for_all_forms() -> None:
    """The tier table has the same figures on the console and in Markdown."""
    made = report()
    console, page = printed(made), markdown(made)

    for row in made.whole.tiers.rows:
        assert f"{row.name} | {row.units} | {row.percent}%" in page
        assert [row.name, str(row.units), f"{row.percent}%"] in [line.split() for line in console.splitlines()]
