"""约谈: the secretary of a unit that circulars running name for what is long overdue is called to a talk, by a numbered letter."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from include.db import sql
from include.items.chase import Talk
from include.items.states import record
from include.keys import StageKey
from include.letters.letter import Letter
from include.letters.letters import TALK, draft_letter, frame_of_unit, items_of
from include.period import Period, in_zone
from include.registry.offices import office_of
from include.registry.units import find_unit


def draft_talks(
    connection: Connection, street_code: str, period: Period, named: Mapping[str, Sequence[str]], talk: Talk, at: dt.datetime
) -> list[str]:  # fmt: skip
    """The letters to the units that a circular of the period names again, by code with the items; the ids of those that are new. A
    unit that was written to about that period already, whatever became of it, gets no other."""
    on = in_zone(at).date()
    drafted = []
    for code, ids in named.items():
        unit = find_unit(connection, code, on)
        known = sql.fetch(connection, "letters/select_of_period", kind=TALK, unit_code=code, period=str(period))
        if unit is None or known:
            continue
        office = office_of(street_code, "" if street_code != unit.street_code else unit.street)
        items = [item for item in items_of(connection, office.street_code, on, code) if item["id"] in ids]
        letter = frame_of_unit(TALK, unit, office, on, items)
        letter["period"] = str(period)
        letter["copied_to"] = [one.name for one in office.copied_to]
        letter["talk"] = {
            "working_days": talk.working_days,
            "time": talk.time,
            "place": talk.place,
            "bring": talk.bring,
        }
        drafted.append(draft_letter(connection, TALK, letter, at)[0])
    return drafted


def waiting_talks(connection: Connection, street_code: str, period: str) -> list[str]:
    """Drafts about a period of which nobody was asked yet, by id."""
    rows = sql.fetch(connection, "letters/select_unit_letters", kind=TALK, street_code=street_code)
    return [row["id"] for row in rows if (row["period"], row["state"], row["asked_at"]) == (period, "draft", None)]


def talked(connection: Connection, letter: Letter, number: str, by: str, at: dt.datetime) -> None:
    """The items' history gets the number of the letter that was issued."""
    for item in letter["items"]:
        key = str(StageKey("约谈", dt.date.fromisoformat(item["deadline_date"])))
        record(connection, item["id"], "supervised", key, by, f"已下发{TALK}（{number}）。", at)
