"""来件: every file that came in, its verdict, the original and the copy that went back; and a file handed in for somebody (代交)."""

from __future__ import annotations

import datetime as dt
import html
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Annotated, cast

from fastapi import APIRouter, File, Form, HTTPException, Request, UploadFile
from fastapi.responses import RedirectResponse, Response

from include.acts.handing_in import hand_in
from include.archive import contents
from include.db.engine import reading, transaction
from include.errors import NotAllowedError, UserError
from include.registry.units import registered_in
from include.reports.views import arrivals, received, streets_of_mail
from include.reports.whose import time_of
from include.workbooks.limits import MAX_FILE_BYTES
from plugins.duban_page.airflow import Airflow, AirflowError
from plugins.duban_page.caller import ActingDep, Caller, CallerDep
from plugins.duban_page.chosen import choose
from plugins.duban_page.rendering import UnitCells, attachment, base_of, page, page_or_file
from plugins.duban_page.tables import Cell, Column, Line, made, shown
from plugins.duban_page.words import status_name

router = APIRouter()
_TONES = {"accepted": "good", "returned": "warn", "refused": "bad", "waiting": "warn"}


@router.get("/files")
def files(request: Request, caller: CallerDep) -> Response:
    with reading() as connection:
        chosen = choose(connection, request, caller)
        rows = arrivals(connection, chosen.needed, *time_of(chosen.needed))
        units = registered_in(connection, chosen.scope, chosen.today)
    base, cells = base_of(request), UnitCells.of(request, chosen, units)
    columns = [
        Column("received", "收到"), Column("name", "文件"), Column("unit", "单位"), Column("status", "答复", filtered=True), Column("message", "说明"),
        Column("bytes", "大小（字节）", is_number=True), Column("seconds", "用时（秒）", is_number=True), Column("returned", "退回件"),
    ]  # fmt: skip
    lines: list[Line] = []
    for row in rows:
        code = row["unit_code"] or row["submitted_by"] or ""
        if code not in cells.names and not chosen.holds(code, row["streets"]):
            continue
        lines.append(
            {
                "received": row["received_at"], "name": Cell(row["name"], f"{base}/content/{row['sha256']}"),
                "unit": cells.of_code(code),
                "status": Cell(status_name(row["status"]), tone=_TONES.get(row["status"], "")), "message": row["message"],
                "bytes": row["bytes"], "seconds": row["seconds"],
                "returned": Cell("下载" if row["returned_sha256"] else "", f"{base}/content/{row['returned_sha256']}" if row["returned_sha256"] else ""),
            }
        )  # fmt: skip
    return page_or_file(
        request, caller, chosen, "files", "来件", made(request, "来件", columns, lines), may=caller.hands_in_for(chosen.scope),
        limit_mb=MAX_FILE_BYTES // 1_000_000,
    )  # fmt: skip


@router.post("/files")
def upload(
    request: Request,
    caller: ActingDep,
    file: Annotated[UploadFile, File()],
    received_at: Annotated[str, Form()] = "",
    reason: Annotated[str, Form()] = "",
) -> Response:
    """A file handed in for somebody: the same intake as any other, under the name of who did it."""
    content = file.file.read(MAX_FILE_BYTES + 1)
    if len(content) > MAX_FILE_BYTES:
        raise UserError(f"文件“{file.filename}”超过 {MAX_FILE_BYTES // 1_000_000} MB，收不下：请压缩图片或分开报送。")
    with reading() as connection:
        chosen = choose(connection, request, caller)
    if not caller.hands_in_for(chosen.scope):
        raise NotAllowedError(f"账号 {caller.account} 不办理{chosen.office.street}的事项。")
    moment = _moment(received_at, chosen.at)
    sha256 = contents.store(content)
    with transaction() as connection:
        said = hand_in(connection, file.filename or "", sha256, len(content), moment, reason, caller.account, chosen.at)
    try:
        Airflow(caller).start("receive")
    except AirflowError:
        said += "受理流程暂时没有启动，下一次按计划运行时受理。"
    return RedirectResponse(f"{base_of(request)}/files?{chosen.query(said=said)}", status_code=303)


def _moment(text: str, now: dt.datetime) -> dt.datetime:
    if not text.strip():
        return now
    try:
        return dt.datetime.fromisoformat(text).replace(tzinfo=now.tzinfo)
    except ValueError:
        raise UserError(f"收到时间“{text}”不是时间：请从日历中选，或留空（即现在）。") from None


@router.get("/content/{sha256}")
def content(caller: CallerDep, sha256: str) -> Response:
    """A file as it came in, or a copy as it went back."""
    with reading() as connection:
        name, streets = received(connection, sha256) or ("", [])
    if not any(map(caller.sees, streets)):
        raise HTTPException(404)
    if contents.is_personal(sha256):
        raise HTTPException(403, "这份表有个人信息，只给填报的单位和街道，不在这里下载。")
    return attachment(contents.load(sha256), name)


def _mail(sha256: str, caller: Caller) -> EmailMessage:
    """A mail as it was made; any other content is not there, nor a mail of a street that is another's."""
    with reading() as connection:
        streets = streets_of_mail(connection, sha256)
    if not streets or not all(map(caller.sees, streets)):
        raise HTTPException(404)
    if contents.is_personal(sha256):
        raise HTTPException(403, "这封邮件有个人信息，只给收件人，不在这里打开。")
    return message_from_bytes(contents.load(sha256), policy=policy.default)


@router.get("/mail/{sha256}")
def mail(request: Request, caller: CallerDep, sha256: str) -> Response:
    """A mail as it was made: who, what about, its words."""
    message = _mail(sha256, caller)
    body = message.get_body(("plain",))
    heads = [(label, str(message[name])) for label, name in (("收件人", "To"), ("抄送", "Cc")) if message[name]]
    if message["Date"]:
        heads.append(("日期", shown(message["Date"].datetime)))
    return page(
        request, caller, None, "mail", str(message["Subject"]), heads=heads, sha256=sha256,
        text=html.unescape(body.get_content()) if body else "",
        attachments=[(at, part.get_filename() or "附件") for at, part in enumerate(message.iter_attachments())],
    )  # fmt: skip


@router.get("/mail/{sha256}/{number}")
def mail_attachment(caller: CallerDep, sha256: str, number: int) -> Response:
    message = _mail(sha256, caller)
    parts = list(message.iter_attachments())
    if not 0 <= number < len(parts):
        raise HTTPException(404)
    return attachment(cast(bytes, parts[number].get_payload(decode=True)), parts[number].get_filename() or "附件")
