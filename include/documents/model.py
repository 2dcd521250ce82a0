"""The facts of a document, all from tables: what its template may say, JSON-serialisable."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TypedDict

Model = Mapping[str, Any]
"""That of any kind, as templates and the life of a document read it; what each holds is typed in its own room
(include/circulars/circular.py, include/letters/letter.py)."""


def details_of(details: str | None) -> str:
    """What a unit's problem says beyond the scheme's words for it: 缺责任书、党员花名册. `details` is the JSON list in its row."""
    return f"缺{'、'.join(json.loads(details))}" if details else ""


class Spoken(TypedDict):
    """Who speaks, of which system and period."""

    scheme: str
    scheme_name: str
    scheme_title: str
    scheme_version: str
    period: str
    period_name: str
    street: str
    street_code: str
    committee_name: str
    sign_name: str
    printed_by: str
