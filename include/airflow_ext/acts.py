"""The acts of people as forms: what each asks, what it records, what it sets going. dags/acts.py makes the workflows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from airflow.sdk import Asset, Param

from include.airflow_ext.assets import INBOX, SUBMISSIONS
from include.airflow_ext.params import scheme_param

_PERIOD = Param(
    type="string",
    pattern=r"^[12]\d{3}(H[12]|Q[1-4])$",
    title="期间",
    description="例如 2026H1（上半年）、2026Q3（第三季度）。",
)
_UNIT = Param(type="string", pattern=r"^\d{12}$", title="单位编码", description="登记册中的 12 位编码。")
_REASON = Param(
    type="string", minLength=1, maxLength=500, format="multiline", title="理由", description="写明依据，存档备查。"
)
_COMMON = {"period": _PERIOD, "scheme": scheme_param(), "unit_code": _UNIT, "reason": _REASON}


@dataclass(frozen=True)
class Act:
    """One form. `record` takes the connection, the answers, who and when; `wakes` is the asset that leads on.

    An asset with keys gets scheme/period/street code of the unit.
    """

    name: str
    title: str
    doc: str
    params: dict[str, Param]
    record: Callable[[Any, dict[str, Any], str, dt.datetime], object]
    wakes: Asset | None = None


def _scheme(answers: dict[str, Any]) -> Any:
    from include.acts import scheme_of
    from include.period import Period

    return scheme_of(answers["scheme"], Period.parse(answers["period"]))


def _extend(connection: Any, answers: dict[str, Any], by: str, at: dt.datetime) -> object:
    from include.acts import grant_extension

    due_date = dt.date.fromisoformat(answers["due_date"])
    return grant_extension(connection, _scheme(answers), answers["unit_code"], due_date, answers["reason"], by, at)


def _correct(connection: Any, answers: dict[str, Any], by: str, at: dt.datetime) -> object:
    from include.acts import correct_figure

    return correct_figure(
        connection,
        _scheme(answers),
        answers["unit_code"],
        answers["field"],
        answers["value"],
        answers["reason"],
        by,
        at,
    )


def _request(connection: Any, answers: dict[str, Any], by: str, at: dt.datetime) -> object:
    from include.acts import request_review

    scheme = _scheme(answers)
    return request_review(connection, scheme, scheme.period, answers["unit_code"], answers["reason"], by, at)


def _decide(connection: Any, answers: dict[str, Any], by: str, at: dt.datetime) -> object:
    from include.acts import decide_review

    scheme, is_granted = _scheme(answers), answers["decision"] == "同意"
    return decide_review(connection, scheme, scheme.period, answers["unit_code"], is_granted, answers["reason"], by, at)


def _withdraw(connection: Any, answers: dict[str, Any], by: str, at: dt.datetime) -> None:
    from include.acts import withdraw_circular

    withdraw_circular(connection, answers["circular_id"], answers["reason"], by, at)


ACTS = [
    Act(
        "grant_extension", "办 延期 act_grant_extension",
        "同意一个单位延期报送：写明新的截止日期（当日 24 时止）和理由。定稿之后请走复核。",
        _COMMON | {"due_date": Param(type="string", format="date", title="新的截止日期", description="当日 24 时止。")},
        _extend, SUBMISSIONS,
    ),
    Act(
        "correct_figure", "办 更正数据 act_correct_figure",
        "把核实的数记在填报数旁边，考评用核实的数；“核实数”留空即撤销以前的更正。定稿之后须先同意复核，再重跑 `close_period`。",
        _COMMON
        | {
            "field": Param(type="string", minLength=1, maxLength=60, title="填报项", description="照填报表上的名称，例如 支委会次数。"),
            "value": Param("", type="string", maxLength=200, title="核实数", description="不带单位；留空即撤销以前的更正。"),
        },
        _correct, SUBMISSIONS,
    ),
    Act(
        "request_review", "办 申请复核 act_request_review",
        "定稿之后，登记一个单位对考评结果的复核申请；答复期限从今天起按工作日计。",
        _COMMON, _request,
    ),
    Act(
        "decide_review", "办 决定复核 act_decide_review",
        "同意或不同意复核申请。同意后，定稿后收到的材料由 `receive` 重新受理；再重跑 `close_period` 即成下一稿。",
        _COMMON | {"decision": Param(type="string", enum=["同意", "不同意"], title="决定")},
        _decide, INBOX,
    ),
    Act(
        "withdraw_circular", "办 撤回通报 act_withdraw_circular",
        "撤回已印发的通报：文号保留并注明作废。",
        {
            "circular_id": Param(
                type="string", minLength=1, maxLength=128, title="通报编号", description="例如 half_year/2026H1/街道代码/r1/通报。"
            ),
            "reason": _REASON,
        },
        _withdraw,
    ),
]  # fmt: skip


def perform(act: Act, answers: dict[str, Any], by: str) -> str | None:
    """Record the act in one transaction; scheme/period/street code of what is to be scored anew, where there is such."""
    from include.db.engine import transaction
    from include.decisions import unit_in_period
    from include.period import now

    with transaction() as connection:
        act.record(connection, answers, by, now())
        if "unit_code" not in answers:
            return None
        scheme = _scheme(answers)
        unit = unit_in_period(connection, scheme, answers["unit_code"])
    return f"{scheme.scheme}/{scheme.period}/{unit.street_code}" if unit else None
