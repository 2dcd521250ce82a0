"""The page of the local mail sink: a list of mails, and each mail as its reader sees it. Chinese, loopback, read only.

Only for who has the token that the command printed: others on the machine can reach the port as well. It comes in the
address (?token=), in the header X-Duban-Token, or in the cookie that the page then sets.
"""

from __future__ import annotations

import hmac
import html
import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import cast
from urllib.parse import parse_qs, quote, unquote, urlsplit

_HOSTS = re.compile(r"(127\.0\.0\.1|localhost)(:\d+)?")
_COOKIE = "duban_mail"
_LOCKED = "需要口令：请用 make up 打印的“本地邮箱”地址（带 ?token=）打开。"
_STYLE = """
body{font-family:"PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif;margin:0 auto;max-width:960px;padding:16px;color:#222}
table{border-collapse:collapse;width:100%}td,th{padding:6px 8px;border-bottom:1px solid #e3e3e3;text-align:left;vertical-align:top}
a{color:#8c1d18;text-decoration:none}a:hover{text-decoration:underline}iframe{width:100%;height:70vh;border:1px solid #ddd}
pre{white-space:pre-wrap;background:#f7f7f7;padding:12px}small{color:#777}
"""


def _read(path: Path) -> EmailMessage:
    return cast(EmailMessage, message_from_bytes(path.read_bytes(), policy=policy.default))


def _header(message: EmailMessage, name: str) -> str:
    """A header as its reader sees it; a date without English names."""
    value = message[name]
    moment = getattr(value, "datetime", None)
    return html.escape(f"{moment:%Y-%m-%d %H:%M}" if moment else str(value or ""))


def _page(title: str, body: str) -> str:
    return (
        f'<!DOCTYPE html><html lang="zh-CN"><head><meta charset="utf-8"><title>{html.escape(title)}</title>'
        f"<style>{_STYLE}</style></head><body><h1>{html.escape(title)}</h1>{body}</body></html>"
    )


def list_page(folder: Path) -> str:
    """All mails, the newest first."""
    rows = []
    for path in sorted(folder.glob("*.eml"), reverse=True):
        message = _read(path)
        link = f'<a href="/mail/{quote(path.name)}">{html.escape(str(message["Subject"]))}</a>'
        cells = [path.name[:4], link, *(_header(message, name) for name in ("To", "Cc", "Date"))]
        rows.append("<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>")
    head = "<tr><th>序号</th><th>主题</th><th>收件人</th><th>抄送</th><th>日期</th></tr>"
    return _page("本地邮箱", f"<p>共 {len(rows)} 封，新的在前。</p><table>{head}{''.join(rows)}</table>")


def mail_page(path: Path) -> str:
    """One mail: headers, the HTML in a sandboxed frame, the plain text, the attachments."""
    message, link = _read(path), f"/mail/{quote(path.name)}"
    names = (("发件人", "From"), ("收件人", "To"), ("抄送", "Cc"), ("日期", "Date"), ("编号", "Message-ID"))
    heads = "".join(
        f"<tr><th>{label}</th><td>{_header(message, name)}</td></tr>" for label, name in names if message[name]
    )
    files = "、".join(
        f'<a href="{link}/file/{place}">{html.escape(part.get_filename() or "附件")}</a>'
        for place, part in enumerate(message.iter_attachments())
    )
    text = message.get_body(("plain",))
    return _page(
        str(message["Subject"]),
        f'<p><a href="/">← 返回列表</a></p><table>{heads}</table><p>附件：{files or "无"}</p>'
        f'<iframe sandbox src="{link}/html"></iframe>'
        f"<h2>纯文本</h2><pre>{html.escape(text.get_content() if text else '')}</pre>",
    )


class _Handler(BaseHTTPRequestHandler):
    folder: Path
    token: str

    def do_GET(self) -> None:
        parts = [unquote(part) for part in self.path.split("?")[0].split("/") if part]
        if not _HOSTS.fullmatch(self.headers.get("Host", "")):
            self._answer(HTTPStatus.FORBIDDEN, "text/plain", "只接受本机访问。".encode())
        elif not self._is_let_in():
            self._answer(HTTPStatus.UNAUTHORIZED, "text/plain", _LOCKED.encode())
        elif not parts:
            self._show(list_page(self.folder))
        elif parts[0] == "mail" and len(parts) >= 2 and parts[1] in {path.name for path in self.folder.glob("*.eml")}:
            self._mail(self.folder / parts[1], parts[2:])
        else:
            self._answer(HTTPStatus.NOT_FOUND, "text/plain", "没有这封邮件。".encode())

    def _is_let_in(self) -> bool:
        try:
            kept = SimpleCookie(self.headers.get("Cookie", "")).get(_COOKIE)
        except CookieError:
            kept = None
        given = [
            *parse_qs(urlsplit(self.path).query).get("token", []),
            self.headers.get("X-Duban-Token", ""),
            kept.value if kept else "",
        ]
        return any(hmac.compare_digest(one.encode(), self.token.encode()) for one in given)

    def _mail(self, path: Path, rest: list[str]) -> None:
        message = _read(path)
        if not rest:
            self._show(mail_page(path))
        elif rest == ["html"]:
            body = message.get_body(("html", "plain"))
            kind = body.get_content_type() if body else "text/plain"
            self._answer(HTTPStatus.OK, kind, body.get_content().encode() if body else b"")
        elif len(rest) == 2 and rest[0] == "file" and rest[1].isdigit():
            parts = list(message.iter_attachments())
            if int(rest[1]) < len(parts):
                part = parts[int(rest[1])]
                content = cast(bytes, part.get_payload(decode=True))
                self._answer(HTTPStatus.OK, "application/octet-stream", content, part.get_filename() or "file")
                return
            self._answer(HTTPStatus.NOT_FOUND, "text/plain", "没有这个附件。".encode())
        else:
            self._answer(HTTPStatus.NOT_FOUND, "text/plain", "没有这个页面。".encode())

    def _show(self, page: str) -> None:
        self._answer(HTTPStatus.OK, "text/html", page.encode())

    def _answer(self, status: HTTPStatus, kind: str, content: bytes, file_name: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8" if kind.startswith("text/") else kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Cache-Control", "no-store")
        if status == HTTPStatus.OK:
            self.send_header("Set-Cookie", f"{_COOKIE}={self.token}; Path=/; HttpOnly; SameSite=Strict")
        if file_name:
            self.send_header("Content-Disposition", f"attachment; filename*=UTF-8''{quote(file_name)}")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet: the sink's output is for its address only."""


def serve_page(folder: Path, port: int, token: str) -> ThreadingHTTPServer:
    """A server bound to loopback, not yet serving; `token` is not empty."""
    handler = type("Handler", (_Handler,), {"folder": folder, "token": token})
    return ThreadingHTTPServer(("127.0.0.1", port), handler)
