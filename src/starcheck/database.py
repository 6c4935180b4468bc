"""Where a store is and how it is opened, what its drivers' errors mean to the user, and copies of its file.

SQLite by default: one file with a write-ahead log, so that nobody who reads waits for somebody who writes. PostgreSQL,
through psycopg, for a store that several computers share: a write-ahead log does not work over a network drive.
"""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from starcheck.catalogue.history import REASONS
from starcheck.diagnostic import Diagnostic, Location


class StoreProblem(Exception):  # noqa: N818  a problem of the place, worded for the user; not an error of the program
    """The store cannot be used at all. Problems *in* the store's data are values, never this."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        """Carry what to tell the user."""
        super().__init__(diagnostic.code)
        self.diagnostic = diagnostic


@dataclass(frozen=True, slots=True)
class Place:
    """A path or a URL that names a store. ``shown`` is for the user and has no password; ``wait`` is in seconds."""

    url: URL
    path: Path | None
    shown: str
    wait: float

    def check(self, *, create: bool) -> None:
        """Say plainly what SQLite would only call "unable to open database file"."""
        if self.path is None:
            return
        try:
            folder, there, placed = self.path.is_dir(), self.path.exists(), self.path.parent.is_dir()
        except (OSError, ValueError) as refused:
            raise StoreProblem(self.problem("H701", reason=REASONS["not_writable"])) from refused
        if folder:
            raise StoreProblem(self.problem("H701", reason=REASONS["is_folder"]))
        if not there and not create:
            raise StoreProblem(self.problem("H714"))
        if not there and not placed:
            raise StoreProblem(self.problem("H701", reason=REASONS["no_folder"]))

    def connect(self, *, read_only: bool = False) -> tuple[Engine, Connection]:
        """One connection, held while the store is open; ``read_only``, one that cannot write to the file."""
        sqlite = self.url.get_backend_name() == "sqlite"
        url = self.url
        if read_only and self.path is not None:
            # without a log that others may be at, not even the files that go with one are made
            logged = self.path.with_name(f"{self.path.name}-wal").exists()
            how = {"mode": "ro"} if logged else {"mode": "ro", "immutable": "1"}
            url = url.set(database=self.path.absolute().as_uri(), query={**how, "uri": "true"})
        try:
            engine = create_engine(
                url,
                poolclass=NullPool,
                connect_args={"timeout": self.wait}
                if sqlite
                else {"connect_timeout": max(1, round(self.wait)), "client_encoding": "utf8"},
                **({} if sqlite else {"isolation_level": "REPEATABLE READ"}),
            )
        except ModuleNotFoundError as missing:
            raise StoreProblem(self.problem("H716", reason=REASONS["no_driver"])) from missing
        event.listen(engine, "connect", _set_up_sqlite if sqlite else self._set_up_postgresql)
        if sqlite:
            event.listen(engine, "begin", _begin_sqlite)
        return engine, engine.connect()

    def _set_up_postgresql(self, connection: Any, _: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"SET lock_timeout = {max(1, round(self.wait * 1000))}")
        connection.commit()

    def problem(self, code: str, **arguments: str | tuple[str, str]) -> Diagnostic:
        """A diagnostic about this place."""
        where = Location(file=None if self.path is None else self.shown)
        return Diagnostic(code, where, found=self.shown, arguments=arguments)

    @contextmanager
    def problems(self) -> Iterator[None]:
        """Turn what drivers raise about an unusable store into a ``StoreProblem``; anything else is a bug and stays."""
        try:
            yield
        except DBAPIError as error:
            problem = self._worded(error.orig)
            if problem is None:
                raise
            raise StoreProblem(problem) from error
        except sqlite3.Error as error:
            problem = self._worded(error)
            if problem is None:
                raise
            raise StoreProblem(problem) from error

    def _worded(self, error: BaseException | None) -> Diagnostic | None:
        if isinstance(error, sqlite3.Error):
            code, reason = _sqlite_problem(error)
        else:
            code, reason = _postgresql_problem(error)
        if code is None:
            return None
        if code == "H702":
            return self.problem(code, seconds=f"{self.wait:g}")
        return self.problem(code, **({} if reason is None else {"reason": REASONS[reason]}))


def place_of(target: str | Path, wait: float) -> Place:
    """A path, or an SQLAlchemy URL of SQLite or PostgreSQL; ``StoreProblem`` with H716 for any other URL."""
    text = str(target)
    if isinstance(target, Path) or "://" not in text:
        path = Path(target)
        return Place(URL.create("sqlite", database=str(path)), path, str(path), wait)
    hidden = re.sub(r"//[^/@]*@", "//***@", text)
    unclear = Diagnostic("H716", found=hidden, arguments={"reason": REASONS["bad_url"]})
    try:
        url = make_url(text)
        if url.drivername in {"postgresql", "postgres"}:
            url = url.set(drivername="postgresql+psycopg")
        backend = url.get_backend_name()
        url.get_dialect()
    except (ArgumentError, NoSuchModuleError, ValueError) as error:
        raise StoreProblem(unclear) from error
    if backend == "sqlite" and url.database:
        return Place(url, Path(url.database), url.database, wait)
    if backend != "postgresql":
        raise StoreProblem(unclear)
    return Place(url, None, url.render_as_string(hide_password=True), wait)


def _sqlite_problem(error: sqlite3.Error) -> tuple[str | None, str | None]:
    name = getattr(error, "sqlite_errorname", "")
    for beginning, problem in (
        ("SQLITE_BUSY", ("H702", None)),
        ("SQLITE_LOCKED", ("H702", None)),
        ("SQLITE_NOTADB", ("H704", None)),
        ("SQLITE_CORRUPT", ("H704", None)),
        ("SQLITE_READONLY", ("H701", "read_only")),
        ("SQLITE_CANTOPEN", ("H701", "not_writable")),
        ("SQLITE_PERM", ("H701", "not_writable")),
        ("SQLITE_FULL", ("H701", "disk_full")),
        ("SQLITE_IOERR", ("H701", "disk_error")),
    ):
        if name.startswith(beginning):
            return problem
    if str(error).startswith("Could not decode to UTF-8"):
        return "H704", None
    return None, None


def _postgresql_problem(error: BaseException | None) -> tuple[str | None, str | None]:
    state = getattr(error, "sqlstate", None)
    if state is None:
        # No answer from a server: there was none to give one. Any other error without a state is a bug.
        return ("H716", "unreachable") if type(error).__name__ == "OperationalError" else (None, None)
    if state[:2] in {"08", "28", "3D", "57"}:
        return "H716", "unreachable"
    return {
        "55P03": ("H702", None),
        "42501": ("H716", "not_permitted"),
        "3F000": ("H716", "no_schema"),
        "22P05": ("H716", "encoding"),
        "25006": ("H701", "read_only"),
        "53100": ("H701", "disk_full"),
    }.get(state, (None, None))


def _set_up_sqlite(connection: sqlite3.Connection, _: object) -> None:
    connection.isolation_level = None  # the driver would begin transactions too late, and none for a schema
    connection.execute("PRAGMA foreign_keys = ON")
    # What was said to be recorded is still there after a power cut, too.
    connection.execute("PRAGMA synchronous = EXTRA")


def use_write_ahead_log(connection: Connection) -> None:
    """Let an SQLite store be read while it is written. It stays so; where it cannot be now, it is as it was."""
    if connection.dialect.name == "sqlite":
        raw: Any = connection.connection.driver_connection
        with suppress(sqlite3.OperationalError):  # another program is there already, or the disk knows no such thing
            raw.execute("PRAGMA journal_mode = WAL")


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.info.get("writing") else "BEGIN")


@contextmanager
def for_writing(connection: Connection) -> Iterator[None]:
    """Begin transactions as one that writes: SQLite then refuses, or waits, at the start and not in the middle."""
    connection.info["writing"] = True
    try:
        yield
    finally:
        if not connection.invalidated:  # a server that went away took it along
            connection.info["writing"] = False


# Copies of the file


def no_copy(path: Path, reason: str) -> Diagnostic:
    """H710 about ``path``, for a reason of the catalogue."""
    return Diagnostic("H710", Location(file=str(path)), found=str(path), arguments={"reason": REASONS[reason]})


def unfit_target(path: Path, source: Path, *, force: bool) -> Diagnostic | None:
    """What stands against putting a copy of ``source`` at ``path``, None if nothing does."""
    if path.is_dir():
        return no_copy(path, "is_folder")
    if not path.parent.is_dir():
        return no_copy(path, "no_folder")
    if path.exists() and path.samefile(source):
        return no_copy(path, "same_file")
    if path.exists() and not force:
        return no_copy(path, "exists")
    return None


def copy_to(source: sqlite3.Connection, path: Path, wait: float, *, log: bool = False) -> Diagnostic | None:
    """Copy beside ``path`` and put it there in one step: whoever looks sees the old file or the new one.

    With ``log`` it has a write-ahead log, as a store has that is in use; unless that had been taken from the old one.
    """
    place = place_of(path, wait)
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with place.problems():
            log = _set_aside(path, wait) and log
            with closing(sqlite3.connect(beside)) as copy:
                source.backup(copy)
                # Without a log it is one file, which can be read where nobody may write.
                copy.execute(f"PRAGMA journal_mode = {'WAL' if log else 'DELETE'}")
        if path.exists():
            shutil.copymode(path, beside)
        beside.replace(path)
        _flush_folder(path.parent)
    except PermissionError:
        return no_copy(path, "in_use" if os.name == "nt" else "not_writable")
    except StoreProblem as unusable:
        if unusable.diagnostic.code != "H701":
            raise
        problem = unusable.diagnostic
        return Diagnostic("H710", problem.where, found=problem.found, arguments=problem.arguments)
    finally:
        for leftover in (beside, *(beside.with_name(beside.name + ending) for ending in ("-journal", "-wal", "-shm"))):
            with suppress(FileNotFoundError):
                leftover.unlink()
    return None


def _flush_folder(folder: Path) -> None:
    """Make a rename outlive a power cut, where the system lets one ask for that."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _set_aside(path: Path, wait: float) -> bool:
    """Let SQLite finish what a killed program left of the old store; its journal must not meet the new one.

    Without a write-ahead log nobody else has it open: whoever had would go on writing to a file that is no more. False
    if it had none to begin with.
    """
    logged = True
    if path.exists():
        try:
            with closing(sqlite3.connect(path, timeout=wait, isolation_level=None)) as old:
                old.execute("BEGIN EXCLUSIVE")
                old.execute("ROLLBACK")
                logged = old.execute("PRAGMA journal_mode").fetchone() == ("wal",)
                old.execute("PRAGMA journal_mode = DELETE")
        except sqlite3.DatabaseError as error:
            if _sqlite_problem(error)[0] != "H704":
                raise
    for ending in ("-journal", "-wal", "-shm"):
        with suppress(FileNotFoundError):
            path.with_name(path.name + ending).unlink()
    return logged
