"""Photos and papers that come with a form, or after it: what was received, and what a form claims and nobody has seen yet.

The rule is the scheme's (`evidence` in its YAML) and goes by the names of the files, which are never opened. Evidence
decides nothing: a form is accepted without it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation

from sqlalchemy import Connection

from include.db import sql
from include.outbox.words import EvidenceFound
from include.registry.senders import units_of_sender
from include.schemes.model import Scheme

_NOTHING = ("", "否", "无", "不适用")


def evidence_of(
    connection: Connection, scheme: Scheme, unit_code: str, values: Mapping[str, str | None]
) -> EvidenceFound:
    """For a notice: `evidence`, names of what came with any version of the unit's forms; `evidence_open`, what did not.

    `values` are the form's, by field.
    """
    rows = sql.fetch(
        connection, "intake/select_evidence", scheme=scheme.scheme, period=str(scheme.period), unit_code=unit_code
    )
    names = list({row["sha256"]: str(row["name"]) for row in rows}.values())
    return {"evidence": names, "evidence_open": still_open(scheme, values, names)}


def still_open(scheme: Scheme, values: Mapping[str, str | None], names: Sequence[str]) -> list[str]:
    """Names of the evidence of what the values claim, unless a file's name has one of its words."""
    halves = _half_rows(scheme, values)
    return [
        one.name
        for one in scheme.evidence
        if any(
            _is_claimed(values.get(cell.key))
            for cell in scheme.cells
            if one.of in (cell.key, cell.group) and (cell.group, cell.row) not in halves
        )
        and not any(word in name for word in one.words for name in names)
    ]


def _half_rows(scheme: Scheme, values: Mapping[str, str | None]) -> set[tuple[str, int]]:
    """Rows of a repeat (group, row) that are not filled in whole, and so claim nothing."""
    repeats = {repeat.key for repeat in scheme.repeats}
    return {(cell.group, cell.row) for cell in scheme.cells if cell.group in repeats and not values.get(cell.key)}


def newest_hand_in(connection: Connection, sender: str, on: dt.date) -> sql.Row | None:
    """The last accepted form of the one unit whose address it is; None where there is none, or more than one unit."""
    codes = {row["code"] for row in units_of_sender(connection, sender, on)}
    if len(codes) != 1:
        return None
    return sql.fetch_one(connection, "intake/select_newest_hand_in", unit_code=codes.pop())


def _is_claimed(value: str | None) -> bool:
    """Whether there is anything to show for: a figure above 0, 是, 有, a text."""
    if value is None or value in _NOTHING:
        return False
    try:
        return Decimal(value) > 0
    except InvalidOperation:
        return True
