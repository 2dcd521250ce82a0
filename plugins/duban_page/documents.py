"""公文与签发: every draft by its title with its PDF beside, signed or sent back here by who answers for the office."""

from __future__ import annotations

import json
from collections import Counter
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import Connection

from include.archive import contents
from include.db import sql
from include.db.engine import reading
from include.documents.changes import changes_since
from include.documents.finding import get_circular
from include.documents.questions import APPROVAL, REJECTION, Answer, Approval
from include.documents.summary import facts_of
from include.documents.waiting import meeting_caution, provisional_deadlines
from include.errors import NotAllowedError, UserError
from include.keys import PlaceKey
from include.registry.persons import signers_of
from include.reports.explaining import notice_rows
from include.reports.views import DocumentRow, document_rows
from plugins.duban_page.airflow import Airflow
from plugins.duban_page.caller import ActingDep, CallerDep
from plugins.duban_page.chosen import Chosen, choose
from plugins.duban_page.rendering import attachment, base_of, page, page_or_file
from plugins.duban_page.tables import Cell, Column, Line, made
from plugins.duban_page.words import period_name

router = APIRouter()
_KINDS = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
_OPTIONS: dict[Answer, str] = {APPROVAL: "同意", REJECTION: "退回"}
_MOST_AT_ONCE = 100
_MOST_CHANGES = 60


@router.get("/documents")
def documents(request: Request, caller: CallerDep) -> Response:
    with reading() as connection:
        chosen = choose(connection, request, caller)
        found = document_rows(connection, chosen.scope)
    base = base_of(request)
    columns = [
        Column("title", "标题"), Column("kind", "种类", filtered=True), Column("standing", "状态", filtered=True), Column("asked", "送审"),
        Column("number", "发文字号"), Column("issued", "成文日期"), Column("by", "签发人"), Column("said", "意见"), Column("period", "期间", filtered=True),
    ]  # fmt: skip
    lines: list[Line] = []
    for one in found:
        row = one.row
        lines.append(
            {
                "title": Cell(one.title, f"{base}/document?id={row['id']}&{chosen.query()}"),
                "kind": row["kind"],
                "standing": Cell(one.standing, tone="warn" if one.standing in ("待签发", "已退回") else ""),
                "asked": row["asked_at"],
                "number": row["document_number"],
                "issued": row["issue_date"],
                "by": row["approved_by"] or (row["signed"] if row["answer"] == "rejection" else "") or "",
                "said": row["note"] or "",
                "period": period_name(row["period"]),
            }
        )
    signs_as = caller.signs_as(chosen.scope)
    signs = signs_as is not None
    waiting = [one for one in found if one.standing == "待签发" and one.row["asked_in"]]
    return page_or_file(
        request, caller, chosen, "documents", "公文与签发", made(request, "公文与签发", columns, lines),
        waiting=waiting if signs else [], signs_as=signs_as,
    )  # fmt: skip


@router.get("/document")
def document(request: Request, caller: CallerDep, id: str) -> Response:
    with reading() as connection:
        chosen = choose(connection, request, caller)
        one = _of_office(connection, chosen, id)
        drafted = get_circular(connection, id)
        model = json.loads(drafted["model"])
        is_draft = drafted["state"] == "draft"
        cautions = [
            said for said in (provisional_deadlines(model, chosen.today), meeting_caution(model)) if said and is_draft
        ]
        reached = [] if is_draft else _reached(connection, one)
        facts = facts_of(model, chosen.today)
        changes = changes_since(connection, drafted) if one.standing == "待签发" and not _is_closed(drafted) else None
    signs_as = caller.signs_as(chosen.scope)
    return page(
        request, caller, chosen, "document", one.title, document=one, facts=facts, cautions=cautions, model_hash=drafted["model_hash"],
        signs=signs_as is not None and one.standing == "待签发" and bool(one.row["asked_in"]), signs_as=signs_as,
        answers_as=_who_signs(chosen), changes=changes, most_changes=_MOST_CHANGES, reached=reached,
        mails_of=f"{one.row['scheme']}/{one.row['period']}" if one.row["scheme"] else chosen.key,
    )  # fmt: skip


def _reached(connection: Connection, one: DocumentRow) -> list[tuple[str, int]]:
    """How many mails with an issued document are in which state."""
    if not one.row["period"]:
        return []
    own = str(one.row["id"])
    found = Counter(
        notice.state
        for notice in notice_rows(connection, str(one.row["period"]))
        if notice.subject == own or notice.subject.startswith(f"{own}/")
    )
    return found.most_common()


@router.get("/document/file")
def document_file(request: Request, caller: CallerDep, id: str, kind: str = "pdf") -> Response:
    with reading() as connection:
        one = _of_office(connection, choose(connection, request, caller), id)
    sha256 = one.row.get(f"{kind}_sha256") if kind in _KINDS else None
    if not sha256:
        raise HTTPException(404)
    return attachment(contents.load(sha256), f"{one.title}.{kind}", _KINDS[kind], inline=kind == "pdf")


@router.post("/documents/answer")
def answer(
    request: Request,
    caller: ActingDep,
    ids: Annotated[list[str], Form()],
    option: Annotated[str, Form()],
    name: Annotated[str, Form()] = "",
    note: Annotated[str, Form()] = "",
    hashes: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """Sign, or send back, one draft or several. `hashes` are the texts that were shown: one that has changed is not answered."""
    with reading() as connection:
        chosen = choose(connection, request, caller)
        signs_as = caller.signs_as(chosen.scope)
        if signs_as is None:
            raise NotAllowedError(
                f"账号 {caller.account} 不签发{chosen.office.committee_name}的公文：请由 {_who_signs(chosen)}办理。"
            )
        chosen_answer: Answer = REJECTION if option == REJECTION else APPROVAL
        problems = Approval(caller.account, name, note, holder=signs_as).problems(chosen_answer)
        if len(ids) > _MOST_AT_ONCE:
            problems.append(f"一次最多签 {_MOST_AT_ONCE} 件：请分几次。")
        found = [_of_office(connection, chosen, one) for one in ids]
        texts = {one: get_circular(connection, one)["model_hash"] for one in ids}
    shown = dict(zip(ids, hashes or [], strict=False))
    for one in found:
        key = one.row["id"]
        if one.standing != "待签发" or not one.row["asked_in"]:
            problems.append(f"《{one.title}》现在是“{one.standing}”，不在等待签发。")
        elif key in shown and shown[key] != texts[key]:
            problems.append(f"《{one.title}》的草稿在打开以后有了改动：请重新打开看过再签。")
    if problems:
        raise UserError(*problems)
    for one in found:
        Airflow(caller).answer(PlaceKey.parse(one.row["asked_in"]), _OPTIONS[chosen_answer], name.strip(), note.strip())
    word = "已同意，几秒钟后编号印发" if chosen_answer == APPROVAL else "已退回，并告知运维人员"
    back = f"{base_of(request)}/documents?{chosen.query(said=f'{len(found)} 件{word}。')}"
    return RedirectResponse(back, status_code=303)


def _is_closed(drafted: sql.Row) -> bool:
    """Whether the draft names people of a ledger with personal data."""
    return bool(drafted["docx_sha256"]) and contents.is_personal(drafted["docx_sha256"])


def _who_signs(chosen: Chosen) -> str:
    """The persons who sign for the office, else its login."""
    named = "、".join(f"{one.name}（{one.account}）" for one in signers_of(chosen.scope, chosen.today))
    return named or f"{chosen.office.account} 账号"


def _of_office(connection: Connection, chosen: Chosen, document_id: str) -> DocumentRow:
    """A document of the chosen office; any other is not there."""
    for one in document_rows(connection, chosen.scope):
        if one.row["id"] == document_id:
            return one
    raise HTTPException(404)
