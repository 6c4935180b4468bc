"""``starcheck register import``: a county's register from other lists, and an old one brought up to date."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from making import delimited, grid, workbook
from starcheck.register import VILLAGE, Entry
from starcheck.register_import import update_register
from test_cli import Done, star

VILLAGES = """
code name streetCode areaCode cityCode provinceCode
410999100001 丙社区居委会 410999100 410999 4109 41
410999100201 甲村委会 410999100 410999 4109 41
410999101201 丁村委会 410999101 410999 4109 41
410998100201 别村委会 410998100 410998 4109 41
420102001001 远社区居委会 420102001 420102 4201 42
"""
STREETS = """
code name areaCode cityCode provinceCode
410999100 河乡 410999 4109 41
410999101 山镇 410999 4109 41
410998100 别镇 410998 4109 41
420102001 远街道 420102 4201 42
"""
AREAS = """
code name cityCode provinceCode
410999 平原县 4109 41
410998 鼓楼区 4109 41
420102 鼓楼区 4201 42
"""
EXPECTED = [
    ("410999100001", "丙社区居委会", "河乡", "平原县", "城市社区"),
    ("410999100201", "甲村委会", "河乡", "平原县", "行政村"),
    ("410999101201", "丁村委会", "山镇", "平原县", "行政村"),
]


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a national list in three files."""
    for name, text in (("villages", VILLAGES), ("streets", STREETS), ("areas", AREAS)):
        delimited(tmp_path / f"{name}.csv", grid(text.replace(" 4", " '4").replace("\n4", "\n'4")))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def made(path: Path) -> list[tuple[str, ...]]:
    """The first five columns of what was written."""
    text = path.read_bytes().decode("utf-8-sig")
    return [tuple(line.split(",")[:5]) for line in text.splitlines()[1:]]


def imported(*arguments: str) -> Done:
    """Run the import."""
    return star("register", "import", *arguments)


@pytest.mark.parametrize("county", ["平原", "平原县", "410999"])
def test_a_county_of_a_national_list_in_three_files(office: Path, county: str) -> None:
    """By name or six digits; townships by name, kinds by suffix; UTF-8 with a BOM."""
    done = imported("villages.csv", "streets.csv", "areas.csv", "--county", county)

    assert 0 == done.code
    assert EXPECTED == made(office / "register.csv")
    assert (office / "register.csv").read_bytes().startswith(b"\xef\xbb\xbf")


def test_the_register_reads_back(office: Path) -> None:
    """As csv and as xlsx, codes as texts; register check finds nothing wrong."""
    imported("villages.csv", "streets.csv", "areas.csv", "--county", "平原", "--out", "a.xlsx")

    assert "410999100001" == openpyxl.load_workbook(office / "a.xlsx").worksheets[0]["A2"].value
    assert 0 == star("register", "check", "a.xlsx", "--fail-on", "warning").code

    imported("a.xlsx", "--out", "b.csv")

    assert EXPECTED == made(office / "b.csv")


def test_one_list_of_all_levels(office: Path) -> None:
    """12-digit codes at every level, with or without a header."""
    rows = """
    410000000000 河南省 1 0
    410900000000 濮阳市 2 410000000000
    410999000000 平原县 3 410900000000
    410999100000 河乡 4 410999000000
    410999100001 丙社区居委会 5 410999100000
    410999100201 甲村委会 5 410999100000
    410999101000 山镇 4 410999000000
    410999101201 丁村委会 5 410999101000
    """
    for head in ("code name level pcode\n", ""):
        delimited(office / "area.csv", grid(head + rows.strip()))
        done = imported("area.csv", "--county", "平原", "--force")

        assert 0 == done.code
        assert EXPECTED == made(office / "register.csv")


def test_names_of_every_level_beside_each_village(office: Path) -> None:
    """省 市 县 乡镇 村 编码: no code of a township is needed."""
    rows = """
    省 市 县 乡镇 村 编码
    河南省 濮阳市 平原县 河乡 丙社区居委会 410999100001
    河南省 濮阳市 平原县 河乡 甲村委会 410999100201
    河南省 濮阳市 平原县 山镇 丁村委会 410999101201
    河南省 濮阳市 鼓楼区 别镇 别村委会 410998100201
    湖北省 武汉市 鼓楼区 远街道 远社区居委会 420102001001
    """
    workbook(office / "全国.xlsx", grid(rows))

    assert 0 == imported("全国.xlsx", "--county", "平原").code
    assert EXPECTED == made(office / "register.csv")

    several = imported("全国.xlsx", "--county", "鼓楼", "--out", "c.csv")

    assert 2 == several.code
    assert all(word in several.err for word in ("河南省濮阳市鼓楼区", "410998", "湖北省武汉市鼓楼区", "420102"))


def test_a_countys_own_list(office: Path) -> None:
    """With a title, other headers, aliases and a total; the county is the one that was told."""
    rows = [
        ["平原县村（社区）名册（2022年）"],
        ["序号", "所属乡镇", "村（居）名称", "12位代码", "曾用名"],
        [1, "河乡", "甲村", "410999100201", "老甲"],
        [2, None, "乙村", "410999100202", None],
        ["合计", None, "2个", None, None],
    ]
    workbook(office / "自己.xlsx", rows, merged=["B3:B4"])

    assert 0 == imported("自己.xlsx", "--county", "平原县").code
    text = (office / "register.csv").read_text(encoding="utf-8-sig").splitlines()
    assert ["410999100201,甲村,河乡,平原县,行政村,老甲,,,,", "410999100202,乙村,河乡,平原县,行政村,,,,,"] == text[1:]


@pytest.mark.parametrize(
    ("arguments", "asked"),
    [
        (("villages.csv", "--county", "410999"), "410999100"),
        (("villages.csv", "streets.csv", "--county", "平原"), "六位编码"),
        (("villages.csv", "streets.csv", "areas.csv"), "--county"),
        (("villages.csv", "streets.csv", "areas.csv", "--county", "鼓楼"), "420102"),
        (("villages.csv", "streets.csv", "areas.csv", "--county", "无此县"), "平原县"),
        (("villages.csv", "--update", "villages.csv"), "--date"),
        (("villages.csv", "--county", "410999", "--out", "a.txt"), ".xlsx"),
        (("无.csv",), "无.csv"),
    ],
)
def test_what_is_not_known_is_asked_for(office: Path, arguments: tuple[str, ...], asked: str) -> None:
    """In one line, exit 2; nothing is written."""
    done = imported(*arguments)

    assert 2 == done.code
    assert asked in done.err
    assert 1 == len(done.err.strip().splitlines())
    assert not (office / "register.csv").exists()


def test_what_is_there_is_not_overwritten(office: Path) -> None:
    """Unless --force."""
    (office / "register.csv").write_text("mine", encoding="utf-8")
    command = ("villages.csv", "streets.csv", "areas.csv", "--county", "平原")

    assert 2 == imported(*command).code
    assert "mine" == (office / "register.csv").read_text(encoding="utf-8")
    assert 0 == imported(*command, "--force").code
    assert EXPECTED == made(office / "register.csv")


# --- bringing up to date ----------------------------------------------------------------------------------------------


def unit(code: str, name: str, township: str = "河乡", **more: object) -> Entry:
    """A unit of the register."""
    return Entry(f"410999{code}", name, township, "平原县", VILLAGE, **more)  # type: ignore[arg-type]


DAY, EVE = date(2022, 1, 1), date(2021, 12, 31)


def test_the_same_again_changes_nothing() -> None:
    """Aliases, tags and dates of the old register stay, and what had ended before."""
    old = [
        unit("100201", "甲村", aliases=("老甲",), tags=frozenset({"搬迁村"}), since=date(2020, 1, 1)),
        unit("100209", "旧村", until=date(2019, 12, 31), merged_into="甲村"),
    ]
    done = update_register(old, [unit("100201", "甲村")], DAY)

    assert (tuple(old), {}, ()) == (done.entries, done.unconfirmed, done.changes)


def test_changes_by_code_and_name() -> None:
    """Renamed, another suffix, a code given away, a new code, another township, new, gone."""
    old = [
        unit("100201", "黄营村委会", aliases=("黄家营",)),
        unit("100202", "李村委会"),
        unit("100203", "赵庄村委会"),
        unit("100204", "孟村委会"),
        unit("100205", "卫村委会", tags=frozenset({"搬迁村"})),
        unit("100206", "没村委会"),
        unit("102201", "湖村委会", "湖乡"),
    ]
    new = [
        unit("100201", "北黄营村委会"),
        unit("100202", "李村村民委员会"),
        unit("100203", "钱家村委会"),
        unit("100299", "孟村委会"),
        unit("101201", "卫村委会", "山镇"),
        unit("100207", "新村委会"),
        unit("102201", "湖村委会", "湖镇"),
    ]
    done = update_register(old, new, DAY)
    by_name = {(entry.name, entry.township): entry for entry in done.entries}

    assert ["renamed", "suffix", "reused", "recoded", "moved", "town", "new", "gone", "gone"] == [
        change.kind for change in done.changes
    ]
    assert (("黄营村委会", EVE),) == by_name["北黄营村委会", "河乡"].former
    assert ("黄家营",) == by_name["北黄营村委会", "河乡"].aliases
    assert (EVE, DAY) == (by_name["赵庄村委会", "河乡"].until, by_name["钱家村委会", "河乡"].since)
    assert "410999100299" == by_name["孟村委会", "河乡"].code
    moved, left = by_name["卫村委会", "山镇"], by_name["卫村委会", "河乡"]
    assert (DAY, frozenset({"搬迁村"}), EVE, "410999101201") == (moved.since, moved.tags, left.until, left.merged_into)
    assert (EVE, None) == (by_name["没村委会", "河乡"].until, by_name["没村委会", "河乡"].merged_into)
    assert DAY == by_name["新村委会", "河乡"].since
    marked = {(done.entries[place].name, done.entries[place].township) for place in done.unconfirmed}
    assert set(by_name) - marked == {("李村村民委员会", "河乡"), ("湖村委会", "湖镇")}


def test_two_of_a_name_are_not_paired() -> None:
    """A village that vanished, and two of its name elsewhere: nobody knows which."""
    new = [unit("101201", "卫村委会", "山镇"), unit("102201", "卫村委会", "湖乡")]
    done = update_register([unit("100205", "卫村委会")], new, DAY)

    assert ["new", "new", "gone"] == [change.kind for change in done.changes]


def test_an_update_is_marked_until_it_is_confirmed(office: Path) -> None:
    """The page lists the changes, the file says 待确认, and whoever uses it is told; the old name is still a name."""
    delimited(
        office / "old.csv",
        grid("编码 名称 乡镇 县\n'410999100201 老甲村委会 河乡 平原县\n'410999100001 丙社区居委会 河乡 平原县"),
    )
    lists = ("villages.csv", "streets.csv", "areas.csv", "--county", "平原")
    done = imported(*lists, "--update", "old.csv", "--date", "2022-01-01")
    document = json.loads(
        imported(*lists, "--update", "old.csv", "--date", "2022-01-01", "--force", "--format", "json").out
    )
    text = (office / "register.csv").read_text(encoding="utf-8-sig")

    assert 0 == done.code
    assert [("renamed", "老甲村委会", "甲村委会"), ("new", None, "丁村委会")] == [
        (change["change"], change["old"] and change["old"]["name"], change["new"]["name"])
        for change in document["changes"]
    ]
    assert all(word in done.out for word in ("改名", "新增", "待确认"))
    assert "老甲村委会（至2021-12-31）" in text
    assert "R436" in star("register", "check", "register.csv").out
