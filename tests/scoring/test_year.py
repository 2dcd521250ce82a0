"""The year's result from its two halves: the mean, the missing half, the move between streets, the year before."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import select

from include.db import tables
from include.errors import UserError
from include.period import Period, standing_at
from include.schemes.loader import load_scheme
from include.scoring.assess import Assessment, assess
from include.scoring.restatement import restatement
from tests.street import STREET, A, B, C, D, Street, at

YEAR, H1, H2 = (load_scheme("half_year", Period.parse(period)) for period in ("2026", "2026H1", "2026H2"))
H1_CLOSED, H2_CLOSED, YEAR_CLOSED = at("2026-08-16T08:00:00"), at("2027-03-06T08:00:00"), at("2027-03-06T08:05:00")


def _close_h1(street: Street) -> None:
    """100, 97.50, 未报, 退回未改."""
    street.hands_in(A)
    street.hands_in(B, given={"书记专题研究党建次数": 1})
    street.hands_in(D, status="returned")
    street.assess(H1_CLOSED, H1, H1_CLOSED)


def _close_h2(street: Street) -> None:
    """Every unit hands in, the first two with something lacking."""
    for code, given in ((A, {"支委会次数": 5}), (B, {"书记专题研究党建次数": 0}), (C, {}), (D, {})):
        street.hands_in(code, "2027-01-10T09:00:00", {"已办结实事件数": 4, "新发展党员数": 2, **given}, scheme=H2)
    street.assess(H2_CLOSED, H2, H2_CLOSED)


def _close_year(street: Street) -> Assessment:
    return street.assess(YEAR_CLOSED, YEAR, YEAR_CLOSED)


def _total(street: Street, period: str, code: str) -> Decimal:
    query = select(tables.score.c.total).where(
        tables.score.c.assessment_id == f"half_year/{period}/{STREET}/r1", tables.score.c.unit_code == code
    )
    return Decimal(street.connection.execute(query).scalar_one())


def test_the_years_total_is_the_mean_of_its_halves_rounded_half_up(street: Street) -> None:
    _close_h1(street)
    _close_h2(street)
    result = _close_year(street)
    for code in (A, B):
        first, second = (_total(street, period, code) for period in ("2026H1", "2026H2"))
        exact = (first + second) * 100 / 2
        mean = Decimal(int(exact + Decimal("0.5"))) / 100
        assert street.score(result, code)["total"] == mean
    ranks = [street.score(result, code)["rank"] for code in (A, B, C, D)]
    assert ranks == [1, 2, None, None]
    assert (street.score(result, A)["grade"], street.score(result, A)["status"]) == ("优秀", "已报")


def test_an_odd_hundredth_is_rounded_up(street: Street) -> None:
    street.hands_in(A, given={"支委会次数": 5})  # 99.50
    street.hands_in(B, given={"已办结实事件数": 0, "年初承诺实事件数": 7})
    street.assess(H1_CLOSED, H1, H1_CLOSED)
    street.connection.execute(tables.score.update().values(total=Decimal("91.25")).where(tables.score.c.unit_code == A))
    _close_h2(street)
    street.connection.execute(
        tables.score.update()
        .values(total=Decimal("92.30"))
        .where(tables.score.c.unit_code == A, tables.score.c.assessment_id.like("%2026H2%"))
    )
    assert street.score(_close_year(street), A)["total"] == Decimal("91.78")


def test_a_unit_with_one_half_missing_is_missing_for_the_year(street: Street) -> None:
    _close_h1(street)
    _close_h2(street)
    result = _close_year(street)
    for code, status in ((C, "未报"), (D, "退回未改")):
        score, lines = street.score(result, code), street.lines(result, code)
        assert (score["total"], score["rank"], score["grade"], score["status"]) == (None, None, "", "未报")
        assert (lines["H1"]["points"], lines["H2"]["points"] is not None) == (None, True)
        assert not any(line["has_problem"] for line in lines.values())
        assert f"2026年上半年{status}，没有总分" in lines["H1"]["explanation"]
        assert "缺一个半年，全年按未报处理" in lines["H2"]["explanation"]


def test_each_line_gives_the_halfs_total_and_names_both_and_the_clause(street: Street) -> None:
    _close_h1(street)
    _close_h2(street)
    result = _close_year(street)
    first, second = _total(street, "2026H1", A), _total(street, "2026H2", A)
    lines, total = street.lines(result, A), street.score(result, A)["total"]
    assert [(code, line["points"], line["full"]) for code, line in lines.items()] == [
        ("H1", first, Decimal(100)),
        ("H2", second, Decimal(100)),
    ]
    assert lines["H1"]["explanation"] == (
        f"2026年上半年总分 {first:.2f} 分，2026年下半年总分 {second:.2f} 分，全年总分为两者的平均数 {total:.2f} 分，"
        "依据《半年党建检查考评方案》（2026年版）H1。"
    )


def test_the_same_halves_are_the_same_year(street: Street) -> None:
    _close_h1(street)
    _close_h2(street)
    first = _close_year(street)
    before = street.rows()
    again = street.assess(at("2027-06-01T08:00:00"), YEAR)
    assert (again.id, again.is_new) == (first.id, False)
    assert street.rows() == {**before, "run_log": before["run_log"] + 1}


def test_a_restated_half_restates_the_year_and_says_so(street: Street) -> None:
    _close_h1(street)
    _close_h2(street)
    _close_year(street)
    street.decides(B, "correction", "2", "2027-03-07T09:00:00", "secretary_studies", "2026H2")
    street.assess(at("2027-03-07T10:00:00"), H2, at("2027-03-07T10:00:00"))
    newer = street.assess(at("2027-03-07T11:00:00"), YEAR, at("2027-03-07T11:00:00"))
    assert (newer.revision, newer.is_new) == (2, True)
    rows = [(row.unit_code, row.kind, row.field) for row in restatement(street.connection, newer.id)]
    assert (B, "cause", "part/H2") in rows
    assert (B, "points", "H2") in rows
    assert (B, "total", "") in rows
    assert {code for code, _, _ in rows} == {B}


def test_a_half_that_is_again_what_it_was_makes_the_year_again_what_it_was(street: Street) -> None:
    _close_h1(street)
    _close_h2(street)
    years = [_close_year(street)]
    for value, moment in (("2", at("2027-03-07T10:00:00")), ("", at("2027-03-08T10:00:00"))):  # corrected, taken back
        street.decides(B, "correction", value, moment.isoformat(), "secretary_studies", "2026H2")
        street.assess(moment, H2, moment)
        years.append(street.assess(moment, YEAR, moment))
    assert [year.revision for year in years] == [1, 2, 3]
    first, second, third = (street.score(year, B)["total"] for year in years)
    assert first == third < second
    again = street.assess(at("2027-03-09T10:00:00"), YEAR, at("2027-03-09T10:00:00"))
    assert (again.id, again.is_new) == (years[2].id, False)


def test_the_year_as_of_an_older_moment_ignores_later_revisions(street: Street) -> None:
    _close_h1(street)
    _close_h2(street)
    old = _close_year(street)
    street.decides(B, "correction", "2", "2027-03-07T09:00:00", "secretary_studies", "2026H2")
    street.assess(at("2027-03-07T10:00:00"), H2, at("2027-03-07T10:00:00"))
    assert street.assess(at("2027-03-07T09:30:00"), YEAR).id == old.id


def test_a_unit_that_moved_to_another_street_brings_its_first_half_along(street: Street) -> None:
    _close_h1(street)
    unit = tables.unit
    street.connection.execute(unit.update().where(unit.c.code == A).values(valid_to=at("2026-09-30T00:00:00").date()))
    street.register(A, "2026-10-01", street="990000002")
    street.hands_in(A, "2027-01-10T09:00:00", {"已办结实事件数": 4, "新发展党员数": 2}, scheme=H2)
    for code in (STREET, "990000002"):
        with standing_at(H2_CLOSED):
            assess(street.connection, H2, code, H2_CLOSED, "test")
    old, new = (assess(street.connection, YEAR, code, YEAR_CLOSED, "test") for code in (STREET, "990000002"))
    assert street.score(new, A)["total"] == Decimal("97.75")  # 100.00 in the old street, 95.50 in the new one
    units = select(tables.score.c.unit_code).where(tables.score.c.assessment_id == old.id)
    assert set(street.connection.execute(units).scalars()) == {B, C, D}


def test_the_change_against_the_year_before_is_named(street: Street) -> None:
    for period, received, closed in (
        ("2025H1", "2025-07-10T09:00:00", "2025-08-16T08:00:00"),
        ("2025H2", "2026-01-10T09:00:00", "2026-03-06T08:00:00"),
    ):
        scheme = load_scheme("half_year", Period.parse(period))
        street.hands_in(A, received, {"书记专题研究党建次数": 0, "已办结实事件数": 4, "新发展党员数": 2}, scheme=scheme)
        street.assess(at(closed), scheme, at(closed))
    street.assess(at("2026-03-06T09:00:00"), load_scheme("half_year", Period.parse("2025")), at("2026-03-06T09:00:00"))
    _close_h1(street)
    _close_h2(street)
    lines = street.lines(_close_year(street), A)
    assert "（2025年度 92.75 分，提高 4.75 分）" in lines["H2"]["explanation"]


def test_a_year_whose_half_is_still_open_is_refused_and_nothing_is_written(street: Street) -> None:
    _close_h1(street)
    before = street.rows()
    with pytest.raises(UserError, match="2026年下半年还没有正式考评结果，2026年度不能合成：请先结账 2026H2。"):
        street.assess(at("2027-02-01T08:00:00"), YEAR)
    assert street.rows() == before


def test_a_year_whose_second_half_was_never_assessed_has_only_missing_units(street: Street) -> None:
    _close_h1(street)
    result = _close_year(street)
    assert {street.score(result, code)["status"] for code in (A, B, C, D)} == {"未报"}
    assert "2026年下半年没有考评结果，没有总分" in street.lines(result, A)["H2"]["explanation"]


def test_a_year_without_any_half_is_refused(street: Street) -> None:
    with pytest.raises(UserError) as error:
        _close_year(street)
    assert len(error.value.problems) == 2
