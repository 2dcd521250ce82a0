"""Pages of text are full: twenty-two lines each, none parted for a heading's or a paragraph's sake, none stretched too far."""

from __future__ import annotations

import io
import itertools
from typing import Any

import pdfplumber
import pytest

from include.typesetting.fonts import find_fonts
from include.typesetting.markdown import Tree, ordinal, read_tree
from include.typesetting.paragraphs import lay_out
from include.typesetting.pdf import write_pdfs
from tests.circulars.ruler import lines_of, text_pages

Pages = dict[str, list[list[dict[str, Any]]]]
WITH_A_TABLE = ("督办", "整改")  # on their first page


@pytest.fixture(scope="module")
def pages(documents: dict[str, Tree]) -> Pages:
    """Of each document the lines of its text, page by page."""
    fonts = find_fonts()
    assert fonts is not None
    made = {}
    for name, content in zip(documents, write_pdfs(documents.values(), fonts, 0), strict=True):
        with pdfplumber.open(io.BytesIO(content)) as opened:
            made[name] = text_pages(opened)
            feet = [lines_of(page, 14)[-1]["text"] for page in opened.pages]
            assert feet == [f"—{number}—" for number in range(1, len(feet) + 1)], name
    return made


def test_every_page_of_text_but_the_last_holds_twenty_two_lines(pages: Pages) -> None:
    for name, found in pages.items():
        has_head = not name.startswith("texts")
        for number, lines in enumerate(found[:-1] if name not in WITH_A_TABLE else []):
            wanted = 10 if has_head and number == 0 else 22
            went_along = _that_went_along(found[-1]) if number == len(found) - 2 else 0
            assert wanted - went_along <= len(lines) <= wanted, (name, number + 1)


def _that_went_along(last: list[dict[str, Any]]) -> int:
    """Lines of the grid that may be missing on the page before: where all on the last page went there for name and date."""
    texts = [line["text"] for line in last]
    is_ending_alone = len(texts) == 4 or texts[0].startswith(("附件：", "特此", "仍未"))
    return 6 if is_ending_alone else 0


def test_name_and_date_stand_on_a_page_with_two_lines_of_text(pages: Pages) -> None:
    for name, found in pages.items():
        last = [line["text"] for line in found[-1]]
        assert last[-1].endswith("日") and last[-2].startswith("中共"), name
        assert len(last) >= 4, name


def test_no_line_is_stretched_by_more_than_a_quarter_of_a_character(pages: Pages) -> None:
    for name, found in pages.items():
        for line in itertools.chain.from_iterable(found):
            for left, right in itertools.pairwise(line["chars"]):
                if left["text"].isalnum() and right["text"].isalnum():
                    gap = 0.2 * (left["text"].isascii() != right["text"].isascii())
                    assert right["x0"] - left["x1"] <= 16 * (0.25 + gap) + 0.01, (name, line["text"])


def test_a_paragraph_that_could_not_fill_its_lines_is_set_flush_left() -> None:
    words = "本期开展了" + "ABCDEFGHIJKLMNOPQRSTUVW" * 2 + "等活动，" + "党员大会次数不足" * 5
    laid = lay_out("正文", [{"t": "Str", "c": words}], find_fonts())
    assert laid is not None and laid.is_loose
    plain = lay_out("正文", [{"t": "Str", "c": "党员大会达到规定次数的有13个，" * 5}], find_fonts())
    assert plain is not None and not plain.is_loose


def test_a_heading_in_another_face_stands_in_its_paragraph() -> None:
    tree: Tree = read_tree('[（一）书记抓党建不到位。]{custom-style="楷体"}永安社区1个。')
    fonts = find_fonts()
    laid = lay_out("正文", tree["blocks"][0]["c"], fonts)
    assert laid is not None
    assert [piece.face for piece in laid.lines[0]] == ["楷体", "仿宋", "仿宋", "仿宋"]
    assert [piece.has_gap for piece in laid.lines[0]] == [False, False, True, True]


def test_headings_of_the_second_level_count_in_chinese() -> None:
    assert [ordinal(number) for number in (1, 10, 11, 20, 21, 99)] == ["一", "十", "十一", "二十", "二十一", "九十九"]


def test_a_name_without_a_date_below_is_printed_too() -> None:
    fonts = find_fonts()
    assert fonts is not None
    tree = read_tree('望各社区照此办理。\n\n::: {custom-style="署名"}\n杏花社区党组织\n:::\n')
    [content] = write_pdfs([tree], fonts, 0)
    with pdfplumber.open(io.BytesIO(content)) as opened:
        assert "杏花社区党组织" in [line["text"] for line in lines_of(opened.pages[0])]
