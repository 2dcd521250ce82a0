"""What stands open in an office, by mail: to ops every day while something is to be handed in, to the committee once a week. Only
where there is something to say, and only where the office switched it on."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence
from typing import Any

import xlsxwriter
from sqlalchemy import Connection

from include.archive import contents
from include.beforehand import beforehand
from include.outbox.notice import Notice
from include.outbox.outbox import notify
from include.outbox.words import Report
from include.period import chinese_date, in_zone, is_working_day
from include.registry.offices import is_run, office_on
from include.registry.taking_part import scope_of_street
from include.reports.hand_ins import MISSING, RETURNED, HandIn, due_words, hand_ins
from include.reports.views import DUE_SOON, OVERDUE, DocumentRow, ItemRow, document_rows, item_rows
from include.safe_text import as_text_cell
from include.schemes.model import Scheme
from include.schemes.system import System
from include.titles import cited

DAILY, WEEKLY = "daily_report", "weekly_report"
_MADE_AT = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)  # so that the same rows are the same bytes


def report_day(connection: Connection, open_systems: Sequence[System], street_code: str, at: dt.datetime) -> int:
    """Put the day's report into the outbox, and on the first working day of a week the week's; how many. The same day again changes
    nothing."""
    today = in_zone(at).date()
    office = office_on(connection, street_code, today)
    kinds = [kind for kind in (DAILY, WEEKLY) if office.mails.get(kind) and _is_due(kind, today)]
    if not kinds:
        return 0
    schemes = [
        one
        for one in open_systems
        if isinstance(one, Scheme)
        and one.forms
        and is_run(street_code, one.scheme, one.period)
        and scope_of_street(one, street_code) == street_code
    ]
    open_forms = {one.scheme + one.period_text: hand_ins(connection, one, street_code, at) for one in schemes}
    items = [one for one in item_rows(connection, street_code, today) if one.standing in (OVERDUE, DUE_SOON)]
    waiting = [one for one in document_rows(connection, street_code) if one.standing == "待签发"]
    words = _words(schemes, open_forms, items, waiting, today)
    if not words["headline"]:
        return 0
    name, sha256 = (
        f"{office.street}{today}督办情况.xlsx",
        contents.store(_workbook(schemes, open_forms, items, waiting)),
    )
    due = [kind for kind in kinds if kind == WEEKLY or words["systems"]]
    for kind in due:
        notify(
            connection,
            Notice(
                kind,
                subject=f"{kind}/{street_code}/{today}",
                office=office,
                due_at=at,
                words=words,
                attachments=[(name, sha256)],
            ),
        )
    return len(due)


def _is_due(kind: str, today: dt.date) -> bool:
    """The week's on its first working day."""
    if not is_working_day(today):
        return False
    days = (today - dt.timedelta(days=back) for back in range(1, today.weekday() + 1))
    return kind == DAILY or not any(is_working_day(day) for day in days)


def _words(
    schemes: Sequence[Scheme],
    open_forms: dict[str, list[HandIn]],
    items: list[ItemRow],
    waiting: list[DocumentRow],
    today: dt.date,
) -> Report:
    systems: list[dict[str, Any]] = []
    for scheme in schemes:
        forms = open_forms[scheme.scheme + scheme.period_text]
        missing, returned = ([one.unit.name for one in forms if one.state == state] for state in (MISSING, RETURNED))
        if missing or returned:
            left = (max(one.due_date for one in forms) - today).days
            systems.append(
                {
                    "name": f"{scheme.name}{scheme.period.name}",
                    "asked": len(forms),
                    "missing": missing,
                    "returned": returned,
                    "handed_in": len(forms) - len(missing) - len(returned),
                    "due": due_words(left),
                }
            )
    overdue = sum(one.standing == OVERDUE for one in items)
    said = [
        *(f"未报{len(one['missing'])}" for one in systems if one["missing"]),
        *([f"逾期{overdue}项"] if overdue else []),
        *([f"待签{len(waiting)}件"] if waiting else []),
    ]
    headline = "，".join(said) or ("有退回未改的" if systems else "")
    return {
        "day": today.isoformat(),
        "headline": headline,
        "systems": systems,
        "overdue": overdue,
        "due_soon": len(items) - overdue,
        "waiting": [cited(one.title) for one in waiting],
    }


@beforehand(meanwhile=b"")
def _workbook(
    schemes: Sequence[Scheme], open_forms: dict[str, list[HandIn]], items: list[ItemRow], waiting: list[DocumentRow]
) -> bytes:
    sheets: list[tuple[str, list[str], list[list[str]]]] = [
        (
            "报送情况", ["制度", "单位", "表单", "状态", "截止", "已提醒"],
            [
                [f"{scheme.name}{scheme.period.name}", one.unit.name, one.form_name, one.state, chinese_date(one.due_date), str(one.reminders)]
                for scheme in schemes for one in open_forms[scheme.scheme + scheme.period_text]
            ],
        ),
        (
            "整改", ["单位", "问题", "期限", "情况", "状态"],
            [[one.row["unit_name"], one.row["problem"], chinese_date(one.row["deadline"]), one.standing, one.row["state"]] for one in items],
        ),
        ("待签发", ["标题", "种类"], [[one.title, one.row["kind"]] for one in waiting]),
    ]  # fmt: skip
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(
        buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        book.set_properties({"created": _MADE_AT})
        head = book.add_format({"bold": True, "bottom": 1})
        for name, titles, rows in sheets:
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, titles, head)
            for at, row in enumerate(rows, 1):
                for column, text in enumerate(row):
                    sheet.write_string(at, column, as_text_cell(text))
            sheet.freeze_panes(1, 0)
            sheet.autofit(max_width=400)
    return buffer.getvalue()
