"""A report as titled sections of plain strings: the prose and tables that the console and Markdown both lay out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from starcheck.column import Verdict, decimal15
from starcheck.diagnostic import Diagnostic, Lang, Severity, pick
from starcheck.messages import say
from starcheck.report.figures import (
    FIFTEEN,
    amount,
    decimal_words,
    distance,
    on_its_side,
    period_words,
    points_figure,
    reason_words,
)
from starcheck.report.model import (
    Area,
    ControlRow,
    FinalShown,
    GroupCell,
    GroupTable,
    Missing,
    PlaceRow,
    Report,
    ScoreTable,
    StarSums,
    TierRow,
    UnreportedRow,
    VillageShortfall,
)
from starcheck.report.places import caveats, measured_words, place_words
from starcheck.report.points import Gain, Way
from starcheck.units import PER_MILLE, PERCENT

Side = Literal["left", "right"]
Cell = str | tuple[str, ...]
"""What stands in a cell of a table: one line, or several. A line break inside a text is none of ours."""

PLACES_SHOWN = 60
"""Townships or counties in a table, unless all are asked for."""
NAMES_SHOWN = 10
"""Names of unreported units per township, unless all are asked for."""
MISSING_SHOWN = 3
"""Criteria that one row of the list by unit spells out, unless all are asked for."""


@dataclass(frozen=True, slots=True)
class Table:
    """Cells in rows. ``strong`` are positions of rows that sum up the others."""

    headers: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    sides: tuple[Side, ...]
    strong: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Section:
    """A title, then labelled facts, a table, and sentences; each may be absent. Level 1 is the page's own title."""

    title: str
    level: int = 2
    facts: tuple[tuple[str, str], ...] = ()
    table: Table | None = None
    lines: tuple[str, ...] = ()


def lines_of(cell: Cell) -> tuple[str, ...]:
    """The lines of a cell, one at least."""
    return (cell,) if isinstance(cell, str) else cell or ("",)


def table(
    headers: Sequence[str], rows: Iterable[Sequence[Cell]], numbers: Iterable[int] = (), strong: int = 0
) -> Table:
    """A table whose columns ``numbers`` stand to the right and whose last ``strong`` rows sum up."""
    right = set(numbers)
    body = tuple(tuple(row) for row in rows)
    return Table(
        headers=tuple(headers),
        rows=body,
        sides=tuple("right" if column in right else "left" for column in range(len(headers))),
        strong=frozenset(range(len(body) - strong, len(body))),
    )


def sections(report: Report, lang: Lang, *, everything: bool = False) -> Iterator[Section]:
    """The whole report in the order it is read. ``everything`` shortens no list of names."""
    yield heading(report, lang)
    if report.parts:
        yield _parts(report, lang)
    if not report.county_rows:
        yield from area_sections(report, report.whole, lang, everything=everything)
    else:
        yield _counties(report, lang, everything=everything)
        for area in report.counties:
            yield Section(area.county or "", level=1)
            yield from area_sections(report, area, lang, everything=everything)
    if report.notices:
        yield Section(say("notices.title", lang), lines=tuple(pick(notice, lang) for notice in report.notices))


def area_sections(report: Report, area: Area, lang: Lang, *, everything: bool = False) -> Iterator[Section]:
    """The tables of one county, without those that would be empty."""
    yield _tiers(report, area, lang)
    if area.stars:
        yield _stars(area, lang)
    if area.points is not None and area.points.best:
        yield _points(report, area, area.points, lang)
    if area.townships:
        yield _townships(report, area, lang, everything=everything)
    for groups in area.groups:
        if groups.rows or groups.unplaced or groups.outside:
            yield _groups(groups, lang)
    if area.points is not None:
        if area.points.losses:
            yield _losses(area.points, lang)
        if area.points.nearest:
            yield _ways(report, area.points, lang, everything=everything)
    elif any(row.unmet for row in area.shortfalls):
        yield _shortfalls(area, lang)
    if area.villages and area.points is None:
        yield _villages(report, area, lang, everything=everything)
    if area.unknown:
        yield _unknown(area, lang)
    if area.unreported:
        yield _unreported(area, lang, everything=everything)
    if area.controls:
        yield _controls(area, lang)


def percent_words(value: Decimal | None) -> str:
    """``1.2%``; a dash where there is nothing to divide by."""
    return "-" if value is None else f"{value}%"


def heading(report: Report, lang: Lang) -> Section:
    """Who, when, by which standard, from what, how complete, and what was concluded without being told."""
    scheme = report.scheme
    county = report.county or (say("report.counties", lang, n=len(report.county_rows)) if report.county_rows else "")
    title = say(
        "report.title",
        lang,
        county=county,
        township=report.township or "",
        period=period_words(report.period, lang),
        state=say("final" if report.final else "provisional", lang),
    )
    area = report.whole
    towns = len(area.townships)
    facts = [
        (
            say("report.scheme", lang),
            say(
                "report.scheme.text",
                lang,
                title=scheme.title,
                id=scheme.id,
                version=scheme.version,
                nature=scheme.nature,
            ),
        ),
        (say("report.as_of", lang), report.as_of.isoformat()),
        *final_facts(report.final, lang),
        (say("report.files", lang), _files(report, lang)),
        (
            say("report.units", lang),
            say(
                "report.units.townships" if scheme.rates_townships else "report.units.text",
                lang,
                total=area.tiers.total,
                kind=scheme.unit_kind,
                reported=area.reported,
                reported_towns=area.townships_reported,
                towns=towns,
            ),
        ),
        (
            say("report.problems", lang),
            say(
                "report.problems.text",
                lang,
                errors=report.count(Severity.ERROR),
                warnings=report.count(Severity.WARNING),
                notes=report.count(Severity.NOTE),
            ),
        ),
    ]
    if not report.inputs:
        facts = [fact for fact in facts if fact[0] != say("report.files", lang)]
    if is_partial(report) and report.township is None:
        here, all_towns = towns, report.register_townships
        facts.append((say("report.partial", lang), say("report.partial.text", lang, here=here, all=all_towns)))
    facts += [
        (
            say("report.inferred", lang),
            say(
                "report.inferred.text",
                lang,
                what=pick(inference.what, lang),
                value=inference.value,
                reason=pick(inference.reason, lang),
            ),
        )
        for inference in report.inferences
    ]
    return Section(" ".join(title.split()), level=1, facts=tuple(facts))


def final_facts(final: FinalShown | None, lang: Lang) -> Iterator[tuple[str, str]]:
    """Whether the office has settled the result, and what was changed since."""
    if final is None:
        yield say("report.state", lang), say("report.provisional", lang)
        return
    yield say("report.final", lang), say("report.final.text", lang, at=final.at, run=final.run)
    if final.despite is not None:
        yield say("report.final.despite", lang), final.despite
    for at, reason in final.corrections:
        yield say("report.correction", lang), say("report.correction.text", lang, at=at, reason=reason)


def _files(report: Report, lang: Lang) -> str:
    read = [file for file in report.inputs if file.status == "read"]
    rows = sum(sheet.rows for file in read for sheet in file.sheets)
    text = say("report.files.text", lang, read=len(read), units=rows)
    others = {
        status: sum(file.status == status for file in report.inputs)
        for status in ("register", "targets", "skipped", "unreadable")
    }
    named = [
        say("report.files.status", lang, status=say(f"report.status.{status}", lang), n=count)
        for status, count in others.items()
        if count
    ]
    return text + (say("report.files.more", lang, others=say("list.comma", lang).join(named)) if named else "")


def _parts(report: Report, lang: Lang) -> Section:
    """When the newest revision of each township's part came, those that came together in one line."""
    kinds = {part.kind for part in report.parts}
    groups: dict[tuple[str, bool], list[str]] = {}
    for part in report.parts:
        name = part.township if len(kinds) == 1 else f"{part.township} {part.kind}"
        if part.revision > 1:
            name += say("parts.revision", lang, n=part.revision)
        groups.setdefault((part.received, part.here), []).append(name)
    facts = [
        (
            received,
            say("parts.here" if here else "parts.names", lang, n=len(names), names=say("list.comma", lang).join(names)),
        )
        for (received, here), names in sorted(groups.items(), reverse=True)
    ]
    return Section(say("parts.title", lang), facts=tuple(facts))


def _signed(value: int) -> str:
    return f"+{value}" if value > 0 else str(value)


def is_partial(report: Report) -> bool:
    """Whether the run covers fewer townships than the register has."""
    towns = len(report.whole.townships)
    return report.register_townships is not None and towns < report.register_townships


def _denominator(report: Report) -> str:
    if report.register_townships is None:
        return "tiers.denominator.ledger"
    partial = is_partial(report) or report.township is not None
    return "tiers.denominator.townships" if partial else "tiers.denominator"


def _tiers(report: Report, area: Area, lang: Lang) -> Section:
    tiers = area.tiers
    targets = any(row.target is not None for row in tiers.rows)
    called = pick(report.scheme.called, lang)
    headers = [say("tiers.tier", lang, called=called), say("tiers.units", lang), say("tiers.percent", lang)]
    if targets:
        headers.append(say("tiers.target", lang))
    if tiers.previous_period:
        headers.append(say("tiers.change", lang, period=period_words(tiers.previous_period, lang)))

    def line(name: str, units: int, percent: Decimal | None, row: TierRow | None = None) -> list[str]:
        cells = [name, str(units), percent_words(percent)]
        if targets:
            cells.append("" if row is None or row.target is None else str(row.target))
        if tiers.previous_period:
            cells.append("" if row is None or row.change is None else _signed(row.change))
        return cells

    rows = [line(row.name, row.units, row.percent, row) for row in tiers.rows]
    if tiers.undecided is not None:
        rows.append(line(say("undecided", lang), tiers.undecided, tiers.share_of(tiers.undecided)))
    rows.append(line(say("excluded", lang), tiers.excluded, tiers.share_of(tiers.excluded)))
    rows.append(line(say("unreported", lang), tiers.unreported, tiers.share_of(tiers.unreported)))
    rows.append(line(say("total", lang), tiers.total, tiers.share_of(tiers.total)))
    lines = [say(_denominator(report), lang, total=tiers.total, kind=report.scheme.unit_kind)]
    if tiers.previous_period:
        lines.append(say("tiers.change.note", lang, period=period_words(tiers.previous_period, lang)))
    if tiers.provisional:
        vetoes = area.open_vetoes
        key = (
            ("tiers.provisional" if vetoes else "tiers.provisional.criteria")
            if area.unknown
            else "tiers.provisional.vetoes"
        )
        key = key if report.scheme.ranked else "tiers.unsettled"
        lines.append(say(key, lang, n=tiers.provisional, called=called))
    if tiers.contested:
        lines.append(say("tiers.contested", lang, n=tiers.contested))
    if area.sums:
        lines.append(_sums(area.sums, called, lang))
    lines += [
        say(
            "tiers.statistic",
            lang,
            name=row.name,
            yes=row.yes,
            percent=percent_words(row.percent),
            unknown=say("tiers.statistic.unknown", lang, n=row.unknown) if row.unknown else "",
        )
        for row in area.statistics
    ]
    return Section(
        say("tiers.title", lang, called=called.capitalize()),
        table=table(headers, rows, numbers=range(1, 5), strong=1),
        lines=tuple(lines),
    )


def _sums(sums: StarSums, called: str, lang: Lang) -> str:
    lost = ""
    if sums.losses:
        labels = [say("tiers.loss", lang, label=pick(loss.label, lang), stars=loss.stars) for loss in sums.losses]
        total = sum(loss.stars for loss in sums.losses)
        lost = say("tiers.losses", lang, stars=total, labels=say("list.semicolon", lang).join(labels))
    return say("tiers.sums", lang, called=called, tiers=sums.tiers, losses=lost, stars=sums.stars)


def _stars(area: Area, lang: Lang) -> Section:
    headers = [say(key, lang) for key in ("stars.star", "star.lit", "star.unlit", "star.unknown", "stars.lead")]
    rows = [[star.name, str(star.lit), str(star.unlit), str(star.unknown), star.lead or ""] for star in area.stars]
    if area.points is not None:
        headers[4:4] = [say("points.full", lang), say("points.mean", lang)]
        for row, full, mean in zip(rows, area.points.full, area.points.means, strict=True):
            row[4:4] = [decimal_words(full), "" if mean is None else decimal_words(decimal15(mean), places=1)]
    return Section(say("stars.title", lang), table=table(headers, rows, numbers=range(1, len(headers) - 1)))


def points_words(points: tuple[float, float] | None, lines: Collection[Decimal] = (), *, places: int = 2) -> str:
    """``18``, or ``18–30`` while something is unknown; nothing where there are no points."""
    if points is None:
        return ""
    low, high = (points_figure(end, lines, places=places) for end in points)
    return low if low == high else f"{low}–{high}"


def _points(report: Report, area: Area, points: ScoreTable, lang: Lang) -> Section:
    """Every unit's points, in all and by star, from the highest."""
    here = [] if report.scheme.rates_townships else [say("villages.unit", lang)]
    headers = [say("townships.name", lang), *here, say("points.score", lang)]
    headers.append(say("tiers.tier", lang, called=pick(report.scheme.called, lang)))
    scored = [place for place, _ in enumerate(area.stars) if any(row.stars[place] is not None for row in points.best)]
    headers += [area.stars[place].name for place in scored]
    deducted = any(row.deducted for row in points.best)
    headers += [say("points.deducted", lang)] if deducted else []
    rows: list[list[Cell]] = []
    lines = [tier.at_least for tier in report.scheme.bands if tier.at_least is not None]
    for row in points.best:
        cells: list[Cell] = [row.township, *([row.name] if here else []), points_words(row.score, lines)]
        cells.append(row.tier_name or say("excluded", lang))
        cells += [points_words(row.stars[place], points.lines[place]) for place in scored]
        cells += [decimal_words(-row.deducted) if row.deducted else ""] if deducted else []
        rows.append(cells)
    bands = [
        say("points.band", lang, tier=tier.name, n=decimal_words(tier.at_least))
        for tier in report.scheme.bands
        if tier.at_least is not None
    ]
    # the tier stands to the right like figures, which are not folded
    return Section(
        say("points.title", lang),
        table=table(headers, rows, numbers=range(len(here) + 1, len(headers))),
        lines=(
            say("points.rule", lang, bands=say("list.comma", lang).join(bands)),
            *_cut(len(rows), points.reported, lang),
        ),
    )


def _losses(points: ScoreTable, lang: Lang) -> Section:
    """What all units together lose on each criterion; what is unknown beside it, never in it."""
    keys = ("shortfalls.id", "shortfalls.criterion", "shortfalls.star", "points.full", "points.losing", "points.lost")
    more = ("shortfalls.unmet", "shortfalls.unknown", "shortfalls.owner", "shortfalls.remedy")
    rows = [
        (
            loss.criterion.id,
            loss.criterion.name,
            loss.star,
            decimal_words(loss.full),
            str(loss.units),
            decimal_words(decimal15(loss.points), places=1),
            str(loss.unmet) if loss.unmet else "",
            str(loss.unknown) if loss.unknown else "",
            loss.criterion.owner or "",
            loss.criterion.remedy or "",
        )
        for loss in points.losses
    ]
    headers = [say(key, lang) for key in (*keys, *more)]
    # narrow terminals: a column that says nothing is left out
    kept = [place for place in range(len(headers)) if place < len(keys) or any(row[place] for row in rows)]
    figures = [column for column, place in enumerate(kept) if len(keys) - 3 <= place < len(keys) + 2]
    shown = table([headers[place] for place in kept], [[row[place] for place in kept] for row in rows], figures)
    return Section(say("points.losses", lang), table=shown)


def gain_words(gain: Gain, lang: Lang) -> str:
    """``SJ-02 重点任务按期办结率 可得12分``, with how far it is or that it is unknown."""
    why = ""
    if gain.verdict is Verdict.UNKNOWN:
        why = say("verdict.unknown", lang)
    elif gain.gap is not None:
        why = say("villages.gap", lang, gap=distance(gain.gap, gain.unit, lang))
    return say(
        "points.gain",
        lang,
        name=f"{gain.criterion} {gain.name}",
        n=decimal_words(decimal15(gain.points), places=2),
        why=say("points.gain.why", lang, why=why) if why else "",
    )


def way_lines(way: Way, lang: Lang, *, everything: bool) -> tuple[str, ...]:
    """What is in the way of the tier above, then what brings the most points, as many as suffice."""
    lines = [pick(barrier, lang) for barrier in way.barriers]
    enough = way.gains if way.needed is None else way.gains[: way.needed]
    shown = enough if everything else enough[:MISSING_SHOWN]
    lines += [gain_words(gain, lang) for gain in shown]
    if len(shown) < len(enough):
        lines.append(say("villages.more", lang, n=len(enough)))
    if way.needed is None:
        lines.append(say("points.not_enough", lang))
    return tuple(lines)


def _ways(report: Report, points: ScoreTable, lang: Lang, *, everything: bool) -> Section:
    """How far each unit is from the tier above its own, and what brings most."""
    here = [] if report.scheme.rates_townships else ["villages.unit"]
    keys = ("townships.name", *here, "points.score", "tiers.tier", "points.above", "points.short", "points.most")
    rows: list[list[Cell]] = []
    lines = [tier.at_least for tier in report.scheme.bands if tier.at_least is not None]
    for row in points.nearest:
        if row.way is None:
            continue
        short = say("points.short.text", lang, n=decimal_words(decimal15(row.way.short), places=2))
        cells: list[Cell] = [row.township, *([row.name] if here else []), points_words(row.score, lines)]
        cells += [row.tier_name or "", row.way.tier_name, short if row.way.short else say("points.enough", lang)]
        rows.append([*cells, way_lines(row.way, lang, everything=everything)])
    first = len(here) + 1
    return Section(
        say("points.ways", lang),
        table=table(
            [say(key, lang, called=pick(report.scheme.called, lang)) for key in keys], rows, numbers=[first, first + 3]
        ),
        lines=_cut(len(rows), points.below_top, lang),
    )


def _place(row: PlaceRow, report: Report, lang: Lang) -> list[str]:
    """Its units by tier; where townships are ranked after its place and before what that goes by."""
    shown = [row.name, str(row.units), str(row.reported), *(str(count) for count in row.tiers.values())]
    if not report.scheme.ranked:
        shown.append(str(row.undecided))
    ranking, standing = report.scheme.ranking, row.standing
    if ranking is None or standing is None:
        return shown
    measured = measured_words(standing.value, ranking)
    return [_standing(row, lang), *shown, "" if measured is None else pick(measured, lang)]


def _standing(row: PlaceRow, lang: Lang) -> str:
    words = None if row.standing is None else place_words(row.standing)
    return "-" if words is None else pick(words, lang)


def _places(name: str, rows: Sequence[PlaceRow], report: Report, lang: Lang) -> Table:
    placed = report.scheme.ranking is not None
    tiers = [row.name for row in report.whole.tiers.rows]
    headers = [say(name, lang), say("townships.units", lang), say("townships.reported", lang), *tiers]
    if not report.scheme.ranked:
        headers.append(say("undecided", lang))
    elif placed:
        headers = [say("townships.rank", lang), *headers, pick(report.scheme.measure, lang)]
    numbers = [0, *range(2, len(headers))] if placed else range(1, len(headers))
    return table(headers, [_place(row, report, lang) for row in rows], numbers=numbers)


def _placing(rows: Sequence[PlaceRow], report: Report, lang: Lang) -> tuple[str, ...]:
    """By what places go, or where they are to be found; nothing where nothing is ranked."""
    ranking = report.scheme.ranking
    if ranking is not None:
        words = caveats(ranking, [row.standing for row in rows if row.standing is not None])
        return tuple(pick(text, lang) for text in (report.scheme.placing, *words))
    return (say("townships.elsewhere", lang),) if report.scheme.ranked else ()


def _cut(shown: int, total: int, lang: Lang) -> tuple[str, ...]:
    """That a list was cut and how to see all of it; nothing where it was not."""
    return () if shown == total else (say("list.cut", lang, shown=shown, total=total, all=say("report.all", lang)),)


def _townships(report: Report, area: Area, lang: Lang, *, everything: bool) -> Section:
    rows = area.townships if everything else area.townships[:PLACES_SHOWN]
    if report.scheme.rates_townships:
        return _rated_townships(report, area, rows, lang)
    rule = _placing(area.townships, report, lang) if len(area.townships) > 1 else ()
    return Section(
        say("townships.title", lang),
        table=_places("townships.name", rows, report, lang),
        lines=rule + _cut(len(rows), len(area.townships), lang),
    )


def _rated_townships(report: Report, area: Area, rows: Sequence[PlaceRow], lang: Lang) -> Section:
    """Townships that are units themselves: the place and the tier of each; there is nothing to average."""
    names = {row.tier: row.name for row in report.whole.tiers.rows}

    def tier_of(row: PlaceRow) -> str:
        if not row.reported:
            return say("unreported", lang)
        without = say("undecided" if row.undecided else "excluded", lang)
        return next((names[tier] for tier, units in row.tiers.items() if units), without)

    ranked = report.scheme.ranking is not None
    headers = [say(key, lang) for key in ("townships.rank", "townships.name")][0 if ranked else 1 :]
    headers.append(say("tiers.tier", lang, called=pick(report.scheme.called, lang)))
    shown = [(_standing(row, lang), row.name, tier_of(row))[0 if ranked else 1 :] for row in rows]
    rule = _placing(area.townships, report, lang) if len(area.townships) > 1 else ()
    return Section(
        say("townships.title", lang),
        table=table(headers, shown, numbers=[0] if ranked else ()),
        lines=rule + _cut(len(rows), len(area.townships), lang),
    )


def _counties(report: Report, lang: Lang, *, everything: bool) -> Section:
    """All counties and, as a last row, everything together."""
    rows = report.county_rows if everything else report.county_rows[:PLACES_SHOWN]
    assert report.together is not None
    together = report.together._replace(name=say("total", lang))
    lines = (*_placing(report.county_rows, report, lang), *_cut(len(rows), len(report.county_rows), lang))
    if not report.counties:
        lines += (say("counties.more", lang, n=len(report.county_rows)),)
    shown = _places("counties.county", rows, report, lang)
    return Section(
        say("counties.title", lang),
        table=replace(
            shown,
            rows=(*shown.rows, _together(together, report, lang)),
            strong=frozenset({len(rows)}),
        ),
        lines=lines,
    )


def _together(row: PlaceRow, report: Report, lang: Lang) -> tuple[str, ...]:
    """All counties in one row: it has no place."""
    placed = report.scheme.ranking is not None
    return ("-" if placed else row.name, *_place(row, report, lang)[1:])


def _groups(groups: GroupTable, lang: Lang) -> Section:
    """One kind of groups: what each comes to beside what is asked of it, those that fall short first."""
    several = any(row.county is not None for row in groups.rows)
    headers = [say("table.county", lang)] if several else []
    headers += [groups.name, say("townships.units", lang), say("townships.reported", lang)]
    headers += [f"{key} {name}" for key, name in groups.names.items()]
    headers.append(say("explain.verdict", lang))
    order = {Verdict.UNMET: 0, Verdict.UNKNOWN: 1, Verdict.MET: 2, Verdict.NOT_APPLICABLE: 3}
    rows = []
    for row in sorted(groups.rows, key=lambda row: order[row.verdict]):
        words = [_group_words(cell, lang) for cell in row.cells]
        verdict = say(f"verdict.{row.verdict.word}", lang)
        start = [row.county or ""] if several else []
        rows.append([*start, row.name, str(row.units), str(row.reported), *words, verdict])
    asked = say("list.semicolon", lang).join(
        f"{cell.criterion} {groups.names[cell.criterion]} {pick(cell.requirement, lang)}"
        for cell in (groups.rows[0].cells if groups.rows else ())
        if pick(cell.requirement, lang)
    )
    lines = [say("groups.asked", lang, asked=asked)] if asked else []
    if groups.outside:
        lines.append(say("groups.outside", lang, n=groups.outside, by=groups.by))
    if groups.unplaced:
        lines.append(say("groups.unplaced", lang, n=groups.unplaced, by=groups.by))
    met, n = groups.count(Verdict.MET), len(groups.rows)
    judged = n - groups.count(Verdict.NOT_APPLICABLE)
    title = "groups.figures" if not judged else "groups.title" if judged == n else "groups.title.some"
    numbers = range(2 if several else 1, (4 if several else 3) + len(groups.names))
    return Section(
        say(title, lang, name=groups.name, met=met, n=n, judged=judged),
        table=table(headers, rows, numbers),
        lines=tuple(lines),
    )


def _group_words(cell: GroupCell, lang: Lang) -> str:
    """A group's value, with a cross where it falls short."""
    text = group_figure(cell, lang)
    return f"{text} ✗" if cell.verdict is Verdict.UNMET else f"{text} ?" if cell.verdict is Verdict.UNKNOWN else text


def group_figure(cell: GroupCell, lang: Lang) -> str:
    """A group's value, or the two ends between which it lies."""

    def shown(end: float) -> Decimal:
        places = {PERCENT: 1, PER_MILLE: 2}.get(cell.unit or "", 4)
        return on_its_side(decimal15(end), cell.thresholds, places, cut=cell.cut)

    if cell.low is not None and cell.low == cell.high:
        return amount(shown(cell.low), cell.unit, lang, places=FIFTEEN)
    if cell.low is None and cell.high is None:
        # what is asked of other groups only, or a figure that cannot be known
        return "—" if cell.verdict is Verdict.NOT_APPLICABLE and cell.requirement[0] else say("verdict.unknown", lang)
    ends = ["…" if end is None else decimal_words(shown(end), places=FIFTEEN) for end in (cell.low, cell.high)]
    return f"{ends[0]}–{ends[1]}{cell.unit or ''}"


def _shortfalls(area: Area, lang: Lang) -> Section:
    keys = ("id", "criterion", "star", "unmet", "unknown", "owner", "remedy")
    rows = [
        (
            row.criterion,
            row.name if row.item is None else f"　{row.name}",
            row.star,
            str(row.unmet),
            str(row.unknown) if row.unknown else "",
            row.owner or "",
            row.remedy or "",
        )
        for row in area.shortfalls
        if row.unmet
    ]
    headers = [say(f"shortfalls.{key}", lang) for key in keys]
    return Section(say("shortfalls.title", lang), table=table(headers, rows, numbers=[3, 4]))


def missing_words(missing: Missing, lang: Lang) -> str:
    """``CY-01 村集体经济年收入 差0.8万元``, 待核实 where it is not known."""
    name = f"{missing.criterion} {missing.name}"
    if not missing.unmet:
        return f"{name} {say('verdict.unknown', lang)}"
    if missing.gap is None:
        return f"{name} {say('verdict.unmet', lang)}"
    gap = say("villages.gap", lang, gap=distance(missing.gap, missing.unit, lang))
    parts = [say("list.comma", lang).join(missing.tasks)] if missing.tasks else []
    if missing.open:
        parts.append(say("villages.tasks.open", lang, tasks=say("list.comma", lang).join(missing.open)))
    tasks = say("list.semicolon", lang).join(parts)
    return f"{name} {gap}" + (say("villages.tasks", lang, tasks=tasks) if tasks else "")


def _way(village: VillageShortfall, lang: Lang, *, everything: bool) -> Cell:
    """What is missing, a line each: the first ones that suffice, or all with "any n of" where each will do."""
    enough = village.missing if village.free else village.missing[: village.needed]
    shown = enough if everything else enough[:MISSING_SHOWN]
    text = [missing_words(item, lang) for item in shown]
    if village.needed < len(enough):
        if village.needed == 1:
            text[1:] = [say("villages.or", lang, item=item) for item in text[1:]]
        else:
            text.insert(0, say("villages.any", lang, n=village.needed))
    if len(shown) < len(enough):
        text.append(say("villages.more", lang, n=len(enough)))
    return tuple(text)


def _villages(report: Report, area: Area, lang: Lang, *, everything: bool) -> Section:
    here = 1 if report.scheme.rates_townships else 0
    ranked = report.scheme.ranked
    headers = [
        say(key, lang, called=pick(report.scheme.called, lang))
        for key in (
            "townships.name",
            *(() if here else ("villages.unit",)),
            "tiers.tier",
            *(("villages.next",) if ranked else ()),
            "villages.needed",
            "villages.missing",
        )
    ]
    rows = [
        (
            village.township,
            *(() if here else (village.name,)),
            village.tier_name or say("undecided", lang),
            *((village.star,) if ranked else ()),
            say("villages.needed.text", lang, n=village.needed),
            _way(village, lang, everything=everything),
        )
        for village in area.villages
    ]
    lines = _cut(len(area.villages), area.villages_total, lang)
    title = say("villages.title" if ranked else "villages.unranked", lang)
    return Section(
        title, table=table(headers, rows, numbers=[headers.index(say("villages.needed", lang))]), lines=lines
    )


def _unknown(area: Area, lang: Lang) -> Section:
    headers = [
        say(key, lang)
        for key in (
            "shortfalls.id",
            "shortfalls.criterion",
            "unknown.reason",
            "unknown.units",
            "unknown.cells",
        )
    ]
    rows = [
        (
            row.criterion,
            row.name,
            reason_words(row.reason, lang),
            str(row.units),
            tuple(row.cells),
        )
        for row in area.unknown
    ]
    return Section(say("unknown.title", lang), table=table(headers, rows, numbers=[3]))


def _unreported(area: Area, lang: Lang, *, everything: bool) -> Section:
    headers = [say(key, lang) for key in ("townships.name", "unreported.units", "unreported.names")]
    limit = None if everything else NAMES_SHOWN
    shown = area.unreported if everything else area.unreported[:PLACES_SHOWN]
    rows = [(row.township, str(len(row.names)), _unreported_names(row, lang, limit)) for row in shown]
    lines = _cut(len(rows), len(area.unreported), lang)
    return Section(say("unreported.title", lang), table=table(headers, rows, numbers=[1]), lines=lines)


def _unreported_names(row: UnreportedRow, lang: Lang, limit: int | None) -> str:
    """A township of which nothing came needs no names, unless all are asked for."""
    names = names_words(row.names, len(row.names), lang, limit)
    if not row.silent:
        return names
    whole = say("unreported.silent", lang)
    return whole if limit is not None else whole + say("list.semicolon", lang) + names


def missing_section(
    report: Report, absent: Sequence[tuple[str, int]], lang: Lang, *, everything: bool = False
) -> Section | None:
    """Who has not reported, by township; ``absent`` are townships that no file is about, with their number of units."""
    section = _unreported(report.whole, lang, everything=everything)
    if absent:
        names = say("list.comma", lang).join(say("unreported.absent.one", lang, name=name, n=n) for name, n in absent)
        line = say("unreported.absent", lang, n=len(absent), names=names)
        section = replace(section, lines=(*section.lines, line))
    if not report.whole.unreported:
        return replace(section, table=None) if absent else None
    return section


def names_words(names: Sequence[str], total: int, lang: Lang, limit: int | None) -> str:
    """Names in a row, and how many there are in all where not all are named."""
    shown = names if limit is None else names[:limit]
    text = say("list.comma", lang).join(shown)
    if len(shown) == total:
        return text
    return f"{text}{'' if lang == 'zh' else ', '}{say('names.more', lang, n=total)}"


def _controls(area: Area, lang: Lang) -> Section:
    def line(row: ControlRow) -> tuple[str, ...]:
        veto = row.kind == "veto"
        return (
            row.id if veto else say("controls.cap", lang),
            row.name if veto else say("controls.cap.name", lang, star=row.name),
            pick(row.effect, lang),
            str(row.applied),
            str(row.unknown),
            names_words(row.names, row.applied, lang, None),
        )

    headers = [say(key, lang) for key in ("shortfalls.id", *(f"controls.{word}" for word in _CONTROL_WORDS))]
    lines = (say("controls.blank", lang),) if area.open_vetoes else ()
    return Section(
        say("controls.title", lang), table=table(headers, map(line, area.controls), numbers=[3, 4]), lines=lines
    )


_CONTROL_WORDS = ("name", "effect", "applied", "unknown", "names")


def diagnostic_place(diagnostic: Diagnostic, lang: Lang, labels: Mapping[str, str]) -> tuple[str, str]:
    """Where a diagnostic points: the cell or line, and the unit and the field with its name."""
    where = diagnostic.where
    parts = [where.file or ""]
    if where.sheet or where.cell:
        parts.append("!".join(part for part in (where.sheet, where.cell) if part))
    elif where.line is not None:
        parts.append(say("diagnostics.line", lang, n=where.line))
    field = diagnostic.field
    name = labels.get(field) if field else None
    named = f"{field} {name}" if name and name != field else field
    subject = " · ".join(part for part in (diagnostic.unit, named) if part)
    return "  ".join(part for part in parts if part), subject
