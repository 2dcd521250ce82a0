"""What may be typed into an input cell of our forms."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from include.schemes.fields import FormField
from include.workbooks.texts import texts
from include.workbooks.values import LARGEST, MAX_TEXT_LENGTH


def validation_of(cell: FormField) -> dict[str, Any]:
    """What may be typed into an input cell, and what is said of it, as XlsxWriter takes it."""
    words = texts()
    tooltip, label = words["tooltips"][cell.type], cell.label_in_errors
    text = tooltip["text"].format(label=label) + (cell.help if len(cell.help) < 80 else "")
    options: dict[str, Any] = {
        "ignore_blank": True,
        "input_title": tooltip["title"],
        "input_message": text[:255],
        "error_title": words["error_title"],
        "error_message": words["errors"][cell.type],
    }
    if cell.choices:
        return options | {"validate": "list", "source": cell.choices}
    if cell.type in ("text", "month"):
        return options | {"validate": "length", "criteria": "<=", "value": MAX_TEXT_LENGTH}
    if cell.type == "date":
        return options | {"validate": "date", "criteria": ">=", "value": dt.date(1990, 1, 1)}
    return options | _range(cell, text)


def _range(cell: FormField, text: str) -> dict[str, Any]:
    words = texts()
    smallest = -LARGEST if cell.type == "decimal" else Decimal(0)
    low = cell.at_least if cell.at_least is not None else smallest
    high = cell.at_most if cell.at_most is not None else LARGEST
    options: dict[str, Any] = {
        "validate": "integer" if cell.type == "count" else "decimal",
        "criteria": "between",
        "minimum": int(low) if low == int(low) else float(low),
        "maximum": int(high) if high == int(high) else float(high),
    }
    if cell.at_least is not None or cell.at_most is not None:
        bounds = words["range_text"].format(at_least=f"{low:f}", at_most=f"{high:f}")
        options |= {
            "input_message": (text + bounds)[:255],
            "error_message": words["errors"][cell.type] + bounds,
        }
    return options
