"""What all our workbooks have in common: sheets on A4, hidden keys and marks, the hidden sheet that says what they are.

Each input cell can be found again by a hidden key in its row and a hidden mark above its column, so a form still
reads after rows were moved and columns inserted. The bytes depend on the arguments alone.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import xlsxwriter

from include.schemes.fields import Form
from include.schemes.model import Scheme
from include.workbooks.styles import STYLES
from include.workbooks.texts import GROUP_MARK, METADATA_MARK, PART, texts

# Columns of a form's tables, from A: key (hidden), number, indicator, field, unit, cover, value, previous.
# All sheets have them, so that all print in one size of type.
WIDTHS = [4, 5, 16, 21.5, 6, 27, 13, 10.5]
LAST = len(WIDTHS) - 1
_A4 = 9
_COMMON = {"font_name": "宋体", "font_size": 10.5, "valign": "vcenter"}


def new_book(buffer: io.BytesIO) -> Any:
    book = xlsxwriter.Workbook(
        buffer,
        {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False},
    )
    for name in ("font_name", "font_size"):  # of the book itself: columns are measured in its digits
        setattr(book.formats[0], name, _COMMON[name])
    return book


def formats_in(book: Any) -> dict[str, Any]:
    """The styles of our workbooks, by name."""
    return {key: book.add_format({**_COMMON, **style}) for key, style in STYLES.items()}


class Shared(Protocol):
    """A workbook of several forms (include/workbooks/packets.py)."""

    book: Any
    styles: dict[str, Any]
    number: int

    @property
    def mark(self) -> str: ...
    def begin(self, scheme: Scheme, form: Form) -> None: ...
    def named(self, name: str) -> str: ...


class FormBook:
    """One workbook under construction: `form_key`, `code` and `name` say what it is and whose, on its hidden sheet.

    `marks` are further pairs of that sheet, which come back with the form (`ReadForm.marks`).
    """

    def __init__(
        self,
        scheme: Scheme,
        form_key: str,
        code: str,
        name: str,
        marks: Mapping[str, str] | None = None,
        into: Shared | None = None,
    ) -> None:
        """`into`: the workbook of several forms to which this one's sheets are added."""
        self.scheme, self.form_key, self.code, self.name = scheme, form_key, code, name
        self.dates = scheme.dates_of(form_key)
        self.marks = marks or {}
        self.texts = texts()
        self.into = into
        self.buffer = io.BytesIO()
        self.book = into.book if into else new_book(self.buffer)
        self.styles = into.styles if into else formats_in(self.book)
        if into:
            into.begin(scheme, next(form for form in scheme.forms if form.key == form_key))

    def title(self, title: str) -> str:
        """A sheet's heading, with the period."""
        text: str = self.texts["head"]["title"]
        return text.format(title=title, period=self.scheme.period.name)

    def sheet(self, name: str, widths: Sequence[float] = WIDTHS, is_landscape: bool = False) -> Any:
        """A new sheet that prints on one page's width; `widths` from A, of which the first column is hidden."""
        sheet = self.book.add_worksheet(self.into.named(name) if self.into else name)
        if self.into:
            sheet.write_string(0, 0, self.into.mark)
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width, None, {"hidden": column == 0})
        sheet.set_paper(_A4)
        if is_landscape:
            sheet.set_landscape()
        else:
            sheet.set_portrait()
        sheet.set_margins(left=0.6, right=0.6, top=0.55, bottom=0.65)
        sheet.center_horizontally()
        sheet.fit_to_pages(1, 0)
        sheet.set_footer(self.texts["head"]["page"])
        sheet.hide_gridlines(2)
        sheet.protect("", {"format_columns": True, "format_rows": True})
        return sheet

    def columns(self, sheet: Any, row: int, marks: Mapping[int, str], titles: Mapping[int, str]) -> int:
        """The hidden row of marks and the visible header, repeated on every page; the next free row."""
        for column, mark in marks.items():
            sheet.write_string(row, column, mark)
        sheet.set_row(row, None, None, {"hidden": True})
        sheet.set_row(row + 1, 22)
        for column, title in titles.items():
            sheet.write_string(row + 1, column, title, self.styles["column"])
        sheet.repeat_rows(row + 1)
        sheet.freeze_panes(row + 2, 0)
        return row + 2

    def instructions(self, form: Form) -> None:
        """The sheet that says how a form is filled in."""

    def finish(
        self,
        form: Form | None = None,
        lists: Mapping[int, Sequence[str]] | None = None,
        names: Mapping[int, str] | None = None,
    ) -> bytes:
        """The workbook with its hidden sheet (empty where it goes on with another form), after what is said of filling in `form`; `lists` are the drop-downs' choices by column of that sheet, `names` what stands
        above them."""
        scheme, into = self.scheme, self.into
        if form is not None and into is None:  # of several they stand on the cover
            self.instructions(form)
        name = self.texts["sheets"]["metadata"]
        sheet = self.book.add_worksheet(f"{name}{into.number}" if into else name)
        sheet.very_hidden()
        for row, (key, value) in enumerate(
            [
                (METADATA_MARK, "1"), ("scheme", scheme.scheme), ("scheme_version", scheme.version),
                ("period", str(scheme.period)), ("form", self.form_key), ("unit_code", self.code),
                ("unit_name", self.name), *([(GROUP_MARK, scheme.for_group)] if scheme.for_group else []),
                *self.marks.items(), *([(PART, str(into.number))] if into else []),
            ]
        ):  # fmt: skip
            sheet.write_string(row, 0, key)
            sheet.write_string(row, 1, value)
        for column, values in (lists or {}).items():
            for row, value in enumerate(values, start=1):
                sheet.write_string(row, column, value)
        for column, name in (names or {}).items():
            sheet.write_string(0, column, name)
        if into:
            return b""
        opens = self.dates.opens_date
        self.book.set_properties(
            {
                "title": f"{scheme.period.name}{scheme.name} {self.name}",
                "comments": self.texts["marker"],
                "created": dt.datetime.combine(opens, dt.time()),
            }
        )
        self.book.close()
        return self.buffer.getvalue()
