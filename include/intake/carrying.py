"""What a copy that goes back is given along after a merge: its hidden marks, figures of others, cells to be filled anew."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from openpyxl.cell.cell import Cell
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill

from include.intake.merging import Carry
from include.intake.read_form import ReadForm
from include.schemes.model import Scheme
from include.validation.table import NUMBERS
from include.workbooks.texts import METADATA_MARK, OPEN, SHOWN, VERSION, texts

_BLUE = "FFDDEBF7"


def texts_of(form: ReadForm, carry: Carry | None) -> dict[str, str]:
    """The texts of a form's cells, by field, as the copy shall show them."""
    own = {key: cell.text for key, cell in form.cells.items()}
    if carry is None:
        return own
    shown = {key: one.cell.text for key, one in carry.shown.items()}
    return {**own, **shown, **dict.fromkeys(carry.emptied, "")}


def carry_into(book: Any, carry: Carry, scheme: Scheme, cell_at: Callable[[str], Cell | None]) -> None:
    """Put it into the sender's own workbook. `cell_at` finds the cell of a field."""
    words = texts()["returned"]
    for key, one in carry.shown.items():
        cell = cell_at(key)
        if cell is not None:
            _put(cell, one.cell.value, scheme.cell[key].type)
            cell.fill = PatternFill("solid", start_color=_BLUE, end_color=_BLUE)
            said = {"version": one.version, "who": one.who, "own": one.own.text or words["empty"]}
            cell.comment = Comment(words["shown"].format(**said), words["author"], height=80, width=300)
    for key in carry.emptied:
        cell = cell_at(key)
        if cell is not None:
            cell.value = None
    _mark(book, carry.marks)


def _put(cell: Cell, value: str | None, kind: str) -> None:
    if value is not None and kind in NUMBERS:
        cell.value = Decimal(value)
        return
    cell.value = value
    if value is not None:
        cell.data_type = "s"  # whatever it begins with


def _mark(book: Any, marks: Mapping[str, str]) -> None:
    """The pairs of the hidden sheet; a form that never said which version it starts from is left as it is."""
    sheet = next((sheet for sheet in book.worksheets if sheet["A1"].value == METADATA_MARK), None)
    if sheet is None:
        return
    rows = {str(row[0].value): row[0].row for row in sheet.iter_rows(max_col=1) if row[0].value is not None}
    if VERSION not in rows:
        return
    for key in (VERSION, SHOWN, OPEN):
        value = marks.get(key)
        if key in rows or value:
            row = rows.setdefault(key, max(rows.values()) + 1)
            for column, text in ((1, key), (2, value or "")):
                cell = sheet.cell(row, column)
                cell.value, cell.data_type = text, "s"
