"""Airflow's own tables and log files, of which what is older than cleaning.yaml says goes (docs/adr/0067).

By Airflow's own `db clean`, and with what that does not look after: a run that waits for a person keeps all it needs, however long
it waits, and a workflow by periods keeps the run that its timetable goes on from. Run as a program of its own where Airflow's
database may be reached, which from a task it may not: `python -m include.airflow_ext.cleaning`.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from include.data_files import Part, kept, own_file, read_yaml
from include.db.engine import database_url
from include.errors import UserError
from include.settings import REPO, get_settings

SETTING = "AIRFLOW_CONN_DUBAN_AIRFLOW_DB"
_SHIPPED = Path(__file__).with_name("cleaning.yaml")
_OF_RUNS = ("dag_run",)  # and what hangs on it: tasks, their earlier tries, XComs
_OF_EVENTS = ("asset_event", "partitioned_asset_key_log")
_OTHERS = ("log", "job", "import_error", "revoked_token", "celery_taskmeta", "celery_tasksetmeta")
# Not: dag, dag_version (few rows, and an office that was off for long would lose its workflows), trigger (Airflow removes what is
# not used; an old one is the inbox's watcher, or a person who is waited for), callback.
_COUNTED = {"dag_run": "次运行", "task_instance": "个任务", "asset_event": "个事件", "log": "条操作记录"}
_PATIENCE_SECONDS = 60
_DAY = dt.timedelta(days=1)
_MARGIN = dt.timedelta(
    minutes=1
)  # SQLite compares moments as texts: one that has a zone comes after the same one that has none


class _Rules(Part):
    """cleaning.yaml, which says what each is."""

    runs_kept_days: int
    logs_kept_days: int
    kept_whole: list[str]
    rows_a_step: int


@kept
def rules() -> _Rules:
    return _Rules.model_validate(read_yaml(own_file(_SHIPPED)))


def clean() -> str | None:
    """Clean, from a task; a sentence of what is gone. None where the settings name no database of Airflow: another program
    cleans then. Raises UserError where it failed."""
    given = get_settings().airflow_database
    if not given:
        return None
    url = database_url(given, SETTING)
    address = url.render_as_string(hide_password=False)
    if url.get_backend_name() == "sqlite":
        address += f"?timeout={_PATIENCE_SECONDS}"
    environment = os.environ | {"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": address}
    done = subprocess.run(
        [sys.executable, "-m", __name__], cwd=REPO, env=environment, capture_output=True, text=True, check=False
    )
    print(done.stdout, done.stderr, sep="\n")
    if done.returncode:
        last = (done.stderr.strip() or "没有说明").splitlines()[-1]
        raise UserError(f"Airflow 的旧记录没有清理成：{last}")
    return str(json.loads(done.stdout.strip().splitlines()[-1])["said"])


def main() -> None:
    """Clean, where the environment is Airflow's own; the last line says what is gone."""
    now = dt.datetime.now(dt.UTC)
    before = _counts()
    _clean_tables(now - dt.timedelta(days=rules().runs_kept_days))
    gone = {name: before[name] - count for name, count in _counts().items()}
    files = sum(1 for _ in _remove_logs(now - dt.timedelta(days=rules().logs_kept_days), now - _DAY))
    told = "、".join(f"{max(gone[name], 0)} {what}" for name, what in _COUNTED.items())
    print(json.dumps({"said": f"清理了 Airflow 的旧记录：{told}、{files} 个日志文件。"}, ensure_ascii=False))


def _counts() -> dict[str, int]:
    from airflow.utils.session import create_session
    from sqlalchemy import func, select, table

    with create_session() as session:
        return {name: session.scalar(select(func.count()).select_from(table(name))) or 0 for name in _COUNTED}


def _clean_tables(until: dt.datetime) -> None:
    """Runs of a workflow with one that is not finished only up to the beginning of that; events only up to the first that a run
    to come, or not finished, was woken by."""
    begun, events_until = _needed(until)
    whole = sorted({*rules().kept_whole, *begun})
    _run(until, _OF_RUNS, exclude_dag_ids=whole)
    for dag_id, since in sorted(begun.items()):
        if dag_id not in rules().kept_whole:
            _run(since, _OF_RUNS, dag_ids=[dag_id])
    _run(events_until, _OF_EVENTS)
    _run(until, _OTHERS)


def _needed(until: dt.datetime) -> tuple[dict[str, dt.datetime], dt.datetime]:
    from airflow.models.asset import AssetEvent, AssetPartitionDagRun, PartitionedAssetKeyLog
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session
    from airflow.utils.state import State
    from sqlalchemy import func, select

    with create_session() as session:
        at = func.min(func.coalesce(DagRun.start_date, DagRun.queued_at, DagRun.run_after))
        unfinished = DagRun.state.in_([state.value for state in State.unfinished_dr_states])
        runs = session.execute(select(DagRun.dag_id, at).where(unfinished).group_by(DagRun.dag_id)).all()
        woken = select(func.min(AssetEvent.timestamp)).where(AssetEvent.created_dagruns.any(unfinished))
        to_come = (
            select(func.min(AssetEvent.timestamp))
            .join(PartitionedAssetKeyLog, PartitionedAssetKeyLog.asset_event_id == AssetEvent.id)
            .join(AssetPartitionDagRun, AssetPartitionDagRun.id == PartitionedAssetKeyLog.asset_partition_dag_run_id)
            .where(AssetPartitionDagRun.created_dag_run_id.is_(None))
        )
        events = [moment for query in (woken, to_come) if (moment := session.scalar(query)) is not None]
    begun = {dag_id: since - _MARGIN for dag_id, since in runs if since < until + _MARGIN}
    return begun, min([until, *(moment - _MARGIN for moment in events)])


def _run(
    until: dt.datetime,
    tables: tuple[str, ...],
    *,
    dag_ids: list[str] | None = None,
    exclude_dag_ids: list[str] | None = None,
) -> None:
    """Airflow's `db clean`. Where it is to leave out workflows, Airflow 3.3.2 fails at the table of deadlines, which does not name
    them; we have none, and its rows go with their runs. Another table that fails is an error."""
    import pendulum
    from airflow.utils import db_cleanup

    failures = _Failures()
    db_cleanup.logger.addHandler(failures)
    try:
        db_cleanup.run_cleanup(
            clean_before_timestamp=pendulum.instance(until),
            table_names=list(tables),
            confirm=False,
            skip_archive=True,
            batch_size=rules().rows_a_step,
            dag_ids=dag_ids,
            exclude_dag_ids=exclude_dag_ids,
        )
    finally:
        db_cleanup.logger.removeHandler(failures)
    if failed := failures.tables - {"deadline"}:
        raise UserError(f"Airflow 的表 {'、'.join(sorted(failed))} 没有清理成，原因见上面的日志。")


class _Failures(logging.Handler):
    """The tables at which Airflow's cleaning failed: it tells of them in its log alone."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.tables: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        if "attempting to clean table" in str(record.msg) and record.args:
            self.tables.add(str(next(iter(record.args))))


def _remove_logs(until: dt.datetime, empty_since: dt.datetime) -> Iterator[Path]:
    """Files that nobody has written into since; folders that have been empty for a day go too."""
    from airflow.configuration import conf

    folders = [conf.get("logging", "base_log_folder"), conf.get("logging", "dag_processor_child_process_log_directory")]
    for folder in map(Path, folders):
        if not folder.is_dir():
            continue
        for path in sorted(folder.rglob("*"), reverse=True):  # what is within comes before its folder
            if path.is_symlink():
                continue
            if path.is_file() and path.stat().st_mtime < until.timestamp():
                path.unlink(missing_ok=True)
                yield path
            elif path.is_dir() and path.stat().st_mtime < empty_since.timestamp() and not any(path.iterdir()):
                path.rmdir()


if __name__ == "__main__":
    main()
