"""Formulas: what they name, and whether one still says what another said."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from starcheck.formulas import formulas_of, read_formula
from starcheck.ooxml import NotPatchable


def moved(by: int) -> dict[str, str]:
    """Where the cells of column A of rows 3 to 20 are after rows were inserted above row 3."""
    return {f"A{row}": f"A{row + by}" for row in range(3, 21)}


@pytest.mark.parametrize(
    ("before", "now", "same"),
    [
        ("A3+A4", "A3+A4", True),
        ("A3 + a4", "A3+A4", True),
        ('IF(A3>1,"好 的","")', 'IF(A3>1,"好 的","")', True),
        ('IF(A3>1,"好 的","")', 'IF(A3>1,"好的","")', False),
        ("A3+A4", "A3+A5", False),
        ("A3+$A$4", "A3+$A$5", False),
        ("_xlfn.IFS(A3>1,2)", "IFS(A3>1,2)", True),
        ("LOG10(A3)", "LOG2(A3)", False),
        ("台账!C3", "台账!C4", False),
        ("'6月 台账'!C3*2", "'6月 台账'!C3*3", False),
    ],
)
def test_where_no_cell_has_moved(before: str, now: str, *, same: bool) -> None:
    """They are alike to the letter, but for blanks, case and the prefixes of newer functions."""
    assert same is read_formula(before, 9, 1).says(read_formula(now, 9, 1), None)


@pytest.mark.parametrize(
    ("before", "now", "same"),
    [
        ("A3+A4", "A5+A6", True),
        ("A3+A4", "A5+A7", False),
        ("$A$3*2", "$A$5*2", True),
        ("$A$3*2", "$A$5*3", False),
        ("SUM(A3:A20)", "SUM(A5:A23)", True),
        ("SUM(A3:A20)", "SUM(A5:A23)+1", False),
        ("台账!A3+Z9", "台账!A3+Z11", True),
        ("台账!A3*2", "'6月 台账'!A9*2", True),
    ],
)
def test_where_rows_were_inserted(before: str, now: str, *, same: bool) -> None:
    """Cells that are known are where they are now; areas, other sheets and unknown cells may be anywhere."""
    assert same is read_formula(before, 9, 1).says(read_formula(now, 11, 1), moved(2).get)


def test_a_formula_is_written_as_it_was_read() -> None:
    """With its equals sign, the words in capitals, a private number masked."""
    assert "=SUM($B$3:B9,台账!C$4)" == str(read_formula("sum($B$3:b9, 台账!C$4)", 9, 1))
    assert "13812345678" not in str(read_formula("13812345678*2", 9, 1))


def test_a_shared_formula_is_one_in_each_cell(tmp_path: Path) -> None:
    """As a program writes it that shares, and one that does not."""
    with xlsxwriter.Workbook(str(tmp_path / "a.xlsx")) as book:
        sheet = book.add_worksheet("台账")
        for row in (1, 2, 3):
            sheet.write_formula(row - 1, 2, f"=A{row}*2", None, 4)
    plain = (tmp_path / "a.xlsx").read_bytes()
    found = formulas_of(plain)

    assert {("台账", "C1"), ("台账", "C2"), ("台账", "C3")} == set(found)
    assert ["=A1*2", "=A2*2", "=A3*2"] == [str(formula) for formula in found.values()]
    assert found["台账", "C1"].parts == found["台账", "C3"].parts

    shared = rewritten(
        plain,
        {
            b"<f>A1*2</f>": b'<f t="shared" ref="C1:C3" si="0">A1*2</f>',
            b"<f>A2*2</f>": b'<f t="shared" si="0"/>',
            b"<f>A3*2</f>": b'<f t="shared" si="0"></f>',
        },
    )

    assert found == formulas_of(shared)

    beyond = rewritten(
        plain, {b"<f>A3*2</f>": b'<f t="shared" si="0">A1*2</f>', b"<f>A1*2</f>": b'<f t="shared" si="0"/>'}
    )

    assert "=#REF!*2" == str(formulas_of(beyond)["台账", "C1"])


def rewritten(data: bytes, changes: dict[bytes, bytes]) -> bytes:
    """A workbook with words of its first sheet replaced."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(stream, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            for old, new in changes.items() if name.startswith("xl/worksheets/") else ():
                assert old in content

                content = content.replace(old, new)
            target.writestr(name, content)
    return stream.getvalue()


def test_what_is_no_workbook_has_none() -> None:
    """It is refused, as everywhere where packages are taken apart."""
    with pytest.raises(NotPatchable):
        formulas_of(b"PK")
