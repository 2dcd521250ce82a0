"""Cells that were printed to be read: what a person typed over them is no answer, and is not passed over in silence.

A spreadsheet that was saved by another program shows the same cells otherwise (1.0 for 1, 2026/7/20 for 2026-07-20): that is
nothing that anybody typed.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import NamedTuple

from include.workbooks.texts import texts
from include.workbooks.values import canonical, day_in, half_width
from include.workbooks.vocabulary import normalised

_NUMBER = re.compile(r"[+-]?[\d,]*\.?\d+", re.ASCII)


class Printed(NamedTuple):
    """A printed cell as it came back: what its row is about (key of the input cell, subject's code, item's id, label), the title
    of its column, its text, where it stands, and where in its row an answer belongs (empty: on another sheet)."""

    about: str
    column: str
    text: str
    place: str
    answer: str = ""


def is_typed_over(found: str, printed: str) -> bool:
    """Whether a person wrote something else into a printed cell; emptied, it says nothing."""
    return not _is_empty(found) and _plain(found) != _plain(printed)


def _is_empty(text: str) -> bool:
    return normalised(text) in ("", texts()["no_previous"])


def _plain(text: str) -> str:
    """A text without what spreadsheets do to it when they save it."""
    if _is_empty(text):
        return ""
    if _NUMBER.fullmatch(number := half_width(text).strip()):
        return canonical(Decimal(number.replace(",", "")))
    return day.isoformat() if (day := day_in(half_width(text))) is not None else normalised(text).lower()
