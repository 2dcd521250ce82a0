"""The PDF against GB/T 9704-2012, in millimetres from the top left corner of the sheet."""

from __future__ import annotations

import io
import itertools
import re

import pdfplumber
import pytest
import typst
from pdfplumber.pdf import PDF

from include.documents.model import Model
from include.documents.rendering import render
from include.period import chinese_date
from include.typesetting.fonts import find_fonts
from include.typesetting.markdown import read_tree, title_lines
from include.typesetting.pdf import write_pdf, write_typst
from tests.circulars.ruler import BOTTOM, LEFT, MM, RIGHT, TOP, line_with, lines_of, text_pages
from tests.street import ISSUE_DATE, NUMBER


def test_the_paper_is_a4(pdf: PDF) -> None:
    for page in pdf.pages:
        assert page.width * MM == pytest.approx(210, abs=0.1)
        assert page.height * MM == pytest.approx(297, abs=0.1)


def test_a_full_page_has_twenty_two_lines_and_none_has_more(pdf: PDF) -> None:
    counts = [len(lines_of(page, 16)) for page in pdf.pages]
    assert max(counts) == 22


def test_lines_stand_a_twenty_second_of_225_mm_apart(pdf: PDF) -> None:
    baselines = [line["baseline"] for line in lines_of(pdf.pages[1], 16)]
    steps = {round(b - a, 2) for a, b in itertools.pairwise(baselines)}
    assert steps and all(step == pytest.approx(225 / 22, abs=0.05) for step in steps)


def test_a_full_page_holds_22_lines_of_28_characters_from_edge_to_edge() -> None:
    fonts = find_fonts()
    assert fonts is not None
    content = write_pdf(read_tree("督办通报整改清单" * 150), fonts, 0)
    with pdfplumber.open(io.BytesIO(content)) as opened:
        lines = lines_of(opened.pages[0], 16)
    assert len(lines) == 22
    assert [len(line["text"]) for line in lines] == [26] + [28] * 21
    for line in lines[1:]:
        assert line["x0"] == pytest.approx(LEFT, abs=0.3)
        assert line["x1"] == pytest.approx(RIGHT, abs=0.3)
    assert lines[0]["top"] == pytest.approx(TOP, abs=1)


def test_the_text_keeps_its_margins(pdf: PDF) -> None:
    for page in pdf.pages:
        for char in page.chars:
            if char["size"] != 14 and char["text"] not in "，。、；：）》”":  # their boxes are half empty
                assert char["x0"] * MM >= LEFT - 0.5
                assert char["x1"] * MM <= RIGHT + 0.5
                assert char["top"] * MM >= TOP - 1
                assert char["bottom"] * MM <= BOTTOM + 1
    assert lines_of(pdf.pages[1])[0]["top"] == pytest.approx(TOP, abs=1)


def test_the_committee_stands_in_red_35_mm_below_the_top_of_the_text(pdf: PDF) -> None:
    first = lines_of(pdf.pages[0])[0]
    assert first["text"] == "中共云街街道工作委员会文件"
    assert first["top"] == pytest.approx(TOP + 35, abs=1)
    assert (first["x0"] + first["x1"]) / 2 == pytest.approx((LEFT + RIGHT) / 2, abs=0.5)
    reds = {char["non_stroking_color"] for char in pdf.pages[0].chars if char["size"] > 30}
    assert reds == {(1, 0, 0)}


def test_the_number_stands_two_lines_below_in_16_pt_and_the_red_line_4_mm_under_it(pdf: PDF) -> None:
    page = pdf.pages[0]
    mark, number = lines_of(page)[:2]
    assert number["text"] == NUMBER
    assert number["top"] - mark["baseline"] == pytest.approx(2 * 225 / 22, abs=1.5)
    (red,) = [line for line in page.lines if line["stroking_color"] == (1, 0, 0)]
    assert red["top"] * MM - number["bottom"] == pytest.approx(4, abs=0.5)
    assert red["x0"] * MM == pytest.approx(LEFT, abs=0.2)
    assert red["x1"] * MM == pytest.approx(RIGHT, abs=0.2)


def test_the_title_is_22_pt_centred_two_lines_below_the_red_line(pdf: PDF) -> None:
    page = pdf.pages[0]
    title = lines_of(page, 22)
    (red,) = [line for line in page.lines if line["stroking_color"] == (1, 0, 0)]
    assert "".join(line["text"] for line in title) == "关于2026年上半年党建工作检查考评情况的通报"
    assert title[0]["top"] - red["top"] * MM == pytest.approx(2 * 225 / 22, abs=1.5)
    for line in title:
        assert (line["x0"] + line["x1"]) / 2 == pytest.approx((LEFT + RIGHT) / 2, abs=0.5)
    widths = [line["x1"] - line["x0"] for line in title]
    assert len(set(widths)) == len(widths), "a rectangle is neither trapezium nor diamond"


@pytest.mark.parametrize(
    "title",
    [
        "关于2026年上半年党建工作检查考评情况的通报",
        "关于对《关于2026年上半年党建工作检查考评情况的通报》的更正通报",
        "关于2026年度五个好评议情况的通报",
    ],
)
def test_a_title_is_broken_between_words(title: str) -> None:
    lines = title_lines(title)
    assert "".join(lines) == title
    for left, right in itertools.pairwise(lines):
        assert right[0] not in "的了》，"
        for word in ("党建工作", "检查考评", "上半年", "情况", "更正"):
            assert word not in left[-len(word) + 1 :] + right[: len(word) - 1]


def test_the_addressees_stand_flush_left_one_line_below_the_title(pdf: PDF) -> None:
    title, (_, line) = lines_of(pdf.pages[0], 22)[-1], line_with(pdf, "各社区党组织：")
    assert line["x0"] == pytest.approx(LEFT, abs=0.5)
    assert line["top"] - title["top"] == pytest.approx(2 * 225 / 22, abs=0.5)


def test_headings_are_black_face_and_paragraphs_begin_two_characters_in(pdf: PDF) -> None:
    _, heading = line_with(pdf, "一、支部重视")
    _, opening = line_with(pdf, "为全面了解")
    assert heading["fonts"] == {"FandolHei-Regular"}
    for line in (heading, opening):
        assert line["x0"] == pytest.approx(LEFT + 2 * 156 / 28, abs=0.5)


def test_the_body_is_fangsong_its_headings_hei_and_kai(pdf: PDF) -> None:
    fonts = {font for page in text_pages(pdf) for line in page for font in line["fonts"]}
    assert fonts == {"FandolFang-Regular", "FandolHei-Regular", "FandolKai-Regular"}
    _, second_level = line_with(pdf, "（一）未按时报送材料。永安社区。")
    assert second_level["fonts"] == {"FandolFang-Regular", "FandolKai-Regular"}


def test_the_attachments_are_listed_with_a_hanging_indent_and_no_full_stop(pdf: PDF) -> None:
    page, first = line_with(pdf, "附件：1.")
    number, second = line_with(pdf, "2.2026年上半年党建检查考评问题整改清单")
    assert page == number
    assert first["x0"] == pytest.approx(LEFT + 2 * 156 / 28, abs=0.5)
    assert second["x0"] == pytest.approx(LEFT + 5 * 156 / 28, abs=0.5)
    assert not first["text"].endswith(("。", "；"))


def test_the_date_ends_four_characters_from_the_right_and_the_name_is_centred_over_it(pdf: PDF) -> None:
    pages = [page for page in pdf.pages if any(line["text"] == chinese_date(ISSUE_DATE) for line in lines_of(page))]
    lines = lines_of(pages[0])
    place = next(i for i, line in enumerate(lines) if line["text"] == chinese_date(ISSUE_DATE))
    name, date = lines[place - 1], lines[place]
    assert name["text"] == "中共云街街道工作委员会"
    assert RIGHT - date["x1"] == pytest.approx(4 * 156 / 28, abs=0.7)
    assert (name["x0"] + name["x1"]) / 2 == pytest.approx((date["x0"] + date["x1"]) / 2, abs=1)
    assert name["baseline"] - lines[place - 2]["baseline"] == pytest.approx(3 * 225 / 22, abs=0.5), "room for the seal"
    assert place > 2, "name and date never stand alone on a page"


def test_page_numbers_are_7_mm_below_the_text_right_on_odd_pages_left_on_even_ones(pdf: PDF) -> None:
    for page in pdf.pages:
        foot = lines_of(page, 14)[-1]
        assert foot["text"] == f"—{page.page_number}—"
        digits = [char for char in page.chars if char["size"] == 14 and char["text"].isdigit()][-1]
        assert digits["top"] * MM == pytest.approx(BOTTOM + 7, abs=1.5)
        if page.page_number % 2:
            assert RIGHT - foot["x1"] == pytest.approx(14 * MM, abs=0.5)
        else:
            assert foot["x0"] - LEFT == pytest.approx(14 * MM, abs=0.5)


def test_the_imprint_closes_the_last_even_page(pdf: PDF) -> None:
    assert len(pdf.pages) % 2 == 0
    page = pdf.pages[-1]
    lines = [line for line in lines_of(page, 14) if line["bottom"] <= BOTTOM + 1]
    assert lines[-1]["text"].endswith(f"{chinese_date(ISSUE_DATE)}印发")
    assert lines[-2]["text"].startswith("抄送：")
    rules = sorted((line for line in page.lines if line["width"] * MM > 155), key=lambda line: line["top"])[-3:]
    assert [round(rule["linewidth"] * MM, 2) for rule in rules] == [0.35, 0.25, 0.35]
    assert rules[-1]["top"] * MM == pytest.approx(BOTTOM, abs=1)


@pytest.mark.parametrize("lines", [1, 18, 19, 20, 21, 22, 23, 30, 40, 41, 42, 43, 44])
def test_however_long_the_text_the_imprint_closes_the_last_page_an_even_one(lines: int) -> None:
    fonts = find_fonts()
    assert fonts is not None
    imprint = '::: {custom-style="版记"}\n抄送：甲。\n\n云街街道[今日印发]{custom-style="印发日期"}\n:::\n'
    content = write_pdf(read_tree("督办。\n\n" * lines + imprint), fonts, 0)
    with pdfplumber.open(io.BytesIO(content)) as opened:
        assert len(opened.pages) % 2 == 0
        last = [line for line in lines_of(opened.pages[-1], 14) if line["bottom"] <= BOTTOM + 1]
        assert [line["text"] for line in last] == ["抄送：甲。", "云街街道今日印发"]
        written = [line for page in opened.pages for line in lines_of(page, 16)]
        assert [line["text"] for line in written] == ["督办。"] * lines
        body = lines_of(opened.pages[-1], 16)
        assert not body or body[-1]["baseline"] < last[0]["top"]


def test_each_attachment_begins_a_page_with_its_sign_in_black_face(pdf: PDF) -> None:
    for sign in ("附件1", "附件2"):
        page = next(p for p in pdf.pages if lines_of(p)[0]["text"] == sign)
        first, title = lines_of(page)[:2]
        assert first["fonts"] == {"FandolHei-Regular"}
        assert first["x0"] == pytest.approx(LEFT, abs=0.5)
        assert title["baseline"] - first["baseline"] == pytest.approx(2 * 225 / 22, abs=2.5), "third line"
        assert (title["x0"] + title["x1"]) / 2 == pytest.approx((LEFT + RIGHT) / 2, abs=0.5)


def test_no_line_begins_with_a_closing_sign(pdf: PDF) -> None:
    for page in pdf.pages:
        for line in lines_of(page, 16):
            assert line["text"][0] not in "，。；：、！？）》”"


def test_the_table_repeats_its_header_on_every_page(pdf: PDF) -> None:
    start = next(p.page_number for p in pdf.pages if lines_of(p)[0]["text"] == "附件2")
    with_rows = [p for p in pdf.pages[start - 1 :] if "社区" in (p.extract_text() or "") and p.rects]
    assert len(with_rows) > 2
    for page in with_rows:
        assert any(line["text"].startswith("序号") for line in lines_of(page, 10.5)), page.page_number


def test_no_word_in_the_table_of_scores_is_broken(model: Model) -> None:
    rows = [{**row, "unit": "寒山渡社区", "grade": "相对后进", "status": "退回未改"} for row in model["rows"]]
    content = render("通报", {**model, "rows": rows}).pdf
    assert content is not None
    with pdfplumber.open(io.BytesIO(content)) as opened:
        page = next(page for page in opened.pages if lines_of(page)[0]["text"] == "附件1")
        lines = [line["text"] for line in lines_of(page, 9)]
    assert sum("寒山渡社区" in line and line.endswith("相对后进退回未改") for line in lines) == len(rows)
    assert len(lines) == len(rows) + 3, "a head of two lines and what stands between them"


CELLS = ("九", "1", "0.5", "甲1", "“乙”", "……", "（丙）", "丁 戊", "w", "—")


def test_rows_of_known_height_stand_exactly_where_typst_would_put_them() -> None:
    fonts = find_fonts()
    assert fonts is not None
    rows = [f"| {cell * n} | {cell * (n // 2)} | {n} |" for cell in CELLS for n in range(1, 26)]
    table = "\n".join(["| 甲 | 乙 | 丙 |", "|---:|:---|:---:|", *rows])
    source = write_typst(read_tree(f'::: {{custom-style="整改清单" widths="28,17,55"}}\n\n{table}\n\n:::\n'), fonts)
    heights = (source, source.replace("19.000pt, ", "auto, "))
    known, found = (
        typst.Compiler(text.encode(), font_paths=fonts.loaded, ignore_system_fonts=True).compile(timestamp=0)
        for text in heights
    )
    assert source.count("19.000pt, ") > 30
    assert known == found


def test_figures_are_right_aligned(pdf: PDF) -> None:
    page = next(p for p in pdf.pages if lines_of(p)[0]["text"] == "附件1")
    words = [w for w in page.extract_words() if re.fullmatch(r"\d\d\.\d\d", w["text"])]
    ends = [round(w["x1"], 1) for w in words]
    assert len(set(ends)) <= 7, "one right edge a column"


def test_every_character_is_embedded_from_an_open_face(pdf: PDF) -> None:
    fonts = {char["fontname"].split("+")[-1] for page in pdf.pages for char in page.chars}
    assert fonts and all(font.startswith(("Fandol", "NotoS")) for font in fonts)
