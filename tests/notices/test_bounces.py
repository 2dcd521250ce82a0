"""Mails that came back: what is read from them, and what becomes of our mail and of the address."""

from __future__ import annotations

import datetime as dt
import email
from typing import cast

import pytest
from sqlalchemy import Connection

from include.db.engine import transaction
from include.errors import UserError
from include.intake.channels import record_delivery
from include.outbox.acts import enable_address, is_disabled, resolve_unknown
from include.outbox.own_mails import box_of
from include.period import parse_moment, real_now
from include.post.bounces import Bounce, read_bounce, take_bounce
from include.post.sender import send_due
from include.reports.explaining import explain
from tests.faults.mail_server import FaultyServer
from tests.notices.outgoing import put
from tests.notices.people import Unit, states, table
from tests.notices.returned import bounce, bounce_bytes

WRONG = ["postfix", "exim", "qmail", "coremail_163", "qq", "winmail", "exchange_with_ids_only"]
ADDRESS, COPY = "shuji@example.org", "zuzhi@example.org"
pytestmark = pytest.mark.usefixtures("world")
UNIT = Unit(secretary_email=ADDRESS, officer_email=COPY)
AT = parse_moment("2026-07-02T10:00:00", "test")


def read(name: str, mail_id: str, address: str = ADDRESS) -> Bounce:
    found = read_bounce(bounce(name, mail_id, address, f"{ADDRESS}, {COPY}"))
    assert found is not None, name
    return found


@pytest.fixture
def mail_id(mail_server: FaultyServer, database: object) -> str:
    """A mail to ADDRESS, copied to COPY, that the server has taken."""
    put("hand_in_reminder", unit=UNIT)
    assert send_due("test").sent == 1
    [mail] = table("mail")
    assert (mail["recipient"], mail["copy_to"]) == (ADDRESS, COPY)
    return str(mail["id"])


def take(found: Bounce, sha256: str = "a" * 64, at: dt.datetime = AT) -> None:
    with transaction() as connection:
        take_bounce(connection, found, sha256, "postmaster@example.net", at)


def alerts() -> list[str]:
    return [row["payload"] for row in table("notice", "subject") if row["kind"] == "ops_alert"]


@pytest.mark.parametrize("name", WRONG)
def test_every_form_of_bounce_names_mail_address_and_reason(name: str) -> None:
    found = read(name, "b" * 64)
    assert found.mail_ids == ["b" * 64]
    [failure] = {failure.address: failure for failure in found.failures}.values()
    assert (failure.address, failure.is_final, failure.is_address_wrong) == (ADDRESS, True, True)
    assert failure.reason, "people are told why"


def test_a_delay_a_refused_text_and_a_mail_that_ran_out_of_time_are_told_apart_from_a_wrong_address() -> None:
    [delayed] = set(read("postfix_delayed", "b" * 64).failures)
    assert (delayed.is_final, delayed.is_address_wrong) == (False, False)
    for name in ("postfix_policy", "postfix_expired"):
        [failure] = set(read(name, "b" * 64).failures)
        assert (failure.is_final, failure.is_address_wrong) == (True, False), name


@pytest.mark.parametrize(
    ("status", "said", "is_wrong"),
    [
        ("5.0.0", "554 DT:SPM 163 smtp5,D9GowACHO7", False),
        ("5.0.0", "550 Mail content denied", False),
        ("5.0.0", "550 Ip frequency limited", False),
        ("5.0.0", "550 Mailbox unavailable or access denied", True),
        ("5.0.0", "550 User not found: shuji@example.org", True),
        ("5.0.0", "550 5.1.1 sorry", True),
        ("5.2.1", "550 5.2.1 mailbox disabled", True),
        ("5.2.2", "552 5.2.2 Over quota", False),
        ("5.2.3", "550 5.2.3 RESOLVER.RST.RecipSizeLimit; message too large for this recipient", False),
        ("5.4.7", "550 5.4.7 delivery expired", False),
    ],
)
def test_an_address_is_wrong_only_where_the_server_says_so_and_not_where_it_refuses_the_mail(
    status: str, said: str, is_wrong: bool
) -> None:
    content = bounce_bytes("postfix", "b" * 64, ADDRESS).replace(b"Status: 5.1.1", f"Status: {status}".encode())
    content = content.replace(b"smtp; 550 5.1.1 User unknown", f"smtp; {said}".encode())
    found = read_bounce(email.message_from_bytes(content))
    assert found is not None
    [failure] = found.failures
    assert (failure.is_final, failure.is_address_wrong) == (True, is_wrong)


@pytest.mark.parametrize(
    "text",
    [
        "您好，您的邮件我已经收到，我正在休假。\n这是来自QQ邮箱的假期自动回复邮件。",
        "Your mail will not be delivered to me until Monday.\n<shuji@example.org>: away until then",
        "我已休假。如遇邮件被退回，请联系收件人：zuzhi@example.org",
    ],
)
def test_an_answer_of_one_who_is_away_is_no_bounce(text: str) -> None:
    message = email.message_from_bytes(
        f"From: {ADDRESS}\r\nAuto-Submitted: auto-replied\r\nIn-Reply-To: <{'b' * 64}@duban.invalid>\r\n"
        f"Content-Type: text/plain; charset=utf-8\r\n\r\n{text}".encode()
    )
    assert read_bounce(message) is None


@pytest.mark.parametrize(
    "text", ["", "收到，谢谢。", "我把通知转给 shuji@example.org 了，收件人 a@example.org 不存在吗？"]
)
def test_a_mail_of_a_person_is_no_bounce(text: str) -> None:
    message = email.message_from_bytes(
        f"From: a@example.org\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}".encode()
    )
    assert read_bounce(message) is None


@pytest.mark.parametrize("name", WRONG)
def test_a_mail_that_came_back_has_failed_its_address_is_switched_off_and_ops_is_told_once(
    mail_id: str, name: str
) -> None:
    for _ in range(2):
        take(read(name, mail_id))
    assert (states(), states("notice")) == ({"failed": 1}, {"failed": 1, "pending": 1})
    [mail] = table("mail")
    assert mail["error"].startswith(f"退信（{ADDRESS}）：")
    [decision] = table("decision")
    assert (decision["kind"], decision["field"], decision["decided_by"]) == (
        "address_disabled",
        ADDRESS,
        "收件信箱（退信）",
    )
    [alert] = alerts()
    assert f"邮箱 {ADDRESS} 的邮件被退回，已停用" in alert
    with transaction() as connection:
        assert is_disabled(connection, ADDRESS)
        [row] = [row for row in explain(connection, "2026H1") if row["通知"] == "报送提醒"]
    assert (row["状态"], row["原因"]) == ("发送失败", mail["error"])
    put("receipt", "next", unit=UNIT)
    [skipped] = [row for row in table("notice") if row["state"] == "skipped"]
    assert "已停用：邮件被退回" in skipped["reason"]


def test_a_second_bounce_of_a_switched_off_address_fails_its_mail_and_tells_nobody_again(
    mail_id: str, mail_server: FaultyServer
) -> None:
    put("receipt", "another", unit=UNIT)
    send_due("test")
    for number, mail in enumerate(table("mail")):
        take(read("postfix", mail["id"]), sha256=str(number) * 64)
    assert states() == {"failed": 2}
    assert len(alerts()) == 1


def test_a_forged_bounce_marks_nothing_and_ops_is_told(mail_id: str) -> None:
    take(read("postfix", mail_id, "other@example.org"), sha256="1" * 64)
    take(read("postfix", "0" * 64), sha256="2" * 64)
    assert (states(), table("decision")) == ({"sent": 1}, [])
    assert len(alerts()) == 2
    assert all("对不上的退信" in alert for alert in alerts())


@pytest.mark.parametrize("name", WRONG)
def test_who_only_computes_a_message_id_from_unit_period_and_address_can_switch_nobody_off(
    mail_id: str, name: str
) -> None:
    """As the id of every mail can be computed; a code made up beside it does not help."""
    for made_up in (f"{mail_id} ", f"{mail_id}.0123456789abcdef"):
        take(read(name, made_up))
    assert (states(), table("decision")) == ({"sent": 1}, [])
    assert all("对不上的退信" in alert for alert in alerts())


def test_a_bounce_made_with_the_secret_of_another_installation_counts_for_nothing(
    mail_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DUBAN_SECRET", "that of another office")
    forged = bounce("postfix", mail_id, ADDRESS)
    monkeypatch.setenv("DUBAN_SECRET", "a secret of the tests")
    found = read_bounce(forged)
    assert found is not None
    take(found)
    assert (states(), table("decision")) == ({"sent": 1}, [])


def test_the_address_of_one_who_has_handed_in_before_is_not_switched_off_by_a_bounce_but_given_to_a_person(
    mail_id: str,
) -> None:
    with transaction() as connection:
        record_delivery(
            connection, channel="mailbox", name="填报表.xlsx", sender=ADDRESS, received_at=AT, sha256="c" * 64, size=1
        )
    for _ in range(2):
        take(read("postfix", mail_id))
    assert states() == {"failed": 1}
    with transaction() as connection:
        assert not is_disabled(connection, ADDRESS)
    [alert] = alerts()
    assert "曾有人用它报送或回复过" in alert


def test_a_bounce_that_names_no_mail_is_known_by_the_address_that_it_comes_back_to(mail_id: str) -> None:
    forged = bounce("postfix", "0" * 64 + " ", ADDRESS)
    del forged["To"]
    forged["To"] = f"duban+{mail_id[:16]}-0123456789abcdef@example.org"
    take(cast(Bounce, read_bounce(forged)), sha256="1" * 64)
    assert (states(), table("decision")) == ({"sent": 1}, []), "a code that is made up"
    real = bounce("postfix", "0" * 64 + " ", ADDRESS)
    real["Delivered-To"] = f"Duban+{box_of(mail_id).upper()}@example.org"
    take(cast(Bounce, read_bounce(real)), sha256="2" * 64)
    assert states() == {"failed": 1}
    with transaction() as connection:
        assert is_disabled(connection, ADDRESS)


def test_bounces_that_fit_no_mail_are_told_once_a_day_lest_the_alert_comes_back_for_ever(mail_id: str) -> None:
    for number in range(3):
        take(read("postfix", "0" * 64), sha256=str(number) * 64)
    assert len(alerts()) == 1
    take(read("postfix", "0" * 64), sha256="4" * 64, at=AT + dt.timedelta(days=1))
    assert len(alerts()) == 2


def test_a_delay_is_noted_once_and_changes_nothing_else(mail_id: str) -> None:
    for sha256 in ("1" * 64, "2" * 64):
        take(read("postfix_delayed", mail_id), sha256=sha256)
    [mail] = table("mail")
    assert mail["state"] == "sent"
    assert mail["error"].count("仍在重试") == 1
    assert (table("decision"), alerts()) == ([], [])


@pytest.mark.parametrize("name", ["postfix_policy", "postfix_expired"])
def test_a_refused_text_fails_the_mail_and_leaves_the_address_in_use(mail_id: str, name: str) -> None:
    for _ in range(2):
        take(read(name, mail_id))
    assert states() == {"failed": 1}
    with transaction() as connection:
        assert not is_disabled(connection, ADDRESS)
    [alert] = alerts()
    assert "邮箱没有停用" in alert


def test_a_copy_that_came_back_is_noted_and_the_mail_stays_sent(mail_id: str) -> None:
    take(read("exim", mail_id, COPY))
    [mail] = table("mail")
    assert mail["state"] == "sent"
    assert f"抄送被退回（{COPY}）" in mail["error"]
    with transaction() as connection:
        assert (is_disabled(connection, COPY), is_disabled(connection, ADDRESS)) == (True, False)


def test_a_mail_that_came_back_is_sent_again_only_when_its_address_is_in_use_again(
    mail_id: str, mail_server: FaultyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    take(read("postfix", mail_id))
    with transaction() as connection, pytest.raises(UserError, match="已停用，重新发送也不会收到"):
        resolve_unknown(connection, mail_id, "not_delivered", "jingban")
    monkeypatch.setenv("DUBAN_NOW", "2026-07-03T09:00:00")
    with transaction() as connection:
        enable_address(connection, ADDRESS, "jingban", "信箱已恢复")
        resolve_unknown(connection, mail_id, "not_delivered", "jingban")
    assert send_due("test").sent >= 1
    take(read("postfix", mail_id))
    assert [mail["state"] for mail in table("mail") if mail["id"] == mail_id] == ["sent"], "the old bounce, once more"
    with transaction() as connection:
        assert not is_disabled(connection, ADDRESS)


@pytest.mark.parametrize(
    ("state", "handed", "becomes"),
    [
        ("unknown", True, "failed"),
        ("sending", True, "failed"),
        ("sending", False, "sending"),
        ("pending", False, "failed"),
    ],
)
def test_a_bounce_settles_what_was_handed_over_and_what_waits_for_the_same_address_but_no_mail_on_its_way(
    mail_id: str, state: str, handed: bool, becomes: str
) -> None:
    with transaction() as connection:
        _set(connection, state, handed)
    take(read("postfix", mail_id))
    assert states() == {becomes: 1}
    send_due("test")
    assert states()[becomes if becomes != "pending" else "sent"] == 1


def _set(connection: Connection, state: str, handed: bool) -> None:
    handed_at = f"'{real_now().astimezone(dt.UTC).isoformat()}'" if handed else "NULL"
    claimed = (
        f"claimed_by = 'other', claimed_at = '{real_now().astimezone(dt.UTC).isoformat()}'"
        if state == "sending"
        else "claimed_by = ''"
    )
    connection.exec_driver_sql(f"UPDATE mail SET state = '{state}', handed_at = {handed_at}, {claimed}")
