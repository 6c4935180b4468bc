"""Many counties at once: results, store, exit code and summary are those of one after the other, on a cluster too."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from batching import APRIL, NOW, batch, command, contents, environment, file_of, now, office, states, stored
from starcheck.batch import How, read_job, run_batch
from starcheck.commands import Shown
from starcheck.county_work import Errand, do_county
from starcheck.workspace import Stop, settings
from test_batch_stopped import COUNTIES, complete, plain, running, undisturbed, wait_for
from test_cycle import ALL

__all__ = ["undisturbed"]

pytestmark = pytest.mark.slow


def done_with(root: Path, jobs: int, capfd: pytest.CaptureFixture[str]) -> tuple[int, str, dict[str, bytes], object]:
    """A batch by a clock that stands still: exit code, summary, results of every form, and store."""
    config = office(root, *COUNTIES, "戊县")
    text = config.read_text(encoding="utf-8")
    more = '"problems.xlsx", "units.xlsx", "rank.xlsx", "rectify.xlsx", '
    config.write_text(text.replace("outputs = [", f"outputs = [{more}"), encoding="utf-8")
    file_of(root / "收件" / "乙县" / "2022-05", "东乡", ALL | {"甲村": ("约9", "是", "是")})
    (root / "收件" / "丙县" / "2022-06" / "东乡.csv").unlink()
    (root / "收件" / "丁县" / "2022-06" / "东乡.csv").write_bytes(b"\x00\x01")
    told = settings({}, {}, root, config)
    job, _ = read_job(config, told)
    code = run_batch(job, How(jobs), told, Shown(form="json", quiet=True), now, "1.0")
    return code, capfd.readouterr().out, contents(root / "out"), stored(root / "starcheck.db")


def test_results_do_not_hang_on_the_number_of_processes(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """To the last byte, with errors, missing townships and files that cannot be read among them."""
    one, two, many = (done_with(tmp_path / f"{jobs}", jobs, capfd) for jobs in (1, 2, 4))

    assert 3 == one[0]
    assert one == two
    assert one == many


# --- Dask -------------------------------------------------------------------------------------------------------------


@dataclass
class Cluster:
    """A scheduler with two workers on this machine."""

    address: str
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)


def started(*words: str) -> subprocess.Popen[bytes]:
    """A program of Dask's."""
    return subprocess.Popen(  # noqa: S603 - the installed one
        [sys.executable, "-W", "ignore", "-m", *words],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment(),
    )


@contextmanager
def clustered(folder: Path, workers: int = 2) -> Iterator[Cluster]:
    """A cluster for as long as it is used."""
    pytest.importorskip("distributed")
    place = folder / "scheduler.json"
    scheduler = started(
        "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard",
        "--scheduler-file", str(place),
    )  # fmt: skip
    programs = [scheduler]
    try:
        while not place.exists() or not place.read_text(encoding="utf-8").strip():
            assert scheduler.poll() is None, "no scheduler"
            time.sleep(0.05)
        cluster = Cluster(json.loads(place.read_text(encoding="utf-8"))["address"])
        for _ in range(workers):
            worker = started(
                "distributed.cli.dask_worker", cluster.address, "--no-nanny", "--no-dashboard", "--nthreads", "1",
                "--local-directory", str(folder),
            )  # fmt: skip
            cluster.workers.append(worker)
        programs += cluster.workers
        yield cluster
    finally:
        for program in programs:
            program.kill()
            program.wait()


def test_a_cluster_with_a_worker_killed_midway(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, undisturbed: Path
) -> None:
    """Nothing is lost or doubled: results and store are those of a batch that nobody disturbed."""
    config = plain(tmp_path)
    with clustered(tmp_path_factory.mktemp("dask")) as cluster:
        words = command(config, "--dask", cluster.address, "--format", "json")
        with subprocess.Popen(  # noqa: S603 - our own program
            words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", env=environment()
        ) as program:
            wait_for(config, program)
            cluster.workers[0].kill()
            out, said = program.communicate()

        assert 0 == program.returncode, said
        assert (
            dict.fromkeys(COUNTIES, dict.fromkeys(("2022-04", "2022-05", "2022-06"), "done")).keys()
            == states(json.loads(out)).keys()
        )
        assert contents(undisturbed / "out") == contents(tmp_path / "out")
        assert stored(undisturbed / "starcheck.db") == stored(tmp_path / "starcheck.db")
        code, document, said = batch(config, "--dask", cluster.address)

    assert 0 == code, said
    assert {"same"} == {state for county in states(document).values() for state in county.values()}


def test_a_cluster_and_sigterm(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, undisturbed: Path) -> None:
    """What is at work there is finished; the rest is for the next batch."""
    config = plain(tmp_path)
    with (
        clustered(tmp_path_factory.mktemp("dask"), 1) as cluster,
        running(config, 0, "--dask", cluster.address) as program,
    ):
        wait_for(config, program)
        program.send_signal(signal.SIGTERM)
        _, said = program.communicate()

    assert 143 == program.returncode, said
    assert "已停下" in said
    complete(config, undisturbed)


def test_another_version_on_a_worker_is_refused(tmp_path: Path) -> None:
    """It would not do the same; exit code 2, and nothing is done."""
    config = office(tmp_path, "甲县", months=APRIL)
    job, _ = read_job(config, settings({}, {}, tmp_path, config))
    done = do_county(job.counties[0], Errand(NOW, "1.0", now, program="0.0"))

    assert (2, ()) == (done.exit, done.months)
    assert "0.0" in done.stops[0][0]
    assert not (tmp_path / "out").exists()


def test_no_cluster(tmp_path: Path) -> None:
    """Nobody answers: exit code 4, and nothing is done."""
    pytest.importorskip("distributed")
    config = office(tmp_path, "甲县", months=APRIL)
    told = settings({}, {}, tmp_path, config)
    job, _ = read_job(config, told)
    with pytest.raises(Stop) as stop:
        run_batch(job, How(1, "unknown://127.0.0.1:1"), told, Shown(quiet=True), now, "1.0")

    assert 4 == stop.value.exit_code
    assert not (tmp_path / "out").exists()
