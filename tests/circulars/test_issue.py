"""From draft to document: approval, numbers, notices, corrections."""

from __future__ import annotations

import datetime as dt
import json
import threading
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, insert, select, update

from include.archive.contents import load
from include.circulars.draft import draft
from include.db import tables
from include.db.engine import transaction
from include.documents.announcing import NOT_ANNOUNCED
from include.documents.drafts import canonical
from include.errors import UserError
from include.items.items import open_items
from include.outbox.outbox import silence
from include.period import add_working_days, parse_moment
from include.signing.issue import issue, reject, withdraw
from tests.street import ISSUE_DATE, STREET, assess_street

AT = parse_moment("2026-08-20T10:00:00", "test")


def circular(connection: Connection, circular_id: str) -> dict[str, Any]:
    query = select(tables.circular).where(tables.circular.c.id == circular_id)
    return dict(connection.execute(query).mappings().one())


def issued(connection: Connection, circular_id: str) -> str:
    return issue(connection, circular_id, "张主任", AT, ISSUE_DATE)


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
    assert "没有登记邮箱" in next(notice["reason"] for notice in notices if "抄送" in notice["subject"])
    notices = [notice for notice in notices if "抄送" not in notice["subject"]]
    assert [notice["unit_code"] for notice in notices] == ["", *(f"{STREET}{n:03}" for n in range(1, 5))]
    names = [entry["name"].rsplit(".", 1)[1] for entry in json.loads(notices[0]["attachments"])]
    assert names == ["docx", "pdf"]
    payload = json.loads(notices[1]["payload"])
    assert payload["status"] == "未报"
    assert payload["problems"] == [{"problem": "未按时报送材料", "deadline": "2026年9月10日"}]


def test_a_secretary_who_took_office_before_the_circular_gets_it(connection: Connection) -> None:
    circular_id = draft(connection, assess_street(connection, units=4), AT)
    code = f"{STREET}001"
    [before] = connection.execute(select(tables.unit).where(tables.unit.c.code == code)).mappings().all()
    moved = dt.date(2026, 8, 1)
    connection.execute(
        update(tables.unit).where(tables.unit.c.code == code).values(valid_to=moved - dt.timedelta(days=1))
    )
    connection.execute(
        insert(tables.unit).values({**before, "valid_from": moved, "secretary_email": "xin@example.org"})
    )
    issued(connection, circular_id)
    notices = connection.execute(select(tables.notice).where(tables.notice.c.unit_code == code)).mappings().all()
    assert [notice["recipient"] for notice in notices] == ["xin@example.org"]


def test_a_rerun_that_was_not_told_to_mails_nobody(connection: Connection) -> None:
    with silence(NOT_ANNOUNCED):
        issued(connection, draft(connection, assess_street(connection, units=4), AT))
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


def test_a_correction_of_what_is_again_as_published_can_no_longer_be_approved(connection: Connection) -> None:
    first = draft(connection, assess_street(connection, units=4), AT)
    issued(connection, first)
    correction = draft(connection, assess_street(connection, units=4, revision=2, lift=3), AT)
    assert draft(connection, assess_street(connection, units=4, revision=3), AT) == first
    with pytest.raises(UserError, match="已有新的修订，不能再签发"):
        issued(connection, correction)


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


def test_a_correction_names_those_whose_rank_alone_moved_in_one_sentence(connection: Connection) -> None:
    issued(connection, draft(connection, assess_street(connection), AT))
    row = circular(connection, draft(connection, assess_street(connection, revision=2, lift=3), AT))
    changes = {change["unit"]: change for change in json.loads(row["model"])["changes"]}
    assert not changes["平安社区"]["is_rank_only"]
    assert changes["望湖社区"]["is_rank_only"]
    page = load(row["html_sha256"]).decode()
    assert "以下21个社区总分和等次不变，名次相应调整：望湖社区由第11名调整为第12名、" in page
    assert "其余不变" not in page


def test_a_correction_leaves_the_deadlines_that_run_already(connection: Connection) -> None:
    issued(connection, draft(connection, assess_street(connection, units=4, lift=3), AT))
    second = draft(connection, assess_street(connection, units=4, revision=2), AT)
    issue(connection, second, "张主任", AT + dt.timedelta(days=12), dt.date(2026, 9, 1))
    query = select(tables.notice).where(tables.notice.c.subject.startswith(second)).order_by(tables.notice.c.unit_code)
    payloads = {row["unit_code"][-3:]: json.loads(row["payload"]) for row in connection.execute(query).mappings()}
    named_before = {row["problem"]: row["deadline"] for row in payloads["004"]["problems"]}
    assert named_before["居务公开不及时"] == "2026年10月8日", "30 working days from the first circular"
    new = {row["problem"]: row["deadline"] for row in payloads["003"]["problems"]}
    assert new["党课次数不足"] == "2026年10月19日", "30 working days from the correction"


def test_an_item_that_an_earlier_period_left_open_keeps_its_deadline(connection: Connection) -> None:
    earlier = assess_street(connection, "2025H2", units=4)
    open_items(connection, earlier, dt.date(2026, 3, 10), AT)
    row = circular(connection, draft(connection, assess_street(connection, units=4), AT))
    items = json.loads(row["model"])["items"]
    running = {
        item["deadline_date"] for item in items if (item["unit_code"], item["indicator"]) == (f"{STREET}004", "A4")
    }
    assert running == {add_working_days(dt.date(2026, 3, 10), 30).isoformat()}
