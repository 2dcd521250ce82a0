"""For the office's report of the day: each street's newest results against earlier ones, what revisions changed, and reviews."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Connection

from include.db import sql
from include.decisions import day
from include.keys import AssessmentKey
from include.period import Period, chinese_date
from include.schemes.loader import find_scheme
from include.scoring.comparison import Comparison, compare
from include.scoring.reviews import review_state, reviewed_periods
from include.scoring.telling import restatement_lines


def comparison_rows(connection: Connection, at: dt.datetime) -> list[sql.Row]:
    """Each street's newest half year and year against the one before and the same one last year, unit by unit.

    The last column marks a unit whose two results come from different rules, and says which rules changed.
    """
    rows: list[sql.Row] = []
    for one in _newest(connection, at):
        period = Period.parse(one["period"])
        scheme = find_scheme(one["scheme"], period)
        if scheme is None:  # its file cannot be read; ops is told of that
            continue
        for comparison in compare(connection, scheme, one["street_code"], period):
            rows += _compared(scheme.name, one["street_code"], comparison)
    return rows


def restatement_rows(connection: Connection, at: dt.datetime) -> list[sql.Row]:
    """What the newest revision of each street's newest results changed, and why; nothing of first revisions."""
    return [
        {
            "期间": Period.parse(one["period"]).name,
            "街道": one["street_code"],
            "稿次": one["revision"],
            "变动和原因": line,
        }
        for one in _newest(connection, at)
        if one["revision"] > 1
        for line in restatement_lines(connection, str(AssessmentKey(**one)))
    ]


def review_rows(connection: Connection, at: dt.datetime) -> list[sql.Row]:
    """Every request for review: deadline, reason, decision and effect."""
    rows: list[sql.Row] = []
    for scheme_key, period in reviewed_periods(connection, at):
        scheme = find_scheme(scheme_key, period)
        if scheme is None:
            continue
        rows += [
            {
                "期间": period.name,
                "单位编码": state.unit_code,
                "申请人": state.requested_by,
                "申请日期": day(state.requested_at),
                "理由": state.reason,
                "答复期限": chinese_date(state.deadline),
                "状态": state.state,
                "决定人": state.decided_by,
                "决定日期": day(state.decided_at) if state.decided_at else "",
                "决定理由": state.decision_reason,
                "原总分": state.old_total,
                "新总分": state.new_total,
                "新一稿": state.assessment_id,
            }
            for state in review_state(connection, scheme, period, at)
        ]
    return rows


def _newest(connection: Connection, at: dt.datetime) -> list[sql.Row]:
    """Of each scheme and street the last half year and the last year."""
    newest: dict[tuple[str, str, str], sql.Row] = {}
    for row in sql.fetch(connection, "reports/select_official_periods", as_of_at=at):
        period = Period.parse(row["period"])
        key = (row["scheme"], row["street_code"], period.kind)
        if key not in newest or Period.parse(newest[key]["period"]) < period:
            newest[key] = row
    return list(newest.values())


def _compared(scheme: str, street_code: str, comparison: Comparison) -> list[sql.Row]:
    return [
        {
            "方案": scheme,
            "街道": street_code,
            "期间": comparison.period.name,
            "对比期间": comparison.earlier.name,
            "单位编码": unit.unit_code,
            "单位名称": unit.unit_name,
            "原总分": _shown(unit.old_total),
            "现总分": _shown(unit.new_total),
            "增减": _shown(unit.moved),
            "原名次": _shown(unit.old_rank),
            "现名次": _shown(unit.new_rank),
            "原等次": unit.old_grade or unit.old_status,
            "现等次": unit.new_grade or unit.new_status,
            "规则变动": comparison.mark if unit.is_new_rule else "",
        }
        for unit in comparison.units
    ]


def _shown(figure: object) -> str:
    return "" if figure is None else str(figure)
