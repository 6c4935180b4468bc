"""The officers' cases: those of the shipped schemes hold and leave nothing out, and what is wrong in one is found."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from making import CRITERIA, OWN_CRITERIA, criterion, scheme, scheme_file, scheme_text
from starcheck.cases import Checked, cases_beside, check_cases
from starcheck.cli import app
from starcheck.diagnostic import Severity

OWN_CASES = Path(__file__).parent / "cases"
SHIPPED = sorted(CRITERIA.glob("*.yaml"))
FILES = [
    *(pytest.param(path, cases_beside(path), id=path.stem) for path in SHIPPED),
    *(pytest.param(OWN_CRITERIA / path.name, path, id=path.stem) for path in sorted(OWN_CASES.glob("*.yaml"))),
]
SCHEME = OWN_CRITERIA / "by-score.yaml"
CASES = OWN_CASES / "by-score.yaml"


def checked(*changes: tuple[str, str]) -> Checked:
    """The cases of by-score with parts of their text replaced."""
    text = CASES.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return check_cases(text, "cases.yaml", scheme_file(SCHEME))


def said(result: Checked) -> list[tuple[str, int | None, str]]:
    """Code, line and message of every problem."""
    return [(problem.code, problem.where.line, problem.message("zh")) for problem in result.diagnostics]


@pytest.mark.parametrize(("scheme", "cases"), FILES)
def test_cases(scheme: Path, cases: Path) -> None:
    """Every case comes out as its officer wrote it down, and nothing of the scheme is without one."""
    text = cases.read_text(encoding="utf-8")

    result = check_cases(text, cases.name, scheme_file(scheme), folder=cases.parent)

    assert [] == said(result)
    assert result.cases == result.passed > 0
    assert [] == [side for side in result.sides if not side.shown]


def test_shipped_schemes_ask_for_everything() -> None:
    """The files of the shipped schemes themselves demand that nothing is left out."""
    assert SHIPPED
    assert [] == [path.stem for path in SHIPPED if "覆盖率: 100%" not in cases_beside(path).read_text(encoding="utf-8")]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("一社区: {星级: 2, 可达: 3,", "一社区: {星级: 3, 可达: 3,", "星级应为3，评出来是2"),
        ("得分: [100, 100]}\n      三", "得分: [99.5, 100]}\n      三", "得分应为99.5、100，评出来是100、100"),
        ("短板: [B-1]}\n\n", "短板: [B-2]}\n\n", "短板应为B-2，评出来是B-1"),
        ("初评: 是}\n      二社区: {星级: 1", "初评: 否}\n      二社区: {星级: 1", "初评应为否，评出来是是"),
    ],
)
def test_what_does_not_hold_is_named_at_its_line(old: str, new: str, message: str) -> None:
    """K662 says what was expected, what came out, and where in the file of cases it is written."""
    result = checked((old, new))

    [(code, line, text)] = said(result)
    assert ("K662", message) == (code, text.partition("：")[2])
    assert line == CASES.read_text(encoding="utf-8").partition(old)[0].count("\n") + 1
    assert result.passed == result.cases - 1


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("方案: by-score", "方案: by-stars", "应为“by-score”"),
        ("底稿:", "底搞:", "不认识的词"),
        ("  议事会: 是", "  议事汇: 是", "不是方案 by-score 的列。是不是“议事会”？"),
        ("村名      服务面积", "村名      服务面职", "不是方案 by-score 的列。是不是“服务面积”？"),
        ("{星级: 2, 可达: 3, 得分", "{星: 2, 可达: 3, 得分", "不认识的词。是不是“星级”？"),
        ("      四社区: {星级: 1", "      五社区: {星级: 1", "台账里没有这个单位。是不是“一社区”？"),
        ("    日期: 2023-06-30\n", "    日期: 六月\n", "应为 2022-06-30 这样的日期"),
        ("    日期: 2023-06-30\n", "", "没有写"),
        ("覆盖率: 100%", "覆盖率: 全部", "应为 100% 这样的百分比"),
        ("    日期: 2023-06-30\n", "    日期: 2021-06-30\n", "不适用于 2021-06-30"),
    ],
)
def test_a_case_that_cannot_be_understood_is_no_pass(old: str, new: str, problem: str) -> None:
    """A slip in the file of cases is K661 at its line; the case does not count as one that held."""
    result = checked((old, new))

    assert any(code == "K661" and problem in text for code, _, text in said(result)), said(result)


def test_yaml_that_cannot_be_read() -> None:
    """A file of cases that is no YAML is refused at its line."""
    assert ["K602"] == [code for code, *_ in said(check_cases("例: [", "cases.yaml", scheme_file(SCHEME)))]


def test_what_no_case_shows() -> None:
    """Without the last cases the sides they stood on are listed at their places in the scheme."""
    text = CASES.read_text(encoding="utf-8")
    cut = text[: text.index("  - 名称: 服务面积的门槛2024年7月1日起是750.5")].replace("覆盖率: 100%\n", "")
    result = check_cases(cut, "cases.yaml", scheme_file(SCHEME))
    last = scheme_file(SCHEME).origin("B-1", "要求", 1)

    assert [
        ("B-1", "2024-07-01 起至少 750.5 ㎡：达标"),
        ("B-1", "2024-07-01 起至少 750.5 ㎡：未达标"),
        ("定级", "评为待提升"),
        ("服务星", "最高 2：封顶"),
    ] == [(side.key, side.what[0]) for side in result.sides if not side.shown]
    assert {("K663", Severity.WARNING)} == {(found.code, found.level) for found in result.diagnostics}
    assert result.diagnostics[0].where == last


def test_a_slip_in_a_case_is_told_once() -> None:
    """A wrong case covers nothing; what it stands on is counted, and what no case tries to show is told as before."""
    text = CASES.read_text(encoding="utf-8").partition("  - 名称: 分级扣分")[0]
    right, wrong, unread = (
        check_cases(text.replace("二社区: {星级: 2", two), "cases.yaml", scheme_file(SCHEME))
        for two in ("二社区: {星级: 2", "二社区: {星级: 1", "二社区: {星极: 2")
    )

    assert (0, right.covered) == (right.pending, wrong.pending)
    assert (0, said(right)) == (wrong.covered, said(wrong)[1:])
    assert (["K661"], len(unread.sides)) == ([code for code, *_ in said(unread)], unread.pending)


def test_too_little_covered_is_an_error() -> None:
    """What is missing is a warning while the share asked for is reached, an error where it is not."""
    text = CASES.read_text(encoding="utf-8")
    cut = text[: text.index("  - 名称: 服务面积的门槛2024年7月1日起是750.5")]

    result = check_cases(cut, "cases.yaml", scheme_file(SCHEME))

    assert {Severity.ERROR} == {found.level for found in result.diagnostics}
    assert (21, 25) == (result.covered, len(result.sides))


def test_the_command(tmp_path: Path) -> None:
    """``criteria test`` prints a line for each scheme and fails where a case does not hold or coverage is short."""
    runner = CliRunner()
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(
        CASES.read_text(encoding="utf-8").replace("星级: 2, 可达: 3", "星级: 3, 可达: 3", 1), encoding="utf-8"
    )

    fine = runner.invoke(app, ["criteria", "test"])
    failed = runner.invoke(app, ["criteria", "test", str(SCHEME), "--cases", str(wrong)])
    none = runner.invoke(app, ["criteria", "test", str(SCHEME)])
    odd = runner.invoke(app, ["criteria", "test", "--coverage", "很多"])

    assert (0, True) == (fine.exit_code, "wuxing-rural：" in fine.stdout)
    assert "（100%）" in fine.stdout
    assert (1, True) == (failed.exit_code, "K662" in failed.stdout)
    assert (2, 2) == (none.exit_code, odd.exit_code)


def test_the_command_as_json(tmp_path: Path) -> None:
    """With ``--format json`` stdout is one document, with what is missing and what does not hold."""
    text = CASES.read_text(encoding="utf-8")
    short = tmp_path / "short.yaml"
    short.write_text(text[: text.index("  - 名称: 样样不达标")], encoding="utf-8")

    result = CliRunner().invoke(
        app, ["criteria", "test", str(SCHEME), "--cases", str(short), "--coverage", "90", "--format", "json"]
    )

    [document] = json.loads(result.stdout)["schemes"]
    assert (0, "by-score", 8, 8, 24, 25) == (
        result.exit_code,
        document["id"],
        *(document[key] for key in ("cases", "passed", "covered", "sides")),
    )
    assert [{"key": "定级", "what": "评为待提升"}] == document["missing"]
    assert ["K663"] == [problem["code"] for problem in document["diagnostics"]]


OVERLAY = """\
方案: 某县农村“五星”支部创建（测试）
编号: mouxian
适用: 行政村
版本: "1"
性质: 测试
生效: 2022-05-01
失效: 2022-12-31
继承: wuxing-rural.yaml
依据:
  县文件: {文件: 测试文件, 机关: 县, 日期: 2022-05-01}
星级:
  - 星: 平安法治星
    指标:
      - {编号: PA-02, 名称: 打更队人数, 列名: [义务打更队], 类型: 整数, 单位: 人,
         责任: 县, 整改: 组队, 要求: [{自: 2022-05-01, 至少: 3, 依据: 县文件 第一条}]}
"""

TAKEN_ALONG = """\
方案: mouxian
继承: wuxing-rural.yaml
底稿:
  义务打更队: 3
例:
  - 名称: 平安法治星和文明幸福星逐项
    日期: 2022-06-30
    台账: |
      村名  义务打更队
      一村  2
    期望:
      一村: {星级: 4, 短板: [PA-02]}
  - 名称: 一颗星也没有亮
    日期: 2022-06-30
    台账: |
      村名  “两委”班子健全  村集体经济年收入  村庄规划  义务打更队  幸福院
      孟村  否              4                 编制中    0           否
    期望:
      孟村: {星级: 0}
"""


def overlaid(place: Path, cases: str = TAKEN_ALONG, scheme: str = OVERLAY, *, folder: Path | None = None) -> Checked:
    """The cases of an overlay of the rural scheme, beside a copy of that and of its cases."""
    (place / "cases").mkdir(parents=True)
    for path in (CRITERIA / "wuxing-rural.yaml", cases_beside(CRITERIA / "wuxing-rural.yaml")):
        copy = place / path.relative_to(CRITERIA)
        copy.write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    (place / "mouxian.yaml").write_text(scheme, encoding="utf-8")
    return check_cases(cases, "mouxian.yaml", scheme_file(place / "mouxian.yaml"), folder=folder or place / "cases")


def test_an_overlay_takes_along_the_cases_of_its_scheme(tmp_path: Path) -> None:
    """继承 takes 底稿 and 例 along; an own 例 of the same 名称 replaces, and a day after 失效 is not the overlay's."""
    result = overlaid(tmp_path)

    assert [] == [problem for problem in said(result) if problem[0] != "K663"]
    assert 13 - 1 == result.cases == result.passed
    assert "2023-01-01 起至少 10 万元：达标" not in [side.what[0] for side in result.sides]
    assert [] == [side.what[0] for side in result.sides if not side.shown and side.key == "PA-02"]


def test_a_case_taken_along_that_does_not_hold_is_named_in_its_own_file(tmp_path: Path) -> None:
    """K667 points into the file the case is written in, and says of which scheme it does not hold, and the cure."""
    result = overlaid(tmp_path, TAKEN_ALONG.replace("义务打更队: 3\n", "义务打更队: 2\n", 1))

    found = [problem for problem in result.diagnostics if problem.code != "K663"]
    assert {("K667", "wuxing-rural.yaml")} == {(problem.code, Path(problem.where.file or "").name) for problem in found}
    assert all("mouxian" in problem.message("zh") and "mouxian.yaml" in problem.hint("zh") for problem in found)


@pytest.mark.parametrize("parent", ["wuxing-urbn.yaml", "../wuxing-rural.yaml"])
def test_cases_that_are_not_there_cannot_be_taken_along(tmp_path: Path, parent: str) -> None:
    """A file of cases is looked for beside this one and nowhere else; K661 at the name."""
    result = overlaid(tmp_path, TAKEN_ALONG.replace("继承: wuxing-rural.yaml", f"继承: {parent}"))

    assert ("K661", 2) == said(result)[0][:2]
    assert "另一个判例文件" in said(result)[0][2]


def test_what_was_replaced_before_the_scheme_began_needs_no_case(tmp_path: Path) -> None:
    """A requirement of the inherited scheme that no day of the overlay asks for is no side of it."""
    scheme = OVERLAY.replace("2022-05-01, 至少: 3,", "2021-05-01, 至少: 2}, {自: 2022-05-01, 至少: 3,")

    result = overlaid(tmp_path, scheme=scheme)

    assert ["2022-05-01 起至少 3 人：达标", "2022-05-01 起至少 3 人：未达标"] == [
        side.what[0] for side in result.sides if side.key == "PA-02"
    ]


def test_columns_that_an_overlay_has_given_up(tmp_path: Path) -> None:
    """A column of the inherited 底稿 that the overlay no longer reads is left out; in its own 底稿 it is K661."""
    scheme = OVERLAY + "  - 星: 文明幸福星\n    指标:\n      - {编号: WM-03, 停用: 是}\n"
    own = TAKEN_ALONG.replace("义务打更队: 3\n", "义务打更队: 3\n  老年人协会: 是\n", 1)

    taken = said(overlaid(tmp_path / "taken", scheme=scheme))
    named = said(overlaid(tmp_path / "named", own, scheme=scheme))

    assert [] == [problem for problem in taken if problem[0] != "K663"]
    assert [("K661", 5)] == [problem[:2] for problem in named if problem[0] != "K663"]


def test_cases_of_a_parent_that_is_no_text(tmp_path: Path) -> None:
    """A file of cases in another encoding than UTF-8 cannot be taken along; K661 at its name."""
    (tmp_path / "cases").mkdir()
    (tmp_path / "cases" / "gbk.yaml").write_text("方案: 某", encoding="gb18030")
    cases = TAKEN_ALONG.replace("继承: wuxing-rural.yaml", "继承: gbk.yaml")

    assert ("K661", 2) == said(overlaid(tmp_path / "other", cases, folder=tmp_path / "cases"))[0][:2]


# --- what nobody checks, and what cannot be understood ----------------------------------------------------------------

TWO = scheme(
    scheme_text(
        {"甲": ("[{自: 2022-01-01, 按: 任一, 依据: 示例}, {自: 2023-01-01, 按: 全部, 依据: 示例}]",
               [criterion("A1"), criterion("A2")])},
    )
)  # fmt: skip
ONE_CASE = """\
方案: test
底稿: {A2: 是}
例:
  - 名称: x
    日期: 2022-06-30
    台账: |
      村名 A1
      甲村 是
      乙村 否
    期望: {甲村: {星级: 1}, 乙村: {星级: 1}}
"""
TOLD = ONE_CASE.replace("{星级: 1}", "{星级: 1, 短板: []}", 1).replace("{星级: 1}", "{星级: 1, 短板: [A1]}")


def of_two(text: str = ONE_CASE, *changes: tuple[str, str]) -> Checked:
    """The cases of a scheme of two items, with parts of their text replaced."""
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return check_cases(text, "two.yaml", TWO)


def shown(result: Checked, key: str) -> list[str]:
    """What cases show of one thing in the scheme."""
    return [side.what[0] for side in result.sides if side.key == key and side.shown]


def test_only_units_of_which_something_is_expected_show_a_side() -> None:
    """A unit that the ledger has and nobody speaks of proves nothing."""
    both = of_two(TOLD)
    one = of_two(TOLD, (", 乙村: {星级: 1, 短板: [A1]}", ""))

    assert ["2022-01-01 起为 是：达标", "2022-01-01 起为 是：未达标"] == shown(both, "A1")
    assert ["2022-01-01 起为 是：达标"] == shown(one, "A1")


@pytest.mark.parametrize(
    ("words", "items", "stars", "tiers"),
    [
        ("星级: 1", 0, 1, 1),
        ("短板: [A1]", 2, 0, 0),
        ("亮星: [甲]", 0, 1, 0),
        ("初评: 否", 0, 0, 0),
        ("星级: 1, 短板: [A1]", 2, 1, 1),
    ],
)
def test_a_word_shows_the_sides_that_it_tells(words: str, items: int, stars: int, tiers: int) -> None:
    """短板 each item, 亮星 the stars, 星级 the tiers, and all stars where all are lit; 初评 none of them.

    By 任一 a lit star says nothing of its items.
    """
    alone = of_two(TOLD, ("甲村: {星级: 1, 短板: []}, 乙村: {星级: 1, 短板: [A1]}", f"乙村: {{{words}}}"))

    assert alone.passed
    assert items == sum(len(shown(alone, key)) for key in ("A1", "A2"))
    assert (stars, tiers) == (len(shown(alone, "甲")), len(shown(alone, "定级")))


def test_a_lit_star_of_all_its_items_tells_each() -> None:
    """By 全部 there is no other way for it to be lit."""
    day = ("日期: 2022-06-30", "日期: 2023-06-30")
    told = of_two(TOLD, day, ("甲村: {星级: 1, 短板: []}, 乙村: {星级: 1, 短板: [A1]}", "甲村: {星级: 1}"))

    assert ["2022-01-01 起为 是：达标"] == shown(told, "A1") == shown(told, "A2")


def test_a_case_that_does_not_hold_shows_no_side() -> None:
    """What did not come out as somebody wrote it is not covered, not even for the units that did."""
    result = of_two(ONE_CASE, ("乙村: {星级: 1}", "乙村: {星级: 0}"))

    assert (0, 0) == (result.passed, result.covered)


def test_a_case_that_checks_nothing_is_none() -> None:
    """期望: {} without 分组 and 问题 is a slip, not a case that holds."""
    result = of_two(ONE_CASE, ("期望: {甲村: {星级: 1}, 乙村: {星级: 1}}", "期望: {}"))

    assert ("K661", 10) == said(result)[0][:2]
    assert (0, 0, 0) == (result.cases, result.passed, result.covered)


def test_each_dated_rule_has_its_sides() -> None:
    """Cases of 2022 say nothing of the rule of 点亮 from 2023 on; what is missing points at its line."""
    result = of_two()
    missing = {side.what[0]: side.where for side in result.sides if side.key == "甲" and not side.shown}

    assert ["2022-01-01 起的点亮规矩：点亮"] == shown(result, "甲")
    assert [
        "2022-01-01 起的点亮规矩：未亮",
        "2023-01-01 起的点亮规矩：点亮",
        "2023-01-01 起的点亮规矩：未亮",
    ] == list(missing)
    assert TWO.origin("甲", "点亮", 1) == missing["2023-01-01 起的点亮规矩：点亮"]


def test_each_dated_cap_quota_and_veto_has_its_sides() -> None:
    """Lines of 封顶, 名额 and 负面清单 for different times are different things; one that never holds is none."""
    text = scheme_text({"甲": ("全部", [criterion("A1")]), "乙": ("全部", [criterion("B1")])})
    text = (
        text.rstrip()
        + "\n"
        + """\
  封顶:
    - {未亮: 甲, 最高: 0, 止: 2022-12-31, 依据: 示例}
    - {未亮: 甲, 最高: 0, 自: 2024-01-01, 止: 2024-12-31, 依据: 示例}
    - {未亮: 甲, 最高: 0, 止: 2021-12-31, 依据: 示例}
  名额:
    - {档: 二星, 至多: 1, 止: 2022-12-31, 依据: 示例}
    - {档: 一星, 至多: 1, 自: 2024-01-01, 依据: 示例}
负面清单:
  - {编号: F1, 情形: 案, 列名: [案], 触发: {为: 是}, 后果: 提示, 止: 2021-12-31, 依据: 示例}
"""
    )
    cases = """\
方案: test
例:
  - 名称: x
    日期: 2022-06-30
    台账: |
      村名 A1 B1
      甲村 是 是
      乙村 是 是
      丙村 否 是
    期望: {甲村: {星级: 1}, 丙村: {星级: 0}}
"""
    by = scheme(text)

    result = check_cases(cases, "cases.yaml", by)

    assert [] == [problem for problem in said(result) if problem[0] != "K663"]
    assert [
        ("最高 0：封顶", True),
        ("最高 0：没有封顶", True),
        ("2024-01-01 起最高 0：封顶", False),
        ("2024-01-01 起最高 0：没有封顶", False),
        ("二星名额不够分", True),
        ("二星名额够用", False),
        ("2024-01-01 起一星名额不够分", False),
        ("2024-01-01 起一星名额够用", False),
    ] == [
        (side.what[0], side.shown) for side in result.sides if side.key in {"甲", "名额"} and "亮" not in side.what[0]
    ]
    assert [] == [side for side in result.sides if side.key == "F1"]


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("甲村: {星级: 1}", "甲村: {星级: 是}", 10),
        ("甲村: {星级: 1}", "甲村: {星级: 1.5}", 10),
        ("甲村: {星级: 1}", "甲村: {星级: }", 10),
        ("甲村: {星级: 1}", "甲村: {星级: {a: 1}}", 10),
        ("甲村: {星级: 1}", "甲村: {得分: 5}", 10),
        ("甲村: {星级: 1}", "甲村: {得分: [5, 1]}", 10),
        ("甲村: {星级: 1}", "甲村: {初评: 5}", 10),
        ("甲村: {星级: 1}", "甲村: {短板: }", 10),
        ("甲村: {星级: 1}", "甲村: {短板: 无}", 10),
        ("甲村: {星级: 1}", "甲村: {短板: [[A1]]}", 10),
        ("甲村: {星级: 1}", "甲村: {亮星: {甲: 1}}", 10),
        ("甲村: {星级: 1}", "甲村: {}", 10),
        ("甲村: {星级: 1}", "甲村: 1", 10),
        ("期望: {甲村: {星级: 1}, 乙村: {星级: 1}}", "期望: [甲村]", 10),
        ("期望: {甲村: {星级: 1}, 乙村: {星级: 1}}", "期望: 好", 10),
        ("    期望:", "    分组: 5\n    期望:", 10),
        ("    期望:", "    分组: {镇: 5}\n    期望:", 10),
        ("    期望:", "    问题: [V301]\n    期望:", 10),
        ("    期望:", "    问题: {V3O1: [C2]}\n    期望:", 10),
        ("    期望:", "    问题: {V301: {C2: 1}}\n    期望:", 10),
        ("    期望:", "    没有的列: A1\n    期望:", 10),
        ("    期望:", "    没有的列: [A11]\n    期望:", 10),
        ("    期望:", "    名册: 5\n    期望:", 10),
        ("    期望:", "    名册: {甲: 1}\n    期望:", 10),
        ("      乙村 否", "      乙村", 9),
        ("      甲村 是", "      甲村 是 是", 8),
        ("  - 名称: x", "  - 名称: [x]", 4),
        ("  - 名称: x", "  - 名称: x\n    说明: [x]", 5),
        ("底稿: {A2: 是}", "底稿: [A2]", 2),
        ("底稿: {A2: 是}", "底稿: {A2: [是]}", 2),
        ("底稿: {A2: 是}", "覆盖率: 200%", 2),
        ("底稿: {A2: 是}", "覆盖率: {a: 1}", 2),
        ("底稿: {A2: 是}", "说明: [a]", 2),
        ("底稿: {A2: 是}", "继承: [a]", 2),
    ],
)
def test_what_cannot_be_meant_is_said_at_its_line(old: str, new: str, line: int) -> None:
    """A value of another kind than its key takes is K661 where it stands; it neither crashes nor passes for right."""
    result = of_two(ONE_CASE, (old, new))

    assert ("K661", line) in [found[:2] for found in said(result)], said(result)


@pytest.mark.parametrize("text", ["方案: test\n", "方案: test\n例: [5]\n", "方案: [test]\n例: []\n"])
def test_a_file_without_a_case_that_can_be_read(text: str) -> None:
    """No case, or none that is one, is K661."""
    assert "K661" in {code for code, *_ in said(of_two(text))}


VALUES = [
    "5",
    "是",
    "2022-06-30",
    "字",
    '""',
    "[]",
    "[5]",
    "[[5]]",
    "{}",
    "{a: 5}",
    "{a: {b: 5}}",
    "{a: [5]}",
    "",
    "null",
]
FITTING = {
    "说明": {"5", "是", "2022-06-30", "字", '""'},
    "名称": {"5", "是", "2022-06-30", "字"},
    "日期": {"2022-06-30"},
    "没有的列": {"[]"},
    "底稿": {"{}"},
    "分组": {"{}"},
    "问题": {"{}"},
}


@pytest.mark.parametrize("key", ["方案", "继承", "说明", "底稿", "例", "覆盖率"])
@pytest.mark.parametrize("value", VALUES)
def test_any_value_at_the_top(key: str, value: str) -> None:
    """Whatever stands under a key of the file is what it takes, or K661 at a line."""
    lines = {"方案": "test", "底稿": "{A2: 是}", "例": "\n" + ONE_CASE.partition("例:\n")[2].rstrip()} | {key: value}

    result = of_two("".join(f"{name}: {part}\n" for name, part in lines.items()))

    refused = [line for code, line, _ in said(result) if code == "K661"]
    assert (value not in FITTING.get(key, set())) == bool(refused)
    assert all(refused)


@pytest.mark.parametrize("key", ["名称", "日期", "名册", "没有的列", "台账", "期望", "分组", "问题", "说明"])
@pytest.mark.parametrize("value", VALUES)
def test_any_value_in_a_case(key: str, value: str) -> None:
    """Whatever stands under a key of a case is what it takes, or K661 at a line and no case."""
    case = {
        "名称": "x",
        "日期": "2022-06-30",
        "台账": "|\n      村名 A1\n      甲村 是",
        "期望": "{甲村: {星级: 1}}",
    } | {key: value}

    result = of_two(
        "方案: test\n底稿: {A2: 是}\n例:\n  - " + "\n    ".join(f"{name}: {part}" for name, part in case.items()) + "\n"
    )

    refused = [line for code, line, _ in said(result) if code == "K661"]
    assert (value not in FITTING.get(key, set())) == bool(refused)
    assert all(refused)
    assert result.passed == (not refused)


def test_a_name_in_two_townships_must_say_which() -> None:
    """A unit's name that two townships have is K661; with the township before it, each is held against its own."""
    text = ONE_CASE.replace(
        "村名 A1\n      甲村 是\n      乙村 否", "乡镇 村名 A1\n      东乡 甲村 是\n      西乡 甲村 否"
    )
    text = text.replace("2022-06-30", "2023-06-30")

    either = of_two(text, (", 乙村: {星级: 1}", ""))
    each = of_two(text, ("{甲村: {星级: 1}, 乙村: {星级: 1}}", "{东乡甲村: {星级: 1}, 西乡 甲村: {星级: 1}}"))

    assert ["K661"] == [code for code, *_ in said(either) if code != "K663"]
    assert "东乡甲村、西乡甲村" in said(either)[0][2]
    assert [("K662", "星级应为1，评出来是0")] == [
        (code, words.partition("：")[2]) for code, _, words in said(each) if code != "K663"
    ]


def test_another_spelling_in_a_case_replaces_the_column_of_the_base() -> None:
    """A column that the case and the 底稿 spell differently is one column, not two that contradict each other."""
    by = scheme(scheme_text({"甲": ("全部", [criterion("A1"), criterion("A2", "为: 是", "是否", "列名: [A2, 乙二]")])}))
    text = ONE_CASE.replace("村名 A1\n      甲村 是\n      乙村 否", "村名 A1 乙二\n      甲村 是 否\n      乙村 是 是")
    text = text.replace("甲村: {星级: 1}", "甲村: {星级: 0, 短板: [A2]}").replace("乙村: {星级: 1}", "乙村: {星级: 1}")

    assert [] == [problem for problem in said(check_cases(text, "a.yaml", by)) if problem[0] != "K663"]


def test_items_not_yet_in_force_are_not_among_the_exempt() -> None:
    """An item that begins next year changes no case of this year."""
    later = scheme(
        scheme_text({"甲": ("全部", [criterion("A1"), criterion("A2"), criterion("A3", since="2027-01-01")])})
    )
    text = ONE_CASE.replace("{星级: 1}, 乙村: {星级: 1}", "{星级: 1, 不适用: []}, 乙村: {星级: 0, 不适用: []}")

    assert [] == [problem for problem in said(check_cases(text, "a.yaml", later)) if problem[0] != "K663"]


def test_an_overlay_answers_for_what_it_changes(tmp_path: Path) -> None:
    """An overlay that begins after every case of its parent is asked for its own items and their star, nothing else."""
    late = OVERLAY.replace("2022-05-01", "2026-01-01").replace("失效: 2022-12-31\n", "")
    own = """\
方案: mouxian
继承: wuxing-rural.yaml
底稿:
  义务打更队: 3
例: []
"""
    result = overlaid(tmp_path, own, late)

    assert {"K663"} == {code for code, *_ in said(result)}
    assert ["PA-02", "PA-02", "平安法治星", "平安法治星"] == [side.key for side in result.sides]
    assert result.inherits


def test_what_is_computed_from_a_changed_field_is_changed_too(tmp_path: Path) -> None:
    """A field that the overlay reads otherwise makes every item that is computed from it the overlay's."""
    scheme = OVERLAY.replace(
        "星级:\n", "字段:\n  保洁员: {列名: [保洁员], 类型: 整数, 单位: 人, 范围: {至少: 0, 至多: 9}}\n星级:\n", 1
    )

    assert "ST-01" in {side.key for side in overlaid(tmp_path, scheme=scheme).sides}
