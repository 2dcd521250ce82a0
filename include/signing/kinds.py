"""What a kind of document does at each turn of its life, besides what all of them do: one object a kind.

Drafts, questions, numbers and mails are everybody's; here is what differs. Each is called inside the transaction of its turn,
by the steps around a person's approval and by a rebuild alike. A new kind is its entry in kinds.yaml and one line in `_KINDS`.
"""

from __future__ import annotations

import datetime as dt
import json
from abc import ABC, abstractmethod
from typing import cast

from sqlalchemy import Connection

from include.archive.contents import load, store_all
from include.circulars.announcing import announce_circular
from include.circulars.circular import Circular
from include.circulars.draft import draft
from include.circulars.outcomes import Outcome
from include.circulars.papers import papers_along
from include.circulars.plans_awaited import awaited_plans
from include.circulars.result_letters import announce_result_letter, draft_letters, waiting_letters
from include.circulars.running import overdue_running
from include.circulars.sheets import build_sheets, render_sheets
from include.db import sql
from include.documents.announcing import Files
from include.documents.drafts import redraft
from include.documents.finding import find_circular
from include.documents.model import Model
from include.documents.rendering import OF_A_SYSTEM
from include.items.chase import escalation
from include.items.items import open_items
from include.items.step_chase import Due
from include.letters.announcing import announce_letter
from include.letters.letter import Letter
from include.letters.letters import (
    EVENT_PLAN,
    JOINT_MEETING,
    PLAN_SUPERVISION,
    RECTIFICATION,
    STEP_SUPERVISION,
    SUPERVISION,
    TALK,
    restore_draft,
)
from include.letters.plan_supervising import chase_plans, plan_supervised
from include.letters.row_letters import BATCH
from include.letters.row_letters_out import announce_letters, make_letters
from include.letters.step_supervising import draft_step_letter
from include.letters.supervising import draft_supervisions, drop_supervision, supervise
from include.letters.talks import draft_talks, talked, waiting_talks
from include.period import Period, in_zone
from include.registry.reached import reached_through
from include.registry.taking_part import taking_part
from include.schemes.loader import load_scheme
from include.signing.gaps import open_gaps

Enclosures = dict[str, Files]
"""Files of its own for each unit, archived: names and SHA-256, by unit code."""


class Behaviour(ABC):
    """Of a document that is drafted, signed, numbered and sent; `row` is the document's (sql/documents/select_circular)."""

    ends_when_rejected: bool
    """Whether a draft that was sent back is withdrawn; else it stays, and is asked about when it is submitted again."""
    has_revisions: bool
    after_rejection: str
    """What ops are told to do about a draft that was sent back."""

    is_numbered = True
    """Whether it gets a number of the office's register when it is issued."""

    def refreshed(self, connection: Connection, row: sql.Row, at: dt.datetime) -> None:  # noqa: B027 most kinds do nothing then
        """Bring the draft up to what is true now, before an answer about it counts."""

    @abstractmethod
    def redrafted(self, connection: Connection, row: sql.Row, model_hash: str, at: dt.datetime) -> None:
        """Write the draft once more as it was decided on: what a rebuild does where the replayed one differs. `row` is the
        recorded document's. Raises UserError where the archive has lost it."""

    def enclosures(self, connection: Connection, row: sql.Row, model: Model) -> Enclosures:
        """Make and keep what each unit gets besides the document."""
        return {}

    @abstractmethod
    def announced(
        self, connection: Connection, row: sql.Row, model: Model, files: Files, enclosures: Enclosures
    ) -> None:
        """Put the notices of the issued document out."""

    def on_issue(self, connection: Connection, row: sql.Row) -> None:  # noqa: B027 most kinds do nothing then
        """What the issued document brings about."""

    def followed_by(self, connection: Connection, row: sql.Row) -> list[str]:
        """The drafts that the issued document brought about and that nobody was asked about yet, by id."""
        return []

    def on_reject(self, connection: Connection, row: sql.Row, by: str, at: dt.datetime, note: str) -> None:  # noqa: B027 most kinds do nothing then
        """What follows from the draft being sent back."""

    @abstractmethod
    def drafter(self, connection: Connection, row: sql.Row) -> str:
        """The login that had it drafted; empty where the schedule did."""


class _Circular(Behaviour):
    """A period's results: each unit gets its own sheet, and the problems become items."""

    ends_when_rejected = False
    has_revisions = True
    after_rejection = "改好后请办理 act_resubmit_circular（重新送审）；数据有更正的，会自动生成新的一稿，不用重新送审。"

    def redrafted(self, connection: Connection, row: sql.Row, model_hash: str, at: dt.datetime) -> None:
        draft(connection, row["assessment_id"], at)

    def enclosures(self, connection: Connection, row: sql.Row, model: Model) -> Enclosures:
        scheme = load_scheme(row["scheme"], Period.parse(row["period"]))
        units = taking_part(connection, scheme, row["street_code"])
        elsewhere = reached_through(
            connection, scheme, row["street_code"], units
        )  # whom they belong to gets the circular
        if not scheme.is_scored:  # nobody has points that a sheet could explain
            return papers_along(connection, row, cast(Circular, model))
        models = build_sheets(connection, cast(Circular, model), row["assessment_id"], elsewhere)
        sheets = render_sheets(list(models.values()), number=row["document_number"], issue_date=row["issue_date"])
        hashes = store_all([sheet.content for sheet in sheets])
        found = {sheet.unit_code: [(sheet.file_name, sha256)] for sheet, sha256 in zip(sheets, hashes, strict=True)}
        for code, papers in papers_along(connection, row, cast(Circular, model)).items():
            found[code] = [*found.get(code, []), *papers]
        return found

    def announced(
        self, connection: Connection, row: sql.Row, model: Model, files: Files, enclosures: Enclosures
    ) -> None:
        announce_circular(connection, row, cast(Circular, model), files, enclosures)

    def on_issue(self, connection: Connection, row: sql.Row) -> None:
        open_gaps(connection, row)
        open_items(connection, row["assessment_id"], row["issue_date"], row["approved_at"])
        draft_letters(connection, row)
        if (talk := escalation().talk) is not None:
            named = overdue_running(connection, row, talk.running, Period.parse(talk.effective_from))
            draft_talks(connection, row["street_code"], Period.parse(row["period"]), named, talk, row["approved_at"])

    def followed_by(self, connection: Connection, row: sql.Row) -> list[str]:
        return [*waiting_letters(connection, row), *waiting_talks(connection, row["street_code"], row["period"])]

    def drafter(self, connection: Connection, row: sql.Row) -> str:
        key = {"period": row["period"], "street_code": row["street_code"]}
        return _account(sql.fetch_one(connection, "signing/select_closer", **key))


class _Letter(Behaviour):
    """About open items. What was approved is kept in the archive as it was; one that is sent back is not written again."""

    ends_when_rejected = True
    has_revisions = False
    after_rejection = "退回的公函已作废，不编号、不发送；仍要发的，请按意见重新办理。"

    def redrafted(self, connection: Connection, row: sql.Row, model_hash: str, at: dt.datetime) -> None:
        if find_circular(connection, row["id"]) is None:
            restore_draft(connection, row["id"], model_hash)
        else:
            redraft(connection, row["id"], load(model_hash).decode(), model_hash, row["kind"])

    def announced(
        self, connection: Connection, row: sql.Row, model: Model, files: Files, enclosures: Enclosures
    ) -> None:
        announce_letter(connection, row, cast(Letter, model), files)

    def drafter(self, connection: Connection, row: sql.Row) -> str:
        return _account(sql.fetch_one(connection, "signing/select_drafter", circular_id=row["id"]))


class _Supervision(_Letter):
    """Drafted by the chase, and told to the history of the items that it is about."""

    def refreshed(self, connection: Connection, row: sql.Row, at: dt.datetime) -> None:
        """An item that was answered this morning leaves the letter before it is signed, not only with tomorrow's draft."""
        if row["state"] == "draft":
            draft_supervisions(connection, {json.loads(row["model"])["stage"]: {row["unit_code"]}}, at)

    def on_issue(self, connection: Connection, row: sql.Row) -> None:
        supervise(connection, json.loads(row["model"]), row["document_number"], row["approved_by"], row["approved_at"])

    def on_reject(self, connection: Connection, row: sql.Row, by: str, at: dt.datetime, note: str) -> None:
        drop_supervision(connection, json.loads(row["model"]), by, at, note)


class _Talk(_Letter):
    """Drafted when a circular names a unit again, and told to the history of the items that it is about."""

    def on_issue(self, connection: Connection, row: sql.Row) -> None:
        talked(connection, json.loads(row["model"]), row["document_number"], row["approved_by"], row["approved_at"])


class _PlanSupervision(_Letter):
    """Drafted where a plan did not come, and told to the history of the items that it is for."""

    def refreshed(self, connection: Connection, row: sql.Row, at: dt.datetime) -> None:
        """A plan that came this morning takes the letter back before it is signed."""
        if row["state"] == "draft":
            about = json.loads(row["model"])["plan"]["letter_id"]
            plans = awaited_plans(connection, in_zone(at).date())
            chase_plans(connection, [one for one in plans if one.letter_id == about and one.is_here], at)

    def on_issue(self, connection: Connection, row: sql.Row) -> None:
        letter, number = json.loads(row["model"]), row["document_number"]
        plan_supervised(connection, letter, number, row["approved_by"], row["approved_at"])


class _StepSupervision(_Letter):
    """Of the steps of items: drafted by the chase, and told to the history of the items."""

    def refreshed(self, connection: Connection, row: sql.Row, at: dt.datetime) -> None:
        if row["state"] == "draft":
            draft_step_letter(connection, Due(row["kind"], json.loads(row["model"])["stage"], row["unit_code"]), at)

    def on_issue(self, connection: Connection, row: sql.Row) -> None:
        letter, by, at = json.loads(row["model"]), row["approved_by"], row["approved_at"]
        supervise(connection, letter, row["document_number"], by, at, row["kind"])

    def on_reject(self, connection: Connection, row: sql.Row, by: str, at: dt.datetime, note: str) -> None:
        drop_supervision(connection, json.loads(row["model"]), by, at, note, row["kind"])


class _ResultLetter(_Letter):
    """About one subject's result; its kind is whatever the system calls it."""

    after_rejection = "退回的公函已作废，不编号、不发送；更正数据、重新评定并印发更正通报后，会按新的结果另行起草。"

    def announced(
        self, connection: Connection, row: sql.Row, model: Model, files: Files, enclosures: Enclosures
    ) -> None:
        announce_result_letter(connection, row, cast(Outcome, model), files)


class _RowLetters(_Letter):
    """Letters about rows of a ledger, approved as one; each is made and sent by itself."""

    is_numbered = False

    def enclosures(self, connection: Connection, row: sql.Row, model: Model) -> Enclosures:
        return make_letters(connection, row, model)

    def announced(
        self, connection: Connection, row: sql.Row, model: Model, files: Files, enclosures: Enclosures
    ) -> None:
        announce_letters(connection, row, model, enclosures)


_KINDS: dict[str, Behaviour] = {
    "通报": _Circular(),
    "更正通报": _Circular(),
    SUPERVISION: _Supervision(),
    STEP_SUPERVISION: _StepSupervision(),
    TALK: _Talk(),
    PLAN_SUPERVISION: _PlanSupervision(),
    RECTIFICATION: _Letter(),
    JOINT_MEETING: _Letter(),
    EVENT_PLAN: _Letter(),
    BATCH: _RowLetters(),
    OF_A_SYSTEM: _ResultLetter(),
}


def behaviour_of(kind: str) -> Behaviour:
    """The behaviour of the documents of a kind, by its name in kinds.yaml; of a kind that only a system names, that of all these."""
    return _KINDS.get(kind) or _KINDS[OF_A_SYSTEM]


def kinds() -> set[str]:
    """Every kind of which there are numbered documents."""
    return set(_KINDS)


def _account(found: sql.Row | None) -> str:
    return str(found["account"]) if found else ""
