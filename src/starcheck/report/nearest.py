"""How far each unit is from its next star, for all units at once.

The next star is, among those not lit, the one that the fewest criteria stand in the way of; between equals the one
with the smallest relative distance. One without which a cap (封顶) holds the tier comes before all others. It is an
order for people to read; it decides no verdict.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from starcheck.column import Reason, Verdict
from starcheck.scheme import ALL_TASKS, Criterion, EffectKind, Scheme, Star
from starcheck.scoring import LIT, Assessment

OUT_OF_REACH = np.int16(9999)
"""Instead of a count, where no criterion's value can light the star."""


@dataclass(frozen=True, slots=True)
class NextStar:
    """For each unit: its next star, how many criteria must still be met for it, and how far they are together.

    ``star`` is a position in ``scheme.stars``, -1 where no star can be had by meeting criteria. ``apart`` is the sum
    of the relative gaps of those criteria, each from 0 (there) to 1 (all of it, or not a matter of degree).
    """

    star: NDArray[np.int8]
    needed: NDArray[np.int16]
    apart: NDArray[np.float64]

    def order(self, rows: NDArray[np.intp], limit: int | None) -> NDArray[np.intp]:
        """The ``limit`` of ``rows`` nearest to their next star, nearest first; between equals as they stand."""
        # apart <= needed, so the fraction below stays under 1 and never reaches the next count.
        key = self.needed[rows] + self.apart[rows] / (self.needed[rows] + 1.0)
        if limit is not None and limit < len(rows):
            cut = np.partition(key, limit - 1)[limit - 1] if limit else -np.inf
            rows, key = rows[key <= cut], key[key <= cut]
        return rows[np.argsort(key, kind="stable")][:limit]


def places_of(scheme: Scheme, star: Star) -> list[int]:
    """Positions of a star's criteria in ``scheme.criteria``."""
    here = {criterion.id for criterion in star.criteria}
    return [place for place, criterion in enumerate(scheme.criteria) if criterion.id in here]


def threshold(criterion: Criterion, assessment: Assessment) -> float:
    """The size of the number a criterion asks for, 0 where it asks for none."""
    requirement = criterion.in_force(assessment.as_of)
    if requirement is None or not criterion.kind.numeric:
        return 0.0
    operand = requirement.operand
    if operand == ALL_TASKS:
        return float(len(criterion.tasks))
    ends = operand if isinstance(operand, tuple) else (operand,)
    return max((abs(float(end)) for end in ends if isinstance(end, Decimal)), default=0.0)


def relative(gaps: NDArray[np.float64], size: float) -> NDArray[np.float64]:
    """Gaps as parts of what is asked for, at most 1; 1 where there is no gap to measure."""
    with np.errstate(invalid="ignore", divide="ignore"):
        part = gaps / np.maximum(size, gaps)
    return np.where(np.isfinite(part), part, 1.0)


def next_stars(assessment: Assessment) -> NextStar:
    """The next star of every unit; unreported and not-rated units get one too, the caller leaves them out."""
    size = len(assessment.units.name)
    star = np.full(size, -1, np.int8)
    needed = np.full(size, OUT_OF_REACH, np.int16)
    apart = np.zeros(size)
    verdicts = assessment.counts_as(np.arange(size))
    first = _first(assessment)
    for place, rule in enumerate(assessment.scheme.stars):
        dark = ~np.equal(assessment.stars[:, place], LIT) & ~_extinguished(assessment, rule.name)
        rows = np.flatnonzero(dark & (first[:, place] | ~first.any(axis=1)))
        count, far = _to_light(assessment, place, rule, rows, verdicts)
        better = (count < needed[rows]) | ((count == needed[rows]) & (far < apart[rows]))
        better &= count < OUT_OF_REACH
        won = rows[better]
        star[won], needed[won], apart[won] = place, count[better], far[better]
    return NextStar(star, needed, apart)


def _first(assessment: Assessment) -> NDArray[np.bool_]:
    """Which stars come first for which units: while one is dark a cap (封顶) holds the tier, whatever else is lit."""
    scheme = assessment.scheme
    first = np.zeros((len(assessment.units.name), len(scheme.stars)), np.bool_)
    names = [star.name for star in scheme.stars]
    for cap in scheme.tiering.caps:
        place = names.index(cap.star)
        first[:, place] |= ~np.equal(assessment.stars[:, place], LIT) & (assessment.tiers >= cap.tier)
    return first


def _extinguished(assessment: Assessment, star: str) -> NDArray[np.bool_]:
    out = np.zeros(len(assessment.units.name), np.bool_)
    for place, veto in enumerate(assessment.scheme.vetoes):
        if veto.effect.kind is EffectKind.EXTINGUISH and veto.effect.star == star:
            out |= np.equal(assessment.vetoes[:, place], 1)
    return out


def _to_light(
    assessment: Assessment, place: int, star: Star, rows: NDArray[np.intp], verdicts: NDArray[np.int8]
) -> tuple[NDArray[np.int16], NDArray[np.float64]]:
    """For the units ``rows``: how many criteria this star still needs, and how far they are together."""
    places = np.array(places_of(assessment.scheme, star), np.intp)
    criteria = [assessment.scheme.criteria[column] for column in places.tolist()]
    if not criteria or not len(rows):
        return np.full(len(rows), OUT_OF_REACH), np.zeros(len(rows))
    here = verdicts[np.ix_(rows, places)]
    fixed = np.equal(assessment.reasons[np.ix_(rows, places)], Reason.EXEMPT)
    missing = ((here == Verdict.UNMET) | (here == Verdict.UNKNOWN)) & ~fixed
    far = np.ones(missing.shape)
    for column, criterion in enumerate(criteria):
        if criterion.kind.numeric:
            far[:, column] = relative(assessment.gap(int(places[column]), rows), threshold(criterion, assessment))
    essential = np.array([criterion.essential for criterion in criteria])
    doomed = (here == Verdict.UNMET) & fixed
    doomed &= np.ones_like(essential) if star.rule.all else essential
    count: NDArray[np.int16]
    if star.rule.all:
        count = missing.sum(axis=1, dtype=np.int16)
        apart = (far * missing).sum(axis=1)
    else:
        gains = _gains(assessment, criteria, rows, missing)
        first = (missing & essential).sum(axis=1, dtype=np.int16)
        # Essential ones first, then what is nearest (by count) or what brings most (by score); those met come last.
        rank = np.where(missing, np.where(essential, -1e9, 0.0) + (far if star.rule.score is None else -gains), np.inf)
        order = np.argsort(rank, axis=1, kind="stable")
        if star.rule.score is None:
            wanted = (star.rule.at_least or 1) - np.equal(here, Verdict.MET).sum(axis=1, dtype=np.int16)
            count = np.maximum(first, wanted).astype(np.int16)
        else:
            steps = np.take_along_axis(gains, order, axis=1)
            count = np.maximum(first, _by_score(assessment, place, star, rows, steps))
        chosen = np.arange(len(criteria)) < count[:, None]
        apart = (np.take_along_axis(far, order, axis=1) * chosen).sum(axis=1)
        count = np.where(count > missing.sum(axis=1), OUT_OF_REACH, count).astype(np.int16)
    hopeless = doomed.any(axis=1) | (count <= 0)
    return np.where(hopeless, OUT_OF_REACH, count).astype(np.int16), apart


def in_the_way(assessment: Assessment, star: Star, row: int) -> tuple[list[int], bool]:
    """The criteria a unit must still meet for a star, in the order in which meeting them lights it soonest.

    And whether any as many as are needed would do, so that the order is only a suggestion.
    """
    places = np.array(places_of(assessment.scheme, star), np.intp)
    criteria = [assessment.scheme.criteria[place] for place in places.tolist()]
    verdicts = assessment.verdicts[row, places]
    missing = (verdicts == Verdict.UNMET) | (verdicts == Verdict.UNKNOWN)
    essential = np.array([criterion.essential for criterion in criteria])
    if star.rule.all:
        return places[missing].tolist(), False
    if star.rule.score is None:
        sizes = [threshold(criterion, assessment) for criterion in criteria]
        here = np.array([row])
        gaps = [assessment.gap(place, here) for place in places.tolist()]
        worth = -np.array([relative(gap, size)[0] for gap, size in zip(gaps, sizes, strict=True)])
    else:
        worth = _gains(assessment, criteria, np.array([row]), missing[None, :])[0]
    order = np.lexsort((-worth, ~essential))
    free = star.rule.score is None and not bool((missing & essential).any())
    return places[order[missing[order]]].tolist(), free


def _by_score(
    assessment: Assessment, place: int, star: Star, rows: NDArray[np.intp], gains: NDArray[np.float64]
) -> NDArray[np.int16]:
    """How many of ``gains``, in order, lift the star's proven score to what it asks for."""
    if assessment.star_scores is None or star.rule.score is None:
        return np.full(len(rows), OUT_OF_REACH)
    reached = assessment.star_scores[rows, place, 0][:, None] + np.cumsum(gains, axis=1)
    enough = reached >= float(star.rule.score) - 1e-9
    return np.where(enough.any(axis=1), enough.argmax(axis=1) + 1, OUT_OF_REACH).astype(np.int16)


def _gains(
    assessment: Assessment,
    criteria: list[Criterion],
    rows: NDArray[np.intp],
    missing: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """Points each missing criterion would add to the proven score (graded items have part of theirs already)."""
    gains = np.zeros(missing.shape)
    for column, criterion in enumerate(criteria):
        full = float(criterion.full_points)
        parts = [assessment.earned[part.id][rows, 0] for part in criterion.scored if part.id in assessment.earned]
        gains[:, column] = np.maximum(full - np.sum(parts, axis=0), 0.0) if parts else full
    return gains * missing
