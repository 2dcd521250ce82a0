"""What `make up` says to the person who typed it."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from include.errors import UserError
from include.registry.passwords import is_right, read_passwords
from ops.environment import free_port, mail_token
from ops.logins import duty_of, first_passwords, logins, new_password, passwords_file
from ops.place import Place
from ops.up import _welcome, settings_of


def test_every_login_is_shown_with_its_duty_and_once_with_its_password(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = Place(str(tmp_path / "up"))
    place.make()
    passwords = first_passwords(place)
    assert list(passwords) == logins() == ["admin", "committee", "county", "viewer"]
    _welcome(place, 18080, 18025, passwords)
    assert _shown(capsys) == [[user, passwords[user], duty_of(user)] for user in logins()]
    assert first_passwords(place) == {}
    _welcome(place, 18080, 18025, {})
    assert _shown(capsys) == [[user, "（不变）", duty_of(user)] for user in logins()]


def test_passwords_are_kept_unreadable_and_who_forgot_his_gets_another(tmp_path: Path) -> None:
    place = Place(str(tmp_path / "up"))
    place.make()
    first = first_passwords(place)["viewer"]
    second = new_password(place, "viewer")
    kept = read_passwords(passwords_file(place))["viewer"]
    assert is_right(second, kept) and not is_right(first, kept) and not is_right(kept, kept)
    assert second not in passwords_file(place).read_text(encoding="utf-8")
    assert passwords_file(place).stat().st_mode & 0o077 == 0
    with pytest.raises(UserError, match="没有账号“nobody”：现有 admin、committee"):
        new_password(place, "nobody")


def _shown(capsys: pytest.CaptureFixture[str]) -> list[list[str]]:
    lines = (line.split() for line in capsys.readouterr().out.splitlines())
    return [words for words in lines if words and words[0] in logins()]


def test_who_starts_it_is_told_where_mails_and_reports_are_and_what_the_stopped_clock_means(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = Place(str(tmp_path / "up"))
    place.make()
    _welcome(place, 18080, 18025, {})
    usual = capsys.readouterr().out
    assert f"http://127.0.0.1:18025/?token={mail_token(place)}" in usual
    assert str(place.folder / "reports") in usual and "简体中文" in usual and "模拟时间" not in usual
    place.clock.write_text("2026-09-07T08:30:00+08:00", encoding="utf-8")
    _welcome(place, 18080, 18025, {})
    assert "“现在”停在 2026-09-07T08:30:00+08:00，不会自己走" in capsys.readouterr().out


def test_nobody_else_on_the_machine_can_look_into_a_run(tmp_path: Path) -> None:
    place = Place(str(tmp_path / "up"))
    place.make()
    mail_token(place)
    assert place.folder.stat().st_mode & 0o077 == 0
    assert (place.folder / "mail.token").stat().st_mode & 0o077 == 0


def test_what_is_handed_in_on_the_data_of_a_demo_is_received_now(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("ops.place.RUNS", tmp_path)
    place = Place("demo")
    place.make()
    monkeypatch.setattr("ops.place._LAST", tmp_path / "last")
    place.remember(settings={"DUBAN_RECEIVED": "mtime", "DUBAN_OUT": "out"})
    assert settings_of(place) == {"DUBAN_RECEIVED": "now", "DUBAN_OUT": "out"}


@pytest.mark.parametrize("variable", ["PORT", "MAIL_PORT"])
def test_a_taken_port_is_named_with_the_setting_that_moves_it(variable: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(UserError, match=f"用 {variable}="):
            free_port(taken.getsockname()[1], variable)
