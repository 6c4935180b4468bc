"""Scheme files written: fresh, or an existing text changed in no more places than its tree changed.

What an office wrote beside the values (comments, blank lines, alignment, quotes) is in the text and not in the tree, so
a changed scheme is the old text with pieces replaced. Trees are those of ``scheme_source``: the old one knows where its
values stand in the text, the new one only what they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from difflib import SequenceMatcher
from itertools import pairwise

from starcheck.diagnostic import Location
from starcheck.private import masked
from starcheck.scheme_model import shown
from starcheck.scheme_source import Node, Word, parse_cell

IDENTITIES: Mapping[str, str] = {
    "星级": "星",
    "指标": "编号",
    "任务": "编号",
    "要求": "自",
    "点亮": "自",
    "校核": "编号",
    "负面清单": "编号",
    "分组": "组",
    "封顶": "未亮",
    "名额": "档",
    "档次": "档",
    "排名": "名称",
    "约谈": "排名",
    "奖励": "名称",
    "日程": "事项",
}
"""The key that tells the entries of a list apart, by the key of the list."""

_BLOCKS = frozenset({"要求", "点亮", "任务", "封顶", "名额", "校核", "负面清单", "排名", "约谈", "奖励", "日程"})
"""Lists that stand one entry a line; each entry is in brackets."""
_LONG = frozenset({"星级", "分组", "指标"})
"""Lists whose entries stand one key a line."""
_SECTIONS = frozenset({"依据", "字段", "校核", "星级", "定级", "分组", "统计", "摊派提醒", "负面清单", "月度"})
"""What is set off by a blank line."""


# --- the same ---------------------------------------------------------------------------------------------------------


def empty(node: Node | None) -> bool:
    """Whether there is nothing: no key, no value, or a list or mapping of nothing."""
    return node is None or node.value is None or node.value in ([], {})


def same(old: Node | None, new: Node | None, key: str = "") -> bool:
    """Whether two values mean the same in a scheme; ``key`` is the key that they stand under."""
    if old is None or new is None or empty(old) or empty(new):
        return empty(old) and empty(new)
    one, other = old.value, new.value
    if isinstance(one, dict) and isinstance(other, dict):
        return all(same(one.get(name), other.get(name), name) for name in dict.fromkeys((*one, *other)))
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other, [key] * len(one)))
    return _plain(one, key) == _plain(other, key) or (isinstance(one, str) and masked(one) == other)


def _plain(value: object, key: str) -> tuple[str, object]:
    """A scalar as the scheme takes it: 是 and true are one, and so are blanks around a text."""
    if isinstance(value, bool):
        return "str", "是" if value else "否"
    if isinstance(value, str):
        # 依据 is a name and, after whatever blanks, a clause
        return "str", " ".join(value.split(None, 1)) if key == "依据" else value.strip()
    return type(value).__name__, value


# --- fresh ------------------------------------------------------------------------------------------------------------


def fresh_text(root: Node) -> str:
    """A scheme file of a tree, in the style of those shipped."""
    lines: list[str] = []
    for key, node in root.value.items():
        if key in _SECTIONS and lines:
            lines.append("")
        lines.append(_pair(key, node, 0))
    return "\n".join(lines) + "\n"


def _pair(key: str, node: Node, indent: int) -> str:
    """``key: value`` of a mapping without brackets; ``indent`` is that of the key."""
    name, inner = _key(key), indent + 2
    pad = " " * inner
    if isinstance(node.value, list) and node.value and key in _LONG | _BLOCKS and _of_mappings(node):
        entries = [f"{pad}- {_entry(item, inner + 2, long=key in _LONG)}" for item in node.value]
        apart = "\n\n" if key in _LONG else "\n"
        return f"{name}:\n" + apart.join(entries)
    if isinstance(node.value, dict) and node.value and key in {"依据", "字段", "定级", "月度"}:
        rows = [_pair(inside, value, inner).lstrip() for inside, value in node.value.items()]
        return f"{name}:\n" + "\n".join(f"{pad}{row}" for row in rows)
    return f"{name}: {bracketed(node, outer=False)}"


def _of_mappings(node: Node) -> bool:
    return all(isinstance(item.value, dict) for item in node.value)


def _entry(node: Node, indent: int, *, long: bool) -> str:
    """An entry of a list, from behind its dash on; ``indent`` is that of its keys."""
    if not long or not isinstance(node.value, dict) or not node.value:
        return bracketed(node)
    return f"\n{' ' * indent}".join(_pair(key, value, indent) for key, value in node.value.items())


def bracketed(node: Node, *, outer: bool = True) -> str:
    """A value on one line: ``{至少: 5, 依据: 示例}``, ``[a, b]``, a scalar; ``outer``: it stands in brackets itself."""
    if isinstance(node.value, dict):
        pairs = (f"{_key(key)}: {bracketed(value)}" for key, value in node.value.items())
        return "{" + ", ".join(pairs) + "}"
    if isinstance(node.value, list):
        return "[" + ", ".join(bracketed(item) for item in node.value) + "]"
    return _scalar(node.value, bracketed=outer)


def _key(name: str) -> str:
    """A key, which is text whatever it looks like: the 5 of ``{5: 五星}`` has no quotes."""
    return name if name.isascii() and name.isdigit() else _scalar(name)


def _scalar(value: object, *, bracketed: bool = True) -> str:
    """A scalar as it is written, in quotes only where it would be read as something else without."""
    match value:
        case None:
            return "null"
        case bool():
            return "是" if value else "否"
        case Decimal():
            return f"{value:f}"
        case date():
            return value.isoformat()
    text = str(value)
    if _reads_back(text, text, bracketed=bracketed, word=isinstance(value, Word)):
        return text
    quoted = '"' + text + '"'
    if '"' not in text and _reads_back(quoted, text, bracketed=bracketed):
        return quoted
    quoted = "'" + text.replace("'", "''") + "'"
    return quoted if _reads_back(quoted, text, bracketed=bracketed) else _escaped(text)


def _reads_back(written: str, text: str, *, bracketed: bool, word: bool = False) -> bool:
    line = f"[{written}, {written}]" if bracketed else f"k: {written}"
    root, problems = parse_cell(line, Location())
    if root is None or problems:
        return False
    found: Iterable[Node] = root.value if bracketed else root.value.values() if isinstance(root.value, dict) else ()
    values = [node.value for node in found]
    whole = 2 if bracketed else 1
    return len(values) == whole and all(
        isinstance(value, str) and value == text and (word or not isinstance(value, Word)) for value in values
    )


def _escaped(text: str) -> str:
    escapes = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}
    return '"' + "".join(escapes.get(character, character) for character in text) + '"'


# --- changed ----------------------------------------------------------------------------------------------------------


def changed_text(text: str, old: Node, new: Node) -> str:
    """``text``, which ``old`` is the tree of, changed to say what ``new`` says; what did not change stays as it is.

    A comment goes with the entry that it stands above, or at the end of whose line it stands. Where an entry is taken
    out, what stands above it stays. Texts with line ends of Windows keep them.
    """
    body = text.removeprefix("\ufeff")
    made = _Changes(body).whole(old, new)
    if "\r\n" in body:
        made = re.sub("(?<!\r)\n", "\r\n", made)
    return text[: len(text) - len(body)] + made


class _Piece:
    """An entry on its way into the new text: what stands before it, and itself."""

    def __init__(self, place: int | None, lead: str, body: str) -> None:
        self.place = place
        """Its position among the old entries, None if it is new."""
        self.lead = lead
        self.body = body


class _Changes:
    """The pieces of a text, put together again as a new tree wants them."""

    def __init__(self, text: str) -> None:
        self.text = text

    def whole(self, old: Node, new: Node) -> str:
        begin, end = self._span(old)
        end = self._line_end(end)
        return self.text[:begin] + self._mapping(old, new) + self.text[end:]

    # --- places ---

    def _span(self, node: Node) -> tuple[int, int]:
        assert node.span is not None
        begin, end = node.span
        # a text over several lines (|) ends for the parser where the next thing begins
        while end > begin and self.text[end - 1] in "\r\n":
            end -= 1
        return begin, end

    def _line_end(self, place: int) -> int:
        """The end of the line, with what is remarked there."""
        end = self.text.find("\n", place)
        end = len(self.text) if end < 0 else end
        return end - 1 if end > place and self.text[end - 1] == "\r" else end

    def _has_brackets(self, node: Node) -> bool:
        return self.text[self._span(node)[0]] in "[{"

    def _column(self, place: int) -> int:
        return place - (self.text.rfind("\n", 0, place) + 1)

    # --- values ---

    def _value(self, old: Node, new: Node, key: str, *, inside: bool) -> str:
        """What is to stand where ``old`` stands, ``inside`` brackets or not; of lines to the last one's end."""
        begin, end = self._span(old)
        if isinstance(old.value, dict | list) and not self._has_brackets(old):
            end = self._line_end(end)
        if same(old, new, key):
            return self.text[begin:end]
        if old.value and isinstance(old.value, dict) and isinstance(new.value, dict):
            return self._mapping(old, new)
        if old.value and isinstance(old.value, list) and isinstance(new.value, list):
            return self._list(old, new, key)
        written = bracketed(new, outer=inside)
        return f" {written}" if begin == end else written

    def _end(self, node: Node, *, inside: bool) -> int:
        end = self._span(node)[1]
        return end if inside else self._line_end(end)

    def _pair(self, node: Node, new: Node, key: str, *, inside: bool) -> str:
        """A key, its value as it is to be, and what stands behind that on its line."""
        assert node.key_start is not None
        begin, end = self._span(node)
        block = isinstance(node.value, dict | list) and not self._has_brackets(node)
        rest = "" if block else self.text[end : self._end(node, inside=inside)]
        return self.text[node.key_start : begin] + self._value(node, new, key, inside=inside) + rest

    # --- collections ---

    def _mapping(self, old: Node, new: Node) -> str:
        inside = self._has_brackets(old)
        written = sorted(old.value.items(), key=lambda pair: pair[1].key_start or 0)
        starts = [node.key_start or 0 for _, node in written]
        ends = [self._end(node, inside=inside) for _, node in written]
        column = self._column(starts[0])
        kept = {
            name: _Piece(place, "", self._pair(node, new.value.get(name, node), name, inside=inside))
            for place, (name, node) in enumerate(written)
            if not empty(new.value.get(name)) or empty(node)
        }
        order = list(kept)
        before: str | None = None
        for name, value in new.value.items():
            if name not in kept and not empty(value):
                fresh = f"{_key(name)}: {bracketed(value)}" if inside else _pair(name, value, column)
                order.insert(order.index(before) + 1 if before is not None else 0, name)
                section = not inside and column == 0 and name in _SECTIONS
                kept[name] = _Piece(None, "\n" if section else "", fresh)
            if name in kept:
                before = name
        pieces = [kept[name] for name in order]
        return self._joined(old, pieces, starts, ends, column, inside=inside)

    def _list(self, old: Node, new: Node, key: str) -> str:
        inside = self._has_brackets(old)
        begin = self._span(old)[0]
        starts: list[int] = []
        for item in old.value:
            start = self._span(item)[0]
            starts.append(start if inside else self.text.rindex("-", begin, start))
        ends = [self._end(item, inside=inside) for item in old.value]
        column = self._column(begin)
        pairs = matched(old.value, new.value, IDENTITIES.get(key))
        pieces: list[_Piece] = []
        for place, item in zip(pairs, new.value, strict=True):
            if place is None:
                near = next((piece.place for piece in reversed(pieces) if piece.place is not None), 0)
                pieces.append(self._new_entry(item, old.value[near], key, column, inside=inside))
                continue
            before = old.value[place]
            value = self._value(before, item, "", inside=inside)
            first, last = self._span(before)
            block = isinstance(before.value, dict | list) and not self._has_brackets(before)
            rest = "" if block else self.text[last : ends[place]]
            pieces.append(_Piece(place, "", self.text[starts[place] : first] + value + rest))
        return self._joined(old, pieces, starts, ends, column, inside=inside)

    def _new_entry(self, item: Node, near: Node, key: str, column: int, *, inside: bool) -> _Piece:
        """A new entry in the style of one beside it."""
        if inside:
            return _Piece(None, "", bracketed(item))
        long = isinstance(near.value, dict) and not self._has_brackets(near)
        entry = _entry(item, column + 2, long=long) if long else bracketed(item, outer=False)
        return _Piece(None, "\n" if long and key in {*_LONG, "任务"} else "", f"- {entry}")

    def _joined(
        self, old: Node, pieces: Sequence[_Piece], starts: list[int], ends: list[int], column: int, *, inside: bool
    ) -> str:
        """The pieces in their order, each behind what stood before it, and what stood before those that are gone."""
        begin, end = self._span(old)
        if not pieces:
            return "{}" if isinstance(old.value, dict) else "[]"
        usual = ", " if inside else f"\n{' ' * column}"
        gaps = [self.text[last:first] for last, first in zip([begin, *ends], starts, strict=False)]
        head, gaps[0] = gaps[0], ""
        if inside:
            return head + self._in_brackets(pieces, gaps, usual) + self.text[ends[-1] : end]
        stay = {piece.place for piece in pieces}
        carried = ""
        for place, gap in enumerate(gaps):
            if place in stay:
                gaps[place], carried = carried + gap, ""
            elif gap.strip():
                # what is remarked above an entry that goes may be about more than the entry
                carried += gap[: gap.rindex("\n")].rstrip("\r")
        made = ""
        for piece in pieces:
            gap = f"{piece.lead}{usual}" if piece.place is None else gaps[piece.place] or usual
            made += (gap if made else gap.lstrip()) + piece.body
        return head + made + carried

    @staticmethod
    def _in_brackets(pieces: Sequence[_Piece], gaps: Sequence[str], usual: str) -> str:
        made = pieces[0].body
        for before, piece in pairwise(pieces):
            follows = piece.place is not None and before.place == piece.place - 1
            made += (gaps[piece.place] if follows and piece.place is not None else usual) + piece.body
        return made


def matched(old: Sequence[Node], new: Sequence[Node], key: str | None) -> list[int | None]:
    """For each of ``new`` the position of the entry of ``old`` that it was, None if there was none.

    Entries are the same that have the same identity, or are the same throughout; of the rest those that stand between
    the same two are, in their order: a name that was changed is a change of that entry.
    """
    identify: Callable[[Node], str] = (lambda node: _identity(node, key)) if key else _written
    names, others = _numbered(map(identify, old)), _numbered(map(identify, new))
    places = {name: place for place, name in enumerate(names)}
    found = [places.get(name) for name in others]
    taken = set(found)
    for tag, first, last, start, stop in SequenceMatcher(None, names, others, autojunk=False).get_opcodes():
        if tag == "replace":
            free = iter([place for place in range(first, last) if place not in taken])
            for place in range(start, stop):
                if found[place] is None:
                    found[place] = next(free, None)
    return found


def _identity(node: Node, key: str) -> str:
    inner = node.child(key)
    return _written(node if inner is None else inner)


def _written(node: Node) -> str:
    return shown(node.plain()) if not isinstance(node.value, dict) else bracketed(node)


def _numbered(names: Iterable[str]) -> list[tuple[str, int]]:
    seen: dict[str, int] = {}
    numbered = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        numbered.append((name, seen[name]))
    return numbered


def line_changes(old: str, new: str) -> tuple[int, int]:
    """Lines taken out, and lines put in."""
    out = into = 0
    matcher = SequenceMatcher(None, old.splitlines(), new.splitlines(), autojunk=False)
    for tag, first, last, start, stop in matcher.get_opcodes():
        if tag != "equal":
            out, into = out + last - first, into + stop - start
    return out, into
