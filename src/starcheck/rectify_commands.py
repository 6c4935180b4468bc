"""整改销号 and the three lists: what is open where, who mends it, and what is on offer for it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import NamedTuple

from starcheck.column import Kind
from starcheck.cycle.course import ABSENT, Course
from starcheck.cycle.rectifying import Light, Note, Notes, Shortfall, Stage, shortfalls
from starcheck.cycle_files import Line, UnitsByName, read_lines
from starcheck.diagnostic import Diagnostic, Location, Text
from starcheck.messages import both, say
from starcheck.register import township_base
from starcheck.report.figures import distance, value_words
from starcheck.report.listing import Heading, Listing, Shows, Value, csv_paths
from starcheck.report.model import group_cell, requirement_words
from starcheck.report.sections import group_figure
from starcheck.scheme import BY_COUNTY, BY_TOWNSHIP, Criterion, GroupCriterion
from starcheck.units import fold, read_date
from starcheck.workspace import Settings, Stop

NOTES = "rectify.csv"
"""Where a workspace keeps deadlines and remarks of its own."""

_LISTINGS = ("owners", "open", "overdue", "closed")
_NAMES_SHOWN = 10
_NOTE_COLUMNS = {
    "item": ("编号", "指标编号", "指标", "项目编号", "item", "criterion"),
    "deadline": ("期限", "整改期限", "完成时限", "时限", "deadline"),
    "remark": ("备注", "说明", "整改进展", "remark"),
    "opened": ("发现", "发现月份", "首次发现", "opened"),
    "times": ("第几次", "times", "time"),
}
_SUPPLY_COLUMNS = {
    "supplier": ("供给单位", "责任单位", "单位", "部门"),
    "offer": ("供给内容", "项目", "内容", "供给事项"),
    "items": ("对应指标", "指标编号", "编号", "指标"),
    "amount": ("数量", "可供数量", "个数"),
}


# --- 整改销号 ---------------------------------------------------------------------------------------------------------


def rectify(
    course: Course,
    told: Settings,
    *,
    on: date | None = None,
    notes: Path | None = None,
    owner: str | None = None,
    everything: bool = False,
) -> tuple[list[Listing], list[Diagnostic]]:
    """What is open, with who mends it, until when, red, yellow or green; what was mended this month; all in numbers."""
    problems: list[Diagnostic] = []
    found = _shortfalls(course, told, on, notes, problems)
    if owner is not None:
        known = _owners(course, found)
        fitting = [name for name in known if fold(owner) in fold(name)]
        if not fitting:
            raise Stop(2, both("stop.owner", owner=owner, known="、".join(known)))
        found = [one for one in found if one.criterion.owner in fitting]
    here = [one for one in found if one.is_open]
    mended = [one for one in found if not one.is_open and (everything or one.closed == course.now.period)]
    overdue = [one for one in here if one.light is Light.RED]
    cases = zip(_LISTINGS[1:], (here, overdue, mended), strict=True)
    rule = course.scheme.monthly.rectifying
    said = {
        "open": [
            both("rectify.note"),
            both("rectify.note.on", on=on or course.now.assessment.as_of),
            *([] if rule is None else [both("rectify.note.days", days=rule.days, soon=rule.soon)]),
        ],
        "closed": [] if everything else [both("rectify.note.closed", period=course.now.period)],
    }
    listings = [_cases(key, own, course, said.get(key, [])) for key, own in cases]
    return [_in_numbers(found, course), *listings], problems


def keep_notes(told: Settings, notes: Path | None, out: Path | None) -> None:
    """Raises ``Stop`` (2) where ``out`` would take the place of deadlines and remarks that somebody has written."""
    if out is None:
        return
    written = csv_paths(out, _LISTINGS) if out.suffix.lower() == ".csv" else [out]
    kept = {file.resolve() for file in (told.root / NOTES, notes) if file is not None}
    for file in written:
        if file.resolve() in kept:
            raise Stop(2, both("stop.over_notes", out=file))


def _owners(course: Course, found: Sequence[Shortfall]) -> list[str]:
    """Who is responsible for anything, whether or not it was ever missed."""
    named = {part.owner for part in _asked(course)} | {one.criterion.owner for one in found}
    return sorted(owner for owner in named if owner)


def _asked(course: Course) -> list[Criterion | GroupCriterion]:
    """Everything that the standard asks: items, tasks, and what it asks of groups of units."""
    return [*course.scheme.criteria, *(part for group in course.scheme.groups for part in group.criteria)]


def _shortfalls(
    course: Course, told: Settings, on: date | None, notes: Path | None, problems: list[Diagnostic]
) -> list[Shortfall]:
    file = notes or (told.root / NOTES if (told.root / NOTES).is_file() else None)
    said = {} if file is None else read_notes(file, course, problems)
    found = list(shortfalls(course, on or course.now.assessment.as_of, said))
    problems += _clashes(found, course)
    problems += _outdated(found, course)
    return found


def _clashes(found: Sequence[Shortfall], course: Course) -> Iterator[Diagnostic]:
    """R454 where notes on one shortfall contradict each other."""
    said: set[Location] = set()
    for one in found:
        for clash in one.clashes:
            first, second = (str(getattr(note, clash.what)) for note in (clash.first, clash.second))
            arguments: dict[str, str | Text] = {
                "what": both(f"rectify.{clash.what}"),
                "first": first,
                "cells": str(clash.first.cells[clash.what]),
            }
            place = clash.second.cells[clash.what]
            if place in said:  # a note on an item is one on each of its tasks
                continue
            said.add(place)
            name = "".join(_where(course, one)) if one.group else course.called(one.unit)[1]
            yield Diagnostic("R454", place, unit=name, field=one.criterion.id, found=second, arguments=arguments)


def _outdated(found: Sequence[Shortfall], course: Course) -> Iterator[Diagnostic]:
    """R455, once, for all that is open and has notes only of another time that it was."""
    again = [one for one in found if one.is_open and one.outdated]
    if again:
        names = ["".join(_where(course, one)) + one.criterion.id for one in again]
        shown = "、".join(names[:_NAMES_SHOWN]) + ("…" if len(names) > _NAMES_SHOWN else "")
        arguments: dict[str, str | Text] = {"count": str(len(names)), "names": shown}
        yield Diagnostic("R455", again[0].outdated[0].where, arguments=arguments)


def read_notes(path: Path, course: Course, problems: list[Diagnostic]) -> Notes:
    """Deadlines and remarks of a workbook or CSV, by unit and item; what fits none, or is no date, is R450."""
    units = UnitsByName(course)
    items = {fold(part.id): part.id for part in course.scheme.criteria}
    found: dict[tuple[str, str], list[Note]] = {}
    lines, said = read_lines(path, _NOTE_COLUMNS, ("name", "item"))
    problems += said
    for line in lines:
        if not any(line[name] for name in ("name", "code", "item", "deadline", "remark")):
            continue  # our own note under the list
        place, item = units.find(line), items.get(_first_word(line["item"]))
        key = (units.key(place), item) if place is not None and item is not None else _group_key(line, course)
        until = _deadline(line["deadline"])
        why = None
        if key is None:
            known = {fold(part.id) for part in _asked(course)}
            key_words = "rectify.no_unit" if _first_word(line["item"]) in known else "rectify.no_item"
            why = both(key_words, item=line["item"] or "—")
        elif line["deadline"] and until is None:
            why = both("rectify.no_day", day=line["deadline"])
        if why is not None:
            shown = " ".join(filter(None, (line[name] for name in ("township", "name", "item", "deadline"))))
            problems.append(Diagnostic("R450", line.where, found=shown, arguments={"reason": why}))
        if key is None or (until is None and not line["remark"]):
            continue
        cells = {name: where for name, (_, where) in line.cells.items()}
        times = int(line["times"]) if line["times"].isdecimal() else None
        note = Note(until, line["remark"] or None, _period(line["opened"]), times, line.where, cells)
        found.setdefault(key, []).append(note)
    return found


_BY_THEN = re.compile("(?<=[日号0-9])(?:之|以)?前$|(?<=月)底(?:之|以)?前?$")
"""What offices write behind a day, or for the last one of a month: 3月5日前, 6月底前."""


def _deadline(text: str) -> date | None:
    """The last day that a deadline leaves; None where it is no date."""
    days = read_date(_BY_THEN.sub("", fold(text))).value
    return days[1] if isinstance(days, tuple) else None


def _group_key(line: Line, course: Course) -> tuple[str, str] | None:
    """Which group a row is about and what is asked of it (分组), None where it is none."""
    asked = {fold(part.id): (group.by, part.id) for group in course.scheme.groups for part in group.criteria}
    by, item = asked.get(_first_word(line["item"]), (None, ""))
    if by is None:
        return None
    name: str | None = line["name"]
    if by == BY_TOWNSHIP:
        name = _township(line["township"], course)
    elif by == BY_COUNTY:
        name = course.county
    return (name, item) if name else None


def _township(text: str, course: Course) -> str | None:
    """The township of that name; without 乡 or 镇, or with another, where no second one is called so."""
    names = [name for _, name in course.now.assessment.units.township_groups]
    alike = [name for name in names if township_base(fold(name)) == township_base(fold(text))]
    same = [name for name in alike if fold(name) == fold(text)] or alike
    return same[0] if len(same) == 1 else None


def _period(text: str) -> str | None:
    """``2022-06``, as we write a month, or as Excel makes it a day; a year stands for itself."""
    days = read_date(text).value
    return f"{days[0]:%Y-%m}" if isinstance(days, tuple) else text if text.isdecimal() else None


def _first_word(text: str) -> str:
    """The 编号 alone: in our own lists the name follows it."""
    return fold(text.strip().partition(" ")[0])


_CASE = (
    ("township", "townships.name", Shows.TEXT),
    ("name", "rectify.name", Shows.TEXT),
    ("item", "shortfalls.criterion", Shows.TEXT),
    ("part_of", "rectify.part_of", Shows.TEXT),
    ("owner", "shortfalls.owner", Shows.TEXT),
    ("opened", "rectify.opened", Shows.TEXT),
    ("times", "rectify.times", Shows.WHOLE),
    ("deadline", "rectify.deadline", Shows.TEXT),
    ("days_left", "rectify.left", Shows.WHOLE),
    ("light", "rectify.light", Shows.TEXT),
    ("value", "rectify.value", Shows.TEXT),
    ("requirement", "explain.requirement", Shows.TEXT),
    ("source", "explain.source", Shows.TEXT),
    ("state", "reminders.state", Shows.TEXT),
    ("closed", "rectify.closed", Shows.TEXT),
    ("remedy", "shortfalls.remedy", Shows.TEXT),
    ("remark", "rectify.remark", Shows.TEXT),
)
_COLOURS = {Light.RED: "#FFC7CE", Light.YELLOW: "#FFEB9C", Light.GREEN: "#C6EFCE"}
_OF_TASKS = {"part_of", "source"}
"""What the lists of a standard without tasks (任务) lack."""


def _cases(key: str, cases: Sequence[Shortfall], course: Course, notes: Sequence[Text]) -> Listing:
    assessment = course.now.assessment
    lights = [*Light, None]
    with_tasks = bool(course.scheme.item_of)
    rows: list[list[Value]] = []
    for one in sorted(cases, key=lambda one: (lights.index(one.light), one.days_left or 0)):
        township, name = _where(course, one)
        asked = one.criterion.in_force(assessment.as_of)
        rows.append(
            [
                township or None,
                name,
                f"{one.criterion.id} {one.criterion.name}",
                *((_part_words(one, course),) if with_tasks else ()),
                one.criterion.owner,
                one.opened,
                one.times,
                one.deadline,
                one.days_left,
                None if one.light is None else both(f"rectify.{one.light.value}"),
                _value(one, course),
                requirement_words(one.criterion, assessment.as_of),
                *((None if asked is None or asked.source is None else str(asked.source),) if with_tasks else ()),
                both(f"rectify.{one.stage.value}"),
                one.closed,
                one.criterion.remedy,
                one.remark,
            ]
        )
    lit = {both(f"rectify.{light.value}"): colour for light, colour in _COLOURS.items()}
    return Listing(
        key,
        both(f"rectify.title.{key}"),
        [
            Heading(name, both(label), shows, fills=lit if name == "light" else {})
            for name, label, shows in _CASE
            if with_tasks or name not in _OF_TASKS
        ],
        rows,
        notes,
    )


def _value(one: Shortfall, course: Course) -> str | None:
    """What it is now; nothing where it is not known."""
    assessment = course.now.assessment
    if one.asked is not None:
        return group_figure(group_cell(one.asked, assessment.as_of), "zh")
    if one.row == ABSENT or one.criterion.id not in assessment.ledger.columns:
        return None
    return value_words(assessment.values(one.criterion.id), one.row, one.criterion.unit, "zh") or None


def _part_words(one: Shortfall, course: Course) -> Text | None:
    """What a task is part of, how much of that is asked for and met, and whether it goes without this one (必备)."""
    if not one.part_of:
        return None
    assessment = course.now.assessment
    words = []
    for item in reversed(one.part_of):
        has = None
        if one.row != ABSENT and item.id in assessment.ledger.columns:
            has = value_words(assessment.values(item.id), one.row, item.unit, "zh")
        wanted = requirement_words(item, assessment.as_of)
        key = "rectify.part" if has else "rectify.part.unknown"
        words.append(both(key, id=item.id, name=item.name, wanted=wanted, has=has or ""))
    return _marked((" › ".join(zh for zh, _ in words), " › ".join(en for _, en in words)), one.criterion)


def _part_named(one: Shortfall) -> Text | None:
    """What a task is part of, by name, and whether it goes without this one."""
    if not one.part_of:
        return None
    return _marked((" › ".join(f"{item.id} {item.name}" for item in reversed(one.part_of)),) * 2, one.criterion)


def _marked(words: Text, task: Criterion | GroupCriterion) -> Text:
    essential = isinstance(task, Criterion) and task.essential
    return both("rectify.essential", part=words) if essential else words


def _where(course: Course, one: Shortfall) -> tuple[str, str]:
    """Township and name of a unit; of a group the township, or no township and its name."""
    if one.group is None:
        return course.called(one.unit)
    if one.group.by == BY_TOWNSHIP:
        return one.group.name, say("rectify.whole_township", "zh")
    return "", say("scope.county", "zh") if one.group.by == BY_COUNTY else one.group.name


def _names(cases: Sequence[Shortfall], course: Course) -> list[str]:
    return ["".join(_where(course, one)) for one in cases]


def _in_numbers(found: Sequence[Shortfall], course: Course) -> Listing:
    """By who is responsible how many are open, red, yellow, green, unproven, and mended this month."""
    owners = dict.fromkeys(sorted({one.criterion.owner or "" for one in found}))
    rows: list[list[Value]] = []
    for owner in (*owners, None):
        own = [one for one in found if owner is None or (one.criterion.owner or "") == owner]
        here = [one for one in own if one.is_open]
        rows.append(
            [
                both("total") if owner is None else owner,
                len(here),
                *(sum(one.light is light for one in here) for light in Light),
                sum(one.stage is not Stage.OPEN for one in here),
                sum(one.stage is Stage.CLOSED and one.closed == course.now.period for one in own),
                sum(one.times > 1 for one in here),
            ]
        )
    return Listing(
        _LISTINGS[0],
        both("rectify.owners"),
        [
            Heading("owner", both("shortfalls.owner")),
            Heading("open", both("rectify.title.open"), Shows.WHOLE),
            *(Heading(light.value, both(f"rectify.{light.value}"), Shows.WHOLE) for light in Light),
            Heading("unproven", both("rectify.unproven_too"), Shows.WHOLE),
            Heading("closed", both("rectify.closed_now"), Shows.WHOLE),
            Heading("again", both("rectify.again"), Shows.WHOLE),
        ],
        rows,
        strong=1,
    )


# --- 三张清单 ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Supply:
    """A row of 供给清单: who offers what, for which items, where, and how many times.

    No ``townships`` are the whole county, no ``amount`` is no limit, and one of 0 is nothing.
    """

    supplier: str
    offer: str
    items: frozenset[str]
    townships: tuple[str, ...]
    amount: int | None

    def covers(self, township: str, one: Shortfall) -> str | None:
        """Which of the items offered is for this need there: the item itself, or what it is a task of."""
        if self.amount == 0 or (self.townships and township not in self.townships):
            return None
        return next((part.id for part in (one.criterion, *one.part_of) if part.id in self.items), None)


def lists(course: Course, told: Settings, supply: Path | None = None) -> tuple[list[Listing], list[Diagnostic]]:
    """需求清单 by village, 任务清单 by department, 供给清单 with what it covers, and what nobody supplies."""
    problems: list[Diagnostic] = []
    here = [one for one in _shortfalls(course, told, None, None, problems) if one.is_open]
    listings = [_demand(here, course), _tasks(here, course)]
    if supply is not None:
        offers = read_supply(supply, course, problems)
        listings += [_supplied(offers, here, course), _unsupplied(offers, here, course)]
    weak = _weak(course, here)
    return [*listings, *([] if weak is None else [weak])], problems


def _demand(here: Sequence[Shortfall], course: Course) -> Listing:
    rows: list[list[Value]] = []
    order = {township: place for place, (_, township) in enumerate(course.now.assessment.units.township_groups)}
    with_tasks = bool(course.scheme.item_of)

    def standing(one: Shortfall) -> tuple[int, bool, int]:
        return order.get(_where(course, one)[0], len(order)), one.group is not None, one.unit

    for one in sorted(here, key=standing):
        township, name = _where(course, one)
        rows.append(
            [
                township or None,
                name,
                course.scheme.star_of[one.criterion.id].name if one.criterion.id in course.scheme.star_of else None,
                one.criterion.id,
                one.criterion.name,
                *((_part_words(one, course),) if with_tasks else ()),
                _gap(one, course),
                one.criterion.remedy,
                one.criterion.owner,
                one.opened,
            ]
        )
    return Listing(
        "demand",
        both("lists.demand"),
        [
            Heading("township", both("townships.name")),
            Heading("name", both("villages.unit")),
            Heading("star", both("targets.star")),
            Heading("item", both("shortfalls.id")),
            Heading("criterion", both("shortfalls.criterion")),
            *((Heading("part_of", both("rectify.part_of")),) if with_tasks else ()),
            Heading("gap", both("targets.gap")),
            Heading("remedy", both("lists.wanted")),
            Heading("owner", both("shortfalls.owner")),
            Heading("opened", both("rectify.opened")),
        ],
        rows,
    )


def _gap(one: Shortfall, course: Course) -> str | None:
    """How far it is from what is asked for; nothing where that is not known, or no distance."""
    if one.stage is not Stage.OPEN:
        return None
    if one.asked is not None:
        return None if one.asked.gap is None else distance(one.asked.gap, one.criterion.unit, "zh")
    if one.row == ABSENT or not one.criterion.kind.numeric:
        return None
    assessment = course.now.assessment
    place = assessment.scheme.criteria.index(assessment.scheme.criterion(one.criterion.id))
    short = float(assessment.gap(place)[one.row])
    return None if short != short else distance(short, one.criterion.unit, "zh")  # noqa: PLR0124 - nan


def _tasks(here: Sequence[Shortfall], course: Course) -> Listing:
    with_tasks = bool(course.scheme.item_of)
    rows: list[list[Value]] = []
    groups: dict[tuple[str, str], list[Shortfall]] = {}
    for one in here:
        groups.setdefault((one.criterion.owner or "", one.criterion.id), []).append(one)
    for (owner, item), own in sorted(groups.items(), key=lambda pair: (pair[0][0], -len(pair[1]))):
        deadlines = [one.deadline for one in own if one.deadline is not None]
        rows.append(
            [
                owner or None,
                item,
                own[0].criterion.name,
                *((_part_named(own[0]),) if with_tasks else ()),
                len(own),
                len({_where(course, one)[0] for one in own} - {""}),
                sum(one.light is Light.RED for one in own),
                min(deadlines, default=None),
                own[0].criterion.remedy,
                _names(own, course),
            ]
        )
    return Listing(
        "tasks",
        both("lists.tasks"),
        [
            Heading("owner", both("shortfalls.owner")),
            Heading("item", both("shortfalls.id")),
            Heading("criterion", both("shortfalls.criterion")),
            *((Heading("part_of", both("rectify.part_of")),) if with_tasks else ()),
            Heading("units", both("townships.units"), Shows.WHOLE),
            Heading("townships", both("lists.townships"), Shows.WHOLE),
            Heading("overdue", both("rectify.red"), Shows.WHOLE),
            Heading("deadline", both("lists.first_deadline")),
            Heading("remedy", both("shortfalls.remedy")),
            Heading("names", both("lists.where")),
        ],
        rows,
    )


def read_supply(path: Path, course: Course, problems: list[Diagnostic]) -> list[Supply]:
    """供给清单 of a workbook or CSV; a row that names no item of the standard, or no such township, is R451."""
    items = {fold(part.id): part.id for part in _asked(course)}
    lines, said = read_lines(path, _SUPPLY_COLUMNS, ("supplier", "items"), spread=("supplier", "offer", "amount"))
    problems += said
    found = []
    for line in lines:
        words, where = _items_named(line["items"], items), _parts(line["township"])
        if where == [say("scope.county", "zh")]:  # as our own list calls it
            where = []
        named = {word: items.get(fold(word)) for word in words}
        places = {word: _township(word, course) for word in where}
        if why := _unfit(named, places, line["amount"]):
            shown = " ".join(filter(None, line.texts.values()))
            problems.append(Diagnostic("R451", line.where, found=shown, arguments={"reason": why}))
            continue
        ids, townships = (tuple(name for name in names.values() if name) for names in (named, places))
        amount = int(line["amount"]) if line["amount"] else None
        found.append(Supply(line["supplier"], line["offer"], frozenset(ids), townships, amount))
    return found


def _parts(text: str) -> list[str]:
    return [word.strip() for word in re.split("[、，,；;\n]", text) if word.strip()]


def _items_named(text: str, items: Mapping[str, str]) -> list[str]:
    """The items that a cell lists; behind a 编号 its name may stand, or the next 编号."""
    found = []
    for part in _parts(text):
        first, *more = part.split()
        found += [first, *(word for word in more if fold(word) in items)]
    return found


def _unfit(named: Mapping[str, str | None], places: Mapping[str, str | None], amount: str) -> Text | None:
    """Why a row of the supply list cannot be used, None where it can."""
    if not named:
        return both("lists.no_item")
    for key, known in (("lists.unknown_item", named), ("lists.unknown_township", places)):
        if None in known.values():
            return both(key, name="、".join(word for word, meant in known.items() if meant is None))
    return both("lists.bad_amount", amount=amount) if amount and not amount.isdecimal() else None


def _offered_for(offer: Supply, one: Shortfall, course: Course) -> str | None:
    """Which of the items that it offers an offer is for there, if any."""
    return offer.covers(_where(course, one)[0], one)


def _supplied(offers: Sequence[Supply], here: Sequence[Shortfall], course: Course) -> Listing:
    """What each offer covers; of a limited one no more than it says."""
    rows: list[list[Value]] = []
    for offer in offers:
        # what is offered for an item is one thing to a unit, however many of its tasks are missed there
        needs = list(
            {(_where(course, one), item): one for one in here if (item := _offered_for(offer, one, course))}.values()
        )
        covered = len(needs) if offer.amount is None else min(len(needs), offer.amount)
        rows.append(
            [
                offer.supplier,
                offer.offer,
                sorted(offer.items),
                ("、".join(offer.townships),) * 2 if offer.townships else both("scope.county"),
                offer.amount,
                len(needs),
                covered,
                len(needs) - covered,
                _names(needs, course),
            ]
        )
    return Listing(
        "supply",
        both("lists.supply"),
        [
            Heading("supplier", both("lists.supplier")),
            Heading("offer", both("lists.offer")),
            Heading("items", both("shortfalls.id")),
            Heading("township", both("townships.name")),
            Heading("amount", both("lists.amount"), Shows.WHOLE),
            Heading("needs", both("lists.needs"), Shows.WHOLE),
            Heading("covered", both("lists.covered"), Shows.WHOLE),
            Heading("uncovered", both("lists.uncovered"), Shows.WHOLE),
            Heading("names", both("lists.where")),
        ],
        rows,
        [both("lists.supply.note")],
    )


def _unsupplied(offers: Sequence[Supply], here: Sequence[Shortfall], course: Course) -> Listing:
    """By item the needs that no offer is for."""
    groups: dict[str, list[Shortfall]] = {}
    for one in here:
        if not any(_offered_for(offer, one, course) for offer in offers):
            groups.setdefault(one.criterion.id, []).append(one)
    rows: list[list[Value]] = [
        [
            item,
            own[0].criterion.name,
            own[0].criterion.owner,
            len(own),
            _names(own, course),
        ]
        for item, own in sorted(groups.items(), key=lambda pair: -len(pair[1]))
    ]
    return Listing(
        "unsupplied",
        both("lists.unsupplied"),
        [
            Heading("item", both("shortfalls.id")),
            Heading("criterion", both("shortfalls.criterion")),
            Heading("owner", both("shortfalls.owner")),
            Heading("units", both("townships.units"), Shows.WHOLE),
            Heading("names", both("lists.where")),
        ],
        rows,
    )


# --- 软弱涣散 ---------------------------------------------------------------------------------------------------------


WEAK = "软弱涣散"
"""The yes/no 字段 that says so; 新野 and 清丰 list these villages every year (DOMAIN §3.4)."""


def _weak(course: Course, here: Sequence[Shortfall]) -> Listing | None:
    """Villages that are, or were, on the list: how many months, turned round or not, and what is open there."""
    field = course.scheme.fields.get(WEAK)
    if field is None or field.kind is not Kind.YESNO:
        return None
    needs: dict[int, list[str]] = {}
    for one in here:
        needs.setdefault(one.unit, []).append(f"{one.criterion.id} {one.criterion.name}")
    rows: list[list[Value]] = []
    for unit in range(len(course.keys)):
        told = _weak_states(course, unit)
        last = _time_on_list(told)
        if last is None:
            continue
        now = told[-1][1]
        word = "gone" if unit in course.gone else "unknown" if now is None else "listed" if now else "turned"
        rows.append(
            [
                *course.called(unit),
                both(f"weak.{word}"),
                last.months,
                last.since,
                last.times,
                last.off,
                needs.get(unit, []),
            ]
        )
    return Listing(
        "weak",
        both("weak.title"),
        [
            Heading("township", both("townships.name")),
            Heading("name", both("villages.unit")),
            Heading("state", both("reminders.state")),
            Heading("months", both("weak.months"), Shows.WHOLE),
            Heading("since", both("reminders.since")),
            Heading("times", both("rectify.times"), Shows.WHOLE),
            Heading("turned", both("weak.off")),
            Heading("measures", both("weak.measures")),
        ],
        rows,
        [both("weak.note")],
    )


def _weak_states(course: Course, unit: int) -> list[tuple[str, bool | None]]:
    """Month by month whether a unit is on the list; None where that is not known."""
    found: list[tuple[str, bool | None]] = []
    for month, places in zip(course.months, course.places, strict=True):
        column, row, state = month.assessment.ledger.columns.get(WEAK), int(places[unit]), None
        # an earlier version of the standard may ask otherwise, or not at all
        if column is not None and column.kind is Kind.YESNO and row != ABSENT and column.known[row]:
            state = bool(column.values[row])
        found.append((month.period, state))
    return found


class _OnList(NamedTuple):
    """The last time that a unit was on the list: since when, in how many months, which time, and when it was off."""

    since: str
    months: int
    times: int
    off: str | None


def _time_on_list(told: Sequence[tuple[str, bool | None]]) -> _OnList | None:
    found: _OnList | None = None
    for period, state in told:
        if state and (found is None or found.off is not None):
            found = _OnList(period, 0, 1 if found is None else found.times + 1, None)
        if found is not None and state is not None and found.off is None:
            found = found._replace(months=found.months + 1) if state else found._replace(off=period)
    return found


__all__ = ["NOTES", "Supply", "keep_notes", "lists", "read_notes", "read_supply", "rectify"]
