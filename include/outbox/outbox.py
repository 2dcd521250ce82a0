"""The outbox: every notice is a row here before anything is sent (design invariant 5)."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Literal, Protocol
from urllib.parse import quote, urlencode

from sqlalchemy import Connection

from include.data_files import files_of, mail_folder
from include.db import sql
from include.outbox.policies import Kind, Role, load_policies
from include.period import in_zone
from include.registry.offices import office_of
from include.registry.reached import addressed_on, belongs_to
from include.registry.units import Unit
from include.settings import get_settings

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
_MAX_ADDRESS_LENGTH = 254
_muted: ContextVar[str] = ContextVar("muted", default="")
_ROLES_OF_UNIT: tuple[Role, ...] = ("secretary", "officer", "liaison")


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
class Addressees:
    """To and Cc of a notice; `reason` says in Chinese why there is no To, or why nothing may be sent there."""

    recipient: str
    copy_to: tuple[str, ...]
    reason: str


@dataclass(frozen=True)
class Noticed:
    """What became of putting in a notice. `is_written`: it was not there before, or wakes up now; `is_skipped`: nobody will get it."""

    id: str
    is_written: bool
    is_skipped: bool


def is_address(text: str) -> bool:
    """A plain ASCII mail address: no display name, no line break, no list."""
    return len(text) <= _MAX_ADDRESS_LENGTH and _ADDRESS.fullmatch(text) is not None


def notice_id(kind: str, subject: str, stage: str, recipient: str, revision: int) -> str:
    """SHA-256 over the unique key."""
    key = json.dumps([kind, subject, stage, recipient, revision], ensure_ascii=False)
    return hashlib.sha256(key.encode()).hexdigest()


def notify(
    connection: Connection,
    kind: str,
    *,
    subject: str,
    unit: UnitAddresses | None = None,
    office: OfficeAddresses | None = None,
    recipient: str = "",
    recipient_role: Literal["sender", "copied"] = "sender",
    stage: str = "",
    revision: int = 0,
    scheme: str = "",
    period: str = "",
    due_at: dt.datetime,
    payload: Mapping[str, Any],
    attachments: Sequence[tuple[str, str]] | Callable[[], Sequence[tuple[str, str]]] = (),
    asks: Sequence[Mapping[str, Any]] = (),
    silent_because: str = "",
    bundle: str = "",
) -> Noticed:
    """Put a notice into the outbox; the same one again changes nothing.

    Unique on (kind, subject, stage, recipient, revision). `recipient` is the address of a sender, or of an office
    under 抄送 (`recipient_role`), and wins over the roles of policies.yaml. `attachments` are (file name, SHA-256 in the archive), or what gives them,
    which is asked only where the notice is put in: what stands already is not made again.
    A subject has the people whom the register names on the day on which the notice is due. Of one whose mails go to another, that one is addressed and greeted. Words of a kind that the `scheme` has of its own
    (mail_folder) go before the common ones. The notice belongs to the street of its office, else of its unit, and to a `scheme` where it is about one.
    `asks`: the items of rectification that it asks about, each with id, indicator, problem, deadline (as it is told), and the
    `sequence` of the answer where that is to be verified; a reply is read by them.
    `silent_because`: the notice is recorded as skipped for that reason (so it is inside `muted`); put out later without one, it
    becomes pending, and so does one that no mail could be made of. `bundle`: the arrival of a packet, whose answers wait for each
    other and go in one mail. A notice that has an address nowhere is skipped with the
    reason for it, and gives way to the one that has. An address is the same in capitals and in small letters.
    """
    policies = load_policies()
    if kind not in policies.kinds:
        raise ValueError(f"no such kind of notice: {kind}")
    holder = None
    if isinstance(unit, Unit):
        holder = belongs_to(connection, unit, in_zone(due_at).date())
        unit = addressed_on(connection, unit, in_zone(due_at).date())
    if holder is not None:
        payload = {**payload, "greeted": holder.name}
    if scheme and files_of(mail_folder(scheme) / kind, "*"):
        payload = {**payload, "own_mail_of": scheme}
    if link := _link(policies.kinds[kind].view, subject, office, scheme, period):
        payload = {**payload, "page_link": link}
    addressees = _addressees(
        connection, policies.kinds[kind], policies.no_address, holder or unit, office, recipient, recipient_role
    )
    writer = office or (office_of(unit.street_code, unit.street) if unit else None)
    why_skipped = addressees.reason or silent_because or _muted.get() or _switched_off(kind, writer)
    key = notice_id(kind, subject, stage, addressees.recipient, revision)
    if callable(attachments):
        known = sql.fetch_one(connection, "outbox/select_notice", id=key)
        if known is not None and (why_skipped or not known["is_to_wake"]):
            return Noticed(key, is_written=False, is_skipped=bool(why_skipped))
        attachments = attachments()
    if addressees.recipient and (not recipient.strip() or recipient_role == "copied"):  # one reader, by role
        unaddressed = notice_id(kind, subject, stage, "", revision)
        sql.execute(connection, "outbox/delete_unaddressed", id=unaddressed)
        if asks:
            sql.execute(connection, "outbox/delete_asked_items", notice_id=unaddressed)
    written = sql.execute(
        connection,
        "outbox/insert_notice",
        id=key,
        kind=kind,
        subject=subject,
        stage=stage,
        recipient=addressees.recipient,
        revision=revision,
        unit_code=unit.code if unit else "",
        street_code=(office.street_code if office else "") or (unit.street_code if unit else ""),
        scheme=scheme,
        period=period,
        due_at=due_at,
        copy_to=",".join(addressees.copy_to),
        payload=json.dumps(_with_issuer(payload, office), ensure_ascii=False, sort_keys=True, allow_nan=False),
        attachments=json.dumps([{"name": name, "sha256": sha256} for name, sha256 in attachments], ensure_ascii=False),
        signed=_signature(writer),
        state="skipped" if why_skipped else "pending",
        reason=why_skipped,
        bundle=bundle,
    )
    if written and asks:
        _keep_asked(connection, key, asks)
    return Noticed(key, bool(written), bool(why_skipped))


def _switched_off(kind: str, writer: OfficeAddresses | None) -> str:
    """Why the office that writes does not send notices of the kind, in Chinese; empty where it does."""
    policies = load_policies()
    is_sent = writer.mails.get(kind, policies.kinds[kind].usual) if writer else policies.kinds[kind].usual
    return "" if is_sent else policies.not_sent_here.format(name=policies.kinds[kind].name, kind=kind)


def _with_issuer(payload: Mapping[str, Any], office: OfficeAddresses | None) -> Mapping[str, Any]:
    """With how the mail calls the office, where that is not a street's."""
    return {**payload, "issuer": office.called} if office and office.called else payload


def _keep_asked(connection: Connection, key: str, asks: Sequence[Mapping[str, Any]]) -> None:
    """What a notice asks about, instead of what it asked about while it was skipped."""
    sql.execute(connection, "outbox/delete_asked_items", notice_id=key)
    rows = (
        {"notice_id": key, "position": position, "item_id": item["id"], "indicator": item["indicator"],
         "problem": item["problem"], "deadline_told": item["deadline"], "answer_sequence": item.get("sequence")}
        for position, item in enumerate(asks, 1)
    )  # fmt: skip
    sql.execute_many(connection, "outbox/insert_asked_item", rows)


def _signature(writer: OfficeAddresses | None) -> str | None:
    """JSON of who writes."""
    if writer is None:
        return None
    who = {"office": writer.printed_by, "name": writer.contact.name, "telephone": writer.contact.telephone}
    return json.dumps(who, ensure_ascii=False)


@contextmanager
def muted(reason: str) -> Iterator[None]:
    """Inside, every notice is recorded as skipped with `reason`: a backfill. An empty reason changes nothing."""
    token = _muted.set(reason)
    try:
        yield
    finally:
        _muted.reset(token)


def why_muted() -> str:
    """Why the notices of this run are not sent; empty where they are."""
    return _muted.get()


def _addressees(
    connection: Connection,
    kind: Kind,
    no_address: Mapping[Role, str],
    unit: UnitAddresses | None,
    office: OfficeAddresses | None,
    recipient_given: str,
    recipient_role: Role,
) -> Addressees:
    known: dict[Role, str] = {
        "sender": "",
        "copied": "",
        "secretary": unit.secretary_email if unit else "",
        "officer": unit.officer_email if unit else "",
        "liaison": unit.liaison_email if unit else "",
        "street": _street_of(unit, office),
        "committee": office.committee_email if office else "",
        "ops": office.ops_email if office else "",
    }
    known[recipient_role] = recipient_given
    addresses = {role: address.strip().lower() for role, address in known.items()}
    is_given = bool(recipient_given.strip()) or recipient_role == "copied"
    role = recipient_role if is_given else _role_addressed(kind.to, has_unit=unit is not None)
    recipient = addresses[role]
    reason = _why_not(connection, recipient, no_address[role])
    if reason and not is_address(recipient):
        return Addressees("", (), reason)
    copies: list[str] = []
    for copied in kind.copy_roles:
        address = addresses[copied]
        if address not in (recipient, *copies) and not _why_not(connection, address, "-"):
            copies.append(address)
    return Addressees(recipient, tuple(copies), reason)


def _street_of(unit: UnitAddresses | None, office: OfficeAddresses | None) -> str:
    """The committee of the unit's street, where it is another office's notice."""
    if unit is None or office is None or office.street_code == unit.street_code:
        return ""
    return office_of(unit.street_code, unit.street).committee_email


def _role_addressed(roles: Sequence[Role], *, has_unit: bool) -> Role:
    """The unit's role for a unit, else the office's; the sender's where there is neither."""
    mine = (role for role in roles if role != "sender" and (role in _ROLES_OF_UNIT) == has_unit)
    return next(mine, roles[0])


def _why_not(connection: Connection, address: str, missing: str) -> str:
    """Why nothing can be sent to the address, in Chinese; empty where it can."""
    if not address:
        return missing
    if not is_address(address):
        return f"“{address!r}”不是有效的邮箱地址，请在登记册中改正。"
    last = sql.fetch_one(connection, "outbox/select_address_decision", address=address)
    if last is not None and last["kind"] == "address_disabled":
        return f"邮箱 {address} 已停用：{last['reason']}"
    return ""


def record_notices(connection: Connection, told: list[sql.Row]) -> None:
    """What became of mails (mail_id, state, reason), at their notices."""
    sql.execute_many(connection, "outbox/record_notices", told)


def catch_up_notices(connection: Connection) -> None:
    """Notices whose mail has come to an end without them say so, too."""
    sql.execute(connection, "outbox/catch_up_notices")


def _link(view: str, subject: str, office: OfficeAddresses | None, scheme: str, period: str) -> str:
    """Where the reader acts, with the office and the period chosen; empty where the kind has no view, or no address is set."""
    address = get_settings().page_url.rstrip("/")
    if not address or not view:
        return ""
    path, _, query = view.format(subject=quote(subject, safe="")).partition("?")
    chosen = {
        "office": office.street_code if office else "",
        "period": f"{scheme}/{period}" if scheme and period else "",
    }
    asked = "&".join(filter(None, [query, urlencode({name: one for name, one in chosen.items() if one})]))
    return f"{address}/duban/{path}" + (f"?{asked}" if asked else "")
