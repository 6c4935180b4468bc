"""A small office for the tests of ``batch``: counties with a month or two of ledgers each, and the batch run as it is.

Also clocks for workers that fail: what a worker is handed, it can fail by, and nothing of the program is replaced.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from multiprocessing import parent_process
from pathlib import Path
from typing import Any

import starcheck
from making import delimited
from starcheck.history import Store
from test_cycle import ALL, HEADER, NONE, ONE, REGISTER, SCHEME, TOWNS, Villages

MONTHS: Mapping[str, Villages] = {
    "2022-04": ALL | {"戊村": (9, "是", "是")},
    "2022-05": ALL | {"戊村": NONE},
    "2022-06": ALL | {"戊村": NONE, "丁村": ONE},
}
APRIL = {"2022-04": ALL}
NOW = datetime(2022, 7, 5, 8, 30, tzinfo=UTC)
SOURCE = str(Path(starcheck.__file__).parents[1])
OUTPUTS = ["report.md", "report.json", "units.csv", "problems.csv", "rank.csv", "reminders.md", "moves.json"]


def now() -> datetime:
    """A clock that stands still."""
    return NOW


def file_of(folder: Path, town: str, villages: Villages) -> Path:
    """A township's ledger."""
    rows = [[TOWNS[name], name, 1000, *cells, "否"] for name, cells in villages.items() if TOWNS[name] == town]
    folder.mkdir(parents=True, exist_ok=True)
    return delimited(folder / f"{town}.csv", [HEADER, *rows])


def send(inbox: Path, months: Mapping[str, Villages] = MONTHS, towns: Sequence[str] = ("东乡", "西乡", "北乡")) -> None:
    """A folder a month, a file a township."""
    for period, villages in months.items():
        for town in towns:
            file_of(inbox / period, town, villages)


def office(root: Path, *counties: str, months: Mapping[str, Villages] = MONTHS, more: str = "") -> Path:
    """A workspace whose counties have sent their months; its starcheck.toml."""
    (root / "criteria").mkdir(parents=True)
    (root / "criteria" / "monthly.yaml").write_text(SCHEME, encoding="utf-8")
    delimited(root / "register.csv", REGISTER)
    for county in counties:
        send(root / "收件" / county, months)
    text = '[batch]\nscheme = "monthly"\ninbox = "收件/{county}"\nregister = "register.csv"\n'
    text += f"outputs = {json.dumps(OUTPUTS)}\n{more}\n"
    text += "".join(f'\n[[batch.county]]\ncounty = "{county}"\n' for county in counties)
    config = root / "starcheck.toml"
    config.write_text(text, encoding="utf-8")
    return config


def environment() -> dict[str, str]:
    """The surroundings of a program that is started: this source tree, UTF-8."""
    path = os.pathsep.join([SOURCE, str(Path(__file__).parent)])
    return {**os.environ, "PYTHONPATH": path, "PYTHONUTF8": "1"}


def command(config: Path, *words: str) -> list[str]:
    """The command line of a batch."""
    return [sys.executable, "-m", "starcheck", "batch", str(config), *words]


def batch(config: Path, *words: str) -> tuple[int, dict[str, Any], str]:
    """Run a batch by itself: its exit code, its JSON document, and stderr."""
    done = subprocess.run(  # noqa: S603 - our own program
        command(config, "--format", "json", *words),
        capture_output=True,
        encoding="utf-8",
        env=environment(),
        check=False,
    )
    return done.returncode, json.loads(done.stdout) if done.stdout else {}, done.stderr


def states(document: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """What became of each month of each county."""
    return {
        county["county"]: {month["period"]: month["state"] for month in county["months"]}
        for county in document["counties"]
    }


def tree(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Every file below a folder, hidden ones too, with its bytes and when it was written."""
    return {
        path.relative_to(folder).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def contents(folder: Path) -> dict[str, bytes]:
    """The same without times and locks."""
    return {name: content for name, (content, _) in tree(folder).items() if not name.endswith(".lock")}


# --- clocks of workers that fail --------------------------------------------------------------------------------------


def _looks() -> int:
    """How many times a worker of this folder has looked at the clock."""
    marks = Path("looks")
    if parent_process() is None:
        return 0
    with marks.open("ab") as file:
        file.write(b".")
    return marks.stat().st_size


def failing_fourth(_: object = None) -> datetime:
    """A bug that shows when a worker looks at the clock for the fourth time."""
    if _looks() == 4:
        raise ZeroDivisionError("seven villages by no township")
    return NOW


def killing_fourth() -> datetime:
    """The system kills the worker then."""
    if _looks() == 4:
        os.kill(os.getpid(), signal.SIGKILL)
    return NOW


def killing_always() -> datetime:
    """The system kills the worker from then on whenever it comes to the county that is too much for it."""
    if _looks() >= 4 and not Path("spared").exists():
        os.kill(os.getpid(), signal.SIGKILL)
    return NOW


# --- what is in a store ----------------------------------------------------------------------------------------------


def stored(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """What a store has of each county, in its order: runs by what they were made of, with what they found.

    The numbers of runs are left out: among counties they are given in the order in which these come.
    """
    found: dict[str, list[tuple[object, ...]]] = {}
    with Store.open(path, create=False) as store:
        for run in sorted(store.runs(), key=lambda run: run.number):
            verdicts = [tuple(map(str, verdict)) for verdict in store.verdicts(run.run_id)]
            own = (run.period, run.identity, run.version, repr(store.results(run.run_id)), verdicts)
            found.setdefault(run.county, []).append(own)
    return found
