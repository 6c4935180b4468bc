"""Scheme files as located trees: YAML in, nodes that know their file, line and column out; overlays laid over parents.

Values are resolved here and nowhere else, so that nothing is lost on the way: a number is the decimal as written,
a date is a date only in the form 2022-05-01, ``on`` and ``010`` are text, whatever stands in quotes is text, and a key
that stands twice is a problem and not the last of the two.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
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

_NUMBER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_PLAIN_TAG = "tag:yaml.org,2002:"
_PROBLEMS: tuple[tuple[str, str], ...] = (
    ("mapping values are not allowed", "这里不能出现冒号：缩进不齐，或文字里的冒号没有用引号括起来"),
    ("cannot start any token", "这里有不能用的字符：缩进要用空格，不能用制表符；以 % @ 等开头的文字要加引号"),
    ("did not find expected key", "这里应当是“键: 值”：缩进不齐，或以 [ 开头的文字（如公式）没有加引号"),
    ("expected <block end>", "这里应当是“键: 值”：缩进不齐，或以 [ 开头的文字（如公式）没有加引号"),
    ("could not find expected ':'", "这里缺少冒号，冒号后要有一个空格"),
    ("expected ',' or ']'", "方括号没有闭合，或各项之间缺少英文逗号"),
    ("expected ',' or '}'", "花括号没有闭合，或各项之间缺少英文逗号"),
    ("unexpected end of stream", "引号没有闭合"),
    ("expected '-' indicator", "列表的各项没有对齐，或缺少“- ”"),
    ("another document", "一个文件只能有一个方案，不能用 --- 分成几段"),
    ("special characters are not allowed", "文件中有不可见的控制字符"),
)

Path = tuple[str | int, ...]
"""Keys and positions from the root of a tree to a value in it."""


class Word(str):
    """A plain 是 or 否: text where text is wanted, yes or no where that is wanted."""

    __slots__ = ()


@dataclass(slots=True, eq=False)
class Node:
    """A value of the file and where it stands.

    ``value`` is a scalar (str, Word, bool, Decimal, date or None), a list of nodes or a dict of nodes; ``written`` is
    a scalar's text in the file, ``keys`` where each key of a mapping stands.
    """

    where: Location
    value: Any
    written: str = ""
    keys: dict[str, Location] = field(default_factory=dict)

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
    body = text.removeprefix("\ufeff")
    if (line := _too_deep(body)) is not None:
        return None, (_syntax(Location(file, line=line, column=1), ("括号套得太深", "brackets nested too deep")),)
    try:
        root = yaml.compose(body, Loader=YamlLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = Location(file, line=mark.line + 1, column=mark.column + 1) if mark else Location(file)
        return None, (_syntax(where, _translate(error.problem or "")),)
    except yaml.reader.ReaderError as error:
        before = body[: error.position] if isinstance(error.position, int) else ""
        where = Location(file, line=before.count("\n") + 1, column=len(before) - before.rfind("\n"))
        return None, (_syntax(where, _translate(error.reason)),)
    if root is None or not isinstance(root, yaml.MappingNode):
        return None, (_syntax(Location(file, line=1, column=1), ("这里应当是“键: 值”", "expected 'key: value'")),)
    problems: list[Diagnostic] = []
    return _Builder(file, problems).build(root), tuple(problems)


class _Builder:
    """Turns YAML nodes into ours and collects what the format does not allow."""

    def __init__(self, file: str, problems: list[Diagnostic]) -> None:
        self.file = file
        self.problems = problems
        self.seen: set[int] = set()

    def build(self, node: yaml.Node) -> Node:
        where = self.place(node)
        if id(node) in self.seen:
            self.refuse(node, "*", ("别名", "an alias"))
            return Node(where, None)
        self.seen.add(id(node))
        if node.tag not in _EXPECTED_TAGS[node.id]:
            self.refuse(node, "!" + node.tag.removeprefix(_PLAIN_TAG).lstrip("!"), ("标签", "a tag"))
        if isinstance(node, yaml.ScalarNode):
            plain = node.style in {None, ""}
            return Node(where, _resolve(node.value) if plain else node.value, node.value)
        if isinstance(node, yaml.SequenceNode):
            return Node(where, [self.build(item) for item in node.value])
        return self.mapping(node, where)

    def mapping(self, node: yaml.Node, where: Location) -> Node:
        children: dict[str, Node] = {}
        keys: dict[str, Location] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self.refuse(key, "? ", ("不是文字的键", "a key that is not text"))
                continue
            name = key.value
            if name in children:
                first = keys[name]
                self.problems.append(
                    Diagnostic("K603", self.place(key), found=name, arguments={"first": f"{first.line}"})
                )
                continue
            child = self.build(value)
            if child.value is None:
                # an empty value has no place of its own; the key's is where one looks
                child = Node(self.place(key), None)
            children[name] = child
            keys[name] = self.place(key)
        return Node(where, children, keys=keys)

    def place(self, node: yaml.Node) -> Location:
        return Location(self.file, line=node.start_mark.line + 1, column=node.start_mark.column + 1)

    def refuse(self, node: yaml.Node, found: str, what: Text) -> None:
        self.problems.append(Diagnostic("K634", self.place(node), found=found, arguments={"what": what}))


_EXPECTED_TAGS = {
    "scalar": {_PLAIN_TAG + "str", "!"},
    "sequence": {_PLAIN_TAG + "seq"},
    "mapping": {_PLAIN_TAG + "map"},
}


def _resolve(written: str) -> str | bool | Decimal | date | None:
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

_LISTS = {"星级": "星", "校核": "编号", "负面清单": "编号"}
_MAPPINGS = ("依据", "字段")


def overlay(parent: Node, child: Node) -> tuple[Node, tuple[Diagnostic, ...]]:
    """``child`` laid over ``parent`` (继承): what it names replaces, what it adds is added, the rest stays.

    字段 and 星 go by name, 指标, 校核 and 负面清单 by 编号, 依据 by key; everything else is replaced whole.
    """
    problems: list[Diagnostic] = []
    merged = Node(child.where, dict(parent.value), keys=dict(parent.keys))
    for key, value in child.value.items():
        base = parent.child(key)
        if base is None:
            merged.value[key] = value
        elif key in _MAPPINGS and isinstance(base.value, dict) and isinstance(value.value, dict):
            merged.value[key] = Node(value.where, base.value | value.value, keys=base.keys | value.keys)
            problems += _strangers(value.value.items(), base.value)
        elif key in _LISTS and isinstance(base.value, list) and isinstance(value.value, list):
            laid = _lay_star if key == "星级" else None
            merged.value[key] = _lay_list(base, value, _LISTS[key], problems, laid)
        else:
            merged.value[key] = value
        merged.keys[key] = child.keys[key]
    merged.value.pop("继承", None)
    return merged, tuple(problems)


_Lay = Callable[[Node, Node, list[Diagnostic]], Node]


def _lay_list(base: Node, over: Node, key: str, problems: list[Diagnostic], laid: _Lay | None = None) -> Node:
    result = list(base.value)
    places = {name: position for position, item in enumerate(base.value) if (name := item.text(key)) is not None}
    named = [(item.text(key) or "", item) for item in over.value]
    problems += _strangers(named, places)
    for name, item in named:
        if name in places:
            below = base.value[places[name]]
            result[places[name]] = laid(below, item, problems) if laid else item
        else:
            result.append(item)
    return Node(over.where, result)


def _lay_star(base: Node, over: Node, problems: list[Diagnostic]) -> Node:
    """A star over its namesake: its own keys replace, its 指标 go by 编号."""
    merged = Node(over.where, base.value | over.value, keys=base.keys | over.keys)
    below, above = base.child("指标"), over.child("指标")
    if below is not None and above is not None and isinstance(below.value, list) and isinstance(above.value, list):
        merged.value["指标"] = _lay_list(below, above, "编号", problems)
    return merged


def _strangers(named: Sequence[tuple[str, Node]] | Any, known: Any) -> Iterator[Diagnostic]:
    """停用 of something that the parent does not have: most likely a slip of the pen."""
    for name, item in named:
        if name not in known and is_disabled(item):
            yield Diagnostic("K633", item.where, found=name, arguments=nearest_slot(name, known))


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
            kept.value[key] = Node(section.where, [_star_without(item) for item in stay] if key == "星级" else stay)
    return kept


def _star_without(star: Node) -> Node:
    criteria = star.child("指标")
    if criteria is None or not isinstance(criteria.value, list):
        return star
    stay = [item for item in criteria.value if not is_disabled(item)]
    return Node(star.where, star.value | {"指标": Node(criteria.where, stay)}, keys=star.keys)


# --- near names -------------------------------------------------------------------------------------------------------


def nearest(name: str, names: Any) -> str | None:
    """The valid name most like ``name``, None if none is like it. A hint, never a match."""
    from difflib import SequenceMatcher  # noqa: PLC0415

    best, likeness = None, 0.0
    for candidate in names:
        score = SequenceMatcher(None, name, candidate).ratio()
        # two-character words that share one differ in half of their characters and still are what was meant
        if score > likeness:
            best, likeness = candidate, score
    return best if likeness >= NEAR else None


NEAR = 0.5


def nearest_slot(name: str, names: Any) -> dict[str, Text]:
    """The ``near`` slot of a message: the nearest valid name, or all of them when they are few."""
    names = [str(candidate) for candidate in names]
    if (best := nearest(name, names)) is not None:
        return {"near": (f"是不是“{best}”？", f"Did you mean {best}?")}
    few = 12
    if 0 < len(names) <= few:
        return {"near": ("可用：" + "、".join(names), "Known: " + ", ".join(names))}
    return {"near": ("", "")}
