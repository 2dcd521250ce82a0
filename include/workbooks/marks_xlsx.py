"""Which cell styles and which shared texts of an .xlsx carry marks; nothing is parsed where none can."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from xml.parsers import expat

from include.workbooks.limits import broken, check_elements, elements_in
from include.workbooks.marks import NO_MARKS, PERCENT, RAISED, STRUCK, Marks, is_percent

_PERCENT_IDS = {"9", "10"}  # 0% and 0.00%, which no file spells out
# Text that a style sheet or a list of texts must have in it for anything to be marked.
_MAY_MARK_STYLES = re.compile(rb"""strike|vertAlign|%|&#|numFmtId=["'](?:9|10)["']""")
_MAY_MARK_TEXTS = re.compile(rb"strike|vertAlign")
_EMPTY_TEXT = re.compile(rb"<si><t(?: [^<>]*+)?(?:/>|></t>)</si>")
_OFF = {"0", "false", "off", "baseline"}


@dataclass
class Formats:
    """Marks by the number of a cell style (as written in the attribute s), and by the number of a shared text.

    `empty` is the number of the shared text that says nothing, as written in a cell; writers have one at most.
    """

    styles: dict[str, Marks] = field(default_factory=dict)
    strings: dict[int, Marks] = field(default_factory=dict)
    empty: str = ""
    has_pictures: bool = True
    usual: re.Pattern[bytes] | None = None  # finds a cell of a marked style

    def may_mark(self, xml: bytes) -> bool:
        """Whether any cell of a sheet may carry a mark by its style or its shared text."""
        return bool(self.strings) or (self.usual is not None and self.usual.search(xml) is not None)


def formats_of(styles: bytes, strings: bytes, name: str) -> Formats:
    """The marked styles and texts. Raises Refusal for parts that are no XML."""
    found = Formats()
    if _may_hold(styles, _MAY_MARK_STYLES):
        found.styles = _marked_styles(styles, name)
        if found.styles:
            numbers = "|".join(found.styles).encode()
            found.usual = re.compile(rb"""\ss\s*=\s*["'](?:""" + numbers + rb""")["']""")
    if nothing := _EMPTY_TEXT.search(strings):
        found.empty = str(strings.count(b"<si>", 0, nothing.start()))
    if _may_hold(strings, _MAY_MARK_TEXTS):
        check_elements(name, elements_in(strings))
        reader = SharedTexts()
        parse(strings, name, reader.start, reader.end, reader.characters)
        found.strings = {number: marks for number, marks in enumerate(reader.marks) if marks}
    return found


def _may_hold(xml: bytes, words: re.Pattern[bytes]) -> bool:
    return words.search(xml) is not None or b"\0" in xml[:4]  # two bytes a character: whatever it says is parsed


def parse(
    xml: bytes,
    name: str,
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None],
    characters: Callable[[str], None] | None = None,
) -> None:
    """Follow a part, with the namespace of a tag before it and a blank between. Raises Refusal."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = characters
    parser.buffer_text = True
    try:
        parser.Parse(xml, True)
    except (expat.ExpatError, ValueError, LookupError) as error:  # the last: an encoding that nobody knows
        raise broken(name) from error


def _marked_styles(xml: bytes, name: str) -> dict[str, Marks]:
    reader = _Styles()
    parse(xml, name, reader.start, reader.end)
    found = {}
    for number, (font, number_format) in enumerate(reader.cells):
        marks = reader.fonts[font] if font < len(reader.fonts) else NO_MARKS
        if number_format in _PERCENT_IDS or is_percent(reader.number_formats.get(number_format, "")):
            marks |= {PERCENT}
        if marks:
            found[str(number)] = marks
    return found


class _Styles:
    """Follows styles.xml: what each font does to a text, what each cell style takes of fonts and number formats."""

    def __init__(self) -> None:
        self.number_formats: dict[str, str] = {}
        self.fonts: list[Marks] = []
        self.cells: list[tuple[int, str]] = []
        self.path: list[str] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        element = tag.rpartition(" ")[2]
        parent = self.path[-1] if self.path else ""
        self.path.append(element)
        if element == "numFmt":
            self.number_formats.setdefault(attributes.get("numFmtId", ""), attributes.get("formatCode", ""))
        elif element == "font" and parent == "fonts":
            self.fonts.append(NO_MARKS)
        elif self.path[-3:-1] == ["fonts", "font"]:
            self.fonts[-1] |= marks_of(element, attributes)
        elif element == "xf" and parent == "cellXfs":
            font = attributes.get("fontId", "0")
            self.cells.append((int(font) if font.isdecimal() else 0, attributes.get("numFmtId", "0")))

    def end(self, tag: str) -> None:
        self.path.pop()


def marks_of(element: str, attributes: dict[str, str]) -> Marks:
    """What one property of a font or of a run of text does."""
    if element not in ("strike", "vertAlign") or attributes.get("val", "1").strip().lower() in _OFF:
        return NO_MARKS
    return frozenset({STRUCK if element == "strike" else RAISED})


class RichText:
    """Follows the runs of one text, shared or written into a cell: what it says, and how anything visible is marked."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.marks = self.run = NO_MARKS
        self.is_shown, self.is_phonetic = False, False

    def start(self, element: str, attributes: dict[str, str]) -> None:
        if element == "r":
            self.run = NO_MARKS
        elif element == "rPh":
            self.is_phonetic = True
        elif element == "t":
            self.is_shown = not self.is_phonetic
        else:
            self.run |= marks_of(element, attributes)

    def end(self, element: str) -> None:
        if element == "t":
            self.is_shown = False
        elif element == "rPh":
            self.is_phonetic = False
        elif element == "r":
            self.run = NO_MARKS

    def characters(self, text: str) -> None:
        if self.is_shown:
            self.pieces.append(text)
            self.marks |= self.run if text.strip() else NO_MARKS

    @property
    def text(self) -> str:
        return "".join(self.pieces)


class SharedTexts:
    """Follows sharedStrings.xml: every text and its marks."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.marks: list[Marks] = []
        self.current: RichText | None = None

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        element = tag.rpartition(" ")[2]
        if element == "si":
            self.current = RichText()
        elif self.current is not None:
            self.current.start(element, attributes)

    def end(self, tag: str) -> None:
        element = tag.rpartition(" ")[2]
        if element == "si" and self.current is not None:
            self.texts.append(self.current.text)
            self.marks.append(self.current.marks)
            self.current = None
        elif self.current is not None:
            self.current.end(element)

    def characters(self, text: str) -> None:
        if self.current is not None:
            self.current.characters(text)
