"""What the writer of a reply says: without our own mail, whatever a program puts before it, and without what programs add.

No list of the headers before a quotation is complete, but the text of the mail that is answered is known: from its first
lines on a reply is ours. What the writer says is cut nowhere else without a sure mark.
"""

from __future__ import annotations

import json
import re
from email.message import Message

from inscriptis import get_text

from include.archive import contents
from include.db import sql
from include.errors import UserError
from include.items.reply_rules import rules
from include.post.mail_text import parse_mail, words_of
from include.post.rendering import letter_in_steps

_LONGEST_READ = 20_000  # characters; patterns that look back and forth take their time over what a hostile mail holds
_FEWEST_OURS = 4  # characters of a line that may be ours; shorter ones say nothing
_RUN = 24  # characters of our own lines, one after the other, that no writer repeats by chance


def text_of_mail(notices: list[sql.Row], sha256: str | None) -> str:
    """All that a mail of ours says, without blanks: as it was archived, and as its notices (kind, payload) say it."""
    texts = []
    if sha256 is not None:
        try:
            sent = parse_mail(contents.load(sha256))
            texts += [
                words_of(sent),
                *(words_of(part) for part in sent.walk() if part.get_content_type() == "text/html"),
            ]
        except (UserError, OSError):  # a damaged archive is told elsewhere
            pass
    for notice in notices:
        try:
            steps = letter_in_steps([(notice["kind"], json.loads(notice["payload"]))])
            while True:
                next(steps)
        except StopIteration as done:
            texts += [done.value.text, get_text(done.value.html)]
        except Exception:  # noqa: S112 a notice of another time, whose template asks for more than it says
            continue
    return _plain("".join(texts))


def own_words(message: Message, ours: str) -> str:
    """The writer's words; `ours` is the mail that is answered, as `text_of_mail` gives it."""
    text = words_of(message, is_quoting_kept=False).replace("\r\n", "\n").replace("\xa0", " ")
    lines = text.split("\n")
    text = "\n".join(line for line, before in zip(lines, ["-", *lines], strict=False) if line.strip() or before.strip())
    lines = _without_ours(text[:_LONGEST_READ].split("\n"), ours)
    text = "\n".join(line for line in lines if not re.fullmatch(rules().added_line, line))
    begins = [found.start() for one in rules().cut_from if (found := re.search(one, text, re.MULTILINE))]
    text = text[: min(begins)] if begins else text
    return "\n".join(line for line in text.split("\n") if not re.match(rules().quoted_line, line)).strip()


def _without_ours(lines: list[str], ours: str) -> list[str]:
    """The lines before our mail; where none of them says anything, the writer's among ours: answers below or between."""
    start = _first_run(lines, ours)
    if start is None:
        return _headed(lines, ours)
    before = lines[:start]
    while before and (not before[-1].strip() or any(re.search(one, before[-1]) for one in rules().quote_head)):
        before.pop()
    if any(character.isalnum() for character in "".join(before)):
        return _headed(before, ours)
    return _headed(lines[start:], ours, is_quoted=True)


def _headed(lines: list[str], ours: str, *, is_quoted: bool = False) -> list[str]:
    """The writer's lines; of a line of ours about an item that is answered right below it, its number alone.

    `is_quoted`: among them stand lines of ours, which go.
    """
    headings = ((line, _heading(lines, place, ours)) for place, line in enumerate(lines))
    return [
        line if heading is None else heading
        for line, heading in headings
        if heading is not None or not is_quoted or not _is_of_ours(line, ours)
    ]


def _heading(lines: list[str], place: int, ours: str) -> str | None:
    """What stays of a line of ours about an item where the next line is the writer's: its number, if the next has none."""
    key = re.match(rules().our_key, lines[place]) if re.search(rules().our_line, lines[place]) else None
    if key is None:
        return None
    below = next((lines[after] for after in range(place + 1, len(lines)) if lines[after].strip()), "")
    if not below or _is_of_ours(below, ours):
        return None
    return "" if re.match(rules().our_key, below) else f"{key[1]}："


def _is_of_ours(line: str, ours: str) -> bool:
    return _is_ours(line, ours) or re.search(rules().our_line, line) is not None


def _first_run(lines: list[str], ours: str) -> int | None:
    """Where the first lines in a row begin that together are too long to be the writer's; blank lines do not count."""
    start, length = None, 0
    for place, line in enumerate(lines):
        if not line.strip():
            continue
        if not _is_ours(line, ours) or (start is None and _heading(lines, place, ours) is not None):
            start, length = None, 0
            continue
        start, length = (place if start is None else start), length + len(_plain(line))
        if length >= _RUN:
            return start
    return None


def _is_ours(line: str, ours: str) -> bool:
    plain = _plain(line)
    return len(plain) >= _FEWEST_OURS and plain in ours


def _plain(text: str) -> str:
    """Without blanks and the marks of a quotation, as programs break and mark lines each in their own way."""
    return re.sub(r"[\s>＞|*]+", "", text)
