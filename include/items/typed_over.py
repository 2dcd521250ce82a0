"""What was typed into the printed columns of 整改反馈表 and 整改核验表: no answer to anything, and its sender is told so."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator
from dataclasses import replace

from include.archive import contents
from include.db import sql
from include.db.engine import transaction
from include.errors import UserError
from include.items.verifying import KIND
from include.items.workbooks import Sheet, layouts, read_workbook
from include.workbooks.codes import MADE_ON
from include.workbooks.limits import printable
from include.workbooks.printed import Printed, is_typed_over

_OPENED = "rectification_opened"
_MOST = 5  # sheets that are looked at, and cells that are named
_log = logging.getLogger(__name__)


def with_notes(sheet: Sheet) -> Sheet:
    """The sheet with a sentence for each printed cell that is not as it went out. Of a sheet of which nothing is kept nothing is said."""
    typed, was = sheet.printed, dict[tuple[str, str], str]()
    if not typed:
        return sheet
    for sha256 in _sent(sheet):
        known = _printed_in(sha256)
        typed = [one for one in typed if is_typed_over(one.text, known.get(_key(one), ""))]
        was = known | was
        if not typed:
            return sheet
    typed = [one for one in typed if _key(one) in was]
    return replace(sheet, notes=list(_notes(typed, was, sheet)))


def _key(one: Printed) -> tuple[str, str]:
    return one.about, one.column


def _sent(sheet: Sheet) -> list[str]:
    """The sheets that went out to whoever it is from, the last one first; of the inspectors' those of its day."""
    title = layouts()[sheet.kind].title
    with transaction() as connection:
        if sheet.kind == "rectification":
            rows = sql.fetch(connection, "items/select_sent_answer_sheets", kind=_OPENED, unit_code=sheet.code)
        else:
            about = {"subject": f"verification/{sheet.code}", "made_on": sheet.marks.get(MADE_ON, "")}
            rows = sql.fetch(connection, "items/select_sent_verifications", kind=KIND, **about)
    files = (file for row in rows for file in json.loads(row["attachments"]) if f"{title}.xlsx" in file["name"])
    return list(dict.fromkeys(file["sha256"] for file in files))[:_MOST]


def _printed_in(sha256: str) -> dict[tuple[str, str], str]:
    try:
        sent = read_workbook(contents.load(sha256), f"{sha256}.xlsx")
    except UserError as error:
        _log.warning("cannot read what was sent, %s: %s", sha256, error)
        sent = None
    return {_key(one): one.text for one in sent.printed} if sent else {}


def _notes(typed: Iterable[Printed], was: dict[tuple[str, str], str], sheet: Sheet) -> Iterator[str]:
    cells, layout = list(typed), layouts()[sheet.kind]
    for one in cells[:_MOST]:
        said = {
            "place": one.place, "column": one.column, "printed": printable(was[_key(one)]),
            "found": printable(one.text)[:40], "fill": "、".join(column.title for column in layout.columns if column.fill),
        }  # fmt: skip
        yield layout.typed_over.format(**said)
    if rest := [one.place for one in cells[_MOST:]]:
        yield layout.typed_over_more.format(count=len(rest), places="、".join(rest[:_MOST]))
