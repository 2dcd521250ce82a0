"""Whether the program typesets, writes a workbook, stores or mails while a writing transaction of its own is open: then every other
writer waits for it. Transactions that a test itself opens around the program's parts do not count."""

from __future__ import annotations

import functools
import smtplib
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pypandoc
import pytest
import xlsxwriter
from sqlalchemy import Connection, Engine, event

from include.archive import contents
from include.settings import REPO
from include.typesetting import pdf

_INCLUDE = str(REPO / "include")
_SLOW: list[tuple[Any, str]] = [
    (contents, "_write_beside"),
    (contents, "_sync_file_system"),
    (pdf, "_compiled"),
    (pypandoc, "convert_text"),
    (xlsxwriter.Workbook, "close"),
    (openpyxl.Workbook, "save"),
    (smtplib.SMTP, "data"),
]


class HeldUp:
    """What was done meanwhile, as `what: by whom`."""

    def __init__(self, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
        self.found: list[str] = []
        self._open: dict[int, int] = {}  # the thread of each: what another does meanwhile holds up nobody
        event.listen(engine, "begin", self._begun)
        event.listen(engine, "commit", self._ended)
        event.listen(engine, "rollback", self._ended)
        for owner, name in _SLOW:
            monkeypatch.setattr(owner, name, self._watched(getattr(owner, name), name))

    def _begun(self, connection: Connection) -> None:
        if _is_opened_by_the_program():
            self._open[id(connection)] = threading.get_ident()

    def _ended(self, connection: Connection) -> None:
        self._open.pop(id(connection), None)

    def _watched(self, function: Callable[..., Any], name: str) -> Callable[..., Any]:
        @functools.wraps(function)
        def watched(*args: Any, **kwargs: Any) -> Any:
            if threading.get_ident() in self._open.copy().values():
                ours = [one for one in traceback.extract_stack() if one.filename.startswith(_INCLUDE)]
                told = " < ".join(f"{Path(one.filename).stem}.{one.name}" for one in reversed(ours[-12:]))
                self.found.append(f"{name}: {told}")
            return function(*args, **kwargs)

        return watched


def _is_opened_by_the_program() -> bool:
    """By `transaction` or `in_transaction`, called from include/."""
    frame = sys._getframe()
    is_ours = False
    while (frame := frame.f_back) is not None:  # type: ignore[assignment]
        path, name = frame.f_code.co_filename, frame.f_code.co_name
        if path.endswith("include/db/engine.py"):
            is_ours = is_ours or name in ("transaction", "in_transaction")
        elif is_ours and not path.endswith("contextlib.py"):
            return path.startswith(_INCLUDE)
    return False
