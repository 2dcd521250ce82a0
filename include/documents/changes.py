"""What changed in a draft since the committee was asked about it before: line by line, as the paper says it."""

from __future__ import annotations

import datetime as dt
import difflib
import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree

from sqlalchemy import Connection

from include.archive.contents import load
from include.db import sql
from include.errors import UserError
from include.keys import DraftKey

_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_CELL = " | "


@dataclass(frozen=True)
class Changes:
    """`lines`: (what stood, what stands instead), either may be empty; a row of a table is one line."""

    asked_at: dt.datetime
    lines: list[tuple[str, str]]


def changes_since(connection: Connection, row: sql.Row) -> Changes | None:
    """Against the text that was asked about before this one; None where this is the first, or the earlier one is kept no more."""
    this = DraftKey.of(row["model_hash"]).text
    asked = sql.fetch(connection, "documents/select_asked_drafts", circular_id=row["id"])
    of_texts = (one for one in asked if DraftKey.is_one(one["stage"]))
    before = next((one for one in of_texts if DraftKey.parse(one["stage"]).text != this), None)
    word = _word_file(before) if before else None
    if before is None or word is None or not row["docx_sha256"]:
        return None
    try:
        then, now = _text(load(word)), _text(load(row["docx_sha256"]))
    except (UserError, OSError):  # its time was up
        return None
    return Changes(before["due_at"], list(_differences(then, now)))


def _word_file(notice: sql.Row) -> str | None:
    files = json.loads(notice["attachments"])
    return next((str(one["sha256"]) for one in files if one["name"].endswith(".docx")), None)


def _text(docx: bytes) -> list[str]:
    """The lines of a Word file of ours: paragraphs, and rows of tables."""
    with zipfile.ZipFile(io.BytesIO(docx)) as package:
        body = ElementTree.fromstring(package.read("word/document.xml")).find(f"{_WORD}body")  # noqa: S314 - our own
    found = [] if body is None else [line for part in body for line in _lines(part)]
    return [line for line in found if line.strip(" |")]


def _lines(part: ElementTree.Element) -> Iterator[str]:
    if part.tag != f"{_WORD}tbl":
        yield _said(part)
        return
    for row in part.iter(f"{_WORD}tr"):
        yield _CELL.join(_said(cell) for cell in row.iter(f"{_WORD}tc"))


def _said(part: ElementTree.Element) -> str:
    return "".join(text.text or "" for text in part.iter(f"{_WORD}t")).strip()


def _differences(then: list[str], now: list[str]) -> Iterator[tuple[str, str]]:
    for kind, first, last, new_first, new_last in difflib.SequenceMatcher(
        None, then, now, autojunk=False
    ).get_opcodes():
        if kind == "equal":
            continue
        old, new = then[first:last], now[new_first:new_last]
        for at in range(max(len(old), len(new))):
            yield (old[at] if at < len(old) else "", new[at] if at < len(new) else "")
