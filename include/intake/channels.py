"""Where hand-ins come from: every file becomes an archived content and a row of `delivery`, once.

When a file of the inbox folder is first seen, its time of receipt is written down (`inbox_sighting`), where nobody who may
write into the inbox can reach it, so that it survives a crash: whoever comes next repeats the same steps with the same
keys. The file is removed when its row is written, then its sighting. An object of a store needs none: its place, mark and
time of change, which the store keeps, are its key.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import Connection

from include.archive import contents
from include.db import sql
from include.db.engine import transaction
from include.errors import UserError
from include.intake.inbox import SETTING, ChangedError, Folder, Inbox, Look, StoreOpener, open_inbox
from include.intake.saved_mails import brought_by, is_saved_mail
from include.items.replies import record_evidence
from include.machine_faults import MachineError
from include.period import Period, end_of, from_timestamp, now, parse_moment
from include.post.sender_trust import OWN, UNPROVED, Trust
from include.schemes.loader import find_scheme, keys_default_first
from include.settings import get_settings
from include.workbooks.limits import MAX_FILE_BYTES

CHANNEL = "inbox"
_FILES_AT_ONCE = 200  # held in memory together
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Arrival:
    """A file to be recorded: where it lies, how it looked, its name as received. `key` as in `record_delivery`."""

    place: str
    look: Look
    name: str
    received_at: dt.datetime
    key: str = ""
    is_known_by_content: bool = False  # one of this name and content that is recorded is the same arrival


@dataclass(frozen=True)
class _Kept:
    """What of an arrival is archived: itself, or one of the files in a mail, with the evidence beside it."""

    arrival: Arrival
    sha256: str
    size: int
    codes: Sequence[str] = ()
    evidence: Sequence[sql.Row] = ()
    mail: str = ""  # in which it came


def take_inbox(default_period: Period | None, open_store: StoreOpener | None = None) -> int:
    """Archive and record every whole file of the inbox; how many were new. `open_store` is asked for an object store.

    Files of an inbox that is only read stay there, and are passed over when they are known by name and content.
    """
    settings = get_settings()
    inbox = open_inbox(settings.inbox, open_store)
    is_folder = isinstance(inbox, Folder)
    if isinstance(inbox, Folder) and not inbox.path.is_dir():
        raise UserError(f"收件文件夹 {inbox.path} 不存在：请建立它，或检查 {SETTING}。")
    policy = _receipt_policy(default_period, is_folder=is_folder)
    is_removed = not settings.inbox_is_read_only
    found = [
        Arrival(
            place,
            look,
            name_of(place),
            policy(look),
            "" if is_folder else f"{place}\n{look.tag}\n{look.changed_ns}",
            is_known_by_content=not is_removed,
        )
        for place, look in inbox.whole().items()
    ]
    if isinstance(inbox, Folder) and is_removed:
        found += [
            Arrival(place, look, name_of(place), policy(look), is_known_by_content=True)
            for place, look in inbox.whole_leftovers().items()
        ]
        found = _sighted(found)
    found.sort(key=lambda arrival: (arrival.received_at, arrival.name, arrival.place))
    pieces = [found[start : start + _FILES_AT_ONCE] for start in range(0, len(found), _FILES_AT_ONCE)]
    return sum(_record_piece(inbox, piece, is_removed=is_removed) for piece in pieces)


def delivery_id(channel: str, name: str, sender: str, received: dt.datetime | str, sha256: str) -> str:
    """The key of an arrival: the same file, from the same sender, at the same time, is one row."""
    moment = received if isinstance(received, str) else received.astimezone(dt.UTC).isoformat(timespec="seconds")
    parts = (channel, name, sender, moment, sha256)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def record_delivery(
    connection: Connection,
    *,
    channel: str,
    name: str,
    sender: str,
    received_at: dt.datetime,
    sha256: str,
    size: int,
    key: str = "",
    sender_trust: Trust = OWN,
    codes: Sequence[str] = (),
    mail: str = "",
    streets: Sequence[str] = (),
) -> bool:
    """Write the row of an arrival whose content is archived; false where it is there already. For every channel.

    `key` tells arrivals apart in the place of the time of receipt, where a channel knows better (a Message-ID).
    `sender_trust` is what the mail server says of the sender of a mail, `codes` what in that mail may be a code of ours,
    `mail` the SHA-256 of the mail that brought the file, `streets` those of the person who handed it in, where it counts for these alone.
    """
    if mail:
        sql.execute(connection, "intake/insert_brought_file", sha256=sha256, mail_sha256=mail)
    return bool(
        sql.execute(
            connection, "intake/insert_delivery", id=delivery_id(channel, name, sender, key or received_at, sha256),
            sha256=sha256, bytes=size, file_name=name, channel=channel, sender=sender,
            sender_trust=sender_trust, codes=" ".join(codes), received_at=received_at, packet="", scheme=collected()[0] or None, streets=" ".join(streets),
        )
    )  # fmt: skip


def collected() -> tuple[str, str]:
    """System and period of hand-ins that name none, by the setting; empty where it does not say."""
    setting = get_settings().collecting.strip()
    path = Path(setting)
    said = path.read_text(encoding="utf-8").strip() if setting and path.is_file() else setting
    system, _, period = said.rpartition("/")
    return system, period


def copy_arrivals(connection: Connection, rows: Iterable[sql.Row]) -> None:
    """Write rows of `delivery` as they are."""
    sql.execute_many(connection, "intake/insert_delivery", rows)


def _sighted(arrivals: list[Arrival]) -> list[Arrival]:
    """The arrivals with the times at which they were first seen, be it by a run that was stopped."""
    if not arrivals or (get_settings().received.strip() or "now") != "now":
        return arrivals  # the time is the file's own, or one for all
    keys = {_sighting(arrival): arrival for arrival in arrivals}
    with transaction() as connection:
        seen = [{"id": key, "received_at": arrival.received_at} for key, arrival in keys.items()]
        sql.execute_many(connection, "intake/insert_sighting", seen)
        first = {row["id"]: row["received_at"] for row in sql.fetch(connection, "intake/select_sightings")}
    return [replace(arrival, received_at=first[key]) for key, arrival in keys.items()]


def _forget(arrivals: Iterable[Arrival]) -> None:
    gone = [{"id": _sighting(arrival)} for arrival in arrivals]
    if gone and (get_settings().received.strip() or "now") == "now":
        with transaction() as connection:
            sql.execute_many(connection, "intake/delete_sighting", gone)


def _sighting(arrival: Arrival) -> str:
    """One content at one place: whoever changes the file, or puts another there, is seen anew."""
    look = arrival.look
    text = "\n".join((arrival.place, look.tag, str(look.changed_ns), str(look.size)))
    return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()


def _record_piece(inbox: Inbox, arrivals: list[Arrival], *, is_removed: bool) -> int:
    """Archive first, then all rows in one transaction, then the files go, then what was noted of them."""
    archived = _archived(inbox, arrivals)
    trust = OWN if get_settings().inbox_is_own else UNPROVED
    new = 0
    with transaction() as connection:
        sql.execute(connection, "intake/lock_answers")
        for kept in archived:
            arrival = kept.arrival
            if arrival.is_known_by_content and sql.fetch_one(
                connection, "intake/select_known_delivery", channel=CHANNEL, file_name=arrival.name, sha256=kept.sha256
            ):
                continue
            new += record_delivery(
                connection, channel=CHANNEL, name=arrival.name, sender="", received_at=arrival.received_at,
                sha256=kept.sha256, size=kept.size, key=arrival.key, sender_trust=trust, codes=kept.codes, mail=kept.mail,
            )  # fmt: skip
            if kept.evidence:
                record_evidence(connection, kept.sha256, list(kept.evidence))
    if is_removed and archived:
        try:
            inbox.remove({kept.arrival.place: kept.arrival.look for kept in archived})
        except (OSError, UserError):  # what is recorded is answered all the same, and never recorded again
            _log.exception("recorded, but cannot be removed from the inbox")
        else:
            if isinstance(inbox, Folder):
                _forget(arrivals)
    return new


def _archived(inbox: Inbox, arrivals: list[Arrival]) -> list[_Kept]:
    """Each arrival, and what the mails among them bring; those that cannot be read, or have changed, are left for the next time."""
    found: list[tuple[Arrival, str | None]] = []
    received: list[bytes] = []
    for arrival in arrivals:
        pieces = inbox.pieces(arrival.place, arrival.look)
        try:
            if arrival.look.size > MAX_FILE_BYTES:
                found.append((arrival, contents.store_pieces(pieces)))
                continue
            content = _small(pieces)
        except (FileNotFoundError, ChangedError):  # another drain was faster, or somebody is still at it
            continue
        except MachineError:  # the archive's, not the file's
            raise
        except (OSError, UserError):
            _log.exception("cannot read %s; it is left for the next time", arrival.place)
            continue
        if content is not None and len(content) == arrival.look.size:
            received.append(content)
            found.append((arrival, None))
    stored = iter(zip(received, contents.store_all(received), strict=True))
    kept: list[_Kept] = []
    for arrival, sha256 in found:
        if sha256 is None:
            content, sha256 = next(stored)
            if inside := _inside(arrival, content, sha256):
                kept += inside
                continue
        kept.append(_Kept(arrival, sha256, arrival.look.size))
    return kept


def _inside(arrival: Arrival, content: bytes, own: str) -> list[_Kept]:
    """The files that a mail brings, archived; none where it is no mail, or the arrival itself."""
    mail = brought_by(content) if is_saved_mail(arrival.name) else None
    if mail is None:
        return []
    names = contents.store_all([one.content for _, one in mail.files])
    return [
        _Kept(
            replace(arrival, name=name),
            sha256,
            len(one.content),
            mail.codes,
            mail.evidence if one.is_sheet else (),
            own,
        )
        for (name, one), sha256 in zip(mail.files, names, strict=True)
    ]


def _small(pieces: Iterator[bytes]) -> bytes | None:
    """The content; None where it has meanwhile grown beyond what is held in memory."""
    content = bytearray()
    for piece in pieces:
        content += piece
        if len(content) > MAX_FILE_BYTES:
            return None
    return bytes(content)


def name_of(place: str) -> str:
    """The name as received; bytes that are no UTF-8 are read as GB18030, as old Windows writes them."""
    raw = os.fsencode(place.rsplit("/", 1)[-1])
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("utf-8", "replace")


def _receipt_policy(default_period: Period | None, *, is_folder: bool) -> Callable[[Look], dt.datetime]:
    """The time of receipt of a file by DUBAN_RECEIVED. Raises UserError where the setting makes no sense.

    "now" is for an object store when the store had it, which outlives a crash of ours; but on a simulated clock, whose
    days the store does not know.
    """
    setting = get_settings().received.strip() or "now"
    moment = now()
    if setting == "mtime":
        return _changed_at
    if setting == "due":
        moment = end_of(_due_date(default_period))
    elif setting != "now":
        moment = parse_moment(setting, "DUBAN_RECEIVED")
    elif not is_folder and not get_settings().now:
        return lambda look: min(_changed_at(look), moment)
    return lambda _look: moment


def _changed_at(look: Look) -> dt.datetime:
    return from_timestamp(look.changed_ns / 1_000_000_000)


def _due_date(period: Period | None) -> dt.date:
    """The due date of the period being collected, by the first scheme that has such a period."""
    if period is None:
        raise UserError("DUBAN_RECEIVED=due 需要指明期间（PERIOD），才知道截止日期。")
    for key in keys_default_first():
        if scheme := find_scheme(key, period):
            return scheme.dates.due_date
    raise UserError(f"没有一个考评方案有{period.name}这样的期间，无法确定截止日期。")
