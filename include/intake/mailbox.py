"""Hand-ins by mail: the attachments of unseen mails become arrivals like any other file, exactly once.

A mail is marked as seen only when its attachments are archived and recorded; one that is fetched again after a crash
writes the same rows. Who sends is matched to the register: a stranger is answered once, politely, and nothing of
theirs is read; the mail stays in the mailbox and in the archive for the ops staff. A mail that came back is told to the
outbox; a reply to a mail about rectification is an arrival itself, answered like a file.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import imaplib
import logging
import re
import ssl
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields

from imap_tools.errors import ImapToolsError
from imap_tools.mailbox import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.message import MailAttachment, MailMessage
from imap_tools.query import AND
from sqlalchemy import Connection

from include.connections import tls_context, untrusted
from include.db.engine import transaction
from include.db.run_log import log_run
from include.db.sql import Row, execute, fetch
from include.errors import UserError
from include.intake import archive
from include.intake.channels import record_delivery
from include.intake.evidence import evidence_of, newest_hand_in
from include.intake.judging import answers
from include.intake.limits import MAX_FILE_BYTES, MAX_NAME_LENGTH, is_lock_file, printable
from include.intake.sender_trust import FORGED, Trust, author_of, trust_in
from include.intake.senders import is_known, office_of_sender
from include.intake.server import SETTING, Mailbox, get_mailbox
from include.notices.bounces import Bounce, read_bounce, take_bounce
from include.notices.outbox import is_address, notify
from include.period import Period, at_latest_now, in_zone, now
from include.rectification.replies import (
    MAIL_SUFFIX,
    Asked,
    asked_by,
    is_paper,
    is_sheet,
    keep_evidence,
    record_evidence,
    speaks_for_itself,
)
from include.registry.offices import Office
from include.registry.units import find_unit
from include.safe_text import as_file_name
from include.schemes.loader import load_scheme

CHANNEL = "mailbox"
MAX_MAIL_BYTES = 3 * MAX_FILE_BYTES
_MAX_ATTACHMENTS = 50
_NOT_HAND_INS = re.compile(r"(image|audio|video)/.*|text/calendar|application/(pkcs7|x-pkcs7|pgp)-.*")
_INTERNAL_DATE = re.compile(rb'INTERNALDATE "[^"]+"')
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class CollectResult:
    """How many mails were looked at, how many files were new (a reply that is read as an answer is one), how many mails
    came from strangers, how many were our own that came back."""

    mails: int = 0
    files: int = 0
    unknown: int = 0
    bounces: int = 0


@dataclass(frozen=True)
class _Mail:
    """A mail with what the server says of it. `key` is the same however often the mail is fetched or delivered."""

    message: MailMessage
    received_at: dt.datetime
    sender: str
    trust: Trust
    key: str

    @property
    def is_automatic(self) -> bool:
        """Bounces, lists and out-of-office answers, which must not be answered (RFC 3834)."""
        headers = self.message.obj
        submitted = str(headers.get("Auto-Submitted", "no")).strip().lower()
        precedence = str(headers.get("Precedence", "")).strip().lower()
        return (
            submitted != "no"
            or precedence in ("bulk", "junk", "list")
            or "List-Id" in headers
            or str(headers.get("Return-Path", "")).strip() == "<>"
            or headers.get_content_type() == "multipart/report"
            or "X-Failed-Recipients" in headers
            or self.sender.startswith(("mailer-daemon@", "postmaster@"))
        )

    @property
    def hand_ins(self) -> list[MailAttachment]:
        """What is attached, without pictures of a signature, invitations, seals and what Office leaves beside open files."""
        return [
            one
            for one in self.message.attachments
            if not _NOT_HAND_INS.fullmatch(one.content_type) and not is_lock_file(one.filename)
        ]


def collect(run_id: str = "") -> CollectResult:
    """Take in every unseen mail of AIRFLOW_CONN_DUBAN_IMAP; nothing to do where it is not set.

    Raises UserError, in Chinese, where the mailbox does not answer or lets nobody in.
    """
    mailbox = get_mailbox()
    if mailbox is None:
        return CollectResult()
    try:
        with _opened(mailbox) as box:
            results = [_take(box, uid, mailbox) for uid in box.uids(AND(seen=False))]
    except (ImapToolsError, imaplib.IMAP4.error) as error:
        raise UserError(
            f"收件信箱 {mailbox.login}@{mailbox.host} 不接受操作：{error}。请检查账号、密码和文件夹。"
        ) from error
    except ssl.SSLCertVerificationError as error:
        raise untrusted(SETTING, f"收件信箱 {mailbox.host}:{mailbox.port}", error) from error
    except OSError as error:
        raise UserError(f"收件信箱 {mailbox.host}:{mailbox.port} 连接不上：{error}。请检查网络和服务器。") from error
    total = CollectResult(*(sum(getattr(one, each.name) for one in results) for each in fields(CollectResult)))
    if results:
        with transaction() as connection:
            log_run(
                connection, run_id=run_id, stage="collect", period="", street_code="", outcome="done",
                detail=asdict(total),
            )  # fmt: skip
    return total


def _opened(mailbox: Mailbox) -> BaseMailBox:
    """Logged in; nothing is said to a server that does not prove who it is, nor to one that will not encrypt as it should."""
    where, timeout = (mailbox.host, mailbox.port), mailbox.timeout_seconds
    box: BaseMailBox
    if mailbox.is_ssl:
        box = MailBox(*where, timeout=timeout, ssl_context=tls_context(SETTING, mailbox.ca_file))
    elif mailbox.is_starttls:
        try:
            box = MailBoxStartTls(*where, timeout=timeout, ssl_context=tls_context(SETTING, mailbox.ca_file))
        except ssl.SSLCertVerificationError:  # a ValueError as well
            raise
        except (ImapToolsError, imaplib.IMAP4.error, ValueError) as error:
            raise UserError(
                f"收件信箱 {mailbox.host}:{mailbox.port} 不肯加密（STARTTLS：{error}），没有登录，密码没有发出。请检查 {SETTING} 的端口；"
                "确实只在本机或内网不加密的，在 extra 里写 disable_tls。"
            ) from error
    else:
        box = MailBoxUnencrypted(*where, timeout=timeout)
    return box.login(mailbox.login, mailbox.password, mailbox.folder)


def _take(box: BaseMailBox, uid: str, mailbox: Mailbox) -> CollectResult:
    """One mail: archived and recorded, then marked as seen (and moved, where a folder for that is named)."""
    head = next(iter(box.fetch(AND(uid=uid), headers_only=True, mark_seen=False)), None)
    if head is None:  # somebody has deleted it meanwhile
        return CollectResult()
    received_at = _received_at(box, uid, head)
    if head.size_rfc822 > MAX_MAIL_BYTES:
        mail = _mail(head, received_at, mailbox.authserv_id)
        with transaction() as connection:
            _answer(connection, mail, "too_big")
        result = CollectResult(1)
    else:
        whole = next(iter(box.fetch(AND(uid=uid), mark_seen=False)), None)
        result = _record(_mail(whole, received_at, mailbox.authserv_id)) if whole is not None else CollectResult()
    box.flag(uid, "\\Seen", True)
    if mailbox.done_folder:
        box.move(uid, mailbox.done_folder)
    return result


def _received_at(box: BaseMailBox, uid: str, head: MailMessage) -> dt.datetime:
    """When the server took the mail in; what the sender's Date says only where the server does not tell."""
    _, data = box.client.uid("fetch", uid, "(INTERNALDATE)")
    found = next(
        (match[0] for part in data if isinstance(part, bytes) and (match := _INTERNAL_DATE.search(part))), None
    )
    parsed = imaplib.Internaldate2tuple(found) if found else None
    if found and parsed:
        local = found.split(b'"')[1].decode("ascii")
        return in_zone(dt.datetime.strptime(local.strip(), "%d-%b-%Y %H:%M:%S %z"))
    return in_zone(head.date) if head.date.year > 1990 else now()


def _mail(message: MailMessage, received_at: dt.datetime, authserv_id: str) -> _Mail:
    sender = author_of(message.obj)
    named = str(message.obj.get("Message-ID", "")).strip()
    key = hashlib.sha256(named.encode("utf-8", "replace") or bytes(message.obj)).hexdigest()
    sender = sender if is_address(sender) else ""
    return _Mail(message, received_at, sender, trust_in(message.obj, sender, authserv_id), key)


def _record(mail: _Mail) -> CollectResult:
    raw = archive.store(bytes(mail.message.obj))
    bounce = _bounce_in(mail)
    with transaction() as connection:
        if bounce is not None:
            take_bounce(connection, bounce, raw, mail.sender, mail.received_at)
            return CollectResult(1, bounces=1)
        if not is_known(connection, mail.sender, mail.received_at.date()):
            _turn_away(connection, mail, raw)
            return CollectResult(1, unknown=1)
        if mail.trust == FORGED:
            _warn_of_forgery(connection, mail, raw)
    if mail.trust == FORGED:
        return _record_forged(mail, raw)
    with transaction() as connection:
        asked = None if mail.is_automatic else asked_by(connection, mail.message.obj)
        hand_in = newest_hand_in(connection, mail.sender, mail.received_at.date())
    if asked is not None:
        return _record_reply(mail, raw, asked)
    return _record_files(mail, None if mail.is_automatic else hand_in)


def _record_forged(mail: _Mail, raw: str) -> CollectResult:
    """What came under a name that is not the sender's is an arrival like any other, kept and refused; nothing of it is
    evidence of anything. Without a file the mail is the arrival."""
    files = list(_files(mail))
    names = archive.store_all([content for _, content in files])
    arrivals = [(name, sha256, len(content)) for (name, content), sha256 in zip(files, names, strict=True)]
    return CollectResult(1, _record_arrivals(mail, arrivals or [_whole(mail, raw)]))


def _whole(mail: _Mail, raw: str) -> tuple[str, str, int]:
    """The mail itself as an arrival."""
    name = as_file_name(answers()["mailbox"]["shown"].format(subject=_subject(mail)))
    return name + MAIL_SUFFIX, raw, len(bytes(mail.message.obj))


def _record_arrivals(mail: _Mail, arrivals: list[tuple[str, str, int]]) -> int:
    """A row for each (name, SHA-256, bytes) that is archived; how many are new."""
    with transaction() as connection:
        execute(connection, "intake/lock_answers")
        return sum(
            record_delivery(
                connection, channel=CHANNEL, name=name, sender=mail.sender, sender_trust=mail.trust,
                received_at=mail.received_at, sha256=sha256, size=size, key=mail.key,
            )
            for name, sha256, size in arrivals
        )  # fmt: skip


def _warn_of_forgery(connection: Connection, mail: _Mail, raw: str) -> None:
    """Ops is told once a day and sender, however many such mails come."""
    words = answers()["mailbox"]
    said = {
        "sender": mail.sender, "subject": _subject(mail), "sha256": raw,
        "names": "、".join(printable(name) for name, _ in _files(mail)) or words["none"],
    }  # fmt: skip
    notify(
        connection, "ops_alert", subject=f"{CHANNEL}/forged/{mail.sender}", stage=str(mail.received_at.date()),
        office=_office(connection, mail), due_at=mail.received_at,
        payload={
            "title": words["forged_title"].format(**said),
            "lines": [line.format(**said) for line in words["forged_lines"]],
        },
    )  # fmt: skip


def _record_files(mail: _Mail, hand_in: Row | None) -> CollectResult:
    """Every attachment is an arrival; but photos and papers beside a workbook are its evidence, and without one they are
    the evidence of `hand_in`, the form of the sender's that was accepted before."""
    files = list(_files(mail))
    has_sheet = any(is_sheet(name) for name, _ in files)
    papers = keep_evidence(mail.message.obj, is_papers_only=True) if has_sheet or hand_in else []
    if papers:
        files = [(name, content) for name, content in files if not is_paper(name)]
    names = archive.store_all([content for _, content in files])
    new = 0
    with transaction() as connection:
        execute(connection, "intake/lock_answers")
        for (name, content), sha256 in zip(files, names, strict=True):
            new += record_delivery(
                connection, channel=CHANNEL, name=name, sender=mail.sender, received_at=mail.received_at,
                sha256=sha256, size=len(content), key=mail.key, sender_trust=mail.trust,
            )  # fmt: skip
            if is_sheet(name):
                record_evidence(connection, sha256, papers)
        if papers and hand_in and not has_sheet:
            _take_evidence(connection, mail, hand_in, papers)
        elif not files:
            _answer(connection, mail, "no_attachment")
        elif len(mail.hand_ins) > _MAX_ATTACHMENTS:
            _answer(connection, mail, "too_many")
    return CollectResult(1, new)


def _take_evidence(connection: Connection, mail: _Mail, hand_in: Row, papers: list[Row]) -> None:
    """What came after the form goes to the form; the answer says what is still open."""
    record_evidence(connection, hand_in["sha256"], papers)
    scheme = load_scheme(hand_in["scheme"], Period.parse(hand_in["period"]))
    unit = find_unit(connection, hand_in["unit_code"], scheme.period.end_date)
    rows = fetch(connection, "intake/select_values", sha256=hand_in["sha256"])
    found = evidence_of(connection, scheme, hand_in["unit_code"], {row["field"]: row["value"] for row in rows})
    notify(
        connection, "evidence_received", subject=f"{CHANNEL}/{mail.key}", unit=unit, office=_office(connection, mail),
        recipient=mail.sender, period=hand_in["period"], due_at=at_latest_now(mail.received_at),
        payload={
            "scheme_name": scheme.name, "period_name": scheme.period.name, "unit_name": unit.name if unit else "",
            "subject": _subject(mail), "received_at": mail.received_at.isoformat(),
            "new": [paper["name"] for paper in papers], **found,
        },
    )  # fmt: skip


def _bounce_in(mail: _Mail) -> Bounce | None:
    if not mail.is_automatic:
        return None
    try:
        return read_bounce(mail.message.obj)
    except Exception:  # a mail that breaks a library must not hold up those behind it
        _log.exception("cannot look for a bounce in the mail %s", mail.key)
        return None


def _record_reply(mail: _Mail, raw: str, asked: Asked) -> CollectResult:
    """A reply to a mail about rectification: its sheets are the arrivals, and what else is attached is their evidence;
    without a sheet, or with words that are an answer by themselves, the mail is the arrival, and its text is read."""
    sheets = [(name, content) for name, content in _files(mail) if is_sheet(name)]
    if sheets and _is_answered_in_words(mail, asked):
        sheets = []
    names = archive.store_all([content for _, content in sheets])
    evidence = keep_evidence(mail.message.obj) if sheets else []
    arrivals = [(name, sha256, len(content)) for (name, content), sha256 in zip(sheets, names, strict=True)]
    new = 0
    with transaction() as connection:
        execute(connection, "intake/lock_answers")
        for name, sha256, size in arrivals or [_whole(mail, raw)]:
            record_evidence(connection, sha256, evidence)
            new += record_delivery(
                connection, channel=CHANNEL, name=name, sender=mail.sender, received_at=mail.received_at,
                sha256=sha256, size=size, key=mail.key, sender_trust=mail.trust,
            )  # fmt: skip
    return CollectResult(1, new)


def _is_answered_in_words(mail: _Mail, asked: Asked) -> bool:
    try:
        return speaks_for_itself(mail.message.obj, asked)
    except Exception:  # a mail that breaks a library must not hold up those behind it
        _log.exception("cannot read the words of the mail %s", mail.key)
        return False


def _files(mail: _Mail) -> Iterator[tuple[str, bytes]]:
    """(name, content) of what is handed in. A name as received, but for what no name may hold in a database."""
    for number, attachment in enumerate(mail.hand_ins[:_MAX_ATTACHMENTS], 1):
        name = attachment.filename.replace("\x00", "")[: MAX_NAME_LENGTH + 1]
        yield name or answers()["mailbox"]["nameless"].format(number=number), attachment.payload or b""


def _answer(connection: Connection, mail: _Mail, why: str) -> None:
    """A polite answer to a mail that brought nothing to be read."""
    if mail.is_automatic:
        return
    words = answers()["mailbox"]
    notify(
        connection, "refused", subject=f"{CHANNEL}/{mail.key}", office=_office(connection, mail), recipient=mail.sender,
        due_at=at_latest_now(mail.received_at),
        payload={
            "file_name": words["shown"].format(subject=_subject(mail)),
            "received_at": mail.received_at.isoformat(), "problems": [words[why]],
        },
    )  # fmt: skip


def _turn_away(connection: Connection, mail: _Mail, raw: str) -> None:
    """A stranger: answered once whatever they send, and every mail of theirs told to the ops staff."""
    office, received = _office(connection, mail), mail.received_at.isoformat()
    if mail.sender and not mail.is_automatic:
        notify(
            connection, "unknown_sender", subject=f"{CHANNEL}/{mail.sender}", office=office, recipient=mail.sender,
            due_at=at_latest_now(mail.received_at),
            payload={"sender": mail.sender, "subject": _subject(mail), "received_at": received, "street": office.street},
        )  # fmt: skip
    words = answers()["mailbox"]
    said = {
        "sender": mail.sender or words["no_sender"], "subject": _subject(mail), "sha256": raw,
        "names": "、".join(printable(name) for name, _ in _files(mail)) or words["none"],
    }  # fmt: skip
    notify(
        connection, "ops_alert", subject=f"{CHANNEL}/{mail.key}", office=office, due_at=at_latest_now(mail.received_at),
        payload={"title": words["unknown_title"], "lines": [line.format(**said) for line in words["unknown_lines"]]},
    )  # fmt: skip


def _office(connection: Connection, mail: _Mail) -> Office:
    return office_of_sender(connection, mail.sender, mail.received_at.date())


def _subject(mail: _Mail) -> str:
    words: str = answers()["mailbox"]["no_subject"]
    return printable(mail.message.subject)[:80] or words
