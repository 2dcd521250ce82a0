"""What 得分与名次 tells apart: points of nought, an indicator that is 不适用, what lateness took off, and no result at all."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import Connection

from include.reports.views import score_marks
from tests.street import H1, A, B, C, D, Street


def test_not_applicable_nought_lateness_and_no_result_are_told_apart(connection: Connection) -> None:
    street = Street(connection)
    street.hands_in(A)
    street.hands_in(B, received="2026-07-22T10:00:00")
    street.hands_in(C, base="全零")
    assessment = street.assess()
    marks = score_marks(connection, H1, assessment.id)
    assert (marks[A].not_applicable, marks[A].partly, marks[A].late) == ([], set(), None)
    assert marks[A].areas["A"] == Decimal(40)
    assert marks[B].late == Decimal(-2)
    nought = marks[C]
    assert nought.not_applicable == ["A2c", "A5", "A7", "B2", "B3", "C2", "C3", "E1", "E2"]
    assert (nought.areas["A"], nought.areas["E"]) == (Decimal(0), None)
    assert nought.partly == {"A", "B", "C", "E"}
    assert D not in marks or not marks[D].areas
