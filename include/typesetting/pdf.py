"""pandoc's tree → typst → PDF. Every text goes over as a string literal, so none can be typst code."""

from __future__ import annotations

import functools
import json
import re
import tempfile
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import typst

from include.data_files import kept, read_text
from include.typesetting.fonts import MISSING_MARK, Fonts
from include.typesetting.markdown import FOLDER, Tree, sign_indents, style_of, text_of
from include.typesetting.measures import get_measures
from include.typesetting.paragraphs import Laid, Piece, lay_out

_FIGURES = "0123456789."
_FULL_WIDTH = "国、（“”—…"  # some of each kind, those that Unicode calls wide and those that only Chinese faces set so
_SLACK_PT = 0.1  # kept free in a cell that is said to need one line
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
        return [_compiled(compiler, epoch, write_typst(tree, fonts).encode()) for tree in trees]


def write_pdf_of_document(tree: Tree, fonts: Fonts, epoch: int) -> tuple[bytes, bool]:
    """The PDF of a document, and whether its 版记 is to stand on a page of its own in the Word file: the text ends on an odd page,
    or leaves no room for it."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "document.typ"
        source.write_text(write_typst(tree, fonts), encoding="utf-8")
        compiler = typst.Compiler(source, root=folder, font_paths=fonts.loaded, ignore_system_fonts=True)
        pdf = _compiled(compiler, epoch)
        return pdf, json.loads(compiler.query("<imprint-is-apart>", field="value")) == [True]


def _compiled(compiler: typst.Compiler, epoch: int, source: bytes | None = None) -> bytes:
    """The PDF of a typst source. Without tags: they are four fifths of a long document, which goes out by mail."""
    pdf = compiler.compile(source, format="pdf", timestamp=epoch, pdf_tags=False)
    if not isinstance(pdf, bytes):
        raise TypeError("typst gave no PDF")
    return pdf


def write_typst(tree: Tree, fonts: Fonts) -> str:
    """The typst source: measures, page, then one call a paragraph or table."""
    writer = _Writer(fonts, set(fonts.missing(characters(tree))), sign_indents(tree))
    return _page(fonts) + "\n".join(writer.blocks(tree["blocks"])) + "\n"


def characters(tree: Tree) -> set[str]:
    """Every character that the document prints."""
    found: list[str] = []
    waiting: list[Any] = [tree]
    while waiting:  # a document has a hundred thousand nodes: by a list, not by calls
        node = waiting.pop()
        if type(node) is list:
            waiting += node
        elif type(node) is dict:
            if node.get("t") == "Str":
                found.append(node["c"])
            else:
                waiting += [value for value in node.values() if type(value) is not str]
    return set().union(*found)


def literal(text: str) -> str:
    """A typst string."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def _facts(fonts: Fonts) -> dict[str, Any]:
    """The measures with their derived lengths; of each face's list only the families that are there."""
    measures = get_measures()
    facts = measures.model_dump(mode="json")
    for face in facts["faces"].values():
        face["pdf"] = [family for family in face["pdf"] if family in fonts.families]
    for name in ("line_pt", "character_pt", "tracking_pt", "text_width_pt", "spacing_twips"):
        facts[name] = getattr(measures, name)
    return facts


def _page(fonts: Fonts) -> str:
    """What every source begins with: the measures and page.typ."""
    page = read_text(FOLDER / "page.typ")
    return f"#let m = json(bytes({literal(json.dumps(_facts(fonts), ensure_ascii=False))}))\n{page}\n"


@kept
def _advances_em(fonts: Fonts, face: str) -> tuple[float, float]:
    """How wide a figure and a full-width character are in a face, in parts of its size, as typst itself measures them."""
    wanted = ", ".join(
        f"calc.max(..{literal(characters)}.clusters().map(c => measure(text(..face({literal(face)}), size: 100pt, c)).width)) / 100pt"
        for characters in (_FIGURES, _FULL_WIDTH)
    )
    source = f"{_page(fonts)}#context [#metadata(({wanted})) <advances>]"
    with tempfile.TemporaryDirectory() as empty:
        compiler = typst.Compiler(source.encode(), root=empty, font_paths=fonts.loaded, ignore_system_fonts=True)
        figure, full_width = json.loads(compiler.query("<advances>", field="value", one=True))
    return float(figure), float(full_width)


@functools.lru_cache(maxsize=4096)
def _count(cell: str) -> tuple[int, int] | None:
    """How many figures and how many full-width characters a literal has; None where the cell has anything else."""
    text = cell[1:-1]
    figures = sum(character in _FIGURES for character in text)
    full_width = sum(character in _FULL_WIDTH or unicodedata.east_asian_width(character) in "WF" for character in text)
    return (figures, full_width) if cell[0] == '"' and len(text) == figures + full_width else None


class _Writer:
    """Writes blocks as typst calls. Characters that no face has are printed as the trade's mark for them."""

    def __init__(self, fonts: Fonts, missing: set[str], indents: dict[str, float]) -> None:
        self._measures = get_measures()
        self._fonts = fonts
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
        if held:  # a name without a date
            lines.append(f"#name-and-date({', '.join(held)})")
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
        laid = lay_out(style, inlines, self._fonts)
        if laid is not None and self._measures.styles[style].align != "right":
            return self._lined(style, laid)
        if laid is not None and len(laid.lines) == 1:
            pieces = ", ".join(self._piece(piece, self._measures.styles[style].face) for piece in laid.lines[0])
            body = f"even({pieces})"
        return f"styled({literal(style)}, {body}, indent: {self._indents.get(style, 0):.3f}pt)"

    def _lined(self, style: str, laid: Laid) -> str:
        """A paragraph whose lines end where those of the Word file end."""
        look, measures = self._measures.styles[style], self._measures
        is_filled = look.align == "both" and not laid.is_loose
        room = measures.text_width_pt - look.left_characters * measures.character_pt
        lines = []
        for place, (pieces, natural) in enumerate(zip(laid.lines, laid.natural_pt, strict=True), 1):
            first = look.first_line_characters * measures.character_pt if place == 1 else 0
            characters = sum(len(piece.text) for piece in pieces)
            on_grid = (
                natural + characters * (measures.tracking_pt - measures.spacing_twips / 20) < room - first - _SLACK_PT
            )
            tracking = "even" if on_grid and (place == len(laid.lines) or not is_filled) else "tight"
            lines.append(f"{tracking}({', '.join(self._piece(piece, look.face) for piece in pieces)})")
        return f"lined({literal(style)}, {str(is_filled).lower()}, {', '.join(lines)})"

    def _piece(self, piece: Piece, face: str) -> str:
        text = literal(piece.text.translate(self._missing))
        written = text if piece.face == face else f"in-face({literal(piece.face)}, {text})"
        return f"gap, {written}" if piece.has_gap else written

    def _table(self, content: list[Any], style: str) -> str:
        columns, head, bodies = content[2], content[3], content[4]
        style = style if style in self._measures.styles else "表格文字"
        shares = [spec[1]["c"] if spec[1]["t"] == "ColWidth" else 0 for spec in columns]
        widths_pt = [share * self._measures.text_width_pt for share in shares]
        widths = [f"{width:.3f}pt" if width else "1fr" for width in widths_pt]
        alignment = [_ALIGNMENTS[spec[0]["t"]] for spec in columns]
        header = [self._cell(cell) for row in head[1] for cell in row[1]]
        rows = [[self._cell(cell) for cell in row[1]] for body in bodies for row in body[3]]
        heights = ["auto"] * len(head[1]) + self._heights(rows, widths_pt, style)
        cells = "".join(f"{cell}, " for row in rows for cell in row)
        return (
            f"data-table(({', '.join(widths)},), ({', '.join(alignment)},), ({', '.join(header)},), "
            f"({cells}), ({', '.join(heights)},), style: {literal(style)})"
        )

    def _heights(self, rows: list[list[str]], widths_pt: list[float], style: str) -> list[str]:
        """The height of each row: of one line where its cells are sure to need no more, else left to typst.

        typst sets every cell of a row that it must find the height of twice.
        """
        measures, look = self._measures, self._measures.styles[style]
        figure, full_width = (look.size_pt * em for em in _advances_em(self._fonts, look.face))
        room_pt = [width - 2 * measures.table.inset_pt - _SLACK_PT for width in widths_pt]

        def is_one_line(row: list[str]) -> bool:
            counts = [_count(cell) for cell in row]
            return any(count != (0, 0) for count in counts) and all(
                count is not None and count[0] * figure + count[1] * full_width <= room
                for count, room in zip(counts, room_pt, strict=True)
            )

        one_line = f"{(look.line_pt or measures.line_pt) + measures.table.inset_pt:.3f}pt"
        return [one_line if is_one_line(row) else "auto" for row in rows]

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
        if style in self._measures.faces:
            return f"in-face({literal(style)}, {self._text(text)})"
        if style == "印发日期":
            return f"{{h(1fr); {self._text(text)}}}"
        return self._text(text)

    def _text(self, text: str) -> str:
        """A literal; a very long Latin word may break anywhere, a missing character is marked."""
        soft = _LONG_WORD.sub(lambda word: "\u200b".join(word[0]), text)
        return literal(soft.translate(self._missing))
