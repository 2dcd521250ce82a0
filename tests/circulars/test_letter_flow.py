"""A letter's way: draft, approval, number, archive, mail; and what people may do to it."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select

from include.archive.contents import load
from include.circulars.draft import draft
from include.db import tables
from include.documents.finding import get_circular
from include.documents.waiting import ask, meeting_caution, remind
from include.errors import UserError
from include.items.states import extend
from include.letters.letters import (
    JOINT_MEETING,
    RECTIFICATION,
    draft_letter,
    joint_meeting,
    rectification,
    restore_draft,
)
from include.period import parse_moment
from include.settings import REPO
from include.signing.issue import issue, reject, withdraw
from tests.street import ISSUE_DATE, OCTOBER, STREET, assess_street, open_street

pytestmark = pytest.mark.story

AT = parse_moment("2026-10-20T10:00:00", "test")
LATER = dt.timedelta(days=1)


def rows(connection: Connection, name: str, *order: str) -> list[dict[str, Any]]:
    table = tables.metadata.tables[name]
    return [dict(row) for row in connection.execute(select(table).order_by(*(table.c[c] for c in order))).mappings()]


def of_kind(connection: Connection, kind: str) -> list[dict[str, Any]]:
    return [row for row in rows(connection, "notice", "subject", "stage") if row["kind"] == kind]


def drafted(connection: Connection, on: dt.date = OCTOBER, note: str = "") -> str:
    model = rectification(connection, open_street(connection), on, note)
    return draft_letter(connection, RECTIFICATION, model, AT)[0]


def issued(connection: Connection, letter_id: str) -> str:
    return issue(connection, letter_id, "张主任", AT, OCTOBER)


def meeting(connection: Connection) -> str:
    open_street(connection)
    model = joint_meeting(
        connection,
        STREET,
        OCTOBER,
        meeting="2026年第四季度党建联席会议",
        meeting_at=parse_moment("2026-10-28T09:30:00", "test"),
        place="党群服务中心三楼会议室",
    )
    return draft_letter(connection, JOINT_MEETING, model, AT)[0]


def test_a_letter_is_a_draft_without_number_or_mail_until_a_person_approves_it(connection: Connection) -> None:
    letter_id = drafted(connection)
    row = get_circular(connection, letter_id)
    assert (row["state"], row["document_number"], row["manifest_sha256"]) == ("draft", "", None)
    assert "（草稿）" in load(row["html_sha256"]).decode()
    assert rows(connection, "document_number", "sequence") == []
    assert of_kind(connection, "rectification_notice") == []


def test_an_approved_letter_takes_the_next_number_and_is_mailed_once_with_its_files(connection: Connection) -> None:
    letter_id = drafted(connection)
    number = issued(connection, letter_id)
    assert number == issued(connection, letter_id) == "云街党工委〔2026〕1号"
    row = get_circular(connection, letter_id)
    assert (row["state"], row["approved_by"], row["issue_date"]) == ("issued", "张主任", OCTOBER)
    assert number in load(row["html_sha256"]).decode()
    [notice] = of_kind(connection, "rectification_notice")
    assert notice["unit_code"] == f"{STREET}004"
    assert [one["sha256"] for one in json.loads(notice["attachments"])] == [row["docx_sha256"], row["pdf_sha256"]]
    [decision] = rows(connection, "decision", "id")
    assert (decision["kind"], decision["field"], decision["value"]) == ("approval", letter_id, row["model_hash"])


def test_a_circular_and_a_letter_share_one_row_of_numbers(connection: Connection) -> None:
    letter_id = drafted(connection)
    circular_id = draft(connection, f"half_year/2026H1/{STREET}/r1", AT)
    assert [issued(connection, circular_id), issued(connection, letter_id)] == [
        "云街党工委〔2026〕1号",
        "云街党工委〔2026〕2号",
    ]


def test_a_draft_that_waits_is_not_doubled_and_stays_to_the_byte_as_days_pass(connection: Connection) -> None:
    unit = open_street(connection)
    first = draft_letter(connection, RECTIFICATION, rectification(connection, unit, OCTOBER), AT)
    before = get_circular(connection, first[0])
    ask(connection, first[0], AT)
    tomorrow = rectification(connection, unit, OCTOBER + LATER)
    assert first == (before["id"], True)
    assert draft_letter(connection, RECTIFICATION, tomorrow, AT + LATER) == (before["id"], False)
    assert get_circular(connection, before["id"]) == before | {"asked_at": AT}


def test_a_draft_whose_matters_change_gets_the_new_text_and_the_committee_is_asked_anew(connection: Connection) -> None:
    unit = open_street(connection)
    letter_id, _ = draft_letter(connection, RECTIFICATION, rectification(connection, unit, OCTOBER), AT)
    ask(connection, letter_id, AT)
    seen = get_circular(connection, letter_id)["model_hash"]
    item = rectification(connection, unit, OCTOBER)["items"][0]
    extend(connection, item["id"], dt.date(2027, 6, 1), "张主任", "台风", AT)
    changed = rectification(connection, unit, OCTOBER + LATER)
    assert draft_letter(connection, RECTIFICATION, changed, AT + LATER) == (letter_id, False)
    assert len(of_kind(connection, "approval_waiting")) == 2
    assert get_circular(connection, letter_id)["asked_at"] == AT + LATER
    with pytest.raises(UserError, match="重新审阅"):
        issue(connection, letter_id, "张主任", AT, OCTOBER, expected_model_hash=seen)
    assert rows(connection, "document_number", "sequence") == []


def test_a_letter_sent_back_is_withdrawn_takes_no_number_and_may_be_written_again(connection: Connection) -> None:
    unit = open_street(connection)
    model = rectification(connection, unit, OCTOBER)
    letter_id, _ = draft_letter(connection, RECTIFICATION, model, AT)
    reject(connection, letter_id, "张主任", AT, "语气太重")
    with pytest.raises(UserError, match="不能再签发"):
        issued(connection, letter_id)
    again, is_new = draft_letter(connection, RECTIFICATION, model, AT)
    assert (again, is_new) == (f"{RECTIFICATION}/{unit.code}/2026-10-20/2", True)
    assert issued(connection, again) == "云街党工委〔2026〕1号"


def test_an_issued_letter_is_withdrawn_by_its_number_which_stays_taken_as_void(connection: Connection) -> None:
    letter_id = drafted(connection)
    withdraw(connection, issued(connection, letter_id), "张主任", AT, "内容有误")
    assert get_circular(connection, letter_id)["state"] == "withdrawn"
    [number] = rows(connection, "document_number", "sequence")
    assert (number["sequence"], number["is_void"]) == (1, True)
    with pytest.raises(UserError, match="已经撤回，不用再办"):
        withdraw(connection, letter_id, "张主任", AT, "再作废")


def test_what_the_office_adds_stands_in_the_letter(connection: Connection) -> None:
    row = get_circular(connection, drafted(connection, note="请于三日内报 <b>方案</b>。"))
    assert "请于三日内报 &lt;b&gt;方案&lt;/b&gt;。" in load(row["html_sha256"]).decode()


def test_a_meeting_is_announced_to_every_community_and_the_committee_with_the_briefing(connection: Connection) -> None:
    letter_id = meeting(connection)
    issued(connection, letter_id)
    notices = of_kind(connection, "joint_meeting")
    units = [row for row in rows(connection, "unit", "code") if row["street_code"] == STREET]
    assert sorted(notice["unit_code"] for notice in notices) == ["", *(unit["code"] for unit in units)]
    names = [one["name"] for one in json.loads(notices[0]["attachments"])]
    title = "2026年第四季度党建联席会议"
    assert names == [
        f"关于召开{title}的通知.docx",
        f"关于召开{title}的通知.pdf",
        f"{title}材料.docx",
        f"{title}材料.pdf",
    ]
    own = json.loads(next(n for n in notices if n["unit_code"] == f"{STREET}004")["payload"])
    assert own["meeting_time"] == "2026年10月28日（星期三）9时30分"
    assert own["reply_by"] == "2026年10月23日"
    assert len(own["items"]) == 4


def test_a_meeting_in_the_past_and_an_unknown_street_are_refused_together(connection: Connection) -> None:
    yesterday = parse_moment("2026-10-19T09:30:00", "test")
    with pytest.raises(UserError) as error:
        joint_meeting(connection, "1" * 9, OCTOBER, meeting="会", meeting_at=yesterday, place="会议室")
    assert len(error.value.problems) == 2


@pytest.mark.parametrize(
    ("moment", "problem"),
    [
        ("2026-11-28T00:00:00", "会议时间2026年11月28日（星期六）0时没有写明钟点：请填写几时开会"),
        ("2062-10-28T09:30:00", "会议时间2062年10月28日（星期六）9时30分在一年以后：请核对年份"),
        ("2026-10-20T08:59:00", "会议时间2026年10月20日（星期二）8时59分已过"),
    ],
)
def test_a_meeting_that_cannot_be_meant_so_is_refused(connection: Connection, moment: str, problem: str) -> None:
    assess_street(connection, units=2)
    with pytest.raises(UserError) as error:
        joint_meeting(
            connection,
            STREET,
            OCTOBER,
            meeting="例会\x07",
            meeting_at=parse_moment(moment, "test"),
            place="会议室",
            drafted_at=AT,
        )
    assert problem in error.value.problems[0]
    assert error.value.problems[1].startswith("会议名称是空的，或者有换行或看不见的字符")


@pytest.mark.parametrize(
    ("moment", "warned"),
    [
        ("2026-11-28T09:30:00", "当天按工作日历是休息日"),
        ("2026-10-28T21:00:00", "不在平常开会的钟点"),
        ("2027-03-03T09:30:00", "2027年的放假安排还没有录入"),
        ("2026-10-10T09:30:00", ""),  # a Saturday that is worked
    ],
)
def test_whoever_signs_is_told_of_a_meeting_on_a_day_off_or_at_night(
    connection: Connection, moment: str, warned: str
) -> None:
    assess_street(connection, units=2)
    at, day = parse_moment(moment, "test"), dt.date(2026, 9, 1)
    caution = meeting_caution(joint_meeting(connection, STREET, day, meeting="例会", meeting_at=at, place="会议室"))
    assert warned in caution
    assert bool(caution) == bool(warned)


def test_the_manifest_of_a_document_names_every_file_issued_by_its_hash(connection: Connection) -> None:
    for circular_id in (draft(connection, assess_street(connection, units=4), AT), meeting_of_one(connection)):
        number = issued(connection, circular_id)
        row = get_circular(connection, circular_id)
        manifest = json.loads(load(row["manifest_sha256"]))
        assert (manifest["document_number"], manifest["kind"]) == (number, row["kind"])
        assert (manifest["approved_by"], manifest["issue_date"]) == ("张主任", "2026-10-20")
        assert json.loads(load(manifest["model_sha256"])) == json.loads(row["model"])
        sent = {
            one["name"]: one["sha256"]
            for notice in rows(connection, "notice", "id")
            if notice["subject"].startswith(circular_id)
            for one in json.loads(notice["attachments"])
        }
        assert sent.items() <= manifest["files"].items()
        assert all(load(sha256) for sha256 in manifest["files"].values())


def meeting_of_one(connection: Connection) -> str:
    model = joint_meeting(connection, STREET, OCTOBER, meeting="碰头会", meeting_at=AT, place="会议室")
    assert model["agenda"] == []
    return draft_letter(connection, JOINT_MEETING, model, AT)[0]


def test_a_letter_is_rebuilt_from_the_text_that_was_approved_whatever_became_of_its_items(
    connection: Connection,
) -> None:
    letter_id = drafted(connection)
    issued(connection, letter_id)
    before = get_circular(connection, letter_id)
    connection.execute(tables.circular.delete())
    connection.execute(tables.document_number.delete())
    connection.execute(tables.rectification_item.delete())
    restore_draft(connection, letter_id, before["model_hash"])
    issued(connection, letter_id)
    assert get_circular(connection, letter_id) == before


def test_offices_under_copies_get_the_circular_where_they_have_an_address(
    connection: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (REPO / "include/registry/offices.yaml").read_text(encoding="utf-8")
    own = tmp_path / "offices.yaml"
    own.write_text(
        text.replace("[县（区）委组织部]", "[县委组织部, {name: 县委党校, email: dangxiao@example.org}]"),
        encoding="utf-8",
    )
    monkeypatch.setenv("DUBAN_OFFICES", str(own))
    circular_id = draft(connection, assess_street(connection, units=4), AT)
    issue(connection, circular_id, "张主任", AT, ISSUE_DATE)
    page = load(get_circular(connection, circular_id)["html_sha256"]).decode()
    assert "抄送：县委组织部，县委党校。" in page
    copied = {
        row["subject"].rsplit("/", 1)[1]: row for row in of_kind(connection, "circular") if "抄送" in row["subject"]
    }
    assert (copied["县委党校"]["recipient"], copied["县委党校"]["state"]) == ("dangxiao@example.org", "pending")
    assert len(json.loads(copied["县委党校"]["attachments"])) == 2
    assert copied["县委组织部"]["state"] == "skipped"
    assert "copied_to" in copied["县委组织部"]["reason"]


def reminders(connection: Connection) -> list[tuple[str, int]]:
    return [
        (row["stage"], json.loads(row["payload"])["waited_working_days"])
        for row in of_kind(connection, "approval_waiting")
        if row["stage"].startswith("2026-")
    ]


def test_the_committee_is_reminded_every_second_working_day_and_nothing_is_approved(connection: Connection) -> None:
    letter_id = drafted(connection)
    ask(connection, letter_id, AT)  # a Tuesday
    for day in range(8):
        for _ in range(2):
            remind(connection, AT + dt.timedelta(days=day))
    assert reminders(connection) == [("2026-10-22", 2), ("2026-10-26", 4)]
    assert get_circular(connection, letter_id)["state"] == "draft"


def test_a_day_without_a_run_is_caught_up_by_one_reminder(connection: Connection) -> None:
    ask(connection, drafted(connection), AT)
    remind(connection, AT + dt.timedelta(days=7))
    assert reminders(connection) == [("2026-10-26", 5)]


def test_nobody_is_reminded_of_what_was_answered_or_never_asked(connection: Connection) -> None:
    sent_back = draft(connection, assess_street(connection, "2025H2", units=4), AT)
    ask(connection, sent_back, AT)
    reject(connection, sent_back, "张主任", AT + dt.timedelta(hours=1), "请核对")
    unasked = meeting_of_one(connection)
    approved = draft_letter(
        connection,
        JOINT_MEETING,
        joint_meeting(connection, STREET, OCTOBER, meeting="例会", meeting_at=AT, place="会议室"),
        AT,
    )[0]
    ask(connection, approved, AT)
    issued(connection, approved)
    assert remind(connection, AT + dt.timedelta(days=7)) == 0
    ask(connection, sent_back, AT + dt.timedelta(days=7))  # drafted again by a rerun: the committee is asked again
    assert remind(connection, AT + dt.timedelta(days=9)) == 1
    assert get_circular(connection, unasked)["asked_at"] is None
