"""What a document states of targets: one subject's, and all together."""

from __future__ import annotations

from typing import TypedDict


class Target(TypedDict):
    """One subject's: the year's target, what of it is due by now, what was done; `rate` in per cent of the target, empty
    where there is none; `is_behind` where less was done than is due, by as much as is `short`."""

    label: str
    unit: str
    target: str
    due: str
    result: str
    rate: str
    is_behind: bool
    short: str


class Progress(TypedDict):
    """All together: sums, their rate, who has a target and who is behind what is due by now."""

    label: str
    unit: str
    target: str
    result: str
    rate: str
    with_target: int
    behind: list[str]
