"""The tables of the business database, each column with its meaning (docs/data-dictionary.md is made from here).

Moments are `Moment` (aware, UTC on disk); figures with two decimals are NUMERIC(9, 2); the exact text
of what was reported is kept as text. Keys are natural ones wherever the domain has them, so that
every write can be repeated.
"""

from __future__ import annotations

from include.db.tables.asking import opened_form
from include.db.tables.circulars import circular, document_number, paper
from include.db.tables.columns import metadata
from include.db.tables.decisions import decision, question, referral
from include.db.tables.events import event, event_change
from include.db.tables.intake import (
    brought_file,
    delivery,
    finding,
    inbox_sighting,
    merged_value,
    submission,
    submission_value,
    used_code,
)
from include.db.tables.items import evidence, item_event, item_report, item_step, rectification_item
from include.db.tables.ledgers import ledger_row
from include.db.tables.outbox import asked_item, mail, notice
from include.db.tables.registry import registry_import, unit, unit_attribute, unit_link
from include.db.tables.runs import run_log, table_hint
from include.db.tables.scoring import (
    assessment,
    restatement,
    score,
    score_line,
    score_sheet,
    score_value,
    told_checkpoint,
)

__all__ = [
    "asked_item",
    "assessment",
    "brought_file",
    "circular",
    "decision",
    "delivery",
    "document_number",
    "event",
    "event_change",
    "evidence",
    "finding",
    "inbox_sighting",
    "item_event",
    "item_report",
    "item_step",
    "ledger_row",
    "mail",
    "merged_value",
    "metadata",
    "notice",
    "opened_form",
    "paper",
    "question",
    "rectification_item",
    "referral",
    "registry_import",
    "restatement",
    "run_log",
    "score",
    "score_line",
    "score_sheet",
    "score_value",
    "submission",
    "submission_value",
    "table_hint",
    "told_checkpoint",
    "unit",
    "unit_attribute",
    "unit_link",
    "used_code",
]
