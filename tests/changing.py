"""A scheme with one value in it changed, whatever the value is: for tests that have to go through all of them."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator, Mapping
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from typing import Any, get_args

from pydantic import BaseModel

from starcheck.expression import Expression
from starcheck.scheme import Scheme, TieBreak

Way = tuple[str | int, ...]
"""Attributes, keys and places that lead to a value."""


def ways(value: Any, way: Way = ()) -> Iterator[tuple[Way, type[Any], str]]:
    """The way to every value of a scheme that holds no other values; the type it belongs to and its attribute there."""
    yield from _ways(value, way, type(value), "")


def _ways(value: Any, way: Way, owner: type[Any], attribute: str) -> Iterator[tuple[Way, type[Any], str]]:
    parts = dict(_parts(value))
    if value is None or (isinstance(value, tuple | Mapping) and not parts):
        return
    if not parts:
        yield way, owner, attribute
    for key, part in parts.items():
        made_of = isinstance(value, BaseModel) or dataclasses.is_dataclass(value)
        yield from _ways(part, (*way, key), type(value) if made_of else owner, str(key) if made_of else attribute)


def _parts(value: Any) -> Iterator[tuple[str | int, Any]]:
    if isinstance(value, BaseModel):
        yield from ((name, getattr(value, name)) for name in type(value).model_fields)
    elif isinstance(value, TieBreak | Expression):
        return  # text and what it means belong together
    elif dataclasses.is_dataclass(value):
        yield from ((field.name, getattr(value, field.name)) for field in dataclasses.fields(value))
    elif isinstance(value, Mapping):
        yield from value.items()
    elif isinstance(value, tuple):
        yield from enumerate(value)


def changed_at(value: Any, way: Way) -> Any:
    """The same with another value there. It is not validated."""
    if not way:
        return another(value)
    key, *rest = way
    if isinstance(value, BaseModel):
        values = {name: getattr(value, name) for name in type(value).model_fields}
        made = type(value).model_construct(**values | {str(key): changed_at(values[str(key)], tuple(rest))})
        if isinstance(made, Scheme) and isinstance(value, Scheme):
            made.attach(value.texts, None)
        return made
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.replace(value, **{str(key): changed_at(getattr(value, str(key)), tuple(rest))})
    if isinstance(value, Mapping):
        return {name: changed_at(part, tuple(rest)) if name == key else part for name, part in value.items()}
    return tuple(changed_at(part, tuple(rest)) if place == key else part for place, part in enumerate(value))


def another(value: Any) -> Any:
    """Another value of the same kind."""
    match value:
        case bool():
            return not value
        case Enum():
            words = list(type(value))
            return words[(words.index(value) + 1) % len(words)]
        case Decimal() | int():
            return value + 1
        case Fraction():
            return value / 2
        case dt.date():
            return value + dt.timedelta(1)
        case TieBreak():
            return dataclasses.replace(value, descending=not value.descending, text=f"{value.text}改")
        case str():
            return f"{value}改"
    raise TypeError(type(value))


def models(model: type[BaseModel] = Scheme) -> dict[type[BaseModel], None]:
    """Every model that a scheme is made of."""
    found: dict[type[BaseModel], None] = {}
    waiting: list[Any] = [model]
    while waiting:
        kind = waiting.pop()
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            if kind not in found:
                found[kind] = None
                waiting += [field.annotation for field in kind.model_fields.values()]
        else:
            waiting += get_args(kind)
    return found
