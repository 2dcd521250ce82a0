"""Sheets with personal columns are closed under their ledger's key as soon as they are read, with the mails that brought them."""

from __future__ import annotations

from collections.abc import Sequence

from include.archive import contents
from include.archive.data_keys import INTAKE
from include.db import sql
from include.db.engine import transaction
from include.intake.cases import Case
from include.ledgers.personal import personal_of


def personal_key(case: Case) -> str:
    """The name of the key under which a case's file, and what is made of it, is kept: that of all where it tells of no person."""
    if case.form is None or case.gate is None or case.form.form not in case.gate.scheme.row_forms:
        return INTAKE
    return personal_of(case.gate.scheme, case.form.form, case.form.unit_code, case.received_at).key


def close_personal(cases: Sequence[Case]) -> None:
    """Before they are answered, whatever the answer will be; whoever is stopped may do it again."""
    keys = {case.sha256: key for case in cases if (key := personal_key(case)) != INTAKE}
    if not keys:
        return
    with transaction() as connection:
        brought = sql.fetch(connection, "intake/select_bringing_mails", any_sha256=list(keys))
    contents.close_each({**keys, **{row["mail_sha256"]: keys[row["sha256"]] for row in brought}})
