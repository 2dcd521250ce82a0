"""Every setting that comes from outside, typed, in one place.

Airflow's own connection variables are read here as well, so that the domain code, the commands and
the tests share one spelling of "which database" and "which mail server" without importing Airflow.
"""

from __future__ import annotations

import functools
import os
from pathlib import Path

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from include.errors import UserError

REPO = Path(__file__).resolve().parent.parent


def systems_folder() -> Path:
    """Where the systems lie: a folder a system, all of it data."""
    return get_settings().systems


def shared_folder() -> Path:
    """Where that lies which several systems share."""
    return systems_folder() / "_shared"


_AS_FILES = ("airflow_conn_", "duban_")


class Settings(BaseSettings):
    """Settings from the environment. Paths may be relative to the working directory."""

    model_config = SettingsConfigDict(extra="ignore", populate_by_name=True)

    database: str = Field(
        default="",
        validation_alias="AIRFLOW_CONN_DUBAN_DB",
        description="Business database: Airflow connection JSON or URI. Empty: SQLite under var/run.",
    )
    airflow_database: str = Field(
        default="",
        validation_alias="AIRFLOW_CONN_DUBAN_AIRFLOW_DB",
        description="Airflow's own database, for the workflow that cleans it: connection JSON or URI. Empty: not cleaned there.",
    )
    database_connections: int = Field(
        default=5,
        ge=1,
        validation_alias="DUBAN_DB_CONNECTIONS",
        description="Connections to PostgreSQL that a process keeps open.",
    )
    database_connections_more: int = Field(
        default=10,
        ge=0,
        validation_alias="DUBAN_DB_CONNECTIONS_MORE",
        description="How many more a process may open for a while where those are all in use.",
    )
    smtp: str = Field(
        default="",
        validation_alias="AIRFLOW_CONN_DUBAN_SMTP",
        description="Mail server: Airflow connection JSON with disable_ssl, disable_tls, from_email in extra.",
    )
    imap: str = Field(
        default="",
        validation_alias="AIRFLOW_CONN_DUBAN_IMAP",
        description="Mailbox that receives hand-ins: Airflow connection JSON.",
    )
    ldap: str = Field(
        default="",
        validation_alias="AIRFLOW_CONN_DUBAN_LDAP",
        description="The office's directory, which knows the persons' passwords: Airflow connection JSON. Empty: kept here.",
    )
    secret: SecretStr = Field(
        default=SecretStr(""),
        validation_alias="DUBAN_SECRET",
        description="The installation's one secret, of which its codes are made. Empty: that of the file below.",
    )
    secret_file: Path = Field(
        default=REPO / "var/secret",
        validation_alias="DUBAN_SECRET_FILE",
        description="Holds the secret where none is given; made once, readable by its owner only, part of a backup.",
    )
    inbox: str = Field(
        default=str(REPO / "var/inbox"),
        validation_alias="DUBAN_INBOX",
        description="Where hand-ins are dropped: a folder, or an object store as s3://connection@bucket/prefix.",
    )
    inbox_poll_seconds: float = Field(
        default=0,
        ge=0,
        validation_alias="DUBAN_INBOX_POLL_SECONDS",
        description="Seconds between two looks of the watcher. 0: the usual, shorter for a folder than for a store.",
    )
    inbox_is_read_only: bool = Field(
        default=False,
        validation_alias="DUBAN_INBOX_READ_ONLY",
        description="True: files stay in the inbox after they were archived.",
    )
    inbox_is_own: bool = Field(
        default=False,
        validation_alias="DUBAN_INBOX_OWN",
        description="True: only the office itself, at its own machine, can put files into the inbox: they need no code.",
    )
    archive: Path = Field(
        default=REPO / "var/run/archive",
        validation_alias="DUBAN_ARCHIVE",
        description="Folder of every file ever received or issued, by SHA-256.",
    )
    keys: Path | None = Field(
        default=None,
        validation_alias="DUBAN_KEYS",
        description="Folder of the keys of ledgers with personal columns. Not given: a folder inside the archive.",
    )
    out: Path = Field(
        default=REPO / "var/out",
        validation_alias="DUBAN_OUT",
        description="Folder into which the export workflow writes.",
    )
    reports: Path = Field(
        default=REPO / "var/run/reports",
        validation_alias="DUBAN_REPORTS",
        description="Folder of the office's daily reports, one subfolder a day.",
    )
    received: str = Field(
        default="now",
        validation_alias="DUBAN_RECEIVED",
        description="Time of receipt of a file in the inbox: now, mtime, due, or one ISO moment.",
    )
    timezone: str = Field(
        default="Asia/Shanghai",
        validation_alias="DUBAN_TIMEZONE",
        description="Zone of every deadline.",
    )
    now: str = Field(
        default="",
        validation_alias="DUBAN_NOW",
        description="Simulated clock: an ISO moment, or the path of a file that holds one. Empty: the real clock.",
    )
    collecting: str = Field(
        default="",
        validation_alias="DUBAN_PERIOD",
        description="Period of hand-ins that name none: 2026H1, half_year/2026H1 where the system is said too, or the path of a file that holds it. Empty: the open one.",
    )
    metrics_token: SecretStr = Field(
        default=SecretStr(""),
        validation_alias="DUBAN_METRICS_TOKEN",
        description="What Prometheus must bring to read /duban/metrics. Empty: only who is logged in reads it.",
    )
    systems: Path = Field(
        default=REPO / "systems",
        validation_alias="DUBAN_SYSTEMS",
        description="Folder of the systems, their days off and what they share; changed while everything runs.",
    )
    office: Path | None = Field(
        default=None,
        validation_alias="DUBAN_OFFICE",
        description="Folder of the office's own files: each stands in the place of the shipped one of its name.",
    )
    offices: Path | None = Field(
        default=None,
        validation_alias="DUBAN_OFFICES",
        description="Names, document prefixes and addresses of the street committees. Not given: offices.yaml.",
    )
    page_url: str = Field(
        default="",
        validation_alias="DUBAN_PAGE_URL",
        pattern=r"^(https?://\S+)?$",
        description="Where people open the page, as https://duban.example: mails to offices then lead to it. Empty: no links.",
    )
    persons: Path | None = Field(
        default=None,
        validation_alias="DUBAN_PERSONS",
        description="The persons who work for the offices: accounts, roles, streets, terms, deputies. Not given: persons.yaml.",
    )


def take_secret_files(folder: str) -> None:
    """Secrets that lie in `folder` as files, one each under its variable's name in small letters, join the environment.

    What the environment names wins; an empty file names nothing. Containers have theirs so (docker-compose.yaml), and
    Airflow finds its connections there too.
    """
    for path in sorted(Path(folder).glob("*")) if folder else ():
        if path.name.startswith(_AS_FILES) and (text := path.read_text(encoding="utf-8").strip()):
            os.environ.setdefault(path.name.upper(), text)


def connection_variable(connection_id: str) -> str:
    """The variable in which Airflow, and we with it, look for a connection."""
    return f"AIRFLOW_CONN_{connection_id.upper()}"


_NAMES = [str(field.validation_alias) for field in Settings.model_fields.values()]


def get_settings() -> Settings:
    """The settings as the environment says them now (tests and tasks change it); read anew only when it changed.

    Raises UserError naming the settings that have no valid value; the values are not shown, they may be secrets.
    """
    return _settings(tuple(os.environ.get(name) for name in _NAMES))


@functools.lru_cache(maxsize=16)
def _settings(_environment: tuple[str | None, ...]) -> Settings:
    try:
        return Settings()
    except ValidationError as error:
        wrong = sorted({str(part) for problem in error.errors() for part in problem["loc"]})
        raise UserError(*(f"设置 {name} 的值不对：请照运维手册改正。" for name in wrong)) from None


take_secret_files(os.environ.get("DUBAN_SECRETS", ""))
