"""Text that a spreadsheet would run, or that would steer a terminal or hide: whatever we write, it is only text."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import zipfile
from pathlib import Path

import openpyxl
import pytest
from lxml import etree

from making import criterion, delimited, scheme_text, workbook
from starcheck.report.tables import harmless
from starcheck.visible import escaped_in_json, visible, visible_lines
from test_cli import Done, process, star

MARKS = ("=", "+", "-", "@", "＝", "＠", "\t", "\r", "\n")
PAYLOAD = "HYPERLINK(0)"
NUMBER = re.compile(r"-?\d+(\.\d+)?%?")


@pytest.fixture
def hostile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a scheme, a register and a ledger in which every text begins like a formula."""
    text = scheme_text(
        {
            '"=星"': (
                "全部",
                [criterion("X", "至少: 5", "数值", "单位: 万元", 'header: ["=收入"]'.replace("header", "列名"))],
            )
        },
        vetoes=['{编号: F, 情形: "@出事", 列名: ["+事故"], 触发: {为: 是}, 后果: 不参评, 依据: 示例}'],
    )
    (tmp_path / "s.yaml").write_text(text.replace("名称: X", '名称: "-收入"'), encoding="utf-8")
    names = [f"{mark}{PAYLOAD}村" for mark in MARKS]
    rows = [["=平原县河乡2022年6月台账"], ["乡镇", "村名", "=收入", "+事故", f"@{PAYLOAD}"]]
    for mark, name in zip(MARKS, names, strict=True):
        rows.append(["@河乡", name.strip(), f"{mark}{PAYLOAD}", f"{mark}1+1"])
    book = openpyxl.load_workbook(workbook(tmp_path / "=a.xlsx", [[]]))
    sheet = book.worksheets[0]
    for number, cells in enumerate(rows, start=1):
        for column, value in enumerate(cells, start=1):
            cell = sheet.cell(number, column)
            cell.value = value
            cell.data_type = "s"
    book.save(tmp_path / "=a.xlsx")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(command: str, *more: str) -> Done:
    """Check or score the ledger."""
    known = ("--scheme", "s.yaml", "--county", "平原县", "--period", "2022-06")
    return star(command, "./=a.xlsx", *known, *more, *(["--no-store"] if command == "score" else []))


def runs(text: str) -> bool:
    """Whether a spreadsheet would take a CSV's cell for a formula."""
    return text.startswith(MARKS) and NUMBER.fullmatch(text) is None


@pytest.mark.parametrize("command", ["check", "score"])
def test_csv(hostile: Path, command: str) -> None:
    """Neither the list of problems nor the table of units has a cell that runs, as a file or on stdout."""
    run(command, "--out", "out.csv")
    written = (hostile / "out.csv").read_text(encoding="utf-8-sig")
    for text in (written, run(command, "--format", "csv").out.removeprefix("\ufeff")):
        cells = [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]

        assert any(PAYLOAD in cell for cell in cells)
        assert [] == [cell for cell in cells if runs(cell)]


@pytest.mark.parametrize("command", ["check", "score"])
def test_workbooks(hostile: Path, command: str) -> None:
    """No cell is a formula, and none turns into one when somebody edits it."""
    run(command, "--out", "out.xlsx")
    book = openpyxl.load_workbook(hostile / "out.xlsx")
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    texts = [cell for cell in cells if cell.data_type != "n"]

    assert any(PAYLOAD in str(cell.value) for cell in texts)
    assert {"s"} == {cell.data_type for cell in texts}
    assert [] == [cell.value for cell in texts if runs(str(cell.value)) and not cell.quotePrefix]


@pytest.mark.parametrize("sender", ["=a.xlsx", "=a.csv"])
def test_marked_copies(hostile: Path, sender: str) -> None:
    """In the copy that goes back no text has become a formula, nor in the workbook made of a CSV."""
    if sender.endswith(".csv"):
        rows = openpyxl.load_workbook(hostile / "=a.xlsx").worksheets[0].iter_rows(values_only=True)
        delimited(hostile / sender, list(rows))
        (hostile / "=a.xlsx").unlink()
    known = ("--scheme", "s.yaml", "--county", "平原县", "--period", "2022-06")
    star("check", f"./{sender}", *known, "--annotate", "back")
    [copy] = (hostile / "back").glob("*.xlsx")
    cells = [
        cell for sheet in openpyxl.load_workbook(copy) for row in sheet.iter_rows() for cell in row if cell.value
    ]  # fmt: skip

    assert any(PAYLOAD in str(cell.value) for cell in cells)
    assert [] == [
        (cell.coordinate, cell.value) for cell in cells if cell.data_type == "f" and PAYLOAD in str(cell.value)
    ]
    ours = [cell for cell in cells if sender.endswith(".csv") or cell.parent.title == "问题清单"]
    assert [] == [(cell.coordinate, cell.value) for cell in ours if runs(str(cell.value)) and not cell.quotePrefix]


def test_the_names_of_sheets_and_files(hostile: Path) -> None:
    """They stand in lists too: of problems, in the marked copy, and of what became of it."""
    book = openpyxl.load_workbook(hostile / "=a.xlsx")
    book.worksheets[0].title = f"={PAYLOAD}"
    book.save(hostile / "=a.xlsx")
    run("check", "--out", "out.csv", "--annotate", "back")
    run("check", "--out", "out.xlsx")
    run("check", "--against", "back", "--out", "against.csv")
    for name in ("out.csv", "against.csv"):
        text = (hostile / name).read_text(encoding="utf-8-sig")
        cells = [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]

        assert any(f"={PAYLOAD}" in cell for cell in cells)
        assert [] == [cell for cell in cells if runs(cell)]
    for path in (hostile / "out.xlsx", *(hostile / "back").glob("*.xlsx")):
        found = [cell for row in openpyxl.load_workbook(path).worksheets[0].iter_rows() for cell in row if cell.value]

        assert any(f"={PAYLOAD}" in str(cell.value) for cell in found)
        assert "f" not in {cell.data_type for cell in found}
        assert [] == [cell.value for cell in found if runs(str(cell.value)) and not cell.quotePrefix]


def test_registers_and_templates(hostile: Path) -> None:
    """The register that is made, and the names in a template: none is a formula, nor turns into one."""
    rows = [[f"{mark}{PAYLOAD}村", "河乡", "平原县", "行政村", f"{mark}1+1"] for mark in MARKS[:6]]
    delimited(hostile / "r.csv", [["名称", "乡镇", "县", "类型", "别名"], *rows])
    star("register", "import", "r.csv", "--county", "平原县", "--out", "made.csv")
    star("register", "import", "r.csv", "--county", "平原县", "--out", "made.xlsx")
    star("template", "--scheme", "s.yaml", "--register", "r.csv", "--period", "2022-06", "--out", "form.xlsx")
    text = (hostile / "made.csv").read_text(encoding="utf-8-sig")

    assert PAYLOAD in text
    assert [] == [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row if runs(cell)]
    for name in ("made.xlsx", "form.xlsx"):
        book = openpyxl.load_workbook(hostile / name)
        cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]

        assert any(PAYLOAD in str(cell.value) for cell in cells)
        assert "f" not in {cell.data_type for cell in cells}
        texts = [cell for cell in cells if cell.data_type == "s"]
        assert [] == [cell.value for cell in texts if runs(str(cell.value)) and not cell.quotePrefix]


@pytest.mark.parametrize(("text", "shown"), [("-5.2", "-5.2"), ("-5%", "-5%"), ("-5+1", "'-5+1"), ("-", "'-")])
def test_negative_numbers_stay_numbers(text: str, shown: str) -> None:
    """A minus makes a formula of what is no number."""
    assert shown == harmless(text)


# --- what steers a terminal, turns a line round or hides --------------------------------------------------------------

STEERING = "\x1b]0\x07\x1b[2J\x9b1A\x7f\u202e\u2066\u200b\ufeff"
SHOWN = r"\x1b]0\x07\x1b[2J\x9b1A\x7f\u202e\u2066\u200b\ufeff"
FORGED = "\n错误 V999 假的\r\n假村\t五星"
UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")


def escaped(text: str) -> str:
    """The text as a scheme or a workbook's XML may hold it."""
    return json.dumps(text)[1:-1]


@pytest.fixture
def steering(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A folder with hostile text wherever a user's text comes from, and what is told about it on the command line."""
    hostile = escaped(STEERING)
    text = scheme_text(
        {
            f'"红星{hostile}"': (
                "全部",
                [
                    criterion("X", "至少: 5", "数值", "单位: 万元", f'列名: [收入, "收{hostile}入"]'),
                    criterion("Y", "为: 是", "是否", "列名: [班子]"),
                ],
            )
        },
        vetoes=[f'{{编号: F, 情形: "出事{hostile}", 列名: [事故], 触发: {{为: 是}}, 后果: 不参评, 依据: 示例}}'],
    )
    for plain in ("名称: X", "名称: Y", "方案: 测试方案", "性质: 测试", "整改: 改"):
        key, _, word = plain.partition(" ")
        text = text.replace(plain, f'{key} "{word}{hostile}"')
    (tmp_path / "s.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "t.yaml").write_text(text.replace("至少: 5", "至少: 3"), encoding="utf-8")
    cases = f"""方案: test
底稿: {{收入: 6, 事故: 否, 班子: 是}}
例:
  - 名称: "甲{hostile}"
    日期: 2022-06-30
    台账: "村名 收入\\n甲{hostile}村 4"
    期望: {{"甲{hostile}村": {{星级: 1}}, "乙{hostile}": {{星级: 1}}}}
"""
    (tmp_path / "cases.yaml").write_text(cases, encoding="utf-8")
    (tmp_path / "wrong.yaml").write_text(text.replace("适用:", f'"适{hostile}":'), encoding="utf-8")
    village = f"甲村{STEERING}{FORGED}"
    rows = [
        [f"平原县河乡2022年6月台账{STEERING}"],
        ["乡镇", "村名", "收入", "事故", "班子", f"怪列{STEERING}"],
        ["河乡", village, f"约5{STEERING}{FORGED}", f"也许{STEERING}", f"不知道{FORGED}", STEERING],
        ["河乡", f"乙村{STEERING}", "4", "", "是", ""],
        ["河乡", "丙村", "6", "否", "否", ""],
    ]
    delimited(tmp_path / f"a{STEERING}.csv", rows)
    names = ["名称", "乡镇", "县", "类型", f"备注{STEERING}"]
    register = [[village, "河乡"], [f"乙村{STEERING}", "河乡"], ["丁村", f"湖乡{STEERING}"], [f"戊村{STEERING}", ""]]
    delimited(tmp_path / "r.csv", [names, *([*row, "平原县", "行政村", "x"] for row in register)])
    monkeypatch.chdir(tmp_path)
    return ["--scheme", "s.yaml", "--register", "r.csv", "--county", "平原县", "--period", "2022-06"]


def clean(text: str) -> None:
    """Nothing in a text is unseen, and nobody else's line stands in it."""
    assert [] == UNSEEN.findall(text.removeprefix("\ufeff"))
    assert [] == [line for line in text.splitlines() if line.startswith(("错误 V999", "假村"))]


def clean_package(path: Path) -> None:
    """A workbook that XML readers take."""
    with zipfile.ZipFile(path) as package:
        for name in package.namelist():
            if name.endswith((".xml", ".rels", ".vml")):
                etree.fromstring(package.read(name))


@pytest.mark.parametrize("command", ["check", "score"])
@pytest.mark.parametrize("form", ["console", "md", "csv", "json"])
def test_steering_text_on_stdout(steering: list[str], command: str, form: str) -> None:
    """Whatever is printed of a ledger, in every form, on both streams."""
    more = ["--no-store"] if command == "score" else []
    done = star(command, f"a{STEERING}.csv", *steering, *more, "--all", "--format", form)

    if form == "csv":  # a cell of a CSV may have lines
        assert [] == UNSEEN.findall(done.out.removeprefix("\ufeff"))
    else:
        clean(done.out)
    clean(done.err)
    if form == "json":
        assert STEERING in json.loads(done.out)["inputs"][0]["file"]
    else:
        assert SHOWN in (re.sub(r"\\(.)", r"\1", done.out) if form == "md" else done.out)


@pytest.mark.parametrize("command", ["check", "score"])
@pytest.mark.parametrize("ending", [".csv", ".md", ".txt", ".json", ".xlsx"])
def test_steering_text_in_files(steering: list[str], command: str, ending: str) -> None:
    """Whatever is written."""
    more = ["--no-store"] if command == "score" else []
    clean(star(command, f"a{STEERING}.csv", *steering, *more, "--out", f"out{ending}").err)
    if ending == ".xlsx":
        clean_package(Path("out.xlsx"))
        book = openpyxl.load_workbook("out.xlsx")
        text = "\n".join(str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row)
    else:
        text = Path(f"out{ending}").read_text(encoding="utf-8-sig")

    assert "甲村" in text
    assert [] == UNSEEN.findall(text)


def test_steering_text_given_back(steering: list[str]) -> None:
    """What we add to a copy is clean, what the sender wrote is his; holding a file against it likewise."""
    clean(star("check", f"a{STEERING}.csv", *steering, "--annotate", "back").err)
    [copy] = Path("back").glob("*.xlsx")
    clean_package(copy)
    listed = openpyxl.load_workbook(copy)["问题清单"]

    assert any(SHOWN in str(cell.value) for row in listed.iter_rows() for cell in row)
    assert [] == UNSEEN.findall("".join(str(cell.value) for row in listed.iter_rows() for cell in row))

    for form in ("console", "md", "json"):
        done = star("check", f"a{STEERING}.csv", *steering, "--against", "back", "--format", form)

        assert "甲村" in done.out or "\\u7532" in done.out
        clean(done.out + done.err)


def test_steering_text_recorded(steering: list[str]) -> None:
    """From the store too."""
    star("score", f"a{STEERING}.csv", *steering, "--store", "s.db")
    run = json.loads(star("history", "list", "--store", "s.db", "--format", "json").out)[0]["run"]
    for words in (
        ["history", "list"],
        ["history", "show", run],
        ["history", "show", run, "--format", "md"],
        ["report"],
        ["report", "--format", "md"],
        ["report", "--format", "json"],
        ["explain", f"乙村{STEERING}"],
        ["history", "undo", run, "--reason", STEERING],
        ["history", "show", run],
    ):
        done = star(*words, "--store", "s.db")

        assert done.code in {0, 3}, done.err
        clean(done.out + done.err)


@pytest.mark.parametrize(
    "words",
    [
        "check FILE --explain-layout",
        "check FILE --explain-layout --format json",
        "explain 乙村X FILE",
        "explain 乙村X FILE --format md",
        "explain 无X FILE",
        "explain X",
        "explain F",
        "criteria lint s.yaml",
        "criteria lint wrong.yaml",
        "criteria show s.yaml",
        "criteria test s.yaml --cases cases.yaml",
        "criteria test s.yaml --cases cases.yaml --format json",
        "criteria diff s.yaml t.yaml --on FILE",
        "criteria diff s.yaml t.yaml --on FILE --format md",
        "criteria diff s.yaml t.yaml --on FILE --format json",
        "criteria show --format md",
        "criteria schema --ledger",
        "register check r.csv",
        "register check r.csv --format md",
        "register check r.csv --format json",
        "register import r.csv --out made.xlsx",
        "template --out made.xlsx",
        "check 无X.xlsx",
        "check FILE --township 无X",
        "check FILE --map 怪列X=Y",
        "check FILE --scheme 无X",
        "check FILE --format 无X",
    ],
)
def test_steering_text_of_other_commands(steering: list[str], words: str) -> None:
    """Pages, lists and refusals, with the name that the command line gave."""
    told = steering if words.startswith(("check", "explain", "template")) else []
    given = [word.replace("FILE", f"a{STEERING}.csv") for word in words.split()]
    given = [word.replace("X", STEERING) if word not in {"X", "FILE"} else word for word in given]
    done = star(*given[:2], *(told if "--scheme" not in given else []), *given[2:]) if told else star(*given)

    assert done.out + done.err
    clean(done.out + done.err)
    for path in Path().glob("made.xlsx"):
        clean_package(path)


@pytest.mark.parametrize("words", [[f"无{STEERING}"], ["check", "a.csv", f"--无{STEERING}"], ["check", "--scheme"]])
def test_steering_text_in_a_wrong_command_line(words: list[str]) -> None:
    """What cannot be understood is named as it may be shown."""
    done = process(*words)

    assert 2 == done.returncode
    clean(done.stderr.decode("utf-8"))


def test_steering_text_that_is_remembered(steering: list[str]) -> None:
    """A header with control characters is written down so that the settings can be read again."""
    Path("starcheck.toml").touch()
    told = steering[:2] + steering[4:]
    star("check", f"a{STEERING}.csv", *told, "--map", f"怪列{STEERING}=", "--remember")
    done = star("check", f"a{STEERING}.csv", *told)

    assert r"\u007f" in Path("starcheck.toml").read_text(encoding="utf-8")
    assert 1 == done.code, done.err


def test_a_name_in_no_encoding(steering: list[str]) -> None:
    """A file whose name is no UTF-8 is named by escapes, in JSON too."""
    Path(f"a{STEERING}.csv").rename(os.fsdecode(b"b\xff\x1b.csv"))
    for form in ("console", "md", "csv", "json"):
        done = process("check", os.fsdecode(b"b\xff\x1b.csv"), *steering, "--format", form)
        text = (done.stdout + done.stderr).decode("utf-8")

        assert 1 == done.returncode, text
        assert r"b\u" in text.replace("\\\\", "\\")
        assert "\x1b" not in text


def test_what_is_unseen() -> None:
    """One form for all of it; Chinese, wide blanks and variants of characters stay."""
    assert SHOWN == visible(STEERING)
    assert r"a b c \x0b\x85\u2028\ud800\U000e0041" == visible("a\r\nb\tc\n\x0b\x85\u2028\ud800\U000e0041")
    assert "a\nb\tc\n" == visible_lines("a\r\nb\tc\r")
    for plain in ("甲村　（社区）", "葛\U000e0100", "✔\ufe0f", "é", "\ue000"):
        assert plain == visible(plain) == visible_lines(plain)
    value = {"名": STEERING + "\ud800\n"}
    text = escaped_in_json(json.dumps(value, ensure_ascii=False))

    assert [] == UNSEEN.findall(text)
    assert value == json.loads(text)
