"""Airflow's own records go when their time is up; what a run that waits for a person needs stays, and so do the runs by periods."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from pathlib import Path

import pytest
from airflow.models.dagrun import DagRun
from airflow.models.log import Log
from airflow.utils.types import DagRunTriggeredByType, DagRunType
from sqlalchemy import Engine, create_engine, select
from sqlalchemy.orm import Session

from include.airflow_ext import cleaning
from include.errors import UserError
from tests.airflow.home import SETTINGS

NOW = dt.datetime.now(dt.UTC)
DAY = dt.timedelta(days=1)


@pytest.fixture
def airflows_own(airflow_database: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """A database of Airflow of this test's own, as the setting names it, and its folder of logs."""
    path = tmp_path / "airflow.db"
    shutil.copy(SETTINGS["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"].removeprefix("sqlite:///"), path)
    monkeypatch.setenv(cleaning.SETTING, f'{{"conn_type": "sqlite", "host": "{path}"}}')
    monkeypatch.setenv("AIRFLOW__LOGGING__BASE_LOG_FOLDER", str(tmp_path / "logs"))
    monkeypatch.setenv("AIRFLOW__LOGGING__DAG_PROCESSOR_CHILD_PROCESS_LOG_DIRECTORY", str(tmp_path / "reading"))
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:  # what other tests of this process have run is not counted here
        for table in ("task_instance", "dag_run", "log"):
            connection.exec_driver_sql(f"DELETE FROM {table}")
    return engine


def ran(engine: Engine, dag_id: str, days_ago: float, state: str = "success", kind: str = "scheduled") -> str:
    run_id = f"{kind}__{dag_id}_{days_ago}"
    at = NOW - days_ago * DAY
    with Session(engine) as session:
        session.add(
            DagRun(
                dag_id=dag_id, run_id=run_id, run_type=DagRunType(kind), state=state, start_date=at, queued_at=at,
                run_after=at, logical_date=None, triggered_by=DagRunTriggeredByType.TEST,
            )
        )  # fmt: skip
        session.commit()
    return run_id


def runs(engine: Engine) -> set[str]:
    with Session(engine) as session:
        return set(session.scalars(select(DagRun.run_id)))


def test_runs_whose_time_is_up_go_and_what_waits_or_tells_the_next_period_stays(
    airflows_own: Engine, tmp_path: Path
) -> None:
    old, new = ran(airflows_own, "receive", 200), ran(airflows_own, "receive", 2)
    by_hand = ran(airflows_own, "export", 300, kind="manual")
    before, waits = ran(airflows_own, "letter", 400), ran(airflows_own, "letter", 300, "running")
    after, last = ran(airflows_own, "letter", 250), ran(airflows_own, "letter", 240)
    period, filled = ran(airflows_own, "close_period", 400), ran(airflows_own, "close_period", 100, kind="backfill")
    with Session(airflows_own) as session:
        for days in (200, 10):
            session.add(one := Log(event=f"{days}"))
            one.dttm = NOW - days * DAY
        session.commit()
    logs = {name: tmp_path / "logs" / f"run_id={name}" / "attempt=1.log" for name in ("old", "new")}
    for name, days in (("old", 100), ("new", 10)):
        logs[name].parent.mkdir(parents=True)
        logs[name].write_text("said", encoding="utf-8")
        os.utime(logs[name], ((NOW - days * DAY).timestamp(),) * 2)
    said = cleaning.clean()
    assert said is not None and "清理了 Airflow 的旧记录：3 次运行" in said and "1 条操作记录、1 个日志文件" in said
    assert not logs["old"].exists() and logs["new"].exists()
    assert runs(airflows_own) == {new, waits, after, last, period, filled}
    assert {old, by_hand, before}.isdisjoint(runs(airflows_own))


def test_where_the_database_is_not_named_nothing_is_cleaned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(cleaning.SETTING, raising=False)
    assert cleaning.clean() is None


def test_a_database_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(cleaning.SETTING, f"sqlite:///{tmp_path / 'none/airflow.db'}")
    with pytest.raises(UserError, match="没有清理成"):
        cleaning.clean()
