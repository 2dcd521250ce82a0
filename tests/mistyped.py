"""A system whose file has just been saved with a mistake in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from include.data_files import Texts, reading
from include.schemes.loader import path_of


@contextmanager
def mistyped(key: str, old: str = "period_kinds", new: str = "period_kind") -> Iterator[None]:
    """Inside, somebody has just saved the file of a system with a mistake in it."""
    text = path_of(key).read_text(encoding="utf-8")
    assert old in text
    changed = text.replace(old, new, 1).encode()
    with reading(Texts((key, new), {path_of(key): changed}, frozenset())):
        yield
