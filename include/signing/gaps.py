"""Items of gaps: opened when the document that tells of them is issued, closed when a later one finds the norm met."""

from __future__ import annotations

from sqlalchemy import Connection

from include.db import sql
from include.items.kinds import open_item, open_of_code
from include.items.stepping import close
from include.period import Period
from include.registry.taking_part import taking_part
from include.schemes.loader import load_scheme
from include.statistics.checks import checks_of
from include.statistics.facts import facts_of
from include.statistics.gaps import gaps_of


def open_gaps(connection: Connection, row: sql.Row) -> None:
    """`row` is the issued document's; the time to close a gap runs from the day of its issue."""
    scheme = load_scheme(row["scheme"], Period.parse(row["period"]))
    if not any(one.item for one in scheme.standards):
        return
    units = {unit.code: unit for unit in taking_part(connection, scheme, row["street_code"])}
    facts = facts_of(connection, scheme, row["assessment_id"])
    for gap in gaps_of(facts, checks_of(facts)):
        if gap.is_open:
            open_item(
                connection, scheme, gap.item.kind, units[gap.unit_code], code=gap.code, problem=gap.problem,
                opened_at=row["approved_at"], cells={"holder": gap.item.owner}, began=row["issue_date"],
            )  # fmt: skip
        elif (there := open_of_code(connection, scheme.scheme, gap.item.kind, gap.unit_code, gap.code)) is not None:
            close(connection, there, f"{row['document_number']}：已达到标准", row["approved_at"])
