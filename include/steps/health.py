"""What the daily self-check finds wrong with the machine and with what it keeps: each finding one Chinese sentence.

Notices that nobody sends, files that nobody takes, a disk that fills up, archived files that are gone or were changed.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from include.archive import contents
from include.data_files import Part, kept, own_file, read_yaml
from include.db import sql
from include.db.engine import transaction
from include.errors import UserError
from include.intake.inbox import StoreOpener, open_inbox
from include.outbox.policies import load_policies
from include.period import now
from include.settings import get_settings

_SHIPPED = Path(__file__).with_name("health.yaml")
_ISSUED = ("document", "source")
_ARCHIVED = ("steps/select_archived", "steps/select_attachments", "steps/select_manifests")
_log = logging.getLogger(__name__)


class _Health(Part):
    """health.yaml, which says what each is."""

    hours_a_notice_may_wait: int
    hours_a_digest_may_wait: int
    hours_a_file_may_lie: int
    free_gb_at_least: float
    minutes_a_run_may_be_late: int
    archive_days: int
    archive_files_a_day: int
    named_at_most: int
    findings: dict[str, str]
    documents: dict[str, str]


@kept
def rules() -> _Health:
    return _Health(**read_yaml(own_file(_SHIPPED)))


@dataclass(frozen=True)
class Looked:
    """What was found in the archive, how many files were looked at, and the hash up to which the round has come."""

    findings: list[str]
    files: int
    up_to: str


def stuck_notices(connection: Connection) -> list[str]:
    """Notices that are due and wait all the same, and such as fall due in a future that a stopped clock never reaches."""
    health, moment, kinds = rules(), now(), load_policies().kinds
    rows = sql.fetch(
        connection,
        "steps/count_stuck_notices",
        now_at=moment,
        hour_at=moment - dt.timedelta(hours=health.hours_a_notice_may_wait),
        day_at=moment - dt.timedelta(hours=health.hours_a_digest_may_wait),
    )
    waiting = 0
    for row in rows:
        is_digest = row["kind"] in kinds and kinds[row["kind"]].delivery == "digest"
        waiting += int(row["waiting_a_day"] if is_digest else row["waiting_an_hour"])
    found = []
    if waiting:
        found.append(health.findings["notices"].format(count=waiting, hours=health.hours_a_notice_may_wait))
    if ahead := sum(int(row["ahead"]) for row in rows):
        latest = max(row["latest_at"] for row in rows)
        found.append(health.findings["notices_ahead"].format(count=ahead, latest=f"{latest:%Y-%m-%d %H:%M}"))
    return found


def lying_files(open_store: StoreOpener | None = None) -> list[str]:
    """Files that lie in the inbox for too long by the real clock. Of one that is only read, those that nobody takes."""
    health, settings = rules(), get_settings()
    try:
        inbox = open_inbox(settings.inbox, open_store)
        lying = inbox.lying(health.hours_a_file_may_lie * 3600)
        if settings.inbox_is_read_only:
            lying = [name for name in lying if not any(place.endswith(f"/{name}") for place in inbox.look())]
    except UserError as error:
        return error.problems
    if not lying:
        return []
    names = "、".join(lying[: health.named_at_most]) + (" 等" if len(lying) > health.named_at_most else "")
    return [health.findings["lying"].format(count=len(lying), hours=health.hours_a_file_may_lie, names=names)]


def look_at_archive() -> Looked:
    """Read files of the archive, each against its hash: what was issued, and a share of all others that goes round.

    The share goes on where the last one ended, and is so large that every file is read within a week, also where the
    check was not run every day.
    """
    health = rules()
    with transaction() as connection:  # read at once: looking at the files holds nobody up
        recorded = [sql.fetch(connection, name) for name in _ARCHIVED]
        last = sql.fetch_one(connection, "steps/select_last_check", stage="self_check")
    named = _named(*recorded)
    after, days = "", 1
    if last is not None:
        after = str(json.loads(last["detail"]).get("archive_up_to", ""))
        days = min(max((now() - last["logged_at"]).days, 1), health.archive_days)
    issued = [sha256 for sha256, (kind, _) in named.items() if kind in _ISSUED]
    others = sorted(named.keys() - set(issued))
    share = min(max(-(-len(others) * days // health.archive_days), health.archive_files_a_day), len(others))
    start = next((place for place, sha256 in enumerate(others) if sha256 > after), 0)
    turned = (others[start:] + others[:start])[:share]
    findings = [told for sha256 in (*issued, *turned) if (told := _damage(sha256, *named[sha256]))]
    if len(findings) > health.named_at_most:
        _log.warning("%s", "\n".join(findings))
        more = health.findings["more"].format(count=len(findings) - health.named_at_most)
        findings = [*findings[: health.named_at_most], more]
    return Looked(findings, len(issued) + len(turned), turned[-1] if turned else "")


def _named(archived: list[sql.Row], attachments: list[sql.Row], manifests: list[sql.Row]) -> dict[str, tuple[str, str]]:
    """Every hash of the archive that the record names, with what it is and its name; issued documents win."""
    named: dict[str, tuple[str, str]] = {}
    for row in archived:
        if row["sha256"] not in named or row["kind"] in _ISSUED:
            named[row["sha256"]] = (row["kind"], row["name"])
    for row in attachments:
        for one in json.loads(row["attachments"]):
            named.setdefault(one["sha256"], ("attachment", one["name"]))
    for row in manifests:
        for sha256 in _sources(row["manifest_sha256"]):
            named.setdefault(sha256, ("source", row["name"]))
    return named


def _sources(manifest_sha256: str) -> Iterator[str]:
    """The texts archived with an issued document. A manifest that cannot be read is itself a finding."""
    try:
        sources = json.loads(contents.load(manifest_sha256)).get("sources") or {}
    except (OSError, ValueError, UserError):
        return
    yield from sources.values()


def _damage(sha256: str, kind: str, name: str) -> str:
    """What is wrong with an archived file; empty where nothing is."""
    try:
        contents.verify(sha256)
    except (OSError, ValueError, UserError) as error:
        health = rules()
        document = health.documents[kind].format(name=name)
        return health.findings["damaged"].format(sha256=sha256[:16], document=document, error=error)
    return ""
