"""The daily look for what nobody else would notice."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from sqlalchemy import text

from include.archive import contents
from include.db import tables
from include.db.engine import transaction
from include.errors import UserError
from include.period import now, real_now
from include.post.sender import send_due
from include.steps import health, machine
from include.steps.checking import check_health
from include.steps.receiving import receive
from include.steps.workflows import Workflow
from tests.faults.mail_server import FaultyServer
from tests.notices.outgoing import SAMPLES, put
from tests.notices.people import table

pytestmark = pytest.mark.usefixtures("database")
usual = health.rules()


def alerts() -> list[str]:
    return [row["kind"] for row in table("notice") if row["subject"].startswith("self_check/")]


def test_a_day_without_findings_alerts_nobody() -> None:
    assert (check_health("test"), alerts()) == ([], [])
    [run] = table("run_log")
    assert (run["stage"], run["outcome"]) == ("self_check", "done")


def test_mails_that_failed_and_notices_that_became_none_are_told_once_a_day(mail_server: FaultyServer) -> None:
    mail_server.plan = lambda step, mail: "550 no such user" if step == "rcpt" and mail == 1 else ""
    put("refused", "goes to nobody")
    put("refused", "cannot be written", words=SAMPLES["refused"] | {"received_at": "2026-99-99"})
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
    assert asked_for() == ["2030年"]
    monkeypatch.setenv("DUBAN_NOW", "2030-11-17T07:00:00")
    assert asked_for() == ["2031年"]
    monkeypatch.setenv("DUBAN_NOW", "2025-11-17T07:00:00")
    assert asked_for() == [], "2026 is there"


def asked_for() -> list[str]:
    """The years whose days off the check asks for; that its own alerts of other days wait to be sent is another matter."""
    return [finding[:5] for finding in check_health("test") if "节假日" in finding]


def damage(sha256: str) -> None:
    path = contents.path_of(sha256)
    path.chmod(0o644)
    path.write_bytes(b"changed")


def test_a_received_file_that_was_damaged_in_the_archive_is_found_by_its_name(world: Path) -> None:
    (world / "inbox" / "说明.txt").write_text("不是表格", encoding="utf-8")
    receive("test")
    [delivery] = table("delivery")
    assert check_health("test") == []
    damage(delivery["sha256"])
    [finding] = check_health("test")
    assert finding.startswith(f"归档文件 {delivery['sha256'][:16]}… 读不出或已变动（收到的文件“说明.txt”）")


def test_whatever_the_record_names_is_looked_at_and_lost_files_are_named(mail_server: FaultyServer) -> None:
    """A mail as sent, what went with it, and a file that carried a decision."""
    kept = {name: contents.store(name.encode()) for name in ("填报表.xlsx", "核查表.xlsx", "副本.docx", "清单.json")}
    put("refused", "s", attachments=[("填报表.xlsx", kept["填报表.xlsx"])])
    send_due("test")
    with transaction() as connection:
        connection.execute(
            tables.decision.insert(),
            {
                "id": "1", "kind": "correction", "scheme": "half_year", "period": "2026H1", "unit_code": "",
                "field": "members", "value": "1", "reason": "", "decided_by": "检查组", "decided_at": now(),
                "sha256": kept["核查表.xlsx"], "sequence": 1,
            },
        )  # fmt: skip
        connection.execute(
            tables.circular.insert(),
            {
                "id": "督办通知单/1", "kind": "督办通知单", "state": "issued", "model_hash": "", "model": "{}",
                "document_number": "云街〔2026〕1号", "approved_by": "王书记", "docx_sha256": kept["副本.docx"],
                "manifest_sha256": kept["清单.json"],
            },
        )  # fmt: skip
        connection.execute(
            tables.question.insert(),
            {
                "circular_id": "督办通知单/1", "sequence": 1, "model_hash": "", "asked_at": now(), "asked_in": "",
                "answer": "approval", "answered_at": now(), "account": "", "name": "王书记", "note": "", "how": "unrecorded",
            },
        )  # fmt: skip
    [mail] = table("mail")
    assert check_health("test") == []
    for sha256 in (mail["sha256"], *kept.values()):
        damage(sha256)
    told = "".join(check_health("test"))
    for name in ("发出的邮件“", "随邮件发出的“填报表.xlsx”", "决定所附的文件", "公文 云街〔2026〕1号"):
        assert name in told
    contents.path_of(mail["sha256"]).unlink()
    assert "档案库中没有文件" in "".join(check_health("test"))


def test_the_whole_archive_is_looked_at_within_a_week_and_what_was_issued_every_day(
    world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "rules", lambda: usual.model_copy(update={"archive_files_a_day": 1}))
    for number in range(30):
        (world / "inbox" / f"说明{number}.txt").write_text(f"不是表格{number}", encoding="utf-8")
    receive("test")
    looked: list[str] = []
    monkeypatch.setattr(contents, "verify", looked.append)
    for day in range(1, 8):
        monkeypatch.setenv("DUBAN_NOW", f"2026-07-{day:02}T07:30:00")
        check_health("test")
    every = {row["sha256"] for row in table("delivery")}
    assert set(looked) == every, "and the round turns at the end of the hashes"
    assert len(looked) == 7 * 5
    monkeypatch.setenv("DUBAN_NOW", "2026-07-10T07:30:00")
    check_health("test")
    assert len(looked) == 7 * 5 + 13, "after three days without a look, three days' share"


def test_notices_that_wait_for_more_than_an_hour_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    put("refused", "s")
    assert check_health("test") == []
    monkeypatch.setenv("DUBAN_NOW", "2026-07-01T10:00:00")
    [finding] = check_health("test")
    assert finding.startswith("1 条通知等了 1 小时以上还没有发出")
    monkeypatch.setenv("DUBAN_NOW", "2026-06-30T10:00:00")
    [finding] = check_health("test")
    assert finding.startswith("2 条通知的应发时间在以后（最晚 2026-07-01 10:00）"), "that one, and what told ops of it"


def test_files_that_nobody_takes_are_told_with_their_names(world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (world / "inbox/一/二").mkdir(parents=True)
    (world / "inbox/一/二/深.xlsx").write_bytes(b"x")
    assert check_health("test") == []
    monkeypatch.setattr(health, "rules", lambda: usual.model_copy(update={"hours_a_file_may_lie": 0}))
    [finding] = check_health("test")
    assert "有 1 个文件" in finding and "一/二/深.xlsx" in finding
    (world / "inbox/收过.xlsx").write_bytes(b"x")
    monkeypatch.setenv("DUBAN_INBOX_READ_ONLY", "true")
    [finding] = check_health("test")
    assert "收过" not in finding, "of an inbox that is only read, what was taken stays there"


def test_a_disk_that_fills_up_is_told_before_it_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "rules", lambda: usual.model_copy(update={"free_gb_at_least": 1_000_000}))
    findings = check_health("test")
    assert len(findings) == 1 and "所在的磁盘只剩" in findings[0]


def test_workflows_that_stand_still_are_named_and_an_api_server_that_does_not_answer_is_told(world: Path) -> None:
    due_at = (real_now() - dt.timedelta(hours=1)).isoformat()
    soon = (real_now() + dt.timedelta(hours=1)).isoformat()
    found = [
        Workflow(workflow="chase", is_paused=True, due_at=due_at),
        Workflow(workflow="diary", is_paused=False, due_at=due_at),
        Workflow(workflow="receive", is_paused=False, due_at=soon),
        Workflow(workflow="act_mail", is_paused=False, due_at=""),
    ]
    paused, late = check_health("test", None, lambda: found)
    assert paused.startswith("这些流程被暂停，不会自己运行：chase。")
    assert late.startswith("流程 diary 应在 ") and "scheduler" in late

    def nobody() -> list[Workflow]:
        raise UserError("看不到各流程的状态")

    assert check_health("test", None, nobody) == ["看不到各流程的状态"]


def test_a_secret_that_others_can_read_is_told_until_it_is_closed(world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    passwords = world / "passwords.json"
    passwords.write_text("{}", encoding="utf-8")
    monkeypatch.setenv("AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE", str(passwords))
    passwords.chmod(0o640)
    [said] = check_health("test")
    assert str(passwords) in said and "640" in said and "chmod go-rwx" in said
    passwords.chmod(0o600)
    assert check_health("test") == []


def test_without_a_chinese_font_the_check_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "find_fonts", lambda: None)
    [said] = check_health("test")
    assert "没有找到中文字体" in said and "ops.fonts" in said


def test_a_deadline_in_a_year_without_days_off_is_told_whenever_it_is_stored() -> None:
    with transaction() as connection:
        connection.execute(
            tables.rectification_item.insert(),
            {
                "id": "1", "scheme": "half_year", "unit_code": "1", "indicator": "A1", "problem": "", "opened_period": "2026H1",
                "opened_date": dt.date(2026, 7, 1), "deadline": dt.date(2028, 1, 5), "is_provisional": False, "state": "待整改",
                "is_open": True, "owner": "", "liaison": "",
            },
        )  # fmt: skip
    [said] = check_health("test")
    assert said.startswith("已有期限排到2028年") and "days_off/2028.yaml" in said
    with transaction() as connection:
        connection.execute(text("UPDATE rectification_item SET is_open = false"))
    assert check_health("test") == []
