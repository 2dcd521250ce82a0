"""The archive keeps every content once and for ever."""

from __future__ import annotations

import hashlib
import stat
from pathlib import Path

import pytest

from include.errors import UserError
from include.intake import archive


def test_a_stored_content_is_found_again_by_its_hash(world: Path) -> None:
    sha256 = archive.store("填报表".encode())
    assert sha256 == hashlib.sha256("填报表".encode()).hexdigest()
    assert archive.load(sha256) == "填报表".encode()
    assert archive.path_of(sha256) == world / "archive" / sha256[:2] / sha256[2:4] / sha256


def test_storing_the_same_content_twice_leaves_one_file_untouched(world: Path) -> None:
    path = archive.path_of(archive.store(b"a"))
    before = path.stat().st_ino
    archive.store(b"a")
    assert path.stat().st_ino == before
    assert [entry for entry in (world / "archive").rglob("*") if entry.is_file()] == [path]


def test_an_archived_file_is_read_only(world: Path) -> None:
    assert stat.S_IMODE(archive.path_of(archive.store(b"a")).stat().st_mode) == 0o444


def test_a_lost_file_is_named_in_chinese(world: Path) -> None:
    with pytest.raises(UserError, match="档案库中没有文件"):
        archive.load("0" * 64)


def test_a_damaged_file_is_not_handed_out(world: Path) -> None:
    sha256 = archive.store(b"whole")
    path = archive.path_of(sha256)
    path.chmod(0o644)
    path.write_bytes(b"whale")
    with pytest.raises(UserError, match="已损坏"):
        archive.load(sha256)


def test_storing_again_mends_a_damaged_file(world: Path) -> None:
    sha256 = archive.store(b"whole")
    archive.path_of(sha256).chmod(0o644)
    archive.path_of(sha256).write_bytes(b"")
    archive.store(b"whole")
    assert archive.load(sha256) == b"whole"


@pytest.mark.parametrize("key", ["", "../../etc/passwd", "A" * 64, "0" * 63])
def test_what_is_no_hash_is_no_path(world: Path, key: str) -> None:
    with pytest.raises(ValueError, match="SHA-256"):
        archive.path_of(key)
