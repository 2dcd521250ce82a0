"""The Word reference document: styles, page, grid and feet, all from the one table of measures."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from xml.sax.saxutils import escape

from include.data_files import kept
from include.typesetting.measures import MM_PT, Style, get_measures

HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
R = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
_EARLIEST = 315_532_800  # a zip knows no date before 1980

# No closing sign begins a line, and none hangs over its end: LibreOffice reads overflowPunct the wrong way round and loses
# a sign that hangs before a figure. The gap between Chinese and figures is Word's default, and LibreOffice's whatever the file says.
_LINES = '<w:kinsoku/><w:overflowPunct w:val="1"/>'

# pandoc's own names for what is no custom style
_PANDOC = {
    "BodyText": ("Body Text", "正文"),
    "FirstParagraph": ("First Paragraph", "正文"),
    "Heading1": ("heading 1", "一级标题"),
    "Heading2": ("heading 2", "二级标题"),
    "Heading3": ("heading 3", "三级标题"),
    "Compact": ("Compact", "表格文字"),
}


def twips(points: float) -> int:
    return round(points * 20)


def style_id(name: str) -> str:
    """The id of a style in the file: its place in the table, since ids are best kept ASCII."""
    return f"Duban{list(get_measures().styles).index(name) + 1:02}"


def zipped(parts: dict[str, str], epoch: int) -> bytes:
    """A zip whose bytes depend on its parts and `epoch` only."""
    moment = dt.datetime.fromtimestamp(max(epoch, _EARLIEST), dt.UTC)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in parts.items():
            entry = zipfile.ZipInfo(name, moment.timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, text.encode())
    return buffer.getvalue()


def _eighths(millimetres: float) -> int:
    """A rule's width as Word counts it: eighths of a point."""
    return round(millimetres * MM_PT * 8)


@kept
def reference_docx() -> bytes:
    """Styles, page, grid and feet from the measures, as a Word file for pandoc to copy from."""
    parts = {
        "[Content_Types].xml": _content_types(),
        "_rels/.rels": _relationships(("officeDocument", "word/document.xml")),
        "word/document.xml": f"<w:document {W} {R}><w:body><w:p/>{_section()}</w:body></w:document>",
        "word/_rels/document.xml.rels": _relationships(
            ("styles", "styles.xml"), ("settings", "settings.xml"), ("footer", "footer1.xml"), ("footer", "footer2.xml")
        ),
        "word/styles.xml": _styles(),
        "word/settings.xml": f"<w:settings {W}><w:evenAndOddHeaders/></w:settings>",
        "word/footer1.xml": _footer("right"),
        "word/footer2.xml": _footer("left"),
    }
    return zipped({name: HEAD + text for name, text in parts.items()}, 0)


def _content_types() -> str:
    office = "application/vnd.openxmlformats-officedocument.wordprocessingml"
    overrides = "".join(
        f'<Override PartName="/word/{part}.xml" ContentType="{office}.{kind}+xml"/>'
        for part, kind in {
            "document": "document.main",
            "styles": "styles",
            "settings": "settings",
            "footer1": "footer",
            "footer2": "footer",
        }.items()
    )
    return (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{overrides}</Types>'
    )


def _relationships(*targets: tuple[str, str]) -> str:
    base = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    rows = "".join(
        f'<Relationship Id="rId{place}" Type="{base}/{kind}" Target="{target}"/>'
        for place, (kind, target) in enumerate(targets, 1)
    )
    return f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{rows}</Relationships>'


def _section() -> str:
    """A4, the margins, 22 lines of 28 characters, odd and even feet."""
    m = get_measures()
    edges = {name: twips(getattr(m.margins_mm, name) * MM_PT) for name in ("top", "right", "bottom", "left")}
    foot = twips((m.margins_mm.bottom - m.page_number.below_text_mm) * MM_PT - m.page_number.size_pt)
    margins = " ".join(f'w:{name}="{value}"' for name, value in edges.items())
    pitch = twips(m.line_pt)
    space = round((m.character_pt - m.body_size_pt) * 4096)
    return (
        '<w:sectPr><w:footerReference w:type="default" r:id="rId3"/><w:footerReference w:type="even" r:id="rId4"/>'
        f'<w:pgSz w:w="{twips(m.paper_mm.width * MM_PT)}" w:h="{twips(m.paper_mm.height * MM_PT)}"/>'
        f'<w:pgMar {margins} w:header="851" w:footer="{foot}" w:gutter="0"/>'
        f'<w:docGrid w:type="linesAndChars" w:linePitch="{pitch}" w:charSpace="{space}"/></w:sectPr>'
    )


def _footer(side: str) -> str:
    m = get_measures()
    indent = twips(m.page_number.indent_characters * m.page_number.size_pt)
    field = "".join(
        f"<w:r>{part}</w:r>"
        for part in (
            '<w:t xml:space="preserve">— </w:t>',
            '<w:fldChar w:fldCharType="begin"/>',
            '<w:instrText xml:space="preserve"> PAGE </w:instrText>',
            '<w:fldChar w:fldCharType="separate"/>',
            "<w:t>1</w:t>",
            '<w:fldChar w:fldCharType="end"/>',
            '<w:t xml:space="preserve"> —</w:t>',
        )
    )
    return (
        f'<w:ftr {W}><w:p><w:pPr><w:pStyle w:val="{style_id("页码")}"/>'
        f'<w:ind w:{side}="{indent}"/><w:jc w:val="{side}"/></w:pPr>{field}</w:p></w:ftr>'
    )


def _styles() -> str:
    m = get_measures()
    body = m.styles["正文"]
    defaults = (
        f"<w:docDefaults><w:rPrDefault><w:rPr>{_run(body)}"
        '<w:lang w:val="en-US" w:eastAsia="zh-CN"/></w:rPr></w:rPrDefault>'
        f"<w:pPrDefault><w:pPr>{_LINES}</w:pPr></w:pPrDefault></w:docDefaults>"
    )
    normal = (
        '<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/><w:qFormat/>'
        f"<w:rPr>{_run(body)}</w:rPr></w:style>"
    )
    own = [_style(style_id(name), name, name, style) for name, style in m.styles.items()]
    theirs = [_style(key, name, base, m.styles[base]) for key, (name, base) in _PANDOC.items()]
    edge = f'w:val="single" w:sz="{_eighths(m.table.rule_mm)}" w:space="0" w:color="auto"'
    borders = "".join(f"<w:{side} {edge}/>" for side in ("top", "left", "bottom", "right", "insideH", "insideV"))
    inset = twips(m.table.inset_pt)
    table = (
        '<w:style w:type="table" w:default="1" w:styleId="Table"><w:name w:val="Table"/><w:qFormat/><w:tblPr>'
        f'<w:tblInd w:w="0" w:type="dxa"/><w:tblBorders>{borders}</w:tblBorders><w:tblCellMar><w:top w:w="20" w:type="dxa"/>'
        f'<w:left w:w="{inset}" w:type="dxa"/><w:bottom w:w="20" w:type="dxa"/><w:right w:w="{inset}" w:type="dxa"/>'
        "</w:tblCellMar></w:tblPr></w:style>"
    )
    faces = "".join(_face(name) for name in m.faces)
    return f"<w:styles {W}>{defaults}{normal}{''.join(own)}{''.join(theirs)}{faces}{table}</w:styles>"


def _face(name: str) -> str:
    """A character style that sets words of a paragraph in another face."""
    face = escape(get_measures().faces[name].word)
    return (
        f'<w:style w:type="character" w:customStyle="1" w:styleId="Face{list(get_measures().faces).index(name)}">'
        f'<w:name w:val="{escape(name)}"/><w:rPr><w:rFonts w:ascii="{face}" w:hAnsi="{face}" w:eastAsia="{face}" '
        f'w:cs="{face}"/></w:rPr></w:style>'
    )


def _run(style: Style) -> str:
    m = get_measures()
    face = escape(m.faces[style.face].word)
    size = round(style.size_pt * 2)
    # The grid is declared for the page, but lines and characters are spaced outright: LibreOffice gives a character
    # that is wider than its cell (16 pt in 15.79) two cells, and a style's own spacing is the same everywhere.
    spacing = m.spacing_twips if style.size_pt == m.body_size_pt else 0
    colour = f'<w:color w:val="{getattr(m.colours, style.colour)}"/>' if style.colour != "black" else ""
    return (
        f'<w:rFonts w:ascii="{face}" w:hAnsi="{face}" w:eastAsia="{face}" w:cs="{face}"/>'
        f'<w:b w:val="0"/>{colour}<w:spacing w:val="{spacing}"/><w:sz w:val="{size}"/><w:szCs w:val="{size}"/>'
    )


def _style(key: str, name: str, kind: str, style: Style) -> str:
    before, line, extra = _spacing(kind, style)
    m = get_measures()
    flags = "<w:keepNext/>" * style.keep_with_next + "<w:pageBreakBefore/>" * style.page_break_before
    outline = {"一级标题": 0, "二级标题": 1, "三级标题": 2}.get(kind)
    level = f'<w:outlineLvl w:val="{outline}"/>' if outline is not None else ""
    paragraph = (
        f'{flags}<w:widowControl w:val="0"/>{extra}{_LINES}<w:snapToGrid w:val="0"/>'
        f'<w:spacing w:before="{before}" w:after="0" w:line="{line}" w:lineRule="exact"/>'
        f'{_indent(style, m.character_pt)}<w:jc w:val="{style.align}"/>{level}'
    )
    return (
        f'<w:style w:type="paragraph" w:styleId="{key}"{" w:customStyle=" + chr(34) + "1" + chr(34) if key.startswith("Duban") else ""}>'
        f'<w:name w:val="{escape(name)}"/><w:basedOn w:val="Normal"/><w:qFormat/>'
        f"<w:pPr>{paragraph}</w:pPr><w:rPr>{_run(style)}</w:rPr></w:style>"
    )


def _spacing(kind: str, style: Style) -> tuple[int, int, str]:
    """Space above and height of a line in twips, and the borders or frame that a style carries."""
    m = get_measures()
    line = twips(m.line_pt)
    before = 0 if is_blank_by_paragraphs(style) else round(style.blank_lines * line)
    if kind == "发文机关标志":
        return twips(m.mark.top_mm * MM_PT), twips(style.size_pt), ""
    if kind == "发文字号":
        edge = f'w:sz="{_eighths(m.red_line.width_mm)}" w:space="{round(m.red_line.below_number_mm * MM_PT)}" w:color="{m.colours.red}"'
        return (
            before + line - twips(style.size_pt),
            twips(style.size_pt),
            f'<w:pBdr><w:bottom w:val="single" {edge}/></w:pBdr>',
        )
    if kind == "公文标题":  # less what LibreOffice makes of the rule above and its distance
        return before - twips(m.red_line.width_mm * MM_PT), line, ""
    if kind == "版记":
        return 0, twips(style.size_pt * 1.5), _imprint_rules()
    return before, twips(style.line_pt) if style.line_pt else line, ""


def is_blank_by_paragraphs(style: Style) -> bool:
    """Whether the lines above a style are paragraphs of their own: those within the text, which may fall on the head of a page."""
    return style.keep_with_next and bool(style.blank_lines) and style.size_pt == get_measures().body_size_pt


def _imprint_rules() -> str:
    """The rules above, between and below the lines of the 版记, and the tab of its date.

    They belong to the style: lines whose rules differ would not share one frame in LibreOffice.
    """
    m = get_measures()
    outer, inner = (
        f'w:val="single" w:sz="{_eighths(width)}" w:space="1" w:color="auto"'
        for width in (m.imprint.outer_rule_mm, m.imprint.inner_rule_mm)
    )
    indent = twips(m.imprint.indent_characters * m.imprint.size_pt)
    return (
        f"<w:pBdr><w:top {outer}/><w:bottom {outer}/><w:between {inner}/></w:pBdr>"
        f'<w:tabs><w:tab w:val="right" w:pos="{twips(m.text_width_pt) - indent}"/></w:tabs>'
    )


def _indent(style: Style, character_pt: float) -> str:
    first = style.first_line_characters
    parts = []
    if style.left_characters:
        parts += [
            f'w:leftChars="{round(style.left_characters * 100)}" w:left="{twips(style.left_characters * character_pt)}"'
        ]
    if first > 0:
        parts += [f'w:firstLineChars="{round(first * 100)}" w:firstLine="{twips(first * character_pt)}"']
    if first < 0:
        parts += [f'w:hangingChars="{round(-first * 100)}" w:hanging="{twips(-first * character_pt)}"']
    return f"<w:ind {' '.join(parts)}/>" if parts else ""
