"""A year of 清丰 as cron would do it, month by month: ranking, reminders, rectification and rewards held by goldens.

The year is ``examples/make_year.py``'s: a township that comes a month late, a workbook corrected afterwards, a township
that never sends a month, vetoes that come and go.
"""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from batching import contents, environment
from making import ROOT, delimited
from report_sample import check_golden
from starcheck.batch import read_job
from starcheck.county_work import CountyDone, Errand, do_county
from starcheck.workspace import settings

pytestmark = pytest.mark.slow

OUTPUTS = '["rank.md", "reminders.md", "rectify.csv", "units.csv"]'
COUNTY = f"""\
[batch]
register = "register.csv"
targets = "targets.csv"

[[batch.county]]
county = "清丰县"
scheme = "wuxing-rural"
inbox = "收件"
outputs = {OUTPUTS}

[[batch.county]]
county = "清丰县"
scheme = "wuxing-qingfeng-2022"
inbox = "收件"
period = "2022-12"
store = "rewards.db"
out = "rewards"
outputs = ["rewards.csv"]
awards = "表彰.csv"
"""
MONTHS = [f"{2022 + (6 + place) // 12}-{(6 + place) % 12 + 1:02}" for place in range(12)]
ARRIVE = {"2022-10-补报": "2022-11", "2022-09-更正": "2022-10"}
"""With which month what is late, or corrected, comes."""
AWARDS = {"担当作为好支书": 20, "优秀等次书记": 30, "良好等次书记": 100, "优秀村干部": 100}
"""As planned in 清丰 in 2022 (DOMAIN §3.1, R3): 490,000 yuan."""


def clock() -> datetime:
    """A clock that stands still."""
    return datetime(2023, 7, 1, tzinfo=UTC)


def do(config: Path, place: int = 0) -> CountyDone:
    """A county, as a batch of one."""
    job = read_job(config, settings({}, {}, config.parent, config))[0].counties[place]
    return do_county(job, Errand(clock(), "1.0", clock))


def awarded(register: Path) -> list[list[str]]:
    """A list of names as long as planned; the names are none."""
    with register.open(encoding="utf-8-sig", newline="") as file:
        villages = [(row["乡镇"], row["名称"]) for row in csv.DictReader(file) if row["类型"] == "行政村"]
    awards = [award for award, count in AWARDS.items() for _ in range(count)]
    return [
        ["乡镇", "村名", "姓名", "奖项"],
        *(
            [*village, f"某{number}", award]
            for number, (village, award) in enumerate(zip(villages, awards, strict=False))
        ),
    ]


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workspace after a year of months, with what each month's results were when they were made first."""
    folder = tmp_path_factory.mktemp("year")
    made = folder / "made"
    subprocess.run(  # noqa: S603 - our own script
        [sys.executable, str(ROOT / "examples" / "make_year.py"), str(made)], env=environment(), check=True
    )
    for name in ("register.csv", "targets.csv"):
        shutil.move(made / name, folder / name)
    delimited(folder / "表彰.csv", awarded(folder / "register.csv"))
    (folder / "收件").mkdir()
    config = folder / "starcheck.toml"
    config.write_text(COUNTY, encoding="utf-8")
    for period in MONTHS:
        for name in (*(late for late, month in ARRIVE.items() if month == period), period):
            shutil.move(made / name, folder / "收件" / name)
        done = do(config)

        new = [month.period for month in done.months if month.files]
        assert [*(late[:7] for late, month in ARRIVE.items() if month == period), period] == new
        assert (3 if period in {"2022-10", "2023-02"} else 0) == done.exit
        shutil.copytree(folder / "out" / "清丰县" / period, folder / "first" / period)
    assert not list(made.iterdir())
    return folder


@pytest.mark.parametrize("period", ["2022-07", "2022-10", "2022-11", "2023-02", "2023-06"])
@pytest.mark.parametrize("what", ["rank.md", "reminders.md"])
def test_ranking_and_reminders(year: Path, what: str, period: str) -> None:
    """The first month; a month that misses a township, before it came; the months after; the last."""
    check_golden(f"year/{period}.{what}", (year / "first" / period / what).read_text(encoding="utf-8"))


@pytest.mark.parametrize("what", ["rank.md", "reminders.md"])
def test_a_late_township_moves_its_month(year: Path, what: str) -> None:
    """October, once 榆园乡 has come."""
    check_golden(f"year/2022-10.late.{what}", (year / "out" / "清丰县" / "2022-10" / what).read_text(encoding="utf-8"))


def rows(path: Path) -> list[list[str]]:
    """The rows of a CSV."""
    return list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"))))


def shown(table: list[list[str]]) -> str:
    """Rows for the eye."""
    return "".join(" | ".join(row).rstrip(" |") + "\n" for row in table)


@pytest.mark.parametrize("period", ["2022-09", "2022-12", "2023-06"])
def test_rectification(year: Path, period: str) -> None:
    """How much is open, overdue and mended, by item; and what one township has open and mended."""
    folder = year / "out" / "清丰县" / period
    text = shown(rows(folder / "rectify.csv"))
    for part in ("open", "closed"):
        header, *body = rows(folder / f"rectify-{part}.csv")
        text += f"\n[{part}]\n" + shown([header, *(row for row in body if "大沟乡" in row)])
    check_golden(f"year/{period}.rectify.txt", text)


def test_rewards(year: Path) -> None:
    """清丰's lists: 20, 30, 100 and 100 names, 490,000 yuan."""
    done = do(year / "starcheck.toml", 1)
    folder = year / "rewards" / "清丰县" / "2022-12"
    rules = rows(folder / "rewards-rules.csv")

    assert ["2022-12"] == [month.period for month in done.months]
    text = shown(rules) + "\n" + shown(rows(folder / "rewards-townships.csv"))
    text += "\n" + shown(rows(folder / "rewards.csv")[:31])
    check_golden("year/2022-12.rewards.txt", text)
    assert any("490000" in row for row in rules)


def test_the_year_at_once_comes_to_the_same(year: Path, tmp_path: Path) -> None:
    """Every month as it is after a year of runs is what one run over the whole inbox makes of it."""
    for name in ("register.csv", "targets.csv", "表彰.csv", "starcheck.toml"):
        shutil.copy(year / name, tmp_path / name)
    shutil.copytree(year / "收件", tmp_path / "收件")
    do(tmp_path / "starcheck.toml")
    wanted, found = (contents(folder / "out") for folder in (year, tmp_path))

    assert wanted.keys() == found.keys()
    assert [] == [name for name, content in wanted.items() if content != found[name] and "manifest" not in name]
