"""What raters say reaches the subject by its mean; what they do not hand in is their own fault. Four things stay four to the end:
a rating of 0, an empty row, a row that is not there, a sheet that never came."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from include.db import sql
from include.period import Period, parse_moment
from include.registry.units import import_units
from include.schemes.loader import load_scheme
from include.schemes.model import Scheme
from include.scoring.assess import Assessment, assess
from include.scoring.inputs import gather
from tests.invented import invented
from tests.street import hand_in

STREET = "990000001"
A, B = (f"{STREET}00{n}" for n in (1, 2))
SUBJECTS = f"""code,name,street_code,street,kind
{A},杏花社区,{STREET},云街街道,
{B},柳堤社区,{STREET},云街街道,
P-1,云街中学,{STREET},云街街道,驻区单位
P-2,云街医院,{STREET},云街街道,驻区单位
P-3,云街粮站,{STREET},云街街道,驻区单位
"""
LINKS = f"code,link,to_code\nP-1,共建,{A}\nP-1,共建,{B}\nP-2,共建,{A}\nP-3,共建,{A}\n"
MUTUAL = (Path(__file__).parents[1] / "data/mutual.yaml").read_text(encoding="utf-8")
DURING = parse_moment("2026-07-10T10:00:00", "test")
CLOSE = parse_moment("2026-08-15T23:59:59", "test")


@pytest.fixture
def scheme(connection: Connection, world: Path) -> Iterator[Scheme]:
    """The units and communities of a street, and the system by which they rate each other."""
    folder = world / "registry"
    folder.mkdir()
    for name, lines in (("subjects", SUBJECTS), ("attributes", "code,name,value\n"), ("links", LINKS)):
        (folder / f"{name}.csv").write_text(lines, encoding="utf-8")
    import_units(connection, folder, dt.date(2000, 1, 1))
    with invented(world, "mutual", MUTUAL):
        yield load_scheme("mutual", Period.parse("2026H1"))


def everybody_rates(connection: Connection, scheme: Scheme) -> None:
    hand_in(connection, A, {"meetings": "2"}, scheme=scheme, form="own", received_at=DURING)
    hand_in(connection, B, {"meetings": "1"}, scheme=scheme, form="own", received_at=DURING)
    first = {f"{A}/pact": "18", f"{A}/rooms": "0", f"{B}/pact": None, f"{B}/rooms": None}
    hand_in(connection, "P-1", first, scheme=scheme, form="unit_rates", received_at=DURING)
    hand_in(
        connection,
        "P-2",
        {f"{A}/pact": "14.5", f"{A}/rooms": "10"},
        scheme=scheme,
        form="unit_rates",
        received_at=DURING,
    )


def scored(connection: Connection, scheme: Scheme) -> Assessment:
    return assess(connection, scheme, STREET, CLOSE)


def rows(connection: Connection, query: str) -> list[tuple[object, ...]]:
    return [tuple(row) for row in connection.execute(text(query))]


def test_a_subject_has_what_each_rater_gave_it_and_nothing_of_those_who_left_its_row_empty(
    connection: Connection, scheme: Scheme
) -> None:
    everybody_rates(connection, scheme)
    given = {one.unit.code: one.ratings for one in gather(connection, scheme, STREET, CLOSE)}
    assert given[A].of("unit_rates", "pact") == ["18", "14.5"]
    assert given[A].of("unit_rates", "rooms") == ["0", "10"]
    assert (given[B].of("unit_rates", "pact"), given[B].is_rated) == ([], False)
    assert [(form, filler) for form, filler, _ in given[B].sheets] == [("unit_rates", "P-1")]


def test_a_figure_of_ratings_is_their_mean_and_without_any_its_indicators_do_not_apply(
    connection: Connection, scheme: Scheme
) -> None:
    everybody_rates(connection, scheme)
    lines = rows(
        connection,
        "SELECT unit_code, indicator, outcome, points, explanation FROM score_line"
        f" WHERE assessment_id = '{scored(connection, scheme).id}' AND indicator <> 'S0' ORDER BY unit_code, indicator",
    )
    assert [(code, indicator, points and Decimal(str(points))) for code, indicator, _, points, _ in lines] == [
        (A, "C1", Decimal("16.25")),
        (A, "C2", Decimal(5)),
        (A, "V1", Decimal(60)),
        (B, "C1", None),
        (B, "C2", None),
        (B, "V1", Decimal(30)),
    ]
    said = {(code, indicator): str(sentence) for code, indicator, _, _, sentence in lines}
    assert said[A, "C1"].startswith("共建协议落实（引自2026年上半年《驻区单位评社区》2份）为 16.25，应达到 20，")
    assert "共建协议落实" in said[B, "C1"] and "不适用" in said[B, "C1"]


def test_a_missing_sheet_stands_against_who_did_not_hand_it_in_and_not_against_the_rated(
    connection: Connection, scheme: Scheme
) -> None:
    everybody_rates(connection, scheme)
    assessment = scored(connection, scheme)
    found = rows(
        connection,
        f"SELECT unit_code, total, status FROM score WHERE assessment_id = '{assessment.id}' ORDER BY unit_code",
    )
    assert [(code, total and Decimal(str(total)), status) for code, total, status in found] == [
        (A, Decimal("81.25"), "已报"),
        (B, Decimal(50), "已报"),
        ("P-3", None, "未报"),
    ]
    ((explanation, has_problem),) = rows(
        connection,
        f"SELECT explanation, has_problem FROM score_line WHERE assessment_id = '{assessment.id}' AND indicator = 'S0'",
    )
    assert "没有报送驻区单位评社区（应于2026年7月20日 24 时前报送），自身得分不受影响" in str(explanation)
    assert not has_problem  # a unit in residence has no items: it is only named


def test_the_cells_of_the_sheets_that_counted_are_told_under_their_fillers(
    connection: Connection, scheme: Scheme
) -> None:
    everybody_rates(connection, scheme)
    assessment = scored(connection, scheme)
    values = sql.fetch(connection, "reports/select_values", assessment_id=assessment.id)
    told = {(row["unit_code"], row["field"]): row["used"] for row in values}
    assert told[A, "meetings"] == "2"
    assert (told["P-1", f"{A}/rooms"], told["P-1", f"{B}/rooms"]) == ("0", "")
    assert ("P-2", f"{B}/rooms") not in told


def test_a_sheet_that_comes_later_makes_a_revision_and_says_why(connection: Connection, scheme: Scheme) -> None:
    everybody_rates(connection, scheme)
    first = scored(connection, scheme)
    assert not scored(connection, scheme).is_new
    hand_in(
        connection, "P-3", {f"{A}/pact": "20", f"{A}/rooms": "20"}, scheme=scheme, form="unit_rates", received_at=DURING
    )
    second = scored(connection, scheme)
    assert (first.revision, second.revision) == (1, 2)
    causes = rows(
        connection,
        f"SELECT unit_code, why FROM restatement WHERE assessment_id = '{second.id}' AND kind = 'cause' ORDER BY unit_code",
    )
    assert (A, "评分表有新报送或改正的") in causes
    assert B not in dict(causes)


def test_a_system_in_which_nobody_rates_has_nothing_of_it(connection: Connection, scheme: Scheme) -> None:
    half_year = load_scheme("half_year", Period.parse("2026H1"))
    inputs = gather(connection, half_year, STREET, CLOSE)
    assert {one.unit.code for one in inputs} == {A, B}
    assert all("raters" not in one.deciding and not one.waits_for_raters for one in inputs)
