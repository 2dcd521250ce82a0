"""figures.csv: what a result read from elsewhere, as it is kept with it, each figure with the cells that it stands in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from include.db import sql
from include.schemes.model import Scheme
from include.scoring.given_rows import GivenRows, Kept
from include.scoring.sources import cited, version_of_form

Cells = Mapping[tuple[str, str, str], str]
"""Where a figure stands in a hand-in, by subject, source and field."""


def figure_rows(connection: Connection, scheme: Scheme, deciding: Mapping[str, Mapping[str, Any]]) -> list[sql.Row]:
    """A row a subject and figure, of what decided each result."""
    rows = GivenRows(scheme)
    fields = {one.key: one.from_.figure for one in scheme.inputs if one.from_.figure}
    kept = {code: one.get("inputs", {}) for code, one in deciding.items()}
    cells = _cells(connection, fields, kept)
    return [
        {"code": code, **one, "source": _source(cells, code, fields.get(one["figure"], ""), kept[code], one)}
        for code, inputs in kept.items()
        for one in rows.of_kept(inputs)
    ]


def _source(cells: Cells, code: str, field: str, kept: Mapping[str, Kept], row: sql.Row) -> str:
    """What it was read of, with the cell of each hand-in."""
    if not field:
        return str(row["source"])
    _, _, sources = kept[row["figure"]]
    told = (f"{cited([one])}{f'（{cell}）' if (cell := cells.get((code, one, field))) else ''}" for one in sources)
    return "、".join(dict.fromkeys(told))


def _cells(connection: Connection, fields: Mapping[str, str], kept: Mapping[str, Mapping[str, Kept]]) -> Cells:
    asked: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for given in kept.values():
        for key in fields.keys() & given.keys():
            for source in given[key][2]:
                if named := version_of_form(source):
                    asked[named[:3]].add(fields[key])
    found: dict[tuple[str, str, str], str] = {}
    for (system, period, form), names in asked.items():
        for row in sql.fetch(
            connection,
            "reports/select_cells",
            any_code=list(kept),
            scheme=system,
            period=period,
            form=form,
            any_field=sorted(names),
        ):
            source = f"{system}/{period}/{form}/v{row['version']}"
            found[row["unit_code"], source, row["field"]] = row["source_cell"]
    return found
