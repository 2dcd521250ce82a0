"""Whether anything came for what was scored: of a period for which nothing arrived nobody is told that all are 未报."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Connection

from include.db import sql
from include.keys import AssessmentKey
from include.outbox.notice import Notice
from include.outbox.outbox import notify
from include.outbox.words import OpsAlert
from include.period import Period
from include.registry.offices import office_on
from include.schemes.loader import load_scheme
from include.schemes.model import Scheme
from include.scoring.finding import assessment_of, newest_assessments
from include.scoring.inputs import MISSING, UNRATED


def nothing_arrived(connection: Connection, assessment_id: str) -> bool:
    """Whether no unit had handed in anything when it was assessed, nothing accepted and nothing returned.

    Of a year of two halves: whether that is so of one of them, and no unit therefore has a result of the year; of what is
    otherwise made of results of its own: whether that is so of all.
    """
    key = {"assessment_id": assessment_id}
    found = assessment_of(connection, assessment_id)
    if found is None or sql.fetch(connection, "scoring/select_reporting", **key, missing=MISSING, unrated=UNRATED):
        return False
    scheme = load_scheme(found["scheme"], Period.parse(found["period"]))
    periods = scheme.made_of or [scheme.period]
    silent = [not sql.fetch(connection, "scoring/select_arrived", **key, period=str(one)) for one in periods]
    return any(silent) if scheme.parts else all(silent)


def nothing_arrived_sentence(connection: Connection, assessment_id: str) -> str:
    """What is said of such an assessment, without a full stop."""
    found = assessment_of(connection, assessment_id)
    assert found is not None
    period = Period.parse(found["period"])
    street = office_on(connection, found["street_code"], period.end_date).street
    is_checkpoint = load_scheme(found["scheme"], period).is_checkpoint
    return f"{street}{period.name}没有收到任何材料{'' if is_checkpoint else '，不起草通报'}"


def silent_streets(connection: Connection, scheme: Scheme, streets: list[str]) -> list[str]:
    """That sentence for each street (empty: every one) for whose newest result nothing had arrived; none for what is made of results."""
    if scheme.is_of_results:
        return []
    newest = newest_assessments(connection, scheme.scheme, str(scheme.period))
    return [
        nothing_arrived_sentence(connection, row["id"])
        for row in newest
        if (not streets or row["street_code"] in streets) and nothing_arrived(connection, row["id"])
    ]


def tell_nothing_arrived(connection: Connection, assessment_id: str, at: dt.datetime) -> str:
    """The sentence; where units were asked, ops are told too, for then what was sent is likely to lie somewhere."""
    said = nothing_arrived_sentence(connection, assessment_id)
    key = AssessmentKey.parse(assessment_id)
    period = Period.parse(key.period)
    asked = sql.fetch_one(
        connection,
        "scoring/count_asked",
        assessment_id=assessment_id,
        scheme=key.scheme,
        period=key.period,
    )
    if asked is not None and asked["units"]:
        is_checkpoint = load_scheme(key.scheme, period).is_checkpoint
        lines = [
            f"已向 {asked['units']} 个单位发出填报表，一份也没有收到：很可能是收件出了故障，请先查邮箱、收件夹和 receive 流程的日志。",
            "各单位暂记未报，没有起草通报，没有通知社区。查明后请补收材料，再运行 close_period，有了材料即照常起草。",
            "补收时已过收件期限的，须先办理复核（act_request_review、act_decide_review）。",
        ]
        notify(
            connection,
            Notice(
                "ops_alert",
                subject=assessment_id,
                stage="没有收到材料",
                scheme=key.scheme,
                period=key.period,
                due_at=at,
                office=office_on(connection, key.street_code, period.end_date),
                words=OpsAlert({"title": said, "lines": lines[:1] if is_checkpoint else lines}),
            ),
        )
    return said
