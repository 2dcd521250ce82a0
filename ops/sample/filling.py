"""Fill in our forms the way people do: open the workbook that came, type into the input cells, save; or send .xls or .csv."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Iterator, Mapping, Sequence

import openpyxl
import xlwt
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from include.registry.units import Unit
from include.schemes.model import Scheme
from include.workbooks.inspection_form import inspection_labels
from include.workbooks.repacking import with_fixed_moments
from include.workbooks.texts import COLUMN_MARK, KEY_MARK, VALUE_COLUMN

_SAVED_AT = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
_NUMBER = re.compile(r"\d+(\.\d+)?")
_VISIBLE, _VERY_HIDDEN = 0, 2

Correction = tuple[str, str, str, str]
"""Code of the unit, key of the cell, the figure found, why."""


def fill_form(form: bytes, values: Mapping[str, str]) -> bytes:
    """The form with `values` (by key of the cell) typed in, as .xlsx. A key that the form does not have is left out."""
    book = openpyxl.load_workbook(io.BytesIO(form))
    for sheet in book.worksheets:
        for row, key, columns in _keyed_rows(sheet):
            for mark, column in columns.items():
                name = key if mark == VALUE_COLUMN else f"{key}_{mark.removeprefix(COLUMN_MARK)}"
                if name in values:
                    sheet.cell(row, column).value = _typed(values[name])
    return _saved(book)


def fill_inspection_form(form: bytes, scheme: Scheme, corrections: Sequence[Correction], inspector: str) -> bytes:
    """The inspectors' workbook with one row a correction."""
    book = openpyxl.load_workbook(io.BytesIO(form))
    labels = {key: label for label, key in inspection_labels(scheme).items()}
    places = ((sheet, *place) for sheet in book.worksheets for place in _keyed_rows(sheet))
    for (sheet, row, _, columns), (code, field, value, reason) in zip(places, corrections, strict=False):
        entry = {"unit_code": code, "field": labels[field], "value": value, "reason": reason, "inspector": inspector}
        for name, text in entry.items():
            sheet.cell(row, columns[COLUMN_MARK + name]).value = _typed(text) if name == "value" else text
    return _saved(book)


def to_xls(form: bytes) -> bytes:
    """The workbook as the old format holds it: every sheet and every cell, hidden ones too."""
    book = xlwt.Workbook(encoding="utf-8")
    for sheet in openpyxl.load_workbook(io.BytesIO(form)).worksheets:
        copy = book.add_sheet(sheet.title)
        copy.visibility = _VISIBLE if sheet.sheet_state == "visible" else _VERY_HIDDEN
        for row in sheet.iter_rows():
            for cell in row:
                if cell.value is not None:
                    copy.write(cell.row - 1, cell.column - 1, cell.value)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def to_flat_csv(scheme: Scheme, unit: Unit, values: Mapping[str, str]) -> bytes:
    """The flat layout 编码,填报项,填报值 in GB18030, as Excel on a Chinese system saves it."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(["编码", "填报项", "填报值"])
    writer.writerow([unit.code, "期间", scheme.period.name])
    writer.writerows([unit.code, cell.label, values[cell.key]] for cell in scheme.cells if cell.key in values)
    return buffer.getvalue().encode("gb18030")


def _keyed_rows(sheet: Worksheet) -> Iterator[tuple[int, str, dict[str, int]]]:
    """(row, key, column by mark) of every row with input cells, as the hidden marks say."""
    columns: dict[str, int] = {}
    for row in sheet.iter_rows():
        texts = {cell.column: cell.value for cell in row if isinstance(cell.value, str)}
        marks = {text: column for column, text in texts.items() if text.startswith(COLUMN_MARK)}
        columns = marks or columns
        if not marks and texts.get(1, "").startswith(KEY_MARK):
            yield row[0].row, texts[1].removeprefix(KEY_MARK), columns


def _typed(text: str) -> str | int | float:
    """A figure as a spreadsheet takes it when typed."""
    if not _NUMBER.fullmatch(text):
        return text
    return float(text) if "." in text else int(text)


def _saved(book: Workbook) -> bytes:
    """The bytes of the workbook without the clock: openpyxl stamps it into the package and its properties."""
    buffer = io.BytesIO()
    book.save(buffer)
    return with_fixed_moments(buffer.getvalue(), _SAVED_AT)
