"""What waits for a decision and whose run has died for good is taken up again by the daily check, and nothing else is."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine

from include.steps import approvals, closing
from tests.acting import drafts
from tests.history.story import Story
from tests.intake.receive_street import FIRST, STREET, workbook
from tests.signing import sends_back, signs

pytestmark = pytest.mark.story

ASSESSMENT = f"half_year/2026H1/{STREET}/r1"
CIRCULAR = f"{ASSESSMENT}/通报"
BATCH = "half_year/2026H1/committee/1"


@pytest.fixture
def story(database: Engine, world: Path, monkeypatch: pytest.MonkeyPatch) -> Story:
    """The half year is scored; its circular has not been begun."""
    told = Story(world, monkeypatch)
    told.hands_in("2026-07-08T10:00:00", 杏花=workbook(FIRST))
    told.at("2026-08-16T08:00:00")
    assert closing.close_streets("half_year", "2026H1", [STREET], "test") == [ASSESSMENT]
    return told


def stranded(*alive: str) -> dict[str, list[str]]:
    """What is taken up again, these runs being alive and, without "", none waiting to begin; by workflow, nothing left out."""
    found = approvals.take_up_stranded(lambda _, run_id: run_id in alive)
    return {name: batches for name, batches in found.items() if batches}


def test_one_that_no_run_ever_began_is_taken_up_unless_a_run_is_about_to(story: Story) -> None:
    assert stranded("") == {}
    assert stranded() == {"circular": [BATCH]}
    assert approvals.take_up(BATCH, "first") == [ASSESSMENT]


def test_one_whose_runs_have_all_died_is_taken_up_be_it_drafted_or_not(story: Story) -> None:
    approvals.refer([ASSESSMENT])
    assert approvals.take_up(BATCH, "first") == [ASSESSMENT]
    approvals.put_forward(ASSESSMENT)
    assert stranded("first") == {}, "it waits for the committee"
    assert stranded() == {"circular": [BATCH]}
    assert approvals.take_up(BATCH, "second") == [ASSESSMENT]
    assert stranded("second") == {}
    signs(CIRCULAR)
    assert stranded() == {}, "it is issued"


def test_one_that_was_sent_back_waits_for_a_person_until_it_is_submitted_again(story: Story) -> None:
    approvals.put_forward(ASSESSMENT)
    sends_back(CIRCULAR, "第二段用语不妥")
    assert stranded() == {}


def test_one_of_a_result_that_says_nothing_new_is_not_taken_up_day_after_day(story: Story) -> None:
    approvals.refer([ASSESSMENT])
    approvals.put_forward(ASSESSMENT)
    signs(CIRCULAR)
    assert approvals.put_forward(ASSESSMENT) == ("", "已签发，公布的内容没有变化")
    assert stranded() == {}


def test_a_letter_whose_run_has_died_is_taken_up_too(story: Story) -> None:
    approvals.refer([ASSESSMENT])
    approvals.take_up(BATCH, "first")
    meeting = {"meeting": "例会", "meeting_at": "2026-09-10T09:30:00+08:00", "place": "会议室", "street_code": STREET}
    letter_id = drafts("meeting_letter", "admin", **meeting)
    assert stranded("first") == {"letter": ["2026-08-16/committee/1"]}
    assert approvals.take_up("2026-08-16/committee/1", "second") == [letter_id]
    assert stranded("first", "second") == {}
    sends_back(letter_id, "改期再议")
    assert stranded("first") == {}, "it is withdrawn"


def test_a_checkpoint_has_no_circular_to_take_up(
    database: Engine, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = Story(world, monkeypatch)
    told.at("2026-04-20T08:00:00")
    closing.close_streets("half_year", "2026Q1", [STREET], "test")
    assert stranded() == {}
