"""The public API: sorted, importable, five lines from files to frames."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

import starcheck
from making import OWN_CRITERIA, criterion, delimited, grid, scheme_text, workbook

LEDGER = "乡镇 村名 X Y\n河乡 甲村 5 是\n河乡 乙村 4.2 -\n河乡 丙村 约5 否"
TEXT = scheme_text(
    {"红星": ("全部", [criterion("X", "至少: 5", "数值", "单位: 万元")]), "绿星": ("全部", [criterion("Y")])}
)


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """A ledger and its scheme."""
    (tmp_path / "方案.yaml").write_text(TEXT, encoding="utf-8")
    return workbook(tmp_path / "平原县2022年6月.xlsx", grid(LEDGER)), tmp_path / "方案.yaml"


def test_the_exports_are_sorted_and_there() -> None:
    """Every name of __all__ can be imported, and dir() says the same."""
    assert sorted(starcheck.__all__) == list(starcheck.__all__)
    assert sorted(starcheck.__all__) == dir(starcheck)
    assert all(getattr(starcheck, name).__doc__ for name in starcheck.__all__)
    with pytest.raises(AttributeError):
        starcheck.no_such_name  # noqa: B018


def test_five_lines(files: tuple[Path, Path]) -> None:
    """Scheme, ledgers, assessment, frames."""
    ledger, scheme = files
    result = starcheck.read_ledgers(ledger, starcheck.load_scheme(scheme))
    assessment = starcheck.assess(result)
    verdicts, tiers = starcheck.verdicts_frame(assessment), starcheck.tiers_frame(assessment)
    shortfalls, problems = starcheck.shortfalls_frame(assessment), starcheck.diagnostics_frame(result)

    assert ("平原县", "2022-06", date(2022, 6, 30)) == (result.county, result.period, result.as_of)
    assert [2, 0, 0] == tiers["tier"].tolist()
    assert [2, 1, 1] == tiers["reachable"].tolist()
    assert ["lit", "unlit", "unknown"] == tiers["红星"].tolist()
    assert ["甲村", "甲村", "乙村", "乙村", "丙村", "丙村"] == verdicts["name"].tolist()
    assert ["met", "met", "unmet", "unknown", "unknown", "unmet"] == verdicts["status"].tolist()
    assert [5.0, True, 4.2, None, None, False] == verdicts["value"].tolist()
    assert {("乙村", "X"), ("丙村", "Y")} == set(zip(shortfalls["name"], shortfalls["criterion"], strict=True))
    assert pytest.approx(0.8) == shortfalls["gap"].iloc[0]
    assert {"V301", "V313"} <= set(problems["code"])
    assert "C4" == problems.loc[problems["code"] == "V301", "cell"].iloc[0]


def test_another_day(files: tuple[Path, Path]) -> None:
    """The same ledger may be assessed on another day."""
    ledger, scheme = files
    text = scheme.read_text(encoding="utf-8").replace(
        "{自: 2022-01-01, 至少: 5,", "{自: 2022-01-01, 至少: 5, 依据: 示例}, {自: 2023-01-01, 至少: 6,", 1
    )
    scheme.write_text(text, encoding="utf-8")
    result = starcheck.read_ledgers(ledger, scheme)

    assert [2, 1] == [int(starcheck.assess(result, day).tiers[0]) for day in (date(2022, 6, 30), date(2023, 1, 1))]


def test_a_register_names_the_unreported(tmp_path: Path, files: tuple[Path, Path]) -> None:
    """Nullable tiers, no stars."""
    ledger, scheme = files
    register = delimited(tmp_path / "名册.csv", grid("编码 名称 乡镇\n410999100201 甲村 河乡\n410999100202 丁村 河乡"))
    tiers = starcheck.tiers_frame(starcheck.assess(starcheck.read_ledgers([ledger], scheme, register=register)))

    assert [False] == tiers.loc[tiers["name"] == "丁村", "reported"].tolist()
    assert pd.isna(tiers.loc[tiers["name"] == "丁村", "tier"].iloc[0])
    assert pd.isna(tiers.loc[tiers["name"] == "丁村", "红星"].iloc[0])


def test_shipped_schemes_go_by_their_id() -> None:
    """By 编号 or by file; an unknown or invalid one is a ValueError that says where."""
    assert "wuxing-rural" == starcheck.load_scheme("wuxing-rural").id
    assert "by-stars" == starcheck.load_scheme(OWN_CRITERIA / "by-stars.yaml").id
    with pytest.raises(ValueError, match="nothing-like-it"):
        starcheck.load_scheme("nothing-like-it")


def test_an_invalid_scheme_lists_all_its_problems(tmp_path: Path) -> None:
    """With file, line and column."""
    path = tmp_path / "错.yaml"
    path.write_text(
        TEXT.replace("点亮: 全部", "点亮: 全不", 1).replace("类型: 是否", "类型: 是不", 1), encoding="utf-8"
    )
    with pytest.raises(ValueError, match=r"错\.yaml:\d+:\d+: K608 [\s\S]*错\.yaml:\d+:\d+: K608"):
        starcheck.load_scheme(path)


@pytest.mark.parametrize("files_", [[], ["没有.xlsx"]])
def test_what_cannot_go_on_is_a_value_error(tmp_path: Path, files_: list[str]) -> None:
    """No ledger: the reason is in the message."""
    (tmp_path / "方案.yaml").write_text(TEXT, encoding="utf-8")
    with pytest.raises(ValueError, match=r"\w"):
        starcheck.read_ledgers(
            [tmp_path / name for name in files_], tmp_path / "方案.yaml", county="平原县", period="2022-06"
        )


def test_the_package_is_typed() -> None:
    """py.typed is shipped."""
    assert Path(starcheck.__file__).with_name("py.typed").is_file()
