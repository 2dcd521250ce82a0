"""What ledgers say of a form's figures stands in the form itself, with source and day; a difference is a note, and a line for the
inspectors; a form of which no ledger says anything is as it was."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path

import openpyxl
import pytest
import yaml
from sqlalchemy import Engine

from include.archive import contents
from include.db import sql
from include.db.engine import transaction
from include.intake.receive import drain
from include.period import parse_moment
from include.registry.units import import_units
from include.settings import REPO
from include.shapes import shape_of
from include.workbooks.forms import write_form
from tests.intake.receive_street import FIRST, PERIOD, REGISTER, SECOND, drop, figures, notices, scheme_of
from tests.own_systems import add_systems

STREET = FIRST.street_code
MEMBERS = [
    "表,在职党员报到登记册",
    "期间,2026H1",
    f"编码,{FIRST.code}",
    "",
    "登记卡号,姓名,单位编号,报到日期,特长,服务意向,认领岗位一,认领岗位二,认领日期,状态,离开日期",
    "01,王小明,U1,2026-01-15,,,宣教,,2026-01-20,在册,",
    "02,李建国,U1,2026-02-01,,,,,,在册,",
]
HOURS = [
    "表,志愿服务时长台账",
    "期间,2026-06",
    f"编码,{FIRST.code}",
    "",
    "序号,登记卡号,日期,方向,时长,事项类别,岗位,活动,证明人职务,更正序号,转赠编号",
    "1,01,2026-06-07,存入,6,便民服务,,E1,居民小组长,,",
]


@pytest.fixture
def street(database: Engine, world: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two communities, of which one keeps ledgers; the office runs the half year, in_service and time_bank."""
    (world / "register").mkdir()
    lines = REGISTER.replace("unit_type", "kind").splitlines()
    lines = [",".join([*line.split(",")[:5], *line.split(",")[6:]]) for line in lines]
    unit = f"U1,县教育局,{STREET},云街街道,驻区单位,,,"
    (world / "register/subjects.csv").write_text("\n".join([*lines, unit]) + "\n", encoding="utf-8")
    with transaction() as connection:
        import_units(connection, world / "register", dt.date(2000, 1, 1))
    offices = yaml.safe_load((REPO / "include/registry/offices.yaml").read_text(encoding="utf-8"))
    offices["defaults"]["systems"] = {"half_year": {}, "in_service": {}, "time_bank": {}}
    (world / "offices.yaml").write_text(yaml.safe_dump(offices, allow_unicode=True), encoding="utf-8")
    monkeypatch.setenv("DUBAN_OFFICES", str(world / "offices.yaml"))
    monkeypatch.setenv("DUBAN_RECEIVED", "mtime")
    for name, lines in {"m.csv": MEMBERS, "h.csv": HOURS}.items():
        monkeypatch.setenv("DUBAN_NOW", parse_moment("2026-06-30T10:00:00", "test").isoformat())
        drop(world, name, ("\n".join(lines) + "\n").encode(), "2026-06-30T10:00:00")
    drain("test")
    return world


def opened(unit_code: str) -> bytes:
    with transaction() as connection:
        key = {"scheme": "half_year", "period": "2026H1", "unit_code": unit_code}
        (row,) = sql.fetch(connection, "asking/select_opened_of_unit", **key)
    return contents.load(row["sha256"])


def beside(content: bytes) -> dict[str, str]:
    """What the last column says, by label, of every sheet."""
    sheets = openpyxl.load_workbook(io.BytesIO(content)).worksheets
    rows = [row for sheet in sheets for row in sheet.iter_rows()]
    named = [
        (next((cell.value for cell in row[3:1:-1] if cell.value), ""), row[8].value) for row in rows if len(row) > 8
    ]
    return {str(label): str(said) for label, said in named if said and label and said != "台账数"}


def opens(monkeypatch: pytest.MonkeyPatch) -> None:
    at = parse_moment("2026-07-01T08:00:00", "test")
    monkeypatch.setenv("DUBAN_NOW", at.isoformat())
    with transaction() as connection:
        shape_of("half_year", PERIOD).open(connection, STREET, at, "test")


def test_a_form_shows_what_ledgers_say_with_source_and_day(street: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opens(monkeypatch)
    said = beside(opened(FIRST.code))
    members = "《在职党员报到登记册》（截至2026年6月30日）"
    assert said == {
        "报到在职党员数": f"2{members}",
        "认领岗位党员数": f"1{members}",
        "服务达标党员数": f"1{members}",
        "志愿服务次数": "不少于1《志愿服务时长台账》（截至2026年6月30日）",
        "志愿服务党员人次": "不少于1《志愿服务时长台账》（截至2026年6月30日）",
        "在职党员报到登记": "无《在职党员报到登记册》（缺2026年第一季度）",
        "志愿服务台账": "无《志愿服务时长台账》（缺1月、2月、3月、4月、5月）",
    }
    assert beside(opened(SECOND.code)) == {
        "在职党员报到登记": "无《在职党员报到登记册》（缺2026年第一季度、2026年上半年）",
        "志愿服务台账": "无《志愿服务时长台账》（缺1月、2月、3月、4月、5月、6月）",
    }, "no figure is 0 of who never handed a ledger in"


def test_a_form_of_which_nothing_is_said_is_as_it_was(street: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add_systems(street, monkeypatch, half_year="2026H1")
    opens(monkeypatch)
    assert opened(SECOND.code) == write_form(scheme_of(), "main", SECOND, {})


def test_a_difference_is_a_note_to_the_clerk_and_a_line_for_the_inspectors_and_scores_nothing(
    street: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opens(monkeypatch)
    monkeypatch.setenv("DUBAN_NOW", parse_moment("2026-07-18T10:00:00", "test").isoformat())
    told = figures(registered_members="3", claimed_members="1", qualified_members="1", volunteer_services="7")
    drop(street, "a.xlsx", write_form(scheme_of(), "main", FIRST, {}, told), "2026-07-18T10:00:00")
    drain("test")
    (receipt,) = [one for one in notices("receipt") if "半年" in str(one["payload"]["scheme_name"])]
    notes = [note for note in receipt["payload"]["notes"] if "台账" in note]
    assert len(notes) == 3, notes
    assert "填报 3，台账 2（来源：《在职党员报到登记册》（截至2026年6月30日））" in notes[0]
    assert (
        "“在职党员报到登记”：填报 有，台账 无（来源：《在职党员报到登记册》（缺2026年第一季度））"
        in notes[1] + notes[2]
    )
    at = parse_moment("2026-08-02T08:00:00", "test")
    monkeypatch.setenv("DUBAN_NOW", at.isoformat())
    with transaction() as connection:
        shape_of("half_year", PERIOD).inspect(connection, STREET, at, "test")
    (mail,) = notices("inspection_opened")
    book = openpyxl.load_workbook(io.BytesIO(contents.load(str(mail["attachments"][0]["sha256"]))))
    lines = [[cell.value for cell in line[1:5]] for line in book["与台账不同"].iter_rows(min_row=4)]
    assert lines == [
        ["杏花社区", "报到在职党员数", "3", "2《在职党员报到登记册》（截至2026年6月30日）"],
        ["杏花社区", "志愿服务台账", "有", "无《志愿服务时长台账》（缺1月、2月、3月、4月、5月）"],
        ["杏花社区", "在职党员报到登记", "有", "无《在职党员报到登记册》（缺2026年第一季度）"],
    ]
