"""``targets --set``: targets by command, kept in the file that ``score`` reads."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from making import delimited, ledger
from starcheck.cli import app
from test_cycle import HEADER, REGISTER, SCHEME


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with a scheme of two stars and a register, and nothing recorded."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "criteria").mkdir()
    (tmp_path / "criteria" / "monthly.yaml").write_text(SCHEME, encoding="utf-8")
    (tmp_path / "starcheck.toml").touch()
    delimited(tmp_path / "register.csv", REGISTER)
    return tmp_path


def aim(*wishes: str, form: str = "json") -> tuple[int, str, str]:
    """Exit code, stdout and stderr of setting targets."""
    words = ["targets", "--scheme", "monthly", "--format", form]
    done = CliRunner().invoke(app, [*words, *(word for wish in wishes for word in ("--set", wish))])
    return done.exit_code, done.stdout, done.stderr


def changed(*wishes: str) -> list[list[object]]:
    """What was and what is, by the document."""
    code, said, told = aim(*wishes)
    assert 0 == code, told
    return [[row[key] for key in ("township", "what", "before", "after")] for row in json.loads(said)["set"]]


def rows(file: Path) -> list[list[str]]:
    """The file as it is."""
    return [*csv.reader(file.read_text(encoding="utf-8-sig").splitlines())]


def test_targets_of_units_townships_and_the_county(office: Path) -> None:
    """Each where it belongs in a new file, and read back as it was set."""
    assert [
        ["东乡", "甲村", None, "二星"],
        ["西乡", "二星", None, "2"],
        ["全县", "一星", None, "4"],
    ] == changed("东乡/甲村=二星", "西乡/二星=2", "一星=4")
    assert [
        ["名称", "乡镇", "争创星级", "二星", "一星"],
        ["甲村", "东乡", "二星"],
        ["", "西乡", "", "2"],
        ["", "全县", "", "", "4"],
    ] == rows(office / "targets.csv")
    assert [["东乡", "甲村", "二星", "一星"], ["全县", "一星", "4", "5"]] == changed("甲=一星", "全县/一星=5")


def test_score_reads_them(office: Path) -> None:
    """A unit's own, a township's number, and the county's, which is not the sum of the townships'."""
    changed("东乡/甲村=二星", "东乡/一星=1", "西/一星=1", "全县/二星=3", "一星=3")
    file = ledger(office / "a.xlsx", [HEADER, ["东乡", "甲村", 1000, 9, "是", "是", "否"]])
    told = ["--scheme", "monthly", "--period", "2022-06", "--county", "平原县"]
    done = CliRunner().invoke(app, ["score", str(file), *told, "--register", "register.csv"])
    assert done.exit_code in {0, 3}, done.output
    held = CliRunner().invoke(app, ["targets", "--format", "json"]).stdout
    read = json.loads(held)
    assert [3, 3] == [row["target"] for row in read["tiers"] if row["tier"] in {"二星", "一星"}]


def test_the_scheme_that_the_county_was_rated_by(office: Path) -> None:
    """Of several schemes it is taken without being named; nothing rated, all there are to choose from are told."""
    for number in range(9):
        another = SCHEME.replace("monthly", f"other-{number}")
        (office / "criteria" / f"other-{number}.yaml").write_text(another, encoding="utf-8")
    wish = ["targets", "--set", "东乡/甲村=二星", "--format", "json"]
    asked = CliRunner().invoke(app, wish)
    file = ledger(office / "a.xlsx", [HEADER, ["东乡", "甲村", 1000, 9, "是", "是", "否"]])
    told = ["--scheme", "monthly", "--period", "2022-06", "--county", "平原县"]
    CliRunner().invoke(app, ["score", str(file), *told, "--register", "register.csv"])
    done = CliRunner().invoke(app, wish)

    assert 2 == asked.exit_code
    assert "monthly、other-0、other-1" in asked.stderr
    assert "other-8" in asked.stderr
    assert (0, "monthly") == (done.exit_code, json.loads(done.stdout)["scheme"])
    assert [["名称", "乡镇", "争创星级"], ["甲村", "东乡", "二星"]] == rows(office / "targets.csv")


def test_what_else_is_in_the_file_stays(office: Path) -> None:
    """The office's own columns, units marked under a tier's column, the encoding; a target taken back goes."""
    file = office / "targets.csv"
    file.write_bytes("村名,所属乡镇,二星,一星,联系人\r\n甲村,东乡,,是,张\r\n乙村,东乡,是,,李\r\n".encode("gb18030"))

    assert [["东乡", "甲村", "一星", "二星"]] == changed("东乡/甲村=二星")
    text = file.read_bytes().decode("gb18030")
    assert "村名,所属乡镇,二星,一星,联系人\r\n甲村,东乡,是,,张\r\n乙村,东乡,是,,李\r\n" == text
    assert [["东乡", "乙村", "二星", None]] == changed("东乡/乙村=")
    assert "村名,所属乡镇,二星,一星,联系人\r\n甲村,东乡,是,,张\r\n" == file.read_bytes().decode("gb18030")


@pytest.mark.parametrize(
    ("wish", "says"),
    [
        ("甲村", "看不懂"),
        ("东乡/甲村/二星=3", "看不懂"),
        ("东乡/癸村=二星", "名册里找不到"),
        ("东乡/甲村=八星", "没有“八星”这一档；有：二星、一星"),
        ("东乡/二星=许多", "应是个数"),
        ("南乡/二星=3", "名册里没有乡镇“南乡”"),
    ],
)
def test_what_cannot_be_set_changes_nothing(office: Path, wish: str, says: str) -> None:
    """One wish that is not understood, and none of them is fulfilled."""
    code, _, told = aim("东乡/甲村=二星", wish)

    assert 2 == code
    assert says in told
    assert not (office / "targets.csv").exists()


def test_outside_of_a_workspace_the_file_is_named(office: Path) -> None:
    """Else nobody would read it."""
    (office / "starcheck.toml").unlink()

    code, _, told = aim("东乡/甲村=二星")
    assert 2 == code
    assert "--targets" in told


def test_a_file_that_cannot_be_changed(office: Path) -> None:
    """A workbook, or a title over the header: that is for a person to do."""
    (office / "targets.csv").write_text("争创目标一览\n名称,乡镇,争创星级\n甲村,东乡,二星\n", encoding="utf-8")

    assert 2 == aim("东乡/甲村=一星")[0]
    assert 2 == aim("东乡/甲村=一星", form="csv")[0]
