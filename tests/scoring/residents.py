"""What residents vote on the five goods."""

from __future__ import annotations

from include.period import Period
from include.schemes.loader import load_scheme

SCHEME = load_scheme("five_good", Period.parse("2027H1"))
GOODS = ("leaders", "members", "mechanism", "results", "opinion")


def votes(counted: list[tuple[int, ...]]) -> dict[str, str | None]:
    (tally,) = SCHEME.tallies
    cells = {
        tally.key_of(row, option): str(count)
        for row, counts in enumerate(counted, 1)
        for option, count in zip(tally.options, counts, strict=True)
    }
    return {"residents_issued": "200", "residents_returned": "180", **cells}
