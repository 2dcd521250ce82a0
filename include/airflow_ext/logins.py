"""Who may log in, and answer: the persons of the office's file and the shared logins, as they stand at the moment of asking."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from airflow.api_fastapi.auth.managers.base_auth_manager import ResourceMethod
from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity, DagDetails
from airflow.api_fastapi.auth.managers.simple.datamodels.login import LoginBody, LoginResponse
from airflow.api_fastapi.auth.managers.simple.simple_auth_manager import SimpleAuthManager
from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
from airflow.api_fastapi.auth.managers.simple.utils import parse_login_body
from fastapi import Depends, FastAPI, HTTPException, status
from jwt import ExpiredSignatureError

from include.errors import UserError
from include.period import today
from include.registry import directory
from include.registry.passwords import is_right, read_passwords
from include.registry.persons import acts_in, is_personal, persons_from, refusal, roles_of, signer


def may_answer(account: str, assigned: set[str]) -> bool:
    """Whether a login may answer a question that is put to those: offices by their codes, else logins."""
    on = today()
    offices = {one for one in assigned if one.isdigit()}
    if offices:
        return any(signer(account, one, on) is not None for one in offices)
    return account in assigned and not refusal(account, on)


def role_in_airflow(account: str, given: str = "op") -> str:
    """What a login may do on Airflow's own pages: who works runs workflows and sees connections (or what is `given`), who works in
    some streets only or signs does what is allowed of a workflow, others look. A shared login may do what is given."""
    if not is_personal(account):
        return given
    on = today()
    roles = roles_of(account, on)
    if "ops" in roles and acts_in(account, "", on):
        return given
    return "user" if roles & {"ops", "committee"} else "viewer"


_OF_ONE_PLACE = {("POST", DagAccessEntity.RUN), ("PUT", DagAccessEntity.HITL_DETAIL)}
"""What a person of some streets may change: start a run, which itself asks for which streets it is, and answer a question that is
put to him. A run that stands, and a workflow, are everybody's."""


class OfficeLogins(SimpleAuthManager):
    """Airflow's simple manager, with passwords that are kept unreadable, persons who come and go without a restart, and questions that
    are answered by whoever signs for the office on that day."""

    @staticmethod
    def get_users() -> list[SimpleAuthManagerUser]:
        """The shared logins of Airflow's setting, then the persons in office."""
        shared = [_as_now(user) for user in SimpleAuthManager.get_users()]
        named = {user.username for user in shared}
        on = today()
        persons = dict.fromkeys(one.account for one in persons_from(on) if one.account not in named)
        return [*shared, *(SimpleAuthManagerUser(username=one, role=role_in_airflow(one)) for one in persons)]

    def init(self) -> None:
        """Makes no passwords: who starts it has made them (ops/logins.py)."""

    def deserialize_user(self, token: dict[str, Any]) -> SimpleAuthManagerUser:
        user = super().deserialize_user(token)
        if why := refusal(user.username, today()):
            raise ExpiredSignatureError(why)
        return _as_now(user)

    def is_authorized_dag(
        self,
        *,
        method: ResourceMethod,
        user: SimpleAuthManagerUser,
        access_entity: DagAccessEntity | None = None,
        details: DagDetails | None = None,
    ) -> bool:
        of_role = super().is_authorized_dag(method=method, user=user, access_entity=access_entity, details=details)
        if not of_role or method == "GET" or acts_in(user.username, "", today()):
            return of_role
        return (method, access_entity) in _OF_ONE_PLACE

    def is_authorized_hitl_task(self, *, assigned_users: set[str], user: SimpleAuthManagerUser) -> bool:
        return may_answer(user.username, assigned_users)

    def get_fastapi_app(self) -> FastAPI | None:
        """The login page as it is, but the password is looked up here."""
        app = super().get_fastapi_app()
        if app is not None:
            theirs = list(app.router.routes)
            for path in ("/token", "/token/cli"):
                app.post(path, status_code=status.HTTP_201_CREATED)(_log_in)
            app.router.routes[:] = [*(one for one in app.router.routes if one not in theirs), *theirs]
        return app


def _as_now(user: SimpleAuthManagerUser) -> SimpleAuthManagerUser:
    return SimpleAuthManagerUser(
        username=user.username, role=role_in_airflow(user.username, user.role or "viewer"), teams=user.teams
    )


def _is_his(account: str, password: str) -> bool:
    """Whether a password is that login's: as the office's directory says, or as it is kept here."""
    if not directory.knows(account):
        kept = read_passwords(Path(SimpleAuthManager.get_generated_password_file()))
        return is_right(password, kept.get(account, ""))
    try:
        return directory.is_right(account, password)
    except UserError as error:
        raise HTTPException(status.HTTP_503_SERVICE_UNAVAILABLE, str(error)) from error


def _log_in(body: Annotated[LoginBody, Depends(parse_login_body)]) -> LoginResponse:
    from airflow.api_fastapi.app import get_auth_manager

    account, password = body.username or "", body.password or ""
    user = next((one for one in OfficeLogins.get_users() if one.username == account), None)
    if user is None or refusal(account, today()) or not _is_his(account, password):
        raise HTTPException(status.HTTP_401_UNAUTHORIZED, "Invalid credentials")
    return LoginResponse(access_token=get_auth_manager().generate_jwt(user))
