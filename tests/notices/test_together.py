"""A circular and what it asks a community to put right are one mail, with one list, and a reply to it answers its items."""

from __future__ import annotations

import datetime as dt
import hashlib
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, cast

import pytest

from include.archive import contents
from include.db.engine import transaction
from include.items.replies import asked_by
from include.outbox.own_mails import mails_named
from include.outbox.policies import load_policies
from include.period import now
from include.post.composing import mail_id
from include.post.sender import SendResult, send_due
from tests.faults.mail_server import FaultyServer
from tests.notices.outgoing import SAMPLES, put
from tests.notices.people import Unit, states, table

pytestmark = pytest.mark.usefixtures("database")

KINDS = ("circular", "rectification_opened")
PEOPLE = Unit(officer_email="zuzhi@example.org", liaison_email="baoshequ@example.org")
WITH_IDS = SAMPLES["rectification_opened"] | {
    "items": [
        {**item, "id": hashlib.sha256(item["indicator"].encode()).hexdigest()}
        for item in SAMPLES["rectification_opened"]["items"]
    ]
}


def issued(about: str = "half_year/2026H1", **options: Any) -> list[str]:
    """Both notices of one circular to one community, as an issue puts them out; their ids."""
    moment = now()
    files = {kind: [(f"{kind}.xlsx", contents.store(kind.encode()))] for kind in KINDS}
    payloads = {"circular": SAMPLES["circular"], "rectification_opened": WITH_IDS}
    asks = {"circular": [], "rectification_opened": WITH_IDS["items"]}
    return [
        put(
            kind, f"{about}/{kind}",
            **{"asks": asks[kind], "unit": PEOPLE, "due_at": moment, "words": payloads[kind], "attachments": files[kind], **options},
        )
        for kind in reversed(KINDS)
    ]  # fmt: skip


def taken(server: FaultyServer) -> list[EmailMessage]:
    return [cast(EmailMessage, message_from_bytes(one, policy=policy.default)) for one in server.taken]


def text_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def test_they_are_one_mail_with_all_files_and_one_list(mail_server: FaultyServer) -> None:
    ids = issued()
    assert send_due("test") == SendResult(sent=1)
    [mail] = taken(mail_server)
    assert mail["Subject"].startswith("【通报】")
    assert "【限期整改】" in mail["Subject"]
    assert mail["Cc"] == "zuzhi@example.org, baoshequ@example.org"
    assert [one.get_filename() for one in mail.iter_attachments()] == ["circular.xlsx", "rectification_opened.xlsx"]
    text = text_of(mail)
    assert [text.count(item["problem"]) for item in WITH_IDS["items"]] == [1, 1]
    assert text.index("申请复核") < text.index("A4"), "the circular comes first"
    [row] = table("mail")
    assert (row["id"], row["digest"]) == (mail_id(ids), None)
    assert send_due("test") == SendResult()
    assert states("notice") == {"sent": 2}


def test_a_reply_to_it_answers_its_items_by_code_or_place(mail_server: FaultyServer) -> None:
    issued()
    send_due("test")
    [mail] = taken(mail_server)
    reply = EmailMessage()
    reply["In-Reply-To"] = str(mail["Message-ID"])
    with transaction() as connection:
        asked = asked_by(connection, reply)
    assert asked is not None
    assert [asked.mail_id] == mails_named([str(mail["Message-ID"])])
    assert (asked.unit_code, asked.is_numbered, asked.is_proved) == (PEOPLE.code, True, True)
    assert [item["id"] for item in asked.items] == [item["id"] for item in WITH_IDS["items"]]


@pytest.mark.parametrize(
    "other",
    [{"revision": 2}, {"period": "2025H2"}, {"unit": Unit("990000001002")}, {"due_at": dt.timedelta(seconds=-1)}],
)
def test_what_another_revision_period_unit_or_moment_asks_is_another_mail_of_the_same_day(
    mail_server: FaultyServer, other: dict[str, Any]
) -> None:
    """A correction on the day of its circular is held back by nothing."""
    if "due_at" in other:
        other = {"due_at": now() + other["due_at"]}
    issued()
    issued("other", **other)
    assert send_due("test") == SendResult(sent=2)
    assert states("notice") == {"sent": 4}


def test_where_the_items_are_not_all_problems_of_the_circular_they_are_two_mails(mail_server: FaultyServer) -> None:
    """As after a correction: a reply that names an item by its place could mean either list."""
    moment = now()
    put("circular", due_at=moment, unit=PEOPLE)
    put("rectification_opened", due_at=moment, unit=PEOPLE, words=WITH_IDS | {"items": WITH_IDS["items"][:1]})
    assert send_due("test") == SendResult(sent=2)


def test_an_exported_mail_is_named_after_the_circular_and_a_digest_as_such() -> None:
    assert load_policies().first_of({"rectification_opened", "circular"}) == "circular"
    assert load_policies().first_of({"rectification_opened", "rectification_urged"}) == ""
    assert load_policies().first_of({"receipt"}) == "receipt"
    assert load_policies().first_of({"no longer"}) == "no longer"
