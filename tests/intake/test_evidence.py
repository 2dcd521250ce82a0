"""Photos and papers that come with a form or after it, by a real IMAP server."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from include.archive import contents
from include.db.engine import get_engine
from include.intake.evidence import Claims
from include.intake.mailbox import CollectResult, collect
from include.intake.receive import drain
from include.period import now, parse_moment
from include.reports.evidence_open import evidence_open
from include.reports.hand_ins import hand_ins
from tests.intake.imap_server import Server, attach, mail
from tests.intake.receive_street import (
    FIRST,
    PERIOD,
    SECOND,
    STREET,
    count,
    deliveries,
    drop,
    figures,
    notices,
    prepare,
    rows,
    scheme_of,
    workbook,
)
from tests.notices.people import render_letter

SECRETARY, LIAISON = FIRST.secretary_email, FIRST.liaison_email
FORM_CAME, PAPERS_CAME = (parse_moment(moment, "test") for moment in ("2026-07-18T09:05:00", "2026-07-19T10:00:00"))
PHOTO, PAPER = b"\xff\xd8\xff" + bytes(20_000), b"%PDF-1.7 dues"


@pytest.fixture
def street(database: Engine, mail_world: Path) -> Path:
    prepare(mail_world)
    return mail_world


def hand_in(server: Server, message_id: str = "<1@x.cn>", **papers: bytes) -> None:
    message = attach(mail(SECRETARY, message_id=message_id), "杏花.xlsx", workbook())
    for name, content in papers.items():
        attach(message, f"{name}.pdf", content, "application/pdf")
    server.deliver(message, FORM_CAME)
    collect()
    drain(default_period=PERIOD)


def only(kind: str) -> Mapping[str, object]:
    [notice] = notices(kind)
    payload = notice["payload"]
    assert isinstance(payload, dict)
    return payload


def test_photos_and_papers_beside_a_form_are_its_evidence_and_none_is_refused(street: Path, server: Server) -> None:
    message = attach(mail(SECRETARY), "杏花.xlsx", workbook())
    attach(message, "党费上交凭证.pdf", PAPER, "application/pdf")
    attach(message, "重阳节活动.jpg", PHOTO, "image/jpeg")
    attach(message, "实施计划.docx", b"PK plan", "application/octet-stream")
    server.deliver(message, FORM_CAME)
    assert collect() == CollectResult(mails=1, files=1)
    drain(default_period=PERIOD)
    assert [(row["name"], row["status"]) for row in deliveries()] == [("杏花.xlsx", "accepted")]
    kept = rows("SELECT name, sha256, carrier_sha256 FROM evidence ORDER BY position")
    assert [row["name"] for row in kept] == ["党费上交凭证.pdf", "重阳节活动.jpg", "实施计划.docx"]
    assert {row["carrier_sha256"] for row in kept} == {contents.store(workbook())}
    assert contents.load(str(kept[1]["sha256"])) == PHOTO
    receipt = only("receipt")
    assert receipt["evidence"] == ["党费上交凭证.pdf", "重阳节活动.jpg", "实施计划.docx"]
    assert receipt["evidence_open"] == ["为民办实事研究记录"]


def test_the_receipt_says_what_came_and_what_is_still_open(street: Path, server: Server) -> None:
    hand_in(server, 党费=PAPER)
    letter = render_letter([("receipt", only("receipt"))])
    for words in (letter.text, letter.html):
        assert "已收到的佐证材料（已存档，不必重发）" in words and "党费.pdf" in words
        assert "还没有收到" in words and "特色活动照片或简报" in words and "党费上交凭证" not in words


def test_papers_that_come_later_go_to_the_form_that_was_accepted(street: Path, server: Server) -> None:
    hand_in(server)
    for _ in range(2):  # the same mail fetched or delivered again
        later = attach(mail(SECRETARY, message_id="<2@x.cn>"), "党费.pdf", PAPER, "application/pdf")
        server.deliver(attach(later, "研究记录.png", PHOTO, "image/png"), PAPERS_CAME)
        assert collect() == CollectResult(mails=1, files=0)
    assert [row["name"] for row in deliveries()] == ["杏花.xlsx"], "no paper is refused"
    told = only("evidence_received")
    assert (told["unit_name"], told["new"]) == (FIRST.name, ["党费.pdf", "研究记录.png"])
    assert told["evidence_open"] == ["为民办实事实施计划", "特色活动照片或简报"]
    assert count("evidence") == 2 and not notices("refused")


def listed() -> tuple[dict[tuple[str, str], list[str]], int]:
    """What the list of hand-ins says is missing, and how many queries that takes beyond the list itself."""
    with get_engine().connect() as connection:
        found, asked = hand_ins(connection, scheme_of(), STREET, now()), list[str]()
        event.listen(connection, "before_cursor_execute", lambda *said: asked.append(said[2]))
        return evidence_open(connection, scheme_of(), STREET, found), len(asked)


def test_the_list_says_what_each_receipt_does_less_what_has_come_since_by_one_query(
    street: Path, server: Server
) -> None:
    hand_in(server, 党费=PAPER)
    assert listed() == ({(FIRST.code, "main"): only("receipt")["evidence_open"]}, 1)
    server.deliver(attach(mail(SECRETARY, message_id="<2@x.cn>"), "研究记录.png", PHOTO, "image/png"), PAPERS_CAME)
    collect()
    drop(street, "柳堤.xlsx", workbook(SECOND, is_dues_on_time="否", special_activities="0", has_deed_plan="否"))
    drain(default_period=PERIOD)
    left = {
        (FIRST.code, "main"): ["为民办实事实施计划", "特色活动照片或简报"],
        (SECOND.code, "main"): ["为民办实事研究记录"],
    }
    assert listed() == (left, 1)
    drop(street, "柳堤（二）.xlsx", workbook(SECOND, party_lectures=""))
    drain(default_period=PERIOD)
    assert listed() == (left, 1), "what goes back takes nothing from what was accepted"


def test_the_evidence_of_an_earlier_version_still_counts(street: Path, server: Server) -> None:
    hand_in(server, 党费=PAPER)
    message = attach(mail(SECRETARY, message_id="<2@x.cn>"), "二.xlsx", workbook(party_lectures="3"))
    server.deliver(attach(message, "研究记录.pdf", b"%PDF b", "application/pdf"), PAPERS_CAME)
    collect()
    drain(default_period=PERIOD)
    assert notices("receipt")[1]["payload"]["evidence"] == ["党费.pdf", "研究记录.pdf"]


def test_the_same_form_with_more_papers_is_a_duplicate_whose_papers_are_kept(street: Path, server: Server) -> None:
    hand_in(server, 党费=PAPER)
    hand_in(server, message_id="<2@x.cn>", 研究记录=b"%PDF b")
    assert [row["status"] for row in deliveries()] == ["accepted", "duplicate"]
    assert only("duplicate")["evidence"] == ["党费.pdf", "研究记录.pdf"]


def test_a_returned_form_says_that_its_papers_need_not_come_again(street: Path, server: Server) -> None:
    message = attach(mail(SECRETARY), "杏花.xlsx", workbook(party_lectures=""))
    server.deliver(attach(message, "党费.pdf", PAPER, "application/pdf"), FORM_CAME)
    collect()
    drain(default_period=PERIOD)
    assert "随信收到的佐证材料已存档，不必重发：党费.pdf。" in render_letter([("returned", only("returned"))]).text


def test_a_paper_without_any_form_is_refused_as_no_form(street: Path, server: Server) -> None:
    server.deliver(attach(mail(SECRETARY), "填报表.pdf", PAPER, "application/pdf"), FORM_CAME)
    server.deliver(attach(mail(LIAISON, message_id="<2@x.cn>"), "照片.jpg", PHOTO, "image/jpeg"), FORM_CAME)
    collect()
    drain(default_period=PERIOD)
    assert [row["status"] for row in deliveries()] == ["refused"]
    (photo, paper) = sorted(
        (notice["payload"] for notice in notices("refused")), key=lambda one: len(one["file_name"])
    )[::-1]
    assert "PDF 文件" in paper["problems"][0] and "照片" in photo["problems"][0]


@pytest.mark.parametrize(
    ("changes", "names", "left"),
    [
        ({"is_dues_on_time": "否", "special_activities": "0", "has_deed_plan": "否", "has_deed_records": "否"}, [], []),
        ({"special_activities": "0"}, ["党费.jpg", "会议记录.jpg"], ["为民办实事实施计划"]),
        (
            {"bonus_1_matter": "防台先进", "bonus_1_level": "市"},
            ["IMG_1.jpg", "党费.jpg", "重阳活动.jpg"],
            ["为民办实事研究记录", "为民办实事实施计划", "加分事项的文件或证书"],
        ),
    ],
)
def test_only_what_the_form_claims_is_asked_for(changes: dict[str, str], names: list[str], left: list[str]) -> None:
    assert Claims(scheme_of()).still_open(figures(**changes), names) == left
