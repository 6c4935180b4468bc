"""What ``starcheck history`` does with the record: list, show, compare, verify, recompute, make final, copy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from starcheck.commands import Shown, open_store, print_json, show_page, tell
from starcheck.database import StoreProblem
from starcheck.diagnostic import Lang, pick
from starcheck.history import Store, UnitResult
from starcheck.messages import say
from starcheck.report.figures import share
from starcheck.report.sections import Section, percent_words, table
from starcheck.scheme import scheme_from_texts
from starcheck.workspace import Settings, Stop


def list_runs(told: Settings, shown: Shown) -> int:
    """Every run, newest last."""
    with open_store(told, create=False) as store:
        runs = store.runs()
    if shown.form == "json":
        document = [
            {
                "run": run.run_id,
                "county": run.county,
                "period": run.period,
                "scheme": run.scheme_id,
                "version": run.scheme_version,
                "recorded_at": run.recorded_at.isoformat(),
                "undone_at": run.undone_at.isoformat() if run.undone_at else None,
            }
            for run in runs
        ]
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
            say("history.undone", lang) if run.undone_at else "",
        ]
        for run in runs
    ]
    show_page(
        [Section(level=1, title=say("history.title", lang, n=len(rows)), table=table(headers, rows))], told, shown
    )
    return 0


def show(run_id: str, told: Settings, shown: Shown) -> int:
    """One run: what it read, which parts it made, and its tiers."""
    lang = told.lang
    with open_store(told, create=False) as store:
        detail, problems = store.run(run_id)
        if detail is None:
            raise Stop(2, (problems[0].message("zh"), problems[0].message("en")), problems)
        results = store.results(detail.run.run_id)
        scheme_texts = store.scheme_texts(detail.run.run_id)
    run = detail.run
    facts = [
        (say("what.county", lang), run.county),
        (say("what.period", lang), run.period),
        (say("report.scheme", lang), f"{run.scheme_id} {run.scheme_version}  sha256 {run.scheme_sha256}"),
        (say("history.recorded", lang), run.recorded_at.isoformat(sep=" ", timespec="seconds")),
        ("starcheck", run.version),
    ]
    if run.undone_at is not None:
        facts.append(
            (
                say("history.undone", lang),
                f"{run.undone_at.isoformat(sep=' ', timespec='minutes')} {run.undone_reason or ''}",
            )
        )
    inputs = table(
        [say("report.files", lang), "sha256", say("history.state", lang)],
        [[record.file, record.sha256 or "", record.status] for record in detail.inputs],
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
    show_page(
        [
            Section(level=1, title=run.run_id, facts=tuple(facts)),
            _run_tiers(results, scheme_texts, lang),
            Section(level=2, title=say("report.files", lang), table=inputs),
            Section(level=2, title=say("history.parts", lang), table=parts),
        ],
        told,
        shown,
    )
    return 0


def _run_tiers(results: Sequence[UnitResult], scheme_texts: Sequence[tuple[str, str]], lang: Lang) -> Section:
    """How many units of a run are in each tier, by the names that its own scheme gives them."""
    scheme, _ = scheme_from_texts(scheme_texts)
    names = {} if scheme is None else {tier.number: tier.name for tier in scheme.tiering.tiers}
    counts = Counter(result.tier for result in results if result.tier is not None)
    without = Counter(result.reported for result in results if result.tier is None)
    named = [(names.get(tier, str(tier)), counts[tier]) for tier in sorted({*names, *counts}, reverse=True)]
    named += [(say("excluded", lang), without[True]), (say("unreported", lang), without[False])]
    named.append((say("total", lang), len(results)))
    called = say("tiers.called", lang) if scheme is None else pick(scheme.tiering.word, lang)
    headers = [say(f"tiers.{key}", lang, called=called) for key in ("tier", "units", "percent")]
    rows = [(name, str(units), percent_words(share(units, len(results)))) for name, units in named]
    title = say("tiers.title", lang, called=called.capitalize())
    return Section(title, table=table(headers, rows, numbers=(1, 2), strong=1))


def undo(run_id: str, reason: str | None, told: Settings, shown: Shown, now: datetime) -> int:
    """Take a mistaken run back."""
    with open_store(told, create=False) as store:
        run, problems = store.undo(run_id, now, reason)
    if run is None:
        raise Stop(2, (problems[0].message("zh"), problems[0].message("en")), problems)
    tell(shown, told, "history.undo_done", run=run.run_id)
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
        problem = Store.restore(path, told.store_target, force=force)
    except StoreProblem as found:
        problem = found.diagnostic
    if problem is not None:
        raise Stop(4, (problem.message("zh"), problem.message("en")), (problem,))
    tell(shown, told, "written", out=told.store_target)
    return 0
