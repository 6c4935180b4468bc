"""Layouts: several tables, several sheets, units across, spacers, pages."""

from __future__ import annotations

from typing import Any

from workbooks.shape import TITLE, Shape, one, several

HEAD = ["村名", "集体收入", "人口"]
STRAY: list[list[Any]] = [
    ["乡镇", "河乡"], ["村名", "甲村"], ["集体收入", 5], ["人口", 100],
    ["乡镇", "山乡"], ["村名", "甲村"], ["集体收入", 7], ["人口", 300], ["村名", "甲村"],
]  # fmt: skip
NUMBERED: list[list[Any]] = [["村名", "产业", None], [None, "集体收入", "人口"], ["(1)", "(2)", "(3)"]]

SHAPES: tuple[Shape, ...] = (
    one(
        "side by side with a blank column",
        [[TITLE], [*HEAD, None, *HEAD], ["甲村", 5, 100, None, "乙村", 6, 200]],
        {"甲村": "X=5@B3 N=100@C3", "乙村": "X=6@F3 N=200@G3"},
        codes=(("T220", None),),
    ),
    one(
        "side by side, adjacent, of unequal length",
        [[TITLE], ["序号", *HEAD, "序号", *HEAD], [1, "甲村", 5, 100, 3, "丙村", 7, 300], [2, "乙村", 6, 200]],
        {"乙村": "X=6@C4 N=200@D4", "丙村": "X=7@G3 N=300@H3"},
        codes=(("T220", None),),
    ),
    one(
        "side by side, the names of one under another header",
        [
            [TITLE],
            ["乡镇", "村某", "集体收入", "人口", "乡镇", "村名", "集体收入", "人口"],
            ["河乡", "甲村", 5, 100, "河乡", "乙村", 6, 200],
            [None, None, None, None, "山乡", "甲村", 7, 300],
        ],
        {"河乡/乙村": "X=6@G3 N=200@H3", "山乡/甲村": "X=7@G4 N=300@H4"},
        codes=(("T220", None), ("T212", "A2")),
    ),
    one(
        "side by side, the heading of the left one's townships misspelt",
        [
            [TITLE.replace("河乡", "")],
            ["乡镇某", "村名", "集体收入", "人口", "乡镇", "村名", "集体收入", "人口"],
            ["河乡", "甲村", 5, 100, "山乡", "丁村", 6, 200],
            [None, "乙村", 4, 120, None, "甲村", 7, 300],
        ],
        {"山乡/丁村": "X=6@G3 N=200@H3", "山乡/甲村": "X=7@G4 N=300@H4"},
        codes=(("T220", None), ("T213", "A2")),
    ),
    one(
        "side by side, the heading of the right one's townships misspelt",
        [
            [TITLE.replace("河乡", "")],
            ["乡镇", "村名", "集体收入", "人口", "乡镇某", "村名", "集体收入", "人口"],
            ["河乡", "甲村", 5, 100, "山乡", "丁村", 6, 200],
            [None, "乙村", 4, 120, None, "甲村", 7, 300],
        ],
        {"河乡/甲村": "X=5@C3 N=100@D3", "河乡/乙村": "X=4@C4 N=120@D4"},
        codes=(("T220", None), ("T213", "E2")),
    ),
    one(
        "side by side, the names of one and another item of the other misspelt",
        [
            [TITLE],
            ["乡镇", "村名", "集体收人", "人口", "户数", "乡镇", "村某", "集体收入", "人口", "户数"],
            ["河乡", "甲村", 5, 100, 30, "河乡", "乙村", 6, 200, 60],
        ],
        {"甲村": "X=?@- N=100@D3"},
        codes=(("T220", None), ("T212", "F2")),
    ),
    one(
        "side by side, the names of the left one misspelt and a dash in the right one",
        [
            [TITLE],
            ["行政村某", "集体收入", "人口", "行政村", "集体收入", "人口"],
            ["甲村", 5, 100, "乙村", "－", 200],
            ["丙村", 7, 300, None, None, None],
        ],
        {"乙村": "X=?@E3 N=200@F3"},
        codes=(("T220", None), ("T212", "A2")),
    ),
    one(
        "side by side, the names of the right one misspelt and a dash in the left one",
        [
            [TITLE],
            ["行政村", "集体收入", "人口", "行政村某", "集体收入", "人口"],
            ["甲村", "－", 100, "乙村", 6, 200],
        ],
        {"甲村": "X=?@B3 N=100@C3"},
        codes=(("T220", None), ("T212", "D2")),
    ),
    one(
        "side by side, one column each, the heading of the left one's names lost",
        [[TITLE], [None, "集体收入", "村名", "集体收入"], ["甲村", 5, "乙村", "－"], ["丙村", 7, "丁村", 8]],
        {"乙村": "X=?@D3", "丁村": "X=8@D4"},
        codes=(("T220", None), ("T212", "B2")),
    ),
    one(
        "side by side, the heading of the right one's names lost",
        [
            [TITLE],
            ["村名", "集体收入", "人口", None, "集体收入", "人口"],
            ["甲村", "－", 100, "乙村", 6, 200],
        ],
        {"甲村": "X=?@B3 N=100@C3"},
        codes=(("T220", None), ("T212", "E2")),
    ),
    one(
        "three side by side, the names of the first misspelt",
        [
            [TITLE],
            ["村某", "集体收入", "人口", "两委班子", *(["村名", "集体收入", "人口", "两委班子"] * 2)],
            ["甲村", 5, 100, "是", "乙村", "－", 200, "否", "丙村", 7, 300, "是"],
        ],
        {"乙村": "X=?@F3 N=200@G3 Y=no@H3", "丙村": "X=7@J3 N=300@K3 Y=yes@L3"},
        codes=(("T220", None), ("T212", "A2")),
    ),
    one(
        "three side by side, the names of the second and third misspelt",
        [
            [TITLE],
            [*["村名", "集体收入", "人口"], *["村某", "集体收入", "人口"], *["村名称某", "集体收入", "人口"]],
            ["甲村", "－", 100, "乙村", 6, 200, "丙村", 7, 300],
        ],
        {"甲村": "X=?@B3 N=100@C3"},
        codes=(("T220", None), ("T212", "D2")),
    ),
    one(
        "the same items of two years, and remarks on the first, are one table",
        [
            [TITLE],
            ["村名", "2021年", None, "备注", "2022年", None],
            [None, "集体收入", "人口", None, "集体收入", "人口"],
            ["甲村", 5, 100, "乙村帮扶", 6, 200],
        ],
        {"甲村": "X=?@B4 N=?@C4"},
        merged=("A2:A3", "B2:C2", "D2:D3", "E2:F2"),
        codes=(("T216", "B3"), ("T216", "C3")),
        absent=("T220",),
    ),
    one(
        "an item twice about remarks is one table",
        [
            [TITLE],
            ["村名", "集体收入", "备注", "集体收入", "人口"],
            ["甲村", 5, "公司代管", 5, 100],
            ["乙村", 6, None, 6, 200],
        ],
        {"甲村": "X=5@B3 N=100@E3", "乙村": "X=6@B4 N=200@E4"},
        absent=("T220", "T212"),
    ),
    one(
        "below each other under headers of their own",
        [[TITLE], HEAD, ["甲村", 5, 100], [], ["东片"], HEAD, ["乙村", 6, 200]],
        {"甲村": "X=5@B3 N=100@C3", "乙村": "X=6@B7 N=200@C7"},
    ),
    one(
        "the header again on page two, a line broken otherwise",
        [[TITLE], ["村名", "集体\n收入", "人口"], ["甲村", 5, 100], ["村名", "集体收入 ", "人口"], ["乙村", 6, 200]],
        {"甲村": "X=5@B3 N=100@C3", "乙村": "X=6@B5 N=200@C5"},
    ),
    one(
        "the header again on page two",
        [[TITLE], HEAD, ["甲村", 5, 100], HEAD, ["乙村", 6, 200]],
        {"甲村": "X=5@B3 N=100@C3", "乙村": "X=6@B5 N=200@C5"},
    ),
    one(
        "a caption over page two, which has other columns",
        [[TITLE], HEAD[:2], ["甲村", 5], ["乙村", 6], [], ["续表"], ["村名", "人口", "两委班子"], ["甲村", 100, "是"]],
        {"甲村": "X=5@B3 N=100@B8 Y=yes@C8"},
        absent=("R403", "R421", "R424"),
    ),
    one(
        "a caption over page two, with and without the header again",
        [[TITLE], HEAD, ["甲村", 5, 100], ["续表（二）"], HEAD, ["乙村", 6, 200], [None, "接上页"], ["丙村", 7, 300]],
        {"乙村": "X=6@B6 N=200@C6", "丙村": "X=7@B8 N=300@C8"},
        absent=("R402", "R403"),
    ),
    one(
        "the same header again under the title of another township",
        [["平原县河乡2022年6月台账"], HEAD, ["甲村", 5, 100], [], ["平原县山乡2022年6月台账"], HEAD, ["甲村", 7, 300]],
        {"河乡/甲村": "X=5@B3 N=100@C3", "山乡/甲村": "X=7@B7 N=300@C7"},
    ),
    one(
        "the same header again under the title of another township, with a remark beside it and a line of signatures",
        [
            ["平原县河乡2022年6月台账"],
            HEAD,
            ["甲村", 5, None],
            [],
            ["平原县山乡2022年6月村级情况统计表", None, "注：数据有误"],
            ["填报单位：山乡", None, "填报时间：2022年6月30日"],
            [],
            HEAD,
            ["甲村", 7, 300],
        ],
        {"河乡/甲村": "X=5@B3 N=?@C3", "山乡/甲村": "X=7@B9 N=300@C9"},
        absent=("R401",),
    ),
    one(
        "a header of three rows again under the title of another township, adorned, and a blank row in it",
        [
            ["平原县河乡2022年6月台账"],
            ["村名", "集体收入", "人口", "其他"],
            [None, None, None, "其中"],
            [None, None, None, "人口"],
            ["甲村", 5, None, 9],
            [],
            ["平原县山乡2022年6月台账"],
            ["村名", "1.集体收入", "人口", "其他"],
            [None, None, None, "其中"],
            [],
            [None, None, None, "人口"],
            ["甲村", 7, 300, 8],
        ],
        {"河乡/甲村": "X=5@B5 N=?@C5", "山乡/甲村": "X=7@B12 N=300@C12"},
        absent=("R403",),
    ),
    one(
        "the same title again on page two",
        [[TITLE], HEAD, ["甲村", 5, 100], [TITLE], HEAD, ["乙村", 6, 200], ["合计", 11, 300]],
        {"河乡/甲村": "X=5@B3 N=100@C3", "河乡/乙村": "X=6@B6 N=200@C6"},
        absent=("J502",),
    ),
    one(
        "a header of two rows and the numbers of its columns again on page two",
        [
            [TITLE],
            *NUMBERED,
            ["甲村", 5, 100],
            *NUMBERED,
            ["乙村", 6, 200],
        ],
        {"甲村": "X=5@B5 N=100@C5", "乙村": "X=6@B9 N=200@C9"},
        merged=("A2:A3", "B2:C2", "A6:A7", "B6:C6"),
        absent=("R401", "R403"),
    ),
    one(
        "below each other under one title and headers of three rows, not quite the same",
        [
            [TITLE],
            ["单位：元"],
            *([["村名", "产业", None], [None, "经济", None], [None, "集体收入", "人口"]]),
            ["甲村", 50_000, 100],
            *([["村名", "产业", None], [None, "经济", None], [None, "1.集体收入", "人口*"]]),
            ["乙村", 60_000, 200],
        ],
        {"甲村": "X=5@B6 N=100@C6", "乙村": "X=6@B10 N=200@C10"},
        codes=(("T224", "B5"), ("T224", "B9")),
        absent=("R401", "R403"),
    ),
    one(
        "the same leaf again under other names beside it",
        [
            ["平原县河乡2022年6月台账"],
            ["村名", "人口*", "产业", None],
            [None, None, "集体收入", "户均"],
            ["甲村", 100, 5],
            ["平原县山乡2022年6月台账"],
            ["村名", "人口", "产业", None],
            [None, None, "集体收入", "户均"],
            ["甲村", 300, 7],
        ],
        {"河乡/甲村": "X=5@C4 N=100@B4", "山乡/甲村": "X=7@C8 N=300@B8"},
        absent=("R401", "R403"),
    ),
    one(
        "a note amid a narrow CSV",
        [[TITLE], ["村名", "集体收入"], ["甲村", 5], ["注：以下为山区村"], ["乙村", 6], ["丙村", 7], ["审核：李"]],
        {"甲村": "X=5@B3", "乙村": "X=6@B5", "丙村": "X=7@B6"},
        file="a.csv",
    ),
    one(
        "units across",
        [[TITLE], ["村名", "甲村", "乙村"], ["集体收入", 5, 6], ["人口", 100, 200]],
        {"甲村": "X=5@B3 N=100@B4", "乙村": "X=6@C3 N=200@C4"},
        codes=(("T221", None),),
    ),
    one(
        "units across under a corner that says 项目",
        [[TITLE], ["项目", "甲村", "乙村", "合计"], ["集体收入", 5, 6, 11], ["人口", 100, 200, 300]],
        {"甲村": "X=5@B3 N=100@B4", "乙村": "X=6@C3 N=200@C4"},
        codes=(("T221", None),),
    ),
    one(
        "units across, with group labels, units and serial numbers",
        [
            [TITLE],
            ["序号", None, None, 1, 2],
            ["项目", "村名", "单位", "甲村", "乙村"],
            ["产业", "集体收入", "元", 50_000, 60_000],
            ["基本", "人口", "人", 100, 200],
        ],
        {"甲村": "X=5@D4 N=100@D5", "乙村": "X=6@E4 N=200@E5"},
        codes=(("T221", None),),
    ),
    one(
        "units across under the line of the sender, a village with no more than its values",
        [
            [TITLE],
            ["填报单位：河乡", None, "填报时间：2022年6月30日"],
            ["村名", "甲村", "乙村"],
            ["集体收入", 5, 6],
            ["人口", 100, 200],
        ],
        {"甲村": "X=5@B4 N=100@B5", "乙村": "X=6@C4 N=200@C5"},
        codes=(("T221", None),),
    ),
    one(
        "units across under a line of units with a remark behind it",
        [
            [TITLE],
            ["单位：元", None, "待核"],
            ["村名", "甲村", "乙村"],
            ["集体收入", 50_000, 60_000],
            ["人口", 100, 200],
        ],
        {"甲村": "X=5@B4 N=100@B5", "乙村": "X=6@C4 N=200@C5"},
        codes=(("T221", None), ("T224", "A4")),
    ),
    one(
        "units across, most of their items in words",
        [
            [TITLE],
            ["村名", "合计", "甲　村", "乙"],
            ["特色产业", None, "蔬菜", "粮食"],
            ["帮扶单位", None, "农业农村局", "供销社"],
            ["集体收入", 11, 5, 6],
            ["人口", None, None, 200],
        ],
        {"甲　村": "X=5@C5", "乙": "X=6@D5 N=200@D6"},
        codes=(("T221", None),),
        absent=("T201",),
    ),
    one(
        "a form, with an item beside one that has a unit and no value",
        [
            [TITLE],
            ["村名", "甲村", "两委班子", "是"],
            ["集体收入（元）", None, "人口", 100],
            ["成立日期", "2020-01-02", None, None],
        ],
        {"甲村": "X=?@B3 N=100@D3"},
        codes=(("T222", "A2"),),
        absent=("T206", "V309"),
    ),
    several(
        "forms with a township above each name, and a name too many",
        {
            "台账": [[TITLE], HEAD, ["丙村", 9, 100]],
            "登记表": STRAY,
        },
        {"丙村": "X=9@B3 N=100@C3"},
        codes=(("T223", "A1"),),
        absent=("T222",),
    ),
    one(
        "a form with more words than figures",
        [[TITLE], ["村名", "甲村"], ["人口", 100], ["集体收入", "待定"], ["两委班子", "基本完成"]],
        {"甲村": "N=100@B3 X=?@B4"},
        codes=(("T222", "A2"), ("V301", "B4"), ("V306", "B5")),
    ),
    one(
        "spacer rows and columns",
        [
            [TITLE],
            ["村名", None, "集体收入", None, "人口"],
            [],
            ["甲村", None, 5, None, 100],
            [],
            ["乙村", None, 6, None, 200],
        ],
        {"甲村": "X=5@C4 N=100@E4", "乙村": "X=6@C6 N=200@E6"},
    ),
    one(
        "vertical merges of the township",
        [[TITLE], ["乡镇", *HEAD], ["河乡", "甲村", 5, 100], [None, "乙村", 6, 200]],
        {"乙村": "X=6@C4 N=200@D4"},
        merged=("A3:A4",),
    ),
    several(
        "one sheet for each township",
        {
            "河乡": [["平原县河乡2022年6月台账"], HEAD, ["甲村", 5, 100]],
            "山乡": [["平原县山乡2022年6月台账"], HEAD, ["丙村", 7, 300]],
        },
        {"甲村": "X=5@B3 N=100@C3", "丙村": "X=7@B3 N=300@C3"},
    ),
    several(
        "a sheet of instructions first",
        {"填表说明": [["一、本表由乡镇填写。"], ["二、人口指户籍人口。"]], "台账": [[TITLE], HEAD, ["甲村", 5, 100]]},
        {"甲村": "X=5@B3 N=100@C3"},
        codes=(("T201", None),),
    ),
    one(
        "footers set apart",
        [[TITLE], HEAD, ["甲村", 5, 100], ["填表人：李", None, "审核：王"], ["注：收入含补助。"]],
        {"甲村": "X=5@B3 N=100@C3"},
        absent=("R401", "R403"),
    ),
    one(
        "a CSV with a preamble and notes",
        [[TITLE], HEAD, ["甲村", 5, 100], ["数据来源：乡镇上报"]],
        {"甲村": "X=5@B3 N=100@C3"},
        file="a.csv",
    ),
)
