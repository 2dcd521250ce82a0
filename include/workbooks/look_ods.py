"""A cheap look at an .ods before it is read: how far it reaches, which cells hold errors, empty formulas or marks."""

from __future__ import annotations

import functools
from xml.parsers import expat

from include.workbooks.limits import (
    MAX_ELEMENTS,
    Package,
    broken,
    check_elements,
    elements_in,
    linked,
    read_part,
    too_large,
)
from include.workbooks.looks import (
    ERROR_VALUE,
    FORMULA_WITHOUT_RESULT,
    Content,
    Place,
    SheetLook,
    check_area,
    check_extent,
    check_texts,
)
from include.workbooks.marks import NO_MARKS, PERCENT, PICTURE, Marks, is_picture
from include.workbooks.marks_ods import MAY_MARK, OdsStyles

_TABLE, _OFFICE, _TEXT = "table:", "office:", "text:"
_VALUES = ("value", "date-value", "time-value", "boolean-value")
_CELLS = (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell")
_ASIDE = (f"{_OFFICE}annotation", "draw:frame", "draw:custom-shape", "svg:desc")  # texts in a cell that are not its own


class _OdsLook:
    """Follows content.xml: counts rows and columns up to the last cell that holds something."""

    def __init__(self, name: str, styles: OdsStyles, sheet_with_contents: int = -1) -> None:
        """The `contents` are gathered of one sheet, by its number."""
        self.name, self.styles, self.sheet_with_contents = name, styles, sheet_with_contents
        self.looks: list[SheetLook] = []
        self.contents: dict[Place, Content] = {}
        self.row = self.column = self.row_step = self.elements = self.area_before = 0
        self.step = 1  # how often the cell stands beside itself
        self.size = self.row_size = 0  # of the texts, each as often as it is shown
        self.column_styles: list[tuple[int, str]] = []  # how many columns, and their cells' style
        self.row_style = ""
        self.filled_in_row = 0
        self.formula: tuple[Place, str, bool] | None = None
        self.attributes: dict[str, str] = {}
        self.text: list[str] = []
        self.paragraphs = self.aside = 0
        self.spans: list[Marks] = []  # of the elements of text around
        self.marks = NO_MARKS

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.elements += 1
        if self.elements > MAX_ELEMENTS:
            raise too_large(self.name, f"的单元格超过 {MAX_ELEMENTS} 个")
        if tag.startswith(_TEXT):
            self._text_element(tag, attributes)
        elif tag == f"{_TABLE}table":
            self.area_before += self.looks[-1].area if self.looks else 0
            self.looks.append(SheetLook())
            self.row = self.row_step = 0
            self.column_styles = []
        elif tag == f"{_TABLE}table-column":
            repeated = int(attributes.get(f"{_TABLE}number-columns-repeated", "1"))
            self.column_styles.append((repeated, attributes.get(f"{_TABLE}default-cell-style-name", "")))
        elif tag == f"{_TABLE}table-row":
            self.column = self.row_size = self.filled_in_row = 0
            self.row_step = int(attributes.get(f"{_TABLE}number-rows-repeated", "1"))
            self.row_style = attributes.get(f"{_TABLE}default-cell-style-name", "")
        elif tag in _CELLS:
            self._cell(attributes)
        elif tag == f"{_TABLE}table-source" or any("'file:" in value for value in attributes.values()):
            raise linked(self.name)
        else:
            self.aside += tag in _ASIDE
            self.styles.start(tag, attributes)

    def _text_element(self, tag: str, attributes: dict[str, str]) -> None:
        if any("'file:" in value for value in attributes.values()):
            raise linked(self.name)
        if tag == f"{_TEXT}s":
            self._add_text(" " * min(int(attributes.get(f"{_TEXT}c", "1")), 1), int(attributes.get(f"{_TEXT}c", "1")))
        elif tag == f"{_TEXT}p" and not self.aside:
            self.paragraphs += 1
            self.text += ["\n"] if self.paragraphs > 1 else []
        family = "paragraph" if tag in (f"{_TEXT}p", f"{_TEXT}h") else "text"
        around = self.spans[-1] if self.spans else NO_MARKS
        self.spans.append(around | self.styles.marks(family, attributes.get(f"{_TEXT}style-name", "")))

    def _cell(self, attributes: dict[str, str]) -> None:
        self.step = repeated = int(attributes.get(f"{_TABLE}number-columns-repeated", "1"))
        kind = attributes.get(f"{_OFFICE}value-type", "")
        formula = attributes.get(f"{_TABLE}formula", "")
        if "'file:" in formula:
            raise linked(self.name)
        self.formula = None
        self.text, self.paragraphs, self.marks, self.spans = [], 0, NO_MARKS, []
        self.attributes = attributes
        if kind or formula:
            rows, columns = self.row + self.row_step, self.column + repeated
            check_extent(self.name, rows, columns)
            self.looks[-1].area = max(self.looks[-1].area, rows * columns)
            check_area(self.name, self.area_before + self.looks[-1].area)
            is_error = attributes.get("calcext:value-type") == "error"
            has_value = any(f"{_OFFICE}{value}" in attributes for value in _VALUES)
            if is_error or (formula and not has_value):
                self.formula = ((self.row, self.column), formula, is_error)
        self.column += repeated

    def end(self, tag: str) -> None:
        if tag.startswith(_TEXT):
            if self.spans:
                self.spans.pop()
        elif tag == f"{_TABLE}table-row":
            self.row += self.row_step
            self.size += self.row_size * (self.row_step - 1)
            if self.looks:
                self.looks[-1].filled += self.filled_in_row * self.row_step
        elif tag in _CELLS:
            self._end_cell(is_covered=tag != _CELLS[0])
        else:
            self.aside -= tag in _ASIDE
            self.styles.end(tag)

    def _end_cell(self, *, is_covered: bool) -> None:
        look, place, text = self.looks[-1], (self.row, self.column - self.step), "".join(self.text)
        is_error = False
        if is_picture(f"={self.attributes.get(f'{_TABLE}formula', '').lstrip('=')}"):
            look.marked(place, frozenset({PICTURE}))
        elif self.formula is not None and not is_covered:
            place, formula, is_error = self.formula
            is_error = is_error or text.startswith(("#", "Err:"))
            if is_error:
                look.problems[place] = (ERROR_VALUE.format(error=text or "（公式错误）"), text)
            elif not text:
                look.problems[place] = (FORMULA_WITHOUT_RESULT, formula)
        content = self._content(text)
        if content != "" and not is_error:
            self.filled_in_row += self.step
            self._note(look, content)
        self.formula = None

    def _note(self, look: SheetLook, content: Content) -> None:
        """The marks of a cell that holds something, and its content where that is wanted, as often as it is repeated."""
        own = self.marks
        if self.attributes.get(f"{_OFFICE}value-type") == "percentage":
            own |= {PERCENT}
        is_wanted = len(self.looks) - 1 == self.sheet_with_contents
        for column in range(self.column - self.step, self.column):
            marks = own | self.styles.marks("table-cell", self._style(column))
            for row in range(self.row, self.row + self.row_step) if marks or is_wanted else ():
                look.marked((row, column), marks)
                if is_wanted:
                    self.contents[row, column] = content

    def _style(self, column: int) -> str:
        """The cell's own style, else its row's, else its column's."""
        if own := self.attributes.get(f"{_TABLE}style-name", "") or self.row_style:
            return own
        for repeated, style in self.column_styles:
            column -= repeated
            if column < 0:
                return style
        return ""

    def _content(self, text: str) -> Content:
        kind, value = self.attributes.get(f"{_OFFICE}value-type", ""), self.attributes.get(f"{_OFFICE}value", "")
        if kind == "boolean":
            return self.attributes.get(f"{_OFFICE}boolean-value", "") == "true"
        if kind in ("date", "time"):
            return self.attributes.get(f"{_OFFICE}{kind}-value", "")
        if kind == "string":
            return self.attributes.get(f"{_OFFICE}string-value", "") or text
        try:
            return float(value) if kind else ""
        except ValueError:
            return text

    def characters(self, text: str) -> None:
        self._add_text(text, len(text))

    def _add_text(self, text: str, length: int) -> None:
        self.row_size += length * self.step
        self.size += length * self.step
        check_texts(self.name, max(self.size, self.size + self.row_size * (self.row_step - 1)))
        if self.spans and not self.aside:
            self.text.append(text)
            self.marks |= self.spans[-1] if text.strip() else NO_MARKS


def look_ods(package: Package, name: str) -> list[SheetLook]:
    """One look a sheet, in the order of the workbook. Raises Refusal."""
    assert package.container is not None
    styles, content = OdsStyles(), read_part(package.container, "content.xml", name)
    if "styles.xml" in package.container.namelist():
        named = read_part(package.container, "styles.xml", name)
        if MAY_MARK.search(named) or b"\0" in named[:4]:
            check_elements(name, elements_in(named))
            _follow(named, styles, name)
    follower = _OdsLook(name, styles)
    _follow(content, follower, name)
    for number, look in enumerate(follower.looks):
        look.contents = functools.partial(_contents, content, number, name)
    return follower.looks


def _contents(content: bytes, sheet: int, name: str) -> dict[Place, Content]:
    """What each cell of a sheet holds: for the cells that the reader gave as empty."""
    follower = _OdsLook(name, OdsStyles(), sheet)
    _follow(content, follower, name)
    return follower.contents


def _follow(xml: bytes, follower: _OdsLook | OdsStyles, name: str) -> None:
    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = follower.start, follower.end
    if isinstance(follower, _OdsLook):
        parser.CharacterDataHandler = follower.characters
    parser.buffer_text = True
    try:
        parser.Parse(xml, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise broken(name) from error
