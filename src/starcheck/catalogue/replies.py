"""R46: codes about what departments answered about 负面清单 (联审回复)."""

from __future__ import annotations

from starcheck.diagnostic import Code, Severity

_LEFT = ("这一行没有采用，台账所填不变。", "The row is left out; what the ledger says stays.")

CODES: tuple[Code, ...] = (
    Code(
        "R460",
        Severity.ERROR,
        ("回复里的单位对不上", "a reply about no unit of the list"),
        (
            "联审回复里的“{found}”不是这个县这一期的单位",
            "“{found}” of the reply is no unit of the county in this period",
        ),
        _LEFT,
        (
            "照发下去的表写名称；表里没有的单位先补进名册再评",
            "keep the names of the list; a unit that is not in it has to be in the register first",
        ),
        ("东官村", "东官村"),
        ("东关村", "东关村"),
    ),
    Code(
        "R461",
        Severity.ERROR,
        ("不归这个单位联审", "not this department's to review"),
        (
            "“{found}”不由{department}联审（应为{expected}）",
            "“{found}” is not for {department} to review, but for {expected}",
        ),
        _LEFT,
        (
            "由负责的单位来填；方案里的“联审”写错了的，改方案",
            "let the department fill it in whose it is; where 联审 of the scheme is wrong, change the scheme",
        ),
        ("县统计局 FM-01 否", "县统计局 FM-01 否"),
        ("县应急局 FM-01 否", "县应急局 FM-01 否"),
    ),
    Code(
        "R462",
        Severity.ERROR,
        ("回复不是这一期、这个县的", "a reply of another period or county"),
        ("联审回复写的是{found}，不是{expected}", "the reply is of {found}, not of {expected}"),
        _LEFT,
        (
            "是那一期的，用 --quarter 指明再读；拿错了的，换成这一期的",
            "if it is of that period, read it with --quarter; if it is the wrong file, take the right one",
        ),
        ("2022Q4 平原县（读的是 2023Q1）", "2022Q4 平原县, read as 2023Q1"),
        ("2023Q1 平原县", "2023Q1 平原县"),
    ),
    Code(
        "R463",
        Severity.ERROR,
        ("同一单位两处答复不同", "one department answers twice, and differently"),
        ("{department}两处答复不同：{found}", "{department} answers differently in two places: {found}"),
        (
            "不知道以哪个为准，按待核实；台账填了有的仍按有。",
            "Nobody knows which counts: it is unknown, unless the ledger says that there is.",
        ),
        ("只留一处，或改成一样，再读一次", "leave one of them, or make them the same, and read again"),
        ("是（K5）；否（K9）", "是 (K5); 否 (K9)"),
        ("否（K5）", "否 (K5)"),
    ),
    Code(
        "R464",
        Severity.ERROR,
        ("各联审单位说法不一", "departments contradict each other"),
        ("各联审单位说法不一：{found}", "departments contradict each other: {found}"),
        (
            "不知道以哪个为准，按待核实；台账填了有的仍按有。",
            "Nobody knows which counts: it is unknown, unless the ledger says that there is.",
        ),
        ("联审会上定下来，由说错的单位再回复一次", "settle it in the meeting; the department that erred replies again"),
        ("县应急局 是；县公安局 否", "县应急局 是; 县公安局 否"),
        ("县应急局 是；县公安局 是", "县应急局 是; 县公安局 是"),
    ),
    Code(
        "R465",
        Severity.WARNING,
        ("联审与台账不一致", "the review differs from the ledger"),
        (
            "{department}答复“{found}”，台账（{cells}）{stated}；以联审为准",
            "{department} answers “{found}”, the ledger ({cells}) has it {stated}; the department's word counts",
        ),
        (
            "负面清单由掌握情况的单位说了算，不由村、乡镇自己说了算；两边说法不同的，一定有一边要改。",
            "What is on the veto list is for those to say who know, not for the village itself; one of the two errs.",
        ),
        (
            "请双方核对：乡镇错了改台账，联审单位错了再回复一次",
            "let both look into it: the township corrects its ledger, or the department replies again",
        ),
        ("台账 否，县公安局 是", "the ledger 否, 县公安局 是"),
        ("台账 是，县公安局 是", "the ledger 是, 县公安局 是"),
    ),
    Code(
        "R466",
        Severity.WARNING,
        ("联审单位没有答复完", "a department has not answered everything"),
        (
            "{department}还有{count}格没有答复（共{total}格）：{names}",
            "{department} has not answered {count} of {total}: {names}",
        ),
        (
            "没有答复的不算“否”：照台账所填，台账也没填的仍是待核实。",
            "What is not answered is no 否: what the ledger says stays, and what it does not say stays unknown.",
        ),
        ("请该单位补齐，再读一次", "ask the department for the rest, and read it again"),
        ("确认：（空）", "confirmed: (blank)"),
        ("确认：否", "confirmed: 否"),
    ),
    Code(
        "R467",
        Severity.NOTE,
        ("以前查实的还在有效期", "confirmed before, and still counting"),
        (
            "{department}在{found}查实的，有效到{until}；这一期答复“否”不解除",
            "{department} confirmed it in {found}, and it counts until {until}; 否 of this period does not lift it",
        ),
        (
            "方案的“有效”写明查实以后管多久，这一期没有再发生，不等于那一次没有发生。",
            "有效 of the scheme says how long it counts: that nothing happened since does not undo what happened.",
        ),
        (
            "那一次查错了的，用 --quarter {found} 再回复一次",
            "where that was wrong, let the department reply again about {found}",
        ),
        ("2023Q1 是（全年）；2023Q2 否", "2023Q1 是 (全年); 2023Q2 否"),
        ("2023Q1 否；2023Q2 否", "2023Q1 否; 2023Q2 否"),
    ),
    Code(
        "R468",
        Severity.WARNING,
        ("发生日期不能用", "the day it happened cannot be used"),
        (
            "答复“是”，发生日期“{found}”{reason}",
            "answered 是, but its day “{found}” {reason}",
        ),
        (
            "哪一天发生，决定哪几个月算、管到哪一天。以后才发生的，这一期不可能已经查实：一定写错了，按待核实。",
            "The day decides which months count, and until when. What is yet to come cannot be confirmed: unknown.",
        ),
        ("写成这一期里的日期，如 2023-02-14", "write a day of the period, such as 2023-02-14"),
        ("月底", "月底"),
        ("2023-02-14", "2023-02-14"),
    ),
    Code(
        "R469",
        Severity.NOTE,
        ("联审单位改了答复", "a department changed its answer"),
        (
            "{department}改了答复：原来“{before}”（{cells}），现在“{found}”",
            "{department} changed its answer: it was “{before}” ({cells}), and is “{found}”",
        ),
        ("以后一次为准；前一次仍在历史库里。", "The later one counts; the earlier one stays in the store."),
        ("不用改；改错了的再回复一次", "nothing to do; if it is wrong, reply again"),
        ("是 → 否", "是 → 否"),
        ("否", "否"),
    ),
)
