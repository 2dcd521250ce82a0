"""What changes others' figures or closes an item is taken only from where it was sent to; a form from everybody it may be from."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import Engine, insert

from include.db import tables
from include.db.engine import transaction
from include.intake.mailbox import collect
from include.intake.reading import read_file
from include.intake.receive import drain
from include.intake.returned import mark_returned
from include.items.workbooks import verification_code, write_workbook
from include.period import parse_moment
from include.post.sender_trust import VOUCHED
from include.workbooks.codes import CODE, codes_in, grouped
from include.workbooks.forms import form_code
from include.workbooks.inspection_form import inspection_code, write_inspection_form
from tests.intake.form_samples import book_of
from tests.intake.imap_server import Server, attach, mail
from tests.intake.receive_street import (
    FIRST,
    PERIOD,
    SECOND,
    STREET,
    deliveries,
    drop,
    notices,
    prepare,
    rows,
    scheme_of,
    workbook,
)
from tests.rectification.filling import fill

INSPECTOR, OTHER = "inspection@duban.invalid", "jiancha2@duban.invalid"
CHECKED_AT = parse_moment("2026-08-05T09:00:00", "test")
VERIFIED_AT = parse_moment("2026-09-05T09:00:00", "test")
MADE_ON = dt.date(2026, 9, 4)
ITEMS = {FIRST.code: "c" * 64, SECOND.code: "d" * 64}
PASSED = {"核验结论": "销号", "核验人": "李四"}


@pytest.fixture
def street(database: Engine, mail_world: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two communities with accepted forms, and an answered item of each; the inbox is open to others than the office."""
    monkeypatch.delenv("DUBAN_INBOX_OWN")
    monkeypatch.setenv("DUBAN_RECEIVED", "mtime")
    monkeypatch.setenv("DUBAN_NOW", VERIFIED_AT.isoformat())
    prepare(mail_world)
    with transaction() as connection:
        for unit in (FIRST, SECOND):
            connection.execute(
                insert(tables.rectification_item).values(
                    id=ITEMS[unit.code], scheme="half_year", unit_code=unit.code, indicator="E1", problem="票据不规范",
                    opened_period="2026H1", opened_date=dt.date(2026, 8, 20), deadline=dt.date(2026, 9, 10), state="已反馈",
                    is_open=True, is_provisional=False, owner=unit.secretary_email, liaison=unit.liaison_email,
                )
            )  # fmt: skip
    return mail_world


def checked(recipient: str = "", period: str = "2026H1", street_code: str = STREET) -> bytes:
    """A filled-in 现场核查表, as it was sent to somebody; without a recipient as it was sent before there were codes."""
    scheme = scheme_of(period)
    book = book_of(write_inspection_form(scheme, [FIRST, SECOND], "云街街道", None, recipient))
    for column, value in enumerate([FIRST.code, None, "党员大会次数", 1, "只有一次", "王核查"], start=3):
        book["现场核查表"].cell(5, column).value = value
    return saved(book)


def verified(recipient: str = INSPECTOR, *verdicts: dict[str, object]) -> bytes:
    """A filled-in 整改核验表 of both items, as it was mailed to somebody."""
    listed = [
        {"id": item, "unit_name": code, "problem": "票据不规范", "deadline": "2026年9月10日", "answer": "已补审"}
        for code, item in ITEMS.items()
    ]
    sheet = write_workbook("verification", STREET, "云街街道", listed, MADE_ON, recipient)
    return fill(sheet, *(verdicts or (PASSED, PASSED)))


def saved(book: openpyxl.Workbook) -> bytes:
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def with_pair(content: bytes, key: str, value: str) -> bytes:
    """The workbook with another value in its hidden sheet."""
    book = book_of(content)
    for pair in book["_duban"].iter_rows(max_col=2):
        if pair[0].value == key:
            pair[1].value = value
    return saved(book)


def by_mail(
    server: Server, content: bytes, sender: str = INSPECTOR, at: dt.datetime = VERIFIED_AT, **mail_of: str
) -> str:
    """Send a sheet to the mailbox and have it answered: what became of it."""
    before = {row["id"] for row in rows("SELECT id FROM delivery")}
    server.deliver(attach(mail(sender, **mail_of), "表.xlsx", content), at)
    collect()
    drain(default_period=PERIOD)
    [new] = [row for row in rows("SELECT id, status FROM delivery") if row["id"] not in before]
    return str(new["status"])


def item_states() -> set[object]:
    return {row["state"] for row in rows("SELECT state FROM rectification_item")}


def corrections() -> int:
    return len(rows("SELECT id FROM decision WHERE kind = 'correction'"))


def test_a_verification_under_an_inspectors_name_closes_nothing_and_ops_is_told(street: Path, server: Server) -> None:
    """As anybody could send it who knows the address and has seen one such sheet."""
    assert by_mail(server, verified(recipient="")) == "refused"
    assert item_states() == {"已反馈"}
    [alert] = notices("ops_alert")
    assert "不能确认出自考评小组" in str(alert["payload"])
    [answer] = notices("refused")
    assert answer["recipient"] == INSPECTOR
    assert "核验码" in str(answer["payload"]["problems"])


def test_a_flood_of_such_sheets_is_told_once_a_day(street: Path, server: Server) -> None:
    for number in range(3):
        by_mail(server, verified("", PASSED | {"核验人": f"李{number}"}))
    assert len(notices("ops_alert")) == 1


def test_the_sheet_that_an_inspector_was_mailed_closes_items_when_it_comes_back(street: Path, server: Server) -> None:
    assert by_mail(server, verified()) == "accepted"
    assert item_states() == {"销号"}


def test_several_items_of_one_sheet_are_one_act_and_a_second_act_with_it_is_refused(
    street: Path, server: Server
) -> None:
    assert by_mail(server, verified(INSPECTOR, PASSED)) == "accepted"
    assert by_mail(server, verified(INSPECTOR, {}, PASSED)) == "refused"
    assert sorted(map(str, (row["state"] for row in rows("SELECT state FROM rectification_item")))) == [
        "已反馈",
        "销号",
    ]
    refused = next(row for row in deliveries() if row["status"] == "refused")
    assert "已经用过" in str(refused["message"])


def test_the_same_sheet_again_is_a_duplicate_and_no_second_act(street: Path, server: Server) -> None:
    content = verified()
    assert [by_mail(server, content), by_mail(server, content)] == ["accepted", "duplicate"]


def test_a_sheet_with_a_mistake_uses_no_code_up(street: Path, server: Server) -> None:
    assert by_mail(server, verified(INSPECTOR, PASSED | {"核验人": ""})) == "refused"
    assert by_mail(server, verified(INSPECTOR, PASSED)) == "accepted"


def test_another_inspectors_sheet_is_another_code(street: Path, server: Server) -> None:
    assert by_mail(server, verified(INSPECTOR, PASSED)) == "accepted"
    assert by_mail(server, verified(OTHER, {}, PASSED)) == "accepted"
    assert item_states() == {"销号"}


def test_a_code_that_stands_in_the_mail_counts_as_well_quoted_or_typed(street: Path, server: Server) -> None:
    code = grouped(verification_code(STREET, MADE_ON, INSPECTOR)).lower()
    text = f"核验完毕。\n\n> 【整改核验】\n> 核验码：{code}（已写在附件里）"
    assert by_mail(server, with_pair(verified(), CODE, ""), text=text) == "accepted"
    assert item_states() == {"销号"}


@pytest.mark.parametrize(
    ("key", "value"), [("unit_code", "990000002"), ("made_on", "2026-09-05"), ("recipient", OTHER)]
)
def test_a_code_opens_no_sheet_of_another_street_day_or_reader(
    street: Path, server: Server, key: str, value: str
) -> None:
    assert by_mail(server, with_pair(verified(), key, value), sender="ops@duban.invalid") == "refused"
    assert item_states() == {"已反馈"}


def test_a_sheet_of_another_installation_closes_nothing(
    street: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("DUBAN_SECRET", "that of another office")
        content = verified()
    assert by_mail(server, content) == "refused"
    assert item_states() == {"已反馈"}


def test_who_the_mail_server_vouches_for_needs_no_code(
    street: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("include.intake.received_mail.trust_in", lambda *_: VOUCHED)
    assert by_mail(server, verified(recipient="")) == "accepted"
    assert item_states() == {"销号"}


def test_inspectors_findings_without_a_code_change_no_figure(street: Path, server: Server) -> None:
    assert by_mail(server, checked(), at=CHECKED_AT) == "refused"
    assert corrections() == 0
    assert len(notices("ops_alert")) == 1


def test_the_inspectors_sheet_may_come_back_as_often_as_they_like(street: Path, server: Server) -> None:
    first = checked(INSPECTOR)
    second = book_of(first)
    second["现场核查表"].cell(5, 6).value = 0
    assert [by_mail(server, content, at=CHECKED_AT) for content in (first, saved(second))] == ["accepted", "accepted"]
    assert corrections() == 2


def test_the_code_of_one_period_opens_no_other(street: Path, server: Server) -> None:
    old = inspection_code(scheme_of("2025H2"), STREET, INSPECTOR)
    assert by_mail(server, checked(), at=CHECKED_AT, text=f"核验码：{grouped(old)}") == "refused"
    new = inspection_code(scheme_of(), STREET, INSPECTOR)
    assert by_mail(server, checked(), at=CHECKED_AT, subject=f"核查表 核验码 {grouped(new)}") == "accepted"


@pytest.mark.parametrize(("is_own", "status"), [(False, "refused"), (True, "accepted")])
def test_the_watched_inbox_asks_for_a_code_and_the_offices_own_does_not(
    street: Path, monkeypatch: pytest.MonkeyPatch, is_own: bool, status: str
) -> None:
    if is_own:
        monkeypatch.setenv("DUBAN_INBOX_OWN", "true")
    drop(street, "核查.xlsx", checked(), CHECKED_AT.isoformat())
    drop(street, "核验.xlsx", verified(recipient=""), VERIFIED_AT.isoformat())
    drain(default_period=PERIOD)
    assert [row["status"] for row in deliveries()] == [status] * 2


def test_what_lies_in_the_watched_inbox_with_its_code_is_taken(street: Path) -> None:
    drop(street, "核查.xlsx", checked(INSPECTOR), CHECKED_AT.isoformat())
    drop(street, "核验.xlsx", verified(), VERIFIED_AT.isoformat())
    drain(default_period=PERIOD)
    assert [row["status"] for row in deliveries()] == ["accepted"] * 2


@pytest.mark.parametrize("channel", ["mailbox", "inbox"])
def test_a_form_without_a_code_with_anothers_or_of_another_installation_is_taken_all_the_same(
    street: Path, server: Server, monkeypatch: pytest.MonkeyPatch, channel: str
) -> None:
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("DUBAN_SECRET", "that of another office")
        foreign = workbook(members="5")
    anothers = form_code(scheme_of(), "main", SECOND.code)
    contents = [with_pair(workbook(), CODE, ""), with_pair(workbook(members="6"), CODE, anothers), foreign]
    at = parse_moment("2026-07-18T09:05:00", "test")
    for number, content in enumerate(contents):
        if channel == "mailbox":
            assert by_mail(server, content, FIRST.secretary_email, at) == "accepted"
        else:
            drop(street, f"{number}.xlsx", content, at.isoformat())
    drain(default_period=PERIOD)
    assert [row["status"] for row in deliveries()] == ["accepted"] * 3


def test_a_form_that_goes_back_to_somebody_elses_address_carries_no_code_of_the_unit() -> None:
    form = read_file(workbook(), "表.xlsx", None)
    from include.intake.judging import _stop

    wrong = _stop("wrong_sender", "sender", scheme_of(), "main", sender="x@evil.example", name=FIRST.name)
    right = _stop("window_ended", "period", scheme_of(), "main", due="", window_ends="")
    found = [
        read_file(mark_returned(b"a,b\n", "表.csv", form, [finding], scheme_of(), FIRST)[0], "表.xlsx", None).marks
        for finding in (wrong, right)
    ]
    assert [bool(marks.get(CODE)) for marks in found] == [False, True]


def test_a_code_is_found_however_it_was_typed_and_nothing_else_is_taken_for_one() -> None:
    code = "7K2M9QXD04TRWC6H"
    for typed in (
        "7K2M-9QXD-04TR-WC6H",
        "7k2m9qxd04trwc6h",
        "７Ｋ２Ｍ－９ＱＸＤ－０４ＴＲ－ＷＣ６Ｈ",
        "7K2M 9QXD 04TR WC6H",
    ):
        assert codes_in(f"您好，核验码：{typed}。") == [code]
    assert codes_in("身份证 11010519491231002X", "sha256 " + "a" * 64, "电话 0571-8888-8888") == []
    assert len(codes_in(" ".join(f"{number:016}" for number in range(1000)))) <= 20


def test_only_a_form_that_nothing_vouches_for_is_listed_so(street: Path, server: Server) -> None:
    """Its code, in the workbook or in the mail, is proof enough."""
    theirs = saved(book_of(with_pair(workbook(SECOND), CODE, "")))
    assert by_mail(server, workbook(FIRST), FIRST.secretary_email, CHECKED_AT) == "accepted"
    assert by_mail(server, theirs, SECOND.secretary_email, CHECKED_AT) == "accepted"
    listed = {row["unit_code"]: str(row["message"]) for row in deliveries()}
    assert "未核实" not in listed[FIRST.code]
    assert "未核实" in listed[SECOND.code]
    told = {str(row["recipient"]): "is_unproved" in str(row["payload"]) for row in notices("receipt")}
    assert told == {FIRST.secretary_email: False, SECOND.secretary_email: True}


SPOOFED = {"Authentication_Results": "mx.duban.example; dmarc=fail header.from=duban.invalid"}


@pytest.mark.parametrize("what", ["form", "inspection", "verification"])
def test_under_a_name_that_is_not_the_senders_nothing_is_taken_whatever_code_it_carries(
    street: Path, server: Server, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_DUBAN_IMAP", server.connection(authserv_id="mx.duban.example"))
    content, sender, at = {
        "form": (workbook(), FIRST.secretary_email, parse_moment("2026-07-18T09:05:00", "test")),
        "inspection": (checked(INSPECTOR), INSPECTOR, CHECKED_AT),
        "verification": (verified(), INSPECTOR, VERIFIED_AT),
    }[what]
    assert by_mail(server, content, sender, at, **SPOOFED) == "refused"
    assert (item_states(), corrections(), rows("SELECT sha256 FROM submission")) == ({"已反馈"}, 0, [])
    assert "冒用" in str(notices("ops_alert")[0]["payload"])
    spent = rows("SELECT * FROM used_code")
    assert spent == [], "the true sheet may still come"
