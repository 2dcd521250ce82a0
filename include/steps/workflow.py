"""The steps of the workflows, each one call, without Airflow: what the DAGs run, and what tests can run without them.

Every step opens its own short transactions, is safe to run again, and hands on nothing but keys. The
heavy rooms are imported by the step that needs them, so that a step that only reads the calendar starts at once.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from include.db.engine import get_engine, in_transaction, transaction
from include.db.run_log import log_run
from include.db.sql import fetch, fetch_one
from include.intake.inbox import StoreOpener
from include.keys import StreetKey
from include.outbox.outbox import notify
from include.period import Period, calendar_is_known, is_working_day, now
from include.registry.offices import office_of, office_on
from include.registry.units import street_codes
from include.schemes.loader import find_scheme, load_scheme, official_period, scheme_keys
from include.schemes.model import Scheme
from include.scoring.finding import newest_assessments
from include.settings import get_settings
from include.steps import health
from include.steps.planning import reminded as to_be_reminded
from include.steps.planning import scored_scheme

if TYPE_CHECKING:
    from include.scoring.assess import Assessment

_CALENDAR_NEEDED_DAYS = 45  # ahead: the State Council names a year's days off some weeks before it begins
_log = logging.getLogger(__name__)


def open_streets(scheme_key: str, period_text: str, streets: list[str], run_id: str) -> int:
    """Make and announce the forms of every unit of the streets; how many."""
    from include.asking.opening import open_period

    return _open(open_period, scheme_key, period_text, streets, run_id)


def open_inspections(scheme_key: str, period_text: str, streets: list[str], run_id: str) -> int:
    """Make the inspectors' workbook of each street and announce it; how many mails."""
    from include.asking.opening import open_inspection

    return _open(open_inspection, scheme_key, period_text, streets, run_id)


def _open(
    open_street: Callable[[Connection, Scheme, str, dt.datetime, str], int],
    scheme_key: str,
    period_text: str,
    streets: list[str],
    run_id: str,
) -> int:
    """Street by street, each in a transaction of its own; the sum."""
    scheme = scored_scheme(scheme_key, period_text)
    opened = 0
    for street_code in streets:

        def work(connection: Connection, code: str = street_code) -> int:
            return open_street(connection, scheme, code, now(), run_id)

        opened += in_transaction(work)
    return opened


def receive(run_id: str, default_period: str = "", open_store: StoreOpener | None = None) -> list[str]:
    """Fetch the mailbox where there is one, answer every file that waits; the keys scheme/period/street of what changed."""
    from include.intake.mailbox import collect
    from include.intake.receive import drain

    health.tell_unsound_systems()
    named = default_period or _collecting()
    try:
        collect(run_id)
    finally:  # a mail server that is down holds up no file in the inbox
        result = drain(run_id, official_period(Period.parse(named)) if named else None, open_store)
    return sorted({str(StreetKey(*map(str, accepted))) for accepted in result.accepted})


def _collecting() -> str:
    setting = get_settings().collecting.strip()
    path = Path(setting)
    return path.read_text(encoding="utf-8").strip() if setting and path.is_file() else setting


def preview_scores(key: str, run_id: str) -> list[dict[str, Any]]:
    """Score the street of scheme/period/street as if it closed now, and keep only the counts by grade.

    An official scoring that is rolled back: the same rules, no revision used. Where the period has its official result
    and this one would differ (a granted review, a correction after it), gives the parameters of the `close_period`
    that makes it the next revision; else nothing.
    """
    from include.scoring.assess import assess
    from include.scoring.inputs import known_until

    street = StreetKey.parse(key)
    street_code, scheme = street.street_code, load_scheme(street.scheme, Period.parse(street.period))
    with get_engine().connect() as connection:
        is_closed = _is_closed(connection, scheme, street_code)
        assessment = assess(connection, scheme, street_code, known_until(connection, scheme, now()), run_id)
        rows = fetch(connection, "steps/count_scores", assessment_id=assessment.id)
        connection.rollback()
    counts = {row["grade"] or "未评定": int(row["units"]) for row in rows}
    is_due = is_closed and assessment.is_new
    with transaction() as connection:
        log_run(
            connection, run_id=run_id, stage="preview", period=street.period, street_code=street_code,
            outcome="to_close_again" if is_due else "done", detail=counts,
        )  # fmt: skip
    return [{"scheme": street.scheme, "period": str(scheme.period), "streets": [street_code]}] if is_due else []


def _is_closed(connection: Connection, scheme: Scheme, street_code: str) -> bool:
    """Whether the street's period has an official result."""
    rows = newest_assessments(connection, scheme.scheme, str(scheme.period))
    return any(row["street_code"] == street_code and row["is_official"] for row in rows)


def close_streets(scheme_key: str, period_text: str, streets: list[str], run_id: str) -> list[str]:
    """Score the streets officially; the ids of assessments whose circular is still to be decided.

    A quarter that is only a checkpoint tells each unit what it will miss, and has no circular; nor has a year, which is
    made of halves that had theirs; nor is one drafted where nothing arrived. A revision of a result is told to ops; that of a half takes along a year that is closed.
    """
    scheme = scored_scheme(scheme_key, period_text)
    closed = [in_transaction(partial(_close_street, scheme, street_code, run_id)) for street_code in streets]
    return [assessment_id for assessment_id in closed if assessment_id is not None]


def _close_street(scheme: Scheme, street_code: str, run_id: str, connection: Connection) -> str | None:
    """The assessment whose circular is still to be decided, where there is one."""
    from include.scoring.arrivals import nothing_arrived, tell_nothing_arrived
    from include.scoring.assess import assess
    from include.scoring.checkpoints import announce_checkpoint
    from include.scoring.inputs import known_until

    assessment = assess(connection, scheme, street_code, known_until(connection, scheme, now()), run_id)
    is_empty = not scheme.parts and nothing_arrived(connection, assessment.id)
    if is_empty:
        _log.info("%s。", tell_nothing_arrived(connection, assessment.id, now()))
    if scheme.is_checkpoint:
        announce_checkpoint(connection, assessment.id, now())
        return None
    _tell_restatement(connection, scheme, street_code, assessment)
    if scheme.parts:
        return None
    if (year := _closed_year(connection, scheme, street_code)) is not None:
        restated = assess(connection, year, street_code, known_until(connection, year, now()), run_id)
        _tell_restatement(connection, year, street_code, restated)
    return assessment.id if not is_empty and _is_undecided(connection, assessment.id) else None


def without_material(scheme_key: str, period_text: str, streets: list[str]) -> list[str]:
    """A sentence for each street (empty: every one) for whose newest result of the period nothing had arrived."""
    from include.scoring.arrivals import silent_streets

    with transaction() as connection:
        return silent_streets(connection, load_scheme(scheme_key, Period.parse(period_text)), streets)


def _closed_year(connection: Connection, scheme: Scheme, street_code: str) -> Scheme | None:
    """The scheme of the year that the half belongs to, where the street's year has been scored."""
    if scheme.period.kind != "half" or "year" not in scheme.period_kinds or scheme.period.parent is None:
        return None
    year = load_scheme(scheme.scheme, scheme.period.parent)
    return year if year.parts and _is_closed(connection, year, street_code) else None


def _tell_restatement(connection: Connection, scheme: Scheme, street_code: str, assessment: Assessment) -> None:
    """One notice to ops, and the run's log: what a new revision changed, unit by unit, and why."""
    from include.scoring.telling import mailed_lines, restatement_lines

    if not assessment.is_new or assessment.revision == 1:
        return
    _log.info("%s\n%s", assessment.id, "\n".join(restatement_lines(connection, assessment.id)))
    office = office_on(connection, street_code, scheme.period.end_date)
    notify(
        connection, "ops_alert", subject=assessment.id, office=office, revision=assessment.revision,
        period=str(scheme.period), due_at=now(),
        payload={
            "title": f"{office.street}{scheme.period.name}考评结果有变动（第 {assessment.revision} 稿）",
            "lines": mailed_lines(connection, assessment.id),
            "is_for_information": True,
        },
    )  # fmt: skip


def _is_undecided(connection: Connection, assessment_id: str) -> bool:
    """No circular yet, or one that was sent back: one that is asked about waits in the run that asked, one issued is done."""
    found = fetch_one(connection, "steps/select_circular_state", assessment_id=assessment_id)
    return found is None or (found["state"] == "draft" and found["asked_at"] is None)


def open_periods(moment: dt.datetime) -> list[Scheme]:
    """Every scheme's periods that are between opening and the inspection window's end on that day."""
    found, quarter = [], Period.parse(f"{moment.year - 1}Q3")
    while quarter.start_date <= moment.date():
        for key in scheme_keys():
            scheme = find_scheme(key, quarter)
            if scheme and scheme.dates.opens_date <= moment.date() <= scheme.dates.window_ends_date:
                found.append(scheme)
        quarter = quarter.next
    return found


def remind() -> int:
    """Remind every unit that got a form and has not handed in, where today is a day to remind, and the committee of the
    drafts that wait for it; how many notices."""
    from include.asking.reminders import remind_missing
    from include.documents.waiting import remind as remind_of_drafts

    health.tell_unsound_systems()
    moment, reminded = now(), 0
    for scheme in open_periods(moment):
        with transaction() as connection:
            codes = street_codes(connection, scheme.period.end_date) if _is_opened(connection, scheme) else []
        for street_code in to_be_reminded(scheme, codes):
            with transaction() as connection:
                reminded += remind_missing(connection, scheme, street_code, moment)
    with transaction() as connection:
        return reminded + remind_of_drafts(connection, moment)


def _is_opened(connection: Connection, scheme: Scheme) -> bool:
    """Whether forms went out: nobody is reminded of a scheme that the office does not use."""
    period = str(scheme.period)
    found = fetch_one(connection, "steps/count_opened_forms", period=period, subjects=f"{scheme.scheme}/{period}/%")
    return bool(found and found["forms"])


def chase(run_id: str) -> list[str] | None:
    """Confirm deadlines whose calendar has come, take every open item to the stage that it has reached; the ids of letters
    drafted, about which the committee is to be asked. None on a day off, when nothing is done."""
    from include.items.deadlines import confirm_deadlines
    from include.letters.supervising import chase_day

    if not is_working_day(now().date()):
        return None
    moment = now()
    with transaction() as connection:
        confirm_deadlines(connection, moment)
    with transaction() as connection:
        return chase_day(connection, moment, run_id)


def send(sender: str) -> dict[str, int]:
    """Send what is due; counts of sent, failed, unknown and waiting mails."""
    from include.post.sender import send_due

    result = send_due(sender)
    return {name: int(getattr(result, name)) for name in ("sent", "failed", "unknown", "waiting")}


def export(scheme_key: str, period_text: str, streets: list[str], run_id: str) -> list[str]:
    """Write OUT from the record; several streets of the register go to folders of their own. The folders written."""
    from include.reports.out import write_out

    scheme, out = scored_scheme(scheme_key, period_text), get_settings().out
    with transaction() as connection:
        known = street_codes(connection, scheme.period.end_date)
        folders = {code: out if len(known) == 1 else out / code for code in sorted(streets or known)}
        for street_code, folder in folders.items():
            write_out(connection, scheme, folder, street_code)
        log_run(
            connection, run_id=run_id, stage="export", period=str(scheme.period), street_code="",
            outcome="done", detail={"folders": len(folders)},
        )  # fmt: skip
    return [str(folder) for folder in folders.values()]


def check_health(run_id: str, open_store: StoreOpener | None = None) -> list[str]:
    """Look for what nobody else would notice; each finding a Chinese sentence, and one mail to ops where there are any.

    `open_store` opens an inbox that is an object store.
    """
    from include.documents.questions import unsigned
    from include.items.deadlines import calendar_needed

    started, findings = time.monotonic(), []
    moment = now()
    with transaction() as connection:
        waiting = fetch_one(connection, "steps/count_waiting") or {}
        needed = calendar_needed(connection)
        stuck = health.stuck_notices(connection)
    looked = health.look_at_archive()
    for count, sentence in (
        ("waiting_files", "{} 个收到的文件还没有答复，请查看 receive 流程的日志。"),
        ("unknown_mails", "{} 封邮件不能确定是否已送达，请人工核实后处理。"),
        ("failed_mails", "{} 封邮件没有送达，原因列在“未发送”里，请核对登记册中的地址。"),
        ("unwritten_notices", "{} 条通知没能写成邮件，原因列在“未发送”里。"),
    ):
        if waiting.get(count):
            findings.append(sentence.format(waiting[count]))
    findings += [needed] if needed else []
    coming = (moment + dt.timedelta(days=_CALENDAR_NEEDED_DAYS)).year
    if not needed and not calendar_is_known(coming):
        findings.append(
            f"{coming}年的节假日和调休还没有录入，期限暂按周末推算：请照国务院办公厅的通知写入 systems/_shared/days_off/{coming}.yaml。"
        )
    findings += [
        *stuck,
        *health.lying_files(open_store),
        *health.full_disks(),
        *health.unsound_systems(),
        *looked.findings,
    ]
    with transaction() as connection:
        findings += unsigned(connection)
    if findings:
        alert(subject=f"self_check/{moment.date()}", title="每日自检发现问题", lines=findings)
    detail = {"archive_files": looked.files, "archive_up_to": looked.up_to, "findings": len(findings)}
    detail["seconds"] = round(time.monotonic() - started, 2)
    with transaction() as connection:
        log_run(connection, run_id=run_id, stage="self_check", period="", street_code="", outcome="done", detail=detail)
    return findings


def stranded_circulars(is_any_alive: Callable[[list[str]], bool]) -> list[str]:
    """The official assessments whose circular nobody is at work on: every run that began it has died, or none ever began.

    `is_any_alive` tells of runs of `circular` whether one is queued, running or waiting for the committee; asked about none,
    whether any is queued, which may be the one that is missed.
    """
    from include.circulars.stranded import unsettled

    with transaction() as connection:
        found = unsettled(connection)
    return [one.assessment_id for one in found if not is_any_alive(one.run_ids)]


def report_day() -> list[str]:
    """Write the office's report of today: why something was not sent, and where rectification stands; the files."""
    from include.reports.daily import write_daily

    with transaction() as connection:
        return [str(path) for path in write_daily(connection, get_settings().reports, now().date())]


def alert(subject: str, title: str, lines: list[str]) -> None:
    """A notice to the ops staff, through the outbox."""
    with transaction() as connection:
        codes = street_codes(connection, now().date())
        office = office_on(connection, codes[0], now().date()) if len(codes) == 1 else office_of("", "")
        notify(
            connection, "ops_alert", subject=subject, office=office, due_at=now(),
            payload={"title": title, "lines": lines},
        )  # fmt: skip
