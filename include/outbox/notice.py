"""A notice as it is put into the outbox: one value, with its words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Literal, Protocol

from include.outbox.words import Rows, Words, words_of

Files = Sequence[tuple[str, str]]
"""(file name, SHA-256 in the archive) of each."""


class UnitAddresses(Protocol):
    """What the outbox needs to know of a unit."""

    @property
    def code(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def secretary_email(self) -> str: ...
    @property
    def officer_email(self) -> str: ...
    @property
    def liaison_email(self) -> str: ...
    @property
    def street_code(self) -> str: ...
    @property
    def street(self) -> str: ...


class ContactOf(Protocol):
    """Whom a reader calls."""

    @property
    def name(self) -> str: ...
    @property
    def telephone(self) -> str: ...


class OfficeAddresses(Protocol):
    """What the outbox needs to know of a street office: its addresses, and how it signs a mail."""

    @property
    def street_code(self) -> str: ...
    @property
    def printed_by(self) -> str: ...
    @property
    def called(self) -> str: ...
    @property
    def contact(self) -> ContactOf: ...

    @property
    def committee_email(self) -> str: ...
    @property
    def ops_email(self) -> str: ...
    @property
    def mails(self) -> Mapping[str, bool]: ...


@dataclass(frozen=True)
class Notice:
    """What somebody is to be told. Unique on (kind, subject, stage, recipient, revision).

    `kind` is one of policies.yaml, `words` are what its template may use (words.py). `recipient` is the address of a sender, or of an
    office under 抄送 (`recipient_role`), and wins over the roles of policies.yaml. A `unit` has the people whom the register names
    on the day of `due_at`. The notice belongs to the street of its `office`, else of its unit, and to a `scheme` where it is about
    one. `attachments`, or what gives them, which is asked only where the notice is put in: what stands already is not made again.
    `asks`: the items of rectification that it asks about, each with id, indicator, problem, deadline (as it is told), and the
    `sequence` of the answer where that is to be verified; a reply is read by them. `bundle`: the arrival of a packet, whose answers
    wait for each other and go in one mail.
    """

    kind: str
    subject: str
    words: Words
    due_at: dt.datetime
    _: KW_ONLY
    unit: UnitAddresses | None = None
    office: OfficeAddresses | None = None
    recipient: str = ""
    recipient_role: Literal["sender", "copied"] = "sender"
    stage: str = ""
    revision: int = 0
    scheme: str = ""
    period: str = ""
    attachments: Files | Callable[[], Files] = ()
    asks: Rows = ()
    bundle: str = ""

    def __post_init__(self) -> None:
        """A notice that no template can say, or that says what no template does, is a fault of ours."""
        found = words_of(self.kind)
        if not any(one.__required_keys__ <= self.words.keys() <= one.__annotations__.keys() for one in found):
            wanted = " or ".join(one.__name__ for one in found)
            raise ValueError(f"{self.kind} is said in the words of {wanted}, not {sorted(self.words)}")
