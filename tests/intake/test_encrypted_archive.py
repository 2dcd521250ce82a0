"""What is archived can be read by nobody without the keys, and by nobody at all when the time of its key is up."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
from pathlib import Path

import pytest

from include.archive import contents, data_keys
from include.archive.data_keys import ErasedError, LedgerKey
from include.archive.personal_cells import key_of_sealed, sealed, unsealed
from include.errors import UserError
from include.steps import machine

NAME = "王小明"
KEY = str(LedgerKey("in_service.in_service_members", "990101001001", 2026))


def _on_disk(world: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted((world / "archive").rglob("*")) if path.is_file())


def test_whatever_is_archived_lies_there_encrypted_and_is_found_by_its_content(world: Path) -> None:
    content = f"姓名,{NAME}".encode() * 1000
    sha256 = contents.store(content)
    [again] = contents.store_all([content])
    large = contents.store_pieces([content, b"more"] * 700)
    assert sha256 == again == hashlib.sha256(content).hexdigest()
    assert contents.load(sha256) == content
    assert contents.load(large) == (content + b"more") * 700
    contents.verify(large)
    assert NAME.encode() not in _on_disk(world)


def test_what_an_older_version_archived_is_read_as_it_lies_there(world: Path) -> None:
    sha256 = hashlib.sha256(b"old").hexdigest()
    contents.path_of(sha256).parent.mkdir(parents=True)
    contents.path_of(sha256).write_bytes(b"old")
    assert contents.load(sha256) == b"old"
    contents.verify(sha256)
    assert contents.store(b"old") == sha256
    assert contents.path_of(sha256).read_bytes() == b"old"
    contents.close_under(KEY, [sha256])
    assert contents.load(sha256) == b"old"
    assert contents.key_of(sha256) == KEY


def test_a_sheet_is_closed_under_its_ledgers_key_and_its_first_copy_is_overwritten(world: Path) -> None:
    sha256 = contents.store(NAME.encode())
    first = contents.path_of(sha256).open("rb")  # as a disk that still has the old bytes
    contents.close_under(KEY, [sha256, sha256, "0" * 64])
    contents.close_under(KEY, [sha256])
    assert first.read().strip(b"\0") == b""
    assert contents.load(sha256) == NAME.encode()
    assert contents.store(NAME.encode()) == sha256, "the same sheet again stays under its ledger's key"
    assert contents.key_of(sha256) == KEY
    key = world / "archive/.keys" / f"{KEY}.key"
    assert key.stat().st_mode & 0o777 == 0o600


def test_the_folders_of_keys_are_their_owners_alone_whatever_the_process_allows_others(world: Path) -> None:
    before = os.umask(0o022)  # as in a container
    try:
        contents.close_under(KEY, [contents.store(NAME.encode())])
    finally:
        os.umask(before)
    folders = [path for path in (world / "archive/.keys", *(world / "archive/.keys").rglob("*")) if path.is_dir()]
    assert len(folders) == 3 and {path.stat().st_mode & 0o777 for path in folders} == {0o700}
    assert machine.open_secrets() == []


def test_nothing_under_a_destroyed_key_can_be_read_and_nothing_is_reported_damaged(world: Path) -> None:
    sha256, other = contents.store(NAME.encode(), KEY), contents.store(b"form")
    cells = sealed({"person": NAME, "note": ""}, KEY)
    assert cells is not None
    assert unsealed(cells) == {"person": NAME}
    assert key_of_sealed(cells) == KEY
    assert sealed({"note": ""}, KEY) is None
    assert unsealed(None) == {}
    [known] = data_keys.known_keys()
    assert known == LedgerKey.parse(KEY)
    assert data_keys.destroy(known)
    assert not data_keys.destroy(known)
    with pytest.raises(ErasedError, match="保存期满"):
        contents.load(sha256)
    contents.verify(sha256)
    assert unsealed(cells) is None
    assert list(data_keys.known_keys()) == []
    assert contents.load(other) == b"form"
    late = data_keys.key_for(known.ledger, known.subject, known.year, dt.date(2030, 1, 5))
    assert late == str(LedgerKey(known.ledger, known.subject, 2030)), "a destroyed key is never made again"
    assert contents.store(NAME.encode(), late) == sha256, "what comes anew is read again, as long as its new key lives"
    assert contents.load(sha256) == NAME.encode()


def test_another_secret_opens_nothing_and_is_named(world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sha256, form = contents.store(NAME.encode(), KEY), contents.store(b"form")
    monkeypatch.setenv("DUBAN_SECRET", "another")
    with pytest.raises(UserError, match="DUBAN_SECRET"):
        contents.load(sha256)
    with pytest.raises(UserError, match="校验值不符"):
        contents.load(form)


@pytest.mark.parametrize("name", ["", "../../etc/2026", "a.b/c/20", "a.b/../2026", "/a/2026", "../b/2026"])
def test_what_is_no_name_of_a_key_is_no_path(name: str) -> None:
    with pytest.raises(ValueError, match="not a name"):
        LedgerKey.parse(name)


def test_a_department_is_a_subject_of_a_key_too(world: Path) -> None:
    key = LedgerKey("a.b", "县委组织部/一", 2026)
    assert contents.load(contents.store(b"x", str(key))) == b"x"
    assert list(data_keys.known_keys()) == [key]
