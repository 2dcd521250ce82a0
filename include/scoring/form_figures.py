"""What of a form was accepted by a moment, as the inspectors corrected it: before anything is scored, and whether it ever is."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import Connection

from include.db import sql
from include.registry.units import Unit
from include.schemes.model import Scheme
from include.scoring.inputs import gather, scope_of


@dataclass(frozen=True)
class FormFigures:
    """One subject's: the hand-in that counts, and the texts by field."""

    unit: Unit
    group: str
    hand_in: sql.Row
    texts: dict[str, str]


def form_figures(
    connection: Connection, scheme: Scheme, street_code: str, form: str, as_of: dt.datetime
) -> list[FormFigures]:
    """Of every subject of which the form was accepted, by code."""
    cells: dict[str, dict[str, str]] = {}
    own = {cell.key for cell in scheme.cells_of(form)}
    for row in sql.fetch(
        connection, "scoring/select_submission_values", any_form=[form], **scope_of(scheme, street_code, as_of)
    ):
        if row["field"] in own:
            cells.setdefault(row["sha256"], {})[row["field"]] = row["value"]
    return [
        FormFigures(
            one.unit,
            one.group,
            hand_in,
            cells.get(hand_in["sha256"], {})
            | {field: row["value"] for field, row in one.corrections.items() if field in own},
        )
        for one in gather(connection, scheme, street_code, as_of)
        if (hand_in := one.scored.get(form)) is not None
    ]
