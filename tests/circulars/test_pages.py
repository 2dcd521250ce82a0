"""Pages of text are full: twenty-two lines each, none parted for a heading's or a paragraph's sake, none stretched too far."""

from __future__ import annotations

import io
import itertools
from typing import Any

import pdfplumber
import pytest
from documents import documents
from ruler import text_pages

from include.circulars.fonts import find_fonts
from include.circulars.markdown import Tree, ordinal, read_tree
from include.circulars.paragraphs import lay_out
from include.circulars.pdf import write_pdfs

DOCUMENTS = documents()
HEAD = {"circular", "correction", "second correction", "correction the other way", "3 units", "9 units", "41 units"}


@pytest.fixture(scope="module")
def pages() -> dict[str, list[list[dict[str, Any]]]]:
    """Of each document the lines of its text, page by page."""
    fonts = find_fonts()
    assert fonts is not None
    made = {}
    for name, content in zip(DOCUMENTS, write_pdfs(DOCUMENTS.values(), fonts, 0), strict=True):
        with pdfplumber.open(io.BytesIO(content)) as opened:
            made[name] = text_pages(opened)
            feet = [lines_of(page, 14)[-1]["text"] for page in opened.pages]
            assert feet == [f"—{number}—" for number in range(1, len(feet) + 1)], name
    return made


def test_every_page_of_text_but_the_last_two_holds_twenty_two_lines(
    pages: dict[str, list[list[dict[str, Any]]]],
) -> None:
    for name, found in pages.items():
        if name in ("督办", "整改"):  # their table is on the first page
            continue
        for number, lines in enumerate(found[:-2]):
            assert len(lines) == (10 if name in DOCUMENTS_WITH_A_HEAD and number == 0 else 22), (name, number + 1)


DOCUMENTS_WITH_A_HEAD = HEAD | {"会议"}


def test_the_page_before_name_and_date_lacks_no_more_than_two_lines_of_text_that_went_along(
    pages: dict[str, list[list[dict[str, Any]]]],
) -> None:
    for name, found in pages.items():
        last = [line["text"] for line in found[-1]]
        assert last[-1].endswith("日") and last[-2].startswith("中共"), name
        if len(found) > 1 and name not in ("督办", "整改"):
            assert len(last) - 2 >= 2, (name, "name and date stand on a page with two lines of text")


@pytest.mark.parametrize("name", list(DOCUMENTS))
def test_no_line_is_stretched_by_more_than_a_quarter_of_a_character(
    pages: dict[str, list[list[dict[str, Any]]]], name: str
) -> None:
    for line in itertools.chain.from_iterable(pages[name]):
        chars = line["chars"]
        for left, right in itertools.pairwise(chars):
            if left["text"].isalnum() and right["text"].isalnum():
                added = right["x0"] - left["x1"]
                is_boundary = left["text"].isascii() != right["text"].isascii()
                assert added <= 16 * (0.25 + 0.2 * is_boundary) + 0.01, (line["text"], left["text"], right["text"])


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
