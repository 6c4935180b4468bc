"""Near names and why they are near: suggestions in messages, never matches."""

from __future__ import annotations

from pathlib import Path

import pytest

from making import criterion, grid, rated, scheme, scheme_text
from starcheck.likeness import likenesses
from starcheck.register import Entry, Register, kind_of_name


@pytest.mark.parametrize(
    ("written", "known", "reasons"),
    [
        ("东官", "东关", {"同音", "差一字"}),
        ("李壮", "李庄", {"近音", "形近", "差一字"}),
        ("末庄", "未庄", {"形近", "差一字"}),
        ("日头", "曰头", {"形近", "差一字"}),
        ("己家", "已家", {"形近", "差一字"}),
        ("林厂", "林场", {"同音", "差一字"}),
        ("馬莊", "马庄", {"繁简"}),
        ("东李庄", "李庄", {"多一字"}),
        ("李庄", "东李庄", {"少一字"}),
        ("庄李", "李庄", {"字序不同"}),
        ("（氵甸）沽", "㳃沽", {"生僻字写法不同"}),
        ("柳树瞿阝", "柳树酄", {"生僻字写法不同"}),
        ("长shan", "长山", {"生僻字写法不同"}),
        ("满（lang）", "满浪", {"生僻字写法不同"}),
        ("东于(瞿阝)", "东于瞿阝", {"生僻字写法不同"}),
        ("大青?", "大青峪", {"有缺字"}),
        ("高\ue170", "高塸", {"有缺字"}),
        ("高井", "高井", {"只差后缀"}),
        ("前李营", "后李营", {"差一字"}),
    ],
)
def test_the_reasons(written: str, known: str, reasons: set[str]) -> None:
    """Sound with and without tone, looks, script, a character more or less, a rare one spelled out or lost."""
    [found] = likenesses(written, [known])

    assert reasons == {zh for zh, _ in found.reasons}


def test_unlike_names_are_not_suggested() -> None:
    """Below half alike there is nothing."""
    assert () == likenesses("东关", ["马庄", "孟家楼"])


def test_the_likest_comes_first_with_its_lead() -> None:
    """A name that sounds the same is likelier than one that merely shares a character."""
    known = ["西关", "东关", "东街"]
    found = likenesses("东官", known)
    [zh, en] = found[0].words("东关村", found[1])

    assert "东关" == known[found[0].place]
    assert "领先" in zh
    assert "ahead" in en
    assert "难分" in likenesses("东观", ["东关", "东官"])[0].words("东关", likenesses("东观", ["东关", "东官"])[1])[0]


def known_units(*units: str) -> Register:
    """``township/name`` each."""
    pairs = [unit.split("/") for unit in units]
    return Register(
        tuple(
            Entry(f"41099910{place:04d}", name, town, "平原县", kind_of_name(name))
            for place, (town, name) in enumerate(pairs)
        )
    )


def test_suggestions_look_in_the_township_first() -> None:
    """Then a unit of that very name, or one that sounds like it, elsewhere in the county."""
    register = known_units("河乡/东关村", "河乡/孟庄村", "山镇/东官村", "山镇/西马村", "城镇/李家寨村")

    assert "东关村（同音，差一字" in register.suggestions("东官村", "河乡")[0]
    assert "山镇有东官村" in register.suggestions("东官村", "河乡")[0]
    assert "山镇有西马村" == register.suggestions("西码村", "河乡")[0]
    assert "没有" == register.suggestions("朱陆店", "河乡")[0]


def test_a_village_that_may_have_become_a_community() -> None:
    """村改居: named with what to write into the register; still no match."""
    register = known_units("河乡/高井社区", "河乡/孟庄村")
    told = register.suggestions("高井村", "河乡")[0]

    assert all(word in told for word in ("高井社区", "村改居", "别名", "高井村", "类型"))
    assert "孟庄村" in register.suggestions("孟庄居委会", "河乡")[0]


def test_a_suggestion_in_a_run_is_only_said(tmp_path: Path) -> None:
    """The row is set aside, the unit not reported."""
    by = scheme(scheme_text({"星": ("全部", [criterion("X")])}))
    lines = grid("编码 名称 乡镇\n410999100201 东关村 河乡\n410999100202 西关村 河乡")
    result = rated(tmp_path, by, grid("乡镇 村名 X\n河乡 东官村 是\n河乡 西关村 是"), register=lines)
    [told] = [found for found in result.diagnostics if found.code == "R403"]

    assert "东关村（同音" in told.hint("zh")
    assert "东关村 (sounds the same" in told.hint("en")
    assert not result.reported("东关村")
