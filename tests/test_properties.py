"""What holds for every ledger, tried on many: DESIGN §5 and the list of STYLE §2."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from making import OWN_CRITERIA, Cell, Rated, criterion, delimited, run, scheme, scheme_file, scheme_text, workbook
from starcheck.column import Kind
from starcheck.scheme import LedgerField, Operator, Scheme

STARS = scheme_file(OWN_CRITERIA / "by-stars.yaml")
SCORE = scheme_file(OWN_CRITERIA / "by-score.yaml")
GRADED = scheme_file(OWN_CRITERIA / "graded.yaml")
TASKS = scheme_file(OWN_CRITERIA / "tasks.yaml")
REGISTERS = {
    STARS.id: [["编码", "名称", "乡镇", "标签"]]
    + [
        [f"4109991002{place:02d}", f"{name}村", "河乡" if place < 4 else "山乡", tag]
        for place, (name, tag) in enumerate(
            zip("甲乙丙丁戊己", ("", "城郊村", "整村搬迁村", "", "城郊村、整村搬迁村", ""), strict=True)
        )
    ],
    SCORE.id: [["编码", "名称", "乡镇", "类型", "标签"]]
    + [
        [f"4109990010{place:02d}", f"{name}社区", "东街道" if place < 3 else "西街道", "城市社区", tag]
        for place, (name, tag) in enumerate(zip("甲乙丙丁戊", ("", "新建社区", "", "新建社区", ""), strict=True))
    ],
}
REGISTERS |= dict.fromkeys((GRADED.id, TASKS.id), REGISTERS[STARS.id])
BLANKS = ("", "/", "—")


def cells_of(item: LedgerField) -> st.SearchStrategy[str]:
    """What people write in a column: values about the thresholds, blanks, and what cannot be read."""
    match item.kind:
        case Kind.YESNO:
            written = st.sampled_from(["是", "否", "√", "×", "已完成", "无"])
        case Kind.OPTION:
            written = st.sampled_from([*item.options, "别的"])
        case Kind.DATE:
            written = st.sampled_from(
                ["2022-01-01", "2021-12-31", "2022年1月", "2022.3.5", "20220304", "2022年3月", "去年"]
            )
        case Kind.INTEGER:
            written = st.integers(0, 60).map(str) | st.sampled_from(["1000", "999", "１５", "约5", "无"])
        case Kind.RATIO:
            written = st.sampled_from(
                ["90%", "89.99%", "90.01%", "95%", "60%", "59.9%", "92.5%", "30.5%", "30.4%", "100%", "0%", "九成"]
            )
        case _:
            written = st.sampled_from(
                ["5", "4.99", "10", "9.999", "5万", "50000元", "12.5", "500", "499.9", "750.5", "0", "约5"]
            )
    return st.one_of(written, written, written, st.sampled_from(BLANKS))


Table = dict[str, dict[str, str]]
"""Cells by unit and by key of the scheme."""


def tables(by: Scheme) -> st.SearchStrategy[Table]:
    """Ledgers over the units of a scheme's register, each with all columns."""
    row = st.fixed_dictionaries({key: cells_of(item) for key, item in by.ledger_columns.items()})
    names = [line[1] for line in REGISTERS[by.id][1:]]
    return st.fixed_dictionaries(dict.fromkeys(names, row))


def rate(
    by: Scheme, table: Table, *, keys: Sequence[str] | None = None, names: Sequence[str] | None = None, files: int = 1
) -> Rated:
    """Rate a table on the last day of 2023, rows and columns in the order of ``names`` and ``keys``."""
    towns = {line[1]: line[2] for line in REGISTERS[by.id][1:]}
    order = list(keys or by.ledger_columns)
    header = ["乡镇", "村名", *(by.ledger_columns[key].headers[0] for key in order)]
    rows = [[towns[name], name, *(table[name][key] for key in order)] for name in names or table]
    with tempfile.TemporaryDirectory() as folder:
        paths = [
            delimited(Path(folder) / f"{place}.csv", [header, *rows[place::files]])
            for place in range(files)
            if rows[place::files]
        ]
        register = delimited(Path(folder) / "register.csv", REGISTERS[by.id])
        return run(paths, by, register=register, period="2023-12")


def shown(result: Rated) -> dict[str, Any]:
    """All that a result says of its units."""
    return {
        name: (
            result.tier(name),
            result.reachable(name),
            result.score(name),
            result.provisional(name),
            result.stars(name),
            result.verdicts(name),
            result.reasons(name),
            result.vetoes(name),
        )
        for name in sorted(result.names)
    }


def without_quotas(by: Scheme) -> Scheme:
    """The scheme without 名额: what one unit gets there depends on the others."""
    text = by.texts[0][1]
    start = text.find("  名额:")
    return by if start < 0 else scheme(text[:start] + text[text.index("\n\n负面清单", start) :])


SCORE_ALONE = without_quotas(SCORE)
both = st.sampled_from([STARS, SCORE_ALONE, GRADED, TASKS])


def ranks(result: Rated) -> dict[str, int]:
    """Each unit's place by tier, then score; equals share one; no tier comes last."""
    keys: dict[str, tuple[int, float]] = {}
    for name in result.names:
        tier, score = result.tier(name), result.score(name)
        keys[name] = (-1 if tier is None else tier, 0.0 if score is None else score[0])
    return {name: 1 + sum(other > own for other in keys.values()) for name, own in keys.items()}


@given(st.data())
def test_blanking_never_pays(data: st.DataObject) -> None:
    """A criterion's cells made blank never raise the unit's tier, score or rank."""
    by = data.draw(both)
    table = data.draw(tables(by))
    name = data.draw(st.sampled_from(list(table)))
    item = data.draw(st.sampled_from(by.criteria))
    columns = [key for key in columns_of(by, item.id) if key in by.ledger_columns]
    before, after = rate(by, table), rate(by, {**table, name: {**table[name], **dict.fromkeys(columns, "")}})

    assert (after.tier(name) or 0) <= (before.tier(name) or 0)
    assert (after.score(name) or (0, 0))[0] <= (before.score(name) or (0, 0))[0] + 1e-9
    if by is not GRADED:
        # 比最优: what others have proven depends on the blank too (docs/decisions.md)
        assert ranks(after)[name] >= ranks(before)[name]


def columns_of(by: Scheme, identity: str) -> list[str]:
    """The ledger columns a criterion is made from."""
    item = by.criterion(identity)
    if item.reads_column:
        return [identity]
    if item.tasks:
        return [key for task in item.tasks for key in columns_of(by, task.id)]
    return list(item.dates) or [name.key for name in (item.expression.names if item.expression else ())]


@given(st.data())
def test_filling_stays_between_tier_and_reachable(data: st.DataObject) -> None:
    """A criterion without a value, filled with anything, leaves the tier within [tier, reachable] of before."""
    by = data.draw(both)
    table = data.draw(tables(by))
    name = data.draw(st.sampled_from(list(table)))
    key = data.draw(st.sampled_from([item.id for item in by.criteria if item.reads_column]))
    blank: Table = {**table, name: {**table[name], key: ""}}
    before, after = rate(by, blank), rate(by, table)
    assume(before.tier(name) is not None)
    low, high, tier = before.tier(name), before.reachable(name), after.tier(name)

    assert low is not None
    assert high is not None
    assert tier is not None
    assert low <= tier <= high
    scores = before.score(name), after.score(name)
    if scores[0] is not None and scores[1] is not None:
        assert scores[0][0] - 1e-9 <= scores[1][0] <= scores[1][1] <= scores[0][1] + 1e-9


@given(st.data())
def test_nobody_elses_blank_proves_a_tier(data: st.DataObject) -> None:
    """Cells of any units blank, then filled with anything: everybody stays within what was said with them blank."""
    by = data.draw(both)
    table = data.draw(tables(by))
    cells = st.tuples(st.sampled_from(list(table)), st.sampled_from(list(by.ledger_columns)))
    vetoes = {veto.id for veto in by.vetoes}
    blank = {name: dict(row) for name, row in table.items()}
    for name, key in data.draw(st.lists(cells, min_size=1, max_size=6)):
        if key not in vetoes:
            blank[name][key] = ""
    gone = data.draw(st.sampled_from([None, *table]))
    before, after = rate(by, blank, names=[name for name in table if name != gone]), rate(by, table)
    for name in table:
        low, high, tier, reachable = *before.tiers()[name], *after.tiers()[name]
        if low is None or high is None or tier is None or reachable is None:
            continue

        assert low <= tier <= reachable <= high
        scores = before.score(name), after.score(name)
        if scores[0] is not None and scores[1] is not None:
            assert scores[0][0] - 1e-9 <= scores[1][0] <= scores[1][1] <= scores[0][1] + 1e-9


@given(st.data())
def test_tier_is_at_most_reachable(data: st.DataObject) -> None:
    """Always; and what is not provisional has one tier only."""
    by = data.draw(st.sampled_from([STARS, SCORE, GRADED, TASKS]))
    result = rate(by, data.draw(tables(by)))
    for name in result.names:
        tier, reachable = result.tier(name), result.reachable(name)
        if tier is not None and reachable is not None:
            assert tier <= reachable
            if not result.provisional(name) and by is STARS:
                assert tier == reachable


def better(by: Scheme, key: str, cell: str) -> str:
    """A value that is certainly no worse for 至少 or 至多 than any the strategies make."""
    operators = {requirement.operator for requirement in by.criterion(key).requirements}
    item = by.ledger_columns[key]
    up = operators <= {Operator.AT_LEAST, Operator.ABOVE}
    sign = item.unit if item.kind is Kind.RATIO else ""
    number = "".join(letter for letter in cell if letter.isascii() and (letter.isdigit() or letter == "."))
    start = Decimal(number or "0")
    return (
        f"{start + Decimal('0.5' if item.kind is not Kind.INTEGER else 1):f}{sign}"
        if up
        else f"{max(Decimal(0), start - 1):f}{sign}"
    )


@given(st.data())
def test_a_better_value_never_lowers_a_tier(data: st.DataObject) -> None:
    """For 至少 more, for 至多 less, by steps small and large."""
    by = data.draw(both)
    table = data.draw(tables(by))
    name = data.draw(st.sampled_from(list(table)))
    steps = {Operator.AT_LEAST, Operator.ABOVE, Operator.AT_MOST, Operator.BELOW}
    keys = [
        item.id
        for item in by.criteria
        if item.reads_column
        and item.kind.numeric
        and all(requirement.operator in steps for requirement in item.requirements)
    ]
    key = data.draw(st.sampled_from(keys))
    sign = by.ledger_columns[key].unit if by.ledger_columns[key].kind is Kind.RATIO else ""
    cell = data.draw(
        st.decimals(0, 100, places=0 if by.ledger_columns[key].kind is Kind.INTEGER else 2).map(
            lambda value: f"{value:f}{sign}"
        )
    )
    before = rate(by, {**table, name: {**table[name], key: cell}})
    after = rate(by, {**table, name: {**table[name], key: better(by, key, cell)}})

    assert (after.tier(name) or 0) >= (before.tier(name) or 0)
    assert (after.reachable(name) or 0) >= (before.reachable(name) or 0)


@given(st.data())
def test_order_changes_nothing(data: st.DataObject) -> None:
    """Rows, columns and how they are spread over files; quotas with their ties included."""
    by = data.draw(st.sampled_from([STARS, SCORE]))
    table = data.draw(tables(by))
    one = rate(by, table)
    two = rate(
        by,
        table,
        keys=data.draw(st.permutations(list(by.ledger_columns))),
        names=data.draw(st.permutations(list(table))),
        files=data.draw(st.integers(1, 3)),
    )

    assert shown(one) == shown(two)


def test_sheet_order_changes_nothing(tmp_path: Path) -> None:
    """Two townships in two sheets, either first; two files, either named first."""
    sheets: Mapping[str, Sequence[Sequence[Cell]]] = {
        "河": [["乡镇", "村名", "集体收入"], ["河乡", "甲村", 5], ["河乡", "乙村", 10]],
        "山": [["集体收入", "村名", "乡镇"], [12, "戊村", "山乡"]],
    }
    register = delimited(tmp_path / "register.csv", REGISTERS[STARS.id])
    forward = workbook(tmp_path / "a.xlsx", sheets)
    backward = workbook(tmp_path / "b.xlsx", dict(reversed(list(sheets.items()))))
    files = [workbook(tmp_path / f"{name}.xlsx", rows) for name, rows in sheets.items()]
    results = [shown(run(paths, STARS, register=register)) for paths in (forward, backward, files, files[::-1])]

    assert [results[0]] * 4 == results


@given(st.decimals("0", "100", places=4), st.sampled_from(["{}万元", "{}万", "{} 万元"]))
def test_yuan_and_ten_thousand_yuan_agree(amount: Decimal, form: str) -> None:
    """The same money under （元）, under （万元）, and with its unit in the cell, gives the same verdict and value."""
    by = scheme(scheme_text({"星": ("全部", [criterion("X", "至少: 5.0001", "数值", "单位: 万元")])}))
    headers = {"X（元）": f"{amount * 10000:f}", "X（万元）": f"{amount:f}", "X": form.format(f"{amount:f}")}
    results = []
    with tempfile.TemporaryDirectory() as folder:
        for place, (header, cell) in enumerate(headers.items()):
            file = delimited(Path(folder) / f"{place}.csv", [["乡镇", "村名", header], ["河乡", "甲村", cell]])
            results.append(run(file, by))

    assert ["met" if amount >= Decimal("5.0001") else "unmet"] * 3 == [
        result.verdicts("甲村")["X"] for result in results
    ]
    assert 1 == len({f"{result.value('甲村', 'X')!r}" for result in results})


@given(st.data())
def test_a_veto_never_raises(data: st.DataObject) -> None:
    """Any veto cell changed to one that triggers, from blank or no, never raises tier, reachable or score."""
    by = data.draw(st.sampled_from([STARS, SCORE_ALONE]))
    table = data.draw(tables(by))
    name = data.draw(st.sampled_from(list(table)))
    veto = data.draw(st.sampled_from(by.vetoes))
    trigger = {"FM-3": "59%", "F-1": "重大"}.get(veto.id, "是")
    clear = {"FM-3": "60%", "F-1": "一般"}.get(veto.id, "否")
    without = rate(by, {**table, name: {**table[name], veto.id: data.draw(st.sampled_from([clear, ""]))}})
    hit = rate(by, {**table, name: {**table[name], veto.id: trigger}})

    assert (hit.tier(name) or 0) <= (without.tier(name) or 0)
    assert (hit.reachable(name) or 0) <= (without.reachable(name) or 0)
    assert (hit.score(name) or (0, 0)) <= (without.score(name) or (0, 0))
    assert "triggered" == hit.vetoes(name)[veto.id]


@given(st.data())
def test_counts_agree(data: st.DataObject) -> None:
    """Σ tiers and what caps, vetoes and 不参评 took are Σ lit stars; every unit is in one row (DESIGN §5.8)."""
    table = data.draw(tables(STARS))
    missing = data.draw(st.sets(st.sampled_from(list(table)), max_size=3))
    assume(len(missing) < len(table))
    result = rate(STARS, {name: row for name, row in table.items() if name not in missing})
    found = result.outcome.assessment
    lit = int((found.stars[found.units.reported] == 1).sum())
    tiers = [tier for tier in result.proven().values() if tier is not None]

    assert lit == sum(tiers) + sum(loss.stars for loss in found.losses)
    assert len(table) == len(tiers) + int(found.excluded.sum()) + len(
        [name for name in table if not result.reported(name)]
    )


@given(st.integers(1, 5000), st.integers(0, 20))
def test_two_in_a_thousand(thousands: int, cleaners: int) -> None:
    """A share is decided as a rational: cleaners / people at least 2‰ exactly where 1000 × cleaners ≥ 2 × people."""
    by = STARS
    people = max(1, thousands)
    with tempfile.TemporaryDirectory() as folder:
        file = delimited(
            Path(folder) / "a.csv", [["乡镇", "村名", "人口", "保洁员"], ["河乡", "甲村", people, cleaners]]
        )
        result = run(file, by)

    assert ("met" if 1000 * cleaners >= 2 * people else "unmet") == result.verdicts("甲村")["ST-1"]


@given(st.integers(0, 1000), st.sampled_from([1, 10, 100]))
def test_percent_formats_are_exact(tenths: int, parts: int) -> None:
    """N ‰ written as a percent, a per mille and, in a workbook, a formatted fraction meet n ‰ and not n + ε."""
    value = Decimal(tenths) / parts
    by = scheme(
        scheme_text(
            {
                "甲": ("全部", [criterion("A", f"至少: {value}", "比例", "单位: '%'", "列名: [率]")]),
            }
        )
    )
    with tempfile.TemporaryDirectory() as folder:
        file = delimited(
            Path(folder) / "a.csv",
            [["乡镇", "村名", "率"], ["河乡", "甲村", f"{value}%"], ["河乡", "乙村", f"{value * 10}‰"]],
        )
        result = run(file, by)

    assert {"甲村": 1, "乙村": 1} == result.proven()
