"""Items made of tasks (任务), against an oracle that tries every way in which the unknown ones may turn out."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from making import OWN_CRITERIA, criterion, delimited, grid, rated, run, scheme, scheme_file, scheme_text
from starcheck.scheme import Scheme

CELLS = {"是": True, "否": False, "": None}


@dataclass(frozen=True)
class Task:
    """A task of a random item: read from a column, or made of ``parts`` of which ``least`` must be met, 0 for all."""

    essential: bool
    least: int
    parts: tuple[Task, ...]


_LEAF = st.builds(Task, st.booleans(), st.just(0), st.just(()))
_PARTS = st.lists(_LEAF, min_size=1, max_size=3).map(tuple)
_MADE = st.builds(Task, st.booleans(), st.integers(0, 3), _PARTS)
_ITEMS = st.builds(
    Task, st.just(value=False), st.integers(0, 3), st.lists(_LEAF | _MADE, min_size=1, max_size=4).map(tuple)
)


def leaves(task: Task, name: str) -> Iterator[str]:
    """The 编号 of what is read, in the order of the file."""
    if not task.parts:
        yield name
    for number, part in enumerate(task.parts):
        yield from leaves(part, f"{name}-{number}")


def met(task: Task, name: str, cells: Mapping[str, bool]) -> bool:
    """Whether a task is met when nothing is unknown."""
    if not task.parts:
        return cells[name]
    states = [met(part, f"{name}-{number}", cells) for number, part in enumerate(task.parts)]
    needed = all(state for state, part in zip(states, task.parts, strict=True) if part.essential)
    return needed and sum(states) >= (least_of(task) or len(states))


def least_of(task: Task) -> int:
    """How many parts it asks for, 0 for all: no more than it has."""
    return min(task.least, len(task.parts))


def written(task: Task, name: str) -> str:
    """The task as YAML."""
    common = f"编号: {name}, 名称: 事项{name}, 责任: 甲局, 整改: 补齐"
    if task.essential:
        common += ", 必备: 是"
    if not task.parts:
        return f"{{{common}, 列名: [事项{name}], 类型: 是否, 要求: [{{自: 2022-01-01, 为: 是, 依据: 示例}}]}}"
    wanted = f"至少: {least_of(task)}" if least_of(task) else "为: 全部"
    parts = ", ".join(written(part, f"{name}-{number}") for number, part in enumerate(task.parts))
    return f"{{{common}, 要求: [{{自: 2022-01-01, {wanted}, 依据: 示例}}], 任务: [{parts}]}}"


@given(st.data())
def test_an_item_is_unknown_only_where_it_may_go_either_way(data: st.DataObject) -> None:
    """Met if it is met however the blanks turn out, unmet if it never is; else unknown, for a reason."""
    item = data.draw(_ITEMS)
    names = list(leaves(item, "A"))
    cells = [data.draw(st.sampled_from(list(CELLS))) for _ in names]
    known = {name: CELLS[cell] for name, cell in zip(names, cells, strict=True)}
    blanks = [name for name, value in known.items() if value is None]
    outcomes = {
        met(item, "A", {**{name: bool(value) for name, value in known.items()}, **dict(zip(blanks, turn, strict=True))})
        for turn in itertools.product((False, True), repeat=len(blanks))
    }
    by = scheme(scheme_text({"甲星": ("全部", [written(item, "A")])}))

    with tempfile.TemporaryDirectory() as folder:
        rows = [["乡镇", "村名", *(f"事项{name}" for name in names)], ["河乡", "张村", *cells]]
        result = rated(Path(folder), by, rows)

    verdict = result.verdicts("张村")["A"]
    assert {frozenset({True}): "met", frozenset({False}): "unmet"}.get(frozenset(outcomes), "unknown") == verdict
    assert result.reasons("张村")["A"] == ("blank" if verdict == "unknown" else None)
    assert result.star("张村") == {"met": "lit", "unmet": "unlit", "unknown": "unknown"}[verdict]


def test_what_an_item_of_tasks_is_worth(tmp_path: Path) -> None:
    """Its value is how many of its tasks are met, its gap how many are still to be met."""
    by = scheme_file(OWN_CRITERIA / "tasks.yaml")
    header = ["乡镇", "村名", "人口", "保洁员", "垃圾清运", "改厕率", "绿化"]
    rows = [header, ["河乡", "张村", 1000, 1, "是", "79%", "是"], ["河乡", "李村", 1000, 2, "是", "80%", "是"]]

    result = run(delimited(tmp_path / "台账.csv", rows), by, as_of="2023-06-30", period="2023-06")

    assert [1, 2] == [result.value("张村", "A-1"), result.gap("张村", "A-1")]
    assert [3, None] == [result.value("李村", "A-1"), result.gap("李村", "A-1")]


# --- whom an item is for, its tasks are for ---------------------------------------------------------------------------

KINDS = "类: {类型: 选项, 选项: [农, 城]}"
BANDS = "  方法: 总分\n  档次: [{至少: 10, 档: 好}, {至少: 0, 档: 差}]\n"
REGISTER = "编码 名称 乡镇 标签\n410999100201 一村 河乡 -\n410999100202 二村 河乡 免\n410999100203 三村 河乡 -"


def of_points(*more: str, since: str = "2022-01-01", tasks: str = "") -> Scheme:
    """An item of two tasks of ten points each, and an item of none; 好 from ten points on."""
    parts = ", ".join(
        f"{{编号: T{number}, 名称: 事{number}, 列名: [T{number}], 类型: 是否, 分值: 10, 责任: 县, 整改: 改{tasks}, "
        "要求: [{自: 2022-01-01, 为: 是, 依据: 示例}]}"
        for number in (1, 2)
    )
    asked = f"要求: [{{自: {since}, 为: 全部, 依据: 示例}}]"
    said = ", ".join(("编号: I, 名称: 事, 责任: 县, 整改: 改", *more, asked, f"任务: [{parts}]"))
    other = criterion("X", "为: 是", "是否", "分值: 10")
    return scheme(scheme_text({"星": ("{得分: {至少: 10}}", [f"{{{said}}}", other])}, BANDS, fields=[KINDS]))


LEDGER = "乡镇 村名 类 T1 T2 X\n河乡 一村 {} 是 是 否\n河乡 二村 农 是 是 否\n河乡 三村 农 否 是 否"


def test_tasks_of_an_item_for_others_earn_nothing(tmp_path: Path) -> None:
    """适用于 of an item is that of its tasks: the other kind has no points of theirs; of no kind, perhaps."""
    by = of_points("适用于: {类: [农]}")
    other, unsure = (rated(tmp_path, by, grid(LEDGER.format(kind))) for kind in ("城", "-"))

    assert [(0, 0), (20, 20), (10, 10)] == [other.score(name) for name in other.names]
    assert {"I": "other_kind", "T1": "other_kind", "T2": "other_kind", "X": None} == other.reasons("一村")
    assert ((0, 0), False) == (other.tiers()["一村"], other.provisional("一村"))
    assert ((0, 20), (0, 1), True) == (unsure.score("一村"), unsure.tiers()["一村"], unsure.provisional("一村"))
    assert {"I": "unknown", "T1": "unknown", "T2": "unknown", "X": "unmet"} == unsure.verdicts("一村")
    assert ["C2"] == unsure.cells("V313")


@pytest.mark.parametrize(
    ("policy", "score", "star"),
    [("不计", 0, "unlit"), ("达标", 20, "lit"), ("未达标", 0, "unlit")],
)
def test_tasks_of_an_exempt_item_count_as_it_does(tmp_path: Path, policy: str, score: float, star: str) -> None:
    """不适用按 of an item holds for the points of its tasks, whatever stands in their cells."""
    by = of_points("不适用于: [免]", f"不适用按: {policy}")
    cells = LEDGER.format("农").replace("二村 农 是 是", "二村 农 否 -")
    result = rated(tmp_path, by, grid(cells), register=grid(REGISTER))
    found = result.outcome.assessment

    assert ((score, score), star) == (result.score("二村"), result.star("二村"))
    assert {"I": "exempt", "T1": "exempt", "T2": "exempt", "X": None} == result.reasons("二村")
    counted = {"不计": [-2, -2, -2], "达标": [1, 1, 1], "未达标": [0, 0, 0]}[policy]
    assert [*counted, 0] == found.counts_as(np.array([result.row("二村")]))[0].tolist()


def test_tasks_of_an_item_by_the_average(tmp_path: Path) -> None:
    """平均 of an item gives each of its tasks the mean share of what counts: here all."""
    by = of_points("不适用于: [免]", "不适用按: 平均")
    cells = LEDGER.format("农").replace("二村 农 是 是 否", "二村 农 否 否 是")
    result = rated(tmp_path, by, grid(cells), register=grid(REGISTER))

    assert [(20, 20), (30, 30), (10, 10)] == [result.score(name) for name in result.names]


def test_tasks_of_an_item_to_come_earn_nothing_yet(tmp_path: Path) -> None:
    """From the day on that the item asks for something its tasks count, not before."""
    by = of_points(since="2022-06-01")
    file = delimited(tmp_path / "a.csv", grid(LEDGER.format("农")))
    before, after = (run(file, by, as_of=day, period=day[:7]) for day in ("2022-05-31", "2022-06-01"))

    assert [(0, 0), (20, 20)] == [before.score("一村"), after.score("一村")]
    assert "not_in_force" == before.reasons("一村")["T1"]


def test_tasks_end_with_their_item_or_before_it(tmp_path: Path) -> None:
    """An item takes its tasks along; one that ends is asked for no more, and an item of none does not count."""
    tasks = [criterion("T1", "为: 是", "是否", "止: 2022-06-30"), criterion("T2", "为: 是", "是否", "止: 2022-09-30")]
    asked = "要求: [{自: 2022-01-01, 为: 全部, 依据: 示例}], END责任: 县, 整改: 改"
    item = f"{{编号: I, 名称: I, 任务: [{', '.join(tasks)}], {asked}}}"
    file = delimited(tmp_path / "a.csv", grid("乡镇 村名 T1 T2 X\n河 一村 否 是 是"))

    def found(end: str, day: str) -> dict[str, str]:
        by = scheme(scheme_text({"星": ("任一", [item.replace("END", end), criterion("X")])}))
        return run(file, by, as_of=day, period=day[:7]).verdicts("一村")

    never = "not_applicable"
    assert {"I": "unmet", "T1": "unmet", "T2": "met", "X": "met"} == found("", "2022-06-30")
    assert {"I": "met", "T1": never, "T2": "met", "X": "met"} == found("", "2022-07-31")
    assert {"I": never, "T1": never, "T2": never, "X": "met"} == found("", "2022-10-31")
    assert {"I": never, "T1": never, "T2": never, "X": "met"} == found("止: 2022-05-31, ", "2022-06-30")


def test_who_is_left_out_inside_is_not_brought_in_from_outside(tmp_path: Path) -> None:
    """A task exempt by 不计 earns nothing because its item, exempt too, counts as met; nor the other way round."""
    inner = of_points("不适用于: [免]", "不适用按: 达标", tasks=", 不适用于: [免]")
    outer = of_points("不适用于: [免]", tasks=", 不适用于: [免], 不适用按: 达标")
    for by, item in ((inner, 1), (outer, -2)):
        result = rated(tmp_path, by, grid(LEDGER.format("农")), register=grid(REGISTER))
        counted = result.outcome.assessment.counts_as(np.array([result.row("二村")]))[0]

        assert (0, 0) == result.score("二村")
        assert [item, -2, -2, 0] == counted.tolist()


def kinds(*tasks: str, more: str = "") -> Scheme:
    """A star of an item of these tasks, of four points, and another of six; 农 and 城 are kinds."""
    asked = f"要求: [{{自: 2022-01-01, 至少: 2, 依据: 示例}}], 责任: 县, 整改: 改, 分值: 4{more}"
    item = f"{{编号: I, 名称: 事, {asked}, 任务: [{', '.join(tasks)}]}}"
    items = [item, criterion("X", "为: 是", "是否", "分值: 6")]
    return scheme(scheme_text({"星": ("全部", items)}, BANDS, fields=[KINDS]))


RURAL = criterion("T1", "为: 是", "是否", "适用于: {类: [农]}")
EXEMPT = criterion("T2", "为: 是", "是否", "不适用于: [免]")


def test_an_item_that_may_not_count_at_all_is_not_missed(tmp_path: Path) -> None:
    """Its only task that counts is for one kind; of unknown kind the item may be none, and the star lit."""
    later = criterion("T2", since="2030-01-01")
    cells = "乡镇 村名 类 T1 T2 X\n河乡 一村 {} 是 是 是"
    states = {
        kind: (found.verdicts("一村")["I"], found.star("一村"))
        for kind in ("农", "城", "-")
        for found in [rated(tmp_path, kinds(RURAL, later), grid(cells.format(kind)))]
    }

    assert {"农": ("unmet", "unlit"), "城": ("not_applicable", "lit"), "-": ("unknown", "unknown")} == states


@pytest.mark.parametrize("tasks", [(RURAL, EXEMPT), (EXEMPT, RURAL)])
def test_an_item_is_exempt_in_whatever_order_its_tasks_stand(tmp_path: Path, tasks: tuple[str, str]) -> None:
    """One task is for another kind, the other exempt: the item gets its average."""
    by = kinds(*tasks, more=", 不适用于: [免], 不适用按: 平均")
    cells = grid("乡镇 村名 类 T1 T2 X\n河乡 二村 城 是 是 是")

    assert (10, 10) == rated(tmp_path, by, cells, register=grid(REGISTER)).score("二村")


def test_an_item_is_exempt_by_a_task_only_if_that_is_for_its_kind(tmp_path: Path) -> None:
    """Its only task is exempt, and for one kind: of another kind nothing of the item counts, and no 达标 of its own."""
    only = criterion("T1", "为: 是", "是否", "适用于: {类: [农]}", "不适用于: [免]")
    later = criterion("T2", since="2030-01-01")
    cells = "乡镇 村名 类 T1 T2 X\n河乡 二村 {} 是 是 否"
    by = kinds(only, later, more=", 不适用于: [免], 不适用按: 达标")
    found = {kind: rated(tmp_path, by, grid(cells.format(kind)), register=grid(REGISTER)) for kind in ("农", "城", "-")}
    states = {kind: (one.verdicts("二村")["I"], one.score("二村")) for kind, one in found.items()}

    assert {"农": ("not_applicable", (4, 4)), "城": ("not_applicable", (0, 0)), "-": ("unknown", (0, 4))} == states


def test_an_item_for_another_kind_is_not_exempt_by_its_tasks(tmp_path: Path) -> None:
    """Its task is exempt by itself; the item is not for the unit's kind, and gets no average."""
    by = kinds(RURAL, EXEMPT, more=", 适用于: {类: [农]}, 不适用于: [免], 不适用按: 平均")
    cells = "乡镇 村名 类 T1 T2 X\n河乡 二村 {} 是 是 是"
    found = {kind: rated(tmp_path, by, grid(cells.format(kind)), register=grid(REGISTER)) for kind in ("农", "城", "-")}

    assert {"农": (10, 10), "城": (6, 6), "-": (6, 10)} == {kind: one.score("二村") for kind, one in found.items()}


def test_rates_with_bonuses_may_rise_by_what_does_not_count(tmp_path: Path) -> None:
    """折算: 12 of 10 points beside an item of unknown kind are 24 of 20 if that does not count, and 22 if it does."""
    items = [
        criterion("X", "为: 是", "是否", "分值: 10", "加分: {加: 2}"),
        criterion("Y", "为: 是", "是否", "分值: 10", "适用于: {类: [农]}"),
    ]
    by = scheme(scheme_text({"星": ("全部", items)}, BANDS + "  折算: 是\n", fields=[KINDS]))
    cells = "乡镇 村名 类 X Y\n河乡 一村 {} 是 是"
    found = {kind: rated(tmp_path, by, grid(cells.format(kind))).score("一村") for kind in ("农", "城", "-")}

    assert [(22, 22), (24, 24), pytest.approx((12, 24))] == [found[kind] for kind in ("农", "城", "-")]
