"""How many units there are, and how they handed in."""

from __future__ import annotations

from include.circulars.circular import Counts
from include.db import sql


def counts_of(scores: list[sql.Row]) -> Counts:
    by_status = {status: _units_with(scores, status) for status in ("已报", "迟报", "未报", "退回未改")}
    return {
        "units": len(scores),
        "scored": sum(row["total"] is not None for row in scores),
        "on_time": len(by_status["已报"]),
        "late": [{"unit": row["unit_name"], "days": row["days_late"]} for row in scores if row["status"] == "迟报"],
        "missing": by_status["未报"],
        "returned": by_status["退回未改"],
    }


def _units_with(scores: list[sql.Row], status: str) -> list[str]:
    return [row["unit_name"] for row in scores if row["status"] == status]
