"""Sheets that a rebuild cannot read again, because the time of their personal data was up: what is stored of them, as it is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from include.archive import contents
from include.archive.data_keys import ErasedError
from include.db import sql
from include.errors import UserError
from include.intake.recording import copy_answer
from include.ledgers.keeping import copy_rows

_NAMED = 3


@dataclass(frozen=True)
class Erased:
    """Of contents that were destroyed: their arrivals by id, their hand-ins by content, with findings, and the ledgers they are of;
    `notes` say so to people."""

    arrivals: dict[str, sql.Row] = field(default_factory=dict)
    hand_ins: dict[str, sql.Row] = field(default_factory=dict)
    findings: dict[str, list[sql.Row]] = field(default_factory=dict)
    ledger_rows: list[sql.Row] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def check_archive(sha256s: Iterable[str]) -> list[str]:
    """Every raw file is there and whole; those that were destroyed in time. Raises UserError for what is lost or damaged."""
    problems, erased = [], []
    for sha256 in dict.fromkeys(sha256s):
        try:
            contents.load(sha256)
        except ErasedError:
            erased.append(sha256)
        except UserError as error:
            problems += error.problems
    if problems:
        in_all = f"档案库（DUBAN_ARCHIVE）里共有 {len(problems)} 个收到的文件读不出，不能重建。"
        raise UserError(*problems[:_NAMED], in_all)
    return erased


def erased_of(source: Connection, sha256s: Sequence[str]) -> Erased:
    """What the record has of destroyed contents."""
    if not sha256s:
        return Erased()
    asked = {"any_sha256": list(sha256s)}
    findings: dict[str, list[sql.Row]] = defaultdict(list)
    for row in sql.fetch(source, "rebuild/select_erased_findings", **asked):
        findings[row["sha256"]].append(row)
    return Erased(
        {row["id"]: row for row in sql.fetch(source, "rebuild/select_erased_arrivals", **asked)},
        {row["sha256"]: row for row in sql.fetch(source, "rebuild/select_erased_hand_ins", **asked)},
        findings,
        sql.fetch(source, "rebuild/select_erased_rows", **asked),
        [f"{len(sha256s)} 份台账的个人信息保存期满、已经销毁，原件不能重读，照原库存下的抄录。"],
    )


def copy_erased(connection: Connection, erased: Erased, arrivals: Iterable[sql.Row]) -> None:
    """Answer those of the arrivals that were destroyed as they were answered, with what their sheets made of their ledgers."""
    for arrival in arrivals:
        if (answer := erased.arrivals.get(arrival["id"])) is None:
            continue
        is_first = answer["status"] != "duplicate"
        hand_in = erased.hand_ins.pop(arrival["sha256"], None) if is_first else None
        copy_answer(connection, answer, hand_in, erased.findings.get(arrival["sha256"], []))
        if hand_in is not None and hand_in["status"] == "accepted":
            _copy_rows(connection, hand_in, erased.ledger_rows)


def _copy_rows(connection: Connection, hand_in: sql.Row, ledger_rows: Sequence[sql.Row]) -> None:
    """What was written, and what ended, at the moment of a sheet's receipt."""
    whose, at = (f"{hand_in['scheme']}.{hand_in['form']}", hand_in["unit_code"]), hand_in["received_at"]
    own = [row for row in ledger_rows if (row["ledger"], row["filler_code"]) == whose]
    written = [row for row in own if row["known_from"] == at]
    copy_rows(connection, written, [row for row in own if row["known_until"] == at])
