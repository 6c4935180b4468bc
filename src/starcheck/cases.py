"""Cases (判例) of a scheme: small ledgers as an officer writes them, and what each must come to.

A file of cases lies beside its scheme in ``cases/`` and names a 底稿, the unit that has everything; a case says what is
different and what follows. Each is rated by the pipeline that rates a county. What differs, and which sides of the
scheme no case stands on, are diagnostics at the line of the file.
"""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np

from starcheck.case_coverage import Coverage, Side
from starcheck.case_files import Case, Grid, plain, read_cases, wrong
from starcheck.column import Verdict
from starcheck.diagnostic import Diagnostic, Severity, Text
from starcheck.grouping import GroupResult
from starcheck.messages import say
from starcheck.run import Outcome, rate
from starcheck.scheme import Scheme, scheme_from_texts
from starcheck.scheme_source import Node
from starcheck.scoring import LIT, OPEN, Assessment
from starcheck.workspace import Settings, Stop

FOLDER = "cases"
"""Where the cases of a scheme lie, beside its file and by the same name."""
_LEDGER, _REGISTER = "ledger.csv", "register.csv"


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of a file of cases: how many, how many as expected, the sides of the scheme, and every problem."""

    cases: int
    passed: int
    sides: tuple[Side, ...]
    diagnostics: tuple[Diagnostic, ...]
    inherits: bool = False
    """Whether the sides are only those in which the scheme differs from the one it inherits from."""
    pending: int = 0
    """Of the sides not covered those on which a case may stand that did not come out, or was not understood."""

    @property
    def covered(self) -> int:
        """Sides of the scheme that a case stands on."""
        return sum(side.shown for side in self.sides)

    @property
    def share(self) -> Decimal:
        """``covered`` in percent of all sides, cut to one decimal: 100 only if nothing is missing."""
        whole = len(self.sides)
        return Decimal(1000 * self.covered // whole) / 10 if whole else Decimal(100)


def cases_beside(scheme: Path) -> Path:
    """Where the cases of a scheme file are looked for."""
    return scheme.parent / FOLDER / scheme.name


def check_cases(
    text: str, file: str, scheme: Scheme, *, least: Decimal | None = None, folder: Path | None = None
) -> Checked:
    """Rate every case of a file's ``text`` by ``scheme`` and hold it against what is expected.

    ``folder`` is where the files named under 继承 lie; without it none can be named. ``least`` is the share of sides,
    in percent, that must be covered; None takes what the file says under 覆盖率, else nothing is asked for. A missing
    side is a warning where that share is reached, and an error where it is not. A case that
    is wrong covers nothing; the sides on which it stands are only counted, as nobody knows before it is mended.
    """
    read, problems = read_cases(text, file, scheme, folder)
    if read is None:
        return Checked(0, 0, (), problems)
    found = list(problems)
    parent = scheme_from_texts(scheme.texts[1:])[0] if len(scheme.texts) > 1 else None
    holding, failing = Coverage(scheme, parent), Coverage(scheme, parent)
    passed = 0
    for case in read.cases:
        said = list(_check_case(case, scheme, file, holding, failing))
        passed += not said
        found += said
    understood = not problems and all(problem.code != "K661" for problem in found)
    sides = tuple(holding.sides())
    pending = [
        not side.shown and (other.shown or not understood) for side, other in zip(sides, failing.sides(), strict=True)
    ]
    checked = Checked(len(read.cases), passed, sides, (), inherits=parent is not None, pending=sum(pending))
    asked = least if least is not None else read.least
    short = asked is not None and checked.share < asked
    level = Severity.ERROR if short else Severity.WARNING
    found += [
        Diagnostic("K663", side.where, field=side.key, arguments={"key": side.key, "what": side.what}, severity=level)
        for side, open_still in zip(sides, pending, strict=True)
        if not side.shown and not open_still
    ]
    return replace(checked, diagnostics=tuple(found))


# --- what is expected and what came -----------------------------------------------------------------------------------


def _check_case(case: Case, scheme: Scheme, file: str, holding: Coverage, failing: Coverage) -> Iterator[Diagnostic]:
    """What does not come out as ``case`` says. Only where all of it does, what it names stands on a side."""
    try:
        outcome = rated(case, scheme)
    except Stop as stop:
        yield wrong(case.where, case.name, _why(stop))
        return
    assessment = outcome.assessment
    differs = _Differs(case, scheme, file)
    said: list[Diagnostic] = []
    units: dict[int, Collection[str]] = {}
    for name, asked in case.expected.items():
        found = _units_called(name, assessment)
        if len(found) == 1:
            units[found[0]] = asked.value.keys()
            said += differs.all_of(name, asked, came_to(assessment, found[0]))
        else:
            several = [_full_name(assessment, unit) for unit in found]
            known = list(assessment.units.name)
            said.append(_not_one(asked, name, several, ("台账里没有这个单位", "is no unit of this ledger"), known))
    groups: list[tuple[GroupResult, Collection[str]]] = []
    results = {table.group.name: table.results for table in assessment.groups}
    for kind, names in case.groups.items():
        for name, asked in names.value.items():
            there = results.get(kind, ())
            fitting = [result for result in there if "".join(name.split()) in {result.name, _full_group(result)}]
            if len(fitting) == 1:
                groups.append((fitting[0], asked.value.keys()))
                said += differs.all_of(name, asked, _group_came_to(fitting[0]))
            else:
                known = [result.name for result in there]
                several = list(map(_full_group, fitting))
                said.append(_not_one(asked, name, several, ("不是评出来的一组", "is no group that came out"), known))
    for code, wanted in case.problems.items():
        cells = [item.written for item in wanted.value] if isinstance(wanted.value, list) else [wanted.written]
        here = [problem.where.cell or "" for problem in outcome.all_diagnostics if problem.code == code]
        if sorted(here) != sorted(cells):
            said.append(differs.one(code, wanted, here, cells))
    (failing if said else holding).add(assessment, units, groups)
    yield from said


@dataclass(frozen=True, slots=True)
class _Differs:
    """Says what does not hold in one case: K662, or K667 where the case was written for the parent of the scheme."""

    case: Case
    scheme: Scheme
    file: str

    def all_of(self, name: str, asked: Node, came: Mapping[str, Any]) -> Iterator[Diagnostic]:
        """Everything expected of a unit or group that did not come."""
        for key, wanted in asked.value.items():
            expected = plain(key, wanted)
            if came[key] != expected:
                yield self.one(key, wanted, came[key], expected, name)

    def one(self, key: str, wanted: Node, came: object, expected: object, unit: str | None = None) -> Diagnostic:
        """One thing that came otherwise."""
        arguments: dict[str, str | Text] = {
            "case": self.case.name,
            "scheme": self.scheme.id,
            "what": key,
            "came": _words(came),
        }
        code = "K662"
        if self.case.inherited:
            code, arguments["file"] = "K667", self.file
        words = _words(expected)
        return Diagnostic(
            code, wanted.where, unit=unit, found=_words(came), expected=(words, words), arguments=arguments
        )


def _not_one(asked: Node, name: str, several: list[str], nobody: Text, known: list[str]) -> Diagnostic:
    """K661: a name that nothing in the ledger has, or several have."""
    if not several:
        return wrong(asked.where, name, nobody, known)
    near: Text = (f"请写清是哪一个：{'、'.join(several)}。", f" Say which: {', '.join(several)}.")
    return wrong(asked.where, name, ("不止一个", "is more than one"), near=near)


def _units_called(name: str, assessment: Assessment) -> list[int]:
    """The units of a name, before which the township, and before that the county, may stand."""
    wanted, units = "".join(name.split()), assessment.units
    return [
        unit
        for unit in range(len(units))
        if wanted
        in {units.name[unit], _full_name(assessment, unit), f"{units.county[unit]}{_full_name(assessment, unit)}"}
    ]


def _full_name(assessment: Assessment, unit: int) -> str:
    units = assessment.units
    return f"{units.township[unit]}{units.name[unit]}"


def _full_group(result: GroupResult) -> str:
    return f"{result.county}{result.name}"


def _why(stop: Stop) -> Text:
    """Why a case cannot be rated, with the first problem behind it."""
    behind = [problem for problem in stop.diagnostics if problem.level is Severity.ERROR]
    if not behind:
        return stop.text
    return f"{stop.text[0]}（{behind[0].message('zh')}）", f"{stop.text[1]} ({behind[0].message('en')})"


# --- rating -----------------------------------------------------------------------------------------------------------


def rated(case: Case, scheme: Scheme) -> Outcome:
    """The case as the pipeline rates it. Raises ``Stop`` where it cannot."""
    with tempfile.TemporaryDirectory(prefix="starcheck-") as made:
        folder = Path(made)
        ledger = _written(folder / _LEDGER, case.ledger)
        register = None if case.register is None else _written(folder / _REGISTER, case.register)
        told = Settings(
            period=f"{case.as_of:%Y-%m}",
            as_of=case.as_of.isoformat(),
            county="判例县",
            register=register,
            no_store=True,
            no_hints=True,
        )
        try:
            return rate([ledger], told, given=scheme)
        except Stop as stop:
            # the officer knows of no files
            for path, name in ((ledger, "台账"), (register, "名册")):
                stop.text = stop.text[0].replace(str(path), name), stop.text[1].replace(str(path), name)
            raise


def _written(path: Path, rows: Grid) -> Path:
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows(rows)
    return path


def came_to(assessment: Assessment, unit: int) -> dict[str, Any]:
    """What came out for a unit, by the words of a case."""
    scheme = assessment.scheme
    here = bool(assessment.units.reported[unit])
    verdicts = assessment.verdicts[unit] if here else np.full(len(scheme.criteria), -9)
    stars = assessment.stars[unit] if here else np.full(len(scheme.stars), -9)

    def those(verdict: Verdict) -> list[str]:
        return [item.id for item, state in zip(scheme.criteria, verdicts, strict=True) if state == verdict]

    # what begins on a later day is not yet an item; a case written today need not know of it
    idle = {item.id for item in scheme.criteria if item.in_force(assessment.as_of) is None}

    def named(state: int) -> list[str]:
        return [star.name for star, found in zip(scheme.stars, stars, strict=True) if found == state]

    tier, reachable = int(assessment.tiers[unit]), int(assessment.reachable[unit])
    scores = assessment.scores
    return {
        "星级": None if tier < 0 else Decimal(tier),
        "可达": None if reachable < 0 else Decimal(reachable),
        "得分": None if scores is None else [Decimal(str(round(float(end), 6))).normalize() for end in scores[unit]],
        "亮星": named(LIT),
        "待核实星": named(OPEN),
        "短板": those(Verdict.UNMET),
        "待核实": those(Verdict.UNKNOWN),
        "不适用": [item for item in those(Verdict.NOT_APPLICABLE) if item not in idle],
        "触发": [veto.id for veto, state in zip(scheme.vetoes, assessment.vetoes[unit], strict=True) if state == 1],
        "初评": bool(assessment.provisional[unit]),
        "未上报": not here,
        "不参评": bool(assessment.excluded[unit]),
    }


def _group_came_to(result: GroupResult) -> dict[str, Any]:
    """What came out for a group: its verdict, and which of its criteria are unmet or unknown."""
    return {
        "判定": say(f"verdict.{result.verdict.word}", "zh"),
        "短板": [found.criterion.id for found in result.verdicts if found.verdict is Verdict.UNMET],
        "待核实": [found.criterion.id for found in result.verdicts if found.verdict is Verdict.UNKNOWN],
    }


def _words(value: object) -> str:
    match value:
        case None:
            return "无"
        case bool():
            return "是" if value else "否"
        case Decimal():
            return f"{value:f}"
        case list():
            return "、".join(map(_words, value)) or "无"
        case _:
            return str(value)
