"""办理: the form of each act of a person, filled in as far as the address says, and what came of it. Same fields, refusals and record
as everywhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import Response

from include.acts import ACTS, offered
from include.acts.act import Act, Field, perform
from include.db.engine import reading
from include.errors import NotAllowedError, UserError
from include.registry.units import registered_in, street_codes
from include.schemes.loader import default_system, scheme_names
from plugins.duban_page.airflow import Airflow
from plugins.duban_page.caller import ActingDep, Caller, CallerDep
from plugins.duban_page.chosen import Chosen, choose
from plugins.duban_page.rendering import page

router = APIRouter()
_ACTS = {act.name: act for act in ACTS}
_DONE = {
    "letters": "已起草，几秒钟后在“公文与签发”里等待签发。",
    "scores": "已存档，几秒钟后在“公文与签发”里等待签发。",
    "submissions": "已办理，并已存档；得分随即重新计算。",
}


@router.get("/acts")
def acts(request: Request, caller: CallerDep) -> Response:
    with reading() as connection:
        chosen = choose(connection, request, caller)
    return page(
        request, caller, chosen, "acts", "办理事项", acts=[(act, title_of(act), caller.may(act.may)) for act in ACTS]
    )


@router.get("/acts/{name}")
def form(request: Request, caller: CallerDep, name: str) -> Response:
    return _form(request, caller, _known(name), dict(request.query_params))


async def _typed(request: Request) -> dict[str, str]:
    """What the form holds. Read apart, so that acting itself does not run on the loop that Airflow's API answers on as well."""
    return {key: str(value) for key, value in (await request.form()).items() if key != "mark"}


@router.post("/acts/{name}")
def act(request: Request, caller: ActingDep, name: str, typed: Annotated[dict[str, str], Depends(_typed)]) -> Response:
    """Do it now. What is refused is said beside the form, with everything that was typed."""
    wanted = _known(name)
    answers = {field.name: typed.get(field.name, "").strip() or None for field in wanted.fields}
    problems, done, is_anothers = missing(wanted.fields, answers), "", False
    if not problems:
        try:
            said = perform(wanted, answers, caller.account, "page")
            done = said if isinstance(said, str) and not wanted.wakes else _DONE.get(wanted.wakes, "已办理，并已存档。")
            if isinstance(said, str) and "。" in said:
                done = said
            done += Airflow(caller).wake(wanted, said)
        except UserError as error:
            problems, is_anothers = list(error.problems), isinstance(error, NotAllowedError)
    response = _form(request, caller, wanted, typed, problems, done)
    response.status_code = (403 if is_anothers else 422) if problems else 200
    return response


def _form(
    request: Request, caller: Caller, act: Act, given: dict[str, str], problems: Sequence[str] = (), done: str = ""
) -> Response:
    """The form of an act, filled in with what is given, else with what is usual, and what came of it."""
    with reading() as connection:
        chosen = choose(connection, request, caller)
        registered = {unit.code: unit.name for unit in registered_in(connection, chosen.scope, chosen.today)}
        streets = [code for code in street_codes(connection, chosen.today) if caller.sees(code)]
    return page(
        request, caller, chosen, "act", title_of(act), act=act, given={**_usual(chosen), **_as_people_say(act, given, registered)}, problems=problems, done=done,
        may=caller.may(act.may), lists={field.name: _list(field, list(registered.values()), streets, chosen) for field in act.fields},
        names=scheme_names(),
    )  # fmt: skip


def title_of(act: Act) -> str:
    """As people call it: Airflow's list needs a word before it and the workflow's name behind it, to keep acts together."""
    return act.title.removeprefix("办 ").removesuffix(f" act_{act.name}")


def _known(name: str) -> Act:
    if name not in _ACTS:
        raise HTTPException(404)
    return _ACTS[name]


def missing(fields: Sequence[Field], answers: Mapping[str, str | None]) -> list[str]:
    return [f"“{field.title}”没有填：{field.help}" for field in fields if field.required and not answers[field.name]]


def _as_people_say(act: Act, given: dict[str, str], registered: dict[str, str]) -> dict[str, str]:
    """What the address, or the form, gives: a unit by its name where no other has that, and of the header's period the period alone."""
    said = {**given}
    if "/" in said.get("period", ""):
        said["period"] = said["period"].rpartition("/")[2]
    names = Counter(registered.values())
    for field in act.fields:
        if field.kind != "unit":
            continue
        meant = said.get(field.name) or said.get("unit_code", "")
        name = registered.get(meant, "")
        said[field.name] = name if names[name] == 1 else meant
    return said


def _usual(chosen: Chosen) -> dict[str, str]:
    """What a form is filled in with where the address says nothing."""
    scheme = chosen.scheme
    return {"scheme": scheme.scheme if scheme else default_system(), "street_code": chosen.scope} | (
        {"period": str(scheme.period)} if scheme else {}
    )


def _list(field: Field, units: list[str], streets: list[str], chosen: Chosen) -> list[str]:
    """What a field offers, beside typing."""
    offers: dict[str, Callable[[], list[str]]] = {
        "unit": lambda: units,
        "street": lambda: streets,
        "indicator": offered.indicators,
        "figure": offered.figures,
        "period": lambda: list(dict.fromkeys(key.rpartition("/")[2] for key, _ in chosen.periods)),
        "system": lambda: list(scheme_names()),
    }
    return list(field.choices) or (offers[field.kind]() if field.kind in offers else [])
