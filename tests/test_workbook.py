"""Reading: what is in a file is what comes out of it, at its own address, or one sentence says why not."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import re
import struct
import zipfile
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter

from builders_workbook import (
    biff,
    cells_of,
    compound_file,
    encrypted_xlsx,
    ods,
    packed,
    small_compound_file,
    xls,
    xlsb,
    xlsx,
    xlsx_parts,
)
from starcheck.cells import Words
from starcheck.delimited import LargeCsv
from starcheck.diagnostic import Diagnostic
from starcheck.units import normalise_header
from starcheck.workbook import (
    UNCALCULATED,
    Cell,
    CellError,
    Limits,
    PercentNumber,
    Sheet,
    Workbook,
    read_workbook,
)

HEADER = "序号,乡镇,村名,村集体经济收入（万元）,黑臭水体（处）"
LEDGER = f"{HEADER}\r\n1,马庄桥镇,东关村,21.4,0\r\n2,马庄桥镇,孟村,,3\r\n"


def write(path: Path, data: bytes | str) -> Path:
    """Write bytes, or a text in UTF-8, and give the path back."""
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def read(path: Path, *, limits: Limits | None = None) -> Workbook:
    """Read a file that can be read."""
    workbook, _ = read_workbook(path, limits=limits)
    assert workbook is not None
    return workbook


def only_sheet(path: Path) -> Sheet:
    """Read the one sheet of a file."""
    (sheet,) = read(path).sheets
    return sheet


def refusal(path: Path, *, limits: Limits | None = None) -> Diagnostic:
    """Read a file that cannot be read, and give the one reason."""
    workbook, (diagnostic,) = read_workbook(path, limits=limits)
    assert workbook is None
    assert diagnostic.message("zh")
    assert diagnostic.message("en")
    return diagnostic


def codes(path: Path) -> list[str]:
    """List the codes of what is said about a file."""
    return [diagnostic.code for diagnostic in read_workbook(path)[1]]


def kinds(cells: list[Cell]) -> list[str]:
    """List the types of cells, which equality does not tell apart."""
    return [type(cell).__name__ for cell in cells]


# --- files that cannot be read


def test_missing_file(tmp_path: Path) -> None:
    """A file that is not there is F101."""
    assert refusal(tmp_path / "无.xlsx").code == "F101"


def test_unreadable_file(tmp_path: Path) -> None:
    """A file the system will not open is F102, with the system's reason."""
    link = tmp_path / "环.xlsx"
    try:
        link.symlink_to(link)
    except OSError:
        pytest.skip("no symbolic links here")

    assert refusal(link).code == "F102"


def test_folder(tmp_path: Path) -> None:
    """A folder where a file is wanted is F103."""
    assert refusal(tmp_path).code == "F103"


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\r\n\r\n \n", b"\0" * 600])
def test_empty_file(tmp_path: Path, content: bytes) -> None:
    """No bytes, blank lines and zeros are all F104: nothing in it."""
    assert refusal(write(tmp_path / "空.csv", content)).code == "F104"


def test_workbook_without_a_filled_cell(tmp_path: Path) -> None:
    """Blank sheets are F104, a CSV of delimiters too."""
    book = openpyxl.Workbook()
    book.create_sheet("二")
    book.save(tmp_path / "空.xlsx")

    assert refusal(tmp_path / "空.xlsx").code == "F104"
    assert refusal(write(tmp_path / "空.csv", ",,,\n,,,\n")).code == "F104"
    assert refusal(write(tmp_path / "空.xls", xls({}))).code == "F104"


def test_encrypted(tmp_path: Path) -> None:
    """A password to open is F105 in xlsx, xls and ods alike, whatever the name."""
    assert refusal(write(tmp_path / "密.xlsx", encrypted_xlsx())).code == "F105"
    assert refusal(write(tmp_path / "密.xls", xls({(0, 0): "村名"}, encrypted=True))).code == "F105"
    assert refusal(ods(tmp_path / "密.ods", "", encrypted=True)).code == "F105"


def test_damaged_package(tmp_path: Path) -> None:
    """A package cut short, or with rubbish for parts, is F106."""
    whole = xlsx(tmp_path / "整.xlsx", '<row r="1"><c r="A1"><v>1</v></c></row>').read_bytes()
    parts = xlsx_parts("")
    parts["xl/workbook.xml"] = "<workbook"
    headless = bytearray(whole)
    headless[0:4] = b"PK\x03\x04"
    headless[30:] = bytes(len(whole) - 30)

    assert refusal(write(tmp_path / "半.xlsx", whole[: len(whole) // 2])).code == "F106"
    assert refusal(write(tmp_path / "零.xlsx", bytes(headless))).code == "F106"
    assert refusal(packed(parts, tmp_path / "坏.xlsx")).code == "F106"


def test_damaged_part(tmp_path: Path) -> None:
    """Bytes that do not unpack are F106 and name the part."""
    path = xlsx(tmp_path / "坏.xlsx", '<row r="1"><c r="A1"><v>1</v></c></row>' * 50)
    with zipfile.ZipFile(path) as archive:
        offset = archive.getinfo("xl/worksheets/sheet1.xml").header_offset + 30 + len("xl/worksheets/sheet1.xml")
    data = bytearray(path.read_bytes())
    data[offset : offset + 20] = b"\xff" * 20

    assert "sheet1.xml" in refusal(write(path, bytes(data))).message("zh")


def test_damaged_directory(tmp_path: Path) -> None:
    """A part that is not where the directory says, or packed in an unknown way, is F106 too."""
    path = xlsx(tmp_path / "坏.xlsx", '<row r="1"><c r="A1"><v>1</v></c></row>')
    with zipfile.ZipFile(path) as archive:
        offset = archive.getinfo("xl/worksheets/sheet1.xml").header_offset
        parts = {name: archive.read(name) for name in archive.namelist()}
    data = path.read_bytes()
    with zipfile.ZipFile(tmp_path / "新.xlsx", "w", zipfile.ZIP_LZMA) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)

    assert refusal(write(path, data[:offset] + b"??" + data[offset + 2 :])).code == "F106"
    assert refusal(tmp_path / "新.xlsx").code == "F106"


def test_package_without_compression(tmp_path: Path) -> None:
    """Parts may be stored as they are."""
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w", zipfile.ZIP_STORED) as archive:
        for name, content in xlsx_parts('<row r="1"><c r="A1" t="e"><v>#N/A</v></c></row>').items():
            archive.writestr(name, content)

    assert only_sheet(tmp_path / "a.xlsx").rows == [["#N/A"]]


@pytest.mark.parametrize("codec", ["utf-8", "gb18030"])
def test_formulas_that_are_but_texts(tmp_path: Path, codec: str) -> None:
    """Codes that a system writes as ``="0012"`` into a CSV are what a spreadsheet shows of them, in large files too."""
    text = '编码,村名\n="0012",孟村\n"=""0013""",赵庄\na="b",1'
    path = tmp_path / "a.csv"
    path.write_bytes(text.encode(codec))

    assert [["0012", "孟村"], ["0013", "赵庄"], ['a="b"', "1"]] == only_sheet(path).rows[1:]

    path.write_bytes(text.partition("a=")[0].encode(codec))
    book, _ = read_workbook(path, limits=Limits(bulk_bytes=10))

    assert book is not None
    assert book.sheets[0].bulk is not None
    assert ["0012", "0013"] == [row[0] for row in book.sheets[0].bulk.rows()[1:]]


def test_uof_is_named(tmp_path: Path) -> None:
    """The Chinese standard format, which WPS saves too, is named, although its package has the parts of an ods."""
    packed({"uof.xml": "<x/>", "content.xml": "<x/>", "_meta/meta.xml": "<x/>"}, tmp_path / "台账.uof")
    refused = refusal(tmp_path / "台账.uof")

    assert "F128" == refused.code
    assert "标文通" in refused.message("zh")


def test_damaged_xls(tmp_path: Path) -> None:
    """An xls of which neither reader makes sense is F106."""
    assert refusal(write(tmp_path / "坏.xls", compound_file({"Workbook": b"\x09\x08" + bytes(50)}))).code == "F106"


def ole(name: str) -> bytes:
    """A compound file of one stream."""
    return compound_file({name: b"x"})


@pytest.mark.parametrize(
    ("code", "name", "content"),
    [
        ("F119", "a.pdf", b"%PDF-1.7\n"),
        ("F119", "台账.xlsx", b"%PDF-1.4\n\0"),
        ("F120", "a.xlsx", b"\x89PNG\r\n\x1a\n\0\0"),
        ("F120", "a.jpg", b"\xff\xd8\xff\xe0\0"),
        ("F120", "a.bmp", b"BM\x36\0\0\0\0\0"),
        ("F120", "a.webp", b"RIFF\x24\0\0\0WEBPVP8 "),
        ("F120", "a.heic", b"\0\0\0\x18ftypheic\0\0"),
        ("F120", "a.svg", '<svg xmlns="http://www.w3.org/2000/svg"/>'),
        ("F121", "a.xls", ole("WordDocument")),
        ("F121", "a.wps", ole("WordDocument")),
        ("F121", "a.doc", b"{\\rtf1 "),
        ("F121", "a.xls", '<?xml version="1.0"?><?mso-application progid="Word.Document"?><w:wordDocument/>'),
        ("F122", "a.dps", ole("PowerPoint Document")),
        ("F123", "~$台账.xlsx", b"\x06clerk\0" + b" \0" * 50),
        ("F123", "台账.xlsx", (b"\x05clerk" + b" " * 49 + b"\x05\0c\0l\0e\0r\0k\0").ljust(165, b" ")),
        ("F124", "a.rar", b"Rar!\x1a\x07\x01\0"),
        ("F124", "a.7z", b"7z\xbc\xaf\x27\x1c\0\4"),
        ("F124", "a.gz", b"\x1f\x8b\x08\0"),
        ("F124", "a.tar", b"a.xlsx".ljust(257, b"\0") + b"ustar\0" + bytes(300)),
        ("F125", "a.mht", "MIME-Version: 1.0\nContent-Type: multipart/related\n"),
        ("F125", "a.eml", "From: <Saved by WPS>\nSubject: x\nMIME-Version: 1.0\n"),
        ("F125", "a.msg", ole("__properties_version1.0")),
        ("F127", "a.xls", "一段没有分隔的话"),
        ("F127", "说明.txt", "请各乡镇按时报送\n"),
        ("F128", "a.xml", '<?xml version="1.0"?><村/>'),
        (
            "F128",
            "a.uos",
            '<?xml version="1.0"?><uof:UOF xmlns:uof="http://schemas.uof.org/cn/2003/uof"><表:x/></uof:UOF>',
        ),
        (
            "F128",
            "a.fods",
            '<?xml version="1.0"?><office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"/>',
        ),
        ("F128", "a.json", '{"村名": 1}'),
        ("F128", "a.json", '["村名", 1]'),
        ("F130", "a.dat", b"\x01\x02\x03\0\xff\xfe\0\xd8\x01" * 20),
        ("F130", "a.exe", b"MZ\x90\0\x03"),
        ("F130", "a.avi", b"RIFF\x24\0\0\0AVI LIST"),
        ("F130", "a.mp4", b"\0\0\0\x18ftypmp42\0\0"),
        ("F111", "a.db", b"SQLite format 3\0"),
        ("F111", "a.xls", ole("Contents")),
    ],
)
def test_other_kinds(tmp_path: Path, code: str, name: str, content: bytes | str) -> None:
    """What is no spreadsheet is refused under its own code, whatever its name."""
    assert (code, tmp_path / name) == (refusal(write(tmp_path / name, content)).code, tmp_path / name)


@pytest.mark.parametrize(
    ("code", "parts"),
    [
        ("F121", {"[Content_Types].xml": "<Types/>", "word/document.xml": "<x/>"}),
        ("F121", {"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": "<x/>"}),
        ("F122", {"[Content_Types].xml": "<Types/>", "ppt/presentation.xml": "<x/>"}),
        ("F122", {"mimetype": "application/vnd.oasis.opendocument.presentation", "content.xml": "<x/>"}),
        ("F119", {"OFD.xml": "<x/>", "Doc_0/Document.xml": "<x/>"}),
        ("F111", {"Index/Document.iwa": "x", "Metadata/Properties.plist": "x"}),
        ("F130", {"META-INF/MANIFEST.MF": "x", "a.class": "x"}),
        ("F111", {"马庄桥镇.xlsx": "<x/>"}),
    ],
)
def test_other_packages(tmp_path: Path, code: str, parts: dict[str, str | bytes]) -> None:
    """Word, PowerPoint, OFD and Numbers documents are zipped too, and are not workbooks."""
    assert refusal(packed(parts, tmp_path / "a.xlsx")).code == code


def test_encrypted_package(tmp_path: Path) -> None:
    """A zip whose members need a password is F129."""
    data = bytearray(xlsx(tmp_path / "a.xlsx", '<row r="1"><c r="A1"><v>1</v></c></row>').read_bytes())
    for start in (place.start() for place in re.finditer(b"PK\x01\x02", bytes(data))):
        data[start + 8] |= 1
    for start in (place.start() for place in re.finditer(b"PK\x03\x04", bytes(data))):
        data[start + 6] |= 1

    assert refusal(write(tmp_path / "b.xlsx", bytes(data))).code == "F129"


def test_other_compound_files(tmp_path: Path) -> None:
    """The name of a stream counts only where the directory of a compound file has it."""
    other = compound_file({"Contents": b"x" + "Workbook\0".encode("utf-16-le")})

    assert "旧版" in refusal(write(tmp_path / "b.xls", other)).message("zh")


def test_zip_bomb(tmp_path: Path) -> None:
    """A package that unpacks to a hundred times its size is F131 and is not unpacked."""
    parts = xlsx_parts("") | {"xl/sharedStrings.xml": b" " * (20 << 20)}

    assert refusal(packed(parts, tmp_path / "弹.xlsx")).code == "F131"


def test_zip_bomb_that_lies_about_its_size(tmp_path: Path) -> None:
    """The size that a package declares is not believed: unpacking stops where it is exceeded."""
    path = packed(xlsx_parts("") | {"xl/sharedStrings.xml": b" " * (1 << 20)}, tmp_path / "谎.xlsx")
    data = path.read_bytes().replace((1 << 20).to_bytes(4, "little"), (1000).to_bytes(4, "little"))

    assert refusal(write(path, data)).code == "F131"


def test_file_over_the_limit(tmp_path: Path) -> None:
    """A file that is itself too large is F112."""
    assert refusal(write(tmp_path / "大.csv", LEDGER), limits=Limits(unpacked_bytes=10)).code == "F112"


@pytest.mark.parametrize("stray", ["XFD1048576", "AB1048576", "F1048576", "XFD500"])
def test_stray_cell_far_away(tmp_path: Path, stray: str) -> None:
    """A cell in the far corner would span billions of blanks: F132 names it."""
    rows = "".join(f'<row r="{n}"><c r="A{n}"><v>1</v></c></row>' for n in range(1, 30))
    far = "".join(filter(str.isdigit, stray))
    path = xlsx(tmp_path / "远.xlsx", f'{rows}<row r="{far}"><c r="{stray}"><v>1</v></c></row>')
    limits = Limits(spare_cells=1_000_000)

    assert stray in refusal(path, limits=limits).message("zh")


def test_stray_cells_of_other_packages(tmp_path: Path) -> None:
    """The same holds for ods and xlsb."""
    cell = '<table:table-cell office:value-type="float" office:value="1"/>'
    table = (
        f"<table:table-row>{cell}</table:table-row>"
        '<table:table-row table:number-rows-repeated="1000000"><table:table-cell/></table:table-row>'
        f'<table:table-row><table:table-cell table:number-columns-repeated="99"/>{cell}</table:table-row>'
    )
    everywhere = cell.replace("<table:table-cell", '<table:table-cell table:number-columns-repeated="1000"')

    assert refusal(ods(tmp_path / "远.ods", table)).code == "F132"
    assert (
        refusal(
            ods(
                tmp_path / "满.ods",
                f'<table:table-row table:number-rows-repeated="1000000">{everywhere}</table:table-row>',
            )
        ).code
        == "F132"
    )
    assert refusal(xlsb(tmp_path / "远.xlsb", {(0, 0): 1, (1_000_000, 99): 1})).code == "F132"


def test_long_sheets_are_not_far(tmp_path: Path) -> None:
    """A long sheet is read, whether all its cells are close or one stands a little aside."""
    rows = "".join(f'<row r="{n}"><c r="A{n}"><v>1</v></c><c r="B{n}"><v>2</v></c></row>' for n in range(1, 30_001))
    aside = '<row r="30001"><c r="FZ30001"><v>3</v></c></row>'
    limits = Limits(spare_cells=5_000_000)

    assert len(read(xlsx(tmp_path / "a.xlsx", rows), limits=limits).sheets[0].rows) == 30_000
    assert read(xlsx(tmp_path / "b.xlsx", rows + aside), limits=limits).sheets[0].rows[-1][-1] == 3.0
    assert refusal(xlsx(tmp_path / "c.xlsx", rows + aside), limits=Limits(spare_cells=1_000_000)).code == "F132"


def test_a_million_formatted_rows(tmp_path: Path) -> None:
    """Rows and cells that hold only a format cost nothing and are not part of the sheet."""
    rows = "".join(f'<row r="{n}" s="1" customFormat="1"><c r="A{n}" s="1"/></row>' for n in range(3, 100_000))
    last = '<row r="1048576" s="1" customFormat="1"><c r="XFD1048576" s="1"/></row>'
    sheet = only_sheet(xlsx(tmp_path / "空行.xlsx", f'<row r="2"><c r="B2"><v>5</v></c></row>{rows}{last}'))

    assert (1, 1, [[5.0]]) == (sheet.top, sheet.left, sheet.rows)


# --- what a file is


def test_content_decides_not_the_name(tmp_path: Path) -> None:
    """An xlsx named xls, an xls named xlsx and a CSV named xls are read as what they are, with a note F114."""
    row = '<row r="1"><c r="A1" t="inlineStr"><is><t>村名</t></is></c></row>'
    named = {
        "xlsx": xlsx(tmp_path / "a.xls", row),
        "xls": write(tmp_path / "b.xlsx", xls({(0, 0): "村名"})),
        "csv": write(tmp_path / "c.xls", "村名,人口\n"),
        "ods": ods(
            tmp_path / "d.csv",
            '<table:table-row><table:table-cell office:value-type="string"><text:p>村名</text:p></table:table-cell>'
            "</table:table-row>",
        ),
    }

    assert [(kind, "村名", ["F114"]) for kind in named] == [
        (read(path).kind, only_sheet(path).rows[0][0], codes(path)) for path in named.values()
    ]


def test_names_that_fit(tmp_path: Path) -> None:
    """WPS's et is an xls, a txt may hold a CSV; an unknown extension is not judged."""
    for name in ("a.et", "a.xls", "a.XLS", "a.dat"):
        assert codes(write(tmp_path / name, xls({(0, 0): "村名"}))) == []
    assert codes(write(tmp_path / "a.txt", LEDGER)) == []


def test_digest_and_shown_name(tmp_path: Path) -> None:
    """The digest is that of the bytes, and the file goes by the name the user knows."""
    path = write(tmp_path / "a.csv", LEDGER)
    workbook, _ = read_workbook(path, shown="台账/a.csv")

    assert workbook is not None
    assert (hashlib.sha256(LEDGER.encode()).hexdigest(), "台账/a.csv") == (workbook.sha256, workbook.file)
    assert workbook.sheets[0].file == "台账/a.csv"


def test_ods_that_is_not_well_formed(tmp_path: Path) -> None:
    """XML cut short in an ods, or in an encoding nobody knows, is F106; calamine would read it for ever."""
    strange = {
        "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
        "content.xml": '<?xml version="1.0" encoding="UjF"?><a/>',
    }

    assert refusal(ods(tmp_path / "a.ods", "<table:table-row><table:table-cell>")).code == "F106"
    assert refusal(packed(strange, tmp_path / "b.ods")).code == "F106"


def test_xlsb_with_broken_records(tmp_path: Path) -> None:
    """A record shorter than its kind needs is F106; a row far down is found though others follow it."""
    path = xlsb(tmp_path / "a.xlsb", {(0, 0): 1, (1, 0): 2})
    with zipfile.ZipFile(path) as archive:
        parts: dict[str, str | bytes] = {name: archive.read(name) for name in archive.namelist()}
    body = parts["xl/worksheets/sheet1.bin"]
    assert isinstance(body, bytes)
    short = body.replace(b"\x05\x10" + bytes(8), b"\x05\x04" + bytes(4), 1)
    far = body.replace(b"\x00\x11" + bytes(4), b"\x00\x11" + (900_000).to_bytes(4, "little"), 1)
    wide = far.replace(b"\x05\x10" + bytes(8), b"\x05\x10" + (99).to_bytes(4, "little") + bytes(4), 1)

    assert refusal(packed(parts | {"xl/worksheets/sheet1.bin": short}, path)).code == "F106"
    assert refusal(packed(parts | {"xl/worksheets/sheet1.bin": wide}, path)).code == "F132"


def test_chart_sheets(tmp_path: Path) -> None:
    """A sheet that is a chart holds no cells and is none of ours."""
    book = xlsxwriter.Workbook(tmp_path / "a.xlsx")
    page = book.add_worksheet("6月")
    page.write(0, 0, 5)
    chart = book.add_chart({"type": "column"})
    chart.add_series({"values": "='6月'!$A$1"})
    book.add_chartsheet("图").set_chart(chart)
    book.close()

    assert ["6月"] == [sheet.name for sheet in read(tmp_path / "a.xlsx").sheets]


def test_macro_workbook(tmp_path: Path) -> None:
    """A workbook with macros is an xlsm, and its macros are of no interest."""
    parts = xlsx_parts('<row r="1"><c r="A1"><v>1</v></c></row>') | {"xl/vbaProject.bin": b"\0"}

    assert read(packed(parts, tmp_path / "a.xlsm")).kind == "xlsm"


# --- cells of xlsx


def test_values_and_addresses(tmp_path: Path) -> None:
    """Values keep their type and their address, wherever the first filled cell stands."""
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.title = "6月台账"
    page["C5"] = "村名"
    page["D6"] = 410922100201
    page["E6"] = True
    page["C7"] = dt.date(2022, 5, 1)
    page["D7"] = dt.datetime(2022, 5, 1, 8, 30)  # noqa: DTZ001 - a cell has no time zone
    page["E7"] = dt.time(8, 30)
    book.save(tmp_path / "a.xlsx")
    sheet = only_sheet(tmp_path / "a.xlsx")

    assert sheet.rows == [
        ["村名", None, None],
        [None, 410922100201.0, True],
        [dt.date(2022, 5, 1), dt.datetime(2022, 5, 1, 8, 30), dt.time(8, 30)],  # noqa: DTZ001
    ]
    assert ("6月台账", 4, 2, "E6") == (sheet.name, sheet.top, sheet.left, sheet.address(5, 4))
    assert str(sheet.location(5, 4)) == "a.xlsx!6月台账!E6"


def test_error_cells(tmp_path: Path) -> None:
    """A failed formula is an error, not a blank, and so is a text that equals an error word."""
    rows = (
        '<row r="1"><c r="A1" t="e"><v>#DIV/0!</v></c><c r="B1" t="e"><f>NA()</f><v>#N/A</v></c><c r="C1" t="e"/>'
        '<c r="D1" t="inlineStr"><is><t>#REF!</t></is></c><c r="E1" t="inlineStr"><is><t>#号</t></is></c></row>'
    )
    (cells,) = only_sheet(xlsx(tmp_path / "a.xlsx", rows)).rows

    assert cells == ["#DIV/0!", "#N/A", "#N/A", "#REF!", "#号"]
    assert kinds(cells) == ["CellError"] * 4 + ["str"]


def test_formulas_without_a_stored_value(tmp_path: Path) -> None:
    """A formula never calculated is not a blank; one whose result is the empty string is."""
    rows = (
        '<row r="1"><c r="A1"><f>1+1</f><v>2</v></c><c r="B1"><f>1+1</f></c><c r="C1"><f>1+1</f><v></v></c>'
        '<c r="D1"><f>1+1</f><v/></c><c r="E1" t="str"><f>""</f><v></v></c><c r="F1" t="str"><f>A1&amp;""</f></c>'
        '<c r="G1"><f t="shared" si="0"/></c><c r="H1" t="str"><f>A2</f><v>是</v></c></row>'
    )
    (cells,) = only_sheet(xlsx(tmp_path / "a.xlsx", rows)).rows

    assert cells == [2.0, *[UNCALCULATED] * 3, None, UNCALCULATED, UNCALCULATED, "是"]


def test_formulas_written_by_programs(tmp_path: Path) -> None:
    """Openpyxl stores no results: its formulas are uncalculated even outside the range of stored values."""
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page["B2"], page["B3"], page["D5"], page["A1"] = 1, 2, "=SUM(B2:B3)", "=B2"
    book.save(tmp_path / "a.xlsx")
    sheet = only_sheet(tmp_path / "a.xlsx")

    assert (0, 0, 5, 4) == (sheet.top, sheet.left, len(sheet.rows), len(sheet.rows[0]))
    assert (UNCALCULATED, 1.0, UNCALCULATED) == (sheet.rows[0][0], sheet.rows[1][1], sheet.rows[4][3])


def test_sheet_of_formulas_only(tmp_path: Path) -> None:
    """A sheet of nothing but uncalculated formulas is not empty."""
    sheet = only_sheet(xlsx(tmp_path / "a.xlsx", '<row r="3"><c r="C3"><f>1</f></c><c r="D3"><f>2</f></c></row>'))

    assert (2, 2, [[UNCALCULATED, UNCALCULATED]]) == (sheet.top, sheet.left, sheet.rows)


def test_percent_formats(tmp_path: Path) -> None:
    """0.85 shown as 85% is told from 0.85, from a literal percent sign in the format, and from a percent row style."""
    rows = (
        '<row r="1"><c r="A1"><v>0.85</v></c></row>'
        '<row r="2" s="1" customFormat="1"><c r="A2" s="1"><v>0.85</v></c><c r="B2" s="3"><v>85</v></c>'
        '<c r="C2" s="1" t="inlineStr"><is><t>85%</t></is></c><c r="D2" s="1"/></row>'
    )
    sheet = only_sheet(xlsx(tmp_path / "a.xlsx", rows))

    assert [kinds(row) for row in sheet.rows] == [
        ["float", "NoneType", "NoneType"],
        ["PercentNumber", "ShownNumber", "str"],
    ]
    assert sheet.rows[1][0] == PercentNumber(0.85)


def test_number_formats_on_request(tmp_path: Path) -> None:
    """The format of a cell is told when asked for; the general one is None."""
    rows = '<row r="2"><c r="B2" s="1"><v>0.85</v></c><c r="C2" s="2"><v>1.26</v></c><c r="D2"><v>1</v></c></row>'
    sheet = only_sheet(xlsx(tmp_path / "a.xlsx", rows))

    assert {(1, 1): "0%", (1, 2): "0.0"} == sheet.number_formats([(1, 3), (1, 2), (1, 1), (9, 9)])
    assert ("0.0", None, {}) == (sheet.number_format(1, 2), sheet.number_format(1, 3), sheet.number_formats([]))


def test_hidden_rows_columns_and_sheets(tmp_path: Path) -> None:
    """What is hidden is read and said to be hidden."""
    book = xlsxwriter.Workbook(tmp_path / "a.xlsx")
    for name in ("6月", "5月", "暗"):
        page = book.add_worksheet(name)
        page.write_row(1, 1, ["村名", "人口", "收入"])
        page.write_row(2, 1, ["孟村", 1, 2])
    book.worksheets()[0].set_row(2, None, None, {"hidden": True})
    book.worksheets()[0].set_column(2, 16_383, None, None, {"hidden": True})
    book.worksheets()[1].hide()
    book.worksheets()[2].very_hidden()
    book.close()
    first, *others = read(tmp_path / "a.xlsx").sheets

    assert ({2}, {2, 3}) == (set(first.hidden_rows), set(first.hidden_columns))
    assert ["visible", "hidden", "very_hidden"] == [sheet.visibility for sheet in (first, *others)]
    assert all(sheet.rows == first.rows for sheet in others)


def test_merged_ranges(tmp_path: Path) -> None:
    """Merged ranges come in absolute rows and columns."""
    after = '<mergeCells count="2"><mergeCell ref="B2:B4"/><mergeCell ref="C2:AA2"/></mergeCells>'
    sheet = only_sheet(xlsx(tmp_path / "a.xlsx", '<row r="2"><c r="B2"><v>1</v></c></row>', after=after))

    assert sheet.merged == ((1, 1, 3, 1), (1, 2, 1, 26))


def test_unusual_xml(tmp_path: Path) -> None:
    """Prefixed names and single quotes make no difference."""
    row = (
        '<{p}row r="2" hidden="1"><{p}c r="B2" s="1"><{p}v>0.5</{p}v></{p}c>'
        '<{p}c r="C2" t="e"><{p}v>#N/A</{p}v></{p}c><{p}c r="D2"><{p}f>1</{p}f></{p}c></{p}row>'
    )
    paths = [
        xlsx(tmp_path / "a.xlsx", row.format(p="")),
        xlsx(tmp_path / "b.xlsx", row.format(p="x:"), prefix="x"),
        xlsx(tmp_path / "c.xlsx", row.format(p="main:"), prefix="main"),
        xlsx(tmp_path / "d.xlsx", row.format(p="").replace('"', "'")),
    ]

    for path in paths:
        sheet = only_sheet(path)
        assert sheet.rows == [[0.5, "#N/A", UNCALCULATED]]
        assert kinds(sheet.rows[0]) == ["PercentNumber", "CellError", "Uncalculated"]
        assert (1, 1, {1}) == (sheet.top, sheet.left, set(sheet.hidden_rows))


def test_xml_in_utf16(tmp_path: Path) -> None:
    """XML in UTF-16, from which calamine reads nothing, is refused rather than taken for blank cells."""
    parts = xlsx_parts('<row r="2"><c r="B2"><v>5</v></c></row>')
    parts["xl/worksheets/sheet1.xml"] = str(parts["xl/worksheets/sheet1.xml"]).encode("utf-16")

    assert refusal(packed(parts, tmp_path / "a.xlsx")).code == "F106"


def test_cells_without_references(tmp_path: Path) -> None:
    """Where rows and cells carry no reference they count from the beginning."""
    rows = '<row><c><v>1</v></c><c><v>2</v></c></row><row><c s="1"><v>0.5</v></c><c t="e"><v>#N/A</v></c></row>'
    sheet = only_sheet(xlsx(tmp_path / "a.xlsx", rows))

    assert sheet.rows == [[1.0, 2.0], [0.5, "#N/A"]]
    assert kinds(sheet.rows[1]) == ["PercentNumber", "CellError"]


def test_one_damaged_sheet(tmp_path: Path) -> None:
    """A damaged sheet is an error F117 at that sheet, and the others are read; if none is left the file is damaged."""
    book = openpyxl.Workbook()
    book.create_sheet("好")["A1"] = "村名"
    book.save(tmp_path / "a.xlsx")
    with zipfile.ZipFile(tmp_path / "a.xlsx") as archive:
        parts: dict[str, str | bytes] = {name: archive.read(name) for name in archive.namelist()}
    parts["xl/worksheets/sheet1.xml"] = '<worksheet><sheetData><row r="1"><c r="A1"><v>1</v></x></row>'
    path = packed(parts, tmp_path / "b.xlsx")
    workbook, (diagnostic,) = read_workbook(path)

    assert workbook is not None
    assert ["好"] == [sheet.name for sheet in workbook.sheets]
    assert ("F117", "Sheet") == (diagnostic.code, diagnostic.where.sheet)
    parts["xl/worksheets/sheet2.xml"] = parts["xl/worksheets/sheet1.xml"]
    assert refusal(packed(parts, tmp_path / "c.xlsx")).code == "F106"


# --- xls, xlsb, ods


def test_xls(tmp_path: Path) -> None:
    """An xls gives texts under a wrong code page, errors, percents, dates, what is hidden and what is merged."""
    data = xls(
        {
            (1, 1): "村名",
            (1, 2): "率",
            (2, 1): "孟村",
            (2, 2): 0.85,
            (2, 3): 45061,
            (3, 1): "#DIV/0!",
            (3, 2): True,
            (3, 3): 45061.5,
            (4, 3): 0.25,
            (5, 3): 1e12,
            (5, 1): "#REF!",
            (5, 2): 12.5,
            (2, 5): None,
            (9, 0): None,
        },
        styles={(2, 2): "0%", (2, 3): "yyyy-mm-dd", (3, 3): "yyyy-mm-dd", (4, 3): "yyyy-mm-dd", (5, 3): "yyyy-mm-dd"},
        hidden_rows=[2],
        hidden_columns=[3],
        merged=[(2, 1, 3, 1)],
        visibility=1,
    )
    sheet = only_sheet(write(tmp_path / "a.xls", data))

    assert sheet.rows == [
        [None, None, None, None],
        [None, "村名", "率", None],
        [None, "孟村", 0.85, dt.date(2023, 5, 15)],
        [None, "#DIV/0!", True, dt.datetime(2023, 5, 15, 12)],  # noqa: DTZ001
        [None, None, None, dt.time(6)],
        [None, "#REF!", 12.5, 1e12],
    ]
    assert ["PercentNumber", "CellError", "CellError"] == kinds([sheet.rows[2][2], sheet.rows[3][1], sheet.rows[5][1]])
    assert ({2}, {3}) == (set(sheet.hidden_rows), set(sheet.hidden_columns))
    assert sheet.merged == ((2, 1, 3, 1),)
    assert ("hidden", "0%", None) == (sheet.visibility, sheet.number_format(2, 2), sheet.number_format(5, 2))


def test_xls_without_a_container(tmp_path: Path) -> None:
    """A workbook stream outside a compound file, as old programs write it, is an xls too."""
    assert only_sheet(write(tmp_path / "a.xls", biff({(0, 0): "村名"}))).rows == [["村名"]]


def test_xls_with_a_style_that_is_not_there(tmp_path: Path) -> None:
    """An xls of which xlrd makes no sense is F106: the other reader would garble its Chinese, or abort."""
    assert refusal(write(tmp_path / "a.xls", xls({(0, 0): 5}, styles={(0, 0): "missing"}))).code == "F106"


def test_xls_with_names_and_comments_that_xlrd_gives_up_on(tmp_path: Path) -> None:
    """A name whose formula has a relative area, and a comment whose author is longer than said, cost no cell."""
    relative = bytes((0x2D, 0, 0, 5, 0, 0, 0, 1, 0))
    named = xls({(0, 0): "村名"}, defined_name=("名", relative))
    noted = xls({(0, 0): "村名"}, comments={(0, 0): ("张三李四", "对")})
    author = struct.pack("<H", 4) + b"\1" + "张三".encode("utf-16-le")

    assert only_sheet(write(tmp_path / "a.xls", named)).rows == [["村名"]]
    assert only_sheet(write(tmp_path / "b.xls", noted.replace(author, b"\1" + author[1:]))).rows == [["村名"]]


def test_xls_whose_sectors_go_in_a_circle(tmp_path: Path) -> None:
    """A chain of sectors that bites its own tail ends; the file is read if what it yields makes sense."""
    data = bytearray(xls({(0, 0): "村名"}))
    table = 512
    data[table + 4 * 9 : table + 4 * 10] = (2).to_bytes(4, "little")
    endless = bytearray(data)
    endless[table + 4 : table + 8] = (1).to_bytes(4, "little")
    lost = data.replace("Workbook".encode("utf-16-le"), "WorkbooK".encode("utf-16-le"))
    huge = data[:30] + b"\xff\xff" + data[32:]
    tableless = data[:512] + b"\xff" * 512 + data[1024:]

    assert only_sheet(write(tmp_path / "a.xls", bytes(data))).rows == [["村名"]]
    assert only_sheet(write(tmp_path / "b.xls", bytes(endless))).rows == [["村名"]]
    assert only_sheet(write(tmp_path / "c.xls", bytes(lost))).rows == [["村名"]]
    assert refusal(write(tmp_path / "d.xls", bytes(huge))).code == "F106"
    assert refusal(write(tmp_path / "e.xls", bytes(tableless))).code == "F106"


def test_xls_whose_table_of_sectors_is_elsewhere(tmp_path: Path) -> None:
    """The allocation table of a very large file is listed outside the header; such a list is followed too."""
    data = bytearray(xls({(0, 0): "村名"}))
    sectors = len(data) // 512 - 1
    listed = (0).to_bytes(4, "little") + b"\xff" * 504 + b"\xfe\xff\xff\xff"
    data[68:76] = sectors.to_bytes(4, "little") + (1).to_bytes(4, "little")
    data[76:80] = b"\xff" * 4

    assert only_sheet(write(tmp_path / "a.xls", bytes(data) + listed)).rows == [["村名"]]


def test_xls_in_small_sectors(tmp_path: Path) -> None:
    """A workbook below 4 KB may lie in small sectors."""
    assert only_sheet(write(tmp_path / "a.xls", small_compound_file("Book", biff({(0, 0): "村名"})))).rows == [["村名"]]


def test_xlsb(tmp_path: Path) -> None:
    """An xlsb gives errors, percents, hidden rows and merges too."""
    cells: dict[tuple[int, int], object] = {(0, 0): "村名", (1, 0): "孟村", (1, 1): 0.85, (2, 1): b"\x07", (2, 2): 3}
    sheet = only_sheet(xlsb(tmp_path / "a.xlsb", cells, hidden_row=1, percent=[(1, 1)]))

    assert sheet.rows == [["村名", None, None], ["孟村", 0.85, None], [None, "#DIV/0!", 3.0]]
    assert ["PercentNumber", "CellError"] == kinds([sheet.rows[1][1], sheet.rows[2][1]])
    assert ({1}, {2}) == (set(sheet.hidden_rows), set(sheet.hidden_columns))
    assert sheet.merged == ((1, 0, 2, 0),)


def test_ods(tmp_path: Path) -> None:
    """An ods gives errors, percents, uncalculated formulas, what is hidden and merged, and repeated rows."""
    text = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    table = (
        '<table:table-column/><table:table-column table:visibility="collapse"/><table:table-column/>'
        '<table:table-row table:number-rows-repeated="2"><table:table-cell table:number-columns-repeated="5"/>'
        f"</table:table-row><table:table-row><table:table-cell/>{text.format('村名')}{text.format('率')}"
        "</table:table-row>"
        f'<table:table-row table:visibility="filter"><table:table-cell/>{text.format("孟村")}'
        '<table:table-cell office:value-type="percentage" office:value="0.85"><text:p>85%</text:p></table:table-cell>'
        '<table:table-cell table:formula="of:=1/0" office:value-type="string" office:string-value=""'
        ' calcext:value-type="error"><text:p>#DIV/0!</text:p></table:table-cell>'
        '<table:table-cell table:formula="of:=1+1"/></table:table-row>'
        '<table:table-row table:number-rows-repeated="2"><table:table-cell/>'
        '<table:table-cell table:number-rows-spanned="2" office:value-type="string"><text:p>甲</text:p>'
        "</table:table-cell>"
        '<table:table-cell table:number-columns-repeated="2" office:value-type="float" office:value="1"/>'
        "</table:table-row>"
        '<table:table-row table:number-rows-repeated="1048000"><table:table-cell table:number-columns-repeated="1024"/>'
        "</table:table-row>"
    )
    sheet = only_sheet(ods(tmp_path / "a.ods", table))

    assert (2, 1) == (sheet.top, sheet.left)
    assert sheet.rows == [
        ["村名", "率", None, None],
        ["孟村", 0.85, "#DIV/0!", UNCALCULATED],
        ["甲", 1.0, 1.0, None],
        ["甲", 1.0, 1.0, None],
    ]
    assert ["PercentNumber", "CellError"] == kinds(sheet.rows[1][1:3])
    assert ({3}, {1}) == (set(sheet.hidden_rows), set(sheet.hidden_columns))
    assert sheet.merged == ((4, 1, 5, 1),)


# --- CSV


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("large", [False, True])
def test_encodings(tmp_path: Path, codec: str, large: bool) -> None:
    """The same cells come out of every encoding in use, large or small; all but UTF-8 are noted (F115)."""
    path = write(tmp_path / "a.csv", LEDGER.encode(codec))
    workbook, notes = read_workbook(path, limits=Limits(bulk_bytes=10 if large else 1 << 20))

    assert workbook is not None
    assert workbook.sheets[0].rows == [
        ["序号", "乡镇", "村名", "村集体经济收入（万元）", "黑臭水体（处）"],
        ["1", "马庄桥镇", "东关村", "21.4", "0"],
        ["2", "马庄桥镇", "孟村", None, "3"],
    ]
    assert [note.code for note in notes] == ([] if codec.startswith("utf-8") else ["F115"])
    assert (workbook.sheets[0].bulk is not None) == large


def test_gb18030_beyond_gbk(tmp_path: Path) -> None:
    """Characters outside GBK, and an ideographic space, survive."""
    text = "序号,村名,人口\n1,㘵村,5\n2,莫𡐓村,6\n3,（氵甸）沽村,7\n4,张村民委员会,8\n5,东关村民委员会,9\n"
    sheet = only_sheet(write(tmp_path / "a.csv", text.encode("gb18030")))

    assert ["㘵村", "莫𡐓村", "（氵甸）沽村"] == [row[1] for row in sheet.rows[1:4]]


def test_encoding_is_judged_by_known_headers(tmp_path: Path) -> None:
    """Big5 decodes as GB18030 without an error: it is taken for Big5 where headers testify, else refused (F116)."""
    header = "鄉鎮,村名,總人口,保潔人員,集體經濟收入,建設情況說明"
    data = (header + "\n" + "馬莊橋鎮,東關村,5,6,7,經濟發達\n" * 9).encode("big5")
    path = write(tmp_path / "a.csv", data)
    workbook, notes = read_workbook(path, known=["鄉鎮", "村名", "總人口", "保潔人員", "集體經濟收入"])

    assert workbook is not None
    assert ("Big5", ["F115"]) == (workbook.encoding, [note.code for note in notes])
    assert workbook.sheets[0].rows[1][1] == "東關村"
    assert refusal(path).code == "F116"


@pytest.mark.parametrize(
    "data",
    [
        "café;cité\nété;naïf élève\n".encode("latin-1"),
        "村名,人口\n".encode() + b"\xff\xff",
        "\ufeff村名,人口\n".encode() + b"\xff\xff",
    ],
)
@pytest.mark.parametrize("large", [False, True])
def test_unknown_encoding(tmp_path: Path, data: bytes, large: bool) -> None:
    """Text that is neither UTF-8 nor plausible as GB18030 is F116, never mojibake."""
    limits = Limits(bulk_bytes=10 if large else 1 << 20)

    assert refusal(write(tmp_path / "a.csv", data), limits=limits).code == "F116"


def test_text_with_zeros_far_down(tmp_path: Path) -> None:
    """A text that turns into something binary is F116."""
    assert refusal(write(tmp_path / "a.csv", "村名,人口\n" * 9000 + "\0\0\n")).code == "F116"


def test_utf16_that_breaks_off(tmp_path: Path) -> None:
    """UTF-16 that turns into something else is F116."""
    data = LEDGER.encode("utf-16-le") * 40 + b"\0\xd8\0\0"

    assert refusal(write(tmp_path / "a.csv", data)).code == "F116"
    assert refusal(write(tmp_path / "b.csv", data), limits=Limits(bulk_bytes=10)).code == "F116"


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|", "，"])
def test_delimiters(tmp_path: Path, delimiter: str) -> None:
    """The delimiter is the one that makes rows equally wide; a title above and commas in texts do not mislead."""
    title = "清丰县2022年6月台账，初稿\n"
    other = ";" if delimiter != ";" else "、"
    rows = [["序号", "村名", "说明"], ["1", "孟村", f"甲{other}乙"], ["2", "赵庄", ""]]
    text = title + "".join(delimiter.join(row) + "\n" for row in rows)
    sheet = only_sheet(write(tmp_path / "a.csv", text))

    assert sheet.rows[2] == ["1", "孟村", f"甲{other}乙"]
    assert codes(tmp_path / "a.csv") == ([] if delimiter == "," else ["F139"])


def test_declared_delimiter(tmp_path: Path) -> None:
    """Excel's ``sep=`` line is believed."""
    assert only_sheet(write(tmp_path / "a.csv", "sep=|\na,b|c\nd,e|f\n")).rows[1] == ["a,b", "c"]


def test_csv_cells(tmp_path: Path) -> None:
    """A CSV cell is its text, spaces, zeros and all; nothing is None; an error word is an error."""
    text = ' 0105 ,"5,2","a""b",,\n#DIV/0!,True,2023-05-01,"",#N/A\n\n x\n\n,,\n'
    sheet = only_sheet(write(tmp_path / "a.csv", text))

    assert sheet.rows == [
        [" 0105 ", "5,2", 'a"b', None, None],
        ["#DIV/0!", "True", "2023-05-01", None, "#N/A"],
        [None] * 5,
        [" x", None, None, None, None],
    ]
    assert [CellError, CellError] == [type(sheet.rows[1][0]), type(sheet.rows[1][4])]


def test_lines_of_a_csv(tmp_path: Path) -> None:
    """Line breaks inside cells do not put later rows at a wrong line; CR alone ends a line too."""
    sheet = only_sheet(write(tmp_path / "a.csv", '村名,说明\n孟村,"一\n二\n三"\n赵庄,四\n'))
    classic = only_sheet(write(tmp_path / "b.csv", "村名,人口\r孟村,5\r赵庄,6\r"))

    assert sheet.lines == [1, 2, 5]
    assert (5, "A3") == (sheet.location(2, 0).line, sheet.location(2, 0).cell)
    assert sheet.number_format(2, 0) is None
    assert (None, 3) == (classic.lines, classic.location(2, 0).line)
    assert classic.rows[2] == ["赵庄", "6"]


@pytest.mark.parametrize("large", [False, True])
def test_quotation_mark_never_closed(tmp_path: Path, large: bool) -> None:
    """A quotation mark that swallows the rest is F118 with its line; one inside a text is just a character."""
    rows = "".join(f"{n},村{n},{n}\n" for n in range(3, 40))
    limits = Limits(bulk_bytes=10 if large else 1 << 20)
    bad = write(tmp_path / "a.csv", f'序号,村名,人口\n1,孟村,5\n2,"赵庄,6\n{rows}')
    good = write(tmp_path / "b.csv", f'序号,村名,人口\n1,孟村,5\n2,赵"庄,6\n{rows}')

    last = write(tmp_path / "c.csv", f'序号,村名,人口\n{rows}40,"赵庄,6')

    assert ("F118", "3") == (refusal(bad, limits=limits).code, refusal(bad, limits=limits).arguments["line"])
    assert ("F118", "39") == (refusal(last, limits=limits).code, refusal(last, limits=limits).arguments["line"])
    assert read(good, limits=limits).sheets[0].rows[2][1] == '赵"庄'


@pytest.mark.parametrize("second", ['7,"村7,7', '7,村7",7', '4,村4,"4'])
@pytest.mark.parametrize("large", [False, True])
def test_two_stray_quotation_marks(tmp_path: Path, second: str, large: bool) -> None:
    """Two stray quotation marks swallow the rows between them: F118 names the line of the first."""
    lines = [f"{n},村{n},{n}" for n in range(3, 40)]
    lines[int(second[0]) - 3] = second
    text = "\n".join(["序号,村名,人口", "1,孟村,5", '2,"赵庄,6', *lines]) + "\n"
    limits = Limits(bulk_bytes=10 if large else 1 << 20)

    assert refusal(write(tmp_path / "a.csv", text), limits=limits).arguments["line"] == "3"


def test_quotation_mark_that_swallows_too_much(tmp_path: Path) -> None:
    """A cell of more than 128 KB is no cell but a quotation mark in a wrong place."""
    path = write(tmp_path / "a.csv", '村名,人口\n"孟村,5\n' + "赵庄,6\n" * 40_000 + '"\n')

    assert ("F118", "2") == (refusal(path).code, refusal(path).arguments["line"])


# --- large CSVs

BULK = Limits(bulk_bytes=100)


def bulk_of(path: Path) -> LargeCsv:
    """Read a CSV as a large one."""
    bulk = read(path, limits=BULK).sheets[0].bulk
    assert isinstance(bulk, LargeCsv)
    return bulk


def numbered(count: int) -> list[list[str]]:
    """Make rows of a code, a name, an integer and a decimal."""
    return [[f"{n:03d}", f"村{n}", str(n), f"{n}.5"] for n in range(count)]


def csv_text(rows: list[list[str]]) -> str:
    """Write rows as a CSV."""
    stream = io.StringIO(newline="")
    csv.writer(stream).writerows(rows)
    return stream.getvalue()


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_bulk_columns(tmp_path: Path, codec: str) -> None:
    """Numeric columns come as numbers, all others as the text they are, blanks as null; the head as cells."""
    rows = [["编码", "村名", "人口", "收入"], *numbered(500)]
    rows[5][2] = rows[6][1] = rows[7][0] = ""
    bulk = bulk_of(write(tmp_path / "a.csv", csv_text(rows).encode(codec)))
    columns = bulk.columns(1, [0, 1, 2, 3], [2, 3])

    assert [True, True, False, False] == [isinstance(columns[number], Words) for number in range(4)]
    assert cells_of(columns[0]) == [row[0] or None for row in rows[1:]]
    assert cells_of(columns[1]) == [row[1] or None for row in rows[1:]]
    assert cells_of(columns[2]) == [int(row[2]) if row[2] else None for row in rows[1:]]
    assert cells_of(columns[3]) == [float(row[3]) for row in rows[1:]]
    assert (501, 200, 4) == (bulk.height, len(bulk.head), bulk.width)
    assert bulk.rows() == [[cell or None for cell in row] for row in rows]


@pytest.mark.parametrize("odd", ["nan", "inf", "1E400", "0x10", "true", "2023-05-01", "约12", "12:30", "NULL", "１２"])
def test_bulk_numbers_are_plain_numbers(tmp_path: Path, odd: str) -> None:
    """One cell that is no plain number makes the whole column text: nothing is converted or lost in silence."""
    rows = [["编码", "村名", "人口", "收入"], *numbered(300)]
    rows[290][3] = odd
    columns = bulk_of(write(tmp_path / "a.csv", csv_text(rows))).columns(1, [2, 3], [2, 3])

    assert isinstance(columns[3], Words)
    assert odd == columns[3].cells()[289]


def test_bulk_column_without_values(tmp_path: Path) -> None:
    """A numeric column without a value, or beyond the rows, is all null numbers; a text one all null texts."""
    rows = [["编码", "人口"], *[[str(n), ""] for n in range(300)]]
    columns = bulk_of(write(tmp_path / "a.csv", csv_text(rows))).columns(1, [1, 7, 8], [1, 7])

    assert [False, False, True] == [isinstance(columns[n], Words) for n in (1, 7, 8)]
    assert all(cells_of(columns[n]) == [None] * 300 for n in (1, 7, 8))


@pytest.mark.parametrize("end", ["", "\n", "\r\n\r\n", "\r\n,,,\r\n"])
def test_bulk_ends_with_its_last_row(tmp_path: Path, end: str) -> None:
    """Line ends and blank rows at the end are no rows."""
    text = csv_text([["编码", "村名", "人口", "收入"], *numbered(300)]).rstrip() + end
    bulk = bulk_of(write(tmp_path / "a.csv", text))
    columns = bulk.columns(1, [1], [])

    assert (301, 300) == (bulk.height, len(cells_of(columns[1])))


def test_bulk_with_line_breaks_in_cells(tmp_path: Path) -> None:
    """Line breaks inside cells neither split rows nor disturb the count; quoted cells without them are as fast."""
    rows = [["编码", "村名", "人口", "收入"], *numbered(300)]
    rows[2][1] = rows[250][1] = "孟\n村"
    bulk = bulk_of(write(tmp_path / "a.csv", csv_text(rows)))
    columns = bulk.columns(3, [1, 2], [2], end_row=301)

    assert (301, [row[1] for row in rows[3:]]) == (bulk.height, cells_of(columns[1]))
    assert bulk.tail(2) == [(299, ["298", "村298", "298", "298.5"]), (300, ["299", "村299", "299", "299.5"])]


def test_bulk_of_unequal_rows(tmp_path: Path) -> None:
    """Short rows, long rows and blank rows in the middle keep every other row at its number; long ones are named."""
    rows = [["编码", "村名", "人口", "收入"], *numbered(400)]
    rows[300] = ["x", "短村"]
    rows[310] = []
    rows[320] = ["y", "长村", "1", "2", "3"]
    rows[330] = ["z", "长空村", "1", "2", ""]
    path = write(tmp_path / "a.csv", csv_text(rows))
    bulk = bulk_of(path)
    columns = bulk.columns(1, [1, 3], [3])

    assert (400, 401) == (len(cells_of(columns[1])), bulk.height)
    assert {"短村": 299, None: 309, "长村": 319, "村399": 399} == {
        name: cells_of(columns[1]).index(name) for name in ("短村", None, "长村", "村399")
    }
    assert [None, None, 2.0] == [cells_of(columns[3])[n] for n in (299, 309, 319)]
    assert bulk.overlong == (320,)


def test_bulk_with_a_delimiter_of_several_bytes(tmp_path: Path) -> None:
    """A Chinese comma, which the reader by columns does not take for a delimiter, is one all the same."""
    text = "编码，村名，人口\n" + "".join(f"{n}，村{n}，{n}\n" for n in range(300))
    bulk = bulk_of(write(tmp_path / "a.csv", text))
    columns = bulk.columns(1, [1, 2], [2])

    assert (300, False) == (len(cells_of(columns[1])), isinstance(columns[2], Words))
    assert bulk.rows()[300] == ["299", "村299", "299"]


# --- encodings of short files

SHORT = frozenset(
    map(normalise_header, ["序号", "乡镇", "村名", "村集体经济收入", "党员人数", "总人口", "户数", "备注"])
)
VILLAGES = (
    "東關村", "孟村", "趙莊", "李家村", "馬莊橋", "南街", "三合村", "高家", "劉莊", "西李家", "北黃營", "苗塘村",
)  # fmt: skip


@pytest.mark.parametrize("rows", [1, 2, 4, 8, 16])
def test_short_files_in_big5(tmp_path: Path, rows: int) -> None:
    """Headers in traditional characters testify for Big5, though the scheme's names are in simplified ones."""
    text = "序號,鄉鎮,村名,總人口\n" + "".join(f"{n},馬莊橋鎮,{VILLAGES[n % 12]},{n}\n" for n in range(rows))
    path = write(tmp_path / "a.csv", text.encode("big5"))
    workbook, notes = read_workbook(path, known=SHORT)

    assert workbook is not None
    assert ("Big5", "東關村", ["F115"]) == (
        workbook.encoding,
        workbook.sheets[0].rows[1][2],
        [note.code for note in notes],
    )
    assert "列名" in notes[0].message("zh")


@pytest.mark.parametrize("rows", [1, 2, 4, 8, 16])
def test_short_files_in_gb18030(tmp_path: Path, rows: int) -> None:
    """The same in GB18030 is not taken for Big5, with or without headers that are known."""
    text = "序号,乡镇,村名,总人口\n" + "".join(f"{n},马庄桥镇,第{n}孟村,{n}\n" for n in range(rows))
    path = write(tmp_path / "a.csv", text.encode("gb18030"))

    for known in (SHORT, frozenset[str]()):
        workbook, _ = read_workbook(path, known=known)
        assert workbook is not None
        assert ("GB18030", "马庄桥镇") == (workbook.encoding, workbook.sheets[0].rows[1][1])


def test_a_few_broken_bytes(tmp_path: Path) -> None:
    """UTF-8 with a broken byte is neither mended nor taken for GB18030: F116 names the line."""
    text = LEDGER + "".join(f"{n},马庄桥镇,第{n}村,5,0\r\n" for n in range(3, 30))
    data = text.encode().replace("第7村".encode(), "第7".encode() + b"\xe6\x9d")
    found = refusal(write(tmp_path / "a.csv", data))

    assert ("F116", True) == (found.code, "第 8 行" in found.message("zh"))


def test_named_delimiter(tmp_path: Path) -> None:
    """Tabs are what a TSV has; elsewhere the delimiter is named (F139), a single column has none."""
    text = LEDGER.replace(",", "\t")

    assert [] == codes(write(tmp_path / "a.tsv", text))
    assert ["F139"] == codes(write(tmp_path / "a.csv", text))
    assert ["F114", "F139"] == codes(write(tmp_path / "a.xls", text))
    assert ["F139"] == codes(write(tmp_path / "b.tsv", LEDGER.replace(",", "，")))
    assert [] == codes(write(tmp_path / "c.csv", "村名\n孟村\n"))
