"""The page inside Airflow, on Airflow's own API server: who sees what, who may do what, and what the views say."""

from __future__ import annotations

import csv
import html
import io
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from starlette.testclient import TestClient

from include.archive import contents
from include.archive.data_keys import key_for
from include.circulars.draft import draft
from include.db.engine import transaction
from include.decisions import record
from include.intake.receive import drain
from include.period import now
from include.registry.passwords import write_passwords
from include.shapes.scored_form import ScoredForm
from include.steps import approvals
from plugins.duban_page.airflow import Airflow
from tests.airflow.page_client import HTML, browser, page_world, routes, sees, sends, token
from tests.intake.receive_street import FIRST, STREET, drop, prepare, rows, scheme_of, workbook
from tests.ldap_server import HAS_SLAPD, TREE, directory_server
from tests.signing import asks
from tests.tls_server import certify

OFFICES = """\
  "990000002": {name: 邻街街道, account: neighbour}
"""


@pytest.fixture(scope="module")
def office(
    tmp_path_factory: pytest.TempPathFactory, _sqlite_template: Path, airflow_database: None
) -> Iterator[TestClient]:
    """A street of which one community handed in, one was sent its form back, and whose circular waits to be signed."""
    world = tmp_path_factory.mktemp("page")
    with page_world(world, _sqlite_template, OFFICES) as patch:
        prepare(world)
        drop(world, "杏花社区.xlsx", workbook(volunteer_services="2"))
        drain("test")
        patch.setenv("DUBAN_NOW", "2026-08-16T09:00:00")
        with transaction() as connection:
            result = ScoredForm(scheme_of()).evaluate(connection, STREET, now(), "test")
            assert result is not None
            circular = draft(connection, result, now())
        approvals.ask_about(circular)
        asks(circular)
        with browser() as client:
            yield client


def test_who_is_not_logged_in_gets_the_login_for_a_page_and_401_for_anything_else_and_no_byte_of_data(
    office: TestClient,
) -> None:
    assert len(routes()) >= 20
    for route in routes():
        address = "/duban" + re.sub(r"{\w+}", "1", route.path)
        for method in route.methods or ():
            page = office.request(method, address, headers=HTML)
            other = office.request(method, address)
            is_page = method == "GET"
            assert page.status_code == (302 if is_page else 401), (method, address)
            assert other.status_code == 401, (method, address)
            assert "杏花" not in page.text + other.text
            if is_page:
                assert page.headers["location"].startswith("/auth/login") or "/auth/login" in page.headers["location"]


def test_every_view_is_seen_by_who_only_looks_and_holds_no_script_of_its_own(office: TestClient) -> None:
    views = [route.path for route in routes() if "GET" in (route.methods or ()) and "{" not in route.path]
    for path in views:
        if path in ("/", "/document", "/document/file", "/chart/scores.svg"):
            continue
        shown = sees(office, "viewer", path)
        assert shown.status_code == 200, path
        assert "script-src 'self'" in shown.headers["content-security-policy"]
        assert not re.search(r"<script(?! src)|\son\w+=|style=", shown.text), path
    assert sees(office, "viewer", "/chart/scores.svg").headers["content-type"] == "image/svg+xml"


def test_who_only_looks_can_do_nothing_and_a_form_from_elsewhere_does_nothing_either(office: TestClient) -> None:
    posts = [route for route in routes() if "POST" in (route.methods or ())]
    assert {route.path for route in posts} >= {"/acts/{name}", "/files", "/documents/answer"}
    before = rows("SELECT COUNT(*) AS n FROM decision")
    for route in posts:
        if route.path == "/account":  # who only looks has a password, too
            continue
        address = route.path.replace("{name}", "item")
        assert sends(office, "viewer", address).status_code == 403, address
        assert sends(office, "admin", address, mark="").status_code == 403, address
        assert sends(office, "admin", address, mark="0" * 32).status_code == 403, address
    assert rows("SELECT COUNT(*) AS n FROM decision") == before


def test_the_committee_of_another_street_neither_signs_nor_hands_in_here(office: TestClient) -> None:
    [waiting] = rows("SELECT circular_id FROM question")
    refused = sends(office, "neighbour", "/documents/answer", ids=waiting["circular_id"], option="approval")
    assert refused.status_code == 403
    assert "请由 committee 账号办理" in refused.text
    file = {"file": ("a.csv", b"x")}
    mark = re.search(r'name="mark" value="(\w+)"', sees(office, "neighbour", "/acts/item").text)
    assert mark is not None
    data = {"mark": mark[1], "reason": "代交"}
    brought = office.post("/duban/files", data=data, files=file, cookies={"_token": token("neighbour")})
    assert brought.status_code == 403
    assert rows("SELECT answer FROM question") == [{"answer": ""}]


def test_today_says_who_is_missing_and_what_waits(office: TestClient) -> None:
    tiles = dict(
        re.findall(r'<span class="name">(\S+?)</span><strong>(\d+)</strong>', sees(office, "admin", "/today").text)
    )
    assert tiles["未报"] == "1"
    assert tiles["待签发"] == "1"
    missing = sees(office, "admin", "/submissions?f_state=未报").text
    assert "柳堤社区" in missing
    assert "杏花社区" not in missing


def test_names_stand_for_codes_and_what_all_lines_have_alike_is_no_column(office: TestClient) -> None:
    about = {
        "kind": "correction",
        "scheme": "half_year",
        "period": "2026H1",
        "unit_code": FIRST.code,
        "field": "branch_committees",
    }
    with transaction() as connection:
        record(connection, about | {"value": "6", "reason": "查会议记录", "decided_by": "admin", "decided_at": now(), "account": "admin"})  # fmt: skip
    said = sees(office, "viewer", "/decisions").text
    assert "支委会次数" in said and "branch_committees" not in said and "2026年上半年" in said
    assert 'data-title="表单"' not in sees(office, "viewer", "/submissions").text
    assert "表单" in sees(office, "viewer", "/submissions?format=csv").text
    form = sees(office, "admin", f"/acts/rectification_letter?unit_code={FIRST.code}&period=half_year/2026H1").text
    assert f'name="unit" value="{FIRST.name}"' in form


def test_a_mail_that_did_not_go_is_found_by_the_tile_that_counts_it(office: TestClient) -> None:
    link = re.search(r'href="([^"]*f_unsent=[^"]*)"', sees(office, "admin", "/today?period=half_year/2026H1").text)
    assert link
    listed = sees(office, "admin", html.unescape(link[1]).removeprefix("/duban")).text
    count = re.search(r"未发出邮件</span><strong>(\d+)", sees(office, "admin", "/today?period=half_year/2026H1").text)
    assert count and f"共 {count[1]} 行" in listed


def test_a_community_is_found_by_pinyin(office: TestClient) -> None:
    for words in ("xinghua", "xhsq", "杏花"):
        found = sees(office, "admin", f"/submissions?q={words}").text
        assert "杏花社区" in found
        assert "柳堤社区" not in found


def test_a_point_is_traced_to_the_cell_of_the_workbook_as_it_came(office: TestClient) -> None:
    shown = sees(office, "admin", f"/unit/{FIRST.code}").text
    assert "《半年党建检查考评方案》（2026年版）A1" in shown
    cell = re.search(r'href="(/duban/content/\w+)">[^<]*![A-Z]+\d+（第1版）', shown)
    assert cell is not None
    original = sees(office, "admin", cell[1].removeprefix("/duban"))
    assert original.headers["content-disposition"].startswith("attachment")
    assert openpyxl.load_workbook(io.BytesIO(original.content)).sheetnames


def test_a_table_goes_out_as_excel_and_csv_and_no_text_in_it_is_a_formula(office: TestClient) -> None:
    book = sees(office, "admin", "/submissions?format=xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(book.content)).active
    assert sheet is not None
    assert sorted(str(row[0]) for row in sheet.iter_rows(min_row=2, values_only=True)) == ["杏花社区", "柳堤社区"]
    plain = sees(office, "admin", "/submissions?format=csv").content.decode("utf-8-sig")
    assert [row["单位"] for row in csv.DictReader(io.StringIO(plain))] == ["杏花社区", "柳堤社区"]


def test_what_evidence_an_accepted_form_still_lacks_is_counted_named_and_chosen_by(office: TestClient) -> None:
    lacking = "为民办实事研究记录、为民办实事实施计划、党费上交凭证、特色活动照片或简报"
    shown = sees(office, "viewer", "/submissions?f_evidence=4&sort=-evidence").text
    assert f'title="{lacking}">4</td>' in shown
    assert "柳堤社区" not in shown, "nothing is asked of a form that has not come"
    assert "缺的佐证" not in shown and "杏花社区" in sees(office, "viewer", "/submissions?q=dangfei").text
    plain = sees(office, "viewer", "/submissions?format=csv").content.decode("utf-8-sig")
    asked = {row["单位"]: (row["佐证缺"], row["缺的佐证"]) for row in csv.DictReader(io.StringIO(plain))}
    assert asked == {"杏花社区": ("4", lacking), "柳堤社区": ("", "")}
    book = openpyxl.load_workbook(io.BytesIO(sees(office, "viewer", "/submissions?format=xlsx").content)).active
    assert book is not None and 4 in [cell.value for cell in book[2]]
    assert f"还缺佐证：{lacking}" in sees(office, "viewer", f"/unit/{FIRST.code}").text


def test_what_an_act_refuses_is_said_all_at_once_beside_what_was_typed(office: TestClient) -> None:
    refused = sends(office, "admin", "/acts/item", unit_code="杏花社区", act="延期")
    assert refused.status_code == 422
    for field in ("指标", "理由"):
        assert f"“{field}”没有填" in refused.text
    assert 'value="杏花社区"' in refused.text


def test_a_file_handed_in_for_somebody_is_taken_in_like_any_other_and_says_who_brought_it(office: TestClient) -> None:
    mark = re.search(r'name="mark" value="(\w+)"', sees(office, "admin", "/files").text)
    assert mark is not None
    second = workbook(volunteer_services="3")
    given = office.post(
        "/duban/files",
        data={"mark": mark[1], "reason": "社区停电，书记送来U盘", "received_at": "2026-07-12T10:00"},
        files={"file": ("..\\杏花社区（更正）.xlsx", second)},
        cookies={"_token": token("admin")},
    )
    assert given.status_code == 303
    [row] = rows("SELECT name, channel, status FROM delivery WHERE channel = 'page'")
    assert (row["name"], row["status"]) == ("杏花社区（更正）.xlsx", "waiting")
    drain("test")
    [decision] = rows("SELECT reason, decided_by FROM decision WHERE kind = 'hand_in'")
    assert decision == {"reason": "社区停电，书记送来U盘", "decided_by": "admin"}
    assert "杏花社区（更正）.xlsx" in sees(office, "admin", "/files").text
    later = "2027-01-01T00:00"
    refused = office.post(
        "/duban/files",
        data={"mark": mark[1], "reason": "代交", "received_at": later},
        files={"file": ("a.csv", b"x")},
        cookies={"_token": token("admin")},
    )
    assert "还没有到" in refused.text


@pytest.fixture
def persons(office: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    """The street's people: who signs until the end of August, a deputy, ops of this street and of another, an inspector."""
    (tmp_path / "persons.yaml").write_text(
        f"""
persons:
  - {{account: wang, name: 王强, roles: [committee], streets: ["{STREET}"], from: 2026-01-01, until: 2026-08-31}}
  - {{account: liu, name: 刘明, roles: [viewer], streets: ["{STREET}"], from: 2026-01-01}}
  - {{account: cheng, name: 程晚舟, roles: [ops], streets: ["{STREET}"], from: 2026-01-01}}
  - {{account: qian, name: 钱多, roles: [ops], streets: ["990000002"], from: 2026-01-01}}
  - {{account: jian, name: 简宁, roles: [inspector], streets: ["{STREET}"], from: 2026-01-01}}
deputies:
  - {{for: wang, by: liu, from: 2026-08-10, until: 2026-08-20}}
""",
        encoding="utf-8",
    )
    monkeypatch.setenv("DUBAN_PERSONS", str(tmp_path / "persons.yaml"))
    return office


def test_persons_log_in_change_their_password_and_whoever_left_is_out_at_once(
    persons: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Path(os.environ["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"])
    write_passwords(kept, {"wang": "the first one"})

    def logs_in(password: str) -> int:
        return int(persons.post("/auth/token", json={"username": "wang", "password": password}).status_code)

    assert (logs_in("the first one"), logs_in("another"), logs_in("")) == (201, 401, 401)
    assert "王强 wang（党工委）" in sees(persons, "wang", "/account").text
    asked = {"old": "another", "new": "kurz", "again": "kurz"}
    refused = sends(persons, "wang", "/account", **asked)
    assert "原密码不对" in refused.text and "10 到" in refused.text
    good = {"old": "the first one", "new": "a better second", "again": "a better second"}
    assert "密码已换" in sends(persons, "wang", "/account", **good).text
    assert (logs_in("the first one"), logs_in("a better second")) == (401, 201)
    assert "a better second" not in kept.read_text(encoding="utf-8") + str(rows("SELECT * FROM decision"))
    monkeypatch.setenv("DUBAN_NOW", "2026-09-01T09:00:00")
    assert logs_in("a better second") == 401
    assert sees(persons, "wang", "/today").status_code == 302, "to the login: the session is none any more"


def test_a_person_acts_within_his_streets_and_only_the_named_sign(persons: TestClient) -> None:
    [waiting] = rows("SELECT circular_id FROM question")
    draft_page = f"/document?id={waiting['circular_id']}"
    assert "签发人：王强" in sees(persons, "wang", draft_page).text
    assert "签发人：刘明（代王强）" in sees(persons, "liu", draft_page).text
    for account in ("cheng", "committee", "jian", "viewer"):
        shown = sees(persons, account, draft_page).text
        assert "由 王强（wang）、刘明（liu） 签发" in shown and "签发人：" not in shown, account
    refused = sends(persons, "committee", "/documents/answer", ids=waiting["circular_id"], option="approval")
    assert "请由 王强（wang）、刘明（liu）办理" in refused.text
    other = sends(persons, "wang", "/documents/answer", ids=waiting["circular_id"], option="approval", name="李四")
    assert "账号 wang 是王强的，不能以“李四”签发" in other.text
    fields = {"unit_code": FIRST.code, "act": "销号", "indicator": "A1", "reason": "核实", "scheme": "half_year"}
    assert sees(persons, "qian", "/acts/item").status_code == 403, "his street is not in the register"
    assert "没有整改事项" in sends(persons, "cheng", "/acts/item", **fields).text, (
        "his own street: the act itself refuses"
    )
    assert "代交一份文件" in sees(persons, "jian", "/files").text
    assert "代交一份文件" not in sees(persons, "qian", "/files").text
    assert "刘明 代 王强 签发" in sees(persons, "viewer", "/settings").text


def test_airflow_lets_answer_whoever_signs_for_the_office_now_and_nobody_else(persons: TestClient) -> None:
    from airflow.api_fastapi.app import get_auth_manager

    manager: Any = get_auth_manager()
    asked = {"committee", STREET}
    may = [
        user.username
        for user in manager.get_users()
        if manager.is_authorized_hitl_task(assigned_users=asked, user=user)
    ]
    assert may == ["wang", "liu"]
    roles = {user.username: user.role for user in manager.get_users()}
    assert (roles["wang"], roles["cheng"], roles["jian"], roles["admin"]) == ("user", "user", "viewer", "admin")


def test_the_simulated_calendar_says_what_comes_and_is_turned_on_by_ops(
    office: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = tmp_path / "clock"
    clock.write_text("2026-07-10T09:00:00", encoding="utf-8")
    monkeypatch.setenv("DUBAN_NOW", str(clock))
    started: list[tuple[str, str | None]] = []
    monkeypatch.setattr(
        Airflow, "start", lambda _self, name, *, partition_key=None, **_: started.append((name, partition_key))
    )
    shown = sees(office, "admin", "/today").text
    assert "到下一个日子（2026年7月13日）" in shown and "提醒未报（截止前 7 天）" in shown
    assert "到下一个日子" not in sees(office, "viewer", "/today").text
    assert "运维账号能翻日历" in sends(office, "committee", "/calendar/next").text
    assert sends(office, "admin", "/calendar/next").status_code == 303
    assert clock.read_text(encoding="utf-8") == "2026-07-13T08:30:00+08:00"
    assert started == [("self_check", None), ("diary", None), ("chase", None)]
    clock.write_text("2026-07-31T09:00:00", encoding="utf-8")
    started.clear()
    sends(office, "admin", "/calendar/next")
    assert ("open_inspection", "half_year/2026Q2") in started
    monkeypatch.setenv("DUBAN_NOW", "2026-07-10T09:00:00")
    assert "不能翻日历" in sends(office, "admin", "/calendar/next").text


def test_airflows_own_page_is_in_chinese_for_who_has_chosen_no_language(office: TestClient) -> None:
    page = office.get("/", headers=HTML, cookies={"_token": token("admin")})
    assert '<script src="/duban/static/language.js"></script></head>' in page.text
    assert "zh-CN" in office.get("/duban/static/language.js").text
    assert office.get("/api/v2/version").json()["version"]


def test_what_has_personal_data_of_a_ledger_is_not_given_out_by_the_page(office: TestClient) -> None:
    [row] = rows("SELECT sha256 FROM delivery WHERE name = '杏花社区.xlsx'")
    assert sees(office, "admin", f"/content/{row['sha256']}").status_code == 200
    contents.close_under(key_for("aid.households", FIRST.code, 2026, now().date()), [str(row["sha256"])])
    refused = sees(office, "admin", f"/content/{row['sha256']}")
    assert refused.status_code == 403
    assert "个人信息" in refused.text


@pytest.mark.skipif(not HAS_SLAPD, reason="no slapd here (Debian's package slapd)")
def test_a_person_logs_in_by_the_password_of_the_offices_directory(
    office: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As who the file of persons says, for as long as it says; the shared logins go on by the passwords that are kept here."""

    def log_in(account: str, password: str) -> Any:
        return office.post("/auth/token", json={"username": account, "password": password})

    persons = tmp_path / "persons.yaml"
    persons.write_text(
        "persons:\n- {account: wang, name: 王强, roles: [committee], from: 2026-01-01}\n"
        "- {account: li, name: 李平, roles: [ops], from: 2026-01-01, until: 2026-08-15}\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("DUBAN_PERSONS", str(persons))
    certificate = certify(tmp_path, "127.0.0.1")
    kept = Path(os.environ["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"])
    write_passwords(kept, {"wang": "kept here before", "viewer": "kept here"})
    with directory_server(
        tmp_path, certificate, {"wang": "in the tree", "li": "in the tree", "zhao": "in the tree"}
    ) as ports:
        extra = {"name": f"uid={{account}},{TREE}", "ca_file": str(certificate.certificate)}
        setting = {"conn_type": "ldap", "host": "127.0.0.1", "port": ports["ldaps"], "extra": extra}
        monkeypatch.setenv("AIRFLOW_CONN_DUBAN_LDAP", json.dumps(setting))
        assert log_in("wang", "kept here before").status_code == 401
        assert log_in("zhao", "in the tree").status_code == 401, "the directory knows many who have nothing to do here"
        assert log_in("li", "in the tree").status_code == 401, "the term is over"
        assert log_in("viewer", "kept here").status_code == 201
        entered = log_in("wang", "in the tree")
    page = office.get("/duban/account", headers=HTML, cookies={"_token": entered.json()["access_token"]}).text
    assert "王强" in page and "统一登录" in page and 'name="old"' not in page
    away = log_in("wang", "in the tree")
    assert away.status_code == 503 and "统一登录" in away.json()["detail"]
