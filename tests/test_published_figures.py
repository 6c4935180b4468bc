"""Figures that townships and counties published, come to by ledgers made to their counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from making import CRITERIA, delimited, scheme_file
from starcheck.cases import cases_beside
from starcheck.cli import app
from starcheck.column import Verdict
from starcheck.run import Outcome, rate
from starcheck.scheme_source import parse_source
from starcheck.scoring import LIT, Assessment
from starcheck.workspace import Settings

STARS = ("支部过硬星", "产业兴旺星", "生态宜居星", "平安法治星", "文明幸福星")
DARK = {
    "支部过硬星": {"“两委”班子健全": "否"},
    "产业兴旺星": {"党支部领办合作社": "否", "“双绑”机制建立": "否"},
    "生态宜居星": {"生活垃圾日产日清": "否"},
    "平安法治星": {"一村一法律顾问": "否"},
    "文明幸福星": {"道德评议会": "否"},
}
"""What puts out each star of a village that meets everything."""
ZB, CY, ST, PA, WM = STARS
Village = Mapping[str, str]


def base_of(scheme: str) -> dict[str, str]:
    """The 底稿 of a scheme's cases, with what it takes along: a village that meets everything."""
    path = cases_beside(CRITERIA / f"{scheme}.yaml")
    root, problems = parse_source(path.read_text(encoding="utf-8"), path.name)
    assert root is not None, problems
    parent = root.text("继承")
    inherited = {} if parent is None else base_of(Path(parent).stem)
    return inherited | {name: value.written for name, value in root.entries("底稿").items()}


def with_stars(*counts: tuple[int, Sequence[str]]) -> list[Village]:
    """So many villages with those stars, the others put out."""
    return [
        {column: value for star in STARS if star not in lit for column, value in DARK[star].items()}
        for number, lit in counts
        for _ in range(number)
    ]


def ledger_of(folder: Path, scheme: str, villages: Sequence[Village], title: str) -> Path:
    """A ledger of villages that meet everything but what each says."""
    fields = scheme_file(CRITERIA / f"{scheme}.yaml").ledger_columns.values()
    columns = {key for village in villages for key in village}.union(*(field.headers for field in fields))
    base = {name: value for name, value in base_of(scheme).items() if name in columns}
    rows = [[f"第{place}村", *{**base, **village}.values()] for place, village in enumerate(villages, start=1)]
    return delimited(folder / "台账.csv", [[title], ["村名", *base], *rows])


def rated(folder: Path, scheme: str, villages: Sequence[Village], period: str = "2022年6月") -> Outcome:
    """The villages rated by a scheme of the shipped ones."""
    ledger = ledger_of(folder, scheme, villages, f"示例县某乡台账（{period}）")
    return rate([ledger], Settings(scheme=str(CRITERIA / f"{scheme}.yaml"), no_store=True, no_hints=True))


def by_tier(found: Assessment) -> list[int]:
    """Villages with five stars, four, … none."""
    return [int((found.tiers == tier).sum()) for tier in range(5, -1, -1)]


def by_star(found: Assessment) -> dict[str, int]:
    """Villages that have each star."""
    return {star.name: int((found.stars[:, place] == LIT).sum()) for place, star in enumerate(found.scheme.stars)}


SIZHAI = with_stars(
    (1, STARS), (1, (CY, ST, PA, WM)), (2, (CY, ST, WM)), (14, (ST, PA, WM)), (6, (ST, WM)), (3, (PA, WM)), (1, ())
)  # fmt: skip
QINGHE = with_stars((3, (CY, ST, PA, WM)), (10, (ST, PA, WM)), (6, (ST, WM)), (14, (PA, WM)))


@pytest.mark.parametrize(
    ("villages", "tiers", "stars", "total"),
    [
        pytest.param(SIZHAI, [1, 1, 16, 9, 0, 1], [1, 4, 24, 19, 27], 75, id="司寨乡"),
        pytest.param(QINGHE, [0, 3, 10, 20, 0, 0], [0, 3, 19, 27, 33], 82, id="清河镇"),
    ],
)
def test_stars_counted_by_village_and_by_star(
    tmp_path: Path, villages: list[Village], tiers: list[int], stars: list[int], total: int
) -> None:
    """司寨乡 (28 villages) planned 75 stars, 清河镇 (33) 82, by tiers as by stars; the report says that they agree."""
    found = rated(tmp_path, "wuxing-rural", villages).assessment
    told = ("--scheme", "wuxing-rural", "--no-store")

    printed = CliRunner().invoke(app, ["score", str(tmp_path / "台账.csv"), *told]).stdout

    assert tiers == by_tier(found)
    assert dict(zip(STARS, stars, strict=True)) == by_star(found)
    assert total == int(found.tiers.sum()) == sum(by_star(found).values())
    assert f"星级合计{total}颗＝点亮合计{total}颗" in printed


def test_three_stars_and_more_of_xinye(tmp_path: Path) -> None:
    """新野 2023: 7 五星, 36 四星, 98 三星 make the 141 三星以上; with 121 二星 there are 262 with stars."""
    villages = with_stars((7, STARS), (36, (CY, ST, PA, WM)), (98, (ST, PA, WM)), (121, (PA, WM)))

    found = rated(tmp_path, "wuxing-xinye-2023", villages, "2023年6月").assessment

    assert [7, 36, 98, 121, 0, 0] == by_tier(found)
    assert 7 + 36 + 98 == 141 == int((found.tiers >= 3).sum())
    assert 262 == int((found.tiers >= 2).sum())


def test_the_share_of_jianan_is_cut_not_rounded(tmp_path: Path) -> None:
    """建安 2023: 365 villages with 5 万元 and more are 99.1% of 368, cut; rounded it is 99.2."""
    poor = {"村集体经济年收入": "4", "补助收入": "0", "集体收入5万元以上": "否"}
    outcome = rated(tmp_path, "wuxing-jianan-2023", [{}] * 365 + [poor] * 3, "2023年6月")
    found = outcome.assessment
    place = [item.id for item in found.scheme.criteria].index("CY-01-1")

    met, villages = int(np.sum(found.verdicts[:, place] == Verdict.MET)), len(found.units)

    assert (365, 368) == (met, villages)
    assert 991 == 1000 * met // villages
    assert 992 == (2000 * met + villages) // (2 * villages)
    assert [368] == [of for of in range(365, 2000) if 1000 * 365 // of == 991]
    assert [] == [of for of in range(365, 2000) if (2000 * 365 + of) // (2 * of) == 991]
    arguments = ["score", str(tmp_path / "台账.csv"), "--scheme", "wuxing-jianan-2023", "--no-store"]
    printed = CliRunner().invoke(app, arguments).stdout
    [line] = [line for line in printed.splitlines() if line.startswith("示例县 ") and "%" in line]
    assert "99.1%" in line
