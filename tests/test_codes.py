"""Every code of the catalogue: whole texts, a test that names it; V3, R4 and J5 each fire once, at their cell."""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from openpyxl import load_workbook
from openpyxl.comments import Comment

from making import Rated, Rows, Shown, column, criterion, delimited, grid, rated, run, scheme, scheme_text, workbook
from starcheck.diagnostic import HINTS, Code, Diagnostic, Severity, catalogue, pick
from starcheck.workspace import Stop

TESTS = Path(__file__).parent
CODES = list(catalogue().values())
GIVEN = {"found", "expected", "unit", "field"}

BY = scheme(
    scheme_text(
        {
            "星": (
                "全部",
                [
                    criterion("X", "至少: 5", "数值", "单位: 万元"),
                    criterion("Q", "至少: 1", "数值", "公式: 甲 / 乙"),
                ],
            )
        },
        fields=["甲: {列名: [甲], 类型: 整数}", "乙: {列名: [乙], 类型: 整数}"],
        checks=["{编号: JH, 名称: 甲不多于乙, 公式: 甲 <= 乙, 级别: 错误}"],
    )
)
REGISTER = """
编码 名称 乡镇 类型 别名 标签 生效 失效 并入
410999100201 甲村 河乡 行政村 - - - - -
410999100202 乙村 河乡 行政村 - - - - -
410999100203 高井社区 河乡 城市社区 - - - - -
410999100204 李村 河乡 行政村 - - - - -
410999100205 李行政村 河乡 行政村 - - - - -
410999100206 旧村 河乡 行政村 - - - 2020-12-31 甲村
410999100207 废村 河乡 行政村 - - - 2020-12-31 -
"""
LEDGER = "乡镇 村名 X 甲 乙\n"


def table(rows: str, register: str | None = REGISTER) -> Callable[[Path], Rated]:
    """A ledger of words with a register."""
    return lambda folder: rated(folder, BY, grid(LEDGER + rows), register=None if register is None else grid(register))


def cell(kind: str, unit: str | None, cells: Sequence[object], *more: str) -> Callable[[Path], Rated]:
    """One column of cells."""
    return lambda folder: column(folder, kind, unit, cells, *more)


def registered(line: str) -> Callable[[Path], Rated]:
    """A register with one line more."""
    return table("河乡 甲村 5 1 1", f"{REGISTER.strip()}\n{line}")


def coded(folder: Path) -> Rated:
    """A code that is another unit's."""
    return rated(folder, BY, grid("编码 村名 X 甲 乙\n410999100202 甲村 5 1 1"), register=grid(REGISTER))


def beside_a_code(folder: Path) -> Rated:
    """A township that the register does not know, beside a code that it does."""
    return rated(folder, BY, grid("编码 乡镇 村名 X 甲 乙\n410999100201 北乡 甲村 5 1 1"), register=grid(REGISTER))


def ahead(folder: Path) -> Rated:
    """A date to come in a column that must not have one."""
    done = scheme(
        scheme_text(
            {"星": ("全部", [criterion("X", "为: 是", "是否", "公式: 已填(办结)")])},
            fields=["办结: {列名: [办结日], 类型: 日期, 可在将来: 否}"],
        )
    )
    return rated(folder, done, grid("乡镇 村名 办结日\n河乡 甲村 2032-05-15"))


def many_blanks(folder: Path) -> Rated:
    """More blanks in a column than are listed."""
    rows: Rows = [["乡镇", "村名", "X", "甲", "乙"], *(["河乡", f"{place}村", None, 1, 1] for place in range(510))]
    return rated(folder, BY, rows, name="a.csv")


def slipped(folder: Path) -> Rated:
    """Three townships, of which one writes 元."""
    files = [
        workbook(
            folder / f"{town}.xlsx",
            [
                ["乡镇", "村名", "X", "甲", "乙"],
                *([town, f"{place}村", factor * (3 + place), 1, 1] for place in range(6)),
            ],
        )
        for town, factor in (("河乡", 1), ("山乡", 1.5), ("海乡", 10_000))
    ]
    return run(files, BY)


def targeted(folder: Path) -> Rated:
    """A target for nobody."""
    file = workbook(folder / "a.xlsx", grid(LEDGER + "河乡 甲村 5 1 1"))
    goals = delimited(folder / "targets.csv", grid("名称 乡镇 争创星级\n东官村 河乡 一星"))
    return run(file, BY, targets=goals)


def counted_twice(folder: Path) -> Rated:
    """Two rows of one township that ask for different numbers of a tier."""
    file = workbook(folder / "a.xlsx", grid(LEDGER + "河乡 甲村 5 1 1"))
    goals = delimited(folder / "targets.csv", grid("乡镇 一星\n河乡 2\n河乡 3"))
    return run(file, BY, targets=goals)


def excepted(line: str) -> Callable[[Path], Rated]:
    """A ledger with a breach and a line of exceptions."""

    def rate(folder: Path) -> Rated:
        file = workbook(folder / "a.xlsx", grid(LEDGER + "河乡 甲村 5 2 1"))
        exceptions = folder / "exceptions.csv"
        exceptions.write_text(f"代码,单位,字段,理由,批准人,文件,到期\n{line}\n", encoding="utf-8")
        return run(file, BY, exceptions=exceptions)

    return rate


def headed(folder: Path) -> Rated:
    """A sheet that is filled in, and one that is a header only."""
    sheets = {"填了": grid(LEDGER + "河乡 甲村 5 1 1"), "没填": grid(LEDGER)}
    return run(workbook(folder / "a.xlsx", sheets), BY)


def two_towns(rows: str) -> Callable[[Path], Rated]:
    """A ledger with a register of two townships."""
    return table(f"{rows}\n河乡 甲村 5 1 1", f"{REGISTER.strip()}\n410999101201 丙村 山镇 行政村 - - - - -")


def nowhere(folder: Path) -> Rated:
    """A ledger whose township nobody says, but for one row."""
    rows = "村名 X 甲 乙\n甲村 5 1 1\n河乡乙村 5 1 1"
    return rated(folder, BY, grid(rows), register=grid(REGISTER))


def commented(count: int) -> Callable[[Path], Rated]:
    """A ledger with comments on its values."""

    def rate(folder: Path) -> Rated:
        file = workbook(folder / "a.xlsx", grid(LEDGER) + [["河乡", f"{place}村", 5, 1, 1] for place in range(count)])
        book = load_workbook(file)
        for row in range(2, count + 2):
            book.worksheets[0][f"C{row}"].comment = Comment("暂估", "李某")
        book.save(file)
        return run(file, BY)

    return rate


def merged_over_two(folder: Path) -> Rated:
    """One cell over two villages."""
    rows = grid(LEDGER + "河乡 甲村 5 1 1\n河乡 乙村 - 1 1")
    return run(workbook(folder / "a.xlsx", rows, merged=["C2:C3"]), BY)


def moved(folder: Path) -> Rated:
    """A number with a comma in a CSV."""
    path = folder / "a.csv"
    path.write_text("乡镇,村名,X,甲,乙\n河乡,甲村,1,200,1,1\n", encoding="utf-8")
    return run(path, BY)


def percent_of_the_format(folder: Path) -> Rated:
    """85% typed where the format writes the sign."""
    by = scheme(scheme_text({"星": ("全部", [criterion("X", "至少: 5", "比例", '单位: "%"', "列名: [值]")])}))
    path = workbook(folder / "a.xlsx", grid("乡镇 村名 值\n河乡 甲村 85\n河乡 乙村 0.85"))
    book = load_workbook(path)
    for cell in ("C2", "C3"):
        book.worksheets[0][cell].number_format = '0.00"%"'
    book.save(path)
    return run(path, by)


REGISTER_CHECKS = frozenset(f"R{number}" for number in range(428, 436))


def unconfirmed(folder: Path) -> Rated:
    """A register with a row that nobody has confirmed."""
    known = grid("编码 名称 乡镇 待确认\n410999100201 甲村 河乡 改名？\n410999100202 乙村 河乡 -")
    return rated(folder, BY, grid(LEDGER + "河乡 甲村 5 1 1"), register=known)


FIRES: dict[str, tuple[Callable[[Path], Rated], str | None]] = {
    "V301": (cell("数值", "万元", ["约12万左右"]), "C2"),
    "V303": (cell("数值", "万元", [11], "范围: {至多: 10}"), "C2"),
    "V304": (cell("整数", "人", [5.5]), "C2"),
    "V305": (cell("选项", None, ["规划中"], "选项: [有, 没]"), "C2"),
    "V306": (cell("是否", None, ["基本完成"]), "C2"),
    "V307": (cell("日期", None, ["去年"]), "C2"),
    "V308": (cell("比例", "%", [0.85, 85]), "C2"),
    "V309": (cell("数值", "万元", ["28户"]), "C2"),
    "V310": (cell("数值", "万元", ["#DIV/0!"]), "C2"),
    "V311": (cell("数值", "万元", ["=B2"]), "C2"),
    "V312": (cell("数值", "万元", ["不涉及"]), "C2"),
    "V313": (cell("数值", "万元", [None, 5]), "C2"),
    "V314": (cell("数值", "万元", ["无"]), "C2"),
    "V315": (cell("比例", "%", [0.85, 0.9, 0.95]), "C1"),
    "V316": (cell("日期", None, ["2032-05-15"]), "C2"),
    "V317": (cell("比例", "%", ["850%"]), "C2"),
    "V318": (many_blanks, "C1"),
    "V319": (table("河乡 甲村 5 1 0"), "D2"),
    "V320": (cell("数值", "万元", [Shown(4.96, "0")]), "C2"),
    "V321": (cell("数值", "万元", ["张某13800138000"]), "C2"),
    "V322": (cell("数值", "万元", [1234567890123456789]), "C2"),
    "V323": (cell("数值", "万元", ["5.2", 6]), "C2"),
    "V324": (commented(1), "C2"),
    "V325": (commented(101), "C102"),
    "V326": (table("河乡 甲村 5 1 1\n河乡 乙村 '3 1 1\n合计 - 5 2 2"), "C4"),
    "V334": (merged_over_two, "C2"),
    "V336": (moved, "C2"),
    "V335": (percent_of_the_format, "C3"),
    "V333": (cell("文本", None, ["同上"]), "C2"),
    "V340": (cell("日期", None, ["1923.5.3"]), "C2"),
    "V341": (cell("日期", None, ["2022.5"]), "C2"),
    "V342": (ahead, "C2"),
    "V330": (cell("数值", "万元", ["一百零五"]), "C2"),
    "V331": (cell("数值", "万元", [3, 4, 5.2, 6, 7, 8, 9, 12, 52_000]), "C10"),
    "V332": (slipped, "C1"),
    "R401": (table("河乡 - 5 1 1\n河乡 甲村 5 1 1"), "B2"),
    "R421": (headed, "A1"),
    "R402": (table("河乡 甲村 - - -"), "B2"),
    "R403": (table("河乡 东官村 5 1 1"), "B2"),
    "R446": (table("河乡 甲村 5 1 1\n河乡 平均 5 1 1"), "B3"),
    "R404": (table("河乡 李 5 1 1"), "B2"),
    "R405": (table("河乡 甲村委会 5 1 1"), "B2"),
    "R406": (coded, "A2"),
    "R407": (table("河乡 高井社区 5 1 1\n河乡 甲村 5 1 1"), "B2"),
    "R408": (table("河乡 甲村 5 1 1"), None),
    "R409": (registered("410999100208 甲村 河乡 行政村 - - - - -"), "B9"),
    "R410": (table("河乡 旧村 5 1 1"), "B2"),
    "R411": (table("河乡 废村 5 1 1"), "B2"),
    "R412": (table("河乡 甲村 5 1 1\n河乡 甲村 5 1 1"), "B3"),
    "R413": (table("河乡 甲村 5 1 1\n河乡 甲村 6 1 1"), "C3"),
    "R414": (table("河乡 甲村 5 1 1\n- 乙村 5 1 1"), "A3"),
    "R415": (table("山乡 甲村 5 1 1"), "B2"),
    "R417": (registered("41099910020 丙村 河乡 行政村 - - - - -"), "A9"),
    "R418": (registered("410999100208 丙村 河乡 行政村 - - - 去年 -"), "H9"),
    "R419": (registered("410999101208 丙村 - 行政村 - - - - -"), "B9"),
    "R420": (targeted, "A2"),
    "R447": (counted_twice, "B3"),
    "R422": (table("河乡 河乡甲村 5 1 1"), "B2"),
    "R423": (two_towns("河乡 山镇丙村 5 1 1"), "B2"),
    "R424": (nowhere, "A2"),
    "R425": (
        table("河乡 老甲村 5 1 1", REGISTER.replace("甲村 河乡 行政村 -", "甲村 河乡 行政村 老甲村（至2021-06-30）")),
        "B2",
    ),
    "R426": (registered("410999100208 丙村 河乡 行政村 乙村 - - - -"), "E9"),
    "R427": (registered("410999100208 丙村 河乡 行政村 - - 2022-01-01 2021-12-31 -"), "H9"),
    "R440": (table("河乡 例：甲村 5 1 1\n河乡 甲村 5 1 1"), "B2"),
    "R441": (table("河乡 甲村 5 1 1\n河乡 河乡 5 1 1"), "B3"),
    "R442": (two_towns("河乡 丙村 5 1 1"), "B2"),
    "R444": (table("河乡 3 5 1 1\n河乡 甲村 5 1 1"), "B2"),
    "R443": (beside_a_code, "B2"),
    "R436": (unconfirmed, "D2"),
    "J501": (table("河乡 甲村 5 2 1"), "D2"),
    "J502": (table("河乡 甲村 5 1 1\n合计 - 6 1 1"), "C3"),
    "J504": (excepted("J501,甲村,,移交,县委办,1号文,2022-05-31"), None),
    "J505": (excepted("J501,甲村,,移交,,,"), None),
}


@pytest.mark.parametrize("code", FIRES)
def test_every_code_fires(tmp_path: Path, code: str) -> None:
    """Once and where it should, and every word of it can be said in both languages."""
    make, place = FIRES[code]
    said = [found for found in make(tmp_path).diagnostics if found.code == code]

    assert said, "did not fire"
    assert place == said[0].where.cell
    for found in said:
        check_words(found)


def check_words(found: Diagnostic) -> None:
    """No slot is left open, nothing is empty where something should stand."""
    for lang in ("zh", "en"):
        for text in (found.message(lang), found.hint(lang), found.title(lang)):
            assert text
            assert not re.search(r"\{\w*\}|“”|None|\(\)|（）", text), text


def test_files_of_different_periods_fire_r416(tmp_path: Path) -> None:
    """Which ends the run."""
    files = [
        workbook(tmp_path / f"{month}.xlsx", [[f"平原县河乡2022年{month}月台账"], *grid(LEDGER + "河乡 甲村 5 1 1")])
        for month in (5, 6)
    ]
    with pytest.raises(Stop) as stop:
        run(files, BY, period=None, county=None)

    assert {"R416"} == {found.code for found in stop.value.diagnostics}
    for found in stop.value.diagnostics:
        check_words(found)


def test_a_register_of_other_units_fires_r445(tmp_path: Path) -> None:
    """Which ends the run: nothing can be rated."""
    with pytest.raises(Stop) as stop:
        table("河乡 甲村 5 1 1", REGISTER.replace(" 行政村 ", " 自然村 "))(tmp_path)
    [said] = [found for found in stop.value.diagnostics if found.code == "R445"]

    assert ("register.csv", "自然村 6、城市社区 1") == (said.where.file, said.arguments["kinds"])
    check_words(said)


def test_these_are_all_of_their_families() -> None:
    """A new code needs a case here; hints and register check have theirs elsewhere, R437 in test_cli.py.

    R450, R451, R454 and R455 are fired by test_rectify.py, R452 by test_rewards.py, R453 by test_sample.py, R46
    by test_vetoes.py: they are about files beside the ledgers.
    """
    assert {code.code for code in CODES if code.code[0] in "VRJ"} == {
        *FIRES,
        *("R416", "R437", "R445", "R450", "R451", "R452", "R453", "R454", "R455"),
        *(f"R46{number}" for number in range(10)),
        *HINTS,
        *REGISTER_CHECKS,
    }


# --- exceptions -------------------------------------------------------------------------------------------------------


def test_a_known_exception_turns_a_breach_into_a_note(tmp_path: Path) -> None:
    """It names the reason, the person and the document, until it expires, that day included."""
    for until, severity in (
        ("2022-12-31", Severity.NOTE),
        ("2022-06-30", Severity.NOTE),
        ("2022-06-29", Severity.ERROR),
    ):
        folder = tmp_path / until
        folder.mkdir()
        result = excepted(f"J501,甲村,,移交中,县委办,1号文,{until}")(folder)
        [breach] = [found for found in result.diagnostics if found.code == "J501"]

        assert severity is breach.level
        assert (severity is Severity.NOTE) == (breach.accepted is not None)
        if breach.accepted is not None:
            assert all(word in breach.accepted for word in ("移交中", "县委办", "1号文", until))


def test_an_exception_is_for_its_unit_and_relation(tmp_path: Path) -> None:
    """Another village, another 编号: the breach stands. The 编号 of the relation will do for the code."""
    levels = []
    for place, line in enumerate(("J501,乙村", "J502,甲村", "JH,甲村")):
        folder = tmp_path / str(place)
        folder.mkdir()
        result = excepted(f"{line},,移交中,县委办,1号文,2022-12-31")(folder)
        levels += [found.level for found in result.diagnostics if found.code == "J501"]

    assert [Severity.ERROR, Severity.ERROR, Severity.NOTE] == levels


def test_a_mismatch_of_totals_can_be_excepted(tmp_path: Path) -> None:
    """A control total that is known to differ (DESIGN §8.1: a breach or mismatch accepted with a reason)."""
    file = workbook(tmp_path / "a.xlsx", grid(LEDGER + "河乡 甲村 5 1 1\n合计 - 6 1 1"))
    exceptions = tmp_path / "exceptions.csv"
    exceptions.write_text(
        "代码,单位,字段,理由,批准人,文件,到期\nJ502,合计,X,脚注说明,县委办,1号文,2022-12-31\n", encoding="utf-8"
    )
    result = run(file, BY, exceptions=exceptions)

    assert [Severity.NOTE] == [found.level for found in result.diagnostics if found.code == "J502"]


def test_an_exception_does_not_hide_an_error_in_a_cell(tmp_path: Path) -> None:
    """Only a breach or a mismatch can be accepted: an unreadable value stays an error."""
    file = workbook(tmp_path / "a.xlsx", grid(LEDGER + "河乡 甲村 约5 1 1"))
    exceptions = tmp_path / "exceptions.csv"
    exceptions.write_text(
        "代码,单位,字段,理由,批准人,文件,到期\nV301,甲村,X,就这样,县委办,1号文,2022-12-31\n", encoding="utf-8"
    )
    result = run(file, BY, exceptions=exceptions)

    assert [Severity.ERROR] == [found.level for found in result.diagnostics if found.code == "V301"]


# --- the catalogue ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", CODES, ids=lambda code: code.code)
def test_texts_are_whole_in_both_languages(code: Code) -> None:
    """Title, message, why, mend, bad and good; the Chinese is Chinese; the slots are the same in both."""
    assert re.fullmatch(r"[FTVRJKHB][1-8]\d\d", code.code)
    for text in (code.title, code.message, code.why, code.mend, code.bad, code.good):
        assert all(part.strip() for part in text)
    for text in (code.title, code.why):
        assert re.search(r"[一-鿿]", pick(text, "zh"))
    assert slots(code.message[0]) == slots(code.message[1])
    assert slots(code.mend[0]) == slots(code.mend[1])
    assert not slots(code.title[0]) | slots(code.why[0])
    assert {"1": "F", "2": "T", "3": "V", "4": "R", "5": "J", "6": "K", "7": "H", "8": "B"}[code.code[1]] == code.code[
        0
    ]


def slots(text: str) -> set[str]:
    """The slots of a text."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("code", CODES, ids=lambda code: code.code)
def test_slots_can_be_filled(code: Code) -> None:
    """With arguments for every slot the message and hint come out whole."""
    names = slots(code.message[0]) | slots(code.mend[0])
    found = Diagnostic(
        code.code,
        unit="甲村",
        field="X",
        found="12",
        expected=("数值", "a number"),
        arguments=dict.fromkeys(names - GIVEN, ("某", "some")),
    )
    check_words(found)


def test_codes_are_sorted_and_unique() -> None:
    """Within each family, in the order of the catalogue."""
    names = [code.code for code in CODES]
    for family in dict.fromkeys(name[0] for name in names):
        own = [name for name in names if name[0] == family]

        assert sorted(set(own)) == own


def test_every_code_is_named_in_a_test() -> None:
    """By its code in a test, or in the name of a scheme of ``schemes/`` that is written to fire it."""
    texts = [path.read_text(encoding="utf-8") for path in TESTS.rglob("*.py")]
    texts += [path.stem for path in TESTS.rglob("*.yaml")]

    assert [] == [code.code for code in CODES if not any(code.code in text for text in texts)]


def test_every_code_is_used() -> None:
    """A code that nothing can raise is a promise not kept."""
    package = TESTS.parent / "src" / "starcheck"
    texts = [path.read_text(encoding="utf-8") for path in package.rglob("*.py") if path.parent.name != "catalogue"]

    assert [] == [code.code for code in CODES if not any(f'"{code.code}"' in text for text in texts)]
