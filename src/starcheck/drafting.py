"""A draft of a scheme (草稿) from the columns of a sample ledger: kinds and units guessed, every requirement left open.

What is guessed says what it was guessed from; what nobody can guess, the thresholds and on which side of them is good,
their dates and clauses, stands as 待定, which the lint refuses at its place until somebody has decided it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from starcheck.cells import Cell, CellError, PercentNumber, PhoneLike, PrivateText, Uncalculated
from starcheck.column import Kind, Reason
from starcheck.fields import read_cell
from starcheck.intake import is_total, private_in_column
from starcheck.register import columns_of
from starcheck.scheme import LedgerField
from starcheck.scheme_source import OPEN
from starcheck.table import Header, Table
from starcheck.units import UNITS, is_blank, normalise_header, split_unit
from starcheck.workbook import Workbook

_SURE = 0.9
"""Share of a column's filled cells that a kind must be able to read, but for one."""
_FEW_OPTIONS = 8
"""Different words of a column that is a choice; each stands twice on average."""
_SHOWN = 3
"""Sample values in the comment beside a column."""
_BASE = frozenset(
    map(
        normalise_header,
        ("户数", "总户数", "人口", "总人口", "户籍人口", "党员数", "党员人数", "耕地面积", "村民小组数", "自然村数"),
    )
)
"""Headers of what villages have, which is seldom asked of them."""
_REMARKS = re.compile(r"备注|说明|联系|姓名|负责人|书记$|包联|措施")
"""Headers of what is written for people and never judged."""
_BELONGS = re.compile(r"^(?:所属|所在|隶属)")
_PLACE = re.compile(r"(?:乡镇|街道|镇|乡|村|社区|县|区|市)$")
"""Ends of headers, and of the words below them, that say where something is."""
_BAD = re.compile(r"负面|否决|扣分|减分|红线|底线|禁止")
"""Headers, also of the groups above, of what a village must not have: no star is lit by it."""


@dataclass(frozen=True, slots=True)
class Guess:
    """What a column seems to hold, how many cells say something, and some of what they say."""

    header: str
    group: str | None
    bad: bool
    kind: Kind
    unit: str | None
    options: tuple[str, ...]
    filled: int
    unread: int
    samples: tuple[str, ...]

    @property
    def base(self) -> bool:
        """Whether it is more likely a fact that formulas need, a place or a remark, than something to be judged."""
        if normalise_header(self.header) in _BASE or self.kind is Kind.TEXT or _REMARKS.search(self.header):
            return True
        places = _PLACE.search(self.header) and all(map(_PLACE.search, self.options))
        return self.kind is Kind.OPTION and bool(places or _BELONGS.search(self.header))


_HEADER = 3
"""Texts that a row of headers has at least."""
_FIRST_ROWS = 30
"""In which of a sheet's rows headers are looked for where nothing in it is known."""


def likely_headers(workbooks: Iterable[Workbook]) -> frozenset[str]:
    """The texts of each sheet's first row of nothing but texts over a row as wide: headers nobody has heard of."""
    found: set[str] = set()
    for sheet in (sheet for workbook in workbooks for sheet in workbook.sheets):
        rows = sheet.rows[:_FIRST_ROWS]
        for row, below in pairwise(rows):
            cells = [cell for cell in row if _says_something(cell)]
            words = [cell for cell in cells if isinstance(cell, str) and not isinstance(cell, CellError)]
            wide = len(cells) >= _HEADER and sum(map(_says_something, below)) >= len(cells) / 2
            if wide and len(words) == len(cells) and not any(word.strip().isdigit() for word in words):
                found.update(
                    name for word in words for name in (normalise_header(word), normalise_header(split_unit(word)[0]))
                )
                break
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class Naming:
    """By which column a table names its units: the header to look for (名称列), and what they are, as far as told."""

    column: int | None
    header: str | None
    """None where the name is one that every ledger is read by: 村名, or 乡镇 where townships are the units."""
    kind: str


_VILLAGES, _COMMUNITIES, _TOWNSHIPS = "行政村", "城市社区", "乡镇"
_CALLS_NAMES = re.compile(r"名称|^岗位$|^项目$|^事项$|^议题$|^企业$|^单位$|^组织$|支部$|班子$|示范点$")
"""Headers of names where units are no villages."""


def naming(table: Table) -> Naming:
    """How the units of a table are named: by a column every ledger has, else by the first in which no text recurs."""
    unit = columns_of(table)
    if (column := unit.get("name")) is not None:
        header = next(header for header in table.headers if header.column == column)
        communities = "社区" in header.texts[-1] and "村" not in header.texts[-1]
        return Naming(column, None, _COMMUNITIES if communities else _VILLAGES)
    named = [
        (header, name)
        for header in table.headers
        if header.column not in unit.values()
        and header.texts
        and (name := _name(header))
        and _names_units(table, header)
    ]
    if not named:
        return Naming(None, None, _TOWNSHIPS if "township" in unit and "code" not in unit else _VILLAGES)
    header, name = next((pair for pair in named if _CALLS_NAMES.search(pair[1])), named[0])
    return Naming(header.column, name, name.removesuffix("名称") or name)


def _names_units(table: Table, header: Header) -> bool:
    """Whether each row has a text of its own in a column, within its township where a column says that."""
    township = columns_of(table).get("township")
    towns = table.cells(township, fill_merged=True) if township is not None else [None] * len(table.body)
    words: list[tuple[str, str]] = []
    town = ""
    for own, cell in zip(towns, table.cells(header.column), strict=True):
        town = own if isinstance(own, str) and own.strip() else town
        if not _says_something(cell) or _is_total(cell):
            continue
        if not isinstance(cell, str) or isinstance(cell, CellError):
            return False
        words.append((town, "".join(cell.split())))
    # numbers and dates of a CSV are texts too
    told = [word for _, word in words if word[0].isalpha() and sum(map(str.isalpha, word)) > 1]
    return 1 < len(words) == len(set(words)) and len(told) > len(words) / 2


def _is_total(cell: Cell) -> bool:
    return isinstance(cell, str) and is_total(cell, ())


def _unit_rows(table: Table, name: Naming) -> list[int]:
    """The rows of the body that are about units, not about sums of them."""
    heads = {*columns_of(table).values(), *([] if name.column is None else [name.column]), table.sheet.left}
    columns = [table.cells(column) for column in sorted(heads)]
    return [row for row in range(len(table.body)) if not any(_is_total(cells[row]) for cells in columns)]


def guesses(table: Table) -> tuple[tuple[Guess, ...], tuple[str, ...]]:
    """A guess for every column that is not of the unit itself, and the headers of those that are private."""
    name_column = naming(table)
    unit = {*columns_of(table).values(), name_column.column}
    rows = _unit_rows(table, name_column)
    found: list[Guess] = []
    private: list[str] = []
    for header in table.headers:
        if header.column in unit or not header.texts:
            continue
        name = _name(header)
        if any(problem.code == "F113" for problem in private_in_column(table, header.column, header.texts[-1])):
            private.append(name)
        elif name:
            found.append(_guess(table, header, name, rows))
    return tuple(found), tuple(private)


_SHARE_WITHOUT_BRACKET = re.compile(r"(.+?)[ \u3000]*([%％‰])")


def _name(header: Header) -> str:
    name = split_unit(header.texts[-1])[0]
    share = _SHARE_WITHOUT_BRACKET.fullmatch(name)
    return "".join((share[1] if share else name).split())


def _guess(table: Table, header: Header, name: str, rows: Sequence[int]) -> Guess:
    filled = table.cells(header.column, fill_merged=True)
    cells = [filled[row] for row in rows if _says_something(filled[row])]
    unit = next((unit for _, unit in header.candidates() if unit is not None), None)
    if unit is None and (share := _SHARE_WITHOUT_BRACKET.fullmatch(header.texts[-1])):
        unit = "‰" if share[2] == "‰" else "%"
    group = "".join(header.texts[0].split()) if len(header.texts) > 1 else None
    kind, unit, options = _kind(cells, unit)
    field = LedgerField("X", name, (name,), kind, unit, None, options, "field")
    unread = sum(read_cell(field, cell, None).reason is not Reason.KNOWN for cell in cells)
    samples = tuple(dict.fromkeys(_shown(cell) for cell in cells if not isinstance(cell, PrivateText | PhoneLike)))
    bad = any(_BAD.search("".join(text.split())) for text in header.texts)
    return Guess(name, group, bad, kind, unit, options, len(cells), unread, samples[:_SHOWN])


def _says_something(cell: Cell) -> bool:
    return cell is not None and not (isinstance(cell, str) and is_blank(cell))


def _shown(cell: Cell) -> str:
    if isinstance(cell, Uncalculated):
        return "公式"
    if isinstance(cell, PercentNumber):
        return f"{float(cell) * 100:g}%"
    if isinstance(cell, float):
        return f"{cell:g}"
    return " ".join(str(cell).split())[:20]


def _kind(cells: Sequence[Cell], unit: str | None) -> tuple[Kind, str | None, tuple[str, ...]]:
    """The first kind that reads nearly all cells, from the narrowest; words that recur are a choice, else text."""
    share = unit in {"%", "‰"} or any(
        isinstance(cell, PercentNumber) or (isinstance(cell, str) and cell.strip().endswith(("%", "％", "‰")))
        for cell in cells
    )
    tries: list[tuple[Kind, str | None]] = []
    words = [cell for cell in cells if isinstance(cell, str) and not isinstance(cell, CellError)]
    if any(not any(char.isdigit() for char in word) for word in words):
        tries.append((Kind.YESNO, None))
    tries += [(Kind.RATIO, unit if unit in {"%", "‰"} else "%")] if share else []
    measure = unit if unit in UNITS else None
    tries += [(Kind.INTEGER, measure)] if _whole(cells, measure) else []
    tries += [(Kind.NUMBER, measure), (Kind.DATE, None)]
    for kind, own in tries:
        field = LedgerField("X", "X", ("X",), kind, own, None, (), "field")
        read = sum(read_cell(field, cell, None).reason is Reason.KNOWN for cell in cells)
        if read > len(cells) / 2 and read >= min(_SURE * len(cells), len(cells) - 1):
            return kind, own, ()
    options = tuple(dict.fromkeys("".join(word.split()) for word in words))
    if options and len(options) <= _FEW_OPTIONS and 2 * len(options) <= len(words):
        return Kind.OPTION, None, options
    return Kind.TEXT, None, ()


def _whole(cells: Sequence[Cell], unit: str | None) -> bool:
    """Whether every number in a column is whole, in whatever way it is written: a CSV has nothing but text."""
    field = LedgerField("X", "X", ("X",), Kind.NUMBER, unit, None, (), "field")
    values = [read_cell(field, cell, None).value for cell in cells]
    return all(value == value.to_integral_value() for value in values if isinstance(value, Decimal))


# --- writing ----------------------------------------------------------------------------------------------------------


def draft(table: Table, *, identity: str, unit_kind: str | None = None) -> str:
    """The draft as a scheme file. Columns under one group become a star; without groups there is one star.

    Without ``unit_kind`` what is rated is taken from the header of the column of names.
    """
    found, private = guesses(table)
    named = naming(table)
    headers = [] if named.header is None else [f"名称列: [{_plain(named.header)}]"]
    base = [guess for guess in found if guess.base]
    vetoes = [guess for guess in found if guess.bad and not guess.base]
    judged = [guess for guess in found if not guess.bad and not guess.base]
    if not judged:
        # a scheme has something to judge; what has a measure is nearer to that than what is told in words
        judged = [guess for guess in base if not guess.bad and guess.kind is not Kind.TEXT] or base
        base = [guess for guess in base if guess not in judged]
    source = " ".join(part for part in (table.sheet.file, table.sheet.name) if part)
    stars: dict[str, list[Guess]] = {}
    grouped = len({guess.group for guess in (*judged, *vetoes) if guess.group}) > 1
    for guess in judged:
        stars.setdefault((guess.group if grouped else None) or OPEN, []).append(guess)
    lines = [
        f"# 草稿：按 {source} 的列生成。每一处“{OPEN}”都要有人定下来；类型、单位是猜的，要核对。",
        "# 怎样改，见 criteria/README.md；改完运行 starcheck criteria lint，哪里还没定，一次全列出来。",
        *([f"# 表上方写着：{_comment(' '.join(table.above))}"] if table.above else []),
        f"方案: {OPEN}                    # TODO 名称",
        f"编号: {_plain(identity)}",
        f"适用: {_plain(unit_kind or named.kind)}                  # 评的是哪一类，请核对",
        *headers,
        'version: "1"'.replace("version", "版本"),
        "性质: 草稿，非正式标准",
        f"生效: {OPEN}                    # TODO 从哪天起，如 2026-01-01",
        "",
        "依据:",
        f"  {OPEN}: {{文件: {OPEN}, 机关: {OPEN}, 日期: {OPEN}}}    # TODO 每个出处登记一次",
    ]
    if base:
        lines += ["", "# 不是指标、但公式或核对要用的列；不用的可以删去", "字段:"]
        lines += [_field(guess) for guess in base]
    if private:
        lines += ["", f"# 没有用的列（像是个人信息，读取时不保存）：{'、'.join(map(_comment, private))}"]
    lines += ["", "星级:"]
    number = 0
    for name, items in stars.items():
        todo = "                # TODO 名称" if name == OPEN else ""
        lines += [f"  - 星: {_plain(name)}{todo}", f"    牵头: {OPEN}                # TODO"]
        rules = "全部、任一、{至少: 几} 还是 {得分: {至少: 几}}"
        lines += [f"    点亮: {OPEN}                # TODO {rules}", "    指标:"]
        for guess in items:
            number += 1
            lines += _item(guess, f"X-{number:02}")
    tiers = ", ".join(f"{count}: {_tier(count)}" for count in range(len(stars), -1, -1))
    lines += ["", "# 猜的：亮几颗就是几星；按总分定级的另写", "定级:", "  方法: 亮星数", f"  档次: {{{tiers}}}"]
    if vetoes:
        lines += ["", "# 表头像是负面情形、扣分的列，不点亮哪颗星；其实是指标的，移到上面", "负面清单:"]
    for place, guess in enumerate(vetoes, start=1):
        lines += _veto(guess, f"F-{place:02}")
    return "\n".join([*lines, ""])


_NUMERALS = "零一二三四五六七八九"


def _tier(count: int) -> str:
    return f"{_NUMERALS[count] if count < len(_NUMERALS) else count}星"


def _field(guess: Guess) -> str:
    return f"  {_plain(guess.header)}: {{列名: [{_plain(guess.header)}], {_measure(guess)}}}    # {_samples(guess)}"


def _item(guess: Guess, identity: str) -> Iterator[str]:
    yield f"      - 编号: {identity}"
    yield f"        名称: {_plain(guess.header)}"
    yield f"        列名: [{_plain(guess.header)}]"
    yield f"        {_measure(guess, chr(10) + ' ' * 8)}    # {_samples(guess)}"
    word, which = _open_side(guess.kind)
    yield f"        要求: [{{自: {OPEN}, {word}, 依据: {OPEN}}}]    # TODO 怎样算达标：{which}；从哪天起，依据哪一条"
    yield f"        责任: {OPEN}                # TODO"
    yield f"        整改: {OPEN}                # TODO"


def _veto(guess: Guess, identity: str) -> Iterator[str]:
    yield f"  - 编号: {identity}"
    yield f"    情形: {_plain(guess.header)}"
    yield f"    列名: [{_plain(guess.header)}]"
    yield f"    {_measure(guess, chr(10) + ' ' * 4)}    # {_samples(guess)}"
    word, which = _open_side(guess.kind)
    yield f"    触发: {{{word}}}    # TODO 怎样算有这种情形：{which}"
    yield f"    后果: {OPEN}                # TODO {{熄灭: 某星}}、{{最高: 几}}、不参评、{{扣分: 几}} 还是 提示"
    yield f"    依据: {OPEN}                # TODO"


def _open_side(kind: Kind) -> tuple[str, str]:
    """A requirement that leaves open on which side of it is good, and the sides there are.

    是否软弱涣散 and 是否有合作社 look the same in a ledger; to guess is to be wrong where it hurts.
    """
    match kind:
        case Kind.YESNO:
            return f"为: {OPEN}", "为: 是 还是 为: 否"
        case Kind.OPTION:
            return f"属于: [{OPEN}]", "属于 哪几个词"
        case Kind.DATE:
            return f"{OPEN}: {OPEN}", "至多: 某日（不晚于）还是 至少: 某日（不早于）"
        case _:
            return f"{OPEN}: {OPEN}", "至少: 几 还是 至多: 几"


def _measure(guess: Guess, joint: str = ", ") -> str:
    parts = [f"类型: {guess.kind.value}"]
    if guess.unit is not None:
        parts.append(f"单位: {_plain(guess.unit)}")
    if guess.options:
        parts.append(f"选项: [{', '.join(map(_plain, guess.options))}]")
    return joint.join(parts)


def _samples(guess: Guess) -> str:
    if not guess.filled:
        return "一格也没有填，类型没法猜"
    text = f"{guess.filled} 格有值，如 {'、'.join(map(_comment, guess.samples)) or '（不显示）'}"
    return f"{text}；{guess.unread} 格这样读不出" if guess.unread else text


def _comment(text: str) -> str:
    """A text that cannot end the comment it stands in."""
    return "".join(char if char.isprintable() else " " for char in text)


_SAFE = re.compile(r"[^\W\d_](?:[^\W_]|[·（）“”、—/㎡]|-)*")
_WORDS = frozenset({"是", "否", "true", "false", "null", "on", "off", "yes", "no"})


def _plain(text: str) -> str:
    """A text as YAML has it: in quotes unless it is a plain word."""
    return text if _SAFE.fullmatch(text) and text.lower() not in _WORDS else json.dumps(text, ensure_ascii=False)
