"""The office's report of the day, as files: what was not sent and why, where rectification stands, and how
results compare, changed and are under review."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from sqlalchemy import Connection

from include.db import sql
from include.period import end_of
from include.reports.csv_text import as_csv
from include.reports.explaining import explain_day
from include.reports.overview import overview, overview_of_kinds
from include.reports.results import comparison_rows, restatement_rows, review_rows


def write_daily(connection: Connection, folder: Path, day: dt.date) -> list[Path]:
    """Write the day's reports into `folder`/<day>/; the paths. The same record gives the same bytes; CSV in UTF-8 with
    byte order mark."""
    reports: dict[str, list[sql.Row]] = {
        "通知发送情况": explain_day(connection, day),
        "整改总览_按单位": overview(connection, "unit", day),
        "整改总览_按指标": overview(connection, "indicator", day),
        "整改总览_按包社区服务组组长": overview(connection, "liaison", day),
        "考评结果对比": comparison_rows(connection, end_of(day)),
        "考评结果变动": restatement_rows(connection, end_of(day)),
        "复核申请": review_rows(connection, end_of(day)),
    }
    if of_kinds := overview_of_kinds(connection, day):
        reports["事项总览_按种类"] = of_kinds
    place = folder / day.isoformat()
    place.mkdir(parents=True, exist_ok=True)
    written = []
    for name, rows in reports.items():
        path = place / f"{name}.csv"
        temporary = path.with_suffix(".part")
        columns = list(rows[0]) if rows else []
        temporary.write_bytes(as_csv(columns, ([str(value) for value in row.values()] for row in rows)))
        temporary.replace(path)
        written.append(path)
    return written
