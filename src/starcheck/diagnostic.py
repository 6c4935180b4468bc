"""One type for every problem in data: a bad cell, a missing sheet, an unknown village, a typo in the criteria.

A diagnostic is about a *file*. A village that misses a star is a correct result and never a diagnostic.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as attribute
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Literal, TypeAlias

from starcheck.private import masked

Lang = Literal["zh", "en"]
Text = tuple[str, str]
"""The same sentence in Chinese and in English."""


class Severity(StrEnum):
    """How much a diagnostic matters: error, the value cannot be used; warning, look at it; note, it was assumed."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"

    @property
    def rank(self) -> int:
        """2 for error, 1 for warning, 0 for note."""
        return {"error": 2, "warning": 1, "note": 0}[self.value]


@dataclass(frozen=True, slots=True)
class Code:
    """An entry of the catalogue. Texts may hold ``{slots}`` that the diagnostic's arguments fill.

    Those ``to_sender`` stand in the workbook that is given back, where whoever filled it in cannot do what ``mend``
    asks of the office: there are none where it is the same for both.
    """

    code: str
    severity: Severity
    title: Text
    message: Text
    why: Text
    mend: Text
    bad: Text
    good: Text
    message_to_sender: Text | None = None
    mend_to_sender: Text | None = None


@dataclass(frozen=True, slots=True)
class Location:
    """Where: a file, and in it a sheet and cell (``F7``), or a line and column counted from 1."""

    file: str | None = None
    sheet: str | None = None
    cell: str | None = None
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        """``file!sheet!F7``, ``file:12:5``, or what there is of it."""
        if self.line is not None and self.cell is None:
            place = ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)
            return place or str(self.line)
        return "!".join(part for part in (self.file, self.sheet, self.cell) if part)


NOWHERE = Location()

Cells: TypeAlias = str | Sequence[str]
"""Cells in words: ``F7,G7`` of a sheet that is told besides, empty for none, or the whole addresses."""


def cells_within(place: str | None, cells: Sequence[str]) -> Cells:
    """``F7,G7`` where all the whole addresses ``cells`` lie in the sheet ``place``; else as they are."""
    short = []
    for cell in cells:
        sheet, _, address = cell.rpartition("!")
        if sheet != place or not address.isalnum():
            return cells
        short.append(address)
    return ",".join(short)


def whole_cells(place: str | None, cells: Cells) -> tuple[str, ...]:
    """The whole addresses of cells, of which those in the sheet ``place`` may have been shortened."""
    if not isinstance(cells, str):
        return tuple(cells)
    return tuple(f"{place}!{address}" if place else address for address in cells.split(",")) if cells else ()


HINTS = frozenset({"J510", "J511", "J512", "J513", "J514", "J515"})
"""The codes of hints (signs of copying and smoothing): notes that are listed apart, and left out by ``--no-hints``."""
_SUMS = frozenset({"J502"})
"""Codes whose numbers are sums of a column: an amount of eleven digits is nobody's telephone there."""
_NOTHING: Mapping[str, str | Text] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """A problem in data, as a value.

    ``code`` is stable for ever. ``found`` is what stands there, ``expected`` what should, both in the user's
    words. ``arguments`` fill the slots of the catalogue's texts; ``found`` and ``expected`` are slots too.
    """

    code: str
    where: Location = NOWHERE
    unit: str | None = None
    field: str | None = None
    found: str | None = None
    expected: str | Text | None = None
    arguments: Mapping[str, str | Text] = attribute(default_factory=lambda: _NOTHING)
    severity: Severity | None = None
    accepted: str | None = None

    def __post_init__(self) -> None:
        """Mask private numbers wherever they may have come in: they must not be printed, nor kept."""
        if self.unit is not None:
            object.__setattr__(self, "unit", masked(self.unit))
        if self.code in _SUMS:
            return
        if self.found is not None:
            object.__setattr__(self, "found", masked(self.found))
        if self.expected is not None:
            object.__setattr__(self, "expected", _masked(self.expected))
        if self.arguments:
            shown = {name: _masked(value) for name, value in self.arguments.items()}
            if shown != self.arguments:
                object.__setattr__(self, "arguments", shown)

    @property
    def level(self) -> Severity:
        """The severity given, or else the catalogue's."""
        return self.severity or catalogue()[self.code].severity

    def title(self, lang: Lang) -> str:
        """The catalogue's title."""
        return pick(catalogue()[self.code].title, lang)

    def message(self, lang: Lang) -> str:
        """One sentence that stands if it is all one sees."""
        return self._fill(catalogue()[self.code].message, lang)

    def hint(self, lang: Lang) -> str:
        """How to mend it."""
        return self._fill(catalogue()[self.code].mend, lang)

    def message_to_sender(self, lang: Lang) -> str:
        """The message as whoever filled in the workbook is to read it."""
        entry = catalogue()[self.code]
        return self._fill(entry.message_to_sender or entry.message, lang)

    def hint_to_sender(self, lang: Lang) -> str:
        """How to mend it in the workbook itself, without the office's means."""
        entry = catalogue()[self.code]
        return self._fill(entry.mend_to_sender or entry.mend, lang)

    def expectation(self, lang: Lang) -> str | None:
        """What should stand there."""
        return None if self.expected is None else pick(self.expected, lang)

    def accept(self, reason: str) -> Diagnostic:
        """The same as a note that names the known exception which covers it."""
        return replace(self, severity=Severity.NOTE, accepted=reason)

    def _fill(self, text: Text, lang: Lang) -> str:
        slots = {name: pick(value, lang) for name, value in self.arguments.items()}
        slots.setdefault("found", self.found or "")
        slots.setdefault("expected", self.expectation(lang) or "")
        slots.setdefault("unit", self.unit or "")
        slots.setdefault("field", self.field or "")
        return pick(text, lang).format_map(slots)


def _masked(text: str | Text) -> str | Text:
    return masked(text) if isinstance(text, str) else (masked(text[0]), masked(text[1]))


def pick(text: str | Text, lang: Lang) -> str:
    """The Chinese or the English of a text; a plain string is the same in both."""
    if isinstance(text, str):
        return text
    return text[0] if lang == "zh" else text[1]


@cache
def catalogue() -> Mapping[str, Code]:
    """Every code there is, by its name, in order."""
    from starcheck.catalogue import (  # noqa: PLC0415
        criteria,
        files,
        history,
        relations,
        replies,
        rows,
        sheets,
        unattended,
        values,
    )

    modules = (files, sheets, values, rows, replies, relations, criteria, history, unattended)
    return MappingProxyType({code.code: code for module in modules for code in module.CODES})


def worst(diagnostics: Iterable[Diagnostic]) -> Severity | None:
    """The highest severity among them, None if there are none."""
    return max((diagnostic.level for diagnostic in diagnostics), key=lambda level: level.rank, default=None)
