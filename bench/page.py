"""The page's views on a street of many communities, at the server: median of each, wanted 300 ms of 200, 1 s of 2,000.

`python -m bench.page [--communities 200] [--times 5]`. The street has handed in, is closed, its circular issued, its items open, and its
mails are in the outbox; Airflow's API server answers in the same process, without a network.
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bench.timing import timed

if TYPE_CHECKING:
    from include.schemes.fields import FormField

WANTED_MS = {200: 300, 2000: 1000}
VIEWS = (
    "today", "submissions", "items", "documents", "mails", "scores", "files", "decisions", "quality", "settings", "unit/990000001001",
    "submissions?q=shequ&sort=-received", "items?f_standing=整改中&sort=days", "submissions?format=xlsx",
)  # fmt: skip
STREET = "990000001"
_USUAL = {"yuan": "100", "yes_no": "是", "choice": "有", "text": "重阳敬老"}


def _environment(folder: Path) -> None:
    """Before Airflow and our settings are read."""
    (folder / "inbox").mkdir()
    os.environ.update(
        {
            "AIRFLOW_HOME": str(folder / "airflow"),
            "AIRFLOW__CORE__PLUGINS_FOLDER": str(Path("plugins").absolute()),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__DAGS_FOLDER": str(folder),
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{folder / 'airflow.db'}",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": "admin:admin",
            "AIRFLOW__LOGGING__LOGGING_LEVEL": "ERROR",
            "AIRFLOW_CONN_DUBAN_DB": f"sqlite:///{folder / 'duban.db'}",
            "DUBAN_INBOX": str(folder / "inbox"),
            "DUBAN_ARCHIVE": str(folder / "archive"),
            "DUBAN_SECRET": "bench",
            "DUBAN_RECEIVED": "2026-07-18T10:00:00",
            "DUBAN_NOW": "2026-08-20T09:00:00",
            "DUBAN_INBOX_OWN": "true",
        }
    )


def _prepare(folder: Path, communities: int) -> None:
    import datetime as dt

    from include.circulars.draft import draft
    from include.db.engine import migrate, transaction
    from include.intake import inbox
    from include.intake.receive import drain
    from include.period import Period, now
    from include.registry.units import import_units
    from include.schemes.loader import default_system, load_scheme
    from include.shapes.scored_form import ScoredForm
    from include.steps import approvals

    inbox.QUIET_SECONDS = 0.01
    scheme = load_scheme(default_system(), Period.parse("2026H1"))
    cells = [cell for cell in scheme.cells_of(scheme.forms[0].key) if not cell.is_optional]
    lines = ["code,name,street_code,street,unit_type,households,secretary_email,officer_email,liaison_email"]
    for number in range(1, communities + 1):
        code = f"{STREET}{number:03}" if number < 1000 else f"9901{number:08}"
        lines.append(
            f"{code},第{number}社区,{STREET},云街街道,社区,2000,s{number}@x.cn,o{number}@x.cn,l{number % 9}@x.cn"
        )
        if number % 20:  # one in twenty does not hand in
            rows = [f"{code},期间,2026H1", *(f"{code},{cell.label_in_errors},{_figure(cell)}" for cell in cells)]
            (folder / "inbox" / f"{number}.csv").write_text(
                "\n".join(["编码,填报项,填报值", *rows]) + "\n", encoding="utf-8"
            )
    (folder / "registry.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    migrate()
    with transaction() as connection:
        import_units(connection, folder / "registry.csv", dt.date(2000, 1, 1))
    drain("bench")
    with transaction() as connection:
        result = ScoredForm(scheme).evaluate(connection, STREET, now(), "bench")
        assert result is not None
    with transaction() as connection:
        circular = draft(connection, result, now())
    approvals.request(circular, "bench/run/step/0/1")
    approvals.take_answer("bench/run/step/0/1", approvals.APPROVAL, approvals.Approval("committee", "王书记"))
    approvals.issue_document(circular)


def _figure(cell: FormField) -> str:
    """Every figure 2, but more members than any part of them; every answer 是, every paper there."""
    return "4" if cell.key == "members" else _USUAL.get(cell.type, "2")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--communities", type=int, default=200)
    parser.add_argument("--times", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _environment(folder)
        seconds = timed(lambda: _prepare(folder, options.communities))
        print(f"{options.communities} communities made in {seconds:.0f} s", flush=True)
        from airflow.api_fastapi.app import create_app, get_auth_manager
        from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
        from airflow.utils.db import initdb
        from starlette.testclient import TestClient

        initdb()
        client = TestClient(create_app("core"))
        token = get_auth_manager().generate_jwt(SimpleAuthManagerUser(username="admin", role="admin"))
        wanted = WANTED_MS.get(options.communities, 1000)
        for view in VIEWS:
            ask = partial(client.get, f"/duban/{view}", cookies={"_token": token})
            answer = ask()
            assert answer.status_code == 200, view
            rows = re.search(r"共 (\d+) 行", answer.text)
            taken = 1000 * statistics.median(timed(ask) for _ in range(options.times))
            print(f"{view:40} {rows[1] if rows else '-':>6} rows {taken:5.0f} ms (wanted {wanted})", flush=True)


if __name__ == "__main__":
    main()
