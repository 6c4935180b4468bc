"""The register (名册) of who must appear, and the one way in which a name becomes a unit: never by guessing.

The rules are those of DESIGN §6.2, "Rows to units". Villages are never matched by prefix or likeness; likeness
only serves to suggest a near name in a message.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING

from starcheck.column import Reason
from starcheck.diagnostic import Diagnostic, Location, Text
from starcheck.identity import HEADERS, NAMES_AT_LAST, TOTALS
from starcheck.table import Table
from starcheck.units import fold, normalise_header, read_date

if TYPE_CHECKING:
    from starcheck.likeness import Likeness

VILLAGE = "行政村"
COMMUNITY = "城市社区"

_VILLAGE_SUFFIXES = ("村民委员会", "村委会", "行政村", "村")
_COMMUNITY_SUFFIXES = ("社区居民委员会", "社区居委会", "居民委员会", "居委会", "社区")
_TOWNSHIP_SUFFIXES = ("街道办事处", "街道", "镇", "乡")

_MORE_HEADERS: Mapping[str, tuple[str, ...]] = {
    "code": (
        "12位代码", "12位编码", "区划代码", "统计用区划代码（12位）", "行政区划编码", "区划编码", "统计代码",
        "统计区划代码", "村代码",
        "村编码", "村级代码", "单位代码", "单位编码", "code", "unit_code", "village_code",
    ),
    "name": (
        "村居名称", "村（居）名称", "村（居）", "村居", "行政村名称", "村名称", "村社区名称", "单位",
        "社区名称", "村级名称",
        "评定对象", "name", "village", "village_name", "unit",
    ),
    "township": (
        "乡镇名称", "乡镇（街道）名称", "街道名称", "所属乡镇", "所在乡镇", "乡镇（办事处）", "乡镇办",
        "乡镇办事处", "乡（镇）", "town",
        "township", "town_name", "street", "street_name",
    ),
    "county": ("县名称", "区县名称", "县（市、区）名称", "县级", "county", "county_name", "area", "area_name"),
    "kind": ("类别", "单位类型", "村居类型", "村社类型", "性质", "kind", "type"),
    "aliases": ("曾用名", "又名", "俗称", "旧名", "原名", "简称", "其他名称", "alias", "aliases", "former_names"),
    "tags": ("标记", "tag", "tags"),
    "since": ("生效日期", "成立日期", "启用日期", "起始日期", "valid_from", "since", "from"),
    "until": ("失效日期", "撤销日期", "停用日期", "截止日期", "valid_to", "valid_until", "until", "to"),
    "unconfirmed": ("待确认",),
    "merged_into": ("并入单位", "合并到", "合并至", "并入村", "现属", "merged_into", "merged_to"),
}  # fmt: skip

REGISTER_HEADERS: Mapping[str, frozenset[str]] = {
    name: HEADERS.get(name, frozenset()) | {normalise_header(spelling) for spelling in _MORE_HEADERS.get(name, ())}
    for name in (*HEADERS, *(name for name in _MORE_HEADERS if name not in HEADERS))
}
"""As ``HEADERS``, with what else columns of a register are called; in a ledger these words may mean other things."""


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
    former: tuple[tuple[str, date], ...] = ()
    """Names it had, each with the last day on which it had it."""

    @property
    def key(self) -> str:
        """What its unit is known by within the county: the code, else township/name."""
        return self.code or f"{self.township}/{self.name}"

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
    CODE_TOWNSHIP_MISMATCH = "code and township differ"
    OTHER_TOWNSHIP = "the name says another township"
    ELSEWHERE = "a unit of that name is in another township"


@dataclass(frozen=True, slots=True)
class Match:
    """The outcome of matching one row: the entry's position, or who else it might be.

    ``township`` is the one that the name itself says, where that was needed; ``former_until`` the last day of a name
    that the unit no longer had on the day asked for.
    """

    found: Found
    entry: int | None = None
    candidates: tuple[int, ...] = ()
    respelled: bool = False
    township: str | None = None
    former_until: date | None = None


@dataclass(frozen=True)
class Register:
    """Who must appear. ``entries`` keep the file's order; positions in it name a unit."""

    entries: tuple[Entry, ...]
    file: str = ""
    _matches: dict[tuple[object, ...], Match] = field(default_factory=dict, compare=False)

    def of_townships(self, kind: str) -> Register:
        """The townships of the register's units as units of ``kind`` themselves, by the code their units share."""
        entries: dict[tuple[str | None, str], Entry] = {}
        for entry in self.entries:
            code = None if entry.code is None else entry.code[:TOWNSHIP_DIGITS].ljust(CODE_DIGITS, "0")
            entries.setdefault(
                (entry.county, fold(entry.township)), Entry(code, entry.township, entry.township, entry.county, kind)
            )
        return Register(tuple(entries.values()), self.file)

    @cached_property
    def by_code(self) -> Mapping[str, int]:
        """Position by code; of a renamed unit's rows the last."""
        return {code: places[-1] for code, places in self._places_by_code.items()}

    @cached_property
    def _places_by_code(self) -> Mapping[str, tuple[int, ...]]:
        places: dict[str, list[int]] = defaultdict(list)
        for place, entry in enumerate(self.entries):
            if entry.code:
                places[entry.code].append(place)
        return {code: tuple(found) for code, found in places.items()}

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
        return frozenset(self._spelled)

    @cached_property
    def _spelled(self) -> Mapping[str, tuple[int, ...]]:
        """Positions by every folded name, alias and former name."""
        return _positions((name, place) for place, form in enumerate(self._forms) for name in form.all_written)

    @cached_property
    def _bases(self) -> Mapping[str, tuple[int, ...]]:
        return _positions((form.base, place) for place, form in enumerate(self._forms))

    def township(self, written: str) -> tuple[str, ...]:
        """The folded townships that ``written`` may mean: as written, else without 乡 镇 街道."""
        folded = fold(written)
        if folded in self.townships:
            return (folded,)
        return self._township_bases.get(township_base(folded), ())

    def townships_meant(self, written: str) -> tuple[str, ...]:
        """As ``township``; also where more stands in the cell than one township's full name: 清丰县马庄桥镇."""
        towns = self.township(written)
        if towns:
            return towns
        named = self.township_named(written)
        return (fold(named[0]),) if named is not None and named[1] else ()

    def township_in(self, text: str) -> str | None:
        """The one township of the register that ``text`` (a title, a sheet or file name) names, if there is one."""
        named = self.township_named(text)
        return None if named is None else named[0]

    def township_named(self, text: str) -> tuple[str, bool] | None:
        """As ``township_in``, with whether it is named in full: 马庄桥镇, not 马庄桥. 马庄桥村 is a village."""
        folded = fold(text)
        found = {name for name in self.townships if name in folded}
        found = {name for name in found if not any(name != other and name in other for other in found)}
        in_full = bool(found)
        if not found:
            found = {
                names[0]
                for base, names in self._township_bases.items()
                if len(base) > 1 and len(names) == 1 and base in folded and _names_more_than_a_village(folded, base)
            }
        return (self._town_name(found.pop()), in_full) if len(found) == 1 else None

    def match(
        self,
        name: str | None,
        township: str | None,
        code: str | None,
        unit_kind: str,
        county: str | None = None,
        as_of: date | None = None,
    ) -> Match:
        """Which unit a row is about. Outcomes are kept: the same name in the same township is matched once.

        ``county`` narrows a register of several counties; a township's name may recur in another one. ``as_of`` tells
        apart two units that had one name at different times.
        """
        key = (name, township, code, unit_kind, county, as_of)
        known = self._matches.get(key)
        if known is None:
            known = self._matches[key] = self._match(name, township, code, unit_kind, county, as_of)
        return known

    def of_kind(self, unit_kind: str) -> tuple[int, ...]:
        """Positions of the units of a scheme's kind."""
        return tuple(place for place, entry in enumerate(self.entries) if entry.kind == unit_kind)

    def heir(self, place: int, as_of: date) -> int | None:
        """The unit of ``as_of`` that one goes to by 并入 (a code or a name), along the chain and without circling."""
        seen = {place}
        while target := self.entries[place].merged_into:
            found = [other for other in self.merger(place) if other not in seen]
            current = [other for other in found if self.entries[other].expected(as_of)]
            found = current if target in self._places_by_code and current else found
            if len(found) != 1:
                return None
            place = found[0]
            if current:
                return place
            seen.add(place)
        return None

    def merger(self, place: int) -> tuple[int, ...]:
        """The units that a unit's 并入 may mean: those of that code, else those of that name in its township.

        A name may have a township before it.
        """
        entry = self.entries[place]
        target = fold(entry.merged_into or "")
        places = self._places_by_code.get(target)
        if places is None:
            here = set(self._of_county(self.townships[fold(entry.township)], entry.county))
            places = tuple(other for other in self._spelled.get(target, ()) if other in here)
        if not places:
            found = self._by_prefix(target, None, entry.kind, entry.county, None)
            places = (found.entry,) if found.found is Found.UNIT and found.entry is not None else ()
        return tuple(other for other in places if other != place)

    def _match(
        self,
        name: str | None,
        township: str | None,
        code: str | None,
        unit_kind: str,
        county: str | None,
        as_of: date | None,
    ) -> Match:
        if code:
            return self._match_code(code, name, township, unit_kind, as_of)
        if not name:
            return Match(Found.NO_TOWNSHIP)
        if not township:
            return self._by_prefix(fold(name), None, unit_kind, county, as_of)
        names = self.township(township)
        towns = [town for town in names if self._of_county(self.townships[town], county)]
        if len(towns) != 1:
            return Match(Found.AMBIGUOUS_TOWNSHIP if towns else Found.NO_TOWNSHIP)
        match = self._in_township(name, towns[0], unit_kind, county, as_of)
        if match.found is not Found.NOTHING:
            return match
        told = self._by_prefix(fold(name), towns[0], unit_kind, county, as_of)
        return match if told.found is Found.NOTHING else told

    def _match_code(
        self, code: str, name: str | None, township: str | None, unit_kind: str, as_of: date | None
    ) -> Match:
        """The code decides; name and township beside it must be the unit's own, or ones that are accepted for it."""
        places = self._places_by_code.get(code)
        if places is None:
            return Match(Found.UNKNOWN_CODE)
        place = next((place for place in places if as_of and self.entries[place].expected(as_of)), places[-1])
        if name:
            named = [place for place in places if self._is_named(name, place, unit_kind)]
            if not named:
                return Match(Found.CODE_NAME_MISMATCH, candidates=(place,))
            place = place if place in named else named[-1]
        entry = self.entries[place]
        if township and township != entry.township and self._is_of_another(township, places, name, unit_kind, as_of):
            return Match(Found.CODE_TOWNSHIP_MISMATCH, candidates=(place,))
        found = Found.UNIT if entry.kind == unit_kind else Found.OTHER_KIND
        return Match(found, place, respelled=bool(name) and fold(name or "") != fold(entry.name))

    def _is_of_another(
        self, township: str, places: Sequence[int], name: str | None, unit_kind: str, as_of: date | None
    ) -> bool:
        """Whether a township beside a code is one of the register, and never was nor became that of the code's unit.

        ``places`` are the code's rows. A township that the register does not know contradicts nothing.
        """
        towns = self.townships_meant(township)
        if not towns or any(fold(self.entries[place].township) in towns for place in places):
            return False
        if as_of is None:
            return True
        heirs = [heir for place in places if (heir := self.heir(place, as_of)) is not None]
        if any(fold(self.entries[heir].township) in towns for heir in heirs):
            return False
        before = (old for town in towns for old in self.townships[town] if self.entries[old].merged_into)
        return not any(
            self.heir(old, as_of) in places and (not name or self._is_named(name, old, unit_kind)) for old in before
        )

    def _is_named(self, name: str, place: int, unit_kind: str) -> bool:
        """Whether a name, with or without its township before it, may be that of a unit."""
        if self._choose(name, (place,), unit_kind).entry == place:
            return True
        town = fold(self.entries[place].township)
        readings = self._readings(fold(name), town, self.entries[place].county)
        return any(
            reading.township == town and self._choose(reading.rest, (place,), unit_kind).entry == place
            for reading in readings
        )

    def _in_township(self, name: str, town: str, unit_kind: str, county: str | None, as_of: date | None) -> Match:
        """The unit of the scheme's kind in a township; else one of another kind."""
        here = self._of_county(self.townships[town], county)
        match = self._choose(name, [place for place in here if self.entries[place].kind == unit_kind], unit_kind, as_of)
        if match.found is not Found.NOTHING:
            return match
        others = [place for place in here if self.entries[place].kind != unit_kind]
        for kind in dict.fromkeys(self.entries[place].kind for place in others):
            among = [place for place in others if self.entries[place].kind == kind]
            other = self._choose(name, among, kind, as_of)
            if other.found is Found.UNIT:
                return Match(Found.OTHER_KIND, other.entry)
        return match

    def _by_prefix(self, name: str, here: str | None, unit_kind: str, county: str | None, as_of: date | None) -> Match:
        """A name with its township before it: 马庄桥镇东关村, 清丰县马庄桥镇东关村, 马庄桥东关村.

        Only where the whole is no name of the register. ``here`` is the township that the row is known to be of: a
        name that says another one contradicts it. Without one, units that have the bare name are listed, not picked.
        """
        whole = self._anywhere(name, unit_kind, county, as_of)
        if whole.found is not Found.NOTHING:
            candidates = whole.candidates or ((whole.entry,) if whole.entry is not None else ())
            if here is None:
                return Match(Found.NO_TOWNSHIP, candidates=candidates)
            there = tuple(place for place in candidates if fold(self.entries[place].township) != here)
            return Match(Found.ELSEWHERE if there else Found.NOTHING, candidates=there)
        found = [
            (
                reading.township,
                reading.in_full,
                self._in_township(reading.rest, reading.township, unit_kind, reading.county or county, as_of),
            )
            for reading in self._readings(name, here, county)
        ]
        hits = [
            replace(match, township=self._town_name(town), respelled=True)
            for town, _, match in found
            if match.found is not Found.NOTHING and here in {None, town}
        ]
        units = {match.entry for match in hits}
        if len(units) == 1 and None not in units:
            return hits[0]
        if hits:
            meant = dict.fromkeys(
                place for match in hits for place in (match.candidates or (match.entry,)) if place is not None
            )
            return Match(Found.AMBIGUOUS, candidates=tuple(meant))
        said = [(town, match) for town, exact, match in found if exact or match.found is not Found.NOTHING]
        if here is not None:
            elsewhere = [(town, match) for town, match in said if town != here]
            if not elsewhere:
                return Match(Found.NOTHING)
            town, match = max(elsewhere, key=lambda item: item[1].entry is not None)
            candidates = () if match.entry is None else (match.entry,)
            return Match(Found.OTHER_TOWNSHIP, candidates=candidates, township=self._town_name(town))
        if said:
            return Match(Found.NOTHING, candidates=said[0][1].candidates, township=self._town_name(said[0][0]))
        return Match(Found.NO_TOWNSHIP)

    def _anywhere(self, name: str, unit_kind: str, county: str | None, as_of: date | None) -> Match:
        """The steps over all townships at once, of a county where one is known."""
        return self._choose(name, self._of_county(sorted(self._spelled_like(name)), county), unit_kind, as_of)

    def _readings(self, name: str, here: str | None, county: str | None) -> list[_Reading]:
        """Every way to cut a township off a folded name.

        The county, its city and province may stand before it, marks between; or the township behind, in brackets. A
        name that says another county than the row's is left whole.
        """
        starts: dict[int, str | None] = {0: None}
        in_full: set[int] = set()
        for known in {entry for entry in (*self._counties, county) if entry}:
            if county and fold_name(known) != fold_name(county):
                continue
            full, short = fold(known), fold_name(known)
            at = name.find(full)
            if at >= 0 and _PROVINCE_OR_CITY.fullmatch(name, 0, at):
                starts[at + len(full)] = known
                in_full.add(at + len(full))
            elif len(short) >= _SHORTEST_TOWNSHIP and name.startswith(short):
                starts[len(short)] = known
        readings: list[_Reading] = []
        for start, said in sorted(starts.items()):
            whole = name[start:].lstrip(_BETWEEN)
            if start in in_full and here is not None:
                readings.append(_Reading(here, whole, said, in_full=False))
            for length in range(_SHORTEST_TOWNSHIP, min(len(whole), _LONGEST_TOWNSHIP)):
                head = whole[:length]
                towns = self.township(head)
                town = here if here in towns else towns[0] if len(towns) == 1 else None
                if town is not None:
                    rest = whole[length:].removeprefix("办事处").lstrip(_BETWEEN)
                    readings.append(_Reading(town, rest, said, in_full=head in self.townships))
            behind = _BEHIND.fullmatch(whole)
            if behind is not None and len(towns := self.township(behind[2])) == 1:
                readings.append(_Reading(towns[0], behind[1], said, in_full=behind[2] in self.townships))
        return [reading for reading in dict.fromkeys(readings) if reading.rest]

    @cached_property
    def _counties(self) -> frozenset[str]:
        return frozenset(entry.county for entry in self.entries if entry.county)

    @cached_property
    def _homes(self) -> tuple[str | None, ...]:
        """Every unit's county, folded; None where the register does not say."""
        return tuple(fold_name(entry.county) if entry.county else None for entry in self.entries)

    def _town_name(self, town: str) -> str:
        return self.entries[self.townships[town][0]].township

    def _of_county(self, places: Sequence[int], county: str | None) -> Sequence[int]:
        """Those of a county; all of them where the row or the register does not say one."""
        if not county or not self._counties:
            return places
        home, homes = fold_name(county), self._homes
        return tuple(place for place in places if homes[place] in {None, home})

    def _in_force(self, places: list[int], as_of: date | None) -> list[int]:
        """Of units that had one name at different times those of a day; all where that leaves none."""
        if len(places) <= 1 or as_of is None:
            return places
        return [place for place in places if self.entries[place].expected(as_of)] or places

    def _spelled_like(self, name: str) -> frozenset[int]:
        """Every unit that a step may find by a folded name."""
        base = split_suffix(name)[0]
        return frozenset((*self._spelled.get(name, ()), *self._bases.get(base, ()), *self._bases.get(name, ())))

    def _choose(self, written: str, places: Sequence[int], unit_kind: str, as_of: date | None = None) -> Match:
        """The four steps of §6.2 over ``places``; the first step with a candidate decides.

        After them comes a name that a unit no longer has.
        """
        name = fold(written)
        base, kind = split_suffix(name)
        community_kind = unit_kind == COMMUNITY or split_suffix(fold(unit_kind))[1] is NameKind.COMMUNITY
        spelled = self._spelled_like(name)
        forms = [(place, self._forms[place]) for place in places if place in spelled] if spelled else []
        steps = (
            [place for place, form in forms if form.has_name(name, as_of)],
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
            [place for place, form in forms if name in form.all_written],
        )
        for number, found in enumerate(steps):
            by_name = number in {0, len(steps) - 1}
            candidates = self._in_force(found, as_of) if by_name else found
            if len(candidates) == 1:
                place = candidates[0]
                respelled = number > 0 or name != fold(self.entries[place].name)
                until = self._forms[place].former.get(name) if number == len(steps) - 1 else None
                return Match(Found.UNIT, place, respelled=respelled, former_until=until)
            if candidates:
                return Match(Found.AMBIGUOUS, candidates=tuple(candidates))
        return Match(Found.NOTHING, candidates=tuple(places))

    @cached_property
    def _forms(self) -> tuple[_Forms, ...]:
        return tuple(_forms(entry) for entry in self.entries)

    def converted(self, name: str, places: Iterable[int]) -> tuple[int, ...]:
        """Units whose name differs from ``name`` in that one says 村 and the other 社区: never the same by itself."""
        base, kind = split_suffix(fold(name))
        if kind is NameKind.NONE:
            return ()
        return tuple(
            place for place in places if self._forms[place].base == base and self._forms[place].kind is not kind
        )

    def near(self, name: str, places: Iterable[int], *, most: int = 3) -> tuple[str, ...]:
        """Names like ``name`` among ``places``, nearest first, for a message only."""
        return tuple(self.entries[found.place].name for found in self._likenesses(name, places, most=most))

    def suggestions(
        self, name: str, township: str | None, county: str | None = None, *, elsewhere: bool = True
    ) -> Text:
        """Whom a name that means nobody may be meant for, and why; 没有 where there is nobody. Never a match.

        First units of the township, then, with ``elsewhere``, those that bear the name, or one that sounds like it, in
        other townships of the county.
        """
        towns = (
            []
            if township is None
            else [self._of_county(self.townships[town], county) for town in self.township(township)]
        )
        here = [place for places in towns for place in places]
        converted = self.converted(name, here)
        texts = [_converted_words(name, self.entries[place]) for place in converted]
        found = self._likenesses(name, [place for place in here if place not in converted], most=4)
        for likeness, following in zip(found[:3], (*found[1:], None), strict=False):
            texts.append(likeness.words(self.entries[likeness.place].name, following))
        there = set(self._of_county(sorted(self._spelled_like(fold(name))), county)) - set(here)
        if not elsewhere:
            there = set()
        elif not there and not (found and found[0].score >= _TELLING):
            at_home = set(here)
            everybody = self._of_county(range(len(self.entries)), county)
            rest = [place for place in everybody if place not in at_home]
            others = self._likenesses(name, rest, most=2, least=_FAINT)
            there = {likeness.place for likeness in others if likeness.score >= _TELLING}
        for place in sorted(there)[:3]:
            entry = self.entries[place]
            texts.append((f"{entry.township}有{entry.name}", f"{entry.name} is in {entry.township}"))
        if not texts:
            return "没有", "none"
        return "、".join(zh for zh, _ in texts), ", ".join(en for _, en in texts)

    def _likenesses(self, name: str, places: Iterable[int], *, most: int, least: float = 0) -> tuple[Likeness, ...]:
        """Units among ``places`` with a name or alias like ``name``, the likest first, ``place`` being the unit's."""
        from starcheck.likeness import likenesses  # noqa: PLC0415 - only where something went wrong

        among = [(place, split_suffix(known)[0]) for place in places for known in sorted(self._forms[place].written)]
        best: dict[int, Likeness] = {}
        for found in likenesses(split_suffix(fold(name))[0], [base for _, base in among], least=least):
            place = among[found.place][0]
            best.setdefault(place, replace(found, place=place))
        return tuple(best.values())[:most]


def _converted_words(name: str, entry: Entry) -> Text:
    """A unit that may have become a community, or have been one: how to say so in the register."""
    return (
        f"{entry.name}（名册类型是{entry.kind}；若是村改居后的同一单位，请在名册它的“别名”列登记“{name}”，或改它的“类型”）",
        f"{entry.name} (a {entry.kind} in the register; if it is the same unit, add the alias “{name}” or mend 类型)",
    )


_FAINT = 30
"""Likeness in letters, of 100, below which names elsewhere in the county are not looked at."""
_TELLING = 90
"""Likeness from which a name elsewhere in the county is worth a word."""
_BETWEEN = "/\\|-—–－_·•.,:;、，：；～~ "
_PROVINCE_OR_CITY = re.compile("(?:[一-鿿]{2,8}?(?:省|自治区|市|自治州|地区|盟))*")
_BEHIND = re.compile(r"(.+)[(\[【]([^()\[\]【】]{2,12})[)\]】]")
_SHORTEST_TOWNSHIP = 2
_LONGEST_TOWNSHIP = 16


def _names_more_than_a_village(text: str, base: str) -> bool:
    """Whether a text has a township's base where it is not the beginning of a village's name."""
    return re.search(f"{re.escape(base)}(?!村|社区|居委会|行政村)", text) is not None


def _positions(pairs: Iterable[tuple[str, int]]) -> Mapping[str, tuple[int, ...]]:
    places: dict[str, list[int]] = defaultdict(list)
    for name, place in pairs:
        places[name].append(place)
    return {name: tuple(found) for name, found in places.items()}


@dataclass(frozen=True, slots=True)
class _Reading:
    """A name taken apart: the folded township it says, what is left, and the county if it says one."""

    township: str
    rest: str
    county: str | None
    in_full: bool


@dataclass(frozen=True, slots=True)
class _Forms:
    """A register name's folded forms. ``kind`` is the suffix's, or else the unit's."""

    written: frozenset[str]
    base: str
    suffix: NameKind
    kind: NameKind
    former: Mapping[str, date]

    @property
    def all_written(self) -> frozenset[str]:
        """Every name it has or had."""
        return self.written.union(self.former) if self.former else self.written

    def has_name(self, name: str, as_of: date | None) -> bool:
        """Whether it bears a name on a day, or ever where no day is asked for."""
        if name in self.written:
            return True
        until = self.former.get(name)
        return until is not None and (as_of is None or as_of <= until)


def _forms(entry: Entry) -> _Forms:
    base, suffix = split_suffix(fold(entry.name))
    kind = suffix
    if kind is NameKind.NONE:
        kind = NameKind.COMMUNITY if entry.kind == COMMUNITY else NameKind.VILLAGE
    former = {fold(name): until for name, until in entry.former}
    return _Forms(frozenset(fold(name) for name in (entry.name, *entry.aliases)), base, suffix, kind, former)


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
    """Which column of a table is the unit's code, name, township, …: the first that bears one of its spellings.

    What the office has said comes before what is recognised. 社区 is a name where no column says 村名: beside one it
    may be what the village belongs to.
    """
    found: dict[str, int] = {}
    known = frozenset[str]().union(*wanted.values())
    for header in sorted(table.headers, key=lambda header: header.told is None):
        spellings = [normalised for normalised, _ in header.candidates() if normalised in known]
        for meaning, accepted in wanted.items() if spellings else ():
            if meaning not in found and any(spelling in accepted for spelling in spellings):
                found[meaning] = header.column
                break
    if "name" in wanted and "name" not in found:
        for header in table.headers:
            if any(spelling in NAMES_AT_LAST for spelling, _ in header.candidates()):
                return {**found, "name": header.column}
    return found


def is_register(table: Table) -> bool:
    """Whether a table without any column of the scheme is a register: code, name and township."""
    return {"code", "name", "township"} <= columns_of(table, REGISTER_HEADERS).keys()


_DIVIDE = re.compile(r"[、;；,，]")
_FORMER = re.compile(r"(.+?)\s*[（(]\s*(?:.*?[至到])?\s*(\d[^（）()]*?)\s*(?:止|为止)?\s*[）)]")
_DATED = re.compile(r"[（(][^（）()]*(?:[至到]|止)[^（）()]*[）)]\s*$")
CODE_DIGITS = 12
TOWNSHIP_DIGITS = 9
"""The first digits of a unit's code are its township's."""
_VILLAGE_WORDS = frozenset({"村", "村委会", "村民委员会", "行政村", "农村"})
_COMMUNITY_WORDS = frozenset({"社区", "居委会", "居民委员会", "居", "城市社区", "城镇社区"})


def kind_written(word: str, unit_kind: str | None) -> str:
    """The kind a 类型 means: 村 is 行政村, 社区 is 城市社区, unless the scheme's own word is another."""
    folded = fold(word)
    if folded == unit_kind:
        return folded
    for words, kind in ((_VILLAGE_WORDS, VILLAGE), (_COMMUNITY_WORDS, COMMUNITY)):
        if folded in words:
            return unit_kind if unit_kind in words else kind
    return word


class _Names:
    """Who has which code, name or alias when: two at one time are one too many."""

    def __init__(self) -> None:
        self._taken: dict[object, list[tuple[int, date, date]]] = defaultdict(list)

    def take(self, key: object, row: int, since: date | None, until: date | None) -> int | None:
        """Take a name for a time; the row that has it in some of that time already, None if there is none."""
        first, last = since or date.min, until or date.max
        taken = self._taken[key]
        for other, start, end in taken:
            if start <= last and first <= end and other != row:
                return other
        taken.append((row, first, last))
        return None


def read_register(table: Table, *, unit_kind: str | None = None) -> tuple[Register, tuple[Diagnostic, ...]]:
    """The register in a table; doubled codes or names are errors, their later rows left out.

    Names and codes may recur at different times. ``unit_kind`` is the kind of every unit where the table has no 类型
    and the scheme rates neither villages nor communities.
    """
    columns = columns_of(table, REGISTER_HEADERS)
    cells = {
        meaning: table.cells(column, fill_merged=meaning in {"township", "county"})
        for meaning, column in columns.items()
    }
    size = len(table.body)
    empty: list[object] = [None] * size

    def texts(meaning: str) -> list[str]:
        return ["" if cell is None else str(cell).strip() for cell in cells.get(meaning, empty)]

    names, townships, counties, kinds = texts("name"), texts("township"), texts("county"), texts("kind")
    aliases, tags, merged, serials = texts("aliases"), texts("tags"), texts("merged_into"), texts("serial")
    sheet = table.sheet
    entries: list[Entry] = []
    problems: list[Diagnostic] = []
    taken = _Names()
    inherited: list[int] = []
    above = ("", "")

    def place(row: int, meaning: str) -> Location:
        return Location(sheet.file, sheet.name, sheet.address(table.body[row], columns[meaning]))

    def day(row: int, meaning: str, unit: str) -> date | None:
        cell = cells.get(meaning, empty)[row]
        if cell is None:
            return None
        reading = read_date(_date_text(cell))
        if isinstance(reading.value, tuple):
            return reading.value[0] if meaning == "since" else reading.value[1]
        if reading.reason is not Reason.BLANK:
            problems.append(Diagnostic("R418", place(row, meaning), unit=unit, found=str(cell)))
        return None

    for row in range(size):
        name, township, code = names[row], townships[row], code_text(cells.get("code", empty)[row])
        if not name and not code:
            continue
        if not code and {fold(name), fold(township), fold(serials[row])}.intersection(TOTALS):
            continue
        if township:
            above = (township, (code or "")[:TOWNSHIP_DIGITS])
        elif above[0] and code and len(code) == CODE_DIGITS and code[:TOWNSHIP_DIGITS] == above[1]:
            township = above[0]  # written once, and the code says that it still holds
            inherited.append(row)
        if not name or not township:
            problems.append(Diagnostic("R419", place(row, "name"), found=name or code))
            continue
        since, until = day(row, "since", name), day(row, "until", name)
        town = (fold_name(counties[row]), fold(township))
        doubled = next(
            (
                shown
                for key, shown in ((code, code), ((*town, fold(name)), name))
                if key and taken.take(key, row, since, until) is not None
            ),
            None,
        )
        if doubled is not None:
            problems.append(Diagnostic("R409", place(row, "name"), unit=name, found=doubled))
            continue
        if code and not (code.isascii() and code.isdigit() and len(code) == CODE_DIGITS):
            problems.append(Diagnostic("R417", place(row, "code"), unit=name, found=code))
        if since is not None and until is not None and until < since:
            arguments: dict[str, str | Text] = {"since": since.isoformat(), "until": until.isoformat()}
            problems.append(
                Diagnostic("R427", place(row, "until"), unit=name, found=until.isoformat(), arguments=arguments)
            )
        kind = kind_of_name(name) if unit_kind in {None, VILLAGE, COMMUNITY} else str(unit_kind)
        own, former, unread = _names_in(aliases[row])
        problems += [Diagnostic("R418", place(row, "aliases"), unit=name, found=text) for text in unread]
        entries.append(
            Entry(
                code=code,
                name=name,
                township=township,
                county=counties[row] or None,
                kind=kind_written(kinds[row], unit_kind) if kinds[row] else kind,
                aliases=own,
                tags=frozenset(part.strip() for part in _DIVIDE.split(tags[row]) if part.strip()),
                since=since,
                until=until,
                merged_into=merged[row] or None,
                line=table.body[row] + 1,
                former=former,
            )
        )
    if inherited:
        count = str(len(inherited))
        problems.append(Diagnostic("R414", place(inherited[0], "township"), found=count, arguments={"count": count}))
    open_rows = [row for row, text in enumerate(texts("unconfirmed")) if text]
    if open_rows:
        found, where = texts("unconfirmed")[open_rows[0]], place(open_rows[0], "unconfirmed")
        problems.append(Diagnostic("R436", where, found=found, arguments={"count": str(len(open_rows))}))
    problems += _disputed_aliases(entries, table, columns)
    return Register(tuple(entries), sheet.file), tuple(problems)


def read_registers(tables: Sequence[Table], *, unit_kind: str | None = None) -> tuple[Register, tuple[Diagnostic, ...]]:
    """One register of several tables, such as a sheet for each township."""
    read = [(table, *read_register(table, unit_kind=unit_kind)) for table in tables]
    register, doubled = combined([(table, own) for table, own, _ in read])
    return register, (*(problem for _, _, said in read for problem in said), *doubled)


def combined(read: Sequence[tuple[Table, Register]]) -> tuple[Register, tuple[Diagnostic, ...]]:
    """The registers of several tables as one; what a later table has again is left out, and said."""
    entries: dict[object, Entry] = {}
    problems: list[Diagnostic] = []
    for table, register in read:
        for entry in register.entries:
            key = (entry.code or (entry.county, fold(entry.township), fold(entry.name)), entry.since, entry.until)
            if entries.setdefault(key, entry) is not entry:
                where = Location(table.sheet.file, table.sheet.name)
                problems.append(Diagnostic("R409", where, unit=entry.name, found=entry.name))
    return Register(tuple(entries.values()), read[0][0].sheet.file), tuple(problems)


def _names_in(text: str) -> tuple[tuple[str, ...], tuple[tuple[str, date], ...], list[str]]:
    """The aliases in a cell, the former names with their last day (旧名（至2021-06-30）), and what cannot be read."""
    if not text:
        return (), (), []
    aliases: list[str] = []
    former: list[tuple[str, date]] = []
    unread: list[str] = []
    for part in filter(None, map(str.strip, _DIVIDE.split(text))):
        if not _DATED.search(part):
            aliases.append(part)
            continue
        match = _FORMER.fullmatch(part)
        day = read_date(match[2]).value if match is not None else None
        if match is not None and isinstance(day, tuple):
            former.append((match[1], day[1]))
        else:
            unread.append(part)
    return tuple(aliases), tuple(former), unread


def _disputed_aliases(entries: Sequence[Entry], table: Table, columns: Mapping[str, int]) -> list[Diagnostic]:
    """Aliases that several units of a township claim, or that are another's name: such a name is never matched."""
    if not any(entry.aliases for entry in entries):
        return []
    claims: dict[tuple[str, str, str], list[Entry]] = defaultdict(list)
    for entry in entries:
        for name in {fold(known) for known in (entry.name, *entry.aliases)}:
            claims[fold_name(entry.county or ""), fold(entry.township), name].append(entry)
    problems: list[Diagnostic] = []
    for (_, _, name), owners in claims.items():
        others = [owner for owner in owners if _overlap(owner, owners[0])]
        claiming = [owner for owner in others if fold(owner.name) != name]
        if len(others) > 1 and claiming and claiming[-1].line is not None:
            where = table.sheet.location(claiming[-1].line - 1, columns["aliases"])
            arguments: dict[str, str | Text] = {"units": "、".join(owner.name for owner in others)}
            problems.append(Diagnostic("R426", where, unit=claiming[-1].name, found=name, arguments=arguments))
    return problems


def _overlap(one: Entry, other: Entry) -> bool:
    return (one.since or date.min) <= (other.until or date.max) and (other.since or date.min) <= (one.until or date.max)


def _date_text(cell: object) -> str:
    if isinstance(cell, date):
        return cell.isoformat()[:10]
    return "" if cell is None else str(cell)
