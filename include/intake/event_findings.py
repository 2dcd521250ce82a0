"""What stands against the day on which a sheet says that an event was held."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from sqlalchemy import Connection

from include.events.sheets import remarks_on, series_of
from include.intake.read_form import ReadForm
from include.schemes.model import Scheme
from include.validation.findings import Finding

_CODE = "event_day"


def event_findings(
    connection: Connection, form: ReadForm, scheme: Scheme, unit_code: str, received_at: dt.datetime
) -> Iterator[Finding]:
    """What stands against the day on which an event is said to have been held; nothing of what is no such sheet."""
    series = series_of(scheme, form.form)
    if series is None:
        return
    for name in form.subjects:
        cell = form.cells.get(f"{name}/{series.sheet.held_on}")
        try:
            held_date = dt.date.fromisoformat(str(cell.value if cell else ""))
        except ValueError:  # what is no day is said by itself
            continue
        place = cell.source_cell if cell else ""
        label = scheme.columns[series.sheet.held_on].label
        for remark in remarks_on(connection, scheme, series, unit_code, held_date, received_at):
            yield Finding(
                check_code=f"{_CODE}:{name}",
                field=f"{name}/{series.sheet.held_on}",
                severity="fail" if remark.fails else "warn",
                outcome="false",
                found=held_date.isoformat(),
                expected=remark.expected,
                message=f"{place}“{label}”：{remark.sentence}{remark.advice}",
                label=label,
                source_cell=place,
                advice=remark.advice,
                summary=f"{label}（{place}）：{remark.sentence}",
            )
