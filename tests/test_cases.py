"""The officers' cases in ``cases/``: a ledger as a table of words, and what it comes to, both in Chinese.

A file names its scheme and a 底稿, the village that has everything; a case says what is different.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
import yaml

from making import CRITERIA, OWN_CRITERIA, Rated, delimited, grid, rated, run, scheme_file
from starcheck.scheme import Scheme

FOLDER = Path(__file__).parent / "cases"
FILES = {path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.yaml"))}
CASES = [pytest.param(name, case, id=f"{name}-{case['名称']}") for name, file in FILES.items() for case in file["例"]]
STATES = {"lit": "点亮", "unlit": "未亮", "unknown": "待核实"}
EXPECTED = {"星级", "可达", "亮星", "待核实星", "短板", "待核实", "不适用", "初评", "触发", "未上报", "得分"}


def scheme_of(file: dict[str, Any]) -> Scheme:
    """The scheme that a file of cases names."""
    name = f"{file['方案']}.yaml"
    return scheme_file((CRITERIA if (CRITERIA / name).is_file() else OWN_CRITERIA) / name)


def rate(folder: Path, file: dict[str, Any], case: dict[str, Any]) -> Rated:
    """Rate the ledger of a case: its columns over the 底稿, by the headers of the scheme or as written."""
    by = scheme_of(file)
    header, *lines = grid(case["台账"])
    base = {
        key: value for key, value in file["底稿"].items() if key not in header and key not in case.get("没有的列", [])
    }
    rows = [[*header, *base], *([*line, *base.values()] for line in lines)]
    if "乡镇" not in rows[0]:
        rows = [["乡镇", *rows[0]], *(["河乡", *row] for row in rows[1:])]
    told: dict[str, Any] = {"as_of": str(case["日期"]), "period": str(case["日期"])[:7]}
    if "名册" not in case:
        return rated(folder, by, rows, **told)
    register = delimited(folder / "名册.csv", grid(case["名册"]))
    return run(delimited(folder / "台账.csv", rows), by, register=register, **told)


def found(result: Rated, name: str) -> dict[str, Any]:
    """What came out for a unit, in the words of the cases."""
    verdicts, stars = result.verdicts(name), result.stars(name)
    by_state: dict[str, list[str]] = defaultdict(list)
    for key, status in verdicts.items():
        by_state[status].append(key)
    score = result.score(name)
    return {
        "星级": result.tier(name),
        "可达": result.reachable(name),
        "亮星": [star for star, state in stars.items() if state == "lit"],
        "待核实星": [star for star, state in stars.items() if state == "unknown"],
        "短板": by_state["unmet"],
        "待核实": by_state["unknown"],
        "不适用": by_state["not_applicable"],
        "初评": "是" if result.provisional(name) else "否",
        "触发": [key for key, state in result.vetoes(name).items() if state == "triggered"],
        "未上报": "否" if result.reported(name) else "是",
        "得分": None if score is None else [round(value, 6) for value in score],
    }


@pytest.mark.parametrize(("name", "case"), CASES)
def test_cases(tmp_path: Path, name: str, case: dict[str, Any]) -> None:
    """As the officer wrote it down."""
    result = rate(tmp_path, FILES[name], case)
    for unit, expected in case["期望"].items():
        assert set(expected) <= EXPECTED

        shown = found(result, unit)

        assert expected == {key: shown[key] for key in expected}, unit

    for code, cells in case.get("问题", {}).items():
        assert cells == result.cells(code), code


@pytest.mark.parametrize("name", FILES)
def test_every_criterion_has_a_case_on_either_side(tmp_path: Path, name: str) -> None:
    """Each criterion of the scheme is met in one case and unmet in another."""
    file = FILES[name]
    seen: dict[str, set[str]] = defaultdict(set)
    for place, case in enumerate(file["例"]):
        folder = tmp_path / str(place)
        folder.mkdir()
        result = rate(folder, file, case)
        for unit in result.names:
            if result.reported(unit):
                for key, status in result.verdicts(unit).items():
                    seen[key].add(status)

    assert [] == [item.id for item in scheme_of(file).criteria if not {"met", "unmet"} <= seen[item.id]]
