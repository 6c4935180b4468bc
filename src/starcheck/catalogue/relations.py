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
    ),
    Code(
        "J502",
        Severity.ERROR,
        ("合计与分项之和不符", "control total does not add up"),
        (
            "“{label}”合计填 {found}，{rows} 个单位相加是 {sum}{unit_of_field}",
            "“{label}”: the total says {found}, {rows} units add up to {sum}{unit_of_field}",
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
)
