"""What is kept of a hand-in: the submission with its values and findings, or the inspectors' corrections."""

from __future__ import annotations

import json
from collections.abc import Sequence

from sqlalchemy import Connection

from include.db import sql
from include.decisions import record
from include.intake.cases import Case, Marked
from include.intake.judging import Gate
from include.intake.read_form import ReadForm


def record_submission(
    connection: Connection, case: Case, form: ReadForm, gate: Gate, status: str, marked: Marked | None
) -> int:
    """Write the hand-in with its values and findings; its version."""
    assert gate.unit is not None
    key = {
        "scheme": gate.scheme.scheme,
        "form": form.form,
        "period": str(gate.scheme.period),
        "unit_code": gate.unit.code,
    }
    newest = sql.fetch_one(connection, "intake/select_newest_version", **key)
    version = int((newest or {}).get("version") or 0) + 1
    sql.execute(
        connection, "intake/insert_submission", **key, sha256=case.sha256, scheme_version=gate.scheme.version,
        version=version, status=status, received_at=case.received_at, returned_sha256=marked.sha256 if marked else None,
        returned_name=marked.name if marked else None,
    )  # fmt: skip
    labels = {cell.key: cell.label_in_errors for cell in gate.scheme.all_cells}
    is_kept_by_row = form.form in gate.scheme.row_forms  # in its ledger, once it is accepted
    cells = [
        [field, labels.get(field.rpartition("/")[2], field), cell.text, cell.value, cell.source_cell]
        for field, cell in ({} if is_kept_by_row else form.cells).items()
    ]
    if not is_kept_by_row:
        sql.execute(
            connection,
            "intake/insert_submission_values",
            sha256=case.sha256,
            cells=json.dumps(cells, ensure_ascii=False),
        )
    if status == "accepted" and case.merge is not None:
        sql.execute_many(
            connection,
            "intake/insert_merged_value",
            [
                {
                    "sha256": case.sha256,
                    "field": field,
                    "version": one.version,
                    "own_reported": one.own.text,
                    "own_value": one.own.value,
                }
                for field, one in case.merge.taken.items()
            ],
        )
    sql.execute_many(
        connection,
        "intake/insert_finding",
        [
            {
                "sha256": case.sha256, "check_code": one.check_code, "field": one.field, "severity": one.severity,
                "outcome": one.outcome, "found": one.found, "expected": one.expected, "message": one.message,
            }
            for one in case.findings
            if not one.is_private
        ],
    )  # fmt: skip
    return version


def record_corrections(connection: Connection, case: Case, form: ReadForm, gate: Gate) -> int:
    """Each correction as a decision, how many; the same one again is the same row."""
    acts = [
        {
            "kind": "correction", "scheme": gate.scheme.scheme, "period": str(gate.scheme.period),
            "unit_code": one.unit_code, "field": one.field, "value": one.value, "reason": one.reason,
            "decided_by": one.inspector, "decided_at": case.received_at, "sha256": case.sha256,
        }
        for one in form.corrections
    ]  # fmt: skip
    return len(record(connection, *acts))


def copy_answer(connection: Connection, answer: sql.Row, hand_in: sql.Row | None, findings: Sequence[sql.Row]) -> None:
    """The answer to an arrival that waits, with its hand-in where it became one, as another record has them."""
    seconds = None if answer["seconds"] is None else str(answer["seconds"])  # SQLite takes no decimals
    sql.execute(connection, "intake/answer_delivery", **{**answer, "seconds": seconds})
    if hand_in is not None:
        sql.execute(connection, "intake/insert_submission", **hand_in)
        sql.execute_many(connection, "intake/insert_finding", findings)
