"""The crontab, the systemd units and the scheduled task of docs/batch.md, each tried as far as this machine can."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree

from batching import APRIL, SOURCE, office
from test_docs import ROOT, blocks

PAGE = (ROOT / "docs" / "batch.md").read_text(encoding="utf-8")
FOLDER, PROGRAM = "/srv/starcheck", "/usr/local/bin/starcheck"
SPACE = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"

# The order of elements that the published schema of tasks gives; where it gives none they are a set.
SEQUENCES = {
    "CalendarTrigger": (
        "Enabled", "StartBoundary", "EndBoundary", "Repetition", "ExecutionTimeLimit", "RandomDelay",
        "ScheduleByDay", "ScheduleByWeek", "ScheduleByMonth", "ScheduleByMonthDayOfWeek",
    ),
    "Repetition": ("Interval", "Duration", "StopAtDurationEnd"),
}  # fmt: skip
SETS = {
    "Task": {"RegistrationInfo", "Triggers", "Settings", "Data", "Principals", "Actions"},
    "Settings": {
        "AllowStartOnDemand", "RestartOnFailure", "MultipleInstancesPolicy", "DisallowStartIfOnBatteries",
        "StopIfGoingOnBatteries", "AllowHardTerminate", "StartWhenAvailable", "NetworkProfileName",
        "RunOnlyIfNetworkAvailable", "WakeToRun", "Enabled", "Hidden", "DeleteExpiredTaskAfter", "IdleSettings",
        "NetworkSettings", "ExecutionTimeLimit", "Priority", "RunOnlyIfIdle",
    },
    "Exec": {"Command", "Arguments", "WorkingDirectory"},
    "Principal": {"UserId", "GroupId", "DisplayName", "LogonType", "RunLevel"},
    "ScheduleByWeek": {"WeeksInterval", "DaysOfWeek"},
    "DaysOfWeek": {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"},
}  # fmt: skip
WORDS = {
    "MultipleInstancesPolicy": "Parallel|Queue|IgnoreNew|StopExisting",
    "LogonType": "S4U|Password|InteractiveToken",
    "RunLevel": "LeastPrivilege|HighestAvailable",
    "StartBoundary": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d",
    "Interval": "PT[0-9]+[HM]",
    "Duration": "PT[0-9]+[HM]",
    "ExecutionTimeLimit": "PT[0-9]+[HM]",
    "WeeksInterval": "[1-9][0-9]?",
    **dict.fromkeys(
        (
            "Enabled",
            "StopAtDurationEnd",
            "DisallowStartIfOnBatteries",
            "StopIfGoingOnBatteries",
            "StartWhenAvailable",
        ),
        "true|false",
    ),
}


def sample(language: str, holds: str = "") -> str:
    """The one block of a language that holds a text."""
    [found] = [text for block in blocks(PAGE, language) if holds in (text := "\n".join(block.lines) + "\n")]
    return found


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A workspace, and a program that is started as an installed one would be."""
    office(tmp_path / "workspace", "甲县", months=APRIL)
    tool = tmp_path / "starcheck"
    tool.write_text(f'#!/bin/sh\nPYTHONPATH="{SOURCE}" exec "{sys.executable}" -m starcheck "$@"\n', encoding="utf-8")
    tool.chmod(0o755)
    return tool


def in_place(text: str, program: Path) -> str:
    """The sample with the paths of this machine."""
    return text.replace(FOLDER, str(program.parent / "workspace")).replace(PROGRAM, str(program))


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="cron is not of this system")
def test_the_crontab(program: Path) -> None:
    """The line is one of cron's; run as cron runs it, with next to no environment, it does the work and is silent."""
    [line] = [line for line in sample("crontab").splitlines() if not line.startswith("#")]
    *times, what = line.split(maxsplit=5)
    for field, top in zip(times, (59, 23, 31, 12, 7), strict=True):
        assert re.fullmatch(r"\*|\d+(-\d+)?", field)
        assert all(int(number) <= top for number in re.findall(r"\d+", field))
    assert "%" not in what  # which cron takes for the end of the line
    done = [
        subprocess.run(  # noqa: S603 - the page's own line
            [
                "/usr/bin/env", "-i", "HOME=/", "LOGNAME=starcheck", "SHELL=/bin/sh", "PATH=/usr/bin:/bin",
                "/bin/sh", "-c", in_place(what, program),
            ],
            capture_output=True,
            check=False,
            cwd="/",
        )
        for _ in range(2)
    ]  # fmt: skip

    assert [(0, b"", b"")] * 2 == [(each.returncode, each.stdout, each.stderr) for each in done]
    assert (program.parent / "workspace" / "out" / "甲县" / "2022-04" / "report.md").is_file()


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
def test_the_systemd_units(program: Path) -> None:
    """Systemd knows every key, the program is there, and the times are times."""
    service, timer = program.parent / "starcheck-batch.service", program.parent / "starcheck-batch.timer"
    service.write_text(in_place(sample("ini", "[Service]"), program).replace("User=starcheck", "User=root"), "utf-8")
    timer.write_text(sample("ini", "[Timer]"), "utf-8")
    tool = shutil.which("systemd-analyze") or ""
    checked = subprocess.run(  # noqa: S603 - the system's own
        [tool, "verify", str(service), str(timer)], capture_output=True, encoding="utf-8", check=False
    )

    assert (0, "") == (checked.returncode, checked.stdout + checked.stderr)
    [times] = re.findall("OnCalendar=(.*)", timer.read_text(encoding="utf-8"))
    said = subprocess.run([tool, "calendar", times], capture_output=True, check=False)  # noqa: S603 - likewise
    assert 0 == said.returncode


def elements(task: etree._Element) -> Iterator[tuple[str, list[str], str]]:
    """Every element: its name, those in it, and its text."""
    for element in task.iter():
        name = element.tag.removeprefix(SPACE)
        yield name, [inner.tag.removeprefix(SPACE) for inner in element], (element.text or "").strip()


def test_the_scheduled_task() -> None:
    """Well-formed, of the schema's namespace, in the schema's order, with words that it knows."""
    task = etree.fromstring(sample("xml"))
    seen = set()

    assert f"{SPACE}Task" == task.tag
    assert "1.2" == task.get("version")
    for name, inner, text in elements(task):
        seen.add(name)
        if name in SEQUENCES:
            assert [known for known in SEQUENCES[name] if known in inner] == inner
        elif name in SETS:
            assert len(set(inner)) == len(inner)
            assert SETS[name] >= set(inner)
        if name in WORDS:
            assert re.fullmatch(WORDS[name], text), name
    assert seen >= {*SEQUENCES, *SETS, "Command", "Arguments", "WorkingDirectory"}
    [principal] = task.iter(f"{SPACE}Principal")
    [actions] = task.iter(f"{SPACE}Actions")
    assert principal.get("id") == actions.get("Context")


def test_the_settings_of_the_page(tmp_path: Path) -> None:
    """The TOML of the page, and of the Chinese README, is what the program takes."""
    from starcheck.batch_settings import batch_job, wanting  # noqa: PLC0415 - here only
    from starcheck.workspace import settings  # noqa: PLC0415 - likewise

    chinese = (ROOT / "README.zh-CN.md").read_text(encoding="utf-8")
    texts = ["\n".join(block.lines) for page in (PAGE, chinese) for block in blocks(page, "toml")]
    texts = [text for text in texts if "[batch]" in text]
    assert 2 == len(texts)
    config = tmp_path / "starcheck.toml"
    for text in texts:
        config.write_text(text, encoding="utf-8")
        job, said = batch_job(config, settings({}, {}, tmp_path, config))

        # nothing is wrong with it but that the files it names are not here
        assert () == said
        assert {"B804"} == {found.code for county in job.counties for found in wanting(county)}
