"""What the sources really say of six communities is handed in, and comes back naming exactly what they leave open."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from include.db.engine import transaction
from include.db.tables import delivery, finding, submission, unit
from include.intake.receive import drain
from include.period import Period
from include.registry.units import import_units
from include.schemes.loader import load_scheme
from ops.sample.real_input import hand_ins, missing_cells, real_units, registered, values_of, write_registry

SOURCE = Path(__file__).parents[1] / "data/source_figures.csv"
UNITS = real_units(SOURCE)
SCHEME = load_scheme("half_year", Period.parse("2026H1"))


@pytest.fixture
def handed_in(database: Engine, world: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """The register imported and all six hand-ins answered."""
    monkeypatch.setenv("DUBAN_NOW", "2026-07-10T09:00:00")
    write_registry(world / "registry.csv", UNITS)
    with transaction() as connection:
        import_units(connection, world / "registry.csv", dt.date(2000, 1, 1))
    for name, content in hand_ins(SCHEME, UNITS):
        (world / "inbox" / name).write_bytes(content)
    assert drain("test", Period.parse("2026H1")).answered == len(UNITS)
    return database


def test_the_sources_name_six_communities_with_figures_of_the_form() -> None:
    names = {one.name.removesuffix("社区") for one in UNITS}
    assert names == {"群策巷", "四季村", "龙兴里", "艾坪", "古棠", "象山"}


def test_every_stated_figure_finds_its_cell() -> None:
    for one in UNITS:
        assert len(values_of(SCHEME, one)) == len(one.figures), one.name


def test_a_community_without_a_code_in_the_register_gets_one_of_our_own_marked_as_such(handed_in: Engine) -> None:
    with handed_in.connect() as connection:
        rows = connection.execute(select(unit.c.code, unit.c.name, unit.c.is_provisional_code)).all()
    assert {(row.code, row.name, row.is_provisional_code) for row in rows} == {
        (registered(one).code, one.name, not one.code) for one in UNITS
    }
    assert all(row.code.startswith("99") == row.is_provisional_code for row in rows)


def test_each_comes_back_naming_exactly_the_fields_that_are_missing(handed_in: Engine) -> None:
    """And nothing that was stated is called wrong."""
    with handed_in.connect() as connection:
        for one in UNITS:
            row = connection.execute(select(submission).where(submission.c.unit_code == registered(one).code)).one()
            found = connection.execute(select(finding).where(finding.c.sha256 == row.sha256)).all()
            assert row.status == "returned", one.name
            assert row.returned_sha256, one.name
            missing = missing_cells(SCHEME, one)
            assert sorted(f.field for f in found) == sorted(missing), one.name
            assert all(SCHEME.cell[f.field].label in f.message for f in found), one.name
        answers = connection.execute(select(delivery.c.status)).all()
    assert [row.status for row in answers] == ["returned"] * len(UNITS)
