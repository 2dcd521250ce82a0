"""The facts of a document, all from tables: what its template may say, as one JSON-serialisable dict."""

from __future__ import annotations

import json
from typing import Any

Model = dict[str, Any]


def details_of(details: str | None) -> str:
    """What a unit's problem says beyond the scheme's words for it: 缺责任书、党员花名册. `details` is the JSON list in its row."""
    return f"缺{'、'.join(json.loads(details))}" if details else ""
