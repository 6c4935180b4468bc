"""Write ``codes.md`` from the catalogue: every diagnostic code on one page, in both languages.

``python docs/make_codes.py`` writes the page; with ``--check`` it only says whether the page is as it would be
written, by its exit code.
"""  # noqa: INP001 - a script beside its page, not a package

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from starcheck.diagnostic import Code, Lang, catalogue, pick
from starcheck.messages import say

PAGE = Path(__file__).with_name("codes.md")

FAMILIES = {
    "F1": ("文件", "files"),
    "T2": ("工作表和表头", "sheets and headers"),
    "V3": ("单元格的值", "cell values"),
    "R4": ("行、单位、名册", "rows, units, the register"),
    "J5": ("校核、合计、例外、疑点", "校核, totals, exceptions, hints"),
    "K6": ("方案文件", "scheme files"),
    "H7": ("历史库", "the store"),
    "B8": ("无人值守的批处理", "the unattended batch"),
}

INTRODUCTION = """\
# 问题代码 · Diagnostic codes

<!-- Made by docs/make_codes.py from src/starcheck/catalogue. Change it there, then run: python docs/make_codes.py -->

问题说的是*文件*，不是村。代码永远不变、不重用。命令行里看一条：`starcheck explain V301`。“…”处是当时的内容。

A diagnostic is about a *file*, never about a village that did badly. A code never changes its meaning and is never used
again. `starcheck explain V301 --lang en` shows one. “…” stands for what was found.

| 级别 | severity | |
|---|---|---|
| 错误 | error | 值不能用，对应的判定是“待核实” · the value cannot be used and its verdict is unknown |
| 警告 | warning | 用了，但要有人看一眼 · it was used, but a person should look |
| 提示 | note | 认定了什么、跳过了什么 · what was assumed or skipped |

`J501`（校核）的级别由方案定。合计不符、校核不成立时，值照用，判定不变。

The scheme sets the severity of `J501` (校核). A breached relation or a total that does not add up leaves values and
verdicts as they are.
"""


def page() -> str:
    """The whole page."""
    return "\n".join((INTRODUCTION, *_families()))


def _families() -> Iterator[str]:
    codes = catalogue().values()
    for family, (chinese, english) in FAMILIES.items():
        members = [code for code in codes if code.code.startswith(family)]
        yield f"## {family} {chinese} · {english}\n"
        yield "| 代码 | 级别 | | severity | |\n|---|---|---|---|---|"
        for code in members:
            zh, en = _cell(code.title[0]), _cell(code.title[1])
            yield f"| [{code.code}](#{code.code.lower()}) | {_level(code, 'zh')} | {zh} | {_level(code, 'en')} | {en} |"
        yield ""
        for code in members:
            yield from _entry(code)


def _level(code: Code, lang: Lang) -> str:
    return say(f"severity.{code.severity}", lang)


def _entry(code: Code) -> Iterator[str]:
    yield f'### <a id="{code.code.lower()}"></a>{code.code} {code.title[0]} · {code.title[1]}\n'
    yield from _side(code, "zh", ("为什么", "改法", "退回件里的改法"))
    yield from _side(code, "en", ("Why", "Mend", "Mend, as the sender is told"))
    if (code.bad[0], code.good[0]) == (code.bad[1], code.good[1]):
        yield _examples(code, "zh", "错例 wrong", "正例 right")
    else:
        yield _examples(code, "zh", "错例", "正例")
        yield _examples(code, "en", "Wrong", "Right")


def _side(code: Code, lang: Lang, labels: tuple[str, str, str]) -> Iterator[str]:
    why, mend, to_sender = labels
    yield f"{_level(code, lang)}: {_shown(pick(code.message, lang))}\n"
    yield f"- {why}: {_shown(pick(code.why, lang))}"
    yield f"- {mend}: {_shown(pick(code.mend, lang))}" + ("\n" if code.mend_to_sender is None else "")
    if code.mend_to_sender is not None:
        yield f"- {to_sender}: {_shown(pick(code.mend_to_sender, lang))}\n"


def _examples(code: Code, lang: Lang, bad: str, good: str) -> str:
    return f"{bad} {_example(pick(code.bad, lang))} · {good} {_example(pick(code.good, lang))}\n"


class _AnySlot(dict[str, str]):
    """Every slot of a text is filled with an ellipsis."""

    def __missing__(self, key: str) -> str:
        return "…"


def _shown(text: str) -> str:
    """A sentence of the catalogue as Markdown, its slots as ellipses."""
    return re.sub(r"([\\`*_\[\]<>|])", r"\\\1", text.format_map(_AnySlot()))


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _example(text: str) -> str:
    """An example as code, however many lines or backticks it has."""
    one_line = " ⏎ ".join(line.strip() for line in text.splitlines())
    return f"`` {one_line} ``" if "`" in one_line else f"`{one_line}`"


def main() -> int:
    """Write the page, or compare it."""
    wanted = page()
    if "--check" in sys.argv[1:]:
        same = PAGE.is_file() and PAGE.read_text(encoding="utf-8") == wanted
        if not same:
            sys.stderr.write(f"{PAGE.name} is not as the catalogue has it; run: python docs/make_codes.py\n")
        return 0 if same else 1
    PAGE.write_text(wanted, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
