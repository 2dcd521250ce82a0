"""Cells of our form that show something else than they hold."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import openpyxl
import xlwt
from openpyxl.cell.rich_text import CellRichText
from openpyxl.cell.text import InlineFont
from openpyxl.styles import Font

from include.settings import REPO
from tests.intake.form_samples import (
    blank,
    places,
    saved,
    whole_form,
)

CASES = REPO / "tests/data/intake"
SHEET, STRINGS = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"
STRUCK, RAISED, LOWERED = (
    InlineFont(strike=True),
    InlineFont(vertAlign="superscript"),
    InlineFont(vertAlign="subscript"),
)
NUMBER, TEXT = "party_lectures", "special_activity_names"


def with_cell(key: str, change: Callable[[Any], None]) -> bytes:
    """Our form, filled in, with one cell of it changed by openpyxl."""
    book = openpyxl.load_workbook(io.BytesIO(whole_form()))
    sheet, _, reference = places(blank())[key].partition("!")
    change(book[sheet][reference])
    return saved(book)


def rich(*runs: Any) -> Callable[[Any], None]:
    def change(cell: Any) -> None:
        cell.value = CellRichText(*runs)

    return change


def whole(**font: Any) -> Callable[[Any], None]:
    def change(cell: Any) -> None:
        cell.font = Font(**font)

    return change


def styled_xls(key: str, style: Any, value: Any) -> bytes:
    """Our form as .xls with one cell written by xlwt: in a style, or as runs where the value is a tuple of them."""
    book, old = openpyxl.load_workbook(io.BytesIO(whole_form())), xlwt.Workbook(encoding="utf-8")
    for sheet in book.worksheets:
        copy = old.add_sheet(sheet.title)
        for cell in (cell for row in sheet.iter_rows() for cell in row if cell.value is not None):
            if f"{sheet.title}!{cell.coordinate}" != places(blank())[key]:
                copy.write(cell.row - 1, cell.column - 1, cell.value)
            elif isinstance(value, tuple):
                copy.write_rich_text(cell.row - 1, cell.column - 1, value)
            else:
                copy.write(cell.row - 1, cell.column - 1, value, style)
    buffer = io.BytesIO()
    old.save(buffer)
    return buffer.getvalue()


def xls_font(text: str) -> Any:
    return xlwt.easyxf(f"font: {text}").font
