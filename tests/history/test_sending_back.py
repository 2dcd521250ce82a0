"""A circular that the committee sends back is not lost: ops know why, and it can be asked about again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from include.acting import acting
from include.acts.documents import resubmit_circular
from include.db import tables
from include.db.engine import transaction
from include.documents.waiting import remind
from include.errors import UserError
from include.period import now
from include.registry.offices import offices_path
from include.steps import approvals, closing
from tests.history.story import Story
from tests.intake.receive_street import FIRST, STREET, workbook
from tests.signing import sends_back, signs

pytestmark = pytest.mark.story

ASSESSMENT = f"half_year/2026H1/{STREET}/r1"
CIRCULAR = f"{ASSESSMENT}/通报"


@pytest.fixture
def story(database: Engine, world: Path, monkeypatch: pytest.MonkeyPatch) -> Story:
    """The circular of the half year was sent back on 17 August."""
    told = Story(world, monkeypatch)
    told.hands_in("2026-07-08T10:00:00", 杏花=workbook(FIRST))
    told.closes("2026-08-16T08:00:00")
    told.at("2026-08-17T09:00:00")
    sends_back(CIRCULAR, "第二段用语不妥")
    return told


def questions() -> int:
    """Mails by which the committee was asked about the circular."""
    with transaction() as connection:
        notice = tables.notice
        found = connection.execute(
            select(notice.c.id).where(notice.c.kind == "approval_waiting", notice.c.subject == CIRCULAR)
        )
        return len(found.all())


def resubmits(document: str = "", reason: str = "已改") -> str:
    with transaction() as connection:
        return resubmit_circular(connection, document, reason, "admin", now())


def test_ops_are_mailed_who_sent_it_back_why_and_what_to_do(story: Story) -> None:
    with transaction() as connection:
        notice = tables.notice
        rows = connection.execute(select(notice).where(notice.c.subject == f"{CIRCULAR}/退回")).mappings().all()
    [payload] = [json.loads(row["payload"]) for row in rows]
    assert payload["lines"][0] == "退回理由：第二段用语不妥"
    assert "李书记（账号 committee），2026年8月17日" in payload["lines"][1]
    assert "act_resubmit_circular" in payload["lines"][-1]


def test_whoever_had_it_drafted_is_mailed_too_where_the_office_gives_an_address(
    database: Engine, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    offices = world / "offices.yaml"
    text = offices_path().read_text(encoding="utf-8")
    offices.write_text(text.replace("accounts: {}", "accounts: {admin: jingban@yunjie.example}"), encoding="utf-8")
    monkeypatch.setenv("DUBAN_OFFICES", str(offices))
    told = Story(world, monkeypatch)
    told.hands_in("2026-07-08T10:00:00", 杏花=workbook(FIRST))
    with acting("admin"):
        told.closes("2026-08-16T08:00:00")
    sends_back(CIRCULAR, "第二段用语不妥")
    with transaction() as connection:
        notice = tables.notice
        rows = connection.execute(select(notice).where(notice.c.subject == f"{CIRCULAR}/退回")).mappings().all()
    assert {row["recipient"] for row in rows} == {"ops@duban.invalid", "jingban@yunjie.example"}
    assert all("起草：账号 admin。" in json.loads(row["payload"])["lines"] for row in rows)


def test_nobody_is_reminded_of_what_was_sent_back(story: Story) -> None:
    story.at("2026-08-21T09:00:00")
    with transaction() as connection:
        assert remind(connection, now()) == 0


def test_closing_again_asks_again_with_a_mail_of_its_own(story: Story) -> None:
    assert questions() == 1
    story.at("2026-08-18T09:00:00")
    assert closing.close_streets("half_year", "2026H1", [STREET], "test") == [ASSESSMENT]
    assert approvals.draft_circular(ASSESSMENT) == CIRCULAR
    assert questions() == 2
    assert closing.close_streets("half_year", "2026H1", [STREET], "test") == [], "it waits in the run that asked"
    assert signs(CIRCULAR).endswith("1号")


def test_it_is_submitted_again_by_an_act_with_a_reason(story: Story) -> None:
    with pytest.raises(UserError, match="没有写明理由"):
        resubmits(reason=" ")
    assert resubmits() == ASSESSMENT
    assert resubmits() == ASSESSMENT, "a second try of the task records nothing twice"
    with transaction() as connection:
        decision = tables.decision
        rows = connection.execute(select(decision).where(decision.c.kind == "resubmission")).mappings().all()
    assert [(row["account"], row["field"], row["reason"]) for row in rows] == [("admin", CIRCULAR, "已改")]
    assert approvals.draft_circular(ASSESSMENT) == CIRCULAR
    assert signs(CIRCULAR).endswith("1号")


@pytest.mark.parametrize("document", [CIRCULAR, "title"])
def test_it_is_found_by_its_id_or_its_title(story: Story, document: str) -> None:
    with transaction() as connection:
        model = connection.execute(select(tables.circular.c.model)).scalar_one()
    assert resubmits(json.loads(model)["title"] if document == "title" else document) == ASSESSMENT


def test_what_is_no_draft_is_refused_with_those_that_are(story: Story) -> None:
    with pytest.raises(UserError, match=r"没有这样一份通报草稿。通报草稿现有：.*r1/通报《"):
        resubmits("云街党工委〔2026〕9号")
    approvals.draft_circular(ASSESSMENT)
    with pytest.raises(UserError, match="没有退回待改的通报"):
        resubmits()
