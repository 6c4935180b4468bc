"""From the name in a row to the unit of the register, never by guessing: DESIGN §6.2, "Rows to units"."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from making import Rated, criterion, grid, rated, run, scheme, scheme_text, workbook
from starcheck.register import (
    COMMUNITY,
    VILLAGE,
    Entry,
    Found,
    NameKind,
    Register,
    code_text,
    kind_of_name,
    split_suffix,
    township_base,
)


def register(*names: str, township: str = "甲河镇", kinds: dict[str, str] | None = None) -> Register:
    """Units of one township; ``name|alias`` gives an alias."""
    entries = []
    for place, name in enumerate(names):
        own, *aliases = name.split("|")
        kind = (kinds or {}).get(own, kind_of_name(own))
        entries.append(Entry(f"4109991002{place:02d}", own, township, "平原县", kind, tuple(aliases)))
    return Register(tuple(entries))


def found(known: Register, written: str, township: str = "甲河镇", kind: str = VILLAGE) -> str:
    """The unit's name, or how the match failed."""
    match = known.match(written, township, None, kind)
    if match.found in {Found.UNIT, Found.OTHER_KIND} and match.entry is not None:
        name = known.entries[match.entry].name
        return name if match.found is Found.UNIT else f"({name})"
    return match.found.value


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("张村村民委员会", ("张村", NameKind.VILLAGE)),
        ("张村村委会", ("张村", NameKind.VILLAGE)),
        ("张村", ("张", NameKind.VILLAGE)),
        ("张行政村", ("张", NameKind.VILLAGE)),
        ("高井社区居民委员会", ("高井", NameKind.COMMUNITY)),
        ("高井社区居委会", ("高井", NameKind.COMMUNITY)),
        ("高井居委会", ("高井", NameKind.COMMUNITY)),
        ("高井社区", ("高井", NameKind.COMMUNITY)),
        ("孟家庄", ("孟家庄", NameKind.NONE)),
        ("村", ("村", NameKind.NONE)),
        ("社区", ("社区", NameKind.NONE)),
    ],
)
def test_one_suffix_goes_the_longest(name: str, parts: tuple[str, NameKind]) -> None:
    """张村村委会 becomes 张村, not 张."""
    assert parts == split_suffix(name)


@pytest.mark.parametrize(
    ("known", "written", "unit"),
    [
        (("东关村",), "东关村", "东关村"),
        (("东关村",), "东关", "东关村"),
        (("东关村",), " 东 关 村 ", "东关村"),
        (("东关村",), "东关村委会", "东关村"),
        (("东关村",), "东关村民委员会", "东关村"),
        (("东关村",), "东关行政村", "东关村"),
        (("张村村委会",), "张村", "张村村委会"),
        (("张村村委会", "张村"), "张村", "张村"),
        (("张村村民委员会",), "张村村委会", "张村村民委员会"),
        (("高井村", "高井社区"), "高井村", "高井村"),
        (("高井村", "高井社区"), "高井", "高井村"),
        (("高井村", "高井社区"), "高井社区", "(高井社区)"),
        (("高井社区",), "高井村", "nothing"),
        (("高井村",), "高井社区", "nothing"),
        (("高井村",), "高井居委会", "nothing"),
        (("高井社区",), "高井居委会", "(高井社区)"),
        (("老庄陈村|陈老庄",), "陈老庄", "老庄陈村"),
        (("老庄陈村|陈老庄",), "陈老庄村", "nothing"),
        (("东关村", "西关村"), "东官村", "nothing"),
        (("东关村",), "大东关村", "nothing"),
        (("东关一村", "东关二村"), "东关", "nothing"),
        (("ABC村",), "ＡＢＣ村", "ABC村"),
        (("孟家庄",), "孟家庄村", "孟家庄"),
        (("孟家庄",), "孟家庄村委会", "孟家庄"),
        (("孟家庄村",), "孟家庄", "孟家庄村"),
        (("李村", "李行政村"), "李", "ambiguous"),
        (("李村", "李行政村"), "李村委会", "ambiguous"),
        (("李村", "李行政村"), "李行政村", "李行政村"),
    ],
)
def test_names_in_one_township(known: tuple[str, ...], written: str, unit: str) -> None:
    """The four steps; villages and communities never match each other; likeness never matches."""
    assert unit == found(register(*known), written)


def test_a_scheme_for_communities() -> None:
    """适用 城市社区: 高井 is 高井社区, and 高井村 is set aside as a village."""
    known = register("高井村", "高井社区", "文化路社区居委会")

    assert "高井社区" == found(known, "高井", kind=COMMUNITY)
    assert "(高井村)" == found(known, "高井村", kind=COMMUNITY)
    assert "文化路社区居委会" == found(known, "文化路社区", kind=COMMUNITY)
    assert "文化路社区居委会" == found(known, "文化路", kind=COMMUNITY)


def test_a_village_unit_that_is_called_a_community() -> None:
    """A register may call a 行政村 高井社区: then the bare name is not it, the written one is."""
    known = register("高井社区", kinds={"高井社区": VILLAGE})

    assert "高井社区" == found(known, "高井社区")
    assert "高井社区" == found(known, "高井居委会")
    assert "nothing" == found(known, "高井")


def test_other_kinds_of_units() -> None:
    """Projects and show sites have names of their own."""
    known = register("河滨示范点", "东关村", kinds={"河滨示范点": "示范点"})

    assert "河滨示范点" == found(known, "河滨示范点", kind="示范点")
    assert "(东关村)" == found(known, "东关村", kind="示范点")


@pytest.mark.parametrize(
    ("towns", "written", "outcome"),
    [
        (("甲河镇",), "甲河镇", "东关村"),
        (("甲河镇",), "甲河", "东关村"),
        (("甲河镇",), "甲河乡", "东关村"),
        (("甲河镇", "甲河乡"), "甲河乡", "东关村"),
        (("甲河镇", "甲河乡"), "甲河", "ambiguous township"),
        (("甲河街道",), "甲河", "东关村"),
        (("甲河镇",), "乙河镇", "no township"),
    ],
)
def test_townships(towns: tuple[str, ...], written: str, outcome: str) -> None:
    """As written, else without 乡 镇 街道 if that is unique."""
    entries = tuple(entry for town in towns for entry in register("东关村", township=town).entries)

    assert outcome == found(Register(entries), "东关村", township=written)


def test_the_same_name_in_two_townships() -> None:
    """Names are looked for inside one township only."""
    known = Register((*register("东关村", township="甲河镇").entries, *register("西关村", township="乙河镇").entries))

    assert "nothing" == found(known, "西关村", township="甲河镇")


def test_codes_decide() -> None:
    """A code stored as a number, a name that contradicts it, a code nobody has."""
    known = register("东关村", "西关村")

    assert Found.UNIT is known.match("东关", "乙河镇", "410999100200", VILLAGE).found
    assert Found.CODE_NAME_MISMATCH is known.match("西关村", "甲河镇", "410999100200", VILLAGE).found
    assert Found.UNKNOWN_CODE is known.match("东关村", "甲河镇", "410999100299", VILLAGE).found
    assert Found.UNIT is known.match(None, None, "410999100201", VILLAGE).found
    assert ["410999100200", "410999100200", None, None] == [
        code_text(cell) for cell in (410999100200.0, "'410999100200 ", None, " ")
    ]


def test_bases_of_townships() -> None:
    """街道办事处 is 街道; a name that is nothing but a suffix stays."""
    assert ["甲河", "甲河", "甲河", "镇"] == [
        township_base(name) for name in ("甲河镇", "甲河街道办事处", "甲河街道", "镇")
    ]


def test_near_names_are_suggestions_only() -> None:
    """东官村 is like 东关村: named, never taken."""
    known = register("东关村", "马庄村")

    assert ("东关村",) == known.near("东官村", (0, 1), most=1)


# --- registers as files -----------------------------------------------------------------------------------------------

BY = scheme(scheme_text({"星": ("全部", [criterion("X")])}))
LEDGER = "乡镇 村名 X\n河乡 甲村 是"


def registered(folder: Path, lines: str, ledger: str = LEDGER, **told: object) -> Rated:
    """Rate a small ledger with a register."""
    return rated(folder, BY, grid(ledger), register=grid(lines), **told)  # type: ignore[arg-type]


def test_a_register_needs_no_kind(tmp_path: Path) -> None:
    """Without 类型 a community suffix means 城市社区, anything else 行政村: only villages are expected."""
    result = registered(
        tmp_path, "编码 名称 乡镇\n410999100201 甲村 河乡\n410999100202 高井社区 河乡\n410999100203 孟家庄 河乡"
    )

    assert ["甲村", "孟家庄"] == result.names
    assert ["孟家庄"] == result.units("R408")


def test_what_is_wrong_with_a_register_is_said(tmp_path: Path) -> None:
    """Doubled names and codes, short codes, dates nobody can read, rows without a name."""
    lines = """
    编码 名称 乡镇 生效
    410999100201 甲村 河乡 -
    410999100202 甲村 河乡 -
    410999100201 乙村 河乡 -
    41099910020 丙村 河乡 -
    410999100204 丁村 河乡 去年
    410999100205 - 河乡 -
    410999100206 戊村 - -
    """
    result = registered(tmp_path, lines)

    assert ["甲村", "丙村", "丁村"] == result.names
    assert ["B3", "B4"] == result.cells("R409")
    assert ["A5"] == result.cells("R417")
    assert ["D6"] == result.cells("R418")
    assert ["B7", "B8"] == result.cells("R419")


def test_dates_of_units(tmp_path: Path) -> None:
    """A unit is expected from 生效 to 失效, both included."""
    lines = """
    编码 名称 乡镇 生效 失效
    410999100201 甲村 河乡 - -
    410999100202 乙村 河乡 2022-06-30 -
    410999100203 丙村 河乡 2022-07-01 -
    410999100204 丁村 河乡 - 2022-06-30
    410999100205 戊村 河乡 - 2022-06-29
    """
    assert ["甲村", "乙村", "丁村"] == registered(tmp_path, lines).names


MERGED = """
编码 名称 乡镇 失效 并入
410999100201 大流村 河乡 - -
410999100202 小流村 河乡 2021-12-31 大流村
410999100203 前流村 河乡 2020-12-31 410999100202
410999100204 无流村 河乡 2021-12-31 -
"""


def test_merged_units_go_to_their_heirs(tmp_path: Path) -> None:
    """By name or code, along the chain, with a note; without 并入 the row is an error."""
    result = registered(tmp_path, MERGED, "乡镇 村名 X\n河乡 前流村 是\n河乡 无流村 是")

    assert {"大流村": (1, 1)} == result.tiers()
    assert (["B2"], ["B3"]) == (result.cells("R410"), result.cells("R411"))


def test_an_heir_and_the_merged_unit_in_one_file(tmp_path: Path) -> None:
    """They are one unit in two rows: different values conflict."""
    result = registered(tmp_path, MERGED, "乡镇 村名 X\n河乡 大流村 是\n河乡 小流村 否")

    assert {"大流村": (0, 1)} == result.tiers()
    assert "conflicting" == result.reasons("大流村")["X"]
    assert ["C3"] == result.cells("R413")


def test_before_the_merger_the_unit_is_its_own(tmp_path: Path) -> None:
    """小流村 is rated by itself on the last day of its life."""
    by = scheme(
        scheme_text({"星": ("全部", [criterion("X", since="2020-01-01")])}).replace(
            "生效: 2022-01-01", "生效: 2020-01-01"
        )
    )
    rows = grid("乡镇 村名 X\n河乡 大流村 是\n河乡 小流村 否")
    result = rated(tmp_path, by, rows, register=grid(MERGED), as_of="2021-12-31", period="2021-12")

    assert {"大流村": (1, 1), "小流村": (0, 0), "无流村": (None, None)} == result.tiers()


def test_a_circle_of_mergers_is_an_error(tmp_path: Path) -> None:
    """Nobody is the heir: the row is aside, and the run ends."""
    lines = (
        "编码 名称 乡镇 失效 并入\n"
        "410999100201 甲村 河乡 2020-12-31 乙村\n"
        "410999100202 乙村 河乡 2020-12-31 甲村\n"
        "410999100203 丙村 河乡 - -"
    )
    result = registered(tmp_path, lines)

    assert {"丙村": (None, None)} == result.tiers()
    assert ["B2"] == result.cells("R411")


def test_matched_units_carry_the_registers_name(tmp_path: Path) -> None:
    """And its code, township and county; a different spelling is a note."""
    lines = "编码 名称 乡镇 县\n410999100201 张村村委会 甲河镇 平原县"
    result = registered(tmp_path, lines, "乡镇 村名 X\n甲河 张村 是")
    units = result.outcome.ledger.units

    assert ["张村村委会", "甲河镇", "410999100201", "平原县"] == [
        units.name[0],
        units.township[0],
        units.code[0],
        units.county[0],
    ]
    assert ["B2"] == result.cells("R405")


def test_townships_of_two_counties_may_share_a_name(tmp_path: Path) -> None:
    """城关镇 is in every county: the county column decides which."""
    lines = """
    编码 名称 乡镇 县
    410901100201 东关村 城关镇 东县
    410902100201 东关村 城关镇 西县
    410902100202 南关村 城关镇 西县
    """
    ledger = "县 乡镇 村名 X\n东县 城关镇 东关村 是\n西县 城关镇 东关村 否\n西县 城关镇 南关村 是"
    result = registered(tmp_path, lines, ledger, county=None)
    units = result.outcome.ledger.units
    tiers = result.outcome.assessment.tiers.tolist()

    assert {("东县", "东关村"): 1, ("西县", "东关村"): 0, ("西县", "南关村"): 1} == {
        (units.county[place], units.name[place]): tiers[place] for place in range(len(units))
    }


def test_a_village_is_not_taken_from_another_county(tmp_path: Path) -> None:
    """西县's 南关村 is not a village of 东县's 城关镇."""
    lines = "编码 名称 乡镇 县\n410901100201 东关村 城关镇 东县\n410902100202 南关村 城关镇 西县"
    ledger = "县 乡镇 村名 X\n东县 城关镇 东关村 是\n东县 城关镇 南关村 是"
    result = registered(tmp_path, lines, ledger, county=None)

    assert ["C3"] == result.cells("R403")
    assert not result.reported("南关村")


def test_a_register_in_a_folder_is_taken_as_such(tmp_path: Path) -> None:
    """编码, 名称, 乡镇 and no column of the scheme; with a column of the scheme it is a ledger."""
    folder = tmp_path / "县"
    folder.mkdir()
    workbook(folder / "a.xlsx", grid(LEDGER))
    workbook(folder / "b.xlsx", grid("编码 名称 乡镇\n410999100201 甲村 河乡\n410999100202 乙村 河乡"))
    result = run(folder, BY)

    assert {"甲村": (1, 1), "乙村": (None, None)} == result.tiers()
    assert {"a.xlsx": "read", "b.xlsx": "register"} == {item.file: item.status for item in result.outcome.inputs}
    assert 1 == len(result.cells("F109"))

    workbook(folder / "b.xlsx", grid("编码 名称 乡镇 X\n410999100201 甲村 河乡 是\n410999100202 乙村 河乡 否"))
    again = run(folder, BY)

    assert {"read"} == {item.status for item in again.outcome.inputs}
    assert again.outcome.register is None


def test_tags_are_separated_by_either_mark(tmp_path: Path) -> None:
    """、 and ; both divide, spaces around do not matter."""
    rows = [
        ["编码", "名称", "乡镇", "标签", "别名"],
        ["410999100201", "甲村", "河乡", "搬迁村、 贫困村 ;示范村", "甲庄；老甲村"],
    ]
    result = rated(tmp_path, BY, grid("乡镇 村名 X\n河乡 老甲村 是"), register=rows)

    assert frozenset({"搬迁村", "贫困村", "示范村"}) == result.outcome.ledger.units.tags[0]
    assert {"甲村": (1, 1)} == result.tiers()


def test_entries_know_when_they_are_expected() -> None:
    """Without dates always."""
    entry = Entry(None, "甲村", "河乡", None, VILLAGE)

    assert entry.expected(date(1900, 1, 1))
