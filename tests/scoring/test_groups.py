"""Only whom a system means takes part; each group has its own fields, its full marks and its own list of ranks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, select

from include.db import tables
from include.errors import UserError
from include.period import Period, parse_moment
from include.registry.taking_part import taking_part
from include.registry.units import import_units
from include.schemes.loader import load_scheme, parse_scheme
from include.schemes.model import Scheme
from include.scoring.assess import assess
from tests.invented import invented
from tests.pilot import H1, PILOT, STREET, A, B, C, hands_in, register_villages

CLOSE = parse_moment("2026-08-15T23:59:59", "test")


@pytest.fixture(scope="module", autouse=True)
def _pilot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with invented(tmp_path_factory.mktemp("systems"), "pilot", PILOT):
        yield


@pytest.fixture
def scheme() -> Scheme:
    return load_scheme("pilot", H1)


@pytest.fixture
def villages(connection: Connection, world: Path) -> Connection:
    """A and B of one type, C of another, D of a third that takes no part, and E, a community, neither."""
    register_villages(connection, world / "registry")
    return connection


def scores(connection: Connection) -> dict[str, tuple[str | None, int | None, str]]:
    table = tables.score
    rows = connection.execute(select(table.c.unit_code, table.c.total, table.c.rank, table.c.grade)).all()
    return {code: (None if total is None else f"{total:.2f}", rank, grade) for code, total, rank, grade in rows}


def test_whom_the_system_means_takes_part_on_the_last_day_of_the_period(villages: Connection, scheme: Scheme) -> None:
    assert [unit.code for unit in taking_part(villages, scheme, STREET)] == [A, B, C]
    assert taking_part(villages, load_scheme("pilot", Period.parse("2026H2")), STREET)[0].code == A


def test_each_group_has_its_own_fields_and_values_and_what_asks_for_no_group_sees_them_all(scheme: Scheme) -> None:
    assert [cell.key for cell in scheme.cells] == ["posts", "jobs", "errands"]
    assert [cell.key for cell in load_scheme("pilot", H1, "集镇型").cells] == ["posts", "errands"]
    assert [one.name for one in scheme.of_group("工业型").indicators] == ["先锋岗", "工业服务"]


def test_villages_are_scored_by_their_own_rules_and_ranked_in_their_own_list(
    villages: Connection, scheme: Scheme
) -> None:
    hands_in(villages, A, posts="4", jobs="20")
    hands_in(villages, B, posts="2", jobs="10")
    hands_in(villages, C, posts="2", errands="30")
    assess(villages, scheme, STREET, CLOSE)
    assert scores(villages) == {
        A: ("100.00", 1, "达标"),
        B: ("50.00", 2, "未达标"),
        C: ("90.00", 1, "达标"),
    }


def test_another_group_is_another_input_and_the_same_again_is_none(
    villages: Connection, scheme: Scheme, world: Path
) -> None:
    hands_in(villages, A, posts="4", jobs="20")
    first = assess(villages, scheme, STREET, CLOSE)
    assert assess(villages, scheme, STREET, CLOSE).revision == first.revision
    (world / "registry/attributes.csv").write_text(
        f"code,name,value,valid_from\n{B},试点类型,集镇型,2026-05-01\n", encoding="utf-8"
    )
    import_units(villages, world / "registry", dt.date(2026, 5, 1))
    assert assess(villages, scheme, STREET, CLOSE).revision == first.revision + 1


def test_a_group_whose_full_marks_are_not_100_is_refused_by_its_name() -> None:
    wrong = PILOT.replace("name: 集镇服务, full: 20", "name: 集镇服务, full: 30").replace(
        "points: 20, figure: errands", "points: 30, figure: errands"
    )
    with pytest.raises(UserError) as refused:
        parse_scheme(wrong, "pilot/system.yaml", H1)
    assert all("（集镇型）" in problem for problem in refused.value.problems)
    assert any("110" in problem for problem in refused.value.problems)


def test_a_group_without_a_value_is_named_with_the_place() -> None:
    with pytest.raises(UserError, match=r"“集镇型”这一组的取值，请在 by_group 中补上"):
        parse_scheme(PILOT.replace("{工业型: 4, 集镇型: 2}", "{工业型: 4}"), "pilot/system.yaml", H1)


def test_an_unknown_kind_is_named_once_for_all_groups() -> None:
    with pytest.raises(UserError) as refused:
        parse_scheme(PILOT.replace("kind: 村", "kind: 工厂"), "pilot/system.yaml", H1)
    assert all("工厂" in problem for problem in refused.value.problems)
    assert len(refused.value.problems) == 1
