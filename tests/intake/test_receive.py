"""Receiving: what a hand-in becomes and what is answered, on each database, with real workbooks."""

import datetime as dt
import hashlib
import io
from pathlib import Path

import pytest

from include.archive import contents
from include.db import sql
from include.db.engine import transaction
from include.intake.receive import drain
from include.period import Period, parse_moment
from include.workbooks.inspection_form import write_inspection_form
from tests.intake.form_samples import book_of
from tests.intake.receive_street import (
    FIRST,
    PERIOD,
    SECOND,
    STREET,
    count,
    deliveries,
    drop,
    figures,
    notices,
    rows,
    scheme_of,
    statuses,
    stranger,
    workbook,
)


def decide(kind: str, value: str, decided: str, unit_code: str = FIRST.code) -> None:
    with transaction() as connection:
        sql.execute(
            connection, "decisions/insert_decision", id=hashlib.sha256(f"{kind}{value}{decided}".encode()).hexdigest(),
            kind=kind, scheme="half_year", period="2026H1", unit_code=unit_code, field="", value=value, reason="灾情",
            decided_by="王五", decided_at=parse_moment(decided, "test"), sha256=None, account="王五",
        )  # fmt: skip


def sign_off(approved: str) -> None:
    """A circular of the street's 2026H1 was issued at that time."""
    moment = parse_moment(approved, "test").astimezone(dt.UTC).isoformat(timespec="seconds")
    with transaction() as connection:
        connection.exec_driver_sql(
            "INSERT INTO assessment (id, scheme, scheme_version, period, street_code, revision, input_hash, is_official,"
            f" assessed_at) VALUES ('a', 'half_year', '2026', '2026H1', '{STREET}', 1, 'h', TRUE, '{moment}')"
        )
        connection.exec_driver_sql(
            "INSERT INTO circular (id, assessment_id, kind, state, model_hash, model, document_number, approved_by,"
            f" approved_at) VALUES ('a/通报', 'a', '通报', 'issued', '', '', '1', '李四', '{moment}')"
        )


def test_a_complete_form_is_accepted_and_gets_a_receipt_with_its_figures(street: Path) -> None:
    drop(street, "杏花.xlsx", workbook(party_lectures="3"), "2026-07-18T09:05:00")
    result = drain("run")
    assert (result.answered, result.accepted) == (1, [("half_year", "2026H1", STREET)])
    assert deliveries() == [
        {"name": "杏花.xlsx", "status": "accepted", "unit_code": FIRST.code, "version": 1, "message": "已受理（第1版）"}
    ]
    (receipt,) = notices("receipt")
    payload = receipt["payload"]
    assert receipt["recipient"] == "s1@x.cn"
    assert (payload["version"], payload["is_late"], payload["received_at"]) == (1, False, "2026-07-18T09:05:00+08:00")
    assert {"label": "党课次数", "value": "3"} in payload["figures"]
    assert {"label": "应缴党费（元）", "value": "100.00"} in payload["figures"]
    values = rows("SELECT value, source_cell FROM submission_value WHERE field = 'party_lectures'")
    assert values[0]["value"] == "3" and str(values[0]["source_cell"]).startswith("填报表!")
    assert not list((street / "inbox").rglob("*.xlsx")), "what is archived leaves the inbox"


def test_every_wrong_cell_is_named_in_one_answer_with_the_marked_workbook(street: Path) -> None:
    content = workbook(party_lectures="", vouchers="12张", members_over_60="4")
    drop(street, "杏花.xlsx", content, "2026-07-18T09:05:00")
    drain()
    (delivery,) = deliveries()
    message = str(delivery["message"])
    assert delivery["status"] == "returned" and message.startswith("退回：共 3 处问题：")
    assert "党课次数（填报表!" in message and "未填" in message and "“12张”" in message and "60岁以上" in message
    (returned,) = notices("returned")
    problems = returned["payload"]["problems"]
    assert [problem["field"] for problem in problems] == ["党课次数", "票据总数", "60岁以上党员数"]
    assert all(problem["sheet"] == "填报表" and problem["cell"] and problem["advice"] for problem in problems)
    (attachment,) = returned["attachments"]
    assert attachment["name"] == "退回_杏花.xlsx"
    assert rows("SELECT returned_sha256 FROM submission") == [{"returned_sha256": attachment["sha256"]}]
    book = book_of(contents.load(attachment["sha256"]))
    assert book["填报表"][problems[0]["cell"]].comment is not None
    assert count("finding") == 3


def test_a_doubtful_figure_is_accepted_with_a_note(street: Path) -> None:
    drop(street, "杏花.xlsx", workbook(finished_deeds="3"), "2026-07-18T09:05:00")
    drain()
    (delivery,) = deliveries()
    assert delivery["status"] == "accepted" and "请核对" in str(delivery["message"])
    assert "已办结实事件数超过年初承诺实事件数" in notices("receipt")[0]["payload"]["notes"][0]
    assert rows("SELECT check_code, severity FROM finding") == [{"check_code": "deeds_within", "severity": "warn"}]


def test_a_second_hand_in_is_version_two_and_shows_what_changed(street: Path) -> None:
    drop(street, "一.xlsx", workbook(party_lectures="1"), "2026-07-18T09:00:00")
    drop(street, "二.xlsx", workbook(party_lectures="3"), "2026-07-25T09:00:00")
    drain()
    assert [row["version"] for row in deliveries()] == [1, 2]
    second = notices("receipt")[1]["payload"]
    assert second["changes"] == [{"label": "党课次数", "old": "1", "new": "3"}]
    assert not second["is_late"], "lateness counts from the first version that was accepted"


def test_a_form_after_the_due_date_is_accepted_as_late(street: Path) -> None:
    drop(street, "准时.xlsx", workbook(FIRST), "2026-07-20T23:59:59")
    drop(street, "迟报.xlsx", workbook(SECOND), "2026-07-21T00:00:00")
    drain()
    assert [row["message"] for row in deliveries()] == ["已受理（第1版）", "已受理（第1版），迟报 1 天"]
    assert [notice["payload"]["days_late"] for notice in notices("receipt")] == [0, 1]


def test_the_same_bytes_again_are_answered_with_the_first_result(street: Path) -> None:
    drop(street, "一.xlsx", workbook(), "2026-07-18T09:00:00")
    drain()
    drop(street, "又一.xlsx", workbook(), "2026-07-19T09:00:00")
    drain()
    first, second = deliveries()
    assert (first["status"], second["status"]) == ("accepted", "duplicate")
    assert second["message"] == "与 2026年7月18日 09:00 收到的“一.xlsx”内容相同，已收到过，以首次结果（已受理）为准"
    assert count("submission") == 1 and len(notices("receipt")) == 1
    payload = notices("duplicate")[0]["payload"]
    assert (payload["first_received_at"], payload["status"]) == ("2026-07-18T09:00:00+08:00", "已受理（第1版）")


def test_the_same_bytes_twice_in_one_batch_are_one_submission(street: Path) -> None:
    drop(street, "a.xlsx", workbook(), "2026-07-18T09:00:00")
    drop(street, "b.xlsx", workbook(), "2026-07-18T09:00:00")
    drain()
    assert statuses() == {"a.xlsx": "accepted", "b.xlsx": "duplicate"}


def test_what_is_no_form_of_ours_is_refused_and_kept(street: Path) -> None:
    drop(street, "照片.xlsx", b"\xff\xd8\xff photo", "2026-07-18T09:00:00")
    drop(street, "坏的.xlsx", workbook()[:3000], "2026-07-18T09:00:01")
    result = drain()
    assert set(statuses().values()) == {"refused"} and result.accepted == []
    assert contents.load(hashlib.sha256(b"\xff\xd8\xff photo").hexdigest()) == b"\xff\xd8\xff photo"
    assert [notice["recipient"] for notice in notices("refused")] == ["ops@duban.invalid"] * 2
    drop(street, "照片2.xlsx", b"\xff\xd8\xff photo", "2026-07-19T09:00:00")
    drain()
    assert statuses()["照片2.xlsx"] == "duplicate"


def test_a_form_refused_for_the_name_of_its_file_is_taken_under_a_good_one(street: Path) -> None:
    drop(street, "杏花.pdf", workbook(), "2026-07-18T09:00:00")
    drop(street, "杏花.csv", workbook(), "2026-07-18T09:00:01")
    drop(street, "杏花.xlsx", workbook(), "2026-07-18T09:00:02")
    drop(street, "杏花2.xlsx", workbook(), "2026-07-18T09:00:03")
    drain()
    refused, also_refused, taken, again = deliveries()
    assert (refused["status"], also_refused["status"]) == ("refused", "refused")
    assert (taken["status"], taken["version"]) == ("accepted", 1)
    assert again["status"] == "duplicate" and "“杏花.xlsx”内容相同，已收到过，以首次结果（已受理）" in str(
        again["message"]
    )


def test_a_unit_that_the_register_does_not_know_is_told_so(street: Path) -> None:
    drop(street, "无名.xlsx", workbook(stranger()), "2026-07-18T09:00:00")
    drain()
    (delivery,) = deliveries()
    assert delivery["status"] == "returned" and "登记册中没有编码为 990000001999 的单位" in str(delivery["message"])
    assert count("submission") == 0


def test_a_unit_added_to_the_register_may_send_the_same_file_again(street: Path) -> None:
    drop(street, "无名.xlsx", workbook(stranger()), "2026-07-18T09:00:00")
    drain()
    with transaction() as connection:
        connection.exec_driver_sql(f"UPDATE unit SET code = '{stranger().code}' WHERE code = '{SECOND.code}'")
    drop(street, "无名.xlsx", workbook(stranger()), "2026-07-19T09:00:00")
    drain()
    assert [row["status"] for row in deliveries()] == ["returned", "accepted"]


def test_a_form_before_the_opening_is_told_the_dates_and_may_come_again(street: Path) -> None:
    content = workbook()
    drop(street, "早.xlsx", content, "2026-06-30T23:59:59")
    drain()
    (early,) = deliveries()
    assert early["status"] == "returned" and "2026年7月1日开放，2026年7月20日 24 时截止" in str(early["message"])
    drop(street, "早.xlsx", content, "2026-07-01T00:00:00")
    drain()
    assert [row["status"] for row in deliveries()] == ["returned", "accepted"]


def test_a_form_before_the_opening_has_its_wrong_cells_named_in_the_same_answer(street: Path) -> None:
    drop(street, "早.xlsx", workbook(party_lectures="三次"), "2026-06-30T23:59:59")
    drain()
    (returned,) = notices("returned")
    assert [problem["field"] for problem in returned["payload"]["problems"]] == ["填报期间", "党课次数"]
    assert count("submission") == 0, "nothing is handed in before the opening"


def test_the_windows_last_day_counts_to_its_last_second(street: Path) -> None:
    drop(street, "末.xlsx", workbook(FIRST), "2026-08-15T23:59:59")
    drop(street, "过.xlsx", workbook(SECOND), "2026-08-16T00:00:00")
    drain()
    assert statuses() == {"末.xlsx": "accepted", "过.xlsx": "returned"}
    assert "报送窗口已结束" in str(deliveries()[1]["message"])
    assert [row["unit_code"] for row in rows("SELECT unit_code FROM submission")] == [FIRST.code]


def test_an_extension_moves_the_due_date_and_the_windows_end(street: Path) -> None:
    decide("extension", "2026-08-20", "2026-07-15T09:00:00")
    drop(street, "延.xlsx", workbook(), "2026-08-20T20:00:00")
    drain()
    assert deliveries()[0]["message"] == "已受理（第1版）"


def test_after_an_extension_the_answer_names_the_extended_day(street: Path) -> None:
    decide("extension", "2026-08-20", "2026-07-15T09:00:00")
    drop(street, "过.xlsx", workbook(), "2026-08-21T00:00:00")
    drain()
    message = str(deliveries()[0]["message"])
    assert "2026年8月20日 24 时截止，2026年8月20日 24 时后收到的不再受理" in message


def test_a_correction_stands_beside_the_reported_figure_in_the_receipt(street: Path) -> None:
    drop(street, "杏花.xlsx", workbook(party_lectures="3"), "2026-07-18T09:05:00")
    drop(street, "核查.xlsx", inspection((FIRST.code, "党课次数", "1", "只有一次", "赵六")), "2026-08-05T09:00:00")
    result = drain()
    (told,) = notices("findings_received")
    assert told["payload"]["corrections"] == [{"label": "杏花社区 党课次数", "old": "3", "new": "1"}]
    assert rows("SELECT value FROM submission_value WHERE field = 'party_lectures'") == [{"value": "3"}]
    assert result.accepted == [("half_year", "2026H1", STREET)], "and the street is scored anew"


@pytest.mark.parametrize("default_period", [None, PERIOD, Period.parse("2026Q2")])
def test_a_form_of_another_period_goes_back_and_counts_as_something_handed_in(
    street: Path, default_period: Period | None
) -> None:
    drop(street, "去年.xlsx", workbook(period="2025H2"), "2026-07-18T09:00:00")
    result = drain(default_period=default_period)
    (delivery,) = deliveries()
    assert delivery["status"] == "returned"
    assert "填报期间（填报表!D3）：期间不符：表中是2025年下半年，现在收集的是2026年上半年" in str(delivery["message"])
    (problem,) = notices("returned")[0]["payload"]["problems"]
    assert (problem["sheet"], problem["cell"], problem["found"]) == ("填报表", "D3", "2025年下半年")
    assert rows("SELECT period, status, version FROM submission") == [
        {"period": "2026H1", "status": "returned", "version": 1}
    ]
    assert result.accepted == [("half_year", "2026H1", STREET)]


def test_a_form_of_the_scheme_before_names_both_versions(street: Path) -> None:
    book = book_of(workbook())
    (cell,) = (row[1] for row in book["_duban"].iter_rows() if row[0].value == "scheme_version")
    cell.value = "2025"
    changed = io.BytesIO()
    book.save(changed)
    drop(street, "旧版.xlsx", changed.getvalue(), "2026-07-18T09:00:00")
    drain()
    assert "填报表!D3" in str(deliveries()[0]["message"])
    assert "表中是2025年版，2026年上半年应使用2026年版" in str(deliveries()[0]["message"])


def test_after_sign_off_a_hand_in_is_archived_until_a_review_is_granted(street: Path) -> None:
    sign_off("2026-08-20T10:00:00")
    drop(street, "定稿后.xlsx", workbook(), "2026-08-25T09:00:00")
    drain()
    (delivery,) = deliveries()
    assert delivery["status"] == "returned" and "已定稿，请申请复核" in str(delivery["message"])
    assert count("submission") == 0 and len(notices("archived_after_signoff")) == 1
    assert drain().answered == 0
    with transaction() as connection:  # what was told is no record of what happened: it may be purged
        connection.exec_driver_sql("DELETE FROM notice")
    decide("review", "", "2026-08-26T09:00:00")
    assert drain().accepted == [("half_year", "2026H1", STREET)]
    assert deliveries()[0]["status"] == "accepted"
    assert rows("SELECT signed_off_period FROM delivery") == [{"signed_off_period": "2026H1"}]
    assert drain().answered == 0


def test_last_periods_figures_ask_about_a_jump(street: Path) -> None:
    with transaction() as connection:
        connection.exec_driver_sql(
            "INSERT INTO assessment (id, scheme, scheme_version, period, street_code, revision, input_hash, is_official,"
            f" assessed_at) VALUES ('p', 'half_year', '2025', '2025H2', '{STREET}', 1, 'h', TRUE, '2026-01-21T00:00:00+00:00')"
        )
        connection.exec_driver_sql(
            "INSERT INTO score_value (assessment_id, unit_code, field, position, field_label, version, reported,"
            f" corrected, used, source_cell) VALUES ('p', '{FIRST.code}', 'members', 1, '党员数', 1, '40', '', '40', '')"
        )
    drop(street, "杏花.xlsx", workbook(FIRST), "2026-07-18T09:00:00")
    drop(street, "柳堤.xlsx", workbook(SECOND), "2026-07-18T09:00:00")
    drain()
    assert rows("SELECT check_code, found FROM finding") == [{"check_code": "members_jump", "found": "本期 4，上期 40"}]


def test_a_csv_in_gb18030_is_read_like_a_workbook_and_its_lines_are_named(street: Path) -> None:
    cells = [cell for cell in scheme_of().cells_of("main") if not cell.is_optional]
    lines = [f"{FIRST.code},{cell.label},{figures(party_lectures='12次')[cell.key]}" for cell in cells]
    drop(street, "杏花.csv", ("编码,填报项,填报值\n" + "\n".join(lines)).encode("gb18030"), "2026-07-18T09:00:00")
    drain()
    (problem,) = notices("returned")[0]["payload"]["problems"]
    assert (problem["sheet"], problem["cell"], problem["field"]) == ("第7行", "", "党课次数")
    assert "党课次数（第7行）填的是“12次”" in str(deliveries()[0]["message"])


def inspection(*entries: tuple[str, str, str, str, str]) -> bytes:
    """The inspectors' workbook with (unit code, field label, value, reason, inspector)."""
    content = write_inspection_form(scheme_of(), [FIRST, SECOND], "云街街道")
    book = book_of(content)
    sheet = book["现场核查表"]
    titles = {"单位编码": 0, "填报项": 1, "核实数": 2, "原因": 3, "核查人": 4}
    header = next(row for row in sheet.iter_rows() if {"单位编码", "核实数"} <= {cell.value for cell in row})
    for offset, entry in enumerate(entries, 1):
        for cell in header:
            if cell.value in titles:
                sheet.cell(cell.row + offset, cell.column).value = entry[titles[cell.value]]
    changed = io.BytesIO()
    book.save(changed)
    return changed.getvalue()


def test_a_csv_that_names_no_period_and_has_not_changed_since_the_last_one_asks_for_its_period(street: Path) -> None:
    lines = ["编码,填报项,填报值"] + [
        f"{FIRST.code},{cell.label},{figures()[cell.key]}"
        for cell in scheme_of().cells_of("main")
        if not cell.is_optional
    ]
    unchanged, named = ("\n".join(lines + more).encode() for more in ([], [f"{FIRST.code},期间,2026H2"]))
    drop(street, "上半年.csv", unchanged, "2026-07-18T09:00:00")
    drop(street, "下半年.csv", unchanged, "2027-01-18T09:00:00")
    drop(street, "又一次.csv", unchanged, "2027-01-18T10:00:00")
    drop(street, "写明.csv", named, "2027-01-19T09:00:00")
    drop(street, "再发.csv", unchanged, "2026-07-19T09:00:00")
    drain()
    assert [(row["name"], row["status"]) for row in deliveries()] == [
        ("上半年.csv", "accepted"),
        ("再发.csv", "duplicate"),
        ("下半年.csv", "returned"),
        ("又一次.csv", "returned"),
        ("写明.csv", "accepted"),
    ]
    assert rows("SELECT period, version FROM submission ORDER BY period") == [
        {"period": "2026H1", "version": 1},
        {"period": "2026H2", "version": 1},
    ]
    (problem,) = notices("returned")[0]["payload"]["problems"]
    assert problem["found"] == "与2026年上半年的来件内容完全相同" and "写明期间为2026年下半年" in problem["advice"]


def test_inspectors_corrections_become_decisions_once(street: Path) -> None:
    content = inspection((FIRST.code, "党课次数", "1", "记录本只有一次", "赵六"))
    drop(street, "核查.xlsx", content, "2026-08-05T09:00:00")
    result = drain()
    assert result.accepted == [("half_year", "2026H1", STREET)]
    assert deliveries()[0]["message"] == "已受理现场核查表：更正 1 处"
    (decision,) = rows("SELECT kind, unit_code, field, value, reason, decided_by FROM decision")
    assert decision == {
        "kind": "correction",
        "unit_code": FIRST.code,
        "field": "party_lectures",
        "value": "1",
        "reason": "记录本只有一次",
        "decided_by": "赵六",
    }
    (told,) = notices("findings_received")
    assert told["recipient"] == "inspection@duban.invalid"
    assert told["payload"]["corrections"] == [{"label": "杏花社区 党课次数", "old": "", "new": "1"}]
    drop(street, "核查.xlsx", content, "2026-08-06T09:00:00")
    drain()
    assert [row["status"] for row in deliveries()] == ["accepted", "duplicate"]
    assert count("decision") == 1


def test_a_correction_without_a_reason_sends_the_inspectors_form_back(street: Path) -> None:
    content = inspection(
        (FIRST.code, "党课次数", "1", "", "赵六"), (SECOND.code, "党员大会次数", "1", "会议记录不全", "赵六")
    )
    drop(street, "核查.xlsx", content, "2026-08-05T09:00:00")
    drain()
    assert deliveries()[0]["status"] == "returned" and "原因" in str(deliveries()[0]["message"])
    assert count("decision") == 0
    (returned,) = notices("returned")
    assert returned["recipient"] == "inspection@duban.invalid" and returned["attachments"]
