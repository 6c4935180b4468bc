"""Where each value of a scheme that inherits (继承) stands: kept from a parent, replaced, or added by the overlay."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from enum import Enum
from functools import cached_property
from typing import Any, NamedTuple

from starcheck.diagnostic import Lang
from starcheck.messages import say
from starcheck.report.sections import Section
from starcheck.scheme import Scheme
from starcheck.scheme_source import Node, nodes_of_criteria, parse_source

_BY_NAME = {"星级": "星", "分组": "组", "校核": "编号", "负面清单": "编号"}
"""The lists of a file whose entries an overlay names, and by which key."""


class Way(Enum):
    """How a value came into the scheme."""

    KEPT = "kept"
    """As a parent has it."""
    REPLACED = "replaced"
    """The overlay's own, in place of the parent's."""
    ADDED = "added"
    """The overlay's own; no parent has it."""


class Origin(NamedTuple):
    """The file and line of a value, the 编号 of the scheme in that file, and how it came into this one."""

    file: str
    line: int | None
    scheme: str
    way: Way

    def words(self, lang: Lang) -> str:
        """In a few words, beside the value: ``wuxing-rural:80``; ``本方案:35 替换``."""
        return say(f"origin.{self.way.value}", lang, scheme=self.scheme, line=self.line or "")

    def document(self) -> dict[str, Any]:
        """The same as plain values."""
        return {"file": self.file, "line": self.line, "scheme": self.scheme, "way": self.way.value}


class Origins:
    """The origins of what a scheme consists of, by the paths of ``Scheme.origin``; none where it inherits nothing."""

    def __init__(self, scheme: Scheme) -> None:
        """Nothing is read before something is asked for."""
        self._scheme = scheme

    @property
    def any(self) -> bool:
        """Whether the scheme inherits: else everything is its own, and there is nothing to say."""
        return len(self._scheme.texts) > 1

    @cached_property
    def _roots(self) -> dict[str, Node]:
        roots = ((file, parse_source(text, file)[0]) for file, text in self._scheme.texts)
        return {file: root for file, root in roots if root is not None}

    @cached_property
    def _above(self) -> frozenset[tuple[str | int, ...]]:
        """What the parents have, by the same paths."""
        own = self._scheme.texts[0][0] if self._scheme.texts else None
        return frozenset(path for file, root in self._roots.items() if file != own for path in _named(root))

    def of(self, *path: str | int) -> Origin | None:
        """The origin of a value; None where nothing is inherited, or the scheme is from no file."""
        where = self._scheme.origin(*path)
        if not self.any or where.file not in self._roots:
            return None
        root = self._roots[where.file]
        way = Way.KEPT
        if where.file == self._scheme.texts[0][0]:
            way = Way.REPLACED if path in self._above else Way.ADDED
        return Origin(where.file, where.line, root.text("编号") or where.file, way)

    def words(self, lang: Lang, *path: str | int) -> str:
        """The same in words, empty where there is none."""
        found = self.of(*path)
        return "" if found is None else found.words(lang)

    def files(self) -> Iterator[tuple[str, str, str]]:
        """File, 编号 and version of the scheme itself and of its parents, from the own file upwards."""
        for file, root in self._roots.items():
            yield file, root.text("编号") or "", root.text("版本") or ""


def with_origin(page: Section, scheme: Scheme, lang: Lang, *path: str | int) -> Section:
    """A page about one part of a scheme with where that part stands, after what scheme it is of."""
    words = Origins(scheme).words(lang, *path)
    if not words:
        return page
    return replace(page, facts=(*page.facts[:1], (say("origin", lang), words), *page.facts[1:]))


def _named(root: Node) -> Iterator[tuple[str | int, ...]]:
    """The paths of everything in a file that an overlay can replace."""
    for key, value in root.value.items():
        yield (key,)
        if isinstance(value.value, dict):
            yield from ((key, name) for name in value.value)
    yield from ((name,) for name in root.entries("字段"))
    for key, naming in _BY_NAME.items():
        for entry in root.items(key):
            name = entry.text(naming)
            if name is None:
                continue
            yield (name,)
            yield from ((name, attribute) for attribute in entry.value)
            yield from ((item.text("编号") or "",) for item in nodes_of_criteria(entry))
