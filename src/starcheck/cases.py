"""Cases (判例) of a scheme: small ledgers as an officer writes them, and what each must come to.

A file of cases lies beside its scheme in ``cases/`` and names a 底稿, the unit that has everything; a case says what is
different and what follows. Each is rated by the pipeline that rates a county. What differs, and which requirement,
veto, cap, quota or exemption no case shows on both sides, are diagnostics at the line of the file.
"""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np

from starcheck.column import Reason, Verdict
from starcheck.diagnostic import Diagnostic, Location, Severity, Text
from starcheck.intake import HeaderIndex
from starcheck.messages import say
from starcheck.run import Outcome, rate
from starcheck.scheme import PERCENT_TEXT, Criterion, EffectKind, GroupCriterion, Quota, Scheme
from starcheck.scheme_source import Node, Word, nearest_slot, parse_source
from starcheck.scoring import LIT, OPEN, UNLIT, Assessment, LossKind
from starcheck.units import normalise_header
from starcheck.workspace import Settings, Stop

FOLDER = "cases"
"""Where the cases of a scheme lie, beside its file and by the same name."""

_FILE_KEYS = ("方案", "继承", "说明", "底稿", "例", "覆盖率")
_CASE_KEYS = ("名称", "日期", "名册", "没有的列", "台账", "期望", "分组", "问题", "说明")
_GROUP_KEYS = ("判定", "短板", "待核实")
_EXPECTED_KEYS = (
    "星级",
    "可达",
    "得分",
    "亮星",
    "待核实星",
    "短板",
    "待核实",
    "不适用",
    "触发",
    "初评",
    "未上报",
    "不参评",
)
_LISTS = frozenset({"亮星", "待核实星", "短板", "待核实", "不适用", "触发"})

Grid = list[list[str]]
"""Rows of words, the first the headers."""


@dataclass(frozen=True, slots=True)
class Case:
    """One case: the ledger with the 底稿 filled in, and by unit what must come of it."""

    name: str
    as_of: date
    where: Location
    ledger: Grid
    register: Grid | None
    expected: Mapping[str, Node]
    problems: Mapping[str, Node]
    groups: Mapping[str, Node]
    """What is expected of groups: by kind, then by name."""


@dataclass(frozen=True, slots=True)
class Side:
    """One side of something in the scheme, and whether a case stands on it."""

    key: str
    what: Text
    where: Location
    shown: bool


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of a file of cases: how many, how many as expected, the sides of the scheme, and every problem."""

    cases: int
    passed: int
    sides: tuple[Side, ...]
    diagnostics: tuple[Diagnostic, ...]

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
    side is a warning where that share is reached, and an error where it is not.
    """
    root, problems = parse_source(text, file)
    if root is None:
        return Checked(0, 0, (), problems)
    found = [*problems, *_strangers(root, _FILE_KEYS)]
    asked = least if least is not None else _asked_share(root, found)
    _name_their_scheme(root, scheme, found)
    files = list(_with_parents(root, folder, found))
    cases = list(_cases(files, scheme, found))
    seen = _Seen(scheme)
    passed = 0
    for case in cases:
        said = list(_check_case(case, scheme, seen))
        passed += not said
        found += said
    sides = tuple(seen.sides())
    checked = Checked(len(cases), passed, sides, ())
    short = asked is not None and checked.share < asked
    level = Severity.ERROR if short else Severity.WARNING
    found += [
        Diagnostic("K663", side.where, field=side.key, arguments={"key": side.key, "what": side.what}, severity=level)
        for side in sides
        if not side.shown
    ]
    return Checked(len(cases), passed, sides, tuple(found))


# --- reading ----------------------------------------------------------------------------------------------------------


def _strangers(node: Node, known: Sequence[str]) -> Iterator[Diagnostic]:
    for key in node.value if isinstance(node.value, dict) else ():
        if key not in known:
            yield _wrong(node.keys[key], key, ("不认识的词", "an unknown key"), known)


def _wrong(where: Location, found: str, problem: Text, known: Iterable[str] = ()) -> Diagnostic:
    near = nearest_slot(found, known) if known else {"near": ("", "")}
    return Diagnostic("K661", where, found=found, arguments={"problem": problem, **near})


def _asked_share(root: Node, problems: list[Diagnostic]) -> Decimal | None:
    node = root.child("覆盖率")
    if node is None:
        return None
    match = PERCENT_TEXT.fullmatch(node.written)
    if match is None or match[2] == "‰":
        problems.append(_wrong(node.where, node.written, ("应为 100% 这样的百分比", "should be a percentage")))
        return None
    return Decimal(match[1])


def _name_their_scheme(root: Node, scheme: Scheme, problems: list[Diagnostic]) -> None:
    written = root.text("方案")
    if written != scheme.id:
        wanted: Text = (f"应为“{scheme.id}”", f"should be {scheme.id}")
        problems.append(_wrong((root.child("方案") or root).where, written or "方案", wanted))


def _with_parents(root: Node, folder: Path | None, problems: list[Diagnostic]) -> Iterator[Node]:
    """The file, and the files of cases it takes along (继承), nearest first."""
    seen: set[str] = set()
    while True:
        yield root
        named = root.child("继承")
        if named is None:
            return
        file = named.written
        path = None if folder is None or Path(file).name != file else folder / file
        if path is None or file in seen or not path.is_file():
            wanted: Text = ("应为同一文件夹里的另一个判例文件", "should be another file of cases in this folder")
            problems.append(_wrong(named.where, file, wanted))
            return
        seen.add(file)
        try:
            text = path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError):
            problems.append(_wrong(named.where, file, ("读不出来", "cannot be read")))
            return
        parent, wrong = parse_source(text, str(path))
        problems += wrong
        if parent is None:
            return
        root = parent


def _cases(files: Sequence[Node], scheme: Scheme, problems: list[Diagnostic]) -> Iterator[Case]:
    """The cases that can be understood; what is wrong with the others joins ``problems``.

    Of the files taken along (all but the first) those count that an own case does not replace by its 名称, and whose
    date is one of the scheme's: an overlay is often in force for a year only.
    """
    index = HeaderIndex(scheme)
    base: dict[str, Node] = {}
    for root in reversed(files):
        given = root.entries("底稿")
        unknown = {header for header in given if normalise_header(header) not in index.known}
        base |= {header: value for header, value in given.items() if header not in unknown}
        if root is files[0]:  # what only an inherited 底稿 names, the overlay may have given up
            for header in given:
                problems += _unknown_header(header, index, (root.child("底稿") or root).keys[header])
    nodes: list[tuple[bool, Node]] = []
    taken: set[str | None] = set()
    for root in files:
        nodes += [(root is files[0], node) for node in root.items("例") if node.text("名称") not in taken]
        taken |= {node.text("名称") for node in root.items("例")}
    for is_own, node in nodes:
        wrong = list(_strangers(node, _CASE_KEYS))
        as_of = node.child("日期")
        if not is_own and as_of is not None and isinstance(as_of.value, date) and scheme.problem_at(as_of.value):
            continue
        lines = node.child("台账")
        expected = node.entries("期望")
        missing = [key for key in ("名称", "日期", "台账", "期望") if node.child(key) is None]
        wrong += [_wrong(node.where, key, ("没有写", "is missing")) for key in missing]
        if as_of is not None and not isinstance(as_of.value, date):
            wrong.append(_wrong(as_of.where, as_of.written, ("应为 2022-06-30 这样的日期", "should be a date")))
        if wrong or as_of is None or lines is None:
            problems += wrong
            continue
        left_out = {item.written for item in node.items("没有的列")}
        for kind, groups in node.entries("分组").items():
            for name, asked in node.entries("分组")[kind].value.items() if isinstance(groups.value, dict) else ():
                wrong += _strangers(asked, _GROUP_KEYS)
                if not isinstance(asked.value, dict):
                    wrong.append(
                        _wrong(asked.where, name, ("应写 {判定: 达标} 这样的期望", "should say what is expected"))
                    )
        register = None if (written_register := node.child("名册")) is None else _grid(written_register.written)
        township = _only_township(register) or "判例乡"
        filled = {key: item.written for key, item in base.items()}
        ledger = _laid_over(_grid(lines.written), filled, left_out, township)
        for header in ledger[0]:
            if header not in base:
                wrong += _unknown_header(header, index, lines.where)
        for unit, asked in expected.items():
            wrong += _strangers(asked, _EXPECTED_KEYS)
            if not isinstance(asked.value, dict):
                wrong.append(_wrong(asked.where, unit, ("应写 {星级: 5} 这样的期望", "should say what is expected")))
        problems += wrong
        if not wrong:
            yield Case(
                node.text("名称") or "",
                as_of.value,
                node.where,
                ledger,
                register,
                expected,
                node.entries("问题"),
                node.entries("分组"),
            )


def _unknown_header(header: str, index: HeaderIndex, where: Location) -> Iterator[Diagnostic]:
    if normalise_header(header) not in index.known:
        yield _wrong(where, header, ("不是方案的列", "is no column of the scheme"), index.by_spelling)


def _grid(text: str) -> Grid:
    """Rows of words out of lines; ``-`` is an empty cell."""
    return [["" if word == "-" else word for word in line.split()] for line in text.strip().splitlines()]


def _only_township(register: Grid | None) -> str | None:
    """The township of a register that has one only: where the units of a ledger without the column are."""
    header, *rows = register or [[]]
    if "乡镇" not in header:
        return None
    towns = {row[header.index("乡镇")] for row in rows}
    return towns.pop() if len(towns) == 1 else None


def _laid_over(ledger: Grid, base: Mapping[str, str], left_out: set[str], township: str) -> Grid:
    """The ledger with a column for everything of the 底稿 that it does not have itself."""
    header, *rows = ledger
    rest = {key: value for key, value in base.items() if key not in header and key not in left_out}
    filled = [[*header, *rest], *([*row, *rest.values()] for row in rows)]
    if "乡镇" not in header:
        filled = [["乡镇", *filled[0]], *([township, *row] for row in filled[1:])]
    return filled


# --- rating -----------------------------------------------------------------------------------------------------------


def _check_case(case: Case, scheme: Scheme, seen: _Seen) -> Iterator[Diagnostic]:
    try:
        outcome = rated(case, scheme)
    except Stop as stop:
        yield Diagnostic("K661", case.where, found=case.name, arguments={"problem": stop.text, "near": ("", "")})
        return
    seen.add(outcome.assessment)
    names = list(outcome.ledger.units.name)
    for unit, asked in case.expected.items():
        if unit not in names:
            yield _wrong(asked.where, unit, ("台账里没有这个单位", "is no unit of this ledger"), names)
            continue
        came = came_to(outcome.assessment, names.index(unit))
        for key, wanted in asked.value.items():
            expected = _plain(key, wanted)
            if key in came and came[key] != expected:
                arguments: dict[str, str | Text] = {"case": case.name, "what": key, "came": _words(came[key])}
                yield Diagnostic(
                    "K662",
                    wanted.where,
                    unit=unit,
                    found=_words(came[key]),
                    expected=_both(expected),
                    arguments=arguments,
                )
    yield from _check_groups(case, outcome.assessment)
    for code, wanted in case.problems.items():
        cells = [item.written for item in wanted.value] if isinstance(wanted.value, list) else [wanted.written]
        found = [problem.where.cell or "" for problem in outcome.all_diagnostics if problem.code == code]
        if sorted(found) != sorted(cells):
            arguments = {"case": case.name, "what": code, "came": _words(found)}
            yield Diagnostic("K662", wanted.where, found=_words(found), expected=_both(cells), arguments=arguments)


def _check_groups(case: Case, assessment: Assessment) -> Iterator[Diagnostic]:
    """What is expected of groups: their verdict, and which of their criteria are unmet or unknown."""
    tables = {table.group.name: {result.name: result for result in table.results} for table in assessment.groups}
    for kind, groups in case.groups.items():
        for name, asked in groups.value.items():
            if name not in tables.get(kind, {}):
                yield _wrong(asked.where, name, ("不是评出来的一组", "is no group that came out"), tables.get(kind, ()))
                continue
            result = tables[kind][name]
            came = {
                "判定": say(f"verdict.{result.verdict.word}", "zh"),
                "短板": [found.criterion.id for found in result.verdicts if found.verdict is Verdict.UNMET],
                "待核实": [found.criterion.id for found in result.verdicts if found.verdict is Verdict.UNKNOWN],
            }
            for key, wanted in asked.value.items():
                expected = wanted.written if key == "判定" else _plain("短板", wanted)
                if key in came and came[key] != expected:
                    arguments: dict[str, str | Text] = {"case": case.name, "what": key, "came": _words(came[key])}
                    yield Diagnostic(
                        "K662",
                        wanted.where,
                        unit=name,
                        found=_words(came[key]),
                        expected=_both(expected),
                        arguments=arguments,
                    )


def rated(case: Case, scheme: Scheme) -> Outcome:
    """The case as the pipeline rates it. Raises ``Stop`` where it cannot."""
    with tempfile.TemporaryDirectory(prefix="starcheck-") as folder:
        ledger = _written(Path(folder) / "ledger.csv", case.ledger)
        register = None if case.register is None else _written(Path(folder) / "register.csv", case.register)
        told = Settings(
            period=f"{case.as_of:%Y-%m}",
            as_of=case.as_of.isoformat(),
            county="判例县",
            register=register,
            no_store=True,
            no_hints=True,
        )
        return rate([ledger], told, given=scheme)


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
        "不适用": those(Verdict.NOT_APPLICABLE),
        "触发": [veto.id for veto, state in zip(scheme.vetoes, assessment.vetoes[unit], strict=True) if state == 1],
        "初评": bool(assessment.provisional[unit]),
        "未上报": not here,
        "不参评": bool(assessment.excluded[unit]),
    }


def _plain(key: str, wanted: Node) -> Any:
    """What is expected as ``came_to`` gives it."""
    if isinstance(wanted.value, list):
        return [
            Decimal(item.value).normalize() if isinstance(item.value, Decimal) else item.written
            for item in wanted.value
        ]
    if key in _LISTS:
        return [wanted.written]
    if isinstance(wanted.value, Word):
        return wanted.value == "是"
    return wanted.value


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


def _both(value: object) -> Text:
    words = _words(value)
    return words, words


# --- coverage ---------------------------------------------------------------------------------------------------------


class _Seen:
    """Which sides of the scheme the cases stand on."""

    def __init__(self, scheme: Scheme) -> None:
        self.scheme = scheme
        self.marks: set[tuple[str, str, object]] = set()

    def add(self, assessment: Assessment) -> None:
        """Take note of one rated case."""
        scheme, marks = assessment.scheme, self.marks
        here = assessment.units.reported
        for place, criterion in enumerate(scheme.criteria):
            requirement = criterion.in_force(assessment.as_of)
            if requirement is None:
                continue
            verdicts = assessment.verdicts[here, place]
            for verdict in (Verdict.MET, Verdict.UNMET):
                if (verdicts == verdict).any():
                    marks.add((criterion.id, f"{requirement.since}", verdict))
            reasons = set(assessment.reasons[here, place].tolist())
            if Reason.EXEMPT in reasons:
                marks.add((criterion.id, "exempt", True))
            if Reason.OTHER_KIND in reasons:
                marks.add((criterion.id, "other kind", True))
            if Reason.NO_BONUS in reasons:
                marks.add((criterion.id, f"{requirement.since}", Verdict.UNMET))
        for place, veto in enumerate(scheme.vetoes):
            marks.update((veto.id, "veto", int(state)) for state in set(assessment.vetoes[here, place].tolist()))
        for place, star in enumerate(scheme.stars):
            marks.update((star.name, "star", int(state)) for state in set(assessment.stars[here, place].tolist()))
        for place, cap in enumerate(scheme.tiering.caps):
            capped = assessment.capped_tier[here, place]
            marks.update((cap.star, f"cap {cap.tier} {cap.since}", bool(state)) for state in set(capped.tolist()))
        for table in assessment.groups:
            for result in table.results:
                for found in result.verdicts:
                    asked = found.criterion.in_force(assessment.as_of)
                    if asked is not None:
                        marks.add((found.criterion.id, f"{asked.since}", found.verdict))
        marks.update(("定级", "tier", int(tier)) for tier in set(assessment.tiers[here].tolist()))
        losses = [loss for loss in assessment.losses if loss.kind is LossKind.QUOTA]
        for quota, loss in zip(_from_the_top(scheme), losses, strict=True):
            marks.add(("名额", f"{quota.tier_name} {quota.scope} {quota.since}", loss.units > 0))

    def sides(self) -> Iterator[Side]:
        """Every side there is, in the order of the scheme."""
        for criterion in self.scheme.criteria:
            yield from self._requirements(criterion)
            yield from self._exemptions(criterion)
        for group in self.scheme.groups:
            for item in group.criteria:
                yield from self._requirements(item)
        yield from self._stars()
        yield from self._vetoes()
        yield from self._tiering()

    def _side(self, key: str, of: str, state: object, what: Text, where: Location) -> Side:
        return Side(key, what, where, (key, of, state) in self.marks)

    def _requirements(self, criterion: Criterion | GroupCriterion) -> Iterator[Side]:
        scheme = self.scheme
        bonus = isinstance(criterion, Criterion) and criterion.only_bonus
        missed: Text = ("没有加分", "no bonus") if bonus else ("未达标", "unmet")
        for number, requirement in enumerate(criterion.requirements):
            first = max(requirement.since, scheme.since)
            if criterion.in_force(first) is not requirement or (scheme.until is not None and first > scheme.until):
                continue  # replaced before the scheme began, or begins after it ends: no case can show it
            where = scheme.origin(criterion.id, "要求", number)
            asked = requirement.words(criterion.unit), requirement.words(criterion.unit, "en")
            since = f"{requirement.since}"
            for verdict, came in ((Verdict.MET, ("达标", "met")), (Verdict.UNMET, missed)):
                what = (f"{since} 起{asked[0]}：{came[0]}", f"{asked[1]} from {since}: {came[1]}")
                yield self._side(criterion.id, since, verdict, what, where)

    def _exemptions(self, criterion: Criterion) -> Iterator[Side]:
        origin = self.scheme.origin
        if criterion.applies:
            what: Text = ("不属于这一类", "of another kind")
            yield self._side(criterion.id, "other kind", True, what, origin(criterion.id, "适用于"))
        if criterion.exempt_tags:
            what = ("不适用", "exempt")
            yield self._side(criterion.id, "exempt", True, what, origin(criterion.id, "不适用于"))

    def _stars(self) -> Iterator[Side]:
        for star in self.scheme.stars:
            where = self.scheme.origin(star.name)
            for state, what in ((LIT, ("点亮", "lit")), (UNLIT, ("未亮", "unlit"))):
                yield self._side(star.name, "star", state, what, where)

    def _vetoes(self) -> Iterator[Side]:
        for veto in self.scheme.vetoes:
            where = self.scheme.origin(veto.id)
            for state, what in ((1, ("触发", "triggered")), (0, ("没有触发", "not triggered"))):
                yield self._side(veto.id, "veto", state, what, where)

    def _tiering(self) -> Iterator[Side]:
        tiering, origin = self.scheme.tiering, self.scheme.origin
        for tier in tiering.tiers:
            what = (f"评为{tier.name}", f"rated {tier.name}")
            yield self._side("定级", "tier", tier.number, what, origin("定级", "档次"))
        if any(veto.effect.kind is EffectKind.EXCLUDE for veto in self.scheme.vetoes):
            yield self._side("定级", "tier", -1, ("不参评", "not rated"), origin("定级", "档次"))
        for place, cap in enumerate(tiering.caps):
            for state, what in ((True, ("封顶", "capped")), (False, ("没有封顶", "not capped"))):
                key = f"cap {cap.tier} {cap.since}"
                yield self._side(cap.star, key, state, what, origin("定级", "封顶", place))
        for quota in _from_the_top(self.scheme):
            where = origin("定级", "名额", tiering.quotas.index(quota))
            for state, chinese, english in ((True, "不够分", "not enough"), (False, "够用", "enough")):
                what = (f"{quota.tier_name}名额{chinese}", f"places in {quota.tier_name} {english}")
                key = f"{quota.tier_name} {quota.scope} {quota.since}"
                yield self._side("名额", key, state, what, where)


def _from_the_top(scheme: Scheme) -> list[Quota]:
    """The quotas in the order in which they are applied."""
    names = [tier.name for tier in scheme.tiering.tiers]
    return sorted(scheme.tiering.quotas, key=lambda quota: names.index(quota.tier_name))
