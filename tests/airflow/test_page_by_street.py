"""Every route of the page, as everybody who may come: nobody, who only looks, another street's people, those of the street."""

from __future__ import annotations

import datetime as dt
import html
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from starlette.routing import Route
from starlette.testclient import TestClient

from include.acts import ACTS
from include.acts.act import Field
from include.asking.opening import open_period
from include.circulars.draft import draft
from include.db.engine import transaction
from include.decisions import record
from include.intake.receive import drain
from include.items.items import open_items
from include.period import now
from include.post.sender import send_due
from include.registry.units import import_units
from include.shapes.scored_form import ScoredForm
from include.steps import approvals
from include.steps.quality import DOCS
from plugins.duban_page.airflow import Airflow
from tests.airflow.page_client import HTML, browser, page_world, routes, sees, sends
from tests.faults.mail_server import serving
from tests.intake.receive_street import FIRST as SAMPLE
from tests.intake.receive_street import STREET, drop, rows, scheme_of, workbook
from tests.signing import asks

OTHER = "990000002"
FIRST = replace(SAMPLE, name="望湖社区")  # names that stand in no help of a form
SECOND = replace(SAMPLE, code=f"{STREET}002", name="远山社区", secretary_email="s2@x.cn", officer_email="o2@x.cn")
NEIGHBOUR = replace(FIRST, code=f"{OTHER}001", name="槐荫社区", street_code=OTHER, street="邻街街道", secretary_email="s9@x.cn", officer_email="o9@x.cn", liaison_email="l9@x.cn")  # fmt: skip
OURS, THEIRS = ("望湖", "远山", "s1@x.cn"), ("槐荫", "s9@x.cn")
"""By what a page of ours, and one of the neighbours', is known: names of communities, addresses."""
OFFICES = f'  "{OTHER}": {{name: 邻街街道, account: neighbour}}\n'
PERSONS = f"""
persons:
  - {{account: wang, name: 王强, roles: [committee], streets: ["{STREET}"], from: 2026-01-01}}
  - {{account: cheng, name: 程晚舟, roles: [ops], streets: ["{STREET}"], from: 2026-01-01}}
  - {{account: qian, name: 钱多, roles: [ops], streets: ["{OTHER}"], from: 2026-01-01}}
  - {{account: sun, name: 孙立, roles: [committee], streets: ["{OTHER}"], from: 2026-01-01}}
  - {{account: zhou, name: 周望, roles: [viewer], streets: ["{OTHER}"], from: 2026-01-01}}
"""
ELSEWHERE = ("qian", "sun", "zhou")
OF_NO_STREET = ("/static", "/account", "/", "/acts")  # what holds no row of any street


@pytest.fixture(scope="module")
def page(
    tmp_path_factory: pytest.TempPathFactory, _sqlite_template: Path, airflow_database: None
) -> Iterator[TestClient]:
    """Two streets, each with hand-ins, mails, decisions, items and a circular that waits to be signed."""
    world = tmp_path_factory.mktemp("streets")
    with page_world(world, _sqlite_template, OFFICES) as patch:
        (world / "persons.yaml").write_text(PERSONS, encoding="utf-8")
        patch.setenv("DUBAN_PERSONS", str(world / "persons.yaml"))
        patch.setenv("DUBAN_REPORTS", str(world / "reports"))
        head = "code,name,street_code,street,unit_type,households,secretary_email,officer_email,liaison_email\n"
        lines = [",".join(map(str, (u.code, u.name, u.street_code, u.street, u.unit_type, u.households, u.secretary_email, u.officer_email, u.liaison_email))) for u in (FIRST, SECOND, NEIGHBOUR)]  # fmt: skip
        (world / "registry.csv").write_text(head + "\n".join(lines) + "\n", encoding="utf-8")
        with transaction() as connection:
            import_units(connection, world / "registry.csv", dt.date(2000, 1, 1))
        drop(world, "望湖社区.xlsx", workbook(FIRST, volunteer_services="2"))
        drop(world, "远山社区.xlsx", workbook(SECOND, branch_committees="六"))
        drop(world, "槐荫社区.xlsx", workbook(NEIGHBOUR, branch_committees="六"))
        drain("test")
        patch.setenv("DUBAN_NOW", "2026-08-16T09:00:00")
        for street in (STREET, OTHER):
            with transaction() as connection:
                result = ScoredForm(scheme_of()).evaluate(connection, street, now(), "test")
                assert result is not None
                circular = draft(connection, result, now())
                open_items(connection, result, now().date(), now())
            approvals.ask_about(circular)
            asks(circular)
            docs = world / "reports" / DOCS / f"half_year-2026H1-{street}"
            docs.mkdir(parents=True)
            (docs / "x.html").write_text("望湖社区" if street == STREET else "槐荫社区", encoding="utf-8")
        with transaction() as connection:
            for unit in (FIRST, NEIGHBOUR):
                about = {"kind": "extension", "scheme": "half_year", "period": "2026H1", "unit_code": unit.code}
                record(connection, about | {"field": "", "value": "2026-07-24", "reason": f"{unit.name}停电", "decided_by": "admin", "decided_at": now(), "account": "admin"})  # fmt: skip
        for server in serving():
            patch.setenv("AIRFLOW_CONN_DUBAN_SMTP", server.connection)
            send_due("test")
        with transaction() as connection:  # one of each street could not be delivered: a person may settle it
            connection.execute(text("UPDATE mail SET state = 'failed' WHERE id IN (SELECT mail_id FROM notice WHERE kind = 'approval_waiting')"))  # fmt: skip
        with browser() as client:
            yield client


def of_street(code: str) -> dict[str, str]:
    """What a route's placeholders stand for in a street: a unit, an act, a file that came in, a mail that went out."""
    unit = FIRST.code if code == STREET else NEIGHBOUR.code
    [file] = rows(f"SELECT sha256 FROM delivery WHERE unit_code = '{unit}'")
    mail = rows(f"SELECT mail.sha256, mail.id FROM mail INNER JOIN notice ON notice.mail_id = mail.id WHERE notice.street_code = '{code}' AND notice.kind = 'approval_waiting'")[0]  # fmt: skip
    [document] = rows(f"SELECT circular.id FROM circular INNER JOIN assessment ON assessment.id = circular.assessment_id WHERE assessment.street_code = '{code}'")  # fmt: skip
    return {
        "code": unit,
        "file": str(file["sha256"]),
        "mail": str(mail["sha256"]),
        "mail_id": str(mail["id"]),
        "document": str(document["id"]),
    }


def addresses(route: Route, street: str) -> list[str]:
    """A route as it is asked about a street: without and with the office named, as far as it has placeholders filled in."""
    meant = of_street(street)
    path = route.path.replace("{sha256}", meant["mail" if "/mail/" in route.path else "file"]).replace(
        "{code}", meant["code"]
    )
    path = path.replace("{number}", "0").replace("{path:path}", f"half_year-2026H1-{street}/x.html")
    paths = [path.replace("{name}", act.name) for act in ACTS] if "{name}" in path else [path]
    assert not any("{" in one for one in paths), f"{route.path}: a new placeholder is to be filled in here"
    more = f"&id={meant['document']}" if route.path.startswith("/document") else ""
    return [f"{one}?{said}{more}" for one in paths for said in ("", f"office={street}&period=half_year/2026H1")]


def pages() -> list[Route]:
    return [one for one in routes() if "GET" in (one.methods or ())]


def forms() -> list[Route]:
    return [one for one in routes() if "POST" in (one.methods or ())]


def test_nobody_who_is_not_logged_in_gets_a_byte_of_any_street(page: TestClient) -> None:
    assert len(routes()) >= 20
    for route in routes():
        for address in addresses(route, STREET):
            for method in route.methods or ():
                asked, other = (page.request(method, f"/duban{address}", headers=head) for head in (HTML, {}))
                assert asked.status_code == (302 if method == "GET" else 401), (method, address)
                assert other.status_code == 401, (method, address)
                assert not any(mark in asked.text + other.text for mark in OURS + THEIRS), (method, address)


@pytest.mark.parametrize("account", ELSEWHERE)
def test_no_page_shows_another_streets_people_anything_of_the_street(page: TestClient, account: str) -> None:
    for route in pages():
        for address in addresses(route, STREET):
            shown = sees(page, account, address)
            assert not any(mark in shown.text for mark in OURS), (account, address)
            assert shown.status_code in (200, 307, 403, 404), (account, address)
            if "office=" in address and route.path not in OF_NO_STREET and not route.path.startswith("/account"):
                assert shown.status_code in (307, 403, 404), (account, address)
            for ending in ("xlsx", "csv"):
                file = sees(page, account, f"{address}&format={ending}")
                assert not any(mark.encode() in file.content for mark in OURS), (account, address)


@pytest.mark.parametrize("account", ["viewer", "cheng", "wang", "admin"])
def test_who_may_look_at_the_street_sees_it_and_nothing_of_the_other_where_that_was_not_asked_for(
    page: TestClient, account: str
) -> None:
    lists = {
        "/today",
        "/submissions",
        "/items",
        "/documents",
        "/mails",
        "/scores",
        "/files",
        "/decisions",
        "/quality",
        "/settings",
    }
    found = set()
    for route in pages():
        for address in addresses(route, STREET):
            shown = sees(page, account, address)
            assert shown.status_code in (
                200,
                307,
                404 if "docs" in address or address.startswith("/mail/") or route.path.endswith("/form") else 200,
            ) or (
                account in ("cheng", "wang") and route.path in ("/metrics", "/workflows") and shown.status_code == 403
            ), (account, address, shown.status_code)
            if any(mark in shown.text for mark in OURS):
                found.add(route.path)
            if "office=" in address and route.path not in ("/metrics", "/workflows"):
                assert not any(mark in shown.text for mark in THEIRS), (account, address)
    assert lists - {"/quality", "/documents"} <= found, "the marks are those of its rows"


def test_what_the_checks_found_stands_period_beside_period_and_leads_to_the_period_and_the_unit(
    page: TestClient,
) -> None:
    shown = sees(page, "cheng", f"/quality/periods?office={STREET}&period=half_year/2026H1").text
    assert "2026年上半年" in shown and "支委会次数" in shown
    of_period = re.search(r'href="/duban(/quality\?[^"]*q=[^"]*)">1</a>', shown)
    by_unit = re.search(r'href="/duban(/quality/periods\?[^"]*by=unit[^"]*)">看各单位', shown)
    assert of_period and by_unit
    assert "应填整数" in sees(page, "cheng", html.unescape(of_period[1])).text
    units = sees(page, "cheng", html.unescape(by_unit[1])).text
    assert "远山社区" in units and "槐荫社区" not in units and "望湖社区" not in units
    assert re.search(rf'href="/duban/unit/{SECOND.code}\?[^"]*">1</a>', units)
    file = sees(page, "cheng", f"{html.unescape(by_unit[1])}&format=csv").content.decode("utf-8-sig")
    assert file.splitlines()[1].startswith("远山社区,退回,")


def test_whoever_acts_in_another_street_only_is_refused_and_nothing_is_recorded(page: TestClient) -> None:
    before, wrong = snapshot(), []
    for account in (*ELSEWHERE, "viewer"):
        for route in forms():
            if route.path == "/account":  # everybody's own password
                continue
            for address in addresses(route, STREET):
                if route.path == "/files" and "office=" not in address:
                    continue  # his own street's: it counts there alone (tests/intake/test_brought.py)
                file = {"file": ("望湖.xlsx", b"PK")} if route.path == "/files" else None
                typed = answers_to(route, address)
                refused = sends(page, account, address, file, **typed)
                told = [mark for mark in OURS if not any(mark in str(one) for one in typed.values())]
                allowed = (403, 404) if route.path == "/documents/answer" else (403,)
                if refused.status_code not in allowed or any(mark in refused.text for mark in told):
                    wrong.append((account, address, refused.status_code))
    assert wrong == []
    assert snapshot() == before
    assert {row["outcome"] for row in rows("SELECT outcome FROM run_log WHERE stage = 'act'")} == {"refused"}


def test_who_acts_in_the_street_reminds_a_community_again_from_its_row_once_a_day(
    page: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = f"office={STREET}&period=half_year/2026H1"
    assert "/acts/remind" not in sees(page, "cheng", f"/submissions?{chosen}").text, "its window is over"
    monkeypatch.setenv("DUBAN_NOW", "2026-07-10T10:00:00")
    with transaction() as connection:
        open_period(connection, scheme_of(), STREET, now())
    assert "/acts/remind" not in sees(page, "viewer", f"/submissions?{chosen}").text
    [link] = re.findall(r'href="/duban(/acts/remind[^"]*)"', sees(page, "cheng", f"/submissions?{chosen}").text)
    form = sees(page, "cheng", html.unescape(link)).text
    assert f'value="{SECOND.name}"' in form and 'value="2026H1"' in form
    started: list[str] = []
    monkeypatch.setattr(Airflow, "start", lambda _self, name, **_: started.append(name))
    asked = {"period": "2026H1", "unit_code": SECOND.name, "scheme": "half_year", "reason": "电话无人接听"}
    done, again = (sends(page, "cheng", f"/acts/remind?{chosen}", **asked) for _ in range(2))
    assert done.status_code == 200 and f"程晚舟 再提醒了{SECOND.name}" in done.text
    assert started == ["send_notices"], "it goes now"
    assert again.status_code == 422 and "同一单位一天只再提醒一次" in again.text
    [decision] = rows("SELECT unit_code, reason, decided_by, account FROM decision WHERE kind = 'reminder'")
    assert decision == {"unit_code": SECOND.code, "reason": "电话无人接听", "decided_by": "程晚舟", "account": "cheng"}
    assert "再提醒" in sees(page, "cheng", f"/decisions?{chosen}&f_kind=再提醒").text


def snapshot() -> dict[str, list[dict[str, Any]]]:
    names = ("decision", "question", "delivery", "notice", "circular", "rectification_item", "item_event", "referral")
    return {name: rows(f"SELECT * FROM {name}") for name in names}


def answers_to(route: Route, address: str) -> dict[str, Any]:
    """What somebody would send who knows all of the street's names and numbers."""
    meant = of_street(STREET)
    if route.path.startswith("/acts/"):
        act = next(one for one in ACTS if f"/acts/{one.name}?" in address)
        return {field.name: _answer(field, meant) for field in act.fields}
    if route.path == "/documents/answer":
        return {"ids": meant["document"], "option": "approval", "name": "", "note": ""}
    if route.path == "/items":
        items = rows(f"SELECT id FROM rectification_item WHERE unit_code LIKE '{STREET}%'")
        assert items
        return {"ids": [str(one["id"]) for one in items], "act": "登记反馈", "deadline": "", "reason": "核实"}
    return {"reason": "代交"}


def _answer(field: Field, meant: dict[str, str]) -> str:
    known = {
        "unit": FIRST.name, "street": STREET, "period": "2026H1", "system": "half_year", "indicator": "A1", "figure": "支委会次数",
        "document": meant["document"], "mail": meant["mail_id"], "address": FIRST.secretary_email, "date": "2026-08-20",
        "moment": "2026-08-20T09:30", "choice": field.choices[0] if field.choices else "",
    }  # fmt: skip
    return known.get(field.kind, "核实")
