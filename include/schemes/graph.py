"""Systems that read each other: a graph in which somebody can be closed first. Told by their files alone, so that none has to be
sound to be named.

Two systems may read each other where one of them reads a period that ended before its own: the class of last year, looked at
again in summer, and read by the class of this year.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from include.period import Period
from include.schemes.inputs import SAME, Input, known_word, period_of
from include.schemes.lines import Flaw
from include.schemes.model import Scheme
from include.schemes.periods import slots_of

Reads = Mapping[str, int]
"""What a system reads, by key: −1 periods that ended before its own alone, 0 some that end with it too, 1 later ones."""


@dataclass(frozen=True)
class Others:
    """The systems that there are. Of each is read only what is asked for: most systems read few others, and every task loads some.

    `names`: every key and code of a system's file; None of one that cannot be read, which says itself what is wrong with it.
    `reads`: the systems that a file reads.
    """

    keys: Callable[[], Iterable[str]]
    names: Callable[[str], frozenset[str] | None]
    reads: Callable[[str], Reads]


_BACK, _LEVEL, _FORWARD = -1, 0, 1
_ANY_YEAR = 2026


def input_problems(scheme: Scheme, others: Others) -> Iterator[Flaw]:
    """Sources that there are not, and circles in which nobody could be closed first; of a scheme that reads nothing elsewhere
    nothing is read."""
    chosen = [one.by_result for one in scheme.subjects if one.by_result is not None]
    if not (scheme.inputs or chosen or scheme.tells_of or scheme.feeds or scheme.proves):
        return
    known = {*others.keys()}
    yield from _fed(scheme, known, others)
    for key in scheme.tells_of:
        if key not in known:
            yield Flaw(f"tells_of：没有名为“{key}”的制度", "tells_of")
    for table in scheme.tables:
        for key in dict.fromkeys(key for one in table.named for key in one.also_in):
            if key not in known:
                yield Flaw(f"表 {table.key} 的 also_in：没有名为“{key}”的制度", "tables", table.key)
    for one in [*scheme.inputs, *(one for table in scheme.tables for one in table.figures)]:
        yield from _unknown(scheme, one, known, others)
    for by in chosen:
        if by.result not in known:
            yield Flaw(f"subjects：没有名为“{by.result}”的制度", "subjects")
    own = _reads_of(scheme)

    def graph(key: str) -> Reads:
        return own if key == scheme.scheme else others.reads(key) if key in known else {}

    for one in scheme.inputs:
        source = one.from_.system_of(scheme.scheme)
        if one.from_.kind in ("figure", "register", "attribute", "ledger") or one.from_.kind_of_item is not None:
            continue  # items of its own are no result
        if source == scheme.scheme:
            if SAME in one.from_.words:
                yield _flaw(one, f"引用本制度同一期间的结果，成了循环：{source} → {source}，谁也不能先结账")
        elif source and (circle := _circle(graph, source, scheme.scheme)):
            yield _flaw(one, f"引用成了循环：{' → '.join([scheme.scheme, *circle])}，谁也不能先结账，请去掉其中一处")
    for by in chosen:
        if by.result != scheme.scheme and (circle := _circle(graph, by.result, scheme.scheme)):
            yield Flaw(
                f"subjects：按结果选对象成了循环：{' → '.join([scheme.scheme, *circle])}，谁也不能先结账，请去掉其中一处",
                "subjects",
            )


def _fed(scheme: Scheme, known: set[str], others: Others) -> Iterator[Flaw]:
    """What is said beside the figures and checklists of other systems' forms, where either side there is not."""
    own = others.names(scheme.scheme) if scheme.scheme in known else None
    for section, told in (("feeds", scheme.feeds), ("proves", scheme.proves)):
        for key, fields in told.items():
            named = (others.names(key) if key in known else None) or frozenset()
            if key not in known:
                yield Flaw(f"{section}：没有名为“{key}”的制度", section)
            for field, source in fields.items() if named else ():
                if field not in named:
                    yield Flaw(f"{section}：{key} 没有“{field}”这一项", section)
                if own is not None and source not in own:
                    yield Flaw(f"{section}：本制度没有“{source}”", section)


def reads(tree: Any) -> dict[str, int]:
    """The systems whose results or items a file reads, itself left out."""
    own = tree.get("scheme") if isinstance(tree, dict) else None
    slots = slots_of(tree) if isinstance(tree, dict) else []
    sources = list(_sources(tree))
    named = [(str(key), source.get("period", SAME), slots) for source in sources if (key := source.get("result"))]
    named += [(str(key), source.get("found_in") or SAME, slots) for source in sources if (key := source.get("items"))]
    return _farthest(named, own)


def _reads_of(scheme: Scheme) -> dict[str, int]:
    """The same of a system in its period."""
    slots = [scheme.period.slot]
    read = [one.from_ for one in scheme.inputs]
    named: list[tuple[str, Any, list[str]]] = [(one.result, one.words, slots) for one in read if one.result]
    named += [(one.items, one.found_in or SAME, slots) for one in read if one.items]
    named += [(one.by_result.result, one.by_result.period, slots) for one in scheme.subjects if one.by_result]
    return _farthest(named, scheme.scheme)


def _farthest(named: Iterable[tuple[str, Any, list[str]]], own: Any) -> dict[str, int]:
    found: dict[str, int] = {}
    for key, words, slots in named:
        if key != own:
            way = max((_way(word, slot) for word in _listed(words) for slot in slots), default=_FORWARD)
            found[key] = max(found.get(key, _BACK), way)
    return found


def _listed(words: Any) -> list[str]:
    return [str(word) for word in words] if isinstance(words, list) else [str(words)]


def _way(word: str, slot: str) -> int:
    """Whether a word means a period that ends before, with or after the one that says it; of what is no such word the worst."""
    period = Period.in_year(_ANY_YEAR, slot)
    try:
        ends = period_of(known_word(word), period).end_date
    except ValueError:
        return _FORWARD
    return _BACK if ends < period.end_date else _LEVEL if ends == period.end_date else _FORWARD


def _sources(node: Any) -> Iterator[dict[str, Any]]:
    """What stands as `from` in a list of inputs, or as `where` in one of subjects, wherever that stands."""
    if isinstance(node, dict):
        for key, value in node.items():
            for section, name in (("inputs", "from"), ("subjects", "where")):
                if key == section and isinstance(value, list):
                    yield from (one[name] for one in value if isinstance(one, dict) and isinstance(one.get(name), dict))
            yield from _sources(value)
    elif isinstance(node, list):
        for value in node:
            yield from _sources(value)


def _unknown(scheme: Scheme, one: Input, known: set[str], others: Others) -> Iterator[Flaw]:
    source = one.from_.system_of(scheme.scheme)
    if source and source not in {*known, scheme.scheme}:
        yield _flaw(one, f"没有名为“{source}”的制度")
        return
    if source != scheme.scheme and source:
        read = others.names(source)
        if read is None:
            return
        named = read
    else:
        written = (others.names(scheme.scheme) if scheme.scheme in known else None) or ()
        named = frozenset((*scheme.names, *(cell.key for cell in scheme.all_cells), *written))
    if one.from_.figure and one.from_.figure not in named:
        yield _flaw(one, f"{source} 没有填报项“{one.from_.figure}”")
    if one.from_.ledger and one.from_.ledger.rpartition(".")[2] not in named:
        yield _flaw(one, f"{source} 没有台账“{one.from_.ledger}”")
    if one.from_.told_by and one.from_.told_by not in named:
        yield _flaw(one, f"{source} 没有表“{one.from_.told_by}”")
    columns = [key for key in (one.from_.column, one.from_.by, *one.from_.distinct) if key]
    columns += [str(leaf.figure) for condition in one.from_.where for leaf in condition.leaves]
    for key in columns:
        if key not in named:
            yield _flaw(one, f"{source} 的台账没有“{key}”这一栏")
    if one.from_.form and one.from_.form not in named:
        yield _flaw(one, f"{source} 没有表单“{one.from_.form}”")
    for code in one.from_.indicators:
        if code not in named:
            yield _flaw(one, f"{source} 没有指标或板块“{code}”")


def names_in(tree: Any) -> frozenset[str]:
    """Every key and code that a file gives, and every item of a checklist, in whatever version and period."""
    return frozenset(_names(tree))


def _names(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        yield from (node[name] for name in ("key", "code") if isinstance(node.get(name), str))
        if isinstance(items := node.get("items"), list):
            yield from (item for item in items if isinstance(item, str))
        for value in node.values():
            yield from _names(value)
    elif isinstance(node, list):
        for value in node:
            yield from _names(value)


def _circle(graph: Callable[[str], Reads], start: str, end: str) -> list[str]:
    """The way from what a system reads back to it, where that never comes to an end; empty where there is none."""
    first = graph(end)[start]
    for path, ways in _paths(graph, start, end, frozenset()):
        if _FORWARD in (first, *ways) or _BACK not in (first, *ways):
            return path
    return []


def _paths(
    graph: Callable[[str], Reads], start: str, end: str, seen: frozenset[str]
) -> Iterator[tuple[list[str], list[int]]]:
    """Every way from one system to another along what they read."""
    if start == end:
        yield [end], []
        return
    for following, way in sorted(graph(start).items()):
        if following not in seen:
            for path, ways in _paths(graph, following, end, seen | {start}):
                yield [start, *path], [way, *ways]


def _flaw(one: Input, sentence: str) -> Flaw:
    return Flaw(f"引用数 {one.key}：{sentence}", "inputs", one.key)
