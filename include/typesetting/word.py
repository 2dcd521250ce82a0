"""pandoc's tree → Word. What pandoc cannot say is put into its XML afterwards."""

from __future__ import annotations

import copy
import datetime as dt
import io
import json
import tempfile
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import escape

import pypandoc

from include.typesetting.fonts import Fonts, find_fonts
from include.typesetting.markdown import Tree, sign_indents, style_of, styled_texts
from include.typesetting.measures import get_measures
from include.typesetting.paragraphs import lay_out
from include.typesetting.reference import HEAD, is_blank_by_paragraphs, reference_docx, style_id, twips, zipped

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_OFFICE = "http://schemas.openxmlformats.org"
for _prefix, _space in {
    "w": _W[1:-1],
    "r": f"{_OFFICE}/officeDocument/2006/relationships",
    "m": f"{_OFFICE}/officeDocument/2006/math",
}.items():
    ET.register_namespace(_prefix, _space)


# the foot of the text area, over its whole width
_FRAME = {
    "hSpace": 0,
    "wrap": "notBeside",
    "vAnchor": "margin",
    "hAnchor": "margin",
    "xAlign": "left",
    "yAlign": "bottom",
}


def write_docx(tree: Tree, title: str, epoch: int, *, is_imprint_apart: bool = False) -> bytes:
    """The Word file; every date in it is `epoch` (seconds). `is_imprint_apart`: the 版记 goes to the next even page, as in the PDF."""
    tree = {**tree, "blocks": _prepared(tree["blocks"], find_fonts())}
    with tempfile.TemporaryDirectory() as folder:
        reference, made = Path(folder) / "reference.docx", Path(folder) / "made.docx"
        reference.write_bytes(reference_docx())
        pypandoc.convert_text(
            json.dumps(tree, ensure_ascii=False),
            "docx",
            format="json",
            outputfile=str(made),
            extra_args=[f"--reference-doc={reference}"],
            verify_format=False,  # or pandoc is started twice more
        )
        with zipfile.ZipFile(io.BytesIO(made.read_bytes())) as archive:
            parts = {name: archive.read(name).decode() for name in archive.namelist()}
    parts["word/document.xml"] = _finished(parts["word/document.xml"], tree, is_imprint_apart)
    parts["docProps/core.xml"] = _properties(title, epoch)
    return zipped(parts, epoch)


def _prepared(blocks: list[Tree], fonts: Fonts | None) -> list[Tree]:
    """Blocks of which those whose lines could not be filled are flush left."""
    prepared = []
    for block in blocks:
        laid = lay_out("正文", block["c"], fonts) if block["t"] == "Para" else None
        is_loose = laid is not None and laid.is_loose
        prepared.append({"t": "Div", "c": [["", [], [["custom-style", "正文左齐"]]], [block]]} if is_loose else block)
    return prepared


def _properties(title: str, epoch: int) -> str:
    stamp = dt.datetime.fromtimestamp(epoch, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return (
        f'{HEAD}<cp:coreProperties xmlns:cp="{_OFFICE}/package/2006/metadata/core-properties" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" '
        f'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><dc:title>{escape(title)}</dc:title>'
        f'<dcterms:created xsi:type="dcterms:W3CDTF">{stamp}</dcterms:created>'
        f'<dcterms:modified xsi:type="dcterms:W3CDTF">{stamp}</dcterms:modified></cp:coreProperties>'
    )


def _finished(xml: str, tree: Tree, is_imprint_apart: bool) -> str:
    """Tables that fill the width and whose rows do not split, bars, the imprint, name and date, the size of the mark."""
    root = ET.fromstring(xml)  # noqa: S314 - pandoc's own output
    body = root.find(f"{_W}body")
    assert body is not None
    for mark in [*body.findall(f"{_W}bookmarkStart"), *body.findall(f"{_W}bookmarkEnd")]:
        body.remove(mark)
    for table, style in zip(body.iter(f"{_W}tbl"), _table_styles(tree["blocks"]), strict=True):
        _finish_table(table, style)
    indents = {style_id(name): twips(points) for name, points in sign_indents(tree).items()}
    half_points = round(get_measures().mark_size_pt(styled_texts(tree).get("发文机关标志", "")) * 2)
    for paragraph in body.findall(f"{_W}p"):
        style = _style(paragraph)
        if style in indents:
            _put(_properties_of(paragraph, "pPr"), "ind", right=indents[style])
        elif style == style_id("发文机关标志"):
            _put(_properties_of(paragraph, "pPr"), "spacing", line=half_points * 10, lineRule="exact")
            for run in paragraph.findall(f"{_W}r"):
                _put(_properties_of(run, "rPr"), "sz", val=half_points)
        elif style == style_id("发文字号"):
            above = twips(get_measures().space_above_number_pt(half_points / 2))
            _put(_properties_of(paragraph, "pPr"), "spacing", before=above)
        elif style == style_id("版记"):
            _put(_properties_of(paragraph, "pPr"), "framePr", **_FRAME, w=twips(get_measures().text_width_pt))
            _set_apart_date(paragraph)
    _add_blank_lines(body)
    _anchor_imprint(body)
    if is_imprint_apart:
        _set_apart_imprint(body)
    return HEAD + ET.tostring(root, encoding="unicode")


def _table_styles(blocks: list[Tree], style: str = "") -> Iterator[str]:
    """The style that the div around each table names, as far as it is one of the measures; pandoc sets all cells alike."""
    for block in blocks:
        if block["t"] == "Div":
            yield from _table_styles(block["c"][1], style_of(block) or style)
        elif block["t"] == "Table":
            yield style if style in get_measures().styles else ""


def _finish_table(table: ET.Element, style: str) -> None:
    measures = get_measures()
    properties = _properties_of(table, "tblPr")
    _put(properties, "tblW", type="dxa", w=twips(measures.text_width_pt))
    layout = properties.find(f"{_W}tblLayout")
    if layout is None:
        place = 1 + next(i for i, child in enumerate(properties) if child.tag == f"{_W}tblW")
        properties.insert(place, ET.Element(f"{_W}tblLayout", {f"{_W}type": "fixed"}))
    columns = table.findall(f"{_W}tblGrid/{_W}gridCol")
    shares = [int(column.get(f"{_W}w", "1")) for column in columns]
    widths = [round(twips(measures.text_width_pt) * share / sum(shares)) for share in shares]
    for column, width in zip(columns, widths, strict=True):
        column.set(f"{_W}w", str(width))
    rows = table.findall(f"{_W}tr")
    for paragraph in rows[-2].iter(f"{_W}p") if len(rows) > 2 else ():  # no row stands alone under a repeated header
        _put(_properties_of(paragraph, "pPr"), "keepNext")
    for row in reversed(rows):  # the head last: its text is no larger than theirs
        row_properties = _properties_of(row, "trPr")
        row_properties.insert(0, ET.Element(f"{_W}cantSplit"))
        is_head = row_properties.find(f"{_W}tblHeader") is not None
        for cell, width in zip(row.findall(f"{_W}tc"), widths, strict=True):
            _finish_cell(cell, width, is_head, style)
            if is_head:
                _set_as_small(cell, rows[-1])


def _finish_cell(cell: ET.Element, width: int, is_head: bool, style: str) -> None:
    measures = get_measures()
    properties = _properties_of(cell, "tcPr")
    properties.clear()
    _put(properties, "tcW", type="dxa", w=width)
    if is_head:
        _put(properties, "shd", val="clear", color="auto", fill=measures.colours.head)
    _put(properties, "vAlign", val="center")
    for paragraph in cell.findall(f"{_W}p"):
        if is_head:
            _put(_properties_of(paragraph, "pPr"), "pStyle", val=style_id("表格题头"))
            _put(_properties_of(paragraph, "pPr"), "jc", val="center")
        elif style:
            _put(_properties_of(paragraph, "pPr"), "pStyle", val=style_id(style))


def _set_as_small(cell: ET.Element, row: ET.Element) -> None:
    """The text of a head no larger than that of the rows."""
    styles = {style_id(name): look for name, look in get_measures().styles.items()}
    look = next((styles[name] for paragraph in row.iter(f"{_W}p") if (name := _style(paragraph)) in styles), None)
    if look is None or look.size_pt >= get_measures().styles["表格题头"].size_pt:
        return
    for paragraph in cell.findall(f"{_W}p"):
        if look.line_pt is not None:
            _put(_properties_of(paragraph, "pPr"), "spacing", line=twips(look.line_pt), lineRule="exact")
        for run in paragraph.findall(f"{_W}r"):
            _put(_properties_of(run, "rPr"), "sz", val=round(look.size_pt * 2))


def _add_blank_lines(body: ET.Element) -> None:
    """The blank lines above a paragraph of the text, as paragraphs."""
    above = {
        style_id(name): int(look.blank_lines)
        for name, look in get_measures().styles.items()
        if is_blank_by_paragraphs(look)
    }
    for paragraph in body.findall(f"{_W}p"):
        for _ in range(above.get(_style(paragraph), 0)):
            blank = ET.Element(f"{_W}p")
            _put(_properties_of(blank, "pPr"), "pStyle", val=style_id("空行"))
            body.insert(list(body).index(paragraph), blank)


def _set_apart_date(paragraph: ET.Element) -> None:
    """印发日期 goes to the tab at the right edge."""
    for place, run in enumerate(list(paragraph)):
        if _run_style(run) == "印发日期":
            tab = ET.Element(f"{_W}r")
            ET.SubElement(tab, f"{_W}tab")
            paragraph.insert(place, tab)
            return


def _anchor_imprint(body: ET.Element) -> None:
    """The frame of the 版记 hangs on the paragraph after it: one of a single twip at the very end."""
    section = next(place for place, child in enumerate(body) if child.tag == f"{_W}sectPr")
    body.insert(section, _of_one_twip())


def _set_apart_imprint(body: ET.Element) -> None:
    """The 版记 is a section of its own, which begins on an even page; the text before it ends the section before."""
    section = body.find(f"{_W}sectPr")
    place = next((i for i, child in enumerate(body) if _style(child) == style_id("版记")), 0)
    if section is None or not place:
        return
    before = copy.deepcopy(section)
    if body[place - 1].tag != f"{_W}p":  # a table: a section ends with a paragraph
        body.insert(place, _of_one_twip())
        place += 1
    _properties_of(body[place - 1], "pPr").append(before)
    kind = ET.Element(f"{_W}type", {f"{_W}val": "evenPage"})
    section.insert(sum(child.tag in (f"{_W}headerReference", f"{_W}footerReference") for child in section), kind)


def _of_one_twip() -> ET.Element:
    paragraph = ET.Element(f"{_W}p")
    _put(_properties_of(paragraph, "pPr"), "spacing", before=0, after=0, line=20, lineRule="exact")
    return paragraph


_ORDER = ["pStyle", "keepNext", "framePr", "shd", "tabs", "spacing", "ind", "jc", "rPr"]


def _put(properties: ET.Element, name: str, **attributes: object) -> None:
    """Set a property, in the place that the order of Word's schema asks for."""
    element = properties.find(f"{_W}{name}")
    if element is None:
        element = ET.Element(f"{_W}{name}")
        later = {f"{_W}{other}" for other in _ORDER[_ORDER.index(name) + 1 :]} if name in _ORDER else set()
        place = next((i for i, child in enumerate(properties) if child.tag in later), len(properties))
        properties.insert(place, element)
    for key, value in attributes.items():
        element.set(f"{_W}{key}", str(value))


def _properties_of(element: ET.Element, name: str) -> ET.Element:
    found = element.find(f"{_W}{name}")
    if found is None:
        found = ET.Element(f"{_W}{name}")
        element.insert(0, found)
    return found


def _style(paragraph: ET.Element) -> str:
    style = paragraph.find(f"{_W}pPr/{_W}pStyle")
    return "" if style is None else style.get(f"{_W}val", "")


def _run_style(run: ET.Element) -> str:
    style = run.find(f"{_W}rPr/{_W}rStyle")
    return "" if style is None else style.get(f"{_W}val", "")
