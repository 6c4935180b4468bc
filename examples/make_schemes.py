"""Makes an example ledger for each scheme in ``criteria/`` beside the rural one, from the scheme's own cases.

    python examples/make_schemes.py [DIRECTORY]

A unit has the values of the 底稿, which meets everything, but for some columns, in which it has what other cases of the
scheme write there. How many and which is drawn from SHA-256, as in ``make_examples.py``: the same bytes each time.
Counties, townships, villages, branches and every value are invented, and no person is named.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml
from make_examples import between, draw, shuffled, village_names, write_csv

CRITERIA = Path(__file__).parents[1] / "criteria"


@dataclass(frozen=True)
class Example:
    """One ledger: the 编号 of its scheme, what its title says, what its units are called, and how many there are."""

    scheme: str
    county: str
    title: str
    suffix: str
    units: int
    header: str = "村名"
    townships: Sequence[str] = ("东河镇", "西河乡")
    most: int = 4
    """How many columns a unit differs in at most."""
    vetoes: tuple[str, ...] = ()
    """Columns in which one unit in ten differs, and no more than one of them."""
    spread: Mapping[str, tuple[int, int, str]] = field(default_factory=dict)
    """Columns in which every unit has a value of its own: from, to, and what stands behind the number."""


EXAMPLES = (
    Example(
        "wuxing-urban", "示例市", "城市社区“五星”支部创建台账", "社区", 20, "社区名称", ("东关街道", "西关街道"), 36,
        ("安全责任事故", "群众满意度"),
    ),
    Example(
        "wuxing-qingfeng-2022", "清丰县", "农村“五星”支部创建台账", "村", 30, most=6,
        vetoes=("安全责任事故", "连续三年未发展党员", "群众满意度", "书记空缺超三个月"),
    ),
    Example(
        "wuxing-xinye-2023", "新野县", "农村“五星”支部创建台账", "村", 30, most=6,
        vetoes=("安全责任事故", "连续三年未发展党员", "群众满意度", "书记空缺超三个月"),
    ),
    Example(
        "wuxing-jianan-2023", "建安区", "农村“五星”支部创建台账", "村", 24, most=12,
        vetoes=("安全责任事故", "连续三年未发展党员", "群众满意度", "书记空缺超三个月"),
    ),
    Example(
        "zoucheng", "示例市", "党组织星级创评台账", "村党支部", 30, "党组织名称", most=9,
        spread={"群众满意度": (55, 99, "%"), "履职党员": (22, 48, "")},
    ),
    Example(
        "wuxing-chuangping", "示例市", "党支部五星创评台账", "党支部", 40, "党支部名称", ("第一分局", "第二分局"), 6,
        spread={
            "班子建设测评": (55, 100, "%"), "党员教育学时": (20, 40, ""), "工作任务完成率": (60, 100, "%"),
            "服务群众测评": (70, 100, "%"),
        },
    ),
    Example(
        "jifen", "示例县", "积分考评台账，村级班子", "村", 20, most=8,
        vetoes=("治安一票否决", "安全生产一票否决", "县级通报批评", "材料弄虚作假"),
        spread={
            "班子人数": (5, 7, ""), "高中以上人数": (2, 5, ""), "班子平均年龄": (41, 52, ""),
            "集体增收完成数": (3, 16, ""), "重点任务按期办结率": (55, 100, "%"),
        },
    ),
    Example(
        "jifen-ganbu", "示例县", "积分考评台账，村干部", "村1号岗", 20, "岗位", most=6,
        vetoes=("受党纪政务处分", "违反小微权力清单", "个人被乡镇以上通报"),
        spread={
            "月均值班天数": (10, 24, ""), "组织生活出席率": (65, 100, "%"),
            "应化解纠纷": (10, 12, ""), "已化解纠纷": (7, 10, ""),
        },
    ),
    Example(
        "shaoxing", "示例市", "五星达标村创建台账", "村", 20,
        vetoes=(
            "班子成员受重处分", "列为软弱落后", "违规处置资产", "新增不良债务", "新增违法建筑", "劣五类水体",
            "群体性事件", "较大安全事故", "涉黑涉恶案件", "陋习被通报",
        ),
    ),
    Example("sglg", "示例市", "善治印章SGLG台账", "镇", 20, "LGU", ("北部", "南部")),
    Example("sglgb", "示例市", "善治印章SGLGB台账", "村", 20, "Barangay"),
    Example(
        "pai", "示例县", "PAI台账，村务委员会进步指数", "村", 30, "Gram Panchayat", most=0, vetoes=("数据未经核验",),
        spread={
            f"{theme}主题得分": (low, high, "")
            for theme, low, high in (
                ("脱贫与增收", 35, 90), ("健康", 40, 92), ("儿童友好", 40, 95), ("水源充足", 30, 98),
                ("清洁绿色", 25, 90), ("基础设施自足", 30, 94), ("社会公正与保障", 40, 93), ("善治", 35, 96),
                ("妇女友好", 25, 90),
            )
        },
    ),
)  # fmt: skip
"""The ledgers, of the end of a month in which each scheme is in force."""

PERIODS = {"wuxing-qingfeng-2022": "2022年6月"}


# ------------------------------------------------------------------------------------------------ what the cases say


def read_cases(file: str) -> Iterator[Mapping[str, Any]]:
    """A file of cases and those it takes along, nearest first. Everything is text, as in a ledger."""
    text = (CRITERIA / "cases" / file).read_text(encoding="utf-8")
    cases: Mapping[str, Any] = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - it makes nothing but text
    yield cases
    if "继承" in cases:
        yield from read_cases(cases["继承"])


def columns_of(scheme: str) -> tuple[dict[str, str], dict[str, list[str]]]:
    """The columns of a scheme with the value of the 底稿, and what else its own cases write in each."""
    files = list(read_cases(f"{scheme}.yaml"))
    base: dict[str, str] = {}
    for cases in reversed(files):
        base |= cases.get("底稿", {})
    own = files[0]
    gone = {name for case in own["例"] for name in case.get("没有的列", ()) if name not in own["底稿"]}
    others: dict[str, list[str]] = {name: [] for name in base if name not in gone}
    for case in own["例"]:
        if "问题" in case:
            continue
        header, *rows = (line.split() for line in case["台账"].strip().splitlines())
        for row in rows:
            for name, value in zip(header, row, strict=True):
                if name in others and value not in {"-", base[name], *others[name]} and readable(value):
                    others[name].append(value)
    return {name: base[name] for name in others}, others


def readable(value: str) -> bool:
    """Whether a value is no example of one that cannot be read."""
    return not any(word in value for word in ("约", "余", "基本"))


# ------------------------------------------------------------------------------------------------ the ledgers


def make_rows(example: Example) -> list[list[str]]:
    """Title, headers and a row for each unit."""
    base, others = columns_of(example.scheme)
    period = PERIODS.get(example.scheme, "2023年6月")
    free = [name for name in base if others[name] and name not in {*example.vetoes, *example.spread}]
    lines = [[f"{example.county}{example.title}（{period}）"], ["序号", "乡镇", example.header, *base]]
    each = -(-example.units // len(example.townships))
    for place in range(example.units):
        township = example.townships[place // each]
        name = village_names(township, each)[place % each] + example.suffix
        key = (example.scheme, place)
        row = base | {
            column: f"{within(low, high, *key, column)}{unit}" for column, (low, high, unit) in example.spread.items()
        }
        # squared, so that more units are near the top than near the bottom
        many = draw(example.most + 1, "many", *key) * draw(example.most + 1, "more", *key) // max(example.most, 1)
        for column in shuffled(free, "which", *key)[:many]:
            row[column] = others[column][draw(len(others[column]), "value", *key, column)]
        vetoed = [column for column in example.vetoes if others[column]]
        if vetoed and draw(10, "veto", *key) == 0:
            column = vetoed[draw(len(vetoed), "which veto", *key)]
            row[column] = others[column][0]
        if draw(8, "blank", *key) == 0:
            row[shuffled(free or example.spread, "blank column", *key)[0]] = ""
        balance_income(row)
        lines.append([str(place + 1), township, name, *row.values()])
    return lines


def within(low: int, high: int, scheme: str, place: int, column: str) -> int:
    """A number of a column; half of it is the unit's own level, as who does well does so in most things."""
    level = low + (high - low) * draw(101, "level", scheme, place) // 100
    return (level + between(low, high, "spread", scheme, place, column)) // 2


def balance_income(row: dict[str, str]) -> None:
    """The parts of the income add up to it, as they must in a ledger without mistakes."""
    parts = ("经营收入", "发包收入", "投资收益", "补助收入", "其他收入")
    total = row.get("村集体经济年收入")
    if total is None or "经营收入" not in row:
        return
    left = Decimal(total or 0)
    for part in parts[:-1]:
        share = min(Decimal(row[part] or 0), left)
        row[part], left = f"{share.normalize():f}", left - share
    row[parts[-1]] = f"{left.normalize():f}"


def main(directory: Path) -> None:
    """Write the ledgers into ``directory``."""
    directory.mkdir(parents=True, exist_ok=True)
    for example in EXAMPLES:
        write_csv(directory / f"{example.scheme}.csv", make_rows(example))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "schemes")
