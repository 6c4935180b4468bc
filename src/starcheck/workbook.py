"""Bytes to sheets of cells: what a file is, which encoding it has, what stands in its cells and where.

Files are recognised by what is in them, never by their name. Every cell keeps its own address. What the fast reader
drops without a word (error cells, formulas without a stored value, percent formats, hidden rows and columns) is
recovered from the package itself, so that a blank here is a blank in the file.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from starcheck.cells import (
    ERROR_TEXTS,
    UNCALCULATED,
    Bulk,
    Cell,
    CellError,
    Limits,
    Outcome,
    PercentNumber,
    Refused,
    Sheet,
    Source,
    Uncalculated,
    Workbook,
    guard_rows,
    merges_apart,
)
from starcheck.delimited import read_csv
from starcheck.diagnostic import Diagnostic, Location, Text
from starcheck.packages import read_package, restore_stderr
from starcheck.private import masked, masked_names
from starcheck.recognition import recognise

__all__ = [
    "ERROR_TEXTS",
    "UNCALCULATED",
    "Bulk",
    "Cell",
    "CellError",
    "Limits",
    "PercentNumber",
    "Sheet",
    "Uncalculated",
    "Workbook",
    "read_workbook",
    "within",
]


def read_workbook(
    path: Path,
    *,
    shown: str | None = None,
    known: Collection[str] = (),
    limits: Limits | None = None,
    data: bytes | None = None,
) -> tuple[Workbook | None, tuple[Diagnostic, ...]]:
    """Read a file whatever it is. None: it could not be read, and an error among the diagnostics says why.

    ``shown`` is the name the user knows the file by. ``known`` are normalised header spellings, which testify for
    the encoding of a CSV. ``data`` are its bytes where it lies inside an archive, and ``path`` then only its name.
    """
    file = masked(shown or path.name)
    try:
        data = _bytes_of(path, limits or Limits()) if data is None else data
        source = Source(path, file, data, frozenset(known), limits or Limits())
        workbook, notes = within(source.limits.seconds, lambda: _read(source))
    except Refused as refused:
        return None, (Diagnostic(refused.code, Location(file), arguments=refused.arguments),)
    except FileNotFoundError:
        return None, (Diagnostic("F101", Location(file)),)
    except OSError as error:
        return None, (Diagnostic("F102", Location(file), arguments={"reason": error.strerror or str(error)}),)
    except MemoryError:
        return None, (Diagnostic("F112", Location(file), arguments={"reason": ("内存不足", "out of memory")}),)
    workbook, private = _guarded(workbook, named=masked(path.name) != path.name)
    return workbook, (*_misnamed(path, workbook), *private, *notes)


def _guarded(workbook: Workbook, *, named: bool) -> tuple[Workbook, list[Diagnostic]]:
    """The workbook without a private number in cells and names of sheets; ``named``: there was one in its own name."""
    problems = [Diagnostic("F141", Location(workbook.file), found=workbook.file)] if named else []
    sheets: list[Sheet] = []
    shown = masked_names(sheet.name for sheet in workbook.sheets if sheet.name is not None)
    for sheet in workbook.sheets:
        name = None if sheet.name is None else shown[sheet.name]
        if name != sheet.name:
            problems.append(Diagnostic("F141", Location(workbook.file, name), found=name))
        private = guard_rows(sheet.rows) or sheet.bulk is not None
        merged = merges_apart(sheet.merged)
        same = not private and name == sheet.name and merged == sheet.merged
        sheets.append(sheet if same else replace(sheet, name=name, private=private, merged=merged))
    return replace(workbook, sheets=tuple(sheets)), problems


def _bytes_of(path: Path, limits: Limits) -> bytes:
    if path.is_dir():
        raise Refused("F103")
    if path.stat().st_size > limits.unpacked_bytes:
        size = f"{limits.unpacked_bytes / (1 << 20):,.0f} MB"
        raise Refused("F112", reason=(f"文件超过 {size}", f"the file is over {size}"))
    return path.read_bytes()


_Given = TypeVar("_Given")


class _GivenUp(BaseException):
    """Ends a reading that took too long, wherever its own code runs."""


def within(seconds: float, reading: Callable[[], _Given]) -> _Given:
    """What a reading gives, or ``Refused`` (F135) when its time is up.

    The readers let go of the interpreter or are written in it, so that this thread can wait for another. One that
    does not end is told to, and left behind where it does not listen: it dies with the process at the latest.
    """
    ended: list[_Given | BaseException] = []

    def work() -> None:
        try:
            ended.append(reading())
        except BaseException as error:  # noqa: BLE001 - raised again by whoever waits
            ended.append(error)

    thread = threading.Thread(target=work, daemon=True, name="reading")
    thread.start()
    waited = 0.0
    while thread.is_alive() and waited < seconds:  # in pieces, since on Windows nothing interrupts a wait
        thread.join(min(1.0, seconds - waited))
        waited += 1.0
    if not ended:
        import ctypes  # noqa: PLC0415 - rare

        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident or 0), ctypes.py_object(_GivenUp))
        restore_stderr()
        raise Refused("F135", seconds=f"{seconds:g}")
    if isinstance(ended[0], BaseException):
        raise ended[0]
    return ended[0]


def _read(source: Source) -> Outcome:
    kind = recognise(source.path.name, source.data)
    match kind:
        case "zip":
            raise Refused("F111", kind=("压缩包；这里要一个文件，请先解压", "an archive, where one file is wanted"))
        case "csv":
            return read_csv(source, kind)
        case "xls":
            from starcheck.xls import read_xls  # noqa: PLC0415 - rare, and slow to import

            return read_xls(source, kind)
        case "html" | "xml":
            from starcheck.markup import read_html, read_xml  # noqa: PLC0415 - rare, and slow to import

            return read_html(source) if kind == "html" else read_xml(source)
        case _:
            return read_package(source, kind)


# --- names

_EXTENSIONS: Mapping[str, frozenset[str]] = {
    ".xlsx": frozenset({"xlsx"}),
    ".xltx": frozenset({"xlsx"}),
    ".xlsm": frozenset({"xlsm", "xlsx"}),
    ".xltm": frozenset({"xlsm", "xlsx"}),
    ".xlsb": frozenset({"xlsb"}),
    ".xls": frozenset({"xls"}),
    ".xlt": frozenset({"xls"}),
    ".et": frozenset({"xls"}),
    ".ett": frozenset({"xls"}),
    ".ods": frozenset({"ods"}),
    ".csv": frozenset({"csv"}),
    ".tsv": frozenset({"csv"}),
    ".txt": frozenset({"csv"}),
    ".html": frozenset({"html"}),
    ".htm": frozenset({"html"}),
    ".xml": frozenset({"xml"}),
}


def _misnamed(path: Path, workbook: Workbook) -> tuple[Diagnostic, ...]:
    expected = _EXTENSIONS.get(path.suffix.lower())
    if expected is None or workbook.kind in expected:
        return ()
    kinds = {"html": ("网页（HTML）", "a web page (HTML)"), "xml": ("XML 表格 2003", "an XML Spreadsheet 2003")}
    arguments: dict[str, str | Text] = {
        "kind": kinds.get(workbook.kind, workbook.kind.upper()),
        "extension": path.suffix,
    }
    return (Diagnostic("F114", Location(workbook.file), arguments=arguments),)
