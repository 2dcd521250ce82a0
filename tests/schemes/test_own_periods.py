"""A system has the periods that it names, and a form its own of them and its own days; what cannot be is named at once."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from include.errors import UserError
from include.period import Period
from include.schemes.loader import UnknownPeriodError, parse_scheme
from include.schemes.model import Scheme
from tests.own_systems import INVENTED

PLEDGE: dict[str, Any] = yaml.safe_load((INVENTED / "pledge/system.yaml").read_text(encoding="utf-8"))
QUARTERLY: dict[str, Any] = yaml.safe_load((INVENTED / "quarterly/system.yaml").read_text(encoding="utf-8"))


def loaded(tree: dict[str, Any], period: str) -> Scheme:
    return parse_scheme(yaml.safe_dump(tree, allow_unicode=True), "甲/system.yaml", Period.parse(period))


@pytest.fixture
def refused() -> Callable[..., list[str]]:
    def problems(period: str = "2026", **changes: Any) -> list[str]:
        with pytest.raises(UserError) as error:
            loaded({**PLEDGE, **changes}, period)
        return [re.sub(r" 第 \d+ 行(?=：)", "", problem) for problem in error.value.problems]

    return problems


def test_a_system_has_the_periods_that_it_names_and_no_other() -> None:
    assert [str(loaded(PLEDGE, period).period) for period in ("2026H1", "2026")] == ["2026H1", "2026"]
    with pytest.raises(UnknownPeriodError, match="年度承诺没有“2026H2”这样的期间；可用的期间：H1、Y。"):
        loaded(PLEDGE, "2026H2")


def test_the_second_quarter_of_a_quarterly_system_is_a_quarter() -> None:
    scheme = loaded(QUARTERLY, "2026Q2")
    assert (str(scheme.period), scheme.is_checkpoint, scheme.is_ranked) == ("2026Q2", False, True)


def test_a_period_may_have_no_ranks() -> None:
    assert [loaded(PLEDGE, period).is_ranked for period in ("2026H1", "2026")] == [False, True]


def test_before_a_period_comes_the_one_that_the_system_has() -> None:
    halves, quarters = loaded(PLEDGE, "2027H1"), loaded(QUARTERLY, "2026Q2")
    assert [str(one) for one in (halves.previous, halves.next)] == ["2026H1", "2028H1"]
    assert [str(one) for one in (quarters.previous, quarters.next)] == ["2026Q1", "2026Q3"]


def test_a_form_is_in_its_own_periods_with_all_that_is_of_it() -> None:
    half, year = loaded(PLEDGE, "2026H1"), loaded(PLEDGE, "2026")
    assert [form.key for form in half.forms] == ["results"]
    assert (list(half.cell), half.checks) == (["done"], [])
    assert [form.key for form in year.forms] == ["targets", "results"]
    assert (list(year.cell), [check.code for check in year.checks]) == (["planned", "done"], ["many"])


def test_a_form_has_its_own_days_and_the_system_s_where_it_says_nothing() -> None:
    year = loaded(PLEDGE, "2026")
    targets = year.dates_of("targets")
    assert (targets.opens_date, targets.due_date) == (dt.date(2026, 1, 5), dt.date(2026, 1, 28))
    assert targets.window_ends_date == dt.date(2026, 2, 28)
    assert targets.circular_date == year.dates.circular_date == dt.date(2027, 2, 20)
    assert year.dates_of("results") == year.dates
    assert year.first_opens_date == dt.date(2026, 1, 5)
    assert [form.key for form in year.forms_on(dt.date(2026, 2, 3))] == ["targets"]
    assert year.forms_on(dt.date(2026, 6, 1)) == []


def test_a_later_day_is_for_what_was_due_last_before_it() -> None:
    year = loaded(PLEDGE, "2026")
    due = year.due_dates([dt.date(2026, 2, 9), dt.date(2027, 1, 30)])
    assert due == {"targets": dt.date(2026, 2, 9), "results": dt.date(2027, 1, 30)}


def test_slots_that_the_system_has_not_are_named_all_at_once(refused: Callable[..., list[str]]) -> None:
    forms = [{**PLEDGE["forms"][0], "in_periods": ["H2"]}, {**PLEDGE["forms"][1], "in_periods": ["H1", "Y", "Q3"]}]
    official = {"only": ["H1", "Y", "Q1"], "unranked": ["H2"]}
    assert refused(forms=forms, official_periods=official) == [
        "甲/system.yaml：forms.targets.in_periods：本制度没有 H2 这样的期间；可写：H1、Y。",
        "甲/system.yaml：forms.results.in_periods：本制度没有 Q3 这样的期间；可写：H1、Y。",
        "甲/system.yaml：表单 targets：在任何期间都不用填报，请改 in_periods，或删去这张表单。",
        "甲/system.yaml：official_periods：period_kinds 里没有 Q1 这样的期间。",
        "甲/system.yaml：official_periods.unranked：official_periods.only 里没有 H2。",
    ]


def test_a_calendar_out_of_order_is_named_by_its_form(refused: Callable[..., list[str]]) -> None:
    days = {"opens": {"months_after_start": 1, "day": 5}, "due": {"months_after_start": 0, "day": 28}}
    circular = {"months_after_start": 11, "day": 20}
    said = refused(
        forms=[{**PLEDGE["forms"][0], "calendar": days}, PLEDGE["forms"][1]],
        calendar={**PLEDGE["calendar"], "circular": circular},
    )
    assert said == [
        "甲/system.yaml：calendar（Y）：circular 早于 window_ends，请按开放、截止、核查、通报的先后改正。",
        "甲/system.yaml：calendar（Y）：circular 不晚于期间的最后一天，期间结束以后才能通报。",
        "甲/system.yaml：表单 targets 的 calendar（Y）：due 早于 opens，请按开放、截止、核查、通报的先后改正。",
    ]


def test_a_day_counts_from_the_period_s_start_or_its_end_and_not_from_both(refused: Callable[..., list[str]]) -> None:
    both = {"months_after_start": 0, "months_after_end": 0, "day": 5}
    (said,) = refused(calendar={**PLEDGE["calendar"], "opens": both})
    assert said == (
        "甲/system.yaml：calendar.opens：months_after_end 和 months_after_start 必须且只能写一个"
        "（现为 \"{'day': 5, 'months_after_end': 0, 'months_after_start': 0}\"）。"
    )


def test_a_form_without_figures_is_a_form_that_nobody_can_fill(refused: Callable[..., list[str]]) -> None:
    forms = [*PLEDGE["forms"], {"key": "empty", "name": "空表", "filled_by": "street"}]
    assert refused(forms=forms) == ["甲/system.yaml：表单 empty：没有填报项，谁也填不了。"]
