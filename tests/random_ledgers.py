"""Ledgers at random: what is true, how the sheet is laid out, and how the cells are written, drawn apart.

``ledgers`` draws a file as an office would make it and, beside it, what it says: for every unit and item the value and
the cell it stands in, or why there is none. Everything drawn is of the kinds that DESIGN §6.2 promises to read, or
names as not read; so there is nothing that may be refused but what is drawn as refused.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import lru_cache
from itertools import cycle
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import strategies as st
from openpyxl import Workbook
from openpyxl.utils import get_column_letter

from making import Shown, criterion, delimited, scheme, scheme_text
from starcheck.scheme import Scheme

COUNTY = "平原县"
PERIOD = "2022-06"

# --- what is true -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Item:
    """A column of the scheme."""

    key: str
    kind: str
    unit: str | None
    spellings: tuple[str, ...]
    requirement: str = "至少: 1"

    def criterion(self) -> str:
        """The line of the scheme."""
        more = [f"列名: [{', '.join(self.spellings)}]", *([f'单位: "{self.unit}"'] if self.unit else [])]
        if self.kind == "选项":
            more.append(f"选项: [{', '.join(OPTIONS)}]")
        return criterion(self.key, self.requirement, self.kind, *more)


OPTIONS = ("好", "较好", "一般", "差")
ITEMS = (
    Item("X", "数值", "万元", ("集体收入", "村集体经济收入")),
    Item("N", "整数", "人", ("人口", "户籍人口")),
    Item("A", "数值", "亩", ("流转面积", "土地流转面积")),
    Item("H", "整数", "户", ("危房户数（户）",)),
    Item("P1", "整数", "人", ("2020年末人数",)),
    Item("P2", "整数", "人", ("2021年末人数",)),
    Item("R", "比例", "%", ("参保率",)),
    Item("M", "比例", "‰", ("保洁员配比",)),
    Item("Y", "是否", None, ("两委班子", "班子是否齐整"), "为: 是"),
    Item("B", "是否", None, ("活动场所",), "为: 是"),
    Item("D", "日期", None, ("换届日期",), "至多: 2022-06-30"),
    Item("O", "选项", None, ("评议等次",), "为: 好"),
    Item("T", "文本", None, ("特色产业",), "为: 好"),
)


@lru_cache(maxsize=1)
def the_scheme() -> Scheme:
    """The scheme of all items."""
    return scheme(scheme_text({"星": ("全部", [item.criterion() for item in ITEMS])}))


TOWNSHIPS: Mapping[str, tuple[str, ...]] = {
    "河乡": ("张村", "东关村", "高井村", "小李家村", "王家洼村村委会"),
    "马庄桥镇": ("张村", "西关村", "马庄桥村", "总计村", "后刘庄村"),
    "城关街道": ("南街村", "东关村", "石家总村", "二十里铺村"),
}
"""Villages of one name in two townships, one named after its township, and names that look like totals."""
COMMUNITIES = {"河乡": ("高井社区",), "马庄桥镇": ("马庄桥社区",), "城关街道": ("南街社区",)}
"""Of the base of a village beside them, and of another kind: not rated, never a village."""


@dataclass(frozen=True)
class Village:
    """A unit that is rated."""

    township: str
    name: str

    @property
    def code(self) -> str:
        """Twelve digits."""
        town = list(TOWNSHIPS).index(self.township)
        return f"4109221{town:02d}{200 + TOWNSHIPS[self.township].index(self.name):03d}"


@dataclass(frozen=True)
class Says:
    """What a cell says: a value, or why there is none and the code of the error that is said at the cell."""

    value: object = None
    reason: str | None = None
    code: str | None = None


BLANK = Says(reason="blank")


@dataclass(frozen=True)
class Entry:
    """A cell as it is written and what it says; ``plain`` is the number of one that its column decides about."""

    cell: Any
    says: Says
    plain: Decimal | None = None


# --- how cells are written --------------------------------------------------------------------------------------------

FACTORS: Mapping[str, Mapping[str, Decimal]] = {
    "万元": {"万元": Decimal(1), "元": Decimal("0.0001"), "亿元": Decimal(10000), "千元": Decimal("0.1")},
    "人": {"人": Decimal(1), "名": Decimal(1)},
    "亩": {"亩": Decimal(1), "公顷": Decimal(15), "万亩": Decimal(10000)},
    "户": {"户": Decimal(1)},
    "%": {"%": Decimal(1)},
    "‰": {"‰": Decimal(1), "%": Decimal(10)},
}
DIMENSIONS = {"万元": "钱", "亩": "面积"}
"""Fields whose header may have another unit than theirs."""
NOT_NUMBERS = (
    ("约5", "V301"), ("5-6", "V301"), ("5万以上", "V301"), ("20余", "V301"), ("详见附件", "V301"), ("近3", "V301"),
    ("#DIV/0!", "V310"), ("#REF!", "V310"), ("#N/A", "V310"), ("不涉及", "V312"), ("不适用", "V312"), ("5件", "V309"),
)  # fmt: skip
YES = (
    "是",
    "有",
    "√",
    "✓",
    "✔",
    "☑",
    "对",
    "已",
    "已完成",
    "已建",
    "已建成",
    "达标",
    "合格",
    "完成",
    "Y",
    "yes",
    "ＹＥＳ",
)
NO = (
    "否",
    "无",
    "没有",
    "×",
    "✗",
    "✘",
    "未",
    "未完成",
    "未建",
    "在建",
    "正在推进",
    "未启动",
    "不达标",
    "n",
    "No",
    "否 ",
)
BLANKS = (None, None, None, " ", "　", "/", "—", "--", "－", "——")
FULL_WIDTH = str.maketrans("0123456789.,%-", "０１２３４５６７８９．，％－")

Thing = TypeVar("Thing")


class Drawing:
    """Draws one after the other, by name of what is meant; the first of anything is the simplest."""

    def __init__(self, draw: st.DrawFn, *, text: bool) -> None:
        """With ``text`` the file has no types, merges or formats."""
        self.draw = draw
        self.text = text

    def pick(self, things: Sequence[Thing]) -> Thing:
        """One of them."""
        return things[self.draw(st.integers(0, len(things) - 1))] if len(things) > 1 else things[0]

    def chance(self, of: int) -> bool:
        """Once in so many times."""
        return self.draw(st.integers(0, of - 1)) == of - 1

    def whole(self, low: int, high: int) -> int:
        """A whole number."""
        return self.draw(st.integers(low, high))

    def order(self, things: Sequence[Thing]) -> list[Thing]:
        """All of them in any order, mostly in their own."""
        return list(self.draw(st.permutations(things))) if self.chance(2) else list(things)

    # --- cells

    def entry(self, item: Item, unit: str | None, style: str) -> Entry:
        """A cell for an item under a header that says ``unit``."""
        kind = self.whole(0, 19)
        if kind >= 18:
            return Entry(self.pick(BLANKS), BLANK)
        refused = kind == 17
        match item.kind:
            case "数值" | "整数" | "比例":
                return self.not_a_number(item) if refused else self.number(item, unit or item.unit or "", style)
            case "是否":
                return self.yesno(refused=refused)
            case "日期":
                return self.date(refused=refused)
            case "选项":
                return self.option(refused=refused)
            case _:
                text = self.pick(("蔬菜", "粮食", "苗木花卉", "辣椒、大蒜", "乡村旅游"))
                return Entry(self.pick((text, f"{text} ", f" {text}")), Says(text))

    def not_a_number(self, item: Item) -> Entry:
        """What DESIGN §6.2 says is not read."""
        if item.kind == "整数" and self.chance(3):
            number, code = self.pick(((5.5, "V304"), (-3.0, "V303")))
            return Entry(number, Says(reason="invalid", code=code))
        cell, code = self.pick(NOT_NUMBERS)
        return Entry(cell, Says(reason="unreadable", code=code))

    def number(self, item: Item, unit: str, style: str) -> Entry:
        """A number in one of the spellings that are read."""
        factors = FACTORS[item.unit or ""]
        if style == "fraction" and not self.chance(4):
            plain = Decimal(self.whole(1, 99)) / 100
            return Entry(float(plain), Says(plain), plain)
        form = self.whole(0, 9)
        own = self.pick(list(factors)) if form in {7, 8} else unit
        places = 0 if item.kind == "整数" or own == "元" else self.whole(0, 2)
        if own == "元":
            figures = Decimal(self.whole(0, 9999) * 100)
        else:
            least = 2 if item.kind == "比例" else 0
            figures = Decimal(self.whole(least * 10**places, 90 * 10**places)) / 10**places
        value = figures * factors[own]
        says = Says(value)
        text = f"{figures:f}"
        if form == 9:
            return self.special(item, figures)
        if form in {7, 8}:
            return Entry(self.pick((f"{text}{own}", f"{text} {own}", f"{text}{own}".translate(FULL_WIDTH))), says)
        cell: Any = (
            int(figures) if figures == figures.to_integral_value() else float(figures),
            float(figures),
            text,
            text.translate(FULL_WIDTH),
            f"{figures:,f}",
            f"{text} ",
            f"　{text}",
        )[form]
        return Entry(cell, says, value)

    def special(self, item: Item, figures: Decimal) -> Entry:
        """What only some items know: 万 of money, 无, a number format of percent."""
        if item.unit == "%":
            shown = Shown(float(figures / 100), self.pick(("0%", "0.00%")))
            return Entry(self.pick((shown, f"{figures}%", f"{figures}％")), Says(figures))
        if item.unit == "‰":
            return Entry(f"{figures}‰", Says(figures))
        if item.unit == "万元" and self.chance(2):
            return Entry(f"{figures}万", Says(figures))
        if item.unit in {"人", "户"} and figures >= 10 and self.chance(2):
            return Entry(f"{int(figures)}{item.unit}", Says(Decimal(int(figures))))
        return Entry("无", Says(Decimal(0)))

    def yesno(self, *, refused: bool) -> Entry:
        """Yes, no, or neither."""
        if refused:
            cell, code = self.pick((("基本完成", "V306"), ("部分", "V306"), ("#N/A", "V310"), ("不涉及", "V312")))
            return Entry(cell, Says(reason="unreadable", code=code))
        value = self.chance(2)
        return Entry(self.pick((*(YES if value else NO), value, int(value))), Says(value))

    def date(self, *, refused: bool) -> Entry:
        """A day, or a month without one."""
        if refused:
            cell: Any = self.pick(("明年", 2022.1, "2022.13.1", "2021年2月30日", "去年5月"))
            if self.text and isinstance(cell, float):  # the text 2022.1 is a month
                cell = "不详"
            return Entry(cell, Says(reason="unreadable", code="V307"))
        day = dt.date(2000, 1, 1) + dt.timedelta(self.whole(0, 8000))
        year, month, date = day.year, day.month, day.day
        if self.chance(5):
            following = (day.replace(day=1) + dt.timedelta(32)).replace(day=1)
            says = Says((day.replace(day=1), following - dt.timedelta(1)))
            return Entry(self.pick((f"{year}年{month}月", f"{year}.{month:02d}", f"{year}-{month}")), says)
        cell = self.pick(
            (
                f"{year}-{month:02d}-{date:02d}",
                day,
                f"{year}.{month}.{date}",
                f"{year}/{month:02d}/{date:02d}",
                f"{year}年{month}月{date}日",
                f"{year}{month:02d}{date:02d}",
                int(f"{year}{month:02d}{date:02d}"),
                (day - dt.date(1899, 12, 30)).days,
                f"{year}－{month}－{date}".translate(FULL_WIDTH),
            )
        )
        return Entry(cell, Says((day, day)))

    def option(self, *, refused: bool) -> Entry:
        """One of the options, or a word that is none."""
        if refused:
            return Entry(self.pick(("优", "好的", "中等")), Says(reason="invalid", code="V305"))
        word = self.pick(OPTIONS)
        return Entry(self.pick((word, f"{word} ", f" {word}", "　".join(word))), Says(word))

    def spelled(self, village: Village, *, bare: bool = True) -> str:
        """A village's name as it may be written."""
        name = village.name
        forms = [name, name, name, f"{name} ", "　".join(name)]
        if name.endswith("村委会"):
            forms += [name.removesuffix("村委会"), f"{name.removesuffix('村委会')}村民委员会"]
        else:
            base = name.removesuffix("村")
            forms += [f"{base}村委会", f"{base}村民委员会", f"{base}行政村"]
            if bare and len(base) > 1 and not base.endswith("计"):
                forms.append(base)
        return self.pick(forms)

    def township(self, name: str) -> str:
        """A township's name as it may be written."""
        bare = name.removesuffix("镇").removesuffix("街道") if len(name) > 2 else name
        return self.pick((name, name, name, f"{name} ", bare))


# --- sheets -----------------------------------------------------------------------------------------------------------

Place = tuple[int, int]


@dataclass
class Canvas:
    """Cells by row and column from 0, merges, and where the values of the units stand."""

    cells: dict[Place, Any] = field(default_factory=dict)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    marks: dict[tuple[Village, str], tuple[Place, Says]] = field(default_factory=dict)

    @property
    def height(self) -> int:
        """Rows used."""
        return max((row for row, _ in self.cells), default=-1) + 1

    @property
    def width(self) -> int:
        """Columns used."""
        return max((column for _, column in self.cells), default=-1) + 1

    def put(self, row: int, column: int, cell: Any) -> None:
        """Write a cell, None too: it counts as used."""
        self.cells[row, column] = cell

    def merge(self, top: int, left: int, bottom: int, right: int) -> None:
        """Merge a range of more than one cell."""
        if (top, left) != (bottom, right):
            self.merged.append((top, left, bottom, right))

    def place(self, other: Canvas, row: int, column: int) -> None:
        """Lay another one over this, its first cell at a place."""
        self.cells.update({(at + row, across + column): cell for (at, across), cell in other.cells.items()})
        self.merged += [(r1 + row, c1 + column, r2 + row, c2 + column) for r1, c1, r2, c2 in other.merged]
        for key, ((at, across), says) in other.marks.items():
            self.marks[key] = (at + row, across + column), says

    def turned(self) -> Canvas:
        """Rows for columns."""
        return Canvas(
            {(column, row): cell for (row, column), cell in self.cells.items()},
            [(c1, r1, c2, r2) for r1, c1, r2, c2 in self.merged],
            {key: ((column, row), says) for key, ((row, column), says) in self.marks.items()},
        )

    def widened(self, row: int | None, column: int | None) -> Canvas:
        """With a blank row or column before the one of that number; a merge across it grows."""

        def down(at: int) -> int:
            return at + (row is not None and at >= row)

        def right(at: int) -> int:
            return at + (column is not None and at >= column)

        return Canvas(
            {(down(at), right(across)): cell for (at, across), cell in self.cells.items()},
            [(down(r1), right(c1), down(r2), right(c2)) for r1, c1, r2, c2 in self.merged],
            {key: ((down(at), right(across)), says) for key, ((at, across), says) in self.marks.items()},
        )

    def rows(self) -> list[list[Any]]:
        """As a grid from A1."""
        return [[self.cells.get((row, column)) for column in range(self.width)] for row in range(self.height)]


@dataclass(frozen=True)
class Column:
    """A column of a table: of the unit (``serial``, ``township``, ``name``, ``code``), an item, stranger or spacer."""

    role: str
    leaf: str
    item: Item | None = None
    unit: str | None = None
    """The unit its plain numbers are in."""
    shown: bool = False
    """Whether it is in the header, rather than in a line above or unsaid."""
    labels: tuple[str, ...] = ()
    """Over it, from the top; none where it reaches up to the top itself."""
    style: str = ""


@dataclass(frozen=True)
class Style:
    """What all tables of a file have in common."""

    columns: tuple[Column, ...]
    depth: int = 1
    """Rows of labels and names."""
    unit_row: bool = False
    merges: bool = True
    reach: str = "merged"
    """How a name reaches over several rows: ``merged``, at the ``top``, or at the ``bottom`` only."""
    numbers: bool = False
    township: str = "each"
    """Where it stands: in ``each`` row, in the ``first`` of its villages, ``merged``, or ``title``: in no column."""
    totals: str = ""
    subtotals: bool = False
    total_label: str = "name"
    spaced: bool = False
    page: int = 0
    """Rows after which the header comes again; 0 is never."""
    lines: tuple[str, ...] = ()
    """Units said above the table."""


LABELS = ("基本情况", "产业发展", "民生", "治理", "党的建设", "其他情况", "生态宜居", "公共服务")
STRANGERS = ("备注", "联系村领导", "驻村工作队", "网格数", "荣誉")


class Maker(Drawing):
    """Makes sheets."""

    # --- what the tables of a file have in common

    def style(self, *, depth: int, township: bool, beside: bool = False, line: bool = True) -> Style:
        """Columns and headers; ``township``: whether there must be such a column."""
        items = self.order(ITEMS)[: self.whole(2, len(ITEMS))]
        unit_row = depth > 1 and self.chance(3)
        above = {dimension: self.pick(units) for dimension, units in (("钱", ("元", "万元")), ("面积", ("公顷", "亩")))}
        said = [dimension for dimension in above if line and self.chance(4)]
        columns: list[Column] = []
        for item in items:
            own = self.pick(list(FACTORS[item.unit])) if item.unit in DIMENSIONS else item.unit
            shown = item.unit is not None and (unit_row or self.chance(2))
            by_line = DIMENSIONS.get(item.unit or "")
            unit = own if shown else above[by_line] if by_line in said else item.unit
            style = "fraction" if item.unit == "%" and self.chance(3) else ""
            columns.append(Column("item", self.pick(item.spellings).partition("（")[0], item, unit, shown, style=style))
        for _ in range(self.whole(0, 2)):
            name = self.pick(STRANGERS)
            if name not in {column.leaf for column in columns}:
                columns.insert(self.whole(0, len(columns)), Column("stranger", name))
        place = "each" if not township and self.chance(3) else "title"
        if township or place != "title":
            place = self.pick(("each", "first", "each") if self.text else ("each", "first", "merged"))
        unit_columns = [Column("name", self.pick(("村名", "行政村", "村（社区）", "村 名")))]
        if place != "title":
            unit_columns.insert(0, Column("township", self.pick(("乡镇", "乡镇（街道）", "乡 镇"))))
        if self.chance(2):
            unit_columns.insert(0, Column("serial", "序号"))
        if self.chance(5):
            unit_columns.append(Column("code", "编码"))
        columns = [*unit_columns, *columns]
        levels = depth - 1 - unit_row
        columns = self.labelled(columns, levels)
        alone = [
            column for column in columns if column.item is not None and column.item.kind == "整数" and not column.labels
        ]
        if levels and alone and self.chance(3):  # another group has a column of that name, and it is not meant
            labels = tuple(f"其他{level}" for level in range(levels))
            columns.append(Column("stranger", self.pick(alone).leaf, labels=labels))
        reach = self.pick(("top",) if self.text else ("merged", "merged", "top"))
        if reach == "top" and not any(column.labels for column in columns):
            depth = 1 + unit_row
        if not beside and self.chance(6):
            columns = self.spread(columns)
        roles = [column.role for column in columns if column.role in {"serial", "township", "name"}]
        return Style(
            tuple(columns),
            depth - unit_row,
            unit_row,
            merges=not self.text and not self.chance(3),
            reach=reach,
            numbers=self.chance(5),
            township=place,
            totals=self.pick(("", "", "last", "first")),
            subtotals=self.chance(4),
            total_label=self.pick(roles),
            spaced=self.chance(6),
            page=0 if beside or not self.chance(6) else self.whole(2, 4),
            lines=(f"单位：{'、'.join(above[dimension] for dimension in said)}",) if said else (),
        )

    def labelled(self, columns: Sequence[Column], levels: int) -> list[Column]:
        """The columns of items in groups, some of them in none."""
        found: list[Column] = []
        names = cycle(self.order(LABELS))
        left = 0
        labels: tuple[str, ...] = ()
        for column in columns:
            if levels and column.role in {"item", "stranger"}:
                if not left:
                    left = self.whole(1, 4)
                    labels = () if self.chance(4) else tuple(next(names) for _ in range(levels))
                elif levels > 1 and labels and self.chance(2):
                    labels = (labels[0], *(next(names) for _ in range(levels - 1)))
                left -= 1
                if column.leaf.endswith("年末人数"):  # one name in two groups: only with the group it says which
                    year = column.leaf.removesuffix("人数")
                    found.append(replace(column, leaf="人数", labels=(*(next(names) for _ in range(levels - 1)), year)))
                else:
                    found.append(replace(column, labels=labels))
            else:
                found.append(column)
        return found

    def spread(self, columns: Sequence[Column]) -> list[Column]:
        """With a blank column between some of those that are in no group."""
        found: list[Column] = []
        for column in columns:
            if found and not (found[-1].labels and column.labels) and self.chance(2):
                found.append(Column("spacer", ""))
            found.append(column)
        return found

    # --- a table

    def header(self, canvas: Canvas, style: Style, top: int) -> int:
        """Write the header at a row; the row under it."""
        depth = style.depth
        bottom = top + depth - 1
        columns = style.columns
        for at, column in enumerate(columns):
            if column.role == "spacer":
                continue
            if column.labels or depth == 1:
                canvas.put(bottom, at, self.titled(column, style))
                continue
            first = bottom if style.reach == "bottom" else top
            canvas.put(first, at, self.titled(column, style))
            if style.reach == "merged":
                last = bottom + (style.unit_row and not (column.shown and column.unit))
                canvas.merge(top, at, last, at)
        for level in range(depth - 1):
            at = 0
            while at < len(columns):
                labels = columns[at].labels[: level + 1]
                end = at
                while labels and end + 1 < len(columns) and columns[end + 1].labels[: level + 1] == labels:
                    end += 1
                if labels:
                    canvas.put(top + level, at, labels[level])
                    if style.merges:
                        canvas.merge(top + level, at, top + level, end)
                at = end + 1
        if style.unit_row:
            bottom += 1
            for at, column in enumerate(columns):
                if column.shown and column.unit:
                    canvas.put(bottom, at, column.unit if style.merges else f"（{column.unit}）")
        return bottom + 1

    def titled(self, column: Column, style: Style) -> str:
        """A name in a header, with its unit where there is no row of units."""
        name = column.leaf
        match self.whole(0, 7) if column.role == "item" else 0:
            case 4:
                name = f"{name[:2]}\n{name[2:]}"
            case 5:
                name = f"{self.whole(1, 9)}.{name}"
            case 6:
                name = f"{name}*" if style.unit_row or not column.shown else name
            case 7:
                name = f"（{self.pick('一二三四')}）{name}"
        if column.shown and column.unit and not style.unit_row:
            bracket = self.pick(("（{}）", "({})", "（单位：{}）", "\n（{}）", "[{}]"))
            return name + bracket.format(column.unit)
        return name

    def table(self, style: Style, villages: Sequence[Village], *, asides: bool = True) -> Canvas:
        """A table of these villages, those of a township together."""
        canvas = Canvas()
        row = self.header(canvas, style, 0)
        columns = style.columns
        if style.numbers and not any(column.role == "spacer" for column in columns) and len(columns) > 2:
            form = self.pick(("{}", "({})", "（{}）"))
            whole = form == "{}" and not self.text
            for at in range(len(columns)):
                canvas.put(row, at, at + 1 if whole else form.format(at + 1))
            row += 1
        under = row
        entries: dict[Village, dict[int, Entry]] = {
            village: {
                at: self.entry(column.item, column.unit, column.style)
                for at, column in enumerate(columns)
                if column.item is not None
            }
            for village in villages
        }
        for at, column in enumerate(columns):
            if column.item is not None and column.item.unit == "%":
                shares({village: found[at] for village, found in entries.items()}, entries, at)
        if style.totals == "first":
            self.total(canvas, style, row, "合计", villages, entries)
            row += 1
        number = 0
        head = under - (self.chance(2) and under > style.depth + style.unit_row)
        townships = list(dict.fromkeys(village.township for village in villages))
        for township in townships:
            own = [village for village in villages if village.township == township]
            label = f"{township}小计" if self.chance(2) else "小计"
            if style.subtotals and style.totals == "first":
                self.total(canvas, style, row, label, own, entries)
                row += 1
            spans: list[list[int]] = []
            for village in own:
                if style.page and number and number % style.page == 0:
                    for place, cell in [kept for kept in canvas.cells.items() if kept[0][0] < head]:
                        canvas.put(place[0] + row, place[1], cell)
                    row += head
                    spans.append([])
                elif style.spaced and self.chance(2):
                    row += 1
                if asides and self.chance(20):
                    self.aside(canvas, style, row, township)
                    if village is own[0]:
                        spans.append([row])
                    row += 1
                number += 1
                if not spans:
                    spans.append([])
                spans[-1].append(row)
                self.village(canvas, style, row, village, number, entries[village])
                row += 1
            for span in filter(None, spans):
                self.townships(canvas, style, township, span)
            if style.subtotals and style.totals != "first":
                self.total(canvas, style, row, label, own, entries)
                row += 1
        if style.totals == "last":
            self.total(canvas, style, row, self.pick(("合计", "总计", "合  计")), villages, entries)
        return canvas

    def village(
        self, canvas: Canvas, style: Style, row: int, village: Village, number: int, entries: Mapping[int, Entry]
    ) -> None:
        """One row."""
        for at, column in enumerate(style.columns):
            match column.role:
                case "serial":
                    canvas.put(row, at, number)
                case "name":
                    canvas.put(row, at, self.spelled(village))
                case "code":
                    canvas.put(row, at, village.code)
                case "stranger":
                    canvas.put(row, at, self.pick((None, "见附件", "好", 3)))
                case "item":
                    entry = entries[at]
                    assert column.item is not None
                    canvas.put(row, at, entry.cell)
                    canvas.marks[village, column.item.key] = (row, at), entry.says

    def townships(self, canvas: Canvas, style: Style, township: str, rows: Sequence[int]) -> None:
        """The cells of the township beside its rows."""
        at = next((at for at, column in enumerate(style.columns) if column.role == "township"), None)
        if at is None:
            return
        written = self.township(township)
        for row in rows if style.township == "each" else rows[:1]:
            canvas.put(row, at, written)
        if style.township == "merged":
            canvas.merge(rows[0], at, rows[-1], at)

    def aside(self, canvas: Canvas, style: Style, row: int, township: str) -> None:
        """A row of a unit of another kind."""
        for at, column in enumerate(style.columns):
            if column.role == "name":
                canvas.put(row, at, self.pick(COMMUNITIES[township]))
            elif column.role == "township" and style.township == "each":
                canvas.put(row, at, township)
            elif column.role == "item":
                canvas.put(row, at, self.pick((None, 7, "约5")))

    def total(
        self,
        canvas: Canvas,
        style: Style,
        row: int,
        label: str,
        villages: Sequence[Village],
        entries: Mapping[Village, Mapping[int, Entry]],
    ) -> None:
        """A row of sums of what is known."""
        for at, column in enumerate(style.columns):
            if column.role == style.total_label:
                canvas.put(row, at, label)
            elif column.item is not None and column.item.kind in {"数值", "整数"}:
                values = [entries[village][at].says.value for village in villages]
                added = sum((value for value in values if isinstance(value, Decimal)), Decimal(0))
                factor = FACTORS[column.item.unit or ""][column.unit or ""]
                canvas.put(row, at, f"{added}亩" if column.unit == "公顷" else float(added / factor))

    # --- around tables

    def title(self, township: str | None) -> str:
        """The line over it all."""
        town = township or ""
        return self.pick(
            (
                f"{COUNTY}{town}2022年6月“五星”支部创建工作台账",
                f"{COUNTY}{town}农村基层党建台账（2022年6月）",
                f"2022年6月{COUNTY}{town}村级情况统计表",
            )
        )

    def lines_above(self, style: Style, township: str | None) -> list[list[Any]]:
        """Titles and notes, a line each."""
        lines: list[list[Any]] = [[self.title(township)]]
        if self.chance(4):
            lines.append([f"填报单位：{township or COUNTY}", None, "填报时间：2022年6月30日"])
        if self.chance(4):
            lines.append([self.pick(("说明：请如实填写，不得漏报。", "一、本表由乡镇填写，每月30日前报送。"))])
        lines += [[line] for line in style.lines]
        if self.chance(6):
            lines.append([])
        return lines

    def footers(self, canvas: Canvas) -> None:
        """Signatures and notes below."""
        row = canvas.height
        for _ in range(self.whole(0, 2) if self.chance(2) else 0):
            row += self.whole(0, 1)
            cells: list[Any] = self.pick(
                (
                    ["填表人：李四", None, "审核人：王五"],
                    ["注：集体收入含上级补助，不含土地补偿款。"],
                    ["备注：1.本表一式两份；2.逾期不报的通报。"],
                    ["数据来源：乡镇上报"],
                    ["单位负责人：", "填表人：", "填报日期：2022.6.30"],
                )
            )
            for column, cell in enumerate(cells):
                canvas.put(row, column, cell)
            row += 1

    def under_lines(self, lines: Sequence[Sequence[Any]], body: Canvas) -> Canvas:
        """A sheet: lines, then tables."""
        canvas = Canvas()
        for row, cells in enumerate(lines):
            for column, cell in enumerate(cells):
                if cell is not None:
                    canvas.put(row, column, cell)
        if lines and not self.text and body.width > 1 and self.chance(2):
            canvas.merge(0, 0, 0, body.width - 1)
        canvas.place(body, len(lines), 0)
        return canvas

    def moved(self, canvas: Canvas) -> Canvas:
        """Somewhere else than at A1."""
        row, column = (self.whole(0, 5), self.whole(0, 3)) if self.chance(3) else (0, 0)
        found = Canvas()
        found.place(canvas, row, 0 if self.text else column)
        return found


def shares(column: Mapping[Village, Entry], entries: Mapping[Village, dict[int, Entry]], at: int) -> None:
    """Decide the plain numbers of a column of percent, by the rule of DESIGN §6.2."""
    plain = {village: entry.plain for village, entry in column.items() if entry.plain}
    within = {village for village, value in plain.items() if 0 < value <= 1}
    if not within:
        return
    if len(plain) >= 3 and len(within) == len(plain) and min(plain.values()) < 1:
        says = {village: Says(value * 100) for village, value in plain.items()}
    else:
        above = max(plain.values()) > 1
        doubtful = Says(reason="ambiguous", code="V308")
        says = {village: doubtful for village in within if plain[village] < 1 or not above}
    for village, said in says.items():
        entries[village][at] = replace(column[village], says=said)


# --- files ------------------------------------------------------------------------------------------------------------


@dataclass
class Drawn:
    """A file and what it says."""

    arrangement: str
    file: str
    sheets: Mapping[str, Canvas]
    villages: Sequence[Village]
    encoding: str = "utf-8"
    delimiter: str = ","

    def truth(self) -> Iterator[tuple[Village, str, str | None, str, Says]]:
        """Village, key, sheet and cell, and what the cell says."""
        for name, canvas in self.sheets.items():
            for (village, key), ((row, column), says) in canvas.marks.items():
                sheet = None if self.file.endswith(".csv") else name
                yield village, key, sheet, f"{get_column_letter(column + 1)}{row + 1}", says

    def write(self, folder: Path) -> Path:
        """The file, really."""
        path = folder / self.file
        if path.suffix == ".csv":
            text = io.StringIO()
            rows = [[as_text(cell) for cell in row] for row in next(iter(self.sheets.values())).rows()]
            csv.writer(text, delimiter=self.delimiter, lineterminator="\r\n").writerows(rows)
            path.write_bytes(text.getvalue().encode(self.encoding))
            return path
        book = Workbook()
        book.remove(book.worksheets[0])
        for name, canvas in self.sheets.items():
            sheet = book.create_sheet(name)
            for (row, column), value in canvas.cells.items():
                if value is not None:
                    cell = sheet.cell(row + 1, column + 1)
                    cell.value = value.value if isinstance(value, Shown) else value
                    if isinstance(value, Shown):
                        cell.number_format = value.number_format
            for r1, c1, r2, c2 in canvas.merged:
                sheet.merge_cells(start_row=r1 + 1, start_column=c1 + 1, end_row=r2 + 1, end_column=c2 + 1)
        book.save(path)
        return path

    def register(self, folder: Path) -> Path:
        """The list of the units, and of those of another kind beside them."""
        rows = [["编码", "乡镇", "村名", "类型"]]
        rows += [[village.code, village.township, village.name, "行政村"] for village in self.villages]
        for number, (township, names) in enumerate(COMMUNITIES.items()):
            if any(village.township == township for village in self.villages):
                rows += [
                    [f"4109221{number:02d}{1 + at:03d}", township, name, "城市社区"] for at, name in enumerate(names)
                ]
        return delimited(folder / "register.csv", rows)

    def __repr__(self) -> str:
        """All that is in it, to read where a test fails."""
        parts = [f"{self.arrangement}: {self.file} {self.encoding} {self.delimiter!r}"]
        for name, canvas in self.sheets.items():
            parts.append(f"[{name}] {[merge_text(merge) for merge in canvas.merged]}")
            parts += [
                f"{row:3} " + " | ".join("" if cell is None else repr(cell) for cell in cells)
                for row, cells in enumerate(canvas.rows(), start=1)
            ]
        return "\n".join(parts)


def merge_text(merge: tuple[int, int, int, int]) -> str:
    """``A1:B2``."""
    r1, c1, r2, c2 = merge
    return f"{get_column_letter(c1 + 1)}{r1 + 1}:{get_column_letter(c2 + 1)}{r2 + 1}"


def as_text(cell: Any) -> str:
    """A cell as a spreadsheet program writes it into a CSV."""
    if cell is None:
        return ""
    if isinstance(cell, Shown):
        return f"{Decimal(str(cell.value)) * 100:f}%"
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    return str(cell)


Build = Callable[[Maker, list[Village]], Mapping[str, Canvas]]


def one_table(maker: Maker, villages: list[Village]) -> Mapping[str, Canvas]:
    """All villages in one table."""
    towns = {village.township for village in villages}
    style = maker.style(depth=maker.whole(1, 4), township=len(towns) > 1)
    town = next(iter(towns)) if style.township == "title" else None
    sheet = maker.under_lines(maker.lines_above(style, town), maker.table(style, villages))
    maker.footers(sheet)
    return {"台账": maker.moved(sheet)}


def below_each_other(maker: Maker, villages: list[Village]) -> Mapping[str, Canvas]:
    """A table with a header of its own for each township."""
    style = maker.style(depth=maker.whole(1, 3), township=False)
    sheet = Canvas()
    if style.township != "title":
        sheet = maker.under_lines(maker.lines_above(style, None), sheet)
    for township in dict.fromkeys(village.township for village in villages):
        own = [village for village in villages if village.township == township]
        lines = maker.lines_above(style, township) if style.township == "title" else [*map(list, ([*style.lines],))]
        part = maker.under_lines([line for line in lines if line or style.township == "title"], maker.table(style, own))
        sheet.place(part, sheet.height + maker.whole(0, 2), 0)
    maker.footers(sheet)
    return {"台账": maker.moved(sheet)}


def beside_each_other(maker: Maker, villages: list[Village]) -> Mapping[str, Canvas]:
    """Two tables of the same columns, to save paper."""
    towns = {village.township for village in villages}
    style = maker.style(depth=maker.whole(1, 2), township=len(towns) > 1, beside=True)
    style = replace(style, subtotals=False, totals="", spaced=False)
    style = replace(style, columns=tuple(column for column in style.columns if column.role != "spacer"))
    half = maker.whole(1, len(villages) - 1)
    body = maker.table(style, villages[:half], asides=False)
    body.place(maker.table(style, villages[half:], asides=False), 0, body.width + maker.whole(0, 1))
    town = next(iter(towns)) if style.township == "title" else None
    sheet = maker.under_lines(maker.lines_above(style, town), body)
    return {"台账": maker.moved(sheet)}


def sheets_by_township(maker: Maker, villages: list[Village]) -> Mapping[str, Canvas]:
    """A sheet for each township, which the title or the sheet's name says."""
    style = maker.style(depth=maker.whole(1, 4), township=False)
    sheets: dict[str, Canvas] = {}
    for township in dict.fromkeys(village.township for village in villages):
        own = [village for village in villages if village.township == township]
        lines = maker.lines_above(style, township) if maker.chance(2) else [[line] for line in style.lines]
        sheet = maker.under_lines(lines, maker.table(style, own))
        maker.footers(sheet)
        sheets[township] = maker.moved(sheet)
    return sheets


def units_across(maker: Maker, villages: list[Village]) -> Mapping[str, Canvas]:
    """Villages across and items down."""
    towns = {village.township for village in villages}
    style = maker.style(depth=1, township=len(towns) > 1)
    columns = tuple(column for column in style.columns if column.role != "spacer")
    style = replace(style, columns=columns, subtotals=False, spaced=False, page=0, numbers=False)
    body = maker.table(style, villages, asides=False).turned()
    town = next(iter(towns)) if style.township == "title" else None
    return {"台账": maker.moved(maker.under_lines(maker.lines_above(style, town), body))}


def forms(maker: Maker, villages: list[Village]) -> Mapping[str, Canvas]:
    """A form for each village: names at the left, values at their right; a sheet each or one below the other."""
    style = maker.style(depth=1, township=True, line=False)
    items = [column for column in style.columns if column.role == "item"]
    pairs = maker.whole(1, 2)
    parts: list[tuple[Village, Canvas]] = []
    for village in villages:
        canvas = Canvas()
        canvas.put(0, 0, f"{COUNTY}{village.township}2022年6月登记表")
        canvas.put(1, 0, "乡镇")
        canvas.put(1, 1, village.township)
        at = (2, 0) if pairs == 1 else (1, 2)
        canvas.put(*at, "村名")
        canvas.put(at[0], at[1] + 1, maker.spelled(village, bare=False))
        row = at[0] + 1
        entries: dict[Village, dict[int, Entry]] = {village: {}}
        for number, column in enumerate(items):
            assert column.item is not None
            entries[village][number] = maker.entry(column.item, column.unit, "")
            if column.item.unit == "%":
                shares({village: entries[village][number]}, entries, number)
            place = row + number // pairs, number % pairs * 2
            canvas.put(*place, maker.titled(column, style))
            canvas.put(place[0], place[1] + 1, entries[village][number].cell)
            canvas.marks[village, column.item.key] = (place[0], place[1] + 1), entries[village][number].says
        parts.append((village, canvas))
    if maker.chance(2):
        return {f"{village.township}{village.name}": canvas for village, canvas in parts}
    sheet = Canvas()
    for _, canvas in parts:
        sheet.place(canvas, sheet.height + (1 if sheet.height else 0), 0)
    return {"登记表": sheet}


ARRANGEMENTS: Mapping[str, Build] = {
    "one": one_table,
    "below": below_each_other,
    "beside": beside_each_other,
    "sheets": sheets_by_township,
    "across": units_across,
    "forms": forms,
}


@st.composite
def ledgers(draw: st.DrawFn, arrangements: Sequence[str] = tuple(ARRANGEMENTS)) -> Drawn:
    """A file as an office makes it."""
    start = Drawing(draw, text=False)
    arrangement = start.pick(arrangements)
    text = arrangement in {"one", "below", "beside"} and start.chance(4)
    maker = Maker(draw, text=text)
    towns = maker.order(list(TOWNSHIPS))[: maker.whole(1, 3)]
    villages = [
        Village(town, name)
        for town in towns
        for name in maker.order(TOWNSHIPS[town])[: maker.whole(1, len(TOWNSHIPS[town]))]
    ]
    if arrangement in {"beside", "across"} and len(villages) < 2:
        villages = [Village(towns[0], name) for name in TOWNSHIPS[towns[0]][:2]]
    sheets = ARRANGEMENTS[arrangement](maker, villages)
    if not text:
        return Drawn(arrangement, "ledger.xlsx", sheets, villages)
    encoding = maker.pick(("utf-8", "utf-8-sig", "gb18030"))
    return Drawn(arrangement, "ledger.csv", sheets, villages, encoding, maker.pick((",", "\t", ";")))


# --- damage -----------------------------------------------------------------------------------------------------------


UNIT_SAID = re.compile("元|亩|公顷|人[)）]|^[人户]$|户[)）]|[%‰]")


def damaged_once(maker: Drawing, canvas: Canvas, arrangement: str) -> Canvas:
    """A sheet after one of the things that happen to it; what its cells of values say stays true."""
    plain = arrangement in {"one", "sheets"}  # where a row or column again is in no other table
    places = sorted(place for place, cell in canvas.cells.items() if cell is not None)
    values = {place for place, _ in canvas.marks.values()}
    others = [place for place in places if place not in values]
    texts = [place for place in others if isinstance(cell := canvas.cells[place], str) and "单位" not in cell]
    whole = [place for place in texts if not UNIT_SAID.search(canvas.cells[place])]  # a unit less is another unit
    match maker.whole(0, 7):
        case 0:
            return canvas.widened(maker.whole(0, canvas.height), None)
        case 1:
            return canvas.widened(None, maker.whole(0, canvas.width))
        case 2:
            return replace(canvas, merged=[])
        case 3:  # a remark or a figure where nothing stood
            row, column = maker.whole(0, canvas.height), maker.whole(0, canvas.width)
            covered = any(r1 <= row <= r2 and c1 <= column <= c2 for r1, c1, r2, c2 in canvas.merged)
            if (row, column) in values or canvas.cells.get((row, column)) is not None or covered:
                return canvas
            said = maker.pick(("待核", "见附件", "人口", 7, "注：数据有误", "（续）"))
            return replace(canvas, cells={**canvas.cells, (row, column): said})
        case 4 if texts:  # a letter too many
            place = maker.pick(texts)
            return replace(canvas, cells={**canvas.cells, place: f"{canvas.cells[place]}某"})
        case 5 if whole:  # one that was lost, or all
            place = maker.pick(whole)
            text = canvas.cells[place]
            at = maker.whole(0, len(text))
            return replace(
                canvas, cells={**canvas.cells, place: text[:at] + text[at + 1 :] if at < len(text) else None}
            )
        case 6 if plain:  # a row again
            row = maker.whole(0, canvas.height - 1)
            again = {(canvas.height, column): cell for (at, column), cell in canvas.cells.items() if at == row}
            return replace(canvas, cells={**canvas.cells, **again})
        case 7 if plain:  # a column again
            column = maker.whole(0, canvas.width - 1)
            again = {(row, canvas.width): cell for (row, at), cell in canvas.cells.items() if at == column}
            return replace(canvas, cells={**canvas.cells, **again})
    return canvas


@st.composite
def damaged_ledgers(draw: st.DrawFn) -> Drawn:
    """A file that something has happened to since it was made."""
    drawn = draw(ledgers())
    maker = Drawing(draw, text=False)
    sheets = dict(drawn.sheets)
    for _ in range(maker.whole(1, 3)):
        name = maker.pick(list(sheets))
        sheets[name] = damaged_once(maker, sheets[name], drawn.arrangement)
    return replace(drawn, sheets=sheets)
