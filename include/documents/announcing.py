"""What the notices of every issued document have in common, and the files that go with them."""

from __future__ import annotations

import datetime as dt
from typing import TypedDict

from include.db import sql
from include.documents.drafts import archived
from include.documents.model import Model
from include.documents.rendering import kind_of, render
from include.outbox.words import OfDocument
from include.period import chinese_date

NOT_ANNOUNCED = "补办或重跑，未要求发送邮件"

Files = list[tuple[str, str]]  # file name, SHA-256 in the archive


def briefing_files(row: sql.Row, model: Model) -> Files:
    """The paper that goes with the document where kinds.yaml names one, archived: the agenda's problems, unit by unit."""
    kind = kind_of(row["kind"]).briefing
    if not kind:
        return []
    title = f"{model['meeting']}材料"
    made = archived(render(kind, {**model, "title": title}, issue_date=row["issue_date"]))
    return attached(title, made)


def attached(title: str, files: dict[str, str | None]) -> Files:
    """Word and PDF as people get them, of `files` by column."""
    return [(f"{title}.{ending}", sha256) for ending in ("docx", "pdf") if (sha256 := files[f"{ending}_sha256"])]


class Filed(TypedDict):
    """How every notice of a document is filed, and when it is due."""

    revision: int
    scheme: str
    period: str
    due_at: dt.datetime


def filed(row: sql.Row) -> Filed:
    return {
        "revision": row["revision"],
        "scheme": row["scheme"],
        "period": row["period"],
        "due_at": row["approved_at"],
    }


def facts(row: sql.Row, model: Model) -> OfDocument:
    """What every notice of the document says of it."""
    return {
        "title": model["title"],
        "kind": row["kind"],
        "document_number": row["document_number"],
        "issue_date": chinese_date(row["issue_date"]),
    }
