"""The inspectors' workbook as it goes out: which figure of which unit was found to be different, why, by whom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from include.intake.form_book import LAST, FormBook
from include.intake.texts import COLUMN_MARK, INSPECTION, KEY_MARK
from include.schemes.model import Scheme

if TYPE_CHECKING:
    from include.registry.units import Unit


def write_inspection_form(scheme: Scheme, units: Sequence[Unit], street: str) -> bytes:
    """The inspectors' .xlsx for one street: which figure of which unit was found to be different, why, by whom."""
    street_code = units[0].street_code if units else ""
    return _InspectionBook(scheme, INSPECTION, street_code, street).inspection(units)


def inspection_labels(scheme: Scheme) -> dict[str, str]:
    """Key of each input cell by the label that inspectors choose; one that several forms share gets its form's name."""
    count = Counter(cell.label_in_errors for cell in scheme.cells)
    names = {form.key: form.name for form in scheme.forms}
    return {
        (label if count[label := cell.label_in_errors] == 1 else f"{label}（{names[cell.form]}）"): cell.key
        for cell in scheme.cells
    }


class _InspectionBook(FormBook):
    """The list of findings under construction."""

    def inspection(self, units: Sequence[Unit]) -> bytes:
        words = self.texts["inspection"]
        names = list(words["columns"].values())
        labels = list(inspection_labels(self.scheme))
        sheet = self.sheet(self.texts["sheets"]["inspection"], [4, 5.5, 17, 22, 26, 13, 34, 12], is_landscape=True)
        sheet.set_row(0, 34)
        sheet.merge_range(0, 1, 0, LAST, self.title(self.texts["sheets"]["inspection"]), self.styles["title"])
        sheet.set_row(1, 22)
        sheet.merge_range(1, 1, 1, LAST, f"{self.name}    {words['note']}", self.styles["note"])
        marks = {column: COLUMN_MARK + key for column, key in enumerate(words["columns"], start=2)}
        titles = {1: self.texts["columns"]["number"]} | dict(enumerate(names, start=2))
        start = self.columns(sheet, 2, marks, titles)
        for offset in range(words["rows"]):
            row = start + offset
            sheet.set_row(row, 21)
            sheet.write_string(row, 0, f"{KEY_MARK}entry_{offset + 1}")
            sheet.write_number(row, 1, offset + 1, self.styles["center"])
            for column in range(2, LAST + 1):
                style = "input_text" if column != 5 else "input"
                sheet.write_blank(row, column, None, self.styles[style])
        hidden = self.texts["sheets"]["metadata"]
        for column, values, letter in [
            (2, [u.code for u in units], "D"), (3, [u.name for u in units], "E"), (4, labels, "F"),
        ]:  # fmt: skip
            if values:
                sheet.data_validation(
                    start, column, start + words["rows"] - 1, column,
                    {
                        "validate": "list", "source": f"={hidden}!${letter}$2:${letter}${len(values) + 1}",
                        "error_title": self.texts["error_title"], "error_message": self.texts["errors"]["choice"],
                    },
                )  # fmt: skip
        sheet.print_area(0, 1, start + words["rows"] - 1, LAST)
        lists = [[u.code for u in units], [u.name for u in units], labels]
        return self.finish(dict(zip((3, 4, 5), lists, strict=True)))
