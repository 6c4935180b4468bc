"""Where tiers go by points: who has how many, of what, how far the tier above is, and what would bring most."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import jsonschema
import pytest

from making import CRITERIA, ROOT_EXAMPLES, Rated, criterion, grid, rated, run, scheme, scheme_file, scheme_text
from starcheck.messages import both
from starcheck.report.as_json import document, result_json_schema
from starcheck.report.explain import explain_unit
from starcheck.report.model import Report, build_report
from starcheck.report.points import climbs
from starcheck.report.sections import Section, sections
from starcheck.report.tables import write_csv

LADDERS = {"jifen", "jifen-ganbu", "pai", "wuxing-chuangping", "zoucheng"}


def example(name: str) -> Rated:
    """An example ledger of a shipped scheme, rated by it."""
    by = scheme_file(CRITERIA / f"{name}.yaml")
    return run(ROOT_EXAMPLES / "schemes" / f"{name}.csv", by, period=None, county=None)


def report(result: Rated) -> Report:
    """The report of a run, with every unit."""
    return build_report(
        result.outcome.assessment, command="score", version="1", county="县", period="2023-06", villages=None
    )


def rows(result: Rated, title: str) -> dict[str, dict[str, object]]:
    """A table of the report by names of units, or by 编号: each row by its headers."""
    found = {section.title: section for section in sections(report(result), "zh", everything=True)}
    [section] = [section for name, section in found.items() if name.startswith(title)]
    assert section.table is not None
    found_rows = [dict[str, object](zip(section.table.headers, row, strict=True)) for row in section.table.rows]
    return {str(row.get("单位") or row.get("编号")): row for row in found_rows}


def fact(page: tuple[Section, ...], label: str) -> list[str]:
    """What the head of a page says under a label."""
    return [text for name, text in page[0].facts if name == label]


BANDS = "  方法: 总分\n  档次: [{至少: 90, 档: 优}, {至少: 60, 档: 良}, {至少: 0, 档: 差}]\n"
ITEMS = [
    criterion("A", "为: 是", "是否", "分值: 60"),
    criterion("B", "至少: 10", "数值", "单位: 万元", "分值: 30", "扣分: {每: 1, 扣: 5}"),
    criterion("C", "为: 是", "是否", "分值: 10"),
]
LEDGER = "乡镇 村名 A B C F\n河乡 甲村 是 8 否 否\n河乡 乙村 否 10 是 否\n河乡 丙村 是 - 是 是\n河乡 丁村 是 10 是 否"


def by_points(tiering: str = "", vetoes: list[str] | None = None, items: list[str] | None = None) -> str:
    """A scheme of one star and three bands."""
    return scheme_text({"基础": ("{得分: {至少: 50}}", items or ITEMS)}, BANDS + tiering, vetoes=vetoes or [])


@pytest.mark.parametrize("path", sorted(CRITERIA.glob("*.yaml")), ids=lambda path: path.stem)
def test_which_shipped_schemes_are_ladders_of_points(path: Path) -> None:
    """Where points only keep outcomes apart (软弱涣散, 书记项目) nobody is told how many are wanted for the next."""
    assert (path.stem in LADDERS) == climbs(scheme_file(path))


def test_a_ladder_too_long_to_follow_is_one() -> None:
    """Sums of many different 分值 are not followed one by one."""
    items = [criterion(f"A{place}", "为: 是", "是否", f"分值: {3**place}") for place in range(10)]

    assert climbs(scheme(by_points(items=items)))


def test_points_of_every_unit_by_star() -> None:
    """From the highest, in all and by star, as on the pages of the units."""
    shown = rows(example("jifen"), "得分")
    page = explain_unit(example("jifen").outcome.assessment, example("jifen").row("狄口村"))

    assert "乔店村" == next(iter(shown))
    assert {
        "得分": "78",
        "星级": "一般",
        "班子结构": "21",
        "规范运行": "29",
        "工作实绩": "28",
        "加分": "0",
    }.items() <= shown["狄口村"].items()
    assert ["得分78＝班子结构21＋规范运行29＋工作实绩28＋加分0，一般（60分起） = 一般"] == fact(page, "星级")
    assert ["良好要80分，差2分"] == fact(page, "上面一档")
    assert ["SJ-02 重点任务按期办结率 可得12分"] == fact(page, "还能得分的")


def test_the_shortfalls_are_where_points_are_lost() -> None:
    """Also on items whose requirement is met, as a band or a target gives only part of the points."""
    lost = rows(example("jifen"), "短板（按指标")

    assert "SJ-02" == next(iter(lost))
    assert {"满分": "20", "丢分的单位": "20", "共丢分": "224", "未达标": ""}.items() <= lost["SJ-02"].items()


def test_how_far_the_tier_above_is_and_what_brings_most(tmp_path: Path) -> None:
    """The nearest first; of what is open as much as suffices, the most first; what is unknown is not called unmet."""
    ways = rows(rated(tmp_path, scheme(by_points()), grid(LEDGER)), "短板（按单位")

    assert ["甲村", "丙村", "乙村"] == list(ways)
    assert {"得分": "80", "星级": "良", "上面一档": "优", "差": "10分"}.items() <= ways["甲村"].items()
    assert ("B B 可得10分（差2万元）",) == ways["甲村"]["还能得分的"]
    assert {"得分": "70–100", "差": "20分"}.items() <= ways["丙村"].items()
    assert ("B B 可得30分（待核实）",) == ways["丙村"]["还能得分的"]
    assert ("A A 可得60分",) == ways["乙村"]["还能得分的"]


def test_points_that_a_veto_takes(tmp_path: Path) -> None:
    """They have a column of their own, and the sum on the unit's page comes out."""
    veto = "{编号: F, 情形: 通报, 列名: [F], 触发: {为: 是}, 后果: {扣分: 15}, 依据: 示例}"
    result = rated(tmp_path, scheme(by_points(vetoes=[veto])), grid(LEDGER))
    page = explain_unit(result.outcome.assessment, result.row("丙村"))

    assert ("-15", "") == (rows(result, "得分")["丙村"]["负面清单扣分"], rows(result, "得分")["丁村"]["负面清单扣分"])
    assert "得分55到85＝基础70–100－扣分15" in fact(page, "星级")[0]
    assert ("负面清单：F 通报，扣15分", "B B 可得30分（待核实）") == rows(result, "短板（按单位")["丙村"]["还能得分的"]


def test_what_else_keeps_a_unit_below() -> None:
    """A cap names its star and what that wants; whom only a quota keeps below comes last."""
    zoucheng = rows(example("zoucheng"), "短板（按单位")
    points = report(example("wuxing-chuangping")).whole.points
    assert points is not None

    assert {"星级": "二星", "上面一档": "三星", "差": "分已够"}.items() <= zoucheng["狄口村党支部"].items()
    assert ("封顶：群众满意度未点亮（MY-01 群众满意度）",) == zoucheng["狄口村党支部"]["还能得分的"]
    beyond = {both("points.quota"), both("points.quota.open")}
    full = [row.way is not None and bool(beyond & {*row.way.barriers}) for row in points.nearest]
    assert (19, sorted(full)) == (sum(full), full)


def test_a_cap_is_in_the_way_beside_what_points_are_wanted(tmp_path: Path) -> None:
    """First the star that it names, then what brings the points."""
    stars = {"基础": ("{得分: {至少: 50}}", ITEMS), "创新": ("全部", [criterion("N", "为: 是", "是否", "分值: 0")])}
    by = scheme(scheme_text(stars, BANDS + "  封顶: [{未亮: 创新, 最高: 1, 依据: 示例}]\n"))
    ways = rows(rated(tmp_path, by, grid("乡镇 村名 A B C N\n河乡 甲村 是 8 否 否")), "短板（按单位")

    assert ("封顶：创新未点亮（N N）", "B B 可得10分（差2万元）") == ways["甲村"]["还能得分的"]


def test_a_star_that_may_yet_be_lit_is_not_said_to_be_dark(tmp_path: Path) -> None:
    """A cap keeps down whom it fell on for certain and whose star is open: these are counted as 待核实, unnamed."""
    stars = {"基础": ("{得分: {至少: 50}}", ITEMS), "创新": ("全部", [criterion("N", "为: 是", "是否", "分值: 0")])}
    by = scheme(scheme_text(stars, BANDS + "  封顶: [{未亮: 创新, 最高: 1, 依据: 示例}]\n"))
    result = rated(tmp_path, by, grid("乡镇 村名 A B C N\n河乡 甲村 是 10 是 否\n河乡 乙村 是 10 是 -"))
    (found,) = rows(result, "负面清单与封顶").values()

    assert ("1", "1", "河乡甲村") == (found["触发"], found["待核实"], found["涉及单位"])
    assert ("封顶：创新待核实，没有证实点亮（N N）",) == rows(result, "短板（按单位")["乙村"]["还能得分的"]
    tier = fact(explain_unit(result.outcome.assessment, result.row("乙村")), "星级")
    assert ["创新待核实，没有证实点亮，先按最高良"] == [text.split("，", 2)[2].partition(" =")[0] for text in tier]


def test_points_are_shown_on_their_side_of_the_line(tmp_path: Path) -> None:
    """89.999 of 90 is not shown as 90 beside the tier below."""
    items = [criterion("A", "至少: 1", "数值", "比目标: {目标: 100}", "分值: 100")]
    result = rated(tmp_path, scheme(by_points(items=items)), grid("乡镇 村名 A\n河乡 甲村 89.999\n河乡 乙村 89.001"))

    assert {"甲村": ("89.999", "良"), "乙村": ("89", "良")} == {
        name: (row["得分"], row["星级"]) for name, row in rows(result, "得分").items()
    }
    assert "89.999" == rows(result, "短板（按单位")["甲村"]["得分"]


def test_points_of_a_star_are_shown_on_their_side_of_its_line(tmp_path: Path) -> None:
    """Beside 未点亮 from 70 there stand 69.99999 points, and the sum they are part of has as many decimals."""
    first, second = (
        criterion(key, "至少: 1", "数值", "比目标: {目标: 100}", f"分值: {points}")
        for key, points in (("A", 80), ("B", 20))
    )
    stars = {"基础": ("{得分: {至少: 70}}", [first]), "其余": ("任一", [second])}
    result = rated(tmp_path, scheme(scheme_text(stars, BANDS)), grid("乡镇 村名 A B\n河乡 甲村 87.4999875 30"))
    page = explain_unit(result.outcome.assessment, result.row("甲村"))

    assert ("69.99999", "6", "76") == tuple(rows(result, "得分")["甲村"][key] for key in ("基础", "其余", "得分"))
    assert ["得分75.99999＝基础69.99999＋其余6，良（60分起） = 良"] == fact(page, "星级")
    assert [True] == [section.lines[0].endswith("得分69.99999") for section in page if section.title == "基础  未点亮"]


def test_points_that_the_mean_gives_are_shown(tmp_path: Path) -> None:
    """平均: what an exempt criterion brings stands in its row, so that the rows add up to the star."""
    items = [
        criterion("A", "为: 是", "是否", "分值: 40", "不适用于: [山区]", "不适用按: 平均"),
        criterion("B", "为: 是", "是否", "分值: 40"),
        criterion("C", "至少: 5", "数值", "分值: 20", "分档: [{至少: 10, 得: 20}, {至少: 5, 得: 10}]"),
    ]
    register = [["名称", "乡镇", "标签"], ["甲村", "河乡", "山区"], ["乙村", "河乡", "山区"], ["丙村", "河乡", ""]]
    ledger = grid("乡镇 村名 A B C\n河乡 甲村 - 是 5\n河乡 乙村 - - 10\n河乡 丙村 是 是 10")
    result = rated(tmp_path, scheme(by_points(items=items)), ledger, register=register)
    points = []
    for name in ("甲村", "乙村", "丙村"):
        table = explain_unit(result.outcome.assessment, result.row(name))[1].table
        assert table is not None
        points.append([row[-2] for row in table.rows])

    assert [["30", "40", "10"], ["20–40", "0–40", "20"], ["40", "40", "20"]] == points


def test_a_veto_that_caps_is_in_the_way(tmp_path: Path) -> None:
    """With the points for it, the tier above is still not to be had."""
    veto = "{编号: F, 情形: 否决, 列名: [F], 触发: {为: 是}, 后果: {最高: 0}, 依据: 示例}"
    ways = rows(rated(tmp_path, scheme(by_points(vetoes=[veto])), grid(LEDGER)), "短板（按单位")

    assert ("分已够", ("负面清单：F 否决",)) == (ways["丙村"]["差"], ways["丙村"]["还能得分的"])


def test_where_all_points_do_not_suffice(tmp_path: Path) -> None:
    """Then a bonus must help, and that is said."""
    items = [criterion("A", "为: 是", "是否", "分值: 70"), criterion("B", "为: 是", "是否", "加分: {加: 30}")]
    rate = rated(tmp_path, scheme(by_points(items=items)), grid("乡镇 村名 A B\n河乡 甲村 是 否\n河乡 乙村 否 否"))
    ways = rows(rate, "短板（按单位")

    assert (("能得的分都得到也不够",), "20分") == (ways["甲村"]["还能得分的"], ways["甲村"]["差"])
    assert ("A A 可得70分",) == ways["乙村"]["还能得分的"]


def test_points_that_make_up_for_others_count_more_than_once(tmp_path: Path) -> None:
    """With 折算 a point of what counts is worth more where something else does not; the page has no sum then."""
    items = [
        criterion("A", "为: 是", "是否", "分值: 50"),
        criterion("B", "为: 是", "是否", "分值: 50", "不适用于: [免]", "不适用按: 不计"),
    ]
    register = grid("编码 名称 乡镇 标签\n410999100201 甲村 河乡 免\n410999100202 乙村 河乡 -")
    told = grid("乡镇 村名 A B\n河乡 甲村 否 否\n河乡 乙村 否 是")
    by = by_points("  折算: 是\n", items=items).replace("至少: 60, 档", "至少: 50, 档")
    result = rated(tmp_path, scheme(by), told, register=register)
    ways = rows(result, "短板（按单位")

    assert ("A A 可得100分",) == ways["甲村"]["还能得分的"]
    assert ("A A 可得50分",) == ways["乙村"]["还能得分的"]
    assert "＝" not in fact(explain_unit(result.outcome.assessment, result.row("乙村")), "星级")[0]


def test_the_same_in_csv_and_json(tmp_path: Path) -> None:
    """Points by star, the tier above and how many points it is away; a result in JSON keeps to its schema."""
    result = rated(tmp_path, scheme(by_points()), grid(LEDGER))
    stream = io.BytesIO()
    write_csv(result.outcome.assessment, stream)
    [first, *_, last] = csv.DictReader(io.StringIO(stream.getvalue().decode("utf-8-sig")))
    told = document(report(result), result.outcome.assessment)
    jsonschema.validate(told, result_json_schema())

    assert ("80", "优", "10") == (first["基础 得分"], first["上面一档"], first["差几分"])
    assert ("100", "", "") == (last["基础 得分"], last["上面一档"], last["差几分"])
    assert ({"基础": 80}, 2, 10) == tuple(
        told["units"][0][key] for key in ("star_scores", "tier_above", "points_short")
    )
    assert {"criterion": "A", "full": 60, "units": 1, "lost": 60} == told["points"][0]


def test_the_tier_that_no_quota_takes(tmp_path: Path) -> None:
    """Of each unit of a scheme with 名额: below its tier where a rival's blank may take its place."""
    quota = "  名额: [{档: 一星, 至多: 1, 依据: 示例}]\n"
    by = scheme(scheme_text({"星": ("全部", [criterion("A")])}, tiering=quota))
    result = rated(tmp_path, by, grid("乡镇 村名 A\n河乡 甲村 是\n河乡 乙村 -"))
    told = document(report(result), result.outcome.assessment)
    jsonschema.validate(told, result_json_schema())

    assert [(1, 0, True), (0, 0, True)] == [
        (unit["tier"], unit["assured"], unit["provisional"]) for unit in told["units"]
    ]


def test_what_a_quota_took_is_not_said_to_be_unknown(tmp_path: Path) -> None:
    """可达 leaves quotas out; a unit that only a quota keeps below has nothing to be settled."""
    quota = "  名额: [{档: 一星, 至多: 1, 依据: 示例}]\n"
    by = scheme(scheme_text({"星": ("全部", [criterion("A")])}, tiering=quota))
    result = rated(tmp_path, by, grid("乡镇 村名 A\n河乡 甲村 是\n河乡 乙村 是"))

    page = explain_unit(result.outcome.assessment, result.row("甲村"))
    assert ["不计名额：一星"] == fact(page, "可达星级")


def test_without_points_nothing_of_them_is_said(tmp_path: Path) -> None:
    """A scheme by stars has no such tables, columns or keys."""
    result = rated(tmp_path, scheme(scheme_text({"星": ("全部", [criterion("A")])})), grid("乡镇 村名 A\n河乡 甲村 否"))
    told = document(report(result), result.outcome.assessment)

    assert not any("得分" in section.title for section in sections(report(result), "zh"))
    assert {"points_short", "star_scores"}.isdisjoint(told["units"][0])
    assert "points" not in told
