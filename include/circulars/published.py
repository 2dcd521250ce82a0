"""Which circular belongs to a street's newest figures, and which were issued besides: never one revision's beside another's."""

from __future__ import annotations

import json
from dataclasses import dataclass

from sqlalchemy import Connection

from include.archive import contents
from include.circulars.corrections import changes_between
from include.circulars.told import whole_model
from include.db import sql
from include.documents.rendering import render
from include.documents.sources import Sources, sources_of
from include.safe_text import as_file_name

_SUFFIXES = ("docx", "pdf", "html")
Files = dict[str, bytes]


@dataclass(frozen=True)
class Published:
    """`current`: the circular of the newest revision, issued or a draft; None where it has none (yet). `issued`: all the
    others that stand, oldest first. `note`: in Chinese, what a reader must know who finds both; empty where nothing."""

    current: sql.Row | None
    issued: list[sql.Row]
    note: str

    @property
    def approved_by(self) -> str:
        return str(self.current["approved_by"]) if self.current else ""

    @property
    def sources(self) -> Sources:
        """Hashes of the texts that the current circular was made of, as archived with it; empty for a draft."""
        return sources_of(self.current["manifest_sha256"]) if self.current else {}

    def files(self) -> Files:
        """circular.* and the others under circulars/ by their numbers: as archived; a draft that was not is made anew."""
        files = _named("circular", _contents(self.current)) if self.current else {}
        for row in self.issued:
            files |= _named(f"circulars/{as_file_name(row['document_number'])}", _contents(row))
        return files


def published(connection: Connection, assessment: sql.Row, **key: str) -> Published:
    """Of the street's period `key` (scheme, period, street_code), whose newest assessment is `assessment`.

    A revision that changed nothing published has no circular of its own: the last one issued still tells its figures.
    """
    rows = sql.fetch(connection, "circulars/select_circulars", **key)
    issued = [row for row in rows if row["state"] == "issued"]
    current = next((row for row in reversed(rows) if row["assessment_id"] == assessment["id"]), None)
    if current is None and issued and not _changes(connection, assessment["id"], issued[-1]):
        current = issued[-1]
    others = [row for row in issued if current is None or row["id"] != current["id"]]
    return Published(current, others, _note(assessment, current, others))


def _changes(connection: Connection, assessment_id: str, issued: sql.Row) -> bool:
    return bool(changes_between(json.loads(issued["model"]), whole_model(connection, assessment_id)))


def _note(assessment: sql.Row, current: sql.Row | None, others: list[sql.Row]) -> str:
    if not others or (current is not None and current["state"] == "issued"):
        return ""
    last = f"已印发的{others[-1]['document_number']}说的是第 {others[-1]['revision']} 稿，见 circulars/。"
    revision = f"各表是第 {assessment['revision']} 稿"
    if current is None:
        return f"{revision}，还没有起草通报；{last}"
    waits = "待党工委签发" if current["asked_at"] is not None else "已退回或尚未送审"
    return f"{revision}，其{current['kind']}是草稿，{waits}；{last}"


def _contents(row: sql.Row) -> Files:
    if row["docx_sha256"]:
        hashes = {suffix: row[f"{suffix}_sha256"] for suffix in _SUFFIXES}
        return {suffix: contents.load(sha256) for suffix, sha256 in hashes.items() if sha256}
    rendered = render(row["kind"], json.loads(row["model"]), number="", issue_date=None, status="草稿")
    return {suffix: content for suffix in _SUFFIXES if (content := getattr(rendered, suffix)) is not None}


def _named(stem: str, contents: Files) -> Files:
    return {f"{stem}.{suffix}": content for suffix, content in contents.items()}
