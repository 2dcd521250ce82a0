"""Codes that only this installation can have written."""

from __future__ import annotations

import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from include.errors import UserError
from include.identity import code, is_code
from include.settings import REPO


def test_a_code_is_16_letters_and_digits_the_same_each_time(world: Path) -> None:
    made = code("form", "half_year/2026H1/990101001001/main", "shuji01@yunjie.example")
    assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{16}", made)
    assert made == code("form", "half_year/2026H1/990101001001/main", "shuji01@yunjie.example")


def test_a_code_opens_only_what_it_was_made_for(world: Path) -> None:
    made = code("form", "a", "b")
    assert not is_code(made, "verification", "a", "b")
    assert not is_code(made, "form", "a", "c")
    assert not is_code(made, "form", "ab", "")
    assert not is_code("", "form", "a", "b")


def test_a_code_may_be_typed_in_small_letters_and_in_groups(world: Path) -> None:
    made = code("form", "a", "b")
    typed = " ".join(made[start : start + 4] for start in range(0, 16, 4)).lower().replace("0", "o")
    assert is_code(typed, "form", "a", "b")


def test_another_secret_makes_other_codes(world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = code("form", "a", "b")
    monkeypatch.setenv("DUBAN_SECRET", "another secret")
    assert not is_code(made, "form", "a", "b")


def test_a_secret_is_made_once_and_only_its_owner_can_read_it(world: Path) -> None:
    path = world / "kept/secret"
    line = "from include.identity import code; print(code('form', 'a', 'b'))"
    env = {"DUBAN_SECRET_FILE": str(path), "PYTHONPATH": str(REPO)}

    def run(_: int) -> str:
        return subprocess.run([sys.executable, "-c", line], env=env, check=True, capture_output=True, text=True).stdout

    with ThreadPoolExecutor(4) as pool:
        said = set(pool.map(run, range(4)))
    assert len(said) == 1
    assert path.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in path.parent.iterdir()] == ["secret"]


def test_an_empty_secret_makes_no_codes_and_is_named(world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DUBAN_SECRET", raising=False)
    monkeypatch.setenv("DUBAN_SECRET_FILE", str(world / "emptied"))
    (world / "emptied").touch()
    with pytest.raises(UserError, match="emptied 是空的：请从备份恢复"):
        code("form", "990000001001")
