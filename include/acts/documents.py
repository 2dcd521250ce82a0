"""What is recorded when people take back, send again or draft a document. Signing is the committee's (steps/approvals.py)."""

from __future__ import annotations

import datetime as dt
import json
import logging

from sqlalchemy import Connection

from include.db import sql
from include.decisions import refuse, text_problems
from include.documents.waiting import meeting_caution
from include.errors import UserError
from include.letters.letter import Letter
from include.letters.letters import JOINT_MEETING, RECTIFICATION, draft_letter, joint_meeting, rectification
from include.letters.row_letters import draft_row_letters
from include.period import in_zone
from include.registry.offices import offices_over
from include.registry.units import code_of, find_unit, only_street
from include.schemes.loader import find_scheme, own_periods, scheme_keys
from include.schemes.model import Scheme
from include.signing import issue

_logger = logging.getLogger(__name__)


def withdraw_circular(connection: Connection, circular_id: str, reason: str, by: str, at: dt.datetime) -> None:
    """Take an issued circular back; its number stays taken, marked 作废. Raises UserError, all at once."""
    refuse(text_problems(reason, by))
    issue.withdraw(connection, circular_id, by.strip(), at, reason.strip())


def resubmit_circular(connection: Connection, document: str, reason: str, by: str, at: dt.datetime) -> str:
    """Have the committee asked once more about a circular that it sent back, or whose run has died; the assessment's id.

    `document` is its id or title; empty: the only one that was sent back. Raises UserError, all at once.
    """
    problems, wanted = text_problems(reason, by), document.strip().strip("《》")
    drafts = sql.fetch(connection, "acts/select_circular_drafts")
    titles = {row["id"]: str(json.loads(row["model"])["title"]) for row in drafts}
    meant = [row for row in drafts if (wanted in (row["id"], titles[row["id"]]) if wanted else row["is_sent_back"])]
    if len(meant) != 1:
        listed = "；".join(f"{key}《{title}》" for key, title in titles.items()) or "没有"
        known = "不止一份，请写明公文编号" if meant else ("没有这样一份通报草稿" if wanted else "没有退回待改的通报")
        problems.append(
            f"{known}。通报草稿现有：{listed}。"
            "退回的公函请重新办理（act_rectification_letter、act_meeting_letter），不在这里重新送审。"
        )
    refuse(problems)
    [row] = meant
    if not row["is_resubmitted"]:
        issue.resubmit(connection, row["id"], by.strip(), at, reason.strip())
    return str(row["assessment_id"])


def draft_rectification(connection: Connection, unit: str, note: str, by: str, at: dt.datetime) -> str:
    """Draft the 整改通知书 of a unit, given by code or name, for the login `by`; its id. It is of the street's items, where it has
    none of the county's; of the county's first for the login that answers there.

    Raises UserError where the unit has no open item.
    """
    code, today = code_of(connection, unit, at.date()), at.date()
    found = find_unit(connection, code, today)
    if found is None:
        raise UserError(f"登记册里没有编码为 {code} 的单位：请核对。")
    offices = sorted(offices_over(found), key=lambda one: one.account != by)
    return _drafted_by(
        connection, RECTIFICATION, rectification(connection, found, today, note, offices=offices), note, by, at
    )


def draft_joint_meeting(
    connection: Connection, street_code: str, meeting: str, meeting_at: str, place: str, by: str, at: dt.datetime
) -> str:
    """Draft the 联席会议通知 of a street (empty: the only one of the register) for the login `by`; its id. `meeting_at` is ISO.

    Raises UserError, all at once, where the street is unknown or the meeting cannot be meant so; a meeting on a day off is
    warned of in the log.
    """
    street = street_code or only_street(connection)
    if street is None:
        raise UserError("登记册里不止一个街道：请填写街道代码。")
    model = joint_meeting(
        connection,
        street,
        at.date(),
        meeting=meeting,
        place=place,
        meeting_at=in_zone(dt.datetime.fromisoformat(meeting_at)),
        drafted_at=at,
    )
    if caution := meeting_caution(model):
        _logger.warning("请注意：%s", caution)
    return _drafted_by(connection, JOINT_MEETING, model, meeting, by, at)


def draft_row_letter(
    connection: Connection, kind: str, unit: str, row: str, reason: str, by: str, at: dt.datetime
) -> str:
    """Draft the letter about one row of a unit's ledger that somebody asked for, for the login `by`; its id.

    Raises UserError for a kind that no system of the office has, and a row that is not there.
    """
    refuse(text_problems(reason, by))
    found = find_unit(connection, code_of(connection, unit, at.date()), at.date())
    if found is None:
        raise UserError(f"登记册里没有“{unit}”：请核对。")
    asked = [
        (scheme, document)
        for key in scheme_keys()
        for scheme in _current(key, at.date())
        for document in scheme.documents
        if document.of_rows and document.of_rows.drafted is None and document.kind == kind.strip()
    ]
    if not asked:
        raise UserError(f"没有由人提出的文种“{kind}”：请照制度里的名称填写，例如 征求意见回复函。")
    scheme, document = asked[-1]
    letter_id = draft_row_letters(
        connection, scheme, document, found.street_code, at, filler_code=found.code, row_key=row.strip()
    )
    if letter_id is None:
        raise UserError(f"“{kind}”正在等待签发，签发或退回以后才能另出一件。")
    issue.record_drafting(connection, letter_id, by, at, reason.strip())
    return letter_id


def _current(key: str, day: dt.date) -> list[Scheme]:
    """The system in those of its periods that hold the day, the longest last."""
    periods = [one for one in own_periods(key, day.year) if one.start_date <= day <= one.end_date]
    found = [scheme for one in periods if (scheme := find_scheme(key, one)) is not None]
    return sorted(found, key=lambda one: one.period.end_date - one.period.start_date)


def _drafted_by(connection: Connection, kind: str, model: Letter, reason: str, by: str, at: dt.datetime) -> str:
    letter_id = draft_letter(connection, kind, model, at)[0]
    issue.record_drafting(connection, letter_id, by, at, reason)
    return letter_id
