"""Makes the benchmark's ledgers: clean ones, of every column of the shipped rural scheme, the same values each time.

    python bench/data.py [DIRECTORY]

Two workbooks (503 and 50,000 units) and two UTF-8 CSVs (62,000 and 620,000 units). All of it is invented. Values are
a hash of row and column, not the draws of a random generator, so they do not depend on versions of anything. About
one value in ten misses its requirement; none is blank, unreadable, out of range or at odds with another.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any, Final

import numpy as np
import xlsxwriter
import yaml
from numpy.typing import NDArray
from peers.columns import COLUMNS, HEADERS, NO, YES
from sizes import COUNTY, NATION, PROVINCE, TENTH

Whole = NDArray[np.int64]
Values = Mapping[str, Whole | list[str]]
"""Whole numbers by header (hundredths for 数值 and 比例, days since ``FIRST_DAY`` for 日期), or texts."""

SCHEME: Final = Path(__file__).parents[1] / "criteria" / "wuxing-rural.yaml"
FIRST_DAY: Final = date(2022, 1, 1)
TITLE: Final = "清丰县2022年6月“五星”支部创建工作台账"
PER_TOWNSHIP: Final = 30
BLOCK: Final = 20_000
CHARACTERS: Final = (
    "马柳青白石云东双大巩新望桥榆谷韩桑阳古高王李张刘陈杨赵黄周吴徐孙胡朱林何郭罗梁宋郑谢唐许冯邓曹彭曾萧田董潘袁蔡蒋余于杜叶程魏苏吕"
    "丁任卢姚沈钟姜崔谭陆范汪廖金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常汤"
)
ENDINGS: Final = ("庄村", "营村", "楼村", "寨村", "屯村", "堂村")
ALPHABET: Final = tuple(dict.fromkeys(CHARACTERS))


def _hash(rows: Whole, salt: int) -> Whole:
    """Numbers from 0 to 2^31 - 1 that depend on row and salt alone (the finaliser of SplitMix64)."""
    with np.errstate(over="ignore"):
        mixed = rows.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(salt) * np.uint64(0xD1B54A32D192ED03)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        mixed ^= mixed >> np.uint64(31)
    return (mixed >> np.uint64(33)).astype(np.int64)


def _township(number: int) -> str:
    first, rest = divmod(number, len(ALPHABET) ** 2)
    second, third = divmod(rest, len(ALPHABET))
    return (ALPHABET[first - 1] if first else "") + ALPHABET[second] + ALPHABET[third] + ("镇" if number % 3 else "乡")


def _village(number: int, within: int, drawn: int) -> str:
    """A name that no other village of its township has: the pair of first character and ending differs."""
    first = (number * 7 + within // len(ENDINGS)) % len(ALPHABET)
    return ALPHABET[first] + ALPHABET[drawn] + ENDINGS[within % len(ENDINGS)]


class _Draw:
    """What is drawn for a block of rows: each call takes the next salt."""

    def __init__(self, rows: Whole) -> None:
        self.rows = rows
        self.salt = 0

    def between(self, low: int, high: int) -> Whole:
        """Whole numbers from ``low`` to ``high``."""
        self.salt += 1
        return low + _hash(self.rows, self.salt) % (high - low + 1)

    def mostly(self, usual: tuple[int, int], rare: tuple[int, int]) -> Whole:
        """The usual range for nine rows in ten, the rare one for the others."""
        return np.where(self.between(0, 9) > 0, self.between(*usual), self.between(*rare))

    def yesno(self, usual: str) -> list[str]:
        """``usual`` for 19 rows in 20."""
        other = NO if usual == YES else YES
        return [usual if lot else other for lot in self.between(0, 19).tolist()]

    def option(self, options: tuple[str, ...], usual: int) -> list[str]:
        """One of ``options``; ``usual`` for nine rows in ten."""
        return [options[place] for place in self.mostly((usual, usual), (0, len(options) - 1)).tolist()]


def values_of(rows: range) -> Values:
    """The values of some units, by header."""
    draw = _Draw(np.arange(rows.start, rows.stop, dtype=np.int64))
    households = draw.between(150, 900)
    people = households * 3 + draw.between(0, 300)
    party = draw.between(20, 90)
    farmland = draw.between(80_000, 400_000)
    parts = [draw.mostly((20_000, 90_000), (3_000, 9_000)) // 100, *(draw.between(0, 20_000) // 100 for _ in range(4))]
    days = [draw.between(0, 20)]
    days += [days[0] + step * 25 + draw.between(0, 20) for step in range(1, 6)]
    backwards = draw.between(0, 19) == 0
    days[2] = np.where(backwards, days[1] - 2, days[2])
    drawn: dict[str, Whole | list[str]] = {
        "户数": households,
        "人口": people,
        "党员数": party,
        "保洁员": np.where(draw.between(0, 9) > 0, -(-people * 2 // 1000) + draw.between(0, 3), people // 1000),
        "耕地面积": farmland,
        "流转面积": farmland * draw.mostly((31, 90), (5, 29)) // 100,
        "“两委”班子健全": draw.yesno(YES),
        "近12个月党员大会次数": draw.mostly((4, 9), (1, 3)),
        "近12个月支委会次数": draw.mostly((12, 20), (6, 11)),
        "近12个月主题党日次数": draw.mostly((12, 14), (6, 11)),
        "党群服务中心面积": draw.mostly((200, 900), (80, 199)) * 100,
        "支部书记年度考核等次": draw.option(("优秀", "良好", "一般", "较差"), 1),
        "村集体经济年收入": np.sum(parts, axis=0),
        "经营收入": parts[0],
        "发包收入": parts[1],
        "投资收益": parts[2],
        "补助收入": parts[3],
        "其他收入": parts[4],
        "党支部领办合作社": draw.yesno(YES),
        "“双绑”机制建立": draw.yesno(YES),
        "“五美庭院”创建率": draw.mostly((850, 1000), (500, 849)) * 10,
        "村庄规划": draw.option(("编制中", "已初步规划待评审", "已完成", "纳入城镇规划"), 2),
        "黑臭水体": draw.mostly((0, 0), (1, 3)),
        "卫生厕所普及率": draw.mostly((850, 1000), (500, 849)) * 10,
        "生活垃圾日产日清": draw.yesno(YES),
        "应急队伍人数": draw.mostly((20, 45), (8, 19)),
        "义务打更队": draw.yesno(YES),
        "应在本村化解而未化解的信访": draw.mostly((0, 0), (1, 4)),
        "造成人员伤亡的事故": draw.mostly((0, 0), (0, 1)),
        "刑事案件和有重大影响的治安案件": draw.mostly((0, 0), (0, 2)),
        "一村一法律顾问": draw.yesno(YES),
        "村规民约修订完善": draw.yesno(YES),
        "道德评议会": draw.yesno(YES),
        "老年人协会": draw.yesno(YES),
        "幸福院": draw.yesno(YES),
        "星级文明户": households * draw.mostly((31, 80), (10, 29)) // 100,
        "安全责任事故": draw.yesno(NO),
        "连续三年未发展党员": draw.yesno(NO),
        "群众满意度": draw.mostly((700, 990), (450, 650)) * 10,
        "书记空缺超三个月": draw.yesno(NO),
        "软弱涣散": draw.yesno(NO),
    }
    drawn |= {column.header: day for column, day in zip(_of_kind("日期"), days, strict=True)}
    placed = [divmod(row, PER_TOWNSHIP) for row in rows]
    drawn["乡镇"] = [_township(number) for number, _ in placed]
    second = draw.between(0, len(ALPHABET) - 1).tolist()
    drawn["村名"] = [_village(number, within, lot) for (number, within), lot in zip(placed, second, strict=True)]
    return drawn


def _of_kind(kind: str) -> list[Any]:
    return [column for column in COLUMNS if column.kind == kind]


def _rows(
    units: int, number: Callable[[int], Any], hundredths: Callable[[int], Any], day: Callable[[int], Any]
) -> Iterator[tuple[Any, ...]]:
    """The rows of a ledger, block by block; the three functions write the numbers of a kind."""
    write = {"整数": number, "数值": hundredths, "比例": hundredths, "日期": day}
    kinds = {column.header: column.kind for column in COLUMNS}
    for start in range(0, units, BLOCK):
        values = values_of(range(start, min(start + BLOCK, units)))
        columns = []
        for header in HEADERS:
            found = values[header]
            columns.append(found if isinstance(found, list) else list(map(write[kinds[header]], found.tolist())))
        yield from zip(*columns, strict=True)


def write_csv(path: Path, units: int) -> None:
    """A plain UTF-8 CSV: a header, then a line a unit."""

    def hundredths(value: int) -> str:
        text = f"{value // 100}.{value % 100:02d}".rstrip("0").rstrip(".")
        return text if value >= 0 else str(value / 100)

    def day(value: int) -> str:
        return days[value]

    days = [(FIRST_DAY + timedelta(ahead)).isoformat() for ahead in range(400)]
    with path.open("w", encoding="utf-8", newline="") as file:
        rows: Iterator[tuple[str, ...]] = _rows(units, str, hundredths, day)
        file.writelines(",".join(row) + "\n" for row in chain([HEADERS], rows))


def write_workbook(path: Path, units: int) -> None:
    """A workbook with a title over one header row; numbers and dates as such."""
    options = {"constant_memory": True}
    with xlsxwriter.Workbook(path, options) as book:
        book.set_properties({"created": datetime(2022, 6, 28, tzinfo=UTC)})
        sheet = book.add_worksheet("6月")
        as_date = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_string(0, 0, TITLE)
        sheet.write_row(1, 0, HEADERS)

        def day(value: int) -> date:
            return FIRST_DAY + timedelta(value)

        for place, row in enumerate(_rows(units, int, lambda value: value / 100, day), start=2):
            for column, cell in enumerate(row):
                if isinstance(cell, str):
                    sheet.write_string(place, column, cell)
                elif isinstance(cell, date):
                    sheet.write_datetime(place, column, cell, as_date)
                else:
                    sheet.write_number(place, column, cell)


def differences(scheme: Path) -> list[str]:
    """Columns of the scheme that ``peers/columns.py`` does not have, or has otherwise; there should be none."""
    read = yaml.load(scheme.read_text(encoding="utf-8"), yaml.CBaseLoader)  # noqa: S506 - it makes nothing but text
    criteria = [item for star in read["星级"] for item in star["指标"] if "列名" in item]
    ours = {column.header: column for column in COLUMNS}
    found = []
    for item in (*read["字段"].values(), *criteria, *read["负面清单"]):
        column = next((ours[name] for name in item["列名"] if name in ours), None)
        limits = {name: float(limit) for name, limit in item.get("范围", {}).items()}
        kind = item.get("类型", "是否")
        if kind == "整数":
            limits.setdefault("至少", 0.0)
        theirs = kind, limits.get("至少"), limits.get("至多"), tuple(item.get("选项", ()))
        if column is None or column[1:] != theirs:
            found.append(item["列名"][0])
    return found


def make(folder: Path) -> None:
    """Every file that is not there yet."""
    if others := differences(SCHEME):
        sys.exit(f"peers/columns.py and {SCHEME.name} differ: {'、'.join(others)}")
    folder.mkdir(parents=True, exist_ok=True)
    for size in (COUNTY, PROVINCE, TENTH, NATION):
        path = folder / size.file
        if path.exists():
            continue
        print(f"{size.file}: {size.units:,} units × {len(HEADERS)} columns", file=sys.stderr)
        unfinished = path.with_name(f"unfinished-{size.file}")
        (write_csv if path.suffix == ".csv" else write_workbook)(unfinished, size.units)
        unfinished.replace(path)


if __name__ == "__main__":
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "data")
