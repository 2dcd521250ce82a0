"""“五个好” from 2027 on: residents vote, and all five must be good. The worked case of forms.md 6, exact."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import Connection, text

from include.period import Period, parse_moment
from include.schemes.loader import load_scheme
from include.scoring.assess import assess
from tests.scoring.residents import GOODS, SCHEME, votes
from tests.street import STREET, A, Street, hand_in

DURING, CLOSE = parse_moment("2027-07-10T10:00:00", "test"), parse_moment("2027-08-10T23:59:59", "test")
SELF, BY_STREET = (18, 18, 17, 19, 18), (17, 16, 15, 18, 17)
COUNTED = [(100, 60, 15, 5), (90, 60, 20, 8), (80, 70, 20, 9), (110, 50, 15, 5), (95, 65, 15, 5)]


@pytest.fixture
def result(connection: Connection) -> dict[str, tuple[object, ...]]:
    """Lines by indicator, and under "" total and class, of the worked case."""
    Street(connection)
    for form, rated in (("self", SELF), ("street", BY_STREET)):
        given = {f"{good}_{form}": str(number) for good, number in zip(GOODS, rated, strict=True)}
        hand_in(connection, A, given, scheme=SCHEME, form=form, received_at=DURING)
    hand_in(connection, A, votes(COUNTED), scheme=SCHEME, form="residents", received_at=DURING)
    key = assess(connection, SCHEME, STREET, CLOSE).id
    of_unit = f"WHERE assessment_id = '{key}' AND unit_code = '{A}'"
    lines = connection.execute(text(f"SELECT indicator, points, has_problem, explanation FROM score_line {of_unit}"))
    found = {row[0]: (Decimal(str(row[1])), *row[2:]) for row in lines}
    total, grade, reason = connection.execute(text(f"SELECT total, grade, grade_reason FROM score {of_unit}")).one()
    return {**found, "": (Decimal(str(total)), grade, reason)}


def test_points_total_and_class_are_those_worked_by_hand(result: dict[str, tuple[object, ...]]) -> None:
    points = [result[f"F{number}"][0] for number in range(1, 6)]
    assert points == [Decimal(text) for text in ("17.33", "16.66", "15.86", "18.10", "17.30")]
    assert result[""][:2] == (Decimal("85.25"), "较好")
    assert not any(line[1] for key, line in result.items() if key)


def test_a_line_says_the_votes_and_the_form_that_they_are_from(result: dict[str, tuple[object, ...]]) -> None:
    assert (
        "领导班子好得票率（引自2027年上半年《“五个好”评议表（群众评）》第1次报送：好 100 票、较好 60 票、一般 15 票、差 5 票）"
        "为 约 87.22%，应达到 100%"
    ) in str(result["F1"][2])


def test_2026_knows_no_votes_and_keeps_its_grades() -> None:
    before = load_scheme("five_good", Period.parse("2026H2"))
    assert (before.tallies, before.inputs, before.classes, before.defects) == ([], [], [], [])
    assert [grade.grade for grade in before.score.grades] == ["好", "较好", "一般", "较差"]
