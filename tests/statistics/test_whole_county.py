"""A county of 24 communities in seven townships, two of which hand nothing in (lists.md §14, 8 and 9): every total says of how many it
is, nothing is guessed for those who are missing, and both databases give the same files."""

from __future__ import annotations

import csv
import io
import os
import shutil
from pathlib import Path

import pytest

from include.db.engine import get_engine
from include.intake.receive import drain
from include.period import parse_moment
from tests.postgres import HAS_POSTGRES, Postgres
from tests.statistics.county_figures import COUNTY, DATA, FORM, lines
from tests.town import Town

PERIOD = "2025"
SUBJECTS = (DATA / "subjects.csv").read_text(encoding="utf-8").partition("\n")[2]
CODES = sorted(line.partition(",")[0] for line in SUBJECTS.splitlines())
SMALL = [code for code in CODES if sum(other[:9] == code[:9] for other in CODES) == 1]
MISSING = {SMALL[0], next(code for code in CODES if code not in SMALL)}
"""One that is all there is of its township, and one of several."""


def reports(world: Path, code: str, number: int) -> None:
    """The form of a community in the inbox: every third has 280 ㎡, every second no full-time officer."""
    figures = {"households": 1900 + 50 * number, "staff": number % 2, "county": 15000, "township": 15000}
    rooms = {"premises": 280 if number % 3 == 0 else 300, "venue": 199 if number % 4 == 0 else 200}
    path = world / f"inbox/{code}.csv"
    head = [f"表,{FORM}", f"期间,{PERIOD}", f"编码,{code}", "", "编码,填报项,填报值"]
    path.write_text("\n".join([*head, *lines(code, **figures, **rooms)]) + "\n", encoding="utf-8")
    moment = parse_moment("2026-01-12T10:00:00", "test").timestamp()
    os.utime(path, (moment, moment))


def closed(world: Path, monkeypatch: pytest.MonkeyPatch, address: str) -> dict[str, bytes]:
    """The files of statistics of a database in which the county was closed, by name."""
    (world / "inbox").mkdir(parents=True)
    for name, value in (("INBOX", world / "inbox"), ("ARCHIVE", world / "archive")):
        monkeypatch.setenv(f"DUBAN_{name}", str(value))
    monkeypatch.setenv("AIRFLOW_CONN_DUBAN_DB", address)
    county = Town(world, monkeypatch, "three_haves", subjects=SUBJECTS, links="", scope=COUNTY)
    for number, code in enumerate(code for code in CODES if code not in MISSING):
        reports(world, code, number)
    monkeypatch.setenv("DUBAN_NOW", "2026-01-12T12:00:00")
    drain("test")
    assert county.closes(PERIOD) is not None
    out = county.out(PERIOD)
    found = [*sorted((out / "tables").iterdir()), out / "checks.csv", out / "figures.csv"]
    return {path.name: path.read_bytes() for path in found}


@pytest.fixture
def files(world: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> list[dict[str, bytes]]:
    """Of SQLite, then of PostgreSQL where one answers."""
    template: Path = request.getfixturevalue("_sqlite_template")
    shutil.copy(template, world / "county.db")
    made = [closed(world / "sqlite", monkeypatch, f"sqlite:///{world / 'county.db'}")]
    get_engine().dispose()
    if HAS_POSTGRES:
        postgres: Postgres = request.getfixturevalue("_postgres")
        made.append(closed(world / "postgresql", monkeypatch, postgres.address()))
        get_engine().dispose()
        postgres.empty()
    return made


def table(files: dict[str, bytes], key: str) -> dict[str, dict[str, str]]:
    return {row["code"]: row for row in csv.DictReader(io.StringIO(files[f"{key}.csv"].decode("utf-8-sig")))}


def test_every_total_of_a_county_says_of_how_many_it_is_and_both_databases_say_the_same(
    files: list[dict[str, bytes]],
) -> None:
    assert (len(CODES), len({code[:9] for code in CODES}), len(MISSING)) == (24, 7, 2)
    own = files[0]
    for key in (f"T3-{number}" for number in range(1, 7)):
        rows = table(own, key)
        assert rows[COUNTY]["已报"] == "22/24", key
        for street in {code[:9] for code in CODES}:
            communities = [code for code in CODES if code[:9] == street]
            there = [code for code in communities if code not in MISSING]
            assert rows[street]["已报"] == f"{len(there)}/{len(communities)}", (key, street)
        for code in MISSING:
            cells = {title: cell for title, cell in rows[code].items() if title not in ("code", "name", "已报")}
            assert rows[code]["已报"] == "0/1"
            assert set(cells.values()) <= {"未报", "不适用"}, "who reported nothing has no 0"
    members, rooms = table(own, "T3-2"), table(own, "T3-5")
    assert members[COUNTY]["党员数"] == "880", "22 × 40, and nothing for the two"
    assert (members[COUNTY]["城镇占比"], members[COUNTY]["农村占比"]) == ("75.00", "25.00")
    assert (rooms[COUNTY]["用房300㎡以上"], rooms[COUNTY]["用房达标率"], rooms[COUNTY]["缺口面积"]) == (
        "14",
        "63.64",
        "160",
    )
    alone = SMALL[0][:9]
    assert members[alone]["党员数"] == "未报", "a township of which nobody reported is no township without members"
    checks = {
        (row["check"], row["code"]): row for row in csv.DictReader(io.StringIO(own["checks.csv"].decode("utf-8-sig")))
    }
    assert (checks["S3", COUNTY]["left"], checks["S3", COUNTY]["right"]) == ("14", "22")
    assert {checks["S3", code]["outcome"] for code in MISSING} == {"未报"}
    for other in files[1:]:
        assert other == own
    assert len(files) == 1 + HAS_POSTGRES
