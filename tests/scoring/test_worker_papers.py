"""What is told of the workers: a circular that names the best alone, a notice to each of the own result, proposals of levels."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from tests.scoring.workers import ATTRIBUTES, LINKS, SUBJECTS, year
from tests.signing import signs
from tests.town import Town

pytestmark = pytest.mark.story

SENT_ABOUT = text("SELECT recipient FROM notice WHERE subject LIKE :about")


def test_the_circular_names_nobody_but_the_best_and_each_worker_is_told_the_own_result(
    database: Engine, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    more = [f"W-{n}" for n in range(6, 9)]
    subjects = SUBJECTS + "".join(f"{one},工作人员{one[2:]},990000001,云街街道,社区工作者,\n" for one in more)
    links = LINKS + "".join(f"{one},所属社区,990000001001\n" for one in more)
    attributes = ATTRIBUTES + "".join(f"{one},岗位,工作人员岗\n{one},级别,5\n" for one in more)
    town = Town(world, monkeypatch, "community_worker", subjects=subjects, links=links, attributes=attributes)
    result = year(town, "2026", among=[f"W-{n}" for n in range(1, 9)])
    assert result
    out = town.is_signed(result)
    text = (out / "circular.html").read_text(encoding="utf-8")
    assert "工作人员2" in text
    assert not [n for n in (1, 3, 4, 5, 6, 7, 8) if f"工作人员{n}" in text]
    with town.database() as connection:
        letters = connection.exec_driver_sql("SELECT id, unit_code FROM circular WHERE kind = '考核结果通知书'").all()
    assert {code for _, code in letters} == {f"W-{n}" for n in range(1, 9)}
    best = next(key for key, code in letters if code == "W-2")
    signs(best)
    with town.database() as connection:
        ((recipient,),) = connection.execute(SENT_ABOUT, {"about": f"{best}%"}).all()
    assert recipient == "a@x.cn", "by way of the community"


def test_proposals_of_levels_go_to_the_community_and_all_of_them_to_operations(
    database: Engine, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = Town(world, monkeypatch, "community_worker", subjects=SUBJECTS, links=LINKS, attributes=ATTRIBUTES)
    for period in ("2026", "2027"):
        year(town, period)
    result = year(town, "2028")
    assert result
    town.is_signed(result)
    with town.database() as connection:
        rows = connection.exec_driver_sql("SELECT kind, attachments FROM notice WHERE attachments <> '[]'").all()
    sent = [
        (kind, name)
        for kind, files in rows
        for name in (one["name"] for one in json.loads(files))
        if name.endswith("建议表.docx")
    ]
    assert sorted(sent) == [
        (kind, "杏花社区2028年度社区工作者级别变动建议表.docx") for kind in ("circular", "ops_alert")
    ]
