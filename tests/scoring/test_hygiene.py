"""环境卫生季度评比: the worked case of forms.md 18, from the sheets that a community hands in to OUT, four quarters and the year."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import Engine

from include.intake.row_photos import photos_open
from include.period import Period, now
from include.reports.evidence_open import asks_of_rows, evidence_open
from include.reports.hand_ins import hand_ins
from include.schemes.loader import load_scheme
from tests.scoring.estates import ESTATES, HOUSEHOLDS, LINKS, SUBJECTS, TITLES, WORKED, A, B, quarter
from tests.town import STREET, Town

pytestmark = pytest.mark.story


@pytest.fixture
def town(database: Engine, world: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    return Town(world, monkeypatch, "hygiene", subjects=SUBJECTS, links=LINKS)


def test_the_quarter_worked_by_hand(town: Town) -> None:
    assert quarter(town, "2026Q1")
    found = town.results("2026Q1")
    assert found["X-1"] == ("77.00", "合格", "1", "已报")
    assert found["P-1"] == ("91.00", "卫生好", "1", "已报")
    assert found["H-1"] == ("", "未评定", "", "未评")
    points = {(row["unit_code"], row["indicator"]): row["points"] for row in town.read("2026Q1", "points.csv")}
    assert [points["X-1", f"E{n}"] for n in range(1, 6)] == ["18.00", "15.00", "18.00", "16.00", "10.00"]
    assert [points["P-1", f"N{n}"] for n in range(1, 4)] == ["36.00", "35.00", "20.00"]
    problems = {(row["unit_code"], row["indicator"]): row["problem"] for row in town.read("2026Q1", "items.csv")}
    assert problems == {
        ("X-1", "E5"): "存在乱堆乱倒乱搭乱建",
        ("X-2", "E5"): "存在乱堆乱倒乱搭乱建",
        ("X-2", "Z1"): "环境卫生不合格",
    }


def test_the_year_is_the_mean_of_the_quarters_inspected(town: Town) -> None:
    for period in WORKED:
        quarter(town, period)
    assert [town.results(period)["X-1"][0] for period in WORKED] == ["77.00", "92.00", "95.00", "88.00"]
    assert town.closes("2026")
    found = town.results("2026")
    assert found["X-1"] == ("88.00", "卫生先进", "1", "已报")
    assert found["H-1"] == ("87.50", "卫生先进", "1", "已报")  # looked at in two quarters, 84 and 91
    assert found["H-3"] == ("", "未评定", "", "未评")
    assert found["X-2"][:2] == ("55.00", "不合格")
    figures = {(row["code"], row["figure"]): row["value"] for row in town.read("2026", "figures.csv")}
    assert (figures["X-1", "good"], figures["X-1", "last"], figures["P-1", "smoke_free_always"]) == (
        "2",
        "88",
        "100.00",
    )
    assert ("H-1", "smoke_free_always") not in figures  # a figure of the units alone


def test_two_quarters_are_enough_for_a_household_and_too_few_for_an_estate(town: Town) -> None:
    for period in ("2026Q2", "2026Q3"):
        quarter(town, period)
    town.closes("2026")
    found = town.results("2026")
    assert found["H-1"][:2] == ("84.00", "卫生合格")
    assert found["X-1"] == ("", "未评定", "", "未评")


def test_a_community_whose_sheets_do_not_come_has_s0_and_its_estates_are_not_rated(town: Town) -> None:
    town.hands_in("2026Q2", ESTATES, B, TITLES[ESTATES], "X-2,二号小区,20,20,20,20,0")
    town.closes("2026Q2")
    assert town.results("2026Q2")[A] == ("", "", "", "未报")
    assert town.results("2026Q2")["X-1"] == ("", "未评定", "", "未评")
    with town.database() as connection:
        rows = connection.exec_driver_sql(
            f"SELECT indicator, explanation FROM score_line WHERE unit_code = '{A}'"
        ).all()
    ((indicator, explanation),) = rows
    assert (indicator, "没有报送小区环境卫生评分表、户环境卫生评分表、驻区单位环境卫生评分表" in explanation) == (
        "S0",
        True,
    )
    assert (A, "S0") in {(row["unit_code"], row["indicator"]) for row in town.read("2026Q2", "items.csv")}


def test_a_quarter_for_which_nothing_arrived_and_a_year_of_such_are_told_of_to_nobody(town: Town) -> None:
    assert town.closes("2026Q2") is None
    assert town.closes("2026") is None


@pytest.mark.parametrize("line", ["", "X-1,一号小区,,,,,"])
def test_an_estate_that_nobody_looked_at_returns_the_sheet(town: Town, line: str) -> None:
    assert town.hands_in("2026Q2", ESTATES, A, TITLES[ESTATES], *([line] if line else [])) == "returned"


@pytest.mark.parametrize(
    ("rated", "of", "said"),
    [
        (1000, 3275, ""),  # 30.53 %: no warning
        (982, 3275, "抽查比例不足：已评 982 个，占名册 3275 个的 29.98%，低于 30.00%"),
    ],
)
def test_too_few_households_are_noted(
    database: Engine, world: Path, monkeypatch: pytest.MonkeyPatch, rated: int, of: int, said: str
) -> None:
    homes = [f"H-{n}" for n in range(of)]
    subjects = f"{A},杏花社区,{STREET},云街街道,,a@x.cn\n" + "".join(
        f"{code},{code}室,{STREET},云街街道,户,\n" for code in homes
    )
    links = "".join(f"{code},所属社区,{A}\n" for code in homes)
    town = Town(world, monkeypatch, "hygiene", subjects=subjects, links=links)
    lines = [f"{code},,{40 + n % 10},{40 + n % 7}" for n, code in enumerate(homes[:rated])]
    assert town.hands_in("2026Q2", HOUSEHOLDS, A, TITLES[HOUSEHOLDS], *lines) == "accepted"
    with database.connect() as connection:
        found = connection.exec_driver_sql("SELECT check_code, message FROM finding").all()
    assert [said in message for code, message in found if code == "too_few"] == ([True] if said else [])


def test_who_was_looked_at_again_by_the_street_counts_by_that_alone(town: Town) -> None:
    again = "X-1,一号小区,20,20,20,20,0"
    assert town.hands_in("2026Q1", "小区环境卫生抽查表", STREET, TITLES[ESTATES], again) == "accepted", town.said
    assert town.hands_in("2026Q1", "户环境卫生抽查表", STREET, TITLES[HOUSEHOLDS], "H-3,1幢103室,20,20") == "accepted"
    result = quarter(town, "2026Q1")
    assert result
    found = town.results("2026Q1")
    assert found["X-1"] == ("100.00", "卫生好", "1", "已报")
    assert found["X-2"][0] == "55.00", "the community's own rating where the street did not look"
    assert found["H-3"][0] == "40.00"
    assert STREET not in found, "nobody asked the street to look at everything"
    points = {(row["unit_code"], row["indicator"]): row["explanation"] for row in town.read("2026Q1", "points.csv")}
    assert "小区环境卫生抽查表" in points["X-1", "E1"]
    assert "小区环境卫生评分表" in points["X-2", "E1"]
    said = (town.is_signed(result) / "circular.html").read_text(encoding="utf-8")
    assert "街道抽查2个" in said


def test_fewer_than_one_in_twenty_looked_at_again_is_a_note(town: Town) -> None:
    assert town.hands_in("2026Q1", "小区环境卫生抽查表", STREET, TITLES[ESTATES], "X-1,一号小区,,,,,") == "accepted", (
        town.said
    )
    assert "抽查" in town.said


def test_a_photo_is_asked_for_of_whom_fewer_than_sixty_points_are_given_known_by_the_subject_s_name(town: Town) -> None:
    lines = ["X-1,一号小区,18,15,18,16,2"]
    assert town.hands_in("2026Q1", ESTATES, A, TITLES[ESTATES], *lines) == "accepted"
    assert town.hands_in("2026Q1", ESTATES, B, TITLES[ESTATES], "X-2,二号小区,10,10,10,10,1") == "accepted"
    with town.database() as connection:
        rows = connection.exec_driver_sql("SELECT unit_code, payload FROM notice WHERE kind = 'receipt'").all()
    asked = {code: json.loads(payload)["evidence_open"] for code, payload in rows}
    assert asked == {A: [], B: ["二号小区照片（评分不足60分）"]}
    own = load_scheme("hygiene", Period.parse("2026Q1"))
    values = dict(
        zip(
            [f"X-2/{key}" for key in ("roads", "stairs", "rubbish", "greens", "heaps")],
            ["10", "10", "10", "10", "1"],
            strict=True,
        )
    )
    assert photos_open(own, "estates", {"X-2": "二号小区"}, values, ["二号小区_照片.jpg"]) == []
    with town.database() as connection:
        found = hand_ins(connection, own, STREET, now())
        listed, of_unit = (evidence_open(connection, own, STREET, found, code) for code in ("", B))
    assert {one.unit.code for one in found if asks_of_rows(own, one) and not one.is_open} == {A, B}
    assert listed == {}, "a sheet may have 20,000 rows: they are looked at where one unit is meant"
    assert of_unit == {(B, "estates"): ["二号小区照片（评分不足60分）"]}
