"""“Why was this not sent?” as a command and as files."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

import pytest

from include.db.engine import transaction
from include.db.run_log import log_run
from include.errors import UserError
from include.notices.daily import as_csv, write_daily
from include.notices.people import settle_mail, switch_address
from include.notices.sender import send_due
from include.period import now
from ops.why import main
from tests.faults.mail_server import FaultyServer
from tests.notices.people import Unit, put_alerts, states, table
from tests.notices.test_sender import put

pytestmark = pytest.mark.usefixtures("database")


def report(folder: Path, day: dt.date) -> list[dict[str, str]]:
    with transaction() as connection:
        paths = write_daily(connection, folder, day)
    assert [path.parent.name for path in paths] == [day.isoformat()] * 7
    return list(csv.DictReader(paths[0].read_text(encoding="utf-8-sig").splitlines()))


def test_the_command_lists_what_was_not_sent_and_why(
    mail_server: FaultyServer, capsys: pytest.CaptureFixture[str]
) -> None:
    put("receipt", "1 sent")
    send_due("test")
    put("receipt", "2 no address", unit=Unit(secretary_email=""))
    main(["2026H1"])
    printed = capsys.readouterr().out
    assert "应发通知 2 条，已发送 1 条，未发送 1 条" in printed
    assert "登记册中没有书记邮箱" in printed
    assert "shuji@example.org" not in printed
    main(["2026H1", Unit().code, "--all"])
    assert "shuji@example.org" in capsys.readouterr().out


def test_the_command_says_which_runs_there_were_where_no_notice_is(capsys: pytest.CaptureFixture[str]) -> None:
    with transaction() as connection:
        log_run(
            connection, run_id="backfill__1", stage="assess", period="2026H1", street_code="330203001",
            outcome="done", detail={},
        )  # fmt: skip
    main(["2026H1", "330203001009"])
    printed = capsys.readouterr().out
    assert "没有这样的通知" in printed
    assert "backfill__1" in printed
    with pytest.raises(UserError):
        main(["半年"])


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
    assert rows == {"1 failed yesterday": ("发送失败", "550 no such mailbox"), "3 today": ("待发送", "等待发送任务。")}
    again = (world / "2026-07-02" / "通知发送情况.csv").read_bytes()
    report(world, dt.date(2026, 7, 2))
    assert (world / "2026-07-02" / "通知发送情况.csv").read_bytes() == again


def test_text_that_looks_like_a_formula_stays_text_in_a_report() -> None:
    assert as_csv([{"a": "=1+1", "b": "-3", "c": "@x"}]).decode("utf-8-sig") == "a,b,c\n'=1+1,-3,'@x\n"


def test_people_settle_mails_and_addresses_by_form_under_their_own_name(mail_server: FaultyServer) -> None:
    mail_server.plan = lambda step, _mail: "take_and_drop" if step == "text" else ""
    put_alerts(1)
    send_due("test")
    [mail] = table("mail")
    assert "登记为已送达" in settle_mail({"mail_id": mail["id"], "outcome": "已送达", "reason": "电话核实"}, "jingban")
    assert states() == {"sent": 1}
    switch_address({"act": "停用", "address": "a@example.org", "reason": "退信"}, "jingban")
    switch_address({"act": "启用", "address": "a@example.org", "reason": "已清理"}, "admin")
    assert [row["decided_by"] for row in table("decision", "decided_at, kind DESC")].count("jingban") == 2
    with pytest.raises(UserError, match="请选停用或启用"):
        switch_address({"act": "删除", "address": "a@example.org", "reason": "x"}, "x")
    with pytest.raises(UserError, match="请选已送达或未送达"):
        settle_mail({"mail_id": mail["id"], "outcome": "也许", "reason": "x"}, "x")


def test_a_notice_is_explained_by_its_mail_while_its_batch_still_goes(mail_server: FaultyServer) -> None:
    from include.notices.explaining import explain

    put("refused")
    send_due("test")
    with transaction() as connection:
        connection.exec_driver_sql("UPDATE notice SET state = 'pending'")
        [row] = explain(connection, "2026H1")
    assert row["状态"] == "已发送"
    assert row["发出时间"] == f"{now():%Y-%m-%d %H:%M:%S}"
    assert send_due("test").sent == 0
    assert states("notice") == {"sent": 1}, "a sender that was stopped before it told the notices is caught up"
