"""Where what a cell shows and what it stores fall on different sides of a requirement (DESIGN §5.10).

The stored value decides; a note says so, because the village sees the other one.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import numpy as np

from starcheck.column import Verdict, decimal15, exact
from starcheck.diagnostic import Diagnostic
from starcheck.fields import cell_text, read_cell
from starcheck.ledger import TableOrigin, cell_location
from starcheck.scoring import Assessment, ends_of, holds
from starcheck.table import Table
from starcheck.workbook import PercentNumber

_FIXED = re.compile(r"[#0,]*0(?:\.(0+))?(%?)(?:_.)?")
_WIDEST = 0.5
"""Rounding to whole numbers moves a value by half; in the field's own unit no display moves it further."""


@dataclass(frozen=True, slots=True)
class _Suspect:
    """A cell close to a requirement whose number is not a whole one: rounding may carry it to the other side."""

    unit: int
    place: int
    table: int
    row: int
    column: int
    cell: float


def shown_otherwise(assessment: Assessment) -> tuple[Diagnostic, ...]:
    """A note for every cell whose rounded display would have been judged the other way."""
    origin = assessment.ledger.as_sent.origin
    if not isinstance(origin, TableOrigin):
        return ()
    by_table: dict[int, list[_Suspect]] = defaultdict(list)
    for suspect in _suspects(assessment, origin):
        by_table[suspect.table].append(suspect)
    notes: list[Diagnostic] = []
    for number, suspects in by_table.items():
        table = origin.tables[number]
        formats = table.sheet.number_formats([(suspect.row, suspect.column) for suspect in suspects])
        for suspect in suspects:
            notes += _note(assessment, table, suspect, formats.get((suspect.row, suspect.column)))
    return tuple(notes)


def _suspects(assessment: Assessment, origin: TableOrigin) -> Iterator[_Suspect]:
    """Criterion by criterion, in the order of the scheme."""
    with_formats = [number for number, table in enumerate(origin.tables) if table.sheet.bulk is None]
    here = np.isin(origin.table_of, with_formats)
    if not here.any():
        return
    for place, criterion in enumerate(assessment.scheme.criteria):
        requirement = criterion.in_force(assessment.as_of)
        if requirement is None or not criterion.reads_column or not criterion.kind.numeric:
            continue
        values = assessment.values(criterion.id).values
        close = np.zeros(len(values), bool)
        for end in map(float, ends_of(requirement)):
            close |= (np.abs(values - end) <= _WIDEST) & (values != end)
        for unit in np.flatnonzero(close & here).tolist():
            number, row = int(origin.table_of[unit]), int(origin.row_of[unit])
            column = origin.column_of[number].get(criterion.id)
            if column is None or (unit, criterion.id) in origin.several:
                continue
            sheet = origin.tables[number].sheet
            cell = sheet.rows[row - sheet.top][column - sheet.left]
            if isinstance(cell, float) and not cell.is_integer():
                yield _Suspect(unit, place, number, row, column, cell)


def _note(assessment: Assessment, table: Table, suspect: _Suspect, number_format: str | None) -> Iterator[Diagnostic]:
    """V320, where the cell as shown would have been judged the other way."""
    criterion = assessment.scheme.criteria[suspect.place]
    requirement = criterion.in_force(assessment.as_of)
    rounded = _rounded(suspect.cell, number_format)
    if rounded is None or requirement is None:
        return
    shown, text = rounded
    item = assessment.scheme.ledger_columns[criterion.id]
    stored, other = read_cell(item, suspect.cell, None).value, read_cell(item, shown, None).value
    if not isinstance(stored, Decimal) or not isinstance(other, Decimal) or not stored:
        return
    value = float(assessment.values(criterion.id).values[suspect.unit])
    displayed = exact(value) * Fraction(other) / Fraction(stored)
    met = bool(holds(requirement.operator, displayed, [Fraction(end) for end in ends_of(requirement)]))
    if met == (assessment.verdicts[suspect.unit, suspect.place] == Verdict.MET):
        return
    yield Diagnostic(
        "V320",
        cell_location(table, suspect.row, suspect.column),
        unit=assessment.units.name[suspect.unit],
        field=criterion.id,
        found=cell_text(suspect.cell),
        arguments={
            "shown": text,
            "requirement": (requirement.words(criterion.unit, "zh"), requirement.words(criterion.unit, "en")),
        },
    )


def _rounded(cell: float, number_format: str | None) -> tuple[float, str] | None:
    """A number as its format shows it, and that text; None where the format does not round it."""
    if number_format is None:
        return None
    match = _FIXED.fullmatch(number_format.split(";", maxsplit=1)[0])
    if match is None:
        return None
    step = Decimal(1).scaleb(-len(match[1] or ""))
    scale = 100 if match[2] else 1
    shown = (decimal15(cell) * scale).quantize(step, ROUND_HALF_UP)
    if shown == decimal15(cell) * scale:
        return None
    value = float(shown / scale)
    return (PercentNumber(value) if match[2] else value), f"{shown}{match[2]}"
