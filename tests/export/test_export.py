"""OUT holds exactly what the contract says, readable by a spreadsheet and by a program."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import json
from pathlib import Path

import pytest
from sqlalchemy import Connection

from include.archive import contents
from include.db import tables
from include.errors import UserError
from include.period import Period
from include.registry.units import import_units, units_of
from include.reports.out import write_out
from include.safe_text import as_text_cell
from include.schemes.loader import load_scheme
from include.schemes.model import Scheme
from tests.export.conftest import ASSESSMENT, FIRST, FOREIGN, OTHER_STREET, SECOND, STREET, Record, moment


def _rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))


@pytest.fixture
def out(world: Path) -> Path:
    return world / "out"


def test_out_holds_only_what_the_contract_names(
    connection: Connection, scheme: Scheme, record: Record, out: Path
) -> None:
    write_out(connection, scheme, out, STREET)
    assert sorted(path.name for path in out.iterdir()) == [
        "intake.csv", "items.csv", "manifest.json", "points.csv", "registry.csv", "scores.csv", "values.csv",
    ]  # fmt: skip


def test_every_table_opens_in_a_spreadsheet_and_names_its_columns(
    connection: Connection, scheme: Scheme, record: Record, out: Path
) -> None:
    write_out(connection, scheme, out, STREET)
    headers = {
        "values.csv": "unit_code,version,field,field_label,reported,corrected,used,source_cell",
        "scores.csv": "unit_code,unit_name,total,rank,grade,status",
        "points.csv": "unit_code,indicator,points,full,outcome,explanation",
        "items.csv": "unit_code,unit_name,scheme,indicator,problem,opened_period,deadline,state,owner,liaison",
        "intake.csv": "name,sha256,bytes,unit_code,version,status,message,seconds",
        "registry.csv": "code,name,street_code,street,unit_type,households,secretary_email,officer_email,liaison_email",
    }
    for name, header in headers.items():
        content = (out / name).read_bytes()
        assert content.startswith(b"\xef\xbb\xbf" + header.encode() + b"\n")
        assert b"\r" not in content


def test_scores_have_two_decimals_and_are_empty_for_who_was_not_scored(
    connection: Connection, scheme: Scheme, record: Record, out: Path
) -> None:
    write_out(connection, scheme, out, STREET)
    assert [list(row.values()) for row in _rows(out / "scores.csv")] == [
        [FIRST, "拾云社区", "93.50", "1", "优秀", "已报"],
        [SECOND, "望舒社区", "", "", "", "未报"],
    ]


def test_points_are_empty_where_not_applicable_and_a_missing_hand_in_has_none(
    connection: Connection, scheme: Scheme, record: Record, out: Path
) -> None:
    write_out(connection, scheme, out, STREET)
    assert [list(row.values())[:5] for row in _rows(out / "points.csv")] == [
        [FIRST, "A1", "2.50", "5", "未达标"],
        [FIRST, "A2c", "", "3", "不适用"],
        [FIRST, "LATE", "-1.00", "", "未达标"],
    ]


def test_a_text_that_looks_like_a_formula_is_written_as_text(
    connection: Connection, scheme: Scheme, record: Record, out: Path
) -> None:
    write_out(connection, scheme, out, STREET)
    matter = next(row for row in _rows(out / "values.csv") if row["field"] == "bonus_1_matter")
    assert matter["reported"] == "'=1+1"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("=1+1", "'=1+1"), ("@SUM(A1)", "'@SUM(A1)"), ("+86 731", "'+86 731"), ("-", "'-"),
        ("-1.00", "-1.00"), ("+3", "+3"), ("12", "12"), ("", ""), ("3-5 组", "3-5 组"),
    ],
)  # fmt: skip
def test_figures_stay_figures(text: str, written: str) -> None:
    assert as_text_cell(text) == written


def test_before_the_issue_items_await_it_without_a_deadline(
    connection: Connection, scheme: Scheme, record: Record, out: Path
) -> None:
    write_out(connection, scheme, out, STREET)
    first, second = _rows(out / "items.csv")
    assert first == {
        "unit_code": FIRST, "unit_name": "拾云社区", "scheme": "half_year", "indicator": "A1",
        "problem": "书记抓党建不到位", "opened_period": "2026H1", "deadline": "", "state": "待下达",
        "owner": f"s{FIRST}@yunjie.example", "liaison": f"l{FIRST}@yunjie.example",
    }  # fmt: skip
    assert (second["unit_code"], second["indicator"]) == (SECOND, "S0")


def _item(record: Record, unit_code: str, indicator: str, **values: object) -> None:
    record.add(
        tables.rectification_item,
        **{
            "id": f"{unit_code}/{indicator}/{values.get('opened_period', '2026H1')}", "scheme": "half_year",
            "unit_code": unit_code, "indicator": indicator, "opened_period": "2026H1", "is_open": True,
            "deadline": dt.date(2026, 10, 9), "state": "待整改", "problem": "书记抓党建不到位",
        }
        | values,
    )  # fmt: skip


def test_after_the_issue_items_show_their_deadline_and_state(
    connection: Connection, scheme: Scheme, record: Record, out: Path
) -> None:
    _item(record, FIRST, "A1", state="已反馈")
    _item(record, SECOND, "S0")
    write_out(connection, scheme, out, STREET)
    assert [(row["indicator"], row["deadline"], row["state"]) for row in _rows(out / "items.csv")] == [
        ("A1", "2026-10-09", "已反馈"),
        ("S0", "2026-10-09", "待整改"),
    ]


def test_an_item_of_the_period_before_is_listed_while_open_and_where_it_was_carried(
    connection: Connection, scheme: Scheme, record: Record, out: Path
) -> None:
    _item(record, FIRST, "D1", opened_period="2025H2")
    _item(record, FIRST, "D2", opened_period="2025H2", is_open=False, state="销号")
    _item(record, FIRST, "E1", opened_period="2025H2", is_open=False, state="销号")
    _item(record, FIRST, "E2", opened_period="2026H2")
    record.add(tables.item_event, item_id=f"{FIRST}/E1/2025H2", sequence=2, kind="carried", stage="2026H1")
    write_out(connection, scheme, out, STREET)
    listed = {(row["indicator"], row["opened_period"]) for row in _rows(out / "items.csv") if row["unit_code"] == FIRST}
    assert listed == {("A1", "2026H1"), ("D1", "2025H2"), ("E1", "2025H2")}


def test_every_received_file_has_its_row_even_where_nobody_could_read_it(
    connection: Connection, scheme: Scheme, record: Record, out: Path
) -> None:
    record.submission(b"first", FIRST)
    record.submission(b"old", SECOND, period="2025H2", status="returned")
    record.delivery("b.xlsx", b"first", "2026-07-03T10:00", status="accepted", unit_code=FIRST, version=1, seconds=0.25)
    record.delivery("b.xlsx", b"first", "2026-07-04T10:00", status="duplicate", unit_code=FIRST, version=1)
    record.delivery("a.xlsx", b"broken", "2026-07-05T10:00", status="refused", message="打不开")
    record.delivery("old.xlsx", b"old", "2026-07-06T10:00", status="returned", unit_code=SECOND)
    record.delivery("january.xlsx", b"january", "2026-01-06T10:00", status="refused")
    write_out(connection, scheme, out, STREET)
    rows = _rows(out / "intake.csv")
    assert [(row["name"], row["status"]) for row in rows] == [
        ("a.xlsx", "refused"),
        ("b.xlsx", "accepted"),
        ("b.xlsx", "duplicate"),
        ("old.xlsx", "returned"),
    ]
    assert rows[1] == {
        "name": "b.xlsx", "sha256": hashlib.sha256(b"first").hexdigest(), "bytes": "5", "unit_code": FIRST,
        "version": "1", "status": "accepted", "message": "", "seconds": "0.25",
    }  # fmt: skip


def test_a_file_of_unknown_unit_is_listed_once_among_several_streets(
    connection: Connection, scheme: Scheme, record: Record, out: Path
) -> None:
    record.unit(FOREIGN, "别街社区")
    other = ASSESSMENT.replace(STREET, OTHER_STREET)
    record.add(
        tables.assessment, id=other, scheme="half_year", scheme_version="2026", period="2026H1",
        street_code=OTHER_STREET, revision=1, is_official=True,
    )  # fmt: skip
    record.delivery("nobody.xlsx", b"?", "2026-07-03T10:00", status="refused")
    record.delivery("theirs.xlsx", b"theirs", "2026-07-03T10:00", status="refused", unit_code=FOREIGN)
    for code in (STREET, OTHER_STREET):
        write_out(connection, scheme, out / code, code)
    assert [row["name"] for row in _rows(out / STREET / "intake.csv")] == ["nobody.xlsx"]
    assert [row["name"] for row in _rows(out / OTHER_STREET / "intake.csv")] == ["theirs.xlsx"]


def test_a_returned_workbook_lies_beside_under_its_unit_and_version(
    connection: Connection, scheme: Scheme, record: Record, out: Path
) -> None:
    record.submission(b"wrong", FIRST, version=2, status="returned", returned_sha256=contents.store(b"marked"))
    record.delivery("表.xlsm", b"wrong", "2026-07-03T10:00", status="returned", unit_code=FIRST, version=2)
    write_out(connection, scheme, out, STREET)
    (returned,) = (out / "returned").iterdir()
    assert returned.name == f"{FIRST}_2026H1_main_第2次_退回.xlsm"
    assert returned.read_bytes() == b"marked"


def test_sent_mails_of_the_period_are_numbered_in_the_order_they_fell_due(
    connection: Connection, scheme: Scheme, record: Record, out: Path
) -> None:
    arrival = record.delivery("a.xlsx", b"broken", "2026-07-05T10:00", status="refused")
    late, early = moment("2026-07-20T09:00"), moment("2026-07-02T09:00")
    record.mail(
        b"second", [{"kind": "receipt", "unit_code": FIRST, "period": "2026H1", "subject": "x", "due_at": late}]
    )
    record.mail(b"first", [{"kind": "form_opened", "unit_code": SECOND, "period": "2026H1", "due_at": early}])
    record.mail(b"answer", [{"kind": "refused", "subject": arrival}])
    record.mail(
        b"digest",
        [
            {"kind": kind, "unit_code": FIRST, "period": "2026H1", "due_at": late}
            for kind in ("rectification_opened", "rectification_urged")
        ],
    )
    record.mail(b"another period", [{"kind": "receipt", "unit_code": FIRST, "period": "2025H2"}])
    record.mail(b"another scheme", [{"kind": "receipt", "period": "2026H1", "scheme": "five_good"}])
    record.mail(b"not sent", [{"kind": "receipt", "unit_code": FIRST, "period": "2026H1"}], state="failed")
    write_out(connection, scheme, out, STREET)
    assert {path.name: path.read_bytes() for path in sorted((out / "mails").iterdir())} == {
        f"001_form_opened_{SECOND}.eml": b"first",
        f"002_refused_{STREET}.eml": b"answer",
        f"003_receipt_{FIRST}.eml": b"second",
        f"004_digest_{FIRST}.eml": b"digest",
    }


def test_a_mail_about_no_unit_is_of_its_street_and_of_the_first_where_none_is_known(
    connection: Connection, scheme: Scheme, record: Record, out: Path
) -> None:
    record.unit(FOREIGN, "外社区")
    other = ASSESSMENT.replace(STREET, OTHER_STREET)
    record.add(
        tables.assessment, id=other, scheme="half_year", scheme_version="2026", period="2026H1",
        street_code=OTHER_STREET, revision=1, is_official=True,
    )  # fmt: skip
    for street_code in (STREET, OTHER_STREET, ""):
        record.mail(
            street_code.encode() or b"none", [{"kind": "ops_alert", "street_code": street_code, "subject": "x"}]
        )
    mails = {}
    for street_code in (STREET, OTHER_STREET):
        write_out(connection, scheme, out / street_code, street_code)
        mails[street_code] = {path.read_bytes().decode() for path in (out / street_code / "mails").iterdir()}
    assert mails == {STREET: {STREET, "none"}, OTHER_STREET: {OTHER_STREET}}


def _circular(record: Record, assessment_id: str = ASSESSMENT, **values: object) -> None:
    hashes = {f"{kind}_sha256": contents.store(f"{assessment_id} {kind}".encode()) for kind in ("docx", "pdf", "html")}
    record.add(
        tables.circular,
        id=f"{assessment_id}/{values.get('kind', '通报')}",
        assessment_id=assessment_id,
        **{"kind": "通报", "state": "issued", "model": "{}", "approved_by": "王书记"} | hashes | values,
    )


def test_the_issued_circular_is_what_the_archive_keeps(
    connection: Connection, scheme: Scheme, record: Record, out: Path
) -> None:
    _circular(record)
    write_out(connection, scheme, out, STREET)
    assert (out / "circular.docx").read_bytes() == f"{ASSESSMENT} docx".encode()
    assert {path.name for path in out.glob("circular.*")} == {"circular.docx", "circular.pdf", "circular.html"}
    assert json.loads((out / "manifest.json").read_text(encoding="utf-8"))["approved_by"] == "王书记"


def test_a_circular_without_a_pdf_has_its_other_files(
    connection: Connection, scheme: Scheme, record: Record, out: Path
) -> None:
    _circular(record, pdf_sha256=None)
    write_out(connection, scheme, out, STREET)
    assert {path.name for path in out.glob("circular.*")} == {"circular.docx", "circular.html"}


def _revision(record: Record, number: int) -> str:
    """A newer scoring of the same street's period, not scored otherwise; its id."""
    assessment_id = f"half_year/2026H1/{STREET}/r{number}"
    record.add(
        tables.assessment, id=assessment_id, scheme="half_year", scheme_version="2026", period="2026H1",
        street_code=STREET, revision=number, input_hash=f"{number:064}", is_official=True,
    )  # fmt: skip
    return assessment_id


def _manifest(out: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    return found


def test_figures_and_circular_are_of_one_revision_while_a_correction_waits(
    connection: Connection, scheme: Scheme, record: Record, out: Path
) -> None:
    _circular(record, document_number="云街党工委〔2026〕1号")
    second = _revision(record, 2)
    _circular(record, second, kind="更正通报", document_number="云街党工委〔2026〕2号")
    third = _revision(record, 3)
    _circular(record, third, kind="更正通报", state="draft", approved_by="", asked_at=moment("2026-08-24"))
    write_out(connection, scheme, out, STREET)
    manifest = _manifest(out)
    assert (manifest["revision"], manifest["approved_by"]) == (3, "")
    assert (out / "circular.docx").read_bytes() == f"{third} docx".encode()
    assert "第 3 稿，其更正通报是草稿，待党工委签发" in str(manifest["note"])
    assert "云街党工委〔2026〕2号说的是第 2 稿" in str(manifest["note"])
    for number, assessment_id in ((1, ASSESSMENT), (2, second)):
        issued = out / f"circulars/云街党工委〔2026〕{number}号.docx"
        assert issued.read_bytes() == f"{assessment_id} docx".encode()


def test_a_circular_that_was_corrected_is_still_there_under_its_number(
    connection: Connection, scheme: Scheme, record: Record, out: Path
) -> None:
    _circular(record, document_number="云街党工委〔2026〕1号")
    second = _revision(record, 2)
    _circular(record, second, kind="更正通报", document_number="云街党工委〔2026〕2号", approved_by="李书记")
    write_out(connection, scheme, out, STREET)
    assert _manifest(out)["approved_by"] == "李书记"
    assert "note" not in _manifest(out)
    assert (out / "circular.pdf").read_bytes() == f"{second} pdf".encode()
    assert [path.name for path in sorted((out / "circulars").glob("*.pdf"))] == ["云街党工委〔2026〕1号.pdf"]
    write_out(connection, scheme, out, STREET)


def test_figures_that_no_circular_tells_of_yet_stand_beside_none(
    connection: Connection, scheme: Scheme, record: Record, out: Path
) -> None:
    model = {"rows": [{"unit_code": FIRST, "unit": "杏花社区", "total": "1.00"}], "items": []}
    _circular(record, document_number="云街党工委〔2026〕1号", model=json.dumps(model))
    _revision(record, 2)
    write_out(connection, scheme, out, STREET)
    assert _manifest(out)["approved_by"] == ""
    assert list(out.glob("circular.*")) == []
    assert "还没有起草通报" in str(_manifest(out)["note"])
    assert (out / "circulars/云街党工委〔2026〕1号.docx").is_file()


def test_the_manifest_hashes_every_file_but_durations_and_mails(
    connection: Connection, scheme: Scheme, record: Record, out: Path
) -> None:
    _circular(record)
    record.submission(b"wrong", FIRST, status="returned", returned_sha256=contents.store(b"marked"))
    record.delivery("a.xlsx", b"wrong", "2026-07-03T10:00", status="returned", unit_code=FIRST, version=1)
    record.mail(b"mail", [{"kind": "receipt", "unit_code": FIRST, "period": "2026H1"}])
    write_out(connection, scheme, out, STREET)
    text = (out / "manifest.json").read_text(encoding="utf-8")
    manifest = json.loads(text)
    files = {p.relative_to(out).as_posix(): p for p in out.rglob("*") if p.is_file()}
    left_out = {name for name in files if name in ("intake.csv", "manifest.json") or name.startswith("mails/")}
    assert len(left_out) == 3
    assert manifest.pop("files") == {
        name: hashlib.sha256(files[name].read_bytes()).hexdigest() for name in files.keys() - left_out
    }
    assert manifest == {
        "scheme": "half_year",
        "scheme_version": "2026",
        "period": "2026H1",
        "revision": 1,
        "input_hash": "ab" * 32,
        "approved_by": "王书记",
        "sources": {},
    }
    assert text.endswith("}\n")


@pytest.mark.usefixtures("typeset_anew")
def test_writing_again_changes_no_byte(connection: Connection, scheme: Scheme, record: Record, out: Path) -> None:
    _circular(record)
    write_out(connection, scheme, out, STREET)
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    write_out(connection, scheme, out, STREET)
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before


def test_files_of_an_earlier_export_go(connection: Connection, scheme: Scheme, record: Record, out: Path) -> None:
    (out / "mails").mkdir(parents=True)
    (out / "mails/009_receipt_x.eml").write_bytes(b"old")
    (out / "circular.pdf").write_bytes(b"old")
    write_out(connection, scheme, out, STREET)
    assert not (out / "circular.pdf").exists()
    assert not (out / "mails").exists()


@pytest.mark.parametrize("name", ["论文.docx", "mails/notes.txt", "circular.doc", "990101009/scores.csv"])
def test_a_folder_with_anything_else_is_refused_and_left_alone(
    connection: Connection, scheme: Scheme, record: Record, out: Path, name: str
) -> None:
    (out / name).parent.mkdir(parents=True)
    (out / name).write_bytes(b"mine")
    (out / "scores.csv").write_bytes(b"old")
    with pytest.raises(UserError, match=f"不是本系统输出的文件.*{Path(name).name}"):
        write_out(connection, scheme, out, STREET)
    assert (out / name).read_bytes() == b"mine"
    assert (out / "scores.csv").read_bytes() == b"old"


def test_a_period_that_was_not_scored_is_said_so(connection: Connection, record: Record, out: Path) -> None:
    with pytest.raises(UserError, match=r"2025年下半年.*还没有计分"):
        write_out(connection, load_scheme("half_year", Period.parse("2025H2")), out, STREET)
    assert not out.exists()


def test_the_first_period_of_all_has_nothing_before_it(connection: Connection, record: Record, out: Path) -> None:
    record.add(
        tables.assessment, id="first", scheme="half_year", scheme_version="2025", period="2025H1", street_code=STREET,
        revision=1, is_official=True,
    )  # fmt: skip
    write_out(connection, load_scheme("half_year", Period.parse("2025H1")), out, STREET)
    assert _rows(out / "scores.csv") == []


def test_the_newest_revision_is_written(connection: Connection, scheme: Scheme, record: Record, out: Path) -> None:
    record.add(
        tables.assessment, id="second", scheme="half_year", scheme_version="2026", period="2026H1", street_code=STREET,
        revision=2, is_official=True,
    )  # fmt: skip
    record.score(FIRST, assessment_id="second", unit_name="拾云社区", total=80, rank=1, grade="良好", status="已报")
    write_out(connection, scheme, out, STREET)
    assert [row["total"] for row in _rows(out / "scores.csv")] == ["80.00"]


def test_the_register_that_was_written_can_be_read_again_unchanged(
    connection: Connection, scheme: Scheme, record: Record, out: Path
) -> None:
    write_out(connection, scheme, out, STREET)
    before = units_of(connection, STREET, scheme.period.end_date)
    result = import_units(connection, out / "registry.csv", dt.date(2000, 1, 1))
    assert (result.added, result.changed, result.unchanged) == (0, 0, 2)
    assert units_of(connection, STREET, scheme.period.end_date) == before
