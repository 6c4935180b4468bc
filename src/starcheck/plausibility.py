"""Slips of unit: a value some ten thousand times its column's, or last month's, is mostly 元 typed for 万元.

The value is used as written; a person is asked to look, and told the likely one. Pure: columns in, diagnostics out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from starcheck.cells import PercentNumber
from starcheck.column import Column, Kind, decimal15
from starcheck.diagnostic import NOWHERE, Diagnostic, Location
from starcheck.ledger import Ledger, TableOrigin, unit_keys
from starcheck.units import PERCENT

_SLIP = 10_000
_NEAR = 10**0.5
"""A slip is told from an unusual value by lying within half a power of ten of a true one."""
_LEAST = 8
"""Values a column needs before it says what is usual."""
_LEAST_IN_TABLE = 5
_LEAST_FOR_SHARES = 3
_HIGH_SHARE = 20

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def unit_slips(ledger: Ledger, last: Ledger | None = None) -> tuple[Diagnostic, ...]:
    """V332 for a table's whole column, V331 for single cells; each against the rest of the column, then last month."""
    found: list[Diagnostic] = []
    before = None if last is None else _earlier(ledger, last)
    for key, item in ledger.scheme.ledger_columns.items():
        column = ledger.columns.get(key)
        if column is not None and item.kind is Kind.RATIO and item.unit == PERCENT and last is None:
            found += _whole_shares(ledger, key, item.label)
        if column is None or item.kind not in {Kind.NUMBER, Kind.INTEGER}:
            continue
        widest = _SLIP / _NEAR
        if last is None and item.kind is Kind.INTEGER and not np.fmax.reduce(column.values, initial=0.0) >= widest:
            continue  # whole numbers above 0 are at least 1
        usable = column.known & ledger.units.reported & (column.values > 0)
        if last is not None and before is not None:
            found += _against_last(ledger, key, item.label, usable, last, before)
            continue
        shown = column.values[usable]
        if len(shown) < _LEAST or float(shown.max()) < widest * float(shown.min()):
            continue
        whole = _slipped_tables(ledger, column, usable)
        for table, factor in whole.items():
            found.append(_column_warning(ledger, key, item.label, table, factor))
            usable &= ~_of_table(ledger, table)
        for unit, factor in _slipped_cells(column.values, usable):
            found.append(_cell_warning(ledger, key, item.label, unit, factor, None))
    return tuple(found)


def _whole_shares(ledger: Ledger, key: str, label: str) -> Iterator[Diagnostic]:
    """Units with a bare 1 in a column of high percents: 1% as it is written, 100% where fractions were meant."""
    column, origin = ledger.columns[key], ledger.origin
    if not isinstance(origin, TableOrigin):
        return
    usable = column.known & ledger.units.reported
    ones = np.flatnonzero(usable & (column.values == 1))
    rest = column.values[usable & (column.values != 1)]
    if not len(ones) or len(rest) < _LEAST_FOR_SHARES or float(np.quantile(rest, 0.25)) < _HIGH_SHARE:
        return
    for unit in ones.tolist():
        table = origin.tables[int(origin.table_of[unit])]
        place = origin.column_of[int(origin.table_of[unit])].get(key)
        if place is None or table.sheet.bulk is not None:
            continue
        cell = table.sheet.rows[int(origin.row_of[unit]) - table.sheet.top][place - table.sheet.left]
        if isinstance(cell, PercentNumber) or (isinstance(cell, str) and set(cell) & set("%％‰")):
            continue
        yield _cell_warning(ledger, key, label, unit, 0.01, None)


def _slipped_cells(values: Floats, usable: Bools) -> Iterator[tuple[int, float]]:
    """Units whose value is a ten-thousandfold of the usual one, and would be usual without it."""
    places = np.flatnonzero(usable)
    if len(places) < _LEAST:
        return
    logs = np.log10(values[places])
    middle = float(np.median(logs))
    low, high = np.quantile(logs, [0.1, 0.9])
    width = max(float(high - low), 0.3)
    power = np.log10(_SLIP)
    if width > power / 2:  # such a spread is usual here
        return
    for place in np.flatnonzero(np.abs(np.abs(logs - middle) - power) <= power / 2).tolist():
        sign = 1 if logs[place] > middle else -1
        mended = logs[place] - sign * power
        if low - 0.2 <= mended <= high + 0.2:
            yield int(places[place]), float(_SLIP) if sign > 0 else 1 / _SLIP


def _slipped_tables(ledger: Ledger, column: Column, usable: Bools) -> dict[int, float]:
    """Tables whose column as a whole lies a ten-thousandfold off those of the other tables."""
    origin = ledger.origin
    if not isinstance(origin, TableOrigin) or len(origin.tables) < 2:  # noqa: PLR2004 - one has no others
        return {}
    medians: dict[int, tuple[float, int]] = {}
    for table in range(len(origin.tables)):
        here = np.flatnonzero(usable & (origin.table_of == table))
        if len(here) >= _LEAST_IN_TABLE:
            medians[table] = float(np.median(np.log10(column.values[here]))), len(here)
    found: dict[int, float] = {}
    power = float(np.log10(_SLIP))
    if len(medians) < 3:  # noqa: PLR2004 - of two nobody knows which one is wrong
        return {}
    for table, (median, _) in medians.items():
        rest = float(np.median([other for place, (other, _) in medians.items() if place != table]))
        if abs(abs(median - rest) - power) <= float(np.log10(_NEAR)):
            found[table] = float(_SLIP) if median > rest else 1 / _SLIP
    return found if len(found) * 2 < len(medians) else {}


def _of_table(ledger: Ledger, table: int) -> Bools:
    origin = ledger.origin
    assert isinstance(origin, TableOrigin)
    return np.equal(origin.table_of, table)


def _earlier(ledger: Ledger, last: Ledger) -> NDArray[np.intp]:
    places = {key: place for place, key in enumerate(unit_keys(last.units))}
    return np.array([places.get(key, -1) for key in unit_keys(ledger.units)], np.intp)


def _against_last(
    ledger: Ledger, key: str, label: str, usable: Bools, last: Ledger, before: NDArray[np.intp]
) -> Iterator[Diagnostic]:
    """Units whose value is a ten-thousandfold of their own a month ago."""
    old = last.columns.get(key)
    if old is None or not old.kind.numeric:
        return
    known = usable & (before >= 0) & old.known[before] & (old.values[before] > 0)
    places = np.flatnonzero(known)
    moved = np.log10(ledger.columns[key].values[places]) - np.log10(old.values[before[places]])
    for place in np.flatnonzero(np.abs(np.abs(moved) - np.log10(_SLIP)) <= np.log10(_NEAR)).tolist():
        unit = int(places[place])
        factor = float(_SLIP) if moved[place] > 0 else 1 / _SLIP
        yield _cell_warning(ledger, key, label, unit, factor, float(old.values[before[unit]]))


def _cell_warning(ledger: Ledger, key: str, label: str, unit: int, factor: float, before: float | None) -> Diagnostic:
    value = float(ledger.columns[key].values[unit])
    measure = ledger.unit_of(key) or ""
    usual = (
        ("本列其他值", "the rest of the column")
        if before is None
        else (f"上期的 {before:.15g}", f"{before:.15g} of last month")
    )
    return Diagnostic(
        "V331",
        next(iter(ledger.cells(unit, key)), NOWHERE),
        unit=ledger.units.name[unit],
        field=key,
        found=f"{value:.15g}{measure}",
        arguments={
            "label": label,
            "likely": f"{decimal15(value / factor):f}{measure}",
            "usual": usual,
            **_times(factor),
        },
    )


def _times(factor: float) -> Mapping[str, tuple[str, str]]:
    if factor == 0.01:  # noqa: PLR2004 - a fraction in a column of percents
        return {"times": ("百分之一", "a hundredth of")}
    return {"times": ("一万倍", "ten thousand times") if factor > 1 else ("万分之一", "a ten-thousandth of")}


def _column_warning(ledger: Ledger, key: str, label: str, table: int, factor: float) -> Diagnostic:
    origin = ledger.origin
    assert isinstance(origin, TableOrigin)
    found = origin.tables[table]
    column = origin.column_of[table].get(key)
    where = (
        Location(found.sheet.file, found.sheet.name)
        if column is None
        else found.sheet.location(found.header_last, column)
    )
    return Diagnostic("V332", where, field=key, found=label, arguments={"label": label, **_times(factor)})
