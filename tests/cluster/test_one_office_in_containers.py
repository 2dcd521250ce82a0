"""docker-compose.yaml as one office runs it, without queue and workers: same bytes; register, systems and backups from inside."""

from __future__ import annotations

import email
import os
import shutil
import time
from collections.abc import Iterator
from email import policy
from pathlib import Path

import pytest

from include.settings import REPO
from ops import own_files
from ops.backed_up import find
from ops.cluster import engine
from ops.cluster.compare import compare
from ops.cluster.images import KEPT
from ops.cluster.stack import PLAY, Stack, left_over, ready_stack
from ops.cluster.up import start
from ops.compose.make_secrets import OURS
from ops.sample import street as sample_street
from tests.cluster.plugs import mails_twice, play

pytestmark = [
    pytest.mark.long,
    pytest.mark.cluster,
    pytest.mark.skipif(bool(engine.why_none()), reason=engine.why_none() or "-"),
]
_TOLD_SECONDS = 600


@pytest.fixture
def systems(tmp_path: Path) -> Path:
    """The systems in a folder of the office's own, as DUBAN_SYSTEMS_FOLDER mounts it."""
    return Path(shutil.copytree(REPO / "systems", tmp_path / "systems"))


@pytest.fixture
def stack(systems: Path) -> Iterator[Stack]:
    stack = ready_stack("office", settings={"DUBAN_SYSTEMS_FOLDER": str(systems)}, builds=not KEPT.exists())
    yield stack
    stack.down()
    assert left_over(stack.engine) == []


def _inside(stack: Stack, *command: str) -> str:
    """What a command says in a running container; it must end well."""
    return stack.compose("exec", "-T", "api-server", "python", "-m", *command).stdout


def _beside(stack: Stack, folder: Path, *command: str) -> str:
    """What a command says in a container of its own that has a folder of the machine at /backup; it must end well."""
    return stack.compose(
        "run", "--rm", "--no-deps", "-T", "-v", f"{folder}:/backup", "office", "python", "-m", *command
    ).stdout


def _wait_for_mail(subject: str, words: str) -> None:
    deadline = time.monotonic() + _TOLD_SECONDS
    while not any(words in body for name, body in _mails() if subject in name):
        assert time.monotonic() < deadline, (
            f"nobody was told: {subject}, {words}\n{[name for name, _ in _mails()][-5:]}"
        )
        time.sleep(2)


def _mails() -> list[tuple[str, str]]:
    """Subject and text of each mail that has gone out."""
    found = []
    for path in (PLAY / "run/demo/mails").glob("*.eml"):
        mail = email.message_from_bytes(path.read_bytes(), policy=policy.default)
        text = mail.get_body(("plain",))
        found.append((str(mail["Subject"]), str(text.get_content()) if text else ""))
    return found


def test_an_office_without_queue_and_workers_closes_its_half_year_to_the_same_bytes(stack: Stack) -> None:
    """Those of `make demo` where OUT names them."""
    start(stack, workers=0)
    played = play(stack, lambda _: "")
    assert played.code == 0, played.said
    assert mails_twice() == []
    if given := os.environ.get("OUT"):
        assert compare(PLAY / "demo", Path(given).absolute()).different == []


def test_an_office_loads_its_register_edits_a_system_and_is_restored_from_inside(
    stack: Stack, systems: Path, tmp_path: Path
) -> None:
    start(stack, workers=0)
    office = Path(stack.variables["DUBAN_OFFICE_FOLDER"])
    sample_street.write_registry(office / "名册.csv")
    said = _inside(stack, "ops.import_registry", "--file", "/office/名册.csv", "--from", "2026-03-01", "--by", "经办人")
    assert f"新增 {len(sample_street.units())} 个单位" in said

    file = systems / "half_year/system.yaml"
    sound = file.read_text(encoding="utf-8")
    file.write_text(sound.replace("\ncalendar:", "\ncalender:", 1), encoding="utf-8")
    _wait_for_mail("制度文件有误", "half_year/system.yaml")
    file.write_text(sound, encoding="utf-8")
    _wait_for_mail("制度文件已改好", "half_year")

    backups = tmp_path / "backups"
    backups.mkdir()
    os.chown(backups, OURS, 0)
    assert "备份完成" in _beside(stack, backups, "ops.backup", "--to", "/backup")
    stack.down()

    stack.prepare((backups / "secret").read_text(encoding="ascii").strip())
    stack.compose("run", "--rm", "--no-deps", "driver", "python", "-m", "ops.cluster.driver", "prepare")
    for name, content in own_files.read(find(backups).folder).items():
        if name.startswith("office/"):
            (office.parent / name).write_bytes(content)
    stack.start_stores()
    assert "已从 /backup/" in _beside(stack, backups, "ops.restore", "--from", "/backup")
    assert "与记录完全一致" in _beside(stack, backups, "ops.rebuild", "--to", "/tmp/again.db")
