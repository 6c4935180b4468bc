"""The formulas of a workbook's cells (公式), and whether one still says what another said.

A formula is taken apart into its words and the cells it names, each as a step from its own cell: so a shared formula is
the same in every cell that shares it, and copying a row does not change one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from xml.sax.saxutils import unescape

from starcheck.cells import column_letters
from starcheck.ooxml import Package, place_of
from starcheck.private import masked, masked_names

Address = tuple[str, str]
"""A sheet, as it is shown, and a cell of it."""


@dataclass(frozen=True, slots=True)
class _Step:
    """A cell that a formula names: rows and columns from the formula's own, or from 0 where ``$`` holds them."""

    row: int
    column: int
    row_held: bool
    column_held: bool

    def address(self, row: int, column: int, held: str = "$") -> str:
        """What a formula in that cell writes."""
        across = self.column if self.column_held else column + self.column
        at = self.row if self.row_held else row + self.row
        if across < 0 or at < 0:
            return "#REF!"  # a shared formula that reaches beyond the sheet
        return f"{held if self.column_held else ''}{column_letters(across)}{held if self.row_held else ''}{at + 1}"


@dataclass(frozen=True, slots=True)
class Formula:
    """What a formula says in its cell, of which ``row`` and ``column`` are counted from 0."""

    row: int
    column: int
    parts: tuple[str | _Step, ...]
    """Words and cells in turn, words first and last."""

    def __str__(self) -> str:
        """As it is written, with its equals sign."""
        parts = (part if isinstance(part, str) else part.address(self.row, self.column) for part in self.parts)
        return masked("=" + "".join(parts))

    def says(self, other: Formula, now: Callable[[str], str | None] | None) -> bool:
        """Whether another one says the same. ``now`` gives the address a cell of this sheet has there, if it is known.

        None for ``now`` says that no cell has moved: then the two are alike to the letter. Else the words must be, and
        every cell that is named alone and whose address is known; areas grow and shrink with inserted rows, and sheets
        may have other names.
        """
        if now is None:
            return self.parts == other.parts
        if self._words() != other._words():
            return False
        return all(now(one) in {None, another} for one, another in zip(self._alone(), other._alone(), strict=True))

    def _words(self) -> list[str]:
        return [_OF_SHEET.sub("!", part) if isinstance(part, str) else "" for part in self.parts]

    def _alone(self) -> Iterator[str]:
        """The addresses of cells of its own sheet that are no end of an area; blank for all others."""
        for place, part in enumerate(self.parts):
            if isinstance(part, _Step):
                before, after = str(self.parts[place - 1])[-1:], str(self.parts[place + 1])[:1]  # words on both sides
                yield "" if before in {":", "!"} or after == ":" else part.address(self.row, self.column, "")


_OF_SHEET = re.compile(r"(?:'[^']*'|[\w.]+)!")
_PARTS = re.compile(
    r"""(?P<text>"[^"]*"|'[^']*'!?)|(?<![\w.$])(?P<hold>\$?)(?P<letters>[A-Za-z]{1,3})(?P<held>\$?)(?P<row>[1-9]\d{0,6})(?![\w(.!])"""
)


def read_formula(text: str, row: int, column: int) -> Formula:
    """A formula, without its equals sign, in its cell."""
    parts: list[str | _Step] = []
    words, end = "", 0
    for found in _PARTS.finditer(text):
        words += _plain(text[end : found.start()])
        end = found.end()
        if found["text"] is not None:
            words += found["text"]
            continue
        parts += [words, _step(found, row, column)]
        words = ""
    return Formula(row, column, (*parts, words + _plain(text[end:])))


def _plain(words: str) -> str:
    """The words of a formula as every program writes them."""
    return re.sub(r"\s+|_XLFN\.|_XLWS\.", "", words.upper())


def _step(found: re.Match[str], row: int, column: int) -> _Step:
    at, across = place_of(found["letters"].upper() + found["row"])
    held, hold = found["held"] != "", found["hold"] != ""
    return _Step(at if held else at - row, across if hold else across - column, held, hold)


_CELL = re.compile(
    rb'<(?:\w+:)?c\s[^<>]*?\br="([A-Z]{1,3}\d{1,7})"[^<>]*>\s*<(?:\w+:)?f((?:\s[^<>]*?)?)(?:/>|>([^<]*)<)'
)
_SHARED = re.compile(rb'\bsi="(\d+)"')


def formulas_of(data: bytes) -> dict[Address, Formula]:
    """The formulas of an xlsx by their cells. Raises ``NotPatchable`` for another kind of package."""
    package = Package(data)
    paths = package.sheet_paths()
    shown = masked_names(paths)
    found: dict[Address, Formula] = {}
    for name, path in paths.items():
        shared: dict[bytes, Formula] = {}
        waiting: list[tuple[Address, bytes]] = []
        for address, attributes, text in _CELL.findall(package.part(path)):
            place = shown[name], address.decode()
            group = _SHARED.search(attributes)
            if text or group is None:
                words = unescape(text.decode("utf-8", "replace"), {"&quot;": '"', "&apos;": "'"})
                found[place] = read_formula(words, *place_of(place[1]))
                if group is not None:
                    shared.setdefault(group[1], found[place])
            else:
                waiting.append((place, group[1]))
        for place, group_name in waiting:
            first = shared.get(group_name)
            row, column = place_of(place[1])
            found[place] = Formula(row, column, () if first is None else first.parts)
    return found
