"""The steps around a person's approval of a circular or letter: draft, ask, issue or send back."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection

from include.db import sql
from include.db.engine import in_transaction, transaction
from include.db.run_log import log_run
from include.documents.by_reply import looks_again_after
from include.documents.finding import find_circular, get_circular
from include.documents.model import Model
from include.documents.questions import (
    APPROVAL,
    REJECTION,
    Answer,
    Approval,
    answer_question,
    put_question,
    question_in,
    signature,
    standing_answer,
)
from include.documents.referrals import refer_letters, refer_results, settle, silence_about, take_batch
from include.documents.summary import facts_of
from include.documents.waiting import ask, ask_again, meeting_caution, provisional_deadlines, tell_sent_back
from include.errors import UserError
from include.keys import AssessmentKey
from include.outbox.outbox import silence
from include.period import Period, now, today
from include.registry.offices import office_of
from include.registry.persons import signer, signers_of
from include.shapes import Shape, shape_of
from include.signing.issue import issue, reject
from include.signing.kinds import behaviour_of
from include.signing.stranded import stranded_letters, stranded_results
from include.titles import cited
from include.typesetting.markdown import escape

__all__ = ["APPROVAL", "REJECTION", "Approval"]

_CHANGED = "草稿在审阅期间有了变化，这次答复不作数：请按最近一封“待签发”邮件里的草稿重新审阅。"
Outcome = Literal["approval", "rejection", "changed", "withdrawn", "refused"]


@dataclass(frozen=True)
class Asked:
    """What a committee is asked: headline, text (Markdown), the login that answers for it, and the code of its office; after how
    long the step that waits looks whether the answer has come by mail (None: never)."""

    headline: str
    body: str
    account: str
    office: str
    looks_after: dt.timedelta | None = None


def refer(assessment_ids: list[str]) -> list[str]:
    """Put the circulars of assessments to their offices; the keys of the batches, each of which one run takes up."""
    with transaction() as connection:
        return refer_results(connection, assessment_ids, now())


def take_up(batch: str, run_id: str) -> list[str]:
    """The assessments and drafts of letters of a batch that are this run's to put to the committee."""
    with transaction() as connection:
        return take_batch(connection, batch, run_id)


def take_up_stranded(is_alive: Callable[[str, str], bool]) -> dict[str, list[str]]:
    """Put anew to their offices what no run is at work on: every run that began it has died, or none ever began. The keys of
    the batches by workflow.

    `is_alive` tells of a workflow's run whether it is queued, running or waiting for the committee; asked about "", whether
    any is queued, which may be the one that is missed.
    """
    with transaction() as connection:
        results = stranded_results(connection, lambda run_id: is_alive("circular", run_id))
        letters = stranded_letters(connection, lambda run_id: is_alive("letter", run_id))
        return {
            "circular": refer_results(connection, results, now()),
            "letter": refer_letters(connection, letters, now()),
        }


def put_forward(subject: str) -> tuple[str, str]:
    """Draft the circular of an assessment, or find the draft of a letter, and tell the committee that it waits; its id.

    Where there is nothing to decide, "" and in Chinese why: it is issued, and what was published has not changed, nothing
    arrived that could be told of, or the letter waits no more.
    """
    with transaction() as connection:
        is_letter, why_silent = find_circular(connection, subject) is not None, silence_about(connection, subject)
    with silence(why_silent):
        document_id = ask_about(subject) if is_letter else draft_circular(subject)
    if document_id is not None:
        return document_id, ""
    return "", "已签发、退回或撤回" if is_letter else _why_not_drafted(subject)


def draft_circular(assessment_id: str) -> str | None:
    """Draft the circular of an assessment and tell the committee that it waits; its id. None where there is nothing to
    decide."""
    moment = now()

    def drafted(connection: Connection) -> str | None:
        published = _shape_of(assessment_id).publish(connection, assessment_id, moment)
        found = _asked(connection, published, moment) if published else None
        if found is None:
            settle(connection, assessment_id)
        return found

    return in_transaction(drafted)


def _why_not_drafted(assessment_id: str) -> str:
    with transaction() as connection:
        silent = _shape_of(assessment_id).silent(connection, [AssessmentKey.parse(assessment_id).street_code])
    return "".join(silent) or "已签发，公布的内容没有变化"


def _shape_of(assessment_id: str) -> Shape:
    key = AssessmentKey.parse(assessment_id)
    return shape_of(key.scheme, Period.parse(key.period))


def ask_about(circular_id: str) -> str | None:
    """Tell the committee that a drafted letter waits; its id. None where it waits no more."""
    moment = now()
    return in_transaction(lambda connection: _asked(connection, circular_id, moment))


def headline(circular_id: str) -> str:
    """The street and the title of a document, in Chinese: by which a step about it is known among many."""
    with transaction() as connection:
        model: Model = json.loads(get_circular(connection, circular_id)["model"])
    return f"{model['street']} {cited(model['title'])}"


def request(circular_id: str, asked_in: str) -> Asked | Answer | None:
    """What the committee is asked about a draft, the question being put on record as waiting at `asked_in`.

    Where the text was answered already (the step died before it could say so): that answer. None where the draft was
    withdrawn. Airflow keeps the first text however often it is asked anew, so it says of which draft it speaks.
    """
    with transaction() as connection:
        row = get_circular(connection, circular_id)
        if row["state"] == "withdrawn":
            return None
        known = standing_answer(connection, row["id"], row["model_hash"])
        if known is not None and (known["answer"] == APPROVAL or (row["state"] == "draft" and row["asked_at"] is None)):
            found: Answer = known["answer"]
            return found
        put_question(connection, row, asked_in, now())
        model: Model = json.loads(row["model"])
        facts = _facts(model)
        for caution in (provisional_deadlines(model, today()), meeting_caution(model)):
            facts += f"\n\n**{caution}**" if caution else ""
    revision = f"（第 {row['revision']} 稿）" if behaviour_of(row["kind"]).has_revisions else ""
    body = (
        f"请审阅 **{escape(model['street'])}** 的{row['kind']}草稿：**{escape(model['title'])}**"
        f"{revision}。草稿全文见最近一封“待签发”邮件的附件；补算起草的不发邮件，请运维人员用 `export` 导出。\n\n"
        f"首次送审时的情况：\n\n{facts}\n\n"
        f"公文编号 `{row['id']}`，首次送审时的草稿校验码 `{row['model_hash'][:16]}`。选 **同意** 即批准印发：系统随后编发文字号、"
        "落成文日期、发送主送和抄送单位，除字号和日期外内容不再变动。选 **退回** 则不编号、不发送，须在“意见”一栏写明原因，"
        "没有写明的不作数，会再问一次。"
    )
    office = office_of(row["street_code"], model["street"])
    headline = f"{model['street']}：待签发{cited(model['title'])}"
    return Asked(headline, body, office.account, str(row["street_code"]), looks_again_after(office))


def who_answers(asked_in: str) -> dict[str, str]:
    """Whose answer counts now to the question that waits at `asked_in`: the logins, each with its person's name; the shared login
    of the office, without a name, where no person is named to sign for it."""
    with transaction() as connection:
        office_code = str(question_in(connection, asked_in)["office"])
    on = today()
    shared = office_of(office_code, "").account
    accounts = [*(one.account for one in signers_of(office_code, on)), shared]
    known = {account: signer(account, office_code, on) for account in accounts}
    return {account: name for account, name in known.items() if name is not None}


def take_answer(asked_in: str, answer: Answer, approval: Approval) -> tuple[Outcome, list[str]]:
    """Record what the committee answered to the question that waits at `asked_in`; a rejection is carried out at once.

    What became of it, and in Chinese why it does not count where it does not: the draft was withdrawn, its text has
    changed since it was asked about, or the answer lacks what it needs (then the committee is mailed why, too). The same
    answer again changes nothing. Raises UserError where it contradicts one that stands.
    """
    moment = now()
    with transaction() as connection:
        question = question_in(connection, asked_in)
        circular_id = str(question["circular_id"])
    if question["answer"]:
        return question["answer"], []
    text = standing(circular_id, question["model_hash"])
    if text == "withdrawn":
        return text, ["草稿已撤回，不再需要签发。"]

    def taken(connection: Connection) -> tuple[Outcome, list[str]]:
        if text == "changed" or get_circular(connection, circular_id)["model_hash"] != question["model_hash"]:
            return "changed", [_CHANGED]
        if problems := approval.problems(answer):
            ask_again(connection, circular_id, asked_in, problems, moment)
            return "refused", problems
        known = standing_answer(connection, circular_id, question["model_hash"])
        if answer == REJECTION and known is not None and known["answer"] == APPROVAL:
            raise UserError(f"《{circular_id}》已由 {known['name']} 同意印发，不能再退回：需要收回的，请在印发后撤回。")
        is_first = answer_question(connection, question, answer, approval, moment)
        if answer == REJECTION and is_first:
            _send_back(connection, circular_id, asked_in, approval, moment)
        return answer, []

    return in_transaction(taken)


def take_signature(
    connection: Connection,
    circular_id: str,
    model_hash: str,
    asked_in: str,
    answer: Answer,
    approval: Approval,
    how: str,
) -> Literal["", "changed", "draft", "issued", "withdrawn"]:
    """Record an answer that came past Airflow to a question that was put at `asked_in` and is closed with it; a rejection is carried
    out at once. Empty; else why it was not recorded: the text has changed, or the state of a document that waits for nobody.

    The step that waits in Airflow finds the answer at its next look (airflow_ext/approval.py).
    """
    row = get_circular(connection, circular_id)
    if row["state"] != "draft" or row["asked_at"] is None:
        state: Literal["draft", "issued", "withdrawn"] = row["state"]
        return state
    if row["model_hash"] != model_hash:
        return "changed"
    moment = now()
    put_question(connection, row, asked_in, moment)
    answer_question(connection, question_in(connection, asked_in), answer, approval, moment, how)
    if answer == REJECTION:
        _send_back(connection, circular_id, asked_in, approval, moment)
    return ""


def standing(circular_id: str, model_hash: str) -> Literal["same", "changed", "withdrawn"]:
    """Whether what a person was asked about is still what would be issued: what may have changed since then is looked up."""
    moment = now()

    def looked_up(connection: Connection) -> sql.Row:
        row = get_circular(connection, circular_id)
        behaviour_of(row["kind"]).refreshed(connection, row, moment)
        return get_circular(connection, circular_id)

    row = in_transaction(looked_up)
    if row["state"] == "withdrawn":
        return "withdrawn"
    return "same" if row["model_hash"] == model_hash else "changed"


def issue_document(circular_id: str) -> str:
    """Issue exactly the draft that the committee approved and put the notices out; the document's number.

    Who approved is read from the record of answers and from nowhere else: UserError where nobody did. What the document
    brings about is its kind's to say (include/signing/kinds.py).
    """
    moment = now()

    def issued(connection: Connection) -> str:
        row = get_circular(connection, circular_id)
        if row["state"] == "issued":
            return str(row["document_number"])
        signed = signature(connection, row)
        number = issue(
            connection,
            circular_id,
            signed["name"],
            moment,
            moment.date(),
            expected_model_hash=signed["model_hash"],
            account=signed["account"],
        )
        behaviour_of(row["kind"]).on_issue(connection, get_circular(connection, circular_id))
        _log(connection, row, "issued", signed["asked_in"], signed["account"], signed["name"])
        return number

    return in_transaction(issued)


def put_what_follows(circular_id: str) -> list[str]:
    """Put to their offices the letters that an issued document brought about; the keys of the batches."""
    moment = now()

    def put(connection: Connection) -> list[str]:
        row = get_circular(connection, circular_id)
        letters = behaviour_of(row["kind"]).followed_by(connection, row)
        return refer_letters(connection, letters, moment)

    return in_transaction(put)


def _send_back(connection: Connection, circular_id: str, asked_in: str, approval: Approval, at: dt.datetime) -> None:
    """Record that a draft was sent back, by whom and why, and tell who must do something about it."""
    note = approval.note.strip()
    reject(connection, circular_id, approval.signed, at, note, approval.account)
    row = get_circular(connection, circular_id)
    behaviour = behaviour_of(row["kind"])
    behaviour.on_reject(connection, row, approval.signed, at, note)
    tell_sent_back(
        connection, circular_id, approval.signed, approval.account, note, at,
        drafter=behaviour.drafter(connection, row), what_now=behaviour.after_rejection,
    )  # fmt: skip
    _log(connection, row, "sent_back", asked_in, approval.account, approval.signed)


def _log(connection: Connection, row: sql.Row, outcome: str, asked_in: str, account: str, name: str) -> None:
    title = str(json.loads(row["model"])["title"])
    log_run(
        connection, run_id=asked_in, stage="circular", period=row["period"], street_code=row["street_code"],
        outcome=outcome, detail={"document": row["id"], "title": title, "signed": name}, account=account,
    )  # fmt: skip


def _asked(connection: Connection, circular_id: str, at: dt.datetime) -> str | None:
    row = get_circular(connection, circular_id)
    if row["state"] != "draft":
        return None
    ask(connection, circular_id, at)
    return circular_id


def _facts(model: Model) -> str:
    """The facts of a draft as a table (Markdown)."""
    rows = "\n".join(f"| {escape(label)} | {escape(words)} |" for label, words in facts_of(model, today()))
    return f"| 项目 | 情况 |\n| --- | --- |\n{rows}"
