"""J5: codes about relations between values (校核), control totals, and known exceptions to them."""

from __future__ import annotations

from starcheck.diagnostic import Code, Severity

CODES: tuple[Code, ...] = (
    Code(
        "J501",
        Severity.ERROR,
        ("校核关系不成立", "a relation does not hold"),
        (
            "{unit}：“{name}”不成立：{found} 应{relation} {right}（{formula}；{cells}）",
            "{unit}: “{name}” does not hold: {found} should {relation} {right} ({formula}; {cells})",
        ),
        (
            "方案写明这些数之间必须成立的关系。值照用、判定照算，但至少有一个数是错的。",
            "The scheme states a relation that must hold. Values are used, verdicts stand, yet one value is wrong.",
        ),
        (
            "核对所列单元格；确属例外的，记入 exceptions.csv",
            "check the cells; record a known exception in exceptions.csv",
        ),
        ("总收入 10，分项合计 11", "total 10, parts add up to 11"),
        ("总收入 11，分项合计 11", "total 11, parts add up to 11"),
        mend_to_sender=(
            "核对所列单元格，改正填错的；确实如此的，向县里说明理由",
            "check the cells and mend the wrong one; tell the county why if all of them are right",
        ),
    ),
    Code(
        "J502",
        Severity.ERROR,
        ("合计与分项之和不符", "control total does not add up"),
        (
            "“{label}”合计填 {stated}{unit_of_field}，{rows} 个单位相加是 {sum}{unit_of_field}",
            "“{label}”: the total says {stated}{unit_of_field}, {rows} units add up to {sum}{unit_of_field}",
        ),
        (
            "合计行用来核对，不参加评定；对不上说明有数填错或漏行。",
            "Totals are checked against, never rated; a mismatch means a wrong value or a missing row.",
        ),
        ("核对合计行和各行", "check the total and the rows"),
        ("合计 23856", "合计 23856"),
        ("合计 23865", "合计 23865"),
    ),
    Code(
        "J504",
        Severity.WARNING,
        ("例外已到期", "an exception has expired"),
        (
            "“{found}”的例外已于 {until} 到期，问题重新列出",
            "the exception “{found}” expired on {until}; the problem is listed again",
        ),
        ("例外要有理由、批准人和期限。", "An exception has a reason, a person and an expiry."),
        ("改正数据，或重新批准", "mend the data, or have it approved again"),
        ("到期 2022-05-31", "到期 2022-05-31"),
        ("到期 2022-12-31", "到期 2022-12-31"),
    ),
    Code(
        "J505",
        Severity.WARNING,
        ("例外表有误", "a faulty exception"),
        ("例外表第 {line} 行{reason}，未采用", "line {line} of the exceptions {reason}; it is left out"),
        ("写错的例外不能让问题消失。", "A faulty exception must not hide a problem."),
        ("按表头补全：代码、单位、理由、批准人、文件、到期", "fill in 代码, 单位, 理由, 批准人, 文件 and 到期"),
        ("J501，，，", "J501,,,"),
        (
            "J501，孟村，移交中，县农业农村局，〔2022〕3号，2022-12-31",
            "J501,孟村,移交中,县农业农村局,〔2022〕3号,2022-12-31",
        ),
    ),
    Code(
        "J510",
        Severity.NOTE,
        ("疑点：每个数都与另一个单位相同", "hint: every figure as of another unit"),
        (
            "{unit}的每一列都与{found}相同（{count} 个数一个不差；{found}在 {cell}）",
            "{unit}: every column is the same as that of {found} ({count} figures to the digit; {found} is at {cell})",
        ),
        (
            "两个村的数字完全一样，多半是复制后没有改；也可能真的一样。疑点不是判断，不影响星级。",
            "figures that agree to the digit are mostly a copy not yet changed; a hint, nothing depends on it.",
        ),
        ("对照原始材料看一眼；确实相同就不用管", "compare with the sources; leave it if they really agree"),
        ("两行 1234、5.6、17、86、2023-05-15……", "two rows of 1234, 5.6, 17, 86, 2023-05-15 …"),
        ("各村填自己的数", "each village's own figures"),
    ),
    Code(
        "J511",
        Severity.NOTE,
        ("疑点：每个数都与上期相同", "hint: every figure as last month"),
        (
            "{unit} {of} 个单位中有 {count} 个，每一列都与 {period} 相同：{found}",
            "{unit}: {count} of {of} units have every column as in {period}: {found}",
        ),
        (
            "一个月里什么都没变，可能属实，也可能是把上月的表再报了一次。疑点不是判断，不影响星级。",
            "nothing changed: true perhaps, or last month's table sent again; a hint, nothing depends on it.",
        ),
        ("问一句：本月的数核过没有", "ask whether this month's figures were looked at"),
        ("33 个村的每个数都与上月一样", "33 villages, every figure as last month"),
        ("收入、完成率等随月份变化", "income and rates move with the months"),
    ),
    Code(
        "J512",
        Severity.NOTE,
        ("疑点：扎堆在刚过门槛处", "hint: values bunched just past a threshold"),
        (
            "“{label}”（{requirement}）：{where}刚过线的有 {reached} 个，差一点的只有 {short} 个",
            "“{label}” ({requirement}): in {where} {reached} are just past the line, {short} just short of it",
        ),
        (
            "门槛两边本该相差不多；只有一边有，可能是努力赶上的，也可能是凑数。疑点不是判断，不影响星级。",
            "one side of a line alone may be honest effort, or figures made to fit; a hint, nothing depends on it.",
        ),
        ("抽几个刚过线的村核实", "verify a few of those just past the line"),
        ("5.0、5.0、5.1、5.0、5.2……，没有一个 4.9", "5.0, 5.0, 5.1, 5.0, 5.2 … and no 4.9"),
        ("4.6、4.9、5.0、5.3……", "4.6, 4.9, 5.0, 5.3 …"),
    ),
    Code(
        "J513",
        Severity.NOTE,
        ("疑点：正好变到门槛上", "hint: a value moved exactly to the threshold"),
        (
            "{unit}的“{label}”比 {period} 正好变到门槛（{requirement}）：{found}",
            "{unit}: “{label}” moved since {period} exactly to the threshold ({requirement}): {found}",
        ),
        (
            "一分不多一分不少地够到线上，值得看一眼凭证。疑点不是判断，不影响星级。",
            "a value that comes to rest exactly on the line deserves a look; a hint, nothing depends on it.",
        ),
        ("看一眼本月新增部分的凭证", "look at the papers for what was added this month"),
        ("4.2 → 5", "4.2 → 5"),
        ("4.2 → 5.37", "4.2 → 5.37"),
    ),
    Code(
        "J514",
        Severity.NOTE,
        ("疑点：像是按数摊派", "hint: looks handed out by quota"),
        (
            "“{label}”全县 {of} 个单位中 {listed} 个：{looks}",
            "“{label}”, {listed} of {of} units: {looks}",
        ),
        (
            "各乡镇个数或比例都一样，或者全县正好 5%，多半是按指标分的；也可能是巧合。疑点不是判断，不影响星级。",
            "the same count or share everywhere, or a round share, is mostly a quota; a hint, nothing depends on it.",
        ),
        (
            "问一句：是逐村排查出来的，还是按名额报的",
            "ask whether each was found by looking, or named to fill a number",
        ),
        ("每个乡镇不多不少正好 2 个", "exactly 2 in every township"),
        ("有的乡镇没有，有的 4 个", "none in some townships, 4 in another"),
    ),
    Code(
        "J515",
        Severity.NOTE,
        ("疑点：像是有遗漏", "hint: looks overlooked"),
        (
            "“{label}”全县 {of} 个单位中只查明 {listed} 个，还有 {open} 个没有查清；常见是 {usual}",
            "“{label}”: {listed} of {of} units for certain, {open} not looked into; {usual} are usual",
        ),
        (
            "远远少于常见的比例，又有许多没有查清的，可能是漏了，也可能确实少。比例只是参考，不是指标。疑点不是判断，不影响星级。",
            "so few while many are open may be an oversight, or true; no share is a quota; nothing depends on it.",
        ),
        ("先把没有查清的逐个查清", "look into those that are open, one by one"),
        ("200 个村一个也没有，40 个空着", "none in 200 villages, 40 left blank"),
        ("逐村填“是”或“否”", "yes or no for every village"),
    ),
)
