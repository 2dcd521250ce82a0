"""An act as a person does it: by the name of its form, the account, and the fields that are filled in."""

from __future__ import annotations

from sqlalchemy import select

from include.acts import ACTS
from include.acts.act import perform
from include.db import tables
from include.db.engine import transaction

BY_NAME = {act.name: act for act in ACTS}


def act(name: str, by: str, /, **answers: str | None) -> str:
    """Fields that are not given stay empty. What the act says."""
    meant = BY_NAME[name]
    empty = {field.name: None for field in meant.fields if not field.required}
    return str(perform(meant, empty | answers, by))


def drafts(name: str, by: str, /, **answers: str | None) -> str:
    """An act that has a letter drafted: the letter's id, the only one of its batch that is new."""
    known = _letters()
    act(name, by, **answers)
    [letter_id] = _letters() - known or known
    return letter_id


def _letters() -> set[str]:
    with transaction() as connection:
        return set(connection.execute(select(tables.referral.c.subject)).scalars())
