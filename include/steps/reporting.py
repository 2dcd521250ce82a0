"""What is written from the record: OUT, the report of the day."""

from __future__ import annotations

from include.db.engine import reading, transaction
from include.db.run_log import log_run
from include.period import today
from include.registry.taking_part import scope_codes
from include.reports.daily import write_daily
from include.settings import get_settings
from include.steps.planning import ended


def export(system: str, period_text: str, streets: list[str], run_id: str) -> list[str]:
    """Write OUT from the record; several streets of the register go to folders of their own. The folders written."""
    shape, out = ended(system, period_text), get_settings().out
    with reading() as connection:
        known = scope_codes(connection, shape.system)
    folders = {code: out if len(known) == 1 else out / code for code in sorted(streets or known)}
    for street_code, folder in folders.items():
        with reading() as connection:
            shape.export(connection, folder, street_code)
    with transaction() as connection:
        log_run(
            connection,
            run_id=run_id,
            stage="export",
            period=str(shape.system.period),
            street_code="",
            outcome="done",
            detail={"folders": len(folders)},
        )
    return [str(folder) for folder in folders.values()]


def report_day() -> list[str]:
    """Write the office's report of today: why something was not sent, and where rectification stands; the files."""
    with reading() as connection:
        return [str(path) for path in write_daily(connection, get_settings().reports, today())]
