"""The outbox: every notice is a row here before anything is sent (design invariant 5)."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from sqlalchemy import Connection

from include.data_files import files_of, mail_folder
from include.db import sql
from include.outbox.notice import Notice, OfficeAddresses, UnitAddresses
from include.outbox.policies import Role, load_policies
from include.outbox.words import Rows
from include.period import in_zone
from include.registry.offices import office_of
from include.registry.reached import addressed_on, belongs_to
from include.registry.units import Unit
from include.settings import get_settings

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
_MAX_ADDRESS_LENGTH = 254
_silence: ContextVar[str] = ContextVar("silence", default="")
_ROLES_OF_UNIT: tuple[Role, ...] = ("secretary", "officer", "liaison")


@dataclass(frozen=True)
class Addressees:
    """To and Cc of a notice; `reason` says in Chinese why there is no To, or why nothing may be sent there."""

    recipient: str
    copy_to: tuple[str, ...]
    reason: str


@dataclass(frozen=True)
class Noticed:
    """What became of putting in a notice. `is_written`: it was not there before, or wakes up now; `why_skipped`: why nobody will get
    it, in Chinese; empty where somebody will."""

    id: str
    is_written: bool
    why_skipped: str

    @property
    def is_skipped(self) -> bool:
        return bool(self.why_skipped)


def is_address(text: str) -> bool:
    """A plain ASCII mail address: no display name, no line break, no list."""
    return len(text) <= _MAX_ADDRESS_LENGTH and _ADDRESS.fullmatch(text) is not None


def notice_id(kind: str, subject: str, stage: str, recipient: str, revision: int) -> str:
    """SHA-256 over the unique key."""
    key = json.dumps([kind, subject, stage, recipient, revision], ensure_ascii=False)
    return hashlib.sha256(key.encode()).hexdigest()


def notify(connection: Connection, notice: Notice) -> Noticed:
    """Put a notice into the outbox; the same one again changes nothing.

    Of a unit whose mails go to another, that one is addressed and greeted. Words of a kind that the scheme has of its own
    (mail_folder) go before the common ones. Inside `silence` it is recorded as skipped; put out later without, it becomes pending,
    and so does one that no mail could be made of. A notice that has an address nowhere is skipped with the reason for it, and gives
    way to the one that has. An address is the same in capitals and in small letters.
    """
    policies, kind = load_policies(), notice.kind
    unit, office, day = notice.unit, notice.office, in_zone(notice.due_at).date()
    holder = None
    if isinstance(unit, Unit):
        holder = belongs_to(connection, unit, day)
        unit = addressed_on(connection, unit, day)
    addressees = _addressees(connection, notice, holder or unit)
    writer = office or (office_of(unit.street_code, unit.street) if unit else None)
    why_skipped = addressees.reason or _silence.get() or _switched_off(kind, writer)
    key = notice_id(kind, notice.subject, notice.stage, addressees.recipient, notice.revision)
    attachments = notice.attachments
    if callable(attachments):
        known = sql.fetch_one(connection, "outbox/select_notice", id=key)
        if known is not None and (why_skipped or not known["is_to_wake"]):
            return Noticed(key, is_written=False, why_skipped=why_skipped)
        attachments = attachments()
    if addressees.recipient and (
        not notice.recipient.strip() or notice.recipient_role == "copied"
    ):  # one reader, by role
        unaddressed = notice_id(kind, notice.subject, notice.stage, "", notice.revision)
        sql.execute(connection, "outbox/delete_unaddressed", id=unaddressed)
        if notice.asks:
            sql.execute(connection, "outbox/delete_asked_items", notice_id=unaddressed)
    payload = {
        **notice.words,
        **({"greeted": holder.name} if holder else {}),
        **({"own_mail_of": notice.scheme} if _has_own_mail(notice) else {}),
        **({"page_link": link} if (link := _link(policies.kinds[kind].view, notice)) else {}),
        **({"issuer": office.called} if office and office.called else {}),
    }
    written = sql.execute(
        connection,
        "outbox/insert_notice",
        id=key,
        kind=kind,
        subject=notice.subject,
        stage=notice.stage,
        recipient=addressees.recipient,
        revision=notice.revision,
        unit_code=unit.code if unit else "",
        street_code=(office.street_code if office else "") or (unit.street_code if unit else ""),
        scheme=notice.scheme,
        period=notice.period,
        due_at=notice.due_at,
        copy_to=",".join(addressees.copy_to),
        payload=json.dumps(payload, ensure_ascii=False, sort_keys=True, allow_nan=False),
        attachments=json.dumps([{"name": name, "sha256": sha256} for name, sha256 in attachments], ensure_ascii=False),
        signed=_signature(writer),
        state="skipped" if why_skipped else "pending",
        reason=why_skipped,
        bundle=notice.bundle,
    )
    if written and notice.asks:
        _keep_asked(connection, key, notice.asks)
    return Noticed(key, bool(written), why_skipped)


def _has_own_mail(notice: Notice) -> bool:
    return bool(notice.scheme and files_of(mail_folder(notice.scheme) / notice.kind, "*"))


def _switched_off(kind: str, writer: OfficeAddresses | None) -> str:
    """Why the office that writes does not send notices of the kind, in Chinese; empty where it does."""
    policies = load_policies()
    is_sent = writer.mails.get(kind, policies.kinds[kind].usual) if writer else policies.kinds[kind].usual
    return "" if is_sent else policies.not_sent_here.format(name=policies.kinds[kind].name, kind=kind)


def _keep_asked(connection: Connection, key: str, asks: Rows) -> None:
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
def silence(reason: str) -> Iterator[None]:
    """Inside, every notice is recorded as skipped with `reason`, in Chinese. An empty one changes nothing."""
    token = _silence.set(reason or _silence.get())
    try:
        yield
    finally:
        _silence.reset(token)


def why_silent() -> str:
    """Why no notice is sent here; empty where they are."""
    return _silence.get()


def _addressees(connection: Connection, notice: Notice, unit: UnitAddresses | None) -> Addressees:
    """`unit` is the one that is addressed."""
    policies, office, recipient_role = load_policies(), notice.office, notice.recipient_role
    kind = policies.kinds[notice.kind]
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
    known[recipient_role] = notice.recipient
    addresses = {role: address.strip().lower() for role, address in known.items()}
    is_given = bool(notice.recipient.strip()) or recipient_role == "copied"
    role = recipient_role if is_given else _role_addressed(kind.to, has_unit=unit is not None)
    recipient = addresses[role]
    reason = _why_not(connection, recipient, policies.no_address[role])
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


def _link(view: str, notice: Notice) -> str:
    """Where the reader acts, with the office and the period chosen; empty where the kind has no view, or no address is set."""
    address = get_settings().page_url.rstrip("/")
    if not address or not view:
        return ""
    path, _, query = view.format(subject=quote(notice.subject, safe="")).partition("?")
    chosen = {
        "office": notice.office.street_code if notice.office else "",
        "period": f"{notice.scheme}/{notice.period}" if notice.scheme and notice.period else "",
    }
    asked = "&".join(filter(None, [query, urlencode({name: one for name, one in chosen.items() if one})]))
    return f"{address}/duban/{path}" + (f"?{asked}" if asked else "")
