"""The register (名册) of who must appear, and the one way in which a name becomes a unit: never by guessing.

The rules are those of DESIGN §6.2, "Rows to units". Villages are never matched by prefix or likeness; likeness
only serves to suggest a near name in a message.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from functools import cached_property

from starcheck.column import Reason
from starcheck.diagnostic import Diagnostic, Location
from starcheck.table import Table
from starcheck.units import fold, normalise_header, read_date

VILLAGE = "行政村"
COMMUNITY = "城市社区"

_VILLAGE_SUFFIXES = ("村民委员会", "村委会", "行政村", "村")
_COMMUNITY_SUFFIXES = ("社区居民委员会", "社区居委会", "居民委员会", "居委会", "社区")
_TOWNSHIP_SUFFIXES = ("街道办事处", "街道", "镇", "乡")

HEADERS: Mapping[str, frozenset[str]] = {
    name: frozenset(normalise_header(spelling) for spelling in spellings)
    for name, spellings in {
        "code": ("编码", "代码", "行政区划代码", "统计用区划代码"),
        "name": ("村名", "村", "行政村", "村（社区）", "名称", "单位名称", "村（社区）名称", "村、社区"),
        "township": ("乡镇", "镇", "街道", "乡镇（街道）", "乡（镇、街道）", "乡镇街道"),
        "county": ("县", "县（市、区）", "县市区", "县（区）", "区县"),
        "kind": ("类型",),
        "aliases": ("别名",),
        "tags": ("标签",),
        "since": ("生效",),
        "until": ("失效",),
        "merged_into": ("并入",),
        "serial": ("序号",),
        "target": ("争创星级",),
    }.items()
}
"""Normalised header spellings of the columns that say which unit a row is about."""


class NameKind(Enum):
    """What a name's suffix says the unit is."""

    VILLAGE = "village"
    COMMUNITY = "community"
    NONE = "none"


def split_suffix(name: str) -> tuple[str, NameKind]:
    """The base of a folded name and the kind its suffix says; *one* suffix goes, the longest.

    >>> split_suffix("张村村委会")
    ('张村', <NameKind.VILLAGE: 'village'>)
    """
    for suffixes, kind in ((_COMMUNITY_SUFFIXES, NameKind.COMMUNITY), (_VILLAGE_SUFFIXES, NameKind.VILLAGE)):
        for suffix in suffixes:
            if name.endswith(suffix) and len(name) > len(suffix):
                return name[: -len(suffix)], kind
    return name, NameKind.NONE


def township_base(name: str) -> str:
    """A folded township name without 乡, 镇 or 街道."""
    for suffix in _TOWNSHIP_SUFFIXES:
        if name.endswith(suffix) and len(name) > len(suffix):
            return name[: -len(suffix)]
    return name


_COUNTY_SUFFIXES = ("自治县", "县", "区", "市", "旗")


def fold_name(county: str) -> str:
    """A county's name folded, without 县, 区, 市 or 旗."""
    folded = fold(county)
    for suffix in _COUNTY_SUFFIXES:
        if folded.endswith(suffix) and len(folded) > len(suffix):
            return folded[: -len(suffix)]
    return folded


@dataclass(frozen=True, slots=True)
class Entry:
    """One unit of the register. Dates are inclusive; None means without limit."""

    code: str | None
    name: str
    township: str
    county: str | None
    kind: str
    aliases: tuple[str, ...] = ()
    tags: frozenset[str] = frozenset()
    since: date | None = None
    until: date | None = None
    merged_into: str | None = None
    line: int | None = None

    def expected(self, as_of: date) -> bool:
        """Whether the unit exists on ``as_of``."""
        return (self.since is None or self.since <= as_of) and (self.until is None or as_of <= self.until)


class Found(Enum):
    """How a row's name came out."""

    UNIT = "unit"
    OTHER_KIND = "other kind"
    AMBIGUOUS = "ambiguous"
    NOTHING = "nothing"
    NO_TOWNSHIP = "no township"
    AMBIGUOUS_TOWNSHIP = "ambiguous township"
    UNKNOWN_CODE = "unknown code"
    CODE_NAME_MISMATCH = "code and name differ"


@dataclass(frozen=True, slots=True)
class Match:
    """The outcome of matching one row: the entry's position, or who else it might be."""

    found: Found
    entry: int | None = None
    candidates: tuple[int, ...] = ()
    respelled: bool = False


@dataclass(frozen=True)
class Register:
    """Who must appear. ``entries`` keep the file's order; positions in it name a unit."""

    entries: tuple[Entry, ...]
    file: str = ""
    _matches: dict[tuple[str | None, ...], Match] = field(default_factory=dict, compare=False)

    @cached_property
    def by_code(self) -> Mapping[str, int]:
        """Position by code."""
        return {entry.code: place for place, entry in enumerate(self.entries) if entry.code}

    @cached_property
    def townships(self) -> Mapping[str, tuple[int, ...]]:
        """Positions of all units by folded township name."""
        places: dict[str, list[int]] = defaultdict(list)
        for place, entry in enumerate(self.entries):
            places[fold(entry.township)].append(place)
        return {name: tuple(found) for name, found in places.items()}

    @cached_property
    def _township_bases(self) -> Mapping[str, tuple[str, ...]]:
        bases: dict[str, list[str]] = defaultdict(list)
        for name in self.townships:
            bases[township_base(name)].append(name)
        return {base: tuple(names) for base, names in bases.items()}

    @cached_property
    def names(self) -> frozenset[str]:
        """Every folded name and alias, to tell a village called 李合计 from a total row."""
        return frozenset(fold(name) for entry in self.entries for name in (entry.name, *entry.aliases))

    def township(self, written: str) -> tuple[str, ...]:
        """The folded townships that ``written`` may mean: as written, else without 乡 镇 街道."""
        folded = fold(written)
        if folded in self.townships:
            return (folded,)
        return self._township_bases.get(township_base(folded), ())

    def township_in(self, text: str) -> str | None:
        """The one township of the register that ``text`` (a title, a sheet or file name) names, if there is one."""
        folded = fold(text)
        found = {name for name in self.townships if name in folded}
        found = {name for name in found if not any(name != other and name in other for other in found)}
        if not found:
            found = {
                names[0]
                for base, names in self._township_bases.items()
                if len(base) > 1 and len(names) == 1 and base in folded
            }
        return self.entries[self.townships[found.pop()][0]].township if len(found) == 1 else None

    def match(
        self, name: str | None, township: str | None, code: str | None, unit_kind: str, county: str | None = None
    ) -> Match:
        """Which unit a row is about. Outcomes are kept: the same name in the same township is matched once.

        ``county`` narrows a register of several counties; a township's name may recur in another one.
        """
        key = (name, township, code, unit_kind, county)
        known = self._matches.get(key)
        if known is None:
            known = self._matches[key] = self._match(name, township, code, unit_kind, county)
        return known

    def of_kind(self, unit_kind: str) -> tuple[int, ...]:
        """Positions of the units of a scheme's kind."""
        return tuple(place for place, entry in enumerate(self.entries) if entry.kind == unit_kind)

    def _match(
        self, name: str | None, township: str | None, code: str | None, unit_kind: str, county: str | None
    ) -> Match:
        if code:
            place = self.by_code.get(code)
            if place is None:
                return Match(Found.UNKNOWN_CODE)
            if name and self._choose(name, (place,), unit_kind).entry != place:
                return Match(Found.CODE_NAME_MISMATCH, candidates=(place,))
            found = Found.UNIT if self.entries[place].kind == unit_kind else Found.OTHER_KIND
            return Match(found, place, respelled=bool(name) and fold(name or "") != fold(self.entries[place].name))
        if not name or not township:
            return Match(Found.NO_TOWNSHIP)
        towns = [self._of_county(self.townships[town], county) for town in self.township(township)]
        towns = [places for places in towns if places]
        if len(towns) != 1:
            return Match(Found.AMBIGUOUS_TOWNSHIP if towns else Found.NO_TOWNSHIP)
        here = towns[0]
        rated = tuple(place for place in here if self.entries[place].kind == unit_kind)
        match = self._choose(name, rated, unit_kind)
        if match.found is not Found.NOTHING:
            return match
        others = tuple(place for place in here if self.entries[place].kind != unit_kind)
        for kind in dict.fromkeys(self.entries[place].kind for place in others):
            among = tuple(place for place in others if self.entries[place].kind == kind)
            other = self._choose(name, among, kind)
            if other.found is Found.UNIT:
                return Match(Found.OTHER_KIND, other.entry)
        return match

    def _of_county(self, places: tuple[int, ...], county: str | None) -> tuple[int, ...]:
        """Those of a county; all of them where the row or the register does not say one."""
        if not county:
            return places
        home = fold_name(county)
        return tuple(place for place in places if fold_name(self.entries[place].county or county) == home)

    def _choose(self, written: str, places: Sequence[int], unit_kind: str) -> Match:
        """The four steps of §6.2 over ``places``; the first step with a candidate decides."""
        name = fold(written)
        base, kind = split_suffix(name)
        community_kind = unit_kind == COMMUNITY or split_suffix(fold(unit_kind))[1] is NameKind.COMMUNITY
        forms = [(place, self._forms[place]) for place in places]
        steps = (
            [place for place, form in forms if name in form.written],
            [place for place, form in forms if kind is not NameKind.NONE and form.base == base and form.kind is kind],
            [
                place
                for place, form in forms
                if form.base == name and (form.suffix is not NameKind.COMMUNITY or community_kind)
            ],
            [
                place
                for place, form in forms
                if form.base == base and kind is not NameKind.COMMUNITY and form.kind is not NameKind.COMMUNITY
            ],
        )
        for number, candidates in enumerate(steps):
            if len(candidates) == 1:
                respelled = number > 0 or name != fold(self.entries[candidates[0]].name)
                return Match(Found.UNIT, candidates[0], respelled=respelled)
            if candidates:
                return Match(Found.AMBIGUOUS, candidates=tuple(candidates))
        return Match(Found.NOTHING, candidates=tuple(places))

    @cached_property
    def _forms(self) -> tuple[_Forms, ...]:
        return tuple(_forms(entry) for entry in self.entries)

    def near(self, name: str, places: Iterable[int], *, most: int = 3) -> tuple[str, ...]:
        """Names like ``name`` among ``places``, nearest first, for a message only."""
        from rapidfuzz import fuzz, process  # noqa: PLC0415 - only where something went wrong

        names = [self.entries[place].name for place in places]
        bases = [split_suffix(fold(known))[0] for known in names]
        found = process.extract(split_suffix(fold(name))[0], bases, scorer=fuzz.ratio, limit=most, score_cutoff=50)
        return tuple(names[place] for _, _, place in found)


@dataclass(frozen=True, slots=True)
class _Forms:
    """A register name's folded forms. ``kind`` is the suffix's, or else the unit's."""

    written: frozenset[str]
    base: str
    suffix: NameKind
    kind: NameKind


def _forms(entry: Entry) -> _Forms:
    base, suffix = split_suffix(fold(entry.name))
    kind = suffix
    if kind is NameKind.NONE:
        kind = NameKind.COMMUNITY if entry.kind == COMMUNITY else NameKind.VILLAGE
    return _Forms(frozenset(fold(name) for name in (entry.name, *entry.aliases)), base, suffix, kind)


def kind_of_name(name: str) -> str:
    """The kind of a unit whose register has no 类型: a community suffix means 城市社区, anything else 行政村."""
    return COMMUNITY if split_suffix(fold(name))[1] is NameKind.COMMUNITY else VILLAGE


def code_text(cell: object) -> str | None:
    """A code as text, also where a spreadsheet stored it as a number."""
    if cell is None:
        return None
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    text = fold(str(cell))
    return text or None


def columns_of(table: Table, wanted: Mapping[str, frozenset[str]] = HEADERS) -> dict[str, int]:
    """Which column of a table is the unit's code, name, township, …: the first that bears one of its spellings."""
    found: dict[str, int] = {}
    for header in table.headers:
        spellings = [normalised for normalised, _ in header.candidates()]
        for meaning, accepted in wanted.items():
            if meaning not in found and any(spelling in accepted for spelling in spellings):
                found[meaning] = header.column
                break
    return found


def is_register(table: Table) -> bool:
    """Whether a table without any column of the scheme is a register: code, name and township."""
    return {"code", "name", "township"} <= columns_of(table).keys()


_DIVIDE = re.compile(r"[、;；,，]")
CODE_DIGITS = 12


def read_register(table: Table, *, unit_kind: str | None = None) -> tuple[Register, tuple[Diagnostic, ...]]:
    """The register in a table; doubled codes or names are errors, their later rows left out.

    ``unit_kind`` is the kind of every unit where the table has no 类型 and the scheme rates neither villages nor
    communities.
    """
    columns = columns_of(table)
    cells = {
        meaning: table.cells(column, fill_merged=meaning in {"township", "county"})
        for meaning, column in columns.items()
    }
    size = len(table.body)
    empty: list[object] = [None] * size

    def texts(meaning: str) -> list[str]:
        return ["" if cell is None else str(cell).strip() for cell in cells.get(meaning, empty)]

    names, townships, counties, kinds = texts("name"), texts("township"), texts("county"), texts("kind")
    aliases, tags, merged = texts("aliases"), texts("tags"), texts("merged_into")
    sheet = table.sheet
    entries: list[Entry] = []
    problems: list[Diagnostic] = []
    seen: dict[object, int] = {}

    def place(row: int, meaning: str) -> Location:
        return Location(sheet.file, sheet.name, sheet.address(table.body[row], columns[meaning]))

    for row in range(size):
        name, township, code = names[row], townships[row], code_text(cells.get("code", empty)[row])
        if not name and not code:
            continue
        if not name or not township:
            problems.append(Diagnostic("R419", place(row, "name"), found=name or code))
            continue
        named = (fold_name(counties[row]), fold(township), fold(name))
        doubled = next((key for key in (code, named) if key and key in seen), None)
        if doubled is not None:
            problems.append(
                Diagnostic("R409", place(row, "name"), unit=name, found=doubled if isinstance(doubled, str) else name)
            )
            continue
        if code and not (code.isascii() and code.isdigit() and len(code) == CODE_DIGITS):
            problems.append(Diagnostic("R417", place(row, "code"), unit=name, found=code))
        seen[named] = row
        if code:
            seen[code] = row
        kind = kinds[row] or (kind_of_name(name) if unit_kind in {None, VILLAGE, COMMUNITY} else str(unit_kind))
        days: dict[str, date | None] = {"since": None, "until": None}
        for meaning in days:
            cell = cells.get(meaning, empty)[row]
            reading = read_date(_date_text(cell))
            if isinstance(reading.value, tuple):
                days[meaning] = reading.value[0] if meaning == "since" else reading.value[1]
            elif reading.reason is not Reason.BLANK:
                problems.append(Diagnostic("R418", place(row, meaning), unit=name, found=str(cell)))
        entries.append(
            Entry(
                code=code,
                name=name,
                township=township,
                county=counties[row] or None,
                kind=kind,
                aliases=tuple(part.strip() for part in _DIVIDE.split(aliases[row]) if part.strip()),
                tags=frozenset(part.strip() for part in _DIVIDE.split(tags[row]) if part.strip()),
                since=days["since"],
                until=days["until"],
                merged_into=merged[row] or None,
                line=table.body[row] + 1,
            )
        )
    return Register(tuple(entries), sheet.file), tuple(problems)


def _date_text(cell: object) -> str:
    if isinstance(cell, date):
        return cell.isoformat()[:10]
    return "" if cell is None else str(cell)
