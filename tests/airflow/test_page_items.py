"""整改清单 on the page: several items ticked and one act done to each of them, and rows under headings."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from include.db.engine import get_engine, transaction
from include.items.items import open_items
from include.period import now
from plugins.duban_page.airflow import Airflow
from tests.airflow.page_client import browser, page_world, sees, sends
from tests.intake.receive_street import FIRST, SECOND, STREET, prepare, rows
from tests.street import found_at

PERSONS = f"""
persons:
  - {{account: cheng, name: 程晚舟, roles: [ops], streets: ["{STREET}"], from: 2026-01-01}}
  - {{account: jian, name: 简宁, roles: [inspector], streets: ["{STREET}"], from: 2026-01-01}}
"""


@pytest.fixture(scope="module")
def street(
    tmp_path_factory: pytest.TempPathFactory, _sqlite_template: Path, airflow_database: None
) -> Iterator[tuple[TestClient, Path]]:
    """杏花社区 has two items, 柳堤社区 one of the same indicator; the page, and the database as it stands then."""
    world = tmp_path_factory.mktemp("items")
    with page_world(world, _sqlite_template) as patch:
        (world / "persons.yaml").write_text(PERSONS, encoding="utf-8")
        patch.setenv("DUBAN_PERSONS", str(world / "persons.yaml"))
        patch.setenv("DUBAN_NOW", "2026-08-20T10:00:00")
        prepare(world)
        with transaction() as connection:
            found = found_at(connection, "2026H1", {FIRST.code: {"E1": 15, "A1": 30}, SECOND.code: {"E1": 15}})
            open_items(connection, found, dt.date(2026, 8, 20), now())
        patch.setenv("DUBAN_NOW", "2026-08-28T10:00:00")
        get_engine().dispose()
        shutil.copy(world / "duban.db", world / "before.db")
        with browser() as client:
            yield client, world


@pytest.fixture
def office(street: tuple[TestClient, Path]) -> TestClient:
    client, world = street
    get_engine().dispose()
    shutil.copy(world / "before.db", world / "duban.db")
    return client


@pytest.fixture(autouse=True)
def woken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The workflows that were set going."""
    started: list[str] = []
    monkeypatch.setattr(Airflow, "start", lambda _self, name, **_: started.append(name))
    return started


def ids(office: TestClient, account: str = "cheng") -> dict[str, str]:
    """The boxes that a page of the list offers: the item's id by what the box says."""
    boxes = re.findall(r'<input type="checkbox" name="ids" value="(\w+)" form="together" aria-label="选 ([^"]+)"', sees(office, account, "/items").text)  # fmt: skip
    return {said.rpartition(" ")[0]: one for one, said in boxes}


def act(office: TestClient, *which: str, account: str = "cheng", **fields: Any) -> Any:
    own = ids(office)
    return sends(office, account, "/items", ids=[own[one] for one in which], **fields)


def states() -> dict[str, object]:
    return {f"{row['unit_code']} {row['indicator']}": row["state"] for row in rows("SELECT * FROM rectification_item")}


def test_one_act_is_done_to_every_ticked_item_and_what_refuses_is_named_with_why(
    office: TestClient, woken: list[str]
) -> None:
    every = ("杏花社区 E1", "杏花社区 A1", "柳堤社区 E1")
    answered = act(office, "杏花社区 E1", "柳堤社区 E1", act="登记反馈", reason="电话报来")
    assert answered.status_code == 200 and "已对 2 件办理“登记反馈”：杏花社区 E1、柳堤社区 E1" in answered.text
    verified = act(office, *every, act="核验通过", reason="现场看过")
    assert verified.status_code == 200 and "已对 2 件办理“核验通过”" in verified.text
    assert woken == ["send_notices"] * 2, "once an act, not once an item"
    assert "杏花社区 A1：" in verified.text and "现为“待整改”，不能改为“验收”" in verified.text
    assert verified.text.count(" checked>") == 1 and ">现场看过</textarea>" in verified.text, (
        "what is left stays ticked"
    )
    assert states() == {f"{FIRST.code} E1": "验收", f"{FIRST.code} A1": "待整改", f"{SECOND.code} E1": "验收"}
    events = rows("SELECT actor, reason FROM item_event WHERE kind = 'verified'")
    assert events == [{"actor": "程晚舟", "reason": "现场看过"}] * 2, "each item has its own record"
    again = act(office, "杏花社区 E1", act="核验通过", reason="再看")
    assert again.status_code == 422 and "已对" not in again.text


def test_what_the_form_asks_of_all_is_asked_before_anything_is_done(office: TestClient) -> None:
    nothing = sends(office, "cheng", "/items", act="", reason="")
    assert nothing.status_code == 422
    for said in ("“办理”没有填", "“理由”没有填", "没有选事项"):
        assert said in nothing.text
    until = act(office, "杏花社区 E1", "杏花社区 A1", act="延期", reason="等材料")
    assert until.status_code == 422 and "杏花社区 E1、杏花社区 A1：延期请填写新的期限" in until.text
    longer = act(office, "杏花社区 E1", "杏花社区 A1", act="延期", reason="等材料", deadline="2026-09-25")
    assert "已对 1 件办理“延期”：杏花社区 E1" in longer.text and "新的期限应晚于现在的期限" in longer.text
    assert set(states().values()) == {"待整改"}


def test_who_may_not_act_gets_no_boxes_and_is_refused(office: TestClient) -> None:
    own = list(ids(office).values())
    for account in ("viewer", "jian"):
        assert ids(office, account) == {} and 'id="together"' not in sees(office, account, "/items").text
        assert sends(office, account, "/items", ids=own, act="登记反馈", reason="试").status_code == 403
    assert sends(office, "cheng", "/items", ids=own, act="登记反馈", reason="试", mark="").status_code == 403
    assert sends(office, "cheng", "/items", ids="0" * 64, act="登记反馈", reason="试").status_code == 403
    assert set(states().values()) == {"待整改"}


def test_an_item_that_was_handed_on_is_told_apart_from_the_units_own_of_the_same_indicator(office: TestClient) -> None:
    with transaction() as connection:
        connection.exec_driver_sql(f"UPDATE rectification_item SET origin_code = '{FIRST.code}', opened_date = '2026-08-21' WHERE unit_code = '{SECOND.code}'")  # fmt: skip
    act(office, "杏花社区 E1", act="登记反馈", reason="电话报来")
    assert states() == {f"{FIRST.code} E1": "已反馈", f"{FIRST.code} A1": "待整改", f"{SECOND.code} E1": "待整改"}


def test_rows_stand_under_headings_with_counts_and_files_stay_as_they_are(office: TestClient) -> None:
    for by, headings in {
        "unit": [("杏花社区", "2"), ("柳堤社区", "1")],
        "problem": [("E1 E1不到位", "2"), ("A1 A1不到位", "1")],
        "liaison": [("l1@x.cn", "2"), ("l2@x.cn", "1")],
        "": [],
    }.items():
        shown = sees(office, "viewer", f"/items?group={by}").text
        found = re.findall(r'<th scope="rowgroup"[^>]*>(.+?) <span class="quiet">(\d+) 行', shown)
        assert found == headings, by
        file = sees(office, "viewer", f"/items?group={by}&format=csv").content
        assert file == sees(office, "viewer", "/items?format=csv").content
    table = csv.DictReader(io.StringIO(file.decode("utf-8-sig")))
    assert [row["单位"] for row in table] == ["杏花社区", "柳堤社区", "杏花社区"]
    assert "group=unit" in sees(office, "viewer", "/items?group=unit&sort=days").text, "the links of the heads keep it"
