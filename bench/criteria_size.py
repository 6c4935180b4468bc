"""A standard of 106 items over a nation: how long it loads, and how long scoring takes beside reading.

    python bench/criteria_size.py [--units 620000] [--runs 3] [--data DIRECTORY]

Prints the seconds of processor that loading and linting take beyond imports, and the medians of whole processes:
reading the CSV into typed columns as ``score`` does, reading it as strings with pyarrow, and scoring it.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np
import pyarrow as pa
from pyarrow import csv

ITEMS, STARS = 106, 5
HERE = Path(__file__)

HEAD = """\
方案: 一百零六项（测速）
编号: size
适用: 行政村
版本: "1"
性质: 测速用
生效: 2022-01-01
依据:
  测试: {文件: 测试, 机关: 测试, 日期: 2022-01-01}
星级:
"""
YESNO = "类型: 是否, 要求: [{自: 2022-01-01, 为: 是, 依据: 测试}]"
WHOLE = "类型: 整数, 单位: 个, 要求: [{自: 2022-01-01, 至少: 3, 依据: 测试}, {自: 2022-06-01, 至少: 4, 依据: 测试}]"


RATIO = (
    '公式: 数NUMBER / 人口, 类型: 比例, 单位: "‰", '
    "要求: [{自: 2022-01-01, 至少: 2, 依据: 测试}, {自: 2022-06-01, 至少: 3, 依据: 测试}]"
)


def ratios() -> str:
    """The same of ratios over one field: whether all of them can be met together is looked at in one piece."""
    columns = "".join(f"  数{item:03}: {{类型: 整数, 单位: 人}}\n" for item in range(ITEMS))
    plain = scheme().replace("星级:\n", f"字段:\n  人口: {{类型: 整数, 单位: 人, 范围: {{至少: 1}}}}\n{columns}星级:\n")
    return re.sub(r"(名称: 事项(\d+)), 列名: .*?, 责任: 局, 整改: 改, .*", _ratio, plain).replace("{至少: 15}", "全部")


def _ratio(line: re.Match[str]) -> str:
    return f"{line[1]}, 责任: 局, 整改: 改, {RATIO.replace('NUMBER', line[2])}}}"


def scheme() -> str:
    """Five stars of 21 or 22 items, half of them yes or no, half counted."""
    lines = [HEAD]
    for star in range(STARS):
        lines.append(f"  - 星: 第{star + 1}星\n    牵头: 局\n    点亮: {{至少: 15}}\n    指标:\n")
        for item in range(star, ITEMS, STARS):
            asked = WHOLE if item % 2 else YESNO
            who = f"编号: X-{item:03}, 名称: 事项{item:03}, 列名: [事项{item:03}], 责任: 局, 整改: 改"
            lines.append(f"      - {{{who}, {asked}}}\n")
    tiers = ", ".join(f"{number}: {number}星" for number in range(STARS, -1, -1))
    return "".join(lines) + f"定级:\n  方法: 亮星数\n  档次: {{{tiers}}}\n"


def ledger(path: Path, units: int) -> None:
    """A clean CSV with a column for each item."""
    drawn = np.random.default_rng(106)
    words = pa.array(["否", "是"])
    columns: dict[str, pa.Array] = {
        "乡镇": pa.array([f"第{place // 40:05}镇" for place in range(units)]),
        "村名": pa.array([f"{place:06}号村" for place in range(units)]),
    }
    for item in range(ITEMS):
        values = drawn.integers(0, 10, units)
        column = pa.array(values) if item % 2 else words.take(pa.array((values > 1).astype(np.int8)))
        columns[f"事项{item:03}"] = column
    csv.write_csv(pa.table(columns), path)


READ = """
import sys
from datetime import date
from pathlib import Path
from starcheck.inbox import Vocabulary, ledger_tables, read_inbox
from starcheck.intake import read_ledger
from starcheck.run import sort_tables
from starcheck.scheme import load_scheme
scheme, _ = load_scheme(Path(sys.argv[2]))
inbox, _ = read_inbox([Path(sys.argv[1])], Vocabulary.of(scheme))
sort_tables(inbox, scheme)
ledger, _ = read_ledger(ledger_tables(inbox, None), scheme, register=None, as_of=date(2022, 6, 30), county="测速县")
assert len(ledger.units) == int(sys.argv[3]) and all(len(column) for column in ledger.columns.values())
"""
STRINGS = """
import sys
import pyarrow as pa
from pyarrow import csv
names = csv.open_csv(sys.argv[1]).schema.names
types = dict.fromkeys(names, pa.string())
print(len(csv.read_csv(sys.argv[1], convert_options=csv.ConvertOptions(column_types=types))))
"""
LOAD = """
import sys, time
from pathlib import Path
from starcheck.scheme import load_scheme
started = time.process_time()
scheme, problems = load_scheme(Path(sys.argv[1]))
print(time.process_time() - started)
assert scheme is not None and not problems
"""


def seconds(command: list[str]) -> float:
    """One whole process on the clock."""
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - started


def main() -> None:
    """Make the data, take turns, print the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--units", type=int, default=620_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--data", type=Path)
    told = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = told.data or Path(scratch)
        rule, file = folder / "size.yaml", folder / "测速县2022年6月.csv"
        rule.write_text(scheme(), encoding="utf-8")
        if not file.exists():
            ledger(file, told.units)
        python = sys.executable
        hardest = folder / "ratios.yaml"
        hardest.write_text(ratios(), encoding="utf-8")
        for what, path in ((f"{ITEMS} items", rule), (f"{ITEMS} ratios over one field", hardest)):
            command = [python, "-c", LOAD, str(path)]
            loads = [
                float(subprocess.run(command, check=True, capture_output=True, text=True).stdout) for _ in range(5)
            ]
            print(f"load and lint of {what}: {median(loads):.3f} s of processor beyond imports")
        contenders = {
            "strings, pyarrow": [python, "-c", STRINGS, str(file)],
            "reading": [python, "-c", READ, str(file), str(rule), str(told.units)],
            "scoring": [
                python,
                "-m",
                "starcheck",
                "score",
                str(file),
                "--scheme",
                str(rule),
                "--no-store",
                "--county",
                "测速县",
            ],
        }
        found: dict[str, list[float]] = {name: [] for name in contenders}
        for turn in range(told.runs + 1):
            for name, command in contenders.items():
                took = seconds(command)
                if turn:
                    found[name].append(took)
        size = file.stat().st_size / 1e6
        print(f"{told.units:,} units × {ITEMS} items, {size:.0f} MB, medians of {told.runs}:")
        for name, times in found.items():
            print(f"  {name:18} {median(times):6.2f} s")
        relations = [one / other for one, other in zip(found["scoring"], found["reading"], strict=True)]
        print(f"  scoring ÷ reading  {median(relations):6.2f}  (at most 2)")


if __name__ == "__main__":
    main()
