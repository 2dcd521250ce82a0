"""The figures that operations watch, each computed from what is stored, at the moment at which it is asked for."""

from __future__ import annotations

import datetime as dt
import functools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from include.data_files import Part, read_yaml
from include.db import sql
from include.period import in_zone
from include.reports.overview import is_overdue

_LEVELS = (9, 6, 4, 2)  # digits of a street's code, its county's, its city's, its province's


class Gauge(Part):
    """What a figure is called, and by what it is told apart."""

    help: str
    labels: list[str]


class _Metrics(Part):
    """metrics.yaml, which says what each is."""

    streets_at_most: int
    run_log_rows: int
    gauges: dict[str, Gauge]


@dataclass(frozen=True)
class Figure:
    """One value of a gauge; `labels` in the gauge's order."""

    gauge: str
    labels: tuple[str, ...]
    value: float


@functools.cache
def metrics() -> _Metrics:
    return _Metrics.model_validate(read_yaml(Path(__file__).with_suffix(".yaml")))


def figures(connection: Connection, open_periods: Iterable[tuple[str, str]], at: dt.datetime) -> list[Figure]:
    """Of hand-ins, items, signatures, the outbox and runs. `open_periods`: of which hand-ins are told, (system, period)."""
    found = [
        *_hand_ins(connection, open_periods),
        *_items(connection, in_zone(at).date()),
        *_signatures(connection, at),
        *_outbox(connection, at),
        *_runs(connection),
    ]
    return in_few_streets(found)


def in_few_streets(found: Sequence[Figure]) -> list[Figure]:
    """The same with streets put together by county, city or province, where there are too many of them to be told apart."""
    places = {name: one.labels.index("street") for name, one in metrics().gauges.items() if "street" in one.labels}
    streets = {one.labels[places[one.gauge]] for one in found if one.gauge in places}
    wide = (width for width in _LEVELS if len({code[:width] for code in streets}) <= metrics().streets_at_most)
    width = next(wide, _LEVELS[-1])
    together: Counter[tuple[str, tuple[str, ...]]] = Counter()
    for one in found:
        at = places.get(one.gauge, -1)
        labels = tuple(label[:width] if place == at else label for place, label in enumerate(one.labels))
        key = (one.gauge, labels)
        is_age = one.gauge.startswith("duban_oldest_")
        together[key] = max(together[key], one.value) if is_age else together[key] + one.value  # type: ignore[assignment]
    return [Figure(gauge, labels, value) for (gauge, labels), value in together.items()]


def _hand_ins(connection: Connection, open_periods: Iterable[tuple[str, str]]) -> Iterator[Figure]:
    for system, period in sorted(open_periods):
        for row in sql.fetch(connection, "reports/count_asked_forms", scheme=system, period=period):
            missing = row["asked"] - row["accepted"] - row["returned"]
            for state, count in (("accepted", row["accepted"]), ("returned", row["returned"]), ("missing", missing)):
                yield Figure("duban_hand_ins", (system, period, row["street_code"], state), int(count))


def _items(connection: Connection, today: dt.date) -> Iterator[Figure]:
    overdue: Counter[tuple[str, str]] = Counter()
    rows = sql.fetch(connection, "reports/count_open_items", on_date=today)
    for row in rows:
        key = row["scheme"], row["street_code"]
        yield Figure("duban_open_items", key, int(row["open_items"]))
        overdue[key] += int(row["overdue_items"])
    for row in sql.fetch(connection, "reports/select_past_items", on_date=today):
        overdue[row["scheme"], row["street_code"]] += is_overdue(row, today)
    for key, count in overdue.items():
        yield Figure("duban_overdue_items", key, count)


def _signatures(connection: Connection, at: dt.datetime) -> Iterator[Figure]:
    for row in sql.fetch(connection, "reports/count_waiting_drafts"):
        street = (row["street_code"],)
        yield Figure("duban_waiting_signatures", street, int(row["drafts"]))
        yield Figure("duban_oldest_waiting_signature_seconds", street, _seconds(row["oldest_at"], at))


def _outbox(connection: Connection, at: dt.datetime) -> Iterator[Figure]:
    row: Mapping[str, int | dt.datetime | None] = sql.fetch_one(connection, "reports/count_outbox", now_at=at) or {}
    oldest = row.get("oldest_at")
    for gauge, labels, column in (
        ("duban_due_notices", (), "waiting"),
        ("duban_mails", ("unknown",), "unknown_mails"),
        ("duban_mails", ("failed",), "failed_mails"),
        ("duban_waiting_files", (), "waiting_files"),
    ):
        count = row.get(column)
        yield Figure(gauge, labels, count if isinstance(count, int) else 0)
    yield Figure("duban_outbox_age_seconds", (), _seconds(oldest, at) if isinstance(oldest, dt.datetime) else 0)


def _runs(connection: Connection) -> Iterator[Figure]:
    for row in sql.fetch(connection, "reports/select_last_runs", rows=metrics().run_log_rows):
        yield Figure("duban_last_run_timestamp_seconds", (row["stage"],), row["logged_at"].timestamp())


def _seconds(since: dt.datetime, at: dt.datetime) -> float:
    return max(0.0, (at - since).total_seconds())
