"""Counties killed at random moments and done again, as a script that the tests start: nothing forks well out of a test.

Everything is imported once. Each try is a fork that does a county and is killed while it does; then the county is done
to its end, and held against one that nobody disturbed. What happened is printed as JSON.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sys
import time
from collections import Counter
from pathlib import Path

from batching import NOW, contents, file_of, now, office, stored
from starcheck.batch import read_job
from starcheck.county_work import Errand, do_county
from starcheck.history import Store
from starcheck.upkeep import verify
from starcheck.workspace import settings
from test_cycle import ALL, NONE, TWO


def begin(config: Path) -> int:
    """Do the county in a process of its own; its number."""
    process = os.fork()
    if process:
        return process
    code = 70
    try:
        job = read_job(config, settings({}, {}, config.parent, config))[0].counties[0]
        done = do_county(job, Errand(NOW, "1.0", now))
        code = done.exit
    finally:
        os._exit(code)


def end(process: int) -> int:
    """The exit code of a process, or the signal that ended it, below 0."""
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def made(root: Path) -> Path:
    """A county with a late township and a correction."""
    config = office(root, "甲县")
    inbox = root / "收件" / "甲县"
    (inbox / "2022-05" / "西乡.csv").unlink()
    file_of(inbox / "2022-05-补报", "西乡", ALL | {"丙村": NONE})
    file_of(inbox / "2022-04-更正", "东乡", ALL | {"乙村": TWO})
    return config


def killed(folder: Path, times: int, seed: int) -> dict[str, object]:
    """Kill ``times`` times, at most three in a row before the county is done to its end."""
    calm = made(folder / "calm")
    began = time.monotonic()
    assert end(begin(calm)) == 0
    usual = time.monotonic() - began
    wanted, in_store = contents(calm.parent / "out"), stored(calm.parent / "starcheck.db")
    chance = random.Random(seed)  # noqa: S311 - moments to kill at
    found: Counter[str] = Counter()
    wrong: list[str] = []
    while sum(found.values()) < times:
        shutil.rmtree(folder / "tried", ignore_errors=True)
        config = made(folder / "tried")
        for _ in range(min(chance.randint(1, 3), times - sum(found.values()))):
            process = begin(config)
            time.sleep(chance.uniform(0, usual))
            os.kill(process, signal.SIGKILL)
            found["ended before" if end(process) == 0 else "killed"] += 1
        code = end(begin(config))
        root = config.parent
        if code != 0:
            wrong.append(f"exit {code}")
        if wanted != contents(root / "out"):
            wrong.append("other results")
        if in_store != stored(root / "starcheck.db"):
            wrong.append("another store")
        with Store.open(root / "starcheck.db") as store:
            wrong += [said.code for said in verify(store)[1]]
        left = [path.name for path in (root / "out" / "甲县").iterdir() if path.name[0] == "." and path.is_dir()]
        wrong += left
    return {"wrong": wrong, "moments": found, "usual": usual}


if __name__ == "__main__":
    place, count, number = sys.argv[1:]
    print(json.dumps(killed(Path(place), int(count), int(number))))  # noqa: T201 - stdout is the result
