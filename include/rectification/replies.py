"""A mail in reply to one of ours about rectification → the rows that a 整改反馈表 would hold.

The rule, which our mails explain: every item has its indicator as number. A reply to a mail about one item is that item's
answer; with several, each answer begins a line with the number (“E1：已……；佐证：……”), or with its place in a mail that
is no digest. The evidence is named after “佐证：” or attached; attachments are archived and never opened.
"""

from __future__ import annotations

import datetime as dt
import email
import functools
import json
import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass, field
from email.message import Message
from pathlib import Path, PurePosixPath

from sqlalchemy import Connection

from include.data_files import Part, read_yaml
from include.db import sql
from include.db.sql import Row
from include.intake import archive
from include.intake.limits import printable
from include.intake.mail_text import header_words, our_mail_ids, own_parts, words_of
from include.period import chinese_date, in_zone
from include.rectification.workbooks import Entry, Sheet
from include.registry.units import find_unit

_KEY = re.compile(
    r"[\s*·•-]*(?:指标|编号|事项|第)?\s*[(\[【]?\s*(?P<key>[A-Za-z][A-Za-z0-9-]{0,11}|\d{1,2})\s*项?\s*"
    r"(?P<end>[)\]】]\s*[:、.,]?|[:、.,]|\s|$)\s*"
)
_KEY_LENGTH = 30  # characters at the beginning of a line in which a number is looked for
_NAME_LENGTH = 120
MAIL_SUFFIX = ".eml"  # of the name under which a whole mail is an arrival


class _Rules(Part):
    """replies.yaml, which says what each is."""

    cut_from: list[str]
    quoted_line: str
    evidence: str
    done_on: str
    courtesies: str
    fewest_characters: int
    smallest_inline_picture_bytes: int
    sheets: list[str]
    sent_on: list[str]
    most_bytes_sent_on: int
    most_files: int
    attached: str
    most_characters: int
    cut_short: str
    problems: dict[str, str]


@functools.cache
def rules() -> _Rules:
    return _Rules.model_validate(read_yaml(Path(__file__).parent / "replies.yaml"))


@dataclass(frozen=True)
class Asked:
    """What a mail of ours asked: `items` have id, indicator, problem and deadline (ISO), in the mail's order.

    `unit_code` is empty where the mail was about several units. `is_numbered`: the places of the items are plain to see.
    """

    mail_id: str
    unit_code: str
    items: list[Row]
    is_numbered: bool


@dataclass(frozen=True)
class Reply:
    """A reply, read: `sheet` holds the answers, or `problems` say why there are none. `files` have name, sha256, bytes.

    `is_courtesy`: it only says thank you.
    """

    asked: Asked
    sheet: Sheet | None
    problems: list[str]
    files: list[Row] = field(default_factory=list)
    is_courtesy: bool = False


def asked_by(connection: Connection, message: Message) -> Asked | None:
    """The mail of ours about rectification that a mail replies to; None where there is none."""
    headers = [value for name in ("In-Reply-To", "References") for value in message.get_all(name, [])]
    for mail_id in our_mail_ids(header_words(value) for value in headers):
        notices = sql.fetch(connection, "rectification/select_asking", mail_id=mail_id)
        items = [
            {**item, "unit_code": notice["unit_code"]}
            for notice in notices
            for item in json.loads(notice["payload"]).get("items", [])
            if "id" in item
        ]
        if items:
            units = {item["unit_code"] for item in items}
            listed = list({item["id"]: item for item in items}.values())
            return Asked(mail_id, units.pop() if len(units) == 1 else "", listed, len(notices) == 1)
    return None


def read_reply(connection: Connection, content: bytes, sender: str, received_at: dt.datetime) -> Reply | None:
    """A raw mail as a reply; None where it answers no mail of ours about rectification.

    `sender` is whom the mail came from; empty where the office hands it in. Attachments are put into the archive.
    """
    message = email.message_from_bytes(content)
    asked = asked_by(connection, message)
    if asked is None:
        return None
    problems = _who_may_not(connection, asked, sender, received_at)
    if problems:
        return Reply(asked, None, problems)
    files = keep_evidence(message)
    text = own_words(message)
    if not files and not _says_something(text):
        return Reply(asked, None, [rules().problems["nothing_said"]], is_courtesy=True)
    said = _by_item(text, asked, problems)
    entries = [
        _entry(item, said[item["id"]], files, received_at, problems) for item in asked.items if item["id"] in said
    ]
    return Reply(asked, None if problems else Sheet("rectification", asked.unit_code, entries), problems, files)


def _who_may_not(connection: Connection, asked: Asked, sender: str, received_at: dt.datetime) -> list[str]:
    if not asked.unit_code:
        return [rules().problems["several_units"]]
    unit = find_unit(connection, asked.unit_code, in_zone(received_at).date())
    people = [unit.secretary_email, unit.officer_email, unit.liaison_email] if unit else []
    if sender and sender.lower() not in {address.strip().lower() for address in people if address}:
        name = unit.name if unit else asked.unit_code
        return [rules().problems["wrong_sender"].format(sender=sender, unit=name)]
    return []


def own_words(message: Message) -> str:
    """What the writer says, without what is quoted below and what a program adds."""
    text = words_of(message, is_quoting_kept=False).replace("\r\n", "\n").replace("\xa0", " ")
    begins = [found.start() for one in rules().cut_from if (found := re.search(one, text, re.MULTILINE))]
    text = text[: min(begins)] if begins else text
    return "\n".join(line for line in text.split("\n") if not re.match(rules().quoted_line, line)).strip()


def evidence_parts(message: Message) -> list[tuple[str, str, bytes]]:
    """(name, type, content) of every attachment, without sheets, invitations, seals and the logos of signatures."""
    found = []
    for part in own_parts(message):
        name = _file_name(part)
        content = part.get_payload(decode=True)
        is_text = part.get_content_maintype() == "text" and part.get_content_disposition() != "attachment"
        if is_text or not isinstance(content, bytes) or part.get_content_type() == "text/calendar":
            continue
        is_inline = part.get_content_disposition() != "attachment" and part.get_content_maintype() == "image"
        is_logo = is_inline and len(content) < rules().smallest_inline_picture_bytes
        is_seal = re.fullmatch(r"application/(pkcs7|x-pkcs7|pgp)-.*", part.get_content_type()) is not None
        if not (is_logo or is_seal or is_sheet(name)):
            found.append((name, part.get_content_type(), content))
    return found[: rules().most_files]


def is_sheet(name: str) -> bool:
    return PurePosixPath(name).suffix.lower() in rules().sheets


def is_paper(name: str, content_type: str = "") -> bool:
    """Whether an attachment is a photo or a document, as evidence usually is."""
    return PurePosixPath(name).suffix.lower() in rules().sent_on or content_type.startswith("image/")


def keep_evidence(message: Message, *, is_papers_only: bool = False) -> list[Row]:
    """The attachments of a mail (or its photos and documents alone), put into the archive: name, sha256, bytes."""
    parts = [part for part in evidence_parts(message) if not is_papers_only or is_paper(part[0], part[1])]
    kept = archive.store_all([content for _, _, content in parts])
    return [
        {"name": name or f"{rules().attached}{number}", "sha256": sha256, "bytes": len(content)}
        for number, ((name, _, content), sha256) in enumerate(zip(parts, kept, strict=True), 1)
    ]


def record_evidence(connection: Connection, carrier_sha256: str, files: list[Row]) -> None:
    """Write down the files that came with an archived answer (a raw mail or a workbook), or after it; again changes nothing."""
    rows = [{"carrier_sha256": carrier_sha256, **file} for file in files]
    sql.execute_many(connection, "rectification/insert_evidence", rows)


def _file_name(part: Message) -> str:
    name = header_words(part.get_filename() or "")
    return printable(PurePosixPath(name.replace("\\", "/")).name)[:_NAME_LENGTH]


def _says_something(text: str) -> bool:
    left = re.sub(rules().courtesies, "", text)
    return sum(character.isalnum() for character in left) >= rules().fewest_characters


def _by_item(text: str, asked: Asked, problems: list[str]) -> dict[str, str]:
    """What the text says of each item, by id."""
    codes: dict[str, list[str]] = defaultdict(list)
    for item in asked.items:
        codes[item["indicator"].upper()].append(item["id"])
    by_code = _sections(text, is_number=False)
    if not by_code and len(asked.items) == 1:
        return {asked.items[0]["id"]: text}
    listed = "、".join(dict.fromkeys(item["indicator"] for item in asked.items))
    if by_code:
        known = {key: codes[key][0] for key in by_code if len(codes.get(key, [])) == 1}
        problems += [
            rules().problems["not_listed"].format(key=key, codes=listed) for key in by_code if key not in known
        ]
        return {known[key]: said for key, said in by_code.items() if key in known}
    by_number = _sections(text, is_number=True) if asked.is_numbered else {}
    wrong = [number for number in by_number if not 1 <= int(number) <= len(asked.items)]
    problems += [rules().problems["not_listed"].format(key=number, codes=listed) for number in wrong]
    if not by_number:
        first = asked.items[0]["indicator"]
        problems.append(rules().problems["no_key"].format(count=len(asked.items), code=first))
    return {asked.items[int(number) - 1]["id"]: said for number, said in by_number.items() if number not in wrong}


def _sections(text: str, *, is_number: bool) -> dict[str, str]:
    """The text by the codes, or the numbers, that begin its lines; what stands before the first is a greeting."""
    sections: dict[str, list[str]] = {}
    current = ""
    for line in text.split("\n"):
        key, rest = _key_of(line, is_number=is_number)
        current = key or current
        if current:
            sections.setdefault(current, []).append(rest if key else line)
    return {key: "\n".join(lines).strip() for key, lines in sections.items()}


def _key_of(line: str, *, is_number: bool) -> tuple[str, str]:
    """The code or number at the beginning of a line and what follows it; full-width characters count as plain ones."""
    head = "".join(c if len(n := unicodedata.normalize("NFKC", c)) != 1 else n for c in line[:_KEY_LENGTH])
    found = _KEY.match(head)
    if found is None:
        return "", line
    key, is_marked = found["key"], bool(found["end"].strip())
    is_code = re.fullmatch(r"[A-Za-z]+-?\d+[A-Za-z]?", key) is not None
    if (key.isdigit() and is_marked) if is_number else is_code:
        return key.upper() if is_code else str(int(key)), line[found.end() :]
    return "", line


def _entry(item: Row, said: str, files: list[Row], received_at: dt.datetime, problems: list[str]) -> Entry:
    place = str(item["indicator"])
    day = re.search(rules().done_on, said)
    said = said.replace(day[0], "") if day else said
    done, *evidence = re.split(rules().evidence, said, maxsplit=1)
    named = [part.strip("。；; \n") for part in evidence if part.strip("。；; \n")]
    named += [f"{rules().attached} {'、'.join(file['name'] for file in files)}"] if files else []
    if not _says_something(done):
        problems.append(f"{place}{rules().problems['nothing_said']}")
    elif not named:
        problems.append(rules().problems["no_evidence"].format(place=place))
    texts = {
        "done": _cut_short(" ".join(done.split()).rstrip("。；;，, ")),
        "done_on": day[1] if day else chinese_date(in_zone(received_at).date()),
        "evidence": _cut_short("；".join(" ".join(part.split()) for part in named)),
    }
    return Entry(str(item["id"]), texts, place)


def _cut_short(text: str) -> str:
    return text if len(text) <= rules().most_characters else text[: rules().most_characters] + rules().cut_short
