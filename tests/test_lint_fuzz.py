"""What the lint proves of random schemes holds for every ledger tried: nobody reaches it, it makes no difference."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from random_schemes import MET, NOTHING, UNMET, Item, Plan, Result, Unit, all_units, random_plan, rated, value_of
from starcheck.diagnostic import Diagnostic
from starcheck.scheme import scheme_from_texts

PROOFS = {"K628", "K638", "K639", "K640", "K644", "K651", "K657", "K659"}
GRADED = ("分档", "扣分", "加分", "比目标")
Turns = Sequence[tuple[Unit, date]]


def outcomes(plan: Plan, turns: Turns, forced: Mapping[str, int] | None = None) -> Iterator[tuple[Unit, date, Result]]:
    """What comes of every unit on every day."""
    for unit, day in turns:
        yield unit, day, rated(plan, unit, day, forced)


def refuted(plan: Plan, problem: Diagnostic, turns: Turns) -> object:
    """A unit and a day that show a proof to be wrong; None where there are none among those tried."""
    at = plan.text().splitlines()[(problem.where.line or 1) - 1][(problem.where.column or 1) - 1 :]
    since = re.search(r"自: (\d{4}-\d\d-\d\d)", at[:40])
    begins = date.fromisoformat(since[1]) if since else None
    said = {key: value if isinstance(value, str) else value[0] for key, value in problem.arguments.items()}
    graded = next((word for word in GRADED if said.get("asked", said.get("what", "")).startswith(word)), None)
    if graded is not None:
        return _grades(plan, problem, said, turns)
    match problem.code:
        case "K638":
            part = next((part for part in plan.items if part.id == problem.field), None)
            asked = () if part is None else [one for one in part.asked if one[0] == begins]
            return next((
                (unit, day)
                for unit, day, found in outcomes(plan, turns)
                if part is not None and part.on(day) in {one[1:] for one in asked} and found.shown[part.id] == MET
            ), None)  # fmt: skip
        case "K639":
            pair = [said["key"], said["other"]]
            on = [(unit, day) for unit, day in turns if day == date.fromisoformat(said["day"])]
            return next(
                (found for *_, found in outcomes(plan, on) if all(found.shown[key] == MET for key in pair)), None
            )
        case "K640":
            return _reached(plan, int((problem.found or "档0").removeprefix("档")), turns)
        case "K644" | "K651" | "K657":
            last = date.max if said["until"] == "以后一直" else date.fromisoformat(said["until"])
            on = [(unit, day) for unit, day in turns if date.fromisoformat(said["since"]) <= day <= last]
            if problem.code == "K644":
                return next(
                    (found for *_, found in outcomes(plan, on) if found.shown[problem.found or ""] == MET), None
                )
            return next((found for *_, found in outcomes(plan, on) if _lit(plan, found, problem.found or "")), None)
        case "K628":
            return _beyond(plan, said["problem"], begins, turns)
        case _:
            part = next((part for part in plan.items if part.id == problem.field), None)
            if part is not None and begins is not None:
                of_then = {one[1:] for one in part.asked if one[0] == begins}
                turns = [(unit, day) for unit, day in turns if part.on(day) in of_then]
            return _matters(plan, problem, said, turns)


def _grades(plan: Plan, problem: Diagnostic, said: Mapping[str, str], turns: Turns) -> object:
    """Who falls into a band that nobody does, comes to a target, or earns other points without what is idle."""
    part = next(part for part in plan.items if part.id == problem.field)
    key, *rest = said.get("asked", said.get("what", "")).split()
    bound = int(rest[-1]) if rest else 0
    if problem.code == "K638":
        values = ((unit, value_of(plan, part, unit.cells)) for unit, _ in turns)
        fits = ((unit, value) for unit, value in values if value is not None)
        return next((one for one in fits if (one[1] <= bound if "至多" in rest else one[1] >= bound)), None)
    match key:
        case "分档":
            other = replace(part, bands=tuple(band for band in part.bands if band[1] != bound))
        case "扣分":
            assert part.deduction is not None
            other = replace(part, deduction=(*part.deduction[:2], None))
        case "加分":
            assert part.bonus is not None
            per, points, _ = part.bonus
            other = replace(part, bonus=(per, points, 99) if rest else (per, 0, 99))
        case _:
            other = replace(part, goal=Fraction(part.goal or 1, 1000))
    changed = _with(plan, other)
    for unit, day in turns:
        one, another = rated(plan, unit, day), rated(changed, unit, day)
        if (one.stars, one.score, one.tier) != (another.stars, another.score, another.tier):
            return unit, day, one, another
    return None


def _with(plan: Plan, part: Item) -> Plan:
    """The plan with another item, or task, in the place of its namesake."""

    def within(item: Item) -> Item:
        if item.id == part.id:
            return part
        return replace(item, tasks=tuple(within(task) for task in item.tasks))

    stars = tuple(replace(star, items=tuple(within(item) for item in star.items)) for star in plan.stars)
    return replace(plan, stars=stars)


def _lit(plan: Plan, found: Result, star: str) -> bool:
    return found.stars[[one.name for one in plan.stars].index(star)]


def _reached(plan: Plan, tier: int, turns: Turns) -> object:
    """Who comes to a tier, or to one from which as many as there is no place for come down to it."""
    for unit, day, found in outcomes(plan, turns):
        displaced = found.tier
        short = {quota.what for quota in plan.quotas if quota.on(day)}
        while displaced is not None and displaced > tier and f"档{displaced}" in short:
            displaced -= 1
        if displaced == tier:
            return unit, day
    return None


def _beyond(plan: Plan, problem: str, begins: date | None, turns: Turns) -> object:
    """Who lights the star, or comes to the tier, that takes more than there is."""
    for star in plan.stars:
        if problem.startswith(f"“{star.name}”"):
            return next((
                (unit, day)
                for unit, day, found in outcomes(plan, turns)
                if star.rule_since(day) == begins and _lit(plan, found, star.name)
            ), None)  # fmt: skip
    tier = re.match("“档([0-9])”", problem)
    assert tier is not None, problem
    bound = plan.bands[len(plan.bands) - 1 - int(tier[1])]
    return next((unit for unit, _, found in outcomes(plan, turns) if (found.score or 0) >= bound), None)


def _matters(plan: Plan, problem: Diagnostic, said: Mapping[str, str], turns: Turns) -> object:
    """For whom what is said to make no difference makes one."""
    ids = {part.id for part in plan.items}
    named = [key for key in (problem.field, *said["what"].split("、")) if key in ids]
    if named:
        without = [plan, plan]
        forced = [dict.fromkeys(named, MET), dict.fromkeys(named, UNMET)]
        if problem.field in ids and "分值" not in said["witness"]:
            forced[1] = {}
    else:
        caps = [cap for cap in plan.caps if (cap.what, f"最高 {cap.number}") != (problem.field, said["what"])]
        vetoes = [veto for veto in plan.vetoes if veto.id != problem.field]
        without = [plan, replace(plan, caps=tuple(caps), vetoes=tuple(vetoes))]
        forced = [{}, {}]
        assert without[0] != without[1], problem
    for unit, day in turns:
        one, other = (rated(by, unit, day, force) for by, force in zip(without, forced, strict=True))
        judged = [key for key in named if one.shown[key] != NOTHING]
        if (one.stars, one.tier) != (other.stars, other.tier) and (judged or not named):
            return unit, day, one, other
    return None


@settings(max_examples=100)
@given(seed=st.integers(0, 10**9))
def test_no_proof_is_unsound(seed: int) -> None:
    """Whatever a scheme is said to be unable to do no unit does, on no day on which anything changes."""
    draw = random.Random(seed)  # noqa: S311 - no secret
    plan = random_plan(draw)
    problems = [one for one in scheme_from_texts([("a.yaml", plan.text())])[1] if one.code in PROOFS]
    units = all_units(plan, draw, 60) if problems else []
    turns = [(unit, day) for unit in units for day in plan.turns]

    for problem in problems:
        assert refuted(plan, problem, turns) is None, (problem.code, problem.message("zh"), plan.text())
