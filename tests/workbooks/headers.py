"""Headers: where they are, how deep, how they are written."""

from __future__ import annotations

from workbooks.shape import TITLE, Shape, one

A = {"甲村": "X=5@B3 N=100@C3", "乙村": "X=6@B4 N=200@C4"}
BODY = [["甲村", 5, 100], ["乙村", 6, 200]]

SHAPES: tuple[Shape, ...] = (
    one("in row two under a title", [[TITLE], ["村名", "集体收入", "人口"], *BODY], A),
    one(
        "far down and right of column A",
        [[TITLE], *[[]] * 9, [None, None, "村名", "集体收入", "人口"], *[[None, None, *row] for row in BODY]],
        {"甲村": "X=5@D12 N=100@E12", "乙村": "X=6@D13 N=200@E13"},
    ),
    one(
        "below sixty lines of notes",
        [[TITLE], *[[f"说明第{n}条，请认真填写。"] for n in range(50)], ["村名", "集体收入", "人口"], *BODY],
        {"甲村": "X=5@B53 N=100@C53"},
    ),
    one(
        "two rows, merged groups",
        [[TITLE], ["村名", "产业", None], [None, "集体收入", "人口"], *BODY],
        {"甲村": "X=5@B4 N=100@C4"},
        merged=("A2:A3", "B2:C2"),
    ),
    one(
        "two rows, groups centred across without merges",
        [[TITLE], ["村名", "产业", None], [None, "集体收入", "人口"], *BODY],
        {"甲村": "X=5@B4 N=100@C4"},
    ),
    one(
        "three rows, the last of units",
        [[TITLE], ["村名", "产业", None], [None, "集体收入", "人口"], [None, "元", "人"], ["甲村", 50_000, 100]],
        {"甲村": "X=5@B5 N=100@C5"},
        codes=(("T207", "B4"),),
    ),
    one(
        "a remark among the units",
        [[TITLE], ["村名", "集体收入", "人口", "户数"], ["待核", "元", "人", "户"], ["甲村", 50_000, 100, 30]],
        {"甲村": "X=5@B4 N=100@C4"},
        codes=(("T207", "B3"),),
    ),
    one(
        "four rows",
        [
            [TITLE],
            ["村名", "基本情况", None],
            [None, "经济和人口", None],
            [None, "集体收入", "人口"],
            [None, "（万元）", "（人）"],
            *BODY,
        ],
        {"甲村": "X=5@B6 N=100@C6"},
        merged=("A2:A5", "B2:C2", "B3:C3"),
    ),
    one(
        "three rows, with one group only",
        [[TITLE], ["村名", "基本情况", "人口"], [None, "经济", None], [None, "集体收入", None], *BODY],
        {"甲村": "X=5@B5 N=100@C5"},
        merged=("A2:A4", "C2:C4"),
    ),
    one(
        "three rows, with one group only, in a CSV",
        [[TITLE], ["村名", "基本情况", "人口"], [None, "经济"], [None, "集体收入"], *BODY],
        {"甲村": "X=5@B5 N=100@C5"},
        file="a.csv",
    ),
    one(
        "names merged over a row with nothing else, then units",
        [[TITLE], ["村名", "集体收入", "人口"], [], [None, "元", "人"], ["甲村", 50_000, 100]],
        {"甲村": "X=5@B5 N=100@C5"},
        merged=("A2:A4", "B2:B3", "C2:C3"),
        codes=(("T207", "B4"),),
    ),
    one(
        "a label beside a name that has only its unit below",
        [
            [TITLE],
            ["村名", "基本情况", "人口"],
            [None, "经济", None],
            [None, "集体收入", None],
            [None, "（元）", "（人）"],
            ["甲村", 50_000, 100],
        ],
        {"甲村": "X=5@B6 N=100@C6"},
        codes=(("T207", "B5"),),
        file="a.csv",
    ),
    one(
        "a row of units with one that is misspelt",
        [[TITLE], ["村名", "集体收入", "人口"], [None, "元", "人某"], ["甲村", 50_000, 100]],
        {"甲村": "X=5@B4 N=?@-"},
        codes=(("T207", "B3"), ("T203", "C3")),
        absent=("R401",),
    ),
    one(
        "a row of units under a blank one",
        [[TITLE], ["村名", "集体收入", "人口"], [], [None, "元", "人"], ["甲村", 50_000, 100]],
        {"甲村": "X=5@B5 N=100@C5"},
        codes=(("T207", "B4"),),
        absent=("R401",),
    ),
    one(
        "two known columns above a table with more",
        [
            ["平原县河乡2022年6月台账"],
            ["村名", "集体收入", "人口某"],
            ["甲村", 5, 100],
            ["平原县山乡2022年6月台账"],
            ["村名", "集体收入", "人口"],
            ["甲村", 7, 300],
        ],
        {"河乡/甲村": "X=5@B3 N=?@-", "山乡/甲村": "X=7@B6 N=300@C6"},
        codes=(("T203", "C2"),),
    ),
    one(
        "a row of column numbers",
        [[TITLE], ["村名", "集体收入", "人口"], ["甲", 1, 2], *BODY],
        {"甲村": "X=5@B4 N=100@C4"},
    ),
    one(
        "line breaks, spaces, full width, units and numbers before the name",
        [[TITLE], ["村 名", "1.集体\n收入（万元）", "（二）人　口*"], *BODY],
        A,
    ),
    one(
        "a unit above the table",
        [[TITLE], ["单位：元"], ["村名", "集体收入", "人口"], ["甲村", 50_000, 100]],
        {"甲村": "X=5@B4 N=100@C4"},
        codes=(("T224", "B3"),),
    ),
    one(
        "a unit in the header beats the one above",
        [[TITLE], ["单位：元"], ["村名", "集体收入（万元）", "人口"], ["甲村", 5, 100]],
        {"甲村": "X=5@B4 N=100@C4"},
        absent=("T224",),
    ),
    one(
        "a column without a header",
        [[TITLE], ["村名", "集体收入", None, "人口"], ["甲村", 5, 9, 100]],
        {"甲村": "X=5@B3 N=100@D3"},
        codes=(("T210", "C3"),),
    ),
    one(
        "two columns for one field that disagree",
        [[TITLE], ["村名", "集体收入", "村集体收入", "人口"], ["甲村", 5, 6, 100]],
        {"甲村": "X=?@B3 N=100@D3"},
        codes=(("T204", "C2"), ("R413", "C3")),
    ),
    one(
        "one name in two groups, told apart by the group",
        [
            [TITLE],
            ["村名", "镇", None, "村", None],
            [None, "集体收入", "企业", "集体收入", "人口"],
            ["甲村", 9, 2, 5, 100],
        ],
        {"甲村": "X=5@D4 N=100@E4"},
        codes=(("T203", "B3"),),
        absent=("T204", "T216"),
        merged=("A2:A3", "B2:C2", "D2:E2"),
    ),
    one(
        "one name in two groups under a third, told apart by the group",
        [
            [TITLE],
            ["村名", "经济", None, None, None],
            [None, "镇", None, "村", None],
            [None, "集体收入", "企业", "集体收入", "人口"],
            ["甲村", 9, 2, 5, 100],
        ],
        {"甲村": "X=5@D5 N=100@E5"},
        absent=("T204", "T216"),
        merged=("A2:A4", "B2:E2", "B3:C3", "D3:E3"),
    ),
    one(
        "one name in two groups that the scheme does not know",
        [
            [TITLE],
            ["村名", "2021年", None, "2022年", None],
            [None, "集体收入", "企业", "集体收入", "人口"],
            ["甲村", 5, 2, 5, 100],
            ["乙村", 5, 2, None, 100],
        ],
        {"甲村": "X=?@B4 N=100@E4", "乙村": "X=?@B5 N=100@E5"},
        codes=(("T216", "B3"),),
        absent=("T204", "R413"),
        merged=("A2:A3", "B2:C2", "D2:E2"),
    ),
    one(
        "one name in no group and in one",
        [[TITLE], ["村名", "人口", "流动", None], [None, None, "集体收入", "人口"], ["甲村", None, 5, 100]],
        {"甲村": "X=5@C4 N=?@B4"},
        codes=(("T203", "D3"),),
        absent=("T204", "T216"),
        merged=("A2:A3", "B2:B3", "C2:D2"),
    ),
    one(
        "a near name is never taken",
        [[TITLE], ["村名", "集体收人", "人口"], ["甲村", 5, 100]],
        {"甲村": "N=100@C3 X=?@-"},
        codes=(("T203", "B2"),),
    ),
)
