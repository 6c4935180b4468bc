"""A scheme as rows of sheets, and rows as a scheme again: which key stands in which column, and what a cell may hold.

One row is one entry; of 指标 and 星级 one requirement, or one dated rule, where the first row of an entry has its own
cells. What comes back is a tree as ``scheme_source`` makes it, whose places are cells: whatever the loader finds wrong
it says of the cell. Every key of the models has its column; a test holds that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from enum import Enum, auto
from typing import Any

from starcheck.cells import Cell, CellError, LostDigits, PercentNumber, PhoneLike, ShownNumber, Uncalculated
from starcheck.column import Kind, decimal15
from starcheck.diagnostic import Diagnostic, Location, Text
from starcheck.scheme_model import (
    PERCENT_TEXT,
    Cap,
    Check,
    Criterion,
    ExemptPolicy,
    Field,
    Group,
    GroupCriterion,
    Method,
    Operator,
    Quota,
    Requirement,
    Rounding,
    Scheme,
    Scope,
    Source,
    Star,
    Tiering,
    Trigger,
    Veto,
    shown,
)
from starcheck.scheme_source import Node, Word, line_words, nearest_slot, parse_cell, resolved
from starcheck.scheme_text import bracketed


class Holds(Enum):
    """What the cells of a column hold."""

    TEXT = auto()
    NUMBER = auto()
    YESNO = auto()
    DAY = auto()
    DAY_OR_TEXT = auto()
    SHARE = auto()
    LINES = auto()
    """Texts with 、 between them."""
    YAML = auto()
    """A group of several values, as it stands in the file: ``{至少: 0, 至多: 100}``."""
    OPERATOR = auto()
    OPERAND = auto()
    SOURCE = auto()
    CLAUSE = auto()


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its header, the key of the file that it carries, and the words that may be chosen."""

    header: str
    holds: Holds = Holds.TEXT
    told: str = ""
    """The key of its note in the messages."""
    width: int = 12
    choices: tuple[str, ...] = ()
    listed: str = ""
    """The sheet whose first column may be chosen from."""
    other_key: str = ""

    @property
    def key(self) -> str:
        """The key of the file."""
        return self.other_key or self.header


HEAD, SOURCES, FIELDS, STARS, ITEMS = "方案", "依据", "字段", "星级", "指标"
CHECKS, TIERS, CAPS, QUOTAS = "校核", "档次", "封顶", "名额"
GROUPS, GROUP_ITEMS, VETOES = "分组", "分组指标", "负面清单"
TELLING, ORIGINAL = "说明", "原文"
"""The sheet that explains the others, and the hidden one that holds the file the workbook was made from."""

_YESNO = ("是", "否")
_SEVERITIES = ("错误", "警告", "提示")
_NOTE = Column("说明", told="note", width=28)
_DISABLED = Column("停用", Holds.YESNO, "disabled", 6, _YESNO)
_ID = Column("编号", told="id", width=11)
_NAME = Column("名称", told="name", width=22)
_SINCE = Column("自", Holds.DAY, "since", 12)
_UNTIL = Column("止", Holds.DAY, "until", 12)
_SOURCE = (
    Column("依据", Holds.SOURCE, "source", 14, listed=SOURCES),
    Column("条款", Holds.CLAUSE, "clause", 24, other_key="依据"),
)
_COMPARISON = (
    Column("词", Holds.OPERATOR, "operator", 8, tuple(Operator)),
    Column("值", Holds.OPERAND, "operand", 14),
)
_HEADERS = Column("列名", Holds.LINES, "headers", 30)
_KIND = Column("类型", told="kind", width=8, choices=tuple(Kind))
_UNIT = Column("单位", told="unit", width=8)
_OPTIONS = Column("选项", Holds.LINES, "options", 20)
_BOUNDS = Column("范围", Holds.YAML, "bounds", 22)
_OWNERS = (Column("责任", told="owner", width=14), Column("整改", told="remedy", width=24))
_SCOPE = Column("范围", told="scope", width=8, choices=tuple(Scope))

REQUIREMENT = (_SINCE, *_COMPARISON, *_SOURCE, Column("要求说明", told="requirement_note", width=20, other_key="说明"))

HEAD_COLUMNS = (
    Column("方案", told="title"),
    Column("编号", told="scheme_id"),
    Column("适用", told="unit_kind"),
    Column("名称列", Holds.LINES, "name_headers"),
    Column("版本", told="version"),
    Column("性质", told="nature"),
    Column("生效", Holds.DAY, "in_force"),
    Column("失效", Holds.DAY, "out_of_force"),
    Column("继承", told="parent"),
    Column("说明", told="note"),
    Column("统计", Holds.LINES, "statistics"),
    Column("摊派提醒", Holds.YAML, "apportioning"),
    Column("月度", Holds.YAML, "monthly"),
)
TIERING_COLUMNS = (
    Column("定级方法", told="method", choices=tuple(Method), other_key="方法"),
    Column("定级折算", Holds.YESNO, "rescale", choices=_YESNO, other_key="折算"),
    Column("定级称呼", told="called", other_key="称呼"),
    Column("定级排名", Holds.YESNO, "ranked", choices=_YESNO, other_key="排名"),
    Column("定级说明", told="note", other_key="说明"),
)
"""On the sheet 方案 too, one row a key."""

_RULE = (_SINCE, Column("点亮", Holds.YAML, "rule", 26, other_key="按"), *_SOURCE)
_SET = (_SINCE, *_SOURCE)
"""Of a set of tiers, in the row of its first."""
_STAR = (
    Column("星", told="star", width=16),
    Column("牵头", told="lead", width=16),
    Column("折算", Holds.YESNO, "rescale", 6, _YESNO),
    _DISABLED,
    _NOTE,
)

COLUMNS: Mapping[str, tuple[Column, ...]] = {
    SOURCES: (
        Column("名字", told="source_name", width=14),
        Column("文件", told="source_file", width=50),
        Column("机关", told="authority", width=20),
        Column("日期", Holds.DAY_OR_TEXT, "source_date", 12),
        Column("链接", told="link", width=40),
        _NOTE,
    ),
    FIELDS: (
        Column("字段", told="field_name", width=16),
        _HEADERS,
        _KIND,
        _UNIT,
        _OPTIONS,
        _BOUNDS,
        Column("可在将来", Holds.YESNO, "to_come", 9, _YESNO),
        _DISABLED,
        _NOTE,
    ),
    CHECKS: (
        _ID,
        _NAME,
        Column("公式", told="check_formula", width=50),
        Column("容差", Holds.NUMBER, "tolerance", 8),
        Column("级别", told="severity", width=8, choices=_SEVERITIES),
        _DISABLED,
        _NOTE,
    ),
    STARS: (*_STAR[:2], *_RULE, *_STAR[2:]),
    ITEMS: (
        Column("星", told="star", width=13, listed=STARS),
        Column("上级", told="above", width=9),
        _ID,
        _NAME,
        *REQUIREMENT,
        _HEADERS,
        Column("公式", told="formula", width=20),
        Column("日期依次", Holds.LINES, "dates", 20),
        _KIND,
        _UNIT,
        _OPTIONS,
        _BOUNDS,
        Column("分值", Holds.NUMBER, "points", 6),
        Column("扣分", Holds.YAML, "deduction", 22),
        Column("分档", Holds.YAML, "bands", 30),
        Column("比最优", Holds.YAML, "best", 22),
        Column("比目标", Holds.YAML, "goal", 16),
        Column("加分", Holds.YAML, "bonus", 20),
        Column("必备", Holds.YESNO, "essential", 6, _YESNO),
        Column("适用于", Holds.YAML, "applies", 24),
        Column("不适用于", Holds.LINES, "exempt", 14),
        Column("不适用按", told="policy", width=9, choices=tuple(ExemptPolicy)),
        *_OWNERS,
        Column("可改", Holds.YESNO, "changeable", 6, _YESNO),
        Column("难度", Holds.DAY_OR_TEXT, "difficulty", 6),
        Column("工期", Holds.NUMBER, "days", 6),
        Column("每单位成本", Holds.NUMBER, "unit_cost", 10),
        _UNTIL,
        _DISABLED,
        _NOTE,
    ),
    TIERS: (
        Column("亮星数", Holds.NUMBER, "lit", 8),
        Column("至少", Holds.NUMBER, "tier_from", 8),
        Column("档", told="tier", width=14),
        *_SET,
    ),
    CAPS: (
        Column("未亮", told="cap_star", width=16, listed=STARS),
        Column("最高", Holds.NUMBER, "cap_tier", 8),
        _SINCE,
        _UNTIL,
        *_SOURCE,
        _NOTE,
    ),
    QUOTAS: (
        Column("档", told="quota_tier", width=12),
        Column("至多比例", Holds.SHARE, "share", 9),
        Column("至多", Holds.NUMBER, "quota_count", 8),
        _SCOPE,
        Column("同分", Holds.LINES, "tie_breaks", 30),
        _SINCE,
        _UNTIL,
        *_SOURCE,
        _NOTE,
    ),
    GROUPS: (Column("组", told="group", width=16), Column("按", told="group_by", width=16), _DISABLED, _NOTE),
    GROUP_ITEMS: (
        Column("组", told="group", width=13, listed=GROUPS),
        _ID,
        _NAME,
        Column("只对", Holds.LINES, "only", 14),
        Column("取舍", told="rounding", width=10, choices=tuple(Rounding)),
        *REQUIREMENT,
        Column("汇总", told="group_formula", width=30),
        _KIND,
        _UNIT,
        *_OWNERS,
        _UNTIL,
        _DISABLED,
        _NOTE,
    ),
    VETOES: (
        _ID,
        Column("情形", told="case", width=24),
        _HEADERS,
        _KIND,
        _UNIT,
        _OPTIONS,
        _BOUNDS,
        *_COMPARISON,
        Column("后果", Holds.YAML, "effect", 20),
        Column("联审", Holds.LINES, "reviewers", 18),
        Column("有效", told="lasting", width=9),
        _SINCE,
        _UNTIL,
        *_SOURCE,
        _DISABLED,
        _NOTE,
    ),
}
"""The sheets with rows, in the order of the workbook, and their columns."""

_SHEETS_OF: Mapping[type[Any], tuple[Column, ...]] = {
    Scheme: HEAD_COLUMNS,
    Tiering: TIERING_COLUMNS,
    Source: COLUMNS[SOURCES],
    Field: COLUMNS[FIELDS],
    Check: COLUMNS[CHECKS],
    Star: COLUMNS[STARS],
    Criterion: COLUMNS[ITEMS],
    Requirement: COLUMNS[ITEMS],
    Trigger: COLUMNS[VETOES],
    Cap: COLUMNS[CAPS],
    Quota: COLUMNS[QUOTAS],
    Group: COLUMNS[GROUPS],
    GroupCriterion: COLUMNS[GROUP_ITEMS],
    Veto: COLUMNS[VETOES],
}


def carried_keys(model: type[Any]) -> frozenset[str]:
    """The keys of a model that have a column or are a choice in one; none for a model that stands whole in a cell."""
    columns = _SHEETS_OF.get(model, ())
    names = {name for column in columns for name in (column.key, column.header, *column.choices)}
    return frozenset(names)


# --- out --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Percent:
    """A share that a workbook holds as a number with a percent format."""

    value: Decimal


Value = str | Decimal | date | Percent
"""What is written into a cell."""
Rows = list[dict[str, Value]]
"""The rows of a sheet: for each header that has something in it, what."""


def rows_of(root: Node) -> dict[str, Rows]:
    """The rows of every sheet of a scheme's tree. The sheet 方案 has one row, whose headers are its keys."""
    tiering = root.child("定级") or Node(Location(), {})
    sheets: dict[str, Rows] = {HEAD: [_cells(HEAD_COLUMNS, root) | _cells(TIERING_COLUMNS, tiering)]}
    for sheet in (SOURCES, FIELDS):
        columns = COLUMNS[sheet]
        sheets[sheet] = [
            {columns[0].header: name, **_cells(columns[1:], entry)} for name, entry in root.entries(sheet).items()
        ]
    for sheet, holder in ((CHECKS, root), (VETOES, root), (CAPS, tiering), (QUOTAS, tiering)):
        sheets[sheet] = [_cells(COLUMNS[sheet], entry) for entry in holder.items(sheet)]
    for number, veto in enumerate(root.items(VETOES)):
        sheets[VETOES][number] |= _judged(veto.child("触发"))
    sheets[STARS] = [row for star in root.items("星级") for row in _star_rows(star)]
    sheets[ITEMS] = [row for star in root.items("星级") for row in _item_rows(star, ITEMS, "星", star.text("星") or "")]
    sheets[TIERS] = list(_tier_rows(tiering.child("档次")))
    sheets[GROUPS] = [_cells(COLUMNS[GROUPS], group) for group in root.items("分组")]
    sheets[GROUP_ITEMS] = [
        row for group in root.items("分组") for row in _item_rows(group, GROUP_ITEMS, "组", group.text("组") or "")
    ]
    return sheets


def _star_rows(star: Node) -> Iterator[dict[str, Value]]:
    own = _cells(_STAR, star)
    rule = star.child("点亮")
    if rule is None or not isinstance(rule.value, list):
        yield own | ({} if rule is None or rule.value is None else {"点亮": _yaml(rule)})
        return
    name = {"星": own["星"]} if "星" in own else {}
    for number, dated in enumerate(rule.value):
        yield (name if number else own) | _cells(_RULE, dated)


def _item_rows(holder: Node, sheet: str, above: str, name: str, parent: str = "") -> Iterator[dict[str, Value]]:
    """The rows of what stands under 指标, each followed by those of its 任务."""
    columns = [column for column in COLUMNS[sheet] if column not in REQUIREMENT and column.header != above]
    for item in holder.items("任务" if parent else "指标"):
        own = {above: name, **({"上级": parent} if parent else {}), **_cells(columns, item)}
        requirements = item.items("要求") or [Node(Location(), {})]
        for number, requirement in enumerate(requirements):
            first = {header: own[header] for header in (above, "编号") if header in own} if number else own
            yield first | _cells(REQUIREMENT, requirement) | _judged(requirement)
        if item.items("任务"):
            yield from _item_rows(item, sheet, above, name, item.text("编号") or "")


def _tier_rows(tiers: Node | None) -> Iterator[dict[str, Value]]:
    if tiers is not None and isinstance(tiers.value, dict):
        for lit, name in tiers.value.items():
            yield {"亮星数": Decimal(lit), "档": name.written}
    elif tiers is not None and isinstance(tiers.value, list):
        for band in tiers.value:
            if band.child("按") is None:
                yield _cells(COLUMNS[TIERS][1:3], band)
                continue
            first = _cells(_SET, band)
            for row in _tier_rows(band.child("按")):
                yield row | first
                first = {}


def _cells(columns: Iterable[Column], entry: Node) -> dict[str, Value]:
    cells: dict[str, Value] = {}
    for column in columns:
        node = entry.child(column.key)
        if node is not None and node.value is not None and column.holds not in {Holds.OPERATOR, Holds.OPERAND}:
            value = _value(column.holds, node)
            if value is not None:
                cells[column.header] = value
    return cells


def _value(holds: Holds, node: Node) -> Value | None:
    value = node.value
    match holds:
        case Holds.SOURCE | Holds.CLAUSE:
            name, *rest = shown(value).split(None, 1)
            return name if holds is Holds.SOURCE else rest[0] if rest else None
        case Holds.LINES:
            return _lines(node)
        case Holds.YAML:
            return _yaml(node)
        case Holds.SHARE if isinstance(value, str) and (match := PERCENT_TEXT.fullmatch(value)):
            percent = Decimal(match[1])
            return Percent(percent / 100) if value == f"{percent}%" else value
        case Holds.TEXT:
            return shown(value).strip()
        case _:
            return value if isinstance(value, Decimal | date) else shown(value)


def _lines(node: Node) -> str:
    if not isinstance(node.value, list):
        return shown(node.value)
    texts = [shown(item.value) for item in node.value]
    plain = "、".join(texts)
    return plain if texts and _split(plain) == texts else bracketed(node)


def _split(text: str) -> list[str] | None:
    """The texts between 、 and line breaks; None where the cell is written as a list of the file."""
    if not text or (text.startswith("[") and text.endswith("]")):
        return None
    return [part for line in text.splitlines() for piece in line.split("、") if (part := piece.strip())]


def _yaml(node: Node) -> str:
    return bracketed(node, outer=False)


_TO = " 至 "


def _judged(comparison: Node | None) -> dict[str, Value]:
    """词 and 值 of what compares."""
    for operator in Operator:
        operand = None if comparison is None else comparison.child(operator.value)
        if operand is None or operand.value is None:
            continue
        if operator is Operator.BETWEEN and isinstance(operand.value, list):
            value: Value | None = _TO.join(shown(item.value) for item in operand.value)
        elif operator is Operator.ONE_OF:
            value = _lines(operand)
        else:
            value = _value(Holds.SHARE, operand)
        return {"词": operator.value} | ({"值": value} if value is not None else {})
    return {}


# --- in ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Row:
    """A row as it was read: its cells and their places by header, blank ones too; ``sheet`` names where it stands."""

    sheet: str
    cells: Mapping[str, Cell]
    places: Mapping[str, Location]

    def where(self, header: str) -> Location:
        """The place of a cell, that of the row's first where the sheet has no such column."""
        return self.places.get(header) or next(iter(self.places.values()), Location(sheet=self.sheet))


@dataclass(slots=True)
class Taken:
    """What the rows of a workbook come to: a tree, what is wrong in the cells themselves, where blank keys belong."""

    root: Node
    problems: list[Diagnostic] = field(default_factory=list)
    blanks: dict[Location, dict[str, Location]] = field(default_factory=dict)

    def placed(self, problems: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
        """What the loader found, with what is missing said of the blank cell; without what only follows from ours."""
        own = {found.where for found in self.problems}
        moved = []
        for found in problems:
            where = found.where
            if found.code in {"K605", "K609"}:
                where = self.blanks.get(where, {}).get(found.found or "", where)
            if where not in own:
                moved.append(replace(found, where=where))
        return (*self.problems, *moved)


def tree_of(file: str, sheets: Mapping[str, Sequence[Row]]) -> Taken:
    """The tree that the rows of the sheets stand for; the row of 方案 has a cell for each of its keys."""
    return _Reader(file, sheets).read()


class _Reader:
    def __init__(self, file: str, sheets: Mapping[str, Sequence[Row]]) -> None:
        self.file = file
        self.sheets = sheets
        self.taken = Taken(Node(Location(file, HEAD), {}))

    def rows(self, sheet: str) -> Sequence[Row]:
        return self.sheets.get(sheet, ())

    def read(self) -> Taken:
        root = self.taken.root
        head = next(iter(self.rows(HEAD)), Row(HEAD, {}, {}))
        self.fill(root, head, HEAD_COLUMNS)
        late = {key: root.value.pop(key, None) for key in ("统计", "摊派提醒", "月度")}
        found = {SOURCES: self.mapping(SOURCES), FIELDS: self.mapping(FIELDS)}
        found[CHECKS] = self.listed(Location(self.file, CHECKS), map(self.plain, self.rows(CHECKS)))
        found["星级"] = self.stars()
        found["定级"] = self.tiering(head)
        found["分组"] = self.groups()
        found |= late
        found[VETOES] = self.listed(Location(self.file, VETOES), map(self.veto, self.rows(VETOES)))
        for key, node in found.items():
            if node is not None:
                self.put(root, key, node)
        self.taken.blanks[root.where]["星级"] = Location(self.file, STARS)
        self.taken.blanks[root.where]["定级"] = head.where("定级方法")
        return self.taken

    # --- entries ---

    def entry(self, row: Row, anchor: str, columns: Iterable[Column]) -> Node:
        node = Node(row.where(anchor), {})
        self.fill(node, row, columns)
        return node

    def fill(self, node: Node, row: Row, columns: Iterable[Column]) -> None:
        """The cells of a row under the keys of an entry."""
        blanks = self.taken.blanks.setdefault(node.where, {})
        for column in columns:
            if column.holds in {Holds.OPERATOR, Holds.OPERAND, Holds.CLAUSE}:
                continue
            where = row.where(column.header)
            blanks[column.key] = where
            value = self.source(row) if column.holds is Holds.SOURCE else self.node(column, row)
            if value is not None:
                self.put(node, column.key, value)

    @staticmethod
    def put(node: Node, key: str, value: Node) -> None:
        node.value[key] = value
        node.keys[key] = value.where

    @staticmethod
    def listed(where: Location, entries: Iterable[Node]) -> Node | None:
        items = list(entries)
        return Node(items[0].where if items else where, items) if items else None

    def plain(self, row: Row) -> Node:
        columns = COLUMNS[row.sheet]
        return self.entry(row, columns[0].header, columns)

    def mapping(self, sheet: str) -> Node | None:
        """依据 and 字段: entries by their names."""
        made = Node(Location(self.file, sheet), {})
        first, *columns = COLUMNS[sheet]
        for row in self.rows(sheet):
            where = row.where(first.header)
            name = self.text(row, first.header)
            if not name:
                self.problem("K605", where, first.header)
            elif name in made.value:
                self.problem("K603", where, name, first=line_words(made.keys[name]))
            else:
                entry = self.entry(row, first.header, columns)
                made.value[name], made.keys[name] = entry, where
        return made if made.value else None

    def veto(self, row: Row) -> Node:
        columns = {column.header: column for column in COLUMNS[VETOES]}
        made = Node(row.where("编号"), {})
        for header, column in columns.items():
            if header == "词":
                trigger = self.judged(row, Kind.YESNO if row.cells.get("类型") is None else None)
                self.taken.blanks.setdefault(made.where, {})["触发"] = row.where("词")
                if trigger.value or row.cells.get("词") is not None or row.cells.get("值") is not None:
                    self.put(made, "触发", trigger)
            else:
                self.fill(made, row, [column])
        return made

    def judged(self, row: Row, kind: Kind | None = None) -> Node:
        """词 and 值 as the one key that they are in the file, in an entry that stands at the cell 词."""
        where = row.where("词")
        made = Node(where, {})
        operator = self.text(row, "词")
        if operator:
            made.value[operator] = self.operand(row, operator, kind)
            made.keys[operator] = where
        return made

    def requirement(self, row: Row, kind: Kind | None) -> Node | None:
        if all(row.cells.get(column.header) is None for column in REQUIREMENT):
            return None
        made = Node(row.where("词"), {})
        self.fill(made, row, REQUIREMENT[:1])
        compared = self.judged(row, kind)
        made.value |= compared.value
        made.keys |= compared.keys
        self.fill(made, row, REQUIREMENT[3:])
        return made

    # --- stars, items, groups ---

    def stars(self) -> Node | None:
        stars: dict[str, Node] = {}
        for name, rows in self.grouped(STARS, "星", "点亮").items():
            home = self.home(rows, _STAR)
            star = stars[name] = self.entry(home, "星", _STAR[:2])
            self.taken.blanks[star.where]["点亮"] = home.where("点亮")
            rules = [rule for row in rows if (rule := self.entry(row, "点亮", _RULE)).value]
            if len(rules) == 1 and list(rules[0].value) == ["按"]:
                self.put(star, "点亮", rules[0].value["按"])
            elif rules:
                self.put(star, "点亮", Node(rules[0].where, rules))
            self.fill(star, home, _STAR[2:])
        self.items(ITEMS, "星", stars)
        return self.listed(Location(self.file, STARS), stars.values())

    def grouped(self, sheet: str, identity: str, own: str) -> dict[str, list[Row]]:
        """The rows of each entry. One that does not say whose it is goes with the row above, if it has no ``own``."""
        grouped: dict[str, list[Row]] = {}
        key = ""
        for row in self.rows(sheet):
            alone = f" {row.where(identity)}"
            key = self.text(row, identity) or (key if sheet == STARS or not self.text(row, own) else alone)
            grouped.setdefault(key or alone, []).append(row)
        return grouped

    def home(self, rows: Sequence[Row], columns: Iterable[Column]) -> Row:
        """What the rows of an entry say of the entry itself: in one of them, or the same in several."""
        cells, places = dict(rows[0].cells), dict(rows[0].places)
        for row in rows[1:]:
            for column in columns:
                cell, before = row.cells.get(column.header), cells.get(column.header)
                if cell is not None and before is None:
                    cells[column.header], places[column.header] = cell, row.where(column.header)
                elif cell is not None and _text(cell) != _text(before):
                    where = row.where(column.header)
                    self.disagree(column.header, where, _text(cell), places[column.header], _text(before))
        return Row(rows[0].sheet, cells, places)

    def disagree(self, header: str, where: Location, found: str, first: Location, before: str) -> None:
        slots: dict[str, Text] = {"column": (header, header), "first": line_words(first), "before": (before, before)}
        self.taken.problems.append(Diagnostic("K665", where, found=found, arguments=slots))

    def groups(self) -> Node | None:
        groups: dict[str, Node] = {}
        for row in self.rows(GROUPS):
            name = self.text(row, "组")
            if name in groups:
                self.problem("K618", row.where("组"), name, first=line_words(groups[name].where))
            else:
                groups[name] = self.plain(row)
        self.items(GROUP_ITEMS, "组", groups)
        return self.listed(Location(self.file, GROUPS), groups.values())

    def items(self, sheet: str, above: str, holders: Mapping[str, Node]) -> None:
        """The entries of the rows put under their stars or groups, and under the entries that they are tasks of."""
        whose = [column for column in COLUMNS[sheet] if column.header in {above, "上级"}]
        columns = [column for column in COLUMNS[sheet] if column not in {*REQUIREMENT, *whose}]
        place = next(number for number, column in enumerate(columns) if column.header == "责任")
        rows = self.grouped(sheet, "编号", "名称")
        homes = {key: self.home(own, (*whose, *columns)) for key, own in rows.items()}
        found: dict[str, Node] = {}
        for key, home in homes.items():
            found[key] = item = self.entry(home, "编号", columns[:place])
            self.taken.blanks[item.where]["要求"] = home.where("词")
            asked = [made for row in rows[key] if (made := self.requirement(row, self.kind(home))) is not None]
            if asked:
                self.put(item, "要求", Node(asked[0].where, asked))
            self.fill(item, home, columns[place:])
        name = ""
        for key, home in homes.items():
            parent = self.text(home, "上级")
            name = self.text(home, above) or name
            if not parent:
                self.under(home, above, name, holders, "指标", found[key])
            elif key in self.above(parent, homes):
                self.under(home, "上级", parent, {}, "任务", found[key])
            elif self.under(home, "上级", parent, found, "任务", found[key]):
                star, own = self.text(homes[parent], above), self.text(home, above)
                if own and star and own != star:
                    self.disagree(above, home.where(above), own, homes[parent].where(above), star)

    def above(self, key: str, homes: Mapping[str, Row]) -> set[str]:
        """A 编号 and all that its entry is a task of."""
        seen: set[str] = set()
        while key and key not in seen:
            seen.add(key)
            key = self.text(homes[key], "上级") if key in homes else ""
        return seen

    def under(self, row: Row, header: str, name: str, holders: Mapping[str, Node], key: str, item: Node) -> bool:
        """Put an entry under the one that it says it belongs to; whether there is one."""
        holder = holders.get(name)
        if holder is None:
            if not name:
                self.problem("K605", row.where(header), header)
                return False
            thing = {"星": ("星", "star"), "组": ("组", "group")}.get(header, ("编号", "id"))
            slots: dict[str, Text] = {"thing": thing, **nearest_slot(name, holders)}
            self.taken.problems.append(Diagnostic("K626", row.where(header), found=name, arguments=slots))
            return False
        if key not in holder.value:
            self.put(holder, key, Node(item.where, []))
        holder.value[key].value.append(item)
        return True

    def kind(self, row: Row) -> Kind | None:
        written = self.text(row, "类型")
        return next((kind for kind in Kind if kind == written), None)

    # --- tiers ---

    def tiering(self, head: Row) -> Node | None:
        made = Node(head.where("定级方法"), {})
        method, *rest = TIERING_COLUMNS
        self.fill(made, head, [method])
        self.taken.blanks[made.where]["档次"] = Location(self.file, TIERS)
        tiers = self.tiers()
        if tiers is not None:
            self.put(made, "档次", tiers)
        for sheet in (CAPS, QUOTAS):
            entries = self.listed(Location(self.file, sheet), map(self.plain, self.rows(sheet)))
            if entries is not None:
                self.put(made, sheet, entries)
        self.fill(made, head, rest)
        return made if made.value else None

    def tiers(self) -> Node | None:
        """档次: one set, or several, of which each begins in a row with its 自."""
        rows = self.rows(TIERS)
        if not any(row.cells.get(column.header) is not None for row in rows for column in _SET):
            return self.ladder(rows) if rows else None
        sets: list[list[Row]] = []
        for row in rows:
            begins = row.cells.get("自") is not None
            if begins or not sets:
                sets.append([row])
                continue
            sets[-1].append(row)
            if any(row.cells.get(column.header) is not None for column in _SET):
                self.problem("K605", row.where("自"), "自")
        entries = []
        for some in sets:
            made = self.entry(some[0], "自", _SET[:1])
            self.put(made, "按", self.ladder(some))
            self.fill(made, some[0], _SET[1:])
            entries.append(made)
        return Node(rows[0].where("自"), entries)

    def ladder(self, rows: Sequence[Row]) -> Node:
        where = rows[0].where("亮星数")
        lit = [self.text(row, "亮星数") for row in rows]
        if not any(lit):
            columns = COLUMNS[TIERS][1:3]
            return Node(where, [self.entry(row, "档", columns) for row in rows])
        made = Node(where, {})
        for number, row in zip(lit, rows, strict=True):
            place = row.where("亮星数")
            if row.cells.get("至少") is not None:
                slots: dict[str, Text] = {
                    "choices": ("亮星数、至少", "亮星数, 至少"),
                    "written": ("两个都写了", "both"),
                }
                self.taken.problems.append(Diagnostic("K610", row.where("至少"), arguments=slots))
            elif not number:
                self.problem("K605", place, "亮星数")
            elif number in made.value:
                self.problem("K603", place, number, first=line_words(made.keys[number]))
            else:
                made.value[number] = self.node(COLUMNS[TIERS][2], row) or Node(row.where("档"), "")
                made.keys[number] = place
        return made

    # --- cells ---

    def problem(self, code: str, where: Location, found: str, **slots: Text) -> None:
        self.taken.problems.append(Diagnostic(code, where, found=found, arguments=slots))

    def text(self, row: Row, header: str) -> str:
        return _text(row.cells.get(header))

    def source(self, row: Row) -> Node | None:
        name, clause = self.text(row, "依据"), self.text(row, "条款")
        text = " ".join(part for part in (name, clause) if part)
        return Node(row.where("依据"), text, text) if text else None

    def node(self, column: Column, row: Row) -> Node | None:
        """The value of a cell by what its column holds, None if the cell is blank."""
        cell, where = row.cells.get(column.header), row.where(column.header)
        if self.failed(cell, where):
            return Node(where, _text(cell), _text(cell))
        text = _text(cell)
        if cell is None or not text:
            return None
        match column.holds:
            case Holds.LINES:
                return self.lines(text, where)
            case Holds.YAML:
                return self.yaml(text, where)
            case Holds.DAY_OR_TEXT:
                return Node(where, _typed(cell, read=False), text)
            case Holds.SHARE | Holds.NUMBER | Holds.DAY | Holds.YESNO:
                return Node(where, _typed(cell), text)
            case _:
                return Node(where, text, text)

    def failed(self, cell: Cell, where: Location) -> bool:
        """Whether a cell is a formula without a result, which is said."""
        if not isinstance(cell, Uncalculated | CellError):
            return False
        expected: Text = ("值；这一格是没有算出来的公式", "a value; this cell is a formula without a result")
        self.taken.problems.append(Diagnostic("K606", where, found=_text(cell), expected=expected))
        return True

    def lines(self, text: str, where: Location) -> Node:
        parts = _split(text)
        if parts is None:
            found, problems = parse_cell(text, where)
            if found is not None and not problems and isinstance(found.value, list):
                return Node(where, [Node(where, item.written, item.written) for item in found.value])
            parts = [text]
        return Node(where, [Node(where, part, part) for part in parts])

    def yaml(self, text: str, where: Location) -> Node | None:
        found, problems = parse_cell(text, where)
        self.taken.problems += problems
        return found if found is not None else Node(where, text, text)

    def operand(self, row: Row, operator: str, kind: Kind | None) -> Node:
        cell, where = row.cells.get("值"), row.where("值")
        text = _text(cell)
        if self.failed(cell, where):
            return Node(where, text, text)
        if operator == Operator.ONE_OF and text:
            return self.lines(text, where)
        if operator == Operator.BETWEEN and isinstance(cell, str):
            listed = text.startswith("[")
            found = self.yaml(text, where) if listed else None
            ends = [resolved(part.strip()) for part in text.split("至")]
            return found or Node(where, [Node(where, end, shown(end)) for end in ends])
        if kind in {Kind.OPTION, Kind.TEXT}:
            return Node(where, text, text)
        return Node(where, "" if cell is None else _typed(cell), text)


def _typed(cell: Cell, *, read: bool = True) -> object:
    """A cell as the scalar that stands for it in the file; texts that read as a number, date or 是 are that."""
    match cell:
        case bool():
            return Word("是" if cell else "否")
        case PercentNumber() | ShownNumber() | LostDigits() | CellError() | Uncalculated():
            return _text(cell)
        case int() | float():
            return decimal15(float(cell))
        case datetime():
            return cell.date()
        case date():
            return cell
        case _:
            text = _text(cell)
            return resolved(text) if read else text


def _text(cell: Cell) -> str:
    """A cell as it is read aloud, blanks around it aside; nothing for a blank one."""
    match cell:
        case None:
            return ""
        case Uncalculated():
            return "="
        case bool():
            return "是" if cell else "否"
        case PercentNumber():
            return f"{(decimal15(float(cell)) * 100).normalize():f}%"
        case ShownNumber() | PhoneLike() | LostDigits():
            return str(cell)
        case int() | float():
            return f"{decimal15(float(cell)):f}"
        case datetime():
            return cell.date().isoformat()
        case date():
            return cell.isoformat()
        case _:
            return str(cell).replace("\r\n", "\n").strip()
