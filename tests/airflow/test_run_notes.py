"""The note of a run, as Airflow's scheduler has it written when the run ends."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from sqlalchemy import Engine

from include.airflow_ext.run_notes import RunNotes
from include.db.engine import transaction
from include.db.run_log import log_run

PLACE = "circular/asset_triggered__2026-08-16T00:00:00+00:00_x/document.approve/0/1"


def logged(run_id: str, stage: str, outcome: str = "done", **detail: object) -> None:
    with transaction() as connection:
        log_run(connection, run_id=run_id, stage=stage, period="2026H1", street_code="", outcome=outcome, detail=detail)


def ended(run_id: str, note: str | None = None) -> str | None:
    run = SimpleNamespace(run_id=run_id, note=note)
    RunNotes().on_dag_run_success(run, "success")
    RunNotes().on_dag_run_failed(run, "again")  # a run that is cleared ends once more
    return run.note


def test_a_note_says_what_the_run_did_once_behind_the_reason_that_it_was_started_with(database: Engine) -> None:
    logged("manual__1", "receive", answers={"accepted": 2, "returned": 1})
    logged("manual__2", "receive", answers={"accepted": 9})
    assert ended("manual__1") == "收到 3 件：受理 2，退回 1。"
    assert ended("manual__1", "补收") == "补收\n收到 3 件：受理 2，退回 1。"
    assert ended("manual__3", "无事") == "无事"


def test_a_run_that_waited_for_a_signature_names_the_document_by_its_title(database: Engine) -> None:
    logged(
        PLACE,
        "circular",
        "issued",
        document="half_year/2026H1/990000001/r1/通报",
        title="关于情况的通报",
        signed="王强",
    )
    assert ended(PLACE.split("/")[1]) == "已印发 《关于情况的通报》，签发人 王强。"


def test_a_run_over_many_streets_says_the_first_and_how_many(database: Engine) -> None:
    for revision in range(1, 6):
        logged("manual__1", "assess", units=10, scored=9, revision=revision)
    note = str(ended("manual__1"))
    assert note.count("考评 10 个单位") == 3
    assert note.endswith("等 5 条，见督办台“运行情况”。")


def test_a_note_that_cannot_be_made_costs_the_run_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_DUBAN_DB", "nonsense")
    assert ended("manual__1", "补收") == "补收"
