"""Cells that a form has of another: of a form of totals the sums of its counts, under the labels of those; of one that checks on the
spot its columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from include.schemes.fields import Form, FormField

PREFIX = "total_"


def cells_of_others(forms: Sequence[Form], cells: Sequence[FormField]) -> Iterator[FormField]:
    """The cells of all forms that have them of another."""
    for form in forms:
        if form.totals is not None:
            yield from _total_cells(form, cells)
        for cell in cells:
            if form.instead_of and cell.form == form.instead_of:
                yield cell.model_copy(update={"key": checking_key(form.key, cell.key), "form": form.key})


def checking_key(form: str, column: str) -> str:
    """The key of a column of the form that checks on the spot."""
    return f"{form}_{column}"


def _total_cells(form: Form, cells: Sequence[FormField]) -> Iterator[FormField]:
    """A cell for each count of the form that is summed up; any may be left out."""
    assert form.totals is not None
    for cell in cells:
        if cell.form == form.totals.of and cell.type == "count" and cell.key not in form.totals.without:
            update = {
                "key": f"{PREFIX}{cell.key}",
                "form": form.key,
                "is_optional": True,
                "help": "",
                "at_least": None,
                "at_most": None,
                "optional_when": None,
            }
            yield cell.model_copy(update=update)


def summed_key(key: str) -> str:
    """The key of the figure of which a cell holds the sum; the cell's own where it holds none."""
    return key.removeprefix(PREFIX)
