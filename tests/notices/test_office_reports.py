"""What stands open in an office goes to its people by mail, where it wants that: no mail that says nothing, and none unasked."""

from __future__ import annotations

import io
import json
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import Engine

from include.archive import contents
from include.intake import inbox
from include.intake.receive import drain
from include.steps.diary import keep_diary
from tests.intake.receive_street import drop, prepare, rows, workbook

REPORTS = (
    "SELECT kind, recipient, state, reason, payload, attachments FROM notice WHERE kind LIKE '%_report' ORDER BY kind"
)


@pytest.fixture
def street(database: Engine, world: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One community of two has handed in; it is Monday, the due day."""
    monkeypatch.setattr(inbox, "QUIET_SECONDS", 0.01)
    prepare(world)
    monkeypatch.setenv("DUBAN_NOW", "2026-07-19T09:00:00")
    drop(world, "杏花社区.xlsx", workbook())
    drain("test")
    monkeypatch.setenv("DUBAN_NOW", "2026-07-20T09:00:00")
    return world


def switched(world: Path, monkeypatch: pytest.MonkeyPatch, mails: str) -> None:
    text = Path("include/registry/offices.yaml").read_text(encoding="utf-8").replace("  mails: {}", f"  mails: {mails}")
    (world / "offices.yaml").write_text(text, encoding="utf-8")
    monkeypatch.setenv("DUBAN_OFFICES", str(world / "offices.yaml"))


@pytest.mark.usefixtures("street")
def test_an_office_that_said_nothing_gets_no_reports() -> None:
    keep_diary("test")
    assert rows(REPORTS) == []


def test_ops_get_the_days_report_and_the_committee_the_weeks_once_each(
    street: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    switched(street, monkeypatch, "{daily_report: true, weekly_report: true}")
    keep_diary("test")
    keep_diary("again")
    daily, weekly = rows(REPORTS)
    assert (daily["kind"], daily["recipient"]) == ("daily_report", "ops@duban.invalid")
    assert (weekly["kind"], weekly["recipient"]) == ("weekly_report", "committee@duban.invalid")
    said = json.loads(str(daily["payload"]))
    assert said["headline"] == "未报1"
    assert said["systems"][0]["missing"] == ["柳堤社区"]
    assert said["systems"][0]["due"] == "今天截止"
    [attached] = json.loads(str(daily["attachments"]))
    book = openpyxl.load_workbook(io.BytesIO(contents.load(attached["sha256"])))
    assert [row[1] for row in book["报送情况"].iter_rows(min_row=2, values_only=True)] == ["杏花社区", "柳堤社区"]
    monkeypatch.setenv("DUBAN_NOW", "2026-07-21T09:00:00")
    keep_diary("tomorrow")
    assert [row["kind"] for row in rows(REPORTS)] == ["daily_report", "daily_report", "weekly_report"]


def test_any_kind_of_mail_can_be_switched_off_and_says_so(street: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    switched(street, monkeypatch, "{receipt: false}")
    drop(street, "柳堤社区.xlsx", workbook(volunteer_services="3"))
    drain("test")
    [last] = rows("SELECT state, reason FROM notice WHERE kind = 'receipt' AND state = 'skipped'")
    assert "本机关没有开通“报送回执”" in str(last["reason"])
