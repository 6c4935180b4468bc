"""Files of schemes in a folder: copies, versions, overlays and spoilt ones, and which of them a command takes."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from making import CRITERIA, ROOT_EXAMPLES, criterion, delimited, scheme_text
from starcheck import load_scheme as public_load_scheme
from starcheck.cli import app
from starcheck.offer import version_on, versions
from starcheck.scheme import load_scheme, scheme_from_texts
from starcheck.workspace import Settings, Stop, scheme_paths, written_identity

BASE = scheme_text({"平安星": ("全部", [criterion("队伍", "至少: 5", "整数", "单位: 人")])}, identity="base")
CASES = """\
方案: base
底稿: {队伍: 9}
例:
  - {名称: 甲, 日期: 2022-06-30, 台账: "村名 队伍\\n甲村 9\\n", 期望: {甲村: {星级: 1}}}
"""
OVERLAY = """\
方案: 别县方案
编号: other
性质: 示例
继承: base.yaml
星级:
  - 星: 平安星
    指标:
      - {编号: 会, 名称: 会, 列名: [理事会], 类型: 是否, 责任: 县, 整改: 改,
         要求: [{自: 2022-01-01, 为: 是, 依据: 示例}]}
"""
OLD = "依据:\n  旧文件: {文件: 旧, 机关: 测试, 日期: 2021-01-01}\n"


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with a scheme of its own, its cases and a ledger; the current folder."""
    (tmp_path / "starcheck.toml").write_text('criteria = "criteria"\n', encoding="utf-8")
    (tmp_path / "criteria" / "cases").mkdir(parents=True)
    (tmp_path / "criteria" / "base.yaml").write_text(BASE, encoding="utf-8")
    (tmp_path / "criteria" / "cases" / "base.yaml").write_text(CASES, encoding="utf-8")
    delimited(tmp_path / "河乡2022年6月台账.csv", [["乡镇", "村名", "队伍"], ["河乡", "孟村", 7]])
    monkeypatch.chdir(tmp_path)
    return tmp_path


def put(office: Path, name: str, text: str) -> Path:
    """A file among the office's schemes."""
    path = office / "criteria" / name
    path.write_text(text, encoding="utf-8")
    return path


def call(*arguments: str) -> Result:
    """A command, in the current folder."""
    return CliRunner().invoke(app, [*arguments], env={"NO_COLOR": "1", "COLUMNS": "200"})


SCORE = ("score", "河乡2022年6月台账.csv", "--county", "示例县", "--no-store")
NAMED = (
    ("criteria", "show", "base"),
    ("criteria", "test", "base"),
    ("criteria", "diff", "base", "--dates", "2022-06-30", "2023-06-30"),
    ("criteria", "export", "base", "--out", "base.xlsx"),
    ("explain", "队伍"),
    ("template", "--scheme", "base", "--period", "2022-06", "--out", "表.xlsx"),
    ("criteria", "schema", "--ledger"),
    (*SCORE, "--scheme", "base"),
    SCORE,
)


@pytest.mark.parametrize("name", ["base_old.yaml", "旧base.yaml", "base - 副本.yaml", "base旧.yml"])
def test_a_copy_beside_its_original_is_an_error_by_whatever_name(office: Path, name: str) -> None:
    """Every command that names or chooses the scheme refuses, and names both files; so does the lint of either."""
    put(office, name, BASE.replace('版本: "1"', '版本: "旧"'))

    for arguments in (*NAMED, ("criteria", "lint"), ("criteria", "lint", f"criteria/{name}")):
        result = call(*arguments)
        said = re.sub(r"\s+", "", result.output)

        assert 2 == result.exit_code, arguments
        assert "K642" in said, arguments
        assert re.sub(r"\s+", "", name) in said, arguments
        assert "base.yaml" in said, arguments
    with pytest.raises(Stop):
        versions("base", Settings(criteria=office / "criteria"))


def test_all_files_of_one_scheme_are_named(office: Path) -> None:
    """Not the first two, after which the third would be told; a version of other days is none of them."""
    for name in ("副本.yaml", "旧.yaml"):
        put(office, name, BASE)
    put(office, "以前.yaml", BASE.replace("生效: 2022-01-01", "生效: 2021-01-01\n失效: 2021-12-31"))

    [said] = [line for line in call("criteria", "lint").output.splitlines() if "K642" in line]

    assert ["base.yaml", "副本.yaml", "旧.yaml"] == re.findall(r"(\w+\.yaml)（版本", said)


def test_versions_that_follow_each_other_are_chosen_by_the_day(office: Path) -> None:
    """The old one until its 失效, the new one from its 生效, though the old one has more of the ledger's columns."""
    more = criterion("打更队")
    old = BASE.replace("    指标:\n", f"    指标:\n      - {more}\n").replace("生效: ", "失效: 2022-12-31\n生效: ")
    put(office, "a旧.yaml", old)
    put(office, "base.yaml", BASE.replace("生效: 2022-01-01", "生效: 2023-01-01").replace('版本: "1"', '版本: "2"'))
    delimited(office / "台账.csv", [["乡镇", "村名", "队伍", "打更队"], ["河乡", "孟村", 7, "是"]])

    assert 0 == call("criteria", "lint").exit_code
    for day, version in (("2022-06-30", "1"), ("2023-06-30", "2")):
        for named in ((), ("--scheme", "base")):
            scored = call(
                "score", "台账.csv", "--county", "示例县", "--no-store", "--as-of", day, *named, "--format", "json"
            )

            assert f'"version": "{version}"' in scored.stdout, (day, named)
        shown = call("criteria", "show", "base", "--as-of", day)

        assert ("打更队" in shown.stdout) == (version == "1")
    diff = call("criteria", "diff", "base", "--dates", "2022-06-30", "2023-06-30")

    assert 0 == diff.exit_code
    assert "打更队" in diff.stdout
    for undated in (("criteria", "export", "base", "--out", "x.xlsx"), ("criteria", "diff", "base", "other")):
        assert 2 == call(*undated).exit_code


def test_the_version_on_a_day() -> None:
    """In force that day; else the last begun before, or the first; without a day the newest."""
    schemes = []
    for since, until in (("2022-01-01", "2022-12-31"), ("2024-01-01", "2024-12-31")):
        text = BASE.replace("生效: 2022-01-01", f"生效: {since}\n失效: {until}").replace("自: 2022", f"自: {since[:4]}")
        schemes.append((text, since))
    from starcheck.scheme import scheme_from_texts  # noqa: PLC0415 - only here

    made = [scheme for text, _ in schemes if (scheme := scheme_from_texts([("a.yaml", text)])[0]) is not None]
    days = (date(2021, 1, 1), date(2022, 6, 1), date(2023, 6, 1), date(2024, 6, 1), date(2025, 1, 1), None)

    assert [2022, 2022, 2022, 2024, 2024, 2024] == [version_on(reversed(made), day).since.year for day in days]


def test_the_office_s_own_file_takes_the_place_of_the_shipped_one(tmp_path: Path) -> None:
    """By its 编号, also under another name."""
    own = tmp_path / "criteria"
    own.mkdir()
    text = (CRITERIA / "pai.yaml").read_text(encoding="utf-8")
    (own / "村务指数.yaml").write_text(text, encoding="utf-8")
    told = Settings(root=tmp_path)

    assert [own / "村务指数.yaml"] == [path for path in scheme_paths(told) if written_identity(path) == "pai"]
    [one] = versions("pai", told)
    assert own / "村务指数.yaml" == one.path


@pytest.mark.parametrize(
    ("text", "identity"),
    [
        ("编号: a-1\n", "a-1"),
        ("\ufeff编号: a # 注\r\n方案: b\r\n", "a"),
        ('方案: x\n编号: "a 1"\n', "a 1"),
        ("编号: 'a'\n", "a"),
        ("编号: &x a\n", None),
        ("星级:\n  - 编号: a\n", None),
        ("继承: b.yaml\n", None),
    ],
)
def test_the_id_that_a_file_writes(tmp_path: Path, text: str, identity: str | None) -> None:
    """Only a 编号 at the top, written plainly; where it is not, only loading the file tells."""
    path = tmp_path / "a.yaml"
    path.write_bytes(text.encode())

    assert identity == written_identity(path)
    assert written_identity(tmp_path / "没有.yaml") is None


def test_a_spoilt_scheme_does_not_stop_who_names_another(office: Path) -> None:
    """Named, the sound one is used; not named, the run stops and says which file is the trouble."""
    put(office, "other.yaml", OVERLAY.replace("列名: [理事会]", "列名: [队伍]"))

    for arguments in NAMED:
        if "base" in arguments:
            assert 0 == call(*arguments).exit_code, arguments
    stopped = call(*SCORE)
    assert 2 == stopped.exit_code
    assert "other.yaml" in re.sub(r"\s+", "", stopped.output).rpartition("方案文件有错误")[2]
    assert 2 == call("criteria", "test", "other").exit_code


def test_the_lint_of_a_parent_checks_its_children(office: Path) -> None:
    """What the parent takes from a child is an error of the child, told with both files, once."""
    put(office, "other.yaml", OVERLAY)
    assert 0 == call("criteria", "lint", "criteria/base.yaml").exit_code

    put(office, "base.yaml", BASE.replace("列名: [队伍]", "列名: [队伍, 理事会]"))
    result = call("criteria", "lint", "criteria/base.yaml")
    said = re.sub(r"\s+", "", result.output)

    assert 2 == result.exit_code
    assert 1 == said.count("K619")
    assert "criteria/other.yaml继承criteria/base.yaml，一并检查" in said
    assert "同时属于“队伍（" in said
    assert "检查了2个方案文件：错误1" in said


def test_errors_of_the_parent_are_said_once(office: Path) -> None:
    """A child has its parent's errors too; they are not repeated."""
    put(office, "other.yaml", OVERLAY)
    put(office, "base.yaml", BASE.replace("类型: 整数", "类型: 整形"))

    assert 1 == call("criteria", "lint", "criteria/base.yaml").output.count("K608")


@pytest.mark.parametrize(
    ("own", "told"), [("", []), (OLD, ["other.yaml:6:3"]), (OLD.replace("旧", "新"), ["other.yaml:6:3"])]
)
def test_a_source_left_over_is_told_to_whom_it_is_of(own: str, told: list[str]) -> None:
    """A parent's source is not an overlay's to delete, though nothing in the overlay is by it any more."""
    parent = BASE.replace(", 依据: 示例}", ", 依据: 旧文件 第一条}").replace("依据:\n", OLD, 1)
    overlay = OVERLAY.replace("星级:\n", f"{own}星级:\n").replace("编号: 会, 名称: 会", "编号: 队伍, 名称: 会")

    problems = scheme_from_texts([("other.yaml", overlay), ("base.yaml", parent)])[1]

    assert told == [str(problem.where) for problem in problems if problem.code == "K654"]


# --- the examples of criteria/README.md -------------------------------------------------------------------------------


def blocks() -> list[str]:
    """The YAML of the page."""
    text = (CRITERIA / "README.md").read_text(encoding="utf-8")
    return re.findall(r"^ *```yaml\n(.*?)^ *```", text, re.MULTILINE | re.DOTALL)


def block(word: str) -> str:
    """The first that has a word in it."""
    return next(text for text in blocks() if word in text)


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the shipped schemes to change as the page says, in the current folder."""
    folder = tmp_path / "criteria"
    (folder / "cases").mkdir(parents=True)
    for path in (*CRITERIA.glob("*.yaml"), *CRITERIA.glob("cases/*.yaml")):
        (folder / path.relative_to(CRITERIA)).write_bytes(path.read_bytes())
    (tmp_path / "starcheck.toml").write_text("", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return folder


def test_the_item_that_the_page_adds_can_be_added(copy: Path) -> None:
    """As printed, behind the last item of its star: the lint is clean, and a county is rated as before."""
    path = copy / "wuxing-rural.yaml"
    text = path.read_text(encoding="utf-8")
    source = block("县委办2023: {文件")
    item = block("编号: WM-06")
    text = text.replace("依据:\n", f"依据:\n  {source.strip()}\n", 1)
    assert "\n定级:" in text
    path.write_text(text.replace("\n定级:", f"\n{item}\n定级:", 1), encoding="utf-8")

    lint = call("criteria", "lint", "criteria/wuxing-rural.yaml")
    assert 0 == lint.exit_code, lint.output
    assert "错误 0，警告 0" in lint.output
    scheme, _ = load_scheme(path)
    assert scheme is not None
    assert "WM-06" == scheme.items[-1].id
    assert 0 == call("score", str(ROOT_EXAMPLES / "qingfeng"), "--no-store").exit_code
    tested = call("criteria", "test", "wuxing-rural")
    assert {"K662", "K663"} >= set(re.findall(r"K\d{3}", tested.output)), tested.output


def test_the_public_function_takes_a_shipped_id() -> None:
    """By 编号, and refuses what is not there."""
    assert "pai" == public_load_scheme("pai").id
    with pytest.raises(ValueError, match="no scheme"):
        public_load_scheme("没有")
