"""What people decide about mails and addresses, and what they are told about what was not sent."""

from __future__ import annotations

import pytest

from include.db.engine import transaction
from include.errors import UserError
from include.outbox.acts import disable_address, enable_address, resolve_unknown
from include.outbox.policies import load_policies
from include.post.sender import SendResult, send_due
from include.reports.explaining import explain, open_mails
from tests.faults.mail_server import FaultyServer
from tests.notices.outgoing import put
from tests.notices.people import Unit, states, table

pytestmark = pytest.mark.usefixtures("database")


def test_a_person_settles_an_unknown_mail_as_delivered(mail_server: FaultyServer) -> None:
    mail_server.plan = lambda step, _mail: "take_and_drop" if step == "text" else ""
    put("refused")
    send_due("test")
    with transaction() as connection:
        [mail] = open_mails(connection)
        resolve_unknown(connection, mail["id"], "delivered", "张三", "电话核实")
    assert (states(), states("notice")) == ({"sent": 1}, {"sent": 1})
    assert [row["decided_by"] for row in table("decision")] == ["张三"]
    assert send_due("test") == SendResult()


def test_a_person_settles_an_unknown_mail_as_lost_and_it_goes_again(mail_server: FaultyServer) -> None:
    mail_server.plan = lambda step, mail: "take_and_drop" if step == "text" and mail == 1 else ""
    put("refused")
    send_due("test")
    with transaction() as connection:
        [mail] = open_mails(connection)
        resolve_unknown(connection, mail["id"], "not_delivered", "张三")
    assert send_due("test") == SendResult(sent=1)
    with transaction() as connection, pytest.raises(UserError, match="不需要也不能"):
        resolve_unknown(connection, mail["id"], "not_delivered", "张三")


def test_a_failed_mail_of_which_the_reader_was_told_by_telephone_is_nobodys_worry_any_more(
    mail_server: FaultyServer,
) -> None:
    mail_server.plan = lambda step, _mail: "550 no such mailbox" if step == "rcpt" else ""
    put("refused")
    send_due("test")
    with transaction() as connection:
        [mail] = open_mails(connection)
        with pytest.raises(UserError, match="不需要也不能"):
            resolve_unknown(connection, mail["id"], "delivered", "张三")
        resolve_unknown(connection, mail["id"], "told_otherwise", "张三", "电话告知书记")
        assert open_mails(connection) == []
        [row] = explain(connection, "2026H1")
    assert (row["状态"], row["原因"]) == ("不发送", "张三 于 2026年7月1日 登记为已另行告知，不再发送：电话告知书记")
    put("refused")
    assert send_due("test") == SendResult(), "nor does it go when it is put in again"


def test_a_mail_that_a_person_sends_again_has_all_its_tries_before_it(
    mail_server: FaultyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail_server.plan = lambda step, _mail: "451 greylisted" if step == "rcpt" else ""
    put("refused")
    for day in range(1, len(load_policies().sending.retry_minutes) + 2):
        monkeypatch.setenv("DUBAN_NOW", f"2026-07-{day:02}T09:00:00")
        send_due("test")
    assert states() == {"failed": 1}
    with transaction() as connection:
        [mail] = open_mails(connection)
        resolve_unknown(connection, mail["id"], "not_delivered", "张三")
    assert send_due("test") == SendResult(waiting=1), "the same server greylists it the same way"
    mail_server.plan = lambda _step, _mail: ""
    monkeypatch.setenv("DUBAN_NOW", "2026-07-20T09:00:00")
    assert send_due("test") == SendResult(sent=1)


def test_an_address_that_bounced_gets_nothing_until_it_is_enabled(mail_server: FaultyServer) -> None:
    with transaction() as connection:
        disable_address(connection, "SHUJI@example.org", "张三", "退信：邮箱已满")
    put("refused", "first")
    assert send_due("test") == SendResult()
    assert "已停用：退信：邮箱已满" in table("notice")[0]["reason"]
    with transaction() as connection:
        enable_address(connection, "shuji@example.org", "张三", "已清理")
    put("refused", "second")
    assert send_due("test") == SendResult(sent=1)


def test_why_a_notice_was_not_sent_is_answered_for_each(mail_server: FaultyServer) -> None:
    mail_server.plan = lambda step, mail: "550 no such mailbox" if step == "rcpt" and mail == 1 else ""
    put("refused", "1 refused")
    send_due("test")
    put("receipt", "2 sent")
    send_due("test")
    put("receipt", "3 no address", unit=Unit(secretary_email=""))
    put("receipt", "4 backfill", silent_because="补算不发通知。")
    put("receipt", "5 waiting")
    with transaction() as connection:
        rows = {row["事由"]: (row["状态"], row["原因"]) for row in explain(connection, "2026H1", Unit().code)}
        assert explain(connection, "2026H1", "000000000000") == []
    assert rows == {
        "1 refused": ("发送失败", "对方服务器拒收：550 no such mailbox"),
        "2 sent": ("已发送", ""),
        "3 no address": ("不发送", "登记册中没有书记邮箱，请在登记册的 secretary_email 一栏补上。"),
        "4 backfill": ("不发送", "补算不发通知。"),
        "5 waiting": ("待发送", "等待发送任务。"),
    }
