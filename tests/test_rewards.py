"""奖励: who gets what by the rules of 月度, in exact money; and what nobody gets until it is settled."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner

from making import CRITERIA, delimited, ledger, scheme, scheme_file, workbook
from starcheck.cli import app
from starcheck.cycle.course import Course, RatedMonth
from starcheck.cycle.rewarding import Named, Paid, Rewards, Why, YearTold, rewards, total
from starcheck.scheme import MixedYears, RewardedTo, Scheme, Stacking, scheme_from_texts
from test_cycle import ALL, HEADER, NONE, ONE, REGISTER, SCHEME, TOWNS, TWO, Villages, month
from test_cycle_commands import run

HEAD = SCHEME.partition("月度:")[0]
TWO_YEARS = "{名称: 两年, 档: 二星, 连续: 2, 发给: 单位, 金额: 100, 依据: 测试}"


def by_rules(*rules: str) -> Scheme:
    """The small scheme with these rewards."""
    return scheme(HEAD + "月度:\n  奖励:\n" + "".join(f"    - {rule}\n" for rule in rules))


def over(folder: Path, by: Scheme, *years: Villages, first: int = 2022) -> Course:
    """Decembers, a year each."""
    return Course(
        "平原县",
        tuple(month(folder, by, f"{first + place}-12", year) for place, year in enumerate(years)),
    )


def got(found: Rewards) -> dict[str, Decimal | None]:
    """What each unit gets by the first rule."""
    return {item.unit: item.amount for item in found.items}


# --- the figures of the sources ---------------------------------------------------------------------------------------


def test_the_awards_of_qingfeng_come_to_490000(tmp_path: Path) -> None:
    """20 × 10,000 + 30 × 3,000 + 100 × 1,000 + 100 × 1,000 = 490,000 元, as planned and for as many names."""
    rules = scheme_file(CRITERIA / "wuxing-qingfeng-2022.yaml").monthly.rewards
    sums = {rule.name: (rule.places or 0, int(rule.amount or 0)) for rule in rules}

    assert {
        "担当作为好支书": (20, 10000),
        "优秀等次书记": (30, 3000),
        "良好等次书记": (100, 1000),
        "优秀村干部": (100, 1000),
    } == sums
    assert 490_000 == sum((rule.places or 0) * (rule.amount or 0) for rule in rules)

    own = scheme(HEAD).model_copy(update={"monthly": scheme_file(CRITERIA / "wuxing-qingfeng-2022.yaml").monthly})
    course = over(tmp_path, own, ALL)
    names = [Named(rule.name, "东乡", "甲村", f"{rule.name}{n}") for rule in rules for n in range(rule.places or 0)]
    found = rewards(course, named=names)
    assert (250, Decimal(490_000)) == (len(found.items), total(found.items))


def test_the_shares_of_xinye() -> None:
    """三星 and above: 30,000 元, pay × 1.05; three years at 五/四/三星: +100 %, +20 %, +10 %, retired alike."""
    rules = scheme_file(CRITERIA / "wuxing-xinye-2023.yaml").monthly.rewards
    told = [
        (rule.for_tier, rule.years, rule.to is RewardedTo.UNIT, rule.amount or rule.share, rule.span.value)
        for rule in rules
    ]

    assert [
        ("三星", 1, True, 30000, "年"),
        ("三星", 1, False, Decimal("0.05"), "年"),
        ("五星", 3, False, 1, "年"),
        ("四星", 3, False, Decimal("0.2"), "年"),
        ("三星", 3, False, Decimal("0.1"), "年"),
        ("五星", 3, False, 1, "月"),
        ("四星", 3, False, Decimal("0.2"), "月"),
        ("三星", 3, False, Decimal("0.1"), "月"),
    ] == told
    assert {(2022, MixedYears.LOWEST, Stacking.ADDED)} == {
        (rule.first, rule.mixed, rule.stacking) for rule in rules if rule.years == 3
    }


def test_an_overlay_replaces_a_part_of_the_months_and_keeps_the_others() -> None:
    """新野 declares rewards; the rankings and reminders are those of its parent."""
    own, parent = scheme_file(CRITERIA / "wuxing-xinye-2023.yaml"), scheme_file(CRITERIA / "wuxing-rural.yaml")

    assert own.monthly.rankings == parent.monthly.rankings
    assert own.monthly.reminders == parent.monthly.reminders
    assert not parent.monthly.rewards


# --- years ------------------------------------------------------------------------------------------------------------


def test_several_years_come_to_the_lowest_of_them(tmp_path: Path) -> None:
    """二, 一 is 一 by 取最低, and neither by 须同档."""
    one = "{名称: 一, 档: 一星, 连续: 2, 发给: 单位, 金额: 10, 依据: 测试}"
    years = (ALL | {"甲村": TWO}, ALL | {"甲村": ONE})

    lowest = rewards(over(tmp_path / "a", by_rules(one), *years))
    same = rewards(over(tmp_path / "b", by_rules(one.replace("连续: 2", "连续: 2, 混合年份: 须同档")), *years))

    assert {"甲村", "丙村", "丁村", "戊村"} == got(lowest).keys()
    assert {"丙村", "丁村", "戊村"} == got(same).keys()
    assert ((2022, 2), (2023, 1)) == lowest.items[0].tiers


def test_a_missing_year_is_said_and_gives_nothing(tmp_path: Path) -> None:
    """2022 and 2024 are recorded, 2023 is not: 甲村 waits for it; 乙村, which is below in 2024, does not."""
    course = Course(
        "平原县",
        tuple(month(tmp_path / year, by_rules(TWO_YEARS), f"{year}-12", ALL) for year in ("2022", "2024")),
    )

    found = rewards(course)

    assert () == found.items
    assert [("甲村", ((2023, Why.NO_YEAR),), ("两年",))] == [
        (one.unit, one.reasons, one.rewards) for one in found.waiting
    ]
    assert [2023, 2024] == [rating.year for rating in found.years]
    assert found.years[0].month is None


def test_a_year_without_a_record_may_be_told_of(tmp_path: Path) -> None:
    """By a list. Who is not in it has no such year, 不参评 is none, and what is recorded comes before it."""
    course = over(tmp_path, by_rules(TWO_YEARS), ALL)
    keys = dict(zip(course.now.assessment.units.name, course.keys, strict=True))
    year = int(course.now.period[:4]) - 1
    best = max(tier.number for tier in course.scheme.tiering.tiers)

    def found(tiers: dict[str, int]) -> tuple[dict[str, object], list[tuple[str, object]]]:
        told = {year: YearTold("往年.xlsx", {keys[name]: tier for name, tier in tiers.items()})}
        made = rewards(course, earlier={**told, year + 1: YearTold("往年.xlsx", {})})
        return {item.unit: item.tiers for item in made.items}, [(one.unit, one.reasons) for one in made.waiting]

    assert ({"甲村": ((year, best), (year + 1, 2))}, []) == found({"甲村": best})
    assert ({}, [("甲村", ((year, Why.NOT_TOLD),))]) == found({"乙村": best})
    assert {} == found({"甲村": -1})[0]


def test_before_the_first_year_nothing_is_worked_out(tmp_path: Path) -> None:
    """首年 2023 with two years: due in 2024 at the earliest."""
    by = by_rules(TWO_YEARS.replace("连续: 2", "连续: 2, 首年: 2023"))

    early = rewards(over(tmp_path / "a", by, ALL, ALL))
    due = rewards(over(tmp_path / "b", by, ALL, ALL, first=2023))

    assert ((), ()) == (early.items, early.waiting)
    assert ["两年"] == [rule.name for rule in early.too_early]
    assert {"甲村": Decimal(100)} == got(due)


def test_a_year_is_rated_by_its_last_final_month(tmp_path: Path) -> None:
    """November is final, December is not: 甲村 counts as in November."""
    by = by_rules("{名称: 一年, 档: 二星, 发给: 单位, 金额: 1, 依据: 测试}")
    november = month(tmp_path, by, "2022-11", ALL)
    december = month(tmp_path, by, "2022-12", ALL | {"甲村": NONE})

    last = rewards(Course("平原县", (november, december)))
    final = rewards(Course("平原县", (RatedMonth("2022-11", november.assessment, final=True), december)))

    assert ({}, {"甲村": Decimal(1)}) == (got(last), got(final))
    assert (False, True) == (last.years[0].final, final.years[0].final)


def test_who_is_not_settled_gets_nothing_and_is_listed(tmp_path: Path) -> None:
    """Not reported, provisional, 不参评: each with its reason; who cannot reach it is not listed."""
    by = by_rules("{名称: 村, 达到: 二星, 发给: 单位, 金额: 30000, 依据: 测试}")
    year: Villages = {
        "甲村": TWO,
        "乙村": (9, "是", None),
        "丙村": (*TWO, 1000, "是"),
        "丁村": ONE,
    }

    found = rewards(over(tmp_path, by, year))

    assert {"甲村": Decimal(30000)} == got(found)
    assert {
        "乙村": ((2022, Why.PROVISIONAL),),
        "丙村": ((2022, Why.EXCLUDED),),
        "戊村": ((2022, Why.UNREPORTED),),
    } == {one.unit: one.reasons for one in found.waiting}


# --- shares of pay ----------------------------------------------------------------------------------------------------


def shares(stacking: str) -> tuple[str, str]:
    """5 % for everybody and 100 % for secretaries."""
    return (
        "{名称: 两委, 达到: 二星, 发给: 个人, 职务: [书记, 委员], 比例: 5%, 依据: 测试}",
        f"{{名称: 书记, 档: 二星, 发给: 个人, 职务: [书记], 比例: 100%, 叠加: {stacking}, 依据: 测试}}",
    )


@pytest.mark.parametrize(
    ("stacking", "expected"),
    [
        # added: each of the base; multiplied: 36000.10 × 1.05 × 2 comes to 39,600.11 more
        ("相加", {"两委": "1800.01", "书记": "36000.10"}),
        ("相乘", {"两委": "1800.01", "书记": "37800.11"}),
    ],
)
def test_shares_of_one_person(tmp_path: Path, stacking: str, expected: dict[str, str]) -> None:
    """To the cent, half up; whoever holds two posts gets each rule once."""
    by = by_rules(*shares(stacking))
    course = over(tmp_path, by, {"甲村": TWO})
    pay = [Paid(course.keys[0], "张三", "书记、主任", Decimal("36000.10"))]

    found = rewards(course, pay)

    assert expected == {item.reward.name: str(item.amount) for item in found.items}


def test_without_the_list_of_pay_there_are_shares_and_no_amounts(tmp_path: Path) -> None:
    """Never 0: the amount is not known, and why is said."""
    found = rewards(over(tmp_path, by_rules(*shares("相加")), {"甲村": TWO}))

    assert [(None, Why.NO_PAY_LIST)] * 2 == [(item.amount, item.why) for item in found.items]


def test_who_is_missing_from_the_list_of_pay_is_named(tmp_path: Path) -> None:
    """Nobody of the post, or a base of another span: no amount, and why."""
    by = by_rules(
        shares("相加")[1], "{名称: 离任, 档: 二星, 发给: 个人, 职务: [离任书记], 比例: 10%, 周期: 月, 依据: 测试}"
    )
    course = over(tmp_path, by, {"甲村": TWO})
    pay = [Paid(course.keys[0], "李四", "离任书记", of_year=Decimal(1200))]

    found = rewards(course, pay)

    assert [("书记", Why.NOT_LISTED), ("离任", Why.NO_BASE)] == [(item.reward.name, item.why) for item in found.items]


# --- rules that are refused -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ("{名称: 村, 达到: 二星, 发给: 单位, 依据: 测试}", "K610"),
        ("{名称: 村, 发给: 单位, 金额: 1, 依据: 测试}", "K610"),
        ("{名称: 村, 达到: 二星, 发给: 单位, 比例: 5%, 依据: 测试}", "K606"),
        ("{名称: 村, 达到: 二星, 发给: 个人, 金额: 1, 依据: 测试}", "K606"),
        ("{名称: 村, 达到: 二星, 名额: 3, 金额: 1, 依据: 测试}", "K606"),
        ("{名称: 村, 达到: 二星, 首年: 2022, 金额: 1, 依据: 测试}", "K606"),
        ("{名称: 村, 名单: 是, 连续: 2, 金额: 1, 依据: 测试}", "K606"),
        ("{名称: 村, 达到: 九星, 金额: 1, 依据: 测试}", "K626"),
        ("{名称: 村, 达到: 二星, 金额: 1, 依据: 没有}", "K614"),
        ("{名称: 甲, 达到: 二星, 金额: 1, 依据: 测试}\n    - {名称: 甲, 达到: 一星, 金额: 1, 依据: 测试}", "K618"),
    ],
)
def test_what_does_not_hang_together_is_refused(rule: str, code: str) -> None:
    """A reward without an amount is none; at its line."""
    found, problems = scheme_from_texts([("x.yaml", f"{HEAD}月度:\n  奖励:\n    - {rule}\n")])

    assert found is None
    assert [code] == [problem.code for problem in problems]
    assert HEAD.count("\n") + 3 <= (problems[0].where.line or 0)


# --- the command ------------------------------------------------------------------------------------------------------


RULES = """\
月度:
  奖励:
    - {名称: 村经费, 达到: 二星, 发给: 单位, 金额: 30000, 依据: 测试}
    - {名称: 两委, 达到: 二星, 发给: 个人, 职务: [书记, 委员], 比例: 5%, 依据: 测试}
    - {名称: 好支书, 名单: 是, 名额: 2, 发给: 个人, 金额: 10000, 周期: 一次, 依据: 测试}
"""


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with December recorded, a list of pay in 万元 and a list of names."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "criteria").mkdir()
    (tmp_path / "criteria" / "monthly.yaml").write_text(HEAD + RULES, encoding="utf-8")
    delimited(tmp_path / "register.csv", REGISTER)
    villages: Sequence[Sequence[object]] = [
        [TOWNS[name], name, 1000, *cells, "否"] for name, cells in (ALL | {"丙村": TWO}).items()
    ]
    file = ledger(tmp_path / "2022-12.xlsx", [HEADER, *villages])
    told = ("--scheme", "monthly", "--period", "2022-12", "--county", "平原县", "--register", "register.csv")
    assert 0 == run("score", file, *told)[0]
    pay = [
        ["村名", "乡镇", "姓名", "职务", "基本报酬（万元）"],
        ["甲村", "东乡", "张三", "书记", 3.6],
        ["甲村", "东乡", "李四", "委员", 1.2],
        ["甲村", "东乡", "李四", "委员", 1.2],
        ["丙村", "西乡", "王五", "书记", None],
        ["子村", "西乡", "赵六", "书记", 3.6],
    ]
    ledger(tmp_path / "pay.xlsx", pay)
    names = [
        ["村名", "乡镇", "姓名", "奖项"],
        ["戊村", "北乡", "孙七", "好支书"],
        ["甲村", "东乡", "张三", "好书记"],
    ]
    ledger(tmp_path / "names.csv", names)
    return tmp_path


def test_the_command_itemises(office: Path) -> None:
    """Every item with its amount, or why there is none; sums by rule, span and township; rows that are of no use."""
    code, said = run("rewards", "--pay", "pay.xlsx", "--awards", "names.csv", "--format", "json")
    document = json.loads(said)

    assert 0 == code
    assert [
        ("甲村", None, "村经费", 30000, None),
        ("丙村", None, "村经费", 30000, None),
        ("甲村", "张三", "两委", 1800, None),
        ("甲村", "李四", "两委", 600, None),
        ("丙村", "王五", "两委", None, "no_base"),
        ("戊村", "孙七", "好支书", 10000, None),
    ] == [(row["unit"], row["person"], row["reward"], row["amount"], row["why_code"]) for row in document["rewards"]]
    assert [60000, 2400, 10000, 10000, 62400] == [row["amount"] for row in document["rules"]]
    assert {"东乡": 32400, "西乡": 30000, "北乡": 10000} == {
        row["township"]: row["amount"] for row in document["townships"]
    }
    assert ["李四", "赵六", "张三"] == [row["person"] for row in document["aside"]]
    told = CliRunner().invoke(app, ["rewards", "--pay", "pay.xlsx", "--awards", "names.csv"]).stderr
    assert "R452" in told
    assert "北乡" in told or "东乡" in told
    assert "好支书：名单1，名额2，不相等。" in document["notes"]["rules"]
    assert "2022年按2022-12的评定结果，还没有终评。" in document["notes"]["rewards"]

    assert 0 == run("rewards", "--out", office / "r.xlsx")[0]
    book = openpyxl.load_workbook(office / "r.xlsx")
    assert ["奖励明细", "各项奖励合计", "各乡镇奖励合计", "暂不发放", "说明"] == book.sheetnames


def test_a_person_of_a_village_that_nobody_rates_is_paid_as_listed_and_told(office: Path) -> None:
    """It may be somebody from elsewhere, or a slip in the village's name: the office has to look."""
    names = [["村名", "乡镇", "姓名", "奖项"], ["外村", "东乡", "孙七", "好支书"], ["", "", "周八", "好支书"]]
    ledger(office / "named.csv", names)

    document = json.loads(run("rewards", "--awards", "named.csv", "--format", "json")[1])

    assert [("外村", 10000), ("", 10000)] == [
        (row["unit"], row["amount"]) for row in document["rewards"] if row["reward"] == "好支书"
    ]
    told = "名单里有 1 人写的不是这个县评定的单位，按名单写的列（东乡外村），请核对。"
    assert told in document["notes"]["rewards"]


PAY = ["村名", "乡镇", "姓名", "职务", "基本报酬", "月基本报酬"]


def test_posts_are_those_that_the_standard_names() -> None:
    """Two where they are joined by a mark or 兼, but one that the standard knows by the whole of its name."""

    def held(post: str, *known: str) -> set[str]:
        return set(Paid("甲村", "张三", post).posts(known))

    assert {"书记", "主任"} == held("书记兼主任") == held("书记、主任") == held("书记兼任主任", "书记")
    assert {"书记兼主任"} == held("书记兼主任", "书记", "书记兼主任")
    assert {"兼职会计"} == held("兼职会计")
    assert {"书记", "兼职会计"} == held("书记兼职会计", "书记")
    assert {"会计（兼）"} == held("会计（兼）", "会计（兼）")


@pytest.mark.parametrize(
    ("rows", "amount", "aside"),
    [
        ([["甲村", "东乡", "张三", "书记", 36000, None]] * 2, 1800, ["前面已有相同的一行"]),
        (
            [["甲村", "东乡", "张三", "书记", pay, None] for pay in (36000, 40000)],
            None,
            ["同一人、同一职务有几个不同的基数，哪个也不用"] * 2,
        ),
        (
            [["甲村", "东乡", "张三", "书记", None, 3000], ["甲村", "东乡", "张三", "书记", 36000, None]],
            1800,
            [],
        ),
        *(
            ([["甲村", "东乡", "张三", post, 36000, None]], 1800, [])
            for post in ("书记兼委员", "会计兼任书记", "书记兼职会计")
        ),
        ([["甲村", "东乡", "张三", "书记", "约3.6万", None]], None, ["基本报酬“约3.6万”不是一个大于0的数"]),
        ([["甲村", "东乡", "张三", "书记", 0, None]], None, ["基本报酬“0”不是一个大于0的数"]),
    ],
)
def test_a_base_is_what_all_rows_say(
    office: Path, rows: list[list[object]], amount: int | None, aside: list[str]
) -> None:
    """Two bases for one person and post are none, whichever stands first; one that cannot be read is told (R452)."""
    ledger(office / "own.xlsx", [PAY, *rows])
    done = CliRunner().invoke(app, ["rewards", "--pay", "own.xlsx", "--format", "json"])
    document = json.loads(done.stdout)

    assert [amount] == [row["amount"] for row in document["rewards"] if row["person"] == "张三"]
    assert aside == [row["why"] for row in document.get("aside", [])]
    assert bool(aside) == ("R452" in done.stderr)


def test_a_list_of_pay_without_pay(office: Path) -> None:
    """A base under a header that is not known is said to be missing."""
    ledger(office / "own.xlsx", [[*PAY[:4], "工资"], ["甲村", "东乡", "张三", "书记", 36000]])
    document = json.loads(run("rewards", "--pay", "own.xlsx", "--format", "json")[1])

    assert any("没有“基本报酬”" in note for note in document["notes"]["rewards"])


def test_another_name_of_a_village_is_no_other_village(office: Path) -> None:
    """甲村 is called 大甲 in the lists of two departments: one award, and the pay of its secretary."""
    register = [[*REGISTER[0], "别名"], *([*row, "大甲" if row[0] == "甲村" else ""] for row in REGISTER[1:])]
    delimited(office / "register.csv", register)
    told = ("--scheme", "monthly", "--period", "2022-12", "--county", "平原县", "--register", "register.csv")
    assert 0 == run("score", "2022-12.xlsx", *told)[0]
    ledger(office / "own.xlsx", [PAY, ["大甲", "东乡", "张三", "书记", 36000, None]])
    awards = [["村名", "乡镇", "姓名", "奖项"], *([name, "东乡", "张三", "好支书"] for name in ("甲村", "大甲"))]
    ledger(office / "named.csv", awards)
    document = json.loads(run("rewards", "--pay", "own.xlsx", "--awards", "named.csv", "--format", "json")[1])

    assert [("两委", 1800), ("好支书", 10000)] == [
        (row["reward"], row["amount"]) for row in document["rewards"] if row["person"] == "张三"
    ]
    assert [("大甲", "前面已有相同的一行")] == [(row["unit"], row["why"]) for row in document["aside"]]


def test_an_award_merged_over_its_people_is_given_to_each(office: Path) -> None:
    """奖项 is often one cell beside all who were given it; and yuan in a workbook have their cents."""
    workbook(
        office / "named.xlsx",
        [
            ["奖项", "村名", "乡镇", "姓名"],
            ["好支书", "戊村", "北乡", "孙七"],
            [None, "甲村", "东乡", "张三"],
        ],
        merged=["A2:A3"],
    )
    assert 0 == run("rewards", "--awards", "named.xlsx", "--out", office / "r.xlsx")[0]
    sheet = openpyxl.load_workbook(office / "r.xlsx")["奖励明细"]
    header = [cell.value for cell in sheet[1]]
    given = [dict(zip(header, row, strict=True)) for row in sheet.iter_rows(2)]
    given = [row for row in given if row["奖励"].value == "好支书"]

    assert [("孙七", 10000), ("张三", 10000)] == [(row["姓名"].value, row["金额（元）"].value) for row in given]
    assert {"#,##0.00"} == {row["金额（元）"].number_format for row in given}


@pytest.mark.usefixtures("office")
def test_earlier_years_come_from_a_file(office: Path) -> None:
    """The rows of use count, the others are told of: no such unit, year or tier; a year that is recorded."""
    rules = office / "criteria" / "monthly.yaml"
    more = "    - {名称: 两年二星, 档: 二星, 连续: 2, 发给: 单位, 金额: 7, 依据: 测试}\n"
    rules.write_text(rules.read_text(encoding="utf-8") + more, encoding="utf-8")
    told = ("--scheme", "monthly", "--period", "2022-12", "--county", "平原县", "--register", "register.csv")
    assert 0 == run("score", office / "2022-12.xlsx", *told)[0]
    rows = [
        ["村名", "乡镇", "年度", "星级"],
        ["甲村", "东乡", "2021年", "二星"],
        ["丙村", "西乡", 2021, "不参评"],
        ["丁村", "西乡", 2021, "一星"],
        ["丁村", "西乡", 2021, "二星"],
        ["甲村", "东乡", 2022, "二星"],
        ["甲村", "东乡", "去年", "二星"],
        ["戊村", "北乡", 2021, "九星"],
        ["子村", "西乡", 2021, "二星"],
    ]
    ledger(office / "earlier.xlsx", rows)
    document = json.loads(run("rewards", "--earlier", "earlier.xlsx", "--format", "json")[1])

    assert [("甲村", 7)] == [(row["unit"], row["amount"]) for row in document["rewards"] if row["reward"] == "两年二星"]
    assert ["丁村", "甲村", "甲村", "戊村", "子村"] == [row["unit"] for row in document["aside"]]
    assert "文件“earlier.xlsx”里的2个单位" in "".join(document["notes"]["rewards"])


@pytest.mark.usefixtures("office")
def test_without_files_nothing_is_made_up() -> None:
    """The shares without amounts, and what the places of the award come to."""
    document = json.loads(run("rewards", "--format", "json")[1])

    assert [30000, 30000, None, None] == [row["amount"] for row in document["rewards"]]
    assert [(None, 60000), (None, None), (20000, None), (20000, None), (None, 60000)] == [
        (row["planned"], row["amount"]) for row in document["rules"]
    ]


def test_files_and_schemes_that_say_nothing(office: Path) -> None:
    """A scheme without rewards, no such file, a file without the columns: each is said."""
    assert 2 == run("rewards", "--pay", "none.xlsx")[0]
    assert "没有找到有这几列的表：村名、姓名、职务" in CliRunner().invoke(app, ["rewards", "--pay", "names.csv"]).output

    (office / "criteria" / "monthly.yaml").write_text(HEAD, encoding="utf-8")
    rows = [HEADER, ["东乡", "甲村", 1000, 9, "是", "是", "否"]]
    run("score", ledger(office / "x.xlsx", rows), "--scheme", "monthly", "--period", "2023-01", "--county", "平原县")
    done = CliRunner().invoke(app, ["rewards"])
    assert (2, True) == (done.exit_code, "没有声明奖励" in done.output)


@pytest.mark.usefixtures("office")
def test_nothing_certain_is_no_zero() -> None:
    """Where everybody is waiting a rule has no sum, and says how many wait; the sum of nobody is 0."""
    rows = [HEADER, ["东乡", "甲村", 1000, 9, "是", None, "否"]]
    told = ("--scheme", "monthly", "--period", "2023-12", "--county", "平原县", "--register", "register.csv")
    run("score", ledger(Path("2023-12.xlsx"), rows), *told)

    document = json.loads(run("rewards", "--format", "json")[1])

    assert [("村经费", None, 5), ("两委", None, 5), ("好支书", None, None)] == [
        (row["reward"], row["amount"], row["waiting"]) for row in document["rules"][:3]
    ]
