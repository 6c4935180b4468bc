"""What ``starcheck criteria`` does with a standard besides lint and show: test it by its cases."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path

from starcheck.cases import Checked, cases_beside, check_cases
from starcheck.commands import Shown, source_lines
from starcheck.diagnostic import Severity, worst
from starcheck.messages import both, say
from starcheck.scheme import Scheme, load_scheme
from starcheck.workspace import Settings, Stop, scheme_paths


def test(
    which: str | None, told: Settings, shown: Shown, version: str, *, cases: Path | None, coverage: str | None
) -> int:
    """Every scheme, or ``which``, held against its cases; 1 where one does not hold or too little is covered."""
    shown.check()
    least = _share(coverage)
    chosen = _chosen(which, told)
    results: list[tuple[Scheme, Path, Path, Checked]] = []
    for path, scheme in chosen:
        file = cases or cases_beside(path)
        if file.is_file():
            results.append((scheme, path, file, check_cases(_text(file), str(file), scheme, least=least)))
        elif which is not None or cases is not None:
            raise Stop(2, both("stop.no_cases", scheme=scheme.id, file=file))
    if shown.form == "json":
        _print_json(results, told, version)
    else:
        _print(results, told, shown)
        tested = {scheme.id for scheme, *_ in results}
        for path, scheme in chosen:
            if scheme.id not in tested and not shown.quiet:
                _say(say("cases.none", told.lang, scheme=scheme.id, file=cases_beside(path)))
    severity = worst([problem for *_, checked in results for problem in checked.diagnostics])
    fail_on = told.fail_on or "error"
    if severity is None or fail_on == "never":
        return 0
    return 1 if severity.rank >= Severity(fail_on).rank else 0


def _share(coverage: str | None) -> Decimal | None:
    if coverage is None:
        return None
    try:
        share = Decimal(coverage.rstrip("%％"))
    except InvalidOperation:
        share = Decimal(-1)
    if not 0 <= share <= 100:  # noqa: PLR2004 - percent
        raise Stop(2, both("stop.coverage", coverage=coverage))
    return share


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as problem:
        raise Stop(2, both("stop.criteria", file=file)) from problem


def _chosen(which: str | None, told: Settings) -> list[tuple[Path, Scheme]]:
    """The schemes to look at, each under the path that its diagnostics name."""
    named = which is not None and Path(which).is_file()
    paths = [Path(which)] if which is not None and named else scheme_paths(told)
    found: list[tuple[Path, Scheme]] = []
    for path in paths:
        scheme, problems = load_scheme(path, shown=str(path))
        if scheme is None:
            raise Stop(2, both("stop.criteria", file=path), problems)
        if named or which is None or scheme.id == which:
            found.append((path, scheme))
    if not found:
        raise Stop(2, both("stop.scheme_unknown", scheme=which or "", known="—"))
    return found


def _print(results: Sequence[tuple[Scheme, Path, Path, Checked]], told: Settings, shown: Shown) -> None:
    from starcheck.report.console import make_console  # noqa: PLC0415 - heavy

    console = make_console(color=shown.color)
    for scheme, path, file, checked in results:
        for problem in checked.diagnostics:
            if shown.quiet and problem.level is not Severity.ERROR:
                continue
            for line in source_lines(problem, file if problem.where.file == str(file) else path, told.lang):
                console.print(line, soft_wrap=True, markup=False, highlight=False)
        console.print(say("cases.summary", told.lang, scheme=scheme.id, **_counts(checked)), highlight=False)


def _counts(checked: Checked) -> dict[str, object]:
    return {
        "cases": checked.cases,
        "passed": checked.passed,
        "covered": checked.covered,
        "sides": len(checked.sides),
        "share": checked.share,
    }


def _print_json(results: Sequence[tuple[Scheme, Path, Path, Checked]], told: Settings, version: str) -> None:
    from starcheck.report.as_json import diagnostic_document  # noqa: PLC0415 - heavy

    document = {
        "format": 1,
        "command": "criteria test",
        "version": version,
        "schemes": [
            {
                "id": scheme.id,
                "file": str(file),
                **{
                    key: float(value) if isinstance(value, Decimal) else value
                    for key, value in _counts(checked).items()
                },
                "missing": [{"key": side.key, "what": side.what[0]} for side in checked.sides if not side.shown],
                "diagnostics": [diagnostic_document(problem, told.lang) for problem in checked.diagnostics],
            }
            for scheme, _, file, checked in results
        ],
    }
    print(json.dumps(document, ensure_ascii=False, indent=2))  # noqa: T201 - stdout is the result


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
