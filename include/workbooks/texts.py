"""The words of texts.yaml, and the marks that make our workbooks machine-readable."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

from include.data_files import read_yaml

METADATA_MARK = "duban-form"
GROUP_MARK = "group"  # the pair of the hidden sheet that names the group whose form it is
KEY_MARK = "#"  # in the hidden column: the key of the row's cell, or of a repeat's row
COLUMN_MARK = "@"  # in the hidden row: which column holds the value (of a repeat: which of its fields)
VALUE_COLUMN = "@value"
PACKET_MARK = "duban-packet"  # the same of a workbook of several forms
PART_MARK = "&"  # in the hidden corner of its sheets: the number of the form that a sheet belongs to
PART = "part"  # the pair of a form's hidden sheet that says so
INSPECTION = "inspection"
CONFLICT = "conflict"  # what the check code of a cell begins with that two people filled in differently
# Pairs of the hidden sheet beside those that say what the form is: what it is an answer to (include/intake/merging.py).
VERSION = "version"  # the version that its figures start from; 0: nothing was reported yet
SHOWN = "shown"  # in a returned copy, "field:version …": the cells in which figures of later versions were shown
OPEN = "open"  # likewise: the cells that were left empty for somebody to decide between two figures


@functools.cache
def texts() -> dict[str, Any]:
    tree: dict[str, Any] = read_yaml(Path(__file__).parent / "texts.yaml")
    return tree
