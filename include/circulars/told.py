"""Results of other systems that a circular tells of besides its own (`tells_of`): they have no circular themselves, are closed
with that one, stand in it, and their letters follow it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection

from include.circulars.circular import Circular, Told
from include.circulars.model import build_model
from include.db import sql
from include.period import Period
from include.schemes.loader import find_scheme, load_scheme
from include.schemes.model import Scheme
from include.scoring.finding import closed_periods, newest_assessments


def whole_model(connection: Connection, assessment_id: str) -> Circular:
    """The facts of an assessment's circular, with those of the results that it tells of. Raises UserError where there is no such
    assessment."""
    model = build_model(connection, assessment_id)
    own = load_scheme(model["scheme"], Period.parse(model["period"]))
    told = [_told(own, build_model(connection, assessment_id, group), group) for group in own.groups_apart]
    told = [one for one in told if one["rows"]]
    told += [_told(scheme, build_model(connection, one)) for scheme, one in told_with(connection, model)]
    if told:
        model["told"], model["told_title"] = told, _title(told)
    return model


def told_with(connection: Connection, model: Circular) -> Iterator[tuple[Scheme, str]]:
    """The systems that a circular tells of besides its own, each with its newest official result."""
    own = find_scheme(model["scheme"], Period.parse(model["period"]))
    for scheme in told_in(own) if own is not None else ():
        for row in newest_assessments(connection, scheme.scheme, str(scheme.period)):
            if row["street_code"] == model["street_code"] and row["is_official"]:
                yield scheme, row["id"]


def told_in(scheme: Scheme) -> list[Scheme]:
    """The systems of whose results a system's circular tells, in its period."""
    found = (find_scheme(key, scheme.period) for key in scheme.tells_of)
    return [one for one in found if one is not None]


def model_of_letters(connection: Connection, circular: Circular, assessment_id: str) -> Circular:
    """The facts that the letters about a result are made of which another system's circular tells of: they cite that one."""
    model = build_model(connection, assessment_id)
    model["title"] = circular["title"]
    return model


def circular_about(connection: Connection, scheme: Scheme, street_code: str) -> sql.Row | None:
    """The newest circular, issued or a draft, that tells of a result whose system has none; None where there is none."""
    for closed in closed_periods(connection):
        if (closed["period"], closed["street_code"]) != (str(scheme.period), street_code):
            continue
        teller = find_scheme(closed["scheme"], scheme.period)
        if teller is not None and scheme.scheme in teller.tells_of:
            rows = sql.fetch(connection, "circulars/select_circulars", **closed)
            return rows[-1] if rows else None
    return None


def _title(told: Sequence[Told]) -> str:
    """Of the annex that lists them: 驻区单位和其他组织得分和名次."""
    names = [name for one in told for name in [each["name"] for each in one["lists"]] or [one["name"]]]
    has_ranks = any(row["rank"] for one in told for row in one["rows"])
    return f"{'和'.join(names)}得分{'和名次' if has_ranks else ''}"


def _told(scheme: Scheme, model: Circular, group: str = "") -> Told:
    return {
        "scheme": scheme.scheme, "name": group or scheme.name, "rows": model["rows"], "lists": model.get("lists", []),
        "problems": model["problems"], "areas": model["areas"], "average": model["average"], "grades": model["grades"],
    }  # fmt: skip
