"""What the daily self-check finds wrong with the machine and with what it keeps: each finding one Chinese sentence.

Notices that nobody sends, files that nobody takes, a disk that fills up, archived files that are gone or were changed.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import logging
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from include.archive import contents
from include.data_files import Part, kept, own_file, read_bytes, read_yaml
from include.db.engine import database_url, transaction
from include.db.sql import Row, fetch, fetch_one
from include.errors import UserError
from include.intake.inbox import StoreOpener, open_inbox
from include.outbox.policies import load_policies
from include.period import now
from include.schemes import unsound
from include.settings import get_settings, systems_folder
from include.steps.sending import alert

_SHIPPED = Path(__file__).with_name("health.yaml")
_GB = 1024**3
_FOUND_SOUND = ".systems"  # in the archive: how the files of the systems looked when all were sound
_found_sound: set[str] = set()  # the same of this process
_ISSUED = ("document", "source")
_ARCHIVED = ("steps/select_archived", "steps/select_attachments", "steps/select_manifests")
_log = logging.getLogger(__name__)


class _Health(Part):
    """health.yaml, which says what each is."""

    hours_a_notice_may_wait: int
    hours_a_digest_may_wait: int
    hours_a_file_may_lie: int
    free_gb_at_least: float
    archive_days: int
    archive_files_a_day: int
    named_at_most: int
    findings: dict[str, str]
    documents: dict[str, str]


@kept
def rules() -> _Health:
    return _Health(**read_yaml(own_file(_SHIPPED)))


def unsound_systems() -> list[str]:
    """What is wrong with the files of the systems, and what that stops until it is mended."""
    return [rules().findings["system"].format(problem=problem) for problem in unsound.unsound_systems()]


def tell_unsound_systems() -> list[str]:
    """Tell ops at once of systems whose files cannot be used: each set of faults once a day; the findings."""
    if findings := unsound_systems():
        faults = hashlib.sha256("\n".join(findings).encode()).hexdigest()[:12]
        alert(subject=f"systems/{now().date()}/{faults}", title="制度文件有误", lines=findings)
    return findings


def tell_of_changed_systems() -> None:
    """The same where a file of a system has changed since all were found sound: reading them all takes as long as answering
    dozens of forms, and this is asked with every file that comes."""
    folder, look = get_settings().archive, hashlib.sha256()
    systems = systems_folder()
    for path in sorted(systems.rglob("*.yaml")):
        look.update(f"{path.relative_to(systems)}\n".encode() + read_bytes(path))
    kept, looks = folder / _FOUND_SOUND, look.hexdigest()
    if looks in _found_sound or (kept.is_file() and kept.read_text(encoding="ascii") == looks):
        return
    if not tell_unsound_systems():
        _found_sound.add(looks)
        folder.mkdir(parents=True, exist_ok=True)
        kept.write_text(looks, encoding="ascii")


@dataclass(frozen=True)
class Looked:
    """What was found in the archive, how many files were looked at, and the hash up to which the round has come."""

    findings: list[str]
    files: int
    up_to: str


def stuck_notices(connection: Connection) -> list[str]:
    """Notices that are due and wait all the same, and such as fall due in a future that a stopped clock never reaches."""
    health, moment, kinds = rules(), now(), load_policies().kinds
    rows = fetch(
        connection, "steps/count_stuck_notices", now_at=moment,
        hour_at=moment - dt.timedelta(hours=health.hours_a_notice_may_wait),
        day_at=moment - dt.timedelta(hours=health.hours_a_digest_may_wait),
    )  # fmt: skip
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


def full_disks() -> list[str]:
    """A sentence for each disk of ours on which too little is free."""
    health, settings = rules(), get_settings()
    folders = [settings.archive, settings.reports, settings.out]
    url = database_url(settings.database)
    if url.get_backend_name() == "sqlite" and url.database:
        folders.append(Path(url.database).parent)
    found: dict[int, str] = {}
    for folder in folders:
        there = next(one for one in (folder.absolute(), *folder.absolute().parents) if one.exists())
        free = shutil.disk_usage(there).free
        if free < health.free_gb_at_least * _GB:
            said = {"folder": folder, "free": f"{free / _GB:.1f} GB", "wanted": f"{health.free_gb_at_least:g} GB"}
            found.setdefault(there.stat().st_dev, health.findings["disk"].format(**said))
    return list(found.values())


def look_at_archive() -> Looked:
    """Read files of the archive, each against its hash: what was issued, and a share of all others that goes round.

    The share goes on where the last one ended, and is so large that every file is read within a week, also where the
    check was not run every day.
    """
    health = rules()
    with transaction() as connection:  # read at once: looking at the files holds nobody up
        recorded = [fetch(connection, name) for name in _ARCHIVED]
        last = fetch_one(connection, "steps/select_last_check", stage="self_check")
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


def _named(archived: list[Row], attachments: list[Row], manifests: list[Row]) -> dict[str, tuple[str, str]]:
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
