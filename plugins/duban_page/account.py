"""我的账号: whose login it is and what it may do, and its password, where Airflow keeps the passwords itself."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Annotated

from airflow.api_fastapi.app import get_auth_manager
from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from include.airflow_ext.logins import OfficeLogins
from include.db.engine import reading, transaction
from include.decisions import record
from include.errors import NotAllowedError
from include.period import now
from include.registry import directory
from include.registry.passwords import SHORTEST, is_right, read_passwords, write_passwords
from include.registry.persons import person_on
from plugins.duban_page.caller import Caller, CallerDep, SelfDep
from plugins.duban_page.chosen import Chosen, choose
from plugins.duban_page.rendering import page

router = APIRouter()
_LONGEST = 200


@router.get("/account")
def account(request: Request, caller: CallerDep) -> Response:
    return _shown(request, caller)


@router.post("/account")
def change(
    request: Request,
    caller: SelfDep,
    old: Annotated[str, Form()] = "",
    new: Annotated[str, Form()] = "",
    again: Annotated[str, Form()] = "",
) -> Response:
    """Another password. That it was changed is recorded; what it is, nowhere that can be read."""
    problems = _problems(caller, old, new, again)
    if problems:
        response = _shown(request, caller, problems)
        response.status_code = 422
        return response
    path = _passwords(caller.account)
    assert path is not None
    write_passwords(path, {caller.account: new})
    with transaction() as connection:
        record(
            connection,
            {"kind": "password", "field": caller.account, "decided_by": caller.account, "decided_at": now(), "account": caller.account},
        )  # fmt: skip
    return _shown(request, caller, done="密码已换，下次登录用新的。")


def _problems(caller: Caller, old: str, new: str, again: str) -> list[str]:
    path = _passwords(caller.account)
    if path is None:
        return ["这里的密码由单位的统一登录管理：请在那里修改。"]
    problems = []
    if not is_right(old, read_passwords(path).get(caller.account, "")):
        problems.append("原密码不对：请再输一次；忘了的请运维人员另发首次密码。")
    if not SHORTEST <= len(new) <= _LONGEST:
        problems.append(f"新密码要有 {SHORTEST} 到 {_LONGEST} 个字符。")
    if new == old or new == caller.account:
        problems.append("新密码不能与原密码或账号相同。")
    if new != again:
        problems.append("两次输入的新密码不一样。")
    return problems


def _shown(request: Request, caller: Caller, problems: list[str] | None = None, done: str = "") -> Response:
    chosen: Chosen | None = None
    with reading() as connection, suppress(NotAllowedError):  # who has no street of the register has a password, too
        chosen = choose(connection, request, caller)
    return page(
        request, caller, chosen, "account", "我的账号", person=person_on(caller.account, caller.on),
        signs_as=caller.signs_as(chosen.scope) if chosen else None, has_password=_passwords(caller.account) is not None, problems=problems or [], done=done,
        shortest=SHORTEST,
    )  # fmt: skip


def _passwords(account: str) -> Path | None:
    """The file that keeps that login's password; None where another's manager of logins or the office's directory has it."""
    found = get_auth_manager()
    if not isinstance(found, OfficeLogins) or directory.knows(account):
        return None
    return Path(found.get_generated_password_file())
