"""Scheme files as located trees: YAML in, nodes that know their file, line and column out; overlays laid over parents.

Values are resolved here and nowhere else, so that nothing is lost on the way: a number is the decimal as written,
a date is a date only in the form 2022-05-01, ``on`` and ``010`` are text, whatever stands in quotes is text, and a key
that stands twice is a problem and not the last of the two.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

import yaml

from starcheck.diagnostic import Diagnostic, Location, Text

try:
    from yaml import CBaseLoader as YamlLoader
except ImportError:  # pragma: no cover - PyYAML without libyaml
    from yaml import BaseLoader as YamlLoader  # type: ignore[assignment]

DEPTH_LIMIT = 60
"""Levels of brackets and indentation; a scheme needs eight. Deeper text exhausts the stack of the YAML parser."""

OPEN = "待定"
"""What stands in a scheme wherever somebody still has to decide."""

_NUMBER = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,18})?")
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_PLAIN_TAG = "tag:yaml.org,2002:"
_PROBLEMS: tuple[tuple[str, str], ...] = (
    ("mapping values are not allowed", "这里不能出现冒号：缩进不齐，或文字里的冒号没有用引号括起来"),
    ("cannot start any token", "这里有不能用的字符：缩进要用空格，不能用制表符；以 % @ 等开头的文字要加引号"),
    ("did not find expected key", "这里应当是“键: 值”：缩进不齐，或以 [ 开头的文字（如公式）没有加引号"),
    ("expected <block end>", "这里应当是“键: 值”：缩进不齐，或以 [ 开头的文字（如公式）没有加引号"),
    ("could not find expected ':'", "这里缺少冒号，冒号后要有一个空格"),
    ("expected ',' or ']'", "方括号没有闭合，或各项之间缺少英文逗号"),
    ("expected ',' or '}'", "花括号没有闭合，各项之间缺少英文逗号，或以 [ 开头的公式没有加引号"),
    ("unexpected end of stream", "引号没有闭合"),
    ("expected '-' indicator", "列表的各项没有对齐，或缺少“- ”"),
    ("another document", "一个文件只能有一个方案，不能用 --- 分成几段"),
    ("alphabetic or numeric character", "以 * 或 & 开头的文字要加引号"),
)

Path = tuple[str | int, ...]
"""Keys and positions from the root of a tree to a value in it."""


class Word(str):
    """A plain 是 or 否: text where text is wanted, yes or no where that is wanted."""

    __slots__ = ()


@dataclass(slots=True)
class Node:
    """A value of the file and where it stands.

    ``value`` is a scalar (str, Word, bool, Decimal, date or None), a list of nodes or a dict of nodes; ``written`` is
    a scalar's text in the file, ``lead`` how many characters stand between the place and that text (a quote), None if
    places in the text cannot be counted in the file. ``keys`` are the places of the keys of a mapping. ``span`` is
    where the value's text begins and ends in the file, ``key_start`` where that of its key begins, in characters
    without a byte order mark; None for what is not from a text.
    """

    where: Location
    value: Any
    written: str = ""
    lead: int | None = None
    keys: dict[str, Location] = field(default_factory=dict)
    span: tuple[int, int] | None = None
    key_start: int | None = None

    def within(self, column: int) -> Location:
        """The place of the ``column``-th character of a scalar's text, counted from 1."""
        if self.lead is None or self.where.column is None:
            return self.where
        return replace(self.where, column=self.where.column + self.lead + column - 1)

    def child(self, key: str | int) -> Node | None:
        """The node under a key or position, None if there is none."""
        if isinstance(self.value, dict):
            return self.value.get(str(key))
        if isinstance(self.value, list) and isinstance(key, int) and 0 <= key < len(self.value):
            return self.value[key]  # type: ignore[no-any-return]
        return None

    def text(self, key: str) -> str | None:
        """The scalar under ``key`` as written, None if there is none."""
        child = self.child(key)
        return child.written if child is not None and not isinstance(child.value, dict | list) else None

    def items(self, key: str) -> list[Node]:
        """The nodes of the list under ``key``, empty if there is none."""
        child = self.child(key)
        return list(child.value) if child is not None and isinstance(child.value, list) else []

    def entries(self, key: str) -> dict[str, Node]:
        """The nodes of the mapping under ``key``, empty if there is none."""
        child = self.child(key)
        return dict(child.value) if child is not None and isinstance(child.value, dict) else {}

    def plain(self) -> Any:
        """The value without its places. Keys without a value are left out, as if they were not written."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items() if node.value is not None}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value


def parse_source(text: str, file: str) -> tuple[Node | None, tuple[Diagnostic, ...]]:
    """The tree of a scheme file's text, and what is wrong with it as YAML. No tree if it cannot be parsed at all."""
    root, problems = _parse(text.removeprefix("\ufeff"), file, None)
    if root is not None and not isinstance(root.value, dict):
        return None, (_syntax(Location(file, line=1, column=1), _NO_MAPPING),)
    if root is None and not problems:
        return None, (_syntax(Location(file, line=1, column=1), _NO_MAPPING),)
    return root, problems


def parse_cell(text: str, where: Location) -> tuple[Node | None, tuple[Diagnostic, ...]]:
    """What is written in YAML in one cell of a workbook; every place in it is the cell's."""
    return _parse(text, where.file or "", where)


_NO_MAPPING: Text = ("这里应当是“键: 值”", "expected 'key: value'")


def _parse(body: str, file: str, at: Location | None) -> tuple[Node | None, tuple[Diagnostic, ...]]:
    if (line := _too_deep(body)) is not None:
        where = at or Location(file, line=line, column=1)
        return None, (_syntax(where, ("括号套得太深", "brackets nested too deep")),)
    if (match := _UNPRINTABLE.search(body)) is not None:
        before = body[: match.start()]
        where = at or Location(file, line=before.count("\n") + 1, column=match.start() - before.rfind("\n"))
        return None, (_syntax(where, ("这里有不可见的控制字符", "an invisible control character")),)
    try:
        root = yaml.compose(body, Loader=YamlLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        marks = [one.line for one in (error.context_mark, error.problem_mark) if one is not None]
        if (slip := _full_width_slip(body, marks)) is not None:
            line, column, what = slip
            return None, (_syntax(at or Location(file, line=line, column=column), what),)
        where = at or (Location(file, line=mark.line + 1, column=mark.column + 1) if mark else Location(file))
        return None, (_syntax(where, _translate(error.problem or "")),)
    if root is None:
        return None, ()
    problems: list[Diagnostic] = []
    built = _Builder(file, body, problems, at).build(root)
    return built, tuple(problems)


class _Builder:
    """Turns YAML nodes into ours and collects what the format does not allow."""

    def __init__(self, file: str, body: str, problems: list[Diagnostic], at: Location | None) -> None:
        self.file = file
        self.body = body
        self.at = at
        self.problems = problems
        self.seen: set[int] = set()

    def build(self, node: yaml.Node, near: Location | None = None) -> Node:
        where = self.place(node)
        if id(node) in self.seen:
            # the parser hands out the anchored node itself, so the alias has no place of its own
            self.refuse(near or where, "*", ("别名", "an alias"))
            return Node(near or where, None)
        self.seen.add(id(node))
        if node.tag not in _EXPECTED_TAGS[type(node)]:
            self.refuse(where, "!" + node.tag.removeprefix(_PLAIN_TAG).lstrip("!"), ("标签", "a tag"))
        if isinstance(node, yaml.ScalarNode):
            plain = node.style in {None, ""}
            single = node.start_mark.line == node.end_mark.line and "\\" not in node.value
            lead = (0 if plain else 1) if single else None
            span = (node.start_mark.index, node.end_mark.index)
            return Node(where, resolved(node.value) if plain else node.value, node.value, lead, span=span)
        if isinstance(node, yaml.SequenceNode):
            items = [self.build(item, where) for item in node.value]
            return Node(where, items, span=_span(node, items))
        assert isinstance(node, yaml.MappingNode), "there is no other kind"
        return self.mapping(node, where)

    def mapping(self, node: yaml.MappingNode, where: Location) -> Node:
        children: dict[str, Node] = {}
        keys: dict[str, Location] = {}
        last = ""
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self.refuse(self.place(key), "?", ("不是文字的键", "a key that is not text"))
                continue
            name, place = key.value, self.place(key)
            if self.full_width(key, value):
                children |= (mended := self.mended(key, value))
                keys |= dict.fromkeys(mended, place)
                continue
            if node.flow_style and self.is_cut_off(key, value):
                self.problems.append(_syntax(place, _CUT_OFF))
                if last and not isinstance(children[last].value, dict | list | None):
                    # as it was meant, so that nothing more is said of half a text
                    whole = f"{children[last].written}, {name}"
                    children[last] = replace(children[last], value=whole, written=whole)
                continue
            if name in children:
                first = keys[name]
                self.problems.append(Diagnostic("K603", place, found=name, arguments={"first": line_words(first)}))
                continue
            child = self.build(value, place)
            if (swallowed := self.swallowed(value)) is not None:
                meant, rest = swallowed
                child = Node(child.where, resolved(meant), meant)
                children |= (mended := _entries(rest, child.where))
                keys |= dict.fromkeys(mended, child.where)
            if child.value is None:
                # an empty value has no place of its own; the key's is where one looks
                child = Node(place, None, span=child.span)
            child.key_start = key.start_mark.index
            children[name] = child
            keys[name] = place
            last = name
        return Node(where, children, keys=keys, span=_span(node, children.values()))

    def is_cut_off(self, key: yaml.ScalarNode, value: yaml.Node) -> bool:
        """Whether an entry in braces has no colon: it is the rest of a text, or formula, that has a comma in it."""
        between = self.body[key.end_mark.index : value.start_mark.index]
        empty = isinstance(value, yaml.ScalarNode) and not value.value and value.style in {None, ""}
        return empty and ":" not in re.sub("#.*", "", between)

    def full_width(self, key: yaml.ScalarNode, value: yaml.Node) -> bool:
        """Report a key that has swallowed its value, or more entries, because of full-width punctuation."""
        if key.style or "：" not in key.value:
            return False  # in quotes it is meant
        empty = isinstance(value, yaml.ScalarNode) and not value.value and value.style in {None, ""}
        if not empty and not (isinstance(value, yaml.ScalarNode) and re.search("[，{[]", key.value)):
            return False  # 其中：男 may be the name of a field
        where = self.place(key)
        if self.at is None and where.column is not None:
            where = replace(where, column=where.column + key.value.index("："))
        self.problems.append(_syntax(where, _FULL_WIDTH["："]))
        return True

    def swallowed(self, node: yaml.Node) -> tuple[str, str] | None:
        """Report a date that has swallowed the entries behind it: what was meant, and those; else None."""
        if not isinstance(node, yaml.ScalarNode) or node.style:
            return None
        written: str = node.value
        meant, comma, rest = written.partition("，")
        if not comma or "：" not in rest or not isinstance(resolved(meant), date):
            return None
        self.full_width_comma(node)
        return meant, rest

    def full_width_comma(self, node: yaml.ScalarNode) -> None:
        where = self.place(node)
        if self.at is None and where.column is not None:
            where = replace(where, column=where.column + node.value.index("，"))
        self.problems.append(_syntax(where, _FULL_WIDTH["，"]))

    def mended(self, key: yaml.ScalarNode, value: yaml.Node) -> dict[str, Node]:
        """What was meant by such a key, so that nothing is said to be missing as well."""
        where = self.place(key)
        name, _, inside = key.value.partition("：")
        if inside.lstrip().startswith(("{", "[")):
            written = value.value if isinstance(value, yaml.ScalarNode) else ""
            node, _ = _parse(f"{inside}: {written}", self.file, where)
            return {name.strip(): node or Node(where, None)}
        *_, last = key.value.split("，")
        own = {} if "：" in last else {last.strip(): self.build(value, where)}
        return _entries(key.value, where) | own

    def place(self, node: yaml.Node) -> Location:
        if self.at is not None:
            return self.at
        return Location(self.file, line=node.start_mark.line + 1, column=node.start_mark.column + 1)

    def refuse(self, where: Location, found: str, what: Text) -> None:
        self.problems.append(Diagnostic("K634", where, found=found, arguments={"what": what}))


def _entries(written: str, where: Location) -> dict[str, Node]:
    """Entries between full-width commas, each with a full-width colon, as what they were meant for."""
    parts = [part.partition("：") for part in written.split("，")]
    return {name.strip(): Node(where, resolved(text.strip()), text.strip()) for name, colon, text in parts if colon}


def _span(node: yaml.CollectionNode, children: Iterable[Node]) -> tuple[int, int]:
    """Where a collection begins and ends. The parser lets one without brackets end where the next thing begins."""
    begin, end = node.start_mark.index, node.end_mark.index
    if not node.flow_style:
        end = max((child.span[1] for child in children if child.span is not None), default=end)
    return begin, end


def line_words(where: Location) -> Text:
    """A place in the same file, to be named within a message."""
    if where.line is None:
        return where.cell or str(where), where.cell or str(where)
    return f"第 {where.line} 行", f"line {where.line}"


_EXPECTED_TAGS: Mapping[type[yaml.Node], set[str]] = {
    yaml.ScalarNode: {_PLAIN_TAG + "str", "!"},
    yaml.SequenceNode: {_PLAIN_TAG + "seq"},
    yaml.MappingNode: {_PLAIN_TAG + "map"},
}


def resolved(written: str) -> str | bool | Decimal | date | None:
    """What a plain scalar means."""
    if written in {"", "~", "null"}:
        return None
    if written in {"是", "否"}:
        return Word(written)
    if written in {"true", "false"}:
        return written == "true"
    if _NUMBER.fullmatch(written):
        return Decimal(written)
    if _DATE.fullmatch(written):
        try:
            return date.fromisoformat(written)
        except ValueError:
            return written
    return written


_FULL_WIDTH: Mapping[str, Text] = {
    "：": (
        "这里用了中文冒号“：”，要用英文冒号“:”，后面空一格；各项之间用英文逗号",
        "a full-width colon; write ': ' with a space, and ', ' between entries",
    ),
    "，": ("这里用了中文逗号“，”，要用英文逗号“,”，后面空一格", "a full-width comma; write ', ' with a space"),
}
_CUT_OFF: Text = (
    "前面的英文逗号把这里断成了另一项；花括号里有逗号的文字、公式，要整个加英文引号，文字也可以改用中文逗号“，”",
    "the comma before it ends the entry; within braces put a text or formula with commas into quotes",
)
_SLIP = re.compile(r"(?:^|[-{,，])[ \t]*[^\W\d_]{1,8}(：)|(，)[ \t]*[^\W\d_]{1,8}[:：]")
"""A word at the beginning of an entry with a full-width colon behind it, or a full-width comma before it."""


def _full_width_slip(body: str, marks: Sequence[int]) -> tuple[int, int, Text] | None:
    """Line, column and name of the first full-width mark that may be why a text cannot be parsed.

    The parser gives up at the next colon it understands, which is often in the line below.
    """
    lines = body.splitlines()
    for number in sorted({line for mark in marks for line in (mark - 1, mark) if 0 <= line < len(lines)}):
        line = lines[number]
        for match in _SLIP.finditer(line):
            at = match.start(1) if match[1] else match.start(2)
            before = line[:at]
            if before.count('"') % 2 == 0 and before.count("'") % 2 == 0 and not re.search(r"(?:^|\s)#", before):
                return number + 1, at + 1, _FULL_WIDTH[line[at]]
    return None


def _too_deep(text: str) -> int | None:
    """The line where nesting exceeds the limit, by counting alone; quotes do not matter at that depth."""
    depth = 0
    for number, line in enumerate(text.splitlines(), 1):
        content = line.lstrip(" -")
        if len(line) - len(content) > 10 * DEPTH_LIMIT:
            return number
        for character in line:
            if character in "[{":
                depth += 1
                if depth > DEPTH_LIMIT:
                    return number
            elif character in "]}":
                depth = max(0, depth - 1)
    return None


def _translate(problem: str) -> Text:
    for fragment, chinese in _PROBLEMS:
        if fragment in problem:
            return chinese, problem
    return problem, problem


def _syntax(where: Location, problem: Text) -> Diagnostic:
    return Diagnostic("K602", where, arguments={"problem": problem})


# --- overlays ---------------------------------------------------------------------------------------------------------

_LISTS = {"星级": "星", "校核": "编号", "负面清单": "编号", "分组": "组"}
_WITH_CRITERIA = frozenset({"星级", "分组"})
_MAPPINGS = ("依据", "字段", "月度")


def overlay(parent: Node, child: Node) -> tuple[Node, tuple[Diagnostic, ...]]:
    """``child`` laid over ``parent`` (继承): what it names replaces, what it adds is added, the rest stays.

    字段 and 星 go by name, 指标, 校核 and 负面清单 by 编号, 依据 and 月度 by key; everything else is replaced whole.
    """
    problems: list[Diagnostic] = []
    holders = {
        item.text("编号") or "": (holder, item)
        for key in sorted(_WITH_CRITERIA)
        for holder in parent.items(key)
        for item in nodes_of_criteria(holder)
    }

    def laid(below: Node, over: Node, problems: list[Diagnostic]) -> Node:
        return _lay_star(below, over, problems, holders)

    merged = Node(child.where, dict(parent.value), keys=dict(parent.keys))
    for key, value in child.value.items():
        base = parent.child(key)
        if base is None:
            merged.value[key] = value
        elif key in _MAPPINGS and isinstance(base.value, dict) and isinstance(value.value, dict):
            merged.value[key] = Node(value.where, base.value | value.value, keys=base.keys | value.keys)
            problems += _strangers(value.value.items(), base.value)
        elif key in _LISTS and isinstance(base.value, list) and isinstance(value.value, list):
            laying = laid if key in _WITH_CRITERIA else None
            merged.value[key] = _lay_list(base, value, _LISTS[key], problems, laying)
            if laying is not None:
                here = {holder.text(_LISTS[key]) for holder in base.value}
                for holder in value.value:
                    if holder.text(_LISTS[key]) not in here and not is_disabled(holder):
                        problems += _misplaced(nodes_of_criteria(holder), (), holders, None)
        else:
            merged.value[key] = value
        merged.keys[key] = child.keys[key]
    merged.value.pop("继承", None)
    return merged, tuple(problems)


_Holders = Mapping[str, tuple[Node, Node]]
"""By 编号 the star or group of a parent that has an item, and the item."""
_Lay = Callable[[Node, Node, list[Diagnostic]], Node]


def _lay_list(base: Node, over: Node, key: str, problems: list[Diagnostic], laid: _Lay | None = None) -> Node:
    result = list(base.value)
    places = {name: position for position, item in enumerate(base.value) if (name := item.text(key)) is not None}
    named = [(item.text(key) or "", item) for item in over.value]
    problems += _strangers(named, places)
    replaced: set[str] = set()
    for name, item in named:
        # a name that stands twice is kept twice, for the lint to see
        if name in places and name not in replaced:
            below = base.value[places[name]]
            result[places[name]] = laid(below, item, problems) if laid else item
            replaced.add(name)
        else:
            result.append(item)
    return Node(over.where, result)


def _lay_star(base: Node, over: Node, problems: list[Diagnostic], holders: _Holders) -> Node:
    """A star over its namesake: its own keys replace, its 指标 go by 编号."""
    merged = Node(over.where, base.value | over.value, keys=base.keys | over.keys)
    below, above = base.child("指标"), over.child("指标")
    if below is not None and above is not None and isinstance(below.value, list) and isinstance(above.value, list):
        merged.value["指标"] = _lay_criteria(below, above, problems, holders, base)
    return merged


def _lay_criteria(base: Node, over: Node, problems: list[Diagnostic], holders: _Holders, star: Node) -> Node:
    """指标 over 指标 of a ``star`` by 编号; a task (任务) of an item that stays is replaced where it stands."""
    names = {item.text("编号") for item in base.value}
    replaced = {item.text("编号") for item in over.value} & names
    tasks = {
        task.text("编号") or ""
        for item in base.value
        if item.text("编号") not in replaced
        for task in nodes_of_criteria(item, "任务")
    }
    named = [(item.text("编号") or "", item) for item in over.value]
    new = {name: item for name, item in reversed(named) if name in tasks and name not in names}
    kept = [item if item.text("编号") in replaced else _with_tasks_from(item, new) for item in base.value]
    # a name that stands twice is kept twice, for the lint to see
    others = [item for name, item in named if new.get(name) is not item]
    problems += _misplaced((item for _, item in named), {*filter(None, names), *tasks}, holders, star)
    return _lay_list(Node(base.where, kept), Node(over.where, others), "编号", [])


def _with_tasks_from(item: Node, new: Mapping[str, Node]) -> Node:
    """An item with those tasks below it that have a new version."""
    tasks = item.child("任务")
    if tasks is None or not isinstance(tasks.value, list) or not new:
        return item
    laid = [new.get(task.text("编号") or "", _with_tasks_from(task, new)) for task in tasks.value]
    return Node(item.where, item.value | {"任务": Node(tasks.where, laid)}, keys=item.keys)


def _misplaced(
    items: Iterable[Node], known: Collection[str], holders: _Holders, base: Node | None
) -> Iterator[Diagnostic]:
    """停用 of an item that the parent's star ``base`` does not have; where another has it, that is said."""
    for item in items:
        name = item.text("编号") or ""
        if name in known or not is_disabled(item):
            continue
        holder, found = holders.get(name, (None, None))
        if holder is None or found is None or holder is base:
            yield from _strangers([(name, item)], known or holders)
            continue
        star = holder.text("星") or holder.text("组") or ""
        place: Text = ("这里没有", "has none here called")
        near: Text = (
            f"它在“{star}”里（{found.where}），写到那里。",
            f" It is in {star} ({found.where}): write it there.",
        )
        yield Diagnostic("K633", item.where, found=name, arguments={"there": place, "near": near})


def _strangers(named: Iterable[tuple[str, Node]], known: Collection[str]) -> Iterator[Diagnostic]:
    """停用 of something that the parent does not have: most likely a slip of the pen."""
    for name, item in named:
        if name not in known and is_disabled(item):
            there: Text = ("上级方案里没有", "has none called")
            yield Diagnostic("K633", item.where, found=name, arguments={"there": there, **nearest_slot(name, known)})


def is_disabled(node: Node) -> bool:
    """Whether an entry says 停用: 是."""
    flag = node.child("停用")
    return flag is not None and (flag.value is True or (isinstance(flag.value, Word) and flag.value == "是"))


def drop_disabled(root: Node) -> Node:
    """The tree without the fields, stars, criteria, checks and vetoes that are 停用."""
    kept = Node(root.where, dict(root.value), keys=root.keys)
    for key in (*_LISTS, "字段"):
        section = root.child(key)
        if section is None:
            continue
        if isinstance(section.value, dict):
            items = {name: item for name, item in section.value.items() if not is_disabled(item)}
            kept.value[key] = Node(section.where, items, keys=section.keys)
        elif isinstance(section.value, list):
            stay = [item for item in section.value if not is_disabled(item)]
            within = [_star_without(item) for item in stay] if key in _WITH_CRITERIA else stay
            kept.value[key] = Node(section.where, within)
    return kept


def _star_without(star: Node) -> Node:
    criteria = star.child("指标")
    if criteria is None or not isinstance(criteria.value, list):
        return star
    return Node(star.where, star.value | {"指标": _criteria_without(criteria)}, keys=star.keys)


def _criteria_without(criteria: Node) -> Node:
    """The criteria, and the tasks below them, that are not 停用."""
    stay = []
    for item in criteria.value:
        tasks = item.child("任务")
        if is_disabled(item):
            continue
        if tasks is not None and isinstance(tasks.value, list):
            stay.append(Node(item.where, item.value | {"任务": _criteria_without(tasks)}, keys=item.keys))
        else:
            stay.append(item)
    return Node(criteria.where, stay)


def nodes_of_criteria(holder: Node, key: str = "指标") -> Iterator[Node]:
    """The entries of a star's 指标, each followed by those of its 任务."""
    for item in holder.items(key):
        yield item
        yield from nodes_of_criteria(item, "任务")


def paths_of_criteria(holder: Node, path: Path, key: str = "指标") -> Iterator[tuple[Path, Node]]:
    """The same with their paths; ``path`` is that of ``holder``."""
    for number, item in enumerate(holder.items(key)):
        here = (*path, key, number)
        yield here, item
        yield from paths_of_criteria(item, here, "任务")


# --- the tree while it is checked ----------------------------------------------------------------------------------


class Tree:
    """The located tree while it is checked: what is wrong is reported, cut out, and remembered as cut."""

    def __init__(self, root: Node, above: Node | None = None) -> None:
        """Begin with a tree of which nothing has been cut; ``above`` is what it was laid over, None without parents."""
        self.root = root
        self.above = above
        self._declared = frozenset(_declared(root))
        self._cut: set[tuple[int, str | int]] = set()
        self._damaged: set[int] = set()

    def node(self, *path: str | int) -> Node | None:
        """The node at ``path``, None if there is none."""
        node: Node | None = self.root
        for step in path:
            node = None if node is None else node.child(step)
        return node

    def where(self, *path: str | int) -> Location:
        """The place of the value at ``path``, or of the nearest value around it."""
        node = self.root
        for step in path:
            child = node.child(step)
            if child is None:
                break
            node = child
        return node.where

    def dated(self, path: Path, since: date) -> Path:
        """The path of the entry under ``path`` that begins (自) on that day: they stand in any order."""
        holder = self.node(*path)
        entries = holder.value if holder is not None and isinstance(holder.value, list) else []
        begun = ((place, item.child("自")) for place, item in enumerate(entries))
        return next(((*path, place) for place, day in begun if day is not None and day.value == since), path)

    def key(self, *path: str | int) -> Location:
        """The place of the key at the end of ``path``."""
        parent = self.node(*path[:-1])
        return self.where(*path) if parent is None else parent.keys.get(str(path[-1]), parent.where)

    def is_own(self, *path: str | int) -> bool:
        """Whether the key at the end of ``path`` stands in the scheme's own file, not in one that it inherits from."""
        return self.key(*path).file == self.root.where.file

    def whole(self, *path: str | int) -> bool:
        """Whether there is a value at ``path`` and nothing has been cut out of it."""
        node = self.node(*path)
        return node is not None and id(node) not in self._damaged

    def was_cut(self, *path: str | int) -> bool:
        """Whether the value at ``path`` was there and has been cut."""
        return (id(self.node(*path[:-1])), path[-1]) in self._cut

    def gone(self, kind: str, name: str) -> bool:
        """Whether a thing of that kind (字段, 依据, 星, 指标, 档) and name was there, was wrong, and has been cut.

        Whoever refers to it is not wrong too: what is wrong with it has been said.
        """
        return (kind, name) in self._declared and (kind, name) not in set(_declared(self.root))

    def lost(self, section: str) -> bool:
        """Whether a section is absent although something at the top was wrong, most likely its own key."""
        return self.root.child(section) is None and any(holder == id(self.root) for holder, _ in self._cut)

    def cut(self, paths: Iterable[Sequence[str | int]]) -> None:
        """Take the values at ``paths`` out; all are found before the first goes, since positions shift."""
        doomed: list[tuple[Node, str | int, Node | None]] = []
        for path in paths:
            trail = [node for end in range(len(path)) if (node := self.node(*path[:end])) is not None]
            self._damaged |= {id(node) for node in trail}
            doomed.append((trail[-1], path[-1], trail[-1].child(path[-1])))
        for parent, step, node in doomed:
            self._cut.add((id(parent), step))
            if isinstance(parent.value, dict):
                parent.value.pop(str(step), None)
            else:
                parent.value[:] = [item for item in parent.value if item is not node]


def _declared(root: Node) -> Iterator[tuple[str, str]]:
    """The kind and name of everything that something else may refer to, also of parts that turn out to be wrong."""
    for section in ("字段", "依据"):
        yield from ((section, name) for name in root.entries(section))
    for star in root.items("星级"):
        yield "星", star.text("星") or ""
        yield from (("指标", item.text("编号") or "") for item in nodes_of_criteria(star))
    tiers = root.entries("定级").get("档次")
    if tiers is not None and isinstance(tiers.value, dict):
        yield from (("档", node.written) for node in tiers.value.values())
    elif tiers is not None and isinstance(tiers.value, list):
        yield from (("档", node.text("档") or "") for node in tiers.value)


# --- near names -------------------------------------------------------------------------------------------------------


NEAR = 0.5
"""Likeness from which a name is worth suggesting: two words of two characters that share one."""


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The valid name most like ``name``, None if none is like it. A hint, never a match."""
    from difflib import SequenceMatcher  # noqa: PLC0415 - only when something is wrong

    best, likeness = None, (0.0, 0)
    for candidate in names:
        # of equals the one with more characters in the same place: 收人 is 收入 rather than 人口
        in_place = sum(one == other for one, other in zip(name, candidate, strict=False))
        score = (SequenceMatcher(None, name, candidate).ratio(), in_place)
        if score > likeness:
            best, likeness = candidate, score
    return best if likeness[0] >= NEAR else None


def nearest_slot(name: str, names: Iterable[str]) -> dict[str, Text]:
    """The ``near`` slot of a message: the nearest valid name, or all of them when they are few."""
    known = [str(candidate) for candidate in names]
    if (best := nearest(name, known)) is not None:
        return {"near": (f"是不是“{best}”？", f" Did you mean {best}?")}
    if 0 < len(known) <= _FEW:
        return {"near": (f"可用的有：{'、'.join(known)}。", f" Known: {', '.join(known)}.")}
    return {"near": ("", "")}


_FEW = 12
