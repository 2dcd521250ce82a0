"""Drafts that wait for a person: the committee is asked, and reminded until it answers. Nothing approves itself."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace

from sqlalchemy import Connection

from include.db import sql
from include.documents.by_reply import offered, readers
from include.documents.finding import get_circular
from include.documents.model import Model
from include.documents.summary import facts_of
from include.items.deadlines import for_approver
from include.keys import DraftKey
from include.outbox.notice import Notice
from include.outbox.outbox import notify
from include.outbox.policies import load_policies
from include.outbox.words import ApprovalWaiting, OpsAlert
from include.period import (
    add_working_days,
    calendar_is_known,
    chinese_date,
    in_zone,
    is_working_day,
    working_days_between,
)
from include.registry.offices import office_of
from include.registry.persons import address_of, name_of
from include.registry.units import find_unit
from include.titles import cited
from include.workbooks.codes import grouped

_MEETING_HOURS = range(8, 19)


def ask(connection: Connection, circular_id: str, at: dt.datetime) -> None:
    """Tell the committee that a draft waits, with the draft; its waiting counts from here. Once a text."""
    row = get_circular(connection, circular_id)
    sql.execute(connection, "documents/mark_asked", id=row["id"], asked_at=at)
    _tell(connection, row, str(_asked(connection, row)), 0, at)


def ask_again(connection: Connection, circular_id: str, asked_in: str, why: list[str], at: dt.datetime) -> None:
    """Tell the committee why its answer (`asked_in`) does not count, and that the draft waits for another."""
    row = get_circular(connection, circular_id)
    stage = replace(_asked(connection, row), answer=asked_in.rpartition("/")[2])
    _tell(connection, row, str(stage), 0, at, why)


def tell_sent_back(
    connection: Connection,
    circular_id: str,
    name: str,
    account: str,
    note: str,
    at: dt.datetime,
    *,
    drafter: str,
    what_now: str,
) -> None:
    """Mail ops, and `drafter` where the office gives an address for that login, what was sent back and why, and what to do."""
    row = get_circular(connection, circular_id)
    model: Model = json.loads(row["model"])
    office = office_of(row["street_code"], model["street"])
    lines = [
        f"退回理由：{note}",
        f"退回人：{name}（账号 {account}），{chinese_date(in_zone(at).date())}。",
        *([f"起草：{_with_account(drafter, at)}。"] if drafter else []),
        what_now,
    ]
    notice = Notice(
        "ops_alert",
        f"{row['id']}/退回",
        OpsAlert(title=f"党工委退回了{row['kind']}草稿{cited(model['title'])}", lines=lines),
        at,
        stage=str(_asked(connection, row)),
        office=office,
        scheme=row["scheme"],
        period=row["period"],
    )
    notify(connection, notice)
    if address := office.accounts.get(drafter, "") or address_of(drafter, in_zone(at).date()):
        notify(connection, replace(notice, recipient=address))


def _with_account(account: str, at: dt.datetime) -> str:
    name = name_of(account, in_zone(at).date())
    return f"账号 {account}" if name == account else f"{name}（账号 {account}）"


def remind(connection: Connection, at: dt.datetime) -> int:
    """Remind the committee of every draft that it was asked about so many working days ago; how many that is.

    A day off reminds of nothing; a day on which nothing ran is caught up on the next. The same day again changes nothing.
    """
    today, every = in_zone(at).date(), load_policies().approvals.remind_every_working_days
    reminded = 0
    if not is_working_day(today):
        return reminded
    for waiting in sql.fetch(connection, "documents/select_waiting"):
        asked_date = in_zone(waiting["asked_at"]).date()
        waited = working_days_between(asked_date, today)
        if waited < every:
            continue
        fell_due_date = add_working_days(asked_date, waited // every * every)
        _tell(connection, get_circular(connection, waiting["id"]), fell_due_date.isoformat(), waited, at)
        reminded += 1
    return reminded


def meeting_caution(model: Model) -> str:
    """What whoever drafts and signs is told of a meeting on a day off, or at an hour at which nobody meets; else empty."""
    if not model.get("meeting_at"):
        return ""
    moment = in_zone(dt.datetime.fromisoformat(model["meeting_at"]))
    found = []
    if not is_working_day(moment.date()):
        found.append("当天按工作日历是休息日")
    elif not calendar_is_known(moment.year):
        found.append(f"{moment.year}年的放假安排还没有录入，当天是否上班请核对")
    if moment.hour not in _MEETING_HOURS:
        found.append("不在平常开会的钟点（8时至18时）")
    return f"会议时间是{model['meeting_time']}：{'；'.join(found)}。是否有误，请核对。" if found else ""


def provisional_deadlines(model: Model, issue_date: dt.date) -> str:
    """What whoever signs is told of deadlines that would be 暂定 if issued on that day; empty where none would."""
    return for_approver(
        issue_date,
        [
            item["deadline_working_days"]
            for item in model["items"]
            if item.get("deadline_working_days") and not item["deadline_date"]
        ],
    )


def _asked(connection: Connection, row: sql.Row) -> DraftKey:
    """The text, and how often it was sent back: each time that it is submitted again the committee is told once more."""
    [counted] = sql.fetch(connection, "documents/count_rejections", circular_id=row["id"])
    return DraftKey.of(row["model_hash"], counted["rejections"])


def _tell(
    connection: Connection,
    row: sql.Row,
    stage: str,
    waited_working_days: int,
    at: dt.datetime,
    why_again: list[str] | None = None,
) -> None:
    model: Model = json.loads(row["model"])
    office, today = office_of(row["street_code"], model["street"]), in_zone(at).date()
    words: ApprovalWaiting = {
        "title": model["title"],
        "kind": row["kind"],
        "street": model["street"],
        "waited_working_days": waited_working_days,
        "facts": facts_of(model, today),
    }
    if why_again:
        words["why_again"] = why_again
    if provisional := provisional_deadlines(model, today):
        words["provisional"] = provisional
    if caution := meeting_caution(model):
        words["caution"] = caution
    notice = Notice(
        "approval_waiting",
        row["id"],
        words,
        at,
        stage=stage,
        unit=find_unit(connection, row["unit_code"], today) if row["unit_code"] else None,
        office=office,
        revision=row["revision"],
        scheme=row["scheme"],
        period=row["period"],
        attachments=[
            (f"{model['title']}（草稿）.{ending}", row[f"{ending}_sha256"])
            for ending in ("docx", "pdf")
            if row[f"{ending}_sha256"]
        ],
    )
    for reader in ("", *readers(office, today)):  # first whoever reads at the office's own address
        own: ApprovalWaiting = {**words}
        if signing := offered(connection, row, office, reader or office.committee_email, today):
            own["reply"] = {"code": grouped(signing.code), "text": signing.text, "round": signing.round}
        notify(connection, replace(notice, words=own, recipient=reader))
