"""A mail in reply to one of ours about rectification → the rows that a 整改反馈表 would hold.

The rule, which our mails explain: every item has its indicator as number. A reply to a mail about one item is that item's
answer; with several, each answer begins a line with the number (“E1：已……；佐证：……”), or with its place in a mail that
is no digest. The evidence is named after “佐证：” or attached; attachments are archived and never opened. A reply with a
整改方案 is no answer yet: it is kept at its items.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from email.message import Message
from pathlib import PurePosixPath

from sqlalchemy import Connection

from include.archive import contents
from include.db import sql
from include.items.own_words import own_words, text_of_mail
from include.items.reply_rules import is_no_answer, rules
from include.items.states import states
from include.items.workbooks import Entry, Sheet
from include.outbox.own_mails import mails_named, mails_named_without_code
from include.period import chinese_date, in_zone
from include.post.mail_parts import Attachment, attachments_of
from include.post.mail_text import header_words, parse_mail
from include.registry.units import find_unit
from include.workbooks.limits import printable
from include.workbooks.values import text_of

_CODE = r"[A-Za-z]+-?\d+[A-Za-z]?"
_LISTED = (
    r"(?:\(?(?:\d{1,2}|[一二三四五六七八九十]{1,3})(?:\)\s*[、.,:]?|[、.,:])\s*)?"  # “1、”, “（二）” before a code
)
_KEY = r"[\s*·•-]*{listed}(?:指标|编号|事项|第)?\s*[(\[【]?\s*(?P<key>{key})\s*项?\s*(?P<end>[)\]】]\s*[:、.,]?|[:、.,]|\s|$|(?=[和及与/][A-Za-z]))\s*"
_CODE_KEY = re.compile(_KEY.format(listed=_LISTED, key=_CODE))
_NUMBER_KEY = re.compile(_KEY.format(listed="", key=r"\d{1,2}"))
_FURTHER_CODE = re.compile(
    rf"[/和及与]?\s*(?P<key>{_CODE})\s*(?P<end>[:、.,]|\s|$|(?=[和及与/][A-Za-z])|(?=[均都已全]))\s*"
)
_JOINING = ("、", ",", "")
_KEY_LENGTH = 30  # characters at the beginning of a line in which a number is looked for
_NAME_LENGTH = 120
ANSWERED = "已反馈"
MAIL_SUFFIX = ".eml"  # of the name under which a whole mail is an arrival


@dataclass(frozen=True)
class Asked:
    """What a mail of ours asked: `items` have id, indicator, problem and deadline (ISO), in the mail's order.

    `unit_code` is empty where the mail was about several units. `is_numbered`: the places of the items are plain to see.
    `is_proved`: the reply names the mail by a Message-ID that only this installation can make, so its writer has had it;
    mails sent before there was such a code have no other, and anybody can compute theirs.
    `text` is what the mail says, without blanks.
    """

    mail_id: str
    unit_code: str
    items: list[sql.Row]
    is_numbered: bool
    is_proved: bool = True
    text: str = ""


@dataclass(frozen=True)
class Reply:
    """A reply, read: `sheet` holds the answers, or `problems` say why there are none. `files` have name, sha256, bytes.

    `is_courtesy`: it only says thank you. `is_named`: it says which item it is about.
    """

    asked: Asked
    sheet: Sheet | None
    problems: list[str]
    files: list[sql.Row] = field(default_factory=list)
    is_courtesy: bool = False
    is_named: bool = False


def asked_by(connection: Connection, message: Message) -> Asked | None:
    """The mail of ours about rectification that a mail replies to; None where there is none."""
    headers = [header_words(value) for name in ("In-Reply-To", "References") for value in message.get_all(name, [])]
    named = mails_named(headers)
    for mail_id in [*named, *mails_named_without_code(headers)]:
        items = [
            {**item, "deadline": item["deadline_told"]}
            for item in sql.fetch(connection, "items/select_asked_items", mail_id=mail_id)
        ]
        if items:
            notices = sql.fetch(connection, "items/select_asking", mail_id=mail_id)
            units = {item["unit_code"] for item in items}
            listed = list({item["id"]: item for item in items}.values())
            unit_code = units.pop() if len(units) == 1 else ""
            text = text_of_mail(notices, notices[0]["sent_sha256"])
            return Asked(mail_id, unit_code, listed, len(notices) == 1, mail_id in named, text)
    return None


def read_reply(
    connection: Connection, content: bytes, sender: str, received_at: dt.datetime, *, is_sender_sure: bool = False
) -> Reply | None:
    """A raw mail as a reply; None where it answers no mail of ours about rectification.

    `sender` is whom the mail came from; empty where the office hands it in. `is_sender_sure`: their mail server vouches
    for it, or the office does; only then may the reply name a mail by an id that anybody can compute. Attachments are put
    into the archive.
    """
    message = parse_mail(content)
    asked = asked_by(connection, message)
    if asked is None:
        return None
    problems = _who_may_not(connection, asked, sender, received_at)
    if not asked.is_proved and not is_sender_sure:
        problems.append(rules().problems["old_mail"])
    if problems:
        return Reply(asked, None, problems)
    files = keep_evidence(message, is_with_sheets=True)
    text = own_words(message, asked.text)
    if not files and not _says_something(text):
        return Reply(asked, None, [rules().problems["nothing_said"]], is_courtesy=True)
    names_plan = _names_plan([text, *(file["name"] for file in files)])
    if names_plan and not _has_lines(text, asked) and not _is_done(text):
        said = {item["id"]: text for item in _waiting_for_answer(connection, asked)}
    else:
        said = _by_item(text, asked, problems)
    entries = [
        _planned(item, said[item["id"]], files, problems)
        if names_plan and not _is_done(said[item["id"]])
        else _entry(item, said[item["id"]], files, received_at, problems)
        for item in asked.items
        if item["id"] in said
    ]
    problems = list(dict.fromkeys(problems))
    sheet = None if problems else Sheet("rectification", asked.unit_code, entries, files)
    return Reply(asked, sheet, problems, files, is_named=len(asked.items) == 1 or _has_lines(text, asked))


def speaks_for_itself(message: Message, asked: Asked) -> bool:
    """Whether the words of a reply are its answer although it has a sheet attached."""
    attached = attachments_of(message)
    if any(one.is_sheet and re.search(rules().our_sheets, one.name) for one in attached):
        return False
    names = [one.name for one in attached]
    text = own_words(message, asked.text)
    return _has_lines(text, asked) or re.search(rules().evidence, text) is not None or _names_plan([text, *names])


def _names_plan(texts: list[str]) -> bool:
    return any(re.search(rules().plan.named, text) for text in texts)


def _is_done(words: str) -> bool:
    return re.search(rules().plan.done, words) is not None


def _waiting_for_answer(connection: Connection, asked: Asked) -> list[sql.Row]:
    """The items of the mail that are still to be answered; all of them where none is, so that it is said of each."""
    found = [sql.fetch_one(connection, "items/select_item", id=item["id"]) for item in asked.items]
    allowed = states().moves[ANSWERED].from_states
    waiting = [item for item, now in zip(asked.items, found, strict=True) if now and now["state"] in allowed]
    return waiting or asked.items


def _planned(item: sql.Row, said: str, files: list[sql.Row], problems: list[str]) -> Entry:
    if not files and "附件" in said:
        problems.append(rules().problems["plan_missing"])
    names = [f"{rules().attached} {'、'.join(file['name'] for file in files)}"] if files else []
    words = "；".join([part for part in [" ".join(said.split()).rstrip("。；;，, ")] if part] + names)
    return Entry(
        str(item["id"]),
        {"plan": rules().plan.reason.format(words=_cut_short(words))},
        str(item["indicator"]),
        is_plan=True,
    )


def _who_may_not(connection: Connection, asked: Asked, sender: str, received_at: dt.datetime) -> list[str]:
    if not asked.unit_code:
        return [rules().problems["several_units"]]
    unit = find_unit(connection, asked.unit_code, in_zone(received_at).date())
    people = [unit.secretary_email, unit.officer_email, unit.liaison_email] if unit else []
    if sender and sender.lower() not in {address.strip().lower() for address in people if address}:
        name = unit.name if unit else asked.unit_code
        return [rules().problems["wrong_sender"].format(sender=sender, unit=name)]
    return []


def is_paper(attachment: Attachment) -> bool:
    """Whether it is a photo, a film or a document, as evidence usually is."""
    return not attachment.is_sheet and (attachment.is_picture or attachment.ending in rules().sent_on)


def sendable(files: Iterable[sql.Row], endings: Sequence[str]) -> tuple[list[tuple[str, str]], list[str]]:
    """Archived files (name, sha256, bytes) as attachments of one mail, and the names of those that stay in the archive: of
    a kind that is not sent on, or too much for one mail."""
    sent_on: list[tuple[str, str]] = []
    left, bytes_so_far = [], 0
    for file in files:
        is_fit = PurePosixPath(file["name"]).suffix.lower() in endings
        if is_fit and bytes_so_far + file["bytes"] <= rules().most_bytes_sent_on:
            sent_on.append((str(file["name"]), str(file["sha256"])))
            bytes_so_far += file["bytes"]
        else:
            left.append(f"{file['name']}（{file['sha256']}）")
    return sent_on, left


def keep_evidence(message: Message, *, is_papers_only: bool = False, is_with_sheets: bool = False) -> list[sql.Row]:
    """The attachments of a mail (or its photos and documents alone), put into the archive: name, sha256, bytes. They are never opened.

    The logos of signatures are none. A sheet is one only in a mail whose words are the answer.
    """
    found = [
        one
        for one in attachments_of(message)
        if not one.is_logo and (is_with_sheets or not one.is_sheet) and (is_paper(one) or not is_papers_only)
    ][: rules().most_files]
    kept = contents.store_all([one.content for one in found])
    return [
        {"name": _shown_name(one, number), "sha256": sha256, "bytes": len(one.content)}
        for number, (one, sha256) in enumerate(zip(found, kept, strict=True), 1)
    ]


def record_evidence(connection: Connection, carrier_sha256: str, files: list[sql.Row]) -> None:
    """Write down the files that came with an archived answer (a raw mail or a workbook), or after it; again changes nothing."""
    copy_evidence(connection, [{"carrier_sha256": carrier_sha256, **file} for file in files])


def copy_evidence(connection: Connection, rows: list[sql.Row]) -> None:
    """Write rows of `evidence` as they are; again changes nothing."""
    sql.execute_many(connection, "items/insert_evidence", rows)


def _shown_name(attachment: Attachment, number: int) -> str:
    """Without the path that it had on the sender's machine, and not endless; its ending stays."""
    name = printable(PurePosixPath(attachment.named(number, rules().attached).replace("\\", "/")).name)
    return name if len(name) <= _NAME_LENGTH else name[: _NAME_LENGTH - len(attachment.ending)] + attachment.ending


def _without_courtesies(text: str) -> str:
    return re.sub(rules().courtesies, "", text).strip()


def _says_something(text: str) -> bool:
    left = _without_courtesies(text)
    return not is_no_answer(left) and sum(character.isalnum() for character in left) >= rules().fewest_characters


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


def _has_lines(text: str, asked: Asked) -> bool:
    """Whether a line begins with the number of an item."""
    return bool(_sections(text, is_number=False) or (asked.is_numbered and _sections(text, is_number=True)))


def _sections(text: str, *, is_number: bool) -> dict[str, str]:
    """The text by the codes, or the numbers, that begin its lines; what stands before the first is a greeting.

    A line that begins with several codes (“A1、E1：”) belongs to each.
    """
    sections: dict[str, list[str]] = {}
    current: list[str] = []
    for line in text.split("\n"):
        keys, rest = _keys_of(line, is_number=is_number)
        current = keys or current
        for key in current:
            sections.setdefault(key, []).append(rest)
    return {key: "\n".join(lines).strip() for key, lines in sections.items()}


def _keys_of(line: str, *, is_number: bool) -> tuple[list[str], str]:
    """The codes or the number at the beginning of a line and what follows; full-width characters count as plain ones."""
    head = "".join(c if len(n := unicodedata.normalize("NFKC", c)) != 1 else n for c in line[:_KEY_LENGTH])
    found = (_NUMBER_KEY if is_number else _CODE_KEY).match(head)
    if found is None or (is_number and not found["end"].strip()):
        return [], line
    if is_number:
        return [str(int(found["key"]))], line[found.end() :]
    keys, end = [found["key"].upper()], found.end()
    while found["end"] in _JOINING and (found := _FURTHER_CODE.match(head, end)):
        keys.append(found["key"].upper())
        end = found.end()
    return keys, line[end:]


def _entry(item: sql.Row, said: str, files: list[sql.Row], received_at: dt.datetime, problems: list[str]) -> Entry:
    place = str(item["indicator"])
    day = re.search(rules().done_on, said)
    said = said.replace(day[0], "") if day else said
    done, *evidence = re.split(rules().evidence, said, maxsplit=1)
    written = [part.strip("。；; \n") for part in evidence if part.strip("。；; \n")]
    named = [part for part in written if not is_no_answer(part)]
    named += [f"{rules().attached} {'、'.join(file['name'] for file in files)}"] if files else []
    if not _says_something(done):
        left = _without_courtesies(done)
        key = "nothing_done" if left and is_no_answer(left) else "nothing_said"
        problems.append(f"{place}{rules().problems[key].format(text=left)}")
    elif not named and written:
        problems.append(f"{place}{rules().problems['evidence_is_none'].format(text=written[0])}")
    elif not named:
        problems.append(rules().problems["no_evidence"].format(place=place))
    texts = {
        "done": _cut_short(" ".join(done.split()).rstrip("。；;，, ")),
        "done_on": day[1] if day else chinese_date(in_zone(received_at).date()),
        "evidence": _cut_short("；".join(" ".join(part.split()) for part in named)),
    }
    return Entry(str(item["id"]), texts, place)


def _cut_short(text: str) -> str:
    text = text_of(text)  # no control characters and no marks of direction go into the next mail and workbook
    return text if len(text) <= rules().most_characters else text[: rules().most_characters] + rules().cut_short
