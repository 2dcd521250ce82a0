"""The environment in which Airflow's components of one run live: every setting by variable, nothing from the user's own Airflow."""

from __future__ import annotations

import base64
import json
import os
import secrets
import socket
import sys
from pathlib import Path

from include.errors import UserError
from include.settings import REPO
from ops.logins import new_token_secret, passwords_file, shared_logins
from ops.place import Place, write_secret

# Below those that Linux lends to connections going out: none of them can take the port before its server listens,
# not even the connection with which somebody waits for that server.
_UNLENT_PORTS = range(20_000, 32_000)


def free_port(wanted: int = 0, variable: str = "PORT") -> int:
    """A loopback port that can be listened on: `wanted`, or any. Taken: a UserError that names the command's `variable`."""
    if wanted:
        if not _is_free(wanted):
            raise UserError(
                f"端口 127.0.0.1:{wanted} 已被占用：请先停掉占用它的程序，或用 {variable}=另一个端口 再试。"
            )
        return wanted
    while not _is_free(port := _UNLENT_PORTS.start + secrets.randbelow(len(_UNLENT_PORTS))):
        pass
    return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def mail_token(place: Place) -> str:
    """What opens the page of the run's own mailbox; made once a run, so that the printed address stays good."""
    path = place.folder / "mail.token"
    if not path.is_file():
        write_secret(path, secrets.token_urlsafe(16))
    return path.read_text(encoding="ascii").strip()


def _fernet_key(place: Place) -> str:
    """Stays with the database, because connections in it are encrypted with it."""
    path = place.airflow_home / "fernet.key"
    if not path.is_file():
        write_secret(path, base64.urlsafe_b64encode(secrets.token_bytes(32)).decode())
    return path.read_text(encoding="ascii")


def airflow_environment(place: Place, port: int) -> dict[str, str]:
    """Variables for every component; secrets are random at each start."""
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("AIRFLOW__")}
    address = f"http://127.0.0.1:{port}"
    settings = {
        "CORE__DAGS_FOLDER": str(REPO / "dags"),
        "CORE__PLUGINS_FOLDER": str(REPO / "plugins"),
        "CORE__LOAD_EXAMPLES": "False",
        "CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",  # the inbox is watched at once, not from the next parse
        "CORE__EXECUTOR": "include.airflow_ext.executor.PatientLocalExecutor",
        "CORE__PARALLELISM": "4",
        "CORE__DEFAULT_TIMEZONE": "Asia/Shanghai",
        "CORE__EXECUTION_API_SERVER_URL": f"{address}/execution/",
        "CORE__FERNET_KEY": _fernet_key(place),
        "CORE__AUTH_MANAGER": "include.airflow_ext.logins.OfficeLogins",
        "CORE__SIMPLE_AUTH_MANAGER_USERS": ",".join(f"{user}:{role}" for user, role in shared_logins().items()),
        "CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(passwords_file(place)),
        "DATABASE__SQL_ALCHEMY_CONN": _metadata(place, patience_seconds=60),  # five components write
        "API__HOST": "127.0.0.1",
        "API__PORT": str(port),
        "API__BASE_URL": address,
        "API__WORKERS": "1",
        "API__SECRET_KEY": secrets.token_hex(32),
        "API_AUTH__JWT_SECRET": new_token_secret(place),
        "DAG_PROCESSOR__REFRESH_INTERVAL": "10",
        "SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.3",
        "SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "60",
        # A scheduler that is back before the dead one counts as dead takes over its tasks only at the next look.
        "SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "30",
        "SCHEDULER__TASK_QUEUED_TIMEOUT": "120",
        "SCHEDULER__TASK_QUEUED_TIMEOUT_CHECK_INTERVAL": "15",
        "LOGGING__BASE_LOG_FOLDER": str(place.logs / "tasks"),
        "LOGGING__FILE_TASK_HANDLER_NEW_FOLDER_PERMISSIONS": "0o700",
        "LOGGING__FILE_TASK_HANDLER_NEW_FILE_PERMISSIONS": "0o600",
        "LOGGING__DAG_PROCESSOR_CHILD_PROCESS_LOG_DIRECTORY": str(place.logs / "dag_processor"),
        "USAGE_DATA_COLLECTION__ENABLED": "False",
    }
    return {
        **inherited,
        **{f"AIRFLOW__{key}": value for key, value in settings.items()},
        **duban_environment(place),
        # A task may not reach Airflow's own database; the one that cleans it is told apart where it is.
        "AIRFLOW_CONN_DUBAN_AIRFLOW_DB": json.dumps({"conn_type": "sqlite", "host": str(place.airflow_database)}),
        "AIRFLOW_HOME": str(place.airflow_home),
        "PYTHONPATH": str(REPO),
        "PYTHONUNBUFFERED": "1",
        "NO_PROXY": ",".join(filter(None, [os.environ.get("NO_PROXY"), "127.0.0.1,localhost"])),
        "GX_ANALYTICS_ENABLED": "false",
        "OPENBLAS_NUM_THREADS": "1",  # tasks are forked from a process that has numpy loaded
        "OMP_NUM_THREADS": "1",
    }


def api_server_environment(place: Place) -> dict[str, str]:
    """What the API server has for itself.

    It writes the audit row of a call on its event loop, which the transaction of another call may need to end: they
    wait for each other, and with them the office, until the database's patience is over. Then that call is made again.
    """
    return {"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": _metadata(place, patience_seconds=5)}


def _metadata(place: Place, patience_seconds: int) -> str:
    """Airflow's own database, and how long to wait for whoever writes into it."""
    return f"sqlite:///{place.airflow_database}?timeout={patience_seconds}"


def duban_environment(place: Place) -> dict[str, str]:
    """The business side's settings; a database or mail server that the user names wins over the run's own."""
    database = json.dumps({"conn_type": "sqlite", "host": str(place.database)})
    return {
        "AIRFLOW_CONN_DUBAN_DB": os.environ.get("AIRFLOW_CONN_DUBAN_DB") or database,
        "DUBAN_ARCHIVE": str(place.archive),
        "DUBAN_REPORTS": str(place.folder / "reports"),
        "DUBAN_INBOX": str(place.inbox),
        "DUBAN_NOW": str(place.clock) if place.clock.exists() else "",
        "DUBAN_PERIOD": str(place.collecting) if place.collecting.exists() else "",
    }


def sink_connection(port: int) -> str:
    """The connection of the run's own mail sink."""
    extra = {"disable_ssl": True, "disable_tls": True, "from_email": "duban@duban.invalid"}
    return json.dumps({"conn_type": "smtp", "host": "127.0.0.1", "port": port, "extra": extra})


def program(name: str) -> str:
    """A program of the virtual environment that runs us."""
    return str(Path(sys.executable).parent / name)
