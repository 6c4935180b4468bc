"""What a scheme file calls things, seen without loading it.

A run without ``--scheme`` is rated by one scheme and has twenty to choose from. Loading one takes a hundredth of a
second, finding its words in the text a fifteenth of that. A text that is written in a way not known here has no sketch:
then only loading tells, and nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from starcheck.units import normalise_header, split_unit


@dataclass(frozen=True, slots=True)
class SchemeSketch:
    """The headers of a scheme's ledgers, normalised as ``intake.HeaderIndex`` does, and the names of its tiers.

    An overlay has those of its parents with its own; a few more than when loaded, where it takes items away.
    """

    path: Path
    columns: tuple[frozenset[str], ...]
    names: frozenset[str]
    tiers: frozenset[str]
    example: bool
    """Whether its 性质 calls it one."""
    parents: tuple[str, ...]
    """The texts of the schemes it inherits from."""

    @property
    def spellings(self) -> frozenset[str]:
        """What any column may be called."""
        return frozenset().union(*self.columns)

    def most(self, headers: Collection[Sequence[str]]) -> int:
        """As many columns as the loaded scheme can at most have; each header, by what it may be called, is one."""
        words = {word for header in headers for word in header}
        columns = sum(not column.isdisjoint(words) for column in self.columns)
        known = self.spellings & words
        return min(columns, sum(not known.isdisjoint(header) for header in headers))


def sketch(path: Path) -> SchemeSketch | None:
    """The sketch of a scheme file and its parents; None where only loading it tells."""
    texts = _texts(path)
    if texts is None:
        return None
    columns: list[frozenset[str]] = []
    names: set[str] = set()
    tiers: set[str] = set()
    natures: list[str | None] = []
    for text in (_COMMENT.sub("", text) for text in texts):
        lists = _lists(text, "列名")
        fields = _fields_without_headers(text)
        named = _lists(text, "名称列")
        levels = _tiers(text)
        if lists is None or fields is None or named is None or levels is None:
            return None
        taken = frozenset().union(
            *columns
        )  # what two columns share they cannot be called both: the nearer has replaced
        written = (_spellings(words) for words in (*lists, *([name] for name in fields)))
        columns += [column for column in written if column.isdisjoint(taken)]
        names.update(normalise_header(word) for words in named for word in words)
        tiers.update(map(normalise_header, levels))
        written_nature = re.search(r"^性质[ \t]*:[ \t]*(\S.*)$", text, re.MULTILINE)
        natures.append(None if written_nature is None else written_nature[1])
    if not tiers or not any(natures):
        return None
    example = natures[0] is not None and natures[0].startswith("示例")
    return SchemeSketch(path, tuple(columns), frozenset(names), frozenset(tiers), example, tuple(texts[1:]))


def _spellings(words: Collection[str]) -> frozenset[str]:
    return frozenset(normalise_header(form) for word in words for form in (word, split_unit(word)[0]))


_MOST_TEXTS = 8
_COMMENT = re.compile(r"^\s*#.*$", re.MULTILINE)
_WORD = re.compile(r"""\s*(?:"([^"\\\n]*)"|'([^'\n]*)'|([^\s"'\[\]{},:#&*!|>%@`-][^\n"\[\]{},:#]*))\s*""")
_NAMED_LEVELS = re.compile(r"^[ \t]*档次[ \t]*:[ \t]*(\{[^{}]*\}|\[[^\[\]]*\])", re.MULTILINE)


def _texts(path: Path) -> list[str] | None:
    """The texts of a file and its parents; None where one cannot be had."""
    texts: list[str] = []
    while len(texts) < _MOST_TEXTS:
        try:
            texts.append(path.read_bytes().decode("utf-8"))
        except (OSError, UnicodeDecodeError):
            return None
        if "继承" not in _COMMENT.sub("", texts[-1]):
            return texts
        parent = re.search(r"^继承[ \t]*:[ \t]*(\S+)[ \t]*(?:#.*)?$", texts[-1], re.MULTILINE)
        word = None if parent is None else _word(parent[1])
        if word is None:
            return None
        path = path.parent / word
    return None


def _word(written: str) -> str | None:
    """A plain or quoted scalar; None for what is more than that."""
    found = _WORD.fullmatch(written)
    return None if found is None else next(part for part in found.groups() if part is not None).strip()


def _words(written: str) -> list[str] | None:
    """The scalars of a flow list, its brackets taken off."""
    words = [_word(part) for part in written.split(",") if part.strip()]
    return None if None in words else [word for word in words if word is not None]


def _lists(text: str, key: str) -> list[list[str]] | None:
    """Every list under a key; None where one is not written ``key: [a, b]``, or the key may be part of a text."""
    written = re.findall(rf"(?<![^\s{{,]){key}[ \t]*:\s*\[([^\[\]]*)\]", text)
    lists = [_words(one) for one in written]
    if len(written) != text.count(key) or None in lists:
        return None
    return [one for one in lists if one is not None]


def _fields_without_headers(text: str) -> list[str] | None:
    """The fields (字段) whose name is their only spelling; None where the section is not written in lines."""
    blocks = re.findall(r"^字段[ \t]*:[ \t]*(?:#.*)?\n((?:[ \t].*\n|[ \t]*\n)*)", text + "\n", re.MULTILINE)
    if len(blocks) != len(re.findall(r"""^[ \t]*["']?字段["']?[ \t]*:""", text, re.MULTILINE)):
        return None
    names: list[str] = []
    for block in blocks:
        indent = re.match(r"\s*?( +)\S", block)
        if indent is None:
            return None
        parts = re.split(rf"^ {{{len(indent[1])}}}(?=\S)", block, flags=re.MULTILINE)
        for part in parts[1:]:
            name = _word(part.partition(":")[0])
            if name is None:
                return None
            names += [] if "列名" in part else [name]
    return names


def _tiers(text: str) -> list[str] | None:
    """The names in ``档次: {5: 五星, …}`` or ``档次: [{至少: 90, 档: 五星}, …]``; None where written otherwise."""
    found = _NAMED_LEVELS.findall(text)
    if len(found) != len(re.findall(r"""(?<![^\s{,"'])档次["']?[ \t]*:""", text)):
        return None
    names: list[str | None] = []
    for written in found:
        pattern = r"档\s*:([^,{}]*)" if written[0] == "[" else r"[{,]\s*\d+\s*:([^,{}]*)"
        inside = re.findall(pattern, written)
        if len(inside) != (written.count("{") if written[0] == "[" else written.count(":")):
            return None
        names += map(_word, inside)
    return None if None in names else [name for name in names if name is not None]
