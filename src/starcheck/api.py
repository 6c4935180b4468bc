"""The public API's functions: load a scheme, read ledgers, assess, and take the result as pandas frames.

pandas is imported where a frame is asked for. Problems in data are in the result, never raised; what cannot go on at
all (an invalid scheme, no ledger, no period) raises ``ValueError`` with the reason.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from starcheck import scheme as schemes
from starcheck.column import Reason, Verdict, decimal15
from starcheck.diagnostic import Diagnostic
from starcheck.offer import versions
from starcheck.run import Outcome, rate
from starcheck.scheme import Scheme
from starcheck.scoring import Assessment
from starcheck.scoring import assess as assess_ledger
from starcheck.visible import visible
from starcheck.workspace import Settings, Stop

if TYPE_CHECKING:
    import pandas as pd

    from starcheck.ledger import Ledger

AnyPath = str | PathLike[str]

_STARS: Mapping[int, str] = {1: "lit", 0: "unlit", -1: "unknown"}


@dataclass(frozen=True, eq=False)
class Result:
    """Ledgers as read: the typed ledger, its period and day, and every diagnostic of reading."""

    ledger: Ledger
    scheme: Scheme
    county: str | None
    period: str
    as_of: date
    diagnostics: tuple[Diagnostic, ...]
    _outcome: Outcome


def load_scheme(source: AnyPath) -> Scheme:
    """A scheme by its 编号 (among those shipped) or its file.

    Raises ``ValueError`` that lists every problem, with file, line and column, if it is invalid or unknown.
    """
    path = Path(source)
    if not path.is_file():
        try:
            found = versions(str(source), Settings())
        except Stop as stop:
            raise ValueError(stop.text[1]) from None
        if len(found) > 1:
            raise ValueError(f"{source} has several versions: {', '.join(str(one.path) for one in found)}")
        return found[0].scheme
    scheme, problems = schemes.load_scheme(path)
    if scheme is None:
        raise ValueError("\n".join(visible(f"{found.where}: {found.code} {found.message('en')}") for found in problems))
    return scheme


def read_ledgers(
    files: AnyPath | Sequence[AnyPath],
    scheme: Scheme | AnyPath | None = None,
    *,
    register: AnyPath | None = None,
    county: str | None = None,
    period: str | None = None,
    as_of: date | None = None,
) -> Result:
    """Read workbooks, CSVs or folders into one typed ledger over the units of the register.

    What is not given is inferred as on the command line: the scheme by its columns, county and period by titles,
    sheet and file names. Raises ``ValueError`` where that is impossible.
    """
    paths = [Path(files)] if isinstance(files, str | PathLike) else [Path(file) for file in files]
    told = Settings(
        scheme=_scheme_name(scheme),
        register=None if register is None else Path(register),
        county=county,
        period=period,
        as_of=None if as_of is None else as_of.isoformat(),
        no_store=True,
    )
    try:
        outcome = rate(paths, told, given=scheme if isinstance(scheme, Scheme) else None)
    except Stop as stop:
        said = (f"{found.where}: {found.code} {found.message('en')}" for found in stop.diagnostics)
        details = "".join(f"\n{visible(text)}" for text in said)
        raise ValueError(f"{visible(stop.text[1])}{details}") from None
    return Result(
        outcome.ledger, outcome.scheme, outcome.county, outcome.period, outcome.as_of, outcome.diagnostics, outcome
    )


def _scheme_name(scheme: Scheme | AnyPath | None) -> str | None:
    if scheme is None:
        return None
    return scheme.id if isinstance(scheme, Scheme) else str(scheme)


def assess(result: Result, as_of: date | None = None) -> Assessment:
    """Rate a ledger by its scheme, on its day or another one."""
    if as_of is None or as_of == result.as_of:
        return result._outcome.assessment  # noqa: SLF001 - rated when it was read
    return assess_ledger(result.ledger, as_of)


def verdicts_frame(assessment: Assessment) -> pd.DataFrame:
    """One row per unit and criterion: status, value, unit, gap, reason. Unreported units have none.

    Columns: ``code name township county criterion status value measure gap reason``; ``value`` is object: a float, a
    bool, a str, None if unknown.
    """
    import pandas as pd  # noqa: PLC0415 - frames are asked for here

    units = assessment.units
    rows = np.flatnonzero(units.reported)
    places = rows.tolist()
    frames = []
    for place, criterion in enumerate(assessment.scheme.criteria):
        column = assessment.values(criterion.id).take(rows)
        frames.append(
            pd.DataFrame(
                {
                    "code": [units.code[row] for row in places],
                    "name": [units.name[row] for row in places],
                    "township": [units.township[row] for row in places],
                    "county": [units.county[row] for row in places],
                    "criterion": criterion.id,
                    "status": [Verdict(value).word for value in assessment.verdicts[rows, place].tolist()],
                    "value": pd.Series(_python_values(column), dtype=object),
                    "measure": criterion.unit,
                    "gap": [_tidy(gap) for gap in assessment.gap(place, rows).tolist()],
                    "reason": [Reason(reason).word for reason in assessment.reasons[rows, place].tolist()],
                }
            )
        )
    frame = pd.concat(frames, ignore_index=True)
    order = np.arange(len(frame)).reshape(len(frames), len(rows)).T.reshape(-1)
    return frame.iloc[order].reset_index(drop=True)


def _tidy(gap: float) -> float | None:
    return None if math.isnan(gap) else float(decimal15(gap))


def _python_values(column: object) -> list[object]:
    from starcheck.report.figures import plain_values  # noqa: PLC0415 - frames only

    return list(plain_values(column))  # type: ignore[arg-type]


def tiers_frame(assessment: Assessment) -> pd.DataFrame:
    """One row per unit: tier (nullable), tier_name, reachable, provisional, reported, and a column per star.

    A star column holds ``lit``, ``unlit`` or ``unknown``; None for a unit that did not report.
    """
    import pandas as pd  # noqa: PLC0415 - frames are asked for here

    units = assessment.units
    names = {tier.number: tier.name for tier in assessment.scheme.tiering.tiers}
    tiers = assessment.tiers.tolist()
    frame = pd.DataFrame(
        {
            "code": list(units.code),
            "name": list(units.name),
            "township": list(units.township),
            "county": list(units.county),
            "reported": units.reported,
            "tier": pd.array([tier if tier >= 0 else None for tier in tiers], dtype="Int8"),
            "tier_name": [names.get(tier) for tier in tiers],
            "reachable": pd.array(
                [tier if tier >= 0 else None for tier in assessment.reachable.tolist()], dtype="Int8"
            ),
            "provisional": assessment.provisional,
        }
    )
    for place, star in enumerate(assessment.scheme.stars):
        states = [_STARS[state] for state in assessment.stars[:, place].tolist()]
        frame[star.name] = [
            state if here else None for state, here in zip(states, units.reported.tolist(), strict=True)
        ]
    return frame


def shortfalls_frame(assessment: Assessment) -> pd.DataFrame:
    """One row per unit and unmet criterion: the verdicts that are 未达标, with star, owner and remedy."""
    frame = verdicts_frame(assessment)
    frame = frame[frame["status"] == "unmet"].drop(columns=["status", "reason"]).reset_index(drop=True)
    scheme = assessment.scheme
    by_id = {criterion.id: criterion for criterion in scheme.criteria}
    frame["star"] = [scheme.star_of[key].name for key in frame["criterion"]]
    frame["owner"] = [by_id[key].owner for key in frame["criterion"]]
    frame["remedy"] = [by_id[key].remedy for key in frame["criterion"]]
    return frame


def diagnostics_frame(result: Result | Assessment) -> pd.DataFrame:
    """One row per problem in the files: code, severity, file, sheet, cell, unit, field, message, found, hint."""
    import pandas as pd  # noqa: PLC0415 - frames are asked for here

    found = [*result.diagnostics, *(result._outcome.assessment.diagnostics if isinstance(result, Result) else ())]  # noqa: SLF001
    columns = ["code", "severity", "file", "sheet", "cell", "unit", "field", "message", "found", "hint"]
    rows = [
        (
            problem.code,
            problem.level.value,
            problem.where.file,
            problem.where.sheet,
            problem.where.cell,
            problem.unit,
            problem.field,
            problem.message("zh"),
            problem.found,
            problem.hint("zh"),
        )
        for problem in found
    ]
    return pd.DataFrame(rows, columns=columns)


__all__ = [
    "Result",
    "assess",
    "diagnostics_frame",
    "load_scheme",
    "read_ledgers",
    "shortfalls_frame",
    "tiers_frame",
    "verdicts_frame",
]
