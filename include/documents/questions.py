"""What the committee is asked to sign, and what it answered: one row each time, answered once.

A document is issued on the answer that stands here and on nothing else. The row is written by the step that waits for the
person, with the login that Airflow recorded for the answer, or when a reply to the mail that brought the draft is proved to be
the signer's own (include/signing/replied.py); nothing that an administrator can post, mark or clear in Airflow writes it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection

from include.db import sql
from include.errors import UserError
from include.safe_text import typed_problems

Answer = Literal["approval", "rejection"]
APPROVAL: Answer = "approval"
REJECTION: Answer = "rejection"
IN_AIRFLOW = "airflow"
MAX_NAME = 40
MAX_NOTE = 500
_IN_A_NAME = "·•・ 　"  # besides letters of any script: 阿卜杜拉·买买提, Li Wei


@dataclass(frozen=True)
class Approval:
    """A person's answer to a draft: `account` is the login, `name` what they signed with; `holder` whose login it is, empty for a
    shared one, which alone may be signed with under any name."""

    account: str
    name: str
    note: str = ""
    holder: str = ""

    @property
    def signed(self) -> str:
        return self.holder or self.name.strip() or self.account

    def problems(self, answer: Answer) -> list[str]:
        """What is wrong with it as that answer, in Chinese, all at once."""
        name, note, found = self.name.strip(), self.note.strip(), []
        if self.holder and name not in ("", self.holder, self.holder.split("（")[0]):
            found.append(f"账号 {self.account} 是{self.holder}的，不能以“{name:.60}”签发：签发人姓名请留空。")
        elif len(name) > MAX_NAME or not all(one.isalpha() or one in _IN_A_NAME for one in name):
            found.append(
                f"签发人姓名“{name:.60}”不是姓名：只写汉字或字母，中间可用“·”或空格，最多 {MAX_NAME} 字；也可以留空。"
            )
        found += typed_problems("意见", note, MAX_NOTE)
        if answer == REJECTION and not note:
            found.append("退回没有写明原因：请在“意见”一栏写明为什么退回、要改什么。")
        return found


def put_question(connection: Connection, document: sql.Row, asked_in: str, at: dt.datetime) -> None:
    """Record that the committee is asked about this draft, and where it answers. The same place asks once."""
    while sql.fetch_one(connection, "documents/select_asked_in", asked_in=asked_in) is None:
        sql.execute(
            connection,
            "documents/insert_question",
            circular_id=document["id"],
            model_hash=document["model_hash"],
            subject=document["assessment_id"] or document["id"],
            office=document["street_code"],
            asked_in=asked_in,
            asked_at=at,
        )


def question_in(connection: Connection, asked_in: str) -> sql.Row:
    """The question that waits, or waited, there. Raises UserError where none was put."""
    found = sql.fetch_one(connection, "documents/select_asked_in", asked_in=asked_in)
    if found is None:
        raise UserError(f"没有在“{asked_in}”请过签发：这次答复不作数，请重新送审。")
    return found


def answer_question(
    connection: Connection,
    question: sql.Row,
    answer: Answer,
    approval: Approval,
    at: dt.datetime,
    how: str = IN_AIRFLOW,
) -> bool:
    """Write the answer; false where the question has one."""
    return bool(
        sql.execute(
            connection, "documents/answer_question", circular_id=question["circular_id"], sequence=question["sequence"],
            answered_at=at, answer=answer, account=approval.account, signed=approval.signed, note=approval.note.strip(),
            how=how,
        )
    )  # fmt: skip


def standing_answer(connection: Connection, circular_id: str, model_hash: str) -> sql.Row | None:
    """What was last answered about this text; None while nobody has."""
    return sql.fetch_one(connection, "documents/select_answer", circular_id=circular_id, model_hash=model_hash)


def signature(connection: Connection, document: sql.Row) -> sql.Row:
    """The answer by which the document may be issued. Raises UserError where the committee has not approved its text."""
    found = standing_answer(connection, document["id"], document["model_hash"])
    if found is None or found["answer"] != APPROVAL:
        why = "党工委退回了这份草稿" if found else "没有党工委对这份草稿的答复"
        raise UserError(
            f"{document['kind']}“{document['id']}”不能印发：{why}。"
            "印发只凭签发账号在“待操作的任务实例”、督办台里的答复，或机关开通的回信签发；把任务标为成功、改写 XCom 都不算数；请重新送审。"
        )
    return found


def unsigned(connection: Connection) -> list[str]:
    """Every issued document that its recorded answer does not account for, as Chinese sentences."""
    return [
        f"已印发的公文 {row['document_number'] or row['id']}（签发人 {row['approved_by'] or '未记'}）没有对应的党工委答复："
        "可能不是党工委签发的，请立即核实；查实的请撤回（act_withdraw_circular）。"
        for row in sql.fetch(connection, "documents/select_unsigned")
    ]
