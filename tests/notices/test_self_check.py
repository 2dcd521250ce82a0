"""The daily look for what nobody else would notice."""

from __future__ import annotations

from pathlib import Path

import pytest

from include.intake import archive
from include.notices.sender import send_due
from include.steps import check_health, receive
from tests.faults.mail_server import FaultyServer
from tests.notices.people import table
from tests.notices.test_rendering import SAMPLES
from tests.notices.test_sender import put

pytestmark = pytest.mark.usefixtures("database")


def alerts() -> list[str]:
    return [row["kind"] for row in table("notice") if row["subject"].startswith("self_check/")]


def test_a_day_without_findings_alerts_nobody() -> None:
    assert (check_health("test"), alerts()) == ([], [])
    [run] = table("run_log")
    assert (run["stage"], run["outcome"]) == ("self_check", "done")


def test_mails_that_failed_and_notices_that_became_none_are_told_once_a_day(mail_server: FaultyServer) -> None:
    mail_server.plan = lambda step, mail: "550 no such user" if step == "rcpt" and mail == 1 else ""
    put("refused", "goes to nobody")
    put("refused", "cannot be written", payload=SAMPLES["refused"] | {"received_at": "2026-99-99"})
    send_due("test")
    told = [
        "1 封邮件没有送达，原因列在“未发送”里，请核对登记册中的地址。",
        "1 条通知没能写成邮件，原因列在“未发送”里。",
    ]
    assert check_health("test") == check_health("again") == told
    assert alerts() == ["ops_alert"]


def test_a_year_whose_days_off_nobody_has_entered_is_asked_for_before_it_begins(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DUBAN_NOW", "2030-11-16T07:00:00")
    before = check_health("test")
    monkeypatch.setenv("DUBAN_NOW", "2030-11-17T07:00:00")
    assert [finding[:5] for finding in before] == ["2030年"]
    assert [finding[:5] for finding in check_health("test")] == ["2031年"]
    monkeypatch.setenv("DUBAN_NOW", "2025-11-17T07:00:00")
    assert check_health("test") == [], "2026 is there"


def test_a_received_file_that_was_damaged_in_the_archive_is_found(world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (world / "inbox" / "说明.txt").write_text("不是表格", encoding="utf-8")
    receive("test")
    [delivery] = table("delivery")
    monkeypatch.setenv(
        "DUBAN_NOW", "2026-09-13T07:00:00"
    )  # day 256 of the year: the archive is looked at from its beginning
    assert check_health("test") == []
    path = archive.path_of(delivery["sha256"])
    path.chmod(0o644)
    path.write_text("是表格了", encoding="utf-8")
    [finding] = check_health("test")
    assert finding.startswith(f"归档文件 {delivery['sha256'][:16]}… 读不出或已变动")
