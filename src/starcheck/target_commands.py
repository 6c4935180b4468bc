"""争创目标 by command: ``targets --set 马庄桥镇/王庄村=五星`` changes the file that ``score`` reads them from."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from starcheck.commands import Shown, open_store, print_json, print_problems, show_page, store_exists, tell, write_bytes
from starcheck.diagnostic import Diagnostic, Text
from starcheck.identity import HEADERS
from starcheck.ledger import Units, unit_keys
from starcheck.messages import both
from starcheck.offer import offered
from starcheck.recording import recorded_register
from starcheck.register import Register
from starcheck.report.listing import Handout, Heading, Listing, Shows, document, handout_sections
from starcheck.run import WHOLE_COUNTY, Aims, UnitFinder, is_county, read_aims, register_in, units_of
from starcheck.scheme import Scheme
from starcheck.units import normalise_header
from starcheck.visible import visible
from starcheck.workspace import CONFIG, Settings, Stop

TARGETS = "targets.csv"


@dataclass(frozen=True, slots=True)
class Wish:
    """One ``--set``: the tier that a unit is to reach, or how many units of a township or the county one tier.

    ``place`` is the unit's place, None where units are counted; ``township`` is empty for the county. A unit without
    ``tier``, and a tier without ``count``, has no target any more.
    """

    place: int | None
    township: str
    tier: int | None
    count: int | None = None


def set_targets(wanted: Sequence[str], told: Settings, shown: Shown, today: date, version: str) -> int:
    """Change the targets' file, or begin one, and show what was and what is. Raises ``Stop`` (2) before any change."""
    shown.check()
    if shown.out is not None or shown.form == "csv":
        raise Stop(2, both("stop.set_out"))
    if told.targets is None and not (told.root / CONFIG).is_file():
        raise Stop(2, both("stop.set_where"))
    problems: list[Diagnostic] = []
    scheme, register = _standard(told, problems)
    units = units_of(register, scheme.unit_kind)
    finder = UnitFinder(units, scheme.unit_kind, register)
    wishes = [_wish(text, scheme, units, finder) for text in wanted]
    path = told.targets or told.root / TARGETS
    before = read_aims(path, told, scheme, units, register, []) if path.is_file() else Aims()
    file = _TargetsFile.read(path, scheme, finder)
    for wish in wishes:
        file.fulfil(wish, units)
    write_bytes(path, file.content(), make_folder=False)
    after = read_aims(path, told, scheme, units, register, problems)
    rows = [_changed(wish, units, scheme, before, after) for wish in wishes]
    handout = Handout(
        "targets",
        both("targets.set.title", file=path.name),
        [
            (both("report.scheme"), (f"{scheme.title}（{scheme.id} {scheme.version}）",) * 2),
            (both("standard.nature"), (scheme.nature,) * 2),
        ],
        {"scheme": scheme.id, "file": path.name},
        today,
        [Listing("set", both("targets.set.changed"), _HEADINGS, rows)],
    )
    if shown.form == "json":
        print_json(document(handout, version, told.lang))
    else:
        show_page(handout_sections(handout, told.lang), told, shown)
    tell(shown, told, "targets.set.next", file=path)
    if not shown.quiet:
        print_problems(problems, told, shown, has_all=False)
    return 0


_HEADINGS = (
    Heading("township", both("townships.name")),
    Heading("what", both("targets.set.what")),
    Heading("before", both("targets.set.before"), Shows.TEXT),
    Heading("after", both("targets.set.after"), Shows.TEXT),
)


def _standard(told: Settings, problems: list[Diagnostic]) -> tuple[Scheme, Register]:
    """The scheme that names the tiers, and the register of those who have targets: as told, else as recorded."""
    scheme = _scheme(told)
    if told.register is not None:
        return scheme, register_in(told.register, told, scheme, problems)[0]
    with open_store(told, create=False) as store:
        month, _ = store.month(told.county, scheme.id)
        known = None if month is None else recorded_register(store, month.county, scheme.id)
    if known is None:
        raise Stop(2, both("stop.set_register"))
    return scheme, known[0]


def _scheme(told: Settings) -> Scheme:
    """The one that is told, else the only one there is, else the one that the county was last rated by."""
    schemes = offered(told).load_all()
    if len(schemes) > 1 and told.scheme is None and store_exists(told):
        with open_store(told, create=False) as store:
            month, _ = store.month(told.county)
        if month is not None:
            schemes = offered(replace(told, scheme=month.scheme_id)).load_all()
    if len(schemes) != 1:
        named = "、".join(dict.fromkeys(one.id for one in schemes))
        raise Stop(2, both("stop.which_scheme", known=named))
    return schemes[0]


def _wish(text: str, scheme: Scheme, units: Units, finder: UnitFinder) -> Wish:
    """One ``--set`` understood, against the tiers and the register. Raises ``Stop`` (2)."""
    left, equals, right = text.partition("=")
    right = right.strip()
    parts = [part.strip() for part in left.split("/") if part.strip()]
    tiers = {normalise_header(tier.name): tier.number for tier in scheme.tiering.tiers}
    if not equals or not 1 <= len(parts) <= 2:  # noqa: PLR2004 - township and name
        raise Stop(2, both("stop.set_form", text=visible(text)))
    *over, last = parts
    tier = tiers.get(normalise_header(last))
    if tier is not None:
        if right and not re.fullmatch("[0-9]{1,6}", right):
            raise Stop(2, both("stop.set_count", text=visible(text)))
        town = over[0] if over else ""
        county = not town or is_county(town, units)
        known = () if county else finder.register.townships_meant(town)
        if not county and len(known) != 1:
            raise Stop(2, both("stop.set_township", text=visible(town)))
        first = next((finder.register.townships[name][0] for name in known), None)
        called = "" if first is None else units.township[first]
        return Wish(None, called, tier, int(right) if right else None)
    place = finder.find(last, over[0] if over else None)
    if place is None:
        raise Stop(2, both("stop.set_unit", text=visible(left)))
    aim = tiers.get(normalise_header(right))
    if right and aim is None:
        raise Stop(2, both("stop.set_tier", text=visible(right), known="、".join(t.name for t in scheme.tiering.tiers)))
    return Wish(place, units.township[place], aim)


class _TargetsFile:
    """The targets' CSV, changed row by row; whatever else is in it stays as it is."""

    def __init__(self, rows: list[list[str]], encoding: str, scheme: Scheme, finder: UnitFinder) -> None:
        self._rows, self._encoding, self._finder = rows, encoding, finder
        self._names = {tier.number: tier.name for tier in scheme.tiering.tiers}
        meanings = {meaning: HEADERS[meaning] for meaning in ("name", "township", "target")}
        spelled = [normalise_header(text) for text in rows[0]]
        self._columns: dict[str | int, int] = {}
        for meaning, spellings in meanings.items():
            at = next((at for at, text in enumerate(spelled) if text in spellings), None)
            if at is not None:
                self._columns[meaning] = at
        tiers = {normalise_header(name): number for number, name in self._names.items()}
        self._columns |= {tiers[text]: at for at, text in enumerate(spelled) if text in tiers}

    @classmethod
    def read(cls, path: Path, scheme: Scheme, finder: UnitFinder) -> _TargetsFile:
        """The file, or a new one where there is none. Raises ``Stop`` (2) for what is no CSV with its header first."""
        if not path.is_file():
            return cls([["名称", "乡镇", "争创星级"]], "utf-8-sig", scheme, finder)
        data = path.read_bytes()
        try:
            text, encoding = data.decode("utf-8-sig"), "utf-8-sig"
        except UnicodeDecodeError:
            text, encoding = data.decode("gb18030", "replace"), "gb18030"
        rows = (
            [*csv.reader(io.StringIO(text, newline=""))] if path.suffix.lower() == ".csv" and "\0" not in text else []
        )
        made = cls(rows or [[]], encoding, scheme, finder)
        if not made._columns.keys() & {"name", "township"}:
            raise Stop(2, both("stop.set_file", file=path))
        return made

    def fulfil(self, wish: Wish, units: Units) -> None:
        """Write a wish into every row it is about; into a new one where there is none."""
        found = [row for row in self._rows[1:] if self._is_about(row, wish, units)]
        if not found:
            if wish.tier is None if wish.place is not None else wish.count is None:
                return
            found = [[""] * len(self._rows[0])]
            self._rows += found
            if wish.place is not None:
                self._put(found[0], "name", units.name[wish.place])
            self._put(found[0], "township", wish.township or WHOLE_COUNTY[0])
        for row in found:
            if wish.place is None:
                assert wish.tier is not None
                self._put(row, wish.tier, "" if wish.count is None else str(wish.count))
            elif "target" in self._columns or not self._columns.keys() & self._names.keys():
                self._put(row, "target", self._names[wish.tier] if wish.tier is not None else "")
            else:
                for tier in self._names:
                    if tier in self._columns or tier == wish.tier:
                        self._put(row, tier, "是" if tier == wish.tier else "")

    def content(self) -> bytes:
        """The file as it is to be written. Rows of units that have no target any more are left out."""
        stream = io.StringIO(newline="")
        aims = [key for key in self._columns if key == "target" or isinstance(key, int)]
        kept = [row for row in self._rows[1:] if any(self._text(row, key) for key in aims) or not any(row)]
        csv.writer(stream).writerows([self._rows[0], *kept])
        return stream.getvalue().encode(self._encoding)

    def _is_about(self, row: Sequence[str], wish: Wish, units: Units) -> bool:
        name, town = self._text(row, "name"), self._text(row, "township")
        if wish.place is not None:
            return bool(name) and self._finder.find(name, town or None) == wish.place
        if name or not town:
            return False
        county = is_county(town, units)
        return county if not wish.township else not county and self._finder.township(town) == wish.township

    def _text(self, row: Sequence[str], key: str | int) -> str:
        at = self._columns.get(key)
        return row[at].strip() if at is not None and at < len(row) else ""

    def _put(self, row: list[str], key: str | int, text: str) -> None:
        if key not in self._columns:
            self._columns[key] = len(self._rows[0])
            named = {"name": "名称", "township": "乡镇", "target": "争创星级"}
            self._rows[0].append(self._names[key] if isinstance(key, int) else named[key])
        row += [""] * (self._columns[key] + 1 - len(row))
        row[self._columns[key]] = text


def _changed(wish: Wish, units: Units, scheme: Scheme, before: Aims, after: Aims) -> list[str | int | Text | None]:
    """Township, unit or tier, and its target as it was and as it is, both as they are read from the file."""
    names = {tier.number: tier.name for tier in scheme.tiering.tiers}
    if wish.place is not None:
        key = unit_keys(units)[wish.place]
        was, now = (aims.units.get(key) for aims in (before, after))
        return [wish.township, units.name[wish.place], *(None if one is None else names[one] for one in (was, now))]
    assert wish.tier is not None
    was, now = (_counted(aims, wish.township).get(wish.tier) for aims in (before, after))
    where = wish.township or both("targets.set.county")
    return [where, names[wish.tier], None if was is None else str(was), None if now is None else str(now)]


def _counted(aims: Aims, township: str) -> Mapping[int, int]:
    return aims.townships.get(township, {}) if township else next(iter(aims.counts.values()), {})
