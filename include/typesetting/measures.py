"""The one table of measures (measures.yaml), typed, with the lengths that follow from it.

Word counts in twips (1/20 pt) and eighths of a point, people in millimetres and characters.
"""

from __future__ import annotations

import functools
import math
import unicodedata
from itertools import pairwise
from pathlib import Path
from typing import Literal

from include.data_files import Part, kept, read_yaml

MM_PT = 72 / 25.4
PATH = Path(__file__).with_name("measures.yaml")


class Paper(Part):
    width: float
    height: float


class Margins(Part):
    top: float
    bottom: float
    left: float
    right: float


class Grid(Part):
    lines: int
    characters: int


class Justification(Part):
    gap_em: float
    at_most_em: float
    lost_twips: float


class Mark(Part):
    top_mm: float
    at_most_pt: float
    width_share: float
    room_at_least_pt: float


class RedLine(Part):
    below_number_mm: float
    width_mm: float


class PageNumber(Part):
    below_text_mm: float
    size_pt: float
    indent_characters: float


class Sign(Part):
    blank_lines: int
    date_indent_characters: float


class Imprint(Part):
    outer_rule_mm: float
    inner_rule_mm: float
    size_pt: float
    indent_characters: float
    is_on_even_page: bool


class TableMeasures(Part):
    rule_mm: float
    inset_pt: float


class Colours(Part):
    red: str
    black: str
    head: str


class Face(Part):
    word: str
    pdf: list[str]
    html: str
    is_bold_in_pdf: bool = False


class Style(Part):
    face: str
    size_pt: float
    align: Literal["both", "left", "right", "center"]
    first_line_characters: float = 0
    left_characters: float = 0
    blank_lines: float = 0
    line_pt: float | None = None  # height of a line where that is not the grid's
    colour: Literal["red", "black"] = "black"
    keep_with_next: bool = False
    page_break_before: bool = False


class Measures(Part):
    paper_mm: Paper
    margins_mm: Margins
    grid: Grid
    body_size_pt: float
    justification: Justification
    mark: Mark
    red_line: RedLine
    page_number: PageNumber
    sign: Sign
    imprint: Imprint
    table: TableMeasures
    colours: Colours
    faces: dict[str, Face]
    styles: dict[str, Style]
    title_words: list[str]
    title_never_first: str
    names_at_most: int
    called: dict[str, str]
    quotation_at_most: int

    @property
    def text_width_pt(self) -> float:
        """Width of the 版心."""
        return (self.paper_mm.width - self.margins_mm.left - self.margins_mm.right) * MM_PT

    @property
    def text_height_pt(self) -> float:
        return (self.paper_mm.height - self.margins_mm.top - self.margins_mm.bottom) * MM_PT

    @property
    def line_pt(self) -> float:
        """One line of the grid, rounded down to a twip so that all lines of a page fit."""
        return int(self.text_height_pt * 20 / self.grid.lines) / 20

    @property
    def character_pt(self) -> float:
        """One character of the grid."""
        return self.text_width_pt / self.grid.characters

    @property
    def tracking_pt(self) -> float:
        """What is added to each 3号 character, rounded down to 0.01 pt so that a full line fits."""
        return -(int((self.body_size_pt - self.character_pt) * 100) + 1) / 100

    @property
    def spacing_twips(self) -> int:
        """What Word adds to each 3号 character. One twip to spare: LibreOffice centres the grid in the text area, and what
        that loses on either side costs a character."""
        return math.floor((self.character_pt - self.body_size_pt) * 20) - 1

    @functools.cached_property
    def lined_styles(self) -> frozenset[str]:
        """Styles whose lines are laid on the grid, and end alike in Word and PDF."""
        return frozenset(
            name
            for name, style in self.styles.items()
            if style.size_pt == self.body_size_pt
            and style.line_pt is None
            and style.align != "center"
            and not style.page_break_before
        )

    @property
    def line_room_twips(self) -> float:
        """How much of a line LibreOffice fills."""
        return self.text_width_pt * 20 - self.justification.lost_twips

    def mark_size_pt(self, text: str) -> float:
        """Size of the 发文机关标志 that keeps `text` on one line, in half points."""
        fitting = self.text_width_pt * self.mark.width_share / max(1.0, width_in_characters(text))
        return int(min(self.mark.at_most_pt, fitting) * 2) / 2

    def space_above_number_pt(self, mark_size_pt: float) -> float:
        """What Word sets above the 发文字号, in a line of its own height, so that it stands where the PDF has it.

        Word's line of the mark is as high as the mark, the PDF's nine tenths of it; LibreOffice sets a line of exact height
        with its baseline at some 83 % of it.
        """
        room = 0.9 * max(mark_size_pt, self.mark.room_at_least_pt) - mark_size_pt
        return 2 * self.line_pt + room + 0.175 * self.body_size_pt

    def sign_indents_pt(self, name: str, date: str) -> tuple[float, float]:
        """Distances of 署名 and 成文日期 from the right edge: the date four characters in, the name centred
        over it; a name too long for that pushes the date in instead."""
        name_pt, date_pt = (self._width_pt(text) for text in (name, date))
        date_indent = self.sign.date_indent_characters * self.character_pt
        overhang = (name_pt - date_pt) / 2
        if overhang > date_indent:
            return 0.0, min(overhang, max(0.0, self.text_width_pt - date_pt))
        return date_indent - overhang, date_indent

    def _width_pt(self, text: str) -> float:
        return gaps_in(text) * self.justification.gap_em * self.body_size_pt + sum(
            self.character_pt if _is_wide(character) else self.body_size_pt / 2 + self.tracking_pt for character in text
        )


def _is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in "WFA"


def width_in_characters(text: str) -> float:
    """Width in full-width characters; Latin letters and figures count a half."""
    return sum(1.0 if _is_wide(character) else 0.5 for character in text)


def gaps_in(text: str) -> int:
    """How often Chinese meets letters or figures."""
    return sum(
        _is_wide(before) != _is_wide(after) for before, after in pairwise(text) if before.isalnum() and after.isalnum()
    )


@kept
def get_measures() -> Measures:
    return Measures.model_validate(read_yaml(PATH))
