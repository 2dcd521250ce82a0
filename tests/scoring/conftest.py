"""The street on which scoring is tested; nothing of a test is kept."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from tests.street import Street


@pytest.fixture
def street(database: Engine) -> Iterator[Street]:
    with database.connect() as connection:
        yield Street(connection)
        connection.rollback()
