"""The contract of DESIGN §6 to §8 on three ledgers of its kinds: clean, messy, and edges where each row is one rule.

Every expected answer is written by hand from the design.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from making import OWN_CRITERIA, Cell, Rated, Rows, Shown, delimited, run, scheme_file, workbook
from starcheck.report.as_json import document, result_json_schema
from starcheck.report.model import build_report

BY = scheme_file(OWN_CRITERIA / "by-stars.yaml")

HEADERS = {
    "ZB-1": "班子健全",
    "ZB-2": "完成率",
    "提议": "提议日期",
    "决议": "决议日期",
    "公开": "公开日期",
    "CY-1": "集体收入",
    "经营": "经营收入",
    "其他": "其他收入",
    "CY-2": "合作社",
    "CY-3": "负债率",
    "人口": "人口",
    "保洁员": "保洁员",
    "ST-2": "规划",
    "PA-1": "应急队",
    "PA-2": "打更队",
    "PA-3": "最近演练",
    "WM-1": "幸福院",
    "WM-2": "信访",
    "FM-1": "安全事故",
    "FM-2": "书记处分",
    "FM-3": "满意度",
    "FM-4": "书记空缺",
    "软弱涣散": "软弱涣散",
}
ALL_MET: dict[str, Cell] = {
    "ZB-1": "是",
    "ZB-2": "95%",
    "提议": "2022-03-01",
    "决议": "2022-03-05",
    "公开": "2022-03-08",
    "CY-1": 16,
    "经营": 14,
    "其他": 2,
    "CY-2": 1,
    "CY-3": "20%",
    "人口": 1000,
    "保洁员": 3,
    "ST-2": "已完成",
    "PA-1": 20,
    "PA-2": "是",
    "PA-3": "2022-05-01",
    "WM-1": "是",
    "WM-2": 0,
    "FM-1": "否",
    "FM-2": "否",
    "FM-3": "90%",
    "FM-4": "否",
    "软弱涣散": "否",
}
STARS = ("支部星", "产业星", "生态星", "平安星", "文明星")


def village(**cells: Cell) -> dict[str, Cell]:
    """A village that meets everything, but for these."""
    return {**ALL_MET, **{key.replace("_", "-"): cell for key, cell in cells.items()}}


def states(word: str) -> dict[str, str]:
    """``lllul`` as the states of the five stars."""
    return {star: {"l": "lit", "u": "unlit", "?": "unknown"}[letter] for star, letter in zip(STARS, word, strict=True)}


# --- clean ------------------------------------------------------------------------------------------------------------

# village: township, cells, tier, reachable, provisional, stars
CLEAN: dict[str, tuple[str, dict[str, Cell], int | None, int | None, bool, str]] = {
    "东关村": ("马桥镇", village(), 5, 5, False, "lllll"),
    "西关村": ("马桥镇", village(ZB_1="否"), 2, 2, False, "ullll"),
    "南关村": ("马桥镇", village(CY_1=4.99, 经营=2.99), 4, 4, False, "lulll"),
    "北关村": ("马桥镇", village(CY_2=None, CY_3="30.5%"), 4, 5, True, "l?lll"),
    "前河村": ("马桥镇", village(保洁员=1, ST_2="编制中", WM_2=1), 3, 3, False, "llulu"),
    "后河村": ("韩镇", village(PA_1=9, PA_3="2021-12-31"), 4, 4, False, "lllul"),
    "上庄村": ("韩镇", village(PA_1=16, PA_3=None), 5, 5, True, "lllll"),
    "下庄村": ("韩镇", village(FM_2="是", ZB_2=None), 1, 1, True, "?llll"),
    "孟家庄": ("韩镇", village(FM_3="59.9%"), None, None, False, "lllll"),
    "老庄陈村": ("韩镇", village(FM_1=None, WM_1=None), 4, 5, True, "llll?"),
}


def rows_of(township: str | None, headers: dict[str, str] | None = None) -> list[list[Cell]]:
    """The clean rows of a township, or of all."""
    names = headers or HEADERS
    chosen = {name: row for name, row in CLEAN.items() if township in {None, row[0]}}
    return [[row[0], name, *(row[1][key] for key in names)] for name, row in chosen.items()]


def check_clean(result: Rated) -> None:
    """Every answer as written above."""
    assert set(CLEAN) == set(result.names)
    for name, (township, _, tier, reachable, provisional, stars) in CLEAN.items():
        found = (result.tier(name), result.reachable(name), result.provisional(name), result.stars(name))

        assert (tier, reachable, provisional, states(stars)) == found, name
        assert township == result.outcome.ledger.units.township[result.row(name)]


def test_clean(tmp_path: Path) -> None:
    """One plain table, no title: county and period are told."""
    file = workbook(tmp_path / "clean.xlsx", [["乡镇", "村名", *HEADERS.values()], *rows_of(None)])
    result = run(file, BY, period="2022-06", county="清水县")

    check_clean(result)
    assert set() == result.codes("V313")
    assert {"CY-2", "PA-3", "ZB-2", "FM-1", "WM-1"} == {
        found.field for found in result.diagnostics if found.code == "V313"
    }


def messy_folder(folder: Path) -> Path:
    """The same villages as two townships would send them: a workbook and a GB18030 CSV."""
    folder.mkdir()
    keys = list(HEADERS)
    first = [
        "序号",
        "村名",
        *(["支部建设"] + [None] * 4),
        *(["产业"] + [None] * 4),
        *(HEADERS[key] for key in keys[10:]),
    ]
    second = [None, None, *(HEADERS[key] for key in keys[:10]), *([None] * (len(keys) - 10))]
    data: list[list[Cell]] = []
    for place, row in enumerate(rows_of("马桥镇"), start=1):
        cells = dict(zip(keys, row[2:], strict=True))
        cells["ZB-1"] = {"是": "√", "否": "×"}[cells["ZB-1"]]
        cells["人口"] = "１，０００"
        cells["提议"], cells["决议"] = "2022年3月1日", 20220305
        cells["CY-1"] = cells["CY-1"] * 10000
        cells["ZB-2"] = Shown(float(str(cells["ZB-2"]).rstrip("%")) / 100, "0%")
        data.append([place, str(row[1]).removesuffix("村") + "村委会", *(cells[key] for key in keys)])
    second[2 + keys.index("CY-1")] = "集体收入\n（元）"
    total: list[Cell] = ["合计", None, *([None] * len(keys))]
    total[2 + keys.index("CY-1")] = sum(float(row[2 + keys.index("CY-1")]) for row in data)
    rows: Rows = [
        ["清水县马桥镇“五星”支部创建台账（2022年6月）", *[None] * (len(keys) + 1)],
        ["填报单位（盖章）：马桥镇", *[None] * (len(keys) + 1)],
        first,
        second,
        *data[:3],
        first,
        second,
        *data[3:],
        total,
        ["填表人：", None, "审核人：", *[None] * (len(keys) - 1)],
    ]
    merged = ["A1:Y1", "A3:A4", "B3:B4", "C3:G3", "H3:L3"]
    workbook(folder / "清水县马桥镇2022年6月台账.xlsx", rows, merged=merged)
    body = [["清水县韩镇2022年6月台账"], ["乡镇", "村名", *HEADERS.values()], *rows_of("韩镇")]
    body[3][0] = body[4][0] = None
    delimited(folder / "清水县韩镇2022年6月台账.csv", body, "gb18030")
    delimited(
        folder / "名册.csv",
        [
            ["编码", "名称", "乡镇"],
            *([f"4109991002{place:02d}", name, row[0]] for place, (name, row) in enumerate(CLEAN.items())),
        ],
    )
    (folder / "说明.txt").write_text("请按时报送", encoding="utf-8")
    return folder


def test_messy(tmp_path: Path) -> None:
    """Titles, merged headers of two rows, units, ticks, repeated headers, a total, GB18030: the same answers."""
    result = run(messy_folder(tmp_path / "messy"), BY, period=None, county=None)

    check_clean(result)
    assert ("2022-06", "清水县") == (result.outcome.period, result.outcome.county)
    assert [] == result.cells("J502")
    assert {"read", "register", "skipped"} == {item.status for item in result.outcome.inputs}
    assert ["清水县韩镇2022年6月台账.csv!P4"] == [
        str(place) for place in result.outcome.ledger.cells(result.row("上庄村"), "PA-1")
    ]


# --- edges ------------------------------------------------------------------------------------------------------------

REGISTER = """\
编码,名称,乡镇,类型,别名,标签,生效,失效,并入
410999103200,张村村委会,乙沟镇,行政村,,,,,
410999103201,正好村,乙沟镇,行政村,,,,,
410999103202,刚过村,乙沟镇,行政村,,,,,
410999103203,事故村,乙沟镇,行政村,,,,,
410999103204,处分村,乙沟镇,行政村,,,,,
410999103205,不评村,乙沟镇,行政村,,,,,
410999103206,提示村,乙沟镇,行政村,,,,,
410999103207,空否村,乙沟镇,行政村,,,,,
410999103208,元下村,乙沟镇,行政村,,,,,
410999103209,无字村,乙沟镇,行政村,,,,,
410999103210,错格村,乙沟镇,行政村,,,,,
410999103211,矛盾村,乙沟镇,行政村,,,,,
410999103212,搬迁村,乙沟镇,行政村,,整村搬迁村,,,
410999103213,城郊村,乙沟镇,行政村,,城郊村,,,
410999103214,未报村,乙沟镇,行政村,,,,,
410999103215,高井村,乙沟镇,行政村,,,,,
410999103216,高井社区,乙沟镇,城市社区,,,,,
410999103217,大流村,乙沟镇,行政村,老大流;大刘村,,,,
410999103218,小流村,乙沟镇,行政村,,,,2021-12-31,大流村
410999103219,新设村,乙沟镇,行政村,,,2023-04-01,,
410999103220,顺序村,乙沟镇,行政村,,,,,
410999103221,月份村,乙沟镇,行政村,,,,,
410999103222,约数村,乙沟镇,行政村,,,,,
410999103223,不涉村,乙沟镇,行政村,,,,,
410999103224,范围村,乙沟镇,行政村,,,,,
410999103225,扣分村,乙沟镇,行政村,,,,,
410999103226,除零村,乙沟镇,行政村,,,,,
410999103227,校核村,乙沟镇,行政村,,,,,
"""

# the row as written: name, cells, and tier, reachable, provisional, stars, and verdicts that are not met
EDGES: list[tuple[str, str, dict[str, Cell], int | None, int | None, bool, str, dict[str, str]]] = [
    ("张村", "张村村委会", village(), 5, 5, False, "lllll", {}),
    # 至少 10 and 低于 30.5 and 2‰ exactly on the boundary; 高于 90 is not 90
    (
        "正好村",
        "正好村",
        village(CY_1="10", 经营=8, CY_3="30.5%", 人口=1000, 保洁员=2, ST_2="编制中", ZB_2="90%"),
        2,
        2,
        False,
        "ullll",
        {"ZB-2": "unmet", "CY-3": "unmet", "ST-2": "unmet"},
    ),
    (
        "刚过村",
        "刚过村",
        village(
            CY_1=9.99,
            经营=7.99,
            CY_3=Shown(0.304999, "0.0%"),
            人口=1001,
            保洁员=2,
            ST_2="待评审",
            ZB_2=Shown(0.900001, "0%"),
        ),
        4,
        4,
        False,
        "lulll",
        {"CY-1": "unmet", "ST-1": "unmet"},
    ),
    ("事故村", "事故村", village(FM_1="是"), 4, 4, False, "lllul", {}),
    ("处分村", "处分村", village(FM_2="√"), 1, 1, False, "lllll", {}),
    ("不评村", "不评村", village(FM_3="59%"), None, None, False, "lllll", {}),
    ("提示村", "提示村", village(FM_4="是"), 5, 5, False, "lllll", {}),
    ("空否村", "空否村", village(FM_1="/", FM_2="—"), 5, 5, True, "lllll", {}),
    ("元下村", "元下村", village(CY_1="100000元", 经营="8万"), 5, 5, False, "lllll", {}),
    ("无字村", "无字村", village(WM_2="无", CY_2="无"), 5, 5, False, "lllll", {"CY-2": "unmet"}),
    (
        "错格村",
        "错格村",
        village(CY_1="#DIV/0!", 人口="=A1", ST_2="编制中", WM_2="#REF!"),
        2,
        5,
        True,
        "l??l?",
        {"CY-1": "unknown", "ST-1": "unknown", "ST-2": "unmet", "WM-2": "unknown"},
    ),
    ("矛盾村", "矛盾村", village(CY_1=12, 经营=10), 4, 5, True, "l?lll", {"CY-1": "unknown"}),
    ("搬迁村", "搬迁村", village(WM_1="否"), 5, 5, False, "lllll", {"WM-1": "not_applicable"}),
    (
        "城郊村",
        "城郊村",
        village(ST_2="编制中", 保洁员=1),
        5,
        5,
        False,
        "lllll",
        {"ST-2": "not_applicable", "ST-1": "unmet"},
    ),
    ("高井", "高井村", village(ZB_1="正在推进"), 2, 2, False, "ullll", {"ZB-1": "unmet"}),
    ("大刘村", "大流村", village(), 5, 5, False, "lllll", {}),
    ("顺序村", "顺序村", village(决议="2022-02-28"), 2, 2, False, "ullll", {"ZB-3": "unmet"}),
    ("月份村", "月份村", village(决议="2022年3月", 公开="2022年3月"), 2, 5, True, "?llll", {"ZB-3": "unknown"}),
    ("约数村", "约数村", village(CY_1="约12万", CY_2=0), 4, 5, True, "l?lll", {"CY-1": "unknown", "CY-2": "unmet"}),
    ("不涉村", "不涉村", village(WM_1="不涉及"), 4, 5, True, "llll?", {"WM-1": "unknown"}),
    (
        "范围村",
        "范围村",
        village(人口=60000, ST_2="规划中", PA_1=-1, WM_2=0.5),
        3,
        5,
        True,
        "ll?l?",
        {"ST-1": "unknown", "ST-2": "unknown", "PA-1": "unknown", "WM-2": "unknown"},
    ),
    # 20 people wanted: 14 are six short, two steps begun, 20 points lost: 20 + 0 + 20
    ("扣分村", "扣分村", village(PA_1=14, PA_2="否"), 4, 4, False, "lllul", {"PA-1": "unmet", "PA-2": "unmet"}),
    ("除零村", "除零村", village(人口=0, ST_2="编制中"), 4, 5, True, "ll?ll", {"ST-1": "unknown", "ST-2": "unmet"}),
    ("校核村", "校核村", village(CY_1=16.5), 5, 5, False, "lllll", {}),
]
ASIDE = [("东关村", "R403"), ("高井社区", "R407"), ("新设村", "R411")]


@pytest.fixture(scope="module")
def edges(tmp_path_factory: pytest.TempPathFactory) -> Rated:
    """One township's workbook with its register beside it."""
    folder = tmp_path_factory.mktemp("edges")
    rows: list[list[Cell]] = [["清水县乙沟镇2023年3月台账"], ["村名", *HEADERS.values()]]
    rows += [[written, *cells.values()] for written, _, cells, *_ in EDGES]
    rows.append(["矛盾村", *village(CY_1=13, 经营=11).values()])
    rows.append(["小流村", *({**village(), "CY-1": None}).values()])
    rows += [[name, *village().values()] for name, _ in ASIDE]
    workbook(folder / "清水县乙沟镇2023年3月台账.xlsx", rows)
    (folder / "名册.csv").write_text(REGISTER, encoding="utf-8-sig")
    return run(folder, BY, period=None, county=None)


@pytest.mark.parametrize("case", EDGES, ids=[case[0] for case in EDGES])
def test_edges(
    edges: Rated, case: tuple[str, str, dict[str, Cell], int | None, int | None, bool, str, dict[str, str]]
) -> None:
    """Each row one rule of §6.1 or §6.2."""
    _, name, _, tier, reachable, provisional, stars, verdicts = case

    assert states(stars) == edges.stars(name)
    assert (tier, reachable) == (edges.tier(name), edges.reachable(name))
    assert provisional == edges.provisional(name)
    assert verdicts == {key: status for key, status in edges.verdicts(name).items() if status != "met"}


def test_edges_of_the_register(edges: Rated) -> None:
    """One village did not report; what could not be matched is aside with its own code."""
    row_of = {name: len(EDGES) + 5 + place for place, (name, _) in enumerate(ASIDE)}

    assert {"未报村"} == {name for name in edges.names if not edges.reported(name)}
    assert not {"新设村", "小流村", "高井社区"} & set(edges.names)
    assert {name: [f"A{row_of[name]}"] for name, _ in ASIDE} == {name: edges.cells(code) for name, code in ASIDE}
    assert (None, None, True) == (edges.tier("未报村"), edges.reachable("未报村"), edges.provisional("未报村"))
    assert 3 == edges.outcome.exit_code("never")


def test_edges_name_their_cells(edges: Rated) -> None:
    """Code and cell of what is wrong in the rows."""
    rows = {case[1]: place for place, case in enumerate(EDGES, start=3)}
    columns = {key: place for place, key in enumerate(ALL_MET, start=2)}

    def cell(name: str, key: str) -> str:
        return f"{chr(64 + columns[key])}{rows[name]}"

    assert [cell("错格村", "CY-1"), cell("错格村", "WM-2")] == edges.cells("V310")
    assert [cell("错格村", "人口")] == edges.cells("V311")
    assert [cell("约数村", "CY-1")] == edges.cells("V301")
    assert [cell("不涉村", "WM-1")] == edges.cells("V312")
    assert sorted([cell("范围村", "人口"), cell("范围村", "PA-1"), cell("除零村", "人口")]) == sorted(
        map(str, edges.cells("V303"))
    )
    assert [cell("范围村", "ST-2")] == edges.cells("V305")
    assert [cell("范围村", "WM-2")] == edges.cells("V304")
    assert sorted([cell("无字村", "WM-2"), cell("无字村", "CY-2")]) == sorted(map(str, edges.cells("V314")))
    assert [f"G{len(EDGES) + 3}", f"H{len(EDGES) + 3}"] == sorted(map(str, edges.cells("R413")))
    assert ["校核村"] == edges.units("J501")
    assert {cell("空否村", "FM-1"), cell("空否村", "FM-2")} <= set(edges.cells("V313"))


def test_the_json_is_the_contracts(edges: Rated) -> None:
    """The document fits its published schema, and says of a unit what DESIGN §8 says it does."""
    outcome = edges.outcome
    report = build_report(
        outcome.assessment,
        command="score",
        version="0",
        county=outcome.county,
        period=outcome.period,
        inputs=outcome.inputs,
        diagnostics=outcome.diagnostics,
        inferences=outcome.inferences,
    )
    result: dict[str, Any] = json.loads(json.dumps(document(report, outcome.assessment, "zh")))
    jsonschema.validate(result, result_json_schema())
    units = {unit["name"]: unit for unit in result["units"]}

    assert (1, "score", "清水县", "2023-03", "2023-03-31") == tuple(
        result[key] for key in ("format", "command", "county", "period", "as_of")
    )
    assert {
        "reported": False,
        "tier": None,
        "reachable": None,
        "provisional": True,
        "stars": {},
        "verdicts": {},
        "vetoes": [],
        "caps": [],
    } == {
        key: units["未报村"][key]
        for key in ("reported", "tier", "reachable", "provisional", "stars", "verdicts", "vetoes", "caps")
    }
    assert {
        "status": "unmet",
        "value": 9.99,
        "unit": "万元",
        "requirement": "至少 10",
        "gap": 0.01,
        "reason": None,
    } == {
        key: units["刚过村"]["verdicts"]["CY-1"][key]
        for key in ("status", "value", "unit", "requirement", "gap", "reason")
    }
    assert ("unknown", None, "unreadable", None) == tuple(
        units["错格村"]["verdicts"]["CY-1"][key] for key in ("status", "value", "reason", "gap")
    )
    assert ("not_applicable", "exempt") == tuple(
        units["搬迁村"]["verdicts"]["WM-1"][key] for key in ("status", "reason")
    )
    assert ("triggered", "unknown") == (
        next(veto["status"] for veto in units["事故村"]["vetoes"] if veto["id"] == "FM-1"),
        next(veto["status"] for veto in units["空否村"]["vetoes"] if veto["id"] == "FM-1"),
    )
    assert [{"star": "支部星", "max": 2, "applied_to": ["tier"]}] == units["月份村"]["caps"]
    assert [{"star": "支部星", "max": 2, "applied_to": ["tier", "reachable"]}] == units["顺序村"]["caps"]
    assert True is units["张村村委会"]["verdicts"]["ZB-1"]["value"]
    assert "2022-05-01" == units["张村村委会"]["verdicts"]["PA-3"]["value"]
    assert ["未报村"] == [
        unit if isinstance(unit, str) else unit["name"] for unit in result["summary"]["missing_units"]
    ]
