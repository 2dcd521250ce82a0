"""What a shape brings stands in one place, and the workflows know none by name."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from include.errors import UserError
from include.period import Period
from include.schemes.loader import parse_scheme, path_of
from include.schemes.model import SHAPES
from include.settings import REPO
from include.shapes import ENGINES, shape_of

STEPS = sorted((REPO / "include/steps").glob("*.py"))


def test_a_shape_that_there_is_none_of_is_one_sentence_with_the_file() -> None:
    text = f"shape: rank_list\n{path_of('half_year').read_text(encoding='utf-8')}"
    with pytest.raises(UserError) as refused:
        parse_scheme(text, "half_year/system.yaml", Period.parse("2026H1"))
    assert refused.value.problems == [
        "half_year/system.yaml 第 1 行：shape：没有“rank_list”这种形式的制度；可写：scored_form、ledger、item_list、event_series、statistics（不写即为 scored_form）。"
    ]


def test_every_shape_that_a_file_may_name_is_one_that_the_workflows_can_run() -> None:
    assert sorted(SHAPES) == sorted(ENGINES)


def test_the_workflows_open_score_and_remind_through_a_shape_alone() -> None:
    """Whether forms of a system went out is asked of the record, whatever its shape."""
    known = {
        room for path in STEPS for room in re.findall(r"include\.((?:asking|scoring)\b[.\w]*)", path.read_text("utf-8"))
    }
    assert known <= {"asking.opened", "asking.packets"}, "a packet is of several systems"
    assert [path.name for path in STEPS if "scored_form" in path.read_text(encoding="utf-8")] == []


@pytest.mark.parametrize(
    ("period", "days"),
    [
        ("2026Q1", {"opens": [dt.date(2026, 4, 1)], "closes": [dt.date(2026, 4, 16)]}),
        (
            "2026Q2",
            {"opens": [dt.date(2026, 7, 1)], "inspects": [dt.date(2026, 8, 2)], "closes": [dt.date(2026, 8, 16)]},
        ),
    ],
)
def test_a_checkpoint_has_no_inspection_and_a_half_closes_on_the_morning_after_it(
    period: str, days: dict[str, list[dt.date]]
) -> None:
    assert shape_of("half_year", Period.parse(period)).moments() == days


def test_of_a_year_that_is_made_of_its_halves_nothing_goes_out_and_nothing_is_inspected() -> None:
    assert shape_of("half_year", Period.parse("2026")).moments() == {"closes": [dt.date(2027, 3, 6)]}
