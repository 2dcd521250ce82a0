"""Systems that read each other: a graph without cycles. Told by their files alone, so that none has to be sound to be named."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from include.schemes.inputs import SAME, Input
from include.schemes.lines import Flaw
from include.schemes.model import Scheme

Trees = Callable[[], Mapping[str, Any]]
"""The files of all systems that can be read, by key."""


def input_problems(scheme: Scheme, trees: Trees) -> Iterator[Flaw]:
    """Sources that there are not, and circles in which nobody could be closed first; of a scheme without inputs nothing is read."""
    if not scheme.inputs:
        return
    known = dict(trees())
    for one in scheme.inputs:
        yield from _unknown(scheme, one, known)
    graph = {key: reads(tree) for key, tree in known.items()}
    graph[scheme.scheme] = {
        one.from_.system_of(scheme.scheme) for one in scheme.inputs if one.from_.kind != "figure"
    } - {"", scheme.scheme}
    for one in scheme.inputs:
        source = one.from_.system_of(scheme.scheme)
        if one.from_.kind in ("figure", "register", "attribute"):
            continue
        if source == scheme.scheme:
            if SAME in one.from_.words:
                yield _flaw(one, f"引用本制度同一期间的结果，成了循环：{source} → {source}，谁也不能先结账")
        elif path := _path(graph, source, scheme.scheme):
            yield _flaw(one, f"引用成了循环：{' → '.join([scheme.scheme, *path])}，谁也不能先结账，请去掉其中一处")


def reads(tree: Any) -> set[str]:
    """Keys of the systems whose results or items a file reads, itself left out."""
    own = tree.get("scheme") if isinstance(tree, dict) else None
    return {str(key) for source in _sources(tree) for key in (source.get("result"), source.get("items")) if key} - {own}


def _sources(node: Any) -> Iterator[dict[str, Any]]:
    """What stands as `from` in a list of inputs, wherever that stands."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "inputs" and isinstance(value, list):
                yield from (one["from"] for one in value if isinstance(one, dict) and isinstance(one.get("from"), dict))
            yield from _sources(value)
    elif isinstance(node, list):
        for value in node:
            yield from _sources(value)


def _unknown(scheme: Scheme, one: Input, trees: Mapping[str, Any]) -> Iterator[Flaw]:
    source = one.from_.system_of(scheme.scheme)
    if source and source not in {*trees, scheme.scheme}:
        yield _flaw(one, f"没有名为“{source}”的制度")
        return
    if source != scheme.scheme and source:
        named = _names(trees[source])
    else:
        named = {*scheme.names, *(cell.key for cell in scheme.all_cells), *_names(trees.get(scheme.scheme, {}))}
    if one.from_.figure and one.from_.figure not in named:
        yield _flaw(one, f"{source} 没有填报项“{one.from_.figure}”")
    if one.from_.form and one.from_.form not in named:
        yield _flaw(one, f"{source} 没有表单“{one.from_.form}”")
    for code in one.from_.indicators:
        if code not in named:
            yield _flaw(one, f"{source} 没有指标或板块“{code}”")


def _names(node: Any) -> set[str]:
    """Every key and code that a file gives, in whatever version and period."""
    if isinstance(node, dict):
        own = {str(node[name]) for name in ("key", "code") if isinstance(node.get(name), str)}
        return own.union(*(_names(value) for value in node.values()))
    return set[str]().union(*(_names(value) for value in node)) if isinstance(node, list) else set()


def _path(graph: Mapping[str, set[str]], start: str, end: str, seen: frozenset[str] = frozenset()) -> list[str]:
    """From one system to another along what they read; empty where there is no way."""
    if start == end:
        return [end]
    for following in sorted(graph.get(start, set()) - seen):
        if rest := _path(graph, following, end, seen | {start}):
            return [start, *rest]
    return []


def _flaw(one: Input, sentence: str) -> Flaw:
    return Flaw(f"引用数 {one.key}：{sentence}", "inputs", one.key)
