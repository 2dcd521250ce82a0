"""pandoc's tree → typst → PDF. Every text goes over as a string literal, so none can be typst code."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterable
from typing import Any

import typst

from include.circulars.fonts import MISSING_MARK, Fonts
from include.circulars.markdown import FOLDER, Tree, sign_indents, style_of, text_of
from include.circulars.measures import Measures, get_measures

_LONG_WORD = re.compile(r"[!-~]{13,}")
_ALIGNMENTS = {"AlignRight": "right", "AlignCenter": "center", "AlignLeft": "left", "AlignDefault": "left"}
_HEADINGS = {1: "一级标题", 2: "二级标题", 3: "三级标题"}


def write_pdf(tree: Tree, fonts: Fonts, epoch: int) -> bytes:
    """The PDF, its time stamp `epoch` (seconds)."""
    return write_pdfs([tree], fonts, epoch)[0]


def write_pdfs(trees: Iterable[Tree], fonts: Fonts, epoch: int) -> list[bytes]:
    """One PDF a tree, all by one compiler: what they share is worked out once."""
    with tempfile.TemporaryDirectory() as empty:
        compiler = typst.Compiler(root=empty, font_paths=fonts.loaded, ignore_system_fonts=True)
        return [_compile(compiler, write_typst(tree, fonts), epoch) for tree in trees]


def _compile(compiler: typst.Compiler, source: str, epoch: int) -> bytes:
    """The PDF of a typst source. Without tags: they are four fifths of a long document, which goes out by mail."""
    pdf = compiler.compile(source.encode(), format="pdf", timestamp=epoch, pdf_tags=False)
    if not isinstance(pdf, bytes):
        raise TypeError("typst gave no PDF")
    return pdf


def write_typst(tree: Tree, fonts: Fonts) -> str:
    """The typst source: measures, page, then one call a paragraph or table."""
    writer = _Writer(get_measures(), set(fonts.missing(characters(tree))), sign_indents(tree))
    body = "\n".join(writer.blocks(tree["blocks"]))
    page = (FOLDER / "page.typ").read_text(encoding="utf-8")
    return f"#let m = json(bytes({literal(json.dumps(_facts(fonts), ensure_ascii=False))}))\n{page}\n{body}\n"


def characters(tree: Tree) -> set[str]:
    """Every character that the document prints."""
    return set().union(*_texts(tree))


def literal(text: str) -> str:
    """A typst string."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def _texts(node: Any) -> list[str]:
    if isinstance(node, list):
        return [text for child in node for text in _texts(child)]
    if isinstance(node, dict):
        if node.get("t") == "Str":
            return [node["c"]]
        return [text for child in node.values() for text in _texts(child)]
    return []


def _facts(fonts: Fonts) -> dict[str, Any]:
    """The measures with their derived lengths; of each face's list only the families that are there."""
    measures = get_measures()
    facts = measures.model_dump(mode="json")
    for face in facts["faces"].values():
        face["pdf"] = [family for family in face["pdf"] if family in fonts.families]
    for name in ("line_pt", "character_pt", "tracking_pt", "text_width_pt"):
        facts[name] = getattr(measures, name)
    return facts


class _Writer:
    """Writes blocks as typst calls. Characters that no face has are printed as the trade's mark for them."""

    def __init__(self, measures: Measures, missing: set[str], indents: dict[str, float]) -> None:
        self._measures = measures
        self._indents = indents
        self._missing = {ord(character): MISSING_MARK for character in missing}

    def blocks(self, blocks: Iterable[Tree]) -> list[str]:
        lines: list[str] = []
        held: list[str] = []
        imprint: list[str] = []
        for block in blocks:
            style = style_of(block)
            if style == "版记":
                imprint += [self._inlines(child["c"]) for child in block["c"][1] if child["t"] in ("Para", "Plain")]
            elif style in ("署名", "成文日期"):
                held.append(self._block(block))
            else:
                lines.append("#" + self._block(block))
            if style == "成文日期":
                lines.append(f"#name-and-date({', '.join(held)})")
                held = []
        if imprint:
            lines.append(f"#imprint({', '.join(imprint)})")
        return lines

    def _block(self, block: Tree, style: str = "正文") -> str:
        kind, content = block["t"], block.get("c", [])
        if kind in ("Para", "Plain"):
            return self._paragraph(style, content)
        if kind == "Header":
            return self._paragraph(_HEADINGS.get(content[0], "三级标题"), content[2])
        if kind == "Div":
            return self._join(self._block(child, style_of(block) or style) for child in content[1])
        if kind == "Table":
            return self._table(content, style)
        if kind == "BlockQuote":
            return self._join(self._block(child, style) for child in content)
        if kind in ("OrderedList", "BulletList"):
            return self._list(block, style)
        raise ValueError(f"the templates may not use {kind} blocks")

    def _join(self, parts: Iterable[str]) -> str:
        return "{" + "; ".join(parts) + "}"

    def _list(self, block: Tree, style: str) -> str:
        entries = block["c"] if block["t"] == "BulletList" else block["c"][1]
        start = 1 if block["t"] == "BulletList" else block["c"][0][0]
        made = []
        for position, entry in enumerate(entries, start):
            sign = "· " if block["t"] == "BulletList" else f"{position}. "
            first, *others = entry
            made.append(self._paragraph(style, [{"t": "Str", "c": sign}, *first["c"]]))
            made += [self._block(child, style) for child in others]
        return self._join(made)

    def _paragraph(self, style: str, inlines: list[Tree]) -> str:
        body, text = self._inlines(inlines), text_of(inlines)
        if style == "发文机关标志":
            return f"mark({body}, size: {self._measures.mark_size_pt(text)}pt)"
        if style == "发文字号":
            return f"number({body})"
        return f"styled({literal(style)}, {body}, indent: {self._indents.get(style, 0):.3f}pt)"

    def _table(self, content: list[Any], style: str) -> str:
        columns, head, bodies = content[2], content[3], content[4]
        total = self._measures.text_width_pt
        widths = [f"{spec[1]['c'] * total:.3f}pt" if spec[1]["t"] == "ColWidth" else "1fr" for spec in columns]
        alignment = [_ALIGNMENTS[spec[0]["t"]] for spec in columns]
        header = [self._cell(cell) for row in head[1] for cell in row[1]]
        rows = [self._cell(cell) for body in bodies for row in body[3] for cell in row[1]]
        return (
            f"data-table(({', '.join(widths)},), ({', '.join(alignment)},), ({', '.join(header)},), "
            f"({', '.join([*rows, ''])}), style: {literal(style if style in self._measures.styles else '表格文字')})"
        )

    def _cell(self, cell: list[Any]) -> str:
        parts = [self._inlines(block["c"]) for block in cell[4] if block["t"] in ("Para", "Plain")]
        return parts[0] if len(parts) == 1 else '""'

    def _inlines(self, inlines: Iterable[Tree]) -> str:
        """A typst expression whose value is the content of the inlines."""
        parts: list[str] = []
        text = ""
        for inline in inlines:
            style = style_of(inline)
            if inline["t"] == "LineBreak" or style:
                parts += [self._text(text)] * bool(text)
                text = ""
                parts.append(self._special(inline, style))
            else:
                text += text_of([inline])
        parts += [self._text(text)] * bool(text)
        if not parts:
            return '""'
        return parts[0] if len(parts) == 1 else "{" + "; ".join(parts) + "}"

    def _special(self, inline: Tree, style: str) -> str:
        if inline["t"] == "LineBreak":
            return "linebreak()"
        text = text_of(inline["c"][1])
        if style == "条形":
            value, _, top = text.partition("/")
            return f"bar({int(value)}, {max(1, int(top))})"
        if style == "印发日期":
            return f"{{h(1fr); {self._text(text)}}}"
        return self._text(text)

    def _text(self, text: str) -> str:
        """A literal; a very long Latin word may break anywhere, a missing character is marked."""
        soft = _LONG_WORD.sub(lambda word: "\u200b".join(word[0]), text)
        return literal(soft.translate(self._missing))
