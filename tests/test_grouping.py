"""分组 against an oracle: every way in which the unknown values of a group may turn out lies between its two ends."""

from __future__ import annotations

import itertools
import tempfile
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from making import OWN_CRITERIA, Rated, criterion, delimited, run, scheme, scheme_file, scheme_text
from starcheck.grouping import GroupVerdict

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
}
POSSIBLE = {"甲": range(5), "乙": range(1, 4), "丙": (True, False)}
CELLS = {True: "是", False: "否"}


def judged(formula: str, rows: list[dict[str, int | bool | None]], asked: str = "至少: 1") -> GroupVerdict:
    """One criterion of the one township that all ``rows`` are of."""
    item = f'编号: G, 名称: G, 汇总: "{formula}", 类型: 数值, 责任: 县, 整改: 改'
    asking = f"要求: [{{自: 2022-01-01, {asked}, 依据: 示例}}]"
    text = scheme_text({"星": ("任一", [criterion("X")])}, fields=FIELDS)
    by = scheme(f"{text}分组:\n  - 组: 乡镇\n    按: 乡镇\n    指标:\n      - {{{item}, {asking}}}\n")
    lines: list[list[object]] = [["乡镇", "村名", *POSSIBLE, "X"]]
    for place, row in enumerate(rows):
        cells = [CELLS[row[key]] if isinstance(row[key], bool) else row[key] for key in POSSIBLE]  # type: ignore[index]
        lines.append(["河乡", f"{'子丑寅卯'[place]}村", *cells, "是"])
    with tempfile.TemporaryDirectory() as folder:
        result = run(delimited(Path(folder) / "台账.csv", lines), by)
    [found] = result.outcome.assessment.groups[0].results
    return found.verdicts[0]


@given(st.data())
def test_the_ends_hold_whatever_turns_out(data: st.DataObject) -> None:
    """Each completion of the unknown values gives a result between the ends, and one whose verdict is not gainsaid."""
    formula = data.draw(st.sampled_from(list(FORMULAS)))
    row = st.fixed_dictionaries({key: st.none() | st.sampled_from(list(values)) for key, values in POSSIBLE.items()})
    rows = data.draw(
        st.lists(row, min_size=1, max_size=3).filter(lambda rows: sum(list(r.values()).count(None) for r in rows) <= 4)
    )
    threshold = data.draw(st.integers(0, 8))

    found = judged(formula, rows, f"至少: {threshold}")

    holes = [(place, key) for place, line in enumerate(rows) for key, value in line.items() if value is None]
    results = []
    for turn in itertools.product(*(POSSIBLE[key] for _, key in holes)):
        filled = [dict(line) for line in rows]
        for (place, key), value in zip(holes, turn, strict=True):
            filled[place][key] = value
        results.append(FORMULAS[formula](filled))  # type: ignore[no-untyped-call]
    slack = 1e-9
    assert all(found.low - slack <= float(result) <= found.high + slack for result in results)
    states = {result >= threshold for result in results}
    if found.verdict.word != "unknown":
        assert states == {found.verdict.word == "met"}
    if len(set(results)) == 1 and not holes:
        assert found.verdict.word == ("met" if states == {True} else "unmet")


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
    assert "33.3333–66.6667%" in shown
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
