"""The JSON document of a run: DESIGN §8, ``"format": 1``. Keys keep their order; people's scripts depend on them.

Units are written one at a time, so a nation needs no more memory than a county.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import IO, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from starcheck.column import Column, Kind, Reason, Verdict
from starcheck.diagnostic import Diagnostic, Lang, Severity
from starcheck.report.figures import Plain, number, plain_values
from starcheck.report.model import FinalShown, GroupTable, InputFile, PlaceRow, Report, effect_words
from starcheck.report.points import Loss, climbs, steps
from starcheck.scoring import Assessment
from starcheck.visible import escaped_in_json

FORMAT = 1

AGAINST = ("file", "state", "id", "sheet", "cell", "unit", "item", "before", "now", "message")
"""The keys of a line of ``against``, in the order of the table."""
_CHUNK = 4096
_STARS = {1: "lit", 0: "unlit", -1: "unknown"}
VETO_WORDS = {1: "triggered", 0: "clear", -1: "unknown"}
_VERDICTS = {int(verdict): verdict.word for verdict in Verdict}
_REASONS = {int(reason): reason.word for reason in Reason}


def document(report: Report, assessment: Assessment, lang: Lang = "zh") -> dict[str, Any]:
    """The whole document as one value. Messages of diagnostics are in ``lang``."""
    parts = head(report)
    parts["units"] = list(units(assessment, several=bool(report.county_rows), township=report.township))
    return parts | tail(report, lang)


def write_document(
    report: Report,
    assessment: Assessment,
    stream: IO[str],
    lang: Lang = "zh",
    *,
    ascii_only: bool = False,
) -> None:
    """The document as text, a line per unit. ``ascii_only`` escapes what a stream that is not UTF-8 cannot hold."""

    def text(value: Any) -> str:
        return json_text(value, ascii_only=ascii_only)

    def member(key: str, value: Any) -> str:
        if isinstance(value, list) and value and isinstance(value[0], dict):
            return f"{text(key)}: [\n" + ",\n".join(f" {text(item)}" for item in value) + "\n]"
        return f"{text(key)}: {text(value)}"

    stream.write("{")
    stream.write(",\n".join(member(key, value) for key, value in head(report).items()))
    stream.write(',\n"units": [')
    between = "\n "
    for unit in units(assessment, several=bool(report.county_rows), township=report.township):
        stream.write(between + text(unit))
        between = ",\n "
    stream.write("\n],\n")
    stream.write(",\n".join(member(key, value) for key, value in tail(report, lang).items()))
    stream.write("}\n")


def json_text(value: Any, *, ascii_only: bool, indent: int | None = None) -> str:
    """A value as JSON; what is unseen or would steer a terminal is escaped, and read back as it was."""
    text = json.dumps(value, ensure_ascii=ascii_only, allow_nan=False, indent=indent)
    return text if ascii_only else escaped_in_json(text)


def head(report: Report) -> dict[str, Any]:
    """What stands before the units."""
    counties = {"counties": [row.name for row in report.county_rows]} if report.county_rows else {}
    scheme = report.scheme
    return {
        "format": FORMAT,
        "command": report.command,
        "version": report.version,
        "county": report.county,
        **counties,
        "period": report.period,
        "as_of": report.as_of.isoformat(),
        **_final(report.final),
        "scheme": {"id": scheme.id, "version": scheme.version, "sha256": scheme.sha256, "nature": scheme.nature},
        "inputs": list(map(_input_document, report.inputs)),
    }


def _input_document(file: InputFile) -> dict[str, Any]:
    return {
        "file": file.file,
        "sha256": file.sha256,
        "sheets": [{"name": sheet.name, "rows": sheet.rows, "header": sheet.header} for sheet in file.sheets],
        "status": file.status,
        **({"passed_over": list(file.passed_over)} if file.passed_over else {}),
    }


def _final(final: FinalShown | None) -> dict[str, Any]:
    """When a month was made final, only of one that was."""
    if final is None:
        return {}
    corrections = [{"at": at, "reason": reason} for at, reason in final.corrections]
    return {"final": {"run": final.run, "at": final.at, "despite": final.despite, "corrections": corrections}}


def tail(report: Report, lang: Lang) -> dict[str, Any]:
    """What stands after the units."""
    area = report.whole
    several = bool(report.county_rows)
    return {
        "tiers": [
            {"tier": row.tier, "name": row.name, "units": row.units, "percent": _decimal(row.percent)}
            for row in area.tiers.rows
        ],
        "stars": {star.name: star.lit for star in area.stars},
        "townships": [_township(row, several=several) for row in area.townships],
        "shortfalls": [
            {
                "criterion": row.criterion,
                **({} if row.item is None else {"item": row.item}),
                "name": row.name,
                "owner": row.owner,
                "unmet": row.unmet,
                "unknown": row.unknown,
            }
            for row in area.shortfalls
        ],
        **({} if area.points is None else {"points": [_loss(loss) for loss in area.points.losses]}),
        **({"groups": [_group_document(groups, several=several) for groups in area.groups]} if area.groups else {}),
        "diagnostics": [diagnostic_document(diagnostic, lang) for diagnostic in report.diagnostics],
        "summary": {
            "units": area.tiers.total,
            "errors": report.count(Severity.ERROR),
            "warnings": report.count(Severity.WARNING),
            "missing_units": [name for row in area.unreported for name in row.names],
        },
    } | ({} if report.against is None else {"against": [dict(line) for line in report.against]})


def diagnostic_document(diagnostic: Diagnostic, lang: Lang = "zh") -> dict[str, Any]:
    """One diagnostic as the contract has it."""
    where = diagnostic.where
    return {
        "code": diagnostic.code,
        "severity": str(diagnostic.level),
        "file": where.file,
        "sheet": where.sheet,
        "cell": where.cell,
        "line": where.line,
        "unit": diagnostic.unit,
        "field": diagnostic.field,
        "message": diagnostic.message(lang),
        "found": diagnostic.found,
        "expected": diagnostic.expectation(lang),
        "hint": diagnostic.hint(lang) if diagnostic.accepted is None else diagnostic.accepted,
    }


def refused_document(
    command: str,
    version: str,
    inputs: Sequence[InputFile],
    diagnostics: Sequence[Diagnostic],
    lang: Lang = "zh",
    *,
    county: str | None = None,
    period: str | None = None,
) -> dict[str, Any]:
    """The document of a run that found nothing to rate: what was handed over, and what is wrong with it.

    County and period are None where it did not get so far.
    """
    counts = {level: sum(found.level is level for found in diagnostics) for level in Severity}
    return {
        "format": FORMAT,
        "command": command,
        "version": version,
        "county": county,
        "period": period,
        "as_of": None,
        "scheme": None,
        "inputs": list(map(_input_document, inputs)),
        "units": [],
        "tiers": [],
        "stars": {},
        "townships": [],
        "shortfalls": [],
        "diagnostics": [diagnostic_document(found, lang) for found in diagnostics],
        "summary": {
            "units": 0,
            "errors": counts[Severity.ERROR],
            "warnings": counts[Severity.WARNING],
            "missing_units": [],
        },
    }


def _township(row: PlaceRow, *, several: bool) -> dict[str, Any]:
    county = {"county": row.county} if several else {}
    tiers = {str(tier): count for tier, count in row.tiers.items()}
    best, worst = (None, None) if row.standing is None else (row.standing.best, row.standing.worst)
    places = {"rank": best if best == worst else None, "rank_best": best, "rank_worst": worst}
    return {**county, "name": row.name, "units": row.units, "tiers": tiers, **places}


def _decimal(value: Decimal | None) -> int | float | None:
    return None if value is None else number(float(value))


def units(assessment: Assessment, *, several: bool, township: str | None = None) -> Iterator[dict[str, Any]]:
    """Every unit with its verdicts, in the register's order; of one township if asked."""
    size = len(assessment.units.name)
    rows = np.arange(size)
    if township is not None:
        rows = np.flatnonzero([name == township for name in assessment.units.township])
    ladder = climbs(assessment.scheme)
    for start in range(0, len(rows), _CHUNK):
        yield from _Chunk(assessment, rows[start : start + _CHUNK], several=several, ladder=ladder).units()


def _group_document(table: GroupTable, *, several: bool) -> dict[str, Any]:
    """One kind of groups; a value is null where its two ends differ."""
    return {
        "name": table.name,
        "by": table.by,
        "outside": table.outside,
        "unplaced": table.unplaced,
        "groups": [
            {
                **({"county": row.county} if several else {}),
                "name": row.name,
                "units": row.units,
                "reported": row.reported,
                "status": row.verdict.word,
                "verdicts": {
                    cell.criterion: {
                        "status": cell.verdict.word,
                        "value": _plain_number(cell.low if cell.low == cell.high else None),
                        "low": _plain_number(cell.low),
                        "high": _plain_number(cell.high),
                        "unit": cell.unit,
                        "requirement": cell.requirement[0] or None,
                        "gap": _plain_number(cell.gap),
                        "source": cell.source,
                    }
                    for cell in row.cells
                },
            }
            for row in table.rows
        ],
    }


def _loss(loss: Loss) -> dict[str, Any]:
    """What all units together have certainly not earned on a criterion."""
    full = number(float(loss.full))
    return {"criterion": loss.criterion.id, "full": full, "units": loss.units, "lost": number(loss.points)}


def _plain_number(value: float | None) -> int | float | None:
    return None if value is None else number(value)


def star_words(names: Sequence[str], states: Sequence[int]) -> dict[str, str]:
    """The stars of a unit, each with the word for its state."""
    return dict(zip(names, (_STARS[state] for state in states), strict=True))


class CriterionColumns(NamedTuple):
    """What is told of a criterion: for all units, and for some by their position."""

    key: str
    unit: str | None
    """The unit of measurement of its values and gaps."""
    requirement: str | None
    source: str | None
    values: Sequence[Plain]
    verdicts: Sequence[str]
    reasons: Sequence[str | None]
    gaps: Sequence[Any]
    """Numbers or None."""


def criterion_columns(assessment: Assessment, rows: NDArray[np.intp]) -> Iterator[CriterionColumns]:
    """Every criterion's columns for the units at ``rows``, as the document and the store tell them."""
    for place, criterion in enumerate(assessment.scheme.criteria):
        requirement = criterion.in_force(assessment.as_of)
        source = None if requirement is None else requirement.source
        yield CriterionColumns(
            criterion.id,
            criterion.unit,
            None if requirement is None else requirement.words(None, "zh"),
            None if source is None else str(source),
            plain_values(assessment.values(criterion.id).take(rows)),
            [_VERDICTS[verdict] for verdict in assessment.verdicts[rows, place].tolist()],
            [_REASONS[reason] for reason in assessment.reasons[rows, place].tolist()],
            plain_values(_number_column(assessment.gap(place, rows))),
        )


class _Chunk:
    """Some units, with every column turned into Python values at once."""

    def __init__(self, assessment: Assessment, rows: NDArray[np.intp], *, several: bool, ladder: bool) -> None:
        self.assessment = assessment
        self.ledger = assessment.ledger
        self.rows = rows
        self.several = several
        scheme = assessment.scheme
        self.criteria = list(criterion_columns(assessment, rows))
        self.tier_names = {tier.number: tier.name for tier in scheme.tiering.tiers}
        self.ladder = ladder
        self.placed = bool(scheme.tiering.quotas)
        self.effects = {veto.id: effect_words(veto.effect)[0] for veto in scheme.vetoes}

    def units(self) -> Iterator[dict[str, Any]]:
        """The units in order."""
        assessment, units = self.assessment, self.assessment.units
        rows = self.rows
        stars = assessment.stars[rows].tolist()
        vetoes = assessment.vetoes[rows].tolist()
        tiers = assessment.tiers[rows].tolist()
        reachable = assessment.reachable[rows].tolist()
        provisional = assessment.provisional[rows].tolist()
        reported = units.reported[rows].tolist()
        capped_tier = assessment.capped_tier[rows].tolist()
        capped_reachable = assessment.capped_reachable[rows].tolist()
        scores = None if assessment.scores is None else assessment.scores[rows].tolist()
        star_names = [star.name for star in assessment.scheme.stars]
        above, short = steps(assessment, rows) if self.ladder else (np.empty(0), np.empty(0))
        for position, row in enumerate(rows.tolist()):
            tier = tiers[position] if tiers[position] >= 0 else None
            here = reported[position]
            score = None if scores is None or not here else _score(scores[position][0])
            yield {
                "code": units.code[row],
                "name": units.name[row],
                "township": units.township[row],
                **({"county": units.county[row]} if self.several else {}),
                "kind": units.kind[row],
                "tier": tier,
                "tier_name": None if tier is None else self.tier_names.get(tier),
                "reported": here,
                "reachable": reachable[position] if reachable[position] >= 0 else None,
                "score": score,
                **(self._climb(row, above[position], short[position], star_names) if self.ladder and here else {}),
                **({"assured": self._assured(row)} if self.placed and here else {}),
                "provisional": provisional[position] if here else True,
                "stars": dict(zip(star_names, (_STARS[star] for star in stars[position]), strict=True)) if here else {},
                "verdicts": self._verdicts(position, row) if here else {},
                "vetoes": self._vetoes(row, vetoes[position]) if here else [],
                "caps": self._caps(capped_tier[position], capped_reachable[position]) if here else [],
            }

    def _assured(self, row: int) -> int | None:
        """The tier that no quota can take from a unit, whatever the unknown of others comes to."""
        tier = int(self.assessment.assured[row])
        return tier if tier >= 0 else None

    def _climb(self, row: int, above: np.int64, short: np.float64, star_names: Sequence[str]) -> dict[str, Any]:
        """The points of each star, and how many are wanted for the tier above."""
        scores = self.assessment.star_scores
        stars = [None for _ in star_names] if scores is None else map(_score, scores[row, :, 0].tolist())
        return {
            "star_scores": dict(zip(star_names, stars, strict=True)),
            "tier_above": int(above) if above >= 0 else None,
            "points_short": _score(float(short)),
        }

    def _verdicts(self, position: int, row: int) -> dict[str, Any]:
        cells = self.ledger.addresses
        return {
            key: {
                "status": verdicts[position],
                "value": values[position],
                "unit": unit,
                "requirement": requirement,
                "gap": gaps[position],
                "source": source,
                "cells": cells(row, key),
                "reason": reasons[position],
            }
            for key, unit, requirement, source, values, verdicts, reasons, gaps in self.criteria
        }

    def _vetoes(self, row: int, states: Sequence[int]) -> list[dict[str, Any]]:
        return [
            {
                "id": veto.id,
                "status": VETO_WORDS[state],
                "effect": self.effects[veto.id],
                "cells": self.ledger.addresses(row, veto.id),
            }
            for veto, state in zip(self.assessment.scheme.vetoes, states, strict=True)
        ]

    def _caps(self, tier: Sequence[bool], reachable: Sequence[bool]) -> list[dict[str, Any]]:
        return [
            {
                "star": cap.star,
                "max": cap.tier,
                "applied_to": [name for name, on in (("tier", on_tier), ("reachable", on_reachable)) if on],
            }
            for cap, on_tier, on_reachable in zip(self.assessment.scheme.tiering.caps, tier, reachable, strict=True)
            if on_tier or on_reachable
        ]


def _score(value: float) -> int | float | None:
    return None if np.isnan(value) else number(value)


def _number_column(values: np.ndarray[Any, np.dtype[np.float64]]) -> Column:
    """Bare floats as a column, unknown where nan."""
    return Column(Kind.NUMBER, values, np.where(np.isnan(values), np.int8(Reason.BLANK), np.int8(Reason.KNOWN)))


def _object(properties: Mapping[str, Any], *, optional: Sequence[str] = ()) -> dict[str, Any]:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": dict(properties), "required": required, "additionalProperties": False}


def _list(items: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": dict(items)}


def _map(values: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": dict(values)}


def result_json_schema() -> dict[str, Any]:
    """The JSON Schema of the document, for those who read it by program."""
    text, count, flag = {"type": "string"}, {"type": "integer", "minimum": 0}, {"type": "boolean"}
    amount = {"type": "number", "minimum": 0}
    maybe_text, maybe_number = {"type": ["string", "null"]}, {"type": ["number", "null"]}
    tier = {"type": ["integer", "null"], "minimum": 0}
    reasons = [reason.word for reason in Reason]
    verdict = _object(
        {
            "status": {"enum": list(_VERDICTS.values())},
            "value": {"type": ["number", "string", "boolean", "null"]},
            "unit": maybe_text,
            "requirement": maybe_text,
            "gap": maybe_number,
            "source": maybe_text,
            "cells": _list(text),
            "reason": {"enum": reasons},
        }
    )
    veto = _object({"id": text, "status": {"enum": list(VETO_WORDS.values())}, "effect": text, "cells": _list(text)})
    cap = _object({"star": text, "max": count, "applied_to": _list({"enum": ["tier", "reachable"]})})
    unit = _object(
        {
            "code": maybe_text,
            "name": text,
            "township": text,
            "county": text,
            "kind": text,
            "tier": tier,
            "tier_name": maybe_text,
            "reported": flag,
            "reachable": tier,
            "score": maybe_number,
            "star_scores": _map(maybe_number),
            "tier_above": tier,
            "points_short": maybe_number,
            "assured": tier,
            "provisional": flag,
            "stars": _map({"enum": list(_STARS.values())}),
            "verdicts": _map(verdict),
            "vetoes": _list(veto),
            "caps": _list(cap),
        },
        optional=["county", "star_scores", "tier_above", "points_short", "assured"],
    )
    diagnostic = _object(
        {
            "code": {"type": "string", "pattern": "^[FTVRJKHB][1-8][0-9]{2}$"},
            "severity": {"enum": [str(level) for level in Severity]},
            "file": maybe_text,
            "sheet": maybe_text,
            "cell": maybe_text,
            "line": {"type": ["integer", "null"], "minimum": 1},
            "unit": maybe_text,
            "field": maybe_text,
            "message": text,
            "found": maybe_text,
            "expected": maybe_text,
            "hint": text,
        }
    )
    group = _object(
        {
            "county": text,
            "name": text,
            "units": count,
            "reported": count,
            "status": {"enum": list(_VERDICTS.values())},
            "verdicts": _map(
                _object(
                    {
                        "status": {"enum": list(_VERDICTS.values())},
                        "value": maybe_number,
                        "low": maybe_number,
                        "high": maybe_number,
                        "unit": maybe_text,
                        "requirement": maybe_text,
                        "gap": maybe_number,
                        "source": maybe_text,
                    }
                )
            ),
        },
        optional=["county"],
    )
    sheet = _object({"name": maybe_text, "rows": count, "header": text})
    schema = _object(
        {
            "format": {"const": FORMAT},
            "command": text,
            "version": text,
            "county": maybe_text,
            "counties": _list(text),
            "period": maybe_text,
            "as_of": {"type": ["string", "null"], "format": "date"},
            "final": _object(
                {
                    "run": text,
                    "at": text,
                    "despite": maybe_text,
                    "corrections": _list(_object({"at": text, "reason": text})),
                }
            ),
            "scheme": {
                "anyOf": [_object({"id": text, "version": text, "sha256": text, "nature": text}), {"type": "null"}]
            },
            "inputs": _list(
                _object(
                    {
                        "file": text,
                        "sha256": maybe_text,
                        "sheets": _list(sheet),
                        "status": text,
                        "passed_over": _list(text),
                    },
                    optional=["passed_over"],
                )
            ),
            "units": _list(unit),
            "tiers": _list(_object({"tier": count, "name": text, "units": count, "percent": maybe_number})),
            "stars": _map(count),
            "townships": _list(
                _object(
                    {
                        "county": maybe_text,
                        "name": text,
                        "units": count,
                        "tiers": _map(count),
                        "rank": tier,
                        "rank_best": tier,
                        "rank_worst": tier,
                    },
                    optional=["county"],
                )
            ),
            "shortfalls": _list(
                _object(
                    {
                        "criterion": text,
                        "item": text,
                        "name": text,
                        "owner": maybe_text,
                        "unmet": count,
                        "unknown": count,
                    },
                    optional=["item"],
                )
            ),
            "points": _list(_object({"criterion": text, "full": amount, "units": count, "lost": amount})),
            "groups": _list(
                _object({"name": text, "by": text, "outside": count, "unplaced": count, "groups": _list(group)})
            ),
            "diagnostics": _list(diagnostic),
            "summary": _object({"units": count, "errors": count, "warnings": count, "missing_units": _list(text)}),
            "against": _list(_object(dict.fromkeys(AGAINST, text))),
        },
        optional=["counties", "final", "against", "points", "groups"],
    )
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "starcheck result, format 1", **schema}
