"""The fields of the trigger dialog, in Chinese and validated, and how a run says which period it is for."""

from __future__ import annotations

from typing import Any

from airflow.sdk import Param

from include.errors import UserError

_PERIOD = r"^[12]\d{3}(H[12]|Q[1-4]|-(0[1-9]|1[0-2]))?$"


def period_param(
    title: str = "期间",
    description: str = "例如 2026H1（上半年）、2026Q3（第三季度）。手工运行时必填；按计划运行时由分区键给出。",
) -> Param:
    return Param(None, type=["null", "string"], pattern=_PERIOD, title=title, description=description)


def scheme_param() -> Param:
    return Param(
        "half_year",
        type="string",
        pattern=r"^[a-z][a-z0-9_]{0,40}$",
        title="考评方案",
        description="方案文件名，例如 half_year（半年党建检查考评）。",
    )


def streets_param() -> Param:
    return Param(
        [],
        type="array",
        items={"type": "string", "pattern": r"^\d{9}(\d{3})?$"},
        title="街道代码",
        description="只处理这些街道（每行一个代码）；留空为登记册中的全部街道。",
    )


def scheme_and_period(context: Any) -> tuple[str, str]:
    """The scheme's key and the period of a run: its partition key, else its parameter. Never the date."""
    params = context["params"]
    period = context["dag_run"].partition_key or params.get("period")
    if not period:
        raise UserError("没有给出期间：请在触发时填写“期间”，例如 2026H1。")
    return str(params.get("scheme", "half_year")), str(period)
