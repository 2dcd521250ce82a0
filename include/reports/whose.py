"""What of a period is a street's: read by its units, and what is nobody's by the street with the lowest code.

So a street costs the same however many there are, but for the lowest, which goes through everything once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection

from include.db import sql
from include.period import Period, end_of, start_of
from include.registry.offices import is_run
from include.registry.taking_part import scope_codes
from include.registry.units import Unit, registered
from include.schemes.loader import UnknownPeriodError, keys_default_first, load_scheme, own_periods
from include.schemes.model import Scheme


class Whose:
    """One street among those that take part; `units`: its subjects on the period's last day."""

    def __init__(self, connection: Connection, scheme: Scheme, street_code: str, units: Mapping[str, Unit]) -> None:
        self._connection, self._street_code, self._units = connection, street_code, units
        self._on = scheme.period.end_date
        self.others = set(scope_codes(connection, scheme)) - {street_code}
        self._is_first = all(street_code < other for other in self.others)
        self._is_foreign: dict[str, bool] = {}

    def is_ours(self, unit_code: str, street_code: str = "") -> bool:
        """Whether a unit, or what names none but perhaps a street, belongs to this street; of what was read by this object."""
        if unit_code in self._units or street_code == self._street_code:
            return True
        return self._is_first and street_code not in self.others and not self._is_foreign.get(unit_code, False)

    def deliveries(self, scheme: Scheme, from_at: dt.datetime, until_at: dt.datetime) -> list[sql.Row]:
        """Arrivals that name a period of the system, or came in its time; perhaps with some of other streets."""
        key = {
            "scheme": scheme.scheme,
            "period": str(scheme.period),
            "nobodys": nobodys(scheme, self._street_code),
            "from_at": from_at,
            "until_at": until_at,
        }
        if not self._is_first:
            return sql.fetch(self._connection, "reports/select_deliveries_of", any_code=list(self._units), **key)
        rows = sql.fetch(self._connection, "reports/select_deliveries", **key)
        self._look_up(row["unit_code"] or row["submitted_by"] or "" for row in rows)
        return rows

    def mails(self, periods: Sequence[str], deliveries: Iterable[str]) -> list[sql.Row]:
        """Notices that sent mails carried, of the periods or of none, or about some arrivals; perhaps with some of other streets."""
        if not self._is_first:
            return sql.fetch(
                self._connection,
                "reports/select_mails_of",
                any_code=list(self._units),
                street_code=self._street_code,
                any_delivery=sorted(deliveries),
                any_period=periods,
            )
        rows = sql.fetch(self._connection, "reports/select_mails", any_period=periods)
        self._look_up(row["unit_code"] for row in rows)
        return rows

    def _look_up(self, codes: Iterable[str]) -> None:
        """Learn which codes are those of subjects of other streets, all in one look."""
        asked = sorted({code for code in codes if code not in self._units and code not in self._is_foreign})
        if asked:
            known = registered(self._connection, asked, self._on)
            self._is_foreign |= {code: code in known for code in asked}


def nobodys(scheme: Scheme, street_code: str) -> str:
    """The system in whose time a file counts that names none and of which is not known where it came: the first that the
    office runs, so that it is listed once."""
    run = (key for key in keys_default_first() if is_run(street_code, key, scheme.period))
    return next(run, scheme.scheme)


def collected_with(key: str, period: Period) -> list[Period]:
    """The periods for which sheets are only collected, and of which this one tells, by their end: each belongs to that which is
    closed, the shortest, in which it ends. So the months of a half year, and a half's sheet to its last quarter."""
    closed = own_periods(key, period.year)
    return [
        one
        for one in own_periods(key, period.year, with_sheets=True)
        if one not in closed
        and period == min((each for each in closed if _ends_in(one, each)), key=lambda each: each.months, default=None)
    ]


def _ends_in(period: Period, other: Period) -> bool:
    return other.start_date <= period.end_date <= other.end_date


def time_of(scheme: Scheme) -> tuple[dt.datetime, dt.datetime]:
    """From the end of the window of the period before (where the scheme was in force) until the next one opens."""
    until = load_scheme(scheme.scheme, scheme.next).dates.opens_date
    try:
        before = load_scheme(scheme.scheme, scheme.previous).dates.window_ends_date
    except UnknownPeriodError:  # the scheme's first period: nothing came before it
        before = scheme.period.start_date
    return end_of(before) + dt.timedelta(seconds=1), start_of(until)
