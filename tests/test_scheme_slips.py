"""Slips of the keyboard and of the pen in scheme files, told at their place and as what they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from making import criterion, scheme_text
from starcheck.diagnostic import Diagnostic
from starcheck.scheme import Scheme, load_scheme, scheme_from_texts

CONTRACT = (Path(__file__).parent / "schemes" / "contract.yaml").read_text(encoding="utf-8")


def found_in(old: str, new: str, mark: str) -> tuple[list[tuple[str, int | None, int | None]], str, tuple[int, int]]:
    """What is found where ``old`` is written as ``new``, its first message, and line and column of the mark in it."""
    assert old in CONTRACT
    before, _, after = CONTRACT.partition(old)
    text = before + new + after
    at = text.index(mark, len(before))
    _, problems = scheme_from_texts([("a.yaml", text)])
    found = [(item.code, item.where.line, item.where.column) for item in problems]
    return found, problems[0].message("zh"), (text[:at].count("\n") + 1, at - text.rfind("\n", 0, at))


REQUIREMENT = "{自: 2023-01-01, 至少: 10, 依据: 示例 第四条}"


@pytest.mark.parametrize(
    ("old", "new", "mark"),
    [
        (REQUIREMENT, "{自: 2023-01-01, 至少：10, 依据: 示例 第四条}", "："),
        (REQUIREMENT, "{自: 2023-01-01, 至少：10，依据：示例 第四条}", "："),
        (REQUIREMENT, "{自：2023-01-01, 至少: 10, 依据: 示例 第四条}", "："),
        (REQUIREMENT, "{自：2023-01-01，至少: 10, 依据: 示例 第四条}", "："),
        (REQUIREMENT, "{自：2023-01-01，至少：10，依据：示例 第四条}", "："),
        (REQUIREMENT, "{自: 2023-01-01，至少：10，依据：示例 第四条}", "，"),
        (REQUIREMENT, "{自: 2023-01-01，至少: 10, 依据: 示例 第四条}", "，"),
        (REQUIREMENT, "{自: 2023-01-01, 至少: 10，依据: 示例 第四条}", "，"),
        ("        名称: 村集体", "        名称：村集体", "："),
        ("        整改: 盘活", "        整改：盘活", "："),
        ("      - 编号: CY-01", "      - 编号：CY-01", "："),
        ("  - 星: 生态宜居星", "  - 星：生态宜居星", "："),
        ("    点亮: {至少: 2}", "    点亮: {至少：2}", "："),
        ("    点亮: {至少: 2}", "    点亮：{至少: 2}", "："),
        ("定级:", "定级：", "："),
        ("性质: 示例，非官方标准", "性质：示例，非官方标准", "："),
        ("{5: 五星, 4: 四星", "{5：五星，4: 四星", "："),
    ],
)
def test_full_width_punctuation_is_named_at_its_place(old: str, new: str, mark: str) -> None:
    """K602 and nothing else: not what is missing because of it, and not at the line below."""
    found, message, place = found_in(old, new, mark)

    assert [("K602", *place)] == found
    assert f"中文{'冒号' if mark == '：' else '逗号'}“{mark}”" in message


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("整改: 盘活闲置校舍与集体土地", "整改: 盘活，如：校舍、土地"),
        ("机关: 清丰县,", "机关: 清丰县，县委：办公室,"),
        ("  保洁员: {列名", "  保洁员: {说明: 含：兼职的，不含：临时的, 列名"),
        ("依据: 示例 第十条}\n  - {编号: FM-02", '依据: "示例 第十条：甲，乙：丙"}\n  - {编号: FM-02'),
        ("列名: [保洁员数, 保洁人员]", '列名: ["保洁员，数"]'),
        ("列名: [保洁员数, 保洁人员]", "列名: [保洁员，数]"),
    ],
)
def test_full_width_punctuation_in_texts_is_left_alone(old: str, new: str) -> None:
    """In what is said, in quotes, and where it cannot have parted entries."""
    assert old in CONTRACT
    scheme, problems = scheme_from_texts([("a.yaml", CONTRACT.replace(old, new, 1))])

    assert scheme is not None, [problem.message("zh") for problem in problems]


def test_a_field_may_have_a_colon_in_its_name() -> None:
    """其中：男 is a name, as it has a value of its own."""
    text = CONTRACT.replace("字段:\n", "字段:\n  其中：男: {类型: 整数, 单位: 人}\n", 1)
    scheme, problems = scheme_from_texts([("a.yaml", text)])

    assert scheme is not None, problems
    assert "其中：男" in scheme.fields


# --- tasks ------------------------------------------------------------------------------------------------------------

TASKS = "[{编号: I-1, 名称: 甲, 列名: [甲事], 类型: 是否, 要求: [{自: 2022-01-01, 为: 是, 依据: 示例}]}, SECOND]"
SECOND = (
    "{编号: I-2, 名称: 乙, 责任: 乙局, 要求: [{自: 2022-01-01, 为: 全部, 依据: 示例}], 任务: ["
    "{编号: I-21, 名称: 丙, 列名: [丙事], 类型: 是否, 整改: 自己改, 要求: [{自: 2022-01-01, 为: 是, 依据: 示例}]}]}"
)
ITEM = (
    "{编号: I, 名称: 项, 责任: 甲局, 整改: 补齐, 要求: [{自: 2022-01-01, 为: 全部, 依据: 示例}], 任务: " + TASKS + "}"
)
WITH_TASKS = scheme_text({"A": ("全部", [ITEM.replace("SECOND", SECOND), criterion("J")])}, identity="base")


def test_tasks_have_the_owner_and_remedy_of_their_item() -> None:
    """A task that says neither has those of what is above it, at any depth; its own come first."""
    scheme, problems = scheme_from_texts([("a.yaml", WITH_TASKS)])
    assert scheme is not None

    assert () == problems
    assert {
        "I": ("甲局", "补齐"),
        "I-1": ("甲局", "补齐"),
        "I-2": ("乙局", "补齐"),
        "I-21": ("乙局", "自己改"),
        "J": ("县", "改"),
    } == {item.id: (item.owner, item.remedy) for item in scheme.criteria}


def laid(tmp_path: Path, items: str) -> tuple[Scheme | None, tuple[Diagnostic, ...]]:
    """The scheme of an overlay that has these 指标 for the star."""
    (tmp_path / "base.yaml").write_text(WITH_TASKS, encoding="utf-8")
    path = tmp_path / "over.yaml"
    path.write_text(f"编号: over\n继承: base.yaml\n星级: [{{星: A, 指标: [{items}]}}]\n", encoding="utf-8")
    return load_scheme(path)


def test_an_overlay_replaces_a_task_where_it_stands(tmp_path: Path) -> None:
    """By its 编号, at any depth, in its place; the item above stays as it is."""
    scheme, problems = laid(tmp_path, criterion("I-21", "至少: 3", "整数", "单位: 人") + ", " + criterion("I-1"))
    assert scheme is not None, problems

    assert () == problems
    assert ["I", "I-1", "I-2", "I-21", "J"] == [item.id for item in scheme.criteria]
    assert ("I-21",) == scheme.criterion("I-21").headers
    assert "over.yaml" == scheme.origin("I-21").file
    assert "base.yaml" == scheme.origin("I-2").file


def test_an_overlay_takes_out_a_task(tmp_path: Path) -> None:
    """By its 编号; the others and the item stay."""
    scheme, problems = laid(tmp_path, "{编号: I-1, 停用: 是}")
    assert scheme is not None, problems

    assert ["I", "I-2", "I-21", "J"] == [item.id for item in scheme.criteria]


def test_a_task_of_a_replaced_item_is_not_there_to_replace(tmp_path: Path) -> None:
    """What the new version of the item does not have cannot be taken out, and what it has stands twice."""
    own = ITEM.replace(", SECOND", "")

    assert ["K633"] == [problem.code for problem in laid(tmp_path, own + ", {编号: I-2, 停用: 是}")[1]]
    assert "K618" in [problem.code for problem in laid(tmp_path, own + ", " + criterion("I-1"))[1]]
    assert ["K618"] == [problem.code for problem in laid(tmp_path, criterion("I-1") + ", " + criterion("I-1"))[1]]


@pytest.mark.parametrize(
    ("items", "said"),
    [
        ("{编号: I, 停用: 是}, {编号: J, 停用: 是}", "这颗星（这个组）"),
        ("{编号: I-21, 停用: 是}", "上面的指标"),
    ],
)
def test_what_is_left_with_nothing_is_to_be_taken_out_itself(tmp_path: Path, items: str, said: str) -> None:
    """停用 of all that a star or an item has says where to write 停用 instead."""
    _, [problem] = laid(tmp_path, items)

    assert "K606" == problem.code
    assert f"在{said}上写“停用: 是”" in problem.message("zh")
