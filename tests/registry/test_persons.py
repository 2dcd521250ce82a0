"""Who works for the offices: what the file of persons says on which day, and what it may not say."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from sqlalchemy import Engine

from include.acts import ACTS
from include.acts.act import perform
from include.db.engine import transaction
from include.errors import UserError
from include.registry.persons import deputies_on, holder_of, name_of, person_on, refusal, roles_of, signer, signers_of
from include.reports.views import decision_rows
from tests.acting import drafts
from tests.street import STREET, A, add_units

OTHER = "990000002"
DAY = dt.date(2026, 7, 1)
FILE = f"""
persons:
  - {{account: wang, name: 王强, roles: [committee], streets: ["{STREET}"], from: 2026-01-01, until: 2026-07-31, email: wang@street.example}}
  - {{account: liu, name: 刘明, roles: [viewer], streets: ["{STREET}"], from: 2026-01-01}}
  - {{account: zhao, name: 赵岚, roles: [committee], streets: ["{STREET}"], from: 2026-08-01}}
  - {{account: cheng, name: 程晚舟, roles: [ops, inspector], streets: ["{STREET}"], from: 2026-01-01}}
  - {{account: qian, name: 钱多, roles: [ops], streets: ["{OTHER}"], from: 2026-01-01}}
  - {{account: sun, name: 孙志, roles: [ops], streets: ["{STREET[:6]}"], from: 2026-01-01}}
deputies:
  - {{for: wang, by: liu, from: 2026-07-01, until: 2026-07-10}}
"""
ANYBODY = next(act for act in ACTS if act.name == "address")


@pytest.fixture
def persons(world: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = world / "persons.yaml"
    path.write_text(FILE, encoding="utf-8")
    monkeypatch.setenv("DUBAN_PERSONS", str(path))
    return path


def test_who_has_left_may_do_nothing_from_the_next_day_on_and_who_comes_nothing_before(persons: Path) -> None:
    last, next_day = dt.date(2026, 7, 31), dt.date(2026, 8, 1)
    assert roles_of("wang", last) == {"committee"} and not refusal("wang", last)
    assert roles_of("wang", next_day) == frozenset()
    assert "账号 wang（王强）的任期到2026-07-31为止" in refusal("wang", next_day)
    assert "任期从2026-08-01起，现在还不能办理" in refusal("zhao", last)
    assert signer("wang", STREET, last) == "王强" and signer("wang", STREET, next_day) is None
    assert signer("zhao", STREET, last) is None and signer("zhao", STREET, next_day) == "赵岚"
    assert person_on("wang", next_day) is None and name_of("wang", next_day) == "wang"


def test_a_deputy_signs_in_the_absence_under_both_names_and_not_after_it(persons: Path) -> None:
    assert signer("liu", STREET, DAY) == "刘明（代王强）"
    assert roles_of("liu", DAY) == {"viewer", "committee"}
    assert deputies_on(DAY) == [("刘明", "王强")]
    assert [one.account for one in signers_of(STREET, DAY)] == ["wang", "liu"]
    after = dt.date(2026, 7, 11)
    assert signer("liu", STREET, after) is None and roles_of("liu", after) == {"viewer"}


def test_a_shared_login_signs_only_where_no_person_is_named_to_sign(persons: Path) -> None:
    assert signer("committee", STREET, DAY) is None
    assert signer("committee", OTHER, DAY) == "", "under whatever name it writes"
    assert roles_of("committee", DAY) == {"committee"} and roles_of("admin", DAY) == {"ops"}
    assert signer("admin", OTHER, DAY) is None


def test_an_address_is_one_persons_alone_as_long_as_he_is_in_office(persons: Path) -> None:
    found = holder_of("WANG@street.example", DAY)
    assert found is not None and found.name == "王强"
    assert holder_of("wang@street.example", dt.date(2026, 8, 1)) is None and holder_of("", DAY) is None


def test_a_file_that_cannot_be_meant_is_refused_with_all_that_is_wrong(persons: Path) -> None:
    persons.write_text(
        """
persons:
  - {account: wang, name: 王强, roles: [committee], from: 2026-01-01, until: 2025-01-01}
  - {account: liu, name: 刘明, roles: [ops], streets: [云街], from: 2026-01-01, email: a@b.example}
  - {account: liu, name: 刘亮, roles: [ops], from: 2026-06-01}
  - {account: qian, name: 钱多, roles: [ops], from: 2026-01-01, email: A@b.example}
deputies:
  - {for: liu, by: nobody, from: 2026-01-01}
""",
        encoding="utf-8",
    )
    with pytest.raises(UserError) as refused:
        roles_of("wang", DAY)
    said = "".join(refused.value.problems)
    for words in (
        "早于 from",
        "“云街”不是街道或县的代码",
        "同一天有两个人（刘明、刘亮）",
        "同时写在 刘明 和 钱多 名下",
        "nobody 不在",
    ):
        assert words in said, words


def test_an_act_is_done_within_a_persons_streets_and_recorded_under_the_name(
    persons: Path, database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with transaction() as connection:
        add_units(connection, A)
    answers = {"act": "停用", "address": f"shuji{A[-1]}@example.org", "reason": "调离"}
    with pytest.raises(UserError, match=f"账号 qian 不分管 {STREET}"):
        perform(ANYBODY, answers, "qian")
    monkeypatch.setenv("DUBAN_NOW", "2026-08-01T09:00:00")
    with pytest.raises(UserError, match="账号 wang（王强）的任期到2026-07-31为止，现在不能办理"):
        perform(ANYBODY, answers, "wang")
    assert "程晚舟 停用了邮箱" in str(perform(ANYBODY, answers, "cheng"))
    assert "孙志 启用了邮箱" in str(perform(ANYBODY, answers | {"act": "启用"}, "sun")), "a county holds its streets"
    with transaction() as connection:
        rows = decision_rows(connection)
    assert {(row["decided_by"], row["account"]) for row in rows} == {("程晚舟", "cheng"), ("孙志", "sun")}


def test_what_is_for_all_streets_is_not_done_by_who_has_only_some(persons: Path, database: Engine) -> None:
    backfill = next(act for act in ACTS if act.name == "backfill")
    answers = {"scheme": "half_year", "first": "2025H1", "last": "2025H1", "what": "结账考评", "reason": "补算"}
    with pytest.raises(UserError, match="不限于一个街道"):
        perform(backfill, answers, "cheng")


def test_a_letter_says_who_had_it_drafted(persons: Path, database: Engine) -> None:
    with transaction() as connection:
        add_units(connection, A)
    meeting = {"meeting": "例会", "meeting_at": "2026-07-20T09:30:00+08:00", "place": "会议室"}
    with pytest.raises(UserError, match="不分管"):
        drafts("meeting_letter", "qian", street_code=STREET, **meeting)
    drafts("meeting_letter", "cheng", street_code=STREET, **meeting)
    with transaction() as connection:
        [row] = decision_rows(connection)
    assert (row["kind"], row["decided_by"], row["account"]) == ("drafting", "程晚舟", "cheng")
