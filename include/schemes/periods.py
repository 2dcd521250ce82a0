"""Which periods a system has, and what of its file stands in which of them: read off the file's tree, before its parts are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from include.period import Period
from include.schemes.lines import Flaw

Tree = dict[str, Any]
SLOTS = {
    "month": [f"M{month:02}" for month in range(1, 13)],
    "quarter": ["Q1", "Q2", "Q3", "Q4"],
    "half": ["H1", "H2"],
    "year": ["Y"],
}
_OF_A_FORM = ("fields", "checklists", "repeats", "tallies")
_READING_FIGURES = ("checks", "evidence")
_JUDGING = ("areas", "indicators", "inputs", "defects", "classes", "documents", "agreements", "standards", "tables")
_OF_ROWS = ("row_checks", "set_checks")


def slots_of(tree: Tree) -> list[str]:
    """The slots of the periods that the system closes, the shortest first; one that closes another is not one of its own."""
    kinds, only, closes = tree.get("period_kinds"), _official(tree).get("only"), _closes(tree)
    has = [slot for kind, slots in SLOTS.items() if isinstance(kinds, list) and kind in kinds for slot in slots]
    own = [slot for slot in has if slot not in closes and (not isinstance(only, list) or not only or slot in only)]
    sheets = {*sheet_slots(tree)}
    return [slot for slot in own if slot not in sheets]


def sheet_slots(tree: Tree) -> list[str]:
    """The slots of the periods for which sheets are only collected, the shortest first."""
    sheets = _official(tree).get("sheets")
    wanted = {str(one) for one in sheets} if isinstance(sheets, list) else set()
    return [slot for slots in SLOTS.values() for slot in slots if {slot, slot[0]} & wanted]


def all_slots(tree: Tree) -> list[str]:
    """Those that are closed and those that are only collected."""
    own = {*slots_of(tree), *sheet_slots(tree)}
    return [slot for slots in SLOTS.values() for slot in slots if slot in own]


def on_demand(tree: Tree) -> list[str]:
    """Slots of periods that the system has beside its own, opened and closed by hand."""
    found = _official(tree).get("on_demand")
    return [str(slot) for slot in found] if isinstance(found, list) else []


def scored(tree: Tree, period: Period) -> Period:
    """The period that a run for `period` scores: the one that it closes, else itself."""
    slot = _closes(tree).get(period.slot)
    return Period.in_year(period.year, slot) if isinstance(slot, str) else period


def run_for(tree: Tree, period: Period) -> Period:
    """The period that a scheduled run is named by: the last part of one that is closed by it, else the period itself."""
    last = next((slot for slot, closed in _closes(tree).items() if closed == period.slot), period.slot)
    return Period.in_year(period.year, last)


def _official(tree: Tree) -> Tree:
    official = tree.get("official_periods")
    return official if isinstance(official, dict) else {}


def _closes(tree: Tree) -> Tree:
    closes = _official(tree).get("closes")
    return closes if isinstance(closes, dict) else {}


def is_elsewhere(node: Any, version: str, slot: str) -> bool:
    """Whether an entry of a list stands in other versions or other periods only."""
    if not isinstance(node, dict):
        return False
    versions, slots = node.get("in_versions") or [version], node.get("in_periods") or [slot]
    return version not in versions or not {slot, slot[0]} & {*slots}


def without_absent_forms(tree: Tree, resolved: Tree) -> Tree:
    """What stands in a version and period, without the fields of forms that do not, and without what reads those fields."""
    forms = [form.get("key") for form in _entries(tree.get("forms"))]
    absent = {*forms} - {form.get("key") for form in _entries(resolved.get("forms"))}
    if not absent:
        return resolved
    kept, gone = dict(resolved), set()
    for section in _OF_A_FORM:
        parts = _entries(resolved.get(section))
        left = [part for part in parts if part.get("form", forms[0]) in absent]
        gone |= {part.get("key") for part in left}
        if left:
            kept[section] = [part for part in parts if part not in left]
    for section in _OF_ROWS:
        if section in resolved:
            kept[section] = [part for part in _entries(resolved[section]) if part.get("form", forms[0]) not in absent]
    for section in _READING_FIGURES:
        if section in resolved:
            kept[section] = [part for part in _entries(resolved[section]) if not gone & {*_texts(part)}]
    return kept


def collected_only(tree: Tree, resolved: Tree, slot: str) -> Tree:
    """What stands in a period: of one for which sheets are only collected nothing that judges them."""
    if slot not in sheet_slots(tree):
        return resolved
    return {**resolved, **{section: [] for section in _JUDGING if section in resolved}}


def _entries(section: Any) -> list[Tree]:
    return [entry for entry in section if isinstance(entry, dict)] if isinstance(section, list) else []


def _texts(part: Tree) -> Iterator[str]:
    for value in part.values():
        yield from (one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str))


def problems_of_periods(tree: Tree) -> Iterator[Flaw]:
    """Entries for periods that the system has not, and forms that are in none of its periods."""
    own = all_slots(tree)
    if not own:  # that is said by itself
        return
    known = {*own, *(slot[0] for slot in own)}
    for place, slots in _in_periods(tree):
        for slot in slots:
            if slot not in known:
                where = ".".join(map(str, place))
                yield Flaw(f"{where}.in_periods：本制度没有 {slot} 这样的期间；可写：{'、'.join(own)}", *place)
    for form in _entries(tree.get("forms")):
        slots = form.get("in_periods") or own
        if not known & {*slots}:
            said = f"表单 {form.get('key')}：在任何期间都不用填报，请改 in_periods，或删去这张表单"
            yield Flaw(said, "forms", form.get("key"))


def _in_periods(node: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], list[Any]]]:
    if isinstance(node, dict):
        if isinstance(node.get("in_periods"), list):
            yield place, node["in_periods"]
        for key, value in node.items():
            yield from _in_periods(value, (*place, key))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            named = value.get("key", value.get("code", index)) if isinstance(value, dict) else index
            yield from _in_periods(value, (*place, named))
