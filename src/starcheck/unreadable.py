"""Why a text is not one definite number, and what to write instead. Pure: a text in, a message and an advice out.

The first pattern that fits says why. None of them makes a number: that is for ``units`` to read.
"""

from __future__ import annotations

import re
from decimal import Decimal
from math import prod

from starcheck.diagnostic import Text
from starcheck.messages import MESSAGES, both

NUMERALS = "〇零○一二三四五六七八九两兩壹贰貳叁參肆伍陆陸柒捌玖十拾百佰千仟万萬亿億廿卅卌"
"""The letters of which numbers are written in words, in both scripts and as on vouchers."""
_FIGURE = rf"(?:\d[\d.,]*[万亿千百]?|[{NUMERALS}]+(?:点[{NUMERALS}]+)?)"
_WORD = r"[^\d\W_]{0,4}[%‰]?"
_REASONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("calculation", (r"^=", r"[\d)][^\d]{0,3}[+×*x÷=][^\d]{0,3}[\d(]")),
    (
        "elsewhere",
        (
            r"详见|参见|附件|附表|另附|[见按]附|见[^\d]{0,4}[表页栏注条]",
            r"^[同如](?:[上下左右前]|.{0,4}[上去][年月期次季])",
            r"^[〃″\"'′々]+$|^ditto$",
        ),
    ),
    (
        "bound",
        (
            r"以[上下内外]|不[少低高多大小]于|不超|不足|不到|不满|不下",
            r"[至最][少多]|超|突破|[高低少多大小]于|[<>≥≤≧≦⩾⩽]",
        ),
    ),
    ("date", (r"^(?:19|20)\d\d[-./年]\d{1,2}(?:[-./月]\d{1,2}日?|月)?$", r"^\d{1,2}月\d{1,2}[日号]$|^\d{1,2}:\d\d")),
    ("range", (rf"{_FIGURE}{_WORD}(?:[-‐‑‒–—―~～→]+|至|到){_FIGURE}",)),
    ("estimate", (r"预计|预估|估|暂定|测算|计划|拟|力争|目标",)),
    (
        "approximate",
        (
            r"[约≈±近]|大[概致]|左右|上下|接近|差不多|若干|\+$",
            rf"[余多几来许][{NUMERALS}个人户亩元%‰\W]*$|[余多几来][万亿元人户亩个]|[几数][{NUMERALS}]",
        ),
    ),
    ("parts", (rf"[{NUMERALS}\d]分之", r"\d⁄\d")),
    ("fraction", (rf"^{_FIGURE}{_WORD}/{_FIGURE}{_WORD}$",)),
    ("pending", (r"待|未[统上填]|尚未|正在|暂[无缺未]|未知|不[详清明]|核实|统计中|推进中|\?$|存疑|缺$",)),
    ("half", (r"半",)),
    ("negative", (r"^\([^()]*\d[^()]*\)$", r"^[—–―-]+\d|\d.{0,3}[-—–]$")),
    ("separators", (r"^[-+]?\d+(?:[.,]\d*){2,}$|^[-+]?\d+,\d+$",)),
    ("several", (rf"{_FIGURE}{_WORD}[、;,/\\|和及与]+[^\d]{{0,6}}{_FIGURE}",)),
    ("numerals", (rf"^[{NUMERALS}点]+{_WORD}$",)),
)
_PATTERNS = tuple((key, "|".join(patterns)) for key, patterns in _REASONS)
"""Compiled when they are first asked for: sets of Chinese characters take long, and few files need them all."""
_NOTE_MARK = re.compile(
    r"[\u2460-\u249b\u24ea-\u24ff\u2776-\u2793\u3251-\u325f\u32b1-\u32bf]|(?<![mM])[\u00b2\u00b3]|[\u00b9\u2070-\u2079\u2080-\u2089]"
)
"""Figures in circles and brackets, above or below the line: folded they would be figures of the number."""
_AMOUNT = re.compile(r"(\d[\d,]*(?:\.\d+)?)([十拾百佰千仟]*)[余多几来许]?([万亿]?元|[万亿%‰]|)")
_TIMES = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_EXAMPLE = frozenset({"approximate", "estimate", "bound", "pending"})
"""Where the figure that stands there, checked and without its words, may be what is wanted."""


def marked_figures(text: str) -> bool:
    """Whether a figure in a circle or above the line stands there: 5① is 5 with a footnote, and not 51."""
    return not text.isascii() and _NOTE_MARK.search(text) is not None


def refers_elsewhere(folded: str) -> bool:
    """Whether a text only says that the value stands elsewhere: 同上, 〃, 详见附件."""
    return len(folded) <= _LONGEST_REFERENCE and _REFERENCE.fullmatch(folded) is not None


_LONGEST_REFERENCE = 12
_REFERENCE = re.compile(
    r"\(?(?:同[上下左右前]|同上[月期年]|同去年|如[上前下]|[〃″\"'′]+|(?:详|参|请|具体)?见(?:附件|附表|附注|备注|后|下表|上表)[\d一二三四五六七八九十]*)\)?"
)


def _written_out(figure: str, times: str, unit: str) -> str:
    """An amount whose tens, hundreds and thousands are figures: 1千 is 1000, and never 1."""
    if times:
        figure = f"{Decimal(figure.replace(',', '')) * prod(_TIMES[word] for word in times):f}"
        figure = figure.rstrip("0").rstrip(".") if "." in figure else figure
    return figure + unit


def why_no_number(text: str, folded: str) -> tuple[str, dict[str, str | Text]]:
    """The key of the reason, and the arguments of V301: the reason in words, and what to write."""
    found = (name for name, pattern in _PATTERNS if re.search(pattern, folded, re.IGNORECASE))
    key = "mark" if marked_figures(text) else next(found, "")
    if not key:
        figures = len(re.findall(r"\d[\d,.]*", text))
        key = "several" if figures > 1 else "remark" if figures else "words"
    beside = "".join(re.split(r"[-+]?\d[\d,]*(?:\.\d+)?", folded, maxsplit=1))
    amounts = [_written_out(*found) for found in _AMOUNT.findall(folded)]
    amount = amounts[0] if len(amounts) == 1 else None
    if f"unreadable.{key}.write" in MESSAGES:
        suggestion = both(f"unreadable.{key}.write")
    elif amount is not None and key in _EXAMPLE:
        suggestion = both("unreadable.checked", number=amount)
    elif amount is not None:
        suggestion = both("unreadable.only", number=amount)
    else:
        suggestion = both("unreadable.number")
    return key, {"reason": key, "why": both(f"unreadable.{key}", beside=beside), "suggestion": suggestion}
