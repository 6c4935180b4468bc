"""Between a run and the store: an outcome as parts to record, and a recorded month as an outcome again.

A part holds what its rows said, not what was concluded; a county's month is rated anew from its parts each time, so
quotas and ranks are the county's (DESIGN §8.1).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from functools import cache, lru_cache
from itertools import islice
from string import ascii_uppercase
from typing import Any

import numpy as np
from numpy.typing import NDArray

from starcheck.cells import Limits
from starcheck.column import Column, Kind, Reason, empty_values
from starcheck.diagnostic import Diagnostic, Location, Severity, Text
from starcheck.fields import stored
from starcheck.history import (
    Final,
    InputRecord,
    Month,
    PartContent,
    RunRecord,
    Store,
    UnitResult,
    UnitRow,
    VerdictRow,
    text_sha256,
)
from starcheck.inbox import same_place
from starcheck.ledger import Ledger, StoredOrigin, Units, row_cells, unit_keys, with_derived
from starcheck.messages import both
from starcheck.register import Entry, Register
from starcheck.replies import Answer, answers_of, replies_text, with_replies
from starcheck.report.as_json import VETO_WORDS, CriterionColumns, criterion_columns, star_words
from starcheck.report.figures import plain_values
from starcheck.report.model import FinalShown, InputFile, InputSheet, PartShown, Previous, effect_words
from starcheck.rereading import NotKept, Rereading, Stored, gathered
from starcheck.run import Outcome, accept, exception_rules
from starcheck.scheme import LedgerField, Scheme, scheme_from_texts
from starcheck.scoring import Assessment, assess, with_targets
from starcheck.workspace import Settings, Stop

_NAMES_SHOWN = 10


# --- recording --------------------------------------------------------------------------------------------------------


def run_records(outcome: Outcome, at: datetime, version: str, known: Sequence[str] = ()) -> Iterator[RunRecord]:
    """One record per county of the run, by the name that the store has for it already (清丰 is 清丰县)."""
    shares = _Shares.of(outcome.ledger) if len(outcome.ledger.units.counties) > 1 else None
    for county in outcome.ledger.units.counties:
        rows = np.array([place for place, name in enumerate(outcome.ledger.units.county) if name == county], np.intp)
        stored = county if county in known else next((name for name in known if same_place(name, county)), county)
        share = outcome if shares is None else shares.cut(outcome, county)
        yield _run_record(share, stored, rows, at, version)


@dataclass(frozen=True, slots=True)
class _Shares:
    """Whose each file, row and name is where a run has several counties: none is told what is wrong in another's."""

    files: Mapping[str | None, set[str]]
    rows: Mapping[tuple[str | None, str | None, str], set[str]]
    names: Mapping[tuple[str | None, str], set[str]]
    """By township and name, and by the name alone."""
    townships: Mapping[str, set[str]]

    @classmethod
    def of(cls, ledger: Ledger) -> _Shares:
        files: dict[str | None, set[str]] = {}
        rows: dict[tuple[str | None, str | None, str], set[str]] = {}
        names: dict[tuple[str | None, str], set[str]] = {}
        townships: dict[str, set[str]] = {}
        for place, county in enumerate(ledger.units.county):
            township, name = ledger.units.township[place], ledger.units.name[place]
            townships.setdefault(township, set()).add(county)
            for key in ((township, name), (None, name)):
                names.setdefault(key, set()).add(county)
            cells = (cell for key in ledger.columns for cell in ledger.origin.cells(place, key))
            for cell in islice(cells, 1):
                files.setdefault(cell.file, set()).add(county)
                rows.setdefault((cell.file, cell.sheet, _row(cell.cell)), set()).add(county)
        return cls(files, rows, names, townships)

    def cut(self, outcome: Outcome, county: str) -> Outcome:
        """What of a run is a county's, or of nobody's in particular."""
        return replace(
            outcome,
            inputs=tuple(file for file in outcome.inputs if county in self.files.get(file.file, {county})),
            diagnostics=tuple(found for found in outcome.diagnostics if self._about(found, county)),
        )

    def _about(self, found: Diagnostic, county: str) -> bool:
        where, township = found.where, str(found.arguments.get("township"))
        unit = found.unit or ""
        for known in (
            self.rows.get((where.file, where.sheet, _row(where.cell))),
            self.names.get((township, unit)) or self.names.get((None, unit)),
            self.files.get(where.file),
            self.townships.get(township),
        ):
            if known is not None:
                return county in known
        return True


def _row(cell: str | None) -> str:
    return (cell or "").lstrip(ascii_uppercase)


def _run_record(
    outcome: Outcome,
    county: str,
    rows: NDArray[np.intp],
    at: datetime,
    version: str,
) -> RunRecord:
    scheme = outcome.scheme
    keys = unit_keys(outcome.ledger.units)
    results, verdicts = rated_rows(outcome.assessment, keys, rows)
    here = {keys[row] for row in rows.tolist()}
    used = [answer for answer in outcome.replies if answer.unit in here]
    heeded = replies_text(used) if used else None
    return RunRecord(
        county=county,
        period=outcome.period,
        as_of=outcome.as_of,
        scheme_id=scheme.id,
        scheme_version=scheme.version,
        scheme_sha256=scheme.sha256,
        scheme_texts=scheme.texts,
        version=version,
        recorded_at=at,
        register_sha256=outcome.register_sha256,
        register_text=None if outcome.register is None else _register_text(outcome.register),
        targets_sha256=outcome.targets_sha256,
        targets_text=_targets_text(outcome),
        exceptions_text=outcome.exceptions_text,
        heeded_text=heeded,
        settings=_settings(outcome) | ({} if heeded is None else {"replies": text_sha256(heeded)}),
        inputs=[
            InputRecord(
                file.file,
                file.sha256,
                file.status,
                [{"name": sheet.name, "rows": sheet.rows, "header": sheet.header} for sheet in file.sheets],
            )
            for file in outcome.inputs
            if file.status != "skipped"
        ],
        parts=list(_parts(outcome.ledger.as_sent, rows, county, keys)),
        results=results,
        verdicts=verdicts,
        diagnostics=[diagnostic_record(found) for found in outcome.diagnostics],
    )


def _settings(outcome: Outcome) -> dict[str, Any]:
    """What a run was told that changes what it finds in the same files; what it was not told is not there."""
    told = outcome.settings
    limits = asdict(told.limits)
    more = {
        "township": None if told.township is None else outcome.ledger.units.township[0],
        "map": list(told.map),
        "mapping": {town: dict(entries) for town, entries in told.mapping.items()},
        "layout": {town: dict(entries) for town, entries in told.layout.items()},
        "limits": {name: value for name, value in limits.items() if value != getattr(Limits(), name)},
    }
    named = {name: value for name, value in more.items() if value}
    return {"period": outcome.period, "as_of": outcome.as_of.isoformat(), **named}


def rated_rows(
    assessment: Assessment, keys: Sequence[str], rows: NDArray[np.intp] | None = None
) -> tuple[list[UnitResult], list[VerdictRow]]:
    """What an assessment says of its units at ``rows``, or of all, as it is stored."""
    chosen = np.arange(len(keys)) if rows is None else rows
    here = chosen[assessment.units.reported[chosen]]
    effects = [effect_words(veto.effect)[0] for veto in assessment.scheme.vetoes]
    told: list[tuple[CriterionColumns, str | None]] = [
        *((columns, None) for columns in criterion_columns(assessment, here)),
        *zip(_veto_columns(assessment, here), effects, strict=True),
    ]
    verdicts = [
        row
        for position, place in enumerate(here.tolist())
        for row in _verdict_rows(assessment.ledger, keys[place], place, position, told)
    ]
    return list(results_of(assessment, keys, chosen)), verdicts


def final_record(month: Month, outcome: Outcome, at: datetime, version: str) -> RunRecord:
    """What a whole month comes to, to be made final: no files and no parts of its own."""
    keys = unit_keys(outcome.ledger.units)
    results, verdicts = rated_rows(outcome.assessment, keys)
    return RunRecord(
        county=month.county,
        period=month.period,
        as_of=month.as_of,
        scheme_id=month.scheme_id,
        scheme_version=month.scheme_version,
        scheme_sha256=month.scheme_sha256,
        scheme_texts=month.scheme_texts,
        version=version,
        recorded_at=at,
        register_sha256=month.register_sha256,
        register_text=month.register_text,
        targets_sha256=month.targets_sha256,
        targets_text=month.targets_text,
        exceptions_text=month.exceptions_text,
        settings={"period": month.period, "as_of": month.as_of.isoformat()},
        results=results,
        verdicts=verdicts,
    )


def made_final(
    store: Store, month: Month, outcome: Outcome, at: datetime, version: str, reason: str | None
) -> tuple[Final | None, tuple[Diagnostic, ...]]:
    """A month made final as it was rated; None with H719 where something was recorded meanwhile."""
    return store.finalize(final_record(month, outcome, at, version), month.rests_on, reason)


def renew_final(
    store: Store, months: Iterable[tuple[str, str, str]], told: Settings, at: datetime, version: str
) -> Iterator[Final]:
    """Make final months (county, scheme, period) final anew where a correction has changed them.

    Also where the one that changed them was stopped before it came to this.
    """
    for county, scheme_id, period in months:
        for _ in range(_TRIES):
            month, _ = store.month(county, scheme_id, period)
            if month is None or month.final is None or not month.final.stale:
                break
            reason = "；".join(store.corrections_since(month.final.run_id))
            final, _ = made_final(store, month, recorded_outcome(month, told), at, version, reason)
            if final is not None:
                yield final
                break


_TRIES = 5
"""How often a month that somebody else corrects at the same time is rated again."""


def _parts(ledger: Ledger, rows: NDArray[np.intp], county: str, keys: Sequence[str]) -> Iterator[PartContent]:
    units = ledger.units
    here = rows[units.reported[rows]]
    columns = [
        (key, ledger.columns[key].reason[here].tolist(), _plain(item, ledger.columns[key].take(here)))
        for key, item in ledger.scheme.ledger_columns.items()
        if key in ledger.columns
    ]
    # a date that is not yet on this day may be on the day that the month is rated again for: it is kept as it was read
    words = [None if reason is Reason.NOT_YET else reason.word for reason in Reason]
    keyed = [key for key, _, _ in columns]
    grouped: dict[tuple[str, str], list[UnitRow]] = {}
    for position, place in enumerate(here.tolist()):
        sheet, cells = row_cells(ledger.origin, place, keyed)
        row = UnitRow(
            keys[place],
            units.code[place],
            units.name[place],
            units.kind[place],
            sorted(units.tags[place]),
            cells={
                key: [values[position], words[reasons[position]], where]
                for (key, reasons, values), where in zip(columns, cells, strict=True)
                if reasons[position] != Reason.ABSENT_COLUMN
            },
            place=sheet,
        )
        grouped.setdefault((units.township[place], units.kind[place]), []).append(row)
    for (township, kind), members in grouped.items():
        yield PartContent(county, township, kind, members)


def _plain(item: LedgerField, column: Column) -> list[Any]:
    """Values as JSON keeps them: a number by its 15 digits, yes/no, the option's word, both ends of a date, text."""
    values = column.values.tolist()
    match item.kind:
        case Kind.YESNO:
            plain: list[Any] = [value == 1 for value in values]
        case Kind.OPTION:
            plain = [item.options[value] for value in values]
        case Kind.DATE:
            plain = [[_day(first), _day(last)] if first > 0 else None for first, last in values]
        case Kind.TEXT:
            plain = values
        case _:
            plain = [float(f"{value:.15g}") for value in values]
    told = column.known | (column.reason == Reason.NOT_YET)
    return [value if known else None for value, known in zip(plain, told.tolist(), strict=True)]


@cache
def _day(ordinal: int) -> str:
    return date.fromordinal(ordinal).isoformat()


def results_of(
    assessment: Assessment, keys: Sequence[str], rows: NDArray[np.intp] | None = None
) -> Iterator[UnitResult]:
    """The 星级 of its units at ``rows``, or of all, as it is stored."""
    chosen = np.arange(len(keys)) if rows is None else rows
    units, names = assessment.units, [star.name for star in assessment.scheme.stars]
    scores = None if assessment.scores is None else assessment.scores[chosen].tolist()
    columns = (assessment.tiers, assessment.reachable, assessment.provisional, units.reported, assessment.stars)
    told = zip(chosen.tolist(), *(column[chosen].tolist() for column in columns), strict=True)
    for position, (place, tier, reachable, provisional, reported, stars) in enumerate(told):
        lowest, highest = (None, None) if scores is None else scores[position]
        yield UnitResult(
            unit=keys[place],
            name=units.name[place],
            township=units.township[place],
            tier=tier if tier >= 0 else None,
            reachable=reachable if reachable >= 0 else None,
            provisional=provisional or not reported,
            reported=reported,
            stars=star_words(names, stars) if reported else {},
            score_low=lowest,
            score_high=highest,
        )


def _verdict_rows(
    ledger: Ledger, key: str, place: int, position: int, told: Iterable[tuple[CriterionColumns, str | None]]
) -> Iterator[VerdictRow]:
    """What is stored of a unit: of each criterion, and of each veto, which has a 后果 beside its columns."""
    for (item, measure, requirement, source, values, verdicts, reasons, gaps), effect in told:
        yield VerdictRow(
            key,
            item,
            verdicts[position],
            values[position],
            measure,
            requirement,
            gaps[position],
            source,
            ledger.addresses(place, item),
            reasons[position],
            effect,
        )


def _veto_columns(assessment: Assessment, rows: NDArray[np.intp]) -> Iterator[CriterionColumns]:
    for place, veto in enumerate(assessment.scheme.vetoes):
        yield CriterionColumns(
            veto.id,
            veto.unit,
            veto.trigger.words(None, "zh"),
            None if veto.source is None else str(veto.source),
            plain_values(assessment.ledger.columns[veto.id].take(rows)),
            [VETO_WORDS[state] for state in assessment.vetoes[rows, place].tolist()],
            [_REASON_WORDS[reason] for reason in assessment.veto_reasons[rows, place].tolist()],
            [None] * len(rows),
        )


_REASON_WORDS = [reason.word for reason in Reason]


def _register_text(register: Register) -> str:
    return json.dumps(
        {
            "file": register.file,
            "entries": [
                [
                    entry.code,
                    entry.name,
                    entry.township,
                    entry.county,
                    entry.kind,
                    list(entry.aliases),
                    sorted(entry.tags),
                    entry.since.isoformat() if entry.since else None,
                    entry.until.isoformat() if entry.until else None,
                    entry.merged_into,
                    *([[[name, until.isoformat()] for name, until in entry.former]] if entry.former else []),
                ]
                for entry in register.entries
            ],
        },
        ensure_ascii=False,
    )


@lru_cache(maxsize=8)
def register_of(text: str) -> Register:
    """The register that ``_register_text`` wrote."""
    read = json.loads(text)
    entries = tuple(
        Entry(
            code,
            name,
            township,
            county,
            kind,
            tuple(aliases),
            frozenset(tags),
            date.fromisoformat(since) if since else None,
            date.fromisoformat(until) if until else None,
            merged,
            former=tuple((name, date.fromisoformat(until)) for names in former for name, until in names),
        )
        for code, name, township, county, kind, aliases, tags, since, until, merged, *former in read["entries"]
    )
    return Register(entries, read["file"])


@lru_cache(maxsize=8)
def _register_in(text: str, county: str) -> Register:
    """The same without the entries of other counties, whose units a county's month does not lack."""
    whole = register_of(text)
    own = tuple(entry for entry in whole.entries if not entry.county or same_place(entry.county, county))
    return whole if len(own) == len(whole.entries) else Register(own, whole.file)


def _targets_text(outcome: Outcome) -> str | None:
    """All targets that were given, also those of townships the run does not cover."""
    counts = {county or "": tiers for county, tiers in outcome.targets.items()}
    if not outcome.unit_targets and not counts:
        return None
    told = {"units": outcome.unit_targets, "counts": counts}
    if outcome.township_targets:
        told["townships"] = outcome.township_targets
    return json.dumps(told, ensure_ascii=False)


def diagnostic_record(found: Diagnostic) -> dict[str, Any]:
    """A diagnostic as plain values from which it can be made again."""
    where = found.where
    return {
        "code": found.code,
        "severity": str(found.level),
        "file": where.file,
        "sheet": where.sheet,
        "cell": where.cell,
        "line": where.line,
        **({} if where.column is None else {"column": where.column}),
        "unit": found.unit,
        "field": found.field,
        "found": found.found,
        "expected": _text_record(found.expected),
        "arguments": {name: _text_record(value) for name, value in found.arguments.items()},
        "accepted": found.accepted,
        "message": found.message("zh"),
    }


def _text_record(text: str | Text | None) -> str | list[str] | None:
    return list(text) if isinstance(text, tuple) else text


def _text(value: Any) -> Any:
    return (value[0], value[1]) if isinstance(value, list) else value


def diagnostic_of(record: Mapping[str, Any]) -> Diagnostic:
    """The diagnostic that was recorded."""
    return Diagnostic(
        code=record["code"],
        where=Location(record["file"], record["sheet"], record["cell"], record["line"], record.get("column")),
        unit=record["unit"],
        field=record["field"],
        found=record["found"],
        expected=_text(record["expected"]),
        arguments={name: _text(value) for name, value in record["arguments"].items()},
        severity=Severity(record["severity"]),
        accepted=record["accepted"],
    )


# --- restoring --------------------------------------------------------------------------------------------------------


def recorded_outcome(month: Month, told: Settings) -> Outcome:
    """A recorded month, rated anew from the newest revision of each part and what departments answered."""
    outcome, not_kept = outcome_by(month, told, recorded_scheme(month), month.as_of)
    if month.final is not None and not month.final.stale:
        outcome = replace(outcome, final=final_shown(month.final))
    said = [
        Diagnostic(
            "H717", found=column.name, arguments={"units": f"{np.count_nonzero(column.rows)}", "reason": column.why}
        )
        for column in not_kept
    ]
    return replace(outcome, diagnostics=(*outcome.diagnostics, *said))


def final_shown(final: Final) -> FinalShown:
    """When a month was made final, and what became of it since."""
    corrections = tuple((_minute(at), reason) for at, reason in final.corrections)
    return FinalShown(final.run_id, _minute(final.at), final.despite, corrections)


def _minute(at: datetime) -> str:
    return at.isoformat(sep=" ", timespec="minutes")


def unlike_final(store: Store, month: Month, outcome: Outcome) -> tuple[Diagnostic, ...]:
    """H721 where a final month comes out otherwise than it was made final: by another version of the program."""
    if month.final is None or month.final.stale:
        return ()
    keys = unit_keys(outcome.ledger.units)
    now = results_of(outcome.assessment, keys)
    then = {result.unit: result for result in store.results(month.final.run_id)}
    names = [
        result.name
        for result in now
        if (was := then.pop(result.unit, None)) is None
        or (was.tier, was.reachable, was.stars) != (result.tier, result.reachable, result.stars)
    ]
    names += [result.name for result in then.values()]
    if not names:
        return ()
    shown = "、".join(names[:_NAMES_SHOWN]) + ("…" if len(names) > _NAMES_SHOWN else "")
    return (Diagnostic("H721", found=shown, arguments={"count": str(len(names)), "run": month.final.run_id}),)


def recorded_scheme(month: Month) -> Scheme:
    """The scheme of the month's newest run."""
    scheme, problems = _scheme_of(month.scheme_texts)
    if scheme is None:
        raise Stop(2, both("stop.criteria", file=month.scheme_texts[0][0]), problems)
    return scheme


_scheme_of = lru_cache(maxsize=8)(scheme_from_texts)
"""A year is rated by one scheme, or two, and each takes as long to load as a month of a county to rate."""


def outcome_by(
    month: Month, told: Settings, scheme: Scheme, as_of: date, answers: Sequence[Answer] | None = None
) -> tuple[Outcome, tuple[NotKept, ...]]:
    """A recorded month rated by a scheme on a day, and what the store cannot tell of its columns.

    The scheme has to be for the kind of unit that was recorded. ``answers`` are those of departments, the oldest first,
    where they are not to be all that were recorded.
    """
    register = None if month.register_text is None else _register_in(month.register_text, month.county)
    ledger, not_kept = restored_ledger(month, scheme, register, as_of)
    heard = answers_in(month) if answers is None else answers
    replied = with_replies(ledger, {month.county: heard}, month.period)
    ledger = replied.ledger
    assessment = assess(ledger, as_of)
    diagnostics = [*(diagnostic_of(record) for record in month.diagnostics), *replied.diagnostics]
    # who is missing is not what a run said of its own files: it may have come since
    diagnostics = [problem for problem in diagnostics if problem.code != "R408"]
    for place in np.flatnonzero(~ledger.units.reported).tolist():
        arguments = {"township": ledger.units.township[place]}
        diagnostics.append(Diagnostic("R408", unit=ledger.units.name[place], arguments=arguments))
    rules, said = exception_rules(month.exceptions_text, as_of, "exceptions.csv") if month.exceptions_text else ((), [])
    assessment = replace(assessment, diagnostics=tuple(accept(list(assessment.diagnostics), rules)))
    counts, townships, assessment = _restored_targets(month, assessment)
    outcome = Outcome(
        settings=told,
        scheme=scheme,
        period=month.period,
        as_of=as_of,
        assessment=assessment,
        diagnostics=(*diagnostics, *said),
        inputs=tuple(
            InputFile(
                record.file,
                record.sha256,
                record.status,
                tuple(InputSheet(sheet["name"], sheet["rows"], sheet["header"]) for sheet in record.sheets),
            )
            for record in month.inputs
        ),
        inferences=(),
        register=register,
        targets=counts,
        township_targets=townships,
        exceptions_text=month.exceptions_text,
        register_sha256=month.register_sha256,
        targets_sha256=month.targets_sha256,
        replies=replied.used,
    )
    return outcome, not_kept


def answers_in(month: Month) -> list[Answer]:
    """What departments answered that may bear on a recorded month, the oldest reply first."""
    return [answer for text in month.replies for answer in answers_of(text)]


def restored_ledger(
    month: Month, scheme: Scheme, register: Register | None, as_of: date, *, of: Sequence[UnitResult] | None = None
) -> tuple[Ledger, tuple[NotKept, ...]]:
    """The typed columns of a recorded month, over the register's units and those recorded without one.

    They are the columns of ``scheme``, whichever scheme each unit was recorded by; and what the store cannot tell of
    them. With ``of``, over the units that were rated once, in their order and as they were.
    """
    entries: dict[str, Entry] = {}
    if register is not None:
        for place in register.of_kind(scheme.unit_kind):
            entry = register.entries[place]
            if entry.expected(as_of):
                entries[entry.key] = entry
    rows: dict[str, UnitRow] = {}
    for part in month.parts:
        for row in part.rows:
            rows[row.unit] = row
            if row.unit not in entries:
                entries[row.unit] = Entry(
                    row.code, row.name, part.township, month.county, row.kind, tags=frozenset(row.tags)
                )
    if of is not None:
        own = {
            row.unit: Entry(row.code, row.name, part.township, month.county, row.kind, tags=frozenset(row.tags))
            for part in month.parts
            for row in part.rows
        }
        known = entries | own
        entries = {
            result.unit: known.get(result.unit)
            or Entry(None, result.name, result.township, month.county, scheme.unit_kind)
            for result in of
        }
    size = len(entries)
    units = Units(
        [entry.code for entry in entries.values()],
        [entry.name for entry in entries.values()],
        [entry.township for entry in entries.values()],
        [month.county] * size,
        [entry.kind for entry in entries.values()],
        [entry.tags for entry in entries.values()],
        np.array([key in rows for key in entries], bool),
        np.full(size, -1, np.int8),
    )
    read = _by_scheme(month, scheme)
    cells: list[Mapping[str, Stored]] = []
    untold: list[Mapping[str, Text]] = []
    for unit in entries:
        kept, lost = read(rows[unit]) if unit in rows else ({}, {})
        cells.append(kept)
        untold.append(lost)
    columns = {
        key: _restored_column(item, [kept.get(key) for kept in cells]) for key, item in scheme.ledger_columns.items()
    }
    places = [{key: cell[2] for key, cell in kept.items()} for kept in cells]
    sheets = [rows[unit].place if unit in rows else None for unit in entries]
    origin = StoredOrigin(places, [record.file for record in month.inputs], sheets)
    ledger = with_derived(Ledger(scheme, units, columns, origin), as_of)
    return ledger, gathered(untold, scheme)


def _by_scheme(month: Month, scheme: Scheme) -> Callable[[UnitRow], tuple[Mapping[str, Stored], Mapping[str, Text]]]:
    """How the cells of a unit's row are read by ``scheme``, whichever scheme the row was recorded by."""
    made: dict[tuple[tuple[str, str], ...], Rereading | None] = {}

    def read(row: UnitRow) -> tuple[Mapping[str, Stored], Mapping[str, Text]]:
        texts = month.earlier_texts.get(row.unit, month.scheme_texts)
        if texts not in made:
            same = tuple(text for _, text in texts) == tuple(text for _, text in scheme.texts)
            made[texts] = None if same else Rereading(scheme_from_texts(texts)[0], scheme)
        rereading = made[texts]
        return (row.cells, {}) if rereading is None else rereading.cells(row.cells)

    return read


def _restored_column(item: LedgerField, cells: Sequence[Sequence[Any] | None]) -> Column:
    column = Column(
        item.kind, empty_values(item.kind, len(cells)), np.full(len(cells), Reason.ABSENT_COLUMN, np.int8), item.options
    )
    for place, cell in enumerate(cells):
        if cell is None:
            continue
        value, word, _ = cell
        column.reason[place] = Reason.of(word)
        if value is None:
            continue
        if item.kind is Kind.DATE:
            value = (date.fromisoformat(value[0]), date.fromisoformat(value[1]))
        if item.kind is Kind.OPTION and value not in item.options:
            column.reason[place] = Reason.INVALID
            continue
        column.values[place] = stored(item, value)
    return column


def _restored_targets(
    month: Month, assessment: Assessment
) -> tuple[dict[str | None, dict[int, int]], dict[str, dict[int, int]], Assessment]:
    if month.targets_text is None:
        return {}, {}, assessment
    read = json.loads(month.targets_text)
    keys = unit_keys(assessment.units)
    targets = np.array([read["units"].get(key, -1) for key in keys], np.int8)
    counts = {
        county or None: {int(tier): count for tier, count in tiers.items()} for county, tiers in read["counts"].items()
    }
    townships = {
        town: {int(tier): count for tier, count in tiers.items()} for town, tiers in read.get("townships", {}).items()
    }
    return counts, townships, with_targets(assessment, targets)


def recorded_register(store: Store, county: str, scheme_id: str) -> tuple[Register, str | None] | None:
    """The register that the county's newest month under a scheme was rated with."""
    month, _ = store.month(county, scheme_id)
    if month is None or month.register_text is None:
        return None
    return register_of(month.register_text), month.register_sha256


def recorded_answers(store: Store, county: str, scheme_id: str, period: str) -> list[Answer]:
    """What departments answered before about a month that may not be recorded itself."""
    return [answer for text in store.replies(county, scheme_id, period) for answer in answers_of(text)]


def shown_parts(month: Month) -> tuple[PartShown, ...]:
    """Each township's part with the day its newest revision came."""
    return tuple(
        PartShown(
            part.township,
            part.unit_kind,
            part.recorded_at.isoformat(sep=" ", timespec="minutes"),
            part.revision,
            here=False,
        )
        for part in month.parts
    )


def last_months(
    store: Store, counties: Iterable[str], scheme_id: str, period: str
) -> dict[str | None, tuple[str, Outcome]]:
    """Each county's last recorded period before ``period``, rated as ``report`` rates it."""
    found: dict[str | None, tuple[str, Outcome]] = {}
    for county in counties:
        before = [earlier for earlier in store.periods(county, scheme_id) if earlier < period]
        month = store.month(county, scheme_id, before[-1])[0] if before else None
        if month is not None:
            found[county] = before[-1], recorded_outcome(month, Settings())
    return found


def previous_of(store: Store, counties: Iterable[str], scheme_id: str, period: str) -> dict[str | None, Previous]:
    """The tiers of each county's last recorded period before ``period``."""
    return tiers_of(last_months(store, counties, scheme_id, period))


def tiers_of(months: Mapping[str | None, tuple[str, Outcome]]) -> dict[str | None, Previous]:
    """How many units each tier had in those months."""
    found: dict[str | None, Previous] = {}
    for county, (period, outcome) in months.items():
        tiers = outcome.assessment.tiers
        found[county] = Previous(period, dict(enumerate(np.bincount(tiers[tiers >= 0]).tolist())))
    return found
