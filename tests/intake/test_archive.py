"""The archive keeps every content once and for ever."""

from __future__ import annotations

import hashlib
import stat
from pathlib import Path

import pytest

from include.archive import contents
from include.errors import UserError
from include.machine_faults import MachineError


def test_a_stored_content_is_found_again_by_its_hash(world: Path) -> None:
    sha256 = contents.store("填报表".encode())
    assert sha256 == hashlib.sha256("填报表".encode()).hexdigest()
    assert contents.load(sha256) == "填报表".encode()
    assert contents.path_of(sha256) == world / "archive" / sha256[:2] / sha256[2:4] / sha256


def test_storing_the_same_content_twice_leaves_one_file_untouched(world: Path) -> None:
    path = contents.path_of(contents.store(b"a"))
    before = path.stat().st_ino
    contents.store(b"a")
    assert path.stat().st_ino == before
    assert [entry for entry in (world / "archive").rglob("*") if entry.is_file()] == [path]


def test_an_archived_file_is_read_only(world: Path) -> None:
    assert stat.S_IMODE(contents.path_of(contents.store(b"a")).stat().st_mode) == 0o444


def test_a_lost_file_is_named_in_chinese(world: Path) -> None:
    with pytest.raises(UserError, match="档案库中没有文件"):
        contents.load("0" * 64)


def test_a_damaged_file_is_not_handed_out(world: Path) -> None:
    sha256 = contents.store(b"whole")
    path = contents.path_of(sha256)
    path.chmod(0o644)
    path.write_bytes(b"whale")
    with pytest.raises(UserError, match="已损坏"):
        contents.load(sha256)


def test_storing_again_mends_a_damaged_file(world: Path) -> None:
    sha256 = contents.store(b"whole")
    contents.path_of(sha256).chmod(0o644)
    contents.path_of(sha256).write_bytes(b"")
    contents.store(b"whole")
    assert contents.load(sha256) == b"whole"


@pytest.mark.parametrize("key", ["", "../../etc/passwd", "A" * 64, "0" * 63])
def test_what_is_no_hash_is_no_path(world: Path, key: str) -> None:
    with pytest.raises(ValueError, match="SHA-256"):
        contents.path_of(key)


def test_many_contents_are_stored_like_one_each(world: Path) -> None:
    several = [f"第{number}份".encode() for number in range(20)]
    known = contents.store(several[3])
    names = contents.store_all([*several, several[0]])
    assert names == [hashlib.sha256(content).hexdigest() for content in (*several, several[0])]
    assert names[3] == known
    assert [contents.load(name) for name in names[:20]] == several
    files = [path for path in (world / "archive").rglob("*") if path.is_file()]
    assert sorted(path.name for path in files) == sorted(names[:20])
    assert {path.stat().st_mode & 0o777 for path in files} == {0o444}
    assert contents.store_all([]) == []


def test_a_batch_that_breaks_off_leaves_no_half_file(world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_folder: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(contents, "_sync_file_system", full)
    with pytest.raises(MachineError, match="磁盘满了"):
        contents.store_all([b"one", b"two"])
    assert [path for path in (world / "archive").rglob("*") if path.is_file()] == []


def test_a_batch_mends_a_damaged_copy(world: Path) -> None:
    sha256 = contents.store(b"whole")
    contents.path_of(sha256).chmod(0o644)
    contents.path_of(sha256).write_bytes(b"whola")
    assert contents.store_all([b"whole"]) == [sha256]
    assert contents.load(sha256) == b"whole"


def test_a_pile_that_is_given_up_leaves_nothing_behind(world: Path) -> None:
    pile = contents.Pile()
    sha256 = pile.add(b"never kept")
    assert not contents.path_of(sha256).exists(), "the archive has nothing before it is kept"
    pile.drop()
    assert [path for path in (world / "archive").rglob("*") if path.is_file()] == []
    pile.keep()
    assert not contents.path_of(sha256).exists()
