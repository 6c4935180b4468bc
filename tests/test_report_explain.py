"""One page for one unit, one criterion, one veto, one code."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

import making
from report_sample import AS_OF, SCHEME, SCORE_SCHEME, SCORED, VILLAGES, check_golden, rated, scheme
from starcheck.column import Reason
from starcheck.diagnostic import Diagnostic, Lang, Location, catalogue
from starcheck.report.console import console_on, print_sections
from starcheck.report.explain import explain_code, explain_criterion, explain_unit, explain_veto
from starcheck.report.markdown import page_markdown
from starcheck.report.model import build_report
from starcheck.report.sections import Section
from starcheck.scoring import Assessment


def told(page: tuple[Section, ...], lang: Lang = "zh") -> str:
    """The page in a pipe."""
    stream = io.StringIO()
    print_sections(page, console_on(stream), lang)
    return stream.getvalue()


def page(name: str, assessment: Assessment | None = None, **given: Any) -> str:
    """The page of one unit of the sample county."""
    assessment = assessment or rated()
    unit = list(assessment.units.name).index(name)
    lang = given.get("lang", "zh")
    return told(explain_unit(assessment, unit, county="清丰县", period="2022-06", **given), lang)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_unit_page(lang: Lang) -> None:
    """From cell to tier on one page: unmet, unknown, a star by count, one by score, remedies, reachable."""
    check_golden(f"explain.unit.{lang}.txt", page("大流村", lang=lang))


def test_page_is_markdown_too() -> None:
    """The same page as Markdown."""
    check_golden("explain.unit.zh.md", page_markdown(explain_unit(rated(), 4, county="清丰县", period="2022-06")))


def test_criterion_page() -> None:
    """A criterion's page has all its dated requirements, the one in force marked, and its sources."""
    check_golden("explain.criterion.zh.txt", told(explain_criterion(scheme(), "CY-01", as_of=AS_OF)))


def test_graded_criterion_page() -> None:
    """A graded criterion says how points are taken off."""
    found = told(explain_criterion(scheme(SCORE_SCHEME), "PA-01"))

    assert "每差1人扣3分，至多扣30分" in found


def test_formula_criterion_page() -> None:
    """A criterion made by a formula shows the formula, and how its star is lit."""
    found = told(explain_criterion(scheme(), "ST-01"))

    assert "保洁员 / 人口" in found
    assert "必备：ST-03" in found


def test_unknown_criterion_is_a_key_error() -> None:
    """What the scheme does not have is the caller's to say."""
    with pytest.raises(KeyError):
        explain_criterion(scheme(), "XX-99")
    with pytest.raises(KeyError):
        explain_veto(scheme(), "XX-99")
    with pytest.raises(KeyError):
        explain_code("X999")


def test_veto_page() -> None:
    """A veto's page says what triggers it and what it does."""
    found = told(explain_veto(scheme(), "FM-02"))

    assert "最高一星" in found
    assert "书记处分" in found


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_code_page(lang: Lang) -> None:
    """A code's page comes from the catalogue."""
    found = told(explain_code("V301", lang), lang)

    assert "V301" in found
    assert "12" in found
    assert "{" not in found


@pytest.mark.parametrize("code", sorted(catalogue()))
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_code_has_a_page(code: str, lang: Lang) -> None:
    """Every code of the catalogue can be explained, in both languages."""
    assert code in told(explain_code(code, lang), lang)


def test_cap_and_blank_veto() -> None:
    """The arithmetic names the cap; a blank veto is said to be able to lower the tier."""
    found = page("赵庄村")

    assert "点亮4颗星，支部过硬星未点亮，最高二星 = 二星" in found
    assert "负面清单有1项没填" in found


def test_vetoes_on_the_page() -> None:
    """A veto that caps, one that puts a star out, and one that excludes are steps of the arithmetic."""
    assert "FM-02触发：最高一星 = 一星" in page("北街村")
    assert "FM-01触发，熄灭" in page("曹庄村")
    assert "FM-03触发：不参评 = 不参评" in page("南街村")


def test_unreported_unit() -> None:
    """A unit that did not report has a page that says so, without stars."""
    found = page("西张村")

    assert "未上报" in found
    assert "点亮" not in found


def test_by_score() -> None:
    """By points the page shows the score, the interval where something is unknown, and what a veto takes off."""
    assessment = rated(SCORED, text=SCORE_SCHEME)

    assert "得分80到100＝平安法治星80–100，按下限 良（60分起）" in page("待核实村", assessment)
    assert "FM-01触发：扣15分" in page("事故村", assessment)
    assert "名额不足，没有排上，降到良" in page("满分村", assessment)
    assert "得分85＝平安法治星85，良（60分起）" in page("扣分村", assessment)


def test_remedy_only_where_unmet() -> None:
    """A remedy is shown for an unmet criterion and not for one that is met or unknown."""
    assert "盘活闲置校舍与集体土地" in page("西李家村")
    assert "盘活闲置校舍与集体土地" not in page("东关村")
    assert "盘活闲置校舍与集体土地" not in page("孟村")


def test_problems_of_this_unit() -> None:
    """Problems about the unit in its own file are on its page, those of a namesake elsewhere are not."""
    mine = Diagnostic("R401", Location("马庄桥镇.xlsx", "6月", "H6"), unit="孟村", found="mine")
    other = Diagnostic("R401", Location("韩村镇.xlsx", "6月", "H6"), unit="孟村", found="other")
    found = page("孟村", diagnostics=[mine, other])

    assert "mine" in found
    assert "other" not in found


def test_exempt_criterion() -> None:
    """An exempted criterion is shown as not applicable, with why."""
    village = [("甲镇", "甲村", {"PA-02": Reason.BLANK})]
    found = page("甲村", rated(village, tags={"甲村": frozenset({"整村搬迁村"})}))

    assert "不适用" in found
    assert "整村搬迁村" in found


def test_target_on_the_page() -> None:
    """The tier a unit is to reach is named."""
    assert "五星" in page("西李家村", rated(VILLAGES, targets={"西李家村": 5}))


def test_several_sheets() -> None:
    """Where a unit's values come from several sheets, every address is written out."""
    assessment = rated()
    places = assessment.ledger.origin.places  # type: ignore[attr-defined]
    places[1]["CY-01"] = ["补报.xlsx!Sheet1!B2"]
    found = page("西李家村", assessment)

    assert "补报.xlsx!Sheet1!B2" in found
    assert "马庄桥镇.xlsx!6月!F5" in "".join(found.split())


def test_bounds_and_exemption_of_a_criterion() -> None:
    """Range, exemption and note of a criterion are on its page."""
    text = SCHEME.replace("名称: 村集体经济年收入", "名称: 村集体经济年收入\n        范围: {至少: 0, 低于: 5000}")
    text = text.replace("责任: 公安局", "不适用按: 不计, 说明: 以公安局名单为准, 责任: 公安局")

    assert "至少0万元、低于5000万元" in told(explain_criterion(scheme(text), "CY-01"))
    assert "整村搬迁村（按不计）" in told(explain_criterion(scheme(text), "PA-02"))
    assert "以公安局名单为准" in told(explain_criterion(scheme(text), "PA-02"))


def test_points_that_are_open_say_why(tmp_path: Path) -> None:
    """A judged item whose target is blank, or whose rivals are: what to look into, and what may still come."""
    fields = ["任务数: {类型: 数值, 单位: 亩}"]
    items = [
        making.criterion("G", "至少: 10", "数值", "单位: 亩", "分值: 50", "比目标: {字段: 任务数}"),
        making.criterion("B", "至少: 10", "数值", "单位: 万元", "分值: 50", "比最优: {满分: 最高}"),
    ]
    bands = "  方法: 总分\n  档次: [{至少: 100, 档: 优}, {至少: 0, 档: 差}]\n"
    by = making.scheme(making.scheme_text({"星": ("全部", items)}, bands, fields=fields))
    rows = making.grid("乡镇 村名 G 任务数 B\n河乡 一村 20 - 50\n河乡 二村 20 20 -\n河乡 三村 20 20 50")
    found = making.rated(tmp_path, by, rows).outcome.assessment
    first, second, third = (page(name, found) for name in ("一村", "二村", "三村"))
    report = build_report(found, command="score", version="0", county="平原县", period="2022-06")

    assert "G G：得分没有定，“任务数”没有填、读不出，或是 0" in first
    assert "B B：得分没有定，同一范围里还有单位没有上报、没有填，也许比它好" in first
    assert "待核实的1项如果都达标：优" in first
    assert "没有定下来的分如果都得到：优" in third
    assert "G G：" not in second
    assert "待核实的1项如果都达标：优" in second
    assert [("G", 1, "D2"), ("B", 1, "E3")] == [
        (row.criterion, row.units, row.cells[0].rpartition("!")[2]) for row in report.whole.unknown
    ]
