"""档次 by date: a unit is rated by the tiers of its day, whichever set of them is the newest."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import jsonschema
import pytest
import yaml

from making import OWN_CRITERIA, Rows, delimited, run, scheme_file
from starcheck.cases import check_cases
from starcheck.comparing import scheme_changes
from starcheck.report.standard import scheme_page
from starcheck.scheme import Scheme, scheme_from_texts, scheme_json_schema

FILE = OWN_CRITERIA / "dated-tiers.yaml"
TEXT = FILE.read_text(encoding="utf-8")
FIRST, SECOND = date(2022, 12, 31), date(2023, 1, 1)
LEDGER: Rows = [
    ["乡镇", "村名", "甲一", "甲二"],
    ["河镇", "孟村", 6, "是"],
    ["河镇", "李村", 3, "是"],
    ["河镇", "王村", 0, "是"],
]
BY_STARS = """\
  方法: 亮星数
  档次:
    - {自: 2022-06-01, 按: {1: 达标, 0: 不达标}, 依据: 新 二}
    - {自: 2022-01-01, 按: {1: 合格, 0: 不合格}, 依据: 旧 二}
"""


def by_stars(*more: str) -> str:
    """The same scheme by stars, its tiers renamed within the year and the newer written first."""
    return (
        TEXT[: TEXT.index("  方法: 总分")].replace("分值: 60, 扣分: {每: 1, 扣: 10}, ", "").replace("分值: 40, ", "")
        + BY_STARS
        + "".join(more)
    )


def problems(text: str) -> list[tuple[str, int | None]]:
    """What is wrong with a scheme, by code and line."""
    return [(found.code, found.where.line) for found in scheme_from_texts([("d.yaml", text)])[1]]


def loaded(text: str) -> Scheme:
    """The scheme in a text that has to be valid."""
    found, said = scheme_from_texts([("d.yaml", text)])
    assert found is not None, said
    return found


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        ("2022-12-31", {"孟村": "合格", "李村": "合格", "王村": "不合格"}),
        ("2023-01-01", {"孟村": "优秀", "李村": "合格", "王村": "不合格"}),
    ],
)
def test_the_tiers_of_the_day(tmp_path: Path, as_of: str, expected: dict[str, str]) -> None:
    """The last day of the one set and the first of the other; 70 points are 合格 by both, 100 only then 优秀."""
    result = run(delimited(tmp_path / "台账.csv", LEDGER), scheme_file(FILE), as_of=as_of)
    names = {tier.number: tier.name for tier in result.outcome.assessment.scheme.tiering.tiers}

    assert expected == {name: names[tier] for name, tier in result.proven().items() if tier is not None}


def test_in_any_order_and_before_the_first(tmp_path: Path) -> None:
    """Sets are taken by their 自; on a day before the first of them the first holds."""
    by = loaded(by_stars())

    assert ["合格", "达标"] == [ladder.tiers[0].name for ladder in by.tiering.ladders]
    for day, name in ((date(2021, 1, 1), "合格"), (date(2022, 5, 31), "合格"), (date(2022, 6, 1), "达标")):
        assert name == by.on(day).tiering.tiers[0].name
    file = delimited(tmp_path / "台账.csv", LEDGER)
    goals = delimited(tmp_path / "目标.csv", [["乡镇", "名称", "争创星级"], ["河镇", "李村", "合格"]])
    assert [1] == list(run(file, by, as_of="2022-03-31", targets=goals).outcome.unit_targets.values())


@pytest.mark.parametrize(
    ("written", "instead", "expected"),
    [
        ("{至少: 0, 档: 不合格}], 依据: 旧", "{至少: 1, 档: 不合格}], 依据: 旧", [("K627", 22)]),
        ("{至少: 90, 档: 优秀}", "{至少: 190, 档: 优秀}", [("K628", 23)]),
        ("{至少: 90, 档: 优秀}", "{至少: 90, 档: 合格}", [("K618", 23)]),
        (", 依据: 旧 二}", "}", [("K655", 22)]),
        ("{自: 2023-01-01, 按", "{按", [("K609", 23)]),
        ("{自: 2023-01-01, 按", "{自: 2022-01-01, 按", [("K615", 23)]),
        ("{至少: 60, 档: 合格}, {至少: 0, 档: 不合格}", "{至少: 60, 档: 优秀}, {至少: 0, 档: 不合格}", []),
    ],
)
def test_each_set_is_checked(written: str, instead: str, expected: list[tuple[str, int]]) -> None:
    """At its own place: where it begins, whether it can be reached, its names, its clause, its day."""
    assert written in TEXT

    assert expected == [found for found in problems(TEXT.replace(written, instead)) if found[0] != "K630"]


@pytest.mark.parametrize(
    ("quota", "expected"),
    [
        ("{档: 合格, 至多: 1, 范围: 全县, 依据: 旧}", ["K626"]),
        ("{档: 合格, 至多: 1, 范围: 全县, 止: 2022-05-31, 依据: 旧}", []),
        ("{档: 达标, 至多: 1, 范围: 全县, 自: 2022-06-01, 依据: 旧}", []),
        ("{档: 达标, 至多: 1, 范围: 全县, 自: 2022-05-31, 依据: 旧}", ["K626"]),
    ],
)
def test_what_speaks_of_a_tier_must_find_it_whenever_it_holds(quota: str, expected: list[str]) -> None:
    """A quota of a tier that has another name for a part of the quota's days is refused."""
    assert expected == [code for code, _ in problems(by_stars(f"  名额: [{quota}]\n"))]


def test_a_number_that_a_cap_names_is_that_of_every_set() -> None:
    """By stars the numbers stay when names change; by points a tier more moves them."""
    cap = "  封顶: [{未亮: 甲, 最高: 2, 依据: 旧 三}]\n"

    assert ["K626"] == [code for code, _ in problems(TEXT + cap)]
    assert "K626" not in [code for code, _ in problems(TEXT + cap.replace("最高: 2", "自: 2023-01-01, 最高: 2"))]


def test_what_changed_between_two_days() -> None:
    """The tiers as they are on each day; the list by date is the same."""
    by = scheme_file(FILE)
    [change] = [change for change in scheme_changes(by, by, (FIRST, SECOND)) if change.key == "定级"]

    assert ("合格 至少60、不合格 至少0", "优秀 至少90、合格 至少70、不合格 至少0") == (change.before, change.after)


def test_the_chart_shows_what_comes() -> None:
    """The set in force, and behind it the later one with its day and clause; afterwards the later one alone."""
    said = []
    for day in (FIRST, SECOND):
        [shown] = [section for section in scheme_page(scheme_file(FILE), day, "zh") if section.title == "定级"]
        said.append(shown.lines)

    assert "2023-01-01起 按总分：优秀 至少90；合格 至少70；不合格 至少0（新 二）" == said[0][1]
    assert said[0][1:] == said[1]


CASES = """\
方案: dated-tiers
例:
  - 名称: 旧档
    日期: 2022-12-31
    台账: |
      村名  甲一  甲二
      孟村  6     是
      王村  0     否
    期望:
      孟村: {星级: 1, 得分: [100, 100]}
      王村: {星级: 0, 得分: [0, 0]}
"""


def test_every_set_has_its_sides() -> None:
    """Cases of the first year show nothing of the tiers of the second."""
    result = check_cases(CASES, "cases.yaml", scheme_file(FILE))
    open_sides = [side for side in result.diagnostics if side.code == "K663" and side.where.line == 23]

    assert 3 == len(open_sides)
    assert not [side for side in result.diagnostics if side.where.line == 22]


def as_editors_read(text: str) -> object:
    """YAML as editors read it before they apply a JSON Schema: dates are text, keys are strings."""
    return json.loads(json.dumps(yaml.safe_load(text), default=str))


def test_the_schema_takes_it() -> None:
    """An editor's schema knows sets by stars and by points, each with its day."""
    validator = jsonschema.Draft202012Validator(scheme_json_schema())

    assert validator.is_valid(as_editors_read(TEXT))
    assert validator.is_valid(as_editors_read(by_stars()))
    assert not validator.is_valid(as_editors_read(TEXT.replace("{自: 2023-01-01, 按", "{按")))
