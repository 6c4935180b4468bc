"""What ``due`` does: the duties of 月度 → 日程 on a day, and who has not reported."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from starcheck.commands import Shown, open_store, scheme_in_force, store_exists
from starcheck.cycle.course import Course
from starcheck.cycle.schedule import Due, Missing, due, unreported
from starcheck.cycle_commands import hand_out, scheme_facts
from starcheck.diagnostic import Text
from starcheck.history import Store
from starcheck.messages import both
from starcheck.recording import recorded_register
from starcheck.report.listing import Handout, Heading, Listing, Shows
from starcheck.report.monthly import rhythm_words
from starcheck.scheme import Scheme
from starcheck.workspace import Settings, Stop


def duties(course: Course, store: Store, on: date) -> list[Listing]:
    """What is due on a day and after it, and who has not reported for the months that are due."""
    scheme = _with_duties(course.scheme)
    listed = [_duties(due(scheme, on), on)]
    if any(duty.reporting for duty in scheme.monthly.duties):
        known = recorded_register(store, course.county, scheme.id) is not None
        listed.append(_unreported(tuple(unreported(course, on)), known=known))
    return listed


def nothing_recorded(told: Settings) -> bool:
    """Whether a scheme is named of which the store, if there is one, has no month: there are its duties alone."""
    if told.scheme_id is None:
        return False
    if not store_exists(told):
        return True
    with open_store(told, create=False) as store:
        return not any(store.periods(county, told.scheme_id) for county in store.counties())


def of_scheme(told: Settings, shown: Shown, version: str, on: date) -> int:
    """The duties of a scheme on a day, before anything is recorded; who has not reported nobody can say yet."""
    shown.check()
    scheme = _with_duties(scheme_in_force(told, on))
    listing = _duties(due(scheme, on), on)
    if any(duty.reporting for duty in scheme.monthly.duties):
        listing = replace(listing, notes=(*listing.notes, both("due.note.nothing")))
    facts, about = scheme_facts(scheme)
    handout = Handout("due", both("due.title", on=on.isoformat()), facts, about, on, (listing,))
    hand_out(handout, (), told, shown, version)
    return 0


def _with_duties(scheme: Scheme) -> Scheme:
    if not scheme.monthly.duties:
        raise Stop(2, both("stop.duties", scheme=scheme.id))
    return scheme


def _duties(found: tuple[Due, ...], on: date) -> Listing:
    return Listing(
        "duties",
        both("due.title", on=on.isoformat()),
        [
            Heading("what", both("due.what")),
            Heading("who", both("due.who")),
            Heading("every", both("due.every")),
            Heading("due", both("due.due")),
            Heading("state", both("due.state")),
            Heading("days", both("due.days"), Shows.WHOLE, only_json=True),
            Heading("last", both("due.last")),
            Heading("next", both("due.next")),
            Heading("source", both("explain.source")),
            Heading("note", both("explain.note")),
        ],
        [
            [
                one.duty.what,
                one.duty.who,
                rhythm_words(one.duty),
                one.now.due,
                _days(one.days),
                one.days,
                one.last,
                one.next,
                None if one.duty.source is None else str(one.duty.source),
                one.duty.note,
            ]
            for one in found
        ],
        [both("due.note")],
    )


def _days(days: int) -> Text:
    if days == 0:
        return both("due.today")
    return both("due.ahead" if days > 0 else "due.past", n=abs(days))


def _unreported(found: tuple[Missing, ...], *, known: bool) -> Listing:
    notes = [both("due.note.reported")]
    if not known:
        notes.append(both("due.note.register"))
    return Listing(
        "unreported",
        both("due.unreported"),
        [
            Heading("what", both("due.what")),
            Heading("period", both("what.period")),
            Heading("due", both("due.due")),
            Heading("state", both("due.state")),
            Heading("days", both("due.days"), Shows.WHOLE, only_json=True),
            Heading("township", both("townships.name")),
            Heading("units", both("townships.units"), Shows.WHOLE),
            Heading("missing", both("rank.absent"), Shows.WHOLE),
            Heading("names", both("due.names")),
            Heading("missing_units", both("due.names"), only_json=True),
        ],
        [
            [
                one.duty.what,
                one.period,
                one.due,
                both("due.overdue", n=-one.days) if one.days < 0 else _days(one.days),
                one.days,
                one.township,
                one.units,
                len(one.absent),
                both("due.all") if len(one.absent) == one.units else list(one.absent),
                list(one.absent),
            ]
            for one in found
        ],
        notes,
    )
