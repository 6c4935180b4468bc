"""Where tiers go by points: what each unit's score is made of, how far the next tier is, and what would bring most.

This orders lists for people to read; it decides no tier.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from starcheck.column import Reason, Verdict
from starcheck.diagnostic import Text
from starcheck.messages import both
from starcheck.quotas import OpenPlaces, from_the_top, tier_number, unknown_tie_breaks
from starcheck.report.figures import decimal_words, number
from starcheck.report.nearest import places_of
from starcheck.scheme import Criterion, EffectKind, Method, Scheme
from starcheck.scoring import Assessment, LossKind

Rows = NDArray[np.intp]
Floats = NDArray[np.float64]

_NEAR = 1e-9
_SPANS = 512
"""Sums of points that are followed one by one; with more there is nothing that cannot be reached."""


class Gain(NamedTuple):
    """A criterion that could bring a unit ``points`` more; ``gap`` in its unit where a numeric requirement is unmet."""

    criterion: str
    name: str
    unit: str | None
    points: float
    verdict: Verdict
    gap: float | None


class Way(NamedTuple):
    """From a unit's tier to the one above: the points still wanted, what else is in the way, and what brings most.

    ``short`` is 0 where the points are there. The first ``needed`` of ``gains`` suffice, None where all do not.
    """

    tier_name: str
    at_least: Decimal
    short: float
    barriers: tuple[Text, ...]
    gains: tuple[Gain, ...]
    needed: int | None


class Loss(NamedTuple):
    """Points that reported ``units`` have certainly not earned on one criterion, in all, of ``full`` for each."""

    criterion: Criterion
    star: str
    full: Decimal
    units: int
    points: float
    unmet: int
    unknown: int


def climbs(scheme: Scheme) -> bool:
    """Whether the tiers are a ladder of points, so that more of them lead to a better one.

    Some schemes use points as marks that keep outcomes apart (查明逾期 加3): then a band below the top is one that
    分值 alone never comes to, and "so many points short of it" would be no advice.
    """
    if scheme.tiering.method is not Method.SCORE or not scheme.tiering.ranked:
        return False
    spans: list[tuple[Decimal, Decimal]] = [(Decimal(0), Decimal(0))]
    for part in _carriers(scheme):
        points = part.points or Decimal(0)
        more = [(low if part.graded else low + points, high + points) for low, high in spans]
        spans = _merged(spans + more)
        if len(spans) > _SPANS:
            return True
    ends = [tier.at_least or Decimal(0) for tier in scheme.tiering.tiers]
    bands = zip(ends[1:], ends, strict=False)
    return all(any(low < above and high >= bound for low, high in spans) for bound, above in bands)


def _merged(spans: list[tuple[Decimal, Decimal]]) -> list[tuple[Decimal, Decimal]]:
    merged: list[tuple[Decimal, Decimal]] = []
    for low, high in sorted(spans):
        if merged and low <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return merged


def _carriers(scheme: Scheme) -> list[Criterion]:
    """What carries 分值."""
    return [part for item in scheme.items for part in item.scored if part.points]


@dataclass(frozen=True)
class Points:
    """The points of an assessment by a scheme that climbs by them."""

    assessment: Assessment

    @cached_property
    def _parts(self) -> list[Criterion]:
        return _carriers(self.assessment.scheme)

    @cached_property
    def _places(self) -> list[int]:
        places = {criterion.id: place for place, criterion in enumerate(self.assessment.scheme.criteria)}
        return [places[part.id] for part in self._parts]

    def score(self, row: int) -> tuple[float, float]:
        """The total from what is proven to what is possible."""
        scores = self.assessment.scores
        assert scores is not None, "tiers go by points"
        return float(scores[row, 0]), float(scores[row, 1])

    def stars(self, row: int) -> list[tuple[float, float] | None]:
        """The points of each star, None of one without any."""
        scores = self.assessment.star_scores
        if scores is None:
            return [None for _ in self.assessment.scheme.stars]
        found = scores[row].tolist()
        return [None if low != low else (low, high) for low, high in found]  # noqa: PLR0124 - nan

    def deducted(self, row: int) -> Decimal:
        """The points that triggered vetoes take from the total, which ends at 0."""
        vetoes = self.assessment.scheme.vetoes
        states = zip(vetoes, self.assessment.vetoes[row].tolist(), strict=True)
        taken = [veto.effect.number for veto, state in states if state == 1 and veto.effect.kind is EffectKind.DEDUCT]
        return sum((points for points in taken if points is not None), Decimal(0))

    def _open(self, rows: Rows, *, proven: bool) -> Floats:
        """Points of each carrier (units, carriers) not earned: ``proven`` counts what is unknown as not earned."""
        found = np.zeros((len(rows), len(self._parts)))
        for column, (part, place) in enumerate(zip(self._parts, self._places, strict=True)):
            counted = self.assessment.verdicts[rows, place] != Verdict.NOT_APPLICABLE
            if part.id in self.assessment.earned:
                earned = self.assessment.earned[part.id][rows, 0 if proven else 1]
                found[:, column] = np.where(counted, np.maximum(float(part.points or 0) - earned, 0.0), 0.0)
        return found

    def losses(self, rows: Rows) -> tuple[Loss, ...]:
        """What the reported ones of ``rows`` have lost, or may have lost, by criterion, the most first."""
        rows = rows[self.assessment.units.reported[rows]]
        lost = self._open(rows, proven=False)
        found = []
        for column, (part, place) in enumerate(zip(self._parts, self._places, strict=True)):
            states = self.assessment.verdicts[rows, place]
            star = self.assessment.scheme.star_of[part.id].name
            units = int(np.count_nonzero(lost[:, column] > _NEAR))
            unmet, unknown = (int(np.count_nonzero(states == state)) for state in (Verdict.UNMET, Verdict.UNKNOWN))
            if units or unknown:
                total = float(number(float(lost[:, column].sum())))
                found.append(Loss(part, star, part.points or Decimal(0), units, total, unmet, unknown))
        return tuple(sorted(found, key=lambda loss: -loss.points))

    def way(self, row: int) -> Way | None:
        """The way of a unit to the tier above its own; None at the top, and for one without a tier."""
        scheme, tier = self.assessment.scheme, int(self.assessment.tiers[row])
        above = next((band for band in scheme.tiering.tiers if band.number == tier + 1), None)
        if tier < 0 or above is None or above.at_least is None:
            return None
        short = float(number(float(steps(self.assessment, np.array([row]))[1][0])))
        gains = self._gains(row)
        sums = np.cumsum([gain.points for gain in gains])
        enough = int(np.searchsorted(sums, short - _NEAR)) + 1
        needed = 0 if short == 0 else enough if enough <= len(gains) else None
        return Way(above.name, above.at_least, short, tuple(self._barriers(row, above.number)), gains, needed)

    def _gains(self, row: int) -> tuple[Gain, ...]:
        here = np.array([row])
        scale = self._scale(row)
        gains = []
        for column, points in enumerate(self._open(here, proven=True)[0].tolist()):
            if points <= _NEAR:
                continue
            part, place = self._parts[column], self._places[column]
            gap = float(self.assessment.gap(place, here)[0])
            verdict = Verdict(self.assessment.verdicts[row, place])
            known = None if np.isnan(gap) or verdict is not Verdict.UNMET else float(number(gap))
            worth = float(number(points * scale[column]))
            gains.append(Gain(part.id, part.name, part.unit, worth, verdict, known))
        return tuple(sorted(gains, key=lambda gain: -gain.points))

    def _scale(self, row: int) -> list[float]:
        """By how much a point of each carrier counts in the total: more than once where 折算 makes up for others."""
        scheme = self.assessment.scheme
        counted = [self.assessment.verdicts[row, place] != Verdict.NOT_APPLICABLE for place in self._places]
        stars = [scheme.star_of[part.id] for part in self._parts]
        scale = []
        for star in stars:
            alike = [
                place
                for place, other in enumerate(stars)
                if scheme.tiering.rescale or (star.rule.rescale and other.name == star.name)
            ]
            whole = sum(float(self._parts[place].points or 0) for place in alike)
            available = sum(float(self._parts[place].points or 0) for place in alike if counted[place])
            scale.append(whole / available if available else 1.0)
        return scale

    def _barriers(self, row: int, wanted: int) -> list[Text]:
        """What keeps a unit below the tier ``wanted`` beside the points it has: caps, vetoes, and the quota."""
        assessment, tiering = self.assessment, self.assessment.scheme.tiering
        names = [star.name for star in assessment.scheme.stars]
        barriers = [
            both(
                "points.cap" if state == 0 else "points.cap.open",
                star=cap.star,
                missing=self._missing(row, names.index(cap.star)),
            )
            for cap in tiering.caps
            if cap.tier < wanted and (state := assessment.stars[row, names.index(cap.star)]) != 1
        ]
        barriers += [
            both("points.veto", id=veto.id, name=veto.name)
            for place, veto in enumerate(assessment.scheme.vetoes)
            if veto.effect.kind is EffectKind.CAP
            and (veto.effect.number or 0) < wanted
            and assessment.vetoes[row, place] == 1
        ]
        barriers += [
            both("points.taken", n=decimal_words(veto.effect.number), id=veto.id, name=veto.name)
            for place, veto in enumerate(assessment.scheme.vetoes)
            if veto.effect.kind is EffectKind.DEDUCT and veto.effect.number and assessment.vetoes[row, place] == 1
        ]
        displaced = any(loss.kind is LossKind.QUOTA and loss.lost[row] > 0 for loss in assessment.losses)
        if displaced and not barriers:
            barriers.append(displaced_words(assessment, row, wanted))
        return barriers

    def _missing(self, row: int, star: int) -> str:
        """The criteria a star still wants, by name; a bonus not earned among them, as the star may want it."""
        assessment = self.assessment
        open_ = {Verdict.UNMET, Verdict.UNKNOWN}
        criteria = [
            assessment.scheme.criteria[place]
            for place in places_of(assessment.scheme, assessment.scheme.stars[star])
            if assessment.verdicts[row, place] in open_ or assessment.reasons[row, place] == Reason.NO_BONUS
        ]
        return "、".join(f"{criterion.id} {criterion.name}" for criterion in criteria)


def steps(assessment: Assessment, rows: Rows | None = None) -> tuple[NDArray[np.int64], Floats]:
    """For each unit the number of the tier above its own, -1 where there is none, and the points short of it, else nan.

    A unit short of 0 points is kept below by a cap, a veto or a quota.
    """
    assert assessment.scores is not None, "tiers go by points"
    rows = np.arange(len(assessment.units)) if rows is None else rows
    tiers = assessment.tiers[rows].astype(np.int64)
    # by its points alone, as decided exactly; the floats below only say how far it is
    band = tiers + np.sum([loss.lost[rows] for loss in assessment.losses], axis=0, dtype=np.int64)
    ladder = assessment.scheme.tiering.tiers
    bounds = np.array([float(tier.at_least or 0) for tier in reversed(ladder)])
    there = (tiers >= 0) & (tiers < len(ladder) - 1)
    above = np.where(there, tiers + 1, -1)
    short = np.maximum(bounds[np.maximum(above, 0)] - assessment.scores[rows, 0], 0.0)
    return above, np.where(there, np.where(band >= above, 0.0, short), np.nan)


def displaced_words(assessment: Assessment, row: int, number: int) -> Text:
    """Why a unit took no place in a tier: too few of them, or not settled yet; and what of its own counted as last."""
    scheme, ledger = assessment.scheme, assessment.ledger
    quotas = [quota for tier, quota in from_the_top(scheme) if tier == number]
    open_ = {
        unit
        for places in assessment.open_places
        for unit in (*places.rivals, *places.waiting)
        if _is(places, number, scheme)
    }
    words = both("points.quota.open" if row in open_ else "points.quota")
    unknown = dict.fromkeys(name for quota in quotas for name in unknown_tie_breaks(ledger, quota, row))
    if not unknown:
        return words
    called = "、".join(_called(scheme, name) for name in unknown)
    blank = both("points.quota.blank", names=called)
    return words[0] + blank[0], words[1] + blank[1]


def _is(places: OpenPlaces, number: int, scheme: Scheme) -> bool:
    return tier_number(scheme, places.tier_name) == number


def _called(scheme: Scheme, key: str) -> str:
    """An item with its number and name; a field by its name."""
    return next((f"{item.id} {item.name}" for item in scheme.criteria if item.id == key), key)
