"""Four things stay four on the page too: votes, a rating of 0, a row left empty, a sheet that never came."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from include.db.engine import transaction
from include.period import Period
from include.schemes.loader import load_scheme
from include.scoring.assess import assess
from tests.airflow.page_client import browser, page_world, sees
from tests.scoring.community import values_of
from tests.scoring.mutual import BING, CLOSE, JIA, STREET, everybody_rates, registered
from tests.street import at, hand_in

CADRES = {"职务1": "书记", "满意1": 50, "基本满意1": 0, "不满意1": 0}


@pytest.fixture(scope="module")
def office(
    tmp_path_factory: pytest.TempPathFactory, _sqlite_template: Path, airflow_database: None
) -> Iterator[TestClient]:
    """The worked case of 双向评议, and a community on whose Party organisation was voted."""
    world = tmp_path_factory.mktemp("ratings")
    with page_world(world, _sqlite_template) as patch:
        patch.setenv("DUBAN_NOW", CLOSE.isoformat())
        with transaction() as connection:
            mutual = registered(connection, world)
            everybody_rates(connection, mutual)
            assess(connection, mutual, STREET, CLOSE)
            classing = load_scheme("classing", Period.parse("2025"))
            figures = values_of(
                classing, "全好", {**CADRES, "党组织（满意）": 50, "党组织（基本满意）": 0, "党组织（不满意）": 0}
            )
            for form in ("main", "tally"):
                values = {cell.key: figures[cell.key] for cell in classing.cells_of(form)}
                hand_in(connection, JIA, values, scheme=classing, form=form, received_at=at("2026-03-20T10:00:00"))
            assess(connection, classing, STREET, at("2026-04-20T09:00:00"))
        with browser() as client:
            yield client


def unit_page(office: TestClient, code: str, period: str = "mutual_review/2026") -> str:
    """Its text as people see it."""
    shown = sees(office, "admin", f"/unit/{code}?office={STREET}&period={period}")
    assert shown.status_code == 200
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", shown.text)).split())


def test_a_rating_of_nought_is_points_of_nought_and_no_rating_is_none(office: TestClient) -> None:
    assert "U2 场所开放 0.00 / 20" in unit_page(office, "Q")
    assert "U2 场所开放 不适用" in unit_page(office, "S"), "its row was left empty"
    unrated = unit_page(office, BING)
    assert "未评" in unrated and "C1 共建协议落实 不适用" in unrated


def test_a_sheet_that_never_came_is_told_of_its_filler_alone(office: TestClient) -> None:
    filler = unit_page(office, "S")
    assert "驻区单位评社区： 未报" in filler and "S0 未参加双向评议 不计分 没有报送驻区单位评社区" in filler
    assert "社区评驻区单位： 已受理" in unit_page(office, JIA)


def test_votes_are_votes_and_a_row_of_persons_that_was_left_empty_is_nobody(office: TestClient) -> None:
    page = unit_page(office, JIA, "classing/2025")
    assert "满意 50 票、基本满意 0 票、不满意 0 票" in page
