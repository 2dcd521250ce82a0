"""督办 of the steps of items: a unit's overdue steps in one numbered letter, from the draft that waits to the items' history.

Whom nobody can write to (the office itself, the inspectors, a unit in residence) gets the mail of the stage alone.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator

from sqlalchemy import Connection

from include.archive import contents
from include.db import sql
from include.items.chase import escalations
from include.items.states import record
from include.items.step_chase import Due, chase_steps, policy_of, stage_key
from include.items.step_notices import told_step
from include.keys import LetterKey
from include.letters.letter import Letter, LetterItem
from include.letters.letters import (
    PLAN_SUPERVISION,
    STEP_SUPERVISION,
    SUPERVISION,
    draft_letter,
    frame_of_unit,
    withdraw_drafts,
)
from include.period import Period, chinese_date, in_zone
from include.registry.offices import Office, office_for, offices_over
from include.registry.units import Unit, find_unit
from include.schemes.loader import find_scheme
from include.schemes.model import Scheme


def chase_steps_day(connection: Connection, at: dt.datetime, run_id: str = "", system: str = "") -> list[str]:
    """The chase after steps with the letters that it makes due; the ids about which nobody was asked yet."""
    due = chase_steps(connection, at, run_id, system).due_letters
    return [one for each in letters_due(connection, due) for one in draft_step_letter(connection, each, at, run_id)]


def letters_due(connection: Connection, due: Iterable[Due]) -> list[Due]:
    """Those due, and those whose drafts wait and may have to be brought up to date."""
    found = set(due)
    stages = {(one.letter, one.stage) for policy in escalations().values() for one in policy.stages}
    for kind, stage in (one for one in stages if one[0] not in ("", SUPERVISION, PLAN_SUPERVISION)):
        waiting = sql.fetch(connection, "letters/select_units_with_draft", kind=kind)
        found |= {Due(kind, stage, row["unit_code"]) for row in waiting}
    return sorted(found)


def draft_step_letter(connection: Connection, due: Due, at: dt.datetime, run_id: str = "") -> list[str]:
    """The draft of each office to which the unit's items belong, written or brought up to date; withdrawn where nothing of it is
    left. The ids about which nobody was asked yet."""
    on = in_zone(at).date()
    unit = find_unit(connection, due.unit_code, on)
    if unit is None:  # left the register: there is nobody to write to
        return []
    listed = _listed(connection, due, unit, on)
    drafted = []
    for office in offices_over(unit):
        if not (items := listed.get(office.street_code, [])):
            withdraw_drafts(connection, due.kind, unit, office)
            continue
        letter_id, is_new = draft_letter(connection, due.kind, _letter(due, unit, office, on, items), at)
        for item in items:
            text = f"已起草{due.kind}，待签发。"
            record(connection, item["id"], "drafted", item["stage_key"], run_id or "系统", text, at)
        drafted += [letter_id] if is_new else []
    return drafted


def _letter(due: Due, unit: Unit, office: Office, on: dt.date, items: list[LetterItem]) -> Letter:
    letter = frame_of_unit(due.kind, unit, office, on, items)
    letter["stage"] = due.stage
    return letter


def _listed(connection: Connection, due: Due, unit: Unit, on: dt.date) -> dict[str, list[LetterItem]]:
    """The unit's steps that have reached the stage and are under no such letter yet, by the code of the office they belong to."""
    found: dict[str, list[LetterItem]] = defaultdict(list)
    done = {
        (row["item_id"], row["stage"])
        for row in sql.fetch(connection, "letters/select_supervised_steps", holder=unit.code)
    }
    for row, key in _reached(connection, due, on):
        system = find_scheme(row["scheme"], Period.parse(row["opened_period"]))
        if system is None or (row["id"], key) in done:
            continue
        told = {name: said for name, said in told_step(connection, row, on).items() if name != "days_left"}
        found[office_for(system, unit).street_code].append(
            {
                "id": row["id"], "scheme": row["scheme"], "unit": unit.name, "unit_code": unit.code, "indicator": told["number"],
                "problem": row["problem"], "heading": row["problem"], "details": "", "opened_period": row["opened_period"],
                "opened_date": chinese_date(row["opened_date"]), "deadline": chinese_date(row["due_date"]),
                "deadline_date": row["due_date"].isoformat(), "days_overdue": (on - row["due_date"]).days, "is_answered": False,
                "was_supervised": False, "stage_key": key, "told": told,
            }
        )  # fmt: skip
    return found


def _reached(connection: Connection, due: Due, on: dt.date) -> Iterator[tuple[sql.Row, str]]:
    """The steps that the unit takes whose policy has that letter at that stage, and which have come to it; with the stage's key."""
    for row in sql.fetch(connection, "letters/select_open_steps", holder=due.unit_code):
        policy = policy_of(row)
        for stage in policy.stages if policy else ():
            is_it = (stage.letter, stage.stage) == (due.kind, due.stage)
            if is_it and stage.after.date(row["began_date"], row["due_date"]) <= on:
                yield row, stage_key(stage, row)


def files_of_step_letters(connection: Connection, scheme: Scheme, office_code: str) -> dict[str, bytes]:
    """The letters about steps of items that a system's period (or one within it) found, for OUT, as archived; those that wait as
    drafts."""
    files: dict[str, bytes] = {}
    for row in sql.fetch(connection, "letters/select_unit_letters", kind=STEP_SUPERVISION, street_code=office_code):
        if not any(_is_of(item, scheme) for item in json.loads(row["model"])["items"]):
            continue
        key = LetterKey.parse(row["id"])
        name = f"letters/{row['unit_code']}-{key.kind}-{key.topic}" + (f"-{key.number}" if key.number > 1 else "")
        hashes = {ending: row[f"{ending}_sha256"] for ending in ("docx", "pdf")}
        files |= {f"{name}.{ending}": contents.load(sha256) for ending, sha256 in hashes.items() if sha256}
    return files


def _is_of(item: LetterItem, scheme: Scheme) -> bool:
    found, whole = Period.parse(item["opened_period"]), scheme.period
    is_within = whole.start_date <= found.start_date and found.end_date <= whole.end_date
    return item["scheme"] == scheme.scheme and is_within
