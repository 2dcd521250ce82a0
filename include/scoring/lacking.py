"""Which of the periods that a figure is put together of have nothing, as people are told."""

from __future__ import annotations

from collections.abc import Sequence

from include.period import Period
from include.schemes.inputs import Input, period_of


def lacking(one: Input, period: Period, sources: Sequence[str]) -> list[str]:
    """By name, in order; none where there is nothing of any of them, or it is of one period alone. `sources`: of which it was made."""
    there = {source.split("/")[1] for source in sources if source.count("/") > 1}
    asked = [period_of(word, period) for word in one.from_.words]
    return [short_name(each) for each in asked if str(each) not in there] if there else []


def short_name(period: Period) -> str:
    """A month of a year that is plain from where it is said by its number alone."""
    return f"{period.start_date.month}月" if period.kind == "month" else period.name
