"""What a paper states that is made when a form's window has ended (`made_after`): to a subject what was agreed, as the inspectors left
it; to the committee the tables."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Connection

from include.circulars.circular import Annex, Counts
from include.circulars.counts import counts_of
from include.circulars.naming import spoken
from include.circulars.norms import Statistics
from include.circulars.outcomes import AboutUnit, Figure, about_unit
from include.circulars.results import number
from include.circulars.statistics import statistics
from include.circulars.titles import title_of
from include.db import sql
from include.documents.model import Spoken
from include.period import chinese_date
from include.schemes.documents import Document, ToKind
from include.schemes.model import Scheme
from include.scoring.arrivals import nothing_arrived
from include.scoring.finding import newest_assessments
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


class OfficePaper(Spoken):
    """What the office has of a period that has no circular: who did not report, and the `annexes` with its tables."""

    kind: str
    template: str
    title: str
    unit: str
    unit_code: str
    as_of_date: str
    edition: int
    form_name: str
    counts: Counts
    statistics: Statistics
    annexes: list[Annex]


def build_office_paper(
    connection: Connection, scheme: Scheme, street_code: str, document: Document, at: dt.datetime
) -> OfficePaper | None:
    """By the newest result; None before there is one, and where nothing was handed in."""
    found = [
        row
        for row in newest_assessments(connection, scheme.scheme, str(scheme.period))
        if row["street_code"] == street_code
    ]
    if not found or nothing_arrived(connection, found[0]["id"]):
        return None
    form = next(one for one in scheme.forms if one.key == document.made_after)
    told, annexes = statistics(connection, scheme, found[0]["id"])
    said = spoken(connection, scheme, street_code)
    return {
        **said,
        "kind": document.kind,
        "template": document.template,
        "title": title_of(document, scheme, said["street"]),
        "unit": said["street"],
        "unit_code": street_code,
        "as_of_date": scheme.dates_of(form.key).window_ends_date.isoformat(),
        "edition": 1,
        "form_name": form.name,
        "counts": counts_of(sql.fetch(connection, "circulars/select_scores", assessment_id=found[0]["id"])),
        "statistics": told,
        "annexes": annexes,
    }


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
