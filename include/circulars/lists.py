"""The lists in which the units of an assessment are ranked, where its system has groups or ranks by a link."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import Connection

from include.circulars.circular import Circular, Column, ListGrade, RankList, ScoreRow
from include.circulars.score_table import areas, by_rank, two_decimals
from include.db import sql
from include.registry.units import find_unit
from include.schemes.model import Scheme


def rows_of(model: Circular) -> list[ScoreRow]:
    """Of everybody whose result a circular tells of, its own and those beside them."""
    return [*model["rows"], *(row for one in model.get("told", []) for row in one["rows"])]


@dataclass(frozen=True)
class Lists:
    """Names of the lists in their order, with the list and the group of each unit; all empty where everybody is in one."""

    names: list[str]
    list_of: dict[str, str]
    group_of: dict[str, str]

    def part_of(self, rows: list[sql.Row]) -> list[sql.Row]:
        """The rows of the units that are in some list."""
        return [row for row in rows if row["unit_code"] in self.list_of]

    def scheme_of(self, scheme: Scheme, unit_code: str) -> Scheme:
        return scheme.of_group(self.group_of.get(unit_code, ""))


def lists_of_assessment(connection: Connection, scheme: Scheme, assessment_id: str) -> Lists:
    """As the units were listed when they were scored."""
    if not scheme.group_by and scheme.rank is None:
        return Lists([], {}, {})
    found = {
        row["unit_code"]: json.loads(row["inputs"])
        for row in sql.fetch(connection, "circulars/select_inputs", assessment_id=assessment_id)
    }
    with_whom = {one.get("ranked_with", "") for one in found.values()} - {""}
    on = scheme.period.end_date
    names = {code: unit.name if (unit := find_unit(connection, code, on)) else code for code in with_whom}
    key = {code: (one.get("ranked_with", ""), one.get("group", "")) for code, one in found.items()}
    order = list(scheme.variants)
    ordered = sorted(set(key.values()), key=lambda one: (one[0], order.index(one[1]) if one[1] in order else -1))
    named = {one: "".join(part for part in (names.get(one[0], ""), one[1]) if part) for one in ordered}
    return Lists(
        list(dict.fromkeys(named.values())),
        {code: named[one] for code, one in key.items()},
        {code: one[1] for code, one in key.items()},
    )


def listed(
    lists: Lists, scores: list[sql.Row], rows: list[ScoreRow], scheme: Scheme, lines: list[sql.Row]
) -> tuple[list[ScoreRow], list[RankList]]:
    """What a circular's model has of them: the rows with their list, and of each list who is first, how many have a grade, and the
    columns of points."""
    ranked: dict[str, list[sql.Row]] = {name: [] for name in lists.names}
    for score in by_rank(scores):
        ranked[lists.list_of[score["unit_code"]]].append(score)
    places = {name: place for place, name in enumerate(lists.names)}
    counted = {name: sum(row["rank"] is not None for row in own) for name, own in ranked.items()}
    for row in rows:
        row["list"] = lists.list_of[row["unit_code"]]
        row["ranked"] = counted[row["list"]]
    return (
        sorted(rows, key=lambda row: places[row["list"]]),
        [
            {
                "name": name,
                "units": len(own),
                "ranked": counted[name],
                "first": [row["unit_name"] for row in own if row["rank"] == 1] if counted[name] > 1 else [],
                "grades": _grades(own, list(scheme.grades), counted[name]),
                "areas": _columns(lists, scheme, [row["unit_code"] for row in own], lines),
            }
            for name, own in ranked.items()
        ],
    )


def _columns(lists: Lists, scheme: Scheme, codes: list[str], lines: list[sql.Row]) -> list[Column]:
    """Those of the group that a list is of."""
    own = {*codes}
    return areas(lists.scheme_of(scheme, codes[0]), [row for row in lines if row["unit_code"] in own])


def _grades(own: list[sql.Row], grades: list[str], ranked: int) -> list[ListGrade]:
    counts = Counter(row["grade"] for row in own if row["total"] is not None)
    found: list[ListGrade] = []
    better = 0
    for grade in grades:
        better += counts[grade]
        share = two_decimals(Decimal(100 * better) / ranked) if ranked else ""
        found.append({"grade": grade, "count": counts[grade], "or_better_pct": share})
    return found


def of_part(scheme: Scheme, lists: Lists, apart: str) -> tuple[Scheme, Lists]:
    """The system and the lists of those who are not listed apart, or of the group `apart` alone; of one group no list."""
    groups = [apart] if apart else [one for one in scheme.variants if one not in scheme.groups_apart]
    own = {code: group for code, group in lists.group_of.items() if group in groups}
    named = {code: lists.list_of[code] for code in own}
    if len(groups) == 1:
        return scheme.of_group(groups[0]), Lists([], named, own)
    return scheme, Lists([one for one in lists.names if one in named.values()], named, own)
