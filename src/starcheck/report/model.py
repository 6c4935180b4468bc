"""One report of a run as plain values. Console, Markdown, CSV and JSON are layouts of it, so their numbers agree.

Everything is counted over whole columns; only the rows that a reader will see become Python objects. A unit that did
not report is in the denominators and nowhere else: it has no tier and no shortfall.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from starcheck.column import Reason, Verdict
from starcheck.cycle.ranking import DEFAULT, Standing, of_one_month, standings_in
from starcheck.diagnostic import Diagnostic, Location, Severity, Text
from starcheck.grouping import GroupVerdict
from starcheck.ledger import inputs_of
from starcheck.messages import both
from starcheck.quotas import OpenPlaces, QuotaNotice
from starcheck.report.figures import number, share
from starcheck.report.nearest import OUT_OF_REACH, NextStars, in_the_way
from starcheck.report.places import measure_words
from starcheck.report.points import Loss, Points, Way, climbs, steps
from starcheck.scheme import (
    Criterion,
    Effect,
    EffectKind,
    GroupCriterion,
    Lasting,
    Method,
    Ranking,
    Requirement,
    Rounding,
    Scheme,
    Star,
    Tier,
    Trigger,
)
from starcheck.scoring import Assessment, LossKind, target_reasons

VILLAGES_SHOWN = 20
"""Rows of the shortfall list by village, unless all are asked for."""
COUNTIES_SHOWN = 20
"""Counties that get their own tables in a run of several; the table of counties always has all."""
CELLS_SHOWN = 3
"""Example cells of one kind of unknown."""
NAMES_SHOWN = 8
"""Names of units under a veto or a cap."""

Rows = NDArray[np.intp]
Name = TypeVar("Name", bound=Hashable)


class InputSheet(NamedTuple):
    """A sheet that was read: its rows of units and the range of its header."""

    name: str | None
    rows: int
    header: str


class InputFile(NamedTuple):
    """A file of the run. ``status`` is a word of the JSON contract: read, register, targets, skipped, unreadable."""

    file: str
    sha256: str | None
    status: str
    sheets: tuple[InputSheet, ...] = ()
    passed_over: tuple[str, ...] = ()
    """Sheets of instructions of our own templates, which were not read."""


class Inference(NamedTuple):
    """Something nobody said and how it was concluded."""

    what: Text
    value: str
    reason: Text


class PartShown(NamedTuple):
    """A township's part of a county's month: when its newest revision came, and whether in this run."""

    township: str
    kind: str
    received: str
    revision: int
    here: bool


class Previous(NamedTuple):
    """The tier table of the last recorded period: units by tier number."""

    period: str
    tiers: Mapping[int, int]


class FinalShown(NamedTuple):
    """终评: by which run and when, why although something was open, and when and why it was corrected since."""

    run: str
    at: str
    despite: str | None
    corrections: tuple[tuple[str, str], ...]


class TierRow(NamedTuple):
    """A tier, the units in it, their share of all register units, the target and the change since ``Previous``."""

    tier: int
    name: str
    units: int
    percent: Decimal | None
    target: int | None
    change: int | None


@dataclass(frozen=True, slots=True)
class TierTable:
    """Tiers from the highest, then who has none.

    Rows, ``undecided``, ``excluded`` and ``unreported`` add up to ``total``. ``undecided`` is None where tiers rank:
    there every rated unit has the one that is proven. ``provisional`` are units of which something is unknown,
    ``contested`` those whose place under a quota hangs on what is unknown of others.
    """

    rows: tuple[TierRow, ...]
    undecided: int | None
    excluded: int
    unreported: int
    total: int
    provisional: int
    contested: int
    previous_period: str | None

    def __post_init__(self) -> None:
        """Refuse counts that do not agree (DESIGN §5.8)."""
        counted = sum(row.units for row in self.rows) + (self.undecided or 0) + self.excluded + self.unreported
        if counted != self.total:
            raise AssertionError(f"tier rows, not rated and not reported make {counted}, the register has {self.total}")

    def share_of(self, units: int) -> Decimal | None:
        """``units`` in percent of all register units."""
        return share(units, self.total)


class LossRow(NamedTuple):
    """Stars that a cap, a veto, a quota or an exclusion took from the tiers."""

    label: Text
    kind: str
    stars: int


@dataclass(frozen=True, slots=True)
class StarSums:
    """Σ tier + Σ losses = Σ units per star."""

    tiers: int
    losses: tuple[LossRow, ...]
    stars: int

    def __post_init__(self) -> None:
        """Refuse sums that do not agree (DESIGN §5.8)."""
        counted = self.tiers + sum(loss.stars for loss in self.losses)
        if counted != self.stars:
            raise AssertionError(f"tiers and losses make {counted} stars, {self.stars} are lit")


class StarRow(NamedTuple):
    """How many reported units have a star lit, unlit, unknown."""

    name: str
    lead: str | None
    lit: int
    unlit: int
    unknown: int


class StatisticRow(NamedTuple):
    """A yes/no field named in 统计: how many units say yes, and their share of the register's units."""

    name: str
    yes: int
    unknown: int
    percent: Decimal | None


class PlaceRow(NamedTuple):
    """A township or county: its units, those reported, its tiers, and the units whose tier is still open (待核实).

    ``standing`` is how it stands by the ranking of the report (``SchemeShown.ranking``), None where there is none.
    """

    county: str | None
    name: str
    units: int
    reported: int
    tiers: Mapping[int, int]
    undecided: int
    standing: Standing | None


class CriterionShortfall(NamedTuple):
    """A criterion that units miss, and who can mend it. ``unknown`` is beside ``unmet``, never in it.

    ``item`` is the criterion that a task is part of, None for an item itself.
    """

    criterion: str
    item: str | None
    name: str
    star: str
    owner: str | None
    remedy: str | None
    unmet: int
    unknown: int


class Missing(NamedTuple):
    """A criterion between a unit and its next star. ``gap`` in the criterion's unit, None where it is no number."""

    criterion: str
    name: str
    unit: str | None
    unmet: bool
    gap: float | None
    tasks: tuple[str, ...] = ()
    """Of an item of tasks those not met, by name."""
    open: tuple[str, ...] = ()
    """And those of which it is not known."""


class VillageShortfall(NamedTuple):
    """A unit's way to its next star: the first ``needed`` of ``missing`` would do; if ``free``, any so many.

    ``tier_name`` is None while its tier is still open (待核实).
    """

    county: str | None
    township: str
    name: str
    tier_name: str | None
    star: str
    needed: int
    missing: tuple[Missing, ...]
    free: bool


class ScoreRow(NamedTuple):
    """A reported unit's points: the total and each star's, from what is proven to what is possible; its way up.

    ``deducted`` are those that vetoes took; a star without points has None. ``way`` is None at the top and for 不参评.
    """

    county: str | None
    township: str
    name: str
    tier_name: str | None
    score: tuple[float, float]
    stars: tuple[tuple[float, float] | None, ...]
    deducted: Decimal
    way: Way | None


class ScoreTable(NamedTuple):
    """Where tiers are a ladder of points: the best and the nearest units, of so many, and what all of them lose.

    ``full`` are the most points each star can give, 加分 aside; ``means`` what the reported units have on the average.
    ``lines`` are the points from which each is lit, where it is lit by points.
    """

    best: tuple[ScoreRow, ...]
    nearest: tuple[ScoreRow, ...]
    reported: int
    below_top: int
    full: tuple[Decimal, ...]
    means: tuple[float | None, ...]
    lines: tuple[tuple[Decimal, ...], ...]
    losses: tuple[Loss, ...]


class UnknownRow(NamedTuple):
    """Verdicts of one criterion that are unknown for one reason, with the first cells to look at."""

    criterion: str
    name: str
    owner: str | None
    reason: Reason
    units: int
    cells: tuple[str, ...]


class UnreportedRow(NamedTuple):
    """Register units of one township that no ledger has; ``silent`` where that is all of them."""

    county: str | None
    township: str
    names: tuple[str, ...]
    silent: bool = False


class ControlRow(NamedTuple):
    """A veto or cap and the units it fell on for certain.

    ``unknown`` counts those whose veto cell says neither yes nor no, and those that a cap keeps down while its star is
    not known to be lit or not.
    """

    kind: str
    id: str
    name: str
    effect: Text
    applied: int
    unknown: int
    names: tuple[str, ...]


class GroupCell(NamedTuple):
    """A criterion of one group: its value, between two ends where something is unknown, and how it was judged."""

    criterion: str
    low: float | None
    high: float | None
    unit: str | None
    requirement: Text
    source: str | None
    verdict: Verdict
    gap: float | None
    thresholds: tuple[Decimal, ...] = ()
    """The ends of its requirement."""
    cut: bool = False
    """Whether digits that are not printed are dropped (取舍: 截断), not rounded."""


class GroupRow(NamedTuple):
    """One group of a kind of 分组: its units, those reported, its criteria and what they come to together."""

    county: str | None
    name: str
    units: int
    reported: int
    cells: tuple[GroupCell, ...]
    verdict: Verdict


class GroupTable(NamedTuple):
    """All groups of one kind; ``names`` of the criteria by 编号; ``outside`` reported units that belong to none.

    ``unplaced`` are units that may belong to any: they have not reported, or what they say cannot be read.
    """

    name: str
    by: str
    names: Mapping[str, str]
    rows: tuple[GroupRow, ...]
    outside: int
    unplaced: int

    def count(self, *verdicts: Verdict) -> int:
        """Groups that come to one of these verdicts."""
        return sum(row.verdict in verdicts for row in self.rows)


class Area(NamedTuple):
    """The tables of one county, one township of it, or everything in the run."""

    county: str | None
    townships_reported: int
    tiers: TierTable
    reported: int
    stars: tuple[StarRow, ...]
    sums: StarSums | None
    statistics: tuple[StatisticRow, ...]
    townships: tuple[PlaceRow, ...]
    shortfalls: tuple[CriterionShortfall, ...]
    villages: tuple[VillageShortfall, ...]
    villages_total: int
    unknown: tuple[UnknownRow, ...]
    unreported: tuple[UnreportedRow, ...]
    controls: tuple[ControlRow, ...]
    groups: tuple[GroupTable, ...] = ()
    points: ScoreTable | None = None
    """None unless tiers are a ladder of points."""

    @property
    def open_vetoes(self) -> bool:
        """Whether a veto cell says neither yes nor no."""
        return any(row.unknown for row in self.controls if row.kind == "veto")


class SchemeShown(NamedTuple):
    """What is said about the scheme on every output."""

    title: str
    id: str
    version: str
    sha256: str
    nature: str
    unit_kind: str
    method: Method
    rates_townships: bool
    bands: tuple[Tier, ...]
    called: Text
    """What tiers are called."""
    ranked: bool
    ranking: Ranking | None
    """By what townships are ranked here; None where one month does not tell, or nothing ranks."""
    measure: Text
    """What that goes by; nothing where there is none."""
    placing: Text
    """The same in a sentence, with what the ranking is called."""


class Report(NamedTuple):
    """Everything a run has to say, in plain values. ``counties`` is empty unless the run holds several."""

    command: str
    version: str
    county: str | None
    township: str | None
    register_townships: int | None
    period: str | None
    as_of: date
    final: FinalShown | None
    scheme: SchemeShown
    inputs: tuple[InputFile, ...]
    inferences: tuple[Inference, ...]
    parts: tuple[PartShown, ...]
    whole: Area
    county_rows: tuple[PlaceRow, ...]
    together: PlaceRow | None
    """All counties as one, where there are several."""
    counties: tuple[Area, ...]
    notices: tuple[Text, ...]
    diagnostics: tuple[Diagnostic, ...]
    labels: Mapping[str, str]
    """Names of the ledger's columns by key, for diagnostics that name a key."""
    counts: Mapping[Severity, int]
    """Diagnostics by severity; those without any may be absent."""
    against: Sequence[Mapping[str, str]] | None = None
    """What became of the problems of a marked workbook, where the run was held against one."""

    def count(self, severity: Severity) -> int:
        """Diagnostics of one severity."""
        return self.counts.get(severity, 0)


_NO_TARGETS: Mapping[str | None, Mapping[int, int]] = MappingProxyType({})
_NO_PREVIOUS: Mapping[str | None, Previous] = MappingProxyType({})


def build_report(
    assessment: Assessment,
    *,
    command: str,
    version: str,
    county: str | None,
    period: str | None,
    inputs: Sequence[InputFile] = (),
    diagnostics: Sequence[Diagnostic] = (),
    inferences: Sequence[Inference] = (),
    parts: Sequence[PartShown] = (),
    targets: Mapping[str | None, Mapping[int, int]] = _NO_TARGETS,
    previous: Mapping[str | None, Previous] = _NO_PREVIOUS,
    final: FinalShown | None = None,
    township: str | None = None,
    register_townships: int | None = None,
    villages: int | None = VILLAGES_SHOWN,
) -> Report:
    """Count everything once.

    ``targets`` and ``previous`` are by county, both from tier number to units; where a county has no targets, those
    of its units are counted. ``township`` shows that one only; ranks stay the county's. ``villages`` cuts the list
    of shortfalls by village, None shows all. ``register_townships`` is how many townships the whole register has, None
    without a register. ``county`` is not used where the units are of several. ``diagnostics``
    are those of reading; the assessment's own are added.
    """
    tally = _Tally(assessment, targets, previous, villages)
    several = len(tally.counties) > 1
    everything = np.arange(tally.size)
    counties: tuple[Area, ...] = ()
    if several and township is None and len(tally.counties) <= COUNTIES_SHOWN:
        counties = tuple(
            tally.area(name, np.flatnonzero(tally.county == place)) for place, name in enumerate(tally.counties)
        )
    rows = everything if township is None else np.flatnonzero([name == township for name in assessment.units.township])
    scheme = assessment.scheme
    problems = in_order((*diagnostics, *assessment.diagnostics))
    return Report(
        command=command,
        version=version,
        county=None if several else county,
        township=township,
        register_townships=register_townships,
        period=period,
        as_of=assessment.as_of,
        final=final,
        scheme=SchemeShown(
            title=scheme.title,
            id=scheme.id,
            version=scheme.version,
            sha256=scheme.sha256,
            nature=scheme.nature,
            unit_kind=scheme.unit_kind,
            method=scheme.tiering.method,
            called=scheme.tiering.word,
            ranked=scheme.tiering.ranked,
            rates_townships=scheme.rates_townships,
            bands=scheme.tiering.tiers,
            ranking=tally.ranking,
            measure=("", "") if tally.ranking is None else measure_words(tally.ranking, scheme),
            placing=("", "") if tally.ranking is None else _placing(tally.ranking, scheme),
        ),
        inputs=tuple(inputs),
        inferences=tuple(inferences),
        parts=tuple(parts),
        whole=tally.area(None if several else county, rows),
        county_rows=tally.county_rows() if several else (),
        together=tally.together() if several else None,
        counties=counties,
        notices=(
            *(_tie_words(notice, assessment) for notice in assessment.notices),
            *(text for places in assessment.open_places for text in _open_words(places, assessment)),
        ),
        diagnostics=problems,
        counts=Counter(diagnostic.level for diagnostic in problems),
        labels=labels_of(scheme),
    )


def _placing(ranking: Ranking, scheme: Scheme) -> Text:
    named = both("townships.by_default") if ranking is DEFAULT else both("townships.by", name=ranking.name)
    return both("townships.rule", named=named, measure=measure_words(ranking, scheme))


def labels_of(scheme: Scheme) -> dict[str, str]:
    """What the keys that diagnostics name are called: columns, criteria, relations."""
    return (
        {column.key: column.label for column in scheme.ledger_columns.values()}
        | {criterion.id: criterion.name for criterion in scheme.criteria}
        | {check.id: check.name for check in scheme.checks if check.name}
    )


def in_order(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """By severity, then file, sheet, row and column, then code; the same object once."""
    once = {id(diagnostic): diagnostic for diagnostic in diagnostics}
    return tuple(sorted(once.values(), key=_standing))


def _standing(diagnostic: Diagnostic) -> tuple[int, str, str, int, int, str, str]:
    where = diagnostic.where
    cell = where.cell or ""
    letters = cell.rstrip("0123456789")
    row = int(cell[len(letters) :] or where.line or 0)
    return -diagnostic.level.rank, where.file or "", where.sheet or "", row, len(letters), letters, diagnostic.code


def _numbered(names: Sequence[Name]) -> tuple[list[Name], NDArray[np.int32]]:
    """Distinct names in order of appearance, and for each name its position among them."""
    distinct = dict.fromkeys(names)
    places = {name: place for place, name in enumerate(distinct)}
    return list(places), np.fromiter(map(places.__getitem__, names), np.int32, len(names))


class _Tally:
    """The columns of an assessment, made ready for counting over any choice of units."""

    def __init__(
        self,
        assessment: Assessment,
        targets: Mapping[str | None, Mapping[int, int]],
        previous: Mapping[str | None, Previous],
        villages: int | None,
    ) -> None:
        units = assessment.units
        self.assessment = assessment
        self.scheme: Scheme = assessment.scheme
        self.ledger = assessment.ledger
        self.targets = targets
        self.previous = previous
        self.villages = villages
        self.size = len(units.name)
        self.tier_numbers = [tier.number for tier in self.scheme.tiering.tiers]
        self.tier_names = {tier.number: tier.name for tier in self.scheme.tiering.tiers}
        self.reported = units.reported
        # Criterion by criterion in memory, and nothing for a unit that did not report: a column is compared once.
        self.verdicts = assessment.verdicts
        if not self.reported.all():
            self.verdicts = np.array(assessment.verdicts, np.int8, order="F")
            self.verdicts[~self.reported] = Verdict.NOT_APPLICABLE
        self.lit = np.equal(assessment.stars, 1) & self.reported[:, None]
        self.counties, self.county = _numbered(units.county)
        self.ranking = of_one_month(self.scheme)
        towns, self.town = self._towns()
        self.town_rows = self._place_rows(towns, self.town)
        self.points = Points(assessment) if climbs(self.scheme) else None

    def _towns(self) -> tuple[list[tuple[str | None, str]], NDArray[np.int32]]:
        """Townships by county, and each unit's."""
        units = self.assessment.units
        if len(self.counties) > 1:
            return _numbered(list(zip(units.county, units.township, strict=True)))
        names, town = _numbered(units.township)
        return [(county, name) for county in self.counties for name in names], town

    @cached_property
    def next(self) -> NextStars:
        """Each unit's next star."""
        return NextStars(self.assessment)

    def county_rows(self) -> tuple[PlaceRow, ...]:
        """The table of counties."""
        return _in_places(self._place_rows([(None, name or "") for name in self.counties], self.county))

    def together(self) -> PlaceRow:
        """All counties as one."""
        return self._place_rows([(None, "")], np.zeros(self.size, np.int32))[0]

    def _place_rows(self, names: Sequence[tuple[str | None, str]], place: NDArray[np.int32]) -> list[PlaceRow]:
        """One row per place, in the order of ``names``; places are within a county."""
        numbers = self.tier_numbers
        wide = max(numbers, default=0) + 1
        rated = self.assessment.tiers >= 0
        flat = place[rated].astype(np.int64) * wide + self.assessment.tiers[rated]
        counts = np.bincount(flat, minlength=len(names) * wide).reshape(len(names), wide)
        tiers = counts[:, numbers].tolist()
        units = np.bincount(place, minlength=len(names)).tolist()
        reported = np.bincount(place[self.reported], minlength=len(names)).tolist()
        undecided = np.bincount(place[self.assessment.undecided], minlength=len(names)).tolist()
        standings: Sequence[Standing | None] = [None] * len(names)
        if self.ranking is not None and names:
            order = np.argsort(place, kind="stable")
            rows = np.split(order, np.cumsum(units[:-1]))
            groups = [(name, county, own) for (county, name), own in zip(names, rows, strict=True)]
            standings = standings_in(self.assessment, self.ranking, groups)
        return [
            PlaceRow(
                county=county,
                name=name,
                units=units[position],
                reported=reported[position],
                tiers=dict(zip(numbers, tiers[position], strict=True)),
                undecided=undecided[position],
                standing=standings[position],
            )
            for position, (county, name) in enumerate(names)
        ]

    def area(self, county: str | None, rows: Rows) -> Area:
        """All tables over the units ``rows``."""
        towns = [self.town_rows[place] for place in np.flatnonzero(np.bincount(self.town[rows])).tolist()]
        villages, total = self._villages(rows)
        return Area(
            county=county,
            townships_reported=sum(town.reported > 0 for town in towns),
            tiers=self._tiers(county, rows),
            reported=int(np.count_nonzero(self.reported[rows])),
            stars=self._stars(rows),
            sums=self._sums(rows),
            statistics=self._statistics(rows),
            townships=_in_places(towns),
            shortfalls=self._shortfalls(rows),
            villages=villages,
            villages_total=total,
            unknown=self._unknown(rows),
            unreported=self._unreported(rows),
            controls=self._controls(rows),
            groups=self._groups(county),
            points=None if self.points is None else self._scores(self.points, rows),
        )

    def _tiers(self, county: str | None, rows: Rows) -> TierTable:
        tiers = self.assessment.tiers[rows]
        counts = np.bincount(tiers[tiers >= 0], minlength=max(self.tier_numbers, default=0) + 1)
        targets = self.targets.get(county) or self._unit_targets(rows)
        previous = self.previous.get(county)
        total = len(rows)
        own = self.assessment.provisional & ~self.assessment.contested
        return TierTable(
            rows=tuple(
                TierRow(
                    tier=tier,
                    name=self.tier_names[tier],
                    units=int(counts[tier]),
                    percent=share(int(counts[tier]), total),
                    target=targets.get(tier, 0) if targets else None,
                    change=int(counts[tier]) - previous.tiers.get(tier, 0) if previous else None,
                )
                for tier in self.tier_numbers
            ),
            undecided=None if self.scheme.tiering.ranked else int(np.count_nonzero(self.assessment.undecided[rows])),
            excluded=int(np.count_nonzero(self.assessment.excluded[rows] & self.reported[rows])),
            unreported=total - int(np.count_nonzero(self.reported[rows])),
            total=total,
            provisional=int(np.count_nonzero((own & self.reported)[rows])),
            contested=int(np.count_nonzero(self.assessment.contested[rows])),
            previous_period=previous.period if previous else None,
        )

    def _unit_targets(self, rows: Rows) -> Mapping[int, int]:
        target = self.assessment.units.target[rows]
        target = target[target >= 0]
        return {tier: count for tier, count in enumerate(np.bincount(target).tolist()) if count}

    def _stars(self, rows: Rows) -> tuple[StarRow, ...]:
        stars = self.assessment.stars[rows][self.reported[rows]]
        lit, unlit = np.equal(stars, 1).sum(axis=0).tolist(), np.equal(stars, 0).sum(axis=0).tolist()
        return tuple(
            StarRow(star.name, star.lead, lit[place], unlit[place], len(stars) - lit[place] - unlit[place])
            for place, star in enumerate(self.scheme.stars)
        )

    def _sums(self, rows: Rows) -> StarSums | None:
        """None where tiers are not counted in stars, or do not rank."""
        if self.scheme.tiering.method is not Method.STARS or not self.scheme.tiering.ranked:
            return None
        tiers = self.assessment.tiers[rows]
        total = int(tiers[tiers >= 0].sum(dtype=np.int64))
        lit = int(self.lit[rows].sum())
        losses = tuple(
            LossRow(loss.label, loss.kind.value, int(loss.lost[rows].sum(dtype=np.int64)))
            for loss in self.assessment.losses
        )
        return StarSums(total, tuple(loss for loss in losses if loss.stars), lit)

    def _statistics(self, rows: Rows) -> tuple[StatisticRow, ...]:
        shown = []
        for name in self.scheme.statistics:
            column = self.ledger.columns.get(name)
            known = np.zeros(len(rows), np.bool_) if column is None else column.known[rows] & self.reported[rows]
            yes = 0 if column is None else int(np.count_nonzero(known & np.equal(column.values[rows], 1)))
            unknown = int(np.count_nonzero(self.reported[rows] & ~known))
            shown.append(StatisticRow(name, yes, unknown, share(yes, len(rows))))
        return tuple(shown)

    def _shortfalls(self, rows: Rows) -> tuple[CriterionShortfall, ...]:
        unmet = self._count(Verdict.UNMET, rows)
        unknown = self._count(Verdict.UNKNOWN, rows)
        found = [
            CriterionShortfall(
                criterion=criterion.id,
                item=self.scheme.item_of[criterion.id].id if criterion.id in self.scheme.item_of else None,
                name=criterion.name,
                star=self.scheme.star_of[criterion.id].name,
                owner=criterion.owner,
                remedy=criterion.remedy,
                unmet=unmet[place],
                unknown=unknown[place],
            )
            for place, criterion in enumerate(self.scheme.criteria)
            if unmet[place] or unknown[place]
        ]
        # the items that most units miss for want of whose star first, then those that most miss at all, each followed
        # by its tasks in the order of the scheme; what a lit star does without is in nobody's way
        dark = {star.name: ~self._over(rows, self.lit[:, place]) for place, star in enumerate(self.scheme.stars)}
        missed = {
            criterion.id: int(
                np.count_nonzero(
                    np.equal(self._over(rows, self.verdicts[:, place]), Verdict.UNMET.value)
                    & dark[self.scheme.star_of[criterion.id].name]
                )
            )
            for place, criterion in enumerate(self.scheme.criteria)
            if unmet[place]
        }
        worst = {row.criterion: row.unmet for row in found if row.item is None}
        places = {criterion.id: place for place, criterion in enumerate(self.scheme.criteria)}

        def standing(row: CriterionShortfall) -> tuple[int, int, int, int]:
            top = self._item(row.criterion)
            return -missed.get(top, 0), -worst.get(top, 0), places[top], places[row.criterion]

        return tuple(sorted(found, key=standing))

    def _item(self, key: str) -> str:
        """The item that a criterion belongs to, itself where it is one."""
        while key in self.scheme.item_of:
            key = self.scheme.item_of[key].id
        return key

    def _count(self, verdict: Verdict, rows: Rows) -> list[int]:
        columns = (self._over(rows, self.verdicts[:, place]) for place in range(self.verdicts.shape[1]))
        return [int(np.count_nonzero(column == verdict.value)) for column in columns]

    def _over(self, rows: Rows, column: NDArray[Any]) -> NDArray[Any]:
        """A column over a choice of units; itself where they are all."""
        return column if len(rows) == self.size else column[rows]

    def _villages(self, rows: Rows) -> tuple[tuple[VillageShortfall, ...], int]:
        top = max(self.tier_numbers, default=0)
        tiers = self.assessment.tiers[rows]
        rows = rows[self.reported[rows] & ~self.assessment.excluded[rows] & (tiers < top)]
        rows = rows[self.next.needed[rows] < OUT_OF_REACH]
        chosen = self.next.nearest(rows, self.villages)
        return tuple(self._village(row, self.scheme.stars[star]) for row, star in chosen), len(rows)

    def _scores(self, points: Points, rows: Rows) -> ScoreTable:
        """The best units, those nearest to the tier above their own, and what is lost."""
        here = rows[self.reported[rows]]
        scores = self.assessment.scores
        assert scores is not None, "tiers go by points"
        limit = len(here) if self.villages is None else self.villages
        best = here[np.argsort(-np.round(scores[here, 0], 9), kind="stable")]
        tiers = self.assessment.tiers[here]
        low = here[(tiers >= 0) & (tiers < max(self.tier_numbers, default=0))]
        short = steps(self.assessment)[1][low]
        # whom only a quota keeps below comes last: there is nothing to be mended
        full_up = np.zeros(len(low), np.bool_)
        for loss in self.assessment.losses:
            full_up |= (loss.kind is LossKind.QUOTA) & (loss.lost[low] > 0)
        nearest = low[np.lexsort((-scores[low, 0], np.round(short, 9), full_up))]
        stars = self.assessment.star_scores
        means = [np.nan] * len(self.scheme.stars) if stars is None else stars[here, :, 0].mean(axis=0).tolist()
        full = [sum((item.full_points for item in star.criteria), Decimal(0)) for star in self.scheme.stars]
        return ScoreTable(
            best=tuple(self._score(points, row) for row in best[:limit].tolist()),
            nearest=tuple(self._score(points, row) for row in nearest[:limit].tolist()),
            reported=len(here),
            below_top=len(nearest),
            full=tuple(full),
            means=tuple(None if np.isnan(mean) else float(number(mean)) for mean in means),
            lines=tuple(star.rule.lines for star in self.scheme.stars),
            losses=points.losses(here),
        )

    def _score(self, points: Points, row: int) -> ScoreRow:
        units = self.assessment.units
        tier = int(self.assessment.tiers[row])
        return ScoreRow(
            county=units.county[row] if len(self.counties) > 1 else None,
            township=units.township[row],
            name=units.name[row],
            tier_name=self.tier_names.get(tier),
            score=points.score(row),
            stars=tuple(points.stars(row)),
            deducted=points.deducted(row),
            way=points.way(row),
        )

    def _village(self, row: int, star: Star) -> VillageShortfall:
        units = self.assessment.units
        places, free = in_the_way(self.assessment, star, row)
        missing = []
        for place in places:
            criterion = self.scheme.criteria[place]
            unmet = bool(self.verdicts[row, place] == Verdict.UNMET)
            gap = float(self.assessment.gap(place, np.array([row]))[0])
            known = float(number(gap)) if unmet and not np.isnan(gap) else None
            tasks, still = (self._tasks(criterion, row, state) for state in (Verdict.UNMET, Verdict.UNKNOWN))
            missing.append(Missing(criterion.id, criterion.name, criterion.unit, unmet, known, tasks, still))
        return VillageShortfall(
            county=units.county[row] if len(self.counties) > 1 else None,
            township=units.township[row],
            name=units.name[row],
            tier_name=self.tier_names.get(int(self.assessment.tiers[row])),
            star=star.name,
            needed=int(self.next.needed[row]),
            missing=tuple(missing),
            free=free,
        )

    def _tasks(self, item: Criterion, row: int, verdict: Verdict) -> tuple[str, ...]:
        """The tasks of an item for which a unit has a verdict, by name."""
        places = {criterion.id: place for place, criterion in enumerate(self.scheme.criteria)} if item.tasks else {}
        states = [(task, self.verdicts[row, places[task.id]]) for task in item.tasks]
        return tuple(task.name for task, state in states if state == verdict)

    def _unknown(self, rows: Rows) -> tuple[UnknownRow, ...]:
        found = []
        unknown = self._count(Verdict.UNKNOWN, rows)
        for place, criterion in enumerate(self.scheme.criteria):
            if not unknown[place] and criterion.goal is None:
                continue
            verdicts, reasons = self.verdicts[rows, place], self.assessment.reasons[rows, place]
            open_here = verdicts == Verdict.UNKNOWN
            targets = target_reasons(self.ledger, criterion)
            if targets is not None:
                # unmet for certain, but without its target nobody can say how many points that is
                untold = (verdicts == Verdict.UNMET) & (targets[rows] != Reason.KNOWN)
                open_here, reasons = open_here | untold, np.where(untold, targets[rows], reasons)
            here, reasons = rows[open_here], reasons[open_here]
            if not len(here) or criterion.tasks:
                # an item is as unknown as its tasks, which have rows of their own
                continue
            for reason, count in enumerate(np.bincount(reasons, minlength=len(Reason)).tolist()):
                if count:
                    first = here[reasons == reason][:CELLS_SHOWN].tolist()
                    cells = [str(cell) for row in first for cell in self._open_cells(row, criterion.id)]
                    found.append(
                        UnknownRow(
                            criterion=criterion.id,
                            name=criterion.name,
                            owner=criterion.owner,
                            reason=Reason(reason),
                            units=count,
                            cells=tuple(dict.fromkeys(cells))[:CELLS_SHOWN],
                        )
                    )
        return tuple(sorted(found, key=lambda row: -row.units))

    def _open_cells(self, row: int, key: str) -> list[Location]:
        """The cells of a value, or of what leaves it open.

        Of a formula or of dates those that are unknown themselves, if any are; of a unit of unknown kind those of
        适用于; of a target (比目标) that is not there its own.
        """
        criterion = self.scheme.criterion(key)
        columns = self.ledger.columns
        kinds = [name for part in self.scheme.upward(criterion) for name in part.applies]
        inputs = inputs_of(self.scheme, key)
        for names in (kinds, inputs):
            unknown = [name for name in names if columns[name].reason[row] != Reason.KNOWN]
            if unknown:
                return [cell for name in unknown for cell in self.ledger.cells(row, name)]
        targets = target_reasons(self.ledger, criterion)
        if targets is not None and targets[row] != Reason.KNOWN and criterion.goal is not None:
            return self.ledger.cells(row, criterion.goal.field or "")
        return [cell for name in inputs for cell in self.ledger.cells(row, name)]

    def _unreported(self, rows: Rows) -> tuple[UnreportedRow, ...]:
        units = self.assessment.units
        several = len(self.counties) > 1
        heard = set(self.town[rows[self.reported[rows]]].tolist())
        names: dict[int, list[str]] = {}
        for row in rows[~self.reported[rows]].tolist():
            names.setdefault(int(self.town[row]), []).append(units.name[row])
        return tuple(
            UnreportedRow(
                self.town_rows[town].county if several else None,
                self.town_rows[town].name,
                tuple(some),
                silent=town not in heard,
            )
            for town, some in names.items()
        )

    def _groups(self, county: str | None) -> tuple[GroupTable, ...]:
        """The groups of a county, or all of them."""
        several = len(self.counties) > 1
        tables = []
        for found in self.assessment.groups:
            rows = tuple(
                GroupRow(
                    result.county if several else None,
                    result.name,
                    result.units,
                    result.reported,
                    tuple(group_cell(verdict, self.assessment.as_of) for verdict in result.verdicts),
                    result.verdict,
                )
                for result in found.results
                if not several or county is None or result.county == county
            )
            names = {item.id: item.title for item in found.group.criteria}
            shown = [key for key in self.assessment.units.counties if not several or county in {None, key}]
            outside, unplaced = (sum(by.get(key, 0) for key in shown) for by in (found.outside, found.unplaced))
            tables.append(GroupTable(found.group.name, found.group.by, names, rows, outside, unplaced))
        return tuple(tables)

    def _controls(self, rows: Rows) -> tuple[ControlRow, ...]:
        found = []
        here = rows[self.reported[rows]]
        for place, veto in enumerate(self.scheme.vetoes):
            state = self.assessment.vetoes[here, place]
            on = here[np.equal(state, 1)]
            unknown = int(np.count_nonzero(state < 0))
            if len(on) or unknown:
                effect = effect_words(veto.effect, self.tier_names)
                found.append(ControlRow("veto", veto.id, veto.name, effect, len(on), unknown, self._names(on)))
        for place, cap in enumerate(self.scheme.tiering.caps):
            down = here[self.assessment.capped_tier[here, place]]
            if len(down):
                star = next(found for found, star in enumerate(self.scheme.stars) if star.name == cap.star)
                on = down[self.assessment.stars[down, star] == 0]
                name = self.tier_names.get(cap.tier, str(cap.tier))
                effect = both("effect.cap", highest=name)
                unknown = len(down) - len(on)
                found.append(ControlRow("cap", cap.star, cap.star, effect, len(on), unknown, self._names(on)))
        return tuple(found)

    def _names(self, rows: Rows) -> tuple[str, ...]:
        units = self.assessment.units
        return tuple(units.full_name(row) for row in rows[:NAMES_SHOWN].tolist())


def _in_places(rows: Sequence[PlaceRow]) -> tuple[PlaceRow, ...]:
    last = len(rows) + 1

    def place(row: PlaceRow) -> tuple[int, int]:
        found = row.standing
        return (last, last) if found is None else (found.best or last, found.worst or last)

    return tuple(sorted(rows, key=place))


def group_cell(verdict: GroupVerdict, as_of: date) -> GroupCell:
    """How a criterion of one group is shown that was judged on ``as_of``."""
    item = verdict.criterion
    requirement = item.in_force(as_of)
    source = None if requirement is None or requirement.source is None else str(requirement.source)
    operand = () if requirement is None else requirement.operand
    return GroupCell(
        item.id,
        verdict.low if np.isfinite(verdict.low) else None,
        verdict.high if np.isfinite(verdict.high) else None,
        item.unit,
        ("", "") if requirement is None else asked_words(requirement, item.unit),
        source,
        verdict.verdict,
        verdict.gap,
        tuple(end for end in (operand if isinstance(operand, tuple) else (operand,)) if isinstance(end, Decimal)),
        item.rounding is Rounding.CUT,
    )


def requirement_words(criterion: Criterion | GroupCriterion, as_of: date) -> Text:
    """What a criterion asks for on ``as_of`` with its unit, in both languages; empty where nothing is in force."""
    requirement = criterion.in_force(as_of)
    return ("", "") if requirement is None else asked_words(requirement, criterion.unit)


def asked_words(asked: Requirement | Trigger, unit: str | None) -> Text:
    """A requirement or trigger in both languages; Chinese without spaces, since a line may break at any of them."""
    if isinstance(asked.operand, bool):
        return both("yes" if asked.operand else "no")
    return (asked.words(unit, "zh").replace(" ", ""), asked.words(unit, "en"))


def effect_words(effect: Effect, tier_names: Mapping[int, str] = MappingProxyType({})) -> Text:
    """What a veto does, in both languages; a cap names its tier where ``tier_names`` has it."""
    number = "" if effect.number is None else format(effect.number, "f")
    highest = tier_names.get(int(effect.number), number) if effect.number is not None else ""
    match effect.kind:
        case EffectKind.EXTINGUISH:
            return both("effect.extinguish", star=effect.star)
        case EffectKind.CAP:
            return both("effect.cap", highest=highest)
        case EffectKind.EXCLUDE:
            return both("excluded")
        case EffectKind.DEDUCT:
            return both("effect.deduct", points=number)
        case EffectKind.FLAG:
            return both("effect.flag")


def lasting_words(lasting: Lasting) -> Text:
    """How long a confirmed veto counts, in both languages."""
    if lasting.year:
        return both("vetoes.lasting.year")
    return both("vetoes.lasting.months", n=lasting.months) if lasting.months else both("vetoes.lasting.period")


def _tie_words(notice: QuotaNotice, assessment: Assessment) -> Text:
    """That a quota cut through a tie, and who was tied."""
    units = assessment.units
    tied = "、".join(units.full_name(row) for row in notice.tied)
    return both("quota.tie", scope=notice.scope, tier=notice.tier_name, places=notice.places, tied=tied)


NAMED_RIVALS = 8
"""So many units are named on each side of places that are not settled; of the others the number is said."""


def _open_words(places: OpenPlaces, assessment: Assessment) -> Iterator[Text]:
    """That places hang on what is unknown: who holds them, who may yet come before them, and who may get one."""
    slots = {"scope": places.scope, "tier": places.tier_name, "places": places.places}
    holders, rivals, waiting = (_named(rows, assessment) for rows in (places.holders, places.rivals, places.waiting))
    if holders is not None and rivals is not None:
        yield both("quota.open", holders=holders, rivals=rivals, **slots)
    elif holders is not None:
        yield both("quota.fewer", holders=holders, **slots)
    if waiting is not None:
        yield both("quota.waiting", waiting=waiting, **slots)


def _named(rows: Sequence[int], assessment: Assessment) -> Text | None:
    """Units by their full names, the first few of many; None for nobody."""
    names = [assessment.units.full_name(row) for row in rows[:NAMED_RIVALS]]
    if not names:
        return None
    if len(rows) > len(names):
        return both("quota.more", names="、".join(names), n=len(rows))
    return "、".join(names), ", ".join(names)
