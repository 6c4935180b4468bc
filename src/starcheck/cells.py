"""Cells and sheets as they stand in a file: what every reader makes, and what it raises instead.

Rows and columns are counted from 0 and are those of the file wherever its first filled cell is.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import math
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, Protocol, Self

from starcheck.diagnostic import Diagnostic, Location, Text
from starcheck.private import SHORTEST, Private, begins_like_private, kinds_in, likely, mask, masked

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class CellError(str):
    """What a failed formula shows: ``#DIV/0!``, ``#REF!`` … Never a value, never a blank."""

    __slots__ = ()


class PercentNumber(float):
    """A number shown as a percentage: 0.85 in a cell that reads 85%."""

    __slots__ = ()


class ShownNumber(float):
    """A number whose format writes a unit behind it: 35.2 in a cell that reads 35.2%, 52000 in one that reads 5.2万.

    ``shown`` is what one reads, not rounded. Equal are those of which one reads the same.
    """

    __slots__ = ("shown",)
    shown: str

    def __new__(cls, value: float, shown: str) -> Self:
        """Make the number that reads ``shown``."""
        made = super().__new__(cls, value)
        made.shown = shown
        return made

    def __eq__(self, other: object) -> bool:
        """Five persons are not five households."""
        return isinstance(other, ShownNumber) and self.shown == other.shown and float(self) == float(other)

    def __hash__(self) -> int:
        """By what one reads."""
        return hash(self.shown)

    def __str__(self) -> str:
        """What one reads."""
        return self.shown


class PrivateText(str):
    """A text in which a private number stood: masked, so that nothing further on can give it away."""

    __slots__ = ("kinds",)
    kinds: tuple[Private, ...]

    def __new__(cls, text: str, kinds: tuple[Private, ...]) -> Self:
        """Mask ``text``, which holds numbers of ``kinds``."""
        made = super().__new__(cls, masked(text))
        made.kinds = kinds
        return made


class PhoneLike(float):
    """Eleven digits that are a mobile number, unless their column counts something that reaches ten milliards."""

    __slots__ = ()
    kinds = (Private.MOBILE,)

    def __str__(self) -> str:
        """Masked, as is every other way to show it but as a number."""
        return mask(f"{float(self):.0f}")

    __repr__ = __str__


class LostDigits(float):
    """A whole number of sixteen digits and more: a spreadsheet keeps fifteen and writes zeros for the others."""

    __slots__ = ()

    @property
    def kinds(self) -> tuple[Private, ...]:
        """The private number it probably was, if any."""
        kind = begins_like_private(abs(self))
        return () if kind is None else (kind,)

    def __str__(self) -> str:
        """Masked: what is left of it may still be most of an identity number."""
        return mask(format(Decimal(f"{float(self):.15g}"), "f"))

    __repr__ = __str__


class Uncalculated(Enum):
    """A formula whose result was never stored: the file was written by a program and not yet opened and saved."""

    UNCALCULATED = "uncalculated"


UNCALCULATED: Final = Uncalculated.UNCALCULATED

Cell = (
    str
    | bool
    | int
    | float
    | PercentNumber
    | ShownNumber
    | PhoneLike
    | LostDigits
    | PrivateText
    | dt.date
    | dt.datetime
    | dt.time
    | dt.timedelta
    | CellError
    | Uncalculated
    | None
)
"""What a cell holds; None is blank."""

Rows = list[list[Cell]]
"""The cells of a sheet, row by row."""

Visibility = Literal["visible", "hidden", "very_hidden"]
FileKind = Literal["xlsx", "xlsm", "xlsb", "xls", "ods", "csv", "html", "xml"]
Place = tuple[int, int]
Merge = tuple[int, int, int, int]
"""First row, first column, last row, last column."""
"""Row and column of a cell, or the first and last of a range."""

ERROR_TEXTS: Final = frozenset({"#DIV/0!", "#REF!", "#N/A", "#VALUE!", "#NAME?", "#NUM!", "#NULL!"})
"""Excel's error words; a text cell that equals one came from a failed formula too."""


@cache
def column_letters(column: int) -> str:
    """``F`` for 5, ``AA`` for 26: the name of a column counted from 0."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def no_formats(_cells: Collection[Place]) -> dict[Place, str]:
    """Know no number formats: for files that have none, or whose reader gives none."""
    return {}


def no_comments() -> dict[Place, str]:
    """Know no comments: for files that have none, or whose reader gives none."""
    return {}


OWN_AUTHOR: Final = "starcheck"
"""Who signs the comments that this program writes; they say nothing of the sender's."""
_OWN_MARK: Final = "〔starcheck "
"""What stands before ours where the sender had a comment already."""


def comment_text(text: str, author: str) -> str:
    """A comment on one line, as its sender wrote it: without ours, and without the name that programs put before it."""
    if author.strip() == OWN_AUTHOR:
        return ""
    words = " ".join(text.partition(_OWN_MARK)[0].rstrip(" \n―").split())
    for before in (f"{author.strip()}:", f"{author.strip()}："):
        words = words.removeprefix(before).lstrip() if author.strip() else words
    return masked(words)


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """A column of texts of a large table: the distinct ones, and for each row the position of its own, -1 if blank."""

    texts: Sequence[str | PhoneLike]
    codes: NDArray[np.int32]

    def cells(self) -> list[str | PhoneLike | None]:
        """One text per row, None where it is blank."""
        import numpy as np  # noqa: PLC0415 - large tables only

        distinct = np.empty(len(self.texts) + 1, object)
        distinct[:-1] = self.texts
        texts: list[str | PhoneLike | None] = distinct[self.codes].tolist()
        return texts


class Bulk(Protocol):
    """A sheet too large to hold as cells, read by columns on request. Rows are those of the file, from 0.

    ``height`` ends after the last row that is not blank. ``overlong`` holds, once columns were read, the rows with
    filled cells beyond the ``width`` told then (else that of the first rows), and ``moved`` the longer ones with
    values in wrong columns: from which column on.
    """

    height: int
    overlong: tuple[int, ...]
    moved: Mapping[int, int]

    def columns(
        self,
        first_row: int,
        names: Sequence[int],
        numeric: Collection[int],
        *,
        end_row: int | None = None,
        width: int | None = None,
    ) -> dict[int, NDArray[np.float64] | Words]:
        """Read the asked columns from ``first_row`` up to (without) ``end_row`` or to the end.

        Those of ``numeric`` come as numbers, nan where blank, if every cell of them is a plain number; all others as
        texts.
        """

    def rows(self) -> Rows:
        """Read all rows as cells, at ten times the time and memory of ``columns``."""

    def tail(self, count: int) -> list[tuple[int, list[Cell]]]:
        """Read the last rows, with their numbers."""

    def repeats(self, row: int) -> bool:
        """Tell whether a row near the beginning (a header) comes again further down."""


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """One sheet as it stands in the file. Rows and columns are absolute and counted from 0 everywhere.

    ``rows[0][0]`` stands at ``(top, left)``; rows are equally long, blanks are None. ``lines`` gives the physical
    line, from 1, of each row of a CSV with line breaks inside its cells; None when row and line agree. Of a large CSV
    (``bulk``) ``rows`` holds only the beginning.
    """

    file: str
    name: str | None
    rows: Rows
    top: int = 0
    left: int = 0
    merged: tuple[Merge, ...] = ()
    """As ``merges_apart`` leaves them."""
    visibility: Visibility = "visible"
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()
    lines: list[int] | None = None
    lengths: list[int] | None = None
    """How many cells each row of a CSV has in the file, blank ones at its end included; None where they are equal."""
    bulk: Bulk | None = None
    date1904: bool = False
    """Whether days are counted from 1904, as old Macintosh programs did."""
    private: bool = False
    """Whether a cell may be private: ``PrivateText``, ``PhoneLike`` or ``LostDigits``."""
    formats: Callable[[Collection[Place]], dict[Place, str]] = field(default=no_formats, repr=False)
    comments: Callable[[], dict[Place, str]] = field(default=no_comments, repr=False)
    """Reads the comments (批注) of the cells, on one line each; nothing is read before it is called."""
    places: Mapping[Place, Place] | None = None
    """Of a view of a sheet (a form seen as a table): where each of its cells stands in the file."""

    def address(self, row: int, column: int) -> str:
        """``F7`` for row 6, column 5."""
        row, column = self.place(row, column)
        return f"{column_letters(column)}{row + 1}"

    def place(self, row: int, column: int) -> Place:
        """Row and column in the file."""
        return (row, column) if self.places is None else self.places.get((row, column), (row, column))

    def location(self, row: int, column: int) -> Location:
        """Where a cell is, for a diagnostic; a CSV's names the line of the file as well."""
        line = None
        address = self.address(row, column)
        if self.name is None:
            row, _ = self.place(row, column)
            line = self.lines[row] if self.lines is not None and row < len(self.lines) else row + 1
        return Location(self.file, self.name, address, line)

    def number_format(self, row: int, column: int) -> str | None:
        """The number format of one cell as the file writes it, None where there is none."""
        return self.number_formats([(row, column)]).get((row, column))

    def number_formats(self, cells: Collection[Place]) -> dict[Place, str]:
        """The number formats of the asked cells, from one pass over the sheet; the general format is left out."""
        return self.formats(cells) if cells else {}


@dataclass(frozen=True, slots=True, eq=False)
class Workbook:
    """A file that could be read. ``sha256`` is that of its bytes; ``encoding`` is that of a CSV."""

    file: str
    sha256: str
    kind: FileKind
    sheets: tuple[Sheet, ...]
    encoding: str | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a file may ask of the computer before it is refused."""

    unpacked_bytes: int = 1 << 30
    ratio: int = 100
    ratio_from: int = 16 << 20
    """The ratio counts only from this many unpacked bytes on; a small sheet of equal cells shrinks a lot."""
    spare_cells: int = 4_000_000
    """Cells of the used range that may be blank, before a stray cell far away makes a sheet too large."""
    cells: int = 50_000_000
    """Filled cells of one file."""
    cell_length: int = 1 << 17
    """Characters of one cell; a workbook allows 32,767."""
    markup_bytes: int = 128 << 20
    """A web page or XML spreadsheet takes some twenty times its bytes while it is read."""
    sheets: int = 2000
    """Sheets of one workbook: one for each village of a county is not too many."""
    members: int = 2000
    """Files in one archive, those of archives in it included."""
    seconds: float = 60.0
    """How long the reading of one file may take, and how long finding the tables in it."""
    bulk_bytes: int = 8 << 20
    """A CSV larger than this is read by columns."""


class Refused(Exception):  # noqa: N818 - not an error of the program
    """Carries the diagnostic of a file that cannot be read from deep inside a reader up to ``read_workbook``."""

    def __init__(self, code: str, **arguments: str | Text) -> None:
        """Refuse with a code of the catalogue and what fills its slots."""
        super().__init__(code)
        self.code = code
        self.arguments = arguments


def damaged(reader_says: str = "") -> Refused:
    """A damaged file (F106). What its reader says about that is in English, and of use to those who read English."""
    return Refused("F106", reason=("结构不完整", reader_says or "its structure is incomplete"))


@dataclass(frozen=True, slots=True)
class Source:
    """What a reader is given: the bytes of a file and what is known about it."""

    path: Path
    file: str
    data: bytes
    known: frozenset[str]
    limits: Limits

    @property
    def sha256(self) -> str:
        """The digest of the file's bytes, by which a run knows its inputs."""
        return hashlib.sha256(self.data).hexdigest()


Outcome = tuple[Workbook, list[Diagnostic]]
"""What a reader gives back: the workbook, and what is to be said about it."""


def too_many_sheets(count: int, limits: Limits) -> None:
    """Refuse (F147) a workbook of ``count`` sheets if it has more than it may."""
    if count > limits.sheets:
        raise Refused("F147", count=f"{count:,}", limit=f"{limits.sheets:,}")


def merges_apart(merged: Iterable[Merge]) -> tuple[Merge, ...]:
    """The merges from top to bottom, without those under another one that begins in the same column.

    No program makes such, or one twice; a file of a few kilobytes may hold millions, each as large as the sheet.
    """
    found: list[Merge] = []
    ends: dict[int, int] = {}
    for merge in sorted(merged, key=lambda merge: (merge[0], merge[1], -merge[2], -merge[3])):
        first, left, last, _ = merge
        if first > ends.get(left, -1):
            ends[left] = last
            found.append(merge)
    return tuple(found)


def too_long(limits: Limits) -> Refused:
    """The refusal of a file with an endless cell."""
    return Refused("F133", limit=f"{limits.cell_length:,}")


def stretch_without(data: bytes, byte: bytes, length: int, position: int = 0) -> int:
    """Where a stretch of ``length`` bytes without a certain one begins, -1 if there is none; looks at few of them."""
    while position + length <= len(data):
        last = data.rfind(byte, position, position + length)
        if last < 0:
            return position
        position = last + 1
    return -1


def mark_error_texts(rows: Rows) -> None:
    """Turn texts that equal an error word into ``CellError``, in place."""
    for row in rows:
        if not ERROR_TEXTS.isdisjoint(row):
            row[:] = [CellError(cell) if type(cell) is str and cell in ERROR_TEXTS else cell for cell in row]


MOST_DIGITS: Final = 1e15
"""From here on a number has more digits than a spreadsheet keeps."""
FIRST_PHONE: Final = 13e9
_LAST_PHONE = 20e9


def looks_like_phone(number: float) -> bool:
    """Whether a number is eleven digits that begin as mobile numbers do."""
    return FIRST_PHONE <= number < _LAST_PHONE and number == int(number)


def guarded(cell: Cell) -> Cell:
    """A cell as it may be kept: a private number masked, a number without its last digits marked."""
    if type(cell) is str:
        if len(cell) < SHORTEST or not (kinds := kinds_in(cell)):
            return cell
        plain = unicodedata.normalize("NFKC", cell).strip().removeprefix("'").partition(".")[0]
        return PhoneLike(plain) if len(plain) == SHORTEST and plain.isdecimal() else PrivateText(cell, kinds)
    if type(cell) is float or type(cell) is int:
        if looks_like_phone(cell):
            return PhoneLike(cell)
        if abs(cell) >= MOST_DIGITS and abs(cell) != math.inf and cell == int(cell):
            return LostDigits(cell)
    return cell


def guard_rows(rows: Rows) -> bool:
    """Put ``guarded`` cells in place of those that must not be kept as they are; whether there were any."""
    suspects: set[Cell] = set()
    texts: set[str] = set()
    for row in rows:
        for cell in row:
            if type(cell) is float:
                if cell >= FIRST_PHONE or cell <= -MOST_DIGITS:
                    suspects.add(cell)
            elif type(cell) is str:
                if len(cell) >= SHORTEST:
                    texts.add(cell)
            elif type(cell) is int and not -MOST_DIGITS < cell < FIRST_PHONE:
                suspects.add(cell)
    if likely(texts):
        suspects |= texts
    instead = {cell: safe for cell in suspects if (safe := guarded(cell)) is not cell}
    if not instead:
        return False
    for row in rows:
        if not instead.keys().isdisjoint(row):
            row[:] = [instead.get(cell, cell) if type(cell) in _GUARDED else cell for cell in row]
    return True


_GUARDED = frozenset({str, int, float})


def guard_texts(texts: list[str]) -> list[str | PhoneLike]:
    """The distinct texts of a column as they may be kept."""
    if not likely(texts):
        return [*texts]
    return [safe for text in texts if isinstance(safe := guarded(text), str | PhoneLike)]


PRIVATE: Final = (PrivateText, PhoneLike, LostDigits)
"""The types of cells that ``guarded`` makes."""
