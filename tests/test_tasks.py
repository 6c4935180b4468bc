"""Items made of tasks (任务), against an oracle that tries every way in which the unknown ones may turn out."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from making import OWN_CRITERIA, delimited, rated, run, scheme, scheme_file, scheme_text

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
