"""What stood in sentences, notices and their payloads until columns and tables took it: a database of then is filled from them."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, text

from include.settings import REPO
from include.workbooks.codes import of_verification
from include.workbooks.used_codes import is_used_up


def migrations(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(REPO / "include/db/migrations"))
    config.attributes["connection"] = connection
    return config


def insert(connection: Connection, table: str, **values: Any) -> None:
    names = ", ".join(values)
    connection.execute(
        text(f"INSERT INTO {table} ({names}) VALUES ({', '.join(f':{name}' for name in values)})"), values
    )


def test_the_deadline_of_an_extension_is_read_out_of_its_sentence_once(database: Engine) -> None:
    said = [
        ("opened", "台账不全，限期整改。"),
        ("extended", "期限由2026年9月10日延至2026年9月30日：台风：\n停工"),
        ("extended", "期限由2027年1月8日（暂定）延至2027年2月5日：春节"),
        ("answered", "期限由2026年9月10日延至2026年9月30日：抄的"),
    ]
    with database.begin() as connection:
        command.downgrade(migrations(connection), "0011")
        for sequence, (kind, reason) in enumerate(said, 1):
            insert(
                connection, "item_event", item_id="i", sequence=sequence, kind=kind, stage=str(sequence), actor="x",
                reason=reason, happened_at="2026-09-01 00:00:00",
            )  # fmt: skip
        command.upgrade(migrations(connection), "head")
        found = connection.execute(text("SELECT deadline FROM item_event ORDER BY sequence")).scalars().all()
    days = [str(day) if isinstance(day, dt.date) else day for day in found]
    assert days == [None, "2026-09-30", "2027-02-05", None]


def told(connection: Connection, key: str, kind: str, subject: str, **values: Any) -> None:
    """A notice as it was written then."""
    common = {
        "stage": "", "recipient": "a@example.com", "revision": 0, "unit_code": "", "period": "2026H1",
        "due_at": "2026-08-25 01:00:00", "copy_to": "", "payload": "{}", "attachments": "[]", "state": "sent", "reason": "",
    }  # fmt: skip
    insert(connection, "notice", id=key, kind=kind, subject=subject, **{**common, **values})


def test_what_came_after_sign_off_is_known_by_the_notice_that_said_so(database: Engine) -> None:
    with database.begin() as connection:
        command.downgrade(migrations(connection), "0012")
        for key in ("late", "other"):
            insert(
                connection, "delivery", id=key, sha256=key, bytes=1, name="x", channel="inbox", sender="", sender_trust="own",
                codes="", received_at="2026-08-25 01:00:00", status="returned", message="", attempts=0,
            )  # fmt: skip
        told(connection, "1", "archived_after_signoff", "late", state="skipped")
        told(connection, "2", "returned", "other")
        command.upgrade(migrations(connection), "head")
        found = connection.execute(text("SELECT id, signed_off_period FROM delivery ORDER BY id")).all()
    assert [tuple(row) for row in found] == [("late", "2026H1"), ("other", None)]


def test_which_items_a_mail_asked_about_is_read_out_of_its_notice_once(database: Engine) -> None:
    item, other = "a" * 64, "b" * 64
    one = {"id": item, "indicator": "E1", "problem": "台账不全", "deadline": "2026-09-10", "days_left": 3}
    waits = {"unit": "杏花社区", "indicator": "E1", "problem": "台账不全", "deadline": "2026-09-10"}
    sheet = {"stage": "2026-09-03", "recipient": "jiancha@example.com"}
    with database.begin() as connection:
        command.downgrade(migrations(connection), "0013")
        for key in (item, other):
            insert(
                connection, "rectification_item", id=key, scheme="s", unit_code="u", indicator=key[0], problem="", owner="",
                opened_period="2026H1", opened_date="2026-08-20", deadline="2026-09-10", is_provisional=False,
                state="已反馈", is_open=True, liaison="",
            )  # fmt: skip
        told(connection, "1", "rectification_opened", "x", payload=json.dumps({"items": [one]}))
        told(
            connection,
            "2",
            "rectification_verification",
            "verification/990",
            **sheet,
            payload=json.dumps({"listed": [f"{item[:16]}/3", f"{other[:16]}/5"], "items": [waits, waits], "code": "c"}),
        )
        told(
            connection,
            "3",
            "rectification_verification",
            "verification/991",
            **sheet,
            payload=json.dumps({"listed": [f"{item[:16]}/3"], "items": [waits]}),
        )
        told(connection, "4", "rectification_received", "y", payload=json.dumps({"items": [{"indicator": "E1"}]}))
        command.upgrade(migrations(connection), "head")
        found = connection.execute(
            text("SELECT notice_id, position, item_id, deadline_told, answer_sequence FROM asked_item ORDER BY 1, 2")
        ).all()
        used = connection.execute(text("SELECT about FROM used_code")).scalars().all()
        asked = is_used_up(connection, of_verification("991", "2026-09-03", "jiancha@example.com"))
        command.downgrade(migrations(connection), "0013")
        again = connection.execute(text("SELECT payload FROM notice WHERE id = '2'")).scalar_one()
    assert [tuple(row) for row in found] == [
        ("1", 1, item, "2026-09-10", None),
        ("2", 1, item, "2026-09-10", 3),
        ("2", 2, other, "2026-09-10", 5),
        ("3", 1, item, "2026-09-10", 3),
    ]
    assert (used, asked) == (["verification/991/2026-09-03/jiancha@example.com"], True)
    assert json.loads(again)["listed"] == [f"{item[:16]}/3", f"{other[:16]}/5"]


def test_which_forms_were_opened_is_read_out_of_their_notices_once(database: Engine) -> None:
    unit, mover = "990000001001", "990000001002"
    inspectors = {"payload": json.dumps({"has_inspectors": True}), "recipient": "jiancha@example.com"}
    with database.begin() as connection:
        command.downgrade(migrations(connection), "0016")
        for code, street, since in (
            (unit, "990000001", "2000-01-01"),
            (mover, "990000002", "2000-01-01"),
            (mover, "990000001", "2026-05-01"),
            (mover, "990000003", "2026-09-01"),
        ):
            insert(
                connection, "unit", code=code, valid_from=since, name="x", street_code=street, street="", unit_type="",
                secretary_email="", officer_email="", liaison_email="", is_provisional_code=False,
            )  # fmt: skip

        def opened(key: str, subject: str, kind: str = "form_opened", **values: Any) -> None:
            file = [{"name": f"{key}.xlsx", "sha256": key * 64}]
            told(connection, key, kind, subject, attachments=json.dumps(file), **values)

        opened("1", f"s/2026H1/{unit}/main", unit_code=unit, due_at="2026-07-01 12:00:00")
        opened("2", f"s/2026H1/{unit}/main", unit_code=unit, due_at="2026-07-02 12:00:00", recipient="b@example.com")
        opened("3", f"s/2026H1/{mover}/self", due_at="2026-07-01 12:00:00", state="skipped")
        opened("4", "s/2026H1/990000001", "inspection_opened", **inspectors)
        told(
            connection,
            "5",
            "returned",
            "d",
            unit_code=unit,
            attachments=json.dumps([{"name": "退回_表.xlsx", "sha256": "5" * 64}]),
        )
        insert(
            connection, "submission", sha256="6", scheme="s", scheme_version="1", form="main", period="2026H1", unit_code=unit,
            version=1, status="returned", received_at="2026-07-03 00:00:00", returned_sha256="5" * 64,
        )  # fmt: skip
        command.upgrade(migrations(connection), "head")
        found = connection.execute(
            text(
                "SELECT unit_code, form, reader, street_code, filler, asked_at, file_name FROM opened_form "
                "ORDER BY 1, 2"
            )
        ).all()
        moments = connection.execute(text("SELECT opened_at FROM opened_form ORDER BY unit_code")).scalars().all()
        name = connection.execute(text("SELECT returned_name FROM submission")).scalar_one()
    assert [(*row[:5], row[5] is not None, row[6]) for row in found] == [
        ("990000001", "inspection", "jiancha@example.com", "990000001", "inspectors", True, "4.xlsx"),
        (unit, "main", "", "990000001", "unit", True, "2.xlsx"),
        (mover, "self", "", "990000001", "street", False, "3.xlsx"),
    ]
    assert (str(moments[1])[:10], name) == ("2026-07-01", "退回_表.xlsx")


def test_which_units_were_told_of_a_checkpoint_is_read_out_of_their_notices_once(database: Engine) -> None:
    assessment = "s/2026Q1/990/r2"
    with database.begin() as connection:
        command.downgrade(migrations(connection), "0017")
        insert(
            connection, "assessment", id=assessment, scheme="s", scheme_version="1", period="2026Q1", street_code="990",
            revision=2, input_hash="h", is_official=False, assessed_at="2026-04-16 00:00:00",
        )  # fmt: skip
        for key, state in (("1", "sent"), ("2", "skipped"), ("3", "pending")):
            insert(
                connection,
                "score",
                assessment_id=assessment,
                unit_code=key,
                unit_name="x",
                grade="",
                status="已报",
                days_late=0,
            )
            told(connection, key, "checkpoint", f"s/2026Q1/{key}", unit_code=key, revision=2, state=state)
        told(connection, "4", "checkpoint", "s/2026Q1/1", unit_code="1", revision=1)
        command.upgrade(migrations(connection), "head")
        found = connection.execute(
            text("SELECT assessment_id, unit_code, notice_id FROM told_checkpoint ORDER BY 2")
        ).all()
    assert [tuple(row) for row in found] == [(assessment, "1", "1"), (assessment, "3", "3")]


def test_the_papers_that_a_problem_names_are_read_out_of_its_sentence_once(database: Engine) -> None:
    said = {"D1": "软件材料不够健全（缺责任书、党员花名册）", "E1": "台账不全", "F1": "缺少活动（支部）"}
    with database.begin() as connection:
        command.downgrade(migrations(connection), "0018")
        for indicator, problem in said.items():
            insert(
                connection, "score_line", assessment_id="a", unit_code="u", indicator=indicator, position=1, outcome="未达标",
                explanation="", has_problem=True, problem=problem,
            )  # fmt: skip
            insert(
                connection, "rectification_item", id=indicator, scheme="s", unit_code="u", indicator=indicator, problem=problem,
                opened_period="2026H1", opened_date="2026-08-20", deadline="2026-09-10", is_provisional=False,
                state="待整改", is_open=True, owner="", liaison="",
            )  # fmt: skip
        command.upgrade(migrations(connection), "head")
        for table, key in (("score_line", "indicator"), ("rectification_item", "id")):
            found = connection.execute(text(f"SELECT {key}, details FROM {table} WHERE details IS NOT NULL")).all()
            assert [(row[0], json.loads(row[1])) for row in found] == [("D1", ["责任书", "党员花名册"])]


def test_whose_a_notice_is_is_read_out_of_its_subject_once(database: Engine) -> None:
    unit, street = "990000001001", "990000001"
    subjects = {
        f"s/2026H1/{unit}/main": (street, "s"),
        f"s/2026/{street}/r1/通报/抄送/组织部": (street, "s"),
        f"verification/{street}": (street, ""),
        f"督办通知单/{unit}/2026-09-10/1": (street, ""),
        "mailbox/x/y": ("", ""),
        "arrival": (street, "s"),
    }
    with database.begin() as connection:
        command.downgrade(migrations(connection), "0019")
        insert(
            connection, "unit", code=unit, valid_from="2000-01-01", name="x", street_code=street, street="", unit_type="",
            secretary_email="", officer_email="", liaison_email="", is_provisional_code=False,
        )  # fmt: skip
        insert(
            connection, "delivery", id="arrival", sha256="6", bytes=1, name="x", channel="inbox", sender="", sender_trust="own",
            codes="", received_at="2026-07-03 00:00:00", status="accepted", message="", attempts=0,
        )  # fmt: skip
        insert(
            connection, "submission", sha256="6", scheme="s", scheme_version="1", form="main", period="2026H1", unit_code=unit,
            version=1, status="accepted", received_at="2026-07-03 00:00:00",
        )  # fmt: skip
        for number, subject in enumerate(subjects):
            told(connection, str(number), "x", subject, unit_code=unit if subject == "arrival" else "")
        command.upgrade(migrations(connection), "head")
        found = connection.execute(text("SELECT subject, street_code, scheme FROM notice")).all()
    assert {row[0]: (row[1], row[2]) for row in found} == subjects
