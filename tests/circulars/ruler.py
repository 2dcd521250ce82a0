"""A ruler for pages: lines of text and where they stand, in millimetres from the top left corner of the sheet."""

from __future__ import annotations

from typing import Any

from pdfplumber.page import Page
from pdfplumber.pdf import PDF

MM = 25.4 / 72
LEFT, RIGHT, TOP, BOTTOM = 28, 184, 37, 262


def lines_of(page: Page, size: float | None = None) -> list[dict[str, Any]]:
    """Lines of text: text, x0, x1, top, bottom in mm; with `size`, only characters of that many points."""
    rows: dict[int, list[dict[str, Any]]] = {}
    for char in page.chars:
        if char["text"].strip() and (size is None or abs(char["size"] - size) < 0.01):
            rows.setdefault(round(char["matrix"][5]), []).append(char)
    lines = []
    for baseline in sorted(rows, reverse=True):
        chars = sorted(rows[baseline], key=lambda c: c["x0"])
        lines.append(
            {
                "text": "".join(c["text"] for c in chars),
                "x0": min(c["x0"] for c in chars) * MM,
                "x1": max(c["x1"] for c in chars) * MM,
                "top": min(c["top"] for c in chars) * MM,
                "bottom": max(c["bottom"] for c in chars) * MM,
                "baseline": 297 - chars[0]["matrix"][5] * MM,
                "fonts": {c["fontname"].split("+")[-1] for c in chars},
            }
        )
    return lines


def line_with(pdf: PDF, text: str) -> tuple[int, dict[str, Any]]:
    """The first line that contains `text`, and its page number."""
    for page in pdf.pages:
        for line in lines_of(page):
            if text in line["text"]:
                return page.page_number, line
    raise AssertionError(f"no line contains {text!r}")


def text_pages(pdf: PDF) -> list[list[dict[str, Any]]]:
    """The lines of the text, each with its characters, page by page up to the date of the document; no table, no attachment."""
    found = []
    for page in pdf.pages:
        lines = [line for line in lines_of(page, 16) if line["bottom"] < BOTTOM + 1]
        for line in lines:
            line["chars"] = sorted(
                (
                    char
                    for char in page.chars
                    if abs(297 - char["matrix"][5] * MM - line["baseline"]) < 0.2 and char["text"].strip()
                ),
                key=lambda char: char["x0"],
            )
        found.append(lines)
        if lines and lines[-1]["text"].endswith("日") and any(line["text"].startswith("中共") for line in lines[-2:]):
            break
    return found
