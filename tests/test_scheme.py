"""Scheme files: every construct of the format, and every way in which one can be wrong, at its line and column."""

from __future__ import annotations

import copy
import hashlib
import json
import pickle
import re
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import jsonschema
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from typer.testing import CliRunner

from starcheck.catalogue.criteria import CODES
from starcheck.cli import app
from starcheck.column import Kind
from starcheck.diagnostic import Diagnostic, Location, Severity
from starcheck.expression import parse
from starcheck.scheme import (
    Bounds,
    Cap,
    Check,
    Criterion,
    DatedRule,
    DatedTiers,
    Deduction,
    Effect,
    EffectKind,
    ExemptPolicy,
    Field,
    LightRule,
    Method,
    Operator,
    Quota,
    Requirement,
    Scheme,
    Scope,
    SourceRef,
    Star,
    TieBreak,
    Tier,
    Tiering,
    Trigger,
    Veto,
    available_schemes,
    find_scheme,
    load_scheme,
    read_scheme_texts,
    render_source_line,
    scheme_from_texts,
    scheme_json_schema,
    stale,
)
from starcheck.scheme_source import Tree, parse_source

FILES = Path(__file__).parent / "schemes"
WRONG = sorted(path for path in FILES.glob("K6*.yaml"))
CORRECT = (FILES / "correct.yaml").read_text(encoding="utf-8")
CONTRACT = FILES / "contract.yaml"


def places(problems: tuple[Diagnostic, ...]) -> list[tuple[str, int | None, int | None]]:
    """Code, line and column of every problem."""
    return [(problem.code, problem.where.line, problem.where.column) for problem in problems]


def codes(problems: tuple[Diagnostic, ...]) -> list[str]:
    """The codes alone."""
    return [problem.code for problem in problems]


def scheme_of(text: str) -> Scheme:
    """A scheme that must be without errors."""
    scheme, problems = scheme_from_texts([("a.yaml", text)])
    assert scheme is not None, problems
    return scheme


def changed(*changes: tuple[str, str]) -> str:
    """The correct scheme with parts of its text replaced."""
    text = CORRECT
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return text


# --- what is wrong, and where -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", WRONG, ids=lambda path: path.stem)
def test_wrong_files(path: Path) -> None:
    """Each file states in its first line what is wrong with it: all of that is found, and nothing else."""
    stated = path.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# 期望: ").split("；")
    _, problems = load_scheme(path)

    assert stated == [f"{code} {line}:{column}" for code, line, column in places(problems)]


@pytest.mark.parametrize("path", WRONG, ids=lambda path: path.stem)
def test_errors_stop_and_warnings_do_not(path: Path) -> None:
    """There is a scheme exactly where nothing is an error."""
    scheme, problems = load_scheme(path)

    assert (scheme is None) == any(problem.level is Severity.ERROR for problem in problems)


def test_every_code_fires() -> None:
    """Every code of the family is shown by a file of its own, but for those that are about no text."""
    shown = {path.stem[:4] for path in WRONG}

    about_cases = {"K661", "K662", "K663", "K667"}  # tests/test_cases.py
    about_days_and_ledgers = {"K660", "K664"}  # below
    about_workbooks = {"K665", "K666"}  # tests/test_scheme_workbook.py
    about_folders = {"K642"}  # tests/test_scheme_files.py
    elsewhere = about_cases | about_days_and_ledgers | about_workbooks | about_folders

    assert {code.code for code in CODES} - shown == {"K601", "K635", "K636"} | elsewhere


@pytest.mark.parametrize("path", WRONG, ids=lambda path: path.stem)
def test_messages_are_complete(path: Path) -> None:
    """Every message and hint has its slots filled, in both languages."""
    _, problems = load_scheme(path)
    texts = [text for item in problems for text in (item.message("zh"), item.message("en"), item.hint("zh"))]

    assert not [text for text in texts if "{}" in text or not text.strip() or "None" in text]


def test_the_nearest_name_is_suggested() -> None:
    """A slip of one character is answered by the name that was meant."""
    [problem] = scheme_from_texts([("a.yaml", changed(("机关: 某县", "机构: 某县")))])[1]

    assert problem.message("zh") == "这里不能有“机构”。是不是“机关”？"
    assert problem.message("en") == "There is no key 机构 here. Did you mean 机关?"


def test_english_attribute_names_are_not_keys() -> None:
    """The names of the code do not work in files; their Chinese key is suggested."""
    [problem] = scheme_from_texts([("a.yaml", changed(("分值: 40", "分值: 40, owner: 乙局")))])[1]

    assert ("K604", "owner") == (problem.code, problem.found)
    assert "责任" in problem.message("zh")


def test_few_names_are_all_listed() -> None:
    """Where nothing is near, the names there are are listed."""
    [problem] = scheme_from_texts([("a.yaml", changed(("熄灭: 乙星", "熄灭: 丁")))])[1]

    assert "甲星、乙星" in problem.message("zh")


def test_missing_file(tmp_path: Path) -> None:
    """A file that is not there is an error that names it."""
    scheme, problems = load_scheme(tmp_path / "没有.yaml")

    assert scheme is None
    assert [("K601", "没有.yaml")] == [(problem.code, problem.found) for problem in problems]


def test_folder_for_a_file(tmp_path: Path) -> None:
    """A folder is not a scheme."""
    assert ["K601"] == codes(load_scheme(tmp_path)[1])


def test_unreadable_file(tmp_path: Path) -> None:
    """Whatever else the system refuses is passed on in its words."""
    assert ["K601"] == codes(load_scheme(tmp_path / ("长" * 300))[1])


def test_gbk_file(tmp_path: Path) -> None:
    """Text that is not UTF-8 is refused, not guessed at."""
    path = tmp_path / "a.yaml"
    path.write_bytes(CORRECT.encode("gbk"))

    assert ["K601"] == codes(load_scheme(path)[1])


def test_shown_name(tmp_path: Path) -> None:
    """Diagnostics know the file by the name the caller gives it."""
    path = tmp_path / "a.yaml"
    path.write_text(changed(("性质: 测试用\n", "")), encoding="utf-8")
    [problem] = load_scheme(path, shown="criteria/a.yaml")[1]

    assert str(problem.where) == "criteria/a.yaml:1:1"


def test_byte_order_mark_and_windows_line_ends(tmp_path: Path) -> None:
    """A file saved by Windows Notepad reads the same, at the same places."""
    path = tmp_path / "a.yaml"
    path.write_bytes(("\ufeff" + changed(("编号: A-02", "编号: A-01"))).replace("\n", "\r\n").encode())

    assert [("K618", 26, 14)] == places(load_scheme(path)[1])


def test_problems_survive_each_other() -> None:
    """A wrong operand, an unknown key, a dangling name and a missing key are reported in one go."""
    text = changed(
        ("至少: 5, ", "至少: 五, "), ("整改: 补齐", "整盖: 补齐"), ("未亮: 甲星", "未亮: 丙星"), ("性质: 测试用\n", "")
    )

    assert ["K605", "K612", "K604", "K626"] == codes(scheme_from_texts([("a.yaml", text)])[1])


def test_what_was_cut_is_not_missed() -> None:
    """A criterion with an error in it still exists for the formulas that name it."""
    text = changed(("列名: [人数], 类型: 整数", "列名: [人数], 类型: 整形"))

    assert ["K608"] == codes(scheme_from_texts([("a.yaml", text)])[1])


@settings(deadline=None)
@given(st.data())
def test_any_text_gets_an_answer(data: st.DataObject) -> None:
    """Whatever a slip of the hand makes of a scheme, there is a scheme or an error, and never an exception."""
    lines = CORRECT.splitlines()
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(lines) - 1))
        line = lines[place]
        at = data.draw(st.integers(0, len(line)))
        width = data.draw(st.integers(0, 8))
        lines[place] = line[:at] + data.draw(st.sampled_from(SLIPS)) + line[at + width :]
    scheme, problems = scheme_from_texts([("a.yaml", "\n".join(lines))])

    assert (scheme is None) == any(problem.level is Severity.ERROR for problem in problems)
    assert all(problem.message("zh") and problem.message("en") for problem in problems)


SLIPS = (
    "",
    "",
    "x",
    "5",
    "是",
    ": ",
    "[",
    "]",
    "{",
    "}",
    ", ",
    "- ",
    '"',
    "1.5",
    "2022-13-01",
    "null",
    "  ",
    "#",
    "甲星",
)


# --- what is right ----------------------------------------------------------------------------------------------------


def test_contract_scheme() -> None:
    """The sample that uses every construct once is without any finding."""
    scheme, problems = load_scheme(CONTRACT)
    assert scheme is not None

    assert () == problems
    assert ("contract-sample", "行政村", "2023.1") == (scheme.id, scheme.unit_kind, scheme.version)
    assert 13 == len(scheme.criteria)
    assert ["支部过硬星", "产业兴旺星"] == [star.name for star in scheme.stars[:2]]


def test_numbers_are_decimals_as_written() -> None:
    """Thresholds never pass through floats."""
    scheme = scheme_of(changed(("至少: 5, ", "至少: 5.10, ")))
    [requirement] = scheme.criterion("A-01").requirements

    assert "5.10" == str(requirement.operand)


def test_operands_by_kind() -> None:
    """为: 是 is a truth for 是否 and a word for 选项."""
    text = changed(
        ("选项: [编制中, 已完成]", "选项: [是, 否]"),
        ("为: 已完成", "属于: [是]"),
        ("触发: {为: 是}", "触发: {为: false}"),
    )
    scheme = scheme_of(text)

    assert scheme.criterion("A-02").requirements[0].operand is True
    assert scheme.veto("N-01").trigger.operand is False
    assert ("是",) == scheme.criterion("B-02").requirements[0].operand
    assert ("是", "否") == scheme.criterion("B-02").options


def test_operands_of_dates() -> None:
    """Date criteria are compared with dates."""
    text = changed(
        ("列名: [人数], 类型: 整数, 单位: 人", "列名: [办结], 类型: 日期"),
        ("至少: 5", "介于: [2022-01-01, 2022-12-31]"),
        ('"[A-01] <= 人口"', "收入 >= 0"),
        ("[A-01] 高者先", "收入 高者先"),
    )
    [requirement] = scheme_of(text).criterion("A-01").requirements

    assert (date(2022, 1, 1), date(2022, 12, 31)) == requirement.operand
    assert "介于 2022-01-01 至 2022-12-31" == requirement.words()


def test_percent_text_for_a_percent_field() -> None:
    """至少: 10% may be written where the unit is %."""
    text = changed(
        ("数值, 单位: 万元/人", '比例, 单位: "%"'),
        ("收入 / 人口", '"[A-01] / 人口"'),
        ("至少: 1, ", "至少: 10.5%, "),
    )

    assert Decimal("10.5") == scheme_of(text).criterion("B-01").requirements[0].operand


def test_text_that_looks_like_other_things() -> None:
    """010, on and off stay text; a key without a value is not there."""
    scheme = scheme_of(changed(("责任: 甲局", "责任: off"), ("整改: 补齐", "整改: 010"), ("性质:", "失效:\n性质:")))

    assert ("off", "010", None) == (scheme.criterion("A-01").owner, scheme.criterion("A-02").remedy, scheme.until)


def test_light_rules() -> None:
    """全部, 任一, so many, by score; 折算 inside or beside."""
    rules = {
        "全部": LightRule(all=True),
        "任一": LightRule(at_least=1),
        "{至少: 2}": LightRule(at_least=2),
        "{得分: {至少: 80.5}}": LightRule(score=Decimal("80.5")),
        "{得分: {至少: 60, 折算: 是}}": LightRule(score=Decimal(60), rescale=True),
        "{得分: {至少: 60}}\n    折算: 是": LightRule(score=Decimal(60), rescale=True),
    }
    found = {}
    for written in rules:
        text = changed(("点亮: {得分: {至少: 60}}", f"点亮: {written}"))
        found[written] = scheme_of(text).stars[1].rule

    assert rules == found


def test_tiers_by_score() -> None:
    """Bands may be written in any order; a band's number is its position from the bottom."""
    start, end = CORRECT.index("定级:"), CORRECT.index("统计:")
    tiering = (
        "定级:\n  方法: 总分\n  折算: 是\n  档次: [{至少: 0, 档: 差}, {至少: 90, 档: 优}, {至少: 60.5, 档: 良}]\n\n"
    )
    text = (CORRECT[:start] + tiering + CORRECT[end:]).replace(
        "类型: 整数, 单位: 人, 要求", "类型: 整数, 单位: 人, 分值: 5, 要求"
    )
    scheme = scheme_of(
        text.replace("[提议, 决议], 要求", "[提议, 决议], 分值: 0, 要求").replace("{熄灭: 乙星}", "{扣分: 5}")
    )

    assert (
        Tier(2, "优", Decimal(90)),
        Tier(1, "良", Decimal("60.5")),
        Tier(0, "差", Decimal(0)),
    ) == scheme.tiering.tiers
    assert (Method.SCORE, True) == (scheme.tiering.method, scheme.tiering.rescale)
    assert (EffectKind.DEDUCT, Decimal(5)) == (scheme.vetoes[0].effect.kind, scheme.vetoes[0].effect.number)


def test_quotas() -> None:
    """A share, a number, a scope, and what decides between equals."""
    scheme = scheme_of(
        changed(
            ('高者先"], 依', '高者先", 收入 / 人口 低者先], 依据: 文件一}\n    - {档: 一星, 至多: 3, 范围: 乡镇, 依')
        )
    )
    first, second = scheme.tiering.quotas

    assert (Fraction(1, 10), None, Scope.COUNTY) == (first.share, first.count, first.scope)
    assert (None, 3, Scope.TOWNSHIP) == (second.share, second.count, second.scope)
    assert [("[A-01]", True), ("收入 / 人口", False)] == [
        (str(tie_break.expression), tie_break.descending) for tie_break in first.tie_breaks
    ]


@pytest.mark.parametrize(
    ("first", "second", "clash"),
    [
        ("止: 2022-12-31", "自: 2023-01-01", False),
        ("自: 2023-01-01", "止: 2022-12-31", False),
        ("止: 2023-01-01", "自: 2023-01-01", True),
        ("自: 2022-06-01, 止: 2022-12-31", "自: 2022-01-01", True),
        ("自: 2023-01-01", "自: 2024-01-01", True),
        ("范围: 乡镇", "范围: 全县", False),
    ],
)
def test_a_quota_follows_another(first: str, second: str, clash: bool) -> None:
    """Numbers of places are appended with their dates like anything else: two may not hold on one day."""
    written = '    - {档: 二星, 至多比例: 10%, 同分: ["[A-01] 高者先"], 依据: 文件一}\n'
    quotas = f"    - {{档: 二星, 至多: 1, {first}}}\n    - {{档: 二星, 至多: 2, {second}}}\n"
    _, problems = scheme_from_texts([("a.yaml", changed((written, quotas)))])

    assert clash == ("K618" in codes(problems))


@pytest.mark.parametrize(
    ("written", "share"), [("10％", (1, 10)), ("5‰", (1, 200)), ("0.25", (1, 4)), ("2.5 %", (1, 40))]
)
def test_shares(written: str, share: tuple[int, int]) -> None:
    """A share is written with a sign, or as a plain number up to one."""
    scheme = scheme_of(changed(("至多比例: 10%", f"至多比例: {written}")))

    assert Fraction(*share) == scheme.tiering.quotas[0].share


@pytest.mark.parametrize(
    ("written", "kind", "star", "number"),
    [
        ("{熄灭: 乙星}", EffectKind.EXTINGUISH, "乙星", None),
        ("{最高: 1}", EffectKind.CAP, None, Decimal(1)),
        ("不参评", EffectKind.EXCLUDE, None, None),
        ("{不参评: 是}", EffectKind.EXCLUDE, None, None),
        ("提示", EffectKind.FLAG, None, None),
        ("{提示: true}", EffectKind.FLAG, None, None),
    ],
)
def test_effects(written: str, kind: EffectKind, star: str | None, number: Decimal | None) -> None:
    """The consequences of a veto, as words or as mappings."""
    effect = scheme_of(changed(("{熄灭: 乙星}", written))).veto("N-01").effect

    assert (kind, star, number) == (effect.kind, effect.star, effect.number)


def test_vetoes_of_other_kinds() -> None:
    """A veto may be triggered by a number; 是否 is only the default."""
    scheme = scheme_of(changed(("触发: {为: 是}", "类型: 整数, 单位: 起, 范围: {至少: 0}, 触发: {高于: 2}")))
    veto = scheme.veto("N-01")

    assert (Kind.INTEGER, Operator.ABOVE, Decimal(2)) == (veto.kind, veto.trigger.operator, veto.trigger.operand)
    assert Bounds(at_least=Decimal(0)) == veto.bounds


def test_criteria_carry_what_planning_needs() -> None:
    """Points, deductions, exemptions and the words for planning."""
    extra = (
        "分值: 40, 扣分: {每: 1, 扣: 3, 至多: 20}, 必备: 是, 不适用于: [搬迁村], 不适用按: 平均, "
        "可改: 否, 难度: 高, 工期: 30, 每单位成本: 0.5, 说明: 注"
    )
    scheme = scheme_of(changed(("分值: 60", extra), ("{得分: {至少: 60}}", "{得分: {至少: 80}}")))
    criterion = scheme.criterion("B-01")

    assert Deduction(per=Decimal(1), points=Decimal(3), at_most=Decimal(20)) == criterion.deduction
    assert (True, ("搬迁村",), ExemptPolicy.AVERAGE) == (
        criterion.essential,
        criterion.exempt_tags,
        criterion.exempt_policy,
    )
    assert (False, "高", 30, Decimal("0.5")) == (
        criterion.changeable,
        criterion.difficulty,
        criterion.days,
        criterion.unit_cost,
    )


def test_difficulty_may_be_a_number() -> None:
    """难度 is a word or a number, as the county likes."""
    assert Decimal(3) == scheme_of(changed(("责任: 甲局", "难度: 3, 责任: 甲局"))).criterion("A-01").difficulty


def test_source_dates_as_written() -> None:
    """Documents are dated by a day, a month or a year."""
    days = [
        scheme_of(changed(("日期: 2022-04-01", f"日期: {written}"))).sources["文件一"].date
        for written in ("2022-04-01", "2022-04", "2022年", "2022")
    ]

    assert [date(2022, 4, 1), "2022-04", "2022年", "2022"] == days


def test_clauses() -> None:
    """依据 is a source's key and, after the first space, the clause."""
    requirement = scheme_of(CORRECT).criterion("A-01").requirements[0]

    assert SourceRef("文件一", "第一条") == requirement.source
    assert "文件一 第一条" == str(requirement.source)


def test_field_without_headers() -> None:
    """A field without 列名 is spelt as it is named."""
    scheme = scheme_of(changed(("人口: {列名: [人口], 类型", "人口: {类型")))

    assert ("人口",) == scheme.fields["人口"].headers


def test_full_width_percent() -> None:
    """％ is %."""
    text = changed(("数值, 单位: 万元/人", "比例, 单位: ％"), ("收入 / 人口", '"[A-01] / 人口"'))

    assert "%" == scheme_of(text).criterion("B-01").unit


def test_a_quotient_may_have_a_name() -> None:
    """A share of two amounts may be called 倍; it may not be called 万元."""
    text = changed(("收入 / 人口", "收入 / 收入"), ("单位: 万元/人", "单位: 倍"))

    assert "倍" == scheme_of(text).criterion("B-01").unit
    assert ["K622"] == codes(scheme_from_texts([("a.yaml", text.replace("单位: 倍", "单位: 万元"))])[1])


# --- what the model answers -------------------------------------------------------------------------------------------


def test_requirement_in_force() -> None:
    """The latest 自 not after the day holds, whatever the order in the file; before the first there is none."""
    scheme = scheme_of(
        changed(("{自: 2022-05-01, 至少: 5", "{自: 2023-01-01, 至少: 9, 依据: 文件一}, {自: 2022-05-01, 至少: 5"))
    )
    criterion = scheme.criterion("A-01")
    days = (date(2022, 4, 30), date(2022, 5, 1), date(2022, 12, 31), date(2023, 1, 1))
    found = [criterion.in_force(day) for day in days]

    assert [None, 5, 5, 9] == [None if requirement is None else requirement.operand for requirement in found]
    assert {} == scheme.requirements_in_force(days[0])
    assert ["A-01", "A-02", "B-01", "B-02"] == [*scheme.requirements_in_force(days[1])]


def test_words() -> None:
    """Requirements are read aloud in both languages, with their unit where it is asked for."""
    day = date(2022, 5, 1)
    five = Requirement(since=day, at_least=Decimal(5), source=SourceRef("文件一", "第四条"))
    yes = Requirement(since=day, equals=True)
    options = Requirement(since=day, one_of=("已完成", "在建"))
    between = Requirement(since=day, between=(Decimal(5), Decimal("7.5")))

    assert ["至少 5", "至少 5 万元", "至少 5%", "at least 5 万元"] == [
        five.words(),
        five.words("万元"),
        five.words("%"),
        five.words("万元", "en"),
    ]
    assert ["为 是", "is yes"] == [yes.words(), yes.words(lang="en")]
    assert ["属于 已完成、在建", "one of 已完成, 在建"] == [options.words(), options.words(lang="en")]
    assert ["介于 5 至 7.5 亩", "between 5 and 7.5 亩"] == [between.words("亩"), between.words("亩", "en")]
    assert "收入至少 5 万元，自 2022-05-01 起（文件一 第四条）" == five.sentence("收入", "万元")
    assert "收入 at least 5 万元, from 2022-05-01 (文件一 第四条)" == five.sentence("收入", "万元", "en")
    assert "收入为 是，自 2022-05-01 起" == yes.sentence("收入")


def test_parts_by_name() -> None:
    """Stars, criteria and vetoes are found by their ids."""
    scheme = scheme_of(CORRECT)

    assert "乙星" == scheme.star_of["B-01"].name
    assert "人均" == scheme.criterion("B-01").name
    assert "事故" == scheme.veto("N-01").name
    with pytest.raises(KeyError):
        scheme.criterion("没有")


def test_ledger_columns() -> None:
    """Fields, criteria that stand in the ledger, and vetoes; what is computed has no column."""
    columns = scheme_of(CORRECT).ledger_columns

    assert ["人口", "收入", "提议", "决议", "薄弱", "A-01", "B-02", "N-01"] == [*columns]
    assert ("人数", "criterion", Kind.INTEGER) == (columns["A-01"].label, columns["A-01"].role, columns["A-01"].kind)
    assert ("编制中", "已完成") == columns["B-02"].options


def test_origins() -> None:
    """Every value knows its file, line and column; what is not there is nowhere."""
    scheme = scheme_of(CORRECT)

    assert Location("a.yaml", line=25, column=58) == scheme.origin("A-01", "要求", 0)
    assert Location("a.yaml", line=12, column=30) == scheme.origin("人口", "单位")
    assert Location("a.yaml", line=37, column=7) == scheme.origin("定级", "封顶", 0)
    assert Location("a.yaml", line=19, column=5) == scheme.origin("JH-01")
    assert Location("a.yaml", line=23, column=9) == scheme.origin("甲星", "点亮")
    assert Location() == scheme.origin("没有")
    assert Location() == scheme.origin("A-01", "要求", 7)


def test_nearest_place() -> None:
    """What is not in a tree is placed at what is around it."""
    root, _ = parse_source("a: 1\nb: {c: 2}\n", "a.yaml")
    assert root is not None
    tree = Tree(root)

    assert ["a.yaml:2:4", "a.yaml:2:8", "a.yaml:1:1"] == [
        str(tree.where(*path)) for path in (("b", "d"), ("b", "c", "e"), ("f",))
    ]


def test_in_force_between_its_dates() -> None:
    """A scheme speaks for the days between 生效 and 失效, both included."""
    scheme = scheme_of(changed(("性质:", "失效: 2023-12-31\n性质:")))
    days = (date(2022, 4, 30), date(2022, 5, 1), date(2023, 12, 31), date(2024, 1, 1))
    found = [scheme.problem_at(day) for day in days]

    assert ["K636", None, None, "K636"] == [None if problem is None else problem.code for problem in found]
    assert found[3] is not None
    assert "2023-12-31" in found[3].message("zh")


def test_open_end() -> None:
    """A scheme without 失效 has no last day."""
    scheme = scheme_of(CORRECT)
    problem = scheme.problem_at(date(2000, 1, 1))

    assert scheme.problem_at(date(2999, 1, 1)) is None
    assert problem is not None
    assert "未定" in problem.message("zh")


def test_hash_is_that_of_the_file(tmp_path: Path) -> None:
    """The hash can be checked by sha256sum."""
    path = tmp_path / "a.yaml"
    path.write_text(CORRECT, encoding="utf-8")
    scheme, _ = load_scheme(path)
    assert scheme is not None

    assert hashlib.sha256(path.read_bytes()).hexdigest() == scheme.sha256
    assert (("a.yaml", CORRECT),) == scheme.texts


def test_models_made_in_code() -> None:
    """Parts are made by their English names too, frozen, and without places."""
    requirement = Requirement(since=date(2022, 5, 1), at_least=Decimal(1))
    criterion = Criterion(id="A", name="甲", headers=("甲",), kind=Kind.INTEGER, requirements=(requirement,))
    rule = LightRule(all=True)
    tiering = Tiering(
        method=Method.STARS,
        ladders=(DatedTiers((Tier(1, "一星"), Tier(0, "无"))),),
        caps=(Cap(star="甲星", tier=0),),
    )
    scheme = Scheme(
        title="甲",
        id="a",
        unit_kind="行政村",
        version="1",
        nature="测试",
        since=date(2022, 5, 1),
        fields={"乙": Field(name="乙", kind=Kind.TEXT)},
        stars=(Star(name="甲星", rules=(DatedRule(rule),), criteria=(criterion,)),),
        tiering=tiering,
    )

    assert ("乙",) == scheme.fields["乙"].headers
    assert Location() == scheme.origin("A")
    assert criterion.expression is None
    assert Kind.YESNO is Criterion(id="B", name="乙", dates=("一", "二"), requirements=(requirement,)).kind  # type: ignore[call-arg]
    with pytest.raises(ValidationError):
        criterion.name = "乙"


def test_typed_values_in_code() -> None:
    """In code whole numbers, severities, rules and effects are given as what they are."""
    yes = Trigger(equals=True)
    effect = Effect(EffectKind.CAP, number=Decimal(1))
    tie_break = TieBreak(parse("甲"), descending=True, text="甲 高者先")

    assert Decimal(5) == Requirement(since=date(2022, 5, 1), at_least=5).operand
    assert Decimal(0) == Bounds(at_least=0).at_least  # type: ignore[arg-type]
    assert Severity.NOTE is Check(id="J", formula="甲 > 乙", severity=Severity.NOTE).severity
    assert "甲 > 乙" == str(Check(id="J", formula="甲>乙").expression)
    assert effect == Veto(id="N", name="甲", headers=("甲",), trigger=yes, effect=effect).effect
    assert (tie_break,) == Quota(tier_name="甲", count=1, tie_breaks=(tie_break,)).tie_breaks


def test_models_in_code_are_checked_too() -> None:
    """What a part can see for itself holds for parts made in code."""
    with pytest.raises(ValidationError, match="K610"):
        Requirement(since=date(2022, 5, 1))
    with pytest.raises(ValidationError, match="K606"):
        Requirement(since=date(2022, 5, 1), at_least=object())


def test_schemes_cross_processes() -> None:
    """A scheme survives pickling, with its texts and places."""
    scheme = scheme_of(CORRECT)
    again = pickle.loads(pickle.dumps(scheme))  # noqa: S301 - our own

    assert (scheme, scheme.sha256, scheme.origin("A-01")) == (again, again.sha256, again.origin("A-01"))
    assert scheme.criterion("B-01").expression == again.criterion("B-01").expression


# --- overlays ---------------------------------------------------------------------------------------------------------

OVERLAY = """\
方案: 某县方案
继承: correct.yaml
编号: test-county
版本: "1.1"

依据:
  县文件: {文件: 丙}

字段:
  户数: {列名: [户数], 类型: 整数, 单位: 户}
  薄弱: {停用: 是}

统计: []

校核:
  - {编号: JH-01, 公式: 户数 <= 人口 * 1, 级别: 警告}

星级:
  - 星: 甲星
    牵头: 组织部
    指标:
      - 编号: A-01
        名称: 人数
        列名: [人数]
        类型: 整数
        单位: 人
        要求: [{自: 2022-05-01, 至少: 8, 依据: 县文件}]
        责任: 甲局
        整改: 增配
      - {编号: A-02, 停用: 是}
      - 编号: A-03
        名称: 新增
        列名: [新增]
        类型: 是否
        要求: [{自: 2022-05-01, 为: 是, 依据: 县文件}]
        责任: 甲局
        整改: 补
  - 星: 丙星
    点亮: 全部
    指标:
      - 编号: C-01
        名称: 户
        列名: [户]
        类型: 是否
        要求: [{自: 2022-05-01, 为: 是, 依据: 县文件}]
        责任: 丙局
        整改: 补

定级:
  方法: 亮星数
  档次: {3: 三星, 2: 二星, 1: 一星, 0: 未评星}

负面清单:
  - {编号: N-01, 停用: 是}
"""


@pytest.fixture
def county(tmp_path: Path) -> Path:
    """A county's overlay beside its province's scheme."""
    (tmp_path / "correct.yaml").write_text(CORRECT, encoding="utf-8")
    path = tmp_path / "county.yaml"
    path.write_text(OVERLAY.replace("户数 <= 人口 * 1", "户数 >= 0"), encoding="utf-8")
    return path


def test_overlay(county: Path) -> None:
    """What an overlay names replaces, what it adds is added, 停用 takes out, the rest stays."""
    scheme, problems = load_scheme(county)
    assert scheme is not None

    assert () == problems
    assert ("某县方案", "test-county", "1.1", "测试用") == (scheme.title, scheme.id, scheme.version, scheme.nature)
    assert ["甲星", "乙星", "丙星"] == [star.name for star in scheme.stars]
    assert ["A-01", "A-03", "B-01", "B-02", "C-01"] == [criterion.id for criterion in scheme.criteria]
    assert Decimal(8) == scheme.criterion("A-01").requirements[0].operand
    assert ("组织部", LightRule(all=True)) == (scheme.stars[0].lead, scheme.stars[0].rule)
    assert ["人口", "收入", "提议", "决议", "户数"] == [*scheme.fields]
    assert ["文件一", "县文件"] == [*scheme.sources]
    assert () == scheme.tiering.caps
    assert () == scheme.vetoes
    assert [("JH-01", Severity.WARNING)] == [(check.id, check.severity) for check in scheme.checks]
    assert scheme.parent is None


def test_overlay_remembers_files(county: Path) -> None:
    """Each value knows which of the files it is from."""
    scheme, _ = load_scheme(county)
    assert scheme is not None

    assert ("county.yaml", "correct.yaml") == (scheme.origin("A-01").file, scheme.origin("B-01").file)
    assert ("county.yaml", "correct.yaml") == (scheme.origin("版本").file, scheme.origin("性质").file)


def test_overlay_from_stored_texts(county: Path) -> None:
    """The texts a scheme hands out make the same scheme again, without any file."""
    scheme, _ = load_scheme(county)
    assert scheme is not None
    again, problems = scheme_from_texts(scheme.texts)
    assert again is not None

    assert ["county.yaml", "correct.yaml"] == [name for name, _ in scheme.texts]
    assert (scheme, scheme.sha256, ()) == (again, again.sha256, problems)


def test_overlay_hash_depends_on_both(county: Path) -> None:
    """A change in the parent is a change of the scheme."""
    before, _ = load_scheme(county)
    parent = county.parent / "correct.yaml"
    parent.write_text(CORRECT + "\n# 注\n", encoding="utf-8")
    after, _ = load_scheme(county)
    assert before is not None
    assert after is not None

    assert before.sha256 != after.sha256


def test_errors_in_the_parent_name_the_parent(county: Path) -> None:
    """A problem is reported in the file that it is in."""
    parent = county.parent / "correct.yaml"
    parent.write_text(changed(("整改: 增收", "整盖: 增收")), encoding="utf-8")
    [problem] = load_scheme(county)[1]

    assert ("K604", "correct.yaml", 30) == (problem.code, problem.where.file, problem.where.line)


def test_an_overlay_names_things_once(county: Path) -> None:
    """A 编号 that an overlay lists twice is as wrong as in any scheme."""
    text = county.read_text(encoding="utf-8").replace("编号: A-03", "编号: A-01")
    county.write_text(text, encoding="utf-8")

    assert ["K618"] == codes(load_scheme(county)[1])


def test_three_generations(county: Path) -> None:
    """An overlay may lie over an overlay."""
    folder = county.parent / "乡"
    folder.mkdir()
    path = folder / "town.yaml"
    path.write_text("继承: ../county.yaml\n编号: test-town\n", encoding="utf-8")
    scheme, problems = load_scheme(path, shown="criteria/乡/town.yaml")
    assert scheme is not None

    assert () == problems
    assert ("test-town", "1.1", "测试用") == (scheme.id, scheme.version, scheme.nature)
    assert ["criteria/乡/town.yaml", "criteria/乡/../county.yaml", "criteria/乡/../correct.yaml"] == [
        name for name, _ in scheme.texts
    ]


def test_an_overlay_may_leave_the_criteria_alone(county: Path) -> None:
    """A star may get another lead without a word on its criteria."""
    county.write_text("继承: correct.yaml\n星级: [{星: 乙星, 牵头: 丙局}]\n", encoding="utf-8")
    scheme, problems = load_scheme(county)
    assert scheme is not None

    assert () == problems
    assert ("丙局", 2) == (scheme.stars[1].lead, len(scheme.stars[1].criteria))


def test_circular_inheritance(tmp_path: Path) -> None:
    """Two schemes that inherit from each other are refused where the circle closes."""
    (tmp_path / "a.yaml").write_text("编号: a\n继承: b.yaml\n", encoding="utf-8")
    (tmp_path / "b.yaml").write_text("编号: b\n继承: a.yaml\n", encoding="utf-8")
    [problem] = load_scheme(tmp_path / "a.yaml")[1]

    assert ("K632", "b.yaml:2:5") == (problem.code, str(problem.where))


def test_parent_that_is_no_yaml(tmp_path: Path) -> None:
    """A parent that cannot be parsed is reported by itself."""
    (tmp_path / "a.yaml").write_text("编号: a\n继承: b.yaml\n", encoding="utf-8")
    (tmp_path / "b.yaml").write_text("编号: [\n", encoding="utf-8")
    [problem] = load_scheme(tmp_path / "a.yaml")[1]

    assert ("K602", "b.yaml") == (problem.code, problem.where.file)


def test_texts_without_the_parent() -> None:
    """Stored texts that lack the parent are refused."""
    assert [("K632", 1, 5)] == places(scheme_from_texts([("a.yaml", "继承: b.yaml\n")])[1])


@pytest.mark.parametrize("parent", ["/etc/b.yaml", "C:\\b.yaml", "file:///b.yaml", "\\\\server\\b.yaml"])
def test_parents_are_relative(tmp_path: Path, parent: str) -> None:
    """Only files beside the scheme are read."""
    path = tmp_path / "a.yaml"
    path.write_text(f"编号: a\n继承: {parent}\n", encoding="utf-8")

    assert [("K632", 2, 5)] == places(load_scheme(path)[1])


def test_disabled_parts_of_a_single_file() -> None:
    """停用 takes a part out of the file it stands in, too."""
    scheme = scheme_of(changed(("编号: N-01", "停用: 是, 编号: N-01"), ("编号: A-02", "停用: true, 编号: A-02")))

    assert ((), ["A-01", "B-01", "B-02"]) == (scheme.vetoes, [criterion.id for criterion in scheme.criteria])


# --- finding and showing ----------------------------------------------------------------------------------------------


def test_available_schemes(county: Path) -> None:
    """Schemes of a folder are listed by name; overlays say what their parents say; other files are not listed."""
    (county.parent / "notes.yaml").write_text("标题: 别的\n", encoding="utf-8")
    (county.parent / "broken.yaml").write_text("编号: [\n", encoding="utf-8")
    (county.parent / "readme.txt").write_text("编号: x\n", encoding="utf-8")
    found = available_schemes([county.parent, county.parent / "没有"])

    assert [("correct.yaml", "test", "1"), ("county.yaml", "test-county", "1.1")] == [
        (scheme.path.name, scheme.id, scheme.version) for scheme in found
    ]
    assert (date(2022, 5, 1), None, "行政村") == (found[1].since, found[1].until, found[1].unit_kind)


def test_find_by_id_and_path(county: Path) -> None:
    """A scheme is named by its 编号 or by its path."""
    folder = county.parent

    assert (county, ()) == find_scheme("test-county", [folder])
    assert (county, ()) == find_scheme(str(county), [])


def test_find_nothing(county: Path) -> None:
    """An id that is not there is answered by the one that is near."""
    path, [problem] = find_scheme("test-country", [county.parent])

    assert (None, "K635") == (path, problem.code)
    assert "test-county" in problem.message("zh")


def test_find_the_version_in_force(tmp_path: Path) -> None:
    """Of two versions of a scheme the one in force that day is meant; without a day both are listed."""
    old, new = tmp_path / "2022.yaml", tmp_path / "2024.yaml"
    old.write_text(changed(("性质:", "失效: 2023-12-31\n性质:")), encoding="utf-8")
    new.write_text(CORRECT.replace("2022-05-01", "2024-01-01"), encoding="utf-8")

    assert (old, ()) == find_scheme("test", [tmp_path], date(2023, 6, 30))
    assert (new, ()) == find_scheme("test", [tmp_path], date(2024, 6, 30))
    path, [problem] = find_scheme("test", [tmp_path])
    assert (None, "K635") == (path, problem.code)
    assert "2022.yaml" in problem.message("zh")
    assert "2024.yaml" in problem.message("zh")


def test_source_line() -> None:
    """The caret stands under the character, though Chinese ones are two columns wide."""
    text = '方案: 测试\n版本: 2024.10 # "x"\n'

    assert '2 | 版本: 2024.10 # "x"\n  |       ^' == render_source_line(text, Location("a.yaml", line=2, column=5))
    assert "1 | 方案: 测试" == render_source_line(text, Location("a.yaml", line=1))
    assert render_source_line(text, Location("a.yaml", line=9)) is None
    assert render_source_line(text, Location("a.yaml")) is None


def test_texts_for_showing(county: Path) -> None:
    """The texts can be had even if the scheme is wrong, to show the lines."""
    county.write_text("继承: correct.yaml\n适勇: x\n", encoding="utf-8")
    texts, problems = read_scheme_texts(county)

    assert (["county.yaml", "correct.yaml"], ()) == ([name for name, _ in texts], problems)


def as_editors_read(text: str) -> object:
    """YAML 1.2 as editors read it before they apply a JSON Schema: dates are text, keys are strings."""
    return json.loads(json.dumps(yaml.safe_load(text), default=str))


def test_json_schema_accepts_schemes() -> None:
    """The schema for editors accepts what the loader accepts."""
    validator = jsonschema.Draft202012Validator(scheme_json_schema())
    texts = [CORRECT, CONTRACT.read_text(encoding="utf-8"), OVERLAY]

    assert [] == [error.message for text in texts for error in validator.iter_errors(as_editors_read(text))]


@pytest.mark.parametrize(
    "change",
    [
        ("机关:", "机构:"),
        ("性质: 测试用\n", ""),
        ("类型: 是否", "类型: 布尔"),
        ("{得分: {至少: 60}}", "{得分: {至小: 60}}"),
        ("至少: 5, ", "至少: 5, 至多: 6, "),
        ("自: 2022-05-01, 至少: 5", "至少: 5"),
        ("{熄灭: 乙星}", "{熄火: 乙星}"),
        ("0: 未评星", "零: 未评星"),
        ("级别: 错误", "级别: 严重"),
        ("列名: [人口]", "列名: 人口"),
    ],
)
def test_json_schema_refuses(change: tuple[str, str]) -> None:
    """The schema for editors refuses what it can see to be wrong."""
    validator = jsonschema.Draft202012Validator(scheme_json_schema())

    assert not validator.is_valid(as_editors_read(changed(change)))


def test_json_schema_has_no_inner_keys() -> None:
    """The key by which the loader hands a field its name is no key of the file."""
    assert "字段名" not in json.dumps(scheme_json_schema(), ensure_ascii=False)


def test_json_schema_is_made_anew() -> None:
    """Changing one copy of the schema does not change the next."""
    first = scheme_json_schema()
    second = copy.deepcopy(first)
    first["$defs"].clear()

    assert second == scheme_json_schema()


# --- the catalogue ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", CODES, ids=lambda code: code.code)
def test_catalogue_entries_are_complete(code: object) -> None:
    """Every text of every code is there in both languages, and both use the same slots."""
    texts = [getattr(code, name) for name in ("title", "message", "why", "mend", "bad", "good")]

    assert all(text.strip() for pair in texts for text in pair)
    assert all({*re.findall(r"{\w+}", zh)} == {*re.findall(r"{\w+}", en)} for zh, en in texts[:4])


# --- what only the day and the ledgers can tell -----------------------------------------------------------------------


def test_a_scheme_past_its_end_is_stale() -> None:
    """K660: the day after 失效 the lint says so, at the place of 失效; on the last day it does not."""
    scheme = scheme_of(changed(("生效: 2022-05-01", "生效: 2022-05-01\n失效: 2022-12-31")))

    assert [] == list(stale(scheme, date(2022, 12, 31)))
    [problem] = stale(scheme, date(2023, 1, 1))
    assert ("K660", "a.yaml:7:5") == (problem.code, str(problem.where))


def test_columns_that_no_ledger_has(tmp_path: Path) -> None:
    """K664: with --on the lint lists every column that something needs and no ledger has, and what needs it."""
    (tmp_path / "a.yaml").write_text(CORRECT, encoding="utf-8")
    (tmp_path / "台账.csv").write_text("乡镇,村名,人数,收入,提议日期\n河乡,张村,5,3,2022-05-01\n", encoding="utf-8")

    result = CliRunner().invoke(
        app, ["criteria", "lint", str(tmp_path / "a.yaml"), "--on", str(tmp_path / "台账.csv"), "--fail-on", "warning"]
    )

    assert 1 == result.exit_code
    lines = [line for line in result.stdout.splitlines() if "K664" in line]
    assert ["人口", "决议", "薄弱"] == [line.partition("“")[2].partition("”")[0] for line in lines][:3]
    assert "B-01" in lines[0]


def test_a_column_that_nothing_uses_and_no_ledger_has_is_a_note(tmp_path: Path) -> None:
    """K664 also of a 字段 that no item, relation or group needs: said as such, and no warning."""
    text = CORRECT.replace("字段:\n", "字段:\n  没用的: {类型: 整数, 单位: 人}\n", 1)
    (tmp_path / "a.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "台账.csv").write_text("乡镇,村名,人数,收入\n河乡,张村,5,3\n", encoding="utf-8")

    arguments = ["criteria", "lint", str(tmp_path / "a.yaml"), "--on", str(tmp_path / "台账.csv")]
    said = CliRunner().invoke(app, arguments).stdout

    [line] = [line for line in said.splitlines() if "没用的" in line and "K664" in line]
    assert "提示 K664 “没用的”（没有一项用到）" in line
    assert "警告 K664 “人口”" in said
