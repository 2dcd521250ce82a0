"""What a circular praises, by the scheme's own words: indicators that most communities meet, and activities of the best."""

from __future__ import annotations

import re

from include.circulars.circular import Activity, Counted, Innovation, Praise
from include.circulars.score_table import by_rank
from include.db import sql
from include.schemes.model import Scheme
from include.scoring.lines import MET
from include.workbooks.values import is_nothing

_BETWEEN_NAMES = "[、，,；;\\s]+"


def praised(scheme: Scheme, scores: list[sql.Row], lines: list[sql.Row]) -> list[Praise]:
    """The indicators that at least the scheme's share of the communities with a total meet: what they did, how many they are.

    Met is what points.csv calls 达标. Points lost without a problem (C3 between its bands) are not praised.
    """
    if scheme.praise is None:
        return []
    scored = {row["unit_code"] for row in scores if row["total"] is not None}
    met: dict[str, int] = {}
    for row in lines:
        if row["unit_code"] in scored and row["outcome"] == MET:
            met[row["indicator"]] = met.get(row["indicator"], 0) + 1
    return [
        {"indicator": code, "text": text, "units": met[code]}
        for code, text in scheme.praise.texts.items()
        if scored and met.get(code, 0) >= scheme.praise.share_at_least * len(scored)
    ]


def innovation(scheme: Scheme, scores: list[sql.Row], values: list[sql.Row]) -> Innovation:
    """How many communities with a total had an activity, and what the highest totals among them did, in their own words."""
    if scheme.innovation is None:
        return {"units": 0, "named": []}
    used = {(row["unit_code"], row["field"]): row["used"] for row in values}
    active: list[Activity] = []
    for row in by_rank(scores):
        names = used.get((row["unit_code"], scheme.innovation.names), "").strip()
        count = used.get((row["unit_code"], scheme.innovation.count), "")
        names = "" if is_nothing(names) else names
        if row["total"] is not None and count != "0" and (names or count):
            active.append({"unit": row["unit_name"], "activities": names, **_counted(names, count)})
    named = [entry for entry in active if entry["activities"]]
    return {"units": len(active), "named": named[: scheme.innovation.at_most]}


def _counted(names: str, count: str) -> Counted:
    """How many activities there were, and whether that is more than are named."""
    named = len([name for name in re.split(_BETWEEN_NAMES, names) if name.strip()])
    counted = int(count) if count.isdigit() else 0
    return {"count": count if counted >= named else "", "has_more": counted > named}
