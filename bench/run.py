"""Runs starcheck and its peers side by side, as whole processes, and writes ``results.md``.

    python bench/run.py [--runs N] [--no-slow] [--data DIRECTORY] [--out FILE] [--before CHECKOUT]

Every process is started the same way and waited for with ``os.wait4``, which says what it used. The processes of a
group take turns, so that what else the machine does hits all of them alike; the first turn warms up and is not counted.
A ratio is the median of the ratios within a turn.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from typing import Final

from peers.columns import HEADERS
from sizes import COUNTY, NATION, PROVINCE, TENTH, Size

HERE: Final = Path(__file__).parent
TOWNSHIPS: Final = HERE.parent / "examples" / "qingfeng"
READ: Final = HERE / "read_only.py"
PACKAGES: Final = (
    "typer",
    "rich",
    "pydantic",
    "numpy",
    "pandas",
    "pyarrow",
    "python-calamine",
    "PyYAML",
    "SQLAlchemy",
    "openpyxl",
    "polars",
    "pandera",
    "pointblank",
    "frictionless",
)
NOT_FOR_HELP: Final = ("pandas", "numpy", "openpyxl", "sqlalchemy", "yaml")
TOLD: Final = ("--county", "清丰县", "--period", "2022-06")
STORE: Final = "{store}"
"""In a command: a store that does not exist yet, another one each time."""


@dataclass(frozen=True)
class Usage:
    """What one process took: seconds on the clock, seconds of processor, most memory in MB."""

    wall: float
    cpu: float
    peak: float


@dataclass
class Contender:
    """A process to run, and what it took each time. ``runs`` 0 is as often as the others of its group."""

    name: str
    command: Sequence[str]
    runs: int = 0
    usages: list[Usage] = field(default_factory=list)

    def middle(self, what: Callable[[Usage], float]) -> float:
        """The median over the runs."""
        return median(map(what, self.usages))


def wall(usage: Usage) -> float:
    """Seconds on the clock."""
    return usage.wall


def cpu(usage: Usage) -> float:
    """Seconds of processor time, user and system."""
    return usage.cpu


def peak(usage: Usage) -> float:
    """Most memory in use, in MB."""
    return usage.peak


@dataclass(frozen=True)
class Group:
    """Contenders over one input."""

    title: str
    contenders: Mapping[str, Contender]


@dataclass(frozen=True)
class Target:
    """A figure and what it must not exceed, both in words as well."""

    words: str
    limit: float
    measured: float
    form: str = "{:.2f}"

    def row(self) -> str:
        """A row of the table of targets."""
        reached = "yes" if self.measured <= self.limit else f"**no**, by {self.measured / self.limit - 1:.0%}"
        return f"| {self.words} | {self.form.format(self.limit)} | {self.form.format(self.measured)} | {reached} |"


def environment() -> dict[str, str]:
    """Ours without what would slow Python down or change what starcheck does."""
    left_out = {"PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED", "PYTHONPROFILEIMPORTTIME", "COLUMNS"}
    return {
        name: value for name, value in os.environ.items() if name not in left_out and not name.startswith("STARCHECK_")
    }


def run_once(command: Sequence[str], folder: Path) -> Usage:
    """One process from start to end; it must succeed."""
    with (folder / "errors.txt").open("w+b") as errors:
        begin = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, env=environment(), stdout=subprocess.DEVNULL, stderr=errors)
        _, status, used = os.wait4(process.pid, 0)
        taken = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            errors.seek(0)
            sys.exit(f"{' '.join(command)} ended with {process.returncode}\n{errors.read().decode(errors='replace')}")
    unit = 1 << 20 if platform.system() == "Darwin" else 1 << 10
    return Usage(taken, used.ru_utime + used.ru_stime, used.ru_maxrss / unit)


def take_turns(group: Group, runs: int) -> None:
    """Run a group's contenders one after the other, again and again; the first turn is thrown away."""
    for turn in range(runs + 1):
        for contender in group.contenders.values():
            wanted = contender.runs or runs
            if turn > wanted or (turn == 0 and contender.runs):
                continue
            with tempfile.TemporaryDirectory() as folder:
                store = str(Path(folder) / "starcheck.db")
                command = [store if word == STORE else word for word in contender.command]
                usage = run_once(command, Path(folder))
            if turn:
                contender.usages.append(usage)
            print(f"{turn}/{wanted} {usage.wall:7.2f} s {usage.peak:6.0f} MB  {contender.name}", file=sys.stderr)


def ratio(one: Contender, other: Contender, what: Callable[[Usage], float] = wall) -> float:
    """How many times as much one took as the other in the same turn: the median over the turns."""
    return median(what(mine) / what(theirs) for mine, theirs in zip(one.usages, other.usages, strict=False))


def peer(name: str, script: str, *words: object, runs: int = 0) -> Contender:
    """A script of ``peers``."""
    return Contender(name, [sys.executable, str(HERE / "peers" / script), *map(str, words)], runs)


def starcheck(name: str, *words: object) -> Contender:
    """A command of starcheck."""
    return Contender(name, [sys.executable, "-m", "starcheck", *map(str, words)])


def score(name: str, path: Path, *words: str) -> Contender:
    """``starcheck score`` of a file, which needs no telling where the file says county and period itself."""
    told = () if path.suffix == ".xlsx" and COUNTY.file == path.name else TOLD
    return starcheck(name, "score", path, *told, *words)


def folder_of_townships(before: Path | None) -> Group:
    """The example county as its townships sent it, today and by an earlier version of starcheck."""
    files = [path for path in TOWNSHIPS.iterdir() if path.stem not in {"register", "targets"}]
    command = [sys.executable, "-m", "starcheck", "score", str(TOWNSHIPS), "--no-store", "--quiet"]
    contenders = {"ours": Contender("**starcheck score --no-store**", command)}
    if before is not None:
        source = f"PYTHONPATH={before.resolve() / 'src'}"
        old = ["env", source, *command[:4], str(before.resolve() / "examples" / "qingfeng"), *command[5:]]
        contenders["before"] = Contender("the same by an earlier version", old)
    return Group(f"The folder of {len(files)} townships, {TOWNSHIPS.name}", contenders)


def groups(data: Path, *, slow: bool, before: Path | None = None) -> dict[str, Group]:
    """Everything that is run. Peers that take half a minute are run once."""
    county, province, tenth, nation = (data / size.file for size in (COUNTY, PROVINCE, TENTH, NATION))
    found = {
        "help": Group(
            "`starcheck --help`",
            {
                "ours": starcheck("starcheck --help", "--help"),
                "typer": peer("import typer", "typer_only.py"),
            },
        ),
        "county": Group(
            f"One county, workbook of {shape(COUNTY)}",
            {
                "imports": peer("import pandas, pydantic, rich, typer, python_calamine", "imports_only.py"),
                "ours": score("**starcheck score --no-store**", county, "--no-store"),
                "stored": score("**starcheck score**, recorded in a new store", county, "--store", STORE),
                "start": peer("import typer, rich, pydantic, numpy, python_calamine, yaml", "start_only.py"),
                "calamine": peer("python-calamine, nothing checked", "raw_calamine.py", county),
                "pandera": peer("pandera", "pandera_check.py", county),
                "rows": peer("openpyxl + pandas + a pydantic model per row", "row_script.py", county),
                "frictionless": peer("frictionless", "frictionless_check.py", county),
                "pointblank": peer("pointblank", "pointblank_check.py", county),
            },
        ),
        "townships": folder_of_townships(before),
        "province": Group(
            f"Workbook of {shape(PROVINCE)}",
            {
                "read": Contender("starcheck, read and nothing else", [sys.executable, str(READ), str(province)]),
                "ours": score("**starcheck score --no-store**", province, "--no-store"),
                "calamine": peer("python-calamine, nothing checked", "raw_calamine.py", province),
                "start": peer("import typer, rich, pydantic, numpy, python_calamine, yaml", "start_only.py"),
            },
        ),
        "nation": Group(
            f"A nation, CSV of {shape(NATION)}, {nation.stat().st_size / 1e6:.0f} MB",
            {
                "ours": score("**starcheck score --no-store**", nation, "--no-store"),
                "polars": peer("polars, strings, nothing checked", "polars_strings.py", nation),
                "tenth": score(f"starcheck score --no-store, {TENTH.units:,} units", tenth, "--no-store"),
                "pyarrow": peer("pyarrow, strings, nothing checked", "pyarrow_strings.py", nation),
            },
        ),
    }
    if slow:
        found["slow province"] = Group(
            f"Workbook of {shape(PROVINCE)}: what checks the same",
            {
                "pandera": peer("pandera", "pandera_check.py", province, runs=1),
                "pointblank": peer("pointblank", "pointblank_check.py", province, runs=1),
                "frictionless": peer("frictionless", "frictionless_check.py", province, runs=1),
                "rows": peer("openpyxl + pandas + a pydantic model per row", "row_script.py", province, runs=1),
            },
        )
        found["slow nation"] = Group(
            f"CSV of {shape(NATION)}: what checks the same, and pandas' own reader",
            {
                "pandera": peer("pandera", "pandera_check.py", nation, runs=1),
                "pointblank": peer("pointblank on polars", "pointblank_check.py", nation, runs=1),
                "pandas": peer("pandas, strings, nothing checked", "pandas_strings.py", nation, runs=1),
            },
        )
    return found


def shape(size: Size) -> str:
    """``503 × 49``."""
    return f"{size.units:,} × {len(HEADERS)}"


def targets(found: Mapping[str, Group]) -> list[Target]:
    """The figures that are to be reached."""
    helped, county, province, nation = (found[name].contenders for name in ("help", "county", "province", "nation"))
    turns = zip(*(province[name].usages for name in ("ours", "calamine", "start")), strict=True)
    workbook = median(ours.wall / (2 * cells.wall + start.wall) for ours, cells, start in turns)
    townships = found["townships"].contenders
    earlier = (
        [Target("(e) folder of townships ÷ an earlier version", 1.3, ratio(townships["ours"], townships["before"]))]
        if "before" in townships
        else []
    )
    return [
        Target("(a) `--help` ÷ import typer", 3, ratio(helped["ours"], helped["typer"])),
        Target("(b) county ÷ imports only", 0.8, ratio(county["ours"], county["imports"])),
        Target("(b) county, recorded ÷ imports only", 1.3, ratio(county["stored"], county["imports"])),
        Target("(c) 50,000 units ÷ (2 × calamine + start)", 1, workbook),
        Target("(d) nation ÷ polars as strings", 2.5, ratio(nation["ours"], nation["polars"])),
        Target("(d) nation: most memory, MB", 1500, nation["ours"].middle(peak), "{:.0f}"),
        Target("(d) nation ÷ a tenth of it", 11, ratio(nation["ours"], nation["tenth"])),
        *earlier,
        Target("(f) reading 50,000 units ÷ calamine", 2, ratio(province["read"], province["calamine"])),
    ]


def imported_for_help() -> list[str]:
    """Which of the heavy packages ``starcheck --help`` imports; there should be none."""
    command = [sys.executable, "-X", "importtime", "-m", "starcheck", "--help"]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, check=True)
    names = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time")}
    return sorted(set(NOT_FOR_HELP) & names)


def machine() -> str:
    """What it ran on, in a line."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30)
    processor = platform.processor() or platform.machine()
    try:
        model = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text(encoding="utf-8"))
        processor = model[1] if model else processor
    except OSError:
        pass
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{os.cpu_count()} cores ({processor}), {memory:.0f} GB, {platform.system()}, {python}"


def packages() -> str:
    """The versions that were compared."""
    listed = []
    for name in PACKAGES:
        try:
            listed.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            listed.append(f"{name} —")
    return ", ".join(listed)


def page(found: Mapping[str, Group]) -> str:
    """The whole of results.md."""
    heavy = imported_for_help()
    listed = ", ".join(heavy) or "none"
    lines = [
        "# Results",
        "",
        "Written by `python bench/run.py`; how, and what the words mean, is in [README.md](README.md).",
        "",
        f"Machine: {machine()}.",
        "",
        f"Packages: {packages()}.",
        "",
        "## What was to be reached",
        "",
        "| figure | at most | measured | reached |",
        "|---|--:|--:|---|",
        *(target.row() for target in targets(found)),
        f"| (a) of {', '.join(NOT_FOR_HELP)}, `--help` imports | none | {listed} | {'**no**' if heavy else 'yes'} |",
    ]
    for group in found.values():
        lines += ["", f"## {group.title}", "", "| | s, median | least | most | processor s | MB | runs |"]
        lines.append("|---|--:|--:|--:|--:|--:|--:|")
        for contender in sorted(group.contenders.values(), key=lambda contender: contender.middle(wall)):
            times = [usage.wall for usage in contender.usages]
            lines.append(
                f"| {contender.name} | {median(times):.2f} | {min(times):.2f} | {max(times):.2f} "
                f"| {contender.middle(cpu):.2f} | {contender.middle(peak):.0f} | {len(times)} |"
            )
    return "\n".join(lines) + "\n"


def main() -> None:
    """Make what is missing, run everything, write the page."""
    parser = argparse.ArgumentParser(description="Run starcheck and its peers side by side.")
    parser.add_argument("--runs", type=int, default=7, help="runs that count, after one that does not")
    parser.add_argument("--no-slow", action="store_true", help="without the peers that take half a minute each")
    parser.add_argument("--data", type=Path, default=HERE / "data", help="where the files are, or are made")
    parser.add_argument("--out", type=Path, default=HERE / "results.md", help="the page to write")
    parser.add_argument("--before", type=Path, help="a checkout of an earlier version to compare with")
    told = parser.parse_args()
    # in a process of its own: a child's peak is never below what its parent used
    subprocess.run([sys.executable, str(HERE / "data.py"), str(told.data)], check=True)
    found = groups(told.data.resolve(), slow=not told.no_slow, before=told.before)
    for group in found.values():
        take_turns(group, told.runs)
    text = page(found)
    told.out.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
