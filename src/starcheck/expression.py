"""The little language of formulas in schemes: parse, check, evaluate over whole columns with unknowns.

Names of fields, criteria as ``[CY-01]``, numbers, ``+ - * /``, comparisons, ``and or not``, parentheses, and the
functions ``最小 最大 合计``. Nothing else, and never code. Unknown propagates by Kleene's rules: 否 ``and`` 待核实 is
否, 1 ``+`` 待核实 is 待核实.

Decisions are those of exact rationals (DESIGN §5.10). The float path carries a bound of its own error along; where a
comparison or a division falls inside that bound, the row is decided with fractions.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any, Literal, NoReturn

import numpy as np
from numpy.typing import NDArray

from starcheck.column import Column, Kind, Reason, exact
from starcheck.diagnostic import Text
from starcheck.units import UNITS

TOKEN_LIMIT = 400
"""Tokens in a formula. The longest real one adds a dozen fields; deeper trees exhaust the stack."""

DEPTH_LIMIT = 50
"""Parentheses inside parentheses."""

DIGIT_LIMIT = 30
"""Characters of a number."""

FUNCTIONS = ("最小", "最大", "合计")

FILLED, DAYS, DAY_OF_MONTH = "已填", "天数", "几号"
DERIVED: Mapping[str, int] = {FILLED: 1, DAYS: 2, DAY_OF_MONTH: 1}
"""What is made of fields before anything else, and of how many: whether one is filled in, the days between two, the
day of the month."""

AGGREGATES: Mapping[str, int] = {"单位数": 0, "计数": 1, "占比": 1, "总和": 1, "平均": 1, "加权平均": 2}
"""Functions of a formula over groups (汇总), with how many formulas over units each takes."""

TIER = "档次"
"""The number of a unit's tier, in formulas over units within one over groups."""

AS_OF = "评定日"
"""The day of the rating, a date that every formula can name."""

Value = Fraction | bool | tuple[int, int] | None
"""A value of one unit: a number, yes or no, a date as the first and last day it may mean, or unknown."""


class ExpressionError(ValueError):
    """A formula that cannot be read. ``column`` counts its characters from 1."""

    def __init__(self, message: Text, column: int) -> None:
        """Keep the message in both languages, and the place."""
        super().__init__(message[0])
        self.message = message
        self.column = column

    def __reduce__(self) -> tuple[type[ExpressionError], tuple[Text, int]]:
        """Pickle by both arguments; errors cross process borders in batch."""
        return ExpressionError, (self.message, self.column)


# --- the tree ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Number:
    """A number as written, and exactly that."""

    value: Decimal
    column: int


@dataclass(frozen=True, slots=True)
class Name:
    """A field by its name, a criterion by its 编号, or something ``derived`` ``of`` fields, by its own spelling."""

    kind: Literal["field", "criterion", "derived"]
    key: str
    column: int
    of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Negative:
    """``-operand``."""

    operand: Node
    column: int


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """``left + right`` and its like."""

    operator: Literal["+", "-", "*", "/"]
    left: Node
    right: Node
    column: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """``left <= right`` and its like."""

    operator: Comparator
    left: Node
    right: Node
    column: int


@dataclass(frozen=True, slots=True)
class Logic:
    """``left and right``, ``left or right``."""

    operator: Literal["and", "or"]
    left: Node
    right: Node
    column: int


@dataclass(frozen=True, slots=True)
class Not:
    """``not operand``."""

    operand: Node
    column: int


@dataclass(frozen=True, slots=True)
class Call:
    """``最小(a, b)``, ``最大(a, b)``, ``合计(a, b)``."""

    function: str
    arguments: tuple[Node, ...]
    column: int


Comparator = Literal["==", "!=", "<", "<=", ">", ">="]
Node = Number | Name | Negative | Arithmetic | Comparison | Logic | Not | Call


@dataclass(frozen=True)
class Expression:
    """A parsed formula. ``str`` gives it back in its plain spelling."""

    text: str
    root: Node

    @cached_property
    def names(self) -> tuple[Name, ...]:
        """Every name in order of appearance, each as often as it stands there."""
        return tuple(_names(self.root))

    @property
    def comparison(self) -> tuple[Expression, Comparator, Expression] | None:
        """The two sides of a formula that is one comparison, for callers that allow a tolerance (容差)."""
        if not isinstance(self.root, Comparison):
            return None
        left, right = self.root.left, self.root.right
        return Expression(_spell(left, 0), left), self.root.operator, Expression(_spell(right, 0), right)

    def __str__(self) -> str:
        """The formula with single spaces and no parentheses but the needed ones."""
        return _spell(self.root, 0)


def _children(node: Node) -> tuple[Node, ...]:
    match node:
        case Negative(operand=operand) | Not(operand=operand):
            return (operand,)
        case Arithmetic() | Comparison() | Logic():
            return node.left, node.right
        case Call():
            return node.arguments
        case _:
            return ()


def outside_aggregates(expression: Expression) -> Iterator[Node]:
    """Every part of a formula over groups that is not inside one of ``AGGREGATES``; those themselves included."""

    def walk(node: Node) -> Iterator[Node]:
        yield node
        if not (isinstance(node, Call) and node.function in AGGREGATES):
            for child in _children(node):
                yield from walk(child)

    yield from walk(expression.root)


def changed(node: Node, change: Callable[[Node], Node | None]) -> Node:
    """The tree with other parts where ``change`` gives one; None leaves a part, and goes on within it."""
    other = change(node)
    if other is not None:
        return other
    match node:
        case Negative() | Not():
            return replace(node, operand=changed(node.operand, change))
        case Arithmetic() | Comparison() | Logic():
            return replace(node, left=changed(node.left, change), right=changed(node.right, change))
        case Call():
            return replace(node, arguments=tuple(changed(part, change) for part in node.arguments))
        case _:
            return node


def _names(node: Node) -> Iterator[Name]:
    if isinstance(node, Name):
        yield node
    for child in _children(node):
        yield from _names(child)


_BINDING = {"or": 1, "and": 2, "not": 3, "compare": 4, "+": 5, "-": 5, "*": 6, "/": 6, "negative": 7}


def _spell(node: Node, outer: int) -> str:
    """The node in its plain spelling, in parentheses if it binds less than ``outer``."""
    match node:
        case Number():
            return f"{node.value:f}"
        case Name():
            return f"[{node.key}]" if node.kind == "criterion" else node.key
        case Call():
            return f"{node.function}({', '.join(_spell(argument, 0) for argument in node.arguments)})"
        case Negative():
            binding, text = _BINDING["negative"], f"-{_spell(node.operand, _BINDING['negative'])}"
        case Not():
            binding, text = _BINDING["not"], f"not {_spell(node.operand, _BINDING['not'])}"
        case Comparison():
            binding = _BINDING["compare"]
            text = f"{_spell(node.left, binding + 1)} {node.operator} {_spell(node.right, binding + 1)}"
        case _:
            binding = _BINDING[node.operator]
            # the right side needs parentheses already at the same binding: a - (b - c)
            text = f"{_spell(node.left, binding)} {node.operator} {_spell(node.right, binding + 1)}"
    return f"({text})" if binding < outer else text


# --- parsing ----------------------------------------------------------------------------------------------------------

_SYMBOLS = {
    "=": "==", "==": "==", "!=": "!=", "≠": "!=", "<": "<", "<=": "<=", "≤": "<=", ">": ">", ">=": ">=", "≥": ">=",
    "+": "+", "-": "-", "−": "-", "*": "*", "×": "*", "/": "/", "÷": "/", "(": "(", ")": ")", ",": ",", "、": ",",
}  # fmt: skip
_COMPARATORS = frozenset({"==", "!=", "<", "<=", ">", ">="})
_WORDS = frozenset({"and", "or", "not"})
_NOT_WORDS = {"且": "and", "并且": "and", "或": "or", "或者": "or", "非": "not"}


@dataclass(frozen=True, slots=True)
class _Token:
    kind: Literal["number", "name", "criterion", "symbol", "end"]
    text: str
    column: int


_DERIVED = re.compile(rf"({'|'.join(DERIVED)})\((.+)\)")


def derived_of(key: str) -> tuple[str, ...] | None:
    """The fields that a derived name is made of, none for 评定日; None for a name that is not derived."""
    if key == AS_OF:
        return ()
    match = _DERIVED.fullmatch(key)
    return None if match is None else tuple(match[2].split(", "))


def parse(text: str) -> Expression:
    """The formula as a tree. ``ExpressionError`` says what cannot be read and where."""
    return Expression(text, _Parser(_tokens(text)).whole())


def parse_over_groups(text: str) -> Expression:
    """A formula over groups, with ``AGGREGATES`` over units in it. ``ExpressionError`` as for ``parse``."""
    return Expression(text, _Parser(_tokens(text), over_groups=True).whole())


def _tokens(text: str) -> list[_Token]:
    # character by character, so that columns stay those of the file: full-width （＋）１ mean what they look like
    plain = [folded if len(folded := unicodedata.normalize("NFKC", char)) == 1 else char for char in text]
    tokens: list[_Token] = []
    at = 0
    while at < len(text):
        if plain[at].isspace():
            at += 1
            continue
        token, at = _token(text, plain, at)
        tokens.append(token)
        if len(tokens) > TOKEN_LIMIT:
            raise ExpressionError(("公式太长", "the formula is too long"), token.column)
    tokens.append(_Token("end", "", len(text) + 1))
    return tokens


def _token(text: str, plain: list[str], at: int) -> tuple[_Token, int]:
    """The token that begins at ``at``, and where it ends."""
    column = at + 1
    if plain[at] == "[":
        end = next((place for place in range(at, len(plain)) if plain[place] == "]"), None)
        inner = text[at + 1 : end].strip() if end is not None else ""
        if end is None or not inner:
            raise ExpressionError(("方括号里应是指标编号，如 [CY-01]", "expected a criterion such as [CY-01]"), column)
        return _Token("criterion", inner, column), end + 1
    for length in (2, 1):
        symbol = "".join(plain[at : at + length])
        if len(symbol) == length and symbol in _SYMBOLS:
            return _Token("symbol", _SYMBOLS[symbol], column), at + length
    end = at
    while end < len(plain) and (plain[end].isalnum() or plain[end] == "_"):
        end += 1
    word = text[at:end]
    folded = "".join(plain[at:end])
    if folded.isascii() and folded.isdigit():
        if end + 1 < len(plain) and plain[end] == "." and plain[end + 1].isdigit():
            end += 1
            while end < len(plain) and plain[end].isascii() and plain[end].isdigit():
                end += 1
            folded = "".join(plain[at:end])
        if len(folded) > DIGIT_LIMIT:
            raise ExpressionError(("数太长", "the number is too long"), column)
        return _Token("number", folded, column), end
    if not word:
        raise ExpressionError((f"公式里不能有“{text[at]}”", f"a formula cannot contain {text[at]!r}"), column)
    return _Token("symbol" if word in _WORDS else "name", word, column), end


class _Parser:
    """Precedence climbing: or < and < not < comparison < + - < * / < minus sign."""

    def __init__(self, tokens: Sequence[_Token], *, over_groups: bool = False) -> None:
        self.tokens = tokens
        self.over_groups = over_groups
        self.at = 0
        self.depth = 0

    def next(self) -> _Token:
        return self.tokens[self.at]

    def take(self) -> _Token:
        self.at += 1
        return self.tokens[self.at - 1]

    def sees(self, *symbols: str) -> bool:
        token = self.next()
        return token.kind == "symbol" and token.text in symbols

    def whole(self) -> Node:
        if self.next().kind == "end":
            raise ExpressionError(("公式是空的", "the formula is empty"), 1)
        node = self.disjunction()
        if self.next().kind != "end":
            self.refuse(("这里应是运算符或结尾", "expected an operator or the end"))
        return node

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > DEPTH_LIMIT:
            raise ExpressionError(("公式套得太深", "the formula is nested too deep"), self.next().column)

    def disjunction(self) -> Node:
        node = self.conjunction()
        while self.sees("or"):
            column = self.take().column
            node = Logic("or", node, self.conjunction(), column)
        return node

    def conjunction(self) -> Node:
        node = self.negation()
        while self.sees("and"):
            column = self.take().column
            node = Logic("and", node, self.negation(), column)
        return node

    def negation(self) -> Node:
        if not self.sees("not"):
            return self.comparison()
        self.deeper()
        column = self.take().column
        node = Not(self.negation(), column)
        self.depth -= 1
        return node

    def comparison(self) -> Node:
        node = self.sum()
        if self.sees(*_COMPARATORS):
            token = self.take()
            node = Comparison(token.text, node, self.sum(), token.column)  # type: ignore[arg-type]
            if self.sees(*_COMPARATORS):
                message = (
                    "比较不能连写，请写成 a <= b and b <= c",
                    "comparisons cannot be chained; write a <= b and b <= c",
                )
                raise ExpressionError(message, self.next().column)
        return node

    def sum(self) -> Node:
        node = self.product()
        while self.sees("+", "-"):
            token = self.take()
            node = Arithmetic(token.text, node, self.product(), token.column)  # type: ignore[arg-type]
        return node

    def product(self) -> Node:
        node = self.signed()
        while self.sees("*", "/"):
            token = self.take()
            node = Arithmetic(token.text, node, self.signed(), token.column)  # type: ignore[arg-type]
        return node

    def signed(self) -> Node:
        if not self.sees("-", "+"):
            return self.atom()
        self.deeper()
        token = self.take()
        operand = self.signed()
        self.depth -= 1
        return Negative(operand, token.column) if token.text == "-" else operand

    def atom(self) -> Node:
        token = self.next()
        if token.kind == "number":
            self.take()
            return Number(Decimal(token.text), token.column)
        if token.kind == "criterion":
            self.take()
            return Name("criterion", token.text, token.column)
        if token.kind == "name":
            self.take()
            if token.text in FUNCTIONS and self.sees("("):
                return Call(token.text, self.arguments(), token.column)
            if token.text in DERIVED and self.sees("("):
                return self.derived(token)
            if self.over_groups and token.text in AGGREGATES and self.sees("("):
                return self.aggregate(token)
            if token.text == AS_OF:
                return Name("derived", AS_OF, token.column)
            return Name("field", token.text, token.column)
        if self.sees("("):
            self.deeper()
            self.take()
            node = self.disjunction()
            self.close()
            self.depth -= 1
            return node
        return self.refuse(("这里应是名称、数或括号", "expected a name, a number or a parenthesis"))

    def aggregate(self, function: _Token) -> Call:
        """计数(…) and its like: formulas over units, in which there are none over groups."""
        self.over_groups = False
        if AGGREGATES[function.text] == 0:
            self.take()
            self.close()
            arguments: tuple[Node, ...] = ()
        else:
            arguments = self.arguments()
        self.over_groups = True
        if len(arguments) != AGGREGATES[function.text]:
            form = {0: "单位数()", 1: f"{function.text}(人口)", 2: "加权平均(满意度, 人口)"}[AGGREGATES[function.text]]
            message = (f"“{function.text}”应写成 {form} 的样子", f"{function.text} is written as in {form}")
            raise ExpressionError(message, function.column)
        return Call(function.text, arguments, function.column)

    def derived(self, function: _Token) -> Name:
        """已填(字段), 天数(早, 晚), 几号(日期): of names only, as they are made whole before the formula is."""
        arguments = self.arguments()
        names = [argument for argument in arguments if isinstance(argument, Name)]
        keys = tuple(name.key for name in names if name.kind == "field" or name.key == AS_OF)
        if len(keys) != len(arguments) or len(keys) != DERIVED[function.text]:
            forms = {FILLED: "已填(交账日期)", DAYS: "天数(开始日期, 完成日期)", DAY_OF_MONTH: "几号(论坛日期)"}
            form = forms[function.text]
            message = (f"“{function.text}”里只能是字段，如 {form}", f"{function.text} takes fields, as in {form}")
            raise ExpressionError(message, function.column)
        return Name("derived", f"{function.text}({', '.join(keys)})", function.column, keys)

    def arguments(self) -> tuple[Node, ...]:
        self.deeper()
        self.take()
        found = [self.disjunction()]
        while self.sees(","):
            self.take()
            found.append(self.disjunction())
        self.close()
        self.depth -= 1
        return tuple(found)

    def close(self) -> None:
        if not self.sees(")"):
            self.refuse(("这里应是右括号", "expected a closing parenthesis"))
        self.take()

    def refuse(self, expected: Text) -> NoReturn:
        token = self.next()
        if token.kind == "end":
            message = ("公式没有写完：" + expected[0], "the formula breaks off: " + expected[1])
        elif token.text in _NOT_WORDS:
            word = _NOT_WORDS[token.text]
            message = (f"“{token.text}”请写成 {word}", f"write {word} for {token.text}")
        else:
            message = (f"{expected[0]}，却是“{token.text}”", f"{expected[1]}, found {token.text}")
        raise ExpressionError(message, token.column)


# --- checking ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Symbol:
    """What a name stands for."""

    kind: Kind
    unit: str | None = None


Measure = Mapping[tuple[str, Fraction], int] | Literal["plain", "open"]
"""The unit of a number: units with their powers ({} for a share), ``plain`` for a number written in the formula, which
takes any unit in sums and comparisons and none in products, or ``open`` for a field that states no unit."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a formula yields."""

    kind: Literal["number", "yesno", "date", "any"]
    measure: Measure = "plain"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in a formula that parses. ``about`` is a unit or a kind that does not fit, or an unknown name."""

    about: Literal["name", "unit", "kind"]
    message: Text
    column: int
    name: Name | None = None


_ANY = Result("any", "open")
_COUNTED = ("单位", Fraction(1))
"""What 单位数() and 计数(…) count: units, whatever a scheme calls them."""
_MEASURED = frozenset({"钱", "面积", "长度", "share"})
"""Dimensions of which nothing is counted one by one."""


def measure_of(unit: str | None, kind: Kind = Kind.NUMBER) -> Measure:
    """The measure of a 单位 as written: ``万元``, ``元/人``, or none."""
    if kind is Kind.RATIO:
        return {}
    if unit is None:
        return "open"
    measure: Measure = {}
    for place, part in enumerate(unit.replace("／", "/").split("/")):
        measure = _times(measure, {_atom(part.strip()): 1}, 1 if place == 0 else -1)
    return measure


def _atom(unit: str) -> tuple[str, Fraction]:
    known = UNITS.get(unit)
    return (known.dimension, Fraction(known.factor)) if known else (unit, Fraction(1))


def _times(left: Measure, right: Measure, power: int) -> Measure:
    """``left`` times ``right`` to the ``power`` of 1 or -1."""
    if left == "open" or right == "open":
        return "open"
    if left == "plain" and right == "plain":
        return "plain"
    powers = dict(left) if not isinstance(left, str) else {}
    for atom, exponent in ({} if isinstance(right, str) else right).items():
        powers[atom] = powers.get(atom, 0) + power * exponent
    return {atom: exponent for atom, exponent in powers.items() if exponent}


def agree(one: Measure, other: Measure) -> bool:
    """Whether two measures are the same: those that are stated, where a count of units takes any unit that is a name.

    So 单位数() may be in 个 or 村, and 总和(人口) / 单位数() in 人 or 人/村, but not in 亩.
    """
    if isinstance(one, str) or isinstance(other, str) or one == other:
        return True
    for counted, stated in ((one, other), (other, one)):
        power = counted.get(_COUNTED, 0)
        if power > 0 and _COUNTED not in stated:
            return bool(stated) and all(map(_is_name, stated))
        if power < 0 and _COUNTED not in stated:
            more = {atom: exponent for atom, exponent in stated.items() if counted.get(atom) != exponent}
            same = all(atom in stated for atom in counted if atom != _COUNTED)
            return same and all(
                exponent < 0 and _is_name(atom) and atom not in counted for atom, exponent in more.items()
            )
    return False


def is_bare(measure: Measure) -> bool:
    """Whether a quotient is of likes, or by a count of units alone: then it may have any unit that is a name."""
    return not isinstance(measure, str) and all(atom == _COUNTED and exponent < 0 for atom, exponent in measure.items())


def _is_name(atom: tuple[str, Fraction]) -> bool:
    return atom[0] not in _MEASURED and atom[1] == 1


def measure_name(measure: Measure) -> Text:
    """A measure in words."""
    if measure == {_COUNTED: 1}:
        return "单位的个数", "a count of units"
    if measure == "plain":
        return "不带单位的数", "a plain number"
    if measure == "open":
        return "未注明单位", "no unit stated"
    if not measure:
        return "比例", "a share"
    above = "·".join(_atom_name(atom) for atom, exponent in measure.items() for _ in range(exponent))
    below = "".join("/" + _atom_name(atom) for atom, exponent in measure.items() for _ in range(-exponent))
    name = (above or "1") + below
    return name, name


def _atom_name(atom: tuple[str, Fraction]) -> str:
    dimension, factor = atom
    for unit in UNITS.values():
        if unit.dimension == dimension and unit.factor == Decimal(factor.numerator) / Decimal(factor.denominator):
            return unit.name
    return dimension


def check(expression: Expression, symbols: Mapping[str, Symbol]) -> tuple[Result, tuple[Problem, ...]]:
    """What the formula yields, and every name, kind and unit in it that does not fit."""
    problems: list[Problem] = []
    result = _Checker(symbols, problems).visit(expression.root)
    return result, tuple(problems)


class _Checker:
    def __init__(self, symbols: Mapping[str, Symbol], problems: list[Problem]) -> None:
        self.symbols = symbols
        self.problems = problems

    def visit(self, node: Node) -> Result:
        match node:
            case Number():
                return Result("number", "plain")
            case Name():
                return self.name(node)
            case Negative():
                return self.number(node.operand)
            case Arithmetic():
                return self.arithmetic(node)
            case Comparison():
                return self.comparison(node)
            case Logic():
                self.yesno(node.left)
                self.yesno(node.right)
                return Result("yesno")
            case Not():
                self.yesno(node.operand)
                return Result("yesno")
            case Call() if node.function in AGGREGATES:
                return self.aggregate(node)
            case _:
                total = self.number(node.arguments[0])
                for argument in node.arguments[1:]:
                    total = self.together(total, self.number(argument), argument.column)
                return total

    def aggregate(self, node: Call) -> Result:
        """Counts are of units, shares are shares, sums and means are of what they add up."""
        if node.function in {"计数", "占比"}:
            self.yesno(node.arguments[0])
            return Result("number", {} if node.function == "占比" else {_COUNTED: 1})
        if node.function == "单位数":
            return Result("number", {_COUNTED: 1})
        first = self.number(node.arguments[0])
        for weight in node.arguments[1:]:
            self.number(weight)
        return first

    def name(self, node: Name) -> Result:
        symbol = self.symbols.get(node.key)
        if symbol is None:
            self.problems.append(Problem("name", (node.key, node.key), node.column, node))
            return _ANY
        if symbol.kind is Kind.YESNO:
            return Result("yesno")
        if symbol.kind is Kind.DATE:
            return Result("date")
        if symbol.kind.numeric:
            return Result("number", measure_of(symbol.unit, symbol.kind))
        message = (
            f"“{node.key}”的类型是“{symbol.kind}”，不能用在公式里",
            f"{node.key} is {symbol.kind} and cannot be used in a formula",
        )
        self.problems.append(Problem("kind", message, node.column, node))
        return _ANY

    def number(self, node: Node) -> Result:
        result = self.visit(node)
        if result.kind in {"number", "any"}:
            return result
        self.misfit(node, result, ("数", "a number"))
        return Result("number", "open")

    def yesno(self, node: Node) -> None:
        result = self.visit(node)
        if result.kind not in {"yesno", "any"}:
            self.misfit(node, result, ("是否或比较", "yes or no, or a comparison"))

    def misfit(self, node: Node, result: Result, wanted: Text) -> None:
        found = _KINDS[result.kind]
        text = _spell(node, 0)
        message = (
            f"“{text}”的类型是“{found[0]}”，这里应是{wanted[0]}",
            f"{text} is {found[1]} where {wanted[1]} is expected",
        )
        self.problems.append(Problem("kind", message, _first_column(node)))

    def arithmetic(self, node: Arithmetic) -> Result:
        left, right = self.number(node.left), self.number(node.right)
        if node.operator in {"+", "-"}:
            return self.together(left, right, node.column)
        measure = _times(left.measure, right.measure, 1 if node.operator == "*" else -1)
        if not isinstance(measure, str):
            if measure.get(_COUNTED, 0) > 0 and len(measure) > 1:
                # so many for each unit, times so many units: which of its names that has is not known
                return Result("number", "open")
            dimensions = [dimension for dimension, _ in measure]
            if len(dimensions) > len(set(dimensions)):
                self.disagree(left, right, node.column)
                return Result("number", "open")
        return Result("number", measure)

    def together(self, left: Result, right: Result, column: int) -> Result:
        """The result of adding or comparing: units must be the same, not merely convertible."""
        for one, other in ((left, right), (right, left)):
            if isinstance(one.measure, str):
                return Result("number", other.measure if one.measure == "plain" else _open(other.measure))
        if not agree(left.measure, right.measure):
            self.disagree(left, right, column)
            return Result("number", "open")
        return right if _COUNTED in left.measure else left

    def disagree(self, left: Result, right: Result, column: int) -> None:
        one, other = measure_name(left.measure), measure_name(right.measure)
        message = (f"{one[0]}和{other[0]}", f"{one[1]} and {other[1]}")
        self.problems.append(Problem("unit", message, column))

    def comparison(self, node: Comparison) -> Result:
        left, right = self.visit(node.left), self.visit(node.right)
        kinds = {left.kind, right.kind} - {"any"}
        if len(kinds) > 1:
            self.misfit(node.right, right, _KINDS[left.kind])
        elif kinds == {"yesno"} and node.operator not in {"==", "!="}:
            message = ("是否只能用 == 或 != 比较", "yes and no can only be compared by == or !=")
            self.problems.append(Problem("kind", message, node.column))
        elif kinds == {"number"}:
            self.together(left, right, node.column)
        return Result("yesno")


def _open(measure: Measure) -> Measure:
    return "open" if measure == "plain" else measure


def _first_column(node: Node) -> int:
    return min(part.column for part in _all(node))


def _all(node: Node) -> Iterator[Node]:
    yield node
    for child in _children(node):
        yield from _all(child)


_KINDS: Mapping[str, Text] = {
    "number": ("数", "a number"),
    "yesno": ("是否", "yes or no"),
    "date": ("日期", "a date"),
    "any": ("值", "a value"),
}


# --- evaluating one unit, exactly -------------------------------------------------------------------------------------


def evaluate_exact(expression: Expression, values: Mapping[str, Value]) -> Fraction | bool | None:
    """The value for one unit by exact arithmetic, None if it is unknown. 比例 come as shares (85% as 17/20)."""
    result = _exact(expression.root, values)
    if isinstance(result, tuple):
        raise TypeError("a formula cannot yield a date")
    return result


def _exact(node: Node, values: Mapping[str, Value]) -> Value:
    match node:
        case Number():
            return Fraction(node.value)
        case Name():
            return values[node.key]
        case Negative():
            operand = _exact(node.operand, values)
            return None if operand is None else -_fraction(operand)
        case Arithmetic():
            return _exact_arithmetic(node, values)
        case Comparison():
            return _exact_comparison(node.operator, _exact(node.left, values), _exact(node.right, values))
        case Logic():
            # the value that decides alone: False for and, True for or
            decisive = node.operator == "or"
            sides = {_exact(node.left, values), _exact(node.right, values)}
            return decisive if decisive in sides else None if None in sides else not decisive
        case Not():
            operand = _exact(node.operand, values)
            return None if operand is None else not operand
        case _:
            arguments = [_exact(argument, values) for argument in node.arguments]
            numbers = [_fraction(argument) for argument in arguments if argument is not None]
            if len(numbers) < len(arguments):
                return None
            return {"最小": min, "最大": max, "合计": sum}[node.function](numbers)  # type: ignore[no-any-return, operator]


def _fraction(value: Value) -> Fraction:
    if isinstance(value, Fraction):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return Fraction(value)
    raise TypeError(f"{value!r} is not a number")


def _exact_arithmetic(node: Arithmetic, values: Mapping[str, Value]) -> Value:
    one, other = _exact(node.left, values), _exact(node.right, values)
    if one is None or other is None:
        return None
    left, right = _fraction(one), _fraction(other)
    match node.operator:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case _:
            return left / right if right else None


def _exact_comparison(operator: Comparator, left: Value, right: Value, tolerance: Fraction = Fraction()) -> bool | None:
    if left is None or right is None:
        return None
    if isinstance(left, tuple) and isinstance(right, tuple):
        return _compare_days(operator, left, right)
    if isinstance(left, bool) and isinstance(right, bool):
        return (left == right) == (operator == "==")
    difference = _fraction(left) - _fraction(right)
    match operator:
        case "==":
            return abs(difference) <= tolerance
        case "!=":
            return abs(difference) > tolerance
        case "<":
            return difference < tolerance
        case "<=":
            return difference <= tolerance
        case ">":
            return difference > -tolerance
        case _:
            return difference >= -tolerance


def _compare_days(operator: Comparator, left: tuple[int, int], right: tuple[int, int]) -> bool | None:
    """Certain only where the days that a month may mean leave no doubt."""
    match operator:
        case "<":
            return True if left[1] < right[0] else False if left[0] >= right[1] else None
        case "<=":
            return True if left[1] <= right[0] else False if left[0] > right[1] else None
        case ">" | ">=":
            return _compare_days("<" if operator == ">" else "<=", right, left)
        case "==":
            if left[1] < right[0] or right[1] < left[0]:
                return False
            return True if left[0] == left[1] == right[0] == right[1] else None
        case _:
            equal = _compare_days("==", left, right)
            return None if equal is None else not equal


# --- evaluating columns -----------------------------------------------------------------------------------------------

_ROUNDING = 2.0**-52
_READING = 1e-14
"""Relative distance between a stored float and the decimal of 15 digits that it stands for, at most."""

_WHOLE = 2.0**53
_SHARES: Mapping[str, int] = {"%": 100, "‰": 1000}


@dataclass(frozen=True, slots=True, eq=False)
class Evaluated:
    """A formula over all units.

    ``values`` are float64, yes and no as 1.0 and 0.0; where ``reason`` is not ``KNOWN`` they are nan. The true value
    lies within ``error`` of the number given; 0.0 says that it is exact. 比例 are shares.
    """

    values: NDArray[np.float64]
    reason: NDArray[np.int8]
    is_boolean: bool
    error: NDArray[np.float64]

    @property
    def known(self) -> NDArray[np.bool_]:
        """Where there is a value."""
        return np.equal(self.reason, Reason.KNOWN)


def evaluate(
    expression: Expression,
    columns: Mapping[str, Column],
    units: Mapping[str, str | None],
) -> Evaluated:
    """The formula over whole columns. ``units`` give the 单位 of 比例 columns, which enter as shares.

    The reason of an unknown result is that of its first unknown input in order of appearance. Numbers are the floats
    next to the exact values, so that 100000.3 - 100000.2 shows as 0.1.
    """
    evaluator = _Evaluator(columns, units)
    found = evaluator.visit(expression.root)
    return found if found.is_boolean else evaluator.refined(expression.root, found)


def evaluate_numbers(
    expression: Expression, columns: Mapping[str, Column], units: Mapping[str, str | None], size: int
) -> list[Fraction | None]:
    """A number for each of ``size`` rows by exact arithmetic, None where it is unknown. 比例 are shares."""
    evaluator = _Evaluator(columns, units)
    root = expression.root
    rows = np.flatnonzero(evaluator.visit(root).known)
    quotient = evaluator.rational(root, rows)
    numbers: list[Fraction | None] = [None] * evaluator.size
    parts = (quotient.numerator.tolist(), quotient.denominator.tolist(), quotient.sound.tolist())
    for row, top, bottom, sound in zip(rows.tolist(), *parts, strict=True):
        numbers[row] = Fraction(top, bottom) if sound else _fraction(_exact(root, evaluator.row(root, row)))
    return numbers if columns else numbers * size


def evaluate_within(
    expression: Expression,
    columns: Mapping[str, Column],
    units: Mapping[str, str | None],
    tolerance: Decimal,
) -> Evaluated:
    """A comparison over whole columns that may miss by ``tolerance`` (容差): ``a == b`` if |a - b| ≤ tolerance."""
    evaluator = _Evaluator(columns, units)
    if isinstance(expression.root, Comparison):
        return evaluator.comparison(expression.root, Fraction(tolerance))
    return evaluator.visit(expression.root)


def row_values(columns: Mapping[str, Column], units: Mapping[str, str | None], row: int) -> dict[str, Value]:
    """The values of one unit as ``evaluate_exact`` takes them."""
    return {key: _row_value(column, units.get(key), row) for key, column in columns.items()}


def _row_value(column: Column, unit: str | None, row: int) -> Value:
    if column.reason[row] != Reason.KNOWN:
        return None
    value = column.values[row]
    if column.kind is Kind.YESNO:
        return bool(value)
    if column.kind is Kind.DATE:
        return int(value[0]), int(value[1])
    if not column.kind.numeric:
        return None
    return exact(float(value)) / _scale(column, unit)


def _scale(column: Column, unit: str | None) -> int:
    return _SHARES.get(unit or "", 1) if column.kind is Kind.RATIO else 1


class _Evaluator:
    def __init__(self, columns: Mapping[str, Column], units: Mapping[str, str | None]) -> None:
        self.columns = columns
        self.units = units
        self.size = len(next(iter(columns.values()))) if columns else 1

    def visit(self, node: Node) -> Evaluated:
        match node:
            case Number():
                return self.constant(node)
            case Name():
                return self.name(node)
            case Negative():
                operand = self.visit(node.operand)
                return Evaluated(-operand.values, operand.reason, False, operand.error)
            case Arithmetic():
                return self.arithmetic(node)
            case Comparison():
                return self.comparison(node, Fraction())
            case Logic():
                return self.logic(node)
            case Not():
                operand = self.visit(node.operand)
                return Evaluated(1.0 - operand.values, operand.reason, True, operand.error)
            case _:
                return self.call(node)

    def constant(self, node: Number) -> Evaluated:
        value = float(node.value)
        error = 0.0 if value.is_integer() and abs(value) < _WHOLE else abs(value) * _ROUNDING
        zeros = np.zeros(self.size)
        return Evaluated(zeros + value, zeros.astype(np.int8), False, zeros + error)

    def name(self, node: Name) -> Evaluated:
        column = self.columns[node.key]
        zeros = np.zeros(self.size)
        if column.kind is Kind.YESNO:
            values = np.where(column.known, column.values.astype(np.float64), np.nan)
            return Evaluated(values, column.reason, True, zeros)
        if not column.kind.numeric:
            raise TypeError(f"{column.kind} cannot be used in a formula: {node.key}")
        values = np.where(column.known, column.values, np.nan)
        whole = np.equal(np.trunc(values), values) & (np.abs(values) < 10.0**15)
        error = np.where(whole, 0.0, np.abs(values) * _READING)
        scale = _scale(column, self.units.get(node.key))
        if scale != 1:
            values, error = values / scale, error / scale + np.abs(values / scale) * _ROUNDING
        return Evaluated(values, column.reason, False, np.where(column.known, error, 0.0))

    def arithmetic(self, node: Arithmetic) -> Evaluated:
        left, right = self.visit(node.left), self.visit(node.right)
        if node.operator == "/":
            return self.quotient(node, left, right)
        reason = _first_reason(left.reason, right.reason)
        with np.errstate(all="ignore"):
            match node.operator:
                case "*":
                    values = left.values * right.values
                    error = np.abs(left.values) * right.error + np.abs(right.values) * left.error
                    error += left.error * right.error
                case _:
                    values = left.values + (right.values if node.operator == "+" else -right.values)
                    error = left.error + right.error
            rounded = ~((error == 0) & (np.abs(values) < _WHOLE))
            error += np.where(rounded, np.abs(values) * _ROUNDING, 0.0)
        return _numbers(values, reason, error)

    def quotient(self, node: Arithmetic, left: Evaluated, right: Evaluated) -> Evaluated:
        reason = _first_reason(left.reason, right.reason)
        known = reason == Reason.KNOWN
        divisor, slack = right.values.copy(), right.error.copy()
        # a divisor that may be zero within its error is looked at exactly
        for row in np.flatnonzero(known & ~(np.abs(divisor) > slack) & (slack > 0)):
            value = _exact(node.right, self.row(node.right, int(row)))
            divisor[row] = float(_fraction(value))
            slack[row] = abs(divisor[row]) * _ROUNDING
        reason = np.where(known & (divisor == 0), np.int8(Reason.DIVISION_BY_ZERO), reason)
        with np.errstate(all="ignore"):
            values = left.values / divisor
            error = (left.error + np.abs(values) * slack) / (np.abs(divisor) - slack)
            clean = (error == 0) & np.equal(values * divisor, left.values) & np.equal(np.trunc(values), values)
            error += np.where(clean & (np.abs(left.values) < _WHOLE), 0.0, np.abs(values) * _ROUNDING)
        return _numbers(values, reason, error)

    def call(self, node: Call) -> Evaluated:
        arguments = [self.visit(argument) for argument in node.arguments]
        total = arguments[0]
        for other in arguments[1:]:
            reason = _first_reason(total.reason, other.reason)
            with np.errstate(all="ignore"):
                if node.function == "合计":
                    values, error = total.values + other.values, total.error + other.error
                    rounded = ~((error == 0) & (np.abs(values) < _WHOLE))
                    error += np.where(rounded, np.abs(values) * _ROUNDING, 0.0)
                else:
                    choose = np.minimum if node.function == "最小" else np.maximum
                    values, error = choose(total.values, other.values), np.maximum(total.error, other.error)
            total = _numbers(values, reason, error)
        return total

    def logic(self, node: Logic) -> Evaluated:
        left, right = self.visit(node.left), self.visit(node.right)
        decisive = 1.0 if node.operator == "or" else 0.0
        decided = (left.known & (left.values == decisive)) | (right.known & (right.values == decisive))
        reason = np.where(decided, np.int8(Reason.KNOWN), _first_reason(left.reason, right.reason))
        values = np.where(decided, decisive, np.where(reason == Reason.KNOWN, 1.0 - decisive, np.nan))
        return Evaluated(values, reason, True, np.zeros(self.size))

    def comparison(self, node: Comparison, tolerance: Fraction) -> Evaluated:
        if (days := self.days(node)) is not None:
            return days
        left, right = self.visit(node.left), self.visit(node.right)
        reason = _first_reason(left.reason, right.reason)
        if left.is_boolean:
            same = np.equal(left.values, right.values) == (node.operator == "==")
            return Evaluated(np.where(reason == Reason.KNOWN, same, np.nan), reason, True, np.zeros(self.size))
        allowed = float(tolerance)
        with np.errstate(all="ignore"):
            difference = left.values - right.values
            match node.operator:
                case "==":
                    holds = np.abs(difference) <= allowed
                case "!=":
                    holds = np.abs(difference) > allowed
                case "<":
                    holds = difference < allowed
                case "<=":
                    holds = difference <= allowed
                case ">":
                    holds = difference > -allowed
                case _:
                    holds = difference >= -allowed
            error = left.error + right.error
            inexact = (error > 0) | (np.abs(difference) >= _WHOLE) | (tolerance.denominator != 1)
            error = error + (np.abs(left.values) + np.abs(right.values) + allowed) * _ROUNDING
            distance = np.abs(np.abs(difference) - allowed)
            near = (reason == Reason.KNOWN) & inexact & ~(distance > error)
        rows = np.flatnonzero(near)
        if len(rows) > _FEW_ROWS:
            decided, sound = self.compare_exactly(node, rows, tolerance)
            holds[rows[sound]] = decided[sound]
            rows = rows[~sound]
        for row in rows:
            inputs = self.row(node, int(row))
            sides = _exact(node.left, inputs), _exact(node.right, inputs)
            holds[row] = bool(_exact_comparison(node.operator, *sides, tolerance))
        values = np.where(reason == Reason.KNOWN, holds.astype(np.float64), np.nan)
        return Evaluated(values, reason, True, np.zeros(self.size))

    def refined(self, node: Node, found: Evaluated) -> Evaluated:
        """Numbers by exact arithmetic where floats have lost digits: all that integers can hold, else the bad ones."""
        size = np.abs(found.values)
        rows = np.flatnonzero(found.known & ~(found.error <= size * _ROUNDING))
        if not len(rows):
            return found
        values, error = found.values.copy(), found.error.copy()
        quotient = self.rational(node, rows)
        values[rows] = np.where(quotient.sound, quotient.numerator / quotient.denominator, values[rows])
        error[rows] = np.where(quotient.sound, np.abs(values[rows]) * _ROUNDING * 2, error[rows])
        for row in rows[~quotient.sound]:
            if not error[row] <= size[row] * _VISIBLE:
                values[row] = float(_fraction(_exact(node, self.row(node, int(row)))))
                error[row] = abs(values[row]) * _ROUNDING
        return _numbers(values, found.reason, error)

    def compare_exactly(
        self, node: Comparison, rows: NDArray[np.intp], tolerance: Fraction
    ) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """The comparison over ``rows`` in integers, and where these were large enough to hold it."""
        left, right = self.rational(node.left, rows), self.rational(node.right, rows)
        difference = left.plus(right.negative())
        margin = _Rational.constant(tolerance, len(rows))
        match node.operator:
            case "==" | "!=":
                above = difference.plus(margin.negative()).negative()
                below = difference.plus(margin)
                inside = (above.numerator >= 0) & (below.numerator >= 0)
                return inside if node.operator == "==" else ~inside, above.sound & below.sound
            case "<" | "<=":
                rest = margin.plus(difference.negative())
            case _:
                rest = margin.plus(difference)
        return rest.numerator >= 0 if node.operator in {"<=", ">="} else rest.numerator > 0, rest.sound

    def rational(self, node: Node, rows: NDArray[np.intp]) -> _Rational:
        """A number over ``rows`` as quotients of whole numbers; every row of them is known."""
        match node:
            case Number():
                return _Rational.constant(Fraction(node.value), len(rows))
            case Name():
                column = self.columns[node.key]
                return _Rational.decimals(column.values[rows], _scale(column, self.units.get(node.key)))
            case Negative():
                return self.rational(node.operand, rows).negative()
            case Arithmetic():
                left, right = self.rational(node.left, rows), self.rational(node.right, rows)
                match node.operator:
                    case "+":
                        return left.plus(right)
                    case "-":
                        return left.plus(right.negative())
                    case "*":
                        return left.times(right)
                    case _:
                        return left.times(right.inverse())
            case Call():
                total = self.rational(node.arguments[0], rows)
                for argument in node.arguments[1:]:
                    other = self.rational(argument, rows)
                    total = total.plus(other) if node.function == "合计" else total.pick(other, node.function)
                return total
            case _:  # pragma: no cover - a yes or no is no number, and the lint has seen to it
                raise TypeError(f"{node} is not a number")

    def days(self, node: Comparison) -> Evaluated | None:
        """A comparison of two dates, None if it is one of something else. In doubt the reason is ``AMBIGUOUS``."""
        if not isinstance(node.left, Name) or not isinstance(node.right, Name):
            return None
        left, right = self.columns[node.left.key], self.columns[node.right.key]
        if left.kind is not Kind.DATE or right.kind is not Kind.DATE:
            return None
        yes, no = _days_decided(node.operator, left.values, right.values)
        reason = _first_reason(left.reason, right.reason)
        reason = np.where((reason == Reason.KNOWN) & ~yes & ~no, np.int8(Reason.AMBIGUOUS), reason)
        values = np.where(reason == Reason.KNOWN, yes.astype(np.float64), np.nan)
        return Evaluated(values, reason, True, np.zeros(self.size))

    def row(self, node: Node, row: int) -> dict[str, Value]:
        """The values of one unit that ``node`` needs."""
        return {name.key: _row_value(self.columns[name.key], self.units.get(name.key), row) for name in _names(node)}


_VISIBLE = 1e-13
"""Relative error from which a number looks wrong where 15 digits of it are shown."""

_FEW_ROWS = 32
"""Rows that fractions decide one by one; more are decided in integers first."""

_HELD = 2.0**62
"""What int64 holds for certain, seen through floats."""


@dataclass(frozen=True, slots=True, eq=False)
class _Rational:
    """Exact quotients over many rows at once, where int64 can hold them; ``sound`` says where it could.

    A relation that holds exactly, such as a total and its parts, is near its boundary in every row. Fractions would
    take seconds there for a province.
    """

    numerator: NDArray[np.int64]
    denominator: NDArray[np.int64]
    sound: NDArray[np.bool_]

    @classmethod
    def constant(cls, value: Fraction, size: int) -> _Rational:
        sound = abs(value.numerator) < _HELD and value.denominator < _HELD
        above, below = (value.numerator, value.denominator) if sound else (0, 1)
        return cls(np.full(size, above, np.int64), np.full(size, below, np.int64), np.full(size, sound))

    @classmethod
    def decimals(cls, values: NDArray[np.float64], scale: int) -> _Rational:
        """Stored floats as the decimals they stand for. Of up to 15 digits, rounding n/10ᵏ gives back the float."""
        for places in (0, 2, 4, 6):
            power = 10**places
            numerator = np.rint(values * power)
            sound = np.equal(numerator / power, values) & (np.abs(numerator) < 10.0**15)
            if sound.all():
                break
        above = np.where(sound, numerator, 0).astype(np.int64)
        return cls(above, np.full(len(values), power * scale, np.int64), sound)

    def negative(self) -> _Rational:
        return _Rational(-self.numerator, self.denominator, self.sound)

    def inverse(self) -> _Rational:
        sign = np.sign(self.numerator)
        possible = sign != 0
        return _Rational(self.denominator * sign, np.where(possible, np.abs(self.numerator), 1), self.sound & possible)

    def times(self, other: _Rational) -> _Rational:
        above, held_above = _product(self.numerator, other.numerator)
        below, held_below = _product(self.denominator, other.denominator)
        return _Rational(above, below, self.sound & other.sound & held_above & held_below)

    def plus(self, other: _Rational) -> _Rational:
        shared = np.gcd(self.denominator, other.denominator)
        below, held = _product(self.denominator, other.denominator // shared)
        one, held_one = _product(self.numerator, other.denominator // shared)
        two, held_two = _product(other.numerator, self.denominator // shared)
        fits = np.abs(one.astype(np.float64)) + np.abs(two.astype(np.float64)) < _HELD
        return _Rational(one + two, below, self.sound & other.sound & held & held_one & held_two & fits)

    def pick(self, other: _Rational, function: str) -> _Rational:
        """The smaller or the larger of two, row by row."""
        rest = self.plus(other.negative())
        own = rest.numerator <= 0 if function == "最小" else rest.numerator >= 0
        return _Rational(
            np.where(own, self.numerator, other.numerator),
            np.where(own, self.denominator, other.denominator),
            rest.sound,
        )


def _product(left: NDArray[np.int64], right: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The product, and where int64 held it; elsewhere it is 1, which is wrong and harmless."""
    held = np.abs(left.astype(np.float64)) * np.abs(right.astype(np.float64)) < _HELD
    return np.where(held, left, 1) * np.where(held, right, 1), held


def _days_decided(
    operator: Comparator, left: NDArray[Any], right: NDArray[Any]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Where the comparison certainly holds, and where it certainly does not."""
    match operator:
        case "<":
            return left[:, 1] < right[:, 0], left[:, 0] >= right[:, 1]
        case "<=":
            return left[:, 1] <= right[:, 0], left[:, 0] > right[:, 1]
        case ">" | ">=":
            return _days_decided("<" if operator == ">" else "<=", right, left)
        case "==":
            single = (left[:, 0] == left[:, 1]) & (right[:, 0] == right[:, 1]) & (left[:, 0] == right[:, 0])
            return single, (left[:, 1] < right[:, 0]) | (right[:, 1] < left[:, 0])
        case _:
            yes, no = _days_decided("==", left, right)
            return no, yes


def _first_reason(left: NDArray[np.int8], right: NDArray[np.int8]) -> NDArray[np.int8]:
    return np.where(left != Reason.KNOWN, left, right)


def _numbers(values: NDArray[np.float64], reason: NDArray[np.int8], error: NDArray[np.float64]) -> Evaluated:
    known = reason == Reason.KNOWN
    return Evaluated(np.where(known, values, np.nan), reason, False, np.where(known, error, 0.0))
