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
    return {"evidence": names, "evidence_open": Claims(scheme).still_open(values, names)}


class Claims:
    """What a system asks to be shown for figures of its forms, and the cells that claim it: found once for many hand-ins.

    Photos of the rows of a sheet that rates are asked for by row_photos.py.
    """

    def __init__(self, scheme: Scheme) -> None:
        by_words = [one for one in scheme.evidence if one.below is None]
        self._asked = [(one, [cell for cell in scheme.cells if one.of in (cell.key, cell.group)]) for one in by_words]
        claiming = [cell for _, cells in self._asked for cell in cells]
        groups = {repeat.key for repeat in scheme.repeats} & {cell.group for cell in claiming}
        self._rows = [cell for cell in scheme.cells if cell.group in groups]
        self.forms = frozenset(cell.form for cell in claiming)
        self.fields = frozenset(cell.key for cell in (*claiming, *self._rows))

    def still_open(self, values: Mapping[str, str | None], names: Sequence[str]) -> list[str]:
        """Names of the evidence of what the values claim, unless a file's name has one of its words. A row of a repeat that is not
        filled in whole claims nothing."""
        halves = {(cell.group, cell.row) for cell in self._rows if not values.get(cell.key)}
        return [
            one.name
            for one, cells in self._asked
            if any(_is_claimed(values.get(cell.key)) and (cell.group, cell.row) not in halves for cell in cells)
            and not any(word in name for word in one.words for name in names)
        ]


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
