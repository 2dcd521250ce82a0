"""From draft to document: approval, numbers, notices, corrections."""

from __future__ import annotations

import datetime as dt
import json
import threading
from typing import Any

import pytest
from assessed_street import ISSUE_DATE, STREET, assess_street
from sqlalchemy import Connection, Engine, select

from include.circulars.draft import canonical, draft
from include.circulars.issue import issue, reject, withdraw
from include.db import tables
from include.db.engine import transaction
from include.errors import UserError
from include.intake.archive import load
from include.period import parse_moment

AT = parse_moment("2026-08-20T10:00:00", "test")


def circular(connection: Connection, circular_id: str) -> dict[str, Any]:
    query = select(tables.circular).where(tables.circular.c.id == circular_id)
    return dict(connection.execute(query).mappings().one())


def issued(connection: Connection, circular_id: str, announce: bool = True) -> str:
    return issue(connection, circular_id, "张主任", AT, ISSUE_DATE, announce=announce)


def test_drafting_twice_gives_one_draft_with_the_same_hash(connection: Connection) -> None:
    key = assess_street(connection, units=4)
    first = draft(connection, key, AT)
    before = circular(connection, first)
    assert draft(connection, key, AT + dt.timedelta(days=1)) == first
    assert circular(connection, first) == before
    assert before["state"] == "draft"
    assert before["document_number"] == ""
    assert canonical(json.loads(before["model"]))[1] == before["model_hash"]
    assert "（草稿）" in load(before["html_sha256"]).decode()


def test_issuing_adds_number_and_date_and_archives_the_documents(connection: Connection) -> None:
    circular_id = draft(connection, assess_street(connection, units=4), AT)
    number = issued(connection, circular_id)
    assert number == "云街党工委〔2026〕1号"
    row = circular(connection, circular_id)
    assert (row["state"], row["approved_by"], row["issue_date"]) == ("issued", "张主任", ISSUE_DATE)
    assert number in load(row["html_sha256"]).decode()
    assert load(row["docx_sha256"])[:2] == b"PK"
    assert load(row["pdf_sha256"])[:5] == b"%PDF-"


def test_issuing_again_gives_the_same_number_and_takes_no_other(connection: Connection) -> None:
    circular_id = draft(connection, assess_street(connection, units=4), AT)
    assert issued(connection, circular_id) == issued(connection, circular_id)
    assert len(connection.execute(select(tables.document_number)).all()) == 1


def test_the_approval_is_recorded_with_the_hash_that_was_approved(connection: Connection) -> None:
    circular_id = draft(connection, assess_street(connection, units=4), AT)
    issued(connection, circular_id)
    (decision,) = connection.execute(select(tables.decision)).mappings().all()
    assert decision["kind"] == "approval"
    assert decision["value"] == circular(connection, circular_id)["model_hash"]
    assert decision["decided_by"] == "张主任"


def test_a_draft_other_than_the_one_that_was_seen_is_not_issued(connection: Connection) -> None:
    circular_id = draft(connection, assess_street(connection, units=4), AT)
    with pytest.raises(UserError, match="请重新审阅"):
        issue(connection, circular_id, "张主任", AT, ISSUE_DATE, expected_model_hash="0" * 64)
    assert connection.execute(select(tables.document_number)).all() == []


def test_each_community_and_the_committee_are_told_once_with_the_documents(connection: Connection) -> None:
    circular_id = draft(connection, assess_street(connection, units=4), AT)
    issued(connection, circular_id)
    notices = connection.execute(select(tables.notice).order_by(tables.notice.c.unit_code)).mappings().all()
    assert [notice["unit_code"] for notice in notices] == ["", *(f"{STREET}{n:03}" for n in range(1, 5))]
    names = [entry["name"].rsplit(".", 1)[1] for entry in json.loads(notices[1]["attachments"])]
    assert names == ["docx", "pdf"]
    payload = json.loads(notices[1]["payload"])
    assert payload["status"] == "未报"
    assert payload["problems"] == [{"problem": "未按时报送材料", "deadline": "2026年9月10日"}]


def test_a_rerun_that_was_not_told_to_mails_nobody(connection: Connection) -> None:
    issued(connection, draft(connection, assess_street(connection, units=4), AT), announce=False)
    states = {row["state"] for row in connection.execute(select(tables.notice)).mappings()}
    assert states == {"skipped"}


def test_a_draft_sent_back_stays_a_draft_and_the_note_is_kept(connection: Connection) -> None:
    circular_id = draft(connection, assess_street(connection, units=4), AT)
    reject(connection, circular_id, "张主任", AT, "请核对平安社区")
    assert circular(connection, circular_id)["state"] == "draft"
    (decision,) = connection.execute(select(tables.decision)).mappings().all()
    assert (decision["kind"], decision["reason"]) == ("rejection", "请核对平安社区")


def test_a_withdrawn_circular_keeps_its_number_as_void(connection: Connection) -> None:
    first = draft(connection, assess_street(connection, units=4), AT)
    issued(connection, first)
    withdraw(connection, first, "张主任", AT, "数据有误")
    (row,) = connection.execute(select(tables.document_number)).mappings().all()
    assert (row["sequence"], row["is_void"]) == (1, True)
    with pytest.raises(UserError):
        issued(connection, first)
    second = draft(connection, assess_street(connection, units=4, revision=2), AT)
    assert issued(connection, second) == "云街党工委〔2026〕2号"


def test_an_older_draft_can_no_longer_be_approved(connection: Connection) -> None:
    old = draft(connection, assess_street(connection, units=4), AT)
    draft(connection, assess_street(connection, units=4, revision=2, lift=3), AT)
    with pytest.raises(UserError, match="最新的草稿"):
        issued(connection, old)


def test_a_later_revision_of_an_issued_result_becomes_a_correction_that_says_what_changed(
    connection: Connection,
) -> None:
    first = draft(connection, assess_street(connection, units=4), AT)
    number = issued(connection, first)
    second = draft(connection, assess_street(connection, units=4, revision=2, lift=3), AT)
    row = circular(connection, second)
    assert row["kind"] == "更正通报"
    page = load(row["html_sha256"]).decode()
    assert number in page
    assert "总分由" in page
    assert "撤销问题" in page


def test_a_later_revision_that_changes_nothing_published_needs_no_correction(connection: Connection) -> None:
    first = draft(connection, assess_street(connection, units=4), AT)
    issued(connection, first)
    assert draft(connection, assess_street(connection, units=4, revision=2), AT) == first


def test_two_issued_at_the_same_moment_get_consecutive_numbers(database: Engine) -> None:
    with transaction() as connection:
        periods = ["2025H1", "2025H2", "2026H1"]
        ids = [draft(connection, assess_street(connection, period, units=4), AT) for period in periods]
    numbers: list[str] = []
    errors: list[Exception] = []
    gate = threading.Barrier(len(ids))

    def run(circular_id: str) -> None:
        try:
            gate.wait(timeout=30)
            with transaction() as connection:
                numbers.append(issued(connection, circular_id))
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(circular_id,)) for circular_id in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert errors == []
    assert sorted(numbers) == [f"云街党工委〔2026〕{n}号" for n in (1, 2, 3)]


def test_one_circular_issued_by_two_at_once_takes_one_number(database: Engine) -> None:
    with transaction() as connection:
        circular_id = draft(connection, assess_street(connection, units=4), AT)
    numbers: list[str] = []
    gate = threading.Barrier(2)

    def run() -> None:
        gate.wait(timeout=30)
        with transaction() as connection:
            numbers.append(issued(connection, circular_id))

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert numbers == ["云街党工委〔2026〕1号"] * 2
