"""What ``sample`` does: the units to visit, a sheet for each, and the sheets read back when they are filled in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from starcheck.column import Reason, Verdict
from starcheck.cycle.course import Course
from starcheck.cycle.sampling import DEFAULT, Finding, Stratum, Visited, default_seed, draw, recorded, reported, visited
from starcheck.cycle_files import Line, UnitsByName, read_lines
from starcheck.diagnostic import Diagnostic, Text
from starcheck.history import Store
from starcheck.messages import both
from starcheck.report.figures import value_words
from starcheck.report.listing import Heading, Listing, Shows, Value
from starcheck.report.model import asked_words, requirement_words
from starcheck.report.monthly import sampling_words
from starcheck.scheme import Criterion, Veto
from starcheck.units import OF_MERIT, fold, read_yesno

RESULT_COLUMNS: Mapping[str, Sequence[str]] = {
    "criterion": ("编号", "指标编号", "criterion"),
    "found": ("现场判定", "核查判定", "found"),
    "actual": ("现场情况", "核查情况", "actual"),
    "note": ("备注", "remark"),
    "value": ("上报的值", "value"),
    "told": ("按上报判定", "as reported", "verdict"),
}
_JUDGED = {"达标": True, "未达标": False, "met": True, "unmet": False}
_CASES = {"触发": True, "未触发": False, "triggered": True, "clear": False}
_SHEETS = frozenset({".xlsx", ".md", ".txt"})
"""Where each visit has a sheet, or a page, of its own."""


@dataclass(frozen=True, eq=False)
class Visits:
    """A sample with what it is drawn by, and the file of results where there is one."""

    seed: str | None = None
    results: Path | None = None
    out: Path | None = None
    said: list[Diagnostic] = field(default_factory=list)

    def listings(self, course: Course, _store: Store) -> list[Listing]:
        """Who is visited, and the sheets; or, with results, what the visits come to."""
        rule = course.scheme.monthly.sampling or DEFAULT
        seed = default_seed(course) if self.seed is None else self.seed
        strata = draw(course, rule, seed)
        notes = [both("sample.seed", seed=seed), sampling_words(rule)]
        if course.scheme.monthly.sampling is None:
            notes.append(both("sample.default"))
        if self.results is not None:
            return self._results(self.results, course, strata, notes)
        drawn = sorted(place for stratum in strata for place in stratum.drawn)
        listed = [_drawn(course, drawn, notes), _strata(strata)]
        if self.out is None or self.out.suffix.lower() not in _SHEETS:
            if self.out is not None:
                listed.append(_visit(course, drawn, "visits", both("sample.visits")))
            return listed
        units = course.now.assessment.units
        for number, place in enumerate(drawn, start=1):
            name = units.full_name(place)
            listed.append(_visit(course, [place], f"visit_{number}", (name, name), both("sample.signed")))
        return listed

    def _results(self, path: Path, course: Course, strata: Sequence[Stratum], notes: Sequence[Text]) -> list[Listing]:
        lines, said = read_lines(path, RESULT_COLUMNS, ("name", "criterion", "found"))
        self.said.extend(said)
        by_name = UnitsByName(course)
        drawn = {place for stratum in strata for place in stratum.drawn}
        places = {item.id: (place, False) for place, item in enumerate(course.scheme.criteria)}
        places |= {veto.id: (place, True) for place, veto in enumerate(course.scheme.vetoes)}
        found_of: dict[tuple[int, str], list[tuple[Line, Finding]]] = {}
        aside: list[tuple[Line, Text]] = []
        blank = 0
        for line in lines:
            if not line["found"]:
                blank += 1
                continue
            unit, item = by_name.find(line), places.get(line["criterion"])
            bare = item is not None and not item[1] and _asks_for_a_no(course.scheme.criteria[item[0]], course)
            met = None if item is None else _judged(line["found"], veto=item[1], bare=bare)
            if unit is None:
                aside.append((line, both("rewards.aside.unit")))
            elif unit not in drawn:
                aside.append((line, both("sample.aside.drawn")))
            elif item is None:
                aside.append((line, both("sample.aside.criterion")))
            elif met is None:
                unclear = "case" if item[1] else "bare" if bare and _yesno(line["found"]) is not None else "found"
                aside.append((line, both(f"sample.aside.{unclear}", found=line["found"])))
            else:
                note = "；".join(part for part in (line["actual"], line["note"]) if part)
                told = _told(line["told"], veto=item[1])
                finding = Finding(unit, item[0], met, note, veto=item[1], told=told, told_value=line["value"])
                found_of.setdefault((unit, line["criterion"]), []).append((line, finding))
        findings: list[Finding] = []
        for own in found_of.values():
            if len({finding.met for _, finding in own}) > 1:
                aside += [(line, both("sample.aside.differs")) for line, _ in own]
                continue
            findings.append(own[0][1])
            aside += [(line, both("rewards.aside.again")) for line, _ in own[1:]]
        order = {line.where: number for number, line in enumerate(lines)}
        aside.sort(key=lambda one: order[one[0].where])
        self.said.extend(_not_used(line, why) for line, why in aside)
        found = visited(course, strata, findings)
        unsaid = sum(one.told is None for one in findings)
        against = [both("sample.unsaid", n=unsaid)] if unsaid else []
        changed = [_changed(course, found.changed)] if found.changed else []
        return [
            _rates(found, [*notes, both("sample.blank", n=blank), *against]),
            _differences(course, found.differences, "differences", both("sample.differences")),
            _differences(course, found.incomparable, "incomparable", both("sample.incomparable")),
            *changed,
            _aside(aside),
        ]


def _not_used(line: Line, why: Text) -> Diagnostic:
    shown = " ".join(filter(None, (line["township"], line["name"], line["criterion"])))
    return Diagnostic("R453", line.where, found=shown, arguments={"reason": why})


def _judged(text: str, *, veto: bool, bare: bool) -> bool | None:
    """达标 or 未达标 as a visitor writes it, of a veto whether there is such a case; None for what says neither.

    With ``bare`` a yes or no alone may be about the thing itself, or about the verdict, and says neither.
    """
    word, words = fold(text).casefold(), _CASES if veto else _JUDGED
    if word in words:
        return words[word]
    if word in OF_MERIT:
        return None if veto else _yesno(text)
    return None if bare else _yesno(text)


def _yesno(text: str) -> bool | None:
    reading = read_yesno(text)
    return reading.value if reading.reason is Reason.KNOWN and isinstance(reading.value, bool) else None


def _asks_for_a_no(item: Criterion, course: Course) -> bool:
    asked = item.in_force(course.now.assessment.as_of)
    return asked is not None and asked.operand is False


def _told(text: str, *, veto: bool) -> int | None:
    """What a sheet says was reported, in the words that it was written with; None where it says nothing known."""
    states: Mapping[str, int] = {f"veto.{word}": state for state, word in _STATES.items()}
    if not veto:
        states = {f"verdict.{verdict.word}": verdict.value for verdict in Verdict}
    known = {fold(word).casefold(): state for key, state in states.items() for word in both(key)}
    return known.get(fold(text).casefold())


def _drawn(course: Course, drawn: Sequence[int], notes: Sequence[Text]) -> Listing:
    assessment = course.now.assessment
    names = {tier.number: tier.name for tier in course.scheme.tiering.tiers}
    return Listing(
        "sample",
        both("sample.title"),
        [
            Heading("township", both("townships.name")),
            Heading("unit", both("rank.of.unit")),
            Heading("code", both("sample.code")),
            Heading("tier", both("sample.tier")),
        ],
        [
            [
                assessment.units.township[place],
                assessment.units.name[place],
                assessment.units.code[place],
                names.get(int(assessment.tiers[place])),
            ]
            for place in drawn
        ],
        notes,
    )


def _strata(strata: Sequence[Stratum]) -> Listing:
    return Listing(
        "strata",
        both("sample.strata"),
        [
            Heading("stratum", both("sample.stratum")),
            Heading("units", both("townships.units"), Shows.WHOLE),
            Heading("reported", both("sample.reported"), Shows.WHOLE),
            Heading("drawn", both("sample.drawn"), Shows.WHOLE),
        ],
        [[one.name, one.units, one.reported, len(one.drawn)] for one in strata],
        [both("sample.unreported")] if any(one.units > one.reported for one in strata) else [],
    )


def _visit(course: Course, units: Sequence[int], key: str, title: Text, *signed: Text) -> Listing:
    """The items of one unit, or several, with room for what is found; read back by the names of its columns."""
    return Listing(
        key,
        title,
        [
            Heading("township", both("townships.name")),
            Heading("name", both("sample.name")),
            Heading("criterion", both("sample.criterion")),
            Heading("criterion_name", both("sample.item")),
            Heading("value", both("sample.value")),
            Heading("cell", both("sample.cell")),
            Heading("requirement", both("standard.requirement")),
            Heading("verdict", both("sample.verdict")),
            Heading("actual", both("sample.actual")),
            Heading("found", both("sample.found")),
            Heading("remark", both("sample.note")),
        ],
        [row for unit in units for row in _items(course, unit)],
        [both("sample.visit"), *signed],
    )


def _items(course: Course, unit: int) -> Iterator[list[Value]]:
    assessment = course.now.assessment
    for place, item in enumerate(course.scheme.criteria):
        verdict = Verdict(int(assessment.verdicts[unit, place]))
        # what an item of tasks comes to follows from them, and would count twice
        if verdict is Verdict.NOT_APPLICABLE or item.tasks:
            continue
        asked, said = requirement_words(item, assessment.as_of), both(f"verdict.{verdict.word}")
        yield _asked(course, unit, item, asked, said)
    for place, veto in enumerate(course.scheme.vetoes):
        asked = both("sample.case", trigger=asked_words(veto.trigger, veto.unit))
        yield _asked(course, unit, veto, asked, both(f"veto.{_STATES[int(assessment.vetoes[unit, place])]}"))


def _asked(course: Course, unit: int, item: Criterion | Veto, asked: Text, said: Text) -> list[Value]:
    """A line of a visit sheet: what the ledger says, what is asked and came of it; blank is what the visit finds."""
    assessment = course.now.assessment
    return [
        assessment.units.township[unit],
        assessment.units.name[unit],
        item.id,
        item.name,
        _value(course, unit, item),
        assessment.ledger.addresses(unit, item.id),
        asked,
        said,
        None,
        None,
        None,
    ]


_STATES = {1: "triggered", 0: "clear", -1: "unknown"}


def _value(course: Course, unit: int, item: Criterion | Veto) -> Text:
    assessment = course.now.assessment
    column = assessment.ledger.columns[item.id] if isinstance(item, Veto) else assessment.values(item.id)
    return value_words(column, unit, item.unit, "zh"), value_words(column, unit, item.unit, "en")


# --- what the visits come to ------------------------------------------------------------------------------------------


def _rates(found: Visited, notes: Sequence[Text]) -> Listing:
    return Listing(
        "rates",
        both("sample.rates"),
        [
            Heading("township", both("townships.name")),
            Heading("drawn", both("sample.drawn"), Shows.WHOLE),
            Heading("visited", both("sample.visited"), Shows.WHOLE),
            Heading("judged", both("sample.judged"), Shows.WHOLE),
            Heading("otherwise", both("sample.otherwise"), Shows.WHOLE),
            Heading("rate", both("sample.rate"), Shows.SHARE),
        ],
        [
            [
                both("sample.all") if rate.township is None else rate.township,
                rate.drawn,
                rate.visited,
                rate.judged,
                rate.otherwise,
                rate.share,
            ]
            for rate in found.rates
        ],
        notes,
        strong=1,
    )


def _differences(course: Course, findings: Sequence[Finding], key: str, title: Text) -> Listing:
    units = course.now.assessment.units
    words = {False: ("verdict.met", "verdict.unmet"), True: ("veto.triggered", "veto.clear")}
    rows: list[list[Value]] = []
    for one in findings:
        item = _item(course, one)
        rows.append(
            [
                units.township[one.unit],
                units.name[one.unit],
                item.id,
                item.name,
                one.told_value or _value(course, one.unit, item),
                _state(reported(course, one), veto=one.veto),
                both(words[one.veto][not one.met]),
                one.note or None,
            ]
        )
    return Listing(
        key,
        title,
        [
            Heading("township", both("townships.name")),
            Heading("unit", both("rank.of.unit")),
            Heading("criterion", both("sample.criterion")),
            Heading("criterion_name", both("sample.item")),
            Heading("value", both("sample.value")),
            Heading("verdict", both("sample.verdict")),
            Heading("found", both("sample.found")),
            Heading("note", both("sample.actual")),
        ],
        rows,
    )


def _item(course: Course, one: Finding) -> Criterion | Veto:
    return (course.scheme.vetoes if one.veto else course.scheme.criteria)[one.criterion]


def _state(state: int, *, veto: bool) -> Text:
    return both(f"veto.{_STATES[state]}" if veto else f"verdict.{Verdict(state).word}")


def _changed(course: Course, findings: Sequence[Finding]) -> Listing:
    """Where the ledger says something else by now; the error rates are by what was reported when units were drawn."""
    units = course.now.assessment.units
    rows: list[list[Value]] = [
        [
            units.township[one.unit],
            units.name[one.unit],
            (item := _item(course, one)).id,
            item.name,
            _state(reported(course, one), veto=one.veto),
            _state(recorded(course, one), veto=one.veto),
            _value(course, one.unit, item),
        ]
        for one in findings
    ]
    return Listing(
        "changed",
        both("sample.changed"),
        [
            Heading("township", both("townships.name")),
            Heading("unit", both("rank.of.unit")),
            Heading("criterion", both("sample.criterion")),
            Heading("criterion_name", both("sample.item")),
            Heading("verdict", both("sample.verdict")),
            Heading("verdict_now", both("sample.verdict_now")),
            Heading("value_now", both("sample.value_now")),
        ],
        rows,
        [both("sample.changed.note")],
    )


def _aside(aside: Sequence[tuple[Line, Text]]) -> Listing:
    return Listing(
        "aside",
        both("rewards.aside"),
        [
            Heading("where", both("rewards.where")),
            Heading("township", both("townships.name")),
            Heading("unit", both("rank.of.unit")),
            Heading("criterion", both("sample.criterion")),
            Heading("why", both("rewards.why")),
        ],
        [
            [str(line.where), line["township"] or None, line["name"] or None, line["criterion"] or None, why]
            for line, why in aside
        ],
    )
