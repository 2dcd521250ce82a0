"""What pydantic finds wrong with a system's file, as a sentence for people."""

from __future__ import annotations

from typing import Any

_MESSAGES = {
    "extra_forbidden": "没有这个字段，请检查拼写",
    "missing": "缺少这个字段",
    "union_tag_invalid": "没有这种规则（kind）",
    "literal_error": "取值不在允许范围内",
    "string_pattern_mismatch": "写法不对",
}


def remove(tree: Any, place: tuple[int | str, ...]) -> None:
    """Delete the field at `place`, which also names the kinds of rule passed on the way."""
    for part in place[:-1]:
        if isinstance(part, int) or part in tree:
            tree = tree[part]
    if isinstance(tree, dict):
        tree.pop(place[-1], None)


def sentence(name: str, details: Any) -> str:
    where = ".".join(str(part) for part in details["loc"])
    message = _MESSAGES.get(details["type"]) or details["msg"].removeprefix("Value error, ")
    found = "" if details["type"] == "missing" else f"（现为 {str(details['input'])[:60]!r}）"
    return f"{name}：{where}：{message}{found}。"
