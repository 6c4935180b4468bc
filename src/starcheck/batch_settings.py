"""What ``starcheck.toml`` says of the batch: ``[batch]`` for all counties, a ``[[batch.county]]`` for each.

Names, values and that no two entries write the same results are checked before anything is done: what is wrong is said
with its line and column, all of it at once, and nothing is done. What is no fault of the file keeps one county from
being done, and no other: a scheme that is invalid, and what is not on the disk, which is looked for at its turn.
"""

from __future__ import annotations

import difflib
import json
import re
import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from starcheck.diagnostic import Diagnostic, Location, Severity, Text
from starcheck.messages import both
from starcheck.offer import offered
from starcheck.run import period_told
from starcheck.scheme import Scheme
from starcheck.toml_places import Path as KeyPath
from starcheck.toml_places import key_places
from starcheck.workspace import BATCH, Settings, Stop

COUNTY = "county"
ALL, LATEST = "all", "latest"

ENDINGS: Mapping[str, tuple[str, ...]] = {
    "report": ("md", "json", "txt"),
    "units": ("xlsx", "csv", "parquet"),
    "problems": ("xlsx", "csv", "md"),
    **dict.fromkeys(
        ("rank", "reminders", "targets", "moves", "rectify", "lists", "rewards", "due"), ("xlsx", "csv", "md", "json")
    ),
}
"""The outputs that there are, with the endings of their files."""
USUAL = (
    "report.md",
    "report.json",
    "units.xlsx",
    "problems.xlsx",
    "rank.xlsx",
    "reminders.xlsx",
    "targets.xlsx",
    "moves.xlsx",
    "rectify.xlsx",
    "lists.xlsx",
    "rewards.xlsx",
    "due.xlsx",
)
"""What is written where ``outputs`` says nothing, as far as the scheme has rules for it."""

_PATHS = ("inbox", "register", "targets", "exceptions", "pay", "awards", "earlier", "supply", "notes", "out", "store")
_TEXTS = ("scheme", "period", *_PATHS)
_SHARED = ("log", "jobs", "dask", *_TEXTS, "outputs")
_OWN = (COUNTY, *_TEXTS, "outputs")
_THERE = ("register", "targets", "exceptions", "pay", "awards", "earlier", "supply", "notes")
"""Files that have to be there if they are named."""
_NO_NAME = frozenset('/\\:*?"<>|')
_SLOT = re.compile(r"\{[^{}]*\}")
"""What stands for something else in a path; there is {county} alone."""


@dataclass(frozen=True, slots=True)
class CountyJob:
    """One ``[[batch.county]]``: a county's inbox, by one scheme, into one folder of results.

    ``told`` are the settings of its runs. ``period`` is ``all``, ``latest`` or a month. ``outputs`` are names of files
    that say what and in which form; ``files`` are those that outputs hang on, by key: pay, awards, earlier, supply,
    notes. ``named`` tells, of the inbox and each file, how and where starcheck.toml names it. ``problems`` are those of
    its scheme, by which it cannot be done.
    """

    county: str
    inbox: Path
    told: Settings
    out: Path
    period: str = ALL
    outputs: tuple[str, ...] = USUAL
    files: Mapping[str, Path] = field(default_factory=dict)
    where: Location = field(default_factory=Location)
    named: Mapping[str, tuple[str, Location]] = field(default_factory=dict)
    problems: tuple[Diagnostic, ...] = ()

    @property
    def folder(self) -> Path:
        """Where its results go, a folder for each month."""
        return self.out / self.county


@dataclass(frozen=True, slots=True)
class BatchJob:
    """What a batch is to do. ``jobs`` None is as many processes as there are cores."""

    root: Path
    log: Path
    counties: tuple[CountyJob, ...]
    config: Path
    jobs: int | None = None
    dask: str | None = None

    def called(self, county: CountyJob) -> str:
        """What an entry is called: its county, and by which scheme where the county has several."""
        if sum(one.county == county.county for one in self.counties) == 1:
            return county.county
        return f"{county.county} {re.sub('[.]ya?ml$', '', Path(county.told.scheme or '').name)}"


def batch_job(config: Path, told: Settings) -> tuple[BatchJob, tuple[Diagnostic, ...]]:
    """What ``config`` asks for; ``told`` is what holds for every run of the workspace.

    Raises ``Stop`` (2) with all that is wrong, before anything is done.
    """
    text = config.read_text(encoding="utf-8-sig")
    section = tomllib.loads(text).get(BATCH)
    reader = _Reader(config, key_places(text), told)
    job = reader.job(section)
    errors = [found for found in reader.said if found.level is Severity.ERROR]
    if errors:
        raise Stop(2, both("batch.wrong", file=config, n=len(errors)), tuple(reader.said))
    return job, tuple(reader.said)


class _Reader:
    """Reads and checks the section, and keeps what is to be said."""

    def __init__(self, config: Path, places: Mapping[KeyPath, tuple[int, int]], told: Settings) -> None:
        self.config = config
        self.places = places
        self.told = told
        self.said: list[Diagnostic] = []
        self._schemes: dict[str, tuple[Sequence[Scheme], Text | None, tuple[Diagnostic, ...]]] = {}

    def say(self, code: str, path: KeyPath, **more: Any) -> None:
        """A problem at a key, or at the nearest thing above it that has a place; once for however many counties."""
        found = Diagnostic(code, self.where(path), **more)
        if found not in self.said:
            self.said.append(found)

    def where(self, path: KeyPath) -> Location:
        while path and path not in self.places:
            path = path[:-1]
        line, column = self.places.get(path, (1, 1))
        return Location(self.config.name, line=line, column=column)

    def job(self, section: Any) -> BatchJob:
        root = self.told.root
        empty = BatchJob(root, root / "batch.jsonl", (), self.config)
        if not isinstance(section, dict):
            self.say("B809", (BATCH,), found=self.config.name)
            return empty
        shared = self._known(section, (*_SHARED, COUNTY), (BATCH,))
        entries = section.get(COUNTY)
        shared.pop(COUNTY, None)
        values = self._values(shared, (BATCH,))
        if not isinstance(entries, list) or not entries or not all(isinstance(entry, dict) for entry in entries):
            self.say("B809", (BATCH, COUNTY), found=self.config.name)
            return empty
        counties = []
        for place, entry in enumerate(entries):
            path = (BATCH, COUNTY, place)
            own = self._values(self._known(entry, _OWN, path), path)
            origins: dict[str, KeyPath] = {key: (BATCH, key) for key in values} | {key: (*path, key) for key in own}
            found = self._county({**values, **own}, {*shared, *entry}, origins, path)
            if found is not None:
                counties.append(found)
        self._collisions(counties)
        log = values.get("log", "batch.jsonl")
        return BatchJob(root, root / log, tuple(counties), self.config, values.get("jobs"), values.get("dask"))

    def _known(self, table: Mapping[str, Any], keys: Sequence[str], path: KeyPath) -> dict[str, Any]:
        known: dict[str, Any] = {}
        for key, value in table.items():
            if key in keys:
                known[key] = value
                continue
            near = difflib.get_close_matches(key, keys, 1, 0.5)
            self.say("B801", (*path, key), found=key, expected="、".join(near or keys))
        return known

    def _values(self, table: Mapping[str, Any], path: KeyPath) -> dict[str, Any]:
        """The values that are of the right kind; those that are not are said."""
        good: dict[str, Any] = {}
        for key, value in table.items():
            expected = _unlike(key, value)
            if expected is None:
                good[key] = value
            else:
                self.say("B802", (*path, key), field=key, found=_shown(value), expected=expected)
        return good

    def _county(
        self, values: Mapping[str, Any], given: Collection[str], origins: Mapping[str, KeyPath], path: KeyPath
    ) -> CountyJob | None:
        """A county by its ``values``; those ``given`` that are not among them are wrong, which has been said."""
        name = values.get(COUNTY)
        scheme = values.get("scheme", self.told.scheme)
        missing = [key for key in (COUNTY, "inbox") if key not in values] + ([] if scheme else ["scheme"])
        for key in missing:
            if key not in given:
                self.say("B803", path, field=key)
        name = name or "?"
        paths = {key: self._path(key, values[key], name) for key in _PATHS if key in values}
        store = values.get("store")
        told = replace(
            self.told,
            county=name,
            scheme=self._scheme_named(str(scheme), within="scheme" in values),
            register=paths.get("register", self.told.register),
            targets=paths.get("targets", self.told.targets),
            exceptions=paths.get("exceptions", self.told.exceptions),
            store=self.told.store_target if store is None else store if "://" in store else str(paths["store"]),
            period=None,
            as_of=None,
            township=None,
            no_store=False,
        )
        schemes, problems = self._schemes_of(told, origins.get("scheme", path)) if scheme else ((), ())
        outputs, place = values.get("outputs"), origins.get("outputs", path)
        wanted = self._usual(schemes) if outputs is None else self._outputs(outputs, schemes, place)
        if missing:
            return None
        return CountyJob(
            name,
            paths["inbox"],
            told,
            paths.get("out", self.told.root / "out"),
            _period(values.get("period", ALL)),
            wanted,
            {key: paths[key] for key in ("pay", "awards", "earlier", "supply", "notes") if key in paths},
            self.where(path),
            {
                key: (_written(values[key], name), self.where(origins[key]))
                for key in ("inbox", *_THERE)
                if key in paths
            },
            problems,
        )

    def _path(self, key: str, written: str, county: str) -> Path:
        return self.config.parent / _written(written, county) if key != "store" or "://" not in written else Path()

    def _scheme_named(self, scheme: str, *, within: bool) -> str:
        """A scheme's file is meant from the file; an 编号 is left as it is."""
        file = self.config.parent / scheme
        return str(file) if scheme.endswith((".yaml", ".yml")) and (within or file.is_file()) else scheme

    def _schemes_of(self, told: Settings, path: KeyPath) -> tuple[Sequence[Scheme], tuple[Diagnostic, ...]]:
        """The schemes that are meant; without any, why."""
        key = told.scheme or ""
        if key not in self._schemes:
            try:
                self._schemes[key] = (offered(told).schemes, None, ())
            except Stop as stop:
                own = tuple(found for found in stop.diagnostics if found.level is Severity.ERROR)
                self._schemes[key] = ((), stop.text, own)
        schemes, reason, own = self._schemes[key]
        if reason is None:
            return schemes, ()
        return (), (*own, Diagnostic("B806", self.where(path), found=key, arguments={"reason": reason}))

    def _usual(self, schemes: Sequence[Scheme]) -> tuple[str, ...]:
        return tuple(name for name in USUAL if all(_has_rules(name, scheme) for scheme in schemes))

    def _outputs(self, asked: Sequence[str], schemes: Sequence[Scheme], path: KeyPath) -> tuple[str, ...]:
        known = [f"{what}.{ending}" for what, endings in ENDINGS.items() for ending in endings]
        for place, name in enumerate(asked):
            if name not in known:
                near = difflib.get_close_matches(name, known, 3, 0.5)
                self.say("B807", (*path, place), found=name, expected="、".join(near or known))
                continue
            lacking = next((scheme for scheme in schemes if not _has_rules(name, scheme)), None)
            if lacking is not None:
                self.say("B808", (*path, place), found=name, expected=lacking.id)
        return tuple(dict.fromkeys(asked))

    def _collisions(self, counties: Sequence[CountyJob]) -> None:
        seen: dict[tuple[str, ...], CountyJob] = {}
        for job in counties:
            source, folder = str(job.inbox.resolve()), str(job.folder.resolve())
            keys: list[tuple[tuple[str, ...], Text]] = [
                (("out", folder), both("batch.collide.out", folder=job.folder)),
                (("store", str(job.told.store), str(job.told.scheme), job.county), both("batch.collide.store")),
                (("inbox", source, str(job.told.scheme)), both("batch.collide.inbox", folder=job.inbox)),
            ]
            for key, reason in keys:
                other = seen.setdefault(key, job)
                if other is not job:
                    line = f"{other.where.line}"
                    arguments: dict[str, str | Text] = {"reason": both("batch.collide.with", reason=reason, line=line)}
                    self.said.append(Diagnostic("B805", job.where, found=job.county, arguments=arguments))
                    break
        inboxes = {job.inbox.resolve(): job for job in counties}
        for job in counties:
            out = job.out.resolve()
            for inbox, owner in inboxes.items():
                if out == inbox or inbox in out.parents or (job.folder.resolve() in (inbox, *inbox.parents)):
                    reason = both("batch.collide.inside", out=job.out, inbox=owner.inbox)
                    self.said.append(Diagnostic("B805", job.where, found=job.county, arguments={"reason": reason}))


def _unlike(key: str, value: Any) -> Text | None:
    """What a value has to be, where it is not; None where it is."""
    if key == "jobs":
        return None if isinstance(value, int) and not isinstance(value, bool) and value > 0 else both("batch.is.number")
    if key == "outputs":
        fits = isinstance(value, list) and value and all(isinstance(one, str) for one in value)
        return None if fits else both("batch.is.list")
    if not isinstance(value, str) or not value.strip():
        return both("batch.is.text")
    if key == COUNTY and (_NO_NAME & set(value) or value.startswith(".") or value != value.strip()):
        return both("batch.is.name")
    if key == "period" and _period(value) == "":
        return both("batch.is.period")
    if key in _PATHS and "://" not in value and _SLOT.findall(value.replace("{county}", "")):
        return both("batch.is.path")
    if key == "dask" and "://" not in value:
        return both("batch.is.address")
    return None


def _shown(value: Any) -> str:
    """A value about as the file has it."""
    return json.dumps(value, ensure_ascii=False, default=str)


def _period(written: str) -> str:
    """``all``, ``latest``, or a month however it is written; empty for anything else."""
    if written in {ALL, LATEST}:
        return written
    try:
        return period_told(Settings(period=written)) or ""
    except Stop:
        return ""


def _written(path: str, county: str) -> str:
    return path.replace("{county}", county)


def wanting(job: CountyJob) -> tuple[Diagnostic, ...]:
    """Why a county cannot be done as things are: its scheme is invalid, or what is named for it is not on the disk."""
    paths = {"inbox": job.inbox, **dict(side_files(job))}
    gone = (
        Diagnostic("B804", where, field=key, found=written)
        for key, (written, where) in job.named.items()
        if not (_is_folder(paths[key]) if key == "inbox" else paths[key].is_file())
    )
    return (*job.problems, *gone)


def _is_folder(path: Path) -> bool:
    try:
        next(path.iterdir(), None)
    except OSError:
        return False
    return True


def _has_rules(name: str, scheme: Scheme) -> bool:
    monthly = scheme.monthly
    rules: Mapping[str, Any] = {
        "rank": monthly.rankings or scheme.tiering.ranked,
        "reminders": monthly.reminders,
        "rewards": monthly.rewards,
        "due": monthly.duties,
    }
    what = name.partition(".")[0]
    return what not in rules or bool(rules[what])


def side_files(job: CountyJob) -> Iterator[tuple[str, Path]]:
    """The files beside the ledgers that a county's results hang on, by what they are."""
    for key in ("register", "targets", "exceptions"):
        path = getattr(job.told, key)
        if path is not None:
            yield key, path
    yield from sorted(job.files.items())
