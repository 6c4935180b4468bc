"""Zip archives that workbooks are sent in: their members as files of their own, unpacked in memory and nowhere else.

A member's name is shown, never used as a path. Sizes are proved by unpacking, not believed.
"""

from __future__ import annotations

import io
import re
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from starcheck.cells import Limits, Refused, damaged
from starcheck.diagnostic import Diagnostic, Location, Text
from starcheck.packages import overlapping
from starcheck.private import masked
from starcheck.recognition import is_archive

_BROKEN: Final = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    LookupError,
    struct.error,
)
"""What zipfile raises on a damaged archive, or on one packed in a way it does not know."""
_LONGEST_NAME: Final = 200
_ENCRYPTED: Final = 1
_UTF8: Final = 0x800
_UNICODE_PATH: Final = 0x7075
_SLIP: Final = re.compile(r"^[A-Za-z]:|^[/\\]|(?:^|[/\\])\.\.(?:[/\\]|$)")


@dataclass(frozen=True, slots=True)
class Member:
    """A file in an archive. ``data`` is None where it is skipped, or cannot be read; ``problems`` say why."""

    name: PurePosixPath
    data: bytes | None
    problems: tuple[Diagnostic, ...] = ()
    skipped: bool = False


@dataclass(slots=True)
class _Budget:
    """What the members of an archive, and of the archives in it, may come to altogether."""

    members: int
    bytes: int


def open_archive(
    path: Path,
    shown: str,
    skip: Callable[[PurePosixPath], Text | None],
    limits: Limits,
    *,
    data: bytes | None = None,
) -> Iterator[Member] | None:
    """The members of an archive one by one, those of archives in it too; None if the file is none.

    ``skip`` says of a name why it is not looked at; ``data`` are the file's bytes where they are known.
    Raises ``Refused`` where the archive itself cannot be read.
    """
    if data is None:
        if not path.is_file() or path.stat().st_size > limits.unpacked_bytes:
            return None
        data = path.read_bytes()
    if not is_archive(data):
        return None
    return _members(data, shown, skip, limits, _Budget(limits.members, limits.unpacked_bytes), PurePosixPath())


def _members(
    data: bytes,
    shown: str,
    skip: Callable[[PurePosixPath], Text | None],
    limits: Limits,
    budget: _Budget,
    inside: PurePosixPath,
) -> Iterator[Member]:
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except _BROKEN as error:
        raise damaged(str(error)) from error
    infos = [info for info in archive.infolist() if not info.orig_filename.endswith(("/", "\\"))]
    _refuse_bombs(infos, len(data), limits, budget)
    if infos and all(info.flag_bits & _ENCRYPTED for info in infos):
        raise Refused("F129")
    taken: set[str] = set()
    for info in infos:
        written = _name(info)
        name, odd = _clean(written)
        if str(name) in taken:
            name = name.with_name(f"{name.stem}（{len(taken) + 1}）{name.suffix}")
        taken.add(str(name))
        name = inside / name
        where = Location(masked(f"{shown}/{name}"))
        notes = (Diagnostic("F137", where, arguments={"name": masked(odd)}),) if odd else ()
        reason = _not_a_file(info, name) or skip(name)
        if reason is not None:
            yield Member(name, None, (*notes, Diagnostic("F136", where, arguments={"reason": reason})), skipped=True)
            continue
        try:
            content = _unpacked(archive, info, budget)
            if not is_archive(content):
                yield Member(name, content, notes)
                continue
            if inside.parts:
                reason = ("压缩包里的压缩包里又是压缩包", "an archive in an archive in an archive")
                raise Refused("F134", reason=reason)  # noqa: TRY301 - said of this member like all else
            yield from _members(content, shown, skip, limits, budget, name)
        except Refused as refused:
            yield Member(name, None, (*notes, Diagnostic(refused.code, where, arguments=refused.arguments)))


def _refuse_bombs(infos: list[zipfile.ZipInfo], size: int, limits: Limits, budget: _Budget) -> None:
    budget.members -= len(infos)
    if budget.members < 0:
        reason = f"里面超过 {limits.members:,} 个文件", f"more than {limits.members:,} files in it"
        raise Refused("F134", reason=reason)
    if overlapping(infos):
        raise Refused("F131", reason=("压缩包里的文件互相重叠", "its members overlap"))
    unpacked = sum(info.file_size for info in infos)
    if unpacked > max(limits.ratio_from, limits.ratio * size):
        times = unpacked // max(size, 1)
        raise Refused("F131", reason=(f"解压后是文件的 {times} 倍", f"it unpacks to {times} times the file"))
    if unpacked > budget.bytes:
        raise _too_large(limits.unpacked_bytes)


def _too_large(limit: int) -> Refused:
    size = f"{limit >> 20:,} MB"
    return Refused("F112", reason=(f"解压后超过 {size}", f"over {size} unpacked"))


def _unpacked(archive: zipfile.ZipFile, info: zipfile.ZipInfo, budget: _Budget) -> bytes:
    if info.flag_bits & _ENCRYPTED:
        raise Refused("F129")
    try:
        with archive.open(info) as stream:
            content = stream.read(min(info.file_size, budget.bytes) + 1)
    except _BROKEN as error:
        raise damaged(str(error)) from error
    if len(content) > info.file_size:
        raise Refused("F131", reason=("比压缩包里写明的大", "larger than the archive says"))
    budget.bytes -= len(content)
    if budget.bytes < 0:
        raise _too_large(info.file_size)
    return content


# --- names


def _name(info: zipfile.ZipInfo) -> str:
    """The name of a member as its sender saw it: Chinese Windows writes GB18030 without saying so."""
    written = info.orig_filename
    if info.flag_bits & _UTF8 or written.isascii():
        return written
    raw = written.encode("cp437", "replace")
    return _unicode_path(info.extra, raw) or _decoded(raw) or written


def _unicode_path(extra: bytes, raw: bytes) -> str | None:
    """The name in UTF-8 that some programs add, if it belongs to the name it stands beside."""
    position = 0
    while position + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, position)
        field = extra[position + 4 : position + 4 + length]
        if kind == _UNICODE_PATH and len(field) > 5 and struct.unpack_from("<I", field, 1)[0] == zlib.crc32(raw):  # noqa: PLR2004 - version and checksum
            return field[5:].decode("utf-8", "replace")
        position += 4 + length
    return None


def _decoded(raw: bytes) -> str | None:
    for codec in ("utf-8", "gb18030", "cp950"):
        try:
            return raw.decode(codec)
        except UnicodeDecodeError:
            continue
    return None


def _clean(written: str) -> tuple[PurePosixPath, str]:
    """A name that leads nowhere else and prints as one line; and the written one where it tried to."""
    odd = bool(_SLIP.search(written)) or any(unicodedata.category(char) in {"Cc", "Cf", "Cs"} for char in written)
    printable = "".join("�" if unicodedata.category(char) in {"Cc", "Cf", "Cs"} else char for char in written)
    parts = [part for part in re.split(r"[/\\]+", re.sub(r"^[A-Za-z]:", "", printable)) if part not in {"", ".", ".."}]
    name = "/".join(parts)[-_LONGEST_NAME:].lstrip("/") or "（无名）"
    return PurePosixPath(name), printable[:_LONGEST_NAME] if odd else ""


def _not_a_file(info: zipfile.ZipInfo, name: PurePosixPath) -> Text | None:
    if "__MACOSX" in name.parts or name.name.startswith("._") or name.name in {".DS_Store", "Thumbs.db", "desktop.ini"}:
        return "苹果或 Windows 电脑自己放进去的", "put there by macOS or Windows itself"
    if stat.S_ISLNK(info.external_attr >> 16):
        return "是指向别处的链接", "a link to somewhere else"
    return None
