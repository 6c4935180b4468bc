"""Which scheme a ledger is rated by where nobody names one: that whose columns it has, an overlay by its own rule."""

from __future__ import annotations

from pathlib import Path

import pytest

from making import delimited
from starcheck.run import rate
from starcheck.workspace import Settings, Stop

BASE = """\
方案: 农村方案（测试）
编号: base
适用: 行政村
版本: "1"
性质: 示例，非官方标准
生效: 2022-01-01
依据:
  示例: {文件: 测试, 机关: 测试, 日期: 2022-01-01}
星级:
  - 星: 平安星
    牵头: 县
    点亮: 全部
    指标:
      - {编号: A-1, 名称: 应急队伍, 列名: [应急队伍], 类型: 整数, 单位: 人,
         责任: 县, 整改: 改, 要求: [{自: 2022-01-01, 至少: 20, 依据: 示例}]}
定级:
  方法: 亮星数
  档次: {1: 一星, 0: 未评星}
"""

OVERLAY = """\
方案: 示例县方案（测试）
编号: overlay
适用: 行政村
版本: "1"
性质: 示例，非官方标准
生效: 2022-01-01
继承: base.yaml
星级:
  - 星: 平安星
    指标:
      - {编号: A-1, 名称: 应急队伍, 列名: [应急队伍], 类型: 整数, 单位: 人,
         责任: 县, 整改: 改, 要求: [{自: 2022-01-01, 至少: 10, 依据: 示例}]}
"""

SECOND = """\
      - {编号: A-2, 名称: 打更队, 列名: [打更队], 类型: 是否,
         责任: 县, 整改: 改, 要求: [{自: 2022-01-01, 为: 是, 依据: 示例}]}
"""


def chosen(folder: Path, ledger: Path, scheme: str | None = None, **schemes: str) -> str:
    """The 编号 of the scheme by which a ledger is rated."""
    criteria = folder / "criteria"
    criteria.mkdir()
    for name, text in schemes.items():
        (criteria / f"{name}.yaml").write_text(text, encoding="utf-8")
    told = Settings(criteria=criteria, scheme=scheme, county="示例县", period="2022-06", no_store=True)
    return rate([ledger], told).scheme.id


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    """A ledger with the column that both schemes have."""
    return delimited(tmp_path / "台账.csv", [["村名", "应急队伍"], ["孟村", 15]])


def test_an_example_overlay_leaves_the_choice_to_its_scheme(tmp_path: Path, ledger: Path) -> None:
    """A county's overlay that is only an example has the same columns, and does not make the choice a tie."""
    assert "base" == chosen(tmp_path, ledger, base=BASE, overlay=OVERLAY)


def test_an_overlay_is_used_where_it_is_named(tmp_path: Path, ledger: Path) -> None:
    """--scheme, or scheme in starcheck.toml, takes the overlay."""
    assert "overlay" == chosen(tmp_path, ledger, "overlay", base=BASE, overlay=OVERLAY)


def test_an_overlay_is_used_where_its_scheme_is_not_there(tmp_path: Path, ledger: Path) -> None:
    """Two example overlays of one scheme fit alike without it; nothing says which is meant."""
    other = OVERLAY.replace("编号: overlay", "编号: other")
    (tmp_path / "base.yaml").write_text(BASE, encoding="utf-8")
    above = [text.replace("继承: base.yaml", "继承: ../base.yaml") for text in (OVERLAY, other)]

    with pytest.raises(Stop) as stopped:
        chosen(tmp_path, ledger, overlay=above[0], other=above[1])

    assert ("other" in stopped.value.text[0], 2) == ("overlay" in stopped.value.text[0], stopped.value.exit_code)


def test_an_offices_own_overlay_is_never_passed_over(tmp_path: Path, ledger: Path) -> None:
    """An office's own overlay beside the example it changes is a tie: the run stops and asks."""
    own = OVERLAY.replace("性质: 示例，非官方标准", "性质: 县定标准")

    with pytest.raises(Stop) as stopped:
        chosen(tmp_path, ledger, base=BASE, overlay=own)

    assert 2 == stopped.value.exit_code
    assert "base、overlay" in stopped.value.text[0]


def test_an_overlay_that_says_nothing_of_its_nature_is_an_offices_own(tmp_path: Path, ledger: Path) -> None:
    """It is printed with the 性质 of the example under it, but has not called itself one: the run asks."""
    with pytest.raises(Stop) as stopped:
        chosen(tmp_path, ledger, base=BASE, overlay=OVERLAY.replace("性质: 示例，非官方标准\n", ""))

    assert "base、overlay" in stopped.value.text[0]


def test_an_overlay_with_columns_of_its_own_is_chosen_by_them(tmp_path: Path) -> None:
    """A ledger with a column that only the overlay has is one of the overlay's."""
    wide = delimited(tmp_path / "台账.csv", [["村名", "应急队伍", "打更队"], ["孟村", 15, "是"]])

    assert "overlay" == chosen(tmp_path, wide, base=BASE, overlay=OVERLAY + SECOND)


def test_a_scheme_is_found_by_the_id_that_it_inherits(tmp_path: Path, ledger: Path) -> None:
    """An overlay that writes no 编号 goes on under its scheme's, and is found by it."""
    (tmp_path / "base.yaml").write_text(BASE, encoding="utf-8")
    overlay = OVERLAY.replace("编号: overlay\n", "").replace("继承: base.yaml", "继承: ../base.yaml")

    assert "base" == chosen(tmp_path, ledger, "base", overlay=overlay)


def test_an_unknown_scheme_is_told_with_all_that_there_are(tmp_path: Path, ledger: Path) -> None:
    """The message lists every scheme, also where a file mentions the word that was asked for."""
    with pytest.raises(Stop) as stopped:
        chosen(
            tmp_path, ledger, "测试", base=BASE, other=BASE.replace("编号: base", "编号: other").replace("测试", "试")
        )

    assert ("base、other" in stopped.value.text[0], 2) == (True, stopped.value.exit_code)
