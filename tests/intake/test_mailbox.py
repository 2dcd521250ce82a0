"""Hand-ins by mail, fetched from a real IMAP server."""

import datetime as dt
import json
from pathlib import Path

import pytest
import yaml
from sqlalchemy import Engine

from include.db.engine import transaction
from include.errors import UserError
from include.intake import mailbox
from include.intake.mailbox import CollectResult, collect
from include.intake.receive import drain
from include.period import parse_moment
from include.settings import REPO
from include.workbooks.inspection_form import write_inspection_form
from tests.intake.imap_server import Server, attach, mail
from tests.intake.receive_street import (
    FIRST,
    PERIOD,
    SECOND,
    count,
    deliveries,
    notices,
    prepare,
    rows,
    scheme_of,
    workbook,
)

RECEIVED = parse_moment("2026-07-18T09:05:00", "test")
OFFICER, SECRETARY = FIRST.officer_email, FIRST.secretary_email


@pytest.fixture
def street(database: Engine, mail_world: Path) -> Path:
    prepare(mail_world)
    return mail_world


def test_three_forms_in_one_mail_are_three_hand_ins(street: Path, server: Server) -> None:
    message = mail(f"李组织 <{FIRST.liaison_email}>", message_id="<1@x.cn>")
    for name, content in {"杏花.xlsx": workbook(FIRST), "柳堤.xlsx": workbook(SECOND), "照片.zip": b"PK"}.items():
        attach(message, name, content)
    attach(message, "logo.png", b"\x89PNG", "image/png")
    server.deliver(message, RECEIVED)
    assert collect("run") == CollectResult(mails=1, files=3)
    assert rows("SELECT DISTINCT channel, sender FROM delivery") == [{"channel": "mailbox", "sender": "l1@x.cn"}]
    drain(default_period=PERIOD)
    found = {row["name"]: (row["status"], row["unit_code"]) for row in deliveries()}
    assert found["照片.zip"][0] == "refused"
    assert found["杏花.xlsx"] == ("accepted", FIRST.code)
    assert found["柳堤.xlsx"] == ("returned", SECOND.code), "a liaison of another unit's"


def test_what_comes_to_a_countys_own_mailbox_is_taken_in_too_and_one_that_is_shut_is_named(
    street: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    offices = yaml.safe_load((REPO / "include/registry/offices.yaml").read_text(encoding="utf-8"))
    offices["streets"] |= {"990000": {"name": "云岭县"}, "990001": {"imap": "duban_imap_other"}}
    (street / "offices.yaml").write_text(yaml.safe_dump(offices, allow_unicode=True), encoding="utf-8")
    monkeypatch.setenv("DUBAN_OFFICES", str(street / "offices.yaml"))
    monkeypatch.setenv("AIRFLOW_CONN_DUBAN_IMAP_990000", server.connection())
    monkeypatch.setenv(
        "AIRFLOW_CONN_DUBAN_IMAP", json.dumps({"host": "127.0.0.1", "port": 1, "login": "a", "password": "b"})
    )
    server.deliver(attach(mail(OFFICER), "杏花.xlsx", workbook()), RECEIVED)
    with pytest.raises(UserError, match=r"收件信箱 127\.0\.0\.1:1 连接不上"):
        collect()
    assert count("delivery") == 1


def test_a_receipt_goes_to_the_sender_and_to_the_units_addresses(street: Path, server: Server) -> None:
    server.deliver(attach(mail(OFFICER), "杏花.xlsx", workbook()), RECEIVED)
    collect()
    drain(default_period=PERIOD)
    (receipt,) = notices("receipt")
    assert (receipt["recipient"], receipt["payload"]["received_at"]) == (OFFICER, "2026-07-18T09:05:00+08:00")
    assert rows("SELECT copy_to FROM notice WHERE kind = 'receipt'") == [{"copy_to": SECRETARY}]


def test_a_mail_is_taken_once_however_often_it_is_fetched_or_delivered(street: Path, server: Server) -> None:
    message = attach(mail(SECRETARY, message_id="<same@x.cn>"), "杏花.xlsx", workbook())
    server.deliver(message, RECEIVED)
    assert collect().files == 1
    assert collect() == CollectResult()
    with server.opened() as box:
        box.flag(box.uids(), "\\Seen", False)
    assert collect() == CollectResult(mails=1, files=0)
    server.deliver(message, RECEIVED + dt.timedelta(hours=1))
    assert collect() == CollectResult(mails=1, files=0)
    assert count("delivery") == 1


def test_a_stop_before_the_record_leaves_the_mail_unseen(street: Path, server: Server, database: Engine) -> None:
    server.deliver(attach(mail(SECRETARY), "杏花.xlsx", workbook()), RECEIVED)
    with database.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE delivery RENAME TO delivery_away")
    with pytest.raises(Exception, match="delivery"):
        collect()
    assert server.unseen() == 1
    with database.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE delivery_away RENAME TO delivery")
    assert collect().files == 1
    assert server.unseen() == 0


def test_a_stranger_is_answered_once_and_kept_for_ops(street: Path, server: Server) -> None:
    for number in range(2):
        message = mail("nobody@elsewhere.cn", message_id=f"<{number}@elsewhere.cn>")
        server.deliver(attach(message, "杏花.xlsx", workbook()), RECEIVED)
    assert collect() == CollectResult(mails=2, files=0, unknown=2)
    assert [notice["recipient"] for notice in notices("unknown_sender")] == ["nobody@elsewhere.cn"]
    (told,) = notices("mail_unanswered")
    assert told["payload"]["names"] == "杏花.xlsx"
    assert count("delivery") == 0
    with server.opened() as box:
        assert len(box.uids()) == 2, "the mails themselves stay"


@pytest.mark.parametrize("headers", [{"Auto_Submitted": "auto-replied"}, {"Precedence": "bulk"}, {"List_Id": "<l.x>"}])
def test_a_machine_is_not_answered(street: Path, server: Server, headers: dict[str, str]) -> None:
    server.deliver(mail("robot@elsewhere.cn", **headers), RECEIVED)
    server.deliver(mail(SECRETARY, **headers), RECEIVED)
    assert collect() == CollectResult(mails=2, files=0, unknown=1, automatic=2)
    assert notices("unknown_sender") == notices("refused") == notices("mail_unanswered") == []


def test_a_mail_without_a_file_is_answered(street: Path, server: Server) -> None:
    server.deliver(mail(SECRETARY, "本期数据"), RECEIVED)
    collect()
    (answer,) = notices("refused")
    assert answer["recipient"] == SECRETARY
    assert answer["payload"]["file_name"] == "邮件“本期数据”"
    assert "没有附件" in answer["payload"]["problems"][0]


def test_a_mail_that_is_too_large_is_answered_and_not_fetched(
    street: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailbox, "MAX_MAIL_BYTES", 5_000)
    server.deliver(attach(mail(SECRETARY), "杏花.xlsx", workbook()), RECEIVED)
    assert collect() == CollectResult(mails=1, files=0)
    assert "60 MB" in notices("refused")[0]["payload"]["problems"][0]
    assert (server.unseen(), count("delivery")) == (0, 0)


def test_another_units_secretary_may_not_hand_in_and_its_own_may_afterwards(street: Path, server: Server) -> None:
    server.deliver(attach(mail(SECOND.secretary_email), "杏花.xlsx", workbook(FIRST)), RECEIVED)
    collect()
    drain(default_period=PERIOD)
    (returned,) = deliveries()
    assert returned["status"] == "returned"
    assert "发件邮箱 s2@x.cn 不是杏花社区登记的邮箱" in str(returned["message"])
    assert count("submission") == 0
    server.deliver(attach(mail(f"书记 <{SECRETARY.upper()}>"), "杏花.xlsx", workbook(FIRST)), RECEIVED)
    collect()
    drain(default_period=PERIOD)
    assert sorted(str(row["status"]) for row in deliveries()) == ["accepted", "returned"]


@pytest.mark.parametrize(("sender", "status"), [("inspection@duban.invalid", "accepted"), ("s1@x.cn", "returned")])
def test_the_inspectors_form_is_the_offices_alone(street: Path, server: Server, sender: str, status: str) -> None:
    content = write_inspection_form(scheme_of(), [FIRST, SECOND], "云街街道", recipient="inspection@duban.invalid")
    server.deliver(attach(mail(sender), "核查.xlsx", content), parse_moment("2026-08-05T09:00:00", "test"))
    collect()
    drain(default_period=PERIOD)
    assert [row["status"] for row in deliveries()] == [status]


def test_hostile_names_in_a_mail_are_refused_politely_and_a_nameless_form_is_read(street: Path, server: Server) -> None:
    message = mail(SECRETARY)
    for name in ("../../etc/passwd.xlsx", "", "\u202exslx.exe"):
        attach(message, name, workbook())
    server.deliver(message, RECEIVED)
    assert collect().files >= 2
    drain(default_period=PERIOD)
    found = {row["name"]: row["status"] for row in deliveries()}
    assert found.pop("附件2.xlsx") == "accepted", "a nameless form is read by what it holds"
    assert set(found.values()) <= {"refused", "duplicate"}
    assert not (street / "etc").exists()


def test_mails_may_be_moved_when_they_are_taken_in(
    street: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    with server.opened() as box:
        box.folder.create("done")
    monkeypatch.setenv("AIRFLOW_CONN_DUBAN_IMAP", server.connection(done_folder="done"))
    server.deliver(attach(mail(SECRETARY), "杏花.xlsx", workbook()), RECEIVED)
    assert collect().files == 1
    with server.opened() as box:
        assert box.uids() == []
    with server.opened("done") as box:
        assert len(box.uids()) == 1


def test_a_wrong_password_and_a_silent_server_are_said_in_chinese(
    street: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = server.connection().replace('"password": "', '"password": "not-')
    monkeypatch.setenv("AIRFLOW_CONN_DUBAN_IMAP", wrong)
    with pytest.raises(UserError, match="请检查账号、密码和文件夹") as error:
        collect()
    assert "not-" not in str(error.value)
    monkeypatch.setenv("AIRFLOW_CONN_DUBAN_IMAP", server.connection().replace(str(server.port), "1"))
    with pytest.raises(UserError, match="连接不上"):
        collect()


def test_a_setting_that_makes_no_sense_names_all_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_DUBAN_IMAP", '{"host": "127.0.0.1"}')
    with pytest.raises(UserError) as error:
        collect()
    assert [problem.split()[2] for problem in error.value.problems] == ["login：请补上。", "password：请补上。"]
    monkeypatch.setenv("AIRFLOW_CONN_DUBAN_IMAP", "{host: x")
    with pytest.raises(UserError, match="不是有效的 JSON"):
        collect()
    monkeypatch.delenv("AIRFLOW_CONN_DUBAN_IMAP")
    assert collect() == CollectResult()


def test_a_run_that_took_mails_is_logged(street: Path, server: Server) -> None:
    server.deliver(attach(mail(SECRETARY), "杏花.xlsx", workbook()), RECEIVED)
    collect("run-7")
    collect("run-8")
    with transaction() as connection:
        runs = connection.exec_driver_sql("SELECT run_id, stage FROM run_log").all()
    assert [tuple(run) for run in runs] == [("run-7", "collect")]
