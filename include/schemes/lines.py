"""In which line of a system's file something stands: what the errors on it name. Read only where there is an error."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import yaml

Place = Sequence[Hashable]
"""Keys from the root down; of a list an index, or the code, key or name of an entry."""

_NAMES = ("code", "key", "class", "grade", "version", "name")


class Flaw(str):
    """A sentence on what is wrong with a system, and where it stands."""

    place: Place

    def __new__(cls, sentence: str, *place: Hashable) -> Flaw:
        flaw = super().__new__(cls, sentence)
        flaw.place = place
        return flaw


class _Key(str):
    """A key of a mapping that knows its line."""

    line: int


class _Loader(yaml.CSafeLoader):
    """Keys know their lines."""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    loader.flatten_mapping(node)
    read: dict[Any, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if isinstance(key, str):
            key = _Key(key)
            key.line = key_node.start_mark.line + 1
        read[key] = loader.construct_object(value_node, deep=True)
    return read


_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)


def with_lines(text: str) -> dict[str, Any]:
    """The tree of a file that is YAML, of which `line_of` finds the lines, also where parts of it were put together anew."""
    tree: dict[str, Any] = yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe one
    return tree


def at(name: str, tree: Any, place: Place) -> str:
    """The file, and the line where that is known: as errors begin."""
    line = line_of(tree, place)
    return f"{name} 第 {line} 行" if line else name


def line_of(tree: Any, place: Place) -> int | None:
    """The line of the innermost part of a place that there is; None where there is none of it."""
    line: int | None = None
    for part in place:
        found = _step(tree, part)
        if found is None:
            if isinstance(tree, dict) and isinstance(part, str) and part.isidentifier() and part == place[-1]:
                break  # a field that is missing: its mapping's line
            continue  # the kind of a rule, which pydantic names on its way
        own, tree = found
        line = own or _first_line(tree) or line
    return line


def _step(tree: Any, part: Hashable) -> tuple[int | None, Any] | None:
    """The line that says it and what stands there; None where it is not there."""
    if isinstance(tree, dict):
        key = next((key for key in tree if key == part), None)
        return None if key is None else (getattr(key, "line", None), tree[key])
    if isinstance(tree, list) and str(part).isdigit():
        return (None, tree[int(str(part))]) if int(str(part)) < len(tree) else None
    if isinstance(tree, list):
        named = (one for one in tree if isinstance(one, dict) and any(one.get(name) == part for name in _NAMES))
        return next(((None, one) for one in named), None)
    return None


def _first_line(tree: Any) -> int | None:
    key = next(iter(tree), None) if isinstance(tree, dict) else None
    return getattr(key, "line", None)
