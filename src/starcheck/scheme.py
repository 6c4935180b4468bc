"""Schemes (创建方案): criteria as data an officer can read aloud, checked whole before anything is rated by them.

``load_scheme`` reads a file and its parents (继承), reports every problem at its file, line and column, all at once,
and hands back a frozen model (see ``scheme_model``). What was wrong is cut out of the tree before the rest is checked,
so that one slip neither hides the next nor is reported a second time in other words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from starcheck.column import Kind
from starcheck.diagnostic import Diagnostic, Location, Severity, Text
from starcheck.scheme_lint import RULES, undecided
from starcheck.scheme_model import (
    ALL_TASKS,
    BY_COUNTY,
    BY_TOWNSHIP,
    FIELD_NAME,
    PERCENT_TEXT,
    TASK_UNIT,
    Absent,
    Apportioning,
    Band,
    Behind,
    Best,
    BestEnd,
    Bonus,
    Bounds,
    Cap,
    Check,
    Criterion,
    DatedRule,
    DatedTiers,
    Deduction,
    Duty,
    Effect,
    EffectKind,
    Every,
    ExemptPolicy,
    Field,
    Goal,
    Group,
    GroupCriterion,
    Lasting,
    LedgerField,
    LightRule,
    Method,
    MixedYears,
    Monthly,
    MonthlyRule,
    Operand,
    Operator,
    Quota,
    RankedBy,
    RankedOf,
    Ranking,
    Rectifying,
    Reminder,
    ReportedMonth,
    Requirement,
    Reward,
    RewardedTo,
    Rounding,
    Sampling,
    Scheme,
    Scope,
    Source,
    SourceRef,
    Span,
    Stacking,
    Star,
    Strata,
    TieBreak,
    Tier,
    Tiering,
    Ties,
    Trigger,
    Unproven,
    Veto,
    WithoutTier,
    shown,
)
from starcheck.scheme_proofs import PROOFS, stale
from starcheck.scheme_ranges import criterion_range, formula_range
from starcheck.scheme_source import (
    Node,
    Tree,
    Word,
    drop_disabled,
    nearest_slot,
    overlay,
    parse_source,
    paths_of_criteria,
)

__all__ = [
    "ALL_TASKS",
    "BY_COUNTY",
    "BY_TOWNSHIP",
    "PERCENT_TEXT",
    "TASK_UNIT",
    "Absent",
    "Apportioning",
    "Band",
    "Behind",
    "Best",
    "BestEnd",
    "Bonus",
    "Bounds",
    "Cap",
    "Check",
    "Criterion",
    "DatedRule",
    "DatedTiers",
    "Deduction",
    "Duty",
    "Effect",
    "EffectKind",
    "Every",
    "ExemptPolicy",
    "Field",
    "Goal",
    "Group",
    "GroupCriterion",
    "Lasting",
    "LedgerField",
    "LightRule",
    "Method",
    "MixedYears",
    "Monthly",
    "MonthlyRule",
    "Operand",
    "Operator",
    "Quota",
    "RankedBy",
    "RankedOf",
    "Ranking",
    "Rectifying",
    "Reminder",
    "ReportedMonth",
    "Requirement",
    "Reward",
    "RewardedTo",
    "Rounding",
    "Sampling",
    "Scheme",
    "SchemeFile",
    "Scope",
    "Source",
    "SourceRef",
    "Span",
    "Stacking",
    "Star",
    "Strata",
    "TieBreak",
    "Tier",
    "Tiering",
    "Ties",
    "Trigger",
    "Unproven",
    "Veto",
    "WithoutTier",
    "available_schemes",
    "criterion_range",
    "find_scheme",
    "formula_range",
    "load_scheme",
    "read_scheme_texts",
    "render_source_line",
    "scheme_from_texts",
    "scheme_from_trees",
    "scheme_json_schema",
    "stale",
]

Texts = Sequence[tuple[str, str]]
"""(file name, text) of a scheme's own file, then of its parents in order of inheritance."""


# --- reading ----------------------------------------------------------------------------------------------------------


def load_scheme(path: Path, *, shown: str | None = None) -> tuple[Scheme | None, tuple[Diagnostic, ...]]:
    """The scheme of a file and its parents; None, and why, if there is an error. Warnings may accompany a scheme.

    ``shown`` is the name diagnostics and ``Scheme.texts`` know the file by, its bare name if not given.
    """
    texts, problems = read_scheme_texts(path, shown=shown)
    return (None, problems) if problems else scheme_from_texts(texts)


def read_scheme_texts(path: Path, *, shown: str | None = None) -> tuple[Texts, tuple[Diagnostic, ...]]:
    """The texts of a scheme file and of the parents it names, and why one of them cannot be read."""
    name = shown or path.name
    texts: list[tuple[str, str]] = []
    seen: list[Path] = []
    where = Location(name)
    while True:
        try:
            text = path.read_bytes().decode("utf-8")
        except OSError as error:
            return texts, (_unreadable(where, name, texts, _os_error(error)),)
        except UnicodeDecodeError as error:
            reason = (f"第 {error.start + 1} 个字节起不是 UTF-8", f"not UTF-8 from byte {error.start + 1} on")
            return texts, (_unreadable(where, name, texts, reason),)
        texts.append((name, text))
        seen.append(path.resolve())
        if re.search(r"^\W*继承\W*:", text, re.MULTILINE) is None:
            return texts, ()
        root = parse_source(text, name)[0]
        parent = root.child("继承") if root is not None else None
        if parent is None or not isinstance(parent.value, str):
            return texts, ()
        where, written = parent.where, parent.written
        if re.match(r"[A-Za-z]+:|[/\\]", written):
            return texts, (_no_parent(where, written, ("只能写相对于本文件的路径", "the path must be relative")),)
        path = path.parent / written
        if path.resolve() in seen:
            return texts, (_no_parent(where, written, ("互相继承，绕成了圈", "they inherit in a circle")),)
        name = (Path(name).parent / written).as_posix()


def _unreadable(where: Location, name: str, texts: Texts, reason: Text) -> Diagnostic:
    if texts:
        return _no_parent(where, name, reason)
    return Diagnostic("K601", where, found=name, arguments={"problem": reason})


def _no_parent(where: Location, name: str, problem: Text) -> Diagnostic:
    return Diagnostic("K632", where, found=name, arguments={"problem": problem})


def _os_error(error: OSError) -> Text:
    if isinstance(error, FileNotFoundError):
        return "没有这个文件", "there is no such file"
    if isinstance(error, IsADirectoryError):
        return "这是文件夹", "it is a folder"
    reason = error.strerror or str(error)
    return reason, reason


def scheme_from_texts(texts: Iterable[tuple[str, str]]) -> tuple[Scheme | None, tuple[Diagnostic, ...]]:
    """The scheme of stored texts as ``Scheme.texts`` hands them out: its own first, then its parents'."""
    texts = tuple(texts)
    roots, problems = _parsed(texts)
    if roots is None:
        return None, tuple(problems)
    scheme, found = scheme_from_trees(roots, texts)
    order = {name: number for number, (name, _) in enumerate(texts)}
    problems += found
    problems.sort(key=lambda item: (order.get(item.where.file or "", 0), item.where.line or 0, item.where.column or 0))
    return None if _failed(problems) else scheme, tuple(problems)


def scheme_from_trees(roots: Sequence[Node], texts: Texts = ()) -> tuple[Scheme | None, tuple[Diagnostic, ...]]:
    """The scheme of a tree and of its parents' in order of inheritance; the trees are changed and of no more use."""
    merged, problems = _laid(roots)
    if merged is None:
        return None, tuple(problems)
    above = _laid(roots[1:])[0] if len(roots) > 1 else None
    tree = Tree(drop_disabled(merged), above)
    problems += undecided(tree)
    problems += _type_operands(tree)
    scheme, found = _validate(tree)
    problems += found
    scheme.attach(texts, tree.root)
    for rule in RULES:
        problems += rule(scheme, tree)
    if not _failed(problems):
        for proof in PROOFS:
            problems += proof(scheme, tree)
    return None if _failed(problems) else scheme, tuple(problems)


def _failed(problems: Iterable[Diagnostic]) -> bool:
    return any(problem.level is Severity.ERROR for problem in problems)


def _parsed(texts: Texts) -> tuple[list[Node] | None, list[Diagnostic]]:
    problems: list[Diagnostic] = []
    roots: list[Node] = []
    for name, text in texts:
        root, found = parse_source(text, name)
        problems += found
        if root is None:
            return None, problems
        roots.append(root)
    return roots, problems


def _merge(texts: Texts) -> tuple[Node | None, list[Diagnostic]]:
    """One tree of a scheme and its parents."""
    roots, problems = _parsed(texts)
    if roots is None:
        return None, problems
    merged, found = _laid(roots)
    return merged, problems + found


def _laid(roots: Sequence[Node]) -> tuple[Node | None, list[Diagnostic]]:
    """The first of the trees laid over the others, which are its parents."""
    problems: list[Diagnostic] = []
    top = roots[-1].child("继承")
    if top is not None and top.value is not None:
        return None, [_no_parent(top.where, top.written, ("没有这个文件", "there is no such file"))]
    merged = roots[-1]
    for root in reversed(roots[:-1]):
        merged, strangers = overlay(merged, root)
        problems += strangers
    return merged, problems


# --- validating -------------------------------------------------------------------------------------------------------


_STAND_INS: Mapping[str, Any] = {
    "方案": "?",
    "编号": "?",
    "适用": "?",
    "版本": "?",
    "性质": "?",
    "生效": date.min,
    "星级": [{"星": "?", "点亮": "全部", "指标": [
        {"编号": "?", "名称": "?", "列名": ["?"], "类型": "是否", "要求": [{"自": date.min, "为": True}]},
    ]}],
    "定级": {"方法": "亮星数", "档次": {"0": "?"}},
}  # fmt: skip
"""For required sections that are missing, so that the rest can still be checked. Such a scheme is never handed out."""

_ROUNDS = 50
"""Cuts before giving up; each goes at least one level up, so a handful is enough."""


def _validate(tree: Tree) -> tuple[Scheme, list[Diagnostic]]:
    """The model of a tree. What does not validate is reported and cut, until the rest does."""
    problems: list[Diagnostic] = []
    stand_ins: dict[str, Any] = {}
    for node in (*tree.root.entries("依据").values(), *tree.root.entries("字段").values()):
        if node.value is None:
            # elsewhere a key without a value is as good as not written; here it names something that is not there
            node.value = ""
    for name, node in tree.root.entries("字段").items():
        if isinstance(node.value, dict) and FIELD_NAME not in node.value:
            node.value[FIELD_NAME] = Node(node.where, name, name)
    for _ in range(_ROUNDS):
        try:
            return Scheme.model_validate(stand_ins | tree.root.plain(), by_alias=True, by_name=False), problems
        except ValidationError as error:
            doomed: dict[tuple[str | int, ...], None] = {}
            details = error.errors(include_url=False)
            for detail in details:
                path = tuple(detail["loc"])
                missing = detail["type"] == "missing"
                if detail["type"] == "too_short" and any(_inside(other["loc"], path) for other in details):
                    # pydantic counts the items that passed; those that did not are reported by themselves
                    continue
                if not _is_aftermath(tree, path, detail):
                    problems.append(_diagnose(tree, path, detail))
                if missing and len(path) == 1:
                    stand_ins[str(path[0])] = _STAND_INS[str(path[0])]
                else:
                    doomed[path[:-1] if missing else path] = None
            tree.cut(doomed)
    raise RuntimeError("a scheme did not get valid by cutting")  # pragma: no cover - every round cuts


def _inside(path: tuple[str | int, ...], around: tuple[str | int, ...]) -> bool:
    return len(path) > len(around) and path[: len(around)] == around


def _is_aftermath(tree: Tree, path: tuple[str | int, ...], detail: Any) -> bool:
    """Whether an error only says that what was cut is not there."""
    if detail["type"] == "missing":
        implied = path[-1] == "类型" and any(tree.was_cut(*path[:-1], key) for key in ("任务", "日期依次"))
        return implied or tree.was_cut(*path)
    code = detail.get("ctx", {}).get("code") if detail["type"] == "starcheck" else detail["type"]
    return code in {"K610", "too_short"} and not tree.whole(*path)


def _diagnose(tree: Tree, path: tuple[str | int, ...], detail: Any) -> Diagnostic:
    """A pydantic error as a diagnostic at its place in the file."""
    kind, step = detail["type"], str(path[-1])
    if kind == "starcheck":
        context = detail["ctx"]
        code, slots = context["code"], dict(context["slots"])
        at = path + tuple(context["at"])
        where = tree.key(*at) if code == "K604" else tree.where(*at)
        node = tree.node(*at)
        written = node.written if node is not None and code in {"K606", "K607", "K608"} else ""
        expected = slots.pop("expected", None)
        if step == "停用" and "指标" in path:
            expected = _OR_ENDED
        return Diagnostic(code, where, found=written or context["found"], expected=expected, arguments=slots)
    if kind == "missing":
        code = "K609" if step == "自" else "K605"
        return Diagnostic(code, tree.where(*path[:-1]), found=step)
    if kind == "extra_forbidden":
        keys = _keys_at(path)
        # an English attribute name stands for its Chinese key
        near = nearest_slot(keys[step], [keys[step]]) if step in keys else nearest_slot(step, keys.values())
        return Diagnostic("K604", tree.key(*path), found=step, arguments=near)
    node = tree.node(*path)
    expected = _EXPECTED.get(kind, (detail["msg"], detail["msg"]))
    if kind == "too_short" and step in _HOLDERS:
        holder = _HOLDERS[step]
        expected = (
            f"至少一项；各项都停用了的，在{holder[0]}上写“停用: 是”",
            f"at least one entry; where all of them are 停用, write 停用: 是 for {holder[1]}",
        )
    return Diagnostic("K606", tree.where(*path), found=None if node is None else shown(node.plain()), expected=expected)


_OR_ENDED: Text = (
    "是 或 否，不加引号；从某天起不再考的，写 止: 最后一天",
    "是 or 否, without quotes; what ends on a day has its last day as 止",
)
_MAPPING: Text = ("一组“键: 值”", "a group of 'key: value'")
_EXPECTED: Mapping[str, Text] = {
    "model_type": _MAPPING,
    "model_attributes_type": _MAPPING,
    "dict_type": _MAPPING,
    "tuple_type": ("列表，如 [a, b]", "a list such as [a, b]"),
    "too_short": ("至少有一项的列表", "a list of at least one item"),
}

_HOLDERS: Mapping[str, Text] = {"指标": ("这颗星（这个组）", "the star, or group"), "任务": ("上面的指标", "the item")}
"""What holds a list that must not be empty."""

_MODELS: Mapping[str, type[Any]] = {
    "范围": Bounds,
    "校核": Check,
    "星级": Star,
    "指标": Criterion,
    "任务": Criterion,
    "要求": Requirement,
    "扣分": Deduction,
    "加分": Bonus,
    "分档": Band,
    "比最优": Best,
    "比目标": Goal,
    "定级": Tiering,
    "封顶": Cap,
    "名额": Quota,
    "摊派提醒": Apportioning,
    "月度": Monthly,
    "排名": Ranking,
    "约谈": Reminder,
    "整改": Rectifying,
    "落后": Behind,
    "奖励": Reward,
    "日程": Duty,
    "抽查": Sampling,
    "负面清单": Veto,
    "触发": Trigger,
}


def _keys_at(path: tuple[str | int, ...]) -> dict[str, str]:
    """The keys that may stand where ``path`` ends: English attribute name to Chinese key."""
    names = [step for step in path[:-1] if isinstance(step, str)]
    model: type[Any] = Scheme
    if names[:1] == ["分组"]:
        # its 指标 are not those of stars
        return {name: field.alias or name for name, field in _in_group(names).model_fields.items()}
    if names:
        model = {"依据": Source, "字段": Field}.get(names[0], Scheme)
        depth_of_an_entry = 2
        if model is Scheme or len(names) > depth_of_an_entry:
            model = _MODELS[names[-1]]
    keys = {name: field.alias for name, field in model.model_fields.items()}
    return {name: alias for name, alias in keys.items() if alias != FIELD_NAME}


def _in_group(names: Sequence[str]) -> type[Any]:
    """The model of a part of a 分组, by the keys that lead to it."""
    if names[-1] == "要求":
        return Requirement
    return GroupCriterion if names[-1] == "指标" else Group


# --- operands ---------------------------------------------------------------------------------------------------------

_SIZES = (Operator.AT_LEAST, Operator.AT_MOST, Operator.ABOVE, Operator.BELOW, Operator.EQUALS, Operator.BETWEEN)
_FITTING: Mapping[Kind, tuple[Operator, ...]] = {
    Kind.NUMBER: _SIZES,
    Kind.INTEGER: _SIZES,
    Kind.RATIO: _SIZES,
    Kind.DATE: _SIZES,
    Kind.YESNO: (Operator.EQUALS,),
    Kind.OPTION: (Operator.EQUALS, Operator.ONE_OF),
    Kind.TEXT: (Operator.EQUALS, Operator.ONE_OF),
}

_WANTED: Mapping[Kind, Text] = {
    Kind.NUMBER: ("数，如 5，单位写在“单位”里", "a number such as 5; the unit goes into 单位"),
    Kind.INTEGER: ("数，如 5，单位写在“单位”里", "a number such as 5; the unit goes into 单位"),
    Kind.RATIO: ("数，如 90，按“单位”计", "a number such as 90, in the unit under 单位"),
    Kind.DATE: ("日期，如 2022-05-01，不加引号", "a date such as 2022-05-01, without quotes"),
    Kind.YESNO: ("是 或 否，不加引号", "是 or 否, without quotes"),
    Kind.OPTION: ("选项里的词", "one of the options"),
    Kind.TEXT: ("文字", "text"),
}


def _type_operands(tree: Tree) -> list[Diagnostic]:
    """Give every operand the type that its criterion's 类型 asks for, and report those that do not fit."""
    problems: list[Diagnostic] = []
    doomed: list[tuple[str | int, ...]] = []
    judged: list[tuple[tuple[str | int, ...], Node, Node]] = [
        ((*path, "要求", number), criterion, requirement)
        for place, star in enumerate(tree.root.items("星级"))
        for path, criterion in paths_of_criteria(star, ("星级", place))
        for number, requirement in enumerate(criterion.items("要求"))
    ]
    judged += [
        ((*path, "要求", number), criterion, requirement)
        for place, group in enumerate(tree.root.items("分组"))
        for path, criterion in paths_of_criteria(group, ("分组", place))
        for number, requirement in enumerate(criterion.items("要求"))
    ]
    judged += [
        (("负面清单", i, "触发"), veto, trigger)
        for i, veto in enumerate(tree.root.items("负面清单"))
        if (trigger := veto.child("触发")) is not None
    ]
    for path, holder, comparison in judged:
        kind = _kind_of(holder)
        if kind is None or not isinstance(comparison.value, dict):
            continue
        found = list(_type_comparison(comparison, kind, holder))
        problems += found
        if found:
            doomed.append(path)
    tree.cut(doomed)
    return problems


def _kind_of(holder: Node) -> Kind | None:
    """The 类型 of a criterion or veto; None if it is not stated or not a kind, which is reported elsewhere."""
    written = holder.text("类型")
    if written is not None:
        return next((kind for kind in Kind if kind == written), None)
    if holder.child("任务") is not None:
        return Kind.INTEGER
    by_default = holder.child("日期依次") is not None or holder.child("情形") is not None
    return Kind.YESNO if by_default else None


def _type_comparison(comparison: Node, kind: Kind, holder: Node) -> Iterator[Diagnostic]:
    fitting = _FITTING[kind]
    if holder.child("任务") is not None:
        yield from _type_of_tasks(comparison)
        return
    for operator in Operator:
        operand = comparison.child(operator.value)
        if operand is None or operand.value is None:
            continue
        if operator not in fitting:
            expected = ("、".join(fitting), ", ".join(fitting))
            where = comparison.keys[operator.value]
            yield Diagnostic("K611", where, found=operator.value, expected=expected, arguments={"kind": kind.value})
            continue
        items = [operand]
        if operator in {Operator.BETWEEN, Operator.ONE_OF}:
            pair = 2
            fits = isinstance(operand.value, list) and (
                len(operand.value) == pair if operator is Operator.BETWEEN else len(operand.value) > 0
            )
            if not fits:
                expected = (
                    ("两个值的列表，如 [5, 10]", "a list of two, such as [5, 10]")
                    if operator is Operator.BETWEEN
                    else ("列表，如 [已完成]", "a list such as [已完成]")
                )
                yield _misfit(operand, kind, expected)
                continue
            items = operand.value
        wrong = [problem for item in items for problem in _type_operand(item, kind, holder)]
        yield from wrong
        if operator is Operator.BETWEEN and not wrong and items[0].value > items[1].value:
            ends = {"first": shown(items[0].value), "second": shown(items[1].value)}
            yield Diagnostic("K617", operand.where, found=shown(operand.plain()), arguments=ends)


def _type_of_tasks(comparison: Node) -> Iterator[Diagnostic]:
    """An item of tasks asks for 至少 so many of them, from 1, or for 为 全部."""
    wanted: Text = ("至少: 2 或 为: 全部", "至少: 2, or 为: 全部")
    for operator in Operator:
        operand = comparison.child(operator.value)
        if operand is None or operand.value is None:
            continue
        whole = isinstance(operand.value, Decimal) and operand.value == int(operand.value) and operand.value >= 1
        if not (operator is Operator.AT_LEAST and whole) and not (
            operator is Operator.EQUALS and operand.value == ALL_TASKS
        ):
            written = f"{operator.value}: {operand.written or shown(operand.plain())}"
            arguments = {"kind": "任务"}
            yield Diagnostic("K612", operand.where, found=written, expected=wanted, arguments=arguments)


def _type_operand(node: Node, kind: Kind, holder: Node) -> Iterator[Diagnostic]:
    """Replace the node's value by one of the type that ``kind`` asks for."""
    value = node.value
    match kind:
        case Kind.NUMBER | Kind.INTEGER | Kind.RATIO:
            percent = PERCENT_TEXT.fullmatch(value) if isinstance(value, str) else None
            unit = (holder.text("单位") or "").replace("％", "%")
            if percent is not None and percent[2].replace("％", "%") == unit:
                node.value = Decimal(percent[1])
            elif not isinstance(value, Decimal):
                yield _misfit(node, kind)
        case Kind.DATE:
            if not isinstance(value, date):
                yield _misfit(node, kind)
        case Kind.YESNO:
            if isinstance(value, Word):
                node.value = value == "是"
            elif not isinstance(value, bool):
                yield _misfit(node, kind)
        case _:
            if not isinstance(value, str):
                yield Diagnostic("K607", node.where, found=node.written or shown(node.plain()))
                return
            node.value = str(value)
            options = [item.written for item in holder.items("选项")]
            if kind is Kind.OPTION and options and value not in options:
                yield Diagnostic("K613", node.where, found=str(value), arguments=nearest_slot(value, options))


def _misfit(node: Node, kind: Kind, expected: Text | None = None) -> Diagnostic:
    found = node.written or shown(node.plain())
    return Diagnostic(
        "K612", node.where, found=found, expected=expected or _WANTED[kind], arguments={"kind": kind.value}
    )


# --- finding ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SchemeFile:
    """What can be said of a scheme file without checking it."""

    path: Path
    id: str
    title: str
    version: str
    unit_kind: str
    since: date | None
    until: date | None

    def in_force(self, as_of: date) -> bool:
        """Whether the scheme speaks for that day."""
        return (self.since is None or self.since <= as_of) and (self.until is None or as_of <= self.until)


def available_schemes(directories: Iterable[Path]) -> tuple[SchemeFile, ...]:
    """The scheme files directly in ``directories``, in order of directory and name. Other YAML files are not listed."""
    found: list[SchemeFile] = []
    for directory in directories:
        if not directory.is_dir():
            continue
        for path in sorted(directory.iterdir()):
            if path.suffix in {".yaml", ".yml"} and path.is_file():
                texts, _ = read_scheme_texts(path)
                root, _ = _merge(texts) if texts else (None, [])
                if root is not None and root.child("编号") is not None and root.child("星级") is not None:
                    found.append(_scheme_file(path, root))
    return tuple(found)


def _scheme_file(path: Path, root: Node) -> SchemeFile:
    days = [node.value if node is not None else None for node in (root.child("生效"), root.child("失效"))]
    since, until = (day if isinstance(day, date) else None for day in days)
    identity, title, version, unit_kind = (root.text(key) or "" for key in ("编号", "方案", "版本", "适用"))
    return SchemeFile(path, identity, title, version, unit_kind, since, until)


def find_scheme(
    reference: str, directories: Iterable[Path], as_of: date | None = None
) -> tuple[Path | None, tuple[Diagnostic, ...]]:
    """The file that ``reference`` means: a path, or the 编号 of a scheme in ``directories``.

    Of several versions with one 编号 it is the one in force at ``as_of``. Two that remain are listed, never picked.
    """
    path = Path(reference)
    if path.suffix in {".yaml", ".yml"} or path.is_file():
        return path, ()
    known = available_schemes(directories)
    same = [scheme for scheme in known if scheme.id == reference]
    if len(same) > 1 and as_of is not None:
        same = [scheme for scheme in same if scheme.in_force(as_of)] or same
    if len(same) == 1:
        return same[0].path, ()
    if same:
        names = "、".join(scheme.path.as_posix() for scheme in same)
        slots = {
            "problem": (f"有几个：{names}", f"there are several: {names}"),
            "near": ("请写文件路径。", " Give the path of one."),
        }
        return None, (Diagnostic("K635", found=reference, arguments=slots),)
    problem: Text = ("没有这个编号的方案", "there is none of that id")
    near = nearest_slot(reference, dict.fromkeys(scheme.id for scheme in known))
    return None, (Diagnostic("K635", found=reference, arguments={"problem": problem, **near}),)


# --- showing ----------------------------------------------------------------------------------------------------------


def render_source_line(text: str, where: Location) -> str | None:
    """The line of a file's text that a place is in, with a caret under its column; None if there is no such line.

    Chinese characters are two columns wide on a terminal, and the caret follows.
    """
    lines = text.removeprefix("\ufeff").splitlines()
    if where.line is None or not 1 <= where.line <= len(lines):
        return None
    line = lines[where.line - 1]
    number = str(where.line)
    shown_line = f"{number} | {line}"
    if where.column is None:
        return shown_line
    width = sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in line[: where.column - 1])
    return f"{shown_line}\n{' ' * len(number)} | {' ' * width}^"


def scheme_json_schema() -> dict[str, Any]:
    """The JSON Schema of scheme files, with their Chinese keys, for editors.

    An overlay (继承) may leave out what its parent says, so there only the names of things are required.
    """
    strict = Scheme.model_json_schema(by_alias=True, ref_template="#/$defs/{model}")
    loose = Scheme.model_json_schema(by_alias=True, ref_template="#/$defs/{model}Overlay")
    definitions: dict[str, Any] = {}
    for name, definition in strict.pop("$defs").items():
        definitions[name] = _without_field_name(definition)
    for name, definition in loose.pop("$defs").items():
        definitions[f"{name}Overlay"] = _relaxed(_without_field_name(definition)) if name in _LAID else definition
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "starcheck 创建方案",
        "type": "object",
        "if": {"required": ["继承"]},
        "then": _relaxed(loose),
        "else": strict,
        "$defs": definitions,
    }


_LAID = frozenset({"Star", "Criterion", "Check", "Veto", "Field"})
"""What an overlay may name to replace a part of it, or to take it out."""


def _without_field_name(definition: dict[str, Any]) -> dict[str, Any]:
    if definition.get("properties", {}).pop(FIELD_NAME, None) is not None:
        definition["required"] = [key for key in definition["required"] if key != FIELD_NAME]
    return definition


def _relaxed(definition: dict[str, Any]) -> dict[str, Any]:
    kept = {name: part for name, part in definition.items() if name not in {"required", "anyOf", "oneOf"}}
    return kept | {"required": [key for key in definition.get("required", []) if key in {"编号", "星"}]}
