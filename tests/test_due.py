"""日程: what is due on a day, before and after it; and who has not reported."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from making import CRITERIA, delimited, ledger, scheme, scheme_file
from starcheck.cli import app
from starcheck.cycle.course import Course
from starcheck.cycle.schedule import due, term, unreported
from starcheck.scheme import Duty, Every, Scheme, scheme_from_texts
from test_cycle import ALL, HEADER, REGISTER, SCHEME, TOWNS, TWO, Villages, month
from test_cycle_commands import run

HEAD = SCHEME.partition("月度:")[0]
REPORT = "{事项: 报台账, 责任: 各乡镇, 每: 月, 日: 5, 上报: 是, 期: 上月, 依据: 测试}"


def by_duties(*duties: str) -> Scheme:
    """The small scheme with these duties."""
    return scheme(HEAD + "月度:\n  日程:\n" + "".join(f"    - {duty}\n" for duty in duties))


def duty(every: str, day: int | None = None) -> Duty:
    """A duty of that rhythm."""
    told = {} if day is None else {"日": day}
    return Duty.model_validate({"事项": "x", "责任": "县", "每": every, **told})


@pytest.mark.parametrize(
    ("every", "day", "on", "expected"),
    [
        ("周", None, "2022-06-08", "2022-06-12"),
        ("周", 1, "2022-06-08", "2022-06-06"),
        ("半月", None, "2022-06-15", "2022-06-15"),
        ("半月", None, "2023-02-16", "2023-02-28"),
        ("半月", 2, "2022-06-20", "2022-06-17"),
        ("月", 5, "2022-06-01", "2022-06-05"),
        ("月", 31, "2022-06-01", "2022-06-30"),
        ("月", None, "2024-02-01", "2024-02-29"),
        ("季", None, "2022-05-01", "2022-06-30"),
        ("季", 10, "2022-12-31", "2022-12-10"),
    ],
)
def test_the_day(every: str, day: int | None, on: str, expected: str) -> None:
    """Of the time that a day is in; what a short month lacks is its last day."""
    assert date.fromisoformat(expected) == term(duty(every, day), date.fromisoformat(on)).due


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.sampled_from(Every), st.none() | st.integers(1, 7))
def test_times_follow_each_other_without_gap(on: date, every: Every, day: int | None) -> None:
    """Every day is in one time; it is due within it, last due no later than today, next due later."""
    rule = duty(every.value, day)
    here = term(rule, on)

    assert here.first <= on <= here.last
    assert here.first <= here.due <= here.last
    assert here == here.after().before() == here.before().after()
    assert 1 == (here.after().first - here.last).days

    (found,) = due(by_duties(REPORT).model_copy(update={"monthly": _only(rule)}), on)
    assert found.last <= on < found.next
    assert found.now.due in {found.last, found.next}


def _only(rule: Duty) -> object:
    return by_duties(REPORT).monthly.model_copy(update={"duties": (rule,)})


def test_the_rhythms_of_the_sources() -> None:
    """清丰: weekly, half-monthly, monthly, the 5th, quarterly; 新野: 联席会 monthly, 联审 quarterly, 3+3."""
    qingfeng, xinye = (
        {duty.what: (duty.every.value, duty.day) for duty in scheme_file(CRITERIA / file).monthly.duties}
        for file in ("wuxing-qingfeng-2022.yaml", "wuxing-xinye-2023.yaml")
    )

    assert ("月", 5) == qingfeng["乡镇月论坛"]
    assert ("半月", None) == qingfeng["创建办会商"]
    assert ("周", None) == qingfeng["乡镇、村研判"]
    assert ("季", None) == qingfeng["季比武"]
    assert ("季", None) == xinye["负面清单联审"]
    assert ("月", None) == xinye["责任单位联席会"]
    assert ("周", "半月") == (xinye["人居环境督导"][0], xinye["人居环境观摩"][0])


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        # before the 5th of July, June is being reported; May, last due on the 5th of June, was before the first month
        ("2022-07-04", [("2022-06", 1, "西乡", ("丁村",)), ("2022-06", 1, "北乡", ("戊村",))]),
        ("2022-07-05", [("2022-06", 0, "西乡", ("丁村",)), ("2022-06", 0, "北乡", ("戊村",))]),
        ("2022-07-06", [("2022-06", -1, "西乡", ("丁村",)), ("2022-06", -1, "北乡", ("戊村",))]),
    ],
)
def test_who_has_not_reported(tmp_path: Path, on: str, expected: object) -> None:
    """Townships with the units that lack; those that are complete are not listed."""
    by = by_duties(REPORT)
    villages: Villages = {name: TWO for name in ALL if name not in {"丁村", "戊村"}}
    course = Course("平原县", (month(tmp_path, by, "2022-06", villages),))

    found = [(one.period, one.days, one.township, one.absent) for one in unreported(course, date.fromisoformat(on))]

    assert expected == found


def test_what_was_due_earlier_is_still_due(tmp_path: Path) -> None:
    """戊村 never sent May: in August it is still asked for; not so once May was made final without it."""
    by = by_duties(REPORT)
    months = [
        month(tmp_path, by, "2022-05", {name: TWO for name in ALL if name != "戊村"}),
        *(month(tmp_path, by, period, ALL) for period in ("2022-06", "2022-07")),
    ]
    on = date(2022, 8, 6)

    (found,) = unreported(Course("平原县", tuple(months)), on)
    assert ("2022-05", "北乡", ("戊村",), -62) == (found.period, found.township, found.absent, found.days)
    months[0] = replace(months[0], final=True)
    assert [] == list(unreported(Course("平原县", tuple(months)), on))


def test_a_month_without_any_record_is_missing_everywhere(tmp_path: Path) -> None:
    """July was due on the 5th of August, and no township has sent anything."""
    by = by_duties(REPORT)
    course = Course("平原县", (month(tmp_path, by, "2022-06", ALL),))

    found = list(unreported(course, date(2022, 8, 10)))

    assert [("东乡", 2), ("西乡", 2), ("北乡", 1)] == [(one.township, len(one.absent)) for one in found]
    assert {("2022-07", -5)} == {(one.period, one.days) for one in found}


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ("{事项: x, 责任: 县, 每: 天, 依据: 测试}", "K608"),
        ("{事项: x, 责任: 县, 每: 周, 日: 8, 依据: 测试}", "K606"),
        ("{事项: x, 责任: 县, 每: 月, 日: 0, 依据: 测试}", "K606"),
        ("{事项: x, 责任: 县, 每: 周, 上报: 是, 依据: 测试}", "K606"),
        ("{事项: x, 责任: 县, 每: 月, 期: 上月, 依据: 测试}", "K606"),
        ("{事项: x, 责任: 县, 每: 月, 依据: 没有}", "K614"),
        ("{事项: x, 责任: 县, 每: 月, 依据: 测试}\n    - {事项: x, 责任: 县, 每: 周, 依据: 测试}", "K618"),
    ],
)
def test_what_does_not_hang_together_is_refused(rule: str, code: str) -> None:
    """At its line."""
    found, problems = scheme_from_texts([("x.yaml", f"{HEAD}月度:\n  日程:\n    - {rule}\n")])

    assert found is None
    assert [code] == [problem.code for problem in problems]


def test_a_scheme_has_duties_before_anything_is_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By --scheme alone, with no store and with one of another scheme; who has not reported is said to be unknown."""
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "monthly.yaml"
    file.write_text(f"{HEAD}月度:\n  日程:\n    - {REPORT}\n", encoding="utf-8")

    code, said = run("due", "--scheme", "monthly.yaml", "--on", "2022-07-04", "--format", "json")
    document = json.loads(said)

    assert (0, [("报台账", "2022-07-05", 1)]) == (
        code,
        [(row["what"], row["due"], row["days"]) for row in document["duties"]],
    )
    assert "unreported" not in document
    assert "还没有这个方案的月份" in "".join(document["notes"]["duties"])

    other = file.with_name("other.yaml")
    other.write_text(HEAD.replace("编号: monthly", "编号: other"), encoding="utf-8")
    rows = [HEADER, *([TOWNS[name], name, 1000, *cells, "否"] for name, cells in ALL.items())]
    run(
        "score",
        ledger(tmp_path / "06.xlsx", rows),
        "--scheme",
        "other.yaml",
        "--county",
        "平原县",
        "--period",
        "2022-06",
    )
    assert "报台账" in run("due", "--scheme", "monthly.yaml", "--on", "2022-07-04")[1]
    assert 2 == run("due", "--scheme", "other.yaml", "--on", "2022-07-04")[0]


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is due first comes first; the rows say before, on and after; a scheme without 日程 says so."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "criteria").mkdir()
    file = tmp_path / "criteria" / "monthly.yaml"
    duties = (REPORT, "{事项: 例会, 责任: 县, 每: 周, 日: 1, 依据: 测试}")
    file.write_text(HEAD + "月度:\n  日程:\n" + "".join(f"    - {one}\n" for one in duties), encoding="utf-8")
    delimited(tmp_path / "register.csv", REGISTER)
    rows = [HEADER, *([TOWNS[name], name, 1000, *cells, "否"] for name, cells in ALL.items() if name != "戊村")]
    told = ("--scheme", "monthly", "--county", "平原县", "--register", "register.csv")
    run("score", ledger(tmp_path / "06.xlsx", rows), *told, "--period", "2022-06")

    document = json.loads(run("due", "--on", "2022-07-04", "--format", "json")[1])

    assert [("例会", "2022-07-04", 0, "2022-07-11"), ("报台账", "2022-07-05", 1, "2022-07-05")] == [
        (row["what"], row["due"], row["days"], row["next"]) for row in document["duties"]
    ]
    assert [("2022-06", "北乡", ["戊村"])] == [
        (row["period"], row["township"], row["missing_units"]) for row in document["unreported"]
    ]
    said = run("due", "--on", "2022-07-07")[1]
    assert "逾期2天" in said
    assert "每月第5日" in said
    assert 2 == run("due", "--on", "7月")[0]
    assert 0 == run("due", "--on", "2022-07-07", "--out", "due.xlsx")[0]

    file.write_text(HEAD, encoding="utf-8")
    run("score", ledger(tmp_path / "07.xlsx", rows), *told, "--period", "2022-07")
    assert "没有声明日程" in CliRunner().invoke(app, ["due"]).output
