"""The mailbox that hand-ins come to: its unseen mails are fetched, sorted (mail_sorting.py), and marked as seen, exactly once.

A mail is marked as seen only when what it brought is archived and recorded; one that is fetched again after a crash
writes the same rows. The password is told to none but a server that proves who it is.
"""

from __future__ import annotations

import datetime as dt
import imaplib
import re
import ssl
from dataclasses import asdict, fields

from imap_tools.errors import ImapToolsError
from imap_tools.mailbox import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.message import MailMessage
from imap_tools.query import AND

from include.connections import tls_context, untrusted
from include.db.engine import transaction
from include.db.run_log import log_run
from include.errors import UserError
from include.intake.mail_sorting import CollectResult, TakeReply, refuse_unread, sort_mail
from include.intake.received_mail import ReceivedMail
from include.period import in_zone, now
from include.post.mailbox_server import Mailbox, get_mailboxes, read_mailbox
from include.workbooks.limits import MAX_FILE_BYTES

MAX_MAIL_BYTES = 3 * MAX_FILE_BYTES
_INTERNAL_DATE = re.compile(rb'INTERNALDATE "[^"]+"')


def collect(run_id: str = "", take_reply: TakeReply | None = None) -> CollectResult:
    """Take in every unseen mail of all mailboxes that are set; nothing to do where none is. `take_reply`: see mail_sorting.py.

    Raises UserError, in Chinese, where a mailbox does not answer or lets nobody in; the others are taken in before.
    """
    results, problems = list[CollectResult](), list[str]()
    for setting, value in get_mailboxes().items():
        try:
            results += _take_all(read_mailbox(setting, value), take_reply)
        except UserError as error:
            problems += error.problems
    total = CollectResult(*(sum(getattr(one, each.name) for one in results) for each in fields(CollectResult)))
    if results:
        with transaction() as connection:
            log_run(
                connection,
                run_id=run_id,
                stage="collect",
                period="",
                street_code="",
                outcome="done",
                detail=asdict(total),
            )
    if problems:
        raise UserError(*problems)
    return total


def _take_all(mailbox: Mailbox, take_reply: TakeReply | None) -> list[CollectResult]:
    try:
        with _opened(mailbox) as box:
            return [_take(box, uid, mailbox, take_reply) for uid in box.uids(AND(seen=False))]
    except (ImapToolsError, imaplib.IMAP4.error) as error:
        raise UserError(
            f"收件信箱 {mailbox.login}@{mailbox.host} 不接受操作：{error}。请检查账号、密码和文件夹。"
        ) from error
    except ssl.SSLCertVerificationError as error:
        raise untrusted(mailbox.setting, f"收件信箱 {mailbox.host}:{mailbox.port}", error) from error
    except OSError as error:
        raise UserError(f"收件信箱 {mailbox.host}:{mailbox.port} 连接不上：{error}。请检查网络和服务器。") from error


def _opened(mailbox: Mailbox) -> BaseMailBox:
    """Logged in; nothing is said to a server that does not prove who it is, nor to one that will not encrypt as it should."""
    where, timeout = (mailbox.host, mailbox.port), mailbox.timeout_seconds
    box: BaseMailBox
    if mailbox.is_ssl:
        box = MailBox(*where, timeout=timeout, ssl_context=tls_context(mailbox.setting, mailbox.ca_file))
    elif mailbox.is_starttls:
        try:
            box = MailBoxStartTls(*where, timeout=timeout, ssl_context=tls_context(mailbox.setting, mailbox.ca_file))
        except ssl.SSLCertVerificationError:  # a ValueError as well
            raise
        except (ImapToolsError, imaplib.IMAP4.error, ValueError) as error:
            raise UserError(
                f"收件信箱 {mailbox.host}:{mailbox.port} 不肯加密（STARTTLS：{error}），没有登录，密码没有发出。请检查 {mailbox.setting} 的端口；"
                "确实只在本机或内网不加密的，在 extra 里写 disable_tls。"
            ) from error
    else:
        box = MailBoxUnencrypted(*where, timeout=timeout)
    return box.login(mailbox.login, mailbox.password, mailbox.folder)


def _take(box: BaseMailBox, uid: str, mailbox: Mailbox, take_reply: TakeReply | None) -> CollectResult:
    """One mail: archived and recorded, then marked as seen (and moved, where a folder for that is named)."""
    head = next(iter(box.fetch(AND(uid=uid), headers_only=True, mark_seen=False)), None)
    if head is None:  # somebody has deleted it meanwhile
        return CollectResult()
    received_at = _received_at(box, uid, head)
    if head.size_rfc822 > MAX_MAIL_BYTES:
        result = refuse_unread(ReceivedMail(bytes(head.obj), received_at, mailbox.authserv_id), "too_big")
    else:
        whole = next(iter(box.fetch(AND(uid=uid), mark_seen=False)), None)
        result = CollectResult()
        if whole is not None:
            result = sort_mail(ReceivedMail(bytes(whole.obj), received_at, mailbox.authserv_id), take_reply)
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
