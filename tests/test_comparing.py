"""Two standards, or one on two days, held side by side: what changed, and who moves because of it."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from making import OWN_CRITERIA, delimited, rated, scheme
from starcheck.cli import app
from starcheck.comparing import Change, moves, scheme_changes
from starcheck.scoring import assess

STARS = (OWN_CRITERIA / "by-stars.yaml").read_text(encoding="utf-8")
SCORE = (OWN_CRITERIA / "by-score.yaml").read_text(encoding="utf-8")
DAY = date(2023, 6, 30)
HEADER = ["乡镇", "村名", "班子健全", "完成率", "提议日期", "决议日期", "公开日期", "集体收入", "合作社", "负债率"]
GOOD = ["是", "95%", "2023-01-01", "2023-01-02", "2023-01-03", 12, 1, "20%"]


def changed(text: str, *changes: tuple[str, str]) -> str:
    """A scheme's text with parts replaced."""
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return text


def differences(text: str, *changes: tuple[str, str], day: date = DAY) -> list[tuple[str, str, str | None, str | None]]:
    """What is said to have changed: key, aspect, before, after."""
    found = scheme_changes(scheme(text), scheme(changed(text, *changes)), (day, day))
    return [(change.key, change.aspect, change.before, change.after) for change in found]


def test_nothing_changed() -> None:
    """A scheme does not differ from itself."""
    assert [] == differences(STARS)
    assert [] == differences(SCORE)


RULE = ("至少2项达标才点亮；必备：CY-1", "至少1项达标才点亮；必备：CY-1")
BOUNDS = ("至少1人、至多50000人", "至少1人、至多90000人")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("至少: 10,", "至少: 8,", ("CY-1", "要求", "至少10万元", "至少8万元")),
        ("为: 是, 依据: 测试 第一条", "为: 是, 依据: 测试 第二条", ("ZB-1", "依据", "测试 第一条", "测试 第二条")),
        ("点亮: {至少: 2}", "点亮: {至少: 1}", ("产业星", "点亮", *RULE)),
        ("责任: 组织部, 整改: 补选", "责任: 县委组织部, 整改: 补选", ("ZB-1", "责任单位", "组织部", "县委组织部")),
        ("列名: [班子健全, 两委班子]", "列名: [班子健全]", ("ZB-1", "列名", "班子健全、两委班子", "班子健全")),
        ("范围: {至少: 1, 至多: 50000}", "范围: {至少: 1, 至多: 90000}", ("人口", "范围", *BOUNDS)),
        ("容差: 0.01", "容差: 0.1", ("JH-1", "容差", "0.01", "0.1")),
        ("不适用按: 达标", "不适用按: 不计", ("ST-2", "不适用于", "城郊村（按达标）", "城郊村（按不计）")),
        ("必备: 是\n", "必备: 否\n", ("CY-1", "必备", "是", "无")),
    ],
)  # fmt: skip
def test_each_aspect_is_compared(old: str, new: str, expected: tuple[str, str, str, str]) -> None:
    """Whatever part of a criterion, star, field or relation changes is named with both its values."""
    assert expected in differences(STARS, (old, new))


def test_what_is_new_and_what_is_gone() -> None:
    """An item that was added has no before, one that was taken out no after."""
    line = next(line for line in STARS.splitlines() if "编号: CY-3" in line)
    without = STARS.replace(f"{line}\n", "")

    gone = scheme_changes(scheme(STARS), scheme(without), (DAY, DAY))
    new = scheme_changes(scheme(without), scheme(STARS), (DAY, DAY))

    assert [Change("CY-3", "负债率", "不再有", "低于30.5%；测试", None)] == list(gone)
    assert [Change("CY-3", "负债率", "新增", None, "低于30.5%；测试")] == list(new)


def test_one_scheme_on_two_days() -> None:
    """On the day a new threshold begins the item asks for something else, by another clause."""
    by = scheme(STARS)

    found = scheme_changes(by, by, (date(2022, 12, 31), date(2023, 1, 1)))

    assert [("ZB-2", "要求", "至少90%", "高于90%"), ("CY-1", "要求", "至少5万元", "至少10万元")] == [
        (change.key, change.aspect, change.before, change.after) for change in found
    ]


def moved(
    folder: Path, text: str, *changes: tuple[str, str], rows: list[list[object]]
) -> list[tuple[str, str, str, tuple[str, ...]]]:
    """Name, tier before, tier after and reasons of the units that move."""
    table = [HEADER, *rows]
    one = rated(folder, scheme(text), table, as_of="2023-06-30").outcome.assessment
    other = rated(folder, scheme(changed(text, *changes)), table, as_of="2023-06-30").outcome.assessment
    found = moves(one, other)
    assert [tier.before for tier in found.tiers if tier.name == "未上报"] == [0]
    assert sum(tier.before for tier in found.tiers) == sum(tier.after for tier in found.tiers) == len(rows)
    return [(move.name, move.before, move.after, move.reasons) for move in found.moved]


ROWS: list[list[object]] = [
    ["河乡", "张村", *GOOD],
    ["河乡", "李村", "是", "95%", "2023-01-01", "2023-01-02", "2023-01-03", 9, 1, "20%"],
    ["河乡", "王村", "否", "95%", "2023-01-01", "2023-01-02", "2023-01-03", 12, 0, "20%"],
]


def test_who_moves_by_a_threshold(tmp_path: Path) -> None:
    """The unit between the old and the new threshold moves, and is told by which requirement."""
    assert [
        (
            "李村",
            "一星",
            "二星",
            ("CY-1 集体收入：未达标 → 达标（要求 至少10万元 → 至少8万元）", "产业星：未点亮 → 点亮"),
        )
    ] == moved(tmp_path, STARS, ("至少: 10,", "至少: 8,"), rows=ROWS)


def test_who_moves_by_a_rule(tmp_path: Path) -> None:
    """Where no item turned, the star's rule is what moved the unit."""
    assert [
        ("张村", "二星", "一星", ("产业星：点亮 → 未点亮（至少2项达标才点亮；必备：CY-1 → 全部达标才点亮）",)),
    ] == moved(
        tmp_path,
        STARS.replace("至少: 10,", "至少: 1,"),
        ("点亮: {至少: 2}", "点亮: 全部"),
        rows=[["河乡", "张村", "是", "95%", "2023-01-01", "2023-01-02", "2023-01-03", 12, 0, "20%"]],
    )


def test_who_moves_by_a_cap(tmp_path: Path) -> None:
    """A cap that is stricter takes a star more, and says so in both sizes."""
    [(name, before, after, reasons)] = moved(
        tmp_path, STARS, ("{未亮: 支部星, 最高: 2,", "{未亮: 生态星, 最高: 1,"), rows=ROWS[:1]
    )

    assert ("张村", "二星", "一星") == (name, before, after)
    assert ("生态星未亮，最高 1：减 0 档 → 减 1 档",) == reasons


_CELLS = st.lists(
    st.tuples(
        st.sampled_from(["是", "否", ""]),
        st.sampled_from(["95%", "90%", "80%", ""]),
        st.sampled_from([5, 9, 10, 12, None]),
        st.sampled_from([0, 1, None]),
        st.sampled_from(["20%", "40%", ""]),
    ),
    min_size=1,
    max_size=5,
)


@given(
    _CELLS, st.sampled_from([("至少: 10,", "至少: 8,"), ("点亮: {至少: 2}", "点亮: 任一"), ("必备: 是", "必备: 否")])
)
def test_every_move_has_a_reason(
    tmp_path_factory: pytest.TempPathFactory, cells: list[tuple[object, ...]], change: tuple[str, str]
) -> None:
    """A unit is listed exactly if its tier differs, and never without saying why."""
    folder = tmp_path_factory.mktemp("moves")
    rows = [
        ["河乡", f"{'甲乙丙丁戊'[place]}村", team, rate, "2023-01-01", "2023-01-02", "2023-01-03", *rest]
        for place, (team, rate, *rest) in enumerate(cells)
    ]
    one = rated(folder, scheme(STARS), [HEADER, *rows], as_of="2023-06-30").outcome.assessment
    other = rated(folder, scheme(changed(STARS, change)), [HEADER, *rows], as_of="2023-06-30").outcome.assessment

    found = moves(one, other)

    differing = {name for name, was, now in zip(one.units.name, one.tiers, other.tiers, strict=True) if was != now}
    assert differing == {move.name for move in found.moved}
    assert all(move.reasons for move in (*found.moved, *found.restarred))


def test_the_same_day_twice_moves_nobody(tmp_path: Path) -> None:
    """A rating does not differ from itself."""
    result = rated(tmp_path, scheme(STARS), [HEADER, *ROWS], as_of="2023-06-30").outcome

    found = moves(result.assessment, assess(result.ledger, DAY))

    assert ((), ()) == (found.moved, found.restarred)


# --- the command ------------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with an old and a new standard and a ledger."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "old.yaml").write_text(STARS, encoding="utf-8")
    (tmp_path / "new.yaml").write_text(changed(STARS, ("至少: 10,", "至少: 8,")), encoding="utf-8")
    delimited(tmp_path / "平原县2023年6月.csv", [HEADER, *ROWS])
    return tmp_path


def test_the_command_says_who_moves(folder: Path) -> None:
    """With ledgers: what changed, the tiers before and after, and who moves."""
    result = CliRunner().invoke(app, ["criteria", "diff", "old.yaml", "new.yaml", "--on", "平原县2023年6月.csv"])

    assert 0 == result.exit_code
    assert "星级有变的单位（1/3）" in result.stdout
    assert "至少10万元" in result.stdout
    assert "升 1 个，降 0 个，其他 0 个。" in result.stdout
    assert (folder / "starcheck.db").exists() is False


def test_the_command_as_json_and_csv(folder: Path) -> None:
    """``--format json`` is one document, ``--format csv`` a row for each unit that moves."""
    arguments = ["criteria", "diff", "old.yaml", "new.yaml", "--on", "平原县2023年6月.csv", "--format"]

    document = json.loads(CliRunner().invoke(app, [*arguments, "json"]).stdout)
    rows = list(csv.reader(io.StringIO(CliRunner().invoke(app, [*arguments, "csv"]).stdout.removeprefix("\ufeff"))))

    assert (3, ["李村"]) == (document["units"], [move["name"] for move in document["moves"]])
    assert {"name": "二星", "before": 1, "after": 2} in document["tiers"]
    assert ["平原县", "河乡", "李村", "", "一星", "二星"] == rows[1][:6]
    assert folder.is_dir()


def test_the_command_on_two_days(folder: Path) -> None:
    """One scheme and two days: the ledgers are rated as on each."""
    result = CliRunner().invoke(
        app,
        ["criteria", "diff", "old.yaml", "--dates", "2022-06-30", "2023-06-30", "--on", "平原县2023年6月.csv"],
    )

    assert 0 == result.exit_code
    assert "李村" in result.stdout
    assert folder.is_dir()


def test_the_command_points_to_what_begins_later(folder: Path) -> None:
    """A requirement from next year changes nobody's tier today; the command says from when on it would."""
    later = changed(
        STARS, ("{自: 2025-01-01, 介于: [12.5, 1000], 依据: 测试}", "{自: 2025-01-01, 介于: [20, 1000], 依据: 测试}")
    )
    (folder / "new.yaml").write_text(later, encoding="utf-8")

    result = CliRunner().invoke(app, ["criteria", "diff", "old.yaml", "new.yaml", "--on", "平原县2023年6月.csv"])

    assert "没有一个单位的星级改变" in result.stdout
    assert "--dates 2023-06-30 2025-01-01" in result.stderr


def test_the_command_on_what_is_recorded(folder: Path) -> None:
    """With ``--county`` the recorded month is rated by both, and nothing is recorded anew."""
    runner = CliRunner()
    assert 0 == runner.invoke(app, ["score", "平原县2023年6月.csv", "--scheme", "old.yaml", "-q"]).exit_code

    result = runner.invoke(app, ["criteria", "diff", "old.yaml", "new.yaml", "--county", "平原", "--format", "json"])
    runs = runner.invoke(app, ["history", "list", "--format", "json"])

    assert ["李村"] == [move["name"] for move in json.loads(result.stdout)["moves"]]
    assert 1 == len(json.loads(runs.stdout))
    assert folder.is_dir()


@pytest.mark.parametrize(
    "arguments",
    [
        ["old.yaml"],
        ["old.yaml", "没有的"],
        ["old.yaml", "--dates", "2022-06-30", "六月"],
        ["old.yaml", "new.yaml", "--on", "平原县2023年6月.csv", "--county", "平原"],
        ["old.yaml", "new.yaml", "old.yaml"],
    ],
)
def test_wrong_usage(folder: Path, arguments: list[str]) -> None:
    """What cannot be compared is refused in one line, exit 2."""
    result = CliRunner().invoke(app, ["criteria", "diff", *arguments])

    assert 2 == result.exit_code
    assert folder.is_dir()
