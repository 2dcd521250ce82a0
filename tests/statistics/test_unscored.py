"""A system without score: who reported what, by when, and nothing of points, ranks and problems."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from include.errors import UserError
from include.period import Period, parse_moment
from include.schemes.loader import parse_scheme
from include.shapes import shape_of
from include.shapes.recorded import Recorded
from tests.invented import invented
from tests.town import STREET, Town

CENSUS = (Path(__file__).parents[1] / "data/census.yaml").read_text(encoding="utf-8")
A, B, C, D = (f"{STREET}00{n}" for n in range(1, 5))
SUBJECTS = "".join(f"{code},第{code[-1]}社区,{STREET},云街街道,,\n" for code in (A, B, C, D))
YEAR = Period.parse("2026")
LATE = parse_moment("2027-02-10T12:00:00", "test")


@pytest.fixture
def town(database: Engine, world: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    with invented(world, "census", CENSUS):
        yield Town(world, monkeypatch, "census", subjects=SUBJECTS, links="")


def test_a_system_without_score_says_who_reported_what_and_nothing_of_points(town: Town) -> None:
    form = "公共设施统计表"
    assert town.hands_in("2026", form, A, "", f"{A},座椅数,3", f"{A},路灯数,10", f"{A},亮灯数,9") == "accepted"
    assert town.hands_in("2026", form, B, "", f"{B},座椅数,3", f"{B},路灯数,10", f"{B},亮灯数,11") == "returned"
    assert "亮灯数不能超过路灯数" in town.said
    town.patch.setattr("tests.town.end_of", lambda _: LATE)
    assert town.hands_in("2026", form, C, "", f"{C},座椅数,0", f"{C},路灯数,1", f"{C},亮灯数,1") == "accepted"
    assert town.closes("2026") is None
    assert town.results("2026") == {
        A: ("", "", "", "已报"),
        B: ("", "", "", "退回未改"),
        C: ("", "", "", "迟报"),
        D: ("", "", "", "未报"),
    }
    assert (town.read("2026", "points.csv"), town.read("2026", "items.csv")) == ([], [])
    values = {(row["unit_code"], row["field_label"]): row["used"] for row in town.read("2026", "values.csv")}
    assert values[C, "座椅数"] == "0" and len(values) == 6
    figures = {row["code"]: (row["name"], row["outcome"]) for row in town.read("2026", "figures.csv")}
    assert figures[A] == ("登记册户数", "未报") and len(figures) == 4
    assert not list(town.out("2026").glob("circular*"))
    shape = shape_of("census", YEAR)
    assert isinstance(shape, Recorded) and sorted(shape.moments()) == ["closes", "opens"]
    with town.database() as connection:
        assert shape.preview(connection, STREET, LATE, "test").counts == {
            "已报": 1,
            "未报": 1,
            "迟报": 1,
            "退回未改": 1,
        }


def test_what_scores_belongs_into_a_scored_system_and_nowhere_else() -> None:
    with pytest.raises(UserError) as refused:
        parse_scheme(CENSUS.replace("shape: statistics\n", ""), "census/system.yaml", YEAR)
    said = "\n".join(refused.value.problems)
    for name in ("score", "missing", "indicators"):
        assert f"{name}：缺少这个字段；不计分的制度请写 shape（ledger、item_list、event_series、statistics）" in said
    assert "calendar.circular：缺少这个字段" in said
    scored = CENSUS + "score: {total: 100, maximum: 100}\n"
    with pytest.raises(UserError) as refused:
        parse_scheme(scored, "census/system.yaml", YEAR)
    assert refused.value.problems == [
        "census/system.yaml 第 24 行：score：shape 是 statistics 的制度不计分，不能写这个字段。"
    ]
