"""Units, offices and notices that tests put into the outbox."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import text

from include.db.engine import transaction
from include.outbox.notice import Notice
from include.outbox.outbox import notify
from include.period import now
from include.post.rendering import MailText, letter_in_steps


@dataclass(frozen=True)
class Unit:
    code: str = "990000001001"
    name: str = "望江社区"
    secretary_email: str = "shuji@example.org"
    officer_email: str = ""
    liaison_email: str = ""
    street_code: str = "990000001"
    street: str = "望江街道"


@dataclass(frozen=True)
class Contact:
    name: str = "李经办"
    telephone: str = "0990-5550199"


@dataclass(frozen=True)
class Office:
    street_code: str = ""
    printed_by: str = "望江街道党工委办公室"
    called: str = ""
    contact: Contact = Contact()
    committee_email: str = "dgw@example.org"
    ops_email: str = "jingban@example.org"
    mails: Mapping[str, bool] = field(default_factory=lambda: {"daily_report": True, "weekly_report": True})


def unit(number: int) -> Unit:
    return Unit(f"9900000{number:05}", f"第{number}社区", f"shuji{number:05}@example.org")


def put_alerts(count: int) -> None:
    """`count` immediate notices, each to its own recipient."""
    with transaction() as connection:
        for number in range(count):
            notify(
                connection,
                Notice(
                    "duplicate",
                    subject=f"d{number:05}",
                    unit=unit(number),
                    due_at=now(),
                    period="2026H1",
                    words={
                        "scheme_name": "",
                        "period_name": "",
                        "unit_name": f"第{number}社区",
                        "evidence": [],
                        "evidence_open": [],
                        "file_name": f"第{number}社区.xlsx",
                        "received_at": now().isoformat(),
                        "first_received_at": now().isoformat(),
                        "status": "已受理",
                    },
                ),
            )


def table(name: str, order: str = "id") -> list[dict[str, Any]]:
    with transaction() as connection:
        return [dict(row) for row in connection.execute(text(f"SELECT * FROM {name} ORDER BY {order}")).mappings()]


def states(name: str = "mail") -> dict[str, int]:
    counts: dict[str, int] = {}
    for row in table(name):
        counts[row["state"]] = counts.get(row["state"], 0) + 1
    return counts


def render_letter(notices: Sequence[tuple[str, Mapping[str, Any]]], digest_name: str = "") -> MailText:
    """A mail's words, all steps at once."""

    def finished() -> Generator[None, None, None]:
        words.append((yield from letter_in_steps(notices, digest_name)))

    words: list[MailText] = []
    list(finished())
    return words[0]
