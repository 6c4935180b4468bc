"""A stored run computed again from what is stored of it, and held against what it found.

Nothing is read but the store: the scheme's text, the register, the cells of every unit. By the version that recorded
the run everything must come out the same, to the last bit; another version may compute otherwise, and then every
difference is listed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from starcheck.history import COVERS, Month, Run, Store, UnitResult, VerdictRow
from starcheck.ledger import unit_keys
from starcheck.recording import answers_in, rated_rows, recorded_scheme, register_of, restored_ledger
from starcheck.replies import with_replies
from starcheck.scoring import assess


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that two runs say otherwise of a unit.

    ``what`` is ``tier``, ``reachable``, ``provisional``, ``score``, a star, or a criterion with what of its verdict it
    is (``CY-01 value``); None is what one of them does not have.
    """

    unit: str
    name: str
    township: str
    what: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Replay:
    """What came out otherwise; ``verdicts`` is False where those of the run were pruned, so that tiers alone count.

    ``computed`` are the verdicts that came out.
    """

    run: Run
    differences: tuple[Difference, ...]
    verdicts: bool
    units: int
    computed: tuple[VerdictRow, ...] = ()


def replay(store: Store, run: Run) -> Replay:
    """Compute a run again. Raises ``Stop`` where its scheme cannot be loaded any more."""
    if COVERS in run.settings:  # a department's reply, which rates nothing
        return Replay(run, (), verdicts=True, units=0)
    results, verdicts = store.results(run.run_id), store.verdicts(run.run_id)
    month = store.basis(run.run_id)
    assert month is not None
    made, said = _again(month, results)
    pruned = run.pruned_at is not None
    if not pruned and not with_vetoes(verdicts):
        said = on_criteria(said)
    found = (*unlike_results(results, made), *(() if pruned else unlike_verdicts(verdicts, said, made)))
    return Replay(run, found, not pruned, len(results), tuple(said))


def _again(month: Month, results: Sequence[UnitResult]) -> tuple[list[UnitResult], list[VerdictRow]]:
    scheme = recorded_scheme(month)
    register = None if month.register_text is None else register_of(month.register_text)
    ledger, _ = restored_ledger(month, scheme, register, month.as_of, of=results)
    ledger = with_replies(ledger, {month.county: answers_in(month)}, month.period).ledger
    keys = unit_keys(ledger.units)
    return rated_rows(assess(ledger, month.as_of), keys)


def unlike_results(before: Sequence[UnitResult], after: Sequence[UnitResult]) -> Iterator[Difference]:
    """What two runs say otherwise of units' tiers and stars; a unit of one side only has 未评 on the other."""
    then, now = ({result.unit: result for result in side} for side in (before, after))
    for unit in dict.fromkeys([*then, *now]):
        one, other = then.get(unit), now.get(unit)
        shown = one or other
        assert shown is not None
        said = [_said(result) for result in (one, other)]
        for what in dict.fromkeys([*said[0], *said[1]]):
            was, is_now = said[0].get(what), said[1].get(what)
            if was != is_now:
                yield Difference(unit, shown.name, shown.township, what, was, is_now)


def _said(result: UnitResult | None) -> dict[str, Any]:
    if result is None:
        return {}
    return {
        "reported": result.reported,
        "tier": result.tier,
        "reachable": result.reachable,
        "provisional": result.provisional,
        "score": result.score_low,
        "score_most": result.score_high,
        **result.stars,
    }


def with_vetoes(verdicts: Sequence[VerdictRow]) -> bool:
    """Whether a run has verdicts on vetoes: it has none if its scheme has none, or if it is older than their record."""
    return any(row.effect is not None for row in verdicts)


def on_criteria(verdicts: Sequence[VerdictRow]) -> list[VerdictRow]:
    """The verdicts less those on vetoes."""
    return [row for row in verdicts if row.effect is None]


_OF_A_VERDICT = ("status", "value", "measure", "requirement", "gap", "source", "cells", "reason", "effect")


def unlike_verdicts(
    before: Sequence[VerdictRow], after: Sequence[VerdictRow], results: Sequence[UnitResult]
) -> Iterator[Difference]:
    """What two runs say otherwise of units' verdicts; ``results`` know the units' names."""
    known = {result.unit: result for result in results}
    then, now = ({(row.unit, row.criterion): row for row in side} for side in (before, after))
    for key in dict.fromkeys([*then, *now]):
        one, other = then.get(key), now.get(key)
        for part in _OF_A_VERDICT:
            was, is_now = _part(one, part), _part(other, part)
            if was != is_now or isinstance(was, bool) != isinstance(is_now, bool):
                unit = known.get(key[0])
                name, township = (key[0], "") if unit is None else (unit.name, unit.township)
                yield Difference(key[0], name, township, f"{key[1]} {part}", was, is_now)


def _part(row: VerdictRow | None, part: str) -> Any:
    if row is None:
        return None
    value = getattr(row, part)
    return tuple(value) if part == "cells" else value
