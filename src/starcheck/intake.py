"""Tables to a ledger: columns matched to fields, values typed, rows matched to units, totals checked.

Everything here returns values and diagnostics. The rules are those of DESIGN §6.2; which name is which unit is
decided in ``register``, what a cell says in ``fields``.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from functools import cached_property, partial, reduce
from operator import itemgetter
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from starcheck.cells import LostDigits, PhoneLike, PrivateText, Words
from starcheck.column import Column, Kind, Reason, decimal15, empty_values, exact, over_columns
from starcheck.diagnostic import Diagnostic, Location, Severity, Text
from starcheck.expression import FILLED, TIER
from starcheck.fields import (
    LOST_DIGITS,
    LedgerSchema,
    ReadColumn,
    absence,
    cell_text,
    counted_from_1904,
    expectation,
    private_reading,
    read_cell,
)
from starcheck.identity import HEADERS, TOTALS, is_village_name
from starcheck.ledger import Ledger, TableOrigin, Units, cell_location, inputs_of, names_in, passed_over, with_derived
from starcheck.private import kind_words
from starcheck.register import COMMUNITY, VILLAGE, Entry, Found, Match, Register, code_text, columns_of, kind_written
from starcheck.scheme import LedgerField, Scheme
from starcheck.table import HEADLINE, Header, Table, filled
from starcheck.units import ELSEWHERE, PERCENT, UNITS, Reading, conversion, fold, normalise_header, split_unit
from starcheck.unreadable import refers_elsewhere
from starcheck.workbook import Cell, Sheet

_OF_SO_MANY = re.compile(
    rf"(?:.*(?:{'|'.join(TOTALS)})|.{{0,8}}共)(?:\d+个?|[一二三四五六七八九十百]+个)(?:行政村|村|社区|单位|乡镇|乡|镇|街道|村居)+"
)
_WHOLE = frozenset({"全乡", "全镇", "全街道", "全办", "全县", "全区", "全市"})
_TOWNSHIP = ("乡", "镇", "街道", "办事处")
_BRACKETED = re.compile(r"[（(\[【][^）)\]】]*[）)\]】]")
_BRACKETS = re.compile(r"[（）()\[\]【】:：]")
_LISTED = 500
"""More cells of one column with one and the same note or warning are counted, not listed."""


# --- columns to fields ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LedgerTable:
    """A table that is a ledger, with what its title, sheet and file name say of it."""

    table: Table
    county: str | None = None
    township: str | None = None
    township_from: Text = ("标题、工作表名或文件名", "title, sheet or file name")
    """What says the township."""
    township_told: bool = False
    """Whether the township is only what was asked for: it says nothing against a code."""
    said: tuple[Diagnostic, ...] = ()
    """What is to be said of where the township is from, where no column has it."""


class HeaderIndex:
    """Which field a header means, for one scheme."""

    def __init__(self, scheme: Scheme) -> None:
        """Index every spelling of every column of the scheme, normalised."""
        self.by_spelling: dict[str, str] = {}
        self.names = frozenset(map(normalise_header, scheme.name_headers))
        """What the column of the unit's name is called in ledgers of this scheme (名称列)."""
        for key, item in scheme.ledger_columns.items():
            for spelling in item.headers:
                self.by_spelling.setdefault(normalise_header(spelling), key)
                self.by_spelling.setdefault(normalise_header(split_unit(spelling)[0]), key)

    @cached_property
    def known(self) -> frozenset[str]:
        """Every spelling a header of a ledger may have."""
        return frozenset(self.by_spelling) | self.names | frozenset().union(*HEADERS.values())

    def field_of(self, candidates: Iterable[tuple[str, str | None]]) -> tuple[str, str | None] | None:
        """The field and the unit in the header, by the first candidate that is a spelling of the scheme."""
        for spelling, unit in candidates:
            key = self.by_spelling.get(spelling)
            if key is not None:
                return key, unit
        return None

    def columns(
        self, headers: Sequence[Header]
    ) -> tuple[dict[int, tuple[str, str | None]], dict[str, tuple[Header, ...]]]:
        """The field and unit of each column that has one; and by field the columns between which nobody can choose.

        A column is known by its name with those of its groups (2022年人口), else by its own (人口). Where several
        groups have a column of that name, it does not say which is meant and counts only for one in no group. Where
        the office has said which column is a field's, one in another group is not; and where it has said which group's,
        no other is.
        """
        found: dict[int, tuple[str, str | None]] = {}
        alike: dict[str, list[Header]] = defaultdict(list)
        told = {match[0] for header in headers if header.told and (match := self.field_of(header.paths()))}
        by_path = {match[0] for header in headers if header.told_by_path and (match := self.field_of(header.paths()))}
        for header in headers:
            alike[header.leaf].append(header)
            match = self.field_of(header.paths())
            if match is not None and (header.told or match[0] not in by_path):
                found[header.column] = match
        paths = {leaf: {header.path for header in those} for leaf, those in alike.items()}
        exact = {(found[header.column][0], header.leaf) for header in headers if header.column in found}
        doubtful: dict[str, tuple[Header, ...]] = {}
        for header in headers:
            match = None if header.column in found else self.field_of(header.candidates())
            if match is None or (match[0], header.leaf) in exact or (match[0] in told and not header.told):
                continue
            found[header.column] = match
            if len(paths[header.leaf]) > 1 and match[0] not in doubtful:
                doubtful[match[0]] = tuple(alike[header.leaf])
        return found, doubtful

    def hits(self, table: Table) -> int:
        """How many columns of the scheme a table has."""
        return len(self.found([table]))

    def found(self, tables: Iterable[Table]) -> frozenset[str]:
        """The columns of the scheme that the tables have between them."""
        headers = (header for table in tables for header in table.headers)
        return frozenset(match[0] for header in headers if (match := self.field_of(header.candidates())))


@dataclass(frozen=True, slots=True)
class _Columns:
    """Where one table holds what: scheme columns with their header unit, and the unit's own columns."""

    fields: Mapping[str, Sequence[tuple[int, str | None]]]
    unit: Mapping[str, int]
    doubtful: frozenset[str]
    """Fields of which no column is taken, since several may be meant."""
    like: Mapping[str, tuple[int, str]]
    """Fields that the header of a column nearly says, with that column and its header."""


def _match_columns(table: Table, index: HeaderIndex, scheme: Scheme) -> tuple[_Columns, list[Diagnostic]]:
    unit = _unit_columns(table, index, scheme)
    problems: list[Diagnostic] = []
    found: dict[str, list[tuple[int, str | None]]] = defaultdict(list)
    strangers: list[tuple[str, int]] = []
    above = units_above(table)
    by_line: set[int] = set()
    others = [header for header in table.headers if header.column not in unit.values()]
    matches, doubtful = index.columns(others)
    leaves = Counter(header.seen.leaf for header in others)
    for header in others:
        if header.column in matches:
            key, own = matches[header.column]
            measure = UNITS.get(scheme.ledger_columns[key].unit or "")
            if own is None and measure is not None and measure.dimension in above:
                own = above[measure.dimension]
                by_line.add(header.column)
            found[key].append((header.column, own))
        elif header.texts:
            strangers.append((header.texts[-1] if leaves[header.leaf] == 1 else header.path, header.column))
    unmatched, like = _strangers(table, strangers, index)
    doubtful |= _of_another_group(table, found, like)
    for key, places in found.items():
        item = scheme.ledger_columns[key]
        for column, header_unit in places:
            if header_unit is None or item.unit is None or not item.kind.numeric or header_unit == item.unit:
                continue
            factor = conversion(header_unit, item.unit)
            if factor != 1:
                where = cell_location(table, table.header_last, column)
                code = "T224" if column in by_line else "T206" if factor is None else "T207"
                problems.append(Diagnostic(code, where, field=key, found=header_unit, expected=item.unit))
        if key in doubtful:
            where = cell_location(table, table.header_last, places[0][0])
            paths = "、".join(header.seen.path for header in doubtful[key])
            problems.append(Diagnostic("T216", where, field=key, found=paths, arguments={"label": item.label}))
        elif len(places) > 1:
            where = cell_location(table, table.header_last, places[1][0])
            problems.append(Diagnostic("T204", where, field=key, arguments={"header": item.label}))
    problems += unmatched
    meant = {key: (column, text) for key, (_, column, text) in like.items()}
    return _Columns(found, unit, frozenset(doubtful), meant), problems


def _of_another_group(
    table: Table, found: Mapping[str, Sequence[tuple[int, str | None]]], like: Mapping[str, tuple[float, int, str]]
) -> Iterator[tuple[str, tuple[Header, ...]]]:
    """Fields that are found once, alone in a group, while a column in none nearly bears their name: misspelt, maybe."""
    headers = {header.column: header for header in table.headers}
    groups = Counter(headers[column].path.rpartition("/")[0] for places in found.values() for column, _ in places)
    for key, (_, column, _) in like.items():
        places = found.get(key, ())
        if len(places) != 1 or "/" in headers[column].path:
            continue
        group = headers[places[0][0]].path.rpartition("/")[0]
        if group and groups[group] == 1:
            yield key, (headers[column], headers[places[0][0]])


def _strangers(
    table: Table, strangers: Iterable[tuple[str, int]], index: HeaderIndex
) -> tuple[list[Diagnostic], dict[str, tuple[float, int, str]]]:
    """What is said of columns that are no field; and by field the column most like it: how like of 100, its header."""
    problems: list[Diagnostic] = []
    like: dict[str, tuple[float, int, str]] = {}
    for text, column in strangers:
        where = cell_location(table, table.header_last, column)
        private = private_in_column(table, column, text)
        problems += private
        if private and private[0].code == "F113":
            continue
        key, score, near = _near(text, index)
        if score >= max(_MEANT, like.get(key, (0, 0, ""))[0]):
            like[key] = (score, column, text)
        problems.append(Diagnostic("T203", where, found=text, arguments={"header": text, "near": near}))
    return problems, like


def _unit_columns(table: Table, index: HeaderIndex, scheme: Scheme) -> dict[str, int]:
    """Which columns say the unit's code, name, township …; the scheme's 名称列 before what is recognised by itself."""
    unit = columns_of(table)
    for header in table.headers:
        if any(spelling in index.names for spelling, _ in header.candidates()):
            return {meaning: column for meaning, column in unit.items() if column != header.column} | {
                "name": header.column
            }
    if scheme.rates_townships and "name" not in unit and "township" in unit:
        unit["name"] = unit["township"]
    return unit


_PRIVATE_HEADER = re.compile(r"身份证|手机|银行卡|卡号|银行账号|账号|帐号")
_PHONE_HEADER = re.compile(r"电话|联系|号码|微信")
_AMOUNT = re.compile(r"[-+]?\d[\d,]*(?:\.\d+)?")


def private_in_column(table: Table, column: int, header: str) -> list[Diagnostic]:
    """What is private in a column that is no field, of which nothing is kept.

    F113 for the column where its header says so, or most of its cells; else F140 for each cell, up to ``_CELLS_SAID``.
    """
    at_header = cell_location(table, table.header_last, column)
    named = _PRIVATE_HEADER.search(header)
    if named is not None:
        reason: Text = (f"个人信息（{named[0]}）", f"private data ({named[0]})")
        return [Diagnostic("F113", at_header, found=header, arguments={"reason": reason})]
    if not table.sheet.private:
        return []
    found, filled = _private_cells(table, column, header)
    if 2 * len(found) > filled:
        reason = kind_words(dict.fromkeys(kind for _, cell in found for kind in cell.kinds))
        return [Diagnostic("F113", at_header, found=header, arguments={"reason": reason})]
    said = [
        Diagnostic(
            "F140", cell_location(table, row, column), found=str(cell), arguments={"kind": kind_words(cell.kinds)}
        )
        for row, cell in found[:_CELLS_SAID]
    ]
    more = len(found) - len(said)
    if more:
        kinds = kind_words(dict.fromkeys(kind for _, cell in found[_CELLS_SAID:] for kind in cell.kinds))
        count = (f"这一列另有 {more} 格", f"{more} more cells of this column")
        said.append(Diagnostic("F140", at_header, arguments={"kind": kinds, "found": count}))
    return said


_CELLS_SAID = 20


def _private_cells(
    table: Table, column: int, header: str
) -> tuple[list[tuple[int, PrivateText | PhoneLike | LostDigits]], int]:
    """The cells of a column with private numbers, each with its row, and how many of its cells are not blank.

    Eleven digits are an amount where numbers of other sizes stand among them, and the header names no telephones.
    """
    bulk = table.bulk_columns([column], ()) if table.bulk else None
    cells: Sequence[Cell] = table.cells(column) if bulk is None else cast("Words", bulk[column]).cells()
    found: list[tuple[int, PrivateText | PhoneLike | LostDigits]] = []
    filled, others = 0, False
    for row, cell in zip(table.body, cells, strict=True):
        if cell is None or cell == "":
            continue
        filled += 1
        if isinstance(cell, PrivateText | PhoneLike | LostDigits) and cell.kinds:
            found.append((row, cell))
        else:
            others = others or type(cell) is float or (type(cell) is str and _AMOUNT.fullmatch(cell) is not None)
    if others and _PHONE_HEADER.search(header) is None:
        found = [(row, cell) for row, cell in found if not isinstance(cell, PhoneLike)]
    return found, filled


def _near(text: str, index: HeaderIndex) -> tuple[str, float, str | Text]:
    """The field whose column is most like a header that means nothing, how like it is of 100, and that in words."""
    from starcheck.likeness import likenesses  # noqa: PLC0415 - only where something went wrong

    spellings = list(index.by_spelling)
    found = likenesses(normalise_header(text), spellings, least=_LIKE)
    if not found or found[0].score < _LIKE:
        return "", 0, ""
    first = found[0]
    key = index.by_spelling[spellings[first.place]]
    following = next((other for other in found if index.by_spelling[spellings[other.place]] != key), None)
    zh, en = first.words(f"“{spellings[first.place]}”", following)
    words = (f"；最接近的列名是{zh}，没有采用", f"; the nearest column is {en}, and was not taken")
    return key, first.score, words


def _said_already(table: Table, said: Sequence[Diagnostic]) -> bool:
    """Whether a form's own unit is what is wrong: that nothing is rated would be the same once more."""
    form = table.sheet.places is not None and len(table.body) == 1
    return form and any(found.level is Severity.ERROR for found in said)


def _near_name(table: Table, columns: _Columns) -> dict[str, str | Text]:
    """The header that may be that of the names: villages stand under it, else it is most like one of 村名.

    ``like`` says which it is, ``near`` also by what option it is taken.
    """
    from starcheck.likeness import likenesses  # noqa: PLC0415 - only where something went wrong

    used = {*columns.unit.values(), *(column for found in columns.fields.values() for column, _ in found)}
    others = [header for header in table.headers if header.column not in used]
    spellings = sorted(HEADERS["name"])

    def likeness(header: Header) -> float:
        cells = [] if table.bulk else [cell for cell in table.cells(header.column) if cell is not None]
        villages = sum(isinstance(cell, str) and is_village_name(cell) for cell in cells)
        found = likenesses(header.leaf, spellings, least=_LIKE)
        return max(101 if villages * 2 > len(cells) else 0, found[0].score if found else 0)

    nearest = max(others, key=likeness, default=None)
    if nearest is None or likeness(nearest) < _LIKE:
        return {"near": "", "like": ""}
    text = "".join(nearest.as_written[-1].split())
    return {
        "near": (
            f'；最像的一列是“{text}”，若是，加 --map "{text}=村名"',
            f'; the nearest is “{text}”: if that is it, add --map "{text}=村名"',
        ),
        "like": (f"；最像的一列是“{text}”", f"; the nearest is “{text}”"),
    }


_LIKE = 60
"""Likeness, of 100, from which the name of another column is worth naming."""
_MEANT = 75
"""Likeness from which a header is taken for a slip where the column it is like is absent."""
_UNITS_ABOVE = re.compile(r"(?:计量)?单位\s*[:：]\s*(.+)")


def units_above(table: Table) -> dict[str, str]:
    """The units in a line above the table (单位：万元、人), by dimension; a dimension with two of them has none."""
    found: dict[str, set[str]] = defaultdict(set)
    for line in table.above:
        said = _UNITS_ABOVE.search(line)
        for word in re.split(r"[、，,;；/\s)）]+", said[1]) if said is not None else ():
            if word in UNITS:
                found[UNITS[word].dimension].add(word)
    return {dimension: words.pop() for dimension, words in found.items() if len(words) == 1}


# --- rows to units ----------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Rows:
    """What each body row of one table is about: a unit (its key's position), a total, or nothing; -1 is neither."""

    unit: NDArray[np.int32]
    totals: Mapping[int, str]
    """What each row of a total calls itself."""
    aside: Sequence[int]
    """Rows with a name or values whose unit nobody knows, or that is of another kind."""
    other_kind: frozenset[int] = frozenset()
    township_refuted: bool = False
    """Whether the rows are of other townships than the table's title, sheet or file says."""

    def owner(self, row: int) -> int:
        """The position of a row's unit, else a number of its own below zero."""
        unit = int(self.unit[row])
        return unit if unit >= 0 else -1 - row


def is_total(text: str, names: Collection[str]) -> bool:
    """Whether a first cell says its row is a total: it ends so, brackets and spaces aside, and is no unit's name.

    Or it says of how many villages: 共计6个村.
    """
    folded = fold(text)
    if folded in names:
        return False
    forms = (_BRACKETS.sub("", folded), _BRACKETED.sub("", folded))
    return any(form.endswith(TOTALS) or _OF_SO_MANY.fullmatch(form) for form in forms)


def left_of_names(table: Table, unit: Mapping[str, int], fields: Collection[int]) -> list[int]:
    """The columns left of that of the names that are neither of the unit nor of the scheme: 片区, 包村领导."""
    name = unit.get("name", unit.get("code"))
    if name is None or table.bulk or table.sheet.places is not None:
        return []
    used = {*unit.values(), *fields}
    return [column for column in range(table.sheet.left, name) if column not in used]


_EXPLAINS = frozenset({
    "填写说明", "填报说明", "填表说明", "填报要求", "填写要求", "填表要求", "填写示例", "填报示例", "填表示例",
    "填写样例", "填报样例", "说明", "示例", "样例", "范例", "举例", "例", "例如", "例子",
})  # fmt: skip
"""What a row right under the header says of itself where it tells how to fill in the others."""
_EXAMPLE = re.compile(
    r"(?:例|如|比如|例如|示例|样例|范例)[:,].*|(?:例如|示例|样例|范例).*|[请需应]?填(?:[写报入上全本]|村名|名称|单位).*"
    r"|.+[(\[【](?:示?例|样例|范例|举例)[)\]】]"
)


def _explains(text: str | None) -> bool:
    """Whether a text under a header says how to fill in the rows below it, or that its row is an example."""
    if text is None:
        return False
    folded = fold(text)
    return _BRACKETS.sub("", folded) in _EXPLAINS or _EXAMPLE.fullmatch(folded) is not None


def _asks(name: str | None) -> bool:
    """Whether a name is none but says what to write (填全称, 例东关村): only where no register knows it."""
    return name is not None and re.match(r"[请需]?填|[例如]", fold(name)) is not None


def _is_bare_total(name: str, township: str | None, names: Collection[str]) -> bool:
    """Whether a name is nothing but a total word, alone or behind its township: 小计 under 甲镇, 甲镇小计."""
    folded = _BRACKETED.sub("", fold(name))
    bare = {*TOTALS, *(f"{fold(township)}{word}" for word in TOTALS if township)}
    return folded in bare and fold(name) not in names


class _UnitList:
    """The units met so far: those of the register, or the names as written."""

    def __init__(self, register: Register | None, scheme: Scheme, as_of: date, county: str) -> None:
        self.register = register
        self.scheme = scheme
        self.as_of = as_of
        self.county = county
        self.codes: list[str | None] = []
        self.names: list[str] = []
        self.townships: list[str] = []
        self.counties: list[str] = []
        self.kinds: list[str] = []
        self.tags: list[frozenset[str]] = []
        self.place_of_entry: dict[int, int] = {}
        self.places: dict[tuple[str, str, str], int] = {}

    def of_entry(self, entry: int) -> int:
        place = self.place_of_entry.get(entry)
        if place is None:
            assert self.register is not None
            place = self.place_of_entry[entry] = len(self.names)
            known = self.register.entries[entry]
            self._append(known.code, known.name, known.township, known.county or self.county, known.kind, known.tags)
        return place

    def as_written(self, name: str, township: str, county: str, code: str | None, place_of_table: str) -> int:
        """``place_of_table`` tells apart namesakes whose township nobody says: rows of different tables never merge."""
        key = (county, fold(township) or place_of_table, code or fold(name))
        place = self.places.get(key)
        if place is None:
            place = self.places[key] = len(self.names)
            self._append(code, name, township, county or self.county, self.scheme.unit_kind, frozenset())
        return place

    def _append(self, code: str | None, name: str, township: str, county: str, kind: str, tags: frozenset[str]) -> None:
        self.codes.append(code)
        self.names.append(name)
        self.townships.append(township)
        self.counties.append(county)
        self.kinds.append(kind)
        self.tags.append(tags)

    def in_register_order(self) -> NDArray[np.int32]:
        """Put the units in the order of the register; where each of them went. As written they stay as they are."""
        size = len(self.names)
        place = np.arange(size, dtype=np.int32)
        if self.register is None or not size:
            return place
        order = [self.place_of_entry[entry] for entry in sorted(self.place_of_entry)]
        place[order] = np.arange(size)
        self.codes = [self.codes[old] for old in order]
        self.names = [self.names[old] for old in order]
        self.townships = [self.townships[old] for old in order]
        self.counties = [self.counties[old] for old in order]
        self.kinds = [self.kinds[old] for old in order]
        self.tags = [self.tags[old] for old in order]
        self.place_of_entry = {entry: int(place[old]) for entry, old in self.place_of_entry.items()}
        return place

    def all_as_written(self, names: list[str], townships: list[str], county: str) -> None:
        """Take a whole table's names, known to be distinct, into an empty list."""
        size = len(names)
        self.codes, self.names, self.townships = [None] * size, names, townships
        self.counties, self.kinds = [county or self.county] * size, [self.scheme.unit_kind] * size
        self.tags = [frozenset()] * size

    def frame(self, reported: NDArray[np.bool_]) -> Units:
        """The units as a ledger has them."""
        target = np.full(len(self.names), -1, np.int8)
        return Units(self.codes, self.names, self.townships, self.counties, self.kinds, self.tags, reported, target)

    def resolve(
        self, name: str | None, township: str | None, code: str | None, county: str | None
    ) -> tuple[int, Diagnostic | None]:
        """The position of the unit of the register that a row is about, or -1, and what is to be said of it."""
        assert self.register is not None
        match = self.register.match(name, township, code, self.scheme.unit_kind, county, self.as_of)
        entries = self.register.entries
        shown = name or code
        if match.found is Found.UNIT and match.entry is not None:
            entry = entries[match.entry]
            if entry.expected(self.as_of):
                return self.of_entry(match.entry), _respelled(match, entry, name)
            heir = self.register.heir(match.entry, self.as_of)
            if heir is None:
                return -1, Diagnostic("R411", unit=entry.name, found=shown)
            new = entries[heir]
            if new.kind != self.scheme.unit_kind:
                return -1, Diagnostic(
                    "R407", unit=new.name, found=shown, arguments={"kind": new.kind, "rated": self.scheme.unit_kind}
                )
            if new.code is not None and new.code == entry.code and entry.until is not None:
                return self.of_entry(heir), _renamed(new, name or entry.name, entry.until)
            return self.of_entry(heir), Diagnostic("R410", unit=entry.name, found=shown, expected=new.name)
        if match.found is Found.OTHER_KIND and match.entry is not None:
            entry = entries[match.entry]
            return -1, Diagnostic(
                "R407", unit=entry.name, found=shown, arguments={"kind": entry.kind, "rated": self.scheme.unit_kind}
            )
        names = "、".join(entries[place].name for place in match.candidates[:5])
        with_towns = "、".join(f"{entries[place].township}{entries[place].name}" for place in match.candidates[:5])
        match match.found:
            case Found.AMBIGUOUS:
                towns = {entries[place].township for place in match.candidates}
                candidates = names if len(towns) == 1 else with_towns
                return -1, Diagnostic("R404", found=shown, arguments={"candidates": candidates})
            case Found.UNKNOWN_CODE:
                return -1, Diagnostic(
                    "R406", found=code, arguments={"reason": ("名册里没有这个编码", "the register has no such code")}
                )
            case Found.CODE_NAME_MISMATCH:
                reason = (f"名册里这个编码是 {names}", f"in the register this code is {names}")
                return -1, Diagnostic("R406", found=f"{code} {name or ''}".strip(), arguments={"reason": reason})
            case Found.CODE_TOWNSHIP_MISMATCH:
                reason = (
                    f"名册里这个编码是{with_towns}，这一行的乡镇却是{township}",
                    f"in the register this code is {with_towns}, but the row is of {township}",
                )
                found = f"{code} {township or ''}{name or ''}"
                return -1, Diagnostic("R406", found=found, arguments={"reason": reason})
            case Found.OTHER_TOWNSHIP:
                arguments: dict[str, str | Text] = {"township": township or "", "said": match.township or ""}
                return -1, Diagnostic("R423", found=shown, arguments=arguments)
            case Found.ELSEWHERE:
                homes = dict.fromkeys(entries[place].township for place in match.candidates[:5])
                near = self.register.suggestions(name or "", township, county, elsewhere=False)
                arguments = {"township": township or "", "homes": "、".join(homes), "near": near}
                return -1, Diagnostic("R442", found=shown, arguments=arguments)
            case Found.NO_TOWNSHIP if not township:
                known = (f"名册里有 {with_towns}", f"the register has {with_towns}")
                if not match.candidates:
                    near = self.register.suggestions(name or "", None, county)
                    known = (
                        f"名册里没有这个名称，相近的：{near[0]}",
                        f"the register has no such name; near: {near[1]}",
                    )
                return -1, Diagnostic("R424", found=shown, arguments={"known": known})
            case Found.NO_TOWNSHIP | Found.AMBIGUOUS_TOWNSHIP:
                return -1, Diagnostic("R415", found=township or "", arguments={"name": shown or ""})
            case _:
                town = match.township or township
                near = self.register.suggestions(name or "", town, county)
                return -1, Diagnostic("R403", found=shown, arguments={"near": near, "township": town or ""})


def _respelled(match: Match, entry: Entry, name: str | None) -> Diagnostic | None:
    """What is to be said of a name that is not the register's: its township before it, a former name, a spelling."""
    if match.former_until is not None:
        return _renamed(entry, name or "", match.former_until)
    if match.township is not None:
        return Diagnostic("R422", found=name, unit=entry.name, expected=entry.name, arguments={"town": entry.township})
    return Diagnostic("R405", found=name, unit=entry.name, expected=entry.name) if match.respelled else None


def _renamed(entry: Entry, name: str, until: date) -> Diagnostic:
    return Diagnostic("R425", found=name, unit=entry.name, expected=entry.name, arguments={"until": until.isoformat()})


@dataclass(slots=True)
class _Read:
    """One table on its way into the ledger."""

    table: Table
    columns: _Columns
    rows: _Rows
    read: dict[str, ReadColumn] = field(default_factory=dict)
    column_of: dict[str, int] = field(default_factory=dict)
    moved: Mapping[int, int] = field(default_factory=dict)
    """Rows whose values stand in wrong columns, and from which on."""
    second: dict[tuple[str, int], list[int]] = field(default_factory=dict)
    """Rows whose value of a key stands in another column, or in two."""


def _texts(table: Table, column: int | None, *, fill_merged: bool, bulk: Mapping[int, Any] | None) -> list[str | None]:
    if column is None:
        return [None] * len(table.body)
    if bulk is not None:
        return [
            None if cell is None else cell if isinstance(cell, str) else cell_text(cell)
            for cell in bulk[column].cells()
        ]
    cells = table.cells(column, fill_merged=fill_merged)
    return [None if cell is None else cell.strip() or None if type(cell) is str else cell_text(cell) for cell in cells]


_SCIENTIFIC = re.compile(r"\d(?:\.\d+)?[eE]\+?\d{1,3}")
"""What a CSV saved by a spreadsheet program has in place of a long code."""
_NAMING = ("code", "name", "township", "county")


def _not_names(
    table: Table, unit: Mapping[str, int], bulk: Mapping[int, Any] | None
) -> dict[int, tuple[int, Reading, str]]:
    """The rows whose code or names cannot be used: private, without last digits, or 同上; column, why, what stands.

    A code of eleven digits is a code that lacks one, not a telephone number.
    """
    found: dict[int, tuple[int, Reading, str]] = {}
    for meaning in _NAMING:
        column = unit.get(meaning)
        if column is None:
            continue
        cells: Sequence[Cell] = table.cells(column) if bulk is None else bulk[column].cells()
        for row, cell in enumerate(cells):
            if _repeats_above(cell):
                found.setdefault(row, (column, ELSEWHERE, str(cell)))
            if meaning == "code" and type(cell) is str and _SCIENTIFIC.fullmatch(cell.strip()):
                found.setdefault(row, (column, LOST_DIGITS, cell))
            elif isinstance(cell, LostDigits):
                found.setdefault(row, (column, LOST_DIGITS, str(cell)))
            elif isinstance(cell, PrivateText) or (isinstance(cell, PhoneLike) and meaning != "code"):
                found.setdefault(row, (column, private_reading(cell.kinds), str(cell)))
    return found


def _repeats_above(cell: object) -> bool:
    """Whether only 同上 or 〃 stands where a name should: sorted rows would give it another village's."""
    return type(cell) is str and cell.strip()[:1] in _FIRST_OF_REFERENCES and refers_elsewhere(fold(cell))


_FIRST_OF_REFERENCES = frozenset("同如〃″\"'′详参请具见(（")


_TOTAL_WORD = re.compile("|".join((*TOTALS, "共")))
"""What a text that ``is_total`` holds, at least: most texts hold none of it, and need no closer look."""


def _match_rows(
    source: LedgerTable, columns: _Columns, units: _UnitList, bulk: Mapping[int, Any] | None
) -> tuple[_Rows, list[Diagnostic]]:
    """Which unit each row is about; DESIGN §6.2, "Rows to units"."""
    return _RowMatcher(source, columns, units, bulk).matched()


class _RowMatcher:
    """Goes down the rows of a table: what each is, and which unit it is about. A township holds until the next one."""

    def __init__(
        self, source: LedgerTable, columns: _Columns, units: _UnitList, bulk: Mapping[int, Any] | None
    ) -> None:
        table, unit = source.table, columns.unit
        self._source, self._table, self._columns, self._units = source, table, columns, units
        self._names = _texts(table, unit.get("name"), fill_merged=True, bulk=bulk)
        self._codes = [code_text(code) for code in _texts(table, unit.get("code"), fill_merged=False, bulk=bulk)]
        self._townships = _texts(table, unit.get("township"), fill_merged=True, bulk=bulk)
        self._own_townships = _texts(table, unit.get("township"), fill_merged=False, bulk=bulk)
        self._counties = _texts(table, unit.get("county"), fill_merged=True, bulk=bulk)
        self._serials = _texts(table, unit.get("serial"), fill_merged=False, bulk=bulk)
        self._kinds = _texts(table, unit.get("kind"), fill_merged=True, bulk=bulk)
        fields = {column for found in columns.fields.values() for column, _ in found}
        left = left_of_names(table, unit, fields)
        self._left = [_texts(table, column, fill_merged=False, bulk=None) for column in left]
        self._not_names = _not_names(table, unit, bulk)
        self._known_names = units.register.names if units.register is not None else frozenset()
        self._place_of_name = unit.get("name", unit.get("code", table.headers[0].column))
        self._place_of_table = f"{table.sheet.file}\n{table.sheet.name}\n{table.header_first}"
        self._township: str | None = source.township if "township" not in unit else None
        self._strange: dict[str, list[int]] = defaultdict(list)
        """The rows with a code whose township the register does not know."""
        self._county = source.county
        self._started = False
        """Whether a row was about a unit: before the first one rows may tell how to fill in the others."""
        self._begun = self._headed = False
        """Whether a row was neither a total nor instructions; whether the first one was the township of those below."""
        self._resolved: dict[tuple[str | None, ...], tuple[int, Diagnostic | None]] = {}
        self._unit = np.full(len(table.body), -1, np.int32)
        self._totals: dict[int, str] = {}
        self._aside: list[int] = []
        self._other_kind: set[int] = set()
        self._inherited: list[int] = []
        self._first_row: dict[int, int] = {}
        """By unit of the register the row that was the first about it."""
        self._nameless: list[int] = []
        self._numbered: list[int] = []
        self._problems: list[Diagnostic] = []

    def matched(self) -> tuple[_Rows, list[Diagnostic]]:
        """What every row is about, and what is to be said of the rows and of the table."""
        refuted = self._township_is_refuted()
        if refuted:
            self._township = None
        for row in range(len(self._names)):
            if row in self._not_names:
                self._take_unusable(row)
            elif (word := self._total_word(row)) is not None:
                self._totals[row] = word
            elif not self._started and self._explains(row):
                self._problems.append(_explanation(self._table, self._columns, row))
            elif (word := self._total_at_left(row)) is not None:
                self._totals[row] = word
            elif not self._take_heading(row):
                self._take_unit(row)
        self._say_of_table()
        other_kind = frozenset(self._other_kind)
        return _Rows(self._unit, self._totals, sorted(self._aside), other_kind, refuted), self._problems

    def _township_is_refuted(self) -> bool:
        """Whether most rows are, by their code, of other townships than title or file say, and no name of it: T226.

        A few such rows are their own mistake; most of them say that the title was copied, or is of the whole county.
        """
        register, said = self._units.register, self._township
        if said is None or self._source.township_told or register is None or "code" not in self._columns.unit:
            return False
        match = partial(register.match, unit_kind=self._units.scheme.unit_kind, as_of=self._units.as_of)
        coded, homes = 0, Counter[str]()
        for name, code in zip(self._names, self._codes, strict=True):
            if code is None:
                continue
            found = match(name, said, code, county=self._county)
            another = found.found is Found.CODE_TOWNSHIP_MISMATCH
            coded += another or found.entry is not None
            if another and (not name or match(name, said, None, county=self._county).entry is None):
                homes[register.entries[found.candidates[0]].township] += 1
        if homes.total() * 2 <= coded:
            return False
        names = [home for home, _ in homes.most_common()]
        arguments: dict[str, str | Text] = {"where": self._source.township_from, "homes": _some(names)}
        self._problems.append(Diagnostic("T226", self._at_header(), found=said, arguments=arguments))
        return True

    def _at_header(self) -> Location:
        return cell_location(self._table, self._table.header_last, self._table.headers[0].column)

    def _here(self, row: int, column: int | None = None) -> Location:
        return cell_location(self._table, self._table.body[row], self._place_of_name if column is None else column)

    def _take_unusable(self, row: int) -> None:
        """A row whose code or names cannot be used: nobody knows whose it is."""
        column, why, found = self._not_names[row]
        where = self._here(row, column)
        self._problems.append(Diagnostic(why.code or "", where, found=found, arguments=why.arguments or {}))
        self._aside.append(row)
        of_township = column == self._columns.unit.get("township")
        self._township = None if of_township else self._townships[row] or self._township

    def _total_word(self, row: int) -> str | None:
        """What a row of a total calls itself in 序号, 乡镇 or 村; None for any other row."""
        name = self._names[row]
        first = self._serials[row] or self._own_townships[row] or name
        if (
            first is not None
            and not first.isdigit()
            and _TOTAL_WORD.search(fold(first))
            and is_total(first, self._known_names)
        ):
            return first
        return name if name is not None and _is_bare_total(name, self._own_townships[row], self._known_names) else None

    def _total_at_left(self, row: int) -> str | None:
        """What a row without name and code calls itself in a column left of the names, if that is a total."""
        name = self._names[row]
        if self._codes[row] or (name and not is_blank_name(name)):
            return None
        return next((text for texts in self._left if (text := texts[row]) is not None and is_total(text, ())), None)

    def _explains(self, row: int) -> bool:
        """Whether a row tells how to fill in the others, by what stands in it up to its name."""
        own = self._serials[row], self._own_townships[row], self._names[row]
        return any(map(_explains, (*own, *(texts[row] for texts in self._left))))

    def _take_unit(self, row: int) -> None:
        """A row that is about a unit, if it has a name or a code."""
        name, code = self._names[row], self._codes[row]
        if self._townships[row] is not None:
            self._township = self._townships[row]
        elif "township" in self._columns.unit and self._township is not None and (name or code):
            self._inherited.append(row)
        if self._counties[row] is not None:
            self._county = self._counties[row]
        if not code and (not name or is_blank_name(name)):
            self._nameless.append(row)
        elif not code and name and _NO_NAME.fullmatch(name) and fold(name) not in self._known_names:
            self._numbered.append(row)
        elif self._units.register is None:
            self._take_as_written(row, name, code)
        else:
            self._take_known(row, name, code, self._units.register)
        if self._unit[row] < 0 and not code and self._is_title_of_another(row):
            self._township = None

    def _take_heading(self, row: int) -> bool:
        """Whether a row is no unit's: it names the township of the rows below it, is a heading, or a mean of others.

        A township's name counts so only where the first row of all is one: under its villages it is their total.
        """
        label = self._label(row)
        first, self._begun = not self._begun, True
        if label is None or self._codes[row] or fold(label) in self._known_names:
            return False
        cells = self._table.sheet.rows[self._table.body[row] - self._table.sheet.top]
        alone = sum(map(filled, cells)) == 1
        if _MEAN.fullmatch(fold(label)):
            return self._is_heading(row, label, ("是平均数", "it is a mean"))
        town = self._township_of_heading(label, first=first)
        if town is not None:
            self._headed, self._township = True, town
            if alone:
                return self._is_heading(
                    row, label, ("是乡镇名，下面的行算它的", "it is the township of the rows below it")
                )
            self._totals[row] = label
            self._problems.append(Diagnostic("R441", self._here(row), found=label))
            return True
        if alone and _is_section(label) and not self._names_somebody(label):
            return self._is_heading(
                row, label, ("是小标题，这一行没有值", "it is a heading: nothing else is in its row")
            )
        return False

    def _label(self, row: int) -> str | None:
        """What a row calls itself, in the column of the names or left of it; None in a large table."""
        if self._table.bulk:
            return None
        texts = (self._names[row], self._serials[row], *(texts[row] for texts in self._left))
        return next((text for text in texts if text is not None and not is_blank_name(text)), None)

    def _names_somebody(self, label: str) -> bool:
        """Whether what may be a heading names a unit, or another township: then rows below it may be that one's."""
        register = self._units.register
        if register is None:
            return False
        named = register.township_named(label)
        if named is not None and named[1] and fold(named[0]) != fold(self._township or ""):
            return True
        return self._units.resolve(label, self._township, None, self._county)[0] >= 0

    def _township_of_heading(self, label: str, *, first: bool) -> str | None:
        """The township of the register that a row names by its full name, where such rows stand above its villages."""
        register = self._units.register
        if register is None or "township" in self._columns.unit or self._units.scheme.rates_townships:
            return None
        name = _NUMBERED.sub("", label, count=1)
        if not fold(name).endswith(_TOWNSHIP) or register.township(name) != (fold(name),):
            return None
        if not self._headed and not (first and (self._township is None or fold(self._township) == fold(name))):
            return None
        return name

    def _is_heading(self, row: int, label: str, reason: Text) -> bool:
        """R446: said of a row that is no unit's."""
        self._problems.append(Diagnostic("R446", self._here(row), found=label, arguments={"reason": reason}))
        return True

    def _is_title_of_another(self, row: int) -> bool:
        """Whether a row is no unit's and names another township, as a title amid rows does: those below may be its."""
        register, said = self._units.register, self._township
        if said is None or register is None:
            return False
        texts = (self._serials[row], *(texts[row] for texts in self._left), self._names[row])
        named = (register.township_named(text) for text in texts if text is not None and HEADLINE.search(text))
        return any(one is not None and one[1] and fold(one[0]) != fold(said) for one in named)

    def _take_as_written(self, row: int, name: str | None, code: str | None) -> None:
        """Without a register: a unit of this name, or the township's own row."""
        if name is not None and not code and self._is_of_township(name, self._township, None):
            self._totals[row] = name
            self._problems.append(Diagnostic("R441", self._here(row), found=name))
            return
        self._started = True
        kind = _another_kind(self._kinds[row], self._units.scheme.unit_kind)
        if kind is not None:
            arguments = {"kind": kind, "rated": self._units.scheme.unit_kind}
            where = self._here(row, self._columns.unit["kind"])
            self._problems.append(Diagnostic("R407", where, unit=name, found=name or code, arguments=arguments))
            self._aside.append(row)
            self._other_kind.add(row)
            return
        township, county = self._township or "", self._county or ""
        self._unit[row] = self._units.as_written(name or code or "", township, county, code, self._place_of_table)

    def _is_of_township(self, name: str, township: str | None, register: Register | None) -> bool:
        """Whether a row is its township's own; where townships are what is rated it is a unit like any other."""
        return not self._units.scheme.rates_townships and _is_township(name, township, register)

    def _take_known(self, row: int, name: str | None, code: str | None, register: Register) -> None:
        """The unit of the register; else a row of instructions, the township's own, or one whose unit nobody knows."""
        told = self._source.township_told and code is not None
        township = None if told and "township" not in self._columns.unit else self._township
        key = (name, township, code, self._county)
        if key not in self._resolved:
            self._resolved[key] = self._units.resolve(*key)
        place, said = self._resolved[key]
        if (
            place >= 0
            and not code
            and row in self._inherited[-1:]
            and self._is_of_a_lost_township(row, place, register)
        ):
            self._inherited.pop()
            place, said = -1, self._township_lost(name, township)
            self._township = None
        if not self._started and place < 0 and _asks(name):
            self._problems.append(_explanation(self._table, self._columns, row))
            return
        if said is not None and said.code in {"R403", "R442"} and self._is_of_township(name or "", township, register):
            self._totals[row] = name or ""
            self._problems.append(Diagnostic("R441", self._here(row), found=name))
            return
        self._started = self._started or place >= 0
        self._unit[row] = place
        self._first_row.setdefault(place, row)
        if (
            place >= 0
            and code
            and township
            and township != self._units.townships[place]
            and not register.townships_meant(township)
        ):
            self._strange[township].append(row)
        if place < 0:
            self._aside.append(row)
        if said is not None:
            if said.code == "R407":
                self._other_kind.add(row)
            column = self._columns.unit.get("code") if said.code == "R406" else None
            self._problems.append(replace(said, where=self._here(row, column)))

    def _is_of_a_lost_township(self, row: int, place: int, register: Register) -> bool:
        """Whether a row without a township would be another one of a unit, and says otherwise: a namesake's, maybe.

        Names merged over several rows say that all are of one unit.
        """
        first = self._first_row.get(place)
        if first is None or not filled(self._table.cells(self._place_of_name)[row]):
            return False
        scheme, as_of = self._units.scheme, self._units.as_of
        anywhere = register.match(self._names[row], None, None, scheme.unit_kind, self._county, as_of)
        if len(anywhere.candidates) < 2:  # noqa: PLR2004
            return False
        columns = [self._table.cells(column) for found in self._columns.fields.values() for column, _ in found]
        return any(cells[row] != cells[first] for cells in columns)

    def _township_lost(self, name: str | None, township: str | None) -> Diagnostic | None:
        """R424: the township above has this unit already, with other values, and others have one of that name."""
        _, said = self._units.resolve(name, None, None, self._county)
        assert said is not None
        zh, en = cast("Text", said.arguments["known"])
        known = (f"上面的{township}已有一行，内容不同；{zh}", f"{township} above has a row of it that differs; {en}")
        return replace(said, arguments={"known": known})

    def _say_of_table(self) -> None:
        """Where the townships are from, or that nobody says them; and the rows that hold values and no name."""
        table, unit, problems, township = self._table, self._columns.unit, self._problems, self._source.township
        if self._inherited:
            where, count = self._here(self._inherited[0], unit["township"]), str(len(self._inherited))
            problems.append(Diagnostic("R414", where, found=count, arguments={"count": count}))
        for found, rows in self._strange.items():
            where, count = self._here(rows[0], unit.get("township")), str(len(rows))
            problems.append(Diagnostic("R443", where, found=found, arguments={"count": count}))
        where = self._at_header()
        if "township" not in unit:
            problems.extend(self._source.said)
        if "township" not in unit and self._township is not None and township is not None:
            zh, en = self._source.township_from
            reason = f"没有乡镇列，取自{zh}", f"no township column; from {en}"
            problems.append(Diagnostic("T214", where, found=township, arguments={"reason": reason}))
        unsaid = self._units.register is None or any(problem.code == "R424" for problem in problems)
        if "township" not in unit and township is None and "code" not in unit and unsaid:
            problems.append(Diagnostic("T213", where))
        if self._nameless:
            valued = _rows_with_values(table, self._columns, self._nameless)
            self._aside += [row for row, _ in valued]
            problems.extend(Diagnostic("R401", self._here(row), found=text) for row, text in valued)
        if self._numbered:
            numbered = [row for row, _ in _rows_with_values(table, self._columns, self._numbered)]
            self._aside += numbered
            problems.extend(Diagnostic("R444", self._here(row), found=self._names[row]) for row in numbered)


_MEAN = re.compile(r".{0,6}(?:平均|平均数|平均值|均值)|average|mean", re.IGNORECASE)
_NUMBERED = re.compile(r"\s*(?:[(（][一二三四五六七八九十\d]{1,3}[)）]|[一二三四五六七八九十\d]{1,3}[、.．])\s*")
_SECTION = re.compile(r".*(?:情况|部分|方面|类|指标|信息)(?:表)?|.*[(（]续[表页]?[)）]")


def _is_section(label: str) -> bool:
    """Whether a text alone in its row is a heading between rows: 二、党建情况, 马庄桥镇2022年6月台账（续）."""
    name = _NUMBERED.sub("", label, count=1)
    if is_village_name(name):
        return False
    return bool(name != label or HEADLINE.search(name) or _SECTION.fullmatch(name))


def _is_township(name: str, township: str | None, register: Register | None) -> bool:
    """Whether a row is called what its township is, with 乡, 镇 or 街道: what it holds is the township's."""
    folded = fold(name)
    if folded in _WHOLE:
        return True
    if not township or not folded.endswith(_TOWNSHIP):
        return False
    return folded == fold(township) or (register is not None and (folded,) == register.township(township))


_SHOWN_OF_A_ROW = 4


def _explanation(table: Table, columns: _Columns, row: int) -> Diagnostic:
    """R440: a row that says how to fill in the others, with what stands in it."""
    cells = [(header.column, cell_text(table.cells(header.column)[row]).strip()) for header in table.headers]
    filled = [(column, text) for column, text in cells if text]
    shown = " | ".join(text for _, text in filled[:_SHOWN_OF_A_ROW]) + (
        " | ……" if len(filled) > _SHOWN_OF_A_ROW else ""
    )
    at = columns.unit.get("name", filled[0][0])
    return Diagnostic("R440", cell_location(table, table.body[row], at), found=shown)


_ORDINARY = re.compile("[\u4e00-\u9fff\u3400-\u4dbf0-9A-Za-z]+")


def _match_plain_bulk(
    source: LedgerTable, columns: _Columns, units: _UnitList, bulk: Mapping[int, Any]
) -> _Rows | None:
    """The units of a large table without a register, where every row has a township and an ordinary name of its own.

    None where anything asks for a closer look; then the rows go one by one.
    """
    unit = columns.unit
    if units.names or not {"name", "township"} <= unit.keys() or {"code", "county"} & unit.keys():
        return None
    names, towns = bulk[unit["name"]], bulk[unit["township"]]
    serials: Sequence[Any] = bulk[unit["serial"]].texts if "serial" in unit else ()
    assert isinstance(names, Words)
    assert isinstance(towns, Words)
    if not len(names.codes) or bool((names.codes < 0).any()) or bool((towns.codes < 0).any()):
        return None
    if not {*map(type, names.texts), *map(type, towns.texts), *map(type, serials)} <= {str}:  # private
        return None
    if not all(_ORDINARY.fullmatch("".join(map(str, column.texts))) for column in (names, towns)):
        return None
    first = names.texts[int(names.codes[0])]
    if any(map(_explains, map(str, (first, *serials[:1])))) or not {*towns.texts, *_WHOLE}.isdisjoint(names.texts):
        return None
    # single ones are only looked at where some may be meant: there are as many names as rows
    written = ["\n".join(map(str, texts)) for texts in (names.texts, towns.texts, serials)]
    if any(word in lines for lines in written for word in TOTALS):
        return None
    if "共" in written[0] and any("共" in text and is_total(text, ()) for text in map(str, names.texts)):
        return None
    if any(map(str.isdecimal, map(str, names.texts))):  # 序号 in the column of the names
        return None
    kinds = bulk[unit["kind"]] if "kind" in unit else None
    if isinstance(kinds, Words) and any(_another_kind(str(kind), units.scheme.unit_kind) for kind in kinds.texts):
        return None
    for texts in (names.texts, towns.texts):
        beginnings = set(map(itemgetter(slice(1)), map(str, texts)))
        if not _FIRST_OF_REFERENCES.isdisjoint(beginnings) and any(map(_repeats_above, texts)):
            return None
    # np.unique would take eighty times as long here
    pairs = np.sort(towns.codes.astype(np.int64) * len(names.texts) + names.codes)
    if bool((pairs[1:] == pairs[:-1]).any()):
        return None
    units.all_as_written([*map(str, names.cells())], [*map(str, towns.cells())], source.county or "")
    return _Rows(np.arange(len(pairs), dtype=np.int32), {}, ())


def _another_kind(written: str | None, unit_kind: str) -> str | None:
    """What a row's 类型 makes of a unit that is not of the rated kind; None where it does not say so.

    Only villages and communities are told apart by it: of others the same column says other things (城郊融合类).
    """
    if written is None or not {unit_kind} <= {VILLAGE, COMMUNITY}:
        return None
    kind = kind_written(written, unit_kind)
    return kind if kind in {VILLAGE, COMMUNITY} and kind != unit_kind else None


_NO_NAME = re.compile(r"[\W\d_\u2460-\u249b\u24ea-\u24ff]+")
"""A number, also one in a circle or brackets, and marks: no name, but a 序号 in the column of the names."""


def is_blank_name(name: str) -> bool:
    """Whether what stands where a name should is only dashes or slashes."""
    return not name.strip("-—－–/\\ 　")


def _rows_with_values(table: Table, columns: _Columns, rows: Sequence[int]) -> list[tuple[int, str]]:
    """Those of ``rows`` that hold a value in a column of the scheme, with one such value."""
    found: dict[int, str] = {}
    for places in columns.fields.values():
        cells = table.cells(places[0][0])
        for row in rows:
            if row not in found and cells[row] is not None and str(cells[row]).strip():
                found[row] = cell_text(cells[row])
    return sorted(found.items())


# --- reading ----------------------------------------------------------------------------------------------------------


def read_ledger(
    tables: Sequence[LedgerTable],
    scheme: Scheme,
    *,
    register: Register | None,
    as_of: date,
    county: str = "",
    whole_register: bool = True,
    sent: Collection[str] = (),
) -> tuple[Ledger, tuple[Diagnostic, ...]]:
    """The ledger that ``tables`` hold, over the units of the register (else the names as written).

    ``whole_register`` also lists the units of townships that no table is about, as not reported. ``sent`` are
    townships of which a file came that gave no table: theirs are listed so in any case.
    """
    schema = LedgerSchema(scheme)
    index = HeaderIndex(scheme)
    units = _UnitList(register, scheme, as_of, county)
    if register is not None and whole_register:
        for place in register.of_kind(scheme.unit_kind):
            if register.entries[place].expected(as_of):
                units.of_entry(place)
    problems: list[Diagnostic] = []
    sources: list[_Read] = []
    refuted: list[LedgerTable] = []
    used = used_keys(scheme)
    for source in tables:
        table = source.table
        columns, said = _match_columns(table, index, scheme)
        problems += said
        if not {"name", "code"} & columns.unit.keys():
            where = cell_location(table, table.header_last, table.headers[0].column)
            problems.append(Diagnostic("T212", where, arguments=_near_name(table, columns)))
            continue
        bulk = _bulk(table, columns, scheme)
        problems += table.surplus()
        plain = None if bulk is None or register is not None else _match_plain_bulk(source, columns, units, bulk)
        rows, said = (plain, []) if plain is not None else _match_rows(source, columns, units, bulk)
        problems += said
        if rows.township_refuted:
            refuted.append(source)
        if not (rows.unit >= 0).any() and not _said_already(table, said):
            problems.append(Diagnostic("R421", cell_location(table, table.header_last, table.headers[0].column)))
        read = _Read(table, columns, rows, moved=_moved(table))
        problems += _moved_rows(read, units)
        problems += _read_fields(read, schema, bulk, units)
        problems += _comments(read, units)
        sources.append(read)
    if register is not None and not whole_register:
        named = (source.township for source in tables if source not in refuted)
        covered = {fold(township) for township in (*units.townships, *sent)} | {
            towns[0] for township in named if township and len(towns := register.township(township)) == 1
        }
        for place in register.of_kind(scheme.unit_kind):
            if register.entries[place].expected(as_of) and fold(register.entries[place].township) in covered:
                units.of_entry(place)
    problems += _absent(sources, schema, units, used)
    ledger, said = _assemble(sources, units, scheme, used)
    problems += said
    problems += _blanks(sources, schema, ledger)
    problems += _control_totals(sources, ledger)
    for place in np.flatnonzero(~ledger.units.reported).tolist():
        problems.append(
            Diagnostic("R408", unit=ledger.units.name[place], arguments={"township": ledger.units.township[place]})
        )
    problems += _odd_dates(ledger, as_of, used)
    problems += _out_of_range(ledger)
    return ledger, tuple(problems)


def used_keys(scheme: Scheme) -> frozenset[str]:
    """Ledger columns that a criterion, a veto, a relation or a statistic needs."""
    used = {key for key, item in scheme.ledger_columns.items() if item.role != "field"}
    for criterion in scheme.criteria:
        used.update(inputs_of(scheme, criterion.id))
        used.update(criterion.applies)
        if criterion.goal is not None and criterion.goal.field is not None:
            used.add(criterion.goal.field)
    for check in scheme.checks:
        used.update(name for inner in names_in(check.expression) for name in inputs_of(scheme, inner))
    for quota in scheme.tiering.quotas:
        for tie_break in quota.tie_breaks:
            used.update(name for inner in names_in(tie_break.expression) for name in inputs_of(scheme, inner))
    used.update(group.by for group in scheme.groups if group.by in scheme.fields)
    used |= _keys_of_groups(scheme)
    used.update(scheme.statistics)
    if scheme.apportioning is not None:
        used.update(inputs_of(scheme, scheme.apportioning.of))
    used.update(ranking.weight for ranking in scheme.monthly.rankings if ranking.weight is not None)
    return frozenset(used)


def _rated_keys(scheme: Scheme) -> frozenset[str]:
    """Ledger columns a criterion or a veto is judged by: a blank there deserves a look."""
    keys = {key for criterion in scheme.criteria for key in inputs_of(scheme, criterion.id)}
    keys.update(name for criterion in scheme.criteria for name in criterion.applies)
    keys.update(item.goal.field for item in scheme.criteria if item.goal is not None and item.goal.field is not None)
    asked = {
        name.of[0]
        for criterion in scheme.criteria
        if criterion.expression is not None
        for name in criterion.expression.names
        if name.key.startswith(FILLED)
    }
    keys |= _keys_of_groups(scheme)
    # a formula that asks whether a cell is filled in has an answer for a blank one
    return frozenset((keys - asked) | {veto.id for veto in scheme.vetoes})


def _keys_of_groups(scheme: Scheme) -> frozenset[str]:
    """Ledger columns that figures of groups (分组) are made from."""
    figures = [item.expression for group in scheme.groups for item in group.criteria]
    named = {name for expression in figures for name in names_in(expression) if name != TIER}
    return frozenset(key for name in named for key in inputs_of(scheme, name))


def _bulk(table: Table, columns: _Columns, scheme: Scheme) -> dict[int, Any] | None:
    """The columns of a large CSV as Arrow arrays, numbers typed; None where cells are read one by one."""
    if not table.bulk:
        return None
    numeric = {
        column
        for key, places in columns.fields.items()
        if scheme.ledger_columns[key].kind.numeric
        for column, _ in places
    }
    wanted = {column for places in columns.fields.values() for column, _ in places} | set(columns.unit.values())
    return table.bulk_columns(sorted(wanted), numeric)


def _read_fields(read: _Read, schema: LedgerSchema, bulk: dict[int, Any] | None, units: _UnitList) -> list[Diagnostic]:
    """Type every scheme column of a table; a large one's columns are let go one by one."""
    problems: list[Diagnostic] = []
    table = read.table
    unit_rows = read.rows.unit >= 0
    unit_rows[list(read.moved)] = False
    shared, said = _shared_cells(read, units)
    problems += said

    def versions_of(key: str) -> list[ReadColumn]:
        item = schema.fields[key]
        made: list[ReadColumn] = []
        for column, header_unit in read.columns.fields[key]:
            own = header_unit if item.unit is not None and item.kind.numeric else None
            if own == PERCENT and item.unit == PERCENT:
                own = None
            if bulk is not None:
                found = schema.read_bulk(key, bulk.pop(column), own, unit_rows)
                made.append(_unreadable_at(found, list(read.moved)))
            else:
                cells = table.cells(column)
                if item.kind is Kind.DATE and table.sheet.date1904:
                    cells = counted_from_1904(cells)
                hidden = [*shared.get(column, ()), *read.moved]
                for row in hidden:
                    cells[row] = None
                made.append(_unreadable_at(schema.read(key, cells, own, unit_rows), hidden))
        return made

    typed = bulk is None and _typed(table)
    all_versions = over_columns(versions_of, read.columns.fields, len(table.body) if bulk is not None else 0)
    for (key, places), versions in zip(read.columns.fields.items(), all_versions, strict=True):
        item = schema.fields[key]
        doubtful = key in read.columns.doubtful
        for (column, _), found in () if doubtful else zip(places, versions, strict=True):
            problems += _cell_diagnostics(table, column, key, item, found, read.rows.unit, units)
            if typed and item.kind.numeric:
                problems += _numbers_as_texts(read, key, item, column, found)
            for code, arguments in found.remarks:
                problems.append(
                    Diagnostic(code, cell_location(table, table.header_last, column), field=key, arguments=arguments)
                )
        read.column_of[key] = places[0][0]
        read.read[key] = (
            versions[0]
            if len(versions) == 1 and not doubtful
            else _merge_columns(read, key, item, versions, units, problems)
        )
    return problems


def _unreadable_at(found: ReadColumn, rows: Sequence[int]) -> ReadColumn:
    """A column without the values of some rows, of which more has been said elsewhere."""
    if not rows:
        return found
    column = found.column
    values, reason = column.values.copy(), column.reason.copy()
    values[rows], reason[rows] = empty_values(column.kind, 1)[0], Reason.UNREADABLE
    gone = set(rows)
    problems = tuple(problem for problem in found.problems if problem.row not in gone)
    return replace(found, column=replace(column, values=values, reason=reason), problems=problems)


def _moved(table: Table) -> dict[int, int]:
    """The rows of the body that are moved sideways, and from which column on."""
    found: dict[int, int] = {}
    for absolute, column in table.moved().items():
        row = bisect_left(table.body, absolute)
        if row < len(table.body) and table.body[row] == absolute:
            found[row] = column
    return found


def _moved_rows(read: _Read, units: _UnitList) -> Iterator[Diagnostic]:
    """V336 for each row of a unit whose values stand in wrong columns."""
    for row, column in read.moved.items() if read.columns.fields else ():
        unit = int(read.rows.unit[row])
        if unit >= 0:
            where = cell_location(read.table, read.table.body[row], column)
            yield Diagnostic("V336", where, unit=units.names[unit])


def _shared_cells(read: _Read, units: _UnitList) -> tuple[dict[int, list[int]], list[Diagnostic]]:
    """The rows, by column, under a cell that is merged over the rows of several units: nobody knows whose it is.

    One problem for each such cell. A blank one is blank for all of them.
    """
    table, sheet = read.table, read.table.sheet
    field_of = {column: key for key, places in read.columns.fields.items() for column, _ in places}
    hidden: dict[int, list[int]] = defaultdict(list)
    problems: list[Diagnostic] = []
    fields, aside = sorted(field_of), set(read.rows.aside)
    for first, left, last, right in sorted(sheet.merged) if fields else ():
        # found by halves: a merge may reach over all there is, and there may be as many as cells
        columns = fields[bisect_left(fields, left) : bisect_right(fields, right)]
        rows = range(bisect_left(table.body, first), bisect_right(table.body, last))
        if not columns or len(rows) < 2 or not _shows(sheet, first, left):  # noqa: PLR2004
            continue
        whose = dict.fromkeys(read.rows.owner(row) for row in rows if read.rows.unit[row] >= 0 or row in aside)
        if len(whose) < 2:  # noqa: PLR2004
            continue
        cell = sheet.rows[first - sheet.top][left - sheet.left]
        for column in columns:
            already = hidden[column][-1] + 1 if hidden[column] else 0
            hidden[column] += range(max(rows.start, already), rows.stop)
        names = [units.names[place] for place in whose if place >= 0]
        arguments = {"count": str(len(whose)), "names": _some(names)}
        where = cell_location(table, first, left)
        problems.append(
            Diagnostic("V334", where, field=field_of[columns[0]], found=cell_text(cell), arguments=arguments)
        )
    return hidden, problems


def _shows(sheet: Sheet, row: int, column: int) -> bool:
    """Whether a cell of a sheet, which may lie outside what is filled of it, shows anything."""
    row, column = row - sheet.top, column - sheet.left
    inside = 0 <= row < len(sheet.rows) and 0 <= column < len(sheet.rows[0])
    return inside and bool(cell_text(sheet.rows[row][column]).strip())


_NAMES_SHOWN = 3


def _some(names: Sequence[str]) -> str:
    """The first few of some names."""
    return "、".join(names[:_NAMES_SHOWN]) + ("……" if len(names) > _NAMES_SHOWN else "")


def _absent(sources: Sequence[_Read], schema: LedgerSchema, units: _UnitList, used: frozenset[str]) -> list[Diagnostic]:
    """T205: columns that the scheme needs and that no table has which is about the same units.

    Where two tables of a file, or two files of a township, share the columns of the same units, nothing is absent. What
    no table of a file has is said once for a township, at the first sheet; what some have, for each that lacks it. A
    table of which no unit is known may be about any of its file.
    """
    about = [np.flatnonzero(np.bincount(read.rows.unit[read.rows.unit >= 0])) for read in sources]
    unknown: dict[str, set[str]] = defaultdict(set)
    known = {read.table.sheet.file for read, own in zip(sources, about, strict=True) if len(own)}
    for read, own in zip(sources, about, strict=True):
        if not len(own):
            unknown[read.table.sheet.file].update(read.columns.fields)
    problems: list[Diagnostic] = []
    for key, item in schema.fields.items():
        if key not in used or all(key in read.columns.fields for read in sources):
            continue
        has = np.zeros(len(units.names), bool)
        some = set()
        for read, own in zip(sources, about, strict=True):
            if key in read.columns.fields:
                has[own] = True
                some.add(read.table.sheet.file)
        said: set[tuple[str, object]] = set()
        for read, own in zip(sources, about, strict=True):
            file = read.table.sheet.file
            if key in read.columns.fields or key in unknown[file] or (not len(own) and file in known):
                continue
            lack: list[int] = own[~has[own]].tolist()
            of_units: set[object] = set(lack) if file in some else {units.townships[place] for place in lack}
            whose = {(file, one) for one in (of_units if len(own) else {""})}
            if whose <= said:
                continue
            said |= whose
            where = Location(file, read.table.sheet.name)
            write = next(iter(item.headers), item.label)
            header = "、".join(item.headers[:3]) or item.label
            arguments: dict[str, str | Text] = {"header": header, "write": write, "like": "", "turn": ""}
            if key in read.columns.like:
                column, text = read.columns.like[key]
                where = cell_location(read.table, read.table.header_last, column)
                arguments["like"] = f"；“{text}”像是它，没有采用", f"; “{text}” looks like it, and was not taken"
                arguments["turn"] = (
                    f"“{text}”若就是它，改成“{write}”；否则",
                    f"write “{write}” if “{text}” is it; else ",
                )
            problems.append(Diagnostic("T205", where, field=key, arguments=arguments))
    return problems


def _cell_diagnostics(
    table: Table,
    column: int,
    key: str,
    item: LedgerField,
    found: ReadColumn,
    unit_of_row: NDArray[np.int32],
    units: _UnitList,
) -> list[Diagnostic]:
    listed: Counter[str] = Counter()
    problems: list[Diagnostic] = []
    for problem in found.problems:
        place = int(unit_of_row[problem.row])
        if place < 0:
            continue
        listed[problem.code] += 1
        if listed[problem.code] > _LISTED and problem.code in {"V314", "V317"}:
            continue
        where = cell_location(table, table.body[problem.row], column)
        problems.append(
            Diagnostic(
                problem.code,
                where,
                unit=units.names[place],
                field=key,
                found=problem.found,
                expected=expectation(item),
                arguments=problem.arguments,
            )
        )
    return problems


def _typed(table: Table) -> bool:
    """Whether the cells of a table have types: those of a CSV, and of most web pages, are all texts."""
    if table.sheet.name is None:
        return False
    return any(type(cell) is float for header in table.headers for cell in table.cells(header.column))


def _numbers_as_texts(read: _Read, key: str, item: LedgerField, column: int, found: ReadColumn) -> list[Diagnostic]:
    """V323, once for a column: sums in the workbook leave such cells out."""
    cells = read.table.cells(column)
    if str not in set(map(type, cells)):
        return []
    known = found.column.known & (read.rows.unit >= 0)
    rows = [row for row in np.flatnonzero(known).tolist() if _is_number_as_text(cells[row])]
    if not rows:
        return []
    where = cell_location(read.table, read.table.body[rows[0]], column)
    arguments = {"label": item.label, "count": str(len(rows)), "cell": where.cell or ""}
    return [Diagnostic("V323", where, field=key, arguments=arguments)]


def _is_number_as_text(cell: Cell) -> bool:
    return type(cell) is str and _AMOUNT.fullmatch(fold(cell)) is not None


_COMMENTS_LISTED = 100
_COMMENT_SHOWN = 60


def _comments(read: _Read, units: _UnitList) -> list[Diagnostic]:
    """Comments on cells that count: 暂估 in one changes what its value means."""
    table = read.table
    comments = table.sheet.comments()
    if not comments:
        return []
    field_of = {column: key for key, places in read.columns.fields.items() for column, _ in places}
    used = field_of.keys() | {column for name, column in read.columns.unit.items() if name in _NAMING}
    rows = {row: int(unit) for row, unit in zip(table.body, read.rows.unit, strict=True) if unit >= 0}
    here = sorted(place for place in comments if place[0] in rows and place[1] in used)
    problems: list[Diagnostic] = []
    for row, column in here[:_COMMENTS_LISTED]:
        text = comments[row, column]
        found = text if len(text) <= _COMMENT_SHOWN else f"{text[:_COMMENT_SHOWN]}…"
        where = cell_location(table, row, column)
        problems.append(Diagnostic("V324", where, unit=units.names[rows[row]], field=field_of.get(column), found=found))
    if len(here) > _COMMENTS_LISTED:
        where = cell_location(table, *here[_COMMENTS_LISTED])
        problems.append(Diagnostic("V325", where, arguments={"count": str(len(here) - _COMMENTS_LISTED)}))
    return problems


def _not_asked(ledger: Ledger, key: str) -> NDArray[np.bool_]:
    """Units that a column is not asked of, as all that is judged by it is known not to be for them."""
    scheme = ledger.scheme
    nobody = np.zeros(len(ledger.units), bool)
    asking = [
        item
        for item in scheme.criteria
        if (item.goal is not None and item.goal.field == key) or (not item.tasks and key in inputs_of(scheme, item.id))
    ]
    of_everybody = key in _keys_of_groups(scheme) or any(key in item.applies for item in scheme.criteria)
    if not asking or of_everybody:
        return nobody
    return reduce(np.logical_and, (passed_over(ledger, item) for item in asking))


def _blanks(sources: Sequence[_Read], schema: LedgerSchema, ledger: Ledger) -> Iterator[Diagnostic]:
    """Blank cells of what is judged, of units that it is asked of; of which kind a unit is, another table may say."""
    rated = _rated_keys(ledger.scheme)
    not_asked: dict[str, NDArray[np.bool_]] = {}
    for read in sources:
        for key in read.columns.fields:
            rows = np.flatnonzero((read.read[key].column.reason == Reason.BLANK) & (read.rows.unit >= 0))
            if key not in rated or not len(rows):
                continue
            if key not in not_asked:
                not_asked[key] = _not_asked(ledger, key)
            rows = rows[~not_asked[key][read.rows.unit[rows]]]
            yield from _blank_warnings(read, key, schema.fields[key], ledger, rows)


def _blank_warnings(
    read: _Read, key: str, item: LedgerField, ledger: Ledger, rows: NDArray[np.intp]
) -> list[Diagnostic]:
    column = read.column_of[key]
    # a target (比目标) of 0 is none either
    target = any(criterion.goal is not None and criterion.goal.field == key for criterion in ledger.scheme.criteria)
    instead: Text = ("", "") if target else absence(item)
    problems = [
        Diagnostic(
            "V313",
            cell_location(read.table, read.table.body[row], column),
            unit=ledger.units.name[read.rows.unit[row]],
            field=key,
            expected=expectation(item),
            arguments={"label": item.label, "absence": instead},
        )
        for row in rows[:_LISTED].tolist()
    ]
    if len(rows) > _LISTED:
        where = cell_location(read.table, read.table.header_last, column)
        arguments = {"label": item.label, "count": str(len(rows) - _LISTED)}
        problems.append(Diagnostic("V318", where, field=key, arguments=arguments))
    return problems


_NO_VALUE_ORDER = (
    Reason.CONFLICTING,
    Reason.UNREADABLE,
    Reason.INVALID,
    Reason.AMBIGUOUS,
    Reason.BLANK,
    Reason.ABSENT_COLUMN,
)


def merge_values(values: Sequence[tuple[Any, Reason]]) -> tuple[int, Reason]:
    """One value out of several cells for one field: which counts, or why none does.

    Blank or absent against a value: the value. Two different read values, or a value and an unreadable one:
    conflicting.
    """
    known = [place for place, (_, reason) in enumerate(values) if reason is Reason.KNOWN]
    broken = [
        place
        for place, (_, reason) in enumerate(values)
        if reason not in {Reason.KNOWN, Reason.BLANK, Reason.ABSENT_COLUMN}
    ]
    if known:
        first = values[known[0]][0]
        if broken or any(not same_value(values[place][0], first) for place in known[1:]):
            return known[0], Reason.CONFLICTING
        return known[0], Reason.KNOWN
    for reason in _NO_VALUE_ORDER:
        for place, (_, given) in enumerate(values):
            if given is reason:
                return place, reason
    return 0, Reason.BLANK


def same_value(one: Any, other: Any) -> bool:
    """Whether two stored values are the same: numbers by 15 significant digits, days by both ends."""
    if isinstance(one, float | np.floating):
        return exact(float(one)) == exact(float(other))
    return bool(np.array_equal(one, other))


def _merge_columns(
    read: _Read,
    key: str,
    item: LedgerField,
    versions: Sequence[ReadColumn],
    units: _UnitList,
    problems: list[Diagnostic],
) -> ReadColumn:
    """Two columns of one table for one field, row by row; of a doubtful field no value is taken."""
    places = [column for column, _ in read.columns.fields[key]]
    first = versions[0].column
    values, reason = first.values.copy(), first.reason.copy()
    for row in np.flatnonzero(read.rows.unit >= 0).tolist():
        given = [(version.column.values[row], Reason(int(version.column.reason[row]))) for version in versions]
        taken, why = merge_values(given)
        if key in read.columns.doubtful and any(found is not Reason.BLANK for _, found in given):
            reason[row] = Reason.AMBIGUOUS
            read.second[key, row] = places
            continue
        values[row], reason[row] = versions[taken].column.values[row], why
        if why is Reason.CONFLICTING:
            read.second[key, row] = places
            where = cell_location(read.table, read.table.body[row], places[1])
            found = "；".join(cell_text(_cell(read.table, row, column)) for column in places)
            name = units.names[read.rows.unit[row]]
            problems.append(Diagnostic("R413", where, unit=name, field=key, found=found, expected=expectation(item)))
        elif taken > 0:
            read.second[key, row] = [places[taken]]
    values[(reason == Reason.CONFLICTING) | (reason == Reason.AMBIGUOUS)] = empty_values(item.kind, 1)[0]
    return ReadColumn(Column(first.kind, values, reason, first.options), ())


def _cell(table: Table, row: int, column: int) -> Cell:
    return table.cells(column)[row]


# --- assembling -------------------------------------------------------------------------------------------------------


def _assemble(
    sources: Sequence[_Read], units: _UnitList, scheme: Scheme, used: frozenset[str]
) -> tuple[Ledger, list[Diagnostic]]:
    """Scatter the rows of all tables over the units; where a unit has several rows, merge them."""
    moved = np.append(units.in_register_order(), -1)  # -1, no unit, stays -1
    for read in sources:
        read.rows.unit = moved[read.rows.unit].astype(np.int32)
    size = len(units.names)
    table_of, row_of = np.full(size, -1, np.int32), np.full(size, -1, np.int32)
    rows_of: list[tuple[int, NDArray[np.intp], NDArray[np.int32]]] = []
    count = np.zeros(size, np.int32)
    for number, read in enumerate(sources):
        rows = np.flatnonzero(read.rows.unit >= 0)
        places = read.rows.unit[rows]
        count += np.bincount(places, minlength=size).astype(np.int32)
        table_of[places] = number
        body = read.table.body
        row_of[places] = (
            np.arange(body.start, body.stop, dtype=np.int32)[rows]
            if isinstance(body, range)
            else np.array(body, np.int32)[rows]
        )
        rows_of.append((number, rows, places))
    problems: list[Diagnostic] = []
    several: dict[tuple[int, str], Sequence[tuple[int, int, int]]] = {}
    doubled = set(np.flatnonzero(count > 1).tolist())
    occurrences: dict[int, list[tuple[int, int]]] = defaultdict(list)
    if doubled:
        for number, rows, places in rows_of:
            for row, place in zip(rows.tolist(), places.tolist(), strict=True):
                if place in doubled:
                    occurrences[place].append((number, row))
    present = {key for read in sources for key in read.read}
    straight = len(sources) == 1 and not sources[0].second and np.array_equal(sources[0].rows.unit, np.arange(size))
    columns: dict[str, Column] = {}
    for key, item in scheme.ledger_columns.items():
        if key not in present and key not in used:
            continue
        if straight and key in sources[0].read:
            columns[key] = sources[0].read[key].column
            continue
        column = Column.missing(item.kind, size, Reason.ABSENT_COLUMN, item.options)
        for number, rows, places in rows_of:
            found = sources[number].read.get(key)
            if found is not None:
                column.values[places] = found.column.values[rows]
                column.reason[places] = found.column.reason[rows]
            for (second_key, row), at in sources[number].second.items():
                if second_key == key:
                    body_row = sources[number].table.body[row]
                    several[int(sources[number].rows.unit[row]), key] = [(number, body_row, place) for place in at]
        for place, rows_here in occurrences.items():
            _merge_rows(key, item, place, rows_here, sources, column, several, units, problems)
        column.reason[count == 0] = Reason.BLANK
        columns[key] = column
    for place, rows_here in occurrences.items():
        number, row = rows_here[1]
        read = sources[number]
        where = cell_location(
            read.table, read.table.body[row], read.columns.unit.get("name", read.table.headers[0].column)
        )
        problems.append(Diagnostic("R412", where, unit=units.names[place], arguments={"count": str(len(rows_here))}))
    frame = units.frame(count > 0)
    counts = [len(rows) for _, rows, _ in rows_of]
    origin = TableOrigin(
        [read.table for read in sources], counts, table_of, row_of, [read.column_of for read in sources], several
    )
    ledger = Ledger(scheme, frame, columns, origin, aside=sum(len(read.rows.aside) for read in sources))
    problems += _empty_rows(ledger, used)
    return with_derived(ledger, units.as_of), problems


def _merge_rows(
    key: str,
    item: LedgerField,
    place: int,
    rows: Sequence[tuple[int, int]],
    sources: Sequence[_Read],
    column: Column,
    several: dict[tuple[int, str], Sequence[tuple[int, int, int]]],
    units: _UnitList,
    problems: list[Diagnostic],
) -> None:
    given: list[tuple[Any, Reason]] = []
    cells: list[tuple[int, int, int]] = []
    for number, row in rows:
        read = sources[number].read.get(key)
        if read is None:
            continue
        given.append((read.column.values[row], Reason(int(read.column.reason[row]))))
        cells.append((number, sources[number].table.body[row], sources[number].column_of[key]))
    if not given:
        return
    taken, why = merge_values(given)
    column.reason[place] = why
    if why is Reason.CONFLICTING:
        column.values[place] = empty_values(item.kind, 1)[0]
        several[place, key] = cells
        number, absolute, column_number = cells[-1]
        where = cell_location(sources[number].table, absolute, column_number)
        found = "；".join(_found_text(sources[at], row, key) for at, row in rows if key in sources[at].read)
        problems.append(
            Diagnostic("R413", where, unit=units.names[place], field=key, found=found, expected=expectation(item))
        )
        return
    column.values[place] = given[taken][0]
    several[place, key] = [cells[taken]]


def _found_text(read: _Read, row: int, key: str) -> str:
    return cell_text(_cell(read.table, row, read.column_of[key]))


def _empty_rows(ledger: Ledger, used: frozenset[str]) -> list[Diagnostic]:
    """Units with a row in which every column of the scheme is blank."""
    valued = np.zeros(len(ledger.units), bool)
    for key in used:
        reason = ledger.columns[key].reason
        valued |= (reason != Reason.BLANK) & (reason != Reason.ABSENT_COLUMN)
        if valued.all():
            return []
    return [
        Diagnostic("R402", _row_location(ledger, place), unit=ledger.units.name[place])
        for place in np.flatnonzero(ledger.units.reported & ~valued).tolist()
    ]


def _row_location(ledger: Ledger, unit: int) -> Location:
    origin = ledger.origin
    assert isinstance(origin, TableOrigin)
    table = origin.tables[int(origin.table_of[unit])]
    return cell_location(table, int(origin.row_of[unit]), columns_of(table).get("name", table.headers[0].column))


_EARLIEST = date(1949, 10, 1)


def _odd_dates(ledger: Ledger, as_of: date, used: frozenset[str]) -> list[Diagnostic]:
    """Dates after ``as_of``, unknown by 可在将来 (V342) or kept (V316); before 1949 (V340), without a day (V341).

    Of those that are kept a person should look at each.
    """
    problems: list[Diagnostic] = []
    day = as_of.toordinal()
    for key in used:
        column = ledger.columns[key]
        if column.kind is not Kind.DATE:
            continue
        field = ledger.scheme.fields.get(key)
        to_come = field is not None and field.to_come is True
        first, last = column.values[:, 0], column.values[:, 1]
        for code, odd in (
            ("V342", column.reason == Reason.NOT_YET),
            ("V316", column.known & (first > day) & (not to_come)),
            ("V340", column.known & (first < _EARLIEST.toordinal())),
            ("V341", column.known & (first < last)),
        ):
            for unit in np.flatnonzero(odd)[:_LISTED].tolist():
                where = next(iter(ledger.cells(unit, key)), Location())
                day_found = date.fromordinal(int(first[unit])).isoformat()
                month = day_found[:7]
                found = month if first[unit] < last[unit] else day_found
                arguments = {"as_of": as_of.isoformat(), "month": month}
                name = ledger.units.name[unit]
                problems.append(Diagnostic(code, where, unit=name, field=key, found=found, arguments=arguments))
    return problems


def _out_of_range(ledger: Ledger) -> Iterator[Diagnostic]:
    """Values of formulas beyond their 范围 (V303), at the first of their cells: some cell of them is wrong."""
    for item in ledger.scheme.criteria:
        if item.expression is None or item.bounds is None:
            continue
        column = ledger.columns[item.id]
        wrong = column.reason == Reason.INVALID
        for name in names_in(item.expression):
            wrong &= ledger.columns[name].known
        for unit in np.flatnonzero(wrong).tolist():
            where = next(iter(ledger.cells(unit, item.id)), Location())
            found = f"{decimal15(float(column.values[unit])):f}{item.unit or ''}"
            name = ledger.units.name[unit]
            yield Diagnostic("V303", where, unit=name, field=item.id, found=found, expected=expectation(item))


def _control_totals(sources: Sequence[_Read], ledger: Ledger) -> list[Diagnostic]:
    """合计 rows against the sum over the distinct units they cover; exactly.

    A total covers the units above it since the previous one; one right under another all of them, or those since the
    last such total, where every page has its own. Where a table begins with a total, totals stand over what
    they cover: up to the next one. Who wrote it counted all rows that stand there, also those set aside here. A
    mismatch is only said if no other way adds up either: without units of another kind, without rows set aside.
    """
    problems: list[Diagnostic] = []
    for read in sources:
        totals = list(read.rows.totals)
        if not totals:
            continue
        rated = set(np.flatnonzero(read.rows.unit >= 0).tolist())
        units = sorted(rated.union(read.rows.aside))
        leading = bool(totals) and bool(rated) and totals[0] < min(rated)
        page = -1
        for place, total in enumerate(totals):
            before = [row for row in units if (totals[place - 1] if place else -1) < row < total]
            after = [
                row
                for row in units
                if total < row < (totals[place + 1] if place + 1 < len(totals) else len(read.rows.unit))
            ]
            above, below = [row for row in units if row < total], [row for row in units if row > total]
            on_page = [row for row in above if row > page]
            # up to the next total that stands under rows, as where every page begins with totals of its own
            ends = next((end for end in totals[place + 1 :] if below and end > below[0]), len(read.rows.unit))
            page_below = [row for row in below if row < ends]
            own = not rated.isdisjoint(before)
            if leading:
                ways = [after or below or above, before, page_below]
            else:
                ways = [before] if own else [before, above, on_page]
            page = page if own else total
            ways += [[row for row in rows if row not in read.rows.other_kind] for rows in ways]
            ways += [[row for row in rows if row in rated] for rows in ways]
            ways = [list(rows) for rows in dict.fromkeys(map(tuple, ways)) if rows]
            for key, found in read.read.items() if total not in read.moved else ():
                item = ledger.scheme.ledger_columns[key]
                if item.kind in {Kind.NUMBER, Kind.INTEGER}:
                    said = [_control_total(read, key, item, found, rows, total) for rows in ways]
                    problems += said[0] if said and all(said) else []
    return problems


def _control_total(
    read: _Read, key: str, item: LedgerField, found: ReadColumn, rows: Sequence[int], total: int
) -> list[Diagnostic]:
    column, header_unit = read.columns.fields[key][0]
    cell = _cell(read.table, total, column)
    stated = read_cell(item, cell, header_unit if item.unit is not None else None)
    if stated.reason is not Reason.KNOWN or isinstance(stated.value, bool | str | tuple) or stated.value is None:
        return []
    by_unit: dict[int, Fraction] = {}
    for row in rows:
        reason = Reason(int(found.column.reason[row]))
        if reason is Reason.BLANK:
            continue
        if reason is not Reason.KNOWN:
            return []
        by_unit.setdefault(read.rows.owner(row), exact(float(found.column.values[row])))
    added = sum(by_unit.values(), Fraction(0))
    if added == Fraction(stated.value):
        return []
    shown = cell_text(float(added))
    stands = cell_text(float(cell) if isinstance(cell, PhoneLike) else cell)  # it was read as an amount
    where = cell_location(read.table, read.table.body[total], column)
    arguments = {"label": item.label, "sum": shown, "unit_of_field": item.unit or "", "rows": str(len(by_unit))}
    arguments["stated"] = cell_text(float(stated.value))
    label = read.rows.totals[total].strip()
    problems = [Diagnostic("J502", where, unit=label, field=key, found=stands, expected=shown, arguments=arguments)]
    if _typed(read.table):
        cells = read.table.cells(column)
        texts = {read.rows.owner(row) for row in rows if _is_number_as_text(cells[row])}
        if texts and added - sum((by_unit.get(unit, Fraction(0)) for unit in texts), Fraction(0)) == stated.value:
            arguments = {"count": str(len(texts))}
            problems.append(Diagnostic("V326", where, unit=label, field=key, found=stands, arguments=arguments))
    return problems
