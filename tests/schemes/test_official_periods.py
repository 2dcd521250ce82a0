"""Which period of the calendar is an official one, and which is scored provisionally, every system says for itself."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from include.errors import UserError
from include.period import Period
from include.reports.whose import collected_with
from include.schemes import loader
from include.schemes.loader import load_scheme, official_period, parse_scheme, scored_period

QUARTERS = [f"2026Q{number}" for number in (1, 2, 3, 4)]


def _tree(key: str) -> Any:
    path, version = loader._found(key)
    return loader._read(path, version)


@pytest.fixture
def refused() -> Callable[..., list[str]]:
    """What is said of the half-year system with other official periods."""

    def problems(**official: Any) -> list[str]:
        tree = {**_tree("half_year"), "official_periods": official}
        with pytest.raises(UserError) as error:
            parse_scheme(yaml.safe_dump(tree, allow_unicode=True), "半年.yaml", Period.parse("2026H1"))
        return [re.sub(r" 第 \d+ 行(?=：)", "", problem) for problem in error.value.problems]

    return problems


def test_quarters_one_and_three_of_the_half_year_are_checkpoints_and_the_others_are_its_halves() -> None:
    schemes = [load_scheme("half_year", Period.parse(quarter)) for quarter in QUARTERS]
    assert [str(scheme.period) for scheme in schemes] == ["2026Q1", "2026H1", "2026Q3", "2026H2"]
    assert [scheme.is_checkpoint for scheme in schemes] == [True, False, True, False]
    assert not load_scheme("half_year", Period.parse("2026")).is_checkpoint


def test_a_period_that_closes_none_is_scored_itself() -> None:
    scheme = load_scheme("half_year", Period.parse("2026H1"))
    same = [Period.parse(text) for text in ("2026Q1", "2026H1", "2026", "2026-07")]
    assert [scheme.scored(period) for period in same] == same == [scored_period("half_year", one) for one in same]


def test_the_second_quarter_closes_the_half_of_five_good_too_which_has_no_checkpoint() -> None:
    assert str(scored_period("five_good", Period.parse("2026Q4"))) == "2026H2"
    with pytest.raises(UserError, match="没有“2026Q1”这样的期间"):
        load_scheme("five_good", Period.parse("2026Q1"))


def test_a_system_that_says_nothing_of_official_periods_keeps_the_calendars() -> None:
    tree = {key: value for key, value in _tree("five_good").items() if key != "official_periods"}
    tree["period_kinds"] = ["quarter"]
    scheme = parse_scheme(yaml.safe_dump(tree, allow_unicode=True), "季度.yaml", Period.parse("2026Q2"))
    assert (str(scheme.period), scheme.is_checkpoint) == ("2026Q2", False)


def test_where_no_system_is_named_a_period_means_what_it_closes() -> None:
    assert [str(official_period(Period.parse(text))) for text in (*QUARTERS, "2026", "2026-06")] == [
        "2026Q1",
        "2026H1",
        "2026Q3",
        "2026H2",
        "2026",
        "2026-06",
    ]


def test_a_system_that_does_not_exist_scores_no_period() -> None:
    with pytest.raises(UserError, match="没有名为“nothing”的考评方案"):
        scored_period("nothing", Period.parse("2026Q2"))


def test_what_cannot_be_an_official_period_is_named(refused: Callable[..., list[str]]) -> None:
    assert refused(closes={"Q1": "H1", "M12": "Y"}, checkpoints=["Q1", "M03"]) == [
        "半年.yaml：official_periods.closes：Q1 不是 H1 的最后一段，不能代表 H1。",
        "半年.yaml：official_periods：period_kinds 里没有 M03 这样的期间。",
        "半年.yaml：official_periods：Q1 不能既是检查点，又代表 H1。",
    ]
    assert refused(closes={"Q2": "上半年"}) == ["半年.yaml：official_periods.closes.Q2：写法不对（现为 '上半年'）。"]


@pytest.mark.parametrize(
    ("system", "period", "collected"),
    [
        ("activity_day", "2026H1", ["2026-01", "2026-02", "2026-03", "2026-04", "2026-05", "2026-06"]),
        ("joint_meeting", "2026Q1", ["2026-01", "2026-02", "2026-03"]),
        ("joint_meeting", "2026Q2", ["2026-04", "2026-05", "2026-06", "2026H1"]),
        ("monthly_brief", "2026H1", []),
        ("half_year", "2026H1", []),
    ],
)
def test_a_period_for_which_sheets_are_only_collected_belongs_to_the_shortest_closed_one_in_which_it_ends(
    system: str, period: str, collected: list[str]
) -> None:
    assert [str(one) for one in collected_with(system, Period.parse(period))] == collected
