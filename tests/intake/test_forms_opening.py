"""Opening a period: every unit gets its forms, once."""

from __future__ import annotations

import datetime as dt
import io
import json
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import Connection, text

from include.archive import contents
from include.asking.opening import open_period, previous_figures
from include.db import sql
from include.intake.reading import read_file
from include.period import Period, now
from include.registry.units import import_units
from include.workbooks.forms import write_form
from tests.intake.form_samples import CODE, half_year, unit

STREET = CODE[:9]


@pytest.fixture
def street(connection: Connection, world: Path) -> Connection:
    """Two communities of one street in the register."""
    path = world / "registry.csv"
    rows = [
        "code,name,street_code,street,unit_type,households,secretary_email,officer_email,liaison_email",
        f"{CODE},云桥社区,{STREET},云街街道,社区,1200,shuji1@example.org,zuzhi1@example.org,fuwu@example.org",
        f"410102001002,石榴社区,{STREET},云街街道,社区,900,shuji2@example.org,zuzhi2@example.org,fuwu@example.org",
    ]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8-sig")
    import_units(connection, path, dt.date(2000, 1, 1))
    return connection


def notices(connection: Connection) -> list[dict[str, object]]:
    return [dict(row) for row in connection.execute(text("SELECT * FROM notice ORDER BY subject")).mappings()]


def test_every_unit_gets_a_mail_with_its_own_form(street: Connection) -> None:
    assert open_period(street, half_year(), STREET, now(), "run-1") == 2
    first, second = notices(street)
    assert [first["recipient"], second["recipient"]] == ["shuji1@example.org", "shuji2@example.org"]
    attachment = json.loads(str(first["attachments"]))[0]
    assert attachment["name"] == "半年党建检查考评_填报表_云桥社区_2026H1.xlsx"
    form = read_file(contents.load(attachment["sha256"]), attachment["name"], None)
    assert (form.unit_code, form.unit_name, form.period) == (CODE, "云桥社区", "2026H1")
    payload = json.loads(str(first["payload"]))
    assert (payload["unit_name"], payload["due_date"], payload["due_working_note"]) == ("云桥社区", "2026-07-20", "")


def test_opening_twice_mails_nobody_twice(street: Connection) -> None:
    open_period(street, half_year(), STREET, now())
    before = notices(street)
    open_period(street, half_year(), STREET, now())
    assert notices(street) == before


def test_each_opening_is_logged(street: Connection) -> None:
    open_period(street, half_year(), STREET, now(), "run-1")
    row = street.execute(text("SELECT run_id, stage, period, street_code, outcome, detail FROM run_log")).one()
    assert tuple(row[:5]) == ("run-1", "open", "2026H1", STREET, "done")
    assert json.loads(row[5])["forms"] == 2


def test_a_due_date_moved_by_a_day_off_is_explained(street: Connection) -> None:
    open_period(street, half_year("2026Q1"), STREET, now())
    scheme = half_year("2026Q1")
    payload = json.loads(str(notices(street)[0]["payload"]))
    moved = scheme.calendar.due.of(Period.parse("2026Q1")) != scheme.dates.due_date
    assert bool(payload["due_working_note"]) == moved
    open_period(street, half_year("2025H2"), STREET, now())
    assert payload["due_date"] == scheme.dates.due_date.isoformat()


def assess(
    connection: Connection, revision: int, members: str, period: str = "2025H2", is_official: bool = True
) -> None:
    """A stored assessment that used a figure."""
    key = f"half_year/{period}/{STREET}/r{revision}"
    connection.execute(
        text("INSERT INTO assessment VALUES (:id, 'half_year', '2025', :period, :street, :r, :hash, :official, :at, 2)"),
        {"id": key, "period": period, "street": STREET, "r": revision, "hash": f"{revision:064}", "official": is_official,
         "at": "2026-03-10T00:00:00+00:00"},
    )  # fmt: skip
    connection.execute(
        text("INSERT INTO score_value VALUES (:id, :unit, 'members', 0, '党员数', 1, :m, '', :m, '填报表!G29')"),
        {"id": key, "unit": CODE, "m": members},
    )


def test_last_periods_figures_are_those_of_its_newest_assessment(street: Connection) -> None:
    assess(street, 1, "50")
    assess(street, 2, "58")
    open_period(street, half_year(), STREET, now())
    shown = []
    for notice in notices(street):
        content = contents.load(json.loads(str(notice["attachments"]))[0]["sha256"])
        place = read_file(content, "表.xlsx", None).cells["members"].source_cell.replace("填报表!G", "H")
        shown.append(openpyxl.load_workbook(io.BytesIO(content))["填报表"][place].value)
    assert shown == [58, "—"]


@pytest.mark.parametrize(
    ("period", "shown"), [("2026H1", "2025H2"), ("2026Q1", "2025H2"), ("2026Q3", "2026H1"), ("2026H2", "2026H1")]
)
def test_the_period_before_is_always_a_half_and_never_a_checkpoint(street: Connection, period: str, shown: str) -> None:
    members = {"2025H2": "52", "2025Q3": "51", "2026Q1": "61", "2026H1": "62", "2026Q3": "63"}
    for known, figure in members.items():
        assess(street, 1, figure, known, is_official="H" in known)
    assert previous_figures(street, half_year(period), STREET)[CODE]["members"] == members[shown]


def test_a_provisional_scoring_is_nobodys_last_period(street: Connection) -> None:
    assess(street, 1, "50")
    assess(street, 2, "58", is_official=False)
    assert previous_figures(street, half_year(), STREET)[CODE]["members"] == "50"
    assess(street, 1, "70", "2026H1", is_official=False)
    assert previous_figures(street, half_year("2026Q3"), STREET) == {}


def test_a_street_without_units_opens_nothing(street: Connection) -> None:
    assert open_period(street, half_year(), "999999999", now()) == 0
    assert notices(street) == []


def test_the_next_form_recalls_the_last_return_of_the_period_before_and_no_other(street: Connection) -> None:
    """A form that went back twice in 2025H2 and was accepted in the end; another unit's, which never went back."""

    def hands_in(sha: str, version: int, status: str, findings: dict[str, tuple[str, str, str]]) -> None:
        sql.execute(
            street, "intake/insert_submission", sha256=sha, scheme="half_year", scheme_version="2025", form="main",
            period="2025H2", unit_code=CODE, version=version, status=status, received_at=now(), returned_sha256=None,
            returned_name=None,
        )  # fmt: skip
        for field, (check, found, expected) in findings.items():
            sql.execute(
                street, "intake/insert_finding", sha256=sha, check_code=f"{check}:{field}", field=field, severity="fail",
                outcome="false", found=found, expected=expected, message="",
            )  # fmt: skip

    hands_in("1", 1, "returned", {"members": ("required", "", "整数")})
    hands_in(
        "2",
        2,
        "returned",
        {"vouchers": ("type", "十\n二张" + "多" * 40, "整数"), "party_lectures": ("required", "", "整数")},
    )
    hands_in("3", 3, "accepted", {})
    open_period(street, half_year(), STREET, now())
    first, second = (contents.load(json.loads(str(notice["attachments"]))[0]["sha256"]) for notice in notices(street))
    book = openpyxl.load_workbook(io.BytesIO(first))
    recalled = {
        sheet.cell(cell.row, 4).value: sheet.cell(cell.row, 9).value
        for sheet in book.worksheets
        for row in sheet.iter_rows()
        for cell in row
        if cell.comment is not None
    }
    assert recalled["党课次数"] == "未填" and recalled.keys() == {"党课次数", "票据总数"}
    assert recalled["票据总数"].startswith("填的是“十二张多") and "\n" not in recalled["票据总数"]
    assert recalled["票据总数"].endswith("…”，应为：整数")
    assert second == write_form(half_year(), "main", replace(unit(), code="410102001002", name="石榴社区"), {})
