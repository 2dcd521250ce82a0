"""docker-compose.yaml is valid by the compose specification, and keeps what this project promises of it."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from include.db.engine import GIVES_UP, database_url, make_engine
from include.registry.passwords import is_right, read_passwords, write_passwords
from include.settings import REPO, Settings, take_secret_files
from ops.compose.cleaner import clean_once, seconds_until_next
from ops.compose.init import give_passwords
from ops.compose.make_secrets import make_secrets
from tests.postgres import HAS_POSTGRES, POSTGRES

TEXT = (REPO / "docker-compose.yaml").read_text(encoding="utf-8")
STACK: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = STACK["services"]
AIRFLOW_SERVICES = {name: service for name, service in SERVICES.items() if "build" in service}
SECRETS = {name: set(service.get("secrets", [])) for name, service in SERVICES.items()}
STORES = {"postgres", "redis", "proxy"}


def _by_schema(path: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).parent / "check-jsonschema"
    command = [str(program), "--builtin-schema", "vendor.compose-spec", str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def _by_docker(path: Path) -> subprocess.CompletedProcess[str]:
    command = ["docker", "compose", "-f", str(path), "config", "--quiet"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def _has_docker_compose() -> bool:
    command = ["docker", "compose", "version"]
    return (
        shutil.which("docker") is not None and subprocess.run(command, capture_output=True, check=False).returncode == 0
    )


VALIDATORS = [_by_schema, *([_by_docker] if _has_docker_compose() else [])]
Validator = Callable[[Path], subprocess.CompletedProcess[str]]


@pytest.mark.parametrize("validate", VALIDATORS)
def test_the_compose_file_is_valid(validate: Validator, tmp_path: Path) -> None:
    copy = tmp_path / "docker-compose.yaml"
    copy.write_text(TEXT, encoding="utf-8")
    checked = validate(copy)
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize("validate", VALIDATORS)
def test_a_misspelt_key_would_be_found(validate: Validator, tmp_path: Path) -> None:
    broken = tmp_path / "docker-compose.yaml"
    broken.write_text(TEXT.replace("    healthcheck:\n", "    healthchek:\n"), encoding="utf-8")
    assert validate(broken).returncode != 0


def test_every_part_of_airflow_has_its_service() -> None:
    commands = {name: " ".join(service["command"]) for name, service in AIRFLOW_SERVICES.items()}
    assert {name: command.partition(" --")[0] for name, command in commands.items()} == {
        "api-server": "airflow api-server",
        "scheduler": "airflow scheduler",
        "dag-processor": "airflow dag-processor",
        "triggerer": "airflow triggerer",
        "worker": "airflow celery worker",
        "office": "python -m ops.warm_scheduler",
        "cleaner": "python -m ops.compose.cleaner",
        "init": "python -m ops.compose.init",
    }
    assert SERVICES.keys() - AIRFLOW_SERVICES.keys() == STORES


def test_an_office_needs_no_queue_and_a_city_has_one() -> None:
    profiles = {name: service["profiles"] for name, service in SERVICES.items() if "profiles" in service}
    city = {"redis": ["city"], "scheduler": ["city"], "worker": ["city"]}
    assert profiles == {**city, "office": ["office"], "proxy": ["https"]}
    executors = {name: service["environment"]["AIRFLOW__CORE__EXECUTOR"] for name, service in AIRFLOW_SERVICES.items()}
    assert executors["scheduler"] == executors["worker"] == "CeleryExecutor"
    assert executors["office"].endswith("executor.PatientLocalExecutor")
    assert all("redis" not in service.get("depends_on", {}) for service in SERVICES.values())


def test_workflows_run_from_the_first_start_on() -> None:
    assert {
        service["environment"]["AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION"] for service in AIRFLOW_SERVICES.values()
    } == {"False"}


def test_every_service_of_ours_finds_the_code() -> None:
    assert {service["environment"]["PYTHONPATH"] for service in AIRFLOW_SERVICES.values()} == {"/opt/duban"}


def test_every_service_that_stays_up_has_a_health_check() -> None:
    assert {name for name, service in SERVICES.items() if "healthcheck" not in service} == {"init"}


def test_no_secret_stands_in_the_file_nor_in_any_environment() -> None:
    settings = {key: value for service in SERVICES.values() for key, value in service.get("environment", {}).items()}
    secret = {
        key: str(value)
        for key, value in settings.items()
        if re.search("PASSWORD|SECRET|FERNET|CONN(?!ECT_ARGS)|BROKER", key)
    }
    assert len(secret) >= 8
    for key, value in secret.items():
        assert value.startswith(("cat /run/secrets/", "/run/secrets")) or value.endswith("passwords.json"), key
    assert not [value for value in settings.values() if "://" in str(value) and "@" in str(value)]
    assert "${" not in " ".join(part for service in SERVICES.values() for part in service.get("command", []))


def test_a_service_has_the_secrets_that_its_settings_read_and_no_other_has_them() -> None:
    for name, service in SERVICES.items():
        read = set(re.findall(r"/run/secrets/(\w+)", json.dumps(service)))
        assert {one for one in read if one in STACK["secrets"]} <= SECRETS[name], name
    assert {name for name, secrets in SECRETS.items() if "postgres_superuser" in secrets} == {"postgres"}
    assert set().union(*SECRETS.values()) == {name for name in STACK["secrets"] if not name.startswith("tls_")} | {
        "tls_certificate",
        "tls_key",
    }


def test_what_opens_strangers_files_can_sign_as_nobody() -> None:
    kept_from_it = {"airflow_jwt_secret", "airflow_secret_key", "airflow_fernet_key", "airflow_database"}
    assert not SECRETS["worker"] & kept_from_it
    assert not {name for name in SECRETS["worker"] if name.startswith("postgres_")}


def test_the_cleaner_has_airflows_database_and_the_logs_and_nothing_else() -> None:
    cleaner = SERVICES["cleaner"]
    assert cleaner["secrets"] == ["airflow_database"] and cleaner["networks"] == ["inside"]
    assert {volume.split(":", 1)[1] for volume in cleaner["volumes"]} >= {"/data/logs"}
    assert all(volume.endswith((":/data/logs", ":/office:ro")) for volume in cleaner["volumes"])


def test_the_cleaner_cleans_at_half_past_three_of_the_offices_night() -> None:
    for moment, hours in (("2026-07-01T01:30+08:00", 2), ("2026-07-01T03:30+08:00", 24)):
        assert seconds_until_next(dt.datetime.fromisoformat(moment)) == hours * 3600


def test_a_cleaning_that_fails_makes_the_cleaner_unhealthy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state = tmp_path / "cleaned"
    (check,) = SERVICES["cleaner"]["healthcheck"]["test"][1:]
    check = check.replace("/tmp/cleaned", str(state))
    assert subprocess.run(check, shell=True, check=False, capture_output=True).returncode == 0, "not cleaned yet"
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path))
    monkeypatch.setenv("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", f"sqlite:///{tmp_path / 'none/airflow.db'}")
    assert not clean_once(state)
    assert subprocess.run(check, shell=True, check=False).returncode == 1


def test_every_component_writes_its_log_as_json() -> None:
    assert {service["environment"]["AIRFLOW__LOGGING__JSON_LOGS"] for service in AIRFLOW_SERVICES.values()} == {"True"}


def test_nothing_runs_as_root_writes_into_its_image_or_takes_what_it_pleases() -> None:
    for name, service in SERVICES.items():
        assert service["user"].split(":")[0] not in ("0", "root"), name
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["mem_limit"] and service["pids_limit"], name


def test_the_databases_are_reached_from_inside_alone() -> None:
    assert STACK["networks"]["inside"] == {"internal": True}
    for store in ("postgres", "redis"):
        assert SERVICES[store]["networks"] == ["inside"]
        assert "ports" not in SERVICES[store]


def test_the_roles_of_the_databases_are_no_superusers() -> None:
    statements = (REPO / "ops/compose/create_databases.sql").read_text(encoding="utf-8")
    assert re.findall(r"CREATE ROLE (\w+) LOGIN", statements) == ["airflow", "duban"]
    assert not re.search(r"^(?!--).*SUPERUSER", statements, re.MULTILINE)


def test_images_are_exact_versions_that_a_variable_replaces() -> None:
    images = {service["image"] for service in SERVICES.values()} | set(SERVICES["init"]["build"]["args"].values())
    for image in images - {"${DUBAN_IMAGE:-duban:local}"}:
        assert re.fullmatch(r"\$\{\w+_IMAGE:-[\w/]+:\d+\.\d+(\.\d+)?(-[\w-]+)?\}", image), image
    for argument in re.findall(r"^ARG (\w+)=(\S+)$", (REPO / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE):
        assert f"${{{argument[0]}:-{argument[1]}}}" in images


def test_every_folder_that_the_office_writes_into_outlives_its_container() -> None:
    folders = {str(field.validation_alias) for field in Settings.model_fields.values() if field.annotation is Path}
    folders -= {"DUBAN_SYSTEMS", "DUBAN_SECRET_FILE"}  # only read; not used where DUBAN_SECRET is given
    for name, service in AIRFLOW_SERVICES.items():
        mounted = {volume.split(":")[-1] for volume in service["volumes"]}
        kept = {key for key, value in service["environment"].items() if value in mounted}
        assert folders <= kept or name in ("scheduler", "dag-processor", "cleaner"), name


def test_systems_and_the_office_are_mounted_and_not_baked_in() -> None:
    for name, service in AIRFLOW_SERVICES.items():
        assert any(volume.endswith(":/systems:ro") for volume in service["volumes"]) or name == "cleaner", name
        assert any(volume.endswith(":/office:ro") for volume in service["volumes"]), name
        assert (service["environment"]["DUBAN_SYSTEMS"], service["environment"]["DUBAN_OFFICE"]) == (
            "/systems",
            "/office",
        )


def test_the_page_listens_on_loopback_only_but_for_https() -> None:
    ports = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert ports == {
        "api-server": ["127.0.0.1:${DUBAN_PORT:-8080}:8080"],
        "proxy": ["${DUBAN_HTTPS_PORT:-443}:8443"],
    }


def test_the_image_does_not_run_as_root_owns_no_code_and_installs_by_hash() -> None:
    dockerfile = (REPO / "Dockerfile").read_text(encoding="utf-8")
    production = dockerfile.split(" AS production")[1].split("\nFROM ")[0]
    assert re.findall(r"^USER (\S+)$", production, re.MULTILINE) == ["10001:0"]
    assert "--chown" not in production
    assert dockerfile.count("--require-hashes --no-deps -r") == 2


def test_the_tools_of_the_demo_are_in_no_image_that_a_server_runs() -> None:
    locked = (REPO / "requirements.txt").read_text(encoding="utf-8")
    assert not re.findall(r"^(xlwt|aiosmtpd|holidays)==", locked, re.MULTILINE)
    assert {service["build"]["target"] for service in AIRFLOW_SERVICES.values()} == {"production"}


def test_everything_that_the_image_copies_is_let_through() -> None:
    dockerfile = (REPO / "Dockerfile").read_text(encoding="utf-8")
    copied = {
        Path(one).parts[0]
        for line in re.findall(r"^COPY ([^-].*) \S+$", dockerfile, re.MULTILINE)
        for one in line.split()
    }
    allowed = {line[1:] for line in (REPO / ".dockerignore").read_text(encoding="utf-8").splitlines() if line[0] == "!"}
    assert copied == allowed


def test_every_variable_of_the_file_is_in_the_handbook() -> None:
    handbook = (REPO / "docs/operations.md").read_text(encoding="utf-8")
    variables = set(re.findall(r"\$\{(\w+):?-", TEXT))
    assert sorted(name for name in variables if name not in handbook) == []


def test_passwords_come_from_their_file_alone(tmp_path: Path) -> None:
    path = tmp_path / "auth/passwords.json"
    given = {"admin": "a1", "committee": "c1"}
    give_passwords(path, "admin:admin,committee:user", given)
    assert path.stat().st_mode & 0o077 == 0
    assert not {"a1", "c1"} & set(read_passwords(path).values()), "kept unreadable"
    write_passwords(path, {"committee": "its own"})
    give_passwords(path, "admin:admin,committee:user", given | {"admin": "a2"})
    kept = read_passwords(path)
    assert is_right("a2", kept["admin"]), "changed in the file"
    assert is_right("its own", kept["committee"]), "changed on the page: the file says what it said before"


def test_a_persons_first_password_is_made_and_told_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    persons = tmp_path / "persons.yaml"
    persons.write_text("persons: [{account: wang, name: 王强, roles: [committee], from: 2026-01-01}]", encoding="utf-8")
    monkeypatch.setenv("DUBAN_PERSONS", str(persons))
    path = tmp_path / "passwords.json"
    first = give_passwords(path, "admin:admin", {"admin": "a1"})
    assert list(first) == ["wang"] and is_right(first["wang"], read_passwords(path)["wang"])
    assert give_passwords(path, "admin:admin", {"admin": "a1"}) == {}


def test_a_user_without_a_password_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="viewer"):
        give_passwords(tmp_path / "passwords.json", "admin:admin,viewer:viewer", {"admin": "a1"})


@pytest.mark.skipif(os.geteuid() != 0, reason="files of other users are made by root")
def test_every_secret_is_a_file_that_only_its_service_reads_and_stays(tmp_path: Path) -> None:
    made = make_secrets(tmp_path / "secrets")
    assert set(made) | {"tls_certificate", "tls_key"} == set(STACK["secrets"])
    users = {name: int(service["user"].split(":")[0]) for name, service in SERVICES.items()}
    for name, secrets in SECRETS.items():
        for one in secrets & set(made):
            found = (tmp_path / "secrets" / one).stat()
            assert (found.st_mode & 0o777, found.st_uid) == (0o600, users[name]), one
    before = {path.name: path.read_bytes() for path in (tmp_path / "secrets").iterdir()}
    assert make_secrets(tmp_path / "secrets") == []
    assert make_secrets(tmp_path / "secrets", "admin:admin,zhang:user") == ["airflow_passwords"]
    after = {path.name: path.read_bytes() for path in (tmp_path / "secrets").iterdir()}
    assert before.items() - after.items() == {("airflow_passwords", before["airflow_passwords"])}
    given = json.loads(after["airflow_passwords"])
    assert given["zhang"] and json.loads(before["airflow_passwords"]).items() <= given.items()


def test_secrets_that_lie_as_files_join_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in {"duban_secret": "s1\n", "airflow_conn_duban_smtp": "", "airflow_jwt_secret": "j1"}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "airflow_conn_duban_imap").write_text("from the file", encoding="utf-8")
    monkeypatch.setattr(os, "environ", {"AIRFLOW_CONN_DUBAN_IMAP": "from the environment"})
    take_secret_files(str(tmp_path))
    take_secret_files("")
    assert os.environ == {"AIRFLOW_CONN_DUBAN_IMAP": "from the environment", "DUBAN_SECRET": "s1"}


@pytest.mark.skipif(not HAS_POSTGRES, reason="no PostgreSQL here")
def test_a_database_that_is_gone_without_a_word_is_given_up(tmp_path: Path) -> None:
    """By Airflow as by us: a machine that lost power closes no connection, and Linux alone would wait a quarter of an hour."""
    named = {key: value for key, value in SERVICES["api-server"]["environment"].items() if "CONNECT_ARGS" in key}
    script = """
import asyncio, json
from airflow import settings
from sqlalchemy import text
async def asked():
    async with settings.async_engine.connect() as connection:
        answer = (await connection.execute(text("SELECT 1"))).scalar_one()
    await settings.async_engine.dispose()
    return answer
driver = settings.engine.raw_connection().driver_connection
print(json.dumps([driver.get_dsn_parameters(), asyncio.run(asked())]))
"""
    environment = {
        **os.environ, **named, "PYTHONPATH": str(REPO), "AIRFLOW_HOME": str(tmp_path),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": make_engine(database_url(POSTGRES)).url.render_as_string(False),
    }  # fmt: skip
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    told, answer = json.loads(done.stdout)
    driver: Any = make_engine(database_url(POSTGRES)).raw_connection().driver_connection
    for given in (told, driver.get_dsn_parameters()):
        assert {name: given[name] for name in GIVES_UP} == {name: str(value) for name, value in GIVES_UP.items()}
    assert answer == 1
