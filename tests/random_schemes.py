"""Small random schemes, as plain data and as text, and what DESIGN §6.1 says comes of cells that are all known.

The reference goes unit by unit over the plain data, so that it shares nothing with ``scoring`` but the rules.
"""

from __future__ import annotations

import operator
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from itertools import product
from math import ceil, floor
from typing import Any

import numpy as np

from starcheck.column import Column, Kind, Reason, empty_values
from starcheck.ledger import Ledger, StoredOrigin, Units, with_derived
from starcheck.scheme import Scheme

SINCE = date(2022, 1, 1)
DAYS = (date(2022, 1, 1), date(2022, 7, 1), date(2023, 1, 1), date(2023, 7, 1))
"""Days on which something may begin, or before which it may end."""
TAG = "免"
KINDS = ("农", "城")
TOP = 3
"""Numbers in cells are 0 to this."""

Cell = int | bool | str | None
Cells = Mapping[str, Cell]
Asked = tuple[date, str, Any]
"""自, the word and what it compares with."""

_COMPARED = {
    "至少": operator.ge,
    "至多": operator.le,
    "高于": operator.gt,
    "低于": operator.lt,
    "为": operator.eq,
}


@dataclass(frozen=True)
class Item:
    """An item or a task: ``asked`` are its dated requirements, as (自, word, operand); ``formula`` in Python too."""

    id: str
    kind: str
    asked: tuple[Asked, ...]
    until: date | None = None
    formula: str = ""
    tasks: tuple[Item, ...] = ()
    essential: bool = False
    applies: tuple[str, ...] = ()
    exempt: str = ""
    points: int | None = None
    deduction: tuple[int, int, int | None] | None = None
    bands: tuple[tuple[str, int, int], ...] = ()
    goal: int | Fraction | None = None
    bonus: tuple[int | None, int, int | None] | None = None

    def on(self, day: date) -> tuple[str, Any] | None:
        """What it asks for on a day."""
        if self.until is not None and day > self.until:
            return None
        begun = [(since, word, operand) for since, word, operand in self.asked if since <= day]
        return max(begun, key=lambda dated: dated[0])[1:] if begun else None

    @property
    def parts(self) -> tuple[Item, ...]:
        """Itself and its tasks."""
        return (self, *self.tasks)

    @property
    def scored(self) -> tuple[Item, ...]:
        """What carries its points."""
        return self.tasks if self.tasks and self.points is None else (self,)

    @property
    def only_bonus(self) -> bool:
        """Whether it can only add."""
        return self.bonus is not None and self.points is None

    def text(self) -> str:
        """Itself in YAML."""
        origin = f"列名: [{self.id}]" if not self.formula else f'公式: "{self.formula}"'
        if self.kind == "整数" and not self.formula:
            origin += f", 类型: 整数, 单位: 个, 范围: {{至少: 0, 至多: {TOP}}}"
        elif self.kind == "是否":
            origin += ", 类型: 是否"
        else:
            origin += ", 类型: 数值, 单位: 个"
        if self.tasks:
            origin = f"任务: [{', '.join(task.text() for task in self.tasks)}]"
        parts = [f"编号: {self.id}, 名称: 名{self.id}", origin]
        asked = [f"{{自: {since}, {word}: {operand}, 依据: 示例, 说明: x}}" for since, word, operand in self.asked]
        parts.append(f"要求: [{', '.join(asked)}]")
        parts += [f"止: {self.until}"] if self.until is not None else []
        parts += ["必备: 是"] if self.essential else []
        parts += [f"适用于: {{类: [{', '.join(self.applies)}]}}"] if self.applies else []
        parts += [f"不适用于: [{TAG}], 不适用按: {self.exempt}"] if self.exempt else []
        parts += [f"分值: {self.points}"] if self.points is not None else []
        if self.deduction is not None:
            per, points, most = self.deduction
            parts.append(f"扣分: {{每: {per}, 扣: {points}{'' if most is None else f', 至多: {most}'}}}")
        if self.bands:
            bands = ", ".join(f"{{{word}: {bound}, 得: {points}}}" for word, bound, points in self.bands)
            parts.append(f"分档: [{bands}]")
        parts += [f"比目标: {{目标: {self.goal}}}"] if self.goal is not None else []
        if self.bonus is not None:
            step, points, most = self.bonus
            each = f"每: {step}, " if step is not None else ""
            parts.append(f"加分: {{{each}加: {points}{'' if most is None else f', 至多: {most}'}}}")
        return "{" + ", ".join([*parts, "责任: 县, 整改: 改"]) + "}"


@dataclass(frozen=True)
class Star:
    """A star; its ``rules`` by the day from which they hold: 全部, how many, or points (with 折算 or not)."""

    name: str
    items: tuple[Item, ...]
    rules: tuple[tuple[date, str, int, bool], ...]

    def rule(self, day: date) -> tuple[str, int, bool]:
        """The rule on a day."""
        return next(rule for rule in self.rules if rule[0] == self.rule_since(day))[1:]

    def rule_since(self, day: date) -> date:
        """From when on that rule holds."""
        return max(rule[0] for rule in self.rules if rule[0] <= day)


@dataclass(frozen=True)
class Limit:
    """A cap, a quota or a veto: ``what`` is the star, the tier or what follows; for some days only."""

    what: str
    number: int
    since: date | None = None
    until: date | None = None
    id: str = ""

    def on(self, day: date) -> bool:
        """Whether it holds on a day."""
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)

    @property
    def days(self) -> str:
        """Its days in YAML."""
        since = "" if self.since is None else f", 自: {self.since}"
        return since + ("" if self.until is None else f", 止: {self.until}")


@dataclass(frozen=True)
class Plan:
    """A scheme as plain data; ``bands`` where tiers go by points, from the top, each from how many."""

    stars: tuple[Star, ...]
    bands: tuple[int, ...] = ()
    rescale: bool = False
    caps: tuple[Limit, ...] = ()
    quotas: tuple[Limit, ...] = ()
    vetoes: tuple[Limit, ...] = ()
    until: date | None = None

    @property
    def items(self) -> list[Item]:
        """All items and tasks."""
        return [part for star in self.stars for item in star.items for part in item.parts]

    @property
    def turns(self) -> list[date]:
        """Every day on which it may differ from the day before, and the day before that."""
        days = {day + timedelta(days=step) for day in DAYS for step in (-1, 0)}
        return sorted(day for day in days if day >= SINCE and (self.until is None or day <= self.until))

    def text(self) -> str:
        """The scheme file."""
        lines = [
            "方案: 试",
            "编号: t",
            "适用: 行政村",
            '版本: "1"',
            "性质: 测试",
            f"生效: {SINCE}",
            *([] if self.until is None else [f"失效: {self.until}"]),
            "依据: {示例: {文件: 测试, 机关: 测试, 日期: 2022-01-01}}",
            "字段:",
            f"  数: {{列名: [数], 类型: 整数, 单位: 个, 范围: {{至少: 0, 至多: {TOP}}}}}",
            f"  类: {{列名: [类], 类型: 选项, 选项: [{', '.join(KINDS)}]}}",
            "星级:",
        ]
        for star in self.stars:
            rules = [
                f"{{自: {since}, 按: {_rule_text(word, number, rescale=rescale)}, 依据: 示例}}"
                for since, word, number, rescale in star.rules
            ]
            lines += [f"  - 星: {star.name}", "    牵头: 县", f"    点亮: [{', '.join(rules)}]", "    指标:"]
            lines += [f"      - {item.text()}" for item in star.items]
        lines.append("定级:")
        if self.bands:
            tiers = ", ".join(
                f"{{至少: {bound}, 档: 档{len(self.bands) - 1 - place}}}" for place, bound in enumerate(self.bands)
            )
            lines += ["  方法: 总分", f"  档次: [{tiers}]"] + (["  折算: 是"] if self.rescale else [])
        else:
            tiers = ", ".join(f"{number}: 档{number}" for number in range(len(self.stars), -1, -1))
            lines += ["  方法: 亮星数", f"  档次: {{{tiers}}}"]
        if self.caps:
            lines.append("  封顶:")
            lines += [f"    - {{未亮: {cap.what}, 最高: {cap.number}, 依据: 示例{cap.days}}}" for cap in self.caps]
        if self.quotas:
            lines.append("  名额:")
            lines += [f"    - {{档: {one.what}, 至多: {one.number}, 范围: 全县{one.days}}}" for one in self.quotas]
        if self.vetoes:
            lines.append("负面清单:")
        for veto in self.vetoes:
            effect = {"不参评": "不参评", "最高": f"{{最高: {veto.number}}}", "扣分": f"{{扣分: {veto.number}}}"}
            then = effect.get(veto.what, f"{{熄灭: {veto.what}}}")
            asked = f"触发: {{为: 是}}, 后果: {then}, 依据: 示例{veto.days}"
            lines.append(f"  - {{编号: {veto.id}, 情形: x, 列名: [{veto.id}], {asked}}}")
        return "\n".join(lines) + "\n"


def _rule_text(word: str, number: int, *, rescale: bool) -> str:
    if word == "全部":
        return "全部"
    if word == "至少":
        return f"{{至少: {number}}}"
    return f"{{得分: {{至少: {number}{', 折算: 是' if rescale else ''}}}}}"


# --- at random --------------------------------------------------------------------------------------------------------


def random_plan(draw: random.Random, *, graded: bool = True, quotas: bool = True, vetoes: bool = True) -> Plan:
    """A scheme of one to three stars over few columns."""
    by_points = draw.random() < 0.5
    names = [f"{'甲乙丙'[place]}星" for place in range(draw.randint(1, 3 if not by_points else 2))]
    stars = []
    for place, name in enumerate(names):
        items = tuple(
            _item(draw, f"{'ABC'[place]}{number}", by_points=by_points, graded=graded)
            for number in range(1, draw.randint(1, 3) + 1)
        )
        made: list[Item] = []
        for item in items:
            made.append(_with_formula(draw, item, made))
        items = tuple(made)
        stars.append(Star(name, items, _rules(draw, items, by_points=by_points)))
    most = sum(_most(part) for star in stars for item in star.items for part in item.scored)
    bands: tuple[int, ...] = ()
    if by_points and draw.random() < 0.7:
        bands = (*sorted({draw.randint(1, max(1, most)) for _ in range(draw.randint(1, 3))}, reverse=True), 0)
    highest = len(bands) - 1 if bands else len(names)
    caps = tuple(_dated(draw, draw.choice(names), draw.randint(0, highest)) for _ in range(draw.choice((0, 0, 1, 2))))
    short = [number for number in range(highest, 0, -1) if quotas and draw.random() < 0.25]
    limits = [_dated(draw, f"档{number}", draw.randint(1, 3)) for number in short]
    effects = ["不参评", "最高", draw.choice(names), *(["扣分"] if bands else [])]
    listed = []
    for number in range(draw.choice((0, 0, 1, 2)) if vetoes else 0):
        effect = draw.choice(effects)
        amount = draw.randint(0, highest) if effect == "最高" else draw.randint(1, 9)
        dated = _dated(draw, effect, amount)
        listed.append(Limit(effect, amount, dated.since, dated.until, f"F{number}"))
    until = DAYS[-1] if draw.random() < 0.2 else None
    return Plan(tuple(stars), bands, bool(bands) and draw.random() < 0.3, caps, tuple(limits), tuple(listed), until)


def _dated(draw: random.Random, what: str, number: int) -> Limit:
    since = draw.choice((None, None, *DAYS))
    until = None if draw.random() < 0.6 else draw.choice(DAYS[2:]) - timedelta(days=1)
    if since is not None and until is not None and until < since:
        until = None
    return Limit(what, number, since, until)


def _asked(draw: random.Random, kind: str, high: int) -> tuple[Asked, ...]:
    found: list[Asked] = []
    for since in sorted(draw.sample(DAYS, draw.choice((1, 1, 1, 2)))) if draw.random() < 0.5 else [SINCE]:
        if kind == "是否":
            found.append((since, "为", draw.choice(("是", "是", "否"))))
        else:
            word = draw.choice(("至少", "至少", "至多", "高于", "低于", "为"))
            found.append((since, word, draw.randint(0, high)))
    return tuple(found)


def _item(draw: random.Random, key: str, *, by_points: bool, graded: bool, task: bool = False) -> Item:
    kind = draw.choice(("是否", "整数"))
    asked = _asked(draw, kind, TOP + (draw.random() < 0.2))
    more: dict[str, Any] = {}
    if draw.random() < 0.2:
        more["until"] = draw.choice(DAYS[2:]) - timedelta(days=1)
    if draw.random() < 0.2:
        more["essential"] = True
    if draw.random() < 0.15:
        more["applies"] = (draw.choice(KINDS),)
    if draw.random() < 0.2:
        more["exempt"] = draw.choice(("不计", "达标", "未达标", *(["平均"] if by_points and not task else [])))
    if not task and draw.random() < 0.2:
        tasks = tuple(
            _item(draw, f"{key}{'xy'[number]}", by_points=by_points, graded=graded, task=True) for number in range(2)
        )
        asks = draw.choice(("为", "至少"))
        counted = "全部" if asks == "为" else draw.randint(1, 2)
        own = draw.random() < 0.5
        if by_points and own:
            tasks = tuple(_without_points(part) for part in tasks)
            more["points"] = draw.randint(0, 9)
        if more.get("exempt") == "平均" and not own:
            more["exempt"] = "不计"
        return Item(key, "任务", ((asked[0][0], asks, counted),), tasks=tasks, **more)
    if by_points:
        more["points"] = draw.randint(0, 9)
        if graded and draw.random() < 0.5:
            more |= _grading(draw, kind, asked, more)
    return Item(key, kind, asked, **more)


def _without_points(part: Item) -> Item:
    kept = {"id", "kind", "asked", "until", "essential", "applies", "exempt"}
    values = {name: getattr(part, name) for name in kept}
    return Item(**values)


def _grading(draw: random.Random, kind: str, asked: Sequence[Asked], more: dict[str, Any]) -> dict[str, Any]:
    one_sided = kind == "整数" and all(word in {"至少", "至多", "高于", "低于"} for _, word, _ in asked)
    made: dict[str, Any] = {}
    choice = draw.choice(("扣分", "分档", "比目标", "加分"))
    if choice == "加分":
        per = draw.choice((None, 1, 2)) if one_sided else None
        made["bonus"] = (per, draw.randint(1, 4), None if per is None else draw.randint(1, 6))
        if draw.random() < 0.4 and not more.get("essential"):
            made["points"] = None
    elif kind == "整数" and choice == "扣分":
        made["deduction"] = (draw.choice((1, 2)), draw.randint(1, 4), draw.choice((None, 5)))
    elif kind == "整数" and choice == "分档":
        full = more["points"]
        steps = [full, *sorted((draw.randint(0, full) for _ in range(draw.choice((0, 1, 2)))), reverse=True)]
        bounds = sorted(draw.sample(range(TOP + 1), len(steps)), reverse=True)
        upward = not any(word in {"至多", "低于"} for _, word, _ in asked)
        if not upward and any(word in {"至少", "高于"} for _, word, _ in asked):
            return made
        word, ordered = ("至少", bounds) if upward else ("至多", bounds[::-1])
        made["bands"] = tuple((word, bound, points) for bound, points in zip(ordered, steps, strict=True))
    elif kind == "整数":
        made["goal"] = draw.randint(1, 4)
    return made


def _with_formula(draw: random.Random, item: Item, before: Sequence[Item]) -> Item:
    """Sometimes an item, or a task, is a formula over a field and what is before it."""
    if item.tasks:
        return replace(item, tasks=tuple(_with_formula(draw, task, before) for task in item.tasks))
    read = [part for other in before for part in other.parts if not part.tasks and not part.formula]
    if item.goal is not None or draw.random() > 0.4:
        return item
    one = draw.choice([f"[{part.id}]" for part in read if part.kind == "整数"] + ["数"])
    if item.kind == "是否":
        step = draw.randint(0, TOP + 1)
        other = draw.choice([f"[{part.id}]" for part in read if part.kind == "是否"] + [f"数 < {step}"])
        formula = draw.choice(
            (f"{one} >= {step}", f"{one} + 数 > {step}", f"{one} != 数", f"not {other}", f"{one} <= {step} and {other}",
             f"{one} > {step} or not ({other})", f"({other}) == ({one} == {step})", f"{one} - 数 < {step}")
        )  # fmt: skip
        return replace(item, formula=formula)
    formula = draw.choice(
        (one, f"{one} + 数", f"{one} - 数", f"{one} * 2", f"{one} / 数", f"最大({one}, 数)", f"最小({one}, 2)")
    )
    return replace(item, formula=formula, kind="数值")


def _most(part: Item) -> int:
    bonus = 0 if part.bonus is None else part.bonus[2] if part.bonus[2] is not None else part.bonus[1]
    return (part.points or 0) + bonus


def _rules(draw: random.Random, items: Sequence[Item], *, by_points: bool) -> tuple[tuple[date, str, int, bool], ...]:
    most = sum(_most(part) for item in items for part in item.scored)
    found = []
    for since in (SINCE, *((draw.choice(DAYS[1:]),) if draw.random() < 0.25 else ())):
        word = draw.choice(("全部", "至少", *(["得分", "得分"] if by_points and most else [])))
        number = draw.randint(1, len(items)) if word == "至少" else draw.randint(1, max(1, most))
        found.append((since, word, number, word == "得分" and draw.random() < 0.3))
    return tuple(found)


# --- ledgers ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Unit:
    """A unit: its cells by column, None where blank, and whether it bears the tag."""

    cells: Cells
    tagged: bool = False


def columns_of(plan: Plan) -> dict[str, tuple[Cell, ...]]:
    """The columns a plan reads, and the values that their cells can hold."""
    yes_no: tuple[Cell, ...] = (False, True)
    found: dict[str, tuple[Cell, ...]] = {}
    formulas = " ".join(part.formula for part in plan.items)
    for part in plan.items:
        if not part.tasks and not part.formula:
            found[part.id] = yes_no if part.kind == "是否" else tuple(range(TOP + 1))
    if "数" in formulas:
        found["数"] = tuple(range(TOP + 1))
    if any(part.applies for part in plan.items):
        found["类"] = KINDS
    return found | {veto.id: yes_no for veto in plan.vetoes}


def all_units(plan: Plan, draw: random.Random, most: int) -> list[Unit]:
    """Every unit there can be with nothing blank, tagged or not; as many of them at random if there are more."""
    columns = columns_of(plan)
    size = 2
    for values in columns.values():
        size *= len(values)
    tagged = [False, True] if any(part.exempt for part in plan.items) else [False]
    if size <= most:
        turns = product(*columns.values(), tagged)
        return [Unit(dict(zip(columns, turn[:-1], strict=True)), bool(turn[-1])) for turn in turns]
    return [
        Unit({key: draw.choice(values) for key, values in columns.items()}, draw.choice(tagged)) for _ in range(most)
    ]


def ledger_of(scheme: Scheme, units: Sequence[Unit], day: date) -> Ledger:
    """A ledger of these units, all of one township."""
    size = len(units)
    names = [f"{place}村" for place in range(size)]
    tags = [frozenset({TAG}) if unit.tagged else frozenset[str]() for unit in units]
    frame = Units(
        [None] * size,
        names,
        ["河乡"] * size,
        ["甲县"] * size,
        [scheme.unit_kind] * size,
        tags,
        np.ones(size, bool),
        np.full(size, -1, np.int8),
    )
    columns = {}
    for key, column in scheme.ledger_columns.items():
        values = empty_values(column.kind, size)
        reason = np.zeros(size, np.int8)
        for place, unit in enumerate(units):
            cell = unit.cells.get(key)
            if cell is None:
                reason[place] = Reason.BLANK
            elif column.kind is Kind.OPTION:
                values[place] = column.options.index(str(cell))
            else:
                values[place] = int(cell)
        columns[key] = Column(column.kind, values, reason, column.options)
    return with_derived(Ledger(scheme, frame, columns, StoredOrigin([{} for _ in units])), day)


# --- the reference ----------------------------------------------------------------------------------------------------

MET, UNMET, NOTHING, OPEN = 1, 0, -2, -1


@dataclass(frozen=True)
class Result:
    """What comes of one unit whose cells are known: what items are shown as and count as, stars, points, the tier."""

    shown: Mapping[str, int]
    counts: Mapping[str, int]
    stars: tuple[bool, ...]
    score: Fraction | None
    tier: int | None


def value_of(plan: Plan, part: Item, cells: Cells) -> Fraction | bool | None:
    """The value of an item that is no item of tasks; None where its formula divides by 0."""
    if not part.formula:
        cell = cells[part.id]
        return cell if isinstance(cell, bool) else Fraction(int(cell or 0))
    names: dict[str, object] = {"数": Fraction(int(cells.get("数") or 0)), "最大": max, "最小": min}
    text = part.formula
    for other in plan.items:
        if f"[{other.id}]" in text:
            text = text.replace(f"[{other.id}]", f"_{other.id}")
            names[f"_{other.id}"] = value_of(plan, other, cells)
    try:
        found = eval(text, {"__builtins__": {}}, names)  # noqa: S307 - a formula of ours
        return found if isinstance(found, bool) else Fraction(found)
    except ZeroDivisionError:
        return None


def rated(plan: Plan, unit: Unit, day: date, forced: Mapping[str, int] | None = None) -> Result:
    """A unit by the rules, before quotas; items that are judged by their value come out as ``forced``, if they are."""
    forced = forced or {}
    shown: dict[str, int] = {}
    counts: dict[str, int] = {}
    averaged: set[str] = set()
    for star in plan.stars:
        for item in star.items:
            for task in item.tasks:
                shown[task.id], counts[task.id] = _judged(plan, (task, item), unit, day, averaged, forced)
            if item.tasks:
                shown[item.id], counts[item.id] = _of_tasks(item, counts, unit, day, averaged, forced)
            else:
                shown[item.id], counts[item.id] = _judged(plan, (item,), unit, day, averaged, forced)
    lit = []
    totals: list[tuple[Fraction, Fraction, Fraction]] = []
    for star in plan.stars:
        points, available, whole = _points_of(plan, star, unit, day, shown, counts, averaged)
        totals.append((points, available, whole))
        states = [counts[item.id] for item in star.items]
        word, number, rescale = star.rule(day)
        if word == "全部":
            on = UNMET not in states and OPEN not in states
        elif word == "至少":
            on = states.count(MET) >= number
        else:
            on = _rescaled(points, available, whole, rescale=rescale) >= number
        needed = all(counts[item.id] in {MET, NOTHING} for item in star.items if item.essential)
        out = any(veto.what == star.name and veto.on(day) and unit.cells[veto.id] for veto in plan.vetoes)
        lit.append(on and needed and any(state != NOTHING for state in states) and not out)
    score: Fraction | None = None
    if plan.bands:
        score = _total(plan, totals, [star.rule(day)[2] for star in plan.stars])
        score -= sum(veto.number for veto in plan.vetoes if _hit(veto, unit, day, "扣分"))
        score = max(score, Fraction(0))
        tier = max(len(plan.bands) - 1 - place for place, bound in enumerate(plan.bands) if score >= bound)
    else:
        tier = sum(lit)
    for cap in plan.caps:
        if cap.on(day) and not lit[[star.name for star in plan.stars].index(cap.what)]:
            tier = min(tier, cap.number)
    for veto in plan.vetoes:
        if _hit(veto, unit, day, "最高"):
            tier = min(tier, veto.number)
    out = any(_hit(veto, unit, day, "不参评") for veto in plan.vetoes)
    return Result(shown, counts, tuple(lit), score, None if out else tier)


def _hit(veto: Limit, unit: Unit, day: date, what: str) -> bool:
    return veto.what == what and veto.on(day) and bool(unit.cells[veto.id])


def _judged(
    plan: Plan, chain: Sequence[Item], unit: Unit, day: date, averaged: set[str], forced: Mapping[str, int]
) -> tuple[int, int]:
    part = chain[0]
    asked = part.on(day)
    if any(one.on(day) is None for one in chain) or asked is None:
        return NOTHING, NOTHING
    if any(one.applies and unit.cells["类"] not in one.applies for one in chain):
        return NOTHING, NOTHING
    if any(one.exempt for one in chain) and unit.tagged:
        policies = [one.exempt for one in chain if one.exempt]
        if "不计" in policies:
            return NOTHING, NOTHING
        if "平均" in policies:
            averaged.add(part.id)
            return NOTHING, NOTHING
        counted = MET if policies[-1] == "达标" else UNMET
        return NOTHING, NOTHING if part.only_bonus and counted == UNMET else counted
    value = value_of(plan, part, unit.cells)
    if value is None:
        return OPEN, OPEN
    word, operand = asked
    wanted = operand == "是" if isinstance(operand, str) else operand
    met = bool(forced.get(part.id, _COMPARED[word](value, wanted)))
    if part.only_bonus and not met:
        return NOTHING, NOTHING
    return int(met), int(met)


def _of_tasks(
    item: Item, counts: Mapping[str, int], unit: Unit, day: date, averaged: set[str], forced: Mapping[str, int]
) -> tuple[int, int]:
    asked = item.on(day)
    if asked is None or (item.applies and unit.cells["类"] not in item.applies):
        return NOTHING, NOTHING
    asking = [
        task for task in item.tasks if task.on(day) and not (task.applies and unit.cells["类"] not in task.applies)
    ]
    if not asking:
        return NOTHING, NOTHING
    if item.exempt and unit.tagged:
        if item.exempt == "平均":
            averaged.add(item.id)
        return NOTHING, {"达标": MET, "未达标": UNMET}.get(item.exempt, NOTHING)
    states = [counts[task.id] for task in item.tasks]
    counted = [state for state in states if state != NOTHING]
    if not counted:
        return NOTHING, NOTHING
    if item.id in forced:
        return forced[item.id], forced[item.id]
    wanted = len(counted) if asked[1] == "全部" else asked[1]
    essential = [counts[task.id] for task in item.tasks if task.essential]
    if UNMET in essential or len([state for state in counted if state != UNMET]) < wanted:
        return UNMET, UNMET
    enough = counted.count(MET) >= wanted and OPEN not in essential
    return (MET, MET) if enough else (OPEN, OPEN)


def _points_of(
    plan: Plan,
    star: Star,
    unit: Unit,
    day: date,
    shown: Mapping[str, int],
    counts: Mapping[str, int],
    averaged: set[str],
) -> tuple[Fraction, Fraction, Fraction]:
    total, available, whole = Fraction(0), Fraction(0), Fraction(0)
    shares: list[Fraction] = []
    exempt = Fraction(0)
    for part in (part for item in star.items for part in item.scored):
        full = Fraction(part.points or 0)
        whole += full
        if part.id in averaged:
            exempt += full
        if counts[part.id] == NOTHING:
            continue
        earned = _earned(plan, part, unit, day, shown[part.id], counts[part.id])
        total += earned
        available += full
        if full:
            shares.append(earned / full)
    if shares:
        total += exempt * sum(shares) / len(shares)
        available += exempt
    return total, available, whole


def _earned(plan: Plan, part: Item, unit: Unit, day: date, shown: int, counted: int) -> Fraction:
    full = Fraction(part.points or 0)
    if shown not in {MET, UNMET}:
        return full if counted == MET else Fraction(0)
    if part.tasks:
        return full if shown == MET else Fraction(0)
    value, asked = value_of(plan, part, unit.cells), part.on(day)
    assert value is not None
    assert asked is not None
    earned = full if shown == MET else Fraction(0)
    if part.deduction is not None and shown == UNMET:
        per, points, most = part.deduction
        short = abs(value - Fraction(asked[1]))
        lost = Fraction(points * ceil(short / per))
        earned = max(Fraction(0), full - (lost if most is None else min(lost, Fraction(most))))
    elif part.bands:
        fits = (Fraction(points) for word, bound, points in part.bands if _COMPARED[word](value, bound))
        earned = next(fits, Fraction(0))
    elif part.goal is not None:
        earned = full * min(Fraction(1), max(Fraction(0), Fraction(value) / part.goal))
    if part.bonus is not None and shown == MET:
        step, points, most = part.bonus
        gained = Fraction(points)
        if step is not None:
            gained = Fraction(points * floor(abs(value - Fraction(asked[1])) / step))
        earned += gained if most is None else min(gained, Fraction(most))
    return earned


def _rescaled(points: Fraction, available: Fraction, whole: Fraction, *, rescale: bool) -> Fraction:
    if not rescale:
        return points
    return points * whole / available if available else Fraction(0)


def _total(plan: Plan, totals: Sequence[tuple[Fraction, Fraction, Fraction]], rescaling: Sequence[bool]) -> Fraction:
    if not plan.rescale:
        return sum((_rescaled(*one, rescale=by) for one, by in zip(totals, rescaling, strict=True)), Fraction(0))
    points, available, whole = (sum((one[place] for one in totals), Fraction(0)) for place in range(3))
    return _rescaled(points, available, whole, rescale=True)
