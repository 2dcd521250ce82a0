"""What a paper states that is made when a form's window has ended (`made_after`): what was agreed, as the inspectors left it."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Connection

from include.circulars.naming import spoken
from include.circulars.outcomes import AboutUnit, Figure, about_unit
from include.circulars.results import number
from include.documents.model import Spoken
from include.period import chinese_date
from include.schemes.documents import Document, ToKind
from include.schemes.model import Scheme
from include.scoring.form_figures import form_figures


class FormPaper(Spoken, AboutUnit):
    """`figures` are by field, in the order of the form; `edition` counts from 1: a later one replaces those before."""

    as_of_date: str
    edition: int
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
    said = spoken(connection, scheme, street_code)
    wanted = document.per.kind if isinstance(document.per, ToKind) else ""
    return [
        {
            **said,
            **about_unit(document, scheme, one.unit, one.group),
            "as_of_date": ends.isoformat(),
            "edition": 1,
            "form": form.key,
            "form_name": form.name,
            "date": chinese_date(ends),
            "starts": chinese_date(period.start_date),
            "ends": chinese_date(period.end_date),
            "figures": {
                cell.key: {
                    "label": cell.label,
                    "value": number(one.texts.get(cell.key) or ""),
                    "unit": cell.unit,
                    "form": cell.form,
                }
                for cell in scheme.of_group(one.group).cells_of(form.key)
            },
        }
        for one in form_figures(connection, scheme, street_code, form.key, at)
        if wanted in ("", one.unit.kind)
    ]
