"""Backfills on the real Airflow: eight quarters in either direction, again and again, without one mail."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from include.settings import REPO
from ops.environment import airflow_environment, program
from tests.end_to_end.office import UNITS, Office, open_office

pytestmark = [pytest.mark.airflow, pytest.mark.long]
QUARTERS = [f"half_year/{year}Q{quarter}" for year in (2025, 2026) for quarter in range(1, 5)]
TWO_YEARS = {"from_date": "2025-01-01T00:00:00Z", "to_date": "2026-12-31T00:00:00Z"}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Both years are over; three communities handed in for 2026H1, nobody for anything else."""
    with open_office(tmp_path_factory.mktemp("office"), clock="2027-03-08T09:00:00") as opened:
        opened.register()
        opened.hand_in("2026H1", UNITS[:3])
        opened.wait_for_mails()
        yield opened


def backfill(office: Office, dag_id: str, **asked: Any) -> list[dict[str, Any]]:
    """Asked for as the UI does; its runs in the order in which they ended."""
    body = {"dag_id": dag_id, **TWO_YEARS, "max_active_runs": 1, "reprocess_behavior": "completed"} | asked
    before = {run["dag_run_id"] for run in office.admin.runs(dag_id)}
    number = office.admin.request("POST", "/backfills", json=body)["id"]
    path = f"/backfills/{number}"
    office.wait(lambda: office.admin.request("GET", path)["completed_at"], f"{dag_id} 回填结束", 400)
    made = [run for run in office.admin.runs(dag_id) if run["dag_run_id"] not in before]
    return sorted(made, key=lambda run: str(run["end_date"]))


def keys(runs: list[dict[str, Any]]) -> list[str]:
    assert {run["state"] for run in runs} <= {"success"}, runs
    return [run["partition_key"] for run in runs]


def test_the_command_line_closes_two_years_and_writes_no_mail(office: Office) -> None:
    environment = airflow_environment(office.place, int(office.address.rsplit(":", 1)[1]))
    span = ["--from-date", "2025-01-01", "--to-date", "2026-12-31"]
    done = subprocess.run(
        [program("airflow"), "backfill", "create", "--dag-id", "close_period", *span, "--max-active-runs", "2"],
        cwd=REPO,
        env=os.environ | environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    office.wait(lambda: all(one["completed_at"] for one in backfills(office)) and backfills(office), "回填结束", 400)
    runs = office.admin.runs("close_period")
    assert sorted(keys(runs)) == QUARTERS
    for run in runs:
        quarter = run["partition_key"].split("/")[1]
        half = f"{quarter[:4]}H{1 if quarter[-1] == '2' else 2}"
        named = f"half_year_{quarter}" + (f"_{half}" if quarter[-1] in "24" else "")
        assert run["dag_run_id"].startswith(f"backfill__{named}__"), run["dag_run_id"]
    closed = {
        row["period"]: bool(row["is_official"]) for row in office.rows("SELECT period, is_official FROM assessment")
    }
    assert closed == {
        "2025Q1": False, "2025H1": True, "2025Q3": False, "2025H2": True,
        "2026Q1": False, "2026H1": True, "2026Q3": False, "2026H2": True,
    }  # fmt: skip
    office.wait(lambda: office.count("circular") == 1, "一份草稿")
    [drafted] = office.rows("SELECT assessment_id FROM circular")
    assert drafted["assessment_id"].startswith("half_year/2026H1/"), "for the other halves nothing arrived"
    assert_no_mail(office)


def backfills(office: Office) -> list[dict[str, Any]]:
    return list(office.admin.request("GET", "/backfills", params={"dag_id": "close_period"})["backfills"])


def assert_no_mail(office: Office) -> None:
    """But for the three receipts nothing was sent, and each notice says why."""
    office.run("send_notices")
    told = office.rows("SELECT kind, state, reason FROM notice")
    assert {row["kind"] for row in told if row["state"] != "skipped"} == {"receipt"}
    skipped = [row for row in told if row["state"] == "skipped"]
    assert {"checkpoint"} <= {row["kind"] for row in skipped}
    assert all(row["reason"] for row in skipped)
    assert len(list(office.mails.glob("*.eml"))) == 3


def closes_logged(office: Office) -> int:
    """Lines of the log, but for the looks at whole tables, of which only what was handed in has one."""
    return len(office.rows("SELECT stage FROM run_log WHERE stage <> 'quality'"))


def test_backwards_and_again_writes_nothing_but_the_log(office: Office) -> None:
    before, logged = office.snapshot("run_log"), closes_logged(office)
    again = backfill(office, "close_period", run_backwards=True)
    assert keys(again) == QUARTERS[::-1]
    assert backfill(office, "close_period", reprocess_behavior="none") == []
    assert backfill(office, "close_period", reprocess_behavior="failed") == []
    assert office.snapshot("run_log") == before
    assert closes_logged(office) == logged + 8
    assert_no_mail(office)


def test_the_act_works_through_two_systems_one_by_one_and_mails_nobody(office: Office) -> None:
    """Both close in one quarter: a backfill by dates would have to tell them apart by seconds."""
    before = office.snapshot("run_log", "assessment", "score", "score_line", "score_value", "notice")
    span = {"first": "2026Q1", "last": "2026Q2", "what": "结账考评", "reason": "补记"}
    for system, periods in (("half_year", ["2026Q1", "2026H1"]), ("five_good", ["2026H1"])):
        known = {run["dag_run_id"] for run in office.admin.runs("close_period")}
        assert office.act(office.admin, "act_backfill", scheme=system, **span) == ""
        made = sorted(
            (run for run in office.admin.runs("close_period") if run["dag_run_id"] not in known),
            key=lambda run: str(run["start_date"]),
        )
        assert [(run["conf"]["scheme"], run["conf"]["period"], run["state"]) for run in made] == [
            (system, period, "success") for period in periods
        ]
        assert all(one["end_date"] <= other["start_date"] for one, other in pairwise(made)), "one after the other"
    assert "请由运维账号办理" in office.act(office.committee, "act_backfill", scheme="half_year", **span)
    assert office.rows("SELECT period FROM assessment WHERE scheme = 'five_good'") == [{"period": "2026H1"}]
    assert office.snapshot("run_log", "assessment", "score", "score_line", "score_value", "notice") == before
    assert_no_mail(office)


def test_a_half_years_span_closes_its_checkpoint_and_the_half(office: Office) -> None:
    before = office.snapshot("run_log")
    half = {"from_date": "2026-01-01T00:00:00Z", "to_date": "2026-06-30T00:00:00Z"}
    assert keys(backfill(office, "close_period", **half)) == ["half_year/2026Q1", "half_year/2026Q2"]
    assert office.snapshot("run_log") == before


def test_a_cleared_run_and_a_cleared_task_of_it_change_nothing(office: Office) -> None:
    before = office.snapshot("run_log")
    run_id = next(
        r["dag_run_id"] for r in office.admin.runs("close_period") if r["partition_key"] == "half_year/2026Q2"
    )
    for tasks in ({}, {"task_ids": ["assess"]}):
        body = {"dry_run": False, "dag_run_id": run_id, "only_failed": False, "reset_dag_runs": True} | tasks
        cleared = office.admin.request("POST", "/dags/close_period/clearTaskInstances", json=body)
        assert cleared["total_entries"] >= 1
        office.admin.wait_for_run("close_period", run_id, 120)
    [run] = [run for run in office.admin.runs("close_period") if run["dag_run_id"] == run_id]
    assert (run["run_type"], run["partition_key"]) == ("backfill", "half_year/2026Q2")
    assert office.snapshot("run_log") == before
    assert_no_mail(office)


def test_opening_again_what_is_long_past_mails_no_form(office: Office) -> None:
    span = {"from_date": "2026-07-01T00:00:00Z", "to_date": "2026-12-31T00:00:00Z"}
    assert keys(backfill(office, "open_period", **span)) == ["half_year/2026Q3", "half_year/2026Q4"]
    opened = office.rows("SELECT period, state FROM notice WHERE kind = 'form_opened' AND unit_code <> ''")
    assert {(row["period"], row["state"]) for row in opened} == {("2026Q3", "skipped"), ("2026H2", "skipped")}
    assert_no_mail(office)


def test_asking_the_inspectors_of_halves_long_past_mails_none(office: Office) -> None:
    assert keys(backfill(office, "open_inspection", run_backwards=True)) == [
        f"half_year/{quarter}" for quarter in ("2026Q4", "2026Q2", "2025Q4", "2025Q2")
    ]
    asked = office.rows("SELECT period, state, reason FROM notice WHERE kind = 'inspection_opened' ORDER BY period")
    assert [(row["period"], row["state"]) for row in asked] == [
        (period, "skipped") for period in ("2025H1", "2025H2", "2026H1", "2026H2")
    ]
    assert_no_mail(office)


def test_a_period_before_the_first_scheme_fails_in_chinese(office: Office) -> None:
    before = office.snapshot("run_log", "notice", "mail", "decision")
    span = {"from_date": "2024-10-01T00:00:00Z", "to_date": "2024-12-31T00:00:00Z"}
    [run] = backfill(office, "close_period", **span)
    assert run["state"] == "failed"
    assert "尚无考评方案" in office.admin.failure("close_period", run["dag_run_id"])
    assert office.snapshot("run_log", "notice", "mail", "decision") == before


def test_a_backfill_that_is_told_to_sends_what_was_never_sent_and_that_once(office: Office) -> None:
    span = {
        "from_date": "2025-01-01T00:00:00Z",
        "to_date": "2025-03-31T00:00:00Z",
        "dag_run_conf": {"send_notices": True},
    }
    for _ in range(2):
        assert keys(backfill(office, "close_period", **span)) == ["half_year/2025Q1"]
        office.wait_for_mails()
        sent = office.rows("SELECT unit_code FROM notice WHERE kind = 'checkpoint' AND state = 'sent'")
        assert sorted(row["unit_code"] for row in sent) == [unit.code for unit in UNITS]
    assert len(list(office.mails.glob("*s1@x.cn.eml"))) == 2  # the receipt of 2026H1, the checkpoint of 2025Q1
