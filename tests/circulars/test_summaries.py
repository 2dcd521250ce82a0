"""Who signs sees in the mail and in the question what is to be signed, without opening the draft, and without a link."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, select

from include.circulars.draft import draft
from include.db import tables
from include.documents.finding import get_circular
from include.documents.summary import facts_of
from include.documents.waiting import ask
from include.letters.letters import joint_meeting, rectification
from include.period import add_working_days, chinese_date, parse_moment
from include.signing.issue import issue
from tests.notices.people import render_letter
from tests.street import ISSUE_DATE, OCTOBER, STREET, assess_street, open_street

AT = parse_moment("2026-08-20T10:00:00", "test")


def model_of(connection: Connection, circular_id: str) -> Any:
    return json.loads(get_circular(connection, circular_id)["model"])


def test_the_mail_about_a_circular_counts_communities_grades_and_problems(connection: Connection) -> None:
    circular_id = draft(connection, assess_street(connection, units=6), AT)
    ask(connection, circular_id, AT)
    notice = tables.notice
    waiting = select(notice.c.payload).where(notice.c.kind == "approval_waiting")
    payload = json.loads(connection.execute(waiting).scalar_one())
    model, facts = model_of(connection, circular_id), dict(payload["facts"])
    assert facts["社区"] == "6个，其中5个有得分"
    assert facts["等次"] == "，".join(f"{one['grade']}{one['count']}个" for one in model["grades"])
    assert facts["未报"].startswith("1个：永安")
    assert facts["存在问题"].startswith(f"{len(model['items'])}项，涉及")
    letter = render_letter([("approval_waiting", payload)])
    assert all(words in letter.text and words in letter.html for words in facts.values())
    assert "http" not in letter.text + letter.html
    assert "href" not in letter.html


def test_of_a_correction_it_says_which_communities_changed_and_how(connection: Connection) -> None:
    first = draft(connection, assess_street(connection, units=6), AT)
    number = issue(connection, first, "张主任", AT, ISSUE_DATE)
    model = model_of(connection, draft(connection, assess_street(connection, units=6, revision=2, lift=3), AT))
    facts = dict(facts_of(model, ISSUE_DATE))
    assert number in facts["更正"]
    changed = [change for change in model["changes"] if not change["is_rank_only"]]
    assert changed
    for change in changed:
        old, new = change["before"]["total"], change["after"]["total"]
        assert old == new or f"总分{old}→{new}" in facts[change["unit"]]
        assert all(problem in facts[change["unit"]] for problem in change["problems_gone"] + change["problems_come"])
    assert "社区" not in facts


def test_of_a_letter_it_names_the_community_its_items_and_the_day_by_which_to_answer(connection: Connection) -> None:
    unit = open_street(connection)
    model = rectification(connection, unit, OCTOBER)
    facts = dict(facts_of(model, OCTOBER))
    assert facts["主送"] == unit.name
    assert facts["事项"].startswith(f"{len(model['items'])}项")
    assert all(item["problem"] in facts[item["indicator"]] for item in model["items"])
    assert facts["答复期限"].endswith(chinese_date(add_working_days(OCTOBER, 10)))


def test_of_a_meeting_it_says_when_where_and_about_what(connection: Connection) -> None:
    open_street(connection)
    model = joint_meeting(
        connection,
        STREET,
        OCTOBER,
        meeting="联席会议",
        place="三楼会议室",
        meeting_at=parse_moment("2026-10-28T09:30:00", "test"),
    )
    facts = facts_of(model, OCTOBER)
    assert ("会议", "联席会议：2026年10月28日（星期三）9时30分，三楼会议室") in facts
    assert any(words.startswith(f"{model['agenda'][0]['problem']}：") for _, words in facts)
