"""The acts of people as forms: what each asks, what it records, what it sets going. dags/acts.py makes the workflows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from airflow.sdk import Asset, Param

from include.airflow_ext.assets import INBOX, SCORES, SUBMISSIONS
from include.airflow_ext.params import (
    act_period_param,
    choice_param,
    field_param,
    reason_param,
    scheme_param,
    unit_param,
)

_COMMON = {"period": act_period_param(), "unit_code": unit_param()}
_LAST = {"reason": reason_param(), "scheme": scheme_param()}


@dataclass(frozen=True)
class Act:
    """One form. `record` takes the connection, the answers, who and when; `wakes` is the asset that leads on.

    An asset with keys gets scheme/period/street code of the unit; where the form has no unit, what `record` gives.
    """

    name: str
    title: str
    doc: str
    params: dict[str, Param]
    record: Callable[[Any, dict[str, Any], str, dt.datetime], object]
    wakes: Asset | None = None


def _scheme(answers: dict[str, Any]) -> Any:
    from include.acts.on_results import scheme_of
    from include.period import Period

    return scheme_of(answers["scheme"], Period.parse(answers["period"]))


def _extend(connection: Any, answers: dict[str, Any], by: str, at: dt.datetime) -> object:
    from include.acts.on_results import grant_extension

    due_date = dt.date.fromisoformat(answers["due_date"])
    return grant_extension(connection, _scheme(answers), answers["unit_code"], due_date, answers["reason"], by, at)


def _correct(connection: Any, answers: dict[str, Any], by: str, at: dt.datetime) -> object:
    from include.acts.on_results import correct_figure

    return correct_figure(
        connection,
        _scheme(answers),
        answers["unit_code"],
        answers["field"],
        answers["value"] or "",
        answers["reason"],
        by,
        at,
    )


def _request(connection: Any, answers: dict[str, Any], by: str, at: dt.datetime) -> object:
    from include.acts.on_results import request_review

    scheme = _scheme(answers)
    return request_review(connection, scheme, scheme.period, answers["unit_code"], answers["reason"], by, at)


def _decide(connection: Any, answers: dict[str, Any], by: str, at: dt.datetime) -> object:
    from include.acts.on_results import decide_review

    scheme, is_granted = _scheme(answers), answers["decision"] == "同意"
    return decide_review(connection, scheme, scheme.period, answers["unit_code"], is_granted, answers["reason"], by, at)


def _withdraw(connection: Any, answers: dict[str, Any], by: str, at: dt.datetime) -> None:
    from include.acts.on_results import withdraw_circular

    withdraw_circular(connection, answers["circular_id"], answers["reason"], by, at)


def _resubmit(connection: Any, answers: dict[str, Any], by: str, at: dt.datetime) -> str:
    from include.acts.on_results import resubmit_circular

    return resubmit_circular(connection, answers["circular_id"] or "", answers["reason"], by, at)


ACTS = [
    Act(
        "grant_extension", "办 延期 act_grant_extension",
        "同意一个单位延期报送：写明新的截止日期（当日 24 时止）和理由。定稿之后不能再延期。",
        _COMMON
        | {"due_date": Param(type="string", format="date", title="新的截止日期", description="应晚于原定截止日期，当日 24 时止。")}
        | _LAST,
        _extend, SUBMISSIONS,
    ),
    Act(
        "correct_figure", "办 更正数据 act_correct_figure",
        "把核实的数记在填报数旁边，考评用核实的数；“核实数”留空即撤销以前的更正。定稿之后须先同意复核；已经正式考评的期间会自动重新考评，成为下一稿。",
        _COMMON
        | {
            "field": field_param(),
            "value": Param(
                None, type=["null", "string"], maxLength=200, title="核实数",
                description="只写数，不带单位，例如 6；是否类写 是 或 否。留空即撤销以前的更正。",
            ),
        }
        | _LAST,
        _correct, SUBMISSIONS,
    ),
    Act(
        "request_review", "办 申请复核 act_request_review",
        "定稿之后，登记一个单位对考评结果的复核申请；答复期限从今天起按工作日计。",
        _COMMON | _LAST, _request,
    ),
    Act(
        "decide_review", "办 决定复核 act_decide_review",
        "同意或不同意复核申请。同意后，定稿后收到的材料由 `receive` 重新受理，并自动重新考评，成为下一稿；公布过的内容有变动的，起草更正通报等党工委签发。",
        _COMMON | {"decision": choice_param("决定", "决定后不能改变；有新的情况请另行申请。", ["同意", "不同意"])} | _LAST,
        _decide, INBOX,
    ),
    Act(
        "withdraw_circular", "办 撤回通报 act_withdraw_circular",
        "撤回已印发的通报或公函：文号保留并注明作废。",
        {
            "circular_id": Param(
                type="string", minLength=1, maxLength=128, title="通报或公函",
                description="文件上的发文字号，例如 云街党工委〔2026〕1号。",
            ),
            "reason": reason_param(),
        },
        _withdraw,
    ),
    Act(
        "resubmit_circular", "办 重新送审 act_resubmit_circular",
        "党工委退回的通报，问题处理好以后再送一次；送审的运行失败了的，也在这里再送：`circular` 另起一次运行，重新发“待签发”邮件，请党工委答复。",
        {
            "circular_id": Param(
                None, type=["null", "string"], maxLength=128, title="通报",
                description="只有一份退回的通报时不用填；否则填标题或公文编号（退回邮件和审批页上有）。",
            ),
            "reason": reason_param("必填：退回的问题是怎样处理的，与经办人、时间一起存档备查。"),
        },
        _resubmit, SCORES,
    ),
]  # fmt: skip


def perform(act: Act, answers: dict[str, Any], by: str) -> str | None:
    """Record the act in one transaction; the key that its asset gets, where there is such."""
    from include.db.engine import transaction
    from include.decisions.recording import unit_in_period
    from include.keys import StreetKey
    from include.period import now
    from include.registry.units import code_of

    with transaction() as connection:
        if "unit_code" not in answers:
            found = act.record(connection, answers, by, now())
            return found if isinstance(found, str) else None
        scheme = _scheme(answers)
        unit_code = code_of(connection, answers["unit_code"], scheme.period.end_date)
        act.record(connection, answers | {"unit_code": unit_code}, by, now())
        unit = unit_in_period(connection, scheme, unit_code)
    return str(StreetKey(scheme.scheme, str(scheme.period), unit.street_code)) if unit else None
