"""The ledger's schema: a Pydantic model made from the scheme, and whole columns of cells read through it.

Every 字段, 指标 and veto column is a field of the model, with its type, unit, options, range and the reading rules of
DESIGN §6.2. A row of a ledger can be read through the model itself; columns are read whole: each distinct cell once,
then one call of the field's type over the column.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError, create_model
from pydantic_core import PydanticCustomError

from starcheck.cells import (
    ERROR_TEXTS,
    FIRST_PHONE,
    MOST_DIGITS,
    PRIVATE,
    LostDigits,
    PhoneLike,
    PrivateText,
    ShownNumber,
    Words,
    guarded,
)
from starcheck.column import Column, Kind, Reason, decimal15, empty_values
from starcheck.diagnostic import Text
from starcheck.private import Private, is_old_id_card, kind_words
from starcheck.units import (
    BLANK,
    PER_MILLE,
    PERCENT,
    SERIALS,
    Reading,
    conversion,
    read_date,
    read_number,
    read_option,
    read_stored_date,
    read_stored_number,
    read_text,
    read_yesno,
)
from starcheck.workbook import UNCALCULATED, Cell, CellError, PercentNumber, Uncalculated

if TYPE_CHECKING:
    from starcheck.scheme import Bounds, Criterion, LedgerField, Scheme

_FRACTIONS_NEEDED = 3

_WHOLES = {PERCENT: 100, PER_MILLE: 1000}
"""What all of something is in units of 比例."""


@dataclass(frozen=True, slots=True)
class CellProblem:
    """Something to say about one cell of a column: ``row`` counts the column's cells from 0."""

    row: int
    code: str
    found: str
    arguments: Mapping[str, str | Text] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReadColumn:
    """A column as read, what is wrong with its cells, and what holds for it as a whole (code and arguments)."""

    column: Column
    problems: tuple[CellProblem, ...]
    remarks: tuple[tuple[str, Mapping[str, str | Text]], ...] = ()


def value_type(item: LedgerField) -> Any:
    """The Pydantic type of a field's values: float or int in its unit and range, bool, option, pair of days, str."""
    match item.kind:
        case Kind.NUMBER | Kind.RATIO:
            return Annotated[float, Field(allow_inf_nan=False, **_range(item.bounds))]
        case Kind.INTEGER:
            limits: dict[str, Any] = {name: _whole_limit(name, limit) for name, limit in _range(item.bounds).items()}
            if not {"ge", "gt"} & limits.keys():
                limits["ge"] = 0
            return Annotated[int, Field(**limits)]
        case Kind.YESNO:
            return bool
        case Kind.OPTION:
            return Literal[item.options]
        case Kind.DATE:
            return tuple[dt.date, dt.date]
        case Kind.TEXT:
            return str


def _range(bounds: Bounds | None) -> dict[str, Any]:
    if bounds is None:
        return {}
    limits = {"ge": bounds.at_least, "le": bounds.at_most, "gt": bounds.above, "lt": bounds.below}
    return {name: float(limit) for name, limit in limits.items() if limit is not None}


def _whole_limit(name: str, limit: float) -> int:
    """The whole number that limits whole numbers as ``limit`` does; Pydantic takes no other."""
    return math.ceil(limit) if name in {"ge", "lt"} else math.floor(limit)


def within(bounds: Bounds | None, value: Decimal) -> bool:
    """Whether ``value`` lies in a 范围; no range holds everything."""
    if bounds is None:
        return True
    return (
        (bounds.at_least is None or value >= bounds.at_least)
        and (bounds.at_most is None or value <= bounds.at_most)
        and (bounds.above is None or value > bounds.above)
        and (bounds.below is None or value < bounds.below)
    )


def expectation(item: LedgerField | Criterion) -> Text:
    """What a cell of the field should hold, for a message."""
    limits = _range_words(item)
    zh_unit = f"，单位{item.unit}" if item.unit else ""
    en_unit = f" in {item.unit}" if item.unit else ""
    match item.kind:
        case Kind.NUMBER | Kind.RATIO:
            return f"数值{zh_unit}{limits[0]}", f"a number{en_unit}{limits[1]}"
        case Kind.INTEGER:
            return f"整数{zh_unit}{limits[0]}", f"a whole number{en_unit}{limits[1]}"
        case Kind.YESNO:
            return "是 或 否", "是 (yes) or 否 (no)"
        case Kind.OPTION:
            return f"{'、'.join(item.options)} 之一", f"one of {', '.join(item.options)}"
        case Kind.DATE:
            return "日期，如 2023-05-15", "a date such as 2023-05-15"
        case Kind.TEXT:
            return "文本", "text"


def takes_zero(item: LedgerField) -> bool:
    """Whether a 0 says that there is none: in a count or an amount whose 范围 has it, not in a share or a date."""
    if item.kind not in {Kind.NUMBER, Kind.INTEGER}:
        return False
    bounds = item.bounds
    if bounds is None:
        return True
    below = (bounds.at_least is not None and bounds.at_least > 0) or (bounds.above is not None and bounds.above >= 0)
    above = (bounds.at_most is not None and bounds.at_most < 0) or (bounds.below is not None and bounds.below <= 0)
    return not below and not above


def absence(item: LedgerField) -> Text:
    """What to write where there is none, as the end of an advice; empty where nothing stands for that."""
    if takes_zero(item):
        return "；确实没有的填 0", "; write 0 if there is none"
    match item.kind:
        case Kind.YESNO:
            return "；确实不是的填 否", "; write 否 if it is not so"
        case Kind.DATE:
            return "；还没有日期的空着，不要填 0", "; leave it blank while there is no date, do not write 0"
        case Kind.OPTION:
            return "；只能填“应为”里的词", "; only the words above will do"
        case _:
            return "", ""


def _range_words(item: LedgerField | Criterion) -> Text:
    bounds = item.bounds
    if bounds is None:
        return ("，不小于0", ", not below 0") if item.kind is Kind.INTEGER else ("", "")
    words = [
        (zh, en, limit)
        for zh, en, limit in (
            ("至少", "at least", bounds.at_least),
            ("高于", "above", bounds.above),
            ("至多", "at most", bounds.at_most),
            ("低于", "below", bounds.below),
        )
        if limit is not None
    ]
    return "".join(f"，{zh}{limit}" for zh, _, limit in words), "".join(f", {en} {limit}" for _, en, limit in words)


def read_cell(item: LedgerField, cell: Cell, header_unit: str | None) -> Reading:
    """What one cell says for a field; DESIGN §6.2."""
    if cell is None:
        return BLANK
    if isinstance(cell, PRIVATE) and (refused := _not_kept(item, cell, header_unit)) is not None:
        return refused
    if isinstance(cell, CellError):
        return Reading(None, Reason.UNREADABLE, "V310")
    if isinstance(cell, Uncalculated):
        return Reading(None, Reason.UNREADABLE, "V311")
    match item.kind:
        case Kind.NUMBER | Kind.INTEGER | Kind.RATIO:
            return _number_cell(item, cell, header_unit)
        case Kind.DATE:
            return _date_cell(cell)
        case Kind.YESNO:
            return Reading(cell) if isinstance(cell, bool) else read_yesno(cell_text(cell))
        case Kind.OPTION:
            return read_option(cell_text(cell), item.options)
        case Kind.TEXT:
            if _holds_id_cards(item) and is_old_id_card(cell_text(cell)):
                return private_reading((Private.ID_CARD,))
            return read_text(cell_text(cell))


def _not_kept(item: LedgerField, cell: PrivateText | PhoneLike | LostDigits, header_unit: str | None) -> Reading | None:
    """Why a cell has no value though something stands in it; None for eleven digits that are an amount."""
    if isinstance(cell, LostDigits):
        return private_reading(cell.kinds) if cell.kinds else LOST_DIGITS
    if isinstance(cell, PhoneLike) and reaches_milliards(item, header_unit):
        return None
    return private_reading(cell.kinds)


def private_reading(kinds: Sequence[Private]) -> Reading:
    """What a cell with private numbers says: nothing."""
    return Reading(None, Reason.INVALID, "V321", {"kind": kind_words(kinds)})


LOST_DIGITS = Reading(None, Reason.UNREADABLE, "V322")


def reaches_milliards(item: LedgerField, header_unit: str | None) -> bool:
    """Whether a field may hold thirteen milliards and more: amounts in 元, areas in square metres, numbers of no unit.

    Persons, households, 万元 and percent do not go so far; eleven digits there are a telephone number.
    """
    unit = header_unit or item.unit
    return item.kind is Kind.NUMBER and (unit is None or unit in _SMALL_UNITS)


_SMALL_UNITS = frozenset({"元", "块", "平方米", "㎡", "m2", "m²", "公斤"})


def _holds_id_cards(item: LedgerField) -> bool:
    return any("身份证" in name for name in (item.label, *item.headers))


def _number_cell(item: LedgerField, cell: Cell, header_unit: str | None) -> Reading:
    if isinstance(cell, str):
        reading = read_number(cell, item.unit, header_unit)
        too_long = isinstance(reading.value, Decimal) and abs(reading.value) >= MOST_DIGITS
        return LOST_DIGITS if too_long else reading
    if isinstance(cell, ShownNumber):
        return read_number(cell.shown, item.unit, header_unit)
    if isinstance(cell, bool) or not isinstance(cell, int | float):
        return read_number(cell_text(cell), item.unit, header_unit)
    return read_stored_number(decimal15(cell), item.unit, header_unit, percent=isinstance(cell, PercentNumber))


def _date_cell(cell: Cell) -> Reading:
    if isinstance(cell, dt.date):
        day = cell.date() if isinstance(cell, dt.datetime) else cell
        return Reading(None, Reason.UNREADABLE, "V307") if day in _YEARS_TYPED else Reading((day, day))
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return read_stored_date(decimal15(cell))
    return read_date(cell_text(cell))


_YEARS_TYPED = frozenset(
    dt.date.fromordinal(start.toordinal() + number)
    for start in (dt.date(1899, 12, 30), dt.date(1904, 1, 1))
    for number in range(1900, 2101)
)
"""What a spreadsheet shows for a year, or for 2023.5, typed into a cell of dates: a day of 1905, or of 1909."""
_DAYS_TO_1904 = 1462


def counted_from_1904(cells: Sequence[Cell]) -> list[Cell]:
    """The cells of a column of dates of a workbook that counts days from 1904: bare day numbers as their days."""
    return [
        dt.date(1904, 1, 1) + dt.timedelta(days=int(cell))
        if type(cell) is float and cell.is_integer() and int(cell) + _DAYS_TO_1904 in SERIALS
        else cell
        for cell in cells
    ]


def cell_text(cell: object) -> str:
    """A cell as the user sees it, near enough: 12 rather than 12.0, 2023-05-15 rather than a midnight."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, (*PRIVATE, ShownNumber)):
        return str(cell)
    if isinstance(cell, PercentNumber):
        return f"{decimal15(cell * 100):f}%"
    if isinstance(cell, float):
        return format(decimal15(cell), "f") if abs(cell) < 1e21 else f"{cell:g}"  # noqa: PLR2004
    if isinstance(cell, dt.datetime) and cell.time() == dt.time():
        return cell.date().isoformat()
    if isinstance(cell, Uncalculated):
        return "=…"
    return str(cell)


class LedgerSchema:
    """The schema of one scheme's ledgers."""

    def __init__(self, scheme: Scheme) -> None:
        """Read the columns a ledger of ``scheme`` may have; nothing is compiled until it is asked for."""
        self.fields: Mapping[str, LedgerField] = scheme.ledger_columns
        self.title = scheme.title
        self._types: dict[str, TypeAdapter[list[Any]]] = {}

    @cached_property
    def model(self) -> type[BaseModel]:
        """One row of a ledger as a Pydantic model: attributes by field name, 编号 as the alias, blanks None.

        Cells may be given as people write them (``"5.2万元"``, ``"√"``); what cannot be read raises a
        ``ValidationError`` whose type is the code of the catalogue.
        """
        members: dict[str, Any] = {}
        for key, item in self.fields.items():
            read = BeforeValidator(_row_reader(item))
            extra: dict[str, Any] = {"列名": list(item.headers)}
            if item.unit:
                extra["单位"] = item.unit
            members[attribute_name(key)] = (
                Annotated[value_type(item) | None, read],
                Field(default=None, alias=key, title=item.label, json_schema_extra=extra),
            )
        config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, title=self.title)
        return create_model("LedgerRow", __config__=config, **members)

    def json_schema(self) -> dict[str, Any]:
        """The JSON Schema of one row of the ledger, by 字段 names and 编号."""
        return self.model.model_json_schema(by_alias=True)

    def read(
        self, key: str, cells: Sequence[Cell], header_unit: str | None, unit_rows: NDArray[np.bool_]
    ) -> ReadColumn:
        """A column of cells as typed values. ``unit_rows`` are the rows about units: they alone decide shares."""
        item = self.fields[key]
        kinds = set(map(type, cells))
        if item.kind.numeric and kinds <= {int, float, type(None)}:
            values = np.array(cells, dtype=np.float64)
            return self._typed(item, values, header_unit, unit_rows, found=lambda row: cell_text(cells[row]))
        if len(kinds - {type(None)}) <= 1:  # cells of one type are told apart by themselves; 1, True and 1.0 are not
            texts = {cell: place for place, cell in enumerate(dict.fromkeys(cells))}
            codes = np.fromiter(map(texts.__getitem__, cells), np.intp, len(cells))
            return self._distinct(item, codes, list(texts), header_unit, unit_rows)
        places: dict[tuple[type, Cell], int] = {}
        codes = np.array([places.setdefault((type(cell), cell), len(places)) for cell in cells], np.intp)
        return self._distinct(item, codes, [cell for _, cell in places], header_unit, unit_rows)

    def read_bulk(
        self,
        key: str,
        cells: NDArray[np.float64] | Words,
        header_unit: str | None,
        unit_rows: NDArray[np.bool_],
    ) -> ReadColumn:
        """The same for a column of a large CSV: numbers where the reader typed them, else texts."""
        item = self.fields[key]
        if isinstance(cells, Words):
            texts: list[Cell] = [
                CellError(text) if isinstance(text, str) and text in ERROR_TEXTS else text for text in cells.texts
            ]
            # blank is code -1, which is the last one's place
            return self._distinct(item, cells.codes.astype(np.intp), [*texts, None], header_unit, unit_rows)
        return self._typed(item, cells, header_unit, unit_rows, found=lambda row: cell_text(float(cells[row])))

    def _typed(
        self,
        item: LedgerField,
        values: NDArray[np.float64],
        header_unit: str | None,
        unit_rows: NDArray[np.bool_],
        found: Callable[[int], str],
    ) -> ReadColumn:
        """A column that is all numbers and blanks."""
        if header_unit in {None, item.unit} and self._holds_all(item, values):
            return ReadColumn(Column(item.kind, values, np.zeros(len(values), np.int8)), ())
        known = ~np.isnan(values)
        reason = np.where(known, Reason.KNOWN, Reason.BLANK).astype(np.int8)
        factor = conversion(header_unit, item.unit)
        if factor is None:
            reason[known] = Reason.UNREADABLE
            rows = np.flatnonzero(known)
            arguments: dict[str, str | Text] = {
                "written": header_unit or "",
                "unit_of_field": item.unit or ("无单位", "no unit"),
            }
            problems = tuple(CellProblem(int(row), "V309", found(int(row)), arguments) for row in rows)
            return ReadColumn(Column(item.kind, empty_values(item.kind, len(values)), reason), problems)
        refused: list[CellProblem] = []
        most = MOST_DIGITS if reaches_milliards(item, header_unit) else FIRST_PHONE
        for row in np.flatnonzero(np.abs(values) >= most).tolist():  # of a large CSV; other cells are marked already
            cell = guarded(float(values[row]))
            reading = read_cell(item, cell, header_unit)
            if reading.code is not None and reading.value is None:
                reason[row] = reading.reason
                refused.append(CellProblem(row, reading.code, cell_text(cell), reading.arguments or {}))
        plain = known if factor == 1 else np.zeros_like(known)
        scaled = values if factor == 1 else values * float(factor) if factor > 1 else values / float(1 / factor)
        return self._finish(item, scaled, reason, plain & (reason == Reason.KNOWN), unit_rows, refused, found)

    def _distinct(
        self,
        item: LedgerField,
        codes: NDArray[np.intp],
        cells: Sequence[Cell],
        header_unit: str | None,
        unit_rows: NDArray[np.bool_],
    ) -> ReadColumn:
        """A column with anything in it: each distinct cell is read once."""
        readings = [read_cell(item, cell, header_unit) for cell in cells]
        reason = np.array([reading.reason for reading in readings], np.int8)[codes]
        problems: list[CellProblem] = []
        for place, reading in enumerate(readings):
            if reading.code is not None:
                text = cell_text(cells[place])
                problems.extend(
                    CellProblem(int(row), reading.code, text, reading.arguments or {})
                    for row in np.flatnonzero(codes == place)
                )
        distinct = empty_values(item.kind, len(cells))
        for place, reading in enumerate(readings):
            if reading.value is not None:
                distinct[place] = stored(item, reading.value)
        values = distinct[codes]
        if not item.kind.numeric:
            column = Column(item.kind, values, reason, item.options)
            self._check_words(item, readings)
            return ReadColumn(column, tuple(problems))
        plain = np.array([r.reason is Reason.KNOWN and not r.own_unit and r.code is None for r in readings], bool)[
            codes
        ]
        if item.unit == PERCENT and ShownNumber in set(map(type, cells)):
            written = np.array([isinstance(cell, ShownNumber) for cell in cells], bool)[codes]
            doubtful = _typed_as_shares(values, written & (reason == Reason.KNOWN), unit_rows)
            reason[doubtful] = Reason.AMBIGUOUS
            problems += [
                CellProblem(int(row), "V335", cell_text(cells[codes[row]])) for row in np.flatnonzero(doubtful)
            ]
        return self._finish(item, values, reason, plain, unit_rows, problems, lambda row: cell_text(cells[codes[row]]))

    def _finish(
        self,
        item: LedgerField,
        values: NDArray[np.float64],
        reason: NDArray[np.int8],
        plain: NDArray[np.bool_],
        unit_rows: NDArray[np.bool_],
        problems: list[CellProblem],
        found: Callable[[int], str],
    ) -> ReadColumn:
        """Shares decided by their column, then type and range by one call over the column."""
        remarks: list[tuple[str, Mapping[str, str | Text]]] = []
        if item.kind is Kind.RATIO and item.unit == PERCENT:
            values, ambiguous, scaled = _shares(values, plain & unit_rows)
            reason = reason.copy()
            reason[ambiguous] = Reason.AMBIGUOUS
            problems += [CellProblem(int(row), "V308", found(int(row))) for row in np.flatnonzero(ambiguous)]
            if scaled:
                remarks.append(("V315", {"count": str(scaled)}))
        for row, code in self._refused(item, values, reason):
            reason[row] = Reason.INVALID
            problems.append(CellProblem(row, code, found(row)))
        whole = _WHOLES.get(item.unit or "") if item.kind is Kind.RATIO else None
        if whole is not None and (item.bounds is None or (item.bounds.at_most is None and item.bounds.below is None)):
            over = np.flatnonzero((reason == Reason.KNOWN) & (values > whole))
            problems += [CellProblem(int(row), "V317", found(int(row))) for row in over]
        values = np.where(reason == Reason.KNOWN, values, np.nan)
        return ReadColumn(Column(item.kind, values, reason), tuple(problems), tuple(remarks))

    def _holds_all(self, item: LedgerField, values: NDArray[np.float64]) -> bool:
        """Whether a column is full and its extremes leave nothing to decide: ranges are intervals."""
        if not len(values):
            return False
        low, high = float(values.min()), float(values.max())
        if not low - high <= 0:  # nan: a blank
            return False
        if high >= FIRST_PHONE or low <= -MOST_DIGITS:  # private, or without its last digits
            return False
        if item.kind is Kind.RATIO and (low <= 1 or high > _WHOLES.get(item.unit or "", np.inf)):
            return False  # shares perhaps, or more than all
        if item.kind is Kind.INTEGER and not bool(np.equal(values, np.floor(values)).all()):
            return False
        return not self._errors(item, [low, high])

    def _refused(
        self, item: LedgerField, values: NDArray[np.float64], reason: NDArray[np.int8]
    ) -> list[tuple[int, str]]:
        """The rows whose known value the field's type refuses, with the code that says why."""
        rows = np.flatnonzero(reason == Reason.KNOWN)
        if not len(rows):
            return []
        known = values[rows]
        if item.kind is not Kind.INTEGER or bool(np.all(known == np.floor(known))):
            extremes = [float(known.min()), float(known.max())]
            if not self._errors(item, extremes):
                return []
        refused: list[tuple[int, str]] = []
        for place, kind in self._errors(item, known.tolist()):
            value = decimal15(float(known[place]))
            whole = value == value.to_integral_value()
            if item.kind is Kind.INTEGER and not whole:
                refused.append((int(rows[place]), "V304"))
            elif kind == "finite_number" or not within(item.bounds, value) or (item.kind is Kind.INTEGER and value < 0):
                refused.append((int(rows[place]), "V303"))
        return refused

    def _errors(self, item: LedgerField, values: list[Any]) -> list[tuple[int, str]]:
        """One call of the field's type over a column: where it refuses, and the kind of refusal."""
        adapter = self._types.get(item.key)
        if adapter is None:
            adapter = self._types[item.key] = _whole_column(item)
        try:
            adapter.validate_python(values)
        except ValidationError as refusal:
            found = refusal.errors(include_url=False, include_context=False, include_input=False)
            return [(int(error["loc"][0]), error["type"]) for error in found]
        return []

    def _check_words(self, item: LedgerField, readings: Sequence[Reading]) -> None:
        """What the readers of words return is what the field's type holds; anything else is a bug."""
        refused = self._errors(item, [reading.value for reading in readings if reading.value is not None])
        if refused:
            raise AssertionError(f"{item.key}: a reading that its type refuses: {refused[0]}")


def _row_reader(item: LedgerField) -> Callable[[Any], Any]:
    def read(cell: Any) -> Any:
        reading = read_cell(item, guarded(cell), None)
        if reading.reason not in {Reason.KNOWN, Reason.BLANK}:
            raise PydanticCustomError(reading.code or "V301", "{found}", {"found": cell_text(cell)})
        return float(reading.value) if isinstance(reading.value, Decimal) else reading.value

    return read


@lru_cache(maxsize=1024)
def _whole_column(item: LedgerField) -> TypeAdapter[list[Any]]:
    """The type of a column of a field, compiled once for all ledgers that have it."""
    whole: Any = list[value_type(item)]  # type: ignore[misc]  # a type made from data
    return TypeAdapter(whole)


def attribute_name(key: str) -> str:
    """A field's key as a Python name: 编号 with hyphens turned to underscores."""
    name = "".join(letter if letter.isalnum() else "_" for letter in key)
    return name if name.isidentifier() else f"f_{name}"


def stored(item: LedgerField, value: Any) -> Any:
    """A read value as its column stores it."""
    match item.kind:
        case Kind.DATE:
            return value[0].toordinal(), value[1].toordinal()
        case Kind.OPTION:
            return item.options.index(value)
        case Kind.TEXT:
            return value
        case Kind.YESNO:
            return int(value)
        case _:
            return float(value)


def _typed_as_shares(
    values: NDArray[np.float64], written: NDArray[np.bool_], unit_rows: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Cells with a sign of percent that only their format writes, below 1 in a column of larger ones.

    Who types 85% there stores 0.85, and sees 0.85%.
    """
    if not bool((values[unit_rows] > 1).any()):
        return np.zeros_like(written)
    return written & (values > 0) & (values < 1)


def _shares(
    values: NDArray[np.float64], plain: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.bool_], int]:
    """Plain numbers in a column of %: fractions as percent, or which cells are ambiguous, and how many were scaled.

    At least three non-zero, all in (0, 1] and one below 1: fractions. Any above 1: those in (0, 1) are ambiguous.
    Otherwise every value in (0, 1] is.
    """
    deciding = plain & (values != 0) & ~np.isnan(values)
    within_one = deciding & (values > 0) & (values <= 1)
    nothing = np.zeros_like(plain)
    if not within_one.any():
        return values, nothing, 0
    shown = values[deciding]
    if len(shown) >= _FRACTIONS_NEEDED and within_one.sum() == len(shown) and bool((shown < 1).any()):
        return np.where(deciding, values * 100, values), nothing, int(deciding.sum())
    if bool((shown > 1).any()):
        return values, within_one & (values < 1), 0
    return values, within_one, 0


__all__ = [
    "UNCALCULATED",
    "CellProblem",
    "LedgerSchema",
    "ReadColumn",
    "cell_text",
    "expectation",
    "read_cell",
    "value_type",
]
