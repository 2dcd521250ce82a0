"""What becomes of a received mail: a bounce goes to the outbox, a reply and the files of a hand-in become arrivals.

Who sends is matched to the register: a stranger is answered once, politely, and nothing of theirs is read. What came under
a name that is not the sender's is kept and refused. A mail that is fetched again writes the same rows.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection

from include.archive import contents
from include.db import sql
from include.db.engine import in_transaction, transaction
from include.intake.accepted import values_of
from include.intake.channels import record_delivery
from include.intake.evidence import evidence_of, newest_hand_in
from include.intake.judging import answers
from include.intake.ledger_requests import is_request, send_ledgers
from include.intake.received_mail import ReceivedMail
from include.items.replies import (
    MAIL_SUFFIX,
    Asked,
    asked_by,
    is_paper,
    keep_evidence,
    record_evidence,
    speaks_for_itself,
)
from include.outbox.notice import Notice
from include.outbox.outbox import notify
from include.outbox.words import EvidenceReceived, OpsAlert, Refused, UnknownSender
from include.period import Period, at_latest_now
from include.post.bounces import Bounce, read_bounce, take_bounce
from include.post.mail_parts import Attachment, is_sealed
from include.post.sender_trust import FORGED, UNPROVED
from include.post.unanswered import list_for_ops, may_be_answered, may_be_refused
from include.registry.offices import Office
from include.registry.senders import is_known, office_of_sender
from include.registry.units import find_unit
from include.safe_text import as_file_name
from include.schemes.loader import load_scheme

CHANNEL = "mailbox"
_log = logging.getLogger(__name__)
TakeReply = Callable[[ReceivedMail, str], bool]
"""Takes a mail, archived under that hash, as something else than a hand-in; false where it is none."""
_Arrival = tuple[str, str, int]  # name, SHA-256, bytes


@dataclass(frozen=True)
class CollectResult:
    """How many mails were looked at, how many files were new (a reply that is read as an answer is one), how many mails
    came from strangers, how many were our own that came back, how many others a program wrote."""

    mails: int = 0
    files: int = 0
    unknown: int = 0
    bounces: int = 0
    automatic: int = 0


def sort_mail(mail: ReceivedMail, take_reply: TakeReply | None = None) -> CollectResult:
    """Archive a mail and record what it is. What `take_reply` takes is not looked at any further."""
    raw = contents.store(mail.content)
    bounce = _bounce_in(mail)
    by_a_program = int(mail.is_automatic)
    if take_reply is not None and not mail.is_automatic and take_reply(mail, raw):
        return CollectResult(1)
    with transaction() as connection:
        if bounce is not None:
            take_bounce(connection, bounce, raw, mail.sender, mail.received_at)
            return CollectResult(1, bounces=1)
        if not is_known(connection, mail.sender, mail.received_at.date()):
            _turn_away(connection, mail, raw)
            return CollectResult(1, unknown=1, automatic=by_a_program)
        if mail.trust == FORGED:
            _warn_of_forgery(connection, mail, raw)
        asked = None if mail.is_automatic else asked_by(connection, mail.message)
        hand_in = None if mail.is_automatic else newest_hand_in(connection, mail.sender, mail.received_at.date())
    if mail.trust == FORGED:
        return CollectResult(1, _record_forged(mail, raw), automatic=by_a_program)
    new = _record_reply(mail, raw, asked) if asked is not None else _record_files(mail, raw, hand_in)
    return CollectResult(1, new, automatic=by_a_program)


def refuse_unread(mail: ReceivedMail, why: str) -> CollectResult:
    """A mail that is not even fetched whole."""
    with transaction() as connection:
        _answer(connection, mail, why)
    return CollectResult(1)


def _bounce_in(mail: ReceivedMail) -> Bounce | None:
    if not mail.is_automatic:
        return None
    try:
        return read_bounce(mail.message)
    except Exception:  # a mail that breaks a library must not hold up those behind it
        _log.exception("cannot look for a bounce in the mail %s", mail.key)
        return None


def _record_forged(mail: ReceivedMail, raw: str) -> int:
    """What came under a name that is not the sender's is an arrival like any other, and will be refused; nothing of it is
    evidence of anything. Without a file the mail is the arrival, but for a program's."""
    arrivals = _kept(mail) or ([] if mail.is_automatic else [_whole(mail, raw)])
    with transaction() as connection:
        return _record(connection, mail, raw, arrivals)


def _record_files(mail: ReceivedMail, raw: str, hand_in: sql.Row | None) -> int:
    """Every attachment is an arrival; but photos and papers beside a workbook are its evidence, and without one they are
    the evidence of `hand_in`, the form of the sender's that was accepted before."""
    has_sheet = any(one.is_sheet for _, one in mail.hand_ins)
    papers = keep_evidence(mail.message, is_papers_only=True) if has_sheet or hand_in else []
    files = [(name, one) for name, one in mail.hand_ins if not (papers and is_paper(one))]
    arrivals = _kept(mail, files)

    def recorded(connection: Connection) -> int:
        new = _record(connection, mail, raw, arrivals)
        for (_, one), (_, sha256, _) in zip(files, arrivals, strict=True):
            if one.is_sheet:
                record_evidence(connection, sha256, papers)
        if papers and hand_in and not has_sheet:
            _take_evidence(connection, mail, hand_in, papers)
        elif not files and is_request(mail.subject):
            if why := send_ledgers(connection, mail.subject, mail.sender, mail.received_at):
                _answer(connection, mail, why)
        elif not files:
            _answer(connection, mail, "sealed" if is_sealed(mail.message) else "no_attachment")
        elif mail.is_cut_off:
            _answer(connection, mail, "too_many")
        return new

    return in_transaction(recorded)


def _record_reply(mail: ReceivedMail, raw: str, asked: Asked) -> int:
    """A reply to a mail about rectification: its sheets are the arrivals, and what else is attached is their evidence;
    without a sheet, or with words that are an answer by themselves, the mail is the arrival, and its text is read."""
    sheets = [(name, one) for name, one in mail.hand_ins if one.is_sheet]
    if sheets and _is_answered_in_words(mail, asked):
        sheets = []
    arrivals = _kept(mail, sheets)
    evidence = keep_evidence(mail.message) if arrivals else []
    with transaction() as connection:
        for _, sha256, _ in arrivals:
            record_evidence(connection, sha256, evidence)
        return _record(connection, mail, raw, arrivals or [_whole(mail, raw)])


def _is_answered_in_words(mail: ReceivedMail, asked: Asked) -> bool:
    try:
        return speaks_for_itself(mail.message, asked)
    except Exception:  # a mail that breaks a library must not hold up those behind it
        _log.exception("cannot read the words of the mail %s", mail.key)
        return False


def _kept(mail: ReceivedMail, files: list[tuple[str, Attachment]] | None = None) -> list[_Arrival]:
    """The files (all that is handed in, where none are given), put into the archive."""
    found = mail.hand_ins if files is None else files
    names = contents.store_all([one.content for _, one in found])
    return [(name, sha256, len(one.content)) for (name, one), sha256 in zip(found, names, strict=True)]


def _whole(mail: ReceivedMail, raw: str) -> _Arrival:
    """The mail itself as an arrival."""
    name = as_file_name(answers()["mailbox"]["shown"].format(subject=mail.subject))
    return name + MAIL_SUFFIX, raw, len(mail.content)


def _record(connection: Connection, mail: ReceivedMail, raw: str, arrivals: list[_Arrival]) -> int:
    """A row for each arrival; how many are new."""
    sql.execute(connection, "intake/lock_answers")
    return sum(
        record_delivery(
            connection, channel=CHANNEL, name=name, sender=mail.sender, sender_trust=mail.trust,
            received_at=mail.received_at, sha256=sha256, size=size, key=mail.key, codes=mail.codes,
            mail=raw if raw != sha256 else "",
        )
        for name, sha256, size in arrivals
    )  # fmt: skip


def _take_evidence(connection: Connection, mail: ReceivedMail, hand_in: sql.Row, papers: list[sql.Row]) -> None:
    """What came after the form goes to the form; the answer says what is still open."""
    record_evidence(connection, hand_in["sha256"], papers)
    scheme = load_scheme(hand_in["scheme"], Period.parse(hand_in["period"]))
    unit = find_unit(connection, hand_in["unit_code"], scheme.period.end_date)
    found = evidence_of(connection, scheme, hand_in["unit_code"], values_of(connection, hand_in["sha256"]))
    notify(
        connection,
        Notice(
            "evidence_received",
            subject=f"{CHANNEL}/{mail.key}",
            unit=unit,
            office=_office(connection, mail),
            recipient=mail.sender,
            scheme=hand_in["scheme"],
            period=hand_in["period"],
            due_at=at_latest_now(mail.received_at),
            words=EvidenceReceived(
                {
                    "scheme_name": scheme.name,
                    "period_name": scheme.period.name,
                    "unit_name": unit.name if unit else "",
                    "subject": mail.subject,
                    "received_at": mail.received_at.isoformat(),
                    "new": [paper["name"] for paper in papers],
                    "is_unproved": mail.trust == UNPROVED,
                    **found,
                }
            ),
        ),
    )


def _answer(connection: Connection, mail: ReceivedMail, why: str) -> None:
    """A polite answer to a mail that brought nothing to be read; beyond the day's limit ops alone is told."""
    if mail.is_automatic or not mail.sender:
        return
    if not may_be_refused(connection, mail.sender, mail.received_at):
        _list(connection, mail, "refused", contents.store(mail.content))
        return
    words = answers()["mailbox"]
    notify(
        connection,
        Notice(
            "refused",
            subject=f"{CHANNEL}/{mail.key}",
            office=_office(connection, mail),
            recipient=mail.sender,
            due_at=at_latest_now(mail.received_at),
            words=Refused(
                {
                    "file_name": words["shown"].format(subject=mail.subject),
                    "received_at": mail.received_at.isoformat(),
                    "problems": [words[why]],
                }
            ),
        ),
    )


def _turn_away(connection: Connection, mail: ReceivedMail, raw: str) -> None:
    """A stranger: answered once whatever they send, unless a program or a forger wrote it or too many were answered on the
    day; ops gets them in one mail a day. What a program wrote is only counted."""
    if mail.is_automatic:
        return
    office = _office(connection, mail)
    if mail.sender and mail.trust != FORGED and may_be_answered(connection, mail.received_at):
        notify(
            connection,
            Notice(
                "unknown_sender",
                subject=f"{CHANNEL}/{mail.sender}",
                office=office,
                recipient=mail.sender,
                due_at=at_latest_now(mail.received_at),
                words=UnknownSender(
                    {
                        "sender": mail.sender,
                        "subject": mail.subject,
                        "received_at": mail.received_at.isoformat(),
                        "street": office.street,
                    }
                ),
            ),
        )
    _list(connection, mail, "stranger", raw)


def _warn_of_forgery(connection: Connection, mail: ReceivedMail, raw: str) -> None:
    """Ops is told of the day's first at once, of each sender by the next morning's mail."""
    words, office = answers()["mailbox"], _office(connection, mail)
    said = {
        "sender": mail.sender,
        "subject": mail.subject,
        "sha256": raw,
        "names": "、".join(mail.names) or words["none"],
    }
    notify(
        connection,
        Notice(
            "ops_alert",
            subject=f"{CHANNEL}/forged",
            stage=str(mail.received_at.date()),
            office=office,
            due_at=at_latest_now(mail.received_at),
            words=OpsAlert(
                {
                    "title": words["forged_title"].format(**said),
                    "lines": [line.format(**said) for line in words["forged_lines"]],
                }
            ),
        ),
    )
    _list(connection, mail, "forged", raw)


def _list(connection: Connection, mail: ReceivedMail, reason: str, raw: str) -> None:
    list_for_ops(
        connection, reason, sender=mail.sender, about=mail.subject, names=mail.names, sha256=raw,
        office=_office(connection, mail), at=mail.received_at,
    )  # fmt: skip


def _office(connection: Connection, mail: ReceivedMail) -> Office:
    return office_of_sender(connection, mail.sender, mail.received_at.date())
