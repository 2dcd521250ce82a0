"""The forms of acts: validated in the trigger dialog, recorded with the caller's name, and leading on to scoring."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk.definitions.param import ParamsDict
from airflow.sdk.exceptions import ParamValidationError
from sqlalchemy import Engine, select

from include.acts import ACTS
from include.acts.act import Act, perform
from include.airflow_ext.params import param_of
from include.db import tables
from include.db.engine import transaction
from include.errors import UserError
from include.settings import REPO
from ops.logins import shared_logins
from tests.acting import BY_NAME
from tests.intake.receive_street import FIRST, STREET, prepare

pytestmark = pytest.mark.story

GOOD = {"period": "2026H1", "scheme": "half_year", "unit_code": FIRST.code, "reason": "水灾"}
ROLE_OF = {"admin": "ops", "user": "committee"}  # by Airflow's role; its viewer starts nothing


def form_of(act: Act) -> ParamsDict:
    return ParamsDict({field.name: param_of(field) for field in act.fields})


@pytest.mark.parametrize(
    "wrong",
    [
        {"period": "2026年"},
        {"period": "今年"},
        {"unit_code": "123"},
        {"reason": ""},
        {"due_date": "明天"},
        {"due_date": ""},
    ],
)
def test_the_form_of_an_extension_refuses_what_cannot_be(wrong: dict[str, str]) -> None:
    params = form_of(BY_NAME["grant_extension"])
    params.update(GOOD | {"due_date": "2026-07-24"})
    with pytest.raises(ParamValidationError):
        params.update(wrong)


def test_every_act_is_a_workflow_that_only_people_start_with_a_form_in_chinese(bag: DagBag) -> None:
    workflows = {dag_id: dag for dag_id, dag in bag.dags.items() if dag_id.startswith("act_")}
    assert set(workflows) == {f"act_{act.name}" for act in ACTS}, "every act, and nothing that is none"
    for dag_id, dag in workflows.items():
        act = BY_NAME[dag_id.removeprefix("act_")]
        assert not dag.timetable.can_be_scheduled
        assert dag.dag_display_name == act.title
        assert act.doc in str(dag.doc_md)
        assert [field.title for field in act.fields] == [param.schema["title"] for param in dag.params.values()]
        assert {outlet.name for task in dag.tasks for outlet in task.outlets} == {act.wakes} - {""}


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.name)
def test_every_act_says_what_it_is_in_chinese_and_asks_why(act: Act) -> None:
    for words in (act.title, act.doc, act.again, *(field.title for field in act.fields)):
        assert any("一" <= character <= "鿿" for character in words), words
    assert all(field.help for field in act.fields)
    asks_why = any(field.kind in ("reason", "remark") for field in act.fields)
    assert asks_why != (act.name == "meeting_letter"), "a meeting needs no reason"


def test_the_list_of_acts_knows_no_airflow_and_loads_nothing_that_only_an_act_needs() -> None:
    code = "import include.acts, sys; print(sorted({'airflow', 'include.db', 'jinja2', 'typst'} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", code], cwd=REPO, capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stdout + done.stderr


def test_who_may_act_may_start_a_workflow_in_airflow() -> None:
    roles = {ROLE_OF[role] for role in shared_logins().values() if role != "viewer"}
    assert {act.name for act in ACTS if not set(act.may) <= roles} == set()


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.name)
def test_an_account_that_may_not_is_refused_and_that_is_on_record(database: Engine, act: Act) -> None:
    with pytest.raises(UserError, match=r"账号 viewer 是只看账号，不能办理“办 .*”：请由运维(或党工委)?账号办理。"):
        perform(act, {}, "viewer", "run")
    with transaction() as connection:
        logged = connection.execute(select(tables.run_log)).mappings().one()
    assert (logged["stage"], logged["outcome"], logged["account"], logged["run_id"]) == (
        "act",
        "refused",
        "viewer",
        "run",
    )
    assert json.loads(logged["detail"]) == {"act": act.name, "role": "viewer"}


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
    form = form_of(act)
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
