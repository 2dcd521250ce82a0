"""Airflow's own pages in Chinese for who has not chosen a language, whatever the browser's is."""

from __future__ import annotations

from typing import Any

_SCRIPT = b'<script src="%s/duban/static/language.js"></script></head>'
_END = b"</head>"


class ChineseByDefault:
    """Puts a script into the head of Airflow's page, which sets the language where none was chosen: what Airflow offers (a cookie)
    would win over a choice."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or scope["method"] != "GET" or "/duban/" in scope["path"]:
            await self.app(scope, receive, send)
            return
        start: dict[str, Any] = {}

        async def changed(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                is_page = any(
                    name == b"content-type" and value.startswith(b"text/html") for name, value in message["headers"]
                )
                if is_page:  # held back until its length is known
                    start.update(message)
                    return
            elif start and message["type"] == "http.response.body":
                head, start["headers"] = start["headers"], []
                body = message.get("body", b"")
                root = str(scope.get("root_path", "")).encode()
                with_script = body.replace(_END, _SCRIPT % root, 1)
                grown = len(with_script) - len(body)
                message = {**message, "body": with_script}
                await send({**start, "headers": [_longer(one, grown) for one in head]})
                start.clear()
            await send(message)

        await self.app(scope, receive, changed)


def _longer(header: tuple[bytes, bytes], by: int) -> tuple[bytes, bytes]:
    name, value = header
    return (name, str(int(value) + by).encode()) if name == b"content-length" else header
