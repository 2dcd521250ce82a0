"""“Why was this not sent?” as a command and as files."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

import pytest

from include.db.engine import transaction
from include.db.run_log import log_run
from include.errors import UserError
from include.outbox.acts import disable_address, enable_address, resolve_unknown
from include.period import now
from include.post.sender import SendResult, send_due
from include.registry.units import import_units
from include.reports.csv_text import as_csv
from include.reports.daily import write_daily
from include.reports.explaining import explain, open_mails
from ops.why import answer
from tests.acting import act
from tests.faults.mail_server import FaultyServer
from tests.notices.outgoing import put
from tests.notices.people import Unit, put_alerts, states, table, unit

pytestmark = pytest.mark.usefixtures("database")


def report(folder: Path, day: dt.date) -> list[dict[str, str]]:
    with transaction() as connection:
        paths = write_daily(connection, folder, day)
    assert [path.parent.name for path in paths] == [day.isoformat()] * 7
    return list(csv.DictReader(paths[0].read_text(encoding="utf-8-sig").splitlines()))


def register(world: Path) -> None:
    path = world / "registry.csv"
    path.write_text(f"code,name,street_code\n{Unit().code},{Unit().name},990000001\n", encoding="utf-8")
    with transaction() as connection:
        import_units(connection, path, dt.date(2000, 1, 1))


def test_the_command_lists_what_was_not_sent_and_why(
    mail_server: FaultyServer, world: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    register(world)
    put("receipt", "1 sent")
    send_due("test")
    put("receipt", "2 no address", unit=Unit(secretary_email=""))
    answer("2026Q2")  # its form is that of the half
    printed = capsys.readouterr().out
    assert "应发通知 2 条，已发送 1 条，未发送 1 条" in printed
    assert "登记册中没有书记邮箱" in printed
    assert "shuji@example.org" not in printed
    for named in (Unit().code, Unit().name):
        answer("2026H1", named, shows_all=True)
        assert "shuji@example.org" in capsys.readouterr().out


def test_the_command_says_which_runs_there_were_where_no_notice_is(
    world: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    register(world)
    with transaction() as connection:
        log_run(
            connection,
            run_id="backfill__1",
            stage="assess",
            period="2026H1",
            street_code="990000001",
            outcome="done",
            detail={},
        )
    answer("2026H1", Unit().code)
    printed = capsys.readouterr().out
    assert "没有这样的通知" in printed
    assert "考评  990000001  完成  backfill__1" in printed
    for wrong in (("半年", ""), ("2026H1", "990000001009"), ("2026H1", "没有社区")):
        with pytest.raises(UserError):
            answer(*wrong)


def test_the_report_of_a_day_has_its_notices_and_older_ones_that_are_not_settled(
    mail_server: FaultyServer, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail_server.plan = lambda step, mail: "550 no such mailbox" if step == "rcpt" and mail == 1 else ""
    put("refused", "1 failed yesterday")
    send_due("test")
    put("receipt", "2 sent yesterday")
    send_due("test")
    monkeypatch.setenv("DUBAN_NOW", "2026-07-02T09:00:00")
    put("receipt", "3 today")
    rows = {row["事由"]: (row["状态"], row["原因"]) for row in report(world, dt.date(2026, 7, 2))}
    assert rows == {
        "1 failed yesterday": ("发送失败", "对方服务器拒收：550 no such mailbox"),
        "3 today": ("待发送", "等待发送任务。"),
    }
    again = (world / "2026-07-02" / "通知发送情况.csv").read_bytes()
    report(world, dt.date(2026, 7, 2))
    assert (world / "2026-07-02" / "通知发送情况.csv").read_bytes() == again


def test_every_notice_due_is_in_the_report_once_with_one_state_and_a_reason_unless_it_was_sent(
    mail_server: FaultyServer, world: Path
) -> None:
    asked: list[str] = []
    answers = {"rcpt shuji00001@example.org": "550 no such user", "rcpt shuji00002@example.org": "451 greylisted"}

    def plan(step: str, _mail: int) -> str:
        asked.append(step)
        is_cut = step == "text" and [one for one in asked if " " in one][-1] == "rcpt shuji00003@example.org"
        return "take_and_drop" if is_cut else answers.get(step, "")

    mail_server.plan = plan
    for number in range(5):
        put("receipt", f"r{number}", unit=unit(number))
    send_due("test")
    put("receipt", "no address", unit=Unit(secretary_email=""))
    put("receipt", "backfill", unit=unit(6), silent_because="补算不发通知。")
    with transaction() as connection:
        disable_address(connection, "shuji00007@example.org", "jingban", "已调离")
    put("receipt", "disabled", unit=unit(7))
    rows = report(world, now().date())
    counts = {row["状态"]: sum(one["状态"] == row["状态"] for one in rows) for row in rows}
    assert counts == {"已发送": 2, "发送失败": 1, "待发送": 1, "是否送达不明": 1, "不发送": 3}
    assert len({(row["通知"], row["事由"]) for row in rows}) == len(rows) == len(table("notice"))
    assert all(bool(row["原因"]) == (row["状态"] != "已发送") for row in rows)
    reasons = {row["事由"]: row["原因"] for row in rows}
    assert reasons["r2"].startswith("对方服务器暂时没有收下：451 greylisted（2026年7月1日 09:01 之后再试）")
    assert reasons["r3"].endswith("请核实是否送达，再用“act_mail”流程登记。")


def test_text_that_looks_like_a_formula_stays_text_in_a_report() -> None:
    assert (
        as_csv(["a", "b", "c", "d"], [["=1+1", "-3", "@x", "-3%"]]).decode("utf-8-sig") == "a,b,c,d\n'=1+1,-3,'@x,-3%\n"
    )


def test_people_settle_mails_and_addresses_by_form_under_their_own_name(mail_server: FaultyServer) -> None:
    mail_server.plan = lambda step, _mail: "take_and_drop" if step == "text" else ""
    put_alerts(1)
    send_due("test")
    [mail] = table("mail")
    assert "登记为已送达" in act("mail", "jingban", mail_id=mail["id"], outcome="已送达", reason="电话核实")
    assert states() == {"sent": 1}
    address = mail["recipient"]
    act("address", "jingban", act="停用", address=address, reason="退信")
    act("address", "admin", act="启用", address=address, reason="已清理")
    assert [row["decided_by"] for row in table("decision", "decided_at, kind DESC")].count("jingban") == 2
    with pytest.raises(UserError, match="请选停用或启用"):
        act("address", "x", act="删除", address=address, reason="x")
    with pytest.raises(UserError, match="请选已送达、未送达、已另行告知中的一项"):
        act("mail", "x", mail_id=mail["id"], outcome="也许", reason="x")


def test_an_address_that_nobody_has_is_not_switched_off_and_the_nearest_is_named(mail_server: FaultyServer) -> None:
    put("refused")
    send_due("test")
    with pytest.raises(UserError) as error:
        act("address", "jingban", act="停用", address="shuij@example.org", reason=" ")
    assert error.value.problems == [
        "没有写明理由：请写明依据或原因。",
        "没有单位或街道用邮箱 shuij@example.org，也没有给它发过信：请核对。是不是 shuji@example.org？",
    ]
    assert table("decision") == []
    assert "现在就是启用的，没有改动" in act(
        "address", "jingban", act="启用", address="shuji@example.org", reason="恢复"
    )
    act("address", "jingban", act="停用", address=" SHUJI@example.org", reason="已调离")
    again = act("address", "jingban", act="停用", address="shuji@example.org", reason="已调离")
    assert "现在就是停用的，没有改动" in again
    assert len(table("decision")) == 1


def test_what_waits_for_an_address_that_is_switched_off_does_not_go_and_says_why(
    mail_server: FaultyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail_server.plan = lambda step, mail: "451 later" if step == "rcpt" and mail == 1 else ""
    put("refused", "1 waits for another try")
    send_due("test")
    put("hand_in_reminder", "2 waits for its mail")
    with transaction() as connection:
        disable_address(connection, "shuji@example.org", "张三", "已调离")
    monkeypatch.setenv("DUBAN_NOW", "2026-07-02T09:00:00")
    assert (send_due("test"), mail_server.taken) == (SendResult(), [])
    with transaction() as connection:
        rows = {row["事由"]: (row["状态"], row["原因"]) for row in explain(connection, "2026H1")}
        why = "邮箱 shuji@example.org 已停用：已调离"
        assert rows == {"1 waits for another try": ("发送失败", why), "2 waits for its mail": ("不发送", why)}
        enable_address(connection, "shuji@example.org", "张三", "已恢复")
        [mail] = open_mails(connection)
        resolve_unknown(connection, mail["id"], "not_delivered", "张三")
    assert send_due("test") == SendResult(sent=1)


def test_a_copy_to_an_address_that_is_switched_off_is_left_out_of_what_waits(
    mail_server: FaultyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = Unit(officer_email="zuzhi@example.org", liaison_email="baoshequ@example.org")
    mail_server.plan = lambda step, mail: "451 later" if step == "rcpt" and mail == 1 else ""
    put("returned", "made", unit=people)
    send_due("test")
    put("returned", "not made", unit=people)
    with transaction() as connection:
        disable_address(connection, "zuzhi@example.org", "张三", "已调离")
    monkeypatch.setenv("DUBAN_NOW", "2026-07-02T09:00:00")
    assert send_due("test") == SendResult(sent=2)
    assert [mail["copy_to"] for mail in table("mail")] == ["baoshequ@example.org"] * 2


def test_a_notice_is_explained_by_its_mail_while_its_batch_still_goes(mail_server: FaultyServer) -> None:
    put("refused")
    send_due("test")
    with transaction() as connection:
        connection.exec_driver_sql("UPDATE notice SET state = 'pending'")
        [row] = explain(connection, "2026H1")
    assert row["状态"] == "已发送"
    assert row["发出时间"] == f"{now():%Y-%m-%d %H:%M:%S}"
    assert send_due("test").sent == 0
    assert states("notice") == {"sent": 1}, "a sender that was stopped before it told the notices is caught up"
