"""Programs that write to one store at once, or are killed while they do, as a script that the tests start.

Everything is imported once; each program is then a fork that runs a command line from its beginning, so that hundreds
cost as much as a few would by themselves. What happened is printed as JSON.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from sqlalchemy import create_engine, text

from making import criterion, delimited, scheme_text
from starcheck import history_commands  # noqa: F401 - every command is to be loaded before the first fork
from starcheck.cli import app
from starcheck.history import Store
from starcheck.upkeep import verify

COUNTY, PERIOD = "甲县", "2022-06"
VILLAGES = 4
STORES = 5
"""Programs killed before a new store is begun."""


def ledger(folder: Path, township: str, value: float) -> Path:
    """A township's ledger in which every village has this value."""
    rows = [[township, f"{number}号村", value] for number in range(VILLAGES)]
    return delimited(folder / f"{township}.csv", [["乡镇", "村名", "X1"], *rows])


def start(arguments: Sequence[str | Path], err: Path) -> int:
    """Run a command line in a process of its own; its number."""
    process = os.fork()
    if process:
        return process
    code = 70
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.dup2(os.open(err, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 2)
        code = app([str(argument) for argument in arguments], standalone_mode=False) or 0
    finally:
        sys.stderr.flush()
        os._exit(code)


def end(process: int) -> int:
    """The exit code of a process, or the signal that ended it, below 0."""
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


class Office:
    """A folder with a scheme, and the commands that are run in it."""

    def __init__(self, folder: Path, store: str) -> None:
        """Write the scheme, and load everything that a command needs."""
        self.folder = folder
        self.store = store
        self.err = folder / "err.txt"
        text = scheme_text({"星": ("全部", [criterion("X1", "至少: 3", "数值")])})
        (folder / "s.yaml").write_text(text, encoding="utf-8")
        with Store.open(f"{folder}/warm.db") as warm:
            warm.runs()
        assert end(start([*self.score(ledger(folder, "热身乡", 1)), "--no-store"], self.err)) == 0, self.said()
        app([*self.score(folder / "热身乡.csv"), "--no-store", "--out", f"{folder}/warm.json"], standalone_mode=False)

    def score(self, file: Path) -> list[str]:
        """The command that rates a ledger."""
        told = ["--scheme", f"{self.folder}/s.yaml", "--county", COUNTY, "--period", PERIOD, "--store", self.store]
        return ["score", str(file), *told, "--quiet"]

    def history(self, *arguments: str) -> list[str]:
        """A command of the history."""
        return ["history", *arguments, "--store", self.store]

    def said(self) -> str:
        """What the last command said."""
        return self.err.read_text(encoding="utf-8", errors="replace")

    def renew(self) -> None:
        """Begin with a new store."""
        if "://" not in self.store:
            for ending in ("", "-wal", "-shm", "-journal"):
                Path(self.store + ending).unlink(missing_ok=True)
            return
        schema = self.store.rpartition("%3D")[2]
        engine = create_engine(self.store)
        with engine.begin() as connection:
            connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
            connection.execute(text(f"CREATE SCHEMA {schema}"))
        engine.dispose()

    def seen(self) -> tuple[int, int, int, list[str]]:
        """How many runs there are, how many of them undone or final, and what of them is not whole.

        Once a server has undone what a killed program left, that is: until then others wait.
        """
        with Store.open(self.store) as store:
            runs, problems = verify(store)
            listed = store.runs()
            undone = sum(run.undone_at is not None for run in listed)
            return runs, undone, sum(run.final for run in listed), [found.message("en") for found in problems]


def killed(office: Office, times: int, chance: random.Random) -> dict[str, object]:
    """Kill programs at random moments; after each the store opens and is whole, and the program run again is done."""
    wrong: list[str] = []
    moments: Counter[str] = Counter()
    lasts: dict[str, list[float]] = {}
    value = 0.0
    for number in range(times):
        if number % STORES == 0:
            office.renew()
        value += 1
        kind = ("score", "score", "undo", "finalize", "correct")[number % STORES]
        command = {
            "score": office.score(ledger(office.folder, f"{number % 2}号乡", value)),
            "undo": office.history("undo", "1"),
            "finalize": office.history("finalize", "--despite", "测试"),
            "correct": [*office.score(ledger(office.folder, "0号乡", value)), "--correction", "测试"],
        }[kind]
        made = number % STORES == 0
        before = (0, 0, 0, []) if made else office.seen()
        usual = median(lasts.get(kind + str(made), [0.3]))
        began = time.monotonic()
        process = start(command, office.err)
        time.sleep(chance.uniform(0, 1.2 * usual) if number % 2 else chance.uniform(0.5 * usual, 1.1 * usual))
        os.kill(process, signal.SIGKILL)
        code = end(process)
        after = office.seen()
        if code not in {0, -signal.SIGKILL} or after[3]:
            wrong.append(f"{number} {kind}: exit {code}, {before} became {after}: {office.said()}")
        moments["finished" if code == 0 else "as before" if after == before else "as after"] += 1
        began = time.monotonic()
        again = end(start(command, office.err))
        lasts.setdefault(kind + str(made), []).append(time.monotonic() - began)
        done = office.seen()
        more = {"score": (1, 0, 0), "undo": (0, 1, 0), "finalize": (1, 0, 1), "correct": (2, 0, 1)}[kind]
        wanted = tuple(one + other for one, other in zip(before[:3], more, strict=True))
        already = kind == "undo" and again == 2 and "H709" in office.said()
        if (again != 0 and not already) or done != (*wanted, []):
            wrong.append(f"{number} {kind} again: exit {again}, {before} became {done}: {office.said()}")
    return {"wrong": wrong, "moments": moments, "usual": {kind: round(median(some), 3) for kind, some in lasts.items()}}


def at_once(office: Office, writers: int, rounds: int) -> dict[str, object]:
    """Writers that start together with a store that is not there: each its own township, and one ledger of all."""
    office.renew()
    common = ledger(office.folder, "公共乡", 7)
    parents = []
    for writer in range(writers):
        parent = os.fork()
        if not parent:
            codes = [
                end(start(office.score(file), office.folder / f"err{writer}.txt"))
                for number in range(rounds)
                for file in (ledger(office.folder, f"{writer}号乡", number), common)
            ]
            os._exit(0 if set(codes) == {0} else 1)
        parents.append(parent)
    codes = [end(parent) for parent in parents]
    with Store.open(office.store) as store:
        runs = sorted(run.number for run in store.runs())
        month, _ = store.month(COUNTY)
        assert month is not None
        values = {part.township: sorted({row.cells["X1"][0] for row in part.rows}) for part in month.parts}
    said = [path.read_text(encoding="utf-8") for path in sorted(office.folder.glob("err*.txt"))]
    return {"codes": codes, "runs": runs, "values": values, "wrong": office.seen()[3], "said": said}


def main() -> None:
    """``forking.py killed|at_once FOLDER STORE TIMES SEED``."""
    what, folder, store, times, seed = sys.argv[1:]
    office = Office(Path(folder), store)
    if what == "killed":
        found = killed(office, int(times), random.Random(seed))  # noqa: S311 - no secret
    else:
        found = at_once(office, writers=8, rounds=int(times))
    print(json.dumps(found, ensure_ascii=False))  # noqa: T201 - what the test reads


if __name__ == "__main__":
    main()
