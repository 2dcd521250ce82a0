"""What each run did, one row a stage."""

from __future__ import annotations

import functools
import json
import logging
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from include.acting import acting_account
from include.data_files import Part, read_yaml
from include.db import sql
from include.log_context import about
from include.period import now

_log = logging.getLogger(__name__)


class _Words(Part):
    """run_log.yaml, which says what each is."""

    counts: dict[str, str]
    sentences: dict[str, str]


@functools.cache
def _words() -> _Words:
    return _Words.model_validate(read_yaml(Path(__file__).with_suffix(".yaml")))


def sentence_of(stage: str, outcome: str, detail: Mapping[str, Any]) -> str:
    """What a run did, in one Chinese sentence; empty of a stage of which none is written."""
    words = _words()
    said = {name: _said(value) for name, value in detail.items()}
    if "title" in detail:  # of a document, for its id
        said["document"] = f"《{detail['title']}》"
    answers = detail.get("answers")
    said["total"] = str(sum(answers.values())) if isinstance(answers, Mapping) else ""
    said["counts"] = _said({name: value for name, value in detail.items() if isinstance(value, int)}) or "没有变化"
    for key in (f"{stage}/{detail.get('form', '')}", f"{stage}/{outcome}", stage):
        if key in words.sentences:
            return words.sentences[key].format_map(defaultdict(str, said))
    return ""


def _said(value: Any) -> str:
    if isinstance(value, Mapping):
        return "，".join(f"{_words().counts.get(name, name)} {count}" for name, count in value.items())
    return "、".join(map(str, value)) if isinstance(value, list) else str(value)


def log_run(
    connection: Connection,
    *,
    run_id: str,
    stage: str,
    period: str,
    street_code: str,
    outcome: str,
    detail: Mapping[str, Any],
    account: str = "",
) -> None:
    """Add a row to run_log. `stage` and `outcome` are words of the table's comments; `detail` must be JSON.

    `account` is the login that did it; without one, that for which the run works (include/acting.py).
    """
    sql.execute(
        connection,
        "db/insert_run_log",
        run_id=run_id,
        stage=stage,
        period=period,
        street_code=street_code,
        logged_at=now(),
        outcome=outcome,
        detail=json.dumps(detail, ensure_ascii=False, sort_keys=True),
        account=account or acting_account(),
    )
    if said := sentence_of(stage, outcome, detail):
        with about(period=period, street=street_code, stage=stage):
            _log.info("%s", said)
