"""A folder that appears whole or not at all."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from batching import environment
from starcheck import whole_folder
from starcheck.whole_folder import replaced, tidy

NAMES = ("a", "b", "c")


def put(folder: Path, words: str, names: tuple[str, ...] = NAMES, ours: tuple[str, ...] = NAMES) -> None:
    """Files that all say the same."""
    with replaced(folder, ours) as beside:
        for name in names:
            (beside / name).write_text(words, encoding="utf-8")


def found(folder: Path) -> dict[str, str]:
    """What the files say."""
    return {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}


def test_old_files_go_and_other_peoples_stay(tmp_path: Path) -> None:
    """What the new one lacks is gone; what somebody put there, a folder too, is there still."""
    folder = tmp_path / "out" / "2022-04"
    put(folder, "one")
    (folder / "批示.docx").write_text("同意", encoding="utf-8")
    (folder / "附件").mkdir()
    (folder / "附件" / "x").write_text("x", encoding="utf-8")
    put(folder, "two", ("a", "b"))

    assert ["附件"] == [path.name for path in folder.iterdir() if path.is_dir()]
    assert "x" == (folder / "附件" / "x").read_text(encoding="utf-8")
    (folder / "附件" / "x").unlink()
    (folder / "附件").rmdir()
    assert {"a": "two", "b": "two", "批示.docx": "同意"} == found(folder)
    assert ["2022-04"] == [path.name for path in folder.parent.iterdir()]


def test_what_fails_changes_nothing(tmp_path: Path) -> None:
    """The old one stays, and nothing is left beside it."""
    folder = tmp_path / "2022-04"
    put(folder, "one")

    def fail() -> None:
        with replaced(folder, NAMES) as beside:
            (beside / "a").write_text("two", encoding="utf-8")
            raise OSError("no space")

    with pytest.raises(OSError, match="no space"):
        fail()

    assert dict.fromkeys(NAMES, "one") == found(folder)
    assert ["2022-04"] == [path.name for path in tmp_path.iterdir()]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only here do two folders change places in one step")
def test_nobody_ever_sees_half(tmp_path: Path) -> None:
    """Whoever opens the folder at any moment finds it, and all of its files of one making."""
    folder = tmp_path / "2022-04"
    put(folder, "0")
    wrong: list[object] = []
    over = threading.Event()

    def look() -> None:
        while not over.is_set():
            try:
                handle = os.open(folder, os.O_RDONLY)
            except FileNotFoundError as problem:
                wrong.append(problem)
                return
            try:
                texts = []
                for name in NAMES:
                    with os.fdopen(os.open(name, os.O_RDONLY, dir_fd=handle)) as file:
                        texts.append(file.read())
            except FileNotFoundError:
                continue  # the one that was opened has been replaced and taken away by now
            finally:
                os.close(handle)
            if len(set(texts)) > 1:
                wrong.append(texts)

    readers = [threading.Thread(target=look) for _ in range(2)]
    for reader in readers:
        reader.start()
    for number in range(100):
        put(folder, str(number))
    over.set()
    for reader in readers:
        reader.join()

    assert [] == wrong


@pytest.mark.skipif(not hasattr(os, "kill"), reason="nothing is killed here")
def test_a_killed_program_leaves_the_old_or_the_new(tmp_path: Path) -> None:
    """Whatever moment it is killed at; what it left beside is tidied away."""
    folder = tmp_path / "2022-04"
    put(folder, "0")
    script = (
        "import sys; from pathlib import Path; from test_whole_folder import put\n"
        "print('begun', flush=True)\n"
        "for number in range(10**6): put(Path(sys.argv[1]), str(number))"
    )
    for round_ in range(5):
        with subprocess.Popen(  # noqa: S603 - our own script
            [sys.executable, "-c", script, str(folder)], stdout=subprocess.PIPE, env=environment()
        ) as program:
            assert program.stdout is not None
            program.stdout.readline()
            threading.Event().wait(0.01 + 0.007 * round_)
            program.kill()
        tidy(tmp_path)

        assert 1 == len(set(found(folder).values()))
        assert set(NAMES) == set(found(folder))
        assert ["2022-04"] == [path.name for path in tmp_path.iterdir()]


def test_where_two_folders_cannot_change_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The old one steps aside first; killed between, it comes back."""
    monkeypatch.setattr(whole_folder, "_EXCHANGE", 1 << 30)  # the system refuses a flag that it does not know
    folder = tmp_path / "2022-04"
    put(folder, "one")
    put(folder, "two")

    assert dict.fromkeys(NAMES, "two") == found(folder)
    assert ["2022-04"] == [path.name for path in tmp_path.iterdir()]

    folder.rename(tmp_path / ".2022-04.0123abcd.old")
    (tmp_path / ".2022-04.0123abcd.new").mkdir()
    tidy(tmp_path)

    assert dict.fromkeys(NAMES, "two") == found(folder)
    assert ["2022-04"] == [path.name for path in tmp_path.iterdir()]
