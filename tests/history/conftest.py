"""What the tests of a past state have in common."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from include.db.engine import database_url, make_engine
from tests.history.story import Once, Story
from tests.snapshots import Snapshot, snapshot


@pytest.fixture
def target(world: Path, _sqlite_template: Path) -> Iterator[Engine]:
    """An empty database, in which a record is made again."""
    path = world / "again.db"
    shutil.copy(_sqlite_template, path)
    engine = make_engine(database_url(f"sqlite:///{path}"))
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def _told() -> dict[tuple[str, str], tuple[Snapshot, list[dt.datetime]]]:
    """What a story left behind and its moments, by its name and the kind of database."""
    return {}


@pytest.fixture
def once(
    database: Engine,
    world: Path,
    monkeypatch: pytest.MonkeyPatch,
    dialect: str,
    _told: dict[tuple[str, str], tuple[Snapshot, list[dt.datetime]]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Once:
    """Tells a story by its name; what was told before on this kind of database is put back as it was left."""

    def told(name: str, tell: Callable[[Story], None]) -> Story:
        if (name, dialect) in _told:
            left, moments = _told[name, dialect]
            left.put_back()
            return Story(world, monkeypatch, moments)
        story = Story(world, monkeypatch)
        tell(story)
        _told[name, dialect] = snapshot(tmp_path_factory.mktemp("story")), list(story.moments)
        return story

    return told


@pytest.fixture
def story(once: Once) -> Story:
    """The whole story, told. Modules that tell one of their own have their own."""
    return once("whole", Story.tell)
