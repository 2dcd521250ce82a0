"""What a person approves by its hash is typed: a model has the keys that its type names, and no others."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, NotRequired, get_origin, get_type_hints

import pytest
from sqlalchemy import Connection

from include.circulars.circular import Circular, Item, ScoreRow, UnitSheet, UnitsProblem
from include.circulars.model import build_model
from include.circulars.sheets import build_sheets
from include.items.items import open_items
from include.letters.letter import Letter, LetterItem
from include.letters.letters import joint_meeting, rectification, supervision
from include.period import parse_moment
from include.registry.units import units_of
from tests.street import ISSUE_DATE, STREET, assess_street

LATER = dt.date(2026, 12, 1)


def fits(model: Mapping[str, Any], kind: Any) -> bool:
    named = get_type_hints(kind, include_extras=True)
    required = {name for name in kind.__required_keys__ if get_origin(named[name]) is not NotRequired}
    assert required - model.keys() == set()
    assert model.keys() - named.keys() == set()
    return True


@pytest.mark.parametrize("scheme_key", ["half_year", "five_good"])
def test_a_circular_and_its_sheets_have_the_keys_of_their_types(connection: Connection, scheme_key: str) -> None:
    assessment_id = assess_street(connection, scheme_key=scheme_key)
    model = build_model(connection, assessment_id)
    assert fits(model, Circular)
    assert all(fits(row, ScoreRow) for row in model["rows"])
    assert model["items"]
    assert all(fits(item, Item) for item in model["items"])
    assert all(fits(problem, UnitsProblem) for problem in model["problems"])
    assert all(fits(sheet, UnitSheet) for sheet in build_sheets(connection, model, assessment_id).values())


def test_letters_have_the_keys_of_their_type(connection: Connection) -> None:
    open_items(connection, assess_street(connection), ISSUE_DATE, parse_moment("2026-08-20T09:00:00", "test"))
    unit = units_of(connection, STREET, LATER)[0]
    meeting_at = parse_moment("2026-12-03T09:30:00", "test")
    letters = [
        supervision(connection, unit, LATER),
        rectification(connection, unit, LATER, "抓紧"),
        joint_meeting(connection, STREET, LATER, meeting="联席会议", meeting_at=meeting_at, place="会议室"),
    ]
    assert all(fits(letter, Letter) for letter in letters)
    assert all(fits(item, LetterItem) for letter in letters for item in letter["items"])
