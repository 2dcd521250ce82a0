"""Half on half and year on year, with a mark where the scheme's version changed between; units that moved and were renamed."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from include.db import tables
from include.errors import UserError
from include.period import Period
from include.schemes.loader import load_scheme
from include.schemes.model import Scheme
from include.scoring.comparison import Comparison, compare
from tests.street import H1, STREET, A, B, C, Street, at


def _scheme(period: str) -> Scheme:
    return load_scheme("half_year", Period.parse(period))


def _close(street: Street, period: str, received: str, closed: str, studies: int) -> None:
    scheme = _scheme(period)
    given = {"书记专题研究党建次数": studies, "已办结实事件数": 8, "年初承诺实事件数": 8, "新发展党员数": 4}
    street.hands_in(A, received, given, scheme=scheme)
    street.assess(at(closed), scheme, at(closed))


def _compare(street: Street, period: str) -> dict[str, Comparison]:
    found = compare(street.connection, H1, STREET, Period.parse(period))
    return {str(one.earlier): one for one in found}


def _history(street: Street) -> None:
    _close(street, "2025H1", "2025-07-10T09:00:00", "2025-08-16T08:00:00", 0)
    _close(street, "2025H2", "2026-01-10T09:00:00", "2026-03-06T08:00:00", 1)
    _close(street, "2026H1", "2026-07-10T09:00:00", "2026-08-16T08:00:00", 2)


def test_a_half_is_compared_with_the_one_before_and_with_the_same_one_last_year(street: Street) -> None:
    _history(street)
    found = _compare(street, "2026H1")
    assert list(found) == ["2025H2", "2025H1"]
    one = found["2025H2"].units[0]
    assert (one.unit_code, one.old_total, one.new_total, one.moved) == (
        A,
        Decimal("97.50"),
        Decimal("100.00"),
        Decimal("2.50"),
    )
    assert found["2025H1"].units[0].moved == Decimal("5.00")
    two = found["2025H1"].units[1]
    assert (two.unit_code, two.old_status, two.new_total, two.moved) == (B, "未报", None, None)


@pytest.mark.parametrize("earlier", ["2025H1", "2025H2"])
def test_what_the_new_version_changed_is_marked_whichever_half_it_is_compared_with(
    street: Street, earlier: str
) -> None:
    _history(street)
    found = _compare(street, "2026H1")[earlier]
    assert found.changed_rules == ["A4", "A6", "C3", "X1", "LATE"]
    assert found.mark.endswith("按 2026 年版方案考评，规则有变动的指标：A4、A6、C3、X1、LATE。")
    assert found.units[0].is_new_rule


def test_two_halves_under_one_version_carry_no_mark(street: Street) -> None:
    _history(street)
    found = _compare(street, "2025H2")
    assert list(found) == ["2025H1"]
    assert (found["2025H1"].mark, found["2025H1"].units[0].is_new_rule) == ("", False)


def test_a_year_is_compared_with_the_year_before(street: Street) -> None:
    _history(street)
    _close(street, "2026H2", "2027-01-10T09:00:00", "2027-03-06T08:00:00", 2)
    for year, closed in (("2025", "2026-03-06T09:00:00"), ("2026", "2027-03-06T09:00:00")):
        street.assess(at(closed), _scheme(year), at(closed))
    found = _compare(street, "2026")
    assert list(found) == ["2025"]
    assert found["2025"].units[0].moved == Decimal("3.75")
    assert found["2025"].changed_rules == ["A4", "A6", "C3", "X1", "LATE"]


def test_the_newest_revision_of_each_period_is_compared(street: Street) -> None:
    _history(street)
    street.decides(A, "correction", "0", "2026-08-20T09:00:00", "secretary_studies")
    street.assess(at("2026-08-21T08:00:00"), H1, at("2026-08-21T08:00:00"))
    assert _compare(street, "2026H1")["2025H1"].units[0].moved == Decimal("0.00")


def test_the_first_period_has_nothing_to_be_compared_with(street: Street) -> None:
    _history(street)
    assert _compare(street, "2025H1") == {}


def test_a_period_that_was_not_assessed_is_refused(street: Street) -> None:
    with pytest.raises(UserError, match="2026年上半年（街道 990000001）还没有考评结果"):
        _compare(street, "2026H1")


def test_who_came_after_others_is_compared_with_them(street: Street) -> None:
    _close(street, "2026H1", "2026-07-10T09:00:00", "2026-08-16T08:00:00", 2)
    five, six = f"{STREET}005", f"{STREET}006"
    for code in (five, six):
        street.register(code, "2026-07-01")
    day = dt.date(2026, 7, 1)
    links = ((A, five), (B, six), (C, six))
    street.connection.execute(
        tables.unit_link.insert(),
        [{"code": one, "link": "继任", "to_code": to, "valid_from": day} for one, to in links],
    )
    later = _scheme("2026H2")
    street.hands_in(five, "2027-01-10T09:00:00", {}, scheme=later)
    street.assess(at("2027-03-06T08:00:00"), later, at("2027-03-06T08:00:00"))
    before = {unit.unit_code: unit for unit in _compare(street, "2026H2")["2026H1"].units}
    own = {unit.unit_code: unit for unit in _compare(street, "2026H2")["2026H1"].units}[A]
    assert (before[five].old_total, before[five].old_rank) == (own.old_total, 1)
    assert before[six].old_total is None, "of the two before it none had a total"
