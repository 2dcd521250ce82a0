"""复核: after sign-off a result is changed only by a review that was asked for, decided in time, and granted.

A granted review is a `decision` of kind "review": intake then takes the archived late hand-in up again (and further
ones, until the next sign-off), corrections of the unit are allowed again, and the next assessment is a new revision.
"""

from __future__ import annotations

import datetime as dt
import functools
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from include.data_files import Part, read_yaml
from include.db import sql
from include.decisions import (
    common_problems,
    day,
    decide,
    decisions_of,
    known,
    refuse,
    sign_off,
    unit_in_period,
)
from include.period import Period, add_working_days, end_of, in_zone
from include.schemes.model import Scheme
from include.scoring.arrivals import silent_streets

REQUEST, GRANTED, REFUSED = "review_request", "review", "review_refused"


@dataclass(frozen=True)
class ReviewState:
    """One request and what became of it. `state`: 待决定, 逾期未决定, 同意, 不同意.

    `assessment_id` is the revision that the review led to, with the unit's totals; empty where it has led to none (yet).
    """

    request_id: str
    unit_code: str
    reason: str
    requested_by: str
    requested_at: dt.datetime
    deadline: dt.date
    state: str
    decided_by: str
    decided_at: dt.datetime | None
    decision_reason: str
    assessment_id: str
    old_total: str
    new_total: str


def reviewed_periods(connection: Connection, at: dt.datetime) -> list[tuple[str, Period]]:
    """The schemes and periods of which a review was asked for by the moment."""
    rows = sql.fetch(connection, "scoring/select_reviewed", as_of_at=at)
    return [(row["scheme"], Period.parse(row["period"])) for row in rows]


def request_review(
    connection: Connection, scheme: Scheme, period: Period, unit_code: str, reason: str, by: str, at: dt.datetime
) -> str:
    """Ask for a review of a unit's signed-off result; the request's id. Asking again while one waits gives that one.

    A result for which nothing had arrived is never signed off, and is open to review once it is made.
    Raises UserError, all at once: unknown unit, no reason, no name, nothing signed off yet, another period.
    """
    found = unit_in_period(connection, scheme, unit_code)
    problems = common_problems(found, unit_code, scheme, reason, by, at) + _period_problems(scheme, period)
    if (
        found is not None
        and sign_off(connection, scheme, found.street_code) is None
        and not silent_streets(connection, scheme, [found.street_code])
    ):
        problems.append(f"{scheme.period.name}的考评结果还没有定稿，不需要申请复核：请直接报送或更正。")
    unit = known(found, problems)
    waiting = _open_request(connection, scheme, unit.code)
    if waiting is not None:
        return str(waiting["id"])
    deadline = add_working_days(in_zone(at).date(), rules().decide_within_working_days)
    return decide(connection, REQUEST, scheme, unit.code, value=deadline.isoformat(), reason=reason, by=by, at=at)


def decide_review(
    connection: Connection,
    scheme: Scheme,
    period: Period,
    unit_code: str,
    granted: bool,
    reason: str,
    by: str,
    at: dt.datetime,
) -> str:
    """Answer the unit's waiting request; the decision's id. The same answer again changes nothing.

    Raises UserError, all at once: unknown unit, no reason, no name, no request that waits, decided already otherwise.
    """
    found = unit_in_period(connection, scheme, unit_code)
    unit = known(found, common_problems(found, unit_code, scheme, reason, by, at) + _period_problems(scheme, period))
    kind = GRANTED if granted else REFUSED
    waiting = _open_request(connection, scheme, unit.code)
    if waiting is None:
        answered = decisions_of(connection, scheme, unit.code, (GRANTED, REFUSED))
        if not answered:
            refuse([f"{unit.name}没有申请复核{scheme.period.name}的结果：请先登记申请。"])
        if answered[-1]["kind"] != kind:
            refuse(
                [
                    f"{unit.name}的复核申请已由 {answered[-1]['decided_by']} 于{day(answered[-1]['decided_at'])}决定，"
                    "不能改变：如有新的情况，请另行登记申请。"
                ]
            )
        return str(answered[-1]["id"])
    return decide(connection, kind, scheme, unit.code, field=waiting["id"], reason=reason, by=by, at=at)


def review_state(
    connection: Connection, scheme: Scheme, period: Period, at: dt.datetime, unit_code: str = ""
) -> list[ReviewState]:
    """Every request of the period (of one unit), oldest first, with decision and effect as they stand at `at`."""
    rows = sql.fetch(connection, "scoring/select_of_period", scheme=scheme.scheme, period=str(period))
    rows = [row for row in rows if row["decided_at"] <= at and unit_code in ("", row["unit_code"])]
    answers = {row["field"]: row for row in rows if row["kind"] in (GRANTED, REFUSED)}
    return [_state(connection, row, answers.get(row["id"]), at) for row in rows if row["kind"] == REQUEST]


def may_change(connection: Connection, scheme: Scheme, unit_code: str, street_code: str) -> bool:
    """Whether the unit's record is open to corrections: nothing signed off, or a review granted since."""
    signed = sign_off(connection, scheme, street_code)
    if signed is None:
        return True
    return any(row["sequence"] > signed["sequence"] for row in decisions_of(connection, scheme, unit_code, (GRANTED,)))


def _period_problems(scheme: Scheme, period: Period) -> list[str]:
    if scheme.scored(period) == scheme.period:
        return []
    return [f"考评方案是{scheme.period.name}的，申请写的是{period.name}：请核对期间。"]


def _open_request(connection: Connection, scheme: Scheme, unit_code: str) -> sql.Row | None:
    rows = decisions_of(connection, scheme, unit_code, (REQUEST, GRANTED, REFUSED))
    answered = {row["field"] for row in rows if row["kind"] != REQUEST}
    return next((row for row in reversed(rows) if row["kind"] == REQUEST and row["id"] not in answered), None)


def _state(connection: Connection, request: sql.Row, answer: sql.Row | None, at: dt.datetime) -> ReviewState:
    words = rules().words
    deadline = dt.date.fromisoformat(request["value"])
    if answer is not None:
        state = words["granted" if answer["kind"] == GRANTED else "refused"]
    else:
        state = words["overdue" if at > end_of(deadline) else "pending"]
    effect = sql.fetch_one(connection, "scoring/select_review_effect", decision_id=answer["id"]) if answer else None
    effect = effect or {}
    return ReviewState(
        request["id"], request["unit_code"], request["reason"], request["decided_by"], request["decided_at"], deadline,
        state, answer["decided_by"] if answer else "", answer["decided_at"] if answer else None,
        answer["reason"] if answer else "", effect.get("assessment_id") or "", effect.get("old_total") or "",
        effect.get("new_total") or "",
    )  # fmt: skip


class _Rules(Part):
    """reviews.yaml, which says what each is."""

    decide_within_working_days: int
    words: dict[str, str]


@functools.cache
def rules() -> _Rules:
    return _Rules(**read_yaml(Path(__file__).with_name("reviews.yaml")))
