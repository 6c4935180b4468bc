"""Ratings by random schemes against a reference that goes unit by unit; what is open against all it may turn out."""

from __future__ import annotations

import random
from itertools import product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from random_schemes import OPEN, Plan, Unit, all_units, columns_of, ledger_of, random_plan, rated
from starcheck.scheme import Scheme, scheme_from_texts
from starcheck.scoring import assess

SEEDS = st.integers(0, 10**9)


def made(seed: int) -> tuple[random.Random, Plan, Scheme | None]:
    """A plan and its scheme, None where the lint refuses it."""
    draw = random.Random(seed)  # noqa: S311 - no secret
    plan = random_plan(draw, quotas=False)
    return draw, plan, scheme_from_texts([("a.yaml", plan.text())])[0]


@settings(max_examples=40)
@given(seed=SEEDS)
def test_what_is_known_is_rated_by_the_rules(seed: int) -> None:
    """Verdicts, what they count as, stars, points and tiers of units without a blank, on every day that matters."""
    draw, plan, scheme = made(seed)
    units = all_units(plan, draw, 30)
    for day in plan.turns if scheme is not None else ():
        assert scheme is not None
        found = assess(ledger_of(scheme, units, day), day)
        ids = [item.id for item in found.scheme.criteria]
        counts = found.counts_as(np.arange(len(units)))
        for row, unit in enumerate(units):
            asked = rated(plan, unit, day)
            shown = dict(zip(ids, found.verdicts[row].tolist(), strict=True))
            told = (plan.text(), day, unit)

            assert (asked.shown, asked.stars) == (shown, tuple(state == 1 for state in found.stars[row])), told
            assert asked.counts == dict(zip(ids, counts[row].tolist(), strict=True)), told
            if OPEN in shown.values():
                continue  # a formula that divides by 0
            tier = -1 if asked.tier is None else asked.tier
            assert (tier, tier) == (found.tiers[row], found.reachable[row]), told
            if asked.score is not None and found.scores is not None:
                assert np.allclose(found.scores[row], float(asked.score)), told


@settings(max_examples=60)
@given(seed=SEEDS)
def test_what_is_open_holds_all_it_may_turn_out(seed: int) -> None:
    """However blanks are filled in, tier, stars, points and verdicts stay within what was said before."""
    draw, plan, scheme = made(seed)
    columns = columns_of(plan)
    free = [key for key in columns if key not in {veto.id for veto in plan.vetoes}]
    blanked = [(unit, draw.sample(free, min(len(free), draw.randint(1, 3)))) for unit in all_units(plan, draw, 6)]
    units = [Unit({**unit.cells, **dict.fromkeys(holes)}, unit.tagged) for unit, holes in blanked]
    for day in plan.turns if scheme is not None else ():
        assert scheme is not None
        found = assess(ledger_of(scheme, units, day), day)
        ids = [item.id for item in found.scheme.criteria]
        for row, (unit, holes) in enumerate(blanked):
            for turn in product(*(columns[key] for key in holes)):
                filled = Unit({**unit.cells, **dict(zip(holes, turn, strict=True))}, unit.tagged)
                asked = rated(plan, filled, day)
                told = (plan.text(), day, units[row], filled)
                tier = -1 if asked.tier is None else asked.tier

                assert found.tiers[row] <= tier <= found.reachable[row], told
                for state, lit in zip(found.stars[row], asked.stars, strict=True):
                    assert state in {-1, int(lit)}, told
                for key, verdict in zip(ids, found.verdicts[row], strict=True):
                    assert verdict < 0 or asked.shown[key] in {verdict, OPEN}, told
                if asked.score is not None and found.scores is not None:
                    low, high = found.scores[row].tolist()
                    assert low - 1e-9 <= float(asked.score) <= high + 1e-9, told
