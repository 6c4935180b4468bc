"""Mutates real workbooks and CSVs byte by byte, and reads what comes of it: the only ends allowed are our own.

    python bench/fuzz.py PATH [PATH …] [--runs 100000] [--seed 1] [--jobs 2] [--seconds 10] [--keep FOLDER]

Each run takes a file, changes it (bits flipped, bytes set, stretches cut, doubled, zeroed, moved, spliced with another
file; of a zipped workbook half the time inside an unpacked member, zipped again), and puts it through ``read_workbook``
and ``find_tables``. Wrong is

* an exception, which is a bug of ours;
* a hang: a run that does not end in time, though the reader's own limit is set to less;
* a death of the interpreter: an abort, a stack or memory overflow in a library.

A worker process reads; it tells which run it is at, so that a hang or a death has a number, and a new one goes on from
the next. Runs are numbered and the seed is given: a run can be repeated by itself (``--only N``), and what was wrong is
kept in a folder.
"""

from __future__ import annotations

import argparse
import io
import multiprocessing as mp
import os
import random
import re
import sys
import time
import traceback
import zipfile
import zlib
from collections import Counter
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

MEMORY: Final = 4 << 30
LARGEST: Final = 60_000
KNOWN: Final = ("序号", "乡镇", "村名", "名称", "编码", "人口", "收入", "a", "b", "name", "date")
PIECES: Final = (
    b"\0",
    b"\xff",
    b"\xff\xff\xff\xff",
    b"\0\0\0\x80",
    b"<",
    b">",
    b'"',
    b"&",
    b"\n",
    b",",
    b"9" * 20,
    b"-1",
    b"1048576",
    b"XFD1048576",
    b"]]>",
    b"<!--",
    b"</",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"PK\3\4",
    b"rowspan=65000 ",
    b' r="A1"',
    b' s="99999"',
    b' t="s"',
    b' number-columns-repeated="9999999"',
    b"nan",
    b"1e400",
)


# --- mutation ---------------------------------------------------------------------------------------------------------


def _bytes_changed(data: bytes, others: Sequence[bytes], rng: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 2, 3, 8, 30))):
        size = len(changed)
        if not size:
            return bytes(changed)
        at = rng.randrange(size)
        length = min(rng.choice((1, 2, 4, 16, 100, 1000, size // 4 + 1)), size - at)
        match rng.randrange(11):
            case 0:
                changed[at] ^= 1 << rng.randrange(8)
            case 1:
                changed[at] = rng.randrange(256)
            case 2:
                del changed[at : at + length]
            case 3:
                changed[at:at] = changed[at : at + length]
            case 4:
                changed[at : at + length] = bytes(length)
            case 5:
                changed[at : at + length] = rng.randbytes(length)
            case 6:
                changed[at:at] = rng.choice(PIECES)
            case 7:
                piece = rng.choice(PIECES)
                changed[at : at + len(piece)] = piece
            case 8:
                to = rng.randrange(size)
                changed[to : to + length] = changed[at : at + length]
            case 9:
                del changed[at:]
            case _:
                other = rng.choice(others)
                start = rng.randrange(len(other) or 1)
                changed[at : at + length] = other[start : start + length]
        if len(changed) > 8 * LARGEST:
            del changed[8 * LARGEST :]
    return bytes(changed)


def _member_changed(data: bytes, others: Sequence[bytes], rng: random.Random) -> bytes | None:
    """A zip with one member changed and packed anew; None if it is no zip or cannot be unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
    except (zipfile.BadZipFile, zlib.error, OSError, RuntimeError, NotImplementedError, EOFError, ValueError):
        return None
    if not parts:
        return None
    names = list(parts)
    telling = [name for name in names if re.search(r"sheet|content|workbook|shared|styles|rels", name, re.IGNORECASE)]
    for _ in range(rng.choice((1, 1, 2))):
        name = rng.choice(telling if telling and rng.randrange(10) else names)
        if not rng.randrange(20):
            parts.pop(name, None)
            continue
        parts[name] = _bytes_changed(parts.get(name, b""), others, rng)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return packed.getvalue()


def mutated(files: Sequence[tuple[str, bytes]], number: int, seed: int) -> tuple[str, bytes]:
    """The file of a run: its name and its changed bytes. The same seed and number give the same."""
    rng = random.Random(f"{seed}/{number}")  # noqa: S311 - repeatable, not secret
    name, data = files[rng.randrange(len(files))]
    others = [files[rng.randrange(len(files))][1] for _ in range(2)]
    if data.startswith(b"PK") and rng.randrange(5) > 1:
        inside = _member_changed(data, others, rng)
        if inside is not None:
            return name, inside
    return name, _bytes_changed(data, others, rng)


# --- reading ----------------------------------------------------------------------------------------------------------


def outcome(name: str, data: bytes, seconds: float) -> str:
    """How the reading ends: ``read`` or a code; whatever else is raised is a bug."""
    from starcheck.archive import open_archive  # noqa: PLC0415 - in the worker
    from starcheck.cells import Limits, Refused  # noqa: PLC0415
    from starcheck.table import find_tables  # noqa: PLC0415
    from starcheck.workbook import read_workbook  # noqa: PLC0415

    limits = Limits(seconds=seconds, unpacked_bytes=256 << 20, bulk_bytes=50_000)
    workbook, said = read_workbook(Path(name), known=KNOWN, limits=limits, data=data)
    for found in said:
        found.message("zh")
        found.message("en")
    if workbook is None:
        if said[0].code == "F111":
            try:
                for member in open_archive(Path(name), name, lambda _: None, limits, data=data) or ():
                    if member.data is not None:
                        read_workbook(Path(member.name), known=KNOWN, limits=limits, data=member.data)
            except Refused as refused:
                return refused.code
        return said[0].code
    for sheet in workbook.sheets:
        sheet.comments()
        sheet.number_formats([(row, column) for row in range(1, 30) for column in range(4)])
        if sheet.bulk is not None:
            sheet.bulk.columns(1, range(5), [2, 3])
            sheet.bulk.tail(20)
        for table in find_tables(sheet, frozenset(KNOWN))[0]:
            for header in table.headers[:3]:
                table.cells(header.column, fill_merged=True)
    return "read"


def _work(files: Sequence[tuple[str, bytes]], seed: int, seconds: float, talk: Connection) -> None:
    """A worker: reads runs as it is told their numbers, and says how each ended."""
    sys.stderr = io.StringIO()
    try:
        import resource  # noqa: PLC0415 - not on Windows

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except ImportError:
        pass
    while True:
        number = talk.recv()
        if number is None:
            return
        name, data = mutated(files, number, seed)
        try:
            talk.send((outcome(name, data, seconds), ""))
        except BaseException:  # noqa: BLE001 - whatever it is, it is what is looked for
            talk.send(("exception", traceback.format_exc()[-1500:]))


def _busy(process: int | None) -> float:
    """Processor seconds of a process; where nobody tells, the time that has passed."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    except OSError:
        return time.monotonic()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _run(
    files: Sequence[tuple[str, bytes]], numbers: range, seed: int, seconds: float, results: mp.Queue[object]
) -> None:
    """One overseer: a worker after another, until all numbers are done."""
    worker, talk = None, None
    for number in numbers:
        if worker is None or talk is None:
            talk, other = mp.Pipe()
            worker = mp.Process(target=_work, args=(files, seed, seconds / 2, other), daemon=True)
            worker.start()
            other.close()
        end, detail = "died", ""
        try:
            talk.send(number)
            begun = _busy(worker.pid)
            while not (ready := talk.poll(seconds)) and _busy(worker.pid) - begun < seconds:
                pass  # the machine is busy with something else
            end, detail = talk.recv() if ready else ("hang", "")
        except (EOFError, OSError):
            worker.join(2)
            detail = f"exit {worker.exitcode}"
        results.put((number, end, detail))
        if end in {"hang", "died"}:
            worker.kill()
            worker.join()
            worker = None
    if worker is not None and talk is not None:
        talk.send(None)
        worker.join(5)
    results.put(None)


def main() -> int:
    """Run, print the count of each end, and say what was wrong."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("paths", nargs="+", type=Path)
    asked.add_argument("--runs", type=int, default=100_000)
    asked.add_argument("--first", type=int, default=0)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    asked.add_argument("--seconds", type=float, default=10.0)
    asked.add_argument("--keep", type=Path, help="a folder for the files that went wrong")
    asked.add_argument("--only", type=int, help="repeat one run in this process")
    told = asked.parse_args()
    files = corpus(told.paths)
    print(f"{len(files)} files of at most {LARGEST:,} bytes, seed {told.seed}")
    if told.only is not None:
        name, data = mutated(files, told.only, told.seed)
        if told.keep:
            told.keep.mkdir(parents=True, exist_ok=True)
            (told.keep / f"{told.only}_{name}").write_bytes(data)
        print(name, len(data), outcome(name, data, told.seconds))
        return 0
    results: mp.Queue[object] = mp.Queue()
    overseers = []
    for job in range(told.jobs):
        numbers = range(told.first + job, told.first + told.runs, told.jobs)
        overseers.append(mp.Process(target=_run, args=(files, numbers, told.seed, told.seconds, results)))
        overseers[-1].start()
    begun, open_ones, ends = time.monotonic(), told.jobs, Counter[str]()
    wrong: list[tuple[int, str, str]] = []
    while open_ones:
        result = results.get()
        if result is None:
            open_ones -= 1
            continue
        number, end, detail = result  # type: ignore[misc]
        ends[end] += 1
        if end == "F135":
            print(f"run {number}: took long", flush=True)
        if end in {"exception", "hang", "died"}:
            wrong.append((number, end, detail))
            name, data = mutated(files, number, told.seed)
            print(f"run {number}: {end} on {name}\n{detail}", flush=True)
            if told.keep:
                told.keep.mkdir(parents=True, exist_ok=True)
                (told.keep / f"{number}_{name}").write_bytes(data)
        if sum(ends.values()) % 5000 == 0:
            print(f"{sum(ends.values()):,} runs, {time.monotonic() - begun:.0f} s, {len(wrong)} wrong", flush=True)
    print(", ".join(f"{end} {count:,}" for end, count in ends.most_common()))
    print(f"{sum(ends.values()):,} runs in {time.monotonic() - begun:.0f} s: {len(wrong)} wrong")
    return 1 if wrong else 0


def corpus(paths: Sequence[Path]) -> list[tuple[str, bytes]]:
    """The files to start from: all of the folders that are not too large to be read thousands of times."""
    found = [inner for path in paths for inner in (sorted(path.rglob("*")) if path.is_dir() else [path])]
    return [(path.name, path.read_bytes()) for path in found if path.is_file() and 0 < path.stat().st_size <= LARGEST]


if __name__ == "__main__":
    raise SystemExit(main())
