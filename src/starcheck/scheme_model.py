"""What a scheme (创建方案) is made of: frozen models with the Chinese keys as aliases and English names in code.

The attribute names are the words of the glossary; numbers are the decimals as written, never floats. Each model holds
what can be seen from within it; what needs the whole scheme, such as a name in a formula, is seen to in ``scheme``.
"""

# annotations are not postponed: pydantic would evaluate each of them a second time, 10 ms of every start
import hashlib
import re
from calendar import monthrange
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal, NoReturn, Self, TypeVar

from pydantic import BaseModel, ConfigDict, PlainValidator, PrivateAttr, WithJsonSchema, model_validator
from pydantic import Field as Key
from pydantic_core import PydanticCustomError

from starcheck.column import Kind
from starcheck.diagnostic import Diagnostic, Lang, Location, Severity, Text
from starcheck.expression import Expression, ExpressionError, parse, parse_over_groups
from starcheck.scheme_source import Node, Word, nearest_slot, nodes_of_criteria

# --- words ------------------------------------------------------------------------------------------------------------


class Operator(StrEnum):
    """The word between a criterion and its threshold; it carries the boundary (以上/以下 include the number)."""

    AT_LEAST = "至少"
    AT_MOST = "至多"
    ABOVE = "高于"
    BELOW = "低于"
    EQUALS = "为"
    ONE_OF = "属于"
    BETWEEN = "介于"


class ExemptPolicy(StrEnum):
    """不适用按: what an exempted criterion counts as."""

    NOT_COUNTED = "不计"
    MET = "达标"
    UNMET = "未达标"
    AVERAGE = "平均"


class Method(StrEnum):
    """方法 of 定级: by the number of lit stars, or by the sum of points."""

    STARS = "亮星数"
    SCORE = "总分"


class Scope(StrEnum):
    """范围 of a quota: the county as a whole, or each township by itself."""

    COUNTY = "全县"
    TOWNSHIP = "乡镇"


class EffectKind(StrEnum):
    """后果 of a triggered veto."""

    EXTINGUISH = "熄灭"
    CAP = "最高"
    EXCLUDE = "不参评"
    DEDUCT = "扣分"
    FLAG = "提示"


_SEVERITIES: Mapping[str, Severity] = {"错误": Severity.ERROR, "警告": Severity.WARNING, "提示": Severity.NOTE}

_OPERATORS_IN_ENGLISH: Mapping[Operator, str] = {
    Operator.AT_LEAST: "at least",
    Operator.AT_MOST: "at most",
    Operator.ABOVE: "above",
    Operator.BELOW: "below",
    Operator.EQUALS: "is",
    Operator.ONE_OF: "one of",
    Operator.BETWEEN: "between",
}

Operand = Decimal | bool | str | date | tuple[str, ...] | tuple[Decimal, Decimal] | tuple[date, date]


# --- how values are taken ---------------------------------------------------------------------------------------------
# Each takes a resolved value (see scheme_source) or the typed value itself, and refuses with a code of the K6 family.


def _refuse(code: str, found: object = None, at: tuple[str | int, ...] = (), **slots: object) -> NoReturn:
    """Refuse a value with a catalogue code; ``at`` leads from the value to the part of it that is wrong."""
    word = None if found is None else shown(found)
    raise PydanticCustomError("starcheck", "{code}", {"code": code, "found": word, "at": at, "slots": slots})


def _misfit(value: object, chinese: str, english: str, at: tuple[str | int, ...] = ()) -> NoReturn:
    _refuse("K606", value, at, expected=(chinese, english))


def shown(value: object) -> str:
    """A value in the words of the file."""
    match value:
        case bool():
            return "是" if value else "否"
        case Decimal():
            return f"{value:f}"
        case Mapping():
            return "{" + "，".join(str(name) for name in value) + "}"
        case list() | tuple():
            return "[" + "，".join(shown(item) for item in value) + "]"
        case _:
            return str(value)


def _text(value: object) -> str:
    if isinstance(value, str) and value.strip():
        return str(value.strip())
    if isinstance(value, bool | Decimal | int | date):
        _refuse("K607", value)
    _misfit(value, "文字，不能为空", "text that is not empty")


def _number(value: object) -> Decimal:
    if isinstance(value, Decimal):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    _misfit(value, "数，如 5 或 0.5，不加引号，不带单位", "a number such as 5 or 0.5, without quotes or unit")


def _positive(value: object) -> Decimal:
    number = _number(value)
    return number if number > 0 else _misfit(value, "大于 0 的数", "a number above 0")


def _not_negative(value: object) -> Decimal:
    number = _number(value)
    return number if number >= 0 else _misfit(value, "不小于 0 的数", "a number that is not below 0")


def _count(value: object) -> int:
    number = Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if isinstance(number, Decimal) and number >= 0 and number == number.to_integral_value():
        return int(number)
    _misfit(value, "不带小数的数，如 2", "a whole number such as 2")


def _yesno(value: object) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, Word):
        return value == "是"
    _misfit(value, "是 或 否，不加引号", "是 or 否, without quotes")


def _day(value: object) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    _misfit(value, "日期，如 2022-05-01，不加引号", "a date such as 2022-05-01, without quotes")


def _day_or_text(value: object) -> date | str:
    """The date of a source, as written: many documents say no more than 2022-08 or 2022年."""
    if isinstance(value, Decimal):
        return shown(value)
    return value if isinstance(value, date) else _text(value)


def _unit(value: object) -> str:
    return _text(value).replace("％", "%")


def _identity(value: object) -> str:
    """A 编号: no spaces, no brackets, so that formulas can name it."""
    text = _text(value)
    if re.search(r"[\s\[\]]", text):
        _misfit(value, "编号，不含空格和方括号", "an id without spaces and brackets")
    return text


def _difficulty(value: object) -> Decimal | str:
    return value if isinstance(value, Decimal) else _text(value)


def _share(value: object) -> Fraction:
    share: Fraction | None = None
    if isinstance(value, Fraction | Decimal):
        share = Fraction(value)
    elif isinstance(value, str) and (match := PERCENT_TEXT.fullmatch(value.strip())):
        share = Fraction(match[1]) / (1000 if match[2] == "‰" else 100)
    if share is not None and 0 <= share <= 1:
        return share
    _misfit(value, "份额，如 10%", "a share such as 10%")


PERCENT_TEXT = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([%％‰])")


@dataclass(frozen=True, slots=True)
class SourceRef:
    """依据: the key of a registered source and, after the first space, the clause in it."""

    key: str
    clause: str | None = None

    def __str__(self) -> str:
        """As it stands in the file."""
        return self.key if self.clause is None else f"{self.key} {self.clause}"


def _source(value: object) -> SourceRef:
    if isinstance(value, SourceRef):
        return value
    name, *rest = _text(value).split(None, 1)
    return SourceRef(name, rest[0] if rest else None)


_W = TypeVar("_W")


def _one_of(words: Mapping[str, _W]) -> Callable[[object], _W]:
    """Takes one of the words of a closed list, or what it stands for."""

    def take(value: object) -> _W:
        if isinstance(value, str) and value in words:
            return words[value]
        for meaning in words.values():
            if value is meaning:
                return meaning
        _refuse("K608", value, expected=("、".join(words), ", ".join(words)), **nearest_slot(shown(value), words))

    return take


def _words(words: type[StrEnum]) -> PlainValidator:
    return PlainValidator(_one_of({word.value: word for word in words}))


def _schema(**schema: object) -> WithJsonSchema:
    return WithJsonSchema(dict(schema))


def _enumeration(words: Iterable[str]) -> WithJsonSchema:
    return WithJsonSchema({"enum": list(words)})


YESNO_SCHEMA: dict[str, Any] = {"enum": ["是", "否", True, False]}

Line = Annotated[str, PlainValidator(_text), _schema(type="string", minLength=1)]
Unit = Annotated[str, PlainValidator(_unit), _schema(type="string", minLength=1)]
Identity = Annotated[str, PlainValidator(_identity), _schema(type="string", pattern=r"^[^\s\[\]]+$")]
Exact = Annotated[Decimal, PlainValidator(_number), _schema(type="number")]
Positive = Annotated[Decimal, PlainValidator(_positive), _schema(type="number", exclusiveMinimum=0)]
NotNegative = Annotated[Decimal, PlainValidator(_not_negative), _schema(type="number", minimum=0)]
Count = Annotated[int, PlainValidator(_count), _schema(type="integer", minimum=0)]
YesNo = Annotated[bool, PlainValidator(_yesno), WithJsonSchema(YESNO_SCHEMA)]
Day = Annotated[date, PlainValidator(_day), _schema(type="string", format="date")]
DayOrText = Annotated[date | str, PlainValidator(_day_or_text), _schema(type=["string", "number"])]
Difficulty = Annotated[Decimal | str, PlainValidator(_difficulty), _schema(type=["string", "number"])]
Share = Annotated[Fraction, PlainValidator(_share), _schema(type=["string", "number"])]
Lines = Annotated[tuple[Line, ...], Key(min_length=1)]
KindWord = Annotated[Kind, _words(Kind), _enumeration(Kind)]
Reference = Annotated[SourceRef, PlainValidator(_source), _schema(type="string", pattern=r"^\S")]


def _operand(value: object) -> Operand:
    """An operand of whatever type; that it fits the 类型 is seen to before, where the 类型 is known."""
    match value:
        case Word():
            return value == "是"
        case list():
            return tuple(value)
        case int() if not isinstance(value, bool):
            return Decimal(value)
        case bool() | Decimal() | str() | date() | tuple():
            return value
    _misfit(value, "数、日期、是、否或选项", "a number, a date, 是, 否 or an option")


Threshold = Annotated[Any, PlainValidator(_operand), _schema(type=["number", "string"])]
Anything = Annotated[Any, PlainValidator(_operand), _schema(type=["number", "string", "boolean"])]
Choices = Annotated[Any, PlainValidator(_operand), _schema(type="array", minItems=1, items={"type": "string"})]
Pair = Annotated[
    Any,
    PlainValidator(_operand),
    _schema(type="array", minItems=2, maxItems=2, items={"type": ["number", "string"]}),
]


# --- the models -------------------------------------------------------------------------------------------------------


FIELD_NAME = "字段名"
"""The key under which the loader hands a field its name. It is not a key of the file."""


class _Part(BaseModel):
    """A part of a scheme: frozen, closed, Chinese keys in files, English names in code."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, defer_build=True)


class Source(_Part):
    """A document that requirements come from, registered once under 依据."""

    file: Annotated[Line, Key(alias="文件")]
    authority: Annotated[Line | None, Key(alias="机关")] = None
    date: Annotated[DayOrText | None, Key(alias="日期")] = None
    link: Annotated[Line | None, Key(alias="链接")] = None
    note: Annotated[Line | None, Key(alias="说明")] = None


class Bounds(_Part):
    """范围: what values of a column are possible at all. Outside it a cell is invalid, not unmet."""

    at_least: Annotated[Exact | None, Key(alias="至少")] = None
    at_most: Annotated[Exact | None, Key(alias="至多")] = None
    above: Annotated[Exact | None, Key(alias="高于")] = None
    below: Annotated[Exact | None, Key(alias="低于")] = None


class _Measured(_Part):
    """What every column of a ledger states about its cells."""

    headers: Annotated[Lines, Key(alias="列名")] = ()
    kind: Annotated[KindWord, Key(alias="类型")]
    unit: Annotated[Unit | None, Key(alias="单位")] = None
    bounds: Annotated[Bounds | None, Key(alias="范围")] = None
    options: Annotated[Lines, Key(alias="选项")] = ()
    disabled: Annotated[YesNo, Key(alias="停用")] = False
    note: Annotated[Line | None, Key(alias="说明")] = None


class Field(_Measured):
    """字段: a column of the ledger that is not itself a criterion. Without 列名 its name is its only spelling."""

    to_come: Annotated[YesNo | None, Key(alias="可在将来")] = None
    """Whether a date after the day of the rating is nothing odd (a deadline, a plan), or is unknown: what it tells of
    cannot have happened. Where nothing is said it counts, and a person should look (DESIGN §9: a suspicious date)."""
    # in a file the name is the key that the field stands under; the loader brings it in
    name: Annotated[Line, Key(alias=FIELD_NAME)]

    @model_validator(mode="after")
    def _own_name(self) -> Self:
        if not self.headers:
            object.__setattr__(self, "headers", (self.name,))
        return self


class _Judged(_Part):
    """A comparison in words: exactly one of the seven, with what it compares to."""

    model_config = ConfigDict(
        json_schema_extra={"oneOf": [{"required": [operator.value]} for operator in Operator]},
    )

    at_least: Annotated[Threshold | None, Key(alias="至少")] = None
    at_most: Annotated[Threshold | None, Key(alias="至多")] = None
    above: Annotated[Threshold | None, Key(alias="高于")] = None
    below: Annotated[Threshold | None, Key(alias="低于")] = None
    equals: Annotated[Anything | None, Key(alias="为")] = None
    one_of: Annotated[Choices | None, Key(alias="属于")] = None
    between: Annotated[Pair | None, Key(alias="介于")] = None

    @model_validator(mode="after")
    def _one_operator(self) -> Self:
        _exactly_one({operator.value: value for operator, value in self._given()}, tuple(Operator))
        return self

    def _given(self) -> list[tuple[Operator, Operand]]:
        values = (self.at_least, self.at_most, self.above, self.below, self.equals, self.one_of, self.between)
        return [(word, value) for word, value in zip(Operator, values, strict=True) if value is not None]

    @property
    def operator(self) -> Operator:
        """The word."""
        return self._word[0]

    @property
    def operand(self) -> Operand:
        """What the word compares to, by the 类型 of what is judged: Decimal, bool, str, date, or a tuple of them."""
        return self._word[1]

    @cached_property
    def _word(self) -> tuple[Operator, Operand]:
        return self._given()[0]

    def words(self, unit: str | None = None, lang: Lang = "zh") -> str:
        """``至少 5``, with its unit ``至少 5 万元``; ``at least 5 万元`` in English."""
        operator = self.operator if lang == "zh" else _OPERATORS_IN_ENGLISH[self.operator]
        operand = self.operand
        if operand == ALL_TASKS:
            return ALL_TASKS if lang == "zh" else "all of them"
        if isinstance(operand, tuple) and self.operator is Operator.BETWEEN:
            joint = " 至 " if lang == "zh" else " and "
            text = joint.join(shown(item) for item in operand)
        elif isinstance(operand, tuple):
            text = ("、" if lang == "zh" else ", ").join(shown(item) for item in operand)
        elif isinstance(operand, bool) and lang == "en":
            text = "yes" if operand else "no"
        else:
            text = shown(operand)
        if lang == "en" and unit == TASK_UNIT:
            unit = "item" if operand == 1 else "items"
        if unit is not None and isinstance(operand, Decimal | tuple) and not isinstance(operand, str):
            text += unit if unit in {"%", "‰"} else f" {unit}"
        return f"{operator} {text}"


def _exactly_one(given: Mapping[str, object], choices: Sequence[str]) -> None:
    if len(given) == 1:
        return
    words: Text = ("、".join(choices), ", ".join(choices))
    found: Text = ("、".join(given) or "一个也没有", ", ".join(given) or "none")
    _refuse("K610", choices=words, written=found)


ALL_TASKS = "全部"
"""What an item of tasks may ask for instead of a number of them."""
TASK_UNIT = "项"


class Requirement(_Judged):
    """要求: what holds from a day on, with its source beside it. Appended when it changes, never edited."""

    since: Annotated[Day, Key(alias="自")]
    source: Annotated[Reference | None, Key(alias="依据")] = None
    note: Annotated[Line | None, Key(alias="说明")] = None

    def sentence(self, name: str, unit: str | None = None, lang: Lang = "zh") -> str:
        """The requirement to be read aloud: ``村集体经济年收入至少 5 万元，自 2022-05-01 起（清丰2022 第四条）``."""
        source = "" if self.source is None else f"（{self.source}）" if lang == "zh" else f" ({self.source})"
        if lang == "zh":
            return f"{name}{self.words(unit)}，自 {self.since} 起{source}"
        return f"{name} {self.words(unit, 'en')}, from {self.since}{source}"


class Trigger(_Judged):
    """触发: the value of a veto column that sets the veto off."""


class Deduction(_Part):
    """扣分 of a graded item: ``points`` lost for every ``per`` of shortfall begun, ``at_most`` in all."""

    per: Annotated[Positive, Key(alias="每")]
    points: Annotated[Positive, Key(alias="扣")]
    at_most: Annotated[Positive | None, Key(alias="至多")] = None


class Bonus(_Part):
    """加分 beyond 分值: ``points`` for every whole ``per`` by which the value exceeds what is asked for.

    Without 每 they are earned once, where the requirement is met.
    """

    per: Annotated[Positive | None, Key(alias="每")] = None
    points: Annotated[Positive, Key(alias="加")]
    at_most: Annotated[Positive | None, Key(alias="至多")] = None

    @model_validator(mode="after")
    def _ends_somewhere(self) -> Self:
        """Steps without an end would let an unknown value earn anything."""
        if self.per is not None and self.at_most is None:
            _refuse("K605", "至多")
        return self

    @property
    def most(self) -> Decimal:
        """The most it can add."""
        return self.points if self.at_most is None else self.at_most


class Band(_Part):
    """One step of 分档: the ``points`` of a value that is at least, or at most, a bound. The first that fits counts."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": ["至少"]}, {"required": ["至多"]}]})

    at_least: Annotated[Exact | None, Key(alias="至少")] = None
    at_most: Annotated[Exact | None, Key(alias="至多")] = None
    points: Annotated[NotNegative, Key(alias="得")]

    @model_validator(mode="after")
    def _one_bound(self) -> Self:
        given = {"至少": self.at_least, "至多": self.at_most}
        _exactly_one({name: value for name, value in given.items() if value is not None}, tuple(given))
        return self

    @property
    def bound(self) -> Decimal:
        """The number it compares with."""
        return self.at_least if self.at_least is not None else self.at_most or Decimal(0)


class BestEnd(StrEnum):
    """比最优: which end of the values is the best."""

    HIGHEST = "最高"
    LOWEST = "最低"


class Best(_Part):
    """比最优: the best unit of the scope earns 分值, the others in proportion to it."""

    end: Annotated[Annotated[BestEnd, _words(BestEnd), _enumeration(BestEnd)], Key(alias="满分")] = BestEnd.HIGHEST
    scope: Annotated[Annotated[Scope, _words(Scope), _enumeration(Scope)], Key(alias="范围")] = Scope.COUNTY


class Goal(_Part):
    """比目标: 分值 in proportion to a target, all of it where that is reached: a number, or a 字段 of the unit."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": ["目标"]}, {"required": ["字段"]}]})

    number: Annotated[Positive | None, Key(alias="目标")] = None
    field: Annotated[Line | None, Key(alias="字段")] = None

    @model_validator(mode="after")
    def _one_goal(self) -> Self:
        given = {"目标": self.number, "字段": self.field}
        _exactly_one({name: value for name, value in given.items() if value is not None}, tuple(given))
        return self


def _criterion_schema(schema: dict[str, Any]) -> None:
    """What the validators below say, for editors."""
    schema["required"].remove("类型")
    schema["anyOf"] = [{"required": ["类型"]}, {"required": ["日期依次"]}, {"required": ["任务"]}]
    schema["oneOf"] = [{"required": [origin]} for origin in _ORIGINS]


_ORIGINS = ("列名", "公式", "日期依次", "任务")
"""Where the value of a criterion may be from; it has one of them."""


def _asked_on(item: "Criterion | GroupCriterion", day: date) -> Requirement | None:
    if item.until is not None and item.until < day:
        return None
    started = [requirement for requirement in item.requirements if requirement.since <= day]
    return max(started, key=lambda requirement: requirement.since, default=None)


def _turns(item: "Criterion | GroupCriterion") -> tuple[date, ...]:
    ended = item.until is not None and item.until < date.max
    after = (item.until + timedelta(days=1),) if item.until is not None and ended else ()
    return (*(requirement.since for requirement in item.requirements), *after)


class Criterion(_Measured):
    """指标: judged by the requirement in force. Read from a column, computed by 公式 or 日期依次, or made of 任务.

    A task (任务) is a criterion below another one, the third level of 星 > 指标 > 任务; it may have tasks of its own,
    for alternatives. The value of an item of tasks is how many of them are met, in 项; it asks for 至少 so many,
    or for 为 全部.
    """

    model_config = ConfigDict(json_schema_extra=_criterion_schema)

    id: Annotated[Identity, Key(alias="编号")]
    name: Annotated[Line, Key(alias="名称")]
    formula: Annotated[Line | None, Key(alias="公式")] = None
    dates: Annotated[Lines, Key(alias="日期依次")] = ()
    tasks: Annotated[tuple["Criterion", ...], Key(alias="任务", min_length=1)] = ()
    requirements: Annotated[tuple[Requirement, ...], Key(alias="要求", min_length=1)]
    until: Annotated[Day | None, Key(alias="止")] = None
    """The last day on which it counts."""
    points: Annotated[NotNegative | None, Key(alias="分值")] = None
    deduction: Annotated[Deduction | None, Key(alias="扣分")] = None
    bands: Annotated[tuple[Band, ...], Key(alias="分档")] = ()
    best: Annotated[Best | None, Key(alias="比最优")] = None
    goal: Annotated[Goal | None, Key(alias="比目标")] = None
    bonus: Annotated[Bonus | None, Key(alias="加分")] = None
    essential: Annotated[YesNo, Key(alias="必备")] = False
    applies: Annotated[dict[str, Lines], Key(alias="适用于")] = Key(default_factory=dict)
    exempt_tags: Annotated[Lines, Key(alias="不适用于")] = ()
    exempt_policy: Annotated[
        Annotated[ExemptPolicy, _words(ExemptPolicy), _enumeration(ExemptPolicy)], Key(alias="不适用按")
    ] = ExemptPolicy.NOT_COUNTED
    owner: Annotated[Line | None, Key(alias="责任")] = None
    remedy: Annotated[Line | None, Key(alias="整改")] = None
    changeable: Annotated[YesNo, Key(alias="可改")] = True
    difficulty: Annotated[Difficulty | None, Key(alias="难度")] = None
    days: Annotated[Count | None, Key(alias="工期")] = None
    unit_cost: Annotated[NotNegative | None, Key(alias="每单位成本")] = None

    @model_validator(mode="before")
    @classmethod
    def _evident_kind(cls, data: Any) -> Any:
        """日期依次 yields yes or no, and tasks are counted, so their 类型 need not be said."""
        if not isinstance(data, dict):
            return data
        if ("日期依次" in data or "dates" in data) and not {"类型", "kind"} & data.keys():
            return {**data, "类型": Kind.YESNO}
        if ("任务" in data or "tasks" in data) and not {"类型", "kind", "单位", "unit"} & data.keys():
            return {**data, "类型": Kind.INTEGER, "单位": TASK_UNIT}
        return data

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        origins = (self.headers, self.formula, self.dates, self.tasks)
        given = dict(zip(_ORIGINS, origins, strict=True))
        _exactly_one({name: value for name, value in given.items() if value}, _ORIGINS)
        return self

    @model_validator(mode="after")
    def _owned_tasks(self) -> Self:
        """A task that says no 责任 or 整改 has those of its item: who sees to the whole sees to its parts."""
        if self.tasks and (self.owner is not None or self.remedy is not None):
            object.__setattr__(self, "tasks", tuple(task.under(self) for task in self.tasks))
        return self

    def under(self, item: "Criterion") -> Self:
        """Itself as a task of ``item``, with its 责任 and 整改 where it says none."""
        own = {"owner": self.owner or item.owner, "remedy": self.remedy or item.remedy}
        made = self.model_copy(update=own)
        return made.model_copy(update={"tasks": tuple(task.under(made) for task in self.tasks)}) if self.tasks else made

    @model_validator(mode="after")
    def _one_grading(self) -> Self:
        given = {"扣分": self.deduction, "分档": self.bands, "比最优": self.best, "比目标": self.goal}
        written = [name for name, value in given.items() if value]
        if len(written) > 1:
            _exactly_one(dict.fromkeys(written), tuple(given))
        return self

    @property
    def reads_column(self) -> bool:
        """Whether its value stands in the ledger, and is not computed."""
        return bool(self.headers)

    @cached_property
    def expression(self) -> Expression | None:
        """The formula, parsed; None for a criterion without one."""
        return None if self.formula is None else parse(self.formula)

    @property
    def with_tasks(self) -> tuple["Criterion", ...]:
        """Itself and everything below it, in the order of the file."""
        return (self, *(part for task in self.tasks for part in task.with_tasks))

    @property
    def scored(self) -> tuple["Criterion", ...]:
        """What carries the points: itself, or where it has no 分值 what lies below it."""
        if self.points is None and self.bonus is None and self.tasks:
            return tuple(part for task in self.tasks for part in task.scored)
        return (self,)

    @property
    def full_points(self) -> Decimal:
        """The most points it can earn, 加分 aside; 0 without any."""
        return sum((part.points or Decimal(0) for part in self.scored), Decimal(0))

    @property
    def only_bonus(self) -> bool:
        """Whether it can only add: it has 加分 and no 分值, so missing it is no shortfall."""
        return self.bonus is not None and self.points is None

    @property
    def graded(self) -> bool:
        """Whether its points are not just all or nothing."""
        return bool(self.deduction or self.bands or self.best or self.goal or self.bonus)

    def in_force(self, as_of: date) -> Requirement | None:
        """The requirement with the latest 自 not after ``as_of``, whatever the order in the file; none after its 止."""
        return _asked_on(self, as_of)

    @property
    def turns(self) -> tuple[date, ...]:
        """The days on which what it asks for changes: every 自, and the day after its 止."""
        return _turns(self)


@dataclass(frozen=True, slots=True)
class LightRule:
    """点亮: all counted criteria, or ``at_least`` so many of them (任一 is one), or a ``score`` to reach."""

    all: bool = False
    at_least: int | None = None
    score: Decimal | None = None
    rescale: bool = False

    @property
    def lines(self) -> tuple[Decimal, ...]:
        """The points that tell lit from unlit, where points do."""
        return () if self.score is None else (self.score,)


def _light_rule(value: object) -> LightRule:
    if isinstance(value, LightRule):
        return value
    if value == "全部":
        return LightRule(all=True)
    if value == "任一":
        return LightRule(at_least=1)
    if isinstance(value, str):
        words = ("全部", "任一")
        _refuse("K608", value, expected=(_LIGHT_FORMS, _LIGHT_FORMS), **nearest_slot(value, words))
    if not isinstance(value, dict) or not value:
        _misfit(value, _LIGHT_FORMS, _LIGHT_FORMS)
    _only_keys(value, ("至少", "得分"))
    _exactly_one(value, ("至少", "得分"))
    if "至少" in value:
        return LightRule(at_least=_at(("至少",), _from_one, value["至少"]))
    score = value["得分"]
    if not isinstance(score, dict):
        _misfit(score, "{至少: 80}", "{至少: 80}", ("得分",))
    _only_keys(score, ("至少", "折算"), ("得分",))
    if "至少" not in score:
        _refuse("K605", "至少", ("得分",))
    return LightRule(
        score=_at(("得分", "至少"), _positive, score["至少"]),
        rescale=_at(("得分", "折算"), _yesno, score.get("折算", False)),
    )


@dataclass(frozen=True, slots=True)
class DatedRule:
    """点亮 from a day on, with its source; ``since`` is None where it always held."""

    rule: LightRule
    since: date | None = None
    source: SourceRef | None = None


def _light_rules(value: object) -> tuple[DatedRule, ...]:
    """One rule, or a list of rules each with its 自, oldest first, in any order written."""
    if isinstance(value, tuple) and value and all(isinstance(item, DatedRule) for item in value):
        return value
    if not isinstance(value, list):
        return (DatedRule(_light_rule(value)),)
    if not value:
        _misfit(value, _LIGHT_FORMS, _LIGHT_FORMS)
    rules = [DatedRule(rule, since, source) for since, rule, source in _dated_entries(value, _light_rule, _DATED_FORM)]
    return tuple(sorted(rules, key=lambda dated: dated.since or date.min))


_Held = TypeVar("_Held")


def _dated_entries(
    value: list[object], read: Callable[[object], _Held], form: str
) -> Iterator[tuple[date, _Held, SourceRef | None]]:
    """The entries of a list of ``form``: since when, what ``read`` makes of 按, and by which clause."""
    seen: set[date] = set()
    for place, item in enumerate(value):
        if not isinstance(item, dict):
            _misfit(item, form, form, (place,))
        _only_keys(item, ("自", "按", "依据"), (place,))
        for name in ("自", "按"):
            if name not in item:
                _refuse("K609" if name == "自" else "K605", name, (place,))
        since = _at((place, "自"), _day, item["自"])
        if since in seen:
            _refuse("K615", since, (place, "自"))
        seen.add(since)
        source = _at((place, "依据"), _source, item["依据"]) if "依据" in item else None
        yield since, _at((place, "按"), read, item["按"]), source


_DATED_FORM = "{自: 2023-01-01, 按: {至少: 2}, 依据: …}"
_LIGHT_FORMS = "全部、任一、{至少: 2}、{得分: {至少: 80}}"
_LIGHT_SCHEMA = {
    "oneOf": [
        {"enum": ["全部", "任一"]},
        {
            "type": "object",
            "properties": {"至少": {"type": "integer", "minimum": 1}},
            "required": ["至少"],
            "additionalProperties": False,
        },
        {
            "type": "object",
            "properties": {
                "得分": {
                    "type": "object",
                    "properties": {"至少": {"type": "number", "exclusiveMinimum": 0}, "折算": YESNO_SCHEMA},
                    "required": ["至少"],
                    "additionalProperties": False,
                }
            },
            "required": ["得分"],
            "additionalProperties": False,
        },
    ]
}


def _dated_schema(schema: dict[str, list[object]]) -> dict[str, Any]:
    """A value of one of several forms, or a list of such values each with its 自."""
    return {
        "oneOf": [
            *schema["oneOf"],
            {
                "type": "array",
                "minItems": 1,
                "items": {
                    "type": "object",
                    "properties": {
                        "自": {"type": "string", "format": "date"},
                        "按": schema,
                        "依据": {"type": "string", "pattern": r"^\S"},
                    },
                    "required": ["自", "按"],
                    "additionalProperties": False,
                },
            },
        ]
    }


class Star(_Part):
    """星: criteria and the rule by which they light it."""

    name: Annotated[Line, Key(alias="星")]
    lead: Annotated[Line | None, Key(alias="牵头")] = None
    rules: Annotated[
        Annotated[tuple[DatedRule, ...], PlainValidator(_light_rules), WithJsonSchema(_dated_schema(_LIGHT_SCHEMA))],
        Key(alias="点亮"),
    ]
    rescale: Annotated[YesNo, Key(alias="折算")] = False
    criteria: Annotated[tuple[Criterion, ...], Key(alias="指标", min_length=1)]
    disabled: Annotated[YesNo, Key(alias="停用")] = False
    note: Annotated[Line | None, Key(alias="说明")] = None

    @model_validator(mode="after")
    def _one_rescale(self) -> Self:
        """折算 may stand inside 得分 or beside 点亮; readers look at the rules only."""
        if self.rescale:
            rules = tuple(replace(dated, rule=replace(dated.rule, rescale=True)) for dated in self.rules)
            object.__setattr__(self, "rules", rules)
        return self

    @property
    def rule(self) -> LightRule:
        """The rule in force: of a scheme as it is on a day (``Scheme.on``) the only one, else the last."""
        return self.rules[-1].rule

    def on(self, day: date) -> Self:
        """The star with the rule in force that day; before the first begins, with the first."""
        return self if len(self.rules) == 1 else self.model_copy(update={"rules": (_begun(self.rules, day),)})


class Check(_Part):
    """校核: a relation that must hold. A breach is a diagnostic of ``severity``, never a shortfall."""

    id: Annotated[Identity, Key(alias="编号")]
    name: Annotated[Line | None, Key(alias="名称")] = None
    formula: Annotated[Line, Key(alias="公式")]
    tolerance: Annotated[NotNegative, Key(alias="容差")] = Decimal(0)
    severity: Annotated[
        Annotated[Severity, PlainValidator(_one_of(_SEVERITIES)), _enumeration(_SEVERITIES)], Key(alias="级别")
    ] = Severity.ERROR
    disabled: Annotated[YesNo, Key(alias="停用")] = False
    note: Annotated[Line | None, Key(alias="说明")] = None

    @cached_property
    def expression(self) -> Expression:
        """The formula, parsed."""
        return parse(self.formula)


class Rounding(StrEnum):
    """取舍 of a figure: how it is shown where it has more digits than are printed; official tables use both."""

    HALF_UP = "四舍五入"
    CUT = "截断"


class GroupCriterion(_Part):
    """A criterion of a group as a whole, by a formula over it (汇总). Without 要求 the figure is shown, not judged.

    With 只对 it is one of the groups of those names only. 取舍 is of what is printed: figures are judged as they are.
    """

    id: Annotated[Identity, Key(alias="编号")]
    name: Annotated[Line, Key(alias="名称")]
    formula: Annotated[Line, Key(alias="汇总")]
    kind: Annotated[KindWord, Key(alias="类型")]
    unit: Annotated[Unit | None, Key(alias="单位")] = None
    only: Annotated[Lines, Key(alias="只对")] = ()
    rounding: Annotated[Annotated[Rounding, _words(Rounding), _enumeration(Rounding)], Key(alias="取舍")] = (
        Rounding.HALF_UP
    )
    requirements: Annotated[tuple[Requirement, ...], Key(alias="要求")] = ()
    until: Annotated[Day | None, Key(alias="止")] = None
    owner: Annotated[Line | None, Key(alias="责任")] = None
    remedy: Annotated[Line | None, Key(alias="整改")] = None
    disabled: Annotated[YesNo, Key(alias="停用")] = False
    note: Annotated[Line | None, Key(alias="说明")] = None

    @cached_property
    def expression(self) -> Expression:
        """The formula, parsed."""
        return parse_over_groups(self.formula)

    @property
    def title(self) -> str:
        """Its name, with the groups it is for where that is not all of them."""
        return f"{self.name}（{'、'.join(self.only)}）" if self.only else self.name

    def in_force(self, as_of: date) -> Requirement | None:
        """The requirement with the latest 自 not after ``as_of``; none after its 止."""
        return _asked_on(self, as_of)

    @property
    def turns(self) -> tuple[date, ...]:
        """The days on which what it asks for changes."""
        return _turns(self)


BY_TOWNSHIP, BY_COUNTY = "乡镇", "县"
"""What units can be grouped by besides a 字段."""


class Group(_Part):
    """分组: units taken together, by township, county or a 字段 that names a belt, and what is asked of them."""

    name: Annotated[Line, Key(alias="组")]
    by: Annotated[Line, Key(alias="按")]
    criteria: Annotated[tuple[GroupCriterion, ...], Key(alias="指标", min_length=1)]
    disabled: Annotated[YesNo, Key(alias="停用")] = False
    note: Annotated[Line | None, Key(alias="说明")] = None


class Apportioning(_Part):
    """摊派提醒: the yes/no of which hints say that it looks handed out by quota, or overlooked (see ``hints``)."""

    of: Annotated[Line, Key(alias="情形")]
    usual: Annotated[tuple[Share, ...], Key(alias="常见", min_length=1)]
    """The shares that are usual, the least first."""

    @model_validator(mode="after")
    def _least_first(self) -> Self:
        object.__setattr__(self, "usual", tuple(sorted(self.usual)))
        if not self.usual[0]:
            _misfit(Decimal(0), "大于 0 的份额，如 5%", "a share above 0 such as 5%", ("常见",))
        return self


class RankedBy(StrEnum):
    """按 of a ranking: what townships, departments or units are compared by."""

    TIER = "平均星级"
    SCORE = "平均得分"
    TARGET = "达标率"
    """The share of units that reach their own 争创目标."""
    REACHED = "占比"
    """The share of units whose tier is 达到, or above it."""
    LIT = "点亮率"
    """The share of units that have a star lit: of a 专班 the stars that it leads, of a township all."""
    MET = "指标达标率"
    """The share of what is counted that is met: of a department its own criteria, of a township all items."""


class RankedOf(StrEnum):
    """对象 of a ranking."""

    TOWNSHIP = "乡镇"
    LEAD = "牵头"
    """专班: who leads a star."""
    OWNER = "责任"
    """Departments: who is responsible for criteria."""
    UNIT = "单位"


class Absent(StrEnum):
    """缺报 of a ranking: what a unit that has not reported counts as."""

    RANGE = "区间"
    """Anything it may turn out to be: places that hang on it are shown as from-to."""
    LOWEST = "按最低"
    NOT_COUNTED = "不计"


class Unproven(StrEnum):
    """待核实 of a ranking: what counts where something is unknown."""

    PROVEN = "按已证明"
    RANGE = "区间"


class WithoutTier(StrEnum):
    """不参评 of a ranking: what a unit counts as that a veto leaves without a tier."""

    LOWEST = "按最低"
    NOT_COUNTED = "不计"


class Ranking(_Part):
    """月度排名: who is compared, by what, and what counts where data are missing. The places follow exact values."""

    name: Annotated[Line, Key(alias="名称")]
    of: Annotated[Annotated[RankedOf, _words(RankedOf), _enumeration(RankedOf)], Key(alias="对象")] = RankedOf.TOWNSHIP
    by: Annotated[Annotated[RankedBy, _words(RankedBy), _enumeration(RankedBy)], Key(alias="按")] = RankedBy.TIER
    reached: Annotated[Line | None, Key(alias="达到")] = None
    """The name of a tier, for 占比."""
    improvement: Annotated[YesNo, Key(alias="进步")] = False
    """By how much more than last month's instead."""
    weight: Annotated[Line | None, Key(alias="加权")] = None
    """A 字段 that says how much each unit counts, such as 人口."""
    alike: Annotated[Lines, Key(alias="同类")] = ()
    """Tags of the register: units are ranked among those of the same tag."""
    absent: Annotated[Annotated[Absent, _words(Absent), _enumeration(Absent)], Key(alias="缺报")] = Absent.RANGE
    unproven: Annotated[Annotated[Unproven, _words(Unproven), _enumeration(Unproven)], Key(alias="待核实")] = (
        Unproven.PROVEN
    )
    without_tier: Annotated[
        Annotated[WithoutTier, _words(WithoutTier), _enumeration(WithoutTier)], Key(alias="不参评")
    ] = WithoutTier.LOWEST
    source: Annotated[Reference | None, Key(alias="依据")] = None
    note: Annotated[Line | None, Key(alias="说明")] = None

    kind: ClassVar[str] = "ranking"

    @property
    def label(self) -> str:
        """What it is called."""
        return self.name

    @model_validator(mode="after")
    def _fitting(self) -> Self:
        fitting = _COMPARABLE[self.of]
        if self.by not in fitting:
            _refuse("K608", self.by.value, ("按",), expected=("、".join(fitting), ", ".join(fitting)), near="")
        if (self.by is RankedBy.REACHED) != (self.reached is not None):
            _misfit(
                self.reached or self.by.value,
                "按占比的要有“达到”，别的没有",
                "达到 where it is 按 占比, and only there",
                ("按",),
            )
        if self.alike and self.of is not RankedOf.UNIT:
            _misfit("、".join(self.alike), "“同类”只用于对象为单位的排名", "同类 only where 对象 is 单位", ("同类",))
        return self


_COMPARABLE: Mapping[RankedOf, tuple[RankedBy, ...]] = {
    RankedOf.TOWNSHIP: tuple(RankedBy),
    RankedOf.LEAD: (RankedBy.LIT, RankedBy.MET),
    RankedOf.OWNER: (RankedBy.MET,),
    RankedOf.UNIT: (RankedBy.TIER, RankedBy.SCORE, RankedBy.LIT, RankedBy.MET),
}
"""What can be said of whom."""


class Ties(StrEnum):
    """同分 of a reminder: whether those that share the place at which 末位 cuts are behind."""

    SPARED = "不计入"
    BEHIND = "计入"


class Behind(_Part):
    """落后: the last so many, the last share, below a line, or below the mean of all."""

    model_config = ConfigDict(
        json_schema_extra={"oneOf": [{"required": [key]} for key in ("末位", "末位比例", "低于", "低于平均")]}
    )

    last: Annotated[Count | None, Key(alias="末位")] = None
    last_share: Annotated[Share | None, Key(alias="末位比例")] = None
    below: Annotated[Exact | None, Key(alias="低于")] = None
    """In the measure's own unit, shares in percent."""
    below_mean: Annotated[YesNo, Key(alias="低于平均")] = False

    @model_validator(mode="after")
    def _one_line(self) -> Self:
        given = {
            "末位": self.last,
            "末位比例": self.last_share,
            "低于": self.below,
            "低于平均": self.below_mean or None,
        }
        _exactly_one({name: value for name, value in given.items() if value is not None}, tuple(given))
        return self


class Reminder(_Part):
    """约谈: who is behind in a ranking for so many months in a row is reminded."""

    ranking: Annotated[Line, Key(alias="排名")]
    behind: Annotated[Behind, Key(alias="落后")]
    months: Annotated[Count, Key(alias="连续")] = 2
    ties: Annotated[Annotated[Ties, _words(Ties), _enumeration(Ties)], Key(alias="同分")] = Ties.SPARED
    source: Annotated[Reference | None, Key(alias="依据")] = None
    note: Annotated[Line | None, Key(alias="说明")] = None

    kind: ClassVar[str] = "reminder"

    @property
    def label(self) -> str:
        """What it is called: as its ranking."""
        return self.ranking

    @model_validator(mode="after")
    def _a_month(self) -> Self:
        if self.months < 1:
            _misfit(Decimal(self.months), "1 或更大的整数", "a whole number of 1 or more", ("连续",))
        return self


class RewardedTo(StrEnum):
    """发给 of a reward."""

    UNIT = "单位"
    PERSON = "个人"


class Span(StrEnum):
    """周期 of a reward: what its amount is for; a percentage is of the base of the same span."""

    ONCE = "一次"
    YEAR = "年"
    MONTH = "月"


class MixedYears(StrEnum):
    """混合年份 of a reward: which tier several years of different tiers come to."""

    LOWEST = "取最低"
    SAME = "须同档"


class Stacking(StrEnum):
    """叠加 of a percentage beside others of one base: each of the base, or on top of what the others make of it."""

    ADDED = "相加"
    MULTIPLIED = "相乘"


class Reward(_Part):
    """奖励: who gets what, by the year's tier, by several years' tiers, or by a list of names. Money is in yuan."""

    model_config = ConfigDict(
        json_schema_extra={
            "allOf": [
                {"oneOf": [{"required": [key]} for key in ("达到", "档", "名单")]},
                {"oneOf": [{"required": [key]} for key in ("金额", "比例")]},
            ]
        }
    )

    name: Annotated[Line, Key(alias="名称")]
    reached: Annotated[Line | None, Key(alias="达到")] = None
    """The name of a tier: for it and those above."""
    tier: Annotated[Line | None, Key(alias="档")] = None
    """The name of a tier: for it alone."""
    listed: Annotated[YesNo, Key(alias="名单")] = False
    """For those that a list names for it."""
    years: Annotated[Count, Key(alias="连续")] = 1
    mixed: Annotated[Annotated[MixedYears, _words(MixedYears), _enumeration(MixedYears)], Key(alias="混合年份")] = (
        MixedYears.LOWEST
    )
    first: Annotated[Count | None, Key(alias="首年")] = None
    """The first year that counts towards 连续."""
    to: Annotated[Annotated[RewardedTo, _words(RewardedTo), _enumeration(RewardedTo)], Key(alias="发给")] = (
        RewardedTo.UNIT
    )
    posts: Annotated[Lines, Key(alias="职务")] = ()
    """Whose: the words of the list of pay."""
    amount: Annotated[Positive | None, Key(alias="金额")] = None
    share: Annotated[Share | None, Key(alias="比例")] = None
    places: Annotated[Count | None, Key(alias="名额")] = None
    span: Annotated[Annotated[Span, _words(Span), _enumeration(Span)], Key(alias="周期")] = Span.YEAR
    stacking: Annotated[Annotated[Stacking, _words(Stacking), _enumeration(Stacking)], Key(alias="叠加")] = (
        Stacking.ADDED
    )
    source: Annotated[Reference | None, Key(alias="依据")] = None
    note: Annotated[Line | None, Key(alias="说明")] = None

    kind: ClassVar[str] = "reward"

    @property
    def label(self) -> str:
        """What it is called."""
        return self.name

    @property
    def for_tier(self) -> str | None:
        """The name of the tier that it is for, or from which on it is."""
        return self.reached or self.tier

    @model_validator(mode="after")
    def _fitting(self) -> Self:
        causes = {"达到": self.reached, "档": self.tier, "名单": self.listed or None}
        _exactly_one({key: value for key, value in causes.items() if value is not None}, tuple(causes))
        # without an amount it would be a promise nobody made
        sums = {"金额": self.amount, "比例": self.share}
        _exactly_one({key: value for key, value in sums.items() if value is not None}, tuple(sums))
        by_post = self.to is RewardedTo.PERSON and not self.listed
        if self.share is not None and not by_post:
            _misfit(
                self.name,
                "按比例的发给个人，写明职务，不按名单",
                "比例 only where it is 发给 个人 with their 职务, and not by 名单",
                ("比例",),
            )
        if by_post != bool(self.posts):
            _misfit(
                "、".join(self.posts) or self.to.value,
                "按星级发给个人的写明职务，别的不写",
                "职务 where a tier's reward is 发给 个人, and only there",
                ("职务",) if self.posts else ("发给",),
            )
        if self.places is not None and not self.listed:
            _misfit(Decimal(self.places), "“名额”只用于按名单的奖励", "名额 only with 名单", ("名额",))
        if self.years < 1 or (self.listed and self.years != 1):
            _misfit(Decimal(self.years), "1 或更大的整数，按名单的不写", "1 or more, and none with 名单", ("连续",))
        if self.first is not None and self.years == 1:
            _misfit(Decimal(self.first), "“首年”只用于连续几年的奖励", "首年 only with 连续", ("首年",))
        return self


class Every(StrEnum):
    """每 of a duty."""

    WEEK = "周"
    HALF_MONTH = "半月"
    MONTH = "月"
    QUARTER = "季"


_LONGEST: Mapping[Every, int] = {Every.WEEK: 7, Every.HALF_MONTH: 16, Every.MONTH: 31, Every.QUARTER: 31}
"""The last day that a duty may be due on."""


class ReportedMonth(StrEnum):
    """期 of a duty of reporting: which month is reported."""

    SAME = "本月"
    BEFORE = "上月"


class Duty(_Part):
    """日程: what somebody has to do every week, half month, month or quarter, and by which day of it."""

    what: Annotated[Line, Key(alias="事项")]
    who: Annotated[Line, Key(alias="责任")]
    every: Annotated[Annotated[Every, _words(Every), _enumeration(Every)], Key(alias="每")]
    day: Annotated[Count | None, Key(alias="日")] = None
    """Of the week from Monday, of the half month or month, of a quarter's last month; None: its last day."""
    reporting: Annotated[YesNo, Key(alias="上报")] = False
    """Whether it is the townships' reporting, of which the store knows who has done it."""
    month: Annotated[Annotated[ReportedMonth, _words(ReportedMonth), _enumeration(ReportedMonth)], Key(alias="期")] = (
        ReportedMonth.SAME
    )
    source: Annotated[Reference | None, Key(alias="依据")] = None
    note: Annotated[Line | None, Key(alias="说明")] = None

    kind: ClassVar[str] = "duty"

    @property
    def label(self) -> str:
        """What it is called."""
        return self.what

    @model_validator(mode="after")
    def _fitting(self) -> Self:
        longest = _LONGEST[self.every]
        if self.day is not None and not 1 <= self.day <= longest:
            _misfit(Decimal(self.day), f"1 到 {longest} 的整数", f"a whole number from 1 to {longest}", ("日",))
        if self.reporting and self.every is not Every.MONTH:
            _misfit(self.every.value, "上报的是每月的台账，写 月", "月: ledgers are reported by month", ("每",))
        if self.month is not ReportedMonth.SAME and not self.reporting:
            _misfit(self.month.value, "“期”只用于上报", "期 only with 上报", ("期",))
        return self


class Strata(StrEnum):
    """分层 of a sample: what is drawn from by itself."""

    TOWNSHIP = "乡镇"
    TIER = "星级"
    COUNTY = "全县"


class Sampling(_Part):
    """抽查: how many units are visited, and from which parts of the county they are drawn."""

    share: Annotated[Share, Key(alias="比例")] = Fraction(1, 5)
    """Of those that have reported, rounded up."""
    strata: Annotated[Annotated[Strata, _words(Strata), _enumeration(Strata)], Key(alias="分层")] = Strata.TOWNSHIP
    least: Annotated[Count, Key(alias="最少")] = 1
    source: Annotated[Reference | None, Key(alias="依据")] = None
    note: Annotated[Line | None, Key(alias="说明")] = None

    kind: ClassVar[str] = "sampling"

    @property
    def label(self) -> str:
        """What it is called: there is one."""
        return self.strata.value


MonthlyRule = Ranking | Reminder | Reward | Duty | Sampling
"""A rule under 月度 that names its clause."""


class Rectifying(_Part):
    """整改 under 月度: within how many days a shortfall is to be mended, unless its item has a 工期 of its own."""

    days: Annotated[Count, Key(alias="期限")]
    soon: Annotated[Count, Key(alias="临期")] = 10
    """With so many days left, or fewer, it is yellow."""
    source: Annotated[Reference | None, Key(alias="依据")] = None
    note: Annotated[Line | None, Key(alias="说明")] = None


class Monthly(_Part):
    """月度: the rules of the cycle of months, beyond the rating of one."""

    rankings: Annotated[tuple[Ranking, ...], Key(alias="排名")] = ()
    reminders: Annotated[tuple[Reminder, ...], Key(alias="约谈")] = ()
    rectifying: Annotated[Rectifying | None, Key(alias="整改")] = None
    rewards: Annotated[tuple[Reward, ...], Key(alias="奖励")] = ()
    duties: Annotated[tuple[Duty, ...], Key(alias="日程")] = ()
    sampling: Annotated[Sampling | None, Key(alias="抽查")] = None

    def ranking(self, name: str) -> Ranking:
        """The ranking of that name, such as a reminder speaks of; loading has made sure that it is there."""
        return next(ranking for ranking in self.rankings if ranking.name == name)

    @property
    def sourced(self) -> Mapping[str, tuple[MonthlyRule, ...]]:
        """The lists of rules that name their clause, by their key."""
        return {
            "排名": self.rankings,
            "约谈": self.reminders,
            "奖励": self.rewards,
            "日程": self.duties,
            "抽查": () if self.sampling is None else (self.sampling,),
        }


class Cap(_Part):
    """封顶: while ``star`` is not lit, no tier above ``tier``."""

    star: Annotated[Line, Key(alias="未亮")]
    tier: Annotated[Count, Key(alias="最高")]
    since: Annotated[Day | None, Key(alias="自")] = None
    until: Annotated[Day | None, Key(alias="止")] = None
    source: Annotated[Reference | None, Key(alias="依据")] = None
    note: Annotated[Line | None, Key(alias="说明")] = None


@dataclass(frozen=True, slots=True)
class TieBreak:
    """同分: what decides between equals, as in formulas, and which end comes first."""

    expression: Expression
    descending: bool
    text: str


def _tie_break(value: object) -> TieBreak:
    if isinstance(value, TieBreak):
        return value
    text = _text(value)
    match = re.fullmatch(r"(.+?)\s*(高者先|低者先)", text)
    if match is None:
        _refuse("K631", value)
    try:
        return TieBreak(parse(match[1]), match[2] == "高者先", text)
    except ExpressionError as error:
        _refuse("K620", match[1], problem=error.message)


class Quota(_Part):
    """名额: how many units may hold a tier, in the county or in each township."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": ["至多比例"]}, {"required": ["至多"]}]})

    tier_name: Annotated[Line, Key(alias="档")]
    share: Annotated[Share | None, Key(alias="至多比例")] = None
    count: Annotated[Count | None, Key(alias="至多")] = None
    scope: Annotated[Annotated[Scope, _words(Scope), _enumeration(Scope)], Key(alias="范围")] = Scope.COUNTY
    tie_breaks: Annotated[
        tuple[Annotated[TieBreak, PlainValidator(_tie_break), _schema(type="string", pattern="(高者先|低者先)$")], ...],
        Key(alias="同分"),
    ] = ()
    since: Annotated[Day | None, Key(alias="自")] = None
    until: Annotated[Day | None, Key(alias="止")] = None
    source: Annotated[Reference | None, Key(alias="依据")] = None
    note: Annotated[Line | None, Key(alias="说明")] = None

    @model_validator(mode="after")
    def _one_measure(self) -> Self:
        given = {"至多比例": self.share, "至多": self.count}
        _exactly_one({name: value for name, value in given.items() if value is not None}, tuple(given))
        return self


@dataclass(frozen=True, slots=True)
class Tier:
    """档: its number (lit stars, or position from the bottom), its name, and by score where it begins."""

    number: int
    name: str
    at_least: Decimal | None = None


def _tiers(value: object) -> tuple[Tier, ...]:
    """``{5: 五星, …}`` by stars, ``[{至少: 90, 档: 五星}, …]`` by score; the highest first, in any order written."""
    if isinstance(value, tuple) and value and all(isinstance(tier, Tier) for tier in value):
        return value
    if isinstance(value, dict) and value:
        tiers = []
        for number, name in value.items():
            if not re.fullmatch("0|[1-9][0-9]{0,2}", str(number)):
                _misfit(number, "亮星数，如 5", "a number of stars such as 5", (number,))
            tiers.append(Tier(int(number), _at((number,), _text, name)))
        return tuple(sorted(tiers, key=lambda tier: -tier.number))
    if isinstance(value, list) and value:
        bands = [_band(item, position) for position, item in enumerate(value)]
        bands.sort(key=lambda band: band[0])
        return tuple(Tier(number, name, bound) for number, (bound, name) in reversed(list(enumerate(bands))))
    _misfit(value, "{5: 五星, …} 或 [{至少: 90, 档: 五星}, …]", "{5: 五星, …} or [{至少: 90, 档: 五星}, …]")


def _band(item: object, position: int) -> tuple[Decimal, str]:
    if not isinstance(item, dict):
        _misfit(item, "{至少: 90, 档: 五星}", "{至少: 90, 档: 五星}", (position,))
    _only_keys(item, ("至少", "档"), (position,))
    for name in ("至少", "档"):
        if name not in item:
            _refuse("K605", name, (position,))
    return _at((position, "至少"), _number, item["至少"]), _at((position, "档"), _text, item["档"])


_TIERS_SCHEMA = {
    "oneOf": [
        {
            "type": "object",
            "patternProperties": {"^(0|[1-9][0-9]{0,2})$": {"type": "string"}},
            "additionalProperties": False,
            "minProperties": 1,
        },
        {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "properties": {"至少": {"type": "number"}, "档": {"type": "string"}},
                "required": ["至少", "档"],
                "additionalProperties": False,
            },
        },
    ]
}


@dataclass(frozen=True, slots=True)
class DatedTiers:
    """档次 from a day on, with its source; ``since`` is None where they always held."""

    tiers: tuple[Tier, ...]
    since: date | None = None
    source: SourceRef | None = None


def _ladders(value: object) -> tuple[DatedTiers, ...]:
    """One set of tiers, or a list of sets each with its 自, oldest first, in any order written."""
    if isinstance(value, tuple) and value and all(isinstance(item, DatedTiers) for item in value):
        return value
    if not isinstance(value, list) or not any(isinstance(item, dict) and {"自", "按"} & item.keys() for item in value):
        return (DatedTiers(_tiers(value)),)
    found = [
        DatedTiers(tiers, since, source) for since, tiers, source in _dated_entries(value, _tiers, _DATED_TIERS_FORM)
    ]
    return tuple(sorted(found, key=lambda ladder: ladder.since or date.min))


_DATED_TIERS_FORM = "{自: 2023-01-01, 按: {5: 五星, …}, 依据: …}"


class Tiering(_Part):
    """定级: from stars or points to the tier."""

    method: Annotated[Annotated[Method, _words(Method), _enumeration(Method)], Key(alias="方法")]
    ladders: Annotated[
        Annotated[tuple[DatedTiers, ...], PlainValidator(_ladders), WithJsonSchema(_dated_schema(_TIERS_SCHEMA))],
        Key(alias="档次"),
    ]
    caps: Annotated[tuple[Cap, ...], Key(alias="封顶")] = ()
    quotas: Annotated[tuple[Quota, ...], Key(alias="名额")] = ()
    rescale: Annotated[YesNo, Key(alias="折算")] = False
    called: Annotated[Line | None, Key(alias="称呼")] = None
    ranked: Annotated[YesNo, Key(alias="排名")] = True
    note: Annotated[Line | None, Key(alias="说明")] = None

    @property
    def tiers(self) -> tuple[Tier, ...]:
        """The tiers, the highest first: of several sets the newest, on a day (``Scheme.on``) those in force."""
        return self.ladders[-1].tiers

    def ladder_on(self, day: date) -> DatedTiers:
        """The tiers in force that day; before the first set begins, the first."""
        return _begun(self.ladders, day)

    @property
    def word(self) -> Text:
        """What the report calls tiers (称呼): 星级 unless told, a 结果 where they do not rank (排名: 否)."""
        return (self.called or ("星级" if self.ranked else "结果")), ("tier" if self.ranked else "result")

    @model_validator(mode="after")
    def _no_places_without_ranks(self) -> Self:
        if self.quotas and not self.ranked:
            _misfit("排名: 否", "没有名额：名额要排出先后", "no 名额, for which units are ranked", ("排名",))
        return self

    @model_validator(mode="after")
    def _bands_by_score(self) -> Self:
        by_score = self.method is Method.SCORE
        if any((tier.at_least is not None) != by_score for ladder in self.ladders for tier in ladder.tiers):
            forms = {Method.SCORE: "[{至少: 90, 档: 五星}, …]", Method.STARS: "{5: 五星, …}"}
            form = forms[self.method]
            _misfit(f"方法: {self.method}", f"{form} 这样的档次", f"档次 such as {form}", ("档次",))
        return self


@dataclass(frozen=True, slots=True)
class Effect:
    """后果: what a triggered veto does. ``star`` for 熄灭, ``number`` for 最高 (a tier) and 扣分 (points)."""

    kind: EffectKind
    star: str | None = None
    number: Decimal | None = None


_EFFECT_FORMS = "{熄灭: 星}、{最高: 1}、{扣分: 5}、不参评、提示"


def _effect(value: object) -> Effect:
    if isinstance(value, Effect):
        return value
    if isinstance(value, str):
        kinds = {kind.value: kind for kind in (EffectKind.EXCLUDE, EffectKind.FLAG)}
        if value in kinds:
            return Effect(kinds[value])
        _refuse("K608", value, expected=(_EFFECT_FORMS, _EFFECT_FORMS), **nearest_slot(value, tuple(EffectKind)))
    if not isinstance(value, dict):
        _misfit(value, _EFFECT_FORMS, _EFFECT_FORMS)
    _only_keys(value, tuple(EffectKind))
    _exactly_one(value, tuple(EffectKind))
    [(word, operand)] = value.items()
    kind, at = EffectKind(word), (word,)
    match kind:
        case EffectKind.EXTINGUISH:
            return Effect(kind, star=_at(at, _text, operand))
        case EffectKind.CAP:
            return Effect(kind, number=Decimal(_at(at, _count, operand)))
        case EffectKind.DEDUCT:
            return Effect(kind, number=_at(at, _positive, operand))
        case _:
            if not _at(at, _yesno, operand):
                _misfit(operand, "是；没有这个后果就不要写", "是; leave it out if there is no such effect", at)
            return Effect(kind)


def _effect_form(word: EffectKind, operand: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {word.value: operand},
        "required": [word.value],
        "additionalProperties": False,
    }


_EFFECT_SCHEMA = {
    "oneOf": [
        {"enum": [EffectKind.EXCLUDE.value, EffectKind.FLAG.value]},
        _effect_form(EffectKind.EXTINGUISH, {"type": "string"}),
        _effect_form(EffectKind.CAP, {"type": "integer", "minimum": 0}),
        _effect_form(EffectKind.DEDUCT, {"type": "number", "exclusiveMinimum": 0}),
        _effect_form(EffectKind.EXCLUDE, {"enum": ["是", True]}),
        _effect_form(EffectKind.FLAG, {"enum": ["是", True]}),
    ]
}


@dataclass(frozen=True, slots=True)
class Lasting:
    """有效 of a veto: how long it counts once a department has confirmed it.

    ``months`` from the day it happened, or to the end of that day's ``year``; neither is the period asked about.
    """

    months: int = 0
    year: bool = False

    def __str__(self) -> str:
        """As it stands in the file."""
        if self.year:
            return _WHOLE_YEAR
        return f"{self.months}个月" if self.months else _ASKED_PERIOD

    def until(self, happened: date, asked_until: date) -> date:
        """The last day on which what happened on a day counts; never before the end of the period asked about."""
        if self.year:
            return max(date(happened.year, 12, 31), asked_until)
        if not self.months:
            return asked_until
        year, month = divmod(happened.year * 12 + happened.month - 1 + self.months, 12)
        day = min(happened.day, monthrange(year, month + 1)[1])
        return max(date(year, month + 1, day) - timedelta(days=1), asked_until)


_ASKED_PERIOD, _WHOLE_YEAR = "本期", "全年"
_MONTHS_LONG = re.compile(r"([1-9][0-9]?)个月")


def _lasting(value: object) -> Lasting:
    if isinstance(value, Lasting):
        return value
    named = {_ASKED_PERIOD: Lasting(), _WHOLE_YEAR: Lasting(year=True)}
    if isinstance(value, str) and value in named:
        return named[value]
    match = _MONTHS_LONG.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        _misfit(value, "本期、全年，或几个月，如 12个月", "本期, 全年, or a number of months such as 12个月")
    return Lasting(months=int(match[1]))


_LASTING_SCHEMA: dict[str, Any] = {
    "anyOf": [{"enum": [_ASKED_PERIOD, _WHOLE_YEAR]}, {"type": "string", "pattern": r"^[1-9][0-9]?个月$"}]
}


class Veto(_Measured):
    """负面清单: what has an effect of its own, whatever the stars say. A blank is not "no"."""

    id: Annotated[Identity, Key(alias="编号")]
    name: Annotated[Line, Key(alias="情形")]
    headers: Annotated[Lines, Key(alias="列名")]
    kind: Annotated[KindWord, Key(alias="类型")] = Kind.YESNO
    trigger: Annotated[Trigger, Key(alias="触发")]
    effect: Annotated[Annotated[Effect, PlainValidator(_effect), WithJsonSchema(_EFFECT_SCHEMA)], Key(alias="后果")]
    reviewers: Annotated[Lines, Key(alias="联审")] = ()
    """The departments that are asked every quarter; each has to say no before it is one."""
    lasting: Annotated[
        Annotated[Lasting, PlainValidator(_lasting), WithJsonSchema(_LASTING_SCHEMA)], Key(alias="有效")
    ] = Lasting()
    since: Annotated[Day | None, Key(alias="自")] = None
    until: Annotated[Day | None, Key(alias="止")] = None
    source: Annotated[Reference | None, Key(alias="依据")] = None


def _from_one(value: object) -> int:
    count = _count(value)
    return count if count >= 1 else _misfit(value, "1 或更大的整数", "a whole number from 1 on")


_T = TypeVar("_T")


def _at(path: tuple[str | int, ...], take: Callable[[object], _T], value: object) -> _T:
    """``take(value)``, and a refusal of it placed at ``path``."""
    try:
        return take(value)
    except PydanticCustomError as error:
        context: dict[str, Any] = dict(error.context or {})
        context["at"] = path + context["at"]
        raise PydanticCustomError("starcheck", "{code}", context) from None


def _only_keys(given: Mapping[str, object], known: Sequence[str], at: tuple[str | int, ...] = ()) -> None:
    for name in given:
        if name not in known:
            _refuse("K604", name, (*at, name), **nearest_slot(str(name), known))


@dataclass(frozen=True, slots=True)
class LedgerField:
    """A column that a ledger may have: a 字段, a 指标 or a veto, by its ``key`` (field name or 编号)."""

    key: str
    label: str
    headers: tuple[str, ...]
    kind: Kind
    unit: str | None
    bounds: Bounds | None
    options: tuple[str, ...]
    role: Literal["field", "criterion", "veto"]


TOWNSHIP_KINDS = frozenset({"乡镇", "乡", "镇", "街道", "乡镇（街道）"})
"""Words of 适用 for townships."""


class Scheme(_Part):
    """创建方案: everything a rating follows from, apart from the ledgers."""

    title: Annotated[Line, Key(alias="方案")]
    id: Annotated[Identity, Key(alias="编号")]
    unit_kind: Annotated[Line, Key(alias="适用")]
    name_headers: Annotated[Lines, Key(alias="名称列")] = ()
    version: Annotated[Line, Key(alias="版本")]
    nature: Annotated[Line, Key(alias="性质")]
    since: Annotated[Day, Key(alias="生效")]
    until: Annotated[Day | None, Key(alias="失效")] = None
    parent: Annotated[Line | None, Key(alias="继承")] = None
    note: Annotated[Line | None, Key(alias="说明")] = None
    sources: Annotated[dict[str, Source], Key(alias="依据")] = Key(default_factory=dict)
    fields: Annotated[dict[str, Field], Key(alias="字段")] = Key(default_factory=dict)
    checks: Annotated[tuple[Check, ...], Key(alias="校核")] = ()
    stars: Annotated[tuple[Star, ...], Key(alias="星级", min_length=1)]
    tiering: Annotated[Tiering, Key(alias="定级")]
    groups: Annotated[tuple[Group, ...], Key(alias="分组")] = ()
    statistics: Annotated[tuple[Line, ...], Key(alias="统计")] = ()
    apportioning: Annotated[Apportioning | None, Key(alias="摊派提醒")] = None
    vetoes: Annotated[tuple[Veto, ...], Key(alias="负面清单")] = ()
    monthly: Annotated[Monthly, Key(alias="月度")] = Key(default_factory=Monthly)

    _texts: tuple[tuple[str, str], ...] = PrivateAttr(default=())
    _root: Node | None = PrivateAttr(default=None)

    @property
    def texts(self) -> tuple[tuple[str, str], ...]:
        """(file name, text) of the scheme's own file, then of its parents in order of inheritance."""
        return self._texts

    @cached_property
    def sha256(self) -> str:
        """Of the file; with parents, of the list of the files' hashes, one a line, own file first."""
        hashes = [hashlib.sha256(text.encode()).hexdigest() for _, text in self._texts]
        if len(hashes) == 1:
            return hashes[0]
        return hashlib.sha256("".join(f"{line}\n" for line in hashes).encode()).hexdigest()

    @property
    def rates_townships(self) -> bool:
        """Whether its units are townships themselves, named by the column that elsewhere says where a unit is."""
        return self.unit_kind in TOWNSHIP_KINDS

    @cached_property
    def items(self) -> tuple[Criterion, ...]:
        """The criteria that stars are lit by, star by star in the order of the file."""
        return tuple(criterion for star in self.stars for criterion in star.criteria)

    @cached_property
    def criteria(self) -> tuple[Criterion, ...]:
        """Everything that is judged: each item, followed by its tasks."""
        return tuple(part for item in self.items for part in item.with_tasks)

    @cached_property
    def star_of(self) -> Mapping[str, Star]:
        """The star of each criterion, by 编号."""
        return {part.id: star for star in self.stars for item in star.criteria for part in item.with_tasks}

    @cached_property
    def item_of(self) -> Mapping[str, Criterion]:
        """What a task is part of, by the 编号 of the task; items are not in it."""
        return {task.id: criterion for criterion in self.criteria for task in criterion.tasks}

    def upward(self, criterion: Criterion) -> tuple[Criterion, ...]:
        """A criterion and what it is part of, from the inside out: itself, and of a task its item."""
        chain = [criterion]
        while chain[-1].id in self.item_of:
            chain.append(self.item_of[chain[-1].id])
        return tuple(chain)

    @cached_property
    def ledger_columns(self) -> Mapping[str, LedgerField]:
        """Every column that a ledger may have, by its key."""
        goals = {item.goal.field for item in self.criteria if item.goal is not None}
        columns = [
            _ledger_field(name, name, _not_below_zero(part) if name in goals else part, "field")
            for name, part in self.fields.items()
        ]
        columns += [_ledger_field(part.id, part.name, part, "criterion") for part in self.criteria if part.reads_column]
        columns += [_ledger_field(part.id, part.name, part, "veto") for part in self.vetoes]
        return {column.key: column for column in columns}

    def criterion(self, identity: str) -> Criterion:
        """The criterion of that 编号; ``KeyError`` if there is none."""
        return self._by_id[identity]

    def find_criterion(self, identity: str) -> Criterion | None:
        """The criterion of that 编号, None where it is a field's name or a veto's 编号."""
        return self._by_id.get(identity)

    def veto(self, identity: str) -> Veto:
        """The veto of that 编号; ``KeyError`` if there is none."""
        return self._veto_by_id[identity]

    @cached_property
    def _by_id(self) -> Mapping[str, Criterion]:
        return {criterion.id: criterion for criterion in self.criteria}

    @cached_property
    def _veto_by_id(self) -> Mapping[str, Veto]:
        return {veto.id: veto for veto in self.vetoes}

    def requirements_in_force(self, as_of: date) -> dict[str, Requirement]:
        """The requirement in force of every criterion that has one, by 编号."""
        return {
            criterion.id: requirement
            for criterion in self.criteria
            if (requirement := criterion.in_force(as_of)) is not None
        }

    def on(self, day: date) -> Self:
        """The scheme as it is on a day: each star with its rule, and the tiers, caps, quotas and vetoes of then.

        Criteria keep all their dated requirements, which are chosen where they are judged. A scheme in which nothing
        else is dated is its own.
        """
        stars = tuple(star.on(day) for star in self.stars)
        tiering = self.tiering
        caps, quotas = _then(tiering.caps, day), _then(tiering.quotas, day)
        vetoes, ladders = _then(self.vetoes, day), (tiering.ladder_on(day),)
        now = (self.stars, tiering.caps, tiering.quotas, self.vetoes, tiering.ladders)
        if (stars, caps, quotas, vetoes, ladders) == now:
            return self
        values = {name: getattr(self, name) for name in type(self).model_fields}
        values |= {"stars": stars, "vetoes": vetoes}
        values["tiering"] = tiering.model_copy(update={"caps": caps, "quotas": quotas, "ladders": ladders})
        made = type(self).model_construct(**values)
        made.attach(self._texts, self._root)
        return made

    def problem_at(self, as_of: date) -> Diagnostic | None:
        """Why the scheme cannot speak for that day (DESIGN §5.12), None if it can."""
        if self.since <= as_of and (self.until is None or as_of <= self.until):
            return None
        until: Text = (
            ("，失效未定", " on") if self.until is None else (f"，至 {self.until} 失效", f" until {self.until}")
        )
        arguments: dict[str, str | Text] = {"title": self.title, "day": f"{as_of}"}
        arguments |= {"since": f"{self.since}", "until": until}
        return Diagnostic("K636", self.origin("生效"), found=f"{as_of}", arguments=arguments)

    def attach(self, texts: Iterable[tuple[str, str]], root: Node | None) -> None:
        """Tell the scheme which texts it was loaded from and where its values stand; the loader does so, once."""
        self._texts = tuple(texts)
        self._root = root

    def origin(self, *path: str | int) -> Location:
        """Where a value stands: ``origin('CY-01', '要求', 0)``, ``origin('人口')``, ``origin('定级', '封顶', 0)``.

        The path begins with a 编号, a field, a star or a top-level key. A scheme made in code has no places.
        """
        node = self.written(*path)
        return Location() if node is None else node.where

    def written(self, *path: str | int) -> Node | None:
        """The value itself as it stands in the file, by the same path; None if there is none."""
        node = self._named(str(path[0])) if path else self._root
        for step in path[1:]:
            node = None if node is None else node.child(step)
        return node

    def _named(self, name: str) -> Node | None:
        root = self._root
        if root is None or (found := root.child(name)) is not None:
            return None if root is None else found
        stars = root.items("星级")
        named = [(star.text("星"), star) for star in stars]
        named += [(item.text("编号"), item) for star in stars for item in nodes_of_criteria(star)]
        groups = root.items("分组")
        named += [(group.text("组"), group) for group in groups]
        named += [(item.text("编号"), item) for group in groups for item in group.items("指标")]
        named += [(item.text("编号"), item) for section in ("校核", "负面清单") for item in root.items(section)]
        named += list(root.entries("字段").items())
        return dict(reversed(named)).get(name)


_Dated = TypeVar("_Dated", Cap, Quota, Veto)


_Begins = TypeVar("_Begins", DatedRule, DatedTiers)


def _begun(dated: tuple[_Begins, ...], day: date) -> _Begins:
    """The last that has begun by that day; before the first begins, the first."""
    begun = [part for part in dated if part.since is None or part.since <= day]
    return begun[-1] if begun else dated[0]


def _then(parts: tuple[_Dated, ...], day: date) -> tuple[_Dated, ...]:
    """Those in force that day, from 自 to 止."""
    return tuple(
        part
        for part in parts
        if (part.since is None or part.since <= day) and (part.until is None or day <= part.until)
    )


def _not_below_zero(part: Field) -> Field:
    """A field that holds targets: one below 0 is a slip, and would be reached by doing nothing."""
    bounds = part.bounds or Bounds()
    if not part.kind.numeric or bounds.at_least is not None or bounds.above is not None:
        return part
    return part.model_copy(update={"bounds": bounds.model_copy(update={"at_least": Decimal(0)})})


def _ledger_field(key: str, label: str, part: _Measured, role: Literal["field", "criterion", "veto"]) -> LedgerField:
    return LedgerField(key, label, part.headers, part.kind, part.unit, part.bounds, part.options, role)
