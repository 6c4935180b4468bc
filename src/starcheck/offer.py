"""The schemes a run may be rated by, and which of them the files' columns fit.

One that is named is loaded. Else all there are may fit: those of the office are loaded, so that an invalid one is never
passed over; those shipped with the program, which are tested, are first known by their sketches, and loaded as far as
their columns could be the most.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from starcheck.diagnostic import Diagnostic, Severity
from starcheck.inbox import Inbox, Vocabulary
from starcheck.intake import HeaderIndex
from starcheck.messages import both
from starcheck.scheme import Scheme, load_scheme
from starcheck.scheme_sketch import SchemeSketch, sketch
from starcheck.workspace import Settings, Stop, scheme_paths, shipped_criteria


@dataclass
class Offer:
    """Schemes to choose from: those loaded, and those known so far by sketches."""

    schemes: list[Scheme]
    notes: dict[str, tuple[Diagnostic, ...]] = field(default_factory=dict)
    """The warnings of each loaded scheme, by its 编号."""
    sketches: list[SchemeSketch] = field(default_factory=list)

    @property
    def vocabulary(self) -> Vocabulary:
        """What the schemes call things, loaded or not."""
        words = Vocabulary.of(*self.schemes)
        for one in self.sketches:
            words |= Vocabulary(one.spellings | one.names, one.names, one.tiers)
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

    def _load(self, path: Path) -> Scheme:
        schemes, notes, broken = _loaded([path])
        if broken:
            raise Stop(2, both("stop.criteria", file=broken[0].where.file or ""), tuple(broken))
        self.schemes += schemes
        self.notes |= notes
        return schemes[0]


def _yields(scheme: Scheme, texts: Container[str]) -> bool:
    """Whether it is an example laid over a scheme whose text is among ``texts``."""
    return scheme.nature.startswith("示例") and any(text in texts for _, text in scheme.texts[1:])


def offered(told: Settings) -> Offer:
    """The one scheme that is told, else all there are. Invalid criteria stop the run."""
    if told.scheme is not None and (told.scheme.endswith((".yaml", ".yml")) or Path(told.scheme).is_file()):
        scheme, problems = load_scheme(Path(told.scheme))
        if scheme is None:
            raise Stop(2, both("stop.criteria", file=told.scheme), problems)
        return Offer([scheme], {scheme.id: _warnings(problems)})
    paths = scheme_paths(told)
    if told.scheme is not None:
        schemes, notes, broken = _loaded([path for path in paths if _may_be(path, told.scheme)])
        named = [scheme for scheme in schemes if scheme.id == told.scheme]
        if named:
            return Offer(named, notes)
        schemes, _, broken = _loaded(paths)
        known = "、".join(dict.fromkeys(scheme.id for scheme in schemes)) or "—"
        raise Stop(2, both("stop.scheme_unknown", scheme=told.scheme, known=known), tuple(broken))
    shipped = shipped_criteria()
    sketches = [
        one
        for path in paths
        if shipped is not None and path.parent.absolute() == shipped and (one := sketch(path)) is not None
    ]
    sketched = {one.path for one in sketches}
    schemes, notes, broken = _loaded([path for path in paths if path not in sketched])
    if broken:
        raise Stop(2, both("stop.criteria", file=broken[0].where.file or ""), tuple(broken))
    if not paths or not (schemes or sketches):
        raise Stop(2, both("stop.no_scheme"))
    return Offer(schemes, notes, sketches)


def _loaded(
    paths: Iterable[Path],
) -> tuple[list[Scheme], dict[str, tuple[Diagnostic, ...]], list[Diagnostic]]:
    """The schemes of files, the warnings of each by its 编号, and what is wrong with the files that hold none."""
    schemes: list[Scheme] = []
    notes: dict[str, tuple[Diagnostic, ...]] = {}
    broken: list[Diagnostic] = []
    for path in paths:
        scheme, problems = load_scheme(path)
        if scheme is None:
            broken += problems
            continue
        schemes.append(scheme)
        notes[scheme.id] = _warnings(problems)
    return schemes, notes, broken


def _may_be(path: Path, identity: str) -> bool:
    """Whether a file can hold the scheme of that 编号: it writes it, or may inherit it. Loading a scheme takes time."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return True  # loading it will say why not
    return identity in text or "继承" in text


def _warnings(problems: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
    return tuple(problem for problem in problems if problem.level is not Severity.NOTE)
