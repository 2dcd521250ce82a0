"""Each community's own sheet."""

from __future__ import annotations

import io
import json
from decimal import Decimal

import pdfplumber
import pytest
from sqlalchemy import Connection, create_engine, select

from include.archive.contents import load
from include.circulars import sheets as room
from include.circulars.draft import draft
from include.circulars.model import build_model
from include.circulars.sheets import build_sheets, render_sheets
from include.db import tables
from include.documents.model import Model
from include.documents.rendering import as_markdown
from include.period import parse_moment
from include.signing.issue import issue
from include.typesetting.markdown import full_width
from tests.street import ISSUE_DATE, NUMBER, STREET, assess_street

AT = parse_moment("2026-08-20T10:00:00", "test")
UNIT = f"{STREET}004"  # 望湖社区, four problems


@pytest.fixture(scope="module")
def sheets() -> dict[str, Model]:
    engine = create_engine("sqlite://")
    tables.metadata.create_all(engine)
    with engine.begin() as connection:
        assess_street(connection, period="2025H2", lift=8)
        key = assess_street(connection)
        return build_sheets(connection, build_model(connection, key), key)


def text_of(sheet: Model) -> str:
    (made,) = render_sheets([sheet], number=NUMBER, issue_date=ISSUE_DATE)
    with pdfplumber.open(io.BytesIO(made.content)) as opened:
        assert len(opened.pages) <= 2
        return "".join(char["text"] for page in opened.pages for char in page.chars).replace("\u200b", "")


def test_every_unit_has_a_sheet(sheets: dict[str, Model]) -> None:
    assert sorted(sheets) == [f"{STREET}{number:03}" for number in range(1, 25)]


def test_a_sheet_shows_total_rank_grade_and_status_of_both_periods(sheets: dict[str, Model]) -> None:
    now, before = sheets[UNIT]["results"]
    assert (now["name"], now["total"], now["grade"], now["status"]) == ("2026年上半年", "91.00", "优秀", "已报")
    assert (before["name"], before["total"]) == ("2025年下半年", "100.00")
    markdown = as_markdown("成绩单", sheets[UNIT], number=NUMBER, issue_date=ISSUE_DATE)
    assert f"| 2026年上半年 | 91\\.00 | 第{now['rank']}名（共23个） | 优秀 | 已报 |" in markdown


def test_every_indicator_stands_with_its_points_now_and_before_and_its_explanation(sheets: dict[str, Model]) -> None:
    printed = text_of(sheets[UNIT])
    assert [line["code"] for line in sheets[UNIT]["lines"]][:3] == ["A1", "A2a", "A2b"]
    assert len(sheets[UNIT]["lines"]) == 20
    for line in sheets[UNIT]["lines"]:
        assert line["name"] in printed
        assert "依据" not in line["explanation"], "the scheme is cited once, above the table"
        assert str(full_width(line["explanation"])).replace("\\", "") in printed
    public = next(line for line in sheets[UNIT]["lines"] if line["code"] == "A4")
    assert (public["full"], public["points"], public["before"]) == ("4.00", "2.00", "4.00")


def test_the_total_can_be_recomputed_from_the_sheet(sheets: dict[str, Model]) -> None:
    added = sheets[UNIT]["sum"]
    assert Decimal(added["points"]) == sum(Decimal(line["points"]) for line in sheets[UNIT]["lines"] if line["full"])
    assert (added["full"], added["converted"], added["extra"], added["total"]) == ("100", "91.00", "0.00", "91.00")
    printed = text_of(sheets[UNIT])
    assert "得分合计" in printed and "分步相加可能与合计相差0.01至0.02分" in printed


def test_problems_are_marked_and_have_the_deadlines_of_the_circular(sheets: dict[str, Model]) -> None:
    printed = text_of(sheets[UNIT])
    for problem in sheets[UNIT]["problems"]:
        assert problem["problem"] in printed
    assert "2026年10月8日" in printed
    assert printed.count("▲") == len(sheets[UNIT]["problems"]) + 1


def test_points_by_another_version_of_the_scheme_are_marked(sheets: dict[str, Model]) -> None:
    assert "上期＊" in text_of(sheets[UNIT])
    assert "＊上期适用2025年版方案" in text_of(sheets[UNIT])
    same = {**sheets[UNIT], "before": {**sheets[UNIT]["before"], "is_other_version": False}}
    assert "＊" not in text_of(same)


def test_a_unit_that_handed_in_nothing_has_a_sheet_that_says_so(sheets: dict[str, Model]) -> None:
    printed = text_of(sheets[f"{STREET}001"])
    assert "没有报送材料，不计分、不排名" in printed
    assert "2026年9月10日" in printed


def test_without_an_earlier_period_there_is_no_column_for_it(sheets: dict[str, Model]) -> None:
    alone = {**sheets[UNIT], "before": None, "results": sheets[UNIT]["results"][:1]}
    assert "上期" not in text_of(alone)


def test_a_hostile_name_is_printed_as_text(sheets: dict[str, Model]) -> None:
    assert '<b>|\\*#panic("x")社区' in text_of({**sheets[UNIT], "unit": '<b>|\\*#panic("x")社区'})


@pytest.mark.usefixtures("typeset_anew")
def test_the_same_sheets_are_the_same_bytes_alone_and_in_a_batch(sheets: dict[str, Model]) -> None:
    batch = render_sheets(list(sheets.values()), number=NUMBER, issue_date=ISSUE_DATE)
    alone = render_sheets([sheets[UNIT]], number=NUMBER, issue_date=ISSUE_DATE)
    assert alone == [sheet for sheet in batch if sheet.unit_code == UNIT]
    assert alone[0].file_name == "望湖社区2026年上半年党建检查考评成绩单.pdf"


def test_without_a_chinese_font_the_sheet_is_a_word_file(
    sheets: dict[str, Model], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "find_fonts", lambda: None)
    (made,) = render_sheets([sheets[UNIT]], number=NUMBER, issue_date=ISSUE_DATE)
    assert made.file_name.endswith(".docx")
    assert made.content[:2] == b"PK"


def test_each_community_gets_its_own_sheet_beside_the_circular(connection: Connection) -> None:
    circular_id = draft(connection, assess_street(connection, units=4), AT)
    issue(connection, circular_id, "张主任", AT, ISSUE_DATE)
    to_units = select(tables.notice).where(tables.notice.c.unit_code != "").order_by(tables.notice.c.unit_code)
    notices = connection.execute(to_units).mappings().all()
    for notice, name in zip(notices, ("永安社区", "平安社区", "长庆社区", "望湖社区"), strict=True):
        word, pdf, sheet = json.loads(notice["attachments"])
        assert (word["name"][-4:], pdf["name"][-3:]) == ("docx", "pdf")
        assert sheet["name"] == f"{name}2026年上半年党建检查考评成绩单.pdf"
        with pdfplumber.open(io.BytesIO(load(sheet["sha256"]))) as opened:
            assert f"社区：{name}" in (opened.pages[0].extract_text() or "")
