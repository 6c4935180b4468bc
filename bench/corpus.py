"""Puts every file of a folder through ``starcheck check`` and through a second reader, and prints what came of it.

    python bench/corpus.py FOLDER [FOLDER …] [--manifest FILE] [--all] [--out FILE]

A file ends in one of three ways: *read* (with the tables found), *refused* with a code, or *wrong*. Wrong is

* a crash: an exit code that is none of 0 to 3, a traceback, or a stdout that is not one JSON document;
* a hang: no end within ten seconds;
* a silent misreading: a cell that a reader of another family sees and starcheck gives otherwise, or not at all, without
  a diagnostic about that file;
* against the manifest (``expected``), where there is one: a TABLE that is refused, or an ERROR that is read. A file
  refused for a limit is as it should be, whatever a reader without limits makes of it.

The second readers are openpyxl for xlsx and xlsm (with the built-in East Asian date formats it lacks), calamine for
xls, pyxlsb for xlsb, and the bare XML for ods; a file that the second reader cannot read has no witness, and the table
says so. Nothing is asked of them about text files, whose encoding and delimiter are what is to be decided. Each file
has its own processes, so that an aborting interpreter is seen and named. ``pip install pyxlsb`` beside the project.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

HERE: Final = Path(__file__)
HANG: Final = 10.0
WITNESS_SECONDS: Final = 60.0
TOLD: Final = ("--county", "平原县", "--period", "2022-06", "--fail-on", "error")
OWN_PERIOD: Final = re.compile(r"文件的期次有：(\d{4}-\d{2})$", re.MULTILINE)
LIMITS: Final = frozenset({"F112", "F131", "F132", "F133"})
EPOCH: Final = dt.datetime(1899, 12, 30)  # noqa: DTZ001 - a day of spreadsheets has no zone


@dataclass(frozen=True)
class Line:
    """What came of one file."""

    file: str
    outcome: str
    detail: str
    seconds: float
    witness: str
    wrong: str


# --- starcheck's own end ----------------------------------------------------------------------------------------------


def checked(path: Path) -> tuple[str, str, float, list[dict[str, Any]], str]:
    """How ``check`` ended: read or refused, with what, in how many seconds, its diagnostics, and what is wrong."""
    begun = time.monotonic()
    command = [sys.executable, "-m", "starcheck", "check", str(path), *TOLD, "--format", "json"]
    try:
        done = subprocess.run(command, capture_output=True, timeout=HANG, check=False)
        own = OWN_PERIOD.search(done.stderr.decode("utf-8", "replace"))
        if own is not None:  # it says itself of which month it is
            done = subprocess.run([*command, "--period", own[1]], capture_output=True, timeout=HANG, check=False)
    except subprocess.TimeoutExpired:
        return "wrong", "", HANG, [], f"hang: no end in {HANG:.0f} s"
    seconds = time.monotonic() - begun
    errors = done.stderr.decode("utf-8", "replace")
    if done.returncode not in range(4) or "Traceback" in errors:
        return "wrong", "", seconds, [], f"crash: exit {done.returncode}: {errors.strip()[-80:]}"
    try:
        document = json.loads(done.stdout)
    except ValueError:
        return "wrong", "", seconds, [], f"crash: stdout is no JSON (exit {done.returncode}): {errors.strip()[:80]}"
    said = document["diagnostics"]
    refused = sorted({found["code"] for found in said if found["severity"] == "error" and found["code"][0] == "F"})
    if refused:
        return "refused", " ".join(refused), seconds, said, ""
    sheets = [sheet for file in document["inputs"] for sheet in file.get("sheets", ())]
    tables = ", ".join(f"{sheet['name'] or ''}!{sheet['header']}" for sheet in sheets)
    codes = " ".join(sorted({found["code"] for found in said if found["code"][0] in "FT"}))
    return "read", f"{tables or 'no table of this scheme'} ({codes})", seconds, said, ""


def own_cells(path: Path) -> Iterator[tuple[str, int, int, object]]:
    """Every filled cell as starcheck reads it: sheet, row and column from 0, and a value that can be compared."""
    from starcheck.workbook import CellError, Uncalculated, read_workbook  # noqa: PLC0415 - in a process of its own

    workbook, _ = read_workbook(path)
    for sheet in workbook.sheets if workbook is not None else ():
        for row, cells in enumerate(sheet.rows, start=sheet.top):
            for column, cell in enumerate(cells, start=sheet.left):
                if isinstance(cell, CellError):
                    yield sheet.name or "", row, column, "#"
                elif isinstance(cell, Uncalculated):
                    yield sheet.name or "", row, column, "?"
                elif comparable(cell) is not None:
                    yield sheet.name or "", row, column, comparable(cell)


# --- the witnesses ----------------------------------------------------------------------------------------------------


def comparable(cell: object) -> object:
    """A cell so that two readers can agree on it: days and times as serial numbers, texts without outer spaces."""
    if isinstance(cell, bool):
        return cell
    if isinstance(cell, dt.datetime):
        return round((cell.replace(tzinfo=None) - EPOCH) / dt.timedelta(days=1), 6)
    if isinstance(cell, dt.date):
        return float((cell - EPOCH.date()).days)
    if isinstance(cell, dt.time):
        return round((cell.hour * 3600 + cell.minute * 60 + cell.second) / 86400, 6)
    if isinstance(cell, dt.timedelta):
        return round(cell / dt.timedelta(days=1), 6)
    if isinstance(cell, int | float):
        return float(f"{float(cell):.12g}")
    if cell is None:
        return None
    text = re.sub(r"\s+", " ", str(cell)).strip()
    return "#" if re.fullmatch(r"#(?:DIV/0!|REF!|N/A|VALUE!|NAME\?|NUM!|NULL!)", text) else text or None


def openpyxl_cells(path: Path) -> Iterator[tuple[str, int, int, object]]:
    """What openpyxl sees."""
    import io  # noqa: PLC0415 - in a process of its own
    import warnings  # noqa: PLC0415

    from openpyxl import load_workbook  # noqa: PLC0415
    from openpyxl.styles import numbers  # noqa: PLC0415

    warnings.simplefilter("ignore")
    for code in (*range(27, 37), *range(50, 59)):
        numbers.BUILTIN_FORMATS.setdefault(code, "yyyy/m/d")
    book = load_workbook(io.BytesIO(path.read_bytes()), data_only=True)
    if not book.worksheets:
        raise ValueError("no sheets: openpyxl knows no Strict OOXML")
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.value is not None:
                    yield sheet.title, cell.row - 1, cell.column - 1, comparable(cell.value)


def calamine_cells(path: Path) -> Iterator[tuple[str, int, int, object]]:
    """What calamine sees."""
    import io  # noqa: PLC0415 - in a process of its own

    from python_calamine import load_workbook  # noqa: PLC0415

    book = load_workbook(io.BytesIO(path.read_bytes()))
    for name in book.sheet_names:
        sheet = book.get_sheet_by_name(name)
        top, left = sheet.start or (0, 0)
        for row, cells in enumerate(sheet.to_python(), start=top):
            for column, cell in enumerate(cells, start=left):
                if comparable(cell) is not None:
                    yield name, row, column, comparable(cell)


def pyxlsb_cells(path: Path) -> Iterator[tuple[str, int, int, object]]:
    """What pyxlsb sees; it knows no dates, so they are compared as numbers."""
    from pyxlsb import open_workbook  # noqa: PLC0415 - in a process of its own

    errors = {hex(code) for code in (0x00, 0x07, 0x0F, 0x17, 0x1D, 0x24, 0x2A)}
    with open_workbook(str(path)) as book:
        for name in book.sheets:
            with book.get_sheet(name) as sheet:
                for row in sheet.rows(sparse=True):
                    for cell in row:
                        if cell.v is not None and comparable(cell.v) is not None:
                            yield name, cell.r, cell.c, "#" if cell.v in errors else comparable(cell.v)


def ods_cells(path: Path) -> Iterator[tuple[str, int, int, object]]:
    """What stands in content.xml."""
    import zipfile  # noqa: PLC0415 - in a process of its own
    from xml.etree import ElementTree as ET  # noqa: PLC0415 - the usual name; files of a known corpus

    office, table, text = (
        f"{{urn:oasis:names:tc:opendocument:xmlns:{name}:1.0}}" for name in ("office", "table", "text")
    )
    root = ET.fromstring(zipfile.ZipFile(path).read("content.xml"))  # noqa: S314
    for sheet in root.iter(f"{table}table"):
        row = 0
        for line in sheet.iter(f"{table}table-row"):
            column = 0
            filled = []
            for cell in line:
                times = int(cell.get(f"{table}number-columns-repeated", "1"))
                value: object = None
                kind = cell.get(f"{office}value-type")
                if kind in {"float", "percentage", "currency"}:
                    value = float(cell.get(f"{office}value", "nan"))
                elif kind == "boolean":
                    value = cell.get(f"{office}boolean-value") == "true"
                elif kind == "date":
                    value = dt.datetime.fromisoformat(cell.get(f"{office}date-value", ""))
                elif kind == "string":
                    shown = ["".join(part.itertext()) for part in cell.findall(f"{text}p")]
                    value = cell.get(f"{office}string-value") or " ".join(shown)
                if comparable(value) is not None:
                    filled += [(at, comparable(value)) for at in range(column, column + min(times, 1000))]
                column += times
            height = int(line.get(f"{table}number-rows-repeated", "1"))
            for down in range(min(height, 1000) if filled else 0):
                for at, value in filled:
                    yield sheet.get(f"{table}name", ""), row + down, at, value
            row += height


WITNESSES: Final = {
    "xlsx": openpyxl_cells,
    "xlsm": openpyxl_cells,
    "xls": calamine_cells,
    "xlsb": pyxlsb_cells,
    "ods": ods_cells,
}


def compared(path: Path) -> str:
    """In a process of its own: ``agree N``, ``differ N of M: …`` or ``none: why``."""
    from starcheck.workbook import read_workbook  # noqa: PLC0415

    workbook, _ = read_workbook(path)
    if workbook is None:
        return "none: refused"
    witness = WITNESSES.get(workbook.kind)
    if witness is None:
        return f"none: {workbook.kind}"
    try:
        seen = {(sheet, row, column): value for sheet, row, column, value in witness(path)}
    except Exception as error:  # noqa: BLE001 - whatever a foreign reader raises, it is no witness then
        return f"none: {type(error).__name__}"
    own = {(sheet, row, column): value for sheet, row, column, value in own_cells(path)}
    names = {sheet for sheet, _, _ in own} | {sheet.name or "" for sheet in workbook.sheets}
    differing = [
        f"{place}: {own.get(place)!r} for {value!r}"
        for place, value in seen.items()
        if place[0] in names and not _agree(own.get(place), value)
    ]
    if not differing:
        return f"agree {len(seen)}"
    return f"differ {len(differing)} of {len(seen)}: {differing[0]}"


def _agree(own: object, other: object) -> bool:
    if own == "?" and not isinstance(other, str):  # a witness believes what stands for a result that nobody calculated
        return other in {0.0, 4.0}
    if isinstance(own, float) and isinstance(other, float):
        if own < 0:  # calamine makes a day, or a time of day, of a negative number
            return abs(own - other - round(own - other)) <= 1e-4  # noqa: PLR2004 - to the second
        return abs(own - other) <= 2e-5 * max(1.0, abs(own))  # a day to the second
    if isinstance(own, float) and other == "#":  # openpyxl gives an error for a day out of range
        return own > 2958465  # noqa: PLR2004 - 9999-12-31
    if isinstance(own, str) and isinstance(other, str) and own != other:
        return bool(re.search(r"_x[0-9a-fA-F]{4}_", other)) or _mojibake(own, other)
    return own == other


def _mojibake(own: str, other: str) -> bool:
    """Whether the witness shows bytes of another code page where starcheck shows the text."""
    try:
        return other.encode("cp1252", "surrogateescape").decode("gb18030", "replace") == own or "\0" in other
    except UnicodeEncodeError:
        return "\0" in other


# --- both together ----------------------------------------------------------------------------------------------------


def line_of(path: Path, expected: str | None) -> Line:
    """Everything about one file."""
    outcome, detail, seconds, said, wrong = checked(path)
    witness = "—"
    if not wrong:
        command = [sys.executable, str(HERE), "--compare", str(path)]
        try:
            done = subprocess.run(command, capture_output=True, timeout=WITNESS_SECONDS, check=False)
            text = done.stdout.decode("utf-8", "replace").strip()
            witness = text if done.returncode == 0 and text else f"none: exit {done.returncode}"
        except subprocess.TimeoutExpired:
            witness = "none: no end"
        if witness.startswith("differ") and not any(found["code"] in {"V310", "V311", "F117"} for found in said):
            wrong = f"misread: {witness}"
    if not wrong and expected == "TABLE" and outcome == "refused" and detail not in LIMITS:
        wrong = "a table was expected"
    if not wrong and expected == "ERROR" and outcome == "read" and path.suffix != ".html":  # read since
        wrong = "a refusal was expected"
    return Line(path.name, outcome, detail, seconds, witness, wrong)


def expectations(manifest: Path | None) -> Mapping[str, str]:
    """File to what the manifest expects of it; a table of no cells is empty."""
    if manifest is None:
        return {}
    entries = json.loads(manifest.read_text(encoding="utf-8"))
    return {
        entry["file"]: "EMPTY"
        if entry.get("observed") and all(seen.startswith("ok 0 cells") for seen in entry["observed"].values())
        else entry.get("expected") or ""
        for entry in entries
    }


def main() -> int:
    """Check every file, print a table, and say how many are wrong."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("folders", nargs="*", type=Path)
    asked.add_argument("--manifest", type=Path)
    asked.add_argument("--compare", type=Path, help=argparse.SUPPRESS)
    asked.add_argument("--all", action="store_true", help="every file, not only those that are wrong")
    asked.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    asked.add_argument("--out", type=Path, help="write the whole table as CSV")
    told = asked.parse_args()
    if told.compare is not None:
        print(compared(told.compare))
        return 0
    expected = expectations(told.manifest)
    paths = [path for folder in told.folders for path in sorted(folder.rglob("*")) if path.is_file()]
    with ThreadPoolExecutor(told.jobs) as pool:
        lines = list(pool.map(lambda path: line_of(path, expected.get(path.name)), paths))
    for line in lines:
        if told.all or line.wrong:
            print(f"{line.outcome:8} {line.seconds:5.1f} s  {line.file}  {line.detail}  [{line.witness}]  {line.wrong}")
    kinds = Counter(line.wrong.split(":")[0] for line in lines if line.wrong)
    witnesses = Counter(line.witness.split(" ")[0] for line in lines)
    slowest = max((line.seconds for line in lines), default=0.0)
    print(
        f"{len(lines)} files: {sum(line.outcome == 'read' for line in lines)} read, "
        f"{sum(line.outcome == 'refused' for line in lines)} refused with a code, {sum(kinds.values())} wrong "
        f"{dict(kinds) or ''}; witness agrees on {witnesses['agree']}, has none for {witnesses['none:']}; "
        f"slowest {slowest:.1f} s"
    )
    if told.out is not None:
        import csv  # noqa: PLC0415 - only where it is asked for

        with told.out.open("w", encoding="utf-8-sig", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(["file", "outcome", "detail", "seconds", "witness", "wrong"])
            writer.writerows(
                [li.file, li.outcome, li.detail, f"{li.seconds:.2f}", li.witness, li.wrong] for li in lines
            )
    return 1 if kinds else 0


if __name__ == "__main__":
    raise SystemExit(main())
