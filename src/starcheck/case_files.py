"""Files of cases (判例) read: what an officer wrote, and every place where it cannot be what the format asks for.

Nothing in such a file is passed over in silence: a key that is not known, a value of another kind than its key takes, a
row that does not fit its header, a name the scheme does not have are each a diagnostic at their line, and the case they
stand in is no case.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from starcheck.column import Verdict
from starcheck.diagnostic import Diagnostic, Location, Text, catalogue
from starcheck.identity import meaning_of
from starcheck.intake import HeaderIndex
from starcheck.messages import say
from starcheck.scheme import PERCENT_TEXT, Scheme
from starcheck.scheme_source import Node, Word, nearest_slot, parse_source
from starcheck.units import normalise_header

_FILE_KEYS = ("方案", "继承", "说明", "底稿", "例", "覆盖率")
_CASE_KEYS = ("名称", "日期", "名册", "没有的列", "台账", "期望", "分组", "问题", "说明")
_NEEDED = ("名称", "日期", "台账", "期望")

Grid = list[list[str]]
"""Rows of words, the first the headers."""


@dataclass(frozen=True, slots=True)
class Case:
    """One case: the ledger with the 底稿 filled in, and by unit what must come of it.

    Expectations hold what ``plain`` makes of a node: of a key that takes a list a list, of 是 and 否 a bool, of a
    number a Decimal.
    """

    name: str
    as_of: date
    where: Location
    ledger: Grid
    register: Grid | None
    expected: Mapping[str, Node]
    problems: Mapping[str, Node]
    groups: Mapping[str, Node]
    """What is expected of groups: by kind, then by name."""
    inherited: bool
    """Whether it stands in the file of cases of a scheme that this one inherits from."""


@dataclass(frozen=True, slots=True)
class CaseFile:
    """The cases that can be understood, and the share of sides in percent that the file asks for, None for none."""

    cases: tuple[Case, ...]
    least: Decimal | None


@dataclass(frozen=True, slots=True)
class _Source:
    """One file of cases: its tree, and its text for counting the lines of a table."""

    root: Node
    text: str
    inherited: bool


def read_cases(
    text: str, file: str, scheme: Scheme, folder: Path | None
) -> tuple[CaseFile | None, tuple[Diagnostic, ...]]:
    """The cases in a file's ``text`` and in those it takes along from ``folder``; None if it is no YAML."""
    root, problems = parse_source(text, file)
    if root is None:
        return None, problems
    found = list(problems)
    sources = list(_with_parents(_Source(root, text, inherited=False), folder, found))
    for source in sources:
        found += _wrong_file(source.root)
    found += _wrong_scheme(root, scheme)
    cases = tuple(_Reader(sources, scheme, file, found).cases())
    return CaseFile(cases, _share(root)), tuple(found)


def wrong(
    where: Location, found: str, problem: Text, known: Iterable[str] = (), near: Text | None = None
) -> Diagnostic:
    """K661 at a place, with what may be ``near`` to it: else the nearest of the ``known`` names, or all if few."""
    slots = {"near": near} if near is not None else nearest_slot(found, known) if known else {"near": ("", "")}
    return Diagnostic("K661", where, found=found, arguments={"problem": problem, **slots})


# --- the file ---------------------------------------------------------------------------------------------------------


def _with_parents(own: _Source, folder: Path | None, problems: list[Diagnostic]) -> Iterator[_Source]:
    """The file, and the files of cases it takes along (继承), nearest first."""
    seen: set[str] = set()
    source = own
    while True:
        yield source
        named = source.root.child("继承")
        if named is None:
            return
        file = named.written
        path = None if folder is None or not _is_text(named) or Path(file).name != file else folder / file
        if path is None or file in seen or not path.is_file():
            wanted: Text = ("应为同一文件夹里的另一个判例文件", "should be another file of cases in this folder")
            problems.append(wrong(named.where, file or "继承", wanted))
            return
        seen.add(file)
        try:
            text = path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError):
            problems.append(wrong(named.where, file, ("读不出来", "cannot be read")))
            return
        parent, found = parse_source(text, str(path))
        problems += found
        if parent is None:
            return
        source = _Source(parent, text, inherited=True)


def _wrong_file(root: Node) -> Iterator[Diagnostic]:
    yield from _strangers(root, _FILE_KEYS)
    for key in ("方案", "继承", "说明"):
        node = root.child(key)
        if node is not None and not _is_text(node):
            yield wrong(node.where, key, _A_TEXT)
    base = root.child("底稿")
    if base is not None and not isinstance(base.value, dict):
        yield wrong(base.where, "底稿", ("应写“列名: 值”", "should say 'header: value'"))
    for header, node in root.entries("底稿").items():
        if isinstance(node.value, dict | list):
            yield wrong(node.where, header, ("应为一个值", "should be one value"))
    share = root.child("覆盖率")
    if share is not None and _share(root) is None:
        yield wrong(share.where, share.written or "覆盖率", ("应为 100% 这样的百分比", "should be a percentage"))
    cases = root.child("例")
    if (cases is None or cases.value == []) and root.child("继承") is None:
        yield wrong(root.where, "例", _MISSING)
    elif cases is not None and not isinstance(cases.value, list):
        yield wrong(cases.where, "例", ("应为列表，每个例以“- ”开头", "should be a list, each case behind a '- '"))


def _wrong_scheme(root: Node, scheme: Scheme) -> Iterator[Diagnostic]:
    written = root.text("方案")
    if written != scheme.id:
        wanted: Text = (f"应为“{scheme.id}”", f"should be {scheme.id}")
        yield wrong((root.child("方案") or root).where, written or "方案", wanted)


def _share(root: Node) -> Decimal | None:
    match = PERCENT_TEXT.fullmatch(root.text("覆盖率") or "")
    if match is None or match[2] == "‰" or Decimal(match[1]) > 100:  # noqa: PLR2004 - percent
        return None
    return Decimal(match[1])


def _strangers(node: Node, known: Sequence[str]) -> Iterator[Diagnostic]:
    for key in node.value if isinstance(node.value, dict) else ():
        if key not in known:
            yield wrong(node.keys[key], key, ("不认识的词", "an unknown key"), known)


def _is_text(node: Node) -> bool:
    return node.value is not None and not isinstance(node.value, dict | list)


_A_TEXT: Text = ("应为一句话", "should be a text")
_MISSING: Text = ("没有写", "is missing")


# --- the cases --------------------------------------------------------------------------------------------------------


class _Reader:
    """Makes cases of the files' trees; what is wrong with one joins ``problems``, and it is left out.

    Of the files taken along those cases count that an own one does not replace by its 名称, and whose day is one of
    the scheme's: an overlay is often in force for a year only.
    """

    def __init__(self, sources: Sequence[_Source], scheme: Scheme, file: str, problems: list[Diagnostic]) -> None:
        self.sources = sources
        self.scheme = scheme
        self.file = file
        self.problems = problems
        self.index = HeaderIndex(scheme)
        self.base: dict[str, str] = {}
        for source in reversed(sources):
            written = source.root.entries("底稿")
            given = {header: node for header, node in written.items() if not isinstance(node.value, dict | list)}
            mine = {self._meaning(header) for header in given}
            self.base = {header: value for header, value in self.base.items() if self._meaning(header) not in mine}
            self.base |= {header: node.written for header, node in given.items() if self._knows(header)}
        # what only an inherited 底稿 names, the overlay may have given up
        own = sources[0].root.child("底稿")
        for header, where in own.keys.items() if own is not None else ():
            problems += self._unknown_header(header, where, inherited=False)

    def cases(self) -> Iterator[Case]:
        """The cases that can be understood."""
        taken: set[str | None] = set()
        for source in self.sources:
            nodes = source.root.items("例")
            for node in nodes:
                if isinstance(node.value, dict) and node.text("名称") in taken:
                    continue
                case = self._case(node, source)
                if case is not None:
                    yield case
            taken |= {node.text("名称") for node in nodes} - {None}

    def _case(self, node: Node, source: _Source) -> Case | None:
        if not isinstance(node.value, dict):
            self.problems.append(
                wrong(node.where, node.written or "例", ("应写“名称: …”等", "should say 名称 and so on"))
            )
            return None
        day = node.child("日期")
        if source.inherited and day is not None and isinstance(day.value, date) and self.scheme.problem_at(day.value):
            return None
        found = [*_strangers(node, _CASE_KEYS)]
        found += [wrong(node.where, key, _MISSING) for key in _NEEDED if node.child(key) is None]
        for key in ("名称", "说明"):
            part = node.child(key)
            if part is not None and not (_is_text(part) and (part.written or key == "说明")):
                found.append(wrong(part.where, key, _A_TEXT))
        if day is not None and not isinstance(day.value, date):
            found.append(wrong(day.where, day.written or "日期", ("应为 2022-06-30 这样的日期", "should be a date")))
        left_out = self._left_out(node, found, inherited=source.inherited)
        register = self._table(node, "名册", source, found)
        rows = self._table(node, "台账", source, found)
        found += self._wrong_expectations(node, inherited=source.inherited)
        where = (node.child("台账") or node).where
        for header in rows[0] if rows else ():
            found += self._unknown_header(header, where, inherited=source.inherited)
        self.problems += found
        if found or day is None or rows is None:
            return None
        return Case(
            node.text("名称") or "",
            day.value,
            node.where,
            self._laid_over(rows, left_out, _only_township(register) or "判例乡"),
            register,
            node.entries("期望"),
            node.entries("问题"),
            node.entries("分组"),
            source.inherited,
        )

    # --- tables and columns

    def _table(self, node: Node, key: str, source: _Source, found: list[Diagnostic]) -> Grid | None:
        """The rows of words under 台账 or 名册; ``-`` is an empty cell. None where there are none."""
        part = node.child(key)
        if part is None:
            return None
        if not _is_text(part) or not part.written.strip():
            found.append(wrong(part.where, key, ("应为一张表：一行表头，下面每行一个单位", "should be a table")))
            return None
        lines = [(number, line.split()) for number, line in enumerate(part.written.splitlines()) if line.strip()]
        header = lines[0][1]
        if len(lines) == 1:
            found.append(wrong(part.where, key, ("只有表头，没有单位", "has a header and no unit")))
        for number, words in lines[1:]:
            if len(words) != len(header):
                problem: Text = (
                    f"这一行有 {len(words)} 格，表头有 {len(header)} 格；空格子写 -",
                    f"has {len(words)} cells, the header {len(header)}; an empty one is written -",
                )
                found.append(wrong(_line(part, number, source), words[0], problem))
        return [["" if word == "-" else word for word in words] for _, words in lines]

    def _left_out(self, node: Node, found: list[Diagnostic], *, inherited: bool) -> set[str]:
        """没有的列: what the columns named there mean."""
        part = node.child("没有的列")
        if part is None:
            return set()
        if not isinstance(part.value, list) or not all(map(_is_text, part.value)):
            found.append(wrong(part.where, part.written or "没有的列", ("应为列表，如 [人口]", "should be a list")))
            return set()
        for item in part.value:
            if not inherited:  # an overlay may have given the column up
                found += self._unknown_header(item.written, item.where, inherited=False)
        return {self._meaning(item.written) for item in part.value}

    def _knows(self, header: str) -> bool:
        return normalise_header(header) in self.index.known

    def _unknown_header(self, header: str, where: Location, *, inherited: bool) -> Iterator[Diagnostic]:
        if self._knows(header):
            return
        name = self.scheme.id
        problem: Text = (f"不是方案 {name} 的列", f"is no column of the scheme {name}")
        near: Text = (
            f"这是继承来的例；在 {self.file} 里写一个名称相同的，就不用它。",
            f" This case is inherited; one of the same 名称 in {self.file} replaces it.",
        )
        yield wrong(where, header, problem, self.index.by_spelling, near if inherited else None)

    def _meaning(self, header: str) -> str:
        """The column of the scheme that a header means, by whichever of its spellings; else the header itself."""
        spelling = normalise_header(header)
        return self.index.by_spelling.get(spelling) or meaning_of(header) or spelling

    def _laid_over(self, ledger: Grid, left_out: Collection[str], township: str) -> Grid:
        """The ledger with a column for everything of the 底稿 that it does not have itself."""
        header, *rows = ledger
        have = {self._meaning(word) for word in header} | set(left_out)
        rest = {key: value for key, value in self.base.items() if self._meaning(key) not in have}
        filled = [[*header, *rest], *([*row, *rest.values()] for row in rows)]
        if self._meaning("乡镇") not in have:
            filled = [["乡镇", *filled[0]], *([township, *row] for row in filled[1:])]
        return filled

    # --- expectations

    def _wrong_expectations(self, node: Node, *, inherited: bool) -> Iterator[Diagnostic]:
        units, groups, problems = (node.child(key) for key in ("期望", "分组", "问题"))
        forms = _unit_forms(self.scheme, names=not inherited)
        if units is not None:
            yield from _wrong_mapping(units, "期望", "{星级: 5}", forms)
        if groups is not None and not isinstance(groups.value, dict):
            yield wrong(groups.where, "分组", _wanted("{示范带: {东线: {判定: 达标}}}"))
        for kind, asked in node.entries("分组").items():
            known = [group.name for group in self.scheme.groups]
            if kind not in known and not inherited:
                yield wrong(groups.keys[kind] if groups else asked.where, kind, ("不是方案的分组", "is no 分组"), known)
            else:
                yield from _wrong_mapping(
                    asked, kind, "{判定: 达标}", _group_forms(self.scheme, kind, names=not inherited)
                )
        if problems is not None:
            yield from _wrong_problems(problems)
        if units is not None and units.value == {} and not any(node.entries(key) for key in ("分组", "问题")):
            yield wrong(units.where, node.text("名称") or "期望", _NOTHING_ASKED)


_NOTHING_ASKED: Text = ("没有写要核对什么", "does not say what to check")


def _wanted(form: str) -> Text:
    return f"应写 {form} 这样的期望", f"should say what is expected, as in {form}"


def _line(part: Node, number: int, source: _Source) -> Location:
    """The place of the ``number``-th line of a text that stands in the lines below its ``|``."""
    begin = part.span[0] if part.span is not None else 0
    text = source.text.removeprefix("\ufeff")
    if part.where.line is None or text[begin : begin + 1] != "|":
        return part.where
    return Location(part.where.file, line=part.where.line + 1 + number, column=1)


def _only_township(register: Grid | None) -> str | None:
    """The township of a register that has one only: where the units of a ledger without the column are."""
    header, *rows = register or [[]]
    if "乡镇" not in header:
        return None
    towns = {row[header.index("乡镇")] for row in rows}
    return towns.pop() if len(towns) == 1 else None


# --- what a value may be ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Form:
    """What may stand under a key: a test, how to write it, and the names it may take if it takes names."""

    fits: Callable[[Node], bool]
    wanted: Text
    names: Collection[str] | None = None


def _is_number(node: Node) -> bool:
    whole = isinstance(node.value, Decimal) and node.value == node.value.to_integral_value()
    return whole or _is_null(node)


def _is_null(node: Node) -> bool:
    """Whether ``null`` is written, and not nothing at all."""
    return node.value is None and node.span is not None and node.span[0] != node.span[1]


def _is_range(node: Node) -> bool:
    if not isinstance(node.value, list):
        return _is_null(node)
    ends = [end.value for end in node.value]
    return len(ends) == 2 and all(isinstance(end, Decimal) for end in ends) and ends[0] <= ends[1]  # noqa: PLR2004


def _is_yes_or_no(node: Node) -> bool:
    return isinstance(node.value, Word | bool)


def _is_list(node: Node) -> bool:
    return all(map(_is_text, node.value)) if isinstance(node.value, list) else _is_text(node)


_NUMBER: Text = ("应为 5 这样的数，没有的写 null", "should be a number such as 5, or null for none")
_RANGE: Text = ("应为 [最低, 最高]，如 [80, 85]，没有的写 null", "should be [least, most], or null for none")
_YES_OR_NO: Text = ("应为 是 或 否", "should be 是 or 否")
_LIST: Text = ("应为列表，如 [A]，没有的写 []", "should be a list, [] for none")

_WHOLE_LISTS = frozenset({"亮星", "待核实星", "短板", "待核实", "不适用", "触发"})


def _unit_forms(scheme: Scheme, *, names: bool) -> Mapping[str, _Form]:
    """What may be expected of a unit. Without ``names`` lists may name anything: the case was written for another."""
    stars = [star.name for star in scheme.stars] if names else None
    items = [item.id for item in scheme.criteria] if names else None
    number, yes_or_no = _Form(_is_number, _NUMBER), _Form(_is_yes_or_no, _YES_OR_NO)
    listed = _Form(_is_list, _LIST, items)
    return {
        "星级": number,
        "可达": number,
        "得分": _Form(_is_range, _RANGE),
        "亮星": _Form(_is_list, _LIST, stars),
        "待核实星": _Form(_is_list, _LIST, stars),
        "短板": listed,
        "待核实": listed,
        "不适用": listed,
        "触发": _Form(_is_list, _LIST, [veto.id for veto in scheme.vetoes] if names else None),
        "初评": yes_or_no,
        "未上报": yes_or_no,
        "不参评": yes_or_no,
    }


def _group_forms(scheme: Scheme, kind: str, *, names: bool) -> Mapping[str, _Form]:
    words = [say(f"verdict.{verdict.word}", "zh") for verdict in Verdict]
    items = [item.id for group in scheme.groups if group.name == kind for item in group.criteria]
    listed = _Form(_is_list, _LIST, items if names else None)
    one_of: Text = (f"应为 {'、'.join(words)} 之一", f"should be one of {', '.join(words)}")
    return {"判定": _Form(lambda node: node.written in words, one_of), "短板": listed, "待核实": listed}


def _wrong_mapping(node: Node, name: str, form: str, forms: Mapping[str, _Form]) -> Iterator[Diagnostic]:
    """What is wrong with the expectations of units, or of the groups of one kind, by their names."""
    if not isinstance(node.value, dict):
        yield wrong(node.where, name, _wanted(f"{{甲村: {form}}}"))
        return
    for who, asked in node.value.items():
        if not isinstance(asked.value, dict) or not asked.value:
            yield wrong(asked.where, who, _wanted(form))
            continue
        yield from _strangers(asked, tuple(forms))
        for key, value in asked.value.items():
            if (wanted := forms.get(key)) is None:
                continue
            if not wanted.fits(value):
                yield wrong(value.where, _written(value) or key, wanted.wanted)
            elif wanted.names is not None:
                for item in value.value if isinstance(value.value, list) else [value]:
                    if item.written not in wanted.names:
                        no_such: Text = (f"不能写在“{key}”里", f"cannot stand under {key}")
                        yield wrong(item.where, item.written, no_such, wanted.names)


def _written(node: Node) -> str:
    return "" if isinstance(node.value, dict | list) else node.written


def _wrong_problems(node: Node) -> Iterator[Diagnostic]:
    if not isinstance(node.value, dict):
        yield wrong(node.where, "问题", ("应写 {V301: [C2]}：代码和格子", "should say {V301: [C2]}, codes and cells"))
        return
    for code, cells in node.value.items():
        if code not in catalogue():
            yield wrong(node.keys[code], code, ("不是问题代码", "is no code"), catalogue())
        if not _is_list(cells):
            yield wrong(cells.where, _written(cells) or code, ("应为格子的列表，如 [C2]", "should be a list of cells"))


def plain(key: str, node: Node) -> Any:
    """What is expected under ``key`` as a rating gives it."""
    if isinstance(node.value, list):
        return [
            item.value.normalize() if isinstance(item.value, Decimal) and key not in _WHOLE_LISTS else item.written
            for item in node.value
        ]
    if key in _WHOLE_LISTS:
        return [node.written]
    if key == "判定":
        return node.written
    if isinstance(node.value, Word):
        return node.value == "是"
    return node.value
