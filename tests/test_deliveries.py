"""What lies in an inbox: months by path, and what came late or as a correction after what came in time."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from batching import send
from making import delimited, scheme
from starcheck.cells import Limits
from starcheck.deliveries import dated, delivered, order_of, period_of
from test_cycle import ALL, SCHEME


@pytest.mark.parametrize(
    ("path", "period"),
    [
        ("2022-10/马庄桥镇.xlsx", "2022-10"),
        ("2022年10月/马庄桥镇.xlsx", "2022-10"),
        ("2022-10-补报/榆园乡.xlsx", "2022-10"),
        ("马庄桥镇2022年6月台账.xlsx", "2022-06"),
        ("马庄桥镇/202206.csv", "2022-06"),
        ("2022年/10月/马庄桥镇.xlsx", "2022-10"),
        ("2022/10/马庄桥镇.xlsx", "2022-10"),
        ("2022年/马庄桥镇/10月.xlsx", None),
        ("2022-10/马庄桥镇2022年9月.xlsx", "2022-09"),
        ("马庄桥镇.xlsx", None),
        ("2022-10至2022-12/马庄桥镇.xlsx", None),
    ],
)
def test_period(path: str, period: str | None) -> None:
    """The file's name, else the nearest folder, else a year's folder with a month's; nothing is guessed."""
    assert period == period_of(Path(path))


@pytest.mark.parametrize(
    ("path", "order"),
    [
        ("2022-10/马庄桥镇.xlsx", (0, 0)),
        ("2022-10-补报/榆园乡.xlsx", (1, 1)),
        ("2022-10/榆园乡（补报2）.xlsx", (1, 2)),
        ("2022-09-更正/柳塘镇2022年9月.xlsx", (2, 1)),
        ("柳塘镇2022年9月更正.xlsx", (2, 1)),
        ("柳塘镇更正2022年9月.xlsx", (2, 1)),
        ("柳塘镇更正9月.xlsx", (2, 1)),
        ("2022-09 更正（3）/柳塘镇.xlsx", (2, 3)),
        ("2022-09-更正-补报/柳塘镇.xlsx", (2, 1)),
        ("2022-09-late/a.xlsx", (1, 1)),
        ("2022-09-corrected2/a.xlsx", (2, 2)),
        ("2022-09/template.xlsx", (0, 0)),
    ],
)
def test_order(path: str, order: tuple[int, int]) -> None:
    """In time, late, corrected; the number that follows the word counts, a month or a year does not."""
    assert order == order_of(Path(path))


def test_files_of_an_inbox(tmp_path: Path) -> None:
    """Spreadsheets with their SHA-256; nothing hidden, no lock of an open file, nothing that is named."""
    send(tmp_path, {"2022-04": ALL}, ["东乡"])
    for name in (".batch.csv", "~$a.xlsx", "说明.docx"):
        (tmp_path / "2022-04" / name).write_bytes(b"x")
    register = delimited(tmp_path / "register.csv", [["名称"]])
    [found] = delivered(tmp_path, [register])

    assert ("2022-04/东乡.csv", "2022-04", (0, 0)) == (found.shown, found.period, found.order)
    assert hashlib.sha256(found.path.read_bytes()).hexdigest() == found.sha256


def test_the_title_says_the_month_where_no_name_does(tmp_path: Path) -> None:
    """Only such a file is read for it; what says nothing has no month."""
    rows = [["平原县东乡2022年4月台账"], ["乡镇", "村名", "收入"], ["东乡", "甲村", 9]]
    delimited(tmp_path / "东乡.csv", rows)
    delimited(tmp_path / "西乡.csv", rows[1:])
    found = dated(delivered(tmp_path), tmp_path, [scheme(SCHEME)], Limits())

    assert {"东乡.csv": "2022-04", "西乡.csv": None} == {file.shown: file.period for file in found}
