"""Remembered headers and layouts: applied and said, written only when asked for."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from making import grid, workbook
from starcheck.cli import app
from test_marking import SCHEME

TITLE = ["平原县河乡2022年6月台账"]
LEDGER = grid("乡镇 村名 集体收人 两委班子\n河乡 甲村 5 是\n河乡 乙村 6 否")


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with a setting and a comment of its own."""
    (tmp_path / "方案.yaml").write_text(SCHEME, encoding="utf-8")
    (tmp_path / "starcheck.toml").write_text('# 我们的设置\ncounty = "平原县"\n', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def check(*words: str | Path, code: int = 0) -> str:
    """What check said of everything."""
    arguments = ["check", *map(str, words), "--scheme", "方案.yaml", "--all"]
    result = CliRunner().invoke(app, arguments)

    assert code == result.exit_code, result.output

    return result.output


def test_a_mapped_header_is_its_field(office: Path) -> None:
    """For once; without it the column is absent."""
    file = workbook(office / "a.xlsx", [TITLE, *LEDGER])

    assert "T205" in check(file)
    assert ("T205" in (said := check(file, "--map", "集体收人=X")), "T240" in said) == (False, True)


def test_nothing_is_written_unless_asked_for(office: Path) -> None:
    """Then under the township, and the rest of the file stays byte for byte."""
    file = workbook(office / "a.xlsx", [TITLE, *LEDGER])
    config = office / "starcheck.toml"
    before = config.read_text(encoding="utf-8")
    check(file, "--map", "集体收人=X")

    assert before == config.read_text(encoding="utf-8")

    check(file, "--map", "集体收人=X", "--remember")
    after = config.read_text(encoding="utf-8")
    read = tomllib.loads(after)

    assert after.startswith(before)
    assert {"集体收人": "X"} == read["mapping"]["河乡"]
    assert {"sheet": "台账", "header": "A2:D2", "kind": "table"} == read["layout"]["河乡"]
    assert "T240" in check(file)
    check(file, "--map", "集体收人=X", "--remember")
    assert after == config.read_text(encoding="utf-8")


def test_another_township_is_not_concerned(office: Path) -> None:
    """What 河乡 calls a column means nothing in 山乡."""
    (office / "starcheck.toml").write_text('[mapping."河乡"]\n"集体收人" = "X"\n', encoding="utf-8")
    hill = [[cell.replace("河", "山") if isinstance(cell, str) else cell for cell in row] for row in LEDGER]

    assert "T205" in check(workbook(office / "b.xlsx", [["平原县山乡2022年6月台账"], *hill]))


def test_a_column_is_deliberately_not_used(office: Path) -> None:
    """It is said in fewer words."""
    (office / "starcheck.toml").write_text('[mapping."*"]\n"集体收人" = ""\n', encoding="utf-8")
    said = check(workbook(office / "a.xlsx", [TITLE, *LEDGER]))

    assert ("T203" in said, "T241" in said) == (False, True)


@pytest.mark.parametrize(
    "words",
    [("--map", "集体收人"), ("--map", "集体收人=无此项"), ("--map", "两委班子=X"), ("--map", "=X")],
)
def test_what_cannot_be_meant_is_refused(office: Path, words: tuple[str, str]) -> None:
    """No field of that name, or another field's own spelling."""
    check(workbook(office / "a.xlsx", [TITLE, *LEDGER]), *words, code=2)


@pytest.mark.parametrize("line", ['header = "A3"', 'kind = "sideways"', 'rows = "3"', "sheet = 3"])
def test_a_faulty_pin_is_refused(office: Path, line: str) -> None:
    """With the key."""
    (office / "starcheck.toml").write_text(f'[layout."河乡"]\n{line}\n', encoding="utf-8")
    check(workbook(office / "a.xlsx", [TITLE, *LEDGER]), code=2)


def test_a_pinned_sheet_is_the_only_one_read(office: Path) -> None:
    """Last month's is passed over, and that is said."""
    right = [[cell if cell != "集体收人" else "集体收入" for cell in row] for row in LEDGER]
    old = [[cell if cell != 5 else 4 for cell in row] for row in right]
    file = workbook(office / "a.xlsx", {"5月": old, "6月": [TITLE, *right]})
    (office / "starcheck.toml").write_text('[layout."河乡"]\nsheet = "6月"\nheader = "A2:D2"\n', encoding="utf-8")
    said = check(file)

    assert ("R413" in said, "T243" in said) == (False, True)


def test_a_pin_that_no_longer_holds_is_said(office: Path) -> None:
    """And the table is looked for as usual."""
    right = [[cell if cell != "集体收人" else "集体收入" for cell in row] for row in LEDGER]
    file = workbook(office / "a.xlsx", [TITLE, ["乡镇和村的情况"], *right])
    (office / "starcheck.toml").write_text('[layout."河乡"]\nheader = "A2:D2"\n', encoding="utf-8")
    said = check(file)

    assert ("T242" in said, "T205" in said) == (True, False)


def test_without_a_workspace_there_is_nowhere_to_write(office: Path) -> None:
    """Exit 2, before anything is read."""
    (office / "starcheck.toml").unlink()
    check(workbook(office / "a.xlsx", [TITLE, *LEDGER]), "--remember", code=2)
