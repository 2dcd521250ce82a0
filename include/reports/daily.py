"""The office's report of the day, as files: what was not sent and why, where rectification stands, and how
results compare, changed and are under review."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Connection

from include.db.sql import Row
from include.direction_marks import without_direction_marks
from include.period import end_of
from include.reports.explaining import explain_day
from include.reports.overview import overview
from include.reports.results import comparison_rows, restatement_rows, review_rows

_FIGURE = re.compile(r"[+-]?\d+(\.\d+)?%?")


def write_daily(connection: Connection, folder: Path, day: dt.date) -> list[Path]:
    """Write the day's reports into `folder`/<day>/; the paths. The same record gives the same bytes; CSV in UTF-8 with
    byte order mark."""
    reports: dict[str, list[Row]] = {
        "通知发送情况": explain_day(connection, day),
        "整改总览_按单位": overview(connection, "unit", day),
        "整改总览_按指标": overview(connection, "indicator", day),
        "整改总览_按包社区服务组组长": overview(connection, "liaison", day),
        "考评结果对比": comparison_rows(connection, end_of(day)),
        "考评结果变动": restatement_rows(connection, end_of(day)),
        "复核申请": review_rows(connection, end_of(day)),
    }
    place = folder / day.isoformat()
    place.mkdir(parents=True, exist_ok=True)
    written = []
    for name, rows in reports.items():
        path = place / f"{name}.csv"
        temporary = path.with_suffix(".part")
        temporary.write_bytes(as_csv(rows))
        temporary.replace(path)
        written.append(path)
    return written


def as_csv(rows: Sequence[Row]) -> bytes:
    """Rows with the same headings as a CSV that spreadsheets open well; text that looks like a formula gets an apostrophe."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    if rows:
        writer.writerow(rows[0])
    writer.writerows([_safe(str(value)) for value in row.values()] for row in rows)
    return b"\xef\xbb\xbf" + buffer.getvalue().encode()


def _safe(text: str) -> str:
    text = without_direction_marks(text)
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) and not _FIGURE.fullmatch(text) else text
