"""Text from outside where a program would take it for something else: a formula in a cell, a path in a file name."""

from __future__ import annotations

import re
import unicodedata

from include.direction_marks import has_direction_marks, without_direction_marks

_FIGURE = re.compile(r"[+-]?\d+(\.\d+)?%?")
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_QUOTED = re.compile(r"'+[=+\-@\t\r]")


def as_text_cell(text: str) -> str:
    """The text as a spreadsheet may safely open it: never a formula, and read in the order in which it stands. A figure
    stays as it is."""
    text = without_direction_marks(text)
    return f"'{text}" if _FORMULA.match(text) and not _FIGURE.fullmatch(text) else text


def from_text_cell(text: str) -> str:
    """What `as_text_cell` was given: one apostrophe that keeps a formula from being one is taken off, as Excel does."""
    return text[1:] if text[:1] == "'" and _QUOTED.match(text) else text


def is_plain(text: str, *, lines: bool = False) -> bool:
    """Whether a text that a person typed has a letter or digit of any script, and nothing that nobody sees. `lines`: it
    may have several, as a reason has."""
    return any(unicodedata.category(sign)[0] in "LN" for sign in text) and _is_seen(text, lines=lines)


def typed_problems(name: str, text: str, longest: int, *, lines: bool = True) -> list[str]:
    """What is wrong with a text that a person gave to an act, in Chinese: it is too long for a document, or holds what
    nobody sees. `name` is what the form calls it. Whether it may be empty is not asked here."""
    problems = []
    if not _is_seen(text, lines=lines):
        breaks = "" if lines else "换行、"
        problems.append(f"{name}里有{breaks}看不见的控制字符或改变文字方向的记号：请在表里重新录入，不要从别处粘贴。")
    if len(text) > longest:
        problems.append(f"{name}有 {len(text)} 字，最多 {longest} 字：请写得简短些，详情另附文件。")
    return problems


def _is_seen(text: str, *, lines: bool) -> bool:
    """No control characters, halves of a character, private signs, or marks of direction."""
    allowed = "\n\r\t" if lines else ""
    return not has_direction_marks(text) and not any(
        unicodedata.category(sign) in ("Cc", "Cs", "Co", "Zl", "Zp") and sign not in allowed for sign in text
    )


def as_file_name(text: str) -> str:
    """The text without what a file system takes for folders: the marks in full width."""
    return text.replace("/", "／").replace("\\", "＼")
