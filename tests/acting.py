"""An act as a person does it: by the name of its form, the account, and the fields that are filled in."""

from __future__ import annotations

from include.acts import ACTS
from include.acts.act import perform

BY_NAME = {act.name: act for act in ACTS}


def act(name: str, by: str, /, **answers: str | None) -> str:
    """Fields that are not given stay empty. What the act says."""
    meant = BY_NAME[name]
    empty = {field.name: None for field in meant.fields if not field.required}
    return str(perform(meant, empty | answers, by))
