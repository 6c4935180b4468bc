"""The schemes a run may be rated by, and which of them the files' columns fit.

One that is named is loaded. Else all there are may fit: those of the office are loaded, so that an invalid one is never
passed over; those shipped with the program, which are tested, are first known by their sketches, and loaded as far as
their columns could be the most.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import combinations
from pathlib import Path

from starcheck.diagnostic import Diagnostic, Location, Severity, Text
from starcheck.inbox import Inbox, Vocabulary
from starcheck.intake import HeaderIndex
from starcheck.messages import both
from starcheck.scheme import Scheme, load_scheme
from starcheck.scheme_sketch import SchemeSketch, sketch
from starcheck.workspace import Settings, Stop, scheme_paths, shipped_criteria, written_identity


@dataclass
class Offer:
    """Schemes to choose from: those loaded, and those known so far by sketches."""

    schemes: list[Scheme]
    notes: dict[str, tuple[Diagnostic, ...]] = field(default_factory=dict)
    """The warnings of each loaded scheme, by its 编号."""
    sketches: list[SchemeSketch] = field(default_factory=list)
    files: list[SchemeFile] = field(default_factory=list)
    """The loaded ones with their files, where there is a choice."""

    @property
    def vocabulary(self) -> Vocabulary:
        """What the schemes call things, loaded or not."""
        words = Vocabulary.of(*self.schemes)
        for one in self.sketches:
            words |= Vocabulary(one.spellings, one.names, one.tiers)
        return words

    def load_all(self) -> Sequence[Scheme]:
        """Every scheme. Raises ``Stop`` for an invalid one."""
        for one in self.sketches:
            self._load(one.path)
        self.sketches = []
        return self.schemes

    def fitting(self, inbox: Inbox) -> tuple[list[Scheme], int]:
        """The schemes whose columns the files have most of, and how many columns that is; several are a tie.

        A county's overlay has the columns of the scheme it inherits from. One that is itself only an example does not
        make that a tie: it is for who names it. An office's own is no example, and which of the two holds is asked.
        """
        tables = [table for read in inbox.files for table in read.tables]
        headers = {tuple(name for name, _ in header.candidates()) for table in tables for header in table.headers}
        hits = {scheme.sha256: len(HeaderIndex(scheme).found(tables)) for scheme in self.schemes}
        possible = sorted((-one.most(headers), len(one.parents), place) for place, one in enumerate(self.sketches))
        for most, _, place in possible:
            one, best = self.sketches[place], max(hits.values(), default=0)
            if -most < max(best, 1):
                break
            leading = {scheme.texts[0][1] for scheme in self.schemes if hits[scheme.sha256] == best}
            if -most == best and one.example and not leading.isdisjoint(one.parents):
                continue  # at most it is a tie, in which it yields
            scheme = self._load(one.path)
            hits[scheme.sha256] = len(HeaderIndex(scheme).found(tables))
        best = max(hits.values(), default=0)
        fitting = [scheme for scheme in self.schemes if hits[scheme.sha256] == best and best]
        texts = {scheme.texts[0][1] for scheme in fitting}
        return [scheme for scheme in fitting if not _yields(scheme, texts)], best

    def on(self, identity: str, day: date | None) -> Scheme:
        """The version of a loaded scheme that a day is rated by. Raises ``Stop`` where two files contest it."""
        refuse_contested(one for one in self.files if one.scheme.id == identity)
        return version_on([scheme for scheme in self.schemes if scheme.id == identity], day)

    def _load(self, path: Path) -> Scheme:
        one = _sound(path)
        self.files.append(one)
        self.schemes.append(one.scheme)
        self.notes[one.scheme.id] = one.notes
        return one.scheme


def _yields(scheme: Scheme, texts: Container[str]) -> bool:
    """Whether it is an example laid over a scheme whose text is among ``texts``.

    Its own 性质 says so. One that says nothing there has that of an example it is laid over, but is an office's own.
    """
    own = scheme.origin("性质").file == scheme.texts[0][0]
    return own and scheme.nature.startswith("示例") and any(text in texts for _, text in scheme.texts[1:])


def offered(told: Settings) -> Offer:
    """The one scheme that is told, in all its versions, else all there are. Invalid criteria stop the run."""
    if told.scheme is not None and (told.scheme.endswith((".yaml", ".yml")) or Path(told.scheme).is_file()):
        scheme, problems = load_scheme(Path(told.scheme))
        if scheme is None:
            raise Stop(2, both("stop.criteria", file=told.scheme), problems)
        return Offer([scheme], {scheme.id: _warnings(problems)})
    if told.scheme is not None:
        named = versions(told.scheme, told)
        return Offer([one.scheme for one in named], {told.scheme: tuple(note for one in named for note in one.notes)})
    paths = scheme_paths(told)
    shipped = shipped_criteria()
    sketches = [
        one
        for path in paths
        if shipped is not None and path.parent.absolute() == shipped and (one := sketch(path)) is not None
    ]
    sketched = {one.path for one in sketches}
    loaded = [_sound(path) for path in paths if path not in sketched]
    if not paths or not (loaded or sketches):
        raise Stop(2, both("stop.no_scheme"))
    return Offer(
        [one.scheme for one in loaded],
        {one.scheme.id: one.notes for one in loaded},
        sketches,
        loaded,
    )


@dataclass(frozen=True, slots=True)
class SchemeFile:
    """A scheme, its file, and the warnings that came with it."""

    path: Path
    scheme: Scheme
    notes: tuple[Diagnostic, ...] = ()


def without_overlaid(files: Sequence[SchemeFile]) -> list[SchemeFile]:
    """The files without those of examples laid over another one of them."""
    texts = {one.scheme.texts[0][1] for one in files}
    return [one for one in files if not _yields(one.scheme, texts)]


def versions(identity: str, told: Settings, *, by_path: bool = False) -> list[SchemeFile]:
    """The files of the scheme of that 编号, the oldest first; several are versions that follow each other by date.

    Raises ``Stop`` (2) where there is none, where one of them is invalid, or where two hold for the same day. What is
    wrong with files of another 编号 does not matter here. ``by_path``: diagnostics name files by their paths.
    """
    paths = scheme_paths(told)
    found: list[SchemeFile] = []
    broken: list[Diagnostic] = []
    for path in paths:
        written = written_identity(path)
        if written not in {None, identity}:
            continue
        scheme, problems = load_scheme(path, shown=str(path) if by_path else None)
        if scheme is None and written is not None:
            raise broken_file(path, problems)
        if scheme is None:
            broken += problems
        elif scheme.id == identity:
            found.append(SchemeFile(path, scheme, _warnings(problems)))
    if not found:
        known = "、".join(dict.fromkeys(filter(None, map(written_identity, paths)))) or "—"
        raise Stop(2, both("stop.scheme_unknown", scheme=identity, known=known), tuple(broken))
    refuse_contested(found)
    return sorted(found, key=lambda one: one.scheme.since)


def version_on(schemes: Iterable[Scheme], day: date | None) -> Scheme:
    """Of the versions of a scheme the one in force that day; else the last that had begun by then, or the first.

    Without a day it is the newest.
    """
    ordered = sorted(schemes, key=lambda scheme: scheme.since)
    if day is None:
        return ordered[-1]
    return next((scheme for scheme in reversed(ordered) if scheme.since <= day), ordered[0])


def contested(files: Iterable[SchemeFile]) -> Iterator[Diagnostic]:
    """K642: files of one 编号 that hold for the same day, most often copies kept beside their original.

    Which of them a rating is made by must not depend on their names. One diagnostic for each 编号, with all of them.
    """
    by_identity: dict[str, list[SchemeFile]] = {}
    for one in files:
        by_identity.setdefault(one.scheme.id, []).append(one)
    for identity, same in by_identity.items():
        pairs = [
            (one, other)
            for one, other in combinations(sorted(same, key=lambda file: file.scheme.since), 2)
            if one.scheme.until is None or one.scheme.until >= other.scheme.since
        ]
        if pairs:
            told = {str(file.path): _file_and_days(file) for pair in pairs for file in pair}
            arguments: dict[str, str | Text] = {
                "files": (
                    "；".join(words[0] for words in told.values()),
                    "; ".join(words[1] for words in told.values()),
                )
            }
            yield Diagnostic("K642", Location(str(pairs[0][1].path)), found=identity, arguments=arguments)


def refuse_contested(files: Iterable[SchemeFile]) -> None:
    """Raise ``Stop`` (2) where several of the files hold as one scheme for the same day."""
    problems = tuple(contested(files))
    if problems:
        texts = [(problem.message("zh"), problem.message("en")) for problem in problems]
        raise Stop(2, ("。".join(text[0] for text in texts), ". ".join(text[1] for text in texts)), problems)


def _file_and_days(one: SchemeFile) -> Text:
    since, until, version = one.scheme.since, one.scheme.until, one.scheme.version
    return (
        f"{one.path}（版本 {version}，{since} 至 {until or '未定'}）",
        f"{one.path} (version {version}, {since} to {until or 'open'})",
    )


def broken_file(path: Path, problems: Sequence[Diagnostic]) -> Stop:
    """The stop for an invalid scheme; it names the file, whose trouble may stand at a line of a file it inherits."""
    places = {problem.where.file for problem in problems if problem.level is Severity.ERROR} - {None}
    own = {str(path), path.name}
    key = "stop.criteria" if not places or places & own else "stop.criteria_below"
    return Stop(2, both(key, file=path, parents="、".join(sorted(str(place) for place in places))), tuple(problems))


def _sound(path: Path) -> SchemeFile:
    scheme, problems = load_scheme(path)
    if scheme is None:
        raise broken_file(path, problems)
    return SchemeFile(path, scheme, _warnings(problems))


def _warnings(problems: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
    return tuple(problem for problem in problems if problem.level is not Severity.NOTE)
