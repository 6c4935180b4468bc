"""The chart of a standard: what is in force, what comes later, one office's items, one item through the years."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest
from typer.testing import CliRunner

from making import CRITERIA, OWN_CRITERIA, criterion, scheme, scheme_file, scheme_text
from starcheck.cli import app
from starcheck.diagnostic import Lang
from starcheck.report.explain import explain_part
from starcheck.report.printed import printed_page
from starcheck.report.sections import Section
from starcheck.report.standard import scheme_page
from starcheck.scheme import load_scheme

STARS = OWN_CRITERIA / "by-stars.yaml"


def rows(page: list[Section], title: str) -> list[dict[str, str]]:
    """The table of the section whose title begins so, each row by its headers."""
    [section] = [section for section in page if section.title.startswith(title)]
    assert section.table is not None
    return [dict(zip(section.table.headers, map(str, row), strict=True)) for row in section.table.rows]


def test_what_is_in_force_and_what_comes(tmp_path: Path) -> None:
    """On a day each item shows the requirement of that day, and behind it those that begin later, in their order."""
    page = list(scheme_page(scheme_file(STARS), date(2022, 6, 30), "zh"))

    [income] = [row for row in rows(page, "产业星") if row["编号"] == "CY-1"]
    later = "2023-01-01起 至少10万元（测试）；2025-01-01起 介于12.5至1000万元（测试）"
    assert ("至少5万元", later) == (income["要求"], income["以后"])
    assert tmp_path.is_dir()


def test_columns_that_say_nothing_are_left_out() -> None:
    """A star without points has no column of points, one with points has."""
    page = list(scheme_page(scheme_file(STARS), date(2026, 1, 1), "zh"))

    assert "分值" not in rows(page, "支部星")[0]
    assert "40；每差5人扣10分，至多扣30分" == rows(page, "平安星")[0]["分值"]
    assert "以后" not in rows(page, "产业星")[0]


def text_of(page: Iterable[Section]) -> str:
    """All that a page says, but for its headers."""
    said = []
    for section in page:
        cells = [" ".join(map(str, row)) for row in section.table.rows] if section.table else []
        said.append(
            "\n".join([section.title, *(f"{label} {text}" for label, text in section.facts), *cells, *section.lines])
        )
    return "\n".join(said)


def test_a_rule_is_shown_as_on_the_day() -> None:
    """The heading of a star has the rule in force and, with its day, the one to come; what is past is left out."""
    by = scheme_file(OWN_CRITERIA / "graded.yaml")
    early, late = (
        next(section.title for section in scheme_page(by, day, "zh") if section.title.startswith("基础分"))
        for day in (date(2022, 6, 30), date(2023, 8, 1))
    )

    assert "基础分  得分至少30才点亮；2023-01-01起得分至少40才点亮  牵头 甲局" == early
    assert "基础分  得分至少40才点亮  牵头 甲局" == late


def test_each_rule_has_its_clause() -> None:
    """Under a star stand its rules with their days and clauses, the one in force and those to come."""
    page = text_of(scheme_page(scheme_file(OWN_CRITERIA / "graded.yaml"), date(2022, 6, 30), "zh"))

    assert "点亮：2022-01-01起 得分至少30才点亮（测试 第一条）；2023-01-01起 得分至少40才点亮（测试 第二条）" in page


@pytest.mark.parametrize(
    ("day", "said", "unsaid"),
    [
        (date(2022, 6, 30), ["2023-01-01至2023-12-31 加分未亮", "2024-01-01起 名额", "2023-07-01起"], []),
        (date(2024, 1, 1), ["2024-01-01起 名额", "2023-07-01起"], ["加分未亮"]),
    ],
)
def test_caps_quotas_and_vetoes_with_their_days(day: date, said: list[str], unsaid: list[str]) -> None:
    """Those to come are on the chart with their days, those that have ended are not."""
    page = text_of(scheme_page(scheme_file(OWN_CRITERIA / "graded.yaml"), day, "zh"))

    assert all(words in page for words in said)
    assert not any(words in page for words in unsaid)


def test_items_that_end() -> None:
    """The last day stands beside what comes later; what has ended is not on the chart."""
    items = [criterion("A", "为: 是", "是否", "止: 2023-12-31"), criterion("B")]
    by = scheme(scheme_text({"甲星": ("任一", items)}))
    before, after = (
        {row["编号"]: row for row in rows(list(scheme_page(by, day, "zh")), "甲星")}
        for day in (date(2023, 12, 31), date(2024, 1, 1))
    )

    assert "至2023-12-31止" == before["A"]["以后"]
    assert ["B"] == list(after)


def test_what_decides_beside_the_requirement() -> None:
    """必备, only 加分, whom an item is for and whom not are on the chart, also of tasks and of items to come."""
    tasks = (
        "{编号: D, 名称: 丁, 要求: [{自: 2022-01-01, 至少: 1, 依据: 示例}], 责任: 县, 整改: 改, 任务: ["
        + criterion("D-1", "为: 是", "是否", "必备: 是")
        + ", "
        + criterion("D-2")
        + "]}"
    )
    text = scheme_text(
        {
            "甲星": (
                "{至少: 2}",
                [
                    criterion("A", "为: 是", "是否", "必备: 是"),
                    criterion("B", "为: 是", "是否", "不适用于: [城郊村]", "不适用按: 达标"),
                    criterion("C", "至少: 1", "整数", "适用于: {组织类型: [农村]}", since="2030-01-01"),
                    tasks,
                ],
            )
        },
        fields=["组织类型: {列名: [组织类型], 类型: 选项, 选项: [农村, 社区]}"],
    )
    shown = {row["编号"]: row for row in rows(list(scheme_page(scheme(text), date(2023, 1, 1), "zh")), "甲星")}

    assert {
        "A": "必备",
        "B": "不适用于城郊村（按达标）",
        "C": "只用于组织类型为 农村 的",
        "D": "",
        "D-1": "必备",
        "D-2": "",
    } == {key: row["条件和范围"] for key, row in shown.items()}
    assert ("尚未生效", "2030-01-01起 至少1（示例）") == (shown["C"]["要求"], shown["C"]["以后"])


def test_a_bonus_and_what_sets_a_veto_off() -> None:
    """That an item only adds is said, and by which value a veto is triggered, with its clause."""
    graded = list(scheme_page(scheme_file(OWN_CRITERIA / "graded.yaml"), date(2024, 1, 1), "zh"))
    asked = "类型: 比例, 单位: '%', 触发: {低于: 60}, 后果: 不参评, 依据: 示例 第九条"
    veto = "{编号: F, 情形: 满意度低, 列名: [满意度], " + asked + "}"
    text = scheme_text({"甲星": ("全部", [criterion("A")])}, vetoes=[veto])

    assert "只加分，没有不算短板" == rows(graded, "加分")[0]["条件和范围"]
    assert "每超10个百分点加1分，至多加3分" in rows(graded, "加分")[2]["分值"]
    assert {"触发": "低于60%", "后果": "不参评", "依据": "示例 第九条"}.items() <= rows(
        list(scheme_page(scheme(text), date(2023, 1, 1), "zh")), "负面清单"
    )[0].items()


def test_points_that_are_scaled_up_are_said_to_be() -> None:
    """折算 changes who lights a star, so the heading says it."""
    rule = "{得分: {至少: 8, 折算: 是}}"
    text = scheme_text({"甲星": (rule, [criterion("A", "为: 是", "是否", "分值: 10")])})

    assert "得分至少8才点亮（不计的项按比例折算）" in text_of(scheme_page(scheme(text), date(2023, 1, 1), "zh"))


def test_one_offices_items() -> None:
    """--owner keeps the items an office answers for, and those of its star that name nobody."""
    text = scheme_text(
        {
            "甲星": ("全部", [criterion("A").replace("责任: 县", "责任: 县民政局"), criterion("B")]),
            "乙星": ("全部", [criterion("C").replace("责任: 县, ", "")]),
        }
    ).replace("星: 乙星\n    牵头: 县", "星: 乙星\n    牵头: 民政局")

    page = list(scheme_page(scheme(text), date(2023, 1, 1), "zh", owner="民政局"))

    assert ["A"] == [row["编号"] for row in rows(page, "甲星")]
    assert ["C"] == [row["编号"] for row in rows(page, "乙星")]
    assert not any("定级" in section.title for section in page)


def test_an_offices_task_stands_under_its_item() -> None:
    """A task that names nobody is its item's office's; with a task of an office comes the item that counts it."""
    tasks = (
        f"任务: [{criterion('A-1').replace('责任: 县, ', '')}, {criterion('A-2').replace('责任: 县', '责任: 团委')}]"
    )
    item = "{编号: A, 名称: 甲, 要求: [{自: 2022-01-01, 至少: 1, 依据: 示例}], 责任: 民政局, 整改: 改, " + tasks + "}"
    by = scheme(scheme_text({"甲星": ("全部", [item])}))

    keys = [
        [row["编号"] for row in rows(list(scheme_page(by, date(2023, 1, 1), "zh", owner=office)), "甲星")]
        for office in ("民政局", "团委")
    ]
    assert [["A", "A-1"], ["A", "A-2"]] == keys


@pytest.mark.parametrize(
    ("name", "key", "said"),
    [
        (
            "graded",
            "基础分",
            ["2022-01-01起 得分至少30才点亮 测试 第一条", "2023-01-01起 得分至少40才点亮 测试 第二条"],
        ),
        ("graded", "加分", ["2023-01-01至2023-12-31 加分未亮，最高 合格 测试"]),
        (
            "graded",
            "J-1",
            ["2022-01-01起 得分至少30才点亮（测试 第一条）；2023-01-01起 得分至少40才点亮（测试 第二条）"],
        ),
        ("graded", "F-1", ["2023-07-01起", "不参评", "测试文件"]),
        ("grouped", "G-1", ["分组 示范带", "2022-01-01", "至少2个", "2023-01-01", "至少3个"]),
        ("tasks", "B-1-2-2", ["所属指标 B-1-2", "2024-01-01", "测试"]),
        ("tasks", "B-1-2", ["类型 由 2 项任务组成，数达标的有几项"]),
    ],
)
def test_whatever_has_a_number_or_name_can_be_asked_for(name: str, key: str, said: list[str]) -> None:
    """--item takes items, tasks, vetoes, what is asked of groups, and stars, and says all years and their clauses."""
    file = OWN_CRITERIA / f"{name}.yaml"
    page = text_of(explain_part(scheme_file(file), key))
    result = CliRunner().invoke(app, ["criteria", "show", str(file), "--item", key])

    assert all(words in page for words in said), page
    assert 0 == result.exit_code


@pytest.mark.parametrize("path", sorted(CRITERIA.glob("*.yaml")), ids=lambda path: path.stem)
def test_the_english_chart_has_no_chinese_of_ours(path: Path) -> None:
    """On a chart in English every Chinese character is from the scheme, its formulas and units among them."""
    own = "".join(text for _, text in scheme_file(path).texts) + "否"  # what to write into a ledger
    page = text_of(scheme_page(scheme_file(path), date(2026, 1, 1), "en"))

    assert [] == [word for word in re.findall("[\u4e00-\u9fff（）；：，]+", page) if word not in own]


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - theirs
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def test_a_page_to_print_is_whole_and_harmless() -> None:
    """The page needs nothing from elsewhere, and no text of a scheme becomes markup."""
    nasty = Section("甲<script>alert(1)</script>", facts=(("<b>", "&amp;"),), lines=("<img src=x>",))
    parser = _Tags()
    parser.feed(page := printed_page([nasty], "标题", "zh"))

    assert "script" not in parser.tags
    assert {"img", "link", "b"}.isdisjoint(parser.tags)
    assert "甲<script>alert(1)</script>" in parser.text
    assert "http" not in page


MONTHLY = """\
月度:
  排名:
    - {名称: 总排名, 按: 占比, 达到: 一星, 加权: 人口, 缺报: 按最低, 依据: 示例 一}
    - {名称: 村排名, 对象: 单位, 按: 点亮率, 进步: 是, 同类: [山区, 平原], 依据: 示例 一}
  约谈:
    - {排名: 总排名, 落后: {低于: 60}, 连续: 3, 依据: 示例 一}
    - {排名: 村排名, 落后: {末位比例: 10%}, 同分: 计入, 说明: 只提醒, 依据: 示例 一}
  整改: {期限: 30, 临期: 5, 依据: 示例 一}
  奖励:
    - {名称: 三年, 达到: 一星, 连续: 3, 混合年份: 须同档, 首年: 2022, 发给: 个人, 职务: [书记, 主任], 比例: 50%,
       叠加: 相乘, 依据: 示例 一}
    - {名称: 标兵, 名单: 是, 金额: 2000, 名额: 10, 周期: 一次, 依据: 示例 一}
  日程:
    - {事项: 报台账, 责任: 各乡镇, 每: 月, 日: 5, 上报: 是, 期: 上月, 依据: 示例 一}
    - {事项: 论坛, 责任: 组织部, 每: 季, 依据: 示例 一}
  抽查: {比例: 10%, 分层: 星级, 最少: 2, 依据: 示例 一}
"""


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_rules_of_the_months(lang: Lang) -> None:
    """Each with what it says, its clause and its note; nothing of it is left out."""
    fields = ["人口: {列名: [人口], 类型: 整数}"]
    by = scheme(scheme_text({"甲": ("全部", [criterion("A")])}, fields=fields) + MONTHLY)
    page = list(scheme_page(by, date(2022, 6, 30), lang))
    [shown] = [section for section in page if section.title == ("月度" if lang == "zh" else "The months")]
    said = text_of([shown])

    assert shown.table is not None
    assert 10 == len(shown.table.rows)
    for word in ("总排名", "示例 一", "人口", "一星", "山区", "60%", "10.0%", "只提醒", "30", "2022", "2024", "50%"):
        assert word in said
    for word in ("书记", "标兵", "2,000", "报台账", "5", "论坛"):
        assert word in said
    for zh, en in (
        ("未上报的单位按最低算", "not reported counts as the lowest"),
        ("线上并列的计入", "with those that share the place"),
        ("连续3个月", "3 months running"),
        ("须是同一档", "have to be of the one tier"),
        ("再乘", "have raised it"),
        ("名额10个", "10 places"),
        ("上报上月台账", "the reporting of the month before"),
        ("各档分别抽10.0%", "10.0% of each tier"),
    ):
        assert (zh if lang == "zh" else en) in said


def test_an_office_is_shown_its_duties() -> None:
    """Of the months an office has what it is named for; where it is named for nothing there is no such table."""
    by = scheme(scheme_text({"甲": ("全部", [criterion("A")])}, fields=["人口: {列名: [人口], 类型: 整数}"]) + MONTHLY)
    duties = rows(list(scheme_page(by, date(2022, 6, 30), "zh", owner="组织部")), "月度")

    assert ["论坛"] == [row["名称"] for row in duties]
    assert "月度" not in text_of(scheme_page(by, date(2022, 6, 30), "zh", owner="县局"))


def test_the_command(tmp_path: Path) -> None:
    """``criteria show`` writes the chart as a page, shows an item's history, and refuses what there is none of."""
    runner = CliRunner()
    out = tmp_path / "对照图.html"

    page = runner.invoke(app, ["criteria", "show", str(STARS), "--out", str(out)])
    item = runner.invoke(app, ["criteria", "show", str(STARS), "--item", "CY-1"])

    assert 0 == page.exit_code
    assert "产业星" in out.read_text(encoding="utf-8")
    assert item.stdout.index("2022-01-01") < item.stdout.index("2023-01-01") < item.stdout.index("2025-01-01")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--item", "CY-9"], "CY-1"),
        (["--owner", "没有的局"], "组织部"),
        (["--out", "图.pdf"], ".html"),
    ],
)
def test_what_there_is_none_of(arguments: list[str], said: str) -> None:
    """An unknown item, office or form is refused in one line that says what there is."""
    result = CliRunner().invoke(app, ["criteria", "show", str(STARS), *arguments])

    assert 2 == result.exit_code
    assert said in result.stderr


# --- where each value is from -----------------------------------------------------------------------------------------

OVER = """\
方案: 县定
编号: over
适用: 行政村
版本: "1"
性质: 测试
生效: 2022-01-01
继承: base.yaml
星级:
  - 星: 甲
    指标:
      - {editing}
      - {adding}
  - 星: 丙
    点亮: 任一
    指标:
      - {third}
"""


def _overlay(folder: Path) -> Path:
    items = {"甲": ("全部", [criterion("A"), criterion("B")]), "乙": ("任一", [criterion("C")])}
    base = scheme_text(items, identity="base").replace("{2: 二星", "{3: 三星, 2: 二星")
    (folder / "base.yaml").write_text(base, encoding="utf-8")
    own = OVER.replace("{editing}", criterion("A", "至少: 3", "整数", "单位: 人"))
    own = own.replace("{adding}", criterion("D")).replace("{third}", criterion("E"))
    path = folder / "over.yaml"
    path.write_text(own, encoding="utf-8")
    return path


def test_a_scheme_that_inherits_says_where_each_value_is_from(tmp_path: Path) -> None:
    """Kept ones name the parent and its line, own ones their line and whether they replace or add."""
    by = scheme_file(_overlay(tmp_path))
    lines = {file: text.splitlines() for file, text in by.texts}
    page = list(scheme_page(by, date(2022, 6, 30), "zh"))

    def line(file: str, of: str) -> int:
        return next(number for number, text in enumerate(lines[file], 1) if of in text)

    def own(of: str) -> int:
        return line("over.yaml", of)

    def base(of: str) -> int:
        return line("base.yaml", of)

    assert [f"本方案:{own('编号: A')} 替换", f"base:{base('编号: B')}", f"本方案:{own('编号: D')} 新增"] == [
        row["来自"] for row in rows(page, "甲")
    ]
    assert f"来自：点亮 base:{base('点亮: 全部')}，牵头 base:{base('牵头')}" in text_of(page)
    assert f"来自：base:{base('定级:') + 1}" in text_of(page)
    assert ("继承", True) in [(label, "base 1（base.yaml）" in text) for label, text in page[0].facts]
    item = explain_part(by, "B", "zh")[0]
    assert ("来自", f"base:{base('编号: B')}") in item.facts


def test_a_scheme_of_its_own_says_nothing_of_where_from() -> None:
    """Where nothing is inherited there is no column, line or fact of it."""
    page = list(scheme_page(scheme_file(STARS), date(2022, 6, 30), "zh"))

    assert "来自" not in text_of(page)
    assert all("来自" not in section.table.headers for section in page if section.table is not None)


def test_the_chart_as_a_document(tmp_path: Path) -> None:
    """``--format json`` is the whole scheme, each part with its origin; not with a part chosen."""
    path = _overlay(tmp_path)
    runner = CliRunner()
    found = json.loads(runner.invoke(app, ["criteria", "show", str(path), "--format", "json"]).stdout)
    refused = runner.invoke(app, ["criteria", "show", str(path), "--format", "json", "--item", "A"])

    items = {item["id"]: item["origin"] for star in found["stars"] for item in star["items"]}
    assert {
        "A": ("over", "replaced"),
        "B": ("base", "kept"),
        "C": ("base", "kept"),
        "D": ("over", "added"),
    }.items() <= {key: (origin["scheme"], origin["way"]) for key, origin in items.items()}.items()
    assert ("base", "kept") == (found["tiers"]["origin"]["scheme"], found["tiers"]["origin"]["way"])
    assert 2 == refused.exit_code


def test_taking_out_an_item_of_another_star_says_where_it_is(tmp_path: Path) -> None:
    """停用 under the wrong star, or under a star that is new, names the star that has the item, and its line."""
    path = _overlay(tmp_path)
    text = path.read_text(encoding="utf-8")
    for old in (criterion("D"), criterion("E")):
        path.write_text(text.replace(old, "{编号: C, 停用: 是}"), encoding="utf-8")
        said = [found.message("zh") for found in load_scheme(path)[1] if found.code == "K633"]

        assert len(said) == 1
        assert "它在“乙”里（base.yaml:" in said[0]
        assert "上级方案里没有" not in said[0]


def test_offices_are_listed_once_each(tmp_path: Path) -> None:
    """Two that answer together are two, and nobody is named twice where none answers to a name."""
    text = scheme_text({"甲": ("全部", [criterion("A"), criterion("B")])}).replace("责任: 县", "责任: 县局、乡局", 1)
    path = tmp_path / "方案.yaml"
    path.write_text(text.replace("责任: 县,", "责任: 县局,"), encoding="utf-8")
    said = CliRunner().invoke(app, ["criteria", "show", str(path), "--owner", "没有的局"]).stderr

    assert "责任单位有：县局、乡局、县" in said
