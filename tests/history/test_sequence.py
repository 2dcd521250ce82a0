"""Order is a sequence, not a clock: two within one second, or a clock set back, change nothing, nor does a rebuild."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from include.acts.results import correct_figure
from include.db import tables
from include.db.engine import transaction
from include.documents.finding import get_circular
from include.period import parse_moment
from include.rebuild.replay import Rebuilt, rebuild
from include.scoring.reviews import decide_review, request_review
from include.steps import checking
from tests.acting import drafts
from tests.history.story import Story
from tests.intake.receive_street import FIRST, PERIOD, SECOND, STREET, workbook
from tests.signing import signs

pytestmark = pytest.mark.story

LAST = parse_moment("2026-12-30T00:00:00", "test")


@pytest.fixture
def story(database: Engine, world: Path, monkeypatch: pytest.MonkeyPatch) -> Story:
    return Story(world, monkeypatch)


def used(revision: int, unit_code: str, field: str) -> str:
    with transaction() as connection:
        value = tables.score_value
        return str(
            connection.execute(
                select(value.c.used).where(
                    value.c.assessment_id == f"half_year/2026H1/{STREET}/r{revision}",
                    value.c.unit_code == unit_code,
                    value.c.field == field,
                )
            ).scalar_one()
        )


def again(database: Engine, target: Engine) -> Rebuilt:
    return rebuild(database, target, LAST)


def test_the_later_of_two_corrections_counts_though_the_clock_was_set_back(
    database: Engine, story: Story, target: Engine
) -> None:
    story.hands_in("2026-07-08T10:00:00", 杏花=workbook(FIRST))
    story.acts("2026-08-06T09:00:00", correct_figure, FIRST.code, "支委会次数", "5", "记录本五次", "赵六")
    story.acts("2026-08-06T08:55:00", correct_figure, FIRST.code, "支委会次数", "3", "记录本三次", "赵六")
    story.closes("2026-08-16T08:00:00")
    assert used(1, FIRST.code, "branch_committees") == "3"
    assert again(database, target).differences == []


def test_the_later_version_of_a_form_counts_though_the_clock_was_set_back(
    database: Engine, story: Story, target: Engine
) -> None:
    story.hands_in("2026-07-08T10:00:00", 一=workbook(FIRST, party_lectures="1"))
    story.hands_in("2026-07-08T09:50:00", 二=workbook(FIRST, party_lectures="2"))
    story.closes("2026-08-16T08:00:00")
    assert used(1, FIRST.code, "party_lectures") == "2"
    assert again(database, target).differences == []


def test_what_was_recorded_before_the_clock_was_set_back_counts_in_the_scoring_after(story: Story) -> None:
    story.hands_in("2026-07-08T10:00:00", 杏花=workbook(FIRST))
    story.acts("2026-08-16T09:00:00", correct_figure, FIRST.code, "支委会次数", "4", "记录本四次", "赵六")
    story.closes("2026-08-16T08:00:00")
    assert used(1, FIRST.code, "branch_committees") == "4"


def test_a_review_granted_after_the_signature_opens_the_record_though_the_clock_was_set_back(story: Story) -> None:
    story.hands_in("2026-07-08T10:00:00", 杏花=workbook(FIRST), 柳堤=workbook(SECOND, party_lectures="1"))
    story.closes("2026-08-16T08:00:00")
    story.signs_off("2026-08-20T09:00:00", 1, "通报")
    story.hands_in("2026-08-20T09:10:00", 迟=workbook(SECOND, party_lectures="2"))
    story.acts("2026-08-20T08:20:00", request_review, PERIOD, SECOND.code, "少计一次", "柳堤社区")
    story.acts("2026-08-20T08:15:00", decide_review, PERIOD, SECOND.code, True, "属实", "王书记")
    story.hands_in("2026-08-20T08:40:00")
    story.closes("2026-08-20T08:50:00")
    assert used(2, SECOND.code, "party_lectures") == "2"


def meet(meeting: str) -> str:
    return drafts(
        "meeting_letter",
        "admin",
        street_code=STREET,
        meeting=meeting,
        meeting_at="2026-09-01T09:30:00+08:00",
        place="会议室",
    )


def test_documents_signed_within_one_second_get_the_same_numbers_in_a_rebuild(
    database: Engine, story: Story, target: Engine
) -> None:
    story.at("2026-08-20T09:00:00")
    meetings = [meet(f"第{n}次例会") for n in range(1, 9)]
    order = [meetings[n] for n in (4, 0, 7, 2, 1, 6, 3, 5)]
    numbers = {meeting: signs(meeting) for meeting in order}
    assert list(numbers.values()) == [f"云街党工委〔2026〕{n}号" for n in range(1, 9)]
    assert again(database, target).differences == []
    with target.connect() as connection:
        assert {one: get_circular(connection, one)["document_number"] for one in meetings} == numbers


def test_the_committees_answers_are_part_of_a_rebuilt_record(database: Engine, story: Story, target: Engine) -> None:
    story.at("2026-08-20T09:00:00")
    meeting = meet("例会")
    signs(meeting)
    again(database, target)
    with target.connect() as connection:
        [answer] = connection.execute(select(tables.question)).mappings().all()
        row = get_circular(connection, meeting)
    assert (answer["answer"], answer["account"], answer["name"]) == ("approval", "committee", "王书记")
    assert (row["approved_by"], row["account"]) == ("王书记", "committee")
    assert checking.check_health("test") == [one for one in checking.check_health("test") if "党工委答复" not in one]
