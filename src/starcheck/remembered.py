"""What the office has confirmed about its townships' workbooks (记忆): columns by other names, and where a table is.

It stands in ``starcheck.toml``, by township (or the pattern of a file's name, or ``*`` for all), and is written there
only when asked for. Nothing is learned silently.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatch
from pathlib import Path, PurePath
from typing import Any

from starcheck.cells import Sheet, column_letters
from starcheck.diagnostic import Diagnostic, Location, Text
from starcheck.identity import HEADERS, NAMES_AT_LAST, meaning_of
from starcheck.messages import both
from starcheck.register import township_base
from starcheck.scheme import LedgerField, Scheme
from starcheck.table import TOLD_BY_CONFIG, TOLD_BY_MAP, Header, LayoutPin, Table
from starcheck.units import fold, normalise_header, split_unit
from starcheck.workspace import Settings, Stop

_WHERE: Mapping[str, Text] = {
    TOLD_BY_MAP: ("按 --map ", "by --map"),
    TOLD_BY_CONFIG: ("按 starcheck.toml 的记忆", "as remembered in starcheck.toml"),
}


@dataclass(frozen=True, slots=True)
class Here:
    """What is remembered of one sheet: where its table is, and which header is which field; ``""`` is not used.

    ``fields`` are the scheme's; any other name is that of a column of the unit: 村名, 乡镇, 编码. ``told`` are the
    headers that ``--map`` says, not ``starcheck.toml``.
    """

    headers: Mapping[str, str]
    pin: LayoutPin | None
    fields: Mapping[str, LedgerField]
    told: Collection[str] = ()

    @property
    def naming(self) -> Mapping[str, frozenset[str]]:
        """What the columns of the unit are called, by meaning: what is remembered, and all that is recognised."""
        more: dict[str, set[str]] = defaultdict(set)
        for header, name in self.headers.items():
            meaning = None if not name or name in self.fields else meaning_of(name)
            if meaning is not None:
                more[meaning].add(header)
        return {meaning: known | more[meaning] for meaning, known in HEADERS.items()} if more else HEADERS

    def applied(self, table: Table) -> tuple[Table, list[Diagnostic]]:
        """The table with remembered headers under the scheme's names, and a note for each."""
        if not self.headers:
            return table, []
        headers: list[Header] = []
        left_out: list[Header] = []
        notes: list[Diagnostic] = []
        spelled = {header.column: self._spelling(header) for header in table.headers}
        paths: dict[str | None, set[str]] = defaultdict(set)
        for header in table.headers:
            paths[spelled[header.column]].add(header.path)
        for header in table.headers:
            spelling = spelled[header.column]
            if spelling is None:
                headers.append(header)
                continue
            name = self.headers[spelling]
            told = TOLD_BY_MAP if spelling in self.told else TOLD_BY_CONFIG
            where = table.sheet.location(table.header_last, header.column)
            said = {"by": _WHERE[told]}
            item = self.fields.get(name)
            if not name:
                left_out.append(replace(header, written=header.texts, told=told))
                notes.append(Diagnostic("T241", where, found=header.texts[-1], arguments=said))
                continue
            known, label = (_unit_column(name), name) if item is None else (item.headers[0], item.label)
            unit = None if item is None else header.candidates()[0][1]
            texts: tuple[str, ...] = (known if unit is None else f"{split_unit(known)[0]}（{unit}）",)
            if item is not None and len(paths[spelling]) > 1:  # columns of several groups: it does not say which
                texts = (*header.path.split("/")[:-1], *texts)
            headers.append(Header(header.column, texts, header.texts, told))
            key = None if item is None else item.key
            notes.append(Diagnostic("T240", where, field=key, found=header.texts[-1], expected=label, arguments=said))
        return (replace(table, headers=tuple(headers), left_out=tuple(left_out)), notes) if headers else (table, notes)

    def _spelling(self, header: Header) -> str | None:
        """That of a header by which something is remembered of it."""
        return next((spelling for spelling in _spellings(header) if spelling in self.headers), None)


def _spellings(header: Header) -> Iterator[str]:
    """What a header may be remembered by: all it says, or its lowest text."""
    return (spelling for spelling, _ in (*header.paths(), *header.candidates()))


def _unit_column(name: str) -> str:
    """The header by which a column of the unit is known."""
    return "村名" if normalise_header(name) in NAMES_AT_LAST else name


@dataclass(frozen=True, slots=True)
class Remembered:
    """Headers to fields, and pinned layouts, by township or pattern; the fields are those of ``schemes``.

    ``told`` is what ``--map`` says of every file; it goes before what is remembered.
    """

    mapping: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    layout: Mapping[str, LayoutPin] = field(default_factory=dict)
    fields: Mapping[str, LedgerField] = field(default_factory=dict)
    told: Mapping[str, str] = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to remember."""
        return not self.mapping and not self.layout and not self.told

    def of(self, sheet: Sheet, title: Sequence[str]) -> Here:
        """What concerns a sheet with these lines above its table; of several pins the narrowest counts."""
        headers: dict[str, str] = {}
        for key in _keys(self.mapping, sheet, title):
            headers |= {plain: name for header, name in self.mapping[key].items() for plain in _plains(header)}
        told = {plain: name for header, name in self.told.items() for plain in _plains(header)}
        pins = _keys(self.layout, sheet, title)
        return Here(headers | told, self.layout[pins[-1]] if pins else None, self.fields, told.keys())

    def in_vain(self, tables: Sequence[Table]) -> Iterator[Diagnostic]:
        """T245: the headers of ``--map`` that no table has, each once, with those that are nearest to it."""
        written = list(dict.fromkeys(header.as_written for header in _headers(tables)))
        there = {spelling for texts in written for spelling in _spellings(Header(0, texts))}
        for header in self.told:
            if there.isdisjoint(_plains(header)):
                near = _nearest(_plain(header), ["".join(texts[-1].split()) for texts in written])
                yield Diagnostic("T245", Location(), found=header, arguments={"near": near})


def _headers(tables: Iterable[Table]) -> Iterator[Header]:
    return (header for table in tables for header in (*table.headers, *table.left_out))


def _nearest(header: str, others: Sequence[str]) -> Text:
    """The headers most like one, to be named behind it; nothing where none is like it."""
    from starcheck.likeness import likenesses  # noqa: PLC0415 - only where something went wrong

    found = likenesses(header, [_plain(other) for other in others], least=_LIKE)
    names = dict.fromkeys(others[one.place] for one in found if one.score >= _LIKE)
    shown = list(names)[:_NAMED]
    if not shown:
        return "", ""
    return f"；相近的有：{'、'.join(shown)}", f"; like it are: {', '.join(shown)}"


_LIKE = 50
"""Likeness, of 100, from which another header is worth naming."""
_NAMED = 3


def _plain(header: str) -> str:
    return normalise_header(split_unit(header)[0])


def _plains(header: str) -> tuple[str, ...]:
    """What a header is remembered by: all it says, and with its groups also without their units: 收入（元）/2022年."""
    parts = tuple(part for part in re.split("[/／]", header) if part.strip())
    return tuple(dict.fromkeys((_plain(header), *(spelling for spelling, _ in Header(0, parts).paths()[:1]))))


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


_OTHER_TOWN = "[一-鿿]{2}(?:镇|乡|街道|办事处)"


def _town_said(towns: Collection[str], texts: Sequence[str]) -> str | None:
    """The township that title, sheet or file name say, the first that says one; without 乡 or 镇 where none does.

    One that is not among ``towns`` is another: a village of its may have the name of one of them.
    """
    for text in texts:
        named = {town for town in towns if town in text}
        named = {town for town in named if not any(town != other and town in other for other in named)}
        if named or re.search(_OTHER_TOWN, text.replace("乡镇", "")):
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
    given: dict[str, str] = {}
    for pair in now:
        header, sign, name = pair.partition("=")
        if not sign or not header.strip():
            raise Stop(2, both("stop.map", pair=pair))
        given[header.strip()] = name.strip()
    for entries in (*told.mapping.values(), given):
        for header, name in entries.items():
            if name and name not in fields and meaning_of(name) is None:
                near = next((key for key, item in fields.items() if item.label == name), "、".join(list(fields)[:8]))
                raise Stop(2, both("stop.map_field", header=header, field=name, near=near))
            if spelled.get(_plain(header), name) != name and name:
                raise Stop(2, both("stop.map_spelling", header=header, field=name, other=spelled[_plain(header)]))
    return Remembered(told.mapping, {key: _pin(key, entries) for key, entries in told.layout.items()}, fields, given)


_RANGE = re.compile(r"([A-Z]{1,3})(\d+):([A-Z]{1,3})(\d+)")


def _pin(key: str, entries: Mapping[str, str]) -> LayoutPin:
    unknown = sorted(entries.keys() - {"sheet", "header", "kind"})
    header = _RANGE.fullmatch(entries.get("header", "A1:A1"))
    if unknown or header is None or entries.get("kind", "table") not in {"table", "transposed", "form", "none"}:
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


_OF_A_MONTH = (
    r"20\d\d(?:\s*[年./_-]?\s*\d{1,2}(?:\s*月份?)?)?(?!\d)|(?:\d{1,2}|[一二三四五六七八九十]+)\s*月份?|\d{1,2}\s*[./-]\s*\d{1,2}|[上本当]月"
    r"|[一二三四1-4]季度?"
)
"""What a name has for one month alone: the next month's has another."""


def entries_of(
    tables: Sequence[Table], township: str | None, pairs: Sequence[str], *, sheets: int = 1
) -> Iterator[tuple[str, dict[str, str | None]]]:
    """The sections to write for one file: its layout as read, and those of the confirmed headers that it has.

    Of forms, which have no header, only that they are forms is written. The sheet is named only where its book has
    several (``sheets``) and its name is not that of a month. A township that neither title nor file name say would not
    be found again: then the file's name is the key.
    """
    table = tables[0]
    sheet = table.sheet
    key = township if township is not None and _keys([township], sheet, table.above) else None
    key = key or re.sub(_OF_A_MONTH, "*", PurePath(sheet.file).name)
    ends = [
        sheet.place(row, column)
        for row in (table.header_first, table.header_last)
        for column in (table.headers[0].column, table.headers[-1].column)
    ]
    rows, columns = [row for row, _ in ends], [column for _, column in ends]
    header = f"{column_letters(min(columns))}{min(rows) + 1}:{column_letters(max(columns))}{max(rows) + 1}"
    named = sheet.name if sheets > 1 and sheet.name and not re.search(_OF_A_MONTH, sheet.name) else None
    kind = "form" if table.is_form else "transposed" if sheet.places is not None else "table"
    pin = {"sheet": named, "header": None if kind == "form" else header, "kind": kind}
    if len(tables) == 1:
        yield f"layout.{_written(key)}", pin
    given = dict(pair.split("=", 1) for pair in pairs)
    there = {spelling for header in _headers(tables) for spelling in _spellings(Header(0, header.as_written))}
    here: dict[str, str | None] = {
        name.strip(): value.strip() for name, value in given.items() if not there.isdisjoint(_plains(name))
    }
    if here:
        yield f"mapping.{_written(key)}", here


def _written(value: object) -> str:
    """A value as TOML writes it: as JSON does, but for DEL."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def write_down(config: Path, sections: Iterable[tuple[str, Mapping[str, Any]]]) -> None:
    """Put sections into ``starcheck.toml``: those of the same name are completed, all else stays byte for byte.

    An entry that is None is taken out.
    """
    text = config.read_bytes().decode("utf-8-sig")
    for name, entries in sections:
        lines = {_written(key) if name.startswith("mapping") else key: value for key, value in entries.items()}
        found = re.search(rf"(?m)^\[{re.escape(name)}\][^\n]*\n((?:(?!\[)[^\n]*(?:\n|$))*)", text)
        if found is None:
            kept = {key: value for key, value in lines.items() if value is not None}
            new = "".join(f"{key} = {_written(value)}\n" for key, value in kept.items())
            text = f"{text.rstrip()}\n\n[{name}]\n{new}" if text.strip() else f"[{name}]\n{new}"
            continue
        body = found[1]
        for key, value in lines.items():
            if value is None:
                body = re.sub(rf"(?m)^{re.escape(key)}\s*=[^\n]*(?:\n|\Z)", "", body)
                continue
            line = f"{key} = {_written(value)}"
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
