"""What ``starcheck history`` does with the record: list, show, compare, verify, recompute, make final, copy."""

from __future__ import annotations

import io
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np

from starcheck.commands import Shown, open_store, print_json, print_problems, refuse_empty, show_page, tell, write_bytes
from starcheck.database import StoreProblem
from starcheck.diagnostic import Diagnostic, Lang, pick
from starcheck.history import COVERS, Run, RunDetail, Store, UnitResult, VerdictRow, match_county, unfit_for_final
from starcheck.messages import MESSAGES, both, say
from starcheck.recording import made_final, recorded_outcome, renew_final
from starcheck.replaying import Difference, on_criteria, replay, unlike_results, unlike_verdicts, with_vetoes
from starcheck.report.as_json import diagnostic_document, json_text
from starcheck.report.figures import number, share
from starcheck.report.sections import Section, percent_words, table
from starcheck.report.tables import write_rows, write_sheet
from starcheck.run import PERIOD, period_told
from starcheck.scheme import scheme_from_texts
from starcheck.upkeep import counting_pruned, prunable, put_back, unlike
from starcheck.upkeep import prune as delete_verdicts
from starcheck.upkeep import verify as check_store
from starcheck.workspace import Settings, Stop


def list_runs(told: Settings, shown: Shown, county: str | None, period: str | None) -> int:
    """Every run, newest first; those of a county or a month if asked."""
    shown.check()
    with open_store(told, create=False) as store:
        runs = _asked_for(store.runs(), county, period)
    if shown.form == "json":
        document = [_run_document(run) for run in runs]
        print_json(document)
        return 0
    lang = told.lang
    headers = [say(f"history.{name}", lang) for name in ("run", "county", "period", "scheme", "recorded", "state")]
    rows = [
        [
            run.run_id,
            run.county,
            run.period,
            f"{run.scheme_id} {run.scheme_version}",
            run.recorded_at.isoformat(sep=" ", timespec="minutes"),
            _state(run, lang),
        ]
        for run in runs
    ]
    if shown.form == "csv":
        write_rows(sys.stdout.buffer, headers, rows)
        return 0
    show_page(
        [Section(level=1, title=say("history.title", lang, n=len(rows)), table=table(headers, rows))], told, shown
    )
    return 0


def _asked_for(runs: Sequence[Run], county: str | None, period: str | None) -> list[Run]:
    """The runs of the county and the month asked for; the reply of a quarter is about each of its months.

    Raises ``Stop`` (2) for a county that nothing was ever recorded of: a slip in its name is no empty list.
    """
    known = sorted({run.county for run in runs})
    fits = known if county is None else match_county(county, known)
    if county is not None and known and not fits:
        found = Diagnostic("H707", found=county, expected="、".join(known) or "—")
        raise Stop(2, (found.message("zh"), found.message("en")), (found,))
    month = None if period is None else period_told(Settings(period=period)) or ""
    return [run for run in runs if run.county in fits and (month is None or period == run.period or run.about(month))]


def _not_csv(shown: Shown) -> None:
    """Refuse a form that there is none of; what is several tables at once is no CSV."""
    shown.check()
    if shown.form == "csv":
        raise Stop(2, both("stop.format", form="csv", known="console、md、json"))


def _run_document(run: Run) -> dict[str, Any]:
    return {
        "run": run.run_id,
        "county": run.county,
        "period": run.period,
        "scheme": run.scheme_id,
        "version": run.scheme_version,
        "recorded_at": run.recorded_at.isoformat(),
        "undone_at": run.undone_at.isoformat() if run.undone_at else None,
        "undone_reason": run.undone_reason,
        "final": run.final,
        "correction": run.correction,
        "pruned_at": run.pruned_at.isoformat() if run.pruned_at else None,
    }


def _state(run: Run, lang: Lang) -> str:
    """What is to be known of a run beside what it found."""
    undone = (say("history.undone", lang),) if run.undone_at else ()
    return say("list.comma", lang).join((*undone, *_standing(run, lang)))


def _standing(run: Run, lang: Lang) -> Iterator[str]:
    """Whether a run is a final result or a correction of one, and whether its verdicts are still there."""
    if run.final:
        yield say("history.final", lang)
    if COVERS in run.settings:
        yield say("history.reply", lang)
    if run.correction:
        yield say("history.correction", lang, reason=run.correction)
    if run.pruned_at:
        yield say("history.pruned", lang, at=run.pruned_at.date().isoformat())


def show(run_id: str, told: Settings, shown: Shown) -> int:
    """One run: what it read, which parts it made, and its tiers."""
    _not_csv(shown)
    lang = told.lang
    with open_store(told, create=False) as store:
        detail = _found(store, run_id)
        results = store.results(detail.run.run_id)
        scheme_texts = store.scheme_texts(detail.run.run_id)
    run = detail.run
    if shown.form == "json":
        counts = Counter(result.tier for result in results if result.tier is not None)
        print_json(
            _run_document(run)
            | {
                "as_of": run.as_of.isoformat(),
                "scheme_sha256": run.scheme_sha256,
                "starcheck": run.version,
                "inputs": [
                    {"file": record.file, "sha256": record.sha256, "status": record.status} for record in detail.inputs
                ],
                "parts": [
                    {
                        "township": part.part.township,
                        "kind": part.part.unit_kind,
                        "revision": part.revision,
                        "changed": part.changed,
                    }
                    for part in detail.parts
                ],
                "tiers": {str(tier): counts[tier] for tier in sorted(counts, reverse=True)},
                "units": len(results),
            }
        )
        return 0
    facts = [
        (say("what.county", lang), run.county),
        (say("what.period", lang), run.period),
        (say("report.scheme", lang), f"{run.scheme_id} {run.scheme_version}  sha256 {run.scheme_sha256}"),
        (say("history.recorded", lang), run.recorded_at.isoformat(sep=" ", timespec="seconds")),
        ("starcheck", run.version),
    ]
    facts += [(say("history.state", lang), state) for state in _standing(run, lang)]
    if run.undone_at is not None:
        facts.append(
            (
                say("history.undone", lang),
                f"{run.undone_at.isoformat(sep=' ', timespec='minutes')} {run.undone_reason or ''}",
            )
        )
    inputs = table(
        [say("report.files", lang), "sha256", say("history.state", lang)],
        [[record.file, record.sha256 or "", say(f"history.input.{record.status}", lang)] for record in detail.inputs],
    )
    parts = table(
        [
            say("history.township", lang),
            say("standard.kind", lang),
            say("history.revision", lang),
            say("history.made", lang),
        ],
        [
            [part.part.township, part.part.unit_kind, str(part.revision), say("yes" if part.changed else "no", lang)]
            for part in detail.parts
        ],
    )
    page = [
        Section(level=1, title=run.run_id, facts=tuple(facts)),
        Section(level=2, title=say("report.files", lang), table=inputs),
    ]
    if COVERS not in run.settings:  # a reply rates nothing
        page.insert(1, _run_tiers(results, scheme_texts, run.as_of, lang))
        page.append(Section(level=2, title=say("history.parts", lang), table=parts))
    show_page(page, told, shown)
    return 0


def _run_tiers(
    results: Sequence[UnitResult], scheme_texts: Sequence[tuple[str, str]], as_of: date, lang: Lang
) -> Section:
    """How many units of a run are in each tier, by the names that its own scheme gives them."""
    scheme, _ = scheme_from_texts(scheme_texts)
    names = _tier_names(scheme_texts, as_of)
    counts = Counter(result.tier for result in results if result.tier is not None)
    without = Counter((result.reported, result.reachable is None) for result in results if result.tier is None)
    named = [(names.get(tier, str(tier)), counts[tier]) for tier in sorted({*names, *counts}, reverse=True)]
    if scheme is not None and not scheme.tiering.ranked:
        named.append((say("undecided", lang), without[True, False]))
    named += [(say("excluded", lang), without[True, True]), (say("unreported", lang), without[False, True])]
    named.append((say("total", lang), len(results)))
    called = say("tiers.called", lang) if scheme is None else pick(scheme.tiering.word, lang)
    headers = [say(f"tiers.{key}", lang, called=called) for key in ("tier", "units", "percent")]
    rows = [(name, str(units), percent_words(share(units, len(results)))) for name, units in named]
    title = say("tiers.title", lang, called=called.capitalize())
    return Section(title, table=table(headers, rows, numbers=(1, 2), strong=1))


def _found(store: Store, run_id: str) -> RunDetail:
    """The run that is meant. Raises ``Stop`` (2) where there is none, or several fit."""
    detail, problems = store.run(run_id)
    if detail is None:
        raise _refused(problems)
    return detail


def _refused(problems: tuple[Diagnostic, ...]) -> Stop:
    return Stop(2, (problems[0].message("zh"), problems[0].message("en")), problems)


def undo(run_id: str, reason: str | None, told: Settings, shown: Shown, now: datetime, version: str) -> int:
    """Take a mistaken run back; in a month that is final only by ``correction`` of the settings."""
    refuse_empty("--correction", told.correction)
    with open_store(told, create=False) as store:
        correction = told.correction is not None
        run, problems = store.undo(run_id, now, told.correction or reason, correction=correction)
        if run is None:
            raise _refused(problems)
        tell(shown, told, "history.undo_done", run=run.run_id)
        for period in store.final_months(run):
            for final in renew_final(store, [(run.county, run.scheme_id, period)], told, now, version):
                tell(shown, told, "store.corrected", run=final.run_id, county=run.county, period=period)
        for pruned in counting_pruned(store):
            again = replay(store, pruned)
            if not again.differences:
                put_back(store, pruned, again.computed)
                tell(shown, told, "history.put_back", run=pruned.run_id)
    return 0


def finalize(despite: str | None, told: Settings, shown: Shown, now: datetime, version: str) -> int:
    """Make a county's month final (终评), as it is recorded. Once it is, nothing is done."""
    refuse_empty("--despite", despite)
    with open_store(told, create=False) as store:
        month, problems = store.month(told.county, told.scheme_id, told.period)
        if month is None:
            raise _refused(problems)
        if month.final is not None and month.final.stale:
            renewed = list(renew_final(store, [(month.county, month.scheme_id, month.period)], told, now, version))
            for final in renewed:
                tell(shown, told, "store.corrected", run=final.run_id, county=month.county, period=month.period)
            return 0
        if month.final is not None:
            when = month.final.at.isoformat(sep=" ", timespec="minutes")
            tell(shown, told, "history.final_already", county=month.county, period=month.period, when=when)
            return 0
        outcome = recorded_outcome(month, told)
        units = outcome.ledger.units
        unreported = int(np.count_nonzero(~units.reported))
        still_open = int(np.count_nonzero(outcome.assessment.provisional & units.reported))
        if despite is None and (unreported or still_open):
            counts = {"unreported": unreported, "open": still_open}
            raise _refused((unfit_for_final(month.county, month.period, "open", **counts),))
        done, problems = made_final(store, month, outcome, now, version, despite)
        if done is None:
            raise _refused(problems)
    slots = {"county": month.county, "period": month.period, "run": done.run_id, "units": len(units)}
    tell(shown, told, "history.finalized", **slots)
    return 0


def verify(told: Settings, shown: Shown, version: str, *, again: bool) -> int:
    """Whether everything in the store is as it was recorded; ``again``, whether it also comes out again."""
    _not_csv(shown)
    lines: list[str] = []
    more: dict[str, Any] = {}
    with open_store(told, create=False) as store:
        runs, found = check_store(store)
        problems = list(found)
        if again:
            computed = [run for run in store.runs() if run.version == version]
            for run in computed:
                done = replay(store, run)
                if done.differences:
                    problems.append(unlike(run.run_id, "replay", count=len(done.differences)))
            more = {"replayed": len(computed)}
            if len(computed) < runs:
                lines.append(say("history.not_replayed", told.lang, n=runs - len(computed)))
    if shown.form == "json":
        print_json({"runs": runs, **more, "problems": [diagnostic_document(found, told.lang) for found in problems]})
    else:
        print_problems(problems, told, shown)
        key = "history.broken" if problems else "history.whole"
        title = say(key, told.lang, runs=runs, n=len(problems))
        show_page([Section(title, level=1, lines=tuple(lines))], told, shown)
    return 1 if problems else 0


def show_replay(run_id: str, told: Settings, shown: Shown, version: str) -> int:
    """A run computed again from what is stored; 1 where anything comes out otherwise."""
    shown.check()
    with open_store(told, create=False) as store:
        run = _found(store, run_id).run
        done = replay(store, run)
        texts = store.scheme_texts(run.run_id)
    if shown.form == "json":
        print_json(
            {
                "run": run.run_id,
                "recorded_by": run.version,
                "computed_by": version,
                "units": done.units,
                "verdicts": done.verdicts,
                "differences": _documents(done.differences),
            }
        )
        return 1 if done.differences else 0
    lang = told.lang
    headers = (say("history.diff.before", lang, run=run.run_id), say("history.diff.again", lang))
    names = _tier_names(texts, run.as_of)
    if shown.form == "csv":
        _write_differences(done.differences, headers, names, lang)
        return 1 if done.differences else 0
    lines = [] if done.verdicts else [say("history.replayed.tiers", lang)]
    if not done.differences:
        title = say("history.replayed", lang, run=run.run_id, units=done.units, version=version)
        show_page([Section(title, level=1, lines=tuple(lines))], told, shown)
        return 0
    if run.version != version:
        lines.append(say("history.replay.other", lang, then=run.version, now=version))
    else:
        print_problems([unlike(run.run_id, "replay", count=len(done.differences))], told, shown)
    title = say("history.replay.title", lang, run=run.run_id, n=len(done.differences))
    listed = _listed("", done.differences, headers, names, told, shown)
    show_page([Section(title, level=1, lines=tuple(lines)), listed], told, shown)
    return 1


def diff(before_id: str, after_id: str, told: Settings, shown: Shown) -> int:
    """What two runs say otherwise: of which scheme, register and files, and of each unit."""
    shown.check()
    lang = told.lang
    with open_store(told, create=False) as store:
        before, after = (_found(store, run_id) for run_id in (before_id, after_id))
        results = [store.results(side.run.run_id) for side in (before, after)]
        verdicts = [store.verdicts(side.run.run_id) for side in (before, after)]
        texts = store.scheme_texts(after.run.run_id)
        if not all(_has_vetoes(store, side.run, some) for side, some in zip((before, after), verdicts, strict=True)):
            verdicts = [tuple(on_criteria(side)) for side in verdicts]
    units = [{result.unit for result in side} for side in results]
    alone = [
        [result for result in side if result.unit not in other]
        for side, other in zip(results, reversed(units), strict=True)
    ]
    both_have = units[0] & units[1]
    pruned = any(side.run.pruned_at is not None for side in (before, after))
    unlike_verdict = () if pruned else unlike_verdicts(verdicts[0], verdicts[1], [*results[0], *results[1]])
    files = tuple({record.file: record.sha256 for record in side.inputs} for side in (before, after))
    found = [
        difference
        for difference in (*unlike_results(results[0], results[1]), *unlike_verdict)
        if difference.unit in both_have and not _elsewhere(difference, *files)
    ]
    runs = before.run, after.run
    if shown.form == "json":
        document: dict[str, Any] = {"before": runs[0].run_id, "after": runs[1].run_id, "same": _same(before, after)}
        for key, side in zip(("only_before", "only_after"), alone, strict=True):
            document[key] = [{"unit": result.unit, "name": result.name, "township": result.township} for result in side]
        print_json(document | {"differences": _documents(found)})
        return 0
    headers = tuple(say("history.diff.before", lang, run=run.run_id) for run in runs)
    if shown.form == "csv":
        _write_differences(found, headers, _tier_names(texts, runs[1].as_of), lang)
        return 0
    same = {True: say("history.diff.same", lang), False: say("history.diff.other", lang)}
    labels = {
        "period": say("what.period", lang),
        "scheme": say("report.scheme", lang),
        "register": say("history.diff.register", lang),
        "targets": say("history.diff.targets", lang),
        "inputs": say("history.diff.inputs", lang),
        "version": "starcheck",
    }
    facts = tuple((labels[key], same[value]) for key, value in _same(before, after).items())
    unlike_units = len({difference.unit for difference in found})
    title = say("history.diff.title", lang, before=runs[0].run_id, after=runs[1].run_id, units=unlike_units)
    lines = [_alone(run, side, lang) for run, side in zip(runs, alone, strict=True) if side]
    if pruned:
        lines.append(say("history.replayed.tiers", lang))
    page = [Section(title, level=1, facts=facts, lines=tuple(lines))]
    tiers = [difference for difference in found if difference.what == "tier"]
    rest = [difference for difference in found if difference.what != "tier"]
    names = _tier_names(texts, runs[1].as_of)
    for key, some in (("history.diff.tiers", tiers), ("history.diff.rest", rest)):
        if some:
            page.append(_listed(say(key, lang), some, headers, names, told, shown))
    if not found:
        page.append(Section(say("history.diff.none", lang)))
    show_page(page, told, shown)
    return 0


def _has_vetoes(store: Store, run: Run, verdicts: Sequence[VerdictRow]) -> bool:
    """Whether a run has its verdicts on vetoes: one that is older than their record has none, which says nothing."""
    if with_vetoes(verdicts):
        return True
    scheme, _ = scheme_from_texts(store.scheme_texts(run.run_id))
    return scheme is not None and not scheme.on(run.as_of).vetoes


def _alone(run: Run, results: Sequence[UnitResult], lang: Lang) -> str:
    """How many units only one of two runs has, by township: it may have covered more of the county."""
    towns = Counter(result.township for result in results)
    named = say("list.comma", lang).join(f"{town} {count}" for town, count in towns.items())
    return say("history.diff.alone", lang, run=run.run_id, n=len(results), towns=named)


def _elsewhere(difference: Difference, before: Mapping[str, str | None], after: Mapping[str, str | None]) -> bool:
    """Whether a difference is only that a cell stands elsewhere in another file: it does in every month's workbook.

    ``before`` and ``after`` are the files of the runs by name. The same file under another name is the same file.
    """
    if not difference.what.endswith(" cells"):
        return False
    cells = [
        [_content_and_cell(cell, files) for cell in some or ()]
        for some, files in ((difference.before, before), (difference.after, after))
    ]
    common = set(before.values()) & set(after.values()) - {None}
    return cells[0] == cells[1] or not all(content in common for side in cells for content, _ in side)


def _content_and_cell(cell: str, files: Mapping[str, str | None]) -> tuple[str | None, str]:
    name = max((name for name in files if cell.startswith(f"{name}!")), key=len, default=None)
    return (None, cell) if name is None else (files[name], cell[len(name) :])


def _same(before: RunDetail, after: RunDetail) -> dict[str, bool]:
    one, other = before.run, after.run
    files = [sorted(record.sha256 or "" for record in side.inputs) for side in (before, after)]
    return {
        "period": (one.county, one.period, one.as_of) == (other.county, other.period, other.as_of),
        "scheme": (one.scheme_id, one.scheme_sha256) == (other.scheme_id, other.scheme_sha256),
        "register": one.register_sha256 == other.register_sha256,
        "targets": one.targets_sha256 == other.targets_sha256,
        "inputs": files[0] == files[1],
        "version": one.version == other.version,
    }


def _documents(differences: Sequence[Difference]) -> list[dict[str, Any]]:
    return [
        {
            "unit": difference.unit,
            "name": difference.name,
            "township": difference.township,
            "what": difference.what,
            "before": difference.before,
            "after": difference.after,
        }
        for difference in differences
    ]


_DIFFERENCES_SHOWN = 50
"""Differences in a list, unless all are asked for."""


def _listed(
    title: str,
    differences: Sequence[Difference],
    headers: Sequence[str],
    names: Mapping[int, str],
    told: Settings,
    shown: Shown,
) -> Section:
    lang = told.lang
    listed = differences if shown.everything else differences[:_DIFFERENCES_SHOWN]
    columns = [say("history.township", lang), say("history.diff.unit", lang), say("history.diff.what", lang), *headers]
    cut = say("history.diff.more", lang, shown=len(listed), n=len(differences))
    lines = (cut,) if len(listed) < len(differences) else ()
    return Section(title, table=table(columns, _rows(listed, names, lang)), lines=lines)


def _write_differences(
    differences: Sequence[Difference], headers: Sequence[str], names: Mapping[int, str], lang: Lang
) -> None:
    """Differences as CSV on stdout."""
    columns = [say("history.township", lang), *(say(f"history.diff.{key}", lang) for key in ("unit", "what"))]
    write_rows(sys.stdout.buffer, [*columns, *headers], _rows(differences, names, lang))


def _rows(differences: Sequence[Difference], names: Mapping[int, str], lang: Lang) -> list[list[str]]:
    return [
        [
            difference.township,
            difference.name,
            _what_words(difference.what, lang),
            *(_value_words(difference.what, value, names, lang) for value in (difference.before, difference.after)),
        ]
        for difference in differences
    ]


def _what_words(what: str, lang: Lang) -> str:
    """The words for what differs: that of a unit, a star, or of a criterion and its verdict."""
    head, _, part = what.rpartition(" ")
    if head:
        return f"{head} {say(f'differs.{part}', lang)}"
    return say(f"differs.{what}", lang) if what in _OF_A_UNIT else what


_OF_A_UNIT = frozenset({"reported", "tier", "reachable", "provisional", "score", "score_most"})


def _value_words(what: str, value: Any, names: Mapping[int, str], lang: Lang) -> str:
    part = what.rpartition(" ")[2]
    if value is None:
        return "—"
    if isinstance(value, bool):
        return say("yes" if value else "no", lang)
    if what in {"tier", "reachable"}:
        return names.get(value, str(value))
    if part in {"status", "reason"} and f"verdict.{value}" in MESSAGES:
        return say(f"verdict.{value}", lang)
    if part == "status" and f"veto.{value}" in MESSAGES:
        return say(f"veto.{value}", lang)
    if part == "reason" and f"reason.{value}" in MESSAGES:
        return say(f"reason.{value}", lang)
    if value in {"lit", "unlit", "unknown"}:
        return say(f"star.{value}", lang)
    if isinstance(value, tuple):
        return say("list.comma", lang).join(value)
    return str(number(value)) if isinstance(value, int | float) else str(value)


def _tier_names(texts: Sequence[tuple[str, str]], as_of: date) -> dict[int, str]:
    """The names of the tiers that a stored scheme has on the day of a run."""
    scheme, _ = scheme_from_texts(texts)
    return {} if scheme is None else {tier.number: tier.name for tier in scheme.tiering.ladder_on(as_of).tiers}


def export(run_id: str | None, out: Path | None, told: Settings, shown: Shown) -> int:
    """Every verdict of a run, or of all of them, on criteria and vetoes, one row each."""
    form = {".csv": "csv", ".xlsx": "xlsx", ".json": "json"}.get(out.suffix.lower()) if out is not None else shown.form
    if form is None:
        raise Stop(2, both("stop.export", out=out))
    lang = told.lang
    with open_store(told, create=False) as store:
        wanted = [_found(store, run_id).run] if run_id is not None else list(reversed(store.runs()))
        wanted = _asked_for(wanted, told.county, told.period)
        rows = exported(store, wanted, lang)
        if out is None and form == "json":
            print_json([dict(zip(EXPORTED, row, strict=True)) for row in rows])
        elif out is None:
            write_rows(sys.stdout.buffer, [say(f"export.{key}", lang) for key in EXPORTED], rows)
        else:
            content = io.BytesIO()
            if form == "json":
                documents = [dict(zip(EXPORTED, row, strict=True)) for row in rows]
                content.write(json_text(documents, ascii_only=False, indent=1).encode())
            elif form == "csv":
                write_rows(content, [say(f"export.{key}", lang) for key in EXPORTED], rows)
            else:
                headers = [say(f"export.{key}", lang) for key in EXPORTED]
                write_sheet(content, say("export.sheet", lang), headers, rows)
            write_bytes(out, content.getvalue(), make_folder=False)
            tell(shown, told, "written", out=out)
    return 0


EXPORTED = (
    *("run", "county", "period", "scheme", "state", "township", "unit", "name", "tier", "criterion", "status"),
    *("value", "measure", "requirement", "gap", "source", "cells", "reason", "effect"),
)
"""The columns of an export. A veto stands in the place of a criterion; it alone has an effect."""


def exported(store: Store, runs: Sequence[Run], lang: Lang) -> Iterator[list[Any]]:
    """The rows of an export; a unit without verdicts has one row, with its tier alone."""
    for run in runs:
        verdicts: dict[str, list[VerdictRow]] = {}
        for verdict in store.verdicts(run.run_id):
            verdicts.setdefault(verdict.unit, []).append(verdict)
        about = [run.run_id, run.county, run.period, f"{run.scheme_id} {run.scheme_version}", _state(run, lang) or None]
        for result in store.results(run.run_id):
            who = [*about, result.township, result.unit, result.name, result.tier]
            for verdict in verdicts.get(result.unit, ()):
                words = [verdict.criterion, verdict.status, _plain(verdict.value), verdict.measure, verdict.requirement]
                more = [verdict.source, "、".join(verdict.cells), verdict.reason, verdict.effect]
                yield [*who, *words, _plain(verdict.gap), *more]
            if result.unit not in verdicts:
                yield [*who, *[None] * (len(EXPORTED) - len(who))]


def _plain(value: float | bool | str | None) -> int | float | bool | str | None:
    return number(value) if isinstance(value, float) else value


def prune(before: str, told: Settings, shown: Shown, now: datetime, *, sure: bool) -> int:
    """Delete the verdicts of runs that count no more and come out again from what is stored of them."""
    if PERIOD.fullmatch(before) is None:
        raise Stop(2, both("stop.before", before=before))
    lang = told.lang
    with open_store(told, create=False) as store:
        found = prunable(store, before)
        if not sure:
            rows = [[run.run_id, run.county, run.period, _state(run, lang)] for run in found]
            headers = [say(f"history.{key}", lang) for key in ("run", "county", "period", "state")]
            title = say("history.prune.title", lang, n=len(rows))
            lines = (say("history.prune.dry", lang),) if rows else ()
            listed = table(headers, rows) if rows else None
            show_page([Section(title, level=1, table=listed, lines=lines)], told, shown)
            return 0
        done = delete_verdicts(store, found, now, lambda run: not replay(store, run).differences)
    tell(shown, told, "history.prune.done", n=len(done))
    if len(done) < len(found):
        tell(shown, told, "history.prune.kept", n=len(found) - len(done))
    return 0


def backup(path: Path, told: Settings, shown: Shown, *, force: bool) -> int:
    """Copy the store while it may be in use."""
    with open_store(told, create=False) as store:
        problem = store.backup(path, force=force)
    if problem is not None:
        raise Stop(4, (problem.message("zh"), problem.message("en")), (problem,))
    tell(shown, told, "written", out=path)
    return 0


def restore(path: Path, told: Settings, shown: Shown, *, force: bool) -> int:
    """Put a backup in the store's place."""
    try:
        problem = Store.restore(path, told.store_target, force=force, wait=told.store_wait)
    except StoreProblem as found:
        problem = found.diagnostic
    if problem is not None:
        raise Stop(4, (problem.message("zh"), problem.message("en")), (problem,))
    tell(shown, told, "written", out=told.store_target)
    return 0
