"""The store under several programs at once, and under programs that are killed: ``forking`` is what they run."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import starcheck
from making import criterion, delimited, scheme_text
from starcheck.history import Store

KILLS = {"sqlite": 200, "postgresql": int(os.environ.get("STARCHECK_KILLS", "40"))}
"""How often each is killed; a server that is asked through a socket takes longer, so that it is 200 only when asked."""
WRITERS = 8

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing forks here"),
]


def forked(what: str, folder: Path, store: str | Path, times: int, seed: int = 0) -> dict[str, Any]:
    """What ``forking`` found, which runs by itself: nothing forks well out of a test."""
    source = str(Path(starcheck.__file__).parents[1])
    done = subprocess.run(  # noqa: S603 - our own script
        [
            sys.executable,
            str(Path(__file__).with_name("forking.py")),
            what,
            str(folder),
            str(store),
            str(times),
            str(seed),
        ],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([source, str(Path(__file__).parent)]), "PYTHONUTF8": "1"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_killed_at_any_moment_and_run_again(tmp_path: Path, target: str | Path) -> None:
    """Whole after each kill, no run half there; the same command again finds its work done, or does it, once.

    Scoring, undoing, making final and correcting, also while the store is being made. Each run kills at other moments.
    """
    seed = random.SystemRandom().randrange(1 << 32)
    print(f"seed {seed}")  # noqa: T201 - for whoever has to look at a failure
    times = KILLS["sqlite" if isinstance(target, Path) else "postgresql"]
    found = forked("killed", tmp_path, target, times, seed)

    print(found["moments"], found["usual"])  # noqa: T201 - likewise
    assert [] == found["wrong"]
    assert times == sum(found["moments"].values())
    assert times * 0.3 < found["moments"]["as before"]


def test_eight_writers_lose_nothing_and_double_nothing(tmp_path: Path, target: str | Path) -> None:
    """Every run of each is there once, under a number of its own; what all of them record is there once."""
    rounds = 3
    found = forked("at_once", tmp_path, target, rounds)

    assert [0] * WRITERS == found["codes"], found["said"]
    assert list(range(1, WRITERS * rounds + 2)) == found["runs"]
    assert {"公共乡": [7.0]} | {f"{writer}号乡": [rounds - 1.0] for writer in range(WRITERS)} == found["values"]
    assert [] == found["wrong"]


def test_a_locked_store_is_waited_for_and_then_said(tmp_path: Path, target: str | Path) -> None:
    """The result is printed, nothing is recorded, the exit code is 4; once the store is free, all is well."""
    text = scheme_text({"星": ("全部", [criterion("X1", "至少: 3", "数值")])})
    (tmp_path / "方案.yaml").write_text(text, encoding="utf-8")
    delimited(tmp_path / "甲县2022年6月.csv", [["乡镇", "村名", "X1"], ["河乡", "甲村", 5]])
    command = ["score", "甲县2022年6月.csv", "--scheme", "方案.yaml", "--store", str(target), "--quiet"]
    with Store.open(target) as holder, holder.transaction(writing=True):
        done = _run(command, tmp_path)

    assert 4 == done.returncode
    assert "甲县" in done.stdout
    assert "H702" in done.stderr
    assert "等了1秒" in done.stderr
    with Store.open(target) as store:
        assert () == store.runs()
    assert 0 == _run(command, tmp_path).returncode
    with Store.open(target) as store:
        assert 1 == len(store.runs())


def _run(arguments: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "PYTHONPATH": str(Path(starcheck.__file__).parents[1]),
        "PYTHONUTF8": "1",
        "STARCHECK_STORE_WAIT": "1",
    }
    return subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-m", "starcheck", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
