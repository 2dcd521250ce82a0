"""A circular whose run has died for good is taken up again by the daily check, and no other is."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine

from include.steps import approvals, checking, closing
from tests.history.story import Story
from tests.intake.receive_street import FIRST, STREET, workbook
from tests.signing import sends_back, signs

ASSESSMENT = f"half_year/2026H1/{STREET}/r1"
CIRCULAR = f"{ASSESSMENT}/通报"


@pytest.fixture
def story(database: Engine, world: Path, monkeypatch: pytest.MonkeyPatch) -> Story:
    """The half year is scored; its circular has not been begun."""
    told = Story(world, monkeypatch)
    told.hands_in("2026-07-08T10:00:00", 杏花=workbook(FIRST))
    told.at("2026-08-16T08:00:00")
    assert closing.close_streets("half_year", "2026H1", [STREET], "test") == [ASSESSMENT]
    return told


def stranded(*alive: str) -> list[str]:
    """What is taken up again, these runs being alive and none waiting to begin."""
    return checking.stranded_circulars(lambda run_ids: bool(set(run_ids) & set(alive)))


def test_one_that_no_run_ever_began_is_taken_up_unless_a_run_is_about_to(story: Story) -> None:
    assert stranded() == [ASSESSMENT]
    assert checking.stranded_circulars(lambda run_ids: not run_ids) == []


def test_one_whose_runs_have_all_died_is_taken_up_be_it_drafted_or_not(story: Story) -> None:
    approvals.draft_circular(ASSESSMENT, "first")
    assert stranded("first") == [], "it waits for the committee"
    assert stranded() == [ASSESSMENT]
    approvals.draft_circular(ASSESSMENT, "second")
    assert stranded("second") == []
    signs(CIRCULAR)
    assert stranded() == [], "it is issued"


def test_one_that_was_sent_back_waits_for_a_person_until_it_is_submitted_again(story: Story) -> None:
    approvals.draft_circular(ASSESSMENT, "first")
    sends_back(CIRCULAR, "第二段用语不妥")
    assert stranded() == []


def test_one_of_a_result_that_says_nothing_new_is_not_taken_up_day_after_day(story: Story) -> None:
    approvals.draft_circular(ASSESSMENT, "first")
    signs(CIRCULAR)
    assert approvals.draft_circular(ASSESSMENT, "again") is None
    assert stranded() == []


def test_a_checkpoint_has_no_circular_to_take_up(
    database: Engine, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = Story(world, monkeypatch)
    told.at("2026-04-20T08:00:00")
    closing.close_streets("half_year", "2026Q1", [STREET], "test")
    assert stranded() == []
