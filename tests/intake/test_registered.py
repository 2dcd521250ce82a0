"""What a form says and the register says too: a note, and no more."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine

from include.period import Period
from include.schemes.loader import load_scheme
from tests.town import STREET, Town

A, B = f"{STREET}001", f"{STREET}002"
SUBJECTS = f"{A},杏花社区,{STREET},云街街道,社区,a@x.cn\n{B},柳堤社区,{STREET},云街街道,社区,b@x.cn\n"


def test_fewer_new_members_than_the_street_planned_are_a_note_where_there_is_a_plan(
    database: Engine, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = Town(world, monkeypatch, "responsibility", subjects=SUBJECTS, links="", attributes=f"{A},发展党员计划数,3\n")
    cells = load_scheme("responsibility", Period.parse("2026")).cells_of("targets")
    for code in (A, B):
        lines = [f"{code},{cell.label},2" for cell in cells]
        assert town.hands_in("2026", "责任书目标表", code, "", *lines) == "accepted", town.said
    with town.database() as connection:
        found = connection.exec_driver_sql(
            "SELECT field, found, expected FROM finding WHERE check_code = 'new_members_planned'"
        ).all()
    assert [tuple(one) for one in found] == [("new_members_target", "2", "不少于 3")]
