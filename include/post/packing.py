"""Due notices → mails in the database, each with its bytes in the archive."""

from __future__ import annotations

import json
from collections import defaultdict, deque
from collections.abc import Generator, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from jinja2 import TemplateError

from include.archive import contents
from include.archive.data_keys import INTAKE
from include.db import sql
from include.db.engine import transaction
from include.errors import UserError
from include.machine_faults import MachineError
from include.outbox.policies import load_policies
from include.period import chinese_date, in_zone, now
from include.post.composing import compose, mail_id
from include.post.rendering import MailText, Signature, letter_in_steps
from include.post.server import Server

FIRST_BATCH = 25  # recipients: so that the first mail soon goes
_LARGEST_BATCH = 400  # so that the disk is seldom waited for
_BYTES_AHEAD = 16_000_000  # of composed mails in memory
BUNDLE = "packet"  # what the answers to the sheets of a packet are called among the digests
_PROBLEMS, _ITEMS = "circular", "rectification_opened"  # kinds that list the same, when issued together


@dataclass(frozen=True)
class _Packed:
    mail: sql.Row
    content: bytes
    notice_ids: list[str]


class Batch:
    """The due notices of some recipients on their way into mails.

    An immediate notice gets a mail of its own, but for those that are put out together (policies.yaml). Digest notices of one group share one mail a recipient and
    day; what falls due after that mail was made waits for the next day's. A notice that cannot be written (a word is
    missing, an attachment is lost) is failed with the reason and stops no other.
    """

    def __init__(self, server: Server, rows: Sequence[sql.Row], day: str, recipients: int) -> None:
        self.last_recipient = str(rows[-1]["recipient"])
        self.recipients = recipients
        self._server = server
        self._groups = deque(_groups(rows, day))
        self._making: Iterator[None] | None = None
        self._packed: list[_Packed] = []
        self._failed: list[sql.Row] = []
        self._bytes = 0
        self._is_stuck = False
        self._pile = contents.Pile()
        self.last_written: dict[str, bytes] = {}

    def compose_ahead(self) -> bool:
        """Take one step towards the next mail, touching no database: for a time in which the server thinks about another.

        False where there is nothing left to do ahead: no more than a few MB are held in memory, and what goes wrong
        shows when `write` comes to it.
        """
        if self._is_stuck or not self._groups or self._bytes >= _BYTES_AHEAD:
            return False
        with suppress(Exception):
            self._step()
            return True
        self._is_stuck = True
        return False

    def write(self) -> None:
        """Compose what is left, keep all mails in the archive, and put them into the database.

        The last of them, by SHA-256, stay in `last_written`: at most so many bytes as are composed ahead.
        """
        while self._groups:
            self._step()
            if self._bytes >= _BYTES_AHEAD:
                self._write_composed()
        self._write_composed()

    def drop(self) -> None:
        """Give up what is composed and not yet written; its notices stay due."""
        self._pile.drop()

    def _step(self) -> None:
        """Go on with the mail that is being made; what goes wrong unforeseen is raised, and it is begun anew."""
        digest, notices = self._groups[0]
        making, self._making = self._making or self._make(digest, notices), None
        try:
            next(making)
        except StopIteration:
            pass
        except MachineError:  # the disk's fault, not the notice's
            raise
        except (TemplateError, UserError, TypeError, ValueError, LookupError) as error:
            self._failed += [{"id": notice["id"], "reason": f"邮件无法生成：{error}"} for notice in notices]
        else:
            self._making = making
            return
        self._groups.popleft()

    def _make(self, digest: str | None, notices: list[sql.Row]) -> Iterator[None]:
        """Words, then bytes, then the file in the archive, with a pause after each."""
        letter = yield from _letter(digest, notices)
        yield
        mail, content, key = _composed(self._server, digest, notices, letter)
        yield
        mail["sha256"] = self._pile.add(content, key)
        self._packed.append(_Packed(mail, content, [notice["id"] for notice in notices]))
        self._bytes += len(content)

    def _write_composed(self) -> None:
        packed, failed = self._packed, self._failed
        self._pile.keep()
        assigned = [{"id": key, "mail_id": one.mail["id"]} for one in packed for key in one.notice_ids]
        with transaction() as connection:
            sql.execute_many(connection, "post/assign_mail", assigned)
            sql.execute_many(
                connection, "post/insert_mail", [one.mail | {"notices": len(one.notice_ids)} for one in packed]
            )
            if packed:
                sql.execute(
                    connection,
                    "post/release_unmailed",
                    first=packed[0].mail["recipient"],
                    last=packed[-1].mail["recipient"],
                )
            sql.execute_many(connection, "post/fail_notice", failed)
        self.last_written = {one.mail["sha256"]: one.content for one in packed}
        self._packed, self._failed, self._bytes = [], [], 0


def next_batch(server: Server, before: Batch | None = None) -> Batch | None:
    """The due notices without a mail of the next recipients by address, beyond the batch `before`; None: no more.

    Each batch is twice the one before: while the server takes one mail, two can be made.
    """
    moment = now()
    after, recipients = (
        (before.last_recipient, min(2 * before.recipients, _LARGEST_BATCH)) if before else ("", FIRST_BATCH)
    )
    with transaction() as connection:
        rows = sql.fetch(connection, "post/select_uncomposed", after=after, batch=recipients, due_at=moment)
    return Batch(server, rows, str(moment.date()), recipients) if rows else None


def _groups(rows: Sequence[sql.Row], day: str) -> list[tuple[str | None, list[sql.Row]]]:
    """What goes into one mail: (key of the digest or None, notices), in the order of the rows."""
    kinds = load_policies().kinds
    groups: dict[tuple[str, ...], list[sql.Row]] = defaultdict(list)
    digests: dict[tuple[str, ...], str] = {}
    for row in rows:
        kind = kinds.get(row["kind"])  # of a kind that is no more no letter can be made
        key: tuple[str, ...] = (row["recipient"], "", row["id"])
        if row["bundle"]:
            key = (row["recipient"], "bundle", row["bundle"])
            digests[key] = f"{BUNDLE}/{row['bundle']}"
        elif kind and kind.is_in_digest(row["stage"]):
            key = (row["recipient"], kind.group)
            digests[key] = f"{kind.group}/{day}"
        elif kind and kind.delivery == "together" and row["unit_code"]:
            about = row["unit_code"], row["period"], str(row["revision"]), row["due_at"].isoformat()
            key = (row["recipient"], kind.group, *about)
        groups[key].append(row)
    places = {name: place for place, name in enumerate(kinds)}
    found: list[tuple[str | None, list[sql.Row]]] = []
    for key, notices in groups.items():
        if key in digests or _is_one_list(notices):
            digest = digests.get(key)
            as_they_came = digest is not None and key[1:2] != ("bundle",)
            found.append(
                (digest, notices if as_they_came else sorted(notices, key=lambda one: places.get(one["kind"], 0)))
            )
        else:
            found += [(None, [notice]) for notice in notices]
    return found


def _is_one_list(notices: list[sql.Row]) -> bool:
    """Whether every problem that the circular names stands among the items of the same mail: then it is printed once, and a
    reply that names an item by its place can mean no other."""
    if len(notices) == 1:
        return True
    listed: dict[str, set[str]] = defaultdict(set)
    for notice in notices:
        payload = json.loads(notice["payload"])
        listed[notice["kind"]].update(one["problem"] for one in payload.get("items", payload.get("problems", [])))
    return len(listed) == len(notices) and listed[_PROBLEMS] <= listed[_ITEMS]


def _letter(digest: str | None, notices: list[sql.Row]) -> Generator[None, None, MailText]:
    name = load_policies().digest_names[digest.partition("/")[0]] if digest else ""
    signatures = {notice["signed"] for notice in notices}
    signed = signatures.pop() if len(signatures) == 1 else None  # several offices in one digest: each says who it is
    day = chinese_date(in_zone(max(notice["due_at"] for notice in notices)).date())
    said = [(notice["kind"], json.loads(notice["payload"])) for notice in notices]
    return letter_in_steps(
        said if digest or len(said) == 1 else [(kind, payload | {"is_listed_below": True}) for kind, payload in said],
        name,
        Signature(day=day, **json.loads(signed)) if signed else Signature(day),
    )


def _composed(
    server: Server, digest: str | None, notices: list[sql.Row], letter: MailText
) -> tuple[sql.Row, bytes, str]:
    """The row of a mail, which has no file yet, its bytes, and the key under which it is kept: that of what it carries."""
    key = mail_id(notice["id"] for notice in notices)
    recipient = notices[0]["recipient"]
    copies = _copies(recipient, notices)
    due_at = max(notice["due_at"] for notice in notices)
    files = {(one["name"], one["sha256"]): None for notice in notices for one in json.loads(notice["attachments"])}
    loaded = [(file_name, *contents.load_with_key(sha256)) for file_name, sha256 in files]
    attachments = [(file_name, file) for file_name, file, _ in loaded]
    content = compose(server, key, recipient, copies, letter, due_at, attachments)
    mail: sql.Row = {
        "id": key,
        "recipient": recipient,
        "copy_to": ",".join(copies),
        "digest": digest,
        "due_at": due_at,
        "subject_line": letter.subject,
    }
    return mail, content, max((one for *_, one in loaded), default=INTAKE)


def _copies(recipient: str, notices: list[sql.Row]) -> list[str]:
    """Everybody who is copied on one of the notices, once."""
    copies = {address.lower(): address for notice in notices for address in notice["copy_to"].split(",") if address}
    copies.pop(recipient.lower(), None)
    return list(copies.values())
