"""The lint of schemes: what can only be seen with the whole scheme in view.

Names in formulas exist, units agree, every number of stars has its tier, every clause its source. Each rule is a plain
function that takes the model and the tree it came from and yields what it finds; ``RULES`` lists them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import TypeVar

from starcheck.column import Kind
from starcheck.diagnostic import Diagnostic, Location, Severity, Text
from starcheck.expression import (
    AGGREGATES,
    AS_OF,
    DAY_OF_MONTH,
    DAYS,
    FILLED,
    TIER,
    Call,
    Expression,
    ExpressionError,
    Name,
    Symbol,
    agree,
    check,
    derived_of,
    is_bare,
    measure_name,
    measure_of,
    outside_aggregates,
    parse,
    parse_over_groups,
)
from starcheck.identity import HEADERS
from starcheck.scheme_model import (
    BY_COUNTY,
    BY_TOWNSHIP,
    Cap,
    Criterion,
    EffectKind,
    ExemptPolicy,
    Field,
    Group,
    GroupCriterion,
    LightRule,
    Method,
    Operator,
    Quota,
    Scheme,
    SourceRef,
    Star,
    Tier,
    Veto,
)
from starcheck.scheme_proofs import ladders_of
from starcheck.scheme_source import OPEN, Node, Path, Tree, line_words, nearest, nearest_slot
from starcheck.units import UNITS, normalise_header, split_unit

# --- what is not decided ----------------------------------------------------------------------------------------------

_FOR_PEOPLE = frozenset({"责任", "整改", "牵头", "说明"})
"""Keys of what is printed and neither decides anything nor is its authority."""
_OWN_WORDS = frozenset({"列名", "选项", "名称列", "适用于"})
"""Keys of the words of ledgers, where 待定 may be one."""
_IN_ONE_PIECE = frozenset({"点亮", "后果", "档次"})
_OPERANDS = frozenset({Operator.EQUALS.value, Operator.ONE_OF.value})
_NAMES = ("编号", "星", "组")


def undecided(tree: Tree) -> list[Diagnostic]:
    """K643: every 待定 (``OPEN``) that is left. What decides, or is printed as authority, is an error, and is cut."""
    found: list[Diagnostic] = []
    doomed: list[Path] = []
    for path, of, where in _open_places(tree.root, (), "", frozenset()):
        key = next((step for step in reversed(path) if isinstance(step, str) and step != OPEN), "")
        level = Severity.WARNING if key in _FOR_PEOPLE else Severity.ERROR
        holder = ("", "") if of in {"", key} else (f"{of} 的", f" of {of}")
        found.append(Diagnostic("K643", where, field=of or None, found=key, arguments={"of": holder}, severity=level))
        if level is Severity.ERROR:
            # a list of which one word is open is open as a whole, and so is what is read in one piece
            end = next((place for place, step in enumerate(path, 1) if step in _IN_ONE_PIECE), len(path))
            doomed.append(path[:end] if isinstance(path[end - 1], str) else path[: end - 1])
    tree.cut(doomed)
    return found


def _open_places(node: Node, path: Path, of: str, words: frozenset[str]) -> Iterator[tuple[Path, str, Location]]:
    """Path and place of each 待定, and what it is part of. ``words`` are the 选项 around it, of which it may be one."""
    if isinstance(node.value, dict):
        names = (node.text(name) for name in _NAMES)
        if path:
            of = next((name for name in names if name is not None and name != OPEN), of)
        words = frozenset(item.written for item in node.items("选项")) or words
        for key, child in node.value.items():
            if key in _OWN_WORDS:
                continue
            if key == OPEN:
                yield (*path, key), of, node.keys[key]
            if key != OPEN or isinstance(child.value, dict | list):
                yield from _open_places(child, (*path, key), of, words)
    elif isinstance(node.value, list):
        for place, child in enumerate(node.value):
            yield from _open_places(child, (*path, place), of, words)
    elif node.written == OPEN or node.written.startswith(f"{OPEN} "):
        key = next((step for step in reversed(path) if isinstance(step, str)), "")
        if key not in _OPERANDS or node.written not in words:
            yield path, of, node.where


# --- names and columns ------------------------------------------------------------------------------------------------


def _stars(scheme: Scheme, tree: Tree) -> Iterator[tuple[Path, Star]]:
    for number, star in enumerate(scheme.stars):
        if tree.node("星级", number) is not None:
            yield ("星级", number), star


def _criteria(scheme: Scheme, tree: Tree) -> Iterator[tuple[Path, Star, Criterion]]:
    for path, star in _stars(scheme, tree):
        for number, criterion in enumerate(star.criteria):
            for below, part in _with_tasks((*path, "指标", number), criterion):
                yield below, star, part


def _with_tasks(path: Path, criterion: Criterion) -> Iterator[tuple[Path, Criterion]]:
    yield path, criterion
    for number, task in enumerate(criterion.tasks):
        yield from _with_tasks((*path, "任务", number), task)


def _by_score(scheme: Scheme, star: Star) -> bool:
    return any(dated.rule.score is not None for dated in star.rules) or scheme.tiering.method is Method.SCORE


def _unique_names(scheme: Scheme, tree: Tree) -> Iterator[Diagnostic]:
    """K618: one name, one thing. Fields, criteria, vetoes and checks share a space, as `explain` takes any of them."""
    keys = [(name, tree.key("字段", name)) for name in scheme.fields]
    keys += [(criterion.id, tree.where(*path, "编号")) for path, _, criterion in _criteria(scheme, tree)]
    keys += [(part.id, tree.where("校核", number, "编号")) for number, part in enumerate(scheme.checks)]
    keys += [(part.id, tree.where("负面清单", number, "编号")) for number, part in enumerate(scheme.vetoes)]
    keys += [(item.id, tree.where(*path, "编号")) for path, _, item in _group_criteria(scheme, tree)]
    stars = [(star.name, tree.where(*path, "星")) for path, star in _stars(scheme, tree)]
    ladders = [_tier_names(tree, path) for path, _ in ladders_of(scheme, tree)]
    options = [
        [(option, tree.where(*path, "选项", number)) for number, option in enumerate(part.options)]
        for path, _, part in _columns(scheme, tree)
    ]
    for space in (keys, stars, *ladders, *options):
        first: dict[str, Location] = {}
        for name, where in space:
            if name in first:
                yield Diagnostic("K618", where, found=name, arguments={"first": line_words(first[name])})
            else:
                first[name] = where


def _tier_names(tree: Tree, path: Path) -> list[tuple[str, Location]]:
    written = tree.node(*path)
    if written is not None and isinstance(written.value, dict):
        return [(node.written, node.where) for node in written.value.values()]
    if written is None or not isinstance(written.value, list):
        return []
    return [(item.text("档") or "", tree.where(*path, n, "档")) for n, item in enumerate(written.value)]


def _columns(scheme: Scheme, tree: Tree) -> Iterator[tuple[Path, str, Field | Criterion | Veto]]:
    """Every part that states a 类型, with its path and what to call it."""
    for name, field in scheme.fields.items():
        yield ("字段", name), name, field
    for path, _, criterion in _criteria(scheme, tree):
        yield path, criterion.id, criterion
    for number, veto in enumerate(scheme.vetoes):
        yield ("负面清单", number), veto.id, veto


_IDENTITY_HEADERS: Mapping[str, str] = {
    spelling: word
    for name, word in (("name", "名称"), ("township", "乡镇"), ("county", "县"), ("code", "编码"), ("serial", "序号"))
    for spelling in HEADERS[name]
}
"""Headers by which a ledger names its units; no column of a scheme may claim them."""


def _spelling(header: str) -> str:
    """A header as ledgers' headers are compared: without the unit in its last bracket, normalised."""
    return normalise_header(split_unit(header)[0])


def _reserved_names(scheme: Scheme, tree: Tree) -> Iterator[Diagnostic]:
    """K606: 评定日, 已填(…) and their like mean something of their own in every formula, 档次 in one over groups."""
    named = [(name, tree.key("字段", name)) for name in scheme.fields]
    named += [(item.id, tree.where(*path, "编号")) for path, _, item in _criteria(scheme, tree)]
    named += [(veto.id, tree.where("负面清单", number, "编号")) for number, veto in enumerate(scheme.vetoes)]
    over_groups = " ".join(item.formula for _, _, item in _group_criteria(scheme, tree))
    for name, where in named:
        if name == AS_OF:
            expected = (f"别的名字，“{AS_OF}”在公式里就是评定的那天", f"another name: {AS_OF} is the day of the rating")
        elif name == TIER and TIER in over_groups and name in scheme.fields:
            expected = (f"别的名字，“{TIER}”在汇总里就是评出来的档", f"another name: {TIER} is the tier in 汇总")
        elif derived_of(name) is not None:
            expected = (f"别的名字，“{name}”是公式里的写法", f"another name: {name} is a formula")
        else:
            continue
        yield Diagnostic("K606", where, found=name, expected=expected)


def _near(name: str, known: Iterable[str], scheme: Scheme) -> dict[str, Text]:
    """The ``near`` slot for a name that is not among the ``known``: what it is instead, and which may be meant."""
    near = nearest_slot(name, known)
    what = _thing_called(name, scheme)
    if what is None:
        return near
    chinese, english = near["near"]
    return {"near": (f"“{name}”是{what[0]}。{chinese}", f" {name} is {what[1]}.{english}")}


def _thing_called(name: str, scheme: Scheme) -> Text | None:
    """What a scheme has under that name; an item also by its 名称."""
    if name in scheme.fields:
        kind = scheme.fields[name].kind
        return f"“{kind}”字段", f"a field of 类型 {kind}"
    item = scheme.find_criterion(name)
    if item is not None:
        return f"“{item.kind}”{'任务' if name in scheme.item_of else '指标'}", f"a criterion of 类型 {item.kind}"
    things: tuple[tuple[Iterable[str], Text], ...] = (
        ((star.name for star in scheme.stars), ("星", "a star")),
        ((tier.name for ladder in scheme.tiering.ladders for tier in ladder.tiers), ("档", "a tier")),
        ((veto.id for veto in scheme.vetoes), ("负面清单的一条", "a veto")),
        ((part.id for group in scheme.groups for part in group.criteria), ("分组的指标", "a criterion of groups")),
        ((group.name for group in scheme.groups), ("分组", "a 分组")),
        (scheme.sources, ("依据", "a source")),
    )
    for names, what in things:
        if name in names:
            return what
    titled = next((part for part in scheme.criteria if part.name == name), None)
    return None if titled is None else (f"指标 {titled.id} 的名称", f"the name of criterion {titled.id}")


def _unique_headers(scheme: Scheme, tree: Tree) -> Iterator[Diagnostic]:
    """K619: a header leads to one column."""
    owner: dict[str, tuple[str, Location | None]] = {word: (key, None) for word, key in _IDENTITY_HEADERS.items()}
    for path, key, part in _columns(scheme, tree):
        for number, header in enumerate(part.headers):
            where = tree.where(*path, "列名", number) if tree.node(*path, "列名") else tree.key(*path)
            other, first = owner.setdefault(_spelling(header), (key, where))
            if other != key:
                # of an overlay and its parent either may stand in the file that nobody looks at
                at = f"（{first}）" if first is not None and first.file != where.file else ""
                told: Text = (f"{other}{at}", f"{other}{at and f' ({first})'}")
                yield Diagnostic("K619", where, field=key, found=header, arguments={"other": told})


def _kinds(scheme: Scheme, tree: Tree) -> Iterator[Diagnostic]:
    """K616: 类型 and what depends on it."""
    for path, key, part in _columns(scheme, tree):
        for step, problem in _kind_problems(part):
            where = tree.where(*path, step) if tree.node(*path, step) else tree.where(*path, "类型")
            yield Diagnostic("K616", where, field=key, arguments={"kind": part.kind.value, "problem": problem})


def _kind_problems(part: Field | Criterion | Veto) -> Iterator[tuple[str, Text]]:
    kind = part.kind
    if kind is Kind.RATIO and part.unit not in {"%", "‰"}:
        yield "单位", ("的单位要写 % 或 ‰，并加引号", "needs % or ‰, in quotes, as its 单位")
    if part.unit is not None and not kind.numeric:
        yield "单位", ("没有单位", "has no unit")
    if part.bounds is not None and not kind.numeric:
        yield "范围", ("没有范围", "has no 范围")
    if isinstance(part, Field) and part.to_come is not None and kind is not Kind.DATE:
        yield "可在将来", ("不是日期，谈不上将来", "is no date")
    if kind is Kind.OPTION and not part.options:
        yield "选项", ("要写出选项", "needs its 选项")
    if part.options and kind is not Kind.OPTION:
        yield "选项", ("没有选项", "has no options")
    if isinstance(part, Criterion):
        if part.dates and kind is not Kind.YESNO:
            yield "类型", ("不能用于日期依次，它得出的是“是否”", "does not fit 日期依次, which yields 是否")
        if part.deduction is not None and not kind.numeric:
            yield "扣分", ("没有差多少可言，不能按差距扣分", "has no shortfall to deduct for")


def _limits(scheme: Scheme, tree: Tree) -> Iterator[Diagnostic]:
    """K617: lower limits lie below upper ones."""
    if scheme.until is not None and scheme.until < scheme.since:
        ends = {"first": f"生效 {scheme.since}", "second": f"失效 {scheme.until}"}
        yield Diagnostic("K617", tree.where("失效"), found=f"{scheme.until}", arguments=ends)
    for path, key, part in _columns(scheme, tree):
        if part.bounds is None:
            continue
        limits = part.bounds
        lows = [("至少", limits.at_least), ("高于", limits.above)]
        highs = [("至多", limits.at_most), ("低于", limits.below)]
        for low_word, low in lows:
            for high_word, high in highs:
                closed = low_word == "至少" and high_word == "至多"
                if low is not None and high is not None and (low > high or (low == high and not closed)):
                    ends = {"first": f"{low_word} {low:f}", "second": f"{high_word} {high:f}"}
                    yield Diagnostic("K617", tree.where(*path, "范围"), field=key, arguments=ends)


def _spans(scheme: Scheme, tree: Tree) -> Iterator[Diagnostic]:
    """K617, K659: what has a first and a last day has a day between them, and one on which the scheme is in force."""
    parts: list[tuple[Path, str, Text, Cap | Quota | Veto]] = [
        *((("定级", "封顶", place), cap.star, _CAP, cap) for place, cap in enumerate(scheme.tiering.caps)),
        *(
            (("定级", "名额", place), quota.tier_name, _QUOTA, quota)
            for place, quota in enumerate(scheme.tiering.quotas)
        ),
        *((("负面清单", place), veto.id, _VETO, veto) for place, veto in enumerate(scheme.vetoes)),
    ]
    for path, key, what, part in parts:
        if part.since is not None and part.until is not None and part.until < part.since:
            ends = {"first": f"自 {part.since}", "second": f"止 {part.until}"}
            yield Diagnostic("K617", tree.where(*path, "止"), field=key, found=f"{part.until}", arguments=ends)
            continue
        witness: Text | None = None
        if part.until is not None and part.until < scheme.since and tree.whole("生效"):
            witness = (f"止于 {part.until}，方案 {scheme.since} 才生效", f"the scheme begins on {scheme.since}")
        elif part.since is not None and scheme.until is not None and scheme.until < part.since:
            witness = (f"自 {part.since} 起，方案 {scheme.until} 就失效了", f"the scheme ends on {scheme.until}")
        if witness is not None:
            slots: dict[str, str | Text] = {"key": key, "what": what, "witness": witness}
            yield Diagnostic("K659", tree.where(*path), field=key, arguments=slots)


_CAP: Text = ("封顶", "the cap")
_QUOTA: Text = ("名额", "the quota")
_VETO: Text = ("这一条", "the veto")


def _first_lines(scheme: Scheme, tree: Tree) -> Iterator[Diagnostic]:
    """K646: where the first of several dated rules, or sets of tiers, begins after the scheme, it rates before too."""
    if not tree.whole("生效"):
        return
    late: list[tuple[Path, str, date]] = []
    for path, star in _stars(scheme, tree):
        since = star.rules[0].since
        counted = any(day < since for item in star.criteria for day in item.turns) if since is not None else False
        if since is not None and counted and tree.whole(*path, "点亮"):
            late.append(((*path, "点亮"), star.name, since))
    since = scheme.tiering.ladders[0].since
    if since is not None and tree.whole("定级", "档次"):
        late.append((("定级", "档次"), "档次", since))
    for path, key, since in late:
        if since > scheme.since:
            place = tree.dated(path, since)
            slots = {
                "key": key,
                "first": f"{since}",
                "since": f"{scheme.since}",
                "until": f"{since - timedelta(days=1)}",
            }
            yield Diagnostic("K646", tree.where(*place, "自"), field=key, found=f"{since}", arguments=slots)


def _quotas_of_nothing(scheme: Scheme, tree: Tree) -> Iterator[Diagnostic]:
    """K628: a quota without a place leaves its tier to nobody; a 说明 may say why that is meant."""
    for place, quota in enumerate(scheme.tiering.quotas):
        empty = quota.share == 0 or quota.count == 0
        if empty and quota.note is None:
            problem = (
                f"“{quota.tier_name}”的名额是 0，谁也评不上；确实不评的，写“说明”",
                f"the quota of {quota.tier_name} is 0; where that is meant, give it a 说明",
            )
            key = "至多" if quota.count == 0 else "至多比例"
            yield _unreachable(tree.where("定级", "名额", place, key), problem)


def _dated_requirements(scheme: Scheme, tree: Tree) -> Iterator[Diagnostic]:
    """K615, K656: one requirement a day, none after the end of the item or of the scheme."""
    for path, _, criterion in _criteria(scheme, tree):
        seen: set[date] = set()
        for number, requirement in enumerate(criterion.requirements):
            where = tree.where(*path, "要求", number, "自")
            found = f"{requirement.since}"
            if requirement.since in seen:
                yield Diagnostic("K615", where, field=criterion.id, found=found)
            seen.add(requirement.since)
            ends: tuple[tuple[date | None, Text], ...] = (
                (criterion.until, ("这一项", "the item")),
                (scheme.until if scheme.since <= (scheme.until or date.max) else None, ("方案", "the scheme")),
            )
            ended = next(((end, what) for end, what in ends if end is not None and end < requirement.since), None)
            if ended is not None:
                slots: dict[str, str | Text] = {"until": f"{ended[0]}", "what": ended[1]}
                yield Diagnostic("K656", where, field=criterion.id, found=found, arguments=slots)


def _sources(scheme: Scheme, tree: Tree) -> Iterator[Diagnostic]:
    """K614, K654, K655: every clause leads to a registered source, and every source is used."""
    clauses: list[tuple[Path, str, Text, SourceRef | None]] = []
    for path, _, criterion in _criteria(scheme, tree):
        for number, requirement in enumerate(criterion.requirements):
            clauses.append(((*path, "要求", number), criterion.id, ("要求", "A requirement"), requirement.source))
    for path, _, item in _group_criteria(scheme, tree):
        for number, requirement in enumerate(item.requirements):
            clauses.append(((*path, "要求", number), item.id, ("要求", "A requirement"), requirement.source))
    for path, ladder in ladders_of(scheme, tree):
        if ladder.since is not None:
            clauses.append((path[:-1], "档次", ("一组档", "A set of tiers"), ladder.source))
    for number, cap in enumerate(scheme.tiering.caps):
        clauses.append((("定级", "封顶", number), cap.star, ("封顶", "A cap"), cap.source))
    for number, quota in enumerate(scheme.tiering.quotas):
        clauses.append((("定级", "名额", number), quota.tier_name, ("名额", "A quota"), quota.source))
    for number, veto in enumerate(scheme.vetoes):
        clauses.append((("负面清单", number), veto.id, ("负面清单", "The veto"), veto.source))
    for path, star in _stars(scheme, tree):
        for number, dated in enumerate(star.rules):
            if dated.since is not None:
                clauses.append(((*path, "点亮", number), star.name, ("点亮", "A rule"), dated.source))
    for key, rules in scheme.monthly.sourced.items():
        thing: Text = (f"月度的{key}", f"A rule under 月度, {key},")
        for number, rule in enumerate(rules):
            clauses.append((("月度", key, number), rule.label, thing, rule.source))
    if scheme.monthly.rectifying is not None:
        thing = ("月度的整改", "The rule under 月度, 整改,")
        clauses.append((("月度", "整改"), "整改", thing, scheme.monthly.rectifying.source))
    used = {source.key for *_, source in clauses if source is not None}
    for path, key, thing, source in clauses:
        if source is None:
            if tree.whole(*path):
                yield Diagnostic("K655", tree.where(*path), field=key, arguments={"thing": thing})
        elif source.key not in scheme.sources and not tree.gone("依据", source.key) and not tree.lost("依据"):
            near = nearest_slot(source.key, scheme.sources)
            yield Diagnostic("K614", tree.where(*path, "依据"), field=key, found=source.key, arguments=near)
    for name in scheme.sources:
        if re.search(r"\s", name):
            expected = ("不含空格的名称，空格后是条款", "a name without spaces; the clause follows a space")
            yield Diagnostic("K606", tree.key("依据", name), found=name, expected=expected)
        elif name not in used and tree.is_own("依据", name) and tree.whole("星级") and tree.whole("定级"):
            # what was by a parent's source an overlay may have replaced; it cannot delete the source
            yield Diagnostic("K654", tree.key("依据", name), found=name)


def _contacts(scheme: Scheme, tree: Tree) -> Iterator[Diagnostic]:
    """K652, K653: who mends a shortfall, and how."""
    for path, _, criterion in _criteria(scheme, tree):
        if not tree.whole(*path):
            continue
        if criterion.owner is None:
            yield Diagnostic("K652", tree.where(*path), field=criterion.id)
        if criterion.remedy is None:
            yield Diagnostic("K653", tree.where(*path), field=criterion.id)


# --- lint of formulas -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Formula:
    path: Path
    owner: str
    text: str
    criterion: Criterion | GroupCriterion | None = None
    wants: str = "number"
    over_groups: bool = False

    def parsed(self) -> Expression:
        """The formula as a tree; ``ExpressionError`` where it cannot be read."""
        return parse_over_groups(self.text) if self.over_groups else parse(self.text)


def _formulas(scheme: Scheme, tree: Tree) -> Iterator[_Formula]:
    for path, _, criterion in _criteria(scheme, tree):
        if criterion.formula is not None:
            wants = "yesno" if criterion.kind is Kind.YESNO else "number"
            yield _Formula((*path, "公式"), criterion.id, criterion.formula, criterion, wants)
    for number, part in enumerate(scheme.checks):
        yield _Formula(("校核", number, "公式"), part.id, part.formula, wants="yesno")
    for path, _, item in _group_criteria(scheme, tree):
        yield _Formula((*path, "汇总"), item.id, item.formula, item, over_groups=True)
    for number, quota in enumerate(scheme.tiering.quotas):
        for place, tie_break in enumerate(quota.tie_breaks):
            path = ("定级", "名额", number, "同分", place)
            yield _Formula(path, quota.tier_name, tie_break.expression.text, wants="rank")


def _formula_rules(scheme: Scheme, tree: Tree) -> Iterator[Diagnostic]:
    """K620 to K624: formulas can be read, name what exists, and their units and kinds agree."""
    symbols = {name: Symbol(field.kind, field.unit) for name, field in scheme.fields.items()}
    criteria: dict[str, Criterion] = {}
    for _, _, criterion in _criteria(scheme, tree):
        criteria.setdefault(criterion.id, criterion)
    symbols |= {key: Symbol(criterion.kind, criterion.unit) for key, criterion in criteria.items()}
    symbols |= {AS_OF: Symbol(Kind.DATE), TIER: Symbol(Kind.INTEGER)}
    graph: dict[str, tuple[str, ...]] = {}
    for formula in _formulas(scheme, tree):
        place = _places(formula, tree)
        try:
            expression = formula.parsed()
        except ExpressionError as error:
            slots = {"problem": error.message}
            yield Diagnostic("K620", place(error.column), field=formula.owner, found=formula.text, arguments=slots)
            continue
        if isinstance(formula.criterion, Criterion):
            graph[formula.owner] = tuple(name.key for name in expression.names if name.kind == "criterion")
        names = [part for name in expression.names for part in _parts_of(name)]
        if formula.over_groups:
            names = [name for name in names if name.key != TIER]
        derived = {name.key: name for name in expression.names if name.kind == "derived"}
        symbols |= {
            key: Symbol(Kind.YESNO if key.startswith(FILLED) else Kind.NUMBER) for key in derived if key != AS_OF
        }
        strangers = [name for name in names if not _exists(name, scheme, criteria)]
        for name in strangers:
            if tree.lost("字段" if name.kind == "field" else "星级"):
                continue
            if tree.gone("字段" if name.kind == "field" else "指标", name.key):
                continue
            yield Diagnostic(
                "K621",
                place(name.column),
                field=formula.owner,
                found=_as_written(name),
                arguments=_near_name(name, scheme, criteria),
            )
        counted = [name for name in expression.names if name.kind == "criterion" and name.key in criteria]
        for name in counted:
            if criteria[name.key].tasks:
                # how many of its tasks are met depends on the day, a formula's value on the ledger alone
                problem = (f"“{name.key}”按任务计，不能用在公式里", f"{name.key} is made of tasks")
                slots = {"problem": problem}
                where = place(name.column)
                yield Diagnostic("K623", where, field=formula.owner, found=formula.text, arguments=slots)
        unsaid = _not_aggregated(expression) if formula.over_groups else None
        if unsaid is not None:
            yield Diagnostic("K620", place(1), field=formula.owner, found=formula.text, arguments={"problem": unsaid})
        elif not expression.names and not formula.over_groups:
            problem = ("里面没有一个字段或指标", "it names no field and no criterion")
            yield Diagnostic("K620", place(1), field=formula.owner, found=formula.text, arguments={"problem": problem})
        elif not strangers:
            yield from _dates_apart(formula, derived.values(), symbols, place)
            yield from _formula_types(formula, expression, symbols, place)
    yield from _circles(graph, scheme, tree)


def _not_aggregated(expression: Expression) -> Text | None:
    """What of a formula over groups says nothing of a group: names outside 总和 and the like, or none of those."""
    aggregates = "、".join(AGGREGATES)
    outside = [node.key for node in outside_aggregates(expression) if isinstance(node, Name)]
    if outside:
        return (
            f"“{outside[0]}”是一个单位的值，要写在 {aggregates} 里面",
            f"{outside[0]} is the value of a unit and belongs inside {aggregates}",
        )
    if not any(isinstance(node, Call) and node.function in AGGREGATES for node in outside_aggregates(expression)):
        return (f"里面没有 {aggregates}", f"it has none of {aggregates}")
    return None


def _group_criteria(scheme: Scheme, tree: Tree) -> Iterator[tuple[Path, Group, GroupCriterion]]:
    for number, group in enumerate(scheme.groups):
        if tree.node("分组", number) is None:
            continue
        for place, item in enumerate(group.criteria):
            yield ("分组", number, "指标", place), group, item


def _groups(scheme: Scheme, tree: Tree) -> Iterator[Diagnostic]:
    """K626, K616, K615, K652, K653: what units are grouped by, and what is asked of a group."""
    named = [name for name, field in scheme.fields.items() if field.kind in {Kind.TEXT, Kind.OPTION}]
    for number, group in enumerate(scheme.groups):
        known = [BY_TOWNSHIP, BY_COUNTY, *named]
        if group.by not in known and not tree.gone("字段", group.by):
            thing: Text = ("分组的依据（乡镇、县，或文本、选项字段）", "way to group units")
            arguments = {"thing": thing, **_near(group.by, known, scheme)}
            yield Diagnostic("K626", tree.where("分组", number, "按"), found=group.by, arguments=arguments)
    for path, group, item in _group_criteria(scheme, tree):
        field = scheme.fields.get(group.by)
        for place, name in enumerate(item.only):
            if field is not None and field.kind is Kind.OPTION and name not in field.options:
                where = tree.where(*path, "只对", place)
                yield Diagnostic("K613", where, field=item.id, found=name, arguments=nearest_slot(name, field.options))
        if not item.kind.numeric:
            problem = ("的汇总要得出数", "is no number, as 汇总 yields")
            slots: dict[str, str | Text] = {"kind": item.kind.value, "problem": problem}
            yield Diagnostic("K616", tree.where(*path, "类型"), field=item.id, arguments=slots)
        days = [requirement.since for requirement in item.requirements]
        for place, day in enumerate(days):
            if day in days[:place]:
                where = tree.where(*path, "要求", place, "自")
                yield Diagnostic("K615", where, field=item.id, found=f"{day}")
        if tree.whole(*path):
            for code, text in (("K652", item.owner), ("K653", item.remedy)):
                if text is None:
                    yield Diagnostic(code, tree.where(*path), field=item.id)


def _parts_of(name: Name) -> Iterator[Name]:
    """A name, or the fields that it is derived of."""
    if name.kind != "derived":
        yield name
    for key in name.of:
        if key != AS_OF:
            yield Name("field", key, name.column)


def _dates_apart(
    formula: _Formula, derived: Iterable[Name], symbols: Mapping[str, Symbol], place: Callable[[int], Location]
) -> Iterator[Diagnostic]:
    """K623: 天数 counts between dates, and 几号 is of one."""
    for name in derived:
        function = next((word for word in (DAYS, DAY_OF_MONTH) if name.key.startswith(word)), None)
        for key in name.of if function is not None else ():
            if key in symbols and symbols[key].kind is not Kind.DATE:
                problem = (f"{function}里的“{key}”不是日期", f"{key} in {function} is no date")
                slots = {"problem": problem}
                yield Diagnostic("K623", place(name.column), field=formula.owner, found=formula.text, arguments=slots)


def _places(formula: _Formula, tree: Tree) -> Callable[[int], Location]:
    """From a column of the formula to its place in the file."""
    node = tree.node(*formula.path)
    return lambda column: tree.where(*formula.path) if node is None else node.within(column)


def _exists(name: Name, scheme: Scheme, criteria: Mapping[str, Criterion]) -> bool:
    return name.key in (scheme.fields if name.kind == "field" else criteria)


def _as_written(name: Name) -> str:
    return name.key if name.kind == "field" else f"[{name.key}]"


def _near_name(name: Name, scheme: Scheme, criteria: Mapping[str, Criterion]) -> dict[str, Text]:
    """What a name in a formula may have meant, in the form it should be written."""
    titles = {criterion.name: f"[{key}]" for key, criterion in criteria.items()}
    written = {field: field for field in scheme.fields} | {key: f"[{key}]" for key in criteria}
    if name.key in written or name.key in titles:
        best = written.get(name.key) or titles[name.key]
    else:
        likely = nearest(name.key, [*written, *titles])
        if likely is None or _thing_called(name.key, scheme) is not None:
            return _near(name.key, (), scheme)
        best = written.get(likely) or titles[likely]
    return {"near": (f"是不是“{best}”？", f" Did you mean {best}?")}


def _formula_types(
    formula: _Formula,
    expression: Expression,
    symbols: Mapping[str, Symbol],
    place: Callable[[int], Location],
) -> Iterator[Diagnostic]:
    result, problems = check(expression, symbols)
    for problem in problems:
        code = "K622" if problem.about == "unit" else "K623"
        slots = {"problem": problem.message}
        yield Diagnostic(code, place(problem.column), field=formula.owner, found=formula.text, arguments=slots)
    if problems:
        return
    wanted: Text | None = None
    if formula.wants == "yesno" and result.kind != "yesno":
        wanted = ("是否或比较", "yes or no, or a comparison")
    elif formula.wants == "number" and result.kind != "number":
        wanted = ("数", "a number")
    elif result.kind == "date":
        wanted = ("数或是否", "a number, or yes or no")
    criterion = formula.criterion
    if criterion is not None and criterion.kind in {Kind.DATE, Kind.OPTION, Kind.TEXT}:
        wanted = ("类型为 数值、整数、比例 或 是否", "类型 数值, 整数, 比例 or 是否")
    if wanted is not None:
        problem_text = (f"公式应得出{wanted[0]}", f"the formula should yield {wanted[1]}")
        slots = {"problem": problem_text}
        yield Diagnostic("K623", place(1), field=formula.owner, found=formula.text, arguments=slots)
    elif criterion is not None and criterion.kind.numeric and not isinstance(result.measure, str):
        measure = measure_of(criterion.unit, criterion.kind)
        countable = is_bare(result.measure) and _countable(criterion.unit)
        if not countable and not agree(result.measure, measure):
            one, other = measure_name(result.measure), measure_name(measure)
            slots = {
                "problem": (
                    f"公式得出{one[0]}，指标却是{other[0]}",
                    f"the formula yields {one[1]}, the criterion is {other[1]}",
                )
            }
            yield Diagnostic("K622", place(1), field=formula.owner, found=formula.text, arguments=slots)


def _countable(unit: str | None) -> bool:
    """Whether a bare quotient may carry that unit: 倍, 分 and 个 are names, 万元 and 亩 are measures."""
    known = UNITS.get(unit or "")
    return known is None or known.dimension not in {"钱", "面积", "长度", "人", "share"}


def _circles(graph: Mapping[str, tuple[str, ...]], scheme: Scheme, tree: Tree) -> Iterator[Diagnostic]:
    """K624: each circle once, at the first of its formulas."""
    places = {criterion.id: path for path, _, criterion in _criteria(scheme, tree)}
    done: set[str] = set()
    for start in graph:
        yield from _walk(start, graph, [], done, lambda key: tree.where(*places[key], "公式"))


def _walk(
    key: str,
    graph: Mapping[str, tuple[str, ...]],
    trail: list[str],
    done: set[str],
    where: Callable[[str], Location],
) -> Iterator[Diagnostic]:
    if key in trail:
        circle = trail[trail.index(key) :]
        yield Diagnostic("K624", where(key), field=key, found=" → ".join([*circle, key]))
        return
    if key in done or key not in graph:
        return
    trail.append(key)
    for other in graph[key]:
        yield from _walk(other, graph, trail, done, where)
    trail.pop()
    done.add(key)


def _date_sequences(scheme: Scheme, tree: Tree) -> Iterator[Diagnostic]:
    """K625: 日期依次 lists two or more different date fields."""
    known = [name for name, field in scheme.fields.items() if field.kind is Kind.DATE]
    for path, _, criterion in _criteria(scheme, tree):
        nothing: dict[str, Text] = {"near": ("", "")}
        if len(criterion.dates) == 1:
            slots = {"problem": ("只有一个日期，无所谓先后", "a single date has no order"), **nothing}
            yield Diagnostic("K625", tree.where(*path, "日期依次"), field=criterion.id, arguments=slots)
        for number, name in enumerate(criterion.dates):
            where = tree.where(*path, "日期依次", number)
            if name in criterion.dates[:number]:
                slots = {"problem": (f"“{name}”写了两次", f"{name} is written twice"), **nothing}
            elif name in known or tree.gone("字段", name) or tree.lost("字段"):
                continue
            elif name in scheme.fields:
                problem = (f"“{name}”不是日期字段", f"{name} is not a field of 类型 日期")
                slots = {"problem": problem, **nearest_slot(name, known)}
            else:
                problem = (f"没有“{name}”这个字段", f"there is no field {name}")
                slots = {"problem": problem, **_near(name, known, scheme)}
            yield Diagnostic("K625", where, field=criterion.id, found=name, arguments=slots)


# --- lint of stars, tiers and vetoes ----------------------------------------------------------------------------------


def _references(scheme: Scheme, tree: Tree) -> Iterator[Diagnostic]:
    """K626: stars, tiers and fields that are referred to exist."""
    stars = [star.name for _, star in _stars(scheme, tree)]
    tiering = scheme.tiering
    names = _names(_sets_while(scheme))
    star: Text = ("星", "star")
    number: Text = ("档次序号", "tier number")
    yesno_field: Text = ("是否字段", "yes/no field")
    wanted: list[tuple[Path, str, Sequence[str], Text, tuple[str, ...]]] = []
    for place, cap in enumerate(tiering.caps):
        wanted.append((("定级", "封顶", place, "未亮"), cap.star, stars, star, ("星",)))
        numbers = _numbers(_sets_while(scheme, cap.since, cap.until))
        wanted.append((("定级", "封顶", place, "最高"), str(cap.tier), numbers, number, ()))
    for place, quota in enumerate(tiering.quotas):
        # what does not fit into the lowest tier has nowhere to go
        upper: Text = ("可限名额的档", "tier that can have a quota")
        here = _names([tiers[:-1] for tiers in _sets_while(scheme, quota.since, quota.until)])
        wanted.append((("定级", "名额", place, "档"), quota.tier_name, here, upper, ("档",)))
    for place, veto in enumerate(scheme.vetoes):
        path: Path = ("负面清单", place, "后果", veto.effect.kind.value)
        if veto.effect.star is not None:
            wanted.append((path, veto.effect.star, stars, star, ("星",)))
        if veto.effect.kind is EffectKind.CAP:
            numbers = _numbers(_sets_while(scheme, veto.since, veto.until))
            wanted.append((path, f"{veto.effect.number:f}", numbers, number, ()))
    yesno = [name for name, field in scheme.fields.items() if field.kind is Kind.YESNO]
    for place, name in enumerate(scheme.statistics):
        wanted.append((("统计", place), name, yesno, yesno_field, ("字段",)))
    if scheme.apportioning is not None:
        items = [item.id for item in scheme.criteria if item.kind is Kind.YESNO and not item.tasks]
        listed: Text = ("是否字段或是否指标", "yes/no field or criterion")
        wanted.append((("摊派提醒", "情形"), scheme.apportioning.of, [*yesno, *items], listed, ("字段", "指标")))
    numeric = [name for name, field in scheme.fields.items() if field.kind.numeric]
    numeric_field: Text = ("数值字段", "numeric field")
    for place, ranking in enumerate(scheme.monthly.rankings):
        at: Path = ("月度", "排名", place)
        if ranking.reached is not None:
            wanted.append(((*at, "达到"), ranking.reached, names, ("档", "tier"), ("档",)))
        if ranking.weight is not None:
            wanted.append(((*at, "加权"), ranking.weight, numeric, numeric_field, ("字段",)))
    rankings = [ranking.name for ranking in scheme.monthly.rankings]
    named: Text = ("月度的排名", "ranking")
    for place, reminder in enumerate(scheme.monthly.reminders):
        wanted.append((("月度", "约谈", place, "排名"), reminder.ranking, rankings, named, ("排名",)))
    for place, reward in enumerate(scheme.monthly.rewards):
        if reward.for_tier is not None:
            key = "达到" if reward.reached is not None else "档"
            wanted.append((("月度", "奖励", place, key), reward.for_tier, names, ("档", "tier"), ("档",)))
    for path, name, known, thing, kinds in wanted:
        gone = any(tree.gone(kind, name) for kind in kinds)
        stood_in = thing is number and not tree.whole("定级", "档次")
        lost = (thing is star and tree.lost("星级")) or (thing in (yesno_field, numeric_field) and tree.lost("字段"))
        if name not in known and not gone and not stood_in and not lost:
            near = nearest_slot(name, known) if thing is number else _near(name, known, scheme)
            yield Diagnostic("K626", tree.where(*path), found=name, arguments={"thing": thing, **near})
    named_once = (
        ("排名", "名称", rankings),
        ("奖励", "名称", [reward.name for reward in scheme.monthly.rewards]),
        ("日程", "事项", [duty.what for duty in scheme.monthly.duties]),
    )
    for key, own, names in named_once:
        for place, name in enumerate(names):
            if name in names[:place]:
                first = line_words(tree.where("月度", key, names.index(name), own))
                where = tree.where("月度", key, place, own)
                yield Diagnostic("K618", where, found=name, arguments={"first": first})
    for place, quota in enumerate(tiering.quotas):
        same = [other for other in range(place) if _of_one_time(tiering.quotas[other], quota)]
        if same:
            first = line_words(tree.where("定级", "名额", same[0]))
            found = f"{quota.scope} {quota.tier_name}"
            yield Diagnostic("K618", tree.where("定级", "名额", place), found=found, arguments={"first": first})


def _sets_while(scheme: Scheme, since: date | None = None, until: date | None = None) -> list[Sequence[Tier]]:
    """The sets of tiers that hold on some day from ``since`` to ``until``; of the scheme's days where one is None."""
    first, last = since or scheme.since, until or scheme.until or date.max
    ladders = scheme.tiering.ladders
    ends = [*(ladder.since or date.min for ladder in ladders[1:]), date.max]
    found: list[Sequence[Tier]] = [
        ladder.tiers
        for place, (ladder, end) in enumerate(zip(ladders, ends, strict=True))
        if end > first and (not place or (ladder.since or date.min) <= last)
    ]
    return found or [ladders[-1].tiers]


def _numbers(sets: Sequence[Sequence[Tier]]) -> list[str]:
    """The numbers that all the sets have: what speaks of a tier must find it whenever it holds."""
    return [f"{tier.number}" for tier in sets[-1] if all(tier.number in {one.number for one in some} for some in sets)]


def _names(sets: Sequence[Sequence[Tier]]) -> list[str]:
    """The names that all the sets have."""
    return [tier.name for tier in sets[-1] if all(tier.name in {one.name for one in some} for some in sets)]


def _of_one_time(one: Quota, other: Quota) -> bool:
    """Whether two quotas are for one tier and scope on some day: a new one is appended, the old one ends before."""
    (since, until), (also_since, also_until) = (
        (quota.since or date.min, quota.until or date.max) for quota in (one, other)
    )
    alike = (one.tier_name, one.scope) == (other.tier_name, other.scope)
    return alike and since <= also_until and also_since <= until


def _cover(scheme: Scheme, tree: Tree) -> Iterator[Diagnostic]:
    """K627: every number of stars, or every score, has its tier."""
    if not tree.whole("定级", "档次") or not tree.whole("星级"):
        return
    for path, ladder in ladders_of(scheme, tree):
        yield from _ladder_covers(scheme, tree, path, ladder.tiers)


def _ladder_covers(scheme: Scheme, tree: Tree, path: Path, tiers: Sequence[Tier]) -> Iterator[Diagnostic]:
    where = tree.where(*path)
    if scheme.tiering.method is Method.SCORE:
        bounds = [tier.at_least for tier in tiers if tier.at_least is not None]
        if bounds[-1] != 0:
            problem = (f"最低一档从 {bounds[-1]:f} 分起，应从 0 分起", f"begin at {bounds[-1]:f}, not at 0")
            yield Diagnostic("K627", where, arguments={"problem": problem})
        for bound in sorted({bound for bound in bounds if bounds.count(bound) > 1}):
            problem = (f"有两档都从 {bound:f} 分起", f"have two bands that begin at {bound:f}")
            yield Diagnostic("K627", where, arguments={"problem": problem})
        return
    needed = set(range(len(scheme.stars) + 1))
    given = {tier.number for tier in tiers}
    if gaps := sorted(needed - given):
        numbers = "、".join(str(number) for number in gaps)
        problem = (f"缺亮 {numbers} 颗星的档（共 {len(scheme.stars)} 颗星）", f"have none for {numbers} lit stars")
        yield Diagnostic("K627", where, arguments={"problem": problem})
    for number in sorted(given - needed):
        problem = (
            f"有亮 {number} 颗星的档，却只有 {len(scheme.stars)} 颗星",
            f"have {number} stars where there are fewer",
        )
        yield Diagnostic("K627", tree.key(*path, str(number)), arguments={"problem": problem})


def _score_rules(scheme: Scheme, tree: Tree) -> Iterator[Diagnostic]:
    """K628 to K630: thresholds can be reached, points are there where they count and nowhere else."""
    scored_tiers = scheme.tiering.method is Method.SCORE and tree.whole("定级", "方法")
    for path, star in _stars(scheme, tree):
        whole = tree.whole(*path, "指标")
        total = _points(star.criteria)
        for place, dated in enumerate(star.rules):
            rule = dated.rule
            rule_path: Path = (*path, "点亮") if dated.since is None else (*path, "点亮", place)
            yield from _rule_reach(tree, rule_path, star, rule, total, whole=whole)
            if rule.rescale and rule.score is None:
                yield Diagnostic("K630", tree.where(*path, "折算"), found="折算")
        carriers = {part.id for item in star.criteria for part in item.scored}
        for number, item in enumerate(star.criteria):
            for below, part in _with_tasks((*path, "指标", number), item):
                yield from _criterion_score_rules(scheme, tree, below, star, part, carriers)
    if scheme.tiering.rescale and not scored_tiers and tree.whole("定级", "方法"):
        yield Diagnostic("K630", tree.where("定级", "折算"), found="折算")
    for number, veto in enumerate(scheme.vetoes):
        if veto.effect.kind is EffectKind.DEDUCT and not scored_tiers and tree.whole("定级", "方法"):
            yield Diagnostic("K630", tree.where("负面清单", number, "后果"), field=veto.id, found="后果: 扣分")
    if scored_tiers and tree.whole("星级"):
        total = _points(scheme.items)
        endless = _rescaled_bonus(scheme.items, rescale=scheme.tiering.rescale) or any(
            _rescaled_bonus(star.criteria, rescale=dated.rule.rescale) for star in scheme.stars for dated in star.rules
        )
        dear = [
            (path, tier, tier.at_least)
            for path, ladder in (ladders_of(scheme, tree) if not endless else ())
            for tier in ladder.tiers
            if tier.at_least is not None and tier.at_least > total
        ]
        for path, tier, bound in dear:
            problem = (
                f"“{tier.name}”要 {bound:f} 分，全部分值合计只有 {total:f}",
                f"{tier.name} takes {bound:f} points, all points together are {total:f}",
            )
            yield _unreachable(tree.where(*path), problem)


def _criterion_score_rules(
    scheme: Scheme, tree: Tree, path: Path, star: Star, criterion: Criterion, carriers: Collection[str]
) -> Iterator[Diagnostic]:
    """What a criterion says of points; ``carriers`` are those of the star that the points are counted of."""
    task = criterion.id in scheme.item_of
    by_score = _by_score(scheme, star)
    has_points = criterion.points is not None or criterion.only_bonus or tree.was_cut(*path, "分值")
    if by_score and not has_points and criterion.id in carriers:
        yield Diagnostic("K629", tree.where(*path), field=criterion.id)
    above = next((part for part in scheme.upward(criterion)[1:] if part.id in carriers), None)
    if by_score and above is not None:
        # the item above is scored as a whole, so what is written here would never count
        for key in ("分值", "扣分", "分档", "比最优", "比目标", "加分"):
            if tree.node(*path, key) is not None:
                slots = {"item": above.id, "key": key}
                yield Diagnostic(
                    "K637", tree.where(*path, key), field=criterion.id, found=criterion.id, arguments=slots
                )
    if task and criterion.exempt_policy is ExemptPolicy.AVERAGE:
        yield Diagnostic("K630", tree.where(*path, "不适用按"), field=criterion.id, found="不适用按: 平均")
    if by_score:
        return
    if criterion.exempt_policy is ExemptPolicy.AVERAGE and not task:
        yield Diagnostic("K630", tree.where(*path, "不适用按"), field=criterion.id, found="不适用按: 平均")
    for key in ("扣分", "加分", "分档", "比最优", "比目标"):
        if tree.node(*path, key) is not None:
            yield Diagnostic("K630", tree.where(*path, key), field=criterion.id, found=key)


def _points(criteria: Iterable[Criterion]) -> Decimal:
    """The most that criteria can earn together, 加分 included."""
    parts = [part for criterion in criteria for part in criterion.scored]
    bonuses = (part.bonus.most for part in parts if part.bonus is not None)
    return sum((part.points or Decimal(0) for part in parts), Decimal(0)) + sum(bonuses, Decimal(0))


def _rescaled_bonus(criteria: Iterable[Criterion], *, rescale: bool) -> bool:
    """Whether 折算 may multiply 加分, so that there is no most that can be earned."""
    return rescale and any(part.bonus is not None for item in criteria for part in item.scored)


def _rule_reach(
    tree: Tree, path: Path, star: Star, rule: LightRule, total: Decimal, *, whole: bool
) -> Iterator[Diagnostic]:
    """K628: a star asks for no more than its criteria can come to."""
    if rule.at_least is not None and rule.at_least > len(star.criteria) and whole:
        yield _unreachable(
            tree.where(*path),
            (
                f"“{star.name}”要 {rule.at_least} 个指标达标，一共只有 {len(star.criteria)} 个",
                f"{star.name} takes {rule.at_least} criteria and has {len(star.criteria)}",
            ),
        )
    if (
        rule.score is not None
        and rule.score > total
        and whole
        and not _rescaled_bonus(star.criteria, rescale=rule.rescale)
    ):
        yield _unreachable(
            tree.where(*path),
            (
                f"“{star.name}”要 {rule.score:f} 分，指标分值合计只有 {total:f}",
                f"{star.name} takes {rule.score:f} points and has {total:f}",
            ),
        )


def _gradings(scheme: Scheme, tree: Tree) -> Iterator[Diagnostic]:
    """K641, K626: 分档, 比最优, 比目标 and 加分 fit what they grade, and the field of a target exists."""
    for path, _, item in _criteria(scheme, tree):
        if not tree.whole(*path):
            continue
        for key, problem in _grading_problems(item):
            yield Diagnostic(
                "K641", tree.where(*path, key), field=item.id, found=key, arguments={"key": key, "problem": problem}
            )
        if item.goal is not None and item.goal.field is not None:
            field = scheme.fields.get(item.goal.field)
            where = tree.where(*path, "比目标", "字段")
            if field is None or not field.kind.numeric:
                numeric = [name for name, other in scheme.fields.items() if other.kind.numeric]
                near = nearest_slot(item.goal.field, numeric)
                thing: Text = ("数值字段", "numeric field")
                yield Diagnostic("K626", where, found=item.goal.field, arguments={"thing": thing, **near})
            elif field.unit != item.unit:
                problem = (f"目标的单位是 {field.unit or '无'}", f"the target is in {field.unit or 'no unit'}")
                yield Diagnostic("K641", where, field=item.id, arguments={"key": "比目标", "problem": problem})


def _grading_problems(item: Criterion) -> Iterator[tuple[str, Text]]:
    numeric = item.kind.numeric and not item.tasks
    for key, given in (("分档", item.bands), ("比最优", item.best), ("比目标", item.goal)):
        if given and not numeric:
            yield key, ("只能用于读出或算出的数", "is for numbers that are read or computed")
        if given and item.points is None:
            yield key, ("要写“分值”", "needs 分值")
    if item.only_bonus and item.deduction is not None:
        yield "扣分", ("要写“分值”", "needs 分值")
    if item.only_bonus and item.essential:
        problem = ("不能用于只有“加分”的项：没有加分不算短板，拦不住星", "cannot be: with 加分 alone nothing is missed")
        yield "必备", problem
    bounds = [band.bound for band in item.bands]
    ways = {band.at_least is not None for band in item.bands}
    if len(ways) > 1:
        yield "分档", ("不能混用“至少”和“至多”", "is all 至少 or all 至多")
    elif item.bands and bounds != sorted(set(bounds), reverse=True in ways):
        yield "分档", ("要从最好的一档写起，不能重复", "begins with the best and repeats none")
    points = [band.points for band in item.bands]
    if points != sorted(points, reverse=True):
        yield "分档", ("越往下得分应越少", "earns less further down")
    if points and item.points is not None and max(points) > item.points:
        yield "分档", (f"有一档超过分值 {item.points:f}", f"has a band above its 分值 {item.points:f}")
    if points and item.points is not None and max(points) < item.points:
        best = f"{max(points):f}"
        problem = (
            f"最好的一档得 {best} 分，谁也得不到分值 {item.points:f}",
            f"earns {best} in its best band, so that nobody earns its 分值 {item.points:f}",
        )
        yield "分档", problem
    yield from _turned_bands(item, ways)
    if item.bonus is not None and item.bonus.per is None and item.bonus.at_most is not None:
        yield "加分", ("的“至多”要同“每”一起写", "has a 至多 only beside 每")
    if item.bonus is not None and item.bonus.per is not None:
        one_sided = {Operator.AT_LEAST, Operator.AT_MOST, Operator.ABOVE, Operator.BELOW}
        if not numeric or any(requirement.operator not in one_sided for requirement in item.requirements):
            yield "加分", ("按“每”加分要有至少、至多、高于或低于的数", "with 每 needs a number to exceed")


def _turned_bands(item: Criterion, ways: Collection[bool]) -> Iterator[tuple[str, Text]]:
    """Bands by which more earns more of an item that is asked for less, or the other way round."""
    upward = {Operator.AT_LEAST: True, Operator.ABOVE: True, Operator.AT_MOST: False, Operator.BELOW: False}
    for asked in item.requirements if len(ways) == 1 else ():
        way = upward.get(asked.operator)
        if way is not None and way not in ways:
            bands = Operator.AT_MOST if way else Operator.AT_LEAST
            words = asked.words(item.unit), asked.words(item.unit, "en")
            problem = (
                f"按“{bands}”分，要求却是“{words[0]}”：越达标得分越少",
                f"goes by {bands} where {words[1]} is asked: the better, the fewer points",
            )
            yield "分档", problem
            return


def _applications(scheme: Scheme, tree: Tree) -> Iterator[Diagnostic]:
    """K626, K613: 适用于 names a column of 类型 选项, a field or a criterion, and words among its options."""
    columns = [*scheme.fields.items(), *((item.id, item) for item in scheme.criteria if item.reads_column)]
    options = {name: part.options for name, part in columns if part.kind is Kind.OPTION}
    titles = {item.name: item.id for item in scheme.criteria if item.id in options}
    for path, _, item in _criteria(scheme, tree):
        for name, values in item.applies.items():
            if name not in options:
                if tree.gone("字段", name) or tree.gone("指标", name) or tree.lost("字段"):
                    continue
                thing: Text = ("类型为选项的字段或指标（写编号）", "field or criterion (by 编号) of 类型 选项")
                near = _near(name, [titles[name]] if name in titles else options, scheme)
                yield Diagnostic(
                    "K626", tree.key(*path, "适用于", name), found=name, arguments={"thing": thing, **near}
                )
                continue
            for number, value in enumerate(values):
                if value not in options[name]:
                    where = tree.where(*path, "适用于", name, number)
                    yield Diagnostic("K613", where, found=value, arguments=nearest_slot(value, options[name]))


def _task_counts(scheme: Scheme, tree: Tree) -> Iterator[Diagnostic]:
    """K628, K616: an item asks for no more tasks than it has, and nothing else that belongs to a column."""
    for path, _, criterion in _criteria(scheme, tree):
        if not criterion.tasks or not tree.whole(*path, "任务"):
            continue
        for number, requirement in enumerate(criterion.requirements):
            wanted = requirement.at_least
            if wanted is not None and wanted > len(criterion.tasks):
                problem = (
                    f"“{criterion.id} {criterion.name}”要 {wanted:f} 项任务达标，一共只有 {len(criterion.tasks)} 项",
                    f"{criterion.id} {criterion.name} takes {wanted:f} tasks and has {len(criterion.tasks)}",
                )
                yield _unreachable(tree.where(*path, "要求", number, "至少"), problem)
        for key, given in (("范围", criterion.bounds), ("扣分", criterion.deduction)):
            if given is not None:
                problem = (f"按任务计数，没有{key}", f"is a count of tasks and has no {key}")
                slots: dict[str, str | Text] = {"kind": "任务", "problem": problem}
                yield Diagnostic("K616", tree.where(*path, key), field=criterion.id, arguments=slots)


def _staged_tasks(scheme: Scheme, tree: Tree) -> Iterator[Diagnostic]:
    """K644: an item that asks for more tasks than are in force is met by nobody as long as that lasts."""
    for path, _, item in _criteria(scheme, tree):
        if not item.tasks or not tree.whole(*path) or not tree.whole("生效"):
            continue
        starts = {day for part in item.with_tasks for day in part.turns}
        stages = [scheme.since, *sorted(start for start in starts if start > scheme.since)]
        if scheme.until is not None:
            stages = [stage for stage in stages if stage <= scheme.until]
        states: list[tuple[int, int]] = []
        for stage in stages:
            asked = item.in_force(stage)
            wanted = 0 if asked is None or asked.at_least is None else int(asked.at_least)
            states.append((sum(_counts(task, stage) for task in item.tasks), wanted))
        short = [0 < counted < wanted <= len(item.tasks) for counted, wanted in states]
        for (counted, wanted), days in _spells(scheme, stages, states, short):
            slots: dict[str, str | Text] = {**days, "reach": f"{counted}", "need": f"{wanted}"}
            yield Diagnostic("K644", tree.where(*path, "要求"), field=item.id, found=item.id, arguments=slots)


State = TypeVar("State")


def _spells(
    scheme: Scheme, stages: Sequence[date], states: Sequence[State], short: Sequence[bool]
) -> Iterator[tuple[State, dict[str, str | Text]]]:
    """Each run of stages that fall ``short``: how it stands on its first, and ``since`` and ``until`` when."""
    for place, falls in enumerate(short):
        if not falls or (place and short[place - 1]):
            continue
        after = next((number for number in range(place, len(stages)) if not short[number]), None)
        end = scheme.until if after is None else stages[after] - timedelta(days=1)
        until: str | Text = ("以后一直", "from then on") if end is None else f"{end}"
        yield states[place], {"since": f"{stages[place]}", "until": until}


def _counts(task: Criterion, day: date) -> bool:
    """Whether a task has a requirement on that day, and something below it if it is made of tasks."""
    return task.in_force(day) is not None and (not task.tasks or any(_counts(below, day) for below in task.tasks))


def _unreachable(where: Location, problem: Text) -> Diagnostic:
    return Diagnostic("K628", where, arguments={"problem": problem})


def _staged_stars(scheme: Scheme, tree: Tree) -> Iterator[Diagnostic]:
    """K651, K657: from the first day on every star has something to count, and enough of it.

    Each stage begins on a requirement's 自, or after an item's 止.
    """
    for path, star in _stars(scheme, tree):
        if not tree.whole(*path, "指标") or not tree.whole("生效"):
            continue
        starts = {day for criterion in star.criteria for day in criterion.turns}
        starts |= {dated.since for dated in star.rules if dated.since is not None}
        stages = [scheme.since, *sorted(start for start in starts if start > scheme.since)]
        if scheme.until is not None:
            stages = [stage for stage in stages if stage <= scheme.until]
        states = [_reach(star.on(stage), stage) for stage in stages]
        for code in ("K651", "K657"):
            for (_, reach, need), days in _spells(scheme, stages, states, [state[0] == code for state in states]):
                slots: dict[str, str | Text] = {**days, "reach": reach, "need": need}
                yield Diagnostic(code, tree.where(*path, "星"), found=star.name, arguments=slots)


def _reach(star: Star, day: date) -> tuple[str, str, str]:
    """Whether a star can be lit on a day (a code if not), what is in force then, and what it takes."""
    counted = [criterion for criterion in star.criteria if criterion.in_force(day) is not None]
    total, points = _points(star.criteria), _points(counted)
    rule = star.rule
    if not counted:
        return "K651", "", ""
    if rule.at_least is not None and len(counted) < rule.at_least <= len(star.criteria):
        return "K657", str(len(counted)), str(rule.at_least)
    if rule.score is not None and not rule.rescale and points < rule.score <= total:
        return "K657", f"{points:f}", f"{rule.score:f}"
    return "", "", ""


def _rules_left_behind(scheme: Scheme, tree: Tree) -> Iterator[Diagnostic]:
    """K669: what a star, or an item of tasks, counts grows on a day on which nobody says what it takes from then on.

    任一 asks for one of however many. A rule by points that rescales grows along.
    """
    for path, star in _stars(scheme, tree):
        if not tree.whole(*path, "指标") or not tree.whole(*path, "点亮") or not tree.whole("生效"):
            continue
        said = {dated.since for dated in star.rules if dated.since is not None}
        for before, day in pairwise(_stages_of(scheme, star.criteria)):
            rule = star.on(day).rule
            if any(before < since <= day for since in said):
                continue
            if rule.at_least is not None:
                counts = [_count(star.criteria, stage) for stage in (before, day)]
                yield from _left_behind(
                    tree.where(*path, "点亮"), star.name, "点亮", day, counts, rule.at_least, _ITEMS
                )
            elif rule.score is not None and not rule.rescale:
                points = [_points_in_force(star.criteria, stage) for stage in (before, day)]
                yield from _left_behind(tree.where(*path, "点亮"), star.name, "点亮", day, points, rule.score, _POINTS)
    for path, _, item in _criteria(scheme, tree):
        if not item.tasks or not tree.whole(*path) or not tree.whole("生效"):
            continue
        for before, day in pairwise(_stages_of(scheme, item.tasks)):
            asked = item.in_force(day)
            if asked is None or asked.at_least is None or asked.since > before:
                continue
            counts = [_count(item.tasks, stage) for stage in (before, day)]
            where = tree.where(*path, "要求")
            yield from _left_behind(where, item.id, "要求", day, counts, int(asked.at_least), _ITEMS)


_ITEMS: Text = ("{}项", "{}")
_POINTS: Text = ("{}分", "{} points")


def _left_behind(
    where: Location, name: str, key: str, day: date, counts: Sequence[Decimal | int], need: Decimal | int, words: Text
) -> Iterator[Diagnostic]:
    before, after = counts
    if after > before >= need > 1:
        slots: dict[str, str | Text] = {}
        for slot, number in (("before", before), ("after", after), ("need", need)):
            written = f"{Decimal(number):f}"
            slots[slot] = words[0].format(written), words[1].format(written)
        slots |= {"since": f"{day}", "key": key}
        yield Diagnostic("K669", where, field=name, found=name, arguments=slots)


def _stages_of(scheme: Scheme, items: Iterable[Criterion]) -> list[date]:
    """The first day, and every later one on which something of ``items`` comes into force."""
    starts = {day for item in items for part in item.with_tasks for day in part.turns}
    days = [scheme.since, *sorted(start for start in starts if start > scheme.since)]
    return days if scheme.until is None else [day for day in days if day <= scheme.until]


def _count(items: Iterable[Criterion], day: date) -> int:
    return sum(item.in_force(day) is not None for item in items)


def _points_in_force(items: Iterable[Criterion], day: date) -> Decimal:
    """分值 of what is in force, itself and what it is part of."""
    total = Decimal(0)
    for item in items:
        if item.in_force(day) is not None:
            inner = item.points is None and item.bonus is None and item.tasks
            total += _points_in_force(item.tasks, day) if inner else item.points or Decimal(0)
    return total


RULES: tuple[Callable[[Scheme, Tree], Iterable[Diagnostic]], ...] = (
    _unique_names,
    _reserved_names,
    _unique_headers,
    _kinds,
    _limits,
    _spans,
    _first_lines,
    _quotas_of_nothing,
    _dated_requirements,
    _sources,
    _contacts,
    _formula_rules,
    _date_sequences,
    _references,
    _cover,
    _score_rules,
    _task_counts,
    _gradings,
    _groups,
    _applications,
    _staged_stars,
    _staged_tasks,
    _rules_left_behind,
)
"""Every rule over a whole scheme. A rule is a plain function; there is no registry but this."""
