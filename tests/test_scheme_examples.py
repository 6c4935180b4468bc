"""The example ledger of each scheme: made by its script, of that scheme without being told, and what comes of it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from making import CRITERIA, ROOT
from report_sample import check_golden
from starcheck.diagnostic import Severity
from starcheck.grouping import GroupVerdict
from starcheck.run import Outcome, rate
from starcheck.scoring import LIT
from starcheck.workspace import Settings

GENERATORS = [ROOT / "examples" / name for name in ("make_schemes.py", "make_other_units.py")]
LEDGERS = sorted((ROOT / "examples" / "schemes").glob("*.csv"))
rated: dict[Path, Outcome] = {}


def outcome_of(ledger: Path) -> Outcome:
    """What comes of an example, rated once; nothing is told, so the scheme is that whose columns it has."""
    if ledger not in rated:
        rated[ledger] = rate([ledger], Settings(criteria=CRITERIA, no_store=True))
    return rated[ledger]


def shown(outcome: Outcome) -> str:
    """Tiers with their units, then a line for every unit: tier, what is reachable, its stars or points."""
    found = outcome.assessment
    scheme = found.scheme
    names = {tier.number: tier.name for tier in scheme.tiering.tiers} | {-1: "不参评"}
    tiers = found.tiers.tolist()
    lines = [f"{scheme.id} {scheme.version} {outcome.as_of}"]
    counts = [(name, tiers.count(number)) for number, name in names.items()]
    if not scheme.tiering.ranked:
        open_ = int(np.count_nonzero(found.undecided))
        counts[-1:] = [("待核实", open_), ("不参评", tiers.count(-1) - open_)]
    lines += [f"{name} {count}" for name, count in counts]
    for unit, tier in enumerate(tiers):
        line = [found.units.township[unit], found.units.name[unit], "待核实" if found.undecided[unit] else names[tier]]
        if found.reachable[unit] != tier:
            line.append(f"可达{names[int(found.reachable[unit])]}")
        if found.scores is None:
            lit = [star.name for star, state in zip(scheme.stars, found.stars[unit], strict=True) if state == LIT]
            line.append("、".join(lit) or "—")
        else:
            low, high = (f"{round(float(end), 6):g}" for end in found.scores[unit])
            line.append(low if low == high else f"{low}至{high}")
        lines.append(" ".join(line))
    for table in found.groups:
        for group in table.results:
            figures = [f"{verdict.criterion.id} {ends(verdict)}" for verdict in group.verdicts]
            lines.append(" ".join((table.group.name, group.name, group.verdict.word, *figures)))
    return "\n".join(lines) + "\n"


def ends(verdict: GroupVerdict) -> str:
    """A figure of a group, or the two ends that it lies between."""
    low, high = (f"{round(end, 4):g}" for end in (verdict.low, verdict.high))
    return low if low == high else f"{low}至{high}"


def test_every_example_is_of_a_shipped_scheme() -> None:
    """A ledger under examples/schemes is called by the 编号 of a scheme in criteria/, as is the file of that."""
    assert LEDGERS
    assert {path.stem for path in LEDGERS} <= {path.stem for path in CRITERIA.glob("*.yaml")}


def test_the_committed_ledgers_are_what_the_scripts_make(tmp_path: Path) -> None:
    """Nobody edited one by hand, and the scripts draw the same each time."""
    for script in GENERATORS:
        made = subprocess.run([sys.executable, script, tmp_path], cwd=ROOT, capture_output=True, check=False)  # noqa: S603

        assert 0 == made.returncode, made.stderr.decode(errors="replace")
    fresh = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    committed = {path.name: path.read_bytes() for path in LEDGERS}
    assert sorted(fresh) == sorted(committed)
    assert [] == [name for name, text in fresh.items() if committed[name] != text]


@pytest.mark.parametrize("ledger", LEDGERS, ids=lambda path: path.stem)
def test_an_example_is_of_its_scheme(ledger: Path) -> None:
    """Its columns alone choose the scheme, an overlay's own too; nothing in it is wrong, but for cells left blank."""
    outcome = outcome_of(ledger)

    assert ledger.stem == outcome.scheme.id
    assert {"V313"} >= {found.code for found in outcome.all_diagnostics if found.level is not Severity.NOTE}
    assert 10 <= len(outcome.assessment.units) <= 40


@pytest.mark.parametrize("ledger", LEDGERS, ids=lambda path: path.stem)
def test_what_comes_of_an_example(ledger: Path) -> None:
    """Tier and stars, or points, of every unit are as committed."""
    check_golden(f"schemes/{ledger.stem}.txt", shown(outcome_of(ledger)))


def test_fengnan_57_1_percent_is_12_of_21() -> None:
    """12 精品 communities of 21 are 57.1%, 25 points above a target of 32.1%; of all the points 35% are 精品."""
    found = outcome_of(ROOT / "examples" / "schemes" / "shifan.csv").assessment
    whole, kinds, *_ = found.groups
    [communities] = [group for group in kinds.results if group.name == "社区"]
    share, judged = communities.verdicts
    [asked] = judged.criterion.requirements

    assert (21, 57.1, "met") == (communities.units, round(share.low, 1), judged.verdict.word)
    assert 25.0 == round(judged.low - float(str(asked.operand)), 1)
    assert 35.0 == whole.results[0].verdicts[0].value


def test_who_is_not_looked_into_is_neither_listed_nor_clear() -> None:
    """Of forty villages two are listed for certain, one of them with blanks; three with blanks are open, not clear."""
    found = outcome_of(ROOT / "examples" / "schemes" / "ruanruo.csv").assessment
    [county] = found.groups[0].results

    assert [3, 2, 35] == [found.tiers.tolist().count(tier) for tier in (-1, 0, 1)]
    assert (5.0, 12.5) == (county.verdicts[0].low, county.verdicts[0].high)
