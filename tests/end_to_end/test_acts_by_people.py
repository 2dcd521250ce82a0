"""Acts of people on the real Airflow: filled in by a named user, refused in words or done and recorded under the name."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from include.errors import UserError
from ops.logins import new_password
from tests.end_to_end.office import UNITS, Office, open_office
from tests.intake.receive_street import workbook

pytestmark = [pytest.mark.airflow, pytest.mark.long]
ON = {"period": "2026H1", "unit_code": "杏花社区", "reason": "现场核实"}
ITEM = {"unit_code": "柳堤社区", "indicator": "A2b 支委会", "reason": "现场核验"}
REFUSED_BY_THE_FORM = [
    ("act_grant_extension", ON | {"due_date": "2026-07-24", "period": "2026H3"}),
    ("act_grant_extension", ON | {"due_date": "2026-07-24", "period": "上半年"}),
    ("act_grant_extension", ON | {"due_date": "明天"}),
    ("act_grant_extension", ON | {"due_date": "2026-07-24", "reason": ""}),
    ("act_grant_extension", ON | {"due_date": "2026-07-24", "reason": " \n"}),
    ("act_grant_extension", ON | {"due_date": "2026-07-24", "unit_code": "杏"}),
    ("act_correct_figure", ON | {"value": "6"}),
    ("act_decide_review", ON | {"decision": "也许"}),
    ("act_item", ITEM | {"act": "撤销"}),
    ("act_item", ITEM | {"act": "延期", "deadline": "下周"}),
    ("act_mail", {"mail_id": "第三封", "outcome": "未送达", "reason": "电话"}),
    ("act_address", {"act": "停用", "address": "s1@x.cn, s2@x.cn", "reason": "换人"}),
]
REFUSED_BY_THE_ACT = [
    ("act_grant_extension", ON | {"due_date": "2026-07-24", "unit_code": "月亮社区"}, "没有名为“月亮社区”"),
    ("act_grant_extension", ON | {"due_date": "2026-07-24", "unit_code": "990000001999"}, "请核对单位编码"),
    ("act_grant_extension", ON | {"due_date": "2026-07-24", "unit_code": "9900000o1001"}, "9900000o1001"),
    ("act_grant_extension", ON | {"due_date": "2026-07-01"}, "应晚于原定的"),
    ("act_correct_figure", ON | {"field": "支委会次数", "value": "六"}, "不小于 0 的整数"),
    ("act_correct_figure", ON | {"field": "月球会议", "value": "6"}, "没有“月球会议”这一项"),
    ("act_request_review", ON, "还没有定稿"),
    ("act_item", ITEM | {"act": "销号"}, "没有整改事项"),
    ("act_mail", {"mail_id": "s1@x.cn", "outcome": "未送达", "reason": "电话"}, "状态不明"),
    ("act_withdraw_circular", {"circular_id": "云街党工委〔2026〕9号", "reason": "有误"}, "云街党工委〔2026〕9号"),
]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Seven communities have handed in; it is the day after the deadline."""
    with open_office(tmp_path_factory.mktemp("office"), clock="2026-07-21T09:00:00") as opened:
        opened.register()
        opened.hand_in("2026H1", UNITS[:7])
        opened.wait_for_mails()
        yield opened


def decisions(office: Office, kind: str) -> list[dict[str, Any]]:
    return office.rows("SELECT * FROM decision WHERE kind = :kind ORDER BY sequence", kind=kind)


def test_what_cannot_be_is_refused_in_words_and_nothing_is_written(office: Office) -> None:
    before = office.snapshot("run_log")  # the preview of what came in may still be written
    for dag_id, form in REFUSED_BY_THE_FORM:
        assert "（400）" in office.act(office.committee, dag_id, **form), (dag_id, form)
    assert "（403）" in office.act(office.viewer, "act_grant_extension", **ON, due_date="2026-07-24")
    for dag_id, form, sentence in REFUSED_BY_THE_ACT:
        assert sentence in office.act(office.committee, dag_id, **form), (dag_id, form)
    assert office.snapshot("run_log") == before


def test_acts_before_the_sign_off_count_in_the_scores(office: Office) -> None:
    late = UNITS[7]
    assert (
        office.act(office.committee, "act_grant_extension", **ON | {"unit_code": late.name}, due_date="2026-07-24")
        == ""
    )
    assert office.act(office.admin, "act_correct_figure", **ON, field="支委会次数", value="6") == ""
    [extension], [correction] = decisions(office, "extension"), decisions(office, "correction")
    assert (extension["unit_code"], extension["value"], extension["decided_by"]) == (
        late.code,
        "2026-07-24",
        "committee",
    )
    assert (correction["unit_code"], correction["value"], correction["decided_by"]) == (UNITS[0].code, "6", "admin")
    office.set_clock("2026-07-23T12:00:00")
    office.drop(late, "2026H1", "2026-07-23T10:00:00")
    office.wait(
        lambda: office.rows("SELECT sha256 FROM submission WHERE unit_code = :code", code=late.code), "补报受理"
    )
    office.set_clock("2026-08-16T08:00:00")
    office.run("close_period", partition_key="2026H1")
    scores = {row["unit_code"]: row for row in office.rows("SELECT * FROM score")}
    assert scores[late.code]["status"] == "已报"
    [used] = office.rows(
        "SELECT reported, corrected, used FROM score_value WHERE unit_code = :code AND field = 'branch_committees'",
        code=UNITS[0].code,
    )
    assert (used["reported"], used["corrected"], used["used"]) == ("0", "6", "6")


def test_an_administrator_cannot_sign_by_posting_marking_or_answering(office: Office) -> None:
    run_id, _ = office.wait(office.waiting_draft, "通报草稿")
    approve = f"/dags/circular/dagRuns/{run_id}/taskInstances/document.approve"
    answer = {"chosen_options": ["同意"], "params_input": {"name": "王书记", "note": ""}}
    for user in (office.admin, office.viewer):
        with pytest.raises(UserError, match="（403）"):
            user.request("PATCH", f"{approve}/0/hitlDetails", json=answer)
    forged = answer | {"responded_by_user": {"id": "committee", "name": "committee"}, "model_hash": "0" * 64}
    office.admin.request(
        "POST", f"{approve}/xcomEntries", json={"key": "return_value", "value": forged, "map_index": 0}
    )
    office.admin.request("PATCH", f"{approve}/0", json={"new_state": "success"})
    office.admin.wait_until(lambda: office._ended("circular", run_id), "运行结束", 120)
    states = {task["task_id"]: task["state"] for task in office.admin.tasks("circular", run_id)}
    assert states["document.issue"] == "failed"
    assert "没有党工委对这份草稿的答复" in office.admin.failure("circular", run_id)
    assert office.rows("SELECT state, document_number, approved_by FROM circular") == [
        {"state": "draft", "document_number": "", "approved_by": ""}
    ]
    assert (decisions(office, "approval"), office.count("document_number")) == ([], 0)
    assert [row["answer"] for row in office.rows("SELECT answer FROM question")] == [""]
    assert office.rows("SELECT id FROM notice WHERE kind = 'ops_alert' AND payload LIKE '%没有党工委对这份草稿的答复%'")


def test_the_committee_sends_back_with_a_reason_and_is_asked_again_by_an_act(office: Office) -> None:
    [draft] = office.rows("SELECT id FROM circular")
    form = {"circular_id": draft["id"], "reason": "上次运行失败"}
    assert office.act(office.admin, "act_resubmit_circular", **form) == ""
    run_id, _ = office.wait(office.waiting_draft, "再次送审")
    told = "SELECT id FROM notice WHERE kind = 'approval_waiting' AND payload LIKE '%退回没有写明原因%'"
    tries: list[int] = []

    def told_why() -> list[dict[str, Any]]:
        """Once a try: an answer quicker than the scheduler's own bookkeeping is asked for again in a new one."""
        waiting = office.waiting_draft()
        if waiting is not None and not office.rows(told) and waiting[1]["try_number"] not in tries:
            office.committee.answer(waiting[1], "退回", {"name": "李书记", "note": " "})
            tries.append(waiting[1]["try_number"])
        return office.rows(told)

    office.wait(told_why, "说明为什么不作数")
    again, task = office.wait(office.waiting_draft, "再次送审")
    assert again == run_id
    office.answer_about(task, "退回", {"name": "李书记", "note": "第二段用语不妥"})
    states = {task["task_id"]: task["state"] for task in office.admin.tasks("circular", run_id)}
    assert (states["document.sent_back"], states["document.issue"]) == ("success", "skipped")
    [rejection] = decisions(office, "rejection")
    assert (rejection["decided_by"], rejection["account"], rejection["reason"]) == (
        "李书记",
        "committee",
        "第二段用语不妥",
    )
    office.wait_for_mails()
    assert any("党工委退回了通报草稿" in mail for mail in subjects(office))
    assert office.act(office.committee, "act_resubmit_circular", circular_id=None, reason="已改") == ""
    assert decisions(office, "resubmission")[-1]["account"] == "committee"
    office.wait(office.waiting_draft, "重新送审")


def subjects(office: Office) -> list[str]:
    return [str(row["subject_line"]) for row in office.rows("SELECT subject_line FROM mail WHERE state = 'sent'")]


def test_the_sign_off_is_the_committees_and_under_the_name_given(office: Office) -> None:
    office.sign("张三")
    [circular] = office.rows("SELECT state, approved_by, account, document_number FROM circular")
    assert (circular["state"], circular["approved_by"], circular["account"]) == ("issued", "张三", "committee")
    assert circular["document_number"]
    refused = office.act(office.committee, "act_correct_figure", **ON, field="支委会次数", value="5")
    assert "已定稿" in refused


def test_an_item_goes_its_way_by_the_hand_of_the_named_user(office: Office) -> None:
    states = []
    for act in ("登记反馈", "退回", "登记反馈", "核验通过", "销号", "重新打开"):
        assert office.act(office.committee, "act_item", **ITEM, act=act) == ""
        states.append(item_of(office)["state"])
    assert states == ["已反馈", "退回", "已反馈", "验收", "销号", "重新打开"]
    assert office.act(office.admin, "act_item", **ITEM, act="延期", deadline="2026-12-31") == ""
    assert str(item_of(office)["deadline"]) == "2026-12-31"
    events = office.rows(
        "SELECT kind, actor FROM item_event WHERE item_id = :id ORDER BY sequence", id=item_of(office)["id"]
    )
    done = [(event["kind"], event["actor"]) for event in events if event["actor"] in ("committee", "admin")]
    kinds = ["answered", "returned", "answered", "verified", "closed", "reopened"]
    assert done == [*((kind, "committee") for kind in kinds), ("extended", "admin")]
    assert "不能改为" in office.act(office.committee, "act_item", **ITEM, act="销号")
    assert "请填写新的期限" in office.act(office.committee, "act_item", **ITEM, act="延期")


def item_of(office: Office) -> dict[str, Any]:
    query = "SELECT * FROM rectification_item WHERE unit_code = :code AND indicator = 'A2b'"
    return office.rows(query, code=UNITS[1].code)[0]


def test_a_granted_review_opens_the_record_and_leads_to_the_next_revision(office: Office) -> None:
    assert office.act(office.committee, "act_request_review", **ON) == ""
    assert office.act(office.admin, "act_decide_review", **ON, decision="同意") == ""
    assert decisions(office, "review_request")[0]["decided_by"] == "committee"
    assert decisions(office, "review")[0]["decided_by"] == "admin"
    assert "不能改变" in office.act(office.admin, "act_decide_review", **ON, decision="不同意")
    assert office.act(office.committee, "act_correct_figure", **ON, field="支委会次数", value="5") == ""
    office.run("close_period", partition_key="2026H1")
    assert {row["revision"] for row in office.rows("SELECT revision FROM assessment")} == {1, 2}
    office.wait(office.waiting_draft, "更正通报草稿")


def test_an_undecided_mail_is_settled_and_a_wrong_address_switched_off(office: Office) -> None:
    office.set_clock("2026-08-17T08:00:00")  # a community gets one digest a day: the second of yesterday waits till now
    office.wait_for_mails()
    [mail] = office.rows("SELECT id FROM mail WHERE recipient = 's3@x.cn' AND state = 'sent' ORDER BY id LIMIT 1")
    office.rows("UPDATE mail SET state = 'unknown', sent_at = NULL WHERE id = :id RETURNING id", **mail)
    before = len(list(office.mails.glob("*s3@x.cn.eml")))
    form = {"mail_id": " s3@x.cn", "outcome": "未送达", "reason": "电话询问书记，未收到"}
    assert office.act(office.committee, "act_mail", **form) == ""
    office.wait(lambda: len(list(office.mails.glob("*s3@x.cn.eml"))) == before + 1, "重新发送")
    [settled] = decisions(office, "mail_resolved")
    assert (settled["field"], settled["decided_by"]) == (mail["id"], "committee")
    off = {"act": "停用", "address": "s4@x.cn", "reason": "书记已调离"}
    assert office.act(office.admin, "act_address", **off) == ""
    [switched] = decisions(office, "address_disabled")
    assert (switched["field"], switched["decided_by"], switched["reason"]) == ("s4@x.cn", "admin", "书记已调离")


@pytest.fixture
def browser() -> Iterator[Any]:
    """A real browser, where this machine has one."""
    from playwright.sync_api import sync_playwright

    found = shutil.which("chromium") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as playwright:
        window = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield window
        window.close()


def logged_in(office: Office, browser: Any, user: str, **how: Any) -> Any:
    """The page in a browser, after that user's log-in."""
    password = new_password(office.place, user)
    page = browser.new_context(locale="zh-CN", base_url=office.address, accept_downloads=True, **how).new_page()
    page.goto("/duban/")
    page.fill("input[name=username]", user)
    page.fill("input[name=password]", password)
    page.click("button[type=submit]")
    page.wait_for_url("**/duban/today**")
    return page


def test_in_a_browser_ops_find_who_is_missing_trace_a_point_and_hand_in_and_the_committee_signs(
    office: Office, browser: Any, tmp_path: Path
) -> None:
    ops = logged_in(office, browser, "admin")
    ops.click("nav >> text=报送情况")
    ops.fill("#q", "xinghua")
    ops.locator("#table tbody tr").nth(1).wait_for(state="detached")
    ops.click("#table >> text=杏花社区")
    ops.click("summary:has-text('支委会')")
    assert "核查更正" in ops.inner_text("details:has(summary:has-text('支委会'))")
    with ops.expect_download() as original:
        ops.click("details:has(summary:has-text('支委会')) >> a:has-text('第1版')")
    assert original.value.suggested_filename.endswith(".xlsx")
    ops.click("nav >> text=来件")
    ops.click("summary:has-text('代交')")
    brought = tmp_path / "柳堤社区2026年上半年.xlsx"
    brought.write_bytes(workbook(UNITS[1], "2026H1", branch_committees="5"))
    ops.set_input_files("input[type=file]", str(brought))
    ops.fill("textarea[name=reason]", "书记送来的U盘")
    ops.click("main >> button:has-text('提交')")
    assert "已收下" in ops.inner_text(".done")
    office.wait(
        lambda: office.rows("SELECT id FROM delivery WHERE channel = 'page' AND status <> 'waiting'"), "代交的件有答复"
    )
    with ops.expect_download() as table:
        ops.click("text=Excel")
    assert table.value.suggested_filename.endswith(".xlsx")
    for view in ("today", "submissions", "items", "documents", "mails", "scores", f"unit/{UNITS[0].code}", "acts/item"):
        ops.goto(f"/duban/{view}")
        found = Axe().run(ops).response["violations"]
        assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == [], view
    phone = logged_in(office, browser, "viewer", viewport={"width": 375, "height": 812})
    for view in ("submissions", "items?group=unit"):
        phone.goto(f"/duban/{view}")
        assert phone.evaluate("document.documentElement.scrollWidth") <= 375, view
    committee = logged_in(office, browser, "committee")
    committee.click("nav >> text=公文与签发")
    committee.click("ul.pick a >> nth=0")
    assert committee.get_attribute(".paper iframe", "src")
    committee.click("button:has-text('退回')")
    assert "退回没有写明原因" in committee.inner_text(".refused")
    committee.go_back()
    committee.fill("input[name=name]", "王书记")
    committee.click("button:has-text('同意印发')")
    assert "已同意" in committee.inner_text(".done")
    office.wait(
        lambda: office.rows("SELECT id FROM circular WHERE state = 'issued' AND approved_by = '王书记'"), "更正通报印发"
    )


def test_a_circular_that_is_taken_back_keeps_its_number(office: Office) -> None:
    [issued] = office.rows("SELECT id, document_number FROM circular WHERE state = 'issued' AND approved_by = '张三'")
    form = {"circular_id": issued["document_number"], "reason": "主送单位有误"}
    assert office.act(office.committee, "act_withdraw_circular", **form) == ""
    [number] = office.rows("SELECT sequence, is_void FROM document_number WHERE circular_id = :id", id=issued["id"])
    assert (number["sequence"], bool(number["is_void"])) == (1, True)
    [withdrawn] = decisions(office, "withdrawal")
    assert (withdrawn["decided_by"], withdrawn["reason"]) == ("committee", "主送单位有误")


def test_no_act_is_told_to_ops_as_a_failure_and_each_run_names_its_caller(office: Office) -> None:
    assert office.rows("SELECT payload FROM notice WHERE kind = 'ops_alert' AND payload LIKE '%流程 act%'") == []
    callers = {run["triggering_user_name"] for run in office.admin.runs("act_item")}
    assert callers == {"admin", "committee"}


def test_every_form_is_in_chinese(office: Office) -> None:
    for dag_id in sorted(office.admin.dag_ids()):
        params = office.admin.request("GET", f"/dags/{dag_id}/details")["params"]
        for name, param in params.items():
            assert any("一" <= letter <= "鿿" for letter in param["schema"]["title"]), (dag_id, name)
