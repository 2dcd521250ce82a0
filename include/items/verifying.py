"""The inspectors' mail: the 整改核验表 of everything that waits for them, with the communities' evidence."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict

from sqlalchemy import Connection

from include.archive import contents
from include.db import sql
from include.items.answers import verification_workbook
from include.items.deadlines import stored
from include.items.replies import sendable
from include.items.reply_rules import rules
from include.items.whose import office_code_of
from include.items.workbooks import verification_code
from include.outbox.notice import Notice
from include.outbox.outbox import notify
from include.outbox.words import ToVerify
from include.period import at_latest_now, in_zone
from include.registry.offices import Office, office_on
from include.workbooks.codes import grouped, of_verification
from include.workbooks.used_codes import is_used_up

KIND = "rectification_verification"


def ask_inspectors(connection: Connection, at: dt.datetime) -> int:
    """Put an office's 整改核验表 into the outbox for every inspector of it (for ops where it has none) who has no
    unused one that lists every answer that waits; for how many offices.

    One a reader and day, each with a code of its own that one act uses up: what was left open in a used one is asked for
    again. The same day again changes nothing.
    """
    today, streets = in_zone(at).date(), defaultdict[str, list[sql.Row]](list)
    for answer in sql.fetch(connection, "items/select_waiting", on_date=today):
        streets[office_code_of(answer, answer["street_code"])].append(answer)
    asked = 0
    for street_code, waiting in streets.items():
        office = office_on(connection, street_code, today)
        readers = [reader.strip().lower() for reader in office.inspectors or [office.ops_email]]
        mailed = [_ask(connection, office, reader, waiting, at) for reader in readers]
        asked += any(mailed)
    return asked


def _ask(connection: Connection, office: Office, reader: str, waiting: list[sql.Row], at: dt.datetime) -> bool:
    """Mail one reader a sheet; False where there is no need."""
    today = in_zone(at).date()
    listed = [(answer["item_id"], answer["sequence"]) for answer in waiting]
    known, is_answered = _told_before(connection, office.street_code, reader)
    if known.issuperset(listed) and not is_answered:
        return False
    sheet = verification_workbook(connection, office.street_code, office.street, today, reader)
    if sheet is None:
        return False
    sent_on, left = sendable(_evidence(connection, waiting), rules().sent_on)
    notify(
        connection,
        Notice(
            KIND,
            subject=f"verification/{office.street_code}",
            stage=str(today),
            office=office,
            recipient=reader if office.inspectors else "",
            due_at=at_latest_now(at),
            words=ToVerify(
                {
                    "unit_name": office.street,
                    "count": len(listed),
                    "new": len(set(listed) - known),
                    "code": grouped(verification_code(office.street_code, today, reader)),
                    "items": [
                        {
                            "unit": answer["unit_name"],
                            "indicator": answer["indicator"],
                            "problem": answer["problem"],
                            "deadline": stored(answer).for_mail,
                        }
                        for answer in waiting
                    ],
                    "left": left,
                }
            ),
            asks=[
                {"id": answer["item_id"], "deadline": stored(answer).for_mail}
                | {name: answer[name] for name in ("indicator", "problem", "sequence")}
                for answer in waiting
            ],
            attachments=[(f"{office.street}整改核验表.xlsx", contents.store(sheet)), *sent_on],
        ),
    )
    return True


def _told_before(connection: Connection, street_code: str, reader: str) -> tuple[set[tuple[str, int]], bool]:
    """The answers (item, sequence) that the last sheet of a reader listed, and whether it was used up and serves no more."""
    last = sql.fetch_one(
        connection,
        "items/select_last_asked",
        kind=KIND,
        subject=f"verification/{street_code}",
        recipient=reader,
    )
    if last is None:
        return set(), False
    listed = sql.fetch(connection, "items/select_asked_answers", notice_id=last["id"])
    subject = of_verification(street_code, last["stage"], reader)
    return {(row["item_id"], row["answer_sequence"]) for row in listed}, is_used_up(connection, subject)


def _evidence(connection: Connection, waiting: list[sql.Row]) -> list[sql.Row]:
    """The communities' files, each under the name of its unit and item."""
    return [
        file | {"name": f"{answer['unit_name']}_{answer['indicator']}_{file['name']}"}
        for answer in waiting
        for file in sql.fetch(
            connection, "items/select_evidence", item_id=answer["item_id"], sequence=answer["sequence"]
        )
    ]
