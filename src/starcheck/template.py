"""A ledger to fill in (``starcheck template``) that cannot easily be filled in wrongly, and that reads back whole.

What is asked for follows from the scheme: every column that a criterion, veto, relation or statistic needs, once. The
headers are tried on the reader itself before anything is written. Nothing here looks at the clock, so the same scheme,
register and period give the same bytes.
"""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from starcheck.cells import Sheet, column_letters
from starcheck.column import Kind
from starcheck.diagnostic import Lang, pick
from starcheck.expression import FILLED, Arithmetic, Call, Comparison, Logic, Name, Negative, Node, Not, Number
from starcheck.fields import expectation, takes_zero
from starcheck.inbox import county_in, instructions_mark, period_in
from starcheck.intake import HeaderIndex, used_keys
from starcheck.ledger import criterion_of, inputs_of, names_in, share_scale
from starcheck.messages import both, say
from starcheck.register import COMMUNITY, VILLAGE, Entry, columns_of
from starcheck.report.figures import period_words
from starcheck.report.model import asked_words, effect_words, requirement_words
from starcheck.report.tables import begins_formula, harmless
from starcheck.scheme import Check, Criterion, LedgerField, Scheme, Veto
from starcheck.table import Header, find_tables
from starcheck.units import PER_MILLE, PERCENT, conversion, split_unit
from starcheck.visible import visible, visible_lines
from starcheck.workspace import Stop

LEDGER_SHEET = "台账"
EMPTY_ROWS = 40
"""Rows to fill in where no register says who must appear."""

_NAME_HEADERS = {VILLAGE: "村名", COMMUNITY: "村（社区）"}
_UNIT_HEADERS = {"serial": "序号", "code": "编码", "county": "县", "township": "乡镇"}


@dataclass(frozen=True, slots=True)
class Form:
    """What a ledger is made for: a scheme on a day, and the units that must appear (none: names are left open)."""

    scheme: Scheme
    as_of: date
    period: str | None = None
    county: str | None = None
    township: str | None = None
    entries: tuple[Entry, ...] = ()
    lang: Lang = "zh"

    def say(self, key: str, **slots: object) -> str:
        """A sentence in the language of the instructions."""
        return say(key, self.lang, **slots)


@dataclass(frozen=True, slots=True)
class Made:
    """A workbook's bytes, and how many rows and columns it asks for."""

    content: bytes
    rows: int
    columns: int


def ledger_template(form: Form) -> Made:
    """The workbook for ``form``. Raises ``Stop`` (2) where a header of the scheme cannot be read back as its field."""
    plan = _plan(form)
    return Made(_Book(form, plan).content(), len(plan.rows), sum(column.item is not None for column in plan.columns))


# --- which columns, in which order, under which headers ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Column:
    """A column: its header, the group it stands in, and the field it is for or what it says of the unit."""

    header: str
    group: str = ""
    item: LedgerField | None = None
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class _Plan:
    """The ledger's sheet: lines above, one or two header rows, and the rows of units."""

    lines: tuple[str, ...]
    columns: tuple[_Column, ...]
    grouped: bool
    rows: tuple[tuple[str | int | None, ...], ...]

    @property
    def header_first(self) -> int:
        return len(self.lines)

    @property
    def header_last(self) -> int:
        return len(self.lines) + self.grouped

    @property
    def body(self) -> range:
        return range(self.header_last + 1, self.header_last + 1 + len(self.rows))

    @property
    def names(self) -> int:
        """How many columns say which unit a row is about."""
        return sum(column.item is None for column in self.columns)

    def groups(self) -> Iterator[tuple[str, int, int]]:
        """Each group's name with its first and last column."""
        first = self.names
        for place in range(self.names, len(self.columns)):
            if place + 1 == len(self.columns) or self.columns[place + 1].group != self.columns[place].group:
                yield self.columns[place].group, first, place
                first = place + 1

    def merges(self) -> list[tuple[int, int, int, int]]:
        """The merged ranges of the header: rows and columns, first and last."""
        if not self.grouped:
            return []
        top, bottom = self.header_first, self.header_last
        labels = [(top, first, top, last) for _, first, last in self.groups() if last > first]
        return labels + [(top, place, bottom, place) for place in range(self.names)]

    def header_rows(self) -> list[list[str | None]]:
        """The texts of the header rows; merged cells stand in their first."""
        leaves: list[str | None] = [column.header for column in self.columns]
        if not self.grouped:
            return [leaves]
        labels: list[str | None] = [None] * len(leaves)
        for name, first, _ in self.groups():
            labels[first] = name
        labels[: self.names] = leaves[: self.names]
        leaves[: self.names] = [None] * self.names
        return [labels, leaves]


def _plan(form: Form) -> _Plan:
    index = HeaderIndex(form.scheme)
    unread = [item.label for key, item in _asked(form.scheme) if _header(item, key, index) is None]
    if unread:
        raise Stop(2, both("stop.template_header", headers="、".join(unread)))
    title = _title(form)
    fields = tuple(
        _Column(_header(item, key, index) or "", group, item)
        for group, keys in _groups(form.scheme)
        for key in keys
        for item in [form.scheme.ledger_columns[key]]
    )
    several = len({entry.county for entry in form.entries if entry.county}) > 1
    untold = form.county is not None and county_in(title) != form.county
    meanings = ["serial", *(["code"] if any(entry.code for entry in form.entries) else [])]
    meanings += [*(["county"] if several or untold else []), "township", "name"]
    name = _NAME_HEADERS.get(form.scheme.unit_kind, "单位名称")
    units = tuple(_Column(_UNIT_HEADERS.get(meaning, name), meaning=meaning) for meaning in meanings)
    subline = form.say("template.subline", nature=form.scheme.nature, kind=form.scheme.unit_kind)
    lines = (title, subline) if form.period or period_in(subline) is None else (title,)
    rows = tuple(_rows(form, meanings))
    for grouped in (True, False):
        plan = _Plan(tuple(map(harmless, lines)), (*units, *fields), grouped, rows)
        if _reads_back(plan, index):
            return plan
    raise Stop(2, both("stop.template_header", headers="、".join(column.header.replace("\n", "") for column in fields)))


def _asked(scheme: Scheme) -> list[tuple[str, LedgerField]]:
    used = used_keys(scheme)
    return [(key, item) for key, item in scheme.ledger_columns.items() if key in used]


def _header(item: LedgerField, key: str, index: HeaderIndex) -> str | None:
    """The first spelling, with its unit where it has one, by which the reader knows the field; None if by none."""
    for spelling in item.headers:
        unit = item.unit if item.kind.numeric else None
        for text in _spellings(spelling, unit):
            found = index.field_of(Header(0, (harmless(text),)).candidates())
            if found is not None and found[0] == key and (unit is None or conversion(found[1], unit) == 1):
                return harmless(text)
    return None


def _spellings(spelling: str, unit: str | None) -> Iterator[str]:
    """A spelling with the field's own unit, bare, and with the unit that it brings along."""
    bare, brought = split_unit(spelling)
    if unit is not None:
        yield f"{bare}\n（{unit}）"
    if brought is not None:
        yield bare
    yield spelling


def _groups(scheme: Scheme) -> list[tuple[str, list[str]]]:
    """The columns star by star. An input stands with the one star that needs it, else under 基础数据."""
    asked = dict(_asked(scheme))
    stars: dict[str, dict[str, None]] = {key: {} for key, item in asked.items() if item.role == "field"}
    for criterion in scheme.criteria:
        for key in inputs_of(scheme, criterion.id):
            if key in stars:
                stars[key][scheme.star_of[criterion.id].name] = None
    alone = [key for key, found in stars.items() if not found]
    for check in scheme.checks:
        names = names_in(check.expression)
        judged = dict.fromkeys(scheme.star_of[name].name for name in names if name in scheme.star_of)
        for key in alone:
            if key in names:
                stars[key].update(judged)
    placed: list[str] = []
    groups: list[tuple[str, list[str]]] = []
    for star in scheme.stars:
        keys: dict[str, None] = {}
        for criterion in star.criteria:
            keys.update((key, None) for key in inputs_of(scheme, criterion.id))
        own = [key for key in keys if key in asked and (key not in stars or list(stars[key]) == [star.name])]
        beside = [key for key in alone if list(stars[key]) == [star.name]]
        # what a relation adds up stands beside the inputs of the same star, behind the first of them
        at = next((place + 1 for place, key in enumerate(own) if key in stars), len(own))
        own[at:at] = beside
        own = [key for key in own if key not in placed]
        placed += own
        groups.append((harmless(star.name), own))
    vetoes = [veto.id for veto in scheme.vetoes]
    base = [key for key in asked if key not in placed and key not in vetoes]
    groups = [(say("template.fields", "zh"), base), *groups, (say("template.vetoes", "zh"), vetoes)]
    return [(name, keys) for name, keys in groups if keys]


def _title(form: Form) -> str:
    """A title from which the reader infers county and period; the scheme's own title where that is not in the way."""
    place = f"{form.county or ''}{form.township or ''}"
    when = period_words(form.period, "zh") or say("template.month_open", "zh")
    month = form.period if form.period is not None and "-" in form.period else None
    titles = [f"{place}{what}台账（{when}）" for what in (form.scheme.title, "")]
    said = {form.county, None}  # where a title's county is not read, a column of its own says it
    return next((title for title in titles if period_in(title) == month and county_in(title) in said), titles[1])


def _rows(form: Form, meanings: Sequence[str]) -> Iterator[tuple[str | int | None, ...]]:
    if not form.entries:
        for number in range(1, EMPTY_ROWS + 1):
            open_row: dict[str, str | int | None] = {"serial": number, "township": harmless(form.township or "")}
            yield tuple(open_row.get(meaning) for meaning in meanings)
    for number, entry in enumerate(form.entries, start=1):
        known: dict[str, str | int | None] = {
            "serial": number,
            "code": entry.code,
            "county": entry.county or form.county,
            "township": entry.township,
            "name": entry.name,
        }
        values = (known[meaning] for meaning in meanings)
        yield tuple(harmless(value) if isinstance(value, str) else value for value in values)


def _reads_back(plan: _Plan, index: HeaderIndex) -> bool:
    """Whether the reader finds the one table, every field under its own header, and every row."""
    width = len(plan.columns)
    above = [[line, *[None] * (width - 1)] for line in plan.lines]
    body = [[float(cell) if isinstance(cell, int) else cell for cell in row] for row in plan.rows]
    rows: list[list[Any]] = [*above, *plan.header_rows(), *([*row, *[None] * (width - len(row))] for row in body)]
    sheet = Sheet("", LEDGER_SHEET, rows, merged=tuple(plan.merges()))
    tables, _ = find_tables(sheet, index.known)
    if len(tables) != 1:
        return False
    [table] = tables
    if (table.header_first, table.header_last) != (plan.header_first, plan.header_last):
        return False
    units = {column.meaning: place for place, column in enumerate(plan.columns) if column.item is None}
    found = {header.column: index.field_of(header.candidates()) for header in table.headers}
    expected = {
        place: index.field_of(Header(place, (column.header,)).candidates()) if column.item is not None else None
        for place, column in enumerate(plan.columns)
    }
    named = any(row[units["name"]] is not None for row in plan.rows)
    return columns_of(table) == units and found == expected and (not named or len(table.body) == len(plan.rows))


# --- what is to be said of a column -----------------------------------------------------------------------------------


@dataclass(slots=True)
class _Told:
    """What is to be said of a field: what it means, what is asked, by which clause, and who answers for it."""

    meaning: str
    how: str
    asked: list[str] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    owners: list[str] = field(default_factory=list)


def _told(form: Form) -> dict[str, _Told]:
    scheme = form.scheme
    told: dict[str, _Told] = {}
    for key, item in _asked(scheme):
        meaning = item.label if item.role == "field" else f"{key} {item.label}"
        told[key] = _Told(meaning, _how(item, form))
    for criterion in scheme.criteria:
        for key in inputs_of(scheme, criterion.id):
            told[key].asked.append(_use(criterion, form, own=key == criterion.id))
            requirement = criterion.in_force(form.as_of)
            if requirement is not None and requirement.source is not None:
                told[key].sources.append(str(requirement.source))
            if criterion.owner:
                told[key].owners.append(criterion.owner)
    for veto in scheme.vetoes:
        told[veto.id].asked.append(_veto(veto, form))
        if veto.source is not None:
            told[veto.id].sources.append(str(veto.source))
    for quota in scheme.tiering.quotas:
        for tie_break in quota.tie_breaks:
            for name in names_in(tie_break.expression):
                for key in inputs_of(scheme, name):
                    told[key].asked.append(form.say("template.tie_break"))
    for key in scheme.statistics:
        told[key].asked.append(form.say("template.statistic"))
    for check in scheme.checks:
        for key in _check_keys(check, scheme):
            told[key].asked.append(_check(check, form))
    for key, notes in told.items():
        note = _note_of(scheme, key)
        notes.asked = list(dict.fromkeys([*notes.asked, *([note] if note else [])]))
        notes.sources = list(dict.fromkeys(notes.sources))
        notes.owners = list(dict.fromkeys(notes.owners))
    return told


def _note_of(scheme: Scheme, key: str) -> str | None:
    notes = {criterion.id: criterion.note for criterion in scheme.criteria}
    notes |= {veto.id: veto.note for veto in scheme.vetoes}
    return scheme.fields[key].note if key in scheme.fields else notes.get(key)


def _is_percent(item: LedgerField) -> bool:
    """Whether the cells of a field are formatted as percent: then 85 typed, or 85%, is stored as 0.85."""
    return item.kind is Kind.RATIO and item.unit == PERCENT


def _how(item: LedgerField, form: Form) -> str:
    """What to write, in the words of the diagnostics."""
    expected = pick(expectation(item), form.lang)
    if _is_percent(item):
        return say("list.semicolon", form.lang).join((expected, form.say("template.percent")))
    return expected


def _more(item: LedgerField, form: Form) -> str:
    """What to do where there is none, or nobody knows."""
    if _is_percent(item):
        return form.say("template.percent")
    if takes_zero(item):
        return form.say("template.zero")
    return form.say("template.no" if item.kind is Kind.YESNO else "template.leave")


def _use(criterion: Criterion, form: Form, *, own: bool) -> str:
    """What a criterion asks of a column: its requirement in force, and for an input what it goes into."""
    requirement = criterion.in_force(form.as_of)
    words = pick(requirement_words(criterion, form.as_of), form.lang)
    asked = (
        form.say("template.asked.none", day=form.as_of)
        if requirement is None
        else form.say("template.asked", words=words, since=requirement.since)
    )
    parts = [asked]
    if criterion.essential:
        parts.append(form.say("template.essential"))
    if criterion.exempt_tags:
        parts.append(form.say("template.exempt", tags="、".join(criterion.exempt_tags)))
    asked = say("list.semicolon", form.lang).join(parts)
    if own:
        return asked
    return form.say("template.used", id=criterion.id, name=criterion.name, how=_origin(criterion, form), asked=asked)


def _origin(criterion: Criterion, form: Form) -> str:
    """How a criterion that no column holds is computed."""
    if criterion.dates:
        return form.say("template.used.dates", dates="、".join(criterion.dates))
    return form.say("template.used.formula", formula=_readable(criterion.formula or "", form.scheme))


def _readable(formula: str, scheme: Scheme) -> str:
    """A formula with the names of criteria in place of their 编号, and signs as people write them."""
    for criterion in scheme.criteria:
        formula = formula.replace(f"[{criterion.id}]", criterion.name)
    for sign, written in (("==", "＝"), ("!=", "≠"), ("<=", "≤"), (">=", "≥"), ("*", "×"), ("/", "÷")):
        formula = formula.replace(sign, written)
    return formula


def _veto(veto: Veto, form: Form) -> str:
    names = {tier.number: tier.name for tier in form.scheme.tiering.tiers}
    words = pick(asked_words(veto.trigger, veto.unit), form.lang)
    if isinstance(veto.trigger.operand, bool):
        words = form.say("template.veto.is", word="是" if veto.trigger.operand else "否")
    return form.say("template.veto", trigger=words, effect=pick(effect_words(veto.effect, names), form.lang))


def _check(check: Check, form: Form) -> str:
    formula = _readable(check.formula, form.scheme)
    return form.say("template.check", id=check.id, name=check.name or "", formula=formula)


def _check_keys(check: Check, scheme: Scheme) -> list[str]:
    return list(dict.fromkeys(key for name in names_in(check.expression) for key in inputs_of(scheme, name)))


# --- rules of cells ---------------------------------------------------------------------------------------------------

_LEAST, _MOST = -(10**15), 10**15
_FIRST_DAY, _LAST_DAY = date(1949, 10, 1), date(2099, 12, 31)
"""A date cell into which 2022.5 was typed holds a day of 1905; one with 20220515 a day that there is none of."""
_INLINE = 255
"""Characters of a list that stands in the rule itself."""


def inline(options: Sequence[str]) -> bool:
    """Whether a list of options can stand in its rule, rather than on a sheet."""
    options = [harmless(option) for option in options]
    return len(",".join(options)) <= _INLINE and not any(mark in option for option in options for mark in ',"')


def cell_rule(item: LedgerField, cell: str, options_at: str | None = None) -> dict[str, Any]:
    """XlsxWriter's validation for a column whose first cell is ``cell``: what the reader would refuse cannot be typed.

    Text is not validated. ``options_at`` is the range that holds options which do not fit into the rule.
    """
    match item.kind:
        case Kind.YESNO:
            return {"validate": "list", "source": ["是", "否"]}
        case Kind.OPTION:
            return {"validate": "list", "source": options_at or [harmless(option) for option in item.options]}
        case Kind.DATE:
            return {"validate": "date", "criteria": "between", "minimum": _FIRST_DAY, "maximum": _LAST_DAY}
        case Kind.TEXT:
            return {"validate": "any"}
        case Kind.RATIO if _is_percent(item):
            return {"validate": "custom", "value": _percent_rule(item, cell)}
        case _:
            return _number_rule(item, cell)


def _number_rule(item: LedgerField, cell: str) -> dict[str, Any]:
    bounds = item.bounds
    low, high = (None, None) if bounds is None else (bounds.at_least, bounds.at_most)
    above, below = (None, None) if bounds is None else (bounds.above, bounds.below)
    kind = "decimal"
    if item.kind is Kind.INTEGER:
        kind = "whole"
        floors = [low.to_integral_value("ROUND_CEILING")] if low is not None else []
        floors += [above.to_integral_value("ROUND_FLOOR") + 1] if above is not None else []
        ceilings = [high.to_integral_value("ROUND_FLOOR")] if high is not None else []
        ceilings += [below.to_integral_value("ROUND_CEILING") - 1] if below is not None else []
        low, high, above, below = max(floors, default=Decimal(0)), min(ceilings, default=None), None, None
    if above is not None or below is not None:
        return {"validate": "custom", "value": f"=AND(ISNUMBER({cell}),{_within(item, cell)})"}
    least, most = _LEAST if low is None else _plain(low), _MOST if high is None else _plain(high)
    if low is not None and high is None:
        return {"validate": kind, "criteria": ">=", "value": least}
    return {"validate": kind, "criteria": "between", "minimum": least, "maximum": most}


def _plain(number: Decimal) -> int | float:
    return int(number) if number == number.to_integral_value() else float(number)


def _within(item: LedgerField, what: str) -> str:
    bounds = item.bounds
    if bounds is None:
        return "TRUE"
    ends = ((">=", bounds.at_least), ("<=", bounds.at_most), (">", bounds.above), ("<", bounds.below))
    return ",".join(f"{what}{sign}{end:f}" for sign, end in ends if end is not None) or "TRUE"


def _percent_rule(item: LedgerField, cell: str) -> str:
    """A share in percent is stored as the program shows it, 85% as 0.85: its limits hold for what is shown."""
    limits = _within(item, f"ROUND({cell}*100,9)")
    return f"=AND(ISNUMBER({cell}),{limits})"


def number_format(item: LedgerField) -> str:
    """How cells of a field are shown: nothing typed is turned into something else by it."""
    match item.kind:
        case Kind.DATE:
            return "yyyy-mm-dd"
        case Kind.INTEGER:
            return "0"
        case Kind.RATIO if _is_percent(item):
            return "0.00%"
        case Kind.NUMBER | Kind.RATIO:
            return "General"
        case _:
            return "@"


class _NoFormula(Exception):  # noqa: N818 - not an error: the relation is then only said in words
    """A relation that a spreadsheet's formula cannot say."""


def breach_formula(check: Check, scheme: Scheme, cells: Mapping[str, str]) -> str | None:
    """The spreadsheet's formula that is true where a row breaks a relation; None where it cannot be said in one.

    ``cells`` gives the cell of each column in the row. Blank cells break nothing.
    """
    keys = _check_keys(check, scheme)
    try:
        broken = _broken(check, scheme, cells)
    except _NoFormula:
        return None
    kinds = {key: scheme.ledger_columns[key].kind for key in keys}
    counted = [cells[key] for key in keys if kinds[key] is not Kind.YESNO]
    needed = [f"COUNT({','.join(counted)})={len(counted)}"] if counted else []
    needed += [f'OR({cells[key]}="是",{cells[key]}="否")' for key in keys if kinds[key] is Kind.YESNO]
    return f"=IF(AND({','.join(needed)}),{broken},FALSE)"


def _broken(check: Check, scheme: Scheme, cells: Mapping[str, str]) -> str:
    root = check.expression.root
    if not isinstance(root, Comparison) or _is_yesno(root.left, scheme):
        return f"NOT({_spelled(root, scheme, cells)})"
    left, right = (_spelled(side, scheme, cells) for side in (root.left, root.right))
    difference = f"(({left})-({right}))"
    slack = f"{check.tolerance + Decimal('1e-9'):f}"
    match root.operator:
        case "==":
            return f"ABS{difference}>{slack}"
        case "!=":
            return f"ABS{difference}<={check.tolerance:f}"
        case "<=":
            return f"{difference}>{slack}"
        case "<":
            return f"{difference}>={check.tolerance:f}"
        case ">=":
            return f"{difference}<-{slack}"
        case _:
            return f"{difference}<=-{check.tolerance:f}"


def _is_yesno(node: Node, scheme: Scheme) -> bool:
    if not isinstance(node, Name):
        return isinstance(node, Comparison | Logic | Not)
    if node.kind == "derived":
        return node.key.startswith(FILLED)
    criterion = criterion_of(scheme, node.key)
    return (scheme.ledger_columns[node.key].kind if criterion is None else criterion.kind) is Kind.YESNO


_FUNCTIONS = {"最小": "MIN", "最大": "MAX", "合计": "SUM"}


def _spelled(node: Node, scheme: Scheme, cells: Mapping[str, str]) -> str:
    def spell(inner: Node) -> str:
        return _spelled(inner, scheme, cells)

    match node:
        case Number():
            return f"{node.value:f}"
        case Name():
            if node.kind == "derived":
                # the day of the rating is not known while the ledger is filled in
                raise _NoFormula
            return _named(node.key, scheme, cells)
        case Negative():
            return f"(-{spell(node.operand)})"
        case Not():
            return f"NOT({spell(node.operand)})"
        case Logic():
            return f"{node.operator.upper()}({spell(node.left)},{spell(node.right)})"
        case Call():
            return f"{_FUNCTIONS[node.function]}({','.join(map(spell, node.arguments))})"
        case Arithmetic():
            return f"({spell(node.left)}{node.operator}{spell(node.right)})"
        case Comparison():
            operator = {"==": "=", "!=": "<>"}.get(node.operator, node.operator)
            return f"({spell(node.left)}{operator}{spell(node.right)})"


def _named(key: str, scheme: Scheme, cells: Mapping[str, str]) -> str:
    criterion = criterion_of(scheme, key)
    if criterion is not None and not criterion.reads_column:
        if criterion.expression is None:
            raise _NoFormula
        return f"({_spelled(criterion.expression.root, scheme, cells)})"
    item = scheme.ledger_columns[key]
    if item.kind is Kind.YESNO:
        return f'({cells[key]}="是")'
    scale = 1 if _is_percent(item) else share_scale(item.kind, item.unit)
    return cells[key] if scale == 1 else f"({cells[key]}/{scale})"


# --- the workbook -----------------------------------------------------------------------------------------------------

_WIDTHS = {Kind.YESNO: 8.0, Kind.DATE: 11.5, Kind.INTEGER: 8.5, Kind.NUMBER: 9.5, Kind.RATIO: 8.5, Kind.TEXT: 18.0}
_UNIT_WIDTHS = {"serial": 5.0, "code": 14.0, "county": 9.0, "township": 9.0, "name": 12.0}
_LINE = 15.0
"""Height of a line of ten points."""
_HEADER_LINES = 5
_BESIDE = 20
"""Columns to the right of the table that are not locked."""
_A4, _A3 = 215.0, 315.0
"""Widths of columns that still can be read on a page across."""
_INK, _RULE, _SHADE, _LABEL, _LOCKED = "#1F2A44", "#9AA5B8", "#EEF2F8", "#DCE4F0", "#F4F4F2"
_PALE, _RED, _GREY = "#FFF8DC", "#C00000", "#7F7F7F"
_SONG, _HEI = "宋体", "黑体"
_INSTRUCTION_WIDTHS = (24.0, 24.0, 26.0, 44.0, 32.0, 14.0)


def text_width(text: str) -> int:
    """Columns of a fixed-width screen: two for a wide character."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WFA" else 1 for letter in text)


def _lines(text: str, width: float) -> int:
    """Lines that a text takes in a column of a width."""
    room = max(1, int(width * 1.02) - 1)
    return sum(max(1, -(-text_width(part) // room)) for part in text.split("\n"))


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


class _Book:
    """One workbook being written."""

    def __init__(self, form: Form, plan: _Plan) -> None:
        import xlsxwriter  # noqa: PLC0415 - only where a workbook is written

        self.form, self.plan, self.scheme = form, plan, form.scheme
        self.told = _told(form)
        self.stream = io.BytesIO()
        self.book = xlsxwriter.Workbook(self.stream, {"in_memory": True, "strings_to_formulas": False})
        self.looks: dict[tuple[tuple[str, Any], ...], Any] = {}
        # the day of assessment, not the clock's, so that the same input gives the same bytes
        self.book.set_properties(
            {
                "title": visible(plan.lines[0]),
                "comments": visible(form.scheme.nature),
                "created": datetime.combine(form.as_of, time()),
            }
        )
        self.sheet = self.book.add_worksheet(LEDGER_SHEET)
        self.notes_name = form.say("template.instructions")
        self.notes = self.book.add_worksheet(self.notes_name)
        self.widths = [self._width(place, column) for place, column in enumerate(plan.columns)]

    def content(self) -> bytes:
        """Write everything, and give the bytes."""
        options = _Instructions(self).write()
        self._header()
        self._body()
        self._rules(options)
        self._marks()
        self._page()
        self.book.close()
        return self.stream.getvalue()

    def look(self, **properties: Any) -> Any:
        """A cell format; equal ones are one."""
        full = {"font_name": _SONG, "font_size": 10, "font_color": _INK, "valign": "vcenter", **properties}
        key = tuple(sorted(full.items()))
        if key not in self.looks:
            self.looks[key] = self.book.add_format(full)
        return self.looks[key]

    def look_of(self, text: str, **properties: Any) -> Any:
        """The format of a cell with a text; what begins like a formula stays text when it is edited."""
        return self.look(**properties, **({"quote_prefix": True} if begins_formula(text) else {}))

    def cell(self, row: int, column: int) -> str:
        """A cell of a row by its fixed column: ``$F6``."""
        return f"${column_letters(column)}{row + 1}"

    def _width(self, place: int, column: _Column) -> float:
        if column.item is None:
            longest = max((text_width(str(row[place] or "")) for row in self.plan.rows), default=0)
            return max(_UNIT_WIDTHS[column.meaning], longest + 2.0)
        item = column.item
        width = _WIDTHS.get(item.kind, 9.0)
        if item.kind is Kind.OPTION:
            width = min(20.0, max(8.0, max(map(text_width, item.options), default=0) + 3.0))
        name = column.header.partition("\n")[0]
        return max(width, text_width(name) / (_HEADER_LINES - 1) + 3.0)

    def _header(self) -> None:
        plan, sheet = self.plan, self.sheet
        locked = self.form.period is not None
        title = plan.lines[0]
        look = self.look_of(title, font_name=_HEI, font_size=16, bold=True, locked=locked)
        sheet.write_string(0, 0, title, look)
        sheet.set_row(0, 30)
        for row, line in enumerate(plan.lines[1:], start=1):
            sheet.write_string(row, 0, line, self.look_of(line, font_size=9, font_color=_GREY))
            sheet.set_row(row, 18)
        common = {"align": "center", "text_wrap": True, "border": 1, "border_color": _RULE, "bold": True}
        for offset, texts in enumerate(plan.header_rows()):
            for column, text in enumerate(texts):
                shade = _LABEL if plan.grouped and (offset == 0 or column < plan.names) else _SHADE
                look = self.look_of(text or "", bg_color=shade, **common)
                if text is None:
                    sheet.write_blank(plan.header_first + offset, column, None, look)
                else:
                    sheet.write_string(plan.header_first + offset, column, text, look)
        for first, left, last, right in plan.merges():
            text = plan.header_rows()[0][left] or ""
            sheet.merge_range(first, left, last, right, text, self.look_of(text, bg_color=_LABEL, **common))
        leaves = [(column.header, width) for column, width in zip(plan.columns, self.widths, strict=True)]
        sheet.set_row(plan.header_last, _LINE * max(_lines(text, width) for text, width in leaves) + 14)
        if plan.grouped:
            spans = [(name, sum(self.widths[first : last + 1])) for name, first, last in plan.groups()]
            sheet.set_row(plan.header_first, _LINE * max(_lines(name, width) for name, width in spans) + 6)
        for place, asked in enumerate(plan.columns):
            if asked.item is not None:
                self._note(plan.header_last, place, asked.item)

    def _note(self, row: int, column: int, item: LedgerField) -> None:
        """The note on a header: meaning, how to fill in, what is asked, by which clause, whose it is."""
        told, say_ = self.told[item.key], self.form.say
        parts = [told.meaning, told.how, *told.asked]
        parts += [say_("template.note.source", source=source) for source in told.sources]
        parts += [say_("template.note.owner", owner=say_("list.comma").join(told.owners))] if told.owners else []
        text = "\n".join(parts)
        height = 17 * sum(_lines(part, 44) for part in parts) + 14
        options = {"width": 320, "height": min(height, 460), "font_name": _SONG, "font_size": 9, "color": "#FFFFF2"}
        self.sheet.write_comment(row, column, visible_lines(text), {**options, "author": "starcheck"})

    def _body(self) -> None:
        plan, sheet = self.plan, self.sheet
        free = self.look(locked=False)
        # cells beside the table may be written in; not all there are, or readers take the sheet for 16,384 wide
        sheet.set_column(0, len(plan.columns) + _BESIDE, None, free)
        named = bool(self.form.entries)
        frame = {"border": 1, "border_color": _RULE}
        for place, (column, width) in enumerate(zip(plan.columns, self.widths, strict=True)):
            sheet.set_column(place, place, width, free)
            if column.item is None:
                align = "center" if column.meaning in {"serial", "code"} else "left"
                form = "@" if column.meaning != "serial" else "General"
                shade = {"bg_color": _LOCKED} if named else {}
                for row, values in zip(plan.body, plan.rows, strict=True):
                    value = values[place]
                    look = self.look_of(str(value or ""), num_format=form, align=align, locked=named, **shade, **frame)
                    if isinstance(value, int):
                        sheet.write_number(row, place, value, look)
                    elif value:
                        sheet.write_string(row, place, value, look)
                    else:
                        sheet.write_blank(row, place, None, look)
                continue
            align = "left" if column.item.kind is Kind.TEXT else "right" if column.item.kind.numeric else "center"
            look = self.look(num_format=number_format(column.item), align=align, locked=False, **frame)
            for row in plan.body:
                sheet.write_blank(row, place, None, look)
        for row in plan.body:
            sheet.set_row(row, 19)
        signed = plan.body.stop + 1
        sheet.write_string(signed, 0, self.form.say("template.signed"), self.look(locked=False))
        sheet.set_row(signed, 24)

    def _rules(self, options: Mapping[str, str]) -> None:
        """Validation of every column, with a message on entering a cell and one on a wrong value."""
        body, say_ = self.plan.body, self.form.say
        for place, column in enumerate(self.plan.columns):
            item = column.item
            if item is None:
                continue
            told = self.told[item.key]
            first = f"{column_letters(place)}{body.start + 1}"
            rule = cell_rule(item, first, options.get(item.key))
            lines = [told.how, *([] if item.unit == PERCENT else [_more(item, self.form)]), *told.asked]
            expected = pick(expectation(item), self.form.lang)
            wrong = say_("template.wrong.text", expected=expected, more=_more(item, self.form))
            rule |= {
                "ignore_blank": True,
                "input_title": _cut(visible(told.meaning), 32),
                "input_message": _cut(visible_lines("\n".join(lines)), 255),
                "error_title": say_("template.wrong"),
                "error_message": _cut(visible(wrong), 255),
                "error_type": "stop",
            }
            self.sheet.data_validation(body.start, place, body.stop - 1, place, rule)

    def _marks(self) -> None:
        """Pale where nothing is filled in, red where a relation is broken or a value is unlikely."""
        plan, sheet, start = self.plan, self.sheet, self.plan.body.start
        places = {column.item.key: place for place, column in enumerate(plan.columns) if column.item is not None}
        cells = {key: self.cell(start, place) for key, place in places.items()}
        red = self.book.add_format({"font_color": _RED, "bold": True})
        pale = self.book.add_format({"bg_color": _PALE})

        def mark(columns: Sequence[int], formula: str, look: Any) -> None:
            letters = map(column_letters, columns)
            ranges = " ".join(f"{letter}{start + 1}:{letter}{plan.body.stop}" for letter in letters)
            rule = {"type": "formula", "criteria": formula, "format": look, "multi_range": ranges}
            sheet.conditional_format(start, columns[0], plan.body.stop - 1, columns[0], rule)

        for check in self.scheme.checks:
            formula = breach_formula(check, self.scheme, cells)
            if formula is not None:
                mark(sorted(places[key] for key in _check_keys(check, self.scheme)), formula, red)
        for key, place in places.items():
            item = self.scheme.ledger_columns[key]
            over = 1 if _is_percent(item) else share_scale(item.kind, item.unit)
            bounded = item.bounds is not None and (item.bounds.at_most is not None or item.bounds.below is not None)
            if item.kind is Kind.DATE and self.form.period is not None:
                late = f"DATE({self.form.as_of.year},{self.form.as_of.month},{self.form.as_of.day})"
                mark([place], f"=IF(ISNUMBER({cells[key]}),{cells[key]}>{late},FALSE)", red)
            elif item.kind is Kind.RATIO and item.unit in {PERCENT, PER_MILLE} and not bounded:
                mark([place], f"=IF(ISNUMBER({cells[key]}),{cells[key]}>{over},FALSE)", red)
        first, last = plan.names, len(plan.columns) - 1
        here = f"{column_letters(first)}{start + 1}"
        name = self.cell(start, plan.names - 1)
        rule = {"type": "formula", "criteria": f'=AND({name}<>"",LEN(TRIM({here}))=0)', "format": pale}
        sheet.conditional_format(start, first, plan.body.stop - 1, last, rule)

    def _page(self) -> None:
        plan, sheet = self.plan, self.sheet
        sheet.freeze_panes(plan.header_last + 1, plan.names)
        sheet.autofilter(plan.header_last, 0, plan.body.stop - 1, len(plan.columns) - 1)
        free = ("objects", "scenarios", "autofilter", "sort", "format_cells", "format_columns", "format_rows")
        sheet.protect("", {**dict.fromkeys(free, True), "insert_rows": not self.form.entries})
        sheet.set_landscape()
        total, names = sum(self.widths), sum(self.widths[: plan.names])
        sheet.set_paper(9 if total <= _A4 else 8)
        # pages and no scale: how wide a column prints differs from program to program
        sheet.fit_to_pages(1 if total <= _A3 else int(-(-(total - names) // (_A3 - names))), 0)
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        sheet.repeat_rows(plan.header_first, plan.header_last)
        sheet.repeat_columns(0, plan.names - 1)
        sheet.print_area(0, 0, plan.body.stop + 1, len(plan.columns) - 1)
        sheet.print_black_and_white()
        self._footer(sheet, self.scheme.nature)
        sheet.set_zoom(90)
        sheet.set_comments_author("starcheck")
        sheet.set_selection(plan.body.start, plan.names, plan.body.start, plan.names)
        sheet.activate()

    def _footer(self, sheet: Any, left: str) -> None:
        page = self.form.say("template.page")
        scheme = f"{self.scheme.id} {self.scheme.version}"
        left, scheme = (_cut(visible(text), 80).replace("&", "&&") for text in (left, scheme))
        sheet.set_footer(f"&L&9 {left}&C&9 {page}&R&9 {scheme}")


class _Instructions:
    """The sheet of instructions, which the reader passes over by its mark."""

    def __init__(self, book: _Book) -> None:
        self.book, self.form, self.scheme, self.sheet = book, book.form, book.scheme, book.notes
        self.row = 1
        self.texts: list[str] = []
        self.options: dict[str, str] = {}

    def write(self) -> dict[str, str]:
        """Write it; where long lists of options stand, by field."""
        form, say_ = self.form, self.form.say
        self._line([say_("template.title", title=self.scheme.title)], font_name=_HEI, font_size=16, bold=True)
        for key, text in self._facts():
            self._pair(say_(f"template.fact.{key}"), text)
        self._heading("how")
        rules = ("names" if form.entries else "names.open", "blank", "number", "percent", "choice", "date")
        for number, rule in enumerate((*rules, "colour", "private"), start=1):
            self._wide(f"{number}. {say_(f'template.rule.{rule}')}")
        self._heading("words")
        for word in ("yes", "no", "blank", "date", "never"):
            self._pair(say_(f"template.words.{word}"), say_(f"template.words.{word}.text"))
        if self.scheme.checks:
            self._heading("checks")
            for check in self.scheme.checks:
                self._wide(_check(check, form))
        computed = [criterion for criterion in self.scheme.criteria if not criterion.reads_column]
        if computed:
            self._heading("computed")
            for criterion in computed:
                asked = _use(criterion, form, own=True)
                slots = {"id": criterion.id, "name": criterion.name, "how": _origin(criterion, form)}
                self._wide(say_("template.computed.line", **slots, asked=asked))
        self._long_options()
        self._heading("sources")
        for name, source in self.scheme.sources.items():
            parts = (source.file, source.authority, str(source.date or ""), source.link, source.note)
            self._pair(name, "　".join(part for part in parts if part))
        self._heading("items")
        self._items()
        self._page()
        return self.options

    def _facts(self) -> Iterator[tuple[str, str]]:
        form, scheme = self.form, self.scheme
        yield "scheme", f"{scheme.title}　{scheme.id} {scheme.version}"
        yield "nature", scheme.nature
        yield "place", f"{form.county or ''}{form.township or ''}" or "—"
        yield "period", period_words(form.period, form.lang) or "—"
        yield "as_of", form.as_of.isoformat()
        key = "units.text" if form.entries else "units.open"
        yield "units", form.say(f"template.fact.{key}", n=len(form.entries), kind=scheme.unit_kind)
        yield "send", form.say("template.fact.send.text")

    def _items(self) -> None:
        say_, plan = self.form.say, self.book.plan
        names = ("column", "meaning", "how", "asked", "source", "owner")
        titles = [say_(f"template.item.{name}") for name in names]
        self._line(titles, bold=True, bg_color=_LABEL, align="center", border=1, border_color=_RULE)
        self.sheet.repeat_rows(self.row - 1)
        group = ""
        for place, column in enumerate(plan.columns):
            if column.item is None:
                continue
            if column.group != group:
                group = column.group
                self._line([f"【{group}】"], 0, bold=True, bg_color=_SHADE, border=1, border_color=_RULE)
            told = self.book.told[column.item.key]
            # a letter or bracket stands before each text, so that no cell here is a header to the reader
            header = column.header.replace("\n", "")
            cells = [f"{column_letters(place)} {header}", f"〔{told.meaning}〕", told.how]
            cells += ["\n".join(told.asked), "\n".join(told.sources), "\n".join(f"〔{name}〕" for name in told.owners)]
            self._line(cells, border=1, border_color=_RULE)

    def _long_options(self) -> None:
        """Lists that a rule cannot hold, each option in a cell of its own."""
        asked = [column.item for column in self.book.plan.columns if column.item is not None]
        long = [item for item in asked if item.kind is Kind.OPTION and not inline(item.options)]
        if not long:
            return
        self._heading("options")
        for item in long:
            self._wide(f"〔{item.label}〕")
            first = self.row
            for option in item.options:
                self._line(["", option])
            name = self.book.notes_name.replace("'", "''")
            self.options[item.key] = f"='{name}'!$B${first + 1}:$B${self.row}"

    def _heading(self, key: str) -> None:
        self.row += 1
        self._line([self.form.say(f"template.{key}")], font_name=_HEI, font_size=12, bold=True)

    def _pair(self, name: str, text: str) -> None:
        self._line([name, text], merge=1)

    def _wide(self, text: str) -> None:
        self._line([text], merge=0)

    def _line(self, cells: Sequence[str], merge: int | None = None, **look: Any) -> None:
        """A row of texts. With ``merge`` the cell at that place takes the rest of the width."""
        last = len(_INSTRUCTION_WIDTHS) - 1
        wrapped = merge is not None or len(cells) > 2  # noqa: PLR2004 - more than a name and a text
        height = 1
        for column, cell in enumerate(cells):
            text = harmless(cell)
            width = sum(_INSTRUCTION_WIDTHS[column:]) if column == merge else _INSTRUCTION_WIDTHS[column]
            height = max(height, _lines(text, width)) if wrapped else height
            form = self.book.look(text_wrap=wrapped, **{"valign": "top", **look})
            if column == merge:
                self.sheet.merge_range(self.row, column, self.row, last, "", form)
            if text:
                self.sheet.write_string(self.row, column, text, form)
                self.texts.append(text)
            else:
                self.sheet.write_blank(self.row, column, None, form)
        size = look.get("font_size", 10)
        self.sheet.set_row(self.row, _LINE * height * size / 10 + 4)
        self.row += 1

    def _page(self) -> None:
        sheet = self.sheet
        mark = instructions_mark(self.form.say("template.mark"), self.texts)
        sheet.write_string(0, 0, mark, self.book.look(font_size=8, font_color=_GREY))
        for column, width in enumerate(_INSTRUCTION_WIDTHS):
            sheet.set_column(column, column, width)
        sheet.protect("", {"format_columns": True, "format_rows": True})
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        sheet.print_area(0, 0, self.row, len(_INSTRUCTION_WIDTHS) - 1)
        sheet.hide_gridlines(2)
        self.book._footer(sheet, self.scheme.nature)  # noqa: SLF001 - both are this module's


_NO_NAME = re.compile(r'[\\/:*?"<>|\x00-\x1f]')


def place_words(form: Form) -> str:
    """A file's name for a form, without its ending: 马庄桥镇2022年6月台账."""
    place = form.township or form.county or form.scheme.title
    return _NO_NAME.sub("_", f"{place}{period_words(form.period, 'zh')}台账")
