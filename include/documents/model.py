"""The facts of a document, all from tables: what its template may say, as one JSON-serialisable dict."""

from __future__ import annotations

from typing import Any

Model = dict[str, Any]


def details_of(problem: str, heading: str) -> str:
    """What a unit's problem says beyond the scheme's words for it: 缺责任书、党员花名册."""
    return problem.removeprefix(heading).strip("()（）:： ,，。")
