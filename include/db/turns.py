"""What only one process may do at a time, on however many machines: whoever comes second waits for his turn."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
from collections.abc import Iterator
from pathlib import Path

from include.db import sql
from include.db.engine import get_engine


@contextlib.contextmanager
def alone(what: str, folder: Path) -> Iterator[None]:
    """Inside, no other process does `what` on this database.

    Workers on several machines share PostgreSQL and perhaps no disk, so there the database keeps the turn; SQLite is on one
    machine, where a file in `folder` does. Either lock ends with the process, however that ends.
    """
    engine = get_engine()
    if engine.dialect.name == "sqlite":
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / f".{what}").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
        return
    turn = int.from_bytes(hashlib.sha256(what.encode()).digest()[:8], "big", signed=True)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        sql.fetch(connection, "db/take_turn", turn=turn)
        try:
            yield
        finally:
            if not connection.invalidated:
                sql.fetch(connection, "db/give_turn_back", turn=turn)
