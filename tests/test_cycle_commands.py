"""``rank`` and ``reminders`` as they are run, over a store; and lists to hand on in every form."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner

from making import delimited, ledger
from starcheck.cli import app
from starcheck.report.listing import Handout, Heading, Listing, Shows, csv_bytes, document, value_shown, write_handout
from test_cycle import ALL, HEADER, NONE, ONE, REGISTER, SCHEME, TOWNS, TWO, Villages


def run(*words: object) -> tuple[int, str]:
    """Exit code and stdout of a command."""
    done = CliRunner().invoke(app, [str(word) for word in words])
    return done.exit_code, done.stdout


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace in which three months are recorded: 北乡 is last in the second and the third."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "criteria").mkdir()
    (tmp_path / "criteria" / "monthly.yaml").write_text(SCHEME, encoding="utf-8")
    delimited(tmp_path / "register.csv", REGISTER)
    months: dict[str, Villages] = {
        "2022-04": ALL | {"戊村": (9, "是", "是")},
        "2022-05": ALL | {"戊村": NONE},
        "2022-06": ALL | {"戊村": NONE, "丁村": ONE},
    }
    for period, villages in months.items():
        rows = [HEADER, *([TOWNS[name], name, 1000, *cells, "否"] for name, cells in villages.items())]
        file = ledger(tmp_path / f"{period}.xlsx", rows)
        code, said = run(
            "score", file, "--scheme", "monthly", "--period", period, "--county", "平原县", "--register", "register.csv"
        )

        assert 0 == code, said
    return tmp_path


def test_rank(office: Path) -> None:
    """Places, the value, last month's place and the change; by which rule."""
    code, said = run("rank", "--county", "平原", "--store", office / "starcheck.db")

    assert 0 == code
    assert "平原县2022-06 月度排名" in said
    assert [["1（并列）", "东乡", "1.00"], ["1（并列）", "西乡", "1.00"], ["3", "北乡", "0.00"]] == [
        line.split()[:3] for line in said.splitlines() if "乡" in line and line.split()[0][0].isdigit()
    ]
    assert "依据：测试" in said


@pytest.mark.usefixtures("office")
def test_rank_of_an_earlier_month_knows_nothing_of_later_ones() -> None:
    """--period asks for a month as it stood: 北乡 led in April."""
    document = json.loads(run("rank", "--period", "2022-04", "--format", "json")[1])

    assert ["北乡", "东乡", "西乡"] == [row["name"] for row in document["ranking_1"]]
    assert ["2022-04"] == document["months"]
    assert {None} == {row["previous"] for row in document["ranking_1"]}


@pytest.mark.usefixtures("office")
def test_change_and_streak() -> None:
    """北乡 fell two places in May and stayed in June."""
    may = json.loads(run("rank", "--period", "2022-05", "--format", "json")[1])["ranking_1"]
    june = json.loads(run("rank", "--format", "json")[1])["ranking_1"]

    assert ("降2", -1) == next((row["change"], row["streak"]) for row in may if row["name"] == "北乡")
    assert ("持平", 0) == next((row["change"], row["streak"]) for row in june if row["name"] == "北乡")


def test_last_month_is_the_month_before(office: Path) -> None:
    """Nothing is recorded of July: August has no place of last month, no change and no streak across the gap."""
    rows = [HEADER, *([TOWNS[name], name, 1000, *cells, "否"] for name, cells in (ALL | {"戊村": TWO}).items())]
    told = ("--scheme", "monthly", "--period", "2022-08", "--county", "平原县", "--register", "register.csv")
    run("score", ledger(office / "2022-08.xlsx", rows), *told)

    found = json.loads(run("rank", "--format", "json")[1])
    assert [("—", None, 0)] * 3 == [(row["previous"], row["change"], row["streak"]) for row in found["ranking_1"]]
    assert "上个月没有记录：没有上月名次，也不算升降。" in found["notes"]["ranking_1"]


def test_where_tiers_are_in_no_order_there_is_no_rank(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """排名: 否 without a ranking of its own: no mean of states is made up."""
    monkeypatch.chdir(tmp_path)
    text = SCHEME.partition("月度:")[0]
    assert "定级:\n" in text
    file = tmp_path / "states.yaml"
    file.write_text(text.replace("定级:\n", "定级:\n  排名: 否\n"), encoding="utf-8")
    rows = [HEADER, *([TOWNS[name], name, 1000, *cells, "否"] for name, cells in ALL.items())]
    told = ("--scheme", "states.yaml", "--period", "2022-06", "--county", "平原县")

    assert 0 == run("score", ledger(tmp_path / "06.xlsx", rows), *told)[0]
    found = CliRunner().invoke(app, ["rank"])
    assert (2, True) == (found.exit_code, "不排先后" in found.stderr)


@pytest.mark.usefixtures("office")
def test_one_ranking_by_name() -> None:
    """--name takes one; a name there is not is refused with those there are."""
    assert 0 == run("rank", "--name", "乡镇")[0]

    done = CliRunner().invoke(app, ["rank", "--name", "村"])

    assert 2 == done.exit_code
    assert "没有“村”这个排名；有：乡镇" in done.output


@pytest.mark.usefixtures("office")
def test_reminders() -> None:
    """北乡 is due, with both months and their figures, and the draft says it is one."""
    document = json.loads(run("reminders", "--format", "json")[1])
    (row,) = document["reminders_1"]

    assert ("due", "北乡", 2, "2022-06") == (row["state_code"], row["name"], row["months"], row["since"])
    assert "2022-05 第3名（共3），平均星级0.00；2022-06 第3名（共3），平均星级0.00" == row["causes"]
    assert "草稿，须经审核；评定方案：示例，非官方标准" in row["text"]
    assert "自：第一次够约谈的那个月" in document["notes"]["reminders_1"][1]


def test_a_month_that_is_open_is_no_month_behind(office: Path) -> None:
    """北乡 is silent in July: the reminder of June stands, nothing is drafted, and the missing data are named."""
    rows = [HEADER, *([TOWNS[name], name, 1000, *TWO, "否"] for name in ("甲村", "乙村", "丙村", "丁村"))]
    told = ("--scheme", "monthly", "--period", "2022-07", "--county", "平原县", "--register", "register.csv")
    run("score", ledger(office / "2022-07.xlsx", rows), *told)

    (row,) = json.loads(run("reminders", "--format", "json")[1])["reminders_1"]
    assert ("standing", "北乡", 2, None) == (row["state_code"], row["name"], row["months"], row["text"])
    assert row["causes"].endswith("2022-07 第1–3名（共3），平均星级0.00–2.00，是否落后说不准：北乡1个单位未上报")


def test_targets(office: Path) -> None:
    """Recorded targets, or those of a file; none are an error, not an empty table."""
    done = CliRunner().invoke(app, ["targets"])
    assert 2 == done.exit_code
    assert "没有争创目标" in done.output

    delimited(office / "targets.csv", [["乡镇", "二星", "一星"], ["东乡", 2, 0], ["西", 0, 2]])
    code, said = run("targets", "--targets", "targets.csv", "--format", "json")
    assert 0 == code
    found = json.loads(said)
    assert [(2, 1, 2, 1), (2, 2, 4, 3)] == [
        (row["target"], row["actual"], row["target_above"], row["actual_above"]) for row in found["tiers"]
    ]
    assert [("东乡", 2, 1), ("西乡", 0, 0), ("北乡", 0, 0)] == [
        (row["township"], row["target_above_2"], row["actual_above_2"]) for row in found["townships"][:3]
    ]


def test_numbers_of_units_say_of_no_village_what_it_lacks(office: Path) -> None:
    """Two at 二星 are wanted and there is one: that is no village's gap, so no star has a number, not even naught."""
    file = delimited(office / "numbers.csv", [["乡镇", "二星"], ["东乡", "2"]])
    code, said = run("targets", "--targets", file, "--format", "json")

    assert 0 == code, said
    found = json.loads(said)
    assert [2, 1] == [found["townships"][0][key] for key in ("aimed", "reached")]
    assert [None, None] == [row["lacking"] for row in found["stars"]]
    assert ["目标只给了各档个数，没有一个单位有自己的目标：谁差哪颗星说不出。"] == found["notes"]["stars"]


def test_states_do_not_move(office: Path) -> None:
    """Where tiers do not rank (排名: 否) nobody goes up or down, and nothing is counted in tiers."""
    states = SCHEME.replace("  方法: 亮星数\n", "  方法: 亮星数\n  排名: 否\n").partition("月度:")[0]
    (office / "states.yaml").write_text(states, encoding="utf-8")
    store = ("--store", office / "states.db")
    for period, cells in (("2022-05", (9, "是", "是")), ("2022-06", (9, "是", ""))):
        path = ledger(office / f"{period}.xlsx", [HEADER, ["东乡", "甲村", 1000, *cells, "否"]])
        run("score", path, "--scheme", office / "states.yaml", "--county", "平原", "--period", period, *store)

    document = json.loads(run("moves", *store, "--format", "json")[1])
    (row,) = document["units"]
    assert ("有变", "二星", "待核实或不参评") == (row["what"], row["before"], row["after"])
    assert "change" not in row
    assert "causes" not in document


def test_moves(office: Path) -> None:
    """Against the month before, or another; what moved each, and that the causes add up."""
    may = json.loads(run("moves", "--period", "2022-05", "--format", "json")[1])
    (row,) = may["units"]
    assert ("戊村", "二星", "未评星", -2, -2) == (row["name"], row["before"], row["after"], row["change"], row["data"])
    assert "A1 收入 9万元→1万元（达标→未达标）" in row["why"]
    assert [0, 0, 0, -2, 0, -2] == [cause["change"] for cause in may["causes"]]

    assert [] == json.loads(run("moves", "--format", "json")[1])["units"]
    assert 1 == len(json.loads(run("moves", "--since", "2022-04", "--format", "json")[1])["units"])
    assert 2 == CliRunner().invoke(app, ["moves", "--since", "2021-01"]).exit_code
    assert 2 == CliRunner().invoke(app, ["moves", "--period", "2022-04"]).exit_code
    corrected = ledger(office / "2022-05.xlsx", [HEADER, ["北乡", "戊村", 1000, 9, "是", "否", "否"]])
    run("score", corrected, "--scheme", "monthly", "--period", "2022-05", "--county", "平原县")
    (row,) = json.loads(run("moves", "--format", "json")[1])["units"]
    assert ("戊村", 0, 1, -1) == (row["name"], row["change"], row["correction"], row["data"])


def moved(office: Path, scheme: str, months: dict[str, Villages], registers: dict[str, list[list[str]]]) -> list[str]:
    """What ``moves`` says of the last month: the change of each unit listed, and why."""
    file = office / "own.yaml"
    file.write_text(scheme, encoding="utf-8")
    told = ("--scheme", file, "--county", "平原县", "--store", office / "own.db")
    for period, villages in months.items():
        towns = {name: town for name, town, *_ in registers[period][1:]}
        rows = [HEADER, *([towns[name], name, 1000, *cells, "否"] for name, cells in villages.items())]
        register = delimited(office / f"register-{period}.csv", registers[period])
        path = ledger(office / f"own-{period}.xlsx", rows)
        assert run("score", path, *told, "--period", period, "--register", register)[0] in {0, 3}
    found = json.loads(run("moves", "--store", office / "own.db", "--format", "json")[1])["units"]
    return [f"{row['name']} {row['before']}→{row['after']} {row['what']} {row['why']}" for row in found]


BOTH = {"2022-05": REGISTER, "2022-06": REGISTER}


def test_moved_by_the_rule_of_a_star(office: Path) -> None:
    """任一 lights 乙星 from June on, with no item judged otherwise: the standard is named, and apart from the data."""
    easier = SCHEME.replace(
        "    牵头: 二专班\n    点亮: 全部\n",
        "    牵头: 二专班\n    点亮:\n"
        "      - {自: 2022-01-01, 按: 全部, 依据: 测试}\n      - {自: 2022-06-01, 按: 任一, 依据: 测试}\n",
    )
    may: Villages = {"丙村": ONE, "丁村": ONE, "戊村": NONE}
    june: Villages = {"丙村": ONE, "丁村": (1, "是", "否"), "戊村": NONE}

    rule = "标准：乙星：未点亮 → 点亮（全部达标才点亮 → 至少1项达标才点亮（测试））"
    assert [
        f"丙村 一星→二星 晋位 {rule}",
        f"丁村 一星→一星 不变 {rule}；A1 收入 9万元→1万元（达标→未达标）",
    ] == moved(office, easier, {"2022-05": may, "2022-06": june}, BOTH)


def test_moved_by_points_and_places(office: Path) -> None:
    """By points, and under a quota, the verdicts do not tell why: what was earned does, and who took the place."""
    by_points = (
        SCHEME.replace("列名: [收入], 类型: 数值", "列名: [收入], 分值: 60, 扣分: {每: 1, 扣: 10}, 类型: 数值")
        .replace("列名: [建队], 类型", "列名: [建队], 分值: 30, 类型")
        .replace("列名: [演练], 类型", "列名: [演练], 分值: 10, 类型")
        .replace("至少: 5,", "至少: 10,")
        .replace("  方法: 亮星数", "  方法: 总分")
        .replace(
            "{2: 二星, 1: 一星, 0: 未评星}",
            "[{至少: 80, 档: 二星}, {至少: 40, 档: 一星}, {至少: 0, 档: 未评星}]\n"
            '  名额: [{档: 二星, 至多: 1, 范围: 全县, 同分: ["[A1] 高者先"], 依据: 测试}]',
        )
    )
    may: Villages = {"甲村": (11, "是", "是"), "乙村": (4, "是", "否"), "丙村": (9, "是", "是")}
    june: Villages = {"甲村": (11, "是", "是"), "乙村": (6, "是", "否"), "丙村": (12, "是", "是")}

    earned = "A1 收入：未达标 → 达标（9万元 → 12万元、得分 50 → 60）；甲星：未点亮 → 点亮；定级：得分（90 → 100）"
    assert [
        "乙村 未评星→一星 晋位 A1 收入：得分增加（4万元 → 6万元、得分 0 → 20）；定级：得分（30 → 50）",
        f"丙村 一星→二星 晋位 {earned}；二星名额：减 1 档 → 减 0 档（名额没有变，先后变了）",
        "甲村 二星→一星 降档 二星名额：减 0 档 → 减 1 档（名额没有变，先后变了）",
    ] == moved(office, by_points, {"2022-05": may, "2022-06": june}, BOTH)


def test_who_left_the_register_is_told(office: Path) -> None:
    """丁村 was in May's register and is not in June's: a tier less in the table, and here the village that had it."""
    without = [row for row in REGISTER if row[0] != "丁村"]
    less = {name: cells for name, cells in ALL.items() if name != "丁村"}
    found = moved(office, SCHEME, {"2022-05": ALL, "2022-06": less}, {"2022-05": REGISTER, "2022-06": without})

    assert ["丁村 一星→None 不再在册 "] == found
    counts = json.loads(run("moves", "--store", office / "own.db", "--format", "json")[1])["counts"]
    assert [("held", 4), ("gone", 1)] == [(row["way"], row["units"]) for row in counts]


def test_who_gets_a_code_is_the_same(office: Path) -> None:
    """A register that has codes only from June on, or only until May: nobody is new, and nobody is gone."""
    coded = [[*REGISTER[0], "编码"]]
    coded += [[*row, f"4109221{place:02d}201"] for place, row in enumerate(REGISTER[1:], start=1)]
    june = ALL | {"丁村": TWO}
    for place, registers in enumerate(((REGISTER, coded), (coded, REGISTER))):
        (office / "own.db").unlink(missing_ok=True)
        by_month = dict(zip(("2022-05", "2022-06"), registers, strict=True))

        assert ["丁村 一星→二星 晋位 B2 演练 否→是（未达标→达标）"] == moved(
            office, SCHEME, {"2022-05": ALL, "2022-06": june}, by_month
        ), place
        counts = json.loads(run("moves", "--store", office / "own.db", "--format", "json")[1])["counts"]
        assert [("up", 1), ("held", 4)] == [(row["way"], row["units"]) for row in counts]


@pytest.mark.parametrize(
    ("by", "changed"),
    [
        ("占比, 达到: 二星", ("2: 二星, 1: 一星", "2: 示范, 1: 合格")),
        ("平均得分", ("方法: 亮星数", "方法: 总分")),
    ],
)
def test_a_month_by_a_standard_without_what_is_measured(office: Path, by: str, changed: tuple[str, str]) -> None:
    """In April there was no 二星, or no points: no place of then, and no month that says who was behind."""
    points = SCHEME.replace("收入], 类型", "收入], 分值: 60, 类型").replace("建队], 类型", "建队], 分值: 30, 类型")
    points = points.replace("演练], 类型", "演练], 分值: 10, 类型").replace("按: 平均星级", f"按: {by}")
    bands = "[{至少: 80, 档: 二星}, {至少: 40, 档: 一星}, {至少: 0, 档: 未评星}]"
    scored = points.replace("方法: 亮星数", "方法: 总分").replace("{2: 二星, 1: 一星, 0: 未评星}", bands)
    first, second = (points.replace(*changed), points) if "达到" in by else (points, scored)
    first = first.replace(f"按: {by}", "按: 平均星级").replace(
        "生效: 2022-01-01\n", "生效: 2022-01-01\n失效: 2022-04-30\n"
    )
    second = second.replace("2022-01-01", "2022-05-01").replace('版本: "1"', '版本: "2"')
    (office / "criteria" / "monthly.yaml").write_text(first, encoding="utf-8")
    (office / "criteria" / "monthly2.yaml").write_text(second, encoding="utf-8")
    told = ("--scheme", "monthly", "--county", "平原县", "--register", "register.csv", "--store", office / "own.db")
    for period in ("2022-04", "2022-05", "2022-06"):
        villages = ALL | {"甲村": NONE, "丙村": TWO, "戊村": TWO}
        rows = [HEADER, *([TOWNS[name], name, 1000, *cells, "否"] for name, cells in villages.items())]
        path = ledger(office / f"own-{period}.xlsx", rows)
        assert 0 == run("score", path, "--period", period, *told)[0]

    asked = ("--store", office / "own.db", "--format", "json")
    may = json.loads(run("rank", "--period", "2022-05", *asked)[1])
    assert {("—", None)} == {(row["previous"], row["change"]) for row in may["ranking_1"]}
    assert {0} == {row["streak"] for row in may["ranking_1"]}
    assert any("没有这个排名比的" in note for note in may["notes"]["ranking_1"])
    june = json.loads(run("rank", *asked)[1])["ranking_1"]
    assert {"持平"} == {row["change"] for row in june}
    states = []
    for period in ("2022-05", "2022-06"):
        (row,) = json.loads(run("reminders", "--period", period, *asked)[1])["reminders_1"]
        states.append((row["name"], row["state_code"], row["months"]))
    assert [("东乡", "warned", 1), ("东乡", "due", 2)] == states


def test_no_rule_no_reminders(office: Path) -> None:
    """A scheme without 约谈 says so instead of an empty list."""
    scheme = (office / "criteria" / "monthly.yaml").read_text(encoding="utf-8").partition("月度:")[0]
    (office / "criteria" / "monthly.yaml").write_text(scheme, encoding="utf-8")
    rows = [HEADER, ["东乡", "甲村", 1000, 9, "是", "是", "否"]]
    file = ledger(office / "2022-07.xlsx", rows)
    run("score", file, "--scheme", "monthly", "--period", "2022-07", "--county", "平原县")

    done = CliRunner().invoke(app, ["reminders"])

    assert 2 == done.exit_code
    assert "没有声明约谈规则" in done.output
    assert "默认的一种" in run("rank")[1]


def test_written_files(office: Path) -> None:
    """A workbook with a sheet each and what it is about; CSVs beside each other; Markdown; JSON."""
    for name in ("r.xlsx", "r.csv", "r.md", "r.json", "r.txt"):
        assert 0 == run("rank", "--out", name)[0]

    assert ["乡镇", "说明"] == openpyxl.load_workbook("r.xlsx").sheetnames
    lines = list(csv.reader((office / "r.csv").read_text(encoding="utf-8-sig").splitlines()))
    ends = ["最高名次", "最低名次"], ["下限", "上限"]
    assert [
        "名次",
        *ends[0],
        "乡镇",
        "平均星级",
        *ends[1],
        "单位数",
        "未上报",
        "有待核实",
        "上月名次",
        "变动",
    ] == lines[0]
    assert ["1（并列）", "1", "1", "东乡", "1.00", "1", "1"] == lines[1][:7]
    assert (office / "r.md").read_text(encoding="utf-8").startswith("# 平原县2022-06 月度排名")
    assert 1 == json.loads((office / "r.json").read_text(encoding="utf-8"))["format"]
    refused = CliRunner().invoke(app, ["rank", "--out", "r.parquet"])
    assert (2, True) == (refused.exit_code, "后缀可用 .csv .xlsx .md .json .txt" in refused.output)


# --- lists to hand on -------------------------------------------------------------------------------------------------


LIST = Listing(
    "things",
    ("东西", "things"),
    [
        Heading("name", ("名称", "name")),
        Heading("share", ("占比", "share"), Shows.SHARE),
        Heading("money", ("金额", "money"), Shows.MONEY),
        Heading("hidden", ("藏", "hidden"), Shows.WHOLE, only_json=True),
    ],
    [["=1+1", Fraction(1, 3), Decimal(490000), 1], [["甲", "乙"], None, Decimal("0.5"), None]],
    [("附注", "a note")],
)


def test_values_are_rounded_for_the_eye_alone() -> None:
    """33.3% on paper; JSON and CSV have the value."""
    assert "33.3%" == value_shown(Fraction(1, 3), Shows.SHARE, "zh")
    assert "490,000" == value_shown(Decimal("490000.00"), Shows.MONEY, "zh")
    assert "0.50" == value_shown(Decimal("0.5"), Shows.MONEY, "zh")
    assert "-0.67" == value_shown(Fraction(-2, 3), Shows.NUMBER, "zh")
    assert "0.00" == value_shown(Fraction(-1, 1000), Shows.NUMBER, "zh")
    rows = document(Handout("x", ("题", "t"), (), {}, date(2022, 6, 30), [LIST]), "1", "zh")["things"]
    assert {"name": "=1+1", "share": 0.333333333333333, "money": 490000, "hidden": 1} == rows[0]
    assert ["甲", "乙"] == rows[1]["name"]


def test_nothing_written_is_a_formula(tmp_path: Path) -> None:
    """CSV quotes it, the workbook keeps it as text; what is for programs alone is in neither."""
    rows = list(csv.reader(io.StringIO(csv_bytes(LIST, "zh").decode("utf-8-sig"))))
    assert [["名称", "占比", "金额"], ["'=1+1", "0.333333333333333", "490000"], ["甲；乙", "", "0.5"]] == rows

    write_handout(Handout("x", ("题", "t"), (), {}, date(2022, 6, 30), [LIST]), tmp_path / "x.xlsx", "zh")
    sheet = openpyxl.load_workbook(tmp_path / "x.xlsx")["东西"]
    assert ("=1+1", "s") == (sheet["A2"].value, sheet["A2"].data_type)
    assert "0.0%" == sheet["B2"].number_format
    assert 3 == sheet.max_column


def test_the_same_list_is_the_same_bytes(tmp_path: Path) -> None:
    """No clock in a workbook."""
    handout = Handout("x", ("题", "t"), (), {}, date(2022, 6, 30), [LIST])
    write_handout(handout, tmp_path / "a.xlsx", "zh")
    write_handout(handout, tmp_path / "b.xlsx", "zh")

    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
