"""The year of 五个好, from 2027 on: the mean of both halves, and 五个好 only who was good in both."""

from __future__ import annotations

import pytest

from include.circulars.model import build_model
from include.documents.rendering import as_markdown
from include.errors import UserError
from include.period import Period
from include.schemes.loader import load_scheme
from tests.scoring.residents import GOODS, votes
from tests.street import A, B, C, Street, at, hand_in

YEAR = load_scheme("five_good", Period.parse("2027"))
EVERY_VOTE_BEST = [(180, 0, 0, 0)] * 5


def half(street: Street, period: str, rated: dict[str, float]) -> None:
    """Every item of a community is rated alike, and votes are all for 好."""
    scheme = load_scheme("five_good", Period.parse(period))
    during = at(f"{scheme.dates.due_date}T10:00:00")
    for code, points in rated.items():
        for form in ("self", "street"):
            hand_in(
                street.connection,
                code,
                {f"{good}_{form}": str(points) for good in GOODS},
                scheme=scheme,
                form=form,
                received_at=during,
            )
        hand_in(street.connection, code, votes(EVERY_VOTE_BEST), scheme=scheme, form="residents", received_at=during)
    street.assess(at(f"{scheme.dates.window_ends_date}T23:59:59"), scheme)


def of_year(street: Street) -> dict[str, tuple[object, ...]]:
    made = street.assess(at("2028-02-25T09:00:00"), YEAR)
    rows = street.connection.exec_driver_sql(
        f"SELECT unit_code, total, grade, status FROM score WHERE assessment_id = '{made.id}'"
    )
    return {code: (None if total is None else f"{float(total):.2f}", *rest) for code, total, *rest in rows}


def test_the_year_is_the_mean_and_good_only_who_was_good_in_both(street: Street) -> None:
    half(street, "2027H1", {A: 20, B: 9.5, C: 18})
    half(street, "2027H2", {A: 19, B: 20})
    found = of_year(street)
    assert found[A] == ("98.25", "五个好", "已报")
    assert found[B] == ("81.63", "较好", "已报")
    assert found[C] == (None, "", "未报")


@pytest.mark.parametrize(("first", "wanted"), [(14.5, "五个好"), (10, "较好")])
def test_a_half_in_which_one_was_neither_good_nor_better_keeps_the_year_from_it(
    street: Street, first: float, wanted: str
) -> None:
    half(street, "2027H1", {A: first})
    half(street, "2027H2", {A: 20})
    total, grade, _ = of_year(street)[A]
    assert grade == wanted, total


def test_a_year_before_2027_there_is_not() -> None:
    with pytest.raises(UserError, match="自 2027 年起施行"):
        load_scheme("five_good", Period.parse("2026"))


def test_the_circulars_speak_of_party_organisations_whether_of_communities_or_villages(street: Street) -> None:
    """And of the votes; who is put forward to be named stands in a list behind the year's."""
    half(street, "2027H1", {A: 20, B: 10})
    half(street, "2027H2", {A: 19})
    found = street.connection.exec_driver_sql("SELECT id FROM assessment WHERE period = '2027H1'").scalar_one()
    said = as_markdown("通报", build_model(street.connection, found), number="", issue_date=None).replace("\\", "")
    assert "2个党组织开展了群众评议，共发出评议票400张，收回360张，收回率90.00%" in said
    assert "得票率平均为领导班子好100.00%" in said
    made = street.assess(at("2028-02-25T09:00:00"), YEAR)
    of_whole = as_markdown("通报", build_model(street.connection, made.id), number="", issue_date=None).replace(
        "\\", ""
    )
    assert "命名为“五个好”党组织（名单见附件）" in of_whole and "建议命名" in of_whole
    assert "对所属4个党组织2027年上半年" in said and "其他党组织要对照先进" in said + of_whole


def test_the_year_has_a_circular_and_that_of_the_half_year_inspection_none() -> None:
    assert YEAR.has_circular
    assert not load_scheme("half_year", Period.parse("2027")).has_circular
