"""What `make up` says to the person who typed it."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from include.errors import UserError
from ops.environment import DUTIES, USERS, free_port, write_passwords
from ops.place import Place
from ops.up import _welcome


def test_every_user_is_shown_with_password_and_duty(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = Place(str(tmp_path / "up"))
    place.make()
    passwords = write_passwords(place)
    assert json.loads((place.airflow_home / "passwords.json").read_text(encoding="utf-8")) == passwords
    _welcome(place, 18080, 18025)
    lines = capsys.readouterr().out.splitlines()
    shown = [line.split() for line in lines if line.split() and line.split()[0] in USERS]
    assert shown == [[user, passwords[user], DUTIES[user]] for user in USERS]


@pytest.mark.parametrize("variable", ["PORT", "MAIL_PORT"])
def test_a_taken_port_is_named_with_the_setting_that_moves_it(variable: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(UserError, match=f"用 {variable}="):
            free_port(taken.getsockname()[1], variable)
