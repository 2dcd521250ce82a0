"""Which evidence is still missing of what accepted forms claim: as their receipts list it, with what has come since."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence

from sqlalchemy import Connection

from include.db import sql
from include.intake.accepted import accepted_versions, values_of
from include.intake.evidence import Claims
from include.intake.row_photos import photos_open
from include.registry.fillers import rated_by
from include.registry.units import span_of
from include.reports.hand_ins import HandIn
from include.schemes.model import Scheme


def evidence_open(
    connection: Connection, scheme: Scheme, scope_code: str, found: Sequence[HandIn], unit_code: str = ""
) -> dict[tuple[str, str], list[str]]:
    """Names of what is missing, by unit and form, of each accepted hand-in of a street or county (of one unit) whose form asks for
    evidence of its figures; nothing of any other.

    Photos of the rows of a sheet that rates are looked for where one unit is meant: a sheet may have 20,000 rows (`asks_of_rows`).
    """
    if not scheme.evidence or not found:
        return {}
    claims = {group: Claims(scheme.of_group(group)) for group in {one.group for one in found}}
    values, names = _facts(connection, scheme, scope_code, claims.values(), unit_code)
    missing: dict[tuple[str, str], list[str]] = {}
    for one in found:
        key = one.unit.code, one.form
        if one.is_open or (unit_code and unit_code != one.unit.code):
            continue
        if one.form in claims[one.group].forms and key in values:
            missing[key] = claims[one.group].still_open(values[key], names[one.unit.code])
        elif unit_code and asks_of_rows(scheme, one):
            missing[key] = _photos_open(connection, scheme, one, names[unit_code])
    return missing


def asks_of_rows(scheme: Scheme, one: HandIn) -> bool:
    """Whether the form asks for evidence row by row."""
    own = scheme.of_group(one.group)
    return any(asked.of == one.form and asked.below is not None for asked in own.evidence)


def _facts(
    connection: Connection, scheme: Scheme, scope_code: str, claims: Collection[Claims], unit_code: str
) -> tuple[dict[tuple[str, str], dict[str, str | None]], dict[str, list[str]]]:
    """Figures by unit and form, and the names of the files that came as evidence by unit."""
    values: dict[tuple[str, str], dict[str, str | None]] = defaultdict(dict)
    names: dict[str, list[str]] = defaultdict(list)
    _, rows = sql.fetch_tuples(
        connection,
        "reports/select_evidence_facts",
        scheme=scheme.scheme,
        period=str(scheme.period),
        **span_of(scope_code),
        on_date=scheme.period.end_date,
        unit_code=unit_code,
        any_field=sorted({field for one in claims for field in one.fields}),
    )
    for code, form, field, value, name in rows:
        if field:
            values[code, form][field] = value
        else:
            names[code].append(name)
    return values, names


def _photos_open(connection: Connection, scheme: Scheme, one: HandIn, names: Sequence[str]) -> list[str]:
    form = next(form for form in scheme.forms if form.key == one.form)
    newest = accepted_versions(connection, scheme, one.form, one.unit.code)[-1]
    rated = rated_by(connection, form, one.unit.code, one.unit.street_code, scheme.period.end_date)
    subjects = {unit.code: unit.name for unit in rated}
    values = values_of(connection, newest["sha256"])
    return photos_open(scheme.of_group(one.group), one.form, subjects, values, names)
