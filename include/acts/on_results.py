"""What a person may do to a unit's period: extend it, correct a figure, ask for a review, decide one."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from include.acts.act import Act, Answers, Field
from include.acts.fields import PERIOD, SYSTEM, UNIT, choice, reason
from include.keys import StreetKey
from include.period import Period

if TYPE_CHECKING:
    from include.schemes.model import Scheme

_GRANTED = "同意"


def _extend(connection: Connection, answers: Answers, by: str, at: dt.datetime) -> str:
    from include.acts.results import grant_extension

    scheme, code = _meant(connection, answers)
    due_date = dt.date.fromisoformat(answers["due_date"])
    grant_extension(connection, scheme, code, due_date, answers["reason"], by, at)
    return _street_key(connection, scheme, code)


def _correct(connection: Connection, answers: Answers, by: str, at: dt.datetime) -> str:
    from include.acts.offered import meant
    from include.acts.results import correct_figure

    field = meant(answers["field"], answers["scheme"])
    scheme, code = _meant(connection, answers)
    correct_figure(connection, scheme, code, field, answers["value"] or "", answers["reason"], by, at)
    return _street_key(connection, scheme, code)


def _request(connection: Connection, answers: Answers, by: str, at: dt.datetime) -> str:
    from include.scoring.reviews import request_review

    scheme, code = _meant(connection, answers)
    request_review(connection, scheme, scheme.period, code, answers["reason"], by, at)
    return _street_key(connection, scheme, code)


def _decide(connection: Connection, answers: Answers, by: str, at: dt.datetime) -> str:
    from include.scoring.reviews import decide_review

    scheme, code = _meant(connection, answers)
    is_granted = answers["decision"] == _GRANTED
    decide_review(connection, scheme, scheme.period, code, is_granted, answers["reason"], by, at)
    return _street_key(connection, scheme, code)


def _meant(connection: Connection, answers: Answers) -> tuple[Scheme, str]:
    """The scheme in which an act on that period counts (2026Q2 is 2026H1), and the unit's code as of its last day."""
    from include.registry.units import code_of
    from include.schemes.loader import load_scheme

    scheme = load_scheme(answers["scheme"], Period.parse(answers["period"]))
    return scheme, code_of(connection, answers["unit_code"], scheme.period.end_date)


def _street_key(connection: Connection, scheme: Scheme, unit_code: str) -> str:
    """What is to be scored anew: scheme, period, and the street that the unit is in."""
    from include.decisions import known, unit_in_period

    unit = known(unit_in_period(connection, scheme, unit_code), [])
    return str(StreetKey(scheme.scheme, str(scheme.period), unit.street_code))


ACTS = (
    Act(
        "grant_extension", "办 延期 act_grant_extension",
        "同意一个单位延期报送：写明新的截止日期（当日 24 时止）和理由。定稿之后不能再延期。",
        (
            PERIOD, UNIT,
            Field("due_date", "新的截止日期", "date", "应晚于原定截止日期，当日 24 时止。"),
            reason(), SYSTEM,
        ),
        _extend, wakes="submissions",
    ),
    Act(
        "correct_figure", "办 更正数据 act_correct_figure",
        "把核实的数记在填报数旁边，考评用核实的数；“核实数”留空即撤销以前的更正。定稿之后须先同意复核；已经正式考评的期间会自动重新考评，成为下一稿。",
        (
            PERIOD, UNIT,
            Field(
                "field", "填报项", "figure", "可从列表中选，或照填报表上的名称填写，例如 支委会次数。",
                shortest=1, longest=100,
            ),
            Field(
                "value", "核实数", "text", "只写数，不带单位，例如 6；是否类写 是 或 否。留空即撤销以前的更正。",
                required=False, longest=200,
            ),
            reason(), SYSTEM,
        ),
        _correct, wakes="submissions",
    ),
    Act(
        "request_review", "办 申请复核 act_request_review",
        "定稿之后，登记一个单位对考评结果的复核申请；答复期限从今天起按工作日计。",
        (PERIOD, UNIT, reason(), SYSTEM),
        _request,
    ),
    Act(
        "decide_review", "办 决定复核 act_decide_review",
        "同意或不同意复核申请。同意后，定稿后收到的材料重新受理，并自动重新考评，成为下一稿；公布过的内容有变动的，起草更正通报等党工委签发。",
        (
            PERIOD, UNIT,
            choice("decision", "决定", "决定后不能改变；有新的情况请另行申请。", _GRANTED, "不同意"),
            reason(), SYSTEM,
        ),
        _decide, wakes="inbox",
    ),
)  # fmt: skip
