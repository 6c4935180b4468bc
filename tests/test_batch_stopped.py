"""``batch`` under Ctrl-C, SIGTERM and kill: it says where it stopped, and run again it does the rest, once."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from batching import batch, command, contents, environment, office, states, stored
from starcheck.batch_lock import LOCK

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing forks or is killed here"),
]
KILLS = int(os.environ.get("KILLS", "30"))
"""How many counties are killed; a night's worth where the surroundings say so."""
KILLED_BATCHES = max(3, KILLS // 10)
COUNTIES = ("甲县", "乙县", "丙县", "丁县")
PLAIN = 'outputs = ["units.csv", "problems.csv", "rank.csv", "moves.json"]'
"""Results that print no day of recording: those of two batches can be held against each other."""


def plain(root: Path) -> Path:
    """A workspace of four counties whose results are the same whenever they are made."""
    config = office(root, *COUNTIES)
    lines = config.read_text(encoding="utf-8").splitlines()
    lines = [PLAIN if line.startswith("outputs") else line for line in lines]
    config.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return config


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace whose batch nobody disturbed."""
    config = plain(tmp_path_factory.mktemp("calm"))
    assert 0 == batch(config)[0]
    return config.parent


@contextmanager
def running(config: Path, jobs: int, *more: str) -> Iterator[subprocess.Popen[str]]:
    """A batch in a group of its own, as a terminal would start it."""
    words = command(config, *(["--jobs", str(jobs)] if jobs else []), *more)
    with subprocess.Popen(  # noqa: S603 - our own program
        words,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env=environment(),
        start_new_session=True,
    ) as program:
        yield program


def events(config: Path) -> list[dict[str, object]]:
    """What the log says so far."""
    log = config.parent / "batch.jsonl"
    return [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()] if log.exists() else []


def wait_for(config: Path, program: subprocess.Popen[str]) -> None:
    """Until a county is at work."""
    while program.poll() is None and not list(config.parent.glob("out/*/20*")):
        time.sleep(0.01)


def complete(config: Path, undisturbed: Path) -> None:
    """Run again, the batch ends as one that nobody disturbed."""
    code, _, said = batch(config)

    assert 0 == code, said
    assert contents(undisturbed / "out") == contents(config.parent / "out")
    assert stored(undisturbed / "starcheck.db") == stored(config.parent / "starcheck.db")
    code, document, _ = batch(config)
    assert 0 == code
    assert {"same"} == {state for county in states(document).values() for state in county.values()}


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize(
    ("number", "everybody"),
    [(signal.SIGINT, True), (signal.SIGTERM, False), (signal.SIGTERM, True)],
    ids=["ctrl-c", "kill", "systemd"],
)
def test_stopped(tmp_path: Path, undisturbed: Path, jobs: int, number: signal.Signals, everybody: bool) -> None:
    """Exit 130 or 143; which counties are done and which are not; nothing is left half; the next batch does the rest.

    A terminal and systemd tell every process of the group, ``kill`` the one.
    """
    config = plain(tmp_path)
    with running(config, jobs) as program:
        wait_for(config, program)
        if everybody:
            os.killpg(program.pid, number)
        else:
            program.send_signal(number)
        _, said = program.communicate()

    assert 128 + number == program.returncode, said
    assert "已停下" in said
    end = events(config)[-1]
    assert ("stopped", 128 + number) == (end["event"], end["exit"])
    done, left = end["done"], end["left"]
    assert isinstance(done, list)
    assert isinstance(left, list)
    assert set(COUNTIES) == {*done, *left}
    assert left
    assert all(county in said for county in COUNTIES)
    assert b"" == (tmp_path / LOCK).read_bytes()
    assert [] == [path for path in (tmp_path / "out").glob("*/.*") if path.is_dir()]
    complete(config, undisturbed)


def test_a_second_ctrl_c_does_not_wait(tmp_path: Path, undisturbed: Path) -> None:
    """It ends there and then; what was at work is rolled back."""
    config = plain(tmp_path)
    with running(config, 2) as program:
        wait_for(config, program)
        program.send_signal(signal.SIGINT)
        time.sleep(0.02)
        program.send_signal(signal.SIGINT)
        program.communicate()

    assert 130 == program.returncode
    complete(config, undisturbed)


def test_a_batch_that_is_killed_takes_its_workers_along(tmp_path: Path, undisturbed: Path) -> None:
    """The next one may begin at once: it says that it takes over, and ends as if nothing had been."""
    seed = random.SystemRandom().randrange(1 << 32)
    print(f"seed {seed}")  # noqa: T201 - for whoever has to look at a failure
    chance = random.Random(seed)  # noqa: S311 - moments to kill at
    config = plain(tmp_path)
    for _ in range(KILLED_BATCHES):
        with running(config, 2) as program:
            wait_for(config, program)
            time.sleep(chance.uniform(0, 0.5))
            program.kill()
            program.communicate()
    complete(config, undisturbed)

    assert "taken_over" in {line["event"] for line in events(config)}


def test_killed_at_any_moment_and_done_again(tmp_path: Path) -> None:
    """Results and store to the last byte those of a county that nobody disturbed; nothing is left beside them."""
    seed = random.SystemRandom().randrange(1 << 32)
    print(f"seed {seed}")  # noqa: T201 - for whoever has to look at a failure
    done = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, str(Path(__file__).with_name("killing.py")), str(tmp_path), str(KILLS), str(seed)],
        env=environment(),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])

    print(found["moments"], found["usual"])  # noqa: T201 - likewise
    assert [] == found["wrong"]
    assert KILLS == sum(found["moments"].values())
    assert KILLS * 0.5 < found["moments"]["killed"]
