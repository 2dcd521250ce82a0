"""督办 of steps: the overdue steps of a unit in one numbered letter, drafted, asked about, signed, told of, and in OUT."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
from sqlalchemy import Engine

from include.db import sql
from include.db.engine import database_url, get_engine, make_engine, migrate
from include.documents.referrals import take_batch
from include.items.chase import escalations
from include.items.stepping import extend_step
from include.period import now, parse_moment
from include.rebuild.replay import rebuild
from include.signing.kinds import kinds
from include.steps import approvals, chasing
from include.typesetting.fonts import find_fonts
from tests.items.grid_sheets import OF_PROBLEMS as COLUMNS
from tests.items.grid_sheets import OF_STEPS, PROBLEMS, STEPS, SUBJECTS, A, B
from tests.signing import asks, sends_back, signs
from tests.town import STREET, Town

KIND = "事项督办函"


class Grid(Town):
    def problem(self, filler: str, day: str, *numbers: str) -> None:
        lines = [f"{one},{day},01-01-01,设施损坏,{one}号楼单元门损坏,网格员排查,社区," for one in numbers]
        assert self.hands_in("2026Q2", PROBLEMS, filler, COLUMNS, *lines, at=f"{day}T10:00:00") == "accepted", self.said

    def step(self, filler: str, *lines: str, at: str) -> None:
        assert self.hands_in("2026Q2", STEPS, filler, OF_STEPS, *lines, at=at) == "accepted", self.said

    def chase(self, day: str) -> list[str]:
        """The round of a working day; the letters of which the committee is to be asked."""
        self.patch.setenv("DUBAN_NOW", f"{day}T08:30:00")
        batches = chasing.chase("test") or []
        with self.database() as connection:
            return [one for batch in batches for one in take_batch(connection, batch, "test")]

    def waiting(self) -> list[str]:
        with self.database() as connection:
            asked = f"SELECT id FROM circular WHERE kind = '{KIND}' AND state = 'draft' ORDER BY id"
            return [str(row[0]) for row in connection.exec_driver_sql(asked).all()]

    def history(self, number: str) -> list[tuple[str, str, str]]:
        with self.database() as connection:
            rows = connection.exec_driver_sql(
                "SELECT e.kind, e.reason, e.actor FROM item_event e JOIN rectification_item i ON i.id = e.item_id"
                f" WHERE i.number = '{number}' AND i.unit_code = '{A}'"
                " AND e.kind IN ('reminded', 'urged', 'supervised', 'carried', 'skipped', 'drafted') ORDER BY e.sequence"
            )
            return [tuple(map(str, row)) for row in rows.all()]  # type: ignore[misc]


@pytest.fixture
def grid(database: Engine, world: Path, monkeypatch: pytest.MonkeyPatch) -> Grid:
    return Grid(world, monkeypatch, "grid", subjects=SUBJECTS, links="")


def test_the_overdue_steps_of_a_day_are_one_letter_a_unit_and_one_batch_for_the_committee(grid: Grid) -> None:
    """Registered 04-29 and accepted 04-30: 办理 due 2026-05-11 (lists.md §3), urged 05-12, supervised 05-16, a Saturday: 05-18."""
    grid.problem(A, "2026-04-29", "1", "2", "3")
    grid.problem(B, "2026-04-29", "7")
    accepted = [f"{one},受理,2026-04-30,受理," for one in "123"]
    grid.step(A, *accepted, at="2026-04-30T16:00:00")
    grid.step(B, "7,受理,2026-04-30,受理,", at="2026-04-30T16:00:00")
    assert grid.chase("2026-05-09") == []
    grid.step(A, "3,办理,2026-05-11,办结,", "3,反馈,2026-05-12,满意,", at="2026-05-12T07:00:00")
    assert [grid.chase(day) for day in ("2026-05-12", "2026-05-15")] == [[], []]
    asked = grid.chase("2026-05-18")
    assert asked == [f"{KIND}/{A}/2026-05-18/1", f"{KIND}/{B}/2026-05-18/1"]
    for letter in asked:
        approvals.ask_about(letter)
    assert grid.chase("2026-05-19") == [] and grid.waiting() == asked  # they wait; nobody is asked twice
    with grid.database() as connection:
        mails = "SELECT kind FROM notice WHERE kind = 'step_supervised'"
        assert connection.exec_driver_sql(mails).all() == []  # nothing leaves before it is signed
        model = json.loads(sql.fetch(connection, "documents/select_circular", circular_id=asked[0])[0]["model"])
    assert [(one["indicator"], one["deadline_date"], one["days_overdue"]) for one in model["items"]] == [
        ("1", "2026-05-11", 7),
        ("2", "2026-05-11", 7),
    ]
    assert model["title"] == "关于杏花社区逾期未办事项的督办函"

    grid.step(
        A, "2,办理,2026-05-19,办结,", at="2026-05-19T10:00:00"
    )  # answered before it is signed: it leaves the letter
    answered = approvals.take_answer(asks(asked[0]), approvals.APPROVAL, approvals.Approval("committee", "王书记"))
    assert answered[0] == "changed"  # what was asked about is not what would be issued: it is asked about anew
    number = signs(asked[0])
    assert number.endswith("号")
    assert [kind for kind, *_ in grid.history("1")] == ["reminded", "urged", "drafted", "supervised"]
    assert grid.history("1")[-1] == ("supervised", f"已下发{KIND}（{number}）。", "王书记")
    assert "supervised" not in [kind for kind, *_ in grid.history("2")]
    with grid.database() as connection:
        [notice] = connection.exec_driver_sql(
            "SELECT recipient, payload FROM notice WHERE kind = 'step_supervised' AND recipient = 'a@x.cn'"
        ).all()
    told = json.loads(str(notice[1]))
    assert [(one["number"], one["step"], one["due"], one["days_left"]) for one in told["items"]] == [
        ("1", "办理", "2026-05-11", -8)
    ]
    assert (told["document_number"], told["title"]) == (number, model["title"])

    sends_back(asked[1], "先电话了解情况")
    assert grid.chase("2026-05-20") == [] and grid.waiting() == []  # not drafted again for the same last day
    assert grid.chase("2026-05-21") == []
    assert [kind for kind, *_ in grid.history("1")][-1] == "carried"  # ten days after: 05-21

    grid.patch.setenv("DUBAN_NOW", "2026-07-20T09:00:00")
    grid.closes("2026Q2")
    folder = grid.out("2026Q2") / "letters"
    names = {f"{A}-{KIND}-2026-05-18.docx"} | ({f"{A}-{KIND}-2026-05-18.pdf"} if find_fonts() else set())
    assert {path.name for path in folder.iterdir()} == names

    again = make_engine(database_url(f"sqlite:///{grid.world / 'again.db'}"))
    migrate(again)
    assert rebuild(get_engine(), again, parse_moment("2026-07-21T12:00:00", "test")).differences == []
    with again.connect() as connection:
        letters = connection.exec_driver_sql(
            f"SELECT id, state, document_number FROM circular WHERE kind = '{KIND}'"
        ).all()
    assert ("issued", number) in [tuple(row)[1:] for row in letters]


def test_an_extended_step_takes_its_letter_back_and_the_offices_own_step_is_told_of_by_mail(grid: Grid) -> None:
    grid.problem(A, "2026-04-29", "1", "2")
    grid.step(A, "1,受理,2026-04-30,受理,", "2,受理,2026-04-30,受理,", at="2026-04-30T16:00:00")
    grid.step(A, "2,办理,2026-05-11,上报,", at="2026-05-11T16:00:00")  # the street's own from then: due 05-25
    assert grid.chase("2026-05-18") == [f"{KIND}/{A}/2026-05-18/1"]
    with grid.database() as connection:
        item = connection.exec_driver_sql("SELECT id FROM rectification_item WHERE number = '1'").scalar()
        extend_step(connection, str(item), dt.date(2026, 6, 1), "ops", "等配件", now())
    assert grid.chase("2026-05-19") == [] and grid.waiting() == []
    assert grid.chase("2026-06-01") == []
    with grid.database() as connection:
        told = connection.exec_driver_sql("SELECT payload FROM notice WHERE kind = 'step_supervised'").all()
    assert [json.loads(str(row[0]))["items"][0]["number"] for row in told] == ["2"] * len(told) and told
    assert "document_number" not in json.loads(str(told[0][0]))
    assert grid.chase("2026-06-08") == [f"{KIND}/{A}/2026-06-08/1"]  # chased anew by its new last day


def test_every_letter_that_a_stage_names_is_one_that_is_signed() -> None:
    named = {stage.letter for policy in escalations().values() for stage in policy.stages if stage.letter}
    assert named == {"督办通知单", "方案督办通知单", KIND} and named <= kinds()
    assert all(not one.notice for one in escalations()["standard"].stages if one.letter)
    assert STREET not in named
