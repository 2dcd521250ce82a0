"""Letters about open items: 督办通知单, 整改通知书, 联席会议通知. Their facts come from the rectification list.

A letter goes the way of a circular (draft → approval → number → issue, include/signing/issue.py) and lies in the same
table, without an assessment.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection

from include.archive.contents import load
from include.db import sql
from include.documents.drafts import canonical, insert_draft, redraft, withdraw_draft
from include.documents.model import details_of
from include.documents.rendering import kind_of
from include.documents.waiting import ask
from include.errors import UserError
from include.items.deadlines import stored
from include.items.states import states
from include.items.whose import office_code_of
from include.keys import LetterKey
from include.letters.letter import Letter, LetterItem, Topic
from include.period import Period, chinese_date, chinese_weekday, in_zone, start_of
from include.registry.offices import Office, office_of, offices_over
from include.registry.units import Unit, span_of, street_name
from include.safe_text import is_plain, typed_problems
from include.schemes.item_kinds import RECTIFICATION as RECTIFICATION_KIND
from include.schemes.loader import load_scheme
from include.subject_kinds import subject_kinds

SUPERVISION = "督办通知单"
RECTIFICATION = "整改通知书"
JOINT_MEETING = "联席会议通知"
STEP_SUPERVISION = "事项督办函"
TALK = "约谈通知"
PLAN_SUPERVISION = "方案督办通知单"
EVENT_PLAN = "活动安排"
_LONGEST_NOTE, _LONGEST_MEETING, _LONGEST_PLACE = 500, 40, 60  # characters, as the forms allow
_FURTHEST_MEETING = dt.timedelta(days=366)
_OF_THE_DAY = {"as_of", "as_of_date", "agenda"}  # what alone makes no other letter of a draft


def supervision(
    connection: Connection, unit: Unit, on: dt.date, stage: str = "督办", *, office: Office | None = None
) -> Letter:
    """The facts of a 督办通知单: the unit's items of an office (of its street's, where none is given) that are overdue on a day,
    unanswered, and under no such letter yet.

    `stage` is the name of the stage in escalations.yaml. Raises UserError where there is no such item.
    """
    office = office or office_of(unit.street_code, unit.street)
    items = [
        item
        for item in items_of(connection, office.street_code, on, unit.code, stage)
        if item["days_overdue"] and not item["is_answered"] and not item["was_supervised"]
    ]
    if not items:
        raise UserError(f"{unit.name}在{chinese_date(on)}没有逾期的整改事项，不能下发督办通知单。")
    letter = frame_of_unit(SUPERVISION, unit, office, on, items)
    letter["stage"] = stage
    return letter


def rectification(
    connection: Connection, unit: Unit, on: dt.date, note: str = "", *, offices: Sequence[Office] = ()
) -> Letter:
    """The facts of a 整改通知书: all open items of the unit that are an office's, of the first that has any (its street's before its
    county's, where they are not given), and what it adds. Raises UserError where there are none, or for a note that is too long or holds what nobody sees."""
    if wrong := typed_problems("附言", note, _LONGEST_NOTE):
        raise UserError(*wrong)
    found = [(one, items_of(connection, one.street_code, on, unit.code)) for one in offices or offices_over(unit)]
    office, items = next((one for one in found if one[1]), found[0])
    if not items:
        raise UserError(f"{unit.name}在{chinese_date(on)}没有需要整改的问题，不能下发整改通知书。")
    letter = frame_of_unit(RECTIFICATION, unit, office, on, items)
    letter["note"] = note.strip()
    letter["note_has_date"] = bool(re.search(kind_of(RECTIFICATION).dates_in_notes, note))
    return letter


def joint_meeting(
    connection: Connection, street_code: str, on: dt.date, *, meeting: str, meeting_at: dt.datetime, place: str,
    drafted_at: dt.datetime | None = None, first_of: str = "",
) -> Letter:  # fmt: skip
    """The facts of a 联席会议通知: when and where `meeting` is held, and its agenda from the street's open problems.

    Items of every kind are discussed, those of the system `first_of` (what an earlier meeting resolved) first.
    `drafted_at` is the moment on that day, where it is known. Raises UserError, all at once, for a street that the
    register does not have, a meeting in the past, more than a year ahead or without an hour, and names with signs that
    nobody sees.
    """
    street = street_name(connection, street_code, on)
    problems = []
    if street is None:
        problems.append(f"登记册在{chinese_date(on)}没有代码为 {street_code} 的街道：请核对街道代码。")
    local = in_zone(meeting_at)
    if meeting_at < (drafted_at or start_of(on)):
        problems.append(f"会议时间{_spoken(meeting_at)}已过：请填写今天以后的时间。")
    elif local.date() > on + _FURTHEST_MEETING:
        problems.append(f"会议时间{_spoken(meeting_at)}在一年以后：请核对年份。")
    if (local.hour, local.minute) == (0, 0):  # what a date picker gives where only the day was chosen
        problems.append(f"会议时间{_spoken(meeting_at)}没有写明钟点：请填写几时开会，例如 9时30分。")
    for name, text, longest in (("会议名称", meeting, _LONGEST_MEETING), ("会议地点", place, _LONGEST_PLACE)):
        if not is_plain(text):
            problems.append(f"{name}是空的，或者有换行或看不见的字符：请在表里重新录入。")
        elif len(text) > longest:
            problems += typed_problems(name, text, longest)
    if problems:
        raise UserError(*problems)
    items = items_of(connection, street_code, on, is_of_any_office=True)
    letter = _frame(JOINT_MEETING, office_of(street_code, street or ""), on, items, meeting=meeting.strip())
    letter["meeting"], letter["place"] = meeting.strip(), place.strip()
    letter["meeting_time"], letter["meeting_at"] = _spoken(meeting_at), local.isoformat()
    letter["agenda"] = _agenda(items, first_of)
    return letter


def of_street(connection: Connection, kind: str, street_code: str, on: dt.date, topic: str) -> Letter:
    """A letter of a street's committee to all its communities, about a topic that names it; nothing is asked of anybody."""
    letter = _frame(kind, office_of(street_code, street_name(connection, street_code, on) or ""), on, [], meeting=topic)
    letter["meeting"] = topic
    return letter


def draft_letter(connection: Connection, kind: str, model: Letter, drafted_at: dt.datetime) -> tuple[str, bool]:
    """Write the draft of a letter, or find the one that waits; its id, and whether nobody was asked about it yet.

    A draft that waits is never doubled: one on the same matters stays to the byte as it is, only the day moved on; one
    whose matters have changed gets the new text, and whoever was asked is asked anew.
    """
    text, model_hash = canonical(model)
    unit_code, topic = model["unit_code"] or None, model.get("meeting") or model["as_of_date"]
    waiting = [
        row
        for row in sql.fetch(
            connection,
            "letters/select_letter_drafts",
            kind=kind,
            street_code=model["street_code"],
            unit_code=unit_code,
        )
        if json.loads(row["model"])["title"] == model["title"]
    ]
    if waiting:
        [draft] = waiting
        if _matters(json.loads(draft["model"])) != _matters(model):
            redraft(connection, draft["id"], text, model_hash, kind)
            if draft["asked_at"] is not None:
                ask(connection, draft["id"], drafted_at)
        return draft["id"], draft["asked_at"] is None
    key = LetterKey(kind, unit_code or model["street_code"], topic, 1)
    series = {"prefix": key.series, "prefix_length": len(key.series), "code": unit_code or model["street_code"]}
    counted = sql.fetch_one(connection, "letters/count_letters", **series) or {}
    letter_id = str(replace(key, number=counted["letters"] + 1))
    _insert(connection, letter_id, kind, model)
    return letter_id, True


def restore_draft(connection: Connection, letter_id: str, model_hash: str) -> None:
    """The draft of a letter as it was approved, from the archive: what a rebuild replays before the approval.

    Raises UserError where the archive has lost it.
    """
    _insert(connection, letter_id, LetterKey.parse(letter_id).kind, json.loads(load(model_hash)))


def withdraw_drafts(connection: Connection, kind: str, unit: Unit, office: Office) -> None:
    """Take back what waits for an office's approval: nothing of it is left to say."""
    drafts = sql.fetch(
        connection, "letters/select_letter_drafts", kind=kind, street_code=office.street_code, unit_code=unit.code
    )
    for draft in drafts:
        withdraw_draft(connection, draft["id"])


def _insert(connection: Connection, letter_id: str, kind: str, model: Letter) -> None:
    keys = {"street_code": model["street_code"], "unit_code": model["unit_code"] or None, "period": model["period"]}
    insert_draft(connection, letter_id, kind, model, **keys)


def _matters(model: Letter) -> dict[str, object]:
    """What a letter is about: its model without what the passing of days changes by itself."""
    items = [{**item, "days_overdue": 0} for item in model["items"]]
    return {**{name: value for name, value in model.items() if name not in _OF_THE_DAY}, "items": items}


def frame_of_unit(kind: str, unit: Unit, office: Office, on: dt.date, items: list[LetterItem]) -> Letter:
    """A letter of a kind to a unit, about some of its items, without what the kind says besides."""
    letter = _frame(kind, office, on, items, unit=unit.name)
    if (noun := subject_kinds().of(unit.kind)) is not subject_kinds().of(""):
        letter["called"] = {name: getattr(noun, name) for name in ("noun", "counter", "addressee", "owner_title")}
    letter["unit"], letter["unit_code"] = unit.name, unit.code
    return letter


def _frame(kind: str, office: Office, on: dt.date, items: list[LetterItem], **named: str) -> Letter:
    """Who writes about what; title, copies and days to answer as kinds.yaml has them, for what is `named`."""
    texts = kind_of(kind)
    letter: Letter = {
        "scheme": "",
        "period": max((item["opened_period"] for item in items), default=str(Period.parse(f"{on:%Y-%m}").half)),
        "title": texts.title.format(**named),
        "street": office.street,
        "street_code": office.street_code,
        "unit_code": "",
        "committee_name": office.committee_name,
        "sign_name": office.sign_name,
        "printed_by": office.printed_by,
        "copied_to": [name.format(**named) for name in texts.copied_to],
        "reply_working_days": texts.reply_working_days,
        "as_of_date": on.isoformat(),
        "as_of": chinese_date(on),
        "items": items,
    }
    if office.called:
        letter["issuer"] = office.called
    return letter


def items_of(
    connection: Connection,
    office_code: str,
    on: dt.date,
    unit_code: str = "",
    supervision_stage: str = "",
    *,
    is_of_any_office: bool = False,
) -> list[LetterItem]:
    """The open items of a street or a unit that are the office's own; a street discusses whatever is open at its units."""
    rows = sql.fetch(
        connection,
        "letters/select_open_items",
        **span_of(office_code),
        on_date=on,
        supervision=supervision_stage,
        is_of_all_kinds=is_of_any_office,
    )
    return [
        {
            "id": row["id"],
            "scheme": row["scheme"],
            "unit": row["unit"],
            "unit_code": row["unit_code"],
            "indicator": row["indicator"],
            "problem": row["problem"],
            "heading": _heading(row),
            "details": details_of(row["details"]),
            "opened_period": row["opened_period"],
            "opened_date": chinese_date(row["opened_date"]),
            "deadline": stored(row).shown,
            "deadline_date": row["deadline"].isoformat(),
            "days_overdue": max(0, (on - row["deadline"]).days),
            "is_answered": row["state"] in states().waiting_for_inspectors,
            "was_supervised": bool(row["was_supervised"]),
        }
        for row in rows
        if unit_code in ("", row["unit_code"])
        and (is_of_any_office or office_code_of(row, row["street_code"]) == office_code)
    ]


def _heading(row: sql.Row) -> str:
    """The problem as the scheme words it, without the details of one unit."""
    if row["kind"] != RECTIFICATION_KIND:
        return str(row["problem"])
    scheme = load_scheme(row["scheme"], Period.parse(row["opened_period"]))
    return scheme.problem_texts.get(row["indicator"], str(row["problem"]))


def _agenda(items: list[LetterItem], first_of: str) -> list[Topic]:
    """Open problems as topics: those of one system first, then what is overdue in most communities, then what most have."""
    topics: dict[tuple[str, str], list[LetterItem]] = defaultdict(list)
    for item in items:
        topics[item["scheme"], item["indicator"] or item["problem"]].append(item)
    agenda: list[Topic] = [
        {
            "scheme": own[0]["scheme"],
            "indicator": own[0]["indicator"],
            "problem": own[0]["heading"],
            "units": list(dict.fromkeys(item["unit"] for item in own)),
            "overdue": len({item["unit"] for item in own if item["days_overdue"]}),
        }
        for _, own in sorted(topics.items())
    ]
    return sorted(agenda, key=lambda topic: (topic["scheme"] != first_of, -topic["overdue"], -len(topic["units"])))


def _spoken(moment: dt.datetime) -> str:
    """2026年9月25日（星期五）9时30分."""
    local = in_zone(moment)
    minutes = f"{local.minute}分" if local.minute else ""
    return f"{chinese_date(local.date())}（{chinese_weekday(local.date())}）{local.hour}时{minutes}"
