"""Acts of people: checked all at once in Chinese, recorded once, refused after sign-off unless a review was granted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, select

from include.acts.documents import withdraw_circular
from include.acts.results import correct_figure, grant_extension
from include.db import tables
from include.db.engine import transaction
from include.errors import UserError
from include.intake.receive import drain
from include.period import parse_moment, standing_at
from include.scoring.assess import assess
from include.scoring.restatement import restatement
from include.scoring.reviews import decide_review, request_review, review_state
from include.steps import approvals, closing
from tests.intake.receive_street import FIRST, PERIOD, SECOND, STREET, deliveries, drop, prepare, scheme_of, workbook
from tests.signing import signs

SCHEME = scheme_of()


def at(text: str) -> dt.datetime:
    return parse_moment(text, "test")


AUGUST = at("2026-08-05T09:00:00")


@pytest.fixture
def record(database: Engine, world: Path) -> Iterator[Connection]:
    """One transaction on a street of two communities."""
    prepare(world)
    with database.connect() as connection:
        yield connection
        connection.rollback()


def _decisions(connection: Connection) -> list[tuple[str, str, str, str, str]]:
    table = tables.decision
    columns = (table.c.kind, table.c.unit_code, table.c.field, table.c.value, table.c.decided_by)
    return [tuple(row) for row in connection.execute(select(*columns).order_by(table.c.decided_at, table.c.id))]


def _sign_off(connection: Connection, moment: str) -> None:
    """A circular as issued, without its documents."""
    connection.execute(
        tables.assessment.insert().values(
            id="a", scheme="half_year", scheme_version="2026", period="2026H1", street_code=STREET, revision=1,
            input_hash="a", is_official=True, assessed_at=at(moment),
        )
    )  # fmt: skip
    connection.execute(
        tables.circular.insert().values(
            id="a/通报", assessment_id="a", kind="通报", state="issued", model_hash="m", model="{}", document_number="1",
            approved_by="王", approved_at=at(moment),
        )
    )  # fmt: skip


def test_an_extension_is_recorded_once_with_who_and_why(record: Connection) -> None:
    due = dt.date(2026, 7, 24)
    first = grant_extension(record, SCHEME, FIRST.code, due, "水灾", "张三", AUGUST)
    assert grant_extension(record, SCHEME, FIRST.code, due, "水灾", "张三", at("2026-08-05T09:05:00")) == first
    assert _decisions(record) == [("extension", FIRST.code, "", "2026-07-24", "张三")]


def test_everything_wrong_with_an_extension_is_said_at_once(record: Connection) -> None:
    with pytest.raises(UserError) as error:
        grant_extension(record, SCHEME, "123", dt.date(2026, 7, 20), " ", "", AUGUST)
    assert error.value.problems == [
        "登记册里没有编码为“123”、2026年上半年末在册的单位：请核对单位编码。",
        "没有写明理由：请写明依据或原因。",
        "没有写明经办人：请以本人账号登录后办理。",
        "新的截止日期应晚于原定的2026年7月20日，现为2026年7月20日。",
    ]
    assert _decisions(record) == []


def test_an_extension_beyond_the_circular_is_refused(record: Connection) -> None:
    with pytest.raises(UserError, match="新的截止日期2026年8月21日晚于通报日期2026年8月20日"):
        grant_extension(record, SCHEME, FIRST.code, dt.date(2026, 8, 21), "水灾", "张三", AUGUST)


def test_an_extension_is_not_taken_back_to_a_day_that_has_passed(record: Connection) -> None:
    grant_extension(record, SCHEME, FIRST.code, dt.date(2026, 8, 10), "水灾", "张三", at("2026-07-20T09:00:00"))
    with pytest.raises(UserError, match="已同意延期至2026年8月10日，不能改为已经过去的2026年7月24日"):
        grant_extension(record, SCHEME, FIRST.code, dt.date(2026, 7, 24), "改早", "张三", AUGUST)
    grant_extension(record, SCHEME, FIRST.code, dt.date(2026, 8, 6), "填错", "张三", AUGUST)
    assert [row[3] for row in _decisions(record)] == ["2026-08-10", "2026-08-06"]


@pytest.mark.parametrize(
    ("reason", "problem"),
    [
        ("\u200b \n", "没有写明理由"),
        ("——。", "没有写明理由"),
        ("无", "没有写明理由"),
        ("水灾\x1b[31m", "看不见的控制字符"),
    ],
)
def test_a_reason_that_says_nothing_or_cannot_be_printed_is_refused(
    record: Connection, reason: str, problem: str
) -> None:
    with pytest.raises(UserError, match=problem):
        grant_extension(record, SCHEME, FIRST.code, dt.date(2026, 7, 24), reason, "张三", AUGUST)


def test_an_act_on_a_period_that_has_not_begun_is_refused(record: Connection) -> None:
    due = scheme_of("2027H1").dates.due_date + dt.timedelta(days=3)
    with pytest.raises(UserError, match="2027年上半年还没有开始：请核对期间"):
        grant_extension(record, scheme_of("2027H1"), FIRST.code, due, "水灾", "张三", AUGUST)


def test_a_correction_to_what_stands_already_is_refused(record: Connection) -> None:
    correct_figure(record, SCHEME, FIRST.code, "支委会次数", "3", "记录本", "李四", AUGUST)
    with pytest.raises(UserError, match="“支委会次数”已经更正为“3”，没有变化"):
        correct_figure(record, SCHEME, FIRST.code, "支委会次数", "03", "再核", "王五", at("2026-08-06T09:00:00"))


def test_a_correction_to_what_was_reported_is_refused(
    world: Path, database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare(world)
    monkeypatch.setenv("DUBAN_RECEIVED", "mtime")
    drop(world, "杏花.xlsx", workbook(FIRST, party_lectures="1"), "2026-07-15T09:00:00")
    drain()
    with transaction() as connection, pytest.raises(UserError, match="“党课次数”填报的就是“1”，没有变化"):
        correct_figure(connection, SCHEME, FIRST.code, "党课次数", "1", "记录本", "李四", AUGUST)


@pytest.mark.parametrize("field", ["支委会次数", "branch_committees", " 支委会次数 "])
def test_a_figure_is_named_by_its_label_or_its_key(record: Connection, field: str) -> None:
    correct_figure(record, SCHEME, FIRST.code, field, "03", "记录本", "李四", AUGUST)
    assert _decisions(record) == [("correction", FIRST.code, "branch_committees", "3", "李四")]


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("支委会次数", "三次", "“支委会次数”的核实数“三次”应为不小于 0 的整数，不带单位。"),
        ("支委会次数", "-1", "应为不小于 0 的整数"),
        ("应缴党费", "1.005", "最多两位小数"),
        ("应缴党费", "NaN", "最多两位小数"),
        ("应缴党费", "1e999999", "最多两位小数"),
        ("有研究记录", "有", "应为是、否之一"),
        ("责任书", "是", "应为有、无、不适用之一"),
        ("不存在的项", "1", "填报表里没有“不存在的项”这一项"),
        ("事项", "抗洪", "“事项”不止一项"),
        ("支委会次数", "", "没有更正过，没有可以撤销的"),
    ],
)
def test_a_figure_that_the_cell_cannot_hold_is_refused(
    record: Connection, field: str, value: str, problem: str
) -> None:
    with pytest.raises(UserError, match=problem):
        correct_figure(record, SCHEME, FIRST.code, field, value, "记录本", "李四", AUGUST)
    assert _decisions(record) == []


def test_yuan_are_kept_without_trailing_zeros_and_a_correction_can_be_taken_back(record: Connection) -> None:
    correct_figure(record, SCHEME, FIRST.code, "应缴党费(元)", "1500.50", "台账", "李四", AUGUST)
    correct_figure(record, SCHEME, FIRST.code, "应缴党费", "", "核对有误", "李四", at("2026-08-06T09:00:00"))
    assert [row[3] for row in _decisions(record)] == ["1500.5", ""]


def test_after_sign_off_nothing_is_changed_without_a_review(record: Connection) -> None:
    _sign_off(record, "2026-08-20T09:00:00")
    moment = at("2026-08-21T09:00:00")
    with pytest.raises(UserError, match="2026年上半年的考评结果已定稿：请先为杏花社区申请复核"):
        correct_figure(record, SCHEME, FIRST.code, "支委会次数", "3", "记录本", "李四", moment)
    with pytest.raises(UserError, match="已定稿，不能再延期") as error:
        grant_extension(record, SCHEME, FIRST.code, dt.date(2027, 7, 24), "水灾", "张三", moment)
    assert len(error.value.problems) == 1, "another date would not help, so nothing is said of it"
    request_review(record, SCHEME, PERIOD, FIRST.code, "少计一次", "社区", moment)
    decide_review(record, SCHEME, PERIOD, FIRST.code, True, "属实", "王书记", at("2026-08-24T09:00:00"))
    correct_figure(record, SCHEME, FIRST.code, "支委会次数", "3", "记录本", "李四", at("2026-08-25T09:00:00"))
    with pytest.raises(UserError, match="已定稿：请先为柳堤社区申请复核"):
        correct_figure(record, SCHEME, SECOND.code, "支委会次数", "3", "记录本", "李四", at("2026-08-25T09:00:00"))


def test_a_review_is_asked_for_once_and_its_deadline_counts_working_days(record: Connection) -> None:
    _sign_off(record, "2026-08-20T09:00:00")
    first = request_review(record, SCHEME, PERIOD, FIRST.code, "少计一次", "社区", at("2026-08-21T09:00:00"))
    assert request_review(record, SCHEME, PERIOD, FIRST.code, "再催", "社区", at("2026-08-22T09:00:00")) == first
    (state,) = review_state(record, SCHEME, PERIOD, at("2026-09-04T23:59:59"))
    assert (state.state, state.deadline) == ("待决定", dt.date(2026, 9, 4))
    (state,) = review_state(record, SCHEME, PERIOD, at("2026-09-05T00:00:00"))
    assert state.state == "逾期未决定"


def test_a_review_before_sign_off_is_not_needed(record: Connection) -> None:
    with pytest.raises(UserError, match="还没有定稿，不需要申请复核"):
        request_review(record, SCHEME, PERIOD, FIRST.code, "少计一次", "社区", AUGUST)


def test_a_review_that_nobody_asked_for_cannot_be_decided(record: Connection) -> None:
    with pytest.raises(UserError, match="杏花社区没有申请复核2026年上半年的结果"):
        decide_review(record, SCHEME, PERIOD, FIRST.code, True, "属实", "王书记", AUGUST)


def test_a_decided_review_stays_as_it_was_decided(record: Connection) -> None:
    _sign_off(record, "2026-08-20T09:00:00")
    request_review(record, SCHEME, PERIOD, FIRST.code, "少计一次", "社区", at("2026-08-21T09:00:00"))
    refused = decide_review(record, SCHEME, PERIOD, FIRST.code, False, "不属实", "王书记", at("2026-08-24T09:00:00"))
    again = decide_review(record, SCHEME, PERIOD, FIRST.code, False, "不属实", "王书记", at("2026-08-25T09:00:00"))
    assert again == refused
    with pytest.raises(UserError, match="复核申请已由 王书记 于2026年8月24日决定，不能改变"):
        decide_review(record, SCHEME, PERIOD, FIRST.code, True, "属实", "王书记", at("2026-08-26T09:00:00"))
    (state,) = review_state(record, SCHEME, PERIOD, at("2026-08-26T09:00:00"))
    assert (state.state, state.assessment_id) == ("不同意", "")
    assert [s.state for s in review_state(record, SCHEME, PERIOD, at("2026-08-22T00:00:00"))] == ["待决定"]


def test_acts_on_a_year_are_refused(record: Connection) -> None:
    with pytest.raises(UserError, match="2026年度由两个半年合成，没有填报数据"):
        correct_figure(record, scheme_of("2026"), FIRST.code, "支委会次数", "3", "记录本", "李四", AUGUST)


def test_a_granted_review_admits_the_archived_hand_in_into_the_next_revision(
    database: Engine, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare(world)
    monkeypatch.setenv("DUBAN_RECEIVED", "mtime")
    drop(world, "杏花.xlsx", workbook(FIRST), "2026-07-15T09:00:00")
    drop(world, "柳堤.xlsx", workbook(SECOND, party_lectures="1"), "2026-07-16T09:00:00")
    drain()
    monkeypatch.setenv("DUBAN_NOW", "2026-08-16T08:00:00")
    (assessment_id,) = closing.close_streets("half_year", "2026H1", [STREET], "test")
    monkeypatch.setenv("DUBAN_NOW", "2026-08-20T09:00:00")
    circular_id = approvals.draft_circular(assessment_id)
    signs(circular_id)
    drop(world, "柳堤更正.xlsx", workbook(SECOND, party_lectures="2"), "2026-08-22T09:00:00")
    drain()
    assert "已定稿" in str(deliveries()[-1]["message"])
    with transaction() as connection:
        request_review(connection, SCHEME, PERIOD, SECOND.code, "党课少计一次", "柳堤社区", at("2026-08-22T10:00:00"))
        decide_review(connection, SCHEME, PERIOD, SECOND.code, True, "记录本属实", "王书记", at("2026-08-24T10:00:00"))
    assert drain().accepted == [("half_year", "2026H1", STREET)]
    with transaction() as connection:
        with standing_at(at("2026-08-25T09:00:00")):
            second = assess(connection, SCHEME, STREET, at("2026-08-25T09:00:00"), "test")
        assert (second.revision, second.is_new) == (2, True)
        (state,) = review_state(connection, SCHEME, PERIOD, at("2026-08-25T10:00:00"), SECOND.code)
        causes = [row.field for row in restatement(connection, second.id) if row.kind == "cause"]
    assert causes == ["review", "hand_in/main"]
    assert (state.state, state.assessment_id) == ("同意", second.id)
    assert float(state.new_total) > float(state.old_total)
    with transaction() as connection, pytest.raises(UserError) as error:
        withdraw_circular(connection, circular_id, "", "", at("2026-08-26T09:00:00"))
    assert len(error.value.problems) == 2
    with transaction() as connection:
        withdraw_circular(connection, circular_id, "文号有误", "王书记", at("2026-08-26T09:00:00"))
