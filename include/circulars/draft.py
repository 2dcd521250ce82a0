"""Draft of a circular: model, hash, files in the archive. The same assessment gives the same draft, once."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Connection

from include.circulars.corrections import as_correction
from include.circulars.told import whole_model
from include.db import sql
from include.documents.drafts import canonical, insert_draft, redraft
from include.documents.finding import find_circular
from include.errors import UserError
from include.keys import AssessmentKey, CircularKey
from include.scoring.finding import assessment_of


def draft(connection: Connection, assessment_id: str, drafted_at: dt.datetime) -> str:
    """Write, or find again, the draft of an official assessment's circular; its id.

    Where an earlier revision was issued, the draft is a 更正通报 that says what changed; where nothing
    published changed, the id of the issued circular comes back and nothing is drafted. Drafts of older revisions
    are withdrawn. Raises UserError for a checkpoint, which has no circular. `drafted_at` is not part of the draft.
    """
    assessment = assessment_of(connection, assessment_id)
    if assessment is not None and not assessment["is_official"]:
        raise UserError(f"{assessment['period']} 是季度检查点，不发通报；请在半年结束后生成通报。")
    model = whole_model(connection, assessment_id)
    own = {"scheme": model["scheme"], "period": model["period"], "street_code": model["street_code"]}
    keys = {**own, "revision": model["revision"]}
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
        insert_draft(connection, circular_id, kind, model, assessment_id=assessment_id)
    else:
        redraft(connection, circular_id, text, model_hash, kind)
    return circular_id
