"""One conversation with the mail server, through yagmail's own session, step by step.

yagmail's `send` is not used: it attaches a text that names a file, logs in for every mail, repeats a
mail after a lost connection even where the server may have taken it, and returns False instead of saying so.
"""

from __future__ import annotations

import select
import socket
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import yagmail

from include.connections import tls_context, untrusted
from include.errors import UserError
from include.outbox.policies import load_policies
from include.post.server import SETTING, Server

_SHOWN = 300
_SERVER_LEAVES = 421


@dataclass(frozen=True)
class Answer:
    """What became of a mail.

    sent: taken (`text` names copies that were refused) · deferred: refused for the moment, or the connection was
    lost before the end of the text, so certainly not taken · refused: for good · unknown: the whole text was
    handed over and no answer came · not_ours: another process has taken the mail over.
    """

    verdict: Literal["sent", "deferred", "refused", "unknown", "not_ours"]
    text: str = ""


class Session:
    """Logs in once; `hand_over` as often as needed. Not safe for several threads."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._client: Any = None

    @property
    def is_open(self) -> bool:
        return self._client is not None and self._client.smtp.sock is not None

    def open(self) -> None:
        """Connect and log in. Raises UserError, in Chinese, where the server does not answer or does not let us in."""
        server = self._server
        secure: dict[str, Any] = {}
        if server.is_ssl or server.is_starttls:
            secure["context"] = tls_context(SETTING, server.ca_file)
        client = yagmail.SMTP(
            user=server.login,
            password=server.password,
            host=server.host,
            port=server.port,
            smtp_ssl=server.is_ssl,
            smtp_starttls=secure if server.is_starttls else False,
            smtp_skip_login=not server.login,
            soft_email_validation=False,
            timeout=server.timeout_seconds,
            **(secure if server.is_ssl else {}),
        )
        where = f"邮件服务器 {server.host}:{server.port}"
        try:
            client.login()
            client.smtp.ehlo_or_helo_if_needed()
        except UnicodeError as error:
            _drop(client)
            raise UserError(f"{where}：{SETTING} 的地址、账号或密码中有不能用的字符，请检查。") from error
        except OSError as error:
            _drop(client)
            if isinstance(error, ssl.SSLCertVerificationError):
                raise untrusted(SETTING, where, error) from error
            code = getattr(error, "smtp_code", None)
            if code is not None:
                said = f"{code} {_said(getattr(error, 'smtp_error', b''))}"
                raise UserError(
                    f"{where} 拒绝登录（{said}）：请检查 {SETTING} 的账号和密码。"
                    if code in load_policies().sending.login_refused_codes
                    else f"{where} 现在不接收（{said}）。邮件没有丢失，等待下次发送。"
                ) from error
            raise UserError(
                f"连不上{where}（{error}）：请检查 {SETTING} 的地址和网络。邮件没有丢失，等待下次发送。"
            ) from error
        self._client = client

    def close(self) -> None:
        """Say goodbye where the connection still stands."""
        if self.is_open:
            try:
                self._client.smtp.quit()
            except OSError:
                _drop(self._client)
        self._client = None

    def drop(self) -> None:
        """End the connection without a word: a mail whose end was not given is not taken."""
        if self._client is not None:
            _drop(self._client)
        self._client = None

    def hand_over(
        self,
        recipient: str,
        copy_to: Sequence[str],
        content: bytes,
        *,
        return_path: str,
        before_text: Callable[[], bool],
        must_settle: bool,
        meanwhile: Callable[[], bool] = lambda: False,
    ) -> Answer:
        """Give one mail to the server.

        `before_text` is called when the server is ready for the text; it records that from here on a crash
        cannot be decided, and returns False where the mail is no longer ours. `must_settle`: copies refused
        for the moment are given up, where else the whole mail waits for another try. `meanwhile` is called again and
        again while the server thinks: a short piece of other work, False where there is none left. It must not raise.
        """
        try:
            answer = self._offer(return_path, recipient, copy_to, must_settle, meanwhile)
            if answer.verdict != "sent":
                return answer
            if not before_text():
                self.drop()
                return Answer("not_ours")
            smtp = self._client.smtp
            smtp.send(_stuffed(content) + b".\r\n")
        except OSError as error:  # until here the server cannot have seen the end of the text
            self.drop()
            return Answer("deferred", f"与邮件服务器的连接中断（{error}）")
        try:
            code, said = self._answer(meanwhile)
        except OSError as error:
            self.drop()
            return Answer("unknown", f"邮件已交给服务器，但没有等到答复（{error}）")
        if 200 <= code < 300:
            return answer
        if not 400 <= code < 600:  # half an answer, cut off with the line, or none that there is
            self.drop()
            return Answer("unknown", f"邮件已交给服务器，但答复无法辨认（{code} {_said(said)}）")
        return Answer("deferred" if code < 500 else "refused", f"{code} {_said(said)}")

    def _offer(
        self,
        return_path: str,
        recipient: str,
        copy_to: Sequence[str],
        must_settle: bool,
        meanwhile: Callable[[], bool],
    ) -> Answer:
        """From MAIL to the server's readiness for the text; "sent" means ready, with the copies refused."""
        code, said = self._asked("MAIL", f"FROM:<{return_path}>", meanwhile)
        if code != 250:
            return self._turned_down(code, said)
        code, said = self._asked("RCPT", f"TO:<{recipient}>", meanwhile)
        if code not in (250, 251):
            return self._turned_down(code, said)
        refused = []
        for address in copy_to:
            code, said = self._asked("RCPT", f"TO:<{address}>", meanwhile)
            if 400 <= code < 500 and not must_settle:
                return self._turned_down(code, said)
            if code not in (250, 251):
                refused.append(f"{address}（{code} {_said(said)}）")
        code, said = self._asked("DATA", "", meanwhile)
        if code != 354:
            return self._turned_down(code, said)
        return Answer("sent", f"抄送未送达：{'、'.join(refused)}" if refused else "")

    def _asked(self, command: str, words: str, meanwhile: Callable[[], bool]) -> tuple[int, bytes]:
        """The server's answer to a command."""
        self._client.smtp.putcmd(command, words)
        return self._answer(meanwhile)

    def _answer(self, meanwhile: Callable[[], bool]) -> tuple[int, bytes]:
        sock = self._client.smtp.sock
        while not _can_be_read(sock) and meanwhile():
            pass
        code, said = self._client.smtp.getreply()
        return code, said

    def _turned_down(self, code: int, said: bytes) -> Answer:
        try:
            if code == _SERVER_LEAVES:
                self.drop()
            else:
                self._client.smtp.rset()
        except OSError:  # it closed the line behind its answer, which holds all the same
            self.drop()
        return Answer("refused" if code >= 500 else "deferred", f"{code} {_said(said)}")


def _can_be_read(sock: socket.socket) -> bool:
    """Whether something has come in; under TLS perhaps not yet a whole answer."""
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    return bool(poll.poll(0))


def _drop(client: Any) -> None:
    client.is_closed = True
    if client.smtp is not None:
        client.smtp.close()


def _said(text: bytes | str) -> str:
    """The server's words on one line."""
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return " ".join(words.split())[:_SHOWN]


def _stuffed(content: bytes) -> bytes:
    """Lines that begin with a dot get a second one (RFC 5321 4.5.2)."""
    return content.replace(b"\r\n.", b"\r\n..")
