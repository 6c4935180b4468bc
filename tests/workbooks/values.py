"""Values as people write them, each read or refused at its cell."""

from __future__ import annotations

from typing import Any

from workbooks.shape import TITLE, Shape, one

HEAD = ["村名", "集体收入", "人口", "两委班子", "成立日期"]


def row(*cells: Any) -> list[list[Any]]:
    """One village."""
    return [[TITLE], HEAD, ["甲村", *cells]]


SHAPES: tuple[Shape, ...] = (
    one(
        "full width, thousands and units in cells",
        row("５．２万", "1,234人", "√"),
        {"甲村": "X=5.2@B3 N=1234@C3 Y=yes@D3"},
    ),
    one("元 in the cell", row("52000元", 800, "否"), {"甲村": "X=5.2@B3 N=800@C3 Y=no@D3"}),
    one(
        "Chinese numerals",
        row("五点二万", "一百零五", "有"),
        {"甲村": "X=5.2@B3 N=105@C3"},
        codes=(("V330", "B3"), ("V330", "C3")),
    ),
    one("an approximation", row("约5", 100, "是"), {"甲村": "X=?@B3 N=100@C3"}, codes=(("V301", "B3"),)),
    one("a range", row("5-6", 100, "是"), {"甲村": "X=?@B3"}, codes=(("V301", "B3"),)),
    one("an ambiguous numeral", row("三五", 100, "是"), {"甲村": "X=?@B3"}, codes=(("V301", "B3"),)),
    one("half a person", row(5, 99.5, "是"), {"甲村": "N=?@C3"}, codes=(("V304", "C3"),)),
    one("a foreign unit", row("5户", 100, "是"), {"甲村": "X=?@B3"}, codes=(("V309", "B3"),)),
    one("an error cell", row("#DIV/0!", 100, "是"), {"甲村": "X=?@B3"}, codes=(("V310", "B3"),)),
    one("a formula without a value", row("=B9", 100, "是"), {"甲村": "X=?@B3"}, codes=(("V311", "B3"),)),
    one("neither yes nor no", row(5, 100, "基本完成"), {"甲村": "Y=?@D3"}, codes=(("V306", "D3"),)),
    one("无 in a number", row("无", 100, "无"), {"甲村": "X=0@B3 Y=no@D3"}, codes=(("V314", "B3"),)),
    one("dashes are blank", row("—", "--", "/"), {"甲村": "X=?@B3 N=?@C3 Y=?@D3"}),
    one("a month as a number", row(5, 100, "是", 2022.1), {"甲村": "X=5@B3"}, codes=(("V307", "E3"),)),
)
