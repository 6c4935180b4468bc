"""Forms: a sheet, or a block of one, for each village, with names at the left and values at their right.

A form is seen as a table of one row: a view of its sheet whose cells know where they stand in the file. It is known
by names below each other with one value beside each; where a name has several values, nothing is guessed.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

from starcheck.cells import Place
from starcheck.diagnostic import Diagnostic, Location, Text
from starcheck.identity import is_village_name
from starcheck.table import FOOTER, Header, Table, filled, only_unit, text_of
from starcheck.units import is_blank, normalise_header, read_date, read_number, read_yesno, split_unit, unadorned
from starcheck.workbook import Cell, Sheet

_FEW = 2
_FEWEST_NAMES = 3
_FEWEST_IN_TWO_ROWS = 4
_LONGEST_NAME = 40
_LONGEST_VALUE = 12
_LONGEST_WORD = 6
_IN_ONE_CELL = re.compile(r"([^:：\s][^:：]*?)\s*[:：]\s*(\S.*)", re.DOTALL)
_PROSE = re.compile(r"[，。；,;]|[:：]\s*\S")
_APART = re.compile(r"\s{2,}|[\u3000\n]+")
_ASIDE = frozenset({"备注", "说明", "填报说明", "填写说明", "数据来源", "来源", "责任单位", "责任部门", "责任人"})
"""Headers over columns of a form that hold no values."""
_NAME, _CODE = "name", "code"

Forms = tuple[tuple[Table, ...], tuple[Diagnostic, ...]]


def find_forms(
    sheet: Sheet, is_known: Callable[[str], bool], naming: Mapping[str, Collection[str]], columns: int
) -> Forms:
    """The forms of a sheet as tables of one row, or nothing where it is not of forms; ``columns``: those of a table.

    ``naming`` holds the spellings, by meaning, of what says which unit it is about.
    """
    layout = _Layout(sheet, is_known, naming)
    items = layout.items()
    if not layout.is_form(items, columns):
        return (), ()
    several = [item for item in items if item.known and len(item.values) > 1]
    if len(several) * 2 > sum(bool(item.values) for item in items if item.known):
        return (), (layout.refusal(several[0], _SEVERAL_VALUES),)
    units = layout.units(items)
    if units is None:
        return (), (layout.refusal(items[0], _SCATTERED),)
    again = next(filter(None, map(layout.repeated, units)), None)
    if again is not None:
        return (), (layout.refusal(again, _AGAIN),)
    tables, notes = [], []
    for number, own in enumerate(units):
        table, said = layout.table(number, own, items)
        tables.append(table)
        notes += said
    return tuple(tables), (*notes, *layout.unread(items))


_SEVERAL_VALUES: Text = ("一项右边有几个值", "several values stand beside one name")
_AGAIN: Text = ("同一项出现了几次", "a name comes more than once")
_SCATTERED: Text = ("村名出现几次，分不清哪些项是哪个村的", "it names villages at places that do not divide it")


@dataclass(frozen=True, slots=True)
class _Item:
    """A name and what stands beside it. Places are indices into the sheet's rows."""

    place: Place
    texts: tuple[str, ...]
    values: tuple[tuple[Place, Cell], ...]
    """One where all is well; none, and ``blank`` is where it should be; or several, between which nobody can choose."""
    blank: Place
    known: bool
    covered: tuple[Place, ...]
    """The other cells that belong to it: labels of a group, units."""

    @property
    def name(self) -> str:
        """The normalised name, without its unit, its number and what is marked behind it."""
        return _bare(self.label)

    @property
    def path(self) -> tuple[str, ...]:
        """The same with the labels of the groups it is in."""
        return tuple(_bare(text) for text in self.texts if only_unit(text) is None)

    @property
    def has_value_beside(self) -> bool:
        """Whether a value stands right behind the name and its unit, not somewhere to the right of a blank cell."""
        return any(place == self.blank for place, _ in self.values)

    @property
    def label(self) -> str:
        """The name as written."""
        return next(text for text in reversed(self.texts) if only_unit(text) is None)


class _Layout:
    """A sheet read by names and what stands beside them."""

    def __init__(self, sheet: Sheet, is_known: Callable[[str], bool], naming: Mapping[str, Collection[str]]) -> None:
        self.sheet = sheet
        self.rows = sheet.rows
        self.width = len(sheet.rows[0]) if sheet.rows else 0
        self._is_known = is_known
        self._naming = naming
        self._spans = {
            (r1 - sheet.top, c1 - sheet.left): (r2 - sheet.top, c2 - sheet.left) for r1, c1, r2, c2 in sheet.merged
        }
        self._over = {
            (row, c1 - sheet.left): (r1 - sheet.top, c1 - sheet.left)
            for r1, c1, r2, _ in sheet.merged
            for row in range(r1 - sheet.top, min(r2 - sheet.top + 1, len(sheet.rows)))
        }

    # --- names

    @cached_property
    def known(self) -> dict[Place, str]:
        """The cells whose text is a known name."""
        return {
            (row, column): cell
            for row, cells in enumerate(self.rows)
            for column, cell in enumerate(cells)
            if type(cell) is str and self._is_known(cell)
        }

    @cached_property
    def label_columns(self) -> frozenset[int]:
        """The columns in which known names stand below each other."""
        names: dict[int, set[str]] = defaultdict(set)
        for (_, column), text in self.known.items():
            names[column].add(normalise_header(text))
        return frozenset(column for column, texts in names.items() if len(texts) > 1)

    @cached_property
    def aside(self) -> dict[int, int]:
        """The columns of remarks, by the row of headings right above the first name, and the number of that row."""
        first = min((row for row, _ in self.known), default=0)
        headings = next((row for row in range(first - 1, -1, -1) if any(map(filled, self.rows[row]))), None)
        if headings is None:
            return {}
        return {
            column: headings
            for column, cell in enumerate(self.rows[headings])
            if column not in self.label_columns and normalise_header(text_of(cell)) in _ASIDE
        }

    def end(self, row: int, column: int) -> int:
        """The first column right of a cell and its merge."""
        return self._spans.get((row, column), (row, column))[1] + 1

    def is_label(self, row: int, column: int, after: Place | None, *, valued: bool) -> bool:
        """Whether a cell is a name, and not the value of the name ``after`` left of it, ``valued`` if it has one."""
        cell = self.rows[row][column]
        if (
            type(cell) is not str
            or only_unit(cell) is not None
            or (FOOTER.match(cell) and (row, column) not in self.known)
        ):
            return False
        following = self.following(row, column)
        if (row, column) in self.known:
            adjacent = after is not None and not valued and self.end(*after) == column
            return not adjacent or column in self.label_columns or (following is not None and not following[1])
        if column not in self.label_columns or len(cell) > _LONGEST_NAME or not self.nameable(cell):
            return False
        if after is None:
            return following is not None
        if valued or self.end(*after) < column:  # there is room for a value between
            return True
        return following is not None and not following[1]

    @staticmethod
    def nameable(text: str) -> bool:
        """Whether a text may be the name of something: not a number, yes or no, a day or dashes."""
        return (
            not is_blank(text)
            and not any(read(text).value is not None for read in (read_yesno, read_date))
            and (read_number(text, None).value is None)
        )

    def following(self, row: int, column: int) -> tuple[int, bool] | None:
        """The next filled cell in a row, and whether it is a known name."""
        for other in range(self.end(row, column), self.width):
            if filled(self.rows[row][other]):
                return other, (row, other) in self.known
        return None

    # --- items

    def items(self) -> list[_Item]:
        """Every name with what stands beside it, row by row."""
        found = [item for row in range(len(self.rows)) for item in self._of_row(row)]
        first = next((item.place[0] for item in found if item.known), 0)
        found = [self._without_serials(item) for item in found if item.place[0] >= first]
        # where values stand right beside the names, what stands behind a blank cell is a remark
        beside = Counter(item.place[1] for item in found if item.known and item.values and item.has_value_beside)
        apart = Counter(item.place[1] for item in found if item.known and item.values and not item.has_value_beside)
        usual = {column for column, count in beside.items() if count > _FEW and count > 2 * apart[column]}
        return [
            replace(item, values=()) if item.place[1] in usual and not item.has_value_beside else item for item in found
        ]

    def _of_row(self, row: int) -> Iterator[_Item]:
        label: int | None = None
        beside: list[int] = []
        for column, cell in enumerate(self.rows[row]):
            if not filled(cell):
                continue
            within = self._in_one_cell(row, column)
            if within or self.is_label(row, column, None if label is None else (row, label), valued=bool(beside)):
                if label is not None and (beside or self.end(row, label) < column):
                    yield self._item(row, label, beside)
                yield from within
                label, beside = None if within else column, []
            elif type(cell) is str and FOOTER.match(cell):
                if label is not None:
                    yield self._item(row, label, beside)
                label, beside = None, []
            elif label is not None and not self.aside.get(column, row) < row:
                beside.append(column)
        if label is not None:
            yield self._item(row, label, beside)

    def _in_one_cell(self, row: int, column: int) -> list[_Item]:
        """What a cell says that holds names and values: ``乡镇：马庄桥镇　村名：东关村``."""
        cell = self.rows[row][column]
        if type(cell) is not str or (":" not in cell and "：" not in cell) or FOOTER.match(cell):
            return []
        parts = [_IN_ONE_CELL.fullmatch(part.strip()) for part in _APART.split(cell.strip())]
        pairs = [(part[1], part[2]) for part in parts if part is not None and self._is_known(part[1])]
        if not pairs or len(pairs) < len(parts):
            return []
        place = row, column
        return [_Item(place, (name,), ((place, value),), place, known=True, covered=()) for name, value in pairs]

    def _item(self, row: int, column: int, beside: Sequence[int]) -> _Item:
        cells = self.rows[row]
        text = text_of(cells[column])
        units = [other for other in beside if only_unit(text_of(cells[other])) is not None]
        said = {split_unit(text)[1], *(only_unit(text_of(cells[other])) for other in units)} - {None}
        if len(said) > 1:  # nobody knows which holds: they stand as values, which are in conflict
            units = []
        values = [other for other in beside if other not in units]
        if values and is_blank(text_of(cells[values[0]])):  # a dash is what the office has put there
            values = values[:1]
        group = self._group(row, column)
        texts = [text]
        if units:
            texts.append(f"（{only_unit(text_of(cells[units[0]]))}）")
        if group is not None:
            above = text_of(self.rows[group[0]][group[1]])
            leaf = (row, column) in self.known
            whole = self._is_known(above + text)
            if not leaf or whole or (split_unit(above)[1] is not None and split_unit(text)[1] is None and not units):
                texts.insert(0, above)
        known = (row, column) in self.known or (len(texts) > 1 and self._is_known("".join(texts[:2])))
        blank = max([self.end(row, column), *(self.end(row, unit) for unit in units)])
        covered = [(row, unit) for unit in units] + ([] if group is None else [group])
        return _Item(
            (row, column),
            tuple(texts),
            tuple(((row, other), cells[other]) for other in values),
            (row, blank),
            known=known,
            covered=tuple(covered),
        )

    def _group(self, row: int, column: int) -> Place | None:
        """The label over a name, left of it: in its row, or reaching down to it by a merge."""
        for left in range(column - 1, -1, -1):
            place = self._over.get((row, left), (row, left))
            cell = self.rows[place[0]][place[1]] if place[0] >= 0 else None
            if filled(cell):
                if type(cell) is not str or place in self.known or self.end(*place) < column:
                    return None
                named = self.nameable(cell) or self._is_known(cell + text_of(self.rows[row][column]))  # 2022年 + 人口
                return place if named else None
        return None

    def _without_serials(self, item: _Item) -> _Item:
        """The item without the serial number of the next one, which stands right of where its own value does."""
        if not item.values:
            return item
        (row, column), last = item.values[-1]
        if column == self.end(*item.place) or column + 1 not in self.label_columns or not self._counts(column):
            return item  # what stands right beside the name is its value
        if not isinstance(last, float | int):
            return item
        return replace(item, values=item.values[:-1], covered=(*item.covered, (row, column)))

    def _counts(self, column: int) -> bool:
        """Whether a column counts on by one from row to row."""
        numbers = [cells[column] for cells in self.rows if isinstance(cells[column], float | int)]
        pairs = pairwise(numbers)
        return len(numbers) > 1 and all(
            isinstance(one, float | int) and isinstance(other, float | int) and other - one == 1 for one, other in pairs
        )

    # --- what it is

    def is_form(self, items: Sequence[_Item], columns: int) -> bool:
        """Whether names stand below each other, more of them than a table here has columns, beside plain values."""
        known = [item for item in items if item.known]
        spellings = {item.name for item in known}
        rows = {item.place[0] for item in known}
        enough = _FEWEST_NAMES if len(rows) >= _FEWEST_NAMES else _FEWEST_IN_TWO_ROWS
        if len(rows) < 2 or len(spellings) < enough or len(spellings) <= columns:  # noqa: PLR2004
            return False
        asked = [item for item in known if self.meaning(item) is None]
        names = [text_of(cell) for item in known if self.meaning(item) == _NAME for _, cell in item.values]
        of_places = bool(names) and all(
            len("".join(text.split())) <= _LONGEST_VALUE and is_village_name(text) for text in names
        )
        values = [
            cell
            for item in asked
            for _, cell in item.values
            if not is_blank(text_of(cell)) and not (of_places and _is_word(cell))
        ]
        if self._is_list(known):
            return False
        if not values:
            return columns <= _FEW and bool(asked) and any(item.values for item in known if self.meaning(item) == _NAME)
        return sum(map(_plain, values)) * 2 >= len(values)

    def _is_list(self, known: Sequence[_Item]) -> bool:
        """Whether it is a table with names in a column: village, item, figure, in a row of its own each.

        Then the heading of the villages has that of the names beside it, or most names have something else before
        them that is not the number of the row.
        """
        headings = (place[1] for item in known if self.meaning(item) for place, _ in item.values if place != item.place)
        asked = {item.place[1] for item in known if self.meaning(item) is None}
        if any(column in asked for column in headings):
            return True
        first = {
            row: min(item.place[1] for item in known if item.place[0] == row) for row, _ in (i.place for i in known)
        }
        led = [
            row
            for row, column in first.items()
            if any(filled(cell) and not self._counts(at) for at, cell in enumerate(self.rows[row][:column]))
        ]
        return len(led) * 2 > len(first)

    def repeated(self, items: Sequence[_Item]) -> _Item | None:
        """The first item of a unit that was there before, what the unit is called aside."""
        seen: set[tuple[str, ...]] = set()
        for item in items:
            if item.known and self.meaning(item) is None:
                if item.path in seen:
                    return item
                seen.add(item.path)
        return None

    def meaning(self, item: _Item) -> str | None:
        """What of the unit an item names (name, township, code), if anything."""
        return next((meaning for meaning, names in self._naming.items() if item.name in names), None)

    def refusal(self, item: _Item, reason: Text) -> Diagnostic:
        """T223: names and values, but not in a way that can be read."""
        return Diagnostic("T223", self._where(item.place), found=item.label, arguments={"reason": reason})

    def _where(self, place: Place) -> Location:
        return self.sheet.location(place[0] + self.sheet.top, place[1] + self.sheet.left)

    # --- which unit

    def units(self, items: Sequence[_Item]) -> list[list[_Item]] | None:
        """The items of each unit: below, beside each other, or both; None where the names of units divide nothing."""
        named = [item for item in items if self.meaning(item) == _NAME]
        if len(named) < 2:  # noqa: PLR2004
            return [list(items)]
        rows = sorted({item.place[0] for item in named})
        columns = sorted({item.place[1] for item in named})
        if len(named) != len(rows) * len(columns):
            return None
        lead = self._lead(items, rows)
        starts = [row - lead for row in rows]
        above = {self.meaning(item) for item in items if item.place[0] < starts[0]} - {None}
        if any(item.place[0] >= starts[0] and self.meaning(item) in above for item in items):
            return None  # a township above its village, here and there, would be that of the one before
        parts: list[list[_Item]] = [[] for _ in named]
        for item in items:
            row, column = item.place
            across = max(bisect_right(columns, column) - 1, 0)
            if row >= starts[0]:
                parts[(bisect_right(starts, row) - 1) * len(columns) + across].append(item)
                continue
            for part in parts if len(rows) > 1 or self.meaning(item) else [parts[across]]:
                part.append(item)
        within = {frozenset(self._said_in(part, starts[0])) for part in parts}
        if len(within) > 1:
            return None  # a label of a township that is not known: the next one's would be that of the form before
        bare = [part for part in parts if all(self.meaning(item) for item in part)]
        whole = [part for part in parts if part not in bare]
        said = {cell for part in whole for item in part for _, cell in item.values}
        if any(cell not in said for part in bare for item in part for _, cell in item.values):
            return None
        return whole

    def _said_in(self, part: Sequence[_Item], start: int) -> Iterator[str]:
        """What is said of a unit in its own form, and not above all of them."""
        return (meaning for item in part if item.place[0] >= start and (meaning := self.meaning(item)) is not None)

    def _lead(self, items: Sequence[_Item], rows: Sequence[int]) -> int:
        """How many rows above its name each unit begins: as far as the same names stand there for each."""
        names: dict[int, list[str]] = defaultdict(list)
        for item in items:
            names[item.place[0]].append(item.name)
        lead = 0
        while len(rows) > 1 and len({tuple(names.get(row - lead - 1, ())) for row in rows}) == 1:
            if not names.get(rows[0] - lead - 1) or rows[1] - lead - 1 <= rows[0]:
                break
            lead += 1
        return lead

    # --- the view

    def table(self, number: int, items: Sequence[_Item], every: Sequence[_Item]) -> tuple[Table, list[Diagnostic]]:
        """One unit's items as a table of one row, and what is to be said of it."""
        top, left = self.sheet.top, self.sheet.left
        header, body = 2 * number, 2 * number + 1
        headers: list[Header] = []
        names: list[Cell] = []
        values: list[Cell] = []
        places: dict[Place, Place] = {}

        def add(texts: tuple[str, ...], name: Place, value: Place, cell: Cell) -> None:
            column = len(headers)
            headers.append(Header(column, texts))
            names.append(texts[-1])
            values.append(cell)
            places[header, column] = name[0] + top, name[1] + left
            places[body, column] = value[0] + top, value[1] + left

        for item in items:
            for place, cell in item.values or ((self._blank(item, every), None),):
                add(item.texts, item.place, place, cell)
        notes = [
            Diagnostic("T222", self._where(items[0].place), arguments={"count": str(sum(item.known for item in items))})
        ]
        meanings = {self.meaning(item) for item in items}
        name = self.sheet.name
        if not {_NAME, _CODE} & meanings and name is not None and is_village_name(name):
            spelling = min(self._naming[_NAME], key=lambda text: (text != "村名", text))
            add((spelling,), items[0].place, items[0].place, name.strip())
            reason: Text = ("表单里没有村名，取自工作表名", "the form does not name the village; from the sheet's name")
            notes.append(Diagnostic("T214", self._where(items[0].place), found=name, arguments={"reason": reason}))
        view = replace(
            self.sheet,
            rows=[names, values],
            top=header,
            left=0,
            merged=(),
            hidden_rows=frozenset(),
            hidden_columns=frozenset(
                column
                for (row, column), (at, across) in places.items()
                if row == body and (at in self.sheet.hidden_rows or across in self.sheet.hidden_columns)
            ),
            places=places,
            formats=_formats(self.sheet, places),
            comments=_comments(self.sheet, places),
        )
        above, below = self._around(every)
        return Table(view, header, header, tuple(headers), [body], above, below), notes

    def _blank(self, item: _Item, every: Iterable[_Item]) -> Place:
        """Where the value of an item should be: as far from its name as those of most others."""
        row, column = item.place
        distance = Counter(
            other.values[0][0][1] for other in every if other.values and other.place[1] == column
        ).most_common(1)
        if distance and distance[0][0] >= item.blank[1]:
            return row, distance[0][0]
        return item.blank

    def _covered(self, items: Iterable[_Item]) -> set[Place]:
        return {place for item in items for place in (item.place, *item.covered, *(place for place, _ in item.values))}

    def _around(self, items: Sequence[_Item]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The texts above the first name and below the last one."""
        first, last = items[0].place[0], items[-1].place[0]
        above = [text_of(cell) for cells in self.rows[:first] for cell in cells if filled(cell)]
        below = [text_of(cell) for cells in self.rows[last + 1 :] for cell in cells if filled(cell)]
        return tuple(above), tuple(below)

    def unread(self, items: Sequence[_Item]) -> Iterator[Diagnostic]:
        """T211: what belongs to no name, among them or a figure below, at the first of each column."""
        covered = self._covered(items)
        first, last = items[0].place[0], items[-1].place[0]
        said: set[int] = set()
        leftmost = min(column for _, column in covered)
        for row in range(first, len(self.rows)):
            for column, cell in enumerate(self.rows[row]):
                if not filled(cell) or (row, column) in covered or column in said:
                    continue
                if row < last and self._is_heading(row, column, items):
                    continue
                if row > last and isinstance(cell, str):  # signatures and remarks, kept as what stands below
                    continue
                if column < leftmost and (isinstance(cell, float | int) or text_of(cell).isdecimal()):
                    continue
                said.add(column)
                yield Diagnostic("T211", self._where((row, column)), found=text_of(cell))

    def _is_heading(self, row: int, column: int, items: Sequence[_Item]) -> bool:
        """Whether a text, alone in its row, is the heading of the names in the next one: 基本情况."""
        cell = self.rows[row][column]
        if type(cell) is not str or sum(map(filled, self.rows[row])) > 1 or len(cell) > _LONGEST_NAME:
            return False
        if not self.nameable(cell) or _PROSE.search(cell) or FOOTER.match(cell):
            return False
        following = next(other for other in range(row + 1, len(self.rows)) if any(map(filled, self.rows[other])))
        return any(item.place[0] == following for item in items)


def _bare(text: str) -> str:
    return normalise_header(split_unit(unadorned(text))[0])


def _is_word(cell: Cell) -> bool:
    """Whether a cell is an option or a word of a village rather than prose about an item."""
    return isinstance(cell, str) and len(cell.strip()) <= _LONGEST_WORD and not _plain(cell)


def _plain(cell: Cell) -> bool:
    """Whether a cell is a value rather than prose: no text, or one that reads as a number, a day, yes or no."""
    if not isinstance(cell, str):
        return True
    if (
        any(read(cell).value is not None for read in (read_yesno, read_date))
        or read_number(cell, None).value is not None
    ):
        return True
    return len(cell) <= _LONGEST_VALUE and any(letter.isdigit() for letter in cell)


def _formats(sheet: Sheet, places: Mapping[Place, Place]) -> Callable[[Collection[Place]], dict[Place, str]]:
    """The number formats of a view's cells, asked of the sheet."""

    def formats(cells: Collection[Place]) -> dict[Place, str]:
        found = sheet.number_formats([places[cell] for cell in cells if cell in places])
        return {cell: found[places[cell]] for cell in cells if cell in places and places[cell] in found}

    return formats


def _comments(sheet: Sheet, places: Mapping[Place, Place]) -> Callable[[], dict[Place, str]]:
    """The comments on a view's cells, asked of the sheet."""

    def comments() -> dict[Place, str]:
        found = sheet.comments()
        return {cell: found[place] for cell, place in places.items() if place in found} if found else {}

    return comments
