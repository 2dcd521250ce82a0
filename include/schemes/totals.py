"""Cells of a form of totals: the sums of another form's counts, under the labels of those."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from include.schemes.fields import Form, FormField

PREFIX = "total_"


def total_cells(form: Form, cells: Sequence[FormField]) -> Iterator[FormField]:
    """A cell for each count of the form that is summed up; any may be left out."""
    assert form.totals is not None
    for cell in cells:
        if cell.form == form.totals.of and cell.type == "count" and cell.key not in form.totals.without:
            update = {
                "key": f"{PREFIX}{cell.key}", "form": form.key, "is_optional": True, "help": "",
                "at_least": None, "at_most": None, "optional_when": None,
            }  # fmt: skip
            yield cell.model_copy(update=update)


def summed_key(key: str) -> str:
    """The key of the figure of which a cell holds the sum; the cell's own where it holds none."""
    return key.removeprefix(PREFIX)
