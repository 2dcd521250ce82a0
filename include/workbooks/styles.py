"""How the cells of our workbooks look, in XlsxWriter's words. Input cells alone are unlocked and pale yellow."""

from __future__ import annotations

from typing import Any

_THIN = {"border": 1, "border_color": "#7F7F7F"}
STYLES: dict[str, dict[str, Any]] = {
    "title": {"font_name": "黑体", "font_size": 20, "align": "center"},
    "note": {"align": "left", "text_wrap": True},
    "heading": {"font_name": "黑体", "font_size": 12, "align": "left"},
    "head_label": {"font_name": "黑体", "align": "center", "bg_color": "#F2F2F2", **_THIN},
    "head_value": {"align": "left", "indent": 1, "num_format": "@", **_THIN},
    "column": {"font_name": "黑体", "align": "center", "bg_color": "#D9E2F3", "text_wrap": True, **_THIN},
    "area": {"font_name": "黑体", "align": "left", "indent": 1, "bg_color": "#F2F2F2", **_THIN},
    "center": {"align": "center", "text_wrap": True, **_THIN},
    "left": {"align": "left", "indent": 1, "text_wrap": True, **_THIN},
    "small": {"align": "left", "indent": 1, "text_wrap": True, "font_size": 10, **_THIN},
    "seal": {"align": "left", "text_wrap": True, "font_size": 10},
    "previous": {"align": "center", "font_color": "#7F7F7F", **_THIN},
    "previous_yuan": {"align": "center", "font_color": "#7F7F7F", "num_format": "#,##0.00", **_THIN},
    "paragraph": {"align": "left", "text_wrap": True, "indent": 1},
    "input": {"align": "center", "bg_color": "#FFFBE0", "locked": False, **_THIN},
    "input_text": {"align": "left", "indent": 1, "text_wrap": True, "num_format": "@", "bg_color": "#FFFBE0", "locked": False, **_THIN},
    "input_month": {"align": "center", "num_format": "@", "bg_color": "#FFFBE0", "locked": False, **_THIN},
    "input_yuan": {"align": "center", "num_format": "#,##0.00###", "bg_color": "#FFFBE0", "locked": False, **_THIN},
}  # fmt: skip


def lines_of(text: str, width: int) -> int:
    """How many lines of `width` half-width characters a text takes."""
    return max(1, -(-sum(1 if character.isascii() else 2 for character in text) // width))
