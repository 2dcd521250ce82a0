"""Titles of documents as they are cited."""

from __future__ import annotations

_INNER_MARKS = str.maketrans("《》", "〈〉")


def cited(title: str) -> str:
    """A title in 《》; those that stand in it become 〈〉: 《关于对〈…〉的更正通报》."""
    return f"《{title.translate(_INNER_MARKS)}》"
