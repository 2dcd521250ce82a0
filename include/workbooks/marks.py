"""Formatting by which a person reads something else in a cell than the file stores: struck out, raised, a percentage."""

from __future__ import annotations

import re

Marks = frozenset[str]

STRUCK = "struck"  # some of the text, or all of it, is crossed out
RAISED = "raised"  # some of the text, or all of it, is superscript or subscript
PERCENT = "percent"  # a number n is shown as n × 100 with a percent sign
PICTURE = "picture"  # a picture lies in the cell, not over it
NO_MARKS: Marks = frozenset()

# What a number format prints as it stands, or does not print: "…", \x, _x, *x, [Red], [$%-409].
_LITERAL = re.compile(r'"[^"]*"?|[\\_*].|\[[^\]]*\]?', re.DOTALL)


def is_percent(number_format: str) -> bool:
    """Whether a custom number format multiplies by a hundred: a % in it that is neither quoted nor escaped."""
    return "%" in number_format and "%" in _LITERAL.sub("", number_format)


# WPS's function for a picture in a cell, with the prefixes that programs put before a function they do not know.
_PICTURE_FUNCTION = re.compile(r"[=＝][^\"“]{0,60}?(?<![A-Z0-9_])DISPIMG\s*[(（]", re.IGNORECASE)


def is_picture(text: str) -> bool:
    """Whether a text is the formula that shows a picture in its cell: =DISPIMG("ID_…",1), =_xlfn.DISPIMG(…)."""
    return _PICTURE_FUNCTION.match(text.lstrip("'\"’‘ \u3000")) is not None
