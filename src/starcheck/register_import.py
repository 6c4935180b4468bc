"""Registers made from other lists: a national one by county, or a county's own; and an old register brought up to date.

What such lists do not say is asked for, never made up; what comparing two registers suggests is marked to be confirmed.
"""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from starcheck.diagnostic import Diagnostic
from starcheck.messages import both
from starcheck.register import (
    CODE_DIGITS,
    REGISTER_HEADERS,
    TOWNSHIP_DIGITS,
    Entry,
    NameKind,
    code_text,
    columns_of,
    fold_name,
    kind_of_name,
    read_register,
    split_suffix,
)
from starcheck.report.tables import UNDATED, harmless, put_text
from starcheck.table import Header, Table, find_tables
from starcheck.units import fold, normalise_header
from starcheck.workbook import Sheet
from starcheck.workspace import Stop

COUNTY_DIGITS = 6
_FEW = 6
_PLACES: Mapping[str, tuple[str, ...]] = {
    "town_code": (
        "streetcode",
        "town_code",
        "towncode",
        "township_code",
        "乡镇编码",
        "乡镇代码",
        "街道代码",
        "乡级代码",
    ),
    "county_code": ("areacode", "county_code", "countycode", "area_code", "县编码", "县代码", "区县代码", "县级代码"),
    "city_code": ("citycode", "city_code", "市代码", "地级代码"),
    "province_code": ("provincecode", "province_code", "省代码", "省级代码"),
    "city": ("city", "city_name", "市", "地市"),
    "province": ("province", "province_name", "省", "省份"),
    "parent": ("pcode", "parent_code", "parentcode", "parent", "上级代码"),
    "level": ("level", "级别"),
}
IMPORT_HEADERS: Mapping[str, frozenset[str]] = {
    **REGISTER_HEADERS,
    **{name: frozenset(map(normalise_header, spellings)) for name, spellings in _PLACES.items()},
}
"""Normalised header spellings of lists of places; a county's own register has some of them too."""


@dataclass(frozen=True, slots=True)
class Imported:
    """A county's units as another list has them, and what is to be said of single rows."""

    entries: tuple[Entry, ...]
    county: str | None
    diagnostics: tuple[Diagnostic, ...] = ()


def place_tables(sheet: Sheet) -> list[Table]:
    """The lists of places in a sheet; one without a header has codes in one column and names in the next."""
    tables, _ = find_tables(sheet, frozenset().union(*IMPORT_HEADERS.values()))
    found = [table for table in tables if {"code", "name"} & columns_of(table, IMPORT_HEADERS).keys()]
    if found:
        return found
    rows = sheet.rows if sheet.bulk is None else sheet.bulk.rows()
    if not rows:
        return []
    codes = [column for column, cell in enumerate(rows[0]) if (code_text(cell) or "").isdigit()]
    first = next((column for column in codes if len(code_text(rows[0][column]) or "") in {2, 6, 9, CODE_DIGITS}), None)
    if first is None or first + 1 >= len(rows[0]) or not isinstance(rows[0][first + 1], str):
        return []
    headers = (Header(sheet.left + first, ("code",)), Header(sheet.left + first + 1, ("name",)))
    return [Table(sheet, sheet.top, sheet.top, headers, range(sheet.top, sheet.top + len(rows)))]


# --- one county of a list ---------------------------------------------------------------------------------------------


@dataclass
class _Places:
    """What the lists say of counties and townships, by code."""

    counties: dict[str, str] = field(default_factory=dict)
    townships: dict[str, str] = field(default_factory=dict)
    above: dict[str, str] = field(default_factory=dict)
    """Cities and provinces, to tell counties of one name apart."""

    def add(self, code: str, name: str) -> bool:
        """Take a row that is a place above the villages; whether it is one."""
        code = code.ljust(_LENGTHS.get(len(code), CODE_DIGITS), "0")
        if len(code) >= CODE_DIGITS and code[TOWNSHIP_DIGITS:] != "000":
            return False
        if len(code) >= TOWNSHIP_DIGITS and code[COUNTY_DIGITS:TOWNSHIP_DIGITS] != "000":
            self.townships[code[:TOWNSHIP_DIGITS]] = name
        elif code[4:COUNTY_DIGITS] != "00":
            self.counties[code[:COUNTY_DIGITS]] = name
        else:
            self.above[code[:COUNTY_DIGITS]] = name
        return True

    def path(self, county: str) -> str:
        """A county with its province, city and code."""
        parts = [self.above.get(f"{county[:2]}0000", ""), self.above.get(f"{county[:4]}00", "")]
        return f"{''.join(parts)}{self.counties.get(county, '')}（{county}）"


_LENGTHS = {2: COUNTY_DIGITS, 4: COUNTY_DIGITS}


def import_register(tables: Sequence[Table], county: str | None) -> Imported:
    """The units of one county in ``tables``: villages, and where they are apart townships and counties.

    ``county`` is a name, with or without 县, or the six digits of its code; it may be left out where there is but one.
    Raises ``Stop`` with the one thing to ask for where the lists do not say enough.
    """
    places = _Places()
    villages: list[tuple[Table, Mapping[str, int], list[int], list[str | None]]] = []
    for table in tables:
        columns = columns_of(table, IMPORT_HEADERS)
        if "name" not in columns:
            continue
        codes: list[str | None] = (
            [code_text(cell) for cell in table.cells(columns["code"])]
            if "code" in columns
            else [None] * len(table.body)
        )
        names = table.cells(columns["name"])
        rows = [
            row
            for row, (code, name) in enumerate(zip(codes, names, strict=True))
            if name is not None and not (code and code.isdigit() and places.add(code, str(name).strip()))
        ]
        if rows:
            villages.append((table, columns, rows, codes))
            _counties_beside(table, columns, rows, codes, places)
    if not villages:
        raise Stop(3, both("stop.import_none"))
    prefix = _county_code(
        county, places, {code[:COUNTY_DIGITS] for *_, rows, codes in villages for row in rows if (code := codes[row])}
    )
    name = places.counties.get(prefix or "", None) or (county if county and not county.isdigit() else None)
    read: list[tuple[Table, Mapping[str, int]]] = []
    for table, beside, rows, codes in villages:
        own = [row for row in rows if prefix is None or (codes[row] or prefix).startswith(prefix)]
        if own:
            read.append((replace(table, body=[table.body[row] for row in own]), beside))
    if not read:
        raise Stop(2, both("stop.import_county", county=county or "", known=_some(places)))
    entries: list[Entry] = []
    problems: list[Diagnostic] = []
    for table, beside in read:
        found, said = _units(table, beside, places, name)
        entries += found
        problems += said
    return Imported(tuple(entries), name, tuple(problems))


def _counties_beside(
    table: Table, columns: Mapping[str, int], rows: Sequence[int], codes: Sequence[str | None], places: _Places
) -> None:
    """Counties, cities and provinces that stand in columns of their own beside every village."""
    cells = {
        name: table.cells(columns[name], fill_merged=True) for name in ("county", "city", "province") if name in columns
    }
    if "county" not in cells:
        return
    seen: set[str] = set()
    for row in rows:
        code = (codes[row] or "")[:COUNTY_DIGITS]
        if len(code) < COUNTY_DIGITS or code in seen or cells["county"][row] is None:
            continue
        seen.add(code)
        places.counties.setdefault(code, str(cells["county"][row]).strip())
        for name, digits in (("city", 4), ("province", 2)):
            if name in cells and cells[name][row] is not None:
                places.above.setdefault(code[:digits].ljust(COUNTY_DIGITS, "0"), str(cells[name][row]).strip())


def _county_code(county: str | None, places: _Places, prefixes: set[str]) -> str | None:
    """The county's six digits; None where a list has no codes and so is taken whole."""
    prefixes = {prefix for prefix in prefixes if len(prefix) == COUNTY_DIGITS and prefix.isdigit()}
    if county is None:
        if len(prefixes) > 1:
            raise Stop(2, both("stop.import_which", n=len(prefixes), known=_some(places)))
        return next(iter(prefixes), None)
    if county.isdigit() and len(county) == COUNTY_DIGITS:
        return county
    found = [code for code, name in places.counties.items() if fold_name(name) == fold_name(county)]
    exact = [code for code in found if fold(places.counties[code]) == fold(county)]
    found = exact or found
    if len(found) > 1:
        known = "、".join(places.path(code) for code in found[:_FEW])
        raise Stop(2, both("stop.import_counties", county=county, known=known))
    if found:
        return found[0]
    if places.counties:
        raise Stop(2, both("stop.import_county", county=county, known=_some(places)))
    if len(prefixes) > 1:
        raise Stop(2, both("stop.import_names", county=county, example=min(prefixes)))
    return next(iter(prefixes), None)


def _some(places: _Places) -> str:
    names = [places.path(code) for code in list(places.counties)[:_FEW]]
    return "、".join(names) + ("…" if len(places.counties) > _FEW else "") or "—"


def _units(
    table: Table, columns: Mapping[str, int], places: _Places, county: str | None
) -> tuple[list[Entry], tuple[Diagnostic, ...]]:
    """The villages of a table: as a register where it names townships, else by the codes of townships."""
    if "township" in columns:
        register, said = read_register(table)
        return [replace(entry, county=entry.county or county) for entry in register.entries], said
    names = table.cells(columns["name"])
    codes = [code_text(cell) for cell in table.cells(columns["code"])] if "code" in columns else [None] * len(names)
    parents = [code_text(cell) for cell in table.cells(columns["town_code"])] if "town_code" in columns else codes
    entries: list[Entry] = []
    problems: list[Diagnostic] = []
    for row, (cell, code) in enumerate(zip(names, codes, strict=True)):
        name = str(cell or "").strip()
        parent = (parents[row] or code or "")[:TOWNSHIP_DIGITS]
        where = table.sheet.location(table.body[row], columns["name"])
        if not name or not code:
            problems.append(Diagnostic("R419", where, found=name or code))
            continue
        if parent not in places.townships:
            raise Stop(2, both("stop.import_townships", code=parent))
        if len(code) != CODE_DIGITS:
            problems.append(Diagnostic("R417", where, unit=name, found=code))
        entries.append(Entry(code, name, places.townships[parent], county, kind_of_name(name)))
    return entries, tuple(problems)


# --- an old register brought up to date -------------------------------------------------------------------------------


CHANGES = ("renamed", "suffix", "reused", "recoded", "moved", "town", "new", "gone")
"""What may have happened to a unit between two registers, in the order in which it is listed."""


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between two registers: its kind, and the unit before and after."""

    kind: str
    old: Entry | None
    new: Entry | None


@dataclass(frozen=True, slots=True)
class Updated:
    """The new register with what the old one knew, the remarks to confirm by position, and the changes."""

    entries: tuple[Entry, ...]
    unconfirmed: Mapping[int, str]
    changes: tuple[Change, ...]


def update_register(old: Sequence[Entry], new: Sequence[Entry], day: date) -> Updated:
    """What of ``old`` is in ``new`` from ``day`` on, by which name and code; aliases, tags and dates are kept.

    A rename becomes a former name with its last day, a moved or vanished unit gets 失效 (并入 where the code tells), a
    new one 生效. All of these are proposals with a remark; only a change of suffix is not.
    """
    return _Update(old, new, day).done()


class _Update:
    def __init__(self, old: Sequence[Entry], new: Sequence[Entry], day: date) -> None:
        self.day = day
        self.eve = day - timedelta(days=1)
        self.past = [entry for entry in old if entry.until is not None and entry.until < day]
        self.old = [entry for entry in old if entry.until is None or entry.until >= day]
        self.new = list(new)
        self.entries: list[Entry] = []
        self.unconfirmed: dict[int, str] = {}
        self.changes: list[Change] = []

    def done(self) -> Updated:
        before = {entry.code: entry for entry in self.old if entry.code}
        codes = {entry.code for entry in self.new if entry.code}
        lost = [entry for entry in self.old if entry.code not in codes]
        fresh = [entry for entry in self.new if entry.code not in before]
        pairs = _same_names(lost, fresh)
        gone: list[tuple[Entry, Entry | None]] = []
        for entry in self.new:
            was = before.get(entry.code or "")
            if was is not None:
                if self.same_code(was, entry) is not None:
                    gone.append((was, None))
                continue
            was = pairs.get(id(entry))
            if was is None:
                self.put(replace(entry, since=self.day), "new", None, entry)
            elif fold(was.township) == fold(entry.township):
                self.put(self.kept(was, entry), "recoded", was, entry)
            else:
                self.put(replace(self.kept(was, entry), since=self.day), "moved", was, entry)
                gone.append((was, entry))
        paired = {id(was) for was in pairs.values()}
        gone += [(entry, None) for entry in lost if id(entry) not in paired]
        for was, heir in gone:
            ended = replace(was, until=self.eve, merged_into=heir.code or heir.name if heir else was.merged_into)
            if heir is None:
                self.put(ended, "gone", was, None)
            else:
                self.unconfirmed[len(self.entries)] = both("register.remark.left", name=heir.township)[0]
                self.entries.append(ended)
        self.entries += self.past
        order = {kind: place for place, kind in enumerate(CHANGES)}
        changes = sorted(self.changes, key=lambda change: order[change.kind])
        return Updated(tuple(self.entries), self.unconfirmed, tuple(changes))

    def same_code(self, was: Entry, entry: Entry) -> Entry | None:
        """Take a unit whose code both registers have; the old one where the code now means another unit."""
        kept = self.kept(was, entry)
        if fold(was.name) == fold(entry.name):
            kind = None if fold(was.township) == fold(entry.township) else "town"
        elif _base(was) == _base(entry):
            kind = "suffix"
        elif set(_base(was)) & set(_base(entry)):
            kind = "renamed"
            kept = replace(kept, former=(*kept.former, (was.name, self.eve)))
        else:
            self.put(replace(entry, since=self.day), "reused", was, entry)
            return was
        if kind is None:
            self.entries.append(kept)
        else:
            self.put(kept, kind, was, entry)
        return None

    def kept(self, was: Entry, entry: Entry) -> Entry:
        """The new name, code and township, with what only the old register knew."""
        return replace(
            entry,
            aliases=tuple(dict.fromkeys((*was.aliases, *entry.aliases))),
            former=tuple(dict.fromkeys((*was.former, *entry.former))),
            tags=was.tags | entry.tags,
            since=was.since,
            until=was.until or entry.until,
            merged_into=was.merged_into or entry.merged_into,
        )

    def put(self, entry: Entry, kind: str, was: Entry | None, now: Entry | None) -> None:
        if kind not in {"suffix", "town"}:
            name = was.township if kind == "moved" and was is not None else (was or now or entry).name
            self.unconfirmed[len(self.entries)] = both(f"register.remark.{kind}", name=name)[0]
        self.entries.append(entry)
        self.changes.append(Change(kind, was, now))


def _base(entry: Entry) -> str:
    """A name without the suffix by which only registers differ; a community's stays apart from a village's."""
    base, kind = split_suffix(fold(entry.name))
    if kind is NameKind.COMMUNITY:
        return f"{base}社区"
    return base[:-1] if base.endswith("村") and len(base) > 1 else base


def _same_names(lost: Sequence[Entry], fresh: Sequence[Entry]) -> dict[int, Entry]:
    """For new codes the old unit of that name: of the same township, else the only one in the county either way."""
    pairs: dict[int, Entry] = {}
    used: set[int] = set()
    for with_township in (True, False):
        olds: dict[object, list[Entry]] = defaultdict(list)
        news: dict[object, list[Entry]] = defaultdict(list)
        for entries, groups in ((lost, olds), (fresh, news)):
            for entry in entries:
                if id(entry) in used:
                    continue
                key = (_base(entry), fold(entry.township) if with_township else "")
                groups[key].append(entry)
        for same, owners in news.items():
            if len(owners) == 1 and len(olds.get(same, ())) == 1:
                pairs[id(owners[0])] = olds[same][0]
                used |= {id(owners[0]), id(olds[same][0])}
    return pairs


# --- written ----------------------------------------------------------------------------------------------------------

COLUMNS = ("编码", "名称", "乡镇", "县", "类型", "别名", "标签", "生效", "失效", "并入")
UNCONFIRMED = "待确认"


def register_rows(entries: Sequence[Entry], unconfirmed: Mapping[int, str]) -> Iterator[list[str]]:
    """The register as a table that reads back as it was; a last column only where something is to be confirmed."""
    yield [*COLUMNS, *([UNCONFIRMED] if unconfirmed else [])]
    for place, entry in enumerate(entries):
        names = [*entry.aliases, *(f"{name}（至{until.isoformat()}）" for name, until in entry.former)]
        row = [
            entry.code or "",
            entry.name,
            entry.township,
            entry.county or "",
            entry.kind,
            "、".join(names),
            "、".join(sorted(entry.tags)),
            entry.since.isoformat() if entry.since else "",
            entry.until.isoformat() if entry.until else "",
            entry.merged_into or "",
        ]
        yield [*row, *([unconfirmed.get(place, "")] if unconfirmed else [])]


def register_csv(rows: Sequence[Sequence[str]]) -> bytes:
    """CSV in UTF-8 with a BOM, as spreadsheets want it; nothing in it begins a formula."""
    stream = io.StringIO(newline="")
    csv.writer(stream).writerows([harmless(cell) for cell in row] for row in rows)
    return stream.getvalue().encode("utf-8-sig")


def register_xlsx(rows: Sequence[Sequence[str]]) -> bytes:
    """A workbook in which codes are texts, with the header fixed and a filter."""
    import xlsxwriter  # noqa: PLC0415 - exports only

    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False}) as book:
        book.set_properties(UNDATED)
        sheet = book.add_worksheet("名册")
        text, bold = book.add_format({"num_format": "@"}), book.add_format({"bold": True})
        quoted = book.add_format({"num_format": "@", "quote_prefix": True})
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                if cell:
                    put_text(sheet, number, column, cell, text if number else bold, quoted)
        sheet.set_column(0, 0, 15, text)
        sheet.set_column(1, 1, 24, text)
        sheet.set_column(2, len(rows[0]) - 1, 14, text)
        sheet.freeze_panes(1, 2)
        sheet.autofilter(0, 0, max(len(rows) - 1, 0), len(rows[0]) - 1)
    return stream.getvalue()
