"""What an act of a person is: the fields that it asks, who may, what it records, and what it sets going.

Nothing here is Airflow's: its forms are made of the same fields as those of any page (airflow_ext/params.py). What carries an act
out is imported when somebody acts (include/acts/__init__.py).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection

from include.errors import NotAllowedError, UserError
from include.period import now, today
from include.safe_text import typed_problems

Kind = Literal[
    "period",
    "system",
    "unit",
    "street",
    "indicator",  # by its code, with a name behind it or without
    "figure",  # a cell of the form by its label
    "document",  # by its number, id or title
    "mail",  # by its id, the id's beginning, or the recipient
    "address",
    "choice",
    "date",
    "moment",
    "text",  # in one line
    "remark",  # in several lines
    "reason",  # a remark that says why
]
Role = Literal["ops", "committee"]
Wakes = Literal["", "inbox", "submissions", "scores", "letters", "notices"]
Answers = Mapping[str, Any]  # by the field's name, a field that may stay empty as None
EITHER: tuple[Role, ...] = ("ops", "committee")
_TYPED: tuple[Kind, ...] = ("text", "remark", "reason")
_LONGEST = 500
ROLES = {"ops": "运维", "committee": "党工委", "inspector": "检查", "viewer": "只看"}


@dataclass(frozen=True)
class Run:
    """A run over a period that an act starts. `streets`: those that it is for; empty: all."""

    workflow: str
    system: str
    period: str
    streets: tuple[str, ...] = ()


Record = Callable[[Connection, Answers, str, dt.datetime], str | list[Run] | None]


@dataclass(frozen=True)
class Field:
    """One question of a form. `help` is the sentence under it; `pattern`, `shortest` and `longest` hold for its text.

    What its kind offers beyond `choices` (periods, units, indicators) is looked up by whoever shows the form.
    """

    name: str
    title: str
    kind: Kind
    help: str
    required: bool = True
    choices: tuple[str, ...] = ()
    pattern: str = ""
    shortest: int = 0
    longest: int | None = None


@dataclass(frozen=True)
class Act:
    """One thing that a person may do. `again` says, in Chinese, what doing it twice means.

    `may`: the roles that may do it, which `perform` sees to.
    `record` checks the answers, raising UserError with all that is wrong, and records the act under an account at a
    moment; it gives one sentence, or the key of what it `wakes` where that is told keys (see airflow_ext/assets.py), or the
    runs that it starts (`starts_runs`), each after the one before and without mails.
    """

    name: str
    title: str
    doc: str
    fields: tuple[Field, ...]
    record: Record
    wakes: Wakes = ""
    starts_runs: bool = False
    may: tuple[Role, ...] = EITHER
    again: str = "可以。同一事项只记一次。"


def refuse_unreadable(act: Act, answers: Answers) -> None:
    """Raise UserError, all at once, for texts that cannot be printed as they were meant, or are too long."""
    problems = [
        problem
        for field in act.fields
        if field.kind in _TYPED and isinstance(text := answers.get(field.name), str)
        for problem in typed_problems(field.title, text, field.longest or _LONGEST, lines=field.kind != "text")
    ]
    if problems:
        raise UserError(*problems)


def perform(act: Act, answers: Answers, by: str, run_id: str = "") -> str | list[Run] | None:
    """Do it now, in one transaction of its own, for the account `by`; what `record` gives.

    Raises NotAllowedError, and notes it in the log of runs, where the account's role is none that may, its person has left, or the act
    is not in the person's streets.
    """
    from include.db.engine import in_transaction, reading, transaction
    from include.db.run_log import log_run
    from include.registry.persons import roles_of

    on = today()
    roles = sorted(roles_of(by, on))
    refused = _refusals(act, by, roles, on)
    if not refused:
        from include.acts.within import outside

        refuse_unreadable(act, answers)
        with reading() as connection:
            refused = outside(connection, act, answers, by, on)
    if refused:
        with transaction() as connection:
            log_run(
                connection, run_id=run_id, stage="act", period="", street_code="", outcome="refused",
                detail={"act": act.name, "role": "+".join(roles) or "left"}, account=by,
            )  # fmt: skip
        raise NotAllowedError(*refused)
    moment = now()
    return in_transaction(lambda connection: act.record(connection, answers, by, moment))


def _refusals(act: Act, by: str, roles: Sequence[str], on: dt.date) -> list[str]:
    from include.registry.persons import refusal

    if gone := refusal(by, on):
        return [gone]
    if set(roles) & set(act.may):
        return []
    meant = "或".join(ROLES[one] for one in act.may)
    what = "、".join(ROLES[one] for one in roles)
    return [f"账号 {by} 是{what}账号，不能办理“{act.title}”：请由{meant}账号办理。"]
