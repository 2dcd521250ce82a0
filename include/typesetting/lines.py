"""Where the lines of a paragraph end: as LibreOffice ends them in the Word file, so that the PDF can end them there too.

Lengths are twips (1/20 pt), as Word counts them. The rules were measured, not invented: docs/adr/0035.
"""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from include.typesetting.measures import get_measures

Script = Literal["Chinese", "Latin"]

# Signs that begin no line and signs that end none, where the text around them is Chinese.
_NEVER_FIRST = frozenset("!\"'),-.:;?]}¢·ˇ―‖’”′、。々〉》」』】〕〗〞︶︺︾﹀﹄﹗﹚﹜﹞！），．：；？｜｝～￠%")
_NEVER_LAST = frozenset("\"'([{£¥‘“‰〈《「『【〔〖〝﹙﹛（［｛￡￥")
# Beside Latin letters and figures the line breaking classes of Unicode decide; those that our texts can meet.
_CLASSES = {
    "quotation": "“”‘’\"'", "opening": "（《〈「『【〔〖([{", "closing": "）》〉」』】〕〗)]}，。、．",
    "exclamation": "！？!?", "separator": ",.:;", "slash": "/", "starts nothing": "；：", "percent": "%‰℃％",
    "hyphen": "-", "dash": "—", "ellipsis": "…",
}  # fmt: skip
_CLASS_OF = {sign: name for name, signs in _CLASSES.items() for sign in signs}
_BEGINS_NONE = {"closing", "exclamation", "separator", "slash", "starts nothing", "quotation", "hyphen", "ellipsis"}
_WORD = {"letter", "figure"}
_STUCK = {
    ("dash", "dash"), ("figure", "percent"), ("letter", "percent"), ("percent", "figure"), ("percent", "letter"),
    ("separator", "figure"), ("separator", "letter"), ("slash", "figure"), ("hyphen", "figure"),
    ("closing", "figure"), ("closing", "letter"), ("figure", "opening"), ("letter", "opening"), ("ideograph", "percent"),
}  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One line of a paragraph: its text from `start` to `end`, how long that is by nature, and where it can be stretched."""

    start: int
    end: int
    natural: float
    stretchable: int


class Ruler:
    """A paragraph's characters with their lengths: `faces` names the face of each, `advances_em` the widths in each face."""

    def __init__(self, text: str, faces: Sequence[str], advances_em: Mapping[str, Mapping[int, float]]) -> None:
        measures = get_measures()
        size = measures.body_size_pt * 20
        self.text = text
        self.scripts = _scripts(text)
        self._spacing = measures.spacing_twips
        self._gap = size * measures.justification.gap_em
        self._lengths = [
            round(size * advances_em[face].get(ord(character), 1.0)) + self._spacing
            for character, face in zip(text, faces, strict=True)
        ]
        self._gaps = [self._is_gap(place) for place in range(len(text))]
        self._runs = [
            (places[0], places[-1] + 1)
            for _, group in groupby(range(len(text)), lambda place: (self.scripts[place], faces[place]))
            if (places := list(group))
        ]

    def has_gap(self, place: int) -> bool:
        """Whether a gap stands before a character: where Chinese meets letters and figures."""
        return place < len(self._gaps) and self._gaps[place]

    def _is_gap(self, place: int) -> bool:
        text, scripts = self.text, self.scripts
        return (
            place > 0 and scripts[place - 1] != scripts[place] and text[place - 1].isalnum() and text[place].isalnum()
        )

    def lines(self, width: float, first_indent: float) -> list[Line]:
        """The lines of the paragraph in `width`; the first is shorter by `first_indent` (longer where that is negative)."""
        found, start, room = [], 0, width - first_indent
        while start < len(self.text):
            end = self._end(start, room)
            found.append(self._line(start, end))
            start, room = end, width
        return found

    def _line(self, start: int, end: int) -> Line:
        last = end
        while last > start and self.text[last - 1] == " ":
            last -= 1
        places = range(start, last)
        gaps = sum(self._gaps[start + 1 : last]) * self._gap
        stretchable = sum(self.scripts[place] == "Chinese" or self.text[place] == " " for place in places[:-1])
        return Line(start, end, sum(self._lengths[start:last]) + gaps, stretchable)

    def _end(self, start: int, room: float) -> int:
        """Where the line that begins at `start` ends."""
        used, text = 0.0, self.text
        runs = [(max(first, start), last) for first, last in self._runs if last > start]
        for number, (first, last) in enumerate(runs):
            for place in range(first, last):
                used += self._lengths[place]
                if used > room:
                    return self._turn(start, place, runs[: number + 1])
            if last < len(text):
                used -= self._spacing  # none after the last character of a run
                used += self._gap if self.has_gap(last) and used + self._gap <= room else 0
        return len(text)

    def _turn(self, start: int, cut: int, runs: list[tuple[int, int]]) -> int:
        """The last place at or before `cut`, the first character that does not fit, where the line may turn.

        The run that holds it is looked at first; where it may turn in none of its places, the run before it by its rules.
        """
        text = self.text
        place = cut
        if text[place] == " ":
            while place < len(text) and text[place] == " ":
                place += 1
            return place
        for first, last in reversed(runs):
            place = min(cut, last - 1) if (first, last) != runs[-1] else cut
            may_turn = _may_turn_in_chinese if self._script_at(place, start) == "Chinese" else _may_turn_in_latin
            while place > start and not may_turn(text[place - 1], text[place]):
                place -= 1
            if place >= max(first, start + 1):
                return place
        return max(cut, start + 1)

    def _script_at(self, place: int, start: int) -> Script:
        """Whose rules hold: those of the last letter, ideograph or figure up to there."""
        while place > start and not self.text[place].isalnum():
            place -= 1
        return self.scripts[place]


def _scripts(text: str) -> list[Script]:
    """The script of each character; signs of neither belong to what stands before them, else to what comes."""
    own = [_script(character) for character in text]
    last: Script | None = next((script for script in own if script), "Latin")
    found: list[Script] = []
    for script in own:
        last = script or last
        assert last is not None
        found.append(last)
    return found


@functools.lru_cache(maxsize=4096)
def _script(character: str) -> Script | None:
    code = ord(character)
    if character in " \u00a0" or 0x2000 <= code < 0x2E80 or 0x1F000 <= code < 0x20000:
        return None
    return "Latin" if code < 0x2000 else "Chinese"


def _may_turn_in_chinese(before: str, after: str) -> bool:
    return after not in _NEVER_FIRST and before not in _NEVER_LAST


def _may_turn_in_latin(before: str, after: str) -> bool:
    left, right = _class(before), _class(after)
    if right == "space":
        return False
    if left == "space":
        return right not in ("closing", "exclamation", "separator", "slash", "starts nothing")
    if right in _BEGINS_NONE or left in ("opening", "quotation"):
        return False
    return not (left in _WORD and right in _WORD) and (left, right) not in _STUCK


@functools.lru_cache(maxsize=4096)
def _class(character: str) -> str:
    if character == " ":
        return "space"
    if character in _CLASS_OF:
        return _CLASS_OF[character]
    if unicodedata.category(character) == "Nd":
        return "figure"
    return "ideograph" if ord(character) >= 0x2E80 else "letter"
