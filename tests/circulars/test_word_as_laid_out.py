"""The Word file against GB/T 9704-2012 as LibreOffice lays it out; collected only where soffice is (conftest.py)."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from pathlib import Path

import pdfplumber
import pytest
from pdfplumber.pdf import PDF

from include.documents.rendering import Rendered
from include.period import chinese_date
from include.typesetting.fonts import find_fonts
from include.typesetting.markdown import Tree, read_tree
from include.typesetting.pdf import write_pdf_of_document
from include.typesetting.word import write_docx
from ops.office import word_to_pdf, words_to_pdfs
from tests.circulars.ruler import BOTTOM, LEFT, MM, RIGHT, TOP, line_with, lines_of, text_pages
from tests.street import ISSUE_DATE, NUMBER

LINE = 225 / 22


def laid_out(docx: bytes, folder: Path) -> bytes:
    path = folder / "made.docx"
    path.write_bytes(docx)
    return word_to_pdf(path, folder).read_bytes()


@pytest.fixture(scope="module")
def office(issued: Rendered, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PDF]:
    with pdfplumber.open(io.BytesIO(laid_out(issued.docx, tmp_path_factory.mktemp("office")))) as opened:
        yield opened


def test_a_full_page_holds_22_lines_of_28_characters_from_edge_to_edge(tmp_path: Path) -> None:
    content = laid_out(write_docx(read_tree("督办通报整改清单" * 150), "满页", 1_755_600_000), tmp_path)
    with pdfplumber.open(io.BytesIO(content)) as opened:
        lines = lines_of(opened.pages[0], 16)
        paper = (opened.pages[0].width * MM, opened.pages[0].height * MM)
    assert paper == pytest.approx((210, 297), abs=0.2)
    assert [len(line["text"]) for line in lines] == [26] + [28] * 21
    for line in lines[1:]:
        assert line["x0"] == pytest.approx(LEFT, abs=0.5)
        assert line["x1"] == pytest.approx(RIGHT, abs=0.7)
    assert (lines[-1]["baseline"] - lines[0]["baseline"]) / 21 == pytest.approx(LINE, abs=0.03)
    assert TOP < lines[0]["baseline"] < TOP + LINE
    assert lines[-1]["baseline"] < BOTTOM


def test_the_committee_the_number_and_the_red_line_stand_where_the_standard_wants_them(office: PDF) -> None:
    page = office.pages[0]
    mark, number = lines_of(page)[:2]
    assert mark["text"] == "中共云街街道工作委员会文件"
    assert mark["baseline"] - mark["top"] < 20
    assert mark["top"] == pytest.approx(TOP + 35, abs=3)
    assert (mark["x0"] + mark["x1"]) / 2 == pytest.approx((LEFT + RIGHT) / 2, abs=0.7)
    assert number["text"] == NUMBER
    reds = [one for one in page.lines if one["stroking_color"] == (1, 0, 0) and one["width"] > 400]
    red = reds[0]
    assert {round(one["top"]) for one in reds} == {round(red["top"])}
    assert red["top"] * MM - number["bottom"] == pytest.approx(4, abs=1.5)
    assert red["x0"] * MM == pytest.approx(LEFT, abs=0.5)
    assert red["x1"] * MM == pytest.approx(RIGHT, abs=0.5)


def test_the_title_is_centred_in_22_pt_and_the_addressees_stand_a_blank_line_below(office: PDF) -> None:
    title = lines_of(office.pages[0], 22)
    assert "".join(line["text"] for line in title) == "关于2026年上半年党建工作检查考评情况的通报"
    for line in title:
        assert (line["x0"] + line["x1"]) / 2 == pytest.approx((LEFT + RIGHT) / 2, abs=0.7)
    _, addressees = line_with(office, "各社区党组织：")
    assert addressees["x0"] == pytest.approx(LEFT, abs=0.5)
    assert addressees["baseline"] - title[-1]["baseline"] == pytest.approx(2 * LINE, abs=2)


def test_paragraphs_and_headings_begin_two_characters_in(office: PDF) -> None:
    for text in ("一、支部重视", "为全面了解"):
        _, line = line_with(office, text)
        assert line["x0"] == pytest.approx(LEFT + 2 * 156 / 28, abs=0.7)


def test_the_date_ends_four_characters_from_the_right_with_the_name_centred_over_it(office: PDF) -> None:
    page, _ = line_with(office, chinese_date(ISSUE_DATE))
    lines = lines_of(office.pages[page - 1])
    place = next(i for i, line in enumerate(lines) if line["text"] == chinese_date(ISSUE_DATE))
    name, date = lines[place - 1], lines[place]
    assert name["text"] == "中共云街街道工作委员会"
    assert RIGHT - date["x1"] == pytest.approx(4 * 156 / 28, abs=1)
    # LibreOffice widens the date: it sets a gap between Chinese and figures, whatever the file says.
    assert (name["x0"] + name["x1"]) / 2 == pytest.approx((date["x0"] + date["x1"]) / 2, abs=3.5)
    assert name["baseline"] - lines[place - 2]["baseline"] == pytest.approx(3 * LINE, abs=1), "room for the seal"


def test_page_numbers_are_below_the_text_right_on_odd_pages_left_on_even_ones(office: PDF) -> None:
    *numbers, last = [int(lines_of(page, 14)[-1]["text"].strip("—")) for page in office.pages]
    assert numbers == list(range(1, len(office.pages)))
    assert last in (numbers[-1] + 1, numbers[-1] + 2), (
        "an empty page before the imprint is printed, but is none of the PDF"
    )
    for page, number in zip(office.pages, [*numbers, last], strict=True):
        foot = lines_of(page, 14)[-1]
        assert foot["baseline"] == pytest.approx(BOTTOM + 7 + 14 * MM, abs=3)
        if number % 2:
            assert RIGHT - foot["x1"] == pytest.approx(14 * MM, abs=1)
        else:
            assert foot["x0"] - LEFT == pytest.approx(14 * MM, abs=1)


def test_the_imprint_is_at_the_foot_of_the_last_page(office: PDF) -> None:
    lines = [line for line in lines_of(office.pages[-1], 14) if line["bottom"] <= BOTTOM + 1]
    assert int(lines_of(office.pages[-1], 14)[-1]["text"].strip("—")) % 2 == 0
    assert lines[-2]["text"].startswith("抄送：")
    assert lines[-1]["text"].endswith(f"{chinese_date(ISSUE_DATE)}印发")
    assert lines[-1]["bottom"] == pytest.approx(BOTTOM, abs=3)


def test_the_tables_repeat_their_header_on_every_page(office: PDF) -> None:
    start = next(page.page_number for page in office.pages if lines_of(page)[0]["text"] == "附件2")
    pages = [page for page in office.pages[start:] if "社区" in (page.extract_text() or "")]
    assert len(pages) >= 2
    for page in pages:
        head = [line["text"] for line in lines_of(page, 10.5)[:3]]  # one of its cells has two lines
        assert any(text.startswith("序号") for text in head), page.page_number


@pytest.mark.long
def test_every_page_of_text_has_the_same_lines_in_word_as_in_the_pdf(
    documents: dict[str, Tree], tmp_path: Path
) -> None:
    pdfs, words = in_both(documents.values(), tmp_path)
    for name, ours, theirs in zip(documents, pdfs, words, strict=True):
        with pdfplumber.open(io.BytesIO(ours)) as our, pdfplumber.open(theirs) as their:
            lines = [[[line["text"] for line in page] for page in text_pages(opened)] for opened in (our, their)]
        assert lines[0] == lines[1], name


@pytest.mark.parametrize("copied", ["抄送：甲。\n\n", ""], ids=["two lines", "one line"])
def test_however_long_the_text_the_imprint_closes_an_even_page_of_the_word_file_too(
    tmp_path: Path, copied: str
) -> None:
    imprint = f'::: {{custom-style="版记"}}\n{copied}云街街道[今日印发]{{custom-style="印发日期"}}\n:::\n'
    table = '::: {custom-style="表格文字"}\n| 一 | 二 |\n|:--|:--|\n| 甲 | 乙 |\n:::\n\n'
    bodies = ["督办。\n\n" * lines for lines in (1, 22, 23, 41, 42, 43, 44, 45)]
    trees = [read_tree(body + imprint) for body in [*bodies, f"督办。\n\n{table}"]]
    for tree, theirs in zip(trees, in_both(trees, tmp_path)[1], strict=True):
        with pdfplumber.open(theirs) as opened:
            *body, last, foot = [line["text"] for line in lines_of(opened.pages[-1], 14)]
            assert (last, int(foot.strip("—")) % 2) == ("云街街道今日印发", 0), len(tree["blocks"])
            assert body == (["抄送：甲。"] if copied else [])
            full = [lines_of(page, 16) for page in opened.pages[:-1]]
            assert not full or len(tree["blocks"]) < 22 or len(full[0]) == 22


def in_both(trees: Iterable[Tree], folder: Path) -> tuple[list[bytes], list[Path]]:
    """Documents as our PDFs, and as LibreOffice makes PDFs of their Word files."""
    fonts = find_fonts()
    assert fonts is not None
    files, pdfs = [], []
    for number, tree in enumerate(trees):
        pdf, is_apart = write_pdf_of_document(tree, fonts, 0)
        pdfs.append(pdf)
        files.append(folder / f"document{number}.docx")
        files[-1].write_bytes(write_docx(tree, "对照", 1_755_600_000, is_imprint_apart=is_apart))
    return pdfs, words_to_pdfs(files, folder)
