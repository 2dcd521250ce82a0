"""What the checks found, period beside period: nothing found is told apart from nothing handed in, and another street's is not counted."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Connection, insert

from include.db import tables
from include.period import Period, now
from include.reports.views import findings_over_periods
from include.schemes.loader import load_scheme
from include.validation.hints import keep_hints
from include.validation.whole import Hint
from tests.street import ELSEWHERE, H1, STREET, A, B, C, Street, hand_in

H2 = load_scheme("half_year", Period.parse("2025H2"))
PERIODS = ["2025H2", "2026H1"]


def _finds(connection: Connection, sha256: str, *found: tuple[str, str]) -> None:
    rows = [
        {"sha256": sha256, "check_code": f"range:{field}", "field": field, "severity": severity, "outcome": "false", "found": "六", "expected": "整数", "message": "应填整数"}
        for field, severity in found
    ]  # fmt: skip
    connection.execute(insert(tables.finding), rows)


@pytest.fixture
def street(connection: Connection) -> Connection:
    """A's field was wrong twice in 2026H1, B's once in either period; C handed in without a fault; D of another street was wrong, too."""
    units = Street(connection)
    units.register(f"{ELSEWHERE}001", street=ELSEWHERE)
    for code in (A, B, f"{ELSEWHERE}001"):
        _finds(connection, hand_in(connection, code, scheme=H1, status="returned"), ("party_lectures", "fail"))
    _finds(connection, hand_in(connection, A, scheme=H1), ("party_lectures", "fail"), ("members", "warn"))
    _finds(connection, hand_in(connection, B, scheme=H2), ("party_lectures", "fail"))
    hand_in(connection, C, scheme=H1)
    hints = [Hint("zero", "members", "", "全是 0"), Hint("same_row", "", C, "雷同")]
    keep_hints(connection, H1, STREET, [("main", one) for one in hints], now())
    return connection


def _found(connection: Connection, by_unit: bool, **only: Any) -> dict[tuple[str, ...], tuple[int, int]]:
    rows = findings_over_periods(connection, "half_year", PERIODS, STREET, by_unit=by_unit, **only)
    return {
        (row["period"], row["severity"], row["of_unit"] or row["of_field"]): (row["findings"], row["units"])
        for row in rows
    }


def test_by_field_each_period_says_how_often_and_of_how_many_units_and_how_many_handed_in(street: Connection) -> None:
    assert _found(street, False) == {
        ("2025H2", "fail", "party_lectures"): (1, 1),
        ("2025H2", "handed_in", ""): (1, 1),
        ("2026H1", "fail", "party_lectures"): (3, 2),
        ("2026H1", "warn", "members"): (1, 1),
        ("2026H1", "hint", "members"): (1, 1),
        ("2026H1", "hint", ""): (1, 1),
        ("2026H1", "handed_in", ""): (4, 3),
    }


def test_by_unit_and_of_one_field_it_says_whose_it_was_and_who_handed_in_without_it(street: Connection) -> None:
    found = _found(street, True, field_key="party_lectures")
    assert {key: said for key, (said, _) in found.items()} == {
        ("2025H2", "fail", B): 1,
        ("2025H2", "handed_in", B): 1,
        ("2026H1", "fail", A): 2,
        ("2026H1", "fail", B): 1,
        ("2026H1", "handed_in", A): 2,
        ("2026H1", "handed_in", B): 1,
        ("2026H1", "handed_in", C): 1,
    }
    assert {key[2] for key in _found(street, False, unit_code=B)} == {"party_lectures", ""}
