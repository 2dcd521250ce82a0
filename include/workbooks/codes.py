"""The codes that our sheets and mails carry to show where they come from: each for its subject and whom it was given to.

Only this installation can make one (include/identity.py). Who hands a sheet in again with its code, or writes the code
into the mail, has had what we sent. A form's holds for its unit and period, 现场核查表's for the street and period, both
as often as they are handed in; 整改核验表's holds for the one mail that it came with, and for one act.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from include.identity import LENGTH, code

CODE, RECIPIENT, MADE_ON = "code", "recipient", "made_on"  # pairs of a hidden sheet
Subject = tuple[str, ...]  # what a code is for: a kind first, then the keys of one sheet and its reader
_GROUP = 4
_MOST = 20  # codes that are looked for in one mail
_LONGEST_READ = 200_000  # characters of a mail
_GROUPS = LENGTH // _GROUP
_CODE = re.compile(
    rf"(?<![0-9A-Za-z])[0-9A-Za-z]{{{_GROUP}}}(?:[ \t]*[-‐-―]?[ \t]*[0-9A-Za-z]{{{_GROUP}}}){{{_GROUPS - 1}}}(?![0-9A-Za-z])"
)


def of_form(scheme: str, period: str, form: str, unit_code: str) -> Subject:
    return "form", scheme, period, form, unit_code


def of_inspection(scheme: str, period: str, street_code: str, recipient: str) -> Subject:
    return "inspection", scheme, period, street_code, recipient.lower()


def of_answer(unit_code: str, made_on: str) -> Subject:
    """整改反馈表 of a unit, made on a day (ISO)."""
    return "answer", unit_code, made_on


def of_verification(street_code: str, made_on: str, recipient: str) -> Subject:
    """整改核验表 of a street as it was mailed to one reader on a day (ISO)."""
    return "verification", street_code, made_on, recipient.lower()


def code_for(subject: Subject) -> str:
    return code(*subject)


def grouped(text: str) -> str:
    """A code as people read it: four groups of four."""
    return "-".join(text[start : start + _GROUP] for start in range(0, LENGTH, _GROUP))


def codes_in(*texts: str) -> list[str]:
    """Everything in the texts that has the form of a code, as it may have been typed or quoted; 16 characters each."""
    plain = (unicodedata.normalize("NFKC", text[:_LONGEST_READ]) for text in texts)
    found = (_signs(match).upper() for text in plain for match in _CODE.finditer(text))
    return list(dict.fromkeys(found))[:_MOST]


def blanked(text: str, is_meant: Callable[[str], bool]) -> str:
    """The text with blanks in place of the code that is meant, however it was typed; as long as before."""
    for match in _CODE.finditer(same_length(text[:_LONGEST_READ])):
        if is_meant(_signs(match)):
            text = text[: match.start()] + " " * len(match[0]) + text[match.end() :]
    return text


def _signs(match: re.Match[str]) -> str:
    """Without what stands between the groups."""
    return re.sub(r"[^0-9A-Za-z]", "", match[0])


def same_length(text: str) -> str:
    """Full-width signs as plain ones, sign by sign."""
    return "".join(plain if len(plain := unicodedata.normalize("NFKC", sign)) == 1 else sign for sign in text)
