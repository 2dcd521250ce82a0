"""Rows as a CSV that spreadsheets open well: UTF-8 with a byte order mark, lines that end in \\n, and no text that is a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from include.safe_text import as_text_cell


def as_csv(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """A row of headings (none where there are no columns) and the rows, each cell made safe to open."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    if columns:
        writer.writerow(columns)
    safe = _Safe()
    writer.writerows([safe[cell] for cell in row] for row in rows)
    return b"\xef\xbb\xbf" + buffer.getvalue().encode()


class _Safe(dict[str, str]):
    """What stands in a cell by what was to stand there: most of a table stands in it often."""

    def __missing__(self, text: str) -> str:
        made = self[text] = as_text_cell(text)
        return made
