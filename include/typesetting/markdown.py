"""Model → Markdown (Jinja2, sandboxed) → pandoc's document tree.

Every value that a template prints is escaped for Markdown, so that no text from outside can become
markup; raw blocks of every kind are switched off as well. The tree is what Word, PDF and HTML are made from.
"""

from __future__ import annotations

import itertools
import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pypandoc
from jinja2 import FunctionLoader, StrictUndefined, TemplateNotFound, pass_context
from jinja2.runtime import Context
from jinja2.sandbox import SandboxedEnvironment

from include.data_files import documents_folder, files_of, kept, read_text, version_of
from include.errors import UserError
from include.settings import REPO
from include.titles import cited
from include.typesetting.measures import gaps_in, get_measures, width_in_characters

FOLDER = REPO / "include/templates/circular"
READER = (
    "markdown-raw_html-raw_attribute-raw_tex-latex_macros-tex_math_dollars-tex_math_single_backslash"
    "-auto_identifiers-implicit_figures-smart-citations-footnotes-inline_notes-yaml_metadata_block"
    "-pandoc_title_block-native_divs-native_spans-example_lists-line_blocks+east_asian_line_breaks"
)
_SPECIAL = re.compile(r"([!-/:-@\[-`{-~])")
_FULL_WIDTH = str.maketrans(",;:()", "，；：（）")
_BESIDE_CHINESE = re.compile(r"[,;:()](?=[^\x00-\x7f])|(?<=[^\x00-\x7f])[,;:()]")
_SPACE_BESIDE_CHINESE = re.compile(r"(?<=[^\x00-\x7f]) (?=\S)|(?<=\S) (?=[^\x00-\x7f])")
_INNER_MARKS = str.maketrans("“”", "‘’")
_DIGITS = "零一二三四五六七八九"
LINE_BREAK = "换行"  # a span of this style stands for a line break where Markdown allows none: in the cell of a table
_BETWEEN = "文件分隔"
TITLE_AT_MOST = 80

Tree = dict[str, Any]


class Markdown(str):
    """Text that is Markdown already and is not escaped again."""

    __slots__ = ()


def plain(text: object) -> str:
    """One line of visible text: line breaks and runs of white space become one space; controls vanish."""
    spaced = " ".join(str(text).split())
    return "".join(c for c in spaced if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Cn"))


def escape(text: object) -> Markdown:
    """Text as Markdown that prints exactly it."""
    return Markdown(_SPECIAL.sub(r"\\\1", plain(text)))


def names(units: Iterable[object], at_most: int | None = None, called: Mapping[str, str] | None = None) -> Markdown:
    """甲、乙、丙; beyond the limit 甲、乙等N个社区, as those who are named are `called` (noun, counter)."""
    everyone = [escape(unit) for unit in units]
    limit = at_most or get_measures().names_at_most
    beyond = f"等{_so_many(len(everyone), called)}" if len(everyone) > limit else ""
    return Markdown("、".join(everyone[:limit]) + beyond)


def counted(units: Sequence[object], called: Mapping[str, str] | None = None) -> Markdown:
    """甲; 甲、乙，共2个社区; beyond the limit 甲、乙等N个社区, whose number is not said twice."""
    listed, count = names(units, called=called), len(units)
    is_said = count == 1 or count > get_measures().names_at_most
    return listed if is_said else Markdown(f"{listed}，共{_so_many(count, called)}")


def of_unit(figure: str, unit: str) -> str:
    """A figure with its unit; one that there is not (未报, 不适用) as it stands."""
    return f"{figure}{unit}" if figure[:1].isdigit() or figure[:1] == "-" else figure


def beside(figure: str, before: str, unit: str) -> str:
    """A figure with its unit and how it changed against the same time of last year; what was not reported is said to be so."""
    said = of_unit(figure, unit)
    if not figure[:1].isdigit():
        return said
    if not before[:1].isdigit():
        return f"{said}（去年同期{before}）"
    how = change(figure, before)
    return f"{said}（去年同期 {before} {unit}，{f'{how} {unit}' if how[-1].isdigit() else how}）"


def change(figure: str, before: str) -> str:
    """增加 3, 减少 3, 持平; — where one of the two is no figure."""
    if not (figure[:1].isdigit() and before[:1].isdigit()):
        return "—"
    by = Decimal(figure) - Decimal(before)
    return f"{'增加' if by > 0 else '减少'} {abs(by):f}" if by else "持平"


def _so_many(count: int, called: Mapping[str, str] | None) -> str:
    words = called or get_measures().called
    return f"{count}{words['counter']}{words['noun']}"


@pass_context
def _names(context: Context, units: Iterable[object], at_most: int | None = None) -> Markdown:
    return names(units, at_most, (context.get("model") or {}).get("called"))


@pass_context
def _counted(context: Context, units: Sequence[object]) -> Markdown:
    return counted(units, (context.get("model") or {}).get("called"))


def quotation(text: object) -> Markdown:
    """What a community wrote, cut to the length of a quotation."""
    whole, limit = plain(text), get_measures().quotation_at_most
    return escape(whole if len(whole) <= limit else whole[:limit] + "……")


def quoted(text: object) -> Markdown:
    """A quotation in its marks; marks that stand in it become inner ones."""
    return Markdown(f"“{quotation(text).translate(_INNER_MARKS)}”")


def in_title_marks(title: object) -> Markdown:
    """A title as it is cited: in 《》, those that stand in it become 〈〉."""
    return escape(cited(plain(title)))


def ordinal(number: int) -> str:
    """1, 12, 20 → 一, 十二, 二十: the number of a heading, below a hundred."""
    tens, ones = divmod(number, 10)
    head = "" if tens == 0 else "十" if tens == 1 else _DIGITS[tens] + "十"
    return head + (_DIGITS[ones] if ones else "")


def in_two_lines(label: str) -> Markdown:
    """A label of a narrow column, broken near its middle after an even number of characters, as most words have two."""
    first, second = two_lines(label)
    return Markdown(f'{escape(first)}[.]{{custom-style="{LINE_BREAK}"}}{escape(second)}') if second else escape(label)


def by_number(rows: Iterable[Mapping[str, Any]], attribute: str) -> list[Mapping[str, Any]]:
    """Rows in the order in which people count what the attribute says: 2幢9室 before 2幢10室."""

    def parts(row: Mapping[str, Any]) -> list[tuple[int, str]]:
        return [(int(one), "") if one.isdecimal() else (-1, one) for one in re.split(r"(\d+)", str(row[attribute]))]

    return sorted(rows, key=parts)


def two_lines(label: str) -> tuple[str, str]:
    """The lines of such a label; the second is empty where it is short."""
    place = len(label) if len(label) <= 3 else round(len(label) / 4) * 2
    return label[:place], label[place:]


def full_width(text: object) -> Markdown:
    """Our own sentences as documents are set: full-width signs beside Chinese, no space around figures."""
    spaced = _BESIDE_CHINESE.sub(lambda sign: sign[0].translate(_FULL_WIDTH), plain(text))
    return escape(_SPACE_BESIDE_CHINESE.sub("", spaced))


def broken_title(text: object) -> Markdown:
    """A title with its line breaks: at a word, in a trapezium or diamond (GB/T 9704)."""
    return Markdown("\\\n".join(escape(line) for line in title_lines(plain(text))))


def title_lines(title: str) -> list[str]:
    """The fewest lines that hold a 2号 title, broken between words, none as long as its neighbour if possible."""
    measures = get_measures()
    limit = measures.text_width_pt / measures.styles["公文标题"].size_pt
    places = [place for place in range(1, len(title)) if _may_break(title, place)]
    for count in range(1, 6 if len(title) <= TITLE_AT_MOST else 1):
        options = [lines for lines in _splits(title, places, count) if all(_fits(line, limit) for line in lines)]
        if options:
            return min(options, key=_unshapeliness)
    step = int(limit)
    return [title[start : start + step] for start in range(0, len(title), step)]


def _fits(line: str, limit: float) -> bool:
    return width_in_characters(line) + gaps_in(line) * get_measures().justification.gap_em <= limit


def _splits(title: str, places: list[int], count: int) -> Iterable[list[str]]:
    if count == 1:
        yield [title]
        return
    for place in places:
        later = [p - place for p in places if p > place]
        for rest in _splits(title[place:], later, count - 1):
            yield [title[:place], *rest]


def _may_break(title: str, place: int) -> bool:
    measures, after = get_measures(), title[place]
    if after in measures.title_never_first or title[place - 1] in "“《（":
        return False
    if after.isascii() and title[place - 1].isascii():
        return False
    if title[place - 1].isdigit():  # 2026|年
        return False
    spans = (match.span() for word in measures.title_words for match in re.finditer(re.escape(word), title))
    return not any(start < place < end for start, end in spans)


def _unshapeliness(lines: list[str]) -> tuple[float, float]:
    """Lower is better: lines should differ a little (a rectangle is wrong), and form a trapezium or diamond."""
    widths = [width_in_characters(line) for line in lines]
    steps = [b - a for a, b in itertools.pairwise(widths)]
    is_shapely = all(s > 0 for s in steps) or all(s < 0 for s in steps) or (len(steps) == 2 and steps[0] > 0 > steps[1])
    spread = max(widths) - min(widths)
    return (0.0 if is_shapely or not steps else 1.0, abs(spread - 4))


def _path_of(name: str) -> Path:
    """A template's file: of `<system>/<file>` that in the system's own folder, else the common one."""
    system, _, file = name.rpartition("/")
    return (documents_folder(system) if system else FOLDER) / file


def _template(name: str) -> tuple[str, str, Callable[[], bool]] | None:
    """Source and path of a template, and whether it is still what it was."""
    path = _path_of(name)
    if path not in files_of(path.parent, path.name):
        return None
    version = version_of(path)
    return read_text(path), str(path), lambda: version_of(path) == version


@kept
def environment() -> SandboxedEnvironment:
    """Templates of the office: no attribute of Python is in reach, an unknown name is an error."""
    made = SandboxedEnvironment(
        loader=FunctionLoader(_template),
        autoescape=False,
        undefined=StrictUndefined,
        finalize=lambda value: value if isinstance(value, Markdown) else escape(value),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    filters = (
        full_width,
        quotation,
        quoted,
        in_title_marks,
        ordinal,
        in_two_lines,
        by_number,
        broken_title,
        of_unit,
        beside,
        change,
    )
    made.filters |= {one.__name__: one for one in filters} | {"names": _names, "counted": _counted}
    return made


def write_markdown(candidates: Iterable[str], **facts: Any) -> str:
    """The first template of `candidates` that exists, filled in. Raises TemplateNotFound where none does."""
    wanted = list(candidates)
    for name in wanted:
        path = _path_of(name)
        if path in files_of(path.parent, path.name):
            return environment().get_template(name).render(**facts)
    raise TemplateNotFound("、".join(wanted))


def read_tree(markdown: str) -> Tree:
    """pandoc's tree of a Markdown text, with the column widths that its divs ask for.

    Raises UserError, in Chinese, where a template leaves a div open or the like.
    """
    options = ["--columns=100000", "--fail-if-warnings"]
    try:
        # unverified: pypandoc would start pandoc twice more, to ask for the formats that it knows
        text = pypandoc.convert_text(markdown, "json", format=READER, extra_args=options, verify_format=False)
    except RuntimeError as error:
        raise UserError(f"公文模板有误，请检查 include/templates/circular 中各段的开头与结尾：{error}") from error
    tree: Tree = json.loads(text)
    tree["blocks"] = [block for block in tree["blocks"] if block["t"] != "RawBlock"]
    for block in tree["blocks"]:
        if block["t"] == "Div":
            _set_widths(block)
            _break_lines(block)
    return tree


def read_trees(markdowns: Iterable[str]) -> list[Tree]:
    """The tree of each text, all read by one pandoc."""
    tree = read_tree(f"\n\n::: {{custom-style={_BETWEEN}}}\n:::\n\n".join(markdowns))
    trees: list[Tree] = [{**tree, "blocks": []}]
    for block in tree["blocks"]:
        if style_of(block) == _BETWEEN:
            trees.append({**tree, "blocks": []})
        else:
            trees[-1]["blocks"].append(block)
    return trees


def _set_widths(div: Tree) -> None:
    (_, _, pairs), blocks = div["c"]
    widths = [float(width) for width in dict(pairs).get("widths", "").split(",") if width]
    div["c"][0][2] = [pair for pair in pairs if pair[0] != "widths"]
    for block in blocks:
        if block["t"] == "Table" and len(block["c"][2]) == len(widths):
            for column, width in zip(block["c"][2], widths, strict=True):
                column[1] = {"t": "ColWidth", "c": width / sum(widths)}


def _break_lines(div: Tree) -> None:
    """Spans that stand for line breaks become them: in the heads of tables alone, where they may stand."""
    for block in div["c"][1]:
        if block["t"] == "Table":
            for row in block["c"][3][1]:
                for cell in row[1]:
                    for part in cell[4]:
                        part["c"] = [{"t": "LineBreak"} if style_of(one) == LINE_BREAK else one for one in part["c"]]


def style_of(block: Tree) -> str:
    """The custom style of a div or span; empty where none."""
    if block["t"] not in ("Div", "Span"):
        return ""
    return str(dict(block["c"][0][2]).get("custom-style", ""))


def text_of(inlines: Iterable[Tree]) -> str:
    """The bare text of inlines."""
    parts = []
    for inline in inlines:
        kind, content = inline["t"], inline.get("c", [])
        if kind == "Str":
            parts.append(content)
        elif kind in ("Space", "SoftBreak"):
            parts.append(" ")
        elif kind == "LineBreak":
            parts.append("\n")
        elif kind in ("Strong", "Emph", "Underline", "Strikeout", "Superscript", "Subscript", "SmallCaps"):
            parts.append(text_of(content))
        elif kind in ("Quoted", "Span", "Link"):
            parts.append(text_of(content[1]))
        elif kind == "Code":
            parts.append(content[1])
    return "".join(parts)


def styled_texts(tree: Tree) -> dict[str, str]:
    """The text of the first paragraph of each custom style, by style."""
    found: dict[str, str] = {}
    for block in tree["blocks"]:
        if style_of(block) and block["c"][1] and block["c"][1][0]["t"] in ("Para", "Plain"):
            found.setdefault(style_of(block), text_of(block["c"][1][0]["c"]))
    return found


def sign_indents(tree: Tree) -> dict[str, float]:
    """Distance from the right edge, in points, of 署名 and 成文日期."""
    texts = styled_texts(tree)
    name, date = get_measures().sign_indents_pt(texts.get("署名", ""), texts.get("成文日期", ""))
    return {"署名": name, "成文日期": date}
