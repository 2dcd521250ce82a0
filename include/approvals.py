"""The steps around a person's approval of a circular or letter, without Airflow: draft, ask, issue or send back.

Like include/steps.py: every step opens its own transaction, is safe to run again, and hands on nothing but keys.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection

from include.circulars.markdown import escape
from include.circulars.model import Model
from include.circulars.waiting import ask, get_circular
from include.db.engine import transaction
from include.db.sql import Row, fetch
from include.errors import UserError
from include.period import in_zone, now
from include.registry.units import code_of, find_unit, only_street

_LISTED = 20


@dataclass(frozen=True)
class Approval:
    """A person's answer to a draft: `account` is the login, `name` what they signed with."""

    account: str
    name: str
    note: str = ""

    @property
    def signed(self) -> str:
        return self.name.strip() or self.account


def draft_circular(assessment_id: str) -> str | None:
    """Draft the circular of an assessment and tell the committee that it waits; its id.

    None where there is nothing to decide: it is issued, and what was published has not changed.
    """
    from include.circulars.draft import draft

    with transaction() as connection:
        return _asked(connection, draft(connection, assessment_id, now()))


def draft_rectification(unit: str, note: str) -> str:
    """Draft the 整改通知书 of a unit, given by code or name; its id. Raises UserError where it has no open item."""
    from include.circulars.letters import RECTIFICATION, draft_letter, rectification

    moment = now()
    with transaction() as connection:
        code = code_of(connection, unit, moment.date())
        found = find_unit(connection, code, moment.date())
        if found is None:
            raise UserError(f"登记册里没有编码为 {code} 的单位：请核对。")
        model = rectification(connection, found, moment.date(), note)
        return draft_letter(connection, RECTIFICATION, model, moment)[0]


def draft_joint_meeting(street_code: str, meeting: str, meeting_at: str, place: str) -> str:
    """Draft the 联席会议通知 of a street (empty: the only one of the register); its id. `meeting_at` is ISO.

    Raises UserError where the street is unknown or the time has passed.
    """
    from include.circulars.letters import JOINT_MEETING, draft_letter, joint_meeting

    moment = now()
    with transaction() as connection:
        street = street_code or only_street(connection)
        if street is None:
            raise UserError("登记册里不止一个街道：请填写街道代码。")
        model = joint_meeting(
            connection, street, moment.date(), meeting=meeting, place=place,
            meeting_at=in_zone(dt.datetime.fromisoformat(meeting_at)),
        )  # fmt: skip
        return draft_letter(connection, JOINT_MEETING, model, moment)[0]


def ask_about(circular_id: str) -> str | None:
    """Tell the committee that a drafted letter waits; its id. None where it waits no more."""
    with transaction() as connection:
        return _asked(connection, circular_id)


def request(circular_id: str) -> tuple[str, str, str]:
    """Headline and text (Markdown) of what the committee is asked, and the hash of the model that it is asked about.

    Airflow keeps the first text however often it is asked anew, so it says of which draft it speaks.
    """
    with transaction() as connection:
        row = get_circular(connection, circular_id)
        model: Model = json.loads(row["model"])
        facts = _grades(connection, row) if row["assessment_id"] else _matters(model)
    revision = f"（第 {row['revision']} 稿）" if row["assessment_id"] else ""
    body = (
        f"请审阅 **{escape(model['street'])}** 的{row['kind']}草稿：**{escape(model['title'])}**"
        f"{revision}。草稿全文见最近一封“待签发”邮件的附件；补算起草的不发邮件，请运维人员用 `export` 导出。\n\n"
        f"首次送审时的情况：\n\n{facts}\n\n"
        f"公文编号 `{row['id']}`，首次送审时的草稿校验码 `{row['model_hash'][:16]}`。选 **同意** 即批准印发：系统随后编发文字号、"
        "落成文日期、发送主送和抄送单位，除字号和日期外内容不再变动。选 **退回** 则不编号、不发送，请在“意见”一栏写明原因。"
    )
    return f"{model['street']}：待签发《{model['title']}》", body, str(row["model_hash"])


def standing(circular_id: str, model_hash: str) -> Literal["same", "changed", "withdrawn"]:
    """Whether what a person was asked about is still what would be issued: an item that was answered this morning leaves a
    督办通知单 before it is signed, not only with tomorrow's draft."""
    from include.circulars.letters import SUPERVISION
    from include.rectification.supervising import draft_supervisions

    with transaction() as connection:
        row = get_circular(connection, circular_id)
        if row["kind"] == SUPERVISION and row["state"] == "draft":
            draft_supervisions(connection, {row["unit_code"]}, json.loads(row["model"])["stage"], "系统", now())
            row = get_circular(connection, circular_id)
    if row["state"] == "withdrawn":
        return "withdrawn"
    return "same" if row["model_hash"] == model_hash else "changed"


def issue_document(circular_id: str, model_hash: str, approval: Approval) -> str:
    """Issue exactly the draft that was approved and put the notices out; the document's number.

    A circular opens its items; a 督办通知单 is written into the history of its items.
    """
    from include.circulars.issue import issue
    from include.circulars.letters import SUPERVISION
    from include.rectification.items import open_items
    from include.rectification.supervising import supervise

    moment = now()
    with transaction() as connection:
        number = issue(connection, circular_id, approval.signed, moment, moment.date(), expected_model_hash=model_hash)
        row = get_circular(connection, circular_id)
        if row["assessment_id"]:
            open_items(connection, row["assessment_id"], moment.date(), moment)
        elif row["kind"] == SUPERVISION:
            supervise(connection, json.loads(row["model"]), number, approval.signed, moment)
    return number


def reject_document(circular_id: str, approval: Approval) -> None:
    """Record that a draft was sent back, by whom and why. A circular stays a draft; a letter is not written again."""
    from include.circulars.issue import reject
    from include.circulars.letters import SUPERVISION
    from include.rectification.supervising import drop_supervision

    moment = now()
    with transaction() as connection:
        reject(connection, circular_id, approval.signed, moment, approval.note)
        row = get_circular(connection, circular_id)
        if row["kind"] == SUPERVISION:
            drop_supervision(connection, json.loads(row["model"]), approval.signed, moment, approval.note)


def _asked(connection: Connection, circular_id: str) -> str | None:
    row = get_circular(connection, circular_id)
    if row["state"] != "draft":
        return None
    ask(connection, circular_id, now())
    return circular_id


def _grades(connection: Connection, row: Row) -> str:
    grades = fetch(connection, "workflow/count_scores", assessment_id=row["assessment_id"])
    counts = "\n".join(f"| {grade['grade'] or '未评定（未报、退回未改）'} | {grade['units']} |" for grade in grades)
    return f"| 等次 | 社区数 |\n| --- | ---: |\n{counts}"


def _matters(model: Model) -> str:
    """A letter's items, and of a meeting where and when."""
    lines = (
        [f"{escape(model['meeting'])}：{model['meeting_time']}，{escape(model['place'])}。\n"]
        if "meeting" in model
        else []
    )
    lines += ["| 社区 | 问题 | 整改期限 | 逾期天数 |", "| --- | --- | --- | ---: |"]
    lines += [
        f"| {escape(item['unit'])} | {escape(item['problem'])} | {item['deadline']} | {item['days_overdue'] or '—'} |"
        for item in model["items"][:_LISTED]
    ]
    if len(model["items"]) > _LISTED:
        lines.append(f"\n共 {len(model['items'])} 项，以上为前 {_LISTED} 项。")
    return "\n".join(lines)
