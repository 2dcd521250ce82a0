"""Which figures a part of a system names."""

from __future__ import annotations

from collections.abc import Iterator

from include.data_files import Part
from include.schemes.conditions import Condition
from include.schemes.fields import Check


def references(part: object) -> Iterator[str]:
    """Every key of a field, checklist, repeat or tally that a part of a scheme names."""
    if isinstance(part, list):
        for element in part:
            yield from references(element)
    elif isinstance(part, Part):
        for name in type(part).model_fields:
            value = getattr(part, name)
            if name == "of" and isinstance(part, Condition) and part.score:  # codes
                continue
            if name in ("figure", "of", "checklist", "repeat", "naming", "marks", "sum") or (
                isinstance(part, Check) and name in ("at_most", "at_least", "equals")
            ):
                yield from value if isinstance(value, list) else [value] if isinstance(value, str) else []
            else:
                yield from references(value)
