"""How far each unit is from its next star, for all units at once.

The next star is, among those not lit, the one that the fewest criteria stand in the way of; between equals the one
with the smallest relative distance. One without which a cap (封顶) holds the tier comes before all others. It is an
order for people to read; it decides no verdict.
"""

from __future__ import annotations

from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from starcheck.column import Verdict
from starcheck.scheme import ALL_TASKS, Criterion, EffectKind, Scheme, Star
from starcheck.scoring import LIT, Assessment

OUT_OF_REACH = np.int16(9999)
"""Instead of a count, where no criterion's value can light the star."""


class NextStars:
    """The next star of every unit: counted for all of them at once, measured for those that come into question.

    ``needed`` is how many criteria each must still meet for it, ``OUT_OF_REACH`` where no star can be had by meeting
    criteria. Unreported and not-rated units have one too, the caller leaves them out.
    """

    needed: NDArray[np.int16]

    def __init__(self, assessment: Assessment) -> None:
        """Count what stands in the way of each star."""
        self._assessment = assessment
        first = _first(assessment)
        free = ~first.any(axis=1)
        stars = assessment.scheme.stars
        self._counts = np.full((len(assessment.units), len(stars)), OUT_OF_REACH, order="F")
        for place, star in enumerate(stars):
            dark = ~np.equal(assessment.stars[:, place], LIT) & ~_extinguished(assessment, star.name)
            dark &= first[:, place] | free
            if star.rule.score is None:
                self._counts[dark, place] = _count(assessment, star)[dark]
            else:
                rows = np.flatnonzero(dark)
                self._counts[rows, place] = _by_points(assessment, place, star, rows)[0]
        self.needed = self._counts.min(axis=1, initial=OUT_OF_REACH)

    def nearest(self, rows: NDArray[np.intp], limit: int | None) -> list[tuple[int, int]]:
        """The ``limit`` of ``rows`` nearest to their next star, nearest first; between equals as they stand.

        Each with the position of that star in ``scheme.stars``. None of them may be out of reach.
        """
        if limit is not None and limit < len(rows):
            last = np.partition(self.needed[rows], limit - 1)[limit - 1] if limit else -1
            rows = rows[self.needed[rows] <= last]
        star, apart = self._measured(rows)
        needed = self.needed[rows]
        # apart <= needed, so the fraction below stays under 1 and never reaches the next count.
        order = np.argsort(needed + apart / (needed + 1.0), kind="stable")[:limit]
        return list(zip(rows[order].tolist(), star[order].tolist(), strict=True))

    def _measured(self, rows: NDArray[np.intp]) -> tuple[NDArray[np.int8], NDArray[np.float64]]:
        """Among the stars that need the fewest criteria the one with the smallest distance, and that distance.

        It is the sum of the relative gaps of those criteria, each from 0 (there) to 1 (all of it, or not a matter of
        degree).
        """
        star, apart = np.full(len(rows), -1, np.int8), np.full(len(rows), np.inf)
        for place, rule in enumerate(self._assessment.scheme.stars):
            here = np.flatnonzero(self._counts[rows, place] == self.needed[rows])
            far = _apart(self._assessment, place, rule, rows[here], self.needed[rows[here]])
            nearer = far < apart[here]
            star[here[nearer]], apart[here[nearer]] = place, far[nearer]
        return star, apart


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


def _count(assessment: Assessment, star: Star) -> NDArray[np.int16]:
    """How many criteria each unit must still meet for a star that is lit by all or so many of them."""
    size, places = len(assessment.units), places_of(assessment.scheme, star)
    met, missing, essential = (np.zeros(size, np.int16) for _ in range(3))
    doomed = np.full(size, not places)
    for place in places:
        criterion = assessment.scheme.criteria[place]
        counts, fixed = assessment.counted(place), assessment.exempt(place)
        unmet = np.equal(counts, Verdict.UNMET.value)
        short = unmet | np.equal(counts, Verdict.UNKNOWN.value)
        if fixed is not None:
            short &= ~fixed
            if star.rule.all or criterion.essential:
                doomed |= unmet & fixed
        missing += short
        if star.rule.all:
            continue
        met += np.equal(counts, Verdict.MET.value)
        if criterion.essential:
            essential += short
    if star.rule.all:
        needed = missing
    else:
        needed = np.maximum(essential, (star.rule.at_least or 1) - met)
        doomed |= needed > missing
    return np.where(doomed | (needed <= 0), OUT_OF_REACH, needed)


def _apart(
    assessment: Assessment, place: int, star: Star, rows: NDArray[np.intp], needed: NDArray[np.int16]
) -> NDArray[np.float64]:
    """How far the ``needed`` criteria of a star are together, for the units ``rows``."""
    if not len(rows):
        return np.zeros(0)
    if star.rule.score is not None:
        return _by_points(assessment, place, star, rows)[1]
    criteria, missing, _ = _missing(assessment, star, rows)
    far = _far(assessment, star, rows)
    if star.rule.all:
        apart: NDArray[np.float64] = (far * missing).sum(axis=1)
        return apart
    essential = np.array([criterion.essential for criterion in criteria])
    return _sum_of_first(far, needed, _order(missing, essential, far))


def _by_points(
    assessment: Assessment, place: int, star: Star, rows: NDArray[np.intp]
) -> tuple[NDArray[np.int16], NDArray[np.float64]]:
    """For the units ``rows``: how many criteria a star lit by points still needs, and how far they are together."""
    criteria, missing, doomed = _missing(assessment, star, rows)
    if not criteria or not len(rows):
        return np.full(len(rows), OUT_OF_REACH), np.zeros(len(rows))
    essential = np.array([criterion.essential for criterion in criteria])
    gains = _gains(assessment, criteria, rows, missing)
    order = _order(missing, essential, -gains)
    first = (missing & essential).sum(axis=1, dtype=np.int16)
    count = np.maximum(first, _by_score(assessment, place, star, rows, np.take_along_axis(gains, order, axis=1)))
    apart = _sum_of_first(_far(assessment, star, rows), count, order)
    hopeless = (doomed & essential).any(axis=1) | (count <= 0) | (count > missing.sum(axis=1))
    return np.where(hopeless, OUT_OF_REACH, count).astype(np.int16), apart


def _missing(
    assessment: Assessment, star: Star, rows: NDArray[np.intp]
) -> tuple[list[Criterion], NDArray[np.bool_], NDArray[np.bool_]]:
    """A star's criteria, and by unit and criterion which of them can still be met, and which never will be."""
    places = places_of(assessment.scheme, star)
    missing, doomed = np.zeros((len(rows), len(places)), bool), np.zeros((len(rows), len(places)), bool)
    for column, place in enumerate(places):
        counts, fixed = assessment.counted(place, rows), assessment.exempt(place, rows)
        unmet = np.equal(counts, Verdict.UNMET.value)
        missing[:, column] = unmet | np.equal(counts, Verdict.UNKNOWN.value)
        if fixed is not None:
            missing[:, column] &= ~fixed
            doomed[:, column] = unmet & fixed
    return [assessment.scheme.criteria[place] for place in places], missing, doomed


def _far(assessment: Assessment, star: Star, rows: NDArray[np.intp]) -> NDArray[np.float64]:
    """The relative gaps of units to a star's criteria, 1 where there is none to measure."""
    places = places_of(assessment.scheme, star)
    far = np.ones((len(rows), len(places)))
    for column, place in enumerate(places):
        criterion = assessment.scheme.criteria[place]
        if criterion.kind.numeric:
            far[:, column] = relative(assessment.gap(place, rows), threshold(criterion, assessment))
    return far


def _order(
    missing: NDArray[np.bool_], essential: NDArray[np.bool_], least_first: NDArray[np.float64]
) -> NDArray[np.intp]:
    """Essential ones first, then what is nearest (by count) or what brings most (by score); those met come last."""
    rank = np.where(missing, np.where(essential, -1e9, 0.0) + least_first, np.inf)
    return np.argsort(rank, axis=1, kind="stable")


def _sum_of_first(far: NDArray[np.float64], count: NDArray[np.int16], order: NDArray[np.intp]) -> NDArray[np.float64]:
    chosen = np.arange(far.shape[1]) < count[:, None]
    total: NDArray[np.float64] = (np.take_along_axis(far, order, axis=1) * chosen).sum(axis=1)
    return total


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
