"""Where the keys and values of a TOML text stand: ``tomllib`` reads it, and says no line numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

Path = tuple[str | int, ...]
"""The keys that lead to a value; numbers count the tables and elements of an array from 0."""

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SPACE = re.compile(r"[ \t]*")
_BLANK = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}|' + r"'''.*?'{3,5}|" + r'"(?:[^"\\\n]|\\.)*"|' + r"'[^'\n]*'",
    re.DOTALL,
)
_PLAIN = re.compile(r"[^,\]}#\n]+")
_ESCAPE = re.compile(r'\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(["\\btnfr]))')
_ESCAPED = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r"}


def key_places(text: str) -> dict[Path, tuple[int, int]]:
    """Line and column, from 1, of every key, table and element of ``text``, which ``tomllib`` must have accepted."""
    scanner = _Scanner(text)
    scanner.document()
    starts = [0, *(match.end() for match in re.finditer("\n", text))]
    found: dict[Path, tuple[int, int]] = {}
    line = 0
    for path, at in sorted(scanner.places.items(), key=lambda one: one[1]):
        while line + 1 < len(starts) and starts[line + 1] <= at:
            line += 1
        found[path] = (line + 1, at - starts[line] + 1)
    return found


@dataclass
class _Scanner:
    """A walk through a valid text."""

    text: str
    at: int = 0
    places: dict[Path, int] = field(default_factory=dict)
    _counts: dict[Path, int] = field(default_factory=dict)
    """How many tables each array of tables has so far."""

    def document(self) -> None:
        base: Path = ()
        self._skip(_BLANK)
        while self.at < len(self.text):
            start = self.at
            if self.text[start] == "[":
                several = self.text.startswith("[[", start)
                self.at += 2 if several else 1
                base = self._table(self._key(), start, several=several)
                self.at += 2 if several else 1
                self.places.setdefault(base, start)
            else:
                self._pair(base)
            self._skip(_BLANK)

    def _table(self, keys: Path, start: int, *, several: bool) -> Path:
        """The path of a table; under an array of tables it belongs to the last of them."""
        path: Path = ()
        for place, key in enumerate(keys):
            path = (*path, key)
            self.places.setdefault(path, start)
            if several and place == len(keys) - 1:
                self._counts[path] = self._counts.get(path, 0) + 1
            if path in self._counts:
                path = (*path, self._counts[path] - 1)
        return path

    def _skip(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self.text, self.at)
        assert match is not None, f"no valid TOML at {self.at}"
        self.at = match.end()
        return match[0]

    def _key(self) -> Path:
        """A key, dotted or not, with the space around it."""
        keys: list[str] = []
        while True:
            self._skip(_SPACE)
            quoted = self.text[self.at] in "\"'"
            word = self._skip(_STRING if quoted else _BARE)
            keys.append(_unquoted(word) if quoted else word)
            self._skip(_SPACE)
            if not self.text.startswith(".", self.at):
                return tuple(keys)
            self.at += 1

    def _pair(self, base: Path) -> None:
        start = self.at
        path = base
        for key in self._key():
            path = (*path, key)
            self.places.setdefault(path, start)
        self.at += 1  # the =
        self._skip(_SPACE)
        self._value(path)

    def _value(self, path: Path) -> None:
        match self.text[self.at]:
            case '"' | "'":
                self._skip(_STRING)
            case "[":
                self._inside("]", path)
            case "{":
                self._inside("}", path)
            case _:
                self._skip(_PLAIN)

    def _inside(self, end: str, path: Path) -> None:
        """The elements of an array, or the pairs of an inline table."""
        self.at += 1
        count = 0
        while True:
            self._skip(_BLANK)
            if self.text[self.at] == end:
                self.at += 1
                return
            if self.text[self.at] == ",":
                self.at += 1
            elif end == "]":
                self.places[*path, count] = self.at
                self._value((*path, count))
                count += 1
            else:
                self._pair(path)


def _unquoted(word: str) -> str:
    if word.startswith("'"):
        return word[1:-1]
    return _ESCAPE.sub(
        lambda match: chr(int(match[1] or match[2], 16)) if match[3] is None else _ESCAPED.get(match[3], match[3]),
        word[1:-1],
    )
