"""pandoc's tree → one HTML file with inline styles only: mail programs and phones drop style sheets."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Any

from include.typesetting.markdown import Tree, style_of, text_of
from include.typesetting.measures import Style, get_measures

_HEADINGS = {1: "一级标题", 2: "二级标题", 3: "三级标题"}
_ALIGNMENTS = {"AlignRight": "right", "AlignCenter": "center", "AlignLeft": "left", "AlignDefault": "left"}
_CELL = "border:1px solid #999;padding:3px 6px;"
_WHOLE = "white-space:nowrap;"  # figures and short words: never broken; a narrow screen scrolls the table
_TEXT = "min-width:10em;"
_SHORT = 8  # the longest text of a column that is kept on one line


def write_html(tree: Tree, title: str) -> bytes:
    """A standalone page, readable at any width."""
    body = "\n".join(_block(block, "正文") for block in tree["blocks"])
    return (
        '<!DOCTYPE html>\n<html lang="zh-CN">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<title>{escape(title)}</title>\n</head>\n<body style="margin:0;background:#fff;">\n'
        '<div style="max-width:720px;margin:0 auto;padding:16px;color:#000;font-size:17px;line-height:1.8;'
        f'word-break:break-word;">\n{body}\n</div>\n</body>\n</html>\n'
    ).encode()


def _block(block: Tree, style: str) -> str:
    kind, content = block["t"], block.get("c", [])
    if kind in ("Para", "Plain"):
        return f'<p style="{_css(style)}">{_inlines(content)}</p>'
    if kind == "Header":
        name = _HEADINGS.get(content[0], "三级标题")
        return f'<h{content[0] + 1} style="{_css(name)}">{_inlines(content[2])}</h{content[0] + 1}>'
    if kind == "Div":
        return "\n".join(_block(child, style_of(block) or style) for child in content[1])
    if kind == "BlockQuote":
        return "\n".join(_block(child, style) for child in content)
    if kind in ("OrderedList", "BulletList"):
        entries, tag = (content[1], "ol") if kind == "OrderedList" else (content, "ul")
        inner = "".join(f"<li>{''.join(_block(child, style) for child in entry)}</li>" for entry in entries)
        return f"<{tag}>{inner}</{tag}>"
    if kind == "Table":
        return _table(content)
    raise ValueError(f"the templates may not use {kind} blocks")


def _css(name: str) -> str:
    """The style's measures as CSS, in relative units."""
    measures = get_measures()
    style = measures.styles.get(name) or Style(face="仿宋", size_pt=measures.body_size_pt, align="left")
    size = min(style.size_pt / measures.body_size_pt, 1.8)
    indent = style.first_line_characters
    parts = [
        f"margin:{'1.2em' if style.blank_lines or style.page_break_before else '0'} 0 0 0",
        f"font-family:{measures.faces[style.face].html}",
        f"font-size:{size:.3g}em",
        "font-weight:bold" if style.face == "小标宋" else "font-weight:normal",
        f"text-align:{'left' if style.align == 'both' else style.align}",
        f"text-indent:{max(0.0, indent):g}em",
    ]
    if style.colour == "red":
        parts += [f"color:#{measures.colours.red}"]
    if name == "发文字号":
        parts += [f"border-bottom:2px solid #{measures.colours.red}", "padding-bottom:12px"]
    if name == "版记":
        parts += ["border-top:1px solid #000", "padding:4px 1em"]
    return ";".join(parts)


def _table(content: list[Any]) -> str:
    """A table in a box that scrolls sideways: no column is squeezed to a character's width on a phone."""
    columns, head, bodies = content[2], content[3], content[4]
    alignment = [_ALIGNMENTS[spec[0]["t"]] for spec in columns]
    rows = [[_cell(cell) for cell in row[1]] for body in bodies for row in body[3]]
    is_text = [
        align == "left" and any(len(cell) > _SHORT for cell in cells)
        for align, cells in zip(alignment, zip(*rows, strict=True), strict=True)
    ] or [False] * len(columns)
    styles = [
        f"{_CELL}{_TEXT if text else _WHOLE}text-align:{align};" for text, align in zip(is_text, alignment, strict=True)
    ]
    headers = "".join(
        f'<th style="{_CELL}{_WHOLE}background:#{get_measures().colours.head};">{_cell(cell)}</th>'
        for row in head[1]
        for cell in row[1]
    )
    lines = "\n".join(
        "<tr>" + "".join(f'<td style="{style}">{cell}</td>' for style, cell in zip(styles, row, strict=True)) + "</tr>"
        for row in rows
    )
    return (
        '<div style="overflow-x:auto;"><table style="border-collapse:collapse;width:100%;font-size:14px;line-height:1.5;">\n'
        f"<thead><tr>{headers}</tr></thead>\n<tbody>\n{lines}\n</tbody></table></div>"
    )


def _cell(cell: list[Any]) -> str:
    return "".join(_inlines(block["c"]) for block in cell[4] if block["t"] in ("Para", "Plain"))


def _inlines(inlines: Iterable[Tree]) -> str:
    return "".join(_inline(inline) for inline in inlines)


def _inline(inline: Tree) -> str:
    if inline["t"] == "LineBreak":
        return "<br>"
    style = style_of(inline)
    if not style:
        return escape(text_of([inline]))
    text = text_of(inline["c"][1])
    if style in get_measures().faces:
        return f'<span style="font-family:{get_measures().faces[style].html};">{escape(text)}</span>'
    if style == "印发日期":
        return f'<span style="float:right;">{escape(text)}</span>'
    return escape(text)
