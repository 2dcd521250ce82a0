"""What falls due on a day: every system of an office is asked by the one daily round.

A further thing that falls due is a further round in ROUNDS. Each does its work street by street in transactions of its own, and
again without harm: a day on which nothing ran is caught up, the same day again changes nothing.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Connection

from include.asking.opened import is_opened, is_opened_in
from include.asking.packets import opens_this_month, send_packets_in
from include.circulars.item_ledgers import ledgers_due, papers_of_items
from include.data_files import looking_once
from include.db.engine import in_transaction, transaction
from include.documents.referrals import refer_letters
from include.documents.waiting import remind as remind_committees
from include.events.planning import plan_events
from include.events.rounds import go_round
from include.intake.fed import shown_in_forms
from include.items.by_days import kinds_by_days, raise_by_days
from include.items.missed_events import open_missed
from include.items.whose import open_topics
from include.letters.event_plans import draft_plans, is_time
from include.letters.meetings import draft_meetings, tell_unsigned
from include.letters.row_letters import draft_row_letters, due_date
from include.period import Period, now, standing_at
from include.registry.offices import is_run, is_run_by_any, may_run, office_on, running
from include.registry.taking_part import scope_codes
from include.registry.units import street_codes
from include.reports.by_mail import report_day
from include.schemes.loader import find_scheme, own_periods, scheme_keys
from include.schemes.model import Scheme
from include.shapes import shape_of
from include.steps.chasing import chase_steps
from include.steps.erasing import erase
from include.steps.planning import open_on
from include.steps.taking_up import take_up

_ROUND = dt.time(7, 50)  # as dags/diary.py is scheduled
_CAUGHT_UP = dt.timedelta(
    days=60
)  # a day on which nothing ran is made good for so long; an older period gets no letters


@dataclass(frozen=True)
class Day:
    """The day that is asked about. `system`: that one alone, whether or not an office runs it by schedule, and of it what lies
    within the period; empty: every system of every office."""

    moment: dt.datetime
    run_id: str
    system: str = ""
    within: Period | None = None

    @property
    def today(self) -> dt.date:
        return self.moment.date()

    @functools.cached_property
    def schemes(self) -> list[Scheme]:
        """The systems in each of their own periods of the year before, this and the next one."""
        return list(self._schemes())

    def _schemes(self) -> Iterator[Scheme]:
        for key in [self.system] if self.system else scheme_keys():
            for year in range(self.today.year - 1, self.today.year + 2):
                periods = [
                    one
                    for one in own_periods(key, year, with_sheets=True)
                    if self._is_within(one) and (self.system or is_run_by_any(key, one))
                ]
                yield from (one for period in periods if (one := find_scheme(key, period)) is not None)

    def _is_within(self, period: Period) -> bool:
        whole = self.within
        return whole is None or (whole.start_date <= period.start_date and period.end_date <= whole.end_date)

    def scopes(self, connection: Connection, scheme: Scheme) -> list[str]:
        """The streets or counties whose offices run the system in the period."""
        codes = scope_codes(connection, scheme)
        if self.system:
            return [code for code in codes if may_run(code, scheme.scheme, scheme.period)]
        return [code for code in codes if is_run(code, scheme.scheme, scheme.period)]


def keep_diary(run_id: str, system: str = "", within: str = "", since: str = "") -> list[str]:
    """Go all rounds of today; the keys of the batches in which drafted letters are put to their committees. `since`: of each day from
    that one on first, as each would have gone in its own morning, for a close that comes after its days."""
    moment, period = now(), Period.parse(within) if within else None
    first = dt.date.fromisoformat(since) if since else moment.date()
    mornings = [
        moment.replace(hour=_ROUND.hour, minute=_ROUND.minute, second=0) - dt.timedelta(days=back)
        for back in range((moment.date() - first).days, 0, -1)
    ]
    batches: list[str] = []
    for at in [*mornings, moment]:
        with standing_at(at):
            day = Day(at, run_id, system, period)
            tell_of_unsound_systems(day)
            with looking_once():
                batches += [batch for go in ROUNDS for batch in go(day)]
    return batches


def tell_of_unsound_systems(day: Day) -> None:
    """Ops hear of every system whose file cannot be read; the others go on."""
    if not day.system:
        take_up()


def open_sheets(day: Day) -> list[str]:
    """Sheets of periods that are only collected go out on the day on which they open; the others are the timetable's."""
    for scheme in day.schemes:
        if not scheme.is_of_sheets or day.system or not scheme.forms:
            continue
        if not scheme.first_opens_date <= day.today <= scheme.last_due_date:
            continue
        shape = shape_of(scheme.scheme, scheme.period)
        with transaction() as connection:
            codes = [code for code in day.scopes(connection, scheme) if not is_opened_in(connection, scheme, code)]
        for scope_code in codes:
            in_transaction(partial(shape.open, street_code=scope_code, at=day.moment, run_id=day.run_id))
    return []


def send_packets(day: Day) -> list[str]:
    """Where an office sends what is owed in a month in one workbook: what opened by today is opened, and told of together."""

    def of(connection: Connection, scope_code: str, schemes: list[Scheme]) -> int:
        told_of = partial(_told_of, connection, scope_code, day.moment)
        return send_packets_in(connection, schemes, scope_code, day.moment, told_of)

    owed: dict[str, list[Scheme]] = {}
    for scheme in () if day.system else day.schemes:
        if not opens_this_month(scheme, day.today):
            continue
        with transaction() as connection:
            codes = [code for code in day.scopes(connection, scheme) if office_on(connection, code, day.today).packet]
            closed = [code for code in codes if not is_opened_in(connection, scheme, code)]
        for scope_code in closed:
            shape = shape_of(scheme.scheme, scheme.period)
            in_transaction(partial(shape.open, street_code=scope_code, at=day.moment, run_id=day.run_id))
        for scope_code in codes:
            owed.setdefault(scope_code, []).append(scheme)
    for scope_code, schemes in owed.items():
        in_transaction(partial(of, scope_code=scope_code, schemes=schemes))
    return []


def _told_of(connection: Connection, scope_code: str, at: dt.datetime, scheme: Scheme) -> dict[str, dict[str, str]]:
    return shown_in_forms(connection, scheme, scope_code, at)


def remind(day: Day) -> list[str]:
    """Every unit that got a form and has not handed in, where today is a day to remind."""
    for shape in open_on(day.today):
        if day.system not in ("", shape.system.scheme):
            continue
        with transaction() as connection:
            is_open = is_opened(connection, shape.system)
            codes = scope_codes(connection, shape.system) if is_open else []
        for street_code in running(codes, shape.system.scheme, shape.system.period):
            in_transaction(partial(shape.remind, street_code=street_code, at=day.moment))
    return []


def see_to_events(day: Day) -> list[str]:
    """Events are planned, told of, and said to be not reported or not held."""

    def of(connection: Connection, scheme: Scheme, scope_code: str) -> None:
        plan_events(connection, scheme, scope_code, day.moment)
        for missed in go_round(connection, scheme, scope_code, day.moment, open_topics):
            open_missed(connection, scheme, missed, day.moment)

    for scheme in day.schemes:
        if not scheme.own_series:
            continue
        with transaction() as connection:
            codes = day.scopes(connection, scheme)
        for scope_code in codes:
            in_transaction(partial(of, scheme=scheme, scope_code=scope_code))
    return []


def raise_items(day: Day) -> list[str]:
    """Items that a day in a ledger's row raises, by the period in which today lies."""
    done: set[tuple[str, str]] = set()
    for scheme in day.schemes:
        period = scheme.period
        is_now = period.start_date <= day.today <= period.end_date or day.system != ""
        for kind in kinds_by_days(scheme) if is_now and not scheme.is_of_sheets else ():
            if (scheme.scheme, kind.kind) in done:
                continue
            done.add((scheme.scheme, kind.kind))
            with transaction() as connection:
                codes = day.scopes(connection, scheme)
            for scope_code in codes:
                with transaction() as connection:
                    raise_by_days(connection, scheme, kind, scope_code, day.moment)
    return []


def see_to_steps(day: Day) -> list[str]:
    """Of a system that is played alone the steps of its items are passed on and chased; else the chase does so."""
    if not day.system:
        return []
    drafted = chase_steps(day.moment, day.run_id, day.system)
    return in_transaction(lambda connection: refer_letters(connection, drafted, day.moment))


def list_items(day: Day) -> list[str]:
    """After each quarter the committees get how the items stand of those that a circular had put in order."""
    if day.system:
        return []
    with transaction() as connection:
        due = list(ledgers_due(connection, day.today))
    for scheme, scope_code in due:
        in_transaction(partial(papers_of_items, scheme=scheme, street_code=scope_code, at=day.moment))
    return []


def call_meetings(day: Day) -> list[str]:
    """Letters that call a meeting are drafted and put to their committees; ops hear of those that nobody signed by the day."""

    def of(connection: Connection, scheme: Scheme, scope_code: str) -> list[str]:
        tell_unsigned(connection, scheme, scope_code, day.moment)
        letters = draft_meetings(connection, scheme, scope_code, day.moment)
        return refer_letters(connection, letters, day.moment) if letters else []

    batches: list[str] = []
    for scheme in day.schemes:
        if day.system or not any(one.letter for one in scheme.own_series):
            continue
        with transaction() as connection:
            codes = day.scopes(connection, scheme)
        for scope_code in codes:
            batches += in_transaction(partial(of, scheme=scheme, scope_code=scope_code))
    return batches


def draft_year_plans(day: Day) -> list[str]:
    """The days of next year's events, told to the communities by a letter of their committee."""

    def of(connection: Connection, scheme: Scheme, scope_code: str) -> list[str]:
        letters = draft_plans(connection, scheme, scope_code, day.moment)
        return refer_letters(connection, letters, day.moment) if letters else []

    batches: list[str] = []
    for scheme in () if day.system else day.schemes:
        if not any(is_time(one, scheme, day.today) for one in scheme.own_series):
            continue
        with transaction() as connection:
            codes = day.scopes(connection, scheme)
        for scope_code in codes:
            batches += in_transaction(partial(of, scheme=scheme, scope_code=scope_code))
    return batches


def draft_letters_of_rows(day: Day) -> list[str]:
    """Letters about rows of ledgers are drafted on their day, and put to the committees."""
    drafted: list[str] = []
    for scheme in day.schemes:
        for document in scheme.documents:
            due = due_date(scheme, document.of_rows) if document.of_rows else None
            if due is None or not due <= day.today <= due + _CAUGHT_UP:
                continue
            with transaction() as connection:
                codes = day.scopes(connection, scheme)
            for scope_code in codes:
                made = in_transaction(
                    partial(draft_row_letters, scheme=scheme, document=document, street_code=scope_code, at=day.moment)
                )
                drafted += [made] if made else []
    with transaction() as connection:
        return refer_letters(connection, drafted, day.moment) if drafted else []


def erase_personal_data(day: Day) -> list[str]:
    """Keys of personal columns whose time is up are destroyed; ops are told so a month before."""
    if not day.system:
        erase(day.moment)
    return []


def remind_of_drafts(day: Day) -> list[str]:
    """The committees of the drafts that wait for them."""
    if not day.system:
        in_transaction(lambda connection: remind_committees(connection, day.moment))
    return []


def report(day: Day) -> list[str]:
    """What stands open in each office, to ops every day and to the committee once a week, where the office wants it."""
    if not day.system:
        with transaction() as connection:
            codes = street_codes(connection, day.today)
        open_systems = [one.system for one in open_on(day.today)] if codes else []
        for street_code in codes:
            in_transaction(partial(report_day, open_systems=open_systems, street_code=street_code, at=day.moment))
    return []


ROUNDS: tuple[Callable[[Day], list[str]], ...] = (
    open_sheets, send_packets, remind, see_to_events, raise_items, see_to_steps, list_items, call_meetings, draft_year_plans,
    draft_letters_of_rows, erase_personal_data, remind_of_drafts, report,
)  # fmt: skip
"""In this order; each gives the keys of the batches of letters that it put to their committees."""
