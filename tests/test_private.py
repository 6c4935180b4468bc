"""Numbers of private persons (DESIGN §1): found for certain, masked everywhere, kept nowhere."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from openpyxl.comments import Comment
from typer.testing import CliRunner

from builders_workbook import xls
from making import Rated, delimited, grid, rated, run, scheme, workbook
from starcheck import fields
from starcheck.cells import LostDigits, PhoneLike, PrivateText, guarded
from starcheck.cli import app
from starcheck.diagnostic import Diagnostic
from starcheck.private import Private, kinds_in, masked
from starcheck.workbook import read_workbook

ID_CARD = "999999190001010007"
MOBILE = "13800138000"
BANK_CARD = "6222021001116245702"
BY_TEXT = """\
方案: 测试方案
编号: private
适用: 行政村
版本: "1"
性质: 测试
生效: 2022-01-01
依据:
  示例: {文件: 测试, 机关: 测试, 日期: 2022-01-01}
字段:
  备注: {列名: [备注], 类型: 文本}
  人口: {列名: [人口], 类型: 整数, 单位: 人}
  产值: {列名: [产值], 类型: 数值, 单位: 元}
星级:
  - 星: 星
    牵头: 县
    点亮: 全部
    指标:
      - {编号: X, 名称: 收入, 列名: [收入], 类型: 数值, 单位: 万元, 责任: 县, 整改: 改,
         要求: [{自: 2022-01-01, 至少: 5, 依据: 示例}]}
      - {编号: Y, 名称: 班子, 列名: [班子], 类型: 是否, 责任: 县, 整改: 改,
         要求: [{自: 2022-01-01, 为: 是, 依据: 示例}]}
定级:
  方法: 亮星数
  档次: {1: 一星, 0: 零星}
"""
BY = scheme(BY_TEXT)
HEADER = ["编码", "乡镇", "村名", "收入", "班子", "人口", "产值", "备注", "电话"]


def test_the_sample_numbers_are_what_they_are() -> None:
    """Each has a right check digit; none is anybody's."""
    assert [(Private.ID_CARD,), (Private.MOBILE,), (Private.BANK_CARD,)] == [
        kinds_in(number) for number in (ID_CARD, MOBILE, BANK_CARD)
    ]


# --- what is one ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        MOBILE,
        "张三13800138000",
        "138 0013 8000",
        "138-0013-8000",
        "1380013 8000",
        "＋86 １３８００１３８０００",
        "+8613800138000",
        "0086-138-0013-8000",
        "(86)13800138000",
        "013800138000",
        "13800138000.0",
        "Tel:13800138000.",
        "2023-05-15 13800138000",
        "13800138000/13800138001",
    ],
)
def test_mobile_numbers(text: str) -> None:
    """With blanks, hyphens, the country's code, in full width, among words."""
    assert (Private.MOBILE,) == kinds_in(text)
    assert not {"80013800", "0013-800", "８００１３８００"} & {masked(text)[at : at + 8] for at in range(len(text))}


@pytest.mark.parametrize(
    "text",
    [
        ID_CARD,
        "11010519491231002X",
        "1101051949 1231 002x",
        "证号：11010519491231002Ｘ。",
        "９９９９９９１９０００１０１０００７",
    ],
)
def test_id_cards(text: str) -> None:
    """Eighteen digits with a birthday and a right check digit, which may be X."""
    assert (Private.ID_CARD,) == kinds_in(text)


@pytest.mark.parametrize("text", [BANK_CARD, "6222 0210 0111 6245 702", "4111111111111111", "5555-5555-5555-4444"])
def test_bank_cards(text: str) -> None:
    """Sixteen to nineteen digits with an issuer's beginning and a right sum."""
    assert (Private.BANK_CARD,) == kinds_in(text)


@pytest.mark.parametrize(
    "text",
    [
        "410922100201",
        "130922100201",
        "457300",
        "0393-7221234",
        "010-62345678",
        "91410922MA40ABCD1X",
        "914109221750123456",
        "999999190013010007",
        "6222021001116245703",
        "13800138000元",
        "13,800,138,000",
        "13800138000.5",
        "1.13800138000",
        "13-5 2022-06-30",
        "12800138000",
        "202305151234567890",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca13800138000b855",
    ],
)
def test_other_numbers(text: str) -> None:
    """Codes of places and organisations, landlines, order numbers, amounts, dates and digests are nobody's."""
    assert () == kinds_in(text)


def test_organisations_whose_codes_are_all_digits() -> None:
    """A code of GB 32100 that is right is no bank card, whatever Luhn's sum says."""
    from starcheck.private import _luhn_checks, _social_credit_checks  # noqa: PLC0415 - to find such a one

    both = next(
        code
        for code in (f"62{number:016d}" for number in range(10**6))
        if _luhn_checks(code) and _social_credit_checks(code)
    )

    assert () == kinds_in(both)


def test_a_mistyped_id_card_is_one() -> None:
    """A birthday among eighteen digits: somebody's, whatever the check digit says, but not for sure."""
    assert (Private.MISTYPED_ID_CARD,) == kinds_in("证号999999190001010008")
    assert masked("证号999999190001010008") == "证号999****08"


def test_the_code_of_an_organisation_is_no_mistyped_id_card() -> None:
    """Its own check digit is right, and the birthday an accident."""
    from starcheck.private import _social_credit_checks  # noqa: PLC0415 - to find such a one

    code = next(
        code for code in (f"91410919900101{number:04}" for number in range(1000)) if _social_credit_checks(code)
    )

    assert () == kinds_in(code)


def test_at_most_five_digits_are_shown() -> None:
    """The first three and the last two."""
    assert ["138****00", "999****07", "622****02"] == [masked(number) for number in (MOBILE, ID_CARD, BANK_CARD)]


def test_cells_as_they_are_kept() -> None:
    """Texts are masked for good; bare digits stay a number that shows itself masked; the rest is left alone."""
    kept = [guarded(cell) for cell in (f"李某{MOBILE}", MOBILE, 13800138000.0, 410901198001011248, 12.5, "李某")]

    assert [PrivateText, PhoneLike, PhoneLike, LostDigits, float, str] == [type(cell) for cell in kept]
    assert ["李某138****00", "138****00", "138****00", "410****00", "12.5", "李某"] == [str(cell) for cell in kept]
    assert "138****00" == f"{kept[1]}"


def test_diagnostics_mask_whatever_they_are_given() -> None:
    """Found, unit, expected and arguments."""
    said = Diagnostic(
        "V301",
        unit=f"甲村{MOBILE}",
        found=MOBILE,
        expected=(ID_CARD, ID_CARD),
        arguments={"why": MOBILE, "suggestion": BANK_CARD},
    )

    assert not any(number in repr(said) for number in (MOBILE, ID_CARD, BANK_CARD))


# --- in a ledger ------------------------------------------------------------------------------------------------------


def ledger(folder: Path, *rows: Sequence[object], name: str = "台账.xlsx", header: Sequence[object] = HEADER) -> Rated:
    """Rate rows under the header of this module."""
    return rated(folder, BY, [header, *rows], name=name)


@pytest.mark.parametrize("name", ["台账.xlsx", "台账.csv"])
@pytest.mark.parametrize("number", [ID_CARD, MOBILE, BANK_CARD])
def test_a_value_with_a_private_number_is_unknown(tmp_path: Path, number: str, name: str) -> None:
    """V321 at its cell, an error with reason invalid, in fields of words and of numbers."""
    result = ledger(tmp_path, [None, "河乡", "甲村", 6, number, number, 1, f"找李某{number}"], name=name)

    assert ["E2", "F2", "H2"] == result.cells("V321")
    assert ["invalid"] * 3 == [result.reason("甲村", key) for key in ("Y", "人口", "备注")]
    assert {"台账.xlsx" if name.endswith("x") else "台账.csv"} == {
        found.where.file for found in result.diagnostics if found.code == "V321"
    }


@pytest.mark.parametrize("name", ["台账.xlsx", "台账.csv"])
def test_an_amount_of_eleven_digits_is_an_amount(tmp_path: Path, name: str) -> None:
    """13.8 milliard 元 are a value; as many persons, or 万元, are not."""
    result = ledger(tmp_path, [None, "河乡", "甲村", 13800138000, "是", 13800138000, 13800138000, "好"], name=name)

    assert 13800138000 == result.value("甲村", "产值")
    assert ["D2", "F2"] == result.cells("V321")


def test_a_name_with_a_private_number_names_nobody(tmp_path: Path) -> None:
    """The row is set aside: neither the number nor a unit made of it is kept."""
    result = ledger(
        tmp_path,
        [None, "河乡", "甲村", 6, "是", 1, 1, "好"],
        [None, "河乡", f"乙村{MOBILE}", 6, "是", 1, 1, "好"],
        [None, "河乡", int(MOBILE), 6, "是", 1, 1, "好"],
        [None, f"山乡 {MOBILE}", "丙村", 6, "是", 1, 1, "好"],
    )

    assert ["甲村"] == result.names
    assert ["C3", "C4", "B5"] == result.cells("V321")


def test_a_code_of_eleven_digits_is_a_code(tmp_path: Path) -> None:
    """Codes of Hebei begin like mobile numbers; one that lacks a digit is no telephone."""
    register = grid("编码 名称 乡镇\n130922100201 甲村 河乡")
    rows = [HEADER, [13092210020, "河乡", "甲村", 6, "是", 1, 1, "好"]]
    result = rated(tmp_path, BY, rows, register=register)

    assert ["A2"] == result.cells("R406")
    assert [] == result.cells("V321")


@pytest.mark.parametrize("name", ["台账.xlsx", "台账.csv"])
def test_a_column_is_private_by_its_header_or_most_of_its_cells(tmp_path: Path, name: str) -> None:
    """Elsewhere the cells are named: nobody has to delete a column of remarks for one number."""
    rows: list[list[object]] = [
        [None, "河乡", f"村{place}", 6, "是", 1, 1, "好", "0393-7221234"] for place in range(200)
    ]
    rows[-1][8] = "139 0013 8000"
    result = ledger(tmp_path, *rows, name=name)

    assert ([], ["I201"]) == (result.cells("F113"), result.cells("F140"))

    for place in range(101):
        rows[place][8] = f"1380013{place:04}"
    result = ledger(tmp_path, *rows, name=name)

    assert (["I1"], []) == (result.cells("F113"), result.cells("F140"))

    header = [*HEADER[:8], "银行卡号"]
    result = ledger(tmp_path, [None, "河乡", "甲村", 6, "是", 1, 1, "好", "见附件"], name=name, header=header)

    assert ["I1"] == result.cells("F113")


def test_many_private_cells_of_a_column_are_counted(tmp_path: Path) -> None:
    """Twenty are named, the others counted at the header."""
    rows: list[list[object]] = [[None, "河乡", f"村{n}", 6, "是", 1, 1, "好", f"找{MOBILE}"] for n in range(30)]
    rows += [[None, "河乡", f"庄{n}", 6, "是", 1, 1, "好", "无"] for n in range(40)]
    result = ledger(tmp_path, *rows, header=[*HEADER[:8], "其他"])
    said = [found for found in result.diagnostics if found.code == "F140"]

    assert ([], ["I1", *(f"I{row}" for row in range(2, 22))]) == (
        result.cells("F113"),
        sorted((str(found.where.cell) for found in said), key=lambda cell: int(cell[1:])),
    )
    assert any("这一列另有 10 格" in found.message("zh") for found in said)


def test_all_kinds_of_a_cell_are_named(tmp_path: Path) -> None:
    """An identity number with a wrong check digit only as what it may be; amounts beside a number are left alone."""
    mistyped = "999999190001010008"
    texts = [f"{ID_CARD} {MOBILE}", f"{mistyped}，卡{BANK_CARD}，{MOBILE}、{MOBILE}"]
    rows = [[None, "河乡", f"村{n}", 6, "是", 1, 1, text, 13800138000] for n, text in enumerate(texts)]
    rows += [[None, "河乡", f"庄{n}", 6, "是", 1, 1, "好", 5200000] for n in range(3)]
    header = [*HEADER[:8], "总产值"]
    in_field = [found for found in ledger(tmp_path, *rows, header=header).diagnostics if found.code == "V321"]

    assert ["身份证号、手机号", "疑似身份证号、银行卡号、手机号"] == [
        found.message("zh").removeprefix("单元格里有").partition("，")[0] for found in in_field
    ]

    header[7] = "情况"
    result = ledger(tmp_path, *rows, header=header)
    said = [found for found in result.diagnostics if found.code in {"F113", "F140"}]

    assert [("F140", "H2"), ("F140", "H3")] == [(found.code, found.where.cell) for found in said]
    assert "疑似身份证号、银行卡号、手机号" in said[1].message("zh")
    assert "what may be an identity card number, a bank card number, a mobile number" in said[1].message("en")


def test_a_column_of_landlines_or_of_large_amounts_is_not_private(tmp_path: Path) -> None:
    """They are not used, and that is all that is said."""
    header = [*HEADER[:8], "单位电话", "总产值"]
    rows = [
        [None, "河乡", "甲村", 6, "是", 1, 1, "好", "0393-7221234", 13800138000],
        [None, "河乡", "乙村", 6, "是", 1, 1, "好", "7221234", 5200000],
    ]
    result = ledger(tmp_path, *rows, header=header)

    assert [] == result.cells("F113")
    assert {"I1", "J1"} <= set(result.cells("T203"))


def test_old_id_cards_are_known_by_the_header(tmp_path: Path) -> None:
    """Fifteen digits without a check digit, in a column that is to hold identity numbers."""
    by = scheme(BY_TEXT.replace("列名: [备注]", "列名: [书记身份证号]"))
    header = [*HEADER[:7], "书记身份证号"]
    result = rated(tmp_path, by, [header, [None, "河乡", "甲村", 6, "是", 1, 1, "410922800101132"]])

    assert ["H2"] == result.cells("V321")


def test_private_numbers_around_the_table(tmp_path: Path) -> None:
    """F140 in titles, footers and sheets without a table; nothing inferred from a title repeats one."""
    sheets: dict[str, Sequence[Sequence[object]]] = {
        "台账": [
            [f"平原县河乡2022年6月台账 {MOBILE}"],
            HEADER,
            [None, "河乡", "甲村", 6, "是", 1, 1, "好"],
            [f"填表人：李某　电话：{MOBILE}"],
            ["联系电话：", int(MOBILE)],
        ],
        "说明": [["有问题找", MOBILE]],
    }
    result = run(workbook(tmp_path / "台账.xlsx", sheets), BY, period=None, county=None)

    assert [("台账", "A1"), ("台账", "A4"), ("台账", "B5"), ("说明", "B1")] == [
        (found.where.sheet, found.where.cell) for found in result.diagnostics if found.code == "F140"
    ]
    assert MOBILE not in repr(result.outcome.inferences)
    assert "138****00" in repr(result.outcome.inferences)


def test_private_numbers_in_names_of_files_and_sheets(tmp_path: Path) -> None:
    """F141 for each; the file is known by its masked name from then on, and two such stay two."""
    folder = tmp_path / "in"
    folder.mkdir()
    rows = [["乡镇", "村名", "收入", "班子"], ["河乡", "甲村", 6, "是"]]
    workbook(folder / f"李某{MOBILE}.xlsx", {f"李某{MOBILE}": rows})
    workbook(folder / "李某13899998000.xlsx", [rows[0], ["河乡", "乙村", 6, "是"]])
    result = run(folder, BY)
    said = [found.where for found in result.diagnostics if found.code == "F141"]

    assert [None, "李某138****00", None] == [where.sheet for where in said]
    assert 2 == len({where.file for where in said})
    assert {"李某138****00.xlsx"} == {Path(where.file or "").name for where in said}
    assert ["乙村", "甲村"] == sorted(result.names)


def test_private_columns_of_a_register(tmp_path: Path) -> None:
    """They are not read, and said all the same; its names are masked."""
    register = delimited(
        tmp_path / "register.csv", [["编码", "名称", "乡镇", "电话"], ["410999100201", "甲村", "河乡", MOBILE]]
    )
    file = workbook(tmp_path / "台账.xlsx", [HEADER, [None, "河乡", "甲村", 6, "是", 1, 1, "好"]])

    assert ["D1"] == run(file, BY, register=register).cells("F113")
    assert ["D1"] == run([file, register], BY).cells("F113")


def test_a_large_csv(tmp_path: Path) -> None:
    """The lane by columns guards names, values, columns that are not used, and what stands above and below."""
    rows = [f"河乡,村{place},6,是,1,1,说明文字{place}," for place in range(250_000)]
    rows[200_000] = f"河乡,{MOBILE},6,是,1,1,好,"
    rows[200_001] = f"河乡,村子,{ID_CARD},是,{MOBILE},{MOBILE},李某{MOBILE},"
    rows[200_002] = f"河乡,村头,6,是,1,1,好,{MOBILE}"
    path = tmp_path / "台账.csv"
    lines = [f"平原县2022年6月台账 {MOBILE}", "乡镇,村名,收入,班子,人口,产值,备注,电话", *rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    result = run(path, BY)

    assert read_workbook(path)[0].sheets[0].bulk is not None  # type: ignore[union-attr]
    assert ["B200003", "C200004", "E200004", "G200004"] == sorted(map(str, result.cells("V321")))
    assert [] == result.cells("V322")
    assert 13800138000 == result.value("村子", "产值")
    assert ["H2"] == result.cells("F113")
    assert ["A1"] == result.cells("F140")
    assert not any(MOBILE in repr(found) for found in result.diagnostics)


def test_a_row_of_the_model_refuses_private_numbers() -> None:
    """The row by row interface of the schema is no way round."""
    with pytest.raises(ValueError, match="V321") as refusal:
        fields.LedgerSchema(BY).model(备注=f"李某{MOBILE}")

    assert "V321" == refusal.value.errors()[0]["type"]  # type: ignore[attr-defined]


def test_a_mistyped_id_card_is_not_kept(tmp_path: Path) -> None:
    """Nor is it a text of its field, in the store or anywhere."""
    mistyped = "999999190001010008"
    result = ledger(tmp_path, [None, "河乡", "甲村", 6, "是", 1, 1, f"找 {mistyped}"])

    assert ["H2"] == result.cells("V321")
    assert mistyped not in repr(result.outcome)


def test_an_id_card_typed_as_a_number_is_one(tmp_path: Path) -> None:
    """Its last digits are lost, and all the same nobody is asked to type it again."""
    result = ledger(tmp_path, [None, "河乡", "甲村", 6, "是", 1, 410901198001011248, "好"])

    assert (["G2"], []) == (result.cells("V321"), result.cells("V322"))


def test_sheets_told_apart_by_what_is_masked_stay_two(tmp_path: Path) -> None:
    """Each has its own cells, in the run and in the marked copy."""
    sheets = {
        f"138{middle}00": [["乡镇", "村名", "收入", "班子"], ["河乡", f"{name}村", "约5", "是"]]
        for middle, name in (("001380", "甲"), ("111111", "乙"))
    }
    file = workbook(tmp_path / "台账.xlsx", sheets)
    result = run(file, BY)
    (tmp_path / "by.yaml").write_text(BY_TEXT, encoding="utf-8")
    words = ["check", str(file), "--scheme", str(tmp_path / "by.yaml"), "--period", "2022-06"]
    words += ["--county", "平原县", "--annotate", str(tmp_path / "退回")]
    CliRunner().invoke(app, words)
    book = load_workbook(tmp_path / "退回" / "台账.xlsx")
    listed = {row[2].value for row in book.worksheets[0].iter_rows(min_row=5)}

    assert {"138****00", "138****00 (2)"} == {found.where.sheet for found in result.diagnostics if found.code == "V301"}
    assert {"138****00", "138****00 (2)"} <= listed
    assert [True, True] == [book[name]["C2"].comment is not None for name in sheets]


def test_members_told_apart_by_what_is_masked_stay_two(tmp_path: Path) -> None:
    """Of an archive; files of a folder likewise."""
    path = tmp_path / "台账.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for middle, name in (("001380", "甲"), ("111111", "乙")):
            inner = workbook(
                tmp_path / "a.xlsx", [["乡镇", "村名", "收入", "班子"], ["河乡", f"{name}村", "约5", "是"]]
            )
            archive.write(inner, f"138{middle}00.xlsx")
    result = run(path, BY)

    assert 2 == len({found.where.file for found in result.diagnostics if found.code == "V301"})


@pytest.mark.parametrize("with_register", [True, False])
def test_names_told_apart_by_what_is_masked_are_no_unit(tmp_path: Path, with_register: bool) -> None:
    """Both rows are put aside, neither is taken for the other."""
    register = grid("编码 名称 乡镇\n410999100201 甲村 河乡") if with_register else None
    rows = [HEADER, *([None, "河乡", f"李某138{middle}00", 6, "是", 1, 1, "好"] for middle in ("001380", "111111"))]
    result = rated(tmp_path, BY, [*rows, [None, "河乡", "甲村", 6, "是", 1, 1, "好"]], register=register)

    assert ["C2", "C3"] == result.cells("V321")
    assert ["甲村"] == result.names


# --- digits that were lost --------------------------------------------------------------------------------------------


def test_numbers_without_their_last_digits_are_no_values(tmp_path: Path) -> None:
    """Sixteen digits and more in a number cell: V322 there, in any field; nothing of it is shown but its ends."""
    lost = 1234567890123456789
    result = ledger(tmp_path, [None, "河乡", "甲村", 6, "是", 1, lost, lost])

    assert ["G2", "H2"] == result.cells("V322")
    assert ["unreadable"] * 2 == [result.reason("甲村", key) for key in ("产值", "备注")]


@pytest.mark.parametrize(("name", "code"), [("台账.xlsx", 4.10999100201e17), ("台账.csv", "4.10999E+11")])
def test_a_code_without_its_last_digits_matches_nobody(tmp_path: Path, name: str, code: object) -> None:
    """Not even by the name beside it: V322 says to format the cell as text first."""
    register = grid("编码 名称 乡镇\n410999100201 甲村 河乡")
    rows = [HEADER, [code, "河乡", "甲村", 6, "是", 1, 1, "好"]]
    result = rated(tmp_path, BY, rows, register=register, name=name)

    assert ["A2"] == result.cells("V322")
    assert not result.reported("甲村")
    assert "文本" in next(found for found in result.diagnostics if found.code == "V322").hint("zh")


def test_fifteen_digits_are_a_number(tmp_path: Path) -> None:
    """As many as a spreadsheet keeps."""
    result = ledger(tmp_path, [None, "河乡", "甲村", 6, "是", 1, 123456789012345, "好"])

    assert 123456789012345 == result.value("甲村", "产值")


def test_digits_are_lost_in_old_workbooks_too(tmp_path: Path) -> None:
    """The guard stands behind every reader."""
    header = {(0, column): text for column, text in enumerate(["乡镇", "村名", "收入", "班子", "产值"])}
    cells = {(1, 0): "河乡", (1, 1): "甲村", (1, 2): 6, (1, 3): f"是{MOBILE}", (1, 4): 4.10999100201e17}
    path = tmp_path / "台账.xls"
    path.write_bytes(xls(header | cells))
    result = run(path, BY)

    assert (["E2"], ["D2"]) == (result.cells("V322"), result.cells("V321"))


# --- nothing leaves ---------------------------------------------------------------------------------------------------


def _with_check(digits: str) -> str:
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return digits + "10X98765432"[sum(int(d) * w for d, w in zip(digits, weights, strict=True)) % 11]


def _with_luhn(digits: str) -> str:
    return next(f"{digits}{last}" for last in range(10) if _luhn(f"{digits}{last}"))


def _luhn(digits: str) -> bool:
    doubled = [int(d) * (2 if place % 2 else 1) for place, d in enumerate(reversed(digits))]
    return sum(number - 9 if number > 9 else number for number in doubled) % 10 == 0


MOBILES = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)
ID_CARDS = st.from_regex(
    r"[1-8][0-9]{5}(19[0-9]{2}|200[0-9])(0[1-9]|1[0-2])(0[1-9]|1[0-9]|2[0-8])[0-9]{3}", fullmatch=True
).map(_with_check)
BANK_CARDS = st.from_regex(r"62[0-9]{13,16}", fullmatch=True).map(_with_luhn)
NUMBERS = MOBILES | ID_CARDS | BANK_CARDS
AROUND = st.sampled_from(["{}", "李某{}", "{}（书记）", "电话：{}。", " {} ", "是 {}", "河乡{}", "{}号"])
PLACES = st.sampled_from(["title", "footer", "sheet", "stranger", "header", "name", "township", "serial", "beside"])


@settings(
    max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None
)
@given(
    planted=st.lists(
        st.tuples(NUMBERS, AROUND, PLACES | st.sampled_from(["X", "Y", "备注", "人口"])), min_size=1, max_size=6
    )
)
def test_planted_numbers_never_come_out(
    tmp_path_factory: pytest.TempPathFactory, planted: list[tuple[str, str, str]]
) -> None:
    """Wherever they stand in a ledger: not in any output, and not in the bytes of the store."""
    folder = tmp_path_factory.mktemp("planted")
    header: list[object] = ["序号", "乡镇", "村名", "收入", "班子", "人口", "备注", "其他"]
    columns = {"serial": 0, "township": 1, "name": 2, "X": 3, "Y": 4, "人口": 5, "备注": 6, "stranger": 7, "beside": 9}
    rows: list[list[object]] = [
        [place, "河乡", f"村{place}", 6, "是", 100, "好", "无", None, None] for place in range(1, 9)
    ]
    title, footer, sheet = "平原县河乡2022年6月台账", "填表人：李某", "台账"
    for row, (number, around, place) in enumerate(planted, start=1):
        text = around.format(number)
        if place == "title":
            title += text
        elif place == "footer":
            footer += text
        elif place == "sheet":
            sheet = text[:31].replace("/", "")
        elif place == "header":
            header[7] = f"其他{text}"
        else:
            rows[row][columns[place]] = text
    file = workbook(folder / "台账.xlsx", {sheet: [[title], header, *rows, [footer]]})
    criteria = folder / "by.yaml"
    criteria.write_text(BY_TEXT, encoding="utf-8")
    store = folder / "store.db"
    came_out = b""
    common = ["--scheme", str(criteria), "--store", str(store)]
    for more in (
        ["score", str(file), "--format", "json", *common],
        ["score", str(file), *common],
        ["score", str(file), "--format", "csv", "--out", str(folder / "out.csv"), *common],
        ["score", str(file), "--out", str(folder / "out.xlsx"), *common],
        ["check", str(file), "--scheme", str(criteria), "--out", str(folder / "problems.csv")],
        ["report", "--county", "平原", *common[2:]],
        ["explain", "村8", str(file), "--scheme", str(criteria)],
    ):
        result = CliRunner().invoke(app, more)
        came_out += result.output.encode() + result.stderr.encode()

        assert result.exit_code in {0, 1, 3}, result.output
    for path in folder.iterdir():
        if path not in {file, criteria}:
            came_out += _all_bytes(path)
    for number, _, _ in planted:
        assert number.encode() not in came_out


def _all_bytes(path: Path) -> bytes:
    if path.suffix == ".xlsx":
        with zipfile.ZipFile(path) as archive:
            return b"".join(archive.read(name) for name in archive.namelist())
    return path.read_bytes()


def test_private_numbers_in_names_within_an_archive(tmp_path: Path) -> None:
    """A member of an archive is known by its masked name as well."""
    inner = workbook(tmp_path / "a.xlsx", [["乡镇", "村名", "收入", "班子"], ["河乡", "甲村", 6, "是"]])
    path = tmp_path / "台账.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(inner, f"李某{MOBILE}.xlsx")
        archive.writestr(f"王某{MOBILE}.docx", "")
    result = run(path, BY)

    assert ["台账.zip/李某138****00.xlsx"] == [found.where.file for found in result.diagnostics if found.code == "F141"]
    assert MOBILE not in repr(result.diagnostics) + repr(result.outcome.inputs)


def test_the_marked_copy_points_at_private_cells(tmp_path: Path) -> None:
    """Also on a sheet that has a private number in its name; read back, it says the same and has no comment of ours."""
    rows: list[Sequence[object]] = [
        ["平原县河乡2022年6月台账"],
        HEADER,
        [None, "河乡", "甲村", 6, f"是{MOBILE}", 1, 1, "好", MOBILE],
        [f"填表人：{MOBILE}"],
    ]
    file = workbook(tmp_path / "台账.xlsx", {f"李某{MOBILE}": rows})
    book = load_workbook(file)
    book.worksheets[0]["D3"].comment = Comment("暂估", "李某")
    book.worksheets[0]["E3"].comment = Comment("问过", "李某")
    book.save(file)
    (tmp_path / "by.yaml").write_text(BY_TEXT, encoding="utf-8")
    result = CliRunner().invoke(
        app, ["check", str(file), "--scheme", str(tmp_path / "by.yaml"), "--annotate", str(tmp_path / "marked")]
    )
    assert 1 == result.exit_code, result.output
    copy = tmp_path / "marked" / "台账.xlsx"
    sheet = load_workbook(copy)[f"李某{MOBILE}"]
    marked_cells = {cell.coordinate for row in sheet.iter_rows() for cell in row if cell.comment is not None}
    again = run(copy, BY, period=None, county=None)

    assert {"D3", "E3", "I2", "A4"} == marked_cells
    assert (["E3"], ["I2"], ["A4"]) == tuple(again.cells(code) for code in ("V321", "F113", "F140"))
    assert [("D3", "暂估"), ("E3", "问过")] == [
        (found.where.cell, found.found) for found in again.diagnostics if found.code == "V324"
    ]


def test_units_across(tmp_path: Path) -> None:
    """Where the units stand across, cells and columns keep their own addresses; amounts are amounts there too."""
    rows = [
        ["乡镇", "河乡", "河乡", "河乡"],
        ["村名", "甲村", "乙村", "丙村"],
        ["收入", 6, 6, 6],
        ["班子", "是", f"是{MOBILE}", "是"],
        ["人口", 1, 2, 3],
        ["产值", 13800138000, 5, 6],
        ["备注", "好", "好", f"找{MOBILE}"],
        ["电话", MOBILE, None, None],
    ]
    result = rated(tmp_path, BY, rows)

    assert ["甲村", "乙村", "丙村"] == result.names
    assert ["C4", "D7"] == sorted(map(str, result.cells("V321")))
    assert (["A8"], []) == (result.cells("F113"), result.cells("F140"))
    assert 13800138000 == result.value("甲村", "产值")
