"""Whose run it is: the login that started what is being done, which every row of run_log names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_account: ContextVar[str] = ContextVar("account", default="")


@contextmanager
def acting(account: str) -> Iterator[None]:
    """Inside, what is done is done for this login; empty: for the schedule, an event or a command."""
    token = _account.set(account)
    try:
        yield
    finally:
        _account.reset(token)


def acting_account() -> str:
    return _account.get()
