"""The worked case of 联席会议 (a community's third quarter): held in time, reported late, not held; the street's and county's own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import Engine

from include.circulars.model import build_model
from include.circulars.statistics import named_elsewhere
from include.documents.rendering import as_markdown
from include.intake.fed import shown_in_forms
from include.period import Period, parse_moment
from include.schemes.loader import load_scheme
from include.scoring.finding import newest_assessments
from include.shapes.scored_form import ScoredForm
from include.steps import diary
from tests.own_systems import add_systems
from tests.town import STREET, Town

pytestmark = pytest.mark.story

A = f"{STREET}001"
COUNTY = STREET[:6]
B, C = f"{STREET}002", f"{STREET}003"
SUBJECTS = f"{A},杏花社区,{STREET},云街街道,,a@x.cn\n"
TITLES = (
    "会议名称,召开日期,地点,主持单位,应到单位数,实到,请假,缺席,缺席单位,议题数,上次议定事项数,其中已落实,纪要附件有"
)
SHEET = "会议纪要表"


class Quarter(Town):
    def on(self, day: str) -> None:
        self.patch.setenv("DUBAN_NOW", f"{day}T07:50:00")
        diary.keep_diary("test")

    def reports(self, period: str, held: str, figures: str, at: str, filler: str = A) -> str:
        return self.hands_in(
            period, SHEET, filler, TITLES, f"党建联席会议,{held},会议室,市政公司,{figures},是", at=f"{at}T10:00:00"
        )

    def alerts(self) -> list[str]:
        with self.database() as connection:
            rows = connection.exec_driver_sql(
                "SELECT payload FROM notice WHERE kind = 'ops_alert' AND subject LIKE '%%到期未签发'"
            )
            return [json.loads(str(row[0]))["title"] for row in rows.all()]


@pytest.fixture
def quarter(database: Engine, world: Path, monkeypatch: pytest.MonkeyPatch) -> Quarter:
    add_systems(world, monkeypatch, joint_meeting="2026Q3")
    return Quarter(world, monkeypatch, "joint_meeting", subjects=SUBJECTS, links="")


def test_the_worked_case_comes_out_as_it_was_reckoned_by_hand(quarter: Quarter) -> None:
    quarter.on("2026-07-01")
    quarter.on("2026-07-03")
    with quarter.database() as connection:
        planned = connection.exec_driver_sql(
            "SELECT series, planned_date, state FROM event ORDER BY planned_date"
        ).all()
    assert [(row[0], str(row[1])) for row in planned if str(row[1]) < "2026-12"] == [
        ("joint_meeting_community", "2026-07-10"),
        ("joint_meeting_community", "2026-08-10"),
        ("joint_meeting_street", "2026-09-01"),
        ("joint_meeting_community", "2026-09-10"),
        ("joint_meeting_county", "2026-09-15"),
        ("joint_meeting_community", "2026-10-10"),
        ("joint_meeting_community", "2026-11-10"),
        ("joint_meeting_street", "2026-11-16"),
    ]
    assert planned[0][2] == "已通知"  # 5 working days before

    assert quarter.reports("2026-07", "2026-07-10", "15,12,2,1,,3,0,0", "2026-07-14") == "returned"
    assert "缺席单位的家数与缺席数不同" in quarter.said
    assert quarter.reports("2026-07", "2026-07-10", "15,12,2,1,市政公司,3,0,0", "2026-07-14") == "accepted", (
        quarter.said
    )
    head = "事项,责任单位,完成期限,牵头职务"
    early = "修缮楼道扶手,物业公司,2026-07-10,物业经理"
    assert quarter.hands_in("2026-07", "议定事项", A, head, early, at="2026-07-14T10:30:00") == "returned"
    assert "完成期限应在召开日期以后" in quarter.said and "晚于 2026-07-10" in quarter.said
    lines = ("修缮楼道扶手,物业公司,2026-08-07,物业经理", f"清运建筑垃圾,{A},,社区书记")
    assert quarter.hands_in("2026-07", "议定事项", A, head, *lines, at="2026-07-14T11:00:00") == "accepted", (
        quarter.said
    )
    assert quarter.reports("2026-08", "2026-08-25", "15,9,4,2,市政公司、第一小学,2,2,1", "2026-09-02") == "accepted", (
        quarter.said
    )
    assert quarter.reports("2026Q3", "2026-09-01", "6,6,0,0,,2,0,0", "2026-09-03", filler=STREET) == "accepted", (
        quarter.said
    )
    assert quarter.reports("2026H2", "2026-09-15", "3,3,0,0,,2,0,0", "2026-09-17", filler=COUNTY) == "accepted", (
        quarter.said
    )
    quarter.on("2026-10-13")
    quarter.on("2026-10-14")
    with quarter.database() as connection:
        [item] = connection.exec_driver_sql(
            "SELECT problem, opened_date, deadline FROM rectification_item WHERE kind = 'missed_event'"
        ).all()
        resolved = connection.exec_driver_sql(
            "SELECT problem, deadline FROM rectification_item WHERE kind = 'resolution' ORDER BY deadline"
        ).all()
        [change] = connection.exec_driver_sql("SELECT happened_at FROM event_change WHERE state = '未召开'").all()
    assert (item[0], str(item[1]), str(item[2])) == ("2026年9月社区党建联席会议未召开", "2026-10-14", "2026-11-04")
    assert str(change[0])[:10] in ("2026-10-14", "2026-10-13")  # by the database's zone
    assert [(row[0], str(row[1])) for row in resolved] == [
        ("修缮楼道扶手", "2026-08-07"),
        ("清运建筑垃圾", "2026-08-11"),
    ]
    quarter.on("2026-11-03")  # the community is told 5 working days before its own of 10 November, with what is open
    with quarter.database() as connection:
        [own] = connection.exec_driver_sql(
            f"SELECT payload FROM notice WHERE kind = 'event_invitation' AND subject LIKE '%%community/{A}/2026-11/%%'"
        ).all()
    assert json.loads(str(own[0]))["topics"] == [
        "修缮楼道扶手（期限：2026年8月7日）",
        "清运建筑垃圾（期限：2026年8月11日）",
        "2026年9月社区党建联席会议未召开（期限：2026年11月4日）",
    ]
    result = quarter.closes("2026Q3")
    assert result is not None

    rows = {row["code"]: row for row in quarter.read("2026Q3", "tables/T10.csv")}
    assert rows[A] == {
        "code": A, "name": "杏花社区", "应开": "3", "已开": "2", "按时报纪要": "1", "迟报": "1", "未开": "1",
        "平均到会率": "70.00", "议定事项": "2", "已落实": "1", "落实率": "50.00", "已报": "1/1",
    }  # fmt: skip
    listed = {row["problem"]: row["step_due"] for row in quarter.read("2026Q3", "items.csv")}
    assert listed["2026年9月社区党建联席会议未召开"] == "2026-11-04"
    events = {(row["code"], row["period"]): row for row in quarter.read("2026Q3", "events.csv")}
    assert [events[A, f"2026-{month}"]["state"] for month in ("07", "08", "09")] == ["已召开", "已召开", "未召开"]
    assert events[STREET, "2026Q3"]["held"] == "2026-09-01"
    with quarter.database() as connection:
        county = connection.exec_driver_sql(f"SELECT state, held_date FROM event WHERE unit_code = '{COUNTY}'").all()
        noted = connection.exec_driver_sql("SELECT message FROM finding WHERE severity = 'warn'").all()
    assert [(row[0], str(row[1])) for row in county] == [("已召开", "2026-09-15")]
    said = shown(quarter, "2026H2", "2026-11-03T12:00:00", A)
    assert said == "无《会议纪要表》（缺9月、10月、11月、12月）", "until all six months are held or made up"
    assert len(noted) == 1 and "不足三分之二" in noted[0][0]

    quarter.on("2026-11-05")
    quarter.on("2026-11-06")  # 6 working days before the street's meeting of 16 November
    quarter.on("2026-11-09")
    with quarter.database() as connection:
        letters = connection.exec_driver_sql("SELECT model FROM circular WHERE kind = '联席会议通知'").all()
        [told] = connection.exec_driver_sql(
            f"SELECT payload FROM notice WHERE kind = 'event_invitation' AND subject LIKE '%%street/{STREET}/2026Q4/%%'"
        ).all()
        others = connection.exec_driver_sql("SELECT payload FROM notice WHERE kind != 'event_invitation'").all()
    assert json.loads(str(told[0]))["absent"] == [
        {"name": "市政公司", "series": "社区党建联席会议", "of": "杏花社区", "days": ["2026年7月10日", "2026年8月25日"]}
    ]  # 第一小学 was absent once
    assert not any("2026年8月25日" in str(row[0]) for row in others) and "市政公司" not in str(letters)
    quarter.on("2026-11-13")
    assert quarter.alerts() == []
    quarter.on("2026-11-16")  # nobody signed: ops are told once, and nothing is called by machine
    quarter.on("2026-11-17")
    assert quarter.alerts() == ["2026年第四季度党建联席会议的通知到开会那天还没有签发"]
    assert len(letters) == 1
    letter = json.loads(letters[0][0])
    assert letter["meeting"] == "2026年第四季度党建联席会议"
    assert letter["meeting_time"].startswith("2026年11月16日（星期一）9时30分")
    assert sorted((topic["problem"], topic["overdue"]) for topic in letter["agenda"]) == [
        ("2026年9月社区党建联席会议未召开", 1),
        ("修缮楼道扶手", 1),
        ("清运建筑垃圾", 1),
    ]


def shown(quarter: Quarter, period: str, moment: str, code: str) -> str:
    """What the half year's form says of the paper 联席会议记录."""
    scheme = load_scheme("half_year", Period.parse(period))
    [paper] = [cell.key for cell in scheme.cells if cell.label == "联席会议记录"]
    with quarter.database() as connection:
        return shown_in_forms(connection, scheme, STREET, parse_moment(moment, "test"))[code][paper]


def test_who_misses_two_running_or_two_of_a_quarter_is_named_and_by_the_half_year_too(
    database: Engine, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_systems(world, monkeypatch, joint_meeting="2026Q1", half_year="2026H1")
    three = SUBJECTS + f"{B},柳堤社区,{STREET},云街街道,,b@x.cn\n{C},梅亭社区,{STREET},云街街道,,c@x.cn\n"
    quarter = Quarter(world, monkeypatch, "joint_meeting", subjects=three, links="")
    held = {  # A misses March and April, over the turn of the quarter; B April and June; C May alone
        A: ("01-12", "02-10", "", "", "05-11", "06-10"),
        B: ("01-12", "02-10", "03-10", "", "05-11", ""),
        C: ("01-12", "02-10", "03-10", "04-10", "", "06-10"),
    }
    for month in range(1, 7):
        quarter.on(f"2026-{month:02}-02")
        for code, days in held.items():
            if day := days[month - 1]:
                said = quarter.reports(f"2026-{month:02}", f"2026-{day}", "5,5,0,0,,1,0,0", f"2026-{day}", filler=code)
                assert said == "accepted", quarter.said
        quarter.on(f"2026-{month:02}-28")
    quarter.on("2026-07-10")
    first, second = quarter.closes("2026Q1"), quarter.closes("2026Q2")
    assert first is not None and second is not None
    figures = {(row["code"], row["figure"]): row["value"] for row in quarter.read("2026Q2", "figures.csv")}
    assert [(figures[code, "missed_running"], figures[code, "not_held"]) for code in (A, B, C)] == [
        ("2", "1"),
        ("1", "2"),
        ("1", "1"),
    ]
    page = (quarter.is_signed(second) / "circular.html").read_text(encoding="utf-8")
    said = "连续两次、或者一个季度两次没有召开联席会议的有2个社区：杏花社区、柳堤社区。"
    assert said in page
    assert "连续两次、或者" not in (quarter.is_signed(first) / "circular.html").read_text(encoding="utf-8")
    assert shown(quarter, "2026H1", "2026-07-10T12:00:00", A) == "无《会议纪要表》（缺3月、4月）"
    assert quarter.reports("2026-05", "2026-07-13", "5,5,0,0,,1,0,0", "2026-07-14", filler=C) == "accepted", (
        quarter.said
    )
    assert shown(quarter, "2026H1", "2026-07-13T12:00:00", C) == "无《会议纪要表》（缺5月）", "as it was known then"
    assert shown(quarter, "2026H1", "2026-07-15T12:00:00", C) == "有《会议纪要表》", "made up"
    with quarter.database() as connection:
        scheme = load_scheme("half_year", Period.parse("2026H1"))
        assert named_elsewhere(connection, scheme, STREET) == [
            {"says": "连续两次、或者一个季度两次没有召开联席会议", "units": ["杏花社区", "柳堤社区"]}
        ]
        ScoredForm(scheme).evaluate(connection, STREET, parse_moment("2026-08-18T09:00:00", "test"), "test")
        [result] = newest_assessments(connection, "half_year", "2026H1")
        model = build_model(connection, result["id"])
    assert said in as_markdown("通报", model, number="", issue_date=None).replace("\\", "")
