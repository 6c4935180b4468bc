"""What the office has confirmed about its townships' workbooks (记忆): columns by other names, and where a table is.

It stands in ``starcheck.toml``, by township (or the pattern of a file's name, or ``*`` for all), and is written there
only when asked for. Nothing is learned silently.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatch
from pathlib import Path, PurePath
from typing import Any

from starcheck.cells import Sheet, column_letters
from starcheck.diagnostic import Diagnostic
from starcheck.messages import both
from starcheck.register import township_base
from starcheck.scheme import LedgerField, Scheme
from starcheck.table import Header, LayoutPin, Table
from starcheck.units import fold, normalise_header, split_unit
from starcheck.workspace import Settings, Stop


@dataclass(frozen=True, slots=True)
class Here:
    """What is remembered of one sheet: where its table is, and which header is which field; ``""`` is not used."""

    headers: Mapping[str, str]
    pin: LayoutPin | None
    fields: Mapping[str, LedgerField]

    def applied(self, table: Table) -> tuple[Table, list[Diagnostic]]:
        """The table with remembered headers under the scheme's names, and a note for each."""
        known = self.headers
        if not known:
            return table, []
        headers: list[Header] = []
        notes: list[Diagnostic] = []
        for header in table.headers:
            name = next(
                (known[spelling] for spelling, _ in (*header.paths(), *header.candidates()) if spelling in known), None
            )
            if name is None:
                headers.append(header)
                continue
            where = table.sheet.location(table.header_last, header.column)
            if name:
                item = self.fields[name]
                _, unit = header.candidates()[0]
                spelling = item.headers[0] if unit is None else f"{split_unit(item.headers[0])[0]}（{unit}）"
                headers.append(Header(header.column, (spelling,)))
                notes.append(Diagnostic("T240", where, field=item.key, found=header.texts[-1], expected=item.label))
            else:
                notes.append(Diagnostic("T241", where, found=header.texts[-1]))
        return (replace(table, headers=tuple(headers)), notes) if headers else (table, notes)


@dataclass(frozen=True, slots=True)
class Remembered:
    """Headers to fields, and pinned layouts, by township or pattern; the fields are those of ``schemes``."""

    mapping: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    layout: Mapping[str, LayoutPin] = field(default_factory=dict)
    fields: Mapping[str, LedgerField] = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to remember."""
        return not self.mapping and not self.layout

    def of(self, sheet: Sheet, title: Sequence[str]) -> Here:
        """What concerns a sheet with these lines above its table; of several pins the narrowest counts."""
        headers: dict[str, str] = {}
        for key in _keys(self.mapping, sheet, title):
            headers |= {_plain(header): name for header, name in self.mapping[key].items()}
        pins = _keys(self.layout, sheet, title)
        return Here(headers, self.layout[pins[-1]] if pins else None, self.fields)


def _plain(header: str) -> str:
    return normalise_header(split_unit(header)[0])


def _keys(keys: Iterable[str], sheet: Sheet, title: Sequence[str]) -> list[str]:
    """The keys that concern a sheet, the widest first: ``*``, then its township, then patterns of file names."""
    name = PurePath(sheet.file).name
    patterns = {key for key in keys if "*" in key or "." in key}
    towns = {fold(key): key for key in keys if key not in patterns}
    town = _town_said(towns, [fold(text) for text in (" ".join(title), sheet.name or "", PurePath(name).stem)])
    return [
        *(key for key in patterns if key == "*"),
        *((towns[town],) if town is not None else ()),
        *(key for key in sorted(patterns - {"*"}) if key == name or fnmatch(name.casefold(), key.casefold())),
    ]


_OTHER_TOWN = re.compile("[一-鿿]{2}(?:镇|乡|街道|办事处)")


def _town_said(towns: Collection[str], texts: Sequence[str]) -> str | None:
    """The township that title, sheet or file name say, the first that says one; without 乡 or 镇 where none does.

    One that is not among ``towns`` is another: a village of its may have the name of one of them.
    """
    for text in texts:
        named = {town for town in towns if town in text}
        named = {town for town in named if not any(town != other and town in other for other in named)}
        if named or _OTHER_TOWN.search(text.replace("乡镇", "")):
            return named.pop() if len(named) == 1 else None
    bases = {town: township_base(town) for town in towns}
    found = {town for town, base in bases.items() if len(base) > 1 and any(base in text for text in texts)}
    return found.pop() if len(found) == 1 else None


def remembered(told: Settings, schemes: Sequence[Scheme], now: Sequence[str] = ()) -> Remembered:
    """What ``starcheck.toml`` and ``--map`` say, checked against the schemes there are.

    Raises ``Stop`` (2) for a field that no scheme has, and for a header that is another field's own spelling.
    """
    fields = {key: item for scheme in schemes for key, item in scheme.ledger_columns.items() if item.headers}
    spelled = {_plain(spelling): key for key, item in fields.items() for spelling in item.headers}
    mapping = {key: dict(entries) for key, entries in told.mapping.items()}
    for pair in now:
        header, sign, name = pair.partition("=")
        if not sign or not header.strip():
            raise Stop(2, both("stop.map", pair=pair))
        mapping.setdefault("*", {})[header.strip()] = name.strip()
    for entries in mapping.values():
        for header, name in entries.items():
            if name and name not in fields:
                near = next((key for key, item in fields.items() if item.label == name), "、".join(list(fields)[:8]))
                raise Stop(2, both("stop.map_field", header=header, field=name, near=near))
            if spelled.get(_plain(header), name) != name and name:
                raise Stop(2, both("stop.map_spelling", header=header, field=name, other=spelled[_plain(header)]))
    return Remembered(mapping, {key: _pin(key, entries) for key, entries in told.layout.items()}, fields)


_RANGE = re.compile(r"([A-Z]{1,3})(\d+):([A-Z]{1,3})(\d+)")


def _pin(key: str, entries: Mapping[str, str]) -> LayoutPin:
    unknown = sorted(entries.keys() - {"sheet", "header", "kind"})
    header = _RANGE.fullmatch(entries.get("header", "A1:A1"))
    if unknown or header is None or entries.get("kind", "table") not in {"table", "transposed", "none"}:
        raise Stop(
            2, both("stop.layout", town=key, value="、".join(f"{name}={value}" for name, value in entries.items()))
        )
    rows = (int(header[2]) - 1, int(header[4]) - 1) if "header" in entries else None
    columns = (_number(header[1]), _number(header[3])) if "header" in entries else None
    return LayoutPin(entries.get("sheet"), rows, columns, entries.get("kind", "table"))


def _number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


# --- writing it down --------------------------------------------------------------------------------------------------


_OF_A_MONTH = re.compile(
    r"20\d\d(?:\s*[年./_-]?\s*\d{1,2}(?:\s*月份?)?)?(?!\d)|(?:\d{1,2}|[一二三四五六七八九十]+)\s*月份?|\d{1,2}\s*[./-]\s*\d{1,2}|[上本当]月"
    r"|[一二三四1-4]季度?"
)
"""What a name has for one month alone: the next month's has another."""


def entries_of(
    tables: Sequence[Table], township: str | None, pairs: Sequence[str], *, sheets: int = 1
) -> Iterator[tuple[str, dict[str, str | None]]]:
    """The sections to write for one file: its layout as read, and those of the confirmed headers that it has.

    The sheet is named only where its book has several (``sheets``) and its name is not that of a month. A township
    that neither title nor file name say would not be found again: then the file's name is the key.
    """
    table = tables[0]
    sheet = table.sheet
    key = township if township is not None and _keys([township], sheet, table.above) else None
    key = key or _OF_A_MONTH.sub("*", PurePath(sheet.file).name)
    turned = sheet.places is not None
    ends = [
        sheet.place(row, column)
        for row in (table.header_first, table.header_last)
        for column in (table.headers[0].column, table.headers[-1].column)
    ]
    rows, columns = [row for row, _ in ends], [column for _, column in ends]
    header = f"{column_letters(min(columns))}{min(rows) + 1}:{column_letters(max(columns))}{max(rows) + 1}"
    named = sheet.name if sheets > 1 and sheet.name and not _OF_A_MONTH.search(sheet.name) else None
    pin = {"sheet": named, "header": header, "kind": "transposed" if turned else "table"}
    if len(tables) == 1:
        yield f"layout.{json.dumps(key, ensure_ascii=False)}", pin
    given = dict(pair.split("=", 1) for pair in pairs)
    texts = {cell for row in table.sheet.rows for cell in row if isinstance(cell, str)}
    here: dict[str, str | None] = {
        name.strip(): value.strip() for name, value in given.items() if any(_plain(name) == _plain(t) for t in texts)
    }
    if here:
        yield f"mapping.{json.dumps(key, ensure_ascii=False)}", here


def write_down(config: Path, sections: Iterable[tuple[str, Mapping[str, Any]]]) -> None:
    """Put sections into ``starcheck.toml``: those of the same name are completed, all else stays byte for byte.

    An entry that is None is taken out.
    """
    text = config.read_bytes().decode("utf-8-sig")
    for name, entries in sections:
        lines = {
            json.dumps(key, ensure_ascii=False) if name.startswith("mapping") else key: value
            for key, value in entries.items()
        }
        found = re.search(rf"(?m)^\[{re.escape(name)}\][^\n]*\n((?:(?!\[)[^\n]*(?:\n|$))*)", text)
        if found is None:
            kept = {key: value for key, value in lines.items() if value is not None}
            new = "".join(f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in kept.items())
            text = f"{text.rstrip()}\n\n[{name}]\n{new}" if text.strip() else f"[{name}]\n{new}"
            continue
        body = found[1]
        for key, value in lines.items():
            if value is None:
                body = re.sub(rf"(?m)^{re.escape(key)}\s*=[^\n]*(?:\n|\Z)", "", body)
                continue
            line = f"{key} = {json.dumps(value, ensure_ascii=False)}"
            pattern = rf"(?m)^{re.escape(key)}\s*=[^\n]*$"
            body = re.sub(pattern, lambda _, line=line: line, body) if re.search(pattern, body) else f"{line}\n{body}"
        text = text[: found.start(1)] + body + text[found.end(1) :]
    unfinished = config.with_name(f".{config.name}.new")
    try:
        unfinished.write_text(text, encoding="utf-8", newline="")
        unfinished.replace(config)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
