"""What ``starcheck criteria`` does with a standard: show, lint, test, compare, draft, to a workbook and back."""

from __future__ import annotations

import contextlib
import copy
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from starcheck.cases import Checked, cases_beside, check_cases
from starcheck.commands import Shown, day_of, print_json, recorded_month, say_plainly, show_page, write_bytes
from starcheck.comparing import begins_later, scheme_changes
from starcheck.comparison_page import Side, diff_document, diff_page, move_rows
from starcheck.diagnostic import Diagnostic, Lang, Location, Severity, Text, pick, worst
from starcheck.drafting import draft, likely_headers
from starcheck.inbox import Vocabulary, read_inbox
from starcheck.intake import HeaderIndex, used_keys
from starcheck.ledger import inputs_of
from starcheck.messages import both, say
from starcheck.moving import moves
from starcheck.offer import SchemeFile, broken_file, contested, version_on, versions
from starcheck.report.explain import explain_part, parts_of
from starcheck.report.markdown import page_markdown
from starcheck.report.printed import printed_page
from starcheck.report.sections import Section, table
from starcheck.report.standard import scheme_document, scheme_page
from starcheck.run import Outcome, day_of_ledgers, rate, refuse_wrong_dates
from starcheck.scheme import (
    Scheme,
    load_scheme,
    read_scheme_texts,
    scheme_from_texts,
    scheme_from_trees,
    stale,
)
from starcheck.scheme_sheets import ITEMS, tree_of
from starcheck.scheme_source import Node, nearest_slot, parse_source
from starcheck.scheme_text import changed_text, fresh_text, line_changes, same
from starcheck.scheme_workbook import Read, read_scheme_workbook, scheme_workbook
from starcheck.units import normalise_header
from starcheck.visible import visible
from starcheck.workspace import Settings, Stop, scheme_paths, written_identity

if TYPE_CHECKING:
    from starcheck.history import Month


def test(
    which: str | None, told: Settings, shown: Shown, version: str, *, cases: Path | None, coverage: str | None
) -> int:
    """Every scheme, or ``which``, held against its cases; 1 where one does not hold or too little is covered."""
    shown.check()
    least = _share(coverage)
    chosen = _chosen(which, told)
    results: list[tuple[Scheme, Path, Path, Checked]] = []
    for path, scheme in chosen:
        file = cases or cases_beside(path)
        if file.is_file():
            results.append(
                (scheme, path, file, check_cases(_text(file), str(file), scheme, least=least, folder=file.parent))
            )
        elif which is not None or cases is not None:
            raise Stop(2, both("stop.no_cases", scheme=scheme.id, file=file))
    if shown.form == "json":
        _print_json(results, told, version)
    else:
        _print(results, told, shown)
        tested = {scheme.id for scheme, *_ in results}
        for path, scheme in chosen:
            if scheme.id not in tested and not shown.quiet:
                say_plainly(say("cases.none", told.lang, scheme=scheme.id, file=cases_beside(path)))
    severity = worst([problem for *_, checked in results for problem in checked.diagnostics])
    fail_on = told.fail_on or "error"
    if severity is None or fail_on == "never":
        return 0
    return 1 if severity.rank >= Severity(fail_on).rank else 0


# --- show -------------------------------------------------------------------------------------------------------------


def show(
    which: str | None,
    told: Settings,
    shown: Shown,
    today: date,
    *,
    owner: str | None,
    item: str | None,
    out: Path | None,
    version: str = "",
) -> int:
    """A scheme as a chart, or one item of it through the years; without a name, the list of schemes."""
    lang = told.lang
    if out is not None and out.suffix.lower() not in _PAGES:
        raise Stop(2, both("stop.page_out", out=out, known="、".join(_PAGES)))
    which = which or told.scheme
    chosen = _chosen(which, told)
    if which is None:
        headers = [say(f"standard.{name}", lang) for name in ("id", "title", "version", "kind", "nature", "file")]
        rows = [[s.id, s.title, s.version, s.unit_kind, s.nature, str(path)] for path, s in chosen]
        page: Sequence[Section] = [Section(level=1, title=say("standard.list", lang), table=table(headers, rows))]
    else:
        scheme = version_on([one for _, one in chosen], day_of(told.as_of) if told.as_of else today)
        as_of = day_of(told.as_of) if told.as_of else min(max(today, scheme.since), scheme.until or date.max)
        if shown.form == "json":
            if owner is not None or item is not None or out is not None:
                raise Stop(2, both("stop.show_json"))
            print_json(scheme_document(scheme, as_of, version))
            return 0
        if item is not None:
            page = explain_part(scheme, _part_called(item, scheme, lang), lang, as_of=as_of)
        else:
            page = list(scheme_page(scheme, as_of, lang, owner=owner))
            if owner is not None and len(page) == 1:
                raise Stop(2, both("stop.owner", owner=owner, known="、".join(_offices(scheme))))
    if out is None:
        show_page(page, told, shown)
        return 0
    content = page_markdown(page) if out.suffix.lower() == ".md" else printed_page(page, page[0].title, lang)
    write_bytes(out, content.encode(), make_folder=False)
    say_plainly(say("written", lang, out=out))
    return 0


def _offices(scheme: Scheme) -> list[str]:
    """Who answers for anything, each once: of several that answer together each by itself."""
    named = [
        *(found.owner for found in scheme.criteria),
        *(found.owner for group in scheme.groups for found in group.criteria),
        *(star.lead for star in scheme.stars),
        *(duty.who for duty in scheme.monthly.duties),
    ]
    parts = [part.strip() for together in named if together for part in together.split("、")]
    return list(dict.fromkeys(part for part in parts if part))


def _part_called(item: str, scheme: Scheme, lang: Lang) -> str:
    """The 编号 of an item: as given, or of the only one of that name or header. ``Stop`` (2) names what is near."""
    parts = parts_of(scheme)
    if item in parts:
        return item
    called = [(part.id, (part.name, *part.headers)) for part in scheme.criteria]
    called += [(part.id, (part.name, *part.headers)) for part in scheme.vetoes]
    called += [(part.id, (part.name,)) for group in scheme.groups for part in group.criteria]
    wanted = normalise_header(item)
    exact = [key for key, names in called if wanted in map(normalise_header, names)]
    if len(exact) == 1:
        return exact[0]
    titles = {f"{key} {names[0]}": names for key, names in called}
    if exact:
        like = [title for title in titles if title.partition(" ")[0] in exact]
    else:
        like = [title for title, names in titles.items() if any(wanted in normalise_header(name) for name in names)]
    if wanted and like:
        near = say("stop.item.like", lang, titles=say("list.comma", lang).join(like))
    else:
        near = pick(nearest_slot(item, [*parts, *(names[0] for names in titles.values())])["near"], lang).strip()
    raise Stop(2, both("stop.item", item=item, scheme=scheme.id, near=near))


_PAGES = (".html", ".md")


# --- new --------------------------------------------------------------------------------------------------------------


def new(file: Path, told: Settings, *, identity: str, kind: str | None, out: Path | None, force: bool) -> int:
    """A draft of a scheme from the widest table of a sample ledger, to ``out`` or to stdout."""
    if out is not None and out.exists() and not force:
        raise Stop(2, both("stop.out_exists", out=out))
    inbox, workbooks = read_inbox([file], Vocabulary(), limits=told.limits)
    tables = [table for read in inbox.files for table in read.tables]
    if not tables:
        # hardly a header that every ledger has: a second look, by the row that looks like headers
        inbox, _ = read_inbox([file], Vocabulary(columns=likely_headers(workbooks)), limits=told.limits)
        tables = [table for read in inbox.files for table in read.tables]
    if not tables:
        raise Stop(3, both("stop.no_table", file=file), tuple(inbox.diagnostics))
    text = draft(max(tables, key=lambda table: len(table.headers)), identity=identity, unit_kind=kind)
    if out is None:
        sys.stdout.write(text)
    else:
        write_bytes(out, text.encode(), make_folder=False)
        left = [found for found in scheme_from_texts([(out.name, text)])[1] if found.code == "K643"]
        say_plainly(say("new.made", told.lang, out=out, n=len(left)))
    return 0


# --- lint -------------------------------------------------------------------------------------------------------------


def lint(paths: Sequence[Path], told: Settings, shown: Shown, today: date, *, on: Sequence[Path]) -> int:
    """All problems of scheme files at once, each with its line and a caret.

    With ledgers (``on``) also the columns that a scheme needs and none of them has. The schemes that inherit from a
    file are checked with it: what is sound in the parent alone may not be so with what they add.
    """
    from starcheck.report.console import make_console  # noqa: PLC0415 - heavy

    files = _scheme_files(paths, told)
    children = _children(files, told) if paths else {}
    console = make_console(color=shown.color)
    sound: list[SchemeFile] = []
    said: set[tuple[Location, str, str]] = set()
    errors = warnings = 0

    def tell(problems: Iterable[Diagnostic], path: Path) -> None:
        nonlocal errors, warnings
        for problem in sorted(problems, key=lambda found: (-found.level.rank, found.where.line or 0)):
            errors += problem.level is Severity.ERROR
            warnings += problem.level is Severity.WARNING
            if shown.quiet and problem.level is not Severity.ERROR:
                continue
            for line in source_lines(problem, path, told.lang):
                console.print(line, soft_wrap=True)

    for path in (*files, *children):
        scheme, problems = load_scheme(path, shown=str(path))
        if scheme is not None:
            sound.append(SchemeFile(path, scheme))
            if path not in children:
                problems = (*problems, *stale(scheme, today), *_absent(scheme, on, told))
        if path in children:
            # what the parents have said of themselves is not said again, and what concerns the child alone is no error
            problems = tuple(
                found
                for found in problems
                if found.level is Severity.ERROR and (found.where, found.code, found.message("zh")) not in said
            )
            if problems:
                parents = "、".join(str(parent) for parent in children[path])
                console.print(say("lint.child", told.lang, file=path, parents=parents), soft_wrap=True)
        said |= {(found.where, found.code, found.message("zh")) for found in problems}
        tell(problems, path)
    for problem in contested((*sound, *_beside(files, sound))):
        tell([problem], Path(problem.where.file or ""))
    checked = len(files) + len(children)
    console.print(say("lint.summary", told.lang, files=checked, errors=errors, warnings=warnings))
    if errors:
        return 2
    return 1 if warnings and told.fail_on == "warning" else 0


def _scheme_files(paths: Sequence[Path], told: Settings) -> list[Path]:
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            files += sorted(path.glob("*.y*ml"))
        elif path.is_file():
            files.append(path)
        else:
            raise Stop(2, both("stop.no_file", file=path))
    files = files or ([] if paths else scheme_paths(told))
    if not files:
        raise Stop(2, both("stop.no_scheme"))
    return files


def _children(files: Sequence[Path], told: Settings) -> dict[Path, list[Path]]:
    """The schemes beside ``files``, and where schemes are kept, that inherit from one of them, with those parents."""
    there = {path.resolve(): path for path in files}
    beside = [path for folder in dict.fromkeys(file.parent for file in files) for path in sorted(folder.glob("*.y*ml"))]
    children: dict[Path, list[Path]] = {}
    for path in (*beside, *scheme_paths(told)):
        if path.resolve() in there or path.resolve() in {child.resolve() for child in children}:
            continue
        texts, _ = read_scheme_texts(path, shown=str(path))
        parents = [there[above] for name, _ in texts[1:] if (above := Path(name).resolve()) in there]
        if parents:
            children[path] = parents
    return children


def _beside(files: Sequence[Path], sound: Sequence[SchemeFile]) -> Iterator[SchemeFile]:
    """The schemes of a 编号 of ``sound`` that lie in the same folder and are not among them."""
    identities = {one.scheme.id for one in sound}
    there = {one.path.resolve() for one in sound}
    for folder in dict.fromkeys(file.parent for file in files):
        for path in sorted(folder.glob("*.y*ml")):
            if path.resolve() not in there and written_identity(path) in {None, *identities}:
                scheme, _ = load_scheme(path, shown=str(path))
                if scheme is not None and scheme.id in identities:
                    yield SchemeFile(path, scheme)


def source_lines(problem: Diagnostic, path: Path, lang: Lang) -> Iterator[str]:
    """A problem of a scheme file: ``file:line:col``, the message, the line itself, a caret, and how to mend it."""
    where = problem.where
    level = say(f"severity.{problem.level}", lang)
    yield f"{where}: {level} {problem.code} {problem.message(lang)}"
    if where.line is not None:
        source = path if where.file in {str(path), path.name, None} else path.parent / str(where.file)
        if not source.is_file():
            source = Path(str(where.file))  # a parent of a file of cases is named by its whole path
        with contextlib.suppress(OSError, UnicodeDecodeError):
            lines = source.read_text(encoding="utf-8-sig").splitlines()
            if where.line <= len(lines):
                text = lines[where.line - 1]
                yield f"  {where.line:>4} | {visible(text.expandtabs())}"
                if where.column is not None:
                    yield f"       | {_indent(text[: where.column - 1])}^"
    yield f"       = {problem.hint(lang)}"


def _indent(text: str) -> str:
    """Blanks as wide as ``text`` on a terminal."""
    from rich.cells import cell_len  # noqa: PLC0415

    return " " * cell_len(visible(text.expandtabs()))


def _absent(scheme: Scheme, on: Sequence[Path], told: Settings) -> Iterator[Diagnostic]:
    """K664: columns that the scheme needs and no ledger has."""
    if not on:
        return
    inbox, _ = read_inbox(on, Vocabulary.of(scheme), limits=told.limits)
    index = HeaderIndex(scheme)
    have = {key for read in inbox.files for table in read.tables for key, _ in index.columns(table.headers)[0].values()}
    used = used_keys(scheme)
    for key in (key for key in scheme.ledger_columns if key not in have):
        column = scheme.ledger_columns[key]
        users = [item.id for item in scheme.criteria if item.id != key and key in inputs_of(scheme, item.id)]
        whose: Text = (f"{'、'.join(users) or key} 要用", f"which {', '.join(users) or key} needs")
        if key not in used:
            whose = "没有一项用到", "which nothing uses"
        yield Diagnostic(
            "K664",
            scheme.origin(key),
            field=key,
            found="、".join(column.headers),
            arguments={"label": column.label, "users": whose},
            severity=None if key in used else Severity.NOTE,
        )


# --- diff -------------------------------------------------------------------------------------------------------------


def diff(
    names: Sequence[str],
    told: Settings,
    shown: Shown,
    today: date,
    version: str,
    *,
    on: Sequence[Path],
    dates: tuple[str, str] | None,
) -> int:
    """Two schemes, or one on two days: what changed, and with ledgers or a county which units move and why."""
    shown.check()
    if len(names) not in {1, 2} or (len(names) == 1 and dates is None):
        raise Stop(2, both("stop.diff_dates"))
    if on and told.county is not None:
        raise Stop(2, both("stop.diff_both"))
    days = [day_of(text) for text in dates] if dates is not None else [None, None]
    if told.as_of is not None and dates is None:
        days = [day_of(told.as_of)] * 2
    by_today = None if on or told.county is not None else today
    schemes = [_one(name, told, day or by_today) for name, day in zip((names[0], names[-1]), days, strict=True)]
    ledgers = _FromFiles(on, told) if on else _FromStore(schemes, told) if told.county is not None else None
    of = None if ledgers is None or None not in days else ledgers.day(schemes[0])
    if of is not None:
        days = [told_day or fitted for told_day, fitted in zip(days, _both_in_force(schemes, of), strict=True)]
    before, after = (_side(scheme, day, ledgers, today) for scheme, day in zip(schemes, days, strict=True))
    changes = scheme_changes(before.scheme, after.scheme, (before.day, after.day), told.lang)
    moved = None
    if before.assessment is not None and after.assessment is not None:
        moved = moves(before.assessment, after.assessment, told.lang, not_kept=(before.not_kept, after.not_kept))
    if shown.form == "json":
        print_json(diff_document(before, after, changes, moved, version))
        return 0
    if shown.form == "csv":
        from starcheck.report.problems import write_rows  # noqa: PLC0415 - heavy

        sys.stdout.flush()
        write_rows(list(move_rows(moved, told.lang)), sys.stdout.buffer, say("diff.title", told.lang))
        return 0
    page = list(diff_page(before, after, changes, moved, told.lang, everything=shown.everything))
    show_page(page, told, shown)
    if moved is None and not shown.quiet:
        say_plainly(say("diff.no_ledgers", told.lang))
    if of is not None and {before.day, after.day} != {of} and not shown.quiet:
        key = "diff.other_day" if before.day == after.day else "diff.other_days"
        say_plainly(say(key, told.lang, day=of, before=before.day, after=after.day))
    later = begins_later(before.scheme, after.scheme, after.day) if before.day == after.day else None
    if later is not None and not shown.quiet:
        say_plainly(say("diff.later", told.lang, since=later, before=before.day, after=later))
    return 0


def _one(name: str, told: Settings, day: date | None) -> Scheme:
    """The scheme of a file or a 编号; of several versions that of a day, and without one none is picked."""
    found = _chosen(name, told)
    if len(found) > 1 and day is None:
        raise Stop(2, both("stop.scheme_versions", scheme=name, files="、".join(str(path) for path, _ in found)))
    return version_on([scheme for _, scheme in found], day)


def _both_in_force(schemes: Sequence[Scheme], day: date) -> tuple[date, date]:
    """The days nearest to ``day`` that two schemes speak for: one day, if there is any that both do."""
    first, last = (max(scheme.since for scheme in schemes), min(scheme.until or date.max for scheme in schemes))
    if first <= last:
        together = min(max(day, first), last)
        return together, together
    one, other = (min(max(day, scheme.since), scheme.until or date.max) for scheme in schemes)
    return one, other


def _side(scheme: Scheme, day: date | None, ledgers: _FromFiles | _FromStore | None, today: date) -> Side:
    """A scheme on a day, without one today or the nearest day it speaks for, and what it makes of the ledgers."""
    if day is None or ledgers is None:
        return Side(scheme, day or min(max(today, scheme.since), scheme.until or date.max))
    return ledgers.side(scheme, day)


@dataclass
class _FromFiles:
    """Ledgers in files."""

    files: Sequence[Path]
    told: Settings
    rated: dict[tuple[str, date], Outcome] = field(default_factory=dict)
    """What was rated to find out the day, by the scheme's sha256 and the day."""

    def day(self, scheme: Scheme) -> date:
        """The day they are of."""
        given = replace(self.told, as_of=None, no_store=True)
        try:
            outcome = rate(self.files, given, given=scheme)
        except Stop as stop:
            if all(problem.code != "K636" for problem in stop.diagnostics):
                raise
            return day_of_ledgers(self.files, given, scheme)
        self.rated[scheme.sha256, outcome.as_of] = outcome
        return outcome.as_of

    def side(self, scheme: Scheme, day: date) -> Side:
        """What a scheme makes of them on a day."""
        outcome = self.rated.get((scheme.sha256, day))
        if outcome is None:
            outcome = rate(self.files, replace(self.told, as_of=day.isoformat(), no_store=True), given=scheme)
        return Side(scheme, day, outcome)


@dataclass
class _FromStore:
    """A county's month as it is recorded, under one of the two schemes."""

    schemes: Sequence[Scheme]
    told: Settings

    @cached_property
    def month(self) -> Month:
        """The month under the first of the schemes that has one. Raises ``Stop`` where neither has."""
        try:
            return recorded_month(self.told, self.schemes[0].id)
        except Stop:
            if self.schemes[0].id == self.schemes[1].id:
                raise
            return recorded_month(self.told, self.schemes[1].id)

    def day(self, _: Scheme) -> date:
        """The day it was rated on."""
        return self.month.as_of

    def side(self, scheme: Scheme, day: date) -> Side:
        """What a scheme makes of it on a day, and what cannot be told from the store."""
        from starcheck.recording import outcome_by, recorded_scheme  # noqa: PLC0415 - heavy

        refuse_wrong_dates(scheme, day, self.told)
        recorded = recorded_scheme(self.month)
        if recorded.unit_kind != scheme.unit_kind:
            slots = {"recorded": recorded.unit_kind, "scheme": scheme.id, "kind": scheme.unit_kind}
            raise Stop(2, both("stop.diff_kind", **slots))
        outcome, not_kept = outcome_by(self.month, self.told, scheme, day)
        return Side(scheme, day, outcome, not_kept)


# --- export and import ------------------------------------------------------------------------------------------------


def export(which: str, out: Path, told: Settings, shown: Shown, *, force: bool) -> int:
    """A scheme's own file as a workbook; what it inherits stays where it is."""
    if out.suffix.lower() != ".xlsx":
        raise Stop(2, both("stop.export_out", out=out))
    if out.exists() and not force:
        raise Stop(2, both("stop.out_exists", out=out))
    found = _chosen(which, told)
    if len(found) > 1:
        raise Stop(2, both("stop.scheme_versions", scheme=which, files="、".join(str(path) for path, _ in found)))
    [(path, scheme)] = found
    _, text = scheme.texts[0]
    root, _ = parse_source(text, str(path))
    assert root is not None, "it has just been loaded"
    content = scheme_workbook(root, text, path.name, scheme.since, told.lang)
    read, _ = read_scheme_workbook(out, data=content)
    if read is None or read.original != text or not same(root, tree_of(out.name, read.rows).root):
        raise Stop(2, both("stop.export_whole", file=path))
    write_bytes(out, content, make_folder=False)
    if not shown.quiet:
        rows = read.rows.get(ITEMS, ())
        items = len({row.cells["编号"] for row in rows})
        asked = sum(row.cells["词"] is not None for row in rows)
        say_plainly(say("sheets.made", told.lang, out=out, items=items, requirements=asked))
    return 0


def take_in(file: Path, out: Path, told: Settings, shown: Shown, today: date, *, base: Path | None, force: bool) -> int:
    """A workbook as a scheme file, which keeps what the one it was made from has besides values; 2 if it has errors."""
    if out.suffix.lower() not in {".yaml", ".yml"}:
        raise Stop(2, both("stop.import_yaml", out=out))
    if out.exists() and not force:
        raise Stop(2, both("stop.out_exists", out=out))
    read, problems = read_scheme_workbook(file, shown=str(file), limits=told.limits)
    if read is None:
        _print_cells(problems, told, shown)
        raise Stop(2, both("stop.import", file=file))
    original = read.original if base is None else _text_as_it_is(base)
    if base is not None and (found := parse_source(original or "", str(base)))[0] is None:
        raise Stop(2, both("stop.criteria", file=base), found[1])
    text, scheme, problems = _taken_in(read, original, str(file), out)
    _print_cells(problems, told, shown)
    if scheme is None:
        raise Stop(2, both("stop.import", file=file))
    there = _text_as_it_is(out) if out.exists() else None
    write_bytes(out, text.encode("utf-8"), make_folder=False)
    if not shown.quiet:
        _say_taken_in(original, there, text, out, told)
    before = scheme_from_texts(((out.name, original), *scheme.texts[1:]))[0] if original is not None else None
    if before is not None and original != text:
        sides = [Side(side, min(max(today, side.since), side.until or date.max), None) for side in (before, scheme)]
        changes = scheme_changes(before, scheme, (sides[0].day, sides[1].day), told.lang)
        show_page(list(diff_page(sides[0], sides[1], changes, None, told.lang, everything=True)), told, shown)
    return 0


def _taken_in(
    read: Read, original: str | None, file: str, out: Path
) -> tuple[str, Scheme | None, tuple[Diagnostic, ...]]:
    """The text of a workbook's scheme, the scheme itself if nothing is wrong with it, and what is."""
    if read.renamed:
        return "", None, read.problems
    taken = tree_of(file, read.rows)
    taken.problems[:0] = read.problems
    above, found = _parents(taken.root, out)
    texts: tuple[tuple[str, str], ...] = ()
    if not found:
        roots = [root for name, text in above if (root := parse_source(text, name)[0]) is not None]
        _, found = scheme_from_trees([copy.deepcopy(taken.root), *roots])
    problems = taken.placed(found)
    if any(problem.level is Severity.ERROR for problem in problems):
        return "", None, problems
    old = None if original is None else parse_source(original, out.name)[0]
    text = fresh_text(taken.root) if old is None or original is None else changed_text(original, old, taken.root)
    texts = ((out.name, text), *above)
    again = parse_source(text, out.name)[0]
    scheme, _ = scheme_from_texts(texts)
    if again is None or scheme is None or not same(again, taken.root):
        raise RuntimeError(f"{file} did not come out as it stands in its cells")  # pragma: no cover - a bug
    return text, scheme, problems


def _parents(root: Node, out: Path) -> tuple[tuple[tuple[str, str], ...], tuple[Diagnostic, ...]]:
    """The texts of the schemes that one inherits from, found from where it is going to lie."""
    parent = root.child("继承")
    if parent is None:
        return (), ()
    written = parent.written
    path = out.parent / written
    if Path(written).is_absolute() or not path.is_file():
        problem: Text = (f"{out.parent.as_posix()} 里没有它", f"it is not in {out.parent.as_posix()}")
        return (), (Diagnostic("K632", parent.where, found=written, arguments={"problem": problem}),)
    texts, problems = read_scheme_texts(path, shown=path.as_posix())
    if any(Path(name).resolve() == out.resolve() for name, _ in texts):
        circle: Text = ("互相继承，绕成了圈", "they inherit in a circle")
        return (), (Diagnostic("K632", parent.where, found=written, arguments={"problem": circle}),)
    return tuple(texts), problems


def _text_as_it_is(file: Path) -> str:
    try:
        return file.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise Stop(2, both("stop.criteria", file=file)) from problem


def _print_cells(problems: Sequence[Diagnostic], told: Settings, shown: Shown) -> None:
    from starcheck.report.console import make_console  # noqa: PLC0415 - heavy

    console = make_console(color=shown.color)
    for problem in sorted(problems, key=lambda found: -found.level.rank):
        if not shown.quiet or problem.level is Severity.ERROR:
            for line in source_lines(problem, Path(problem.where.file or ""), told.lang):
                console.print(line, soft_wrap=True, markup=False, highlight=False)


def _say_taken_in(original: str | None, there: str | None, text: str, out: Path, told: Settings) -> None:
    if there is not None and there not in {original, text}:
        say_plainly(say("sheets.differed", told.lang, out=out))
    if original is None:
        say_plainly(say("sheets.fresh", told.lang, out=out))
    elif original == text:
        say_plainly(say("sheets.unchanged", told.lang, out=out))
    else:
        gone, new = line_changes(original, text)
        say_plainly(say("sheets.imported", told.lang, out=out, gone=gone, new=new))


# --- test -------------------------------------------------------------------------------------------------------------


def _share(coverage: str | None) -> Decimal | None:
    if coverage is None:
        return None
    try:
        share = Decimal(coverage.rstrip("%％"))
    except InvalidOperation:
        share = Decimal(-1)
    if not 0 <= share <= 100:  # noqa: PLR2004 - percent
        raise Stop(2, both("stop.coverage", coverage=coverage))
    return share


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as problem:
        raise Stop(2, both("stop.criteria", file=file)) from problem


def _chosen(which: str | None, told: Settings) -> list[tuple[Path, Scheme]]:
    """The schemes to look at, each under the path that its diagnostics name; of one with versions all, oldest first."""
    if which is not None and not Path(which).is_file():
        return [(one.path, one.scheme) for one in versions(which, told, by_path=True)]
    found: list[tuple[Path, Scheme]] = []
    for path in [Path(which)] if which is not None else scheme_paths(told):
        scheme, problems = load_scheme(path, shown=str(path))
        if scheme is None:
            raise broken_file(path, problems)
        found.append((path, scheme))
    if not found:
        raise Stop(2, both("stop.no_scheme"))
    return found


def _print(results: Sequence[tuple[Scheme, Path, Path, Checked]], told: Settings, shown: Shown) -> None:
    from starcheck.report.console import make_console  # noqa: PLC0415 - heavy

    console = make_console(color=shown.color)
    for scheme, path, file, checked in results:
        for problem in checked.diagnostics:
            if shown.quiet and problem.level is not Severity.ERROR:
                continue
            for line in source_lines(problem, file if problem.where.file == str(file) else path, told.lang):
                console.print(line, soft_wrap=True, markup=False, highlight=False)
        summary = "cases.summary.overlay" if checked.inherits else "cases.summary"
        pending = say("cases.pending", told.lang, n=checked.pending) if checked.pending else ""
        console.print(say(summary, told.lang, scheme=scheme.id, **_counts(checked)) + pending, highlight=False)


def _counts(checked: Checked) -> dict[str, object]:
    return {
        "cases": checked.cases,
        "passed": checked.passed,
        "covered": checked.covered,
        "sides": len(checked.sides),
        "share": checked.share,
        "pending": checked.pending,
    }


def _print_json(results: Sequence[tuple[Scheme, Path, Path, Checked]], told: Settings, version: str) -> None:
    from starcheck.report.as_json import diagnostic_document  # noqa: PLC0415 - heavy

    document = {
        "format": 1,
        "command": "criteria test",
        "version": version,
        "schemes": [
            {
                "id": scheme.id,
                "file": str(file),
                **{
                    key: float(value) if isinstance(value, Decimal) else value
                    for key, value in _counts(checked).items()
                },
                "inherits": checked.inherits,
                "missing": [{"key": side.key, "what": side.what[0]} for side in checked.sides if not side.shown],
                "diagnostics": [diagnostic_document(problem, told.lang) for problem in checked.diagnostics],
            }
            for scheme, _, file, checked in results
        ],
    }
    print_json(document)
