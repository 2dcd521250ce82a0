"""Draft of a circular: model, hash, files in the archive. The same assessment gives the same draft, once."""

from __future__ import annotations

import datetime as dt
import hashlib
import json

from sqlalchemy import Connection

from include.circulars.corrections import as_correction
from include.circulars.model import Model, build_model
from include.circulars.rendering import Rendered, render
from include.db import sql
from include.db.sql import Row
from include.errors import UserError
from include.keys import AssessmentKey, CircularKey
from include.scoring.arrivals import assessment_of

DRAFT = "草稿"


def draft(connection: Connection, assessment_id: str, drafted_at: dt.datetime) -> str:
    """Write, or find again, the draft of an official assessment's circular; its id.

    Where an earlier revision was issued, the draft is a 更正通报 that says what changed; where nothing
    published changed, the id of the issued circular comes back and nothing is drafted. Drafts of older revisions
    are withdrawn. Raises UserError for a checkpoint, which has no circular. `drafted_at` is not part of the draft.
    """
    assessment = assessment_of(connection, assessment_id)
    if assessment is not None and not assessment["is_official"]:
        raise UserError(f"{assessment['period']} 是季度检查点，不发通报；请在半年结束后生成通报。")
    model = build_model(connection, assessment_id)
    keys = {name: model[name] for name in ("scheme", "period", "street_code", "revision")}
    sql.execute(connection, "circulars/withdraw_older_drafts", **keys)
    issued = sql.fetch_one(connection, "circulars/select_issued", **keys)
    kind = "通报"
    if issued is not None:
        model = as_correction(connection, model, issued)
        if not model["changes"]:
            return str(issued["id"])
        kind = "更正通报"
    circular_id = str(CircularKey(AssessmentKey.parse(assessment_id), kind))
    existing = find_circular(connection, circular_id)
    text, model_hash = canonical(model)
    if existing is not None and (existing["state"] != "draft" or existing["model_hash"] == model_hash):
        return circular_id
    if existing is None:
        sql.execute(
            connection, "circulars/insert_draft", id=circular_id, assessment_id=assessment_id, kind=kind,
            street_code=None, unit_code=None, period=None, model=text, model_hash=model_hash,
            **archived(render(kind, model, status=DRAFT)),
        )  # fmt: skip
    else:
        redraft(connection, circular_id, text, model_hash, kind)
    return circular_id


def find_circular(connection: Connection, circular_id: str) -> Row | None:
    """The row of a draft or issued document by its id or its document number; None where there is none."""
    return sql.fetch_one(connection, "circulars/select_circular", circular_id=circular_id)


def redraft(connection: Connection, circular_id: str, text: str, model_hash: str, kind: str) -> None:
    """Give a draft another model (its canonical text), with the files made of it."""
    files = archived(render(kind, json.loads(text), status=DRAFT))
    sql.execute(connection, "circulars/update_draft", id=circular_id, model=text, model_hash=model_hash, **files)


def canonical(model: Model) -> tuple[str, str]:
    """The model as JSON with sorted keys, and its SHA-256: what a person approves."""
    text = json.dumps(model, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text, hashlib.sha256(text.encode()).hexdigest()


def archived(rendered: Rendered) -> dict[str, str | None]:
    """Keep the three files; their hashes by column."""
    from include.archive.contents import store

    return {
        "docx_sha256": store(rendered.docx),
        "pdf_sha256": store(rendered.pdf) if rendered.pdf is not None else None,
        "html_sha256": store(rendered.html),
    }
