"""How Airflow's workflows stand, asked of the API server: a task sees none of Airflow's own tables."""

from __future__ import annotations

import httpx
from airflow.sdk.configuration import conf

from include.errors import UserError
from include.steps.workflows import CODE_HEADER, Workflow, code_of_today

_TIMEOUT_SECONDS = 60  # once a day: a server that is busy is no finding
_EXECUTION = "/execution"


def ask() -> list[Workflow]:
    """Every workflow. Raises UserError where the API server does not say."""
    server = conf.get("core", "execution_api_server_url").rstrip("/").removesuffix(_EXECUTION)
    address = f"{server}/duban/workflows"
    try:
        answer = httpx.get(address, headers={CODE_HEADER: code_of_today()}, timeout=_TIMEOUT_SECONDS, trust_env=False)
        answer.raise_for_status()
    except httpx.HTTPError as error:
        raise UserError(f"看不到各流程的状态：{address} 没有回答（{error}）。请检查 api-server 是否在运行。") from error
    found: list[Workflow] = answer.json()
    return found
