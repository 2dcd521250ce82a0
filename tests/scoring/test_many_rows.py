"""Two thousand subjects and twenty raters each: the same sheets give the same bytes, whatever the order in which they come."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import random
import shutil
from pathlib import Path

import pytest

from include.db.engine import get_engine, migrate, transaction
from include.intake.receive import drain
from include.period import Period, parse_moment
from include.registry.units import import_units
from include.reports.out import write_out
from include.schemes.loader import load_scheme
from include.scoring.assess import assess
from include.settings import REPO
from tests.invented import invented

PERIOD, STREET = Period.parse("2026H1"), "990000001"
RATING = (REPO / "bench/rating.yaml").read_text(encoding="utf-8")
HEAD = "code,name,street_code,street,kind,secretary_email"


def closed(world: Path, monkeypatch: pytest.MonkeyPatch, name: str, subjects: int, raters: list[int]) -> dict[str, str]:
    """A database of its own takes in the sheets in the order of `raters`; SHA-256 of every table of OUT."""
    folder = world / name
    (folder / "registry").mkdir(parents=True)
    (folder / "inbox").mkdir()
    monkeypatch.setenv("AIRFLOW_CONN_DUBAN_DB", f"sqlite:///{folder}/duban.db")
    monkeypatch.setenv("DUBAN_INBOX", str(folder / "inbox"))
    monkeypatch.setenv("DUBAN_RECEIVED", "mtime")
    monkeypatch.setenv("DUBAN_NOW", "2026-07-10T10:00:00")
    migrate()
    rows = [f"{STREET}001,杏花社区,{STREET},云街街道,社区,s@x.cn"]
    rows += [f"P-{n:02},第{n}单位,{STREET},云街街道,驻区单位,p{n}@x.cn" for n in sorted(raters)]
    rows += [f"X-{n:04},第{n}小区,{STREET},云街街道,小区," for n in range(subjects)]
    for file, text in (
        ("subjects", "\n".join([HEAD, *rows])),
        ("attributes", "code,name,value"),
        ("links", "code,link,to_code"),
    ):
        (folder / f"registry/{file}.csv").write_text(text + "\n", encoding="utf-8")
    with transaction() as connection:
        import_units(connection, folder / "registry", dt.date(2000, 1, 1))
    moment = parse_moment("2026-07-10T09:00:00", "test").timestamp()
    for rater in raters:
        drawn = random.Random(rater)
        lines = [f"X-{n:04},," + ",".join(str(drawn.randint(0, 40) / 2) for _ in range(5)) for n in range(subjects)]
        path = folder / "inbox" / f"P-{rater:02}.csv"
        top = ["表,驻区单位评小区", "期间,2026H1", f"编码,P-{rater:02}", "", "编码,名称,道路,楼道,垃圾,绿化,秩序"]
        path.write_text("\n".join([*top, *lines]) + "\n", encoding="utf-8")
        os.utime(path, (moment, moment))
        if rater % 7 == 0:
            drain("test", PERIOD)
    drain("test", PERIOD)
    monkeypatch.setenv("DUBAN_NOW", "2026-08-20T09:00:00")
    with transaction() as connection:
        scheme = load_scheme("rating", PERIOD)
        assess(connection, scheme, STREET, parse_moment("2026-08-16T09:00:00", "test"))
        write_out(connection, scheme, folder / "out", STREET)
    get_engine().dispose()
    tables = [path for path in sorted((folder / "out").glob("*.csv")) if path.name != "intake.csv"]
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in tables}
    assert len((folder / "out/scores.csv").read_text(encoding="utf-8").splitlines()) == subjects + 1
    shutil.rmtree(folder / "out")
    return found


@pytest.mark.parametrize("subjects", [100, pytest.param(2_000, marks=pytest.mark.long)])
def test_the_same_sheets_give_the_same_bytes_in_whatever_order_they_come(
    world: Path, monkeypatch: pytest.MonkeyPatch, subjects: int
) -> None:
    raters = list(range(20))
    with invented(world, "rating", RATING):
        first = closed(world, monkeypatch, "first", subjects, raters)
        assert closed(world, monkeypatch, "second", subjects, raters[::-1]) == first
    assert {"scores.csv", "points.csv", "values.csv", "figures.csv"} <= first.keys()
