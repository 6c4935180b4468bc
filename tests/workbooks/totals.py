"""Totals: last, first, in between, of pages; used as control totals, never as villages."""

from __future__ import annotations

from workbooks.shape import TITLE, Shape, one

HEAD = ["村名", "集体收入", "人口"]
ROWS = [["甲村", 5, 100], ["乙村", 6, 200]]
GOOD = {"甲村": "X=5@B3 N=100@C3"}

SHAPES: tuple[Shape, ...] = (
    one(
        "two totals at the head of every page",
        [
            [TITLE],
            ["村名", "集体收入", "人口"],
            ["合计", 5, 100],
            ["小计", 5, 100],
            ["甲村", 5, 100],
            ["村名", "集体收入", "人口"],
            ["合计", 6, 200],
            ["小计", 6, 200],
            ["乙村", 6, 200],
        ],
        {"甲村": "X=5@B5 N=100@C5", "乙村": "X=6@B9 N=200@C9"},
        absent=("J502",),
    ),
    one("last and right", [[TITLE], HEAD, *ROWS, ["合计", 11, 300]], GOOD, absent=("J502",)),
    one("last and wrong", [[TITLE], HEAD, *ROWS, ["合计", 12, 300]], GOOD, codes=(("J502", "B5"),)),
    one("first and right", [[TITLE], HEAD, ["合计", 11, 300], *ROWS], {"甲村": "X=5@B4 N=100@C4"}, absent=("J502",)),
    one(
        "first and wrong",
        [[TITLE], HEAD, ["合计", 11, 301], *ROWS],
        {"甲村": "X=5@B4 N=100@C4"},
        codes=(("J502", "C3"),),
    ),
    one(
        "subtotals below, a grand total at the end",
        [[TITLE], HEAD, *ROWS, ["小计", 11, 300], ["丙村", 7, 300], ["小计", 7, 300], ["总计", 18, 600]],
        GOOD,
        absent=("J502",),
    ),
    one(
        "subtotals above their groups under a grand total",
        [[TITLE], HEAD, ["总计", 18, 600], ["东片小计", 11, 300], *ROWS, ["西片小计", 7, 300], ["丙村", 7, 300]],
        {"甲村": "X=5@B5 N=100@C5", "丙村": "X=7@B8 N=300@C8"},
        absent=("J502",),
    ),
    one("spaced and in brackets", [[TITLE], HEAD, *ROWS, ["合　计（2个村）", 11, 300]], GOOD, absent=("J502", "R403")),
    one(
        "subtotals and a total on every page",
        [
            [TITLE],
            HEAD,
            *ROWS,
            ["小计", 11, 300],
            ["合计", 11, 300],
            HEAD,
            ["丙村", 7, 300],
            ["小计", 7, 300],
            ["合计", 7, 300],
        ],
        {"甲村": "X=5@B3 N=100@C3", "丙村": "X=7@B8 N=300@C8"},
        absent=("J502",),
    ),
    one(
        "not compared where a value is unknown",
        [[TITLE], HEAD, ["甲村", "约5", 100], ["合计", 11, 100]],
        {"甲村": "X=?@B3 N=100@C3"},
        codes=(("V301", "B3"),),
        absent=("J502",),
    ),
)
