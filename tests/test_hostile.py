"""Files made to fill the memory, to take for ever or to reach elsewhere: a right reading or a code of its own."""

from __future__ import annotations

import struct
import sys
import time
import tracemalloc
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import pytest

from builders_workbook import compound_file, ods, packed, xls, xlsb, xlsx, xlsx_parts
from making import criterion, scheme, scheme_text
from starcheck.cells import Limits
from starcheck.inbox import Vocabulary, read_inbox
from starcheck.intake import LedgerTable, read_ledger
from starcheck.table import find_tables
from starcheck.units import normalise_header
from starcheck.workbook import Workbook, read_workbook
from starcheck.workspace import Settings, Stop, settings

if TYPE_CHECKING:
    from _typeshed import TraceFunction

resource = pytest.importorskip("resource", reason="memory is not measured on Windows")
KNOWN = frozenset(map(normalise_header, ["序号", "乡镇", "村名", "收入"]))
HEADER = '<row r="1">' + "".join(
    f'<c r="{letter}1" t="str"><v>{name}</v></c>'
    for letter, name in zip("ABCD", ["序号", "乡镇", "村名", "收入"], strict=True)
)
ROW = (
    '<row r="2"><c r="A2"><v>1</v></c><c r="B2" t="str"><v>河乡</v></c>'
    '<c r="C2" t="str"><v>甲村</v></c><c r="D2"><v>5</v></c></row>'
)
ONE = f"{HEADER}</row>{ROW}"
SECONDS = 20


def outcome(path: Path, limits: Limits | None = None) -> str:
    """``read`` with its tables found, or the code of the refusal, within seconds and a memory that is bounded."""
    begun, before = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    workbook, said = read_workbook(path, known=KNOWN, limits=limits)
    for sheet in workbook.sheets if workbook is not None else ():
        find_tables(sheet, KNOWN)
    assert time.process_time() - begun < SECONDS
    if sys.platform == "linux":
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 1_500_000, "kilobytes"
    for found in said:
        assert found.message("zh")
        assert found.message("en")
    return "read" if workbook is not None else said[0].code


def read(path: Path) -> Workbook:
    """Read a file that can be read."""
    workbook, _ = read_workbook(path, known=KNOWN)
    assert workbook is not None
    return workbook


def with_part(folder: Path, name: str, content: str | bytes, rows: str = ONE) -> Path:
    """An xlsx with one part replaced or added."""
    return packed(xlsx_parts(rows) | {name: content}, folder / "a.xlsx")


def csv(folder: Path, content: str | bytes) -> Path:
    """A CSV."""
    path = folder / "a.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


# --- archives that grow


def test_parts_that_overlap(tmp_path: Path) -> None:
    """Entries of a package that share their bytes are a bomb, however small each is."""
    path = with_part(tmp_path, "xl/a.xml", "x" * 500)
    data = bytearray(path.read_bytes())
    at = [place for place in range(len(data)) if data[place : place + 4] == b"PK\x01\x02"]
    data[at[-1] + 42 : at[-1] + 46] = data[at[-2] + 42 : at[-2] + 46]
    path.write_bytes(data)

    assert "F131" == outcome(path)


def test_package_of_many_parts(tmp_path: Path) -> None:
    """Ten thousand parts that nobody asks for cost nothing."""
    path = packed(xlsx_parts(ONE) | {f"xl/media/{n}.bin": b"x" for n in range(10_000)}, tmp_path / "a.xlsx")

    assert "read" == outcome(path)


def test_package_larger_than_allowed(tmp_path: Path) -> None:
    """What unpacks to more bytes than allowed is F112, at no great ratio."""
    path = with_part(tmp_path, "xl/media/a.bin", bytes(range(256)) * 4000)

    assert "F112" == outcome(path, Limits(unpacked_bytes=1 << 19, ratio_from=1 << 30))


# --- entities

LAUGHS = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + "".join(
    f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9)
)
BOMBS = {
    "laughs": LAUGHS + "]>",
    "quadratic": f'<!DOCTYPE x [<!ENTITY a "{"a" * 50_000}">]>',
    "external": '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
    "parameter": '<!DOCTYPE x [<!ENTITY % a SYSTEM "http://127.0.0.1:1/a.dtd"> %a;]>',
}
PARTS = ["xl/workbook.xml", "xl/styles.xml", "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "content.xml"]


@pytest.mark.parametrize("bomb", BOMBS)
@pytest.mark.parametrize("part", PARTS)
def test_entities_in_any_part(tmp_path: Path, part: str, bomb: str) -> None:
    """XML that declares entities is F131 wherever it stands; nothing is expanded or fetched."""
    head = '<?xml version="1.0"?>' + BOMBS[bomb]
    if part == "content.xml":
        path = ods(tmp_path / "a.ods", "<table:table-row/>")
        with zipfile.ZipFile(path) as archive:
            parts: dict[str, str | bytes] = {name: archive.read(name) for name in archive.namelist()}
        path = packed(parts | {part: head.encode() + bytes(parts[part])}, path)  # type: ignore[arg-type]
    else:
        parts = xlsx_parts(ONE)
        text = str(parts.get(part, '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"/>'))
        path = with_part(tmp_path, part, head + text)

    assert "F131" == outcome(path)


def test_entities_after_a_long_comment(tmp_path: Path) -> None:
    """Where they hide behind a comment they are still not expanded."""
    rows = ONE.replace("甲村", "&j;")
    sheet = str(xlsx_parts(rows)["xl/worksheets/sheet1.xml"])
    path = with_part(tmp_path, "xl/worksheets/sheet1.xml", f"<!--{' x' * 40_000}-->{BOMBS['laughs']}{sheet}")

    assert outcome(path) in {"F106", "F131"}


# --- rows, columns, merges, names


def test_a_million_formatted_rows(tmp_path: Path) -> None:
    """Blank rows that hold only a format cost nothing."""
    rows = "".join(f'<row r="{n}" s="1" customFormat="1" ht="15"/>' for n in range(3, 1_048_577))
    path = xlsx(tmp_path / "a.xlsx", ONE + rows)

    assert "read" == outcome(path)


def test_all_columns(tmp_path: Path) -> None:
    """A filled row of 16,384 columns is read; with rows below it is too scattered only when that is huge."""
    book = tmp_path / "a.xlsx"
    cells = "".join(f"<c><v>{n}</v></c>" for n in range(16_384))

    assert "read" == outcome(xlsx(book, f"<row>{cells}</row>{ROW}"))
    assert 16_384 == len(read(book).sheets[0].rows[0])


def test_dimension_that_lies(tmp_path: Path) -> None:
    """The used range a sheet claims is not believed."""
    path = xlsx(tmp_path / "a.xlsx", ONE, before='<dimension ref="A1:XFD1048576"/>')

    assert "read" == outcome(path)
    assert (2, 4) == (len(read(path).sheets[0].rows), len(read(path).sheets[0].rows[0]))


@pytest.mark.parametrize("reference", ["A{a}:D{b}", "A1:XFD1048576", "C{a}:C1048576", "A2:A{b}"])
def test_fifty_thousand_merges(tmp_path: Path, reference: str) -> None:
    """Merges without number, one over the other, over the whole sheet: read, in seconds."""
    merges = "".join(f'<mergeCell ref="{reference.format(a=n, b=n + 3)}"/>' for n in range(2, 50_002))

    assert "read" == outcome(xlsx(tmp_path / "a.xlsx", ONE, after=f"<mergeCells>{merges}</mergeCells>"))


def test_cyclic_names(tmp_path: Path) -> None:
    """Names that name each other are nobody's business: formulas are not calculated here."""
    book = str(xlsx_parts(ONE)["xl/workbook.xml"]).replace(
        "</workbook>",
        '<definedNames><definedName name="甲">乙</definedName><definedName name="乙">甲</definedName></definedNames>'
        "</workbook>",
    )

    assert "read" == outcome(with_part(tmp_path, "xl/workbook.xml", book))


# --- endless cells


@pytest.mark.parametrize("kind", ["inline", "shared", "ods", "csv", "quoted", "large"])
def test_cell_of_ten_megabytes(tmp_path: Path, kind: str) -> None:
    """A cell of ten million characters is F133 in every format (a quotation mark around it makes no difference)."""
    endless = "甲" * 10_000_000
    match kind:
        case "inline":
            path = xlsx(tmp_path / "a.xlsx", ONE.replace("甲村", endless))
        case "shared":
            path = with_part(tmp_path, "xl/sharedStrings.xml", f"<sst><si><t>{endless}</t></si></sst>")
        case "ods":
            path = ods(
                tmp_path / "a.ods",
                f'<table:table-row><table:table-cell office:value-type="string"><text:p>{endless}</text:p>'
                "</table:table-cell></table:table-row>",
            )
        case "csv":
            path = csv(tmp_path, f"村名,收入\n甲村,{endless[:2_000_000]}\n乙村,5\n")
        case "quoted":
            path = csv(tmp_path, f'村名,收入\n甲村,"{endless[:2_000_000]}"\n乙村,5\n')
        case _:
            path = csv(tmp_path, f"村名,收入\n甲村,{endless}\n乙村,5\n")

    assert "F133" == outcome(path, Limits(ratio_from=1 << 30))


def test_long_texts_that_are_allowed(tmp_path: Path) -> None:
    """32,767 characters, as many as a workbook allows, are a cell."""
    assert "read" == outcome(xlsx(tmp_path / "a.xlsx", ONE.replace("甲村", "甲" * 32_767)))
    assert "read" == outcome(csv(tmp_path, f"村名,收入\n甲村,{'甲' * 32_767}\n"))


# --- CSV


@pytest.mark.parametrize(
    "text",
    [
        "," * 4_000_000 + "\n" * 1_000_000 + "a,b\n",
        "a" + "," * 70_000 + "b\n",
        "a,b\n" + "," * 9_000_000 + "b\nc,d\n",
        ("a" + "," * 16_000 + "b\n") + "a,b\n" * 100_000,
        "\r".join(["a,b"] * 3 + ["," * 70_000 + "x"] + ["c,d"] * 2_500_000),
    ],
    ids=range(5),
)
def test_csv_of_endless_columns(tmp_path: Path, text: str) -> None:
    """More columns than any table has, or a few wide rows above many short ones, are F132."""
    assert "F132" == outcome(csv(tmp_path, text))


def test_large_csv_with_classic_line_ends(tmp_path: Path) -> None:
    """Lines that end with CR alone are lines in a large file too."""
    path = csv(tmp_path, "村名,收入\r" + "甲村,5\r" * 1_000_000)
    bulk = read(path).sheets[0].bulk

    assert bulk is not None
    assert 1_000_001 == bulk.height


# --- old workbooks


def test_cyclic_sectors_without_a_book(tmp_path: Path) -> None:
    """Sectors in a circle in the directory, the allocation table and the stream end."""
    data = bytearray(compound_file({"Workbook": b"\x09\x08" + bytes(4000), "B": bytes(9000)}))
    for sector in range(1, 20):
        data[512 + 4 * sector : 516 + 4 * sector] = struct.pack("<I", 1 + sector % 2)
    path = tmp_path / "a.xls"
    path.write_bytes(data)

    assert outcome(path) in {"F106", "F104"}


def test_xls_over_its_limit(tmp_path: Path) -> None:
    """An xls takes many times its bytes, so it may have fewer of them."""
    path = tmp_path / "a.xls"
    path.write_bytes(xls({(0, 0): "村名"}))

    assert "F112" == outcome(path, Limits(unpacked_bytes=path.stat().st_size * 2))


# --- steps that must not be the square of what a file of a few kilobytes can hold


def steps(work: Callable[[], object]) -> int:
    """How many instructions of the interpreter a piece of work takes."""
    counted = 0

    def count(frame: FrameType, event: str, _argument: object) -> TraceFunction:
        nonlocal counted
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        counted += event == "opcode"
        return count

    sys.settrace(count)
    try:
        work()
    finally:
        sys.settrace(None)
    return counted


def reading(path: Path) -> Callable[[], object]:
    """The reading of the ledger in a file, found before."""
    by = scheme(scheme_text({"星": ("全部", [criterion("X", "至少: 5", "数值", "列名: [收入]")])}))
    (table,), _ = find_tables(read(path).sheets[0], KNOWN)
    return lambda: read_ledger([LedgerTable(table)], by, register=None, as_of=date(2022, 6, 30))


def test_as_many_strange_headers_as_a_sheet_has_columns(tmp_path: Path) -> None:
    """Twice the headers that mean nothing take some twice the steps, not four times as many."""

    def ledger(strange: int) -> Callable[[], object]:
        rows = [
            ["乡镇", "村名", "收入", *(f"甲乙{n}" for n in range(strange))],
            ["河乡", "甲村", "5", *["1"] * strange],
        ]
        return reading(csv(tmp_path, "\n".join(map(",".join, rows))))

    ledger(10)()  # whatever is made once
    few, many = steps(ledger(200)), steps(ledger(400))

    assert many < 2.4 * few


def test_merges_of_the_whole_sheet_time_and_again(tmp_path: Path) -> None:
    """One merge is one, however often it is written, and so are those under another one of their column."""
    whole = [f"A3:XFD{1_048_576 - n % 3}" for n in range(500)]
    merges = "".join(f'<mergeCell ref="{one}"/>' for one in [*whole, "A5:B9", "B5:B9"])
    path = xlsx(tmp_path / "a.xlsx", ONE, after=f"<mergeCells>{merges}</mergeCells>")

    assert ((2, 0, 1_048_575, 16_383), (4, 1, 8, 1)) == read(path).sheets[0].merged


def test_merges_over_all_columns(tmp_path: Path) -> None:
    """Those of a sheet's whole width take no more steps than those over what is filled."""

    def ledger(last: str) -> Callable[[], object]:
        merges = "".join(f'<mergeCell ref="A{n}:{last}{n + 1}"/>' for n in range(10, 50, 2))
        return reading(xlsx(tmp_path / f"{last}.xlsx", ONE, after=f"<mergeCells>{merges}</mergeCells>"))

    ledger("D")()
    narrow, wide = steps(ledger("D")), steps(ledger("XFD"))

    assert wide < 1.1 * narrow


def test_sheets_can_be_limited(tmp_path: Path) -> None:
    """More sheets than allowed are F147, by itself and in every format; one part may stand for all of them."""
    listed = "".join(f'<sheet name="{n}" sheetId="{n}" r:id="r1"/>' for n in range(2, 2002))
    book = str(xlsx_parts(ONE)["xl/workbook.xml"]).replace("</sheets>", f"{listed}</sheets>")
    sheets = (
        '<Worksheet ss:Name="a"><Table><Row><Cell><Data ss:Type="String">村名</Data></Cell></Row></Table></Worksheet>'
    )
    page = tmp_path / "a.xml"
    spaces = (
        'xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"'
    )
    page.write_text(f'<?xml version="1.0"?><Workbook {spaces}>{sheets * 3}</Workbook>', encoding="utf-8")

    assert "F147" == outcome(with_part(tmp_path, "xl/workbook.xml", book))
    assert "read" == outcome(with_part(tmp_path, "xl/workbook.xml", book), Limits(sheets=2001))
    assert "F147" == outcome(page, Limits(sheets=2))
    assert "read" == outcome(page, Limits(sheets=3))


def test_finding_tables_is_within_the_time(tmp_path: Path) -> None:
    """A file that is read at once, but whose tables are sought for ever, is given up with F135 as well."""
    beside = "".join(f'<c t="str"><v>{name}</v></c>' for name in ("村名", "收入") * 3000)
    merges = "".join(f'<mergeCell ref="A{n}:B{n}"/>' for n in range(10, 50_000))
    rows = f"<row>{beside}</row><row>{beside.replace('村名', '甲村')}</row>"
    path = xlsx(tmp_path / "a.xlsx", rows, after=f"<mergeCells>{merges}</mergeCells>")
    inbox, workbooks = read_inbox([path], Vocabulary(KNOWN), limits=Limits(seconds=2))

    assert ["F135"] == [found.code for found in inbox.diagnostics]
    assert [("unreadable", [])] == [(file.status, file.tables) for file in inbox.files]
    assert [] == workbooks


# --- limits that are set


def test_cells_can_be_limited(tmp_path: Path) -> None:
    """More filled cells than allowed are F132 in every format."""
    few = Limits(cells=3)
    cell = '<table:table-cell table:number-columns-repeated="4" office:value-type="float" office:value="1"/>'
    page = tmp_path / "a.html"
    page.write_text("<table>" + "<tr><td>1<td>2</tr>" * 4 + "</table>", encoding="utf-8")

    assert "F132" == outcome(xlsx(tmp_path / "a.xlsx", ONE), few)
    assert "F132" == outcome(xlsb(tmp_path / "a.xlsb", {(0, n): n for n in range(4)}), few)
    assert "F132" == outcome(ods(tmp_path / "a.ods", f"<table:table-row>{cell}</table:table-row>"), few)
    assert "F132" == outcome(page, few)


def test_time_can_be_limited(tmp_path: Path) -> None:
    """A reading that takes too long is given up with F135, whatever language the reader is written in."""
    page = tmp_path / "a.html"
    page.write_text("<table>" + "<tr><td>1<td>2</tr>" * 200_000 + "</table>", encoding="utf-8")
    book = xlsx(tmp_path / "a.xlsx", "".join(f"<row><c><v>{n}</v></c></row>" for n in range(200_000)))

    for path in (page, book):
        assert "F135" == outcome(path, Limits(seconds=0.05))
    print(file=sys.stderr)  # noqa: T201 - the terminal is still there
    assert "read" == outcome(book)


def test_limits_of_a_workspace(tmp_path: Path) -> None:
    """Starcheck.toml sets limits, the environment overrules it; what is no limit stops the run."""
    (tmp_path / "starcheck.toml").write_text(
        "[limits]\nmegabytes = 5\nseconds = 7\nblank-cells = 9\n", encoding="utf-8"
    )
    with pytest.raises(Stop) as stop:
        settings({}, {}, tmp_path)
    assert "limits.blank-cells" in stop.value.text[0]
    (tmp_path / "starcheck.toml").write_text(
        "[limits]\nmegabytes = 5\nseconds = 7\nblank_cells = 9\n", encoding="utf-8"
    )
    found = settings(
        {}, {"STARCHECK_LIMITS_SECONDS": "8", "STARCHECK_LIMITS_MEMBERS": "3", "STARCHECK_LIMITS_SHEETS": "4"}, tmp_path
    ).limits

    assert (5 << 20, 8, 9, 3, 4) == (
        found.unpacked_bytes,
        found.seconds,
        found.spare_cells,
        found.members,
        found.sheets,
    )
    assert Limits() == Settings().limits
    for wrong in ("0", "-1", "viel", "1.5"):
        with pytest.raises(Stop):
            settings({}, {"STARCHECK_LIMITS_SECONDS": wrong}, tmp_path)
    (tmp_path / "starcheck.toml").write_text('[limits]\nseconds = "x"\n', encoding="utf-8")
    with pytest.raises(Stop):
        settings({}, {}, tmp_path)


# --- patterns that must not cost the square of their text

_ATTRIBUTES = {
    "starts": "<c " * 200_000,
    "references": "<c " + 'r="A1" ' * 100_000,
    "errors": "<c " + 't="e" ' * 100_000,
    "styles": "<c " + ' s="1"' * 100_000,
    "formulas": "<c ><f " * 100_000,
    "rows": '<row r="1" ' * 100_000,
    "digits": f'<row r="{"9" * 5000}"><c r="A{"9" * 5000}" s="{"1" * 5000}"><v>1</v></c></row>',
    "letters": f'<row r="1"><c r="{"A" * 100_000}1"><v>1</v></c></row>',
    "merges": "</sheetData>" + "<mergeCell " * 100_000,
    "columns": "col " * 100_000 + "hidden=",
}


@pytest.mark.parametrize("kind", _ATTRIBUTES)
def test_tags_that_never_end(tmp_path: Path, kind: str) -> None:
    """XML broken on purpose is looked through once, whatever is repeated in it."""
    rows = ONE.replace("</row>", f'<c r="E1" t="e"><f>1</f></c></row>{_ATTRIBUTES[kind]}', 1)

    allowed = {"read", "F106", "F117", "F132", "F133"}

    assert outcome(xlsx(tmp_path / "a.xlsx", rows), Limits(ratio_from=1 << 30)) in allowed


@pytest.mark.parametrize("reference", ["AAAA1", "A99999999", "ZZZZZZZ1", f"A{10**30}", "zzzzzz1", "ABCDEFGHIJKL"])
@pytest.mark.parametrize("written", ['<c r="{}"><v>1</v></c>', "<c s='1'\tr = '{}'><v>1</v></c>", '<c\nr="{}"/>'])
@pytest.mark.parametrize("large", [False, True])
def test_references_beyond_any_sheet(tmp_path: Path, reference: str, written: str, large: bool) -> None:
    """A cell or row whose address no sheet has would make the reader ask for terabytes, and the process would abort."""
    filling = "".join(f'<row r="{n}"><c r="A{n}"><v>{n}</v></c></row>' for n in range(5, 40_000)) if large else ""
    digits = "".join(filter(str.isdigit, reference))
    rows = [f'<row r="3">{written.format(reference)}</row>', f'<row r="{digits}"><c><v>1</v></c></row>']

    assert {"read", "F106", "F132"} >= {outcome(xlsx(tmp_path / "a.xlsx", f"{ONE}{row}{filling}")) for row in rows}


def test_what_only_looks_like_an_address(tmp_path: Path) -> None:
    """Namespaces, texts and numbers of many digits are no addresses."""
    space = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
    rows = ONE.replace("甲村", 'r="A99999999" r="AAAA1"'.replace('"', "&quot;")).replace(
        "<v>5</v>", "<v>99999999999</v>"
    )
    path = xlsx(tmp_path / "a.xlsx", rows.replace("<row ", '<row ht="15.000000001" '), after=f"<drawing {space}/>")

    assert "read" == outcome(path)
    assert "read" == outcome(
        xlsx(tmp_path / "b.xlsx", ONE.replace('<c r="A1"', f'<c {space} customer="AAAA99" r="A1"'))
    )


@pytest.mark.parametrize("count", ["18446744073709551615", "99999999999", "-1", "1e9"])
@pytest.mark.parametrize("before", ['<dimension ref="A1:XFD{}"/>', '<cols><col min="1" max="{}" hidden="1"/></cols>'])
def test_counts_beyond_any_sheet(tmp_path: Path, before: str, count: str) -> None:
    """Numbers beside the cells that no sheet has are not believed."""
    assert outcome(xlsx(tmp_path / "a.xlsx", ONE, before=before.format(count))) in {"read", "F106"}
    strings = f'<sst count="{count}" uniqueCount="{count}"><si><t>a</t></si></sst>'
    assert outcome(with_part(tmp_path, "xl/sharedStrings.xml", strings)) in {"read", "F106"}


@pytest.mark.parametrize(("count", "expected"), [(1000, "read"), (1 << 21, "F106"), (60_000_000, "F106")])
def test_more_strings_said_than_there_can_be(tmp_path: Path, count: int, expected: str) -> None:
    """Memory for as many strings as a part says it has is not asked for: with less of it the process would abort."""
    strings = f'<sst count="{count}" uniqueCount="{count}"><si><t>a</t></si></sst>'
    assert expected == outcome(with_part(tmp_path, "xl/sharedStrings.xml", strings))


@pytest.mark.parametrize(
    "part",
    ["<Relationship " * 100_000, "<sheet " * 100_000, "<cellXfs" * 100_000, "<xf " * 100_000, "<numFmt " * 99_999],
)
@pytest.mark.parametrize("name", ["xl/_rels/workbook.xml.rels", "xl/workbook.xml", "xl/styles.xml"])
def test_parts_that_never_end(tmp_path: Path, name: str, part: str) -> None:
    """The same in the parts around the sheets."""
    text = str(xlsx_parts(ONE)[name])
    path = with_part(tmp_path, name, text.replace(">", f">{part}", 1))

    assert outcome(path, Limits(ratio_from=1 << 30)) in {"read", "F104", "F106", "F117"}


@pytest.mark.parametrize(
    "part", ["<comment ", '<comment ref="A1">', "<author>", '<comment ref="A1"><text><rPh>', "</comment>"]
)
def test_comments_that_never_end(tmp_path: Path, part: str) -> None:
    """Comments are looked through once, too; a reference of thousands of digits is none."""
    parts = xlsx_parts(ONE) | {
        "xl/comments1.xml": f"<comments>{part * 100_000}<comment ref='A{'9' * 5000}'><text><t>甲</t></text></comment>",
        "xl/worksheets/_rels/sheet1.xml.rels": "<Relationships><Relationship Id='r1' Type='x/comments' "
        "Target='../comments1.xml'/></Relationships>",
    }
    workbook, _ = read_workbook(packed(parts, tmp_path / "a.xlsx"), limits=Limits(ratio_from=1 << 30))
    assert workbook is not None
    begun = time.process_time()
    workbook.sheets[0].comments()

    assert time.process_time() - begun < SECONDS


def test_an_old_workbook_that_lists_one_sector_over_and_over(tmp_path: Path) -> None:
    """Large sectors named again and again in the tables of a compound file: no more is joined than the file has."""
    size = 1 << 16
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(22) + struct.pack("<H", 16)
    data = (head + struct.pack("<16xIIIIII", 0, 0, 4096, 0, 0, 0)).ljust(size, b"\0")
    data += "Workbook".encode("utf-16-le").ljust(128, b"\0") + bytes(4 * size - 128)
    path = tmp_path / "a.xls"
    path.write_bytes(data)
    tracemalloc.start()
    ended = outcome(path)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert "F106" == ended
    assert most < 64 << 20


def test_styles_of_a_page_that_never_end(tmp_path: Path) -> None:
    """Style rules without a brace cost nothing."""
    page = tmp_path / "a.html"
    table = "<table><tr><td style='" + ";" * 100_000 + "'>1<td>2</table>"
    for rules in ("a" * 1_000_000, "{" * 1_000_000, "." * 1_000_000, ".a{display" * 90_000, "/*" * 500_000):
        page.write_text(f"<style>{rules}</style>{table}", encoding="utf-8")

        assert "read" == outcome(page)


@pytest.mark.parametrize("count", ["9" * 5000, "18446744073709551615", "99999999999", "4294967296", "1000000000"])
def test_repetitions_of_an_ods(tmp_path: Path, count: str) -> None:
    """Cells, rows and columns repeated more often than any sheet has them are refused before the reader makes them."""
    repeated = f'table:number-columns-repeated="{count}"'
    cell = f'<table:table-cell {repeated} office:value-type="float" office:value="1"/>'
    blank = f"<table:table-cell {repeated}/>"
    one = '<table:table-cell office:value-type="float" office:value="1"/>'
    rows = f'<table:table-row table:number-rows-repeated="{count}">'

    for table in (
        f"<table:table-row>{cell}</table:table-row>",
        f"<table:table-row>{blank}{one}</table:table-row>",
        f"{rows}{one}</table:table-row>",
        f"{rows}{blank}</table:table-row><table:table-row>{one}</table:table-row>",
        f"<table:table-column {repeated}/><table:table-row>{one}</table:table-row>",
    ):
        assert outcome(ods(tmp_path / "a.ods", table)) in {"read", "F104", "F106", "F132"}
