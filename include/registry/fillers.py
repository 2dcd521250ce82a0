"""Who fills in a form, and whom a sheet that rates is about, on a day."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import Connection

from include.db import sql
from include.registry.offices import office_of, scope_name
from include.registry.rows import COUNTY_DIGITS
from include.registry.taking_part import scope_codes, scope_of_unit, taking_part
from include.registry.units import Unit, find_unit, is_county, street_codes, street_name, subjects_of, units_of
from include.schemes.fields import Form, OfKind, OfOffice
from include.schemes.model import Scheme
from include.subject_kinds import subject_kinds


@dataclass(frozen=True)
class Asked:
    """One form that is to come. `filler` is the subject that fills it in or that it is about, or the office whose sheet it is;
    `rated` are the rows of a sheet that rates."""

    form: Form
    filler: Unit
    rated: list[Unit]


def asked_in(
    connection: Connection, scheme: Scheme, form: Form, street_code: str, filler_code: str = ""
) -> list[Asked]:
    """Every hand-in of a form that is to come from a street (from one filler of it); who has nobody to rate is not asked."""
    every = fillers_in(connection, scheme, form, street_code)
    fillers = [one for one in every if filler_code in ("", one.code)]
    if form.rates is None or form.rows is not None:
        return [Asked(form, unit, []) for unit in fillers]
    known: dict[tuple[str, str], list[Unit]] = {}  # without a link everybody of a street rates the same subjects
    asked: list[Asked] = []
    for filler in fillers:
        whose = (filler.code if form.rates.link else "", filler.street_code)
        if whose not in known:
            known[whose] = rated_by(connection, form, filler.code, filler.street_code, scheme.period.end_date)
        asked.append(Asked(form, filler, known[whose]))
    return [one for one in asked if one.rated]


def fillers_in(connection: Connection, scheme: Scheme, form: Form, street_code: str) -> list[Unit]:
    """The subjects of a street that fill a form in, or that it is about; of an office's sheet that rates the office."""
    on = scheme.period.end_date
    if form.totals is not None:
        county = _office(connection, form, street_code, street_code, on) if is_county(street_code) else None
        return [county] if county else []
    if isinstance(form.filled_by, OfKind):
        return subjects_of(connection, street_code, on, [form.filled_by.kind])
    if form.filled_by == "anyone":  # who has something to say does so; nobody is asked
        return []
    if form.rates is None and (form.rows is None or form.is_by_subject):
        return taking_part(connection, scheme, street_code)
    if form.is_by_subject:
        return units_of(connection, street_code, on)
    office_code = street_code[:COUNTY_DIGITS] if form.filled_by == "county" else street_code
    names = form.filled_by.names if isinstance(form.filled_by, OfOffice) else [office_code]
    return [office for name in names if (office := _office(connection, form, name, office_code, on))]


def is_about(form: Form, unit: Unit) -> bool:
    """Whether a form is about the subject itself: it rates nobody else, tells no sums, is not filled in by another kind, and is no
    sheet of rows of an office's or of whoever has something to say."""
    if form.rows is not None and (not form.is_by_subject or form.filled_by == "anyone"):
        return False
    return (
        form.rates is None
        and form.totals is None
        and not (isinstance(form.filled_by, OfKind) and form.filled_by.kind != unit.kind)
    )


def filler_of(connection: Connection, scheme: Scheme, form: Form, code: str, rated: list[str]) -> Unit | None:
    """Who hands in a form under a code; None where there is nobody of that code who could.

    A form about one subject carries that subject's code, whoever fills it in; an office's sheet that rates the code of its
    street or county, a department's its name, and whose department it is those say whom it rates.
    """
    on = scheme.period.end_date
    if form.totals is not None:
        return _office(connection, form, code, code, on) if is_county(code) else None
    if form.filled_by == "anyone":
        return find_unit(connection, code, on) or _any_office(connection, scheme, code, on)
    if (form.rates is None and form.rows is None) or form.is_by_subject:
        unit = find_unit(connection, code, on)
        if unit is None and ("county" if is_county(code) else "street") in form.also_by:
            return _any_office(connection, scheme, code, on) if code.isdigit() else None
        wanted = form.filled_by.kind if isinstance(form.filled_by, OfKind) else None
        return unit if unit is None or wanted in (None, unit.kind) else None
    if not isinstance(form.filled_by, OfOffice):
        return _office(connection, form, code, code, on)
    first = next((unit for one in rated if (unit := find_unit(connection, one, on)) is not None), None)
    named = next((name for name in form.filled_by.names if name in code), code)  # 民政局 and 县民政局 are 民政
    scope_code = scope_of_unit(scheme, first) if first else _only_scope(connection, scheme) if form.rows else ""
    return _office(connection, form, named, scope_code, on) if scope_code else None


def _only_scope(connection: Connection, scheme: Scheme) -> str:
    """The street or county whose department is meant where a sheet says only its name; empty where there are several."""
    scopes = scope_codes(connection, scheme)
    return scopes[0] if len(scopes) == 1 else ""


def _any_office(connection: Connection, scheme: Scheme, code: str, on: dt.date) -> Unit | None:
    """A street or a county by its digits, or a department by its name, where there is but one scope; None of any other code."""
    if code.isdigit():
        name = _name_of(connection, code, on, [])
        return Unit(code, name, code, name, "", None, "", "", "", False) if name else None
    scope_code = _only_scope(connection, scheme)
    departments = office_of(scope_code, "").departments if scope_code else {}
    named = next((name for name in departments if name in code), None)
    street = _name_of(connection, scope_code, on, []) or "" if named else ""
    return Unit(named, named, scope_code, street, "", None, "", "", "", False) if named else None


def _office(connection: Connection, form: Form, code: str, scope_code: str, on: dt.date) -> Unit | None:
    """An office of a street or county, or a department of it, as who fills a sheet in; None where there is none such."""
    rated = [form.rates.kind] if form.rates else []
    name = _name_of(connection, scope_code, on, rated)
    if name is None or (isinstance(form.filled_by, OfOffice) and code not in form.filled_by.names):
        return None
    called = code if isinstance(form.filled_by, OfOffice) else name
    return Unit(code, called, scope_code, name, "", None, "", "", "", False)


def _name_of(connection: Connection, scope_code: str, on: dt.date, kinds: list[str]) -> str | None:
    """What a street or a county is called; None where the register has no such street, or nobody of the county."""
    if not is_county(scope_code):
        return street_name(connection, scope_code, on)
    has_streets = any(code.startswith(scope_code) for code in street_codes(connection, on, kinds))
    return scope_name(connection, scope_code, on) if has_streets else None


def rated_by(connection: Connection, form: Form, filler_code: str, street_code: str, on: dt.date) -> list[Unit]:
    """Whom a sheet rates, by code: those that its link joins to the filler, else all of the kind in the filler's street."""
    assert form.rates is not None
    kinds = [form.rates.kind, *([""] if form.rates.kind == next(iter(subject_kinds().kinds)) else [])]
    if not form.rates.link:
        return subjects_of(connection, street_code, on, kinds)
    rows = sql.fetch(
        connection, "registry/select_linked", code=filler_code, link=form.rates.link, on_date=on, any_kind=kinds
    )
    return [Unit(**row) for row in rows]
