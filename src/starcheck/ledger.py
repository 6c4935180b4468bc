"""The ledger (台账): typed columns over units, where each value was read, and what follows from the columns.

How tables become a ledger is ``intake``; here are the ledger itself, its formulas, dates in order and 校核.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from itertools import product
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from starcheck import expression as formulas
from starcheck.cells import Place, column_letters
from starcheck.column import Column, Kind, Reason, concatenate, exact, over_columns
from starcheck.diagnostic import Cells, Diagnostic, Location, Text, cells_within, whole_cells
from starcheck.fields import cell_text
from starcheck.scheme import Check, Criterion, Scheme
from starcheck.table import Table
from starcheck.units import PER_MILLE, PERCENT


@dataclass(frozen=True, eq=False)
class Units:
    """The units (评定对象) of a ledger, one entry per unit in every array.

    ``reported`` is false for a unit of the register that no row is about; ``target`` is its 争创 tier, -1 if none.
    """

    code: Sequence[str | None]
    name: Sequence[str]
    township: Sequence[str]
    county: Sequence[str]
    kind: Sequence[str]
    tags: Sequence[frozenset[str]]
    reported: NDArray[np.bool_]
    target: NDArray[np.int8]

    def __len__(self) -> int:
        """How many units."""
        return len(self.reported)

    def take(self, rows: NDArray[np.intp]) -> Units:
        """The same for the units at ``rows``."""
        places = rows.tolist()
        return Units(
            [self.code[place] for place in places],
            [self.name[place] for place in places],
            [self.township[place] for place in places],
            [self.county[place] for place in places],
            [self.kind[place] for place in places],
            [self.tags[place] for place in places],
            self.reported[rows],
            self.target[rows],
        )

    def full_name(self, place: int) -> str:
        """A unit's name behind that of its township; once where the unit is the township."""
        township, name = self.township[place], self.name[place]
        return name if township == name else f"{township}{name}"

    @cached_property
    def tagged(self) -> tuple[int, ...]:
        """The units that have a tag (标签)."""
        return tuple(place for place, tags in enumerate(self.tags) if tags) if any(self.tags) else ()

    def having(self, tags: Collection[str]) -> NDArray[np.bool_]:
        """Which units have one of ``tags``."""
        found = np.zeros(len(self), bool)
        found[[place for place in self.tagged if not self.tags[place].isdisjoint(tags)]] = True
        return found

    @cached_property
    def counties(self) -> tuple[str, ...]:
        """The counties in order of appearance."""
        return tuple(dict.fromkeys(self.county))

    @cached_property
    def township_groups(self) -> Mapping[tuple[str, str], NDArray[np.intp]]:
        """Unit positions by (county, township), in order of appearance."""
        labels: dict[tuple[str, str], int] = {}
        codes = np.array(
            [labels.setdefault(pair, len(labels)) for pair in zip(self.county, self.township, strict=True)], np.intp
        )
        order = np.argsort(codes, kind="stable")
        edges = np.searchsorted(codes[order], np.arange(len(labels) + 1))
        return {pair: order[edges[place] : edges[place + 1]] for pair, place in labels.items()}


def unit_keys(units: Units) -> list[str]:
    """A key for each unit within its county: the code, else township/name."""
    triples = zip(units.code, units.township, units.name, strict=True)
    return [code or f"{township}/{name}" for code, township, name in triples]


def keys_over(months: Sequence[Units]) -> list[list[str]]:
    """The keys of each month's units by which the newest that has them knows them; the newest month first.

    A register may get its codes in the course of a year: a unit that has a code in only one of two months is the one of
    the same township and name, as it was in the nearest of the newer months.
    """
    own = [unit_keys(units) for units in months]
    if len({bool(code) for units in months for code in units.code}) < len((True, False)):
        return own
    known: dict[str, str] = {}
    named: dict[tuple[str, str], tuple[str, bool]] = {}
    found = []
    for units, keys in zip(months, own, strict=True):
        here, keys_here = [], frozenset(keys)
        for key, code, place in zip(keys, units.code, zip(units.township, units.name, strict=True), strict=True):
            other, has_code = named.get(place, (key, bool(code)))
            if key in known or has_code == bool(code) or other in keys_here:
                other, has_code = known.get(key, key), bool(code)
            here.append((key, place, other, has_code))
        for key, place, other, has_code in here:
            known[key] = other
            named[place] = other, has_code
        found.append([other for _, _, other, _ in here])
    return found


def keys_beside(units: Units, newer: Units) -> list[str]:
    """The keys of an earlier month's units by which a newer one knows them."""
    return keys_over([newer, units])[-1]


class Origin(Protocol):
    """Where the value of a unit's field was read."""

    def addresses(self, unit: int, key: str) -> list[str]:
        """The cells as ``str(location)`` has them, without making the locations."""

    def cells(self, unit: int, key: str) -> list[Location]:
        """The cells, none where there is no such column or row."""


@dataclass(frozen=True, eq=False)
class TableOrigin:
    """Cells by the unit's row and the field's column, with the exceptions (two rows, two columns) kept apart.

    ``unit_rows`` says how many rows of each table are about a unit.
    """

    tables: Sequence[Table]
    unit_rows: Sequence[int]
    table_of: NDArray[np.int32]
    row_of: NDArray[np.int32]
    column_of: Sequence[Mapping[str, int]]
    several: Mapping[tuple[int, str], Sequence[tuple[int, int, int]]]

    def cells(self, unit: int, key: str) -> list[Location]:
        """The cells of a value: table, absolute row and column turned to an address."""
        places = self.several.get((unit, key))
        if places is None:
            table = int(self.table_of[unit])
            column = self.column_of[table].get(key) if table >= 0 else None
            places = [] if column is None else [(table, int(self.row_of[unit]), column)]
        return [cell_location(self.tables[table], row, column) for table, row, column in places]

    def addresses(self, unit: int, key: str) -> list[str]:
        """File, sheet and address in a row, each put together from what is known of its table."""
        if (unit, key) in self.several:
            return [str(place) for place in self.cells(unit, key)]
        table = self._table_of[unit]
        column = self.column_of[table].get(key) if table >= 0 else None
        if column is None:
            return []
        row, places = self._row_of[unit], self._views[table]
        if places is not None:
            row, column = places.get((row, column), (row, column))
        return [f"{self._stems[table]}{column_letters(column)}{row + 1}"]

    def row_cells(self, unit: int, keys: Sequence[str]) -> tuple[str | None, list[Cells]]:
        """As the function of this name says; a whole county is recorded this way."""
        table = self._table_of[unit]
        if table < 0 or unit in self._several or self._views[table] is not None:
            return _row_cells(self, unit, keys)
        letters, row = self._letters[table], f"{self._row_of[unit] + 1}"
        return self._stems[table][:-1] or None, [letters[key] + row if key in letters else "" for key in keys]

    @cached_property
    def _several(self) -> frozenset[int]:
        return frozenset(unit for unit, _ in self.several)

    @cached_property
    def _letters(self) -> list[Mapping[str, str]]:
        return [{key: column_letters(column) for key, column in columns.items()} for columns in self.column_of]

    @cached_property
    def _stems(self) -> list[str]:
        sheets = [table.sheet for table in self.tables]
        return ["".join(f"{part}!" for part in (sheet.file, sheet.name) if part) for sheet in sheets]

    @cached_property
    def _views(self) -> list[Mapping[Place, Place] | None]:
        return [table.sheet.places for table in self.tables]

    @cached_property
    def _table_of(self) -> list[int]:
        places: list[int] = self.table_of.tolist()
        return places

    @cached_property
    def _row_of(self) -> list[int]:
        rows: list[int] = self.row_of.tolist()
        return rows


@dataclass(frozen=True, eq=False)
class StoredOrigin:
    """Cells as the store kept them, in words.

    ``files`` are those they may be in, whose names may hold ``!`` too; ``sheets`` are those of each unit's row, in
    which the cells are that are told by their addresses alone.
    """

    places: Sequence[Mapping[str, Cells]]
    files: Sequence[str] = ()
    sheets: Sequence[str | None] = ()

    def cells(self, unit: int, key: str) -> list[Location]:
        """The cells of a value as they were recorded."""
        return [self._location(text) for text in self.addresses(unit, key)]

    def addresses(self, unit: int, key: str) -> list[str]:
        """The same in words."""
        return list(whole_cells(self.sheets[unit] if self.sheets else None, self.places[unit].get(key, "")))

    def _location(self, text: str) -> Location:
        file = next((name for name in self._longest if text.startswith(f"{name}!")), text.partition("!")[0])
        sheet, _, cell = text[len(file) + 1 :].rpartition("!")
        return Location(file or None, sheet or None, cell or None)

    @cached_property
    def _longest(self) -> list[str]:
        return sorted(self.files, key=len, reverse=True)


@dataclass(frozen=True, eq=False)
class JoinedOrigin:
    """Origins of several ledgers one under the other."""

    parts: Sequence[tuple[int, Origin]]

    def cells(self, unit: int, key: str) -> list[Location]:
        """The cells, asked of the part the unit is from."""
        for size, origin in self.parts:
            if unit < size:
                return origin.cells(unit, key)
            unit -= size
        return []

    def addresses(self, unit: int, key: str) -> list[str]:
        """The same in words."""
        for size, origin in self.parts:
            if unit < size:
                return origin.addresses(unit, key)
            unit -= size
        return []


@dataclass(frozen=True, eq=False)
class Ledger:
    """Typed columns over units; keys are 字段 names and 编号 of criteria and vetoes, formulas included."""

    scheme: Scheme
    units: Units
    columns: Mapping[str, Column]
    origin: Origin
    aside: int = 0
    """Rows that are about no unit that is rated, or could not be attributed."""
    as_of: date | None = None
    """The day that what follows from the columns was made for; None before ``with_derived``."""
    stated: Ledger | None = None
    """The same as it was sent, where departments' answers about 负面清单 stand in it in place of the townships'."""

    @property
    def as_sent(self) -> Ledger:
        """The ledger as townships sent it, without what departments answered."""
        return self if self.stated is None else self.stated

    def cells(self, unit: int, key: str) -> list[Location]:
        """The cells a value comes from; those of its inputs for a formula or dates in order."""
        return [place for name in self._inputs[key] for place in self.origin.cells(unit, name)]

    def addresses(self, unit: int, key: str) -> list[str]:
        """The same in words."""
        return [place for name in self._inputs[key] for place in self.origin.addresses(unit, name)]

    @cached_property
    def _inputs(self) -> Mapping[str, tuple[str, ...]]:
        return {key: inputs_of(self.scheme, key) for key in self.columns}

    def exact(self, key: str, unit: int) -> Fraction | None:
        """A numeric value as an exact rational in its unit, None if unknown; formulas from their exact inputs."""
        criterion = criterion_of(self.scheme, key)
        if criterion is None or criterion.expression is None:
            column = self.columns[key]
            return exact(float(column.values[unit])) if column.reason[unit] == Reason.KNOWN else None
        if self.columns[key].reason[unit] != Reason.KNOWN:
            return None
        values = {name: self.operand(name, unit) for name in names_in(criterion.expression)}
        result = formulas.evaluate_exact(criterion.expression, values)
        if result is None or isinstance(result, bool):
            return None
        return result * share_scale(criterion.kind, criterion.unit)

    def operand(self, key: str, unit: int) -> formulas.Value:
        """A value as formulas take it: yes/no as it is, shares as shares, None if unknown."""
        column = self.columns[key]
        if column.reason[unit] != Reason.KNOWN:
            return None
        if column.kind is Kind.DATE:
            return int(column.values[unit, 0]), int(column.values[unit, 1])
        if column.kind is Kind.YESNO:
            return bool(column.values[unit])
        value = self.exact(key, unit)
        return None if value is None else value / share_scale(column.kind, self.unit_of(key))

    def unit_of(self, key: str) -> str | None:
        """The unit of measure of a field or criterion."""
        return unit_of(self.scheme, key)

    def take(self, rows: NDArray[np.intp]) -> Ledger:
        """The ledger of the units at ``rows``."""
        columns = {key: column.take(rows) for key, column in self.columns.items()}
        return replace(
            self,
            units=self.units.take(rows),
            columns=columns,
            origin=_Taken(self.origin, rows),
            stated=None if self.stated is None else self.stated.take(rows),
        )


@dataclass(frozen=True, eq=False)
class _Taken:
    origin: Origin
    rows: NDArray[np.intp]

    def cells(self, unit: int, key: str) -> list[Location]:
        return self.origin.cells(int(self.rows[unit]), key)

    def addresses(self, unit: int, key: str) -> list[str]:
        return self.origin.addresses(int(self.rows[unit]), key)


def row_cells(origin: Origin, unit: int, keys: Sequence[str]) -> tuple[str | None, list[Cells]]:
    """File and sheet of a unit's row, and of each key its cells: by their addresses there, whole where one is not."""
    return origin.row_cells(unit, keys) if isinstance(origin, TableOrigin) else _row_cells(origin, unit, keys)


def _row_cells(origin: Origin, unit: int, keys: Sequence[str]) -> tuple[str | None, list[Cells]]:
    whole = [origin.addresses(unit, key) for key in keys]
    place = next((cells[0].rpartition("!")[0] for cells in whole if cells), None)
    return place, [cells_within(place, cells) for cells in whole]


def cell_location(table: Table, row: int, column: int) -> Location:
    """The location of an absolute row and column of a table's sheet; a CSV also says its line."""
    sheet = table.sheet
    return sheet.location(row, column)


def share_scale(kind: Kind, unit: str | None) -> int:
    """What turns a share into the number shown: 100 for a 比例 in %, 1000 in ‰, 1 for everything else."""
    return {PERCENT: 100, PER_MILLE: 1000}.get(unit or "", 1) if kind is Kind.RATIO else 1


def criterion_of(scheme: Scheme, key: str) -> Criterion | None:
    """The criterion of that 编号, None where the key is a field or a veto."""
    return scheme.find_criterion(key)


def unit_of(scheme: Scheme, key: str) -> str | None:
    """The unit of measure of a field, criterion or veto."""
    criterion = criterion_of(scheme, key)
    if criterion is not None:
        return criterion.unit
    column = scheme.ledger_columns.get(key)
    return None if column is None else column.unit


def names_in(expression: formulas.Expression) -> tuple[str, ...]:
    """What a formula names, each once, in order of appearance: fields, criteria, and what is derived of fields."""
    return tuple(dict.fromkeys(name.key for name in expression.names))


def inputs_of(scheme: Scheme, key: str) -> tuple[str, ...]:
    """The ledger columns a key is made from: itself, or what its formula or its dates name, in that order."""
    criterion = criterion_of(scheme, key)
    if criterion is None:
        parts = formulas.derived_of(key)
        return (key,) if parts is None else tuple(part for part in parts if part != formulas.AS_OF)
    if criterion.reads_column:
        return (key,)
    if criterion.dates:
        return tuple(criterion.dates)
    if criterion.tasks:
        return tuple(dict.fromkeys(name for task in criterion.tasks for name in inputs_of(scheme, task.id)))
    names = names_in(criterion.expression) if criterion.expression is not None else ()
    return tuple(dict.fromkeys(name for inner in names for name in inputs_of(scheme, inner)))


def passed_over(ledger: Ledger, criterion: Criterion) -> NDArray[np.bool_]:
    """Units that a criterion, or what it is part of, is known not to be for: by 适用于, or by 不适用于."""
    found = np.zeros(len(ledger.units), bool)
    for part in ledger.scheme.upward(criterion):
        found |= ledger.units.having(part.exempt_tags)
        for name, values in part.applies.items():
            found |= of_another_kind(ledger.columns[name], values)
    return found


def of_another_kind(column: Column, values: Sequence[str]) -> NDArray[np.bool_]:
    """Units that are known to be of none of the kinds that 适用于 names in a column of options."""
    meant = [column.options.index(value) for value in values]
    return np.asarray(column.known & ~np.isin(column.values, meant))


# --- what follows from the columns ------------------------------------------------------------------------------------


def with_derived(ledger: Ledger, as_of: date) -> Ledger:
    """The ledger with a column for every criterion that is a formula or dates in order, as they are on ``as_of``.

    Those made of tasks have theirs from ``scoring``: how many tasks are met depends on the day. A date after ``as_of``
    in a column that must not have one (可在将来: 否) tells of what cannot have happened, and is unknown.
    """
    columns = {key: _until(column, ledger.scheme, key, as_of) for key, column in ledger.columns.items()}
    named = {name for formula in _formulas(ledger.scheme) for name in names_in(formula)}
    for key in named:
        if formulas.derived_of(key) is not None:
            _derive_name(key, columns, len(ledger.units), as_of)
    derived = replace(ledger, columns=columns, as_of=as_of)
    for criterion in ledger.scheme.criteria:
        if not criterion.tasks:
            _derive(derived, criterion.id, columns)
    return derived


def _until(column: Column, scheme: Scheme, key: str, as_of: date) -> Column:
    """A column of dates that must not lie after a day, those that do being not yet; any other column as it is."""
    field = scheme.fields.get(key)
    if column.kind is not Kind.DATE or field is None or field.to_come is not False:
        return column
    told = column.known | (column.reason == Reason.NOT_YET)
    reason = np.where(told, np.int8(Reason.KNOWN), column.reason)
    reason[told & (column.values[:, 0] > as_of.toordinal())] = Reason.NOT_YET
    return replace(column, reason=reason.astype(np.int8))


def on_day(ledger: Ledger, as_of: date) -> Ledger:
    """The same ledger with dates, and formulas that name 评定日, as they are on ``as_of``."""
    if ledger.as_of == as_of or not any(column.kind is Kind.DATE for column in ledger.columns.values()):
        return ledger
    read = {key: column for key, column in ledger.columns.items() if key in ledger.scheme.ledger_columns}
    return with_derived(replace(ledger, columns=read), as_of)


def _formulas(scheme: Scheme) -> Iterator[formulas.Expression]:
    yield from (criterion.expression for criterion in scheme.criteria if criterion.expression is not None)
    yield from (check.expression for check in scheme.checks)
    yield from (item.expression for group in scheme.groups for item in group.criteria)
    yield from (tie.expression for quota in scheme.tiering.quotas for tie in quota.tie_breaks)


def _derive_name(key: str, columns: dict[str, Column], size: int, as_of: date) -> None:
    """评定日, 已填(…), 天数(…) and 几号(…) as columns of their own."""
    if key in columns:
        return
    for part in formulas.derived_of(key) or ():
        if part == formulas.AS_OF:
            _derive_name(part, columns, size, as_of)
    if key == formulas.AS_OF:
        days = np.full((size, 2), as_of.toordinal(), np.int32)
        columns[key] = Column(Kind.DATE, days, np.zeros(size, np.int8))
        return
    parts = [columns[part] for part in formulas.derived_of(key) or ()]
    if key.startswith(formulas.DAY_OF_MONTH):
        columns[key] = _day_of_month(parts[0])
    else:
        columns[key] = _filled(parts[0]) if len(parts) == 1 else _days_between(parts[0], parts[1])


def _filled(column: Column) -> Column:
    """Whether a cell says anything: a blank one does not. What cannot be read, or a column not there, is unknown."""
    known = column.known | (column.reason == Reason.BLANK)
    reason = np.where(known, np.int8(Reason.KNOWN), column.reason).astype(np.int8)
    return Column(Kind.YESNO, np.where(known, column.known, -1).astype(np.int8), reason)


def _days_between(early: Column, late: Column) -> Column:
    """Days from one date to another, below 0 where it lies before; unknown where a date is a month without its day."""
    reason = np.where(early.known, late.reason, early.reason).astype(np.int8)
    exact_days = (early.values[:, 0] == early.values[:, 1]) & (late.values[:, 0] == late.values[:, 1])
    reason[(reason == Reason.KNOWN) & ~exact_days] = Reason.AMBIGUOUS
    days = late.values[:, 0].astype(np.float64) - early.values[:, 0]
    return Column(Kind.INTEGER, np.where(reason == Reason.KNOWN, days, 0.0), reason)


def _day_of_month(column: Column) -> Column:
    """1 to 31; unknown where a date is a month without its day."""
    reason = column.reason.copy()
    reason[column.known & (column.values[:, 0] != column.values[:, 1])] = Reason.AMBIGUOUS
    days = np.zeros(len(column))
    for place in np.flatnonzero(reason == Reason.KNOWN).tolist():
        days[place] = date.fromordinal(int(column.values[place, 0])).day
    return Column(Kind.INTEGER, days, reason)


def _derive(ledger: Ledger, key: str, columns: dict[str, Column]) -> None:
    """Add the column of a criterion, and those it is computed from, to ``columns``, which are the ledger's own."""
    if key in columns:
        return
    scheme = ledger.scheme
    criterion = scheme.criterion(key)
    if criterion.dates:
        columns[key] = dates_in_order([columns[name] for name in criterion.dates])
        return
    assert criterion.expression is not None
    for name in names_in(criterion.expression):
        _derive(ledger, name, columns)
    inputs = {name: columns[name] for name in names_in(criterion.expression)}
    measures = {name: unit_of(scheme, name) for name in inputs}
    result = formulas.evaluate(criterion.expression, inputs, measures)
    if criterion.kind is Kind.YESNO:
        values: NDArray[Any] = np.where(result.reason == Reason.KNOWN, result.values, -1).astype(np.int8)
        reason = result.reason.copy()
        for unit, came in by_any_day(ledger, criterion.expression, reason):
            if len(came) == 1 and isinstance(told := came.pop(), bool):
                values[unit], reason[unit] = told, Reason.KNOWN
    else:
        values = result.values * share_scale(criterion.kind, criterion.unit)
        reason = result.reason
    for outside in _outside(criterion, criterion.expression, inputs, measures):
        reason = np.where(outside & (reason == Reason.KNOWN), np.int8(Reason.INVALID), reason).astype(np.int8)
    columns[key] = Column(criterion.kind, values, reason)


_MOST_DAYS = 1_000
"""Ways to choose a day for each date of a unit that has none; where there are more, nothing is looked at."""


def by_any_day(
    ledger: Ledger, expression: formulas.Expression, reason: NDArray[np.int8]
) -> Iterator[tuple[int, set[Fraction | bool | None]]]:
    """What a formula comes to, whatever days are meant by the months without one, for units unknown because of them.

    ``reason`` is that of the formula. A day that must not lie ahead (可在将来: 否) is none after the day of the rating.
    """
    names = names_in(expression)
    dates = {part for name in names for part in (formulas.derived_of(name) or (name,))}
    fields = sorted(name for name in dates if name in ledger.columns and ledger.columns[name].kind is Kind.DATE)
    known: dict[tuple[Any, ...], set[Fraction | bool | None]] = {}
    for unit in np.flatnonzero(reason == Reason.AMBIGUOUS).tolist() if fields else ():
        spans = {name: span for name in fields if isinstance(span := ledger.operand(name, unit), tuple)}
        rest = {name: ledger.operand(name, unit) for name in names}
        key = (*spans.items(), *rest.items())
        if key not in known:
            known[key] = set(_came_to(ledger, expression, spans, rest))
        if known[key]:
            yield unit, set(known[key])


def _came_to(
    ledger: Ledger,
    expression: formulas.Expression,
    spans: Mapping[str, tuple[int, int]],
    rest: Mapping[str, formulas.Value],
) -> Iterator[Fraction | bool | None]:
    days: list[range] = []
    for name, (first, last) in spans.items():
        field = ledger.scheme.fields.get(name)
        days.append(range(first, last + 1))
        if ledger.as_of is not None and field is not None and field.to_come is False:
            days[-1] = range(first, min(last, ledger.as_of.toordinal()) + 1)
    if math.prod(map(len, days)) > _MOST_DAYS:
        return
    for chosen in product(*days):
        day = dict(zip(spans, chosen, strict=True))
        values: dict[str, formulas.Value] = {**rest, **{name: (one, one) for name, one in day.items()}}
        for name in rest:
            parts = formulas.derived_of(name) or ()
            if name.startswith(formulas.DAYS) and all(part in day for part in parts):
                values[name] = Fraction(day[parts[1]] - day[parts[0]])
            elif name.startswith(formulas.DAY_OF_MONTH) and parts[0] in day:
                values[name] = Fraction(date.fromordinal(day[parts[0]]).day)
        yield formulas.evaluate_exact(expression, values)


def _outside(
    criterion: Criterion,
    expression: formulas.Expression,
    inputs: Mapping[str, Column],
    measures: Mapping[str, str | None],
) -> Iterator[NDArray[np.bool_]]:
    """By each end of the 范围 of a formula, where its value lies beyond it."""
    bounds = criterion.bounds
    if bounds is None:
        return
    ends: tuple[tuple[formulas.Comparator, Decimal | None], ...] = (
        ("<", bounds.at_least),
        (">", bounds.at_most),
        ("<=", bounds.above),
        (">=", bounds.below),
    )
    for operator, end in ends:
        if end is not None:
            limit = formulas.Number(end / share_scale(criterion.kind, criterion.unit), 0)
            beyond = formulas.Comparison(operator, expression.root, limit, 0)
            found = formulas.evaluate(formulas.Expression("", beyond), inputs, measures)
            yield (found.reason == Reason.KNOWN) & (found.values == 1)


def dates_in_order(dates: Sequence[Column]) -> Column:
    """日期依次: unmet if a present date is certainly before an earlier one's, unknown if one is missing or overlaps."""
    size = len(dates[0])
    reason = np.zeros(size, np.int8)
    broken = np.zeros(size, bool)
    overlapping = np.zeros(size, bool)
    for later in range(1, len(dates)):
        for earlier in range(later):
            one, two = dates[earlier], dates[later]
            both = one.known & two.known
            broken |= both & (two.values[:, 1] < one.values[:, 0])
            overlapping |= both & (two.values[:, 0] < one.values[:, 1])
    for column in reversed(dates):
        reason = np.where(column.known, reason, column.reason).astype(np.int8)
    reason = np.where((reason == Reason.KNOWN) & overlapping, Reason.AMBIGUOUS, reason)
    reason = np.where(broken, Reason.KNOWN, reason).astype(np.int8)
    values = np.where(broken, 0, 1).astype(np.int8)
    values[reason != Reason.KNOWN] = -1
    return Column(Kind.YESNO, values, reason)


def check_relations(ledger: Ledger) -> tuple[Diagnostic, ...]:
    """校核: relations between columns that must hold; a breach names its cells. Unknown inputs decide nothing."""
    problems: list[Diagnostic] = []

    def breaches(check: Check) -> list[tuple[int, str, Text, str]]:
        inputs = {name: ledger.columns[name] for name in names_in(check.expression)}
        return _breaches(check, inputs, {name: ledger.unit_of(name) for name in inputs})

    found = over_columns(breaches, ledger.scheme.checks, len(ledger.units))
    for check, breached in zip(ledger.scheme.checks, found, strict=True):
        keys = names_in(check.expression)
        for unit, left, relation, right in breached:
            places = [place for key in keys for place in ledger.cells(unit, key)]
            where = places[0] if places else Location()
            arguments: dict[str, str | Text] = {
                "check": check.id,
                "name": check.name or check.formula,
                "formula": check.formula,
                "cells": "、".join(place.cell or str(place) for place in places),
                "relation": relation,
                "right": right,
            }
            problems.append(
                Diagnostic(
                    "J501",
                    where,
                    unit=ledger.units.name[unit],
                    field=check.id,
                    found=left,
                    expected=(f"{relation[0]} {right}", f"{relation[1]} {right}"),
                    arguments=arguments,
                    severity=check.severity,
                )
            )
    return tuple(problems)


_RELATIONS: Mapping[str, Text] = {
    "==": ("等于", "equal"),
    "!=": ("不等于", "differ from"),
    "<=": ("至多为", "be at most"),
    ">=": ("至少为", "be at least"),
    "<": ("低于", "be below"),
    ">": ("高于", "be above"),
}


def _breaches(
    check: Check, inputs: Mapping[str, Column], measures: Mapping[str, str | None]
) -> list[tuple[int, str, Text, str]]:
    """Units where a relation certainly does not hold, with both sides in words."""
    result = formulas.evaluate_within(check.expression, inputs, measures, check.tolerance)
    rows = np.flatnonzero((result.reason == Reason.KNOWN) & (result.values == 0)).tolist()
    comparison = check.expression.comparison
    if comparison is None or any(column.kind is Kind.DATE for column in inputs.values()):
        return [(row, "否", _RELATIONS["=="], "是") for row in rows]
    left, operator, right = comparison
    one, two = (formulas.evaluate(side, inputs, measures).values[rows].tolist() for side in (left, right))
    relation = _RELATIONS[operator]
    return [(row, cell_text(a), relation, cell_text(b)) for row, a, b in zip(rows, one, two, strict=True)]


def join(ledgers: Sequence[Ledger]) -> Ledger:
    """Ledgers of one scheme one under the other."""
    first = ledgers[0]
    if len(ledgers) == 1:
        return first
    keys = dict.fromkeys(key for ledger in ledgers for key in ledger.columns)
    columns = {}
    for key in keys:
        parts = []
        for ledger in ledgers:
            column = ledger.columns.get(key)
            if column is None:
                item = first.scheme.ledger_columns[key]
                column = Column.missing(item.kind, len(ledger.units), Reason.ABSENT_COLUMN, item.options)
            parts.append(column)
        columns[key] = concatenate(parts)
    units = Units(
        [value for ledger in ledgers for value in ledger.units.code],
        [value for ledger in ledgers for value in ledger.units.name],
        [value for ledger in ledgers for value in ledger.units.township],
        [value for ledger in ledgers for value in ledger.units.county],
        [value for ledger in ledgers for value in ledger.units.kind],
        [value for ledger in ledgers for value in ledger.units.tags],
        np.concatenate([ledger.units.reported for ledger in ledgers]),
        np.concatenate([ledger.units.target for ledger in ledgers]),
    )
    origin = JoinedOrigin([(len(ledger.units), ledger.origin) for ledger in ledgers])
    aside = sum(ledger.aside for ledger in ledgers)
    return Ledger(first.scheme, units, columns, origin, aside=aside, as_of=first.as_of)
