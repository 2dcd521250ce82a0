"""Files meant to do harm, dropped into a real inbox with honest ones: each kept, each answered, none holding up another."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from sqlalchemy import Engine

from include.archive import contents
from include.intake.receive import drain
from tests.intake.bombs import CASES
from tests.intake.receive_street import FIRST, SECOND, deliveries, drop, notices, prepare, statuses, workbook

BOMBS = [
    "rows without numbers",
    "one merge over everything",
    "one text in every cell xls",
    "repeated text ods",
    "mhtml",
]


def test_hostile_files_are_kept_and_answered_beside_honest_ones(
    database: Engine, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DUBAN_RECEIVED", "mtime")
    prepare(world)
    handed_in = {f"{number}{CASES[case][1]}": CASES[case][0]() for number, case in enumerate(BOMBS)}
    handed_in |= {"\u202e杏花.xlsx": workbook(FIRST), "柳堤.xlsx": workbook(SECOND)}
    for name, content in handed_in.items():
        drop(world, name, content, "2026-07-18T09:00:00")
    drain()
    found = statuses()
    assert len(found) == len(handed_in)
    assert [found[name] for name in handed_in if name[0].isdigit()] == ["refused"] * len(BOMBS)
    assert found["柳堤.xlsx"] == "accepted"
    assert all(str(row["message"]).startswith("无法受理") for row in deliveries() if row["status"] == "refused")
    assert len(notices("refused")) == sum(status == "refused" for status in found.values())
    for content in handed_in.values():
        assert contents.load(hashlib.sha256(content).hexdigest()) == content
