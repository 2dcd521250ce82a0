"""A reply to the mail that brought a draft, read: whether it signs the draft or sends it back, and why it does not count.

It counts only where everything fits: the sender's own server vouches for him by DMARC, he is whom the mail went to and signs for the
office today, it answers that mail itself, and the first line that he wrote says 同意 or 退回 with the mail's code. The quoted text
never counts: it is cut away as from any reply (include/items/own_words.py).
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from email.message import Message
from pathlib import Path

from sqlalchemy import Connection

from include.data_files import Part, kept, own_file, read_yaml
from include.db import sql
from include.documents.by_reply import Signing, answers, is_taken, signs_from
from include.documents.finding import get_circular
from include.documents.questions import APPROVAL, REJECTION, Answer, Approval
from include.intake.received_mail import ReceivedMail
from include.items.own_words import own_words, text_of_mail
from include.outbox.own_mails import mails_named
from include.period import chinese_date, in_zone
from include.post.mail_text import header_words
from include.post.sender_trust import has_dmarc_pass
from include.registry.offices import Office, office_of
from include.safe_text import is_plain
from include.workbooks.codes import blanked, codes_in, same_length

_SHIPPED = Path(__file__).with_name("replied.yaml")
_LONGEST_LINE = 2_000  # characters
_log = logging.getLogger(__name__)


class _Rules(Part):
    """replied.yaml, which says what each is."""

    approval: str
    rejection: str
    around: str
    label_last: str
    forwarded: str
    answers: dict[Answer, str]
    recorded: dict[Answer, str]
    refused: dict[str, tuple[str, str]]
    states: dict[str, str]


@kept
def rules() -> _Rules:
    return _Rules.model_validate(read_yaml(own_file(_SHIPPED)))


@dataclass(frozen=True)
class Replied:
    """A reply that means to answer about `document` (its row): the `answer` with who gives it, or `problem` and in `what_now` what
    to do about it. `is_his_own`: it came from whom the draft went to, so he may be told."""

    document: sql.Row
    office: Office
    signing: Signing
    mail_id: str
    answer: Answer | None = None
    approval: Approval | None = None
    problem: str = ""
    what_now: str = ""
    is_his_own: bool = False


@dataclass(frozen=True)
class _Line:
    """What the person wrote first. `answer` None: neither 同意 nor 退回."""

    answer: Answer | None
    note: str = ""
    codes: tuple[str, ...] = ()


def read_replied(connection: Connection, mail: ReceivedMail) -> Replied | None:
    """A mail as an answer to a draft; None where it names no mail that asked for a signature by reply."""
    is_proved = has_dmarc_pass(mail.message, mail.sender, mail.authserv_id)
    found = _asking(connection, mail.message) or (_meant(connection, mail) if is_proved else None)
    if found is None:
        return None
    mail_id, notice, is_answered = found
    signing = _signing(notice)
    if signing is None:
        return None
    document = get_circular(connection, signing.document_id)
    office = office_of(document["street_code"], json.loads(document["model"])["street"])
    line = _first_line(mail, text_of_mail([notice], notice["sent_sha256"]), signing.is_code)
    if line.answer is None and any(one.is_sheet for one in mail.attachments):
        return None  # a hand-in, for which somebody used the mail at hand
    is_his_own = is_proved and mail.sender == signing.recipient
    reason = "other_sender" if is_proved else "unproved"
    if is_his_own:
        reason = _form_problem(mail, line, is_answered)
    on = in_zone(mail.received_at).date()
    return _judged(connection, Replied(document, office, signing, mail_id, is_his_own=is_his_own), line, reason, on)


def _judged(connection: Connection, replied: Replied, line: _Line, reason: str, on: dt.date) -> Replied:
    """With the answer, or the first reason why it does not count."""
    approval = signs_from(replied.signing.recipient, replied.office, on, line.note)
    if replied.is_his_own and not is_taken(replied.office):
        reason = "switched_off"
    elif replied.is_his_own and approval is None:
        reason = "no_signer"
    if reason:
        return refused(replied, reason)
    given = answers(connection, replied.document["id"])
    if not line.codes:
        return refused(replied, "no_code")
    if not any(map(replied.signing.is_code, line.codes)):
        return refused(replied, "wrong_code")
    if len(given) > replied.signing.round:
        last = given[replied.signing.round]
        return refused(
            replied, "used", answer=rules().answers[last["answer"]], name=last["name"],
            day=chinese_date(in_zone(last["answered_at"]).date()),
        )  # fmt: skip
    assert line.answer is not None and approval is not None  # said above
    if line.answer == REJECTION and not is_plain(line.note):
        return refused(replied, "no_reason")
    if problems := approval.problems(line.answer):
        return refused(replied, "bad_reason", problem="".join(problems))
    return replace(replied, answer=line.answer, approval=approval)


def refused(replied: Replied, reason: str, **words: str) -> Replied:
    """The reply with why it does not count (a key of `refused` in replied.yaml)."""
    problem, what_now = (text.format(**words) for text in rules().refused[reason])
    return replace(replied, answer=None, problem=problem, what_now=what_now)


def refused_as(replied: Replied, standing: str) -> Replied:
    """The reply to a draft that is not any more what was asked about: "changed", or the document's state."""
    if standing == "changed":
        return refused(replied, "changed")
    return refused(replied, "settled", state=rules().states[standing])


def _asking(connection: Connection, message: Message) -> tuple[str, sql.Row, bool] | None:
    """The mail of ours with a draft that this one answers, or else only names: its id, its notice, and whether it answers it."""
    answered = mails_named(header_words(value) for value in message.get_all("In-Reply-To", []))
    named = mails_named(header_words(value) for value in message.get_all("References", []))
    for mail_id in dict.fromkeys([*answered, *named]):
        notice = sql.fetch_one(connection, "signing/select_asking_mail", mail_id=mail_id)
        if notice is not None:
            return mail_id, notice, mail_id in answered
    return None


def _meant(connection: Connection, mail: ReceivedMail) -> tuple[str, sql.Row, bool] | None:
    """Of a mail that answers none of ours but says what a signature says: the draft that its code is for, else the newest that
    its sender was asked about; that it must be a reply he is told about that one."""
    asked = sql.fetch(connection, "signing/select_asked_of", recipient=mail.sender)
    known = [(one, _signing(one)) for one in asked]
    line = _first_line(mail, "", lambda given: any(signing and signing.is_code(given) for _, signing in known))
    if line.answer is None or not line.codes or not known:
        return None
    meant = (one for one, signing in known if signing and any(map(signing.is_code, line.codes)))
    notice = next(meant, asked[0])
    return str(notice["mail_id"]), notice, False


def _signing(notice: sql.Row) -> Signing | None:
    """What the mail with that notice could be answered with; None where it could not."""
    said = json.loads(notice["payload"]).get("reply")
    return Signing(notice["subject"], said["text"], said["round"], notice["recipient"]) if said else None


def _form_problem(mail: ReceivedMail, line: _Line, is_answered: bool) -> str:
    subject = unicodedata.normalize("NFKC", mail.subject)
    if re.match(rules().forwarded, subject, re.IGNORECASE):
        return "forwarded"
    if not is_answered:
        return "not_a_reply"
    return "" if line.answer else "unclear"


def _first_line(mail: ReceivedMail, ours: str, is_code: Callable[[str], bool]) -> _Line:
    try:
        words = own_words(mail.message, ours)
    except Exception:  # a mail that breaks a library must not hold up those behind it
        _log.exception("cannot read the words of the mail %s", mail.key)
        return _Line(None)
    return read_line(words, is_code)


def read_line(words: str, is_code: Callable[[str], bool]) -> _Line:
    """The first line that has something to it; the reason of a 退回 may go on in the lines right below."""
    lines = [_seen(line) for line in words[: _LONGEST_LINE * 10].split("\n")]
    while lines and not lines[0]:
        lines.pop(0)
    if not lines:
        return _Line(None)
    first = lines[0][:_LONGEST_LINE]
    paragraph = "\n".join(lines[: lines.index("")] if "" in lines else lines)[:_LONGEST_LINE]
    around = f"(?:{rules().around})*"
    if re.fullmatch(f"{around}{rules().approval}{around}", same_length(blanked(first, lambda _: True))):
        return _Line(APPROVAL, codes=tuple(codes_in(first)))
    shown = blanked(paragraph, is_code)
    found = re.fullmatch(f"{around}{rules().rejection}", same_length(shown), re.DOTALL)
    if found is None:
        return _Line(None, codes=tuple(codes_in(first)))
    note = shown[found.start("note") :] if found["note"] else ""
    note = note[re.match(around, same_length(note)).end() :]  # type: ignore[union-attr] # it matches nothing, too
    last = re.search(rules().label_last, same_length(note))
    note = note[: last.start()] if last else note
    return _Line(REJECTION, " ".join(note.split()), tuple(codes_in(paragraph)))


def _seen(line: str) -> str:
    """Without what nobody sees."""
    return "".join(sign for sign in line if unicodedata.category(sign) != "Cf").strip()
