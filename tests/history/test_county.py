"""A system of the county: villages of several streets in one assessment, one circular of the county's office, one OUT."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection

from include.circulars.model import build_model
from include.intake.judging import Judge
from include.intake.reading import read_file
from include.period import parse_moment
from include.registry.offices import office_of
from include.registry.taking_part import scope_codes
from include.registry.units import import_units
from include.reports.out import write_out
from include.schemes.loader import load_scheme
from include.scoring.assess import assess
from tests.invented import invented
from tests.pilot import H1, PILOT, hands_in

COUNTY = "990000"
VILLAGES = {f"{COUNTY}00{street}00{n}": f"{COUNTY}00{street}" for street in (1, 2) for n in (1, 2)}
CLOSE = parse_moment("2026-08-15T23:59:59", "test")


@pytest.fixture(scope="module", autouse=True)
def _pilot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with invented(tmp_path_factory.mktemp("systems"), "pilot", PILOT.replace("slot: 9\n", "slot: 9\nscope: county\n")):
        yield


@pytest.fixture
def county(connection: Connection, world: Path) -> Connection:
    """Two villages of one type in each of two streets."""
    folder = world / "registry"
    folder.mkdir()
    names = "".join(
        f"{code},{street[-1]}街{code[-1]}村,{street},第{street[-1]}镇,村\n" for code, street in VILLAGES.items()
    )
    (folder / "subjects.csv").write_text("code,name,street_code,street,kind\n" + names, encoding="utf-8")
    lines = "".join(f"{code},试点类型,工业型,2026-01-01\n" for code in VILLAGES)
    (folder / "attributes.csv").write_text("code,name,value,valid_from\n" + lines, encoding="utf-8")
    import_units(connection, folder, dt.date(2000, 1, 1))
    for number, code in enumerate(VILLAGES, 1):
        hands_in(connection, code, posts=str(number), jobs="20")
    return connection


def test_the_villages_of_all_streets_are_ranked_together_in_one_result(county: Connection, world: Path) -> None:
    scheme = load_scheme("pilot", H1)
    assert scope_codes(county, scheme) == [COUNTY]
    found = assess(county, scheme, COUNTY, CLOSE)
    model = build_model(county, found.id)
    assert [(row["unit_code"], row["rank"]) for row in model["rows"]] == [
        (code, rank) for rank, code in enumerate(reversed(VILLAGES), 1)
    ]
    write_out(county, scheme, world / "out", COUNTY)
    scores = (world / "out/scores.csv").read_text(encoding="utf-8-sig").splitlines()
    assert len(scores) == 1 + len(VILLAGES)
    assert json.loads((world / "out/manifest.json").read_text(encoding="utf-8"))["scheme"] == "pilot"


def test_the_circular_is_the_county_offices(county: Connection) -> None:
    found = assess(county, load_scheme("pilot", H1), COUNTY, CLOSE)
    model = build_model(county, found.id)
    assert (model["street"], model["committee_name"]) == ("县990000", "中共县990000委组织部")
    assert office_of(COUNTY, "").document_prefix == "县990000委组"


def test_a_hand_in_is_the_affair_of_the_county(county: Connection) -> None:
    code = next(iter(VILLAGES))
    text = f"表,试点情况表\n期间,2026H1\n编码,{code}\n\n编码,填报项,填报值\n{code},党员先锋岗数,2\n{code},帮助就业人数,20\n"
    gate = Judge(county, H1).gate(read_file(text.encode(), "a.csv", H1), parse_moment("2026-07-10T10:00:00", "test"))
    assert (gate.stopped, gate.street_code, gate.street) == (None, COUNTY, "县990000")
