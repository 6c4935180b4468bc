"""A province by ``starcheck batch``: 158 counties, 46,000 units, 2,700 workbooks a month, beside calamine alone.

    python bench/province.py --data DIRECTORY [--counties 158] [--months 1] [--jobs 1,2] [--runs 1]

Makes the inboxes that are not there yet, then measures whole processes and prints a table: reading the cells of every
workbook with python-calamine in as many processes; ``batch`` into a new store with each number of jobs; the same again
with nothing new; the inserting of the store's rows by sqlite3 alone; the most memory; a report on one county out of the
province's store and out of a store of its own (with ``--months 12`` a year); the size of the store by units and months.
All of it is invented.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import xlsxwriter
from data import CHARACTERS, FIRST_DAY, values_of
from peers.columns import COLUMNS, HEADERS

HERE = Path(__file__)
COUNTIES, TOWNSHIPS, UNITS = 158, 17, 291
"""Counties of a province, townships of a county, villages of a county: 2,686 workbooks and 45,978 units a month."""
SCHEME = "wuxing-rural"
KINDS = {column.header: column.kind for column in COLUMNS}


# --- the inboxes ------------------------------------------------------------------------------------------------------


def county_name(number: int) -> str:
    """A county of two characters, like 马白县; each number another one."""
    letters = [letter for letter in dict.fromkeys(CHARACTERS) if letter not in "县区市乡镇村"]
    return letters[number % len(letters)] + letters[(number * 7 + number // len(letters) + 3) % len(letters)] + "县"


def make_month(inbox: Path, county: str, number: int, month: int) -> None:
    """The workbooks of a county's townships in one month, from July 2022: most values are those of the month before."""
    year, calendar = 2022 + (month + 5) // 12, (month + 5) % 12 + 1
    folder = inbox / f"{year}-{calendar:02}"
    if folder.exists():
        return
    unfinished = folder.with_name(f"unfinished-{folder.name}")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    first = number * UNITS
    values = values_of(range(first, first + UNITS))
    later = values_of(range(first + 1_000_000 * month, first + 1_000_000 * month + UNITS))
    edges = [UNITS * place // TOWNSHIPS for place in range(TOWNSHIPS + 1)]
    for place in range(TOWNSHIPS):
        town = f"{'东西南北中上下前后大小新老长高平安'[place]}{county[0]}镇"
        path = unfinished / f"{town}{year}年{calendar}月台账.xlsx"
        with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
            book.set_properties({"created": datetime(year, calendar, 28, tzinfo=UTC)})
            sheet = book.add_worksheet(f"{calendar}月")
            as_date = book.add_format({"num_format": "yyyy-mm-dd"})
            sheet.write_string(0, 0, f"{county}{town}{year}年{calendar}月“五星”支部创建工作台账")
            sheet.write_row(1, 0, HEADERS)
            for row, unit in enumerate(range(edges[place], edges[place + 1]), start=2):
                for column, header in enumerate(HEADERS):
                    moved = month > 1 and (unit + column) % 12 == month % 12 and KINDS.get(header) == "是否"
                    cell = (later if moved else values)[header][unit]
                    write(sheet, row, column, town if header == "乡镇" else cell, KINDS.get(header), as_date)
    unfinished.replace(folder)


def write(sheet: Any, row: int, column: int, value: Any, kind: str | None, as_date: Any) -> None:
    """A cell of its kind."""
    if isinstance(value, str):
        sheet.write_string(row, column, value)
    elif kind == "日期":
        sheet.write_datetime(row, column, FIRST_DAY + timedelta(int(value)), as_date)
    else:
        sheet.write_number(row, column, int(value) if kind == "整数" else int(value) / 100)


def make(data: Path, counties: int, months: int) -> None:
    """Every inbox that is not there yet."""
    for number in range(counties):
        for month in range(1, months + 1):
            make_month(data / "inbox" / county_name(number), county_name(number), number, month)


# --- what is run ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Usage:
    """Seconds on the clock, seconds of processor of the process and its children, most memory of one of them in MB."""

    wall: float
    cpu: float
    peak: float


def run(command: list[str], folder: Path) -> Usage:
    """One process and its children from start to end."""
    left_out = {"PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"}
    kept = {name: text for name, text in os.environ.items() if name not in left_out and "STARCHECK" not in name}
    watch = "import resource,subprocess,sys,time\nb=time.perf_counter()\nc=subprocess.run(sys.argv[1:]).returncode\n"
    watch += "u=resource.getrusage(resource.RUSAGE_CHILDREN)\n"
    watch += "print('USED',c,time.perf_counter()-b,u.ru_utime+u.ru_stime,u.ru_maxrss/1024,file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", watch, *command], cwd=folder, env=kept, capture_output=True, text=True, check=False
    )
    found = re.search(r"^USED (-?\d+) (\S+) (\S+) (\S+)$", done.stderr, re.MULTILINE)
    if found is None or int(found[1]) not in {0, 1}:
        sys.exit(f"{' '.join(command)}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
    return Usage(float(found[2]), float(found[3]), float(found[4]))


def read_raw(paths: list[str]) -> int:
    """Every cell of some workbooks with python-calamine; how many there are."""
    from python_calamine import CalamineWorkbook  # noqa: PLC0415 - in the process that measures it

    cells = 0
    for path in paths:
        book = CalamineWorkbook.from_path(path)
        for name in book.sheet_names:
            cells += sum(map(len, book.get_sheet_by_name(name).to_python()))
    return cells


def raw(inbox: Path, jobs: int) -> None:
    """All workbooks with calamine, in so many processes: what ``batch`` is held against."""
    paths = sorted(map(str, inbox.rglob("*.xlsx")))
    shares = [paths[place::jobs] for place in range(jobs)]
    if jobs == 1:
        print(len(paths), read_raw(paths))
        return
    with ProcessPoolExecutor(jobs) as pool:
        print(len(paths), sum(pool.map(read_raw, shares)))


def insert_again(store: Path) -> int:
    """The rows of a store into a new one by ``sqlite3`` alone, tables and indexes as they are; how many there are."""
    import sqlite3  # noqa: PLC0415 - in the process that measures it

    fresh = store.with_name("again.db")
    fresh.unlink(missing_ok=True)
    count = 0
    with sqlite3.connect(store) as old, sqlite3.connect(fresh) as new:
        new.execute("PRAGMA journal_mode=WAL")
        made = "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'"
        kept = [row for row in old.execute(made) if row[0] in {"table", "index"}]
        for _, _, sql in sorted(kept, reverse=True):
            new.execute(sql)
        for name in (name for kind, name, _ in kept if kind == "table"):
            rows = old.execute(f"SELECT * FROM {name}").fetchall()  # noqa: S608 - our own names
            if rows:
                new.executemany(f"INSERT INTO {name} VALUES ({','.join('?' * len(rows[0]))})", rows)  # noqa: S608
            count += len(rows)
    return count


def workspace(folder: Path, inbox: Path, counties: list[str], months: int) -> None:
    """A new workspace whose batch reads the inboxes, with the report and the units as its results."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    period = "all" if months > 1 else "2022-07"
    lines = ["[batch]", f'scheme = "{SCHEME}"', f'period = "{period}"', 'outputs = ["report.md", "units.csv"]']
    for county in counties:
        lines += ["[[batch.county]]", f'county = "{county}"', f'inbox = "{(inbox / county).as_posix()}"']
    (folder / "starcheck.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")


def starcheck(*words: str) -> list[str]:
    """A command of starcheck."""
    return [sys.executable, "-m", "starcheck", *words]


def middle(runs: list[Usage]) -> Usage:
    """The medians."""
    return Usage(median(one.wall for one in runs), median(one.cpu for one in runs), max(one.peak for one in runs))


def show(name: str, used: Usage, beside: Usage | None = None) -> None:
    """A row of the table."""
    ratio = "" if beside is None else f"{used.wall / beside.wall:.2f}"
    print(f"| {name} | {used.wall:.2f} | {used.cpu:.2f} | {used.peak:.0f} | {ratio} |", flush=True)


def main() -> None:
    """Make, run, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--counties", type=int, default=COUNTIES)
    parser.add_argument("--months", type=int, default=1)
    parser.add_argument("--jobs", default="1,2")
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--raw", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--rows", type=Path, help=argparse.SUPPRESS)
    told = parser.parse_args()
    inbox = told.data.resolve() / "inbox"
    if told.raw:
        raw(inbox, told.raw)
        return
    if told.rows:
        print(insert_again(told.rows))
        return
    began = time.perf_counter()
    make(told.data.resolve(), told.counties, told.months)
    counties = [county_name(number) for number in range(told.counties)]
    assert len(set(counties)) == len(counties)
    units = told.counties * UNITS
    files = told.counties * TOWNSHIPS * told.months
    print(f"{files:,} workbooks, {units:,} units, {told.months} months; made in {time.perf_counter() - began:.0f} s\n")
    print("| | seconds | of processor | most MB | beside calamine |\n|---|---|---|---|---|")
    place = told.data.resolve() / "office"
    for jobs in map(int, told.jobs.split(",")):
        alone, rated, again = [], [], []
        for _ in range(told.runs):
            alone.append(
                run([sys.executable, str(HERE), "--data", str(told.data.resolve()), "--raw", str(jobs)], HERE.parent)
            )
            workspace(place, inbox, counties, told.months)
            rated.append(run(starcheck("batch", "--jobs", str(jobs), "--quiet"), place))
            again.append(run(starcheck("batch", "--jobs", str(jobs), "--quiet"), place))
        show(f"calamine, {jobs} processes", middle(alone))
        show(f"**starcheck batch --jobs {jobs}**", middle(rated), middle(alone))
        show(f"the same, nothing new, {jobs} jobs", middle(again))
    store = place / "starcheck.db"
    words = [sys.executable, str(HERE), "--data", str(told.data.resolve()), "--rows", str(store)]
    show("the rows of the store by sqlite3 alone", run(words, HERE.parent), middle(alone))
    few = told.data.resolve() / "few"
    workspace(few, inbox, counties[: max(1, told.counties // 8)], told.months)
    show(
        f"starcheck batch of {max(1, told.counties // 8)} counties",
        run(starcheck("batch", "--jobs", "1", "--quiet"), few),
    )
    own = told.data.resolve() / "own"
    workspace(own, inbox, counties[:1], told.months)
    run(starcheck("batch", "--jobs", "1", "--quiet"), own)
    report = starcheck("report", "--county", counties[0], "--quiet")
    one, many = [], []
    for _ in range(5):
        one.append(run(report, own))
        many.append(run(report, place))
    show("report of a county, a store of its own", middle(one))
    show("report of a county, the province's store", middle(many), middle(one))
    size = sum(path.stat().st_size for path in place.rglob("starcheck.db*"))
    print(f"\nThe store: {size / 1e6:,.0f} MB, {size / (units * told.months):,.0f} bytes a unit and month.")


if __name__ == "__main__":
    main()
