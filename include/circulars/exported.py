"""The papers of a result as OUT has them: letters/ by subject and kind, lists/ by title."""

from __future__ import annotations

import json

from sqlalchemy import Connection

from include.archive import contents
from include.circulars.annexes import list_files
from include.circulars.circular import Circular
from include.circulars.outcomes import Outcomes
from include.circulars.papers import papers_of, render_papers
from include.circulars.result_letters import letters_of
from include.circulars.results import Results
from include.circulars.told import circular_about, model_of_letters
from include.db import sql
from include.documents.drafts import DRAFT
from include.documents.rendering import render
from include.schemes.model import Scheme

Files = dict[str, bytes]


def document_files(
    connection: Connection, scheme: Scheme, assessment: sql.Row, street_code: str, current: sql.Row | None
) -> Files:
    """As archived. Before the circular is issued, what will leave with it and follow it is made anew, letters as drafts; what
    follows a form stands by itself. `current` is the circular of the assessment, None where there is none: then another system's
    may tell of it."""
    files: Files = {}
    if lists := [one for one in scheme.documents if one.is_list]:
        results = Results(connection, scheme, assessment["id"], street_code)
        made = list_files(results, lists, scheme.period.end_date.isoformat())
        files |= {f"lists/{name}": content for name, content in made.items()}
    if not scheme.documents:
        return files
    if current is None and not scheme.has_circular:
        current = circular_about(connection, scheme, street_code)
    is_issued = current is not None and current["state"] == "issued"
    by_quarter = {one.kind for one in scheme.documents if one.of_items}
    for row in papers_of(connection, scheme.scheme, str(scheme.period), street_code):
        if row["circular_id"] is None or (current is not None and row["circular_id"] == current["id"]):
            quarter = row["id"].rpartition("/")[2] if row["kind"] in by_quarter else ""
            files |= _archived(row, quarter)
    if is_issued:
        for row in letters_of(connection, scheme.scheme, str(scheme.period), street_code):
            files |= _archived(row)
    elif current is not None:
        model: Circular = json.loads(current["model"])
        if model["scheme"] != scheme.scheme:
            model = model_of_letters(connection, model, assessment["id"])
        files |= _drafts(connection, model, assessment["id"])
    return files


def _archived(row: sql.Row, quarter: str = "") -> Files:
    hashes = {ending: row[f"{ending}_sha256"] for ending in ("docx", "pdf")}
    name = f"letters/{row['unit_code']}-{row['kind']}{quarter}"
    return {f"{name}.{ending}": contents.load(sha256) for ending, sha256 in hashes.items() if sha256}


def _drafts(connection: Connection, circular: Circular, assessment_id: str) -> Files:
    made = Outcomes(connection, circular, assessment_id)
    files: Files = {}
    for document in made.scheme.documents:
        if not (document.is_letter or document.goes_along):
            continue
        models = made.of(document)
        if document.goes_along:
            papers = render_papers(models, number="", issue_date=None)
        else:
            drafts = [render(document.kind, model, status=DRAFT) for model in models]
            papers = [(one.docx, one.pdf) for one in drafts]
        for model, (docx, pdf) in zip(models, papers, strict=True):
            name = f"letters/{model['unit_code']}-{document.kind}"
            files |= {f"{name}.docx": docx} | ({f"{name}.pdf": pdf} if pdf is not None else {})
    return files
