"""The one table of what the user reads."""

from __future__ import annotations

from string import Formatter

import pytest

from starcheck.column import Reason, Verdict
from starcheck.diagnostic import Severity
from starcheck.messages import MESSAGES, both, say

CHINESE_ONLY = (
    {f"table.{word}": {"name", "unit"} for word in ("value", "gap")}
    | {"table.verdict": {"name"}}
    | {f"table.{word}": {"called"} for word in ("tier", "tier_name", "reachable", "settled")}
)
"""English column headers are for programs: they have the 编号 alone, and are the same whatever tiers are called."""


def slots(text: str) -> set[str]:
    """The names in braces."""
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("key", sorted(MESSAGES))
def test_both_languages_say_the_same(key: str) -> None:
    """A message has a text in each language, with the same slots."""
    chinese, english = MESSAGES[key]

    assert chinese
    assert english
    assert slots(chinese) - {"zh"} - CHINESE_ONLY.get(key, set()) == slots(english) - {"en"}


def test_missing_key_is_a_bug() -> None:
    """A key that is not there raises, whatever the language."""
    with pytest.raises(KeyError):
        say("no.such.key", "zh")


def test_every_word_has_a_name() -> None:
    """Every verdict, reason and severity has its word in the table."""
    words = [f"verdict.{verdict.word}" for verdict in Verdict]
    words += [f"reason.{reason.word}" for reason in Reason if reason.word]
    words += [f"severity.{severity}" for severity in Severity]

    assert [] == [word for word in words if word not in MESSAGES]


def test_both() -> None:
    """A text is both languages at once."""
    assert ("至少5", "at least 5") == both("bounds.at_least", n=5)
