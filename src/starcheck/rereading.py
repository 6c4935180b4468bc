"""What a store kept of cells, by another standard than the one they were read by.

The store keeps values, not headers: which spelling of a column a ledger used is not in it. A value is taken over where
it must be the same by either standard, and converted where that is exact; else the store cannot tell, and that is said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from starcheck.column import Kind, Reason, decimal15
from starcheck.diagnostic import Cells, Text
from starcheck.fields import within
from starcheck.intake import HeaderIndex
from starcheck.messages import both
from starcheck.scheme import LedgerField, Scheme
from starcheck.units import conversion

Stored = Sequence[Any]
"""A cell as the store has it: its value, the word of the reason where it has none, and where it stands."""


@dataclass(frozen=True)
class NotKept:
    """What the store cannot tell of a column that a standard reads: why, and of which units."""

    key: str
    name: str
    why: Text
    rows: NDArray[np.bool_]


class Rereading:
    """From the columns of the standard that cells were ``recorded`` by to those of the one they are to be rated ``by``.

    ``recorded`` is None where that standard cannot be loaded any more: then nothing it kept can be taken over.
    """

    def __init__(self, recorded: Scheme | None, by: Scheme) -> None:
        """Find out which recorded column each column is read from."""
        self._after = by.ledger_columns
        self._before = {} if recorded is None else recorded.ledger_columns
        self._lost = recorded is None
        owner = HeaderIndex(by).by_spelling
        spelled = {} if recorded is None else HeaderIndex(recorded).by_spelling
        recorded_spellings: dict[str, set[str]] = {key: set() for key in self._before}
        for spelling, key in spelled.items():
            recorded_spellings[key].add(spelling)
        self._certain: dict[str, list[str]] = {key: [] for key in self._after}
        self._possible: dict[str, list[str]] = {key: [] for key in self._after}
        for key, spellings in recorded_spellings.items():
            owners = {owner.get(spelling) for spelling in spellings}
            for name in owners - {None}:
                (self._certain if len(owners) == 1 else self._possible)[str(name)].append(key)
        own: dict[str, set[str]] = {key: set() for key in self._after}
        for spelling, key in owner.items():
            own[key].add(spelling)
        self._new = {key for key, spellings in own.items() if not spellings <= spelled.keys()}
        """Columns with a spelling that was in no ledger as far as the store knows, because nobody looked for it."""

    def cells(self, kept: Mapping[str, Stored]) -> tuple[dict[str, Stored], dict[str, Text]]:
        """A unit's cells by the columns of the other standard; and of those it cannot tell, why not."""
        found: dict[str, Stored] = {}
        untold: dict[str, Text] = {}
        for key, item in self._after.items():
            present = [name for name in (*self._certain[key], *self._possible[key]) if name in kept]
            if not present:
                if self._lost:
                    untold[key] = both("store.untold.scheme")
                elif key in self._new:
                    untold[key] = both("store.untold.new", headers="、".join(item.headers))
                continue
            source = present[0]
            if len(present) > 1 or source not in self._certain[key]:
                headers = dict.fromkeys(header for name in present for header in self._before[name].headers)
                untold[key] = both("store.untold.spelling", headers="、".join(headers))
                continue
            cell = converted(self._before[source], item, kept[source])
            if isinstance(cell, tuple):
                untold[key] = cell
            else:
                found[key] = cell
        return found, untold


def converted(before: LedgerField, after: LedgerField, cell: Stored) -> list[Any] | Text:
    """A cell read as ``before`` as it would be read as ``after``; why the store cannot tell, where it cannot."""
    value, word, addresses = cell
    if (before.kind, before.unit, before.bounds, before.options) == (
        after.kind,
        after.unit,
        after.bounds,
        after.options,
    ):
        return [value, word, addresses]
    if word == Reason.BLANK.word:
        return [None, word, addresses]
    if value is None or not _akin(before, after):
        return _why(before, after)
    if after.kind is Kind.OPTION:
        return [value, word, addresses] if value in after.options else _invalid(addresses)
    if not after.kind.numeric:
        return [value, word, addresses]
    factor = conversion(before.unit, after.unit)
    if factor is None or (before.unit is None) != (after.unit is None):
        return _why(before, after)
    number = decimal15(value) * factor
    whole = after.kind is not Kind.INTEGER or number == number.to_integral_value()
    positive = after.kind is not Kind.INTEGER or _may_be_negative(after) or number >= 0
    if not (whole and positive and within(after.bounds, number)):
        return _invalid(addresses)
    return [float(number), word, addresses]


def _akin(before: LedgerField, after: LedgerField) -> bool:
    """Whether a value of one kind is one of the other whatever stands in the cell; a plain 0.85 may be 85% in one."""
    kinds = {before.kind, after.kind}
    return len(kinds) == 1 or kinds == {Kind.NUMBER, Kind.INTEGER}


def _may_be_negative(item: LedgerField) -> bool:
    """Whether a whole number has a lower end of its own; without one it is 0."""
    return item.bounds is not None and (item.bounds.at_least is not None or item.bounds.above is not None)


def _invalid(addresses: Cells) -> list[Any]:
    return [None, Reason.INVALID.word, addresses]


def _why(before: LedgerField, after: LedgerField) -> Text:
    one, other = (" ".join(part for part in (item.kind.value, item.unit) if part) for item in (before, after))
    if one == other:
        return both("store.untold.range")
    return both("store.untold.kind", before=one, after=other)


def gathered(untold: Sequence[Mapping[str, Text]], by: Scheme) -> tuple[NotKept, ...]:
    """What cannot be told of each unit, by columns and reasons."""
    rows: dict[tuple[str, Text], NDArray[np.bool_]] = {}
    for place, columns in enumerate(untold):
        for key, why in columns.items():
            rows.setdefault((key, why), np.zeros(len(untold), bool))[place] = True
    labels = {key: column.label for key, column in by.ledger_columns.items()}
    return tuple(NotKept(key, labels[key], why, where) for (key, why), where in rows.items())


__all__ = ["NotKept", "Rereading", "converted", "gathered"]
