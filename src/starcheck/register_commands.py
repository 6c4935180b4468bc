"""What ``starcheck register check`` and ``register import`` do: files in, a page or a register out, an exit code."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from starcheck.diagnostic import Diagnostic, Severity, worst
from starcheck.inbox import private_columns
from starcheck.messages import both, say
from starcheck.register import REGISTER_HEADERS, Entry, columns_of, read_registers
from starcheck.register_check import check_register
from starcheck.register_import import (
    Updated,
    import_register,
    place_tables,
    register_csv,
    register_rows,
    register_xlsx,
    update_register,
)
from starcheck.table import Table, find_tables
from starcheck.workbook import read_workbook
from starcheck.workspace import Settings, Stop

if TYPE_CHECKING:
    from starcheck.report.sections import Section

KNOWN = frozenset().union(*REGISTER_HEADERS.values())


@dataclass(frozen=True)
class Done:
    """What is to be shown of a command, by whoever knows the terminal."""

    page: Sequence[Section]
    document: dict[str, object]
    diagnostics: tuple[Diagnostic, ...]
    code: int


def check(path: Path, told: Settings, as_of: date, version: str) -> Done:
    """A register read and looked at."""
    from starcheck.report.register_pages import register_document, register_page  # noqa: PLC0415 - heavy

    tables, problems = _tables(path, KNOWN)
    tables = [table for table in tables if {"name", "township"} <= columns_of(table, REGISTER_HEADERS).keys()]
    if not tables:
        raise Stop(3, both("stop.register", file=path), tuple(problems))
    checked = check_register(tables, as_of)
    found = (*problems, *private_columns(tables), *checked.diagnostics)
    entries = checked.register.entries
    document = register_document("register check", version, path.name, entries, found, as_of, told.lang)
    page = register_page(path.name, entries, found, as_of, told.lang)
    return Done(page, document, found, _exit_code(found, told.fail_on or "error"))


def _exit_code(diagnostics: Sequence[Diagnostic], fail_on: str) -> int:
    if any(found.code.startswith("F1") and found.level is Severity.ERROR for found in diagnostics):
        return 3
    severity = worst(diagnostics)
    if fail_on == "never" or severity is None:
        return 0
    return 1 if severity.rank >= Severity(fail_on).rank else 0


def _tables(path: Path, known: frozenset[str]) -> tuple[list[Table], list[Diagnostic]]:
    if not path.is_file():
        raise Stop(2, both("stop.no_file", file=path))
    workbook, said = read_workbook(path, shown=path.name, known=known)
    problems = list(said)
    if workbook is None:
        raise Stop(3, both("stop.register", file=path), tuple(problems))
    tables: list[Table] = []
    for sheet in workbook.sheets:
        found, notes = find_tables(sheet, known)
        tables += found
        problems += notes
    return tables, problems


def make(
    paths: Sequence[Path],
    told: Settings,
    *,
    update: Path | None,
    day: date | None,
    today: date,
    xlsx: bool,
    version: str,
    everything: bool = False,
) -> tuple[bytes, int, int, Done]:
    """A register from other lists: its bytes, the number of units and townships, and what is to be shown."""
    from starcheck.report.register_pages import changes_page, register_document, register_page  # noqa: PLC0415 - heavy

    if update is not None and day is None:
        raise Stop(2, both("stop.import_date"))
    tables: list[Table] = []
    problems: list[Diagnostic] = []
    for path in paths:
        if not path.is_file():
            raise Stop(2, both("stop.no_file", file=path))
        workbook, said = read_workbook(path, shown=path.name, known=KNOWN)
        problems += said
        if workbook is None:
            raise Stop(3, both("stop.register", file=path), tuple(problems))
        tables += [table for sheet in workbook.sheets for table in place_tables(sheet)]
    made = import_register(tables, told.county)
    problems += [*private_columns(tables), *made.diagnostics]
    updated = Updated(made.entries, {}, ())
    page: list[Section] = []
    if update is not None and day is not None:
        before, said_of_old = _old(update)
        problems += said_of_old
        updated = update_register(before, made.entries, day)
        changes = [(change.kind, change.old, change.new) for change in updated.changes]
        remarks = len(updated.unconfirmed)
        page.append(changes_page(update.name, day, changes, remarks, told.lang, everything=everything))
    rows = list(register_rows(updated.entries, updated.unconfirmed))
    as_of = day or today
    names = "、".join(path.name for path in paths)
    page = [*register_page(names, updated.entries, problems, as_of, told.lang), *page]
    document = register_document("register import", version, names, updated.entries, problems, as_of, told.lang)
    document["changes"] = [
        {"change": change.kind, "old": _unit(change.old), "new": _unit(change.new)} for change in updated.changes
    ]
    towns = len({(entry.county, entry.township) for entry in updated.entries})
    done = Done(page, document, tuple(problems), _exit_code(problems, told.fail_on or "error"))
    return register_xlsx(rows) if xlsx else register_csv(rows), len(updated.entries), towns, done


def _old(path: Path) -> tuple[tuple[Entry, ...], tuple[Diagnostic, ...]]:
    tables, problems = _tables(path, KNOWN)
    tables = [table for table in tables if {"name", "township"} <= columns_of(table, REGISTER_HEADERS).keys()]
    if not tables:
        raise Stop(3, both("stop.register", file=path), tuple(problems))
    register, said = read_registers(tables)
    return register.entries, said


def _unit(entry: Entry | None) -> dict[str, str | None] | None:
    return None if entry is None else {"code": entry.code, "name": entry.name, "township": entry.township}


def print_document(document: dict[str, object]) -> None:
    """One JSON document on stdout."""
    json.dump(document, sys.stdout, ensure_ascii=True)
    sys.stdout.write("\n")


def made_words(told: Settings, units: int, towns: int, out: Path) -> str:
    """The line that says what was written."""
    return say("register.made", told.lang, n=units, towns=towns, out=out)
