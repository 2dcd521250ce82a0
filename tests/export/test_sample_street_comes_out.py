"""The sample street from its files to OUT, through the real stages, without Airflow."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import json
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Engine

from include.circulars.draft import draft
from include.db.engine import transaction
from include.intake.receive import drain
from include.items.items import open_items
from include.period import now
from include.registry.units import import_units
from include.reports.out import write_out
from include.scoring.assess import assess
from include.signing.issue import issue
from include.workbooks.forms import write_form
from include.workbooks.inspection_form import write_inspection_form
from ops.sample.street import default_scheme, hand_ins, units, write_inbox, write_registry

pytestmark = pytest.mark.story

SCHEME = default_scheme()
STREET = units()[0].street_code
CODE = {unit.name.removesuffix("社区"): unit.code for unit in units()}


@pytest.fixture
def out(database: Engine, world: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The half year closed after the window: received by modification time, scored, drafted, written."""
    monkeypatch.setenv("DUBAN_RECEIVED", "mtime")
    monkeypatch.setenv("DUBAN_NOW", "2026-08-16T08:00:00")
    write_registry(world / "registry.csv")
    with transaction() as connection:
        import_units(connection, world / "registry.csv", dt.date(2000, 1, 1))
    forms = {unit.code: write_form(SCHEME, "main", unit, {}) for unit in units()}
    write_inbox(world / "inbox", hand_ins(forms, write_inspection_form(SCHEME, units(), "云街街道")))
    drain("test", SCHEME.period)
    with transaction() as connection:
        assessment = assess(connection, SCHEME, STREET, now())
        draft(connection, assessment.id, now())
        write_out(connection, SCHEME, world / "out", STREET)
    return world / "out"


@pytest.fixture(scope="module")
def seen() -> dict[str, str]:
    """Hashes of the first database's OUT."""
    return {}


def _rows(out: Path, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO((out / name).read_text(encoding="utf-8-sig"), newline="")))


def test_the_whole_street_comes_out_as_it_was_invented(out: Path, seen: dict[str, str]) -> None:
    scores = {row["unit_code"]: row for row in _rows(out, "scores.csv")}
    statuses = {name: scores[code]["status"] for name, code in CODE.items()}
    assert {name: status for name, status in statuses.items() if status != "已报"} == {
        "青檐": "未报",
        "寒山渡": "退回未改",
        "听泉里": "迟报",
        "素问": "迟报",
    }
    assert set(Counter(row["grade"] for row in scores.values())) == {"优秀", "良好", "合格", "相对后进", ""}

    points = {(row["unit_code"], row["indicator"]): row for row in _rows(out, "points.csv")}
    late = {key[0]: Decimal(row["points"]) for key, row in points.items() if key[1] == "LATE"}
    assert late == {CODE["听泉里"]: -1, CODE["素问"]: -4}
    assert points[CODE["长庚"], "A2c"]["points"] == ""
    assert not {key[0] for key in points} & {CODE["青檐"], CODE["寒山渡"]}

    items = {(row["unit_code"], row["indicator"]) for row in _rows(out, "items.csv")}
    assert {(CODE["青檐"], "S0"), (CODE["寒山渡"], "S0"), (CODE["竹影里"], "C1")} <= items
    assert {row["state"] for row in _rows(out, "items.csv")} == {"待下达"}

    corrected = {(r["unit_code"], r["field"]): r for r in _rows(out, "values.csv") if r["corrected"]}
    assert corrected.keys() == {
        (CODE["拾云"], "audited_vouchers"),
        (CODE["归燕"], "affairs_disclosures"),
        (CODE["梅坞里"], "paper_16"),
    }
    assert all(row["used"] == row["corrected"] != row["reported"] for row in corrected.values())
    twice = {row["version"] for row in _rows(out, "values.csv") if row["unit_code"] == CODE["揽月台"]}
    assert twice == {"2"}

    intake = _rows(out, "intake.csv")
    assert len(intake) == 28
    returned = {row["name"].split("社区")[0] for row in intake if row["status"] == "returned"}
    assert returned == {"墨耕", "临漪", "半亩塘", "寒山渡"}
    assert len(list((out / "returned").iterdir())) == len(returned)
    assert {row["status"] for row in intake} == {"accepted", "returned"}

    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["approved_by"] == ""
    assert {"circular.docx", "circular.html", "scores.csv"} <= manifest["files"].keys()
    hashes = {name: hashlib.sha256((out / name).read_bytes()).hexdigest() for name in manifest["files"]}
    assert hashes == manifest["files"]
    assert seen in ({}, hashes), "the same street gives other bytes on another database"
    seen |= hashes


def test_after_approval_out_has_the_numbered_circular_and_the_deadlines(
    out: Path, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drafted = (out / "circular.docx").read_bytes()
    monkeypatch.setenv("DUBAN_NOW", "2026-08-20T09:00:00")
    with transaction() as connection:
        assessment = assess(connection, SCHEME, STREET, now())
        assert not assessment.is_new
        circular_id = draft(connection, assessment.id, now())
        number = issue(connection, circular_id, "王书记", now(), now().date())
        open_items(connection, assessment.id, now().date(), now())
        write_out(connection, SCHEME, out, STREET)
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert (manifest["revision"], manifest["approved_by"]) == (1, "王书记")
    assert (out / "circular.docx").read_bytes() != drafted
    assert number in (out / "circular.html").read_text(encoding="utf-8")
    items = _rows(out, "items.csv")
    assert {row["state"] for row in items} == {"待整改"}
    deadlines = {row["indicator"]: row["deadline"] for row in items}
    assert deadlines["S0"] == "2026-09-10", "15 working days after 20 August 2026"
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    with transaction() as connection:
        write_out(connection, SCHEME, out, STREET)
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before
