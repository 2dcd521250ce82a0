"""A village of a type is asked, reads and is judged by the fields of its type alone; who takes no part is told so."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import Connection, select

from include.archive import contents
from include.asking.opening import open_inspection, open_period
from include.db import tables
from include.intake.judging import Gate, Judge
from include.intake.read_form import ReadForm, within
from include.intake.reading import read_file
from include.period import parse_moment
from include.registry.units import find_unit
from include.schemes.loader import load_scheme
from include.validation.findings import Candidate
from include.validation.suite import validate
from include.workbooks.forms import write_form
from tests.invented import invented
from tests.pilot import H1, PILOT, STREET, A, B, C, E, register_villages

WHEN = parse_moment("2026-07-10T10:00:00", "test")


@pytest.fixture(scope="module", autouse=True)
def _pilot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with invented(tmp_path_factory.mktemp("systems"), "pilot", PILOT):
        yield


@pytest.fixture
def villages(connection: Connection, world: Path) -> Connection:
    register_villages(connection, world / "registry")
    return connection


def gated(connection: Connection, content: bytes, name: str) -> tuple[ReadForm, Gate]:
    form = read_file(content, name, H1)
    gate = Judge(connection, H1).gate(form, WHEN)
    return (within(form, gate.scheme) if gate.scheme.for_group else form), gate


def flat(code: str, **figures: str) -> bytes:
    lines = "".join(f"{code},{label},{value}\n" for label, value in figures.items())
    return f"表,试点情况表\n期间,2026H1\n编码,{code}\n\n编码,填报项,填报值\n{lines}".encode()


def wrong(form: ReadForm, gate: Gate) -> list[str]:
    return [found.message for found in validate([Candidate("x", gate.scheme, form.form, form.cells)])["x"]]


def test_a_flat_form_is_judged_by_the_fields_of_the_villages_type(villages: Connection) -> None:
    form, gate = gated(villages, flat(C, 党员先锋岗数="2", 代办事项件数="30"), "c.csv")
    assert gate.stopped is None
    assert list(form.cells) == ["posts", "errands"]
    assert wrong(form, gate) == []


def test_what_another_type_is_asked_counts_nowhere_and_is_said(villages: Connection) -> None:
    form, gate = gated(villages, flat(C, 党员先锋岗数="2", 代办事项件数="30", 帮助就业人数="7"), "c.csv")
    assert "jobs" not in form.cells
    assert any("集镇型" in note for note in form.notes)
    form, gate = gated(villages, flat(C, 党员先锋岗数="2"), "c.csv")
    assert any("代办事项件数" in message for message in wrong(form, gate))


def test_a_villages_workbook_holds_only_its_own_fields_and_comes_back_as_its_own(villages: Connection) -> None:
    unit = find_unit(villages, A, H1.end_date)
    assert unit is not None
    content = write_form(load_scheme("pilot", H1, "工业型"), "main", unit, {})
    book = openpyxl.load_workbook(io.BytesIO(content))
    shown = {str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row}
    assert "帮助就业人数" in shown and "代办事项件数" not in shown
    form, gate = gated(villages, content, "a.xlsx")
    assert (list(form.cells), gate.scheme.for_group) == (["posts", "jobs"], "工业型")


def test_who_takes_no_part_is_told_so(villages: Connection) -> None:
    _, gate = gated(villages, flat(E, 党员先锋岗数="2"), "d.csv")
    assert gate.stopped is not None
    assert "第5社区在2026年上半年末不参加村落试点" in gate.stopped.message


def test_opening_a_period_sends_each_village_the_form_of_its_type(villages: Connection) -> None:
    opened = open_period(villages, load_scheme("pilot", H1), STREET, parse_moment("2026-07-01T08:00:00", "test"))
    notices = tables.notice
    rows = villages.execute(select(notices.c.unit_code, notices.c.attachments).order_by(notices.c.unit_code)).all()
    asked = {code: read_file(contents.load(json.loads(files)[0]["sha256"]), "x.xlsx", H1).cells for code, files in rows}
    assert opened == 3
    assert {code: list(cells) for code, cells in asked.items()} == {
        A: ["posts", "jobs"],
        B: ["posts", "jobs"],
        C: ["posts", "errands"],
    }


def inspectors_book(connection: Connection, world: Path) -> openpyxl.Workbook:
    scheme = load_scheme("pilot", H1)
    open_inspection(connection, scheme, STREET, parse_moment("2026-08-02T08:00:00", "test"))
    notice = connection.execute(select(tables.notice.c.attachments).where(tables.notice.c.kind == "inspection_opened"))
    ((file,),) = (json.loads(row[0]) for row in notice)
    return openpyxl.load_workbook(io.BytesIO(contents.load(file["sha256"])))


def test_the_inspectors_see_of_each_type_what_it_was_asked(villages: Connection, world: Path) -> None:
    book = inspectors_book(villages, world)
    assert [name for name in book.sheetnames if name.startswith("报送数")] == [
        "报送数一览（工业型）",
        "报送数一览（集镇型）",
    ]
    shown = {name: {str(cell.value) for row in book[name].rows for cell in row} for name in book.sheetnames}
    assert any("帮助就业人数" in text for text in shown["报送数一览（工业型）"])
    assert not any("帮助就业人数" in text for text in shown["报送数一览（集镇型）"])
    choices = book["现场核查表（集镇型）"].data_validations.dataValidation
    letters = [one.formula1.split("$")[1] for one in choices]
    listed = [[cell.value for cell in book["_duban"][letter][1:] if cell.value] for letter in letters]
    assert listed[0] == [C] and "代办事项件数" in listed[2] and "帮助就业人数" not in listed[2]


def test_a_figure_of_another_type_is_refused_in_the_inspectors_list(villages: Connection, world: Path) -> None:
    book = inspectors_book(villages, world)
    sheet = book["现场核查表（集镇型）"]
    first = next(row for row in range(1, 20) if str(sheet.cell(row, 1).value or "").endswith("entry_1"))
    for column, value in ((3, C), (5, "帮助就业人数"), (6, 9), (7, "现场核实"), (8, "程晚舟")):
        sheet.cell(first, column).value = value
    saved = io.BytesIO()
    book.save(saved)
    form = read_file(saved.getvalue(), "核查.xlsx", H1)
    assert form.corrections == []
    assert [cell.problem for cell in form.cells.values()] == [
        "第3村是“集镇型”，不填报这一项，请在“集镇型”的核查表里选填报项"
    ]
