"""One packet a month: what a community owes travels in one workbook, each sheet is judged by itself, all are answered in one mail."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
import io
import json
import os
from email.message import EmailMessage
from pathlib import Path

import pytest
import xlwt
import yaml
from sqlalchemy import Engine

from include.archive import contents
from include.db.engine import make_engine, migrate, transaction
from include.intake.mailbox import collect
from include.intake.receive import drain
from include.period import parse_moment
from include.post.packing import next_batch
from include.post.server import get_server
from include.rebuild.replay import rebuild
from include.registry.units import import_units
from include.settings import REPO
from include.steps.diary import keep_diary
from tests.intake.form_samples import book_of
from tests.intake.imap_server import Server, mail
from tests.town import STREET

pytestmark = pytest.mark.story

A, B = f"{STREET}001", f"{STREET}002"
SUBJECTS = (
    "code,name,street_code,street,kind,secretary_email,officer_email,liaison_email\n"
    f"{A},云桥社区,{STREET},云街街道,社区,shuji@yunqiao.example,zuzhi@yunqiao.example,lead@office.example\n"
    f"{B},石岭社区,{STREET},云街街道,社区,shuji@shiling.example,,lead@office.example\n"
    f"U1,县教育局,{STREET},云街街道,驻区单位,jiaoyu@u1.example,,\n"
)


@pytest.fixture
def town(database: Engine, world: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An office that runs four systems and sends packets."""
    (world / "register").mkdir()
    (world / "register/subjects.csv").write_text(SUBJECTS, encoding="utf-8")
    with transaction() as connection:
        import_units(connection, world / "register", dt.date(2000, 1, 1))
    offices = yaml.safe_load((REPO / "include/registry/offices.yaml").read_text(encoding="utf-8"))
    offices["defaults"]["packet"] = "monthly"
    offices["defaults"]["systems"] = {
        "monthly_brief": {"from": "2026-06"},
        "in_service": {"from": "2026H1"},
        "time_bank": {"from": "2026H1"},
        "grid": {"from": "2026Q2"},
    }
    (world / "offices.yaml").write_text(yaml.safe_dump(offices, allow_unicode=True), encoding="utf-8")
    monkeypatch.setenv("DUBAN_OFFICES", str(world / "offices.yaml"))
    monkeypatch.setenv("DUBAN_RECEIVED", "mtime")
    smtp = {"host": "127.0.0.1", "port": 25, "extra": {"from_email": "duban@office.example"}}
    monkeypatch.setenv("AIRFLOW_CONN_DUBAN_SMTP", json.dumps(smtp))
    return world


def it_is(monkeypatch: pytest.MonkeyPatch, moment: str) -> None:
    monkeypatch.setenv("DUBAN_NOW", parse_moment(moment, "test").isoformat())


def mails() -> list[EmailMessage]:
    """The mails that go out now."""
    batch, seen = None, []
    while batch := next_batch(get_server(), batch):
        batch.write()
    with transaction() as connection:
        rows = connection.exec_driver_sql("SELECT sha256 FROM mail WHERE state = 'pending' ORDER BY recipient, due_at")
        seen = [contents.load(sha256) for (sha256,) in rows.all()]
        connection.exec_driver_sql("UPDATE mail SET state = 'sent'")
    return [email.message_from_bytes(one, policy=email.policy.default) for one in seen]  # type: ignore[misc]


def words(one: EmailMessage) -> str:
    body = one.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def attached(one: EmailMessage) -> dict[str, bytes]:
    return {str(part.get_filename()): part.get_payload(decode=True) for part in one.iter_attachments()}  # type: ignore[misc]


def deliveries() -> list[tuple[str, str]]:
    with transaction() as connection:
        rows = connection.exec_driver_sql("SELECT name, status FROM delivery ORDER BY received_at, packet, name")
        return [(str(name), str(status)) for name, status in rows.all()]


def filled(packet: bytes, **rows: list[list[str]]) -> bytes:
    """The packet with rows written below the header of sheets, as a clerk does: by what stands above them."""
    book = book_of(packet)
    for name, lines in rows.items():
        sheet = book[name]
        header = next(row for row in range(1, 40) if str(sheet.cell(row, 3).value or "").startswith("@")) + 1
        free = next(row for row in range(header + 1, 200) if not sheet.cell(row, 3).value)
        for number, line in enumerate(lines):
            for column, text in enumerate(line, start=3):
                sheet.cell(free + number, column).value = text or None
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def hands_in(world: Path, name: str, content: bytes, moment: str) -> None:
    path = world / "inbox" / name
    path.write_bytes(content)
    at = parse_moment(moment, "test").timestamp()
    os.utime(path, (at, at))
    drain("test")


MEMBERS = [["01", "王小明", "U1", "2026-01-15", "", "", "宣教", "", "2026-01-20", "在册", ""]]
HOURS = [["1", "01", "2026-06-07", "存入", "2", "便民服务", "", "E1", "居民小组长", "", ""]]
PROBLEM = [["1", "2026-07-01", f"{A}-01", "环境卫生", "3号楼下堆物", "网格员排查", "社区"]]


def sent(town: Path, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """The packet of July that the first community got."""
    it_is(monkeypatch, "2026-07-01T07:50:00")
    keep_diary("test")
    (one,) = [mail for mail in mails() if "shuji@yunqiao.example" in str(mail["To"])]
    ((_, content),) = attached(one).items()
    return content


def test_what_a_community_owes_in_a_month_goes_out_in_one_mail_with_one_workbook(
    town: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    it_is(monkeypatch, "2026-07-01T07:50:00")
    keep_diary("test")
    out = mails()
    assert [str(one["To"]) for one in out] == ["shuji@shiling.example", "shuji@yunqiao.example"], "one each, no other"
    assert str(out[1]["Subject"]) == "【月报包】云桥社区2026年7月：6张表"
    ((name, content),) = attached(out[1]).items()
    assert name == "月报包_云桥社区_2026年7月.xlsx"
    book = book_of(content)
    visible = [sheet.title for sheet in book if sheet.sheet_state == "visible"]
    assert visible == [
        "目录",
        "网格台账",
        "网格问题登记表",
        "在职党员报到登记册",
        "月小结",
        "志愿服务时长台账",
        "时间银行账户册",
    ]
    assert "月小结（月小结和工作总结，2026年6月）：2026年7月6日24时前" in words(out[1])
    keep_diary("again")
    it_is(monkeypatch, "2026-07-02T07:50:00")
    keep_diary("test")
    assert not [one for one in mails() if "月报包" in str(one["Subject"])], "told once"
    with transaction() as connection:
        states = connection.exec_driver_sql(
            "SELECT DISTINCT state, reason FROM notice WHERE kind = 'form_opened'"
        ).all()
        untold = connection.exec_driver_sql("SELECT COUNT(*) FROM opened_form WHERE asked_at IS NULL").scalar()
    assert [tuple(row) for row in states] == [("skipped", "本机关每月合发一份月报包，这张表随月报包发出。")]
    assert untold == 0


def test_a_reminder_brings_the_packet_again_and_once_for_all_of_its_sheets(
    town: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packet = sent(town, monkeypatch)
    it_is(monkeypatch, "2026-07-09T07:50:00")
    keep_diary("test")
    (one,) = [mail for mail in mails() if "shuji@yunqiao.example" in str(mail["To"])]
    assert "月小结和工作总结" in words(one) and "在职党员双报到" in words(one), words(one)
    assert attached(one) == {"月报包_云桥社区_2026年7月.xlsx": packet}


def test_each_sheet_of_a_packet_is_judged_by_itself_and_all_are_answered_in_one_mail(
    town: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packet = sent(town, monkeypatch)
    it_is(monkeypatch, "2026-07-03T10:00:00")
    wrong = [[*HOURS[0][:4], "2.3", *HOURS[0][5:]]]
    came = filled(packet, 在职党员报到登记册=MEMBERS, 志愿服务时长台账=wrong, 网格问题登记表=PROBLEM)
    hands_in(town, "七月.xlsx", came, "2026-07-03T10:00:00")
    assert deliveries() == [
        ("七月.xlsx", "accepted"),
        ("02 网格问题登记表（2026年第二季度）.xlsx", "accepted"),
        ("03 在职党员报到登记册（2026年上半年）.xlsx", "accepted"),
        ("05 志愿服务时长台账（2026年6月）.xlsx", "returned"),
    ]
    answers = [one for one in mails() if "月报包回执" in str(one["Subject"])]
    assert len(answers) == 1, "one receipt"
    (one,) = answers
    assert str(one["To"]) == "shuji@yunqiao.example"
    assert "填了3张表" in words(one)
    assert "应为：为 0.5 的倍数" in words(one)
    assert "月小结（2026年6月），2026年7月6日前" in words(one), "what was left is said"
    ((name, marked),) = attached(one).items()
    assert "志愿服务时长台账" in name
    assert "王小明".encode() not in marked
    book = book_of(marked)
    assert "月小结" not in book.sheetnames


def test_a_packet_that_comes_again_with_one_sheet_put_right_changes_that_sheet_alone(
    town: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packet = sent(town, monkeypatch)
    wrong = [[*HOURS[0][:4], "2.3", *HOURS[0][5:]]]
    it_is(monkeypatch, "2026-07-03T10:00:00")
    hands_in(town, "a.xlsx", filled(packet, 在职党员报到登记册=MEMBERS, 志愿服务时长台账=wrong), "2026-07-03T10:00:00")
    it_is(monkeypatch, "2026-07-04T10:00:00")
    right = filled(packet, 在职党员报到登记册=MEMBERS, 志愿服务时长台账=HOURS)
    hands_in(town, "b.xlsx", right, "2026-07-04T10:00:00")
    assert deliveries()[3:] == [
        ("b.xlsx", "accepted"),
        ("03 在职党员报到登记册（2026年上半年）.xlsx", "duplicate"),
        ("05 志愿服务时长台账（2026年6月）.xlsx", "accepted"),
    ]
    it_is(monkeypatch, "2026-07-05T10:00:00")
    hands_in(town, "c.xlsx", right, "2026-07-05T10:00:00")
    assert deliveries()[6:] == [("c.xlsx", "duplicate")], "the same packet twice: nothing of it is looked at again"
    with transaction() as connection:
        rows = connection.exec_driver_sql(
            "SELECT ledger, COUNT(*) FROM ledger_row GROUP BY ledger ORDER BY ledger"
        ).all()
    assert [tuple(row) for row in rows] == [("in_service.in_service_members", 1), ("time_bank.service_ledger", 1)]


def test_a_packet_with_nothing_filled_in_is_no_hand_in(town: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packet = sent(town, monkeypatch)
    it_is(monkeypatch, "2026-07-03T10:00:00")
    hands_in(town, "空.xlsx", packet, "2026-07-03T10:00:00")
    assert deliveries() == [("空.xlsx", "refused")]
    (one,) = mails()
    assert "没有填写任何一张表" in words(one)


def test_what_a_packet_holds_of_people_lies_under_the_key_of_their_ledger(
    town: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packet = sent(town, monkeypatch)
    it_is(monkeypatch, "2026-07-03T10:00:00")
    hands_in(
        town, "七月.xlsx", filled(packet, 在职党员报到登记册=MEMBERS, 网格问题登记表=PROBLEM), "2026-07-03T10:00:00"
    )
    with transaction() as connection:
        rows = connection.exec_driver_sql("SELECT name, sha256 FROM delivery").all()
    keys = {str(name)[:2]: contents.key_of(str(sha256)) for name, sha256 in rows}
    assert keys["七月"], "the packet itself"
    assert "in_service" in str(keys["03"])
    assert keys["02"] == "", "a sheet that tells of nobody"


def test_a_packet_saved_in_another_format_says_how_to_save_it(town: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book, buffer = xlwt.Workbook(), io.BytesIO()
    book.add_sheet("a").write(0, 0, "duban-packet")
    book.save(buffer)
    it_is(monkeypatch, "2026-07-03T10:00:00")
    hands_in(town, "七月.xls", buffer.getvalue(), "2026-07-03T10:00:00")
    with transaction() as connection:
        (said,) = connection.exec_driver_sql("SELECT message FROM delivery").all()
    assert "另存为 .xlsx" in str(said[0])


def test_a_community_gets_its_own_ledger_as_it_stands_by_mail_and_nobody_else_does(
    town: Path, monkeypatch: pytest.MonkeyPatch, server: Server
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_DUBAN_IMAP", server.connection())
    packet = sent(town, monkeypatch)
    it_is(monkeypatch, "2026-07-03T10:00:00")
    hands_in(
        town, "七月.xlsx", filled(packet, 在职党员报到登记册=MEMBERS, 志愿服务时长台账=HOURS), "2026-07-03T10:00:00"
    )
    mails()
    it_is(monkeypatch, "2026-07-06T09:00:00")
    at = parse_moment("2026-07-06T08:55:00", "test")
    for number, (sender, subject) in enumerate(
        [
            ("zuzhi@yunqiao.example", "索取台账"),
            ("lead@office.example", "索取 在职党员报到登记册，云桥社区"),
            ("lead@office.example", "索取台账"),
            ("shuji@shiling.example", "请发台账"),
        ]
    ):
        message = mail(sender, message_id=f"<{number}@x.cn>")
        del message["Subject"]
        message["Subject"] = subject
        server.deliver(message, at)
    collect("run")
    drain("test")
    out = {
        (str(one["To"]), tuple(sorted(attached(one)))): one for one in mails() if "月报包" not in str(one["Subject"])
    }
    both = ("志愿服务时长台账_云桥社区_2026-07-06.xlsx", "在职党员报到登记册_云桥社区_2026-07-06.xlsx")
    whole = out["shuji@yunqiao.example", tuple(sorted(both))]
    assert str(whole["Cc"]) == "zuzhi@yunqiao.example"
    assert ("shuji@yunqiao.example", (both[1],)) in out, "whoever asks, it goes to the community"
    assert ("lead@office.example", ()) in out
    assert ("shuji@shiling.example", ()) in out
    book = book_of(attached(whole)[both[1]])
    assert "王小明" in {cell.value for row in book.worksheets[0].iter_rows() for cell in row}
    with transaction() as connection:
        stored = connection.exec_driver_sql("SELECT attachments FROM notice WHERE kind = 'ledger_sent'").all()
    shas = {one["name"]: one["sha256"] for (text,) in stored for one in json.loads(text)}
    assert contents.is_personal(shas[both[1]])
    hands_in(town, "again.xlsx", attached(whole)[both[0]], "2026-07-06T09:00:00")
    assert ("again.xlsx", "accepted") in deliveries(), "the same entries again are known"
    with transaction() as connection:
        assert (
            connection.exec_driver_sql(
                "SELECT COUNT(*) FROM ledger_row WHERE ledger = 'time_bank.service_ledger'"
            ).scalar()
            == 1
        )


def test_a_packet_is_parted_again_in_a_rebuild(
    town: Path, monkeypatch: pytest.MonkeyPatch, database: Engine, tmp_path: Path
) -> None:
    packet = sent(town, monkeypatch)
    it_is(monkeypatch, "2026-07-03T10:00:00")
    hands_in(
        town, "七月.xlsx", filled(packet, 在职党员报到登记册=MEMBERS, 志愿服务时长台账=HOURS), "2026-07-03T10:00:00"
    )
    if database.dialect.name != "sqlite":
        return
    again = make_engine(database.url.set(database=str(tmp_path / "again.db")))
    migrate(again)
    rebuilt = rebuild(database, again, parse_moment("2026-07-04T10:00:00", "test"))
    assert rebuilt.differences == []
    with again.connect() as connection:
        names = connection.exec_driver_sql("SELECT name, status FROM delivery ORDER BY packet, name").all()
    assert [tuple(row) for row in names] == deliveries()
