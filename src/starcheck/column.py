"""Typed columns with an explicit unknown: what a ledger, a formula and a verdict are made of.

A column holds one value per unit (评定对象) and, beside it, why the value is missing when it is. Nothing here
knows about files, schemes or stars.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum, StrEnum
from fractions import Fraction
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

_LONG = 100_000
"""Rows from which columns are worth a thread each."""

Thing = TypeVar("Thing")
Made = TypeVar("Made")


def over_columns(make: Callable[[Thing], Made], things: Iterable[Thing], rows: int) -> list[Made]:
    """What ``make`` makes of each thing; over long columns in threads, since numpy lets go of the interpreter there."""
    if rows < _LONG:
        return [make(thing) for thing in things]
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - long columns only

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(make, things))


class Kind(StrEnum):
    """类型: what the cells of a field hold."""

    NUMBER = "数值"
    INTEGER = "整数"
    RATIO = "比例"
    YESNO = "是否"
    DATE = "日期"
    OPTION = "选项"
    TEXT = "文本"

    @property
    def numeric(self) -> bool:
        """Whether values are numbers: 数值, 整数 and 比例."""
        return self in _NUMERIC


_NUMERIC = frozenset({Kind.NUMBER, Kind.INTEGER, Kind.RATIO})


class Reason(IntEnum):
    """Why a value is unknown, or why a criterion does not count. The names are those of the JSON contract."""

    KNOWN = 0
    BLANK = 1
    ABSENT_COLUMN = 2
    UNREADABLE = 3
    INVALID = 4
    AMBIGUOUS = 5
    CONFLICTING = 6
    DIVISION_BY_ZERO = 7
    EXEMPT = 8
    NOT_IN_FORCE = 9
    OTHER_KIND = 10
    NO_BONUS = 11
    NOT_YET = 12
    """A date after the day of the rating where it must not be (可在将来: 否); in the contract it is ``invalid``."""

    @property
    def word(self) -> str | None:
        """The word of the JSON contract, None for a known value."""
        if self is Reason.KNOWN:
            return None
        return (Reason.INVALID if self is Reason.NOT_YET else self).name.lower()

    @classmethod
    def of(cls, word: str | None) -> Reason:
        """The reason that a word of the JSON contract stands for; ``KeyError`` where there is none."""
        return cls.KNOWN if word is None else cls[word.upper()]


class Verdict(IntEnum):
    """判定 of one criterion for one unit: 达标, 未达标, 待核实, 不适用."""

    MET = 1
    UNMET = 0
    UNKNOWN = -1
    NOT_APPLICABLE = -2

    @property
    def word(self) -> str:
        """The word of the JSON contract."""
        return self.name.lower()


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One value per unit, and why it is missing.

    ``values`` by kind: numeric kinds float64 in the field's unit (比例 as shown: 85 for 85%, 2 for 2‰); 是否 int8
    0/1; 选项 int16, position in ``options``; 日期 int32 of shape (n, 2), first and last day it may mean as proleptic
    ordinals; 文本 object (str). ``reason`` is int8 ``Reason``; where it is not ``KNOWN`` the value is meaningless
    (nan, -1 or None) and must not be read; a date that is ``NOT_YET`` keeps it for another day of rating.
    """

    kind: Kind
    values: NDArray[Any]
    reason: NDArray[np.int8]
    options: tuple[str, ...] = ()

    def __len__(self) -> int:
        """Units in the column."""
        return len(self.reason)

    @property
    def known(self) -> NDArray[np.bool_]:
        """Where there is a value."""
        return np.equal(self.reason, Reason.KNOWN.value)  # as a plain number it is compared byte by byte

    def take(self, rows: NDArray[np.intp]) -> Column:
        """The same column over ``rows``, in their order."""
        return Column(self.kind, self.values[rows], self.reason[rows], self.options)

    @classmethod
    def missing(cls, kind: Kind, size: int, reason: Reason, options: tuple[str, ...] = ()) -> Column:
        """A column in which every value is missing for ``reason``."""
        return cls(kind, empty_values(kind, size), np.full(size, reason, np.int8), options)


def empty_values(kind: Kind, size: int) -> NDArray[Any]:
    """An array of the type and shape that ``kind`` asks for, filled with its meaningless value."""
    match kind:
        case Kind.NUMBER | Kind.INTEGER | Kind.RATIO:
            return np.full(size, np.nan)
        case Kind.YESNO:
            return np.full(size, -1, np.int8)
        case Kind.OPTION:
            return np.full(size, -1, np.int16)
        case Kind.DATE:
            return np.full((size, 2), -1, np.int32)
        case Kind.TEXT:
            return np.full(size, None, object)


def concatenate(columns: list[Column]) -> Column:
    """The columns one under the other; all of one kind and one list of options."""
    first = columns[0]
    return Column(
        first.kind,
        np.concatenate([column.values for column in columns]),
        np.concatenate([column.reason for column in columns]),
        first.options,
    )


def decimal15(value: float) -> Decimal:
    """A number stored in binary as the decimal of 15 significant digits that it stands for (DESIGN §5.10)."""
    return Decimal(f"{value:.15g}")


def exact(value: float) -> Fraction:
    """``decimal15`` as an exact rational."""
    return Fraction(decimal15(value))
