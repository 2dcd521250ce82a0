"""What a play needs besides itself: Airflow's components, whoever runs them, and the business database, which may be away."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from types import TracebackType
from typing import Any, Protocol

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from include.db.engine import get_engine, transaction

_AWAY_SECONDS = 180


class Components(Protocol):
    """What a play asks of whoever runs Airflow for it; the Supervisor does, and so does ops/cluster/driver.py."""

    address: str

    def __enter__(self) -> Any: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def start_mail_sink(self) -> None: ...

    def start_airflow(self) -> None: ...

    def wait_for(self, condition: object, component: str, seconds: float) -> None: ...

    def revive(self) -> None: ...

    def refuse_hopeless(self) -> None: ...


@contextmanager
def looking() -> Iterator[Connection]:
    """A transaction of this command; it waits for a database that is away for the moment."""
    deadline = time.monotonic() + _AWAY_SECONDS
    with ExitStack() as stack:
        while True:
            try:
                connection = stack.enter_context(transaction())
                break
            except OperationalError:
                if get_engine().dialect.name == "sqlite" or time.monotonic() > deadline:
                    raise
            time.sleep(1)
        yield connection
