"""The workbooks of items, filled in."""

from __future__ import annotations

import io

from tests.intake.form_samples import book_of

FULL = {"整改情况": "已补审全部票据", "完成日期": "2026年9月4日", "佐证材料": "票据台账复印件"}


def fill(content: bytes, *filled: dict[str, object]) -> bytes:
    """The workbook with the n-th dict written into its n-th row, by column title."""
    book = book_of(content)
    sheet = book.worksheets[0]
    titles = {cell.value: cell.column for cell in sheet[4]}
    for row, texts in enumerate(filled, start=5):
        for title, text in texts.items():
            sheet.cell(row, titles[title]).value = text
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()
