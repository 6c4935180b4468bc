"""Signs of copying and smoothing (疑点): hints for a person to look at, never verdicts, never errors.

Nothing here changes a value, a verdict or an exit code. What is looked for, and how rare it must be before it is
said, stands in this module alone, so that an office can be told exactly what a hint means.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from starcheck.column import Column, Kind, Reason, exact
from starcheck.diagnostic import NOWHERE, Diagnostic, Location, Text
from starcheck.ledger import Ledger, Units, unit_keys
from starcheck.scheme import Apportioning, Criterion
from starcheck.scheme_model import Operator

_LEAST_FIGURES = 5
"""Figures two rows must have in common, or a unit keep from month to month, before that can mean anything."""
_LEAST_BITS = 20.0
"""How surprising equal rows must be: by chance one pair in a million."""
_WINDOW = Fraction(1, 20)
"""How near to a threshold is near: a twentieth of it."""
_LEAST_IN_WINDOW = 8
_BY_CHANCE = 1e-4
"""How likely a smooth spread may be to look like it, over all the places looked at."""
_WHOLE_NUMBERS = 3
"""Whole numbers a window must hold: twelve meetings in twelve months are reached exactly by honest work."""
_NAMED = 5
_LEAST_TOWNSHIPS = 5
"""Townships that counts must agree in before that can mean anything."""
_OTHERWISE = Fraction(1, 10)
"""How many of the townships may be otherwise where nearly all agree."""
_LEAST_LISTED = 5
"""Listed units a county must have before its share can be called round."""
_FAR_BELOW = Fraction(1, 2)
"""How far below the least usual share is far below: less than half of it."""
_MANY_OPEN = Fraction(1, 10)
_LEAST_OPEN = 5
"""Units not known to be listed or not that are many: a tenth of them, and five."""
_OVERLOOKED = 1e-3
"""How likely so few listed ones may be where the least usual share holds."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LastMonth:
    """The recorded ledger of an earlier period."""

    period: str
    ledger: Ledger


def find_hints(ledger: Ledger, as_of: date, last: LastMonth | None = None) -> tuple[Diagnostic, ...]:
    """Rows that equal another's, units all as last month, values bunched at a threshold or moved exactly to it.

    And where the scheme says of what (摊派提醒): what looks handed out by quota, or overlooked.
    """
    found = [*_equal_rows(ledger), *_bunching(ledger, as_of), *_apportioned(ledger)]
    if last is not None:
        found += [*_as_last_month(ledger, last), *_exactly_to_the_threshold(ledger, as_of, last)]
    return tuple(found)


# --- rows ----------------------------------------------------------------------------------------------------------


def _columns(ledger: Ledger) -> dict[str, Column]:
    """The columns that were read, formulas aside, of which some unit has a value."""
    return {
        key: column
        for key in ledger.scheme.ledger_columns
        if (column := ledger.columns.get(key)) is not None and bool(column.known.any())
    }


def _figures(columns: Mapping[str, Column]) -> list[str]:
    """Those in which equal values are no matter of course: numbers and dates, not yes and no."""
    return [key for key, column in columns.items() if column.kind.numeric or column.kind is Kind.DATE]


def _codes(column: Column) -> NDArray[np.int64]:
    """Whole numbers that are equal where the cells of a column are."""
    values: NDArray[Any] = column.values
    if column.kind is Kind.DATE:
        values = values[:, 0].astype(np.int64) << 32 | values[:, 1].astype(np.int64)
    elif column.kind is Kind.TEXT:
        places: dict[Any, int] = {}
        values = np.fromiter((places.setdefault(value, len(places)) for value in values), np.int64, len(values))
    elif column.kind.numeric:
        values = (np.where(column.known, values, 0.0) + 0.0).view(np.int64)
    return np.where(column.known, values.astype(np.int64), -1 - column.reason.astype(np.int64))


def _equal_rows(ledger: Ledger) -> Iterator[Diagnostic]:
    """Units of one township whose rows are equal in every column, where that is no coincidence."""
    units = ledger.units
    columns = _columns(ledger)
    figures = _figures(columns)
    if len(figures) < _LEAST_FIGURES:
        return
    alike, mixed = _alike(units, columns, figures)
    codes = [_codes(column.take(alike)) for column in columns.values()] if len(alike) else []
    groups: dict[tuple[int, str, str], list[int]] = {}
    for place, (unit, mix) in enumerate(zip(alike.tolist(), mixed.tolist(), strict=True)):
        groups.setdefault((mix, units.county[unit], units.township[unit]), []).append(place)
    for members in sorted(group for group in groups.values() if len(group) > 1):
        first, *others = members
        one = int(alike[first])
        known = [key for key in figures if columns[key].known[one]]
        if len(known) < _LEAST_FIGURES or not _surprising([columns[key] for key in known], one, len(members)):
            continue
        for place in others:
            if all(column[first] == column[place] for column in codes):
                other = int(alike[place])
                yield Diagnostic(
                    "J510",
                    _place(ledger, other, known),
                    unit=units.name[other],
                    found=units.name[one],
                    arguments={"count": str(len(known)), "cell": str(_place(ledger, one, known))},
                )


_FIRST_LOOK = 8
"""Columns by which most units differ already: only those that do not are looked at in more of them."""


def _alike(
    units: Units, columns: Mapping[str, Column], figures: Sequence[str]
) -> tuple[NDArray[np.intp], NDArray[np.uint64]]:
    """The units that reported and equal another one in every column, in order, with a number that equal ones share.

    By chance different ones may share it too.
    """
    rows = np.flatnonzero(units.reported)
    ordered = sorted(columns, key=lambda key: key not in figures)  # they tell most units apart
    mixed = np.zeros(len(rows), np.uint64)
    done, until = 0, _FIRST_LOOK
    while done < len(ordered) and len(rows):
        for key in ordered[done:until]:
            column = columns[key]
            codes = _codes(column if len(rows) == len(column) else column.take(rows)).view(np.uint64)
            mixed = (mixed ^ codes) * np.uint64(0x9E3779B97F4A7C15)
            mixed ^= mixed >> np.uint64(29)
        done, until = until, 2 * until
        order = np.argsort(mixed, kind="stable")
        same = mixed[order][1:] == mixed[order][:-1]
        again = np.zeros(len(rows), bool)
        again[order[1:][same]] = again[order[:-1][same]] = True
        rows, mixed = rows[again], mixed[again]
    return rows, mixed


def _surprising(columns: Iterable[Column], unit: int, equal: int) -> bool:
    """Whether it takes many bits for ``equal`` units to agree in these columns, which one of them has a value in.

    A value that many others have too says little.
    """
    bits = 0.0
    for column in columns:
        same = column.values == column.values[unit]
        same = column.known & (same.all(axis=1) if column.kind is Kind.DATE else same)
        others, known = int(np.count_nonzero(same)) - equal, int(np.count_nonzero(column.known)) - equal
        bits += math.log2((known + 1) / (others + 1))
        if bits >= _LEAST_BITS:
            return True
    return False


def _place(ledger: Ledger, unit: int, keys: Sequence[str]) -> Location:
    """The first cell of a unit among the columns of ``keys``."""
    return next((cell for key in keys for cell in ledger.cells(unit, key)), NOWHERE)


def _as_last_month(ledger: Ledger, last: LastMonth) -> Iterator[Diagnostic]:
    """Per township: units of which every column is as it was; one line for all of them."""
    before = {key: place for place, key in enumerate(unit_keys(last.ledger.units))}
    earlier = np.array([before.get(key, -1) for key in unit_keys(ledger.units)], np.intp)
    both = (earlier >= 0) & ledger.units.reported & last.ledger.units.reported[earlier]
    columns = {key: column for key, column in _columns(ledger).items() if key in last.ledger.columns}
    figures = _figures(columns)
    equal, counted = both.copy(), np.zeros(len(ledger.units), np.int32)
    for key, column in columns.items():
        old = last.ledger.columns[key].take(earlier)
        if column.kind is Kind.TEXT:
            same = np.array([one == other for one, other in zip(column.values, old.values, strict=True)], bool)
        elif column.kind is Kind.DATE:
            same = (column.values == old.values).all(axis=1)
        else:
            same = column.values == old.values
        equal &= np.where(column.known & old.known, same, column.reason == old.reason)
        if key in figures:
            counted += column.known & (column.values[:, 0] > 0 if column.kind is Kind.DATE else column.values != 0)
    equal &= counted >= _LEAST_FIGURES
    for (_, township), places in ledger.units.township_groups.items():
        units = places[equal[places]].tolist()
        if units:
            names = "、".join(ledger.units.name[place] for place in units[:_NAMED])
            yield Diagnostic(
                "J511",
                _place(ledger, units[0], figures),
                unit=township or None,
                found=names + ("……" if len(units) > _NAMED else ""),
                arguments={"count": str(len(units)), "of": str(len(places)), "period": last.period},
            )


# --- thresholds ------------------------------------------------------------------------------------------------------


def _thresholds(ledger: Ledger, as_of: date) -> Iterator[tuple[Criterion, Operator, Fraction]]:
    """The numeric criteria that ask for at least, or at most, a number on ``as_of``."""
    for criterion in ledger.scheme.criteria:
        asked = criterion.in_force(as_of)
        if asked is None or not criterion.kind.numeric or criterion.tasks or criterion.id not in ledger.columns:
            continue
        if asked.operator in {Operator.AT_LEAST, Operator.AT_MOST}:
            operand: Any = asked.operand
            limit = Fraction(operand)
            if limit > 0 and (criterion.kind is not Kind.INTEGER or limit * _WINDOW >= _WHOLE_NUMBERS):
                yield criterion, asked.operator, limit


def _bunching(ledger: Ledger, as_of: date) -> Iterator[Diagnostic]:
    """Many units just on the right side of a threshold and hardly any just short of it, in the county or a township."""
    for criterion, operator, limit in _thresholds(ledger, as_of):
        column = ledger.columns[criterion.id]
        everybody = np.flatnonzero(column.known & ledger.units.reported)
        said = _bunched(column.values[everybody], operator, float(limit), 1)
        places: list[tuple[Text, NDArray[np.intp], tuple[int, int] | None]] = [
            (("全县", "the county"), everybody, said)
        ]
        if said is None:
            groups = ledger.units.township_groups
            for (_, township), members in groups.items():
                known = members[column.known[members] & ledger.units.reported[members]]
                counts = _bunched(column.values[known], operator, float(limit), len(groups))
                places.append(((township, township), known, counts))
        for name, units, counts in places:
            if counts is not None:
                reached, short = counts
                file = _place(ledger, int(units[0]), [criterion.id]).file
                yield Diagnostic(
                    "J512",
                    NOWHERE if said is not None else Location(file),
                    field=criterion.id,
                    arguments={
                        "where": name,
                        "label": criterion.name,
                        "requirement": (criterion_words(operator, limit, criterion.unit)),
                        "reached": str(reached),
                        "short": str(short),
                    },
                )


def _bunched(values: Floats, operator: Operator, limit: float, looks: int) -> tuple[int, int] | None:
    """Units within the window on either side of a threshold, if they lie as no smooth spread would have them.

    ``looks`` is in how many places it is looked for: who looks seventeen times finds more by chance.
    """
    width = limit * float(_WINDOW)
    distance = values - limit if operator is Operator.AT_LEAST else limit - values
    distance = np.round(distance, 12)
    reached = int(((distance >= 0) & (distance < width)).sum())
    short = int(((distance < 0) & (distance >= -width)).sum())
    beyond = int(((distance >= width) & (distance < 2 * width)).sum())
    total = reached + short
    if total < _LEAST_IN_WINDOW or reached <= 2 * beyond or reached < 4 * short:
        return None
    tail = sum(math.comb(total, count) for count in range(reached, total + 1)) / 2**total
    return (reached, short) if tail * looks < _BY_CHANCE else None


def criterion_words(operator: Operator, limit: Fraction, unit: str | None) -> Text:
    """A threshold in words: 至少5万元."""
    number = f"{float(limit):.15g}"
    english = {Operator.AT_LEAST: "at least", Operator.AT_MOST: "at most"}[operator]
    return f"{operator}{number}{unit or ''}", f"{english} {number} {unit or ''}".rstrip()


def _exactly_to_the_threshold(ledger: Ledger, as_of: date, last: LastMonth) -> Iterator[Diagnostic]:
    """Units that fell short last month and now stand on the threshold to the last digit."""
    before = {key: place for place, key in enumerate(unit_keys(last.ledger.units))}
    keys = unit_keys(ledger.units)
    for criterion, operator, limit in _thresholds(ledger, as_of):
        old = last.ledger.columns.get(criterion.id)
        column = ledger.columns[criterion.id]
        if old is None or not criterion.reads_column:
            continue
        near = column.known & (np.abs(column.values - float(limit)) <= 1e-9 * max(1.0, float(limit)))
        for unit in np.flatnonzero(near & ledger.units.reported).tolist():
            place = before.get(keys[unit])
            if place is None or old.reason[place] != Reason.KNOWN or exact(float(column.values[unit])) != limit:
                continue
            was = exact(float(old.values[place]))
            if was < limit if operator is Operator.AT_LEAST else was > limit:
                yield Diagnostic(
                    "J513",
                    next(iter(ledger.cells(unit, criterion.id)), NOWHERE),
                    unit=ledger.units.name[unit],
                    field=criterion.id,
                    found=f"{float(was):.15g} → {float(limit):.15g}",
                    arguments={
                        "label": criterion.name,
                        "requirement": criterion_words(operator, limit, criterion.unit),
                        "period": last.period,
                    },
                )


# --- what is listed, not counted out ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Listed:
    """Reported units of a township or a county: how many, how many are listed for certain, how many may yet be."""

    units: int
    listed: int
    open: int


def _apportioned(ledger: Ledger) -> Iterator[Diagnostic]:
    """摊派提醒, county by county: the same everywhere, a round share, or hardly any where many are open."""
    told = ledger.scheme.apportioning
    column = None if told is None else ledger.columns.get(told.of)
    if told is None or column is None or not column.known.any():
        return
    reported = ledger.units.reported

    def counted(places: NDArray[np.intp]) -> _Listed:
        here = places[reported[places]]
        known = column.known[here]
        listed = int(np.count_nonzero(known & (column.values[here] == 1)))
        return _Listed(len(here), listed, int(np.count_nonzero(~known)))

    counties: dict[str, list[_Listed]] = {}
    for (county, _), places in ledger.units.township_groups.items():
        counties.setdefault(county, []).append(counted(places))
    for county, townships in counties.items():
        filled = [town for town in townships if town.units]
        whole = _Listed(*(sum(getattr(town, name) for town in filled) for name in ("units", "listed", "open")))
        label = _label(ledger, told.of)
        shown: dict[str, str | Text]
        for kind in _looks_apportioned(filled, whole, told):
            shown = {"label": label, "listed": str(whole.listed), "of": str(whole.units), "looks": kind}
            yield Diagnostic("J514", NOWHERE, unit=county or None, field=told.of, arguments=shown)
        if _looks_overlooked(whole, told):
            ends = dict.fromkeys((told.usual[0], told.usual[-1]))
            usual = "—".join(f"{float(100 * share):g}%" for share in ends)
            shown = {"label": label, "listed": str(whole.listed), "of": str(whole.units), "usual": usual}
            yield Diagnostic(
                "J515", NOWHERE, unit=county or None, field=told.of, arguments={**shown, "open": str(whole.open)}
            )


def _label(ledger: Ledger, key: str) -> str:
    criterion = ledger.scheme.find_criterion(key)
    return key if criterion is None else criterion.name


def _looks_apportioned(townships: Sequence[_Listed], whole: _Listed, told: Apportioning) -> Iterator[Text]:
    """In what way the counts look handed out, each way once."""
    needed = len(townships) - int(len(townships) * _OTHERWISE)
    if len(townships) >= _LEAST_TOWNSHIPS and whole.listed >= needed:
        counts = [town.listed for town in townships]
        common = max(set(counts), key=lambda count: (counts.count(count), count))
        alike = [town for town in townships if town.listed == common]
        if common and len(alike) >= needed and _by_chance(alike, townships, whole, 1) < _BY_CHANCE:
            yield (
                f"{len(townships)} 个乡镇中有 {len(alike)} 个正好都是 {common} 个",
                f"{len(alike)} of {len(townships)} townships have exactly {common}",
            )
        else:
            share, alike = _common_share(townships)
            looks = len(townships) + 1
            if len(alike) >= needed and _by_chance(alike, townships, whole, looks) < _BY_CHANCE:
                percent = f"{float(100 * share):.3g}%"
                yield (
                    f"{len(townships)} 个乡镇中有 {len(alike)} 个的个数正好是单位数的 {percent}（取整）",
                    f"in {len(alike)} of {len(townships)} townships they are {percent} of the units, rounded",
                )
    for usual in told.usual:
        if whole.listed >= _LEAST_LISTED and _percent(whole) == float(100 * usual):
            yield f"占比正好是 {float(100 * usual):g}%", f"their share is {float(100 * usual):g}% exactly"


def _percent(whole: _Listed) -> float:
    """The share as reports show it, in % with one decimal."""
    return math.floor(Fraction(1000 * whole.listed, whole.units) + Fraction(1, 2)) / 10


def _common_share(townships: Sequence[_Listed]) -> tuple[Fraction, list[_Listed]]:
    """The share that, rounded to whole units, gives the counts of most townships that have any; and those townships."""
    half = Fraction(1, 2)
    windows = [((town.listed - half) / town.units, (town.listed + half) / town.units, town) for town in townships]
    windows = [window for window in windows if window[2].listed]
    best: tuple[Fraction, list[_Listed]] = (Fraction(0), [])
    for start, *_ in windows:
        inside = [window for window in windows if window[0] <= start < window[1]]
        if len(inside) > len(best[1]):
            # in the middle of what all of them allow
            best = (start + min(end for _, end, _ in inside)) / 2, [town for *_, town in inside]
    return best


def _by_chance(alike: Sequence[_Listed], townships: Sequence[_Listed], whole: _Listed, looks: int) -> float:
    """How likely just these counts are where listed units lie anywhere in the county, over all the ways to look.

    A share gives other counts as it grows past a township's step, about once for each: so many are its ``looks``.
    """
    share = whole.listed / whole.units
    likely = math.prod(_binomial(town.units, town.listed, share) for town in alike)
    return likely * math.comb(len(townships), len(alike)) * looks


def _looks_overlooked(whole: _Listed, told: Apportioning) -> bool:
    """Far fewer than usual, while many are open; or so few that the usual share can hardly be behind it."""
    least: Fraction = told.usual[0]
    if not whole.units or whole.listed >= whole.units * least * _FAR_BELOW:
        return False
    if whole.open >= _LEAST_OPEN and whole.open >= whole.units * _MANY_OPEN:
        return True
    share, known = float(least), whole.units - whole.open
    return sum(_binomial(known, n, share) for n in range(whole.listed + 1)) < _OVERLOOKED


def _binomial(of: int, count: int, share: float) -> float:
    """How likely ``count`` of ``of`` units are listed, each by ``share``; by logarithms, as a province is large."""
    if not 0 < share < 1:
        return float(count == of * share)
    ways = math.lgamma(of + 1) - math.lgamma(count + 1) - math.lgamma(of - count + 1)
    return math.exp(ways + count * math.log(share) + (of - count) * math.log1p(-share))
