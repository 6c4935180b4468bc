"""Ledgers of random layout and dirt are read back to what they were made to say.

``STARCHECK_EXAMPLES=10000 python -m pytest tests/test_random_ledgers.py`` draws as many, other ones each time; without
it a few, always the same. ``random_ledgers`` says what is drawn.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from hypothesis import given, settings

from making import Rated, run
from random_ledgers import COUNTY, PERIOD, Drawn, damaged_ledgers, ledgers, the_scheme
from starcheck.column import exact
from starcheck.diagnostic import Severity
from starcheck.workspace import Stop

EXAMPLES = int(os.environ.get("STARCHECK_EXAMPLES", "0"))
FEW = 100


@settings(max_examples=EXAMPLES or FEW, derandomize=not EXAMPLES)
@given(ledgers())
def test_a_ledger_is_read_as_it_was_written(drawn: Drawn) -> None:
    """Every value in its unit and at its cell; what is not to be read is an error there, and nothing else is one."""
    rated, wrong = differences(drawn)

    assert [] == wrong, f"{drawn!r}\n" + "\n".join(f"{found.code} {found.where}" for found in rated.diagnostics)


def differences(drawn: Drawn) -> tuple[Rated, list[str]]:
    """What was read otherwise than it was written."""
    with tempfile.TemporaryDirectory() as folder:
        file, register = drawn.write(Path(folder)), drawn.register(Path(folder))
        rated = run(file, the_scheme(), register=register, county=COUNTY, period=PERIOD)
    return rated, [*wrong_values(drawn, rated), *wrong_errors(drawn, rated)]


def wrong_values(drawn: Drawn, rated: Rated) -> Iterator[str]:
    """Values and cells that are not those of the truth."""
    ledger = rated.outcome.ledger
    for village, key, sheet, cell, says in drawn.truth():
        unit = f"{village.township}/{village.name}"
        found = comparable(rated.value(unit, key)), rated.reason(unit, key)
        places = [(place.sheet, place.cell) for place in ledger.cells(rated.row(unit), key)]
        if found != (comparable(says.value), says.reason):
            yield f"{unit} {key} {sheet}!{cell}: {says} was read as {found}"
        if places != [(sheet, cell)]:
            yield f"{unit} {key} {sheet}!{cell} was read at {places}"


def comparable(value: object) -> object:
    """Numbers as exact rationals, by 15 significant digits where they were stored in binary."""
    if isinstance(value, float):
        return exact(value)
    return Fraction(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else value


def wrong_errors(drawn: Drawn, rated: Rated) -> Iterator[str]:
    """Errors that should be said and were not, or the other way round."""
    said = {
        (found.code, found.where.sheet, found.where.cell)
        for found in rated.diagnostics
        if found.level is Severity.ERROR
    }
    due = {(says.code, sheet, cell) for _, _, sheet, cell, says in drawn.truth() if says.code is not None}
    yield from (f"not said: {place}" for place in sorted(due - said, key=str))
    yield from (f"said: {place}" for place in sorted(said - due, key=str))


@settings(max_examples=EXAMPLES or FEW, derandomize=not EXAMPLES)
@given(damaged_ledgers())
def test_a_damaged_ledger_is_read_as_it_was_written_or_not_at_all(drawn: Drawn) -> None:
    """Whatever has happened to a file, no value is another one; what is not read is said to be so."""
    wrong = silent(drawn)

    assert [] == wrong, repr(drawn)


def silent(drawn: Drawn) -> list[str]:
    """Values that are others than those written, and those that are missing without a word."""
    with tempfile.TemporaryDirectory() as folder:
        file, register = drawn.write(Path(folder)), drawn.register(Path(folder))
        try:
            rated = run(file, the_scheme(), register=register, county=COUNTY, period=PERIOD)
        except Stop:
            return []
    wrong: list[str] = []
    loud = {
        found.code
        for found in rated.diagnostics
        if found.level is not Severity.NOTE and found.code not in {"V313", "R402"}
    }
    for village, key, sheet, cell, says in drawn.truth():
        unit = f"{village.township}/{village.name}"
        found, reason = comparable(rated.value(unit, key)), rated.reason(unit, key)
        if (
            (reason is None or says.value is None)
            and says.code != "V308"
            and (found, None) != (comparable(says.value), None)
        ):
            wrong.append(f"{unit} {key} {sheet}!{cell}: {says} was read as {found}, {reason}")
        elif reason is not None and says.reason is None and not loud:
            wrong.append(f"{unit} {key} {sheet}!{cell}: {says} was not read: {reason}")
    return wrong
