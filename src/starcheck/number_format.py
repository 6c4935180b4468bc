"""What a number format shows beside the digits: a percentage, or a unit that only stands in the format (``0.0"万元"``).

A reader of the sheet sees the unit; what is stored is the number alone. It is read as it is seen, like a unit typed
into the cell.
"""

from __future__ import annotations

import math
import operator
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType

from starcheck.cells import PercentNumber, ShownNumber
from starcheck.column import decimal15
from starcheck.units import UNITS


def bare_format(code: str) -> str:
    """A number format without its literal texts."""
    return _LITERAL.sub("", code)


_LITERAL = re.compile(r'"[^"]*"|[\\!].')


def shows_percent(code: str) -> bool:
    """Whether a number format multiplies by a hundred and shows a sign of percent: not one that is only written."""
    return "%" in bare_format(code)


def shows_unit(code: str) -> bool:
    """Whether a number format writes a unit behind the number."""
    return any(section.unit for section in _sections(code))


def shown_number(value: float, code: str) -> float:
    """A stored number as what its format shows: a percentage, a number with a unit, else the plain number."""
    if shows_percent(code):
        return PercentNumber(value)
    if not math.isfinite(value):
        return value
    section = next((section for section in _sections(code) if section.holds(value)), None)
    if section is None or not section.unit:
        return value
    return ShownNumber(value, f"{decimal15(value) / section.divisor:f}{section.unit}")


_COMPARED: Mapping[str, Callable[[float, float], bool]] = MappingProxyType(
    {
        "<": operator.lt,
        "<=": operator.le,
        ">": operator.gt,
        ">=": operator.ge,
        "=": operator.eq,
        "<>": operator.ne,
    }
)


@dataclass(frozen=True, slots=True)
class _Section:
    """One part of a format: for which numbers it is, the unit it writes behind them, by what it divides them."""

    compared: str
    limit: float
    unit: str = ""
    divisor: Decimal = Decimal(1)

    def holds(self, value: float) -> bool:
        return not self.compared or _COMPARED[self.compared](value, self.limit)


_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"?|[\\!](?P<escaped>.)|(?P<skipped>[_*].)|\[(?P<bracket>[^\]]*)\]'
    r"|(?P<general>General|G/通用格式)|(?P<digit>[0#?]|[Ee][+-])|(?P<point>\.)|(?P<comma>,)|(?P<end>;)|(?P<other>.)",
    re.IGNORECASE | re.DOTALL,
)
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)\s*(-?\d+(?:\.\d+)?)")
_OTHERS = re.compile(r"[ymdhs@%/年月日]", re.IGNORECASE)
"""What makes a part that shows something else than one number: a day, a text, a percentage, a fraction."""
_USUAL = ((("", 0.0),), ((">=", 0.0), ("<", 0.0)), ((">", 0.0), ("<", 0.0), ("=", 0.0)))
"""For which numbers the parts of a format are that does not say so, by how many it has."""
_BEFORE = re.compile(r"[-+(（¥￥$\s]*")
_MYRIADS = ("万", "亿")


@lru_cache(maxsize=1 << 10)
def _sections(code: str) -> tuple[_Section, ...]:
    """The parts of a number format, those of texts aside."""
    if not any(character in code for character in '"\\!$') and code.isascii():
        return ()
    parts = [_Part()]
    for token in _TOKEN.finditer(code):
        if token["end"]:
            parts.append(_Part())
        else:
            parts[-1].take(token)
    parts = parts[:3]
    if any(part.condition for part in parts):
        conditions = [part.condition or ("", 0.0) for part in parts]
    else:
        conditions = list(_USUAL[len(parts) - 1])
    return tuple(_Section(*condition, *part.shown()) for condition, part in zip(conditions, parts, strict=True))


class _Part:
    """A part of a format as it is taken apart."""

    def __init__(self) -> None:
        self.condition: tuple[str, float] | None = None
        self._texts = [""]
        """What is written before the digits, between them, and behind."""
        self._digits: list[int] = []
        """How many digits stand between the texts."""
        self._thousands = 0
        self._point = False
        self._number = True

    def take(self, token: re.Match[str]) -> None:
        """Take one token of the format."""
        kind, word = token.lastgroup, token[0]
        if kind in {"general", "digit"}:
            if self._texts[-1] or not self._digits:
                self._digits.append(0)
                self._texts.append("")
            self._digits[-1] += 1
            self._thousands = 0
        elif kind == "point":
            self._point = True
        elif kind == "comma":
            self._thousands += bool(self._digits)
        elif kind == "bracket":
            inner = token["bracket"]
            condition = _CONDITION.fullmatch(inner)
            if condition is not None:
                self.condition = condition[1], float(condition[2])
            elif inner.startswith("$"):
                self._texts[-1] += inner[1:].partition("-")[0]
            elif inner.lower().strip("hms") == "":
                self._number = False
        elif kind == "other" and _OTHERS.match(word):
            self._number = False
        elif kind != "skipped":
            self._texts[-1] += token["quoted"] or token["escaped"] or token["other"] or ""

    def shown(self) -> tuple[str, Decimal]:
        """The unit behind the number, and what the number is divided by; no unit where more is written than that.

        ``0!.0,"万"`` puts a point before the last digit of the thousands: it shows 52000 as 5.2万.
        """
        nothing = "", Decimal(1)
        if not self._number or not self._digits:
            return nothing
        before, *between, behind = self._texts
        divisor = Decimal(1000) ** self._thousands
        if between:
            if between != ["."] or self._point:
                return nothing
            divisor *= Decimal(10) ** self._digits[-1]
        unit = "".join(unicodedata.normalize("NFKC", behind).split())
        if before.strip().endswith(("(", "（")):
            unit = unit.removesuffix(")")
        if not _BEFORE.fullmatch(before) or not _is_unit(unit):
            return nothing
        return unit, divisor


def _is_unit(text: str) -> bool:
    return text in UNITS or (text.startswith(_MYRIADS) and (not text[1:] or text[1:] in UNITS))
