"""Ranks within lists: each list has its own table and its own first, and nobody is shamed by being the only one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from include.circulars.model import build_model
from include.circulars.sheets import build_sheets
from include.documents.rendering import as_markdown
from include.period import parse_moment
from include.schemes.loader import load_scheme
from include.scoring.assess import assess
from tests.invented import invented
from tests.pilot import H1, PILOT, STREET, A, B, C, hands_in, register_villages

CLOSE = parse_moment("2026-08-15T23:59:59", "test")


@pytest.fixture(scope="module", autouse=True)
def _pilot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with invented(tmp_path_factory.mktemp("systems"), "pilot", PILOT):
        yield


@pytest.fixture
def assessed(connection: Connection, world: Path) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """The circular's model and those of the sheets: A before B in one list, C alone in the other."""
    register_villages(connection, world / "registry")
    hands_in(connection, A, posts="4", jobs="20")
    hands_in(connection, B, posts="2", jobs="10")
    hands_in(connection, C, posts="2", errands="30")
    found = assess(connection, load_scheme("pilot", H1), STREET, CLOSE)
    model = build_model(connection, found.id)
    return model, build_sheets(connection, model, found.id)


def test_the_model_has_the_rows_of_each_list_and_who_is_first_in_it(
    assessed: tuple[dict[str, Any], dict[str, dict[str, Any]]],
) -> None:
    model, _ = assessed
    assert [(row["list"], row["rank"], row["unit_code"], row["ranked"]) for row in model["rows"]] == [
        ("工业型", 1, A, 2),
        ("工业型", 2, B, 2),
        ("集镇型", 1, C, 1),
    ]
    assert [(one["name"], one["first"]) for one in model["lists"]] == [("工业型", ["第1村"]), ("集镇型", [])]
    assert [one["problem"] for one in model["problems"]] == ["帮助就业偏少"]
    assert all(not row["is_partial"] for row in model["rows"])


def test_the_circular_names_the_first_of_each_list_and_shames_nobody_who_is_alone(
    assessed: tuple[dict[str, Any], dict[str, dict[str, Any]]],
) -> None:
    model, _ = assessed
    text = as_markdown("通报", model, number="", issue_date=None)
    assert "工业型得分居首位的是第1村" in text
    assert "集镇型（本类仅1个，名次不作比较）" in text
    assert "集镇型得分居首位" not in text


def test_a_villages_sheet_says_in_which_list_its_rank_is(
    assessed: tuple[dict[str, Any], dict[str, dict[str, Any]]],
) -> None:
    _, sheets = assessed
    said = {code: as_markdown("成绩单", sheet, number="", issue_date=None) for code, sheet in sheets.items()}
    assert "第2名（工业型共2个）" in said[B]
    assert "第1名（本类仅1个）" in said[C]
