"""A folder of files that appears whole or not at all, in the place of the one before it.

The files are written into a folder beside it, flushed to the disk, and then both change places in one step, where the
system can do that (Linux); elsewhere there is a moment without a folder, never one with half of its files. A file that
somebody else put there moves over into the new one.
"""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import uuid
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

_NEW, _OLD = ".new", ".old"
_EXCHANGE = 2
_AT_HERE = -100


@contextmanager
def replaced(folder: Path, ours: Collection[str]) -> Iterator[Path]:
    """An empty folder to write into, which takes the place of ``folder`` when all went well.

    ``ours`` are the names in the old one that go with it; others are kept. Raises ``OSError``.
    """
    if folder.exists() and not folder.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder))
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = folder.with_name(f".{folder.name}.{uuid.uuid4().hex[:8]}{_NEW}")
    beside.mkdir()
    try:
        yield beside
        for kept in folder.iterdir() if folder.is_dir() else ():
            if kept.name not in ours and not (beside / kept.name).exists():
                _copy(kept, beside / kept.name)
        for written in sorted(beside.rglob("*")):
            flush(written)
        flush(beside)
        _put(beside, folder)
        flush(folder.parent)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def tidy(parent: Path) -> None:
    """Take away what a killed program left beside its folders; a folder that it had just moved aside goes back."""
    for left in sorted(parent.glob(f".*{_OLD}")):
        folder = parent / left.name.removesuffix(_OLD)[1:].rpartition(".")[0]
        if not folder.exists():
            left.rename(folder)
        else:
            shutil.rmtree(left, ignore_errors=True)
    for left in parent.glob(f".*{_NEW}"):
        shutil.rmtree(left, ignore_errors=True)


def flush(path: Path) -> None:
    """Make a file, or what a folder lists, outlive a power cut; Windows flushes no folders."""
    if os.name == "nt" and path.is_dir():
        return
    handle = os.open(path, os.O_RDONLY if os.name != "nt" else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, symlinks=True)
    else:
        shutil.copy2(source, target, follow_symlinks=False)


def _put(new: Path, folder: Path) -> None:
    if not folder.exists():
        new.rename(folder)
    elif not _exchanged(new, folder):
        old = new.with_name(new.name.removesuffix(_NEW) + _OLD)
        folder.rename(old)
        try:
            new.rename(folder)
        except OSError:
            old.rename(folder)
            raise
        shutil.rmtree(old, ignore_errors=True)


def _exchanged(one: Path, other: Path) -> bool:
    """Let two paths change places in one step; whether the system could."""
    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError, TypeError):
        return False
    return bool(rename(_AT_HERE, os.fsencode(one), _AT_HERE, os.fsencode(other), _EXCHANGE) == 0)
