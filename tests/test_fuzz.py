"""Mutated files of every kind: whatever is broken in them, the reading ends with a table or with a code of ours."""

from __future__ import annotations

import importlib.util
import io
import zipfile
from pathlib import Path
from types import ModuleType

import pytest
import xlsxwriter

from builders_workbook import ods, xls, xlsb

GRID: list[list[object]] = [
    ["序号", "乡镇", "村名", "收入", "说明"],
    *([n, "马庄桥镇", f"第{n}村", n * 1.5, f"备注，第{n}条"] for n in range(1, 30)),
]
RUNS = 400


def fuzzer() -> ModuleType:
    """The script of bench/, whose mutations and reading are used here."""
    path = Path(__file__).parents[1] / "bench" / "fuzz.py"
    found = importlib.util.spec_from_file_location("fuzz", path)
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def seeds(folder: Path) -> list[tuple[str, bytes]]:
    """A file of every kind that is read, of the same ledger."""
    text = "".join(",".join(map(str, row)) + "\r\n" for row in GRID)
    cells: dict[tuple[int, int], object] = {
        (row, column): cell for row, line in enumerate(GRID) for column, cell in enumerate(line)
    }
    page = "<table>" + "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in GRID)
    merged = page.replace("<tr><td>3<", "<tr><td rowspan=2 colspan=2 class=no>3<").replace("<td>第5", "<td hidden>第5")
    space = "urn:schemas-microsoft-com:office:spreadsheet"
    rows = "".join(
        "<Row>" + "".join(f'<Cell><Data ss:Type="String">{cell}</Data></Cell>' for cell in row) + "</Row>"
        for row in GRID
    )
    book = (
        f'<?xml version="1.0"?><Workbook xmlns="{space}" xmlns:ss="{space}"><Styles><Style ss:ID="p">'
        '<NumberFormat ss:Format="Percent"/></Style></Styles><Worksheet ss:Name="6月"><Table><Column ss:Hidden="1"/>'
        f'{rows}<Row ss:Index="50"><Cell ss:Index="3" ss:MergeAcross="1" ss:StyleID="p">'
        '<Data ss:Type="Number">0.5</Data></Cell><Cell ss:Formula="=1"/></Row></Table></Worksheet></Workbook>'
    )
    table = "".join(
        "<table:table-row>"
        + "".join(
            f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>' for cell in row
        )
        + "</table:table-row>"
        for row in GRID
    )
    with xlsxwriter.Workbook(folder / "a.xlsx") as written:
        sheet = written.add_worksheet("6月")
        for row, line in enumerate(GRID):
            sheet.write_row(row, 0, line)
        sheet.merge_range(40, 0, 41, 3, "合计")
        sheet.set_row(5, None, None, {"hidden": True})
        sheet.write_formula("F2", "=D2/0", None, "#DIV/0!")
        sheet.write_number("G2", 0.85, written.add_format({"num_format": "0%"}))
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("河乡.csv", text)
        archive.write(folder / "a.xlsx", "台账/马庄桥镇.xlsx")
    return [
        ("a.xlsx", (folder / "a.xlsx").read_bytes()),
        ("a.xls", xls(cells, styles={(3, 3): "0%"}, merged=[(4, 0, 5, 0)])),
        ("a.xlsb", xlsb(folder / "a.xlsb", cells, hidden_row=4, percent=[(3, 3)]).read_bytes()),
        ("a.ods", ods(folder / "a.ods", table).read_bytes()),
        ("a.csv", text.encode()),
        ("gbk.csv", text.encode("gb18030")),
        ("utf16.csv", text.encode("utf-16")),
        ("tab.tsv", text.replace(",", "\t").encode()),
        ("quoted.csv", text.replace("马庄桥镇", '"马庄桥\n镇"').encode()),
        ("page.xls", page.encode()),
        ("merged.html", ("<style>.no{display:none}</style>" + merged).encode("gb18030")),
        ("book.xml", book.encode()),
        ("包.zip", stream.getvalue()),
    ]


@pytest.mark.slow
def test_mutations_end_with_a_table_or_a_code(tmp_path: Path) -> None:
    """Some hundred mutations of a file of every kind; bench/fuzz.py runs a hundred thousand of other people's."""
    fuzz = fuzzer()
    files = seeds(tmp_path)
    ends = {fuzz.outcome(name, data, 20.0) for name, data in files}
    ends |= {fuzz.outcome(*fuzz.mutated(files, number, seed=3), 20.0) for number in range(RUNS)}

    assert {"read", "F106"} <= ends
    assert all(end == "read" or end.startswith("F1") for end in ends)


def test_runs_can_be_repeated(tmp_path: Path) -> None:
    """The same seed and number give the same file."""
    fuzz = fuzzer()
    files = seeds(tmp_path)

    assert fuzz.mutated(files, 7, 1) == fuzz.mutated(files, 7, 1)
    assert fuzz.mutated(files, 7, 1) != fuzz.mutated(files, 8, 1)
