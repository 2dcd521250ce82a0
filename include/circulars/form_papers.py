"""What a paper states that is made when a form's window has ended (`made_after`): what was agreed, as the inspectors left it."""

from __future__ import annotations

import datetime as dt
from typing import TypedDict

from sqlalchemy import Connection

from include.circulars.circular import Called
from include.circulars.naming import called
from include.circulars.outcomes import Figure
from include.circulars.results import number
from include.circulars.titles import title_of
from include.period import chinese_date
from include.registry.offices import office_of, scope_name
from include.schemes.documents import Document, ToKind
from include.schemes.model import Scheme
from include.scoring.form_figures import form_figures
from include.subject_kinds import subject_kinds


class FormPaper(TypedDict):
    """`figures` are by field, in the order of the form; `edition` counts from 1: a later one replaces those before."""

    scheme: str
    scheme_name: str
    scheme_title: str
    scheme_version: str
    period: str
    period_name: str
    as_of_date: str
    kind: str
    template: str
    title: str
    edition: int
    street: str
    street_code: str
    committee_name: str
    sign_name: str
    printed_by: str
    copied_to: list[str]
    unit: str
    unit_code: str
    unit_kind: str
    group: str
    called: Called
    form: str
    form_name: str
    date: str
    starts: str
    ends: str
    figures: dict[str, Figure]


def build_form_papers(
    connection: Connection, scheme: Scheme, street_code: str, document: Document, at: dt.datetime
) -> list[FormPaper]:
    """One a subject whose form was accepted, by code, of the first edition."""
    form = next(one for one in scheme.forms if one.key == document.made_after)
    period, ends = scheme.period, scheme.dates_of(form.key).window_ends_date
    street = scope_name(connection, street_code, period.end_date)
    office = office_of(street_code, street)
    wanted = document.per.kind if isinstance(document.per, ToKind) else ""
    return [
        {
            "scheme": scheme.scheme,
            "scheme_name": scheme.name,
            "scheme_title": scheme.title,
            "scheme_version": scheme.version,
            "period": str(period),
            "period_name": period.name,
            "as_of_date": ends.isoformat(),
            "kind": document.kind,
            "template": document.template,
            "title": title_of(document, scheme, one.unit.name),
            "edition": 1,
            "street": street,
            "street_code": street_code,
            "committee_name": office.committee_name,
            "sign_name": office.sign_name,
            "printed_by": office.printed_by,
            "copied_to": [name.format(unit=one.unit.name) for name in document.copied_to],
            "unit": one.unit.name,
            "unit_code": one.unit.code,
            "unit_kind": one.unit.kind,
            "group": one.group,
            "called": called([subject_kinds().of(one.unit.kind)]),
            "form": form.key,
            "form_name": form.name,
            "date": chinese_date(ends),
            "starts": chinese_date(period.start_date),
            "ends": chinese_date(period.end_date),
            "figures": {
                cell.key: {
                    "label": cell.label, "value": number(one.texts.get(cell.key, "")), "unit": cell.unit, "form": cell.form
                }
                for cell in scheme.of_group(one.group).cells_of(form.key)
            },
        }
        for one in form_figures(connection, scheme, street_code, form.key, at)
        if wanted in ("", one.unit.kind)
    ]  # fmt: skip
