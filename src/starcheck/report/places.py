"""Places in a ranking, and what they go by, in words: ``3（并列）``, ``2–4``, ``平均星级``, ``3.17–3.50``."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from starcheck.cycle.ranking import SHARES, Interval, Standing
from starcheck.diagnostic import Text
from starcheck.messages import both
from starcheck.report.figures import rounded
from starcheck.scheme import Ranking, Scheme


def measure_words(ranking: Ranking, scheme: Scheme) -> Text:
    """What is measured, in words: 平均星级, 三星以上占比, …进步."""
    called = scheme.tiering.word
    words: Text = both(f"rank.by.{ranking.by.name.lower()}", called=called, tier=ranking.reached or "")
    if ranking.weight:
        words = both("rank.weighted", words=words, field=ranking.weight)
    return both("rank.improvement", words=words) if ranking.improvement else words


def ranking_words(ranking: Ranking, scheme: Scheme) -> Text:
    """Who is ranked by what, and what counts where data are missing."""
    who = both(f"rank.of.{ranking.of.name.lower()}")
    words = [both("monthly.ranking", who=who, measure=measure_words(ranking, scheme))]
    if ranking.alike:
        words.append(both("monthly.alike", tags="、".join(ranking.alike)))
    words += [
        both(f"rank.absent.{ranking.absent.name.lower()}"),
        both(f"rank.open.{ranking.unproven.name.lower()}"),
        both(f"rank.without.{ranking.without_tier.name.lower()}"),
    ]
    return "".join(zh for zh, _ in words), " ".join(en for _, en in words)


def caveats(ranking: Ranking, standings: Sequence[Standing]) -> list[Text]:
    """What counted where units have not reported, something is unknown, or a unit has no tier; as far as there are."""
    words = []
    if any(standing.best != standing.worst for standing in standings):
        words.append(both("rank.range"))
    if any(standing.absent for standing in standings):
        words.append(both(f"rank.absent.{ranking.absent.name.lower()}"))
    if any(standing.open for standing in standings):
        words.append(both(f"rank.open.{ranking.unproven.name.lower()}"))
    if any(standing.without for standing in standings):
        words.append(both(f"rank.without.{ranking.without_tier.name.lower()}"))
    return words


def measured_words(value: Interval | None, ranking: Ranking) -> Text | None:
    """A measure for the eye, both ends where they differ."""
    if value is None:
        return None
    low, high = (_shown(end, ranking) for end in value)
    return (low if value[0] == value[1] else f"{low}–{high}",) * 2


def _shown(end: Fraction, ranking: Ranking) -> str:
    size = rounded(abs(end) * 100, 1) if ranking.by in SHARES else rounded(abs(end), 2)
    sign = "-" if end < 0 and size else "+" if end > 0 and ranking.improvement else ""
    return f"{sign}{size}{'%' if ranking.by in SHARES else ''}"


def place_words(standing: Standing) -> Text | None:
    """``3``, ``3（并列）`` or ``3–5``; nothing for who has no place."""
    if standing.best is None:
        return None
    if standing.best != standing.worst:
        return (f"{standing.best}–{standing.worst}",) * 2
    return both("rank.place.shared" if standing.shared else "rank.place", n=standing.best)
