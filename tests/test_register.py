"""From the name in a row to the unit of the register, never by guessing: DESIGN §6.2, "Rows to units"."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from making import Rated, criterion, delimited, grid, rated, run, scheme, scheme_text, workbook
from starcheck.recording import _register_text, register_of
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

    assert "a unit of that name is in another township" == found(known, "西关村", township="甲河镇")


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
    410999101206 戊村 - -
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


def test_an_heir_of_another_kind_is_not_rated(tmp_path: Path) -> None:
    """村改居: what became a community of the town is no village of the rural rating, by its old name or its new one."""
    lines = """
    编码 名称 乡镇 类型 失效 并入
    410999100201 大流村 河乡 行政村 - -
    410999100202 北街村 河乡 行政村 2021-12-31 北街社区
    410999100203 北街社区 河乡 城市社区 - -
    """
    for name in ("北街村", "北街社区"):
        result = registered(tmp_path, lines, f"乡镇 村名 X\n河乡 大流村 是\n河乡 {name} 是")

        assert ["大流村"] == result.names
        assert ["B3"] == result.cells("R407")


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


# --- the township in the name -----------------------------------------------------------------------------------------

TWO_TOWNS = Register(
    (
        *register("东关村委会", "李庄村委会", "镇南村委会", township="马庄桥镇").entries,
        *register("西关村委会", "李庄村委会", "王镇村委会", "高堡东村委会", "东村委会", township="高堡乡").entries,
        *register("卜村委会", township="王镇").entries,
    )
)


@pytest.mark.parametrize(
    ("written", "township", "unit"),
    [
        ("马庄桥镇东关村", None, "马庄桥镇东关村委会"),
        ("马庄桥镇东关", None, "马庄桥镇东关村委会"),
        ("马庄桥东关村", None, "马庄桥镇东关村委会"),
        ("马庄桥乡东关村", None, "马庄桥镇东关村委会"),
        ("平原县马庄桥镇东关村委会", None, "马庄桥镇东关村委会"),
        ("平原马庄桥镇东关村委会", None, "马庄桥镇东关村委会"),
        ("河南省濮阳市平原县马庄桥镇东关村", None, "马庄桥镇东关村委会"),
        ("马庄桥镇 东关村", None, "马庄桥镇东关村委会"),
        ("马庄桥镇/东关村", None, "马庄桥镇东关村委会"),
        ("马庄桥镇-东关村", "马庄桥镇", "马庄桥镇东关村委会"),
        ("东关村（马庄桥镇）", None, "马庄桥镇东关村委会"),
        ("马庄桥镇东关村", "马庄桥", "马庄桥镇东关村委会"),
        ("平原县东关村", "马庄桥镇", "马庄桥镇东关村委会"),
        ("高堡乡李庄", None, "高堡乡李庄村委会"),
        ("高堡东村", "高堡乡", "高堡乡高堡东村委会"),
        ("高堡东村", None, "no township"),
        ("高堡乡高堡东村", None, "高堡乡高堡东村委会"),
        ("王镇村", "高堡乡", "高堡乡王镇村委会"),
        ("王镇村", "马庄桥镇", "a unit of that name is in another township"),
        ("王镇村", None, "no township"),
        ("李庄村", None, "no township"),
        ("马庄桥镇东关村", "高堡乡", "the name says another township"),
        ("高堡乡无此村", "马庄桥镇", "the name says another township"),
        ("马庄桥镇无此村", None, "nothing"),
        ("马庄桥镇南村", None, "马庄桥镇镇南村委会"),
        ("大马庄桥镇东关村", None, "no township"),
        ("东县马庄桥镇东关村", None, "no township"),
        ("平原马庄桥镇东关村", "马庄桥镇", "马庄桥镇东关村委会"),
        ("平原东关村", "马庄桥镇", "nothing"),
    ],
)
def test_a_township_before_the_name(written: str, township: str | None, unit: str) -> None:
    """Exactly a township of the register, and the rest one unit there; never where the whole is a name itself."""
    match = TWO_TOWNS.match(written, township, None, VILLAGE)
    entry = None if match.entry is None else TWO_TOWNS.entries[match.entry]

    assert unit == (match.found.value if entry is None else f"{entry.township}{entry.name}")


def test_the_county_before_a_name_must_be_the_rows(tmp_path: Path) -> None:
    """东县城关镇东关村 in a row of 西县 is nobody; without a county in the row the name's decides."""
    lines = "编码 名称 乡镇 县\n410901100201 东关村 城关镇 东县\n410902100201 东关村 城关镇 西县"
    ledger = "县 村名 X\n西县 东县城关镇东关村 是\n西县 西县城关镇东关村 是"
    result = registered(tmp_path, lines, ledger, county=None)

    assert ["B2"] == result.cells("R424")
    assert ["B3"] == result.cells("R422")

    known = Register(
        tuple(Entry(f"41090{n}100201", "东关村", "城关镇", county, VILLAGE) for n, county in ((1, "东县"), (2, "西县")))
    )

    assert 1 == known.match("西县城关镇东关村", None, None, VILLAGE).entry
    assert Found.AMBIGUOUS is known.match("城关镇东关村", None, None, VILLAGE).found


def test_a_county_of_one_character_is_no_prefix() -> None:
    """丰李庄 is not 李庄 of 丰县."""
    known = Register((Entry("320321100201", "李庄村", "城镇", "丰县", VILLAGE),))

    assert Found.NOTHING is known.match("丰李庄村", "城镇", None, VILLAGE).found
    assert Found.UNIT is known.match("丰县李庄村", "城镇", None, VILLAGE).found


def test_two_readings_of_a_township_are_not_decided() -> None:
    """马庄桥镇南村 is 南村 of 马庄桥镇, or its 镇南村."""
    known = Register((*register("镇南村", "南村", township="马庄桥镇").entries,))

    assert Found.AMBIGUOUS is known.match("马庄桥镇南村", None, None, VILLAGE).found
    assert Found.AMBIGUOUS is known.match("马庄桥镇南村", "马庄桥镇", None, VILLAGE).found


def test_a_short_base_is_no_township(tmp_path: Path) -> None:
    """韩李庄 is not 李庄 of 韩镇: one character is too little."""
    result = registered(
        tmp_path, "编码 名称 乡镇\n410999100201 李庄村 韩镇", "乡镇 村名 X\n韩镇 韩李庄村 是\n韩镇 李庄村 是"
    )

    assert ["B2"] == result.cells("R403")


def test_names_with_townships_and_no_column_for_them(tmp_path: Path) -> None:
    """Every row says its township: each is matched with a note, and nothing is said about a missing column."""
    lines = "编码 名称 乡镇\n410999100201 甲村 河乡\n410999101201 甲村 山镇"
    result = registered(tmp_path, lines, "村名 X\n河乡甲村 是\n平原县山镇甲村 否")
    units = result.outcome.ledger.units

    assert [("河乡", 1), ("山镇", 0)] == list(
        zip(units.township, result.outcome.assessment.tiers.tolist(), strict=True)
    )
    assert ["A2", "A3"] == result.cells("R422")
    assert not {"T213", "R424", "R405"} & result.codes()


def test_a_bare_name_without_a_township_is_never_picked(tmp_path: Path) -> None:
    """Not even where there is but one: the units that have it are listed."""
    lines = "编码 名称 乡镇\n410999100201 甲村 河乡\n410999101201 甲村 山镇\n410999101202 乙村 山镇"
    result = registered(tmp_path, lines, "村名 X\n甲村 是\n乙村 是\n山镇乙村 是")
    told = [str(found.arguments["known"]) for found in result.diagnostics if found.code == "R424"]

    assert ["A2", "A3"] == result.cells("R424")
    assert all(name in told[0] for name in ("河乡甲村", "山镇甲村"))
    assert "T213" in result.codes()


def test_a_name_that_says_another_township_than_its_column(tmp_path: Path) -> None:
    """Neither is believed, also where only one of the two townships has such a village."""
    lines = "编码 名称 乡镇\n410999100201 甲村 河乡\n410999101201 乙村 山镇"
    result = registered(tmp_path, lines, "乡镇 村名 X\n河乡 山镇乙村 是\n河乡 甲村 是\n山镇 河乡乙村 是")

    assert ["B2", "B4"] == result.cells("R423")
    assert not result.reported("乙村")


def test_a_code_beside_a_name_with_its_township(tmp_path: Path) -> None:
    """The prefix must be the township of the code's unit."""
    lines = "编码 名称 乡镇\n410999100201 甲村 河乡\n410999101201 甲村 山镇"
    ledger = "编码 村名 X\n410999100201 河乡甲村 是\n410999101201 河乡甲村 是"
    result = registered(tmp_path, lines, ledger)

    assert ["A3"] == result.cells("R406")
    assert [True, False] == result.outcome.ledger.units.reported.tolist()


# --- a code beside a township -----------------------------------------------------------------------------------------

TWO_WANGZHUANG = """
编码 名称 乡镇
410999100201 王庄村 韩村镇
410999100202 刘庄村 韩村镇
410999100203 张庄村 韩村镇
410999101201 王庄村 马庄桥镇
410999101202 李庄村 马庄桥镇
410999101203 赵庄村 马庄桥镇
"""
CODES_OF_HANCUN = "编码 村名 X\n410999100201 王庄村 是\n410999100202 刘庄村 是\n410999100203 张庄村 是"


def reported(result: Rated) -> list[str]:
    """The units that a row is about, with their townships."""
    units = result.outcome.ledger.units
    triples = zip(units.township, units.name, units.reported.tolist(), strict=True)
    return [f"{town}{name}" for town, name, here in triples if here]


@pytest.mark.parametrize("township", ["马庄桥镇", "马庄桥", "马庄桥乡", "马 庄桥镇", "平原县马庄桥镇"])
def test_a_code_of_another_township_than_the_rows(tmp_path: Path, township: str) -> None:
    """Written any way the register knows: the row is of neither, and both are named."""
    rows = [["编码", "乡镇", "村名", "X"], ["410999100201", township, "王庄村", "是"]]
    result = rated(tmp_path, BY, rows, register=grid(TWO_WANGZHUANG))
    (said,) = [found for found in result.diagnostics if found.code == "R406"]

    assert "A2" == said.where.cell
    assert "韩村镇王庄村" in said.message("zh")
    assert township in said.message("zh")
    assert [] == reported(result)


@pytest.mark.parametrize("township", ["韩村镇", "韩村", "韩村乡", "平原县韩村镇"])
def test_a_code_of_the_rows_own_township(tmp_path: Path, township: str) -> None:
    """However it is written."""
    rows = [["编码", "乡镇", "村名", "X"], ["410999100201", township, "王庄村", "是"]]
    result = rated(tmp_path, BY, rows, register=grid(TWO_WANGZHUANG))

    assert ["韩村镇王庄村"] == reported(result)
    assert not {"R406", "R443"} & result.codes()


def test_a_code_without_a_name_beside_another_township(tmp_path: Path) -> None:
    """There is no name to agree with the code, and still two townships."""
    result = registered(tmp_path, TWO_WANGZHUANG, "编码 乡镇 X\n410999100201 马庄桥镇 是\n410999101201 马庄桥镇 是")

    assert ["A2"] == result.cells("R406")
    assert ["马庄桥镇王庄村"] == reported(result)


def test_a_township_filled_down_or_merged_stands_beside_the_code(tmp_path: Path) -> None:
    """Blank below 马庄桥镇 is 马庄桥镇, and a merged one is that of all its rows."""
    rows = [
        ["编码", "乡镇", "村名", "X"],
        ["410999101202", "马庄桥镇", "李庄村", "是"],
        ["410999100201", None, "王庄村", "是"],
    ]
    known = delimited(tmp_path / "known.csv", grid(TWO_WANGZHUANG))
    for merged in ([], ["B2:B3"]):
        result = run(workbook(tmp_path / "a.xlsx", rows, merged), BY, register=known)

        assert ["A3"] == result.cells("R406")
        assert ["马庄桥镇李庄村"] == reported(result)


def test_a_township_that_the_register_does_not_know_contradicts_no_code(tmp_path: Path) -> None:
    """The rows count by their codes; the township is said, once."""
    ledger = (
        "编码 乡镇 村名 X\n410999100201 北山乡 王庄村 是\n410999100202 北山乡 刘庄村 是\n410999100203 韩村镇 张庄村 是"
    )
    result = registered(tmp_path, TWO_WANGZHUANG, ledger)

    assert 3 == len(reported(result))
    assert ["B2"] == result.cells("R443")
    assert "R406" not in result.codes()


MOVED = """
编码 名称 乡镇 生效 失效 并入
410999100201 王庄村 韩村镇 - 2021-12-31 410999101209
410999100202 小王庄村 韩村镇 - 2021-12-31 410999101209
410999101209 王庄村 马庄桥镇 2022-01-01 - -
410999102201 孟村 柳林乡 - - -
410999100205 陈村 韩村镇 - 2021-12-31 -
410999100205 陈村 柳林乡 2022-01-01 - -
"""


@pytest.mark.parametrize(
    ("row", "unit"),
    [
        ("410999101209 马庄桥镇 王庄村", "马庄桥镇王庄村"),
        ("410999101209 韩村镇 王庄村", "马庄桥镇王庄村"),
        ("410999101209 韩村镇 -", "马庄桥镇王庄村"),
        ("410999100201 韩村镇 王庄村", "马庄桥镇王庄村"),
        ("410999100201 马庄桥镇 王庄村", "马庄桥镇王庄村"),
        ("410999100202 马庄桥镇 小王庄村", "马庄桥镇王庄村"),
        ("410999101209 柳林乡 王庄村", None),
        ("410999100201 柳林乡 王庄村", None),
        ("410999100205 韩村镇 陈村", "柳林乡陈村"),
        ("410999100205 柳林乡 陈村", "柳林乡陈村"),
        ("410999100205 马庄桥镇 陈村", None),
    ],
)
def test_a_unit_that_went_to_another_township(tmp_path: Path, row: str, unit: str | None) -> None:
    """With a new code and 并入, or with its old one: beside either code either township is the unit's."""
    result = registered(tmp_path, MOVED, f"编码 乡镇 村名 X\n{row} 是")

    assert ([] if unit is None else [unit]) == reported(result)
    assert (unit is None) == ("R406" in result.codes())


def test_a_code_whose_unit_the_register_has_in_another_township_than_the_codes_digits(tmp_path: Path) -> None:
    """The register's township counts, not the first nine digits: a unit that moved may keep its code."""
    known = TWO_WANGZHUANG + "410999100209 孙庄村 马庄桥镇\n"
    ledger = "编码 乡镇 村名 X\n410999100209 {} 孙庄村 是"

    assert ["马庄桥镇孙庄村"] == reported(registered(tmp_path, known, ledger.format("马庄桥镇")))
    assert ["A2"] == registered(tmp_path, known, ledger.format("韩村镇")).cells("R406")


def test_a_code_of_another_township_than_the_sheet(tmp_path: Path) -> None:
    """A row of 马庄桥镇's ledger with a code of 韩村镇 is a mistake, also where code and name agree."""
    ledger = "编码 村名 X\n410999101201 王庄村 是\n410999101202 李庄村 是\n410999101203 赵庄村 是\n{} 是"
    known = delimited(tmp_path / "known.csv", grid(TWO_WANGZHUANG))
    for row in ("410999100201 王庄村", "410999100202 刘庄村"):
        result = run(workbook(tmp_path / "a.xlsx", {"马庄桥镇": grid(ledger.format(row))}), BY, register=known)

        assert ["A5"] == result.cells("R406")
        assert 3 == len(reported(result))


NAMESAKES = """编码 名称 乡镇
410999100201 张村 河乡
410999100202 李村 河乡
410999101201 张村 山乡
410999101202 王村 山乡"""


def test_a_unit_again_under_a_township_of_rows_above_may_be_a_namesake(tmp_path: Path) -> None:
    """Where a township's cell was lost the next one's 张村 would fill the blanks of this one's; nor are those below."""
    ledger = "乡镇 村名 X\n河乡 李村 是\n- 张村 -\n- 张村 是\n- 王村 是"
    result = registered(tmp_path, NAMESAKES, ledger)
    lost = [found.message("zh") for found in result.diagnostics if found.code == "R424"]

    assert ["B4", "B5"] == result.cells("R424")
    assert "上面的河乡已有一行，内容不同；名册里有 河乡张村、山乡张村" in lost[0]
    assert (None, "blank") == (result.value("河乡/张村", "X"), result.reason("河乡/张村", "X"))
    assert ["河乡张村", "河乡李村"] == reported(result)


def test_a_row_again_is_the_same_unit(tmp_path: Path) -> None:
    """Where nothing differs, where the name is merged over both rows, or where nobody else has the name: R412."""
    again = registered(tmp_path, NAMESAKES, "乡镇 村名 X\n河乡 张村 是\n- 张村 是\n- 李村 是\n- 李村 -")
    rows = grid("乡镇 村名 X\n河乡 李村 是\n- 张村 -\n- - 是")
    merged = run(
        workbook(tmp_path / "a.xlsx", rows, merged=["B3:B4"]),
        BY,
        register=delimited(tmp_path / "r.csv", grid(NAMESAKES)),
    )

    assert ["B3", "B5"] == again.cells("R412")
    assert ["B4"] == merged.cells("R412")
    assert not {"R424", "R413"} & (again.codes() | merged.codes())
    assert merged.value("河乡/张村", "X") is True


def test_a_title_that_codes_and_names_refute(tmp_path: Path) -> None:
    """Copied from another township, or of the whole county: the rows count by code, and the title is said to be wrong.

    A row without a code is then of no township.
    """
    known = delimited(tmp_path / "known.csv", grid(TWO_WANGZHUANG))
    result = run(workbook(tmp_path / "马庄桥镇.xlsx", grid(CODES_OF_HANCUN + "\n- 李庄村 是")), BY, register=known)
    (said,) = [found for found in result.diagnostics if found.code == "T226"]

    assert all(word in said.message("zh") for word in ("马庄桥镇.xlsx", "马庄桥镇", "韩村镇"))
    assert ["韩村镇王庄村", "韩村镇刘庄村", "韩村镇张庄村"] == reported(result)
    assert ["B5"] == result.cells("R424")
    assert not {"R406", "T214"} & result.codes()


def test_a_title_against_codes_that_names_do_not_decide(tmp_path: Path) -> None:
    """王庄村 is in both townships: title and code contradict each other, and neither is believed."""
    ledger = grid("编码 村名 X\n410999100201 王庄村 是")
    known = delimited(tmp_path / "known.csv", grid(TWO_WANGZHUANG))
    result = run(workbook(tmp_path / "a.xlsx", {"马庄桥镇": ledger}), BY, register=known)

    assert ["A2"] == result.cells("R406")
    assert [] == reported(result)


def test_one_township_of_a_ledger_with_codes(tmp_path: Path) -> None:
    """--township chooses among the rows; it is no township that they were written with."""
    result = registered(tmp_path, TWO_WANGZHUANG, CODES_OF_HANCUN + "\n410999101201 王庄村 是", township="马庄桥镇")

    assert ["马庄桥镇王庄村"] == reported(result)
    assert not {"R406", "T226"} & result.codes()


# --- dates: renamed units ---------------------------------------------------------------------------------------------

RENAMED = """
编码 名称 乡镇 生效 失效 并入
410999100201 黄营村 河乡 - 2022-05-31 410999100201
410999100201 北黄营村 河乡 2022-06-01 - -
"""


def test_a_renamed_unit_in_two_rows_of_one_code(tmp_path: Path) -> None:
    """After the day the old name counts for the new one, with a note; before it the old name is the unit's."""
    result = registered(tmp_path, RENAMED, "乡镇 村名 X\n河乡 黄营村 是")

    assert {"北黄营村": (1, 1)} == result.tiers()
    assert ["B2"] == result.cells("R425")

    before = registered(tmp_path, RENAMED, "乡镇 村名 X\n河乡 黄营村 是", period="2022-05")

    assert {"黄营村": (1, 1)} == before.tiers()
    assert not {"R409", "R425", "R410"} & before.codes()


def test_a_code_of_a_renamed_unit(tmp_path: Path) -> None:
    """The code is the unit of the day, whichever of its names stands beside it."""
    ledger = "编码 村名 X\n410999100201 {} 是"
    for name in ("黄营", "北黄营村"):
        assert {"北黄营村": (1, 1)} == registered(tmp_path, RENAMED, ledger.format(name)).tiers()


def test_an_alias_with_its_last_day(tmp_path: Path) -> None:
    """Until then it is a name like another; later it is a former name; a new unit may bear it."""
    lines = [
        ["编码", "名称", "乡镇", "曾用名", "生效"],
        ["410999100201", "北黄营村", "河乡", "黄营村（至2022-05-31）、小营", None],
        ["410999100202", "莫李营村", "河乡", "李营村(2001年至2022年5月)", None],
        ["410999100203", "李营村", "河乡", None, "2022-06-01"],
    ]
    ledger = grid("乡镇 村名 X\n河乡 黄营村 是\n河乡 李营村 否")
    after = rated(tmp_path, BY, ledger, register=lines)

    assert {"北黄营村": (1, 1), "莫李营村": (None, None), "李营村": (0, 0)} == after.tiers()
    assert ["B2"] == after.cells("R425")

    before = rated(tmp_path, BY, ledger, register=lines, period="2022-05")

    assert {"北黄营村": (1, 1), "莫李营村": (0, 0)} == before.tiers()
    assert (["B2", "B3"], []) == (before.cells("R405"), before.cells("R425"))


def test_former_names_are_recorded() -> None:
    """The store gives back the register as it was; one without former names is written as ever."""
    entries = (
        Entry("410999100201", "北黄营村", "河乡", "平原县", VILLAGE, former=(("黄营村", date(2022, 5, 31)),)),
        Entry("410999100202", "甲村", "河乡", "平原县", VILLAGE, ("老甲",)),
    )

    assert entries == register_of(_register_text(Register(entries))).entries


def test_an_alias_whose_day_cannot_be_read(tmp_path: Path) -> None:
    """It is said, and is no alias; a bracket that is no date belongs to the name."""
    lines = "编码 名称 乡镇 别名\n410999100201 甲村 河乡 老甲村（至去年）、甲村（东）"
    result = registered(tmp_path, lines, "乡镇 村名 X\n河乡 甲村（东） 是\n河乡 老甲村 是")

    assert ["D2"] == result.cells("R418")
    assert ["B3"] == result.cells("R403")
    assert {"甲村": (1, 1)} == result.tiers()


def test_an_alias_of_two_units_is_said_and_never_matched(tmp_path: Path) -> None:
    """Said once where it stands; a row with it is ambiguous."""
    lines = "编码 名称 乡镇 别名\n410999100201 甲村 河乡 老庄\n410999100202 乙村 河乡 老庄\n410999101201 丙村 山镇 老庄"
    result = registered(tmp_path, lines, "乡镇 村名 X\n河乡 老庄 是\n山镇 老庄 是")

    assert ["D3"] == result.cells("R426")
    assert ["B2"] == result.cells("R404")
    assert result.reported("丙村")


# --- registers as they come -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("encoding", "total"), [("utf-8-sig", "合计"), ("utf-8", "共计"), ("gb18030", "累计")])
def test_a_register_with_other_headers_a_title_and_blanks(tmp_path: Path, encoding: str, total: str) -> None:
    """Title, unit line, a township written once, a total: who must appear is the same."""
    text = (
        "平原县行政村名册,,,,\n填报单位：县民政局,,,,\n序号,12位代码,所属乡镇,村（居）名称,曾用名\n"
        "1,410999100201,河乡,甲村民委员会,老甲\n2,410999100202,,乙村民委员会,\n"
        f"3,410999101201,山镇,丙村民委员会,\n{total},,,3个,\n"
    )
    (tmp_path / "名册.csv").write_bytes(text.encode(encoding))
    file = workbook(tmp_path / "a.xlsx", grid("乡镇 村名 X\n河乡 老甲 是\n山镇 丙村 否"))
    result = run(file, BY, register=tmp_path / "名册.csv")
    units = result.outcome.ledger.units

    assert [("河乡", "甲村民委员会"), ("河乡", "乙村民委员会"), ("山镇", "丙村民委员会")] == list(
        zip(units.township, units.name, strict=True)
    )
    assert [("名册.csv", "C5")] == [
        (found.where.file, found.where.cell) for found in result.diagnostics if found.code == "R414"
    ]
    assert not {"R409", "R417", "R419"} & result.codes()


def test_a_register_in_a_workbook_with_merged_townships(tmp_path: Path) -> None:
    """A township merged over its villages is the township of all."""
    book = workbook(
        tmp_path / "名册.xlsx",
        [["code", "name", "town", "type"], ["410999100201", "甲", "河乡", "村"], ["410999100202", "乙", None, "社区"]],
        merged=["C2:C3"],
    )
    file = workbook(tmp_path / "a.xlsx", grid("乡镇 村名 X\n河乡 甲村 是"))
    result = run(file, BY, register=book)

    assert {"甲": (1, 1)} == result.tiers()
    assert "R419" not in result.codes()


# --- the target: a county written the ordinary way --------------------------------------------------------------------

TRAPS = {
    "马庄桥镇": (
        "东关村委会", "刘庄村委会", "高井社区居委会", "高井村委会", "张村村委会", "118街村委会", "六0二村委会",
        "上（田本）村委会", "莫𡐓村委会", "大青?村委会", "马庄桥村委会", "王镇村委会", "高\ue170村委会",
    ),
    "高堡乡": (
        "刘庄村委会", "东关村委会", "高堡村委会", "李庄乡村委会", "前李营村委会", "后李营村委会", "东李营村委会",
        "二十五里村委会", "张村委会", "张庄村委会", "大张庄村委会", "小张庄村委会",
    ),
    "王镇": ("王镇居委会", "刘庄村委会", "和平路社区居委会", "和平村委会", "幸福ｅ家社区居委会", "卜村委会"),
    "城关街道": ("东关社区居委会", "西关社区居委会", "北关村村民委员会", "刘庄村委会"),
}  # fmt: skip


def ordinarily(name: str, ending: str) -> str:
    """A register name as people write it: its base with another suffix of the same kind, or none."""
    base, kind = split_suffix(name)
    if ending == "":
        return base
    if kind is NameKind.COMMUNITY:
        return base + {"村": "社区", "村委会": "居委会", "村民委员会": "社区居民委员会"}[ending]
    return base if ending == "村" and base.endswith("村") else base + ending


@pytest.mark.parametrize("ending", ["", "村", "村委会", "村民委员会"])
@pytest.mark.parametrize("place", ["column", "before", "base", "county"])
def test_a_county_written_the_ordinary_way(tmp_path: Path, ending: str, place: str) -> None:
    """Every unit is found within its township and none is taken for another, by its own suffix or none.

    A bare name that a village and a community of one township share is the unit of the scheme's kind.
    """
    units = [(town, name) for town, names in TRAPS.items() for name in names]
    lines = [["编码", "名称", "乡镇", "县"]]
    for number, (town, name) in enumerate(units):
        lines.append([f"4109991{list(TRAPS).index(town):02d}{number + 200}", name, town, "平原县"])
    rows: list[list[object]] = [["乡镇", "村名", "Y"] if place == "column" else ["村名", "Y"]]
    for number, (town, name) in enumerate(units):
        before = {"column": "", "before": town, "base": township_base(town), "county": f"平原县{town}"}[place]
        if place == "base" and len(before) == 1:
            before = town
        rows.append([*([town] if place == "column" else []), before + ordinarily(name, ending), number])
    found: dict[tuple[str, str], set[float]] = {}
    for kind in (VILLAGE, COMMUNITY):
        text = scheme_text({"星": ("全部", [criterion("Y", "至少: 5", "数值", "单位: 元")])})
        by = scheme(text.replace("适用: 行政村", f"适用: {kind}"))
        result = rated(tmp_path, by, rows, register=lines)
        known = result.outcome.ledger
        for at in range(len(known.units)):
            unit = (known.units.township[at], known.units.name[at])
            if known.units.reported[at]:
                found.setdefault(unit, set()).update([float(known.columns["Y"].values[at])])
    shared = {("马庄桥镇", "高井社区居委会"), ("马庄桥镇", "高井村委会")} if ending == "" else set()

    assert {unit: {float(number)} for number, unit in enumerate(units) if unit not in shared} == {
        unit: values for unit, values in found.items() if unit not in shared
    }
