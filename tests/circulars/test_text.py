"""What the circular says, and that text from outside stays text."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
from pathlib import Path

import pdfplumber
import pytest
from sqlalchemy import create_engine, insert, select

from include.circulars.model import build_model
from include.db import tables
from include.documents import rendering
from include.documents.model import Model
from include.documents.rendering import Rendered, render
from include.errors import UserError
from include.typesetting import fonts
from include.typesetting.markdown import counted, escape, names, quoted, read_tree, text_of
from tests.street import ISSUE_DATE, NUMBER, assess_street
from tests.word import words_of

HOSTILE = [
    r"<b>|\*社区",
    '#import "/etc/passwd": *',
    "=1+1 `rm -rf` $x^2$ [a](http://x.example) ![i](j.png)",
    "---",
    "1. 第一",
    "# 标题 {#id .class}",
    '::: {custom-style="版记"}',
    "\\newpage {{ 7*7 }} {% raw %}",
    "甲\n\n# 乙\t丙\u202e丁\x07",
    "长" * 40,
    "A" * 40,
    "]#panic()",
]


def in_memory(**options: object) -> Model:
    engine = create_engine("sqlite://")
    tables.metadata.create_all(engine)
    with engine.begin() as connection:
        return build_model(connection, assess_street(connection, **options))  # type: ignore[arg-type]


def test_the_opening_says_why_by_whom_and_from_which_day_to_which(issued: Rendered) -> None:
    assert "根据《半年党建检查考评方案》，街道党工委半年党建检查考评小组于2026年8月2日至8月15日" in issued.markdown


def test_the_three_parts_and_the_requirements_stand_in_order(issued: Rendered) -> None:
    places = [issued.markdown.index(text) for text in (
        "# 一、支部重视", "# 二、工作创新", "# 三、存在问题", "检查督促", "联席会议", "落实责任、限期整改", "附件：1")]  # fmt: skip
    assert places == sorted(places)


def test_what_was_not_handed_in_is_the_first_problem(issued: Rendered) -> None:
    problems = issued.markdown.split("# 三、存在问题")[1]
    assert problems.strip().startswith('[（一）未按时报送材料。]{custom-style="楷体"}永安社区。')


def test_each_problem_names_its_communities(model: Model, issued: Rendered) -> None:
    assert len(model["problems"]) > 10
    for problem in model["problems"]:
        assert f'{problem["problem"]}。]{{custom-style="楷体"}}{"、".join(problem["units"])}' in issued.markdown


def test_a_long_row_of_names_ends_in_their_number() -> None:
    assert names([f"第{n}社区" for n in range(1, 31)], 3) == "第1社区、第2社区、第3社区等30个社区"


def test_the_number_of_communities_is_said_once() -> None:
    few, many = [f"第{n}社区" for n in range(1, 3)], [f"第{n}社区" for n in range(1, 42)]
    assert (counted(few[:1]), counted(few)) == ("第1社区", "第1社区、第2社区，共2个社区")
    assert counted(many).endswith("第30社区等41个社区")


def test_quotation_marks_inside_a_quotation_are_inner_ones() -> None:
    assert quoted("台风“海葵”防御") == "“台风‘海葵’防御”"


def test_counts_are_those_of_the_table(model: Model) -> None:
    scored = [row for row in model["rows"] if row["total"]]
    assert model["counts"]["units"] == 24
    assert model["counts"]["scored"] == len(scored) == 23
    assert sum(grade["count"] for grade in model["grades"]) == 23
    assert sum(band["count"] for band in model["distribution"]) == 23
    assert model["counts"]["missing"] == ["永安社区"]


def test_the_last_half_is_compared_and_another_version_of_the_scheme_is_said(issued: Rendered) -> None:
    assert "与2025年下半年相比，平均得分由" in issued.markdown
    assert "上期适用2025年版方案，本期适用2026年版方案" in issued.markdown


def test_each_item_has_a_deadline_in_working_days_that_the_document_turns_into_a_date(
    model: Model, issued: Rendered
) -> None:
    draft = render("通报", model, status="草稿")
    assert "| 未按时报送材料 | 15 | — |" in draft.markdown
    assert "| 未按时报送材料 | 15 | 2026年9月10日 |" in issued.markdown


def test_a_draft_has_neither_number_nor_date_and_says_that_it_is_one(model: Model) -> None:
    draft = render("通报", model, status="草稿")
    assert "（草稿）" in draft.markdown
    assert "号\n" not in draft.markdown.split("公文标题")[0]
    assert "2026年8月20日" not in draft.markdown


def test_number_and_date_are_all_that_approval_adds(model: Model, issued: Rendered) -> None:
    draft = render("通报", model, status="草稿").markdown
    without = issued.markdown.replace(NUMBER, "（草稿）").replace("2026年8月20日", "　　年　月　日")
    assert re.sub(r"\| (暂定 )?\d+年\d+月\d+日(（节假日安排公布后确认）)? \|\n", "| — |\n", without) == draft


@pytest.mark.usefixtures("typeset_anew")
def test_the_same_model_gives_the_same_bytes(model: Model, issued: Rendered) -> None:
    again = render("通报", json.loads(json.dumps(model)), number=NUMBER, issue_date=ISSUE_DATE)
    assert (again.docx, again.pdf, again.html) == (issued.docx, issued.pdf, issued.html)


@pytest.mark.parametrize("text", HOSTILE)
def test_escaped_text_prints_as_itself(text: str) -> None:
    (block,) = read_tree(f"甲{escape(text)}乙")["blocks"]
    assert block["t"] == "Para"
    assert "".join(text_of(block["c"]).split()) == "".join(
        f"甲{text}乙".replace("\u202e", "").replace("\x07", "").split()
    )


def test_hostile_names_and_texts_are_printed_in_all_three_documents_and_never_run() -> None:
    hostile = in_memory(names={n + 2: name for n, name in enumerate(HOSTILE)}, activity='#read("/etc/passwd") <script>')
    made = render("通报", hostile, number=NUMBER, issue_date=ISSUE_DATE)
    assert made.pdf is not None
    word, page = "".join(words_of(made.docx).split()), made.html.decode()
    with pdfplumber.open(io.BytesIO(made.pdf)) as opened:
        printed = "".join("".join(c["text"] for c in p.chars) for p in opened.pages)
    printed = "".join(printed.split()).replace("\u200b", "")
    for text in ('#read("/etc/passwd")<script>', r"<b>|\*社区", '#import"/etc/passwd":*', "]#panic()"):
        assert text in word
        assert text in printed
    assert "<script" not in page
    assert "<b>" not in page
    assert "49" not in words_of(made.docx).split("newpage")[1][:12]


def test_a_character_that_no_face_has_is_named_and_marked(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "SYSTEM_FOLDERS", ())
    monkeypatch.setattr(fonts.font_files, "__defaults__", (fonts.FOLDER, ()))
    rare = json.loads(json.dumps(model).replace("\\u957f\\u5e86", "\\ud842\\udfb7\\u5e86"))
    made = render("通报", rare, number=NUMBER, issue_date=ISSUE_DATE)
    assert made.warnings == ["字体缺少字符：𠮷(U+20BB7)；PDF 中以“〓”代替。"]
    assert made.pdf is not None
    with pdfplumber.open(io.BytesIO(made.pdf)) as opened:
        assert "〓庆社区" in "".join(page.extract_text() or "" for page in opened.pages)
    assert "𠮷庆社区" in made.html.decode()
    assert "𠮷庆社区" in words_of(made.docx)


def test_without_any_chinese_font_word_and_html_are_delivered_and_the_run_says_so(
    model: Model, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(rendering, "find_fonts", lambda: None)
    made = render("通报", model, number=NUMBER, issue_date=ISSUE_DATE)
    assert made.pdf is None
    assert made.warnings == [rendering.NO_FONT]
    assert "永安社区" in words_of(made.docx)
    assert "永安社区" in made.html.decode()


def test_a_name_of_forty_characters_stays_in_its_cell() -> None:
    long = in_memory(names={3: "长" * 40, 4: "A" * 40})
    made = render("通报", long, number=NUMBER, issue_date=ISSUE_DATE)
    assert made.pdf is not None
    with pdfplumber.open(io.BytesIO(made.pdf)) as opened:
        page = next(p for p in opened.pages if (p.extract_text() or "").startswith("附件1"))
        table = page.find_tables()[0]
        edges = [cell for cell in table.rows[1].cells if cell]
        right = edges[1][2]
        ends = [char["x1"] for char in page.chars if char["text"] in "长A" and char["size"] == 9]
        assert ends and max(ends) <= right + 0.5


def test_a_street_of_199_communities_is_rendered_whole() -> None:
    made = render("通报", in_memory(units=199), number=NUMBER, issue_date=ISSUE_DATE)
    assert made.pdf is not None
    assert "第199社区" in words_of(made.docx)
    with pdfplumber.open(io.BytesIO(made.pdf)) as opened:
        assert "第199社区" in (opened.pages[-2].extract_text() or "") + (opened.pages[-1].extract_text() or "")


def test_a_template_that_leaves_a_part_open_is_refused_in_chinese() -> None:
    with pytest.raises(UserError, match="公文模板有误"):
        read_tree('::: {custom-style="版记"}\n抄送')


def test_another_scheme_is_served_by_its_own_text_alone() -> None:
    made = render("通报", in_memory(scheme_key="five_good", units=6), number=NUMBER, issue_date=ISSUE_DATE)
    assert "# 一、评议结果" in made.markdown
    assert "领导班子好平均" in made.markdown
    assert made.pdf is not None


def test_items_chased_in_vain_are_named_in_the_next_circular() -> None:
    engine = create_engine("sqlite://")
    tables.metadata.create_all(engine)
    with engine.begin() as connection:
        assessment_id = assess_street(connection)
        scored = connection.execute(select(tables.score.c.unit_code, tables.score.c.unit_name)).first()
        assert scored is not None
        opened = dt.datetime(2026, 3, 10, tzinfo=dt.UTC)
        connection.execute(
            insert(tables.rectification_item).values(
                id="old", scheme="half_year", unit_code=scored.unit_code, indicator="E1", problem="“三审制度”执行不到位",
                opened_period="2025H2", opened_date=dt.date(2026, 3, 10), deadline=dt.date(2026, 3, 31),
                state="待整改", is_open=True, is_provisional=False, owner="", liaison="",
            )
        )  # fmt: skip
        connection.execute(
            insert(tables.item_event).values(
                item_id="old", sequence=2, kind="carried", stage="列入下期通报@2026-03-31", actor="系统",
                reason="逾期", happened_at=opened, sha256=None,
            )
        )  # fmt: skip
        model = build_model(connection, assessment_id)
    assert [entry["deadline"] for entry in model["overdue"]] == ["2026年3月31日"]
    text = render("通报", model, number=NUMBER, issue_date=ISSUE_DATE, status="").markdown
    assert f"至今逾期未销号：{scored.unit_name}“三审制度”执行不到位（期限为2026年3月31日）" in text
