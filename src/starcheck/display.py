"""Where what a cell shows and what it stores fall on different sides of a requirement (DESIGN §5.10).

The stored value decides; a note says so, because the village sees the other one.
"""

from __future__ import annotations

import re
from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import numpy as np

from starcheck.column import Verdict, decimal15
from starcheck.diagnostic import Diagnostic
from starcheck.fields import cell_text, read_cell
from starcheck.ledger import TableOrigin, cell_location
from starcheck.scheme import Criterion, Requirement
from starcheck.scoring import Assessment, ends_of, holds
from starcheck.workbook import PercentNumber

_FIXED = re.compile(r"[#0,]*0(?:\.(0+))?(%?)(?:_.)?")
_WIDEST = 0.5
"""Rounding to whole numbers moves a value by half; in the field's own unit no display moves it further."""


def shown_otherwise(assessment: Assessment) -> tuple[Diagnostic, ...]:
    """A note for every cell whose rounded display would have been judged the other way."""
    origin = assessment.ledger.origin
    if not isinstance(origin, TableOrigin):
        return ()
    notes: list[Diagnostic] = []
    for place, criterion in enumerate(assessment.scheme.criteria):
        requirement = criterion.in_force(assessment.as_of)
        if requirement is not None and criterion.reads_column and criterion.kind.numeric:
            notes += _of_criterion(assessment, origin, place, criterion, requirement)
    return tuple(notes)


def _of_criterion(
    assessment: Assessment, origin: TableOrigin, place: int, criterion: Criterion, requirement: Requirement
) -> list[Diagnostic]:
    """The notes about one criterion's column."""
    values = assessment.values(criterion.id).values
    ends = ends_of(requirement)
    close = np.zeros(len(values), bool)
    for end in ends:
        limit = float(end)
        close |= (np.abs(values - limit) <= _WIDEST) & (values != limit)
    by_table: dict[int, list[int]] = defaultdict(list)
    for unit in np.flatnonzero(close).tolist():
        if (unit, criterion.id) not in origin.several and origin.table_of[unit] >= 0:
            by_table[int(origin.table_of[unit])].append(unit)
    notes: list[Diagnostic] = []
    item = assessment.scheme.ledger_columns[criterion.id]
    for number, units in by_table.items():
        table = origin.tables[number]
        column = origin.column_of[number].get(criterion.id)
        if column is None or table.sheet.bulk is not None:
            continue
        formats = table.sheet.number_formats([(int(origin.row_of[unit]), column) for unit in units])
        for unit in units:
            row = int(origin.row_of[unit])
            cell = table.sheet.rows[row - table.sheet.top][column - table.sheet.left]
            rounded = _rounded(cell, formats.get((row, column)))
            if rounded is None:
                continue
            shown, text = rounded
            stored, other = read_cell(item, cell, None).value, read_cell(item, shown, None).value
            value = values[unit]
            if not isinstance(stored, Decimal) or not isinstance(other, Decimal) or not stored:
                continue
            displayed = Fraction(decimal15(float(value))) * Fraction(other) / Fraction(stored)
            met = bool(holds(requirement.operator, displayed, [Fraction(end) for end in ends]))
            if met == (assessment.verdicts[unit, place] == Verdict.MET):
                continue
            notes.append(
                Diagnostic(
                    "V320",
                    cell_location(table, row, column),
                    unit=assessment.units.name[unit],
                    field=criterion.id,
                    found=cell_text(cell),
                    arguments={
                        "shown": text,
                        "requirement": (
                            requirement.words(criterion.unit, "zh"),
                            requirement.words(criterion.unit, "en"),
                        ),
                    },
                )
            )
    return notes


def _rounded(cell: object, number_format: str | None) -> tuple[float, str] | None:
    """A number as its format shows it, and that text; None where the format does not round it."""
    if isinstance(cell, bool) or not isinstance(cell, int | float) or number_format is None:
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
