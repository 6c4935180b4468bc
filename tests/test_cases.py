"""The officers' cases: those of the shipped schemes hold and leave nothing out, and what is wrong in one is found."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from making import CRITERIA, OWN_CRITERIA, scheme_file
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
        ("得分: [100, 100]}\n      三", "得分: [100, 99.5]}\n      三", "得分应为100、99.5，评出来是100、100"),
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
        ("  议事会: 是", "  议事汇: 是", "不是方案的列。是不是“议事会”？"),
        ("村名      服务面积", "村名      服务面职", "不是方案的列。是不是“服务面积”？"),
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
        ("服务星", "封顶"),
    ] == [(side.key, side.what[0]) for side in result.sides if not side.shown]
    assert {("K663", Severity.WARNING)} == {(found.code, found.level) for found in result.diagnostics}
    assert result.diagnostics[0].where == last


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
    assert (0, "by-score", 7, 7, 24, 25) == (
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
    """K662 of an inherited case points into the file it is written in."""
    result = overlaid(tmp_path, TAKEN_ALONG.replace("义务打更队: 3\n", "义务打更队: 2\n", 1))

    assert {"K662"} == {problem.code for problem in result.diagnostics if problem.code != "K663"}
    assert {"wuxing-rural.yaml"} == {
        Path(problem.where.file or "").name for problem in result.diagnostics if problem.code == "K662"
    }


@pytest.mark.parametrize("parent", ["wuxing-urbn.yaml", "../wuxing-rural.yaml"])
def test_cases_that_are_not_there_cannot_be_taken_along(tmp_path: Path, parent: str) -> None:
    """A file of cases is looked for beside this one and nowhere else; K661 at the name."""
    result = overlaid(tmp_path, TAKEN_ALONG.replace("继承: wuxing-rural.yaml", f"继承: {parent}"))

    assert ("K661", 2) == said(result)[0][:2]
    assert "另一个判例文件" in said(result)[0][2]


def test_what_was_replaced_before_the_scheme_began_needs_no_case() -> None:
    """A requirement of the inherited scheme that no day of the overlay asks for is no side of it."""
    xinye = CRITERIA / "wuxing-xinye-2023.yaml"
    cases = cases_beside(xinye)

    result = check_cases(cases.read_text(encoding="utf-8"), cases.name, scheme_file(xinye), folder=cases.parent)

    assert ["2023-01-01 起至少 10 万元：达标", "2023-01-01 起至少 10 万元：未达标"] == [
        side.what[0] for side in result.sides if side.key == "CY-01"
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
