"""The fields of the trigger dialog, in Chinese and validated, and how a run says which period it is for."""

from __future__ import annotations

from typing import Any

from airflow.sdk import Param
from airflow.sdk.definitions._internal.types import NOTSET

from include.acts import offered
from include.acts.act import Field, Kind
from include.acts.fields import ANY_PERIOD, SYSTEM
from include.airflow_ext.timetables import newest_periods
from include.errors import UserError
from include.period import today
from include.registry.persons import acts_in
from include.schemes.loader import default_system, scheme_keys, scheme_names
from include.shapes import Moment

_SUGGESTED = 8
_FORMATS: dict[Kind, str] = {"date": "date", "moment": "date-time", "reason": "multiline", "remark": "multiline"}


def param_of(field: Field) -> Param:
    """Airflow's form of a field, with what its kind offers to choose from."""
    limits = {
        "pattern": field.pattern or None,
        "minLength": field.shortest or None,
        "maxLength": field.longest,
        "format": _FORMATS.get(field.kind),
        "enum": list(field.choices) or None,
    }
    schema: dict[str, Any] = {name: limit for name, limit in limits.items() if limit is not None}
    suggested = _offered(field.kind)
    return Param(
        suggested.pop("default", NOTSET if field.required else None),
        type="string" if field.required else ["null", "string"],
        title=field.title,
        description=field.help,
        **schema,
        **suggested,
    )


def _offered(kind: Kind) -> dict[str, Any]:
    """What a field of a kind offers, and what it is filled in with."""
    if kind == "period":  # the newest half year
        suggested = newest_periods("opens")[:_SUGGESTED]
        return {"examples": suggested, "default": next((period for period in suggested if "H" in period), NOTSET)}
    if kind == "system":
        return {"enum": scheme_keys(), "values_display": scheme_names(), "default": default_system()}
    if kind == "indicator":
        return {"examples": offered.indicators()}
    if kind == "figure":
        return {"examples": offered.figures()}
    return {}


def period_param(
    title: str = "期间",
    description: str = "可从列表中选，例如 2026H1（上半年）、2026Q3（第三季度）。按计划运行和回填时由分区键给出，不看这一项。",
    *,
    default: Moment | None = None,
) -> Param:
    """The period of a run. `default`: the newest one whose forms went out, whose window has begun or closed; None: empty."""
    suggested = newest_periods(default or "opens")[:_SUGGESTED]
    return Param(
        suggested[0] if default and suggested else None,
        type=["null", "string"],
        pattern=ANY_PERIOD,
        examples=suggested,
        title=title,
        description=description,
    )


def scheme_param() -> Param:
    return param_of(SYSTEM)


def only_system_param() -> Param:
    """One system, of a run that else is about all of them."""
    return Param(
        None,
        type=["null", "string"],
        enum=[None, *scheme_keys()],
        values_display=scheme_names(),
        title="系统",
        description="留空即各街道采用的所有系统；选了的，只办这一个，不论街道是否采用。",
    )


def streets_param() -> Param:
    return Param(
        [],
        type=["null", "array"],  # null allowed: what Airflow's page would else mark as required
        items={"type": "string", "pattern": r"^\d{9}(\d{3})?$"},
        title="街道代码",
        description="只处理这些街道（每行一个代码）；留空为登记册中的全部街道。",
    )


def send_notices_param() -> Param:
    return Param(
        False,
        type=["null", "boolean"],
        title="补算也发信",
        description="只对回填（backfill）有用：回填平时只记账，不发信，原因写在发件箱里；打开后照常发信，已发过的不会再发。",
    )


PERIOD_FIELDS = {"scheme": scheme_param(), "streets": streets_param(), "send_notices": send_notices_param()}
"""What a run over a period asks besides the period."""


def scheme_and_period(context: Any) -> tuple[str, str]:
    """The system's key and the period of a run: its partition key, else its parameters. Never the date."""
    params = context["params"]
    system, _, period = str(context["dag_run"].partition_key or params.get("period") or "").rpartition("/")
    if not period:
        raise UserError("没有给出期间：请在触发时填写“期间”，例如 2026H1。")
    return system or str(params.get("scheme", default_system())), period


def is_by_schedule(context: Any) -> bool:
    """Whether nobody named the system: the schedule or a backfill made the run."""
    return context["dag_run"].run_type in ("scheduled", "backfill")


def streets_of(context: Any) -> list[str]:
    """The streets that the form names; none means all. A field that was emptied comes as null."""
    return context["params"]["streets"] or []


def caller_of(context: Any) -> str:
    """The account that started the run. Raises UserError where Airflow does not know it: an act is somebody's."""
    caller = str(context["dag_run"].triggering_user_name or "").strip()
    if not caller:
        raise UserError("没有写明经办人：请以本人账号登录后办理。")
    return caller


def refuse_beyond_streets(context: Any) -> None:
    """Raise UserError where a person who acts only in some streets started a run by hand that is not for these alone. An act asks
    for itself where it is; a run that another run starts goes on with what that one was allowed."""
    run = context["dag_run"]
    account, on = str(run.triggering_user_name or "").strip(), today()
    if not account or run.run_type == "operator_triggered" or run.dag_id.startswith("act_") or acts_in(account, "", on):
        return
    if "streets" not in context["params"]:
        raise UserError(f"这个流程不分街道，账号 {account} 只办理自己分管的街道：请由分管全部街道的运维人员触发。")
    named = streets_of(context)
    if not named:
        raise UserError(f"账号 {account} 只办理自己分管的街道：请在“街道”一栏填写这些街道的代码。")
    if foreign := [code for code in named if not acts_in(account, code, on)]:
        raise UserError(f"账号 {account} 不分管 {'、'.join(foreign)}：请在“街道”一栏去掉，或由分管的人员触发。")
