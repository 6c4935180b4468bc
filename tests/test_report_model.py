"""The report's counts: shares, sums that agree, ranks, ways to the next star."""

from __future__ import annotations

import random
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from making import criterion, delimited, run, scheme, scheme_text
from report_sample import SCHEME, SCORE_SCHEME, SCORED, rated
from starcheck.column import Reason
from starcheck.diagnostic import Diagnostic, Location, Severity
from starcheck.report.figures import amount, decimal_words, fifteen, number, period_words, rounded, share
from starcheck.report.model import Previous, Report, StarSums, TierTable, build_report, in_order
from starcheck.report.nearest import OUT_OF_REACH, NextStars
from starcheck.report.sections import missing_words, sections
from starcheck.scoring import Assessment


def report(assessment: Assessment | None = None, **given: object) -> Report:
    """The report of the sample county."""
    made = {"command": "score", "version": "0.1.0", "county": "清丰县", "period": "2022-06"} | given
    return build_report(assessment or rated(), **made)  # type: ignore[arg-type]


def test_published_shares() -> None:
    """The shares that 清丰 published for its 503 villages come out to the digit."""
    assert ["1.2", "9.9", "29.8", "4.8"] == [str(share(units, 503)) for units in (6, 50, 150, 24)]


@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_share_is_half_up(part: int, whole: int) -> None:
    """A share is the decimal nearest to the exact fraction, halves up."""
    exact = Fraction(100 * part, whole)
    shown = share(part, whole)

    assert shown is not None
    assert -Fraction(1, 20) < Fraction(shown) - exact <= Fraction(1, 20)


def test_share_of_nothing() -> None:
    """Nothing has no share."""
    assert share(0, 0) is None


@given(st.floats(-1e12, 1e12).filter(lambda value: abs(value) > 1e-8))
def test_fifteen_digits_in_columns(value: float) -> None:
    """Whole columns are rounded to 15 significant digits, and so they stay."""
    near = float(fifteen(np.array([value]))[0])

    assert near == float(f"{near:.15g}")
    assert near == pytest.approx(value, rel=1e-14)


@given(st.decimals(Decimal("0.0001"), Decimal(10**9), places=4))
def test_terminating_decimals_stay(value: Decimal) -> None:
    """A decimal that people wrote comes back as written."""
    assert value == Decimal(repr(float(fifteen(np.array([float(value)]))[0])))
    assert value == Decimal(str(number(float(value))))


def test_numbers_for_json() -> None:
    """Whole floats lose their point, noise of the sixteenth digit goes."""
    assert [5, 0.8, 0.3, 12.5, -3] == [number(value) for value in (5.0, 5 - 4.2, 0.1 + 0.2, 12.5, -3.0)]
    assert isinstance(number(5.0), int)


def test_words_do_not_round_onto_the_threshold() -> None:
    """1.99999 is not shown as 2 where 2 is what is asked for, nor a small gap as 0."""
    assert decimal_words(Decimal("1.99999"), apart_from=Decimal(2)) == "1.99999"
    assert decimal_words(Decimal("1.99999")) == "2"
    assert decimal_words(Decimal("0.00001")) == "0.00001"
    assert decimal_words(Decimal("1E+3")) == "1000"
    assert amount(4.2, "万元", "zh") == "4.2万元"
    assert amount(4.2, "万元", "en") == "4.2 万元"
    assert amount(85, "%", "en") == "85%"


def test_period_in_words() -> None:
    """Months are read out in Chinese; what is no month stays as it is."""
    assert ["2022年6月", "2022年", "2022-Q2", ""] == [
        period_words(period, "zh") for period in ("2022-06", "2022", "2022-Q2", None)
    ]
    assert period_words("2022-06", "en") == "2022-06"


def test_mean_is_rounded_half_up() -> None:
    """0.125 is shown as 0.13."""
    assert rounded(Fraction(1, 8), 2) == Decimal("0.13")


def test_tier_table() -> None:
    """Tier rows, not rated and not reported make up the register; shares are of all of it."""
    tiers = report().whole.tiers

    assert {5: 1, 4: 3, 3: 0, 2: 3, 1: 1, 0: 0} == {row.tier: row.units for row in tiers.rows}
    assert (1, 2, 11) == (tiers.excluded, tiers.unreported, tiers.total)
    assert Decimal("27.3") == next(row.percent for row in tiers.rows if row.tier == 4)
    assert sum(row.units for row in tiers.rows) + tiers.excluded + tiers.unreported == tiers.total


def test_sums_add_up() -> None:
    """Tiers and what caps, vetoes and exclusions took add up to the lit stars."""
    area = report().whole

    assert area.sums is not None
    assert area.sums.stars == sum(star.lit for star in area.stars)
    assert [("cap", 2), ("veto", 4), ("exclusion", 5)] == [(loss.kind, loss.stars) for loss in area.sums.losses]


def test_sums_that_disagree_are_a_bug() -> None:
    """A report whose stars do not add up is never printed."""
    with pytest.raises(AssertionError, match="stars"):
        StarSums(1, (), 2)


def test_tiers_that_disagree_are_a_bug() -> None:
    """A tier table that does not make up the register is never printed."""
    with pytest.raises(AssertionError, match="register"):
        TierTable(
            rows=(),
            undecided=None,
            excluded=1,
            unreported=1,
            total=3,
            provisional=0,
            contested=0,
            previous_period=None,
        )


def test_unreported_units_have_no_shortfall() -> None:
    """A unit that did not report is in its own list and nowhere else."""
    area = report().whole

    assert {("韩村镇", ("西张村",)), ("仙庄镇", ("柳格村",))} == {(row.township, row.names) for row in area.unreported}
    assert {"西张村", "柳格村"}.isdisjoint(village.name for village in area.villages)
    assert area.reported == sum(star.lit + star.unlit + star.unknown for star in area.stars[:1])


def test_unknown_is_apart_from_unmet() -> None:
    """A blank and an unreadable cell are counted by reason, with their cells, and not as unmet."""
    area = report().whole
    shortfall = next(row for row in area.shortfalls if row.criterion == "CY-01")
    unknown = {(row.criterion, row.reason): row.cells for row in area.unknown}

    assert (1, 2) == (shortfall.unmet, shortfall.unknown)
    assert unknown["CY-01", Reason.BLANK] == ("韩村镇.xlsx!6月!H11",)
    assert unknown["CY-01", Reason.UNREADABLE] == ("马庄桥镇.xlsx!6月!H6",)


def test_statistics_count_yes() -> None:
    """A field named in 统计 is counted where it says yes."""
    (row,) = report().whole.statistics

    assert ("软弱涣散", 1, Decimal("9.1")) == (row.name, row.yes, row.percent)


def test_villages_nearest_first() -> None:
    """Fewest criteria first, then the smallest relative distance; a known distance before an unknown."""
    villages = report().whole.villages

    assert ["大流村", "西李家村", "孟村", "东张村", "赵庄村"] == [village.name for village in villages]
    assert ["生态宜居星", "产业兴旺星", "产业兴旺星", "产业兴旺星", "支部过硬星"] == [
        village.star for village in villages
    ]
    assert [1, 1, 1, 1, 2] == [village.needed for village in villages]
    assert villages[1].missing[0].gap == 0.8


def test_village_list_is_cut() -> None:
    """The list holds as many as asked for, the nearest ones, and says how many there are."""
    area = report(villages=2).whole

    assert ["大流村", "西李家村"] == [village.name for village in area.villages]
    assert area.villages_total == 5


def test_extinguished_star_is_no_next_star() -> None:
    """A star that a veto put out cannot be had by meeting criteria."""
    area = report().whole

    assert "曹庄村" not in [village.name for village in area.villages]


def test_essential_criterion_comes_first() -> None:
    """Where an essential criterion is unmet the star needs it, however many others are met."""
    villages = report(rated([("甲镇", "甲村", {"ST-03": 2})])).whole.villages

    assert [(1, ["ST-03"])] == [
        (village.needed, [missing.criterion for missing in village.missing]) for village in villages
    ]


def test_townships_by_mean() -> None:
    """As the command rank does: one village of 仙庄镇 and one of 韩村镇 may yet be anything, so places are from-to."""
    rows = report().whole.townships

    assert [("马庄桥镇", 5, 5), ("仙庄镇", 1, 2), ("韩村镇", 3, 4)] == [
        (row.name, row.reported, row.units) for row in rows
    ]
    standings = [row.standing for row in rows if row.standing is not None]
    assert [(1, 2), (1, 2), (2, 3)] == [(one.best, one.worst) for one in standings]
    assert [(Fraction(17, 5),) * 2, (2, Fraction(9, 2))] == [one.value for one in standings[:2]]


def test_township_keeps_the_county_rank() -> None:
    """A report on one township counts only its units; its rank is that in the county."""
    area = report(township="马庄桥镇").whole

    assert 5 == area.tiers.total
    assert [(1, 2)] == [(row.standing.best, row.standing.worst) for row in area.townships if row.standing]
    assert area.sums is not None
    assert 2 == sum(loss.stars for loss in area.sums.losses)


def test_targets_of_units_are_counted() -> None:
    """Targets given unit by unit become the tier table's; those of the county win."""
    assessment = rated(targets={"东关村": 5, "西李家村": 5, "孟村": 4})
    county = report(assessment, targets={"清丰县": {5: 7}})

    assert [2, 1, 0, 0, 0, 0] == [row.target for row in report(assessment).whole.tiers.rows]
    assert [7, 0, 0, 0, 0, 0] == [row.target for row in county.whole.tiers.rows]


def test_change_since_the_previous_period() -> None:
    """The change is against the tiers of the period before."""
    tiers = report(previous={"清丰县": Previous("2022-05", {5: 2, 4: 1})}).whole.tiers

    assert "2022-05" == tiers.previous_period
    assert [-1, 2, 0, 3, 1, 0] == [row.change for row in tiers.rows]


def test_several_counties() -> None:
    """With several counties there is a table of them, ranked, and each has its own tables."""
    made = report(rated(county=["甲县"] * 5 + ["乙县"] * 6))

    assert made.county is None
    assert [("甲县", 5, 5), ("乙县", 6, 4)] == [(row.name, row.units, row.reported) for row in made.county_rows]
    assert ["甲县", "乙县"] == [area.county for area in made.counties]
    assert made.whole.tiers.total == sum(area.tiers.total for area in made.counties)


def test_townships_of_one_name_in_two_counties() -> None:
    """Townships that share a name in two counties stay two."""
    made = report(rated([("城关镇", "甲村", {}), ("城关镇", "乙村", {"CY-01": 1})], county=["甲县", "乙县"]))

    assert [("甲县", 1), ("乙县", 1)] == [(row.county, row.units) for row in made.whole.townships]


def test_score_method_has_no_star_sums() -> None:
    """Where tiers are bands of points, stars do not add up to tiers and nothing says they should."""
    made = report(rated(SCORED, text=SCORE_SCHEME))

    assert made.whole.sums is None
    assert [("优", 0), ("良", 5), ("差", 1)] == [(row.name, row.units) for row in made.whole.tiers.rows]


def test_quota_tie_is_said() -> None:
    """Where a quota cuts through a tie the report names the tied, in both languages."""
    ((chinese, english),) = report(rated(SCORED, text=SCORE_SCHEME)).notices

    assert "满分村" in chinese
    assert "并列村" in english


def test_next_star_by_score() -> None:
    """By score, what brings most comes first, and as many count as are needed to reach the threshold."""
    (village,) = report(rated(SCORED, text=SCORE_SCHEME)).whole.villages

    assert ("差村", "平安法治星", 2) == (village.name, village.star, village.needed)
    assert ["PA-02", "PA-01", "PA-03"] == [missing.criterion for missing in village.missing]
    assert not village.free


def test_controls() -> None:
    """Vetoes and caps are listed with how many they fell on and how many are unknown."""
    rows = {row.id: (row.kind, row.applied, row.unknown) for row in report().whole.controls}

    assert {"FM-01", "FM-02", "FM-03", "支部过硬星"} == set(rows)
    assert ("veto", 1, 1) == rows["FM-01"]
    assert ("cap", 1, 0) == rows["支部过硬星"]


def test_nothing_reported() -> None:
    """A county of which nothing came still has its table."""
    area = report(rated([("甲镇", "甲村", None)])).whole

    assert (1, 0, ()) == (area.tiers.unreported, area.reported, area.villages)
    (row,) = area.townships
    assert row.standing is not None
    assert (Fraction(0), Fraction(5)) == row.standing.value


def test_diagnostics_in_order() -> None:
    """Errors first, then by file, sheet and the cell's row before its column."""
    places = [("b.xlsx", "A1"), ("a.xlsx", "B10"), ("a.xlsx", "AA2"), ("a.xlsx", "B2")]
    given_order = [Diagnostic("V301", Location(file, "6月", cell), severity=Severity.ERROR) for file, cell in places]
    note = Diagnostic("V301", Location("a.xlsx", "6月", "A1"), severity=Severity.NOTE)
    found = in_order([note, *given_order, given_order[0]])

    assert ["a.xlsx!6月!B2", "a.xlsx!6月!AA2", "a.xlsx!6月!B10", "b.xlsx!6月!A1", "a.xlsx!6月!A1"] == [
        str(diagnostic.where) for diagnostic in found
    ]


def test_exempt_criteria_do_not_stand_in_the_way() -> None:
    """A criterion that a tag exempts is neither missing nor unknown."""
    village = ("甲镇", "甲村", {"PA-02": Reason.BLANK, "PA-01": 1})
    assessment = rated([village], tags={"甲村": frozenset({"整村搬迁村"})})
    area = report(assessment).whole

    assert [] == [row for row in area.unknown if row.criterion == "PA-02"]
    assert ["PA-01"] == [row.criterion for row in area.shortfalls]
    assert area._replace(villages=()).villages_total == area.villages_total


@pytest.mark.parametrize("policy", ["达标", "未达标"])
def test_exemption_that_counts(policy: str) -> None:
    """Exempt and counted as met or unmet, a criterion is no way to a star: nobody can mend it."""
    text = SCHEME.replace("不适用于: [整村搬迁村]", f"不适用于: [整村搬迁村], 不适用按: {policy}")
    village = ("甲镇", "甲村", {"PA-02": False, "CY-01": 4.2})
    area = report(rated([village], text=text, tags={"甲村": frozenset({"整村搬迁村"})})).whole

    assert ["产业兴旺星"] == [row.star for row in area.villages]
    assert ["CY-01"] == [row.criterion for row in area.shortfalls]


def test_a_star_that_a_cap_waits_for_comes_first(tmp_path: Path) -> None:
    """封顶: while 甲 is dark nothing else raises the tier, however near; with room under the cap anything does."""
    stars = {
        "甲": ("全部", [criterion("A"), criterion("B")]),
        "乙": ("全部", [criterion("C")]),
        "丙": ("全部", [criterion("D"), criterion("E")]),
    }
    rows = [
        ["乡镇", "村名", *"ABCDE"],
        ["河乡", "持平", "否", "否", "否", "是", "是"],
        ["河乡", "有余", "否", "否", "否", "否", "是"],
        ["河乡", "已亮", "是", "是", "否", "否", "是"],
    ]
    by = scheme(scheme_text(stars, "  封顶: [{未亮: 甲, 最高: 1, 依据: 示例}]\n"))
    found = NextStars(run(delimited(tmp_path / "台账.csv", rows), by).outcome.assessment)

    assert [(1, "乙"), (2, "乙"), (0, "甲")] == [
        (row, by.stars[star].name) for row, star in found.nearest(np.arange(3), None)
    ]
    assert [2, 1, 1] == found.needed.tolist()


def test_the_nearest_few_are_the_first_of_all(tmp_path: Path) -> None:
    """However many are asked for, the order is that of all: by count, then distance, then as they stand."""
    drawn = random.Random(4)  # noqa: S311 - no secret
    keys = "ABCDEF"
    stars = {
        "甲": ("{至少: 4}", [criterion(key, "至少: 5", "数值", "单位: 个") for key in keys]),
        "乙": ("全部", [criterion("G", "为: 是", "是否"), criterion("H", "至少: 0.3", "数值", "单位: 个")]),
        "丙": ("{得分: {至少: 15}}", [criterion(key, "为: 是", "是否", "分值: 10") for key in "IJ"]),
    }
    rows: list[list[object]] = [["乡镇", "村名", *keys, *"GHIJ"]]
    for place in range(120):
        figures = [drawn.choice([None, 1, 2.5, 4.9, 5, 6]) for _ in keys]
        rest = [drawn.choice("是否"), drawn.choice([0, 0.1, 0.3]), drawn.choice("是否"), drawn.choice("是否")]
        rows.append(["河乡", f"{place:03}庄村", *figures, *rest])
    found = NextStars(run(delimited(tmp_path / "台账.csv", rows), scheme(scheme_text(stars))).outcome.assessment)
    short = np.flatnonzero(found.needed < OUT_OF_REACH)
    everybody = found.nearest(short, None)

    assert {0, 1, 2} == {star for _, star in everybody}
    assert found.needed[short].tolist() != sorted(found.needed[short].tolist())
    assert sorted(found.needed[short].tolist()) == [int(found.needed[row]) for row, _ in everybody]
    for limit in (0, 1, 7, 40, len(short), 500):
        assert everybody[:limit] == found.nearest(short, limit)


@pytest.mark.parametrize(
    ("requirement", "cells", "gap"),
    [
        ("为: 全部", ["是", "否", "否", None], 2),
        ("至少: 3", ["否", "否", None, "是"], 1),
        ("至少: 2", ["否", "是", "是", "是"], 1),
    ],
)
def test_an_item_lacks_what_is_known_to_be_missing(
    tmp_path: Path, requirement: str, cells: list[object], gap: int
) -> None:
    """An empty cell is no task that is not met: the gap is what is lacking for certain, a 必备 task among it."""
    tasks = ", ".join(criterion(key, "为: 是", "是否", *(["必备: 是"] if key == "A" else [])) for key in "ABCD")
    item = f"{{编号: I, 名称: 事, 任务: [{tasks}], 要求: [{{自: 2022-01-01, {requirement}, 依据: 示例}}]}}"
    by = scheme(scheme_text({"星": ("全部", [item])}))
    rated = run(delimited(tmp_path / "台账.csv", [["乡镇", "村名", *"ABCD"], ["河乡", "子村", *cells]]), by)
    outcome = rated.outcome
    report = build_report(outcome.assessment, command="score", version="1", county="甲县", period="2022-06")
    [village] = report.whole.villages
    words = missing_words(village.missing[0], "zh")

    assert gap == rated.gap("子村", "I") == village.missing[0].gap
    named = "、".join(key for key, cell in zip("ABCD", cells, strict=True) if cell == "否")
    assert f"（{named}" in words
    assert ("待核实" in words) == (None in cells)


def test_tiers_that_do_not_rank(tmp_path: Path) -> None:
    """排名: 否: no rank, mean, next star or sum of stars anywhere, and tiers are called what the scheme calls them."""
    stars = {"甲": ("全部", [criterion("A"), criterion("B")])}
    rows = [["乡镇", "村名", *"AB"], ["河乡", "子村", "否", "是"], ["江乡", "丑村", None, "是"]]
    file = delimited(tmp_path / "台账.csv", rows)
    for told, orders, words in (
        ("  称呼: 结论\n  排名: 否\n", False, "结论"),
        ("  排名: 否\n", False, "结果"),
        ("", True, "星级"),
    ):
        outcome = run(file, scheme(scheme_text(stars, told))).outcome
        report = build_report(outcome.assessment, command="score", version="1", county="甲县", period="2022-06")
        page = "\n".join(
            "\n".join((section.title, *section.lines, *(section.table.headers if section.table else ())))
            for section in sections(report, "zh")
        )

        assert words in page
        assert [orders] * 4 == [word in page for word in ("名次", f"平均{words}", "下一颗星", "颗")]
        assert orders == ("星级" in page)
        assert "子村" == report.whole.villages[0].name
        assert [row.standing is not None for row in report.whole.townships] == [orders] * 2
        [tiers] = [section.table for section in sections(report, "zh") if section.title == words]
        assert tiers is not None
        assert orders == ("待核实" not in [row[0] for row in tiers.rows])
        assert (None if orders else 1) == report.whole.tiers.undecided
        assert {"河乡": 0, "江乡": int(not orders)} == {row.name: row.undecided for row in report.whole.townships}


def test_what_is_in_the_way_comes_first(tmp_path: Path) -> None:
    """A criterion that many miss while its star is lit stands behind one for want of which a star is dark."""
    item = [criterion("A", "为: 是", "是否", "必备: 是"), criterion("B"), criterion("C")]
    by = scheme(scheme_text({"甲": ("{至少: 2}", item)}))
    rows = [["乡镇", "村名", *"ABC"], ["河乡", "子村", "是", "是", "否"], ["河乡", "丑村", "是", "是", "否"]]
    rows.append(["河乡", "寅村", "否", "是", "是"])
    outcome = run(delimited(tmp_path / "台账.csv", rows), by).outcome
    report = build_report(outcome.assessment, command="score", version="1", county="甲县", period="2022-06")

    assert [("A", 1), ("C", 2)] == [(row.criterion, row.unmet) for row in report.whole.shortfalls]
