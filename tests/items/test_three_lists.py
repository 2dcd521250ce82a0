"""The worked case of needs, units and orders: one is taken, one goes to the joint meeting, one the community sees to itself."""

from __future__ import annotations

import datetime as dt
import io
import json
import os
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import Engine

from include.archive import contents
from include.db.engine import transaction
from include.intake.receive import drain
from include.letters.row_letters import draft_row_letters
from include.letters.row_letters_out import files_of_letters
from include.period import Period, parse_moment
from include.reports.overview import overview_of_kinds
from include.schemes.loader import load_scheme
from ops.hand_ins import inboxes_of
from tests.town import STREET, Town
from tests.word import words_of

pytestmark = pytest.mark.story

A, UNIT = f"{STREET}001", "TSG"
SUBJECTS = f"{A},杏花社区,{STREET},云街街道,社区,a@x.cn\n{UNIT},区图书馆,{STREET},云街街道,驻区单位,tsg@x.cn\n"
NEEDS, UNITS, RESOURCES, STEPS = "需求清单", "驻区单位名册", "资源清单", "事项办理"
OF_NEEDS = "需求编号,提出日期,类别,内容,受益群体,受益人数,来源,期望完成日"
OF_UNITS = "单位编号,单位名称,类型,结对社区,联系部门,邮箱,共建协议签订日,到期日,在职党员数"
OF_STEPS = "事项编号,环节,完成日期,结果,单位编号,办理期限,执行书记职务"


@pytest.fixture
def town(database: Engine, world: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    return Town(world, monkeypatch, "three_lists", subjects=SUBJECTS, links="")


def test_three_needs_of_a_community_by_the_half_year(town: Town) -> None:
    unit = f"{UNIT},区图书馆,事业单位,{A},服务部,tsg@x.cn,2026-01-10,2027-12-31,30"
    assert town.hands_in("2026H2", UNITS, STREET, OF_UNITS, unit, at="2026-09-01T10:00:00") == "accepted", town.said
    needs = [
        f"N{n},2026-09-14,便民服务,{what},老年人,20,走访,2026-12-01"
        for n, what in ((1, "读报"), (2, "充电点"), (3, "磨刀"))
    ]
    assert town.hands_in("2026H2", NEEDS, A, OF_NEEDS, *needs, at="2026-09-14T10:00:00") == "accepted", town.said
    # sheets of the parties come in any order
    taken = ["N1,接单,2026-09-22,接单,,,副馆长", "N1,办理,2026-11-05,办结,,,"]
    assert town.hands_in("2026H2", STEPS, UNIT, OF_STEPS, *taken, at="2026-11-05T10:00:00") == "accepted", town.said
    assert "还在“审核下单”：先记下" in town.said
    late = "N1,接单,2026-09-22,接单,,2027-03-01,副馆长"
    assert town.hands_in("2026H2", STEPS, UNIT, OF_STEPS, late, at="2026-11-05T11:00:00") == "returned"
    assert "“办理”最迟到 2026年12月22日" in town.said, town.said
    street = "N2,统筹,2026-10-13,列入联席会议,,,"
    assert town.hands_in("2026H2", STEPS, STREET, OF_STEPS, street, at="2026-10-13T10:00:00") == "accepted", town.said
    own = [
        f"N1,审核下单,2026-09-16,下单,{UNIT},,",
        f"N2,审核下单,2026-09-16,下单,{UNIT},,",
        "N3,审核下单,2026-09-16,自办,,,",
        "N3,办理,2026-09-28,办结,,,",
        "N3,验收评价,2026-09-29,基本满意,,,",
        "N1,验收评价,2026-11-10,满意,,,",
    ]
    assert town.hands_in("2026H2", STEPS, A, OF_STEPS, *own, at="2026-11-10T10:00:00") == "accepted", town.said
    town.closes("2026H2")
    items = {row["number"]: row for row in town.read("2026H2", "items.csv")}
    assert [(row["number"], row["state"], row["step"], row["step_due"]) for row in items.values()] == [
        ("N1", "办结", "", ""),
        ("N2", "长期关注", "统筹", "2027-01-13"),
        ("N3", "办结", "", ""),
    ]
    [row] = [row for row in town.read("2026H2", "tables/T11.csv") if row["code"] == A]
    names = ("需求", "已下单", "自办", "已接单", "匹配率", "按期接单率", "办结", "按期办结率", "满意率", "未匹配")
    assert [row[name] for name in names] == ["3", "2", "1", "1", "66.67", "50.00", "2", "100.00", "100.00", "1"]
    by_unit = {row["code"]: list(row.values())[1:] for row in town.read("2026H2", "tables/T11-1.csv")}
    assert by_unit[UNIT] == ["区图书馆", "2", "1", "1", "50.00", "1", "1", "100.00"]
    assert by_unit[STREET][1:] == by_unit[UNIT][1:]
    with town.database() as connection:
        told = connection.exec_driver_sql(
            "SELECT recipient, payload, attachments FROM notice WHERE kind = 'order_offered'"
        ).all()
        unmatched = (
            connection.exec_driver_sql("SELECT payload FROM notice WHERE kind = 'order_unmatched'").scalars().all()
        )
        of_kinds = overview_of_kinds(connection, dt.date(2026, 12, 31))
    assert {(row[0], json.loads(row[1])["items"][0]["number"]) for row in told} == {
        ("tsg@x.cn", "N1"),
        ("tsg@x.cn", "N2"),
    }
    # the unit gets its sheet with the item and the step filled in, and only adds what it answers
    [(name, sha256)] = {
        (one["name"], one["sha256"])
        for row in told
        for one in json.loads(row[2])
        if json.loads(row[1])["items"][0]["number"] == "N1"
    }
    assert name == "三项清单与点单下单接单_事项办理_区图书馆_2026H2.xlsx"
    sheet = openpyxl.load_workbook(io.BytesIO(contents.load(sha256))).worksheets[0]
    assert ("N1", "接单") in {tuple(cells[2:4]) for cells in sheet.iter_rows(values_only=True)}
    assert [[item["number"] for item in json.loads(one)["items"]] for one in unmatched] == [["N2"]]
    assert [list(row.values()) for row in of_kinds] == [
        ["三项清单和点单下单接单办法", "需求订单", A, "杏花社区", 3, 1, 0, 1, 2],
        ["三项清单和点单下单接单办法", "需求订单", "合计", "", 3, 1, 0, 1, 2],
    ]


def test_units_are_proposed_by_what_they_offer_and_a_person_chooses(
    database: Engine, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Same 类别, something left this year; those that are paired first, then who has the fewest open orders, then by code."""
    units = ("U1", "U2", "U3", "U4", "U5")
    subjects = SUBJECTS + "".join(f"{u},单位{u},{STREET},云街街道,驻区单位,{u}@x.cn\n" for u in units)
    town = Town(world, monkeypatch, "three_lists", subjects=subjects, links="")
    known = [f"{u},单位{u},事业单位,{A if u in ('U4', 'U5') else ''},,{u}@x.cn,2026-01-10,2027-12-31,30" for u in units]
    assert town.hands_in("2026H1", UNITS, STREET, OF_UNITS, *known, at="2026-02-01T10:00:00") == "accepted", town.said
    of_resources = "资源编号,单位编号,类别,内容,形式,每年可承接次数,可用时段"
    for unit, category, times in (
        ("U1", "便民服务", 2),
        ("U2", "便民服务", 3),
        ("U3", "便民服务", 1),
        ("U4", "便民服务", 1),
        ("U5", "健康医疗", 9),
    ):
        line = f"R1,{unit},{category},志愿者,人员,{times},"
        assert town.hands_in("2026H1", RESOURCES, unit, of_resources, line, at="2026-02-02T10:00:00") == "accepted"

    def asks(number: int, day: str) -> list[tuple[str, bool, int, int]]:
        """Who is proposed for a need: code, whether paired, what is left, open orders."""
        row = f"N{number},{day},便民服务,读报{number},老年人,20,走访,"
        said = town.hands_in("2026H1", NEEDS, A, OF_NEEDS, row, at=f"{day}T10:00:00")
        assert said == "accepted", town.said
        with town.database() as connection:
            rows = connection.exec_driver_sql("SELECT payload FROM notice WHERE kind = 'step_begun'").scalars().all()
        told = [item for row in rows for item in json.loads(row)["items"] if item["number"] == f"N{number}"]
        return [(one["code"], one["is_paired"], one["left"], one["open_items"]) for one in told[0]["proposed"]]

    assert asks(1, "2026-03-02") == [("U4", True, 1, 0), ("U1", False, 2, 0), ("U2", False, 3, 0)]
    order = "N1,审核下单,2026-03-03,下单,U1,,"
    assert town.hands_in("2026H1", STEPS, A, OF_STEPS, order, at="2026-03-03T10:00:00") == "accepted", town.said
    assert asks(2, "2026-03-04") == [("U4", True, 1, 0), ("U2", False, 3, 0), ("U3", False, 1, 0)]
    order = "N2,审核下单,2026-03-05,下单,U4,,"
    assert town.hands_in("2026H1", STEPS, A, OF_STEPS, order, at="2026-03-05T10:00:00") == "accepted", town.said
    taken = "N2,接单,2026-03-06,接单,,,副主任"
    assert town.hands_in("2026H1", STEPS, "U4", OF_STEPS, taken, at="2026-03-06T10:00:00") == "accepted", town.said
    assert "可承接次数" not in town.said
    assert [code for code, *_ in asks(3, "2026-03-09")] == ["U2", "U3", "U1"], "U4 has nothing left"
    order = "N3,审核下单,2026-03-10,下单,U4,,"
    assert town.hands_in("2026H1", STEPS, A, OF_STEPS, order, at="2026-03-10T10:00:00") == "accepted", town.said
    answers_by_its_sheet(town, "N3", "2026-03-11")
    assert "本年可承接次数已经用完" in town.said, "it may, and is asked whether that is meant"

    project = "P1,N2,U4,副主任,2026-03-06,2026-06-30,每周读报一次,在建,"
    of_projects = "项目编号,需求编号,承接单位,执行书记职务,开始日期,结束日期,目标,完成情况,资金"
    assert town.hands_in("2026H1", "项目清单", A, of_projects, project, at="2026-03-09T12:00:00") == "accepted"
    scheme = load_scheme("three_lists", Period.parse("2026H1"))
    document = next(one for one in scheme.documents if one.of_rows is not None)
    at = parse_moment("2026-03-10T07:50:00", "test")
    with transaction() as connection:
        assert draft_row_letters(connection, scheme, document, STREET, at) is not None
        files = files_of_letters(connection, scheme, STREET)
    text = words_of(files[f"letters/{A}-三项清单.docx"])
    for said in ("需求清单", "读报2", "单位U4", "9次", "每周读报一次", "2026年3月6日至2026年6月30日"):
        assert said in text, said


def answers_by_its_sheet(town: Town, number: str, day: str) -> None:
    """The unit that was asked fills in the workbook that came with the order, and sends it back."""
    with town.database() as connection:
        told = connection.exec_driver_sql("SELECT payload, attachments FROM notice WHERE kind = 'order_offered'").all()
    [sha256] = {
        one["sha256"]
        for payload, attached in told
        for one in json.loads(attached)
        if json.loads(payload)["items"][0]["number"] == number
    }
    book = openpyxl.load_workbook(io.BytesIO(contents.load(sha256)))
    sheet = book.worksheets[0]
    [line] = [row for row in sheet.iter_rows() if row[2].value == number]
    titles = {cell.value: cell.column for row in sheet.iter_rows(max_row=line[0].row) for cell in row if cell.value}
    sheet.cell(line[0].row, titles["完成日期"]).value = day
    sheet.cell(line[0].row, titles["结果"]).value = "接单"
    path, moment = town.world / "inbox" / f"{number}.xlsx", parse_moment(f"{day}T10:00:00", "test")
    book.save(path)
    os.utime(path, (moment.timestamp(), moment.timestamp()))
    town.patch.setenv("DUBAN_NOW", moment.isoformat())
    drain("test")
    with town.database() as connection:
        [(status, said)] = connection.exec_driver_sql(
            f"SELECT status, message FROM delivery WHERE name = '{path.name}'"
        ).all()
        [(step,)] = connection.exec_driver_sql(f"SELECT step FROM rectification_item WHERE number = '{number}'").all()
    town.said = str(said)
    assert (status, step) == ("accepted", "办理"), said


def test_sheets_of_a_close_count_as_received_on_the_last_day_on_which_something_was_done(tmp_path: Path) -> None:
    """Else what a unit answered in time would come after the step that it answers had passed."""
    for name, form, filler, titles, line in (
        ("1.csv", NEEDS, A, OF_NEEDS, "N1,2026-09-14,便民服务,读报,老年人,20,走访,2026-12-01"),
        ("2.csv", STEPS, A, OF_STEPS, f"N1,审核下单,2026-09-16,下单,{UNIT},,"),
        ("3.csv", STEPS, UNIT, OF_STEPS, "N1,接单,2026-09-22,接单,,,副馆长"),
    ):
        (tmp_path / name).write_text(f"表,{form}\n期间,2026H2\n编码,{filler}\n\n{titles}\n{line}\n", encoding="utf-8")
    [inbox] = inboxes_of(load_scheme("three_lists", Period.parse("2026H2")), tmp_path, None, "due")
    days = {path.name: f"{at:%m-%d}" for path, at in inbox.files if at is not None}
    assert days == {"1.csv": "09-14", "2.csv": "09-16", "3.csv": "09-22"}
