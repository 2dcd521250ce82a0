"""The year's plan of activity days: drafted on 15 December, signed by the committee, told to every community; moved days say why."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest
from sqlalchemy import Engine

from include.archive import contents
from include.steps import diary
from tests.own_systems import add_systems
from tests.signing import signs
from tests.town import STREET, Town

A, B, C = (f"{STREET}00{number}" for number in (1, 2, 3))
SUBJECTS = "".join(
    f"{code},{name},{STREET},云街街道,社区,{code}@x.cn\n"
    for code, name in ((A, "杏花社区"), (B, "柳堤社区"), (C, "桃源社区"))
)
RULES = f"{C},统一活动日,R3\n"


class Year(Town):
    def on(self, day: str) -> list[tuple[str, str]]:
        """What is drafted, by id and state, once the daily round has gone."""
        self.patch.setenv("DUBAN_NOW", f"{day}T07:50:00")
        diary.keep_diary("test")
        with self.database() as connection:
            rows = connection.exec_driver_sql(
                "SELECT id, state FROM circular WHERE kind = '活动安排' ORDER BY id"
            ).all()
        return [(str(row[0]), str(row[1])) for row in rows]


@pytest.fixture
def year(database: Engine, world: Path, monkeypatch: pytest.MonkeyPatch) -> Year:
    add_systems(world, monkeypatch, activity_day="2025H1")
    return Year(world, monkeypatch, "activity_day", subjects=SUBJECTS, links="", attributes=RULES)


def told(docx: bytes) -> list[str]:
    """The texts of a document's cells and paragraphs."""
    with zipfile.ZipFile(io.BytesIO(docx)) as package:
        xml = package.read("word/document.xml").decode()
    texts = [
        "".join(run.split("<")[0] for run in part.replace("<w:t ", "<w:t>").split("<w:t>")[1:])
        for part in xml.split("</w:p>")
    ]
    return [text.partition(">")[2] if text.startswith("xml:") else text for text in texts]


def test_the_days_of_the_next_year_are_told_with_why_some_of_them_moved(year: Year) -> None:
    assert year.on("2025-12-14") == []
    [(plan, state)] = year.on("2025-12-15")
    assert (plan, state) == (f"活动安排/{STREET}/2026年统一活动日安排/1", "draft")
    assert year.on("2025-12-16") == [(plan, "draft")], "a plan is drafted once"
    with year.database() as connection:
        [row] = connection.exec_driver_sql("SELECT model FROM circular WHERE kind = '活动安排'").all()
    model = json.loads(row[0])
    together, apart = model["plans"]
    assert (together["units"], apart["units"]) == (["杏花社区", "柳堤社区"], ["桃源社区"])
    moved = {
        day["period"]: (day["day"], day["moved_from"], day["why"]) for day in together["days"] if day["moved_from"]
    }
    assert moved == {  # lists.md §6, R1
        "2026年2月": ("2026年3月1日", "2026年2月28日（星期六）", "调休上班"),
        "2026年9月": ("2026年9月19日", "2026年9月26日（星期六）", "放假"),
    }
    assert [day["day"] for day in apart["days"] if day["moved_from"]] == ["2026年9月28日"], (
        "R3: the 26th lies in the holiday"
    )
    assert len(together["days"]) == len(apart["days"]) == 12
    signs(plan)
    with year.database() as connection:
        issued = connection.exec_driver_sql(
            "SELECT model, document_number, docx_sha256 FROM circular WHERE kind = '活动安排'"
        ).one()
        mails = connection.exec_driver_sql(
            "SELECT unit_code, recipient FROM notice WHERE kind = 'event_plan' ORDER BY unit_code"
        ).all()
    assert json.loads(issued[0])["title"] == "关于2026年统一活动日安排的通知"
    assert issued[1], "it has a number"
    assert [(row[0], row[1]) for row in mails if row[0]] == [(code, f"{code}@x.cn") for code in (A, B, C)]
    assert len(mails) == 4, "and the committee"
    words = "\n".join(told(contents.load(issued[2])))
    assert "原为2026年9月26日（星期六），放假，调整" in words
    assert "节假日安排尚未公布" not in words


def test_a_year_whose_days_off_are_not_known_says_so(year: Year) -> None:
    year.on("2026-12-15")
    with year.database() as connection:
        [row] = connection.exec_driver_sql("SELECT model FROM circular WHERE kind = '活动安排'").all()
    model = json.loads(row[0])
    assert model["is_provisional"] is True
    assert not [day for plan in model["plans"] for day in plan["days"] if day["moved_from"]], "weekends alone are known"


def test_a_plan_is_not_drafted_when_its_year_began_long_ago(year: Year) -> None:
    assert year.on("2026-02-20") == [], "the year has begun long ago"
