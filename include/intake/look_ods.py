"""A cheap look at an .ods before it is read: how far it reaches, and which cells hold errors or empty formulas."""

from __future__ import annotations

from xml.parsers import expat

from include.intake.limits import MAX_ELEMENTS, Package, broken, linked, read_part, too_large
from include.intake.looks import ERROR_VALUE, FORMULA_WITHOUT_RESULT, Place, SheetLook, check_extent, check_texts

_TABLE, _OFFICE, _TEXT = "table:", "office:", "text:"


class _OdsLook:
    """Follows content.xml: counts rows and columns up to the last cell that holds something."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.looks: list[SheetLook] = []
        self.row = self.column = self.row_step = self.elements = 0
        self.step = 1  # how often the cell stands beside itself
        self.size = self.row_size = 0  # of the texts, each as often as it is shown
        self.formula: tuple[Place, str, bool] | None = None
        self.text = ""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.elements += 1
        if self.elements > MAX_ELEMENTS:
            raise too_large(self.name, f"的单元格超过 {MAX_ELEMENTS} 个")
        if tag == f"{_TABLE}table":
            self.looks.append(SheetLook())
            self.row = self.row_step = 0
        elif tag == f"{_TABLE}table-row":
            self.column = self.row_size = 0
            self.row_step = int(attributes.get(f"{_TABLE}number-rows-repeated", "1"))
        elif tag in (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"):
            self._cell(attributes)
        elif tag == f"{_TEXT}s":
            self._add_text(int(attributes.get(f"{_TEXT}c", "1")))
        elif tag == f"{_TABLE}table-source" or any("'file:" in value for value in attributes.values()):
            raise linked(self.name)

    def _cell(self, attributes: dict[str, str]) -> None:
        self.step = repeated = int(attributes.get(f"{_TABLE}number-columns-repeated", "1"))
        kind = attributes.get(f"{_OFFICE}value-type", "")
        formula = attributes.get(f"{_TABLE}formula", "")
        if "'file:" in formula:
            raise linked(self.name)
        if kind or formula:
            rows, columns = self.row + self.row_step, self.column + repeated
            check_extent(self.name, rows, columns)
            self.looks[-1].area = max(self.looks[-1].area, rows * columns)
            is_error = attributes.get("calcext:value-type") == "error"
            self.formula = ((self.row, self.column), formula, is_error) if formula or is_error else None
            has_value = any(
                f"{_OFFICE}{v}" in attributes for v in ("value", "date-value", "time-value", "boolean-value")
            )
            if has_value and not is_error:
                self.formula = None
        self.text = ""
        self.column += repeated

    def end(self, tag: str) -> None:
        if tag == f"{_TABLE}table-row":
            self.row += self.row_step
            self.size += self.row_size * (self.row_step - 1)
        elif tag == f"{_TABLE}table-cell" and self.formula is not None:
            place, formula, is_error = self.formula
            if is_error or self.text.startswith(("#", "Err:")):
                self.looks[-1].problems[place] = (ERROR_VALUE.format(error=self.text or "（公式错误）"), self.text)
            elif not self.text:
                self.looks[-1].problems[place] = (FORMULA_WITHOUT_RESULT, formula)
            self.formula = None

    def characters(self, text: str) -> None:
        self._add_text(len(text))
        if self.formula is not None:
            self.text += text

    def _add_text(self, length: int) -> None:
        self.row_size += length * self.step
        self.size += length * self.step
        check_texts(self.name, max(self.size, self.size + self.row_size * (self.row_step - 1)))


def look_ods(package: Package, name: str) -> list[SheetLook]:
    """One look a sheet, in the order of the workbook. Raises Refusal."""
    assert package.container is not None
    follower = _OdsLook(name)
    parser = expat.ParserCreate()
    parser.StartElementHandler = follower.start
    parser.EndElementHandler = follower.end
    parser.CharacterDataHandler = follower.characters
    parser.buffer_text = True
    try:
        parser.Parse(read_part(package.container, "content.xml", name), True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise broken(name) from error
    return follower.looks
