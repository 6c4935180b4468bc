"""One batch at a time: a lock that the operating system holds, and that dies with its process, however it dies.

The file says who holds it: process, computer, since when. A process that ended without giving the lock back, by a power
cut or ``kill -9``, leaves its name in the file; the lock itself is gone, and the next batch takes over and says so. The
name of another computer is not second-guessed: over a network a lock may not be seen.
"""

from __future__ import annotations

import errno
import json
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from time import monotonic, sleep
from typing import IO, Any

from starcheck.diagnostic import Diagnostic, Location, Text
from starcheck.workspace import Stop

LOCK = ".starcheck-batch.lock"
_BYTE = 1 << 30
"""Windows locks bytes, and lets nobody read a locked one: this one lies behind everything that is written."""
_HELD = frozenset({errno.EACCES, errno.EAGAIN, errno.EDEADLK})
_PAUSE = 0.1


@contextmanager
def one_batch(root: Path, now: datetime) -> Iterator[tuple[Diagnostic, ...]]:
    """Hold the workspace's lock. Yields what is to be said of it: B812 where a batch before did not end.

    Raises ``Stop`` (4): B811 where another batch runs, B813 where one may on another computer, B814 where the disk has
    no locks.
    """
    path = root / LOCK
    with _opened(path) as file:
        left = _holder(file)
        if not _taken(file, path):
            raise _stop("B811", path, _holder(file))
        said: tuple[Diagnostic, ...] = ()
        left = _holder(file)  # as it is now that nobody else can write it
        if left is not None:
            if left["host"] != platform.node():
                raise _stop("B813", path, left)
            said = (Diagnostic("B812", Location(str(path)), arguments=_arguments(left)),)
        _write(file, {"pid": os.getpid(), "host": platform.node(), "since": now.isoformat(timespec="seconds")})
        try:
            yield said
        finally:
            _write(file, None)


@contextmanager
def one_worker(folder: Path, seconds: float) -> Iterator[None]:
    """Hold the lock of a county's results: a worker whose batch was killed may still be at it for a moment.

    Raises ``Stop`` (4) with B811 where it does not come free in time, with B814 where there can be none.
    """
    path = folder / LOCK
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as refused:
        raise _stop_with("B814", path, {"reason": refused.strerror or str(refused)}) from None
    with _opened(path) as file:
        until = monotonic() + seconds
        while not _taken(file, path):
            if monotonic() > until:
                raise _stop("B811", path, _holder(file))
            sleep(_PAUSE)
        _write(file, {"pid": os.getpid(), "host": platform.node(), "since": ""})
        yield
        _write(file, None)


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    try:
        file = path.open("r+b" if path.exists() else "x+b", buffering=0)
    except FileExistsError:
        file = path.open("r+b", buffering=0)
    except OSError as refused:
        raise _stop_with("B814", path, {"reason": refused.strerror or str(refused)}) from None
    with file:
        yield file


def _taken(file: IO[bytes], path: Path) -> bool:
    """Take the lock if it is free; it is given back when the file is closed, which the end of a process does too."""
    try:
        if os.name == "nt":
            import msvcrt  # noqa: PLC0415 - that system's

            locking: Any = msvcrt
            file.seek(_BYTE)
            locking.locking(file.fileno(), locking.LK_NBLCK, 1)
        else:
            import fcntl  # noqa: PLC0415 - these systems'

            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as refused:
        if refused.errno in _HELD:
            return False
        raise _stop_with("B814", path, {"reason": refused.strerror or str(refused)}) from None
    return True


def _holder(file: IO[bytes]) -> dict[str, Any] | None:
    """Who the file says holds it; None where nobody, or where it was being written when the power went."""
    file.seek(0)
    try:
        read = json.loads(file.read() or b"null")
    except ValueError:
        return None
    return read if isinstance(read, dict) and {"pid", "host", "since"} <= read.keys() else None


def _write(file: IO[bytes], holder: dict[str, Any] | None) -> None:
    file.seek(0)
    if holder is not None:
        file.write(json.dumps(holder).encode())
    file.truncate()
    os.fsync(file.fileno())


def _arguments(holder: dict[str, Any] | None) -> dict[str, str | Text]:
    return {name: "?" if holder is None else str(holder[name]) or "?" for name in ("pid", "host", "since")}


def _stop(code: str, path: Path, holder: dict[str, Any] | None) -> Stop:
    return _stop_with(code, path, _arguments(holder))


def _stop_with(code: str, path: Path, arguments: dict[str, str | Text]) -> Stop:
    found = Diagnostic(code, Location(str(path)), found=str(path), arguments=arguments)
    return Stop(4, (found.message("zh"), found.message("en")), (found,))
