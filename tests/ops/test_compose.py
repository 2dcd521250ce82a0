"""docker-compose.yaml is valid by the compose specification, and keeps what this project promises of it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from include.registry.passwords import is_right, read_passwords, write_passwords
from include.settings import REPO, Settings
from ops.compose.init import give_passwords

TEXT = (REPO / "docker-compose.yaml").read_text(encoding="utf-8")
STACK: dict[str, Any] = yaml.safe_load(TEXT)
AIRFLOW_SERVICES = {name: service for name, service in STACK["services"].items() if "build" in service}
REQUIRED = sorted(set(re.findall(r"\$\{(\w+):\?", TEXT)))


def _by_schema(path: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).parent / "check-jsonschema"
    command = [str(program), "--builtin-schema", "vendor.compose-spec", str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def _by_docker(path: Path) -> subprocess.CompletedProcess[str]:
    variables = "".join(f"{name}=letters1\n" for name in REQUIRED)
    environment = path.with_suffix(".env")
    environment.write_text(variables, encoding="utf-8")
    command = ["docker", "compose", "--env-file", str(environment), "-f", str(path), "config", "--quiet"]
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
    commands = {" ".join(service["command"]) for service in AIRFLOW_SERVICES.values()}
    assert commands == {
        "airflow api-server",
        "airflow scheduler",
        "airflow dag-processor",
        "airflow triggerer",
        "airflow celery worker",
        "python -m ops.compose.init",
    }
    assert STACK["services"].keys() - AIRFLOW_SERVICES.keys() == {"postgres", "redis"}


def test_every_service_of_ours_finds_the_code() -> None:
    assert {service["environment"]["PYTHONPATH"] for service in AIRFLOW_SERVICES.values()} == {"/opt/duban"}


def test_every_service_that_stays_up_has_a_health_check() -> None:
    assert {name for name, service in STACK["services"].items() if "healthcheck" not in service} == {"init"}


def test_no_secret_has_a_value_or_a_default() -> None:
    settings = {key: value for service in STACK["services"].values() for key, value in service["environment"].items()}
    secret = {key: str(value) for key, value in settings.items() if re.search("PASSWORD|SECRET|FERNET|AUTH$", key)}
    assert len(secret) >= 8
    for key, value in secret.items():
        assert re.fullmatch(r"\$\{\w+:\?[^}]+\}", value) or value.endswith("passwords.json"), key
    addresses = [value for value in settings.values() if "://" in str(value) and "@" in str(value)]
    assert addresses and all(re.search(r":\$\{\w+:\?[^}]+\}@", address) for address in addresses)


def test_every_folder_that_the_office_writes_into_outlives_its_container() -> None:
    folders = {str(field.validation_alias) for field in Settings.model_fields.values() if field.annotation is Path}
    folders -= {"DUBAN_SYSTEMS", "DUBAN_SECRET_FILE"}  # only read; not used where DUBAN_SECRET is required
    for name, service in AIRFLOW_SERVICES.items():
        mounted = {volume.rsplit(":", 1)[1] for volume in service["volumes"]}
        kept = {key for key, value in service["environment"].items() if value in mounted}
        assert folders <= kept, name


def test_the_ui_listens_on_loopback_only() -> None:
    ports = [port for service in STACK["services"].values() for port in service.get("ports", [])]
    assert ports == ["127.0.0.1:${DUBAN_PORT:-8080}:8080"]


def test_the_image_does_not_run_as_root_and_installs_by_hash() -> None:
    dockerfile = (REPO / "Dockerfile").read_text(encoding="utf-8")
    users = re.findall(r"^USER (\S+)$", dockerfile, re.MULTILINE)
    assert users == ["duban"]
    assert "--require-hashes --no-deps -r" in dockerfile


def test_everything_that_the_image_copies_is_let_through() -> None:
    dockerfile = (REPO / "Dockerfile").read_text(encoding="utf-8")
    copied = set(re.findall(r"^COPY (?:--chown=\S+ )?(\w[\w./-]*) ", dockerfile, re.MULTILINE))
    allowed = {line[1:] for line in (REPO / ".dockerignore").read_text(encoding="utf-8").splitlines() if line[0] == "!"}
    assert copied == allowed


def test_every_variable_that_must_be_set_is_in_the_handbook() -> None:
    handbook = (REPO / "docs/operations.md").read_text(encoding="utf-8")
    assert [name for name in REQUIRED if name not in handbook] == []


def test_passwords_come_from_the_environment_alone(tmp_path: Path) -> None:
    path = tmp_path / "auth/passwords.json"
    given = {"DUBAN_PASSWORD_ADMIN": "a1", "DUBAN_PASSWORD_COMMITTEE": "c1"}
    give_passwords(path, "admin:admin,committee:user", given)
    assert path.stat().st_mode & 0o077 == 0
    assert not {"a1", "c1"} & set(read_passwords(path).values()), "kept unreadable"
    write_passwords(path, {"committee": "its own"})
    give_passwords(path, "admin:admin,committee:user", given | {"DUBAN_PASSWORD_ADMIN": "a2"})
    kept = read_passwords(path)
    assert is_right("a2", kept["admin"]), "changed in the environment"
    assert is_right("its own", kept["committee"]), "changed on the page: the environment says what it said before"


def test_a_persons_first_password_is_made_and_told_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    persons = tmp_path / "persons.yaml"
    persons.write_text("persons: [{account: wang, name: 王强, roles: [committee], from: 2026-01-01}]", encoding="utf-8")
    monkeypatch.setenv("DUBAN_PERSONS", str(persons))
    path = tmp_path / "passwords.json"
    first = give_passwords(path, "admin:admin", {"DUBAN_PASSWORD_ADMIN": "a1"})
    assert list(first) == ["wang"] and is_right(first["wang"], read_passwords(path)["wang"])
    assert give_passwords(path, "admin:admin", {"DUBAN_PASSWORD_ADMIN": "a1"}) == {}


def test_a_user_without_a_password_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="DUBAN_PASSWORD_VIEWER"):
        give_passwords(tmp_path / "passwords.json", "admin:admin,viewer:viewer", {"DUBAN_PASSWORD_ADMIN": "a1"})
