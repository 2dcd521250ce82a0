"""The forms of acts: validated in the trigger dialog, recorded with the caller's name, and leading on to scoring."""

from __future__ import annotations

from pathlib import Path

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk.definitions.param import ParamsDict
from airflow.sdk.exceptions import ParamValidationError
from sqlalchemy import Engine, select

from include.airflow_ext.acts import ACTS, perform
from include.db import tables
from include.db.engine import transaction
from include.errors import UserError
from include.settings import REPO
from tests.intake.receive_street import FIRST, STREET, prepare

GOOD = {"period": "2026H1", "scheme": "half_year", "unit_code": FIRST.code, "reason": "水灾"}
BY_NAME = {act.name: act for act in ACTS}


@pytest.fixture(scope="module")
def bag() -> DagBag:
    return DagBag(str(REPO / "dags" / "acts.py"))


@pytest.mark.parametrize(
    "wrong",
    [
        {"period": "2026"},
        {"period": "今年"},
        {"unit_code": "123"},
        {"reason": ""},
        {"due_date": "明天"},
        {"due_date": ""},
    ],
)
def test_the_form_of_an_extension_refuses_what_cannot_be(wrong: dict[str, str]) -> None:
    params = ParamsDict(BY_NAME["grant_extension"].params)
    params.update(GOOD | {"due_date": "2026-07-24"})
    with pytest.raises(ParamValidationError):
        params.update(wrong)


def test_every_act_is_a_workflow_that_only_people_start_with_a_form_in_chinese(bag: DagBag) -> None:
    assert set(bag.dags) == {f"act_{act.name}" for act in ACTS}
    for dag in bag.dags.values():
        assert not dag.timetable.can_be_scheduled
        for param in BY_NAME[dag.dag_id.removeprefix("act_")].params.values():
            assert any("一" <= character <= "鿿" for character in param.schema["title"])


def test_an_act_is_recorded_with_the_callers_name_and_says_what_to_score_anew(database: Engine, world: Path) -> None:
    prepare(world)
    act = BY_NAME["correct_figure"]
    changed = perform(act, GOOD | {"field": "支委会次数", "value": "3"}, "zhang")
    assert changed == f"half_year/2026H1/{STREET}"
    with transaction() as connection:
        row = connection.execute(select(tables.decision)).mappings().one()
    assert (row["kind"], row["decided_by"], row["value"], row["reason"]) == ("correction", "zhang", "3", "水灾")


def test_a_correction_is_taken_back_by_the_forms_empty_field(database: Engine, world: Path) -> None:
    prepare(world)
    act = BY_NAME["correct_figure"]
    form = ParamsDict(act.params)
    form.update(GOOD | {"field": "支委会次数"})
    assert form["value"] is None, "what Airflow's page sends for a field that nobody filled in"
    perform(act, GOOD | {"field": "支委会次数", "value": "3"}, "zhang")
    perform(act, GOOD | {"field": "支委会次数", "value": form["value"]}, "zhang")
    with transaction() as connection:
        assert set(connection.execute(select(tables.decision.c.value)).scalars()) == {"3", ""}


def test_an_act_without_a_caller_is_refused(database: Engine, world: Path) -> None:
    prepare(world)
    with pytest.raises(UserError, match="没有写明经办人"):
        perform(BY_NAME["grant_extension"], GOOD | {"due_date": "2026-07-24"}, "")
