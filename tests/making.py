"""Builders of the tests: real files from text grids, small schemes from parts, and the whole run in this process."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.utils import get_column_letter

from starcheck.column import Kind, Reason, Verdict
from starcheck.diagnostic import Diagnostic
from starcheck.report.figures import plain_values
from starcheck.run import Outcome, rate
from starcheck.scheme import Scheme, load_scheme, scheme_from_texts
from starcheck.workspace import Settings

ROOT = Path(__file__).parents[1]
CRITERIA = ROOT / "criteria"
ROOT_EXAMPLES = Path(__file__).parents[1] / "examples"
OWN_CRITERIA = Path(__file__).parent / "criteria"
STATES = {1: "lit", 0: "unlit", -1: "unknown"}
VETO_STATES = {1: "triggered", 0: "clear", -1: "unknown"}


@dataclass(frozen=True)
class Shown:
    """A cell with a number format: ``Shown(0.85, "0%")`` is seen as 85%."""

    value: float
    number_format: str


Cell = Any
Rows = Sequence[Any]
"""Rows of cells."""


def grid(text: str) -> list[list[Cell]]:
    """Rows of cells out of lines of words; numbers become numbers, ``-`` an empty cell, quotes keep a number text."""
    return [[_cell(word) for word in line.split()] for line in text.strip().splitlines()]


def _cell(word: str) -> Cell:
    if word == "-":
        return None
    if word.startswith("'"):
        return word[1:]
    try:
        number = float(word)
    except ValueError:
        return word
    return int(word) if word.lstrip("+-").isdigit() else number


def workbook(path: Path, sheets: Rows | Mapping[str, Rows], merged: Iterable[str] = ()) -> Path:
    """A workbook at ``path``; ``merged`` ranges (``A1:D1``) lie in its first sheet."""
    book = Workbook()
    book.remove(book.worksheets[0])
    by_name = sheets if isinstance(sheets, Mapping) else {"台账": sheets}
    for name, rows in by_name.items():
        sheet = book.create_sheet(name)
        for row, cells in enumerate(rows, start=1):
            for column, value in enumerate(cells, start=1):
                cell = sheet.cell(row, column)
                if isinstance(value, Shown):
                    cell.value, cell.number_format = value.value, value.number_format
                elif value is not None:
                    cell.value = value
    for merge in merged:
        book.worksheets[0].merge_cells(merge)
    book.save(path)
    return path


def delimited(path: Path, rows: Rows, encoding: str = "utf-8-sig") -> Path:
    """A CSV at ``path``."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([["" if cell is None else cell for cell in row] for row in rows])
    path.write_bytes(text.getvalue().encode(encoding))
    return path


def ledger(path: Path, rows: Rows) -> Path:
    """A ledger in the form that the ending of ``path`` says."""
    return delimited(path, rows) if path.suffix == ".csv" else workbook(path, rows)


# --- schemes ----------------------------------------------------------------------------------------------------------

_HEAD = """\
方案: 测试方案
编号: {identity}
适用: {kind}
版本: "1"
性质: 测试
生效: 2022-01-01
依据:
  示例: {{文件: 测试, 机关: 测试, 日期: 2022-01-01}}
"""

BY_STARS = """\
  方法: 亮星数
  档次: {{{tiers}}}
"""


def criterion(
    identity: str, requirement: str = "为: 是", kind: str = "是否", *more: str, since: str = "2022-01-01"
) -> str:
    """A criterion read from a column that is headed by its 编号."""
    origin = "" if any(part.startswith(("公式", "日期依次", "列名")) for part in more) else f"列名: [{identity}]"
    parts = [f"编号: {identity}, 名称: {identity}", f"类型: {kind}", origin, *more]
    parts.append(f"要求: [{{自: {since}, {requirement}, 依据: 示例}}], 责任: 县, 整改: 改")
    return "{" + ", ".join(part for part in parts if part) + "}"


def scheme_text(
    stars: Mapping[str, tuple[str, Sequence[str]]],
    tiering: str | None = None,
    *,
    fields: Sequence[str] = (),
    checks: Sequence[str] = (),
    vetoes: Sequence[str] = (),
    statistics: Sequence[str] = (),
    kind: str = "行政村",
    identity: str = "test",
) -> str:
    """A scheme out of stars (name to rule and criteria) and whatever else is given."""
    text = _HEAD.format(identity=identity, kind=kind)
    text += _section("字段", [f"  {line}" for line in fields])
    text += _section("校核", [f"  - {line}" for line in checks])
    text += "星级:\n"
    for name, (rule, criteria) in stars.items():
        text += f"  - 星: {name}\n    牵头: 县\n    点亮: {rule}\n    指标:\n"
        text += "".join(f"      - {line}\n" for line in criteria)
    tiers = ", ".join(f"{number}: {_tier_name(number)}" for number in range(len(stars), -1, -1))
    text += (
        "定级:\n" + (BY_STARS.format(tiers=tiers) if tiering is None or "方法" not in tiering else "") + (tiering or "")
    )
    text += f"统计: [{', '.join(statistics)}]\n" if statistics else ""
    return text + _section("负面清单", [f"  - {line}" for line in vetoes])


def _tier_name(number: int) -> str:
    return f"{'零一二三四五六七八九'[number]}星"


def _section(name: str, lines: Sequence[str]) -> str:
    return f"{name}:\n" + "".join(f"{line}\n" for line in lines) if lines else ""


def scheme(text: str) -> Scheme:
    """The scheme in a text that has to be valid."""
    found, problems = scheme_from_texts([("test.yaml", text)])
    errors = [f"{problem.where}: {problem.code} {problem.message('en')}" for problem in problems]

    assert found is not None, "\n".join(errors)

    return found


def scheme_file(path: Path) -> Scheme:
    """The scheme of a file that has to be valid."""
    found, problems = load_scheme(path)

    assert found is not None, [problem.message("en") for problem in problems]

    return found


# --- a run ------------------------------------------------------------------------------------------------------------


def stars_of(*names: str, **more: object) -> Scheme:
    """A scheme of stars with one yes/no criterion each, named as the star."""
    return scheme(scheme_text({name: ("全部", [criterion(name)]) for name in names}, **more))  # type: ignore[arg-type]


@dataclass(frozen=True)
class Rated:
    """What a run found, asked by names of units."""

    outcome: Outcome

    def row(self, name: str) -> int:
        """The place of a unit: its name, or township/name."""
        units = self.outcome.ledger.units
        return next(
            place
            for place in range(len(units))
            if name in {units.name[place], f"{units.township[place]}/{units.name[place]}"}
        )

    @property
    def names(self) -> list[str]:
        """The units rated."""
        return list(self.outcome.ledger.units.name)

    def tier(self, name: str) -> int | None:
        """The tier, None if there is none."""
        return _tier(self.outcome.assessment.tiers[self.row(name)])

    def reachable(self, name: str) -> int | None:
        """The tier if all that is unknown were met."""
        return _tier(self.outcome.assessment.reachable[self.row(name)])

    def tiers(self) -> dict[str, tuple[int | None, int | None]]:
        """Tier and reachable of every unit."""
        return {name: (self.tier(name), self.reachable(name)) for name in self.names}

    def proven(self) -> dict[str, int | None]:
        """Tier of every unit."""
        return {name: self.tier(name) for name in self.names}

    def provisional(self, name: str) -> bool:
        """Whether anything is unknown about a unit."""
        return bool(self.outcome.assessment.provisional[self.row(name)])

    def reported(self, name: str) -> bool:
        """Whether there was a row for it."""
        return bool(self.outcome.ledger.units.reported[self.row(name)])

    def stars(self, name: str) -> dict[str, str]:
        """State by star."""
        found = self.outcome.assessment
        return {
            star.name: STATES[int(state)]
            for star, state in zip(found.scheme.stars, found.stars[self.row(name)], strict=True)
        }

    def star(self, name: str) -> str:
        """State of the first star."""
        return next(iter(self.stars(name).values()))

    def verdicts(self, name: str) -> dict[str, str]:
        """Status by 编号."""
        found = self.outcome.assessment
        return {
            item.id: Verdict(int(state)).word
            for item, state in zip(found.scheme.criteria, found.verdicts[self.row(name)], strict=True)
        }

    def reasons(self, name: str) -> dict[str, str | None]:
        """Reason by 编号."""
        found = self.outcome.assessment
        return {
            item.id: Reason(int(reason)).word
            for item, reason in zip(found.scheme.criteria, found.reasons[self.row(name)], strict=True)
        }

    def reason(self, name: str, key: str) -> str | None:
        """Why a value of a column is missing."""
        return Reason(int(self.outcome.ledger.columns[key].reason[self.row(name)])).word

    def value(self, name: str, key: str) -> object:
        """A value as it is shown, None if unknown; a date as its first and last day."""
        column = self.outcome.ledger.columns[key]
        row = self.row(name)
        if column.reason[row] != Reason.KNOWN:
            return None
        if column.kind is Kind.DATE:
            return tuple(date.fromordinal(int(day)) for day in column.values[row])
        return list(plain_values(column))[row]

    def gap(self, name: str, key: str) -> float | None:
        """The distance to an unmet requirement."""
        found = self.outcome.assessment
        place = [item.id for item in found.scheme.criteria].index(key)
        gap = float(found.gap(place)[self.row(name)])
        return None if gap != gap else gap  # noqa: PLR0124 - nan

    def score(self, name: str) -> tuple[float, float] | None:
        """The interval of the total score."""
        scores = self.outcome.assessment.scores
        return None if scores is None else (float(scores[self.row(name), 0]), float(scores[self.row(name), 1]))

    def star_score(self, name: str, star: int = 0) -> tuple[float, float]:
        """The interval of a star's score."""
        scores = self.outcome.assessment.star_scores

        assert scores is not None

        return float(scores[self.row(name), star, 0]), float(scores[self.row(name), star, 1])

    def vetoes(self, name: str) -> dict[str, str]:
        """State by 编号 of the vetoes."""
        found = self.outcome.assessment
        return {
            veto.id: VETO_STATES[int(state)]
            for veto, state in zip(found.scheme.vetoes, found.vetoes[self.row(name)], strict=True)
        }

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """All there is to say."""
        return self.outcome.all_diagnostics

    def codes(self, *but: str) -> set[str]:
        """Every code that fired, but some."""
        return {found.code for found in self.diagnostics} - set(but)

    def cells(self, code: str) -> list[str | None]:
        """The cells a code fired at."""
        return [found.where.cell for found in self.diagnostics if found.code == code]

    def units(self, code: str) -> list[str | None]:
        """The units a code fired for."""
        return [found.unit for found in self.diagnostics if found.code == code]


def _tier(value: Any) -> int | None:
    return int(value) if value >= 0 else None


def run(
    files: Path | Sequence[Path],
    by: Scheme | None = None,
    *,
    period: str | None = "2022-06",
    county: str | None = "平原县",
    register: Path | None = None,
    no_store: bool = True,
    **told: Any,
) -> Rated:
    """Rate files in this process, as ``starcheck score --no-store`` would."""
    paths = [files] if isinstance(files, Path) else list(files)
    given = Settings(period=period, county=county, register=register, no_store=no_store, **told)
    return Rated(rate(paths, given, given=by))


def rated(
    folder: Path, by: Scheme, rows: Rows, *, register: Rows | None = None, name: str = "台账.xlsx", **told: Any
) -> Rated:
    """Rate one table, with a register beside it where there is one."""
    file = ledger(folder / name, rows)
    known = None if register is None else delimited(folder / "register.csv", register)
    return run(file, by, register=known, **told)


def column(folder: Path, kind: str, unit: str | None, cells: Sequence[Cell], *more: str, header: str = "值") -> Rated:
    """Rate one column of cells, one village each: 甲村, 乙村 and so on."""
    requirement = {"是否": "为: 是", "日期": "至多: 2022-06-30", "选项": "为: 有", "文本": "为: 好"}.get(
        kind, "至少: 5"
    )
    parts = [f"列名: [{header.split('（', maxsplit=1)[0]}]", *([f'单位: "{unit}"'] if unit else []), *more]
    by = scheme(scheme_text({"星": ("全部", [criterion("X", requirement, kind, *parts)])}))
    rows = [["乡镇", "村名", header], *[["河乡", village(place), cell] for place, cell in enumerate(cells)]]
    return rated(folder, by, rows)


def village(place: int) -> str:
    """Names for villages by number."""
    return f"{'甲乙丙丁戊己庚辛壬癸'[place % 10]}{'' if place < 10 else place // 10}村"


def address(row: int, column_number: int) -> str:
    """The address of a cell, both from 1."""
    return f"{get_column_letter(column_number)}{row}"
