"""督办: a unit's overdue items in one letter, from the draft that waits for approval to the items' history."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Set

from sqlalchemy import Connection

from include.db import sql
from include.errors import UserError
from include.items.chase import chase
from include.items.states import record
from include.keys import StageKey
from include.letters.letter import Letter, LetterItem
from include.letters.letters import SUPERVISION, draft_letter, supervision, withdraw_drafts
from include.period import in_zone
from include.registry.offices import Office, offices_over
from include.registry.units import Unit, find_unit


def chase_day(connection: Connection, at: dt.datetime, run_id: str = "") -> list[str]:
    """The chase after open items with the letters that it makes due; the ids about which nobody was asked yet."""
    return draft_supervisions(connection, chase(connection, at, run_id).due_letters, at, run_id)


def draft_supervisions(
    connection: Connection, due_letters: Mapping[str, Set[str]], at: dt.datetime, run_id: str = ""
) -> list[str]:
    """One draft for each unit to which a stage of the chase has a letter due, and those that wait already brought up to
    date; the ids about which nobody was asked yet. A draft of which nothing is left (answered, extended, closed) is
    withdrawn."""
    return [
        letter_id
        for stage, code in units_to_supervise(connection, due_letters)
        for letter_id in draft_supervision(connection, code, stage, at, run_id)
    ]


def units_to_supervise(connection: Connection, due_letters: Mapping[str, Set[str]]) -> list[tuple[str, str]]:
    """Stage and unit of each letter that is due, or whose draft waits and may have to be brought up to date."""
    waiting = {row["unit_code"] for row in sql.fetch(connection, "letters/select_units_with_draft", kind=SUPERVISION)}
    return [(stage, code) for stage, codes in due_letters.items() for code in sorted(codes | waiting)]


def draft_supervision(
    connection: Connection, unit_code: str, stage: str, at: dt.datetime, run_id: str = ""
) -> list[str]:
    """The draft of each office that has items at the unit; the ids about which nobody was asked yet."""
    return [letter_id for letter_id in _drafts(connection, unit_code, stage, run_id or "系统", at) if letter_id]


def supervise(
    connection: Connection, letter: Letter, number: str, by: str, at: dt.datetime, kind: str = SUPERVISION
) -> None:
    """The items' history gets the number of the letter that was approved and issued."""
    for item in letter["items"]:
        record(
            connection,
            item["id"],
            "supervised",
            _key(letter["stage"], item),
            by,
            f"已下发{kind}（{number}）。",
            at,
        )


def drop_supervision(
    connection: Connection, letter: Letter, by: str, at: dt.datetime, note: str, kind: str = SUPERVISION
) -> None:
    """A letter that was sent back: its items are not drafted again for the same deadline."""
    for item in letter["items"]:
        record(connection, item["id"], "skipped", _key(letter["stage"], item), by, f"{kind}退回：{note}", at)


def _drafts(connection: Connection, unit_code: str, stage: str, actor: str, at: dt.datetime) -> list[str]:
    """That of each office that has items at the unit."""
    unit = find_unit(connection, unit_code, in_zone(at).date())
    if unit is None:  # left the register: there is nobody to write to
        return []
    return [_draft(connection, unit, office, stage, actor, at) for office in offices_over(unit)]


def _draft(connection: Connection, unit: Unit, office: Office, stage: str, actor: str, at: dt.datetime) -> str:
    try:
        model = supervision(connection, unit, in_zone(at).date(), stage, office=office)
    except UserError:  # nothing is overdue any more
        withdraw_drafts(connection, SUPERVISION, unit, office)
        return ""
    letter_id, is_new = draft_letter(connection, SUPERVISION, model, at)
    for item in model["items"]:
        record(connection, item["id"], "drafted", _key(stage, item), actor, f"已起草{SUPERVISION}，待签发。", at)
    return letter_id if is_new else ""


def _key(stage: str, item: LetterItem) -> str:
    return item.get("stage_key") or str(StageKey(stage, dt.date.fromisoformat(item["deadline_date"])))
