"""升降 and 争创目标: the parts of a move add up, and targets are held against what is, exactly or cumulatively."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path

from making import scheme
from starcheck.cycle.changes import Between, Change, Way, changes
from starcheck.cycle.course import Course, RatedMonth
from starcheck.cycle.targeting import Track, behind, by_star, county_targets, end_of_last_year, paces
from starcheck.scoring import assess
from test_cycle import ALL, NONE, ONE, SCHEME, TOWNS, TWO, Villages, month

HARDER = SCHEME.replace(
    "{自: 2022-01-01, 至少: 5, 依据: 测试}",
    "{自: 2022-01-01, 至少: 5, 依据: 测试}, {自: 2022-06-01, 至少: 20, 依据: 测试}",
)


def between(before: RatedMonth, now: RatedMonth, told: dict[str, int | None] | None = None) -> dict[str, Change]:
    """The changes by the name of the unit; told is what counts now of the month before, unless it is given."""
    old = before.assessment
    keys = [f"{town}/{name}" for town, name in zip(old.units.township, old.units.name, strict=True)]
    said = {
        key: None if tier < 0 else tier
        for key, tier, came in zip(keys, old.tiers.tolist(), old.units.reported.tolist(), strict=True)
        if came
    }
    ruled = assess(replace(old.ledger, scheme=now.assessment.scheme), now.assessment.as_of)
    found = changes(Between(said if told is None else told, None, old, ruled, now.assessment))
    for one in found:
        if one.way in {Way.UP, Way.DOWN, Way.HELD}:
            assert one.whole == (one.tier or 0) - (one.told or 0)
    return {one.key.partition("/")[2]: one for one in found}


def parts(one: Change) -> tuple[int, int, int, int]:
    """Correction, rule, data, veto."""
    return one.correction, one.rule, one.data, one.veto


def test_data(tmp_path: Path) -> None:
    """A village mended what it missed: the data moved it, and the criteria say so."""
    by = scheme(SCHEME)
    found = between(month(tmp_path, by, "2022-05", ALL), month(tmp_path, by, "2022-06", ALL | {"丙村": TWO}))

    assert (Way.UP, 1, 2, (0, 0, 1, 0)) == (
        found["丙村"].way,
        found["丙村"].told,
        found["丙村"].tier,
        parts(found["丙村"]),
    )
    assert [(2, 0, 1)] == [(change.place, change.before, change.after) for change in found["丙村"].criteria]
    assert {Way.HELD} == {one.way for name, one in found.items() if name != "丙村"}


def test_states(tmp_path: Path) -> None:
    """Where tiers do not rank, a unit has the same state or another, 待核实 among them; none is up or down."""
    by = scheme(SCHEME.replace("  方法: 亮星数\n", "  方法: 亮星数\n  排名: 否\n"))
    open_, before = (9, "是", ""), ALL | {"甲村": (9, "是", ""), "乙村": TWO, "丙村": ONE, "丁村": ONE}
    now = ALL | {"甲村": NONE, "乙村": open_, "丙村": TWO, "丁村": ONE}
    found = between(month(tmp_path, by, "2022-05", before), month(tmp_path, by, "2022-06", now))

    assert {"甲村": Way.OTHER, "乙村": Way.OTHER, "丙村": Way.OTHER, "丁村": Way.HELD} == {
        name: found[name].way for name in ("甲村", "乙村", "丙村", "丁村")
    }
    assert [(None, 0), (2, None), (1, 2)] == [(found[name].told, found[name].tier) for name in ("甲村", "乙村", "丙村")]
    assert {(0, 0, 0, 0)} == {parts(one) for one in found.values()}
    assert [(2, -1, 0)] == [
        (change.place, change.before, change.after) for change in found["甲村"].criteria if change.place == 2
    ]


def test_states_without_a_tier(tmp_path: Path) -> None:
    """待核实 and 不参评 both have no tier, and are two states."""
    by = scheme(SCHEME.replace("  方法: 亮星数\n", "  方法: 亮星数\n  排名: 否\n"))
    found = between(
        month(tmp_path, by, "2022-05", ALL | {"甲村": (9, "是", "")}),
        month(tmp_path, by, "2022-06", ALL | {"甲村": (9, "是", "是", 1000, "是")}),
    )

    assert (Way.OTHER, None, None) == (found["甲村"].way, found["甲村"].told, found["甲村"].tier)
    assert [(0, 0, 1)] == list(found["甲村"].vetoes)


def test_rule(tmp_path: Path) -> None:
    """The same ledger in a month in which 20 万元 are asked for: the standard moved them all."""
    by = scheme(HARDER)
    found = between(month(tmp_path, by, "2022-05", ALL), month(tmp_path, by, "2022-06", ALL))

    assert {"甲村": (0, -1, 0, 0), "乙村": (0, 0, 0, 0)} == {name: parts(found[name]) for name in ("甲村", "乙村")}


def test_rule_and_data_apart(tmp_path: Path) -> None:
    """20 万元 are asked for, and 甲村 has them now: down by the rule, up by the data, held in all; both are told."""
    by = scheme(HARDER)
    richer = ALL | {"甲村": (30, "是", "是")}
    found = between(month(tmp_path, by, "2022-05", ALL), month(tmp_path, by, "2022-06", richer))["甲村"]

    assert (Way.HELD, (0, -1, 1, 0)) == (found.way, parts(found))


def test_veto(tmp_path: Path) -> None:
    """不参评 takes both stars; when it ends they are back."""
    by = scheme(SCHEME)
    vetoed: Villages = ALL | {"甲村": (*TWO, 1000, "是")}
    first, second = month(tmp_path, by, "2022-05", ALL), month(tmp_path, by, "2022-06", vetoed)

    down = between(first, second)["甲村"]
    assert (Way.DOWN, None, (0, 0, 0, -2)) == (down.way, down.tier, parts(down))
    assert ((0, 0, 1),) == down.vetoes
    third = month(tmp_path, by, "2022-07", ALL)
    assert (0, 0, 0, 2) == parts(between(second, third)["甲村"])


def test_correction(tmp_path: Path) -> None:
    """Told one star in May, two after it was corrected: June's two are no progress of June."""
    by = scheme(SCHEME)
    told: dict[str, int | None] = {"东乡/甲村": 1, "东乡/乙村": 0, "西乡/丙村": 1, "西乡/丁村": 1, "北乡/戊村": 1}
    found = between(month(tmp_path, by, "2022-05", ALL), month(tmp_path, by, "2022-06", ALL), told)

    assert (Way.UP, 1, (1, 0, 0, 0)) == (found["甲村"].way, found["甲村"].told, parts(found["甲村"]))


def test_late_new_and_silent(tmp_path: Path) -> None:
    """补报: last month's row came after this month's first; new and silent units are in no sum."""
    by = scheme(SCHEME)
    less = {name: cells for name, cells in ALL.items() if name != "丁村"}
    without = {name: cells for name, cells in ALL.items() if name != "戊村"}
    told: dict[str, int | None] = {"东乡/甲村": 2, "东乡/乙村": 0, "北乡/戊村": 1}
    found = between(month(tmp_path, by, "2022-05", less), month(tmp_path, by, "2022-06", without), told)

    assert (Way.HELD, True) == (found["丙村"].way, found["丙村"].late)
    assert (Way.NEW, 0) == (found["丁村"].way, found["丁村"].whole)
    assert (Way.SILENT, 1, None) == (found["戊村"].way, found["戊村"].told, found["戊村"].tier)


# --- 争创目标 ---------------------------------------------------------------------------------------------------------


AIMS = {"甲村": 2, "乙村": 1, "丙村": 2, "丁村": 1}


def test_exact_and_cumulative(tmp_path: Path) -> None:
    """Two at 二星, two at 一星: of 二星 there is one, at 一星 or above four of four."""
    now = month(tmp_path, scheme(SCHEME), "2022-06", ALL, AIMS)
    county, east, *_ = county_targets(now.assessment, None)
    by_tier = {row.tier: row for row in county.tiers}

    assert (2, 1, 2, 1) == (by_tier[2].target, by_tier[2].actual, by_tier[2].target_above, by_tier[2].actual_above)
    assert (2, 3, 4, 4) == (by_tier[1].target, by_tier[1].actual, by_tier[1].target_above, by_tier[1].actual_above)
    assert (4, 2) == (county.aimed, county.reached)
    assert ("东乡", 2, 1) == (east.name, east.aimed, east.reached)


def test_one_village_s_target_does_not_stand_for_all(tmp_path: Path) -> None:
    """甲村=二星 beside numbers: of the county's own, 2 and 3, one and four are there; of a township's each its own."""
    now = month(tmp_path, scheme(SCHEME), "2022-06", ALL, {"甲村": 2})

    county, east, west, north = county_targets(now.assessment, {2: 2, 1: 3}, {"西乡": {2: 1}})
    assert [(5, 4), (1, 1), (1, 0), (0, 0)] == [(one.aimed, one.reached) for one in (county, east, west, north)]
    county, *_ = county_targets(now.assessment, {2: 1}, {"西乡": {2: 1}})
    assert (2, 1, 0) == (county.aimed, county.reached, county.perhaps)
    assert [(2, 1), (0, 3), (0, 1)] == [(tier.target, tier.actual) for tier in county.tiers]
    stated = RatedMonth("2022-06", now.assessment, {2: 2, 1: 3}, {"西乡": {2: 1}})
    assert [(5, 4)] == [(pace.aimed, pace.reached) for pace in paces(Course("平原县", (stated,)))]
    (whole, *_) = county_targets(month(tmp_path, scheme(SCHEME), "2022-06", ALL, AIMS).assessment, {2: 1, 1: 1})
    assert (4, 2, 1) == (whole.aimed, whole.reached, whole.tiers[0].target)


def test_counts_stated_by_the_county(tmp_path: Path) -> None:
    """Where the county and its townships state numbers those are the targets."""
    now = month(tmp_path, scheme(SCHEME), "2022-06", ALL)
    county, east, *_ = county_targets(now.assessment, {2: 3}, {"东乡": {2: 1}})

    assert 3 == county.tiers[0].target
    assert 1 == east.tiers[0].target


def test_what_may_still_be_reached(tmp_path: Path) -> None:
    """A blank is no star, but may become one: 丙村 may reach its target."""
    now = month(tmp_path, scheme(SCHEME), "2022-06", ALL | {"丙村": (9, "是", None)}, AIMS)
    county = county_targets(now.assessment, None)[0]
    (short,) = [one for one in behind(Course("平原县", (now,))) if now.assessment.units.name[one.row] == "丙村"]

    assert (2, 1) == (county.reached, county.perhaps)
    assert not short.sure


def test_below_target_and_below_last_year(tmp_path: Path) -> None:
    """戊村 has no target, but two stars at the end of last year."""
    by = scheme(SCHEME)
    months = (
        month(tmp_path, by, "2022-11", ALL | {"戊村": NONE}),
        month(tmp_path, by, "2022-12", ALL | {"戊村": TWO}),
        month(tmp_path, by, "2023-01", ALL | {"戊村": ONE}, AIMS),
    )
    course = Course("平原县", months)
    short = {course.now.assessment.units.name[one.row]: one for one in behind(course)}

    assert months[1] is end_of_last_year(course)
    assert {"乙村": (1, 0), "丙村": (2, 1), "戊村": (None, 2)} == {
        name: (one.target, one.last_year) for name, one in short.items()
    }
    assert (1, 2) == by_star(course.now.assessment, list(short.values()))


def test_last_year_is_what_rewards_go_by(tmp_path: Path) -> None:
    """The last final month of it; of a unit that was silent then it says so, and takes no earlier month."""
    by = scheme(SCHEME)
    gone: Villages = {name: cells for name, cells in ALL.items() if name != "丙村"}
    months = (
        replace(month(tmp_path, by, "2022-10", gone), final=True),
        month(tmp_path, by, "2022-12", ALL | {"丁村": TWO}),
        month(tmp_path, by, "2023-01", ALL, AIMS),
    )
    course = Course("平原县", months)
    short = {course.now.assessment.units.name[one.row]: one for one in behind(course)}

    assert months[0] is end_of_last_year(course)
    assert {"乙村": False, "丙村": True} == {name: one.last_year_silent for name, one in short.items()}


def test_the_silent_and_the_held_down_are_listed(tmp_path: Path) -> None:
    """丙村 has not reported, so nobody saw it at its target; 甲村 lacks no star, a veto keeps it down."""
    by = scheme(SCHEME.replace("后果: 不参评", "后果: {最高: 1}"))
    villages: Villages = {name: cells for name, cells in ALL.items() if name != "丙村"}
    now = month(tmp_path, by, "2022-06", villages | {"甲村": (*TWO, 1000, "是")}, AIMS)
    short = {now.assessment.units.name[one.row]: one for one in behind(Course("平原县", (now,)))}

    assert {"甲村": ((), "FM 造假"), "丙村": ((), None)} == {
        name: (short[name].missing, next((zh for zh, _ in short[name].held_by), None)) for name in ("甲村", "丙村")
    }
    assert (True, False) == (short["甲村"].sure, short["丙村"].sure)


def test_pace(tmp_path: Path) -> None:
    """From one of four in January a straight line to December: after one month 1 + 3/11 are due.

    The targets of now hold for all of them: January had none, or others.
    """
    by = scheme(SCHEME)
    for then in ({}, {"甲村": 1}):
        months = (
            month(tmp_path, by, "2022-12", ALL, AIMS),
            month(tmp_path, by, "2023-01", ALL | {"甲村": ONE}, then),
            month(tmp_path, by, "2023-02", ALL, AIMS),
        )
        found = [(one.period, one.aimed, one.reached, one.due) for one in paces(Course("平原县", months))]

        assert [("2023-01", 4, 1, None), ("2023-02", 4, 2, (Fraction(14, 11),) * 2)] == found
        assert date(2023, 2, 28) == months[-1].assessment.as_of


def test_pace_of_targets_by_number(tmp_path: Path) -> None:
    """One at 二星 and three at 一星 are asked for: with 甲村 down one of the higher kind is lacking, then none."""
    by = scheme(SCHEME)
    counts = {2: 1, 1: 3}
    months = tuple(
        replace(month(tmp_path, by, period, villages), targets=counts)
        for period, villages in (("2023-01", ALL | {"甲村": ONE}), ("2023-02", ALL), ("2023-03", ALL | {"丙村": NONE}))
    )

    assert [(4, 3), (4, 4), (4, 3)] == [(one.aimed, one.reached) for one in paces(Course("平原县", months))]
    assert [None, Track.ON, Track.BEHIND] == [one.track for one in paces(Course("平原县", months))]


def test_behind_only_if_even_the_most_is_too_few(tmp_path: Path) -> None:
    """With 丙村 and 丁村 silent in March it is open; with the line's own beginning from-to as well."""
    by = scheme(SCHEME)
    silent: Villages = {name: cells for name, cells in ALL.items() if TOWNS[name] != "西乡"}
    first = month(tmp_path, by, "2023-01", ALL, AIMS)
    last = month(tmp_path, by, "2023-03", silent, AIMS)
    one = paces(Course("平原县", (first, last)))[-1]
    assert (1, 3, (Fraction(26, 11),) * 2, Track.OPEN) == (one.reached, one.at_most, one.due, one.track)

    first = month(tmp_path / "silent", by, "2023-01", silent, AIMS)
    last = month(tmp_path, by, "2023-03", ALL, AIMS)
    one = paces(Course("平原县", (first, last)))[-1]
    assert (2, (Fraction(17, 11), Fraction(35, 11)), Track.OPEN) == (one.reached, one.due, one.track)


def test_the_silent_may_have_any_tier(tmp_path: Path) -> None:
    """Two that have not reported may both turn out at their targets, and at 二星."""
    silent: Villages = {name: cells for name, cells in ALL.items() if TOWNS[name] != "西乡"}
    county, _, west, *_ = county_targets(month(tmp_path, scheme(SCHEME), "2022-06", silent, AIMS).assessment, None)

    assert (0, 2) == (west.reached, west.perhaps)
    assert (1, 3) == (county.tiers[0].actual_above, county.tiers[0].reachable)
