"""The letter that calls a meeting of a series: drafted in due time, and put to the committee as any letter."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Connection

from include.db import sql
from include.events.record import events_in
from include.keys import LetterKey
from include.letters.letters import JOINT_MEETING, draft_letter, joint_meeting
from include.letters.meeting_figures import figures_for_meeting
from include.outbox.notice import Notice
from include.outbox.outbox import notify
from include.outbox.words import OpsAlert
from include.period import add_working_days, chinese_date, in_zone, start_of
from include.registry.offices import office_on
from include.registry.units import is_county
from include.schemes.model import Scheme
from include.schemes.series import ANNOUNCED, PLANNED, Series


def draft_meetings(connection: Connection, scheme: Scheme, scope_code: str, at: dt.datetime) -> list[str]:
    """The letters of the meetings in a street that are called today, or should have been called already; their ids. One that was
    drafted once, whatever became of it, is not drafted again."""
    drafted = []
    for series in (one for one in scheme.own_series if one.letter is not None):
        for event in events_in(connection, scheme, series, scope_code):
            day, street_code = event["planned_date"], event["unit_code"]
            if day is None or event["state"] not in (PLANNED, ANNOUNCED) or is_county(street_code):
                continue
            if (letter := _letter(connection, scheme, series, street_code, day, at)) is not None:
                drafted.append(letter)
    return drafted


def tell_unsigned(connection: Connection, scheme: Scheme, scope_code: str, at: dt.datetime) -> None:
    """Ops hear, once, of a meeting whose day has come while its letter still waits: nobody was called, and no machine calls them."""
    today = in_zone(at).date()
    for series in (one for one in scheme.own_series if one.letter is not None):
        for event in events_in(connection, scheme, series, scope_code):
            day, street_code = event["planned_date"], event["unit_code"]
            if day is None or day > today or event["state"] not in (PLANNED, ANNOUNCED) or is_county(street_code):
                continue
            drafts = sql.fetch(
                connection, "letters/select_letter_drafts", kind=JOINT_MEETING, street_code=street_code, unit_code=None
            )
            meeting = _name(series, scheme)
            for draft in (one for one in drafts if LetterKey.parse(one["id"]).topic == meeting):
                notify(
                    connection,
                    Notice(
                        "ops_alert",
                        subject=f"{draft['id']}/到期未签发",
                        stage=day.isoformat(),
                        scheme=scheme.scheme,
                        period=str(scheme.period),
                        due_at=at,
                        office=office_on(connection, street_code, today),
                        words=OpsAlert(
                            {
                                "title": f"{meeting}的通知到开会那天还没有签发",
                                "lines": [
                                    f"排定 {chinese_date(day)}，公文编号 {draft['id']}，还在等党工委签发，各单位没有收到通知。"
                                ],
                                "what_now": "请与党工委商定日期：改期或取消的，办理 act_event；照常开会的，请另行通知，会后报会议纪要表。",
                            }
                        ),
                    ),
                )


def _name(series: Series, scheme: Scheme) -> str:
    assert series.letter is not None
    return series.letter.meeting.format(period=scheme.period.name)


def _letter(
    connection: Connection, scheme: Scheme, series: Series, street_code: str, day: dt.date, at: dt.datetime
) -> str | None:
    said = series.letter
    assert said is not None
    today = in_zone(at).date()
    if not add_working_days(day, -said.working_days_before) <= today < day:
        return None
    meeting = _name(series, scheme)
    prefix = LetterKey(JOINT_MEETING, street_code, meeting, 1).series
    known = sql.fetch_one(
        connection, "letters/count_letters", prefix=prefix, prefix_length=len(prefix), code=street_code
    ) or {"letters": 0}
    if known["letters"]:
        return None
    hour, _, minute = said.time.partition(":")
    model = joint_meeting(
        connection, street_code, today, meeting=meeting, place=said.place, drafted_at=at, first_of=scheme.scheme,
        meeting_at=start_of(day).replace(hour=int(hour), minute=int(minute)),
    )  # fmt: skip
    if figures := figures_for_meeting(connection, said.figures, street_code, today, at):
        model["figures"] = figures
    return draft_letter(connection, JOINT_MEETING, model, at)[0]
