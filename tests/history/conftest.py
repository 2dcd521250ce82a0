"""What the tests of a past state have in common."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from include.db.engine import database_url, make_engine


@pytest.fixture
def target(world: Path, _sqlite_template: Path) -> Iterator[Engine]:
    """An empty database, in which a record is made again."""
    path = world / "again.db"
    shutil.copy(_sqlite_template, path)
    engine = make_engine(database_url(f"sqlite:///{path}"))
    yield engine
    engine.dispose()
