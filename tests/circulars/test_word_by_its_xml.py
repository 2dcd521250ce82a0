"""The Word file against GB/T 9704-2012, by its XML (twips: 1/20 pt; sz: half points; rules: 1/8 pt)."""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ET
import zipfile

import pytest

from include.documents.rendering import Rendered
from tests.street import NUMBER

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
TWIPS_MM = 1440 / 25.4


@pytest.fixture(scope="session")
def parts(issued: Rendered) -> dict[str, ET.Element]:
    with zipfile.ZipFile(io.BytesIO(issued.docx)) as archive:
        return {name: ET.fromstring(archive.read(name)) for name in archive.namelist()}


@pytest.fixture(scope="session")
def styles(parts: dict[str, ET.Element]) -> dict[str, ET.Element]:
    found = parts["word/styles.xml"].iter(f"{W}style")
    return {name.get(f"{W}val", ""): style for style in found if (name := style.find(f"{W}name")) is not None}


def number_in(element: ET.Element, path: str, attribute: str = "val") -> int:
    found = element.find("/".join(f"{W}{step}" for step in path.split("/")))
    assert found is not None, path
    return int(found.get(f"{W}{attribute}", ""))


def paragraphs(parts: dict[str, ET.Element], styles: dict[str, ET.Element], name: str) -> list[ET.Element]:
    key = styles[name].get(f"{W}styleId")
    return [
        p
        for p in parts["word/document.xml"].iter(f"{W}p")
        if (style := p.find(f"{W}pPr/{W}pStyle")) is not None and style.get(f"{W}val") == key
    ]


def text_of(paragraph: ET.Element) -> str:
    return "".join(t.text or "" for t in paragraph.iter(f"{W}t"))


def test_every_page_is_a4_with_the_margins_and_the_grid_of_the_standard(parts: dict[str, ET.Element]) -> None:
    for section in parts["word/document.xml"].iter(f"{W}sectPr"):
        assert number_in(section, "pgSz", "w") == 11906
        assert number_in(section, "pgSz", "h") == 16838
        for edge, millimetres in {"top": 37, "bottom": 35, "left": 28, "right": 26}.items():
            assert number_in(section, "pgMar", edge) == pytest.approx(millimetres * TWIPS_MM, abs=1)
        grid = section.find(f"{W}docGrid")
        assert grid is not None
        assert grid.get(f"{W}type") == "linesAndChars"
        pitch = number_in(section, "docGrid", "linePitch")
        assert pitch == pytest.approx(580, abs=1)
        assert 22 * pitch <= 225 * TWIPS_MM < 23 * pitch
        assert number_in(section, "docGrid", "charSpace") == pytest.approx(-848, abs=1)


@pytest.mark.parametrize(
    ("style", "face", "half_points"),
    [
        ("发文机关标志", "方正小标宋简体", None),
        ("发文字号", "仿宋_GB2312", 32),
        ("公文标题", "方正小标宋简体", 44),
        ("主送机关", "仿宋_GB2312", 32),
        ("Body Text", "仿宋_GB2312", 32),
        ("heading 1", "黑体", 32),
        ("heading 2", "楷体_GB2312", 32),
        ("附件序号", "黑体", 32),
        ("署名", "仿宋_GB2312", 32),
        ("成文日期", "仿宋_GB2312", 32),
        ("版记", "仿宋_GB2312", 28),
        ("页码", "宋体", 28),
    ],
)
def test_each_part_names_its_official_face_and_size(
    styles: dict[str, ET.Element], style: str, face: str, half_points: int | None
) -> None:
    fonts = styles[style].find(f"{W}rPr/{W}rFonts")
    assert fonts is not None
    assert fonts.get(f"{W}eastAsia") == face
    if half_points:
        assert number_in(styles[style], "rPr/sz") == half_points


def test_twenty_two_lines_and_twenty_eight_characters_fit(styles: dict[str, ET.Element]) -> None:
    body = styles["Body Text"]
    assert number_in(body, "pPr/spacing", "line") * 22 <= 225 * TWIPS_MM
    assert number_in(body, "pPr/spacing", "before") == number_in(body, "pPr/spacing", "after") == 0
    character = 16 * 20 + number_in(body, "rPr/spacing")
    assert 28 * character <= 156 * TWIPS_MM < 28.2 * character


def test_the_first_line_is_indented_two_characters(styles: dict[str, ET.Element]) -> None:
    assert number_in(styles["Body Text"], "pPr/ind", "firstLineChars") == 200


def test_the_committee_stands_35_mm_down_in_red_on_one_line(
    parts: dict[str, ET.Element], styles: dict[str, ET.Element]
) -> None:
    assert number_in(styles["发文机关标志"], "pPr/spacing", "before") == pytest.approx(35 * TWIPS_MM, abs=1)
    colour = styles["发文机关标志"].find(f"{W}rPr/{W}color")
    assert colour is not None and colour.get(f"{W}val") == "FF0000"
    (mark,) = paragraphs(parts, styles, "发文机关标志")
    size = number_in(mark, "r/rPr/sz") / 2
    assert len(text_of(mark)) * size * 20 <= 156 * TWIPS_MM


def test_the_red_line_is_the_border_of_the_number_4_mm_below(
    parts: dict[str, ET.Element], styles: dict[str, ET.Element]
) -> None:
    (number,) = paragraphs(parts, styles, "发文字号")
    assert text_of(number) == NUMBER
    border = styles["发文字号"].find(f"{W}pPr/{W}pBdr/{W}bottom")
    assert border is not None
    assert border.get(f"{W}color") == "FF0000"
    assert int(border.get(f"{W}space", "")) == pytest.approx(4 * 72 / 25.4, abs=1)


def test_the_feet_of_odd_and_even_pages_differ(parts: dict[str, ET.Element]) -> None:
    assert parts["word/settings.xml"].find(f"{W}evenAndOddHeaders") is not None
    for section in parts["word/document.xml"].iter(f"{W}sectPr"):
        assert {foot.get(f"{W}type") for foot in section.findall(f"{W}footerReference")} == {"default", "even"}
    feet = [part for name, part in parts.items() if re.fullmatch(r"word/footer\d\.xml", name)]
    sides = {jc.get(f"{W}val") for foot in feet for jc in foot.iter(f"{W}jc")}
    assert sides == {"left", "right"}


def test_the_date_is_four_characters_in_and_the_name_centred_over_it(
    parts: dict[str, ET.Element], styles: dict[str, ET.Element]
) -> None:
    (name,), (date,) = paragraphs(parts, styles, "署名"), paragraphs(parts, styles, "成文日期")
    assert text_of(date) == "2026年8月20日"
    assert number_in(date, "pPr/ind", "right") == pytest.approx(4 * 156 / 28 * TWIPS_MM, abs=2)
    assert 0 <= number_in(name, "pPr/ind", "right") < number_in(date, "pPr/ind", "right")


def test_the_imprint_is_framed_at_the_foot_with_rules_of_035_and_025_mm(
    parts: dict[str, ET.Element], styles: dict[str, ET.Element]
) -> None:
    lines = paragraphs(parts, styles, "版记")
    assert [text_of(line)[:3] for line in lines] == ["抄送：", "云街街"]
    assert "\t" in "".join("\t" if child.tag == f"{W}tab" else "" for child in lines[1].iter())
    for line in lines:
        frame = line.find(f"{W}pPr/{W}framePr")
        assert frame is not None
        assert (frame.get(f"{W}vAnchor"), frame.get(f"{W}yAlign")) == ("margin", "bottom")
    for side, millimetres in {"top": 0.35, "between": 0.25, "bottom": 0.35}.items():
        eighths = number_in(styles["版记"], f"pPr/pBdr/{side}", "sz")
        assert eighths / 8 / 72 * 25.4 == pytest.approx(millimetres, abs=0.03)


def test_every_table_repeats_its_header_and_splits_no_row(parts: dict[str, ET.Element]) -> None:
    tables = list(parts["word/document.xml"].iter(f"{W}tbl"))
    assert len(tables) == 2
    for table in tables:
        rows = table.findall(f"{W}tr")
        assert rows[0].find(f"{W}trPr/{W}tblHeader") is not None
        assert all(row.find(f"{W}trPr/{W}cantSplit") is not None for row in rows)
        widths = [number_in(cell, "tcPr/tcW", "w") for cell in rows[0].findall(f"{W}tc")]
        assert sum(widths) == pytest.approx(156 * TWIPS_MM, abs=len(widths))


def test_figures_are_right_aligned(parts: dict[str, ET.Element]) -> None:
    scores = next(parts["word/document.xml"].iter(f"{W}tbl"))
    for row in scores.findall(f"{W}tr")[1:]:
        for paragraph in row.iter(f"{W}p"):
            if re.fullmatch(r"-?[\d.]+", text_of(paragraph)):
                jc = paragraph.find(f"{W}pPr/{W}jc")
                assert jc is not None and jc.get(f"{W}val") == "right"


def test_the_table_of_scores_is_set_in_its_own_size(
    parts: dict[str, ET.Element], styles: dict[str, ET.Element]
) -> None:
    scores, items = parts["word/document.xml"].iter(f"{W}tbl")
    own = styles["得分表"].get(f"{W}styleId")
    for table, is_own in ((scores, True), (items, False)):
        found = {style.get(f"{W}val") for row in table.findall(f"{W}tr")[1:] for style in row.iter(f"{W}pStyle")}
        assert (found == {own}) is is_own
    head = [size.get(f"{W}val") for size in scores.findall(f"{W}tr")[0].iter(f"{W}sz")]
    assert set(head) == {"18"}
