"""The page as browsers get it: from Airflow's own API server, in the name of a login."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from starlette.routing import Route
from starlette.testclient import TestClient

from include.db.engine import get_engine
from include.intake import inbox

HTML = {"Accept": "text/html"}


@contextmanager
def page_world(world: Path, empty_database: Path, offices: str = "") -> Iterator[pytest.MonkeyPatch]:
    """An office of its own in a folder, on SQLite; `offices` stands below `streets:` in its file of offices; empty: the shipped one."""
    (world / "inbox").mkdir()
    shutil.copy(empty_database, world / "duban.db")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inbox, "QUIET_SECONDS", 0.01)
        for name, value in {
            "DUBAN_INBOX": str(world / "inbox"),
            "DUBAN_ARCHIVE": str(world / "archive"),
            "DUBAN_NOW": "2026-07-10T09:00:00",
            "DUBAN_SECRET": "a secret of the tests",
            "DUBAN_INBOX_OWN": "true",
            "DUBAN_RECEIVED": "now",
            "AIRFLOW_CONN_DUBAN_DB": f"sqlite:///{world / 'duban.db'}",
        }.items():
            patch.setenv(name, value)
        if offices:
            shipped = Path("include/registry/offices.yaml").read_text(encoding="utf-8").split("\nstreets:")[0]
            (world / "offices.yaml").write_text(f"{shipped}\nstreets:\n{offices}", encoding="utf-8")
            patch.setenv("DUBAN_OFFICES", str(world / "offices.yaml"))
        yield patch


@contextmanager
def browser() -> Iterator[TestClient]:
    """Airflow's API server with our page in it."""
    from airflow.api_fastapi.app import create_app, purge_cached_app

    yield TestClient(create_app("core"), follow_redirects=False, base_url="http://127.0.0.1")
    purge_cached_app()
    get_engine().dispose()


def token(account: str) -> str:
    from airflow.api_fastapi.app import get_auth_manager
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser

    role = {"admin": "admin", "viewer": "viewer"}.get(account, "user")
    return get_auth_manager().generate_jwt(SimpleAuthManagerUser(username=account, role=role))


def sees(office: TestClient, account: str, address: str) -> Any:
    """What a browser in which that account is logged in gets."""
    return office.get(f"/duban{address}", headers=HTML, cookies={"_token": token(account)})


def sends(office: TestClient, account: str, address: str, files: Any = None, /, **fields: Any) -> Any:
    """A form sent from a page that the account had opened."""
    mark = re.search(r'name="mark" value="(\w+)"', sees(office, account, "/acts/item").text)
    fields.setdefault("mark", mark[1] if mark else "")
    return office.post(f"/duban{address}", data=fields, files=files, cookies={"_token": token(account)})


def routes() -> list[Route]:
    from plugins.duban_page.app import app

    return [one for one in app.router.routes if isinstance(one, Route)]
