"""A figure from elsewhere as scoring keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

GIVEN, ABSENT, NOT_APPLICABLE = "reported", "未报", "不适用"
Value = Fraction | str


@dataclass(frozen=True)
class Given:
    """A figure from elsewhere: its value (None where there is none), why not, and the sources that it was looked for in."""

    value: Value | None
    outcome: str = GIVEN
    sources: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """Exact, as it is kept: 3/4, 91.99, 二类; empty where there is none."""
        return "" if self.value is None else str(self.value)

    @property
    def deciding(self) -> list[Any]:
        return [self.text, self.outcome, list(self.sources)]
