"""One unit, criterion, veto or diagnostic code on one page, as sections for the console and Markdown.

The unit's page goes from file and cell to value, requirement and clause, verdict, star and tier, so that a village
that asks why it has three stars and not four can be shown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np

from starcheck.column import Reason, Verdict, decimal15
from starcheck.diagnostic import Diagnostic, Lang, Location, catalogue, pick
from starcheck.messages import say
from starcheck.report.figures import (
    amount,
    decimal_words,
    distance,
    period_words,
    points_figure,
    reason_words,
    value_words,
)
from starcheck.report.model import (
    FinalShown,
    asked_words,
    effect_words,
    in_order,
    lasting_words,
    requirement_words,
)
from starcheck.report.nearest import places_of
from starcheck.report.origin import Origins, with_origin
from starcheck.report.points import Points, climbs, displaced_words
from starcheck.report.sections import (
    Cell,
    Section,
    diagnostic_place,
    final_facts,
    points_words,
    table,
    way_lines,
)
from starcheck.scheme import (
    BestEnd,
    Bounds,
    Cap,
    Criterion,
    EffectKind,
    Group,
    GroupCriterion,
    LightRule,
    Method,
    Quota,
    Requirement,
    Scheme,
    Scope,
    SourceRef,
    Star,
)
from starcheck.scoring import Assessment, LossKind, target_reasons

_PLACES = 4
"""Decimals of points."""
_STARS = {1: "star.lit", 0: "star.unlit", -1: "star.unknown"}
_VETOES = {1: "veto.triggered", 0: "veto.clear", -1: "veto.unknown"}


def explain_unit(
    assessment: Assessment,
    unit: int,
    *,
    county: str | None = None,
    period: str | None = None,
    final: FinalShown | None = None,
    diagnostics: Sequence[Diagnostic] = (),
    lang: Lang = "zh",
) -> tuple[Section, ...]:
    """The page of the unit at position ``unit``. Of ``diagnostics`` those about it are shown."""
    page = _UnitPage(assessment, unit, lang)
    return tuple(page.sections(county=county, period=period, final=final, diagnostics=diagnostics))


@dataclass(frozen=True, slots=True)
class _Row:
    """A criterion as it came out for the unit."""

    criterion: Criterion
    requirement: Requirement | None
    verdict: Verdict
    reason: Reason
    gap: float | None


class _UnitPage:
    """What one unit's page is made of."""

    def __init__(self, assessment: Assessment, unit: int, lang: Lang) -> None:
        self.assessment = assessment
        self.scheme = assessment.scheme
        self.unit = unit
        self.lang = lang
        self.origins = Origins(self.scheme)
        self.tier_names = {tier.number: tier.name for tier in self.scheme.tiering.tiers}
        self.cells = {
            key: assessment.ledger.cells(unit, key)
            for key in (*(item.id for item in self.scheme.criteria), *(veto.id for veto in self.scheme.vetoes))
        }
        sheets = Counter((cell.file, cell.sheet) for cells in self.cells.values() for cell in cells)
        self.sheets = [place for place, _ in sheets.most_common()]

    def sections(
        self, *, county: str | None, period: str | None, final: FinalShown | None, diagnostics: Sequence[Diagnostic]
    ) -> Iterator[Section]:
        """Every section of the page, those without content left out."""
        reported = bool(self.assessment.units.reported[self.unit])
        yield self._heading(county, period, final=final, reported=reported)
        if reported:
            for place, star in enumerate(self.scheme.stars):
                yield self._star(place, star)
            if self.scheme.vetoes:
                yield self._vetoes()
            if self.scheme.tiering.caps:
                yield self._caps()
        problems = self._problems(diagnostics)
        if problems:
            yield self._problem_section(problems)
        if reported:
            yield _sources(self.scheme, self._sources_used(), self.lang)

    def _say(self, key: str, **slots: object) -> str:
        return say(key, self.lang, **slots)

    def _tier_name(self, tier: int) -> str:
        return self.tier_names.get(tier, self._say("explain.unrated"))

    def _heading(self, county: str | None, period: str | None, *, final: FinalShown | None, reported: bool) -> Section:
        units, unit = self.assessment.units, self.unit
        tier = int(self.assessment.tiers[unit])
        if not reported:
            shown = self._say("unreported")
        elif self.assessment.excluded[unit]:
            shown = self._say("excluded")
        elif self.assessment.undecided[unit]:
            shown = self._say("undecided")
        else:
            shown = self._tier_name(tier)
        title = self._say(
            "explain.title",
            county=units.county[unit] or county or "",
            township=units.township[unit] if units.township[unit] != units.name[unit] else "",
            name=units.name[unit],
            period=period_words(period, self.lang),
            tier=shown,
            state=self._say("final" if final else "provisional"),
        )
        scheme = self.scheme
        described = self._say(
            "report.scheme.text", title=scheme.title, id=scheme.id, version=scheme.version, nature=scheme.nature
        )
        facts = [
            (self._say("report.scheme"), described),
            (self._say("report.as_of"), self.assessment.as_of.isoformat()),
            *final_facts(final, self.lang),
            (self._say("explain.kind"), units.kind[unit]),
        ]
        if units.tags[unit]:
            facts.append((self._say("explain.tags"), self._say("list.comma").join(sorted(units.tags[unit]))))
        if units.target[unit] >= 0:
            facts.append((self._say("explain.target"), self._tier_name(int(units.target[unit]))))
        facts += [(self._say("explain.ledger"), str(Location(file, sheet))) for file, sheet in self.sheets]
        if reported:
            called = pick(self.scheme.tiering.word, self.lang).capitalize()
            facts.append((self._say("explain.tier", called=called), self._tier_arithmetic()))
            facts += self._above()
            label = "explain.reachable" if self.scheme.tiering.ranked else "explain.settled"
            facts.append((self._say(label, called=called), self._reachable()))
        lines = () if reported else (self._say("explain.unreported"),)
        return Section(" ".join(title.split()), level=1, facts=tuple(facts), lines=lines)

    def _tier_arithmetic(self) -> str:
        """From lit stars (or points) through caps, vetoes and quotas to the tier, each step in words."""
        assessment, unit, scheme = self.assessment, self.unit, self.scheme
        if scheme.tiering.method is Method.STARS:
            tier = int(np.count_nonzero(assessment.stars[unit] == 1))
            steps = [self._say("explain.tier.stars", lit=tier)]
        else:
            low, high = (0.0, 0.0) if assessment.scores is None else assessment.scores[unit].tolist()
            # before anything lowered it
            lost = sum(int(loss.lost[unit]) for loss in assessment.losses)
            tier = max(int(assessment.tiers[unit]), 0) + lost
            key = "explain.tier.score" if low == high else "explain.tier.score.range"
            key = "explain.tier.score.open" if assessment.undecided[unit] and low != high else key
            begins = next((band.at_least for band in scheme.tiering.tiers if band.number == tier), None)
            lines = tuple(band.at_least for band in scheme.tiering.tiers if band.at_least is not None)
            parts = self._parts()
            # what stands in one sum has the same number of decimals
            summed = [((low, high), lines), *((found, star.rule.lines) for star, found in parts)]
            figures = [points_figure(end, apart, places=_PLACES) for ends, apart in summed for end in ends]
            places = max(_PLACES, *(len(figure.partition(".")[2]) for figure in figures))
            slots = {
                "low": points_figure(low, lines, places=places),
                "high": points_figure(high, lines, places=places),
                "sum": self._sum(parts, places),
                "n": decimal_words(begins or Decimal(0)),
            }
            steps = [self._say(key, tier=self._tier_name(tier), **slots)]
        for place, cap in enumerate(scheme.tiering.caps):
            if assessment.capped_tier[unit, place]:
                tier = min(tier, cap.tier)
                star = next(found for found, star in enumerate(scheme.stars) if star.name == cap.star)
                key = "explain.tier.cap" if assessment.stars[unit, star] == 0 else "explain.tier.cap.open"
                steps.append(self._say(key, star=cap.star, highest=self._tier_name(cap.tier)))
        excluded = False
        for place, veto in enumerate(scheme.vetoes):
            if assessment.vetoes[unit, place] == 1 and veto.effect.kind is not EffectKind.FLAG:
                effect = pick(effect_words(veto.effect, self.tier_names), self.lang)
                if veto.effect.kind is EffectKind.CAP and veto.effect.number is not None:
                    tier = min(tier, int(veto.effect.number))
                excluded |= veto.effect.kind is EffectKind.EXCLUDE
                steps.append(self._say("explain.tier.veto", id=veto.id, effect=effect))
        final = int(assessment.tiers[unit])
        if 0 <= final < tier:
            why = pick(displaced_words(assessment, unit, final + 1), self.lang)
            steps.append(self._say("explain.tier.quota", why=why, tier=self._tier_name(final)))
        shown = self._say("undecided") if assessment.undecided[unit] else self._tier_name(final)
        shown = self._say("excluded") if excluded else shown
        steps.append(self._say("explain.tier.result", tier=shown))
        if 0 <= assessment.assured[unit] < final:
            steps.append(self._say("explain.tier.contested", tier=self._tier_name(int(assessment.assured[unit]))))
        return "".join(steps)

    def _parts(self) -> list[tuple[Star, tuple[float, float]]]:
        """The stars' points that the score is the sum of; none where 折算 makes it another."""
        if self.scheme.tiering.rescale:
            return []
        named = zip(self.scheme.stars, Points(self.assessment).stars(self.unit), strict=True)
        return [(star, found) for star, found in named if found is not None]

    def _sum(self, parts: Sequence[tuple[Star, tuple[float, float]]], places: int) -> str:
        """The score as a sum."""
        if not parts:
            return ""
        text = self._say("explain.tier.plus").join(
            self._say("explain.tier.part", star=star.name, points=points_words(found, star.rule.lines, places=places))
            for star, found in parts
        )
        taken = Points(self.assessment).deducted(self.unit)
        if taken:
            text += self._say("explain.tier.deducted", points=decimal_words(taken))
        return self._say("explain.tier.sum", parts=text)

    def _above(self) -> list[tuple[str, str]]:
        """The tier above, how far it is, and a line for each thing that keeps the unit from it or brings points."""
        way = Points(self.assessment).way(self.unit) if climbs(self.scheme) else None
        if way is None:
            return []
        short = (
            self._say("explain.above.short", n=decimal_words(decimal15(way.short), places=2))
            if way.short
            else self._say("explain.above.enough")
        )
        at_least = decimal_words(way.at_least)
        text = self._say("explain.above.text", tier=way.tier_name, at_least=at_least, short=short)
        found = [(self._say("explain.above"), text)]
        return found + [(self._say("explain.above.gains"), line) for line in way_lines(way, self.lang, everything=True)]

    def _reachable(self) -> str:
        assessment, unit, ranked = self.assessment, self.unit, self.scheme.tiering.ranked
        if assessment.excluded[unit]:
            text = self._say("excluded")
        elif assessment.undecided[unit]:
            count = int(np.count_nonzero(assessment.verdicts[unit] == Verdict.UNKNOWN))
            text = self._say("explain.settled.open", n=count)
        elif assessment.reachable[unit] == assessment.tiers[unit]:
            text = self._say(
                "explain.reachable.same" if ranked else "explain.settled.same",
                tier=self._tier_name(int(assessment.tiers[unit])),
            )
        else:
            count = int(np.count_nonzero(assessment.verdicts[unit] == Verdict.UNKNOWN))
            reachable = self._tier_name(int(assessment.reachable[unit]))
            key = "explain.reachable.more" if count else "explain.reachable.points"
            displaced = sum(int(loss.lost[unit]) for loss in assessment.losses if loss.kind is LossKind.QUOTA)
            if displaced and assessment.tiers[unit] + displaced == assessment.reachable[unit]:
                key = "explain.reachable.quota"
            text = self._say(key, n=count, tier=reachable)
        blank = int(np.count_nonzero(assessment.vetoes[unit] < 0))
        vetoes = "explain.reachable.vetoes" if ranked else "explain.settled.vetoes"
        return text + (self._say(vetoes, n=blank) if blank else "")

    def _row(self, place: int) -> _Row:
        criterion = self.scheme.criteria[place]
        gap = float(self.assessment.gap(place, np.array([self.unit]))[0])
        return _Row(
            criterion=criterion,
            requirement=criterion.in_force(self.assessment.as_of),
            verdict=Verdict(self.assessment.verdicts[self.unit, place]),
            reason=Reason(self.assessment.reasons[self.unit, place]),
            gap=None if np.isnan(gap) else gap,
        )

    def _star(self, place: int, star: Star) -> Section:
        keys_here = {part.id for item in star.criteria for part in item.with_tasks}
        rows = [self._row(column) for column, criterion in enumerate(self.scheme.criteria) if criterion.id in keys_here]
        state = self._say(_STARS[int(self.assessment.stars[self.unit, place])])
        keys = ("shortfalls.id", "shortfalls.criterion", "explain.value", "explain.cell", "explain.requirement")
        scored = any(row.criterion.id in self.assessment.earned for row in rows)
        ends = (
            ("explain.verdict", "explain.earned", "explain.source") if scored else ("explain.verdict", "explain.source")
        )
        if self.origins.any:
            ends = (*ends, "origin")
        headers = [self._say(key) for key in (*keys, *ends)]
        lines = (self._rule(place, star), *map(self._mend, rows))
        shown = table(headers, [self._cells_of(row, scored=scored) for row in rows], numbers=[2])
        return Section(f"{star.name}  {state}", table=shown, lines=tuple(line for line in lines if line))

    def _rule(self, place: int, star: Star) -> str:
        """The star's rule and how it came out: x met of n counted, and the score where it goes by score."""
        unit, lang = self.unit, self.lang
        counted = self.assessment.counts_as(np.array([unit]))[0].tolist()
        here = [counted[column] for column in places_of(self.scheme, star)]
        tally = {verdict: here.count(verdict) for verdict in (Verdict.MET, Verdict.UNMET, Verdict.UNKNOWN)}
        total = sum(tally.values())
        text = rule_words(star, lang) + say("sentence.stop", lang)
        if total == 0:
            text += self._say("explain.outcome.none")
        else:
            text += self._say(
                "explain.outcome",
                counted=total,
                met=tally[Verdict.MET],
                unmet=tally[Verdict.UNMET],
                unknown=tally[Verdict.UNKNOWN],
            )
        scores = self.assessment.star_scores
        if scores is not None and not np.isnan(scores[unit, place]).any():
            low, high = scores[unit, place].tolist()
            key = "explain.outcome.score" if low == high else "explain.outcome.scores"
            ends = [points_figure(end, star.rule.lines, places=_PLACES) for end in (low, high)]
            text += self._say(key, low=ends[0], high=ends[1])
        for column, veto in enumerate(self.scheme.vetoes):
            triggered = self.assessment.vetoes[unit, column] == 1
            if triggered and veto.effect.kind is EffectKind.EXTINGUISH and veto.effect.star == star.name:
                text += self._say("explain.outcome.veto", id=veto.id)
        return text

    def _earned(self, key: str) -> str:
        """The points a criterion earns or 平均 gives for it, from the fewest to the most while something is unknown."""
        found = [by[key][self.unit] for by in (self.assessment.earned, self.assessment.averaged) if key in by]
        if not found:
            return ""
        low, high = np.sum(found, axis=0).tolist()
        return points_words((low, high), self.scheme.star_of[key].rule.lines, places=_PLACES)

    def _open_points(self, criterion: Criterion) -> str:
        """Why the points of a judged criterion are still open: its target is, or that of others beside it."""
        earned = self.assessment.earned.get(criterion.id)
        if earned is None or earned[self.unit, 0] == earned[self.unit, 1]:
            return ""
        if criterion.goal is not None and criterion.goal.field is not None:
            return self._say("explain.open.goal", field=criterion.goal.field)
        return self._say("explain.open.best") if criterion.best is not None else ""

    def _cells_of(self, row: _Row, *, scored: bool) -> tuple[Cell, ...]:
        criterion = row.criterion
        operand = None if row.requirement is None else row.requirement.operand
        threshold = operand if isinstance(operand, Decimal) else None
        column = self.assessment.values(criterion.id)
        value = value_words(column, self.unit, criterion.unit, self.lang, apart_from=threshold)
        verdict = self._say(f"verdict.{row.verdict.word}")
        note = reason_words(row.reason, self.lang)
        return (
            criterion.id,
            f"　{criterion.name}" if criterion.id in self.scheme.item_of else criterion.name,
            value or ("" if row.verdict is Verdict.NOT_APPLICABLE else note),
            "" if criterion.tasks else self._addresses(criterion.id),
            pick(requirement_words(criterion, self.assessment.as_of), self.lang),
            (verdict, note) if row.verdict is Verdict.NOT_APPLICABLE else verdict,
            *((self._earned(criterion.id),) if scored else ()),
            "" if row.requirement is None else _source_words(row.requirement.source),
            *((self.origins.words(self.lang, criterion.id),) if self.origins.any else ()),
        )

    def _addresses(self, key: str) -> Cell:
        """Bare cells where all of the unit is on the sheet that the heading names, else with file and sheet."""
        cells = self.cells[key]
        if len(self.sheets) == 1:
            return " ".join(cell.cell or str(cell) for cell in cells)
        return tuple(map(str, cells))

    def _mend(self, row: _Row) -> str:
        """For an unmet criterion how far and what to do; for an unknown one what to check; nothing otherwise."""
        criterion = row.criterion
        name = {"id": criterion.id, "name": criterion.name}
        targets = target_reasons(self.assessment.ledger, criterion)
        told_value = self.assessment.values(criterion.id).reason[self.unit] == Reason.KNOWN
        beside_nothing = targets is not None and targets[self.unit] != Reason.KNOWN and told_value
        if row.verdict is Verdict.UNKNOWN and not beside_nothing:
            return self._say("explain.remedy.check", **name, reason=reason_words(row.reason, self.lang))
        if row.verdict is Verdict.NOT_APPLICABLE:
            return ""
        if open_points := self._open_points(criterion):
            return self._say("explain.remedy.open", **name, what=open_points)
        if row.verdict is not Verdict.UNMET:
            return ""
        gap = self._say("explain.gap", gap=distance(row.gap, criterion.unit, self.lang)) if row.gap else ""
        told = self._say("list.semicolon").join(part for part in (gap, criterion.remedy or "") if part)
        owner = self._say("explain.remedy.owner", owner=criterion.owner) if criterion.owner else ""
        return self._say("explain.remedy", **name, what=told or self._say("verdict.unmet"), owner=owner)

    def _vetoes(self) -> Section:
        keys = ("shortfalls.id", "controls.name", "explain.value", "explain.cell", "controls.effect", "explain.verdict")
        origin = ("origin",) if self.origins.any else ()
        headers = [self._say(key) for key in (*keys, "explain.source", *origin)]
        rows = []
        for place, veto in enumerate(self.scheme.vetoes):
            column = self.assessment.ledger.columns[veto.id]
            value = value_words(column, self.unit, veto.unit, self.lang)
            reason = Reason(self.assessment.veto_reasons[self.unit, place])
            rows.append(
                (
                    veto.id,
                    veto.name,
                    value or reason_words(reason, self.lang),
                    self._addresses(veto.id),
                    pick(effect_words(veto.effect, self.tier_names), self.lang),
                    self._say(_VETOES[int(self.assessment.vetoes[self.unit, place])]),
                    _source_words(veto.source),
                    *(self.origins.words(self.lang, veto.id) for _ in origin),
                )
            )
        unknown = bool((self.assessment.vetoes[self.unit] < 0).any())
        lines = (self._say("controls.blank"),) if unknown else ()
        return Section(self._say("explain.vetoes"), table=table(headers, rows), lines=lines)

    def _caps(self) -> Section:
        headers = [self._say(key) for key in ("explain.caps", "explain.cap.state", "explain.source")]
        names = [star.name for star in self.scheme.stars]
        rows = []
        for place, cap in enumerate(self.scheme.tiering.caps):
            tier = bool(self.assessment.capped_tier[self.unit, place])
            reachable = bool(self.assessment.capped_reachable[self.unit, place])
            if self.assessment.stars[self.unit, names.index(cap.star)] == 1:
                state = "lit"
            elif tier:
                state = "both" if reachable else "tier"
            else:
                state = "reachable" if reachable else "none"
            rule = self._say("explain.cap.rule", star=cap.star, highest=self._tier_name(cap.tier))
            rows.append((rule, self._say(f"explain.cap.{state}"), _source_words(cap.source)))
        return Section(self._say("explain.caps"), table=table(headers, rows))

    def _problems(self, diagnostics: Sequence[Diagnostic]) -> list[Diagnostic]:
        """Those that name this unit and, since names repeat, lie in one of its files."""
        name = self.assessment.units.name[self.unit]
        files = {file for file, _ in self.sheets}
        return [
            diagnostic
            for diagnostic in in_order((*diagnostics, *self.assessment.diagnostics))
            if diagnostic.unit == name and (not files or diagnostic.where.file in {None, *files})
        ]

    def _problem_section(self, problems: Sequence[Diagnostic]) -> Section:
        keys = ("severity", "code", "where", "title", "found", "hint")
        labels = {key: column.label for key, column in self.scheme.ledger_columns.items()}
        rows = [
            (
                self._say(f"severity.{problem.level}"),
                problem.code,
                tuple(part for part in diagnostic_place(problem, self.lang, labels) if part),
                problem.message(self.lang),
                problem.found or "",
                problem.hint(self.lang),
            )
            for problem in problems
        ]
        headers = [self._say(f"diagnostics.{key}") for key in keys]
        return Section(self._say("explain.problems"), table=table(headers, rows))

    def _sources_used(self) -> list[str]:
        requirements = [criterion.in_force(self.assessment.as_of) for criterion in self.scheme.criteria]
        items = (*requirements, *self.scheme.vetoes, *self.scheme.tiering.caps)
        references = [item.source for item in items if item is not None]
        return list(dict.fromkeys(reference.key for reference in references if reference is not None))


def _source_words(source: SourceRef | None) -> str:
    return "" if source is None else str(source)


def light_words(rule: LightRule, lang: Lang) -> str:
    """When a star is lit, its 必备 aside."""
    if rule.at_least is not None:
        key = "explain.rule.at_least.one" if rule.at_least == 1 else "explain.rule.at_least"
        return say(key, lang, n=rule.at_least)
    if rule.score is not None:
        rescaled = say("explain.rule.rescale", lang) if rule.rescale else ""
        return say("explain.rule.score", lang, n=decimal_words(rule.score)) + rescaled
    return say("explain.rule.all", lang)


def rule_words(star: Star, lang: Lang) -> str:
    """When a star is lit: of a star as it is on a day (``Star.on``) by the rule then in force, else by the last."""
    rule = star.rule
    text = light_words(rule, lang)
    essential = [criterion.id for criterion in star.criteria if criterion.essential]
    if essential and not rule.all:
        text += say("explain.rule.essential", lang, ids=say("list.comma", lang).join(essential))
    return text


def _rules_words(star: Star, lang: Lang) -> str:
    """When a star is lit, in all years: each rule with its day and clause where there are several."""
    if len(star.rules) == 1:
        return rule_words(star, lang)
    said = [dated_words(light_words(rule.rule, lang), rule.since, None, rule.source, lang) for rule in star.rules]
    essential = [criterion.id for criterion in star.criteria if criterion.essential]
    ids = say("list.comma", lang).join(essential)
    return say("list.semicolon", lang).join(said) + (say("explain.rule.essential", lang, ids=ids) if essential else "")


def days_words(since: date | None, until: date | None, lang: Lang) -> str:
    """From which day, and to which; empty where it always holds."""
    if since is None and until is None:
        return ""
    if until is None:
        return say("days.since", lang, since=since)
    return say("days.until", lang, until=until) if since is None else say("days.both", lang, since=since, until=until)


def dated_words(text: str, since: date | None, until: date | None, source: SourceRef | None, lang: Lang) -> str:
    """What holds, after its days and before its clause: ``2027-01-01起 至少15万元（县委办2026 第三条）``."""
    days = days_words(since, until, lang)
    return (f"{days} " if days else "") + text + (say("standard.bracketed", lang, text=source) if source else "")


def cap_words(cap: Cap, names: Mapping[int, str], lang: Lang) -> str:
    """What a cap does, its tier by name."""
    return say("standard.cap", lang, star=cap.star, tier=names.get(cap.tier, cap.tier))


def quota_words(quota: Quota, lang: Lang) -> str:
    """How many units may hold a tier, where, and what decides between equals."""
    share = "" if quota.share is None else f"{float(100 * quota.share):g}%"
    most = say("list.comma", lang).join(
        part for part in (share, "" if quota.count is None else str(quota.count)) if part
    )
    scope = say("scope.county" if quota.scope is Scope.COUNTY else "scope.township", lang)
    text = say("standard.quota", lang, tier=quota.tier_name, scope=scope, most=most)
    breaks = [
        say(
            "standard.tie.high" if tie.descending else "standard.tie.low",
            lang,
            of=tie.text.removesuffix("高者先").removesuffix("低者先").strip(),
        )
        for tie in quota.tie_breaks
    ]
    return text + (say("standard.ties", lang, ties=say("list.comma", lang).join(breaks)) if breaks else "")


def _sources(scheme: Scheme, keys: Sequence[str], lang: Lang) -> Section:
    """The documents behind the keys, each once."""
    facts = []
    for key in keys:
        source = scheme.sources[key]
        day = source.date.isoformat() if isinstance(source.date, date) else source.date
        parts = (source.file, source.authority, day, source.link, source.note)
        facts.append((key, "  ".join(part for part in parts if part)))
    return Section(say("explain.sources", lang), facts=tuple(facts))


def explain_criterion(scheme: Scheme, key: str, lang: Lang = "zh", *, as_of: date | None = None) -> tuple[Section, ...]:
    """A criterion: what it asks for and since when, by which clause, how it is read, who mends it.

    Raises ``KeyError`` where the scheme has no such criterion. With ``as_of`` the requirement in force is marked.
    """
    criterion = scheme.criterion(key)
    star = scheme.star_of[key]
    item = scheme.item_of.get(key)
    facts = [
        ("report.scheme", f"{scheme.title}  {scheme.id} {scheme.version}  {scheme.nature}"),
        ("explain.star_of", f"{star.name}  {_rules_words(star, lang)}"),
        ("explain.item_of", "" if item is None else f"{item.id} {item.name}"),
        ("explain.tasks", say("list.comma", lang).join(f"{task.id} {task.name}" for task in criterion.tasks)),
        ("explain.type", _type_words(criterion, lang)),
        ("explain.column", say("list.comma", lang).join(criterion.headers)),
        ("explain.formula", criterion.formula or ""),
        ("explain.dates", say("list.comma", lang).join(criterion.dates)),
        ("explain.options", say("list.comma", lang).join(criterion.options)),
        ("explain.bounds", bounds_words(criterion.bounds, criterion.unit, lang)),
        ("explain.points", "" if criterion.points is None else decimal_words(criterion.points)),
        ("explain.deduction", grading_words(criterion, lang)),
        ("explain.essential", say("yes", lang) if criterion.essential else ""),
        ("standard.since", days_words(None, criterion.until, lang)),
        ("explain.applies", applies_words(criterion, lang)),
        ("explain.exempt", exempt_words(criterion, lang)),
        ("explain.owner", criterion.owner or ""),
        ("explain.how", criterion.remedy or ""),
        ("explain.note", criterion.note or ""),
    ]
    labelled = {"explain.deduction": "explain.points"}
    shown = tuple((say(labelled.get(key, key), lang), text) for key, text in facts if text)
    page = with_origin(Section(f"{criterion.id} {criterion.name}", level=1, facts=shown), scheme, lang, key)
    return (page, *_asked_by_date(scheme, criterion, as_of, lang))


def _type_words(criterion: Criterion, lang: Lang) -> str:
    """Its type and unit; nobody wrote those of an item made of tasks."""
    if criterion.tasks:
        return say("explain.type.tasks", lang, n=len(criterion.tasks))
    return " ".join(part for part in (criterion.kind.value, criterion.unit) if part)


def _asked_by_date(
    scheme: Scheme, item: Criterion | GroupCriterion, as_of: date | None, lang: Lang
) -> tuple[Section, Section]:
    """All requirements there ever were, the one in force on ``as_of`` marked, and the documents behind them."""
    force = None if as_of is None else item.in_force(as_of)
    rows = [
        (
            requirement.since.isoformat() + (f" {say('explain.in_force', lang)}" if requirement is force else ""),
            pick(asked_words(requirement, item.unit), lang),
            _source_words(requirement.source),
            requirement.note or "",
        )
        for requirement in sorted(item.requirements, key=lambda asked: asked.since)
    ]
    headers = [say(f"explain.{word}", lang) for word in ("since", "requirement", "source", "note")]
    dated = Section(say("explain.requirements", lang), table=table(headers, rows))
    return dated, _sources(scheme, _keys([requirement.source for requirement in item.requirements]), lang)


def _keys(references: Sequence[SourceRef | None]) -> list[str]:
    """The documents referred to, each once."""
    return list(dict.fromkeys(reference.key for reference in references if reference is not None))


def explain_part(scheme: Scheme, key: str, lang: Lang = "zh", *, as_of: date | None = None) -> tuple[Section, ...]:
    """Whatever a scheme calls by that 编号 or name, in all years: a criterion, a veto, what is asked of groups, a star.

    Raises ``KeyError`` where it has nothing such; ``parts_of`` are all there are.
    """
    if scheme.find_criterion(key) is not None:
        return explain_criterion(scheme, key, lang, as_of=as_of)
    if any(veto.id == key for veto in scheme.vetoes):
        return explain_veto(scheme, key, lang)
    for group in scheme.groups:
        for item in group.criteria:
            if item.id == key:
                return _explain_group_item(scheme, group, item, lang, as_of)
    return _explain_star(scheme, {star.name: star for star in scheme.stars}[key], lang)


def parts_of(scheme: Scheme) -> list[str]:
    """What ``explain_part`` can be asked for."""
    return [
        *(criterion.id for criterion in scheme.criteria),
        *(veto.id for veto in scheme.vetoes),
        *(item.id for group in scheme.groups for item in group.criteria),
        *(star.name for star in scheme.stars),
    ]


def _explain_group_item(
    scheme: Scheme, group: Group, item: GroupCriterion, lang: Lang, as_of: date | None
) -> tuple[Section, ...]:
    facts = (
        ("report.scheme", f"{scheme.title}  {scheme.id} {scheme.version}  {scheme.nature}"),
        ("explain.group_of", f"{group.name}  {say('standard.by', lang, by=group.by)}"),
        ("standard.only", say("list.comma", lang).join(item.only)),
        ("explain.type", " ".join(part for part in (item.kind.value, item.unit) if part)),
        ("explain.formula", item.formula),
        ("standard.since", days_words(None, item.until, lang)),
        ("explain.owner", item.owner or ""),
        ("explain.how", item.remedy or ""),
        ("explain.note", item.note or ""),
    )
    shown = tuple((say(key, lang), text) for key, text in facts if text)
    page = with_origin(Section(f"{item.id} {item.name}", level=1, facts=shown), scheme, lang, item.id)
    return (page, *_asked_by_date(scheme, item, as_of, lang)) if item.requirements else (page,)


def _explain_star(scheme: Scheme, star: Star, lang: Lang) -> tuple[Section, ...]:
    """A star: its items, the rules by which it is lit in all years, and the caps and vetoes that hang on it."""
    names = {tier.number: tier.name for tier in scheme.tiering.tiers}
    facts = (
        ("report.scheme", f"{scheme.title}  {scheme.id} {scheme.version}  {scheme.nature}"),
        ("standard.lead", star.lead or ""),
        ("shortfalls.criterion", say("list.comma", lang).join(f"{item.id} {item.name}" for item in star.criteria)),
        ("explain.essential", say("list.comma", lang).join(item.id for item in star.criteria if item.essential)),
        ("explain.note", star.note or ""),
    )
    caps = [cap for cap in scheme.tiering.caps if cap.star == star.name]
    vetoes = [veto for veto in scheme.vetoes if veto.effect.star == star.name]
    rows = [
        *((days_words(rule.since, None, lang), light_words(rule.rule, lang), rule.source) for rule in star.rules),
        *((days_words(cap.since, cap.until, lang), cap_words(cap, names, lang), cap.source) for cap in caps),
        *(
            (
                days_words(veto.since, veto.until, lang),
                f"{veto.id} {veto.name}{say('list.colon', lang)}{pick(effect_words(veto.effect, names), lang)}",
                veto.source,
            )
            for veto in vetoes
        ),
    ]
    headers = [say(key, lang) for key in ("standard.since", "explain.decides", "explain.source")]
    decides = table(headers, [(days, text, _source_words(source)) for days, text, source in rows])
    shown = tuple((say(key, lang), text) for key, text in facts if text)
    keys = _keys([source for _, _, source in rows])
    page = with_origin(Section(star.name, level=1, facts=shown, table=decides), scheme, lang, star.name, "点亮")
    return (page, _sources(scheme, keys, lang)) if keys else (page,)


def explain_veto(scheme: Scheme, key: str, lang: Lang = "zh") -> tuple[Section, ...]:
    """A veto: what triggers it and what it does. Raises ``KeyError`` where the scheme has no such veto."""
    veto = scheme.veto(key)
    names = {tier.number: tier.name for tier in scheme.tiering.tiers}
    facts = (
        ("report.scheme", f"{scheme.title}  {scheme.id} {scheme.version}  {scheme.nature}"),
        ("explain.column", say("list.comma", lang).join(veto.headers)),
        ("explain.type", " ".join(part for part in (veto.kind.value, veto.unit) if part)),
        ("explain.trigger", pick(asked_words(veto.trigger, veto.unit), lang)),
        ("controls.effect", pick(effect_words(veto.effect, names), lang)),
        ("vetoes.department", say("list.comma", lang).join(veto.reviewers)),
        ("vetoes.lasting", pick(lasting_words(veto.lasting), lang) if veto.reviewers else ""),
        ("standard.since", days_words(veto.since, veto.until, lang)),
        ("explain.source", _source_words(veto.source)),
        ("explain.note", veto.note or ""),
    )
    shown = tuple((say(key, lang), text) for key, text in facts if text)
    page = Section(f"{veto.id} {veto.name}", level=1, facts=shown, lines=(say("controls.blank", lang),))
    page = with_origin(page, scheme, lang, key)
    return (page, _sources(scheme, [veto.source.key], lang)) if veto.source is not None else (page,)


def bounds_words(bounds: Bounds | None, unit: str | None, lang: Lang) -> str:
    """The 范围 of a column; empty without one."""
    if bounds is None:
        return ""
    words = ("at_least", "above", "at_most", "below")
    ends = (bounds.at_least, bounds.above, bounds.at_most, bounds.below)
    shown = [
        say(f"bounds.{word}", lang, n=amount(end, unit, lang))
        for word, end in zip(words, ends, strict=True)
        if end is not None
    ]
    return say("list.comma", lang).join(shown)


def deduction_words(criterion: Criterion, lang: Lang) -> str:
    """What each step short costs; empty for a criterion that is not graded."""
    deduction = criterion.deduction
    if deduction is None:
        return ""
    limit = deduction.at_most
    most = "" if limit is None else say("explain.deduction.most", lang, most=decimal_words(limit))
    per = distance(float(deduction.per), criterion.unit, lang)
    return say("explain.deduction", lang, per=per, points=decimal_words(deduction.points), most=most)


def grading_words(criterion: Criterion, lang: Lang) -> str:
    """How a value turns into points, where it is not all or nothing: 扣分, 分档, 比最优 or 比目标, and 加分."""
    parts = [deduction_words(criterion, lang)]
    for band in criterion.bands:
        word = say("bounds.at_least" if band.at_least is not None else "bounds.at_most", lang, n="").strip()
        bound, points = amount(band.bound, criterion.unit, lang), decimal_words(band.points)
        parts.append(say("explain.bands.band", lang, word=word, bound=bound, points=points))
    if criterion.best is not None:
        end = say("explain.best.high" if criterion.best.end is BestEnd.HIGHEST else "explain.best.low", lang)
        scope = say("scope.county" if criterion.best.scope is Scope.COUNTY else "scope.township", lang)
        parts.append(say("explain.best", lang, scope=scope, end=end))
    if criterion.goal is not None:
        number = criterion.goal.number
        goal = (criterion.goal.field or "") if number is None else amount(number, criterion.unit, lang)
        parts.append(say("explain.goal", lang, goal=goal))
    bonus = criterion.bonus
    if bonus is not None and bonus.per is None:
        parts.append(say("explain.bonus.once", lang, points=decimal_words(bonus.points)))
    elif bonus is not None and bonus.per is not None:
        most = say("explain.bonus.most", lang, most=decimal_words(bonus.most))
        per = distance(float(bonus.per), criterion.unit, lang)
        parts.append(say("explain.bonus", lang, per=per, points=decimal_words(bonus.points), most=most))
    return say("list.semicolon", lang).join(part for part in parts if part)


def applies_words(criterion: Criterion, lang: Lang) -> str:
    """Which units a criterion is for, by their fields; empty where it is for all."""
    comma = say("list.comma", lang)
    return comma.join(
        say("explain.applies.text", lang, field=field, values=comma.join(values))
        for field, values in criterion.applies.items()
    )


def exempt_words(criterion: Criterion, lang: Lang) -> str:
    """Whom a criterion does not apply to, and what it then counts as; empty where it applies to all."""
    if not criterion.exempt_tags:
        return ""
    tags = say("list.comma", lang).join(criterion.exempt_tags)
    policy = say(f"policy.{criterion.exempt_policy.name.lower()}", lang)
    return say("explain.exempt.text", lang, tags=tags, policy=policy)


class _Open(dict[str, str]):
    """Slots of a text that no diagnostic fills: each is left open."""

    def __missing__(self, key: str) -> str:
        return "…"


def explain_code(code: str, lang: Lang = "zh") -> tuple[Section, ...]:
    """A diagnostic code from the catalogue. Raises ``KeyError`` where there is none such."""
    entry = catalogue()[code]
    facts = (
        ("explain.severity", say(f"severity.{entry.severity}", lang)),
        ("explain.message", pick(entry.message, lang).format_map(_Open())),
        ("explain.why", pick(entry.why, lang).format_map(_Open())),
        ("explain.mend", pick(entry.mend, lang).format_map(_Open())),
        ("explain.bad", pick(entry.bad, lang)),
        ("explain.good", pick(entry.good, lang)),
    )
    shown = tuple((say(key, lang), line) for key, text in facts for line in text.splitlines())
    return (Section(f"{entry.code} {pick(entry.title, lang)}", level=1, facts=shown),)
