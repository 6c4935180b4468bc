"""Makes a year of the synthetic county: twelve months of seventeen workbooks, as an office would receive them.

    python examples/make_year.py DIRECTORY

From July 2022 to June 2023, a folder a month, each township in its own manner (see ``make_examples``, whose villages
these are; nothing is real). Villages mend what they miss, each item in a month of its own, some townships slower than
others; here and there something met is lost for a month. Put in on purpose, and listed in ``STORY``: a township that
sends a month late, a workbook corrected afterwards, a township that never sends one month, and vetoes that come and go.
What came late or corrected lies in a folder of its own, ``2022-10-补报``, for a run of its own.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import replace
from datetime import date
from pathlib import Path

from make_examples import (
    FORMS,
    ITEMS,
    PA,
    Form,
    Village,
    county,
    draw,
    fill_in,
    make_ledger,
    register,
    save_ledger,
    targets,
    write_csv,
)

MONTHS = tuple((2022 + (6 + place) // 12, (6 + place) % 12 + 1) for place in range(12))
"""July 2022 to June 2023."""

SLOW = {"双槐乡": 5, "谷庄乡": 4, "东渠乡": 3}
"""Townships that take so many times as long to mend something."""
LATE, LATE_MONTH = "榆园乡", (2022, 10)
NEVER, NEVER_MONTH = "双槐乡", (2023, 2)
CORRECTED, CORRECTED_MONTH = "柳塘镇", (2022, 9)
STORY = (
    (LATE, LATE_MONTH, "补报：当月没有送，下月才送来"),
    (NEVER, NEVER_MONTH, "缺报：一直没有送"),
    (CORRECTED, CORRECTED_MONTH, "更正：先送的把五个村的应急队伍人数少填了"),
)
ACCIDENTS = {(2022, 11): 3, (2023, 3): 2}
"""In these months so many villages have an accident (FM-01); it lasts two months."""


def file_of(form: Form, year: int, month: int) -> str:
    """The township's file of that month, named in its own manner."""
    name = form.file.replace("2022年6月", f"{year}年{month}月").replace("2022-06", f"{year}-{month:02}")
    name = name.replace("202206", f"{year}{month:02}").replace("2022.6", f"{year}.{month}")
    return re.sub(r"(?<!年)6月份?", f"{year}年{month}月", name)


def at_month(village: Village, place: int) -> Village:
    """The village in the month of that place: what it still misses, and its row."""
    pace = SLOW.get(village.town, 1)
    missed = {item for item in village.unmet if draw(34 * pace, "mended", item, village.code) >= place}
    for items in ITEMS.values():
        for item in items:
            if item not in village.unmet and draw(260, "lost", item, village.code, place) == 0 and item != "ST-03":
                missed.add(item)
    now = replace(village, unmet=missed, row=dict(village.row), vetoes=set(village.vetoes))
    if "ST-03" in village.unmet - missed:
        now.row["ST-03"] = "已初步规划待评审"
    fill_in(now)
    return now


def months(villages: Sequence[Village]) -> Iterator[tuple[tuple[int, int], list[Village]]]:
    """Every month with the county's villages in it."""
    for place, month in enumerate(MONTHS):
        here = [at_month(village, place) for village in villages]
        for started, count in ACCIDENTS.items():
            since = place - MONTHS.index(started)
            if since in {0, 1}:
                hit = sorted(here, key=lambda village, started=started: draw(1 << 40, "hit", started, village.code))
                for village in hit[:count]:
                    village.row["FM-01"] = True
        yield month, here


def too_few(villages: Sequence[Village]) -> list[Village]:
    """The same, with five villages' emergency teams written too small."""
    found = deepcopy(list(villages))
    for village in [village for village in found if "PA-01" not in village.unmet and PA in village.lit][:5]:
        village.row["PA-01"] = 12
    return found


def send(folder: Path, form: Form, month: tuple[int, int], villages: Sequence[Village]) -> None:
    """Write a township's file of a month."""
    folder.mkdir(parents=True, exist_ok=True)
    year, number = month
    own = replace(form, file=file_of(form, year, number), sheet=form.sheet and form.sheet.replace("6月", f"{number}月"))
    ledger = make_ledger(own, villages, period=f"{year}年{number}月", filled_in=date(year, number, 28))
    save_ledger(folder, ledger)


def main(directory: Path) -> None:
    """Write the year below ``directory``: a folder a month, the register, the targets."""
    villages = county()
    directory.mkdir(parents=True, exist_ok=True)
    write_csv(directory / "register.csv", register(villages))
    write_csv(directory / "targets.csv", targets(villages))
    for month, here in months(villages):
        folder = directory / f"{month[0]}-{month[1]:02}"
        for form in FORMS:
            ours = [village for village in here if village.town == form.town]
            if (form.town, month) == (NEVER, NEVER_MONTH):
                continue
            if (form.town, month) == (LATE, LATE_MONTH):
                send(folder.with_name(f"{folder.name}-补报"), form, month, ours)
            elif (form.town, month) == (CORRECTED, CORRECTED_MONTH):
                send(folder, form, month, too_few(ours))
                send(folder.with_name(f"{folder.name}-更正"), form, month, ours)
            else:
                send(folder, form, month, ours)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
