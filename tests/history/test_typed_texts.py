"""Every text that a person gives to an act: what nobody sees, what turns the writing, and what is too long is refused."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine

from include.acts import ACTS
from include.acts.act import refuse_unreadable
from include.acts.documents import resubmit_circular, withdraw_circular
from include.acts.mails import settle_mail, switch_address
from include.acts.on_items import ACTS as ON_ITEMS
from include.acts.periods import backfill
from include.acts.results import correct_figure, grant_extension
from include.documents.questions import APPROVAL, REJECTION, Approval
from include.errors import UserError
from include.letters.letters import joint_meeting, rectification
from include.period import parse_moment
from include.registry.imports import import_register
from include.scoring.reviews import decide_review, request_review
from tests.intake.receive_street import FIRST, PERIOD, REGISTER, STREET, prepare, scheme_of

SCHEME, AT = scheme_of(), parse_moment("2026-08-05T09:00:00", "test")
DAY = dt.date(2026, 8, 5)
Act = Callable[[Connection, str], object]


def _answered(name: str, note: str, answer: str) -> None:
    problems = Approval("admin", name, note).problems(REJECTION if answer == "rejection" else APPROVAL)
    if problems:
        raise UserError(*problems)


def _import(connection: Connection, by: str) -> None:
    path = Path("registry.csv").resolve()
    path.write_text(REGISTER, encoding="utf-8")
    import_register(connection, path, DAY, by)


def _on_item(connection: Connection, reason: str) -> str | None:
    answers = {"act": "核验通过", "scheme": "half_year", "unit_code": FIRST.code, "indicator": "E1", "reason": reason}
    [act] = ON_ITEMS
    return act.record(connection, answers, "张三", AT)


# By form and field, as the form or the command calls it.
FIELDS: dict[tuple[str, str], Act] = {
    ("grant_extension", "reason"): lambda c, text: grant_extension(
        c, SCHEME, FIRST.code, dt.date(2026, 7, 24), text, "张三", AT
    ),
    ("correct_figure", "reason"): lambda c, text: correct_figure(
        c, SCHEME, FIRST.code, "党课次数", "3", text, "张三", AT
    ),
    ("correct_figure", "value"): lambda c, text: correct_figure(
        c, SCHEME, FIRST.code, "特色活动名称", text, "核实", "张三", AT
    ),
    ("request_review", "reason"): lambda c, text: request_review(c, SCHEME, PERIOD, FIRST.code, text, "张三", AT),
    ("decide_review", "reason"): lambda c, text: decide_review(c, SCHEME, PERIOD, FIRST.code, True, text, "张三", AT),
    ("withdraw_circular", "reason"): lambda c, text: withdraw_circular(c, "1号", text, "张三", AT),
    ("resubmit_circular", "reason"): lambda c, text: resubmit_circular(c, "", text, "张三", AT),
    ("item", "reason"): _on_item,
    ("mail", "reason"): lambda c, text: settle_mail(c, "a@x.cn", "未送达", text, "张三"),
    ("address", "reason"): lambda c, text: switch_address(c, "停用", FIRST.secretary_email, text, "张三"),
    ("rectification_letter", "note"): lambda c, text: rectification(c, FIRST, DAY, text),
    ("meeting_letter", "meeting"): lambda c, text: _meet(c, text, "会议室"),
    ("meeting_letter", "place"): lambda c, text: _meet(c, "例会", text),
    ("approve", "name"): lambda _, text: _answered(text, "", "approval"),
    ("approve", "note"): lambda _, text: _answered("", text, "approval"),
    ("send back", "note"): lambda _, text: _answered("", text, "rejection"),
    ("registry", "by"): _import,
    ("backfill", "reason"): lambda c, text: backfill(
        c, "half_year", "2026H1", "2026H1", "结账考评", text, "张三", parse_moment("2026-09-05T09:00:00", "test")
    ),
}
FIELDS |= {  # what no rule of its own holds for is held by every form's
    (act.name, field.name): lambda _, text, act=act, name=field.name: refuse_unreadable(act, {name: text})
    for act in ACTS
    for field in act.fields
    if field.kind in ("text", "remark", "reason") and (act.name, field.name) not in FIELDS
}
TYPED = {
    "a control character": "水灾\x07停电",
    "an escape of a terminal": "水灾\x1b[31m",
    "a nought": "水\x00灾",
    "a mark that turns the writing": "水灾\u202e电停",
    "an isolate": "\u2067水灾\u2069",
    "a mark of direction": "水灾\u200f",
    "half a character": "水灾\ud83d",
    "a sign of a private font": "水灾\ue000",
    "too many characters": "灾" * 501,
}


def _meet(connection: Connection, meeting: str, place: str) -> object:
    moment = parse_moment("2026-09-05T09:30:00", "test")
    return joint_meeting(connection, STREET, DAY, meeting=meeting, meeting_at=moment, place=place)


@pytest.fixture
def record(database: Engine, world: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connection]:
    """One transaction on a street of two communities."""
    monkeypatch.chdir(world)
    prepare(world)
    with database.connect() as connection:
        yield connection
        connection.rollback()


@pytest.mark.parametrize("field", FIELDS, ids=" ".join)
def test_no_act_takes_a_text_that_cannot_be_printed_as_it_was_meant(record: Connection, field: tuple[str, str]) -> None:
    for kind, typed in TYPED.items():
        with pytest.raises(UserError) as error:
            FIELDS[field](record, typed)
        words = ("有 501 字", "不是姓名") if kind == "too many characters" else ("看不见的", "不是姓名")
        assert any(word in problem for problem in error.value.problems for word in words), (kind, error.value.problems)


def test_a_reason_in_several_lines_is_a_reason(record: Connection) -> None:
    reason = "受灾停电三天。\n\t社区书面申请，8月4日 𠮷田 👍"
    assert grant_extension(record, SCHEME, FIRST.code, dt.date(2026, 7, 24), reason, "张三", AT)
