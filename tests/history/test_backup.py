"""An office is backed up while it works and comes again elsewhere, byte for byte; what was destroyed stays destroyed."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import tarfile
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select, text

from include.archive import contents
from include.archive.data_keys import ErasedError, known_keys
from include.db.engine import database_url, get_engine, migrate, transaction
from include.db.tables import metadata
from include.errors import UserError
from include.intake.channels import record_delivery
from include.period import now, parse_moment
from include.rebuild.replay import rebuild
from include.settings import REPO, get_settings
from include.steps.diary import keep_diary
from ops import own_files
from ops import restore as restoring
from ops.backed_up import KEYS, MANIFEST, SECRET, find
from ops.backup import backup
from tests.history.story import Story
from tests.ledgers.service_sheets import SUBJECTS, A, fill, of
from tests.postgres import POSTGRES, admin
from tests.town import Town

pytestmark = pytest.mark.story

Rows = dict[str, list[tuple[Any, ...]]]


@pytest.fixture
def elsewhere(world: Path, dialect: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], Any]]:
    """Another machine: an empty database of the same kind, an empty archive, no secret. Settings mean it inside the context."""
    made: list[str] = []

    @contextmanager
    def another() -> Iterator[Path]:
        place = world / f"elsewhere{len(made)}"
        made.append(f"duban_elsewhere_{uuid.uuid4().hex[:12]}")
        place.mkdir()
        address = f"sqlite:///{place / 'duban.db'}"
        if dialect == "postgresql":
            with admin.connect() as connection:
                connection.exec_driver_sql(f"CREATE DATABASE {made[-1]}")
            address = database_url(POSTGRES).set(database=made[-1]).render_as_string(hide_password=False)
        with monkeypatch.context() as patch:
            patch.setenv("AIRFLOW_CONN_DUBAN_DB", address)
            patch.setenv("DUBAN_ARCHIVE", str(place / "archive"))
            patch.setenv("DUBAN_SECRET_FILE", str(place / "secret"))
            patch.setenv("DUBAN_SYSTEMS", str(place / "systems"))
            patch.setenv("DUBAN_OFFICE", str(place / "office"))
            patch.delenv("DUBAN_SECRET")
            yield place
            get_engine().dispose()

    yield another
    if dialect == "postgresql":
        with admin.connect() as connection:
            for name in made:
                connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def restored(place: Path) -> list[str]:
    """As the command does it; what it says."""
    return restoring.restore_checked(find(place))


def refused(place: Path) -> list[str]:
    with pytest.raises(UserError) as refusal:
        restored(place)
    return refusal.value.problems


def everything() -> Rows:
    with transaction() as connection:
        return {
            table.name: sorted(map(tuple, connection.execute(select(table)).all()), key=repr)
            for table in metadata.sorted_tables
        }


def test_an_office_comes_again_elsewhere_with_every_row_and_content_and_is_rebuilt_without_a_difference(
    database: Engine,
    story: Story,
    world: Path,
    elsewhere: Callable[[], Any],
    target: Engine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (world / "office").mkdir()
    (world / "office/policies.yaml").write_bytes((REPO / "include/outbox/policies.yaml").read_bytes() + b"# our own\n")
    monkeypatch.setenv("DUBAN_OFFICE", str(world / "office"))
    before = everything()
    folder, kept, added, _ = backup(world / "place")
    assert kept == added > 10
    with elsewhere() as there:
        said = restored(world / "place")
        assert [sentence[:3] for sentence in said] == ["本单位", "制度放"]
        assert everything() == before
        assert {path.name for path in get_settings().archive.glob("??/??/*")} == set(find(folder).contents())
        assert (there / "secret").stat().st_mode & 0o077 == 0
        assert (there / "office/policies.yaml").read_bytes().endswith(b"# our own\n") and (
            there / "systems/half_year/system.yaml"
        ).is_file()
        assert rebuild(get_engine(), target, parse_moment("2026-09-30T00:00:00", "test")).differences == []
        story.at("2026-09-29T09:00:00")
        story.closes("2026-09-29T09:00:00")  # new rows get numbers of their own
        assert len(everything()["run_log"]) > len(before["run_log"])


def test_a_database_that_the_start_of_a_new_office_has_prepared_takes_what_is_restored(
    database: Engine, story: Story, world: Path, elsewhere: Callable[[], Any]
) -> None:
    before = everything()
    backup(world / "place")
    with elsewhere():
        migrate()
        restored(world / "place")
        assert everything() == before


def test_a_folder_mounted_to_be_read_is_filled_on_the_machine_before_the_restore(
    database: Engine, story: Story, world: Path, elsewhere: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a container: nothing is written before that, and then nothing into it."""
    (world / "office").mkdir()
    (world / "office/policies.yaml").write_bytes((REPO / "include/outbox/policies.yaml").read_bytes())
    monkeypatch.setenv("DUBAN_OFFICE", str(world / "office"))
    backup(world / "place")
    monkeypatch.setattr(own_files.os, "access", lambda folder, mode: folder.name != "office")
    with elsewhere() as there:
        (there / "office").mkdir()
        problems = refused(world / "place")
        assert any("只能读" in problem and "office/policies.yaml" in problem for problem in problems), problems
        assert not (there / "archive").exists()
        for name in ("policies.yaml", "offices.yaml"):
            (there / "office" / name).write_bytes(own_files.read(find(world / "place").folder)[f"office/{name}"])
        (there / "office").chmod(0o500)
        restored(world / "place")


@pytest.mark.long
def test_the_next_backup_copies_only_what_is_new_and_the_newest_is_restored(
    database: Engine, story: Story, world: Path, elsewhere: Callable[[], Any]
) -> None:
    place = world / "place"
    first, kept, _, _ = backup(place)
    story.hands_in("2026-09-29T10:00:00", 又来=b"nothing")
    second, more, added, _ = backup(place)
    assert second > first and more == kept + added and 0 < added < 5
    with elsewhere():
        restored(place)
        with transaction() as connection:
            found = connection.execute(text("SELECT COUNT(*) FROM delivery WHERE name = '又来.xlsx'")).scalar_one()
        assert found == 1
    with elsewhere():
        restored(first)
        with transaction() as connection:
            found = connection.execute(text("SELECT COUNT(*) FROM delivery WHERE name = '又来.xlsx'")).scalar_one()
        assert found == 0


def test_a_backup_of_a_working_office_has_every_content_that_its_database_names(
    database: Engine, story: Story, world: Path, elsewhere: Callable[[], Any]
) -> None:
    stop, written = threading.Event(), []

    def works() -> None:
        while not stop.is_set():
            content = uuid.uuid4().hex.encode()
            sha256 = contents.store(content)
            with transaction() as connection:
                record_delivery(
                    connection,
                    channel="page",
                    name=f"{len(written)}.csv",
                    sender="",
                    received_at=now(),
                    sha256=sha256,
                    size=len(content),
                )
            written.append(sha256)

    worker = threading.Thread(target=works)
    worker.start()
    try:
        while len(written) < 5:
            pass
        backup(world / "place")
    finally:
        stop.set()
        worker.join()
    with elsewhere():
        restored(world / "place")
        with transaction() as connection:
            named = connection.execute(text("SELECT sha256 FROM delivery")).scalars().all()
        assert set(named) & set(written)
        for sha256 in named:
            contents.verify(sha256)


def test_what_was_destroyed_is_destroyed_before_anybody_reads_a_restored_database(
    database: Engine, world: Path, monkeypatch: pytest.MonkeyPatch, elsewhere: Callable[[], Any], target: Engine
) -> None:
    town = Town(world, monkeypatch, "in_service", subjects=SUBJECTS, links="")
    fill(town, of("time_bank", town))
    place = world / "place"
    with transaction() as connection:
        [raw] = connection.exec_driver_sql("SELECT sha256 FROM delivery WHERE name LIKE '2026H1%%'").scalars().all()
    before, *_ = backup(place)
    shutil.copy(place / KEYS, world / "old.tar")
    monkeypatch.setenv("DUBAN_NOW", "2029-01-01T07:50:00")
    keep_diary("test")
    backup(place)
    shutil.copy(place / KEYS, world / "new.tar")
    shutil.copy(world / "old.tar", place / KEYS)
    with elsewhere():
        assert any("缺 1 把" in problem for problem in refused(place))
    _put_back(place / KEYS, world / "old.tar", world / "new.tar")
    with elsewhere():  # the newest backup, where somebody has put back the key that was destroyed
        restored(place)
        assert f"in_service.in_service_members/{A}/2026" not in map(str, known_keys())
        with pytest.raises(ErasedError):
            contents.load(raw)
    backup(place)
    with elsewhere():
        restored(place)
        found = rebuild(get_engine(), target, parse_moment("2029-01-03T07:50:00", "test"))
        assert found.differences == [] and "照原库存下的抄录" in found.notes[0]
    with elsewhere():  # a backup of before the time was up, with the keys as they are now
        assert any("1 把" in sentence for sentence in restored(before))
        with pytest.raises(ErasedError):
            contents.load(raw)


def _put_back(keys: Path, *of: Path) -> None:
    """Every key of several files in one, without the marks of those that are destroyed."""
    with tarfile.open(keys, "w") as packed:
        for path in of:
            with tarfile.open(path) as tar:
                for member in tar.getmembers():
                    if member.name.endswith(".key"):
                        packed.addfile(member, tar.extractfile(member))


def test_everything_that_is_wrong_with_a_backup_is_said_at_once_and_nothing_is_written(
    database: Engine, story: Story, world: Path, elsewhere: Callable[[], Any]
) -> None:
    folder, *_ = backup(world / "place")
    place, found = world / "place", find(folder)
    first, second, *_ = found.contents()
    (place / "archive" / first[:2] / first[2:4] / first).unlink()
    damaged = place / "archive" / second[:2] / second[2:4] / second
    damaged.chmod(0o600)
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"?")
    table = next(path for path in sorted(folder.iterdir()) if path.name.endswith((".sqlite.gz", "submission.copy.gz")))
    table.write_bytes(gzip.compress(b"something else"))
    (folder / "own.tar.gz").unlink()
    said = {**found.said, "database": {**found.said["database"], "revision": "9999"}, "version": "9.9.9"}
    (folder / MANIFEST).write_text(json.dumps(said), encoding="utf-8")
    with elsewhere() as there:
        problems = refused(place)
        for part in (first, second, str(table), "own.tar.gz", "9.9.9", "清单"):
            assert any(part in problem for problem in problems), part
        assert list(there.rglob("*.db")) == [] and not (there / "secret").exists() and not (there / "archive").exists()


def test_an_office_is_not_restored_over_another(
    database: Engine, story: Story, world: Path, elsewhere: Callable[[], Any]
) -> None:
    backup(world / "place")
    with elsewhere() as there:
        restored(world / "place")
        contents.store("另一件".encode())
        (there / "systems/half_year/system.yaml").write_text("a: b", encoding="utf-8")
        before = everything()
        problems = refused(world / "place")
        assert any("已有数据" in problem for problem in problems) and any("档案夹" in problem for problem in problems)
        assert any("half_year/system.yaml" in problem for problem in problems)
        assert everything() == before
        (there / "secret").write_text("another\n", encoding="utf-8")
        assert any("密钥" in problem for problem in refused(world / "place"))


@pytest.mark.long
def test_a_restore_that_was_stopped_goes_on(
    database: Engine, story: Story, world: Path, elsewhere: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = everything()
    backup(world / "place")
    with elsewhere():
        with monkeypatch.context() as patch, pytest.raises(OSError, match="stopped"):
            patch.setattr(os, "sync", lambda: None)
            patch.setattr(restoring.copied_database, "load", _stops)
            restored(world / "place")
        restored(world / "place")
        assert everything() == before


def _stops(*_: object) -> None:
    raise OSError("stopped")


@pytest.mark.long
def test_a_backup_without_its_secret_or_of_another_is_refused(
    database: Engine, story: Story, world: Path, elsewhere: Callable[[], Any]
) -> None:
    backup(world / "place")
    secret = (world / "place" / SECRET).read_bytes()
    with elsewhere() as there:
        (world / "place" / SECRET).unlink()
        assert any("没有密钥" in problem for problem in refused(world / "place"))
        (world / "place" / SECRET).write_bytes(b"another\n")
        assert any("不是做这份备份时的" in problem for problem in refused(world / "place"))
        (there / "secret").write_bytes(secret)  # as kept elsewhere
        restored(world / "place")


def test_a_place_that_holds_anything_else_gets_no_backup(world: Path, tmp_path: Path) -> None:
    from ops.backed_up import foreign_in

    (world / "photos").mkdir()
    (world / "photos/a.jpg").touch()
    assert foreign_in(world / "photos") == ["a.jpg"]
