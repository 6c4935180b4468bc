r"""Text as it may be written: what steers a terminal, turns the direction of a line or hides is shown as an escape.

Cells, names of files and sheets, and schemes may hold anything. They are kept as they are, since they are keys and
values; every writer passes them through here. The form is that of programs, ``\x1b`` or ``\u202e``, which any encoding
can hold and any font can show.
"""

from __future__ import annotations

import json
import re

_BREAKS = re.compile(r"\r\n?")
_BLANKS = re.compile(r"\r\n|[\t\n\r]")
_UNSEEN = re.compile(
    "["
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters but for tab and line feed
    "\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"  # no width, direction
    "\u3164\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e007f"
    "\ud800-\udfff"  # halves of characters, which no file can hold
    "]"
)


def visible(text: str) -> str:
    """The text on one line, for a place where a line of its own would be taken for ours: breaks and tabs are blanks."""
    return text if text.isprintable() else _UNSEEN.sub(_escape, _BLANKS.sub(" ", text))


def visible_lines(text: str) -> str:
    """The text with its tabs and its line breaks, as line feeds, for the cell of a table that is a file."""
    return text if text.isprintable() else _UNSEEN.sub(_escape, _BREAKS.sub("\n", text))


def escaped_in_json(text: str) -> str:
    """A JSON text with the same characters as the escapes of JSON."""
    return text if text.isprintable() else _UNSEEN.sub(lambda found: json.dumps(found[0])[1:-1], text)


def _escape(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode("ascii")
