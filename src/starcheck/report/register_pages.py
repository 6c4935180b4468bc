"""What is said of a register: who is in it, by township and kind; and what changed since an older one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from starcheck.diagnostic import Diagnostic, Lang, Severity
from starcheck.messages import say
from starcheck.register import TOWNSHIP_DIGITS, Entry
from starcheck.report.as_json import diagnostic_document
from starcheck.report.sections import Section, table

EXAMPLES_SHOWN = 6
"""Units named for one kind of change, unless all are asked for."""


def _by_township(entries: Sequence[Entry], as_of: date) -> Mapping[tuple[str | None, str], list[Entry]]:
    towns: dict[tuple[str | None, str], list[Entry]] = {}
    for entry in entries:
        if entry.expected(as_of):
            towns.setdefault((entry.county, entry.township), []).append(entry)
    return towns


def register_page(
    file: str, entries: Sequence[Entry], diagnostics: Sequence[Diagnostic], as_of: date, lang: Lang
) -> list[Section]:
    """Units by kind and township, and how many problems there are."""
    expected = [entry for entry in entries if entry.expected(as_of)]
    towns = _by_township(entries, as_of)
    kinds = Counter(entry.kind for entry in expected)
    comma = say("list.comma", lang)
    counties = dict.fromkeys(entry.county for entry in expected if entry.county)
    levels = Counter(found.level for found in diagnostics)
    more = {
        "aliases": sum(len(entry.aliases) for entry in entries),
        "former": sum(len(entry.former) for entry in entries),
        "tags": len({tag for entry in entries for tag in entry.tags}),
        "ended": sum(entry.until is not None and entry.until < as_of for entry in entries),
        "merged": sum(entry.merged_into is not None for entry in entries),
    }
    facts = [
        (
            say("register.units", lang),
            say("register.units.text", lang, n=len(entries), as_of=as_of, expected=len(expected), towns=len(towns)),
        ),
        (
            say("register.kinds", lang),
            comma.join(say("register.kind", lang, kind=kind, n=n) for kind, n in kinds.most_common()),
        ),
        (
            say("register.problems", lang),
            say(
                "report.problems.text",
                lang,
                errors=levels[Severity.ERROR],
                warnings=levels[Severity.WARNING],
                notes=levels[Severity.NOTE],
            ),
        ),
    ]
    if counties:
        facts.insert(0, (say("register.county", lang), comma.join(counties)))
    if any(more.values()):
        facts.append((say("register.more", lang), say("register.more.text", lang, **more)))
    names = [kind for kind, _ in kinds.most_common()]
    headers = [say("history.township", lang), say("register.units", lang), *names, say("register.prefix", lang)]
    rows = []
    for (county, town), own in towns.items():
        counts = Counter(entry.kind for entry in own)
        prefixes = dict.fromkeys((entry.code or "")[:TOWNSHIP_DIGITS] for entry in own)
        place = f"{county} {town}" if len(counties) > 1 else town
        rows.append([place, str(len(own)), *(str(counts[kind]) for kind in names), comma.join(filter(None, prefixes))])
    lines = []
    if not any(entry.code for entry in entries):
        lines.append(say("register.no_codes", lang))
    if not levels[Severity.ERROR] and not levels[Severity.WARNING]:
        lines.append(say("register.good", lang))
    numbers = range(1, len(names) + 2)
    return [
        Section(say("register.title", lang, file=file), level=1, facts=tuple(facts)),
        Section(say("register.townships", lang), table=table(headers, rows, numbers=numbers), lines=tuple(lines)),
    ]


def register_document(
    command: str,
    version: str,
    file: str,
    entries: Sequence[Entry],
    diagnostics: Sequence[Diagnostic],
    as_of: date,
    lang: Lang,
) -> dict[str, Any]:
    """The same as one JSON document."""
    expected = [entry for entry in entries if entry.expected(as_of)]
    return {
        "format": 1,
        "command": command,
        "version": version,
        "file": file,
        "as_of": as_of.isoformat(),
        "townships": [
            {"county": county, "name": town, "units": len(own), "kinds": dict(Counter(entry.kind for entry in own))}
            for (county, town), own in _by_township(entries, as_of).items()
        ],
        "diagnostics": [diagnostic_document(found, lang) for found in diagnostics],
        "summary": {
            "units": len(entries),
            "expected": len(expected),
            "kinds": dict(Counter(entry.kind for entry in expected)),
            "errors": sum(found.level is Severity.ERROR for found in diagnostics),
            "warnings": sum(found.level is Severity.WARNING for found in diagnostics),
        },
    }


def changes_page(
    old: str,
    day: date,
    changes: Sequence[tuple[str, Entry | None, Entry | None]],
    unconfirmed: int,
    lang: Lang,
    *,
    everything: bool = False,
) -> Section:
    """What changed between two registers, by kind of change, with examples."""
    groups: dict[str, list[str]] = {}
    for kind, was, now in changes:
        words = [entry.township + ("" if kind == "town" else entry.name) for entry in (was, now) if entry is not None]
        groups.setdefault(kind, []).append(" → ".join(dict.fromkeys(words)))
    rows = []
    for kind, units in groups.items():
        named = list(dict.fromkeys(units))
        shown = named if everything else named[:EXAMPLES_SHOWN]
        rest = "" if len(shown) == len(named) else say("names.more", lang, n=len(named))
        text = say("list.comma", lang).join(shown)
        rows.append((say(f"register.change.{kind}", lang), str(len(units)), f"{text}{rest}"))
    headers = [say(f"register.changes.{word}", lang) for word in ("kind", "units", "examples")]
    lines = []
    if not rows:
        lines.append(say("register.changes.none", lang))
    if unconfirmed:
        lines.append(say("register.changes.confirm", lang, n=unconfirmed))
    title = say("register.changes", lang, old=old, day=day)
    return Section(title, table=table(headers, rows, numbers=[1]) if rows else None, lines=tuple(lines))
