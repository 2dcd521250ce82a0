"""再提醒: a person has one unit reminded at once of what it owes, once a day; or is told why not."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine

from include.acts import ACTS
from include.acts.act import perform
from include.acts.reminders import remind_once_more
from include.asking.opening import open_period
from include.asking.reminders import AGAIN, KIND, remind_missing, reminded_of
from include.db.engine import transaction
from include.errors import UserError
from include.outbox.acts import disable_address
from include.outbox.policies import load_policies
from include.period import Period, in_zone
from include.post.sender import SendResult, send_due
from include.schemes.loader import load_scheme
from tests.faults.mail_server import FaultyServer
from tests.street import STREET, A, B, add_units, hand_in, rows

SCHEME = load_scheme("half_year", Period.parse("2026H1"))
REMIND = next(act for act in ACTS if act.name == "remind")
WHY = "电话无人接听"


def at(day: str, hour: int = 10) -> dt.datetime:
    return in_zone(dt.datetime.fromisoformat(f"{day}T{hour:02}:00:00"))


@pytest.fixture
def street(connection: Connection) -> Connection:
    """A community that handed in nothing, and one of which a form went back; both have their forms."""
    add_units(connection, A, B)
    open_period(connection, SCHEME, STREET, at("2026-07-01"))
    hand_in(connection, B, status="returned", returned_sha256="b" * 64, returned_name="退回_表.xlsx")
    return connection


def reminders(connection: Connection) -> list[tuple[str, str, str]]:
    told = [row for row in rows(connection, "notice", "due_at", "unit_code") if row["kind"] == KIND]
    return [(row["unit_code"], row["stage"], row["state"]) for row in told]


def again(connection: Connection, day: str, unit: str = A, hour: int = 10) -> str:
    return remind_once_more(connection, SCHEME, unit, WHY, "admin", at(day, hour))


def refused(connection: Connection, day: str, unit: str = A, hour: int = 10) -> str:
    with pytest.raises(UserError) as error:
        again(connection, day, unit, hour)
    return "".join(error.value.problems)


def test_a_unit_is_reminded_on_any_day_of_the_window_and_the_act_is_recorded(street: Connection) -> None:
    said = again(street, "2026-07-08")
    assert said.startswith("admin 再提醒了第1社区：半年党建检查考评（2026年上半年）") and "未报" in said
    assert reminders(street) == [(A, f"{AGAIN}:2026-07-08", "pending")]
    [decision] = rows(street, "decision", "sequence")
    assert (decision["kind"], decision["unit_code"], decision["reason"], decision["account"]) == ("reminder", A, WHY, "admin")  # fmt: skip
    assert decision["value"] == SCHEME.forms[0].name


def test_what_went_back_comes_again_with_its_marked_copy(street: Connection) -> None:
    assert "退回未改" in again(street, "2026-07-08", B)
    [notice] = [row for row in rows(street, "notice", "id") if row["kind"] == KIND]
    assert json.loads(notice["attachments"])[0]["name"] == "退回_表.xlsx"
    assert json.loads(notice["payload"])["status"] == "退回未改"


def test_once_a_day_and_again_the_next(street: Connection) -> None:
    again(street, "2026-07-08")
    assert "第1社区今天 10:00 已由admin再提醒过" in refused(street, "2026-07-08", hour=16)
    assert len(reminders(street)) == len(rows(street, "decision", "id")) == 1
    again(street, "2026-07-08", B)
    again(street, "2026-07-09")
    assert reminders(street)[-1] == (A, f"{AGAIN}:2026-07-09", "pending")


def test_a_reminder_of_the_day_that_still_waits_gives_way_to_it(street: Connection) -> None:
    remind_missing(street, SCHEME, STREET, at("2026-07-13", 8))
    again(street, "2026-07-13")
    assert {one for one in reminders(street) if one[0] == A} == {
        (A, "T-7", "skipped"),
        (A, f"{AGAIN}:2026-07-13", "pending"),
    }


def test_nothing_is_sent_where_nothing_is_owed_or_may_come_in(street: Connection) -> None:
    hand_in(street, A, status="accepted")
    assert "没有要提醒的" in refused(street, "2026-07-08")
    assert "不在收件期内（2026年7月1日至2026年8月15日）" in refused(street, "2026-08-16", B)
    assert "没有编码为“990000001999”" in refused(street, "2026-07-08", "990000001999")
    assert reminders(street) == [] == rows(street, "decision", "id")
    form = SCHEME.forms[0].key
    assert form in reminded_of(SCHEME, dt.date(2026, 7, 8))
    assert form not in reminded_of(SCHEME, dt.date(2026, 8, 16))


def test_nobody_is_reminded_of_a_form_that_did_not_go_out(connection: Connection) -> None:
    add_units(connection, A)
    assert "还没有发出" in refused(connection, "2026-07-08")


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ("no address", "登记册中没有书记邮箱"),
        ("address switched off", "邮箱 shuji1@example.org 已停用：换人"),
        ("kind switched off", "本机关没有开通“报送提醒”"),
    ],
)
def test_an_act_that_reaches_nobody_says_why_and_leaves_nothing_behind(
    database: Engine, world: Path, monkeypatch: pytest.MonkeyPatch, wrong: str, sentence: str
) -> None:
    with transaction() as connection:
        add_units(connection, A, **({"secretary_email": ""} if wrong == "no address" else {}))
        open_period(connection, SCHEME, STREET, at("2026-07-01"))
        if wrong == "address switched off":
            disable_address(connection, "shuji1@example.org", "admin", "换人")
    if wrong == "kind switched off":
        shipped = Path("include/registry/offices.yaml").read_text(encoding="utf-8").split("\nstreets:")[0]
        own = f'{shipped}\nstreets:\n  "{STREET}": {{name: 云街街道, mails: {{hand_in_reminder: false}}}}\n'
        (world / "offices.yaml").write_text(own, encoding="utf-8")
        monkeypatch.setenv("DUBAN_OFFICES", str(world / "offices.yaml"))
    monkeypatch.setenv("DUBAN_NOW", "2026-07-08T10:00:00")
    answers = {"period": "2026H1", "unit_code": A, "reason": WHY, "scheme": "half_year"}
    with pytest.raises(UserError, match="提醒发不到第1社区") as error:
        perform(REMIND, answers, "admin")
    assert sentence in "".join(error.value.problems)
    with transaction() as connection:
        assert reminders(connection) == []
        assert [row for row in rows(connection, "decision", "id") if row["kind"] == "reminder"] == []


def test_it_goes_at_once_though_the_mail_of_the_day_has_gone(
    database: Engine, mail_server: FaultyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with transaction() as connection:
        add_units(connection, A)
        open_period(connection, SCHEME, STREET, at("2026-07-01"))
        remind_missing(connection, SCHEME, STREET, at("2026-07-13", 8))
    monkeypatch.setenv("DUBAN_NOW", "2026-07-13T09:00:00")
    assert send_due("test") == SendResult(sent=2)
    with transaction() as connection:
        again(connection, "2026-07-13", hour=9)
    assert send_due("test") == SendResult(sent=1)
    assert load_policies().kinds[KIND].is_in_digest("T-7")
