"""分组 against an oracle: every way in which the unknown values of a group may turn out lies between its two ends."""

from __future__ import annotations

import csv
import itertools
import tempfile
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from making import OWN_CRITERIA, Rated, criterion, delimited, rated, run, scheme, scheme_file, scheme_text
from starcheck.diagnostic import Severity
from starcheck.grouping import GroupVerdict
from starcheck.report.figures import on_its_side
from starcheck.report.model import build_report
from starcheck.report.sections import sections
from starcheck.scheme import scheme_from_texts

FIELDS = [
    "甲: {类型: 整数, 范围: {至少: 0, 至多: 4}}",
    "乙: {类型: 整数, 范围: {至少: 1, 至多: 3}}",
    "丙: {类型: 是否}",
]
FORMULAS = {
    "计数(丙)": lambda rows: sum(row["丙"] for row in rows),
    "占比(丙)": lambda rows: Fraction(sum(row["丙"] for row in rows), len(rows)),
    "总和(甲)": lambda rows: sum(row["甲"] for row in rows),
    "平均(甲)": lambda rows: Fraction(sum(row["甲"] for row in rows), len(rows)),
    "总和(甲) / 总和(乙)": lambda rows: Fraction(sum(row["甲"] for row in rows), sum(row["乙"] for row in rows)),
    "总和(甲) - 总和(乙)": lambda rows: sum(row["甲"] for row in rows) - sum(row["乙"] for row in rows),
    "总和(甲) * 总和(乙)": lambda rows: sum(row["甲"] for row in rows) * sum(row["乙"] for row in rows),
    "计数(甲 >= 2 or 丙)": lambda rows: sum(row["甲"] >= 2 or row["丙"] for row in rows),
    "总和(甲 + 乙)": lambda rows: sum(row["甲"] + row["乙"] for row in rows),
    "总和(甲 / 乙)": lambda rows: sum(Fraction(row["甲"], row["乙"]) for row in rows),
    "加权平均(甲, 乙)": lambda rows: Fraction(
        sum(row["甲"] * row["乙"] for row in rows), sum(row["乙"] for row in rows)
    ),
    "最大(总和(甲), 总和(乙))": lambda rows: max(sum(row["甲"] for row in rows), sum(row["乙"] for row in rows)),
    "最小(总和(甲), 3) - 2 * 计数(丙)": lambda rows: (
        min(sum(row["甲"] for row in rows), 3) - 2 * sum(row["丙"] for row in rows)
    ),
    "单位数() - 计数(丙)": lambda rows: len(rows) - sum(row["丙"] for row in rows),
    "2 * 计数(丙) - 单位数()": lambda rows: 2 * sum(row["丙"] for row in rows) - len(rows),
    "最大(计数(丙), 计数(甲 >= 2)) - 单位数()": lambda rows: (
        max(sum(row["丙"] for row in rows), sum(row["甲"] >= 2 for row in rows)) - len(rows)
    ),
    "合计(总和(甲), 计数(丙), 1)": lambda rows: sum(row["甲"] for row in rows) + sum(row["丙"] for row in rows) + 1,
}
POSSIBLE = {"甲": range(5), "乙": range(1, 4), "丙": (True, False)}
CELLS = {True: "是", False: "否"}


def asking(formula: str, asked: str) -> str:
    """A scheme that asks one thing of each township."""
    item = f'编号: G, 名称: G, 汇总: "{formula}", 类型: 数值, 责任: 县, 整改: 改'
    requirement = f"要求: [{{自: 2022-01-01, {asked}, 依据: 示例}}]"
    text = scheme_text({"星": ("任一", [criterion("X")])}, fields=FIELDS)
    return f"{text}分组:\n  - 组: 乡镇\n    按: 乡镇\n    指标:\n      - {{{item}, {requirement}}}\n"


def judged(formula: str, rows: list[dict[str, int | bool | None]], asked: str = "至少: 1") -> GroupVerdict:
    """One criterion of the one township that all ``rows`` are of."""
    by = scheme(asking(formula, asked))
    lines: list[list[object]] = [["乡镇", "村名", *POSSIBLE, "X"]]
    for place, row in enumerate(rows):
        cells = [CELLS[row[key]] if isinstance(row[key], bool) else row[key] for key in POSSIBLE]  # type: ignore[index]
        lines.append(["河乡", f"{'子丑寅卯'[place]}村", *cells, "是"])
    with tempfile.TemporaryDirectory() as folder:
        result = run(delimited(Path(folder) / "台账.csv", lines), by)
    [found] = result.outcome.assessment.groups[0].results
    return found.verdicts[0]


MEASURED = [
    "人口: {类型: 整数, 单位: 人}",
    "面积: {类型: 数值, 单位: 亩}",
    "满意度: {类型: 比例, 单位: '%'}",
    "点: {类型: 整数, 单位: 处}",
    "丙: {类型: 是否}",
]


@pytest.mark.parametrize(
    ("formula", "fitting", "wrong"),
    [
        ("总和(人口) / 单位数()", ["人", "人/村", "人/个"], ["亩", "户", "人/亩", "村/人", "'%'"]),
        ("总和(人口) / 最大(计数(丙), 1) / 2", ["人", "人/村"], ["亩"]),
        ("单位数()", ["个", "村", "支"], ["亩", "万元", "'%'"]),
        ("计数(丙) / 单位数()", ["'%'", "个"], ["亩"]),
        ("总和(满意度) / 单位数()", ["'%'"], ["亩"]),
        ("计数(丙) - 总和(点)", ["处"], ["亩"]),
        ("总和(面积) / 单位数() - 平均(面积)", ["亩"], ["人"]),
        ("计数(丙) - 总和(面积)", [], ["亩"]),
    ],
)
def test_what_is_counted_has_the_unit_of_what_is_counted(formula: str, fitting: list[str], wrong: list[str]) -> None:
    """Units are counted by whatever name they have, and for each of them there is what is divided; never another."""

    def refused(unit: str) -> bool:
        kind = "比例" if "%" in unit else "数值"
        item = f'编号: G, 名称: G, 汇总: "{formula}", 类型: {kind}, 单位: {unit}, 责任: 县, 整改: 改'
        text = scheme_text({"星": ("任一", [criterion("X")])}, fields=MEASURED)
        text += f"分组:\n  - 组: 乡镇\n    按: 乡镇\n    指标:\n      - {{{item}}}\n"
        return "K622" in {problem.code for problem in scheme_from_texts([("test.yaml", text)])[1]}

    assert ([], wrong) == ([unit for unit in fitting if refused(unit)], [unit for unit in wrong if refused(unit)])


@given(st.data())
def test_the_ends_hold_whatever_turns_out(data: st.DataObject) -> None:
    """Each completion of the unknown values gives a result between the ends, and one whose verdict is not gainsaid.

    What no group can meet is not asked (K638), and what every group meets is told of (K659).
    """
    formula = data.draw(st.sampled_from(list(FORMULAS)))
    row = st.fixed_dictionaries({key: st.none() | st.sampled_from(list(values)) for key, values in POSSIBLE.items()})
    rows = data.draw(
        st.lists(row, min_size=1, max_size=3).filter(lambda rows: sum(list(r.values()).count(None) for r in rows) <= 4)
    )
    threshold = data.draw(st.integers(0, 8))

    by, problems = scheme_from_texts([("test.yaml", asking(formula, f"至少: {threshold}"))])
    told = {problem.code for problem in problems}

    holes = [(place, key) for place, line in enumerate(rows) for key, value in line.items() if value is None]
    results = []
    for turn in itertools.product(*(POSSIBLE[key] for _, key in holes)):
        filled = [dict(line) for line in rows]
        for (place, key), value in zip(holes, turn, strict=True):
            filled[place][key] = value
        results.append(FORMULAS[formula](filled))  # type: ignore[no-untyped-call]
    states = {result >= threshold for result in results}
    assert by is not None or {"K638"} == told
    assert states == {False} or "K638" not in told
    assert states == {True} or "K659" not in told
    if by is None:
        return
    found = judged(formula, rows, f"至少: {threshold}")
    slack = 1e-9
    assert all(found.low - slack <= float(result) <= found.high + slack for result in results)
    if found.verdict.word != "unknown":
        assert states == {found.verdict.word == "met"}
    if len(set(results)) == 1 and not holes:
        assert found.verdict.word == ("met" if states == {True} else "unmet")


@pytest.mark.parametrize(
    ("formula", "asked", "told"),
    [
        ("计数(丙) - 单位数()", "至少: 1", {"K638"}),
        ("计数(丙) - 单位数()", "至少: 0", set()),
        ("最大(计数(丙), 计数(甲 >= 2)) - 单位数()", "高于: 0", {"K638"}),
        ("单位数() - 计数(丙)", "至少: 0", {"K659"}),
        ("2 * 计数(丙) - 单位数()", "至少: 1", set()),
    ],
)
def test_no_more_units_are_counted_than_there_are(formula: str, asked: str, told: set[str]) -> None:
    """What that rules out, or always comes to, the lint says where both are in one formula."""
    problems = scheme_from_texts([("test.yaml", asking(formula, asked))])[1]

    assert told == {problem.code for problem in problems}


@pytest.mark.parametrize(
    ("formula", "asked", "other", "told"),
    [
        ("总和(甲)", "至多: 0", ("总和(甲)", "至少: 1"), ["K639"]),
        ("总和(甲)", "至多: 1", ("总和(甲)", "至少: 1"), []),
        ("计数(丙)", "至少: 5", ("单位数()", "低于: 5"), ["K639"]),
        ("总和(甲)", "至多: 0", ("2 * 总和(甲) + 计数(丙)", "至少: 1"), []),
    ],
)
def test_figures_that_no_group_meets_together(
    formula: str, asked: str, other: tuple[str, str], told: list[str]
) -> None:
    """K639 as a warning: no group is 达标, while units are rated all the same."""
    text = asking(formula, asked)
    first = text.splitlines()[-1]
    second = first.replace("编号: G", "编号: H").replace(formula, other[0]).replace(asked, other[1])
    problems = scheme_from_texts([("test.yaml", text.replace(first, f"{first}\n{second}"))])[1]

    assert told == [problem.code for problem in problems]
    assert {Severity.WARNING} >= {problem.severity for problem in problems}


def grouped(folder: Path, rows: list[list[object]], **told: object) -> Rated:
    """Rate points by the scheme of groups."""
    header = ["乡镇", "示范点", "示范带", "人口", "保洁员", "满意度", "志愿队", "制度上墙"]
    return run(delimited(folder / "点.csv", [header, *rows]), scheme_file(OWN_CRITERIA / "grouped.yaml"), **told)  # type: ignore[arg-type]


def test_a_tier_between_the_two_ends_counts(tmp_path: Path) -> None:
    """A unit that may turn out at tiers 0 to 2 may be at 1, though neither of its ends is."""
    text = scheme_text({"甲": ("全部", [criterion("X")]), "乙": ("全部", [criterion("Y")])})
    asked = "要求: [{自: 2022-01-01, 至少: 1, 依据: 示例}]"
    item = f"{{编号: G, 名称: G, 汇总: 计数(档次 == 1), 类型: 整数, 责任: 县, 整改: 改, {asked}}}"
    by = scheme(f"{text}分组:\n  - 组: 全县\n    按: 县\n    指标:\n      - {item}\n")
    rows = [["乡镇", "村名", "X", "Y"], ["河乡", "甲村", None, None], ["河乡", "乙村", "是", "是"]]

    [county] = run(delimited(tmp_path / "台账.csv", rows), by).outcome.assessment.groups[0].results

    assert (0, 1, "unknown") == (county.verdicts[0].low, county.verdicts[0].high, county.verdict.word)


def test_a_figure_without_a_requirement_is_shown_and_not_judged(tmp_path: Path) -> None:
    """分组 without 要求: the figure stands in the table, whose title counts nobody who meets it."""
    from typer.testing import CliRunner  # noqa: PLC0415 - here only

    from starcheck.cli import app  # noqa: PLC0415 - here only

    item = "{编号: G, 名称: 达标占比, 汇总: 占比(档次 >= 1), 类型: 比例, 单位: '%', 责任: 县, 整改: 改}"
    text = scheme_text({"甲": ("全部", [criterion("X")])})
    (tmp_path / "方案.yaml").write_text(f"{text}分组:\n  - 组: 全县\n    按: 县\n    指标:\n      - {item}\n")
    rows = [["乡镇", "村名", "X"], ["河乡", "甲村", "是"], ["河乡", "乙村", "否"], ["河乡", "丙村", None]]
    file = delimited(tmp_path / "平原县2022年6月.csv", rows)
    words = ["score", str(file), "--scheme", str(tmp_path / "方案.yaml"), "--no-store"]
    shown = CliRunner().invoke(app, words).stdout
    standard = CliRunner().invoke(app, ["criteria", "show", str(tmp_path / "方案.yaml")])

    assert "全县（1 个）" in shown
    assert "33.3–66.7%" in shown
    assert ("达标占比" in standard.stdout, 0) == (True, standard.exit_code)


def test_what_is_asked_of_some_groups_only(tmp_path: Path) -> None:
    """只对: the other groups are neither met nor unmet by it, and have no figure."""
    item = "编号: G, 名称: G, 只对: [东乡], 汇总: 单位数(), 类型: 整数, 责任: 县, 整改: 改"
    text = scheme_text({"甲": ("全部", [criterion("X")])})
    asked = "要求: [{自: 2022-01-01, 至少: 2, 依据: 示例}]"
    by = scheme(f"{text}分组:\n  - 组: 乡镇\n    按: 乡镇\n    指标:\n      - {{{item}, {asked}}}\n")
    rows = [["乡镇", "村名", "X"], ["东乡", "甲村", "是"], ["西乡", "乙村", "是"]]

    east, west = run(delimited(tmp_path / "台账.csv", rows), by).outcome.assessment.groups[0].results

    assert ("unmet", "not_applicable") == (east.verdict.word, west.verdict.word)
    assert west.verdicts[0].value is None


@pytest.mark.parametrize(("cleaners", "verdict"), [([1, 1], "met"), ([1, 0], "unmet")])
def test_two_per_mille_of_a_township(tmp_path: Path, cleaners: list[int], verdict: str) -> None:
    """Two cleaners for a thousand people are enough, one is not."""
    rows: list[list[object]] = [
        ["河乡", f"点{place}", "东带", 500, n, "90%", "是", "是"] for place, n in enumerate(cleaners)
    ]
    [town] = grouped(tmp_path, rows).outcome.assessment.groups[1].results

    assert verdict == town.verdicts[0].verdict.word
    assert sum(cleaners) == town.verdicts[0].value


def test_groups_in_every_form(tmp_path: Path) -> None:
    """Console, Markdown and JSON show the groups, those that fall short first, and who is in none."""
    from typer.testing import CliRunner  # noqa: PLC0415 - here only

    from starcheck.cli import app  # noqa: PLC0415

    header = ["乡镇", "示范点", "示范带", "人口", "保洁员", "满意度", "志愿队", "制度上墙"]
    rows = [["河乡", f"点{n}", "东带" if n else "西带", 1000, 2, "90%", "是", "是"] for n in range(4)] + [
        ["河乡", "点9", "", 1000, 2, "90%", "是", "是"]
    ]
    path = delimited(tmp_path / "平原县2023年6月.csv", [header, *rows])
    arguments = ["score", str(path), "--scheme", str(OWN_CRITERIA / "grouped.yaml"), "--no-store", "--format"]

    console, page, document = (CliRunner().invoke(app, [*arguments, form]).stdout for form in ("console", "md", "json"))

    assert "示范带（2 个，达标 1 个）" in console
    assert console.index("西带") < console.index("东带")
    assert "另有 1 个单位没有写“示范带”" in console
    assert "| 西带 | 1 | 1 | 1个 ✗ |" in page
    assert '"name": "西带"' in document


BELTS = [
    "带: {类型: 文本}",
    "甲: {类型: 整数, 范围: {至少: 0, 至多: 4}}",
    "乙: {类型: 整数, 范围: {至少: 1, 至多: 3}}",
    "丙: {类型: 是否}",
]
BELT_FORMULAS = {
    **FORMULAS,
    "单位数()": len,
    "占比(甲 >= 2)": lambda rows: Fraction(sum(row["甲"] >= 2 for row in rows), len(rows)),
}


def belts(
    formula: str,
    lines: list[list[object]],
    register: list[list[object]],
    by: str = "带",
    *,
    asked: str = "至少: 1",
    kind: str = "{类型: 文本}",
    only: str = "",
) -> Rated:
    """Units grouped by a field, or by their township, against one requirement."""
    item = f'编号: G, 名称: G, 汇总: "{formula}", 类型: 数值, 责任: 县, 整改: 改{only}'
    asking = f"要求: [{{自: 2022-01-01, {asked}, 依据: 示例}}]"
    text = scheme_text({"星": ("任一", [criterion("X")])}, fields=[f"带: {kind}", *BELTS[1:]])
    made = scheme(f"{text}分组:\n  - 组: 各带\n    按: {by}\n    指标:\n      - {{{item}, {asking}}}\n")
    with tempfile.TemporaryDirectory() as folder:
        known = delimited(Path(folder) / "名册.csv", [["乡镇", "名称"], *register])
        file = delimited(Path(folder) / "台账.csv", [["乡镇", "村名", "带", *POSSIBLE, "X"], *lines])
        return run(file, made, register=known)


@given(st.data())
def test_a_unit_that_has_not_reported_may_be_of_any_belt(data: st.DataObject) -> None:
    """By a 字段: with each silent unit in the belt or not, and whatever it holds, the result lies between the ends."""
    formula = data.draw(st.sampled_from(list(BELT_FORMULAS)))
    rows = data.draw(
        st.lists(
            st.fixed_dictionaries({key: st.sampled_from(list(values)) for key, values in POSSIBLE.items()}),
            min_size=1,
            max_size=2,
        )
    )
    silent = data.draw(st.integers(0, 1))
    names = [f"{name}村" for name in "子丑寅卯"[: len(rows) + silent]]
    lines: list[list[object]] = [
        ["河乡", name, "东带", row["甲"], row["乙"], CELLS[bool(row["丙"])], "是"]
        for name, row in zip(names, rows, strict=False)
    ]

    result = belts(formula, lines, [["河乡", name] for name in names])

    [table] = result.outcome.assessment.groups
    [found] = table.results[0].verdicts
    others = [
        [*rows, dict(zip(POSSIBLE, turn, strict=True))] for turn in itertools.product(*POSSIBLE.values()) if silent
    ]
    results = [BELT_FORMULAS[formula](every) for every in [rows, *others]]  # type: ignore[no-untyped-call]
    assert (silent, {}) == (sum(table.unplaced.values()), table.outside)
    assert all(found.low - 1e-9 <= float(each) <= found.high + 1e-9 for each in results)
    states = {each >= 1 for each in results}
    if found.verdict.word != "unknown":
        assert {found.verdict.word == "met"} == states


def test_a_belt_that_cannot_be_read_is_not_a_belt_not_said() -> None:
    """A blank says that a unit is in no belt; conflicting cells say nothing, and it may be of any."""
    lines: list[list[object]] = [
        ["河乡", "子村", "东带", 1, 1, "是", "是"],
        ["河乡", "丑村", "", 1, 1, "是", "是"],
        ["河乡", "寅村", "东带", 1, 1, "是", "是"],
        ["河乡", "寅村", "西带", 1, 1, "是", "是"],
    ]
    [table] = belts("单位数()", lines, [["河乡", f"{name}村"] for name in "子丑寅"]).outcome.assessment.groups

    assert ([1], [1]) == (list(table.outside.values()), list(table.unplaced.values()))
    assert [("东带", 1, 2)] == [(row.name, row.verdicts[0].low, row.verdicts[0].high) for row in table.results]


TWO_BELTS = "{类型: 选项, 选项: [东带, 西带]}"
IN_THE_EAST: list[list[object]] = [["河乡", "子村", "东带", 1, 1, "是", "是"]]


def states(result: Rated) -> dict[str, tuple[int, int, str]]:
    """How many units each group has, how many reported, and its verdict."""
    [table] = result.outcome.assessment.groups
    return {row.name: (row.units, row.reported, row.verdict.word) for row in table.results}


@pytest.mark.parametrize("asked", ["至多: 3", "至少: 1", "至少: 5"])
def test_a_township_that_sent_nothing_is_not_judged(asked: str) -> None:
    """Two villages cannot have more than three teams, nor five: but nobody has said anything."""
    register: list[list[object]] = [["河乡", "子村"], ["山乡", "丑村"], ["山乡", "寅村"]]
    result = belts("计数(丙)", IN_THE_EAST, register, "乡镇", asked=asked)

    assert (2, 0, "unknown") == states(result)["山乡"]
    assert "unknown" != states(result)["河乡"][2]


@pytest.mark.parametrize(
    ("formula", "asked", "verdict"),
    [
        ("单位数()", "至少: 1", "unmet"),
        ("计数(丙)", "至少: 1", "unmet"),
        ("计数(丙)", "至多: 0", "not_applicable"),
        ("占比(丙)", "至少: 0", "not_applicable"),
        ("总和(甲)", "至多: 9", "not_applicable"),
        ("平均(甲)", "至少: 1", "not_applicable"),
    ],
)
def test_an_empty_group_meets_nothing_by_being_empty(formula: str, asked: str, verdict: str) -> None:
    """A belt among the 选项 that no unit is of is listed; it may fall short, and is not met."""
    result = belts(formula, IN_THE_EAST, [["河乡", "子村"]], asked=asked, kind=TWO_BELTS)

    assert (0, 0, verdict) == states(result)["西带"]
    assert 1 == states(result)["东带"][0]


@pytest.mark.parametrize(("asked", "verdict"), [("至少: 1", "unknown"), ("至少: 2", "unmet"), ("至多: 1", "unknown")])
def test_a_group_that_a_silent_unit_may_be_of_is_open(asked: str, verdict: str) -> None:
    """It may be the one unit of the belt; two it cannot be."""
    result = belts("单位数()", IN_THE_EAST, [["河乡", "子村"], ["河乡", "丑村"]], asked=asked, kind=TWO_BELTS)

    assert (0, 0, verdict) == states(result)["西带"]


def test_groups_that_an_item_names_are_listed() -> None:
    """只对 names a belt, or a township, that nobody is of: it is there, with no unit."""
    for by, other in (("带", "北带"), ("乡镇", "北乡")):
        result = belts("单位数()", IN_THE_EAST, [["河乡", "子村"]], by, only=f", 只对: [{other}]")

        assert (0, 0, "unmet") == states(result)[other]


def test_that_there_is_no_group_yet_is_told() -> None:
    """No unit says its belt: the section is there, empty, with how many may be of one."""
    lines: list[list[object]] = [["河乡", "子村", "", 1, 1, "是", "是"]]
    found = belts("单位数()", lines, [["河乡", "子村"], ["河乡", "丑村"]]).outcome.assessment
    report = build_report(found, command="score", version="0", county="县", period="2022-06")
    [section] = [part for part in sections(report, "zh", everything=True) if part.title.startswith("各带")]

    assert "各带（0 个）" == section.title
    assert 2 == len(section.lines)


def tiered(
    folder: Path, formula: str, cells: list[list[object]], *, tiering: str = "", vetoes: list[str] | None = None
) -> tuple[float, float]:
    """The ends of a formula over the tiers of one county: 0 to 2 by the stars X and Y, with a column for a veto."""
    item = f'{{编号: G, 名称: G, 汇总: "{formula}", 类型: 数值, 责任: 县, 整改: 改}}'
    veto = vetoes or ["{编号: FM, 情形: 案件, 列名: [案件], 触发: {为: 是}, 后果: 不参评, 依据: 示例}"]
    text = scheme_text({"甲": ("全部", [criterion("X")]), "乙": ("全部", [criterion("Y")])}, tiering, vetoes=veto)
    by = scheme(f"{text}分组:\n  - 组: 全县\n    按: 县\n    指标:\n      - {item}\n")
    rows = [["乡镇", "村名", "X", "Y", "案件"], *(["河乡", f"{'子丑寅卯'[n]}村", *row] for n, row in enumerate(cells))]
    [county] = run(delimited(folder / "台账.csv", rows), by).outcome.assessment.groups[0].results
    return county.verdicts[0].low, county.verdicts[0].high


@pytest.mark.parametrize(
    ("formula", "ends"),
    [
        ("占比(档次 >= 1)", (0.5, 0.5)),
        ("计数(档次 < 1)", (0, 0)),
        ("计数(档次 != 2)", (1, 1)),
        ("计数(not 档次 >= 1)", (2, 2)),
        ("总和(档次)", (3, 3)),
        ("平均(档次)", (1.5, 1.5)),
        ("加权平均(档次, 2)", (1.5, 1.5)),
    ],
)
def test_a_unit_that_is_not_rated_has_no_tier(tmp_path: Path, formula: str, ends: tuple[float, float]) -> None:
    """不参评 is known: what is compared with its tier is a no, and sums and means do without it."""
    cells: list[list[object]] = [
        ["是", "是", "否"], ["是", "否", "否"], ["是", "是", "是"], ["否", "否", "是"],
    ]  # fmt: skip

    assert ends == tiered(tmp_path, formula, cells)


@pytest.mark.parametrize(
    ("effect", "formula", "ends"),
    [
        ("不参评", "计数(档次 >= 1)", (1, 2)),
        ("不参评", "平均(档次)", (1, 1.5)),
        ("{最高: 0}", "计数(档次 >= 1)", (1, 2)),
        ("{熄灭: 乙}", "计数(档次 >= 1)", (2, 2)),
        ("{熄灭: 乙}", "计数(档次 >= 2)", (0, 1)),
        ("提示", "计数(档次 >= 2)", (1, 1)),
    ],
)
def test_an_open_veto_leaves_a_tier_open(tmp_path: Path, effect: str, formula: str, ends: tuple[float, float]) -> None:
    """A blank in a veto's column is no no: the tier may turn out lower, or none."""
    veto = f"{{编号: FM, 情形: 案件, 列名: [案件], 触发: {{为: 是}}, 后果: {effect}, 依据: 示例}}"

    assert ends == tiered(tmp_path, formula, [["是", "是", None], ["是", "否", "否"]], vetoes=[veto])


def test_a_quota_settles_tiers_where_all_is_known(tmp_path: Path) -> None:
    """What a quota lowers holds the lower tier; while anything of its county is open, its order is too."""
    quota = "  名额: [{档: 二星, 至多: 1}]\n"
    known: list[list[object]] = [["是", "是", "否"], ["是", "是", "否"], ["否", "否", "否"]]

    assert (0, 0) == tiered(tmp_path, "计数(档次 == 2)", known, tiering=quota)
    assert (2, 2) == tiered(tmp_path, "计数(档次 == 1)", known, tiering=quota)
    known[2][2] = None
    assert (0, 2) == tiered(tmp_path, "计数(档次 == 2)", known, tiering=quota)


def test_formulas_within_formulas_are_exact() -> None:
    """Three thirds are one, also where the third is a criterion of its own."""
    third = criterion("T", "至少: 0", "数值", "公式: 甲 / 乙")
    item = '编号: G, 名称: G, 汇总: "{}", 类型: 数值, 责任: 县, 整改: 改'
    asked = "要求: [{自: 2022-01-01, 至少: 1, 依据: 示例}]"
    for formula in ("总和(甲 / 乙)", "总和([T])", "3 * 平均([T])", "3 * 加权平均([T], [T])", "计数(3 * [T] >= 1) - 2"):
        text = scheme_text({"星": ("全部", [third])}, fields=FIELDS)
        by = scheme(
            f"{text}分组:\n  - 组: 乡镇\n    按: 乡镇\n    指标:\n      - {{{item.format(formula)}, {asked}}}\n"
        )
        lines = [["乡镇", "村名", "甲", "乙", "丙"], *(["河乡", f"{name}村", 1, 3, "是"] for name in "子丑寅")]
        with tempfile.TemporaryDirectory() as folder:
            [found] = run(delimited(Path(folder) / "台账.csv", lines), by).outcome.assessment.groups[0].results

        assert (formula, 1, "met") == (formula, found.verdicts[0].value, found.verdict.word)


def test_a_constant_of_each_unit_is_a_value(tmp_path: Path) -> None:
    """A formula over units that names no field has one value for each."""
    assert (6, 6) == tiered(tmp_path, "总和(2) + 计数(1 > 0)", [["是", "是", "否"], ["否", "否", "否"]])


@pytest.mark.parametrize(
    ("value", "thresholds", "shown"),
    [
        ("57.142857", [], "57.1"),
        ("59.96", [], "60.0"),
        ("59.96", ["60"], "59.96"),
        ("60.04", ["60"], "60.04"),
        ("59.99999999", ["60"], "59.99999999"),
        ("60", ["60"], "60"),
        ("49.999", ["40", "50"], "49.999"),
    ],
)
def test_rounding_never_crosses_a_threshold(value: str, thresholds: list[str], shown: str) -> None:
    """A share that is not met never looks met, nor the other way round; otherwise it has one decimal."""
    assert shown == str(on_its_side(Decimal(value), [Decimal(end) for end in thresholds], 1))


def test_a_title_counts_those_that_are_judged(tmp_path: Path) -> None:
    """Groups of which nothing is asked do not look as if they had failed."""
    from typer.testing import CliRunner  # noqa: PLC0415 - here only

    from starcheck.cli import app  # noqa: PLC0415 - here only

    item = "编号: G, 名称: G, 只对: [东乡], 汇总: 单位数(), 类型: 整数, 责任: 县, 整改: 改"
    text = scheme_text({"甲": ("全部", [criterion("X")])})
    asked = "要求: [{自: 2022-01-01, 至少: 1, 依据: 示例}]"
    (tmp_path / "方案.yaml").write_text(
        f"{text}分组:\n  - 组: 各乡\n    按: 乡镇\n    指标:\n      - {{{item}, {asked}}}\n", encoding="utf-8"
    )
    file = delimited(
        tmp_path / "平原县2022年6月.csv", [["乡镇", "村名", "X"], ["东乡", "甲村", "是"], ["西乡", "乙村", "是"]]
    )
    words = ["score", str(file), "--scheme", str(tmp_path / "方案.yaml"), "--no-store"]

    assert "各乡（2 个，评 1 个，达标 1 个）" in CliRunner().invoke(app, words).stdout


def test_groups_in_tables(tmp_path: Path) -> None:
    """CSV and Parquet have the groups in a file beside them, a workbook on a sheet of their own."""
    from openpyxl import load_workbook  # noqa: PLC0415 - here only
    from pyarrow import parquet  # noqa: PLC0415 - here only
    from typer.testing import CliRunner  # noqa: PLC0415 - here only

    from starcheck.cli import app  # noqa: PLC0415 - here only

    header = ["乡镇", "示范点", "示范带", "人口", "保洁员", "满意度", "志愿队", "制度上墙"]
    rows = [["河乡", f"点{n}", "东带" if n else "=西带", 1000, 2, "90%", "是", "是"] for n in range(4)]
    path = delimited(tmp_path / "平原县2023年6月.csv", [header, *rows])
    words = ["score", str(path), "--scheme", str(OWN_CRITERIA / "grouped.yaml"), "--no-store", "--out"]
    said = [CliRunner().invoke(app, [*words, str(tmp_path / f"结果.{end}")]) for end in ("csv", "xlsx", "parquet")]

    text = (tmp_path / "结果-分组.csv").read_text(encoding="utf-8-sig")
    beside = list(csv.reader(text.splitlines()))
    sheet = load_workbook(tmp_path / "结果.xlsx")["分组"]
    cells = [["" if cell is None else str(cell) for cell in line] for line in sheet.iter_rows(values_only=True)]
    assert [0, 0, 0] == [each.exit_code for each in said]
    assert "结果-分组.csv" in said[0].stderr
    assert [
        "分组",
        "名称",
        "单位数",
        "已上报",
        "编号",
        "指标",
        "值（最少）",
        "值（最多）",
        "单位",
        "要求",
        "判定",
        "差距",
        "整组判定",
        "依据",
    ] == beside[0]
    assert [
        "示范带",
        "'=西带",
        "1",
        "1",
        "G-1",
        "示范点数",
        "1",
        "1",
        "个",
        "至少3个",
        "未达标",
        "2",
        "未达标",
        "测试",
    ] in beside
    assert beside == [[cell.replace("=西", "'=西") for cell in line] for line in cells]
    assert parquet.read_table(tmp_path / "结果-分组.parquet").num_rows == len(beside) - 1
    assert ["单位", "分组", "说明"] == load_workbook(tmp_path / "结果.xlsx").sheetnames


def test_a_figure_is_printed_as_declared_and_judged_as_it_is(tmp_path: Path) -> None:
    """取舍: 截断 drops what is not printed, where 四舍五入 rounds it; neither changes whether the figure is enough."""
    item = '汇总: "占比([A])", 类型: 比例, 单位: "%", 责任: 县, 整改: 改'
    asked = "要求: [{自: 2022-01-01, 至少: 66.65, 依据: 示例}]"
    tail = "分组:\n  - 组: 全县\n    按: 县\n    指标:\n"
    tail += f"      - {{编号: G-1, 名称: 甲, {item}}}\n"
    tail += f"      - {{编号: G-2, 名称: 乙, {item}, 取舍: 截断}}\n"
    tail += f"      - {{编号: G-3, 名称: 丙, {item}, 取舍: 截断, {asked}}}\n"
    by = scheme(scheme_text({"甲": ("全部", [criterion("A")])}) + tail)
    rows = [
        ["乡镇", "村名", "A"],
        *(["河乡", name, said] for name, said in (("子村", "是"), ("丑村", "是"), ("寅村", "否"))),
    ]
    outcome = rated(tmp_path, by, rows).outcome
    report = build_report(outcome.assessment, command="score", version="1", county="甲县", period="2022-06")
    [table] = [section.table for section in sections(report, "zh") if section.title.startswith("全县（")]

    assert table is not None
    # what is asked is 66.65: cut to one place the figure would seem not to be enough, so one place more is printed
    assert ("66.7%", "66.6%", "66.66%") == table.rows[0][3:6]


def test_rounding_is_one_of_two_words() -> None:
    """Another word is refused with those there are."""
    text = scheme_text({"甲": ("全部", [criterion("A")])})
    item = '{编号: G, 名称: 甲, 汇总: "占比([A])", 类型: 比例, 单位: "%", 取舍: 进一}'
    text += f"分组: [{{组: 全县, 按: 县, 指标: [{item}]}}]\n"

    assert ["K608"] == [
        found.code for found in scheme_from_texts([("a.yaml", text)])[1] if found.level.value == "error"
    ]
