"""Which styles of an .ods carry marks: struck-out and raised text, numbers shown as percentages."""

from __future__ import annotations

import re
from dataclasses import dataclass

from include.workbooks.marks import NO_MARKS, PERCENT, RAISED, STRUCK, Marks

MAY_MARK = re.compile(rb"line-through|crossing-out|text-position|percentage-style")
_PERCENTAGE, _STYLE, _DEFAULT, _PROPERTIES = (
    "number:percentage-style",
    "style:style",
    "style:default-style",
    "style:text-properties",
)
_LINES = ("style:text-line-through-style", "style:text-line-through-type", "style:text-crossing-out")
_DEEPEST = 20  # parents of a style that are followed


@dataclass
class _Style:
    parent: str
    number_format: str
    is_struck: bool | None = None  # None: as the parent is
    is_raised: bool | None = None


class OdsStyles:
    """Takes the elements of styles.xml and of the automatic styles in content.xml; then knows every style's marks."""

    def __init__(self) -> None:
        self.styles: dict[tuple[str, str], _Style] = {}  # by family and name
        self.percentages: set[str] = set()
        self.current: _Style | None = None
        self.known: dict[tuple[str, str], Marks] = {}

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Take the start of an element."""
        if tag in (_STYLE, _DEFAULT):
            key = attributes.get("style:family", ""), attributes.get("style:name", "")
            parent = attributes.get("style:parent-style-name", "")
            self.current = _Style(parent, attributes.get("style:data-style-name", ""))
            self.styles[key] = self.current
        elif tag == _PROPERTIES and self.current is not None:
            lines = [attributes[line] for line in _LINES if line in attributes]
            if lines:
                self.current.is_struck = any(line != "none" for line in lines) and "none" not in lines[:1]
            if "style:text-position" in attributes:
                self.current.is_raised = _is_raised(attributes["style:text-position"])
        elif tag == _PERCENTAGE:
            self.percentages.add(attributes.get("style:name", ""))

    def end(self, tag: str) -> None:
        """Take the end of an element."""
        if tag in (_STYLE, _DEFAULT):
            self.current = None

    def marks(self, family: str, name: str) -> Marks:
        """The marks of a style, its parents' included."""
        key = (family, name)
        if key not in self.known:
            self.known[key] = self._marks(family, name)
        return self.known[key]

    def _marks(self, family: str, name: str) -> Marks:
        is_struck: bool | None = None
        is_raised: bool | None = None
        number_format = ""
        for _ in range(_DEEPEST):
            style = self.styles.get((family, name))
            if style is None:
                break
            is_struck = style.is_struck if is_struck is None else is_struck
            is_raised = style.is_raised if is_raised is None else is_raised
            number_format = number_format or style.number_format
            if not name:
                break
            name = style.parent
        marks = {STRUCK} if is_struck else set()
        marks |= {RAISED} if is_raised else set()
        marks |= {PERCENT} if number_format in self.percentages else set()
        return frozenset(marks) if marks else NO_MARKS


def _is_raised(position: str) -> bool:
    """super 58%, sub 58%, -33% 58%: above or below the line; 0% 100% is on it."""
    first = position.split()[0] if position.split() else ""
    return first in ("super", "sub") or (first.endswith("%") and first.strip("+-0%.") != "")
