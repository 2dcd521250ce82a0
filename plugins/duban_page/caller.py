"""Who asks: Airflow's session or token, what that login may do here, and the mark by which its forms are known to be ours."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import quote

from airflow.api_fastapi.core_api.security import GetUserDep
from fastapi import Depends, HTTPException, Request, status

from include.acts.act import EITHER, ROLES, Role
from include.identity import secret
from include.period import real_now, today
from include.registry.persons import acts_in, name_of, refusal, roles_of, signer

TOKEN_COOKIE = "_token"  # noqa: S105 - the name of Airflow's cookie


class NotLoggedInError(Exception):
    """Nobody is logged in, and a page was asked for."""


@dataclass(frozen=True)
class Caller:
    """A login on a day: whose it is, and what it may do. `mark` stands in each form that it is shown and must come back with it, on the same day or the next: no other
    site can make one. (It does not hang on the session, which Airflow renews while a form lies open.)"""

    account: str
    name: str
    roles: frozenset[str]
    on: dt.date
    mark: str
    token: str

    @property
    def role_name(self) -> str:
        return "、".join(word for role, word in ROLES.items() if role in self.roles)

    @property
    def shown(self) -> str:
        """程晚舟 admin（运维）."""
        name = self.account if self.name == self.account else f"{self.name} {self.account}"
        return f"{name}（{self.role_name}）"

    @property
    def may_act(self) -> bool:
        return bool(self.roles & {*EITHER, "inspector"})

    def may(self, roles: tuple[Role, ...]) -> bool:
        return bool(self.roles & set(roles))

    @property
    def sees_all(self) -> bool:
        """Whether it looks at every street: a person with streets of his own looks at these alone."""
        return self.sees("")

    def sees(self, office_code: str) -> bool:
        """Whether it looks at that street or county."""
        return acts_in(self.account, office_code, self.on)

    def signs_as(self, office_code: str) -> str | None:
        """The name under which it signs for that street or county; empty: under one that it writes; None: it does not sign."""
        return signer(self.account, office_code, self.on) if "committee" in self.roles else None

    def answers_for(self, office_code: str) -> bool:
        """Whether it acts within that street or county: ops within theirs, a committee where it signs."""
        if "ops" in self.roles and acts_in(self.account, office_code, self.on):
            return True
        return self.signs_as(office_code) is not None

    def hands_in_for(self, office_code: str) -> bool:
        """Whether it may hand in files there for others: inspectors do, too."""
        inspects = "inspector" in self.roles and acts_in(self.account, office_code, self.on)
        return inspects or self.answers_for(office_code)


def _caller(request: Request, user: GetUserDep) -> Caller:
    account = str(user.get_name())
    bearer = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
    token = bearer or request.cookies.get(TOKEN_COOKIE, "")
    on = today()
    if gone := refusal(account, on):
        raise HTTPException(status.HTTP_403_FORBIDDEN, gone)
    return Caller(account, name_of(account, on), roles_of(account, on), on, _mark(account, real_now().date()), token)


def _mark(account: str, day: dt.date) -> str:
    return hmac.digest(secret(), f"page\x1f{account}\x1f{day}".encode(), hashlib.sha256).hex()[:32]


CallerDep = Annotated[Caller, Depends(_caller)]


async def _itself(request: Request, caller: CallerDep) -> Caller:
    """A login, by a form that we gave it. A call with a token of its own in its head needs no mark: no browser sends that for
    another site."""
    if not request.headers.get("authorization"):
        given = str((await request.form()).get("mark", ""))
        today = real_now().date()
        good = (_mark(caller.account, day) for day in (today, today - dt.timedelta(days=1)))
        if not any(hmac.compare_digest(given.encode(), one.encode()) for one in good):
            raise HTTPException(
                status.HTTP_403_FORBIDDEN, "这张表不是从本页面打开的，或登录已换：请回到页面重新打开再提交。"
            )
    return caller


SelfDep = Annotated[Caller, Depends(_itself)]


def _acting(caller: SelfDep) -> Caller:
    """One that may act."""
    if not caller.may_act:
        raise HTTPException(status.HTTP_403_FORBIDDEN, f"账号 {caller.account} 是只看账号，不能办理。")
    return caller


ActingDep = Annotated[Caller, Depends(_acting)]


def login_address(request: Request) -> str:
    """Airflow's login, which leads back to what was asked for."""
    from airflow.api_fastapi.app import get_auth_manager

    asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return get_auth_manager().get_url_login(next_url=quote(asked, safe="/?=&%:"))
