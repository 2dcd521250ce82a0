"""A draft's life: model, hash, files in the archive. The same model gives the same draft."""

from __future__ import annotations

import hashlib
import json

from sqlalchemy import Connection

from include.archive.contents import store
from include.db import sql
from include.documents.model import Model
from include.documents.rendering import Rendered, render

DRAFT = "草稿"


def insert_draft(
    connection: Connection, circular_id: str, kind: str, model: Model, *, assessment_id: str | None = None,
    street_code: str | None = None, unit_code: str | None = None, period: str | None = None,
) -> None:  # fmt: skip
    """Write a draft with the files made of it; a circular has its keys from its assessment, a letter its own."""
    text, model_hash = canonical(model)
    sql.execute(
        connection, "documents/insert_draft", id=circular_id, assessment_id=assessment_id, kind=kind,
        street_code=street_code, unit_code=unit_code, period=period, model=text, model_hash=model_hash,
        **archived(render(kind, model, status=DRAFT)),
    )  # fmt: skip


def redraft(connection: Connection, circular_id: str, text: str, model_hash: str, kind: str) -> None:
    """Give a draft another model (its canonical text), with the files made of it."""
    files = archived(render(kind, json.loads(text), status=DRAFT))
    sql.execute(connection, "documents/update_draft", id=circular_id, model=text, model_hash=model_hash, **files)


def withdraw_draft(connection: Connection, circular_id: str) -> None:
    """Take back what waits for approval: nothing of it is left to say."""
    sql.execute(connection, "documents/withdraw_draft", id=circular_id)


def record_papers(connection: Connection, rows: list[sql.Row]) -> None:
    """Write down papers without a number, whose files are archived; the same again changes nothing."""
    sql.execute_many(connection, "documents/insert_paper", rows)


def canonical(model: Model) -> tuple[str, str]:
    """The model as JSON with sorted keys, and its SHA-256: what a person approves."""
    text = json.dumps(model, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text, hashlib.sha256(text.encode()).hexdigest()


def archived(rendered: Rendered) -> dict[str, str | None]:
    """Keep the three files; their hashes by column."""
    return {
        "docx_sha256": store(rendered.docx),
        "pdf_sha256": store(rendered.pdf) if rendered.pdf is not None else None,
        "html_sha256": store(rendered.html),
    }
