"""The chart of a standard: what is in force, what comes later, one office's items, one item through the years."""

from __future__ import annotations

from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest
from typer.testing import CliRunner

from making import OWN_CRITERIA, criterion, scheme, scheme_file, scheme_text
from starcheck.cli import app
from starcheck.report.printed import printed_page
from starcheck.report.sections import Section
from starcheck.report.standard import scheme_page

STARS = OWN_CRITERIA / "by-stars.yaml"


def rows(page: list[Section], title: str) -> list[dict[str, str]]:
    """The table of the section whose title begins so, each row by its headers."""
    [section] = [section for section in page if section.title.startswith(title)]
    assert section.table is not None
    return [dict(zip(section.table.headers, map(str, row), strict=True)) for row in section.table.rows]


def test_what_is_in_force_and_what_comes(tmp_path: Path) -> None:
    """On a day each item shows the requirement of that day, and behind it those that begin later, in their order."""
    page = list(scheme_page(scheme_file(STARS), date(2022, 6, 30), "zh"))

    [income] = [row for row in rows(page, "产业星") if row["编号"] == "CY-1"]
    assert ("至少5万元", "2023-01-01 至少10万元；2025-01-01 介于12.5至1000万元") == (income["要求"], income["以后"])
    assert tmp_path.is_dir()


def test_columns_that_say_nothing_are_left_out() -> None:
    """A star without points has no column of points, one with points has."""
    page = list(scheme_page(scheme_file(STARS), date(2026, 1, 1), "zh"))

    assert "分值" not in rows(page, "支部星")[0]
    assert "40；每差5人扣10分，至多扣30分" == rows(page, "平安星")[0]["分值"]
    assert "以后" not in rows(page, "产业星")[0]


def test_a_rule_is_shown_as_on_the_day() -> None:
    """The chart shows the rule, caps and vetoes in force that day, not all there ever were."""
    by = scheme_file(OWN_CRITERIA / "graded.yaml")
    early, late = (
        "\n".join(f"{section.title} {' '.join(section.lines)}" for section in scheme_page(by, day, "zh"))
        for day in (date(2022, 6, 30), date(2023, 8, 1))
    )

    assert ("得分至少30才点亮" in early, "得分至少40才点亮" in late) == (True, True)
    assert ("弄虚作假" in early, "弄虚作假" in late) == (False, True)


def test_one_offices_items() -> None:
    """--owner keeps the items an office answers for, and those of its star that name nobody."""
    text = scheme_text(
        {
            "甲星": ("全部", [criterion("A").replace("责任: 县", "责任: 县民政局"), criterion("B")]),
            "乙星": ("全部", [criterion("C").replace("责任: 县, ", "")]),
        }
    ).replace("星: 乙星\n    牵头: 县", "星: 乙星\n    牵头: 民政局")

    page = list(scheme_page(scheme(text), date(2023, 1, 1), "zh", owner="民政局"))

    assert ["A"] == [row["编号"] for row in rows(page, "甲星")]
    assert ["C"] == [row["编号"] for row in rows(page, "乙星")]
    assert not any("定级" in section.title for section in page)


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - theirs
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def test_a_page_to_print_is_whole_and_harmless() -> None:
    """The page needs nothing from elsewhere, and no text of a scheme becomes markup."""
    nasty = Section("甲<script>alert(1)</script>", facts=(("<b>", "&amp;"),), lines=("<img src=x>",))
    parser = _Tags()
    parser.feed(page := printed_page([nasty], "标题", "zh"))

    assert "script" not in parser.tags
    assert {"img", "link", "b"}.isdisjoint(parser.tags)
    assert "甲<script>alert(1)</script>" in parser.text
    assert "http" not in page


def test_the_command(tmp_path: Path) -> None:
    """``criteria show`` writes the chart as a page, shows an item's history, and refuses what there is none of."""
    runner = CliRunner()
    out = tmp_path / "对照图.html"

    page = runner.invoke(app, ["criteria", "show", str(STARS), "--out", str(out)])
    item = runner.invoke(app, ["criteria", "show", str(STARS), "--item", "CY-1"])

    assert 0 == page.exit_code
    assert "产业星" in out.read_text(encoding="utf-8")
    assert item.stdout.index("2022-01-01") < item.stdout.index("2023-01-01") < item.stdout.index("2025-01-01")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--item", "CY-9"], "CY-1"),
        (["--owner", "没有的局"], "组织部"),
        (["--out", "图.pdf"], ".html"),
    ],
)
def test_what_there_is_none_of(arguments: list[str], said: str) -> None:
    """An unknown item, office or form is refused in one line that says what there is."""
    result = CliRunner().invoke(app, ["criteria", "show", str(STARS), *arguments])

    assert 2 == result.exit_code
    assert said in result.stderr
