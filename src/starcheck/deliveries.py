"""What lies in a county's inbox: its files by month, and in each month what came first, late, or as a correction.

Of which month a file is its path says: the file's name, else the folders it lies in (``2022-10``, ``2022年/10月``). A
word in the path makes it a later delivery of that month, rated by itself after the others: 补报 (late) first, then 更正
(a correction), 更正2 after 更正. The time stamps of files say nothing: copying changes them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from starcheck.cells import Limits
from starcheck.inbox import FilesOf, Vocabulary, files_inside, period_in, read_inbox, readable, skip_reason, sort_tables
from starcheck.scheme import Scheme

_LATE = re.compile(
    r"(?:补报|补送|补交|迟报|晚报|(?<![a-z])late(?![a-z]))\D{0,3}(\d{1,2}(?![\d年月日号]))?", re.IGNORECASE
)
_CORRECTED = re.compile(
    r"(?:更正|订正|修正|改正|更改|重报|重送|(?<![a-z])correct(?:ed|ion)s?(?![a-z]))\D{0,3}(\d{1,2}(?![\d年月日号]))?",
    re.IGNORECASE,
)
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Delivered:
    """A file of an inbox. ``shown`` is its path from there; ``order`` puts deliveries of a month one after another.

    ``sha256`` is None where the file cannot be read, ``period`` where its path does not say.
    """

    path: Path
    shown: str
    sha256: str | None
    period: str | None
    order: tuple[int, int] = (0, 0)


def delivered(inbox: Path, aside: Collection[Path] = ()) -> list[Delivered]:
    """The spreadsheets of an inbox but for those ``aside`` (register, targets), in order of name."""
    apart = {path.absolute() for path in aside}
    return [
        Delivered(path, readable(shown.as_posix()), _sha256(path), period_of(shown), order_of(shown))
        for path in files_inside(inbox)
        if path.absolute() not in apart and skip_reason(path) is None
        for shown in [path.relative_to(inbox)]
    ]


def _sha256(path: Path) -> str | None:
    digest = hashlib.sha256()
    try:
        with path.open("rb") as stream:
            while block := stream.read(_BLOCK):
                digest.update(block)
    except OSError:
        return None
    return digest.hexdigest()


def period_of(shown: Path) -> str | None:
    """The month that a file's path within the inbox names: its name, else the nearest folder, else all in one."""
    parts = [*shown.parent.parts, shown.stem]
    for part in reversed(parts):
        period = period_in(part)
        if period is not None:
            return period
    return period_in("".join(parts)) or period_in("-".join(parts))


def order_of(shown: Path) -> tuple[int, int]:
    """(0, 0) for what came in time, (1, n) for the n-th of what came late, (2, n) for the n-th correction."""
    text = "/".join((*shown.parent.parts, shown.stem))
    for rank, word in ((2, _CORRECTED), (1, _LATE)):
        match = word.search(text)
        if match is not None:
            return rank, int(match[1] or 1)
    return 0, 0


def dated(files: Iterable[Delivered], inbox: Path, schemes: Sequence[Scheme], limits: Limits) -> list[Delivered]:
    """The same, with what titles and sheets say of the files whose path says no month; those are read for it."""
    found: list[Delivered] = []
    for file in files:
        if file.period is None:
            read, _ = read_inbox([FilesOf(inbox, (file.path,))], Vocabulary.of(*schemes), limits=limits)
            sort_tables(read, schemes[-1])
            periods = {table.period for table in read.ledgers if table.period is not None}
            file = replace(file, period=periods.pop() if len(periods) == 1 else None)  # noqa: PLW2901 - now dated
        found.append(file)
    return found
