"""Whether a register is fit to say who must appear: codes, townships, dates, mergers, names, kinds.

Pure: tables in, what they hold and what is wrong with it out. What stops a row from being used at all is said where
registers are read; here is what a county should look at before it relies on the list.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from starcheck.diagnostic import Diagnostic, Location, Text
from starcheck.likeness import LOST_CHARACTERS, is_private_use
from starcheck.register import (
    CODE_DIGITS,
    COMMUNITY,
    REGISTER_HEADERS,
    TOWNSHIP_DIGITS,
    VILLAGE,
    Entry,
    NameKind,
    Register,
    columns_of,
    combined,
    read_register,
    split_suffix,
    township_base,
)
from starcheck.table import Table
from starcheck.units import fold

COUNTY_DIGITS = 6
_OLD_YEARS = 3
_LISTED = 500
"""Collisions listed one by one; of more only the number is said."""
_PROVINCES = frozenset(
    [
        "11",
        "12",
        "13",
        "14",
        "15",
        "21",
        "22",
        "23",
        "31",
        "32",
        "33",
        "34",
        "35",
        "36",
        "37",
        "41",
        "42",
        "43",
        "44",
        "45",
        "46",
        "50",
        "51",
        "52",
        "53",
        "54",
        "61",
        "62",
        "63",
        "64",
        "65",
        "71",
        "81",
        "82",
    ]
)
_PARTS: tuple[tuple[int, int, Text], ...] = (
    (2, 4, ("的市（第3、4位）是00", "the city (digits 3 and 4) is 00")),
    (4, 6, ("的县（第5、6位）是00", "the county (digits 5 and 6) is 00")),
    (6, 9, ("的乡镇（第7到9位）是000，是县的编码", "the township (digits 7 to 9) is 000: a county's code")),
    (9, 12, ("的末3位是000，是乡镇的编码", "the last three are 000: a township's code")),
)
_YEAR = re.compile(r"(?<!\d)(20\d\d)(?!\d)")


@dataclass(frozen=True)
class Checked:
    """A register as it was read, where each entry stands, and all there is to say about it."""

    register: Register
    diagnostics: tuple[Diagnostic, ...]

    def counts(self, as_of: date) -> Mapping[str, Counter[str]]:
        """Units in force by township and kind, townships in the order of the register."""
        counts: dict[str, Counter[str]] = {}
        for entry in self.register.entries:
            if entry.expected(as_of):
                counts.setdefault(entry.township, Counter())[entry.kind] += 1
        return counts


class _Places:
    """The cell of an entry in the table it was read from."""

    def __init__(self, read: Sequence[tuple[Table, Register]]) -> None:
        self._table = {id(entry): table for table, register in read for entry in register.entries}
        self._columns = {id(table): columns_of(table, REGISTER_HEADERS) for table, _ in read}

    def of(self, entry: Entry, meaning: str) -> Location:
        table = self._table[id(entry)]
        columns = self._columns[id(table)]
        return table.sheet.location((entry.line or 1) - 1, columns.get(meaning, columns["name"]))


def check_register(tables: Sequence[Table], as_of: date, *, unit_kind: str | None = None) -> Checked:
    """The register in ``tables`` and what is wrong with it on ``as_of``."""
    read = [(table, *read_register(table, unit_kind=unit_kind)) for table in tables]
    register, doubled = combined([(table, own) for table, own, _ in read])
    places = _Places([(table, own) for table, own, _ in read])
    problems = [*(problem for _, _, said in read for problem in said), *doubled]
    problems += _codes(register, places)
    problems += _townships(register, places)
    problems += _mergers(register, places)
    problems += _names(register, places)
    problems += _kinds(register, places)
    problems += _age(tables, as_of)
    return Checked(register, tuple(problems))


# --- codes and townships ----------------------------------------------------------------------------------------------


def _whole_code(entry: Entry) -> str | None:
    code = entry.code
    return code if code is not None and len(code) == CODE_DIGITS and code.isascii() and code.isdigit() else None


def _codes(register: Register, places: _Places) -> Iterator[Diagnostic]:
    """2-2-2-3-3, and every unit of a township and of a county with the same beginning."""
    for entry in register.entries:
        code = _whole_code(entry)
        if code is None:
            continue
        reason: Text | None = None
        if code[:2] not in _PROVINCES:
            reason = ("的前2位不是哪个省的", "the first two digits are no province's")
        else:
            reason = next((words for start, end, words in _PARTS if not int(code[start:end])), None)
        if reason is not None:
            arguments = {"reason": reason}
            yield Diagnostic("R428", places.of(entry, "code"), unit=entry.name, found=code, arguments=arguments)
    by_town: dict[str, list[Entry]] = defaultdict(list)
    by_county: dict[str, list[Entry]] = defaultdict(list)
    for entry in register.entries:
        if _whole_code(entry) is not None:
            by_town[f"{entry.county or ''}{fold(entry.township)}"].append(entry)
            by_county[entry.county or ""].append(entry)
    several = any(entry.county for entry in register.entries)
    strangers: set[int] = set()
    for owners, digits in (
        (by_county if several or len(by_town) > 1 else {}, COUNTY_DIGITS),
        (by_town, TOWNSHIP_DIGITS),
    ):
        for entries in owners.values():
            counts = Counter((entry.code or "")[:digits] for entry in entries)
            prefix, most = counts.most_common(1)[0]
            if digits == COUNTY_DIGITS and not several and most * 2 <= len(entries):
                continue  # a register of several counties that does not name them
            for entry in entries:
                if (entry.code or "")[:digits] == prefix or id(entry) in strangers:
                    continue
                strangers.add(id(entry))
                county = entry.county or "县"
                place: Text = (
                    (county, entry.county or "the county") if digits == COUNTY_DIGITS else (entry.township,) * 2
                )
                yield Diagnostic(
                    "R429",
                    places.of(entry, "code"),
                    unit=entry.name,
                    found=entry.code,
                    expected=prefix,
                    arguments={"place": place},
                )


def _townships(register: Register, places: _Places) -> Iterator[Diagnostic]:
    """Two townships of one base name (小召乡, 小召街道), or of one code."""
    first: dict[tuple[str, str], Entry] = {}
    for entry in register.entries:
        first.setdefault((entry.county or "", fold(entry.township)), entry)
    prefixes = {
        key: Counter(
            (register.entries[place].code or "")[:TOWNSHIP_DIGITS]
            for place in register.townships[key[1]]
            if (register.entries[place].county or "") == key[0] and _whole_code(register.entries[place])
        ).most_common(1)
        for key in first
    }
    seen: dict[tuple[str, str], Entry] = {}
    for key, entry in first.items():
        county, town = key
        code = prefixes[key][0][0] if prefixes[key] else None
        for same, reason in (
            ((county, township_base(town)), ("只差乡、镇、街道", "they differ in 乡, 镇, 街道 only")),
            ((county, code or ""), ("编码前9位相同", "their codes begin with the same nine digits")),
        ):
            if not same[1]:
                continue
            other = seen.setdefault(same, entry)
            if other is not entry:
                where = places.of(entry, "township")
                arguments: dict[str, str | Text] = {"reason": reason}
                yield Diagnostic("R431", where, found=entry.township, expected=other.township, arguments=arguments)
                break


# --- mergers ----------------------------------------------------------------------------------------------------------


def _mergers(register: Register, places: _Places) -> Iterator[Diagnostic]:
    """并入 that leads to nobody, to several, in a circle, or from a unit that has not ended."""
    for place, entry in enumerate(register.entries):
        if not entry.merged_into:
            continue
        reason = _merger_problem(register, place)
        if reason is not None:
            where = places.of(entry, "merged_into")
            arguments = {"reason": reason}
            yield Diagnostic("R430", where, unit=entry.name, found=entry.merged_into, arguments=arguments)


def _merger_problem(register: Register, place: int) -> Text | None:
    entry = register.entries[place]
    if entry.until is None:
        return "没有写失效日期，两个单位都会被要求上报", "it has no 失效, so both units are expected"
    found = register.merger(place)
    if not found:
        return "名册里没有这个编码或名称", "the register has no such code or name"
    if len(found) > 1 and len({register.entries[other].code for other in found}) > 1:
        names = "、".join(f"{register.entries[other].township}{register.entries[other].name}" for other in found)
        return f"可能是 {names}", f"it may be {names}"
    seen = {place}
    while found:
        following = found[-1]
        if following in seen:
            return "并来并去成了一圈", "the mergers go round in a circle"
        seen.add(following)
        found = register.merger(following) if register.entries[following].merged_into else ()
    return None


# --- names, kinds, age ------------------------------------------------------------------------------------------------


def _names(register: Register, places: _Places) -> Iterator[Diagnostic]:
    """Lost characters; units of a township that only their suffix tells apart."""
    alike: dict[tuple[str, str, str], list[Entry]] = defaultdict(list)
    for entry in register.entries:
        for meaning, text in (("name", entry.name), ("township", entry.township)):
            reason = _lost(text)
            if reason is not None:
                yield Diagnostic(
                    "R433", places.of(entry, meaning), unit=entry.name, found=text, arguments={"reason": reason}
                )
        base = split_suffix(fold(entry.name))[0]
        base = base[:-1] if base.endswith("村") and len(base) > 1 else base
        alike[entry.county or "", entry.township, base].append(entry)
    collisions = [(key[1], owners) for key, owners in alike.items() if len({owner.name for owner in owners}) > 1]
    for township, owners in collisions[:_LISTED]:
        names = "、".join(dict.fromkeys(owner.name for owner in owners))
        arguments: dict[str, str | Text] = {"names": names, "township": township}
        yield Diagnostic("R432", places.of(owners[-1], "name"), unit=owners[-1].name, found=names, arguments=arguments)


def _lost(text: str) -> Text | None:
    private = [char for char in text if is_private_use(char)]
    if private:
        code = f"U+{ord(private[0]):04X}"
        return f"只有某一台电脑的字体才有的字（{code}）", f"a character of one font only ({code})"
    lost = [char for char in text if char in LOST_CHARACTERS]
    return (f"“{lost[0]}”", f"“{lost[0]}”") if lost else None


_CLASSES = ((1, 199, COMMUNITY), (200, 399, VILLAGE), (400, 499, COMMUNITY), (500, 599, VILLAGE))
"""What the last three digits of a statistical division code say: 居委会, 村委会, and what is like them."""


def _kinds(register: Register, places: _Places) -> Iterator[Diagnostic]:
    """类型 against the suffix of the name and the class in the code, where both are the usual two."""
    for entry in register.entries:
        reason = _kind_problem(entry)
        if reason is not None:
            arguments = {"reason": reason}
            yield Diagnostic("R435", places.of(entry, "kind"), unit=entry.name, found=entry.kind, arguments=arguments)


def _kind_problem(entry: Entry) -> Text | None:
    if "改居" in entry.kind:
        return "说的是经过，不是类型", "that is what happened to it, not what it is"
    if entry.kind not in {VILLAGE, COMMUNITY}:
        return None
    suffix = split_suffix(fold(entry.name))[1]
    named = {NameKind.VILLAGE: VILLAGE, NameKind.COMMUNITY: COMMUNITY}.get(suffix, entry.kind)
    code = _whole_code(entry)
    ending = int(code[TOWNSHIP_DIGITS:]) if code else 0
    coded = next((kind for first, last, kind in _CLASSES if first <= ending <= last), entry.kind)
    if named != entry.kind:
        return f"名称像{named}", f"its name is that of a {named}"
    if coded != entry.kind:
        return f"编码末3位{ending:03d}是{coded}的", f"the last three digits, {ending:03d}, are those of a {coded}"
    return None


def _age(tables: Sequence[Table], as_of: date) -> Iterator[Diagnostic]:
    """The last year that title, sheet or file name say, where it is some years ago."""
    for table in tables:
        sheet = table.sheet
        texts = (*table.above, sheet.name or "", sheet.file)
        years = [int(year) for text in texts for year in _YEAR.findall(text) if int(year) <= as_of.year]
        if years and as_of.year - max(years) >= _OLD_YEARS:
            arguments: dict[str, str | Text] = {"as_of": as_of.isoformat(), "years": str(as_of.year - max(years))}
            yield Diagnostic("R434", Location(sheet.file, sheet.name), found=str(max(years)), arguments=arguments)
            return
