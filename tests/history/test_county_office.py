"""The organisation department of a county runs its two systems: one list over all streets, its own login, numbers, items and copies."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import Engine, select

from include.db import tables
from include.db.engine import transaction
from include.intake.receive import drain
from include.items.answers import verification_workbook
from include.items.states import move
from include.items.verifying import ask_inspectors
from include.letters.supervising import chase_day
from include.period import Period, parse_moment
from include.registry.units import import_units
from include.reports.out import write_out
from include.schemes.loader import load_scheme
from include.steps import approvals, closing
from tests import invented_county
from tests.intake.receive_street import drop, rows
from tests.invented_county import COUNTY, codes
from tests.signing import asks, signs
from tests.word import words_of

pytestmark = pytest.mark.story

H1 = Period.parse("2026H1")


@pytest.fixture
def county(database: Engine, world: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The register is in the database; nothing has been handed in."""
    invented_county.write_register(world / "registry")
    invented_county.write_offices(world / "offices.yaml")
    monkeypatch.setenv("DUBAN_OFFICES", str(world / "offices.yaml"))
    monkeypatch.setenv("DUBAN_INBOX_OWN", "true")
    with transaction() as connection:
        import_units(connection, world / "registry", dt.date(2000, 1, 1))
    yield world


def hands_in(world: Path, folder: str, received: str = "2026-07-18T09:00:00") -> None:
    for path in sorted((world / folder).iterdir()):
        drop(world, path.name, path.read_bytes(), received)
    drain("test")


def evaluates(monkeypatch: pytest.MonkeyPatch, system: str, period: Period) -> str:
    """The result's id."""
    monkeypatch.setenv("DUBAN_NOW", f"{load_scheme(system, period).dates.circular_date}T09:00:00")
    (assessment_id,) = closing.close_streets(system, str(period), [COUNTY], "test")
    return assessment_id


def closes(world: Path, monkeypatch: pytest.MonkeyPatch, system: str, name: str = "") -> str:
    """Evaluated, drafted, and signed where there is a `name`; the document's id or its number."""
    assessment_id = evaluates(monkeypatch, system, H1)
    document_id = approvals.draft_circular(assessment_id)
    assert document_id is not None
    return signs(document_id, name) if name else document_id


def exported(world: Path, system: str, period: Period = H1) -> Path:
    with transaction() as connection:
        write_out(connection, load_scheme(system, period), world / "out", COUNTY)
    return world / "out"


def table(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))))


def test_communities_of_three_streets_are_one_list_and_the_villages_are_not_in_it(
    county: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    invented_county.write_one_core(county / "in")
    hands_in(county, "in")
    assert closes(county, monkeypatch, "one_core", "张部长") == "云岭县委组〔2026〕1号"
    out = exported(county, "one_core")
    scores = {
        row["unit_name"]: (row["total"], row["rank"], row["grade"], row["status"]) for row in table(out / "scores.csv")
    }
    assert scores == {
        "样例丁社区": ("84.63", "7", "良好", "已报"),
        "桥东社区": ("100.00", "1", "优秀", "已报"),
        "桥西社区": ("94.11", "3", "优秀", "已报"),
        "北关社区": ("90.00", "6", "优秀", "已报"),
        "河口社区": ("100.00", "1", "优秀", "已报"),
        "码头社区": ("90.65", "5", "优秀", "已报"),
        "盐场社区": ("", "", "", "退回未改"),
        "云台社区": ("94.00", "4", "优秀", "已报"),
        "茶岭社区": ("", "", "", "未报"),
    }
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert (manifest["scheme"], manifest["approved_by"]) == ("one_core", "张部长")


def test_only_the_countys_login_is_asked_and_its_document_is_a_countys(
    county: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    invented_county.write_village_pilot(county / "in")
    hands_in(county, "in")
    document_id = closes(county, monkeypatch, "village_pilot")
    asked = approvals.request(document_id, "test/county/1")
    assert isinstance(asked, approvals.Asked)
    assert (asked.account, asked.headline[:3]) == ("county", "云岭县")
    assert approvals.who_answers("test/county/1") == {"county": ""}


def test_villages_are_ranked_within_their_type_by_the_rules_of_their_type(
    county: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    invented_county.write_village_pilot(county / "in")
    hands_in(county, "in")
    assert closes(county, monkeypatch, "village_pilot", "张部长") == "云岭县委组〔2026〕1号"
    out = exported(county, "village_pilot")
    scores = {row["unit_name"]: (row["total"], row["rank"], row["grade"]) for row in table(out / "scores.csv")}
    assert scores == {
        "样例甲村": ("79.64", "2", "基本达标"),
        "蚕桑村": ("96.76", "1", "达标"),
        "新厂村": ("100.00", "1", "达标"),
        "园区村": ("86.20", "2", "未达标"),
        "上杨村": ("97.00", "1", "达标"),
        "集上村": ("91.20", "1", "达标"),
        "老街村": ("", "", ""),
    }
    groups = {row["code"]: (row["group"], row["class"]) for row in table(out / "classes.csv")}
    assert groups[codes()["样例甲村"]] == ("产业型", "基本达标")


def test_a_village_s_year_is_the_mean_of_its_halves_ranked_within_its_type_and_in_no_class(
    county: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A half that was not reported makes the year 未报; the year has a circular too."""
    for period, received in (("2026H1", "2026-07-18T09:00:00"), ("2026H2", "2027-01-18T09:00:00")):
        monkeypatch.setenv("DUBAN_NOW", received)
        invented_county.write_village_pilot(county / period, period)
        if period == "2026H2":
            (county / period / "上杨村.csv").unlink()
            better = invented_county.flat(
                "village_pilot", period, "样例甲村", "样例甲村", {"志愿者服务队数": 1}, "产业型"
            )
            (county / period / "样例甲村.csv").write_text(better, encoding="utf-8")
        hands_in(county, period, received)
        evaluates(monkeypatch, "village_pilot", Period.parse(period))
    assessment_id = evaluates(monkeypatch, "village_pilot", Period.parse("2026"))
    out = exported(county, "village_pilot", Period.parse("2026"))
    scores = {
        row["unit_name"]: (row["total"], row["rank"], row["grade"], row["status"]) for row in table(out / "scores.csv")
    }
    assert scores["样例甲村"] == ("80.64", "2", "", "已报"), "of 79.64 and 81.64"
    assert scores["蚕桑村"] == ("96.76", "1", "", "已报")
    assert scores["上杨村"] == ("", "", "", "未报")
    document_id = approvals.draft_circular(assessment_id)
    assert document_id is not None
    signs(document_id, "张部长")
    said = (exported(county, "village_pilot", Period.parse("2026")) / "circular.html").read_text(encoding="utf-8")
    assert "村落社区党建试点工作结果的通报" in said
    assert "产业型" in said


def test_a_community_s_year_in_the_county_is_the_mean_of_its_halves(
    county: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for period, received in (("2026H1", "2026-07-18T09:00:00"), ("2026H2", "2027-01-18T09:00:00")):
        monkeypatch.setenv("DUBAN_NOW", received)
        changes = {"样例丁社区": {}, "桥东社区": {"办公和为民服务经费": 350000}} if period == "2026H2" else {}
        invented_county.write_one_core(county / period, period, **changes)
        hands_in(county, period, received)
        evaluates(monkeypatch, "one_core", Period.parse(period))
    evaluates(monkeypatch, "one_core", Period.parse("2026"))
    scores = {
        row["unit_name"]: (row["total"], row["rank"], row["grade"], row["status"])
        for row in table(exported(county, "one_core", Period.parse("2026")) / "scores.csv")
    }
    assert scores["桥东社区"] == ("100.00", "1", "优秀", "已报")
    assert scores["桥西社区"][3] == "已报"
    assert scores["盐场社区"] == ("", "", "", "未报"), "its form of both halves came back"
    assert scores["茶岭社区"] == ("", "", "", "未报")


def test_the_street_is_copied_on_returns_and_results_of_the_county(
    county: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    invented_county.write_one_core(county / "in")
    hands_in(county, "in")
    closes(county, monkeypatch, "one_core", "张部长")
    copies = {
        kind: dict(pair)
        for kind in ("returned", "circular", "rectification_opened", "receipt")
        for pair in [
            [
                (str(row["unit_code"]), str(row["copy_to"]).split(","))
                for row in rows(f"SELECT unit_code, copy_to FROM notice WHERE kind = '{kind}' AND unit_code <> ''")
            ]
        ]
    }
    back, worked = codes()["盐场社区"], codes()["样例丁社区"]
    assert copies["returned"][back][-1] == f"{back[:9]}@county.invalid"
    assert (
        copies["circular"][worked][-1] == copies["rectification_opened"][worked][-1] == f"{worked[:9]}@county.invalid"
    )
    assert f"{worked[:9]}@county.invalid" not in copies["receipt"][worked]


def said(path: Path) -> str:
    """The text of a document, from its page for the web."""
    return re.sub(r"\s+|<[^>]+>", "", path.read_text(encoding="utf-8"))


def test_the_countys_circular_counts_premises_and_funds_and_each_community_gets_its_ledger(
    county: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    invented_county.write_one_core(county / "in")
    hands_in(county, "in")
    closes(county, monkeypatch, "one_core", "张部长")
    out = exported(county, "one_core")
    text = said(out / "circular.html")
    sections = [
        text.index(one) for one in ("一、总体情况", "二、一核引领", "三、三心聚力", "四、五化推进", "五、存在问题")
    ]
    assert sections == sorted(sections)
    assert "9个社区中，阵地标准化达标的5个，经费达标的5个，网格全覆盖的6个。" in text
    assert "街道党工委" not in text, "the county speaks"
    assert "街道（乡镇）" in text
    ledger = words_of((out / f"letters/{codes()['样例丁社区']}-台账.docx").read_bytes())
    assert (
        "一、信息台账" in ledger
        and "二、自查台账（总分84.63分，良好，全县第7名）" in ledger
        and "三、整改清单" in ledger
    )
    assert len(list((out / "letters").glob("*-台账.docx"))) == 9
    (mail,) = rows(f"SELECT attachments FROM notice WHERE kind = 'circular' AND unit_code = '{codes()['样例丁社区']}'")
    assert "台账.docx" in str(mail["attachments"])


def test_the_pilots_circular_speaks_of_villages_and_lists_thirteen_facilities(
    county: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    invented_county.write_village_pilot(county / "in")
    hands_in(county, "in")
    closes(county, monkeypatch, "village_pilot", "张部长")
    out = exported(county, "village_pilot")
    text = said(out / "circular.html")
    assert "各村党组织：" in text
    assert "应参加考评的村7个，已计分6个" in text
    assert "城郊型上杨村97.00分，第1名（本类仅1个）" in text
    assert "全县平均得分91.80分" in text
    assert "社区党组织" not in text
    (listed,) = (out / "lists").glob("*.xlsx")
    lines = list(openpyxl.load_workbook(listed).worksheets[0].iter_rows(values_only=True))
    head = next(line for line in lines if line[0] == "序号")
    assert len(head) == 3 + 13
    worked = next(line for line in lines if line[1] == "样例甲村")
    assert [label for label, mark in zip(head[3:], worked[3:], strict=True) if mark == "×"] == [
        "医疗服务站",
        "党员教育培训中心",
        "电教设备",
    ]


def found_by_street(code: str) -> None:
    """A street's own finding at a community at which the county found W4."""
    with transaction() as connection:
        item = tables.rectification_item
        known = connection.execute(select(item).where(item.c.unit_code == code, item.c.indicator == "W4")).one()
        of_street = {"id": "f" * 64, "scheme": "half_year", "indicator": "A1", "problem": "书记抓党建不到位"}
        connection.execute(item.insert().values(**{**known._mapping, **of_street}))


def test_each_office_verifies_what_it_found_itself(county: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    invented_county.write_one_core(county / "in")
    hands_in(county, "in")
    closes(county, monkeypatch, "one_core", "张部长")
    code, day = codes()["桥西社区"], parse_moment("2026-09-10T08:00:00", "test")
    found_by_street(code)
    items = rows(f"SELECT id FROM rectification_item WHERE unit_code = '{code}'")
    with transaction() as connection:
        for row in items:
            move(connection, str(row["id"]), "已反馈", "书记", "整改情况：已完成", day)
        assert ask_inspectors(connection, day) == 2
        books = {one: verification_workbook(connection, one, "", day.date()) for one in (COUNTY, code[:9])}
    listed = {}
    for office, book in books.items():
        assert book is not None
        cells = [
            cell.value for line in openpyxl.load_workbook(io.BytesIO(book)).worksheets[0].iter_rows() for cell in line
        ]
        listed[office] = {one for one in cells if one in ("居民自治未常态化", "经费未达到35万元", "书记抓党建不到位")}
    assert listed == {COUNTY: {"居民自治未常态化", "经费未达到35万元"}, code[:9]: {"书记抓党建不到位"}}


def test_items_of_the_county_are_supervised_by_its_office_and_the_streets_by_the_street(
    county: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    invented_county.write_one_core(county / "in")
    hands_in(county, "in")
    closes(county, monkeypatch, "one_core", "张部长")
    code = codes()["桥西社区"]
    found_by_street(code)
    monkeypatch.setenv("DUBAN_NOW", "2026-11-24T08:00:00")
    with transaction() as connection:
        letters = chase_day(connection, parse_moment("2026-11-24T08:00:00", "test"), "test")
        drafted = {row["street_code"]: row for row in map(dict, connection.exec_driver_sql(
            f"SELECT street_code, id, model FROM circular WHERE unit_code = '{code}'").mappings())}  # fmt: skip
    assert {one for one in letters if code in one} == {row["id"] for row in drafted.values()}
    found = {
        office: [item["indicator"] for item in json.loads(row["model"])["items"]] for office, row in drafted.items()
    }
    assert found == {COUNTY: ["W4"], code[:9]: ["A1"]}
    asked = approvals.request(drafted[COUNTY]["id"], asks(drafted[code[:9]]["id"]) + "/other")
    assert isinstance(asked, approvals.Asked)
    assert asked.account == "county"
