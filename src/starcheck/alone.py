"""One part of a second standard put into the first by itself: what that part alone makes of the same ledgers.

Which units a change moves cannot be seen from both ratings side by side: a unit that falls may have three items judged
otherwise, of which one, or only all together, lowered it. So the first standard is rated once more for each part, with
nothing but that part as the second has it on its day.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from starcheck.column import Column, Reason, empty_values
from starcheck.expression import AS_OF
from starcheck.ledger import Ledger, inputs_of, names_in
from starcheck.scheme import Criterion, Scheme, Star
from starcheck.scoring import Assessment, assess

_Part = TypeVar("_Part", bound=BaseModel)


class Parts(NamedTuple):
    """Parts of a standard: items and tasks by 编号, stars by name (with their items), vetoes by 编号, and 定级."""

    items: tuple[str, ...] = ()
    stars: tuple[str, ...] = ()
    vetoes: tuple[str, ...] = ()
    tiering: bool = False


class Alone:
    """The first of two ratings again, with parts of the second's standard."""

    def __init__(self, one: Assessment, other: Assessment, rows: tuple[NDArray[np.intp], NDArray[np.intp]]) -> None:
        """``rows`` are their units in pairs."""
        self._one, self._other = one, other
        self._places = np.full(len(one.units), -1, np.intp)
        self._places[rows[0]] = rows[1]
        self.rated = cache(self._rated)
        """The rating by the first standard with some ``Parts`` as the second has them, units as in the first."""

    def _rated(self, parts: Parts) -> Assessment:
        scheme = self._scheme(parts)
        names = set(self._needed(parts))
        brought = {name: self._brought(name) for name in names if name in self._other.ledger.columns}
        ledger: Ledger = self._one.ledger
        return assess(replace(ledger, scheme=scheme, columns={**ledger.columns, **brought}), self._one.as_of)

    def _scheme(self, parts: Parts) -> Scheme:
        mine, theirs = self._one.scheme, self._other.scheme
        stars = self._with_items(parts.items)
        named = {star.name: star for star in theirs.stars}
        for name in parts.stars:
            fresh = [_frozen_star(named[name], self._other.as_of)] if name in named else []
            place = next((place for place, star in enumerate(stars) if star.name == name), len(stars))
            stars[place : place + 1] = fresh
        vetoes = [veto for veto in mine.vetoes if veto.id not in parts.vetoes]
        vetoes += [_changed(veto, since=None, until=None) for veto in theirs.vetoes if veto.id in parts.vetoes]
        tiering = mine.tiering
        if parts.tiering:
            here = {star.name for star in stars}
            caps = [_changed(cap, since=None, until=None) for cap in theirs.tiering.caps if cap.star in here]
            quotas = [_changed(quota, since=None, until=None) for quota in theirs.tiering.quotas]
            tiering = _changed(theirs.tiering, caps=tuple(caps), quotas=tuple(quotas))
        # what does not say which tier a unit has is left out: it may be about columns as they were
        return _changed(mine, stars=tuple(stars), vetoes=tuple(vetoes), tiering=tiering, checks=(), groups=())

    def _with_items(self, ids: Collection[str]) -> list[Star]:
        """The first standard's stars with items and tasks as the second has them: where it has them, or not at all."""
        mine, theirs = self._one.scheme, self._other.scheme
        ids = dict.fromkeys(self._rooted(key) for key in ids)
        stars = [_changed(star, criteria=_without(star.criteria, ids)) for star in mine.stars]
        for key in ids:
            item = theirs.find_criterion(key)
            if item is None or any(part.id in ids for part in theirs.upward(item)[1:]):
                continue
            fresh = _frozen(item, self._other.as_of)
            parent = theirs.item_of.get(key)
            if parent is not None:
                stars = [_changed(star, criteria=_joined(star.criteria, parent.id, fresh)) for star in stars]
                continue
            name = theirs.star_of[key].name
            place = next((place for place, star in enumerate(stars) if star.name == name), None)
            if place is None:
                stars.append(_frozen_star(theirs.star_of[key], self._other.as_of))
            else:
                stars[place] = _changed(stars[place], criteria=(*stars[place].criteria, fresh))
        return stars

    def _rooted(self, key: str) -> str:
        """The item itself, or what it is part of, where the first standard has nothing that it could be part of."""
        item = self._other.scheme.find_criterion(key)
        if item is None:
            return key
        while (parent := self._other.scheme.item_of.get(item.id)) is not None:
            if self._one.scheme.find_criterion(parent.id) is not None:
                break
            item = parent
        return item.id

    def _needed(self, parts: Parts) -> Iterator[str]:
        """The columns that these parts are judged by."""
        theirs = self._other.scheme
        items = [theirs.find_criterion(self._rooted(key)) for key in parts.items]
        items += [item for star in theirs.stars if star.name in parts.stars for item in star.criteria]
        for item in items:
            for part in () if item is None else item.with_tasks:
                yield from (part.id, *inputs_of(theirs, part.id), *part.applies)
                if part.expression is not None:
                    yield from (name for name in names_in(part.expression) if name != AS_OF)
                if part.goal is not None and part.goal.field is not None:
                    yield part.goal.field
        yield from parts.vetoes
        if parts.tiering:
            for quota in theirs.tiering.quotas:
                for tie_break in quota.tie_breaks:
                    yield from (name for name in names_in(tie_break.expression) if name != AS_OF)

    def _brought(self, key: str) -> Column:
        """A column of the second rating over the units of the first."""
        theirs = self._other.ledger.columns[key]
        known = np.flatnonzero(self._places >= 0)
        values = empty_values(theirs.kind, len(self._places))
        reason = np.full(len(self._places), Reason.ABSENT_COLUMN, np.int8)
        values[known], reason[known] = theirs.values[self._places[known]], theirs.reason[self._places[known]]
        return Column(theirs.kind, values, reason, theirs.options)


def _changed(part: _Part, **changes: object) -> _Part:
    """A copy without what the original has worked out about itself, which ``model_copy`` would take along."""
    values = {name: getattr(part, name) for name in type(part).model_fields}
    return type(part).model_construct(**{**values, **changes})


def _frozen(item: Criterion, day: date) -> Criterion:
    """An item as it is on a day, on any day."""
    asked = item.in_force(day)
    requirements = [_changed(asked, since=date.min)] if asked is not None else []
    requirements += [_changed(one, since=date.max) for one in item.requirements if asked is None]
    tasks = tuple(_frozen(task, day) for task in item.tasks)
    return _changed(item, requirements=tuple(requirements), tasks=tasks, until=None)


def _frozen_star(star: Star, day: date) -> Star:
    return _changed(star, criteria=tuple(_frozen(item, day) for item in star.criteria))


def _without(items: Sequence[Criterion], ids: Mapping[str, None]) -> tuple[Criterion, ...]:
    kept = [item for item in items if item.id not in ids]
    return tuple(_changed(item, tasks=_without(item.tasks, ids)) if item.tasks else item for item in kept)


def _joined(items: Sequence[Criterion], parent: str, task: Criterion) -> tuple[Criterion, ...]:
    """The items with a task added to the one it is part of."""
    return tuple(
        _changed(item, tasks=(*_joined(item.tasks, parent, task), *([task] if item.id == parent else [])))
        if item.tasks or item.id == parent
        else item
        for item in items
    )
