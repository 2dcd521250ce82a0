"""The worked case of 统一活动日 (R1, 2026H1): sheets as they came, May not held, the table and the items, in OUT."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from include.archive import contents
from include.db import tables
from include.db.engine import database_url, get_engine, make_engine, migrate
from include.outbox.outbox import silence
from include.period import in_zone, parse_moment
from include.post.sender import send_due
from include.rebuild.replay import rebuild
from include.steps import diary
from tests.events.activity_year import OF_A, SUBJECTS, A, B, Year
from tests.faults.mail_server import FaultyServer, mail_server
from tests.own_systems import add_systems

__all__ = ["mail_server"]

pytestmark = pytest.mark.story


@pytest.fixture
def year(database: Engine, world: Path, monkeypatch: pytest.MonkeyPatch) -> Year:
    add_systems(world, monkeypatch, activity_day="2026H1")
    return Year(world, monkeypatch, "activity_day", subjects=SUBJECTS, links="")


def test_the_worked_case_comes_out_as_it_was_reckoned_by_hand(year: Year) -> None:
    year.on("2025-12-15")
    year.on("2026-01-21")
    for month in ("2026-01", "2026-02", "2026-03", "2026-04"):
        assert year.reports(month, *OF_A[month]) == "accepted", year.said
    year.on("2026-05-28")
    with year.database() as connection:
        states = connection.exec_driver_sql(f"SELECT state FROM event WHERE unit_code = '{A}' AND period = '2026-05'")
        assert states.scalar() == "未报"
    year.on("2026-06-08")
    assert year.reports("2026-06", *OF_A["2026-06"]) == "accepted", year.said
    year.on("2026-07-14")
    result = year.closes("2026H1")
    assert result is not None

    [own, street, county] = [row for row in year.read("2026H1", "tables/T12.csv") if row["code"] != B]
    assert own == {
        "code": A, "name": "杏花社区", "应开展": "6", "已开展": "5", "补开": "0", "未开展": "1", "达标次数": "4",
        "平均到会率": "85.64", "志愿服务次数": "3", "志愿服务人次": "47", "已报": "1/1",
    }  # fmt: skip
    assert (street["应开展"], street["已开展"], street["平均到会率"], street["已报"]) == ("12", "5", "85.64", "1/2")
    assert county["未开展"] == "7"
    events = {(row["code"], row["period"]): row for row in year.read("2026H1", "events.csv")}
    assert events[A, "2026-02"] == {
        "series": "unified_activity_day", "code": A, "period": "2026-02", "planned": "2026-03-01", "held": "2026-03-01",
        "state": "已开展", "expected": "40", "present": "30",
    }  # fmt: skip
    assert (events[A, "2026-05"]["state"], events[A, "2026-05"]["held"], len(events)) == ("未开展", "", 12)
    figures = {(row["code"], row["figure"]): row["value"] for row in year.read("2026H1", "figures.csv")}
    assert (figures[A, "attendance_rate"], figures[A, "expected_sum"], figures[A, "present_sum"]) == (
        "85.64",
        "202",
        "173",
    )
    assert {row["unit_code"]: row["status"] for row in year.read("2026H1", "scores.csv")} == {A: "已报", B: "未报"}
    with year.database() as connection:
        items = connection.exec_driver_sql(
            f"SELECT problem, deadline, state, is_open FROM rectification_item WHERE unit_code = '{A}'"
        ).all()
    assert [(row[0], str(row[1])) for row in items] == [("2026年5月统一活动日未开展", "2026-06-30")]
    out = year.is_signed(result)
    page = (out / "circular.html").read_text(encoding="utf-8")
    assert "未开展1次" in page.replace(" ", "") and "问题整改清单" not in page
    assert (out / "circular.docx").is_file()

    engine = make_engine(database_url(f"sqlite:///{year.world / 'again.db'}"))
    migrate(engine)
    assert rebuild(get_engine(), engine, parse_moment("2026-07-16T12:00:00", "test")).differences == []
    with engine.connect() as connection:
        again = connection.exec_driver_sql("SELECT id, state, present FROM event ORDER BY id").all()
        hashes = connection.exec_driver_sql("SELECT input_hash FROM assessment").all()
    with year.database() as connection:
        assert again == connection.exec_driver_sql("SELECT id, state, present FROM event ORDER BY id").all()
        assert hashes == connection.exec_driver_sql("SELECT input_hash FROM assessment").all()


def test_a_half_years_out_holds_every_mail_of_its_months_which_have_no_out_of_their_own(
    year: Year, mail_server: FaultyServer
) -> None:
    year.on("2025-12-15")
    year.on("2026-01-21")
    assert year.reports("2026-01", *OF_A["2026-01"]) == "accepted", year.said
    for day in (
        "2026-01-29",
        "2026-02-09",
        "2026-06-24",
    ):  # 未报, then 未开展 with its item; the last invitation of the half
        year.on(day)
    year.on("2026-07-14")
    send_due("test")
    assert year.closes("2026H1") is not None
    with year.database() as connection:
        of_months = connection.exec_driver_sql(
            "SELECT mail.sha256 FROM notice JOIN mail ON mail.id = notice.mail_id"
            " WHERE mail.state = 'sent' AND notice.period BETWEEN '2026-01' AND '2026-06'"
        )
        sent = {
            sha256 for sha256 in of_months.scalars() if not contents.is_personal(sha256)
        }  # a list of names stays inside
    exported = {hashlib.sha256(path.read_bytes()).hexdigest() for path in (year.out("2026H1") / "mails").iterdir()}
    assert len(sent) >= 5 and sent <= exported
    assert any("_receipt_" in path.name for path in (year.out("2026H1") / "mails").iterdir())


def test_a_backfill_of_twelve_months_plans_their_days_and_mails_nobody(year: Year) -> None:
    year.patch.setenv("DUBAN_NOW", "2027-01-12T09:00:00")
    with silence("回填，不发送"):
        diary.keep_diary("test", "activity_day", "2026", "2025-12-10")
    with year.database() as connection:
        days = connection.exec_driver_sql(
            f"SELECT planned_date FROM event WHERE unit_code = '{A}' AND period BETWEEN '2026-01' AND '2026-12' ORDER BY period"
        )
        planned = [str(day)[5:] for day in days.scalars()]
        states = connection.exec_driver_sql("SELECT DISTINCT state FROM notice").scalars().all()
    assert planned == [
        "01-24", "03-01", "03-28", "04-25", "05-23", "06-27", "07-25", "08-22", "09-19", "10-24", "11-28", "12-26",
    ]  # fmt: skip
    assert states == ["skipped"]


def test_of_the_days_that_a_close_plays_each_recipient_gets_one_digest_and_none_where_there_is_nothing_to_say(
    year: Year, mail_server: FaultyServer
) -> None:
    """What fell due on several played mornings is put together when it is sent: nobody gets a pile of old days."""
    year.patch.setenv("DUBAN_NOW", "2026-01-20T09:00:00")
    diary.keep_diary("test", "activity_day", "2026H1", "2025-12-16")
    send_due("test")
    assert digests(year) == []
    year.patch.setenv("DUBAN_NOW", "2026-02-10T09:00:00")
    diary.keep_diary("test", "activity_day", "2026H1", "2026-01-21")
    send_due("test")
    assert sorted(digests(year)) == [("a@x.cn", 4), ("b@x.cn", 4)], "two invitations, 未报 and 未开展 of January"


def digests(year: Year) -> list[tuple[str, int]]:
    """Recipient of each digest that went out, and how many notices it carries."""
    with year.database() as connection:
        rows = connection.exec_driver_sql(
            "SELECT mail.recipient, COUNT(*) FROM mail JOIN notice ON notice.mail_id = mail.id"
            " WHERE mail.digest IS NOT NULL AND mail.recipient IN ('a@x.cn', 'b@x.cn') GROUP BY mail.id, mail.recipient"
        )
        return [(str(to), int(count)) for to, count in rows]


def test_a_close_that_comes_after_its_days_gives_what_the_calendar_would_have_given(year: Year) -> None:
    year.patch.setenv("DUBAN_NOW", "2026-02-10T09:00:00")
    diary.keep_diary("test", "activity_day", "2026H1", "2025-12-10")
    event, change, notice = tables.event, tables.event_change, tables.notice
    with year.database() as connection:
        moves = connection.execute(
            select(change.c.state, change.c.happened_at)
            .join(event, event.c.id == change.c.event_id)
            .where(event.c.unit_code == B, event.c.period == "2026-01")
            .order_by(change.c.sequence)
        ).all()
        told = connection.execute(
            select(notice.c.kind, notice.c.due_at)
            .where(notice.c.unit_code == B, notice.c.period == "2026-01")
            .order_by(notice.c.due_at)
        ).all()
        items = connection.exec_driver_sql(f"SELECT opened_date FROM rectification_item WHERE unit_code = '{B}'").all()
    assert [(state, f"{in_zone(at):%m-%d %H:%M}") for state, at in moves] == [
        ("已排定", "12-15 07:50"), ("已通知", "01-21 07:50"), ("未报", "01-29 07:50"), ("未开展", "02-09 07:50"),
    ]  # fmt: skip
    assert [(kind, f"{in_zone(at):%m-%d}") for kind, at in told] == [
        ("event_invitation", "01-21"), ("event_invitation", "01-23"), ("event_missed", "01-29"), ("event_missed", "02-09"),
    ]  # fmt: skip
    assert [str(row[0]) for row in items] == ["2026-02-09"]


def test_what_is_wrong_is_said_at_once_and_a_corrected_sheet_takes_the_place_of_the_first(year: Year) -> None:
    year.on("2026-01-05")
    wrong = year.reports("2026-01", "2026-02-02", "党课", 40, 34, 4, 1, 5, at="2026-02-03T10:00:00")
    assert wrong == "returned"
    for part in ("属于另一期", "实到、请假、缺席之和不等于应到党员数", "活动类型里却没有志愿服务"):
        assert part in year.said, year.said
    assert year.reports("2026-01", *OF_A["2026-01"], at="2026-02-04T10:00:00") == "accepted", year.said
    year.on("2026-02-09")
    later = ("2026-01-24", "主题党日、志愿服务", 40, 36, 2, 2, 12)
    assert year.reports("2026-01", *later, at="2026-02-10T10:00:00") == "accepted", year.said
    year.on("2026-03-10")  # February and what the other held of nothing is missed by then
    assert year.reports("2026-02", "2026-03-12", "党课", 40, 30, 6, 4, 0, at="2026-03-12T18:00:00") == "accepted", (
        year.said
    )
    with year.database() as connection:
        rows = connection.exec_driver_sql(
            f"SELECT period, state, present FROM event WHERE unit_code = '{A}' AND period < '2026-03' ORDER BY period"
        ).all()
        items = connection.exec_driver_sql(
            f"SELECT is_open FROM rectification_item WHERE unit_code = '{A}' ORDER BY problem"
        ).all()
    assert [tuple(row) for row in rows] == [("2026-01", "已开展", 36), ("2026-02", "补报", 30)]
    assert [bool(row[0]) for row in items] == [False]  # made up for
    again = make_engine(database_url(f"sqlite:///{year.world / 'again.db'}"))
    migrate(again)
    assert rebuild(get_engine(), again, parse_moment("2026-03-16T12:00:00", "test")).differences == []


def test_a_sheet_that_comes_before_any_daily_round_counts_on_the_day_to_which_its_event_was_moved(year: Year) -> None:
    assert year.reports("2026-02", *OF_A["2026-02"]) == "accepted", year.said  # planned for 03-01: 02-28 is worked
    with year.database() as connection:
        [event] = connection.exec_driver_sql(f"SELECT planned_date, state FROM event WHERE unit_code = '{A}'").all()
    assert (str(event[0]), event[1]) == ("2026-03-01", "已开展")
    assert year.reports("2026-04", "2026-05-02", "党课", 40, 30, 6, 4, 0, at="2026-05-03T10:00:00") == "returned"
    assert "属于另一期" in year.said
