"""Two years, eight quarters: every period run again is the same revision; old rules and old registers stay with old periods."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal

import pytest
from sqlalchemy import Engine, select, text

from include.db import tables
from include.errors import UserError
from include.period import Period, standing_at, start_of
from include.schemes.loader import load_scheme
from include.schemes.model import Scheme
from include.scoring.assess import Assessment, assess
from tests.street import STREET, A, B, C, D, Street, at

QUARTERS = [f"{year}Q{quarter}" for year in (2025, 2026) for quarter in (1, 2, 3, 4)]


@pytest.fixture
def street(database: Engine) -> Iterator[Street]:
    with database.connect() as connection:
        yield Street(connection)
        connection.rollback()


def _scheme(period: str) -> Scheme:
    return load_scheme("half_year", Period.parse(period))


def _closing(scheme: Scheme) -> dt.datetime:
    return start_of(scheme.dates.window_ends_date + dt.timedelta(days=1)) + dt.timedelta(hours=8)


def _close(street: Street, period: str) -> Assessment:
    scheme = _scheme(period)
    with standing_at(_closing(scheme)):
        return street.assess(_closing(scheme), scheme, _closing(scheme))


def _live_through(street: Street, periods: list[str]) -> dict[str, Assessment]:
    """Each period: two units on time, one late, one never; then it is closed."""
    closed = {}
    for period in periods:
        scheme = _scheme(period)
        opens, due = start_of(scheme.dates.opens_date), start_of(scheme.dates.due_date)
        street.hands_in(A, opens.isoformat(), scheme=scheme)
        street.hands_in(B, due.isoformat(), {"书记专题研究党建次数": 0}, scheme=scheme)
        street.hands_in(C, (due + dt.timedelta(days=2)).isoformat(), scheme=scheme)
        closed[period] = _close(street, period)
    return closed


def _all_rows(street: Street) -> dict[str, list[tuple[object, ...]]]:
    return {
        name: sorted(map(tuple, street.connection.execute(select(table))), key=repr)
        for name, table in tables.metadata.tables.items()
        if name != "run_log"
    }


def test_every_period_of_the_history_run_again_is_the_same_revision_and_writes_only_a_log_row(street: Street) -> None:
    closed = _live_through(street, QUARTERS)
    years = {year: _close(street, year) for year in ("2025", "2026")}
    before, logged = _all_rows(street), street.rows()["run_log"]
    for period, first in {**closed, **years}.items():
        with standing_at(at("2027-06-01T09:00:00")):
            again = street.assess(at("2027-06-01T09:00:00"), _scheme(period))
        assert (again.id, again.revision, again.is_new) == (first.id, 1, False), period
    assert _all_rows(street) == before
    assert street.rows()["run_log"] == logged + 10


def test_the_quarters_make_four_checkpoints_and_four_halves(street: Street) -> None:
    closed = _live_through(street, QUARTERS)
    periods = [one.id.split("/")[1] for one in closed.values()]
    assert periods == ["2025Q1", "2025H1", "2025Q3", "2025H2", "2026Q1", "2026H1", "2026Q3", "2026H2"]
    official = select(tables.assessment.c.period).where(tables.assessment.c.is_official).order_by("period")
    assert list(street.connection.execute(official).scalars()) == ["2025H1", "2025H2", "2026H1", "2026H2"]


def test_a_period_of_2025_run_again_in_2026_is_scored_by_the_rules_of_2025(street: Street) -> None:
    """Lateness half a point a day, 居务公开 three times, two reserve cadres: two days late cost one point, not two."""
    scheme = _scheme("2025H1")
    street.hands_in(A, "2025-07-23T09:00:00", {"居务公开次数": 3, "后备干部数": 2}, scheme=scheme)
    first = _close(street, "2025H1")
    late = (dt.date(2025, 7, 23) - scheme.dates.due_date).days
    assert street.score(first)["total"] == 100 - Decimal("0.5") * late
    street.decides(A, "correction", "1", "2026-09-01T09:00:00", "reserve_cadres", "2025H1")
    second = street.assess(at("2026-09-02T09:00:00"), scheme, at("2026-09-02T09:00:00"))
    assert second.revision == 2
    assert street.lines(second)["A6"]["points"] == Decimal("2.00")
    assert "（2025年版）A6" in street.lines(second)["A6"]["explanation"]


@pytest.mark.parametrize("period", ["2024H2", "2024Q4", "2024", "1999H1"])
def test_a_period_before_2025_is_refused_in_chinese(street: Street, period: str) -> None:
    before = street.rows()
    with pytest.raises(UserError, match="半年党建检查考评自 2025 年起施行"):
        _close(street, period)
    assert street.rows() == before


def test_an_unclosed_first_quarter_never_holds_up_the_half(street: Street) -> None:
    with_quarter = _live_through(street, ["2026Q2"])["2026Q2"]
    assert with_quarter.id == f"half_year/2026H1/{STREET}/r1"
    assert street.score(with_quarter)["total"] is not None


def test_a_quarter_closed_after_its_half_changes_nothing_of_the_half(street: Street) -> None:
    half = _live_through(street, ["2026Q2"])["2026Q2"]
    _live_through(street, ["2026Q1"])
    assert _close(street, "2026Q2").id == half.id


def test_a_renamed_unit_keeps_its_old_name_in_old_periods(street: Street) -> None:
    old = _live_through(street, ["2025Q4"])["2025Q4"]
    _replace(street, A, "2026-03-01", name="新桥社区")
    new = _live_through(street, ["2026Q2"])["2026Q2"]
    assert (street.score(old)["unit_name"], street.score(new)["unit_name"]) == ("社区1", "新桥社区")
    assert _close(street, "2025Q4").id == old.id


def test_a_unit_that_moved_to_another_street_is_scored_there_from_then_on(street: Street) -> None:
    old = _live_through(street, ["2025Q4"])["2025Q4"]
    _replace(street, D, "2026-03-01", street_code="990000002", street="新街道")
    new = _live_through(street, ["2026Q2"])["2026Q2"]
    scheme = _scheme("2026Q2")
    there = assess(street.connection, scheme, "990000002", _closing(scheme), "test")
    assert [_units(street, one) for one in (old, new, there)] == [[A, B, C, D], [A, B, C], [D]]
    assert _close(street, "2025Q4").id == old.id


def _units(street: Street, assessment: Assessment) -> list[str]:
    query = text("SELECT unit_code FROM score WHERE assessment_id = :id ORDER BY unit_code")
    return list(street.connection.execute(query, {"id": assessment.id}).scalars())


def _replace(street: Street, code: str, valid_from: str, /, **changes: str) -> None:
    """A new row of the register from a day on, the old one ending the day before."""
    day, unit = dt.date.fromisoformat(valid_from), tables.unit
    row = dict(street.connection.execute(select(unit).where(unit.c.code == code)).mappings().one())
    street.connection.execute(unit.update().where(unit.c.code == code).values(valid_to=day - dt.timedelta(days=1)))
    street.connection.execute(unit.insert().values(**row | {"valid_from": day, **changes}))
