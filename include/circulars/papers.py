"""Papers without a number, one a subject: they leave with the circular, or are made when a form's window has ended.

Word and PDF, archived. Many are made in one go, as sheets are.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import partial
from typing import Any, cast

from sqlalchemy import Connection

from include.archive.contents import store_all
from include.circulars.circular import Circular
from include.circulars.form_papers import FormPaper, OfficePaper, build_form_papers, build_office_paper
from include.circulars.outcomes import Outcomes
from include.db import sql
from include.documents.announcing import Files
from include.documents.drafts import canonical, record_papers
from include.documents.model import Model
from include.documents.rendering import in_batches, render_many
from include.outbox.notice import Notice
from include.outbox.outbox import notify
from include.outbox.words import PaperMade
from include.period import in_zone
from include.registry.offices import office_of
from include.registry.units import find_unit
from include.schemes.documents import OFFICE, Document
from include.schemes.model import Scheme
from include.typesetting.fonts import find_fonts

Made = tuple[bytes, bytes | None]


OPERATIONS = "运维"
"""Stands for operations among those who get papers, by code: no code of the register looks like that."""


def papers_along(connection: Connection, row: sql.Row, circular: Circular) -> dict[str, Files]:
    """Make, keep and record the papers that leave with a circular that is being issued; file names and hashes by subject, and by
    OPERATIONS those that operations get too."""
    made = Outcomes(connection, circular, row["assessment_id"], row["document_number"], row["issue_date"])
    found: dict[str, Files] = defaultdict(list)
    for document in made.scheme.documents:
        if document.goes_along:
            models = made.of(document)
            keys = [f"{row['id']}/{document.kind}/{one['unit_code']}" for one in models]
            kept = keep(connection, keys, models, row["issue_date"], row["approved_at"], row["id"])
            for code, files in kept.items():
                found[code] += files
                if document.to_ops:
                    found[OPERATIONS] += files
    return dict(found)


def papers_of_forms(connection: Connection, scheme: Scheme, street_code: str, at: dt.datetime) -> int:
    """Make and mail the papers of forms whose window has ended; how many. One that would say the same is not made again; one
    that says something else, since a figure was changed by a decision, is its next edition."""
    today, made = in_zone(at).date(), 0
    for document in scheme.documents:
        if not document.made_after or today <= scheme.dates_of(document.made_after).window_ends_date:
            continue
        known = _editions(connection, scheme, street_code, document)
        models: list[FormPaper | OfficePaper] = []
        for model in _after(connection, scheme, street_code, document, at):
            before = known.get(model["unit_code"], [])
            model["edition"] = len(before) + 1
            if not before or before[-1]["model_hash"] != _hash(model, len(before)):
                models.append(model)
        head = f"{scheme.scheme}/{scheme.period}/{document.kind}"
        keys = [f"{head}/{one['unit_code']}/{one['edition']}" for one in models]
        kept = keep(connection, keys, models, None, at, None)
        for key, model in zip(keys, models, strict=True):
            _mail(connection, scheme, document, key, model, kept[model["unit_code"]], at)
        made += len(models)
    return made


def _after(
    connection: Connection, scheme: Scheme, street_code: str, document: Document, at: dt.datetime
) -> Sequence[FormPaper | OfficePaper]:
    """What there is to be made after a form: one a subject, or one for the office."""
    if document.per != OFFICE:
        return build_form_papers(connection, scheme, street_code, document, at)
    paper = build_office_paper(connection, scheme, street_code, document, at)
    return [paper] if paper else []


def papers_of(connection: Connection, scheme: str, period: str, street_code: str) -> list[sql.Row]:
    """The papers of a system's period, by kind and subject, of several editions the newest last."""
    rows = sql.fetch(connection, "circulars/select_papers", street_code=street_code, period=period)
    return [row for row in rows if row["scheme"] == scheme]


def render_papers(models: Sequence[Model], *, number: str, issue_date: dt.date | None) -> list[Made]:
    """Word and PDF of each, in the order given; the same bytes for the same arguments."""
    return in_batches(models, partial(render_many, fonts=find_fonts(), number=number, issue_date=issue_date))


def keep(
    connection: Connection,
    keys: Sequence[str],
    models: Sequence[Model],
    issue_date: dt.date | None,
    at: dt.datetime,
    circular_id: str | None,
) -> dict[str, Files]:
    """Make papers, archive and record them under their keys; file names and hashes by subject."""
    if not models:
        return {}
    made = render_papers(models, number="", issue_date=issue_date)
    words = store_all([word for word, _ in made])
    pdfs = iter(store_all([pdf for _, pdf in made if pdf is not None]))
    hashes = [(word, next(pdfs) if pdf is not None else None) for word, (_, pdf) in zip(words, made, strict=True)]
    rows = [
        {
            "id": key, "circular_id": circular_id, "scheme": one["scheme"], "period": one["period"],
            "street_code": one["street_code"], "unit_code": one["unit_code"], "kind": one["kind"], "title": one["title"],
            "model_hash": canonical(one)[1], "docx_sha256": docx, "pdf_sha256": pdf, "made_at": at,
        }
        for key, one, (docx, pdf) in zip(keys, models, hashes, strict=True)
    ]  # fmt: skip
    record_papers(connection, rows)
    twice = Counter(one["unit"] for one in models)
    return {
        one["unit_code"]: [
            (f"{_stem(one, twice[one['unit']] > 1)}.{ending}", sha256)
            for ending, sha256 in (("docx", docx), ("pdf", pdf))
            if sha256
        ]
        for one, (docx, pdf) in zip(models, hashes, strict=True)
    }


def _stem(model: Model, is_ambiguous: bool) -> str:
    """云桥社区党建目标管理责任书; of two of one name with the code."""
    name = f"{model['unit']}（{model['unit_code']}）" if is_ambiguous else model["unit"]
    return str(model["title"]) if model["unit"] in model["title"] and not is_ambiguous else f"{name}{model['title']}"


def _editions(connection: Connection, scheme: Scheme, street_code: str, document: Document) -> dict[str, list[sql.Row]]:
    found: dict[str, list[sql.Row]] = defaultdict(list)
    for row in papers_of(connection, scheme.scheme, str(scheme.period), street_code):
        if row["kind"] == document.kind and row["circular_id"] is None:
            found[row["unit_code"]].append(row)
    return found


def _hash(model: FormPaper | OfficePaper, edition: int) -> str:
    """That of what it states, were it that edition."""
    same: Any = {**model, "edition": edition}
    return canonical(same)[1]


def _mail(
    connection: Connection,
    scheme: Scheme,
    document: Document,
    key: str,
    model: FormPaper | OfficePaper,
    files: Files,
    at: dt.datetime,
) -> None:
    """To whom it is about, what is to be signed and what is not in words of their own; to the committee what is its own."""
    is_office = document.per == OFFICE
    unit = None if is_office else find_unit(connection, model["unit_code"], in_zone(at).date())
    if unit is None and not is_office:
        return
    counts = cast(dict[str, Any], model).get("counts")
    kind = "period_table" if is_office else "contract" if document.to_be_signed else "paper_back"
    words: PaperMade = {
        "unit_name": unit.name if unit else model["street"],
        "title": model["title"],
        "kind": model["kind"],
        "form_name": model["form_name"],
        "edition": model["edition"],
    }
    if counts:
        words["missing"], words["units"] = counts["missing"], counts["units"]
    notice = Notice(
        kind,
        key,
        words,
        at,
        unit=unit,
        office=office_of(model["street_code"], model["street"]),
        scheme=scheme.scheme,
        period=str(scheme.period),
        attachments=files,
    )
    notify(connection, notice)
