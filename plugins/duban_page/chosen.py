"""What the header chooses, and every address says: an office, and a period of a system that it runs."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from urllib.parse import urlencode

from fastapi import Request
from sqlalchemy import Connection

from include.errors import NotAllowedError, UserError
from include.in_force import is_due
from include.period import Period, in_zone, now
from include.registry.offices import Office, office_on, systems_of
from include.registry.persons import is_within
from include.registry.taking_part import scope_codes
from include.registry.units import is_county, street_codes
from include.reports.views import scored_periods
from include.schemes.loader import default_system, find_scheme, keys_default_first, own_periods, scheme_names
from include.schemes.model import Scheme
from include.settings import get_settings
from include.steps.planning import open_on
from include.steps.taking_up import take_up_if_possible
from plugins.duban_page.caller import Caller

_YEARS = 3
_OFFERED = 12


@dataclass(frozen=True)
class Chosen:
    """`offices` and `periods` are what may be chosen instead: (value, words). `scheme` is None where nothing is run yet. `sees_all`:
    what belongs to no street is the caller's to see, too."""

    office: Office
    offices: list[tuple[str, str]]
    scheme: Scheme | None
    periods: list[tuple[str, str]]
    at: dt.datetime
    is_simulated: bool
    database: str
    sees_all: bool

    @property
    def today(self) -> dt.date:
        return in_zone(self.at).date()

    @property
    def scope(self) -> str:
        return self.office.street_code

    def holds(self, street_code: str, brought_for: str = "") -> bool:
        """Whether what belongs to that street (empty: to none) is to be seen here; what belongs to none may have been handed in by a
        person of some streets (`brought_for`, by blanks)."""
        if street_code:
            return street_code == self.scope
        return self.sees_all or is_within(brought_for.split(), self.scope)

    @property
    def key(self) -> str:
        """half_year/2026H1."""
        return f"{self.scheme.scheme}/{self.scheme.period}" if self.scheme else ""

    def query(self, **more: str) -> str:
        """The part of an address behind the question mark that chooses the same."""
        said = {"office": self.scope, "period": self.key, **more}
        return urlencode({name: value for name, value in said.items() if value})

    @property
    def needed(self) -> Scheme:
        """Raises UserError where there is no system to look at."""
        if self.scheme is None:
            raise UserError("还没有可看的制度和期间：请先导入登记册，并在 offices.yaml 里写明运行哪些制度。")
        return self.scheme


def choose(connection: Connection, request: Request, caller: Caller) -> Chosen:
    """By the address; what it does not say is the first office, and the period that is open, else the newest.

    A person with streets of his own chooses among these. Raises UserError for an office or a period that there is not, and
    NotAllowedError for an office that is another's.
    """
    if is_due():
        take_up_if_possible()
    at = now()
    today = in_zone(at).date()
    every = _offices(connection, today)
    offices = [one for one in every if caller.sees(one[0])]
    asked = request.query_params.get("office", "")
    if (asked in dict(every) and asked not in dict(offices)) or (every and not offices):
        raise NotAllowedError(
            f"账号 {caller.account} 不分管{dict(every).get(asked, '登记册里的任何街道')}，不能看那里的情况。"
        )
    if asked and asked not in dict(offices):
        raise UserError(f"没有编码为“{asked}”的街道或县：请从页首的列表中选择。")
    code = asked or (offices[0][0] if offices else "")
    office = office_on(connection, code, today)
    known = _periods(connection, code, today)
    scheme = _asked_for(request.query_params.get("period", ""), known)
    engine = connection.engine.url
    return Chosen(
        office,
        offices,
        scheme,
        [(f"{one.scheme}/{one.period}", f"{one.name} {one.period.name}") for one in known],
        at,
        bool(get_settings().now),
        f"{engine.get_backend_name()} · {engine.database or ''}".rsplit("/", 1)[-1],
        caller.sees_all or len(every) == 1,
    )


def _offices(connection: Connection, today: dt.date) -> list[tuple[str, str]]:
    """Streets, then the counties that run a system of theirs."""
    streets = street_codes(connection, today)
    counties = {
        code
        for key in keys_default_first()
        for period in own_periods(key, today.year)[:1]
        if (scheme := find_scheme(key, period)) is not None and scheme.scope == "county"
        for code in scope_codes(connection, scheme)
        if key in systems_of(code)
    }
    return [(code, office_on(connection, code, today).street or code) for code in (*streets, *sorted(counties))]


def _periods(connection: Connection, code: str, today: dt.date) -> list[Scheme]:
    """Those of the office that are open, then all that have begun or have a result, the newest first."""
    runs = systems_of(code) if code else {}
    scored = set(scored_periods(connection, code)) if code else set()
    open_now = [one.system for one in open_on(today) if one.system.scheme in runs]
    found = {(one.scheme, str(one.period)): one for one in open_now if isinstance(one, Scheme)}
    names = scheme_names()
    past: list[Scheme] = []
    for key in sorted(
        {*runs, *(system for system, _ in scored)} & names.keys(), key=lambda one: one != default_system()
    ):
        for year in range(today.year, today.year - _YEARS, -1):
            for period in reversed(own_periods(key, year)):
                is_of_office = key in runs and runs[key].covers(key, period)
                has_begun = is_of_office and period.start_date <= today
                if (has_begun or (key, str(period)) in scored) and (scheme := find_scheme(key, period)) is not None:
                    past.append(scheme)
    past.sort(key=lambda one: ((one.scheme, str(one.period)) not in scored, -one.period.end_date.toordinal()))
    for one in past:
        if (one.scope == "county") == is_county(code):
            found.setdefault((one.scheme, str(one.period)), one)
    return list(found.values())[: _OFFERED * max(1, len(runs))]


def _asked_for(asked: str, known: list[Scheme]) -> Scheme | None:
    """system/period, or a period alone, then of the system that is meant where none is named."""
    if not asked:
        return known[0] if known else None
    system, _, period = asked.rpartition("/")
    system = system or (known[0].scheme if known else default_system())
    scheme = find_scheme(system, Period.parse(period)) if system in scheme_names() else None
    if scheme is None:
        raise UserError(f"没有“{asked}”这个制度或期间：请从页首的列表中选择。")
    return scheme
