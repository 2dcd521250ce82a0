"""督办通知单, 整改通知书 and 联席会议通知 from the rectification list."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator

import pdfplumber
import pytest
from sqlalchemy import Connection, create_engine

from include.db import tables
from include.documents.model import Model
from include.documents.rendering import as_markdown, render
from include.errors import UserError
from include.letters.letters import joint_meeting, rectification, supervision
from include.period import parse_moment
from tests.street import ISSUE_DATE, OCTOBER, STREET, open_street


@pytest.fixture(scope="module")
def models() -> Iterator[dict[str, Model]]:
    engine = create_engine("sqlite://")
    tables.metadata.create_all(engine)
    with engine.begin() as connection:
        unit = open_street(connection)
        yield {
            "督办通知单": supervision(connection, unit, OCTOBER),
            "整改通知书": rectification(connection, unit, OCTOBER),
            "联席会议通知": joint_meeting(
                connection,
                STREET,
                OCTOBER,
                meeting="2026年第四季度党建联席会议",
                meeting_at=parse_moment("2026-10-28T09:30:00", "test"),
                place="党群服务中心三楼会议室",
            ),
        }


def texts(kind: str, model: Model) -> dict[str, str]:
    """The text of the three documents, without spaces."""
    made = render(kind, model, number="云街党工委〔2026〕9号", issue_date=OCTOBER)
    assert made.pdf is not None
    assert made.warnings == []
    with zipfile.ZipFile(io.BytesIO(made.docx)) as archive:
        word = re.sub(r"<[^>]+>", "", archive.read("word/document.xml").decode())
    with pdfplumber.open(io.BytesIO(made.pdf)) as opened:
        pdf = "".join(char["text"] for page in opened.pages for char in page.chars)
    page = re.sub(r"<[^>]+>", "", made.html.decode())
    return {name: "".join(text.split()) for name, text in {"docx": word, "pdf": pdf, "html": page}.items()}


@pytest.mark.parametrize(
    ("kind", "phrases"),
    [
        ("督办通知单", ["关于望湖社区逾期未整改事项的督办通知单", "有2项整改事项超过规定期限仍未完成，最长逾期12天", "居务公开不及时",
                  "2026年10月8日", "并于2026年10月27日前", "抄送：包望湖社区服务组组长。"]),
        ("整改通知书", ["关于望湖社区有关问题限期整改的通知书", "尚有以下4个问题需要整改", "党员年龄老化", "2027年5月5日", "请于2026年11月3日前"]),
        ("联席会议通知", ["关于召开2026年第四季度党建联席会议的通知", "2026年10月28日（星期三）9时30分，党群服务中心三楼会议室。",
                   "其中逾期6个", "附件：未销号问题清单"]),
    ],
)  # fmt: skip
def test_a_letter_says_what_is_open_in_all_three_forms_with_number_and_date(
    models: dict[str, Model], kind: str, phrases: list[str]
) -> None:
    for text in texts(kind, models[kind]).values():
        for phrase in ["云街党工委〔2026〕9号", "2026年10月20日", "中共云街街道工作委员会", *phrases]:
            assert phrase in text


def test_a_letter_names_only_the_items_of_its_unit_and_what_is_overdue_on_the_day(models: dict[str, Model]) -> None:
    assert [item["unit"] for item in models["整改通知书"]["items"]] == ["望湖社区"] * 4
    assert [item["days_overdue"] for item in models["督办通知单"]["items"]] == [12, 12]


def test_the_agenda_puts_first_what_is_overdue_in_most_communities(models: dict[str, Model]) -> None:
    agenda = models["联席会议通知"]["agenda"]
    assert [topic["overdue"] for topic in agenda] == sorted((topic["overdue"] for topic in agenda), reverse=True)
    papers = next(topic for topic in agenda if topic["problem"] == "软件材料不够健全")
    assert len(papers["units"]) == 6
    assert {item["unit"] for item in models["联席会议通知"]["items"]} == {u for topic in agenda for u in topic["units"]}


def test_a_unit_without_overdue_items_is_sent_no_supervision(connection: Connection) -> None:
    unit = open_street(connection)
    with pytest.raises(UserError, match="没有逾期的整改事项"):
        supervision(connection, unit, ISSUE_DATE)


def test_a_draft_says_how_long_there_is_to_answer_and_the_day_if_issued_at_once(models: dict[str, Model]) -> None:
    draft = as_markdown("督办通知单", models["督办通知单"], number="", issue_date=None)
    assert "印发后5个工作日内（如于2026年10月20日印发，即2026年10月27日前）" in draft


def test_a_note_with_a_date_leaves_no_doubt_which_date_is_for_the_plan(models: dict[str, Model]) -> None:
    noted = {**models["整改通知书"], "note": "请于9月底前报送阶段性情况。", "note_has_date": True}
    text = as_markdown("整改通知书", noted, number="", issue_date=OCTOBER)
    assert "请于9月底前报送阶段性情况。（整改方案仍按本条第（二）项的时间报送。）" in text
    assert "（整改方案" not in as_markdown("整改通知书", models["整改通知书"], number="", issue_date=OCTOBER)
