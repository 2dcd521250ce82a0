"""The inspectors' workbook as it goes out: which figure of which unit was found to be different, why, by whom.

Beside the list to fill in stands what the units reported, so that it can be compared on the spot. The bytes depend on the
arguments alone.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from include.beforehand import beforehand
from include.period import chinese_date, in_zone
from include.registry.units import Unit
from include.schemes.fields import Form, FormField
from include.schemes.model import Scheme
from include.workbooks.codes import CODE, RECIPIENT, code_for, of_inspection
from include.workbooks.form_book import LAST, FormBook
from include.workbooks.grids import letters
from include.workbooks.styles import lines_of
from include.workbooks.texts import COLUMN_MARK, INSPECTION, KEY_MARK

# The sheet of reported figures: number and label, then a column a unit, as wide as four characters and a margin.
_NUMBER_WIDTH, _LABEL_WIDTH, _UNIT_WIDTH = 5.5, 26, 9.5
_FIRST_UNIT = 3
_UNITS_A_PAGE = 7
_LISTS = 3  # the first column of the drop-downs' choices on the hidden sheet
_MOST_LINES = 4  # of a text; the whole text is in the cell


@dataclass(frozen=True)
class Reported:
    """Figures by field by unit code, as accepted by a moment; `complete`: the units of which every form was accepted."""

    as_of: dt.datetime
    figures: Mapping[str, Mapping[str, str]]
    complete: set[str]
    told: Mapping[str, Mapping[str, str]] = field(
        default_factory=dict
    )  # what ledgers give otherwise, with source and day


@beforehand(meanwhile=b"")
def write_inspection_form(
    scheme: Scheme,
    units: Sequence[Unit],
    street: str,
    reported: Reported | None = None,
    recipient: str = "",
    forms: Sequence[Form] | None = None,
    group_of: Mapping[str, str] | None = None,
) -> bytes:
    """The inspectors' .xlsx for one street, for the figures of the `forms` (None: of all); `reported` goes on a sheet of its
    own, to be looked at only. For a `recipient` it carries the code by which it is known when it comes back. Where units are of
    several groups (`group_of`, by code), each group has sheets of its own, with what it was asked."""
    street_code = units[0].street_code if units else ""
    marks = {RECIPIENT: recipient, CODE: inspection_code(scheme, street_code, recipient)} if recipient else {}
    asked = {form.key for form in (scheme.forms if forms is None else forms)}
    labels = {label: key for label, key in inspection_labels(scheme).items() if scheme.cell[key].form in asked}
    parts = [
        _Part(
            group,
            [unit for unit in units if (group_of or {}).get(unit.code, "") == group],
            {label: key for label, key in labels.items() if key in scheme.of_group(group).cell},
        )
        for group in dict.fromkeys((group_of or {}).get(unit.code, "") for unit in units)
    ]
    parts = [part for part in parts if part.labels] or [_Part("", units, labels)]
    return _InspectionBook(scheme, INSPECTION, street_code, street, marks).inspection(units, labels, parts, reported)


def inspection_code(scheme: Scheme, street_code: str, recipient: str) -> str:
    """The code of the workbook that a mail address was sent."""
    return code_for(of_inspection(scheme.scheme, str(scheme.period), street_code, recipient))


def inspection_labels(scheme: Scheme) -> dict[str, str]:
    """Key of each input cell by the label that inspectors choose; one that several forms share gets its form's name."""
    count = Counter(cell.label_in_errors for cell in scheme.cells)
    names = {form.key: form.name for form in scheme.forms}
    return {
        (label if count[label := cell.label_in_errors] == 1 else f"{label}（{names[cell.form]}）"): cell.key
        for cell in scheme.cells
    }


@dataclass(frozen=True)
class _Part:
    """A group with its units and the key of each label that it was asked; without a name all of them."""

    group: str
    units: Sequence[Unit]
    labels: Mapping[str, str]

    def named(self, sheet: str) -> str:
        return f"{sheet}（{self.group}）" if self.group else sheet


class _InspectionBook(FormBook):
    """The list of findings under construction."""

    def inspection(
        self, units: Sequence[Unit], known: Mapping[str, str], parts: Sequence[_Part], reported: Reported | None
    ) -> bytes:
        """The hidden sheet has the units and labels of all first, then those of each group under its name."""
        lists: dict[int, list[str]] = {}
        sides = [_Part("", units, known), *(part for part in parts if part.group)]
        for place, part in enumerate(sides):
            columns = [[u.code for u in part.units], [u.name for u in part.units], list(part.labels)]
            lists |= dict(zip(range(_LISTS + 3 * place, _LISTS + 3 * place + 3), columns, strict=True))
        for part in parts:
            self._findings(part, _LISTS + 3 * sides.index(part) if part.group else _LISTS)
        if reported is not None:
            for part in parts:
                self._reported(part, reported)
            self._told(units, known, reported)
        names = {_LISTS + 3 * place: part.group for place, part in enumerate(sides) if part.group}
        return self.finish(lists=lists, names=names)

    def _findings(self, part: _Part, lists: int) -> None:
        """The list of a part, whose choices stand on the hidden sheet from that column on."""
        words = self.texts["inspection"]
        names = list(words["columns"].values())
        title = part.named(self.texts["sheets"]["inspection"])
        sheet = self.sheet(title, [4, 5.5, 17, 22, 26, 13, 34, 12], is_landscape=True)
        sheet.set_row(0, 34)
        sheet.merge_range(0, 1, 0, LAST, self.title(title), self.styles["title"])
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
        for column, count in ((2, len(part.units)), (3, len(part.units)), (4, len(part.labels))):
            letter = letters(lists + column - 2)
            if count:
                sheet.data_validation(
                    start,
                    column,
                    start + words["rows"] - 1,
                    column,
                    {
                        "validate": "list",
                        "source": f"={hidden}!${letter}$2:${letter}${count + 1}",
                        "error_title": self.texts["error_title"],
                        "error_message": self.texts["errors"]["choice"],
                    },
                )
        sheet.print_area(0, 1, start + words["rows"] - 1, LAST)

    def _reported(self, part: _Part, reported: Reported) -> None:
        """A row a figure, a column a unit; some units fill one upright page."""
        units, labels = part.units, part.labels
        words = self.texts["inspection"]["reported"]
        widths = [4, _NUMBER_WIDTH, _LABEL_WIDTH, *[_UNIT_WIDTH] * max(len(units), _UNITS_A_PAGE)]
        sheet = self.sheet(part.named(self.texts["sheets"]["reported"]), widths)
        sheet.fit_to_pages(0, 1)  # as many pages as the units need, each with every figure
        moment = in_zone(reported.as_of)
        note = words["note"].format(as_of=f"{chinese_date(moment.date())}{moment.hour}时")
        title = self.title(part.named(self.texts["sheets"]["reported"]))
        for line, text in enumerate([title, self.name]):  # beside the figures' names, which every page shows
            sheet.set_row(line, 22)
            sheet.merge_range(line, 1, line, _FIRST_UNIT - 1, text, self.styles["heading"])
        sheet.merge_range(0, _FIRST_UNIT, 1, _FIRST_UNIT + _UNITS_A_PAGE - 1, note, self.styles["note"])
        names = [unit.name for unit in units]
        heads = [
            name if names.count(name) == 1 else f"{name} {unit.code}" for name, unit in zip(names, units, strict=True)
        ]
        sheet.set_row(2, 6 + 14 * max(lines_of(head, 8) for head in heads))
        for column, head in enumerate(
            [self.texts["columns"]["number"], self.texts["columns"]["field"], *heads], start=1
        ):
            sheet.write_string(2, column, head, self.styles["column"])
        sheet.write_string(3, 1, "", self.styles["center"])
        sheet.write_string(3, 2, words["state"], self.styles["left"])
        for column, unit in enumerate(units, start=_FIRST_UNIT):
            state = "accepted" if unit.code in reported.complete else "waiting"
            sheet.write_string(3, column, words[state], self.styles["center"])
        row = 4
        for label, key in labels.items():
            values = [reported.figures.get(unit.code, {}).get(key, "") for unit in units]
            cell = self.scheme.cell[key]
            if cell.is_optional and not any(values):
                continue
            self._figures(sheet, row, cell, label, values)
            row += 1
        sheet.repeat_rows(2, 3)
        sheet.repeat_columns(1, _FIRST_UNIT - 1)
        sheet.freeze_panes(4, _FIRST_UNIT)
        sheet.print_area(0, 1, row - 1, len(widths) - 1)

    def _told(self, units: Sequence[Unit], labels: Mapping[str, str], reported: Reported) -> None:
        """A line a figure that a ledger gives otherwise; no sheet where there is none."""
        words = self.texts["told"]
        lines = [
            (unit.name, label, reported.figures[unit.code].get(key, ""), reported.told[unit.code][key])
            for unit in units
            for label, key in labels.items()
            if key in reported.told.get(unit.code, {})
        ]
        if not lines:
            return
        sheet = self.sheet(words["sheet"], [4, 22, 26, 12, 46])
        moment = in_zone(reported.as_of)
        note = words["note"].format(as_of=f"{chinese_date(moment.date())}{moment.hour}时")
        sheet.set_row(0, 30)
        sheet.merge_range(0, 1, 0, 4, self.title(words["sheet"]), self.styles["title"])
        sheet.set_row(1, 6 + 14 * lines_of(note, 96))
        sheet.merge_range(1, 1, 1, 4, note, self.styles["note"])
        for column, title in enumerate(words["columns"], start=1):
            sheet.write_string(2, column, title, self.styles["column"])
        for row, line in enumerate(lines, start=3):
            sheet.set_row(row, 4 + 14 * lines_of(line[-1], 42))
            for column, text in enumerate(line, start=1):
                sheet.write_string(row, column, text, self.styles["left" if column < 4 else "small"])
        sheet.repeat_rows(2)
        sheet.print_area(0, 1, 2 + len(lines), 4)

    def _figures(self, sheet: Any, row: int, cell: FormField, label: str, values: Sequence[str]) -> None:
        is_number = cell.type in ("count", "yuan", "decimal")
        lines = 1 if is_number else min(_MOST_LINES, max(lines_of(value, 10) for value in values))
        sheet.set_row(row, 4 + 12 * lines)
        sheet.write_number(row, 1, row - 3, self.styles["center"])
        sheet.write_string(row, 2, f"{label}（{cell.unit}）" if cell.unit else label, self.styles["left"])
        for column, value in enumerate(values, start=_FIRST_UNIT):
            if is_number and value:
                sheet.write_number(row, column, float(Decimal(value)), self.styles["center"])
            else:
                style = "small" if cell.type == "text" and value else "center"
                sheet.write_string(row, column, value or self.texts["no_previous"], self.styles[style])
