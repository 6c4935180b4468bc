"""One batch at a time, whatever happens to the one before."""

from __future__ import annotations

import json
import os
import platform
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from batching import NOW, environment
from starcheck.batch_lock import LOCK, one_batch, one_worker
from starcheck.diagnostic import Diagnostic
from starcheck.workspace import Stop
from test_codes import check_words

HOLD = """
import sys
from datetime import datetime, UTC
from pathlib import Path
from starcheck.batch_lock import one_batch
with one_batch(Path(sys.argv[1]), datetime(2022, 7, 1, tzinfo=UTC)):
    print("held", flush=True)
    sys.stdin.read()
"""


def holding(root: Path) -> subprocess.Popen[bytes]:
    """A process that holds the lock until its stdin is closed."""
    program = subprocess.Popen(  # noqa: S603 - our own script
        [sys.executable, "-c", HOLD, str(root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment()
    )
    assert program.stdout is not None
    assert b"held" == program.stdout.readline().strip()
    return program


def refused(root: Path) -> Diagnostic:
    """Why it cannot be had."""
    with pytest.raises(Stop) as stop, one_batch(root, NOW):
        pass

    assert 4 == stop.value.exit_code
    [found] = stop.value.diagnostics
    check_words(found)
    return found


def test_a_second_one_is_told_who_has_it(tmp_path: Path) -> None:
    """B811 with process, computer and since when; afterwards it is free, and nothing is said."""
    with holding(tmp_path) as program:
        found = refused(tmp_path)
        assert program.stdin is not None
        program.stdin.close()

    assert "B811" == found.code
    assert str(program.pid) == found.arguments["pid"]
    assert platform.node() == found.arguments["host"]
    assert str(found.arguments["since"]).startswith("2022-07-01")
    with one_batch(tmp_path, NOW) as said:
        assert () == said


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="nothing is killed here")
def test_what_a_killed_one_held_is_taken_over_and_said(tmp_path: Path) -> None:
    """B812, once."""
    with holding(tmp_path) as program:
        os.kill(program.pid, signal.SIGKILL)
    with one_batch(tmp_path, NOW) as said:
        [found] = said

        assert ("B812", str(program.pid)) == (found.code, found.arguments["pid"])
        check_words(found)
    with one_batch(tmp_path, NOW) as said:
        assert () == said


def test_another_computers_is_not_guessed_at(tmp_path: Path) -> None:
    """B813, though nobody holds it as far as can be seen; with the file gone it is free."""
    file = tmp_path / LOCK
    file.write_text(json.dumps({"pid": 1, "host": "另一台", "since": "2022-07-01"}), encoding="utf-8")
    found = refused(tmp_path)

    assert ("B813", "另一台") == (found.code, found.arguments["host"])
    file.unlink()
    with one_batch(tmp_path, NOW) as said:
        assert () == said


@pytest.mark.parametrize("left", [b"", b"{", b"[]", b'{"pid": 1}', b"\xff"])
def test_a_file_that_says_nobody_is_nobodys(tmp_path: Path, left: bytes) -> None:
    """What was being written when the power went names no holder."""
    (tmp_path / LOCK).write_bytes(left)
    with one_batch(tmp_path, NOW) as said:
        assert () == said


def test_where_no_lock_can_be(tmp_path: Path) -> None:
    """B814."""
    (tmp_path / LOCK).mkdir()

    assert "B814" == refused(tmp_path).code


def test_a_county_is_done_by_one_worker(tmp_path: Path) -> None:
    """The second waits, and says so where it waits in vain."""
    with one_worker(tmp_path / "甲县", 1), pytest.raises(Stop) as stop, one_worker(tmp_path / "甲县", 0.2):
        pass

    assert ["B811"] == [found.code for found in stop.value.diagnostics]
    with one_worker(tmp_path / "甲县", 0.2):
        pass
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(Stop) as stop, one_worker(tmp_path / "file" / "乙县", 0.2):
        pass

    assert ["B814"] == [found.code for found in stop.value.diagnostics]
