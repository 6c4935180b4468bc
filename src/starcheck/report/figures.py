"""Figures as people read them: shares, decimals, distances and the values of typed columns.

Rounding for the eye happens here and nowhere else; ranks and verdicts are settled before.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import date
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from starcheck.column import Column, Kind, Reason, decimal15
from starcheck.diagnostic import Lang
from starcheck.messages import say
from starcheck.scheme import TASK_UNIT
from starcheck.units import PER_MILLE, PERCENT

Plain = None | bool | int | float | str
"""A value of a column as JSON has it: dates are ISO text, a date without its day is a month."""

FIFTEEN = 15
"""Decimals of a number that is rounded already."""
FLOAT_INTEGERS = 10**15
"""Below this every whole float is exactly the number people wrote."""
SMALLEST_ROUNDED = 1e-8
"""Above this the power of ten that makes a whole number of 15 digits is itself exact in binary."""


def share(part: int, whole: int) -> Decimal | None:
    """``part`` of ``whole`` in percent, rounded half up to one decimal in whole numbers; None of nothing."""
    if whole == 0:
        return None
    return Decimal((2000 * part + whole) // (2 * whole)).scaleb(-1)


def rounded(value: Fraction, places: int) -> Decimal:
    """A fraction that is not negative, rounded half up to ``places`` decimals in whole numbers."""
    scale = 10**places
    return Decimal((2 * value.numerator * scale + value.denominator) // (2 * value.denominator)).scaleb(-places)


def number(value: float) -> int | float:
    """A float as its JSON number: whole ones without a point, others at 15 significant digits."""
    near = float(f"{value:.15g}")
    return int(near) if near.is_integer() and abs(near) < FLOAT_INTEGERS else near


def fifteen(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each value as the float nearest to its decimal of 15 significant digits; nan stays nan."""
    size = np.abs(values)
    plain = np.isfinite(values) & (size > SMALLEST_ROUNDED) & (size < float(FLOAT_INTEGERS))
    exponent = 14 - np.floor(np.log10(size, where=plain, out=np.zeros_like(size)))
    scale = np.power(10.0, np.where(plain, exponent, 0.0))
    return np.where(plain, np.rint(np.where(plain, values, 0.0) * scale) / scale, values)


def decimal_words(value: Decimal, *, apart_from: Decimal | None = None, places: int = 4) -> str:
    """A decimal without exponent, at most ``places`` decimals.

    More are shown where rounding would make it look like ``apart_from`` (its threshold) or like zero.
    """
    rough = value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    if rough != value and rough in {Decimal(0), apart_from}:
        rough = value
    text = format(rough, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in {"", "-0"} else text


def on_its_side(value: Decimal, thresholds: Collection[Decimal], places: int, *, cut: bool = False) -> Decimal:
    """A decimal rounded half up to ``places`` decimals, or to as many more as keep it on its side of each threshold.

    With ``cut`` the digits behind are dropped instead.
    """
    for digits in range(places, max(places, -int(value.as_tuple().exponent))):
        rough = value.quantize(Decimal(1).scaleb(-digits), ROUND_DOWN if cut else ROUND_HALF_UP)
        if all(rough.compare(end) == value.compare(end) for end in thresholds):
            return rough
    return value


def points_figure(points: float, lines: Collection[Decimal] = (), *, places: int = 2) -> str:
    """Points with at most ``places`` decimals, or as many more as keep them on their side of each of the ``lines``."""
    return decimal_words(on_its_side(Decimal(f"{points:.12g}"), lines, places), places=FIFTEEN)


def amount(
    value: float | Decimal, unit: str | None, lang: Lang, *, apart_from: Decimal | None = None, places: int = 4
) -> str:
    """A value with its unit: ``4.2万元``, ``85%``; in English ``4.2 万元``."""
    decimal = value if isinstance(value, Decimal) else decimal15(value)
    text = decimal_words(decimal, apart_from=apart_from, places=places)
    if not unit:
        return text
    if lang == "en" and unit == TASK_UNIT:
        unit = "item" if decimal == 1 else "items"
    return f"{text}{unit}" if lang == "zh" or unit in {PERCENT, PER_MILLE} else f"{text} {unit}"


def distance(gap: float, unit: str | None, lang: Lang) -> str:
    """A gap in its criterion's unit; gaps between shares are in points: ``6个百分点``, ``0.1‰``."""
    points = {PERCENT: "points.percent", PER_MILLE: "points.permille"}.get(unit or "")
    if points is not None:
        n = decimal_words(decimal15(gap), places=2)
        return say("points.percent.one" if n == "1" and unit == PERCENT else points, lang, n=n)
    return amount(gap, unit, lang)


def period_words(period: str | None, lang: Lang) -> str:
    """``2022-06`` as ``2022年6月``; other periods as they are."""
    if not period:
        return ""
    year, _, month = period.partition("-")
    if lang == "zh" and year.isdigit() and month.isdigit():
        return f"{year}年{int(month)}月"
    return f"{year}年" if lang == "zh" and period.isdigit() else period


def date_words(first: int, last: int) -> str:
    """A date, or the month where the day is not known, as ISO text."""
    day = date.fromordinal(first).isoformat()
    return day if first == last else day[:7]


def _numbers(values: NDArray[Any]) -> list[Plain]:
    return [number(value) for value in values.tolist()]


def _dates(values: NDArray[Any]) -> list[Plain]:
    return [date_words(first, last) for first, last in values.tolist()]


def plain_values(column: Column) -> list[Plain]:
    """The values of a column as JSON has them, None where there is none."""
    known = column.known
    values = column.values[known]
    readers: Mapping[Kind, Callable[[NDArray[Any]], list[Plain]]] = {
        Kind.YESNO: lambda some: [bool(value) for value in some.tolist()],
        Kind.OPTION: lambda some: [column.options[value] for value in some.tolist()],
        Kind.DATE: _dates,
        Kind.TEXT: lambda some: [str(value) for value in some.tolist()],
    }
    found = readers.get(column.kind, _numbers)(values)
    if len(found) == len(column):
        return found
    supply = iter(found)
    return [next(supply) if there else None for there in known.tolist()]


def plain_value(column: Column, row: int) -> Plain:
    """One unit's value as JSON has it."""
    return plain_values(column.take(np.array([row])))[0]


def reason_words(reason: Reason, lang: Lang) -> str:
    """Why a value is missing, in words; nothing of one that is not."""
    return "" if reason is Reason.KNOWN else say(f"reason.{reason.name.lower()}", lang)


def value_words(column: Column, row: int, unit: str | None, lang: Lang, *, apart_from: Decimal | None = None) -> str:
    """One unit's value as the page shows it: with its unit, yes/no in words, and why it is missing when it is."""
    value = plain_value(column, row)
    if value is None:
        return ""
    if isinstance(value, bool):
        return say("yes" if value else "no", lang)
    if isinstance(value, str):
        return value
    places = 2 if column.kind is Kind.RATIO else 4
    return amount(float(value), unit, lang, apart_from=apart_from, places=places)
