"""What a shape is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

TITLE = "平原县河乡2022年6月台账"


@dataclass(frozen=True)
class Shape:
    """Rows by sheet, and what they say: value and cell of each unit's fields, and the codes that must be at cells.

    ``values``: unit to field to (value, cell); a value None is unknown. ``codes``: (code, cell), all errors and
    warnings that are to be said but V313 and T205, and whatever notes are asked for.
    """

    name: str
    sheets: Mapping[str, Sequence[Sequence[Any]]]
    values: Mapping[str, Mapping[str, tuple[object, str | None]]]
    codes: tuple[tuple[str, str | None], ...] = ()
    merged: tuple[str, ...] = ()
    file: str = "a.xlsx"
    absent: tuple[str, ...] = field(default=())
    """Codes that must not be said."""


def one(name: str, rows: Sequence[Sequence[Any]], values: Mapping[str, str], **more: Any) -> Shape:
    """A shape of one sheet: ``values`` as ``X=5@C3 N=100@D3`` by unit, ``?`` for unknown, ``-`` for no cell."""
    return Shape(name, {"台账": rows}, {unit: dict(map(_value, text.split())) for unit, text in values.items()}, **more)


def several(name: str, sheets: Mapping[str, Sequence[Sequence[Any]]], values: Mapping[str, str], **more: Any) -> Shape:
    """The same of several sheets."""
    return Shape(name, sheets, {unit: dict(map(_value, text.split())) for unit, text in values.items()}, **more)


def _value(text: str) -> tuple[str, tuple[object, str | None]]:
    key, _, rest = text.partition("=")
    word, _, cell = rest.partition("@")
    value: object = {"?": None, "yes": True, "no": False}.get(word, word)
    return key, (float(word) if isinstance(value, str) else value, None if cell == "-" else cell)
