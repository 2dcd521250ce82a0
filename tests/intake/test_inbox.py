"""What DUBAN_INBOX may be, and what is said of a value that makes no sense."""

from __future__ import annotations

from pathlib import Path

import pytest

from include.errors import UserError
from include.intake.inbox import Folder, open_inbox, watched
from include.settings import get_settings


def test_a_file_url_is_the_folder_itself(tmp_path: Path) -> None:
    folder = tmp_path / "收 件"
    folder.mkdir()
    (folder / "a.xlsx").write_bytes(b"1")
    inbox = open_inbox(folder.as_uri())
    assert inbox == Folder(folder) and list(inbox.look()) == [str(folder / "a.xlsx")]


def test_hidden_and_passing_names_are_left_but_one_with_path_parts_is_looked_at(tmp_path: Path) -> None:
    taken = tmp_path / "..\\..\\etc\\a.xlsx"
    for name in (taken.name, ".a.xlsx", "~$a.xlsx", "a.xlsx.part"):
        (tmp_path / name).write_bytes(b"1")
    assert list(Folder(tmp_path).look()) == [str(taken)]


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("ftp://host/inbox", "不认识“ftp://”"),
        ("s3://", "没有写存储桶"),
        ("s3:///inbox", "没有写存储桶"),
        ("s3://duban_s3@/inbox", "没有写存储桶"),
        ("file://inbox", "绝对路径"),
        ("s3://[bucket/inbox", "不是有效的地址"),
        ("s3://bucket/inbox", "只有 Airflow 里的流程能读"),
    ],
)
def test_an_address_that_makes_no_sense_is_said_in_chinese(address: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        open_inbox(address)


def test_all_that_is_wrong_with_an_address_is_said_at_once_and_its_secret_never(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DUBAN_INBOX", "oss://AKIA:verysecret@/inbox")
    with pytest.raises(UserError) as caught:
        open_inbox(get_settings().inbox)
    assert len(caught.value.problems) == 3 and "不能写密钥" in str(caught.value)
    assert "verysecret" not in str(caught.value) + str(watched(get_settings()))


def test_a_store_is_looked_at_less_often_than_a_folder_unless_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUBAN_INBOX", "inbox")
    assert watched(get_settings()) == (str(Path("inbox").absolute()), 0.5)
    monkeypatch.setenv("DUBAN_INBOX", "s3://duban_s3@bucket/inbox")
    assert watched(get_settings()) == ("s3://duban_s3@bucket/inbox", 5)
    monkeypatch.setenv("DUBAN_INBOX_POLL_SECONDS", "30")
    assert watched(get_settings())[1] == 30


def test_a_setting_with_no_valid_value_is_named_in_chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUBAN_INBOX_POLL_SECONDS", "often")
    with pytest.raises(UserError, match="设置 DUBAN_INBOX_POLL_SECONDS 的值不对"):
        get_settings()
