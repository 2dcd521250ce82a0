"""What a tally comes to, exactly: forms.md E3 and the votes of its worked cases."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest

from include.numbers import two_decimals
from include.schemes.tallies import Tally
from include.scoring.votes import rows_above, votes_of, votes_on

GOODS = ["领导班子好", "党员干部队伍好", "工作机制好", "工作业绩好", "群众反映好"]
RESIDENTS = Tally.model_validate(
    {
        "key": "votes",
        "name": "群众评议票",
        "items": GOODS,
        "options": {"好": 1, "较好": Decimal("0.8"), "一般": Decimal("0.6"), "差": 0},
    }
)
CADRES = Tally.model_validate(
    {"key": "cadres", "name": "村干部评议票", "rows": 9, "row_label": "职务", "options": {"满意": 1, "基本满意": Decimal("0.7"), "不满意": 0}}
)  # fmt: skip
COUNTED = [(100, 60, 15, 5), (90, 60, 20, 8), (80, 70, 20, 9), (110, 50, 15, 5), (95, 65, 15, 5)]


def rate_of(tally: Tally, item: str, given: dict[str, str | None]) -> Fraction | None:
    votes = votes_on(tally, item, given)
    return votes.rate if votes else None


def values(tally: Tally, *rows: tuple[int, ...]) -> dict[str, str | None]:
    cells = {
        tally.key_of(row, option): str(count)
        for row, counts in enumerate(rows, 1)
        for option, count in zip(tally.options, counts, strict=True)
    }
    return {**cells, **{f"{tally.key}_{row}_name": "成员" for row in range(1, len(rows) + 1) if tally.rows}}


def test_the_rates_of_the_five_goods_are_exact_fractions_without_abstentions() -> None:
    rates = [rate_of(RESIDENTS, good, values(RESIDENTS, *COUNTED)) for good in GOODS]
    assert rates == [Fraction(157, 180), Fraction(75, 89), Fraction(148, 179), Fraction(53, 60), Fraction(13, 15)]


@pytest.mark.parametrize(
    ("issued", "returned", "percent"), [(200, 180, "90.00"), (1096, 902, "82.30")], ids=["002-8", "002-11"]
)
def test_return_rates_are_those_of_the_sources(issued: int, returned: int, percent: str) -> None:
    assert f"{two_decimals(Fraction(100 * returned, issued))}" == percent


def test_an_item_without_votes_has_no_rate_which_is_not_a_rate_of_nothing() -> None:
    given = values(RESIDENTS, (0, 0, 0, 0), (0, 0, 0, 7))
    assert [rate_of(RESIDENTS, good, given) for good in GOODS[:3]] == [None, Fraction(0), None]


def test_persons_are_counted_in_whom_an_option_exceeds_a_share_and_never_named() -> None:
    given = values(CADRES, (40, 20, 30), (41, 20, 31), (0, 0, 0))
    above = rows_above(CADRES, "不满意", Fraction(1, 3), given)
    assert [votes.name for votes in above] == ["职务2"]
    assert len(votes_of(CADRES, given)) == 3


def test_a_row_that_stayed_empty_is_no_row_of_zeros() -> None:
    given = {**values(CADRES, (40, 20, 30)), "cadres_2_满意": None, "cadres_2_基本满意": None, "cadres_2_不满意": None}
    assert [votes.cast for votes in votes_of(CADRES, given)] == [90]


def test_a_sentence_names_the_votes() -> None:
    first, *_ = votes_of(RESIDENTS, values(RESIDENTS, *COUNTED))
    assert first.said == "好 100 票、较好 60 票、一般 15 票、差 5 票"
