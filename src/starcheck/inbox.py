"""What the user handed over: which files there are, what each one is, and what their titles and names say.

Every file ends as read, register, targets, skipped (found in a folder and of another kind), or unreadable. Nothing is
passed over without a word.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Protocol

from starcheck.archive import open_archive
from starcheck.cells import Cell, Limits, PhoneLike, Place, PrivateText, Refused, column_letters
from starcheck.diagnostic import Diagnostic, Location, Severity, Text
from starcheck.identity import HEADERS, REPLY_HEADERS
from starcheck.intake import HeaderIndex, LedgerTable, is_total, private_in_column
from starcheck.messages import both
from starcheck.private import kind_words, masked
from starcheck.register import VILLAGE, Register, code_text, columns_of, fold_name, is_register, township_base
from starcheck.scheme import Scheme
from starcheck.table import FOOTER, PROBLEM_COLUMN, Header, LayoutPin, Table, find_tables, title_lines
from starcheck.units import fold, normalise_header
from starcheck.workbook import Sheet, Workbook, read_workbook, within

SPREADSHEETS = frozenset({".xlsx", ".xlsm", ".xlsb", ".xls", ".et", ".ods", ".csv", ".tsv", ".html", ".htm", ".zip"})
_LOCK = "~$"

_PERIOD = re.compile(r"(20\d\d)\s*(?:年|[-./_])\s*(0?[1-9]|1[0-2])(?!\d)\s*月?(?![\d日])")
_COMPACT_PERIOD = re.compile(r"(?<!\d)(20\d\d)(0[1-9]|1[0-2])(?!\d)")
_SEVERAL_MONTHS = re.compile(
    r"年\s*(?:0?[1-9]|1[0-2])\s*月?份?\s*[-－—–―~～至到、,，和及与]+\s*(?:0?[1-9]|1[0-2])\s*月"
)
"""2022年5月、6月, 1—6月: neither of them is the ledger's."""
_YEAR = re.compile(r"(?<!\d)(20\d\d)\s*年?度?(?!\d)")
_MONTH_ONLY = re.compile(r"(?<!\d)(0?[1-9]|1[0-2])\s*月")
_SIGNED = re.compile(r"填报时间|填表日期|填表时间|填报日期|制表|上报时间|报出日期|时间[:：]")
_COUNTY = re.compile(r"[一-鿿]{1,7}?(?:自治县|县|区|市|旗(?!区|县|市))(?!镇|乡(?!镇)|街道|村|社区|直)")
_NOT_A_COUNTY = re.compile(r"(?:社区|小区|片区|园区|示范区|地区|辖区|山区|景区|新区|校区|郊区|农村区|城市)$")
_TOWNSHIP = r"(?!乡镇|各|全)([一-鿿]{1,6}?(?:街道|镇|乡))(?!村|[镇乡])"


@dataclass(frozen=True, slots=True)
class FoundTable:
    """A ledger's table with what its surroundings say; None where they say nothing."""

    table: Table
    county: str | None
    county_reason: Text | None
    period: str | None
    period_reason: Text | None
    period_by_folder: bool = False
    """Whether only the folder's name says the period: enough where nothing else does, too little to contradict."""
    folder: str = ""
    """The name of the file's folder."""


@dataclass(slots=True)
class FileRead:
    """One file of the run and what it turned out to be. ``path`` of a file in an archive leads through the archive."""

    file: str
    sha256: str | None
    status: str
    path: Path
    tables: list[Table] = field(default_factory=list)
    passed_over: list[str] = field(default_factory=list)
    """Sheets of our own (instructions of a template, the list of problems): known by their mark, and not read."""
    workbook: Workbook | None = None
    data: bytes | None = None
    """The bytes of a file in an archive; others are at ``path``."""


@dataclass(slots=True)
class Inbox:
    """Everything that was handed over, read and sorted."""

    files: list[FileRead] = field(default_factory=list)
    ledgers: list[FoundTable] = field(default_factory=list)
    registers: list[Table] = field(default_factory=list)
    targets: list[Table] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)

    @property
    def workbooks(self) -> Iterator[Workbook]:
        """Those of the files that could be read."""
        return (read.workbook for read in self.files if read.workbook is not None)

    @property
    def unread(self) -> bool:
        """Whether an input could not be read, so that the result is incomplete."""
        return any(read.status == "unreadable" for read in self.files)


class MemoryHere(Protocol):
    """What is remembered of one sheet (``remembered.Here``)."""

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers that mean something in it, normalised."""

    @property
    def naming(self) -> Mapping[str, frozenset[str]]:
        """What the columns of the unit are called in it."""

    @property
    def pin(self) -> LayoutPin | None:
        """Where its table is."""

    def applied(self, table: Table) -> tuple[Table, Sequence[Diagnostic]]:
        """The table under the scheme's names."""


class Memory(Protocol):
    """What is remembered of workbooks (``remembered.Remembered``)."""

    def of(self, sheet: Sheet, title: Sequence[str]) -> MemoryHere:
        """What concerns a sheet with these lines above its table."""

    def in_vain(self, tables: Sequence[Table]) -> Iterable[Diagnostic]:
        """What is to be said of headers that no table has."""


@dataclass(frozen=True, slots=True)
class _Found:
    path: Path
    shown: str
    named: bool


@dataclass(frozen=True, slots=True)
class FilesOf:
    """Some files of a folder, read as if it held no others."""

    folder: Path
    files: tuple[Path, ...]


Handed = Path | FilesOf
"""What is handed over to be read."""


def files_inside(folder: Path) -> list[Path]:
    """The files of a folder and of those in it, in order of name; nothing hidden."""
    return sorted(
        inner
        for inner in folder.rglob("*")
        if inner.is_file() and not any(part.startswith(".") for part in inner.relative_to(folder).parts)
    )


def find_files(paths: Sequence[Handed]) -> Iterator[_Found]:
    """The files behind the arguments: as named, or found in a named folder, in order of name, each once."""
    seen: set[Path] = set()
    for path in paths:
        if isinstance(path, FilesOf) or path.is_dir():
            folder, inside = (path.folder, path.files) if isinstance(path, FilesOf) else (path, files_inside(path))
            found = [_Found(inner, readable(inner.relative_to(folder).as_posix()), named=False) for inner in inside]
        else:
            found = [_Found(path, readable(path.name), named=True)]
        for item in found:
            key = item.path.absolute()
            if key not in seen:
                seen.add(key)
                yield item


def readable(name: str) -> str:
    """A file's name as text, also where the locale could not decode it; a private number in it is masked."""
    try:
        name.encode()
    except UnicodeEncodeError:
        name = os.fsencode(name).decode("utf-8", "replace")
    return masked(name)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What schemes call things, normalised: by it a table's header is known among the lines of a sheet."""

    columns: frozenset[str] = frozenset()
    """What the columns of fields and criteria are called."""
    names: frozenset[str] = frozenset()
    """What the column of the unit's name is called (名称列)."""
    tiers: frozenset[str] = frozenset()

    @property
    def headers(self) -> frozenset[str]:
        """What any column of a ledger may be called."""
        return self.columns | self.names

    @classmethod
    def of(cls, *schemes: Scheme) -> Vocabulary:
        """The words of schemes."""
        indexes = [HeaderIndex(scheme) for scheme in schemes]
        return cls(
            frozenset().union(*(index.by_spelling.keys() for index in indexes)),
            frozenset().union(*(index.names for index in indexes)),
            _tier_words(schemes),
        )

    def __or__(self, other: Vocabulary) -> Vocabulary:
        """The words of both."""
        return Vocabulary(self.columns | other.columns, self.names | other.names, self.tiers | other.tiers)


def read_inbox(
    paths: Sequence[Handed],
    words: Vocabulary,
    *,
    limits: Limits | None = None,
    memory: Memory | None = None,
) -> tuple[Inbox, list[Workbook]]:
    """Read every file, and every file in an archive. Tables are sorted later (``sort_tables``)."""
    known = words.headers | words.tiers | frozenset().union(*HEADERS.values())
    reader = _Reader(known, words.tiers, limits or Limits(), memory, words.names)
    for found in find_files(paths):
        reader.read(found)
    inbox = reader.inbox
    if memory is not None:
        inbox.diagnostics += memory.in_vain([table for item in inbox.files for table in item.tables])
    for path in paths:
        if isinstance(path, FilesOf):
            continue
        if path.is_dir() and not any(item.status != "skipped" and path in item.path.parents for item in inbox.files):
            inbox.diagnostics.append(Diagnostic("F108", Location(readable(str(path)))))
    return inbox, reader.workbooks


class _Reader:
    """Reads one file after the other, and the members of archives."""

    def __init__(
        self,
        known: frozenset[str],
        tiers: frozenset[str],
        limits: Limits,
        memory: Memory | None,
        named: frozenset[str],
    ) -> None:
        self._memory = memory
        self.inbox = Inbox()
        self.workbooks: list[Workbook] = []
        self._known = known
        self._named = named
        self._tiers = tiers
        self._limits = limits
        self._names: set[str] = set()

    def _naming(self, naming: Mapping[str, frozenset[str]]) -> Mapping[str, frozenset[str]]:
        """The same with what the schemes call the column of the unit's name."""
        return {**naming, "name": naming["name"] | self._named} if self._named else naming

    def read(self, found: _Found) -> None:
        """Read a file as what it is."""
        shown = found.shown if found.shown not in self._names else readable(found.path.as_posix())
        shown = self._unheard(shown)
        reason = None if found.named else skip_reason(found.path)
        if reason is not None:
            problem = Diagnostic("F107", Location(shown), arguments={"reason": reason})
            self._put(shown, found.path, "skipped", (problem,))
            return
        workbook, problems = read_workbook(found.path, shown=shown, known=self._known, limits=self._limits)
        if workbook is None and self._archive(found.path, shown):
            return
        self._take(shown, found.path, workbook, problems)

    def _unheard(self, shown: str) -> str:
        """A name that no file has yet: names may be told apart only by what is masked."""
        if shown in self._names:
            shown = f"{shown} ({len(self._names)})"
        self._names.add(shown)
        return shown

    def _archive(self, path: Path, shown: str) -> bool:
        """Read the members of an archive; whether it is one."""
        count = len(self.inbox.files)
        try:
            members = open_archive(path, shown, _member_skip_reason, self._limits)
            if members is None:
                return False
            for member in members:
                inner, name = path.joinpath(*member.name.parts), self._unheard(masked(f"{shown}/{member.name}"))
                if member.data is None:
                    self._put(name, inner, "skipped" if member.skipped else "unreadable", member.problems)
                    continue
                if inner.suffix.lower() == ".xml" and not _is_xml_spreadsheet(member.data):
                    reason = "不是表格文件（.xml）", "not a spreadsheet (.xml)"
                    problem = Diagnostic("F136", Location(name), arguments={"reason": reason})
                    self._put(name, inner, "skipped", (*member.problems, problem))
                    continue
                workbook, problems = read_workbook(
                    inner, shown=name, known=self._known, limits=self._limits, data=member.data
                )
                self._take(name, inner, workbook, (*member.problems, *problems), member.data)
        except Refused as refused:
            problem = Diagnostic(refused.code, Location(shown), arguments=refused.arguments)
            self._put(shown, path, "unreadable", (problem,))
        if all(item.status == "skipped" for item in self.inbox.files[count:]):
            self._put(shown, path, "unreadable", (Diagnostic("F108", Location(shown)),))
        return True

    def _put(self, shown: str, path: Path, status: str, problems: Sequence[Diagnostic]) -> None:
        self.inbox.files.append(FileRead(shown, None, status, path))
        self.inbox.diagnostics += problems

    def _take(
        self,
        shown: str,
        path: Path,
        workbook: Workbook | None,
        problems: Sequence[Diagnostic],
        data: bytes | None = None,
    ) -> None:
        if workbook is None:
            self._put(shown, path, "unreadable", problems)
            return
        read = FileRead(shown, workbook.sha256, "read", path, workbook=workbook, data=data)
        marked = False
        sheets: list[Sheet] = []
        for sheet in workbook.sheets:
            if is_instructions(sheet) or is_problem_list(sheet):
                marked |= is_problem_list(sheet)
                read.passed_over.append(sheet.name or "")
                continue
            sheets.append(sheet)
        try:
            found = within(self._limits.seconds, lambda: list(self._tables(sheets)))
        except Refused as refused:
            problem = Diagnostic(refused.code, Location(shown), arguments=refused.arguments)
            self._put(shown, path, "unreadable", (*problems, problem))
            return
        self.inbox.diagnostics += problems
        for tables, notes in found:
            self.inbox.diagnostics += notes
            read.tables += tables
        ours = (
            marked or PROBLEM_COLUMN not in self._known
        )  # where the scheme has such a column, only what says it is ours
        read.tables[:] = [_without_problem_column(table, ours=ours) for table in read.tables]
        self.inbox.files.append(read)
        self.workbooks.append(workbook)

    def _tables(self, sheets: Sequence[Sheet]) -> Iterator[tuple[Sequence[Table], Sequence[Diagnostic]]]:
        """The tables of each sheet of a workbook, with what is remembered of it."""
        if self._memory is None:
            yield from (find_tables(sheet, self._known, self._naming(HEADERS), self._tiers) for sheet in sheets)
            return
        titles = [title_lines(sheet, self._known) for sheet in sheets]
        memories = [self._memory.of(sheet, title) for sheet, title in zip(sheets, titles, strict=True)]
        pins, said = _pins(sheets, titles, [here.pin for here in memories])
        yield (), said
        for sheet, here, pin in zip(sheets, memories, pins, strict=True):
            known = self._known | here.headers.keys()
            found, notes = find_tables(sheet, known, self._naming(here.naming), self._tiers, pin=pin)
            applied = [here.applied(table) for table in found]
            yield [table for table, _ in applied], [*notes, *(note for _, notes in applied for note in notes)]


def _pins(
    sheets: Sequence[Sheet], titles: Sequence[Sequence[str]], pins: Sequence[LayoutPin | None]
) -> tuple[list[LayoutPin | None], list[Diagnostic]]:
    """The pins that hold in a workbook: those of a sheet that it does not have are left aside, and said once.

    A sheet that names no township is under the pin of the others, if they have one that says which sheet to read.
    """
    names = {sheet.name for sheet in sheets} - {None}
    lost = dict.fromkeys(pin for pin in pins if pin is not None and names and pin.sheet not in {None, *names})
    said = [
        Diagnostic("T242", Location(sheets[0].file), arguments={"reason": _no_such_sheet(pin.sheet or "")})
        for pin in lost
    ]
    held = [None if pin in lost else pin for pin in pins]
    shared = {pin for pin in held if pin is not None and pin.sheet is not None}
    if len(shared) == 1 and names:
        of_book = shared.pop()
        for place, (sheet, title) in enumerate(zip(sheets, titles, strict=True)):
            if (
                held[place] is None
                and pins[place] is None
                and not re.search(_PLACE, " ".join((sheet.name or "", *title)))
            ):
                held[place] = of_book
    return held, said


_PLACE = "[一-鿿]{2}(?:镇|乡|街道)"


def _no_such_sheet(name: str) -> Text:
    return f"没有“{name}”这张工作表", f"there is no sheet “{name}”"


_MARK = re.compile(r"〔starcheck ([0-9a-f]{16})〕$")


def instructions_mark(words: str, texts: Iterable[str]) -> str:
    """The first cell of a template's sheet of instructions: ``words``, and a digest of the sheet's other texts.

    Spaces do not count, since programs that save a sheet change them.
    """
    plain = "\n".join("".join(text.split()) for text in texts)
    return f"{words}〔starcheck {hashlib.sha256(plain.encode()).hexdigest()[:16]}〕"


def is_instructions(sheet: Sheet) -> bool:
    """Whether a sheet is what a template said, word for word: what anybody has written into it is never passed over."""
    first = sheet.rows[0][0] if sheet.rows and sheet.rows[0] and not sheet.top and not sheet.left else None
    if not isinstance(first, str) or _MARK.search(first) is None:
        return False
    others = [cell for row in sheet.rows for cell in row if cell is not None][1:]
    return (
        all(isinstance(cell, str) for cell in others)
        and instructions_mark(_MARK.sub("", first), (cell for cell in others if isinstance(cell, str) and cell.strip()))
        == first
    )


def _member_skip_reason(name: PurePosixPath) -> Text | None:
    """Why a file in an archive is not looked at. One without any suffix may be anything."""
    if name.name.startswith(_LOCK):
        return "~$ 开头，是打开着的文件的锁", "starts with ~$: the lock of an open file"
    suffix = name.suffix.lower()
    if suffix and suffix not in SPREADSHEETS | {".xml"}:
        return f"不是表格文件（{suffix}）", f"not a spreadsheet ({suffix})"
    return None


PROBLEM_LIST_MARK = "〔starcheck 问题清单〕"
"""Ends the first cell of the sheet that lists the problems of a workbook given back."""


def is_problem_list(sheet: Sheet) -> bool:
    """Whether a sheet is the list of problems that we put into a workbook given back."""
    first = sheet.rows[0][0] if sheet.rows and not sheet.top and not sheet.left else None
    return isinstance(first, str) and first.endswith(PROBLEM_LIST_MARK)


def _without_problem_column(table: Table, *, ours: bool) -> Table:
    """A table without the column of problems that we put beside it, also where the list of them was deleted.

    ``ours``: a column of that name in which nothing stands is ours, too.
    """
    headers = tuple(header for header in table.headers if not _is_problem_column(table, header, ours=ours))
    return replace(table, headers=headers) if headers and len(headers) < len(table.headers) else table


_OUR_LINE = re.compile(r"〔[0-9A-F]{6}(?:-\d+)?〕")


def only_our_lines(cells: Iterable[Cell]) -> bool:
    """Whether nothing but what we write into a column of problems stands in some cells, if anything does."""
    return all(cell is None or (isinstance(cell, str) and _OUR_LINE.match(cell)) for cell in cells)


def _is_problem_column(table: Table, header: Header, *, ours: bool) -> bool:
    if header.texts[-1:] != (PROBLEM_COLUMN,):
        return False
    cells = table.cells(header.column)
    return only_our_lines(cells) and (ours or any(cell is not None for cell in cells))


def skip_reason(path: Path) -> Text | None:
    """Why a file that is found in a folder is not read; None where it is."""
    if path.name.startswith(_LOCK):
        return "~$ 开头，是打开着的文件的锁", "starts with ~$: the lock of an open file"
    if path.suffix.lower() not in SPREADSHEETS and not (path.suffix.lower() == ".xml" and _is_spreadsheet(path)):
        return f"不是表格文件（{path.suffix or '无后缀'}）", f"not a spreadsheet ({path.suffix or 'no suffix'})"
    return None


def _is_spreadsheet(path: Path) -> bool:
    """Whether an XML file is a spreadsheet; most in an office's folders are something else."""
    try:
        with path.open("rb") as stream:
            return _is_xml_spreadsheet(stream.read(4096))
    except OSError:
        return True  # reading it will say why not


def _is_xml_spreadsheet(head: bytes) -> bool:
    return b"urn:schemas-microsoft-com:office:spreadsheet" in head[:4096].replace(b"\0", b"")


def _tier_words(schemes: Iterable[Scheme]) -> frozenset[str]:
    ladders = (ladder for scheme in schemes for ladder in scheme.tiering.ladders)
    return frozenset(normalise_header(tier.name) for ladder in ladders for tier in ladder.tiers)


def sort_tables(inbox: Inbox, scheme: Scheme) -> None:
    """Tell ledgers, registers and targets apart: a table with any column of the scheme is a ledger."""
    index = HeaderIndex(scheme)
    tiers = _tier_words([scheme])
    for read in inbox.files:
        if read.status != "read":
            continue
        kinds: set[str] = set()
        for table in read.tables:
            where = Location(read.file, table.sheet.name)
            if columns_of(table, REPLY_HEADERS).keys() == REPLY_HEADERS.keys():
                kinds.add("skipped")
                reason = both("why.reply")
                inbox.diagnostics.append(
                    Diagnostic("F107", where, arguments={"reason": reason}, severity=Severity.WARNING)
                )
            elif index.hits(table):
                kinds.add("read")
                inbox.ledgers.append(_surroundings(table, readable(read.path.absolute().parent.name)))
                inbox.diagnostics += _hidden(table)
            elif is_register(table):
                kinds.add("register")
                inbox.registers.append(table)
                inbox.diagnostics.append(
                    Diagnostic(
                        "F109",
                        where,
                        arguments={"reason": ("有编码、名称、乡镇三列", "it has the columns code, name and township")},
                    )
                )
                if "target" in columns_of(table):
                    inbox.targets.append(table)
            elif is_targets(table, tiers):
                kinds.add("targets")
                inbox.targets.append(table)
                inbox.diagnostics.append(
                    Diagnostic(
                        "F110",
                        where,
                        arguments={"reason": ("有争创星级或各档次的列", "it has 争创星级 or a column per tier")},
                    )
                )
        if not kinds:
            read.status = "unreadable"
            inbox.diagnostics += no_columns(read, inbox.diagnostics, f"{scheme.title}（{scheme.id}）")
        elif "read" not in kinds:
            read.status = next(kind for kind in ("register", "targets", "skipped") if kind in kinds)


def no_columns(read: FileRead, said: Iterable[Diagnostic], scheme: str) -> list[Diagnostic]:
    """T202 for a file without a column of a scheme; nothing where what has them is refused as it stands (T223)."""
    if any(one.code == "T223" and one.where.file == read.file for one in said):
        return []
    return [Diagnostic("T202", Location(read.file), arguments={"scheme": scheme})]


def _hidden(table: Table) -> list[Diagnostic]:
    """What of a ledger's table a person does not see: it is read all the same, and said."""
    sheet = table.sheet
    notes: list[Diagnostic] = []
    if sheet.visibility != "visible":
        notes.append(Diagnostic("T208", Location(sheet.file, sheet.name)))
    if sheet.places is not None:
        return [*notes, *_hidden_of_view(table)]
    rows = [row + 1 for row in table.body if row in sheet.hidden_rows] if sheet.hidden_rows else []
    columns = [header.column for header in table.headers if header.column in sheet.hidden_columns]
    if rows or columns:
        letters = "、".join(column_letters(column) for column in columns)
        parts = [f"{len(rows)} 行（{rows[0]}…{rows[-1]}）"] if rows else []
        found = "，".join([*parts, *([f"{len(columns)} 列（{letters}）"] if columns else [])])
        notes.append(Diagnostic("T209", Location(sheet.file, sheet.name), found=found))
    return notes


def _hidden_of_view(table: Table) -> list[Diagnostic]:
    """The hidden cells of a form, or of a table with its units across, by their addresses."""
    sheet = table.sheet
    cells = [
        sheet.address(row, header.column)
        for row in table.body
        for header in table.headers
        if row in sheet.hidden_rows or header.column in sheet.hidden_columns
    ]
    if not cells:
        return []
    addresses = "、".join(cells) if len(cells) <= _FEW_CELLS else f"{cells[0]}…{cells[-1]}"
    return [Diagnostic("T209", Location(sheet.file, sheet.name), found=f"{len(cells)} 格（{addresses}）")]


_FEW_CELLS = 5


def private_columns(tables: Iterable[Table]) -> Iterator[Diagnostic]:
    """F113 and F140 for the columns of registers and targets that hold private data and are not read."""
    for table in tables:
        used = set(columns_of(table).values())
        for header in table.headers:
            if header.column in used or not header.texts:
                continue
            yield from private_in_column(table, header.column, header.texts[-1])


def private_elsewhere(workbooks: Iterable[Workbook], inbox: Inbox, said: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """F140: private numbers in titles and footers, beside tables, in sheets that are no tables, in rows set aside.

    Eleven digits under a header are left to what was said of their column, ``said``: they may be an amount or a code.
    """
    told = {(found.where.file, found.where.sheet, found.where.cell) for found in said if found.code in _OF_PRIVATE}
    tables: dict[tuple[str, str | None], list[Table]] = {}
    for read in inbox.files:
        for table in read.tables:
            tables.setdefault((table.sheet.file, table.sheet.name), []).append(table)
    for sheet in (sheet for workbook in workbooks for sheet in workbook.sheets if sheet.private):
        here = tables.get((sheet.file, sheet.name), [])
        under, dropped = _under_headers(here if sheet.bulk is None else (), told)
        end = min((table.header_last for table in here), default=0) if sheet.bulk is not None else None
        for row, cells in enumerate(sheet.rows if end is None else sheet.rows[: end + 1], start=sheet.top):
            for column, cell in enumerate(cells, start=sheet.left):
                if not isinstance(cell, PrivateText | PhoneLike) or (row, column) in dropped:
                    continue
                where = sheet.location(row, column)
                accounted = isinstance(cell, PhoneLike) and (row, column) in under
                if not accounted and (where.file, where.sheet, where.cell) not in told:
                    yield Diagnostic("F140", where, found=str(cell), arguments={"kind": kind_words(cell.kinds)})


_OF_PRIVATE = frozenset({"V321", "V322", "F113", "F140"})


def _under_headers(
    tables: Iterable[Table], told: Collection[tuple[str | None, str | None, str | None]]
) -> tuple[set[Place], set[Place]]:
    """The places in the file of all cells under headers, and of those in columns that are ``told`` to be dropped."""
    under: set[Place] = set()
    dropped: set[Place] = set()
    for table in tables:
        for header in table.headers:
            places = [table.sheet.place(row, header.column) for row in table.body]
            under.update(places)
            where = table.sheet.location(table.header_last, header.column)
            if (where.file, where.sheet, where.cell) in told:
                dropped.update(places)
    return under, dropped


def is_targets(table: Table, tiers: frozenset[str]) -> bool:
    """Whether a table without any column of the scheme holds targets: a name or township, and a tier or tiers."""
    columns = columns_of(table)
    if not {"name", "township"} & columns.keys():
        return False
    spellings = {spelling for header in table.headers for spelling, _ in header.candidates()}
    return "target" in columns or len(spellings & tiers) > 0


def _surroundings(table: Table, folder: str) -> FoundTable:
    """County and period by the title, the sheet's name, the file's name and its folder's, in this order."""
    sheet = table.sheet
    places = [(_title(text), text) for text in table.above if not _SIGNED.search(text)]
    if sheet.name:
        places.append((_sheet_name(sheet.name), sheet.name))
    places.append((_file_name(sheet.file), Path(sheet.file).stem))
    if folder:
        places.append((_folder_name(folder), folder))
    period, period_reason = _first(places, period_in)
    if period is None:
        joined = _WRITTEN_PERIOD.sub(_in_figures, " ".join(text for _, text in reversed(places)))
        years, months = set(_YEAR.findall(joined)), set(map(int, _MONTH_ONLY.findall(joined)))
        if len(years) == 1 and len(months) == 1:
            period, period_reason = f"{years.pop()}-{months.pop():02d}", ("文件名和工作表名", "file and sheet name")
    county, county_reason = _first(places, county_in)
    by_folder = period_reason is not None and period_reason[1].startswith("folder name")
    return FoundTable(table, county, county_reason, period, period_reason, by_folder, folder)


def _title(text: str) -> Text:
    return f"标题“{text}”", f"title “{text}”"


def _sheet_name(name: str) -> Text:
    return f"工作表名“{name}”", f"sheet name “{name}”"


def _file_name(file: str) -> Text:
    return f"文件名“{Path(file).name}”", f"file name “{Path(file).name}”"


def _folder_name(folder: str) -> Text:
    return f"文件夹名“{folder}”", f"folder name “{folder}”"


def _first(places: Sequence[tuple[Text, str]], reader: object) -> tuple[str | None, Text | None]:
    for reason, text in places:
        found = reader(text)  # type: ignore[operator]
        if found is not None:
            return found, reason
    return None, None


_DIGITS = str.maketrans("〇○零一二三四五六七八九", "000123456789")
_WRITTEN_PERIOD = re.compile("([二][〇○零一二三四五六七八九]{3})年(十[一二]?|[一二三四五六七八九])月")
_TENS = {"十": "10", "十一": "11", "十二": "12"}


def _in_figures(match: re.Match[str]) -> str:
    month = _TENS.get(match[2]) or match[2].translate(_DIGITS)
    return f"{match[1].translate(_DIGITS)}年{month}月"


def period_in(text: str) -> str | None:
    """The month a text names, as ``2022-06``; None if it names none, or more than one."""
    text = _WRITTEN_PERIOD.sub(_in_figures, text)
    if _SEVERAL_MONTHS.search(text):
        return None
    found = {f"{year}-{int(month):02d}" for year, month in _PERIOD.findall(text)}
    if not found:
        found = {f"{year}-{month}" for year, month in _COMPACT_PERIOD.findall(text)}
    return found.pop() if len(found) == 1 else None


def periods_around(found: FoundTable) -> Iterator[tuple[str, Text]]:
    """The months that the lines above a table, its sheet's name and its file's name write, and the words of each.

    Also those that say nothing of the period for sure: when a form was filled in, two dates in one line.
    """
    sheet = found.table.sheet
    places: list[tuple[Text, str]] = [(("表上方", "above the table"), text) for text in found.table.above]
    places += [(("工作表名", "sheet name"), sheet.name or ""), (("文件名", "file name"), Path(sheet.file).stem)]
    for (zh, en), text in places:
        for written in _WRITTEN_DATE.finditer(_WRITTEN_PERIOD.sub(_in_figures, text)):
            period = period_in(written[1])
            if period is not None:
                yield period, (f"{sheet.file} {zh}“{written[0].strip()}”", f"{sheet.file}, {en} “{written[0].strip()}”")


_WRITTEN_DATE = re.compile(
    r"[^\s，,；;。（）()]{0,8}?(20\d\d\s*(?:年|[-./_])\s*\d{1,2}(?!\d)|(?<!\d)20\d{4}(?!\d))"
    r"\s*月?(?:[-./_]?\d{1,2}(?!\d)日?)?"
)


def county_in(text: str) -> str | None:
    """The county a title begins with: 清丰县 in 清丰县马庄桥镇…, also behind a province and a city."""
    rest = fold(text)
    rest = re.sub(r"^\d+年?(?:\d+月)?", "", rest)
    best: str | None = None
    while match := _COUNTY.match(rest):
        name = match[0]
        if _NOT_A_COUNTY.search(name) or re.match(r"..+(?:镇|乡|街道).", name[:-1]):
            break
        best = name
        rest = rest[match.end() :]
        if not name.endswith("市"):  # only a city has counties below it
            break
    if best is not None and "省" in best:
        best = best.split("省", 1)[1] or None
    return best if best is not None and len(best) > 1 else None


@dataclass(frozen=True, slots=True)
class Named:
    """A township that a text around a table names, and which text that is."""

    township: str
    where: Text
    in_full: bool = True
    """Whether with 乡, 镇 or 街道: without, it may be a village's name, too."""


def _named_in(text: str, where: Text, county: str | None, register: Register | None) -> Named | None:
    """The township in a text: one the register knows, else one written after the county."""
    if register is not None:
        known = register.township_named(text)
        return None if known is None else Named(known[0], where, known[1])
    folded = fold(text)
    if county is None or not folded.startswith(county):
        return None
    match = re.match(_TOWNSHIP, folded[len(county) :])
    return None if match is None else Named(match[1], where)


def _named_above(found: FoundTable, register: Register | None) -> list[Named]:
    """The townships that the lines above a table name, each once; those of remarks only where no other line does."""
    for lines in ([text for text in found.table.above if not FOOTER.match(text)], found.table.above):
        named = [_named_in(text, _title(text), found.county, register) for text in lines]
        towns = {one.township: one for one in reversed(named) if one is not None}
        if towns:
            return list(towns.values())
    return []


def _named_as_sheet(found: FoundTable, register: Register | None) -> Named | None:
    """The township that the name of a table's sheet says."""
    name = found.table.sheet.name
    return _named_in(name, _sheet_name(name), found.county, register) if name else None


def _named_of_itself(found: FoundTable, register: Register | None) -> list[Named]:
    """The townships of a table's title and sheet name, the nearest first; where the title names several, only those."""
    above, by_sheet = _named_above(found, register), _named_as_sheet(found, register)
    return above if by_sheet is None or len(above) > 1 else [*above, by_sheet]


@dataclass(frozen=True, slots=True)
class TownshipFound:
    """The township of a table by what is around it, which text says so, and which text says another one."""

    said: Named | None = None
    against: Named | None = None
    decided: bool = False
    """Whether the villages of the table are those of one of the two townships alone."""


def township_of(
    found: FoundTable, register: Register | None, of_workbook: Named | None = None, *, of_several: bool = False
) -> TownshipFound:
    """The township that title, sheet name, other sheets, file name or folder give, the nearest to the data first.

    Lines above a table that name two townships give none: it may be under either. ``of_workbook`` is what the other
    sheets of the file say; ``of_several`` that they are of several townships, of which the file may be named after one.
    The folder counts only where nothing else says anything.
    """
    file, folder = found.table.sheet.file, found.folder
    above = _named_above(found, register)
    if len(above) > 1:
        return TownshipFound()
    by_file = _named_in(Path(file).stem, _file_name(file), found.county, register)
    named = [one for one in (*above, _named_as_sheet(found, register), of_workbook, by_file) if one is not None]
    named = [one for one in named if not any(_is_village_of(one, other, register) for other in named)]
    if not named:
        by_folder = _named_in(folder, _folder_name(folder), found.county, register) if folder else None
        return TownshipFound(by_folder if by_folder is not None and by_folder.in_full else None)
    said, *others = named
    if of_several:
        others = [one for one in others if one is not by_file]
    against = next((one for one in others if fold(one.township) != fold(said.township)), None)
    if against is None or register is None or "township" in columns_of(found.table):
        return TownshipFound(said, against)
    mine, theirs, rows = _units_in(found.table, register, said.township, against.township)
    if theirs >= _ENOUGH_UNITS and not mine and theirs * 2 > rows:
        return TownshipFound(against, said, decided=True)
    return TownshipFound(said, against, decided=mine >= _ENOUGH_UNITS and not theirs and mine * 2 > rows)


_ENOUGH_UNITS = 3
"""Rows that must be of one township, and none of the other, to decide between what two texts say."""


def _is_village_of(one: Named, other: Named, register: Register | None) -> bool:
    """Whether a name without 乡, 镇 or 街道 is rather that of a village of another township that is named."""
    if one.in_full or register is None or one.township == other.township:
        return False
    return _any_carries(one, register, register.townships.get(fold(other.township), ()))


def _any_carries(one: Named, register: Register, places: Iterable[int]) -> bool:
    """Whether a unit's name has that of a township in it, 乡, 镇 or 街道 aside."""
    base = township_base(fold(one.township))
    entries = (register.entries[place] for place in places)
    return any(base in fold(name) for entry in entries for name in (entry.name, *entry.aliases))


def _units_in(table: Table, register: Register, one: str, other: str) -> tuple[int, int, int]:
    """How many rows of a table are about a unit of one township, of another, and how many have a name or code at all.

    Nothing is counted in a large CSV.
    """
    if table.bulk:
        return 0, 0, 0
    columns = columns_of(table)
    names, codes = (
        table.cells(columns[meaning], fill_merged=True) if meaning in columns else [None] * len(table.body)
        for meaning in ("name", "code")
    )
    rows = {(None if name is None else str(name), code_text(code)) for name, code in zip(names, codes, strict=True)}
    rows.discard((None, None))

    def units_of(town: str) -> int:
        return sum(register.match(name, town, code, VILLAGE).entry is not None for name, code in rows)

    return units_of(one), units_of(other), len(rows)


def ledger_tables(inbox: Inbox, register: Register | None, township: str | None = None) -> list[LedgerTable]:
    """The ledgers' tables with county and township as their surroundings say, else the ``township`` that was told."""
    by_file: dict[str, list[FoundTable]] = {}
    for found in inbox.ledgers:
        by_file.setdefault(found.table.sheet.file, []).append(found)
    books = {workbook.file: workbook for workbook in inbox.workbooks}
    towns = {
        file: _Townships(tables, books.get(file), register) if len(tables) > 1 else None
        for file, tables in by_file.items()
    }
    return [_placed(found, register, towns[found.table.sheet.file], township) for found in inbox.ledgers]


def _placed(found: FoundTable, register: Register | None, book: _Townships | None, township: str | None) -> LedgerTable:
    """A ledger's table with its township, and what is to be said of where that is from."""
    table = found.table
    of_book = None if book is None else book.for_table(found)
    seen = township_of(found, register, of_book, of_several=book is not None and book.several)
    if seen.said is None or _has_others_townships(table, seen.said.township, register):
        told = "--township", "--township"
        return LedgerTable(table, found.county, township, told, township_told=township is not None)
    said = () if seen.against is None else (_contradiction(table, seen.said, seen.against, decided=seen.decided),)
    return LedgerTable(table, found.county, seen.said.township, seen.said.where, said=said)


def _has_others_townships(table: Table, township: str, register: Register | None) -> bool:
    """Whether a column that is not known as that of the townships holds townships, another one among them."""
    columns = columns_of(table)
    if table.bulk or "township" in columns:
        return False
    for header in table.headers:
        if header.column in columns.values():
            continue
        written = {cell for cell in table.cells(header.column) if cell is not None}
        towns = {fold(cell) for cell in written if isinstance(cell, str)}
        if not towns or len(written) != len(towns) or towns == {fold(township)}:
            continue
        if all(
            re.fullmatch(_TOWNSHIP_ALONE, town) if register is None else town in register.townships for town in towns
        ):
            return True
    return False


def _contradiction(table: Table, taken: Named, other: Named, *, decided: bool) -> Diagnostic:
    """T225: two texts around a table that name different townships, which was taken and why."""
    why = (
        (
            f"表里认得的村都是{taken.township}的，没有{other.township}的",
            f"every unit of the table that is known is of {taken.township}, none of {other.township}",
        )
        if decided
        else ("离数据更近的优先", "what is nearer to the data comes first")
    )
    arguments: dict[str, str | Text] = {
        "where": taken.where,
        "other_where": other.where,
        "other": other.township,
        "reason": why,
    }
    where = table.sheet.location(table.header_last, table.headers[0].column)
    return Diagnostic("T225", where, found=taken.township, arguments=arguments)


class _Townships:
    """The townships that the ledgers of one workbook say, each of itself."""

    def __init__(self, tables: Sequence[FoundTable], workbook: Workbook | None, register: Register | None) -> None:
        self._tables = tables
        self._workbook = workbook
        self._register = register

    @cached_property
    def several(self) -> bool:
        """Whether titles and sheet names say that it is a collection: of more than two, or a sheet for each."""
        towns = {fold(one.township) for found in self._tables for one in _named_of_itself(found, self._register)}
        sheets = (_named_as_sheet(found, self._register) for found in self._tables)
        return len(towns) > 2 or len({fold(one.township) for one in sheets if one is not None}) > 1  # noqa: PLR2004

    def for_table(self, found: FoundTable) -> Named | None:
        """The one township of the other tables, for a table that names none itself; None where it may be another's."""
        sheet = found.table.sheet
        around = (*found.table.above, sheet.name or "")
        if "township" in columns_of(found.table) or _named_of_itself(found, self._register):
            return None
        one = self._only
        return None if one is None or any(_says_another(text, one.township) for text in around) else one

    @cached_property
    def _only(self) -> Named | None:
        """The township of every table that says one, if it is one; None also where a sheet is called another's."""
        named = [one for found in self._tables for one in self._of(found)]
        towns = {fold(one.township) for one in named}
        sheets = () if self._workbook is None else self._workbook.sheets
        if len(towns) != 1 or any(_says_another(sheet.name or "", named[0].township) for sheet in sheets):
            return None
        return named[0]

    def _of(self, found: FoundTable) -> list[Named]:
        """What a table says of itself: its column of townships, else title and sheet name.

        Without 乡, 镇 or 街道 it counts for the other tables only where no village elsewhere has it in its name.
        """
        table, sheet = found.table, found.table.sheet
        column = columns_of(table).get("township")
        whose = f"工作表“{sheet.name or ''}”的", f" of sheet “{sheet.name or ''}”"
        if column is None or table.bulk:
            return [
                replace(one, where=(f"{whose[0]}{one.where[0]}", f"{one.where[1]}{whose[1]}"))
                for one in _named_of_itself(found, self._register)
                if one.in_full or not self._may_be_a_village(one)
            ]
        where = f"{whose[0]}乡镇列", f"the township column{whose[1]}"
        written = dict.fromkeys(str(cell).strip() for cell in table.cells(column) if cell is not None)
        return [Named(self._name_of(text), where) for text in written if text and not is_total(text, ())]

    def _may_be_a_village(self, one: Named) -> bool:
        register = self._register
        if register is None:
            return False
        elsewhere = (
            place for town, places in register.townships.items() if town != fold(one.township) for place in places
        )
        return _any_carries(one, register, elsewhere)

    def _name_of(self, written: str) -> str:
        """A township as the register has it, else as written."""
        register = self._register
        towns = () if register is None else register.townships_meant(written)
        if register is None or len(towns) != 1:
            return written
        return register.entries[register.townships[towns[0]][0]].township


_TOWNSHIP_ALONE = "[一-鿿]{1,6}(?:街道|街道办事处|镇|乡)"
_LIKE_A_TOWNSHIP = "[一-鿿]{2}(?:街道(?![硬亮绿净照路两])|镇(?!村)|(?<!城)乡(?![村风镇贤土愁]))"


def _says_another(text: str, township: str) -> bool:
    """Whether a text seems to name a township other than one."""
    rest = fold(text).replace(fold(township), "").replace("乡镇", "")
    return re.search(_LIKE_A_TOWNSHIP, rest) is not None


def same_place(one: str, other: str) -> bool:
    """Whether two names are of one county: 清丰 and 清丰县."""
    return fold_name(one) == fold_name(other)
