"""Where an act is: the streets and counties that its answers are about, for persons who act only within theirs."""

from __future__ import annotations

import datetime as dt
import json

from sqlalchemy import Connection

from include.acts.act import Act, Answers
from include.db import sql
from include.documents.finding import find_circular
from include.errors import UserError
from include.registry.persons import acts_in
from include.registry.units import code_of, find_unit, street_codes


def outside(connection: Connection, act: Act, answers: Answers, account: str, on: dt.date) -> list[str]:
    """Why a person's login may not do this: the act is, in part, in a street that is not his. Nothing where the answers name what is
    not there; who records the act says that."""
    if acts_in(account, "", on):
        return []
    meant = _offices(connection, act, answers, on)
    if meant is None:
        return [f"“{act.title}”不限于一个街道，账号 {account} 只办理自己分管的街道：请由分管全部街道的运维人员办理。"]
    return [
        f"账号 {account} 不分管 {code}，不能办理那里的事项：请由分管的人员办理。"
        for code in sorted(meant)
        if not acts_in(account, code, on)
    ]


def _offices(connection: Connection, act: Act, answers: Answers, on: dt.date) -> set[str] | None:
    """None where no question of the act says where."""
    found: set[str] = set()
    says_where = False
    for field in act.fields:
        answer = str(answers.get(field.name) or "").strip()
        if field.kind == "unit" and (answer or field.required):
            says_where, found = True, found | _of_unit(connection, answer, on)
        elif field.kind == "street":
            says_where = True
            found |= {answer} if answer else set(street_codes(connection, on))
        elif field.kind == "document":
            says_where, found = True, found | _of_document(connection, answer)
        elif field.kind in ("mail", "address"):
            says_where, found = True, found | _of_mail(connection, field.kind, answer.lower(), on)
    return found if says_where else None


def _of_unit(connection: Connection, answer: str, on: dt.date) -> set[str]:
    try:
        unit = find_unit(connection, code_of(connection, answer, on), on)
    except UserError:
        return set()
    return {unit.street_code} if unit else set()


def _of_document(connection: Connection, answer: str) -> set[str]:
    row = find_circular(connection, answer) if answer else None
    if row is not None:
        return {str(row["street_code"])}
    drafts = sql.fetch(connection, "acts/select_circular_drafts")
    title = answer.strip("《》")
    return {str(one["street_code"]) for one in drafts if not title or json.loads(one["model"])["title"] == title}


def _of_mail(connection: Connection, kind: str, answer: str, on: dt.date) -> set[str]:
    if kind == "mail":
        rows = sql.fetch(connection, "acts/select_streets_of_mail", wanted=answer)
    else:
        rows = sql.fetch(connection, "acts/select_streets_of_address", address=answer, on_date=on)
    return {str(row["street_code"]) for row in rows}
